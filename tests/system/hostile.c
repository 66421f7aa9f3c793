// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile process: one thread scribbles over USER and over buffers, one rings,
 * one calls everything else. No DMA touches a byte that the process was not given,
 * nothing of anybody else changes, and afterwards nothing is held.
 *
 * What it was given is known here from the mappings and /proc/self/pagemap, or, of
 * pools of a device's memory, from the controller's word for a first transfer, and
 * told to the controller, which counts the bytes that it touches elsewhere. The
 * gaps between buffers, a ring and a process that stand by are looked at besides.
 *
 * DMARING_SECONDS: how long (5; DMARING_LONG=1: 180). DMARING_SEED repeats the
 * choices of each thread, though not how they meet.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hostile.h"

#define STAND_BY_BYTES	(8U << 20)

struct dice {
	uint64_t state;
};

static struct ring *victims[2];
static bool over;
static unsigned long entries, calls, rings_broken;

static bool is_over(void)
{
	return __atomic_load_n(&over, __ATOMIC_RELAXED);
}

static uint32_t roll(struct dice *dice)
{
	dice->state = dice->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return dice->state >> 33;
}

static uint32_t below(struct dice *dice, uint32_t n)
{
	return roll(dice) % n;
}

static bool one_in(struct dice *dice, uint32_t n)
{
	return !below(dice, n);
}

/* ------------------------------------------------------------------------
 * The scribbler
 */

static void scribble_words(struct dice *dice, struct ring *r)
{
	unsigned char *user = (unsigned char *)r->user - r->header->user_control;
	uint32_t from = r->header->user_streams, words = (r->setup.user_bytes - from) / 4;
	unsigned int n = below(dice, 16);

	while (n--)
		__atomic_store_n((uint32_t *)(user + from) + below(dice, words), roll(dice),
				 __ATOMIC_RELAXED);
}

/* Not between the buffers: what is there is to stay. */
static void scribble_buffer(struct dice *dice, struct ring *r)
{
	const struct dmaring_pool *pool = &r->setup.pool;
	uint32_t bytes = 1 + below(dice, 64);

	memset(ring_buffer(r, below(dice, pool->buffers)) + below(dice, pool->buffer_bytes - bytes),
	       roll(dice), bytes);
}

/* Mostly right, so that it gets far; then perhaps with one thing wrong. */
static void make_entry(struct dice *dice, struct ring *r, struct dmaring_sqe *sqe)
{
	static const uint32_t sizes[HOSTILE_SHAPES] = { 5000, 4096, 65536 };
	uint32_t shape = below(dice, HOSTILE_SHAPES), room = sizes[shape];
	bool copies = r == victims[1];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = one_in(dice, 3) ? below(dice, 11) :
		      copies ? DMARING_OP_COPY : DMARING_OP_SEND + below(dice, 2);
	sqe->flags = one_in(dice, 4) ? below(dice, 4) : 0;
	sqe->channel = copies ? 0 : sqe->opcode == DMARING_OP_SEND ?
		       ring_channel_of(r, "tx") : ring_channel_of(r, "rx");
	sqe->pool = shape;
	sqe->buffer = below(dice, 4);
	sqe->offset = one_in(dice, 2) ? below(dice, room) : 0;
	sqe->bytes = 1 + below(dice, room - sqe->offset);
	sqe->timeout_us = one_in(dice, 8) ? 1 + below(dice, 2000) : 0;
	sqe->user_data = below(dice, 64);
	if (copies) {
		sqe->source_pool = below(dice, HOSTILE_SHAPES);
		sqe->source_buffer = below(dice, 4);
		sqe->bytes = 1 + below(dice, 4096);
		if (sqe->offset + sqe->bytes > room)
			sqe->offset = 0;
	}
	if (sqe->flags & DMARING_SQE_SEGMENTS || sqe->opcode == DMARING_OP_INTERLEAVED) {
		struct dmaring_segment *segments = (void *)((unsigned char *)r->user -
							    r->header->user_control +
							    r->header->segments);
		uint32_t rows = 1 + below(dice, 4);

		sqe->list = below(dice, 60);
		sqe->list_entries = 1;
		if (sqe->opcode == DMARING_OP_INTERLEAVED) {
			struct dmaring_template shape_of_rows = {
				.row_bytes = 1 + below(dice, 512), .rows = rows,
				.stride = 512 + below(dice, 512),
				.source_stride = copies ? 512 + below(dice, 512) : 0,
			};

			memcpy(&segments[sqe->list], &shape_of_rows, sizeof(shape_of_rows));
			sqe->bytes = shape_of_rows.row_bytes * rows;
		} else {
			segments[sqe->list] = (struct dmaring_segment){
				.buffer = sqe->buffer, .offset = sqe->offset, .bytes = sqe->bytes,
			};
			sqe->buffer = 0;
			sqe->offset = 0;
		}
	}
	switch (sqe->opcode) {
	case DMARING_OP_CANCEL:
		*sqe = (struct dmaring_sqe){
			.opcode = DMARING_OP_CANCEL, .target = below(dice, 64),
		};
		break;
	case DMARING_OP_NOP:
	case DMARING_OP_ABORT:
	case DMARING_OP_CYCLIC_STOP:
		*sqe = (struct dmaring_sqe){ .opcode = sqe->opcode, .channel = sqe->channel };
		break;
	case DMARING_OP_FENCE:
		*sqe = (struct dmaring_sqe){
			.opcode = DMARING_OP_FENCE,
			.channel = one_in(dice, 4) ? DMARING_CHANNEL_ALL : sqe->channel,
		};
		break;
	case DMARING_OP_CYCLIC_START:
		*sqe = (struct dmaring_sqe){
			.opcode = DMARING_OP_CYCLIC_START, .channel = sqe->channel, .pool = 1,
			.bytes = 4096, .list_entries = 4, .list = below(dice, 3),
			.target = DMARING_CYCLIC_PERIOD(1000 + below(dice, 100000)) |
				  below(dice, 2),
		};
	}
	if (one_in(dice, 6))
		((uint32_t *)sqe)[below(dice, 16)] =
			one_in(dice, 2) ? roll(dice) : below(dice, 70000);
	if (one_in(dice, 12))
		((unsigned char *)sqe)[below(dice, 64)] ^= 1 << below(dice, 8);
}

