// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams and pairs of the library, against a driver played by the test.
 */
#include "../../src/user/internal.h"

#include "ring_test.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES		8U
#define CQ_ENTRIES	32U
#define BUFFERS		12U
#define BLOCK_BYTES	1000U
#define NS_PER_MS	1000000LL

enum { TX, RX };

static int set_up(void **state)
{
	struct ring_fake *fake = malloc(sizeof(*fake));

	*state = fake;
	if (!fake || ring_fake_init(fake, ENTRIES, CQ_ENTRIES, FIRST_INDEX) < 0)
		return -1;
	fake->ring.channels = 3;
	fake->ring.channel[TX].kind = DMARING_CHANNEL_SEND;
	fake->ring.channel[RX].kind = DMARING_CHANNEL_RECEIVE;
	fake->ring.channel[2].kind = DMARING_CHANNEL_COPY;
	return ring_fake_add_pool(fake, BUFFERS, BLOCK_BYTES, 1024);
}

static int tear_down(void **state)
{
	ring_fake_destroy(*state);
	free(*state);
	return 0;
}

/* Takes the next entry, which must be of @channel. */
static struct dmaring_sqe take(struct ring_fake *fake, unsigned int channel)
{
	struct dmaring_sqe sqe;

	assert_true(ring_fake_take(fake, &sqe));
	assert_int_equal(sqe.channel, channel);
	assert_int_equal(sqe.opcode, channel == TX ? DMARING_OP_SEND : DMARING_OP_RECEIVE);
	assert_int_equal(sqe.reserved, 0);
	return sqe;
}

static void complete(struct ring_fake *fake, const struct dmaring_sqe *sqe, int res, __u32 bytes,
		     __u32 flags)
{
	struct dmaring_cqe cqe = {
		.user_data = sqe->user_data,
		.res = res,
		.flags = flags | DMARING_CQE_LEN_EXACT,
		.channel = sqe->channel,
		.pool = sqe->pool,
		.buffer = sqe->buffer,
		.bytes = bytes,
		.opcode = sqe->opcode,
	};

	ring_fake_post(fake, &cqe);
}

/* Fills the buffer of an entry with a number of so many bytes. */
static void put_number(struct ring_fake *fake, const struct dmaring_sqe *sqe, __u64 number,
		       unsigned int at, unsigned int bytes, int big)
{
	unsigned char *to = dmaring_buffer(&fake->ring, sqe->buffer);
	unsigned int i;

	for (i = 0; i < bytes; i++)
		to[at + (big ? bytes - 1 - i : i)] = (unsigned char)(number >> 8 * i);
}

/* One block with that number arrives, is looked at and given back. */
static struct dmaring_stream_block pass(struct ring_fake *fake, struct dmaring_stream *stream,
					__u64 number, unsigned int at, unsigned int bytes, int big)
{
	struct dmaring_stream_block block;
	struct dmaring_sqe sqe = take(fake, RX);

	put_number(fake, &sqe, number, at, bytes, big);
	complete(fake, &sqe, 0, BLOCK_BYTES, DMARING_CQE_LOSS_UNKNOWN);
	assert_int_equal(dmaring_stream_next(stream, &block), 0);
	assert_int_equal(dmaring_stream_release(stream, block.data, 0), 0);
	return block;
}

/* Ends a stream whose transfers nobody will ever complete. */
static void forget(struct ring_fake *fake, struct dmaring_stream *stream)
{
	struct dmaring_sqe sqe;

	for (;;) {
		while (ring_fake_take(fake, &sqe))
			complete(fake, &sqe, -ECANCELED, 0, 0);
		if (!dmaring_cq_ready(&fake->ring))
			break;
		assert_true(dmaring_stream_poll(&fake->ring) > 0);
	}
	assert_int_equal(dmaring_stream_stop(stream), 0);
	ring_fake_doorbells(fake);
}

