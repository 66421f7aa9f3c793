// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a ring: open, SETUP, pools, close, removal of its device.
 *
 * A ring lives from open() until its file is closed and its last request has
 * ended; requests on a shared channel may outlive the file. The wait queue is in
 * the ring, so it is freed last.
 * Locks: ring->setup_lock, then device->lock, then ring->sq_lock.
 */
#include <linux/cred.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include "ring.h"
#include "stream.h"

static uint first_index = 0xffffff00;
module_param(first_index, uint, 0444);
MODULE_PARM_DESC(first_index,
		 "First value of every ring index; near the wrap by default, as jiffies are");

/* Spare bytes between the parts of a region: each starts on a line. */
static u32 place(u32 *at, size_t bytes)
{
	u32 start = ALIGN(*at, DMARING_LINE_BYTES);

	*at = start + bytes;
	return start;
}

/**
 * dmaring_ring_create() - make the ring of a new open file
 * @device: the device; the caller knows it to be there
 *
 * Context: may sleep.
 * Return: the ring, not yet active; NULL without memory.
 */
struct dmaring_ring *dmaring_ring_create(struct dmaring_device *device)
{
	struct dmaring_ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL_ACCOUNT);

	if (!ring)
		return NULL;
	kref_init(&ring->refs);
	get_device(&device->dev);
	ring->device = device;
	INIT_LIST_HEAD(&ring->list);
	INIT_LIST_HEAD(&ring->poll_node);
	INIT_LIST_HEAD(&ring->fences);
	init_waitqueue_head(&ring->wait);
	address_space_init_once(&ring->mapping);
	mutex_init(&ring->setup_lock);
	mutex_init(&ring->read_lock);
	spin_lock_init(&ring->sq_lock);
	spin_lock_init(&ring->cq_lock);
	ring->next_deadline = KTIME_MAX;
	INIT_WORK(&ring->eventfd_work, dmaring_eventfd_work);
	INIT_WORK(&ring->doorbell_work, dmaring_doorbell_work);
	INIT_WORK(&ring->timeout_work, dmaring_timeout_work);
	hrtimer_setup(&ring->late_timer, dmaring_ring_late, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&ring->timeout_timer, dmaring_timeout_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	return ring;
}

static void ring_free(struct dmaring_ring *ring)
{
	struct dmaring_device *device = ring->device;
	unsigned int i;
	u64 pages = 0;

	mutex_lock(&device->lock);
	list_del(&ring->list);
	for (i = 0; i < DMARING_POOLS_MAX; i++) {
		/* A byte stream has the pools of the directions it went. */
		if (!ring->memory[i])
			continue;
		pages += ring->memory[i]->bytes >> PAGE_SHIFT;
		if (!ring->quarantine)
			dmaring_memory_unmap(ring->memory[i]);
	}
	mutex_unlock(&device->lock);
	for (i = 0; i < DMARING_POOLS_MAX; i++)
		dmaring_memory_free(ring->memory[i], ring->quarantine);
	dmaring_streams_free(ring);
	if (ring->quarantine)
		atomic64_add(pages, &device->counters.quarantined_pages);
	dmaring_region_free(&ring->kern);
	dmaring_region_free(&ring->user);
	kvfree(ring->queue);
	kvfree(ring->requests);
	kvfree(ring->lists);
	dmaring_account_uncharge(ring->account, ring->charged);
	put_device(&device->dev);
	kfree(ring);
}

static void ring_free_work(struct work_struct *work)
{
	ring_free(container_of(work, struct dmaring_ring, free_work));
}

static void ring_release_here(struct kref *refs)
{
	ring_free(container_of(refs, struct dmaring_ring, refs));
}

static void ring_release(struct kref *refs)
{
	struct dmaring_ring *ring = container_of(refs, struct dmaring_ring, refs);

	/* The last reference may go in a callback; freeing sleeps. */
	INIT_WORK(&ring->free_work, ring_free_work);
	queue_work(dmaring_workqueue, &ring->free_work);
}

/**
 * dmaring_ring_put() - drop a reference
 * @ring: the ring
 *
 * Context: any; holds none of our locks.
 */
void dmaring_ring_put(struct dmaring_ring *ring)
{
	kref_put(&ring->refs, ring_release);
}

static int setup_check(const struct dmaring_device *device,
		       struct dmaring_setup *setup)
{
	unsigned int i, j;

