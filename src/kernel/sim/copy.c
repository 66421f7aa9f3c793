// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP block "copy": an engine that copies memory, rows of a 2-D template too.
 */
#include "sim.h"

static bool copy_step(struct sim_device *device, unsigned long *flags)
{
	struct sim_channel *c = &device->channel[0];
	struct sim_desc *d = sim_active(c);
	struct sim_cursor at;
	size_t n;

	if (!d) {
		device->link_idle = true;
		return false;
	}
	n = sim_pace(device, min_t(u64, sim_desc_left(d), SIM_SLICE_BYTES));
	if (!n)
		return false;
	sim_charge(device, n);

	at = d->at;
	if (n <= SIM_LOCKED_BYTES) {
		sim_duplicate(c, d, &at, n);
	} else {
		sim_hold(d);
		spin_unlock_irqrestore(&device->lock, *flags);
		sim_duplicate(c, d, &at, n);
		spin_lock_irqsave(&device->lock, *flags);
		if (!sim_unhold(c, d))
			return true;
	}
	sim_advance(c, d, &at);
	if (!sim_desc_left(d))
		sim_finish(c, d);
	return true;
}

const struct sim_block sim_copy = {
	.name = "mem0",
	.channels = 1,
	.channel = {
		{ "copy", "copy", DMA_MEM_TO_MEM },
	},
	.step = copy_step,
};