static void receive_arms_all_buffers_at_the_start(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options options = {
		.first_buffer = 2, .buffers = 4, .block_bytes = 512,
	};
	struct dmaring_stream_stats stats;
	struct dmaring_stream_block block;
	struct dmaring_stream *stream;
	struct dmaring_sqe sqe[4];
	unsigned int i;

	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &options, &stream), 0);
	assert_true(ring_fake_doorbells(fake) > 0);
	for (i = 0; i < 4; i++) {
		sqe[i] = take(fake, RX);
		assert_int_equal(sqe[i].buffer, 2 + i);
		assert_int_equal(sqe[i].bytes, 512);
	}
	assert_false(ring_fake_take(fake, &sqe[0]));
	assert_int_equal(dmaring_stream_next(stream, &block), -EAGAIN);
	for (i = 0; i < 4; i++) {
		complete(fake, &sqe[i], 0, 100 + i, 0);
		assert_int_equal(dmaring_stream_next(stream, &block), 0);
		assert_ptr_equal(block.data, dmaring_buffer(&fake->ring, 2 + i));
		assert_int_equal(block.bytes, 100 + i);
		assert_int_equal(block.sequence, i);
		assert_int_equal(block.flags, DMARING_CQE_LEN_EXACT);
	}
	dmaring_stream_get_stats(stream, &stats);
	assert_int_equal(stats.held, 4);
	assert_int_equal(stats.armed, 0);
	assert_int_equal(stats.blocks, 4);
	assert_int_equal(stats.bytes, 406);
	assert_int_equal(stats.starved, -1);
	assert_int_equal(dmaring_stream_stop(stream), 0);
}

static void only_released_buffers_are_armed_in_any_order(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options options = { .buffers = 3 };
	struct dmaring_stream_block block[3];
	struct dmaring_stream *stream;
	struct dmaring_sqe sqe;
	unsigned int i;

	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &options, &stream), 0);
	for (i = 0; i < 3; i++) {
		sqe = take(fake, RX);
		complete(fake, &sqe, 0, 1, 0);
		assert_int_equal(dmaring_stream_next(stream, &block[i]), 0);
	}
	assert_false(ring_fake_take(fake, &sqe));
	assert_int_equal(dmaring_stream_release(stream, block[2].data, 0), 0);
	assert_int_equal(take(fake, RX).buffer, 2);
	assert_int_equal(dmaring_stream_release(stream, block[2].data, 0), -EINVAL);
	assert_int_equal(dmaring_stream_release(stream, (char *)block[0].data + 1, 0), -EINVAL);
	assert_int_equal(dmaring_stream_release(stream, dmaring_buffer(&fake->ring, 3), 0),
			 -EINVAL);
	assert_int_equal(dmaring_stream_release(stream, NULL, 0), -EINVAL);
	assert_int_equal(dmaring_stream_release(stream, block[0].data, 0), 0);
	sqe = take(fake, RX);
	assert_int_equal(sqe.buffer, 0);
	complete(fake, &sqe, 0, 1, 0);
	sqe.buffer = 2;
	sqe.user_data = 2;
	complete(fake, &sqe, 0, 1, 0);
	forget(fake, stream);
}

static void more_buffers_than_entries_wait_in_the_library(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_stream_stats stats;
	struct dmaring_stream_block block;
	struct dmaring_stream *stream;
	struct dmaring_sqe sqe;
	unsigned int i;

	assert_int_equal(dmaring_stream_start(&fake->ring, RX, NULL, &stream), 0);
	dmaring_stream_get_stats(stream, &stats);
	assert_int_equal(stats.armed, BUFFERS);
	for (i = 0; i < ENTRIES; i++) {
		sqe = take(fake, RX);
		assert_int_equal(sqe.buffer, i);
	}
	assert_false(ring_fake_take(fake, &sqe));
	assert_int_equal(dmaring_stream_next(stream, &block), -EAGAIN);
	for (; i < BUFFERS; i++) {
		sqe = take(fake, RX);
		assert_int_equal(sqe.buffer, i);
	}
	for (i = 0; i < BUFFERS; i++) {
		sqe.buffer = i;
		sqe.user_data = i;
		complete(fake, &sqe, 0, 1, 0);
	}
	assert_int_equal(dmaring_stream_poll(&fake->ring), BUFFERS);
	assert_int_equal(dmaring_stream_ready(stream), BUFFERS);
	forget(fake, stream);
}

