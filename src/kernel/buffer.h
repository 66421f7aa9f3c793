/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A buffer device: a node that is only memory, for who masters the bus himself.
 */
#ifndef _DMARING_BUFFER_H
#define _DMARING_BUFFER_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/rwsem.h>
#include "extent.h"

struct inode;

/* Of u-dma-buf's sync_mode: how to map, and to do so without O_SYNC too. */
#define DMARING_SYNC_MODE_MASK		3U
#define DMARING_SYNC_MODE_ALWAYS	4U
#define DMARING_SYNC_MODE_MAX		7U

/**
 * struct dmaring_buffer_settings - what is handed over, and how it is mapped
 * @mode: 0 to 7, u-dma-buf's sync_mode
 * @direction: 0 both ways, 1 to the device, 2 from it
 * @owner: 1: the device
 * @offset: of the range
 * @size: of the range; it need not be inside of the buffer until it is used
 *
 * Named and meant as u-dma-buf does.
 */
struct dmaring_buffer_settings {
	u32 mode;
	u32 direction;
	u32 owner;
	u64 offset;
	u64 size;
};

/**
 * struct dmaring_buffer_device - one node
 * @dev: class device, holds the reference count; freed last
 * @cdev: its node
 * @name: of the node
 * @minor: of the node
 * @added: was made at run time
 * @bytes: as asked for
 * @lock: protects what is below; taken inside of the mmap lock, so nothing may
 *	fault under it; the lock of an area is inside of it
 * @gone: removed; set once. @extent is there until then
 * @extent: the memory
 * @settings: of syncs and mappings
 * @files: open ones
 * @inode: that of the first of them, while there is one
 */
struct dmaring_buffer_device {
	struct device dev;
	struct cdev cdev;
	char name[DMARING_NAME_BYTES];
	int minor;
	bool added;
	size_t bytes;
	struct rw_semaphore lock;	/* all below */
	bool gone;
	struct dmaring_extent extent;
	struct dmaring_buffer_settings settings;
	unsigned int files;
	struct inode *inode;
};

int dmaring_buffer_register(void);
void dmaring_buffer_unregister(void);
int dmaring_buffer_sync(struct dmaring_buffer_device *buffer, u64 offset, u64 size,
			u32 direction, bool for_cpu);
bool dmaring_buffer_address_allowed(void);

/* buffer_file.c */
extern const struct file_operations dmaring_buffer_file_operations;

/* buffer_sysfs.c */
extern const struct attribute_group *dmaring_buffer_groups[];

int dmaring_buffer_command(struct dmaring_buffer_device *buffer, u64 command, bool for_cpu);
const char *dmaring_buffer_kind(const struct dmaring_buffer_device *buffer);

#endif /* _DMARING_BUFFER_H */
