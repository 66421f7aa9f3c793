// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Readiness: the exact predicate of ring-spec.md, "Wake-up", by poll and by
 * epoll, level- and edge-triggered, with the time bound.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "attribute.h"

#define CQ	16
#define ALL	(POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)
#define IN	(POLLIN | POLLRDNORM)
#define OUT	(POLLOUT | POLLWRNORM)

/* Neither a ring nor a byte stream yet: a read or a write may be tried. */
static void before_setup_says_try(void **state)
{
	struct pollfd p = { .fd = device_open("loop0", O_RDWR), .events = ALL };

	(void)state;
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, IN | OUT);
}

static void idle_ring_is_writable_only(void **state)
{
	struct ring *r = ring_open("loop0");

	(void)state;
	assert_int_equal(ring_poll(r, ALL, 0), OUT);
}

static void completion_makes_readable(void **state)
{
	struct ring *r = ring_open("loop0");

	(void)state;
	post_nops(r, 1);
	assert_int_equal(ring_poll(r, ALL, 0), IN | OUT);
	/* Level-triggered: as often as one asks. */
	assert_int_equal(ring_poll(r, ALL, 0), IN | OUT);
	ring_seen(r, 1);
	assert_int_equal(ring_poll(r, ALL, 0), OUT);
}

/* Every n and every event index that differs in kind, at every n. */
static void readable_exactly_by_the_predicate(void **state)
{
	static const uint32_t far[] = {
		CQ, CQ + 1, 2 * CQ, 1U << 16, (1U << 31) - 1, 1U << 31, (1U << 31) + 1,
		-17U, -16U, -15U, -2U, -1U,
	};
	struct ring *r;
	uint32_t n, e, i, head;
	bool ready;

	(void)state;
	for (n = 0; n <= CQ; n++) {
		r = ring_open("loop0", .sq = 8, .cq = CQ);
		post_nops(r, n);
		head = r->header->first_index;
		for (i = 0; i < CQ + ARRAY_SIZE(far); i++) {
			e = i < CQ ? i : far[i - CQ];
			ring_set_event(r, head + e);
			ready = n && (e < n || e >= CQ);
			if (!!(ring_poll(r, POLLIN, 0) & POLLIN) != ready)
				fail_msg("n %u, event %d past head: want %d", n, (int)e, ready);
		}
		ring_close(r);
	}
}

/* Head in the middle: what counts is the distance from it. */
static void readable_after_part_was_consumed(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 8, .cq = CQ);
	uint32_t seen, e, n;

	(void)state;
	ring_set_event(r, r->cq_head);
	post_nops(r, 8);
	for (seen = 0; seen < 8; seen++, ring_seen(r, 1)) {
		n = 8 - seen;
		for (e = 0; e < CQ; e++) {
			ring_set_event(r, r->cq_head + e);
			assert_int_equal(!!(ring_poll(r, POLLIN, 0) & POLLIN), e < n);
		}
	}
}

static void writable_exactly_by_the_predicate(void **state)
{
	const uint32_t entries = 8;
	struct ring *r = ring_open("loop0", .sq = entries);
	uint32_t pushed, e, n, head;
	bool ready;

	(void)state;
	for (pushed = 0; pushed <= entries; pushed++) {
		/* Published without a doorbell: nobody takes them. */
		head = r->sq_tail - entries;
		n = ring_sq_head(r) - head;
		assert_int_equal(n, entries - pushed);
		for (e = 0; e <= 2 * entries; e++) {
			__atomic_store_n(&r->user->sq_event, head + e, __ATOMIC_RELEASE);
			ready = n && (e < n || e >= entries);
			if (!!(ring_poll(r, POLLOUT, 0) & POLLOUT) != ready)
				fail_msg("free %u, event %u: want %d", n, e, ready);
		}
		if (pushed < entries)
			push(r, DMARING_OP_NOP, 0, 0);
		ring_publish(r);
	}
}

