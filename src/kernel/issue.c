// SPDX-License-Identifier: GPL-2.0-only
/*
 * From queues into the engine, and back out of it.
 *
 * Owns: the slots of a channel and the states QUEUED, ISSUED of requests.
 * Locks: channel->lock protects both. dmaengine is never called with it held,
 * since some providers (mv_xor, ioat) call back under a lock of their own;
 * instead one context at a time holds the role channel->issuing, and whoever
 * comes meanwhile leaves channel->issue_again for it.
 */
#include "ring.h"
#include "trace.h"

/* Tries of prep with nothing in flight: 1, 2, 4 ... 128 ms. */
#define PREP_TRIES	8

static bool queue_has_work(const struct dmaring_queue *queue)
{
	return queue->current_request || !list_empty(&queue->pending);
}

/* Let the queue take its turn, if it has something to do. */
static void queue_kick(struct dmaring_queue *queue)
{
	lockdep_assert_held(&queue->channel->lock);
	if (queue_has_work(queue) && list_empty(&queue->ready))
		list_add_tail(&queue->ready, &queue->channel->ready);
}

/* Have the ring drained, and its doorbell flag with it, by the work item. */
static void queue_drain_later(struct dmaring_queue *queue)
{
	lockdep_assert_held(&queue->channel->lock);
	if (!READ_ONCE(queue->ring->dead) && list_empty(&queue->drain))
		list_add_tail(&queue->drain, &queue->channel->drain);
}

/**
 * dmaring_queue_leave() - a request of the queue has been completed
 * @queue: the queue
 * @issued: it was counted in queue->issued
 * @settled: it was counted in channel->finishing
 * @more: list that takes what had waited for this
 *
 * Lets go of what waited for the queue to be empty in the engine: aborts at
 * once, fences through the next issue. The ring asks for a drain here and not
 * earlier, when the work item could still find the channel busy and leave
 * NEED_DOORBELL clear for good. Who drains by himself does not run the work item.
 *
 * Context: any; holds none of our locks.
 */
void dmaring_queue_leave(struct dmaring_queue *queue, bool issued, bool settled,
			 struct list_head *more)
{
	struct dmaring_channel *channel = queue->channel;
	struct dmaring_request *abort;
	unsigned long irq;

	spin_lock_irqsave(&channel->lock, irq);
	channel->finishing -= settled;
	if (issued) {
		WRITE_ONCE(queue->issued, queue->issued - 1);
		if (!queue->issued) {
			list_for_each_entry(abort, &queue->aborts, node) {
				abort->state = DMARING_REQUEST_DONE;
				dmaring_request_hold(abort);
			}
			list_splice_tail_init(&queue->aborts, more);
		}
	}
	queue_kick(queue);
	queue_drain_later(queue);
	spin_unlock_irqrestore(&channel->lock, irq);
}

/**
 * dmaring_request_settle() - move a request out if nothing is left to wait for
 * @request: an ISSUED request
 * @done: list that takes finished requests
 *
 * Context: any; holds channel->lock.
 */
void dmaring_request_settle(struct dmaring_request *request,
			    struct list_head *done)
{
	struct dmaring_queue *queue = request->queue;

	lockdep_assert_held(&queue->channel->lock);
	if (request->descriptors)
		return;
	if (!request->res && request->taken < request->sqe.bytes)
		return;
	if (queue->current_request == request)
		queue->current_request = NULL;
	request->state = DMARING_REQUEST_DONE;
	request->settled = true;
	queue->channel->finishing++;
	list_move_tail(&request->node, done);
	queue_kick(queue);
}

/*
 * The next request that may be issued, by turns among the rings. NULL: nothing
 * to do, or a fence whose time has come is in @done and is to be completed
 * before anything behind it is issued.
 */
static struct dmaring_request *channel_next(struct dmaring_channel *channel,
					    struct list_head *done)
{
	struct dmaring_request *request;
	struct dmaring_queue *queue;

