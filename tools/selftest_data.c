// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks that move data: copies inside the machine, loopback from a send to a
 * receive channel, and transmission to whatever is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "selftest.h"

#define ENTRIES		64U
#define BUFFERS		(2 * SELFTEST_DEPTH)
#define GUARD		64U	/* bytes looked at on either side of a destination */
#define OFFSET_MAX	4096U
#define SHORT_US	50000U

/* One of each class: below, at and above a word, a cache line, a page, a chunk. */
static const unsigned int sizes[] = {
	1, 2, 3, 4, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 1000, 1500,
	2048, 4095, 4096, 4097, 8192, 10000, 65535, 65536, 65537, 262144, 1000000,
};

static const unsigned int offsets[] = { 0, 1, 2, 3, 4, 8, 16, 60, 64, 128, 1024, 4032, 4095, 4096 };

#define SIZES	(sizeof(sizes) / sizeof(sizes[0]))
#define OFFSETS	(sizeof(offsets) / sizeof(offsets[0]))

/* A guard takes as much as keeps what is behind it aligned. */
static unsigned int guard_room(const struct selftest *test)
{
	return test->alignment > GUARD ? test->alignment : GUARD;
}

/* Where a transfer goes to, and what is to arrive. */
struct transfer {
	unsigned char *from;
	unsigned char *to;
	size_t bytes;
	unsigned int number;
};

static struct transfer transfer_make(struct selftest *test, struct dmaring *ring, unsigned int pair,
				     size_t bytes, size_t from_offset, size_t to_offset)
{
	struct transfer transfer = {
		.from = (unsigned char *)dmaring_buffer(ring, 2 * pair % BUFFERS) + from_offset,
		.to = (unsigned char *)dmaring_buffer(ring, (2 * pair + 1) % BUFFERS) +
		      guard_room(test) + to_offset,
		.bytes = bytes,
		.number = test->transfers++,
	};

	pattern_fill(transfer.from, bytes, transfer.number);
	pattern_clear(transfer.to - GUARD, bytes + 2 * GUARD);
	return transfer;
}

/* Did the bytes arrive, and only they? */
static enum outcome transfer_check(struct selftest *test, const struct transfer *transfer)
{
	struct pattern_report report;
	char text[192];
	size_t clear;

	if (pattern_check(transfer->to, transfer->bytes, transfer->number, &report))
		return selftest_fail(test, "transfer %u, %zu bytes to offset %zu: %s",
				     transfer->number, transfer->bytes,
				     (size_t)((uintptr_t)transfer->to % 4096),
				     pattern_explain(&report, text, sizeof(text)));
	clear = pattern_is_clear(transfer->to - GUARD, GUARD);
	if (clear < GUARD)
		return selftest_fail(test, "transfer %u, %zu bytes: wrote %zu bytes before its start",
				     transfer->number, transfer->bytes, GUARD - clear);
	if (pattern_is_clear(transfer->to + transfer->bytes, GUARD) < GUARD)
		return selftest_fail(test, "transfer %u, %zu bytes: wrote past its end",
				     transfer->number, transfer->bytes);
	return PASSED;
}

/* A good completion says how much, on what terms, and that the engine had it. */
static enum outcome completion_check(struct selftest *test, const struct dmaring_cqe *cqe,
				     const struct transfer *transfer)
{
	const __u32 lengths = DMARING_CQE_LEN_EXACT | DMARING_CQE_LEN_UPPER_BOUND |
			      DMARING_CQE_LEN_UNKNOWN;
	__u32 length = cqe->flags & lengths;

	if (cqe->res)
		return selftest_fail(test, "transfer %u, %zu bytes: %s", transfer->number,
				     transfer->bytes, strerror(-cqe->res));
	if (!length || length & (length - 1))
		return selftest_fail(test, "transfer %u: flags %#x say nothing, or two things, of the "
				     "length", transfer->number, cqe->flags);
	if (length == DMARING_CQE_LEN_EXACT && cqe->bytes != transfer->bytes)
		return selftest_fail(test, "transfer %u: exactly %u bytes instead of %zu",
				     transfer->number, cqe->bytes, transfer->bytes);
	if (cqe->bytes < transfer->bytes)
		return selftest_fail(test, "transfer %u: at most %u bytes instead of %zu",
				     transfer->number, cqe->bytes, transfer->bytes);
	return PASSED;
}

/* On this device a transfer is a send, and a receive waits for it; else it is a copy. */
static bool is_loopback(const struct dmaring *ring)
{
	return dmaring_channel_of(ring, DMARING_CHANNEL_COPY) < 0;
}

