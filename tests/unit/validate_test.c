// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's check of submission entries: each member at and beyond its
 * limit, with the rest of the entry right.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/kernel/validate.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define TX 0
#define RX 1
#define COPY 2

static const struct dmaring_geometry geometry = {
	.channels = 3,
	.segment_entries = 100,
	.pools = 2,
	.channel = {
		[TX] = { DMARING_CHANNEL_SEND, 1U << DMARING_OP_SEND | 1U << DMARING_OP_INTERLEAVED,
			 1, 1U << 20, 4096 },
		[RX] = { DMARING_CHANNEL_RECEIVE,
			 1U << DMARING_OP_RECEIVE | 1U << DMARING_OP_CYCLIC_START |
			 1U << DMARING_OP_CYCLIC_STOP | 1U << DMARING_OP_INTERLEAVED,
			 64, 1U << 20, 4096 },
		[COPY] = { DMARING_CHANNEL_COPY,
			   1U << DMARING_OP_COPY | 1U << DMARING_OP_INTERLEAVED,
			   1, 1U << 20, 4096 },
	},
	.pool = {
		{ .buffers = 4, .buffer_bytes = 1000, .stride = 1024, .chunk_bytes = 4096 },
		/* As large as lengths get: sums do not fit 32 bits. */
		{ .buffers = 2, .buffer_bytes = 0xffffffffULL, .stride = 0x100000000ULL,
		  .chunk_bytes = 1U << 30 },
	},
};

/* As the driver does: a list that is out of bounds is not there at all. */
static int check_list(struct dmaring_sqe sqe, const struct dmaring_segment *segments)
{
	if (!dmaring_list_validate(&geometry, &sqe))
		segments = NULL;
	return dmaring_sqe_validate(&geometry, &sqe, segments);
}

static int check(struct dmaring_sqe sqe)
{
	return check_list(sqe, NULL);
}

static const struct dmaring_sqe send = {
	.opcode = DMARING_OP_SEND, .channel = TX, .buffer = 3, .offset = 0, .bytes = 1000,
};

static const struct dmaring_sqe receive = {
	.opcode = DMARING_OP_RECEIVE, .channel = RX, .buffer = 1, .offset = 64, .bytes = 128,
};

static const struct dmaring_sqe copy = {
	.opcode = DMARING_OP_COPY, .channel = COPY, .buffer = 0, .bytes = 500,
	.source_buffer = 1,
};

