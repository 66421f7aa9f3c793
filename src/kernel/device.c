// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices: from a platform device with channels to a node, and back.
 *
 * Owns: the class, the numbers of the nodes, probe and remove.
 *
 * A managed device link to each channel's provider makes the driver core unbind
 * us before the provider, and bind us again after it: dmaengine itself tells a
 * client nothing (Documentation/driver-api/device_link.rst).
 */
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_reserved_mem.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include "added.h"
#include "area.h"
#include "ring.h"

#define NODES_MAX	256

static dev_t first_node;
static DEFINE_IDA(nodes);
/* One probe at a time, of all devices: a name is looked for first, and taken last. */
static DEFINE_MUTEX(probe_lock);

static char *device_devnode(const struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return kasprintf(GFP_KERNEL, "dmaring/%s", dev_name(dev));
}

struct class dmaring_class = {
	.name = "dmaring",
	.devnode = DMARING_DEVNODE(device_devnode),
};

static const struct device_type device_type = {
	.name = "ring",
	.groups = dmaring_device_groups,
};

/* The last reference is gone: no file, no ring. */
static void device_release(struct device *dev)
{
	struct dmaring_device *device = container_of(dev, struct dmaring_device, dev);
	unsigned int i;

	for (i = 0; i < device->channels; i++)
		dmaring_channel_free(device->channel[i]);
	ida_free(&nodes, MINOR(dev->devt) - MINOR(first_node));
	kfree(device);
}

/* Channels are folders among the files of the device. */
static bool channel_name_free(const struct dmaring_device *device, const char *name)
{
	static const char *const taken[] = {
		"added", "counters", "dev", "device", "poller", "poller_idle_ms", "pools", "power",
		"simulated", "subsystem", "uevent", "version", "waiting_for_supplier",
	};
	unsigned int i;

	if (!dmaring_name_valid(name))
		return false;
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		if (!strcmp(name, taken[i]))
			return false;
	for (i = 0; i < device->channels; i++)
		if (!strcmp(name, device->channel[i]->name))
			return false;
	return true;
}

/* As "dmaring,directions" has them, or a node of ezdma. Return: 0 or -EINVAL. */
static int directions_read(struct device *parent, const char **directions, int count)
{
	u32 numbers[DMARING_CHANNELS_MAX];
	int i;

	if (device_property_present(parent, "dmaring,directions"))
		return device_property_read_string_array(parent, "dmaring,directions", directions,
							 count) == count ? 0 : -EINVAL;
	if (!device_property_present(parent, "ezdma,dirs"))
		return 0;
	if (device_property_read_u32_array(parent, "ezdma,dirs", numbers, count))
		return -EINVAL;
	for (i = 0; i < count; i++)
		directions[i] = numbers[i] == 1 ? "receive" : numbers[i] == 2 ? "send" : NULL;
	return 0;
}

static int channels_request(struct dmaring_device *device)
{
	struct device *parent = device->parent;
	const char *names[DMARING_CHANNELS_MAX], *directions[DMARING_CHANNELS_MAX] = {};
	int count, i;

	count = device_property_string_array_count(parent, "dma-names");
	if (count <= 0)
		return dev_err_probe(parent, -EINVAL, "no dma-names property\n");
	if (count > DMARING_CHANNELS_MAX)
		return dev_err_probe(parent, -EINVAL, "%d channels, at most %d\n",
				     count, DMARING_CHANNELS_MAX);
	device_property_read_string_array(parent, "dma-names", names, count);
	if (directions_read(parent, directions, count))
		return dev_err_probe(parent, -EINVAL,
				     "dmaring,directions or ezdma,dirs does not match dma-names\n");
	for (i = 0; i < count; i++) {
		const char *direction = directions[i] && *directions[i] ? directions[i] : NULL;
		struct dmaring_channel *channel;
		char name[DMARING_NAME_BYTES];

		strscpy(name, names[i], sizeof(name));
		if (!channel_name_free(device, name))
			return dev_err_probe(parent, -EINVAL,
					     "dma-names: \"%s\" is no name, or is taken\n", name);
		channel = dmaring_channel_request(device, i, names[i], direction);
		if (IS_ERR(channel))
			return PTR_ERR(channel);
		device->channel[device->channels++] = channel;
		if (!device_link_add(parent, channel->dma->device->dev,
				     DL_FLAG_AUTOPROBE_CONSUMER))
			return dev_err_probe(parent, -EINVAL,
					     "no link to the provider of %s\n", names[i]);
	}
	return 0;
}

static void channels_release(struct dmaring_device *device)
{
	unsigned int i;

	for (i = 0; i < device->channels; i++)
		dmaring_channel_release(device->channel[i]);
}

