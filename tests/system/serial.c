// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peripheral's register by the slave channels of a real controller: a serial port
 * of smdkc210, whose other end is a terminal of the same machine, and dma-pl330 with its
 * request line. What the model has no line for is sent as fast as the engine goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "ring.h"

/* Registers of the port, by Samsung's manual of the Exynos 4210, "UART". */
#define PORT		0x13820000
#define UCON		(0x04 / 4)
#define  UCON_BY_DMA	(2 << 2 | 2 << 0)	/* sends, receives */
#define UFCON		(0x08 / 4)
#define  UFCON_FRESH	(1 << 2 | 1 << 1 | 1 << 0)	/* FIFOs emptied, and used */
#define UFSTAT		(0x18 / 4)
#define  UFSTAT_RECEIVED	0xff	/* so many bytes */
#define URXH		(0x24 / 4)

#define TERMINAL	"/dev/ttySAC3"
#define BYTES		64U
#define BUFFERS		16U
/* The model takes a full FIFO, of 16 bytes on these ports, for an empty one: less under way. */
#define PIECE		8U

static volatile uint32_t *port;
static int terminal = -1;

static void port_reset(void)
{
	port[UFCON] = UFCON_FRESH;
	port[UCON] = UCON_BY_DMA;
	tcflush(terminal, TCIOFLUSH);
}

/* The model's request line is up until the port has received something. */
static int request_line_down(void)
{
	unsigned int tries;

	port_reset();
	if (write(terminal, "x", 1) != 1)
		return -1;
	for (tries = 0; !(port[UFSTAT] & UFSTAT_RECEIVED); tries++) {
		if (tries == 1000)
			return -1;
		usleep(10000);
	}
	return port[URXH] == 'x' ? 0 : -1;
}

static int serial_setup(void)
{
	struct termios raw;
	int memory;

	memory = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	if (memory < 0)
		return -1;
	port = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, PORT);
	close(memory);
	terminal = open(TERMINAL, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port == MAP_FAILED || terminal < 0 || tcgetattr(terminal, &raw))
		return -1;
	cfmakeraw(&raw);
	return tcsetattr(terminal, TCSANOW, &raw) ?: request_line_down();
}

static struct ring *serial_ring(const char *only)
{
	port_reset();
	return ring_open("serial0", .only = only, .sq = 32, .buffers = BUFFERS, .bytes = BYTES);
}

/* In pieces, the next one when the engine has written the last: TO is where, as it is in memory. */
static void type(const unsigned char *bytes, size_t n, const volatile unsigned char *to)
{
	size_t i, piece;

	for (i = 0; i < n; i += piece) {
		piece = n - i < PIECE ? n - i : PIECE;
		assert_int_equal(write(terminal, bytes + i, piece), piece);
		wait_until(to[i + piece - 1] == bytes[i + piece - 1]);
	}
}

/* Never 0, and no byte twice within a piece. */
static void text_fill(void *to, size_t n, unsigned int seed)
{
	unsigned char *c = to;
	size_t i;

	for (i = 0; i < n; i++)
		c[i] = 1 + (i * 7 + seed * 31) % 250;
}

static void text_check(const void *from, size_t n, unsigned int seed)
{
	unsigned char expected[2 * BYTES];

	assert_true(n <= sizeof(expected));
	text_fill(expected, n, seed);
	assert_memory_equal(from, expected, n);
}

static void read_all(unsigned char *to, size_t n)
{
	struct pollfd p = { .fd = terminal, .events = POLLIN };

	while (n) {
		ssize_t got;

		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		got = read(terminal, to, n);
		assert_true(got > 0);
		to += got;
		n -= got;
	}
}

static void push_receives(struct ring *r, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		memset(ring_buffer(r, i), 0, BYTES);
		push_data(r, DMARING_OP_RECEIVE, 0, i, 0, BYTES, i);
	}
	ring_submit(r);
}

static void what_is_sent_is_read_there(void **state)
{
	struct ring *r = serial_ring("tx");
	unsigned char there[PIECE];
	unsigned int i;

	(void)state;
	for (i = 0; i < BUFFERS; i++) {
		text_fill(ring_buffer(r, i), PIECE, i);
		push_data(r, DMARING_OP_SEND, 0, i, 0, PIECE, i);
		ring_submit(r);
		ring_expect(r, i, 0);
		read_all(there, PIECE);
		text_check(there, PIECE, i);
	}
}

/* The request line paces the engine: it takes no byte that has not come. */
static void a_block_ends_with_its_last_byte(void **state)
{
	struct ring *r = serial_ring("rx");
	unsigned char bytes[BYTES];

	(void)state;
	text_fill(bytes, BYTES, 7);
	push_receives(r, 1);
	type(bytes, BYTES - 1, ring_buffer(r, 0));
	assert_int_equal(ring_poll(r, POLLIN, 500), 0);
	type(bytes + BYTES - 1, 1, ring_buffer(r, 0) + BYTES - 1);
	ring_expect(r, 0, 0);
	text_check(ring_buffer(r, 0), BYTES, 7);
}

