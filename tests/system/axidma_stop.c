// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The limit of QEMU's AXI DMA after which nothing works: run by tests/vm/axidma_test.sh, at
 * its end.
 */
#include "attribute.h"

#define BYTES 4096U

static void push_receive(struct ring *r, uint64_t user_data)
{
	push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 1, 0, BYTES,
		  user_data)->timeout_us = 2000000;
	ring_submit(r);
}

static void send_packet(struct ring *r, uint64_t user_data)
{
	push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 0, 0, 1000, user_data);
	ring_submit(r);
}

static void loop_one(struct ring *r, int res)
{
	struct dmaring_cqe c[2];

	push_receive(r, 1);
	send_packet(r, 2);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, 2)->res, 0);
	assert_int_equal(cqe_find(c, 2, 1)->res, res);
}

/* While its engine runs and has no descriptor left; a stopped one keeps the packet. */
static void model_is_stopped_by_a_packet_without_a_receive(void **state)
{
	struct ring *r = ring_open("axi0", .sq = 16, .buffers = 2, .bytes = BYTES);
	unsigned int i;

	(void)state;
	loop_one(r, 0);
	send_packet(r, 3);
	ring_expect(r, 3, 0);
	for (i = 0; i < 3; i++)
		loop_one(r, -ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(model_is_stopped_by_a_packet_without_a_receive),
	};

	return system_run(tests);
}
