// SPDX-License-Identifier: GPL-2.0-only
/*
 * The check of a submission entry.
 *
 * Works on the driver's private copy only and touches nothing else, so that
 * the fuzzer and the proofs can compile it as it stands.
 */
#include <linux/errno.h>
#include <linux/nospec.h>
#include "validate.h"

/* One buffer range, in 64-bit arithmetic: nothing here can wrap. */
static int range_check(const struct dmaring_geometry *geometry,
		       const struct dmaring_channel_geometry *channel,
		       __u32 pool, __u32 buffer, __u32 offset, __u32 bytes)
{
	const struct dmaring_pool_geometry *p;

	if (pool >= geometry->pools)
		return -EINVAL;
	p = &geometry->pool[array_index_nospec(pool, geometry->pools)];
	if (buffer >= p->buffers)
		return -EINVAL;
	if (!bytes || (__u64)offset + bytes > p->buffer_bytes)
		return -EINVAL;
	if ((offset | bytes) & (channel->alignment - 1))
		return -EINVAL;
	return 0;
}

/* What a request's pieces are counted in; the pool is known to exist. */
static __u32 piece_bytes(const struct dmaring_geometry *geometry,
			 const struct dmaring_channel_geometry *channel, __u32 pool)
{
	__u32 chunk = geometry->pool[array_index_nospec(pool, geometry->pools)].chunk_bytes;

	return chunk < channel->piece_bytes ? chunk : channel->piece_bytes;
}

/* Both ranges are valid: compare their places in the pool. */
static bool ranges_overlap(const struct dmaring_geometry *geometry,
			   const struct dmaring_sqe *sqe)
{
	__u64 stride, to, from;

	if (sqe->pool != sqe->source_pool)
		return false;
	stride = geometry->pool[array_index_nospec(sqe->pool, geometry->pools)].stride;
	to = sqe->buffer * stride + sqe->offset;
	from = sqe->source_buffer * stride + sqe->source_offset;
	return to < from + sqe->bytes && from < to + sqe->bytes;
}

/*
 * Every segment on its own, their sum, and that no more pieces come of them
 * than a scatter list holds: each may be cut at both of its ends.
 */
static int segments_check(const struct dmaring_geometry *geometry,
			  const struct dmaring_channel_geometry *channel,
			  const struct dmaring_sqe *sqe,
			  const struct dmaring_segment *segments)
{
	__u64 bytes = 0, pieces = 0;
	__u32 i;
	int ret;

	if (!dmaring_list_validate(geometry, sqe))
		return -EINVAL;
	if (sqe->buffer || sqe->offset)
		return -EINVAL;
	for (i = 0; i < sqe->list_entries; i++) {
		if (segments[i].reserved)
			return -EINVAL;
		ret = range_check(geometry, channel, sqe->pool, segments[i].buffer,
				  segments[i].offset, segments[i].bytes);
		if (ret)
			return ret;
		bytes += segments[i].bytes;
		pieces += segments[i].bytes / piece_bytes(geometry, channel, sqe->pool) + 2;
	}
	return bytes == sqe->bytes && pieces <= DMARING_PIECES_MAX ? 0 : -EINVAL;
}

static int data_check(const struct dmaring_geometry *geometry,
		      const struct dmaring_sqe *sqe,
		      const struct dmaring_segment *segments)
{
	const struct dmaring_channel_geometry *channel;
	bool copy = sqe->opcode == DMARING_OP_COPY;
	int ret;

	if (sqe->channel >= geometry->channels)
		return -EINVAL;
	channel = &geometry->channel[array_index_nospec(sqe->channel,
							geometry->channels)];
	if (!(channel->operations & (1U << sqe->opcode)))
		return -EOPNOTSUPP;
	if (sqe->target)
		return -EINVAL;
	if (!copy && (sqe->source_pool || sqe->source_buffer || sqe->source_offset))
		return -EINVAL;
	if (sqe->flags & DMARING_SQE_SEGMENTS)
		return copy ? -EOPNOTSUPP :
			      segments_check(geometry, channel, sqe, segments);
	if (sqe->list || sqe->list_entries)
		return -EINVAL;
	ret = range_check(geometry, channel, sqe->pool, sqe->buffer,
			  sqe->offset, sqe->bytes);
	if (ret)
		return ret;
	/* A copy goes piece by piece; the others fit one scatter list. */
	if (!copy)
		return sqe->bytes <= dmaring_pieces_bytes(piece_bytes(geometry, channel,
								      sqe->pool)) ?
		       0 : -EINVAL;
	ret = range_check(geometry, channel, sqe->source_pool,
			  sqe->source_buffer, sqe->source_offset, sqe->bytes);
	if (ret)
		return ret;
	return ranges_overlap(geometry, sqe) ? -EINVAL : 0;
}

