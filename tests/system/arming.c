// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A provider that withholds callbacks until all that a start found are done
 * (xilinx_dma): no completed block waits for a later one. arming_test.sh loads
 * such a controller.
 */
#include <fcntl.h>

#include "ring.h"

static void window_is_one_running_one_pending(void **state)
{
	struct dmaring_channel_info info = { 0 };

	(void)state;
	assert_ok(xioctl(device_open("loop0", O_RDWR), DMARING_IOC_CHANNEL, &info));
	assert_int_equal(info.window, 2);
}

static void no_block_waits_for_a_later_one(void **state)
{
	struct ring *r;
	int tx, rx;
	unsigned int i;

	(void)state;
	r = ring_open("loop0", .buffers = 16);
	tx = ring_channel(r, "tx");
	rx = ring_channel(r, "rx");
	for (i = 0; i < 8; i++)
		push_data(r, DMARING_OP_RECEIVE, rx, i, 0, 4096, i);
	ring_submit(r);
	/* Each arrives though later ones are armed and nothing comes for them. */
	for (i = 0; i < 8; i++) {
		struct dmaring_cqe c[2];

		pattern_fill(ring_buffer(r, 8), 4096, i);
		push_data(r, DMARING_OP_SEND, tx, 8, 0, 4096, 100);
		ring_submit(r);
		ring_collect(r, c, 2);
		assert_int_equal(cqe_find(c, 2, i)->res, 0);
		assert_int_equal(cqe_find(c, 2, 100)->res, 0);
		pattern_check(ring_buffer(r, i), 4096, i);
	}
}

static void a_thousand_blocks_pass(void **state)
{
	struct dmaring_cqe c[2];
	struct ring *r;
	unsigned int i;
	int tx, rx;

	(void)state;
	r = ring_open("loop0", .sq = 64, .buffers = 2);
	tx = ring_channel(r, "tx");
	rx = ring_channel(r, "rx");
	for (i = 0; i < 1000; i++) {
		push_data(r, DMARING_OP_RECEIVE, rx, 0, 0, 512, 1);
		push_data(r, DMARING_OP_SEND, tx, 1, 0, 512, 2);
		ring_submit(r);
		ring_collect(r, c, 2);
		assert_int_equal(c[0].res | c[1].res, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(window_is_one_running_one_pending),
		system_test(no_block_waits_for_a_later_one),
		system_test(a_thousand_blocks_pass),
	};

	return system_run(tests);
}
