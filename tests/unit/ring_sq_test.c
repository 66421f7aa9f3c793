// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The submission side of the library against a driver played by the test.
 */
#include "ring_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/kernel/index.h"

#define ENTRIES		8U
#define BUFFERS		4U
#define BUFFER_BYTES	1000U
#define STRIDE		1024U

static int set_up(void **state)
{
	struct ring_fake *fake = malloc(sizeof(*fake));

	*state = fake;
	if (!fake || ring_fake_init(fake, ENTRIES, 2 * ENTRIES, FIRST_INDEX) < 0)
		return -1;
	return ring_fake_add_pool(fake, BUFFERS, BUFFER_BYTES, STRIDE);
}

static int tear_down(void **state)
{
	ring_fake_destroy(*state);
	free(*state);
	return 0;
}

static void entries_arrive_in_order_past_the_wrap(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_sqe *sqe, seen;
	__u64 given = 0, taken = 0;
	unsigned int batch, i;

	while (given < 1000) {
		batch = 1 + given % ENTRIES;
		for (i = 0; i < batch; i++) {
			sqe = dmaring_get_sqe(ring);
			assert_non_null(sqe);
			dmaring_prep_send(sqe, 3, dmaring_buffer(ring, given % BUFFERS),
					  1 + given % 99);
			dmaring_sqe_set_data64(sqe, given++);
		}
		assert_int_equal(dmaring_submit(ring), batch);
		while (ring_fake_take(fake, &seen)) {
			assert_int_equal(seen.user_data, taken);
			assert_int_equal(seen.opcode, DMARING_OP_SEND);
			assert_int_equal(seen.channel, 3);
			assert_int_equal(seen.buffer, taken % BUFFERS);
			assert_int_equal(seen.bytes, 1 + taken % 99);
			assert_int_equal(seen.reserved, 0);
			taken++;
		}
		assert_int_equal(taken, given);
	}
	assert_true(fake->user->sq_tail < FIRST_INDEX);
}

static void nothing_is_published_before_submit(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_sqe seen;

	dmaring_prep_nop(dmaring_get_sqe(&fake->ring));
	assert_int_equal(dmaring_sq_ready(&fake->ring), 1);
	assert_false(ring_fake_take(fake, &seen));
	assert_int_equal(dmaring_submit(&fake->ring), 1);
	assert_int_equal(dmaring_sq_ready(&fake->ring), 0);
	assert_true(ring_fake_take(fake, &seen));
	assert_int_equal(dmaring_submit(&fake->ring), 0);
}

static void a_full_ring_gives_no_entry(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_sqe seen;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		assert_int_equal(dmaring_sq_space_left(&fake->ring), ENTRIES - i);
		dmaring_prep_nop(dmaring_get_sqe(&fake->ring));
	}
	assert_null(dmaring_get_sqe(&fake->ring));
	assert_int_equal(dmaring_submit(&fake->ring), ENTRIES);
	assert_null(dmaring_get_sqe(&fake->ring));
	assert_true(ring_fake_take(fake, &seen));
	assert_non_null(dmaring_get_sqe(&fake->ring));
	assert_null(dmaring_get_sqe(&fake->ring));
}

static void a_reused_entry_carries_nothing_over(void **state)
{
	struct ring_fake *fake = *state;
	static const struct dmaring_sqe zero;
	struct dmaring_sqe seen, *sqe;
	unsigned int i;

	memset(fake->sqes, 0xff, ENTRIES * sizeof(*fake->sqes));
	for (i = 0; i < ENTRIES; i++) {
		sqe = dmaring_get_sqe(&fake->ring);
		dmaring_prep_nop(sqe);
		assert_int_equal(dmaring_submit(&fake->ring), 1);
		assert_true(ring_fake_take(fake, &seen));
		assert_memory_equal(&seen, &zero, sizeof(seen));
	}
}

static void an_unprepared_entry_is_one_that_is_refused(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring_sqe seen;

	dmaring_get_sqe(&fake->ring);
	dmaring_submit(&fake->ring);
	assert_true(ring_fake_take(fake, &seen));
	assert_int_not_equal(seen.reserved, 0);
}

static struct dmaring_sqe take_one(struct ring_fake *fake)
{
	struct dmaring_sqe sqe;

	assert_int_equal(dmaring_submit(&fake->ring), 1);
	assert_true(ring_fake_take(fake, &sqe));
	assert_int_equal(sqe.reserved, 0);
	return sqe;
}

