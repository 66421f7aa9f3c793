// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The FFT block through the ring: bit by bit what the reference model says,
 * for every size, with several blocks under way.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <fft_model.h>

#include "attribute.h"

#define INPUT_BYTES(points)	((points) * 2 * sizeof(int16_t))
#define OUTPUT_BYTES(points)	((points) * 2 * sizeof(int32_t))

/* What the block is fed with. */
enum signal { ZERO, FULL_SCALE, TONE, NOISE, SIGNALS };

static void make_signal(int16_t *to, unsigned int points, enum signal signal, uint32_t seed)
{
	uint32_t x = seed * 2654435761U | 1;
	unsigned int i;

	for (i = 0; i < 2 * points; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		switch (signal) {
		case FULL_SCALE:
			to[i] = INT16_MIN;
			break;
		case TONE:
			to[i] = lrint(32767 * cos(2 * M_PI * 5 * (i / 2) / points -
						  (i & 1) * M_PI / 2));
			break;
		case NOISE:
			to[i] = x >> 16;
			break;
		default:
			to[i] = 0;
		}
	}
}

/* One block in, one out; compared with the model. */
static void block_is_as_the_model(struct ring *r, unsigned int points, enum signal signal)
{
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	int32_t *want = malloc(OUTPUT_BYTES(points));
	struct dmaring_cqe c[2];

	make_signal((int16_t *)ring_buffer(r, 0), points, signal, points);
	assert_int_equal(fft_model(points, (int16_t *)ring_buffer(r, 0), want), 0);
	memset(ring_buffer(r, 1), 0x5a, OUTPUT_BYTES(points));
	push_data(r, DMARING_OP_RECEIVE, rx, 1, 0, OUTPUT_BYTES(points), 1);
	push_data(r, DMARING_OP_SEND, tx, 0, 0, INPUT_BYTES(points), 2);
	ring_submit(r);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, 2)->res, 0);
	assert_int_equal(cqe_find(c, 2, 1)->res, 0);
	assert_int_equal(cqe_find(c, 2, 1)->bytes, OUTPUT_BYTES(points));
	assert_memory_equal(ring_buffer(r, 1), want, OUTPUT_BYTES(points));
	free(want);
}

static void every_size_and_signal_is_bit_exact(void **state)
{
	struct ring *r = ring_open("fft0", .buffers = 2,
				   .bytes = OUTPUT_BYTES(FFT_MODEL_POINTS_MAX));
	unsigned int points, signal;

	(void)state;
	for (points = FFT_MODEL_POINTS_MIN; points <= FFT_MODEL_POINTS_MAX; points *= 2)
		for (signal = 0; signal < SIGNALS; signal++)
			block_is_as_the_model(r, points, signal);
}

/* Blocks one behind the other, received in pieces that do not match them. */
static void stream_of_blocks_is_bit_exact(void **state)
{
	enum { POINTS = 256, BLOCKS = 200, DEPTH = 4 };
	struct ring *r = ring_open("fft0", .sq = 32, .buffers = 2 * DEPTH,
				   .bytes = OUTPUT_BYTES(POINTS));
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	unsigned int sent = 0, received = 0, started = 0;
	int16_t in[2 * POINTS];
	int32_t want[2 * POINTS];
	struct dmaring_cqe c;

	(void)state;
	while (received < BLOCKS || sent < BLOCKS) {
		while (started < BLOCKS && started - received < DEPTH &&
		       started - sent < DEPTH) {
			make_signal((int16_t *)ring_buffer(r, started % DEPTH), POINTS, NOISE,
				    started);
			push_data(r, DMARING_OP_RECEIVE, rx, DEPTH + started % DEPTH, 0,
				  OUTPUT_BYTES(POINTS), started);
			push_data(r, DMARING_OP_SEND, tx, started % DEPTH, 0,
				  INPUT_BYTES(POINTS), started);
			started++;
		}
		ring_submit(r);
		c = ring_wait(r);
		assert_int_equal(c.res, 0);
		if (c.channel == tx) {
			assert_int_equal(c.user_data, sent++);
			continue;
		}
		assert_int_equal(c.user_data, received);
		make_signal(in, POINTS, NOISE, received++);
		assert_int_equal(fft_model(POINTS, in, want), 0);
		assert_memory_equal(ring_buffer(r, c.buffer), want, sizeof(want));
	}
}

