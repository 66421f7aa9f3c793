// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preparing transactions: descriptors are taken from the finite pool of the
 * channel, filled in, and given back.
 *
 * Locks: device->lock, irq-safe; nothing is allocated.
 */
#include <linux/scatterlist.h>
#include "sim.h"

/* Bytes of a burst as the client has set it; 1: the engine takes anything. */
static u32 burst_bytes(const struct sim_channel *c)
{
	const struct dma_slave_config *config = &c->config;
	bool reads = c->direction == DMA_MEM_TO_DEV;
	u32 beats = reads ? config->src_maxburst : config->dst_maxburst;
	u32 width = reads ? config->src_addr_width : config->dst_addr_width;

	if (!c->device->settings.burst || c->direction == DMA_MEM_TO_MEM)
		return 1;
	return (beats ?: c->device->settings.burst) * (width ?: SIM_BEAT_BYTES);
}

static bool segment_valid(struct sim_channel *c, dma_addr_t address, u64 bytes)
{
	const struct sim_settings *settings = &c->device->settings;

	if (!bytes || bytes > settings->segment_bytes_max) {
		sim_judge(c, SIM_V_BAD_LENGTH);
		return false;
	}
	if ((address | bytes) & (settings->alignment - 1)) {
		sim_judge(c, SIM_V_ALIGNMENT);
		return false;
	}
	if (settings->boundary &&
	    (address ^ (address + bytes - 1)) & ~(dma_addr_t)(settings->boundary - 1)) {
		sim_judge(c, SIM_V_BOUNDARY);
		return false;
	}
	if ((u32)bytes % burst_bytes(c)) {
		sim_judge(c, SIM_V_BURST);
		return false;
	}
	if (!sim_memory_valid(address, bytes)) {
		sim_judge(c, SIM_V_BAD_ADDRESS);
		return false;
	}
	return true;
}

/* Takes a transaction with its segments out of the pool. */
static struct sim_desc *desc_get(struct sim_channel *c, unsigned int segments,
				 unsigned long flags)
{
	struct sim_desc *d;
	unsigned int i;

	if (c->device->dead || !c->pool)
		return NULL;
	if (unlikely(sim_fault_take(c, SIM_FAIL_PREP, NULL)))
		return NULL;
	if (c->direction == DMA_MEM_TO_MEM && c->callback_by == sim_judge_self())
		sim_judge(c, SIM_V_PREP_IN_CALLBACK);
	if (c->unpaired && c->unpaired == sim_judge_self())
		sim_judge(c, SIM_V_PREP_UNPAIRED);
	if (!(flags & DMA_CTRL_ACK))
		sim_judge(c, SIM_V_NO_ACK);
	if (segments > c->free_segments || list_empty(&c->free_desc))
		return NULL;

	d = list_first_entry(&c->free_desc, struct sim_desc, node);
	list_del_init(&d->node);
	d->state = SIM_PREPARED;
	d->first = c->free_segment;
	for (i = 0; i < segments; i++) {
		d->last = c->free_segment;
		c->free_segment = c->segments[d->last].next;
	}
	c->segments[d->last].next = SIM_NONE;
	c->free_segments -= segments;
	d->segments = segments;

	d->tx.flags = flags;
	d->tx.callback = NULL;
	d->tx.callback_result = NULL;
	d->tx.callback_param = NULL;
	d->tx.unmap = NULL;
	d->tx.cookie = -EBUSY;
	d->frames = 1;
	d->stride = 0;
	d->target_stride = 0;
	d->period = 0;
	d->bytes = 0;
	d->at = (struct sim_cursor){ .segment = d->first };
	d->periods = 0;
	d->result = DMA_TRANS_NOERROR;
	d->callbacks = 1;
	d->start_ns = 0;
	d->done_ns = 0;
	d->callback_ns = 0;
	d->ghost_ns = 0;
	d->late_ns = 0;
	d->in_hand = false;
	d->terminated = false;
	d->hung = false;
	d->completed = false;
	sim_metadata_init(c, d);
	d->preparer = sim_judge_self();
	c->unpaired = d->preparer;
	return d;
}

