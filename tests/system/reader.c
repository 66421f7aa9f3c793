// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read mode: completions are taken by read(). Whole records, each once, in
 * order; readiness and -EAGAIN agree; slots come back by reading.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"

#define RECORD	sizeof(struct dmaring_cqe)

static struct ring *reader_open(unsigned int sq)
{
	return ring_open("loop0", .sq = sq, .flags = DMARING_SETUP_READ);
}

static void nonblocking(struct ring *r)
{
	assert_int_equal(fcntl(r->fd, F_SETFL, O_NONBLOCK), 0);
}

/* NOPs whose user_data count on from @first; all are completed. */
static void post(struct ring *r, unsigned int n, uint64_t first)
{
	uint32_t tail = ring_cq_tail(r) + n;

	while (n--) {
		push(r, DMARING_OP_NOP, 0, first++);
		ring_kick(r);
	}
	wait_until(ring_cq_tail(r) == tail);
}

static void check_records(const struct dmaring_cqe *cqes, unsigned int n, uint64_t first)
{
	while (n--) {
		assert_int_equal(cqes->user_data, first++);
		assert_int_equal(cqes->opcode, DMARING_OP_NOP);
		assert_int_equal(cqes->res, 0);
		cqes++;
	}
}

static void whole_records_in_order(void **state)
{
	struct ring *r = reader_open(16);
	struct dmaring_cqe got[8];

	(void)state;
	nonblocking(r);
	post(r, 7, 100);
	/* What fits, and no part of the next. */
	memset(got, 0xa5, sizeof(got));
	assert_int_equal(read(r->fd, got, 3 * RECORD + 63), 3 * RECORD);
	check_records(got, 3, 100);
	byte_check(got + 3, 0xa5, 63);
	/* The same bytes as in the mapped ring. */
	assert_memory_equal(got, &r->cqes[r->cq_head & (r->setup.cq_entries - 1)], RECORD);
	assert_int_equal(read(r->fd, got, RECORD), RECORD);
	check_records(got, 1, 103);
	/* What is there, however much was asked. */
	assert_int_equal(read(r->fd, got, sizeof(got)), 3 * RECORD);
	check_records(got, 3, 104);
	assert_error(call(read(r->fd, got, sizeof(got))), EAGAIN);
}

/* Slots and indices wrap; every size of a read. */
static void past_the_wrap(void **state)
{
	struct ring *r = reader_open(8);
	struct dmaring_cqe got[16];
	uint64_t posted = 0, taken = 0;
	unsigned int i, n;

	(void)state;
	for (i = 0; i < 100; i++) {
		n = 1 + i % 16;
		post(r, n, posted);
		posted += n;
		while (taken < posted) {
			ssize_t bytes = read(r->fd, got, (1 + i % 5) * RECORD);

			assert_true(bytes > 0 && bytes % RECORD == 0);
			check_records(got, bytes / RECORD, taken);
			taken += bytes / RECORD;
		}
		assert_int_equal(taken, posted);
	}
}

static void less_than_a_record_is_einval(void **state)
{
	struct ring *r = reader_open(8);
	struct dmaring_cqe got;
	unsigned int i;

	(void)state;
	post(r, 1, 5);
	for (i = 0; i < RECORD; i++)
		assert_error(call(read(r->fd, &got, i)), EINVAL);
	assert_int_equal(read(r->fd, &got, RECORD), RECORD);
	check_records(&got, 1, 5);
}

static void pieces_of_readv(void **state)
{
	struct ring *r = reader_open(8);
	struct dmaring_cqe got[3];
	struct iovec v[] = {
		{ got, 10 }, { (char *)got + 10, 100 }, { (char *)got + 110, sizeof(got) - 110 },
	};

	(void)state;
	post(r, 3, 1);
	assert_int_equal(readv(r->fd, v, 3), sizeof(got));
	check_records(got, 3, 1);
}