static void each_operation_fills_in_its_members(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	unsigned char *two = dmaring_buffer(ring, 2), *three = dmaring_buffer(ring, 3);
	struct dmaring_sqe want, seen, *sqe;

	sqe = dmaring_get_sqe(ring);
	dmaring_prep_receive(sqe, 1, two + 8, 100);
	dmaring_sqe_set_timeout_us(sqe, 5000);
	dmaring_sqe_set_flags(sqe, DMARING_SQE_NO_SYNC);
	dmaring_sqe_set_data(sqe, ring);
	want = (struct dmaring_sqe){ .opcode = DMARING_OP_RECEIVE, .channel = 1, .buffer = 2,
				     .offset = 8, .bytes = 100, .timeout_us = 5000,
				     .flags = DMARING_SQE_NO_SYNC, .user_data = (uintptr_t)ring };
	seen = take_one(fake);
	assert_memory_equal(&seen, &want, sizeof(seen));

	sqe = dmaring_get_sqe(ring);
	dmaring_sqe_set_data64(sqe, 77);	/* setters may come first */
	dmaring_prep_copy(sqe, 2, three + 4, two + 16, 996);
	want = (struct dmaring_sqe){ .opcode = DMARING_OP_COPY, .channel = 2, .buffer = 3,
				     .offset = 4, .bytes = 996, .source_buffer = 2,
				     .source_offset = 16, .user_data = 77 };
	seen = take_one(fake);
	/* 16 + 996 passes the end of a buffer of 1000: refused, source only. */
	assert_int_equal(seen.source_buffer, UINT32_MAX);
	assert_int_equal(seen.buffer, 3);

	sqe = dmaring_get_sqe(ring);
	dmaring_sqe_set_data64(sqe, 77);
	dmaring_prep_copy(sqe, 2, three + 4, two + 16, 984);
	want.bytes = 984;
	seen = take_one(fake);
	assert_memory_equal(&seen, &want, sizeof(seen));

	dmaring_prep_fence(dmaring_get_sqe(ring), DMARING_CHANNEL_ALL);
	want = (struct dmaring_sqe){ .opcode = DMARING_OP_FENCE, .channel = 0xffff };
	seen = take_one(fake);
	assert_memory_equal(&seen, &want, sizeof(seen));

	dmaring_prep_cancel(dmaring_get_sqe(ring), 0x1122334455667788);
	want = (struct dmaring_sqe){ .opcode = DMARING_OP_CANCEL, .target = 0x1122334455667788 };
	seen = take_one(fake);
	assert_memory_equal(&seen, &want, sizeof(seen));

	dmaring_prep_abort(dmaring_get_sqe(ring), 5);
	want = (struct dmaring_sqe){ .opcode = DMARING_OP_ABORT, .channel = 5 };
	seen = take_one(fake);
	assert_memory_equal(&seen, &want, sizeof(seen));
}

/* The template in the place that an entry names. */
static struct dmaring_template shape_of(struct ring_fake *fake, const struct dmaring_sqe *sqe)
{
	struct dmaring_template shape;

	assert_int_equal(sqe->list_entries, 1);
	assert_true(sqe->list < fake->header->segment_entries);
	memcpy(&shape, (char *)fake->user_region + fake->header->segments +
	       sqe->list * sizeof(shape), sizeof(shape));
	return shape;
}

static void windows_carry_their_template(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	unsigned char *two = dmaring_buffer(ring, 2), *three = dmaring_buffer(ring, 3);
	struct dmaring_template shape;
	struct dmaring_sqe seen;
	unsigned int i;

	/* Often enough that each slot is used again. */
	for (i = 0; i < 40; i++) {
		dmaring_prep_window(dmaring_get_sqe(ring), 1, two + 8, 10 + i, 4, 100 + i);
		seen = take_one(fake);
		assert_int_equal(seen.opcode, DMARING_OP_INTERLEAVED);
		assert_int_equal(seen.channel, 1);
		assert_int_equal(seen.buffer, 2);
		assert_int_equal(seen.offset, 8);
		assert_int_equal(seen.bytes, 4 * (10 + i));
		assert_int_equal(seen.source_buffer | seen.source_offset | seen.reserved, 0);
		shape = shape_of(fake, &seen);
		assert_int_equal(shape.row_bytes, 10 + i);
		assert_int_equal(shape.rows, 4);
		assert_int_equal(shape.stride, 100 + i);
		assert_int_equal(shape.source_stride, 0);
	}
	dmaring_prep_copy_window(dmaring_get_sqe(ring), 2, three + 4, 30, two + 16, 200, 20, 3);
	seen = take_one(fake);
	assert_int_equal(seen.buffer, 3);
	assert_int_equal(seen.offset, 4);
	assert_int_equal(seen.source_buffer, 2);
	assert_int_equal(seen.source_offset, 16);
	assert_int_equal(seen.bytes, 60);
	shape = shape_of(fake, &seen);
	assert_int_equal(shape.stride, 30);
	assert_int_equal(shape.source_stride, 200);
	/* The last row passes the end of the buffer of 1000. */
	dmaring_prep_window(dmaring_get_sqe(ring), 1, two, 11, 10, 110);
	assert_int_equal(take_one(fake).buffer, UINT32_MAX);
	/* Numbers that do not fit their members are no other numbers. */
	dmaring_prep_window(dmaring_get_sqe(ring), 1, two, 10, (size_t)DMARING_ROWS_MAX + 1, 10);
	seen = take_one(fake);
	assert_int_equal(seen.buffer, UINT32_MAX);
	assert_int_equal(shape_of(fake, &seen).rows, 0);
}

