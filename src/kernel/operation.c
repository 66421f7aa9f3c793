// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each operation does when its entry is taken from the ring.
 *
 * Data operations join the queue of their channel. The others act here, or wait
 * in the queue (FENCE) or beside it (ABORT).
 */
#include <linux/nospec.h>
#include "ring.h"

/**
 * dmaring_request_init() - begin the life of a request
 * @request: a free one; its .sqe is left alone
 * @ring: whose it is; gains a reference
 *
 * Context: any.
 */
void dmaring_request_init(struct dmaring_request *request, struct dmaring_ring *ring)
{
	INIT_LIST_HEAD(&request->node);
	request->ring = ring;
	request->queue = NULL;
	request->block = NULL;
	request->deadline = KTIME_MAX;
	request->taken = 0;
	request->done = 0;
	request->residue = 0;
	request->descriptors = 0;
	request->res = 0;
	request->engine = DMARING_ENGINE_UNKNOWN;
	request->issued = false;
	request->settled = false;
	request->started = false;
	request->timed_out = false;
	request->quarantined = false;
	request->again = false;
	request->loss_unknown = false;
	request->lost = 0;
	kref_get(&ring->refs);
}

/**
 * dmaring_queue_init() - a ring's place at a channel
 * @queue: to be filled in
 * @ring: the ring
 * @channel: claimed
 * @index: number of the channel in the ring
 * @map: which map of the ring's pools belongs to the channel's device
 */
void dmaring_queue_init(struct dmaring_queue *queue, struct dmaring_ring *ring,
			struct dmaring_channel *channel, unsigned int index,
			unsigned int map)
{
	queue->ring = ring;
	queue->channel = channel;
	queue->index = index;
	queue->map = map;
	INIT_LIST_HEAD(&queue->ready);
	INIT_LIST_HEAD(&queue->drain);
	INIT_LIST_HEAD(&queue->pending);
	INIT_LIST_HEAD(&queue->aborts);
}

/**
 * dmaring_queue_unlink() - the ring goes: its channel forgets the queue
 * @queue: aborted
 *
 * Context: process.
 */
void dmaring_queue_unlink(struct dmaring_queue *queue)
{
	spin_lock_irq(&queue->channel->lock);
	list_del_init(&queue->ready);
	list_del_init(&queue->drain);
	spin_unlock_irq(&queue->channel->lock);
}

static void request_end(struct dmaring_request *request, int res,
			struct list_head *done)
{
	request->res = res;
	request->state = DMARING_REQUEST_DONE;
	list_move_tail(&request->node, done);
}

/**
 * dmaring_request_hold() - count a request as issued until it is posted
 * @request: not counted; of a queue
 *
 * What has ended is posted without a lock. Somebody who drains meanwhile must not
 * find the queue empty, and complete a later FENCE or ABORT before it.
 *
 * Context: any; holds channel->lock.
 */
void dmaring_request_hold(struct dmaring_request *request)
{
	struct dmaring_queue *queue = request->queue;

	lockdep_assert_held(&queue->channel->lock);
	request->issued = true;
	WRITE_ONCE(queue->issued, queue->issued + 1);
}

/**
 * dmaring_request_take_back() - end a request that the engine does not have
 * @request: waits in its queue, or beside it, or is about to
 * @res: how it ends
 * @done: list that takes it
 *
 * It stays counted as issued until its completion is posted, so that no fence
 * or abort completes before it.
 *
 * Context: any; holds channel->lock.
 */
void dmaring_request_take_back(struct dmaring_request *request, int res,
			       struct list_head *done)
{
	dmaring_request_hold(request);
	request_end(request, res, done);
}

/**
 * dmaring_queue_append() - let a request wait for its channel
 * @queue: the queue
 * @request: initialised, with its .sqe
 * @done: list that takes it if the channel cannot
 *
 * Context: any; the caller issues on the channel afterwards.
 */
void dmaring_queue_append(struct dmaring_queue *queue,
			  struct dmaring_request *request, struct list_head *done)
{
	struct dmaring_channel *channel = queue->channel;
	unsigned long irq;

	request->queue = queue;
	spin_lock_irqsave(&channel->lock, irq);
	if (dmaring_op_is_issued(request->sqe.opcode))
		channel->submitted++;
	if (channel->gone) {
		dmaring_request_take_back(request, -ENODEV, done);
	} else if (channel->dead) {
		dmaring_request_take_back(request, -EIO, done);
	} else {
		request->state = DMARING_REQUEST_QUEUED;
		list_add_tail(&request->node, &queue->pending);
		if (list_empty(&queue->ready))
			list_add_tail(&queue->ready, &channel->ready);
	}
	spin_unlock_irqrestore(&channel->lock, irq);
}

