// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks that move no data, so that they are harmless on any device: control
 * operations, what must be refused, wake-ups, limits.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "selftest.h"

#define ENTRIES		16U
#define CQ_ENTRIES	32U
#define BUFFERS		2U
#define BUFFER_BYTES	4096U

const struct dmaring_options selftest_small = {
	.entries = ENTRIES,
	.cq_entries = CQ_ENTRIES,
	.buffers = BUFFERS,
	.buffer_bytes = BUFFER_BYTES,
};

static void push_nop(struct dmaring *ring, __u64 user_data)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(ring);

	dmaring_prep_nop(sqe);
	dmaring_sqe_set_data64(sqe, user_data);
}

static bool is_readable(struct dmaring *ring, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = dmaring_fd(ring), .events = POLLIN };

	return poll(&poll_fd, 1, timeout_ms) == 1 && poll_fd.revents & POLLIN;
}

static enum outcome check_open(struct selftest *test)
{
	struct dmaring_channel_info info;
	struct dmaring ring;
	unsigned int i;

	if (selftest_open(test, &ring, &selftest_small) != PASSED)
		return FAILED;
	for (i = 0; i < ring.channels; i++)
		if (dmaring_ring_channel(&ring, i, &info) < 0 ||
		    dmaring_channel(&ring, info.name) != (int)i) {
			dmaring_close(&ring);
			return selftest_fail(test, "channel %u is not found by its name", i);
		}
	dmaring_close(&ring);
	return PASSED;
}

static enum outcome nops(struct selftest *test, struct dmaring *ring)
{
	const __u64 base = 0xfedcba9876543210ULL;
	unsigned int round, i;

	for (round = 0; round < 50; round++) {
		for (i = 0; i <= round % ENTRIES; i++)
			push_nop(ring, base + i);
		if (dmaring_submit(ring) != (int)i)
			return selftest_fail(test, "submit failed");
		for (i = 0; i <= round % ENTRIES; i++)
			if (selftest_expect(test, ring, base + i, 0) != PASSED)
				return FAILED;
	}
	return PASSED;
}

static enum outcome fences(struct selftest *test, struct dmaring *ring)
{
	unsigned int i;

	for (i = 0; i <= ring->channels; i++) {
		struct dmaring_sqe *sqe = dmaring_get_sqe(ring);

		dmaring_prep_fence(sqe, i < ring->channels ? i : DMARING_CHANNEL_ALL);
		dmaring_sqe_set_data64(sqe, i);
		dmaring_submit(ring);
		if (selftest_expect(test, ring, i, 0) != PASSED)
			return FAILED;
	}
	return PASSED;
}

static enum outcome cancels(struct selftest *test, struct dmaring *ring)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(ring);

	dmaring_prep_cancel(sqe, 12345);
	dmaring_sqe_set_data64(sqe, 7);
	dmaring_submit(ring);
	return selftest_expect(test, ring, 7, -ENOENT);
}

static enum outcome aborts(struct selftest *test, struct dmaring *ring)
{
	unsigned int i;
	int err;

	for (i = 0; i < ring->channels; i++) {
		struct dmaring_sqe *sqe = dmaring_get_sqe(ring);

		dmaring_prep_abort(sqe, i);
		dmaring_sqe_set_data64(sqe, i);
		dmaring_submit(ring);
		if (selftest_expect(test, ring, i, 0) != PASSED)
			return FAILED;
		err = dmaring_abort(ring, i);
		if (err < 0)
			return selftest_fail(test, "abort by ioctl: %s", strerror(-err));
	}
	err = dmaring_abort(ring, ring->channels);
	if (err != -ENOENT)
		return selftest_fail(test, "abort of no channel gives %d, not -ENOENT", err);
	return PASSED;
}

/* What each refusal spoils in an entry that would be good otherwise. */
struct refusal {
	const char *what;
	void (*spoil)(struct dmaring_sqe *sqe);
	int res;
};

static void spoil_opcode(struct dmaring_sqe *sqe)
{
	sqe->opcode = 200;
}

static void spoil_flags(struct dmaring_sqe *sqe)
{
	sqe->flags = 0x80;
}

