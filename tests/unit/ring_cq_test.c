// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The completion side of the library, and attaching, against a driver played
 * by the test.
 */
#include "../../src/user/internal.h"

#include "ring_test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ENTRIES		8U
#define CQ_ENTRIES	16U

static int set_up(void **state)
{
	struct ring_fake *fake = malloc(sizeof(*fake));

	*state = fake;
	if (!fake || ring_fake_init(fake, ENTRIES, CQ_ENTRIES, FIRST_INDEX) < 0)
		return -1;
	return ring_fake_add_pool(fake, 4, 1000, 1024);
}

static int tear_down(void **state)
{
	ring_fake_destroy(*state);
	free(*state);
	return 0;
}

static void post(struct ring_fake *fake, unsigned int n)
{
	static __u64 number;
	struct dmaring_cqe cqe;

	while (n--) {
		memset(&cqe, 0, sizeof(cqe));
		cqe.user_data = number++;
		ring_fake_post(fake, &cqe);
	}
}

static void completions_arrive_in_order_past_the_wrap(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_cqe *cqe;
	__u64 next = 0;
	unsigned int total = 0, batch, i;

	assert_int_equal(dmaring_peek_cqe(ring, &cqe), -EAGAIN);
	assert_null(cqe);
	while (total < 1000) {
		batch = 1 + total % CQ_ENTRIES;
		post(fake, batch);
		assert_int_equal(dmaring_cq_ready(ring), batch);
		for (i = 0; i < batch; i++) {
			assert_int_equal(dmaring_peek_cqe(ring, &cqe), 0);
			if (!total && !i)
				next = cqe->user_data;
			assert_int_equal(cqe->user_data, next++);
			dmaring_cqe_seen(ring, cqe);
		}
		assert_int_equal(dmaring_peek_cqe(ring, &cqe), -EAGAIN);
		assert_int_equal(fake->user->cq_head, fake->kern->cq_tail);
		total += batch;
	}
	assert_true(fake->user->cq_head < FIRST_INDEX);
}

static void peek_gives_nothing_back_to_the_driver(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_cqe *first, *again;

	post(fake, 2);
	assert_int_equal(dmaring_peek_cqe(&fake->ring, &first), 0);
	assert_int_equal(dmaring_peek_cqe(&fake->ring, &again), 0);
	assert_ptr_equal(first, again);
	assert_int_equal(fake->user->cq_head, FIRST_INDEX);
	dmaring_cqe_seen(&fake->ring, NULL);
	assert_int_equal(fake->user->cq_head, FIRST_INDEX);
}

static void the_loop_sees_all_and_advance_gives_them_back(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_cqe *cqe;
	unsigned int round, index, n;

	for (round = 0; round < 100; round++) {
		__u64 last = 0;

		post(fake, 11);
		n = 0;
		dmaring_for_each_cqe(&fake->ring, index, cqe) {
			assert_true(!n || cqe->user_data == last + 1);
			last = cqe->user_data;
			n++;
		}
		assert_int_equal(n, 11);
		dmaring_cq_advance(&fake->ring, n);
		assert_int_equal(dmaring_cq_ready(&fake->ring), 0);
	}
}

/* Whatever the batch: readable exactly from the n-th completion on, for ever. */
static void readable_means_the_batch_that_was_asked_for(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	const unsigned int most = CQ_ENTRIES - DMARING_CONTROL_SLOTS;
	unsigned int round, batch, i;

	assert_int_equal(dmaring_wake_after(ring, 0), -EINVAL);
	assert_int_equal(dmaring_wake_after(ring, most + 1), -EINVAL);
	for (round = 0; round < 100; round++) {
		batch = 1 + round % most;
		assert_int_equal(dmaring_wake_after(ring, batch), 0);
		for (i = 0; i < CQ_ENTRIES; i++) {
			assert_int_equal(ring_fake_is_readable(fake), i >= batch);
			post(fake, 1);
		}
		assert_true(ring_fake_is_readable(fake));
		assert_int_equal(dmaring_wake_after(ring, batch), CQ_ENTRIES);
		/* Giving back in pieces keeps the meaning. */
		for (i = CQ_ENTRIES; i; i--) {
			assert_int_equal(ring_fake_is_readable(fake), i >= batch);
			dmaring_cq_advance(ring, 1);
		}
	}
}

