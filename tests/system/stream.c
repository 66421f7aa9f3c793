// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Byte streams: every byte arrives, once and in order, and waiting is exact.
 * Reader and writer are separate opens, and where one blocks, processes.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"

/* ------------------------------------------------------------------------
 * Bytes
 */

static void reader_and_writer_processes(void **state)
{
	(void)state;
	move(3000017, 200000, 150000, 1);
	move(1000003, 5000, 300000, 2);
	move(1000003, 300000, 5000, 3);
}

static void small_blocks(void **state)
{
	(void)state;
	parameter_set("stream_blocks", 2);
	parameter_set("stream_block_bytes", 64);
	move(20011, 500, 300, 4);
	parameter_set("stream_blocks", 1);		/* counts as 2 */
	parameter_set("stream_block_bytes", 1);		/* counts as 64 */
	move(2003, 100, 100, 5);
}

static void large_blocks(void **state)
{
	(void)state;
	parameter_set("stream_blocks", 3);
	parameter_set("stream_block_bytes", 4 << 20);
	move(20000003, 3000000, 5000000, 6);
}

/* Full blocks, and one byte less and more. */
static void last_byte_arrives(void **state)
{
	static const size_t sizes[] = {
		1, 2, 63, 64, 65, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, ALL - 1, ALL, ALL + 1,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		move(sizes[i], sizes[i], 2 * BLOCK, 7 + i);
}

/* A process that just exits leaves nothing behind. */
static void exit_drains(void **state)
{
	unsigned char got[100], put[100];
	int fd = reader_armed("loop0"), status, writer;
	pid_t pid;

	(void)state;
	pattern_fill(put, sizeof(put), 1);
	pid = fork();
	if (!pid) {
		writer = open("/dev/dmaring/loop0", O_WRONLY);
		_exit(write(writer, put, sizeof(put)) != sizeof(put));
	}
	read_all(fd, got, sizeof(got), sizeof(got), 1);
	pattern_check(got, sizeof(got), 1);
	status = child_status(pid);
	assert_int_equal(status, 0);
}

static void partial_reads(void **state)
{
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_WRONLY);
	unsigned char put[1275], got[1275];
	size_t n, at = 0;

	(void)state;
	pattern_fill(put, sizeof(put), 1);
	assert_int_equal(write(writer, put, sizeof(put)), sizeof(put));
	assert_int_equal(fsync(writer), 0);
	for (n = 1; n <= 50; at += n++) {
		wait_until(read(fd, got + at, n) == (ssize_t)n);
		if (n % 10 == 0)
			assert_int_equal(read(fd, got, 0), 0);
	}
	assert_int_equal(at, sizeof(got));
	assert_memory_equal(got, put, sizeof(got));
	nothing_more_comes(fd);
}

static void packet_end_is_a_short_read(void **state)
{
	static const size_t packets[] = { 100, 1, 5000, BLOCK - 1, 64 };
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_WRONLY);
	static unsigned char put[BLOCK], got[BLOCK];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(packets); i++) {
		pattern_fill(put, packets[i], i);
		assert_int_equal(write(writer, put, packets[i]), packets[i]);
		assert_int_equal(fsync(writer), 0);
	}
	for (i = 0; i < ARRAY_SIZE(packets); i++) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		assert_int_equal(read(fd, got, sizeof(got)), packets[i]);
		pattern_check(got, packets[i], i);
	}
	nothing_more_comes(fd);
}

static void tail_goes_out_at_fsync(void **state)
{
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_RDWR);
	unsigned char put[1000], got[1000];

	(void)state;
	pattern_fill(put, sizeof(put), 1);
	assert_int_equal(write(writer, put, 500), 500);
	assert_int_equal(write(writer, put + 500, 500), 500);
	nothing_more_comes(fd);
	assert_int_equal(fsync(writer), 0);
	read_all(fd, got, sizeof(got), sizeof(got), 1);
	assert_memory_equal(got, put, sizeof(got));
	/* Nothing to do, and nothing is sent. */
	assert_int_equal(fsync(writer), 0);
	assert_int_equal(fdatasync(writer), 0);
	nothing_more_comes(fd);
}

/* Each descriptor of the file drains, the last one gives the channel back. */
static void close_of_a_duplicate_drains_too(void **state)
{
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_WRONLY), copy = dup(writer);
	char got[4];

	(void)state;
	assert_int_equal(write(writer, "one", 3), 3);
	assert_int_equal(close(copy), 0);
	read_all(fd, (unsigned char *)got, 3, 3, 1);
	assert_memory_equal(got, "one", 3);
	assert_int_equal(write(writer, "two", 3), 3);
	device_close(writer);
	read_all(fd, (unsigned char *)got, 3, 3, 1);
	assert_memory_equal(got, "two", 3);
}

