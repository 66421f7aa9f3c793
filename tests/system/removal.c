// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device goes while it is used: all ends with -ENODEV, nothing hangs, and
 * what comes back works. Needs the virtual controller.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "load.h"

#define SIM	"/sys/bus/platform/drivers/dmaring_sim/"
#define DRIVER	"/sys/bus/platform/drivers/dmaring/"

/* Platform device of a block: they are numbered in this order. */
static char number_of(const char *device)
{
	static const char * const names[] = { "loop0", "fft0", "source0", "sink0", "mem0",
					      "adc0" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], device))
			return '0' + i;
	fail();
	return 0;
}

static bool node_exists(const char *device)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/dmaring/%s", device);
	return !access(path, F_OK);
}

static void device_unbind(const char *device)
{
	char name[32] = "dmaring_sim.N";

	name[12] = number_of(device);
	assert_ok(file_write(SIM "unbind", name));
	assert_false(node_exists(device));
}

/* The controller comes back, and with it the node. */
static void device_bind(const char *device)
{
	char name[32] = "dmaring_sim.N";

	name[12] = number_of(device);
	file_write(SIM "bind", name);
	/* The driver core may have bound the client by itself. */
	strcpy(name, "dmaring.N");
	name[8] = number_of(device);
	file_write(DRIVER "bind", name);
	wait_until(node_exists(device));
}

/* A test that failed half-way does not take the next ones with it. */
static int removal_teardown(void **state)
{
	int ret = system_teardown(state);

	if (!node_exists("loop0"))
		device_bind("loop0");
	if (!node_exists("mem0"))
		device_bind("mem0");
	return ret;
}

#define removal_test(f)	cmocka_unit_test_teardown(f, removal_teardown)

static void unbind_with_an_open_ring(void **state)
{
	struct ring *r = loaded_loop();
	struct dmaring_setup setup = r->setup;
	struct dmaring_query query;
	unsigned int i;

	(void)state;
	memset(&query, 0, sizeof(query));
	device_unbind("loop0");
	assert_true(ring_poll(r, POLLIN, WAIT_MS) & POLLHUP);
	assert_int_equal(__atomic_load_n(&r->kern->state, __ATOMIC_ACQUIRE),
			 DMARING_RING_GONE);
	/* Everything that was taken in has ended. */
	wait_until(ring_cq_tail(r) - r->cq_head == 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(ring_wait(r).res, -ENODEV);
	assert_error(ring_doorbell(r), ENODEV);
	assert_error(xioctl(r->fd, DMARING_IOC_QUERY, &query), ENODEV);
	assert_error(xioctl(r->fd, DMARING_IOC_SETUP, &setup), ENODEV);
	/* Memory stays. */
	memset(r->pool, 1, r->setup.pool.bytes);
	device_bind("loop0");
	/* The old ring stays gone, a new one works. */
	assert_error(ring_doorbell(r), ENODEV);
	loop_works();
	ring_close(r);
	everything_works();
}

static void ioctls_of_a_gone_device_are_enodev(void **state)
{
	struct dmaring_pool pool = { .buffers = 1, .buffer_bytes = 4096 };
	struct dmaring_sync sync = { .direction = 3, .bytes = 64 };
	struct dmaring_channel_info info;
	struct dmaring_coalesce coalesce = { .time_us = 1 };
	struct dmaring_abort a = { .channel = 0 };
	struct ring *r = ring_open("mem0");
	int fd = device_open("mem0", O_RDWR);
	struct dmaring_setup setup = ring_setup_default(fd, &(struct ring_options){ 0 });

	(void)state;
	memset(&info, 0, sizeof(info));
	pattern_fill(r->pool, r->setup.pool.bytes, 1);
	device_unbind("mem0");
	/* What the process has written and not sent stays as it is, in memory of its own. */
	if (pool_kind() == DMARING_POOL_DEFAULT)
		pattern_check(r->pool, r->setup.pool.bytes, 1);
	else
		byte_check(r->pool, 0, r->setup.pool.bytes);
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), ENODEV);
	assert_error(xioctl(r->fd, DMARING_IOC_SYNC, &sync), ENODEV);
	assert_error(xioctl(r->fd, DMARING_IOC_ABORT, &a), ENODEV);
	assert_error(xioctl(r->fd, DMARING_IOC_COALESCE, &coalesce), ENODEV);
	assert_error(xioctl(r->fd, DMARING_IOC_CHANNEL, &info), ENODEV);
	assert_error(ring_set_eventfd(r, 0, event_new()), ENODEV);
	/* One that was never set up. */
	assert_error(ring_setup(fd, &setup), ENODEV);
	device_bind("mem0");
	assert_error(ring_setup(fd, &setup), ENODEV);
	everything_works();
}

