// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tickets: ticket.c as the module compiles it, on a 64-bit machine.
 *
 * CBMC: -Ibuild/proofs/empty -Itests/fuzz --unwind 2
 */
#include "dma.h"
#include "ticket.c"
#include "claim.h"

static struct dmaring_channel channel;
static bool called;
static unsigned int called_slot;
static u32 called_generation;

/* Stands in for issue.c. */
void dmaring_channel_complete(struct dmaring_channel *c, unsigned int slot, u32 generation,
			      const struct dmaengine_result *result)
{
	(void)result;
	ASSERT(c == &channel);
	ASSERT(slot < DMARING_SLOTS);
	called = true;
	called_slot = slot;
	called_generation = generation;
}

/* CLAIM ticket_comes_back: a callback finds the channel, the slot and the generation that its ticket was made of */
void ticket_comes_back(void)
{
	unsigned int id = ANY(unsigned int), slot = ANY(unsigned int);
	u32 generation = dmaring_ticket_generation_next(ANY(u32));

	ASSUME(id < ARRAY_SIZE(table) && slot < DMARING_SLOTS);
	channel.id = id;
	table[id] = &channel;
	channel.slots[slot].generation = generation;
	called = false;
	dmaring_ticket_callback(dmaring_ticket(&channel, slot), NULL);
	ASSERT(called && called_slot == slot && called_generation == generation);
	REACHED();
}

/* CLAIM ticket_of_the_past: the next generation of a slot is another, and its ticket too */
void ticket_of_the_past(void)
{
	const unsigned int slot = DMARING_SLOTS - 1;
	u32 generation = dmaring_ticket_generation_next(ANY(u32));
	void *old;

	channel.id = ANY(unsigned int);
	ASSUME(channel.id < ARRAY_SIZE(table));
	channel.slots[slot].generation = generation;
	old = dmaring_ticket(&channel, slot);
	channel.slots[slot].generation = dmaring_ticket_generation_next(generation);
	ASSERT(channel.slots[slot].generation != generation);
	ASSERT(dmaring_ticket(&channel, slot) != old);
	REACHED();
}

/* CLAIM ticket_of_nobody: whatever a provider calls back with, nothing outside of the tables is touched, and nothing that is not registered */
void ticket_of_nobody(void)
{
	unsigned int id = ANY(unsigned int);

	ASSUME(id < ARRAY_SIZE(table));
	table[id] = &channel;
	dmaring_ticket_callback((void *)ANY(unsigned long), NULL);
	REACHED();
}
