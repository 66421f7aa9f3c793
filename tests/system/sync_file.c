// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sync files: fences for other devices. Each is signalled with the last of what
 * was submitted before it, and, whatever becomes of that, once.
 */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "attribute.h"

#define BYTES	4096U
#define FENCES	64	/* of one ring, not signalled */
#define MS	1000000ULL

static long references_at_rest;	/* -1: dmaring is no module that can go */

/* The sync file, or -errno. */
static int sync_file_new(struct ring *r, unsigned int timeout_ms)
{
	struct dmaring_sync_file sync_file = { .timeout_ms = timeout_ms };
	int ret = xioctl(r->fd, DMARING_IOC_SYNC_FILE, &sync_file);

	if (ret == -EOPNOTSUPP)
		skip();
	if (ret < 0)
		return ret;
	device_keep(sync_file.fd);
	return sync_file.fd;
}

static bool is_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) == 1;
}

/* How it ended, 1: well; 0: it has not. */
static int sync_file_status(int fd)
{
	struct sync_fence_info fence = { 0 };
	struct sync_file_info info = { .num_fences = 1,
				       .sync_fence_info = (uintptr_t)&fence };

	assert_ok(xioctl(fd, SYNC_IOC_FILE_INFO, &info));
	assert_int_equal(info.num_fences, 1);
	assert_int_equal(info.status, fence.status);
	/* Newer kernels forget whose it was when it is over. */
	if (!info.status || strcmp(fence.driver_name, "detached-driver"))
		assert_string_equal(fence.driver_name, "dmaring");
	return info.status;
}

static int sync_file_wait(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	return sync_file_status(fd);
}

static struct ring *receiver(void)
{
	return ring_open("loop0", .only = "rx");
}

static void push_receive(struct ring *r, uint64_t user_data)
{
	push_data(r, DMARING_OP_RECEIVE, 0, user_data, 0, BYTES, user_data);
}

static void send_to(struct ring *in, struct ring *out, uint64_t user_data)
{
	push_data(out, DMARING_OP_SEND, 0, 0, 0, BYTES, 1);
	ring_submit(out);
	ring_expect(out, 1, 0);
	ring_expect(in, user_data, 0);
}

static void of_nothing_is_signalled(void **state)
{
	struct ring *r = ring_open("mem0");
	int fd = sync_file_new(r, 0);

	(void)state;
	assert_true(is_ready(fd, POLLIN));
	assert_int_equal(sync_file_status(fd), 1);
	push_copy(r, 1, 0, BYTES, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
	assert_int_equal(sync_file_status(sync_file_new(r, 0)), 1);
}

static void signalled_with_the_last_before_it(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	int first, second, third;

	(void)state;
	push_receive(in, 1);
	push_receive(in, 2);
	/* Published, and no doorbell: it is taken in all the same. */
	ring_publish(in);
	first = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	second = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	push_receive(in, 3);
	ring_kick(in);
	third = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	assert_int_equal(sync_file_status(first), 0);
	send_to(in, out, 1);
	assert_int_equal(sync_file_status(first), 0);
	assert_false(is_ready(first, POLLIN));
	send_to(in, out, 2);
	assert_int_equal(sync_file_wait(first), 1);
	assert_int_equal(sync_file_wait(second), 1);
	assert_int_equal(sync_file_status(third), 0);
	send_to(in, out, 3);
	assert_int_equal(sync_file_wait(third), 1);
}

/* What is submitted after it may be over before it. */
static void later_entries_do_not_count(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	int fd;

	(void)state;
	push_receive(in, 1);
	ring_kick(in);
	fd = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	push(in, DMARING_OP_NOP, 0, 7);
	ring_kick(in);
	ring_expect(in, 7, 0);
	assert_int_equal(sync_file_status(fd), 0);
	send_to(in, out, 1);
	assert_int_equal(sync_file_wait(fd), 1);
}

static void tells_the_first_error(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	struct dmaring_abort abort = { 0 };
	int fd;

	(void)state;
	push_receive(in, 1);
	push_receive(in, 2);
	push_receive(in, 3);
	ring_kick(in);
	fd = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	send_to(in, out, 1);
	assert_ok(xioctl(in->fd, DMARING_IOC_ABORT, &abort));
	assert_int_equal(sync_file_wait(fd), -ECANCELED);
	ring_expect(in, 2, -ECANCELED);
	ring_expect(in, 3, -ECANCELED);
	/* An older failure is not that of a new fence. */
	push_receive(in, 4);
	ring_kick(in);
	fd = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	send_to(in, out, 4);
	assert_int_equal(sync_file_wait(fd), 1);
}

static void ends_by_its_time_out(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	uint64_t start = now_ns();
	int fd, other;

	(void)state;
	push_receive(in, 1);
	ring_kick(in);
	fd = sync_file_new(in, 50);
	other = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	assert_int_equal(sync_file_wait(fd), -ETIMEDOUT);
	assert_true(now_ns() - start >= 50 * MS);
	assert_int_equal(sync_file_status(other), 0);
	/* The receive itself has not noticed. */
	send_to(in, out, 1);
	assert_int_equal(sync_file_wait(other), 1);
	assert_int_equal(sync_file_status(fd), -ETIMEDOUT);
}

/* Who polls the dma-buf waits until the block is in it. */
static void dma_buf_waits_for_it(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	struct dmaring_export export = { 0 };
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_WRITE };

	(void)state;
	assert_ok(xioctl(in->fd, DMARING_IOC_EXPORT, &export));
	device_keep(export.fd);
	assert_true(is_ready(export.fd, POLLIN));
	push_receive(in, 1);
	ring_kick(in);
	import.fd = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	assert_ok(xioctl(export.fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import));
	assert_false(is_ready(export.fd, POLLIN));
	assert_false(is_ready(export.fd, POLLOUT));
	send_to(in, out, 1);
	assert_int_equal(sync_file_wait(import.fd), 1);
	wait_until(is_ready(export.fd, POLLIN));
	assert_true(is_ready(export.fd, POLLOUT));
	/* Of a send others may read, but not write. */
	push_receive(in, 2);
	ring_kick(in);
	import.fd = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	import.flags = DMA_BUF_SYNC_READ;
	assert_ok(xioctl(export.fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import));
	assert_true(is_ready(export.fd, POLLIN));
	assert_false(is_ready(export.fd, POLLOUT));
	send_to(in, out, 2);
	wait_until(is_ready(export.fd, POLLOUT));
}