/* An entry of an operation and the members that are not zero. */
#define check_op(op, ...) \
	check((struct dmaring_sqe){ .opcode = DMARING_OP_##op, ##__VA_ARGS__ })

/* The entry with one member changed. */
#define WITH(entry, member, value) \
	({ struct dmaring_sqe e_ = (entry); e_.member = (value); check(e_); })

static void right_entries_pass(void **state)
{
	(void)state;
	assert_int_equal(check(send), 0);
	assert_int_equal(check(receive), 0);
	assert_int_equal(check(copy), 0);
	assert_int_equal(WITH(send, flags, DMARING_SQE_NO_SYNC), 0);
	assert_int_equal(WITH(send, timeout_us, UINT32_MAX), 0);
	assert_int_equal(WITH(send, user_data, UINT64_MAX), 0);
	assert_int_equal(WITH(send, bytes, 1), 0);
	assert_int_equal(check_op(NOP), 0);
	assert_int_equal(check_op(CANCEL, .target = 7), 0);
	assert_int_equal(check_op(ABORT, .channel = RX), 0);
	assert_int_equal(check_op(FENCE, .channel = RX), 0);
	assert_int_equal(check_op(FENCE, .channel = DMARING_CHANNEL_ALL), 0);
}

static void ranges_end_with_the_buffer(void **state)
{
	(void)state;
	assert_int_equal(WITH(send, buffer, 4), -EINVAL);
	assert_int_equal(WITH(send, buffer, UINT32_MAX), -EINVAL);
	assert_int_equal(WITH(send, bytes, 0), -EINVAL);
	assert_int_equal(WITH(send, bytes, 1001), -EINVAL);
	assert_int_equal(WITH(send, offset, 1), -EINVAL);
	assert_int_equal(WITH(send, offset, UINT32_MAX), -EINVAL);
	assert_int_equal(WITH(send, pool, 2), -EINVAL);
	assert_int_equal(WITH(send, pool, UINT16_MAX), -EINVAL);
	assert_int_equal(WITH(send, channel, 3), -EINVAL);
	assert_int_equal(WITH(copy, source_buffer, 4), -EINVAL);
	assert_int_equal(WITH(copy, source_offset, 501), -EINVAL);
	assert_int_equal(WITH(copy, source_pool, 2), -EINVAL);
}

static void sums_are_not_cut_to_32_bits(void **state)
{
	struct dmaring_sqe e = send;

	(void)state;
	e.pool = 1;
	e.buffer = 1;
	e.bytes = 1U << 19;
	e.offset = 0xffffffffU - (1U << 19);
	assert_int_equal(check(e), 0);
	e.offset++;
	assert_int_equal(check(e), -EINVAL);
	e.offset = UINT32_MAX;
	assert_int_equal(check(e), -EINVAL);
}

static void limits_of_the_channel_hold(void **state)
{
	struct dmaring_sqe e = send;

	(void)state;
	assert_int_equal(WITH(receive, offset, 1), -EINVAL);
	assert_int_equal(WITH(receive, bytes, 65), -EINVAL);
	assert_int_equal(WITH(send, channel, RX), -EOPNOTSUPP);
	assert_int_equal(WITH(receive, channel, TX), -EOPNOTSUPP);
	assert_int_equal(WITH(copy, channel, TX), -EOPNOTSUPP);
	e.pool = 1;
	e.buffer = 0;
	e.bytes = 254 * 4096;
	assert_int_equal(check(e), 0);
	e.bytes++;
	assert_int_equal(check(e), -EINVAL);
}

static void overlap_is_refused(void **state)
{
	struct dmaring_sqe e = copy;

	(void)state;
	e.source_buffer = 0;
	e.source_offset = 500;
	assert_int_equal(check(e), 0);
	e.source_offset = 499;
	assert_int_equal(check(e), -EINVAL);
	e.source_offset = 0;
	assert_int_equal(check(e), -EINVAL);
	e.offset = 499;
	assert_int_equal(check(e), -EINVAL);
	e.offset = 500;
	assert_int_equal(check(e), 0);
	/* The same place in another pool is another place. */
	e = copy;
	e.source_buffer = 0;
	e.source_pool = 1;
	assert_int_equal(check(e), 0);
}

static void what_an_operation_does_not_use_is_zero(void **state)
{
	const struct dmaring_sqe nop = { .opcode = DMARING_OP_NOP };

	(void)state;
	assert_int_equal(WITH(send, reserved, 1), -EINVAL);
	assert_int_equal(WITH(send, reserved, 1ULL << 63), -EINVAL);
	assert_int_equal(WITH(send, target, 1), -EINVAL);
	assert_int_equal(WITH(send, list, 1), -EINVAL);
	assert_int_equal(WITH(send, list_entries, 1), -EINVAL);
	assert_int_equal(WITH(send, source_pool, 1), -EINVAL);
	assert_int_equal(WITH(send, source_buffer, 1), -EINVAL);
	assert_int_equal(WITH(receive, source_offset, 1), -EINVAL);
	assert_int_equal(WITH(send, flags, 1U << 2), -EINVAL);
	assert_int_equal(WITH(send, flags, 1U << 7), -EINVAL);
	assert_int_equal(WITH(nop, channel, 1), -EINVAL);
	assert_int_equal(WITH(nop, pool, 1), -EINVAL);
	assert_int_equal(WITH(nop, source_pool, 1), -EINVAL);
	assert_int_equal(WITH(nop, buffer, 1), -EINVAL);
	assert_int_equal(WITH(nop, offset, 1), -EINVAL);
	assert_int_equal(WITH(nop, bytes, 1), -EINVAL);
	assert_int_equal(WITH(nop, timeout_us, 1), -EINVAL);
	assert_int_equal(WITH(nop, source_buffer, 1), -EINVAL);
	assert_int_equal(WITH(nop, source_offset, 1), -EINVAL);
	assert_int_equal(WITH(nop, list, 1), -EINVAL);
	assert_int_equal(WITH(nop, list_entries, 1), -EINVAL);
	assert_int_equal(WITH(nop, target, 1), -EINVAL);
	assert_int_equal(WITH(nop, flags, DMARING_SQE_NO_SYNC), -EINVAL);
	assert_int_equal(WITH(nop, reserved, 1), -EINVAL);
}

static void channel_of_control_operations_exists(void **state)
{
	(void)state;
	assert_int_equal(check_op(FENCE, .channel = 3), -EINVAL);
	assert_int_equal(check_op(ABORT, .channel = 3), -EINVAL);
	assert_int_equal(check_op(ABORT, .channel = DMARING_CHANNEL_ALL), -EINVAL);
	assert_int_equal(check_op(CANCEL, .channel = 1), -EINVAL);
}

static void every_opcode_has_an_answer(void **state)
{
	unsigned int opcode;

	(void)state;
	for (opcode = 0; opcode < 256; opcode++) {
		int ret = WITH(send, opcode, opcode);

		if (opcode == DMARING_OP_SEND)
			assert_int_equal(ret, 0);
		else if (opcode > DMARING_OP_INTERLEAVED)
			assert_int_equal(ret, -EINVAL);
		else
			assert_true(ret == -EINVAL || ret == -EOPNOTSUPP);
	}
}

/* ------------------------------------------------------------------------
 * Segment lists
 */

/* 1000 + 1 + 999 bytes, out of order. */
static const struct dmaring_segment three[] = {
	{ .buffer = 3, .offset = 0, .bytes = 1000 },
	{ .buffer = 0, .offset = 999, .bytes = 1 },
	{ .buffer = 1, .offset = 1, .bytes = 999 },
};

static const struct dmaring_sqe list = {
	.opcode = DMARING_OP_SEND, .flags = DMARING_SQE_SEGMENTS, .channel = TX,
	.bytes = 2000, .list = 7, .list_entries = 3,
};

#define LIST_WITH(member, value) \
	({ struct dmaring_sqe e_ = list; e_.member = (value); check_list(e_, three); })

/* The list with one member of one segment changed. */
#define SEGMENT_WITH(i, member, value) ({					\
	struct dmaring_segment s_[ARRAY_SIZE(three)];				\
	memcpy(s_, three, sizeof(s_));						\
	s_[i].member = (value);							\
	check_list(list, s_);							\
})

