// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting hold of dmaengine channels, and who may use them.
 *
 * Owns: the life of struct dmaring_channel. Claims are under device->lock.
 */
#include <linux/dma-map-ops.h>
#include <linux/log2.h>
#include <linux/property.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "added.h"
#include "ring.h"

/* What the engine offers for a channel of this kind. */
static u32 channel_operations(struct dma_device *engine, u32 kind)
{
	u32 operations = BIT(DMARING_OP_NOP) | BIT(DMARING_OP_FENCE) |
			 BIT(DMARING_OP_CANCEL) | BIT(DMARING_OP_ABORT);
	enum dma_transfer_direction direction;

	switch (kind) {
	case DMARING_CHANNEL_SEND:
		direction = DMA_MEM_TO_DEV;
		if (engine->device_prep_slave_sg)
			operations |= BIT(DMARING_OP_SEND);
		break;
	case DMARING_CHANNEL_RECEIVE:
		direction = DMA_DEV_TO_MEM;
		if (engine->device_prep_slave_sg)
			operations |= BIT(DMARING_OP_RECEIVE);
		break;
	default:
		direction = DMA_MEM_TO_MEM;
		if (dma_has_cap(DMA_MEMCPY, engine->cap_mask) && engine->device_prep_dma_memcpy)
			operations |= BIT(DMARING_OP_COPY);
	}
	if (dma_has_cap(DMA_INTERLEAVE, engine->cap_mask) &&
	    engine->device_prep_interleaved_dma && engine->directions & BIT(direction))
		operations |= BIT(DMARING_OP_INTERLEAVED);
	return operations;
}

/*
 * Which way a channel goes: what the device's description says, else what the
 * usual names say, else the only way that the engine knows.
 */
static u32 channel_kind(const char *direction, const char *name,
			const struct dma_chan *dma, const struct dma_slave_caps *caps)
{
	static const struct {
		const char *word;
		u32 kind;
	} words[] = {
		{ "send", DMARING_CHANNEL_SEND },
		{ "tx", DMARING_CHANNEL_SEND },
		{ "mm2s", DMARING_CHANNEL_SEND },
		{ "receive", DMARING_CHANNEL_RECEIVE },
		{ "rx", DMARING_CHANNEL_RECEIVE },
		{ "s2mm", DMARING_CHANNEL_RECEIVE },
		{ "copy", DMARING_CHANNEL_COPY },
		{ "memcpy", DMARING_CHANNEL_COPY },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (direction ? !strcmp(direction, words[i].word) :
				!!strstr(name, words[i].word))
			return words[i].kind;
	}
	if (direction)
		return 0;
	if (caps->directions == BIT(DMA_MEM_TO_DEV))
		return DMARING_CHANNEL_SEND;
	if (caps->directions == BIT(DMA_DEV_TO_MEM))
		return DMARING_CHANNEL_RECEIVE;
	if (dma_has_cap(DMA_MEMCPY, dma->device->cap_mask))
		return DMARING_CHANNEL_COPY;
	return 0;
}

/* Whether the engine can do anything with data in this direction. */
static bool channel_moves(const struct dmaring_channel *channel,
			  const struct dma_slave_caps *caps)
{
	const u32 operations = BIT(DMARING_OP_SEND) | BIT(DMARING_OP_RECEIVE) |
			       BIT(DMARING_OP_COPY) | BIT(DMARING_OP_CYCLIC_START) |
			       BIT(DMARING_OP_INTERLEAVED);
	const u32 direction = channel->kind == DMARING_CHANNEL_SEND ? BIT(DMA_MEM_TO_DEV) :
			      BIT(DMA_DEV_TO_MEM);

	if (!(channel->geometry.operations & operations))
		return false;
	return channel->kind == DMARING_CHANNEL_COPY || !caps->directions ||
	       caps->directions & direction;
}

/*
 * A property with one value for all channels, or with one for each, in the order
 * of dma-names; @value stays as it is without it.
 */
static int channel_value(const struct dmaring_channel *channel, const char *property,
			 u32 *value)
{
	struct device *parent = channel->device->parent;
	u32 values[DMARING_CHANNELS_MAX];
	int count;

	if (!device_property_present(parent, property))
		return 0;
	count = device_property_count_u32(parent, property);
	if (count != 1 && count != device_property_string_array_count(parent, "dma-names"))
		return dev_err_probe(parent, -EINVAL,
				     "%s: neither one value nor one for each channel\n",
				     property);
	device_property_read_u32_array(parent, property, values, count);
	*value = values[count == 1 ? 0 : channel->index];
	return 0;
}

