// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The doorbell: what a write() must look like, when one is needed, and that
 * none is lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attribute.h"

static const struct dmaring_doorbell bell = { .magic = DMARING_DOORBELL_MAGIC };

static long try_write(int fd, const void *p, size_t bytes)
{
	ssize_t n = write(fd, p, bytes);

	return n < 0 ? -errno : n;
}

static void write_returns_eight(void **state)
{
	struct ring *r = ring_open("loop0");

	(void)state;
	assert_int_equal(try_write(r->fd, &bell, sizeof(bell)), 8);
	assert_int_equal(try_write(r->fd, &bell, sizeof(bell)), 8);
}

static void other_lengths_are_einval(void **state)
{
	static const size_t lengths[] = { 0, 1, 4, 7, 9, 12, 16, 4096 };
	struct ring *r = ring_open("loop0");
	unsigned char data[4096] = { 0 };
	size_t i;

	(void)state;
	memcpy(data, &bell, sizeof(bell));
	memcpy(data + 8, &bell, sizeof(bell));
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		assert_error(try_write(r->fd, data, lengths[i]), EINVAL);
}

static void other_content_is_einval(void **state)
{
	struct ring *r = ring_open("loop0");
	struct dmaring_doorbell wrong = bell;

	(void)state;
	wrong.magic++;
	assert_error(try_write(r->fd, &wrong, sizeof(wrong)), EINVAL);
	wrong.magic = 0;
	assert_error(try_write(r->fd, &wrong, sizeof(wrong)), EINVAL);
	wrong = bell;
	wrong.flags = 1;
	assert_error(try_write(r->fd, &wrong, sizeof(wrong)), EINVAL);
	wrong.flags = 1U << 31;
	assert_error(try_write(r->fd, &wrong, sizeof(wrong)), EINVAL);
}

static void bad_pointer_is_efault(void **state)
{
	struct ring *r = ring_open("loop0");
	unsigned char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	munmap(page + 4096, 4096);
	memcpy(page + 4092, &bell.magic, sizeof(bell.magic));
	assert_error(try_write(r->fd, page + 4092, 8), EFAULT);
	munmap(page, 4096);
	assert_error(try_write(r->fd, page, 8), EFAULT);
}

static void refused_writes_ring_nothing(void **state)
{
	struct ring *r = ring_open("loop0");
	struct dmaring_doorbell wrong = { .magic = 1 };

	(void)state;
	push(r, DMARING_OP_NOP, 0, 1);
	ring_publish(r);
	assert_error(try_write(r->fd, &wrong, sizeof(wrong)), EINVAL);
	something_else_happens();
	assert_int_equal(ring_cq_tail(r), r->cq_head);
	ring_kick(r);
	ring_expect(r, 1, 0);
}

static void vectored_write_is_one_doorbell(void **state)
{
	struct ring *r = ring_open("loop0");
	uint32_t magic = DMARING_DOORBELL_MAGIC, flags = 0;
	const struct iovec v[] = { { &magic, 4 }, { &flags, 4 } };

	(void)state;
	push(r, DMARING_OP_NOP, 0, 1);
	ring_publish(r);
	assert_int_equal(writev(r->fd, v, 2), 8);
	ring_expect(r, 1, 0);
}

