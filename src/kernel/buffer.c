// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffer devices: from a platform device with a size to a node, and back.
 *
 * Owns: the driver of such platform devices, the numbers of their nodes, and the
 * parameters of the module that are about them. Nodes of u-dma-buf in the device
 * tree are taken as they are.
 */
#include <linux/capability.h>
#include <linux/dma-mapping.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/of.h>
#include <linux/of_reserved_mem.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include "added.h"
#include "buffer.h"
#include "device.h"

#define PARAMETERS_MAX	16

static dev_t first_node;
static DEFINE_IDA(minors);

static char *buffers[PARAMETERS_MAX];
static unsigned int buffers_count;
module_param_array(buffers, charp, &buffers_count, 0444);
MODULE_PARM_DESC(buffers, "Buffer devices to make, NAME:SIZE[:MINOR],...; SIZE as 1048576, 0x100000 or 1M");

static bool bus_address_to_group;
module_param(bus_address_to_group, bool, 0644);
MODULE_PARM_DESC(bus_address_to_group,
		 "Tell the bus address of a buffer to all who may open its node (default: to CAP_SYS_ADMIN)");

/**
 * dmaring_buffer_address_allowed() - may the caller know where a buffer is
 *
 * The caller was let through by the modes of the file by which it asks.
 *
 * Context: process.
 * Return: true if so.
 */
bool dmaring_buffer_address_allowed(void)
{
	return READ_ONCE(bus_address_to_group) || capable(CAP_SYS_ADMIN);
}

/**
 * dmaring_buffer_sync() - hand a range over to CPU or device
 * @buffer: the buffer; its lock is held
 * @offset: of the range, not validated
 * @size: of the range, not validated; 0: nothing but the owner changes
 * @direction: 0 both ways, 1 to the device, 2 from it
 * @for_cpu: to the CPU; else to the device
 *
 * Context: process.
 * Return: 0; -EINVAL if the range is not inside of the buffer; -ENODEV.
 */
int dmaring_buffer_sync(struct dmaring_buffer_device *buffer, u64 offset, u64 size,
			u32 direction, bool for_cpu)
{
	static const enum dma_data_direction directions[] = {
		DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE,
	};

	lockdep_assert_held(&buffer->lock);
	if (buffer->gone)
		return -ENODEV;
	if (direction >= ARRAY_SIZE(directions) || size > buffer->bytes ||
	    offset > buffer->bytes - size)
		return -EINVAL;
	direction = array_index_nospec(direction, ARRAY_SIZE(directions));
	dmaring_extent_sync(&buffer->extent, offset, size, directions[direction], for_cpu);
	WRITE_ONCE(buffer->settings.owner, !for_cpu);
	return 0;
}

static struct dmaring_buffer_device *to_buffer(struct device *dev)
{
	return container_of(dev, struct dmaring_buffer_device, dev);
}

static void buffer_release(struct device *dev)
{
	struct dmaring_buffer_device *buffer = to_buffer(dev);

	if (buffer->minor >= 0)
		ida_free(&minors, buffer->minor);
	dmaring_extent_free(&buffer->extent);
	kfree(buffer);
}

static const struct device_type buffer_type = {
	.name = "buffer",
	.groups = dmaring_buffer_groups,
};

/* One cell or two in the device tree. Return: 0; -EINVAL: there is none. */
static int number_read(struct device *parent, const char *property, u64 *number)
{
	u32 cell;
	int ret;

	if (!device_property_present(parent, property))
		return -EINVAL;
	if (!device_property_read_u64(parent, property, number))
		return 0;
	ret = device_property_read_u32(parent, property, &cell);
	*number = cell;
	return ret;
}

/* As a name of the driver, or as a node of the device tree, with its unit address. */
static bool buffer_name_valid(const char *name)
{
	char text[DMARING_NAME_BYTES];

	if (strscpy(text, name, sizeof(text)) < 0)
		return false;
	strreplace(text, '@', '_');
	return *name != '@' && dmaring_name_valid(text);
}

static int buffer_name(struct dmaring_buffer_device *buffer, struct device *parent)
{
	char own[DMARING_NAME_BYTES];
	const char *name = NULL;

	if (device_property_read_string(parent, "dmaring,name", &name))
		device_property_read_string(parent, "device-name", &name);
	if (!name) {
		if (buffer->minor >= 0 || !parent->of_node)
			snprintf(own, sizeof(own), "udmabuf%d", buffer->minor);
		else if (snprintf(own, sizeof(own), "%pOFP", parent->of_node) >= sizeof(own))
			return dev_err_probe(parent, -EINVAL,
					     "the node's name is too long: it needs device-name\n");
		name = own;
	}
	if (!buffer_name_valid(name))
		return dev_err_probe(parent, -EINVAL,
				     "\"%s\" is no name: 1 to %d letters, digits and ,._+-\n",
				     name, DMARING_NAME_BYTES - 1);
	if (!dmaring_device_name_free(name))
		return dev_err_probe(parent, -EEXIST, "there is a device %s\n", name);
	strscpy(buffer->name, name, sizeof(buffer->name));
	return dev_set_name(&buffer->dev, "%s", name);
}