static void check_locate(struct ring_fake *fake, unsigned int pool)
{
	const struct dmaring_mapping *map = &fake->ring.pool[pool];
	__u32 buffer, offset, i;
	__u16 found;
	size_t at;

	for (i = 0; i < map->buffers; i++)
		for (at = 0; at < map->stride; at++) {
			unsigned char *data = map->base + i * map->stride + at;
			bool inside = at < map->buffer_bytes;
			size_t most = inside ? map->buffer_bytes - at : 0;

			assert_int_equal(dmaring_locate(&fake->ring, data, most + 1, &found,
							&buffer, &offset), -EINVAL);
			if (!inside)
				continue;
			assert_int_equal(dmaring_locate(&fake->ring, data, most, &found, &buffer,
							&offset), 0);
			assert_int_equal(found, pool);
			assert_int_equal(buffer, i);
			assert_int_equal(offset, at);
		}
}

static void every_address_of_every_pool_is_found(void **state)
{
	struct ring_fake *fake = *state;
	__u32 buffer, offset;
	__u16 pool;
	char other;

	assert_int_equal(ring_fake_add_pool(fake, 3, 900, 960), 1);	/* no power of two */
	assert_int_equal(ring_fake_add_pool(fake, 2, 4096, 4096), 2);	/* no gap */
	assert_int_equal(fake->ring.pool[1].stride_shift, 0);
	assert_int_equal(fake->ring.pool[2].stride_shift, 12);
	check_locate(fake, 0);
	check_locate(fake, 1);
	check_locate(fake, 2);

	assert_int_equal(dmaring_locate(&fake->ring, &other, 1, &pool, &buffer, &offset), -EINVAL);
	assert_int_equal(dmaring_locate(&fake->ring, NULL, 0, &pool, &buffer, &offset), -EINVAL);
	assert_int_equal(dmaring_locate(&fake->ring, dmaring_buffer(&fake->ring, 0), SIZE_MAX,
					&pool, &buffer, &offset), -EINVAL);
	/* The mapping is longer than the buffers: its tail belongs to none. */
	assert_int_equal(dmaring_locate(&fake->ring, fake->ring.pool[1].base + 3 * 960, 1, &pool,
					&buffer, &offset), -EINVAL);
	assert_null(dmaring_buffer(&fake->ring, BUFFERS));
	assert_null(dmaring_pool_buffer(&fake->ring, 3, 0));
	assert_ptr_equal(dmaring_pool_buffer(&fake->ring, 1, 2), fake->ring.pool[1].base + 1920);
}

static void a_foreign_address_makes_a_refused_entry(void **state)
{
	struct ring_fake *fake = *state;
	char other[8];

	dmaring_prep_send(dmaring_get_sqe(&fake->ring), 0, other, sizeof(other));
	assert_int_equal(take_one(fake).buffer, UINT32_MAX);
	dmaring_prep_receive(dmaring_get_sqe(&fake->ring), 0, dmaring_buffer(&fake->ring, 0),
			     BUFFER_BYTES + 1);
	assert_int_equal(take_one(fake).buffer, UINT32_MAX);
}

static void the_doorbell_rings_only_if_needed(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_sqe seen;
	void *data = dmaring_buffer(ring, 0);

	dmaring_prep_send(dmaring_get_sqe(ring), 0, data, 1);
	assert_int_equal(dmaring_submit(ring), 1);
	assert_int_equal(ring_fake_doorbells(fake), 1);
	/* Nothing new, but the entry still waits and so does the driver. */
	assert_int_equal(dmaring_submit(ring), 0);
	assert_int_equal(ring_fake_doorbells(fake), 1);
	/* All is consumed: nothing to tell. */
	assert_true(ring_fake_take(fake, &seen));
	assert_int_equal(dmaring_submit(ring), 0);
	assert_int_equal(ring_fake_doorbells(fake), 0);
	/* The driver is busy and will look by itself. */
	fake->kern->sq_flags = 0;
	dmaring_prep_send(dmaring_get_sqe(ring), 0, data, 1);
	assert_int_equal(dmaring_submit(ring), 1);
	assert_int_equal(ring_fake_doorbells(fake), 0);
}

