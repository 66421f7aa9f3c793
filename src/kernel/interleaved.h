/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2-D transfers.
 */
#ifndef _DMARING_INTERLEAVED_H
#define _DMARING_INTERLEAVED_H

#include <linux/types.h>

struct dma_async_tx_descriptor;
struct dmaring_channel;
struct dmaring_request;

u32 dmaring_interleaved_piece(const struct dmaring_channel *channel,
			      const struct dmaring_request *request, u32 taken);
bool dmaring_interleaved_split(const struct dmaring_request *request);
void dmaring_interleaved_sync(const struct dmaring_request *request, u32 taken,
			      u32 bytes, bool for_cpu);
struct dma_async_tx_descriptor *
dmaring_interleaved_prepare(struct dmaring_channel *channel,
			    struct dmaring_request *request, u32 taken, u32 bytes,
			    unsigned long flags);

#endif /* _DMARING_INTERLEAVED_H */
