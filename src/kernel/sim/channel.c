// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel as dmaengine sees it: claiming, submitting, asking, pausing,
 * terminating.
 *
 * Locks: device->lock, irq-safe; nothing of the client is called.
 */
#include <linux/slab.h>
#include "sim.h"

/**
 * sim_channel_init() - makes a channel known to its dma_device
 * @device: device
 * @index: of the channel in the device's model
 *
 * Context: probe, before the dma_device is registered.
 */
void sim_channel_init(struct sim_device *device, unsigned int index)
{
	struct sim_channel *c = &device->channel[index];

	c->device = device;
	c->name = device->model->channel[index].name;
	c->direction = device->model->channel[index].direction;
	c->dma.device = &device->dma;
	INIT_LIST_HEAD(&c->free_desc);
	INIT_LIST_HEAD(&c->submitted);
	INIT_LIST_HEAD(&c->issued);
	INIT_LIST_HEAD(&c->withheld);
	INIT_LIST_HEAD(&c->done);
	init_waitqueue_head(&c->idle);
	list_add_tail(&c->dma.device_node, &device->dma.channels);
}

/**
 * sim_alloc_chan_resources() - dmaengine operation: a client claims the channel
 * @chan: channel
 *
 * Context: process.
 * Return: number of descriptors; -ENOMEM; -ENODEV: the device is gone.
 */
int sim_alloc_chan_resources(struct dma_chan *chan)
{
	struct sim_channel *c = to_sim_channel(chan);
	struct sim_device *device = c->device;
	unsigned int i, n = device->settings.descriptors;
	struct sim_segment *segments;
	struct sim_desc *descs;

	descs = kvcalloc(n, sizeof(*descs), GFP_KERNEL);
	segments = kvcalloc(n, sizeof(*segments), GFP_KERNEL);
	if (!descs || !segments) {
		kvfree(segments);
		kvfree(descs);
		return -ENOMEM;
	}

	spin_lock_irq(&device->lock);
	if (device->dead) {
		spin_unlock_irq(&device->lock);
		kvfree(segments);
		kvfree(descs);
		return -ENODEV;
	}
	c->descs = descs;
	c->segments = segments;
	for (i = 0; i < n; i++) {
		dma_async_tx_descriptor_init(&descs[i].tx, chan);
		descs[i].tx.tx_submit = sim_tx_submit;
		list_add_tail(&descs[i].node, &c->free_desc);
		segments[i].next = i + 1 < n ? i + 1 : SIM_NONE;
	}
	c->free_segment = 0;
	c->free_segments = n;
	c->pool = n;
	chan->cookie = DMA_MIN_COOKIE;
	chan->completed_cookie = DMA_MIN_COOKIE;
	memset(c->failed, 0, sizeof(c->failed));
	c->paused = false;
	c->needs_synchronize = false;
	c->unpaired = 0;
	if (device->model->reset)
		device->model->reset(device, c);
	spin_unlock_irq(&device->lock);
	return n;
}

static bool channel_idle(struct sim_channel *c)
{
	unsigned int i;
	bool idle;

	spin_lock_irq(&c->device->lock);
	idle = !c->delivering;
	for (i = 0; i < c->pool && idle; i++)
		idle = !(c->descs[i].in_hand && c->descs[i].terminated);
	spin_unlock_irq(&c->device->lock);
	return idle;
}

/**
 * sim_wake() - something of the channel is in hand no more
 * @c: channel
 *
 * Context: device->lock is held; the waiter looks under it too, so that no
 *	wake-up is lost.
 */
void sim_wake(struct sim_channel *c)
{
	/* No barrier: the lock orders this after the waiter's last look. */
	if (waitqueue_active(&c->idle))
		wake_up_all(&c->idle);
}

static void list_put(struct sim_channel *c, struct list_head *list)
{
	struct sim_desc *d, *next;

	list_for_each_entry_safe(d, next, list, node) {
		list_del_init(&d->node);
		sim_desc_put(c, d);
		c->terminated++;
	}
}

