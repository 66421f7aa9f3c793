// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An engine with limits: short segments, a boundary, bursts. What is longer is
 * cut so that the controller has nothing to complain about, and what cannot be
 * is refused. limits_test.sh loads such a controller.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cyclic.h"

#define BURST_BYTES	64U
#define BOUNDARY	1024U
/* 3000, less what is no whole burst. */
#define SEGMENT		2944U
/* Segments are counted in the largest power of two in both. */
#define LONGEST		(254 * BOUNDARY)
#define ROOM		(1U << 20)

static void limits_are_announced(void **state)
{
	struct dmaring_channel_info info = device_channel_info(device_open("loop0", O_RDONLY),
							       "rx");

	(void)state;
	assert_int_equal(info.alignment, BURST_BYTES);
	assert_int_equal(info.segment_bytes_max, SEGMENT);
	assert_int_equal(info.boundary, BOUNDARY);
	assert_in_range(info.address_bits, 20, 64);
	info = device_channel_info(device_open("mem0", O_RDONLY), "copy");
	assert_int_equal(info.alignment, 1);
	assert_int_equal(info.segment_bytes_max, 3000);
}

static void longest_requests_pass(void **state)
{
	struct ring *r = ring_open("loop0", .buffers = 2, .bytes = ROOM);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	struct dmaring_cqe c[2];
	uint32_t at;

	(void)state;
	for (at = 0; at < 2 * BOUNDARY; at += 7 * BURST_BYTES) {
		pattern_fill(ring_buffer(r, 0) + at, LONGEST, at);
		memset(ring_buffer(r, 1), 0xee, ROOM);
		push_data(r, DMARING_OP_RECEIVE, rx, 1, at / 2 / 64 * 64, LONGEST, 1);
		push_data(r, DMARING_OP_SEND, tx, 0, at, LONGEST, 2);
		ring_submit(r);
		ring_collect(r, c, 2);
		assert_int_equal(cqe_find(c, 2, 1)->res, 0);
		assert_int_equal(cqe_find(c, 2, 2)->res, 0);
		pattern_check(ring_buffer(r, 1) + at / 2 / 64 * 64, LONGEST, at);
	}
	push_data(r, DMARING_OP_SEND, tx, 0, 0, LONGEST + BURST_BYTES, 3);
	ring_kick(r);
	ring_expect(r, 3, -EINVAL);
}

static void no_whole_burst_is_einval(void **state)
{
	struct ring *r = ring_open("loop0", .buffers = 1);
	int tx = ring_channel(r, "tx");

	(void)state;
	push_data(r, DMARING_OP_SEND, tx, 0, 0, BURST_BYTES + 4, 1);
	ring_kick(r);
	ring_expect(r, 1, -EINVAL);
	push_data(r, DMARING_OP_SEND, tx, 0, 4, BURST_BYTES, 2);
	ring_kick(r);
	ring_expect(r, 2, -EINVAL);
}

static void copies_are_cut_at_any_place(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = ROOM);
	struct dmaring_sqe *sqe;
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		uint32_t to = 4099 - i * 311, from = i * 1021, bytes = 300001 + i;

		pattern_fill(ring_buffer(r, 0) + from, bytes, i);
		memset(ring_buffer(r, 1), 0xee, ROOM);
		sqe = push_copy(r, 1, 0, bytes, i);
		sqe->offset = to;
		sqe->source_offset = from;
		ring_kick(r);
		ring_expect(r, i, 0);
		pattern_check(ring_buffer(r, 1) + to, bytes, i);
		byte_check(ring_buffer(r, 1) + to + bytes, 0xee, 4096);
	}
}

/* Up to the last piece that is allowed: refused by the count, never by the engine. */
static void lists_are_counted_in_pieces(void **state)
{
	const struct ring_options options = { .buffers = 64, .bytes = 8192 };
	int fd = device_open("sink0", O_RDWR);
	struct dmaring_segment *segments;
	struct dmaring_setup setup;
	struct dmaring_sqe *sqe;
	struct ring *r;
	uint32_t i, n;

	(void)state;
	setup = ring_setup_default(fd, &options);
	setup.segment_entries = 64;
	assert_ok(ring_setup(fd, &setup));
	r = ring_map(fd, &setup);
	segments = (void *)((unsigned char *)r->user - r->header->user_control +
			    r->header->segments);
	for (n = 1; n <= 64; n++) {
		/* As ill placed as can be: each begins one burst before a boundary. */
		uint32_t each = (256 / n - 2) * BOUNDARY + BOUNDARY - BURST_BYTES;

		if (each > 8192 - BOUNDARY)
			each = 8192 - BOUNDARY;
		for (i = 0; i < n; i++)
			segments[i] = (struct dmaring_segment){
				.buffer = i, .offset = BOUNDARY - BURST_BYTES, .bytes = each,
			};
		sqe = push(r, DMARING_OP_SEND, 0, n);
		sqe->flags = DMARING_SQE_SEGMENTS;
		sqe->list_entries = n;
		sqe->bytes = n * each;
		ring_kick(r);
		ring_expect(r, n, 0);
	}
	/* Three pieces and two for the ends, 52 times: four too many. */
	for (i = 0; i < 52; i++)
		segments[i] = (struct dmaring_segment){ .buffer = i, .bytes = 3 * BOUNDARY };
	sqe = push(r, DMARING_OP_SEND, 0, 100);
	sqe->flags = DMARING_SQE_SEGMENTS;
	sqe->list_entries = 52;
	sqe->bytes = 52 * 3 * BOUNDARY;
	ring_kick(r);
	ring_expect(r, 100, -EINVAL);
}

