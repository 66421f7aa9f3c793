// SPDX-License-Identifier: GPL-2.0-only
/*
 * Submission side of a ring: takes entries from the pages of an untrusted peer.
 *
 * Owns: sq_head, the credits, and the NEED_DOORBELL flag.
 * Locks: ring->sq_lock, irq-safe; channel->lock and ring->cq_lock nest inside.
 * A drain runs from a doorbell, from completions, or from a work item, and is
 * bounded wherever it runs.
 */
#include <linux/nospec.h>
#include "ring.h"
#include "trace.h"

/* Entries that one pass takes with interrupts off. */
#define BATCH	32

/**
 * dmaring_ring_writable() - readiness for EPOLLOUT
 * @ring: the ring
 *
 * Context: process.
 * Return: the same predicate as for completions, mirrored: free submission
 * slots against the user's sq_event.
 */
bool dmaring_ring_writable(struct dmaring_ring *ring)
{
	u32 head = READ_ONCE(ring->sq_head);
	u32 tail = READ_ONCE(ring->uctl->sq_tail);	/* untrusted */
	u32 event = READ_ONCE(ring->uctl->sq_event);	/* untrusted */

	if (!dmaring_index_valid(tail, head, ring->sq_entries))
		return false;
	return dmaring_index_ready(head, tail - ring->sq_entries, event,
				   ring->sq_entries);
}

/* One that came back, or NULL: then as many are in flight as there are slots. */
static struct dmaring_request *request_get(struct dmaring_ring *ring)
{
	struct dmaring_request *request;

	lockdep_assert_held(&ring->sq_lock);
	if (!ring->spare) {
		spin_lock(&ring->cq_lock);
		ring->spare = ring->free;
		ring->free = NULL;
		spin_unlock(&ring->cq_lock);
	}
	request = ring->spare;
	if (request)
		ring->spare = request->free;
	return request;
}

static void request_put_back(struct dmaring_ring *ring,
			     struct dmaring_request *request)
{
	request->free = ring->spare;
	ring->spare = request;
}

/*
 * The single copy of an entry, or of its list: every word is loaded once, and
 * nothing else ever looks at the shared page.
 */
static void words_copy(void *to, const void *from, size_t bytes)
{
	const u64 *source = from;
	u64 *target = to;
	size_t i;

	for (i = 0; i < bytes / sizeof(u64); i++)
		target[i] = READ_ONCE(source[i]);
}

/* Completion slots not yet promised to anybody. */
static u32 credits(struct dmaring_ring *ring)
{
	/* H: slots before this are free; pairs with G in the user, or in reader.c. Untrusted. */
	u32 head = smp_load_acquire(ring->cq_head);
	u32 used = ring->promised - head;
	/* Loaded after the head: nobody has consumed more than this. */
	u32 posted = READ_ONCE(ring->cq_tail) - head;

	if (used > ring->cq_entries || posted > ring->cq_entries) {
		if (!(ring->cq_flags & DMARING_CQ_BAD_HEAD)) {
			ring->cq_flags |= DMARING_CQ_BAD_HEAD;
			WRITE_ONCE(ring->kctl->cq_flags, ring->cq_flags);
		}
		return 0;
	}
	return ring->cq_entries - used;
}

