// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every ioctl with every documented error, each by one wrong thing in
 * otherwise valid input. Rules that hold for all of them run over a table.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring.h"

#define BYTES_MAX	1024

/* An ioctl with valid input. "on" says what fd it is for. */
struct subject {
	const char *name;
	unsigned long request;
	size_t bytes;
	enum { ON_ANY, ON_FRESH, ON_RING, ON_USER_POOL } on;
	void (*fill)(void *arg);
	size_t reserved[10];	/* offsets of 32-bit words that must be zero; 0 ends */
};

static void fill_nothing(void *arg)
{
	(void)arg;
}

static void fill_setup(void *arg)
{
	struct dmaring_setup *setup = arg;

	setup->sq_entries = 8;
	setup->pool.buffers = 2;
	setup->pool.buffer_bytes = 4096;
}

static void fill_pool(void *arg)
{
	struct dmaring_pool *pool = arg;

	pool->buffers = 2;
	pool->buffer_bytes = 4096;
}

static void fill_eventfd(void *arg)
{
	struct dmaring_eventfd *e = arg;

	e->fd = event_new();
}

static void fill_remove(void *arg)
{
	struct dmaring_pool_remove *remove = arg;

	remove->index = 1;
}

static void fill_sync(void *arg)
{
	struct dmaring_sync *sync = arg;

	sync->bytes = 4096;
	sync->direction = DMARING_CHANNEL_SEND;
}

#define AT(type, member)	offsetof(struct type, member)

static const struct subject subjects[] = {
	{ "QUERY", DMARING_IOC_QUERY, sizeof(struct dmaring_query), ON_ANY, fill_nothing,
	  { AT(dmaring_query, pool_kinds), AT(dmaring_query, reserved0),
	    AT(dmaring_query, reserved), AT(dmaring_query, reserved) + 20 } },
	{ "CHANNEL", DMARING_IOC_CHANNEL, sizeof(struct dmaring_channel_info), ON_ANY,
	  fill_nothing, { AT(dmaring_channel_info, cyclic),
			  AT(dmaring_channel_info, mapping_bytes_max),
			  AT(dmaring_channel_info, address_bits),
			  AT(dmaring_channel_info, reserved0),
			  AT(dmaring_channel_info, reserved),
			  AT(dmaring_channel_info, reserved) + 12 } },
	{ "SETUP", DMARING_IOC_SETUP, sizeof(struct dmaring_setup), ON_FRESH, fill_setup,
	  { AT(dmaring_setup, reserved0), AT(dmaring_setup, pool.flags),
	    AT(dmaring_setup, pool.properties), AT(dmaring_setup, pool.fd),
	    AT(dmaring_setup, pool.address),
	    AT(dmaring_setup, pool.reserved), AT(dmaring_setup, pool.reserved) + 12,
	    AT(dmaring_setup, reserved), AT(dmaring_setup, reserved) + 28 } },
	{ "POOL", DMARING_IOC_POOL, sizeof(struct dmaring_pool), ON_RING, fill_pool,
	  { AT(dmaring_pool, flags), AT(dmaring_pool, properties), AT(dmaring_pool, fd),
	    AT(dmaring_pool, address),
	    AT(dmaring_pool, reserved), AT(dmaring_pool, reserved) + 12 } },
	{ "EVENTFD", DMARING_IOC_EVENTFD, sizeof(struct dmaring_eventfd), ON_RING,
	  fill_eventfd, { AT(dmaring_eventfd, reserved), AT(dmaring_eventfd, reserved) + 4 } },
	{ "ABORT", DMARING_IOC_ABORT, sizeof(struct dmaring_abort), ON_RING, fill_nothing,
	  { AT(dmaring_abort, flags) } },
	{ "COALESCE", DMARING_IOC_COALESCE, sizeof(struct dmaring_coalesce), ON_RING,
	  fill_nothing, { AT(dmaring_coalesce, flags) } },
	{ "POOL_REMOVE", DMARING_IOC_POOL_REMOVE, sizeof(struct dmaring_pool_remove), ON_USER_POOL,
	  fill_remove, { AT(dmaring_pool_remove, flags) } },
	{ "EXPORT", DMARING_IOC_EXPORT, sizeof(struct dmaring_export), ON_RING, fill_nothing,
	  { AT(dmaring_export, flags), AT(dmaring_export, fd), AT(dmaring_export, reserved) } },
	{ "SYNC_FILE", DMARING_IOC_SYNC_FILE, sizeof(struct dmaring_sync_file), ON_RING,
	  fill_nothing,
	  { AT(dmaring_sync_file, flags), AT(dmaring_sync_file, fd),
	    AT(dmaring_sync_file, reserved) } },
	{ "SYNC", DMARING_IOC_SYNC, sizeof(struct dmaring_sync), ON_RING, fill_sync,
	  { 0 } },
};

