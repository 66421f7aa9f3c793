// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time-outs: at once for what the engine has not seen, by ending the channel
 * where the ring owns it, late where it is shared.
 */
#include <string.h>

#include "attribute.h"

#define MS	1000000ULL
#define BYTES	4096

static struct ring *receiver(void)
{
	return ring_open("loop0", .only = "rx", .sq = 128, .bytes = BYTES);
}

static struct dmaring_sqe *push_receive(struct ring *r, uint64_t user_data,
					uint32_t timeout_us)
{
	struct dmaring_sqe *sqe;

	sqe = push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, BYTES, user_data);
	sqe->timeout_us = timeout_us;
	return sqe;
}

static void send_one(struct ring *out, uint64_t user_data)
{
	push_data(out, DMARING_OP_SEND, 0, 0, 0, BYTES, user_data);
	ring_submit(out);
	ring_expect(out, user_data, 0);
}

static void queued_times_out_alone(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	unsigned int window = device_channel_info(in->fd, "rx").window, i;
	uint64_t start = now_ns();
	struct dmaring_cqe c;

	(void)state;
	for (i = 0; i < window; i++)
		push_receive(in, i, 0);
	push_receive(in, 1000, 30000);
	push_receive(in, 1001, 0);
	ring_kick(in);
	c = ring_expect(in, 1000, -ETIMEDOUT);
	assert_true(now_ns() - start >= 30 * MS);
	assert_true(c.flags & DMARING_CQE_TIMED_OUT);
	assert_false(c.flags & DMARING_CQE_STARTED);
	/* Nobody else has noticed. */
	for (i = 0; i < window; i++) {
		send_one(out, i);
		ring_expect(in, i, 0);
	}
	send_one(out, 5);
	ring_expect(in, 1001, 0);
}

static void issued_ends_the_owned_channel(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	unsigned int window = device_channel_info(in->fd, "rx").window, i;
	uint64_t start = now_ns();
	struct dmaring_cqe c[128];

	(void)state;
	push_receive(in, 0, 30000);
	for (i = 1; i < window; i++)
		push_receive(in, i, 0);
	push_receive(in, 1000, 0);
	push_receive(in, 1001, 0);
	ring_kick(in);
	ring_collect(in, c, window);
	assert_true(now_ns() - start >= 30 * MS);
	for (i = 0; i < window; i++) {
		assert_true(cqe_find(c, window, i)->flags & DMARING_CQE_STARTED);
		assert_int_equal(cqe_find(c, window, i)->res, i ? -ECANCELED : -ETIMEDOUT);
		assert_int_equal(!!(cqe_find(c, window, i)->flags & DMARING_CQE_TIMED_OUT),
				 !i);
	}
	/* What was queued goes on. */
	assert_int_equal(ring_cq_tail(in), in->cq_head);
	send_one(out, 1);
	ring_expect(in, 1000, 0);
	send_one(out, 2);
	ring_expect(in, 1001, 0);
}

static void says_what_the_engine_said(void **state)
{
	struct ring *in = receiver();
	struct dmaring_cqe c;

	(void)state;
	push_receive(in, 1, 20000);
	ring_kick(in);
	c = ring_expect(in, 1, -ETIMEDOUT);
	assert_int_equal(c.engine, DMARING_ENGINE_RUNNING);
	assert_int_equal(c.residue, BYTES);
	assert_int_equal(c.opcode, DMARING_OP_RECEIVE);
}

static void channel_serves_on(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		push_receive(in, 1, 10000);
		ring_kick(in);
		ring_expect(in, 1, -ETIMEDOUT);
		pattern_fill(ring_buffer(out, 0), BYTES, i);
		memset(ring_buffer(in, 0), 0, BYTES);
		push_receive(in, 2, 0);
		ring_kick(in);
		send_one(out, i);
		ring_expect(in, 2, 0);
		pattern_check(ring_buffer(in, 0), BYTES, i);
	}
}

static void in_time_means_nothing(void **state)
{
	struct ring *r = ring_open("mem0");
	unsigned int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		push_copy(r, 1, 0, BYTES, i)->timeout_us = 60000000;
		ring_submit(r);
		assert_false(ring_expect(r, i, 0).flags & DMARING_CQE_TIMED_OUT);
	}
}

