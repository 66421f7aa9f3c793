// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a peer puts into its memory: entries that are mostly right, so that the
 * driver goes on with them, and words that matter.
 */
#include "fuzz.h"

/* A channel of the ring that can do it; else any. */
static unsigned int channel_for(const struct dmaring_geometry *geometry, u8 opcode, u8 pick)
{
	unsigned int i;

	for (i = 0; i < geometry->channels; i++) {
		unsigned int channel = (i + pick) % geometry->channels;

		if (geometry->channel[channel].operations >> opcode & 1)
			return channel;
	}
	return pick % (geometry->channels + 1);
}

/* A place in a buffer: a multiple of the alignment, as far as it goes. */
static void range_fill(const struct dmaring_geometry *geometry, unsigned int pool,
		       unsigned int channel, u8 (*next)(void), u32 *buffer, u32 *offset, u32 *bytes)
{
	const struct dmaring_pool_geometry *p = &geometry->pool[pool];
	u32 alignment = geometry->channel[channel].alignment, units = p->buffer_bytes / alignment;
	u32 first, count;

	*buffer = next() % p->buffers;
	if (!units)
		return;
	first = next() * 7U % units;
	count = next();
	count = count & 0x80 ? units - first : 1 + count * 5U % (units - first);
	*offset = first * alignment;
	*bytes = count * alignment;
}

static void list_fill(struct peer *peer, struct dmaring_sqe *sqe, u8 (*next)(void))
{
	const struct dmaring_geometry *geometry = &peer->ring->geometry;
	u32 i, n = 1 + next() % peer->segment_entries;

	sqe->flags |= DMARING_SQE_SEGMENTS;
	sqe->list = next() % (peer->segment_entries - n + 1);
	sqe->list_entries = n;
	for (i = 0; i < n; i++) {
		struct dmaring_segment segment = {};

		range_fill(geometry, sqe->pool, sqe->channel, next, &segment.buffer,
			   &segment.offset, &segment.bytes);
		sqe->bytes += segment.bytes;
		poke(peer, peer->segments + (sqe->list + i) * sizeof(segment), &segment,
		     sizeof(segment));
	}
}

/* A window of some rows: both sides of a copy, which may mesh in one pool. */
static void rows_fill(struct peer *peer, struct dmaring_sqe *sqe, u8 (*next)(void))
{
	const struct dmaring_geometry *geometry = &peer->ring->geometry;
	bool copy = geometry->channel[sqe->channel].kind == DMARING_CHANNEL_COPY;
	u32 alignment = geometry->channel[sqe->channel].alignment, units, source_bytes = 0;
	struct dmaring_template shape = {};
	u8 how = next();

	range_fill(geometry, sqe->pool, sqe->channel, next, &sqe->buffer, &sqe->offset,
		   &sqe->bytes);
	if (copy) {
		sqe->source_pool = next() % geometry->pools;
		range_fill(geometry, sqe->source_pool, sqe->channel, next, &sqe->source_buffer,
			   &sqe->source_offset, &source_bytes);
		if (how & 0x40) {
			sqe->source_buffer = sqe->buffer;
			sqe->source_offset = sqe->offset + next() * alignment;
		}
		sqe->bytes = min(sqe->bytes, source_bytes);
	}
	shape.rows = 1 + (how & 0x20 ? how & 0x1f : how & 3);
	units = sqe->bytes / shape.rows / alignment;
	shape.stride = units * alignment;
	shape.row_bytes = (how & 0x80 || !units ? units : 1 + next() % units) * alignment;
	if (copy)
		shape.source_stride = how & 0x10 ? shape.row_bytes : shape.stride;
	sqe->bytes = shape.rows * shape.row_bytes;
	if (!peer->segment_entries)
		return;
	sqe->list = next() % peer->segment_entries;
	sqe->list_entries = 1;
	/* A product that is small again in 32 bits. */
	if (sqe->list % 4 == 3 && shape.rows > 2 && is_power_of_2(shape.rows - 1))
		shape.stride += (1ULL << 32) / (shape.rows - 1);
	poke(peer, peer->segments + sqe->list * sizeof(shape), &shape, sizeof(shape));
}

static void data_fill(struct peer *peer, struct dmaring_sqe *sqe, u8 (*next)(void))
{
	const struct dmaring_geometry *geometry = &peer->ring->geometry;
	u8 how = next();
	u32 bytes;

	if (!geometry->pools || sqe->channel >= geometry->channels)
		return;
	sqe->pool = how % geometry->pools;
	if (how & 0x40)
		sqe->flags |= DMARING_SQE_NO_SYNC;
	if (how & 0x20)
		sqe->timeout_us = 1 + next();
	if (sqe->opcode == DMARING_OP_INTERLEAVED) {
		rows_fill(peer, sqe, next);
		return;
	}
	if (how & 0x80 && peer->segment_entries && sqe->opcode != DMARING_OP_COPY) {
		list_fill(peer, sqe, next);
		return;
	}
	range_fill(geometry, sqe->pool, sqe->channel, next, &sqe->buffer, &sqe->offset,
		   &sqe->bytes);
	if (sqe->opcode != DMARING_OP_COPY)
		return;
	bytes = sqe->bytes;
	sqe->source_pool = next() % geometry->pools;
	range_fill(geometry, sqe->source_pool, sqe->channel, next, &sqe->source_buffer,
		   &sqe->source_offset, &bytes);
	sqe->bytes = min(sqe->bytes, bytes);
}

