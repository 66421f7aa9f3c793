// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judging the client: what it does against the rules of dmaengine is counted,
 * and said in the log.
 *
 * Locks: device->lock is held by whoever judges.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bug.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include "sim.h"

atomic_t sim_violations = ATOMIC_INIT(0);

const char *const sim_violation_names[SIM_VIOLATIONS] = {
	[SIM_V_PREP_IN_CALLBACK] = "prep_in_callback",
	[SIM_V_CALL_IN_CALLBACK] = "call_in_callback",
	[SIM_V_PREP_UNPAIRED] = "prep_unpaired",
	[SIM_V_SUBMIT_UNPAIRED] = "submit_unpaired",
	[SIM_V_NO_ACK] = "no_ack",
	[SIM_V_NO_SYNCHRONIZE] = "no_synchronize",
	[SIM_V_RELEASED_BUSY] = "released_busy",
	[SIM_V_BAD_ADDRESS] = "bad_address",
	[SIM_V_BAD_LENGTH] = "bad_length",
	[SIM_V_ALIGNMENT] = "alignment",
	[SIM_V_BOUNDARY] = "boundary",
	[SIM_V_BURST] = "burst",
	[SIM_V_TOUCHED] = "touched",
	[SIM_V_ASLEEP] = "asleep",
};

static const char *const meanings[SIM_VIOLATIONS] = {
	[SIM_V_PREP_IN_CALLBACK] = "memcpy prepared from the channel's own callback",
	[SIM_V_CALL_IN_CALLBACK] = "channel used from its callback, which holds its lock",
	[SIM_V_PREP_UNPAIRED] = "prepared again before submitting",
	[SIM_V_SUBMIT_UNPAIRED] = "submitted without preparing, or the other way round",
	[SIM_V_NO_ACK] = "descriptor without DMA_CTRL_ACK",
	[SIM_V_NO_SYNCHRONIZE] = "terminated, and released without synchronize",
	[SIM_V_RELEASED_BUSY] = "released with transfers in flight",
	[SIM_V_BAD_ADDRESS] = "address without memory",
	[SIM_V_BAD_LENGTH] = "length zero or over the segment limit",
	[SIM_V_ALIGNMENT] = "address or length not aligned",
	[SIM_V_BOUNDARY] = "segment across the boundary",
	[SIM_V_BURST] = "bursts longer than the engine's, or a segment that is no multiple of them",
	[SIM_V_TOUCHED] = "memory changed while it belonged to the device, or not synced in time",
	[SIM_V_ASLEEP] = "engine in use while the system sleeps",
};

/**
 * sim_judge() - the client did something wrong
 * @c: on this channel
 * @violation: what
 *
 * Context: device->lock is held.
 */
void sim_judge(struct sim_channel *c, enum sim_violation violation)
{
	atomic_inc(&sim_violations);
	c->violations++;
	c->judged[violation]++;
	if (c->device->settings.judge_warn)
		WARN(1, "%s %s: %s\n", c->device->model->name, c->name, meanings[violation]);
	else
		pr_warn_ratelimited("%s %s: client violation: %s\n",
				    c->device->model->name, c->name, meanings[violation]);
}

/**
 * sim_judge_self() - who is running
 *
 * Context: any.
 * Return: the task, with the kind of interrupt in the low bits; never 0.
 */
unsigned long sim_judge_self(void)
{
	return (unsigned long)current + (in_hardirq() ? 2 : in_serving_softirq() ? 1 : 0);
}

/**
 * sim_judge_reentered() - would taking the lock be a deadlock?
 * @c: channel
 *
 * In the habit "locked" a copy channel calls back with its lock held, as some
 * real drivers do. A client which then uses the channel hangs a real machine.
 *
 * Context: any. device->lock is held if the answer is true.
 * Return: true, and judged, if this is such a callback.
 */
bool sim_judge_reentered(struct sim_channel *c)
{
	if (!(c->device->settings.habits & SIM_HABIT_LOCKED) ||
	    c->direction != DMA_MEM_TO_MEM ||
	    READ_ONCE(c->callback_by) != sim_judge_self())
		return false;
	sim_judge(c, SIM_V_CALL_IN_CALLBACK);
	return true;
}