/* Any: first of the upper half, as who asks for one asks for 0, 1, 2. */
static int minor_any(void)
{
	int minor = ida_alloc_range(&minors, DMARING_BUFFER_MINORS / 2,
				    DMARING_BUFFER_MINORS - 1, GFP_KERNEL);

	return minor != -ENOSPC ? minor :
	       ida_alloc_max(&minors, DMARING_BUFFER_MINORS / 2 - 1, GFP_KERNEL);
}

/* As it is asked for, before the name, which may come from it; else any, after it. */
static int buffer_minor(struct dmaring_buffer_device *buffer, struct device *parent)
{
	u32 minor;
	int ret;

	if (device_property_read_u32(parent, "minor-number", &minor))
		return 0;
	if (minor >= DMARING_BUFFER_MINORS)
		return dev_err_probe(parent, -EINVAL, "minor-number %u is none of 0 to %d\n",
				     minor, DMARING_BUFFER_MINORS - 1);
	ret = ida_alloc_range(&minors, minor, minor, GFP_KERNEL);
	if (ret == -ENOSPC)
		return dev_err_probe(parent, -EBUSY, "minor number %u is taken\n", minor);
	if (ret < 0)
		return ret;
	buffer->minor = ret;
	return 0;
}

static int buffer_settings(struct dmaring_buffer_settings *settings, struct device *parent)
{
	settings->mode = 1;
	device_property_read_u32(parent, "sync-mode", &settings->mode);
	device_property_read_u32(parent, "sync-direction", &settings->direction);
	if (settings->mode > DMARING_SYNC_MODE_MASK || settings->direction > 2)
		return dev_err_probe(parent, -EINVAL,
				     "sync-mode is none of 0 to 3, or sync-direction none of 0 to 2\n");
	if (device_property_read_bool(parent, "sync-always"))
		settings->mode |= DMARING_SYNC_MODE_ALWAYS;
	number_read(parent, "sync-offset", &settings->offset);
	number_read(parent, "sync-size", &settings->size);
	return 0;
}

/* Of the node's memory-region. Return: > 0: there is one that is only for this device. */
static int region_init(struct device *parent)
{
	struct device_node *region;
	int ret;

	if (!device_property_present(parent, "memory-region"))
		return 0;
	ret = of_reserved_mem_device_init(parent);
	if (ret)
		return dev_err_probe(parent, ret,
				     "memory-region is no shared-dma-pool, or is unusable\n");
	region = of_parse_phandle(parent->of_node, "memory-region", 0);
	ret = !of_property_read_bool(region, "reusable");
	of_node_put(region);
	return ret;
}

static int buffer_memory(struct dmaring_buffer_device *buffer, struct device *parent)
{
	u32 bits = 32;
	u64 bytes = 0;
	int ret;

	number_read(parent, "size", &bytes);
	if (!bytes || bytes > SIZE_MAX)
		return dev_err_probe(parent, -EINVAL, "no size property, or not a size\n");
	device_property_read_u32(parent, "dma-mask", &bits);
	if (!bits || bits > 64)
		return dev_err_probe(parent, -EINVAL, "dma-mask is none of 1 to 64 bits\n");
	ret = dma_set_mask_and_coherent(parent, DMA_BIT_MASK(bits));
	if (ret)
		return dev_err_probe(parent, ret, "no memory with addresses of %u bits\n", bits);
	ret = region_init(parent);
	if (ret < 0)
		return ret;
	buffer->bytes = bytes;
	ret = dmaring_extent_alloc(&buffer->extent, parent, bytes, ret);
	if (ret) {
		of_reserved_mem_device_release(parent);
		/* Not by dev_err_probe(), which has no word for -ENOMEM. */
		dev_err(parent, "no %llu bytes in one piece, with addresses of %u bits (%d)\n",
			bytes, bits, ret);
	}
	return ret;
}

static void memory_release(struct dmaring_buffer_device *buffer, struct device *parent)
{
	/* So that no file is closed, and with it what its mappings are found by. */
	down_read(&buffer->lock);
	dmaring_extent_revoke(&buffer->extent);
	up_read(&buffer->lock);
	of_reserved_mem_device_release(parent);
}

