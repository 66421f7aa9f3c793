// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Xilinx AXI DMA under mainline's xilinx_dma, on QEMU's model of it: what is sent comes
 * back by way of AXI Ethernet, a packet for each send. Whatever the model or the driver
 * cannot do is asserted here too, so that it is noticed when that changes.
 */
#include <stdio.h>
#include <string.h>

#include "attribute.h"

#define DEVICE		"axi0"
#define BYTES		4096U	/* of a buffer */
#define PACKET_MAX	4092U	/* the MAC's memory, less its own checksum */
#define PACKET_MIN	61U
#define S		1000000000ULL

static struct ring *loop_open(void)
{
	return ring_open(DEVICE, .sq = 32, .buffers = 16, .bytes = BYTES);
}

static void push_receive(struct ring *r, unsigned int buffer, uint64_t user_data)
{
	memset(ring_buffer(r, buffer), 0xee, BYTES);
	push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), buffer, 0, BYTES, user_data);
}

static void push_send(struct ring *r, unsigned int buffer, uint32_t bytes, uint64_t user_data)
{
	pattern_fill(ring_buffer(r, buffer), bytes, user_data);
	push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), buffer, 0, bytes, user_data);
}

/* One packet there and back, from buffer 0 to buffer 1. */
static struct dmaring_cqe loop_one(struct ring *r, uint32_t bytes, uint32_t seed)
{
	struct dmaring_cqe c[2];

	push_receive(r, 1, 1000);
	ring_submit(r);
	push_send(r, 0, bytes, seed);
	ring_submit(r);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, seed)->res, 0);
	assert_int_equal(cqe_find(c, 2, seed)->bytes, bytes);
	assert_int_equal(cqe_find(c, 2, 1000)->res, 0);
	return *cqe_find(c, 2, 1000);
}

static void is_what_it_says(void **state)
{
	int fd = device_open(DEVICE, 0);
	struct dmaring_channel_info rx = device_channel_info(fd, "rx");
	struct dmaring_channel_info tx = device_channel_info(fd, "tx");

	(void)state;
	assert_string_equal(rx.provider, "xilinx-vdma");
	assert_string_equal(tx.provider, "xilinx-vdma");
	assert_false((rx.flags | tx.flags) & DMARING_SIMULATED);
	assert_int_equal(rx.kind, DMARING_CHANNEL_RECEIVE);
	assert_int_equal(tx.kind, DMARING_CHANNEL_SEND);
	/* One running, one pending: xilinx_dma reports together what it starts together. */
	assert_int_equal(rx.window, 2);
	assert_int_equal(tx.window, 2);
	assert_false(rx.flags & DMARING_LEN_KNOWN);
}

static void every_length_comes_back(void **state)
{
	struct ring *r = loop_open();
	uint32_t bytes;

	(void)state;
	for (bytes = PACKET_MIN; bytes <= PACKET_MAX;
	     bytes += bytes < 200 || bytes > 4000 ? 1 : 61) {
		loop_one(r, bytes, bytes);
		pattern_check(ring_buffer(r, 1), bytes, bytes);
		byte_check(ring_buffer(r, 1) + bytes, 0xee, BYTES - bytes);
	}
}

static void any_alignment_of_a_send_will_do(void **state)
{
	struct ring *r = loop_open();
	uint32_t offset;
	struct dmaring_cqe c[2];

	(void)state;
	for (offset = 0; offset < 40; offset++) {
		push_receive(r, 1, 1000);
		ring_submit(r);
		pattern_fill(ring_buffer(r, 0) + offset, 100, offset);
		push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 0, offset, 100, offset);
		ring_submit(r);
		ring_collect(r, c, 2);
		assert_int_equal(cqe_find(c, 2, offset)->res, 0);
		pattern_check(ring_buffer(r, 1), 100, offset);
	}
}

/* Several segments, one packet. */
static void segments_are_one_packet(void **state)
{
	struct ring *r = ring_open(DEVICE, .sq = 32, .buffers = 2, .bytes = 65536);
	struct dmaring_cqe c[2];
	struct dmaring_sqe *sqe;

	(void)state;
	sqe = push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 1, 0, BYTES, 1);
	sqe->timeout_us = 5000000;
	ring_submit(r);
	/* Across two pages of the pool, which need not lie together. */
	pattern_fill(ring_buffer(r, 0) + 3000, 3000, 7);
	push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 0, 3000, 3000, 2);
	ring_submit(r);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, 1)->res, 0);
	assert_int_equal(cqe_find(c, 2, 2)->res, 0);
	pattern_check(ring_buffer(r, 1), 3000, 7);
}

/*
 * Receives wait in a queue; each packet ends one, and is reported before the next one
 * comes. All of them started together would be reported together.
 */
static void each_packet_is_reported_by_itself(void **state)
{
	struct ring *r = loop_open();
	unsigned int i;
	struct dmaring_cqe c[2];

	(void)state;
	for (i = 0; i < 8; i++)
		push_receive(r, 1 + i, 100 + i);
	ring_submit(r);
	for (i = 0; i < 8; i++) {
		push_send(r, 0, 1000 + i, i);
		ring_submit(r);
		ring_collect(r, c, 2);
		assert_int_equal(cqe_find(c, 2, i)->res, 0);
		assert_int_equal(cqe_find(c, 2, 100 + i)->res, 0);
		pattern_check(ring_buffer(r, 1 + i), 1000 + i, i);
	}
}

