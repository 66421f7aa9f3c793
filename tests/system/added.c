// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices made at run time by new_device and unmade by delete_device, by their
 * provider's end, by unbind and by rmmod; and a device whose provider comes late.
 *
 * The devices added here have the names of those of the virtual controller, which
 * give up their channels for them: so all that is written for these works on them.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traffic.h"
#include "load.h"

#define SIM	"/sys/bus/platform/drivers/dmaring_sim/"
#define DRIVER	"/sys/bus/platform/drivers/dmaring/"

#define add(line)	file_write(DRIVER "new_device", line)
#define delete(name)	file_write(DRIVER "delete_device", name)

/* dmaengine's names of the channels that are free to be used. */
static char tx[32], rx[32], copy[32];
static char line[256];

static const char *format(const char *text, const char *a, const char *b)
{
	snprintf(line, sizeof(line), text, a, b);
	return line;
}

static bool node_exists(const char *device)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/dmaring/%s", device);
	return !access(path, F_OK);
}

/* Platform devices of added devices. */
static unsigned int added_count(char *name, size_t bytes)
{
	DIR *dir = opendir("/sys/bus/platform/devices");
	struct dirent *entry;
	unsigned int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "dmaring-added", 13))
			continue;
		n++;
		if (name)
			snprintf(name, bytes, "%.*s", (int)bytes - 1, entry->d_name);
	}
	closedir(dir);
	return n;
}

/* loop0 and mem0 as the controller has them; the clients may be bound already. */
static void clients_bind(void)
{
	file_write(SIM "bind", "dmaring_sim.0");
	file_write(SIM "bind", "dmaring_sim.4");
	file_write(DRIVER "bind", "dmaring.0");
	file_write(DRIVER "bind", "dmaring.4");
	wait_until(node_exists("loop0") && node_exists("mem0"));
	attribute_text("loop0", "tx/engine", tx, sizeof(tx));
	attribute_text("loop0", "rx/engine", rx, sizeof(rx));
	attribute_text("mem0", "copy/engine", copy, sizeof(copy));
	tx[strcspn(tx, "\n")] = '\0';
	rx[strcspn(rx, "\n")] = '\0';
	copy[strcspn(copy, "\n")] = '\0';
}

static void clients_unbind(void)
{
	assert_ok(file_write(DRIVER "unbind", "dmaring.0"));
	assert_ok(file_write(DRIVER "unbind", "dmaring.4"));
	assert_false(node_exists("loop0") || node_exists("mem0"));
}

static int added_setup(void **state)
{
	(void)state;
	clients_bind();
	clients_unbind();
	return 0;
}

static int added_teardown(void **state)
{
	int ret = system_teardown(state);

	delete("loop0");
	delete("mem0");
	delete("x");
	wait_until(!added_count(NULL, 0));
	clients_bind();
	everything_works();
	return ret;
}

#define added_test(f)	cmocka_unit_test_setup_teardown(f, added_setup, added_teardown)

static void add_both(void)
{
	assert_ok(add(format("loop0 tx:%s:send rx:%s:receive cookie-known length-known", tx, rx)));
	assert_ok(add(format("mem0  copy:%s\n", copy, "")));
}

static void engine_is(const char *device, const char *file, const char *engine)
{
	char text[64];

	attribute_text(device, file, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, engine);
}

static void devices_are_as_written(void **state)
{
	struct dmaring_channel_info info;
	int fd;

	(void)state;
	add_both();
	assert_true(node_exists("loop0") && node_exists("mem0"));
	assert_int_equal(attribute_number("loop0", "added"), 1);
	assert_int_equal(attribute_number("mem0", "added"), 1);
	assert_int_equal(attribute_number("fft0", "added"), 0);
	assert_int_equal(attribute_number("mem0", "simulated"), 1);
	engine_is("loop0", "tx/engine", tx);
	engine_is("loop0", "rx/engine", rx);
	engine_is("mem0", "copy/engine", copy);
	fd = device_open("loop0", O_RDWR);
	info = device_channel_info(fd, "rx");
	assert_int_equal(info.kind, DMARING_CHANNEL_RECEIVE);
	assert_true(info.flags & DMARING_LEN_KNOWN);
	assert_true(info.flags & DMARING_SIMULATED);
	assert_int_equal(device_channel_info(fd, "tx").kind, DMARING_CHANNEL_SEND);
	everything_works();
}

static void directions_and_engine_are_found(void **state)
{
	(void)state;
	/* By their names; the engine by what it can. */
	assert_ok(add(format("loop0 tx:%s rx:%s alignment=64 width=4 burst=8", tx, rx)));
	assert_ok(add("mem0 copy:any"));
	engine_is("mem0", "copy/engine", copy);
	assert_int_equal(attribute_number("loop0", "rx/alignment"), 64);
	everything_works();
	/* By what the engine can: this one only copies. */
	assert_ok(delete("mem0"));
	assert_ok(add(format("mem0 c:%s", copy, "")));
	copy_works();
}

