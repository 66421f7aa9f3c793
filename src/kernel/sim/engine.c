// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: lets the IP block work, completes transactions, calls back.
 *
 * Locks: device->lock, irq-safe. Callbacks are called without it, except in
 * the habit "locked". sim_device_run() is called by one context at a time;
 * sim_deliver() by that, or by the irq_work.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include "sim.h"

/**
 * sim_now() - the time of this run
 * @device: device
 *
 * Context: device->lock is held, inside sim_device_run() or sim_deliver().
 * Return: nanoseconds of CLOCK_MONOTONIC.
 */
u64 sim_now(struct sim_device *device)
{
	if (!device->now)
		device->now = ktime_get_ns();
	return device->now;
}

/**
 * sim_timer() - the device has something to do later
 * @device: device
 * @when: nanoseconds of CLOCK_MONOTONIC
 *
 * Context: device->lock is held.
 */
void sim_timer(struct sim_device *device, u64 when)
{
	device->timer_ns = min(device->timer_ns, when);
}

/**
 * sim_pace() - how many bytes may move by now
 * @device: device
 * @bytes: that could
 *
 * A paced link is charged after the fact: bytes are moved when the time that
 * they take has gone by, in pieces of a millisecond.
 *
 * Context: device->lock is held.
 * Return: number of bytes; 0: not yet, and the timer is set.
 */
size_t sim_pace(struct sim_device *device, size_t bytes)
{
	u64 rate = device->bytes_per_second;
	u64 end;

	if (!rate)
		return bytes;
	if (device->link_idle) {
		device->link_idle = false;
		device->link_ns = sim_now(device);
	}
	bytes = min_t(u64, bytes, max_t(u64, 64, div_u64(rate, 1000)));
	end = device->link_ns + div64_u64(device->link_carry + (u64)bytes * NSEC_PER_SEC, rate);
	if (end <= sim_now(device))
		return bytes;
	sim_timer(device, end);
	return 0;
}

/**
 * sim_charge() - bytes have moved over a paced link
 * @device: device
 * @bytes: number
 *
 * Context: device->lock is held.
 */
void sim_charge(struct sim_device *device, size_t bytes)
{
	u64 rate = device->bytes_per_second;

	if (rate)
		device->link_ns += div64_u64_rem(device->link_carry + (u64)bytes * NSEC_PER_SEC,
						 rate, &device->link_carry);
}

static void count_done(struct sim_channel *c, struct sim_desc *d)
{
	c->transfers++;
	if (d->result != DMA_TRANS_NOERROR) {
		c->errors++;
		c->failed[c->failed_next++ % SIM_FAILED_COOKIES] = d->tx.cookie;
	}
	c->dma.completed_cookie = d->tx.cookie;
	d->completed = true;
}

/**
 * sim_finish() - the active transaction has come to its end
 * @c: channel
 * @d: its active transaction, not in hand
 *
 * Context: device->lock is held.
 */
void sim_finish(struct sim_channel *c, struct sim_desc *d)
{
	u32 latency = c->device->latency_us;

	c->active = NULL;
	if (c->batch)
		c->batch--;
	d->state = SIM_DONE;
	if (latency)
		d->done_ns = sim_now(c->device) + (u64)latency * NSEC_PER_USEC;
	if (d->done_ns || d->callback_ns)
		c->delayed++;
	else if (!c->delayed)
		count_done(c, d);
	if (c->batch && c->device->settings.habits & SIM_HABIT_WITHHELD) {
		list_add_tail(&d->node, &c->withheld);
		return;
	}
	list_splice_tail_init(&c->withheld, &c->done);
	list_add_tail(&d->node, &c->done);
}

/**
 * sim_advance() - bytes of the active transaction have moved
 * @c: channel
 * @d: transaction
 * @at: its new cursor
 *
 * Context: device->lock is held.
 */
void sim_advance(struct sim_channel *c, struct sim_desc *d,
		 const struct sim_cursor *at)
{
	c->bytes += at->done - d->at.done;
	d->at = *at;
	if (d->period && !(at->offset % d->period)) {
		d->periods++;
		c->transfers++;
	}
}

