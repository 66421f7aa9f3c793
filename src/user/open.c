// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The life of a ring: open, set up, map, add pools, close.
 */
#include "internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Takes the options of a program that may be older or newer than the library. */
static int take_options(struct dmaring_options *to, const struct dmaring_options *from,
			size_t from_bytes)
{
	const unsigned char *tail = (const unsigned char *)from;
	size_t i;

	memset(to, 0, sizeof(*to));
	if (!from)
		return 0;
	for (i = sizeof(*to); i < from_bytes; i++)
		if (tail[i])
			return -E2BIG;
	memcpy(to, from, from_bytes < sizeof(*to) ? from_bytes : sizeof(*to));
	return to->flags & ~(DMARING_SETUP_READ | DMARING_SETUP_POLLER) ? -EINVAL : 0;
}

/* Fills in setup->channel and ring->channel from the names; all if none. */
static int choose_channels(struct dmaring *ring, int fd, const char *const *names,
			   unsigned int present, struct dmaring_setup *setup)
{
	struct dmaring_channel_info info;
	unsigned int i, n, wanted = 0;
	int err;

	while (names && names[wanted])
		wanted++;
	if (wanted > DMARING_CHANNELS_MAX || (names && !wanted))
		return -EINVAL;
	if (!names)
		wanted = present < DMARING_CHANNELS_MAX ? present : DMARING_CHANNELS_MAX;
	for (n = 0; n < wanted; n++) {
		for (i = names ? 0 : n; i < present; i++) {
			err = dmaring_device_channel_(fd, i, &info);
			if (err < 0)
				return err;
			if (!names || !strncmp(info.name, names[n], sizeof(info.name)))
				break;
		}
		if (i == present)
			return -ECHRNG;
		memcpy(ring->channel[n].name, info.name, sizeof(info.name));
		ring->channel[n].name[sizeof(info.name) - 1] = '\0';
		ring->channel[n].index = i;
		ring->channel[n].kind = info.kind;
		setup->channel[n] = (__u16)i;
	}
	setup->channels = wanted;
	return 0;
}

static void *map_region(int fd, __u64 offset, __u64 bytes, int protection)
{
	int saved = errno;
	void *base;

	/* A 32-bit process cannot map what the driver could allocate. */
	if (bytes > SIZE_MAX)
		return NULL;
	base = mmap(NULL, bytes, protection, MAP_SHARED, fd, (off_t)offset);
	errno = saved;
	return base == MAP_FAILED ? NULL : base;
}

static int map_pool(struct dmaring *ring, int fd, const struct dmaring_pool *pool)
{
	void *base = map_region(fd, pool->offset, pool->bytes, PROT_READ | PROT_WRITE);
	int err;

	if (!base)
		return -ENOMEM;
	err = dmaring_attach_pool_(ring, pool, base);
	if (err < 0)
		munmap(base, pool->bytes);
	return err;
}

static int map_ring(struct dmaring *ring, int fd, const struct dmaring_setup *setup)
{
	void *kern, *user;
	int err = -ENOMEM;

	kern = map_region(fd, DMARING_OFFSET_KERN, setup->kern_bytes, PROT_READ);
	if (!kern)
		return -ENOMEM;
	user = map_region(fd, DMARING_OFFSET_USER, setup->user_bytes, PROT_READ | PROT_WRITE);
	if (!user)
		goto err_kern;
	err = dmaring_attach_(ring, kern, setup->kern_bytes, user, setup->user_bytes);
	if (err < 0)
		goto err_user;
	if (setup->pool.buffers) {
		err = map_pool(ring, fd, &setup->pool);
		if (err < 0)
			goto err_user;
	}
	return 0;

err_user:
	munmap(user, setup->user_bytes);
err_kern:
	munmap(kern, setup->kern_bytes);
	return err;
}

static int set_up(struct dmaring *ring, int fd, const struct dmaring_options *options)
{
	struct dmaring_setup setup;
	struct dmaring_query query;
	int err;

	memset(&query, 0, sizeof(query));
	memset(&setup, 0, sizeof(setup));
	err = dmaring_ioctl_(fd, DMARING_IOC_QUERY, &query);
	if (err < 0)
		return err;
	if (query.abi_major != DMARING_ABI_MAJOR)
		return -EPROTONOSUPPORT;
	err = choose_channels(ring, fd, options->channels, query.channels, &setup);
	if (err < 0)
		return err;
	setup.flags = options->flags;
	setup.sq_entries = options->entries ? options->entries : 64;
	setup.cq_entries = options->cq_entries;
	setup.clock = options->clock;
	setup.coalesce_us = options->coalesce_us;
	setup.segment_entries = options->segments;
	setup.pool.kind = options->buffers ? options->pool_kind : 0;
	setup.pool.buffers = options->buffers;
	setup.pool.buffer_bytes = options->buffers ? options->buffer_bytes : 0;
	err = dmaring_ioctl_(fd, DMARING_IOC_SETUP, &setup);
	if (err < 0)
		return err;
	return map_ring(ring, fd, &setup);
}

int dmaring_open_fd_sized_(struct dmaring *ring, size_t ring_bytes, int fd,
			   const struct dmaring_options *options, size_t options_bytes)
{
	struct dmaring_options wanted;
	int err;

	/* A program built for a smaller ring than ours: it has no room for us. */
	if (ring_bytes < sizeof(*ring))
		return -EINVAL;
	memset(ring, 0, sizeof(*ring));
	ring->fd = -1;
	err = take_options(&wanted, options, options_bytes);
	if (err < 0)
		return err;
	err = set_up(ring, fd, &wanted);
	if (err < 0) {
		memset(ring, 0, sizeof(*ring));
		ring->fd = -1;
		return err;
	}
	ring->fd = fd;
	return 0;
}