/* Lengths or not, full blocks are full; whole words are all that is sent. */
static void whole_blocks_arrive_anywhere(void **state)
{
	static unsigned char put[3 * BLOCK], got[3 * BLOCK];
	int fd = open_for("loop0", O_RDONLY | O_NONBLOCK), writer = open_for("loop0", O_WRONLY);
	uint32_t word = device_channel_info(fd, "rx").alignment, at;

	(void)state;
	pattern_fill(put, sizeof(put), 1);
	assert_error(call(read(fd, got, 1)), EAGAIN);
	assert_int_equal(write(writer, put, sizeof(put)), sizeof(put));
	assert_int_equal(fsync(writer), 0);
	read_all(fd, got, sizeof(got), BLOCK, 1);
	assert_memory_equal(got, put, sizeof(got));
	if (!(device_channel_info(fd, "rx").flags & DMARING_LEN_KNOWN) || word < 3)
		return;
	/* Two words and a byte; then the rest of the third. */
	assert_int_equal(write(writer, put, 1), 1);
	assert_error(call(fsync(writer)), EINVAL);
	assert_int_equal(write(writer, put + 1, 2 * word), 2 * word);
	assert_error(call(fsync(writer)), EINVAL);
	read_all(fd, got, 2 * word, BLOCK, 1);
	at = 2 * word + 1;
	assert_int_equal(write(writer, put + at, 1), 1);
	assert_error(call(fsync(writer)), EINVAL);
	assert_int_equal(write(writer, put + at + 1, word - 2), word - 2);
	assert_int_equal(fsync(writer), 0);
	read_all(fd, got + 2 * word, word, BLOCK, 1);
	assert_memory_equal(got, put, 3 * word);
}

static void source_counts_on(void **state)
{
	static uint32_t words[300000];
	int fd = open_for("source0", O_RDONLY);
	size_t i;

	(void)state;
	read_all(fd, (unsigned char *)words, sizeof(words), 100000, 1);
	for (i = 1; i < ARRAY_SIZE(words); i++)
		if (words[i] != words[i - 1] + 1)
			fail_msg("word %zu is %u after %u", i, words[i], words[i - 1]);
}

static void sink_finds_no_mismatch(void **state)
{
	static const char path[] = "/sys/kernel/debug/dmaring_sim/sink0/mismatches";
	static uint32_t words[300000];
	int fd = open_for("sink0", O_WRONLY);
	char text[16] = "";
	size_t at, i;
	FILE *f;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = i;
	assert_ok(file_write(path, "0"));
	for (at = 0; at < sizeof(words); at += i) {
		i = sizeof(words) - at < 10001 ? sizeof(words) - at : 10001;
		assert_int_equal(write(fd, (char *)words + at, i), i);
	}
	assert_int_equal(fsync(fd), 0);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "0\n");
}

static void splice_both_ways(void **state)
{
	int fd = reader_armed("loop0"), writer = open_for("loop0", O_WRONLY);
	unsigned char put[30000], got[30000];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int in[2], out[2];
	size_t done = 0;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(in) | pipe(out), 0);
	device_keep(in[0]);
	device_keep(in[1]);
	device_keep(out[0]);
	device_keep(out[1]);
	pattern_fill(put, sizeof(put), 1);
	assert_int_equal(write(in[1], put, sizeof(put)), sizeof(put));
	while (done < sizeof(put)) {
		n = splice(in[0], NULL, writer, NULL, sizeof(put) - done, 0);
		assert_true(n > 0);
		done += n;
	}
	assert_int_equal(fsync(writer), 0);
	for (done = 0; done < sizeof(put); done += n) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		n = splice(fd, NULL, out[1], NULL, sizeof(put) - done, 0);
		assert_true(n > 0);
		assert_int_equal(read(out[0], got + done, n), n);
	}
	assert_memory_equal(got, put, sizeof(put));
	assert_error(call(splice(fd, NULL, out[1], NULL, 100, 0)), EAGAIN);
}

/* ------------------------------------------------------------------------
 * Waiting
 */

static void readiness(void **state)
{
	int fd = open_for("loop0", O_RDWR | O_NONBLOCK), reader;
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	char c, bytes[100] = "";

	(void)state;
	needs_any_length();
	/* Not a byte stream yet, nor one both ways: try. */
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, POLLIN | POLLOUT);
	assert_error(call(read(fd, &c, 1)), EAGAIN);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, POLLOUT);
	assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, POLLOUT);
	assert_int_equal(fsync(fd), 0);
	p.events = POLLIN;
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(read(fd, bytes, 99), 99);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(read(fd, bytes, 1), 1);
	assert_int_equal(poll(&p, 1, 0), 0);
	reader = open_for("loop0", O_RDONLY);
	assert_error(call(read(reader, &c, 1)), EBUSY);
}