static void spoil_reserved(struct dmaring_sqe *sqe)
{
	sqe->reserved = 1;
}

static void spoil_channel(struct dmaring_sqe *sqe)
{
	sqe->channel = DMARING_CHANNELS_MAX;
}

static void spoil_pool(struct dmaring_sqe *sqe)
{
	sqe->pool = 1;
}

static void spoil_buffer(struct dmaring_sqe *sqe)
{
	sqe->buffer = BUFFERS;
}

static void spoil_bytes(struct dmaring_sqe *sqe)
{
	sqe->bytes = 0;
}

static void spoil_end(struct dmaring_sqe *sqe)
{
	sqe->bytes = BUFFER_BYTES + 64;
}

static void spoil_offset(struct dmaring_sqe *sqe)
{
	sqe->offset = UINT32_MAX - 63;
}

static void spoil_target(struct dmaring_sqe *sqe)
{
	sqe->target = 1;
}

static void spoil_list(struct dmaring_sqe *sqe)
{
	sqe->list_entries = 1;
}

static void spoil_operation(struct dmaring_sqe *sqe)
{
	sqe->opcode = DMARING_OP_INTERLEAVED;
}

static const struct refusal refusals[] = {
	{ "an unknown operation", spoil_opcode, -EINVAL },
	{ "an unknown flag", spoil_flags, -EINVAL },
	{ "a reserved member that is not zero", spoil_reserved, -EINVAL },
	{ "a channel that is not there", spoil_channel, -EINVAL },
	{ "a pool that is not there", spoil_pool, -EINVAL },
	{ "a buffer that is not there", spoil_buffer, -EINVAL },
	{ "no bytes at all", spoil_bytes, -EINVAL },
	{ "bytes past the end of the buffer", spoil_end, -EINVAL },
	{ "an offset past the end of the buffer", spoil_offset, -EINVAL },
	{ "a target without cancel", spoil_target, -EINVAL },
	{ "a list without its flag", spoil_list, -EINVAL },
	{ "a 2-D transfer without a template", spoil_operation, -EINVAL },
};

#define REFUSALS	(sizeof(refusals) / sizeof(refusals[0]))

/* A request that would be good, on whatever the first channel is. */
static struct dmaring_sqe *good_request(struct dmaring *ring)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(ring);

	switch (ring->channel[0].kind) {
	case DMARING_CHANNEL_SEND:
		dmaring_prep_send(sqe, 0, dmaring_buffer(ring, 0), 64);
		break;
	case DMARING_CHANNEL_RECEIVE:
		dmaring_prep_receive(sqe, 0, dmaring_buffer(ring, 0), 64);
		break;
	default:
		dmaring_prep_copy(sqe, 0, dmaring_buffer(ring, 0), dmaring_buffer(ring, 1), 64);
	}
	return sqe;
}

static bool knows_rows(struct dmaring *ring)
{
	struct dmaring_channel_info info;

	return dmaring_ring_channel(ring, 0, &info) == 0 &&
	       info.operations & 1U << DMARING_OP_INTERLEAVED;
}

static enum outcome refuses(struct selftest *test, struct dmaring *ring)
{
	struct dmaring_sqe *sqe;
	char outside[64];
	size_t i;

	for (i = 0; i < REFUSALS; i++) {
		int res = refusals[i].res;

		/* Where the engine knows no rows, that comes first. */
		if (refusals[i].spoil == spoil_operation && !knows_rows(ring))
			res = -EOPNOTSUPP;
		sqe = good_request(ring);
		refusals[i].spoil(sqe);
		dmaring_sqe_set_data64(sqe, i);
		dmaring_submit(ring);
		if (selftest_expect(test, ring, i, res) != PASSED) {
			char why[256];

			snprintf(why, sizeof(why), "%.255s", test->why);
			return selftest_fail(test, "%s: %s", refusals[i].what, why);
		}
	}
	sqe = dmaring_get_sqe(ring);
	dmaring_prep_send(sqe, 0, outside, sizeof(outside));
	dmaring_submit(ring);
	if (selftest_expect(test, ring, 0, ring->channel[0].kind == DMARING_CHANNEL_SEND ?
			    -EINVAL : -EOPNOTSUPP) != PASSED)
		return FAILED;
	dmaring_get_sqe(ring);	/* never prepared */
	dmaring_submit(ring);
	return selftest_expect(test, ring, 0, -EINVAL);
}

