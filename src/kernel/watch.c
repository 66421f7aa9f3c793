// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watch over a channel: finds what an engine has done without saying so, and
 * copy engines that do nothing at all.
 *
 * A lost interrupt would else hold its request, and a place in the engine, for
 * ever: a request need not have a time-out, and a shared channel is never ended for
 * one. Where nothing ends the looks become rarer, so that a receive that waits for
 * days costs next to nothing.
 *
 * Owns: channel->watch, under channel->lock.
 */
#include <linux/moduleparam.h>
#include "ring.h"

#define LOOK_MS		500
#define LOOK_MS_MAX	8000

static uint copy_stop_ms;
module_param(copy_stop_ms, uint, 0644);
MODULE_PARM_DESC(copy_stop_ms,
		 "Stop a copy engine in which nothing has ended for so long, milliseconds; 0: never");

/* What was there at the last look already; a cyclic stream has an eye on itself. */
static bool slot_is_old(const struct dmaring_slot *slot, const void *channel)
{
	return slot->watched &&
	       slot->request != ((const struct dmaring_channel *)channel)->cyclic.request;
}

static void slots_ask(struct dmaring_channel *channel)
{
	unsigned int slot;

	dmaring_channel_ask(channel, slot_is_old, channel);
	spin_lock_irq(&channel->lock);
	for (slot = 0; slot < DMARING_SLOTS; slot++)
		channel->slots[slot].watched = channel->slots[slot].request;
	spin_unlock_irq(&channel->lock);
}

/*
 * Nothing has ended for too long. The copy at the front is to blame and fails; the
 * others begin anew when the engine has stopped.
 */
static void engine_blame(struct dmaring_channel *channel)
{
	struct dmaring_request *request;

	lockdep_assert_held(&channel->lock);
	list_for_each_entry(request, &channel->issued, node) {
		if (!request->descriptors)
			continue;
		if (!request->res)
			request->res = -EIO;
		dmaring_channel_stop_soon(channel);
		dev_warn_ratelimited(&channel->device->dev,
				     "%s: nothing has ended for %u ms: the engine is stopped\n",
				     channel->name, READ_ONCE(copy_stop_ms));
		return;
	}
}

static void watch_start(struct dmaring_channel *channel, s64 ms)
{
	channel->watching = true;
	hrtimer_start(&channel->watch, ms_to_ktime(ms), HRTIMER_MODE_REL_SOFT);
}

static void watch_work(struct work_struct *work)
{
	struct dmaring_channel *channel =
		container_of(work, struct dmaring_channel, watch_work);
	u32 limit = READ_ONCE(copy_stop_ms);
	s64 still;

	slots_ask(channel);
	spin_lock_irq(&channel->lock);
	channel->watching = false;
	if (channel->ended != channel->watch_ended) {
		channel->watch_ended = channel->ended;
		channel->watch_since = ktime_get();
	}
	if (channel->in_engine && !channel->released && !channel->gone) {
		still = ktime_ms_delta(ktime_get(), channel->watch_since);
		if (limit && dmaring_channel_shared(channel) && still >= limit &&
		    !channel->stopping)
			engine_blame(channel);
		/* A moment later each time, for as long again as it has been quiet. */
		watch_start(channel, clamp_t(s64, still / 2, LOOK_MS,
					     limit ? LOOK_MS : LOOK_MS_MAX));
	}
	spin_unlock_irq(&channel->lock);
	/* Of a shared channel, whose callbacks leave this to others too. */
	dmaring_channel_issue(channel);
}

static enum hrtimer_restart watch_fire(struct hrtimer *timer)
{
	struct dmaring_channel *channel =
		container_of(timer, struct dmaring_channel, watch);

	queue_work(dmaring_workqueue, &channel->watch_work);
	return HRTIMER_NORESTART;
}

/**
 * dmaring_watch_init() - prepare the watch
 * @channel: a new channel
 */
void dmaring_watch_init(struct dmaring_channel *channel)
{
	hrtimer_setup(&channel->watch, watch_fire, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	INIT_WORK(&channel->watch_work, watch_work);
}

/**
 * dmaring_watch_begin() - something is in the engine
 * @channel: the channel
 *
 * Context: any; holds channel->lock.
 */
void dmaring_watch_begin(struct dmaring_channel *channel)
{
	lockdep_assert_held(&channel->lock);
	if (likely(channel->watching) || channel->released)
		return;
	channel->watch_ended = channel->ended;
	channel->watch_since = ktime_get();
	watch_start(channel, LOOK_MS);
}

/**
 * dmaring_watch_end() - nobody looks any more
 * @channel: released
 *
 * Context: may sleep.
 */
void dmaring_watch_end(struct dmaring_channel *channel)
{
	/* The work item does not start the timer again once the channel is released. */
	hrtimer_cancel(&channel->watch);
	cancel_work_sync(&channel->watch_work);
}