static void full_queue_becomes_writable_by_a_doorbell(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 8);
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++)
		push(r, DMARING_OP_NOP, 0, i);
	ring_publish(r);
	assert_int_equal(ring_poll(r, ALL, 0), 0);
	assert_ok(ring_doorbell(r));
	wait_until(ring_cq_tail(r) - r->cq_head == 8);
	assert_int_equal(ring_poll(r, ALL, 0), IN | OUT);
}

static void wake_after_n_completions(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 8, .cq = CQ);
	unsigned int n;

	(void)state;
	for (n = 1; n <= CQ; n++) {
		ring_set_event(r, r->cq_head + n - 1);
		post_nops(r, n - 1);
		assert_int_equal(ring_poll(r, POLLIN, 0), 0);
		post_nops(r, 1);
		assert_int_equal(ring_poll(r, POLLIN, 0), POLLIN);
		ring_seen(r, n);
	}
}

/* ------------------------------------------------------------------------
 * Sleeping
 */

struct sleeper {
	pid_t tid;
	struct ring *ring;
	unsigned int bells;
};

/* Blocks until the thread sleeps, which it does in poll only. */
static void until_asleep(pid_t tid)
{
	uint64_t end = now_ns() + (uint64_t)WAIT_MS * 1000000;
	char path[64], status = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	while (status != 'S' && now_ns() < end) {
		look_again();
		f = fopen(path, "re");
		if (!f || fscanf(f, "%*d (%*[^)]) %c", &status) != 1)
			status = '?';
		if (f)
			fclose(f);
	}
}

static void *ring_bells(void *arg)
{
	struct sleeper *s = arg;

	while (s->bells--) {
		until_asleep(s->tid);
		push(s->ring, DMARING_OP_NOP, 0, s->bells);
		ring_publish(s->ring);
		ring_doorbell(s->ring);
	}
	return NULL;
}

static void sleeping_poll_is_woken(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 32);
	struct sleeper s = { .tid = gettid(), .ring = r, .bells = 20 };
	pthread_t thread;
	int i;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, ring_bells, &s), 0);
	for (i = 0; i < 20; i++) {
		assert_int_equal(ring_poll(r, POLLIN, WAIT_MS), POLLIN);
		ring_seen(r, 1);
	}
	pthread_join(thread, NULL);
}

static void sleeping_poll_sleeps_until_the_event(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 32);
	struct sleeper s = { .tid = gettid(), .ring = r, .bells = 5 };
	pthread_t thread;

	(void)state;
	ring_set_event(r, r->cq_head + 4);
	assert_int_equal(pthread_create(&thread, NULL, ring_bells, &s), 0);
	assert_int_equal(ring_poll(r, POLLIN, WAIT_MS), POLLIN);
	assert_int_equal(ring_cq_tail(r) - r->cq_head, 5);
	pthread_join(thread, NULL);
}

static void engine_wakes_sleeping_poll(void **state)
{
	struct ring *r = ring_open("mem0", .bytes = 1 << 20, .buffers = 2);
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		push_copy(r, 1, 0, 1 << 20, i);
		ring_submit(r);
		assert_int_equal(ring_poll(r, POLLIN, WAIT_MS), POLLIN);
		ring_expect(r, i, 0);
	}
}

/* ------------------------------------------------------------------------
 * epoll
 */

static int epoll_on(struct ring *r, uint32_t events)
{
	struct epoll_event e = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	device_keep(ep);
	assert_int_equal(epoll_ctl(ep, EPOLL_CTL_ADD, r->fd, &e), 0);
	return ep;
}

static uint32_t epoll_events(int ep, int timeout_ms)
{
	struct epoll_event e = { .events = 0 };

	assert_true(epoll_wait(ep, &e, 1, timeout_ms) >= 0);
	return e.events;
}