/* One side of a 2-D transfer: all from the first row to the last is in a buffer. */
static int window_check(const struct dmaring_geometry *geometry,
			const struct dmaring_channel_geometry *channel,
			const struct dmaring_template *shape,
			__u32 pool, __u32 buffer, __u32 offset, __u32 stride)
{
	const struct dmaring_pool_geometry *p;
	__u64 extent = shape->row_bytes;

	if (shape->rows > 1) {
		if (stride < shape->row_bytes || stride & (channel->alignment - 1))
			return -EINVAL;
		extent += (__u64)(shape->rows - 1) * stride;
	}
	if (pool >= geometry->pools)
		return -EINVAL;
	p = &geometry->pool[array_index_nospec(pool, geometry->pools)];
	if (extent + offset > p->buffer_bytes)
		return -EINVAL;
	return range_check(geometry, channel, pool, buffer, offset, shape->row_bytes);
}

/*
 * Two windows that are valid. Rows of one stride are compared row by row: the
 * left half of a frame may be copied into the right one. With two strides the
 * windows must be apart as a whole.
 */
static bool windows_overlap(const struct dmaring_geometry *geometry,
			    const struct dmaring_sqe *sqe,
			    const struct dmaring_template *shape)
{
	__u64 pool_stride, to, from, to_end, from_end;
	__u32 stride = shape->stride, distance, rows, rest;

	if (sqe->pool != sqe->source_pool)
		return false;
	pool_stride = geometry->pool[array_index_nospec(sqe->pool, geometry->pools)].stride;
	to = sqe->buffer * pool_stride + sqe->offset;
	from = sqe->source_buffer * pool_stride + sqe->source_offset;
	to_end = to + (__u64)(shape->rows - 1) * stride + shape->row_bytes;
	from_end = from + (__u64)(shape->rows - 1) * shape->source_stride + shape->row_bytes;
	if (to >= from_end || from >= to_end)
		return false;
	if (shape->rows == 1 || stride != shape->source_stride)
		return true;
	/* Less than the extent of a window, which is inside a buffer. */
	distance = to > from ? to - from : from - to;
	rows = distance / stride;
	rest = distance % stride;
	return (rest < shape->row_bytes && rows < shape->rows) ||
	       (stride - rest < shape->row_bytes && rows + 1 < shape->rows);
}

static int interleaved_check(const struct dmaring_geometry *geometry,
			     const struct dmaring_sqe *sqe,
			     const struct dmaring_segment *segments)
{
	const struct dmaring_template *shape = (const void *)segments;
	const struct dmaring_channel_geometry *channel;
	int ret;

	if (sqe->channel >= geometry->channels)
		return -EINVAL;
	channel = &geometry->channel[array_index_nospec(sqe->channel,
							geometry->channels)];
	if (!(channel->operations & (1U << sqe->opcode)))
		return -EOPNOTSUPP;
	if (sqe->flags & DMARING_SQE_SEGMENTS || sqe->target ||
	    sqe->list_entries != 1 || !dmaring_list_validate(geometry, sqe))
		return -EINVAL;
	if (!shape->row_bytes || !shape->rows || shape->rows > DMARING_ROWS_MAX ||
	    (__u64)shape->rows * shape->row_bytes != sqe->bytes)
		return -EINVAL;
	ret = window_check(geometry, channel, shape, sqe->pool, sqe->buffer,
			   sqe->offset, shape->stride);
	if (ret)
		return ret;
	if (channel->kind != DMARING_CHANNEL_COPY)
		return sqe->source_pool || sqe->source_buffer || sqe->source_offset ||
		       shape->source_stride ? -EINVAL : 0;
	ret = window_check(geometry, channel, shape, sqe->source_pool,
			   sqe->source_buffer, sqe->source_offset, shape->source_stride);
	if (ret)
		return ret;
	return windows_overlap(geometry, sqe, shape) ? -EINVAL : 0;
}