static void cyclic_fill(struct peer *peer, struct dmaring_sqe *sqe, u8 (*next)(void))
{
	const struct dmaring_geometry *geometry = &peer->ring->geometry;
	unsigned int pool;
	u8 how = next();

	for (pool = 0; pool < geometry->pools; pool++) {
		if (geometry->pool[pool].contiguous)
			break;
	}
	if (pool == geometry->pools)
		return;
	sqe->pool = pool;
	sqe->bytes = geometry->pool[pool].stride;
	sqe->list_entries = 2U << (how & 1);
	sqe->list = how >> 6;
	sqe->target = (how & 2 ? DMARING_CYCLIC_STOP_ON_OVERRUN : 0) |
		      (how & 4 ? DMARING_CYCLIC_PERIOD(next() * 100000ULL) : 0);
}

/* An entry into @slot. */
void entry_write(struct peer *peer, u32 slot, u8 (*next)(void))
{
	const struct dmaring_geometry *geometry = &peer->ring->geometry;
	static const u8 mix[] = {
		DMARING_OP_SEND, DMARING_OP_RECEIVE, DMARING_OP_COPY, DMARING_OP_SEND,
		DMARING_OP_RECEIVE, DMARING_OP_COPY, DMARING_OP_NOP, DMARING_OP_FENCE,
		DMARING_OP_CANCEL, DMARING_OP_ABORT, DMARING_OP_CYCLIC_START,
		DMARING_OP_CYCLIC_STOP, DMARING_OP_INTERLEAVED, 200,
	};
	struct dmaring_sqe sqe = {};
	u8 how = next(), spoil;

	sqe.opcode = mix[how % ARRAY_SIZE(mix)];
	sqe.user_data = next() & 31;
	switch (sqe.opcode) {
	case DMARING_OP_SEND:
	case DMARING_OP_RECEIVE:
	case DMARING_OP_COPY:
	case DMARING_OP_INTERLEAVED:
		sqe.channel = channel_for(geometry, sqe.opcode, how >> 4);
		data_fill(peer, &sqe, next);
		break;
	case DMARING_OP_CYCLIC_START:
		sqe.channel = channel_for(geometry, sqe.opcode, how >> 4);
		cyclic_fill(peer, &sqe, next);
		break;
	case DMARING_OP_CANCEL:
		sqe.target = next() & 31;
		break;
	case DMARING_OP_FENCE:
		sqe.channel = how & 0x80 ? DMARING_CHANNEL_ALL : (how >> 4) % geometry->channels;
		break;
	case DMARING_OP_ABORT:
		sqe.channel = (how >> 4) % geometry->channels;
		break;
	case DMARING_OP_CYCLIC_STOP:
		sqe.channel = channel_for(geometry, sqe.opcode, how >> 4);
		break;
	default:
		break;
	}
	spoil = next();
	/* A sum that is small again in 32 bits. */
	if ((spoil & 0xf8) == 0xb0 && sqe.bytes)
		sqe.offset = 0 - sqe.bytes + (sqe.bytes & -sqe.bytes);
	if (spoil >= 0xc0)
		((u8 *)&sqe)[spoil & 63] ^= next();
	poke(peer, peer->sqes + (slot & (peer->sq_entries - 1)) * sizeof(sqe), &sqe, sizeof(sqe));
}

/* A word of the control lines, the stream lines, an entry, a list, or any. */
void word_write(struct peer *peer, u8 (*next)(void))
{
	u8 where = next(), what = next();
	u32 control = peer->user_control, value, offset;
	bool sq = true;

	switch (where & 7) {
	case 0:
		offset = control + offsetof(struct dmaring_user_control, sq_tail);
		break;
	case 1:
		offset = control + offsetof(struct dmaring_user_control, sq_event);
		break;
	case 2:
		offset = control + offsetof(struct dmaring_user_control, cq_head);
		sq = false;
		break;
	case 3:
		offset = control + offsetof(struct dmaring_user_control, cq_event);
		sq = false;
		break;
	case 4:
		offset = peer->user_streams +
			 next() % peer->header.channels * sizeof(struct dmaring_user_stream);
		break;
	case 5:
		offset = control + offsetof(struct dmaring_user_control, cq_flags);
		break;
	case 6:
		offset = peer->sqes + next() % (peer->sq_entries * sizeof(struct dmaring_sqe));
		break;
	default:
		offset = next() << 8;
		offset = (offset | next()) % peer->user_bytes;
	}
	offset &= ~3U;
	if (what >= 0xf0) {
		value = (u32)next() << 24;
		value |= next() << 8;
	} else if (what >= 0xe0) {
		value = 0x7ffffff8U + what;
	} else {
		/* Round about where the driver is. */
		value = (sq ? peer->sq_head : peer->cq_tail) + (s32)(what >> 3) - 14;
	}
	poke(peer, offset, &value, sizeof(value));
	peer->relies = false;
	peer->armed = false;
}