/* Not a word of the user's completion line counts. */
static void users_indices_are_ignored(void **state)
{
	struct ring *r = reader_open(8);
	struct dmaring_cqe got[16];
	uint64_t posted = 0;
	unsigned int i;

	(void)state;
	nonblocking(r);
	for (i = 0; i < 64; i++) {
		r->user->cq_head = i * 0x9e3779b9U;
		r->user->cq_event = i * 0x85ebca6bU;
		assert_int_equal(ring_poll(r, POLLIN, 0), 0);
		assert_error(call(read(r->fd, got, RECORD)), EAGAIN);
		post(r, 1 + i % 8, posted);
		assert_int_equal(ring_poll(r, POLLIN, 0), POLLIN);
		assert_int_equal(read(r->fd, got, sizeof(got)), (1 + i % 8) * RECORD);
		check_records(got, 1 + i % 8, posted);
		posted += 1 + i % 8;
	}
	assert_int_equal(r->kern->cq_flags & DMARING_CQ_BAD_HEAD, 0);
}

/* EPOLLIN is never answered by -EAGAIN, and its absence always. */
static void readiness_is_what_read_says(void **state)
{
	struct ring *r = reader_open(32);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	unsigned int started = 0, done = 0, tried = 0;
	struct dmaring_cqe got[3];
	bool ready;
	ssize_t n;

	(void)state;
	nonblocking(r);
	while (done < 4000) {
		while (started - done < 24) {
			push_data(r, DMARING_OP_RECEIVE, rx, started % 4, 0, 64, started);
			push_data(r, DMARING_OP_SEND, tx, 4 + started % 4, 0, 64, started);
			started += 2;
		}
		ring_submit(r);
		ready = ring_poll(r, POLLIN, 0) & POLLIN;
		n = call(read(r->fd, got, sizeof(got)));
		if (n == -EAGAIN) {
			assert_false(ready);
			tried++;
			ring_poll(r, POLLIN, WAIT_MS);
			continue;
		}
		assert_true(n > 0);
		done += n / RECORD;
	}
	/* Either it never had to wait, or it did and went on. */
	assert_true(done >= 4000 && tried < done);
}

struct sleeper {
	struct ring *ring;
	struct dmaring_cqe got;
	ssize_t result;
};

static void *read_one(void *arg)
{
	struct sleeper *s = arg;

	s->result = call(read(s->ring->fd, &s->got, RECORD));
	return NULL;
}

static void sleeping_read_is_woken(void **state)
{
	struct ring *r = reader_open(8);
	struct sleeper s = { .ring = r };
	struct dmaring_cqe got;
	pthread_t thread;
	unsigned int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		assert_int_equal(pthread_create(&thread, NULL, read_one, &s), 0);
		if (i % 2)
			usleep(2000);
		push(r, DMARING_OP_NOP, 0, i);
		ring_kick(r);
		pthread_join(thread, NULL);
		assert_int_equal(s.result, RECORD);
		check_records(&s.got, 1, i);
	}
	nonblocking(r);
	assert_error(call(read(r->fd, &got, RECORD)), EAGAIN);
}

static void nothing(int signal)
{
	(void)signal;
}

static void signal_ends_a_read(void **state)
{
	struct sigaction action = { .sa_handler = nothing };
	struct sleeper s = { .ring = reader_open(8) };
	pthread_t thread;
	uint64_t end = now_ns() + (uint64_t)WAIT_MS * 1000000;

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	s.result = 1;
	assert_int_equal(pthread_create(&thread, NULL, read_one, &s), 0);
	while (__atomic_load_n(&s.result, __ATOMIC_ACQUIRE) == 1 && now_ns() < end) {
		pthread_kill(thread, SIGUSR1);
		look_again();
	}
	pthread_join(thread, NULL);
	assert_int_equal(s.result, -EINTR);
}

