// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Credits: there is a slot for every completion, so none is ever lost, and
 * two are kept for control.
 */
#include <poll.h>

#include "ring.h"

#define SQ	8
#define CQ	16
#define DATA	(CQ - DMARING_CONTROL_SLOTS)

static struct ring *small_ring(void)
{
	return ring_open("mem0", .sq = SQ, .cq = CQ, .buffers = 4);
}

static uint32_t waiting(struct ring *r)
{
	return ring_cq_tail(r) - r->cq_head;
}

/* Copies until the driver takes no more; all completed, none consumed. */
static unsigned int fill(struct ring *r)
{
	unsigned int n = 0;

	while (n < DATA + 4) {
		if (r->sq_tail - ring_sq_head(r) == SQ)
			break;
		push_copy(r, 1, 0, LINE_BYTES, n++);
		ring_kick(r);
		/* Completed, or held back. */
		wait_until(waiting(r) == n || ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	}
	return n;
}

static void data_leaves_two_slots(void **state)
{
	struct ring *r = small_ring();

	(void)state;
	assert_int_equal(fill(r), DATA + 4);
	wait_until(waiting(r) == DATA);
	assert_int_equal(ring_sq_head(r), r->header->first_index + DATA);
	assert_true(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	assert_true(ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL);
	/* Doorbells change nothing while nothing is consumed. */
	assert_ok(ring_doorbell(r));
	assert_int_equal(waiting(r), DATA);
}

static void doorbell_after_consuming_goes_on(void **state)
{
	struct ring *r = small_ring();
	unsigned int i;

	(void)state;
	fill(r);
	for (i = 0; i < DATA + 4; i++) {
		wait_until(waiting(r));
		ring_expect(r, i, 0);
		assert_true(waiting(r) <= DATA);
		if (ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL)
			assert_ok(ring_doorbell(r));
	}
	assert_int_equal(waiting(r), 0);
	assert_false(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
}

static void full_flag_goes_away(void **state)
{
	struct ring *r = small_ring();

	(void)state;
	fill(r);
	ring_seen(r, DATA);
	assert_ok(ring_doorbell(r));
	wait_until(waiting(r) == 4);
	assert_false(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	push_copy(r, 1, 0, LINE_BYTES, 77);
	ring_submit(r);
	ring_seen(r, 4);
	ring_expect(r, 77, 0);
}

static void control_takes_the_last_two(void **state)
{
	struct ring *r = small_ring();
	unsigned int i;

	(void)state;
	for (i = 0; i < DATA; i++) {
		push_copy(r, 1, 0, LINE_BYTES, i);
		ring_kick(r);
	}
	wait_until(waiting(r) == DATA);
	push(r, DMARING_OP_NOP, 0, 100);
	push(r, DMARING_OP_CANCEL, 0, 101)->target = 5;
	push(r, DMARING_OP_NOP, 0, 102);
	ring_kick(r);
	wait_until(waiting(r) == CQ);
	/* The third finds no slot. */
	assert_true(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	assert_int_equal(r->sq_tail - ring_sq_head(r), 1);
	for (i = 0; i < DATA; i++)
		ring_expect(r, i, 0);
	ring_expect(r, 100, 0);
	ring_expect(r, 101, -ENOENT);
	/* The end of an earlier transfer may have taken it by now, so this may be too much. */
	assert_ok(ring_doorbell(r));
	ring_expect(r, 102, 0);
}

static void requests_in_flight_hold_slots(void **state)
{
	struct ring *in = ring_open("loop0", .only = "rx", .sq = SQ, .cq = CQ);
	struct ring *out = ring_open("loop0", .only = "tx");
	unsigned int i;

	(void)state;
	for (i = 0; i < DATA + 2; i++) {
		push_data(in, DMARING_OP_RECEIVE, 0, i % 8, 0, 64, i);
		ring_kick(in);
	}
	wait_until(in->sq_tail - ring_sq_head(in) == 2);
	assert_int_equal(waiting(in), 0);
	assert_true(ring_sq_flags(in) & DMARING_SQ_CQ_FULL);
	assert_true(ring_sq_flags(in) & DMARING_SQ_NEED_DOORBELL);
	for (i = 0; i < DATA + 2; i++) {
		push_data(out, DMARING_OP_SEND, 0, 0, 0, 64, i);
		ring_submit(out);
		ring_expect(out, i, 0);
		wait_until(waiting(in));
		ring_expect(in, i, 0);
		if (ring_sq_flags(in) & DMARING_SQ_NEED_DOORBELL)
			assert_ok(ring_doorbell(in));
	}
}

/* Refused entries need a slot as well. */
static void invalid_entries_need_slots(void **state)
{
	struct ring *r = small_ring();
	unsigned int i;

	(void)state;
	for (i = 0; i < CQ + 4; i++) {
		push(r, 200, 0, i);
		ring_kick(r);
	}
	wait_until(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	assert_true(waiting(r) <= CQ);
	for (i = 0; i < CQ + 4; i++) {
		if (!waiting(r))
			assert_ok(ring_doorbell(r));
		ring_expect(r, i, -EINVAL);
	}
}

static void smallest_ring_works(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 2, .cq = 4, .buffers = 2);
	unsigned int i;

	(void)state;
	for (i = 0; i < 200; i += 2) {
		push_copy(r, 1, 0, LINE_BYTES, i);
		push_copy(r, 0, 1, LINE_BYTES, i + 1);
		ring_submit(r);
		ring_expect(r, i, 0);
		ring_expect(r, i + 1, 0);
	}
}

/* Consumes in odd portions over many turns of a small ring, past index 0. */
static void nothing_is_lost_over_many_turns(void **state)
{
	struct ring *r = small_ring();
	unsigned int submitted = 0, completed = 0, portion = 1;
	const unsigned int total = 3000;

	(void)state;
	while (completed < total) {
		while (submitted < total && r->sq_tail - ring_sq_head(r) < SQ)
			push_copy(r, 1, 0, LINE_BYTES, submitted++);
		ring_submit(r);
		assert_true(waiting(r) <= CQ);
		portion = portion * 5 % 17;
		do {
			ring_expect(r, completed++, 0);
		} while (waiting(r) && --portion);
	}
	assert_int_equal(r->kern->events_dropped, 0);
	assert_int_equal(r->cq_head - r->header->first_index, total);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(data_leaves_two_slots),
		system_test(doorbell_after_consuming_goes_on),
		system_test(full_flag_goes_away),
		system_test(control_takes_the_last_two),
		system_test(requests_in_flight_hold_slots),
		system_test(invalid_entries_need_slots),
		system_test(smallest_ring_works),
		system_test(nothing_is_lost_over_many_turns),
	};

	return system_run(tests);
}