static void *scribbler(void *arg)
{
	struct dice dice = { (uintptr_t)arg };

	while (!is_over()) {
		struct ring *r = victims[below(&dice, 2)];
		uint32_t head = ring_sq_head(r), n = 1 + below(&dice, 8), was = r->sq_tail;

		for (; n && r->sq_tail - head < r->setup.sq_entries; n--, entries++)
			make_entry(&dice, r, &r->sqes[r->sq_tail++ & (r->setup.sq_entries - 1)]);
		if (one_in(&dice, 8))
			scribble_words(&dice, r);
		ring_publish(r);
		if (one_in(&dice, 4))
			scribble_words(&dice, r);
		scribble_buffer(&dice, r);
		__atomic_store_n(&r->user->cq_head, one_in(&dice, 500) ? roll(&dice) :
				 ring_cq_tail(r), __ATOMIC_RELEASE);
		__atomic_store_n(&r->user->cq_event, roll(&dice), __ATOMIC_RELAXED);
		if (one_in(&dice, 20))
			r->user->cq_flags = roll(&dice);
		/* For good: so not often. */
		if (r->sq_tail != was && one_in(&dice, 4000)) {
			__atomic_store_n(&r->user->sq_tail, roll(&dice), __ATOMIC_RELEASE);
			rings_broken++;
		}
	}
	return NULL;
}

/* ------------------------------------------------------------------------
 * The ringer
 */

