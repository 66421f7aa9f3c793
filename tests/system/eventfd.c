// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The completion eventfd: when it is signalled, when not, and that eventfds
 * that are wired in circles come to rest.
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "attribute.h"

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_true(poll(&p, 1, 0) >= 0);
	return p.revents & POLLIN;
}

static void completion_signals(void **state)
{
	struct ring *r = ring_open("mem0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION), i;

	(void)state;
	for (i = 0; i < 100; i++) {
		push_copy(r, 1, 0, 4096, i);
		ring_submit(r);
		assert_true(event_wait(fd) >= 1);
		wait_until(ring_cq_tail(r) != r->cq_head);
		ring_expect(r, i, 0);
	}
}

static void nop_signals(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);

	(void)state;
	assert_false(readable(fd));
	post_nops(r, 1);
	assert_true(event_wait(fd) >= 1);
}

static void suppressed_by_flag(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);

	(void)state;
	__atomic_store_n(&r->user->cq_flags, DMARING_CQ_EVENTFD_OFF, __ATOMIC_SEQ_CST);
	post_nops(r, 3);
	something_else_happens();
	assert_false(readable(fd));
	/* Only the eventfd: the ring is readable. */
	assert_int_equal(ring_poll(r, POLLIN, 0), POLLIN);
	ring_seen(r, 3);
	__atomic_store_n(&r->user->cq_flags, 0, __ATOMIC_SEQ_CST);
	post_nops(r, 1);
	assert_true(event_wait(fd) >= 1);
}

static void signals_only_at_the_event_index(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);
	unsigned int n;

	(void)state;
	for (n = 1; n < 10; n++) {
		ring_set_event(r, r->cq_head + n - 1);
		post_nops(r, n - 1);
		something_else_happens();
		assert_false(readable(fd));
		post_nops(r, 1);
		assert_true(event_wait(fd) >= 1);
		ring_seen(r, n);
	}
}

static void signals_at_the_time_bound(void **state)
{
	struct ring *r = ring_open("loop0", .coalesce_us = 50000);
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);
	uint64_t start = now_ns();

	(void)state;
	ring_set_event(r, r->cq_head + 20);
	post_nops(r, 1);
	assert_true(event_wait(fd) >= 1);
	assert_true(now_ns() - start >= 50000000);
}

static void empty_doorbell_signals_nothing(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);
	int bell = ring_eventfd(r, DMARING_EVENTFD_DOORBELL), i;

	(void)state;
	for (i = 0; i < 10; i++) {
		assert_ok(ring_doorbell(r));
		event_write(bell, 1);
	}
	something_else_happens();
	assert_false(readable(fd));
}

static void taken_away_signals_nothing(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);

	(void)state;
	assert_ok(ring_set_eventfd(r, DMARING_EVENTFD_COMPLETION, -1));
	post_nops(r, 1);
	something_else_happens();
	assert_false(readable(fd));
}

static void outlives_the_ring(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);

	(void)state;
	post_nops(r, 1);
	assert_true(event_wait(fd) >= 1);
	ring_close(r);
	event_write(fd, 3);
	assert_int_equal(event_read(fd), 3);
}

static void every_channel_signals(void **state)
{
	static const char * const devices[] = { "sink0", "mem0" };
	struct ring *r;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		r = ring_open(devices[i]);
		fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);
		if (i)
			push_copy(r, 1, 0, 4096, 1);
		else
			push_data(r, DMARING_OP_SEND, 0, 0, 0, 4096, 1);
		ring_submit(r);
		assert_true(event_wait(fd) >= 1);
	}
}

/* ------------------------------------------------------------------------
 * Circles
 */

static uint64_t doorbells(const char *device)
{
	return attribute_number(device, "counters/doorbells");
}

/* Doorbells and signals stop when there is no more to do. */
static void assert_comes_to_rest(const char *device, uint64_t since, unsigned int most)
{
	uint64_t before, after = doorbells(device);

	do {
		before = after;
		something_else_happens();
		after = doorbells(device);
		assert_true(after - since <= most);
	} while (after != before);
}

static void own_completion_as_doorbell(void **state)
{
	struct ring *r = ring_open("loop0");
	uint64_t before = doorbells("loop0");
	int fd = event_new(), i;

	(void)state;
	assert_ok(ring_set_eventfd(r, DMARING_EVENTFD_COMPLETION, fd));
	assert_ok(ring_set_eventfd(r, DMARING_EVENTFD_DOORBELL, fd));
	for (i = 0; i < 10; i++) {
		push(r, DMARING_OP_NOP, 0, i);
		ring_publish(r);
		event_write(fd, 1);
		ring_expect(r, i, 0);
	}
	assert_comes_to_rest("loop0", before, 40);
	/* And it still works. */
	push(r, DMARING_OP_NOP, 0, 99);
	ring_publish(r);
	event_write(fd, 1);
	ring_expect(r, 99, 0);
}

