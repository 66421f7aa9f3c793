// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The check of submission entries: validate.c as the module compiles it, for
 * any entry, any list and any geometry that the driver can have.
 *
 * What is asserted is told by ring-spec.md and not by the code: where the bytes
 * of an accepted entry are, in arithmetic that cannot wrap.
 *
 * CBMC: -Itests/unit/kernel --unwind 5 --unwindset segments_check.0:1
 */
#include <stddef.h>
#include "validate.c"
#include "claim.h"

/* Of pool.h, which needs a kernel. */
#define BUFFERS_MAX		65536U
#define BUFFER_BYTES_MAX	(256ULL << 20)

/* One more than any entry names: how many there are makes no difference to the code. */
#define CHANNELS	2
#define POOLS		3

typedef unsigned __int128 wide;

static struct dmaring_geometry geometry;
static struct dmaring_sqe sqe;
static struct dmaring_segment list[DMARING_SEGMENTS_MAX];

/* Whatever channel.c and dmaring_memory_alloc() may come to. */
static void geometry_any(void)
{
	unsigned int i;

	geometry = ANY(struct dmaring_geometry);
	ASSUME(geometry.channels <= CHANNELS);
	ASSUME(geometry.pools <= POOLS);
	for (i = 0; i < CHANNELS; i++) {
		const struct dmaring_channel_geometry *channel = &geometry.channel[i];

		ASSUME(channel->alignment && !(channel->alignment & (channel->alignment - 1)));
		ASSUME(channel->piece_bytes &&
		       !(channel->piece_bytes & (channel->piece_bytes - 1)));
		ASSUME(channel->piece_bytes <= channel->segment_bytes);
	}
	for (i = 0; i < POOLS; i++) {
		const struct dmaring_pool_geometry *pool = &geometry.pool[i];

		ASSUME(pool->buffers && pool->buffers <= BUFFERS_MAX);
		ASSUME(pool->buffer_bytes && pool->buffer_bytes <= BUFFER_BYTES_MAX);
		ASSUME(pool->stride >= pool->buffer_bytes && pool->stride <= BUFFER_BYTES_MAX);
		ASSUME(pool->chunk_bytes && !(pool->chunk_bytes & (pool->chunk_bytes - 1)));
	}
	sqe = ANY(struct dmaring_sqe);
}

/* As submission.c does: a list that is not in the array is not there at all. */
static int check(void)
{
	const struct dmaring_segment *segments = NULL;

	if (dmaring_sqe_has_list(&sqe) && dmaring_list_validate(&geometry, &sqe))
		segments = list;
	return dmaring_sqe_validate(&geometry, &sqe, segments);
}

/* Is the range in its buffer, and its buffer in the pool? */
static bool inside(__u32 pool, __u32 buffer, __u32 offset, __u32 bytes)
{
	return pool < geometry.pools && buffer < geometry.pool[pool].buffers &&
	       (wide)offset + bytes <= geometry.pool[pool].buffer_bytes;
}

/* Accepted: a SEND or RECEIVE without a list. */
static void simple(__u8 opcode)
{
	geometry_any();
	sqe.opcode = opcode;
	ASSUME(!(sqe.flags & DMARING_SQE_SEGMENTS));
	ASSUME(!check());
	ASSERT(sqe.bytes);
	ASSERT(sqe.channel < geometry.channels);
	ASSERT(inside(sqe.pool, sqe.buffer, sqe.offset, sqe.bytes));
	REACHED();
}

/* CLAIM send_stays_inside: a SEND that is accepted moves no byte outside of one buffer of its pool */
void send_stays_inside(void)
{
	simple(DMARING_OP_SEND);
}

/* CLAIM receive_stays_inside: the same of a RECEIVE */
void receive_stays_inside(void)
{
	simple(DMARING_OP_RECEIVE);
}

/* CLAIM copy_stays_inside: the same of a COPY, on both of its sides */
void copy_stays_inside(void)
{
	geometry_any();
	sqe.opcode = DMARING_OP_COPY;
	ASSUME(!check());
	ASSERT(sqe.bytes);
	ASSERT(inside(sqe.pool, sqe.buffer, sqe.offset, sqe.bytes));
	ASSERT(inside(sqe.source_pool, sqe.source_buffer, sqe.source_offset, sqe.bytes));
	REACHED();
}

