// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices and modules that go and come back, over and over, with traffic on every
 * channel; and the sleep of the system. Needs the virtual controller.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traffic.h"

#define SIM	"/sys/bus/platform/drivers/dmaring_sim/"
#define DRIVER	"/sys/bus/platform/drivers/dmaring/"
#define KNOBS	"/sys/kernel/debug/dmaring_sim/"

static bool node_exists(unsigned int device)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/dmaring/%s", traffic_devices[device]);
	return !access(path, F_OK);
}

/* The platform devices are numbered as traffic_devices[]. */
static int driver_write(const char *path, const char *kind, unsigned int device)
{
	char name[32];

	snprintf(name, sizeof(name), "%s.%u", kind, device);
	return file_write(path, name);
}

static void bind(unsigned int device)
{
	driver_write(SIM "bind", "dmaring_sim", device);
	/* The driver core may have bound the client by itself. */
	driver_write(DRIVER "bind", "dmaring", device);
	wait_until(node_exists(device));
}

static void bind_all(void)
{
	unsigned int device;

	for (device = 0; device < TRAFFIC_DEVICES; device++)
		if (!node_exists(device))
			bind(device);
}

/* A test that failed half-way does not take the next ones with it. */
static int loops_teardown(void **state)
{
	int ret = system_teardown(state);
	unsigned int device;
	char path[96];

	for (device = 0; device < TRAFFIC_DEVICES; device++) {
		snprintf(path, sizeof(path), KNOBS "%s/asleep", traffic_devices[device]);
		file_write(path, "0");
	}
	bind_all();
	return ret;
}

#define loops_test(f)	cmocka_unit_test_teardown(f, loops_teardown)

/* Ends by itself when the last device has gone, with nothing unexplained. */
static void traffic_ended(struct traffic *traffic, pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(traffic->wrong, 0);
}

static void unbound(const char *path, const char *kind)
{
	struct traffic *traffic = traffic_new();
	unsigned int i, device, n = loop_rounds(2);
	pid_t pid;

	traffic->removal = true;
	account_begin();
	for (i = 0; i < n; i++) {
		pid = traffic_start(traffic);
		for (device = 0; device < TRAFFIC_DEVICES; device++) {
			/* The others go on meanwhile. */
			assert_ok(driver_write(path, kind, (device + i) % TRAFFIC_DEVICES));
			assert_false(node_exists((device + i) % TRAFFIC_DEVICES));
			if (device < TRAFFIC_DEVICES - 1)
				traffic_wait(traffic, 1);
		}
		traffic_ended(traffic, pid);
		bind_all();
		account_check();
	}
	account_end();
	traffic_free(traffic);
}

static void providers_are_unbound_and_bound(void **state)
{
	(void)state;
	unbound(SIM "unbind", "dmaring_sim");
}

static void devices_are_unbound_and_bound(void **state)
{
	(void)state;
	unbound(DRIVER "unbind", "dmaring");
}

static void controllers_are_torn_out(void **state)
{
	struct traffic *traffic = traffic_new();
	unsigned int i, device, n = loop_rounds(2);
	char path[96];
	pid_t pid;

	(void)state;
	traffic->removal = true;
	account_begin();
	for (i = 0; i < n; i++) {
		pid = traffic_start(traffic);
		for (device = 0; device < TRAFFIC_DEVICES; device++) {
			snprintf(path, sizeof(path), KNOBS "%s/remove", traffic_devices[device]);
			assert_ok(file_write(path, "1"));
		}
		traffic_ended(traffic, pid);
		for (device = 0; device < TRAFFIC_DEVICES; device++) {
			wait_until(!node_exists(device));
			snprintf(path, sizeof(path), SIM "dmaring_sim.%u", device);
			wait_until(access(path, F_OK));
		}
		bind_all();
		account_check();
	}
	account_end();
	traffic_free(traffic);
}

/* ------------------------------------------------------------------------
 * Modules
 */