/* What no engine may do, and some have done: it calls back when all is over. */
static void ghost_add(struct sim_channel *c, const struct sim_desc *d)
{
	if (!d->ghost_ns || c->ghosts == SIM_GHOSTS)
		return;
	c->ghost[c->ghosts++] = (struct sim_ghost) {
		.callback = d->tx.callback,
		.callback_result = d->tx.callback_result,
		.parameter = d->tx.callback_param,
		.when = ktime_get_ns() + d->ghost_ns,
	};
}

/* Everything that the client has submitted comes to its end without callback. */
static void terminate(struct sim_channel *c)
{
	struct sim_desc *d = c->active;
	struct list_head *unstarted;

	/* It would have been their turn: "the next one" is not left for others. */
	list_for_each(unstarted, &c->issued)
		sim_fault_skip(c);
	list_put(c, &c->submitted);
	list_put(c, &c->issued);
	list_put(c, &c->withheld);
	c->batch = 0;
	list_put(c, &c->done);
	c->delayed = 0;
	if (d) {
		c->active = NULL;
		c->terminated++;
		ghost_add(c, d);
		if (d->in_hand)
			d->terminated = true;
		else
			sim_desc_put(c, d);
	}
	c->paused = false;
	if (c->device->model->reset && !c->device->dead)
		c->device->model->reset(c->device, c);
}

/**
 * sim_free_chan_resources() - dmaengine operation: the client lets go
 * @chan: channel
 *
 * Context: process.
 */
void sim_free_chan_resources(struct dma_chan *chan)
{
	struct sim_channel *c = to_sim_channel(chan);
	struct sim_device *device = c->device;
	struct sim_segment *segments;
	struct sim_desc *descs;
	unsigned int i;

	spin_lock_irq(&device->lock);
	if (c->needs_synchronize)
		sim_judge(c, SIM_V_NO_SYNCHRONIZE);
	/* A client that was refused has to let go all the same when its device goes. */
	if (!c->refused &&
	    (c->active || !list_empty(&c->submitted) || !list_empty(&c->issued)))
		sim_judge(c, SIM_V_RELEASED_BUSY);
	c->refused = false;
	terminate(c);
	/* Whom it would call may be unloaded next. */
	c->ghosts = 0;
	for (i = 0; i < c->pool; i++)
		if (c->descs[i].state == SIM_PREPARED)
			sim_judge(c, SIM_V_SUBMIT_UNPAIRED);
	spin_unlock_irq(&device->lock);

	wait_event(c->idle, channel_idle(c));

	spin_lock_irq(&device->lock);
	descs = c->descs;
	segments = c->segments;
	c->descs = NULL;
	c->segments = NULL;
	c->pool = 0;
	INIT_LIST_HEAD(&c->free_desc);
	c->free_segment = SIM_NONE;
	c->free_segments = 0;
	c->needs_synchronize = false;
	c->unpaired = 0;
	spin_unlock_irq(&device->lock);
	kvfree(segments);
	kvfree(descs);
}

/**
 * sim_config() - dmaengine operation: address, widths and bursts
 * @chan: channel
 * @config: as the client wishes
 *
 * Context: any; takes device->lock.
 * Return: 0; -EINVAL for a register that is not the channel's where bursts have a
 * length; -EINVAL, and judged, for bursts that are too long for the engine.
 */