static void numbers_tell_exactly_what_was_lost(void **state)
{
	static const struct {
		unsigned int bytes, at;
		int big;
	} kinds[] = { { 2, 6, 0 }, { 4, 0, 0 }, { 8, 0, 0 }, { 4, 12, 1 }, { 8, 992, 1 } };
	struct ring_fake *fake = *state;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct dmaring_stream_options options = {
			.buffers = 2,
			.sequence_bytes = kinds[i].bytes,
			.sequence_offset = kinds[i].at,
			.flags = kinds[i].big ? DMARING_STREAM_SEQUENCE_BE : 0,
		};
		/* Across the wrap of the number. */
		__u64 mask = kinds[i].bytes == 8 ? UINT64_MAX : (1ULL << 8 * kinds[i].bytes) - 1;
		__u64 first = mask - 2;
		static const unsigned int steps[] = { 0, 1, 1, 3, 1, 101, 1 };
		struct dmaring_stream_stats stats;
		struct dmaring_stream_block block;
		struct dmaring_stream *stream;
		__u64 number = first;
		unsigned int k;

		assert_int_equal(dmaring_stream_start(&fake->ring, RX, &options, &stream), 0);
		for (k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
			number = (number + steps[k]) & mask;
			block = pass(fake, stream, number, kinds[i].at, kinds[i].bytes,
				     kinds[i].big);
			assert_true(block.flags & DMARING_BLOCK_NUMBERED);
			assert_false(block.flags & DMARING_CQE_LOSS_UNKNOWN);
			assert_false(block.flags & DMARING_BLOCK_RESTART);
			assert_true(block.sequence == number);
			assert_int_equal(block.blocks_lost, steps[k] > 1 ? steps[k] - 1 : 0);
		}
		dmaring_stream_get_stats(stream, &stats);
		assert_int_equal(stats.blocks_lost, 102);
		assert_int_equal(stats.loss_unknown, 0);
		/* Back to the beginning: nobody can say what that means. */
		block = pass(fake, stream, first, kinds[i].at, kinds[i].bytes, kinds[i].big);
		assert_true(block.flags & DMARING_BLOCK_RESTART);
		assert_true(block.flags & DMARING_CQE_LOSS_UNKNOWN);
		assert_int_equal(block.blocks_lost, 0);
		block = pass(fake, stream, (first + 1) & mask, kinds[i].at, kinds[i].bytes,
			     kinds[i].big);
		assert_int_equal(block.blocks_lost, 0);
		assert_false(block.flags & DMARING_CQE_LOSS_UNKNOWN);
		forget(fake, stream);
	}
}

static void without_numbers_the_driver_says_what_is_not_known(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options plain = { .buffers = 2 };
	const struct dmaring_stream_options numbered = { .buffers = 2, .sequence_bytes = 8 };
	struct dmaring_stream_stats stats;
	struct dmaring_stream_block block;
	struct dmaring_stream *stream;
	struct dmaring_sqe sqe;

	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &plain, &stream), 0);
	block = pass(fake, stream, 7, 0, 8, 0);
	assert_true(block.flags & DMARING_CQE_LOSS_UNKNOWN);
	assert_false(block.flags & DMARING_BLOCK_NUMBERED);
	dmaring_stream_get_stats(stream, &stats);
	assert_int_equal(stats.loss_unknown, 1);
	assert_int_equal(stats.blocks_lost, 0);
	forget(fake, stream);

	/* A block too short for its number: it came, so it is not lost. */
	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &numbered, &stream), 0);
	pass(fake, stream, 7, 0, 8, 0);
	sqe = take(fake, RX);
	complete(fake, &sqe, 0, 7, 0);
	assert_int_equal(dmaring_stream_next(stream, &block), 0);
	assert_true(block.flags & DMARING_CQE_LOSS_UNKNOWN);
	assert_int_equal(dmaring_stream_release(stream, block.data, 0), 0);
	block = pass(fake, stream, 9, 0, 8, 0);
	assert_int_equal(block.blocks_lost, 0);
	block = pass(fake, stream, 12, 0, 8, 0);
	assert_int_equal(block.blocks_lost, 2);
	forget(fake, stream);
}

