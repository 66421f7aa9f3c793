// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pools of a ring: added, used, removed.
 *
 * Locks: ring->setup_lock around all of it. A pool's memory comes and goes under
 * device->lock, because the DMA devices are needed for it; what entries are
 * checked against changes under ring->sq_lock, so that a drain sees a pool whole
 * or not at all. What a process may delay (its memory, its files) is done with
 * neither held.
 */
#include <linux/file.h>
#include <linux/nospec.h>
#include "pin.h"
#include "ring.h"
#include "share.h"
#include "sync_file.h"

/* Requests looked at with interrupts off. */
#define BATCH	256U

/**
 * dmaring_ring_pool_check() - is the description of a pool well formed
 * @pool: the private copy
 *
 * Return: 0, -EINVAL or -EOPNOTSUPP.
 */
int dmaring_ring_pool_check(const struct dmaring_pool *pool)
{
	if (pool->kind >= DMARING_POOL_KINDS)
		return -EOPNOTSUPP;
	if (pool->flags & ~DMARING_POOL_CONTIGUOUS || pool->index || pool->stride || pool->bytes ||
	    pool->offset || pool->properties ||
	    memchr_inv(pool->reserved, 0, sizeof(pool->reserved)))
		return -EINVAL;
	if ((pool->address && pool->kind != DMARING_POOL_USER) ||
	    (pool->fd && pool->kind != DMARING_POOL_DMABUF))
		return -EINVAL;
	return 0;
}

/**
 * dmaring_origin_get() - get hold of what a pool is to be made of
 * @origin: filled in
 * @pool: checked by dmaring_ring_pool_check()
 *
 * Context: process; holds ring->setup_lock and nothing else.
 * Return: 0; or as dmaring_pin_get() or dmaring_import_get().
 */
int dmaring_origin_get(struct dmaring_origin *origin, const struct dmaring_pool *pool)
{
	struct dmaring_import *import;
	struct dmaring_pin *pin;

	if (pool->kind == DMARING_POOL_DMABUF) {
		import = dmaring_import_get(pool->fd);
		if (IS_ERR(import))
			return PTR_ERR(import);
		origin->import = import;
	}
	if (pool->kind != DMARING_POOL_USER)
		return 0;
	if (pool->buffers > DMARING_BUFFERS_MAX || pool->buffer_bytes > DMARING_BUFFER_BYTES_MAX)
		return -EINVAL;
	pin = dmaring_pin_get(pool->address, pool->buffer_bytes * pool->buffers);
	if (IS_ERR(pin))
		return PTR_ERR(pin);
	origin->pin = pin;
	return 0;
}

/**
 * dmaring_origin_put() - let go of what no pool was made of
 * @origin: as dmaring_origin_get() or the pool left it
 *
 * Context: process; holds ring->setup_lock at most.
 */
void dmaring_origin_put(struct dmaring_origin *origin)
{
	dmaring_pin_put(origin->pin);
	origin->pin = NULL;
	dmaring_import_put(origin->import);
	origin->import = NULL;
}

/**
 * dmaring_ring_pool_add() - make a pool
 * @ring: the ring
 * @pool: the private copy, checked; out members are filled in
 * @origin: what else it may be made of
 *
 * It counts when dmaring_ring_pool_publish() is called.
 *
 * Context: process; holds ring->setup_lock and device->lock.
 * Return: 0; -ENOSPC; or as dmaring_memory_alloc().
 */
int dmaring_ring_pool_add(struct dmaring_ring *ring, struct dmaring_pool *pool,
			  struct dmaring_origin *origin)
{
	struct dmaring_pool_geometry *geometry = &ring->incoming;
	struct dmaring_memory *memory;
	unsigned int index;

	lockdep_assert_held(&ring->device->lock);
	for (index = 0; index < DMARING_POOLS_MAX && ring->memory[index]; index++)
		;
	if (index == DMARING_POOLS_MAX)
		return -ENOSPC;
	origin->reserved = ring->device->reserved;
	memory = dmaring_memory_alloc(pool, ring->dev, ring->devs, origin);
	if (IS_ERR(memory))
		return PTR_ERR(memory);
	pool->index = index;
	if (!dmaring_memory_removable(memory))
		pool->offset = DMARING_OFFSET_POOL(index);
	dmaring_memory_expose(memory, &ring->mapping, pool->offset);
	dmaring_memory_count(memory, ring->device->counters.pool_bytes);
	geometry->buffers = memory->buffers;
	geometry->buffer_bytes = memory->buffer_bytes;
	geometry->stride = memory->stride;
	geometry->chunk_bytes = 1U << memory->chunk_shift;
	geometry->contiguous = pool->flags & DMARING_POOL_CONTIGUOUS;
	ring->incoming_index = index;
	spin_lock_irq(&ring->sq_lock);
	ring->memory[index] = memory;
	spin_unlock_irq(&ring->sq_lock);
	return 0;
}