	if (setup->flags & ~(DMARING_SETUP_READ | DMARING_SETUP_POLLER) ||
	    setup->reserved0 ||
	    memchr_inv(setup->reserved, 0, sizeof(setup->reserved)) ||
	    setup->kern_bytes || setup->user_bytes)
		return -EINVAL;
	if (setup->features)
		return -EOPNOTSUPP;
	if (!setup->cq_entries && setup->sq_entries <= DMARING_SQ_ENTRIES_MAX)
		setup->cq_entries = 2 * setup->sq_entries;
	if (setup->sq_entries < DMARING_ENTRIES_MIN ||
	    setup->sq_entries > DMARING_SQ_ENTRIES_MAX ||
	    !is_power_of_2(setup->sq_entries) ||
	    setup->cq_entries > DMARING_CQ_ENTRIES_MAX ||
	    !is_power_of_2(setup->cq_entries) ||
	    setup->cq_entries < 2 * setup->sq_entries)
		return -EINVAL;
	if (setup->clock > DMARING_CLOCK_TAI ||
	    setup->coalesce_us > DMARING_COALESCE_US_MAX)
		return -EINVAL;
	/* Every completion can be read at once, so there is nothing to bound. */
	if (setup->flags & DMARING_SETUP_READ && setup->coalesce_us)
		return -EINVAL;
	if (setup->segment_entries > DMARING_SEGMENT_ENTRIES_MAX)
		return -EINVAL;
	if (setup->channels > DMARING_CHANNELS_MAX)
		return -EINVAL;
	if (!setup->channels) {
		if (memchr_inv(setup->channel, 0, sizeof(setup->channel)))
			return -EINVAL;
		setup->channels = device->channels;
		for (i = 0; i < setup->channels; i++)
			setup->channel[i] = i;
	}
	for (i = 0; i < setup->channels; i++) {
		if (setup->channel[i] >= device->channels)
			return -ENOENT;
		for (j = 0; j < i; j++) {
			if (setup->channel[i] == setup->channel[j])
				return -EINVAL;
		}
	}
	for (; i < DMARING_CHANNELS_MAX; i++) {
		if (setup->channel[i])
			return -EINVAL;
	}
	return 0;
}

/* A list is copied with its entry, so each request has room for one. */
static u32 list_entries_max(u32 segment_entries)
{
	return min(segment_entries, DMARING_SEGMENTS_MAX);
}

/* The largest rings take tens of megabytes, and a user may open many. */
static int ring_charge(struct dmaring_ring *ring, const struct dmaring_setup *setup,
		       u64 region_bytes)
{
	u64 request = sizeof(struct dmaring_request) +
		      list_entries_max(setup->segment_entries) * sizeof(struct dmaring_segment);
	u64 bytes = region_bytes + setup->cq_entries * request;
	struct dmaring_account *account = dmaring_account_charge(current_euid(), bytes);

	if (IS_ERR(account))
		return PTR_ERR(account);
	ring->account = account;
	ring->charged = bytes;
	return 0;
}

