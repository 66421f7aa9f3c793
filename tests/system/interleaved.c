// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 2-D transfers: rows of a window in a frame, one entry, one completion, and no
 * byte beside the rows.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cyclic.h"

#define ENTRIES	8
#define LEN	(DMARING_CQE_LEN_EXACT | DMARING_CQE_LEN_UPPER_BOUND | DMARING_CQE_LEN_UNKNOWN)

/* A ring with templates in USER. */
struct frames {
	struct ring *r;
	struct dmaring_template *shapes;
	int tx;
	int rx;
	uint32_t unit;		/* the device's alignment */
	bool exact;		/* it tells received lengths */
};

static struct frames frames_open(const char *device, unsigned int buffers, uint64_t bytes)
{
	const struct ring_options options = { .buffers = buffers, .bytes = bytes };
	struct frames f = { .tx = -1, .rx = -1 };
	struct dmaring_channel_info info = { 0 };
	int fd = device_open(device, O_RDWR);
	struct dmaring_setup setup;

	setup = ring_setup_default(fd, &options);
	setup.segment_entries = ENTRIES;
	assert_ok(ring_setup(fd, &setup));
	f.r = ring_map(fd, &setup);
	f.shapes = (void *)((unsigned char *)f.r->user - f.r->header->user_control +
			    f.r->header->segments);
	if (device_channel(fd, "tx") >= 0)
		f.tx = ring_channel(f.r, "tx");
	if (device_channel(fd, "rx") >= 0)
		f.rx = ring_channel(f.r, "rx");
	assert_ok(xioctl(fd, DMARING_IOC_CHANNEL, &info));
	f.unit = info.alignment;
	if (f.rx >= 0)
		f.exact = device_channel_info(fd, "rx").flags & DMARING_LEN_KNOWN;
	return f;
}

/* Entry with template @slot: @rows of @row_bytes at @offset of @buffer. */
static struct dmaring_sqe *push_window(struct frames *f, int channel, unsigned int slot,
				       struct dmaring_template shape, unsigned int buffer,
				       uint32_t offset, uint64_t user_data)
{
	struct dmaring_sqe *sqe = push(f->r, DMARING_OP_INTERLEAVED, channel, user_data);

	f->shapes[slot] = shape;
	sqe->buffer = buffer;
	sqe->offset = offset;
	sqe->bytes = shape.rows * shape.row_bytes;
	sqe->list = slot;
	sqe->list_entries = 1;
	return sqe;
}

/* The rows, one after another. */
static void window_read(unsigned char *to, const unsigned char *frame, uint32_t stride,
			const struct dmaring_template *t)
{
	uint32_t i;

	for (i = 0; i < t->rows; i++)
		memcpy(to + (size_t)i * t->row_bytes, frame + (size_t)i * stride, t->row_bytes);
}

static void window_write(unsigned char *frame, uint32_t stride, const unsigned char *from,
			 const struct dmaring_template *t)
{
	uint32_t i;

	for (i = 0; i < t->rows; i++)
		memcpy(frame + (size_t)i * stride, from + (size_t)i * t->row_bytes, t->row_bytes);
}

static void *copy_of(const void *p, size_t bytes)
{
	void *copy = malloc(bytes);

	assert_non_null(copy);
	memcpy(copy, p, bytes);
	return copy;
}

static void same_bytes(const unsigned char *got, const unsigned char *want, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		if (got[i] != want[i])
			fail_msg("byte %zu of the pool is %#x, want %#x", i, got[i], want[i]);
}

static void is_announced(void **state)
{
	static const char *const devices[] = { "loop0", "source0", "sink0", "mem0" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++)
		assert_true(device_query(device_open(devices[i], O_RDONLY)).operations &
			    1U << DMARING_OP_INTERLEAVED);
}

/* From the middle of one frame into the middle of another of other width. */
static void cropped_frame_is_copied(void **state)
{
	struct frames f = frames_open("mem0", 2, 1 << 18);
	uint32_t u = f.unit, i, from, to;
	unsigned char *want, *rows;
	struct dmaring_cqe c;

	(void)state;
	for (i = 0; i < 40; i++) {
		struct dmaring_template t = {
			.row_bytes = u * (i * 13 % 100 + 1), .rows = i * 7 % 30 + 1,
			.stride = u * 128, .source_stride = u * (101 + i),
		};

		from = u * (3 * i);
		to = u * (1000 - i);
		pattern_fill(f.r->pool, f.r->setup.pool.bytes, i);
		want = copy_of(f.r->pool, f.r->setup.pool.bytes);
		rows = malloc(t.rows * t.row_bytes);
		window_read(rows, ring_buffer(f.r, 0) + from, t.source_stride, &t);
		window_write(want + (ring_buffer(f.r, 1) - f.r->pool) + to, t.stride, rows, &t);
		push_window(&f, 0, i % ENTRIES, t, 1, to, i)->source_offset = from;
		ring_kick(f.r);
		c = ring_expect(f.r, i, 0);
		assert_int_equal(c.bytes, t.rows * t.row_bytes);
		assert_int_equal(c.flags & LEN, DMARING_CQE_LEN_EXACT);
		assert_int_equal(c.opcode, DMARING_OP_INTERLEAVED);
		assert_int_equal(c.sequence, i);
		same_bytes(f.r->pool, want, f.r->setup.pool.bytes);
		free(rows);
		free(want);
	}
}