/* Before SETUP it is eight bytes for the device, and SETUP comes too late. */
static void without_ring_is_data(void **state)
{
	int fd = device_open("loop0", O_RDWR), reader = device_open("loop0", O_RDONLY);
	struct dmaring_setup setup = ring_setup_default(fd, &(struct ring_options){ 0 });
	struct dmaring_channel_info rx = device_channel_info(fd, "rx");
	struct dmaring_doorbell came;

	(void)state;
	if (!(rx.flags & DMARING_LEN_KNOWN) || rx.alignment > sizeof(bell))
		skip();
	assert_int_equal(try_write(fd, &bell, sizeof(bell)), sizeof(bell));
	assert_error(ring_setup(fd, &setup), EALREADY);
	assert_int_equal(fcntl(reader, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(reader, &came, sizeof(came)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fsync(fd), 0);
	wait_until(read(reader, &came, sizeof(came)) == sizeof(came));
	assert_memory_equal(&came, &bell, sizeof(bell));
}

static void empty_doorbell_is_harmless(void **state)
{
	struct ring *r = ring_open("loop0");
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_ok(ring_doorbell(r));
	assert_int_equal(ring_cq_tail(r), r->cq_head);
	assert_int_equal(ring_sq_flags(r), DMARING_SQ_NEED_DOORBELL);
}

/* ------------------------------------------------------------------------
 * When one is needed
 */

static void idle_ring_needs_a_doorbell(void **state)
{
	struct ring *r = ring_open("loop0", .only = "tx");
	uint32_t first = r->header->first_index;

	(void)state;
	assert_true(ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL);
	push(r, DMARING_OP_NOP, 0, 1);
	ring_publish(r);
	something_else_happens();
	assert_int_equal(ring_sq_head(r), first);
	assert_int_equal(ring_cq_tail(r), first);
	assert_ok(ring_doorbell(r));
	ring_expect(r, 1, 0);
	assert_int_equal(ring_sq_head(r), first + 1);
}

/* A channel at work looks into the ring by itself when it completes. */
static void busy_ring_needs_none(void **state)
{
	struct ring *in = ring_open("loop0", .only = "rx", .sq = 32, .buffers = 32);
	struct ring *out = ring_open("loop0", .only = "tx", .sq = 32, .buffers = 32);
	uint64_t doorbells = attribute_number("loop0", "counters/doorbells");
	uint64_t drains = attribute_number("loop0", "counters/drains_without_doorbell");
	unsigned int i;

	(void)state;
	push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 64, 0);
	ring_submit(in);
	assert_int_equal(in->doorbells, 1);
	wait_until(!(ring_sq_flags(in) & DMARING_SQ_NEED_DOORBELL));
	for (i = 1; i < 20; i++) {
		push_data(in, DMARING_OP_RECEIVE, 0, i, 0, 64, i);
		ring_submit(in);
	}
	assert_int_equal(in->doorbells, 1);
	for (i = 0; i < 20; i++) {
		push_data(out, DMARING_OP_SEND, 0, i, 0, 64, i);
		ring_submit(out);
		ring_expect(out, i, 0);
		ring_expect(in, i, 0);
	}
	assert_int_equal(in->doorbells, 1);
	assert_int_equal(attribute_number("loop0", "counters/doorbells") - doorbells,
			 in->doorbells + out->doorbells);
	assert_true(attribute_number("loop0", "counters/drains_without_doorbell") > drains);
	/* Idle again. */
	wait_until(ring_sq_flags(in) & DMARING_SQ_NEED_DOORBELL);
}

static void one_idle_channel_is_enough_to_need_one(void **state)
{
	struct ring *r = ring_open("loop0");

	(void)state;
	push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 0, 0, 64, 1);
	ring_submit(r);
	assert_true(ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL);
	push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 1, 0, 64, 2);
	ring_submit(r);
	ring_wait(r);
	ring_wait(r);
	wait_until(ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL);
}

/* The race that the fences are for: going idle against submitting. */
static void no_doorbell_is_lost(const char *device, unsigned int opcode)
{
	struct ring *r = ring_open(device, .sq = 16, .buffers = 16, .bytes = LINE_BYTES);
	const unsigned int total = 10000;
	unsigned int submitted, completed;
	struct dmaring_cqe c;

	for (submitted = 0; submitted < 2; submitted++)
		push_data(r, opcode, 0, submitted * 2, 0, LINE_BYTES, submitted)->source_buffer =
			opcode == DMARING_OP_COPY;
	ring_submit(r);
	for (completed = 0; completed < total; completed++) {
		c = ring_expect(r, completed, 0);
		if (submitted == total)
			continue;
		push_data(r, opcode, 0, c.buffer, 0, LINE_BYTES, submitted++)->source_buffer =
			opcode == DMARING_OP_COPY;
		ring_submit(r);
	}
	assert_true(r->doorbells <= total);
}

static void no_doorbell_is_lost_on_copies(void **state)
{
	(void)state;
	no_doorbell_is_lost("mem0", DMARING_OP_COPY);
}

static void no_doorbell_is_lost_on_receives(void **state)
{
	(void)state;
	no_doorbell_is_lost("source0", DMARING_OP_RECEIVE);
}

static void no_doorbell_is_lost_on_sends(void **state)
{
	(void)state;
	no_doorbell_is_lost("sink0", DMARING_OP_SEND);
}