/* The memory-region of its node, if there is one, is the device's own from now on. */
static int reserved_get(struct dmaring_device *device)
{
	struct device *parent = device->parent;
	int ret;

	if (!parent->of_node || !of_property_present(parent->of_node, "memory-region"))
		return 0;
	ret = dma_set_mask_and_coherent(parent, DMA_BIT_MASK(64));
	if (!ret)
		ret = of_reserved_mem_device_init(parent);
	if (ret)
		return dev_err_probe(parent, ret,
				     "memory-region: not usable: is it a shared-dma-pool, with no-map or reusable?\n");
	device->reserved = parent;
	return 0;
}

static void reserved_put(struct dmaring_device *device)
{
	if (device->reserved)
		of_reserved_mem_device_release(device->reserved);
}

/**
 * dmaring_device_pool_kinds() - kinds of pools that a ring may have
 * @device: the device
 *
 * Context: may sleep.
 * Return: bit per enum dmaring_pool_kind; of a ring with all of the channels.
 */
u32 dmaring_device_pool_kinds(struct dmaring_device *device)
{
	struct device *devs[DMARING_CHANNELS_MAX];
	unsigned int i, j, ndevs = 0;
	u32 kinds = 0;

	mutex_lock(&device->lock);
	for (i = 0; !device->gone && i < device->channels; i++) {
		for (j = 0; j < ndevs && devs[j] != device->channel[i]->dma_dev; j++)
			;
		if (j == ndevs)
			devs[ndevs++] = device->channel[i]->dma_dev;
	}
	if (ndevs)
		kinds = dmaring_memory_kinds(devs, ndevs, device->reserved);
	mutex_unlock(&device->lock);
	return kinds;
}

/**
 * dmaring_device_name_free() - may a new device be called so
 * @name: the name
 *
 * Context: in dmaring_probe().
 * Return: true if there is no device of that name.
 */
bool dmaring_device_name_free(const char *name)
{
	struct device *dev = class_find_device_by_name(&dmaring_class, name);

	put_device(dev);
	return !dev;
}

/*
 * As the description says; a node of the device tree is else called as it is
 * there, and what has no name of its own is numbered.
 */
static int device_name(struct dmaring_device *device, unsigned int node)
{
	struct device *parent = device->parent;
	char own[DMARING_NAME_BYTES];
	const char *name = NULL;

	device_property_read_string(parent, "dmaring,name", &name);
	if (name && !dmaring_name_valid(name))
		return dev_err_probe(parent, -EINVAL,
				     "\"%s\" is no name: 1 to %d letters, digits and ,._+-\n",
				     name, DMARING_NAME_BYTES - 1);
	if (!name && parent->of_node &&
	    snprintf(own, sizeof(own), "%pOFn", parent->of_node) < sizeof(own) &&
	    dmaring_name_valid(own) && dmaring_device_name_free(own))
		name = own;
	if (!name) {
		snprintf(own, sizeof(own), "dmaring%u", node);
		name = own;
	}
	if (!dmaring_device_name_free(name))
		return dev_err_probe(parent, -EEXIST, "there is a device %s\n", name);
	strscpy(device->name, name, sizeof(device->name));
	return dev_set_name(&device->dev, "%s", name);
}

static int node_create(struct platform_device *platform, struct dmaring_added *added)
{
	struct device *parent = &platform->dev;
	struct dmaring_device *device;
	int node, ret;

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	node = ida_alloc_max(&nodes, NODES_MAX - 1, GFP_KERNEL);
	if (node < 0) {
		kfree(device);
		return node;
	}
	device->parent = parent;
	device->plan = added ? &added->plan : NULL;
	device->simulated = device_property_read_bool(parent, "dmaring,simulated");
	mutex_init(&device->lock);
	INIT_LIST_HEAD(&device->rings);
	dmaring_poller_init(&device->poller);
	device_initialize(&device->dev);
	device->dev.class = &dmaring_class;
	device->dev.type = &device_type;
	device->dev.parent = parent;
	device->dev.devt = MKDEV(MAJOR(first_node), MINOR(first_node) + node);
	device->dev.release = device_release;
	ret = device_name(device, node);
	if (ret)
		goto err_device;
	ret = reserved_get(device);
	if (ret)
		goto err_device;
	ret = channels_request(device);
	if (ret)
		goto err_channels;
	ret = dmaring_sysfs_add(device);
	if (ret)
		goto err_channels;
	cdev_init(&device->cdev, &dmaring_file_operations);
	device->cdev.owner = THIS_MODULE;
	platform_set_drvdata(platform, device);
	ret = cdev_device_add(&device->cdev, &device->dev);
	if (ret)
		goto err_sysfs;
	dev_info(parent, "/dev/dmaring/%s%s\n", device->name,
		 device->simulated ? " (simulated)" : "");
	return 0;

err_sysfs:
	dmaring_sysfs_remove(device);
err_channels:
	channels_release(device);
	reserved_put(device);
err_device:
	put_device(&device->dev);
	return ret;
}

