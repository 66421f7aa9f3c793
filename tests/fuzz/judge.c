// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is right, told by ring-spec.md once more and in other words than the
 * driver's: entries, places in pools, and a ring that nobody works on.
 */
#include "fuzz.h"

#define wide __int128

static bool range_right(const struct dmaring_ring *ring, const struct dmaring_sqe *sqe,
			wide pool, wide buffer, wide offset, wide bytes)
{
	const struct dmaring_geometry *g = &ring->geometry;
	wide alignment = g->channel[sqe->channel].alignment;

	return pool < g->pools && buffer < g->pool[pool].buffers && bytes > 0 &&
	       offset + bytes <= (wide)g->pool[pool].buffer_bytes &&
	       offset % alignment == 0 && bytes % alignment == 0;
}

/* What an engine takes at once, in the words of "Engine limits". */
static wide piece_of(const struct dmaring_ring *ring, const struct dmaring_sqe *sqe)
{
	wide limit = min(fuzz_segment_bytes, engine_chunk(peer_of(ring), sqe->pool)), piece = 1;

	limit = min(limit, (wide)fuzz_boundary_mask + 1);
	while (piece * 2 <= limit)
		piece *= 2;
	return piece;
}

static bool list_right(const struct dmaring_ring *ring, const struct image *image)
{
	const struct dmaring_sqe *sqe = &image->sqe;
	const struct dmaring_geometry *g = &ring->geometry;
	wide sum = 0, pieces = 0, end = (wide)sqe->list + sqe->list_entries;
	u32 i, j;

	if (!sqe->list_entries || sqe->list_entries > 64 || end > g->segment_entries ||
	    sqe->buffer || sqe->offset)
		return false;
	for (i = sqe->list; i < end; i++) {
		const struct dmaring_segment *s = &image->segments[i];

		/* What was not loaded cannot have been looked at. */
		for (j = 0; j < sizeof(*s); j++)
			FUZZ_ASSERT(image->segment_loads[i * sizeof(*s) + j] == 1);
		if (s->reserved ||
		    !range_right(ring, sqe, sqe->pool, s->buffer, s->offset, s->bytes))
			return false;
		sum += s->bytes;
		pieces += s->bytes / piece_of(ring, sqe) + 2;
	}
	return sum == sqe->bytes && pieces <= 256;
}

static bool data_right(const struct dmaring_ring *ring, const struct image *image)
{
	const struct dmaring_sqe *sqe = &image->sqe;
	const struct dmaring_geometry *g = &ring->geometry;
	wide to, from;

	if (sqe->channel >= g->channels || sqe->target ||
	    !(g->channel[sqe->channel].operations >> sqe->opcode & 1))
		return false;
	if (sqe->opcode != DMARING_OP_COPY) {
		if (sqe->source_pool || sqe->source_buffer || sqe->source_offset)
			return false;
		if (sqe->flags & DMARING_SQE_SEGMENTS)
			return list_right(ring, image);
	}
	if (sqe->flags & DMARING_SQE_SEGMENTS || sqe->list || sqe->list_entries ||
	    !range_right(ring, sqe, sqe->pool, sqe->buffer, sqe->offset, sqe->bytes))
		return false;
	if (sqe->opcode != DMARING_OP_COPY)
		return sqe->bytes <= 254 * piece_of(ring, sqe);
	if (!range_right(ring, sqe, sqe->source_pool, sqe->source_buffer, sqe->source_offset,
			 sqe->bytes))
		return false;
	to = (wide)sqe->buffer * g->pool[sqe->pool].stride + sqe->offset;
	from = (wide)sqe->source_buffer * g->pool[sqe->source_pool].stride + sqe->source_offset;
	return sqe->pool != sqe->source_pool || to + sqe->bytes <= from || from + sqe->bytes <= to;
}

