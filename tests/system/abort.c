// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ABORT, as an operation and as an ioctl: everything before it on the channel
 * ends, and the channel serves on.
 */
#include <fcntl.h>
#include <string.h>

#include "ring.h"

static struct ring *receiver(void)
{
	return ring_open("loop0", .only = "rx", .sq = 128, .bytes = 4096);
}

/* The channel moves data as if nothing had been. */
static void channel_works(struct ring *in)
{
	struct ring *out = ring_open("loop0", .only = "tx", .bytes = 4096);
	unsigned int i;

	for (i = 0; i < 4; i++) {
		pattern_fill(ring_buffer(out, 0), 4096, i);
		memset(ring_buffer(in, 0), 0, 4096);
		push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 4096, 100 + i);
		push_data(out, DMARING_OP_SEND, 0, 0, 0, 4096, i);
		ring_submit(in);
		ring_submit(out);
		ring_expect(out, i, 0);
		assert_int_equal(ring_expect(in, 100 + i, 0).bytes, 4096);
		pattern_check(ring_buffer(in, 0), 4096, i);
	}
	ring_close(out);
}

static int abort_ioctl(struct ring *r, uint32_t channel)
{
	struct dmaring_abort a = { .channel = channel };

	return xioctl(r->fd, DMARING_IOC_ABORT, &a);
}

static void of_an_idle_channel_completes(void **state)
{
	struct ring *r = receiver();
	struct dmaring_cqe c;

	(void)state;
	push(r, DMARING_OP_ABORT, 0, 1);
	ring_kick(r);
	c = ring_expect(r, 1, 0);
	assert_int_equal(c.opcode, DMARING_OP_ABORT);
	channel_works(r);
}

static void ends_issued_and_queued(void **state)
{
	struct ring *r = receiver();
	unsigned int window = device_channel_info(r->fd, "rx").window;
	unsigned int i, n = window + 5, started = 0;
	struct dmaring_cqe c;

	(void)state;
	assert_true(n + 1 <= 128);
	for (i = 0; i < n; i++)
		push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, 4096, i);
	ring_kick(r);
	wait_until(ring_sq_head(r) == r->sq_tail);
	push(r, DMARING_OP_ABORT, 0, 1000);
	ring_kick(r);
	for (i = 0; i < n; i++) {
		c = ring_wait(r);
		assert_int_equal(c.res, -ECANCELED);
		assert_true(c.user_data < n);
		assert_int_equal(!!(c.flags & DMARING_CQE_STARTED), c.user_data < window);
		started += !!(c.flags & DMARING_CQE_STARTED);
		/* Never begun means nothing moved; else nobody knows. */
		if (!(c.flags & DMARING_CQE_STARTED))
			assert_true(c.flags & DMARING_CQE_LEN_UNKNOWN ||
				    (c.flags & DMARING_CQE_LEN_EXACT && !c.bytes));
	}
	assert_int_equal(started, window);
	ring_expect(r, 1000, 0);
	channel_works(r);
}

static void what_follows_is_carried_out(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 4096, 1);
		if (i & 1)
			ring_kick(in);
		push(in, DMARING_OP_ABORT, 0, 2);
		push_data(in, DMARING_OP_RECEIVE, 0, 1, 0, 4096, 3);
		ring_kick(in);
		ring_expect(in, 1, -ECANCELED);
		ring_expect(in, 2, 0);
		pattern_fill(ring_buffer(out, 0), 4096, i);
		push_data(out, DMARING_OP_SEND, 0, 0, 0, 4096, 4);
		ring_submit(out);
		ring_expect(in, 3, 0);
		ring_expect(out, 4, 0);
		pattern_check(ring_buffer(in, 1), 4096, i);
	}
}

static void two_in_a_row(void **state)
{
	struct ring *r = receiver();

	(void)state;
	push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, 4096, 1);
	push(r, DMARING_OP_ABORT, 0, 2);
	push(r, DMARING_OP_ABORT, 0, 3);
	ring_kick(r);
	ring_expect(r, 1, -ECANCELED);
	ring_expect(r, 2, 0);
	ring_expect(r, 3, 0);
	channel_works(r);
}

static void leaves_the_other_channel_alone(void **state)
{
	struct ring *r = ring_open("loop0", .bytes = 4096);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	struct dmaring_cqe c[2];

	(void)state;
	push_data(r, DMARING_OP_RECEIVE, rx, 0, 0, 4096, 1);
	push(r, DMARING_OP_ABORT, tx, 2);
	ring_kick(r);
	ring_expect(r, 2, 0);
	pattern_fill(ring_buffer(r, 1), 4096, 7);
	push_data(r, DMARING_OP_SEND, tx, 1, 0, 4096, 3);
	ring_submit(r);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, 1)->res, 0);
	assert_int_equal(cqe_find(c, 2, 3)->res, 0);
	pattern_check(ring_buffer(r, 0), 4096, 7);
}

