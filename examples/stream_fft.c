// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * stream_fft: keep an FFT block supplied, as a pair of streams: the library
 * keeps account of the buffers and of which spectrum is of which block.
 *
 *	cc stream_fft.c -o stream_fft $(pkg-config --cflags --libs dmaring) -lm
 *	./stream_fft fft0 1000
 *
 * Block n is a tone of frequency n, so the spectrum of block n must have its
 * peak there.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <dmaring/dmaring.h>

#define POINTS		1024
#define BUFFERS		8
#define SAMPLE_BYTES	(POINTS * 2 * sizeof(int16_t))
#define RESULT_BYTES	(POINTS * 2 * sizeof(int32_t))

static void make_tone(int16_t *out, unsigned int frequency)
{
	for (unsigned int i = 0; i < POINTS; i++) {
		double phase = 2 * M_PI * (frequency * i % POINTS) / POINTS;

		out[2 * i] = (int16_t)lrint(20000 * cos(phase));
		out[2 * i + 1] = (int16_t)lrint(20000 * sin(phase));
	}
}

static unsigned int find_peak(const int32_t *in)
{
	unsigned int peak = 0;
	double most = -1;

	for (unsigned int i = 0; i < POINTS; i++) {
		double re = in[2 * i], im = in[2 * i + 1], power = re * re + im * im;

		if (power > most) {
			most = power;
			peak = i;
		}
	}
	return peak;
}

/* Fills and sends whatever buffers are free; *sent goes up to blocks. */
static int feed(struct dmaring_stream_pair *pair, unsigned long *sent, unsigned long blocks)
{
	struct dmaring_stream_block block;
	int err = 0;

	while (!err && *sent < blocks && (err = dmaring_stream_pair_input(pair, &block)) == 0) {
		make_tone(block.data, *sent % POINTS);
		err = dmaring_stream_pair_submit(pair, block.data, SAMPLE_BYTES, *sent);
		++*sent;
	}
	return err == -EAGAIN ? 0 : err;
}

/* Looks at whatever has come back. */
static int check(struct dmaring_stream_pair *pair, unsigned long *done, unsigned long *wrong)
{
	struct dmaring_stream_block block;
	int err;

	while ((err = dmaring_stream_pair_output(pair, &block)) == 0) {
		if (block.res < 0)
			return block.res;
		*wrong += find_peak(block.data) != block.tag % POINTS;
		++*done;
		err = dmaring_stream_pair_release(pair, block.data);
		if (err < 0)
			return err;
	}
	return err == -EAGAIN ? 0 : err;
}

static int run(struct dmaring *ring, unsigned long blocks, unsigned long *wrong)
{
	const struct dmaring_stream_options inputs = {
		.buffers = BUFFERS, .block_bytes = SAMPLE_BYTES,
	};
	const struct dmaring_stream_options outputs = {
		.first_buffer = BUFFERS, .buffers = BUFFERS, .block_bytes = RESULT_BYTES,
	};
	unsigned long sent = 0, done = 0;
	struct dmaring_stream_pair *pair;
	int err, stopped;

	err = dmaring_stream_pair_start(ring, (unsigned int)dmaring_channel(ring, "tx"), &inputs,
					(unsigned int)dmaring_channel(ring, "rx"), &outputs, &pair);
	if (err < 0)
		return err;
	for (;;) {
		err = feed(pair, &sent, blocks);
		/* Last, for it leaves no completion that the wait below could miss. */
		if (!err)
			err = check(pair, &done, wrong);
		if (err < 0 || done == blocks)
			break;
		/* With nothing left to feed, free inputs are no reason to wake. */
		err = sent < blocks ? dmaring_stream_pair_wait(pair, -1) :
		      dmaring_wait_cqes_timeout(ring, 1, -1);
		if (err < 0)
			break;
	}
	stopped = dmaring_stream_pair_stop(pair);
	return err < 0 ? err : stopped;
}

int main(int argc, char **argv)
{
	const struct dmaring_options options = {
		.entries = 4 * BUFFERS, .buffers = 2 * BUFFERS, .buffer_bytes = RESULT_BYTES,
	};
	const char *device = argc > 1 ? argv[1] : "fft0";
	unsigned long blocks = argc > 2 ? strtoul(argv[2], NULL, 0) : 1000;
	unsigned long wrong = 0;
	struct dmaring ring;
	char text[512];
	int err;

	err = dmaring_open(&ring, device, &options);
	if (!err) {
		err = run(&ring, blocks, &wrong);
		dmaring_close(&ring);
	}
	if (err < 0) {
		dmaring_explain_error(err, "stream_fft", device, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		return EXIT_FAILURE;
	}
	printf("%s: %lu blocks of %d points, %lu with a wrong peak\n", device, blocks, POINTS,
	       wrong);
	return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
