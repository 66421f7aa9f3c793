// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tickets: what a dmaengine callback carries instead of a pointer.
 *
 * A provider may call back late, twice, or for a transfer that was terminated.
 * So the callback's argument names slot, channel and generation in one word,
 * and is looked up: a ticket whose generation has passed finds nothing.
 *
 * Owns: the table from channel numbers to channels, under RCU; ticket_lock
 * serialises its writers.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include "channel.h"
#include "device.h"

#define SLOT_BITS	8
#define CHANNEL_BITS	10
#define GENERATION_BITS	(BITS_PER_LONG - SLOT_BITS - CHANNEL_BITS > 32 ? 32 : \
			 BITS_PER_LONG - SLOT_BITS - CHANNEL_BITS)

static_assert(DMARING_SLOTS <= 1 << SLOT_BITS);

static struct dmaring_channel __rcu *table[1 << CHANNEL_BITS];
static DEFINE_MUTEX(ticket_lock);

/**
 * dmaring_ticket_register() - give a channel a number
 * @channel: the channel; callbacks may come from now on
 *
 * Context: may sleep.
 * Return: 0, or -ENOSPC when 1024 channels exist already.
 */
int dmaring_ticket_register(struct dmaring_channel *channel)
{
	unsigned int id;
	int ret = -ENOSPC;

	mutex_lock(&ticket_lock);
	for (id = 0; id < ARRAY_SIZE(table); id++) {
		if (rcu_access_pointer(table[id]))
			continue;
		channel->id = id;
		rcu_assign_pointer(table[id], channel);
		ret = 0;
		break;
	}
	mutex_unlock(&ticket_lock);
	return ret;
}

/**
 * dmaring_ticket_unregister() - take the number back
 * @channel: the channel; no callback touches it any more on return
 *
 * Context: may sleep: waits for a grace period.
 */
void dmaring_ticket_unregister(struct dmaring_channel *channel)
{
	mutex_lock(&ticket_lock);
	RCU_INIT_POINTER(table[channel->id], NULL);
	mutex_unlock(&ticket_lock);
	synchronize_rcu();
}

/**
 * dmaring_ticket() - argument for the callback of a slot's descriptor
 * @channel: the channel
 * @slot: the slot
 *
 * Context: any; whoever owns the slot.
 * Return: the ticket.
 */
void *dmaring_ticket(const struct dmaring_channel *channel, unsigned int slot)
{
	unsigned long ticket = channel->slots[slot].generation;

	ticket = ticket << CHANNEL_BITS | channel->id;
	return (void *)(ticket << SLOT_BITS | slot);
}

/**
 * dmaring_ticket_generation_next() - generation for the next use of a slot
 * @generation: of the use that ended
 *
 * Return: the next one; comes round after 2^14 uses on 32-bit machines.
 */
u32 dmaring_ticket_generation_next(u32 generation)
{
	return (generation + 1) & GENMASK(GENERATION_BITS - 1, 0);
}

/**
 * dmaring_ticket_callback() - dmaengine's callback_result
 * @param: a ticket
 * @result: what the engine says, or NULL
 *
 * Context: any that a provider chooses: interrupt, tasklet or thread.
 */
void dmaring_ticket_callback(void *param, const struct dmaengine_result *result)
{
	unsigned long ticket = (unsigned long)param;
	unsigned int slot = ticket & GENMASK(SLOT_BITS - 1, 0);
	unsigned int id = ticket >> SLOT_BITS & GENMASK(CHANNEL_BITS - 1, 0);
	struct dmaring_channel *channel;

	rcu_read_lock();
	channel = rcu_dereference(table[id]);
	if (channel && slot < DMARING_SLOTS)
		dmaring_channel_complete(channel, slot,
					 ticket >> (SLOT_BITS + CHANNEL_BITS),
					 result);
	rcu_read_unlock();
}
