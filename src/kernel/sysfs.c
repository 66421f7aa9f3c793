// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device shows in sysfs: one value a file, one folder a channel.
 *
 * Documented in docs/abi/sysfs-class-dmaring.
 */
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include "ring.h"

static struct dmaring_device *to_device(struct device *dev)
{
	return container_of(dev, struct dmaring_device, dev);
}

static ssize_t simulated_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%d\n", to_device(dev)->simulated);
}
static DEVICE_ATTR_RO(simulated);

static ssize_t added_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%d\n", !!to_device(dev)->plan);
}
static DEVICE_ATTR_RO(added);

static ssize_t version_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", DMARING_VERSION);
}
static DEVICE_ATTR_RO(version);

/* A number from 0 to @most; or -EINVAL, -ERANGE. */
static int number_parse(const char *buf, unsigned int most, unsigned int *number)
{
	int ret = kstrtouint(buf, 0, number);

	if (ret)
		return ret;
	return *number > most ? -ERANGE : 0;
}

static ssize_t poller_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_device(dev)->poller.percent));
}

static ssize_t poller_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	unsigned int percent;
	int ret = number_parse(buf, 100, &percent);

	if (ret)
		return ret;
	dmaring_poller_allow(to_device(dev), percent);
	return count;
}
static DEVICE_ATTR_RW(poller);

static ssize_t poller_idle_ms_show(struct device *dev, struct device_attribute *attr,
				   char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_device(dev)->poller.idle_ms));
}

static ssize_t poller_idle_ms_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	unsigned int ms;
	int ret = number_parse(buf, DMARING_POLLER_IDLE_MS_MAX, &ms);

	if (ret)
		return ret;
	WRITE_ONCE(to_device(dev)->poller.idle_ms, ms);
	return count;
}
static DEVICE_ATTR_RW(poller_idle_ms);

static struct attribute *device_attributes[] = {
	&dev_attr_poller.attr,
	&dev_attr_poller_idle_ms.attr,
	&dev_attr_simulated.attr,
	&dev_attr_added.attr,
	&dev_attr_version.attr,
	NULL
};

static const struct attribute_group device_group = {
	.attrs = device_attributes,
};

/* One file of counters/, named as the member. */
#define COUNTER(name)								\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr,	\
			   char *buf)						\
{										\
	return sysfs_emit(buf, "%lld\n",					\
			  atomic64_read(&to_device(dev)->counters.name));	\
}										\
static DEVICE_ATTR_RO(name)

COUNTER(doorbells);
COUNTER(drains_without_doorbell);
COUNTER(wakeups);
COUNTER(eventfd_signals);
COUNTER(events_dropped);
COUNTER(quarantined_pages);
COUNTER(stray_callbacks);
COUNTER(poller_entries);
COUNTER(poller_sleeps);
COUNTER(poller_ns);

static struct attribute *counter_attributes[] = {
	&dev_attr_doorbells.attr,
	&dev_attr_drains_without_doorbell.attr,
	&dev_attr_wakeups.attr,
	&dev_attr_eventfd_signals.attr,
	&dev_attr_events_dropped.attr,
	&dev_attr_quarantined_pages.attr,
	&dev_attr_stray_callbacks.attr,
	&dev_attr_poller_entries.attr,
	&dev_attr_poller_sleeps.attr,
	&dev_attr_poller_ns.attr,
	NULL
};

static const struct attribute_group counter_group = {
	.name = "counters",
	.attrs = counter_attributes,
};

