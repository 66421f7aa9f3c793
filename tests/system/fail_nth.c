// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each system call on a node with its first, second, ... allocation or copy
 * failing, until a call goes through with nothing left to fail: it says -ENOMEM or
 * -EFAULT and has done nothing, or has found another way and done all of it.
 *
 * Wants a kernel with FAULT_INJECTION, FAILSLAB, FAIL_PAGE_ALLOC and, for copies,
 * FAULT_INJECTION_USERCOPY. DMARING_LONG=1: every failure of probe, removal and adding
 * too, else some.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribute.h"
#include "fail_nth.h"
#include "inject.h"
#include "load.h"

#define MOST	20000	/* no call allocates so often */
#define EPROBE_DEFER	517	/* errno of the kernel alone */

/* ------------------------------------------------------------------------
 * Calls: each makes its own surroundings, calls once, and looks at them
 */

static int fd = -1;
static struct ring *r;
static struct dmaring_setup setup;
static void *mapping;
static size_t mapping_bytes;
static uint64_t mapping_offset;
static int mapping_protection;
static const char *node = "/dev/dmaring/loop0";
static char bytes[65536];
static char record[64];

static void nothing(void) { }
static long result(long ret) { return ret < 0 ? -errno : ret; }

static long call_open(void) { fd = result(open(node, O_RDWR | O_CLOEXEC)); return fd; }
static void close_it(void) { assert_int_equal(close(fd), 0); fd = -1; }

static void open_fresh(void)
{
	system_teardown(NULL);
	fd = device_open("loop0", O_RDWR);
	setup = ring_setup_default(fd, &(struct ring_options){ .sq = 64, .bytes = 65536 });
	setup.segment_entries = 32;
}

static long call_setup(void) { return xioctl(fd, DMARING_IOC_SETUP, &setup); }

static void is_a_ring(void)
{
	r = ring_map(fd, &setup);
	push(r, DMARING_OP_NOP, 0, 3);
	ring_kick(r);
	ring_expect(r, 3, 0);
}

/* Nothing is held, and the file may still be what it likes. */
static void is_still_fresh(void)
{
	assert_int_equal(device_query(fd).pool_bytes_used, 0);
	assert_int_equal(device_channel_info(fd, "rx").holder, 0);
	setup = ring_setup_default(fd, &(struct ring_options){ .sq = 64 });
	assert_ok(ring_setup(fd, &setup));
	is_a_ring();
}

static void make_ring(void)
{
	system_teardown(NULL);
	r = ring_open("loop0", .bytes = 65536);
	fd = r->fd;
}

static struct dmaring_query query;
static struct dmaring_channel_info info;
static struct dmaring_eventfd event;

static void clear_query(void) { memset(&query, 0, sizeof(query)); }
static long call_query(void) { return xioctl(fd, DMARING_IOC_QUERY, &query); }
static void clear_info(void) { memset(&info, 0, sizeof(info)); }
static long call_channel(void) { return xioctl(fd, DMARING_IOC_CHANNEL, &info); }

static void eventfd_for_doorbell(void)
{
	make_ring();
	event = (struct dmaring_eventfd){ .use = DMARING_EVENTFD_DOORBELL, .fd = event_new() };
}

static void eventfd_for_completion(void)
{
	eventfd_for_doorbell();
	event.use = DMARING_EVENTFD_COMPLETION;
}

static long call_eventfd(void) { return xioctl(fd, DMARING_IOC_EVENTFD, &event); }
static void eventfd_is_free(void) { assert_ok(call_eventfd()); }

static void eventfd_rings(void)
{
	push(r, DMARING_OP_NOP, 0, 9);
	ring_publish(r);
	if (event.use == DMARING_EVENTFD_DOORBELL)
		event_write(event.fd, 1);
	else
		ring_doorbell(r);
	ring_expect(r, 9, 0);
}

static long call_abort(void) { return xioctl(fd, DMARING_IOC_ABORT, &(struct dmaring_abort){ 0 }); }

static long call_coalesce(void)
{
	return xioctl(fd, DMARING_IOC_COALESCE, &(struct dmaring_coalesce){ .time_us = 100 });
}

static long call_sync(void)
{
	struct dmaring_sync sync = { .bytes = 4096, .direction = 1 };

	return xioctl(fd, DMARING_IOC_SYNC, &sync);
}

static struct dmaring_position position;

/* No stream runs: -ENODATA when nothing fails. */
static long call_position(void)
{
	long ret;

	memset(&position, 0, sizeof(position));
	ret = xioctl(fd, DMARING_IOC_POSITION, &position);
	return ret == -ENODATA ? 0 : ret;
}

static long call_mmap(void)
{
	mapping = mmap(NULL, mapping_bytes, mapping_protection, MAP_SHARED, fd, mapping_offset);
	return result(mapping == MAP_FAILED ? -1 : 0);
}

static void map_is(uint64_t offset, size_t length, int protection)
{
	make_ring();
	mapping_offset = offset;
	mapping_bytes = length;
	mapping_protection = protection;
}