/* Started before anything is sent, for a peer that loses what nothing waits for. */
static void receive_start(struct dmaring *ring, const struct transfer *transfer,
			  unsigned int flags)
{
	int receive = dmaring_channel_of(ring, DMARING_CHANNEL_RECEIVE);
	struct dmaring_sqe *sqe = dmaring_get_sqe(ring);

	dmaring_prep_receive(sqe, (unsigned int)receive, transfer->to, transfer->bytes);
	dmaring_sqe_set_flags(sqe, flags);
	dmaring_sqe_set_data64(sqe, transfer->number);
	dmaring_submit(ring);
}

/* What makes the data move, once something waits for it. */
static void move_start(struct dmaring *ring, const struct transfer *transfer, unsigned int flags)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(ring);
	int channel;

	if (is_loopback(ring)) {
		channel = dmaring_channel_of(ring, DMARING_CHANNEL_SEND);
		dmaring_prep_send(sqe, (unsigned int)channel, transfer->from, transfer->bytes);
	} else {
		channel = dmaring_channel_of(ring, DMARING_CHANNEL_COPY);
		dmaring_prep_copy(sqe, (unsigned int)channel, transfer->to, transfer->from,
				  transfer->bytes);
	}
	dmaring_sqe_set_flags(sqe, flags);
	dmaring_sqe_set_data64(sqe, transfer->number);
}

static void transfer_start(struct dmaring *ring, const struct transfer *transfer,
			   unsigned int flags)
{
	if (is_loopback(ring))
		receive_start(ring, transfer, flags);
	move_start(ring, transfer, flags);
}

/* A copy has one completion, a loopback one on either channel. */
static unsigned int completions_of_one(const struct dmaring *ring)
{
	return is_loopback(ring) ? 2 : 1;
}

/* Takes the completions of the oldest transfer. */
static enum outcome transfer_finish(struct selftest *test, struct dmaring *ring,
				    const struct transfer *transfer)
{
	unsigned int left = completions_of_one(ring);
	struct dmaring_cqe cqe;

	for (; left; left--) {
		if (selftest_next(test, ring, &cqe) != PASSED)
			return FAILED;
		if (cqe.user_data != transfer->number)
			return selftest_fail(test, "completion of transfer %u came where %u was due",
					     (unsigned int)cqe.user_data, transfer->number);
		if (completion_check(test, &cqe, transfer) != PASSED)
			return FAILED;
	}
	return transfer_check(test, transfer);
}

static enum outcome move_one(struct selftest *test, struct dmaring *ring, size_t bytes,
			     size_t from_offset, size_t to_offset)
{
	struct transfer transfer = transfer_make(test, ring, test->transfers, bytes, from_offset,
						 to_offset);

	transfer_start(ring, &transfer, 0);
	dmaring_submit(ring);
	return transfer_finish(test, ring, &transfer);
}

static enum outcome sizes_and_offsets(struct selftest *test, struct dmaring *ring)
{
	size_t size, offset;

	for (size = 0; size < SIZES; size++)
		for (offset = 0; offset < OFFSETS; offset++) {
			size_t from = offsets[offset], to = offsets[(offset + size) % OFFSETS];

			if (sizes[size] < test->bytes_min || sizes[size] > test->buffer_bytes ||
			    (sizes[size] | from | to) % test->alignment)
				continue;
			if (move_one(test, ring, sizes[size], from, to) != PASSED)
				return FAILED;
		}
	return move_one(test, ring, test->buffer_bytes, 0, 0);
}

static enum outcome take_completions(struct selftest *test, struct dmaring *ring, unsigned int n,
				     const struct transfer *transfer)
{
	struct dmaring_cqe cqe;

	while (n--)
		if (selftest_next(test, ring, &cqe) != PASSED ||
		    completion_check(test, &cqe, transfer) != PASSED)
			return FAILED;
	return PASSED;
}

/*
 * All receives wait from the beginning. Of what is sent, or copied, no more is under
 * way than the device can hold until a receive takes it.
 */
static enum outcome move_all(struct selftest *test, struct dmaring *ring,
			     const struct transfer *transfers, unsigned int count)
{
	unsigned int started = 0, arrived = 0, left = count * completions_of_one(ring), i;
	struct dmaring_cqe cqe;

	for (i = 0; i < count && is_loopback(ring); i++)
		receive_start(ring, &transfers[i], 0);
	for (; left; left--) {
		for (; started < count && started - arrived < test->depth; started++)
			move_start(ring, &transfers[started], 0);
		dmaring_submit(ring);
		/* Channels are not ordered among each other. */
		if (selftest_next(test, ring, &cqe) != PASSED ||
		    completion_check(test, &cqe, transfers) != PASSED)
			return FAILED;
		arrived += ring->channel[cqe.channel].kind != DMARING_CHANNEL_SEND;
	}
	return PASSED;
}