int sim_config(struct dma_chan *chan, struct dma_slave_config *config)
{
	struct sim_channel *c = to_sim_channel(chan);
	u32 longest = max(config->src_maxburst, config->dst_maxburst);
	phys_addr_t address = c->direction == DMA_MEM_TO_DEV ? config->dst_addr : config->src_addr;
	unsigned long irq;
	int ret = 0;

	spin_lock_irqsave(&c->device->lock, irq);
	if (c->device->settings.burst && longest > c->device->settings.burst) {
		sim_judge(c, SIM_V_BURST);
		ret = -EINVAL;
	} else if (c->device->settings.burst &&
		   address != SIM_REGISTER(c - c->device->channel)) {
		ret = -EINVAL;
	} else {
		c->config = *config;
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
	return ret;
}

/**
 * sim_tx_submit() - dmaengine operation: gives a prepared transaction a cookie
 * @tx: descriptor
 *
 * Context: any; takes device->lock.
 * Return: the cookie; -EINVAL if it is not a prepared one.
 */
dma_cookie_t sim_tx_submit(struct dma_async_tx_descriptor *tx)
{
	struct sim_channel *c = to_sim_channel(tx->chan);
	struct sim_desc *d = to_sim_desc(tx);
	dma_cookie_t cookie;
	unsigned long irq;

	if (sim_judge_reentered(c))
		return -EDEADLK;
	/* Without the lock: it may be long, and only the client has it yet. */
	if (c->device->settings.judge && d->state == SIM_PREPARED)
		d->checksum = sim_checksum(c, d);

	spin_lock_irqsave(&c->device->lock, irq);
	if (d->state != SIM_PREPARED) {
		sim_judge(c, SIM_V_SUBMIT_UNPAIRED);
		cookie = -EINVAL;
	} else {
		cookie = tx->chan->cookie + 1;
		if (cookie < DMA_MIN_COOKIE)
			cookie = DMA_MIN_COOKIE;
		tx->chan->cookie = cookie;
		tx->cookie = cookie;
		d->state = SIM_SUBMITTED;
		list_add_tail(&d->node, &c->submitted);
		c->unpaired = 0;
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
	return cookie;
}

/**
 * sim_issue_pending() - dmaengine operation: what was submitted may start
 * @chan: channel
 *
 * Context: any; takes device->lock.
 */
void sim_issue_pending(struct dma_chan *chan)
{
	struct sim_channel *c = to_sim_channel(chan);
	unsigned long irq;

	if (sim_judge_reentered(c))
		return;
	spin_lock_irqsave(&c->device->lock, irq);
	if (c->device->asleep)
		sim_judge(c, SIM_V_ASLEEP);
	if (!list_empty(&c->submitted)) {
		list_splice_tail_init(&c->submitted, &c->issued);
		c->issue_number = ++c->device->issues;
		/* An idle engine starts at once, and finds what is there now. */
		if (!c->batch)
			c->batch = sim_issued_count(c);
		sim_kick(c->device);
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
}

/**
 * sim_residue() - what the engine says of the bytes that were not moved
 * @c: channel
 * @d: transaction, not free
 *
 * Context: any.
 * Return: bytes.
 */
u32 sim_residue(struct sim_channel *c, const struct sim_desc *d)
{
	/* A cyclic one is a single segment, over and over. */
	u32 left = d->bytes - (d->period ? d->at.offset : d->at.done);

	switch (c->device->settings.residue) {
	case SIM_RESIDUE_BURST:
		return left;
	case SIM_RESIDUE_SEGMENT:
		if (d->period)
			return roundup(left, d->period);
		if (d->state == SIM_DONE || !left)
			return left;
		return left + d->at.offset;
	case SIM_RESIDUE_FULL:
		return d->bytes;
	case SIM_RESIDUE_DESCRIPTOR:
		return d->state == SIM_DONE ? 0 : d->bytes;
	case SIM_RESIDUE_NONE:
		break;
	}
	return 0;
}

static struct sim_desc *find(struct sim_channel *c, dma_cookie_t cookie)
{
	struct sim_desc *d;

	if (c->active && c->active->tx.cookie == cookie)
		return c->active;
	list_for_each_entry(d, &c->done, node)
		if (d->tx.cookie == cookie)
			return d;
	list_for_each_entry(d, &c->issued, node)
		if (d->tx.cookie == cookie)
			return d;
	list_for_each_entry(d, &c->submitted, node)
		if (d->tx.cookie == cookie)
			return d;
	return NULL;
}

/*
 * The engine finished it just after somebody had asked. What was told to be done stays so,
 * with all before it.
 */
static bool not_yet(struct sim_channel *c, dma_cookie_t cookie)
{
	struct sim_fault *fault = &c->fault[SIM_NOT_YET];

	if (cookie - c->told <= 0)
		return false;
	if (c->faults & BIT(SIM_NOT_YET) && fault->value)
		fault->value--;
	else if (sim_fault_take(c, SIM_NOT_YET, NULL))
		return true;
	c->told = cookie;
	return false;
}

/**
 * sim_tx_status() - dmaengine operation
 * @chan: channel
 * @cookie: of a transaction
 * @state: residue and cookies; may be NULL
 *
 * Context: any; takes device->lock.
 * Return: status of the transaction.
 */
enum dma_status sim_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
			      struct dma_tx_state *state)
{
	struct sim_channel *c = to_sim_channel(chan);
	enum dma_status status;
	struct sim_desc *d;
	unsigned long irq;
	unsigned int i;
	u32 left = 0;

	if (sim_judge_reentered(c))
		return DMA_IN_PROGRESS;
	spin_lock_irqsave(&c->device->lock, irq);
	status = dma_async_is_complete(cookie, chan->completed_cookie, chan->cookie);
	d = find(c, cookie);
	if (d)
		left = sim_residue(c, d);
	if (status == DMA_COMPLETE && unlikely(not_yet(c, cookie))) {
		status = DMA_IN_PROGRESS;
	} else if (status == DMA_COMPLETE) {
		for (i = 0; i < SIM_FAILED_COOKIES; i++)
			if (c->failed[i] == cookie)
				status = DMA_ERROR;
	} else if (c->device->dead) {
		status = DMA_ERROR;
	} else if (c->paused && d && d == c->active) {
		status = DMA_PAUSED;
	}
	if (state) {
		state->last = chan->completed_cookie;
		state->used = chan->cookie;
		state->residue = left;
		state->in_flight_bytes = 0;
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
	return status;
}

/**
 * sim_pause() - dmaengine operation: the channel keeps still
 * @chan: channel
 *
 * Context: any; takes device->lock.
 * Return: 0.
 */
int sim_pause(struct dma_chan *chan)
{
	struct sim_channel *c = to_sim_channel(chan);
	unsigned long irq;

	spin_lock_irqsave(&c->device->lock, irq);
	c->paused = true;
	spin_unlock_irqrestore(&c->device->lock, irq);
	return 0;
}

/**
 * sim_resume() - dmaengine operation: the channel goes on
 * @chan: channel
 *
 * Context: any; takes device->lock.
 * Return: 0.
 */
int sim_resume(struct dma_chan *chan)
{
	struct sim_channel *c = to_sim_channel(chan);
	unsigned long irq;

	spin_lock_irqsave(&c->device->lock, irq);
	c->paused = false;
	sim_kick(c->device);
	spin_unlock_irqrestore(&c->device->lock, irq);
	return 0;
}

/**
 * sim_terminate_all() - dmaengine operation
 * @chan: channel
 *
 * Bytes may still move, and a callback may still run, until
 * sim_synchronize() has returned.
 *
 * Context: any; takes device->lock.
 * Return: 0; -EBUSY if fault injection refuses.
 */
int sim_terminate_all(struct dma_chan *chan)
{
	struct sim_channel *c = to_sim_channel(chan);
	unsigned long irq;
	int ret = 0;

	spin_lock_irqsave(&c->device->lock, irq);
	if (unlikely(sim_fault_take(c, SIM_REFUSE_STOP, NULL))) {
		ret = -EBUSY;
		c->refused = true;
	} else {
		c->needs_synchronize = true;
		c->refused = false;
		terminate(c);
		/* The other side of the block may have waited for this one. */
		sim_kick(c->device);
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
	return ret;
}

/**
 * sim_channel_sleep() - the system goes to sleep: the engine forgets all
 * @c: channel
 *
 * Context: device->lock is held.
 */
void sim_channel_sleep(struct sim_channel *c)
{
	if (!c->active && list_empty(&c->submitted) && list_empty(&c->issued))
		return;
	sim_judge(c, SIM_V_ASLEEP);
	terminate(c);
}

/**
 * sim_synchronize() - dmaengine operation: nothing terminated is in use any more
 * @chan: channel
 *
 * Context: process.
 */
void sim_synchronize(struct dma_chan *chan)
{
	struct sim_channel *c = to_sim_channel(chan);

	wait_event(c->idle, channel_idle(c));
	/* dmaengine calls this too when a channel is released: the client did not. */
	if (chan->client_count) {
		spin_lock_irq(&c->device->lock);
		c->needs_synchronize = false;
		spin_unlock_irq(&c->device->lock);
	}
}