/**
 * sim_desc_put() - gives a transaction back to the pool
 * @c: its channel
 * @d: transaction, in no list
 *
 * Context: device->lock is held.
 */
void sim_desc_put(struct sim_channel *c, struct sim_desc *d)
{
	d->state = SIM_FREE;
	c->segments[d->last].next = c->free_segment;
	c->free_segment = d->first;
	c->free_segments += d->segments;
	list_add(&d->node, &c->free_desc);
}

static struct dma_async_tx_descriptor *prepared(struct sim_desc *d)
{
	d->limit = d->bytes;
	return &d->tx;
}

/**
 * sim_prep_slave_sg() - dmaengine operation
 * @chan: channel
 * @sgl: mapped scatter list
 * @n: its length
 * @direction: must be the channel's
 * @flags: enum dma_ctrl_flags
 * @context: ignored
 *
 * Context: any; takes device->lock.
 * Return: a descriptor, or NULL if it cannot be done or the pool is empty.
 */
struct dma_async_tx_descriptor *
sim_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl, unsigned int n,
		  enum dma_transfer_direction direction, unsigned long flags,
		  void *context)
{
	struct sim_channel *c = to_sim_channel(chan);
	struct scatterlist *sg;
	struct sim_desc *d;
	unsigned long irq;
	unsigned int i;
	u32 at;

	if (direction != c->direction || direction == DMA_MEM_TO_MEM || !n)
		return NULL;
	spin_lock_irqsave(&c->device->lock, irq);
	for_each_sg(sgl, sg, n, i)
		if (!segment_valid(c, sg_dma_address(sg), sg_dma_len(sg)))
			goto refuse;
	d = desc_get(c, n, flags);
	if (!d)
		goto refuse;
	at = d->first;
	for_each_sg(sgl, sg, n, i) {
		c->segments[at].address = sg_dma_address(sg);
		c->segments[at].bytes = sg_dma_len(sg);
		d->bytes += sg_dma_len(sg);
		at = c->segments[at].next;
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
	return prepared(d);

refuse:
	spin_unlock_irqrestore(&c->device->lock, irq);
	return NULL;
}

/**
 * sim_prep_cyclic() - dmaengine operation
 * @chan: channel
 * @address: of the buffer
 * @bytes: size of the buffer
 * @period: bytes from callback to callback; divides @bytes
 * @direction: must be the channel's
 * @flags: enum dma_ctrl_flags
 *
 * Context: any; takes device->lock.
 * Return: a descriptor, or NULL if it cannot be done or the pool is empty.
 */
struct dma_async_tx_descriptor *
sim_prep_cyclic(struct dma_chan *chan, dma_addr_t address, size_t bytes,
		size_t period, enum dma_transfer_direction direction,
		unsigned long flags)
{
	struct sim_channel *c = to_sim_channel(chan);
	struct sim_desc *d = NULL;
	unsigned long irq;

	if (direction != c->direction || direction == DMA_MEM_TO_MEM)
		return NULL;
	if (!period || period > bytes || bytes % period || bytes > U32_MAX)
		return NULL;
	spin_lock_irqsave(&c->device->lock, irq);
	/* The limit is that of one hardware descriptor, which is a period. */
	if (segment_valid(c, address, period) && sim_memory_valid(address, bytes))
		d = desc_get(c, 1, flags);
	if (d) {
		c->segments[d->first].address = address;
		c->segments[d->first].bytes = bytes;
		d->bytes = bytes;
		d->period = period;
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
	return d ? prepared(d) : NULL;
}

/**
 * sim_prep_memcpy() - dmaengine operation
 * @chan: channel
 * @target: destination
 * @source: source
 * @bytes: length
 * @flags: enum dma_ctrl_flags
 *
 * Context: any; takes device->lock.
 * Return: a descriptor, or NULL if it cannot be done or the pool is empty.
 */
struct dma_async_tx_descriptor *
sim_prep_memcpy(struct dma_chan *chan, dma_addr_t target, dma_addr_t source,
		size_t bytes, unsigned long flags)
{
	struct sim_channel *c = to_sim_channel(chan);
	struct sim_desc *d = NULL;
	unsigned long irq;

	if (c->direction != DMA_MEM_TO_MEM || sim_judge_reentered(c))
		return NULL;
	spin_lock_irqsave(&c->device->lock, irq);
	if (segment_valid(c, source, bytes) && segment_valid(c, target, bytes))
		d = desc_get(c, 1, flags);
	if (d) {
		c->segments[d->first].address = source;
		c->segments[d->first].target = target;
		c->segments[d->first].bytes = bytes;
		d->bytes = bytes;
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
	return d ? prepared(d) : NULL;
}

/* First and last row of a chunk; each, where one in between may cross something. */
static bool chunk_valid(struct sim_channel *c, dma_addr_t address, u64 bytes,
			u64 stride, size_t rows)
{
	size_t i;

	for (i = 0; c->device->settings.boundary && i < rows; i++)
		if (!segment_valid(c, address + i * stride, bytes))
			return false;
	return segment_valid(c, address, bytes) &&
	       segment_valid(c, address + (rows - 1) * stride, bytes);
}

/**
 * sim_prep_interleaved() - dmaengine operation, 2-D transfers
 * @chan: channel
 * @xt: template
 * @flags: enum dma_ctrl_flags
 *
 * A chunk of the frame takes one hardware descriptor, whatever the rows.
 *
 * Context: any; takes device->lock.
 * Return: a descriptor, or NULL if it cannot be done or the pool is empty.
 */
struct dma_async_tx_descriptor *
sim_prep_interleaved(struct dma_chan *chan, struct dma_interleaved_template *xt,
		     unsigned long flags)
{
	struct sim_channel *c = to_sim_channel(chan);
	bool reads = c->direction != DMA_DEV_TO_MEM;
	bool writes = c->direction != DMA_MEM_TO_DEV;
	u64 source_stride = 0, target_stride = 0;
	dma_addr_t source, target;
	struct sim_desc *d;
	unsigned long irq;
	size_t i;
	u32 at;

	if (xt->dir != c->direction || !xt->numf || !xt->frame_size)
		return NULL;
	if ((reads && !xt->src_inc) || (writes && !xt->dst_inc))
		return NULL;
	if (sim_judge_reentered(c))
		return NULL;
	for (i = 0; i < xt->frame_size; i++) {
		struct data_chunk *chunk = &xt->sgl[i];

		source_stride += chunk->size + dmaengine_get_src_icg(xt, chunk);
		target_stride += chunk->size + dmaengine_get_dst_icg(xt, chunk);
	}

	spin_lock_irqsave(&c->device->lock, irq);
	source = xt->src_start;
	target = xt->dst_start;
	for (i = 0; i < xt->frame_size; i++) {
		struct data_chunk *chunk = &xt->sgl[i];

		if (reads && !chunk_valid(c, source, chunk->size, source_stride, xt->numf))
			goto refuse;
		if (writes && !chunk_valid(c, target, chunk->size, target_stride, xt->numf))
			goto refuse;
		source += chunk->size + dmaengine_get_src_icg(xt, chunk);
		target += chunk->size + dmaengine_get_dst_icg(xt, chunk);
	}
	d = desc_get(c, xt->frame_size, flags);
	if (!d)
		goto refuse;

	d->frames = xt->numf;
	d->stride = reads ? source_stride : target_stride;
	d->target_stride = target_stride;
	source = xt->src_start;
	target = xt->dst_start;
	at = d->first;
	for (i = 0; i < xt->frame_size; i++) {
		struct data_chunk *chunk = &xt->sgl[i];

		c->segments[at].address = reads ? source : target;
		c->segments[at].target = target;
		c->segments[at].bytes = chunk->size;
		d->bytes += (u64)chunk->size * xt->numf;
		source += chunk->size + dmaengine_get_src_icg(xt, chunk);
		target += chunk->size + dmaengine_get_dst_icg(xt, chunk);
		at = c->segments[at].next;
	}
	spin_unlock_irqrestore(&c->device->lock, irq);
	return prepared(d);

refuse:
	spin_unlock_irqrestore(&c->device->lock, irq);
	return NULL;
}
