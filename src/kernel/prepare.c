// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a request to a dmaengine descriptor: addresses, scatter lists, syncs.
 *
 * Owns nothing but channel->sg while it has the role channel->issuing.
 */
#include "interleaved.h"
#include "ring.h"

static u64 pool_offset(const struct dmaring_memory *memory, u32 buffer, u32 offset)
{
	return (u64)buffer * memory->stride + offset;
}

/**
 * dmaring_request_range() - one of the ranges that a send or receive covers
 * @request: the request
 * @index: which; 0 .. list_entries - 1, or 0 for a request without a list
 * @offset: bytes from the start of its pool, filled in
 *
 * Context: any.
 * Return: bytes of the range; 0: there is no such range.
 */
u32 dmaring_request_range(const struct dmaring_request *request, u32 index,
			  u64 *offset)
{
	const struct dmaring_memory *memory = request->ring->memory[request->sqe.pool];
	const struct dmaring_sqe *sqe = &request->sqe;
	const struct dmaring_segment *segment;

	if (!(sqe->flags & DMARING_SQE_SEGMENTS)) {
		*offset = pool_offset(memory, sqe->buffer, sqe->offset);
		return index ? 0 : sqe->bytes;
	}
	if (index >= sqe->list_entries)
		return 0;
	segment = &request->segments[index];
	*offset = pool_offset(memory, segment->buffer, segment->offset);
	return segment->bytes;
}

/**
 * dmaring_request_sync() - hand over the bytes of a send or receive
 * @request: the request
 * @bytes: how many, from its start
 * @for_cpu: to the CPU; else to the device
 *
 * Context: any; the pool is mapped.
 */
void dmaring_request_sync(const struct dmaring_request *request, u32 bytes,
			  bool for_cpu)
{
	const struct dmaring_memory *memory = request->ring->memory[request->sqe.pool];
	u32 index, range;
	u64 offset;

	if (!memory->map[request->queue->map].needs_sync)
		return;
	for (index = 0; bytes; index++) {
		range = min(dmaring_request_range(request, index, &offset), bytes);
		if (!range)
			break;
		dmaring_memory_sync(memory, request->queue->map, offset, range,
				    request->sqe.opcode == DMARING_OP_SEND ?
				    DMA_TO_DEVICE : DMA_FROM_DEVICE, for_cpu);
		bytes -= range;
	}
}

/**
 * dmaring_request_piece() - length of a request's next descriptor
 * @channel: its channel
 * @request: with bytes not yet handed to the engine
 *
 * A copy goes piece by piece, as both of its sides are contiguous, and so do the
 * rows of a 2-D transfer; the others go as one scatter list.
 *
 * Context: any.
 * Return: bytes.
 */
u32 dmaring_request_piece(const struct dmaring_channel *channel,
			  const struct dmaring_request *request)
{
	const struct dmaring_sqe *sqe = &request->sqe;
	struct dmaring_ring *ring = request->ring;
	unsigned int map = request->queue->map;
	u32 left = sqe->bytes - request->taken;
	const struct dmaring_memory *memory;
	dma_addr_t address;

	if (sqe->opcode == DMARING_OP_INTERLEAVED)
		return dmaring_interleaved_piece(channel, request, request->taken);
	if (sqe->opcode != DMARING_OP_COPY)
		return left;
	memory = ring->memory[sqe->pool];
	left = dmaring_memory_piece(memory, map,
				    pool_offset(memory, sqe->buffer, sqe->offset) +
				    request->taken, left,
				    channel->segment_bytes_max, &address);
	memory = ring->memory[sqe->source_pool];
	return dmaring_memory_piece(memory, map,
				    pool_offset(memory, sqe->source_buffer,
						sqe->source_offset) +
				    request->taken, left,
				    channel->segment_bytes_max, &address);
}