static void epoll_level_triggered(void **state)
{
	struct ring *r = ring_open("loop0");
	int ep = epoll_on(r, EPOLLIN);

	(void)state;
	assert_int_equal(epoll_events(ep, 0), 0);
	post_nops(r, 2);
	assert_int_equal(epoll_events(ep, 0), EPOLLIN);
	ring_seen(r, 1);
	assert_int_equal(epoll_events(ep, 0), EPOLLIN);
	ring_seen(r, 1);
	assert_int_equal(epoll_events(ep, 0), 0);
}

static void epoll_edge_triggered(void **state)
{
	struct ring *r = ring_open("loop0");
	int ep = epoll_on(r, EPOLLIN | EPOLLET);

	(void)state;
	post_nops(r, 1);
	assert_int_equal(epoll_events(ep, 0), EPOLLIN);
	assert_int_equal(epoll_events(ep, 0), 0);
	/* Armed for what comes next, without having consumed. */
	ring_set_event(r, ring_cq_tail(r));
	assert_int_equal(epoll_events(ep, 0), 0);
	post_nops(r, 1);
	assert_int_equal(epoll_events(ep, 0), EPOLLIN);
	assert_int_equal(epoll_events(ep, 0), 0);
}

/* The loop that everybody writes: wait for an edge, consume all, re-arm. */
static void epoll_edge_is_never_lost(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 16, .buffers = 16);
	int ep = epoll_on(r, EPOLLIN | EPOLLET);
	unsigned int submitted = 0, completed = 0;
	struct dmaring_cqe c;

	(void)state;
	while (completed < 5000) {
		while (submitted - completed < 8 && submitted < 5000) {
			push_copy(r, 2 * (submitted % 8), 2 * (submitted % 8) + 1, 4096,
				  submitted);
			submitted++;
		}
		ring_submit(r);
		assert_int_equal(epoll_events(ep, WAIT_MS), EPOLLIN);
		while (ring_peek(r, &c)) {
			assert_int_equal(c.user_data, completed++);
			ring_seen(r, 1);
		}
	}
}

static void epoll_one_shot_and_rearm(void **state)
{
	struct ring *r = ring_open("loop0");
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT };
	int ep = epoll_on(r, EPOLLIN | EPOLLONESHOT);

	(void)state;
	post_nops(r, 1);
	assert_int_equal(epoll_events(ep, 0), EPOLLIN);
	assert_int_equal(epoll_events(ep, 0), 0);
	assert_int_equal(epoll_ctl(ep, EPOLL_CTL_MOD, r->fd, &e), 0);
	assert_int_equal(epoll_events(ep, 0), EPOLLIN);
}

static void epoll_out_edge_when_slots_come_back(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 8);
	int ep = epoll_on(r, EPOLLOUT | EPOLLET), i;

	(void)state;
	assert_int_equal(epoll_events(ep, 0), EPOLLOUT);
	for (i = 0; i < 8; i++)
		push(r, DMARING_OP_NOP, 0, i);
	ring_publish(r);
	assert_int_equal(epoll_events(ep, 0), 0);
	assert_ok(ring_doorbell(r));
	assert_int_equal(epoll_events(ep, WAIT_MS), EPOLLOUT);
}

static void epoll_sees_broken(void **state)
{
	struct ring *r = ring_open("loop0");
	int ep = epoll_on(r, EPOLLIN | EPOLLET);

	(void)state;
	assert_int_equal(epoll_events(ep, 0), 0);
	r->sq_tail += 1000;
	ring_publish(r);
	assert_error(ring_doorbell(r), EIO);
	assert_true(epoll_events(ep, 0) & EPOLLERR);
}

static void epoll_of_a_closed_ring_is_empty(void **state)
{
	struct ring *r = ring_open("loop0");
	int ep = epoll_on(r, EPOLLIN | EPOLLOUT);

	(void)state;
	assert_int_equal(epoll_events(ep, 0), EPOLLOUT);
	ring_close(r);
	assert_int_equal(epoll_events(ep, 0), 0);
}