/* The pages, what is where in them, and the driver's view. */
static int regions_build(struct dmaring_ring *ring, struct dmaring_setup *setup)
{
	u32 kern = sizeof(struct dmaring_header), user = 0;
	struct dmaring_header header = {
		.magic = DMARING_ABI_MAGIC,
		.abi_major = DMARING_ABI_MAJOR,
		.abi_minor = DMARING_ABI_MINOR,
		.header_bytes = sizeof(header),
		.first_index = first_index,
		.sq_entries = setup->sq_entries,
		.cq_entries = setup->cq_entries,
		.sqe_bytes = sizeof(struct dmaring_sqe),
		.cqe_bytes = sizeof(struct dmaring_cqe),
		.channels = setup->channels,
		.stream_bytes = sizeof(struct dmaring_kern_stream),
		.clock = setup->clock,
		.flags = setup->flags,
	};
	unsigned int i;
	int ret;

	header.kern_control = place(&kern, sizeof(struct dmaring_kern_control));
	header.kern_streams = place(&kern, setup->channels *
				    sizeof(struct dmaring_kern_stream));
	header.cqes = place(&kern, setup->cq_entries * sizeof(struct dmaring_cqe));
	header.user_control = place(&user, sizeof(struct dmaring_user_control));
	header.user_streams = place(&user, setup->channels *
				    sizeof(struct dmaring_user_stream));
	header.sqes = place(&user, setup->sq_entries * sizeof(struct dmaring_sqe));
	header.segments = place(&user, setup->segment_entries *
				sizeof(struct dmaring_segment));
	header.segment_entries = setup->segment_entries;
	header.kern_bytes = PAGE_ALIGN(kern);
	header.user_bytes = PAGE_ALIGN(user);

	ret = ring_charge(ring, setup, header.kern_bytes + header.user_bytes);
	if (ret)
		return ret;
	ret = dmaring_region_alloc(&ring->kern, header.kern_bytes);
	if (ret)
		return ret;
	ret = dmaring_region_alloc(&ring->user, header.user_bytes);
	if (ret)
		return ret;
	memcpy(ring->kern.address, &header, sizeof(header));
	ring->kctl = ring->kern.address + header.kern_control;
	ring->cqes = ring->kern.address + header.cqes;
	ring->uctl = ring->user.address + header.user_control;
	ring->sqes = ring->user.address + header.sqes;
	ring->streams = ring->kern.address + header.kern_streams;
	ring->ustreams = ring->user.address + header.user_streams;
	ring->first_index = first_index;
	ring->segments = ring->user.address + header.segments;
	ring->geometry.segment_entries = setup->segment_entries;

	ring->sq_entries = setup->sq_entries;
	ring->cq_entries = setup->cq_entries;
	ring->clock = setup->clock;
	ring->flags = setup->flags;
	ring->coalesce = ns_to_ktime((u64)setup->coalesce_us * NSEC_PER_USEC);
	ring->sq_head = first_index;
	ring->promised = first_index;
	ring->cq_tail = first_index;
	ring->sq_flags = DMARING_SQ_NEED_DOORBELL;
	ring->kctl->sq_head = first_index;
	ring->kctl->sq_flags = ring->sq_flags;
	ring->kctl->cq_tail = first_index;
	ring->uctl->sq_tail = first_index;
	/* Stale: every free slot counts. */
	ring->uctl->sq_event = first_index - setup->sq_entries;
	ring->uctl->cq_head = first_index;
	ring->uctl->cq_event = first_index;
	ring->cursor = first_index;
	ring->cq_head = &ring->uctl->cq_head;
	ring->cq_event = &ring->uctl->cq_event;
	if (setup->flags & DMARING_SETUP_READ) {
		ring->cq_head = &ring->cursor;
		ring->cq_event = &ring->cursor;
	}
	for (i = 0; i < setup->channels; i++)
		ring->ustreams[i].user_seq = first_index;
	setup->kern_bytes = header.kern_bytes;
	setup->user_bytes = header.user_bytes;
	return 0;
}

static int requests_build(struct dmaring_ring *ring)
{
	u32 longest = list_entries_max(ring->geometry.segment_entries);
	unsigned int i;

	ring->requests = kvcalloc(ring->cq_entries, sizeof(*ring->requests), DMARING_GFP_USER);
	if (!ring->requests)
		return -ENOMEM;
	if (longest) {
		ring->lists = kvcalloc(ring->cq_entries, longest * sizeof(*ring->lists),
				       DMARING_GFP_USER);
		if (!ring->lists)
			return -ENOMEM;
	}
	for (i = 0; i < ring->cq_entries; i++) {
		ring->requests[i].ring = ring;
		ring->requests[i].segments = ring->lists + (size_t)i * longest;
		ring->requests[i].free = ring->free;
		ring->free = &ring->requests[i];
	}
	return 0;
}

/* Which of the ring's DMA devices is @dev; it is added if new. */
static unsigned int device_index(struct dmaring_ring *ring, struct device *dev)
{
	unsigned int i;

	for (i = 0; i < ring->devs; i++) {
		if (ring->dev[i] == dev)
			return i;
	}
	ring->dev[ring->devs++] = dev;
	return i;
}

static void channels_unclaim(struct dmaring_ring *ring)
{
	lockdep_assert_held(&ring->device->lock);
	while (ring->geometry.channels) {
		struct dmaring_queue *queue = &ring->queue[--ring->geometry.channels];

		dmaring_channel_unclaim(queue->channel, ring);
	}
}

static int channels_claim(struct dmaring_ring *ring,
			  const struct dmaring_setup *setup)
{
	unsigned int i;
	int ret;

	lockdep_assert_held(&ring->device->lock);
	ring->queue = kvcalloc(setup->channels, sizeof(*ring->queue), GFP_KERNEL_ACCOUNT);
	if (!ring->queue)
		return -ENOMEM;
	for (i = 0; i < setup->channels; i++) {
		struct dmaring_queue *queue = &ring->queue[i];
		struct dmaring_channel *channel =
			ring->device->channel[setup->channel[i]];

		ret = dmaring_channel_claim(channel, ring);
		if (ret) {
			channels_unclaim(ring);
			return ret;
		}
		dmaring_queue_init(queue, ring, channel, i,
				   device_index(ring, channel->dma_dev));
		ring->geometry.channel[i] = channel->geometry;
		ring->geometry.channels++;
	}
	return 0;
}

