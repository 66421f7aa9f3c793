// SPDX-License-Identifier: GPL-2.0-only
/*
 * The numbers of received blocks, from the metadata of their descriptors: they
 * make the count of lost blocks exact. Where the number is in the metadata is
 * said by the device's description, since dmaengine has no word for it.
 *
 * Owns: channel->sequence. Nothing here costs a channel without numbers.
 */
#include <linux/property.h>
#include <linux/slab.h>
#include "ring.h"

/* More than any provider has. */
#define METADATA_BYTES_MAX	1024

/**
 * dmaring_sequence_init() - find out whether blocks are numbered
 * @channel: a channel being requested
 *
 * Context: probe; may sleep.
 * Return: 0; -EINVAL for a description that cannot be; -ENOMEM.
 */
int dmaring_sequence_init(struct dmaring_channel *channel)
{
	struct dmaring_sequence *sequence = &channel->sequence;
	struct device *parent = channel->device->parent;
	u32 offset, bytes;

	if (channel->kind != DMARING_CHANNEL_RECEIVE ||
	    device_property_read_u32(parent, "dmaring,sequence-metadata", &offset))
		return 0;
	if (device_property_read_u32(parent, "dmaring,metadata-bytes", &bytes))
		bytes = offset + sizeof(__le32);
	if (bytes > METADATA_BYTES_MAX || offset > bytes || bytes - offset < sizeof(__le32))
		return dev_err_probe(parent, -EINVAL,
				     "channel %s: no 32-bit number at %u of %u bytes of metadata\n",
				     channel->name, offset, bytes);
	sequence->offset = offset;
	sequence->bytes = bytes;
	if (dmaengine_is_metadata_mode_supported(channel->dma, DESC_METADATA_ENGINE)) {
		sequence->mode = DESC_METADATA_ENGINE;
	} else if (dmaengine_is_metadata_mode_supported(channel->dma, DESC_METADATA_CLIENT)) {
		sequence->area = kvcalloc(DMARING_SLOTS, bytes, GFP_KERNEL);
		if (!sequence->area)
			return -ENOMEM;
		sequence->mode = DESC_METADATA_CLIENT;
	} else {
		dev_warn(parent, "channel %s: the provider gives no metadata, so nobody can count lost blocks\n",
			 channel->name);
		return 0;
	}
	channel->flags |= DMARING_LOSS_EXACT;
	return 0;
}

/**
 * dmaring_sequence_free() - the opposite
 * @channel: released
 *
 * Context: may sleep.
 */
void dmaring_sequence_free(struct dmaring_channel *channel)
{
	kvfree(channel->sequence.area);
}

static u8 *slot_area(struct dmaring_channel *channel, unsigned int slot)
{
	return channel->sequence.area + (size_t)slot * channel->sequence.bytes;
}

/**
 * dmaring_sequence_attach() - have the number of a block delivered
 * @channel: with numbers
 * @slot: taken for the descriptor
 * @descriptor: prepared, not yet submitted
 *
 * Context: any that may call dmaengine; holds the role channel->issuing.
 */
void dmaring_sequence_attach(struct dmaring_channel *channel, unsigned int slot,
			     struct dma_async_tx_descriptor *descriptor)
{
	struct dmaring_slot *s = &channel->slots[slot];

	s->descriptor = descriptor;
	if (channel->sequence.mode == DESC_METADATA_CLIENT &&
	    dmaengine_desc_attach_metadata(descriptor, slot_area(channel, slot),
					   channel->sequence.bytes))
		s->descriptor = NULL;	/* comes without a number */
}

/**
 * dmaring_sequence_read() - the number of a block that has come
 * @channel: with numbers
 * @slot: of its descriptor
 * @descriptor: whose callback runs
 * @number: filled in
 *
 * Context: the callback of the descriptor; holds none of our locks.
 * Return: true if it has one.
 */
bool dmaring_sequence_read(struct dmaring_channel *channel, unsigned int slot,
			   struct dma_async_tx_descriptor *descriptor, u32 *number)
{
	const struct dmaring_sequence *sequence = &channel->sequence;
	size_t bytes = sequence->bytes, room;
	const u8 *from;

	if (sequence->mode == DESC_METADATA_ENGINE) {
		from = dmaengine_desc_get_metadata_ptr(descriptor, &bytes, &room);
		if (IS_ERR_OR_NULL(from) || bytes < sequence->offset + sizeof(__le32))
			return false;
	} else {
		from = slot_area(channel, slot);
	}
	from += sequence->offset;
	*number = from[0] | from[1] << 8 | from[2] << 16 | (u32)from[3] << 24;
	return true;
}

/**
 * dmaring_sequence_count() - what the number of a block says of those before it
 * @channel: with numbers
 * @request: whose descriptor has come, without an error
 * @known: it had a number
 * @number: that
 *
 * Context: any; holds channel->lock.
 */
void dmaring_sequence_count(struct dmaring_channel *channel,
			    struct dmaring_request *request, bool known, u32 number)
{
	struct dmaring_sequence *sequence = &channel->sequence;
	u32 ahead = number - sequence->expected;

	lockdep_assert_held(&channel->lock);
	if (!known) {
		sequence->unnumbered++;
		request->loss_unknown = true;
		return;
	}
	/* A block that did not fit one buffer goes on in the next one. */
	if (sequence->numbered && ahead == U32_MAX && !sequence->unnumbered)
		return;
	if (sequence->numbered && ahead > S32_MAX) {
		request->loss_unknown = true;	/* the device began anew */
	} else if (sequence->numbered && ahead > sequence->unnumbered) {
		/* Those that came without a number are not lost. */
		request->lost += ahead - sequence->unnumbered;
		channel->lost += ahead - sequence->unnumbered;
	}
	sequence->numbered = true;
	sequence->unnumbered = 0;
	sequence->expected = number + 1;
}
