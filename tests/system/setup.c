// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SETUP: every documented error, by one wrong thing in otherwise valid input,
 * and what it answers when all is right. A SETUP that fails leaves nothing.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

static struct dmaring_setup good_setup(void)
{
	struct dmaring_setup setup;

	memset(&setup, 0, sizeof(setup));
	setup.sq_entries = 8;
	setup.pool.buffers = 2;
	setup.pool.buffer_bytes = 4096;
	return setup;
}

/* Fails as expected, and leaves the fd and the channels as they were. */
static void setup_fails(const char *device, const struct dmaring_setup *bad, int error)
{
	struct dmaring_setup setup = *bad, good = good_setup();
	int fd = device_open(device, O_RDWR);

	assert_ok(fd);
	assert_error(xioctl(fd, DMARING_IOC_SETUP, &setup), error);
	assert_ok(xioctl(fd, DMARING_IOC_SETUP, &good));
	device_close(fd);
}

static void setup_entries_out_of_rule_are_einval(void **state)
{
	static const struct { uint32_t sq, cq; } wrong[] = {
		{ 0, 0 }, { 1, 0 }, { 3, 0 }, { 12, 32 }, { 65536, 0 }, { 0x80000000, 0 },
		{ 0xffffffff, 0 }, { 8, 8 }, { 8, 4 }, { 8, 24 }, { 8, 17 }, { 8, 131072 },
		{ 8, 0x80000000 }, { 32768, 32768 },
	};
	struct dmaring_setup setup;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		setup = good_setup();
		setup.sq_entries = wrong[i].sq;
		setup.cq_entries = wrong[i].cq;
		setup_fails("loop0", &setup, EINVAL);
	}
}

static void setup_without_a_pool_wants_its_fields_zero(void **state)
{
	struct dmaring_setup setup = good_setup();
	int fd;

	(void)state;
	setup.pool.buffers = 0;
	setup_fails("loop0", &setup, EINVAL);
	setup.pool.buffer_bytes = 0;
	fd = device_open("loop0", O_RDWR);
	assert_ok(fd);
	assert_ok(xioctl(fd, DMARING_IOC_SETUP, &setup));
}

static void setup_extreme_entries_work(void **state)
{
	static const struct { uint32_t sq, cq; } right[] = {
		{ 2, 4 }, { 2, 0 }, { 2, 65536 }, { 32768, 0 }, { 32768, 65536 },
	};
	struct dmaring_setup setup;
	struct ring *r;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		setup = good_setup();
		setup.sq_entries = right[i].sq;
		setup.cq_entries = right[i].cq;
		fd = device_open("loop0", O_RDWR);
		assert_ok(ring_setup(fd, &setup));
		r = ring_map(fd, &setup);
		assert_int_equal(r->header->sq_entries, right[i].sq);
		assert_int_equal(r->header->cq_entries,
				 right[i].cq ? right[i].cq : 2 * right[i].sq);
		push(r, DMARING_OP_NOP, 0, i);
		ring_kick(r);
		ring_expect(r, i, 0);
		ring_close(r);
	}
}

static void setup_unknown_flags_are_einval(void **state)
{
	struct dmaring_setup setup;
	int bit;

	(void)state;
	for (bit = 2; bit < 32; bit++) {
		setup = good_setup();
		setup.flags = 1U << bit;
		setup_fails("loop0", &setup, EINVAL);
	}
}

static void setup_channel_out_of_range_is_enoent(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	setup.channels = 1;
	setup.channel[0] = 2;
	setup_fails("loop0", &setup, ENOENT);
	setup.channels = 2;
	setup.channel[0] = 0;
	setup.channel[1] = 0xffff;
	setup_fails("loop0", &setup, ENOENT);
}

static void setup_channel_list_out_of_rule_is_einval(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	setup.channels = 2;	/* the same twice */
	setup_fails("loop0", &setup, EINVAL);
	setup.channels = DMARING_CHANNELS_MAX + 1;
	setup_fails("loop0", &setup, EINVAL);
	setup.channels = 0xffffffff;
	setup_fails("loop0", &setup, EINVAL);
}

static void setup_unknown_clock_is_einval(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	setup.clock = DMARING_CLOCK_TAI + 1;
	setup_fails("loop0", &setup, EINVAL);
	setup.clock = 0xffffffff;
	setup_fails("loop0", &setup, EINVAL);
}

static void setup_coalesce_over_a_minute_is_einval(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	setup.coalesce_us = 60000001;
	setup_fails("loop0", &setup, EINVAL);
}

static void setup_segments_out_of_range_is_einval(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	setup.segment_entries = 65537;
	setup_fails("loop0", &setup, EINVAL);
	setup.segment_entries = 0xffffffff;
	setup_fails("loop0", &setup, EINVAL);
}

static void setup_unknown_features_are_eopnotsupp(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	setup.features = 1ULL << 63;
	setup_fails("loop0", &setup, EOPNOTSUPP);
}

static void setup_pool_kind_unknown_is_eopnotsupp(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	setup.pool.kind = 0x7fffffff;
	setup_fails("loop0", &setup, EOPNOTSUPP);
}