/* Of the device's register, where the engine does not know it by itself. */
static int channel_address(struct dmaring_channel *channel, u32 width,
			   struct dma_slave_config *config)
{
	const char *property = "dmaring,addresses";
	struct device *parent = channel->device->parent;
	u64 values[DMARING_CHANNELS_MAX], address;
	int count;

	if (!device_property_present(parent, property))
		return 0;
	count = device_property_count_u64(parent, property);
	if (count != device_property_string_array_count(parent, "dma-names"))
		return dev_err_probe(parent, -EINVAL,
				     "%s: not one of 64 bits for each channel\n", property);
	device_property_read_u64_array(parent, property, values, count);
	address = values[channel->index];
	if (address > (phys_addr_t)~0ULL || (width && address & (width - 1)))
		return dev_err_probe(parent, -EINVAL,
				     "channel %s: address %#llx: out of range, or not aligned to the width of %u\n",
				     channel->name, address, width);
	if (channel->kind == DMARING_CHANNEL_SEND)
		config->dst_addr = address;
	else
		config->src_addr = address;
	return 0;
}

/* Address, bus width and burst, where the description asks for them and the engine can. */
static int channel_peer(struct dmaring_channel *channel,
			const struct dma_slave_caps *caps,
			struct dma_slave_config *config)
{
	bool send = channel->kind == DMARING_CHANNEL_SEND;
	struct device *parent = channel->device->parent;
	u32 width = 0, burst = 0, widths;
	int ret;

	ret = channel_value(channel, "dmaring,width", &width);
	if (!ret)
		ret = channel_value(channel, "dmaring,burst", &burst);
	if (ret)
		return ret;
	/* Those of the device's side; memory can be read as the engine likes. */
	widths = send ? caps->dst_addr_widths : caps->src_addr_widths;
	if (width && (!is_power_of_2(width) || width > 64 ||
		      (widths && width < 32 && !(widths & BIT(width)))))
		return dev_err_probe(parent, -EINVAL,
				     "channel %s: width %u: the engine has %#x (bit n: n bytes)\n",
				     channel->name, width, widths);
	if (burst && (!width || !is_power_of_2(burst) || burst > PAGE_SIZE / width ||
		      burst < caps->min_burst ||
		      (caps->max_burst && burst > caps->max_burst)))
		return dev_err_probe(parent, -EINVAL,
				     "channel %s: burst %u of width %u: not a power of two, or the engine has %u to %u\n",
				     channel->name, burst, width, caps->min_burst,
				     caps->max_burst);
	config->src_addr_width = width;
	config->dst_addr_width = width;
	config->src_maxburst = burst;
	config->dst_maxburst = burst;
	/* Nothing is left over at the end that no burst would move. */
	channel->geometry.alignment = max3(channel->geometry.alignment, width, burst * width);
	return channel_address(channel, width, config);
}

static int channel_limits(struct dmaring_channel *channel,
			  const struct dma_slave_caps *caps,
			  struct dma_slave_config *config)
{
	struct dma_device *engine = channel->dma->device;
	size_t piece = dmaring_memory_chunk_bytes(channel->dma_dev);
	u32 alignment;
	int ret;

	channel->window = clamp_t(unsigned int, channel->quirk->window, 1, DMARING_SLOTS);
	/*
	 * One running, one pending: the engine finds one descriptor at each start
	 * and so reports each as it is done.
	 */
	if (channel->quirk->withholds ||
	    device_property_read_bool(channel->device->parent,
				      "dmaring,withholds-callbacks")) {
		channel->one_by_one = true;
		channel->window = 2;
	}
	channel->cookie_known = channel->quirk->cookie_trusted ||
		device_property_read_bool(channel->device->parent, "dmaring,cookie-known");
	channel->geometry.kind = channel->kind;
	channel->geometry.operations = channel_operations(engine, channel->kind);
	/* dmaengine has a word for copies only; the others may be described. */
	channel->geometry.alignment = 1;
	if (channel->kind == DMARING_CHANNEL_COPY)
		channel->geometry.alignment = 1U << engine->copy_align;
	else if (!device_property_read_u32(channel->device->parent,
					   "dmaring,alignment", &alignment) &&
		 is_power_of_2(alignment) && alignment <= PAGE_SIZE)
		channel->geometry.alignment = alignment;
	/* Else a receive would share a cache line with the CPU. */
	if (!(channel->flags & DMARING_COHERENT) &&
	    channel->kind != DMARING_CHANNEL_SEND)
		channel->geometry.alignment = max_t(u32, channel->geometry.alignment,
						    dma_get_cache_alignment());
	/* Of a device that may need bounce buffers no mapping tells whether it has one. */
	channel->always_syncs = channel->flags & DMARING_COHERENT ||
				dma_max_mapping_size(channel->dma_dev) != SIZE_MAX;
	if (channel->kind != DMARING_CHANNEL_COPY) {
		ret = channel_peer(channel, caps, config);
		if (ret)
			return ret;
	}
	/* What is cut off stays aligned. */
	alignment = channel->geometry.alignment;
	channel->boundary_mask = dma_get_seg_boundary(channel->dma_dev);
	channel->segment_bytes_max = round_down(dma_get_max_seg_size(channel->dma_dev), alignment);
	if (!channel->segment_bytes_max || channel->boundary_mask < alignment - 1)
		return dev_err_probe(channel->device->parent, -EINVAL,
				     "channel %s: segments of %u bytes, boundary mask %#llx: less than the alignment of %u\n",
				     channel->name, dma_get_max_seg_size(channel->dma_dev),
				     channel->boundary_mask, alignment);
	/*
	 * What pieces are counted in. A power of two divides a chunk, so that of
	 * n bytes come no more than n / piece + 2, wherever they begin.
	 */
	piece = min_t(size_t, piece, rounddown_pow_of_two(channel->segment_bytes_max));
	piece = min_t(u64, piece - 1, channel->boundary_mask) + 1;
	channel->geometry.piece_bytes = piece;
	channel->geometry.segment_bytes = channel->segment_bytes_max;
	channel->bytes_max = U32_MAX;
	if (channel->kind != DMARING_CHANNEL_COPY)
		channel->bytes_max = min_t(u64, U32_MAX, dmaring_pieces_bytes(piece));
	return 0;
}