static void a_failed_receive_is_an_error_and_its_block_is_lost(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options options = { .buffers = 2, .sequence_bytes = 4 };
	struct dmaring_stream_stats stats;
	struct dmaring_stream_block block;
	struct dmaring_stream *stream;
	struct dmaring_sqe sqe;

	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &options, &stream), 0);
	pass(fake, stream, 1, 0, 4, 0);
	sqe = take(fake, RX);
	put_number(fake, &sqe, 2, 0, 4, 0);
	complete(fake, &sqe, -EIO, BLOCK_BYTES, DMARING_CQE_STARTED);
	assert_int_equal(dmaring_stream_next(stream, &block), 0);
	assert_int_equal(block.res, -EIO);
	assert_int_equal(dmaring_stream_release(stream, block.data, 0), 0);
	block = pass(fake, stream, 3, 0, 4, 0);
	assert_int_equal(block.blocks_lost, 1);
	dmaring_stream_get_stats(stream, &stats);
	assert_int_equal(stats.errors, 1);
	assert_int_equal(stats.blocks, 2);
	forget(fake, stream);
}

static void send_hands_out_buffers_to_fill(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options options = { .buffers = 3, .block_bytes = 600 };
	struct dmaring_stream_block block[3], again;
	struct dmaring_stream *stream;
	struct dmaring_sqe sqe;
	unsigned int i;

	assert_int_equal(dmaring_stream_start(&fake->ring, TX, &options, &stream), 0);
	assert_false(ring_fake_take(fake, &sqe));
	for (i = 0; i < 3; i++) {
		assert_int_equal(dmaring_stream_next(stream, &block[i]), 0);
		assert_int_equal(block[i].bytes, 600);
		assert_int_equal(block[i].flags, DMARING_BLOCK_FRESH);
	}
	assert_int_equal(dmaring_stream_next(stream, &again), -EAGAIN);
	assert_int_equal(dmaring_stream_release(stream, block[0].data, 601), -EINVAL);
	assert_int_equal(dmaring_stream_release(stream, block[0].data, 0), -EINVAL);
	for (i = 3; i--;)
		assert_int_equal(dmaring_stream_release(stream, block[i].data, 100 + i), 0);
	/* In the order of their release. */
	for (i = 3; i--;) {
		sqe = take(fake, TX);
		assert_int_equal(sqe.buffer, i);
		assert_int_equal(sqe.bytes, 100 + i);
		assert_int_equal(dmaring_stream_drain(stream, NS_PER_MS), -ETIME);
		complete(fake, &sqe, 0, sqe.bytes, 0);
	}
	assert_int_equal(dmaring_stream_drain(stream, NS_PER_MS), 0);
	assert_int_equal(dmaring_stream_next(stream, &again), 0);
	assert_int_equal(again.bytes, 600);
	assert_int_equal(again.flags & DMARING_BLOCK_FRESH, 0);
	assert_int_equal(dmaring_stream_stop(stream), 0);
}

static void streams_of_a_ring_take_each_others_completions(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options first = { .buffers = 2 };
	const struct dmaring_stream_options second = { .first_buffer = 2, .buffers = 2 };
	struct dmaring_stream *send, *receive, *third;
	struct dmaring_stream_block block;
	struct dmaring_sqe in, out, left;

	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &first, &receive), 0);
	assert_int_equal(dmaring_stream_start(&fake->ring, TX, &second, &send), 0);
	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &second, &third), -EBUSY);
	assert_null(third);
	out = take(fake, RX);
	left = take(fake, RX);
	assert_int_equal(dmaring_stream_next(send, &block), 0);
	assert_int_equal(dmaring_stream_release(send, block.data, 5), 0);
	assert_int_equal(dmaring_stream_next(send, &block), 0);
	in = take(fake, TX);
	complete(fake, &out, 0, 5, 0);
	complete(fake, &in, 0, 5, 0);
	/* The one asked first takes both, and the other has not missed its own. */
	assert_int_equal(dmaring_stream_next(send, &block), 0);
	assert_int_equal(dmaring_cq_ready(&fake->ring), 0);
	assert_int_equal(dmaring_stream_poll(&fake->ring), 1);
	assert_int_equal(dmaring_stream_wait_next(receive, &block, 0), 0);
	assert_int_equal(block.bytes, 5);
	assert_int_equal(dmaring_stream_poll(&fake->ring), 0);
	assert_int_equal(dmaring_stream_stop(send), 0);
	complete(fake, &left, -ECANCELED, 0, 0);
	assert_int_equal(dmaring_stream_stop(receive), 0);
}

