/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of u-dma-buf, for programs that were written to them.
 */
#ifndef _DMARING_UDMABUF_H
#define _DMARING_UDMABUF_H

#define DMARING_UDMABUF_IOC_TYPE	'U'

struct dmaring_buffer_device;

long dmaring_udmabuf_ioctl(struct dmaring_buffer_device *buffer, unsigned int command,
			   void __user *user);

#endif /* _DMARING_UDMABUF_H */