static void the_event_index_never_grows_stale(void **state)
{
	struct ring_fake *fake = *state;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		post(fake, 1);
		dmaring_cq_advance(&fake->ring, dmaring_cq_ready(&fake->ring));
		assert_int_equal(fake->user->cq_event, fake->user->cq_head);
	}
}

static void an_ended_ring_says_so_after_the_last_completion(void **state)
{
	static const struct {
		__u32 state;
		int err;
	} ends[] = { { DMARING_RING_BROKEN, -EPIPE }, { DMARING_RING_GONE, -ENODEV } };
	struct ring_fake *fake = *state;
	struct dmaring_cqe *cqe;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		fake->kern->state = DMARING_RING_RUNNING;
		assert_int_equal(dmaring_peek_cqe(&fake->ring, &cqe), -EAGAIN);
		post(fake, 1);
		fake->kern->state = ends[i].state;
		assert_int_equal(dmaring_wait_cqe(&fake->ring, &cqe), 0);
		dmaring_cqe_seen(&fake->ring, cqe);
		assert_int_equal(dmaring_peek_cqe(&fake->ring, &cqe), ends[i].err);
		assert_null(cqe);
		assert_int_equal(dmaring_wait_cqe(&fake->ring, &cqe), ends[i].err);
		assert_int_equal(dmaring_wait_cqes_timeout(&fake->ring, 3, -1), ends[i].err);
	}
}

static void an_empty_ring_asks_a_driver_that_waits_for_slots(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_cqe *cqe;

	dmaring_prep_send(dmaring_get_sqe(ring), 0, dmaring_buffer(ring, 0), 1);
	dmaring_submit(ring);
	assert_int_equal(ring_fake_doorbells(fake), 1);
	post(fake, 2);
	fake->kern->sq_flags = DMARING_SQ_NEED_DOORBELL | DMARING_SQ_CQ_FULL;
	assert_int_equal(dmaring_peek_cqe(ring, &cqe), 0);
	dmaring_cq_advance(ring, 2);
	assert_int_equal(ring_fake_doorbells(fake), 0);
	assert_int_equal(dmaring_peek_cqe(ring, &cqe), -EAGAIN);
	assert_int_equal(ring_fake_doorbells(fake), 1);
	/* Polled on and on: it knows already. */
	assert_int_equal(dmaring_peek_cqe(ring, &cqe), -EAGAIN);
	assert_int_equal(ring_fake_doorbells(fake), 0);
}

static void waiting_ends_with_time_and_leaves_the_batch_alone(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_cqe *cqe;

	assert_int_equal(dmaring_wake_after(ring, 5), 0);
	errno = ENOANO;
	assert_int_equal(dmaring_wait_cqe_timeout(ring, &cqe, 1000000), -ETIME);
	assert_int_equal(errno, ENOANO);
	assert_null(cqe);
	assert_int_equal(fake->user->cq_event - fake->user->cq_head, 4);
	assert_int_equal(dmaring_wait_cqe_timeout(ring, &cqe, 0), -ETIME);
	post(fake, 2);
	assert_int_equal(dmaring_wait_cqes_timeout(ring, 3, 1000000), 2);
	assert_int_equal(dmaring_wait_cqes_timeout(ring, 2, -1), 2);
	assert_int_equal(fake->user->cq_event - fake->user->cq_head, 4);
	assert_int_equal(dmaring_wait_cqes_timeout(ring, 0, -1), -EINVAL);
	assert_int_equal(dmaring_wait_cqes_timeout(ring, CQ_ENTRIES - 1, -1), -EINVAL);
}

