// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * capture: take blocks from a receive channel as long as they come.
 *
 *	cc capture.c -o capture $(pkg-config --cflags --libs dmaring)
 *	./capture source0 1000 > samples.bin
 *
 * The first example of README.md, word for word, with what it leaves out.
 * Sixteen buffers are always armed or being read; each goes back as soon as it
 * has been written out. The loop makes a system call to sleep and, only when
 * the device had run out of work, one to ring the doorbell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <dmaring/dmaring.h>

static unsigned long blocks_left = 100;

/* What one does with a block: here, write it out; after the last one, stop. */
static void use(const void *data, unsigned int bytes, int res)
{
	if (res < 0) {
		fprintf(stderr, "capture: a block failed: %s\n", strerror(-res));
		exit(EXIT_FAILURE);
	}
	if (fwrite(data, 1, bytes, stdout) != bytes || (!--blocks_left && fflush(stdout))) {
		perror("capture: write");
		exit(EXIT_FAILURE);
	}
	if (!blocks_left)
		exit(EXIT_SUCCESS);	/* the driver cleans up what is still armed */
}

static int capture(const char *device)
{
	struct dmaring ring;
	struct dmaring_options options = { .entries = 64, .buffers = 16, .buffer_bytes = 65536 };
	struct dmaring_cqe *cqe;
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	int err;

	if ((err = dmaring_open(&ring, device, &options)) < 0)	/* by name, SETUP, map: one call */
		return err;
	int rx = dmaring_channel(&ring, "rx");

	if (rx < 0)
		return rx;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, dmaring_fd(&ring), &event) < 0)
		return -errno;
	for (unsigned i = 0; i < 16; i++)
		dmaring_prep_receive(dmaring_get_sqe(&ring), rx, dmaring_buffer(&ring, i), 65536);
	dmaring_submit(&ring);				/* a doorbell only if one is needed */
	while (epoll_wait(ep, &event, 1, -1) == 1) {
		while ((err = dmaring_peek_cqe(&ring, &cqe)) == 0) {
			use(dmaring_cqe_data(&ring, cqe), cqe->bytes, cqe->res);
			dmaring_prep_receive(dmaring_get_sqe(&ring), rx, dmaring_cqe_data(&ring, cqe), 65536);
			dmaring_cqe_seen(&ring, cqe);
			dmaring_submit(&ring);
		}
		if (err != -EAGAIN)	/* the device is gone, or the ring broken */
			return err;
	}
	return -errno;
}

int main(int argc, char **argv)
{
	char text[512];
	int err;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: capture DEVICE [BLOCKS] > FILE\n");
		return 2;
	}
	if (argc == 3)
		blocks_left = strtoul(argv[2], NULL, 0);
	if (!blocks_left)
		return EXIT_SUCCESS;
	err = capture(argv[1]);
	dmaring_explain_error(err, "capture", argv[1], text, sizeof(text));
	fprintf(stderr, "%s\n", text);
	return EXIT_FAILURE;
}
