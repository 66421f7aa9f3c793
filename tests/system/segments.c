// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segment lists: one entry, one completion, many pieces of memory, in the order
 * of the list, and no byte beside them.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

#define LONGEST	64
#define BUFFERS	128
#define BYTES	16384
#define LEN	(DMARING_CQE_LEN_EXACT | DMARING_CQE_LEN_UPPER_BOUND | DMARING_CQE_LEN_UNKNOWN)

/* A ring with an array of segments in USER. */
struct lists {
	struct ring *r;
	struct dmaring_segment *segments;
	int tx;
	int rx;
	uint32_t unit;		/* the device's alignment */
	bool exact;		/* it tells received lengths */
};

static struct lists lists_open_sized(const char *device, unsigned int segments,
				     unsigned int buffers, uint64_t bytes)
{
	const struct ring_options options = { .buffers = buffers, .bytes = bytes };
	struct lists l = { .unit = 1 };
	int fd = device_open(device, O_RDWR);
	struct dmaring_setup setup;

	setup = ring_setup_default(fd, &options);
	setup.segment_entries = segments;
	assert_ok(ring_setup(fd, &setup));
	l.r = ring_map(fd, &setup);
	assert_int_equal(l.r->header->segment_entries, segments);
	l.segments = (void *)((unsigned char *)l.r->user - l.r->header->user_control +
			      l.r->header->segments);
	assert_true(l.r->header->segments + segments * sizeof(*l.segments) <=
		    l.r->header->user_bytes);
	if (!strcmp(device, "loop0")) {
		struct dmaring_channel_info rx = device_channel_info(fd, "rx");

		l.tx = ring_channel(l.r, "tx");
		l.rx = ring_channel(l.r, "rx");
		l.unit = rx.alignment;
		l.exact = rx.flags & DMARING_LEN_KNOWN;
	}
	return l;
}

static struct lists lists_open(const char *device, unsigned int segments)
{
	return lists_open_sized(device, segments, BUFFERS, BYTES);
}

static struct dmaring_sqe *push_list(struct lists *l, unsigned int opcode, uint32_t first,
				     uint32_t n, uint64_t user_data)
{
	struct dmaring_sqe *sqe = push(l->r, opcode,
				       opcode == DMARING_OP_SEND ? l->tx : l->rx, user_data);
	uint32_t i;

	sqe->flags = DMARING_SQE_SEGMENTS;
	sqe->list = first;
	sqe->list_entries = n;
	for (i = 0; i < n; i++)
		sqe->bytes += l->segments[first + i].bytes;
	return sqe;
}

static unsigned char *segment_memory(struct lists *l, const struct dmaring_segment *s)
{
	return ring_buffer(l->r, s->buffer) + s->offset;
}

static uint32_t odd(struct lists *l, uint32_t i)
{
	return l->unit * (2 * i + 1);
}

/*
 * Sends a list of n and receives into a list of 65 - n, cut elsewhere, and
 * compares all of the pool with what it ought to hold.
 */
