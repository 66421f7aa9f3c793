// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs files of a device and of its channels, other than faults.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include "sim.h"

/**
 * sim_speed_set() - changes the speed of the link
 * @device: device
 * @bytes_per_second: 0: unlimited
 *
 * Context: device->lock is held.
 */
void sim_speed_set(struct sim_device *device, u64 bytes_per_second)
{
	device->bytes_per_second = bytes_per_second;
	device->link_carry = 0;
	device->link_idle = true;
	sim_kick(device);
}

static int bytes_per_second_get(void *data, u64 *value)
{
	struct sim_device *device = data;
	unsigned long flags;

	spin_lock_irqsave(&device->lock, flags);
	*value = device->bytes_per_second;
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}

static int bytes_per_second_set(void *data, u64 value)
{
	struct sim_device *device = data;
	unsigned long flags;

	spin_lock_irqsave(&device->lock, flags);
	sim_speed_set(device, value);
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(bytes_per_second_fops, bytes_per_second_get,
			 bytes_per_second_set, "%llu\n");

static int remove_set(void *data, u64 value)
{
	sim_remove_later(data);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(remove_fops, NULL, remove_set, "%llu\n");

static int asleep_get(void *data, u64 *value)
{
	struct sim_device *device = data;

	*value = device->asleep;
	return 0;
}

static int asleep_set(void *data, u64 value)
{
	return sim_sleep(data, value);
}
DEFINE_DEBUGFS_ATTRIBUTE(asleep_fops, asleep_get, asleep_set, "%llu\n");

static int provider_show(struct seq_file *s, void *unused)
{
	struct sim_device *device = s->private;

	seq_printf(s, "%s\n", dev_name(device->dev));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(provider);

static int device_violations_get(void *data, u64 *value)
{
	struct sim_device *device = data;
	unsigned long flags;
	unsigned int i;

	*value = 0;
	spin_lock_irqsave(&device->lock, flags);
	for (i = 0; i < device->model->channels; i++)
		*value += device->channel[i].violations;
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(device_violations_fops, device_violations_get, NULL, "%llu\n");

static int judged_show(struct seq_file *s, void *unused)
{
	struct sim_channel *c = s->private;
	unsigned int i;

	for (i = 0; i < SIM_VIOLATIONS; i++)
		seq_printf(s, "%s %llu\n", sim_violation_names[i], c->judged[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(judged);

static int state_show(struct seq_file *s, void *unused)
{
	struct sim_channel *c = s->private;
	unsigned int submitted = 0, issued = 0, done = 0;
	struct list_head *i;

	spin_lock_irq(&c->device->lock);
	list_for_each(i, &c->submitted)
		submitted++;
	list_for_each(i, &c->issued)
		issued++;
	list_for_each(i, &c->done)
		done++;
	seq_printf(s, "claimed %d submitted %u issued %u active %d done %u paused %d free %u of %u\n",
		   !!c->pool, submitted, issued, !!c->active, done, c->paused,
		   c->free_segments, c->pool);
	spin_unlock_irq(&c->device->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static void channel_create(struct sim_channel *c)
{
	struct dentry *d = debugfs_create_dir(c->name, c->device->directory);

	c->directory = d;
	debugfs_create_u64("transfers", 0444, d, &c->transfers);
	debugfs_create_u64("bytes", 0444, d, &c->bytes);
	debugfs_create_u64("errors", 0444, d, &c->errors);
	debugfs_create_u64("callbacks", 0444, d, &c->callbacks);
	debugfs_create_u64("issue_number", 0444, d, &c->issue_number);
	debugfs_create_u64("terminated", 0444, d, &c->terminated);
	debugfs_create_u64("violations", 0444, d, &c->violations);
	debugfs_create_file("judged", 0444, d, c, &judged_fops);
	debugfs_create_file("state", 0444, d, c, &state_fops);
	sim_fault_debugfs(c);
}

/**
 * sim_knobs_create() - makes all files of a device
 * @device: device, ready for work
 *
 * Context: process.
 */
void sim_knobs_create(struct sim_device *device)
{
	struct dentry *d = debugfs_create_dir(device->model->name, sim_debugfs);
	unsigned int i;

	device->directory = d;
	debugfs_create_file("provider", 0444, d, device, &provider_fops);
	debugfs_create_file_unsafe("bytes_per_second", 0644, d, device, &bytes_per_second_fops);
	debugfs_create_u32("latency_us", 0644, d, &device->latency_us);
	debugfs_create_file_unsafe("violations", 0444, d, device, &device_violations_fops);
	debugfs_create_file("remove", 0200, d, device, &remove_fops);
	sim_bounds_debugfs(device);
	debugfs_create_file("asleep", 0600, d, device, &asleep_fops);
	if (device->model->debugfs)
		device->model->debugfs(device, d);
	for (i = 0; i < device->model->channels; i++)
		channel_create(&device->channel[i]);
}