	lockdep_assert_held(&channel->lock);
	while (!list_empty(&channel->ready)) {
		queue = list_first_entry(&channel->ready, struct dmaring_queue, ready);
		request = queue->current_request;
		if (!request)
			request = list_first_entry_or_null(&queue->pending,
							   struct dmaring_request,
							   node);
		if (!request || !list_empty(&queue->aborts)) {
			list_del_init(&queue->ready);
			continue;
		}
		/* A cyclic stream has the engine for itself. */
		if (queue->issued && (request->sqe.opcode == DMARING_OP_FENCE ||
				      request->sqe.opcode == DMARING_OP_CYCLIC_START)) {
			list_del_init(&queue->ready);
			continue;
		}
		if (request->sqe.opcode == DMARING_OP_FENCE) {
			dmaring_request_take_back(request, 0, done);
			return NULL;
		}
		if (!list_is_singular(&channel->ready))
			list_move_tail(&queue->ready, &channel->ready);
		return request;
	}
	return NULL;
}

/**
 * dmaring_slot_free() - a descriptor has left the engine
 * @channel: the channel
 * @slot: its slot; later callbacks with its ticket find nothing
 *
 * Context: any; holds channel->lock.
 */
void dmaring_slot_free(struct dmaring_channel *channel, unsigned int slot)
{
	struct dmaring_slot *s = &channel->slots[slot];

	lockdep_assert_held(&channel->lock);
	s->request = NULL;
	s->generation = dmaring_ticket_generation_next(s->generation);
	channel->free_slot[channel->free_slots++] = slot;
	channel->in_engine--;
	channel->ended++;
	if (!channel->in_engine && !channel->starved_since &&
	    !dmaring_channel_shared(channel))
		channel->starved_since = ktime_get();
}

/* @request is the first that the engine gets after @ns with nothing. */
static void starved_end(struct dmaring_channel *channel,
			struct dmaring_request *request, s64 ns)
{
	struct dmaring_queue *queue = request->queue;

	lockdep_assert_held(&channel->lock);
	channel->starved++;
	channel->starved_ns += ns;
	/* What came meanwhile is counted by numbers, or nowhere. */
	if (channel->kind == DMARING_CHANNEL_RECEIVE && !channel->sequence.mode)
		request->loss_unknown = true;
	if (queue->ring->streams) {
		struct dmaring_kern_stream *line = &queue->ring->streams[queue->index];

		queue->starved_ns += ns;
		WRITE_ONCE(line->starved_ns, queue->starved_ns);
		WRITE_ONCE(line->starved, ++queue->starved);
	}
}

/* Take a slot for the next descriptor of @request, @bytes long. */
static unsigned int slot_take(struct dmaring_channel *channel,
			      struct dmaring_request *request, u32 bytes)
{
	unsigned int slot = channel->free_slot[--channel->free_slots];
	struct dmaring_slot *s = &channel->slots[slot];
	struct dmaring_queue *queue = request->queue;

	lockdep_assert_held(&channel->lock);
	s->request = request;
	s->bytes = bytes;
	s->cookie = 0;
	s->watched = false;
	if (request->state == DMARING_REQUEST_QUEUED) {
		request->state = DMARING_REQUEST_ISSUED;
		request->issued = true;
		list_move_tail(&request->node, &channel->issued);
		WRITE_ONCE(queue->issued, queue->issued + 1);
	}
	if (request->sqe.opcode == DMARING_OP_CYCLIC_START)
		channel->cyclic.request = request;
	request->taken += bytes;
	request->descriptors++;
	queue->current_request = request->taken < request->sqe.bytes ? request : NULL;
	channel->in_engine++;
	if (unlikely(channel->starved_since)) {
		starved_end(channel, request,
			    ktime_to_ns(ktime_sub(ktime_get(), channel->starved_since)));
		channel->starved_since = 0;
	}
	return slot;
}

/* The engine did not take the descriptor: as if it had not been tried. */
static void slot_untake(struct dmaring_channel *channel, unsigned int slot,
			struct list_head *done)
{
	struct dmaring_request *request = channel->slots[slot].request;
	struct dmaring_queue *queue = request->queue;

	if (channel->cyclic.request == request)
		dmaring_cyclic_forget(channel);
	request->taken -= channel->slots[slot].bytes;
	request->descriptors--;
	dmaring_slot_free(channel, slot);
	/* Whoever aborted meanwhile counted on it, or will not look again. */
	if (!request->res && (!list_empty(&queue->aborts) || READ_ONCE(queue->ring->dead)))
		request->res = READ_ONCE(channel->device->gone) ? -ENODEV : -ECANCELED;
	if (request->res) {
		dmaring_request_settle(request, done);
	} else if (!request->started) {
		request->state = DMARING_REQUEST_QUEUED;
		request->issued = false;
		list_move(&request->node, &queue->pending);
		WRITE_ONCE(queue->issued, queue->issued - 1);
		queue->current_request = NULL;
		queue_kick(queue);
		/* A drain may have seen it issued, and left NEED_DOORBELL clear. */
		queue_drain_later(queue);
	} else {
		queue->current_request = request;
		queue_kick(queue);
	}
}