#define for_each_subject(s) \
	for (s = subjects; s < subjects + ARRAY_SIZE(subjects); s++)

/* A new fd on which the subject succeeds. */
static int subject_fd(const struct subject *s)
{
	static _Alignas(65536) unsigned char memory[65536];
	struct dmaring_pool pool = { .kind = DMARING_POOL_USER, .buffers = 1,
				     .buffer_bytes = sizeof(memory) };
	struct ring *r;

	if (s->on == ON_RING || s->on == ON_USER_POOL) {
		r = ring_open("loop0");
		if (s->on == ON_USER_POOL) {
			pool.address = (uintptr_t)memory;
			assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &pool));
		}
		return r->fd;
	}
	return device_open("loop0", O_RDWR);
}

static unsigned long resized(unsigned long request, size_t bytes)
{
	return _IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request), bytes);
}

/* Runs the subject on a new fd; the caller may have spoilt arg. */
static int subject_run(const struct subject *s, unsigned long request, void *arg)
{
	int ret = xioctl(subject_fd(s), request, arg);

	if (!ret && s->request == DMARING_IOC_EXPORT)
		close(((const struct dmaring_export *)arg)->fd);
	if (!ret && s->request == DMARING_IOC_SYNC_FILE)
		close(((const struct dmaring_sync_file *)arg)->fd);
	system_teardown(NULL);
	return ret;
}

static void subject_expect(const struct subject *s, int got, int want)
{
	assert_error_at(got, want, s->name, __FILE__, __LINE__);
}

static void valid_input_succeeds(void **state)
{
	const struct subject *s;

	(void)state;
	for_each_subject(s) {
		_Alignas(8) unsigned char arg[BYTES_MAX] = { 0 };

		s->fill(arg);
		subject_expect(s, subject_run(s, s->request, arg), 0);
	}
}

static void longer_with_zero_tail_succeeds(void **state)
{
	const struct subject *s;

	(void)state;
	for_each_subject(s) {
		_Alignas(8) unsigned char arg[BYTES_MAX] = { 0 };

		s->fill(arg);
		subject_expect(s, subject_run(s, resized(s->request, s->bytes + 8), arg), 0);
		system_teardown(state);
	}
}

static void longer_with_other_tail_is_e2big(void **state)
{
	const struct subject *s;

	(void)state;
	for_each_subject(s) {
		_Alignas(8) unsigned char arg[BYTES_MAX] = { 0 };

		s->fill(arg);
		arg[s->bytes + 15] = 1;
		subject_expect(s, subject_run(s, resized(s->request, s->bytes + 16), arg),
			       E2BIG);
	}
}

static void shorter_is_einval(void **state)
{
	const struct subject *s;

	(void)state;
	for_each_subject(s) {
		_Alignas(8) unsigned char arg[BYTES_MAX] = { 0 };

		s->fill(arg);
		subject_expect(s, subject_run(s, resized(s->request, s->bytes - 8), arg),
			       EINVAL);
		subject_expect(s, subject_run(s, resized(s->request, 0), arg), EINVAL);
	}
}

static void reserved_members_are_checked(void **state)
{
	const struct subject *s;
	const size_t *at;

	(void)state;
	for_each_subject(s) {
		for (at = s->reserved; *at; at++) {
			_Alignas(8) unsigned char arg[BYTES_MAX] = { 0 };

			s->fill(arg);
			arg[*at + 3] = 0x80;
			subject_expect(s, subject_run(s, s->request, arg), EINVAL);
		}
	}
}

static void bad_pointer_is_efault(void **state)
{
	const struct subject *s;
	unsigned char *page;

	(void)state;
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(mprotect(page + 4096, 4096, PROT_NONE), 0);
	for_each_subject(s) {
		unsigned char *end = page + 4096 - s->bytes;

		subject_expect(s, subject_run(s, s->request, NULL), EFAULT);
		subject_expect(s, subject_run(s, s->request, (void *)-4096L), EFAULT);
		/* The last 8 bytes are missing. */
		memset(page, 0, 4096);
		s->fill(end);
		memmove(end + 8, end, s->bytes - 8);
		subject_expect(s, subject_run(s, s->request, end + 8), EFAULT);
	}
	munmap(page, 8192);
}

static void answer_into_read_only_memory_is_efault(void **state)
{
	const struct subject *s;
	unsigned char *page;

	(void)state;
	for_each_subject(s) {
		if (!(_IOC_DIR(s->request) & _IOC_READ))
			continue;
		page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(page, MAP_FAILED);
		s->fill(page);
		assert_int_equal(mprotect(page, 4096, PROT_READ), 0);
		subject_expect(s, subject_run(s, s->request, page), EFAULT);
		munmap(page, 4096);
	}
}

