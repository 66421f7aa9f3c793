// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entries that are wrong: each ends in one completion that says so, nothing
 * is moved, and the ring goes on. One wrong member a case.
 */
#include <stdio.h>
#include <string.h>

#include "ring.h"

#define BUFFERS	4
#define BYTES	4096

/* A valid entry, and what spoils it. */
struct invalid {
	const char *name;
	unsigned int opcode;
	void (*spoil)(struct dmaring_sqe *sqe);
	int error;		/* 0: EINVAL */
};

/* 64 bytes from one place of a buffer to another. */
static void within_one_buffer(struct dmaring_sqe *sqe, uint32_t to, uint32_t from)
{
	sqe->source_buffer = sqe->buffer;
	sqe->offset = to;
	sqe->source_offset = from;
	sqe->bytes = 64;
}

#define SPOIL(name, ...) \
	static void name(struct dmaring_sqe *sqe) { __VA_ARGS__; }

SPOIL(opcode_unknown, sqe->opcode = 10)
SPOIL(opcode_last, sqe->opcode = 255)
SPOIL(flag_unknown, sqe->flags = 1 << 2)
SPOIL(flag_last, sqe->flags = 1 << 7)
SPOIL(reserved_low, sqe->reserved = 1)
SPOIL(reserved_high, sqe->reserved = 1ULL << 63)
SPOIL(channel_next, sqe->channel = 1)
SPOIL(channel_last, sqe->channel = 0xfffe)
SPOIL(channel_all, sqe->channel = DMARING_CHANNEL_ALL)
SPOIL(pool_next, sqe->pool = 1)
SPOIL(pool_last, sqe->pool = 0xffff)
SPOIL(source_pool_next, sqe->source_pool = 1)
SPOIL(source_pool_last, sqe->source_pool = 0xffff)
SPOIL(buffer_next, sqe->buffer = BUFFERS)
SPOIL(buffer_last, sqe->buffer = 0xffffffff)
SPOIL(buffer_high, sqe->buffer = 1U << 31)
SPOIL(source_buffer_one, sqe->source_buffer = 1)
SPOIL(source_buffer_next, sqe->source_buffer = BUFFERS)
SPOIL(source_buffer_last, sqe->source_buffer = 0xffffffff)
SPOIL(bytes_zero, sqe->bytes = 0)
SPOIL(bytes_over, sqe->bytes = BYTES + 1)
SPOIL(bytes_last, sqe->bytes = 0xffffffff)
SPOIL(offset_over, sqe->offset = 1; sqe->bytes = BYTES)
SPOIL(offset_at_end, sqe->offset = BYTES; sqe->bytes = 1)
SPOIL(offset_last, sqe->offset = 0xffffffff; sqe->bytes = 1)
SPOIL(offset_wraps, sqe->offset = 0xffffff00; sqe->bytes = 0x200)
SPOIL(offset_wraps_to_zero, sqe->offset = 0xfffff000; sqe->bytes = 0x1000)
SPOIL(source_offset_one, sqe->source_offset = 1)
SPOIL(source_offset_over, sqe->source_offset = 1; sqe->bytes = BYTES)
SPOIL(source_offset_last, sqe->source_offset = 0xffffffff; sqe->bytes = 1)
SPOIL(source_offset_wraps, sqe->source_offset = 0xffffff00; sqe->bytes = 0x200)
SPOIL(list_without_flag, sqe->list = 1)
SPOIL(list_entries_without_flag, sqe->list_entries = 1)
SPOIL(target_set, sqe->target = 1)
SPOIL(target_high, sqe->target = 1ULL << 32)
SPOIL(offset_set, sqe->offset = 64)
SPOIL(bytes_set, sqe->bytes = 64)
SPOIL(buffer_set, sqe->buffer = 1)
SPOIL(timeout_set, sqe->timeout_us = 1000000)
SPOIL(flags_no_sync, sqe->flags = DMARING_SQE_NO_SYNC)
SPOIL(overlap_same, sqe->source_buffer = sqe->buffer)
SPOIL(overlap_by_last_byte, within_one_buffer(sqe, 0, 63))
SPOIL(overlap_by_first_byte, within_one_buffer(sqe, 63, 0))
SPOIL(flag_without_list, sqe->flags = DMARING_SQE_SEGMENTS)
/* Rings here have no segments in USER. */
SPOIL(list_without_array, sqe->flags = DMARING_SQE_SEGMENTS; sqe->list_entries = 1)
/* Without a template. */
SPOIL(opcode_interleaved, sqe->opcode = DMARING_OP_INTERLEAVED)
SPOIL(opcode_send, sqe->opcode = DMARING_OP_SEND)
SPOIL(opcode_receive, sqe->opcode = DMARING_OP_RECEIVE)
SPOIL(opcode_copy, sqe->opcode = DMARING_OP_COPY)

