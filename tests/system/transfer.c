// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transfers: the right bytes arrive, all of them and no others, and the
 * completions say so.
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "cyclic.h"

#define GUARD	0xc3	/* surrounds what a transfer may write */

static const uint32_t sizes[] = {
	1, 2, 3, 63, 64, 65, 511, 1000, 4095, 4096, 4097, 8191, 65535, 65536, 65537,
	262143, 262144, 262145, 1000003,
};

/* An engine that does not tell lengths leaves an upper bound of them. */
static bool length_known(struct ring *r, const struct dmaring_cqe *c)
{
	return c->opcode != DMARING_OP_RECEIVE ||
	       device_channel_info(r->fd, "rx").flags & DMARING_LEN_KNOWN;
}

static void check_data_cqe(struct ring *r, const struct dmaring_cqe *c,
			   unsigned int opcode, unsigned int channel,
			   unsigned int buffer, uint32_t offset, uint32_t bytes)
{
	assert_int_equal(c->res, 0);
	/* What the loop holds back is not lost; the driver cannot know that. */
	assert_int_equal(c->flags & ~DMARING_CQE_LOSS_UNKNOWN, length_known(r, c) ?
			 DMARING_CQE_LEN_EXACT : DMARING_CQE_LEN_UPPER_BOUND);
	assert_int_equal(c->opcode, opcode);
	assert_int_equal(c->channel, channel);
	assert_int_equal(c->buffer, buffer);
	assert_int_equal(c->offset, offset);
	if (length_known(r, c))
		assert_int_equal(c->bytes, bytes);
	else
		assert_true(c->bytes >= bytes);
	assert_int_equal(c->engine, DMARING_ENGINE_COMPLETE);
	assert_int_equal(c->pool | c->reserved0 | c->reserved1 | c->events_dropped, 0);
}

/* One send and one receive of the same size, each at its own offset. */
static void loop_once(struct ring *r, uint32_t bytes, uint32_t from, uint32_t to,
		      uint32_t seed)
{
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	const uint32_t size = r->setup.pool.buffer_bytes;
	struct dmaring_cqe c[2];
	unsigned char *target = ring_buffer(r, 1);

	pattern_fill(ring_buffer(r, 0) + from, bytes, seed);
	memset(target, GUARD, size);
	push_data(r, DMARING_OP_RECEIVE, rx, 1, to, bytes, 1);
	push_data(r, DMARING_OP_SEND, tx, 0, from, bytes, 2);
	ring_submit(r);
	ring_collect(r, c, 2);
	check_data_cqe(r, cqe_find(c, 2, 1), DMARING_OP_RECEIVE, rx, 1, to, bytes);
	check_data_cqe(r, cqe_find(c, 2, 2), DMARING_OP_SEND, tx, 0, from, bytes);
	byte_check(target, GUARD, to);
	pattern_check(target + to, bytes, seed);
	byte_check(target + to + bytes, GUARD, size - to - bytes);
}

static void loop_of_every_size(void **state)
{
	struct ring *r = ring_open("loop0", .buffers = 2, .bytes = 1 << 20);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		loop_once(r, sizes[i], 0, 0, i);
}

static void loop_at_every_offset(void **state)
{
	static const uint32_t offsets[] = { 0, 1, 3, 63, 64, 2047, 4095, 4096, 4097, 65535 };
	struct ring *r = ring_open("loop0", .buffers = 2, .bytes = 1 << 17);
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(offsets); i++)
		for (j = 0; j < ARRAY_SIZE(offsets); j++)
			loop_once(r, 5003, offsets[i], offsets[j], i * 16 + j);
}

static void loop_to_the_last_byte_of_the_pool(void **state)
{
	struct ring *r = ring_open("loop0", .buffers = 2, .bytes = 4096);

	(void)state;
	loop_once(r, 1, 4095, 4095, 1);
	loop_once(r, 4096, 0, 0, 2);
}