static int module_remove(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

static void module_insert(const char *variable)
{
	int fd = open(getenv(variable), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(syscall(SYS_finit_module, fd, "", 0), 0);
	close(fd);
}

static bool busy(int ret)
{
	return ret == -EWOULDBLOCK || ret == -EBUSY;
}

/* Refused as long as somebody has a file; clean at once when the last has died. */
static void modules_are_unloaded_and_loaded(void **state)
{
	struct traffic *traffic;
	unsigned int i, n = loop_rounds(2);
	int ret, status;
	pid_t pid;

	(void)state;
	if (!getenv("DMARING_KO") || !getenv("DMARING_SIM_KO") ||
	    access("/sys/module/dmaring/refcnt", F_OK)) {
		print_message("# not in a guest of tests/vm/run\n");
		skip();
	}
	traffic = traffic_new();
	account_begin();
	for (i = 0; i < n; i++) {
		pid = traffic_start(traffic);
		assert_true(busy(module_remove("dmaring")));
		assert_true(busy(module_remove("dmaring_sim")));
		traffic_wait(traffic, 10);
		kill(pid, SIGKILL);
		/* Not waited for: its files may just be on their way out. */
		wait_until(!(ret = module_remove("dmaring")) || !busy(ret));
		assert_int_equal(ret, 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(traffic->wrong, 0);
		if (i & 1) {
			assert_ok(module_remove("dmaring_sim"));
			module_insert("DMARING_SIM_KO");
		}
		module_insert("DMARING_KO");
		bind_all();
		account_check();
	}
	/* Not the memory: the kernel keeps megabytes of its own where modules come and go. */
	traffic_free(traffic);
}

/* ------------------------------------------------------------------------
 * Sleep
 */

static void sleep_set(unsigned int device, const char *asleep)
{
	char path[96];

	snprintf(path, sizeof(path), KNOBS "%s/asleep", traffic_devices[device]);
	assert_ok(file_write(path, asleep));
}

/*
 * Each device sleeps and wakes up, then all of them together. The controller loses
 * what it has, and would report it.
 */
static void devices_sleep_and_wake_up(void **state)
{
	struct traffic *traffic = traffic_new();
	unsigned int i, device, n = loop_rounds(2);
	int status;
	pid_t pid;

	(void)state;
	traffic->sleep = true;
	account_begin();
	pid = traffic_start(traffic);
	for (i = 0; i < n; i++) {
		for (device = 0; device < TRAFFIC_DEVICES; device++) {
			sleep_set(device, "1");
			if (!(i & 1))
				sleep_set(device, "0");
		}
		for (device = 0; device < TRAFFIC_DEVICES && i & 1; device++)
			sleep_set(device, "0");
		traffic_wait(traffic, 100);
	}
	__atomic_store_n(&traffic->stop, true, __ATOMIC_RELAXED);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(traffic->wrong, 0);
	account_check();
	account_end();
	traffic_free(traffic);
}

/* What waits for its device ends, and what is queued behind it does not. */
static void waiting_receives_end_and_queued_ones_stay(void **state)
{
	struct ring *in = ring_open("loop0", .only = "rx", .sq = 128);
	struct ring *out = ring_open("loop0", .only = "tx");
	unsigned int window = device_channel_info(in->fd, "rx").window, i;
	struct dmaring_cqe c;

	(void)state;
	for (i = 0; i < window + 2; i++)
		push_data(in, DMARING_OP_RECEIVE, 0, 1, 0, TRAFFIC_BYTES, i);
	ring_kick(in);
	sleep_set(0, "1");
	for (i = 0; i < window; i++) {
		c = ring_expect(in, i, -ECANCELED);
		assert_true(c.flags & DMARING_CQE_STARTED);
	}
	/* Nothing is issued meanwhile. */
	push_data(out, DMARING_OP_SEND, 0, 0, 0, TRAFFIC_BYTES, 1);
	ring_submit(out);
	something_else_happens();
	assert_int_equal(ring_cq_tail(in), in->cq_head);
	assert_int_equal(ring_cq_tail(out), out->cq_head);
	sleep_set(0, "0");
	ring_expect(in, window, 0);
	ring_expect(out, 1, 0);
	push_data(out, DMARING_OP_SEND, 0, 0, 0, TRAFFIC_BYTES, 2);
	ring_submit(out);
	ring_expect(in, window + 1, 0);
	ring_expect(out, 2, 0);
}

/* A copy in which the engine hangs is done anew when it is awake again. */
static void copies_begin_anew(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 32);
	unsigned int i;

	(void)state;
	fault_set("mem0", "copy", "hang", "1");
	pattern_fill(ring_buffer(r, 0), TRAFFIC_BYTES, 1);
	for (i = 1; i < 8; i++)
		push_copy(r, i, 0, TRAFFIC_BYTES, i);
	ring_submit(r);
	sleep_set(4, "1");
	assert_int_equal(ring_cq_tail(r), r->cq_head);
	sleep_set(4, "0");
	for (i = 1; i < 8; i++) {
		ring_expect(r, i, 0);
		pattern_check(ring_buffer(r, i), TRAFFIC_BYTES, 1);
	}
	fault_clear();
}

/* It goes while it sleeps. */
static void sleeping_device_is_unbound(void **state)
{
	struct ring *r = ring_open("loop0", .only = "rx", .sq = 128);
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++)
		push_data(r, DMARING_OP_RECEIVE, 0, 1, 0, TRAFFIC_BYTES, i);
	ring_kick(r);
	sleep_set(0, "1");
	assert_ok(driver_write(SIM "unbind", "dmaring_sim", 0));
	for (i = 0; i < 100; i++)
		ring_wait(r);
	assert_true(ring_poll(r, POLLIN, WAIT_MS) & POLLHUP);
	bind(0);
	ring_close(r);
	account_begin();
	account_check();
}

/* The kernel's own test: all processes are frozen for a moment. */
static void frozen_processes_lose_nothing(void **state)
{
	struct traffic *traffic;
	unsigned int i, n = loop_rounds(2);
	int status;
	pid_t pid;

	(void)state;
	if (file_write("/sys/power/pm_test", "freezer")) {
		print_message("# this kernel has no /sys/power/pm_test\n");
		skip();
	}
	file_write("/sys/module/suspend/parameters/pm_test_delay", "0");
	traffic = traffic_new();
	account_begin();
	pid = traffic_start(traffic);
	for (i = 0; i < n; i++) {
		assert_ok(file_write("/sys/power/state", "freeze"));
		traffic_wait(traffic, 50);
	}
	file_write("/sys/power/pm_test", "none");
	__atomic_store_n(&traffic->stop, true, __ATOMIC_RELAXED);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(traffic->wrong, 0);
	account_end();
	traffic_free(traffic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		loops_test(providers_are_unbound_and_bound),
		loops_test(devices_are_unbound_and_bound),
		loops_test(controllers_are_torn_out),
		loops_test(modules_are_unloaded_and_loaded),
		loops_test(waiting_receives_end_and_queued_ones_stay),
		loops_test(copies_begin_anew),
		loops_test(sleeping_device_is_unbound),
		loops_test(devices_sleep_and_wake_up),
		loops_test(frozen_processes_lose_nothing),
	};

	return system_run(tests);
}
