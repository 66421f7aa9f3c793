// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls on a buffer device with the first, second, ... allocation or copy
 * failing: what fails says so and has done nothing.
 *
 * Wants a kernel with fault injection, as fail_nth does.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer_node.h"
#include "inject.h"

#define MOST	20000	/* no call allocates so often */

static unsigned char bytes[BYTES];

static long call_open(void)
{
	int opened = open(NODE, O_RDWR | O_CLOEXEC);
	long ret = result(opened);

	if (opened >= 0)
		close(opened);
	return ret;
}

static long call_mmap(void)
{
	unsigned char *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	long ret = result(p == MAP_FAILED ? -1 : 0);

	/* Without a failure: a fault that fails is a signal. */
	disarm();
	if (p == MAP_FAILED)
		return ret;
	memset(p, 7, BYTES);
	munmap(p, BYTES);
	return ret;
}

static long call_read(void)
{
	return result(pread(fd, bytes, sizeof(bytes), 0));
}

static long call_write(void)
{
	return result(pwrite(fd, bytes, sizeof(bytes), 0));
}

static long call_buffer(void)
{
	struct dmaring_buffer info = { 0 };

	return xioctl(fd, DMARING_IOC_BUFFER, &info);
}

static long call_sync(void)
{
	struct dmaring_sync sync = { .direction = DMARING_CHANNEL_COPY, .bytes = BYTES };

	return xioctl(fd, DMARING_IOC_SYNC, &sync);
}

static long call_sysfs(void)
{
	return attribute_set("b", "sync_for_device", "1");
}

static void calls_fail_cleanly(void **state)
{
	static const struct {
		const char *name;
		long (*call)(void);
	} subjects[] = {
		{ "open", call_open }, { "mmap", call_mmap }, { "read", call_read },
		{ "write", call_write }, { "BUFFER", call_buffer }, { "SYNC", call_sync },
		{ "sync_for_device", call_sysfs },
	};
	size_t i;

	(void)state;
	skip_without_injection();
	for (i = 0; i < ARRAY_SIZE(subjects); i++) {
		unsigned int nth, failures = 0, before;
		bool hit = true;

		for (nth = 1; hit; nth++) {
			long ret;

			assert_true(nth < MOST);
			before = injections();
			arm(nth);
			ret = subjects[i].call();
			disarm();
			hit = injections() != before;
			if (ret >= 0)
				continue;
			failures++;
			if (!hit || (ret != -ENOMEM && ret != -EFAULT))
				fail_msg("%s, failure %u: %s", subjects[i].name, nth,
					 strerror(-ret));
		}
		print_message("# %-16s up to failure %u, %u errors\n", subjects[i].name, nth,
			      failures);
	}
	assert_int_equal(call_read(), BYTES);
	assert_int_equal(bytes[BYTES - 1], 7);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		buffer_test(calls_fail_cleanly),
	};

	return system_run(tests);
}