/* The left half onto the right half: the windows mesh, their bytes do not. */
static void halves_of_one_frame(void **state)
{
	struct frames f = frames_open("mem0", 1, 1 << 16);
	uint32_t half = 64 * f.unit;
	struct dmaring_template t = {
		.row_bytes = half, .rows = 8, .stride = 2 * half, .source_stride = 2 * half,
	};
	unsigned char *frame = ring_buffer(f.r, 0);
	uint32_t i;

	(void)state;
	pattern_fill(frame, 16 * half, 1);
	push_window(&f, 0, 0, t, 0, half, 1);
	ring_kick(f.r);
	ring_expect(f.r, 1, 0);
	for (i = 0; i < 8; i++)
		assert_memory_equal(frame + (2 * i + 1) * half, frame + 2 * i * half, half);
	/* One byte to the left they would overlap. */
	push_window(&f, 0, 0, t, 0, half - f.unit, 2);
	ring_kick(f.r);
	ring_expect(f.r, 2, -EINVAL);
}

/* A stream of bytes into a window, and out of one. */
static void into_a_window_and_out_of_one(void **state)
{
	struct frames f = frames_open("loop0", 3, 1 << 16);
	size_t pool = f.r->setup.pool.bytes;
	uint32_t u = f.unit, way;
	struct dmaring_cqe c[2];

	(void)state;
	for (way = 0; way < 2; way++) {
		struct dmaring_template t = {
			.row_bytes = 37 * u, .rows = 11, .stride = 80 * u,
		};
		uint32_t total = t.rows * t.row_bytes, at = 5 * u;
		unsigned char *want, *frame = ring_buffer(f.r, 1), *flat = ring_buffer(f.r, 2);

		pattern_fill(f.r->pool, pool, way);
		want = copy_of(f.r->pool, pool);
		if (way) {
			window_read(want + (flat - f.r->pool), frame + at, t.stride, &t);
			push_data(f.r, DMARING_OP_RECEIVE, f.rx, 2, 0, total, 1);
			push_window(&f, f.tx, 3, t, 1, at, 2);
		} else {
			window_write(want + (frame - f.r->pool) + at, t.stride, flat, &t);
			push_window(&f, f.rx, 3, t, 1, at, 1);
			push_data(f.r, DMARING_OP_SEND, f.tx, 2, 0, total, 2);
		}
		ring_submit(f.r);
		ring_collect(f.r, c, 2);
		assert_int_equal(cqe_find(c, 2, 1)->res, 0);
		assert_int_equal(cqe_find(c, 2, 2)->res, 0);
		assert_int_equal(cqe_find(c, 2, 1)->bytes, total);
		assert_int_equal(cqe_find(c, 2, 2)->bytes, total);
		assert_int_equal(cqe_find(c, 2, 1)->flags & LEN, f.exact ?
				 DMARING_CQE_LEN_EXACT : DMARING_CQE_LEN_UPPER_BOUND);
		same_bytes(f.r->pool, want, pool);
		free(want);
	}
}

