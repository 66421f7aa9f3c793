// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two threads on one ring, the second one in the driver's role: for the thread
 * sanitizer, and for wake-ups lost in either direction. Both sides really
 * sleep: the driver on its end of the socket when it has asked for a doorbell,
 * the user in poll(). A lost one shows as the alarm.
 */
#include "ring_test.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ENTRIES		8U
#define CQ_ENTRIES	16U
#define TRANSFERS	60000U
#define SECONDS		60U	/* until a lost wake-up is called one */

static int set_up(void **state)
{
	struct ring_fake *fake = malloc(sizeof(*fake));

	*state = fake;
	if (!fake || ring_fake_init(fake, ENTRIES, CQ_ENTRIES, FIRST_INDEX) < 0)
		return -1;
	alarm(SECONDS);
	return ring_fake_add_pool(fake, ENTRIES, 64, 64);
}

static int tear_down(void **state)
{
	alarm(0);
	ring_fake_destroy(*state);
	free(*state);
	return 0;
}

/* A full barrier that the thread sanitizer understands. */
static void full_barrier(void)
{
	static __u32 word;

	__atomic_fetch_add(&word, 1, __ATOMIC_SEQ_CST);
}

/* Room for one more completion? */
static bool has_slot(const struct ring_fake *fake)
{
	/* H: cq_head before the slot is written again; pairs with G. */
	__u32 head = __atomic_load_n(&fake->user->cq_head, __ATOMIC_ACQUIRE);

	return fake->kern->cq_tail - head < fake->header->cq_entries;
}

static bool has_entry(const struct ring_fake *fake)
{
	return fake->kern->sq_head != __atomic_load_n(&fake->user->sq_tail, __ATOMIC_RELAXED);
}

static void set_sq_flags(struct ring_fake *fake, __u32 flags)
{
	__atomic_store_n(&fake->kern->sq_flags, flags, __ATOMIC_RELAXED);
}

/* Sleeps until a doorbell comes, unless there is something to do meanwhile. */
static void driver_sleep(struct ring_fake *fake)
{
	struct dmaring_doorbell record;

	set_sq_flags(fake, DMARING_SQ_NEED_DOORBELL | (has_slot(fake) ? 0 : DMARING_SQ_CQ_FULL));
	/* K: sq_flags before sq_tail and cq_head; pairs with J. */
	full_barrier();
	if (!(has_entry(fake) && has_slot(fake)) &&
	    recv(fake->peer, &record, sizeof(record), 0) != sizeof(record))
		abort();
	set_sq_flags(fake, 0);
}

/* Consumes every entry and completes it with the sum of its bytes. */
static void *driver(void *argument)
{
	struct ring_fake *fake = argument;
	const unsigned char *data;
	struct dmaring_sqe sqe;
	unsigned int done, i;

	for (done = 0; done < TRANSFERS; done++) {
		struct dmaring_cqe cqe;

		while (!has_slot(fake) || !ring_fake_take(fake, &sqe))
			driver_sleep(fake);
		memset(&cqe, 0, sizeof(cqe));
		cqe.user_data = sqe.user_data;
		cqe.opcode = sqe.opcode;
		cqe.buffer = sqe.buffer;
		data = (unsigned char *)fake->pool_memory[0] + sqe.buffer * 64;
		for (i = 0; i < sqe.bytes; i++)
			cqe.bytes += data[i];
		ring_fake_post(fake, &cqe);
		/* M: cq_tail before cq_event and cq_head; pairs with L. */
		full_barrier();
		if (ring_fake_must_wake(fake))
			send(fake->peer, "", 1, MSG_DONTWAIT);
	}
	return NULL;
}

/* What a read of the level would do: the real descriptor is not readable for ever. */
static void forget_wakeups(struct ring_fake *fake)
{
	char byte;

	while (recv(fake->ring.fd, &byte, 1, MSG_DONTWAIT) == 1)
		;
}

static void submit_one(struct ring_fake *fake, __u64 number)
{
	unsigned char *data = dmaring_buffer(&fake->ring, number % ENTRIES);
	struct dmaring_sqe *sqe = dmaring_get_sqe(&fake->ring);

	data[0] = number & 0xff;
	data[1] = number >> 8 & 0xff;
	dmaring_prep_send(sqe, 0, data, 2);
	dmaring_sqe_set_data64(sqe, number);
}

static __u32 sum(__u64 number)
{
	return (number & 0xff) + (number >> 8 & 0xff);
}