static void right_lists_pass(void **state)
{
	const struct dmaring_segment aligned[] = {
		{ .buffer = 2, .offset = 64, .bytes = 128 }, { .buffer = 2, .bytes = 64 },
	};
	struct dmaring_sqe e = list;

	(void)state;
	assert_int_equal(check_list(list, three), 0);
	assert_int_equal(LIST_WITH(flags, DMARING_SQE_SEGMENTS | DMARING_SQE_NO_SYNC), 0);
	assert_int_equal(LIST_WITH(list, 0), 0);
	assert_int_equal(LIST_WITH(list, 97), 0);
	e.opcode = DMARING_OP_RECEIVE;
	e.channel = RX;
	e.list_entries = 2;
	e.bytes = 192;
	assert_int_equal(check_list(e, aligned), 0);
	/* One segment is a list. */
	e = list;
	e.list_entries = 1;
	e.bytes = 1000;
	assert_int_equal(check_list(e, three), 0);
}

static void lists_lie_in_the_array(void **state)
{
	static struct dmaring_segment many[65];
	struct dmaring_sqe e = list;
	unsigned int i;

	(void)state;
	assert_int_equal(LIST_WITH(list, 98), -EINVAL);
	assert_int_equal(LIST_WITH(list, 100), -EINVAL);
	assert_int_equal(LIST_WITH(list, UINT32_MAX), -EINVAL);
	assert_int_equal(LIST_WITH(list, UINT32_MAX - 2), -EINVAL);
	assert_int_equal(LIST_WITH(list_entries, 0), -EINVAL);
	assert_int_equal(LIST_WITH(list_entries, UINT32_MAX), -EINVAL);
	for (i = 0; i < 65; i++)
		many[i].bytes = 10;
	e.list = 0;
	e.list_entries = 64;
	e.bytes = 640;
	assert_int_equal(check_list(e, many), 0);
	e.list_entries = 65;
	e.bytes = 650;
	assert_int_equal(check_list(e, many), -EINVAL);
}

static void segments_add_up(void **state)
{
	(void)state;
	assert_int_equal(LIST_WITH(bytes, 1999), -EINVAL);
	assert_int_equal(LIST_WITH(bytes, 2001), -EINVAL);
	assert_int_equal(LIST_WITH(bytes, 0), -EINVAL);
	assert_int_equal(LIST_WITH(list_entries, 2), -EINVAL);
	assert_int_equal(SEGMENT_WITH(2, bytes, 998), -EINVAL);
}

static void sums_of_lists_are_not_cut_to_32_bits(void **state)
{
	/* 2^32 + 64 in all: 64, if it were cut. */
	const struct dmaring_segment huge[] = {
		{ .buffer = 0, .bytes = 1U << 31 }, { .buffer = 1, .bytes = 1U << 31 },
		{ .buffer = 0, .bytes = 64 },
	};
	struct dmaring_geometry wide = geometry;
	struct dmaring_sqe e = list;

	(void)state;
	wide.channel[TX].piece_bytes = 1U << 30;
	e.pool = 1;
	e.bytes = 64;
	assert_int_equal(dmaring_sqe_validate(&wide, &e, huge), -EINVAL);
	e.list_entries = 1;
	e.bytes = 1U << 31;
	assert_int_equal(dmaring_sqe_validate(&wide, &e, huge), 0);
}

