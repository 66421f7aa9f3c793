// SPDX-License-Identifier: GPL-2.0-only
/*
 * 2-D transfers: from a window of rows to dmaengine's templates, piece by piece.
 *
 * A piece is one descriptor: as many whole rows as lie in one contiguous part of
 * the pool, or a part of a row that does not fit there or is longer than the
 * engine takes. Nothing is kept between pieces but the bytes taken so far.
 *
 * Owns nothing but channel->frame while it has the role channel->issuing.
 */
#include "interleaved.h"
#include "ring.h"

/**
 * struct side - the rows on one side of a transfer
 * @memory: pool
 * @base: of the first row, bytes from the start of the pool
 * @stride: from row to row
 */
struct side {
	const struct dmaring_memory *memory;
	u64 base;
	u32 stride;
};

static const struct dmaring_template *shape_of(const struct dmaring_request *request)
{
	return (const void *)request->segments;
}

static struct side near_side(const struct dmaring_request *request)
{
	const struct dmaring_sqe *sqe = &request->sqe;
	const struct dmaring_memory *memory = request->ring->memory[sqe->pool];

	return (struct side) {
		.memory = memory,
		.base = sqe->buffer * memory->stride + sqe->offset,
		.stride = shape_of(request)->stride,
	};
}

/* Copies only. */
static struct side source_side(const struct dmaring_request *request)
{
	const struct dmaring_sqe *sqe = &request->sqe;
	const struct dmaring_memory *memory = request->ring->memory[sqe->source_pool];

	return (struct side) {
		.memory = memory,
		.base = sqe->source_buffer * memory->stride + sqe->source_offset,
		.stride = shape_of(request)->source_stride,
	};
}

/* Place of byte @taken of the transfer. */
static u64 side_offset(const struct side *side, u32 row_bytes, u32 taken)
{
	return side->base + (u64)(taken / row_bytes) * side->stride + taken % row_bytes;
}

/* How much of @left, from byte @taken on, one descriptor can be on this side. */
static u32 side_piece(const struct side *side, const struct dmaring_request *request,
		      u32 segment_max, u32 taken, u32 left)
{
	u32 row_bytes = shape_of(request)->row_bytes, room, rows = 1;
	u32 part = row_bytes - taken % row_bytes;
	dma_addr_t address;

	room = dmaring_memory_piece(side->memory, request->queue->map,
				    side_offset(side, row_bytes, taken), U32_MAX, U32_MAX,
				    &address);
	if (part < row_bytes || row_bytes > segment_max || row_bytes > room)
		return min3(min(left, part), segment_max, room);
	if (side->stride)
		rows += (room - row_bytes) / side->stride;
	return min_t(u64, left, (u64)rows * row_bytes);
}

/**
 * dmaring_interleaved_piece() - length of the next descriptor
 * @channel: the request's channel
 * @request: INTERLEAVED
 * @taken: bytes handed over before, less than all
 *
 * Context: any.
 * Return: bytes: of whole rows, or of a part of one.
 */
u32 dmaring_interleaved_piece(const struct dmaring_channel *channel,
			      const struct dmaring_request *request, u32 taken)
{
	u32 row_bytes = shape_of(request)->row_bytes;
	u32 left = request->sqe.bytes - taken;
	struct side side = near_side(request);

	left = side_piece(&side, request, channel->segment_bytes_max, taken, left);
	if (dmaring_channel_shared(channel)) {
		side = source_side(request);
		left = side_piece(&side, request, channel->segment_bytes_max, taken, left);
	}
	return left > row_bytes ? rounddown(left, row_bytes) : left;
}

static void side_sync(const struct side *side, const struct dmaring_request *request,
		      u32 taken, u32 bytes, enum dma_data_direction direction, bool for_cpu)
{
	u32 row_bytes = shape_of(request)->row_bytes;

	/* What lies between the rows is not ours to hand over. */
	while (bytes) {
		u32 n = side->stride == row_bytes ? bytes :
			min(bytes, row_bytes - taken % row_bytes);

		dmaring_memory_sync(side->memory, request->queue->map,
				    side_offset(side, row_bytes, taken), n, direction,
				    for_cpu);
		taken += n;
		bytes -= n;
	}
}