static void rows_are_cut_too(void **state)
{
	const struct ring_options options = { .buffers = 2, .bytes = ROOM };
	struct dmaring_template shape = {
		.row_bytes = 5000, .rows = 60, .stride = 7001, .source_stride = 5003,
	};
	int fd = device_open("mem0", O_RDWR);
	struct dmaring_template *place;
	struct dmaring_setup setup;
	struct dmaring_sqe *sqe;
	struct ring *r;
	uint32_t i, pass;

	(void)state;
	setup = ring_setup_default(fd, &options);
	setup.segment_entries = 1;
	assert_ok(ring_setup(fd, &setup));
	r = ring_map(fd, &setup);
	place = (void *)((unsigned char *)r->user - r->header->user_control +
			 r->header->segments);
	for (pass = 0; pass < 2; pass++) {
		pattern_fill(ring_buffer(r, 0), ROOM, pass);
		memset(ring_buffer(r, 1), 0xee, ROOM);
		*place = shape;
		sqe = push(r, DMARING_OP_INTERLEAVED, 0, 1);
		sqe->buffer = 1;
		sqe->offset = 33;
		sqe->list_entries = 1;
		sqe->bytes = shape.rows * shape.row_bytes;
		ring_kick(r);
		ring_expect(r, 1, 0);
		for (i = 0; i < shape.rows; i++) {
			assert_memory_equal(ring_buffer(r, 1) + 33 + i * shape.stride,
					    ring_buffer(r, 0) + i * shape.source_stride,
					    shape.row_bytes);
			byte_check(ring_buffer(r, 1) + 33 + i * shape.stride + shape.row_bytes,
				   0xee, shape.stride - shape.row_bytes);
		}
		/* Small rows, many between two boundaries. */
		shape.row_bytes = 100;
		shape.stride = 150;
		shape.source_stride = 333;
	}
}

/* In memory of each kind; a cyclic stream's is refused if it would cross. */
static void pools_of_one_piece_have_limits_too(void **state)
{
	const struct ring_options options = { .buffers = 2, .bytes = 65536 };
	unsigned int kind;
	uint32_t at, i;

	(void)state;
	for (kind = DMARING_POOL_COHERENT; kind <= DMARING_POOL_CMA; kind++) {
		int fd = device_open("loop0", O_RDWR), tx, rx;
		struct dmaring_pool pool = { .kind = kind, .flags = DMARING_POOL_CONTIGUOUS,
					     .buffers = 2, .buffer_bytes = 4096 };
		struct dmaring_setup setup;
		struct dmaring_cqe c[2];
		struct ring *r;

		setup = ring_setup_default(fd, &options);
		setup.pool.kind = kind;
		assert_ok(ring_setup(fd, &setup));
		r = ring_map(fd, &setup);
		tx = ring_channel(r, "tx");
		rx = ring_channel(r, "rx");
		for (i = 0; i < 20; i++) {
			uint32_t bytes = 5 * BOUNDARY + i * 7 * BURST_BYTES;

			at = i * 3 * BURST_BYTES;
			pattern_fill(ring_buffer(r, 0) + at, bytes, i);
			memset(ring_buffer(r, 1), 0xee, 65536);
			push_data(r, DMARING_OP_RECEIVE, rx, 1, 2 * at, bytes, 1);
			push_data(r, DMARING_OP_SEND, tx, 0, at, bytes, 2);
			ring_submit(r);
			ring_collect(r, c, 2);
			assert_int_equal(cqe_find(c, 2, 1)->res, 0);
			assert_int_equal(cqe_find(c, 2, 2)->res, 0);
			pattern_check(ring_buffer(r, 1) + 2 * at, bytes, i);
			byte_check(ring_buffer(r, 1) + 2 * at + bytes, 0xee, 1024);
		}
		/* 8 KiB are eight times what lies between two boundaries. */
		assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EINVAL);
		ring_close(r);
	}
}

static void nothing_was_judged(void **state)
{
	(void)state;
	assert_int_equal(knob_number("", "violations"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(limits_are_announced),
		system_test(longest_requests_pass),
		system_test(no_whole_burst_is_einval),
		system_test(copies_are_cut_at_any_place),
		system_test(lists_are_counted_in_pieces),
		system_test(rows_are_cut_too),
		system_test(pools_of_one_piece_have_limits_too),
		system_test(nothing_was_judged),
	};

	return system_run(tests);
}