int dmaring_open_sized_(struct dmaring *ring, size_t ring_bytes, const char *device,
			const struct dmaring_options *options, size_t options_bytes)
{
	int saved = errno;
	int fd, err;

	if (ring_bytes < sizeof(*ring))
		return -EINVAL;
	memset(ring, 0, sizeof(*ring));
	ring->fd = -1;
	fd = dmaring_device_open_(device, O_RDWR);
	if (fd < 0)
		return fd;
	err = dmaring_open_fd_sized_(ring, ring_bytes, fd, options, options_bytes);
	if (err < 0)
		close(fd);
	errno = saved;
	return err;
}

void dmaring_close(struct dmaring *ring)
{
	int saved = errno;
	__u32 i;

	/* Never opened, failed to open, or closed before. */
	if (!ring->header)
		return;
	for (i = 0; i < ring->pools; i++)
		if (ring->pool[i].base && !(ring->pools_not_mapped & (1U << i)))
			munmap(ring->pool[i].base, ring->pool[i].bytes);
	munmap(ring->user_region, ring->user_bytes);
	munmap((void *)(uintptr_t)ring->header, ring->kern_bytes);
	pthread_mutex_destroy(&ring->submission_lock);
	pthread_mutex_destroy(&ring->completion_lock);
	close(ring->fd);
	memset(ring, 0, sizeof(*ring));
	ring->fd = -1;
	errno = saved;
}

int dmaring_pool_add_kind(struct dmaring *ring, enum dmaring_pool_kind kind, unsigned int flags,
			  unsigned int buffers, size_t buffer_bytes)
{
	struct dmaring_pool pool;
	int err;

	memset(&pool, 0, sizeof(pool));
	pool.kind = kind;
	pool.flags = flags;
	pool.buffers = buffers;
	pool.buffer_bytes = buffer_bytes;
	err = dmaring_ioctl_(ring->fd, DMARING_IOC_POOL, &pool);
	if (err < 0)
		return err;
	return map_pool(ring, ring->fd, &pool);
}

/* A pool that cannot be used is given back. */
static int attach_or_remove(struct dmaring *ring, const struct dmaring_pool *pool, void *base)
{
	struct dmaring_pool_remove remove = { .index = pool->index };
	int err = base ? dmaring_attach_pool_(ring, pool, base) : -ENOMEM;

	if (err < 0)
		dmaring_ioctl_(ring->fd, DMARING_IOC_POOL_REMOVE, &remove);
	return err;
}

int dmaring_pool_add_user(struct dmaring *ring, void *memory, unsigned int buffers,
			  size_t buffer_bytes)
{
	struct dmaring_pool pool;
	int err;

	memset(&pool, 0, sizeof(pool));
	pool.kind = DMARING_POOL_USER;
	pool.buffers = buffers;
	pool.buffer_bytes = buffer_bytes;
	pool.address = (uintptr_t)memory;
	err = dmaring_ioctl_(ring->fd, DMARING_IOC_POOL, &pool);
	if (err < 0)
		return err;
	err = attach_or_remove(ring, &pool, memory);
	if (err >= 0)
		ring->pools_not_mapped |= 1U << err;
	return err;
}

int dmaring_pool_add_dmabuf(struct dmaring *ring, int fd, unsigned int buffers,
			    size_t buffer_bytes)
{
	struct dmaring_pool pool;
	void *base;
	int err;

	memset(&pool, 0, sizeof(pool));
	pool.kind = DMARING_POOL_DMABUF;
	pool.buffers = buffers;
	pool.buffer_bytes = buffer_bytes;
	pool.fd = fd;
	err = dmaring_ioctl_(ring->fd, DMARING_IOC_POOL, &pool);
	if (err < 0)
		return err;
	base = map_region(fd, 0, pool.bytes, PROT_READ | PROT_WRITE);
	err = attach_or_remove(ring, &pool, base);
	if (err < 0 && base)
		munmap(base, pool.bytes);
	return err;
}

int dmaring_pool_export(struct dmaring *ring, unsigned int pool, size_t offset, size_t bytes)
{
	struct dmaring_export export = { .pool = pool, .offset = offset, .bytes = bytes };
	int err = dmaring_ioctl_(ring->fd, DMARING_IOC_EXPORT, &export);

	return err < 0 ? err : export.fd;
}

int dmaring_sync_file(struct dmaring *ring, unsigned int timeout_ms)
{
	struct dmaring_sync_file sync_file = { .timeout_ms = timeout_ms };
	int err = dmaring_ioctl_(ring->fd, DMARING_IOC_SYNC_FILE, &sync_file);

	return err < 0 ? err : sync_file.fd;
}

int dmaring_pool_remove(struct dmaring *ring, unsigned int pool)
{
	struct dmaring_pool_remove remove = { .index = pool };
	int err = dmaring_ioctl_(ring->fd, DMARING_IOC_POOL_REMOVE, &remove);

	if (err < 0)
		return err;
	if (!(ring->pools_not_mapped & (1U << pool)))
		munmap(ring->pool[pool].base, ring->pool[pool].bytes);
	memset(&ring->pool[pool], 0, sizeof(ring->pool[pool]));
	ring->pools_not_mapped &= ~(1U << pool);
	return 0;
}

int dmaring_pool_add(struct dmaring *ring, unsigned int buffers, size_t buffer_bytes)
{
	return dmaring_pool_add_kind(ring, DMARING_POOL_DEFAULT, 0, buffers, buffer_bytes);
}

int dmaring_pool_add_contiguous(struct dmaring *ring, unsigned int buffers, size_t buffer_bytes)
{
	return dmaring_pool_add_kind(ring, DMARING_POOL_DEFAULT, DMARING_POOL_CONTIGUOUS, buffers,
				     buffer_bytes);
}
