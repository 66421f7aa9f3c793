/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a submission entry is checked against, and the check.
 */
#ifndef _DMARING_VALIDATE_H
#define _DMARING_VALIDATE_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/build_bug.h>
#else
#include <assert.h>
#include <stdbool.h>
#endif
#include <dmaring/abi.h>

/**
 * struct dmaring_channel_geometry - limits of one channel of a ring
 * @kind: enum dmaring_channel_kind
 * @operations: bit per enum dmaring_op
 * @alignment: offsets and lengths are multiples of this, a power of two
 * @segment_bytes: longest piece that the engine takes at once
 * @piece_bytes: a power of two, no more than @segment_bytes; pieces are counted
 *	in it
 */
struct dmaring_channel_geometry {
	__u32 kind;
	__u32 operations;
	__u32 alignment;
	__u32 segment_bytes;
	__u32 piece_bytes;
};

/**
 * struct dmaring_pool_geometry - shape of one pool of a ring
 * @buffers: number of buffers
 * @buffer_bytes: usable bytes of a buffer
 * @stride: bytes from one buffer to the next
 * @chunk_bytes: contiguous parts, a power of two; smaller than usual where
 *	memory was short
 * @contiguous: one piece, no gaps between buffers
 */
struct dmaring_pool_geometry {
	__u32 buffers;
	__u64 buffer_bytes;
	__u64 stride;
	__u32 chunk_bytes;
	bool contiguous;
};

/**
 * struct dmaring_geometry - all that a submission entry is checked against
 * @channels: valid members of @channel
 * @segment_entries: segments in USER
 * @pools: valid members of @pool; grows only, released after the member
 * @channel: channels of the ring
 * @pool: pools of the ring
 */
struct dmaring_geometry {
	__u32 channels;
	__u32 segment_entries;
	__u32 pools;
	struct dmaring_channel_geometry channel[DMARING_CHANNELS_MAX];
	struct dmaring_pool_geometry pool[DMARING_POOLS_MAX];
};

/* Most segments of a request, and most pieces that they may make. */
#define DMARING_SEGMENTS_MAX	64U
#define DMARING_PIECES_MAX	256U

static_assert(sizeof(struct dmaring_template) == sizeof(struct dmaring_segment),
	      "a template is in the place of a segment");

bool dmaring_list_validate(const struct dmaring_geometry *geometry,
			   const struct dmaring_sqe *sqe);
int dmaring_sqe_validate(const struct dmaring_geometry *geometry,
			 const struct dmaring_sqe *sqe,
			 const struct dmaring_segment *segments);

/**
 * dmaring_pieces_bytes() - longest request that surely fits one scatter list
 * @piece_bytes: what its pieces are counted in; two more may come of its ends
 */
static inline __u64 dmaring_pieces_bytes(__u32 piece_bytes)
{
	return (__u64)piece_bytes * (DMARING_PIECES_MAX - 2);
}

/**
 * dmaring_op_is_data() - does the operation move bytes
 * @opcode: enum dmaring_op
 */
static inline bool dmaring_op_is_data(__u8 opcode)
{
	return opcode == DMARING_OP_SEND || opcode == DMARING_OP_RECEIVE ||
	       opcode == DMARING_OP_COPY || opcode == DMARING_OP_INTERLEAVED;
}

/**
 * dmaring_sqe_has_list() - does something in USER's segments belong to the entry
 * @sqe: private copy of the entry
 */
static inline bool dmaring_sqe_has_list(const struct dmaring_sqe *sqe)
{
	return sqe->flags & DMARING_SQE_SEGMENTS || sqe->opcode == DMARING_OP_INTERLEAVED;
}

/**
 * dmaring_op_is_issued() - does the operation go to the engine
 * @opcode: enum dmaring_op
 */
static inline bool dmaring_op_is_issued(__u8 opcode)
{
	return dmaring_op_is_data(opcode) || opcode == DMARING_OP_CYCLIC_START;
}

/**
 * dmaring_cyclic_guard() - blocks behind the hardware that are not the user's
 * @sqe: private copy of a CYCLIC_START
 */
static inline __u32 dmaring_cyclic_guard(const struct dmaring_sqe *sqe)
{
	return sqe->target >> 8 & 0xff;
}

#endif /* _DMARING_VALIDATE_H */
