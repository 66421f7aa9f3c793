// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Callbacks that come late, early, or not at all: each request ends once, with the
 * reason that is true, and nothing waits for ever. Needs the virtual controller's
 * fault injection.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "attribute.h"
#include "load.h"

#define MS		1000000ULL
#define WATCH		"/sys/module/dmaring/parameters/copy_stop_ms"

static uint64_t strays(const char *device)
{
	return attribute_number(device, "counters/stray_callbacks");
}

static uint64_t terminated(const char *device, const char *channel)
{
	char path[96];
	uint64_t n = UINT64_MAX;
	FILE *file;

	need_simulated(device);
	snprintf(path, sizeof(path), "/sys/kernel/debug/dmaring_sim/%s/%s/terminated", device,
		 channel);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%" SCNu64, &n), 1);
	fclose(file);
	return n;
}

static int watch_teardown(void **state)
{
	file_write(WATCH, "0");
	return fault_teardown(state);
}

#define watch_test(f)	cmocka_unit_test_teardown(f, watch_teardown)

static struct ring *receiver(void)
{
	return ring_open("loop0", .only = "rx");
}

static void push_receive(struct ring *in, uint64_t user_data, uint32_t timeout_us)
{
	push_data(in, DMARING_OP_RECEIVE, 0, 1, 0, BYTES, user_data)->timeout_us = timeout_us;
}

/* Set for the next transfer, and the engine begins with it before anything ends it. */
static void push_haunted(struct ring *in, uint32_t timeout_us)
{
	fault_set("loop0", "rx", "ghost_callback_us", "1 1000000");
	push_receive(in, 100, timeout_us);
	ring_kick(in);
	wait_until(!faults_left("loop0", "rx", "ghost_callback_us"));
}

static void send_pattern(struct ring *out, uint32_t seed)
{
	pattern_fill(ring_buffer(out, 0), BYTES, seed);
	push_data(out, DMARING_OP_SEND, 0, 0, 0, BYTES, seed);
	ring_submit(out);
}

/*
 * The slot in which something ended is used again; the callback that comes then is
 * of what was there before.
 */
static void new_one_is_unharmed(struct ring *in, struct ring *out, uint64_t before,
				uint32_t seed)
{
	memset(ring_buffer(in, 1), 0, BYTES);
	push_receive(in, seed, 0);
	ring_kick(in);
	assert_int_equal(strays("loop0"), before);
	wait_until(strays("loop0") > before);
	assert_int_equal(ring_cq_tail(in), in->cq_head);
	send_pattern(out, seed);
	assert_int_equal(ring_expect(in, seed, 0).bytes, BYTES);
	pattern_check(ring_buffer(in, 1), BYTES, seed);
	ring_expect(out, seed, 0);
	assert_int_equal(strays("loop0"), before + 1);
}

/* Done in time, and the callback is late: it is completed when its time is over. */
static void late_one_finds_its_slot_in_new_hands(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	uint64_t before = strays("loop0");
	struct dmaring_cqe c;
	unsigned int i;

	(void)state;
	for (i = 1; i < 6; i += 2) {
		fault_set("loop0", "rx", "delay_callback_us", "1 700000");
		push_receive(in, i, 200000);
		ring_kick(in);
		send_pattern(out, i);
		ring_expect(out, i, 0);
		c = ring_expect(in, i, 0);
		assert_int_equal(c.bytes, BYTES);
		assert_int_equal(c.engine, DMARING_ENGINE_COMPLETE);
		pattern_check(ring_buffer(in, 1), BYTES, i);
		new_one_is_unharmed(in, out, before++, i + 1);
		fault_clear();
	}
}

static void of_an_aborted_one_completes_nothing(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	uint64_t before = strays("loop0");
	unsigned int i;

	(void)state;
	for (i = 1; i < 3; i++) {
		push_haunted(in, 0);
		push(in, DMARING_OP_ABORT, 0, 101);
		ring_kick(in);
		ring_expect(in, 100, -ECANCELED);
		ring_expect(in, 101, 0);
		new_one_is_unharmed(in, out, before++, i);
		fault_clear();
	}
}

static void of_a_timed_out_one_completes_nothing(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	uint64_t before = strays("loop0");
	unsigned int i;

	(void)state;
	for (i = 1; i < 3; i++) {
		push_haunted(in, 100000);
		ring_expect(in, 100, -ETIMEDOUT);
		new_one_is_unharmed(in, out, before++, i);
		fault_clear();
	}
}

/* The next owner of the channel has the slots of the last one. */
static void of_a_closed_ring_completes_nothing(void **state)
{
	struct ring *in, *out = ring_open("loop0", .only = "tx");
	uint64_t before = strays("loop0");
	unsigned int i;

	(void)state;
	for (i = 1; i < 3; i++) {
		in = receiver();
		push_haunted(in, 0);
		ring_close(in);
		in = receiver();
		new_one_is_unharmed(in, out, before++, i);
		ring_close(in);
		fault_clear();
	}
}