/*
 * prep failed. With something in flight its completion tries again; with
 * nothing in flight a timer does, a bounded number of times.
 */
static void channel_park(struct dmaring_channel *channel,
			 struct dmaring_request *request, struct list_head *done)
{
	lockdep_assert_held(&channel->lock);
	if (channel->in_engine) {
		channel->parked = true;
		return;
	}
	if (channel->prep_failures++ < PREP_TRIES) {
		channel->parked = true;
		hrtimer_start(&channel->retry,
			      ms_to_ktime(1 << (channel->prep_failures - 1)),
			      HRTIMER_MODE_REL_SOFT);
		return;
	}
	/* Give this one up, and look whether the next one fares better. */
	channel->prep_failures = 0;
	channel->issue_again = true;
	if (request->state == DMARING_REQUEST_QUEUED) {
		dmaring_request_take_back(request, -EIO, done);
	} else if (request->state == DMARING_REQUEST_ISSUED) {
		request->res = -EIO;
		dmaring_request_settle(request, done);
	}
}

static dma_cookie_t completed_cookie(const struct dmaring_channel *channel)
{
	/* Providers write it plainly, under locks of their own. */
	return data_race(READ_ONCE(channel->dma->completed_cookie));
}

/*
 * Had the engine done all that it was given, up to @newest, and only the
 * callbacks are late? The cookie that it completed last is a word in memory, so
 * this costs a load each time that something is issued. A provider that does not
 * keep the word is never found dry here; for how long it was nobody knows.
 */
static void late_check(struct dmaring_channel *channel,
		       struct dmaring_request *first, dma_cookie_t newest)
{
	lockdep_assert_held(&channel->lock);
	if (likely(completed_cookie(channel) != newest))
		return;
	if (!dmaring_channel_shared(channel) && first->state == DMARING_REQUEST_ISSUED)
		starved_end(channel, first, 0);
}

static bool channel_may_issue(const struct dmaring_channel *channel)
{
	return !channel->stopping && !channel->suspended && !channel->dead &&
	       !channel->gone && !channel->parked && !channel->cyclic.request &&
	       channel->in_engine < channel->window;
}

/**
 * dmaring_channel_issue() - hand over what the engine has room for
 * @channel: the channel
 *
 * Context: any but the callback of a shared channel. Holds none of our locks.
 */
void dmaring_channel_issue(struct dmaring_channel *channel)
{
	struct dmaring_request *request, *first;
	unsigned long irq;
	bool stopping, drain = false;
	LIST_HEAD(done);

	spin_lock_irqsave(&channel->lock, irq);
	if (channel->issuing || list_empty(&channel->ready) ||
	    !channel_may_issue(channel)) {
		channel->issue_again = channel->issuing;
		spin_unlock_irqrestore(&channel->lock, irq);
		return;
	}
	channel->issuing = true;
	do {
		dma_cookie_t newest = channel->in_engine ? channel->newest : 0;

		channel->issue_again = false;
		first = NULL;
		while (channel_may_issue(channel)) {
			unsigned int slot;
			dma_cookie_t cookie;
			u32 taken, bytes;

			request = channel_next(channel, &done);
			if (!list_empty(&done)) {
				spin_unlock_irqrestore(&channel->lock, irq);
				dmaring_requests_finish(&done);
				drain = true;
				spin_lock_irqsave(&channel->lock, irq);
				continue;
			}
			if (!request)
				break;
			taken = request->taken;
			bytes = dmaring_request_piece(channel, request);
			slot = slot_take(channel, request, bytes);
			spin_unlock_irqrestore(&channel->lock, irq);
			cookie = dmaring_request_submit(channel, request, slot, taken, bytes);
			trace_dmaring_issue(channel, request->sqe.user_data, bytes, cookie);
			spin_lock_irqsave(&channel->lock, irq);
			if (dma_submit_error(cookie)) {
				slot_untake(channel, slot, &done);
				channel_park(channel, request, &done);
				drain = true;
				break;
			}
			channel->slots[slot].cookie = cookie;
			channel->newest = cookie;
			if (channel->cyclic.request == request)
				dmaring_cyclic_begin(channel, request, slot);
			channel->prep_failures = 0;
			request->started = true;
			first = first ?: request;
			if (channel->one_by_one)
				break;
		}
		if (first) {
			if (newest)
				late_check(channel, first, newest);
			spin_unlock_irqrestore(&channel->lock, irq);
			dma_async_issue_pending(channel->dma);
			spin_lock_irqsave(&channel->lock, irq);
			dmaring_watch_begin(channel);
			if (channel->one_by_one)
				channel->issue_again = true;
		}
	} while (channel->issue_again);
	channel->issuing = false;
	stopping = channel->stopping || channel->suspended;
	spin_unlock_irqrestore(&channel->lock, irq);
	if (stopping)
		wake_up(&channel->idle);
	dmaring_requests_finish(&done);
	/* The caller's own ring may not be the one, and not all callers drain. */
	if (drain)
		queue_work(dmaring_workqueue, &channel->drain_work);
}

