// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices made at run time: the files new_device and delete_device of the
 * platform driver, and what is made by them.
 *
 * Owns: the list of such devices and their platform devices. A platform device
 * is bound once: when its provider goes, or the administrator unbinds it, it is
 * deleted, because dmaengine's names are handed out anew and what is called
 * dma0chan0 tomorrow may be another controller's.
 * Locks: @lock protects the list, and is held while a device is made or deleted;
 *	outside of the driver core's locks. Probe and remove do not take it.
 */
#include <linux/capability.h>
#include <linux/dmaengine.h>
#include <linux/mod_devicetable.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include "added.h"

static DEFINE_MUTEX(lock);	/* @devices */
static LIST_HEAD(devices);

/* dmaengine's class: it tells a channel in use from one that does not exist. */
static typeof_member(struct device, class) engine_class;

/**
 * dmaring_added_learn() - see a channel, from where all others can be found
 * @dma: any
 *
 * Context: any.
 */
void dmaring_added_learn(const struct dma_chan *dma)
{
	WRITE_ONCE(engine_class, dma->dev->device.class);
}

static bool engine_filter(struct dma_chan *dma, void *name)
{
	dmaring_added_learn(dma);
	return !strcmp(dma_chan_name(dma), name);
}

/**
 * dmaring_added_request() - take a channel by its name
 * @engine: as in /sys/class/dma, or DMARING_ENGINE_ANY
 *
 * Context: may sleep.
 * Return: the channel; -EBUSY if it is in use; -ENODEV if there is none.
 */
struct dma_chan *dmaring_added_request(const char *engine)
{
	struct dma_chan *dma;
	dma_cap_mask_t mask;
	struct device *dev;

	dma_cap_zero(mask);
	if (!strcmp(engine, DMARING_ENGINE_ANY)) {
		dma_cap_set(DMA_MEMCPY, mask);
		dma = dma_request_channel(mask, NULL, NULL);
		return dma ?: ERR_PTR(-ENODEV);
	}
	dma = dma_request_channel(mask, engine_filter, (void *)engine);
	if (dma)
		return dma;
	/* Not known while others have held all channels of the system from the start. */
	if (!READ_ONCE(engine_class))
		return ERR_PTR(-ENODEV);
	dev = class_find_device_by_name(READ_ONCE(engine_class), engine);
	put_device(dev);
	return ERR_PTR(dev ? -EBUSY : -ENODEV);
}

/**
 * dmaring_added_find() - is it one made at run time
 * @platform: a device that is bound or about to be
 *
 * Context: probe, remove.
 * Return: it, or NULL.
 */
struct dmaring_added *dmaring_added_find(struct platform_device *platform)
{
	const struct platform_device_id *id = platform_get_device_id(platform);

	if (!id || (strcmp(id->name, DMARING_ADDED) && strcmp(id->name, DMARING_ADDED_BUFFER)))
		return NULL;
	return *(struct dmaring_added **)dev_get_platdata(&platform->dev);
}

/*
 * The driver core takes a reference of a device's software node when it has made the
 * links between the two, and gives it back when the device goes, links or not (6.1:
 * software_node_notify). Without memory for the links the node would be freed twice.
 */
static void node_balance(struct device *dev)
{
	struct kernfs_node *link = sysfs_get_dirent(dev->kobj.sd, "software_node");

	if (link)
		sysfs_put(link);
	else
		fwnode_handle_get(dev_fwnode(dev));
}

/* Probe is done, and has left its result, when this returns. */
static int added_register(struct dmaring_added *added, const char *name,
			  const struct property_entry *properties)
{
	const struct platform_device_info info = {
		.name = name,
		.id = PLATFORM_DEVID_AUTO,
		.data = &added,
		.size_data = sizeof(added),
		.properties = properties,
	};

	/* What it stays if the driver core does not probe by itself. */
	added->result = -ENXIO;
	added->platform = platform_device_register_full(&info);
	if (IS_ERR(added->platform))
		return PTR_ERR(added->platform);
	node_balance(&added->platform->dev);
	if (added->result)
		platform_device_unregister(added->platform);
	return added->result;
}

static int added_create_buffer(struct dmaring_added *added)
{
	const struct dmaring_plan *plan = &added->plan;
	struct property_entry properties[5] = {
		PROPERTY_ENTRY_STRING("dmaring,name", plan->name),
		PROPERTY_ENTRY_U64("size", plan->bytes),
	};
	unsigned int used = 2;

	if (plan->minor_given)
		properties[used++] = PROPERTY_ENTRY_U32("minor-number", plan->minor);
	if (plan->address_bits)
		properties[used++] = PROPERTY_ENTRY_U32("dma-mask", plan->address_bits);
	return added_register(added, DMARING_ADDED_BUFFER, properties);
}