/**
 * sim_hold() - takes a transaction in hand, to let go of the lock
 * @d: transaction
 *
 * Context: device->lock is held.
 */
void sim_hold(struct sim_desc *d)
{
	d->in_hand = true;
}

/**
 * sim_unhold() - the opposite
 * @c: channel
 * @d: transaction
 *
 * Context: device->lock is held.
 * Return: false if it was terminated in the meantime; it is gone then.
 */
bool sim_unhold(struct sim_channel *c, struct sim_desc *d)
{
	d->in_hand = false;
	sim_wake(c);
	if (!d->terminated)
		return true;
	sim_desc_put(c, d);
	return false;
}

static void invoke(struct dma_async_tx_descriptor *tx,
		   const struct dmaengine_result *result)
{
	if (!(tx->flags & DMA_PREP_INTERRUPT))
		return;
	if (tx->callback_result)
		tx->callback_result(tx->callback_param, result);
	else if (tx->callback)
		tx->callback(tx->callback_param);
}

/* Knobs that act when a transaction begins. True: it is over already. */
static bool start_with_faults(struct sim_channel *c, struct sim_desc *d)
{
	u64 value;

	if (sim_fault_take(c, SIM_LATE, &value))
		d->start_ns = ktime_get_ns() + value * NSEC_PER_USEC;
	if (sim_fault_take(c, SIM_SHORT, &value) && !d->period)
		d->limit = d->bytes - min(d->bytes, value);
	if (sim_fault_take(c, SIM_LOSE_CALLBACK, NULL))
		d->callbacks = 0;
	if (sim_fault_take(c, SIM_DOUBLE_CALLBACK, NULL))
		d->callbacks = 2;
	if (sim_fault_take(c, SIM_DELAY_CALLBACK, &value))
		d->callback_ns = value;	/* from the end on: see deliver_channel() */
	if (sim_fault_take(c, SIM_OVERRUN, &value))
		sim_overrun(c, d, min_t(u64, value, SIM_LOCKED_BYTES));
	if (sim_fault_take(c, SIM_GHOST_CALLBACK, &value))
		d->ghost_ns = value * NSEC_PER_USEC;
	if (sim_fault_take(c, SIM_HANG, NULL))
		d->hung = true;
	if (sim_fault_take(c, SIM_SPURIOUS_CALLBACK, NULL)) {
		/* Owed although nothing has moved, nor will before it is called: sim_active(). */
		d->periods = 1;
		d->start_ns = max_t(u64, d->start_ns, ktime_get_ns());
	}
	if (sim_fault_take(c, SIM_FAIL_ERROR, &value)) {
		d->result = value ?: c->direction == DMA_DEV_TO_MEM ?
			DMA_TRANS_WRITE_FAILED : DMA_TRANS_READ_FAILED;
		return true;
	}
	return !d->limit;
}

/**
 * sim_issued_count() - what a start finds: the batch that is reported together
 * @c: channel
 *
 * Context: device->lock is held.
 * Return: transactions issued and not begun.
 */
unsigned int sim_issued_count(const struct sim_channel *c)
{
	const struct list_head *node;
	unsigned int count = 0;

	list_for_each(node, &c->issued)
		count++;
	return count;
}

/**
 * sim_active() - the transaction of a channel that can move bytes
 * @c: channel
 *
 * Context: device->lock is held.
 * Return: transaction; NULL if there is none, or it cannot for the moment.
 */
struct sim_desc *sim_active(struct sim_channel *c)
{
	struct sim_desc *d;

