// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time-outs of requests, counted from the moment an entry is taken.
 *
 * Owns: ring->timeout_timer and ring->next_deadline (under ring->sq_lock). The
 * timer only queues the work item, which looks through the ring's requests: a
 * ring without time-outs costs nothing, and one with silly ones costs itself.
 */
#include "ring.h"
#include "trace.h"

/* No timer sooner than this: a user may ask for 1 us a thousand times. */
#define SLACK_US	100

/**
 * dmaring_timeout_add() - see to it that the timer fires by @deadline
 * @ring: the ring
 * @deadline: on CLOCK_MONOTONIC
 *
 * Context: any; holds ring->sq_lock.
 */
void dmaring_timeout_add(struct dmaring_ring *ring, ktime_t deadline)
{
	ktime_t soonest;

	lockdep_assert_held(&ring->sq_lock);
	if (ring->dead || !ktime_before(deadline, ring->next_deadline))
		return;
	ring->next_deadline = deadline;
	soonest = ktime_add_us(ktime_get(), SLACK_US);
	hrtimer_start(&ring->timeout_timer,
		      ktime_before(deadline, soonest) ? soonest : deadline,
		      HRTIMER_MODE_ABS_SOFT);
}

/**
 * dmaring_timeout_fire() - a deadline has passed
 * @timer: ring->timeout_timer
 *
 * Context: softirq.
 * Return: HRTIMER_NORESTART.
 */
enum hrtimer_restart dmaring_timeout_fire(struct hrtimer *timer)
{
	struct dmaring_ring *ring = container_of(timer, struct dmaring_ring, timeout_timer);

	queue_work(dmaring_workqueue, &ring->timeout_work);
	return HRTIMER_NORESTART;
}

struct overdue {
	const struct dmaring_queue *queue;
	ktime_t now;
};

static bool slot_is_overdue(const struct dmaring_slot *slot, const void *data)
{
	const struct overdue *overdue = data;

	return slot->request->queue == overdue->queue &&
	       !ktime_after(slot->request->deadline, overdue->now);
}

static ktime_t queue_expire(struct dmaring_queue *queue, ktime_t now)
{
	struct dmaring_channel *channel = queue->channel;
	bool shared = dmaring_channel_shared(channel), stop = false;
	struct dmaring_request *r, *n;
	ktime_t next = KTIME_MAX;
	const struct overdue overdue = { queue, now };
	LIST_HEAD(done);

	/* What is done after all is not late. */
	dmaring_channel_ask(channel, slot_is_overdue, &overdue);
	spin_lock_irq(&channel->lock);
	list_for_each_entry_safe(r, n, &queue->pending, node) {
		if (ktime_after(r->deadline, now)) {
			next = min(next, r->deadline);
			continue;
		}
		r->timed_out = true;
		dmaring_request_take_back(r, -ETIMEDOUT, &done);
	}
	list_for_each_entry_safe(r, n, &channel->issued, node) {
		if (r->queue != queue)
			continue;
		if (ktime_after(r->deadline, now)) {
			next = min(next, r->deadline);
			continue;
		}
		r->deadline = KTIME_MAX;
		r->timed_out = true;
		if (!shared) {
			stop = true;
			continue;
		}
		/* The engine keeps what it has, and gets no more of it. */
		r->res = -ETIMEDOUT;
		if (queue->current_request == r)
			queue->current_request = NULL;
		dmaring_request_settle(r, &done);
	}
	if (stop)
		dmaring_channel_stop_soon(channel);
	spin_unlock_irq(&channel->lock);
	dmaring_requests_finish(&done);
	dmaring_channel_issue(channel);
	return next;
}

/**
 * dmaring_timeout_work() - end what is overdue
 * @work: ring->timeout_work
 *
 * Context: work item.
 */
void dmaring_timeout_work(struct work_struct *work)
{
	struct dmaring_ring *ring = container_of(work, struct dmaring_ring, timeout_work);
	ktime_t now = ktime_get(), next = KTIME_MAX;
	unsigned int i;

	spin_lock_irq(&ring->sq_lock);
	ring->next_deadline = KTIME_MAX;
	spin_unlock_irq(&ring->sq_lock);
	for (i = 0; i < ring->geometry.channels; i++)
		next = min(next, queue_expire(&ring->queue[i], now));
	spin_lock_irq(&ring->sq_lock);
	if (next != KTIME_MAX)
		dmaring_timeout_add(ring, next);
	spin_unlock_irq(&ring->sq_lock);
	dmaring_ring_drain(ring);
}
