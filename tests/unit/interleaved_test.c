// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's check of 2-D transfers: each member at and beyond its limit, and
 * overlap against a map of the bytes.
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

#define OP(op)	(1U << DMARING_OP_##op)

enum { TX, RX, COPY, LINEAR, CHANNELS };

static const struct dmaring_geometry geometry = {
	.channels = CHANNELS,
	.segment_entries = 10,
	.pools = 2,
	.channel = {
		[TX] = { DMARING_CHANNEL_SEND, OP(SEND) | OP(INTERLEAVED), 1, 4096, 4096 },
		[RX] = { DMARING_CHANNEL_RECEIVE, OP(RECEIVE) | OP(INTERLEAVED), 64, 4096, 4096 },
		[COPY] = { DMARING_CHANNEL_COPY, OP(COPY) | OP(INTERLEAVED), 1, 4096, 4096 },
		[LINEAR] = { DMARING_CHANNEL_COPY, OP(COPY), 1, 4096, 4096 },
	},
	.pool = {
		{ .buffers = 4, .buffer_bytes = 10000, .stride = 12288, .chunk_bytes = 65536 },
		/* As large as lengths get: sums do not fit 32 bits. */
		{ .buffers = 2, .buffer_bytes = 0xffffffffULL, .stride = 0x100000000ULL,
		  .chunk_bytes = 1U << 22 },
	},
};

/* 10 rows of 100 in a frame of 1000 wide; the last byte is that of the buffer. */
static const struct dmaring_template shape = { .row_bytes = 100, .rows = 10, .stride = 1000 };

static const struct dmaring_sqe entry = {
	.opcode = DMARING_OP_INTERLEAVED, .channel = TX, .buffer = 3, .offset = 900,
	.bytes = 1000, .list = 9, .list_entries = 1,
};

/* As the driver does: a template that is out of bounds is not there at all. */
static int check(struct dmaring_sqe sqe, struct dmaring_template t)
{
	struct dmaring_segment copied;

	memcpy(&copied, &t, sizeof(copied));
	return dmaring_sqe_validate(&geometry, &sqe, dmaring_list_validate(&geometry, &sqe) ?
				    &copied : NULL);
}

#define ENTRY_WITH(member, value) \
	({ struct dmaring_sqe e_ = entry; e_.member = (value); check(e_, shape); })

/* One member changed, and the sum of the bytes with it. */
#define SHAPE_WITH(member, value) ({						\
	struct dmaring_template t_ = shape;					\
	struct dmaring_sqe e_ = entry;						\
	t_.member = (value);							\
	e_.bytes = t_.row_bytes * t_.rows;					\
	check(e_, t_);								\
})

static void right_windows_pass(void **state)
{
	struct dmaring_template t = shape;
	struct dmaring_sqe e = entry;

	(void)state;
	assert_int_equal(check(entry, shape), 0);
	assert_int_equal(ENTRY_WITH(flags, DMARING_SQE_NO_SYNC), 0);
	assert_int_equal(ENTRY_WITH(timeout_us, 1), 0);
	assert_int_equal(ENTRY_WITH(list, 0), 0);
	assert_int_equal(ENTRY_WITH(offset, 0), 0);
	assert_int_equal(SHAPE_WITH(stride, 100), 0);
	assert_int_equal(SHAPE_WITH(rows, 9), 0);
	/* One row has no next one. */
	t.rows = 1;
	e.bytes = 100;
	for (t.stride = 0; t.stride < 2; t.stride++)
		assert_int_equal(check(e, t), 0);
	t.stride = UINT32_MAX;
	assert_int_equal(check(e, t), 0);
	e.offset = 9900;
	assert_int_equal(check(e, t), 0);
}

static void the_whole_window_is_in_a_buffer(void **state)
{
	(void)state;
	assert_int_equal(ENTRY_WITH(offset, 901), -EINVAL);
	assert_int_equal(ENTRY_WITH(offset, UINT32_MAX), -EINVAL);
	assert_int_equal(ENTRY_WITH(buffer, 4), -EINVAL);
	assert_int_equal(ENTRY_WITH(buffer, UINT32_MAX), -EINVAL);
	assert_int_equal(ENTRY_WITH(pool, 2), -EINVAL);
	assert_int_equal(ENTRY_WITH(channel, CHANNELS), -EINVAL);
	assert_int_equal(SHAPE_WITH(rows, 11), -EINVAL);
	assert_int_equal(SHAPE_WITH(stride, 1001), -EINVAL);
	assert_int_equal(SHAPE_WITH(stride, UINT32_MAX), -EINVAL);
	assert_int_equal(SHAPE_WITH(row_bytes, 101), -EINVAL);
}