	for (;;) {
		d = c->active;
		if (d)
			break;
		d = list_first_entry_or_null(&c->issued, struct sim_desc, node);
		if (!d)
			return NULL;
		if (!c->batch)
			c->batch = sim_issued_count(c);
		list_del_init(&d->node);
		d->state = SIM_ACTIVE;
		c->active = d;
		if (unlikely(c->device->settings.judge) && !d->period &&
		    sim_checksum(c, d) != d->checksum)
			sim_judge(c, SIM_V_TOUCHED);
		if (unlikely(c->faults) && start_with_faults(c, d) &&
		    !d->hung && !d->start_ns) {
			sim_finish(c, d);
			c->device->again = true;
		}
	}
	if (unlikely(c->paused || d->hung || (d->periods && !d->period)))
		return NULL;
	if (unlikely(d->start_ns)) {
		if (d->start_ns > sim_now(c->device)) {
			sim_timer(c->device, d->start_ns);
			return NULL;
		}
		d->start_ns = 0;
		if (d->result != DMA_TRANS_NOERROR || !d->limit) {
			sim_finish(c, d);
			c->device->again = true;
			return NULL;
		}
	}
	return d;
}

/* Moves what is due from the list done to @batch. */
static void take_due(struct sim_channel *c, struct list_head *batch)
{
	struct sim_desc *d;
	u64 now;

	if (likely(!c->delayed)) {
		list_splice_tail_init(&c->done, batch);
		return;
	}
	now = sim_now(c->device);
	/* Completion does not wait for callbacks that are late. */
	list_for_each_entry(d, &c->done, node) {
		if (d->completed)
			continue;
		if (d->done_ns > now) {
			sim_timer(c->device, d->done_ns);
			break;
		}
		count_done(c, d);
		if (d->callback_ns)
			d->callback_ns = now + d->callback_ns * NSEC_PER_USEC;
	}
	while ((d = list_first_entry_or_null(&c->done, struct sim_desc, node))) {
		if (!d->completed)
			return;
		if (d->callback_ns > now) {
			sim_timer(c->device, d->callback_ns);
			return;
		}
		if (d->done_ns || d->callback_ns)
			c->delayed--;
		list_move_tail(&d->node, batch);
	}
}

/* The habit "late": are the callbacks owed for periods still held back? */
static bool periods_wait(struct sim_channel *c, struct sim_desc *d)
{
	if (!d->period || !(c->device->settings.habits & SIM_HABIT_LATE))
		return false;
	if (!d->late_ns)
		d->late_ns = sim_now(c->device) + SIM_LATE_NS;
	if (d->late_ns > sim_now(c->device)) {
		sim_timer(c->device, d->late_ns);
		return true;
	}
	d->late_ns = 0;
	return false;
}

/* Calls the client: for each of @batch, and @periods times for @cyclic. */
static void call_back(struct sim_channel *c, struct list_head *batch,
		      struct dma_async_tx_descriptor *cyclic, u32 left,
		      unsigned int periods)
{
	const struct dmaengine_result position = { .residue = left };
	struct sim_desc *d;
	unsigned int i;

	list_for_each_entry(d, batch, node) {
		const struct dmaengine_result outcome = {
			.result = d->result,
			.residue = sim_residue(c, d),
		};

		dma_descriptor_unmap(&d->tx);
		for (i = 0; i < d->callbacks; i++)
			invoke(&d->tx, &outcome);
	}
	while (periods--)
		invoke(cyclic, &position);
}

/* Ghosts that are due; true if there was one. */
static bool deliver_ghosts(struct sim_channel *c, unsigned long *flags)
{
	struct sim_device *device = c->device;
	const struct dmaengine_result result = { .result = DMA_TRANS_NOERROR };
	struct dma_async_tx_descriptor tx = { .flags = DMA_PREP_INTERRUPT };
	unsigned int i;

	for (i = 0; i < c->ghosts; i++) {
		if (c->ghost[i].when <= sim_now(device))
			break;
		sim_timer(device, c->ghost[i].when);
	}
	if (i == c->ghosts)
		return false;
	tx.callback = c->ghost[i].callback;
	tx.callback_result = c->ghost[i].callback_result;
	tx.callback_param = c->ghost[i].parameter;
	c->ghost[i] = c->ghost[--c->ghosts];
	c->callbacks++;
	c->delivering = true;
	spin_unlock_irqrestore(&device->lock, *flags);
	invoke(&tx, &result);
	spin_lock_irqsave(&device->lock, *flags);
	c->delivering = false;
	sim_wake(c);
	return true;
}