static void ten_thousand_transfers_with_few_doorbells(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 128, .buffers = 64, .bytes = 256);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	const unsigned int total = 10000, batch = 32;
	unsigned int done[2] = { 0, 0 }, submitted = 0, i;
	struct dmaring_cqe c;

	(void)state;
	while (done[0] < total || done[1] < total) {
		while (submitted < total && submitted - done[0] <= batch / 2 &&
		       submitted - done[1] <= batch / 2) {
			for (i = 0; i < batch / 2; i++, submitted++) {
				push_data(r, DMARING_OP_RECEIVE, rx, submitted % 32, 0, 256,
					  submitted);
				push_data(r, DMARING_OP_SEND, tx, 32 + submitted % 32, 0,
					  256, submitted);
			}
			ring_submit(r);
		}
		do {
			c = ring_wait(r);
			assert_int_equal(c.res, 0);
			assert_int_equal(c.user_data, done[c.channel]++);
		} while (ring_cq_tail(r) != r->cq_head);
	}
	print_message("# %u transfers, %u doorbells\n", 2 * total, r->doorbells);
	assert_true(r->doorbells <= total / (batch / 2) + 1);
}

/* ------------------------------------------------------------------------
 * By eventfd
 */

static void eventfd_is_a_doorbell(void **state)
{
	struct ring *r = ring_open("mem0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_DOORBELL);
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		push_copy(r, 1, 0, 4096, i);
		ring_publish(r);
		event_write(fd, 1);
		ring_expect(r, i, 0);
	}
	/* Nobody has read it. */
	assert_int_equal(event_read(fd), 100);
	assert_int_equal(r->doorbells, 0);
}

static void eventfd_taken_away_is_none(void **state)
{
	struct ring *r = ring_open("mem0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_DOORBELL);

	(void)state;
	assert_ok(ring_set_eventfd(r, DMARING_EVENTFD_DOORBELL, -1));
	push(r, DMARING_OP_NOP, 0, 1);
	ring_publish(r);
	event_write(fd, 1);
	something_else_happens();
	assert_int_equal(ring_cq_tail(r), r->cq_head);
	assert_ok(ring_doorbell(r));
	ring_expect(r, 1, 0);
}

static void eventfd_closed_by_its_owner_is_harmless(void **state)
{
	struct ring *r = ring_open("mem0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_DOORBELL);
	int other = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);

	(void)state;
	device_close(fd);
	device_close(other);
	push_copy(r, 1, 0, 4096, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
}

static void one_eventfd_for_many_rings(void **state)
{
	int fd = event_new();
	struct ring *r[4];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		r[i] = ring_open("mem0");
		assert_ok(ring_set_eventfd(r[i], DMARING_EVENTFD_DOORBELL, fd));
		push_copy(r[i], 1, 0, 4096, i);
		ring_publish(r[i]);
	}
	event_write(fd, 1);
	for (i = 0; i < ARRAY_SIZE(r); i++)
		ring_expect(r[i], i, 0);
}

static void written_before_it_is_registered_still_serves(void **state)
{
	struct ring *r = ring_open("mem0");
	int fd = event_new();

	(void)state;
	event_write(fd, 5);
	assert_ok(ring_set_eventfd(r, DMARING_EVENTFD_DOORBELL, fd));
	push_copy(r, 1, 0, 4096, 1);
	ring_publish(r);
	event_write(fd, 1);
	ring_expect(r, 1, 0);
	assert_int_equal(event_read(fd), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(write_returns_eight),
		system_test(other_lengths_are_einval),
		system_test(other_content_is_einval),
		system_test(bad_pointer_is_efault),
		system_test(refused_writes_ring_nothing),
		system_test(vectored_write_is_one_doorbell),
		system_test(without_ring_is_data),
		system_test(empty_doorbell_is_harmless),
		system_test(idle_ring_needs_a_doorbell),
		system_test(busy_ring_needs_none),
		system_test(one_idle_channel_is_enough_to_need_one),
		system_test(no_doorbell_is_lost_on_copies),
		system_test(no_doorbell_is_lost_on_receives),
		system_test(no_doorbell_is_lost_on_sends),
		system_test(ten_thousand_transfers_with_few_doorbells),
		system_test(eventfd_is_a_doorbell),
		system_test(eventfd_taken_away_is_none),
		system_test(eventfd_closed_by_its_owner_is_harmless),
		system_test(one_eventfd_for_many_rings),
		system_test(written_before_it_is_registered_still_serves),
	};

	return system_run(tests);
}
