// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * cyclic_capture: read a device that never waits, and know what was missed.
 *
 *	cc cyclic_capture.c -o cyclic_capture $(pkg-config --cflags --libs dmaring)
 *	./cyclic_capture source0 1000 > samples.bin
 *
 * The engine goes round 64 blocks for ever; the program follows it. A block that
 * the hardware came round to before it was written out is lost, and counted. Two
 * blocks are kept as a guard between reader and hardware.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dmaring/dmaring.h>

#define BLOCKS		64
#define BLOCK_BYTES	4096
#define GUARD		2

/* Write out what can be had. Returns the next block. */
static __u32 follow(struct dmaring *ring, int rx, __u32 block, __u32 *lost, __u32 *left)
{
	static char copy[BLOCK_BYTES];
	const __u32 behind_max = BLOCKS - 1 - GUARD;

	for (; *left; (*left)--) {
		struct dmaring_position position;
		int err = dmaring_cyclic_position(ring, rx, &position);

		/* The stream has ended: its completion says why. */
		if (err < 0 || dmaring_cyclic_done(ring, rx) == block)
			break;
		if (dmaring_cyclic_done(ring, rx) - block > behind_max) {
			__u32 first = dmaring_cyclic_done(ring, rx) - behind_max;

			*lost += first - block;
			block = first;
		}
		memcpy(copy, dmaring_cyclic_block(ring, rx, block), sizeof(copy));
		if (!dmaring_cyclic_intact(ring, rx, block)) {
			(*left)++;	/* overtaken while reading: count it, go on */
			continue;
		}
		if (fwrite(copy, 1, sizeof(copy), stdout) != sizeof(copy)) {
			perror("cyclic_capture: write");
			exit(EXIT_FAILURE);
		}
		dmaring_cyclic_release(ring, rx, ++block);
	}
	return block;
}

static int capture(const char *device, __u32 left)
{
	struct dmaring_options options = { .entries = 8 };
	struct dmaring ring;
	struct pollfd wake = { .events = POLLIN };
	struct dmaring_cqe *cqe;
	__u32 block = 0, lost = 0;
	int err, rx, pool;

	err = dmaring_open(&ring, device, &options);
	if (err < 0)
		return err;
	rx = dmaring_channel_of(&ring, DMARING_CHANNEL_RECEIVE);
	if (rx < 0)
		return rx;
	pool = dmaring_pool_add_contiguous(&ring, BLOCKS, BLOCK_BYTES);
	if (pool < 0)
		return pool;
	wake.fd = dmaring_fd(&ring);
	/* A notice for every fourth block wakes poll(). */
	dmaring_prep_cyclic_start(dmaring_get_sqe(&ring), rx, dmaring_pool_buffer(&ring, pool, 0),
				  BLOCKS, 4, DMARING_CYCLIC_GUARD(GUARD));
	dmaring_submit(&ring);
	while (left) {
		while ((err = dmaring_peek_cqe(&ring, &cqe)) == 0) {
			int ended = !(cqe->flags & DMARING_CQE_EVENT), res = cqe->res;

			dmaring_cqe_seen(&ring, cqe);
			if (ended)
				return res;
		}
		if (err != -EAGAIN)
			return err;
		block = follow(&ring, rx, block, &lost, &left);
		if (left)
			poll(&wake, 1, 1000);
	}
	fprintf(stderr, "cyclic_capture: %u blocks lost\n", lost);
	dmaring_close(&ring);
	return fflush(stdout) ? -errno : lost ? 3 : 0;
}

int main(int argc, char **argv)
{
	char text[512];
	int err;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: cyclic_capture DEVICE [BLOCKS] > FILE\n");
		return 2;
	}
	err = capture(argv[1], argc == 3 ? strtoul(argv[2], NULL, 0) : 100);
	if (err >= 0)
		return err;	/* 3: finished, with loss */
	dmaring_explain_error(err, "cyclic_capture", argv[1], text, sizeof(text));
	fprintf(stderr, "%s\n", text);
	return EXIT_FAILURE;
}