#define CASE(op, spoil, error) \
	{ #op "_" #spoil, DMARING_OP_##op, spoil, error }

#define DATA_CASES(op)								\
	CASE(op, flag_unknown, 0), CASE(op, flag_last, 0),			\
	CASE(op, reserved_low, 0), CASE(op, reserved_high, 0),			\
	CASE(op, channel_next, 0), CASE(op, channel_last, 0),			\
	CASE(op, channel_all, 0), CASE(op, pool_next, 0), CASE(op, pool_last, 0), \
	CASE(op, source_pool_next, 0), CASE(op, source_pool_last, 0),		\
	CASE(op, buffer_next, 0), CASE(op, buffer_last, 0),			\
	CASE(op, buffer_high, 0), CASE(op, bytes_zero, 0),			\
	CASE(op, bytes_over, 0), CASE(op, bytes_last, 0),			\
	CASE(op, offset_over, 0), CASE(op, offset_at_end, 0),			\
	CASE(op, offset_last, 0), CASE(op, offset_wraps, 0),			\
	CASE(op, offset_wraps_to_zero, 0), CASE(op, list_without_flag, 0),	\
	CASE(op, list_entries_without_flag, 0), CASE(op, target_set, 0),	\
	CASE(op, target_high, 0),						\
	CASE(op, opcode_unknown, 0), CASE(op, opcode_last, 0),			\
	CASE(op, opcode_interleaved, 0)

#define CONTROL_CASES(op)							\
	CASE(op, flag_unknown, 0), CASE(op, flag_last, 0),			\
	CASE(op, reserved_low, 0), CASE(op, reserved_high, 0),			\
	CASE(op, channel_next, 0), CASE(op, channel_last, 0),			\
	CASE(op, pool_next, 0), CASE(op, source_pool_next, 0),			\
	CASE(op, buffer_set, 0), CASE(op, source_buffer_one, 0),		\
	CASE(op, source_offset_one, 0), CASE(op, offset_set, 0),		\
	CASE(op, bytes_set, 0), CASE(op, list_without_flag, 0),			\
	CASE(op, list_entries_without_flag, 0), CASE(op, timeout_set, 0),	\
	CASE(op, flags_no_sync, 0), CASE(op, opcode_interleaved, 0)

static struct invalid cases[] = {
	DATA_CASES(SEND),
	CASE(SEND, flag_without_list, 0),
	CASE(SEND, list_without_array, 0),
	CASE(SEND, source_buffer_one, 0),
	CASE(SEND, source_offset_one, 0),
	CASE(SEND, opcode_receive, EOPNOTSUPP),
	CASE(SEND, opcode_copy, EOPNOTSUPP),
	DATA_CASES(RECEIVE),
	CASE(RECEIVE, flag_without_list, 0),
	CASE(RECEIVE, list_without_array, 0),
	CASE(RECEIVE, source_buffer_one, 0),
	CASE(RECEIVE, source_offset_one, 0),
	CASE(RECEIVE, opcode_send, EOPNOTSUPP),
	DATA_CASES(COPY),
	CASE(COPY, flag_without_list, EOPNOTSUPP),
	CASE(COPY, list_without_array, EOPNOTSUPP),
	CASE(COPY, source_buffer_next, 0),
	CASE(COPY, source_buffer_last, 0),
	CASE(COPY, source_offset_over, 0),
	CASE(COPY, source_offset_last, 0),
	CASE(COPY, source_offset_wraps, 0),
	CASE(COPY, overlap_same, 0),
	CASE(COPY, overlap_by_last_byte, 0),
	CASE(COPY, overlap_by_first_byte, 0),
	CASE(COPY, opcode_send, EOPNOTSUPP),
	CASE(COPY, opcode_receive, EOPNOTSUPP),
	CONTROL_CASES(NOP),
	CASE(NOP, target_set, 0),
	CASE(NOP, channel_all, 0),
	CONTROL_CASES(FENCE),
	CASE(FENCE, target_set, 0),
	CONTROL_CASES(CANCEL),
	CASE(CANCEL, channel_all, 0),
	CONTROL_CASES(ABORT),
	CASE(ABORT, target_set, 0),
	CASE(ABORT, channel_all, 0),
};

/* A ring on one channel that can do the operation. */
static struct ring *ring_for(unsigned int opcode)
{
	switch (opcode) {
	case DMARING_OP_RECEIVE:
		return ring_open("source0", .buffers = BUFFERS, .bytes = BYTES);
	case DMARING_OP_COPY:
		return ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	default:
		return ring_open("sink0", .buffers = BUFFERS, .bytes = BYTES);
	}
}

static bool is_data(unsigned int opcode)
{
	return opcode == DMARING_OP_SEND || opcode == DMARING_OP_RECEIVE ||
	       opcode == DMARING_OP_COPY;
}

static struct dmaring_sqe *push_valid(struct ring *r, unsigned int opcode, uint64_t data)
{
	struct dmaring_sqe *sqe = push(r, opcode, 0, data);

	if (is_data(opcode))
		sqe->bytes = 64;
	if (opcode == DMARING_OP_COPY)
		sqe->buffer = 2;
	return sqe;
}

static void is_refused(void **state)
{
	const struct invalid *v = *state;
	struct ring *r = ring_for(v->opcode);
	struct dmaring_sqe *sqe, asked;
	struct dmaring_cqe c;

	memset(r->pool, 0x5a, r->setup.pool.bytes);
	sqe = push_valid(r, v->opcode, 0xfedcba9876543210ULL);
	v->spoil(sqe);
	asked = *sqe;
	ring_kick(r);
	c = ring_expect(r, 0xfedcba9876543210ULL, v->error ? -v->error : -EINVAL);
	assert_int_equal(c.opcode, asked.opcode);
	assert_int_equal(c.channel, asked.channel);
	assert_false(c.flags & DMARING_CQE_STARTED);
	assert_int_equal(c.reserved0 | c.reserved1, 0);
	if (!v->error)
		assert_int_equal(r->kern->sq_invalid, 1);
	byte_check(r->pool, 0x5a, r->setup.pool.bytes);
	/* The ring goes on, and the same entry unspoilt succeeds. */
	push_valid(r, v->opcode, 2);
	ring_kick(r);
	ring_expect(r, 2, v->opcode == DMARING_OP_CANCEL ? -ENOENT : 0);
	assert_int_equal(r->kern->state, DMARING_RING_RUNNING);
}

/* Ranges that only touch do not overlap. */
static void adjacent_copy_is_valid(void **state)
{
	struct ring *r = ring_for(DMARING_OP_COPY);
	struct dmaring_sqe *sqe;

	(void)state;
	pattern_fill(r->pool, 128, 1);
	sqe = push_copy(r, 0, 0, 64, 1);
	sqe->offset = 128;
	sqe->source_offset = 64;
	sqe = push_copy(r, 0, 0, 64, 2);
	sqe->offset = 256;
	sqe->source_offset = 0;
	ring_submit(r);
	ring_expect(r, 1, 0);
	ring_expect(r, 2, 0);
}

static void whole_buffer_is_valid(void **state)
{
	struct ring *r = ring_for(DMARING_OP_COPY);

	(void)state;
	push_copy(r, BUFFERS - 1, 0, BYTES, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
}

static uint32_t random_next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/*
 * Whatever is in an entry, exactly one completion comes of it, with its
 * user_data, and no byte outside the pool's buffers is written.
 */
static void random_entries_complete_once(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 64, .buffers = BUFFERS, .bytes = BYTES);
	unsigned int batch, i, j, words = sizeof(struct dmaring_sqe) / 4;
	uint32_t x = 2463534242, *word;
	struct dmaring_cqe c;
	uint64_t seen;

	(void)state;
	for (batch = 0; batch < 100; batch++) {
		for (i = 0; i < 64; i++) {
			struct dmaring_sqe *sqe = push(r, random_next(&x) % 11, 0, 0);

			word = (uint32_t *)sqe;
			for (j = random_next(&x) % 4; j; j--)
				word[1 + random_next(&x) % (words - 1)] =
					random_next(&x) >> random_next(&x) % 32;
			if (sqe->opcode == DMARING_OP_COPY) {
				sqe->buffer = random_next(&x) % 5;
				sqe->bytes = random_next(&x) % 4100;
			}
			sqe->user_data = (uint64_t)batch << 32 | i;
			if (sqe->opcode != DMARING_OP_CANCEL)
				continue;
			sqe->target = random_next(&x) % 64 | (uint64_t)batch << 32;
		}
		ring_kick(r);
		for (i = 0, seen = 0; i < 64; i++) {
			c = ring_wait(r);
			assert_int_equal(c.user_data >> 32, batch);
			assert_false(seen >> (uint32_t)c.user_data & 1);
			seen |= 1ULL << (uint32_t)c.user_data;
		}
	}
	assert_int_equal(ring_cq_tail(r), r->cq_head);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases) + 3];
	const struct CMUnitTest others[] = {
		system_test(adjacent_copy_is_valid),
		system_test(whole_buffer_is_valid),
		system_test(random_entries_complete_once),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest) {
			cases[i].name, is_refused, NULL, system_teardown, &cases[i],
		};
	memcpy(tests + i, others, sizeof(others));
	return system_run(tests);
}
