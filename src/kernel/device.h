/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dmaring device: one node, its channels, and the rings open on it.
 */
#ifndef _DMARING_DEVICE_H
#define _DMARING_DEVICE_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/mutex.h>
#include <dmaring/abi.h>
#include "poller.h"
#include "pool.h"

struct dmaring_added;
struct dmaring_channel;
struct dmaring_plan;
struct platform_device;

/**
 * struct dmaring_counters - statistics of a device, shown in sysfs
 *
 * @doorbells: rung by write() or eventfd
 * @drains_without_doorbell: entries found by a completion
 * @wakeups: of those who poll a ring
 * @eventfd_signals: of completion eventfds
 * @events_dropped: notices for which there was no completion slot
 * @quarantined_pages: given up because an engine would not stop
 * @stray_callbacks: callbacks whose transfer had ended before
 * @poller_entries: entries that the poller found
 * @poller_sleeps: times that it went to sleep
 * @poller_ns: how long it has looked, without its pauses
 * @pool_bytes: in pools of each kind, at present
 */
struct dmaring_counters {
	atomic64_t doorbells;
	atomic64_t drains_without_doorbell;
	atomic64_t wakeups;
	atomic64_t eventfd_signals;
	atomic64_t events_dropped;
	atomic64_t quarantined_pages;
	atomic64_t stray_callbacks;
	atomic64_t poller_entries;
	atomic64_t poller_sleeps;
	atomic64_t poller_ns;
	atomic64_t pool_bytes[DMARING_POOL_KINDS];
};

/**
 * struct dmaring_device - one node
 * @dev: class device, holds the reference count; freed last
 * @cdev: its node
 * @parent: the bound platform device; valid until @gone
 * @reserved: @parent, if its node has a memory-region; valid until @gone
 * @plan: of a device made at run time, valid until @gone; else NULL
 * @name: of the node
 * @simulated: behind it is a virtual controller
 * @lock: protects @gone, @rings, and the claims of the channels
 * @gone: removed; set once
 * @rings: every ring, open or waiting for its last transfer
 * @channels: members of @channel
 * @channel: the channels
 * @counters: statistics
 * @poller: looks for submissions by itself, where that is allowed
 * @groups: sysfs folders of the channels
 */
struct dmaring_device {
	struct device dev;
	struct cdev cdev;
	struct device *parent;
	struct device *reserved;
	const struct dmaring_plan *plan;
	char name[DMARING_NAME_BYTES];
	bool simulated;
	struct mutex lock;		/* @gone, @rings, claims */
	bool gone;
	struct list_head rings;
	unsigned int channels;
	struct dmaring_channel *channel[DMARING_CHANNELS_MAX];
	struct dmaring_counters counters;
	struct dmaring_poller poller;
	const struct attribute_group **groups;
};

extern struct class dmaring_class;
extern const struct file_operations dmaring_file_operations;
extern struct workqueue_struct *dmaring_workqueue;

u32 dmaring_device_pool_kinds(struct dmaring_device *device);
int dmaring_probe(struct platform_device *platform,
		  int (*create)(struct platform_device *platform, struct dmaring_added *added));
int dmaring_device_register(void);
void dmaring_device_unregister(void);
bool dmaring_device_name_free(const char *name);

/* sysfs.c */
extern const struct attribute_group *dmaring_device_groups[];
int dmaring_sysfs_add(struct dmaring_device *device);
void dmaring_sysfs_remove(struct dmaring_device *device);

#endif /* _DMARING_DEVICE_H */