/* buffer * stride by additions: for the prover, and of buffers 0 to 3 only. */
static wide place(__u32 buffer, __u64 stride)
{
	return (buffer & 1 ? (wide)stride : 0) + (buffer & 2 ? (wide)stride << 1 : 0);
}

/* CLAIM pool_offsets_stay_inside: so that its place, buffer * stride + offset, is in the pool too (pools of up to 3 buffers of any size) */
void pool_offsets_stay_inside(void)
{
	const struct dmaring_pool_geometry *pool = &geometry.pool[0];

	geometry_any();
	sqe.opcode = DMARING_OP_SEND;
	sqe.pool = 0;
	ASSUME(!(sqe.flags & DMARING_SQE_SEGMENTS));
	ASSUME(pool->buffers < 4);
	ASSUME(!check());
	ASSERT(place(sqe.buffer, pool->stride) + sqe.offset + sqe.bytes <=
	       place(pool->buffers, pool->stride));
	REACHED();
}

/* CLAIM copy_does_not_overlap: no byte is source and destination of a COPY that is accepted (pools of up to 3 buffers of any size) */
void copy_does_not_overlap(void)
{
	const struct dmaring_pool_geometry *pool = &geometry.pool[0];
	__u32 i = ANY(__u32), j = ANY(__u32);

	geometry_any();
	sqe.opcode = DMARING_OP_COPY;
	sqe.pool = 0;
	sqe.source_pool = 0;
	ASSUME(pool->buffers < 4);
	ASSUME(!check());
	ASSUME(i < sqe.bytes && j < sqe.bytes);
	ASSERT(place(sqe.buffer, pool->stride) + sqe.offset + i !=
	       place(sqe.source_buffer, pool->stride) + sqe.source_offset + j);
	REACHED();
}

/* CLAIM list_is_in_the_array: a list that is copied lies in USER's array and in the room that a request has for one */
void list_is_in_the_array(void)
{
	geometry_any();
	ASSUME(dmaring_list_validate(&geometry, &sqe));
	ASSERT(sqe.list_entries && sqe.list_entries <= DMARING_SEGMENTS_MAX);
	ASSERT(sqe.list_entries <= geometry.segment_entries);
	ASSERT((wide)sqe.list + sqe.list_entries <= geometry.segment_entries);
	REACHED();
}

/* Lists of up to @longest segments; each loop iteration is like the others. */
static void segments(__u8 opcode, __u32 longest)
{
	__u32 i = ANY(__u32), k;
	wide bytes = 0;

	geometry_any();
	for (k = 0; k < longest; k++)
		list[k] = ANY(struct dmaring_segment);
	sqe.opcode = opcode;
	ASSUME(sqe.flags & DMARING_SQE_SEGMENTS);
	ASSUME(sqe.list_entries <= longest);
	ASSUME(!check());
	ASSUME(i < sqe.list_entries);
	ASSERT(list[i].bytes);
	ASSERT(inside(sqe.pool, list[i].buffer, list[i].offset, list[i].bytes));
	for (k = 0; k < longest; k++)
		bytes += k < sqe.list_entries ? list[k].bytes : 0;
	ASSERT(bytes == sqe.bytes);
	REACHED();
}

/* CLAIM segments_stay_inside (--unwindset segments_check.0:5): each segment of a list that is accepted (up to 4 of them) is in one buffer of the pool, and they add up to the length */
void segments_stay_inside(void)
{
	segments(DMARING_OP_RECEIVE, 4);
}

/* CLAIM segments_fit_a_scatter_list (--unwindset segments_check.0:4): and no more pieces come of it (up to 3 segments), each cut at both ends, than a scatter list has room for */
void segments_fit_a_scatter_list(void)
{
	__u32 chunk, k;
	wide pieces = 0;

	geometry_any();
	for (k = 0; k < 3; k++)
		list[k] = ANY(struct dmaring_segment);
	sqe.opcode = DMARING_OP_SEND;
	sqe.pool = 0;
	sqe.channel = 0;
	ASSUME(sqe.flags & DMARING_SQE_SEGMENTS);
	ASSUME(sqe.list_entries <= 3);
	/* Pieces of one size, as any of the powers of two would be. */
	geometry.pool[0].chunk_bytes = 1 << 16;
	geometry.channel[0].piece_bytes = 1 << 12;
	ASSUME(!check());
	chunk = 1 << 12;
	for (k = 0; k < 3; k++) {
		__u32 at = ANY(__u32);

		if (k >= sqe.list_entries)
			break;
		/* Wherever in the pool it begins: from there to its end, by whole pieces. */
		ASSUME(at < chunk);
		pieces += ((wide)at + list[k].bytes + chunk - 1) / chunk;
	}
	ASSERT(pieces <= DMARING_PIECES_MAX);
	REACHED();
}