static int added_create(struct dmaring_added *added)
{
	const char *names[DMARING_CHANNELS_MAX], *directions[DMARING_CHANNELS_MAX];
	const struct dmaring_plan *plan = &added->plan;
	struct property_entry properties[10] = {
		PROPERTY_ENTRY_STRING("dmaring,name", plan->name),
		PROPERTY_ENTRY_STRING_ARRAY_LEN("dma-names", names, plan->channels),
		PROPERTY_ENTRY_STRING_ARRAY_LEN("dmaring,directions", directions, plan->channels),
	};
	unsigned int i, used = 3;

	for (i = 0; i < plan->channels; i++) {
		names[i] = plan->channel[i].name;
		directions[i] = plan->channel[i].direction;
	}
	if (plan->length_known)
		properties[used++] = PROPERTY_ENTRY_BOOL("dmaring,length-known");
	if (plan->cookie_known)
		properties[used++] = PROPERTY_ENTRY_BOOL("dmaring,cookie-known");
	if (plan->withholds_callbacks)
		properties[used++] = PROPERTY_ENTRY_BOOL("dmaring,withholds-callbacks");
	if (plan->alignment)
		properties[used++] = PROPERTY_ENTRY_U32("dmaring,alignment", plan->alignment);
	if (plan->width)
		properties[used++] = PROPERTY_ENTRY_U32("dmaring,width", plan->width);
	if (plan->burst)
		properties[used++] = PROPERTY_ENTRY_U32("dmaring,burst", plan->burst);
	return added_register(added, DMARING_ADDED, properties);
}

static void added_destroy(struct dmaring_added *added)
{
	list_del(&added->list);
	platform_device_unregister(added->platform);
	kfree(added);
}

/* Out of the driver core's hands only: a device cannot delete itself. */
static void sweep(struct work_struct *work)
{
	struct dmaring_added *added, *next;

	mutex_lock(&lock);
	list_for_each_entry_safe(added, next, &devices, list)
		if (READ_ONCE(added->gone))
			added_destroy(added);
	mutex_unlock(&lock);
}

static DECLARE_WORK(sweep_work, sweep);

/**
 * dmaring_added_unbound() - delete it soon
 * @added: a device that is being unbound, by whoever
 *
 * Context: remove.
 */
void dmaring_added_unbound(struct dmaring_added *added)
{
	WRITE_ONCE(added->gone, true);
	schedule_work(&sweep_work);
}

/**
 * dmaring_added_make() - make a device
 * @plan: what it is to be
 *
 * Context: process; the drivers are registered.
 * Return: 0, -ENOMEM, or what its probe says.
 */
int dmaring_added_make(const struct dmaring_plan *plan)
{
	struct dmaring_added *added = kzalloc(sizeof(*added), GFP_KERNEL);
	int ret;

	if (!added)
		return -ENOMEM;
	added->plan = *plan;
	mutex_lock(&lock);
	ret = plan->bytes ? added_create_buffer(added) : added_create(added);
	if (!ret)
		list_add_tail(&added->list, &devices);
	mutex_unlock(&lock);
	if (ret)
		kfree(added);
	return ret;
}

static ssize_t new_device_store(struct device_driver *driver, const char *buf, size_t count)
{
	struct dmaring_plan *plan;
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	plan = kzalloc(sizeof(*plan), GFP_KERNEL);
	if (!plan)
		return -ENOMEM;
	ret = dmaring_plan_parse(plan, buf, count);
	if (!ret)
		ret = dmaring_added_make(plan);
	kfree(plan);
	return ret ?: count;
}
static DRIVER_ATTR_WO(new_device);

static ssize_t delete_device_store(struct device_driver *driver, const char *buf, size_t count)
{
	size_t bytes = count && buf[count - 1] == '\n' ? count - 1 : count;
	struct dmaring_added *added;
	int ret = -ENOENT;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	mutex_lock(&lock);
	list_for_each_entry(added, &devices, list) {
		if (strlen(added->plan.name) == bytes && !memcmp(added->plan.name, buf, bytes) &&
		    !READ_ONCE(added->gone)) {
			added_destroy(added);
			ret = 0;
			break;
		}
	}
	mutex_unlock(&lock);
	return ret ?: count;
}
static DRIVER_ATTR_WO(delete_device);

static struct attribute *added_attributes[] = {
	&driver_attr_new_device.attr,
	&driver_attr_delete_device.attr,
	NULL
};

static const struct attribute_group added_group = { .attrs = added_attributes };

const struct attribute_group *dmaring_added_groups[] = { &added_group, NULL };

/**
 * dmaring_added_exit() - delete what is left
 *
 * Context: module exit; the driver is unregistered, so nothing is bound and
 * nothing can be added.
 */
void dmaring_added_exit(void)
{
	struct dmaring_added *added, *next;

	cancel_work_sync(&sweep_work);
	mutex_lock(&lock);
	list_for_each_entry_safe(added, next, &devices, list)
		added_destroy(added);
	mutex_unlock(&lock);
}
