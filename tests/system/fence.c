// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FENCE: completes after everything before it, and holds back what follows.
 */
#include <pthread.h>
#include <unistd.h>

#include "ring.h"

static struct ring *sender(void)
{
	return ring_open("loop0", .only = "tx", .bytes = 4096);
}

static struct ring *receiver(void)
{
	return ring_open("loop0", .only = "rx", .bytes = 4096, .sq = 32);
}

static void send_one(struct ring *out, uint32_t seed)
{
	pattern_fill(ring_buffer(out, 0), 64, seed);
	push_data(out, DMARING_OP_SEND, 0, 0, 0, 64, seed);
	ring_submit(out);
	ring_expect(out, seed, 0);
}

static bool nothing_completed(struct ring *r)
{
	something_else_happens();
	return ring_cq_tail(r) == r->cq_head;
}

static void on_an_idle_channel_completes_at_once(void **state)
{
	struct ring *r = receiver();
	struct dmaring_cqe c;

	(void)state;
	push(r, DMARING_OP_FENCE, 0, 1);
	push(r, DMARING_OP_FENCE, DMARING_CHANNEL_ALL, 2);
	ring_kick(r);
	c = ring_expect(r, 1, 0);
	assert_int_equal(c.opcode, DMARING_OP_FENCE);
	assert_int_equal(c.channel, 0);
	c = ring_expect(r, 2, 0);
	assert_int_equal(c.channel, DMARING_CHANNEL_ALL);
}

static void waits_for_what_is_before(void **state)
{
	struct ring *in = receiver(), *out = sender();

	(void)state;
	push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 64, 1);
	push_data(in, DMARING_OP_RECEIVE, 0, 1, 0, 64, 2);
	push(in, DMARING_OP_FENCE, 0, 3);
	ring_kick(in);
	assert_true(nothing_completed(in));
	send_one(out, 1);
	ring_expect(in, 1, 0);
	assert_true(nothing_completed(in));
	send_one(out, 2);
	ring_expect(in, 2, 0);
	ring_expect(in, 3, 0);
}

static void holds_back_what_follows(void **state)
{
	struct ring *in = receiver(), *out = sender();
	struct dmaring_cqe c[2];

	(void)state;
	push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 64, 1);
	push(in, DMARING_OP_FENCE, 0, 2);
	push_data(in, DMARING_OP_RECEIVE, 0, 1, 0, 64, 3);
	push_data(in, DMARING_OP_RECEIVE, 0, 2, 0, 64, 4);
	/* That 4 can be taken back shows that the engine has not seen it. */
	push(in, DMARING_OP_CANCEL, 0, 5)->target = 4;
	ring_kick(in);
	ring_collect(in, c, 2);
	assert_int_equal(cqe_find(c, 2, 5)->res, 0);
	assert_int_equal(cqe_find(c, 2, 4)->res, -ECANCELED);
	send_one(out, 1);
	ring_expect(in, 1, 0);
	ring_expect(in, 2, 0);
	send_one(out, 3);
	ring_expect(in, 3, 0);
	pattern_check(ring_buffer(in, 1), 64, 3);
}

static void several_in_a_row(void **state)
{
	struct ring *in = receiver(), *out = sender();
	unsigned int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		push_data(in, DMARING_OP_RECEIVE, 0, i, 0, 64, 3 * i);
		push(in, DMARING_OP_FENCE, 0, 3 * i + 1);
		push(in, DMARING_OP_FENCE, 0, 3 * i + 2);
	}
	ring_kick(in);
	for (i = 0; i < 5; i++) {
		assert_true(nothing_completed(in));
		send_one(out, i);
		ring_expect(in, 3 * i, 0);
		ring_expect(in, 3 * i + 1, 0);
		ring_expect(in, 3 * i + 2, 0);
	}
}

/* Another channel of the ring does not wait. */
static void of_one_channel_leaves_others_alone(void **state)
{
	struct ring *r = ring_open("loop0", .bytes = 64);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	struct dmaring_cqe c[3];

	(void)state;
	push_data(r, DMARING_OP_RECEIVE, rx, 0, 0, 64, 1);
	push(r, DMARING_OP_FENCE, rx, 2);
	push_data(r, DMARING_OP_SEND, tx, 1, 0, 64, 3);
	ring_kick(r);
	ring_collect(r, c, 3);
	assert_int_equal(cqe_find(c, 3, 1)->res, 0);
	assert_int_equal(cqe_find(c, 3, 2)->res, 0);
	assert_int_equal(cqe_find(c, 3, 3)->res, 0);
}

static void of_the_ring_holds_back_the_queue(void **state)
{
	struct ring *in = receiver(), *out = sender();

	(void)state;
	push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 64, 1);
	push(in, DMARING_OP_FENCE, DMARING_CHANNEL_ALL, 2);
	push(in, DMARING_OP_NOP, 0, 3);
	push_data(in, DMARING_OP_RECEIVE, 0, 1, 0, 64, 4);
	ring_kick(in);
	assert_true(nothing_completed(in));
	/* Not even taken in. */
	assert_int_equal(in->sq_tail - ring_sq_head(in), 2);
	assert_ok(ring_doorbell(in));
	assert_true(nothing_completed(in));
	/* No other doorbell: the end of the fence is enough. */
	send_one(out, 1);
	ring_expect(in, 1, 0);
	ring_expect(in, 2, 0);
	ring_expect(in, 3, 0);
	send_one(out, 4);
	ring_expect(in, 4, 0);
}

