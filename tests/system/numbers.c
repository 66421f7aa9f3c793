// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks that are numbered in the metadata of their descriptors: the lost ones
 * are counted exactly, whatever the engine's way of giving metadata. And the same
 * source without: loss is flagged. numbers_test.sh loads such controllers.
 */
#include <poll.h>
#include <string.h>

#include "cyclic.h"

#define BUFFERS	4
#define MANY	48		/* more than a window */
#define SIZE	1024

struct numbered {
	struct ring *r;
	const struct dmaring_kern_stream *line;
	bool exact;
	uint64_t last;		/* number in the block itself */
	uint64_t missing;	/* by those numbers */
	uint64_t blocks;
	uint64_t dropped;	/* of the source, before */
};

static struct numbered numbered_open(unsigned int per_second)
{
	struct numbered n = { .dropped = knob_number("source0", "dropped_blocks") };

	knob_set("source0", "block_bytes", SIZE);
	knob_set("source0", "sequence", 1);
	knob_set("source0", "blocks_per_second", per_second);
	n.r = ring_open("source0", .sq = 64, .buffers = MANY, .bytes = SIZE);
	n.exact = device_channel_info(n.r->fd, "rx").flags & DMARING_LOSS_EXACT;
	n.line = (const void *)((const char *)n.r->header + n.r->header->kern_streams);
	return n;
}

static void receive(struct numbered *n, unsigned int buffer, uint32_t timeout_us)
{
	push_data(n->r, DMARING_OP_RECEIVE, 0, buffer, 0, SIZE, buffer)->timeout_us = timeout_us;
	ring_submit(n->r);
}

/* The next block, and what is known of those before it: to the block, at the block. */
static struct dmaring_cqe next(struct numbered *n)
{
	struct dmaring_cqe c = ring_wait(n->r);
	uint64_t number, missing;

	assert_int_equal(c.res, 0);
	memcpy(&number, ring_buffer(n->r, c.buffer), sizeof(number));
	missing = n->blocks ? number - n->last - 1 : 0;
	n->last = number;
	n->missing += missing;
	n->blocks++;
	assert_int_equal(c.blocks_lost, n->exact ? missing : 0);
	if (n->exact)
		assert_false(c.flags & DMARING_CQE_LOSS_UNKNOWN);
	/* The status line is not behind the completions. */
	assert_true(n->line->blocks_total >= n->blocks);
	assert_true(n->line->blocks_lost >= (n->exact ? n->missing : 0));
	return c;
}

static int source_teardown(void **state)
{
	knob_set("source0", "bytes_per_second", 0);
	return cyclic_teardown(state);
}

/* Nothing is armed for a while, again and again. */
static void loss_is_counted_or_flagged(void **state)
{
	struct numbered n = numbered_open(2000);
	unsigned int round, i, k;
	struct dmaring_cqe c;

	(void)state;
	for (round = 0; round < 5; round++) {
		for (k = 0; k < BUFFERS; k++)
			receive(&n, k, 0);
		for (i = 0; i < 40; i++) {
			c = next(&n);
			if (!n.exact && !i)
				assert_int_equal(!!(c.flags & DMARING_CQE_LOSS_UNKNOWN), !!round);
			receive(&n, c.buffer, 0);
		}
		for (k = 0; k < BUFFERS; k++)
			next(&n);
		assert_int_equal(n.line->blocks_total, n.blocks);
		assert_int_equal(n.line->blocks_lost, n.exact ? n.missing : 0);
		assert_true(n.line->starved >= round);
		poll(NULL, 0, 30);
	}
	/* At rest the source says the same: it waits, and drops no more. */
	knob_set("source0", "bytes_per_second", 0);
	receive(&n, 0, 0);
	next(&n);
	assert_true(n.missing >= 5 * 20);
	assert_int_equal(n.missing, knob_number("source0", "dropped_blocks") - n.dropped);
	assert_true(n.line->starved_ns >= 5 * 30000000ULL);
}

/*
 * All that is armed is done before the first callback comes, and what waits
 * behind it is armed too late. The channel never runs dry from where the driver
 * stands.
 */
static void late_callbacks_hide_nothing(void **state)
{
	struct numbered n = numbered_open(2000);
	uint32_t window = device_channel_info(n.r->fd, "rx").window, i;
	struct dmaring_cqe c;
	uint64_t missing;

	(void)state;
	assert_true(window < MANY);
	fault_set("source0", "rx", "delay_callback_us", "1 200000");
	/* With one doorbell: a busy channel is looked at when something completes. */
	for (i = 0; i < MANY; i++)
		push_data(n.r, DMARING_OP_RECEIVE, 0, i, 0, SIZE, i);
	ring_submit(n.r);
	for (i = 0; i < MANY; i++) {
		missing = n.missing;
		c = next(&n);
		if (i < window)
			assert_int_equal(n.missing, 0);
		if (i != window)
			continue;
		assert_true(n.missing - missing >= 10);
		assert_true(n.exact || c.flags & DMARING_CQE_LOSS_UNKNOWN);
		assert_true(n.line->starved);
	}
}

/* Its number is gone with its callback, and found again in the next one. */
static void lost_callback_loses_no_count(void **state)
{
	struct numbered n = numbered_open(0);
	struct dmaring_cqe c;

	(void)state;
	if (!n.exact)
		return;
	receive(&n, 0, 0);
	next(&n);
	fault_set("source0", "rx", "lose_callback", "1");
	receive(&n, 1, 20000);
	c = ring_wait(n.r);
	assert_int_equal(c.res, 0);
	assert_int_equal(c.blocks_lost, 0);
	assert_true(c.flags & DMARING_CQE_LOSS_UNKNOWN);
	n.last++;
	n.blocks++;
	receive(&n, 2, 0);
	next(&n);
	assert_int_equal(n.missing, 0);
}

/* A new owner begins anew: what came while nobody wanted it is nobody's loss. */
static void each_owner_begins_anew(void **state)
{
	struct numbered n = numbered_open(2000);

	(void)state;
	receive(&n, 0, 0);
	next(&n);
	ring_close(n.r);
	poll(NULL, 0, 20);
	n = numbered_open(2000);
	receive(&n, 0, 0);
	assert_int_equal(next(&n).blocks_lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(loss_is_counted_or_flagged, source_teardown),
		cmocka_unit_test_teardown(late_callbacks_hide_nothing, source_teardown),
		cmocka_unit_test_teardown(lost_callback_loses_no_count, source_teardown),
		cmocka_unit_test_teardown(each_owner_begins_anew, source_teardown),
	};

	return system_run(tests);
}