/* From the first byte of a window to its last: right if they are in one buffer. */
static bool window_right(const struct dmaring_ring *ring, const struct dmaring_sqe *sqe,
			 const struct dmaring_template *shape, bool source, wide stride,
			 wide *start, wide *end)
{
	const struct dmaring_geometry *g = &ring->geometry;
	wide alignment = g->channel[sqe->channel].alignment;
	wide pool = source ? sqe->source_pool : sqe->pool;
	wide buffer = source ? sqe->source_buffer : sqe->buffer;
	wide offset = source ? sqe->source_offset : sqe->offset;
	wide extent = (shape->rows - (wide)1) * (shape->rows > 1 ? stride : 0) + shape->row_bytes;

	if (pool >= g->pools || buffer >= g->pool[pool].buffers ||
	    offset + extent > (wide)g->pool[pool].buffer_bytes || offset % alignment ||
	    shape->row_bytes % alignment ||
	    (shape->rows > 1 && (stride < shape->row_bytes || stride % alignment)))
		return false;
	*start = buffer * g->pool[pool].stride + offset;
	*end = *start + extent;
	return true;
}

static bool interleaved_right(const struct dmaring_ring *ring, const struct image *image)
{
	const struct dmaring_sqe *sqe = &image->sqe;
	const struct dmaring_geometry *g = &ring->geometry;
	struct dmaring_template shape;
	wide to, to_end, from, from_end, distance;
	u32 i;

	if (sqe->channel >= g->channels ||
	    !(g->channel[sqe->channel].operations >> DMARING_OP_INTERLEAVED & 1) ||
	    sqe->target || sqe->flags & DMARING_SQE_SEGMENTS || sqe->list_entries != 1 ||
	    sqe->list >= g->segment_entries)
		return false;
	for (i = 0; i < sizeof(shape); i++)
		FUZZ_ASSERT(image->segment_loads[sqe->list * sizeof(shape) + i] == 1);
	memcpy(&shape, &image->segments[sqe->list], sizeof(shape));
	if (!shape.row_bytes || !shape.rows || shape.rows > 16384 ||
	    (wide)shape.rows * shape.row_bytes != sqe->bytes ||
	    !window_right(ring, sqe, &shape, false, shape.stride, &to, &to_end))
		return false;
	if (g->channel[sqe->channel].kind != DMARING_CHANNEL_COPY)
		return !sqe->source_pool && !sqe->source_buffer && !sqe->source_offset &&
		       !shape.source_stride;
	if (!window_right(ring, sqe, &shape, true, shape.source_stride, &from, &from_end))
		return false;
	if (sqe->pool != sqe->source_pool || to_end <= from || from_end <= to)
		return true;
	if (shape.rows == 1 || shape.stride != shape.source_stride)
		return false;
	/* Is there a row of the one that shares a byte with a row of the other? */
	distance = to - from - (shape.rows - (wide)1) * shape.stride;
	for (i = 0; i < 2 * shape.rows - 1; i++, distance += shape.stride) {
		if (distance < shape.row_bytes && -distance < shape.row_bytes)
			return false;
	}
	return true;
}

static bool cyclic_right(const struct dmaring_ring *ring, const struct dmaring_sqe *sqe)
{
	const struct dmaring_geometry *g = &ring->geometry;
	const struct dmaring_channel_geometry *channel;
	wide blocks = sqe->list_entries, guard = sqe->target >> 8 & 0xff;

	if (sqe->channel >= g->channels || sqe->pool >= g->pools)
		return false;
	channel = &g->channel[sqe->channel];
	return channel->operations >> DMARING_OP_CYCLIC_START & 1 &&
	       !(sqe->flags & DMARING_SQE_SEGMENTS) && !sqe->source_pool && !sqe->offset &&
	       !sqe->timeout_us && !sqe->source_buffer && !sqe->source_offset &&
	       !(sqe->target & ~0xffffffff0000ff01ULL) && g->pool[sqe->pool].contiguous &&
	       sqe->bytes == g->pool[sqe->pool].stride && sqe->bytes <= fuzz_segment_bytes &&
	       sqe->bytes % channel->alignment == 0 && blocks >= 2 &&
	       __builtin_popcount(sqe->list_entries) == 1 &&
	       sqe->buffer + blocks <= g->pool[sqe->pool].buffers &&
	       blocks * sqe->bytes < (wide)1 << 32 && guard + 2 <= blocks;
}