static struct dma_async_tx_descriptor *
copy_prepare(struct dmaring_channel *channel, struct dmaring_request *request,
	     u32 taken, u32 bytes, unsigned long flags)
{
	const struct dmaring_sqe *sqe = &request->sqe;
	struct dmaring_ring *ring = request->ring;
	unsigned int map = request->queue->map;
	struct dmaring_memory *to = ring->memory[sqe->pool];
	struct dmaring_memory *from = ring->memory[sqe->source_pool];
	u64 to_offset = pool_offset(to, sqe->buffer, sqe->offset) + taken;
	u64 from_offset = pool_offset(from, sqe->source_buffer,
				      sqe->source_offset) + taken;
	dma_addr_t to_address, from_address;

	dmaring_memory_piece(to, map, to_offset, bytes, bytes, &to_address);
	dmaring_memory_piece(from, map, from_offset, bytes, bytes, &from_address);
	if (!(sqe->flags & DMARING_SQE_NO_SYNC)) {
		dmaring_memory_sync(from, map, from_offset, bytes, DMA_TO_DEVICE, false);
		dmaring_memory_sync(to, map, to_offset, bytes, DMA_FROM_DEVICE, false);
	}
	return dmaengine_prep_dma_memcpy(channel->dma, to_address, from_address,
					 bytes, flags);
}

static struct dma_async_tx_descriptor *
slave_prepare(struct dmaring_channel *channel, struct dmaring_request *request,
	      u32 bytes, unsigned long flags)
{
	const struct dmaring_sqe *sqe = &request->sqe;
	struct dmaring_memory *memory = request->ring->memory[sqe->pool];
	bool send = sqe->opcode == DMARING_OP_SEND;
	struct dma_async_tx_descriptor *descriptor;
	unsigned int n = 0;
	u32 index, left;
	u64 at;

	if (!(sqe->flags & DMARING_SQE_NO_SYNC))
		dmaring_request_sync(request, bytes, false);
	for (index = 0; (left = dmaring_request_range(request, index, &at)); index++) {
		while (left && n < DMARING_PIECES_MAX) {
			dma_addr_t address;
			u32 piece = dmaring_memory_piece(memory, request->queue->map, at,
							 left, channel->segment_bytes_max,
							 &address);

			sg_dma_address(&channel->sg[n]) = address;
			sg_dma_len(&channel->sg[n]) = piece;
			channel->sg[n].length = piece;
			at += piece;
			left -= piece;
			n++;
		}
		/* The entry's check saw to it that the list is long enough. */
		if (WARN_ON_ONCE(left))
			return NULL;
	}
	/* The table is 8 KiB: it is set up once, and only its end moves. */
	sg_mark_end(&channel->sg[n - 1]);
	descriptor = dmaengine_prep_slave_sg(channel->dma, channel->sg, n,
					     send ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM, flags);
	sg_unmark_end(&channel->sg[n - 1]);
	return descriptor;
}

/**
 * dmaring_request_submit() - hand a request's next descriptor to dmaengine
 * @channel: its channel
 * @request: the request
 * @slot: taken for the descriptor; keeps the request where it is
 * @taken: bytes handed over before
 * @bytes: of this descriptor
 *
 * Context: any that may call dmaengine; holds the role channel->issuing and
 * none of our locks.
 * Return: the cookie; -EAGAIN if the engine has no descriptor left.
 */
dma_cookie_t dmaring_request_submit(struct dmaring_channel *channel,
				    struct dmaring_request *request,
				    unsigned int slot, u32 taken, u32 bytes)
{
	unsigned long flags = DMA_PREP_INTERRUPT | DMA_CTRL_ACK;
	struct dma_async_tx_descriptor *descriptor;

	if (request->sqe.opcode == DMARING_OP_CYCLIC_START)
		descriptor = dmaring_cyclic_prepare(channel, request, flags);
	else if (request->sqe.opcode == DMARING_OP_COPY)
		descriptor = copy_prepare(channel, request, taken, bytes, flags);
	else if (request->sqe.opcode == DMARING_OP_INTERLEAVED)
		descriptor = dmaring_interleaved_prepare(channel, request, taken, bytes,
							 flags);
	else
		descriptor = slave_prepare(channel, request, bytes, flags);
	if (!descriptor)
		return -EAGAIN;
	if (unlikely(channel->sequence.mode))
		dmaring_sequence_attach(channel, slot, descriptor);
	descriptor->callback_result = dmaring_ticket_callback;
	descriptor->callback_param = dmaring_ticket(channel, slot);
	return dmaengine_submit(descriptor);
}