static void loop_of_four_mebibytes(void **state)
{
	struct ring *r = ring_open("loop0", .buffers = 2, .bytes = 4 << 20);

	(void)state;
	loop_once(r, 4 << 20, 0, 0, 77);
}

static void copy_once(struct ring *r, uint32_t bytes, uint32_t from, uint32_t to,
		      uint32_t seed)
{
	const uint32_t size = r->setup.pool.buffer_bytes;
	unsigned char *target = ring_buffer(r, 1);
	struct dmaring_sqe *sqe;
	struct dmaring_cqe c;

	pattern_fill(ring_buffer(r, 0) + from, bytes, seed);
	memset(target, GUARD, size);
	sqe = push_copy(r, 1, 0, bytes, seed);
	sqe->offset = to;
	sqe->source_offset = from;
	ring_submit(r);
	c = ring_expect(r, seed, 0);
	check_data_cqe(r, &c, DMARING_OP_COPY, 0, 1, to, bytes);
	byte_check(target, GUARD, to);
	pattern_check(target + to, bytes, seed);
	byte_check(target + to + bytes, GUARD, size - to - bytes);
}

static void copy_of_every_size(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = 1 << 20);
	size_t i;

	(void)state;
	need_bytewise("mem0");
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		copy_once(r, sizes[i], 0, 0, i);
}

static void copy_at_every_offset(void **state)
{
	static const uint32_t offsets[] = { 0, 1, 3, 63, 64, 2047, 4095, 4096, 4097, 65535 };
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = 1 << 17);
	size_t i, j;

	(void)state;
	need_bytewise("mem0");
	for (i = 0; i < ARRAY_SIZE(offsets); i++)
		for (j = 0; j < ARRAY_SIZE(offsets); j++)
			copy_once(r, 5003, offsets[i], offsets[j], i * 16 + j);
}

static void copy_of_four_mebibytes(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = 4 << 20);

	(void)state;
	copy_once(r, 4 << 20, 0, 0, 5);
}

/* Chunks of the pages behind a buffer need not be adjacent: go across them. */
static void copy_within_one_buffer(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 1, .bytes = 4 << 20);
	struct dmaring_sqe *sqe;

	(void)state;
	pattern_fill(r->pool, 1001472, 4);
	sqe = push_copy(r, 0, 0, 1001472, 1);
	sqe->offset = 3002368;
	ring_submit(r);
	ring_expect(r, 1, 0);
	pattern_check(r->pool + 3002368, 1001472, 4);
	pattern_check(r->pool, 1001472, 4);
}

static void copy_between_two_pools(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = 65536);
	struct dmaring_pool pool = { .buffers = 3, .buffer_bytes = 65536 };
	struct dmaring_sqe *sqe;
	unsigned char *second;

	(void)state;
	assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &pool));
	second = ring_map_second(r, &pool);
	pattern_fill(ring_buffer(r, 1), 65536, 8);
	sqe = push_copy(r, 2, 1, 65536, 1);
	sqe->pool = 1;
	ring_submit(r);
	assert_int_equal(ring_expect(r, 1, 0).pool, 1);
	pattern_check(second + 2 * pool.stride, 65536, 8);
	sqe = push_copy(r, 0, 2, 65536, 2);
	sqe->source_pool = 1;
	ring_submit(r);
	ring_expect(r, 2, 0);
	pattern_check(ring_buffer(r, 0), 65536, 8);
}