/* All is zero but opcode, channel, user_data, and the target of a CANCEL. */
static bool control_right(const struct dmaring_ring *ring, const struct dmaring_sqe *sqe)
{
	struct dmaring_sqe rest = *sqe;

	rest.opcode = 0;
	rest.channel = 0;
	rest.user_data = 0;
	if (sqe->opcode == DMARING_OP_CANCEL)
		rest.target = 0;
	if (memchr_inv(&rest, 0, sizeof(rest)))
		return false;
	if (sqe->opcode == DMARING_OP_NOP || sqe->opcode == DMARING_OP_CANCEL)
		return !sqe->channel;
	if (sqe->opcode == DMARING_OP_FENCE && sqe->channel == 0xffff)
		return true;
	return sqe->channel < ring->geometry.channels &&
	       (sqe->opcode != DMARING_OP_CYCLIC_STOP ||
		ring->geometry.channel[sqe->channel].operations >> DMARING_OP_CYCLIC_STOP & 1);
}

bool judge_entry(const struct dmaring_ring *ring, const struct image *image)
{
	const struct dmaring_sqe *sqe = &image->sqe;

	if (sqe->reserved || sqe->flags > 3)
		return false;
	switch (sqe->opcode) {
	case DMARING_OP_SEND:
	case DMARING_OP_RECEIVE:
	case DMARING_OP_COPY:
		return data_right(ring, image);
	case DMARING_OP_INTERLEAVED:
		return interleaved_right(ring, image);
	case DMARING_OP_CYCLIC_START:
		return cyclic_right(ring, sqe);
	case DMARING_OP_NOP:
	case DMARING_OP_FENCE:
	case DMARING_OP_CANCEL:
	case DMARING_OP_ABORT:
	case DMARING_OP_CYCLIC_STOP:
		return control_right(ring, sqe);
	default:
		return false;
	}
}

/* Where byte @at of what was accepted is: its pool, and how far it goes on from there. */
unsigned int judge_range(const struct accepted *accepted, const struct peer *peer, u64 at,
			 bool source, u64 *offset, u64 *bytes)
{
	const struct dmaring_sqe *sqe = &accepted->sqe;
	unsigned int pool = source ? sqe->source_pool : sqe->pool;
	u64 stride = peer->stride[pool], length;
	u32 i;

	if (sqe->flags & DMARING_SQE_SEGMENTS) {
		for (i = sqe->list; i < sqe->list + sqe->list_entries; i++) {
			const struct dmaring_segment *s = &accepted->segments[i];

			if (at >= s->bytes) {
				at -= s->bytes;
				continue;
			}
			*offset = s->buffer * stride + s->offset + at;
			*bytes = s->bytes - at;
			return pool;
		}
		*bytes = 0;
		return pool;
	}
	if (sqe->opcode == DMARING_OP_INTERLEAVED) {
		const struct dmaring_template *shape = (void *)&accepted->segments[sqe->list];
		u64 row = at / shape->row_bytes, within = at % shape->row_bytes;

		*bytes = row < shape->rows ? shape->row_bytes - within : 0;
		*offset = source ? sqe->source_buffer * stride + sqe->source_offset +
				   row * shape->source_stride + within :
				   sqe->buffer * stride + sqe->offset +
				   row * shape->stride + within;
		return pool;
	}
	length = sqe->bytes;
	if (sqe->opcode == DMARING_OP_CYCLIC_START)
		length *= sqe->list_entries;
	*bytes = at < length ? length - at : 0;
	*offset = source ? sqe->source_buffer * stride + sqe->source_offset + at :
			   sqe->buffer * stride + sqe->offset + at;
	return pool;
}

/* Counts that are right whenever nobody is at work. */
void judge_ring(struct peer *peer)
{
	struct dmaring_ring *ring = peer->ring;
	struct dmaring_request *request;
	u8 seen[CQ_MAX] = {};
	unsigned int idle = 0, i;
	u32 issued[DMARING_CHANNELS_MAX] = {};

	if (!ring || !peer->active)
		return;
	FUZZ_ASSERT(ring->cq_tail == peer->cq_tail && ring->sq_head == peer->sq_head);
	FUZZ_ASSERT(ring->promised - ring->cq_tail == peer->outstanding);
	for (i = 0; i < 2; i++) {
		for (request = i ? ring->free : ring->spare; request; request = request->free) {
			size_t place = request - ring->requests;

			FUZZ_ASSERT(place < peer->cq_entries && !seen[place]++);
			idle++;
		}
	}
	FUZZ_ASSERT(idle + peer->outstanding == peer->cq_entries);
	for (i = 0; i < peer->cq_entries; i++) {
		if (!seen[i] && ring->requests[i].issued)
			issued[ring->requests[i].queue->index]++;
	}
	for (i = 0; i < ring->geometry.channels; i++) {
		const struct dmaring_kern_stream *line = (void *)
			(peer->kern + peer->header.kern_streams + i * sizeof(*line));

		FUZZ_ASSERT(ring->queue[i].issued == issued[i]);
		if (!peer->streamed[i])
			FUZZ_ASSERT(peek_kern64(&line->blocks_total) == peer->blocks[i] &&
				    peek_kern64(&line->blocks_lost) == peer->lost[i]);
	}
}