static void receive_of_nothing_times_out(void **state)
{
	uint64_t before = attribute_number(DEVICE, "rx/timeouts"), start = now_ns();
	struct ring *r = loop_open();
	unsigned int round;
	struct dmaring_cqe c;

	(void)state;
	for (round = 0; round < 3; round++) {
		push_receive(r, 1, 1);
		r->sqes[(r->sq_tail - 1) % 32].timeout_us = 30000;
		start = now_ns();
		ring_submit(r);
		c = ring_expect(r, 1, -ETIMEDOUT);
		assert_true(now_ns() - start >= S * 3 / 100);
		assert_true(c.flags & DMARING_CQE_TIMED_OUT);
		assert_true(c.flags & DMARING_CQE_STARTED);
		byte_check(ring_buffer(r, 1), 0xee, BYTES);
		loop_one(r, 1500, round);
		pattern_check(ring_buffer(r, 1), 1500, round);
	}
	assert_int_equal(attribute_number(DEVICE, "rx/timeouts"), before + 3);
}

static void abort_ends_all_and_the_channel_recovers(void **state)
{
	struct ring *r = loop_open();
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++)
		push_receive(r, i, i);
	ring_submit(r);
	push(r, DMARING_OP_ABORT, ring_channel(r, "rx"), 1000);
	ring_submit(r);
	for (i = 0; i < 6; i++)
		assert_int_equal(ring_wait(r).res, -ECANCELED);
	ring_expect(r, 1000, 0);
	loop_one(r, 2000, 5);
	pattern_check(ring_buffer(r, 1), 2000, 5);
}

static void abort_of_sends_lets_them_go_on(void **state)
{
	struct ring *r = loop_open();

	(void)state;
	loop_one(r, 500, 1);
	push(r, DMARING_OP_ABORT, ring_channel(r, "tx"), 1000);
	ring_submit(r);
	ring_expect(r, 1000, 0);
	loop_one(r, 500, 2);
	pattern_check(ring_buffer(r, 1), 500, 2);
}

static void cyclic_is_refused_with_the_reason(void **state)
{
	static const char *const names[] = { "rx", "tx" };
	struct ring *r = loop_open();
	char text[128];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct dmaring_channel_info info = device_channel_info(r->fd, names[i]);
		char attribute[32];

		assert_int_equal(info.cyclic, DMARING_CYCLIC_PROVIDER);
		assert_false(info.operations & 1U << DMARING_OP_CYCLIC_START);
		push_data(r, DMARING_OP_CYCLIC_START, ring_channel(r, names[i]), 0, 0,
			  BYTES, 1);
		ring_submit(r);
		ring_expect(r, 1, -EOPNOTSUPP);
		snprintf(attribute, sizeof(attribute), "%s/cyclic", names[i]);
		attribute_text(DEVICE, attribute, text, sizeof(text));
		assert_non_null(strstr(text, "xilinx_dma"));
	}
	loop_one(r, 500, 3);
}

/* ------------------------------------------------ what the model cannot do */

/* It writes no length into its descriptors, so that xilinx_dma takes them for full. */
static void model_tells_no_length(void **state)
{
	struct ring *r = loop_open();
	struct dmaring_cqe c;

	(void)state;
	c = loop_one(r, 100, 9);
	assert_int_equal(c.bytes, BYTES);
	assert_true(c.flags & (DMARING_CQE_LEN_UPPER_BOUND | DMARING_CQE_LEN_UNKNOWN));
	assert_false(c.flags & DMARING_CQE_LEN_EXACT);
}

static void model_cuts_what_is_longer(void **state)
{
	struct ring *r = loop_open();

	(void)state;
	loop_one(r, BYTES, 4);
	pattern_check(ring_buffer(r, 1), PACKET_MAX, 4);
	byte_check(ring_buffer(r, 1) + PACKET_MAX, 0xee, BYTES - PACKET_MAX);
}

/* It never says that it has stopped, for which xilinx_dma waits a second. */
static void model_takes_a_second_to_stop(void **state)
{
	struct ring *r = loop_open();
	uint64_t start;

	(void)state;
	push_receive(r, 1, 1);
	ring_submit(r);
	wait_until(ring_sq_head(r) == r->sq_tail);
	start = now_ns();
	push(r, DMARING_OP_ABORT, ring_channel(r, "rx"), 2);
	ring_submit(r);
	ring_expect(r, 1, -ECANCELED);
	ring_expect(r, 2, 0);
	assert_in_range(now_ns() - start, S * 9 / 10, 10 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(is_what_it_says),
		system_test(every_length_comes_back),
		system_test(any_alignment_of_a_send_will_do),
		system_test(segments_are_one_packet),
		system_test(each_packet_is_reported_by_itself),
		system_test(receive_of_nothing_times_out),
		system_test(abort_ends_all_and_the_channel_recovers),
		system_test(abort_of_sends_lets_them_go_on),
		system_test(cyclic_is_refused_with_the_reason),
		system_test(model_tells_no_length),
		system_test(model_cuts_what_is_longer),
		system_test(model_takes_a_second_to_stop),
	};

	return system_run(tests);
}
