// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP block "loop": a FIFO from tx to rx with ready and valid. Bytes move only
 * while a send and a receive are armed.
 *
 * A send is a packet: its end ends the receive, which may then be short, and a
 * send that is longer than the receive goes on in the next one. Cyclic
 * transactions are streams and have no packets.
 */
#include "sim.h"

static bool loop_step(struct sim_device *device, unsigned long *flags)
{
	struct sim_channel *tx = &device->channel[0];
	struct sim_channel *rx = &device->channel[1];
	struct sim_desc *s = sim_active(tx);
	struct sim_desc *r = sim_active(rx);
	struct sim_cursor s_at, r_at;
	size_t n;

	if (!s || !r) {
		device->link_idle = true;
		return false;
	}
	n = min3(sim_desc_left(s), sim_desc_left(r), (u64)SIM_SLICE_BYTES);
	n = sim_pace(device, n);
	if (!n)
		return false;
	sim_charge(device, n);

	s_at = s->at;
	r_at = r->at;
	if (n <= SIM_LOCKED_BYTES) {
		sim_transfer(tx, s, &s_at, rx, r, &r_at, n);
	} else {
		sim_hold(s);
		sim_hold(r);
		spin_unlock_irqrestore(&device->lock, *flags);
		sim_transfer(tx, s, &s_at, rx, r, &r_at, n);
		spin_lock_irqsave(&device->lock, *flags);
		if (!sim_unhold(tx, s))
			s = NULL;
		if (!sim_unhold(rx, r))
			r = NULL;
	}

	if (r)
		sim_advance(rx, r, &r_at);
	if (s) {
		sim_advance(tx, s, &s_at);
		if (!s->period && !sim_desc_left(s)) {
			sim_finish(tx, s);
			if (r && !r->period) {
				sim_finish(rx, r);
				r = NULL;
			}
		}
	}
	if (r && !r->period && !sim_desc_left(r))
		sim_finish(rx, r);
	return true;
}

const struct sim_block sim_loop = {
	.name = "loop0",
	.channels = 2,
	.channel = {
		{ "tx", "loop-tx", DMA_MEM_TO_DEV },
		{ "rx", "loop-rx", DMA_DEV_TO_MEM },
	},
	.step = loop_step,
};