static void request_start(struct dmaring_ring *ring,
			  struct dmaring_request *request,
			  unsigned long *touched, struct list_head *done)
{
	const struct dmaring_sqe *sqe = &request->sqe;
	int ret;

	dmaring_request_init(request, ring);
	if (dmaring_sqe_has_list(sqe) &&
	    dmaring_list_validate(&ring->geometry, sqe))
		words_copy(request->segments,
			   &ring->segments[array_index_nospec(sqe->list,
							      ring->geometry.segment_entries)],
			   sqe->list_entries * sizeof(*request->segments));
	ret = dmaring_sqe_validate(&ring->geometry, sqe, request->segments);
	if (ret) {
		if (ret == -EINVAL)
			WRITE_ONCE(ring->kctl->sq_invalid, ++ring->sq_invalid);
		else if (sqe->opcode == DMARING_OP_CYCLIC_START)
			dmaring_cyclic_refuse(ring, sqe->channel);
		request->res = ret;
		request->state = DMARING_REQUEST_DONE;
		list_add_tail(&request->node, done);
		return;
	}
	if (sqe->timeout_us) {
		request->deadline = ktime_add_us(ktime_get(), sqe->timeout_us);
		dmaring_timeout_add(ring, request->deadline);
	}
	trace_dmaring_submit(ring, sqe);
	dmaring_operation_start(ring, request, done);
	if (sqe->opcode == DMARING_OP_CANCEL)
		*touched = GENMASK(ring->geometry.channels - 1, 0);
	else if (sqe->channel < ring->geometry.channels)
		__set_bit(sqe->channel, touched);
}

/* The ring-wide fence that holds the rest back, if its time has come. */
static bool fence_lift(struct dmaring_ring *ring, struct list_head *done)
{
	struct dmaring_request *fence = ring->fence;

	lockdep_assert_held(&ring->sq_lock);
	/*
	 * R: fence before the tail; pairs with M, after which a completion looks
	 * for a fence. One of the two sees the other.
	 */
	smp_mb();
	if (ring->promised - READ_ONCE(ring->cq_tail) != 1)
		return false;
	/* Lifted already: it holds the rest back until it is posted. */
	if (fence->state != DMARING_REQUEST_QUEUED)
		return false;
	fence->state = DMARING_REQUEST_DONE;
	list_add_tail(&fence->node, done);
	return true;
}

static void ring_break(struct dmaring_ring *ring)
{
	ring->broken = true;
	WRITE_ONCE(ring->kctl->state, DMARING_RING_BROKEN);
}

struct pass {
	unsigned long touched;		/* channels to issue on */
	unsigned int taken;		/* entries consumed */
	bool blocked;			/* no completion slots */
	bool more;			/* entries are left that could be taken */
	__poll_t events;		/* wake-up due */
};

static void drain_pass(struct dmaring_ring *ring, struct pass *pass,
		       struct list_head *done)
{
	u32 tail, avail, room, old;
	unsigned long irq;

	memset(pass, 0, sizeof(*pass));
	/*
	 * Most completions find nothing. What is published after this look is
	 * found by the next completion, or by doorbell_settle() when there is none
	 * to come, or its doorbell is due.
	 */
	if (READ_ONCE(ring->uctl->sq_tail) == READ_ONCE(ring->sq_head) &&
	    !READ_ONCE(ring->fence))
		return;
	spin_lock_irqsave(&ring->sq_lock, irq);
	if (ring->dead || ring->broken)
		goto out;
	/* It completes before anything behind it is even taken. */
	if (ring->fence) {
		pass->more = fence_lift(ring, done);
		goto out;
	}
	/* B: entries before the tail; pairs with A in the user. Untrusted. */
	tail = smp_load_acquire(&ring->uctl->sq_tail);
	old = ring->sq_head;
	avail = tail - old;
	if (!avail) {
		WRITE_ONCE(ring->blocked, false);
		goto out;
	}
	if (!dmaring_index_valid(tail, old, ring->sq_entries)) {
		ring_break(ring);
		pass->events = EPOLLERR | EPOLLIN | EPOLLOUT;
		goto out;
	}
	room = credits(ring);
	while (avail && pass->taken < BATCH && !ring->fence) {
		struct dmaring_request *request = request_get(ring);

		if (!request) {
			pass->blocked = true;
			break;
		}
		words_copy(&request->sqe,
			   &ring->sqes[ring->sq_head & (ring->sq_entries - 1)],
			   sizeof(request->sqe));
		if (room <= (dmaring_op_is_issued(request->sqe.opcode) ?
			     DMARING_CONTROL_SLOTS : 0)) {
			request_put_back(ring, request);
			pass->blocked = true;
			break;
		}
		WRITE_ONCE(ring->sq_head, ring->sq_head + 1);
		request->number = ring->promised++;
		room--;
		avail--;
		pass->taken++;
		request_start(ring, request, &pass->touched, done);
	}
	WRITE_ONCE(ring->blocked, pass->blocked);
	/*
	 * Who lifts a fence looks again once it is posted: a doorbell that came
	 * meanwhile found the fence and took nothing.
	 */
	if (ring->fence)
		pass->more = fence_lift(ring, done);
	else
		pass->more = avail && !pass->blocked;
	if (ring->sq_head != old) {
		u32 event, full;

		/* C: entries are copied; pairs with D in the user. */
		smp_store_release(&ring->kctl->sq_head, ring->sq_head);
		/* S: head before the user's words; pairs with T in poll. */
		smp_mb();
		full = READ_ONCE(ring->uctl->sq_tail) - ring->sq_entries;
		event = READ_ONCE(ring->uctl->sq_event);
		if (dmaring_index_crossed(old, ring->sq_head, event) ||
		    (old == full && event - full >= ring->sq_entries))
			pass->events = EPOLLOUT | EPOLLWRNORM;
	}
out:
	spin_unlock_irqrestore(&ring->sq_lock, irq);
}

