// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making an engine stop, and asking it how far it is.
 *
 * dmaengine can end a whole channel only, and may busy-wait for a second while
 * it does: so this runs from the channel's own work item, never under a lock
 * and never for a channel that other rings share, except when the device goes.
 */
#include "ring.h"
#include "trace.h"

/* How long an engine without terminate may take to run dry. */
#define DRY_MS	1000

static u8 engine_status(enum dma_status status)
{
	switch (status) {
	case DMA_COMPLETE:
		return DMARING_ENGINE_COMPLETE;
	case DMA_IN_PROGRESS:
		return DMARING_ENGINE_RUNNING;
	case DMA_PAUSED:
		return DMARING_ENGINE_PAUSED;
	case DMA_ERROR:
		return DMARING_ENGINE_ERROR;
	default:
		return DMARING_ENGINE_UNKNOWN;
	}
}

struct sample {
	u32 generation;
	u32 residue;
	u8 engine;
};

/* What the engine says of each descriptor, right before it is stopped. */
static void engine_sample(struct dmaring_channel *channel, struct sample *samples)
{
	unsigned int slot;

	for (slot = 0; slot < DMARING_SLOTS; slot++) {
		struct dmaring_slot *s = &channel->slots[slot];
		struct dma_tx_state state = {};
		struct dmaring_request *request;
		dma_cookie_t cookie;
		enum dma_status status;

		spin_lock_irq(&channel->lock);
		request = s->request;
		cookie = s->cookie;
		samples[slot].generation = s->generation;
		spin_unlock_irq(&channel->lock);
		samples[slot].engine = DMARING_ENGINE_UNKNOWN;
		samples[slot].residue = 0;
		if (!request || cookie <= 0)
			continue;
		status = dmaengine_tx_status(channel->dma, cookie, &state);
		samples[slot].engine = engine_status(status);
		samples[slot].residue = state.residue;
	}
}

/* The same for a cyclic stream, which only ever ends by being stopped. */
static void cyclic_end(struct dmaring_channel *channel, unsigned int slot,
		       const struct sample *sample)
{
	struct dmaring_request *request = channel->slots[slot].request;

	lockdep_assert_held(&channel->lock);
	if (!request->engine && sample->generation == channel->slots[slot].generation)
		request->engine = sample->engine;
	if (channel->dead) {
		request->quarantined = true;
		WRITE_ONCE(request->ring->quarantine, true);
	}
	if (channel->gone)
		request->res = -ENODEV;
	else if (channel->dead)
		request->res = -EIO;
	else if (!request->res && !channel->cyclic.stopped)
		request->res = -ECANCELED;
	dmaring_cyclic_end(channel);
	request->descriptors--;
	dmaring_slot_free(channel, slot);
}

/* Why a request ends that has not failed by itself. */
static int end_result(const struct dmaring_channel *channel,
		      const struct dmaring_request *request)
{
	if (channel->gone)
		return -ENODEV;
	if (channel->dead)
		return -EIO;
	return request->timed_out ? -ETIMEDOUT : -ECANCELED;
}

/*
 * A copy can be done twice. When the driver itself stops a shared engine, those
 * whom this does not concern shall not notice; but nobody waits for an abort or a
 * close any longer than for what the engine has.
 */
static bool copy_may_repeat(const struct dmaring_channel *channel,
			    const struct dmaring_request *request)
{
	return dmaring_channel_shared(channel) && !channel->gone && !channel->dead &&
	       list_empty(&request->queue->aborts) && !READ_ONCE(request->ring->dead);
}

/* What is left of a stopped copy engine goes back to its queues, in order. */
static void copies_again(struct dmaring_channel *channel)
{
	struct dmaring_request *request, *next;

	lockdep_assert_held(&channel->lock);
	list_for_each_entry_safe_reverse(request, next, &channel->issued, node) {
		struct dmaring_queue *queue = request->queue;

		if (request->res || !copy_may_repeat(channel, request) ||
		    (!request->again && request->taken == request->sqe.bytes))
			continue;
		request->again = false;
		request->taken = 0;
		request->done = 0;
		request->residue = 0;
		request->engine = DMARING_ENGINE_UNKNOWN;
		request->state = DMARING_REQUEST_QUEUED;
		request->issued = false;
		WRITE_ONCE(queue->issued, queue->issued - 1);
		if (queue->current_request == request)
			queue->current_request = NULL;
		list_move(&request->node, &queue->pending);
		if (list_empty(&queue->ready))
			list_add_tail(&queue->ready, &channel->ready);
	}
}

/* The descriptor of @slot will not come back: account for it. */
static void slot_end(struct dmaring_channel *channel, unsigned int slot,
		     const struct sample *sample)
{
	struct dmaring_slot *s = &channel->slots[slot];
	struct dmaring_request *request = s->request;
	struct dmaring_ring *ring = request->ring;
	bool known = sample->generation == s->generation;
	u32 residue = known ? min(sample->residue, s->bytes) : s->bytes;

	lockdep_assert_held(&channel->lock);
	request->engine = known ? sample->engine : DMARING_ENGINE_UNKNOWN;
	if (request->engine == DMARING_ENGINE_COMPLETE) {
		/* Done before it was stopped; only the callback was missing. */
		request->done += s->bytes - residue;
		request->residue += residue;
	} else {
		request->residue += residue;
		if (channel->dead) {
			request->quarantined = true;
			WRITE_ONCE(ring->quarantine, true);
		}
		if (!request->res && copy_may_repeat(channel, request))
			request->again = true;
		else if (!request->res)
			request->res = end_result(channel, request);
	}
	request->descriptors--;
	dmaring_slot_free(channel, slot);
	if (request->res && request->queue->current_request == request)
		request->queue->current_request = NULL;
}