static void many_blocks_come_in_order(void **state)
{
	struct ring *r = serial_ring("rx");
	unsigned char bytes[BYTES];
	unsigned int i;

	(void)state;
	push_receives(r, BUFFERS);
	for (i = 0; i < BUFFERS; i++) {
		text_fill(bytes, BYTES, 100 + i);
		type(bytes, BYTES, ring_buffer(r, i));
	}
	for (i = 0; i < BUFFERS; i++) {
		ring_expect(r, i, 0);
		text_check(ring_buffer(r, i), BYTES, 100 + i);
	}
}

static void silence_times_out(void **state)
{
	struct ring *r = serial_ring("rx");
	unsigned char bytes[BYTES];
	struct dmaring_cqe cqe;

	(void)state;
	push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, BYTES, 1)->timeout_us = 100000;
	ring_submit(r);
	cqe = ring_expect(r, 1, -ETIMEDOUT);
	assert_true(cqe.flags & DMARING_CQE_STARTED);
	/* The port is as it was: the next block is whole. */
	text_fill(bytes, BYTES, 3);
	memset(ring_buffer(r, 1), 0, BYTES);
	push_data(r, DMARING_OP_RECEIVE, 0, 1, 0, BYTES, 2);
	ring_submit(r);
	type(bytes, BYTES, ring_buffer(r, 1));
	ring_expect(r, 2, 0);
	text_check(ring_buffer(r, 1), BYTES, 3);
}

static void abort_in_the_middle_of_a_block(void **state)
{
	struct dmaring_abort abort = { 0 };
	struct ring *r = serial_ring("rx");
	unsigned char bytes[BYTES];
	unsigned int i;

	(void)state;
	text_fill(bytes, BYTES, 9);
	push_receives(r, 2);
	type(bytes, BYTES / 2, ring_buffer(r, 0));
	assert_int_equal(ring_poll(r, POLLIN, 300), 0);
	assert_ok(xioctl(r->fd, DMARING_IOC_ABORT, &abort));
	for (i = 0; i < 2; i++)
		assert_int_equal(ring_wait(r).res, -ECANCELED);
	text_check(ring_buffer(r, 0), BYTES / 2, 9);
	push_receives(r, 1);
	type(bytes, BYTES, ring_buffer(r, 0));
	ring_expect(r, 0, 0);
	text_check(ring_buffer(r, 0), BYTES, 9);
}

/* More blocks than there is room for, read behind the engine. */
static void cyclic_stream_goes_round(void **state)
{
	const struct ring_options options = { .only = "rx", .buffers = BUFFERS,
					      .bytes = 2 * BYTES };
	const struct dmaring_kern_stream *line;
	struct dmaring_user_stream *user;
	struct dmaring_setup setup;
	unsigned char bytes[2 * BYTES];
	struct dmaring_sqe *sqe;
	uint32_t block, first;
	struct ring *r;
	int fd;

	(void)state;
	fd = device_open("serial0", O_RDWR);
	assert_int_equal(device_channel_info(fd, "rx").cyclic, DMARING_CYCLIC_YES);
	port_reset();
	setup = ring_setup_default(fd, &options);
	setup.pool.flags = DMARING_POOL_CONTIGUOUS;
	assert_ok(ring_setup(fd, &setup));
	r = ring_map(fd, &setup);
	first = r->header->first_index;
	line = (const void *)((const char *)r->header + r->header->kern_streams);
	user = (void *)((char *)r->user - r->header->user_control + r->header->user_streams);
	sqe = push(r, DMARING_OP_CYCLIC_START, 0, 1);
	sqe->bytes = 2 * BYTES;
	sqe->list_entries = BUFFERS;
	ring_kick(r);
	wait_until(__atomic_load_n(&line->state, __ATOMIC_ACQUIRE) == DMARING_STREAM_RUNNING);
	for (block = 0; block < 3 * BUFFERS; block++) {
		text_fill(bytes, sizeof(bytes), block);
		type(bytes, sizeof(bytes), ring_buffer(r, block % BUFFERS));
		wait_until(__atomic_load_n(&line->hw_seq, __ATOMIC_ACQUIRE) - first == block + 1);
		text_check(ring_buffer(r, block % BUFFERS), sizeof(bytes), block);
		__atomic_store_n(&user->user_seq, first + block + 1, __ATOMIC_RELEASE);
	}
	assert_int_equal(line->blocks_lost, 0);
	push(r, DMARING_OP_CYCLIC_STOP, 0, 2);
	ring_submit(r);
	ring_expect(r, 1, 0);
	ring_expect(r, 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(what_is_sent_is_read_there),
		system_test(a_block_ends_with_its_last_byte),
		system_test(many_blocks_come_in_order),
		system_test(silence_times_out),
		system_test(abort_in_the_middle_of_a_block),
		system_test(cyclic_stream_goes_round),
	};

	/* Run on no machine but the one that has both: without them something is wrong. */
	if (serial_setup()) {
		printf("1..1\nnot ok 1 - the port and " TERMINAL " work: %s\n", strerror(errno));
		return 1;
	}
	return system_run(tests);
}