/* What the flags should be: see doorbell_settle(). */
static u32 doorbell_flags(const struct dmaring_ring *ring)
{
	bool blocked = READ_ONCE(ring->blocked);
	u32 flags = blocked ? DMARING_SQ_CQ_FULL : 0;
	unsigned int i;

	if (READ_ONCE(ring->polled))
		return flags;
	if (blocked)
		flags |= DMARING_SQ_NEED_DOORBELL;
	for (i = 0; i < ring->geometry.channels; i++) {
		/* A cyclic stream completes nothing that would drain. */
		if (!READ_ONCE(ring->queue[i].issued) ||
		    READ_ONCE(ring->queue[i].channel->cyclic.request))
			flags |= DMARING_SQ_NEED_DOORBELL;
	}
	return flags;
}

/*
 * Publish whether the user has to ring. It need not while every channel has
 * something in its engine, because each completion drains. While one channel
 * has not, an entry for it may be what the others wait for (a send that waits
 * for its receive), and only the user can tell us of it: or the poller, while it
 * is awake.
 *
 * While all are busy, and were, there is nothing to publish and no lock to
 * take: to leave a flag set for longer costs a doorbell, and only who takes
 * the last request out must set one, which sees its own doing here. It need
 * not see that the poller has gone to sleep, so with one there is no such look.
 *
 * Others drain at the same time: what the latest pass found counts, or an older
 * one would clear CQ_FULL again, and the user saw no need to ring for the slots
 * that it gives back.
 *
 * Return: true if an entry has come in the meantime.
 */
static bool doorbell_settle(struct dmaring_ring *ring)
{
	bool again = false;
	unsigned long irq;
	u32 flags;

	if (!(ring->flags & DMARING_SETUP_POLLER) && !doorbell_flags(ring) &&
	    !READ_ONCE(ring->sq_flags))
		return false;
	spin_lock_irqsave(&ring->sq_lock, irq);
	flags = doorbell_flags(ring);
	if (flags != ring->sq_flags) {
		u32 risen = flags & ~ring->sq_flags;

		WRITE_ONCE(ring->sq_flags, flags);
		WRITE_ONCE(ring->kctl->sq_flags, flags);
		if (risen && !ring->dead && !ring->broken && !ring->fence) {
			/* K: flag before the tail; pairs with J in the user. */
			smp_mb();
			again = READ_ONCE(ring->uctl->sq_tail) != ring->sq_head &&
				credits(ring) > (ring->blocked ? DMARING_CONTROL_SLOTS : 0);
		}
	}
	spin_unlock_irqrestore(&ring->sq_lock, irq);
	return again;
}