/* A packet that ends before the buffer does. */
static void short_receive_says_its_length(void **state)
{
	struct ring *r = ring_open("loop0", .buffers = 2, .bytes = 65536);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	static const uint32_t lengths[] = { 1, 100, 4096, 65535 };
	struct dmaring_cqe c[2], *got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		memset(ring_buffer(r, 1), 0, 65536);
		pattern_fill(ring_buffer(r, 0), lengths[i], i);
		push_data(r, DMARING_OP_RECEIVE, rx, 1, 0, 65536, 1);
		push_data(r, DMARING_OP_SEND, tx, 0, 0, lengths[i], 2);
		ring_submit(r);
		ring_collect(r, c, 2);
		got = cqe_find(c, 2, 1);
		check_data_cqe(r, got, DMARING_OP_RECEIVE, rx, 1, 0, lengths[i]);
		if (length_known(r, got))
			assert_int_equal(got->residue, 65536 - lengths[i]);
		/* What is behind them belonged to the device: it may be anything. */
		pattern_check(ring_buffer(r, 1), lengths[i], i);
	}
}

/* Loss is unknown for the first buffer after a dry spell, and for no other. */
static void dry_channel_says_loss_unknown(void **state)
{
	struct ring *r = ring_open("loop0", .buffers = 4, .bytes = 4096);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	struct dmaring_cqe c[4];
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 3; round++) {
		push_data(r, DMARING_OP_RECEIVE, rx, 0, 0, 4096, 1);
		push_data(r, DMARING_OP_RECEIVE, rx, 1, 0, 4096, 2);
		ring_submit(r);
		push_data(r, DMARING_OP_SEND, tx, 2, 0, 64, 3);
		push_data(r, DMARING_OP_SEND, tx, 3, 0, 64, 4);
		ring_submit(r);
		ring_collect(r, c, 4);
		/* Nothing is known to be missing before the first of all. */
		assert_int_equal(cqe_find(c, 4, 1)->flags & DMARING_CQE_LOSS_UNKNOWN,
				 round ? DMARING_CQE_LOSS_UNKNOWN : 0);
		for (i = 2; i <= 4; i++)
			assert_false(cqe_find(c, 4, i)->flags & DMARING_CQE_LOSS_UNKNOWN);
	}
}

static void long_send_fills_several_receives(void **state)
{
	struct ring *r = ring_open("loop0", .buffers = 8, .bytes = 4096);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	struct dmaring_pool pool = { .buffers = 1, .buffer_bytes = 16384 };
	struct dmaring_cqe c[5];
	struct dmaring_sqe *sqe;
	unsigned char *whole;
	unsigned int i;

	(void)state;
	assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &pool));
	whole = ring_map_second(r, &pool);
	pattern_fill(whole, 14000, 6);
	for (i = 0; i < 4; i++)
		push_data(r, DMARING_OP_RECEIVE, rx, i, 0, 4096, i);
	sqe = push_data(r, DMARING_OP_SEND, tx, 0, 0, 14000, 10);
	sqe->pool = 1;
	ring_submit(r);
	ring_collect(r, c, 5);
	for (i = 0; i < 4; i++) {
		uint32_t part = i < 3 ? 4096 : 14000 - 3 * 4096;

		check_data_cqe(r, cqe_find(c, 5, i), DMARING_OP_RECEIVE, rx, i, 0, part);
		assert_memory_equal(ring_buffer(r, i), whole + i * 4096, part);
	}
	assert_int_equal(cqe_find(c, 5, 10)->res, 0);
}

static void many_in_flight_keep_their_order(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 256, .buffers = 200, .bytes = 512);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	uint32_t next[2] = { 0, 100 };
	struct dmaring_cqe c;
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		pattern_fill(ring_buffer(r, i), 512, i);
		push_data(r, DMARING_OP_SEND, tx, i, 0, 512, i);
		push_data(r, DMARING_OP_RECEIVE, rx, 100 + i, 0, 512, 100 + i);
	}
	ring_submit(r);
	for (i = 0; i < 200; i++) {
		c = ring_wait(r);
		assert_int_equal(c.res, 0);
		assert_int_equal(c.user_data, next[c.channel == rx]++);
	}
	for (i = 0; i < 100; i++)
		pattern_check(ring_buffer(r, 100 + i), 512, i);
}