/* Each slot is free or somebody's. */
static void judge_slots(const struct dmaring_channel *channel)
{
	unsigned int busy = 0, slot;

	for (slot = 0; slot < DMARING_SLOTS; slot++)
		busy += !!channel->slots[slot].request;
	FUZZ_ASSERT(busy == channel->in_engine && busy + channel->free_slots == DMARING_SLOTS);
}

/* Is there something that the channel could be doing, and is not? */
static void judge_queue(struct dmaring_queue *queue)
{
	struct dmaring_channel *channel = queue->channel;
	struct dmaring_request *request = queue->current_request;

	FUZZ_ASSERT(list_empty(&queue->aborts) || queue->issued);
	if (!request && list_empty(&queue->pending))
		return;
	if (!request)
		request = list_first_entry(&queue->pending, struct dmaring_request, node);
	if (channel->stopping || channel->dead || channel->gone || channel->parked ||
	    channel->cyclic.request || channel->in_engine >= channel->window)
		return;
	/* Fences, streams and what comes after an abort wait for what is in the engine. */
	if (queue->issued && (!list_empty(&queue->aborts) ||
			      request->sqe.opcode == DMARING_OP_FENCE ||
			      request->sqe.opcode == DMARING_OP_CYCLIC_START))
		return;
	fuzz_fail(__FILE__, __LINE__, "operation %u waits for nothing", request->sqe.opcode);
}

/* With no work item left: nothing may be forgotten. */
void judge_quiet(struct peer *peer)
{
	struct dmaring_ring *ring = peer->ring;
	u32 tail, head, event, flags, control = peer->user_control;
	bool idle = false, all_idle = true;
	unsigned int i;

	if (!ring || !peer->active || peer->closing)
		return;
	for (i = 0; i < ring->geometry.channels; i++) {
		struct dmaring_queue *queue = &ring->queue[i];

		judge_queue(queue);
		judge_slots(queue->channel);
		FUZZ_ASSERT(!queue->channel->parked || queue->channel->in_engine ||
			    hrtimer_active(&queue->channel->retry));
		if (!queue->issued)
			idle = true;
		else
			all_idle = false;
	}
	if (ring->dead || ring->broken)
		return;
	/* A ring-wide fence waits for others, never for itself. */
	FUZZ_ASSERT(!ring->fence || peer->outstanding > 1);
	flags = peek_kern(&ring->kctl->sq_flags);
	FUZZ_ASSERT(flags == ring->sq_flags);
	/* While somebody looks all the time, nobody has to be told. */
	if (ring->polled)
		return;
	FUZZ_ASSERT(!idle || flags & DMARING_SQ_NEED_DOORBELL);
	tail = peek(peer, control + offsetof(struct dmaring_user_control, sq_tail));
	if (peer->relies && all_idle && tail != ring->sq_head &&
	    !(flags & DMARING_SQ_CQ_FULL) && !ring->fence)
		fuzz_fail(__FILE__, __LINE__, "an entry without a doorbell is forgotten");
	if (tail == ring->sq_head)
		peer->relies = false;
	head = peek(peer, control + offsetof(struct dmaring_user_control, cq_head));
	event = peek(peer, control + offsetof(struct dmaring_user_control, cq_event));
	if (peer->armed && ring->cq_tail != head &&
	    (u32)(event - head) < (u32)(ring->cq_tail - head) && ring->wait.wakes == peer->wakes)
		fuzz_fail(__FILE__, __LINE__, "a sleeper is not woken");
}
