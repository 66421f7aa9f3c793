// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cyclic streams: wrong entries, and every way in which a stream ends. Needs the
 * virtual controller.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cyclic.h"

#define WRONG(change) do {							\
	sqe = push_start(r, 8, DMARING_CYCLIC_GUARD(1));			\
	change;									\
	ring_kick(r);								\
	ring_expect(r, 1, -EINVAL);						\
} while (0)

static void wrong_entries_are_refused(void **state)
{
	struct dmaring_pool plain = { .buffers = 8, .buffer_bytes = BLOCK };
	struct dmaring_sqe *sqe;
	struct ring *r;

	(void)state;
	source_is(500);
	r = cyclic_ring("source0", 8);
	assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &plain));
	WRONG(sqe->list_entries = 0);
	WRONG(sqe->list_entries = 1; sqe->target = 0);
	WRONG(sqe->list_entries = 6);
	WRONG(sqe->list_entries = 16);
	WRONG(sqe->list_entries = 0x80000000);
	WRONG(sqe->buffer = 1);
	WRONG(sqe->buffer = 0xffffffff);
	WRONG(sqe->bytes = BLOCK / 2);
	WRONG(sqe->bytes = 2 * BLOCK);
	WRONG(sqe->bytes = 0);
	WRONG(sqe->offset = 64);
	WRONG(sqe->pool = 1);
	WRONG(sqe->pool = 2);
	WRONG(sqe->timeout_us = 1);
	WRONG(sqe->source_pool = 1);
	WRONG(sqe->source_buffer = 1);
	WRONG(sqe->source_offset = 1);
	WRONG(sqe->flags = DMARING_SQE_SEGMENTS);
	WRONG(sqe->reserved = 1);
	WRONG(sqe->channel = 1);
	WRONG(sqe->target = DMARING_CYCLIC_GUARD(7));
	WRONG(sqe->target = 2);
	WRONG(sqe->target = 1 << 16);
	WRONG(sqe->target = 1U << 31);
	WRONG(sqe->opcode = DMARING_OP_CYCLIC_STOP);
	assert_int_equal(r->kern->sq_invalid, 25);
	/* The same, right. */
	push_start(r, 8, DMARING_CYCLIC_GUARD(6));
	push(r, DMARING_OP_CYCLIC_STOP, 0, 2);
	ring_kick(r);
	assert_int_equal(ring_wait(r).user_data, 1);
	ring_expect(r, 2, 0);
}

static void contiguous_pools(void **state)
{
	static const struct {
		unsigned int buffers;
		uint64_t bytes;
		int error;
	} cases[] = {
		{ 1, 128, 0 }, { 3, BLOCK, 0 }, { 4, 65536, 0 }, { 512, 256, 0 },
		{ 8, 100, EINVAL }, { 8, 5000, EINVAL }, { 65, 65536, EINVAL },
		{ 65536, 65536, EINVAL },
	};
	struct ring *r = ring_open("source0");
	struct dmaring_pool pool;
	unsigned char *mapped;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		pool = (struct dmaring_pool){ .flags = DMARING_POOL_CONTIGUOUS,
			.buffers = cases[i].buffers, .buffer_bytes = cases[i].bytes };
		assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), cases[i].error);
		if (cases[i].error)
			continue;
		assert_int_equal(pool.stride, cases[i].bytes);
		assert_true(pool.bytes >= cases[i].bytes * cases[i].buffers);
		mapped = ring_map_second(r, &pool);
		byte_check(mapped, 0, pool.bytes);
		munmap(mapped, pool.bytes);
		r->second = NULL;
	}
}

static void other_work_waits_for_the_end(void **state)
{
	unsigned int i, ended = 0;
	struct dmaring_cqe c;
	struct stream s;

	(void)state;
	source_is(500);
	s = stream_start("source0", 16, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)), 0);
	/* Nothing completes by itself, so somebody must ring. */
	assert_true(ring_sq_flags(s.r) & DMARING_SQ_NEED_DOORBELL);
	push(s.r, DMARING_OP_NOP, 0, 5);
	ring_submit(s.r);
	ring_expect(s.r, 5, 0);
	push(s.r, DMARING_OP_CANCEL, 0, 6)->target = 1;
	ring_kick(s.r);
	ring_expect(s.r, 6, -EALREADY);
	push(s.r, DMARING_OP_FENCE, 0, 7);
	push_start(s.r, 8, 0)->user_data = 8;
	push_data(s.r, DMARING_OP_RECEIVE, 0, 0, 0, BLOCK, 9);
	ring_submit(s.r);
	wait_until(stream_done(&s) > 20);
	assert_int_equal(ring_cq_tail(s.r), s.r->cq_head);
	/* ABORT takes all of it back, what waits and what runs in either order. */
	push(s.r, DMARING_OP_ABORT, 0, 10);
	push_data(s.r, DMARING_OP_RECEIVE, 0, 0, 0, BLOCK, 11);
	ring_kick(s.r);
	for (i = 0; i < 4; i++) {
		c = ring_wait(s.r);
		assert_int_equal(c.res, -ECANCELED);
		assert_int_equal(!!(c.flags & DMARING_CQE_STARTED), c.user_data == 1);
		assert_false(ended & 1U << c.user_data);
		ended |= 1U << c.user_data;
	}
	assert_int_equal(ended, 1U << 7 | 1U << 8 | 1U << 9 | 1U << 1);
	ring_expect(s.r, 10, 0);
	ring_expect(s.r, 11, 0);
}