static void too_many_are_refused(void **state)
{
	struct ring *in = receiver(), *out = ring_open("loop0", .only = "tx");
	int fd[FENCES], i;

	(void)state;
	push_receive(in, 1);
	ring_kick(in);
	for (i = 0; i < FENCES; i++) {
		fd[i] = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
		assert_true(fd[i] >= 0);
		/* Closed it counts as well, until it is signalled. */
		if (i % 2)
			device_close(fd[i]);
	}
	assert_error(sync_file_new(in, 0), EBUSY);
	send_to(in, out, 1);
	for (i = 0; i < FENCES; i += 2)
		assert_int_equal(sync_file_wait(fd[i]), 1);
	push_receive(in, 2);
	ring_kick(in);
	fd[0] = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	assert_true(fd[0] >= 0);
	send_to(in, out, 2);
	assert_int_equal(sync_file_wait(fd[0]), 1);
}

static void wrong_time_outs(void **state)
{
	struct ring *r = receiver();

	(void)state;
	push_receive(r, 1);
	ring_kick(r);
	assert_true(sync_file_new(r, DMARING_SYNC_FILE_MS_MAX) >= 0);
	assert_error(sync_file_new(r, DMARING_SYNC_FILE_MS_MAX + 1), EINVAL);
	assert_error(sync_file_new(r, UINT32_MAX), EINVAL);
	assert_int_equal(sync_file_wait(sync_file_new(r, 1)), -ETIMEDOUT);
}

static long module_references(void)
{
	char text[32] = "-1";
	int fd = open("/sys/module/dmaring/refcnt", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtol(text, NULL, 10);
}

/* It outlives the ring, and the module stays for it. */
static void ring_closed_under_it(void **state)
{
	struct ring *in = receiver();
	int fd;

	(void)state;
	push_receive(in, 1);
	ring_kick(in);
	fd = sync_file_new(in, DMARING_SYNC_FILE_MS_MAX);
	ring_close(in);
	assert_int_equal(sync_file_wait(fd), -ECANCELED);
	if (references_at_rest < 0)
		skip();
	wait_until(module_references() == references_at_rest + 1);
	device_close(fd);
	wait_until(module_references() == references_at_rest);
}

static void device_removed_under_it(void **state)
{
	struct ring *r = ring_open("mem0");
	int fd;

	(void)state;
	fault_set("mem0", "copy", "hang", "1");
	push_copy(r, 1, 0, BYTES, 1);
	ring_submit(r);
	fd = sync_file_new(r, DMARING_SYNC_FILE_MS_MAX);
	mem0_unbind();
	assert_int_equal(sync_file_wait(fd), -ENODEV);
	assert_error(sync_file_new(r, 0), ENODEV);
	mem0_bind();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(of_nothing_is_signalled),
		system_test(signalled_with_the_last_before_it),
		system_test(later_entries_do_not_count),
		system_test(tells_the_first_error),
		system_test(ends_by_its_time_out),
		system_test(dma_buf_waits_for_it),
		system_test(too_many_are_refused),
		system_test(wrong_time_outs),
		system_test(ring_closed_under_it),
		bound_test(device_removed_under_it),
	};

	references_at_rest = module_references();
	return system_run(tests);
}