static void a_completion_of_the_program_is_left_to_it(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options options = { .buffers = 1 };
	struct dmaring_stream_block block;
	struct dmaring_stream *stream;
	struct dmaring_cqe *cqe, nop = { .user_data = 0, .opcode = DMARING_OP_NOP };
	struct dmaring_sqe sqe;

	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &options, &stream), 0);
	sqe = take(fake, RX);
	ring_fake_post(fake, &nop);
	complete(fake, &sqe, 0, 1, 0);
	assert_int_equal(dmaring_stream_next(stream, &block), -EBUSY);
	assert_int_equal(dmaring_stream_poll(&fake->ring), -EBUSY);
	assert_int_equal(dmaring_peek_cqe(&fake->ring, &cqe), 0);
	assert_int_equal(cqe->opcode, DMARING_OP_NOP);
	dmaring_cqe_seen(&fake->ring, cqe);
	assert_int_equal(dmaring_stream_next(stream, &block), 0);
	assert_int_equal(dmaring_stream_stop(stream), 0);
}

static void the_end_of_the_ring_comes_after_the_last_block(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options options = { .buffers = 2 };
	struct dmaring_stream_block block;
	struct dmaring_stream *stream;
	struct dmaring_sqe sqe;

	assert_int_equal(dmaring_stream_start(&fake->ring, RX, &options, &stream), 0);
	sqe = take(fake, RX);
	complete(fake, &sqe, 0, 1, 0);
	sqe = take(fake, RX);
	complete(fake, &sqe, -ENODEV, 0, 0);
	fake->kern->state = DMARING_RING_GONE;
	assert_int_equal(dmaring_stream_next(stream, &block), 0);
	assert_int_equal(block.res, 0);
	assert_int_equal(dmaring_stream_next(stream, &block), 0);
	assert_int_equal(block.res, -ENODEV);
	assert_int_equal(dmaring_stream_next(stream, &block), -ENODEV);
	assert_int_equal(dmaring_stream_wait_next(stream, &block, -1), -ENODEV);
	dmaring_stream_stop(stream);
}

static void bad_options_are_refused(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_stream *stream;
	static const struct {
		struct dmaring_stream_options options;
		unsigned int channel;
		int err;
	} cases[] = {
		{ { .buffers = 1 }, 3, -ENOENT },
		{ { .buffers = 1 }, 2, -EOPNOTSUPP },
		{ { .pool = 1 }, RX, -ENOENT },
		{ { .first_buffer = BUFFERS }, RX, -EINVAL },
		{ { .first_buffer = 1, .buffers = BUFFERS }, RX, -EINVAL },
		{ { .block_bytes = BLOCK_BYTES + 1 }, RX, -EINVAL },
		{ { .sequence_bytes = 3 }, RX, -EINVAL },
		{ { .sequence_bytes = 8, .sequence_offset = BLOCK_BYTES - 7 }, RX, -EINVAL },
		{ { .sequence_bytes = 8, .sequence_offset = UINT32_MAX }, RX, -EINVAL },
		{ { .sequence_offset = 1 }, RX, -EINVAL },
		{ { .sequence_bytes = 8 }, TX, -EINVAL },
		{ { .flags = 2 }, RX, -EINVAL },
		{ { .reserved = 1 }, RX, -EINVAL },
	};
	struct { struct dmaring_stream_options options; __u32 more; } newer = { .more = 1 };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(dmaring_stream_start(&fake->ring, cases[i].channel,
						      &cases[i].options, &stream), cases[i].err);
		assert_null(stream);
	}
	assert_int_equal(dmaring_stream_start_sized_(&fake->ring, TX, &newer.options, sizeof(newer),
						     &stream), -E2BIG);
	newer.more = 0;
	assert_int_equal(dmaring_stream_start_sized_(&fake->ring, TX, &newer.options, sizeof(newer),
						     &stream), 0);
	assert_int_equal(dmaring_stream_stop(stream), 0);
	assert_int_equal(dmaring_stream_stop(NULL), 0);
}