static bool deliver_channel(struct sim_channel *c, unsigned long *flags)
{
	struct sim_device *device = c->device;
	unsigned int habits = device->settings.habits;
	struct dma_async_tx_descriptor cyclic = {};
	struct sim_desc *d, *next;
	unsigned int periods = 0;
	bool held = false;
	LIST_HEAD(batch);
	u32 left = 0;

	if (c->delivering)
		return false;
	if (unlikely(c->ghosts) && deliver_ghosts(c, flags))
		return true;
	take_due(c, &batch);
	d = c->active;
	if (d && d->periods && !periods_wait(c, d)) {
		periods = d->periods;
		d->periods = 0;
		if ((habits & SIM_HABIT_NO_CYCLIC) && d->period)
			periods = 0;
		else if (habits & SIM_HABIT_MERGED)
			periods = 1;
		/* The transaction may be terminated during the callback. */
		cyclic.flags = d->tx.flags;
		cyclic.callback = d->tx.callback;
		cyclic.callback_result = d->tx.callback_result;
		cyclic.callback_param = d->tx.callback_param;
		left = sim_residue(c, d);
		c->callbacks += periods;
		held = !d->period;
	}
	if (list_empty(&batch) && !periods)
		return false;

	c->delivering = true;
	c->callback_by = sim_judge_self();
	if ((habits & SIM_HABIT_LOCKED) && c->direction == DMA_MEM_TO_MEM) {
		call_back(c, &batch, &cyclic, left, periods);
	} else {
		spin_unlock_irqrestore(&device->lock, *flags);
		call_back(c, &batch, &cyclic, left, periods);
		spin_lock_irqsave(&device->lock, *flags);
	}
	list_for_each_entry_safe(d, next, &batch, node) {
		c->callbacks += d->callbacks;
		sim_desc_put(c, d);
	}
	c->callback_by = 0;
	c->delivering = false;
	sim_wake(c);
	/* It was not to begin before. */
	if (unlikely(held))
		sim_kick(device);
	return true;
}

/**
 * sim_deliver() - calls the callbacks that are due
 * @device: device
 * @flags: interrupt state; device->lock is dropped around callbacks
 *
 * Context: device->lock is held.
 * Return: true if something was done.
 */
bool sim_deliver(struct sim_device *device, unsigned long *flags)
{
	bool progress = false;
	unsigned int i;

	for (i = 0; i < device->model->channels; i++)
		progress |= deliver_channel(&device->channel[i], flags);
	return progress;
}

static bool deliverable(struct sim_device *device)
{
	unsigned int i;

	for (i = 0; i < device->model->channels; i++) {
		struct sim_channel *c = &device->channel[i];

		if (!list_empty(&c->done) || c->ghosts || (c->active && c->active->periods))
			return true;
	}
	return false;
}

/**
 * sim_device_run() - lets the IP block work, and completes
 * @device: device
 *
 * Context: softirq or process; one at a time.
 * Return: true if it wants to be called again soon.
 */
bool sim_device_run(struct sim_device *device)
{
	unsigned long flags, start = jiffies;
	bool progress = true;
	unsigned int i;

	spin_lock_irqsave(&device->lock, flags);
	device->running = true;
	device->timer_ns = U64_MAX;
	while (progress && !device->dead && time_before(jiffies, start + 1)) {
		progress = false;
		device->again = false;
		device->now = 0;
		device->timer_ns = U64_MAX;
		for (i = 0; i < 64 && !device->dead; i++)
			if (!device->model->step(device, &flags))
				break;
		if (device->settings.context != SIM_IRQ_WORK)
			progress = sim_deliver(device, &flags);
		else if (deliverable(device))
			irq_work_queue(&device->irq_work);
		progress |= i || device->again;
	}
	device->running = false;
	if (device->dead)
		progress = false;
	else if (!progress && device->timer_ns != U64_MAX)
		hrtimer_start(&device->timer, ns_to_ktime(device->timer_ns),
			      HRTIMER_MODE_ABS);
	spin_unlock_irqrestore(&device->lock, flags);
	return progress;
}