static void each_segment_is_checked(void **state)
{
	struct dmaring_sqe e = list;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(three); i++) {
		assert_int_equal(SEGMENT_WITH(i, buffer, 4), -EINVAL);
		assert_int_equal(SEGMENT_WITH(i, buffer, UINT32_MAX), -EINVAL);
		assert_int_equal(SEGMENT_WITH(i, offset, 1000), -EINVAL);
		assert_int_equal(SEGMENT_WITH(i, offset, UINT32_MAX), -EINVAL);
		assert_int_equal(SEGMENT_WITH(i, bytes, 0), -EINVAL);
		assert_int_equal(SEGMENT_WITH(i, bytes, UINT32_MAX), -EINVAL);
		assert_int_equal(SEGMENT_WITH(i, reserved, 1), -EINVAL);
		assert_int_equal(SEGMENT_WITH(i, reserved, 1U << 31), -EINVAL);
	}
	/* The sum is right, a range is not. */
	assert_int_equal(SEGMENT_WITH(0, offset, 1), -EINVAL);
	assert_int_equal(LIST_WITH(pool, 2), -EINVAL);
	/* Alignment is each segment's. */
	e.opcode = DMARING_OP_RECEIVE;
	e.channel = RX;
	assert_int_equal(check_list(e, three), -EINVAL);
}

static void what_a_list_replaces_is_zero(void **state)
{
	(void)state;
	assert_int_equal(LIST_WITH(buffer, 1), -EINVAL);
	assert_int_equal(LIST_WITH(offset, 1), -EINVAL);
	assert_int_equal(LIST_WITH(source_buffer, 1), -EINVAL);
	assert_int_equal(LIST_WITH(target, 1), -EINVAL);
	assert_int_equal(LIST_WITH(reserved, 1), -EINVAL);
	/* Without the flag there is no list. */
	assert_int_equal(LIST_WITH(flags, 0), -EINVAL);
}

static void more_pieces_than_a_scatter_list_are_refused(void **state)
{
	static struct dmaring_segment many[64];
	struct dmaring_sqe e = list;
	unsigned int i;

	(void)state;
	/* Each may be cut into three pieces and one at an end: 64 * 4. */
	for (i = 0; i < 64; i++)
		many[i].bytes = 2 * 4096 + 4095;
	e.pool = 1;
	e.list_entries = 64;
	e.bytes = 64 * (2 * 4096 + 4095);
	assert_int_equal(check_list(e, many), 0);
	many[63].bytes++;
	e.bytes++;
	assert_int_equal(check_list(e, many), -EINVAL);
	/* Memory was short: the pool is in smaller chunks. */
	{
		struct dmaring_geometry small = geometry;

		small.pool[1].chunk_bytes = 2048;
		many[63].bytes--;
		e.bytes--;
		assert_int_equal(dmaring_sqe_validate(&small, &e, many), -EINVAL);
		e.list_entries = 32;
		e.bytes /= 2;
		assert_int_equal(dmaring_sqe_validate(&small, &e, many), 0);
		e = send;
		e.pool = 1;
		e.buffer = 0;
		e.bytes = 254 * 2048;
		assert_int_equal(dmaring_sqe_validate(&small, &e, NULL), 0);
		e.bytes++;
		assert_int_equal(dmaring_sqe_validate(&small, &e, NULL), -EINVAL);
		e = list;
		e.pool = 1;
	}
	/* And the request as a whole has a limit. */
	e.list_entries = 2;
	many[0].bytes = 1U << 19;
	many[1].bytes = 1U << 19;
	e.bytes = 1U << 20;
	assert_int_equal(check_list(e, many), -EINVAL);
}

static void copies_take_no_list(void **state)
{
	struct dmaring_sqe e = copy;

	(void)state;
	e.flags = DMARING_SQE_SEGMENTS;
	assert_int_equal(check_list(e, three), -EOPNOTSUPP);
	e.list_entries = 3;
	assert_int_equal(check_list(e, three), -EOPNOTSUPP);
	assert_int_equal(check_op(NOP, .flags = DMARING_SQE_SEGMENTS), -EINVAL);
}