static void setup_pool_size_out_of_range_is_einval(void **state)
{
	struct dmaring_query query = device_query(device_open("loop0", O_RDWR));
	struct dmaring_setup setup;

	(void)state;
	setup = good_setup();
	setup.pool.buffer_bytes = 0;
	setup_fails("loop0", &setup, EINVAL);
	setup.pool.buffer_bytes = query.buffer_bytes_max + 1;
	setup_fails("loop0", &setup, EINVAL);
	setup.pool.buffer_bytes = UINT64_MAX;
	setup_fails("loop0", &setup, EINVAL);
	setup = good_setup();
	setup.pool.buffers = query.buffers_max + 1;
	setup_fails("loop0", &setup, EINVAL);
	setup.pool.buffers = 0xffffffff;
	setup_fails("loop0", &setup, EINVAL);
}

static void setup_pool_over_limit_is_edquot(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	setup.pool = pool_over_limit(device_open("loop0", O_RDWR));
	setup_fails("loop0", &setup, EDQUOT);
}

static void setup_twice_is_ealready(void **state)
{
	struct dmaring_setup setup = good_setup();
	struct ring *r = ring_open("loop0");

	(void)state;
	assert_error(xioctl(r->fd, DMARING_IOC_SETUP, &setup), EALREADY);
	push(r, DMARING_OP_NOP, 0, 1);
	ring_kick(r);
	ring_expect(r, 1, 0);
}

static void setup_of_held_channel_is_ebusy(void **state)
{
	struct dmaring_setup setup = good_setup();
	struct ring *r = ring_open("loop0", .only = "tx");
	int fd = device_open("loop0", O_RDWR);

	(void)state;
	assert_error(xioctl(fd, DMARING_IOC_SETUP, &setup), EBUSY);
	/* Not even the free channel was kept. */
	assert_int_equal(device_channel_info(fd, "rx").holder, 0);
	ring_close(r);
	assert_ok(xioctl(fd, DMARING_IOC_SETUP, &setup));
}

static void setup_without_both_modes_is_ebadf(void **state)
{
	struct dmaring_setup setup = good_setup();

	(void)state;
	assert_error(xioctl(device_open("loop0", O_RDONLY), DMARING_IOC_SETUP, &setup),
		     EBADF);
	assert_error(xioctl(device_open("loop0", O_WRONLY), DMARING_IOC_SETUP, &setup),
		     EBADF);
}

static void setup_answers_with_sizes(void **state)
{
	struct dmaring_setup setup = good_setup();
	int fd = device_open("loop0", O_RDWR);
	struct ring *r;

	(void)state;
	assert_ok(ring_setup(fd, &setup));
	assert_int_equal(setup.channels, 2);
	assert_true(setup.kern_bytes && setup.kern_bytes % getpagesize() == 0);
	assert_true(setup.user_bytes && setup.user_bytes % getpagesize() == 0);
	assert_int_equal(setup.pool.index, 0);
	assert_int_equal(setup.pool.offset, DMARING_OFFSET_POOL(0));
	assert_true(setup.pool.stride >= setup.pool.buffer_bytes);
	assert_true(setup.pool.bytes >= setup.pool.stride * setup.pool.buffers);
	r = ring_map(fd, &setup);
	assert_int_equal(r->header->magic, DMARING_ABI_MAGIC);
	assert_int_equal(r->header->abi_major, DMARING_ABI_MAJOR);
	assert_int_equal(r->header->header_bytes, sizeof(struct dmaring_header));
	assert_int_equal(r->header->kern_bytes, setup.kern_bytes);
	assert_int_equal(r->header->user_bytes, setup.user_bytes);
	assert_int_equal(r->header->sqe_bytes, sizeof(struct dmaring_sqe));
	assert_int_equal(r->header->cqe_bytes, sizeof(struct dmaring_cqe));
	assert_int_equal(r->header->channels, 2);
	byte_check(r->header->reserved, 0, sizeof(r->header->reserved));
}

static void indices_start_at_first_index(void **state)
{
	struct ring *r = ring_open("loop0");
	uint32_t first = r->header->first_index;

	(void)state;
	assert_int_equal(r->kern->sq_head, first);
	assert_int_equal(r->kern->cq_tail, first);
	assert_int_equal(r->user->sq_tail, first);
	assert_int_equal(r->user->cq_head, first);
	assert_int_equal(r->user->cq_event, first);
	assert_int_equal(r->kern->sq_flags, DMARING_SQ_NEED_DOORBELL);
	assert_int_equal(r->kern->state, DMARING_RING_RUNNING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(setup_entries_out_of_rule_are_einval),
		system_test(setup_without_a_pool_wants_its_fields_zero),
		system_test(setup_extreme_entries_work),
		system_test(setup_unknown_flags_are_einval),
		system_test(setup_channel_out_of_range_is_enoent),
		system_test(setup_channel_list_out_of_rule_is_einval),
		system_test(setup_unknown_clock_is_einval),
		system_test(setup_coalesce_over_a_minute_is_einval),
		system_test(setup_segments_out_of_range_is_einval),
		system_test(setup_unknown_features_are_eopnotsupp),
		system_test(setup_pool_kind_unknown_is_eopnotsupp),
		system_test(setup_pool_size_out_of_range_is_einval),
		system_test(setup_pool_over_limit_is_edquot),
		system_test(setup_twice_is_ealready),
		system_test(setup_of_held_channel_is_ebusy),
		system_test(setup_without_both_modes_is_ebadf),
		system_test(setup_answers_with_sizes),
		system_test(indices_start_at_first_index),
	};

	return system_run(tests);
}