/*
 * Once @channel->stopping is set, wait until nobody is inside dmaengine.
 * Who issues, asks or samples wakes us when he lets go of his role.
 */
static void issuer_wait(struct dmaring_channel *channel)
{
	wait_event(channel->idle,
		   !READ_ONCE(channel->issuing) && !READ_ONCE(channel->holding) &&
		   !READ_ONCE(channel->cyclic.sampling));
}

static void engine_stop(struct dmaring_channel *channel)
{
	struct dmaring_request *request, *next;
	struct dmaring_ring *owner = NULL;
	unsigned int slot, wanted;
	struct sample *samples;
	LIST_HEAD(done);
	bool stopped;

	spin_lock_irq(&channel->lock);
	wanted = channel->stopping;
	spin_unlock_irq(&channel->lock);
	/* The run before has done it. */
	if (!wanted)
		return;
	samples = kcalloc(DMARING_SLOTS, sizeof(*samples), GFP_KERNEL | __GFP_NOFAIL);
	issuer_wait(channel);
	hrtimer_cancel(&channel->retry);
	hrtimer_cancel(&channel->cyclic.timer);
	dmaring_cyclic_sample(channel, true);

	engine_sample(channel, samples);
	stopped = !dmaengine_terminate_sync(channel->dma);
	if (!stopped) {
		/* No such operation, or refused: perhaps it runs dry by itself. */
		stopped = wait_event_timeout(channel->idle,
					     !READ_ONCE(channel->in_engine),
					     msecs_to_jiffies(DRY_MS));
		dmaengine_synchronize(channel->dma);
	}

	spin_lock_irq(&channel->lock);
	if (!stopped && channel->in_engine) {
		channel->dead = true;
		dev_err(&channel->device->dev,
			"%s: the engine does not stop; its buffers are quarantined\n",
			channel->name);
	}
	for (slot = 0; slot < DMARING_SLOTS; slot++) {
		struct dmaring_request *r = channel->slots[slot].request;

		if (r && channel->cyclic.request == r)
			cyclic_end(channel, slot, &samples[slot]);
		else if (r)
			slot_end(channel, slot, &samples[slot]);
	}
	if (dmaring_channel_shared(channel))
		copies_again(channel);
	/* In the order in which they were issued. */
	list_for_each_entry_safe(request, next, &channel->issued, node) {
		if (!request->res && request->taken < request->sqe.bytes)
			request->res = end_result(channel, request);
		dmaring_request_settle(request, &done);
	}
	channel->parked = false;
	channel->prep_failures = 0;
	/* Who asked meanwhile asked for another time. */
	channel->stopping -= wanted;
	spin_unlock_irq(&channel->lock);
	trace_dmaring_stop(channel, stopped);
	kfree(samples);

	dmaring_requests_finish(&done);
	dmaring_channel_issue(channel);
	/* The owner waits for this work item before it gives the channel up. */
	if (!dmaring_channel_shared(channel))
		owner = READ_ONCE(channel->owner);
	if (owner)
		dmaring_ring_drain(owner);
}

/**
 * dmaring_channel_stop_work() - terminate, synchronize, end what was issued
 * @work: channel->stop_work
 *
 * Context: work item; may take a second with some engines.
 */
void dmaring_channel_stop_work(struct work_struct *work)
{
	engine_stop(container_of(work, struct dmaring_channel, stop_work));
}

/**
 * dmaring_channel_stop_soon() - have the engine stopped
 * @channel: a channel that the caller owns, or whose device is going
 *
 * Nothing is issued from now until it has stopped, so that what comes later
 * is not ended with what was there before.
 *
 * Context: any; holds channel->lock. Nothing once the channel is released.
 */
void dmaring_channel_stop_soon(struct dmaring_channel *channel)
{
	lockdep_assert_held(&channel->lock);
	if (channel->released)
		return;
	channel->stopping++;
	queue_work(dmaring_workqueue, &channel->stop_work);
}

/**
 * dmaring_channel_stop() - stop the engine and wait until it has
 * @channel: a channel that the caller owns, or whose device is going
 *
 * Context: may sleep; holds no lock that another ring takes.
 */
void dmaring_channel_stop(struct dmaring_channel *channel)
{
	spin_lock_irq(&channel->lock);
	dmaring_channel_stop_soon(channel);
	spin_unlock_irq(&channel->lock);
	flush_work(&channel->stop_work);
	/* It may be completing what it found, for a ring that is about to go. */
	flush_work(&channel->watch_work);
}

/**
 * dmaring_channel_revive() - try once more to stop a dead engine
 * @channel: a channel that nobody holds
 *
 * Context: may sleep; holds device->lock, under which claims are made.
 * Return: 0, or -EIO if it still refuses.
 */
int dmaring_channel_revive(struct dmaring_channel *channel)
{
	if (!channel->dead)
		return 0;
	if (dmaengine_terminate_sync(channel->dma))
		return -EIO;
	spin_lock_irq(&channel->lock);
	channel->dead = false;
	spin_unlock_irq(&channel->lock);
	return 0;
}