/**
 * dmaring_probe() - make the node of a platform device
 * @platform: the platform device
 * @create: makes it; @added is what the device was made of at run time, or NULL
 *
 * Context: probe of one of our drivers.
 * Return: what @create says; -ENODEV if the device is on its way out.
 */
int dmaring_probe(struct platform_device *platform,
		  int (*create)(struct platform_device *platform, struct dmaring_added *added))
{
	struct dmaring_added *added = dmaring_added_find(platform);
	int ret;

	if (added && READ_ONCE(added->gone))
		return -ENODEV;
	mutex_lock(&probe_lock);
	ret = create(platform, added);
	mutex_unlock(&probe_lock);
	if (added)
		added->result = ret;
	return ret;
}

static int device_probe(struct platform_device *platform)
{
	return dmaring_probe(platform, node_create);
}

/*
 * Unbound: by hand, because the provider goes, or by rmmod. Open files stay
 * open and see EPOLLHUP; nothing of theirs is left in an engine when the
 * channels go back.
 */
static void device_remove(struct platform_device *platform)
{
	struct dmaring_device *device = platform_get_drvdata(platform);
	struct dmaring_added *added = dmaring_added_find(platform);
	struct dmaring_ring *ring;
	unsigned int i;

	mutex_lock(&device->lock);
	WRITE_ONCE(device->gone, true);
	list_for_each_entry(ring, &device->rings, list)
		dmaring_ring_vanish(ring);
	mutex_unlock(&device->lock);
	cdev_device_del(&device->cdev, &device->dev);

	for (i = 0; i < device->channels; i++) {
		struct dmaring_channel *channel = device->channel[i];

		spin_lock_irq(&channel->lock);
		channel->gone = true;
		spin_unlock_irq(&channel->lock);
		dmaring_channel_stop(channel);
	}
	mutex_lock(&device->lock);
	list_for_each_entry(ring, &device->rings, list)
		dmaring_ring_unmap(ring);
	mutex_unlock(&device->lock);
	dmaring_areas_revoke(device);
	channels_release(device);
	reserved_put(device);
	dmaring_sysfs_remove(device);
	put_device(&device->dev);
	if (added)
		dmaring_added_unbound(added);
}

static int __maybe_unused device_suspend(struct device *parent)
{
	struct dmaring_device *device = dev_get_drvdata(parent);

	dmaring_channels_suspend(device->channel, device->channels);
	return 0;
}

static int __maybe_unused device_resume(struct device *parent)
{
	struct dmaring_device *device = dev_get_drvdata(parent);
	unsigned int i;

	for (i = 0; i < device->channels; i++)
		dmaring_channel_resume(device->channel[i]);
	return 0;
}

/* For hibernation too: an image with an engine at work in it could not be trusted. */
static const struct dev_pm_ops device_pm = {
	SET_SYSTEM_SLEEP_PM_OPS(device_suspend, device_resume)
};

static const struct of_device_id device_of_match[] = {
	{ .compatible = "dmaring,device" },
	/* The nodes of Xilinx's dma-proxy, of libaxidma and of ezdma, as they are. */
	{ .compatible = "xlnx,dma_proxy" },
	{ .compatible = "xlnx,axidma-chrdev" },
	{ .compatible = "ezdma" },
	{}
};
MODULE_DEVICE_TABLE(of, device_of_match);

static const struct platform_device_id device_ids[] = {
	{ .name = "dmaring" },
	{ .name = DMARING_ADDED },
	{}
};
MODULE_DEVICE_TABLE(platform, device_ids);

static struct platform_driver device_driver = {
	.probe = device_probe,
	DMARING_PLATFORM_REMOVE(device_remove),
	.id_table = device_ids,
	.driver = {
		.name = "dmaring",
		.of_match_table = device_of_match,
		.pm = &device_pm,
		.groups = dmaring_added_groups,
		/* Who adds a device is told what became of it. */
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

/**
 * dmaring_device_register() - class, numbers, driver
 *
 * Context: module init.
 * Return: 0 or -errno.
 */
int dmaring_device_register(void)
{
	int ret;

	ret = alloc_chrdev_region(&first_node, 0, NODES_MAX, "dmaring");
	if (ret)
		return ret;
	ret = class_register(&dmaring_class);
	if (ret)
		goto err_region;
	ret = platform_driver_register(&device_driver);
	if (ret)
		goto err_class;
	return 0;

err_class:
	class_unregister(&dmaring_class);
err_region:
	unregister_chrdev_region(first_node, NODES_MAX);
	return ret;
}

/**
 * dmaring_device_unregister() - undo dmaring_device_register()
 *
 * Context: module exit: no file is open any more.
 */
void dmaring_device_unregister(void)
{
	platform_driver_unregister(&device_driver);
	dmaring_added_exit();
	/* Rings of closed files may still be on their way out. */
	flush_workqueue(dmaring_workqueue);
	class_unregister(&dmaring_class);
	unregister_chrdev_region(first_node, NODES_MAX);
}