static void receives_are_issued_first(void **state)
{
	struct ring *r = ring_open("loop0");
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 0, 0, 512, 1);
		push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 1, 0, 512, 2);
		ring_submit(r);
		ring_wait(r);
		ring_wait(r);
		assert_true(knob_number("loop0", "rx/issue_number") <
			    knob_number("loop0", "tx/issue_number"));
	}
}

static void sequence_counts_per_channel(void **state)
{
	struct ring *r = ring_open("loop0");
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	uint32_t next[2] = { 0, 0 };
	struct dmaring_cqe c;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 10; i++) {
		push_data(r, DMARING_OP_RECEIVE, rx, 0, 0, 64, 1);
		push_data(r, DMARING_OP_SEND, tx, 1, 0, 64, 2);
		ring_submit(r);
		for (j = 0; j < 2; j++) {
			c = ring_wait(r);
			assert_int_equal(c.sequence, next[c.channel]++);
		}
		/* What moves no data does not count. */
		push(r, DMARING_OP_NOP, 0, 3);
		ring_kick(r);
		assert_int_equal(ring_expect(r, 3, 0).sequence, 0);
	}
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void time_stamps_are_on_the_chosen_clock(void **state)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_TAI };
	uint64_t before, last;
	struct dmaring_cqe c;
	unsigned int i, j;
	struct ring *r;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(clocks); i++) {
		r = ring_open("mem0", .clock = i);
		before = clock_ns(clocks[i]);
		last = before;
		for (j = 0; j < 10; j++) {
			push_copy(r, 1, 0, 4096, j);
			ring_submit(r);
			c = ring_expect(r, j, 0);
			assert_true(c.time_ns >= last);
			last = c.time_ns;
		}
		assert_true(last <= clock_ns(clocks[i]));
		ring_close(r);
	}
}

static void no_sync_transfers_data_the_cpu_left_alone(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 3, .bytes = 65536);
	struct dmaring_sync sync = { .direction = DMARING_CHANNEL_COPY };

	(void)state;
	pattern_fill(ring_buffer(r, 0), 65536, 12);
	push_copy(r, 1, 0, 65536, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
	/* Buffer 1 is passed on unseen; 2 is looked at after a manual sync. */
	push_copy(r, 2, 1, 65536, 2)->flags = DMARING_SQE_NO_SYNC;
	ring_submit(r);
	ring_expect(r, 2, 0);
	sync.offset = 2 * r->setup.pool.stride;
	sync.bytes = 65536;
	sync.owner = DMARING_SYNC_FOR_CPU;
	assert_ok(xioctl(r->fd, DMARING_IOC_SYNC, &sync));
	pattern_check(ring_buffer(r, 2), 65536, 12);
}

/* Also where the device works on a copy of the pages: see bounce_test.sh. */
static void no_sync_changes_nothing_on_coherent_channels(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 3, .bytes = 65536);
	struct ring *loop = ring_open("loop0", .buffers = 2, .bytes = 65536);
	int tx = ring_channel(loop, "tx"), rx = ring_channel(loop, "rx");
	struct dmaring_cqe c[2];

	(void)state;
	if (!(device_channel_info(r->fd, "copy").flags & DMARING_COHERENT))
		skip();
	pattern_fill(ring_buffer(r, 0), 65536, 13);
	push_copy(r, 1, 0, 65536, 1)->flags = DMARING_SQE_NO_SYNC;
	ring_submit(r);
	ring_expect(r, 1, 0);
	pattern_check(ring_buffer(r, 1), 65536, 13);

	pattern_fill(ring_buffer(loop, 0), 65536, 14);
	push_data(loop, DMARING_OP_RECEIVE, rx, 1, 0, 65536, 2)->flags = DMARING_SQE_NO_SYNC;
	push_data(loop, DMARING_OP_SEND, tx, 0, 0, 65536, 3)->flags = DMARING_SQE_NO_SYNC;
	ring_submit(loop);
	ring_collect(loop, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
	pattern_check(ring_buffer(loop, 1), 65536, 14);
}