/* Data takes all but two slots; each read lets as many entries in. */
static void reading_gives_slots_back(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 32, .cq = 64, .flags = DMARING_SETUP_READ);
	uint32_t first = r->header->first_index;
	struct dmaring_cqe got[64];
	unsigned int i, bells, taken = 0;

	(void)state;
	for (i = 0; i < 80; i++) {
		push_copy(r, 1, 0, LINE_BYTES, i);
		if (i % 16 == 15)
			ring_submit(r);
	}
	wait_until(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	assert_int_equal(ring_sq_head(r) - first, 62);
	bells = r->doorbells;
	wait_until(ring_cq_tail(r) - first == 62);
	/* One slot, one entry; without a doorbell. */
	assert_int_equal(read(r->fd, got, RECORD), RECORD);
	assert_int_equal(got[0].user_data, taken++);
	wait_until(ring_sq_head(r) - first == 63);
	while (taken < 80) {
		ssize_t n = read(r->fd, got, sizeof(got));

		assert_true(n > 0);
		for (i = 0; i < n / RECORD; i++) {
			assert_int_equal(got[i].user_data, taken++);
			assert_int_equal(got[i].res, 0);
		}
	}
	assert_int_equal(r->doorbells, bells);
	assert_int_equal(ring_sq_flags(r) & DMARING_SQ_CQ_FULL, 0);
}

static void bad_pointer_loses_nothing(void **state)
{
	struct ring *r = reader_open(8);
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(p, MAP_FAILED);
	munmap(p + page, page);
	post(r, 6, 1);
	assert_error(call(read(r->fd, p + page, RECORD)), EFAULT);
	assert_error(call(read(r->fd, p + page - 63, 6 * RECORD)), EFAULT);
	/* Two whole ones fit before the hole. */
	assert_int_equal(read(r->fd, p + page - 2 * RECORD - 7, 6 * RECORD), 2 * RECORD);
	check_records((void *)memcpy(p, p + page - 2 * RECORD - 7, 2 * RECORD), 2, 1);
	assert_int_equal(read(r->fd, p, 6 * RECORD), 4 * RECORD);
	check_records((void *)p, 4, 3);
	munmap(p, page);
}

#define SHARED	20000

struct readers {
	struct ring *ring;
	unsigned char seen[SHARED];
	unsigned int taken;
};

static void *read_many(void *arg)
{
	struct readers *s = arg;
	struct dmaring_cqe got[4];
	unsigned int i;
	ssize_t n;

	for (;;) {
		n = read(s->ring->fd, got, sizeof(got));
		if (n <= 0)
			return (void *)-1;
		for (i = 0; i < n / RECORD; i++) {
			if (got[i].user_data == ~0ULL)
				return NULL;
			__atomic_add_fetch(&s->seen[got[i].user_data], 1, __ATOMIC_RELAXED);
			__atomic_add_fetch(&s->taken, 1, __ATOMIC_RELEASE);
		}
	}
}

/* Four readers of one ring: each completion goes to one of them. */
static void readers_share_a_ring(void **state)
{
	static struct readers s;
	pthread_t thread[4];
	void *result;
	unsigned int i;

	(void)state;
	memset(&s, 0, sizeof(s));
	s.ring = ring_open("mem0", .sq = 64, .flags = DMARING_SETUP_READ);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, read_many, &s), 0);
	for (i = 0; i < SHARED; i++) {
		push_copy(s.ring, 1, 0, LINE_BYTES, i);
		if (i % 8 == 7)
			ring_submit(s.ring);
	}
	wait_until(__atomic_load_n(&s.taken, __ATOMIC_ACQUIRE) == SHARED);
	for (i = 0; i < SHARED; i++)
		assert_int_equal(s.seen[i], 1);
	/* One at a time, since a reader leaves with what it has. */
	for (i = 0; i < 4; i++) {
		push(s.ring, DMARING_OP_NOP, 0, ~0ULL);
		ring_kick(s.ring);
		wait_until(ring_poll(s.ring, POLLIN, 0) == 0);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(thread[i], &result), 0);
		assert_null(result);
	}
}