/**
 * dmaring_channel_request() - take a channel from dmaengine
 * @device: the device being probed
 * @index: number of the channel
 * @name: as in dma-names
 * @direction: "send", "receive", "copy", or NULL to find out
 *
 * Context: probe; may sleep.
 * Return: the channel; -EPROBE_DEFER while the provider is missing; -ENODEV if
 * there is no such channel, or its direction is not known; -EBUSY if it is in use;
 * -EOPNOTSUPP if the engine cannot do it; -EINVAL if what is asked for in
 * properties cannot be; -ENOMEM, -ENOSPC.
 */
struct dmaring_channel *dmaring_channel_request(struct dmaring_device *device,
						unsigned int index,
						const char *name,
						const char *direction)
{
	struct dma_slave_config config = {};
	struct dmaring_channel *channel;
	struct dma_slave_caps caps = {};
	unsigned int i;
	int ret;

	channel = kvzalloc(sizeof(*channel), GFP_KERNEL);
	if (!channel)
		return ERR_PTR(-ENOMEM);
	channel->frame = kzalloc(struct_size(channel->frame, sgl, 1), GFP_KERNEL);
	if (!channel->frame) {
		kvfree(channel);
		return ERR_PTR(-ENOMEM);
	}
	channel->device = device;
	channel->index = index;
	strscpy(channel->name, name, sizeof(channel->name));
	sg_init_table(channel->sg, DMARING_PIECES_MAX);
	spin_lock_init(&channel->lock);
	INIT_LIST_HEAD(&channel->ready);
	INIT_LIST_HEAD(&channel->drain);
	INIT_LIST_HEAD(&channel->issued);
	INIT_LIST_HEAD(&channel->held);
	init_waitqueue_head(&channel->idle);
	hrtimer_setup(&channel->retry, dmaring_channel_retry, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&channel->cyclic.timer, dmaring_cyclic_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	dmaring_watch_init(channel);
	INIT_WORK(&channel->drain_work, dmaring_channel_drain_work);
	INIT_WORK(&channel->stop_work, dmaring_channel_stop_work);
	for (i = 0; i < DMARING_SLOTS; i++)
		channel->free_slot[channel->free_slots++] = DMARING_SLOTS - 1 - i;

	if (device->plan)
		channel->dma = dmaring_added_request(device->plan->channel[index].engine);
	else
		channel->dma = dma_request_chan(device->parent, name);
	if (IS_ERR(channel->dma)) {
		ret = PTR_ERR(channel->dma);
		dev_err_probe(device->parent, ret, "channel %s\n", name);
		goto err_free;
	}
	dmaring_added_learn(channel->dma);
	channel->dma_dev = dmaengine_get_dma_device(channel->dma);
	channel->quirk = dmaring_quirk_find(channel->dma);
	dma_get_slave_caps(channel->dma, &caps);
	channel->residue = caps.residue_granularity;
	channel->kind = channel_kind(direction, name, channel->dma, &caps);
	if (!channel->kind) {
		ret = -ENODEV;
		dev_err(device->parent, "channel %s: unknown direction\n", name);
		goto err_release;
	}
	/* An engine in front of simulated hardware, whoever described the device. */
	if (device_property_read_bool(channel->dma->device->dev, "dmaring,simulated"))
		device->simulated = true;
	if (channel->kind == DMARING_CHANNEL_COPY)
		channel->flags |= DMARING_SHARED;
	if (dev_is_dma_coherent(channel->dma_dev))
		channel->flags |= DMARING_COHERENT;
	if ((channel->quirk->residue_trusted ||
	     device_property_read_bool(device->parent, "dmaring,length-known")) &&
	    channel->residue != DMA_RESIDUE_GRANULARITY_DESCRIPTOR)
		channel->flags |= DMARING_LEN_KNOWN;
	if (device->simulated)
		channel->flags |= DMARING_SIMULATED;
	ret = channel_limits(channel, &caps, &config);
	if (ret)
		goto err_release;
	ret = dmaring_sequence_init(channel);
	if (ret)
		goto err_release;
	dmaring_cyclic_init(channel, &caps);
	if (!channel_moves(channel, &caps)) {
		ret = dev_err_probe(device->parent, -EOPNOTSUPP,
				    "channel %s: %s cannot %s\n", name,
				    dma_chan_name(channel->dma),
				    channel->kind == DMARING_CHANNEL_SEND ? "send" :
				    channel->kind == DMARING_CHANNEL_RECEIVE ? "receive" : "copy");
		goto err_release;
	}
	if (channel->kind != DMARING_CHANNEL_COPY) {
		config.direction = channel->kind == DMARING_CHANNEL_SEND ?
				   DMA_MEM_TO_DEV : DMA_DEV_TO_MEM;
		ret = dmaengine_slave_config(channel->dma, &config);
		/* Engines in front of a fixed peer have nothing to configure. */
		if (ret && ret != -ENOSYS) {
			dev_err(device->parent, "channel %s: configuration refused: %d\n",
				name, ret);
			goto err_release;
		}
	}
	ret = dmaring_ticket_register(channel);
	if (ret)
		goto err_release;
	return channel;

err_release:
	dma_release_channel(channel->dma);
err_free:
	dmaring_channel_free(channel);
	return ERR_PTR(ret);
}

/**
 * dmaring_channel_release() - give the channel back to dmaengine
 * @channel: stopped, with nothing in flight; the structure stays
 *
 * Context: may sleep.
 */
void dmaring_channel_release(struct dmaring_channel *channel)
{
	spin_lock_irq(&channel->lock);
	channel->released = true;
	spin_unlock_irq(&channel->lock);
	dmaring_ticket_unregister(channel);
	hrtimer_cancel(&channel->retry);
	hrtimer_cancel(&channel->cyclic.timer);
	dmaring_watch_end(channel);
	cancel_work_sync(&channel->drain_work);
	cancel_work_sync(&channel->stop_work);
	dma_release_channel(channel->dma);
}

/**
 * dmaring_channel_free() - free the structure
 * @channel: released; no ring refers to it any more
 *
 * Context: may sleep.
 */
void dmaring_channel_free(struct dmaring_channel *channel)
{
	dmaring_sequence_free(channel);
	kfree(channel->frame);
	kvfree(channel);
}

/**
 * dmaring_channel_claim() - let a ring use the channel
 * @channel: the channel
 * @ring: the ring
 *
 * Context: process; holds device->lock.
 * Return: 0; -EBUSY if another ring owns it; -EIO if its engine does not stop.
 */
int dmaring_channel_claim(struct dmaring_channel *channel,
			  struct dmaring_ring *ring)
{
	int ret;

	lockdep_assert_held(&channel->device->lock);
	if (channel->owner)
		return -EBUSY;
	ret = dmaring_channel_revive(channel);
	if (ret)
		return ret;
	channel->rings++;
	if (dmaring_channel_shared(channel))
		return 0;
	WRITE_ONCE(channel->owner, ring);
	channel->owner_pid = task_tgid_nr(current);
	get_task_comm(channel->owner_comm, current);
	return 0;
}

/**
 * dmaring_channel_unclaim() - undo dmaring_channel_claim()
 * @channel: the channel; nothing of @ring is in flight on it if it is owned
 * @ring: the ring
 *
 * Context: process; holds device->lock.
 */
void dmaring_channel_unclaim(struct dmaring_channel *channel,
			     struct dmaring_ring *ring)
{
	lockdep_assert_held(&channel->device->lock);
	channel->rings--;
	if (channel->owner != ring)
		return;
	WRITE_ONCE(channel->owner, NULL);
	channel->owner_pid = 0;
	/* An engine without an owner is idle, not starved. */
	spin_lock_irq(&channel->lock);
	channel->starved_since = 0;
	/* Nor is anything lost that came while nobody wanted it. */
	channel->sequence.numbered = false;
	channel->sequence.unnumbered = 0;
	spin_unlock_irq(&channel->lock);
}