static void map_kern(void)
{
	make_ring();
	map_is(DMARING_OFFSET_KERN, r->setup.kern_bytes, PROT_READ);
}

static void map_user(void)
{
	make_ring();
	map_is(DMARING_OFFSET_USER, r->setup.user_bytes, PROT_READ | PROT_WRITE);
}

static void map_pool(void)
{
	make_ring();
	map_is(r->setup.pool.offset, r->setup.pool.bytes, PROT_READ | PROT_WRITE);
}

static void unmap_it(void)
{
	/* Every page of it is there. */
	size_t at;

	for (at = 0; at < mapping_bytes; at += 4096)
		(void)*(volatile char *)((char *)mapping + at);
	munmap(mapping, mapping_bytes);
}

static void stream_on(const char *name)
{
	system_teardown(NULL);
	fd = device_open(name, O_RDWR);
}

static void stream_of_source(void) { stream_on("source0"); }
static void stream_to_sink(void) { stream_on("sink0"); }
static long call_read(void) { return result(read(fd, bytes, 4096)); }
static long call_write(void) { return result(write(fd, bytes, 4096)); }
static long call_fsync(void) { return result(fsync(fd)); }

static void read_works(void) { assert_true(read(fd, bytes, 4096) > 0); }

static void write_works(void)
{
	assert_int_equal(write(fd, bytes, 4096), 4096);
	assert_int_equal(fsync(fd), 0);
}

static void stream_with_tail(void)
{
	stream_to_sink();
	assert_int_equal(write(fd, bytes, 4096), 4096);
}

static void ring_with_completion(void)
{
	system_teardown(NULL);
	r = ring_open("loop0", .flags = DMARING_SETUP_READ);
	fd = r->fd;
	push(r, DMARING_OP_NOP, 0, 5);
	ring_kick(r);
	wait_until(ring_cq_tail(r) == r->header->first_index + 1);
}

static long call_read_record(void) { return result(read(fd, record, sizeof(record))); }

static void record_is_there(void)
{
	assert_int_equal(read(fd, record, sizeof(record)), sizeof(record));
	assert_int_equal(((struct dmaring_cqe *)record)->user_data, 5);
}

static void ring_with_entry(void)
{
	make_ring();
	push(r, DMARING_OP_NOP, 0, 4);
	ring_publish(r);
}

static long call_doorbell(void)
{
	const struct dmaring_doorbell bell = { .magic = DMARING_DOORBELL_MAGIC };

	return result(write(fd, &bell, sizeof(bell)));
}

static void entry_is_taken(void) { ring_expect(r, 4, 0); }

static void entry_is_left(void)
{
	assert_true(call_doorbell() == 8);
	entry_is_taken();
}

static long call_poll(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return result(poll(&p, 1, 0));
}

static int epoll = -1;

static void make_epoll(void)
{
	make_ring();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	device_keep(epoll);
}

static long call_epoll(void)
{
	struct epoll_event e = { .events = EPOLLIN };

	return result(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e));
}

static void open_full(void)
{
	system_teardown(NULL);
	r = loaded_loop();
	ring_unmap(r);
	fd = dup(r->fd);
	ring_close(r);
}

static long call_close(void)
{
	long ret = result(close(fd));

	fd = -1;
	return ret;
}

static const struct subject subjects[] = {
	{ "open", nothing, call_open, close_it, NULL },
	{ "QUERY", clear_query, call_query, NULL, NULL },
	{ "CHANNEL", clear_info, call_channel, NULL, NULL },
	{ "SETUP", open_fresh, call_setup, is_a_ring, is_still_fresh },
	{ "EVENTFD doorbell", eventfd_for_doorbell, call_eventfd, eventfd_rings, eventfd_is_free },
	{ "EVENTFD completion", eventfd_for_completion, call_eventfd, eventfd_rings,
	  eventfd_is_free },
	{ "ABORT", make_ring, call_abort, NULL, NULL },
	{ "COALESCE", make_ring, call_coalesce, NULL, NULL },
	{ "SYNC", make_ring, call_sync, NULL, NULL },
	{ "POSITION", make_ring, call_position, NULL, NULL },
	{ "mmap KERN", map_kern, call_mmap, unmap_it, NULL },
	{ "mmap USER", map_user, call_mmap, unmap_it, NULL },
	{ "mmap POOL", map_pool, call_mmap, unmap_it, NULL },
	{ "read of a stream", stream_of_source, call_read, read_works, read_works },
	{ "write of a stream", stream_to_sink, call_write, write_works, write_works },
	{ "fsync of a stream", stream_with_tail, call_fsync, write_works, write_works },
	{ "read of completions", ring_with_completion, call_read_record, NULL, record_is_there },
	{ "doorbell", ring_with_entry, call_doorbell, entry_is_taken, entry_is_left },
	{ "poll", make_ring, call_poll, NULL, NULL },
	{ "epoll_ctl", make_epoll, call_epoll, NULL, NULL },
	{ "close", open_full, call_close, NULL, NULL },
};