static void a_pair_matches_outputs_with_inputs(void **state)
{
	struct ring_fake *fake = *state;
	const struct dmaring_stream_options send = { .buffers = 3 };
	const struct dmaring_stream_options receive = { .first_buffer = 3, .buffers = 3 };
	struct dmaring_stream_block block;
	struct dmaring_stream_pair *pair;
	struct dmaring_sqe out[3], in[3];
	unsigned int i;

	assert_int_equal(dmaring_stream_pair_start(&fake->ring, TX, &send, RX, &receive, &pair), 0);
	for (i = 0; i < 3; i++)
		out[i] = take(fake, RX);
	for (i = 0; i < 3; i++) {
		assert_int_equal(dmaring_stream_pair_input(pair, &block), 0);
		assert_int_equal(dmaring_stream_pair_submit(pair, block.data, 10 + i, 70 + i), 0);
		in[i] = take(fake, TX);
		assert_int_equal(in[i].bytes, 10 + i);
	}
	assert_int_equal(dmaring_stream_pair_input(pair, &block), -EAGAIN);
	assert_int_equal(dmaring_stream_pair_poll(pair), 0);

	/* An output overtakes the news that its input was sent. */
	complete(fake, &out[0], 0, 20, 0);
	assert_int_equal(dmaring_stream_pair_output(pair, &block), -EAGAIN);
	assert_int_equal(dmaring_stream_pair_wait(pair, NS_PER_MS), -ETIME);
	complete(fake, &in[0], 0, 10, 0);
	assert_int_equal(dmaring_stream_pair_output(pair, &block), 0);
	assert_int_equal(block.tag, 70);
	assert_int_equal(block.bytes, 20);
	assert_int_equal(dmaring_stream_pair_release(pair, block.data), 0);
	take(fake, RX);

	/* The second input fails: the next output is of the third. */
	complete(fake, &out[1], 0, 22, 0);
	complete(fake, &in[1], -EIO, 0, 0);
	complete(fake, &in[2], 0, 12, 0);
	assert_int_equal(dmaring_stream_pair_wait(pair, NS_PER_MS), 0);
	assert_int_equal(dmaring_stream_pair_output(pair, &block), 0);
	assert_int_equal(block.tag, 71);
	assert_int_equal(block.res, -EIO);
	assert_null(block.data);
	assert_int_equal(dmaring_stream_pair_output(pair, &block), 0);
	assert_int_equal(block.tag, 72);
	assert_int_equal(block.bytes, 22);
	assert_int_equal(dmaring_stream_pair_output(pair, &block), -EAGAIN);

	/* All inputs are free again; one that nobody asked for says so. */
	assert_int_equal(dmaring_stream_pair_poll(pair), 1);
	complete(fake, &out[2], 0, 9, 0);
	assert_int_equal(dmaring_stream_pair_output(pair, &block), 0);
	assert_true(block.flags & DMARING_BLOCK_UNPAIRED);
	for (i = 0; i < 3; i++)
		assert_int_equal(dmaring_stream_pair_input(pair, &block), 0);
	assert_int_equal(dmaring_stream_pair_input(pair, &block), -EAGAIN);
	/* What is armed comes back before the end, as after an abort. */
	complete(fake, &out[0], -ECANCELED, 0, 0);
	assert_int_equal(dmaring_stream_pair_stop(pair), 0);
	assert_int_equal(dmaring_stream_pair_stop(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(receive_arms_all_buffers_at_the_start, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(only_released_buffers_are_armed_in_any_order,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(more_buffers_than_entries_wait_in_the_library,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers_tell_exactly_what_was_lost, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(without_numbers_the_driver_says_what_is_not_known,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_failed_receive_is_an_error_and_its_block_is_lost,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(send_hands_out_buffers_to_fill, set_up, tear_down),
		cmocka_unit_test_setup_teardown(streams_of_a_ring_take_each_others_completions,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_completion_of_the_program_is_left_to_it, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_end_of_the_ring_comes_after_the_last_block,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_options_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_pair_matches_outputs_with_inputs, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