static void fewer_than_asked_wake_when_the_driver_says_so(void **state)
{
	struct ring_fake *fake = *state;

	/* The time bound of coalescing: readable with one of three. */
	post(fake, 1);
	assert_int_equal(send(fake->peer, "", 1, 0), 1);
	assert_int_equal(dmaring_wait_cqes_timeout(&fake->ring, 3, -1), 1);
}

static void what_came_during_a_longer_wait_is_not_forgotten(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_cqe *cqe;

	/* Two of three: nobody is woken, but the caller hears of the two. */
	post(fake, 2);
	assert_int_equal(dmaring_wait_cqes_timeout(&fake->ring, 3, 0), 2);
	dmaring_cq_advance(&fake->ring, 2);
	assert_int_equal(dmaring_peek_cqe(&fake->ring, &cqe), -EAGAIN);
	post(fake, 1);
	assert_true(ring_fake_must_wake(fake));
}

static void submit_and_wait_does_both(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_sqe seen;

	dmaring_prep_nop(dmaring_get_sqe(&fake->ring));
	post(fake, 1);
	assert_int_equal(dmaring_submit_and_wait(&fake->ring, 1), 1);
	assert_true(ring_fake_take(fake, &seen));
	assert_int_equal(dmaring_submit_and_wait(&fake->ring, 0), 0);
}

/* Out of line, or the compiler sees through the numbers and warns of them. */
static __attribute__((noinline)) void *data_of(const struct dmaring *ring,
					       const struct dmaring_cqe *cqe)
{
	return dmaring_cqe_data(ring, cqe);
}

static void the_address_of_a_completion(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_cqe cqe = { .opcode = DMARING_OP_RECEIVE, .buffer = 3, .offset = 999 };

	assert_ptr_equal(data_of(ring, &cqe), (char *)dmaring_buffer(ring, 3) + 999);
	cqe.offset = 1000;
	assert_null(data_of(ring, &cqe));
	cqe.offset = 0;
	cqe.buffer = 4;
	assert_null(data_of(ring, &cqe));
	cqe.buffer = UINT32_MAX;
	assert_null(data_of(ring, &cqe));
	cqe.buffer = 0;
	cqe.pool = 1;
	assert_null(data_of(ring, &cqe));
	cqe.pool = UINT16_MAX;
	assert_null(data_of(ring, &cqe));
	cqe.pool = 0;
	cqe.opcode = DMARING_OP_NOP;
	assert_null(data_of(ring, &cqe));
	cqe.user_data = (uintptr_t)fake;
	assert_ptr_equal(dmaring_cqe_get_data(&cqe), fake);
}

static void signals_can_be_suppressed(void **state)
{
	struct ring_fake *fake = *state;

	assert_int_equal(dmaring_eventfd_enable(&fake->ring, 0), 0);
	assert_int_equal(fake->user->cq_flags, DMARING_CQ_EVENTFD_OFF);
	post(fake, 3);
	assert_int_equal(dmaring_eventfd_enable(&fake->ring, 1), 3);
	assert_int_equal(fake->user->cq_flags, 0);
}

static void attach_again(struct ring_fake *fake, int expected)
{
	struct dmaring ring;

	memset(&ring, 0, sizeof(ring));
	assert_int_equal(dmaring_attach_(&ring, fake->kern_region, fake->header->kern_bytes,
					 fake->user_region, fake->header->user_bytes), expected);
}

/* And put right again. */
static void assert_refused(struct ring_fake *fake, const struct dmaring_header *good)
{
	attach_again(fake, -EPROTONOSUPPORT);
	*fake->header = *good;
}