static void shapes_have_rows_that_do_not_overlap(void **state)
{
	(void)state;
	assert_int_equal(SHAPE_WITH(rows, 0), -EINVAL);
	assert_int_equal(SHAPE_WITH(row_bytes, 0), -EINVAL);
	assert_int_equal(SHAPE_WITH(stride, 99), -EINVAL);
	assert_int_equal(SHAPE_WITH(stride, 0), -EINVAL);
	/* bytes is what the rows add up to. */
	assert_int_equal(ENTRY_WITH(bytes, 999), -EINVAL);
	assert_int_equal(ENTRY_WITH(bytes, 1001), -EINVAL);
	assert_int_equal(ENTRY_WITH(bytes, 0), -EINVAL);
}

static void sums_are_not_cut_to_32_bits(void **state)
{
	struct dmaring_template t = { .row_bytes = 1U << 20, .rows = 4096, .stride = 1U << 20 };
	struct dmaring_sqe e = entry;

	(void)state;
	/* rows times row_bytes is 2^32, which is not 0. */
	e.pool = 1;
	e.buffer = 0;
	e.offset = 0;
	e.bytes = 0;
	assert_int_equal(check(e, t), -EINVAL);
	t.rows = 4095;
	e.bytes = 4095U << 20;
	assert_int_equal(check(e, t), 0);
	/* The extent is 2^32 + 64 of a buffer of 2^32 - 1. */
	t = (struct dmaring_template){ .row_bytes = 64, .rows = 3, .stride = 1U << 31 };
	e.bytes = 3 * 64;
	assert_int_equal(check(e, t), -EINVAL);
	t.stride = (1U << 31) - 64;
	assert_int_equal(check(e, t), 0);
	e.offset = 64;
	assert_int_equal(check(e, t), -EINVAL);
	/* As many rows as there may be, and one more. */
	t = (struct dmaring_template){ .row_bytes = 1, .rows = DMARING_ROWS_MAX, .stride = 1 };
	e.offset = 0;
	e.bytes = DMARING_ROWS_MAX;
	assert_int_equal(check(e, t), 0);
	t.rows++;
	e.bytes++;
	assert_int_equal(check(e, t), -EINVAL);
}

static void a_template_is_one_and_in_the_array(void **state)
{
	(void)state;
	assert_int_equal(ENTRY_WITH(list, 10), -EINVAL);
	assert_int_equal(ENTRY_WITH(list, UINT32_MAX), -EINVAL);
	assert_int_equal(ENTRY_WITH(list_entries, 0), -EINVAL);
	assert_int_equal(ENTRY_WITH(list_entries, 2), -EINVAL);
	assert_int_equal(ENTRY_WITH(list_entries, UINT32_MAX), -EINVAL);
	assert_int_equal(ENTRY_WITH(flags, DMARING_SQE_SEGMENTS), -EINVAL);
	assert_int_equal(ENTRY_WITH(flags, 1U << 2), -EINVAL);
	assert_int_equal(ENTRY_WITH(target, 1), -EINVAL);
	assert_int_equal(ENTRY_WITH(reserved, 1), -EINVAL);
}

static void slaves_have_no_source(void **state)
{
	(void)state;
	assert_int_equal(ENTRY_WITH(source_pool, 1), -EINVAL);
	assert_int_equal(ENTRY_WITH(source_buffer, 1), -EINVAL);
	assert_int_equal(ENTRY_WITH(source_offset, 1), -EINVAL);
	assert_int_equal(SHAPE_WITH(source_stride, 1000), -EINVAL);
	assert_int_equal(ENTRY_WITH(channel, LINEAR), -EOPNOTSUPP);
}