/**
 * dmaring_ring_pool_publish() - let the pool that was just made count
 * @ring: the ring
 *
 * Context: process; holds ring->setup_lock.
 */
void dmaring_ring_pool_publish(struct dmaring_ring *ring)
{
	unsigned int index = ring->incoming_index;

	spin_lock_irq(&ring->sq_lock);
	ring->geometry.pool[index] = ring->incoming;
	if (ring->geometry.pools <= index)
		ring->geometry.pools = index + 1;
	spin_unlock_irq(&ring->sq_lock);
}

/* No entry names it any more, and no request: its memory goes. */
static void pool_drop(struct dmaring_ring *ring, unsigned int index)
{
	struct dmaring_memory *memory = ring->memory[index];

	mutex_lock(&ring->device->lock);
	dmaring_memory_unmap(memory);
	spin_lock_irq(&ring->sq_lock);
	ring->memory[index] = NULL;
	spin_unlock_irq(&ring->sq_lock);
	mutex_unlock(&ring->device->lock);
	dmaring_memory_free(memory, false);
}

/**
 * dmaring_ring_add_pool() - DMARING_IOC_POOL, but for the last step
 * @ring: the ring, active
 * @pool: the private copy; out members are filled in
 *
 * After success dmaring_ring_settle_pool() lets it count, or undoes it.
 *
 * Context: process; holds ring->setup_lock.
 * Return: 0; -ENODEV, -EINVAL, -EOPNOTSUPP, -ENOSPC, -EDQUOT, -EFAULT, -EINTR,
 * -ENOMEM.
 */
int dmaring_ring_add_pool(struct dmaring_ring *ring, struct dmaring_pool *pool)
{
	struct dmaring_origin origin = {};
	int ret = dmaring_ring_pool_check(pool);

	lockdep_assert_held(&ring->setup_lock);
	if (ret)
		return ret;
	ret = dmaring_origin_get(&origin, pool);
	if (ret)
		return ret;
	mutex_lock(&ring->device->lock);
	ret = ring->device->gone ? -ENODEV : dmaring_ring_pool_add(ring, pool, &origin);
	mutex_unlock(&ring->device->lock);
	dmaring_origin_put(&origin);
	return ret;
}

/**
 * dmaring_ring_settle_pool() - the last step of POOL
 * @ring: the ring, active
 * @told: the user has the answer; else it could not be handed over
 *
 * Context: process; holds ring->setup_lock since dmaring_ring_add_pool().
 */
void dmaring_ring_settle_pool(struct dmaring_ring *ring, bool told)
{
	lockdep_assert_held(&ring->setup_lock);
	if (told)
		dmaring_ring_pool_publish(ring);
	else
		pool_drop(ring, ring->incoming_index);
}

/* Is a request that names the pool on its way? None can begin any more. */
static bool pool_busy(struct dmaring_ring *ring, unsigned int index)
{
	bool busy = READ_ONCE(ring->quarantine);
	unsigned int i, j;

	for (i = 0; !busy && i < ring->cq_entries; i += BATCH) {
		/* Under which a request is let go of, after its last look at the pool. */
		spin_lock_irq(&ring->cq_lock);
		for (j = i; j < ring->cq_entries && j < i + BATCH; j++) {
			const struct dmaring_request *request = &ring->requests[j];
			const struct dmaring_sqe *sqe = &request->sqe;

			if (READ_ONCE(request->state) != DMARING_REQUEST_FREE &&
			    dmaring_op_is_issued(sqe->opcode) &&
			    (sqe->pool == index || sqe->source_pool == index))
				busy = true;
		}
		spin_unlock_irq(&ring->cq_lock);
	}
	return busy;
}

/**
 * dmaring_ring_remove_pool() - DMARING_IOC_POOL_REMOVE
 * @ring: the ring, active
 * @remove: the private copy
 *
 * Context: process; holds ring->setup_lock.
 * Return: 0; -EINVAL; -ENOENT no such pool; -EOPNOTSUPP one that may be mapped;
 * -EBUSY a request names it.
 */