/* Several in flight: what belongs to one must not land in another. */
static enum outcome pipelined(struct selftest *test, struct dmaring *ring)
{
	struct transfer transfers[SELFTEST_DEPTH];
	size_t bytes = test->buffer_bytes < 20000 ? test->buffer_bytes : 20000;
	unsigned int round, i;

	bytes -= bytes % test->alignment;
	for (round = 0; round < 50; round++) {
		for (i = 0; i < SELFTEST_DEPTH; i++)
			transfers[i] = transfer_make(test, ring, i, bytes, 0, 0);
		if (move_all(test, ring, transfers, SELFTEST_DEPTH) != PASSED)
			return FAILED;
		for (i = 0; i < SELFTEST_DEPTH; i++)
			if (transfer_check(test, &transfers[i]) != PASSED)
				return FAILED;
	}
	return PASSED;
}

static enum outcome no_sync(struct selftest *test, struct dmaring *ring)
{
	struct transfer transfer = transfer_make(test, ring, 0, test->buffer_bytes / 2 /
						 test->alignment * test->alignment, 0, 0);
	bool copy = !is_loopback(ring);
	int out = dmaring_channel_of(ring, copy ? DMARING_CHANNEL_COPY : DMARING_CHANNEL_SEND);
	int in = dmaring_channel_of(ring, copy ? DMARING_CHANNEL_COPY : DMARING_CHANNEL_RECEIVE);
	enum dmaring_channel_kind out_kind = copy ? DMARING_CHANNEL_COPY : DMARING_CHANNEL_SEND;
	enum dmaring_channel_kind in_kind = copy ? DMARING_CHANNEL_COPY : DMARING_CHANNEL_RECEIVE;
	int err;

	err = dmaring_sync_for_device(ring, (unsigned int)out, out_kind, transfer.from,
				      transfer.bytes);
	if (!err)
		err = dmaring_sync_for_device(ring, (unsigned int)in, in_kind, transfer.to,
					      transfer.bytes);
	if (err < 0)
		return selftest_fail(test, "sync for the device: %s", strerror(-err));
	transfer_start(ring, &transfer, DMARING_SQE_NO_SYNC);
	dmaring_submit(ring);
	if (take_completions(test, ring, completions_of_one(ring), &transfer) != PASSED)
		return FAILED;
	err = dmaring_sync_for_cpu(ring, (unsigned int)in, in_kind, transfer.to, transfer.bytes);
	if (err < 0)
		return selftest_fail(test, "sync for the CPU: %s", strerror(-err));
	return transfer_check(test, &transfer);
}

/* A second pool, of another buffer size: from one into the other. */
static enum outcome second_pool(struct selftest *test, struct dmaring *ring)
{
	unsigned int bytes = test->alignment > SELFTEST_USUAL ? test->alignment : SELFTEST_USUAL;
	struct transfer transfer = transfer_make(test, ring, 0, bytes, 0, 0);
	int pool = dmaring_pool_add(ring, 3, 2 * bytes + 2 * guard_room(test));

	if (pool != 1)
		return selftest_fail(test, "adding a pool: %s", strerror(pool < 0 ? -pool : 0));
	transfer.to = (unsigned char *)dmaring_pool_buffer(ring, 1, 2) + guard_room(test);
	pattern_clear(transfer.to - GUARD, transfer.bytes + 2 * GUARD);
	transfer_start(ring, &transfer, 0);
	dmaring_submit(ring);
	return transfer_finish(test, ring, &transfer);
}

static enum outcome overlaps(struct selftest *test, struct dmaring *ring)
{
	unsigned int step = test->alignment;
	unsigned char *data = dmaring_buffer(ring, 0);
	struct dmaring_sqe *sqe;

	sqe = dmaring_get_sqe(ring);
	dmaring_prep_copy(sqe, 0, data + step, data, 16 * step);
	dmaring_submit(ring);
	if (selftest_expect(test, ring, 0, -EINVAL) != PASSED)
		return FAILED;
	sqe = dmaring_get_sqe(ring);
	dmaring_prep_copy(sqe, 0, data + 16 * step, data, 16 * step);
	dmaring_submit(ring);
	return selftest_expect(test, ring, 0, 0);
}

/* The second copy reads what the first one writes. */
static enum outcome fenced_copies(struct selftest *test, struct dmaring *ring)
{
	unsigned int round;