/* Who is not told of a ring or a pool does not have it. */
static void what_could_not_be_answered_was_not_done(void **state)
{
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = device_open("loop0", O_RDWR);
	struct dmaring_setup setup;
	struct dmaring_pool pool;
	uint64_t used;
	struct ring *r;

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	used = device_query(fd).pool_bytes_used;
	fill_setup(page);
	memcpy(&setup, page, sizeof(setup));
	setup.pool.buffers = 4;
	setup.pool.buffer_bytes = 65536;
	memcpy(page, &setup, sizeof(setup));
	assert_int_equal(mprotect(page, 4096, PROT_READ), 0);
	assert_error(xioctl(fd, DMARING_IOC_SETUP, page), EFAULT);
	assert_int_equal(device_query(fd).pool_bytes_used, used);
	assert_int_equal(device_channel_info(fd, "rx").holder, 0);
	assert_ok(ring_setup(fd, &setup));
	r = ring_map(fd, &setup);

	used = device_query(fd).pool_bytes_used;
	assert_int_equal(mprotect(page, 4096, PROT_READ | PROT_WRITE), 0);
	memset(page, 0, 4096);
	fill_pool(page);
	memcpy(&pool, page, sizeof(pool));
	assert_int_equal(mprotect(page, 4096, PROT_READ), 0);
	assert_error(xioctl(fd, DMARING_IOC_POOL, page), EFAULT);
	assert_int_equal(device_query(fd).pool_bytes_used, used);
	assert_ok(xioctl(fd, DMARING_IOC_POOL, &pool));
	assert_int_equal(pool.index, 1);
	push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 0, 0, 4096, 1)->pool = 1;
	push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 1, 0, 4096, 2)->pool = 1;
	ring_submit(r);
	assert_int_equal(ring_wait(r).res, 0);
	assert_int_equal(ring_wait(r).res, 0);
	munmap(page, 4096);
}

static void ring_ioctls_before_setup_are_enotconn(void **state)
{
	const struct subject *s;

	(void)state;
	for_each_subject(s) {
		_Alignas(8) unsigned char arg[BYTES_MAX] = { 0 };

		if (s->on != ON_RING)
			continue;
		s->fill(arg);
		subject_expect(s, xioctl(device_open("loop0", O_RDWR), s->request, arg),
			       ENOTCONN);
		system_teardown(state);
	}
}

static void unknown_ioctl_is_enotty(void **state)
{
	unsigned char arg[64] = { 0 };
	struct ring *r = ring_open("loop0");
	int fd = device_open("mem0", O_RDWR);

	(void)state;
	assert_error(xioctl(r->fd, _IOWR(DMARING_IOC_TYPE, 63, arg), arg), ENOTTY);
	assert_error(xioctl(fd, _IOWR(DMARING_IOC_TYPE, 255, arg), arg), ENOTTY);
	assert_error(xioctl(fd, _IOWR(DMARING_IOC_TYPE + 1, 0, arg), arg), ENOTTY);
}

/* ------------------------------------------------------------------------
 * POOL
 */

static void pool_adds_up_to_sixteen(void **state)
{
	struct ring *r = ring_open("loop0");
	struct dmaring_pool pool;
	int i;

	(void)state;
	for (i = 1; i < DMARING_POOLS_MAX; i++) {
		memset(&pool, 0, sizeof(pool));
		fill_pool(&pool);
		assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &pool));
		assert_int_equal(pool.index, i);
		assert_int_equal(pool.offset, DMARING_OFFSET_POOL(i));
	}
	memset(&pool, 0, sizeof(pool));
	fill_pool(&pool);
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), ENOSPC);
}

static void pool_errors(void **state)
{
	struct ring *r = ring_open("loop0");
	struct dmaring_query query = device_query(r->fd);
	struct dmaring_pool pool = { .buffers = 0, .buffer_bytes = 4096 };

	(void)state;
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EINVAL);
	pool.buffers = query.buffers_max + 1;
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EINVAL);
	pool.buffers = 2;
	pool.buffer_bytes = 0;
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EINVAL);
	pool.buffer_bytes = query.buffer_bytes_max + 1;
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EINVAL);
	pool.buffer_bytes = 4096;
	pool.kind = 0xffff;
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EOPNOTSUPP);
	pool = pool_over_limit(r->fd);
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EDQUOT);
}

/* ------------------------------------------------------------------------
 * EVENTFD, ABORT, COALESCE, SYNC
 */