static void try_all(const struct subject *s, unsigned int *failures, unsigned int *points)
{
	unsigned int nth;
	bool hit = true;
	long ret;

	for (nth = 1; hit; nth++) {
		assert_true(nth < MOST);
		s->prepare();
		arm(nth);
		ret = s->call();
		hit = disarm();
		if (ret < 0) {
			if (!hit || (ret != -ENOMEM && ret != -EFAULT)) {
				print_error("# %s, failure %u: %ld (%s)\n", s->name, nth, ret,
					    strerrorname_np(-ret));
				fail();
			}
			(*failures)++;
			if (s->failed)
				s->failed();
			continue;
		}
		if (s->went_well)
			s->went_well();
	}
	*points += nth - 2;
}

static void each_call_fails_cleanly(void **state)
{
	const struct subject *s;

	(void)state;
	skip_without_injection();
	alarm(600);
	for (s = subjects; s < subjects + ARRAY_SIZE(subjects); s++) {
		unsigned int failures = 0, points = 0;

		/* For those that need just a node. */
		if (s->prepare == clear_query || s->prepare == clear_info) {
			system_teardown(NULL);
			fd = device_open("loop0", O_RDWR);
		}
		try_all(s, &failures, &points);
		print_message("# %-20s %3u points, %3u errors\n", s->name, points, failures);
	}
	for (s = fail_pools; s < fail_pools + fail_pools_count; s++) {
		unsigned int failures = 0, points = 0;

		try_all(s, &failures, &points);
		print_message("# %-20s %3u points, %3u errors\n", s->name, points, failures);
	}
	system_teardown(NULL);
	assert_true(injections() > 100);
	everything_works();
	fd = device_open("loop0", O_RDONLY);
	wait_until(!device_query(fd).pool_bytes_used);
}

/* ------------------------------------------------------------------------
 * Devices, by a write of this thread
 */

static int driver_write(const char *file, const char *device)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/platform/drivers/%s", file);
	return file_write(path, device);
}

static bool node_exists(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/dmaring/%s", name);
	return !access(path, F_OK);
}

static void probe_and_remove_fail_cleanly(void **state)
{
	unsigned int nth, failures = 0;
	bool hit = true;
	int ret;

	(void)state;
	skip_without_injection();
	alarm(1200);
	for (nth = 1; hit; nth = injection_next(nth, failures)) {
		assert_true(nth < MOST);
		assert_ok(driver_write("dmaring/unbind", "dmaring.0"));
		arm(nth);
		ret = driver_write("dmaring/bind", "dmaring.0");
		hit = disarm();
		if (ret) {
			/* Without file system: the name, or opening the file itself. */
			failures++;
			assert_true(hit);
			assert_true(ret == -ENOMEM || ret == -EFAULT || ret == -ENODEV ||
				    ret == -EPROBE_DEFER || ret == -EINVAL);
		}
		if (!node_exists("loop0"))
			assert_ok(driver_write("dmaring/bind", "dmaring.0"));
	}
	print_message("# probe: up to failure %u, %u errors\n", nth, failures);
	assert_true(failures >= ERRORS_WANTED);
	loop_works();
	for (nth = 1, hit = true; hit; nth = injection_next(nth, ERRORS_WANTED)) {
		struct ring *ring = loaded_loop();

		(void)ring;
		arm(nth);
		ret = driver_write("dmaring/unbind", "dmaring.0");
		hit = disarm();
		system_teardown(NULL);
		assert_true(!ret || (hit && (ret == -ENOMEM || ret == -EFAULT)));
		if (!node_exists("loop0"))
			assert_ok(driver_write("dmaring/bind", "dmaring.0"));
	}
	print_message("# remove: up to failure %u\n", nth);
	everything_works();
}

static void adding_fails_cleanly(void **state)
{
	unsigned int nth, failures = 0;
	bool hit = true;
	int ret;

	(void)state;
	skip_without_injection();
	alarm(1200);
	assert_ok(driver_write("dmaring/unbind", "dmaring.4"));
	for (nth = 1; hit; nth = injection_next(nth, failures)) {
		assert_true(nth < MOST);
		arm(nth);
		ret = driver_write("dmaring/new_device", "mem0 copy:any");
		hit = disarm();
		if (ret) {
			failures++;
			assert_true(hit);
			assert_true(ret == -ENOMEM || ret == -EFAULT || ret == -ENODEV ||
				    ret == -EINVAL);
			assert_false(node_exists("mem0"));
			continue;
		}
		copy_works();
		assert_ok(driver_write("dmaring/delete_device", "mem0"));
	}
	print_message("# add: up to failure %u, %u errors\n", nth, failures);
	assert_true(failures >= ERRORS_WANTED);
	assert_ok(driver_write("dmaring/bind", "dmaring.4"));
	everything_works();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(each_call_fails_cleanly),
		system_test(probe_and_remove_fail_cleanly),
		system_test(adding_fails_cleanly),
	};

	return system_run(tests);
}