static u8 engine_status(enum dmaengine_tx_result result)
{
	switch (result) {
	case DMA_TRANS_NOERROR:
		return DMARING_ENGINE_COMPLETE;
	case DMA_TRANS_READ_FAILED:
		return DMARING_ENGINE_READ_FAILED;
	case DMA_TRANS_WRITE_FAILED:
		return DMARING_ENGINE_WRITE_FAILED;
	case DMA_TRANS_ABORTED:
		return DMARING_ENGINE_ABORTED;
	}
	return DMARING_ENGINE_ERROR;
}

/* The number of the block in a slot; drops the lock while it asks the provider. */
static bool slot_number(struct dmaring_channel *channel, unsigned int slot,
			u32 generation, const struct dmaengine_result *result,
			u32 *number, unsigned long *irq)
{
	struct dmaring_slot *s = &channel->slots[slot];
	struct dma_async_tx_descriptor *descriptor = s->descriptor;
	bool numbered;

	lockdep_assert_held(&channel->lock);
	if (!s->request || s->generation != generation || !descriptor ||
	    channel->cyclic.request || (result && result->result != DMA_TRANS_NOERROR))
		return false;
	s->descriptor = NULL;
	spin_unlock_irqrestore(&channel->lock, *irq);
	numbered = dmaring_sequence_read(channel, slot, descriptor, number);
	spin_lock_irqsave(&channel->lock, *irq);
	return numbered;
}

/*
 * Does the provider itself say that the descriptor is not done? A callback that
 * comes too early would give away a buffer, or the pages of a ring that ends, while
 * the engine works on them. A load, no call of dmaengine: some providers hold
 * the lock of tx_status while they call back, and some complete the cookie
 * afterwards only (mv_xor), so it is for those whose cookies are known to be true.
 */
static bool slot_is_early(const struct dmaring_channel *channel,
			  const struct dmaring_slot *s)
{
	lockdep_assert_held(&channel->lock);
	if (!channel->cookie_known || s->cookie <= 0)
		return false;
	return dma_async_is_complete(s->cookie, completed_cookie(channel), channel->newest) !=
	       DMA_COMPLETE;
}

/**
 * dmaring_channel_complete() - a descriptor has left the engine
 * @channel: the channel
 * @slot: slot of the ticket
 * @generation: generation of the ticket
 * @result: what the engine says, or NULL
 *
 * A ticket that is not the slot's present one is counted and forgotten, and so is
 * a callback that comes before its descriptor is done.
 * On an owned channel this also drains the ring and issues more; on a shared
 * one that is left to a work item, as some providers call back under the lock
 * that prep takes (mv_xor, ioat).
 *
 * Context: any; holds none of our locks.
 */
