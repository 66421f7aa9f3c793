/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of received blocks, from the metadata of their descriptors.
 */
#ifndef _DMARING_SEQUENCE_H
#define _DMARING_SEQUENCE_H

#include <linux/types.h>

struct dma_async_tx_descriptor;
struct dmaring_channel;
struct dmaring_request;

/**
 * struct dmaring_sequence - what a receive channel knows of its blocks' numbers
 * @mode: enum dma_desc_metadata_mode; 0: no numbers
 * @offset: of the number in the metadata
 * @bytes: of the metadata
 * @area: metadata of each slot, in client mode
 *
 * Protected by channel->lock:
 * @numbered: @expected is known
 * @expected: number of the next block
 * @unnumbered: blocks that came without a number since the last one with one
 */
struct dmaring_sequence {
	u32 mode;
	u32 offset;
	u32 bytes;
	u8 *area;
	bool numbered;
	u32 expected;
	u32 unnumbered;
};

int dmaring_sequence_init(struct dmaring_channel *channel);
void dmaring_sequence_free(struct dmaring_channel *channel);
void dmaring_sequence_attach(struct dmaring_channel *channel, unsigned int slot,
			     struct dma_async_tx_descriptor *descriptor);
bool dmaring_sequence_read(struct dmaring_channel *channel, unsigned int slot,
			   struct dma_async_tx_descriptor *descriptor, u32 *number);
void dmaring_sequence_count(struct dmaring_channel *channel,
			    struct dmaring_request *request, bool known, u32 number);

#endif /* _DMARING_SEQUENCE_H */
