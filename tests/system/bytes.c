// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Byte streams for tests: readers, writers in processes of their own, and the
 * parameters of the module that shape them.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"

void parameter_set(const char *name, unsigned int value)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	snprintf(text, sizeof(text), "%u", value);
	assert_ok(file_write(path, text));
}

int stream_teardown(void **state)
{
	int ret = fault_teardown(state);

	parameter_set("stream_blocks", BLOCKS);
	parameter_set("stream_block_bytes", BLOCK);
	parameter_set("stream_close_seconds", 10);
	if (access("/dev/dmaring/loop0", F_OK))
		file_write(DRIVER "bind", "dmaring.0");
	return ret;
}

int open_for(const char *device, int flags)
{
	int fd = device_open(device, flags);

	assert_true(fd >= 0);
	return fd;
}

/* Else every block counts as full, or odd bytes stay behind. */
void needs_any_length(void)
{
	struct dmaring_channel_info rx;
	int fd = open_for("loop0", O_RDONLY);

	rx = device_channel_info(fd, "rx");
	device_close(fd);
	if (!(rx.flags & DMARING_LEN_KNOWN) || rx.alignment != 1)
		skip();
}

/* A reader that has its blocks armed: by a read of nothing, as bytes may wait. */
int reader_armed(const char *device)
{
	int fd = open_for(device, O_RDONLY | O_NONBLOCK);
	char c;

	needs_any_length();
	assert_int_equal(call(read(fd, &c, 0)), 0);
	return fd;
}

/* The first line of a file of /proc that may vanish; "" then. */
static void proc_line(pid_t pid, const char *name, char *line, int bytes)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	line[0] = '\0';
	f = fopen(path, "re");
	if (f && !fgets(line, bytes, f))
		line[0] = '\0';
	if (f)
		fclose(f);
}

/* Interruptibly, or killably in the driver: not in a page fault of its own. */
static bool is_asleep(pid_t pid)
{
	char line[256], state;

	proc_line(pid, "stat", line, sizeof(line));
	if (sscanf(line, "%*d (%*[^)]) %c", &state) != 1)
		return false;
	if (state == 'Z')
		fail_msg("the child has ended");
	if (state != 'D')
		return state == 'S';
	proc_line(pid, "wchan", line, sizeof(line));
	return strstr(line, "stream");
}

void wait_for_child_asleep(pid_t pid)
{
	wait_until(is_asleep(pid));
}

/* All of it, however the reads are cut; sizes from 1 to most. */
void read_all(int fd, unsigned char *to, size_t bytes, size_t most, uint32_t seed)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t done = 0, n;
	ssize_t got;

	while (done < bytes) {
		seed = seed * 1664525 + 1013904223;
		n = 1 + (seed >> 8) % most;
		got = call(read(fd, to + done, n < bytes - done ? n : bytes - done));
		if (got == -EAGAIN) {
			assert_int_equal(poll(&p, 1, WAIT_MS), 1);
			continue;
		}
		assert_true(got > 0);
		done += got;
	}
}

static void write_all(const struct writer *w)
{
	int fd = open(w->device, O_WRONLY);
	unsigned char *bytes = malloc(w->bytes);
	uint32_t x = w->seed;
	size_t done = 0, n;
	ssize_t put;

	assert_true(fd >= 0 && bytes);
	pattern_fill(bytes, w->bytes, w->seed);
	while (done < w->bytes) {
		x = x * 1664525 + 1013904223;
		n = 1 + (x >> 8) % w->most;
		put = call(write(fd, bytes + done, n < w->bytes - done ? n : w->bytes - done));
		assert_true(put > 0);
		done += put;
	}
	assert_error(call(close(fd)), w->result);
	free(bytes);
}

pid_t writer_start(const struct writer *w)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	alarm(60);
	write_all(w);
	_exit(0);
}

void nothing_more_comes(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	something_else_happens();
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_error(call(read(fd, &c, 1)), EAGAIN);
}

void move(size_t bytes, size_t most_written, size_t most_read, uint32_t seed)
{
	struct writer w = { "/dev/dmaring/loop0", bytes, most_written, seed, 0 };
	unsigned char *got = malloc(bytes);
	int fd = reader_armed("loop0");
	pid_t pid = writer_start(&w);

	assert_non_null(got);
	read_all(fd, got, bytes, most_read, seed);
	pattern_check(got, bytes, seed);
	assert_int_equal(child_status(pid), 0);
	nothing_more_comes(fd);
	device_close(fd);
	free(got);
}