static struct dmaring_template *shape_any(void)
{
	list[0] = ANY(struct dmaring_segment);
	sqe.opcode = DMARING_OP_INTERLEAVED;
	return (void *)list;
}

/* CLAIM rows_stay_inside: every byte of every row of an INTERLEAVED receive that is accepted (up to 4 rows of any size) is in one buffer, and no two rows share one */
void rows_stay_inside(void)
{
	const struct dmaring_template *shape = shape_any();
	__u32 row = ANY(__u32), other = ANY(__u32), byte = ANY(__u32), other_byte = ANY(__u32);
	wide at, other_at;

	geometry_any();
	sqe.opcode = DMARING_OP_INTERLEAVED;
	sqe.pool = 0;
	geometry.channel[0].kind = DMARING_CHANNEL_RECEIVE;
	sqe.channel = 0;
	ASSUME(shape->rows <= 4);
	ASSUME(!check());
	ASSUME(row < shape->rows && byte < shape->row_bytes);
	ASSUME(other < row && other_byte < shape->row_bytes);
	at = (wide)(row & 3) * shape->stride + sqe.offset + byte;
	other_at = (wide)(other & 3) * shape->stride + sqe.offset + other_byte;
	ASSERT(at < geometry.pool[0].buffer_bytes);
	ASSERT(at != other_at);
	REACHED();
}

/* CLAIM cyclic_stays_inside: the blocks of a CYCLIC_START that is accepted are whole buffers of the pool, a power of two of them, and a block is left for the user */
void cyclic_stays_inside(void)
{
	const struct dmaring_pool_geometry *pool;
	__u32 blocks;

	geometry_any();
	sqe.opcode = DMARING_OP_CYCLIC_START;
	ASSUME(!check());
	blocks = sqe.list_entries;
	ASSERT(sqe.pool < geometry.pools);
	pool = &geometry.pool[sqe.pool];
	ASSERT(pool->contiguous && sqe.bytes == pool->stride);
	ASSERT(blocks >= 2 && !(blocks & (blocks - 1)));
	ASSERT((wide)sqe.buffer + blocks <= pool->buffers);
	ASSERT(dmaring_cyclic_guard(&sqe) + 2 <= blocks);
	REACHED();
}

/* CLAIM accepted_is_understood: nothing is accepted that this version does not know: opcode, flags, reserved members, a channel of the ring */
void accepted_is_understood(void)
{
	geometry_any();
	list[0] = ANY(struct dmaring_segment);
	sqe.opcode = ANY(__u8);
	ASSUME(!dmaring_op_is_data(sqe.opcode));
	ASSUME(!check());
	ASSERT(!sqe.reserved);
	ASSERT(sqe.opcode == DMARING_OP_NOP || sqe.opcode == DMARING_OP_FENCE ||
	       sqe.opcode == DMARING_OP_CANCEL || sqe.opcode == DMARING_OP_ABORT ||
	       sqe.opcode == DMARING_OP_CYCLIC_START || sqe.opcode == DMARING_OP_CYCLIC_STOP);
	ASSERT(sqe.channel < geometry.channels ||
	       (sqe.opcode == DMARING_OP_FENCE && sqe.channel == DMARING_CHANNEL_ALL) ||
	       (!sqe.channel && (sqe.opcode == DMARING_OP_NOP ||
				 sqe.opcode == DMARING_OP_CANCEL)));
	if (sqe.opcode != DMARING_OP_CYCLIC_START) {
		ASSERT(!sqe.flags && !sqe.pool && !sqe.source_pool && !sqe.buffer && !sqe.offset);
		ASSERT(!sqe.bytes && !sqe.timeout_us && !sqe.source_buffer && !sqe.source_offset);
		ASSERT(!sqe.list && !sqe.list_entries);
		ASSERT(!sqe.target || sqe.opcode == DMARING_OP_CANCEL);
	}
	REACHED();
}
