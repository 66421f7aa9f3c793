// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QUERY and CHANNEL: what a device says of itself.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

struct channel {
	const char *name;
	unsigned int kind;
	unsigned int operation;
};

static const struct device {
	const char *name;
	struct channel channel[3];
} devices[] = {
	{ "loop0", { { "tx", DMARING_CHANNEL_SEND, DMARING_OP_SEND },
		     { "rx", DMARING_CHANNEL_RECEIVE, DMARING_OP_RECEIVE } } },
	{ "fft0", { { "tx", DMARING_CHANNEL_SEND, DMARING_OP_SEND },
		    { "rx", DMARING_CHANNEL_RECEIVE, DMARING_OP_RECEIVE } } },
	{ "source0", { { "rx", DMARING_CHANNEL_RECEIVE, DMARING_OP_RECEIVE } } },
	{ "sink0", { { "tx", DMARING_CHANNEL_SEND, DMARING_OP_SEND } } },
	{ "mem0", { { "copy", DMARING_CHANNEL_COPY, DMARING_OP_COPY } } },
};

#define DATA_OPERATIONS	(1U << DMARING_OP_SEND | 1U << DMARING_OP_RECEIVE | \
			 1U << DMARING_OP_COPY)
#define CONTROL_OPERATIONS (1U << DMARING_OP_NOP | 1U << DMARING_OP_FENCE | \
			    1U << DMARING_OP_CANCEL | 1U << DMARING_OP_ABORT)

static bool power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* Opens a device of the table and counts what the table says. */
static int open_counted(const struct device *d, unsigned int *channels,
			uint32_t *operations)
{
	int fd = device_open(d->name, O_RDWR);

	assert_ok(fd);
	*operations = 0;
	for (*channels = 0; d->channel[*channels].name; ++*channels)
		*operations |= 1U << d->channel[*channels].operation;
	return fd;
}

static void query_says_name_version_and_abi(void **state)
{
	struct dmaring_query q;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		q = device_query(device_open(devices[i].name, O_RDWR));
		assert_string_equal(q.name, devices[i].name);
		assert_int_equal(q.abi_major, DMARING_ABI_MAJOR);
		assert_int_equal(q.abi_minor, DMARING_ABI_MINOR);
		assert_true(q.version[0]);
		assert_non_null(memchr(q.version, 0, sizeof(q.version)));
		byte_check(q.reserved, 0, sizeof(q.reserved));
	}
}

static void query_says_channels_and_operations(void **state)
{
	struct dmaring_query q;
	unsigned int channels;
	uint32_t operations;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		q = device_query(open_counted(&devices[i], &channels, &operations));
		assert_int_equal(q.channels, channels);
		assert_int_equal(q.operations & DATA_OPERATIONS, operations);
		assert_int_equal(q.operations & CONTROL_OPERATIONS, CONTROL_OPERATIONS);
	}
}

static void query_says_simulated_and_shared(void **state)
{
	struct dmaring_query q;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		q = device_query(device_open(devices[i].name, O_RDWR));
		assert_true(q.flags & DMARING_SIMULATED);
		assert_int_equal(!!(q.flags & DMARING_SHARED),
				 !strcmp(devices[i].name, "mem0"));
	}
}

static void query_says_limits(void **state)
{
	struct dmaring_query q = device_query(device_open("loop0", O_RDWR));

	(void)state;
	assert_true(power_of_two(q.sq_entries_max));
	assert_true(power_of_two(q.cq_entries_max));
	assert_true(q.sq_entries_max <= DMARING_SQ_ENTRIES_MAX);
	assert_true(q.cq_entries_max <= DMARING_CQ_ENTRIES_MAX);
	assert_true(q.cq_entries_max >= 2 * q.sq_entries_max);
	assert_true(q.buffers_max >= 1024);
	assert_true(q.buffer_bytes_max >= 4 << 20);
	assert_int_equal(q.features_compat | q.features_incompat, 0);
}