/* One file of pools/: bytes of that kind that rings and streams hold. */
#define POOL(name, kind)							\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr,	\
			   char *buf)						\
{										\
	return sysfs_emit(buf, "%lld\n",					\
			  atomic64_read(&to_device(dev)->counters.pool_bytes[kind])); \
}										\
static struct device_attribute pool_##name =					\
	__ATTR(name, 0444, name##_show, NULL)

POOL(default, DMARING_POOL_DEFAULT);
POOL(coherent, DMARING_POOL_COHERENT);
POOL(write_combining, DMARING_POOL_WRITE_COMBINING);
POOL(cma, DMARING_POOL_CMA);
POOL(reserved, DMARING_POOL_RESERVED);
POOL(user, DMARING_POOL_USER);
POOL(dmabuf, DMARING_POOL_DMABUF);

static struct attribute *pool_attributes[] = {
	&pool_default.attr,
	&pool_coherent.attr,
	&pool_write_combining.attr,
	&pool_cma.attr,
	&pool_reserved.attr,
	&pool_user.attr,
	&pool_dmabuf.attr,
	NULL
};

static const struct attribute_group pool_group = {
	.name = "pools",
	.attrs = pool_attributes,
};

const struct attribute_group *dmaring_device_groups[] = {
	&device_group,
	&counter_group,
	&pool_group,
	NULL
};

/* One file of a channel: which channel, and how to print it. */
struct channel_attribute {
	struct device_attribute attribute;
	const struct dmaring_channel *channel;
	ssize_t (*print)(const struct dmaring_channel *channel, char *buf);
};

static ssize_t channel_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct channel_attribute *attribute =
		container_of(attr, struct channel_attribute, attribute);
	struct dmaring_device *device = to_device(dev);
	ssize_t ret = -ENODEV;

	mutex_lock(&device->lock);
	if (!device->gone)
		ret = attribute->print(attribute->channel, buf);
	mutex_unlock(&device->lock);
	return ret;
}

static ssize_t print_direction(const struct dmaring_channel *channel, char *buf)
{
	static const char * const words[] = {
		[DMARING_CHANNEL_SEND] = "send",
		[DMARING_CHANNEL_RECEIVE] = "receive",
		[DMARING_CHANNEL_COPY] = "copy",
	};

	return sysfs_emit(buf, "%s\n", words[channel->kind]);
}

static ssize_t print_engine(const struct dmaring_channel *channel, char *buf)
{
	return sysfs_emit(buf, "%s\n", dma_chan_name(channel->dma));
}

static ssize_t print_provider(const struct dmaring_channel *channel, char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_driver_string(channel->dma->device->dev));
}

static ssize_t print_residue(const struct dmaring_channel *channel, char *buf)
{
	static const char * const words[] = {
		[DMA_RESIDUE_GRANULARITY_DESCRIPTOR] = "descriptor",
		[DMA_RESIDUE_GRANULARITY_SEGMENT] = "segment",
		[DMA_RESIDUE_GRANULARITY_BURST] = "burst",
	};

	if (channel->residue >= ARRAY_SIZE(words))
		return sysfs_emit(buf, "%u\n", channel->residue);
	return sysfs_emit(buf, "%s\n", words[channel->residue]);
}

static ssize_t print_holder(const struct dmaring_channel *channel, char *buf)
{
	if (!channel->owner)
		return sysfs_emit(buf, "-\n");
	return sysfs_emit(buf, "%d %s\n", channel->owner_pid, channel->owner_comm);
}

static ssize_t print_cyclic(const struct dmaring_channel *channel, char *buf)
{
	return sysfs_emit(buf, "%s\n", dmaring_cyclic_reason(channel));
}

#define CHANNEL_PRINT(name, format, value)					\
static ssize_t print_##name(const struct dmaring_channel *channel, char *buf)	\
{										\
	return sysfs_emit(buf, format "\n", value);				\
}