static void control_operations_ring_a_busy_driver_once(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;

	fake->kern->sq_flags = 0;
	dmaring_prep_nop(dmaring_get_sqe(ring));
	dmaring_prep_fence(dmaring_get_sqe(ring), 0);
	dmaring_prep_cancel(dmaring_get_sqe(ring), 1);
	dmaring_prep_abort(dmaring_get_sqe(ring), 0);
	assert_int_equal(dmaring_submit(ring), 4);
	assert_int_equal(ring_fake_doorbells(fake), 1);
	dmaring_prep_send(dmaring_get_sqe(ring), 0, dmaring_buffer(ring, 0), 1);
	assert_int_equal(dmaring_submit(ring), 1);
	assert_int_equal(ring_fake_doorbells(fake), 0);
}

static void a_driver_without_completion_slots_is_rung_when_there_are_new_ones(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_cqe *cqe, done = { .user_data = 1 };

	dmaring_prep_send(dmaring_get_sqe(ring), 0, dmaring_buffer(ring, 0), 1);
	dmaring_submit(ring);
	ring_fake_post(fake, &done);
	fake->kern->sq_flags = DMARING_SQ_NEED_DOORBELL | DMARING_SQ_CQ_FULL;
	assert_int_equal(ring_fake_doorbells(fake), 1);
	/* The driver knows of the entry, and no slot has become free. */
	assert_int_equal(dmaring_submit(ring), 0);
	assert_int_equal(ring_fake_doorbells(fake), 0);
	assert_int_equal(dmaring_peek_cqe(ring, &cqe), 0);
	dmaring_cqe_seen(ring, cqe);
	assert_int_equal(dmaring_submit(ring), 0);
	assert_int_equal(ring_fake_doorbells(fake), 1);
	assert_int_equal(dmaring_submit(ring), 0);
	assert_int_equal(ring_fake_doorbells(fake), 0);
}

static void a_failing_doorbell_is_reported_and_errno_kept(void **state)
{
	struct ring_fake *fake = *state;
	int fd = fake->ring.fd;

	fake->ring.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fake->ring.fd >= 0);
	dmaring_prep_nop(dmaring_get_sqe(&fake->ring));
	errno = ENOANO;
	assert_int_equal(dmaring_submit(&fake->ring), -ENOSPC);
	assert_int_equal(errno, ENOANO);
	close(fake->ring.fd);
	fake->ring.fd = fd;
}

/* The predicate of ring-spec.md with the words of the submission side. */
static bool is_writable(const struct ring_fake *fake)
{
	return dmaring_index_ready(fake->kern->sq_head, fake->user->sq_tail - ENTRIES,
				   fake->user->sq_event, ENTRIES);
}

static void writable_means_the_space_that_was_asked_for(void **state)
{
	struct ring_fake *fake = *state;
	struct dmaring *ring = &fake->ring;
	struct dmaring_sqe seen;
	unsigned int space, round, i;

	assert_int_equal(dmaring_wake_space(ring, 0), -EINVAL);
	assert_int_equal(dmaring_wake_space(ring, ENTRIES + 1), -EINVAL);
	for (round = 0; round < 100; round++) {
		space = 1 + round % ENTRIES;
		assert_int_equal(dmaring_wake_space(ring, space), ENTRIES);
		for (i = 0; i < ENTRIES; i++)
			dmaring_prep_nop(dmaring_get_sqe(ring));
		dmaring_submit(ring);
		ring_fake_doorbells(fake);
		for (i = 0; i < ENTRIES; i++) {
			assert_int_equal(is_writable(fake), i >= space);
			assert_true(ring_fake_take(fake, &seen));
		}
		assert_true(is_writable(fake));
	}
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_arrive_in_order_past_the_wrap),
		TEST(nothing_is_published_before_submit),
		TEST(a_full_ring_gives_no_entry),
		TEST(a_reused_entry_carries_nothing_over),
		TEST(an_unprepared_entry_is_one_that_is_refused),
		TEST(each_operation_fills_in_its_members),
		TEST(windows_carry_their_template),
		TEST(every_address_of_every_pool_is_found),
		TEST(a_foreign_address_makes_a_refused_entry),
		TEST(the_doorbell_rings_only_if_needed),
		TEST(control_operations_ring_a_busy_driver_once),
		TEST(a_driver_without_completion_slots_is_rung_when_there_are_new_ones),
		TEST(a_failing_doorbell_is_reported_and_errno_kept),
		TEST(writable_means_the_space_that_was_asked_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ring_sq", tests, NULL, NULL);
}