/* A power of two of blocks, which are buffers of one contiguous piece. */
static int cyclic_check(const struct dmaring_geometry *geometry,
			const struct dmaring_sqe *sqe)
{
	const __u64 known = DMARING_CYCLIC_STOP_ON_OVERRUN | DMARING_CYCLIC_GUARD(0xff) |
			    DMARING_CYCLIC_PERIOD(0xffffffff);
	const struct dmaring_channel_geometry *channel;
	const struct dmaring_pool_geometry *p;
	__u32 blocks = sqe->list_entries;

	if (sqe->channel >= geometry->channels)
		return -EINVAL;
	channel = &geometry->channel[array_index_nospec(sqe->channel,
							geometry->channels)];
	if (!(channel->operations & (1U << sqe->opcode)))
		return -EOPNOTSUPP;
	if (sqe->flags & DMARING_SQE_SEGMENTS || sqe->source_pool || sqe->offset ||
	    sqe->timeout_us || sqe->source_buffer || sqe->source_offset ||
	    sqe->target & ~known)
		return -EINVAL;
	if (sqe->pool >= geometry->pools)
		return -EINVAL;
	p = &geometry->pool[array_index_nospec(sqe->pool, geometry->pools)];
	if (!p->contiguous || sqe->bytes != p->stride ||
	    sqe->bytes > channel->segment_bytes || sqe->bytes & (channel->alignment - 1))
		return -EINVAL;
	if (blocks < 2 || blocks & (blocks - 1) ||
	    (__u64)sqe->buffer + blocks > p->buffers ||
	    (__u64)blocks * sqe->bytes > 0xffffffffU)
		return -EINVAL;
	/* At least one block is the user's. */
	return dmaring_cyclic_guard(sqe) <= blocks - 2 ? 0 : -EINVAL;
}

/* Operations that move nothing: every member but a few must be zero. */
static int control_check(const struct dmaring_geometry *geometry,
			 const struct dmaring_sqe *sqe)
{
	if (sqe->flags || sqe->pool || sqe->source_pool || sqe->buffer ||
	    sqe->offset || sqe->bytes || sqe->timeout_us || sqe->source_buffer ||
	    sqe->source_offset || sqe->list || sqe->list_entries)
		return -EINVAL;
	if (sqe->target && sqe->opcode != DMARING_OP_CANCEL)
		return -EINVAL;
	switch (sqe->opcode) {
	case DMARING_OP_NOP:
	case DMARING_OP_CANCEL:
		return sqe->channel ? -EINVAL : 0;
	case DMARING_OP_FENCE:
		if (sqe->channel == DMARING_CHANNEL_ALL)
			return 0;
		break;
	default:
		break;
	}
	if (sqe->channel >= geometry->channels)
		return -EINVAL;
	if (sqe->opcode == DMARING_OP_CYCLIC_STOP &&
	    !(geometry->channel[array_index_nospec(sqe->channel, geometry->channels)].operations &
	      1U << DMARING_OP_CYCLIC_STOP))
		return -EOPNOTSUPP;
	return 0;
}

/**
 * dmaring_list_validate() - is the list of segments inside USER's array
 * @geometry: limits of the ring
 * @sqe: private copy of an entry that dmaring_sqe_has_list()
 *
 * Asked before the segments, or the template, are copied.
 *
 * Context: any.
 * Return: true if so, and the list is neither empty nor too long.
 */
bool dmaring_list_validate(const struct dmaring_geometry *geometry,
			   const struct dmaring_sqe *sqe)
{
	return sqe->list_entries && sqe->list_entries <= DMARING_SEGMENTS_MAX &&
	       (__u64)sqe->list + sqe->list_entries <= geometry->segment_entries;
}

/**
 * dmaring_sqe_validate() - check the private copy of a submission entry
 * @geometry: limits of the ring
 * @sqe: the copy
 * @segments: private copy of its list, or of its template, if
 *	dmaring_list_validate() allowed one
 *
 * Context: any.
 * Return: 0; -EINVAL for an entry that is wrong; -EOPNOTSUPP for one that is
 * right but that this channel or this version cannot do.
 */
int dmaring_sqe_validate(const struct dmaring_geometry *geometry,
			 const struct dmaring_sqe *sqe,
			 const struct dmaring_segment *segments)
{
	if (sqe->reserved ||
	    sqe->flags & ~(DMARING_SQE_NO_SYNC | DMARING_SQE_SEGMENTS))
		return -EINVAL;
	switch (sqe->opcode) {
	case DMARING_OP_SEND:
	case DMARING_OP_RECEIVE:
	case DMARING_OP_COPY:
		return data_check(geometry, sqe, segments);
	case DMARING_OP_NOP:
	case DMARING_OP_FENCE:
	case DMARING_OP_CANCEL:
	case DMARING_OP_ABORT:
	case DMARING_OP_CYCLIC_STOP:
		return control_check(geometry, sqe);
	case DMARING_OP_CYCLIC_START:
		return cyclic_check(geometry, sqe);
	case DMARING_OP_INTERLEAVED:
		return interleaved_check(geometry, sqe, segments);
	default:
		return -EINVAL;
	}
}
