/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the files of the library share and its users do not see. To be included
 * first: it chooses 64-bit file offsets, which mmap() needs on 32-bit machines.
 */
#ifndef DMARING_INTERNAL_H
#define DMARING_INTERNAL_H

#define _FILE_OFFSET_BITS 64
#define _GNU_SOURCE

#include <dmaring/dmaring.h>

#define DMARING_NODES	"/dev/dmaring"
#define DMARING_CLASS	"/sys/class/dmaring"

#pragma GCC visibility push(hidden)

/**
 * dmaring_attach_() - make a ring of two mapped regions
 * @ring:	to be filled in; @ring->fd is left alone
 * @kern:	start of the KERN region
 * @kern_bytes:	its size
 * @user:	start of the USER region
 * @user_bytes:	its size
 *
 * Return: 0, or -EPROTONOSUPPORT: the header is none that we understand.
 */
int dmaring_attach_(struct dmaring *ring, const void *kern, size_t kern_bytes, void *user,
		    size_t user_bytes);

/**
 * dmaring_attach_pool_() - make a mapped pool known to the ring
 * @ring:	the ring
 * @pool:	what the driver said of the pool
 * @base:	where it is mapped
 *
 * Return: number of the pool, or -EPROTONOSUPPORT: the driver's words make no
 * sense.
 */
int dmaring_attach_pool_(struct dmaring *ring, const struct dmaring_pool *pool, void *base);

/**
 * dmaring_ioctl_() - ioctl() that returns -errno and leaves errno alone
 * @fd:		the device
 * @request:	DMARING_IOC_*
 * @argument:	its structure
 *
 * Return: 0 or -errno.
 */
int dmaring_ioctl_(int fd, unsigned long request, void *argument);

/**
 * dmaring_device_path_() - path of a device node
 * @device:	name, or a path if it holds a slash
 * @path:	filled in
 * @bytes:	room in @path
 *
 * Return: 0, or -ENOENT: no node can have that name.
 */
int dmaring_device_path_(const char *device, char *path, size_t bytes);

/**
 * dmaring_device_open_() - open a device node
 * @device:	name or path
 * @flags:	O_RDONLY or O_RDWR
 *
 * Return: a descriptor, or -errno.
 */
int dmaring_device_open_(const char *device, int flags);

/**
 * dmaring_device_channel_() - ask for a channel of an open device
 * @fd:		the device
 * @index:	0 .. dmaring_query.channels - 1
 * @info:	filled in
 *
 * Return: 0 or -errno.
 */
int dmaring_device_channel_(int fd, unsigned int index, struct dmaring_channel_info *info);

#pragma GCC visibility pop

#endif /* DMARING_INTERNAL_H */
