// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CANCEL takes back what the engine has not seen yet, and says whether it
 * could.
 */
#include "ring.h"

#define SQ	256

/* A ring whose window is full of receives that nobody feeds. */
static struct ring *waiting_ring(unsigned int *window)
{
	struct ring *r = ring_open("loop0", .only = "rx", .sq = SQ, .bytes = 64);
	unsigned int i;

	*window = device_channel_info(r->fd, "rx").window;
	assert_true(*window <= SQ - 8);
	for (i = 0; i < *window; i++)
		push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, 64, i);
	ring_kick(r);
	return r;
}

static void push_queued(struct ring *r, uint64_t user_data)
{
	push_data(r, DMARING_OP_RECEIVE, 0, 1, 0, 64, user_data);
}

static void push_cancel(struct ring *r, uint64_t target, uint64_t user_data)
{
	push(r, DMARING_OP_CANCEL, 0, user_data)->target = target;
}

/* Sends until all n receives that are left have completed, in order. */
static void feed(struct ring *in, const uint64_t *user_data, unsigned int n)
{
	struct ring *out = ring_open("loop0", .only = "tx", .bytes = 64);
	unsigned int i;

	for (i = 0; i < n; i++) {
		push_data(out, DMARING_OP_SEND, 0, 0, 0, 64, i);
		ring_submit(out);
		ring_expect(out, i, 0);
		assert_int_equal(ring_expect(in, user_data[i], 0).bytes, 64);
	}
	ring_close(out);
}

static void queued_is_taken_back(void **state)
{
	struct dmaring_cqe c[2], *cancelled;
	unsigned int window;
	struct ring *r = waiting_ring(&window);

	(void)state;
	push_queued(r, 1000);
	push_cancel(r, 1000, 2000);
	ring_kick(r);
	ring_collect(r, c, 2);
	cancelled = cqe_find(c, 2, 1000);
	assert_int_equal(cancelled->res, -ECANCELED);
	assert_int_equal(cancelled->opcode, DMARING_OP_RECEIVE);
	assert_false(cancelled->flags & DMARING_CQE_STARTED);
	assert_int_equal(cqe_find(c, 2, 2000)->res, 0);
	assert_int_equal(ring_cq_tail(r), r->cq_head);
}

static void issued_is_ealready_and_goes_on(void **state)
{
	const uint64_t first[] = { 0, 1 };
	unsigned int window;
	struct ring *r = waiting_ring(&window);

	(void)state;
	push_cancel(r, 0, 2000);
	ring_kick(r);
	ring_expect(r, 2000, -EALREADY);
	feed(r, first, 2);
}

static void unknown_is_enoent(void **state)
{
	unsigned int window;
	struct ring *r = waiting_ring(&window);

	(void)state;
	push_cancel(r, 999999, 2000);
	push_cancel(r, 1ULL << 32, 2001);	/* all 64 bits count */
	ring_kick(r);
	ring_expect(r, 2000, -ENOENT);
	ring_expect(r, 2001, -ENOENT);
}

static void completed_is_enoent(void **state)
{
	struct ring *r = ring_open("mem0");

	(void)state;
	push_copy(r, 1, 0, LINE_BYTES, 5);
	ring_submit(r);
	ring_expect(r, 5, 0);
	push_cancel(r, 5, 6);
	ring_kick(r);
	ring_expect(r, 6, -ENOENT);
}

static void all_of_that_name_are_taken_back(void **state)
{
	struct dmaring_cqe c[5];
	unsigned int window, i, n = 0;
	struct ring *r = waiting_ring(&window);

	(void)state;
	for (i = 0; i < 4; i++)
		push_queued(r, 1000);
	push_cancel(r, 1000, 2000);
	ring_kick(r);
	ring_collect(r, c, 5);
	for (i = 0; i < 5; i++)
		n += c[i].user_data == 1000 && c[i].res == -ECANCELED;
	assert_int_equal(n, 4);
	assert_int_equal(cqe_find(c, 5, 2000)->res, 0);
}

/* One queued and one issued of that name: one was taken back, so 0. */
static void queued_and_issued_of_that_name(void **state)
{
	const uint64_t first[] = { 0, 1 };
	struct dmaring_cqe c[2];
	unsigned int window;
	struct ring *r = waiting_ring(&window);

	(void)state;
	push_queued(r, 0);
	push_cancel(r, 0, 2000);
	ring_kick(r);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, 0)->res, -ECANCELED);
	assert_int_equal(cqe_find(c, 2, 2000)->res, 0);
	feed(r, first, 2);
}

static void what_is_between_keeps_its_order(void **state)
{
	uint64_t left[SQ];
	struct dmaring_cqe c[4];
	unsigned int window, i;
	struct ring *r = waiting_ring(&window);

	(void)state;
	for (i = 0; i < window; i++)
		left[i] = i;
	push_queued(r, 1000);
	push_queued(r, 1001);
	push_queued(r, 1002);
	push_queued(r, 1003);
	push_cancel(r, 1000, 2000);
	push_cancel(r, 1002, 2001);
	ring_kick(r);
	ring_collect(r, c, 4);
	assert_int_equal(cqe_find(c, 4, 1000)->res, -ECANCELED);
	assert_int_equal(cqe_find(c, 4, 1002)->res, -ECANCELED);
	left[window] = 1001;
	left[window + 1] = 1003;
	feed(r, left, window + 2);
}

static void held_back_by_a_fence_is_taken_back(void **state)
{
	struct dmaring_cqe c[2];
	unsigned int window;
	struct ring *r = waiting_ring(&window);

	(void)state;
	/* Held back by a fence of the channel: not with the engine. */
	push(r, DMARING_OP_FENCE, 0, 500);
	push_queued(r, 1000);
	push_cancel(r, 1000, 2000);
	ring_kick(r);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, 1000)->res, -ECANCELED);
	assert_int_equal(cqe_find(c, 2, 2000)->res, 0);
}

static void other_rings_are_out_of_reach(void **state)
{
	const uint64_t first[] = { 0 };
	unsigned int window;
	struct ring *r = waiting_ring(&window), *other = ring_open("mem0");

	(void)state;
	push_queued(r, 1000);
	ring_submit(r);
	push_cancel(other, 1000, 1);
	push_cancel(other, 0, 2);
	ring_kick(other);
	ring_expect(other, 1, -ENOENT);
	ring_expect(other, 2, -ENOENT);
	feed(r, first, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(queued_is_taken_back),
		system_test(issued_is_ealready_and_goes_on),
		system_test(unknown_is_enoent),
		system_test(completed_is_enoent),
		system_test(all_of_that_name_are_taken_back),
		system_test(queued_and_issued_of_that_name),
		system_test(what_is_between_keeps_its_order),
		system_test(held_back_by_a_fence_is_taken_back),
		system_test(other_rings_are_out_of_reach),
	};

	return system_run(tests);
}