static void a_header_of_another_abi_is_refused(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_header *header = fake->header, good = *fake->header;

	attach_again(fake, 0);
	header->magic = 0;
	assert_refused(fake, &good);
	header->abi_major = DMARING_ABI_MAJOR + 1;
	assert_refused(fake, &good);
	header->features_active = 1;
	assert_refused(fake, &good);
	header->sq_entries = 0;
	assert_refused(fake, &good);
	header->sq_entries = 6;
	assert_refused(fake, &good);
	header->cq_entries = ENTRIES;
	assert_refused(fake, &good);
	header->cq_entries = 1U << 31;
	assert_refused(fake, &good);
	header->sqe_bytes = sizeof(struct dmaring_sqe) - 8;
	assert_refused(fake, &good);
	header->cqe_bytes = 68;
	assert_refused(fake, &good);
	header->channels = DMARING_CHANNELS_MAX + 1;
	assert_refused(fake, &good);
	header->kern_control = good.kern_bytes - 8;
	assert_refused(fake, &good);
	header->kern_control = UINT32_MAX - 7;
	assert_refused(fake, &good);
	header->cqes = good.cqes + 8;
	assert_refused(fake, &good);
	header->user_control = 4;
	assert_refused(fake, &good);
	header->sqes = good.segments + 8;
	assert_refused(fake, &good);
	header->segments = good.segments + 8;
	assert_refused(fake, &good);
	header->sq_entries = ENTRIES / 2;	/* what fits is fine */
	attach_again(fake, 0);
}