static void alignment_is_that_of_each_row(void **state)
{
	struct dmaring_template t = { .row_bytes = 64, .rows = 3, .stride = 128 };
	struct dmaring_sqe e = entry;

	(void)state;
	e.channel = RX;
	e.offset = 64;
	e.bytes = 3 * 64;
	assert_int_equal(check(e, t), 0);
	e.offset = 65;
	assert_int_equal(check(e, t), -EINVAL);
	e.offset = 64;
	t.stride = 129;
	assert_int_equal(check(e, t), -EINVAL);
	t.stride = 128;
	t.row_bytes = 63;
	e.bytes = 3 * 63;
	assert_int_equal(check(e, t), -EINVAL);
}

static void both_sides_of_a_copy_are_checked(void **state)
{
	struct dmaring_template t = { .row_bytes = 100, .rows = 10, .stride = 100,
				      .source_stride = 1000 };
	struct dmaring_sqe e = entry;

	(void)state;
	e.channel = COPY;
	e.offset = 0;
	e.source_buffer = 1;
	e.source_offset = 900;
	assert_int_equal(check(e, t), 0);
	e.source_offset = 901;
	assert_int_equal(check(e, t), -EINVAL);
	e.source_offset = 900;
	t.source_stride = 99;
	assert_int_equal(check(e, t), -EINVAL);
	t.source_stride = 1001;
	assert_int_equal(check(e, t), -EINVAL);
	t.source_stride = 1000;
	e.source_buffer = 4;
	assert_int_equal(check(e, t), -EINVAL);
	e.source_buffer = 1;
	e.source_pool = 2;
	assert_int_equal(check(e, t), -EINVAL);
}

static void mark(unsigned char *map, unsigned int offset, unsigned int stride,
		 const struct dmaring_template *t, unsigned char bit)
{
	unsigned int i, k;

	for (i = 0; i < t->rows; i++)
		for (k = 0; k < t->row_bytes; k++)
			map[offset + i * stride + k] |= bit;
}

/* A window against each other one of its shape; counted by whether they overlap. */
static void meet(struct dmaring_sqe e, struct dmaring_template t, unsigned int *apart,
		 unsigned int *across)
{
	unsigned char map[256];
	bool overlap;

	t.source_stride = t.stride;
	e.bytes = t.rows * t.row_bytes;
	for (e.offset = 0; e.offset < 40; e.offset++) {
		for (e.source_offset = 0; e.source_offset < 40; e.source_offset++) {
			memset(map, 0, sizeof(map));
			mark(map, e.offset, t.stride, &t, 1);
			mark(map, e.source_offset, t.stride, &t, 2);
			overlap = memchr(map, 3, sizeof(map));
			assert_int_equal(check(e, t), overlap ? -EINVAL : 0);
			++*(overlap ? across : apart);
		}
	}
}

/* Every small window against every other of the same stride. */
static void overlap_is_that_of_the_bytes(void **state)
{
	struct dmaring_template t = { 0 };
	struct dmaring_sqe e = { .opcode = DMARING_OP_INTERLEAVED, .channel = COPY,
				 .list_entries = 1 };
	unsigned int apart = 0, across = 0;

	(void)state;
	for (t.stride = 1; t.stride <= 6; t.stride++)
		for (t.row_bytes = 1; t.row_bytes <= t.stride; t.row_bytes++)
			for (t.rows = 1; t.rows <= 4; t.rows++)
				meet(e, t, &apart, &across);
	assert_true(apart > 1000 && across > 1000);
	/* With two strides they must be apart as a whole. */
	t = (struct dmaring_template){ .row_bytes = 2, .rows = 2, .stride = 10,
				       .source_stride = 20 };
	e.bytes = 4;
	e.offset = 0;
	e.source_offset = 5;
	assert_int_equal(check(e, t), -EINVAL);
	e.source_offset = 12;
	assert_int_equal(check(e, t), 0);
	/* The same place in another pool is another place. */
	e.source_offset = 0;
	e.source_pool = 1;
	assert_int_equal(check(e, t), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_windows_pass),
		cmocka_unit_test(the_whole_window_is_in_a_buffer),
		cmocka_unit_test(shapes_have_rows_that_do_not_overlap),
		cmocka_unit_test(sums_are_not_cut_to_32_bits),
		cmocka_unit_test(a_template_is_one_and_in_the_array),
		cmocka_unit_test(slaves_have_no_source),
		cmocka_unit_test(alignment_is_that_of_each_row),
		cmocka_unit_test(both_sides_of_a_copy_are_checked),
		cmocka_unit_test(overlap_is_that_of_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
