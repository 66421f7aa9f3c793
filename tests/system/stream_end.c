// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Byte streams: how they end, whose they are, and what happens when something
 * fails.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"

/* ------------------------------------------------------------------------
 * The end
 */

static void close_drains(void **state)
{
	struct writer w = { "/dev/dmaring/loop0", ALL - 5, ALL, 3, 0 };
	unsigned char *got = malloc(w.bytes);
	pid_t pid;
	int fd;

	(void)state;
	needs_any_length();
	pid = writer_start(&w);
	/* All is written, nothing read: it sleeps in close(). */
	wait_for_child_asleep(pid);
	something_else_happens();
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	fd = reader_armed("loop0");
	read_all(fd, got, w.bytes, BLOCK, 1);
	pattern_check(got, w.bytes, 3);
	assert_int_equal(child_status(pid), 0);
	free(got);
}

static void close_is_bounded(void **state)
{
	struct writer w = { "/dev/dmaring/loop0", 10, 10, 1, ETIMEDOUT };
	uint64_t start = now_ns();

	(void)state;
	needs_any_length();
	parameter_set("stream_close_seconds", 1);
	assert_int_equal(child_status(writer_start(&w)), 0);
	assert_true(now_ns() - start >= 1000000000ULL);
	assert_true(now_ns() - start < 8000000000ULL);
	/* What it could not get rid of is gone with it. */
	move(100, 100, 100, 2);
	parameter_set("stream_close_seconds", 0);
	assert_int_equal(child_status(writer_start(&w)), 0);
	everything_works();
}

enum blocked_in { IN_READ, IN_WRITE, IN_CLOSE, IN_FSYNC, IN_NOTHING };

static void block_in(enum blocked_in where)
{
	static unsigned char bytes[ALL + 1];
	int fd = open("/dev/dmaring/loop0", O_RDWR);

	switch (where) {
	case IN_READ:
		assert_int_equal(read(fd, bytes, 1), 1);
		break;
	case IN_WRITE:
		assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
		break;
	case IN_CLOSE:
		assert_int_equal(write(fd, bytes, 10), 10);
		close(fd);
		break;
	case IN_FSYNC:
		assert_int_equal(write(fd, bytes, 10), 10);
		fsync(fd);
		break;
	case IN_NOTHING:
		assert_int_equal(write(fd, bytes, BLOCK + 10), BLOCK + 10);
		pause();
	}
	_exit(1);
}

/* Whoever is killed goes at once: nothing waits for what it has written. */
static void killed_processes_go_at_once(void **state)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGINT };
	enum blocked_in where;
	uint64_t start;
	int status;
	size_t i;
	pid_t pid;

	(void)state;
	needs_any_length();
	parameter_set("stream_close_seconds", 60);
	for (where = IN_READ; where <= IN_NOTHING; where++) {
		for (i = 0; i < ARRAY_SIZE(signals); i++) {
			fflush(NULL);
			pid = fork();
			if (!pid) {
				signal(SIGTERM, SIG_DFL);
				signal(SIGINT, SIG_DFL);
				block_in(where);
			}
			wait_for_child_asleep(pid);
			start = now_ns();
			kill(pid, signals[i]);
			status = child_status(pid);
			assert_true(WIFSIGNALED(status));
			assert_int_equal(WTERMSIG(status), signals[i]);
			if (now_ns() - start > 10000000000ULL)
				fail_msg("case %d, signal %d: took %llu ms", where, signals[i],
					 (unsigned long long)(now_ns() - start) / 1000000);
		}
	}
	everything_works();
}

static void closed_streams_leave_nothing(void **state)
{
	static unsigned char bytes[3 * BLOCK];
	uint64_t used, held;
	int fd, i;

	(void)state;
	fd = open_for("loop0", O_RDONLY);
	used = device_query(fd).pool_bytes_used;
	parameter_set("stream_close_seconds", 0);
	for (i = 0; i < 50; i++) {
		int stream = open_for("loop0", O_RDWR | O_NONBLOCK);

		assert_error(call(read(stream, bytes, 1)), EAGAIN);
		if (i & 1)
			assert_int_equal(write(stream, bytes, sizeof(bytes)), sizeof(bytes));
		if (i & 2)
			assert_true(read(stream, bytes, sizeof(bytes)) != 0);
		held = device_query(fd).pool_bytes_used;
		assert_true(held >= used + ALL * (1 + (i & 1)));
		device_close(stream);
	}
	assert_int_equal(device_query(fd).pool_bytes_used, used);
	everything_works();
}