/* It fills the rows from the first, and says how far it came. */
static void short_receive_is_exact(void **state)
{
	struct frames f = frames_open("loop0", 2, 1 << 16);
	struct dmaring_template t = {
		.row_bytes = 40 * f.unit, .rows = 6, .stride = 100 * f.unit,
	};
	uint32_t sent, i;

	(void)state;
	for (sent = f.unit; sent <= t.rows * t.row_bytes; sent += 17 * f.unit) {
		struct dmaring_cqe c[2], *r;

		memset(ring_buffer(f.r, 0), 0xee, 1 << 16);
		pattern_fill(ring_buffer(f.r, 1), sent, sent);
		push_window(&f, f.rx, 0, t, 0, 0, 1);
		push_data(f.r, DMARING_OP_SEND, f.tx, 1, 0, sent, 2);
		ring_submit(f.r);
		ring_collect(f.r, c, 2);
		r = cqe_find(c, 2, 1);
		assert_int_equal(r->res, 0);
		if (f.exact) {
			assert_int_equal(r->flags & LEN, DMARING_CQE_LEN_EXACT);
			assert_int_equal(r->bytes, sent);
		} else {
			assert_int_equal(r->flags & LEN, DMARING_CQE_LEN_UPPER_BOUND);
		}
		for (i = 0; i < sent; i++)
			assert_int_equal(ring_buffer(f.r, 0)[i / t.row_bytes * t.stride +
							     i % t.row_bytes],
					 ring_buffer(f.r, 1)[i]);
		/* Between the rows nobody writes. */
		for (i = 0; i < t.rows; i++)
			byte_check(ring_buffer(f.r, 0) + i * t.stride + t.row_bytes, 0xee,
				   t.stride - t.row_bytes);
	}
}

/* Larger than any contiguous part of a pool: rows lie across its seams. */
static void large_frames_arrive(void **state)
{
	const uint32_t bytes = 9 << 20, row = 5056, stride = 7680;
	struct frames f = frames_open("mem0", 2, bytes);
	struct dmaring_template t = {
		.row_bytes = row, .rows = 1000, .stride = stride, .source_stride = stride + 64,
	};
	unsigned char *want;
	uint32_t i;

	(void)state;
	pattern_fill(ring_buffer(f.r, 0), bytes, 1);
	memset(ring_buffer(f.r, 1), 0xee, bytes);
	want = malloc(bytes);
	memset(want, 0xee, bytes);
	for (i = 0; i < t.rows; i++)
		memcpy(want + 64 + i * stride, ring_buffer(f.r, 0) + 128 + i * (stride + 64), row);
	push_window(&f, 0, 0, t, 1, 64, 1)->source_offset = 128;
	ring_kick(f.r);
	assert_int_equal(ring_expect(f.r, 1, 0).bytes, row * t.rows);
	same_bytes(ring_buffer(f.r, 1), want, bytes);
	assert_int_equal(ring_cq_tail(f.r), f.r->cq_head);
	free(want);
}

/* Rows longer than the engine's segments: more descriptors than its window. */
static void long_rows_take_many_descriptors(void **state)
{
	const struct dmaring_template t = { .row_bytes = 4096, .rows = 40, .stride = 6144 };
	struct dmaring_cqe c[2];
	struct frames f;
	uint32_t i;

	(void)state;
	controller_parameter("segment_bytes_max", "1536", "16777216");
	controller_is("loop0", &(struct habits){ NULL, NULL, NULL });
	f = frames_open("loop0", 2, 1 << 18);
	for (i = 0; i < 2; i++) {
		pattern_fill(ring_buffer(f.r, 1), 40 * 6144, i);
		memset(ring_buffer(f.r, 0), 0xee, 40 * 6144);
		push_window(&f, f.rx, 0, t, 0, 0, 1);
		push_window(&f, f.tx, 1, t, 1, 0, 2);
		ring_submit(f.r);
		ring_collect(f.r, c, 2);
		assert_int_equal(c[0].res | c[1].res, 0);
		assert_int_equal(cqe_find(c, 2, 1)->bytes, 40 * 4096);
	}
	for (i = 0; i < 40; i++) {
		assert_memory_equal(ring_buffer(f.r, 0) + i * 6144,
				    ring_buffer(f.r, 1) + i * 6144, 4096);
		byte_check(ring_buffer(f.r, 0) + i * 6144 + 4096, 0xee, 2048);
	}
	/* Of several descriptors one was short: how far it came is not a number. */
	push_window(&f, f.rx, 0, t, 0, 0, 1);
	for (i = 0; i < 120; i++) {
		push_data(f.r, DMARING_OP_SEND, f.tx, 1, 0, 1000, 2);
		ring_submit(f.r);
		ring_collect(f.r, c, 1);
		if (c[0].user_data == 1)
			break;
		assert_int_equal(c[0].res, 0);
		if (i < 119)
			continue;
		ring_collect(f.r, c, 1);
	}
	assert_int_equal(c[0].user_data, 1);
	assert_int_equal(c[0].res, 0);
	assert_int_equal(c[0].flags & LEN, DMARING_CQE_LEN_UPPER_BOUND);
	assert_int_equal(c[0].bytes, 40 * 4096);
}