static void unbind_under_load(void **state)
{
	static const char * const devices[] = { "loop0", "mem0" };
	struct load *load[2];
	pid_t pid[2];
	size_t i, j, n;

	(void)state;
	for (i = 0; i < 6; i++) {
		/* A copy channel has two users. */
		n = 1 + i % 2;
		for (j = 0; j < n; j++) {
			load[j] = shared_load(devices[i % 2], true);
			pid[j] = start_load(load[j], 100 + 31 * i);
		}
		device_unbind(devices[i % 2]);
		for (j = 0; j < n; j++) {
			assert_int_equal(child_status(pid[j]), 0);
			munmap(load[j], sizeof(*load[j]));
		}
		device_bind(devices[i % 2]);
		everything_works();
	}
}

static void surprise_removal_under_load(void **state)
{
	static const char * const devices[] = { "loop0", "mem0" };
	struct load *load;
	char path[64];
	size_t i;
	pid_t pid;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		load = shared_load(devices[i], true);
		load->torn_out = true;
		pid = start_load(load, 200);
		snprintf(path, sizeof(path), "/sys/kernel/debug/dmaring_sim/%s/remove",
			 load->device);
		assert_ok(file_write(path, "1"));
		assert_int_equal(child_status(pid), 0);
		wait_until(!node_exists(load->device));
		snprintf(path, sizeof(path), SIM "dmaring_sim.%c", number_of(load->device));
		wait_until(access(path, F_OK));
		device_bind(load->device);
		everything_works();
		munmap(load, sizeof(*load));
	}
}

static void unbind_of_the_driver_itself(void **state)
{
	struct ring *r = loaded_loop();
	int i;

	(void)state;
	assert_ok(file_write(DRIVER "unbind", "dmaring.0"));
	assert_false(node_exists("loop0"));
	for (i = 0; i < 100; i++)
		assert_int_equal(ring_wait(r).res, -ENODEV);
	assert_true(ring_poll(r, POLLIN, WAIT_MS) & POLLHUP);
	assert_ok(file_write(DRIVER "bind", "dmaring.0"));
	wait_until(node_exists("loop0"));
	ring_close(r);
	everything_works();
}

/* Nobody gets the pages of an engine that does not stop, not even when its user goes. */
static void engine_that_will_not_stop_keeps_the_memory(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = BYTES);
	struct dmaring_cqe c;

	(void)state;
	pattern_fill(r->pool, r->setup.pool.bytes, 1);
	fault_set("mem0", "copy", "hang", "1");
	fault_set("mem0", "copy", "refuse_stop", "-1");
	push_copy(r, 1, 0, BYTES, 1);
	ring_kick(r);
	wait_until(!faults_left("mem0", "copy", "hang"));
	assert_ok(file_write(DRIVER "unbind", "dmaring.4"));
	assert_false(node_exists("mem0"));
	c = ring_expect(r, 1, -ENODEV);
	assert_true(c.flags & DMARING_CQE_QUARANTINED);
	/* The engine still has them, and so has the process. */
	if (pool_kind() == DMARING_POOL_DEFAULT)
		pattern_check(r->pool, r->setup.pool.bytes, 1);
	ring_close(r);
	fault_clear();
	assert_ok(file_write(DRIVER "bind", "dmaring.4"));
	wait_until(node_exists("mem0"));
	everything_works();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		removal_test(unbind_with_an_open_ring),
		removal_test(ioctls_of_a_gone_device_are_enodev),
		removal_test(unbind_under_load),
		removal_test(surprise_removal_under_load),
		removal_test(unbind_of_the_driver_itself),
		removal_test(engine_that_will_not_stop_keeps_the_memory),
	};

	return system_run(tests);
}