/*
 * A callback before a byte has moved: a completion then would give the buffer away
 * while the engine has it.
 */
static void early_one_is_not_believed(void **state)
{
	const struct side *s;
	uint64_t before, start;
	struct ring *r;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device);
		before = strays(s->device);
		fault_set(s->device, s->channel, "late_us", "1 50000");
		fault_set(s->device, s->channel, "spurious_callback", "1");
		pattern_fill(ring_buffer(r, 0), BYTES, 7);
		start = now_ns();
		push_data(r, s->opcode, 0, 1, 0, BYTES, 1);
		ring_submit(r);
		ring_expect(r, 1, 0);
		assert_true(now_ns() - start >= 50 * MS);
		if (s->opcode == DMARING_OP_COPY)
			pattern_check(ring_buffer(r, 1), BYTES, 7);
		assert_int_equal(strays(s->device), before + 1);
		ring_close(r);
	}
}

/* What was lost is found without a time-out, by the driver's own look. */
static void lost_one_is_found(void **state)
{
	const struct side *s;
	struct ring *r;
	unsigned int i;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device, .sq = 64);
		fault_set(s->device, s->channel, "lose_callback", "3");
		for (i = 0; i < 40; i++)
			push_data(r, s->opcode, 0, 1, 0, BYTES, 1);
		ring_submit(r);
		for (i = 0; i < 40; i++)
			ring_expect(r, 1, 0);
		ring_close(r);
	}
	assert_nothing_left();
}

/*
 * What the driver finds by itself completes in the order in which it was issued,
 * whatever slots it has: those that were given back last are taken first.
 */
static void found_ones_keep_their_order(void **state)
{
	const struct side *s;
	uint64_t before;
	struct ring *r;
	unsigned int i;

	(void)state;
	for_each_side(s) {
		r = ring_open(s->device, .sq = 16);
		for (i = 0; i < 8; i++)
			push_data(r, s->opcode, 0, 1, 0, BYTES, i);
		ring_submit(r);
		for (i = 0; i < 8; i++)
			ring_expect(r, i, 0);
		before = strays(s->device);
		fault_set(s->device, s->channel, "delay_callback_us", "8 3000000");
		for (i = 0; i < 8; i++)
			push_data(r, s->opcode, 0, 1, 0, BYTES, i);
		ring_submit(r);
		for (i = 0; i < 8; i++)
			ring_expect(r, i, 0);
		assert_int_equal(strays(s->device), before);
		wait_until(strays(s->device) == before + 8);
		ring_close(r);
	}
	assert_nothing_left();
}

/* The engine goes on while it is asked: an older one may be done just after its turn. */
static void done_while_asked_keeps_the_order(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 16);
	unsigned int asked, i;
	char text[16];

	(void)state;
	for (asked = 0; asked < 12; asked++) {
		fault_set("mem0", "copy", "lose_callback", "6");
		snprintf(text, sizeof(text), "1 %u", asked);
		fault_set("mem0", "copy", "not_yet", text);
		for (i = 0; i < 6; i++)
			push_copy(r, 1, 0, BYTES, i);
		ring_submit(r);
		for (i = 0; i < 6; i++)
			ring_expect(r, i, 0);
		fault_clear();
	}
	ring_close(r);
	assert_nothing_left();
}

/* More than the engine is given at a time: the channel would stand still. */
static void all_lost_are_found(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 64);
	unsigned int i;

	(void)state;
	fault_set("mem0", "copy", "lose_callback", "-1");
	for (i = 0; i < 40; i++)
		push_copy(r, 1, 0, BYTES, i);
	push(r, DMARING_OP_ABORT, 0, 100);
	ring_kick(r);
	for (i = 0; i < 41; i++)
		ring_wait(r);
	fault_set("mem0", "copy", "lose_callback", "0");
	push_copy(r, 1, 0, BYTES, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
	ring_close(r);
	assert_nothing_left();
}

/* ------------------------------------------------------------------------
 * Shared channels
 */

static void end_badly(void *arg)
{
	(void)arg;
	loaded_copy();
	raise(SIGKILL);
}

/* Whatever a user does, nobody's copies are ended. */
static void no_user_terminates_a_shared_channel(void **state)
{
	uint64_t before = terminated("mem0", "copy");
	struct ring *other = ring_open("mem0", .sq = 128), *r;
	unsigned int i, round;

	(void)state;
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 64; i++)
			push_copy(other, 1, 0, BYTES, i);
		ring_submit(other);
		r = ring_open("mem0", .sq = 64);
		for (i = 0; i < 40; i++)
			push_copy(r, 1, 0, BYTES, i)->timeout_us = 1;
		ring_submit(r);
		push(r, DMARING_OP_ABORT, 0, 100);
		ring_kick(r);
		assert_ok(xioctl(r->fd, DMARING_IOC_ABORT, &(struct dmaring_abort){ 0 }));
		if (round & 1)
			for (i = 0; i < 41; i++)
				ring_wait(r);
		ring_close(r);
		assert_true(WIFSIGNALED(in_child(end_badly, NULL)));
		for (i = 0; i < 64; i++)
			ring_expect(other, i, 0);
	}
	assert_int_equal(terminated("mem0", "copy"), before);
	ring_close(other);
	everything_works();
}