/* Sends that back-pressure holds. */
static void of_a_send_channel(void **state)
{
	struct ring *r = ring_open("loop0", .only = "tx", .bytes = 4 << 20, .buffers = 2);
	unsigned int i, n = 0;
	struct dmaring_cqe c;

	(void)state;
	for (i = 0; i < 8; i++)
		push_data(r, DMARING_OP_SEND, 0, i % 2, 0, 4 << 20, i);
	ring_kick(r);
	push(r, DMARING_OP_ABORT, 0, 100);
	ring_kick(r);
	do {
		c = ring_wait(r);
		if (c.user_data != 100)
			n += c.res == -ECANCELED;
	} while (c.user_data != 100);
	assert_int_equal(c.res, 0);
	/* What is on its way into the block's FIFO may be through. */
	assert_true(n >= 7);
}

static void of_a_shared_channel_spares_the_others(void **state)
{
	/* In one part: of more, some may be issued and others taken back. */
	bool bounced = device_channel_info(device_open("mem0", O_RDONLY), "copy").mapping_bytes_max;
	const uint32_t bytes = bounced ? 1 << 17 : 1 << 20;
	struct ring *a = ring_open("mem0", .sq = 64, .buffers = 2, .bytes = bytes);
	struct ring *b = ring_open("mem0", .sq = 64, .buffers = 2, .bytes = bytes);
	unsigned int i, done = 0, cancelled = 0;
	struct dmaring_cqe c;

	(void)state;
	for (i = 0; i < 40; i++) {
		push_copy(a, 1, 0, bytes, i);
		push_copy(b, 1, 0, bytes, i);
	}
	ring_kick(a);
	ring_kick(b);
	push(a, DMARING_OP_ABORT, 0, 100);
	ring_kick(a);
	do {
		c = ring_wait(a);
		if (c.user_data == 100)
			break;
		if (c.res == 0)
			done++;
		else if (c.res == -ECANCELED && !(c.flags & DMARING_CQE_STARTED))
			cancelled++;
	} while (1);
	assert_int_equal(c.res, 0);
	assert_int_equal(done + cancelled, 40);
	for (i = 0; i < 40; i++)
		ring_expect(b, i, 0);
}

static void by_ioctl(void **state)
{
	struct ring *r = receiver();
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++)
		push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, 4096, i);
	ring_submit(r);
	wait_until(ring_sq_head(r) == r->sq_tail);
	assert_ok(abort_ioctl(r, 0));
	for (i = 0; i < 10; i++)
		assert_true(ring_expect(r, i, -ECANCELED).flags & DMARING_CQE_STARTED);
	/* The ioctl itself has no completion. */
	something_else_happens();
	assert_int_equal(ring_cq_tail(r), r->cq_head);
	channel_works(r);
}

/* Where no submission slot and no completion slot is left. */
static void by_ioctl_with_full_rings(void **state)
{
	struct ring *r = ring_open("loop0", .only = "rx", .sq = 4, .cq = 8, .bytes = 4096);
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < 10; i++) {
		push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, 4096, i);
		ring_kick(r);
	}
	wait_until(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	assert_int_equal(r->sq_tail - ring_sq_head(r), 4);
	assert_ok(abort_ioctl(r, 0));
	for (i = 0; i < 6; i++)
		ring_expect(r, i, -ECANCELED);
	/* The four that were not consumed are later than the abort. */
	assert_ok(ring_doorbell(r));
	wait_until(ring_sq_head(r) == r->sq_tail);
	assert_ok(abort_ioctl(r, 0));
	for (; i < 10; i++, n++)
		ring_expect(r, i, -ECANCELED);
	assert_int_equal(n, 4);
}

static void by_ioctl_when_idle(void **state)
{
	struct ring *r = ring_open("loop0");
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_ok(abort_ioctl(r, 0));
		assert_ok(abort_ioctl(r, 1));
	}
	assert_int_equal(ring_cq_tail(r), r->cq_head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(of_an_idle_channel_completes),
		system_test(ends_issued_and_queued),
		system_test(what_follows_is_carried_out),
		system_test(two_in_a_row),
		system_test(leaves_the_other_channel_alone),
		system_test(of_a_send_channel),
		system_test(of_a_shared_channel_spares_the_others),
		system_test(by_ioctl),
		system_test(by_ioctl_with_full_rings),
		system_test(by_ioctl_when_idle),
	};

	return system_run(tests);
}