static void eventfd_errors(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = event_new(), null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned int use;

	(void)state;
	device_keep(null);
	for (use = DMARING_EVENTFD_COMPLETION; use <= DMARING_EVENTFD_DOORBELL; use++) {
		assert_error(ring_set_eventfd(r, use, -1), ENOENT);
		assert_error(ring_set_eventfd(r, use, null), EINVAL);
		assert_error(ring_set_eventfd(r, use, 1000), EBADF);
		assert_error(ring_set_eventfd(r, use, INT_MIN), EBADF);
		assert_ok(ring_set_eventfd(r, use, fd));
		assert_error(ring_set_eventfd(r, use, fd), EBUSY);
		assert_ok(ring_set_eventfd(r, use, -1));
		assert_error(ring_set_eventfd(r, use, -1), ENOENT);
		assert_ok(ring_set_eventfd(r, use, fd));
	}
	assert_error(ring_set_eventfd(r, 2, fd), EINVAL);
	assert_error(ring_set_eventfd(r, 0xffffffff, -1), EINVAL);
}

static void abort_of_unknown_channel_is_enoent(void **state)
{
	struct ring *r = ring_open("loop0", .only = "rx");
	struct dmaring_abort a = { .channel = 1 };

	(void)state;
	assert_error(xioctl(r->fd, DMARING_IOC_ABORT, &a), ENOENT);
	a.channel = 0xffffffff;
	assert_error(xioctl(r->fd, DMARING_IOC_ABORT, &a), ENOENT);
}

static void coalesce_over_a_minute_is_einval(void **state)
{
	struct ring *r = ring_open("loop0");
	struct dmaring_coalesce c = { .time_us = 60000000 };

	(void)state;
	assert_ok(xioctl(r->fd, DMARING_IOC_COALESCE, &c));
	c.time_us++;
	assert_error(xioctl(r->fd, DMARING_IOC_COALESCE, &c), EINVAL);
	c.time_us = 0xffffffff;
	assert_error(xioctl(r->fd, DMARING_IOC_COALESCE, &c), EINVAL);
}

static void sync_errors(void **state)
{
	struct ring *r = ring_open("loop0");
	const struct dmaring_sync good = { .bytes = 4096,
					   .direction = DMARING_CHANNEL_RECEIVE };
	const uint64_t end = r->setup.pool.bytes;
	const struct {
		struct dmaring_sync sync;
		int error;
	} wrong[] = {
		{ { .channel = 2, .bytes = 64, .direction = 1 }, ENOENT },
		{ { .channel = 0xffffffff, .bytes = 64, .direction = 1 }, ENOENT },
		{ { .pool = 1, .bytes = 64, .direction = 1 }, ENOENT },
		{ { .pool = 0xffffffff, .bytes = 64, .direction = 1 }, ENOENT },
		{ { .owner = 2, .bytes = 64, .direction = 1 }, EINVAL },
		{ { .bytes = 64, .direction = 0 }, EINVAL },
		{ { .bytes = 64, .direction = 4 }, EINVAL },
		{ { .bytes = 0, .direction = 1 }, EINVAL },
		{ { .bytes = end + 1, .direction = 1 }, EINVAL },
		{ { .offset = end, .bytes = 1, .direction = 1 }, EINVAL },
		{ { .offset = UINT64_MAX - 63, .bytes = 64, .direction = 1 }, EINVAL },
		{ { .offset = 64, .bytes = UINT64_MAX, .direction = 1 }, EINVAL },
	};
	struct dmaring_sync sync;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		sync = wrong[i].sync;
		assert_error(xioctl(r->fd, DMARING_IOC_SYNC, &sync), wrong[i].error);
	}
	sync = good;
	assert_ok(xioctl(r->fd, DMARING_IOC_SYNC, &sync));
}

static void sync_of_every_direction_and_owner_works(void **state)
{
	struct ring *r = ring_open("mem0");
	struct dmaring_sync sync = { .offset = 0 };

	(void)state;
	sync.bytes = r->setup.pool.bytes;
	for (sync.direction = 1; sync.direction <= 3; sync.direction++)
		for (sync.owner = 0; sync.owner <= 1; sync.owner++)
			assert_ok(xioctl(r->fd, DMARING_IOC_SYNC, &sync));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(valid_input_succeeds),
		system_test(longer_with_zero_tail_succeeds),
		system_test(longer_with_other_tail_is_e2big),
		system_test(shorter_is_einval),
		system_test(reserved_members_are_checked),
		system_test(bad_pointer_is_efault),
		system_test(answer_into_read_only_memory_is_efault),
		system_test(what_could_not_be_answered_was_not_done),
		system_test(ring_ioctls_before_setup_are_enotconn),
		system_test(unknown_ioctl_is_enotty),
		system_test(pool_adds_up_to_sixteen),
		system_test(pool_errors),
		system_test(eventfd_errors),
		system_test(abort_of_unknown_channel_is_enoent),
		system_test(coalesce_over_a_minute_is_einval),
		system_test(sync_errors),
		system_test(sync_of_every_direction_and_owner_works),
	};

	return system_run(tests);
}
