/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Byte streams for tests: read() and write() on a node that is no ring.
 */
#ifndef _DMARING_TESTS_SYSTEM_BYTES_H
#define _DMARING_TESTS_SYSTEM_BYTES_H

#include "load.h"

#define PARAMETERS	"/sys/module/dmaring/parameters/"
#define DRIVER		"/sys/bus/platform/drivers/dmaring/"
/* What the module does unless told otherwise. */
#define BLOCKS		8
#define BLOCK		65536
#define ALL		(BLOCKS * BLOCK)

/* Parameters of the module; the teardown sets those of streams back. */
void parameter_set(const char *name, unsigned int value);
int stream_teardown(void **state);

#define stream_test(f)	cmocka_unit_test_teardown(f, stream_teardown)

/* The call's result or -errno. */
#define call(expression) ({ ssize_t n_ = (expression); n_ < 0 ? -errno : n_; })

int open_for(const char *device, int flags);
/* Skips the test where loop0 does not move and tell every number of bytes. */
void needs_any_length(void);
/* A reader on it that has its blocks armed; does not block. */
int reader_armed(const char *device);
void read_all(int fd, unsigned char *to, size_t bytes, size_t most, uint32_t seed);
void nothing_more_comes(int fd);

/* Writes a pattern in pieces of 1 to .most bytes, then closes. */
struct writer {
	const char *device;
	size_t bytes;
	size_t most;
	uint32_t seed;
	int result;		/* what close() is to say */
};

pid_t writer_start(const struct writer *w);
void wait_for_child_asleep(pid_t pid);

/* A writer in a process, a reader here: loop0 gives every byte, once. */
void move(size_t bytes, size_t most_written, size_t most_read, uint32_t seed);

#endif /* _DMARING_TESTS_SYSTEM_BYTES_H */