static void every_length_in_order(void **state)
{
	uint32_t unit = device_channel_info(device_open("loop0", O_RDONLY), "rx").alignment;
	struct lists l = lists_open_sized("loop0", 2 * LONGEST, BUFFERS,
					  BYTES * (unit > 8 ? 1 : unit));
	size_t pool = l.r->setup.pool.bytes;
	struct dmaring_segment *to = l.segments + LONGEST, *from = l.segments;
	unsigned char *want = malloc(pool), *stream = malloc(LONGEST * 256 * unit);
	uint32_t n, m, i, total, at;
	struct dmaring_cqe c[2];

	(void)state;
	assert_true(want && stream);
	if (l.unit > 8)
		skip();
	for (n = 1; n <= LONGEST; n++) {
		m = LONGEST + 1 - n;
		memset(l.r->pool, 0xee, pool);
		for (i = 0, total = 0; i < n; i++) {
			from[i] = (struct dmaring_segment){
				.buffer = i * 37 % LONGEST, .offset = odd(&l, i),
				.bytes = l.unit * (i * 7 % 90 + LONGEST),
			};
			total += from[i].bytes;
		}
		pattern_fill(stream, total, n);
		for (i = 0, at = 0; i < n; at += from[i++].bytes)
			memcpy(segment_memory(&l, &from[i]), stream + at, from[i].bytes);
		memcpy(want, l.r->pool, pool);
		for (i = 0, at = 0; i < m; i++) {
			to[i] = (struct dmaring_segment){
				.buffer = LONGEST + i * 11 % LONGEST, .offset = odd(&l, i),
				.bytes = i < m - 1 ? total / l.unit / m * l.unit : total - at,
			};
			memcpy(want + (segment_memory(&l, &to[i]) - l.r->pool), stream + at,
			       to[i].bytes);
			at += to[i].bytes;
		}
		push_list(&l, DMARING_OP_RECEIVE, LONGEST, m, 1);
		push_list(&l, DMARING_OP_SEND, 0, n, 2);
		ring_submit(l.r);
		ring_collect(l.r, c, 2);
		assert_int_equal(c[0].res, 0);
		assert_int_equal(c[1].res, 0);
		assert_int_equal(cqe_find(c, 2, 1)->bytes, total);
		assert_int_equal(cqe_find(c, 2, 2)->bytes, total);
		assert_int_equal(cqe_find(c, 2, 1)->sequence, n - 1);
		assert_int_equal(cqe_find(c, 2, 1)->buffer, 0);
		assert_int_equal(cqe_find(c, 2, 1)->offset, 0);
		for (i = 0; i < pool; i++)
			if (l.r->pool[i] != want[i])
				fail_msg("lists of %u and %u: byte %u of the pool is %#x, want %#x",
					 n, m, i, l.r->pool[i], want[i]);
	}
	/* One completion each, and no more. */
	assert_int_equal(ring_cq_tail(l.r), l.r->cq_head);
	free(stream);
	free(want);
}