/* ------------------------------------------------------------------------
 * Whose it is
 */

static void one_reader_and_one_writer(void **state)
{
	int fd = reader_armed("loop0"), second = open_for("loop0", O_RDWR | O_NONBLOCK);
	int third = open_for("loop0", O_RDWR);
	struct dmaring_setup setup = ring_setup_default(second, &(struct ring_options){ 0 });
	char text[64], who[32], c = 0;

	(void)state;
	assert_error(call(read(second, &c, 1)), EBUSY);
	attribute_text("loop0", "rx/holder", text, sizeof(text));
	snprintf(who, sizeof(who), "%d ", getpid());
	assert_int_equal(strncmp(text, who, strlen(who)), 0);
	/* The other direction is free, for one. */
	assert_int_equal(write(second, &c, 1), 1);
	assert_error(call(write(third, &c, 1)), EBUSY);
	assert_error(ring_setup(third, &setup), EBUSY);
	assert_int_equal(fsync(second), 0);
	read_all(fd, (unsigned char *)&c, 1, 1, 1);
	device_close(fd);
	device_close(second);
	/* Nothing that failed has decided what the third is. */
	assert_ok(ring_setup(third, &setup));
	fd = open_for("loop0", O_RDWR);
	assert_error(call(read(fd, &c, 1)), EBUSY);
	assert_error(call(write(fd, &c, 1)), EBUSY);
}

static void setup_after_read_or_write_is_ealready(void **state)
{
	int reader = reader_armed("loop0"), writer, both = open_for("loop0", O_RDWR | O_NONBLOCK);
	struct dmaring_setup setup = ring_setup_default(both, &(struct ring_options){ 0 });
	char c = 0;

	(void)state;
	device_close(reader);
	assert_error(call(read(both, &c, 1)), EAGAIN);
	assert_error(ring_setup(both, &setup), EALREADY);
	assert_error(call((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, both,
				     DMARING_OFFSET_KERN)), ENOTCONN);
	writer = open_for("loop0", O_RDWR);
	assert_int_equal(write(writer, &c, 1), 1);
	assert_error(ring_setup(writer, &setup), EALREADY);
	parameter_set("stream_close_seconds", 0);
}

/* What the ring would have had is gone; the channel counts starvation all the same. */
static void setup_that_failed_leaves_a_byte_stream(void **state)
{
	static const unsigned char block[65536];
	int fd = device_open("sink0", O_RDWR), other = device_open("loop0", O_RDWR), i;
	const struct ring_options options = { .sq = DMARING_SQ_ENTRIES_MAX };
	struct dmaring_setup setup = ring_setup_default(fd, &options);

	(void)state;
	setup.pool = pool_over_limit(fd);
	assert_error(xioctl(fd, DMARING_IOC_SETUP, &setup), EDQUOT);
	/* So much is made and let go of that the kernel forgets old mappings for good. */
	for (i = 0; i < 6; i++)
		assert_error(xioctl(other, DMARING_IOC_SETUP, &setup), EDQUOT);
	for (i = 0; i < 3; i++) {
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
		assert_int_equal(fsync(fd), 0);
	}
}

static void read_of_a_ring_is_einval(void **state)
{
	struct ring *r = ring_open("loop0");
	char c;

	(void)state;
	assert_error(call(read(r->fd, &c, 1)), EINVAL);
	assert_error(call(write(r->fd, &c, 1)), EINVAL);
	assert_int_equal(fsync(r->fd), 0);
	post_nops(r, 1);
}

static void mode_of_the_open_counts(void **state)
{
	int reader = open_for("loop0", O_RDONLY | O_NONBLOCK), writer = open_for("loop0", O_WRONLY);
	struct dmaring_setup setup = ring_setup_default(reader, &(struct ring_options){ 0 });
	char c = 7;

	(void)state;
	needs_any_length();
	assert_error(call(write(reader, &c, 1)), EBADF);
	assert_error(call(read(writer, &c, 1)), EBADF);
	assert_error(ring_setup(reader, &setup), EBADF);
	assert_error(call(read(reader, &c, 1)), EAGAIN);
	c = 9;
	assert_int_equal(write(writer, &c, 1), 1);
	assert_int_equal(fsync(writer), 0);
	c = 0;
	read_all(reader, (unsigned char *)&c, 1, 1, 1);
	assert_int_equal(c, 9);
}