static enum outcome fills(struct selftest *test, struct dmaring *ring)
{
	unsigned int i, total = 4 * CQ_ENTRIES, submitted = 0, taken = 0;
	struct dmaring_cqe cqe;

	for (i = 0; i < ENTRIES; i++)
		push_nop(ring, submitted++);
	if (dmaring_get_sqe(ring))
		return selftest_fail(test, "a full ring gives one more entry");
	dmaring_submit(ring);
	/* More than there are completion slots, none of them given back. */
	while (submitted < total && dmaring_sq_space_left(ring)) {
		push_nop(ring, submitted++);
		dmaring_submit(ring);
	}
	if (dmaring_cq_ready(ring) != CQ_ENTRIES)
		return selftest_fail(test, "%u completions for %u slots", dmaring_cq_ready(ring),
				     CQ_ENTRIES);
	while (taken < total) {
		while (submitted < total && dmaring_sq_space_left(ring))
			push_nop(ring, submitted++);
		dmaring_submit(ring);
		if (selftest_next(test, ring, &cqe) != PASSED)
			return FAILED;
		if (cqe.user_data != taken)
			return selftest_fail(test, "completion %u came where %u was due",
					     (unsigned int)cqe.user_data, taken);
		taken++;
	}
	return PASSED;
}

static enum outcome waits(struct selftest *test, struct dmaring *ring)
{
	struct dmaring_cqe *cqe;
	int err;

	err = dmaring_wait_cqe_timeout(ring, &cqe, 5000000);
	if (err != -ETIME)
		return selftest_fail(test, "waiting for nothing gives %d, not -ETIME", err);
	if (is_readable(ring, 0))
		return selftest_fail(test, "readable, but there is nothing");
	push_nop(ring, 1);
	dmaring_submit(ring);
	if (!is_readable(ring, 5000))
		return selftest_fail(test, "not readable, but there is a completion");
	return selftest_expect(test, ring, 1, 0);
}

static enum outcome batches(struct selftest *test, struct dmaring *ring)
{
	unsigned int i;
	int err;

	dmaring_wake_after(ring, 4);
	for (i = 0; i < 4; i++) {
		if (is_readable(ring, 0))
			return selftest_fail(test, "readable with %u of 4 completions", i);
		push_nop(ring, i);
		dmaring_submit(ring);
	}
	if (!is_readable(ring, 5000))
		return selftest_fail(test, "not readable with 4 of 4 completions");
	dmaring_cq_advance(ring, dmaring_cq_ready(ring));
	err = dmaring_coalesce(ring, 20000);
	if (err < 0)
		return selftest_fail(test, "coalesce: %s", strerror(-err));
	push_nop(ring, 9);
	dmaring_submit(ring);
	if (!is_readable(ring, 5000))
		return selftest_fail(test, "the time bound did not wake for 1 of 4 completions");
	return selftest_expect(test, ring, 9, 0);
}

static enum outcome signals_on(struct selftest *test, struct dmaring *ring, int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct dmaring_cqe *cqe;
	__u64 count;

	push_nop(ring, 1);
	dmaring_submit(ring);
	if (poll(&poll_fd, 1, 5000) != 1 || read(fd, &count, sizeof(count)) != sizeof(count))
		return selftest_fail(test, "no signal for a completion");
	if (selftest_expect(test, ring, 1, 0) != PASSED)
		return FAILED;
	if (dmaring_peek_cqe(ring, &cqe) != -EAGAIN)
		return selftest_fail(test, "one completion too many");
	dmaring_eventfd_enable(ring, 0);
	push_nop(ring, 2);
	dmaring_submit(ring);
	if (selftest_expect(test, ring, 2, 0) != PASSED)
		return FAILED;
	if (poll(&poll_fd, 1, 0))
		return selftest_fail(test, "a signal that was suppressed");
	return PASSED;
}