/* ------------------------------------------------------------------------
 * The time bound
 */

#define MS	1000000ULL

/* Readiness comes by time, neither at once nor never. */
static void comes_late(struct ring *r, unsigned int bound_ms)
{
	uint64_t start = now_ns();

	post_nops(r, 1);
	/* Posted after start, so before start + bound it cannot be ready. */
	if (ring_poll(r, POLLIN, 0))
		assert_true(now_ns() - start >= bound_ms * MS);
	assert_int_equal(ring_poll(r, POLLIN, WAIT_MS), POLLIN);
	assert_true(now_ns() - start >= bound_ms * MS);
	/* The latch stays until what was there is consumed. */
	assert_int_equal(ring_poll(r, POLLIN, 0), POLLIN);
	ring_seen(r, 1);
	assert_int_equal(ring_poll(r, POLLIN, 0), 0);
}

static void time_bound_from_setup(void **state)
{
	struct ring *r = ring_open("loop0", .coalesce_us = 50000);
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		ring_set_event(r, r->cq_head + 20);
		comes_late(r, 50);
	}
}

static void time_bound_by_ioctl(void **state)
{
	struct ring *r = ring_open("loop0");
	struct dmaring_coalesce c = { .time_us = 40000 };

	(void)state;
	ring_set_event(r, r->cq_head + 20);
	assert_ok(xioctl(r->fd, DMARING_IOC_COALESCE, &c));
	comes_late(r, 40);
	/* Off again: then for ever, which no poll can show; but not at once. */
	c.time_us = 0;
	assert_ok(xioctl(r->fd, DMARING_IOC_COALESCE, &c));
	ring_set_event(r, r->cq_head + 20);
	post_nops(r, 1);
	assert_int_equal(ring_poll(r, POLLIN, 60), 0);
}

static void time_bound_covers_only_what_was_there(void **state)
{
	struct ring *r = ring_open("loop0", .coalesce_us = 50000);
	uint64_t start;

	(void)state;
	ring_set_event(r, r->cq_head + 20);
	post_nops(r, 2);
	assert_int_equal(ring_poll(r, POLLIN, WAIT_MS), POLLIN);
	start = now_ns();
	post_nops(r, 1);
	ring_seen(r, 2);
	ring_set_event(r, r->cq_head + 20);
	/* The third has a bound of its own. */
	if (ring_poll(r, POLLIN, 0))
		assert_true(now_ns() - start >= 50 * MS);
	assert_int_equal(ring_poll(r, POLLIN, WAIT_MS), POLLIN);
	ring_seen(r, 1);
}

static void event_beats_the_time_bound(void **state)
{
	struct ring *r = ring_open("loop0", .coalesce_us = 60000000);

	(void)state;
	ring_set_event(r, r->cq_head + 3);
	post_nops(r, 3);
	assert_int_equal(ring_poll(r, POLLIN, 0), 0);
	post_nops(r, 1);
	assert_int_equal(ring_poll(r, POLLIN, 0), POLLIN);
}

static void time_bound_is_an_edge(void **state)
{
	struct ring *r = ring_open("loop0", .coalesce_us = 30000);
	int ep = epoll_on(r, EPOLLIN | EPOLLET);

	(void)state;
	ring_set_event(r, r->cq_head + 20);
	post_nops(r, 1);
	assert_int_equal(epoll_events(ep, WAIT_MS), EPOLLIN);
	assert_int_equal(epoll_events(ep, 0), 0);
}

/* Wake-ups that @n completions caused, one by one. */
static uint64_t wakeups_of(struct ring *r, unsigned int n)
{
	uint64_t before = attribute_number("loop0", "counters/wakeups");

	post_nops(r, n);
	return attribute_number("loop0", "counters/wakeups") - before;
}

