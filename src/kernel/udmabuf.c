// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of u-dma-buf on a buffer device, by its numbers and layouts: size,
 * address, owner, settings, syncs. Export is not among them.
 */
#include <linux/bitfield.h>
#include <linux/dma-mapping.h>
#include <linux/ioctl.h>
#include <linux/uaccess.h>
#include "buffer.h"
#include "udmabuf.h"

/* Version of the interface that this is, and what u-dma-buf may and this does. */
#define DRIVER_IOCTL_VERSION	GENMASK_ULL(7, 0)
#define DRIVER_DMA_CONFIG	BIT_ULL(12)
#define DRIVER_RESERVED_MEMORY	BIT_ULL(13)

#define DEVICE_MASK_BITS	GENMASK_ULL(7, 0)
#define DEVICE_COHERENT		BIT_ULL(9)

#define SYNC_COMMAND		GENMASK_ULL(1, 0)
#define SYNC_COMMAND_CPU	1
#define SYNC_COMMAND_DEVICE	3
#define SYNC_DIRECTION		GENMASK_ULL(3, 2)
#define SYNC_MODE		GENMASK_ULL(15, 8)
#define SYNC_OWNER		BIT_ULL(16)

struct driver_words {
	u64 flags;
	char version[16];
};

struct device_words {
	u64 flags;
	u64 size;
	u64 address;
};

struct sync_words {
	u64 flags;
	u64 size;
	u64 offset;
};

#define GET_DRIVER	_IOR(DMARING_UDMABUF_IOC_TYPE, 1, struct driver_words)
#define GET_SIZE	_IOR(DMARING_UDMABUF_IOC_TYPE, 2, u64)
#define GET_ADDRESS	_IOR(DMARING_UDMABUF_IOC_TYPE, 3, u64)
#define GET_OWNER	_IOR(DMARING_UDMABUF_IOC_TYPE, 4, u32)
#define SYNC_FOR_CPU	_IOW(DMARING_UDMABUF_IOC_TYPE, 5, u64)
#define SYNC_FOR_DEVICE	_IOW(DMARING_UDMABUF_IOC_TYPE, 6, u64)
#define GET_DEVICE	_IOR(DMARING_UDMABUF_IOC_TYPE, 7, struct device_words)
#define GET_SYNC	_IOR(DMARING_UDMABUF_IOC_TYPE, 8, struct sync_words)
#define SET_SYNC	_IOW(DMARING_UDMABUF_IOC_TYPE, 9, struct sync_words)

union argument {
	struct driver_words driver;
	struct device_words device;
	struct sync_words sync;
	u64 value;
	u32 word;
};

static int get_address(struct dmaring_buffer_device *buffer, u64 *address)
{
	if (!dmaring_buffer_address_allowed())
		return -EPERM;
	*address = buffer->extent.address;
	return 0;
}

static void get_sync(struct dmaring_buffer_device *buffer, struct sync_words *sync)
{
	const struct dmaring_buffer_settings *settings = &buffer->settings;

	sync->flags = FIELD_PREP(SYNC_DIRECTION, settings->direction) |
		      FIELD_PREP(SYNC_MODE, settings->mode) |
		      FIELD_PREP(SYNC_OWNER, READ_ONCE(settings->owner));
	sync->size = settings->size;
	sync->offset = settings->offset;
}

/* A mode or size of 0, and a direction of 3, leave what there is. */
static int set_sync(struct dmaring_buffer_device *buffer, const struct sync_words *sync)
{
	struct dmaring_buffer_settings *settings = &buffer->settings;
	u32 direction = FIELD_GET(SYNC_DIRECTION, sync->flags);
	u32 mode = FIELD_GET(SYNC_MODE, sync->flags);

	lockdep_assert_held_write(&buffer->lock);
	if (mode > DMARING_SYNC_MODE_MAX)
		return -EINVAL;
	if (direction < 3)
		settings->direction = direction;
	if (mode)
		settings->mode = mode;
	settings->offset = sync->offset;
	if (sync->size)
		settings->size = sync->size;
	switch (FIELD_GET(SYNC_COMMAND, sync->flags)) {
	case SYNC_COMMAND_CPU:
		return dmaring_buffer_command(buffer, 1, true);
	case SYNC_COMMAND_DEVICE:
		return dmaring_buffer_command(buffer, 1, false);
	default:
		return 0;
	}
}

static int carry_out(struct dmaring_buffer_device *buffer, unsigned int command,
		     union argument *argument)
{
	switch (command) {
	case GET_DRIVER:
		argument->driver.flags = FIELD_PREP(DRIVER_IOCTL_VERSION, 1) |
					 DRIVER_DMA_CONFIG | DRIVER_RESERVED_MEMORY;
		strscpy(argument->driver.version, DMARING_VERSION,
			sizeof(argument->driver.version));
		return 0;
	case GET_SIZE:
		argument->value = buffer->bytes;
		return 0;
	case GET_ADDRESS:
		return get_address(buffer, &argument->value);
	case GET_OWNER:
		argument->word = READ_ONCE(buffer->settings.owner);
		return 0;
	case GET_DEVICE:
		argument->device.flags =
			FIELD_PREP(DEVICE_MASK_BITS, fls64(dma_get_mask(buffer->extent.dev))) |
			FIELD_PREP(DEVICE_COHERENT, dmaring_extent_coherent(&buffer->extent));
		argument->device.size = buffer->bytes;
		return get_address(buffer, &argument->device.address);
	case GET_SYNC:
		get_sync(buffer, &argument->sync);
		return 0;
	case SET_SYNC:
		return set_sync(buffer, &argument->sync);
	case SYNC_FOR_CPU:
	case SYNC_FOR_DEVICE:
		return dmaring_buffer_command(buffer, argument->value, command == SYNC_FOR_CPU);
	default:
		return -ENOTTY;
	}
}

/**
 * dmaring_udmabuf_ioctl() - an ioctl of u-dma-buf
 * @buffer: the buffer
 * @command: of DMARING_UDMABUF_IOC_TYPE
 * @user: its argument
 *
 * Context: process.
 * Return: 0; -ENOTTY; -EFAULT; -EINVAL; -ENODEV; -EPERM for an address that is not
 * to be known, which u-dma-buf tells everybody.
 */
long dmaring_udmabuf_ioctl(struct dmaring_buffer_device *buffer, unsigned int command,
			   void __user *user)
{
	union argument argument = {};
	size_t size = _IOC_SIZE(command);
	int ret;

	if (size > sizeof(argument))
		return -ENOTTY;
	if ((_IOC_DIR(command) & _IOC_WRITE) && copy_from_user(&argument, user, size))
		return -EFAULT;
	down_write(&buffer->lock);
	ret = buffer->gone ? -ENODEV : carry_out(buffer, command, &argument);
	up_write(&buffer->lock);
	if (!ret && (_IOC_DIR(command) & _IOC_READ) && copy_to_user(user, &argument, size))
		ret = -EFAULT;
	return ret;
}
