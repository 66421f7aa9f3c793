// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking an engine about descriptors whose callbacks have not come.
 *
 * What is done after all completes here, in the order of issue. Callbacks may run
 * meanwhile, and one that has taken its request may not have posted it yet: so
 * from then on completions are held back, those under way are waited for, and
 * what was held follows.
 *
 * Owns: channel->holding, channel->held. Locks: channel->lock protects both.
 */
#include <linux/delay.h>
#include "ring.h"

/* How often to look whether callbacks under way have posted. */
#define LOOK_US	50

static bool posted(struct dmaring_channel *channel)
{
	bool all;

	spin_lock_irq(&channel->lock);
	all = channel->finishing == channel->held_count;
	spin_unlock_irq(&channel->lock);
	return all;
}

/* From here on nobody else posts completions of the channel. */
static bool hold_begin(struct dmaring_channel *channel)
{
	bool busy, got;

	/* Not refused: a time-out that could not ask would end what is done. */
	do {
		wait_event(channel->idle, !READ_ONCE(channel->holding));
		spin_lock_irq(&channel->lock);
		busy = channel->holding;
		/* Who stops the engine completes all that it has. */
		got = !busy && !channel->stopping && !channel->gone;
		if (got)
			channel->holding = true;
		spin_unlock_irq(&channel->lock);
	} while (busy);
	while (got && !posted(channel))
		usleep_range(LOOK_US, 2 * LOOK_US);
	return got;
}

static void hold_end(struct dmaring_channel *channel)
{
	LIST_HEAD(done);
	bool any = false;

	for (;;) {
		spin_lock_irq(&channel->lock);
		list_splice_tail_init(&channel->held, &done);
		channel->held_count = 0;
		channel->holding = !list_empty(&done);
		spin_unlock_irq(&channel->lock);
		if (list_empty(&done))
			break;
		dmaring_requests_finish(&done);
		any = true;
	}
	/* The callbacks drained before their completions were posted. */
	if (any)
		queue_work(dmaring_workqueue, &channel->drain_work);
	/* For who waits to stop the engine. */
	wake_up(&channel->idle);
}

/* What @wanted picks, in the order of issue. */
static unsigned int slots_pick(struct dmaring_channel *channel,
			       dmaring_slot_filter *wanted, const void *data, u8 *picked)
{
	struct dmaring_slot *s = channel->slots;
	unsigned int n = 0, slot, i;

	spin_lock_irq(&channel->lock);
	for (slot = 0; slot < DMARING_SLOTS && !channel->gone; slot++) {
		if (!s[slot].request || s[slot].cookie <= 0 || !wanted(&s[slot], data))
			continue;
		/* Cookies grow, and begin anew after 2^31: never amid so few. */
		for (i = n++; i && s[picked[i - 1]].cookie - s[slot].cookie > 0; i--)
			picked[i] = picked[i - 1];
		picked[i] = slot;
	}
	spin_unlock_irq(&channel->lock);
	return n;
}

/* Is it done? Completes it if so, when @complete. */
static bool slot_ask(struct dmaring_channel *channel, unsigned int slot,
		     dmaring_slot_filter *wanted, const void *data, bool complete)
{
	struct dmaengine_result result = { .result = DMA_TRANS_NOERROR };
	struct dmaring_slot *s = &channel->slots[slot];
	struct dma_tx_state state = {};
	dma_cookie_t cookie = 0;
	u32 generation = 0;

	spin_lock_irq(&channel->lock);
	if (s->request && !channel->gone && wanted(s, data)) {
		cookie = s->cookie;
		generation = s->generation;
	}
	spin_unlock_irq(&channel->lock);
	if (cookie <= 0 ||
	    dmaengine_tx_status(channel->dma, cookie, &state) != DMA_COMPLETE)
		return false;
	if (!complete)
		return true;
	result.residue = state.residue;
	if (channel->sequence.mode) {
		/* Its metadata is only there while a callback runs. */
		spin_lock_irq(&channel->lock);
		if (s->generation == generation)
			s->descriptor = NULL;
		spin_unlock_irq(&channel->lock);
	}
	dmaring_channel_complete(channel, slot, generation, &result);
	return true;
}

/**
 * dmaring_channel_ask() - ask the engine whether descriptors are done after all
 * @channel: the channel
 * @wanted: picks them, with channel->lock held
 * @data: for @wanted
 *
 * Those that are complete here, before anything that was issued later: their
 * callbacks were lost, or come later and find nothing.
 *
 * Context: process; holds none of our locks.
 */
void dmaring_channel_ask(struct dmaring_channel *channel, dmaring_slot_filter *wanted,
			 const void *data)
{
	u8 picked[DMARING_SLOTS];
	bool done[DMARING_SLOTS];
	unsigned int n, i;

	n = slots_pick(channel, wanted, data, picked);
	/* Holding everybody else back is for those few times that one is done. */
	for (i = 0; i < n && !slot_ask(channel, picked[i], wanted, data, false); i++)
		;
	if (i == n || !hold_begin(channel))
		return;
	n = slots_pick(channel, wanted, data, picked);
	/*
	 * The engine goes on meanwhile. Were an older one asked first, it could be done
	 * just after that, and a newer one be found done and posted before it.
	 */
	for (i = n; i--;)
		done[i] = slot_ask(channel, picked[i], wanted, data, false);
	for (i = 0; i < n; i++) {
		if (done[i])
			slot_ask(channel, picked[i], wanted, data, true);
	}
	hold_end(channel);
}