/*
 * The file is as it was before SETUP, and may still become a ring or a byte
 * stream. However far SETUP got; nobody has used anything of it. What is
 * returned is freed when device->lock is not held.
 */
static struct dmaring_memory *setup_undo(struct dmaring_ring *ring)
{
	struct dmaring_memory *memory = ring->memory[0];

	lockdep_assert_held(&ring->device->lock);
	list_del_init(&ring->list);
	ring->geometry.pools = 0;
	if (memory)
		dmaring_memory_unmap(memory);
	ring->memory[0] = NULL;
	kvfree(ring->lists);
	ring->lists = NULL;
	kvfree(ring->requests);
	ring->requests = NULL;
	ring->free = NULL;
	dmaring_region_free(&ring->kern);
	dmaring_region_free(&ring->user);
	dmaring_account_uncharge(ring->account, ring->charged);
	ring->account = NULL;
	/* A byte stream has none of these, and is told by it. */
	ring->kctl = NULL;
	ring->uctl = NULL;
	ring->streams = NULL;
	ring->ustreams = NULL;
	ring->flags = 0;
	channels_unclaim(ring);
	kvfree(ring->queue);
	ring->queue = NULL;
	ring->devs = 0;
	return memory;
}

/**
 * dmaring_ring_setup() - DMARING_IOC_SETUP, but for the last step
 * @ring: the ring, not active
 * @setup: the private copy; out members are filled in
 *
 * After success dmaring_ring_settle() makes it a ring, or undoes all.
 *
 * Context: process; holds ring->setup_lock.
 * Return: 0; -EALREADY for a byte stream; -EINVAL, -ENOENT, -EOPNOTSUPP, -EBUSY,
 * -EDQUOT, -ENOMEM, -EIO, -ENODEV, -EPERM as in ring-spec.md, "SETUP".
 */
int dmaring_ring_setup(struct dmaring_ring *ring, struct dmaring_setup *setup)
{
	struct dmaring_device *device = ring->device;
	struct dmaring_memory *memory = NULL;
	struct dmaring_origin origin = {};
	int ret;

	lockdep_assert_held(&ring->setup_lock);
	ret = setup_check(device, setup);
	if (ret)
		return ret;
	if (setup->pool.buffers) {
		ret = dmaring_ring_pool_check(&setup->pool);
		if (ret)
			return ret;
	} else if (memchr_inv(&setup->pool, 0, sizeof(setup->pool))) {
		return -EINVAL;
	}
	if (ring->stream[0] || ring->stream[1])
		return -EALREADY;
	if (setup->pool.buffers) {
		ret = dmaring_origin_get(&origin, &setup->pool);
		if (ret)
			return ret;
	}
	if (setup->flags & DMARING_SETUP_POLLER) {
		ret = dmaring_poller_get(device);
		if (ret)
			goto out_origin;
	}
	mutex_lock(&device->lock);
	if (device->gone) {
		ret = -ENODEV;
		goto err_unlock;
	}
	ret = channels_claim(ring, setup);
	if (ret)
		goto err_undo;
	ret = regions_build(ring, setup);
	if (ret)
		goto err_undo;
	ret = requests_build(ring);
	if (ret)
		goto err_undo;
	if (setup->pool.buffers) {
		ret = dmaring_ring_pool_add(ring, &setup->pool, &origin);
		if (ret)
			goto err_undo;
		dmaring_ring_pool_publish(ring);
	}
	/* From here on a removal of the device takes care of the ring. */
	list_add_tail(&ring->list, &device->rings);
	mutex_unlock(&device->lock);
	return 0;

err_undo:
	memory = setup_undo(ring);
err_unlock:
	mutex_unlock(&device->lock);
	dmaring_memory_free(memory, false);
	if (setup->flags & DMARING_SETUP_POLLER)
		dmaring_poller_put(device);
out_origin:
	dmaring_origin_put(&origin);
	return ret;
}

/**
 * dmaring_ring_settle() - the last step of SETUP
 * @ring: set up, not active
 * @told: the user has the answer; else it could not be handed over
 *
 * Context: process; holds ring->setup_lock since dmaring_ring_setup().
 */
void dmaring_ring_settle(struct dmaring_ring *ring, bool told)
{
	struct dmaring_device *device = ring->device;
	bool polled = ring->flags & DMARING_SETUP_POLLER;
	struct dmaring_memory *memory;

	lockdep_assert_held(&ring->setup_lock);
	if (told) {
		/* U: all of SETUP before; pairs with V in whoever uses the ring. */
		smp_store_release(&ring->active, true);
		if (polled)
			dmaring_poller_add(ring);
		return;
	}
	mutex_lock(&device->lock);
	memory = setup_undo(ring);
	mutex_unlock(&device->lock);
	dmaring_memory_free(memory, false);
	if (polled)
		dmaring_poller_put(device);
}