static void *ringer(void *arg)
{
	struct dice dice = { (uintptr_t)arg };
	struct dmaring_doorbell bell;
	uint64_t one = 1;

	while (!is_over()) {
		unsigned int which = below(&dice, 2);
		struct pollfd p = { .fd = victims[which]->fd, .events = roll(&dice) };

		bell.magic = one_in(&dice, 30) ? roll(&dice) : DMARING_DOORBELL_MAGIC;
		bell.flags = one_in(&dice, 30) ? roll(&dice) : 0;
		if (one_in(&dice, 4))
			ignore(write(hostile_doorbell(which), &one, sizeof(one)));
		else
			ignore(write(victims[which]->fd, &bell,
				     one_in(&dice, 30) ? below(&dice, 9) : sizeof(bell)));
		if (one_in(&dice, 4))
			poll(&p, 1, 0);
		if (one_in(&dice, 16))
			ignore(read(hostile_doorbell(which), &one, sizeof(one)));
		one = one_in(&dice, 1000) ? ~1ULL : 1;
		__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* ------------------------------------------------------------------------
 * Everything else
 */

/* Of whatever size: a bit of another request may have been turned. */
static bool is_request(unsigned int request, unsigned int known)
{
	return _IOC_TYPE(request) == DMARING_IOC_TYPE && _IOC_NR(request) == _IOC_NR(known);
}

/* A pool of the ring that it was made of; written to when it is closed already. */
static void use_export(struct dice *dice, int fd, int exported)
{
	struct dmaring_pool pool = { .kind = DMARING_POOL_DMABUF, .buffers = 1,
				     .buffer_bytes = 4096, .fd = exported };
	unsigned char *p = MAP_FAILED;

	if (one_in(dice, 2))
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, exported, 0);
	if (one_in(dice, 2))
		ioctl(fd, DMARING_IOC_POOL, &pool);
	close(exported);
	if (p != MAP_FAILED) {
		p[below(dice, 4096)] = roll(dice);
		munmap(p, 4096);
	}
}

static void random_ioctl(struct dice *dice, int fd)
{
	static const unsigned int requests[] = {
		DMARING_IOC_QUERY, DMARING_IOC_CHANNEL, DMARING_IOC_SETUP, DMARING_IOC_POOL,
		DMARING_IOC_EVENTFD, DMARING_IOC_ABORT, DMARING_IOC_COALESCE, DMARING_IOC_SYNC,
		DMARING_IOC_POSITION, DMARING_IOC_EXPORT, DMARING_IOC_SYNC_FILE,
		DMARING_IOC_POOL_REMOVE,
	};
	_Alignas(8) uint32_t argument[64] = { 0 };
	unsigned int request = requests[below(dice, ARRAY_SIZE(requests))], i;

	for (i = one_in(dice, 4) ? 0 : below(dice, 5); i; i--)
		argument[below(dice, 12)] = one_in(dice, 3) ? roll(dice) : below(dice, 20);
	if (one_in(dice, 20))
		request ^= 1U << below(dice, 32);
	if (one_in(dice, 30))
		ioctl(fd, request, (void *)(uintptr_t)roll(dice));
	else if (ioctl(fd, request, argument))
		return;
	else if (is_request(request, DMARING_IOC_EXPORT))
		use_export(dice, fd, ((struct dmaring_export *)argument)->fd);
	else if (is_request(request, DMARING_IOC_SYNC_FILE))
		close(((struct dmaring_sync_file *)argument)->fd);
}

static void random_mapping(struct dice *dice, int fd)
{
	static const uint64_t offsets[] = {
		DMARING_OFFSET_KERN, DMARING_OFFSET_USER, DMARING_OFFSET_POOL(0),
		DMARING_OFFSET_POOL(1), DMARING_OFFSET_POOL(2), DMARING_OFFSET_POOL(15),
	};
	uint64_t offset = offsets[below(dice, ARRAY_SIZE(offsets))] +
			  (one_in(dice, 5) ? (uint64_t)below(dice, 32) * 4096 : 0);
	size_t bytes = (1 + below(dice, 16)) * 4096;
	unsigned char *p = mmap(NULL, bytes, one_in(dice, 2) ? PROT_READ : PROT_READ | PROT_WRITE,
				one_in(dice, 10) ? MAP_PRIVATE : MAP_SHARED, fd, offset);

	if (p == MAP_FAILED)
		return;
	mprotect(p, 4096, below(dice, 4));
	madvise(p, bytes, below(dice, 22));
	if (one_in(dice, 4))
		munmap(p + below(dice, bytes / 4096) * 4096, 4096);
	munmap(p, bytes);
}

/* A ring of its own, or what is to be one; closed with things in flight. */
static void reopen(struct dice *dice)
{
	static const char * const names[] = { "mem0", "mem0", "loop0", "nothing" };
	int fd = open_node(names[below(dice, 4)], one_in(dice, 8) ? O_RDONLY : O_RDWR), copy;
	struct dmaring_setup setup = {
		.sq_entries = 1U << below(dice, 6), .segment_entries = below(dice, 3) * 20,
		.pool = { .buffers = 1 + below(dice, 4), .buffer_bytes = 4096 },
	};
	struct own_ring own;

	if (fd < 0)
		return;
	if (one_in(dice, 8))
		random_ioctl(dice, fd);
	if (one_in(dice, 8))
		setup.cq_entries = roll(dice);
	if (!ioctl(fd, DMARING_IOC_SETUP, &setup) && !own_ring_map(&own, fd, &setup)) {
		own_ring_submit(&own, below(dice, setup.sq_entries + 1), roll(dice));
		copy = one_in(dice, 4) ? dup(fd) : -1;
		if (one_in(dice, 2))
			close(fd), fd = -1;
		own_ring_unmap(&own);
		if (copy >= 0)
			close(copy);
	}
	if (fd >= 0)
		close(fd);
}

static void *caller(void *arg)
{
	struct dice dice = { (uintptr_t)arg };
	static unsigned char bytes[8192];
	int fd, copy;

	while (!is_over()) {
		fd = victims[below(&dice, 2)]->fd;
		switch (below(&dice, 10)) {
		case 0:
		case 1:
			random_ioctl(&dice, fd);
			break;
		case 2:
		case 3:
			random_mapping(&dice, fd);
			break;
		case 4:
			ignore(read(fd, bytes, below(&dice, sizeof(bytes))));
			break;
		case 5:
			ignore(write(fd, bytes, below(&dice, sizeof(bytes))));
			break;
		case 6:
			copy = dup(fd);
			lseek(copy, below(&dice, 100), SEEK_SET);
			fsync(copy);
			ignore(ftruncate(copy, 0));
			close(copy);
			break;
		case 7:
			/* A byte stream, on devices of which nobody keeps the bounds. */
			fd = open_node(one_in(&dice, 2) ? "source0" : "sink0", O_RDWR | O_NONBLOCK);
			ignore(read(fd, bytes, below(&dice, sizeof(bytes))));
			ignore(write(fd, bytes, below(&dice, sizeof(bytes))));
			close(fd);
			break;
		default:
			reopen(&dice);
		}
		__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* ------------------------------------------------------------------------
 * Rounds
 */

static void round_begins(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		victims[i] = hostile_ring(i ? "mem0" : "loop0", i);
		gaps_fill(victims[i]);
	}
	bounds_publish();
}

static void round_ends(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		gaps_check(victims[i]);
		hostile_ring_close(victims[i], i);
	}
	assert_nothing_left();
	bounds_forget();
}

static bool enough(unsigned long moved)
{
	return entries > 100 && calls > 20 && moved > 1000;
}

static void nothing_outside_is_touched(void **state)
{
	void *(*const parts[])(void *) = { scribbler, ringer, caller };
	const char *text = getenv("DMARING_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : now_ns(), begun, end, last, before;
	uint64_t held = pool_bytes_held();
	struct ring *bystander = ring_open("fft0", .buffers = 8, .bytes = 65536);
	unsigned int seconds = hostile_seconds(), rounds = 0, i, lines;
	unsigned long moved = hostile_bytes_moved();
	struct stand_by process;
	pthread_t threads[3];

	(void)state;
	if (!bounds_can_be_kept())
		skip();
	print_message("# DMARING_SEED=%llu, %u s\n", (unsigned long long)seed, seconds);
	alarm(seconds + 120 * slowness());
	lines = log_lines();
	pattern_fill(bystander->pool, bystander->setup.pool.bytes, 7);
	stand_by_start(&process, STAND_BY_BYTES);
	begun = now_ns();
	end = begun + seconds * 1000000000ULL;
	/* That they were at it at all: how fast is the machine's business. */
	last = end + slowness() * 60000000000ULL;
	while (now_ns() < end || (!enough(hostile_bytes_moved() - moved) && now_ns() < last)) {
		uint64_t until = now_ns() + 700000000;

		round_begins();
		before = outside_bytes();
		__atomic_store_n(&over, false, __ATOMIC_RELAXED);
		for (i = 0; i < 3; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, parts[i],
							(void *)(uintptr_t)(seed +
									    ++rounds * 7919)),
					 0);
		while (now_ns() < until)
			look_again();
		__atomic_store_n(&over, true, __ATOMIC_RELAXED);
		for (i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
		round_ends();
		assert_int_equal(outside_bytes(), before);
	}
	moved = hostile_bytes_moved() - moved;
	print_message("# %lu entries, %lu calls, %lu rings broken, %lu bytes moved, in %u rounds\n",
		      entries, calls, rings_broken, moved, rounds / 3);
	assert_true(enough(moved));
	pattern_check(bystander->pool, bystander->setup.pool.bytes, 7);
	ring_close(bystander);
	stand_by_check(&process);
	everything_works();
	wait_until(pool_bytes_held() <= held);
	/* Ten in five seconds are allowed for each place that says anything. */
	assert_true(log_lines() - lines <= 30 + 4 * (now_ns() - begun) / 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fault_test(bytes_outside_are_seen),
		fault_test(overrun_is_seen),
		fault_test(nothing_outside_is_touched),
	};

	return system_run(tests);
}
