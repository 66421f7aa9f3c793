// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The ioctls of an open ring, none of which waits for a transfer.
 */
#include "internal.h"

#include <string.h>

static int set_eventfd(struct dmaring *ring, enum dmaring_eventfd_use use, int fd)
{
	struct dmaring_eventfd request = { .use = use, .fd = fd };

	return dmaring_ioctl_(ring->fd, DMARING_IOC_EVENTFD, &request);
}

int dmaring_register_eventfd(struct dmaring *ring, int eventfd)
{
	return eventfd < 0 ? -EBADF : set_eventfd(ring, DMARING_EVENTFD_COMPLETION, eventfd);
}

int dmaring_unregister_eventfd(struct dmaring *ring)
{
	return set_eventfd(ring, DMARING_EVENTFD_COMPLETION, -1);
}

int dmaring_register_doorbell_eventfd(struct dmaring *ring, int eventfd)
{
	return eventfd < 0 ? -EBADF : set_eventfd(ring, DMARING_EVENTFD_DOORBELL, eventfd);
}

int dmaring_unregister_doorbell_eventfd(struct dmaring *ring)
{
	return set_eventfd(ring, DMARING_EVENTFD_DOORBELL, -1);
}

int dmaring_abort(struct dmaring *ring, unsigned int channel)
{
	struct dmaring_abort request = { .channel = channel };

	return dmaring_ioctl_(ring->fd, DMARING_IOC_ABORT, &request);
}

int dmaring_cyclic_position(struct dmaring *ring, unsigned int channel,
			    struct dmaring_position *position)
{
	memset(position, 0, sizeof(*position));
	position->channel = channel;
	return dmaring_ioctl_(ring->fd, DMARING_IOC_POSITION, position);
}

int dmaring_coalesce(struct dmaring *ring, unsigned int time_us)
{
	struct dmaring_coalesce request = { .time_us = time_us };

	return dmaring_ioctl_(ring->fd, DMARING_IOC_COALESCE, &request);
}

static int sync_range(struct dmaring *ring, unsigned int channel,
		      enum dmaring_channel_kind direction, enum dmaring_sync_owner owner,
		      const void *data, size_t bytes)
{
	struct dmaring_sync request;
	__u32 buffer, offset;
	__u16 pool;
	int err;

	err = dmaring_locate(ring, data, bytes, &pool, &buffer, &offset);
	if (err < 0)
		return err;
	memset(&request, 0, sizeof(request));
	request.channel = channel;
	request.pool = pool;
	request.owner = owner;
	request.direction = direction;
	request.offset = (__u64)buffer * ring->pool[pool].stride + offset;
	request.bytes = bytes;
	return dmaring_ioctl_(ring->fd, DMARING_IOC_SYNC, &request);
}

int dmaring_sync_for_cpu(struct dmaring *ring, unsigned int channel,
			 enum dmaring_channel_kind direction, const void *data, size_t bytes)
{
	return sync_range(ring, channel, direction, DMARING_SYNC_FOR_CPU, data, bytes);
}

int dmaring_sync_for_device(struct dmaring *ring, unsigned int channel,
			    enum dmaring_channel_kind direction, const void *data, size_t bytes)
{
	return sync_range(ring, channel, direction, DMARING_SYNC_FOR_DEVICE, data, bytes);
}

int dmaring_ring_query(const struct dmaring *ring, struct dmaring_query *query)
{
	memset(query, 0, sizeof(*query));
	return dmaring_ioctl_(ring->fd, DMARING_IOC_QUERY, query);
}

int dmaring_ring_channel(const struct dmaring *ring, unsigned int channel,
			 struct dmaring_channel_info *info)
{
	if (channel >= ring->channels)
		return -ENOENT;
	return dmaring_device_channel_(ring->fd, ring->channel[channel].index, info);
}

int dmaring_channel(const struct dmaring *ring, const char *name)
{
	__u32 i;

	for (i = 0; i < ring->channels; i++)
		if (!strcmp(ring->channel[i].name, name))
			return (int)i;
	return -ENOENT;
}

int dmaring_channel_of(const struct dmaring *ring, enum dmaring_channel_kind kind)
{
	__u32 i;

	for (i = 0; i < ring->channels; i++)
		if (ring->channel[i].kind == kind)
			return (int)i;
	return -ENOENT;
}