static const struct dmaring_sqe cyclic = {
	.opcode = DMARING_OP_CYCLIC_START, .channel = RX, .pool = 2, .buffer = 8, .bytes = 1024,
	.list = 3, .list_entries = 8,
	.target = DMARING_CYCLIC_STOP_ON_OVERRUN | DMARING_CYCLIC_GUARD(6) |
		  DMARING_CYCLIC_PERIOD(0xffffffff),
};

/* In a ring with one pool more. */
static int check_cyclic(struct dmaring_sqe sqe)
{
	struct dmaring_geometry g = geometry;

	g.pool[g.pools++] = (struct dmaring_pool_geometry){
		.buffers = 16, .buffer_bytes = 1024, .stride = 1024, .contiguous = true,
	};
	return dmaring_sqe_validate(&g, &sqe, NULL);
}

#define CYCLIC(member, value, want) do {					\
	struct dmaring_sqe sqe_ = cyclic;					\
	sqe_.member = (value);							\
	assert_int_equal(check_cyclic(sqe_), (want));					\
} while (0)

static void cyclic_streams(void **state)
{
	struct dmaring_sqe stop = { .opcode = DMARING_OP_CYCLIC_STOP, .channel = RX };
	unsigned int bit;

	(void)state;
	assert_int_equal(check_cyclic(cyclic), 0);
	CYCLIC(flags, DMARING_SQE_NO_SYNC, 0);
	CYCLIC(list, UINT32_MAX, 0);
	CYCLIC(buffer, 0, 0);
	CYCLIC(buffer, 9, -EINVAL);
	CYCLIC(buffer, UINT32_MAX, -EINVAL);
	CYCLIC(buffer, UINT32_MAX - 7, -EINVAL);
	CYCLIC(list_entries, 0, -EINVAL);
	CYCLIC(list_entries, 1, -EINVAL);
	/* The guard leaves no block to the user. */
	CYCLIC(list_entries, 4, -EINVAL);
	CYCLIC(list_entries, 6, -EINVAL);
	CYCLIC(list_entries, 16, -EINVAL);
	CYCLIC(list_entries, 1U << 31, -EINVAL);
	CYCLIC(target, DMARING_CYCLIC_GUARD(7), -EINVAL);
	for (bit = 1; bit < 32; bit++)
		if (bit < 8 || bit > 15)
			CYCLIC(target, 1ULL << bit, -EINVAL);
	CYCLIC(bytes, 0, -EINVAL);
	CYCLIC(bytes, 512, -EINVAL);
	CYCLIC(bytes, 2048, -EINVAL);
	CYCLIC(offset, 1, -EINVAL);
	CYCLIC(timeout_us, 1, -EINVAL);
	CYCLIC(source_pool, 1, -EINVAL);
	CYCLIC(source_buffer, 1, -EINVAL);
	CYCLIC(source_offset, 1, -EINVAL);
	CYCLIC(reserved, 1, -EINVAL);
	CYCLIC(flags, DMARING_SQE_SEGMENTS, -EINVAL);
	CYCLIC(flags, 4, -EINVAL);
	/* Not contiguous, or not there. */
	CYCLIC(pool, 0, -EINVAL);
	CYCLIC(pool, 3, -EINVAL);
	CYCLIC(channel, TX, -EOPNOTSUPP);
	CYCLIC(channel, COPY, -EOPNOTSUPP);
	CYCLIC(channel, 3, -EINVAL);
	assert_int_equal(check(stop), 0);
	stop.bytes = 1;
	assert_int_equal(check(stop), -EINVAL);
	stop.bytes = 0;
	stop.channel = TX;
	assert_int_equal(check(stop), -EOPNOTSUPP);
	stop.channel = 3;
	assert_int_equal(check(stop), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_entries_pass),
		cmocka_unit_test(ranges_end_with_the_buffer),
		cmocka_unit_test(sums_are_not_cut_to_32_bits),
		cmocka_unit_test(limits_of_the_channel_hold),
		cmocka_unit_test(overlap_is_refused),
		cmocka_unit_test(what_an_operation_does_not_use_is_zero),
		cmocka_unit_test(channel_of_control_operations_exists),
		cmocka_unit_test(every_opcode_has_an_answer),
		cmocka_unit_test(right_lists_pass),
		cmocka_unit_test(lists_lie_in_the_array),
		cmocka_unit_test(segments_add_up),
		cmocka_unit_test(sums_of_lists_are_not_cut_to_32_bits),
		cmocka_unit_test(each_segment_is_checked),
		cmocka_unit_test(what_a_list_replaces_is_zero),
		cmocka_unit_test(more_pieces_than_a_scatter_list_are_refused),
		cmocka_unit_test(copies_take_no_list),
		cmocka_unit_test(cyclic_streams),
	};

	return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
