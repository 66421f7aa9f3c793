// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What goes wrong in the engine ends in a completion that says what, and the
 * channel goes on. Needs the virtual controller's fault injection.
 */
#include <string.h>

#include "load.h"

static void push_one(struct ring *r, unsigned int opcode, uint64_t user_data)
{
	push_data(r, opcode, 0, 1, 0, BYTES, user_data);
}

static void transfers_work(struct ring *r, unsigned int opcode)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		push_one(r, opcode, 100 + i);
		ring_submit(r);
		ring_expect(r, 100 + i, 0);
	}
}

static void error_says_what_the_engine_said(void **state)
{
	static const struct { const char *fault; unsigned int engine; } errors[] = {
		{ "1 read", DMARING_ENGINE_READ_FAILED },
		{ "1 write", DMARING_ENGINE_WRITE_FAILED },
		{ "1 aborted", DMARING_ENGINE_ABORTED },
	};
	const struct side *s;
	struct dmaring_cqe c;
	struct ring *r;
	size_t i;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device);
		for (i = 0; i < ARRAY_SIZE(errors); i++) {
			fault_set(s->device, s->channel, "fail_error", errors[i].fault);
			push_one(r, s->opcode, i);
			ring_submit(r);
			c = ring_expect(r, i, -EIO);
			assert_int_equal(c.engine, errors[i].engine);
			assert_true(c.flags & DMARING_CQE_STARTED);
			assert_true(c.flags & DMARING_CQE_LEN_UNKNOWN);
			assert_false(c.flags & DMARING_CQE_LEN_EXACT);
		}
		transfers_work(r, s->opcode);
	}
}

static void error_hits_one_of_many(void **state)
{
	const struct side *s;
	unsigned int i;
	struct ring *r;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device, .sq = 32);
		fault_set(s->device, s->channel, "fail_error", "1");
		for (i = 0; i < 20; i++)
			push_one(r, s->opcode, i);
		ring_submit(r);
		for (i = 0; i < 20; i++)
			ring_expect(r, i, i ? 0 : -EIO);
	}
}

static void errors_are_counted(void **state)
{
	const struct side *s;
	uint64_t before;
	char name[32];
	struct ring *r;
	unsigned int i;

	(void)state;
	for_each_side(s) {
		strcat(strcpy(name, s->channel), "/errors");
		before = attribute_number(s->device, name);
		r = ring_open(s->device);
		fault_set(s->device, s->channel, "fail_error", "3");
		for (i = 0; i < 5; i++)
			push_one(r, s->opcode, i);
		ring_submit(r);
		for (i = 0; i < 5; i++)
			ring_expect(r, i, i < 3 ? -EIO : 0);
		assert_int_equal(attribute_number(s->device, name), before + 3);
	}
}

static void error_on_a_shared_channel_spares_the_others(void **state)
{
	struct ring *a = ring_open("mem0"), *b = ring_open("mem0");

	(void)state;
	fault_set("mem0", "copy", "fail_error", "1");
	push_copy(a, 1, 0, BYTES, 1);
	ring_submit(a);
	push_copy(b, 1, 0, BYTES, 2);
	ring_submit(b);
	ring_expect(a, 1, -EIO);
	ring_expect(b, 2, 0);
}

static void prep_that_fails_once_is_tried_again(void **state)
{
	const struct side *s;
	struct ring *r;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device);
		fault_set(s->device, s->channel, "fail_prep", "1");
		push_one(r, s->opcode, 1);
		push_one(r, s->opcode, 2);
		ring_submit(r);
		ring_expect(r, 1, 0);
		ring_expect(r, 2, 0);
	}
}

static void prep_that_always_fails_is_eio(void **state)
{
	const struct side *s;
	struct dmaring_cqe c;
	struct ring *r;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device);
		fault_set(s->device, s->channel, "fail_prep", "-1");
		push_one(r, s->opcode, 1);
		ring_submit(r);
		c = ring_expect(r, 1, -EIO);
		assert_int_equal(c.engine, DMARING_ENGINE_UNKNOWN);
		assert_false(c.flags & DMARING_CQE_STARTED);
		fault_set(s->device, s->channel, "fail_prep", "0");
		transfers_work(r, s->opcode);
	}
}

/* With something in flight its completion tries again. */
static void prep_failure_waits_for_what_is_in_flight(void **state)
{
	struct ring *in = ring_open("loop0", .only = "rx");
	struct ring *out = ring_open("loop0", .only = "tx");
	unsigned int i;

	(void)state;
	push_one(in, DMARING_OP_RECEIVE, 1);
	ring_kick(in);
	fault_set("loop0", "rx", "fail_prep", "1");
	push_one(in, DMARING_OP_RECEIVE, 2);
	push_one(in, DMARING_OP_RECEIVE, 3);
	ring_kick(in);
	for (i = 1; i <= 3; i++) {
		push_one(out, DMARING_OP_SEND, i);
		ring_submit(out);
		ring_expect(out, i, 0);
		ring_expect(in, i, 0);
	}
}

