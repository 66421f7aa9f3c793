// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where to-disk writes: a file or a disk, by O_DIRECT from the pool's pages, so
 * that the CPU copies nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench.h"
#include "disk.h"

/* The file is written round and round. */
#define FILE_BYTES	(64ULL << 20)
/* The kernel registers no more. */
#define BUFFERS_MAX	1024

/**
 * bench_disk_open() - open the file and make the buffers known
 * @disk:	filled in
 * @path:	file or block device
 * @uring:	does the writes
 * @ring:	the ring; transfer n receives into its buffer 2 n
 * @depth:	transfers in flight
 * @size:	bytes of each, a multiple of BENCH_DISK_ALIGN
 *
 * Return: 0, or -errno of open() after a message; -ENOMEM.
 */
int bench_disk_open(struct bench_disk *disk, const char *path, struct io_uring *uring,
		    const struct dmaring *ring, unsigned int depth, unsigned int size)
{
	struct iovec *buffer;
	unsigned int i;

	disk->size = size;
	disk->blocks = FILE_BYTES / size ? FILE_BYTES / size : 1;
	disk->fd = open(path, O_WRONLY | O_CREAT | O_DIRECT | O_CLOEXEC, 0666);
	if (disk->fd < 0) {
		int err = errno;

		disk->refused = true;
		bench_message("open %s: %s%s", path, strerror(err),
			      err == EINVAL ? " (its file system has no O_DIRECT)" : "");
		return -err;
	}
	if (depth > BUFFERS_MAX)
		return 0;
	buffer = calloc(depth, sizeof(*buffer));
	if (!buffer)
		return -ENOMEM;
	for (i = 0; i < depth; i++) {
		buffer[i].iov_base = dmaring_buffer(ring, 2 * i);
		buffer[i].iov_len = size;
	}
	/* Kernels before 6.12 refuse a driver's pages: they are looked up each time. */
	disk->registered = io_uring_register_buffers(uring, buffer, depth) == 0;
	free(buffer);
	return 0;
}

/**
 * bench_disk_prep() - write the block of a transfer
 * @disk:	the disk
 * @sqe:	filled in, all but the user data
 * @data:	the block
 * @index:	number of the transfer
 */
void bench_disk_prep(struct bench_disk *disk, struct io_uring_sqe *sqe, const void *data,
		     unsigned int index)
{
	uint64_t offset = disk->written++ % disk->blocks * disk->size;

	if (disk->registered)
		io_uring_prep_write_fixed(sqe, disk->fd, data, disk->size, offset, (int)index);
	else
		io_uring_prep_write(sqe, disk->fd, data, disk->size, offset);
}

/**
 * bench_disk_close() - close the file
 * @disk:	from bench_disk_open(), or with .fd below 0
 */
void bench_disk_close(struct bench_disk *disk)
{
	if (disk->fd >= 0)
		close(disk->fd);
	disk->fd = -1;
}