/* What poll calls readable gives bytes; what it calls writable takes some. */
static void ready_is_never_eagain(void **state)
{
	const size_t bytes = 400000;
	struct writer w = { "/dev/dmaring/loop0", bytes, 3000, 9, 0 };
	unsigned char *got = malloc(bytes);
	int fd = reader_armed("loop0");
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t done = 0;
	ssize_t n;
	pid_t pid;

	(void)state;
	parameter_set("stream_blocks", 4);
	parameter_set("stream_block_bytes", 1024);
	pid = writer_start(&w);
	while (done < bytes) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		assert_int_equal(p.revents, POLLIN);
		n = call(read(fd, got + done, bytes - done));
		assert_true(n > 0);
		done += n;
	}
	pattern_check(got, bytes, 9);
	assert_int_equal(child_status(pid), 0);
	nothing_more_comes(fd);
	free(got);
}

struct slow_reader {
	size_t bytes;
};

static void read_slowly(const struct slow_reader *s)
{
	unsigned char *got = malloc(s->bytes);
	int fd = open("/dev/dmaring/loop0", O_RDONLY);

	assert_true(fd >= 0 && got);
	read_all(fd, got, s->bytes, 700, 1);
	pattern_check(got, s->bytes, 1);
	_exit(0);
}

static void writable_is_never_eagain(void **state)
{
	struct slow_reader s = { .bytes = 100000 };
	unsigned char *put = malloc(s.bytes);
	struct pollfd p = { .events = POLLOUT };
	size_t done = 0;
	ssize_t n;
	pid_t pid;

	(void)state;
	needs_any_length();
	parameter_set("stream_blocks", 3);
	parameter_set("stream_block_bytes", 1024);
	pattern_fill(put, s.bytes, 1);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		alarm(60);
		read_slowly(&s);
	}
	p.fd = open_for("loop0", O_WRONLY | O_NONBLOCK);
	while (done < s.bytes) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		assert_int_equal(p.revents, POLLOUT);
		n = call(write(p.fd, put + done, s.bytes - done));
		assert_true(n > 0);
		done += n;
	}
	assert_int_equal(fsync(p.fd), 0);
	assert_int_equal(child_status(pid), 0);
	free(put);
}

/* Without a reader as much goes in as there are blocks. */
static void full_stream_is_eagain(void **state)
{
	static unsigned char bytes[ALL + 1000];
	int fd = open_for("loop0", O_WRONLY | O_NONBLOCK), reader;
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	(void)state;
	pattern_fill(bytes, sizeof(bytes), 1);
	assert_int_equal(write(fd, bytes, 1), 1);
	assert_int_equal(write(fd, bytes + 1, sizeof(bytes) - 1), ALL - 1);
	assert_error(call(write(fd, bytes, 1)), EAGAIN);
	assert_int_equal(poll(&p, 1, 0), 0);
	reader = reader_armed("loop0");
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	read_all(reader, bytes, ALL, BLOCK, 1);
	pattern_check(bytes, ALL, 1);
	assert_int_equal(fsync(fd), 0);
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* What was written before the signal counts; nothing written is EINTR. */
static void signals_interrupt(void **state)
{
	static unsigned char bytes[ALL + 1000];
	struct sigaction act = { .sa_handler = on_alarm }, before;
	const struct itimerval tick = { .it_value.tv_usec = 50000 };
	unsigned int left = alarm(0);
	int fd = open_for("loop0", O_RDWR);
	char c;

	(void)state;
	sigaction(SIGALRM, &act, &before);
	setitimer(ITIMER_REAL, &tick, NULL);
	assert_error(call(read(fd, &c, 1)), EINTR);
	device_close(fd);
	fd = open_for("loop0", O_WRONLY);
	setitimer(ITIMER_REAL, &tick, NULL);
	assert_int_equal(write(fd, bytes, sizeof(bytes)), ALL);
	setitimer(ITIMER_REAL, &tick, NULL);
	assert_error(call(write(fd, bytes, 1)), EINTR);
	sigaction(SIGALRM, &before, NULL);
	alarm(left);
	parameter_set("stream_close_seconds", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		stream_test(reader_and_writer_processes),
		stream_test(small_blocks),
		stream_test(large_blocks),
		stream_test(last_byte_arrives),
		stream_test(exit_drains),
		stream_test(partial_reads),
		stream_test(packet_end_is_a_short_read),
		stream_test(tail_goes_out_at_fsync),
		stream_test(close_of_a_duplicate_drains_too),
		stream_test(whole_blocks_arrive_anywhere),
		stream_test(source_counts_on),
		stream_test(sink_finds_no_mismatch),
		stream_test(splice_both_ways),
		stream_test(readiness),
		stream_test(ready_is_never_eagain),
		stream_test(writable_is_never_eagain),
		stream_test(full_stream_is_eagain),
		stream_test(signals_interrupt),
	};

	return system_run(tests);
}