static void short_receive_says_how_short(void **state)
{
	struct ring *r = ring_open("source0");
	struct dmaring_cqe c;

	(void)state;
	fault_set("source0", "rx", "short", "1 100");
	push_one(r, DMARING_OP_RECEIVE, 1);
	ring_submit(r);
	c = ring_expect(r, 1, 0);
	if (device_channel_info(r->fd, "rx").flags & DMARING_LEN_KNOWN) {
		assert_true(c.flags & DMARING_CQE_LEN_EXACT);
		assert_int_equal(c.bytes, BYTES - 100);
		assert_int_equal(c.residue, 100);
	} else {
		assert_true(c.flags & DMARING_CQE_LEN_UPPER_BOUND);
		assert_true(c.bytes >= BYTES - 100);
	}
	transfers_work(r, DMARING_OP_RECEIVE);
}

static void late_transfers_arrive(void **state)
{
	const struct side *s;
	uint64_t start;
	struct ring *r;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device);
		fault_set(s->device, s->channel, "late_us", "1 30000");
		start = now_ns();
		push_one(r, s->opcode, 1);
		push_one(r, s->opcode, 2);
		ring_submit(r);
		ring_expect(r, 1, 0);
		assert_true(now_ns() - start >= 30000000);
		ring_expect(r, 2, 0);
	}
}

static void delayed_callbacks_arrive(void **state)
{
	const struct side *s;
	struct ring *r;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device);
		fault_set(s->device, s->channel, "delay_callback_us", "3 5000");
		push_one(r, s->opcode, 1);
		push_one(r, s->opcode, 2);
		push_one(r, s->opcode, 3);
		ring_submit(r);
		ring_expect(r, 1, 0);
		ring_expect(r, 2, 0);
		ring_expect(r, 3, 0);
	}
}

/* Callbacks that come once too often complete nothing twice. */
static void extra_callbacks(const char *knob)
{
	const struct side *s;
	unsigned int i;
	struct ring *r;

	for_each_side(s) {
		r = ring_open(s->device, .sq = 32);
		fault_set(s->device, s->channel, knob, "-1");
		for (i = 0; i < 20; i++)
			push_one(r, s->opcode, i);
		ring_submit(r);
		for (i = 0; i < 20; i++)
			ring_expect(r, i, 0);
		fault_set(s->device, s->channel, knob, "0");
		transfers_work(r, s->opcode);
		assert_int_equal(ring_cq_tail(r), r->cq_head);
		ring_close(r);
	}
}

static void double_callbacks_complete_once(void **state)
{
	(void)state;
	extra_callbacks("double_callback");
}

static void spurious_callbacks_complete_once(void **state)
{
	(void)state;
	extra_callbacks("spurious_callback");
}

/* Closing does not wait for what an engine that hangs will never do. */
static void hung_engine_does_not_keep_the_ring_open(void **state)
{
	struct ring *r = ring_open("sink0");

	(void)state;
	fault_set("sink0", "tx", "hang", "1");
	push_one(r, DMARING_OP_SEND, 1);
	ring_submit(r);
	ring_close(r);
	r = ring_open("sink0");
	transfers_work(r, DMARING_OP_SEND);
}

static void hung_engine_is_freed_by_abort(void **state)
{
	struct ring *r = ring_open("source0");

	(void)state;
	fault_set("source0", "rx", "hang", "1");
	push_one(r, DMARING_OP_RECEIVE, 1);
	push_one(r, DMARING_OP_RECEIVE, 2);
	ring_kick(r);
	push(r, DMARING_OP_ABORT, 0, 3);
	ring_kick(r);
	assert_true(ring_expect(r, 1, -ECANCELED).flags & DMARING_CQE_STARTED);
	ring_expect(r, 2, -ECANCELED);
	ring_expect(r, 3, 0);
	transfers_work(r, DMARING_OP_RECEIVE);
}

/* Pages that an engine may still write to are never given to anybody. */
static void engine_that_will_not_stop_is_quarantined(void **state)
{
	uint64_t before = attribute_number("source0", "counters/quarantined_pages");
	struct ring *r = ring_open("source0", .buffers = 8, .bytes = 65536);
	struct dmaring_cqe c;

	(void)state;
	fault_set("source0", "rx", "hang", "1");
	fault_set("source0", "rx", "refuse_stop", "1");
	push_one(r, DMARING_OP_RECEIVE, 1);
	ring_kick(r);
	push(r, DMARING_OP_ABORT, 0, 2);
	ring_kick(r);
	c = ring_expect(r, 1, -EIO);
	assert_true(c.flags & DMARING_CQE_QUARANTINED);
	ring_expect(r, 2, 0);
	ring_close(r);
	wait_until(attribute_number("source0", "counters/quarantined_pages") >=
		   before + 8 * 65536 / 4096);
	/* The next opener's attempt to stop it succeeds. */
	r = ring_open("source0");
	transfers_work(r, DMARING_OP_RECEIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fault_test(error_says_what_the_engine_said),
		fault_test(error_hits_one_of_many),
		fault_test(errors_are_counted),
		fault_test(error_on_a_shared_channel_spares_the_others),
		fault_test(prep_that_fails_once_is_tried_again),
		fault_test(prep_that_always_fails_is_eio),
		fault_test(prep_failure_waits_for_what_is_in_flight),
		fault_test(short_receive_says_how_short),
		fault_test(late_transfers_arrive),
		fault_test(delayed_callbacks_arrive),
		fault_test(double_callbacks_complete_once),
		fault_test(spurious_callbacks_complete_once),
		fault_test(hung_engine_does_not_keep_the_ring_open),
		fault_test(hung_engine_is_freed_by_abort),
		fault_test(engine_that_will_not_stop_is_quarantined),
	};

	return system_run(tests);
}