static void eventfd_counts_wakeups(void **state)
{
	struct ring *r = reader_open(8);
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);
	struct dmaring_cqe got[8];

	(void)state;
	post(r, 3, 0);
	/* Readiness began once. */
	assert_int_equal(event_read(fd), 1);
	assert_int_equal(read(r->fd, got, RECORD), RECORD);
	post(r, 1, 3);
	assert_int_equal(event_read(fd), 0);
	assert_int_equal(read(r->fd, got, sizeof(got)), 3 * RECORD);
	post(r, 1, 4);
	assert_int_equal(event_read(fd), 1);
}

static void broken_ring_is_eio(void **state)
{
	struct ring *r = reader_open(8);
	struct dmaring_cqe got[8];

	(void)state;
	post(r, 2, 1);
	__atomic_store_n(&r->user->sq_tail, r->sq_tail + 100, __ATOMIC_RELEASE);
	assert_error(ring_doorbell(r), EIO);
	/* What is there can still be read. */
	assert_int_equal(read(r->fd, got, sizeof(got)), 2 * RECORD);
	assert_error(call(read(r->fd, got, sizeof(got))), EIO);
}

static void set_up(void **state)
{
	struct dmaring_coalesce coalesce = { .time_us = 100 };
	int fd = device_open("loop0", O_RDWR);
	struct dmaring_setup setup = ring_setup_default(fd, &(struct ring_options) {
		.flags = DMARING_SETUP_READ, .coalesce_us = 100 });
	struct ring *r;

	(void)state;
	assert_error(xioctl(fd, DMARING_IOC_SETUP, &setup), EINVAL);
	device_close(fd);
	r = reader_open(8);
	assert_int_equal(r->header->flags, DMARING_SETUP_READ);
	assert_error(xioctl(r->fd, DMARING_IOC_COALESCE, &coalesce), EOPNOTSUPP);
}

static void *read_to_the_end(void *arg)
{
	struct sleeper *s = arg;
	unsigned int *taken = (unsigned int *)&s->got;
	struct dmaring_cqe got;

	*taken = 0;
	while ((s->result = call(read(s->ring->fd, &got, RECORD))) == RECORD)
		++*taken;
	return NULL;
}

/* A reader that sleeps gets the last completion, and then the end. */
static void removal_ends_a_read(void **state)
{
	struct sleeper s = { .ring = reader_open(16) };
	int rx = ring_channel(s.ring, "rx");
	pthread_t thread;
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++)
		push_data(s.ring, DMARING_OP_RECEIVE, rx, 0, 0, 64, i);
	ring_submit(s.ring);
	assert_int_equal(pthread_create(&thread, NULL, read_to_the_end, &s), 0);
	assert_ok(file_write(DRIVER "unbind", "dmaring.0"));
	pthread_join(thread, NULL);
	assert_int_equal(file_write(DRIVER "bind", "dmaring.0"), 0);
	assert_int_equal(s.result, -ENODEV);
	assert_int_equal(*(unsigned int *)&s.got, 10);
	assert_true(ring_poll(s.ring, POLLIN, WAIT_MS) & POLLHUP);
	ring_close(s.ring);
	wait_until(!access("/dev/dmaring/loop0", F_OK));
	loop_works();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(set_up),
		system_test(whole_records_in_order),
		system_test(past_the_wrap),
		system_test(less_than_a_record_is_einval),
		system_test(pieces_of_readv),
		system_test(users_indices_are_ignored),
		system_test(readiness_is_what_read_says),
		system_test(sleeping_read_is_woken),
		system_test(signal_ends_a_read),
		system_test(reading_gives_slots_back),
		system_test(bad_pointer_loses_nothing),
		system_test(readers_share_a_ring),
		system_test(eventfd_counts_wakeups),
		system_test(broken_ring_is_eio),
		system_test(removal_ends_a_read),
	};

	return system_run(tests);
}