static void a_pool_that_makes_no_sense_is_refused(void **state)
{
	static const struct dmaring_pool pools[] = {
		{ .buffers = 0, .index = 1, .buffer_bytes = 1000, .stride = 1024, .bytes = 4096 },
		{ .buffers = 5, .index = 1, .buffer_bytes = 1000, .stride = 1024, .bytes = 4096 },
		{ .buffers = 4, .index = 0, .buffer_bytes = 1000, .stride = 1024, .bytes = 4096 },
		{ .buffers = 4, .index = 1, .buffer_bytes = 1000, .stride = 999, .bytes = 4096 },
		{ .buffers = 4, .index = 1, .buffer_bytes = 1000, .stride = 1ULL << 63,
		  .bytes = 4096 },
	};
	struct ring_fake *fake = *state;
	size_t i;

	for (i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		assert_int_equal(dmaring_attach_pool_(&fake->ring, &pools[i], fake),
				 -EPROTONOSUPPORT);
	assert_int_equal(fake->ring.pools, 1);
}

static void errors_are_explained(void **state)
{
	char text[512], cut[16];
	int n;

	(void)state;
	n = dmaring_explain_error(-EPIPE, "submit", "adc0", text, sizeof(text));
	assert_int_equal(n, strlen(text));
	assert_int_equal(strncmp(text, "submit adc0: the ring is broken", 31), 0);
	assert_int_equal(dmaring_explain_error(EPIPE, "submit", "adc0", cut, sizeof(cut)), n);
	assert_string_equal(cut, "submit adc0: th");
	assert_int_equal(dmaring_explain_error(EPIPE, "submit", "adc0", NULL, 0), n);
	dmaring_explain_error(-ENOTTY, "open", NULL, text, sizeof(text));
	assert_int_equal(strncmp(text, "open: not a dmaring device", 26), 0);
}

static void opening_what_is_no_device_fails_and_closing_it_is_harmless(void **state)
{
	static const struct dmaring_options odd = { .flags = 1U << 31 };
	struct dmaring_query query;
	struct dmaring ring;

	(void)state;
	assert_int_equal(dmaring_open(&ring, "/dev/null", NULL), -ENOTTY);
	assert_int_equal(dmaring_fd(&ring), -1);
	dmaring_close(&ring);
	assert_int_equal(dmaring_open(&ring, "/dev/null", &odd), -EINVAL);
	assert_int_equal(dmaring_open(&ring, "no such device", NULL), -ENOENT);
	assert_int_equal(dmaring_open(&ring, "", NULL), -ENOENT);
	assert_int_equal(dmaring_query_device("/dev/null", &query), -ENOTTY);
	assert_int_equal(dmaring_open_sized_(&ring, sizeof(ring) - 8, "/dev/null", NULL, 0),
			 -EINVAL);
	memset(&ring, 0, sizeof(ring));
	dmaring_close(&ring);	/* and descriptor 0 stays open */
	assert_int_not_equal(lseek(0, 0, SEEK_CUR) < 0 && errno == EBADF, 1);
}

static void options_of_a_newer_library_are_taken_if_unused(void **state)
{
	struct {
		struct dmaring_options options;
		__u64 later;
	} newer = { .later = 0 };
	struct dmaring ring;

	(void)state;
	assert_int_equal(dmaring_open_sized_(&ring, sizeof(ring), "/dev/null", &newer.options,
					     sizeof(newer)), -ENOTTY);
	newer.later = 1;
	assert_int_equal(dmaring_open_sized_(&ring, sizeof(ring), "/dev/null", &newer.options,
					     sizeof(newer)), -E2BIG);
}

/* The completions come through the descriptor, and by no other way. */
static void a_ring_in_read_mode_is_read(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_cqe *cqe, got[4];
	int pair[2], old = ring->fd;

	post(fake, 3);
	ring->flags = DMARING_SETUP_READ;
	assert_int_equal(dmaring_peek_cqe(ring, &cqe), -EOPNOTSUPP);
	assert_null(cqe);
	assert_int_equal(dmaring_wait_cqe(ring, &cqe), -EOPNOTSUPP);
	assert_int_equal(dmaring_wait_cqe_timeout(ring, &cqe, 0), -EOPNOTSUPP);
	assert_int_equal(dmaring_wait_cqes_timeout(ring, 2, -1), -EOPNOTSUPP);
	assert_int_equal(dmaring_wake_after(ring, 2), -EOPNOTSUPP);
	assert_int_equal(dmaring_cq_ready(ring), 0);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	ring->fd = pair[0];
	errno = 7;
	assert_int_equal(dmaring_read_cqes(ring, got, 4), -EAGAIN);
	assert_int_equal(errno, 7);
	memset(got, 0, sizeof(got));
	got[2].user_data = 77;
	assert_int_equal(write(pair[1], got, 3 * sizeof(*got)), 3 * sizeof(*got));
	memset(got, 0xff, sizeof(got));
	assert_int_equal(dmaring_read_cqes(ring, got, 4), 3);
	assert_int_equal(got[2].user_data, 77);
	close(pair[0]);
	close(pair[1]);
	ring->fd = old;
	ring->flags = 0;
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(completions_arrive_in_order_past_the_wrap),
		TEST(peek_gives_nothing_back_to_the_driver),
		TEST(the_loop_sees_all_and_advance_gives_them_back),
		TEST(readable_means_the_batch_that_was_asked_for),
		TEST(the_event_index_never_grows_stale),
		TEST(an_ended_ring_says_so_after_the_last_completion),
		TEST(an_empty_ring_asks_a_driver_that_waits_for_slots),
		TEST(waiting_ends_with_time_and_leaves_the_batch_alone),
		TEST(fewer_than_asked_wake_when_the_driver_says_so),
		TEST(what_came_during_a_longer_wait_is_not_forgotten),
		TEST(submit_and_wait_does_both),
		TEST(the_address_of_a_completion),
		TEST(signals_can_be_suppressed),
		TEST(a_ring_in_read_mode_is_read),
		TEST(a_header_of_another_abi_is_refused),
		TEST(a_pool_that_makes_no_sense_is_refused),
		TEST(errors_are_explained),
		TEST(opening_what_is_no_device_fails_and_closing_it_is_harmless),
		TEST(options_of_a_newer_library_are_taken_if_unused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ring_cq", tests, NULL, NULL);
}