/**
 * dmaring_interleaved_sync() - hand over a part of the bytes
 * @request: INTERLEAVED
 * @taken: first byte
 * @bytes: how many
 * @for_cpu: to the CPU; else to the device
 *
 * Context: any; the pool is mapped.
 */
void dmaring_interleaved_sync(const struct dmaring_request *request, u32 taken,
			      u32 bytes, bool for_cpu)
{
	const struct dmaring_channel *channel = request->queue->channel;
	struct side side = near_side(request);

	side_sync(&side, request, taken, bytes, channel->kind == DMARING_CHANNEL_SEND ?
		  DMA_TO_DEVICE : DMA_FROM_DEVICE, for_cpu);
	if (!dmaring_channel_shared(channel))
		return;
	side = source_side(request);
	side_sync(&side, request, taken, bytes, DMA_TO_DEVICE, for_cpu);
}

/**
 * dmaring_interleaved_split() - does the transfer take several descriptors
 * @request: INTERLEAVED
 *
 * Context: any.
 * Return: true if so.
 */
bool dmaring_interleaved_split(const struct dmaring_request *request)
{
	return dmaring_interleaved_piece(request->queue->channel, request, 0) <
	       request->sqe.bytes;
}

/**
 * dmaring_interleaved_prepare() - the descriptor of a piece
 * @channel: the request's channel
 * @request: INTERLEAVED
 * @taken: bytes handed over before
 * @bytes: what dmaring_interleaved_piece() said
 * @flags: enum dma_ctrl_flags
 *
 * Context: any that may call dmaengine; holds the role channel->issuing.
 * Return: the descriptor; NULL if the engine has none left or refuses.
 */
struct dma_async_tx_descriptor *
dmaring_interleaved_prepare(struct dmaring_channel *channel,
			    struct dmaring_request *request, u32 taken, u32 bytes,
			    unsigned long flags)
{
	struct dma_interleaved_template *frame = channel->frame;
	u32 row_bytes = shape_of(request)->row_bytes, gap, source_gap;
	bool copy = dmaring_channel_shared(channel);
	struct side side = near_side(request), source = side;
	dma_addr_t address;

	if (!(request->sqe.flags & DMARING_SQE_NO_SYNC))
		dmaring_interleaved_sync(request, taken, bytes, false);
	if (copy)
		source = source_side(request);
	memset(frame, 0, struct_size(frame, sgl, 1));
	frame->frame_size = 1;
	frame->numf = max(bytes / row_bytes, 1U);
	frame->sgl[0].size = bytes / frame->numf;
	gap = frame->numf > 1 ? side.stride - row_bytes : 0;
	source_gap = frame->numf > 1 ? source.stride - row_bytes : 0;
	/* Some providers know the gap of both sides only, which is the same here. */
	if (gap == source_gap) {
		frame->sgl[0].icg = gap;
	} else {
		frame->sgl[0].dst_icg = gap;
		frame->sgl[0].src_icg = source_gap;
	}
	dmaring_memory_piece(side.memory, request->queue->map,
			     side_offset(&side, row_bytes, taken), bytes, bytes, &address);
	frame->dst_start = address;
	frame->src_start = address;
	if (copy) {
		frame->dir = DMA_MEM_TO_MEM;
		dmaring_memory_piece(source.memory, request->queue->map,
				     side_offset(&source, row_bytes, taken), bytes, bytes,
				     &address);
		frame->src_start = address;
	} else if (channel->kind == DMARING_CHANNEL_SEND) {
		frame->dir = DMA_MEM_TO_DEV;
		frame->dst_start = 0;
	} else {
		frame->dir = DMA_DEV_TO_MEM;
		frame->src_start = 0;
	}
	frame->src_inc = frame->dir != DMA_DEV_TO_MEM;
	frame->dst_inc = frame->dir != DMA_MEM_TO_DEV;
	frame->src_sgl = frame->src_inc;
	frame->dst_sgl = frame->dst_inc;
	return dmaengine_prep_interleaved_dma(channel->dma, frame, flags);
}