static int node_create(struct platform_device *platform, struct dmaring_added *added)
{
	struct device *parent = &platform->dev;
	struct dmaring_buffer_device *buffer;
	int ret;

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	buffer->minor = -1;
	buffer->added = added;
	init_rwsem(&buffer->lock);
	device_initialize(&buffer->dev);
	buffer->dev.class = &dmaring_class;
	buffer->dev.type = &buffer_type;
	buffer->dev.parent = parent;
	buffer->dev.release = buffer_release;
	ret = buffer_minor(buffer, parent);
	if (ret)
		goto err_device;
	ret = buffer_name(buffer, parent);
	if (ret)
		goto err_device;
	if (buffer->minor < 0)
		buffer->minor = minor_any();
	ret = buffer->minor < 0 ? buffer->minor : 0;
	if (ret)
		goto err_device;
	buffer->dev.devt = MKDEV(MAJOR(first_node), MINOR(first_node) + buffer->minor);
	ret = buffer_settings(&buffer->settings, parent);
	if (ret)
		goto err_device;
	ret = buffer_memory(buffer, parent);
	if (ret)
		goto err_device;
	cdev_init(&buffer->cdev, &dmaring_buffer_file_operations);
	buffer->cdev.owner = THIS_MODULE;
	platform_set_drvdata(platform, buffer);
	ret = cdev_device_add(&buffer->cdev, &buffer->dev);
	if (ret)
		goto err_memory;
	dev_info(parent, "/dev/dmaring/%s: a buffer of %zu bytes\n", buffer->name,
		 buffer->bytes);
	return 0;

err_memory:
	memory_release(buffer, parent);
err_device:
	put_device(&buffer->dev);
	return ret;
}

static int buffer_probe(struct platform_device *platform)
{
	return dmaring_probe(platform, node_create);
}

/*
 * Whoever masters the bus into the buffer has to be stopped before, by those who
 * know it. Open files stay open, and say ENODEV.
 */
static void buffer_remove(struct platform_device *platform)
{
	struct dmaring_buffer_device *buffer = platform_get_drvdata(platform);
	struct dmaring_added *added = dmaring_added_find(platform);

	down_write(&buffer->lock);
	buffer->gone = true;
	up_write(&buffer->lock);
	cdev_device_del(&buffer->cdev, &buffer->dev);
	memory_release(buffer, &platform->dev);
	put_device(&buffer->dev);
	if (added)
		dmaring_added_unbound(added);
}

static const struct of_device_id buffer_of_match[] = {
	{ .compatible = "dmaring,buffer" },
	/* The nodes of u-dma-buf, of its new and its old name, as they are. */
	{ .compatible = "ikwzm,u-dma-buf" },
	{ .compatible = "ikwzm,udmabuf-0.10.a" },
	{}
};
MODULE_DEVICE_TABLE(of, buffer_of_match);

static const struct platform_device_id buffer_ids[] = {
	{ .name = DMARING_ADDED_BUFFER },
	{}
};

static struct platform_driver buffer_driver = {
	.probe = buffer_probe,
	DMARING_PLATFORM_REMOVE(buffer_remove),
	.id_table = buffer_ids,
	.driver = {
		.name = "dmaring-buffer",
		.of_match_table = buffer_of_match,
		/* Who adds a device is told what became of it. */
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

/* One that cannot be is no reason to be without the driver. */
static void parameters_carry_out(void)
{
	struct dmaring_plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL);
	unsigned int i;
	int ret;

	for (i = 0; i < buffers_count; i++) {
		ret = plan ? dmaring_plan_parse_buffer(plan, buffers[i]) : -ENOMEM;
		if (!ret)
			ret = dmaring_added_make(plan);
		if (ret)
			pr_err("buffers=%s: no such buffer was made (%pe)\n", buffers[i],
			       ERR_PTR(ret));
	}
	kfree(plan);
}

/**
 * dmaring_buffer_register() - numbers, driver, and what the parameters ask for
 *
 * Context: module init; dmaring_device_register() is done.
 * Return: 0 or -errno.
 */
int dmaring_buffer_register(void)
{
	int ret = alloc_chrdev_region(&first_node, 0, DMARING_BUFFER_MINORS, "dmaring-buffer");

	if (ret)
		return ret;
	ret = platform_driver_register(&buffer_driver);
	if (ret) {
		unregister_chrdev_region(first_node, DMARING_BUFFER_MINORS);
		return ret;
	}
	parameters_carry_out();
	return 0;
}

/**
 * dmaring_buffer_unregister() - undo dmaring_buffer_register()
 *
 * Context: module exit, before dmaring_device_unregister(): no file is open.
 */
void dmaring_buffer_unregister(void)
{
	platform_driver_unregister(&buffer_driver);
	unregister_chrdev_region(first_node, DMARING_BUFFER_MINORS);
}