/*
 * An engine that hangs in one copy is stopped if the administrator has said after
 * how long. That copy fails; those of others begin anew, and arrive.
 */
static void hung_copy_fails_alone(void **state)
{
	struct ring *a = ring_open("mem0"), *b = ring_open("mem0", .sq = 64);
	struct dmaring_cqe c[2];
	unsigned int i;

	(void)state;
	assert_ok(file_write(WATCH, "300"));
	fault_set("mem0", "copy", "hang", "1");
	push_copy(a, 1, 0, BYTES, 1);
	push_copy(a, 2, 0, BYTES, 2);
	pattern_fill(ring_buffer(a, 0), BYTES, 1);
	ring_submit(a);
	pattern_fill(ring_buffer(b, 0), BYTES, 2);
	for (i = 1; i < 8; i++)
		push_copy(b, i, 0, BYTES, i);
	push(b, DMARING_OP_FENCE, 0, 100);
	ring_kick(b);
	ring_collect(a, c, 2);
	assert_int_equal(cqe_find(c, 2, 1)->res, -EIO);
	assert_true(cqe_find(c, 2, 1)->flags & DMARING_CQE_STARTED);
	assert_int_equal(cqe_find(c, 2, 1)->engine, DMARING_ENGINE_RUNNING);
	assert_int_equal(cqe_find(c, 2, 2)->res, 0);
	pattern_check(ring_buffer(a, 2), BYTES, 1);
	for (i = 1; i < 8; i++) {
		ring_expect(b, i, 0);
		pattern_check(ring_buffer(b, i), BYTES, 2);
	}
	ring_expect(b, 100, 0);
	ring_close(a);
	ring_close(b);
	everything_works();
}

/* A ring that is closed meanwhile, or waits for its ABORT, ends there. */
static void hung_copy_of_a_closed_ring_goes_too(void **state)
{
	struct ring *a = ring_open("mem0"), *b = ring_open("mem0"), *other = ring_open("mem0");
	uint64_t used = device_query(other->fd).pool_bytes_used;

	(void)state;
	assert_ok(file_write(WATCH, "300"));
	fault_set("mem0", "copy", "hang", "1");
	push_copy(a, 1, 0, BYTES, 1);
	ring_submit(a);
	push_copy(a, 1, 0, BYTES, 2);
	push_copy(b, 1, 0, BYTES, 3);
	push(b, DMARING_OP_ABORT, 0, 4);
	ring_kick(a);
	ring_kick(b);
	ring_close(a);
	ring_expect(b, 3, -ECANCELED);
	ring_expect(b, 4, 0);
	ring_close(b);
	wait_until(device_query(other->fd).pool_bytes_used < used);
	push_copy(other, 1, 0, BYTES, 5);
	ring_submit(other);
	ring_expect(other, 5, 0);
	ring_close(other);
	assert_nothing_left();
}

/* Nobody has said so: it waits, and others with it, until somebody does. */
static void hung_copy_waits_for_leave(void **state)
{
	struct ring *a = ring_open("mem0"), *b = ring_open("mem0");

	(void)state;
	fault_set("mem0", "copy", "hang", "1");
	push_copy(a, 1, 0, BYTES, 1);
	ring_submit(a);
	push_copy(b, 1, 0, BYTES, 2);
	ring_submit(b);
	assert_int_equal(ring_poll(a, POLLIN, 1500), 0);
	assert_int_equal(ring_cq_tail(b), b->cq_head);
	assert_ok(file_write(WATCH, "500"));
	ring_expect(a, 1, -EIO);
	ring_expect(b, 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fault_test(late_one_finds_its_slot_in_new_hands),
		fault_test(of_an_aborted_one_completes_nothing),
		fault_test(of_a_timed_out_one_completes_nothing),
		fault_test(of_a_closed_ring_completes_nothing),
		fault_test(early_one_is_not_believed),
		fault_test(lost_one_is_found),
		fault_test(found_ones_keep_their_order),
		fault_test(done_while_asked_keeps_the_order),
		fault_test(all_lost_are_found),
		fault_test(no_user_terminates_a_shared_channel),
		watch_test(hung_copy_fails_alone),
		watch_test(hung_copy_of_a_closed_ring_goes_too),
		watch_test(hung_copy_waits_for_leave),
	};

	return system_run(tests);
}