static void one_channel_each_in_two_rings(void **state)
{
	struct ring *out = ring_open("loop0", .only = "tx", .bytes = 65536);
	struct ring *in = ring_open("loop0", .only = "rx", .bytes = 65536);
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		pattern_fill(ring_buffer(out, i), 65536, i);
		push_data(out, DMARING_OP_SEND, 0, i, 0, 65536, i);
		push_data(in, DMARING_OP_RECEIVE, 0, i, 0, 65536, i);
	}
	ring_submit(out);
	ring_submit(in);
	for (i = 0; i < 8; i++) {
		ring_expect(out, i, 0);
		ring_expect(in, i, 0);
		pattern_check(ring_buffer(in, i), 65536, i);
	}
}

static void channels_in_the_order_given(void **state)
{
	const struct ring_options options = { 0 };
	int fd = device_open("loop0", O_RDWR);
	struct dmaring_setup setup;
	struct ring *r;

	(void)state;
	setup = ring_setup_default(fd, &options);
	setup.channels = 2;
	setup.channel[0] = device_channel(fd, "rx");
	setup.channel[1] = device_channel(fd, "tx");
	assert_ok(ring_setup(fd, &setup));
	r = ring_map(fd, &setup);
	assert_int_equal(ring_channel(r, "rx"), 0);
	loop_once(r, 1000, 0, 0, 1);
}

static void many_rings_share_a_copy_channel(void **state)
{
	struct ring *r[8];
	unsigned int i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		r[i] = ring_open("mem0", .sq = 64, .buffers = 64, .bytes = 16384);
		pattern_fill(ring_buffer(r[i], 0), 16384, i);
		for (j = 1; j < 50; j++)
			push_copy(r[i], j, 0, 16384, j);
	}
	for (i = 0; i < ARRAY_SIZE(r); i++)
		ring_submit(r[i]);
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		for (j = 1; j < 50; j++) {
			ring_expect(r[i], j, 0);
			pattern_check(ring_buffer(r[i], j), 16384, i);
		}
	}
}

static void source_and_sink_move_blocks(void **state)
{
	struct ring *in = ring_open("source0", .buffers = 8, .bytes = 4096);
	struct ring *out = ring_open("sink0", .buffers = 8, .bytes = 4096);
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		push_data(in, DMARING_OP_RECEIVE, 0, i, 0, 4096, i);
		push_data(out, DMARING_OP_SEND, 0, i, 0, 4096, i);
	}
	ring_submit(in);
	ring_submit(out);
	for (i = 0; i < 8; i++) {
		assert_int_equal(ring_expect(in, i, 0).bytes, 4096);
		ring_expect(out, i, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(loop_of_every_size),
		system_test(loop_at_every_offset),
		system_test(loop_to_the_last_byte_of_the_pool),
		system_test(loop_of_four_mebibytes),
		system_test(copy_of_every_size),
		system_test(copy_at_every_offset),
		system_test(copy_of_four_mebibytes),
		system_test(copy_within_one_buffer),
		system_test(copy_between_two_pools),
		system_test(short_receive_says_its_length),
		system_test(dry_channel_says_loss_unknown),
		system_test(long_send_fills_several_receives),
		system_test(many_in_flight_keep_their_order),
		system_test(receives_are_issued_first),
		system_test(sequence_counts_per_channel),
		system_test(time_stamps_are_on_the_chosen_clock),
		system_test(no_sync_transfers_data_the_cpu_left_alone),
		system_test(no_sync_changes_nothing_on_coherent_channels),
		system_test(one_channel_each_in_two_rings),
		system_test(channels_in_the_order_given),
		system_test(many_rings_share_a_copy_channel),
		system_test(source_and_sink_move_blocks),
	};

	return system_run(tests);
}
