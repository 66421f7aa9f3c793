// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completion side of a ring: turns finished requests into entries.
 *
 * Owns: cq_tail, the time bound, and the decision to wake the user.
 * Locks: ring->cq_lock, irq-safe, innermost. Nothing is allocated and nothing
 * sleeps here: an entry was only taken in when a slot was free for its
 * completion (credits), so there is always one.
 */
#include <linux/timekeeping.h>
#include "interleaved.h"
#include "ring.h"
#include "stream.h"
#include "sync_file.h"
#include "trace.h"

/**
 * dmaring_ring_time_ns() - now, on the ring's clock
 * @ring: the ring
 *
 * Context: any.
 * Return: nanoseconds.
 */
u64 dmaring_ring_time_ns(const struct dmaring_ring *ring)
{
	switch (ring->clock) {
	case DMARING_CLOCK_REALTIME:
		return ktime_get_real_ns();
	case DMARING_CLOCK_TAI:
		return ktime_get_clocktai_ns();
	default:
		return ktime_get_ns();
	}
}

/*
 * Is the time bound's latch set? It is from the moment the bound passed until
 * the user has consumed what was there at that moment.
 */
static bool late_now(struct dmaring_ring *ring, u32 head)
{
	u32 left = ring->late_tail - head;

	lockdep_assert_held(&ring->cq_lock);
	if (ring->late && (!left || left > ring->cq_entries))
		ring->late = false;
	return ring->late;
}

/**
 * dmaring_ring_readable() - readiness for EPOLLIN
 * @ring: the ring
 *
 * Context: process; a full barrier stands between the caller's joining the
 * wait queue and this.
 * Return: the predicate of ring-spec.md, "Wake-up".
 */
bool dmaring_ring_readable(struct dmaring_ring *ring)
{
	u32 head, event;
	bool ready, arm;

	spin_lock_irq(&ring->cq_lock);
	head = READ_ONCE(*ring->cq_head);	/* untrusted */
	event = READ_ONCE(*ring->cq_event);	/* untrusted */
	ready = ring->cq_tail != head &&
		(late_now(ring, head) ||
		 dmaring_index_ready(ring->cq_tail, head, event, ring->cq_entries));
	arm = !ready && ring->cq_tail != head && ring->coalesce &&
	      !ring->late_armed && !ring->dead;
	if (arm) {
		ring->late_armed = true;
		hrtimer_start(&ring->late_timer, ring->coalesce, HRTIMER_MODE_REL_SOFT);
	}
	spin_unlock_irq(&ring->cq_lock);
	return ready;
}

/**
 * dmaring_ring_late() - the time bound has passed
 * @timer: ring->late_timer
 *
 * Context: softirq.
 * Return: HRTIMER_NORESTART.
 */
enum hrtimer_restart dmaring_ring_late(struct hrtimer *timer)
{
	struct dmaring_ring *ring = container_of(timer, struct dmaring_ring, late_timer);
	unsigned long irq;
	bool wake;

	spin_lock_irqsave(&ring->cq_lock, irq);
	ring->late_armed = false;
	wake = ring->cq_tail != READ_ONCE(*ring->cq_head);
	if (wake) {
		ring->late = true;
		ring->late_tail = ring->cq_tail;
	}
	spin_unlock_irqrestore(&ring->cq_lock, irq);
	if (wake)
		dmaring_notify(ring, EPOLLIN | EPOLLRDNORM);
	return HRTIMER_NORESTART;
}

/**
 * dmaring_ring_set_coalesce() - change the time bound
 * @ring: the ring
 * @time_us: microseconds; 0: none
 *
 * Context: process.
 */
void dmaring_ring_set_coalesce(struct dmaring_ring *ring, u32 time_us)
{
	bool arm;

	spin_lock_irq(&ring->cq_lock);
	ring->coalesce = ns_to_ktime((u64)time_us * NSEC_PER_USEC);
	/* What already waits, waits for the new bound from now. */
	arm = time_us && ring->cq_tail != READ_ONCE(*ring->cq_head);
	ring->late_armed = arm;
	if (arm)
		hrtimer_start(&ring->late_timer, ring->coalesce, HRTIMER_MODE_REL_SOFT);
	spin_unlock_irq(&ring->cq_lock);
	if (!arm)
		hrtimer_cancel(&ring->late_timer);
}