/* Segments in one buffer, side by side, last first. */
static void neighbours_do_not_touch(void **state)
{
	struct lists l = lists_open("loop0", 16);
	unsigned char *p = ring_buffer(l.r, 1);
	uint32_t i, n = 16;
	struct dmaring_cqe c[2];

	(void)state;
	for (i = 0; i < n; i++)
		l.segments[i] = (struct dmaring_segment){
			.buffer = 1, .offset = (n - 1 - i) * 2 * l.unit, .bytes = l.unit,
		};
	memset(p, 0xee, BYTES);
	pattern_fill(ring_buffer(l.r, 0), n * l.unit, 1);
	push_list(&l, DMARING_OP_RECEIVE, 0, n, 1);
	push_data(l.r, DMARING_OP_SEND, l.tx, 0, 0, n * l.unit, 2);
	ring_submit(l.r);
	ring_collect(l.r, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
	for (i = 0; i < n; i++) {
		assert_memory_equal(p + l.segments[i].offset,
				    ring_buffer(l.r, 0) + i * l.unit, l.unit);
		byte_check(p + l.segments[i].offset + l.unit, 0xee, l.unit);
	}
	byte_check(p + 2 * n * l.unit, 0xee, BYTES - 2 * n * l.unit);
}

/* It fills the list from its start, and says how far it came. */
static void short_receive_is_exact(void **state)
{
	struct lists l = lists_open("loop0", 8);
	uint32_t sent, i, at, n, piece = 100 * l.unit;
	struct dmaring_cqe c[2];
	struct dmaring_cqe *r;

	(void)state;
	for (sent = l.unit; sent <= 8 * piece; sent += 7 * l.unit) {
		memset(l.r->pool, 0xee, l.r->setup.pool.bytes);
		pattern_fill(ring_buffer(l.r, 0), sent, sent);
		for (i = 0; i < 8; i++)
			l.segments[i] = (struct dmaring_segment){
				.buffer = 9 - i, .offset = odd(&l, i), .bytes = piece,
			};
		push_list(&l, DMARING_OP_RECEIVE, 0, 8, 1);
		push_data(l.r, DMARING_OP_SEND, l.tx, 0, 0, sent, 2);
		ring_submit(l.r);
		ring_collect(l.r, c, 2);
		r = cqe_find(c, 2, 1);
		assert_int_equal(r->res, 0);
		if (l.exact) {
			assert_int_equal(r->flags & LEN, DMARING_CQE_LEN_EXACT);
			assert_int_equal(r->bytes, sent);
			assert_int_equal(r->residue, 8 * piece - sent);
		} else {
			assert_int_equal(r->flags & LEN, DMARING_CQE_LEN_UPPER_BOUND);
		}
		for (i = 0, at = 0; i < 8; i++, at += n) {
			n = sent - at < piece ? sent - at : piece;
			assert_memory_equal(segment_memory(&l, &l.segments[i]),
					    ring_buffer(l.r, 0) + at, n);
			byte_check(segment_memory(&l, &l.segments[i]) + n, 0xee,
				   BYTES - l.segments[i].offset - n);
		}
	}
}

/* Larger than any piece that an engine or a bounce buffer takes at once. */
static void large_segments_arrive(void **state)
{
	const uint32_t bytes = 4 << 20;
	struct lists l = lists_open_sized("loop0", 6, 6, bytes);
	struct dmaring_cqe c[2];
	uint32_t i, cut = 65536;

	(void)state;
	for (i = 0; i < 3; i++) {
		pattern_fill(ring_buffer(l.r, i), bytes, i);
		memset(ring_buffer(l.r, 3 + i), 0xee, bytes);
		l.segments[i] = (struct dmaring_segment){ .buffer = i, .bytes = bytes };
	}
	l.segments[0].bytes -= cut;
	for (i = 0; i < 3; i++)
		l.segments[3 + i] = (struct dmaring_segment){
			.buffer = 5 - i, .offset = i ? 0 : cut, .bytes = bytes - (i ? 0 : cut),
		};
	push_list(&l, DMARING_OP_RECEIVE, 3, 3, 1);
	push_list(&l, DMARING_OP_SEND, 0, 3, 2);
	ring_submit(l.r);
	ring_collect(l.r, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
	byte_check(ring_buffer(l.r, 5), 0xee, cut);
	assert_memory_equal(ring_buffer(l.r, 5) + cut, ring_buffer(l.r, 0), bytes - cut);
	assert_memory_equal(ring_buffer(l.r, 4), ring_buffer(l.r, 1), bytes);
	assert_memory_equal(ring_buffer(l.r, 3), ring_buffer(l.r, 2), bytes);
}

/* Once sq_head has passed the entry, the list is the user's again. */
static void list_is_free_after_consumption(void **state)
{
	struct lists l = lists_open("loop0", 4);
	struct dmaring_cqe c[2];
	uint32_t i, round;

	(void)state;
	for (round = 0; round < 50; round++) {
		memset(l.r->pool, 0xee, l.r->setup.pool.bytes);
		pattern_fill(ring_buffer(l.r, 0), 400 * l.unit, round);
		for (i = 0; i < 4; i++)
			l.segments[i] = (struct dmaring_segment){
				.buffer = 1 + i, .offset = odd(&l, i), .bytes = 100 * l.unit,
			};
		push_list(&l, DMARING_OP_RECEIVE, 0, 4, 1);
		ring_kick(l.r);
		wait_until(ring_sq_head(l.r) == l.r->sq_tail);
		memset(l.segments, 0xff, 4 * sizeof(*l.segments));
		push_data(l.r, DMARING_OP_SEND, l.tx, 0, 0, 400 * l.unit, 2);
		ring_kick(l.r);
		ring_collect(l.r, c, 2);
		assert_int_equal(c[0].res | c[1].res, 0);
		for (i = 0; i < 4; i++)
			assert_memory_equal(ring_buffer(l.r, 1 + i) + odd(&l, i),
					    ring_buffer(l.r, 0) + i * 100 * l.unit,
					    100 * l.unit);
	}
}

struct spoiler {
	struct dmaring_segment *segments;
	bool stop;
};

/* Lengths whose sum is right, and now and then everything else. */
static void *spoil(void *arg)
{
	struct spoiler *s = arg;
	uint32_t x = 88172645;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		volatile struct dmaring_segment *segment;

		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		segment = &s->segments[x & 1];
		segment->buffer = x >> 8 & 15 ? 2 : x;
		segment->offset = x >> 12 & 15 ? 0 : x;
		segment->bytes = x >> 16 & 15 ? 64 : x >> 16;
	}
	return NULL;
}

/* Whatever the list was at the one moment: all of it is used, or refused. */
static void list_changing_meanwhile_is_harmless(void **state)
{
	struct lists l = lists_open("sink0", 2);
	struct spoiler s = { .segments = l.segments };
	unsigned int i, right = 0, wrong = 0;
	struct dmaring_cqe c;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, spoil, &s), 0);
	for (i = 0; i < 3000; i++) {
		push_list(&l, DMARING_OP_SEND, 0, 2, i)->bytes = 128;
		ring_submit(l.r);
		c = ring_wait(l.r);
		assert_int_equal(c.user_data, i);
		assert_true(!c.res || c.res == -EINVAL);
		assert_int_equal(c.bytes, c.res ? 0 : 128);
		right += !c.res;
		wrong += !!c.res;
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(right && wrong);
	assert_int_equal(l.r->kern->state, DMARING_RING_RUNNING);
	l.segments[0] = (struct dmaring_segment){ .bytes = 64 };
	l.segments[1] = l.segments[0];
	push_list(&l, DMARING_OP_SEND, 0, 2, 1);
	ring_submit(l.r);
	ring_expect(l.r, 1, 0);
}