	for (round = 0; round < 50; round++) {
		struct transfer last = transfer_make(test, ring, 1, test->buffer_bytes, 0, 0);
		unsigned char *middle = dmaring_buffer(ring, 0);
		struct dmaring_sqe *sqe;

		dmaring_prep_copy(dmaring_get_sqe(ring), 0, middle, last.from, last.bytes);
		dmaring_prep_fence(dmaring_get_sqe(ring), round % 2 ? 0 : DMARING_CHANNEL_ALL);
		sqe = dmaring_get_sqe(ring);
		dmaring_prep_copy(sqe, 0, last.to, middle, last.bytes);
		dmaring_sqe_set_data64(sqe, 1);
		dmaring_submit(ring);
		if (selftest_expect(test, ring, 0, 0) != PASSED ||
		    selftest_expect(test, ring, 0, 0) != PASSED ||
		    selftest_expect(test, ring, 1, 0) != PASSED ||
		    transfer_check(test, &last) != PASSED)
			return FAILED;
	}
	return PASSED;
}

/* Whatever is taken back, everything completes, and the abort last. */
static enum outcome aborted_copies(struct selftest *test, struct dmaring *ring)
{
	const unsigned int copies = ENTRIES - 1;
	unsigned int bytes = test->buffer_bytes;
	struct dmaring_sqe *sqe;
	struct dmaring_cqe cqe;
	unsigned int i;

	/* One that is cut, or waits for room in the engine, may be taken back half-way. */
	if (test->window < 32 || test->whole_bytes < bytes)
		bytes = test->whole_bytes < 4096 ? (unsigned int)test->whole_bytes : 4096;
	for (i = 0; i < copies; i++)
		dmaring_prep_copy(dmaring_get_sqe(ring), 0, dmaring_buffer(ring, 1),
				  dmaring_buffer(ring, 0), bytes);
	sqe = dmaring_get_sqe(ring);
	dmaring_prep_abort(sqe, 0);
	dmaring_sqe_set_data64(sqe, 1);
	dmaring_submit(ring);
	for (i = 0; i < copies; i++) {
		if (selftest_next(test, ring, &cqe) != PASSED)
			return FAILED;
		if (cqe.user_data)
			return selftest_fail(test, "the abort ended before the %u-th copy", i);
		if (cqe.res && cqe.res != -ECANCELED)
			return selftest_fail(test, "an aborted copy says %s", strerror(-cqe.res));
		if (cqe.res && cqe.flags & DMARING_CQE_STARTED)
			return selftest_fail(test, "a shared engine was stopped");
	}
	if (selftest_expect(test, ring, 1, 0) != PASSED)
		return FAILED;
	return move_one(test, ring, SELFTEST_USUAL, 0, 0);
}

static void push_receive(struct dmaring *ring, int channel, __u64 user_data, __u32 timeout_us)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(ring);

	dmaring_prep_receive(sqe, (unsigned int)channel, dmaring_buffer(ring, 1),
			     SELFTEST_USUAL);
	dmaring_sqe_set_data64(sqe, user_data);
	dmaring_sqe_set_timeout_us(sqe, timeout_us);
}

static enum outcome timed_out(struct selftest *test, struct dmaring *ring)
{
	int channel = dmaring_channel_of(ring, DMARING_CHANNEL_RECEIVE);
	const __u32 flags = DMARING_CQE_TIMED_OUT | DMARING_CQE_STARTED;
	struct dmaring_cqe cqe;

	push_receive(ring, channel, 1, SHORT_US);
	dmaring_submit(ring);
	if (selftest_next(test, ring, &cqe) != PASSED)
		return FAILED;
	if (cqe.res != -ETIMEDOUT || (cqe.flags & flags) != flags)
		return selftest_fail(test, "a receive of nothing says %d (%s), flags %#x", cqe.res,
				     strerror(abs(cqe.res)), cqe.flags);
	return move_one(test, ring, SELFTEST_USUAL, 0, 0);
}

/* More receives than the engine takes: the last is taken back, the rest aborted. */
static enum outcome taken_back(struct selftest *test, struct dmaring *ring)
{
	int channel = dmaring_channel_of(ring, DMARING_CHANNEL_RECEIVE);
	unsigned int receives = test->window + 1, i;
	struct dmaring_sqe *sqe;
	struct dmaring_cqe cqe;