static void what_cannot_be_is_an_error(void **state)
{
	/* %1$s and %2$s are the channels of loop0, %3$s is that of mem0 */
	static const struct {
		const char *text;
		int error;
	} lines[] = {
		{ "x c:dma99chan99", ENODEV },
		{ "x c:no-engine", ENODEV },
		{ "fft0 copy:%3$s", EEXIST },
		{ "x c:%1$s", ENODEV },			/* which way? */
		{ "x c:%1$s:copy", EOPNOTSUPP },
		{ "x c:%3$s:send", EOPNOTSUPP },
		{ "x c:%3$s:receive", EOPNOTSUPP },
		{ "x power:%3$s", EINVAL },		/* a folder that there is */
		{ "x counters:%3$s", EINVAL },
		{ "x tx:%1$s width=3", EINVAL },
		{ "x tx:%1$s width=4 burst=3", EINVAL },
		{ "x tx:%1$s burst=4", EINVAL },
		{ "x tx:%1$s tx:%2$s", EINVAL },
		{ "x tx:%1$s rx:%1$s", EBUSY },		/* its own */
		{ "x tx:%1$s rx:dma99chan0", ENODEV },	/* and lets go of the first */
		{ "x a:any b:any", ENODEV },
		{ "x", EINVAL },
		{ "\n", EINVAL },
		{ "x/y c:%3$s", EINVAL },
		{ ".. c:%3$s", EINVAL },
		{ "x c:%3$s:sideways", EINVAL },
		{ "x c:%3$s nonsense", EINVAL },
		{ "x c:%3$s length-known=1", EINVAL },
		{ "x c:%3$s length-known length-known", EINVAL },
		{ "x c:%3$s alignment", EINVAL },
		{ "x c:%3$s alignment=8 alignment=8", EINVAL },
		{ "x c:%3$s width=4294967296", ERANGE },
		{ "a2345678901234567890123456789012 c:%3$s", ENAMETOOLONG },
		{ "x a:a b:a c:a d:a e:a f:a g:a h:a i:a j:a k:a l:a m:a n:a o:a p:a q:a", E2BIG },
	};
	char text[256], page[4096];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		int ret;

		snprintf(text, sizeof(text), lines[i].text, tx, rx, copy);
		ret = add(text);
		if (ret != -lines[i].error)
			fail_msg("\"%s\": %d, not %d", text, ret, -lines[i].error);
		assert_int_equal(added_count(NULL, 0), 0);
		assert_false(node_exists("x"));
	}
	memset(page, 'a', sizeof(page) - 1);
	page[sizeof(page) - 1] = '\0';
	assert_error(add(page), ENAMETOOLONG);
	assert_error(delete(page), ENOENT);
	assert_error(delete("x"), ENOENT);
	assert_error(delete("\n"), ENOENT);
	/* Not made here. */
	assert_error(delete("fft0"), ENOENT);
	assert_true(node_exists("fft0"));
	/* Nothing is held by what failed. */
	add_both();
	everything_works();
	assert_error(add(format("x tx:%s", tx, "")), EBUSY);
	assert_error(add(format("x copy:%s", copy, "")), EBUSY);
	assert_error(add("x copy:any"), ENODEV);
	assert_error(add(format("loop0 tx:%s", tx, "")), EEXIST);
	assert_error(add("fft0 copy:any"), EEXIST);
	everything_works();
}

static void try_without_privilege(void *argument)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	(void)argument;
	/* The file's owner, and no more. */
	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
	data[0].inheritable = 0;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
	assert_error(add("mem0 copy:any"), EPERM);
	assert_error(delete("mem0"), EPERM);
	assert_int_equal(setresuid(65534, 65534, 65534), 0);
	assert_error(add("mem0 copy:any"), EACCES);
	assert_error(delete("mem0"), EACCES);
}

static void only_the_administrator_may(void **state)
{
	(void)state;
	assert_child_ok(try_without_privilege, NULL);
	assert_false(node_exists("mem0"));
	assert_ok(add("mem0 copy:any"));
	assert_child_ok(try_without_privilege, NULL);
	assert_true(node_exists("mem0"));
}

static void ring_ended(struct ring *r)
{
	unsigned int i;

	assert_true(ring_poll(r, POLLIN, WAIT_MS) & POLLHUP);
	wait_until(ring_cq_tail(r) - r->cq_head == 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(ring_wait(r).res, -ENODEV);
	assert_error(ring_doorbell(r), ENODEV);
}

static void delete_with_an_open_ring(void **state)
{
	struct ring *r;

	(void)state;
	add_both();
	r = loaded_loop();
	assert_ok(delete("loop0"));
	assert_false(node_exists("loop0"));
	assert_int_equal(added_count(NULL, 0), 1);
	ring_ended(r);
	/* The old ring stays open, a new device has its name and channels. */
	assert_ok(add(format("loop0 tx:%s rx:%s", tx, rx)));
	assert_error(ring_doorbell(r), ENODEV);
	loop_works();
	ring_close(r);
	everything_works();
}

static void delete_under_load(void **state)
{
	static const char * const devices[] = { "loop0", "mem0" };
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		struct load *load = shared_load(devices[i % 2], true);
		pid_t pid;

		add_both();
		pid = start_load(load, 100 + 31 * i);
		assert_ok(delete(devices[i % 2]));
		assert_int_equal(child_status(pid), 0);
		munmap(load, sizeof(*load));
		assert_ok(delete(devices[!(i % 2)]));
	}
}