static void stream_after_stream(void **state)
{
	struct stream s;
	uint32_t epoch;
	unsigned int i;

	(void)state;
	source_is(500);
	s = stream_start("source0", 8, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)), 0);
	for (i = 0; i < 10; i++) {
		wait_until(stream_done(&s) > i || ring_cq_tail(s.r) != s.r->cq_head);
		assert_int_equal(ring_cq_tail(s.r), s.r->cq_head);
		stream_stop(&s);
		epoch = s.line->epoch;
		stream_seen(&s, 0);
		push_start(s.r, 8, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)));
		ring_kick(s.r);
		wait_until(s.line->state == DMARING_STREAM_RUNNING);
		assert_int_not_equal(s.line->epoch, epoch);
	}
	stream_stop(&s);
	/* Of one that does not run there is nothing to stop. */
	push(s.r, DMARING_OP_CYCLIC_STOP, 0, 2);
	ring_kick(s.r);
	ring_expect(s.r, 2, 0);
}

static void engine_errors_end_the_stream(void **state)
{
	struct dmaring_cqe c;
	struct ring *r;

	(void)state;
	source_is(500);
	fault_set("source0", "rx", "fail_error", "1");
	r = cyclic_ring("source0", 8);
	push_start(r, 8, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)));
	ring_kick(r);
	c = ring_expect(r, 1, -EIO);
	assert_true(c.flags & DMARING_CQE_STARTED);
	assert_int_equal(c.engine, DMARING_ENGINE_WRITE_FAILED);
	fault_set("source0", "rx", "fail_prep", "-1");
	push_start(r, 8, 0);
	ring_kick(r);
	c = ring_expect(r, 1, -EIO);
	assert_false(c.flags & DMARING_CQE_STARTED);
}

static void close_during_a_stream(void **state)
{
	struct stream s;
	unsigned int i;

	(void)state;
	source_is(500);
	for (i = 0; i < 10; i++) {
		s = stream_start("source0", 8,
				 i % 2 ? DMARING_CYCLIC_PERIOD(PERIOD_NS(500)) : 0, 1);
		wait_until(stream_done(&s) > i);
		ring_close(s.r);
	}
	s = stream_start("source0", 8, 0, 0);
	wait_until(stream_done(&s) > 2);
	stream_stop(&s);
}

static void stream_for_ever(void *unused)
{
	struct stream s = stream_start("source0", 8, 0, 1);

	(void)unused;
	wait_until(stream_done(&s) > 10);
	raise(SIGKILL);
}

static void killed_during_a_stream(void **state)
{
	struct stream s;
	unsigned int i;

	(void)state;
	source_is(500);
	for (i = 0; i < 3; i++)
		assert_true(WIFSIGNALED(in_child(stream_for_ever, NULL)));
	s = stream_start("source0", 8, 0, 0);
	wait_until(stream_done(&s) >= 5);
	assert_true(stream_number(&s, stream_done(&s) - 1) >= 4);
	stream_stop(&s);
}

static void removal_ends_the_stream(void **state)
{
	struct dmaring_position p = { 0 };
	struct stream s;

	(void)state;
	source_is(500);
	s = stream_start("source0", 16, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)), 0);
	wait_until(stream_done(&s) > 3);
	controller_is("source0", &(struct habits){ 0 });
	assert_true(ring_expect(s.r, 1, -ENODEV).flags & DMARING_CQE_STARTED);
	assert_int_equal(s.line->state, DMARING_STREAM_ENDED);
	assert_error(xioctl(s.r->fd, DMARING_IOC_POSITION, &p), ENODEV);
	ring_close(s.r);
	source_is(500);
	s = stream_start("source0", 16, 0, 0);
	wait_until(stream_done(&s) >= 5);
	assert_true(stream_number(&s, stream_done(&s) - 1) >= 4);
	stream_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cyclic_test(wrong_entries_are_refused),
		cyclic_test(contiguous_pools),
		cyclic_test(other_work_waits_for_the_end),
		cyclic_test(stream_after_stream),
		cyclic_test(engine_errors_end_the_stream),
		cyclic_test(close_during_a_stream),
		cyclic_test(killed_during_a_stream),
		cyclic_test(removal_ends_the_stream),
	};

	return system_run(tests);
}