void dmaring_channel_complete(struct dmaring_channel *channel,
			      unsigned int slot, u32 generation,
			      const struct dmaengine_result *result)
{
	bool shared = dmaring_channel_shared(channel), stopping, numbered = false;
	struct dmaring_slot *s = &channel->slots[slot];
	struct dmaring_request *request;
	struct dmaring_queue *queue;
	struct dmaring_ring *ring;
	unsigned long irq;
	u32 residue = 0, number = 0;
	LIST_HEAD(done);

	spin_lock_irqsave(&channel->lock, irq);
	request = s->request;
	if (unlikely(request && s->generation == generation &&
		     channel->cyclic.request != request && slot_is_early(channel, s)))
		request = NULL;
	else if (unlikely(channel->sequence.mode)) {
		numbered = slot_number(channel, slot, generation, result, &number, &irq);
		request = s->request;
	}
	if (!request || s->generation != generation) {
		spin_unlock_irqrestore(&channel->lock, irq);
		atomic64_inc(&channel->device->counters.stray_callbacks);
		return;
	}
	queue = request->queue;
	ring = request->ring;
	if (channel->cyclic.request == request) {
		channel->cyclic.callbacks++;
		if (result && result->result != DMA_TRANS_NOERROR && !request->res) {
			request->res = -EIO;
			request->engine = engine_status(result->result);
			dmaring_channel_stop_soon(channel);
		}
		spin_unlock_irqrestore(&channel->lock, irq);
		dmaring_cyclic_sample(channel, false);
		return;
	}
	if (result) {
		u8 engine = engine_status(result->result);

		residue = min(result->residue, s->bytes);
		if (result->result != DMA_TRANS_NOERROR && !request->res)
			request->res = -EIO;
		if (engine != DMARING_ENGINE_COMPLETE || !request->engine)
			request->engine = engine;
	}
	if (unlikely(channel->sequence.mode) &&
	    (!result || result->result == DMA_TRANS_NOERROR))
		dmaring_sequence_count(channel, request, numbered, number);
	request->done += s->bytes - residue;
	request->residue += residue;
	request->descriptors--;
	dmaring_slot_free(channel, slot);
	if (request->res && queue->current_request == request)
		queue->current_request = NULL;
	channel->parked = false;
	dmaring_request_settle(request, &done);
	/* Who asks the engine has an earlier one, and posts this one after it. */
	if (unlikely(channel->holding) && !list_empty(&done)) {
		list_splice_tail_init(&done, &channel->held);
		channel->held_count++;
	}
	stopping = channel->stopping || channel->suspended;
	spin_unlock_irqrestore(&channel->lock, irq);

	dmaring_requests_finish(&done);
	if (stopping)
		wake_up(&channel->idle);
	if (shared) {
		queue_work(dmaring_workqueue, &channel->drain_work);
	} else {
		/*
		 * The ring is alive: closing it synchronizes with callbacks of
		 * its own channels before it lets go of the last reference.
		 */
		if (!list_empty(&channel->ready))
			dmaring_channel_issue(channel);
		if (dmaring_ring_drain(ring))
			atomic64_inc(&channel->device->counters.drains_without_doorbell);
	}
}

/**
 * dmaring_channel_drain_work() - issue and drain outside of callbacks
 * @work: channel->drain_work
 *
 * Context: work item.
 */
void dmaring_channel_drain_work(struct work_struct *work)
{
	struct dmaring_channel *channel =
		container_of(work, struct dmaring_channel, drain_work);
	struct dmaring_queue *queue;
	struct dmaring_ring *ring;
	LIST_HEAD(drain);

	dmaring_channel_issue(channel);
	for (;;) {
		ring = NULL;
		spin_lock_irq(&channel->lock);
		queue = list_first_entry_or_null(&channel->drain,
						 struct dmaring_queue, drain);
		if (queue) {
			list_del_init(&queue->drain);
			ring = queue->ring;
			/* A ring on its way out takes itself off the list. */
			if (!kref_get_unless_zero(&ring->refs))
				ring = NULL;
		}
		spin_unlock_irq(&channel->lock);
		if (!queue)
			break;
		if (!ring)
			continue;
		if (dmaring_ring_drain(ring))
			atomic64_inc(&channel->device->counters.drains_without_doorbell);
		dmaring_ring_put(ring);
		cond_resched();
	}
}

/**
 * dmaring_channel_retry() - try prep again
 * @timer: channel->retry
 *
 * Context: softirq; the work item does it.
 * Return: HRTIMER_NORESTART.
 */
enum hrtimer_restart dmaring_channel_retry(struct hrtimer *timer)
{
	struct dmaring_channel *channel =
		container_of(timer, struct dmaring_channel, retry);
	unsigned long irq;

	spin_lock_irqsave(&channel->lock, irq);
	channel->parked = false;
	spin_unlock_irqrestore(&channel->lock, irq);
	queue_work(dmaring_workqueue, &channel->drain_work);
	return HRTIMER_NORESTART;
}