/* Only a part of its descriptors is with the engine when its end comes. */
static void ends_when_partly_issued(void **state)
{
	const struct dmaring_template t = { .row_bytes = 4096, .rows = 40, .stride = 6144 };
	struct dmaring_cqe c[4];
	struct frames f;

	(void)state;
	controller_parameter("segment_bytes_max", "1024", "16777216");
	controller_is("loop0", &(struct habits){ NULL, NULL, NULL });
	f = frames_open("loop0", 2, 1 << 18);
	push_window(&f, f.rx, 0, t, 0, 0, 1)->timeout_us = 20000;
	ring_kick(f.r);
	c[0] = ring_expect(f.r, 1, -ETIMEDOUT);
	assert_true(c[0].flags & DMARING_CQE_TIMED_OUT);
	assert_true(c[0].flags & DMARING_CQE_STARTED);
	/* Some of it is done, and the rest never comes. */
	push_window(&f, f.rx, 0, t, 0, 0, 2)->timeout_us = 200000;
	push_data(f.r, DMARING_OP_SEND, f.tx, 1, 0, 40 * 1024, 3);
	ring_kick(f.r);
	ring_collect(f.r, c, 2);
	assert_int_equal(cqe_find(c, 2, 2)->res, -ETIMEDOUT);
	assert_int_equal(cqe_find(c, 2, 3)->res, 0);
	push_window(&f, f.rx, 0, t, 0, 0, 4);
	push_window(&f, f.rx, 1, t, 0, 0, 5);
	push(f.r, DMARING_OP_ABORT, f.rx, 6);
	ring_kick(f.r);
	ring_collect(f.r, c, 3);
	assert_int_equal(cqe_find(c, 3, 4)->res, -ECANCELED);
	assert_int_equal(cqe_find(c, 3, 5)->res, -ECANCELED);
	assert_int_equal(cqe_find(c, 3, 6)->res, 0);
	/* Queued behind another, it can be taken back. */
	push_window(&f, f.rx, 0, t, 0, 0, 7);
	push_window(&f, f.rx, 1, t, 0, 0, 8);
	push(f.r, DMARING_OP_CANCEL, 0, 9)->target = 8;
	push(f.r, DMARING_OP_ABORT, f.rx, 10);
	ring_kick(f.r);
	ring_collect(f.r, c, 4);
	assert_int_equal(cqe_find(c, 4, 8)->res, -ECANCELED);
	assert_false(cqe_find(c, 4, 8)->flags & DMARING_CQE_STARTED);
	assert_int_equal(cqe_find(c, 4, 9)->res, 0);
	/* And the channel goes on. */
	push_window(&f, f.rx, 0, t, 0, 0, 11);
	push_window(&f, f.tx, 1, t, 1, 0, 12);
	ring_kick(f.r);
	ring_collect(f.r, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
}

/*
 * All that was issued of it is done, and the engine takes no more: it is with
 * nobody when its time is over.
 */
static void times_out_between_two_descriptors(void **state)
{
	const struct dmaring_template t = { .row_bytes = 4096, .rows = 40, .stride = 6144 };
	struct dmaring_cqe c[2];
	struct frames f;

	(void)state;
	controller_parameter("segment_bytes_max", "1024", "16777216");
	controller_is("loop0", &(struct habits){ NULL, NULL, NULL });
	f = frames_open("loop0", 2, 1 << 18);
	push_window(&f, f.rx, 0, t, 0, 0, 1)->timeout_us = 100000;
	ring_kick(f.r);
	wait_until(ring_sq_head(f.r) == f.r->sq_tail);
	fault_set("loop0", "rx", "fail_prep", "-1");
	/* As many as a window holds. */
	push_data(f.r, DMARING_OP_SEND, f.tx, 1, 0, 32 * 1024, 2);
	ring_kick(f.r);
	ring_collect(f.r, c, 2);
	assert_int_equal(cqe_find(c, 2, 2)->res, 0);
	/* Giving up by itself would take 255 ms and be -EIO. */
	assert_int_equal(cqe_find(c, 2, 1)->res, -ETIMEDOUT);
	fault_set("loop0", "rx", "fail_prep", "0");
	push_window(&f, f.rx, 0, t, 0, 0, 3);
	push_window(&f, f.tx, 1, t, 1, 0, 4);
	ring_kick(f.r);
	ring_collect(f.r, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
}

/* Once sq_head has passed the entry, the template is the user's again. */
static void template_is_free_after_consumption(void **state)
{
	struct frames f = frames_open("loop0", 2, 1 << 16);
	struct dmaring_template t = {
		.row_bytes = 64 * f.unit, .rows = 4, .stride = 128 * f.unit,
	};
	struct dmaring_cqe c[2];
	uint32_t i;

	(void)state;
	memset(ring_buffer(f.r, 0), 0xee, 1 << 16);
	pattern_fill(ring_buffer(f.r, 1), 4 * t.row_bytes, 1);
	push_window(&f, f.rx, 0, t, 0, 0, 1);
	ring_kick(f.r);
	wait_until(ring_sq_head(f.r) == f.r->sq_tail);
	memset((void *)f.shapes, 0xff, ENTRIES * sizeof(*f.shapes));
	push_data(f.r, DMARING_OP_SEND, f.tx, 1, 0, 4 * t.row_bytes, 2);
	ring_kick(f.r);
	ring_collect(f.r, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
	for (i = 0; i < 4; i++)
		assert_memory_equal(ring_buffer(f.r, 0) + i * t.stride,
				    ring_buffer(f.r, 1) + i * t.row_bytes, t.row_bytes);
}

static void wrong_windows_are_refused(void **state)
{
	struct frames f = frames_open("mem0", 2, 4096);
	uint32_t u = f.unit;
	const struct dmaring_template good = {
		.row_bytes = u, .rows = 4, .stride = 8 * u, .source_stride = 8 * u,
	};
	const struct {
		struct dmaring_template t;
		uint32_t offset, list, entries;
	} wrong[] = {
		{ { 0, 4, 8 * u, 8 * u }, 0, 0, 1 },
		{ { u, 0, 8 * u, 8 * u }, 0, 0, 1 },
		{ { u, DMARING_ROWS_MAX + 1, u, u }, 0, 0, 1 },
		{ { 2 * u, 4, u, 8 * u }, 0, 0, 1 },
		{ { 2 * u, 4, 8 * u, u }, 0, 0, 1 },
		{ { u, 4, 2048, 8 * u }, 0, 0, 1 },
		{ { u, 4, 8 * u, 2048 }, 0, 0, 1 },
		{ good, 4096 - 3 * 8 * u, 0, 1 },
		{ good, 0xfffff000, 0, 1 },
		{ good, 0, ENTRIES, 1 },
		{ good, 0, 0xffffffff, 1 },
		{ good, 0, 0, 0 },
		{ good, 0, 0, 2 },
	};
	size_t i;

	(void)state;
	memset(f.r->pool, 0x5a, f.r->setup.pool.bytes);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct dmaring_sqe *sqe = push_window(&f, 0, 0, wrong[i].t, 1,
						      wrong[i].offset, i);

		sqe->list = wrong[i].list;
		sqe->list_entries = wrong[i].entries;
		ring_kick(f.r);
		assert_int_equal(ring_expect(f.r, i, -EINVAL).bytes, 0);
	}
	push_window(&f, 0, 0, good, 1, 0, 100)->bytes++;
	ring_kick(f.r);
	ring_expect(f.r, 100, -EINVAL);
	push_window(&f, 0, 0, good, 1, 0, 101)->flags = DMARING_SQE_SEGMENTS;
	ring_kick(f.r);
	ring_expect(f.r, 101, -EINVAL);
	assert_int_equal(f.r->kern->sq_invalid, ARRAY_SIZE(wrong) + 2);
	byte_check(f.r->pool, 0x5a, f.r->setup.pool.bytes);
	push_window(&f, 0, 0, good, 1, 0, 102);
	ring_kick(f.r);
	ring_expect(f.r, 102, 0);
}

static void without_2d_it_is_eopnotsupp(void **state)
{
	const struct dmaring_template t = { .row_bytes = 64, .rows = 2, .stride = 64 };
	struct frames f;

	(void)state;
	controller_is("sink0", &(struct habits){ "burst", "linear", NULL });
	assert_false(device_query(device_open("sink0", O_RDONLY)).operations &
		     1U << DMARING_OP_INTERLEAVED);
	f = frames_open("sink0", 1, 4096);
	push_window(&f, f.tx, 0, t, 0, 0, 1);
	ring_kick(f.r);
	ring_expect(f.r, 1, -EOPNOTSUPP);
	assert_int_equal(f.r->kern->sq_invalid, 0);
	push_data(f.r, DMARING_OP_SEND, f.tx, 0, 0, 128, 2);
	ring_kick(f.r);
	ring_expect(f.r, 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(is_announced),
		system_test(cropped_frame_is_copied),
		system_test(halves_of_one_frame),
		system_test(into_a_window_and_out_of_one),
		system_test(short_receive_is_exact),
		system_test(large_frames_arrive),
		cyclic_test(long_rows_take_many_descriptors),
		cyclic_test(ends_when_partly_issued),
		cyclic_test(times_out_between_two_descriptors),
		system_test(template_is_free_after_consumption),
		system_test(wrong_windows_are_refused),
		cyclic_test(without_2d_it_is_eopnotsupp),
	};

	return system_run(tests);
}
