// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sync files: what a ring was given so far, as a fence for other devices.
 *
 * Rule: Documentation/driver-api/dma-buf.rst, "DMA Fences" and "Indefinite DMA
 * Fences": a fence ends in reasonable time, whatever a process does or does
 * not do. So each has a time-out, after which it ends with an error.
 *
 * Owns: ring->fences. Locks: ring->cq_lock protects the list and the counts; a
 * fence is signalled with none of our locks held, because others' callbacks run
 * then.
 */
#include <linux/dma-fence.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sync_file.h>
#include <linux/workqueue.h>
#include "ring.h"
#include "sync_file.h"

/* Each completion looks at all of them. */
#define FENCES_MAX	64

/**
 * struct fence - ends with the last of the requests that it counts
 * @base: what others see; one reference is @expire's
 * @lock: of @base
 * @node: in ring->fences until it has ended; ring->cq_lock
 * @ring: the ring; a reference, which is @expire's as well
 * @until: requests with a lower number count
 * @left: of those, how many have not completed; ring->cq_lock
 * @error: of the first transfer that failed; ring->cq_lock
 * @expire: the time-out
 * @name: of the device, which may be gone
 */
struct fence {
	struct dma_fence base;
	spinlock_t lock;	/* of @base */
	struct list_head node;
	struct dmaring_ring *ring;
	u32 until;
	u32 left;
	int error;
	struct delayed_work expire;
	char name[DMARING_NAME_BYTES];
};

static const char *fence_driver_name(struct dma_fence *base)
{
	return KBUILD_MODNAME;
}

static const char *fence_timeline_name(struct dma_fence *base)
{
	return container_of(base, struct fence, base)->name;
}

/* The module goes when this has returned: its exit waits for it. */
static void fence_free(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct fence, base.rcu));
	module_put(THIS_MODULE);
}

static void fence_release(struct dma_fence *base)
{
	call_rcu(&base->rcu, fence_free);
}

static const struct dma_fence_ops fence_operations = {
	.get_driver_name = fence_driver_name,
	.get_timeline_name = fence_timeline_name,
	.release = fence_release,
};

/* What the time-out holds, once it has passed or cannot any more. */
static void expire_put(struct fence *fence)
{
	dmaring_ring_put(fence->ring);
	dma_fence_put(&fence->base);
}

static void fence_expire(struct work_struct *work)
{
	struct fence *fence = container_of(to_delayed_work(work), struct fence, expire);
	struct dmaring_ring *ring = fence->ring;
	bool late;

	spin_lock_irq(&ring->cq_lock);
	late = fence->left;
	if (late) {
		fence->left = 0;
		list_del(&fence->node);
		ring->fences_pending--;
	}
	spin_unlock_irq(&ring->cq_lock);
	if (late) {
		dma_fence_set_error(&fence->base, -ETIMEDOUT);
		dma_fence_signal(&fence->base);
	}
	expire_put(fence);
}

/**
 * dmaring_fences_count() - a request has completed
 * @ring: the ring
 * @request: the request
 * @res: how it ended; of transfers alone a failure is one of the fence
 * @over: takes the fences that have ended, for dmaring_fences_signal()
 *
 * Context: any; holds ring->cq_lock.
 */
void dmaring_fences_count(struct dmaring_ring *ring, const struct dmaring_request *request,
			  int res, struct list_head *over)
{
	bool failed = res < 0 && dmaring_op_is_issued(request->sqe.opcode);
	struct fence *fence, *next;

	lockdep_assert_held(&ring->cq_lock);
	list_for_each_entry_safe(fence, next, &ring->fences, node) {
		if ((s32)(fence->until - request->number) <= 0)
			continue;
		if (failed && !fence->error)
			fence->error = res;
		if (--fence->left)
			continue;
		dma_fence_get(&fence->base);
		list_move_tail(&fence->node, over);
		ring->fences_pending--;
	}
}

/**
 * dmaring_fences_signal() - tell whoever waits
 * @over: fences that have ended
 *
 * Context: any; holds none of our locks.
 */
void dmaring_fences_signal(struct list_head *over)
{
	struct fence *fence, *next;

	list_for_each_entry_safe(fence, next, over, node) {
		if (fence->error)
			dma_fence_set_error(&fence->base, fence->error);
		dma_fence_signal(&fence->base);
		if (cancel_delayed_work(&fence->expire))
			expire_put(fence);
		dma_fence_put(&fence->base);
	}
}

/* It counts what is under way now: later requests have higher numbers. */
static int fence_begin(struct fence *fence, unsigned int timeout_ms)
{
	struct dmaring_ring *ring = fence->ring;
	bool over, full;

	spin_lock_irq(&ring->sq_lock);
	spin_lock(&ring->cq_lock);
	fence->until = ring->promised;
	over = ring->promised == ring->cq_tail;
	full = ring->fences_pending == FENCES_MAX;
	if (!over && !full) {
		fence->left = ring->promised - ring->cq_tail;
		/* The time-out's. */
		dma_fence_get(&fence->base);
		kref_get(&ring->refs);
		ring->fences_pending++;
		list_add_tail(&fence->node, &ring->fences);
		queue_delayed_work(dmaring_workqueue, &fence->expire,
				   msecs_to_jiffies(timeout_ms));
	}
	spin_unlock(&ring->cq_lock);
	spin_unlock_irq(&ring->sq_lock);
	if (over)
		dma_fence_signal(&fence->base);
	return !over && full ? -EBUSY : 0;
}

/**
 * dmaring_sync_file_create() - a file that tells when what was taken in is over
 * @ring: the ring, active
 * @timeout_ms: when it tells -ETIMEDOUT, at least 1
 *
 * Context: process; holds ring->setup_lock at most.
 * Return: the file; -EBUSY when too many have not ended; -ENOMEM.
 */
struct file *dmaring_sync_file_create(struct dmaring_ring *ring, unsigned int timeout_ms)
{
	struct fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL_ACCOUNT);
	struct sync_file *sync_file;
	int ret;

	if (!fence)
		return ERR_PTR(-ENOMEM);
	/* Who looks at a fence calls into the module. */
	__module_get(THIS_MODULE);
	spin_lock_init(&fence->lock);
	INIT_DELAYED_WORK(&fence->expire, fence_expire);
	fence->ring = ring;
	strscpy(fence->name, ring->device->name, sizeof(fence->name));
	/* Each on a timeline of its own: by its time-out it may end before older ones. */
	dma_fence_init(&fence->base, &fence_operations, &fence->lock,
		       dma_fence_context_alloc(1), 1);
	sync_file = sync_file_create(&fence->base);
	if (sync_file) {
		ret = fence_begin(fence, timeout_ms);
		if (ret)
			fput(sync_file->file);
	} else {
		ret = -ENOMEM;
	}
	/* The file has a reference. */
	dma_fence_put(&fence->base);
	return ret ? ERR_PTR(ret) : sync_file->file;
}
