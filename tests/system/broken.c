// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A user who writes nonsense into the shared indices: the ring fails stop or
 * waits, nothing else is hurt.
 */
#include <poll.h>
#include <string.h>

#include "ring.h"

static void store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static uint32_t ring_state(struct ring *r)
{
	return __atomic_load_n(&r->kern->state, __ATOMIC_ACQUIRE);
}

static void is_broken(struct ring *r)
{
	assert_error(ring_doorbell(r), EIO);
	assert_int_equal(ring_state(r), DMARING_RING_BROKEN);
	assert_true(ring_poll(r, POLLIN | POLLOUT, 0) & POLLERR);
}

static void tail_jump(uint32_t distance)
{
	struct ring *r = ring_open("mem0", .sq = 8);
	uint32_t first = r->header->first_index;

	memset(r->sqes, 0xff, 8 * sizeof(*r->sqes));
	store(&r->user->sq_tail, first + distance);
	is_broken(r);
	assert_int_equal(ring_sq_head(r), first);
	assert_int_equal(ring_cq_tail(r), first);
	ring_close(r);
}

static void tail_too_far_breaks_the_ring(void **state)
{
	(void)state;
	tail_jump(9);
	tail_jump(10);
	tail_jump(1U << 16);
	tail_jump(1U << 31);
}

static void tail_backwards_breaks_the_ring(void **state)
{
	(void)state;
	tail_jump(-1U);
	tail_jump(-8U);
}

static void full_ring_is_not_broken(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 8);
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++)
		push(r, DMARING_OP_NOP, 0, i);
	ring_kick(r);
	for (i = 0; i < 8; i++)
		ring_expect(r, i, 0);
	assert_int_equal(ring_state(r), DMARING_RING_RUNNING);
}

static void broken_is_for_good(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 8);

	(void)state;
	store(&r->user->sq_tail, r->sq_tail + 100);
	is_broken(r);
	push(r, DMARING_OP_NOP, 0, 1);
	ring_publish(r);
	is_broken(r);
	assert_int_equal(ring_cq_tail(r), r->cq_head);
}

static void broken_wakes_by_epollerr_from_a_doorbell_eventfd_too(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 8);
	uint64_t one = 1;
	int fd = ring_eventfd(r, DMARING_EVENTFD_DOORBELL);

	(void)state;
	store(&r->user->sq_tail, r->sq_tail + 100);
	event_write(fd, one);
	assert_true(ring_poll(r, POLLIN, WAIT_MS) & POLLERR);
	assert_int_equal(ring_state(r), DMARING_RING_BROKEN);
}

static void what_was_in_flight_still_completes(void **state)
{
	struct ring *in = ring_open("loop0", .only = "rx");
	struct ring *out = ring_open("loop0", .only = "tx");

	(void)state;
	push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 64, 1);
	ring_submit(in);
	store(&in->user->sq_tail, in->sq_tail + 1000);
	is_broken(in);
	push_data(out, DMARING_OP_SEND, 0, 0, 0, 64, 2);
	ring_submit(out);
	ring_expect(out, 2, 0);
	wait_until(ring_cq_tail(in) != in->cq_head);
	ring_expect(in, 1, 0);
}

static void broken_ring_leaves_others_alone(void **state)
{
	struct ring *bad = ring_open("mem0"), *good = ring_open("mem0");

	(void)state;
	store(&bad->user->sq_tail, bad->sq_tail - 5);
	is_broken(bad);
	push_copy(good, 1, 0, 4096, 1);
	ring_submit(good);
	ring_expect(good, 1, 0);
	ring_close(bad);
	push_copy(ring_open("mem0"), 1, 0, 4096, 1);
}

/* ------------------------------------------------------------------------
 * cq_head
 */