static void query_works_in_any_mode_and_after_setup(void **state)
{
	struct ring *r;

	(void)state;
	device_query(device_open("loop0", O_RDONLY));
	device_query(device_open("loop0", O_WRONLY));
	r = ring_open("loop0");
	assert_string_equal(device_query(r->fd).name, "loop0");
}

static void pool_bytes_used_rises_and_falls(void **state)
{
	int fd = device_open("mem0", O_RDWR);
	struct ring *r = ring_open("mem0", .buffers = 16, .bytes = 65536);
	uint64_t bytes = r->setup.pool.bytes, with;

	(void)state;
	/* Pools of rings that were closed before may still be on their way out. */
	with = device_query(fd).pool_bytes_used;
	assert_true(with >= bytes);
	ring_close(r);
	wait_until(device_query(fd).pool_bytes_used <= with - bytes);
}

static void channel_says_name_kind_and_operation(void **state)
{
	struct dmaring_channel_info info;
	const struct channel *c;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		fd = device_open(devices[i].name, O_RDWR);
		for (c = devices[i].channel; c->name; c++) {
			info = device_channel_info(fd, c->name);
			assert_string_equal(info.name, c->name);
			assert_int_equal(info.kind, c->kind);
			assert_int_equal(info.operations & DATA_OPERATIONS,
					 1U << c->operation);
			byte_check(info.reserved, 0, sizeof(info.reserved));
			assert_true(info.cyclic <= DMARING_CYCLIC_SHARED);
		}
	}
}

static void channel_says_engine_and_limits(void **state)
{
	struct dmaring_channel_info info;
	const struct channel *c;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		fd = device_open(devices[i].name, O_RDWR);
		for (c = devices[i].channel; c->name; c++) {
			info = device_channel_info(fd, c->name);
			assert_true(info.engine[0]);
			assert_string_equal(info.provider, "dmaring_sim");
			assert_true(power_of_two(info.alignment));
			assert_true(info.window >= 1);
			assert_true(info.segment_bytes_max >= 4096);
			assert_true(info.residue <= 3);
			assert_int_equal(!!(info.flags & DMARING_SHARED),
					 c->kind == DMARING_CHANNEL_COPY);
		}
	}
}

static void channel_names_the_holder(void **state)
{
	int fd = device_open("loop0", O_RDWR);
	struct ring *r;

	(void)state;
	assert_int_equal(device_channel_info(fd, "rx").holder, 0);
	r = ring_open("loop0", .only = "rx");
	assert_int_equal(device_channel_info(fd, "rx").holder, getpid());
	assert_int_equal(device_channel_info(fd, "tx").holder, 0);
	ring_close(r);
	assert_int_equal(device_channel_info(fd, "rx").holder, 0);
}

static void shared_channel_has_no_holder(void **state)
{
	struct ring *r = ring_open("mem0");

	(void)state;
	assert_int_equal(device_channel_info(r->fd, "copy").holder, 0);
}

static void channel_out_of_range_is_enoent(void **state)
{
	static const uint32_t wrong[] = { 2, 3, 16, 0x7fffffff, 0x80000000, 0xffffffff };
	int fd = device_open("loop0", O_RDWR);
	struct dmaring_channel_info info;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		memset(&info, 0, sizeof(info));
		info.index = wrong[i];
		assert_error(xioctl(fd, DMARING_IOC_CHANNEL, &info), ENOENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(query_says_name_version_and_abi),
		system_test(query_says_channels_and_operations),
		system_test(query_says_simulated_and_shared),
		system_test(query_says_limits),
		system_test(query_works_in_any_mode_and_after_setup),
		system_test(pool_bytes_used_rises_and_falls),
		system_test(channel_says_name_kind_and_operation),
		system_test(channel_says_engine_and_limits),
		system_test(channel_names_the_holder),
		system_test(shared_channel_has_no_holder),
		system_test(channel_out_of_range_is_enoent),
	};

	return system_run(tests);
}