/*
 * What was moved, and what the number is worth: exactly one LEN flag. Residues
 * count only where the provider is known to tell the truth; what was sent or
 * copied without an error went out whole.
 */
static u32 length_judge(const struct dmaring_request *request, u32 *bytes)
{
	const struct dmaring_channel *channel;

	*bytes = request->done;
	if (!dmaring_op_is_data(request->sqe.opcode))
		return 0;
	if (!request->started)
		return DMARING_CQE_LEN_EXACT;
	if (request->res)
		return DMARING_CQE_LEN_UNKNOWN;
	channel = request->queue->channel;
	/* A short descriptor among several leaves a hole. */
	if (channel->kind == DMARING_CHANNEL_RECEIVE && channel->flags & DMARING_LEN_KNOWN &&
	    (request->sqe.opcode == DMARING_OP_RECEIVE || !request->residue ||
	     !dmaring_interleaved_split(request)))
		return DMARING_CQE_LEN_EXACT;
	*bytes = request->sqe.bytes;
	return channel->kind == DMARING_CHANNEL_RECEIVE ? DMARING_CQE_LEN_UPPER_BOUND :
							   DMARING_CQE_LEN_EXACT;
}

static u32 request_flags(const struct dmaring_request *request)
{
	u32 flags = 0;

	if (request->started && request->res)
		flags |= DMARING_CQE_STARTED;
	if (request->timed_out)
		flags |= DMARING_CQE_TIMED_OUT;
	if (request->loss_unknown)
		flags |= DMARING_CQE_LOSS_UNKNOWN;
	if (request->quarantined)
		flags |= DMARING_CQE_QUARANTINED;
	return flags;
}

/* Give the bytes back to the CPU; of a receive, those that came. */
static void request_sync(const struct dmaring_request *request, u32 bytes)
{
	const struct dmaring_sqe *sqe = &request->sqe;
	struct dmaring_memory *memory;

	if (!request->started || sqe->flags & DMARING_SQE_NO_SYNC ||
	    request->quarantined || READ_ONCE(request->ring->gone))
		return;
	if (sqe->opcode == DMARING_OP_INTERLEAVED) {
		dmaring_interleaved_sync(request, 0, bytes, true);
		return;
	}
	if (sqe->opcode != DMARING_OP_COPY) {
		dmaring_request_sync(request, bytes, true);
		return;
	}
	memory = request->ring->memory[sqe->pool];
	dmaring_memory_sync(memory, request->queue->map,
			    sqe->buffer * memory->stride + sqe->offset,
			    bytes, DMA_FROM_DEVICE, true);
	memory = request->ring->memory[sqe->source_pool];
	dmaring_memory_sync(memory, request->queue->map,
			    sqe->source_buffer * memory->stride + sqe->source_offset,
			    bytes, DMA_TO_DEVICE, true);
}

/* The status line of the channel, in the same breath as the completion. */
static void line_update(struct dmaring_ring *ring, const struct dmaring_request *request)
{
	struct dmaring_queue *queue = request->queue;
	struct dmaring_kern_stream *line = &ring->streams[queue->index];

	lockdep_assert_held(&ring->cq_lock);
	if (!dmaring_op_is_data(request->sqe.opcode))
		return;
	if (!request->res)
		WRITE_ONCE(line->blocks_total, ++queue->blocks);
	if (unlikely(request->lost)) {
		queue->lost += request->lost;
		WRITE_ONCE(line->blocks_lost, queue->lost);
	}
}

/**
 * dmaring_completion_post() - write one entry
 * @ring: the ring, which has promised a slot for it
 * @request: what has ended, free afterwards; NULL for a notice
 * @cqe: the entry
 *
 * Context: any; may hold ring->sq_lock.
 * Return: true if somebody is to be woken.
 */
bool dmaring_completion_post(struct dmaring_ring *ring,
			     struct dmaring_request *request,
			     struct dmaring_cqe *cqe)
{
	bool notify, arm;
	u32 head, event, tail;
	unsigned long irq;
	LIST_HEAD(over);