static void bad_head(uint32_t distance)
{
	struct ring *r = ring_open("mem0", .sq = 8, .cq = 16);
	uint32_t first = r->header->first_index;
	unsigned int i;

	/* Something has been completed and consumed. */
	for (i = 0; i < 4; i++)
		push_copy(r, 1, 0, LINE_BYTES, i);
	ring_submit(r);
	for (i = 0; i < 4; i++)
		ring_expect(r, i, 0);

	store(&r->user->cq_head, first + 4 + distance);
	push_copy(r, 1, 0, LINE_BYTES, 10);
	push(r, DMARING_OP_NOP, 0, 11);
	ring_kick(r);
	wait_until(__atomic_load_n(&r->kern->cq_flags, __ATOMIC_ACQUIRE));
	/* As if full: nothing is consumed, nothing overwritten. */
	assert_int_equal(ring_sq_head(r), first + 4);
	assert_int_equal(ring_cq_tail(r), first + 4);
	assert_true(r->kern->cq_flags & DMARING_CQ_BAD_HEAD);
	assert_true(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	assert_true(ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL);
	assert_int_equal(ring_state(r), DMARING_RING_RUNNING);
	ring_poll(r, POLLIN | POLLOUT, 0);
	/* A right head, and it goes on. */
	store(&r->user->cq_head, first + 4);
	assert_ok(ring_doorbell(r));
	wait_until(ring_cq_tail(r) == first + 6);
	ring_close(r);
}

static void head_ahead_of_tail_counts_as_full(void **state)
{
	(void)state;
	bad_head(1);
	bad_head(1000);
	bad_head(1U << 31);
}

static void head_behind_the_ring_counts_as_full(void **state)
{
	(void)state;
	bad_head(-17U);
	bad_head(-1000U);
}

/* A user who claims to have consumed what was never completed. */
static void running_head_never_overwrites(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 8, .cq = 16);
	uint32_t first = r->header->first_index;
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		store(&r->user->cq_head, first + i * 7919);
		store(&r->user->cq_event, first + i * 104729);
		if (r->sq_tail - ring_sq_head(r) < 8)
			push_copy(r, 1, 0, LINE_BYTES, i);
		ring_publish(r);
		ring_doorbell(r);
		ring_poll(r, POLLIN | POLLOUT, 0);
	}
	assert_int_equal(ring_state(r), DMARING_RING_RUNNING);
}

static uint32_t random_next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* All of USER is noise while the driver reads it: only this ring may suffer. */
static void noise_in_the_user_region(void **state)
{
	uint32_t x = 88172645, *words;
	struct ring *r, *good;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 20; i++) {
		r = ring_open("mem0", .sq = 32);
		words = (uint32_t *)((unsigned char *)r->user - r->header->user_control);
		for (j = 0; j < r->setup.user_bytes / 4; j++)
			words[j] = random_next(&x) >> random_next(&x) % 32;
		for (j = 0; j < 32; j++) {
			store(&r->user->sq_tail, ring_sq_head(r) + random_next(&x) % 33);
			ring_doorbell(r);
			store(&r->user->cq_head, ring_cq_tail(r) - random_next(&x) % 8);
			ring_poll(r, POLLIN | POLLOUT, 0);
			memset(r->sqes, random_next(&x), 32 * sizeof(*r->sqes));
		}
		ring_close(r);
	}
	good = ring_open("mem0");
	pattern_fill(ring_buffer(good, 0), 4096, 1);
	push_copy(good, 1, 0, 4096, 1);
	ring_submit(good);
	ring_expect(good, 1, 0);
	pattern_check(ring_buffer(good, 1), 4096, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(tail_too_far_breaks_the_ring),
		system_test(tail_backwards_breaks_the_ring),
		system_test(full_ring_is_not_broken),
		system_test(broken_is_for_good),
		system_test(broken_wakes_by_epollerr_from_a_doorbell_eventfd_too),
		system_test(what_was_in_flight_still_completes),
		system_test(broken_ring_leaves_others_alone),
		system_test(head_ahead_of_tail_counts_as_full),
		system_test(head_behind_the_ring_counts_as_full),
		system_test(running_head_never_overwrites),
		system_test(noise_in_the_user_region),
	};

	return system_run(tests);
}