int dmaring_ring_remove_pool(struct dmaring_ring *ring,
			     const struct dmaring_pool_remove *remove)
{
	struct dmaring_pool_geometry *geometry, was;
	unsigned int index = remove->index;

	lockdep_assert_held(&ring->setup_lock);
	if (remove->flags)
		return -EINVAL;
	if (index >= ring->geometry.pools)
		return -ENOENT;
	index = array_index_nospec(index, DMARING_POOLS_MAX);
	if (!ring->memory[index])
		return -ENOENT;
	if (!dmaring_memory_removable(ring->memory[index]))
		return -EOPNOTSUPP;
	geometry = &ring->geometry.pool[index];
	/* From here on an entry that names it is refused. */
	spin_lock_irq(&ring->sq_lock);
	was = *geometry;
	memset(geometry, 0, sizeof(*geometry));
	spin_unlock_irq(&ring->sq_lock);
	if (pool_busy(ring, index)) {
		spin_lock_irq(&ring->sq_lock);
		*geometry = was;
		spin_unlock_irq(&ring->sq_lock);
		return -EBUSY;
	}
	pool_drop(ring, index);
	return 0;
}

/**
 * dmaring_ring_export() - DMARING_IOC_EXPORT, but for the last step
 * @ring: the ring, active
 * @export: the private copy; out members are filled in
 *
 * After success dmaring_ring_settle_file() gives the file to the process.
 *
 * Context: process; holds ring->setup_lock.
 * Return: 0; -EINVAL; -ENOENT no such pool; -EOPNOTSUPP a pool that was brought, or
 * memory without pages; -ENODEV; -EMFILE; -ENOMEM.
 */
int dmaring_ring_export(struct dmaring_ring *ring, struct dmaring_export *export)
{
	struct dmaring_memory *memory;
	struct file *file;
	int fd;

	lockdep_assert_held(&ring->setup_lock);
	if (export->flags || export->fd || export->reserved)
		return -EINVAL;
	if (export->pool >= ring->geometry.pools)
		return -ENOENT;
	memory = ring->memory[array_index_nospec(export->pool, DMARING_POOLS_MAX)];
	if (!memory)
		return -ENOENT;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = dmaring_share_export(memory, ring->device, export->offset, export->bytes);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	if (!export->bytes)
		export->bytes = memory->bytes - export->offset;
	export->fd = fd;
	ring->exported = file;
	return 0;
}

/**
 * dmaring_ring_sync_file() - DMARING_IOC_SYNC_FILE, but for the last step
 * @ring: the ring, active
 * @sync_file: the private copy; out members are filled in
 *
 * What was published is taken in first. After success dmaring_ring_settle_file()
 * gives the file to the process.
 *
 * Context: process; holds ring->setup_lock.
 * Return: 0; -EINVAL; -EOPNOTSUPP on a kernel without sync files; -EBUSY too many
 * have not ended; -EMFILE; -ENOMEM.
 */
int dmaring_ring_sync_file(struct dmaring_ring *ring, struct dmaring_sync_file *sync_file)
{
	unsigned int timeout_ms = sync_file->timeout_ms ?: DMARING_SYNC_FILE_MS_DEFAULT;
	struct file *file;
	int fd;

	lockdep_assert_held(&ring->setup_lock);
	if (sync_file->flags || sync_file->fd || sync_file->reserved ||
	    timeout_ms > DMARING_SYNC_FILE_MS_MAX)
		return -EINVAL;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	dmaring_ring_drain(ring);
	file = dmaring_sync_file_create(ring, timeout_ms);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	sync_file->fd = fd;
	ring->exported = file;
	return 0;
}

/**
 * dmaring_ring_settle_file() - the last step of EXPORT and of SYNC_FILE
 * @ring: the ring, active
 * @fd: as it was filled in
 * @told: the user has the answer; else it could not be handed over
 *
 * Context: process; holds ring->setup_lock since dmaring_ring_export() or
 * dmaring_ring_sync_file().
 */
void dmaring_ring_settle_file(struct dmaring_ring *ring, int fd, bool told)
{
	lockdep_assert_held(&ring->setup_lock);
	if (told) {
		fd_install(fd, ring->exported);
	} else {
		put_unused_fd(fd);
		fput(ring->exported);
	}
	ring->exported = NULL;
}
