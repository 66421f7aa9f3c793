/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that to-disk writes.
 */
#ifndef DMARING_BENCH_DISK_H
#define DMARING_BENCH_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include <liburing.h>

#include <dmaring/dmaring.h>

/* What O_DIRECT asks of offsets and lengths, on every disk that we know. */
#define BENCH_DISK_ALIGN	4096

/**
 * struct bench_disk - a file that is written round and round
 * @fd:		the file; below 0: not open
 * @refused:	it cannot be opened, which has been said
 * @registered:	the buffers are registered with io_uring
 * @size:	bytes of a block
 * @blocks:	until it begins anew
 * @written:	blocks so far
 */
struct bench_disk {
	int fd;
	bool refused;
	bool registered;
	unsigned int size;
	uint64_t blocks;
	uint64_t written;
};

int bench_disk_open(struct bench_disk *disk, const char *path, struct io_uring *uring,
		    const struct dmaring *ring, unsigned int depth, unsigned int size);
void bench_disk_prep(struct bench_disk *disk, struct io_uring_sqe *sqe, const void *data,
		     unsigned int index);
void bench_disk_close(struct bench_disk *disk);

#endif /* DMARING_BENCH_DISK_H */