/* Each at its own time; together only if the machine is late for both. */
static void each_in_its_own_time(void **state)
{
	static const uint32_t ms[] = { 90, 30, 70, 10, 50 };
	struct ring *in = receiver();
	unsigned int window = device_channel_info(in->fd, "rx").window, i;
	struct dmaring_cqe c[ARRAY_SIZE(ms)];
	uint64_t start;

	(void)state;
	for (i = 0; i < window; i++)
		push_receive(in, 1000 + i, 0);
	for (i = 0; i < ARRAY_SIZE(ms); i++)
		push_receive(in, i, ms[i] * 1000);
	start = now_ns();
	ring_kick(in);
	ring_collect(in, c, ARRAY_SIZE(ms));
	for (i = 0; i < ARRAY_SIZE(ms); i++) {
		assert_int_equal(cqe_find(c, ARRAY_SIZE(ms), i)->res, -ETIMEDOUT);
		assert_true(cqe_find(c, ARRAY_SIZE(ms), i)->time_ns >= start + ms[i] * MS);
	}
}

static void held_back_by_a_fence_times_out(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	struct dmaring_cqe c;

	(void)state;
	push_receive(in, 1, 0);
	push(in, DMARING_OP_FENCE, 0, 2);
	push_receive(in, 3, 20000);
	ring_kick(in);
	c = ring_expect(in, 3, -ETIMEDOUT);
	assert_false(c.flags & DMARING_CQE_STARTED);
	send_one(out, 1);
	ring_expect(in, 1, 0);
	ring_expect(in, 2, 0);
}

static void of_a_send_that_nobody_takes(void **state)
{
	struct ring *out = ring_open("loop0", .only = "tx", .bytes = 1 << 20);
	struct dmaring_cqe c;

	(void)state;
	push_data(out, DMARING_OP_SEND, 0, 0, 0, 1 << 20, 1)->timeout_us = 20000;
	ring_submit(out);
	c = ring_expect(out, 1, -ETIMEDOUT);
	assert_true(c.flags & DMARING_CQE_STARTED);
	assert_true(c.flags & DMARING_CQE_TIMED_OUT);
}

static void counted(void **state)
{
	uint64_t before = attribute_number("loop0", "rx/timeouts");
	struct ring *in = receiver();

	(void)state;
	push_receive(in, 1, 10000);
	ring_kick(in);
	ring_expect(in, 1, -ETIMEDOUT);
	assert_int_equal(attribute_number("loop0", "rx/timeouts"), before + 1);
}

/* Nobody terminates a shared channel: the completion comes when it is done. */
static void on_a_shared_channel_completes_late(void **state)
{
	struct ring *a = ring_open("mem0"), *b = ring_open("mem0");
	uint64_t start = now_ns();
	struct dmaring_cqe c;

	(void)state;
	fault_set("mem0", "copy", "late_us", "1 100000");
	push_copy(a, 1, 0, BYTES, 1)->timeout_us = 10000;
	ring_submit(a);
	push_copy(b, 1, 0, BYTES, 2);
	ring_submit(b);
	c = ring_expect(a, 1, -ETIMEDOUT);
	assert_true(now_ns() - start >= 100 * MS);
	assert_true(c.flags & DMARING_CQE_TIMED_OUT);
	assert_true(c.flags & DMARING_CQE_STARTED);
	ring_expect(b, 2, 0);
}

static void hung_engine_is_terminated(void **state)
{
	struct ring *r = ring_open("sink0");
	struct dmaring_cqe c;

	(void)state;
	fault_set("sink0", "tx", "hang", "1");
	push_data(r, DMARING_OP_SEND, 0, 0, 0, BYTES, 1)->timeout_us = 20000;
	push_data(r, DMARING_OP_SEND, 0, 0, 0, BYTES, 2);
	ring_kick(r);
	c = ring_expect(r, 1, -ETIMEDOUT);
	assert_true(c.flags & DMARING_CQE_STARTED);
	ring_expect(r, 2, -ECANCELED);
	push_data(r, DMARING_OP_SEND, 0, 0, 0, BYTES, 3);
	ring_submit(r);
	ring_expect(r, 3, 0);
}

/* A lost interrupt: the engine is asked once more before it is judged. */
static void lost_callback_is_found_by_asking(void **state)
{
	struct ring *r = ring_open("sink0");

	(void)state;
	fault_set("sink0", "tx", "lose_callback", "1");
	push_data(r, DMARING_OP_SEND, 0, 0, 0, BYTES, 1)->timeout_us = 20000;
	ring_submit(r);
	ring_expect(r, 1, 0);
	push_data(r, DMARING_OP_SEND, 0, 0, 0, BYTES, 2);
	ring_submit(r);
	ring_expect(r, 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(queued_times_out_alone),
		system_test(issued_ends_the_owned_channel),
		system_test(says_what_the_engine_said),
		system_test(channel_serves_on),
		system_test(in_time_means_nothing),
		system_test(each_in_its_own_time),
		system_test(held_back_by_a_fence_times_out),
		system_test(of_a_send_that_nobody_takes),
		system_test(counted),
		fault_test(on_a_shared_channel_completes_late),
		fault_test(hung_engine_is_terminated),
		fault_test(lost_callback_is_found_by_asking),
	};

	return system_run(tests);
}
