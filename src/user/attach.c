// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The mapped regions: turns the header that the driver wrote into pointers.
 * Nothing here makes a system call, so a test can play the driver.
 */
#include "internal.h"

#include <stdbool.h>
#include <string.h>

/* The driver is trusted, but a driver of another ABI is not: check what we use. */
static bool region_holds(size_t region_bytes, __u32 offset, __u64 bytes)
{
	return offset % 8 == 0 && (__u64)offset + bytes <= region_bytes;
}

static bool is_power_of_two(__u64 n)
{
	return n && !(n & (n - 1));
}

static bool header_is_sound(const struct dmaring_header *header, size_t kern_bytes,
			    size_t user_bytes)
{
	if (header->magic != DMARING_ABI_MAGIC || header->abi_major != DMARING_ABI_MAJOR)
		return false;
	/* We know no incompatible feature, and asked for none. */
	if (header->features_active)
		return false;
	if (!is_power_of_two(header->sq_entries) || !is_power_of_two(header->cq_entries))
		return false;
	if (header->sq_entries < DMARING_ENTRIES_MIN || header->cq_entries < 2 * header->sq_entries)
		return false;
	if (header->sqe_bytes < sizeof(struct dmaring_sqe) || header->sqe_bytes % 8 ||
	    header->cqe_bytes < sizeof(struct dmaring_cqe) || header->cqe_bytes % 8)
		return false;
	if (header->channels > DMARING_CHANNELS_MAX)
		return false;
	if (header->segment_entries &&
	    !region_holds(user_bytes, header->segments,
			  (__u64)header->segment_entries * sizeof(struct dmaring_segment)))
		return false;
	return region_holds(kern_bytes, header->kern_control,
			    sizeof(struct dmaring_kern_control)) &&
	       region_holds(kern_bytes, header->cqes,
			    (__u64)header->cq_entries * header->cqe_bytes) &&
	       region_holds(user_bytes, header->user_control,
			    sizeof(struct dmaring_user_control)) &&
	       region_holds(user_bytes, header->sqes,
			    (__u64)header->sq_entries * header->sqe_bytes);
}

int dmaring_attach_(struct dmaring *ring, const void *kern, size_t kern_bytes, void *user,
		    size_t user_bytes)
{
	const struct dmaring_header *header = kern;
	__u32 first;

	if (kern_bytes < sizeof(*header) || !header_is_sound(header, kern_bytes, user_bytes))
		return -EPROTONOSUPPORT;

	ring->header = header;
	ring->kern_bytes = kern_bytes;
	ring->user_region = user;
	ring->user_bytes = user_bytes;
	ring->kern = (const void *)((const char *)kern + header->kern_control);
	ring->user = (void *)((char *)user + header->user_control);
	ring->sqes = (unsigned char *)user + header->sqes;
	/* Read-only in memory; peek gives out plain pointers, as liburing does. */
	ring->cqes = (unsigned char *)(uintptr_t)kern + header->cqes;
	ring->sq_entries = header->sq_entries;
	ring->sq_stride = header->sqe_bytes;
	ring->cq_entries = header->cq_entries;
	ring->cq_stride = header->cqe_bytes;
	ring->channels = header->channels;
	ring->flags = header->flags;

	first = header->first_index;
	ring->sq_tail = first;
	ring->sq_submitted = first;
	ring->sq_head = first;
	ring->sq_space = 1;
	ring->cq_head = first;
	ring->cq_tail = first;
	ring->cq_batch = 1;
	ring->cq_fenced = first;
	ring->bell_cq_head = first;
	dmaring_store_(&ring->user->sq_event, first - ring->sq_entries);
	dmaring_store_(&ring->user->cq_event, first);

	pthread_mutex_init(&ring->submission_lock, NULL);
	pthread_mutex_init(&ring->completion_lock, NULL);
	return 0;
}

int dmaring_attach_pool_(struct dmaring *ring, const struct dmaring_pool *pool, void *base)
{
	struct dmaring_mapping *map = &ring->pool[pool->index % DMARING_POOLS_MAX];

	/* The next one, or in the place of one that was removed. */
	if (pool->index >= DMARING_POOLS_MAX || pool->index > ring->pools || map->base ||
	    !pool->buffers ||
	    pool->stride < pool->buffer_bytes || pool->stride > pool->bytes / pool->buffers)
		return -EPROTONOSUPPORT;
	map->base = base;
	map->bytes = pool->bytes;
	map->stride = pool->stride;
	map->buffer_bytes = pool->buffer_bytes;
	map->buffers = pool->buffers;
	map->stride_shift = 0;
	if (is_power_of_two(pool->stride))
		map->stride_shift = __builtin_ctzll(pool->stride);
	if (pool->index == ring->pools)
		ring->pools++;
	return (int)pool->index;
}