/**
 * dmaring_event_post() - post a notice, if there is a slot to spare
 * @ring: the ring
 * @cqe: the notice
 *
 * Slots that are promised stay promised, and those for control stay free; a
 * notice without a slot is counted.
 *
 * Context: any; holds none of our locks.
 */
void dmaring_event_post(struct dmaring_ring *ring, struct dmaring_cqe *cqe)
{
	bool notify = false;
	unsigned long irq;

	spin_lock_irqsave(&ring->sq_lock, irq);
	if (credits(ring) > DMARING_CONTROL_SLOTS) {
		ring->promised++;
		notify = dmaring_completion_post(ring, NULL, cqe);
	} else {
		/*
		 * Q: the count before the next completion (E), whoever posts it: no
		 * completion tells of more dropped notices than are counted here.
		 */
		spin_lock(&ring->cq_lock);
		WRITE_ONCE(ring->events_dropped, ring->events_dropped + 1);
		WRITE_ONCE(ring->kctl->events_dropped, ring->events_dropped);
		spin_unlock(&ring->cq_lock);
		atomic64_inc(&ring->device->counters.events_dropped);
	}
	spin_unlock_irqrestore(&ring->sq_lock, irq);
	if (notify)
		dmaring_notify(ring, EPOLLIN | EPOLLRDNORM);
}

/* Receives first: what a send brings back may be lost where none is armed. */
static void issue_touched(struct dmaring_ring *ring, unsigned long touched)
{
	struct dmaring_channel *channel;
	unsigned int index;

	for_each_set_bit(index, &touched, DMARING_CHANNELS_MAX) {
		channel = ring->queue[index].channel;
		if (channel->kind == DMARING_CHANNEL_RECEIVE)
			dmaring_channel_issue(channel);
	}
	for_each_set_bit(index, &touched, DMARING_CHANNELS_MAX) {
		channel = ring->queue[index].channel;
		if (channel->kind != DMARING_CHANNEL_RECEIVE)
			dmaring_channel_issue(channel);
	}
}

/**
 * dmaring_ring_drain() - take what the user has submitted
 * @ring: the ring, with a reference held or owned by the caller's context
 *
 * Takes at most as many entries as the ring has; what is left then goes to a
 * work item. Never sleeps.
 *
 * Context: any but the callback of a shared channel; holds none of our locks.
 * Return: entries taken.
 */
unsigned int dmaring_ring_drain(struct dmaring_ring *ring)
{
	unsigned int total = 0;
	struct pass pass;
	bool again;

	/* A byte stream has nothing to take from. */
	if (!ring->active)
		return 0;
	do {
		LIST_HEAD(done);

		drain_pass(ring, &pass, &done);
		total += pass.taken;
		dmaring_requests_finish(&done);
		issue_touched(ring, pass.touched);
		if (pass.events)
			dmaring_notify(ring, pass.events);
		again = pass.more || doorbell_settle(ring);
	} while (again && total < ring->sq_entries);
	if (again)
		queue_work(dmaring_workqueue, &ring->doorbell_work);
	if (total)
		trace_dmaring_drain(ring, total, pass.blocked);
	return total;
}

/**
 * dmaring_ring_set_polled() - somebody looks at the ring all the time, or does not
 * @ring: the ring, active
 * @polled: from now on NEED_DOORBELL stays clear; else the usual rules hold again
 *
 * Context: the poller, or any process in its place; holds no spin lock.
 * Return: entries that were taken meanwhile.
 */
unsigned int dmaring_ring_set_polled(struct dmaring_ring *ring, bool polled)
{
	spin_lock_irq(&ring->sq_lock);
	WRITE_ONCE(ring->polled, polled);
	spin_unlock_irq(&ring->sq_lock);
	/* The drain publishes the flag, and looks again once it is set (K). */
	return dmaring_ring_drain(ring);
}
