// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * uring_reader: completed blocks to a file, one io_uring and no other wait.
 *
 *	cc uring_reader.c -o uring_reader $(pkg-config --cflags --libs dmaring) -luring
 *	./uring_reader source0 1000 samples.bin
 *
 * The ring is in read mode: an IORING_OP_READ of its descriptor gives completion
 * entries. Each block is written from the pool itself, several at a time, and
 * its buffer goes back to the device when the write has ended, in whatever order
 * they end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <liburing.h>

#include <dmaring/dmaring.h>

#define BUFFERS		16
#define BLOCK_BYTES	65536
#define RECORDS		8
#define READ_ENTRIES	UINT64_MAX	/* user_data: else the number of a buffer */

static struct dmaring_cqe records[RECORDS];
static unsigned int bytes_of[BUFFERS];

static void arm(struct dmaring *ring, unsigned int rx, unsigned int buffer)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(ring);	/* one for each buffer */

	dmaring_prep_receive(sqe, rx, dmaring_buffer(ring, buffer), BLOCK_BYTES);
}

static void read_records(struct dmaring *ring, struct io_uring *uring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(uring);

	io_uring_prep_read(sqe, dmaring_fd(ring), records, sizeof(records), 0);
	sqe->user_data = READ_ENTRIES;
}

static void write_block(struct dmaring *ring, struct io_uring *uring, int file,
			const struct dmaring_cqe *record, unsigned long long offset)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(uring);

	bytes_of[record->buffer] = record->bytes;
	io_uring_prep_write(sqe, file, dmaring_buffer(ring, record->buffer), record->bytes, offset);
	sqe->user_data = record->buffer;
}

/* Return: 0 or -errno. */
static int run(struct dmaring *ring, struct io_uring *uring, int file, unsigned long blocks)
{
	unsigned int rx = (unsigned int)dmaring_channel_of(ring, DMARING_CHANNEL_RECEIVE);
	unsigned long started = 0, written = 0;
	unsigned long long offset = 0;
	struct io_uring_cqe *cqe;
	int err;

	for (unsigned int i = 0; i < BUFFERS; i++)
		arm(ring, rx, i);
	read_records(ring, uring);
	while (written < blocks) {
		err = dmaring_submit(ring);		/* a doorbell only if one is needed */
		if (err >= 0)
			err = io_uring_submit_and_wait(uring, 1);
		if (err < 0)
			return err;
		while (io_uring_peek_cqe(uring, &cqe) == 0) {
			unsigned long long what = cqe->user_data;
			int res = cqe->res;

			io_uring_cqe_seen(uring, cqe);
			if (res < 0)
				return res;
			if (what != READ_ENTRIES) {	/* a block is in the file */
				if ((unsigned int)res != bytes_of[what])
					return -ENOSPC;
				written++;
				arm(ring, rx, (unsigned int)what);
				continue;
			}
			for (size_t i = 0; i < (size_t)res / sizeof(records[0]); i++) {
				if (records[i].res < 0)
					return records[i].res;
				if (started++ >= blocks)
					continue;
				write_block(ring, uring, file, &records[i], offset);
				offset += records[i].bytes;
			}
			read_records(ring, uring);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct dmaring_options options = {
		.entries = BUFFERS, .buffers = BUFFERS, .buffer_bytes = BLOCK_BYTES,
		.flags = DMARING_SETUP_READ,
	};
	const char *device = argc > 1 ? argv[1] : "source0";
	unsigned long blocks = argc > 2 ? strtoul(argv[2], NULL, 0) : 1000;
	const char *path = argc > 3 ? argv[3] : "samples.bin";
	struct io_uring uring;
	struct dmaring ring;
	char text[512];
	int err, file;

	err = io_uring_queue_init(2 * BUFFERS, &uring, 0);
	if (err) {
		fprintf(stderr, "uring_reader: no io_uring: %s (CONFIG_IO_URING; sysctl kernel.io_uring_disabled)\n",
			strerror(-err));
		return EXIT_FAILURE;
	}
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (file < 0) {
		perror(path);
		return EXIT_FAILURE;
	}
	err = dmaring_open(&ring, device, &options);
	if (!err) {
		err = run(&ring, &uring, file, blocks);
		io_uring_queue_exit(&uring);	/* ends the READ that is pending */
		dmaring_close(&ring);
	}
	if (close(file) < 0 && !err)
		err = -errno;
	if (err < 0) {
		dmaring_explain_error(err, "uring_reader", device, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		return EXIT_FAILURE;
	}
	printf("%s: %lu blocks in %s\n", device, blocks, path);
	return EXIT_SUCCESS;
}