/* By count and by time, each ring for itself, changed while it runs. */
static void coalescing_changes_in_mid_stream(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 64, .cq = 128);
	struct dmaring_coalesce bound = { .time_us = 1000 };
	uint64_t before;
	unsigned int k, i;

	(void)state;
	for (k = 1; k <= 32; k *= 2) {
		for (i = 0; i < 4; i++) {
			ring_set_event(r, r->cq_head + k - 1);
			assert_int_equal(wakeups_of(r, k), 1);
			ring_seen(r, k);
		}
	}
	/* Half a batch wakes nobody, until the bound is set; then once. */
	ring_set_event(r, r->cq_head + 31);
	assert_int_equal(wakeups_of(r, 16), 0);
	before = attribute_number("loop0", "counters/wakeups");
	assert_ok(xioctl(r->fd, DMARING_IOC_COALESCE, &bound));
	assert_int_equal(ring_poll(r, POLLIN, WAIT_MS), POLLIN);
	assert_int_equal(attribute_number("loop0", "counters/wakeups") - before, 1);
	ring_seen(r, 16);
	/* Taken away again: a smaller count is what helps. */
	bound.time_us = 0;
	assert_ok(xioctl(r->fd, DMARING_IOC_COALESCE, &bound));
	ring_set_event(r, r->cq_head + 31);
	assert_int_equal(wakeups_of(r, 8), 0);
	ring_set_event(r, r->cq_head + 8);
	assert_int_equal(wakeups_of(r, 1), 1);
}

/* Rings that are set up, coalescing and used before: nothing happens in 10 s. */
static void idle_rings_cost_nothing(void **state)
{
	struct ring *a = ring_open("loop0", .coalesce_us = 500), *b = ring_open("mem0");
	char line[256];
	uint64_t loop, copy;
	unsigned int timers = 0;
	FILE *f;

	(void)state;
	post_nops(a, 3);
	ring_seen(a, 3);
	push_copy(b, 1, 0, LINE_BYTES, 1);
	ring_submit(b);
	ring_expect(b, 1, 0);
	/* What was armed for completions that are consumed runs out. */
	usleep(200000);
	loop = attribute_number("loop0", "counters/wakeups");
	copy = attribute_number("mem0", "counters/wakeups");
	assert_int_equal(poll(NULL, 0, 10000), 0);
	assert_int_equal(attribute_number("loop0", "counters/wakeups"), loop);
	assert_int_equal(attribute_number("mem0", "counters/wakeups"), copy);
	f = fopen("/proc/timer_list", "re");
	while (f && fgets(line, sizeof(line), f))
		timers += strstr(line, "dmaring_") && !strstr(line, "dmaring_sim");
	if (f)
		fclose(f);
	assert_int_equal(timers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(before_setup_says_try),
		system_test(idle_ring_is_writable_only),
		system_test(completion_makes_readable),
		system_test(readable_exactly_by_the_predicate),
		system_test(readable_after_part_was_consumed),
		system_test(writable_exactly_by_the_predicate),
		system_test(full_queue_becomes_writable_by_a_doorbell),
		system_test(wake_after_n_completions),
		system_test(sleeping_poll_is_woken),
		system_test(sleeping_poll_sleeps_until_the_event),
		system_test(engine_wakes_sleeping_poll),
		system_test(epoll_level_triggered),
		system_test(epoll_edge_triggered),
		system_test(epoll_edge_is_never_lost),
		system_test(epoll_one_shot_and_rearm),
		system_test(epoll_out_edge_when_slots_come_back),
		system_test(epoll_sees_broken),
		system_test(epoll_of_a_closed_ring_is_empty),
		system_test(time_bound_from_setup),
		system_test(time_bound_by_ioctl),
		system_test(time_bound_covers_only_what_was_there),
		system_test(event_beats_the_time_bound),
		system_test(time_bound_is_an_edge),
		system_test(coalescing_changes_in_mid_stream),
		system_test(idle_rings_cost_nothing),
	};

	return system_run(tests);
}