static void output_in_several_receives(void **state)
{
	enum { POINTS = 1024, PIECE = 3000 };
	struct ring *r = ring_open("fft0", .buffers = 4, .bytes = 8192);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	unsigned char got[OUTPUT_BYTES(POINTS)];
	int32_t want[2 * POINTS];
	struct dmaring_cqe c[4];
	unsigned int i, n = 0;

	(void)state;
	make_signal((int16_t *)ring_buffer(r, 0), POINTS, NOISE, 1);
	fft_model(POINTS, (int16_t *)ring_buffer(r, 0), want);
	for (i = 1; i < 4; i++)
		push_data(r, DMARING_OP_RECEIVE, rx, i, 0, PIECE, i);
	push_data(r, DMARING_OP_SEND, tx, 0, 0, INPUT_BYTES(POINTS), 9);
	ring_submit(r);
	ring_collect(r, c, 4);
	for (i = 1; i < 4; i++) {
		assert_true(n + cqe_find(c, 4, i)->bytes <= sizeof(got));
		memcpy(got + n, ring_buffer(r, i), cqe_find(c, 4, i)->bytes);
		n += cqe_find(c, 4, i)->bytes;
	}
	assert_int_equal(n, sizeof(got));
	assert_memory_equal(got, want, sizeof(got));
}

static void other_sizes_are_refused(void **state)
{
	static const uint32_t wrong[] = { 4, 128, 255, 1000, 4092, 6144, 524288 };
	struct ring *r = ring_open("fft0", .buffers = 2, .bytes = 1 << 20);
	int tx = ring_channel(r, "tx");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		push_data(r, DMARING_OP_SEND, tx, 0, 0, wrong[i], i);
		ring_submit(r);
		assert_int_equal(ring_expect(r, i, -EIO).engine, DMARING_ENGINE_ABORTED);
	}
	block_is_as_the_model(r, 64, NOISE);
}

/* Puts a block in and does not take it out. */
static void leave_a_block(struct ring *r)
{
	make_signal((int16_t *)ring_buffer(r, 0), 4096, TONE, 0);
	push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 0, 0, INPUT_BYTES(4096), 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
}

/* An abort in the middle of a block leaves nothing of it to the next. */
static void abort_resets_the_block(void **state)
{
	struct ring *r = ring_open("fft0", .buffers = 2, .bytes = OUTPUT_BYTES(4096));
	int rx = ring_channel(r, "rx"), i;

	(void)state;
	for (i = 0; i < 5; i++) {
		leave_a_block(r);
		fault_set("fft0", "rx", "hang", "1");
		push_data(r, DMARING_OP_RECEIVE, rx, 1, 0, 64, 2);
		ring_kick(r);
		push(r, DMARING_OP_ABORT, rx, 3);
		ring_kick(r);
		ring_expect(r, 2, -ECANCELED);
		ring_expect(r, 3, 0);
		block_is_as_the_model(r, 64, NOISE);
	}
}

/* Nor does an opener who goes leave anything to the next one. */
static void close_resets_the_block(void **state)
{
	struct ring *r;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		r = ring_open("fft0", .buffers = 2, .bytes = OUTPUT_BYTES(4096));
		leave_a_block(r);
		ring_close(r);
		r = ring_open("fft0", .buffers = 2, .bytes = OUTPUT_BYTES(4096));
		block_is_as_the_model(r, 64, NOISE);
		ring_close(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(every_size_and_signal_is_bit_exact),
		system_test(stream_of_blocks_is_bit_exact),
		system_test(output_in_several_receives),
		system_test(other_sizes_are_refused),
		fault_test(abort_resets_the_block),
		system_test(close_resets_the_block),
	};

	return system_run(tests);
}