/*
 * Take back what was not yet handed to the engine. A partly issued copy counts
 * as issued.
 */
static void cancel(struct dmaring_ring *ring, struct dmaring_request *request,
		   struct list_head *done)
{
	bool found = false, issued = false;
	struct dmaring_request *r, *next;
	unsigned long irq;
	unsigned int i;

	for (i = 0; i < ring->geometry.channels; i++) {
		struct dmaring_queue *queue = &ring->queue[i];
		struct dmaring_channel *channel = queue->channel;

		spin_lock_irqsave(&channel->lock, irq);
		list_for_each_entry_safe(r, next, &queue->pending, node) {
			if (r->sqe.user_data != request->sqe.target)
				continue;
			dmaring_request_take_back(r, -ECANCELED, done);
			found = true;
		}
		list_for_each_entry(r, &channel->issued, node) {
			if (r->ring == ring &&
			    r->sqe.user_data == request->sqe.target)
				issued = true;
		}
		spin_unlock_irqrestore(&channel->lock, irq);
	}
	request_end(request, found ? 0 : issued ? -EALREADY : -ENOENT, done);
}

/**
 * dmaring_queue_abort() - end everything that a ring has on a channel
 * @queue: the ring's queue for the channel
 * @abort: ABORT or CYCLIC_STOP to complete when it is over, or NULL
 * @done: list that takes finished requests
 *
 * What waits ends at once. On an owned channel the engine is stopped by the
 * channel's work item; on a shared one what was issued runs to its end.
 *
 * Context: any; may hold ring->sq_lock.
 */
void dmaring_queue_abort(struct dmaring_queue *queue,
			 struct dmaring_request *abort, struct list_head *done)
{
	struct dmaring_channel *channel = queue->channel;
	struct dmaring_request *r, *next;
	unsigned long irq;
	bool engine;
	int res;

	spin_lock_irqsave(&channel->lock, irq);
	res = channel->gone ? -ENODEV : -ECANCELED;
	engine = !list_empty(&channel->issued);
	list_for_each_entry_safe(r, next, &queue->pending, node)
		dmaring_request_take_back(r, res, done);
	r = queue->current_request;
	if (r) {
		r->res = res;
		queue->current_request = NULL;
		dmaring_request_settle(r, done);
	}
	if (abort) {
		r = channel->cyclic.request;
		if (r && r->queue == queue && abort->sqe.opcode == DMARING_OP_CYCLIC_STOP)
			channel->cyclic.stopped = true;
		abort->queue = queue;
		if (queue->issued)
			list_add_tail(&abort->node, &queue->aborts);
		else
			dmaring_request_take_back(abort, 0, done);
	}
	if (engine && !dmaring_channel_shared(channel))
		dmaring_channel_stop_soon(channel);
	spin_unlock_irqrestore(&channel->lock, irq);
}

/**
 * dmaring_operation_start() - begin what a valid entry asks for
 * @ring: the ring
 * @request: holds the private copy of the entry
 * @done: list that takes finished requests
 *
 * Context: any; holds ring->sq_lock. The caller issues on the channel after.
 */
void dmaring_operation_start(struct dmaring_ring *ring,
			     struct dmaring_request *request,
			     struct list_head *done)
{
	struct dmaring_queue *queue = NULL;

	lockdep_assert_held(&ring->sq_lock);
	if (request->sqe.channel < ring->geometry.channels)
		queue = &ring->queue[array_index_nospec(request->sqe.channel,
							ring->geometry.channels)];
	switch (request->sqe.opcode) {
	case DMARING_OP_SEND:
	case DMARING_OP_RECEIVE:
	case DMARING_OP_COPY:
	case DMARING_OP_INTERLEAVED:
	case DMARING_OP_CYCLIC_START:
		if (queue->channel->always_syncs)
			request->sqe.flags &= ~DMARING_SQE_NO_SYNC;
		dmaring_queue_append(queue, request, done);
		break;
	case DMARING_OP_NOP:
		request_end(request, 0, done);
		break;
	case DMARING_OP_CANCEL:
		cancel(ring, request, done);
		break;
	case DMARING_OP_ABORT:
	case DMARING_OP_CYCLIC_STOP:
		dmaring_queue_abort(queue, request, done);
		break;
	case DMARING_OP_FENCE:
		if (queue) {
			dmaring_queue_append(queue, request, done);
		} else {
			request->state = DMARING_REQUEST_QUEUED;
			WRITE_ONCE(ring->fence, request);
		}
		break;
	default:
		WARN_ON_ONCE(1);	/* validated before */
		request_end(request, -EINVAL, done);
	}
}
