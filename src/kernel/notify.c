// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling the user, and being told: poll wake-ups and eventfds.
 *
 * Owns: ring->eventfd (RCU, writers under ring->setup_lock) and ring->doorbell
 * (ring->setup_lock). An eventfd is a hint in both directions: its counter is
 * never read here, and a doorbell that finds nothing signals nobody, so that
 * eventfds wired in a circle fall silent.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include "ring.h"
#include "trace.h"

static void eventfd_notify(struct dmaring_ring *ring)
{
	struct eventfd_ctx *ctx;

	rcu_read_lock();
	ctx = rcu_dereference(ring->eventfd);
	if (ctx && !(READ_ONCE(ring->uctl->cq_flags) & DMARING_CQ_EVENTFD_OFF)) {
		/* In the wake-up of another eventfd: not again from here. */
		if (eventfd_signal_allowed()) {
			eventfd_signal(ctx);
			atomic64_inc(&ring->device->counters.eventfd_signals);
		} else {
			queue_work(dmaring_workqueue, &ring->eventfd_work);
		}
	}
	rcu_read_unlock();
}

/**
 * dmaring_notify() - wake whoever polls the ring, signal its eventfd
 * @ring: the ring
 * @events: what has become ready
 *
 * The cause was published before. The wake-up takes the wait queue's lock even
 * when nobody waits; P pairs with N, poll's joining of the queue, on every
 * kernel (litmus test NP-poll-locked-wake).
 *
 * Context: any; holds none of our locks.
 */
void dmaring_notify(struct dmaring_ring *ring, __poll_t events)
{
	trace_dmaring_wake(ring, (__force u32)events);
	atomic64_inc(&ring->device->counters.wakeups);
	wake_up_poll(&ring->wait, events);	/* P */
	if (events & EPOLLIN)
		eventfd_notify(ring);
}

/**
 * dmaring_eventfd_work() - the signal that could not be given on the spot
 * @work: ring->eventfd_work
 *
 * Context: work item.
 */
void dmaring_eventfd_work(struct work_struct *work)
{
	eventfd_notify(container_of(work, struct dmaring_ring, eventfd_work));
}

/**
 * dmaring_eventfd_set() - register the completion eventfd
 * @ring: the ring
 * @fd: an eventfd of the caller
 *
 * Context: process; holds ring->setup_lock.
 * Return: 0; -EBUSY if there is one; -EBADF; -EINVAL if @fd is no eventfd.
 */
int dmaring_eventfd_set(struct dmaring_ring *ring, int fd)
{
	struct eventfd_ctx *ctx;

	if (rcu_access_pointer(ring->eventfd))
		return -EBUSY;
	ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	rcu_assign_pointer(ring->eventfd, ctx);
	return 0;
}

/**
 * dmaring_eventfd_clear() - unregister the completion eventfd
 * @ring: the ring
 *
 * Context: process, may sleep; holds ring->setup_lock, or is the last user.
 * Return: 0, or -ENOENT if there is none.
 */
int dmaring_eventfd_clear(struct dmaring_ring *ring)
{
	struct eventfd_ctx *ctx = rcu_replace_pointer(ring->eventfd, NULL, true);

	if (!ctx)
		return -ENOENT;
	synchronize_rcu();
	eventfd_ctx_put(ctx);
	return 0;
}

/**
 * struct dmaring_doorbell_eventfd - an eventfd whose writes are doorbells
 * @ring: the ring
 * @ctx: keeps the eventfd
 * @table: to join its wait queue by its poll
 * @wait: our place in that queue
 * @head: the queue; NULL when the eventfd is gone, under the queue's own lock
 */
struct dmaring_doorbell_eventfd {
	struct dmaring_ring *ring;
	struct eventfd_ctx *ctx;
	poll_table table;
	wait_queue_entry_t wait;
	wait_queue_head_t *head;
};

/* Runs under the eventfd's lock, in whatever context wrote: only queues work. */
static int doorbell_wake(wait_queue_entry_t *wait, unsigned int mode, int sync,
			 void *key)
{
	struct dmaring_doorbell_eventfd *doorbell =
		container_of(wait, struct dmaring_doorbell_eventfd, wait);
	struct dmaring_ring *ring = doorbell->ring;
	__poll_t events = key_to_poll(key);

	if (events & EPOLLIN && !READ_ONCE(ring->dead)) {
		atomic64_inc(&ring->device->counters.doorbells);
		queue_work(dmaring_workqueue, &ring->doorbell_work);
	}
	return 0;
}

static void doorbell_join(struct file *file, wait_queue_head_t *head,
			  poll_table *table)
{
	struct dmaring_doorbell_eventfd *doorbell =
		container_of(table, struct dmaring_doorbell_eventfd, table);

	doorbell->head = head;
	add_wait_queue(head, &doorbell->wait);
}

/**
 * dmaring_doorbell_set() - register the doorbell eventfd
 * @ring: the ring
 * @fd: an eventfd of the caller
 *
 * The wait queue that we join lives in the eventfd's context, which we hold:
 * closing the file does not free it.
 *
 * Context: process; holds ring->setup_lock.
 * Return: 0; -EBUSY if there is one; -EBADF; -EINVAL if @fd is no eventfd.
 */
int dmaring_doorbell_set(struct dmaring_ring *ring, int fd)
{
	struct dmaring_doorbell_eventfd *doorbell;
	struct file *file;
	__poll_t events;

	if (ring->doorbell)
		return -EBUSY;
	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	doorbell = kzalloc(sizeof(*doorbell), GFP_KERNEL_ACCOUNT);
	if (!doorbell) {
		fput(file);
		return -ENOMEM;
	}
	doorbell->ring = ring;
	doorbell->ctx = eventfd_ctx_fileget(file);
	init_waitqueue_func_entry(&doorbell->wait, doorbell_wake);
	init_poll_funcptr(&doorbell->table, doorbell_join);
	ring->doorbell = doorbell;
	events = vfs_poll(file, &doorbell->table);
	/* A write that came before us counts. */
	if (events & EPOLLIN)
		queue_work(dmaring_workqueue, &ring->doorbell_work);
	fput(file);
	return 0;
}

/**
 * dmaring_doorbell_clear() - unregister the doorbell eventfd
 * @ring: the ring
 *
 * Context: process, may sleep; holds ring->setup_lock, or is the last user.
 * Return: 0, or -ENOENT if there is none.
 */
int dmaring_doorbell_clear(struct dmaring_ring *ring)
{
	struct dmaring_doorbell_eventfd *doorbell = ring->doorbell;

	if (!doorbell)
		return -ENOENT;
	ring->doorbell = NULL;
	if (doorbell->head)
		remove_wait_queue(doorbell->head, &doorbell->wait);
	eventfd_ctx_put(doorbell->ctx);
	kfree(doorbell);
	return 0;
}

/**
 * dmaring_doorbell_work() - drain outside of the caller's context
 * @work: ring->doorbell_work
 *
 * Context: work item.
 */
void dmaring_doorbell_work(struct work_struct *work)
{
	struct dmaring_ring *ring = container_of(work, struct dmaring_ring, doorbell_work);

	dmaring_ring_drain(ring);
	if (ring->flags & DMARING_SETUP_POLLER)
		dmaring_poller_wake(ring);
}