CHANNEL_PRINT(alignment, "%u", channel->geometry.alignment)
CHANNEL_PRINT(bytes_max, "%u", channel->bytes_max)
CHANNEL_PRINT(window, "%u", channel->window)
CHANNEL_PRINT(segment_bytes_max, "%u", channel->segment_bytes_max)
CHANNEL_PRINT(address_bits, "%u", fls64(dma_get_mask(channel->dma_dev)))
CHANNEL_PRINT(coherent, "%d", !!(channel->flags & DMARING_COHERENT))
CHANNEL_PRINT(length_known, "%d", !!(channel->flags & DMARING_LEN_KNOWN))
CHANNEL_PRINT(operations, "%#x", channel->geometry.operations)
CHANNEL_PRINT(rings, "%u", channel->rings)
CHANNEL_PRINT(submitted, "%llu", READ_ONCE(channel->submitted))
CHANNEL_PRINT(completed, "%llu", (u64)atomic64_read(&channel->completed))
CHANNEL_PRINT(errors, "%llu", (u64)atomic64_read(&channel->errors))
CHANNEL_PRINT(timeouts, "%llu", (u64)atomic64_read(&channel->timeouts))
CHANNEL_PRINT(bytes, "%llu", (u64)atomic64_read(&channel->bytes))
CHANNEL_PRINT(blocks_lost, "%llu", READ_ONCE(channel->lost))
CHANNEL_PRINT(starved, "%llu", READ_ONCE(channel->starved))
CHANNEL_PRINT(starved_ns, "%llu", READ_ONCE(channel->starved_ns))

static const struct {
	const char *name;
	ssize_t (*print)(const struct dmaring_channel *channel, char *buf);
} channel_files[] = {
	{ "direction", print_direction },
	{ "engine", print_engine },
	{ "provider", print_provider },
	{ "operations", print_operations },
	{ "alignment", print_alignment },
	{ "bytes_max", print_bytes_max },
	{ "segment_bytes_max", print_segment_bytes_max },
	{ "address_bits", print_address_bits },
	{ "window", print_window },
	{ "residue", print_residue },
	{ "coherent", print_coherent },
	{ "length_known", print_length_known },
	{ "cyclic", print_cyclic },
	{ "holder", print_holder },
	{ "rings", print_rings },
	{ "submitted", print_submitted },
	{ "completed", print_completed },
	{ "errors", print_errors },
	{ "timeouts", print_timeouts },
	{ "bytes", print_bytes },
	{ "blocks_lost", print_blocks_lost },
	{ "starved", print_starved },
	{ "starved_ns", print_starved_ns },
};

#define CHANNEL_FILES	ARRAY_SIZE(channel_files)

struct channel_group {
	struct attribute_group group;
	struct channel_attribute files[CHANNEL_FILES];
	struct attribute *attributes[CHANNEL_FILES + 1];
};

/**
 * dmaring_sysfs_add() - prepare the folders of the channels
 * @device: initialised, not yet added
 *
 * Context: probe.
 * Return: 0 or -ENOMEM.
 */
int dmaring_sysfs_add(struct dmaring_device *device)
{
	unsigned int i, j;

	device->groups = kcalloc(device->channels + 1, sizeof(*device->groups),
				 GFP_KERNEL);
	if (!device->groups)
		return -ENOMEM;
	for (i = 0; i < device->channels; i++) {
		struct channel_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

		if (!group) {
			dmaring_sysfs_remove(device);
			return -ENOMEM;
		}
		group->group.name = device->channel[i]->name;
		group->group.attrs = group->attributes;
		for (j = 0; j < CHANNEL_FILES; j++) {
			struct channel_attribute *file = &group->files[j];

			sysfs_attr_init(&file->attribute.attr);
			file->attribute.attr.name = channel_files[j].name;
			file->attribute.attr.mode = 0444;
			file->attribute.show = channel_show;
			file->channel = device->channel[i];
			file->print = channel_files[j].print;
			group->attributes[j] = &file->attribute.attr;
		}
		device->groups[i] = &group->group;
	}
	device->dev.groups = device->groups;
	return 0;
}

/**
 * dmaring_sysfs_remove() - undo dmaring_sysfs_add()
 * @device: not in sysfs any more
 *
 * Context: probe or remove.
 */
void dmaring_sysfs_remove(struct dmaring_device *device)
{
	unsigned int i;

	device->dev.groups = NULL;
	for (i = 0; device->groups && i < device->channels && device->groups[i]; i++)
		kfree(container_of(device->groups[i], struct channel_group, group));
	kfree(device->groups);
	device->groups = NULL;
}
