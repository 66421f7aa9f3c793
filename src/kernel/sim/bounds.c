// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device may touch: ranges of bus addresses that a test has written to
 * the file "bounds". Bytes outside of them are counted, and touched all the
 * same, as hardware would.
 *
 * The list comes from somebody who knows by himself which memory it is, and
 * what counts are the accesses as they happen: neither is the client's word.
 *
 * Locks: device->bounds is under RCU; writers under bounds_lock.
 */
#include <linux/debugfs.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include "sim.h"

#define TEXT_BYTES_MAX	(64 * 1024)

struct bound {
	u64 start;
	u64 end;
};

/**
 * struct sim_bounds - the list, in the order of addresses
 * @rcu: to free it
 * @n: ranges
 * @bound: those
 */
struct sim_bounds {
	struct rcu_head rcu;
	unsigned int n;
	struct bound bound[];
};

static DEFINE_MUTEX(bounds_lock);

/**
 * sim_bounds_touch() - the device is about to read or write memory
 * @device: device
 * @address: first byte
 * @bytes: how many
 *
 * Context: any.
 */
void sim_bounds_touch(struct sim_device *device, dma_addr_t address, size_t bytes)
{
	u64 at = address, end = at + bytes, outside = 0, first = 0;
	const struct sim_bounds *bounds;
	unsigned int i;

	rcu_read_lock();
	bounds = rcu_dereference(device->bounds);
	for (i = 0; bounds && i < bounds->n && at < end; i++) {
		const struct bound *bound = &bounds->bound[i];

		if (bound->end <= at)
			continue;
		if (bound->start >= end)
			break;
		if (bound->start > at) {
			first = outside ? first : at;
			outside += bound->start - at;
		}
		at = min(bound->end, end);
	}
	if (bounds && end > at) {
		first = outside ? first : at;
		outside += end - at;
	}
	rcu_read_unlock();
	if (unlikely(outside)) {
		atomic64_add(outside, &device->outside);
		atomic64_set(&device->outside_at, first);
	}
}

/**
 * sim_bounds_set() - other bounds, or none
 * @device: device
 * @bounds: the list, or NULL
 *
 * Context: process.
 */
void sim_bounds_set(struct sim_device *device, struct sim_bounds *bounds)
{
	mutex_lock(&bounds_lock);
	bounds = rcu_replace_pointer(device->bounds, bounds, lockdep_is_held(&bounds_lock));
	mutex_unlock(&bounds_lock);
	if (bounds)
		kfree_rcu(bounds, rcu);
}

static int by_start(const void *a, const void *b)
{
	const struct bound *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Lines "START BYTES". An empty text is no bounds. */
static struct sim_bounds *parse(char *text)
{
	struct sim_bounds *bounds;
	unsigned int most = 1;
	char *line, *c;

	for (c = text; *c; c++)
		most += *c == '\n';
	if (!*skip_spaces(text))
		return NULL;
	bounds = kmalloc(struct_size(bounds, bound, most), GFP_KERNEL);
	if (!bounds)
		return ERR_PTR(-ENOMEM);
	bounds->n = 0;
	while ((line = strsep(&text, "\n"))) {
		u64 start, bytes;

		if (!*line)
			continue;
		if (sscanf(line, "%llx %llu", &start, &bytes) != 2 || start + bytes < start) {
			kfree(bounds);
			return ERR_PTR(-EINVAL);
		}
		bounds->bound[bounds->n++] = (struct bound){ start, start + bytes };
	}
	sort(bounds->bound, bounds->n, sizeof(*bounds->bound), by_start, NULL);
	return bounds;
}

static ssize_t bounds_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	struct sim_bounds *bounds;
	char *text;

	if (n > TEXT_BYTES_MAX)
		return -E2BIG;
	text = memdup_user_nul(from, n);
	if (IS_ERR(text))
		return PTR_ERR(text);
	bounds = parse(text);
	kfree(text);
	if (IS_ERR(bounds))
		return PTR_ERR(bounds);
	sim_bounds_set(file->private_data, bounds);
	return n;
}

static const struct file_operations bounds_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = bounds_write,
	.llseek = noop_llseek,
};

static int outside_get(void *data, u64 *value)
{
	struct sim_device *device = data;

	*value = atomic64_read(&device->outside);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(outside_fops, outside_get, NULL, "%llu\n");

static int outside_at_get(void *data, u64 *value)
{
	struct sim_device *device = data;

	*value = atomic64_read(&device->outside_at);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(outside_at_fops, outside_at_get, NULL, "%llu\n");

/**
 * sim_bounds_debugfs() - makes the files of a device
 * @device: device, with its directory
 *
 * Context: process.
 */
void sim_bounds_debugfs(struct sim_device *device)
{
	debugfs_create_file("bounds", 0200, device->directory, device, &bounds_fops);
	debugfs_create_file_unsafe("outside_bytes", 0444, device->directory, device,
				   &outside_fops);
	debugfs_create_file_unsafe("outside_at", 0444, device->directory, device,
				   &outside_at_fops);
}