static void missing_direction_is_eopnotsupp(void **state)
{
	char c = 0;

	(void)state;
	assert_error(call(read(open_for("sink0", O_RDWR), &c, 1)), EOPNOTSUPP);
	assert_error(call(write(open_for("source0", O_RDWR), &c, 1)), EOPNOTSUPP);
	assert_error(call(read(open_for("mem0", O_RDWR), &c, 1)), EOPNOTSUPP);
	assert_error(call(write(open_for("mem0", O_RDWR), &c, 1)), EOPNOTSUPP);
}

/* ------------------------------------------------------------------------
 * Errors
 */

static void bad_pointers_are_efault(void **state)
{
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_WRONLY);
	char *nowhere = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	char got[16];

	(void)state;
	assert_int_equal(munmap(nowhere + 4096, 4096), 0);
	assert_error(call(write(writer, nowhere + 4096, 10)), EFAULT);
	/* It has left nothing that could be sent. */
	assert_int_equal(fsync(writer), 0);
	nothing_more_comes(fd);
	/* As far as it goes. */
	memcpy(nowhere + 4090, "abcdef", 6);
	assert_int_equal(write(writer, nowhere + 4090, 10), 6);
	assert_int_equal(fsync(writer), 0);
	wait_until(call(read(fd, nowhere + 4096, 6)) == -EFAULT);
	assert_int_equal(read(fd, nowhere + 4094, 6), 2);
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_memory_equal(nowhere + 4094, "ab", 2);
	assert_memory_equal(got, "cdef", 4);
	munmap(nowhere, 4096);
}

static void send_errors_are_told_once(void **state)
{
	static unsigned char bytes[BLOCK];
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_WRONLY);
	uint64_t errors = attribute_number("loop0", "tx/errors");
	int copy = dup(writer);
	char c;

	(void)state;
	/* To fsync. */
	fault_set("loop0", "tx", "fail_error", "1");
	assert_int_equal(write(writer, "x", 1), 1);
	assert_error(call(fsync(writer)), EIO);
	assert_int_equal(fsync(writer), 0);
	/* To the next write. */
	fault_set("loop0", "tx", "fail_error", "1");
	assert_int_equal(write(writer, bytes, BLOCK), BLOCK);
	wait_until(attribute_number("loop0", "tx/errors") == errors + 2);
	assert_error(call(write(writer, "x", 1)), EIO);
	assert_int_equal(write(writer, "y", 1), 1);
	assert_int_equal(fsync(writer), 0);
	read_all(fd, (unsigned char *)&c, 1, 1, 1);
	assert_int_equal(c, 'y');
	/* To close. */
	fault_set("loop0", "tx", "fail_error", "1");
	assert_int_equal(write(writer, "x", 1), 1);
	assert_error(call(close(copy)), EIO);
	assert_int_equal(write(writer, "z", 1), 1);
	assert_int_equal(fsync(writer), 0);
	read_all(fd, (unsigned char *)&c, 1, 1, 1);
	assert_int_equal(c, 'z');
}

static void receive_errors_are_told_once(void **state)
{
	int fd, writer = open_for("loop0", O_WRONLY);
	struct pollfd p = { .events = POLLIN };
	char got[8];

	(void)state;
	fault_set("loop0", "rx", "fail_error", "1");
	fd = reader_armed("loop0");
	p.fd = fd;
	assert_int_equal(write(writer, "abc", 3), 3);
	assert_int_equal(fsync(writer), 0);
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_error(call(read(fd, got, sizeof(got))), EIO);
	read_all(fd, (unsigned char *)got, 3, 3, 1);
	assert_memory_equal(got, "abc", 3);
	nothing_more_comes(fd);
}

/* An error among the bytes: all of them are read, and it is told at its place. */
static void an_error_among_bytes_loses_none(void **state)
{
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_WRONLY);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t errors = attribute_number("loop0", "rx/errors");
	unsigned int told = 0, done = 0;
	char got[8];
	ssize_t n;

	(void)state;
	assert_int_equal(write(writer, "abc", 3), 3);
	assert_int_equal(fsync(writer), 0);
	fault_set("loop0", "rx", "fail_error", "1");
	assert_int_equal(write(writer, "def", 3), 3);
	assert_int_equal(fsync(writer), 0);
	wait_until(attribute_number("loop0", "rx/errors") == errors + 1);
	while (done < 6 || !told) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		n = call(read(fd, got + done, sizeof(got) - done));
		if (n == -EIO)
			told++;
		else
			assert_true(n > 0);
		/* It came after the first bytes. */
		assert_true(n > 0 || done);
		done += n > 0 ? n : 0;
	}
	assert_int_equal(told, 1);
	assert_memory_equal(got, "abcdef", 6);
	nothing_more_comes(fd);
}