	cqe->time_ns = dmaring_ring_time_ns(ring);
	spin_lock_irqsave(&ring->cq_lock, irq);
	cqe->events_dropped = READ_ONCE(ring->events_dropped);
	if (request && request->queue) {
		cqe->sequence = request->queue->sequence++;
		line_update(ring, request);
	}
	tail = ring->cq_tail;
	ring->cqes[tail & (ring->cq_entries - 1)] = *cqe;
	WRITE_ONCE(ring->cq_tail, tail + 1);
	/* E: entry before the tail; pairs with F in the user. */
	smp_store_release(&ring->kctl->cq_tail, tail + 1);
	if (request) {
		if (READ_ONCE(ring->fence) == request)
			WRITE_ONCE(ring->fence, NULL);
		if (unlikely(ring->fences_pending))
			dmaring_fences_count(ring, request, cqe->res, &over);
		request->state = DMARING_REQUEST_FREE;
		request->free = ring->free;
		ring->free = request;
	}
	/* M: tail before the user's words, pairs with L; before @fence, with R. */
	smp_mb();
	head = READ_ONCE(*ring->cq_head);	/* untrusted */
	event = READ_ONCE(*ring->cq_event);	/* untrusted */
	notify = late_now(ring, head) ||
		 dmaring_index_notify(tail, tail + 1, head, event, ring->cq_entries);
	arm = !notify && ring->coalesce && !ring->late_armed && !ring->dead;
	if (arm) {
		ring->late_armed = true;
		hrtimer_start(&ring->late_timer, ring->coalesce, HRTIMER_MODE_REL_SOFT);
	}
	if (READ_ONCE(ring->fence) && READ_ONCE(ring->promised) - (tail + 1) == 1)
		queue_work(dmaring_workqueue, &ring->doorbell_work);
	spin_unlock_irqrestore(&ring->cq_lock, irq);
	if (unlikely(!list_empty(&over)))
		dmaring_fences_signal(&over);
	return notify;
}

/* Before the completion is seen: who sees it, finds it in the statistics. */
static void completion_count(struct dmaring_channel *channel, const struct dmaring_cqe *cqe)
{
	if (!dmaring_op_is_issued(cqe->opcode))
		return;		/* a fence or an abort */
	if (!cqe->res)
		atomic64_inc(&channel->completed);
	else if (cqe->flags & DMARING_CQE_TIMED_OUT)
		atomic64_inc(&channel->timeouts);
	else
		atomic64_inc(&channel->errors);
	if (cqe->flags & (DMARING_CQE_LEN_EXACT | DMARING_CQE_LEN_UPPER_BOUND))
		atomic64_add(cqe->bytes, &channel->bytes);
}

/*
 * Complete one request. Only afterwards does it leave its queue, so that what
 * waits for the queue to be empty completes later than what it waited for.
 */
static void request_finish(struct dmaring_request *request, struct list_head *more)
{
	struct dmaring_ring *ring = request->ring;
	struct dmaring_queue *queue = request->queue;
	const struct dmaring_sqe *sqe = &request->sqe;
	bool goes = dmaring_op_is_issued(sqe->opcode) && queue;
	bool issued = request->issued, settled = request->settled;
	struct dmaring_cqe cqe = {
		.user_data = sqe->user_data,
		.res = request->res,
		.flags = request_flags(request),
		.channel = sqe->channel,
		.pool = sqe->pool,
		.buffer = sqe->buffer,
		.offset = sqe->offset,
		.residue = request->residue,
		.opcode = sqe->opcode,
		.engine = request->engine,
		.blocks_lost = request->lost,
	};

	cqe.flags |= length_judge(request, &cqe.bytes);
	if (goes && dmaring_op_is_data(sqe->opcode))
		request_sync(request, cqe.flags & DMARING_CQE_LEN_UNKNOWN ? sqe->bytes :
				      cqe.bytes);
	if (goes || issued)
		completion_count(queue->channel, &cqe);
	trace_dmaring_complete(ring, &cqe);
	if (request->block)
		dmaring_stream_complete(request);
	else if (dmaring_completion_post(ring, request, &cqe))
		dmaring_notify(ring, EPOLLIN | EPOLLRDNORM);
	if (goes || issued)
		dmaring_queue_leave(queue, issued, settled, more);
	dmaring_ring_put(ring);
}

/**
 * dmaring_requests_finish() - complete a list of finished requests
 * @done: the list; each request is in state DONE and belongs to the caller
 *
 * Context: any; holds none of our locks.
 */
void dmaring_requests_finish(struct list_head *done)
{
	struct dmaring_request *request;

	/* What one lets go of joins the end of the list. */
	while (!list_empty(done)) {
		request = list_first_entry(done, struct dmaring_request, node);
		list_del_init(&request->node);
		request_finish(request, done);
	}
}
