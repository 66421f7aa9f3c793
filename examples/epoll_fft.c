// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * epoll_fft: stream blocks of samples through an FFT block and back, several
 * at a time, with one thread and one epoll loop.
 *
 *	cc epoll_fft.c -o epoll_fft $(pkg-config --cflags --libs dmaring) -lm
 *	./epoll_fft fft0 1000
 *
 * Block n is a tone of frequency n, so the spectrum of block n must have its
 * peak there. The send and the receive of a block share a slot: the slot is
 * used again when both have completed, in whichever order they do.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include <dmaring/dmaring.h>

#define POINTS		1024
#define SLOTS		8
#define SAMPLE_BYTES	(POINTS * 2 * sizeof(int16_t))
#define RESULT_BYTES	(POINTS * 2 * sizeof(int32_t))

struct stream {
	struct dmaring ring;
	int tx, rx;
	unsigned long blocks;		/* how many to do */
	unsigned long submitted;
	unsigned long completed;
	unsigned long wrong;		/* peak not where it should be */
	unsigned int pending[SLOTS];	/* completions that the slot still waits for */
};

static int16_t *samples(struct stream *stream, unsigned long block)
{
	return dmaring_buffer(&stream->ring, 2 * (block % SLOTS));
}

static int32_t *result(struct stream *stream, unsigned long block)
{
	return dmaring_buffer(&stream->ring, 2 * (block % SLOTS) + 1);
}

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

/* Arms the receive first, so that the device never waits for one. */
static void start_block(struct stream *stream)
{
	unsigned long block = stream->submitted++;
	struct dmaring_sqe *sqe;

	make_tone(samples(stream, block), block % POINTS);
	sqe = dmaring_get_sqe(&stream->ring);
	dmaring_prep_receive(sqe, stream->rx, result(stream, block), RESULT_BYTES);
	dmaring_sqe_set_data64(sqe, block);
	sqe = dmaring_get_sqe(&stream->ring);
	dmaring_prep_send(sqe, stream->tx, samples(stream, block), SAMPLE_BYTES);
	dmaring_sqe_set_data64(sqe, block);
	stream->pending[block % SLOTS] = 2;
}

static int handle(struct stream *stream, const struct dmaring_cqe *cqe)
{
	unsigned long block = cqe->user_data;

	if (cqe->res < 0)
		return cqe->res;
	if (cqe->opcode == DMARING_OP_RECEIVE)
		stream->wrong += find_peak(result(stream, block)) != block % POINTS;
	if (--stream->pending[block % SLOTS] == 0) {
		stream->completed++;
		if (stream->submitted < stream->blocks)
			start_block(stream);
	}
	return 0;
}

/* Takes all completions that there are. */
static int drain(struct stream *stream)
{
	struct dmaring_cqe *cqe;
	int err;

	while ((err = dmaring_peek_cqe(&stream->ring, &cqe)) == 0) {
		err = handle(stream, cqe);
		dmaring_cqe_seen(&stream->ring, cqe);
		if (err < 0)
			return err;
	}
	if (err != -EAGAIN)
		return err;
	err = dmaring_submit(&stream->ring);
	return err < 0 ? err : 0;
}

static int run(struct stream *stream, const char *device)
{
	struct dmaring_options options = {
		.entries = 4 * SLOTS,
		.buffers = 2 * SLOTS,
		.buffer_bytes = RESULT_BYTES,
	};
	struct epoll_event event = { .events = EPOLLIN };
	int ep, err;

	err = dmaring_open(&stream->ring, device, &options);
	if (err < 0)
		return err;
	stream->tx = dmaring_channel(&stream->ring, "tx");
	stream->rx = dmaring_channel(&stream->ring, "rx");
	ep = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(ep, EPOLL_CTL_ADD, dmaring_fd(&stream->ring), &event) < 0)
		return -errno;
	while (stream->submitted < stream->blocks && stream->submitted < SLOTS)
		start_block(stream);
	err = drain(stream);
	while (!err && stream->completed < stream->blocks) {
		if (epoll_wait(ep, &event, 1, -1) < 0)
			return -errno;
		err = drain(stream);
	}
	dmaring_close(&stream->ring);
	return err;
}

int main(int argc, char **argv)
{
	static struct stream stream;
	const char *device = argc > 1 ? argv[1] : "fft0";
	char text[512];
	int err;

	stream.blocks = argc > 2 ? strtoul(argv[2], NULL, 0) : 1000;
	err = run(&stream, device);
	if (err < 0) {
		dmaring_explain_error(err, "epoll_fft", device, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		return EXIT_FAILURE;
	}
	printf("%s: %lu blocks of %d points, %lu with a wrong peak\n", device, stream.completed,
	       POINTS, stream.wrong);
	return stream.wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