/* Nothing is taken in any more, and no timer starts again. */
static void ring_die(struct dmaring_ring *ring)
{
	unsigned long irq;

	spin_lock_irqsave(&ring->sq_lock, irq);
	spin_lock(&ring->cq_lock);
	WRITE_ONCE(ring->dead, true);
	spin_unlock(&ring->cq_lock);
	spin_unlock_irqrestore(&ring->sq_lock, irq);
}

/* End all that waits; stop the engines that the ring owns. */
static void ring_abort(struct dmaring_ring *ring)
{
	struct dmaring_request *fence;
	unsigned int i;
	LIST_HEAD(done);

	spin_lock_irq(&ring->sq_lock);
	fence = ring->fence;
	if (fence && fence->state == DMARING_REQUEST_QUEUED) {
		fence->state = DMARING_REQUEST_DONE;
		fence->res = ring->device->gone ? -ENODEV : -ECANCELED;
		list_add_tail(&fence->node, &done);
	}
	spin_unlock_irq(&ring->sq_lock);
	for (i = 0; i < ring->geometry.channels; i++) {
		struct dmaring_queue *queue = &ring->queue[i];

		dmaring_queue_abort(queue, NULL, &done);
		/* Idle or not: what is behind the engine may hold half a block. */
		if (!dmaring_channel_shared(queue->channel))
			dmaring_channel_stop(queue->channel);
	}
	dmaring_streams_abort(ring);
	dmaring_requests_finish(&done);
}

/**
 * dmaring_ring_close() - the file is closed
 * @ring: the ring; the caller's reference goes
 *
 * Context: process; may take as long as an engine takes to stop.
 */
void dmaring_ring_close(struct dmaring_ring *ring)
{
	unsigned int i;

	if (ring->active || ring->stream[0] || ring->stream[1]) {
		ring_die(ring);
		dmaring_doorbell_clear(ring);
		hrtimer_cancel(&ring->timeout_timer);
		cancel_work_sync(&ring->timeout_work);
		ring_abort(ring);
		hrtimer_cancel(&ring->late_timer);
		cancel_work_sync(&ring->doorbell_work);
		if (ring->active && ring->flags & DMARING_SETUP_POLLER)
			dmaring_poller_remove(ring);
		dmaring_eventfd_clear(ring);
		cancel_work_sync(&ring->eventfd_work);

		mutex_lock(&ring->device->lock);
		for (i = 0; i < ring->geometry.channels; i++) {
			struct dmaring_queue *queue = &ring->queue[i];

			dmaring_queue_unlink(queue);
			dmaring_channel_unclaim(queue->channel, ring);
		}
		dmaring_streams_close(ring);
		mutex_unlock(&ring->device->lock);
	}
	/* Unless a shared channel still works for it, its memory is free now. */
	kref_put(&ring->refs, ring_release_here);
}

/**
 * dmaring_ring_vanish() - the device goes: let nothing start, wake everybody
 * @ring: an active ring
 *
 * Context: may sleep; holds device->lock.
 */
void dmaring_ring_vanish(struct dmaring_ring *ring)
{
	ring_die(ring);
	dmaring_notify(ring, EPOLLHUP | EPOLLIN | EPOLLOUT);
}

/**
 * dmaring_ring_unmap() - the device goes: end what waits, let go of its memory
 * @ring: an active ring, vanished; its channels are stopped
 *
 * Context: may sleep; holds device->lock.
 */
void dmaring_ring_unmap(struct dmaring_ring *ring)
{
	unsigned int i;

	hrtimer_cancel(&ring->timeout_timer);
	cancel_work_sync(&ring->timeout_work);
	ring_abort(ring);
	/* W: the last completion before this; pairs with X in reader.c. */
	smp_store_release(&ring->gone, true);
	if (ring->kctl)
		/* W: the last completion before the state; pairs with X in the user. */
		smp_store_release(&ring->kctl->state, DMARING_RING_GONE);
	/* One that is just being made is there, and does not count yet. */
	for (i = 0; i < DMARING_POOLS_MAX; i++) {
		if (ring->memory[i] && ring->quarantine)
			dmaring_memory_quarantine(ring->memory[i]);
		else if (ring->memory[i])
			dmaring_memory_unmap(ring->memory[i]);
	}
	dmaring_notify(ring, EPOLLHUP | EPOLLIN | EPOLLOUT);
}