static void own_completion_as_doorbell_of_a_copy(void **state)
{
	struct ring *r = ring_open("mem0");
	int fd = event_new(), i;

	(void)state;
	assert_ok(ring_set_eventfd(r, DMARING_EVENTFD_DOORBELL, fd));
	assert_ok(ring_set_eventfd(r, DMARING_EVENTFD_COMPLETION, fd));
	for (i = 0; i < 100; i++) {
		push_copy(r, 1, 0, 4096, i);
		ring_publish(r);
		event_write(fd, 1);
		ring_expect(r, i, 0);
	}
}

static void two_rings_crossed(void **state)
{
	struct ring *a = ring_open("loop0", .only = "tx");
	struct ring *b = ring_open("loop0", .only = "rx");
	uint64_t before = doorbells("loop0");
	int fd[2] = { event_new(), event_new() }, i;

	(void)state;
	assert_ok(ring_set_eventfd(a, DMARING_EVENTFD_COMPLETION, fd[0]));
	assert_ok(ring_set_eventfd(b, DMARING_EVENTFD_DOORBELL, fd[0]));
	assert_ok(ring_set_eventfd(b, DMARING_EVENTFD_COMPLETION, fd[1]));
	assert_ok(ring_set_eventfd(a, DMARING_EVENTFD_DOORBELL, fd[1]));
	for (i = 0; i < 10; i++) {
		push_data(a, DMARING_OP_SEND, 0, 0, 0, 64, i);
		push_data(b, DMARING_OP_RECEIVE, 0, 0, 0, 64, i);
		ring_publish(a);
		ring_publish(b);
		/* One push starts both: the others follow from completions. */
		event_write(fd[0], 1);
		event_write(fd[1], 1);
		ring_expect(a, i, 0);
		ring_expect(b, i, 0);
	}
	assert_comes_to_rest("loop0", before, 80);
}

/* A's completion is B's doorbell and B has something to do: a chain. */
static void chain_of_rings_runs(void **state)
{
	struct ring *r[4];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		r[i] = ring_open("mem0");
		push_copy(r[i], 1, 0, 4096, i);
		ring_publish(r[i]);
	}
	for (i = 0; i + 1 < ARRAY_SIZE(r); i++)
		assert_ok(ring_set_eventfd(r[i + 1], DMARING_EVENTFD_DOORBELL,
					   ring_eventfd(r[i], DMARING_EVENTFD_COMPLETION)));
	assert_ok(ring_doorbell(r[0]));
	for (i = 0; i < ARRAY_SIZE(r); i++)
		ring_expect(r[i], i, 0);
}

static void crossed_rings_close_in_any_order(void **state)
{
	struct ring *a, *b;
	int fd[2], i;

	(void)state;
	for (i = 0; i < 4; i++) {
		a = ring_open("mem0");
		b = ring_open("mem0");
		fd[0] = ring_eventfd(a, DMARING_EVENTFD_COMPLETION);
		fd[1] = ring_eventfd(b, DMARING_EVENTFD_COMPLETION);
		assert_ok(ring_set_eventfd(b, DMARING_EVENTFD_DOORBELL, fd[0]));
		assert_ok(ring_set_eventfd(a, DMARING_EVENTFD_DOORBELL, fd[1]));
		push_copy(a, 1, 0, 4096, 1);
		push_copy(b, 1, 0, 4096, 1);
		ring_submit(a);
		if (i & 1)
			device_close(fd[0]);
		ring_close(i & 2 ? a : b);
		event_write(fd[1], 1);
		ring_close(i & 2 ? b : a);
		event_write(fd[1], 1);
	}
}

/* What is there goes at once, and the thread that looks for entries looks again. */
static void doorbell_wakes_a_poller(void **state)
{
	struct ring *r;
	int fd, i;

	(void)state;
	assert_ok(attribute_set("mem0", "poller_idle_ms", "1"));
	assert_ok(attribute_set("mem0", "poller", "100"));
	r = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
	fd = ring_eventfd(r, DMARING_EVENTFD_DOORBELL);
	wait_until(ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL);
	assert_ok(attribute_set("mem0", "poller_idle_ms", "60000"));
	for (i = 0; i < 2; i++) {
		push_copy(r, 1, 0, 4096, i);
		ring_publish(r);
		if (i == 0)
			event_write(fd, 1);
		ring_expect(r, i, 0);
		wait_until(!(ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL));
	}
	assert_int_equal(r->doorbells, 0);
	assert_ok(attribute_set("mem0", "poller", "0"));
	assert_ok(attribute_set("mem0", "poller_idle_ms", "50"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(completion_signals),
		system_test(nop_signals),
		system_test(suppressed_by_flag),
		system_test(signals_only_at_the_event_index),
		system_test(signals_at_the_time_bound),
		system_test(empty_doorbell_signals_nothing),
		system_test(taken_away_signals_nothing),
		system_test(outlives_the_ring),
		system_test(every_channel_signals),
		system_test(doorbell_wakes_a_poller),
		system_test(own_completion_as_doorbell),
		system_test(own_completion_as_doorbell_of_a_copy),
		system_test(two_rings_crossed),
		system_test(chain_of_rings_runs),
		system_test(crossed_rings_close_in_any_order),
	};

	return system_run(tests);
}