	if (receives + 2 > ENTRIES)
		return selftest_skip(test, "the engine takes more at a time than this check has");
	for (i = 0; i < receives; i++)
		push_receive(ring, channel, i, 0);
	sqe = dmaring_get_sqe(ring);
	dmaring_prep_cancel(sqe, receives - 1);
	dmaring_sqe_set_data64(sqe, 1000);
	dmaring_submit(ring);
	for (i = 0; i < 2; i++) {
		if (selftest_next(test, ring, &cqe) != PASSED)
			return FAILED;
		if (cqe.res != (cqe.user_data == 1000 ? 0 : -ECANCELED) ||
		    cqe.flags & DMARING_CQE_STARTED)
			return selftest_fail(test,
					     "cancel of a waiting receive: %llu says %d, flags %#x",
					     (unsigned long long)cqe.user_data, cqe.res, cqe.flags);
	}
	sqe = dmaring_get_sqe(ring);
	dmaring_prep_abort(sqe, (unsigned int)channel);
	dmaring_sqe_set_data64(sqe, 2000);
	dmaring_submit(ring);
	for (i = 0; i < receives - 1; i++) {
		if (selftest_next(test, ring, &cqe) != PASSED)
			return FAILED;
		if (cqe.res != -ECANCELED || !(cqe.flags & DMARING_CQE_STARTED))
			return selftest_fail(test, "abort of an armed receive: %llu says %d, flags %#x",
					     (unsigned long long)cqe.user_data, cqe.res, cqe.flags);
	}
	if (selftest_expect(test, ring, 2000, 0) != PASSED)
		return FAILED;
	return move_one(test, ring, SELFTEST_USUAL, 0, 0);
}

/* Receives on every channel that has it, sends on every other. */
static enum outcome transmits(struct selftest *test, struct dmaring *ring)
{
	size_t bytes = test->buffer_bytes < 65536 ? test->buffer_bytes : 65536;
	unsigned int i, due = 0, receives = 0, sends = 0;
	struct dmaring_cqe cqe;

	bytes -= bytes % test->alignment;
	for (i = 0; i < ring->channels && i < BUFFERS / 2; i++) {
		struct transfer transfer = transfer_make(test, ring, i, bytes, 0, 0);
		struct dmaring_sqe *sqe = dmaring_get_sqe(ring);

		if (ring->channel[i].kind == DMARING_CHANNEL_RECEIVE) {
			dmaring_prep_receive(sqe, i, transfer.to, bytes);
			receives++;
		} else {
			dmaring_prep_send(sqe, i, transfer.from, bytes);
			sends++;
		}
		dmaring_sqe_set_data64(sqe, i);
	}
	dmaring_submit(ring);
	for (due = sends ? sends : receives; due;) {
		if (selftest_next(test, ring, &cqe) != PASSED)
			return FAILED;
		if (cqe.res < 0)
			return selftest_fail(test, "channel %u: %s", cqe.channel,
					     strerror(-cqe.res));
		if (!cqe.bytes)
			return selftest_fail(test, "channel %u: nothing was moved", cqe.channel);
		/* Where something is sent, nothing need come back. */
		due -= !sends || ring->channel[cqe.channel].kind == DMARING_CHANNEL_SEND;
	}
	return PASSED;
}

struct dmaring_options selftest_large(const struct selftest *test)
{
	return (struct dmaring_options){
		.entries = ENTRIES,
		.buffers = BUFFERS,
		.buffer_bytes = test->buffer_bytes + OFFSET_MAX + 2 * guard_room(test),
	};
}

const struct check selftest_copy[] = {
	{ "copy sizes", "every size and offset arrives whole", NULL, sizes_and_offsets },
	{ "copies at once", "several in flight do not mix", NULL, pipelined },
	{ "overlap", "overlapping ranges are refused, adjacent ones not", NULL, overlaps },
	{ "copy fence", "a copy waits for the one whose result it reads", NULL, fenced_copies },
	{ "copy abort", "aborting ends what waits and spares what runs", NULL, aborted_copies },
	{ "second pool", "data goes from one pool to another", NULL, second_pool },
	{ "manual sync", "entries without sync work when synced by hand", NULL, no_sync },
	{ .name = NULL },
};

const struct check selftest_loopback[] = {
	{ "loopback sizes", "every size and offset comes back whole", NULL, sizes_and_offsets },
	{ "loopback at once", "several in flight do not mix", NULL, pipelined },
	{ "time-out", "a receive of nothing times out; the channel recovers", NULL, timed_out },
	{ "cancel, abort", "what waits is taken back, what is armed is aborted", NULL, taken_back },
	{ "second pool", "data goes from one pool to another", NULL, second_pool },
	{ "manual sync", "entries without sync work when synced by hand", NULL, no_sync },
	{ .name = NULL },
};

const struct check selftest_transmit[] = {
	{ "transmit", "what was sent was taken, or what was awaited came", NULL, transmits },
	{ .name = NULL },
};