static void of_the_ring_covers_all_channels(void **state)
{
	struct ring *r = ring_open("loop0", .bytes = 64);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	struct dmaring_cqe c[2];

	(void)state;
	push_data(r, DMARING_OP_RECEIVE, rx, 0, 0, 64, 1);
	push_data(r, DMARING_OP_SEND, tx, 1, 0, 64, 2);
	push(r, DMARING_OP_FENCE, DMARING_CHANNEL_ALL, 3);
	push(r, DMARING_OP_NOP, 0, 4);
	ring_kick(r);
	ring_collect(r, c, 2);
	cqe_find(c, 2, 1);
	cqe_find(c, 2, 2);
	ring_expect(r, 3, 0);
	ring_expect(r, 4, 0);
}

static void of_the_ring_after_copies(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 64, .buffers = 32, .bytes = 65536);
	unsigned int turn, i;

	(void)state;
	/* Each copy reads what the one before the fence has written. */
	pattern_fill(ring_buffer(r, 0), 65536, 1);
	for (turn = 0; turn < 10; turn++) {
		for (i = 0; i < 16; i++) {
			push_copy(r, i + 1, i, 65536, i);
			push(r, DMARING_OP_FENCE, DMARING_CHANNEL_ALL, 100 + i);
		}
		ring_kick(r);
		for (i = 0; i < 16; i++) {
			ring_expect(r, i, 0);
			ring_expect(r, 100 + i, 0);
		}
		pattern_check(ring_buffer(r, 16), 65536, 1);
	}
}

static void ends_by_an_abort(void **state)
{
	struct ring *r = receiver();
	struct dmaring_cqe c[3];

	(void)state;
	push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, 64, 1);
	push(r, DMARING_OP_FENCE, 0, 2);
	push(r, DMARING_OP_ABORT, 0, 3);
	ring_kick(r);
	ring_collect(r, c, 3);
	assert_int_equal(cqe_find(c, 3, 1)->res, -ECANCELED);
	assert_int_equal(cqe_find(c, 3, 3)->res, 0);
	/* The fence was on the channel too: taken back or passed, but ended. */
	cqe_find(c, 3, 2);
}

struct ringer {
	struct ring *ring;
	bool over;
};

/* Drains, as often as it can. */
static void *ring_always(void *arg)
{
	struct ringer *ringer = arg;
	const struct dmaring_doorbell bell = { .magic = DMARING_DOORBELL_MAGIC };

	while (!__atomic_load_n(&ringer->over, __ATOMIC_ACQUIRE))
		if (write(ringer->ring->fd, &bell, sizeof(bell)) < 0)
			break;
	return NULL;
}

/*
 * What ends at once is posted by whoever drained it. Somebody else who drains the
 * next entry meanwhile does not post that one first.
 */
static void order_holds_with_many_at_the_bell(void **state)
{
	struct ringer ringer = { .ring = ring_open("loop0", .sq = 64) };
	int rx = ring_channel(ringer.ring, "rx");
	uint64_t pushed = 0, seen = 0, next = 0;
	pthread_t threads[3];
	struct dmaring_cqe c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ring_always, &ringer), 0);
	while (seen < 100000) {
		while (pushed < seen + 48) {
			/* A receive that is taken back, now and then, at first. */
			if (seen < 2000 && pushed % 16 == 5)
				push_data(ringer.ring, DMARING_OP_RECEIVE, rx, 0, 0, 4096,
					  pushed++);
			push(ringer.ring, pushed % 3 ? DMARING_OP_ABORT : DMARING_OP_FENCE, rx,
			     pushed);
			pushed++;
			ring_publish(ringer.ring);
		}
		c = ring_wait(ringer.ring);
		seen++;
		/* A FENCE too may be taken back, at once. */
		if (c.res && c.opcode != DMARING_OP_ABORT) {
			assert_int_equal(c.res, -ECANCELED);
			continue;
		}
		assert_int_equal(c.res, 0);
		assert_true(c.user_data >= next);
		next = c.user_data + 1;
	}
	__atomic_store_n(&ringer.over, true, __ATOMIC_RELEASE);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(on_an_idle_channel_completes_at_once),
		system_test(waits_for_what_is_before),
		system_test(holds_back_what_follows),
		system_test(several_in_a_row),
		system_test(of_one_channel_leaves_others_alone),
		system_test(of_the_ring_holds_back_the_queue),
		system_test(of_the_ring_covers_all_channels),
		system_test(of_the_ring_after_copies),
		system_test(ends_by_an_abort),
		system_test(order_holds_with_many_at_the_bell),
	};

	return system_run(tests);
}
