// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep of the system.
 *
 * An engine may lose its state, so nothing is left in it. What can end by itself
 * does; what cannot, such as a receive that waits for its device, is ended, and the
 * user learns it from the completion; copies begin anew afterwards. What is queued
 * stays queued. The user's own threads stand still meanwhile.
 */
#include "ring.h"

/* An engine in which nothing ends for so long has nothing that will. */
#define QUIET_MS	200
#define PATIENCE_MS	10000

static bool channel_empty(struct dmaring_channel *channel)
{
	return !READ_ONCE(channel->issuing) && !READ_ONCE(channel->in_engine);
}

/* Wait while descriptors keep leaving the engine. */
static void channel_settle(struct dmaring_channel *channel)
{
	ktime_t end = ktime_add_ms(ktime_get(), PATIENCE_MS);
	u32 ended;

	do {
		ended = READ_ONCE(channel->ended);
		/* A cyclic stream has no end. */
		if (READ_ONCE(channel->cyclic.request))
			return;
		if (wait_event_timeout(channel->idle, channel_empty(channel),
				       msecs_to_jiffies(QUIET_MS)))
			return;
	} while (READ_ONCE(channel->ended) != ended && ktime_before(ktime_get(), end));
}

/**
 * dmaring_channels_suspend() - leave nothing in the engines of a device
 * @channels: its channels
 * @n: how many
 *
 * Context: may sleep; the device stays bound meanwhile.
 */
void dmaring_channels_suspend(struct dmaring_channel **channels, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		spin_lock_irq(&channels[i]->lock);
		channels[i]->suspended = true;
		spin_unlock_irq(&channels[i]->lock);
	}
	for (i = 0; i < n; i++) {
		channel_settle(channels[i]);
		if (!channel_empty(channels[i]))
			dmaring_channel_stop(channels[i]);
	}
}

/**
 * dmaring_channel_resume() - go on with what is queued
 * @channel: suspended
 *
 * Context: may sleep.
 */
void dmaring_channel_resume(struct dmaring_channel *channel)
{
	spin_lock_irq(&channel->lock);
	channel->suspended = false;
	spin_unlock_irq(&channel->lock);
	dmaring_channel_issue(channel);
}