static void provider_takes_it_along(void **state)
{
	struct load *load;
	struct ring *r;
	pid_t pid;

	(void)state;
	add_both();
	r = loaded_loop();
	load = shared_load("mem0", true);
	pid = start_load(load, 100);
	assert_ok(file_write(SIM "unbind", "dmaring_sim.0"));
	assert_false(node_exists("loop0"));
	ring_ended(r);
	assert_ok(file_write(SIM "unbind", "dmaring_sim.4"));
	assert_int_equal(child_status(pid), 0);
	munmap(load, sizeof(*load));
	/* For good: the names of its channels may be others' now. */
	wait_until(!added_count(NULL, 0));
	assert_error(delete("loop0"), ENOENT);
	clients_bind();
	assert_int_equal(attribute_number("loop0", "added"), 0);
	assert_int_equal(attribute_number("mem0", "added"), 0);
	ring_close(r);
	clients_unbind();
	add_both();
	everything_works();
}

static void unbind_deletes(void **state)
{
	char name[64];

	(void)state;
	assert_ok(add("mem0 copy:any"));
	assert_int_equal(added_count(name, sizeof(name)), 1);
	assert_ok(file_write(DRIVER "unbind", name));
	wait_until(!added_count(NULL, 0));
	assert_error(delete("mem0"), ENOENT);
	assert_ok(add("mem0 copy:any"));
	copy_works();
}

static void fifty_rounds(void **state)
{
	unsigned int i, rounds = loop_rounds(50 / slowness());

	(void)state;
	/* The account is of a device of the controller. */
	clients_bind();
	account_begin();
	clients_unbind();
	for (i = 0; i < rounds; i++) {
		struct ring *r;

		add_both();
		r = i % 2 ? loaded_loop() : loaded_copy();
		assert_ok(delete("mem0"));
		assert_ok(delete("loop0"));
		ring_close(r);
	}
	assert_int_equal(added_count(NULL, 0), 0);
	clients_bind();
	account_check();
	account_end();
}

/* One name, two processes: each time one of them has it. */
static void name_is_given_once(void **state)
{
	pid_t pid[2];
	int i, n;

	(void)state;
	for (n = 0; n < 2; n++) {
		pid[n] = fork();
		assert_true(pid[n] >= 0);
		if (pid[n])
			continue;
		for (i = 0; i < 100; i++) {
			int ret = add("mem0 copy:any");

			if (ret && ret != -EEXIST)
				_exit(1);
			if (ret)
				continue;
			if (!node_exists("mem0") || delete("mem0"))
				_exit(2);
		}
		_exit(0);
	}
	for (n = 0; n < 2; n++)
		assert_int_equal(child_status(pid[n]), 0);
	assert_int_equal(added_count(NULL, 0), 0);
}

static void unloading_the_driver_deletes(void **state)
{
	const char *module = getenv("DMARING_KO");
	int fd;

	(void)state;
	if (!module)
		skip();
	add_both();
	copy_works();
	/* While a file is open the module stays. */
	fd = device_open("mem0", O_RDWR);
	assert_true(syscall(SYS_delete_module, "dmaring", O_NONBLOCK) < 0);
	assert_true(node_exists("mem0"));
	device_close(fd);
	wait_until(!syscall(SYS_delete_module, "dmaring", O_NONBLOCK));
	assert_int_equal(added_count(NULL, 0), 0);
	assert_error(add("mem0 copy:any"), ENOENT);
	fd = open(module, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(syscall(SYS_finit_module, fd, "", 0), 0);
	close(fd);
	clients_bind();
	assert_int_equal(attribute_number("mem0", "added"), 0);
}

/* As with hardware whose driver is loaded later. */
static void missing_provider_defers(void **state)
{
	char text[1024] = "";
	int fd;

	(void)state;
	assert_ok(file_write(SIM "unbind", "dmaring_sim.0"));
	assert_error(file_write(DRIVER "bind", "dmaring.0"), EAGAIN);
	/* This one also remembers it. */
	file_write("/sys/bus/platform/drivers_probe", "dmaring.0");
	assert_false(node_exists("loop0"));
	fd = open("/sys/kernel/debug/devices_deferred", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_non_null(strstr(text, "dmaring.0\t"));
	assert_ok(file_write(SIM "bind", "dmaring_sim.0"));
	/* Nobody binds it but the driver core. */
	wait_until(node_exists("loop0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		added_test(devices_are_as_written),
		added_test(directions_and_engine_are_found),
		added_test(what_cannot_be_is_an_error),
		added_test(only_the_administrator_may),
		added_test(delete_with_an_open_ring),
		added_test(delete_under_load),
		added_test(provider_takes_it_along),
		added_test(unbind_deletes),
		added_test(fifty_rounds),
		added_test(name_is_given_once),
		added_test(unloading_the_driver_deletes),
		added_test(missing_provider_defers),
	};

	return system_run(tests);
}
