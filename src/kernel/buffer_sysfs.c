// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a buffer device shows in sysfs: the files of u-dma-buf, with its names, its
 * meaning and its ways to write numbers, and a few more.
 *
 * Documented in docs/abi/sysfs-class-dmaring-buffer.
 */
#include <linux/device.h>
#include <linux/sysfs.h>
#include "buffer.h"

/* The value of u-dma-buf's sync_for_cpu and sync_for_device: 1, or a range and a direction. */
#define COMMAND_OFFSET(command)		((command) >> 32)
#define COMMAND_SIZE(command)		((command) & 0xfffffff0U)
#define COMMAND_DIRECTION(command)	((u32)(command) >> 2 & 3)

static struct dmaring_buffer_device *to_buffer(struct device *dev)
{
	return container_of(dev, struct dmaring_buffer_device, dev);
}

/**
 * dmaring_buffer_kind() - where its memory is from
 * @buffer: the buffer
 *
 * Return: a word.
 */
const char *dmaring_buffer_kind(const struct dmaring_buffer_device *buffer)
{
	static const char * const words[] = {
		[DMARING_BUFFER_PAGES] = "pages",
		[DMARING_BUFFER_CONTIGUOUS] = "contiguous",
		[DMARING_BUFFER_RESERVED] = "reserved",
	};

	return words[buffer->extent.kind];
}

/**
 * dmaring_buffer_command() - carry out what is written to sync_for_*
 * @buffer: the buffer; its lock is held
 * @command: 0: nothing; 1: by the settings; else with a range of its own
 * @for_cpu: sync_for_cpu
 *
 * Context: process.
 * Return: 0, -EINVAL, -ENODEV.
 */
int dmaring_buffer_command(struct dmaring_buffer_device *buffer, u64 command, bool for_cpu)
{
	const struct dmaring_buffer_settings *settings = &buffer->settings;
	u32 direction = COMMAND_DIRECTION(command);

	if (!command)
		return 0;
	if (command == 1)
		return dmaring_buffer_sync(buffer, settings->offset, settings->size,
					   settings->direction, for_cpu);
	/* 3 is "both" there. */
	return dmaring_buffer_sync(buffer, COMMAND_OFFSET(command), COMMAND_SIZE(command),
				   direction == 3 ? 0 : direction, for_cpu);
}

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%zu\n", to_buffer(dev)->bytes);
}
static DEVICE_ATTR_RO(size);

static ssize_t kind_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", dmaring_buffer_kind(to_buffer(dev)));
}
static DEVICE_ATTR_RO(kind);

static ssize_t added_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_buffer(dev)->added);
}
static DEVICE_ATTR_RO(added);

static ssize_t version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", DMARING_VERSION);
}
static DEVICE_ATTR_RO(version);

static ssize_t phys_addr_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dmaring_buffer_device *buffer = to_buffer(dev);
	ssize_t ret = -ENODEV;

	if (!dmaring_buffer_address_allowed())
		return -EPERM;
	down_read(&buffer->lock);
	if (!buffer->gone)
		ret = sysfs_emit(buf, "%pad\n", &buffer->extent.address);
	up_read(&buffer->lock);
	return ret;
}

/* The group is root's until somebody changes it, as the rule for udev does. */
static struct device_attribute dev_attr_phys_addr = __ATTR(phys_addr, 0440, phys_addr_show, NULL);

static ssize_t dma_coherent_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dmaring_buffer_device *buffer = to_buffer(dev);
	ssize_t ret = -ENODEV;

	down_read(&buffer->lock);
	if (!buffer->gone)
		ret = sysfs_emit(buf, "%d\n", dmaring_extent_coherent(&buffer->extent));
	up_read(&buffer->lock);
	return ret;
}
static DEVICE_ATTR_RO(dma_coherent);

/* A setting that is shown by @format and is at most @most. */
#define SETTING(name, member, format, most)						\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
{											\
	struct dmaring_buffer_device *buffer = to_buffer(dev);				\
	ssize_t ret;									\
											\
	down_read(&buffer->lock);							\
	ret = sysfs_emit(buf, format "\n", buffer->settings.member);			\
	up_read(&buffer->lock);								\
	return ret;									\
}											\
											\
static ssize_t name##_store(struct device *dev, struct device_attribute *attr,		\
			    const char *buf, size_t count)				\
{											\
	struct dmaring_buffer_device *buffer = to_buffer(dev);				\
	u64 value;									\
	int ret = kstrtoull(buf, 0, &value);						\
											\
	if (ret || value > (most))							\
		return ret ?: -EINVAL;							\
	down_write(&buffer->lock);							\
	buffer->settings.member = value;						\
	up_write(&buffer->lock);							\
	return count;									\
}											\
static DEVICE_ATTR(name, 0664, name##_show, name##_store)

SETTING(sync_mode, mode, "%u", DMARING_SYNC_MODE_MAX);
SETTING(sync_direction, direction, "%u", 2);
SETTING(sync_offset, offset, "0x%llx", U64_MAX);
SETTING(sync_size, size, "%llu", SIZE_MAX);

static ssize_t sync_owner_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_buffer(dev)->settings.owner));
}
static DEVICE_ATTR_RO(sync_owner);

static ssize_t command_store(struct device *dev, const char *buf, size_t count, bool for_cpu)
{
	struct dmaring_buffer_device *buffer = to_buffer(dev);
	u64 command;
	int ret = kstrtoull(buf, 0, &command);

	if (ret)
		return ret;
	down_read(&buffer->lock);
	ret = dmaring_buffer_command(buffer, command, for_cpu);
	up_read(&buffer->lock);
	return ret ?: count;
}

static ssize_t sync_for_cpu_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	return command_store(dev, buf, count, true);
}

static struct device_attribute dev_attr_sync_for_cpu =
	__ATTR(sync_for_cpu, 0220, NULL, sync_for_cpu_store);

static ssize_t sync_for_device_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	return command_store(dev, buf, count, false);
}

static struct device_attribute dev_attr_sync_for_device =
	__ATTR(sync_for_device, 0220, NULL, sync_for_device_store);

static struct attribute *buffer_attributes[] = {
	&dev_attr_added.attr,
	&dev_attr_dma_coherent.attr,
	&dev_attr_kind.attr,
	&dev_attr_phys_addr.attr,
	&dev_attr_size.attr,
	&dev_attr_sync_direction.attr,
	&dev_attr_sync_for_cpu.attr,
	&dev_attr_sync_for_device.attr,
	&dev_attr_sync_mode.attr,
	&dev_attr_sync_offset.attr,
	&dev_attr_sync_owner.attr,
	&dev_attr_sync_size.attr,
	&dev_attr_version.attr,
	NULL
};

static const struct attribute_group buffer_group = { .attrs = buffer_attributes };

const struct attribute_group *dmaring_buffer_groups[] = { &buffer_group, NULL };