/* ------------------------------------------------------------------------
 * Lists that are wrong
 */

#define ENTRIES	70

struct wrong {
	const char *name;
	void (*spoil)(struct dmaring_sqe *sqe, struct dmaring_segment *s);
};

#define SPOIL(name, ...)							\
	static void name(struct dmaring_sqe *sqe, struct dmaring_segment *s)	\
	{									\
		(void)sqe;							\
		(void)s;							\
		__VA_ARGS__;							\
	}

SPOIL(no_entries, sqe->list_entries = 0)
SPOIL(one_too_many, sqe->list_entries = LONGEST + 1)
SPOIL(entries_last, sqe->list_entries = 0xffffffff)
SPOIL(list_past_the_end, sqe->list = ENTRIES - 2)
SPOIL(list_at_the_end, sqe->list = ENTRIES)
SPOIL(list_last, sqe->list = 0xffffffff)
SPOIL(list_wraps, sqe->list = 0xfffffffe)
SPOIL(sum_above, sqe->bytes += 64)
SPOIL(sum_below, sqe->bytes -= 64)
SPOIL(sum_zero, sqe->bytes = 0)
SPOIL(sum_wraps, s[0].bytes = s[1].bytes = 0x80000000; s[2].bytes = sqe->bytes)
SPOIL(segment_empty, s[1].bytes = 0; sqe->bytes = 128)
SPOIL(segment_over, s[2].offset = BYTES - 63)
SPOIL(segment_offset_last, s[0].offset = 0xffffffff)
SPOIL(segment_offset_wraps, s[0].offset = 0xffffffc0)
SPOIL(segment_buffer_next, s[1].buffer = BUFFERS)
SPOIL(segment_buffer_last, s[1].buffer = 0xffffffff)
SPOIL(segment_reserved, s[2].reserved = 1)
SPOIL(segment_reserved_high, s[0].reserved = 1U << 31)
SPOIL(pool_next, sqe->pool = 1)
SPOIL(buffer_set, sqe->buffer = 1)
SPOIL(offset_set, sqe->offset = 64)
SPOIL(target_set, sqe->target = 1)
SPOIL(flag_missing, sqe->flags = 0)
SPOIL(flag_unknown, sqe->flags |= 1 << 2)

#define WRONG(name) { #name, name }

static struct wrong wrongs[] = {
	WRONG(no_entries), WRONG(one_too_many), WRONG(entries_last),
	WRONG(list_past_the_end), WRONG(list_at_the_end), WRONG(list_last),
	WRONG(list_wraps), WRONG(sum_above), WRONG(sum_below), WRONG(sum_zero),
	WRONG(sum_wraps), WRONG(segment_empty), WRONG(segment_over),
	WRONG(segment_offset_last), WRONG(segment_offset_wraps),
	WRONG(segment_buffer_next), WRONG(segment_buffer_last), WRONG(segment_reserved),
	WRONG(segment_reserved_high), WRONG(pool_next), WRONG(buffer_set),
	WRONG(offset_set), WRONG(target_set), WRONG(flag_missing), WRONG(flag_unknown),
};

static struct dmaring_sqe *push_good(struct lists *l, unsigned int opcode, uint64_t data)
{
	uint32_t i;

	for (i = 0; i < 3; i++)
		l->segments[i] = (struct dmaring_segment){ .buffer = i, .bytes = 64 };
	return push_list(l, opcode, 0, 3, data);
}

static void is_refused(void **state)
{
	static const struct {
		const char *device;
		unsigned int opcode;
	} ways[] = { { "source0", DMARING_OP_RECEIVE }, { "sink0", DMARING_OP_SEND } };
	const struct wrong *w = *state;
	struct dmaring_cqe c;
	struct lists l;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		l = lists_open(ways[i].device, ENTRIES);
		memset(l.r->pool, 0x5a, l.r->setup.pool.bytes);
		w->spoil(push_good(&l, ways[i].opcode, 1), l.segments);
		ring_kick(l.r);
		c = ring_expect(l.r, 1, -EINVAL);
		assert_int_equal(c.flags & LEN, DMARING_CQE_LEN_EXACT);
		assert_int_equal(c.bytes, 0);
		assert_int_equal(l.r->kern->sq_invalid, 1);
		byte_check(l.r->pool, 0x5a, l.r->setup.pool.bytes);
		push_good(&l, ways[i].opcode, 2);
		ring_kick(l.r);
		ring_expect(l.r, 2, 0);
		ring_close(l.r);
	}
}