static void limit_of_the_user_is_edquot(void **state)
{
	static const char path[] = PARAMETERS "pool_bytes_per_user";
	uint64_t limit = device_query(open_for("loop0", O_RDONLY)).pool_bytes_max;
	int fd = open_for("loop0", O_RDWR | O_NONBLOCK);
	char c = 0, text[32];
	ssize_t in, out;

	(void)state;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)limit);
	if (file_write(path, "100000") < 0)
		skip();
	in = call(read(fd, &c, 1));
	out = call(write(fd, &c, 1));
	assert_ok(file_write(path, text));
	assert_error(in, EDQUOT);
	assert_error(out, EDQUOT);
	assert_error(call(read(fd, &c, 1)), EAGAIN);
}

/* ------------------------------------------------------------------------
 * Removal
 */

static void wait_for_enodev(enum blocked_in where)
{
	static unsigned char bytes[ALL + BLOCK];
	int fd = open("/dev/dmaring/loop0", O_RDWR);
	ssize_t n;

	switch (where) {
	case IN_READ:
		assert_error(call(read(fd, bytes, 1)), ENODEV);
		assert_error(call(read(fd, bytes, 1)), ENODEV);
		break;
	case IN_WRITE:
		n = call(write(fd, bytes, sizeof(bytes)));
		assert_true(n == ALL || n == -ENODEV);
		assert_error(call(write(fd, bytes, 1)), ENODEV);
		assert_error(call(write(fd, bytes, 1)), ENODEV);
		break;
	case IN_FSYNC:
		assert_int_equal(write(fd, bytes, 10), 10);
		assert_error(call(fsync(fd)), ENODEV);
		break;
	default:
		assert_int_equal(write(fd, bytes, 10), 10);
		assert_error(call(close(fd)), ENODEV);
	}
	_exit(0);
}

static void unbind_ends_what_is_blocked(void **state)
{
	enum blocked_in where;
	pid_t pid;

	(void)state;
	needs_any_length();
	parameter_set("stream_close_seconds", 60);
	for (where = IN_READ; where <= IN_FSYNC; where++) {
		fflush(NULL);
		pid = fork();
		if (!pid) {
			setenv("CMOCKA_TEST_ABORT", "1", 1);
			alarm(30);
			wait_for_enodev(where);
		}
		wait_for_child_asleep(pid);
		assert_ok(file_write(DRIVER "unbind", "dmaring.0"));
		assert_int_equal(child_status(pid), 0);
		assert_ok(file_write(DRIVER "bind", "dmaring.0"));
		wait_until(!access("/dev/dmaring/loop0", R_OK));
		everything_works();
	}
}

/* Bytes that came before it are read all the same. */
static void unbind_leaves_what_came(void **state)
{
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_WRONLY);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t done = attribute_number("loop0", "rx/completed");
	char got[8];

	(void)state;
	assert_int_equal(write(writer, "abcd", 4), 4);
	assert_int_equal(fsync(writer), 0);
	wait_until(attribute_number("loop0", "rx/completed") == done + 1);
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(read(fd, got, 2), 2);
	assert_ok(file_write(DRIVER "unbind", "dmaring.0"));
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, POLLIN | POLLHUP);
	assert_int_equal(read(fd, got + 2, 6), 2);
	assert_memory_equal(got, "abcd", 4);
	assert_error(call(read(fd, got, 1)), ENODEV);
	assert_error(call(write(writer, "x", 1)), ENODEV);
	assert_ok(file_write(DRIVER "bind", "dmaring.0"));
	wait_until(!access("/dev/dmaring/loop0", R_OK));
	assert_error(call(read(fd, got, 1)), ENODEV);
	everything_works();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		stream_test(close_drains),
		stream_test(close_is_bounded),
		stream_test(killed_processes_go_at_once),
		stream_test(closed_streams_leave_nothing),
		stream_test(one_reader_and_one_writer),
		stream_test(setup_after_read_or_write_is_ealready),
		stream_test(setup_that_failed_leaves_a_byte_stream),
		system_test(read_of_a_ring_is_einval),
		stream_test(mode_of_the_open_counts),
		stream_test(missing_direction_is_eopnotsupp),
		stream_test(bad_pointers_are_efault),
		stream_test(send_errors_are_told_once),
		stream_test(receive_errors_are_told_once),
		stream_test(an_error_among_bytes_loses_none),
		stream_test(limit_of_the_user_is_edquot),
		stream_test(unbind_ends_what_is_blocked),
		stream_test(unbind_leaves_what_came),
	};

	return system_run(tests);
}