/* The buffer of an entry is free again when its completion has come: ENTRIES in flight. */
static void submit_all(struct ring_fake *fake, __u64 *submitted, __u64 completed)
{
	while (*submitted < TRANSFERS && *submitted - completed < ENTRIES &&
	       dmaring_sq_space_left(&fake->ring))
		submit_one(fake, (*submitted)++);
	assert_true(dmaring_submit(&fake->ring) >= 0);
}

static void complete_all(struct dmaring *ring, __u64 *completed)
{
	struct dmaring_cqe *cqe;

	while (dmaring_peek_cqe(ring, &cqe) == 0) {
		assert_int_equal(cqe->user_data, *completed);
		assert_int_equal(cqe->bytes, sum(*completed));
		dmaring_cqe_seen(ring, cqe);
		++*completed;
	}
}

static void a_waiting_user_and_the_driver(void **state)
{
	struct ring_fake *fake = *state;
	__u64 submitted = 0, completed = 0;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, driver, fake), 0);
	while (completed < TRANSFERS) {
		unsigned int want = 1 + completed % 3;

		submit_all(fake, &submitted, completed);
		if (want > submitted - completed)
			want = submitted - completed;
		forget_wakeups(fake);
		assert_true(dmaring_wait_cqes_timeout(&fake->ring, want, -1) > 0);
		complete_all(&fake->ring, &completed);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* As on an eventfd or in edge-triggered epoll: every wake-up is seen once only. */
static void a_user_in_an_edge_triggered_loop_and_the_driver(void **state)
{
	struct ring_fake *fake = *state;
	struct pollfd poll_fd = { .fd = fake->ring.fd, .events = POLLIN };
	__u64 submitted = 0, completed = 0;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, driver, fake), 0);
	while (completed < TRANSFERS) {
		submit_all(fake, &submitted, completed);
		assert_int_equal(poll(&poll_fd, 1, -1), 1);
		forget_wakeups(fake);
		complete_all(&fake->ring, &completed);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
}

struct sharers {
	struct ring_fake *fake;
	__u64 submitted;	/* under the submission lock */
	__u64 completed;	/* under the completion lock */
	__u64 sum;		/* under the completion lock */
};

/* The driver reads one buffer for all, filled in before the threads start. */
static void *submitter(void *argument)
{
	struct sharers *sharers = argument;
	struct dmaring *ring = &sharers->fake->ring;
	bool more = true;

	while (more) {
		struct dmaring_sqe *sqe;

		dmaring_lock_submission(ring);
		more = sharers->submitted < TRANSFERS;
		sqe = more ? dmaring_get_sqe(ring) : NULL;
		if (sqe) {
			dmaring_prep_send(sqe, 0, dmaring_buffer(ring, 0), 2);
			dmaring_sqe_set_data64(sqe, sharers->submitted++);
			if (dmaring_submit(ring) != 1)
				abort();
		}
		dmaring_unlock_submission(ring);
		if (!sqe)
			sched_yield();
	}
	return NULL;
}

static void *completer(void *argument)
{
	struct sharers *sharers = argument;
	struct dmaring *ring = &sharers->fake->ring;
	bool more = true;

	while (more) {
		struct dmaring_cqe *cqe;
		int err;

		dmaring_lock_completion(ring);
		forget_wakeups(sharers->fake);
		err = dmaring_peek_cqe(ring, &cqe);
		if (!err) {
			if (cqe->user_data != sharers->completed)
				abort();
			sharers->completed++;
			sharers->sum += cqe->bytes;
			dmaring_cqe_seen(ring, cqe);
		}
		more = sharers->completed < TRANSFERS;
		dmaring_unlock_completion(ring);
		if (err)
			sched_yield();
	}
	return NULL;
}

static void two_threads_on_each_side_and_the_driver(void **state)
{
	struct sharers sharers = { .fake = *state };
	unsigned char *data = dmaring_buffer(&sharers.fake->ring, 0);
	pthread_t driver_thread, threads[4];
	unsigned int i;

	data[0] = 3;
	data[1] = 4;
	assert_int_equal(pthread_create(&driver_thread, NULL, driver, sharers.fake), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						i < 2 ? submitter : completer, &sharers), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(pthread_join(driver_thread, NULL), 0);
	assert_int_equal(sharers.completed, TRANSFERS);
	assert_int_equal(sharers.sum, 7ULL * TRANSFERS);
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_waiting_user_and_the_driver),
		TEST(a_user_in_an_edge_triggered_loop_and_the_driver),
		TEST(two_threads_on_each_side_and_the_driver),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ring_thread", tests, NULL, NULL);
}