static void without_an_array_is_einval(void **state)
{
	struct lists l = lists_open("sink0", 0);
	struct dmaring_sqe *sqe = push(l.r, DMARING_OP_SEND, 0, 1);

	(void)state;
	sqe->flags = DMARING_SQE_SEGMENTS;
	sqe->list_entries = 1;
	sqe->bytes = 64;
	ring_kick(l.r);
	ring_expect(l.r, 1, -EINVAL);
}

static void of_a_copy_is_eopnotsupp(void **state)
{
	struct lists l = lists_open("mem0", 8);

	(void)state;
	push_good(&l, DMARING_OP_COPY, 1);
	ring_kick(l.r);
	ring_expect(l.r, 1, -EOPNOTSUPP);
	assert_int_equal(l.r->kern->sq_invalid, 0);
}

/* Arrays from one segment to the most, and a list at the very end. */
static void arrays_of_every_size(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 63, 64, 65, 4096, 65535, 65536 };
	struct lists l;
	uint32_t n, i;
	size_t j;

	(void)state;
	for (j = 0; j < ARRAY_SIZE(sizes); j++) {
		l = lists_open_sized("sink0", sizes[j], 2, 4096);
		n = sizes[j] < LONGEST ? sizes[j] : LONGEST;
		for (i = 1; i <= n; i++)
			l.segments[sizes[j] - i] = (struct dmaring_segment){ .bytes = 64 };
		push_list(&l, DMARING_OP_SEND, sizes[j] - n, n, 1);
		ring_kick(l.r);
		assert_int_equal(ring_expect(l.r, 1, 0).bytes, 64 * n);
		ring_close(l.r);
	}
}

static void as_many_as_query_says(void **state)
{
	(void)state;
	assert_int_equal(device_query(device_open("loop0", O_RDONLY)).segments_max, LONGEST);
}

/* Lists obey the same rules of time-out and abort as other requests. */
static void timed_out_and_aborted_like_others(void **state)
{
	struct lists l = lists_open("loop0", 8);
	struct dmaring_cqe c[3];

	(void)state;
	push_good(&l, DMARING_OP_RECEIVE, 1)->timeout_us = 20000;
	ring_kick(l.r);
	c[0] = ring_expect(l.r, 1, -ETIMEDOUT);
	assert_true(c[0].flags & DMARING_CQE_TIMED_OUT);
	push_good(&l, DMARING_OP_RECEIVE, 2);
	push(l.r, DMARING_OP_ABORT, l.rx, 3);
	ring_kick(l.r);
	ring_collect(l.r, c, 2);
	assert_int_equal(cqe_find(c, 2, 2)->res, -ECANCELED);
	assert_int_equal(cqe_find(c, 2, 3)->res, 0);
	push_good(&l, DMARING_OP_RECEIVE, 4);
	push_data(l.r, DMARING_OP_SEND, l.tx, 0, 0, 192, 5);
	ring_kick(l.r);
	ring_collect(l.r, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
}

int main(void)
{
	const struct CMUnitTest others[] = {
		system_test(as_many_as_query_says),
		system_test(arrays_of_every_size),
		system_test(every_length_in_order),
		system_test(neighbours_do_not_touch),
		system_test(short_receive_is_exact),
		system_test(large_segments_arrive),
		system_test(list_is_free_after_consumption),
		system_test(list_changing_meanwhile_is_harmless),
		system_test(without_an_array_is_einval),
		system_test(of_a_copy_is_eopnotsupp),
		system_test(timed_out_and_aborted_like_others),
	};
	struct CMUnitTest tests[ARRAY_SIZE(others) + ARRAY_SIZE(wrongs)];
	size_t i;

	memcpy(tests, others, sizeof(others));
	for (i = 0; i < ARRAY_SIZE(wrongs); i++)
		tests[ARRAY_SIZE(others) + i] = (struct CMUnitTest) {
			wrongs[i].name, is_refused, NULL, system_teardown, &wrongs[i],
		};
	return system_run(tests);
}