static enum outcome signals(struct selftest *test, struct dmaring *ring)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	enum outcome outcome;
	int err;

	if (fd < 0)
		return selftest_skip(test, "no eventfd to be had");
	err = dmaring_register_eventfd(ring, fd);
	if (err < 0)
		outcome = selftest_fail(test, "register: %s", strerror(-err));
	else
		outcome = signals_on(test, ring, fd);
	if (outcome == PASSED && (dmaring_register_eventfd(ring, fd) != -EBUSY ||
				  dmaring_unregister_eventfd(ring) != 0 ||
				  dmaring_unregister_eventfd(ring) != -ENOENT))
		outcome = selftest_fail(test, "registering twice, or unregistering");
	close(fd);
	return outcome;
}

/* One option spoilt, and what it must give. */
static enum outcome open_fails(struct selftest *test, const struct dmaring_options *options,
			       const char *what, int expected)
{
	struct dmaring ring;
	int err = dmaring_open(&ring, test->device, options);

	dmaring_close(&ring);
	if (err == expected)
		return PASSED;
	return selftest_fail(test, "%s gives %d (%s), not %s", what, err,
			     strerror(err < 0 ? -err : 0), strerror(-expected));
}

static enum outcome check_limits(struct selftest *test)
{
	static const char *const nobody[] = { "nobody", NULL };
	struct dmaring_options options = selftest_small;

	options.entries = 12;
	if (open_fails(test, &options, "12 entries", -EINVAL) != PASSED)
		return FAILED;
	options.entries = 2 * test->query.sq_entries_max;
	options.cq_entries = 0;
	if (open_fails(test, &options, "too many entries", -EINVAL) != PASSED)
		return FAILED;
	options = selftest_small;
	options.cq_entries = ENTRIES;
	if (open_fails(test, &options, "too few completion entries", -EINVAL) != PASSED)
		return FAILED;
	options = selftest_small;
	options.clock = 99;
	if (open_fails(test, &options, "an unknown clock", -EINVAL) != PASSED)
		return FAILED;
	options = selftest_small;
	options.buffer_bytes = test->query.buffer_bytes_max + 4096;
	if (open_fails(test, &options, "too long a buffer", -EINVAL) != PASSED)
		return FAILED;
	options = selftest_small;
	options.channels = nobody;
	return open_fails(test, &options, "a channel that is not there", -ECHRNG);
}

static enum outcome check_exclusive(struct selftest *test)
{
	struct dmaring first, second;
	int err;

	if (selftest_open(test, &first, &selftest_small) != PASSED)
		return FAILED;
	err = dmaring_open(&second, test->device, &selftest_small);
	dmaring_close(&second);
	dmaring_close(&first);
	if (test->send < 0 && test->receive < 0) {
		if (!err)
			return PASSED;
		return selftest_fail(test, "a second ring on a shared channel gives %d", err);
	}
	if (err != -EBUSY)
		return selftest_fail(test, "a second ring gives %d, not -EBUSY", err);
	err = dmaring_open(&second, test->device, &selftest_small);
	dmaring_close(&second);
	return err ? selftest_fail(test, "after close: %s", strerror(-err)) : PASSED;
}

const struct check selftest_quiet[] = {
	{ "open", "a ring is set up and mapped; channels go by name", check_open, NULL },
	{ "nop", "no-ops complete at once, in order", NULL, nops },
	{ "fence", "fences complete, on each channel and on the ring", NULL, fences },
	{ "cancel", "cancelling nothing finds nothing", NULL, cancels },
	{ "abort", "aborting an idle channel completes", NULL, aborts },
	{ "refusals", "bad entries are refused, one by one", NULL, refuses },
	{ "full", "full rings hold back and lose nothing", NULL, fills },
	{ "wait", "poll() tells the truth, waiting ends in time", NULL, waits },
	{ "batch", "wakes after n completions, or by the time bound", NULL, batches },
	{ "eventfd", "signals, and is suppressed", NULL, signals },
	{ "limits", "set-ups beyond the limits are refused", check_limits, NULL },
	{ "exclusive", "a second ring is let in on shared channels only", check_exclusive, NULL },
	{ .name = NULL },
};
