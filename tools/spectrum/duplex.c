// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the ring: a send and a receive channel of one device, several blocks
 * armed on both, and the book-keeping that every entry comes back once, in
 * order and with the length that was asked.
 *
 * Buffers 0 .. blocks-1 of the pool are sent, the next ones received into; both
 * are used in turn, so the number of a block tells its buffer.
 */
#include "duplex.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "explain.h"
#include "message.h"

#define RECEIVE_MARK	(1ULL << 63)	/* in user_data: a receive, not a send */
#define FAILURES_TOLD	3		/* the others are counted only */

static unsigned int power_of_two(unsigned int n)
{
	unsigned int p = DMARING_ENTRIES_MIN;

	while (p < n)
		p *= 2;
	return p;
}

/**
 * duplex_open() - claim both channels of a device and map the buffers
 * @duplex:	what to fill in
 * @device:	name of the device
 * @blocks:	buffers for each direction
 * @send_bytes:	of a block sent
 * @receive_bytes: of a block received
 * @coalesce_us: a completion waits at most this long for its batch
 *
 * Return: 0 or -errno; what was wrong has been said.
 */
int duplex_open(struct duplex *duplex, const char *device, unsigned int blocks, size_t send_bytes,
		size_t receive_bytes, unsigned int coalesce_us)
{
	static const char *const channels[] = { "tx", "rx", NULL };
	struct dmaring_options options = {
		/* A rearm and a send for each block can be under way at a time. */
		.entries = power_of_two(2 * blocks),
		.buffers = 2 * blocks,
		.buffer_bytes = send_bytes > receive_bytes ? send_bytes : receive_bytes,
		.channels = channels,
		.coalesce_us = coalesce_us,
	};
	int err;

	memset(duplex, 0, sizeof(*duplex));
	duplex->ring.fd = -1;
	duplex->blocks = blocks;
	duplex->send_bytes = send_bytes;
	duplex->receive_bytes = receive_bytes;
	err = dmaring_open(&duplex->ring, device, &options);
	if (err) {
		explain(err, "open", device);
		return err;
	}
	duplex->tx = dmaring_channel(&duplex->ring, "tx");
	duplex->rx = dmaring_channel(&duplex->ring, "rx");
	/* Half of the completions that can be under way: the device never runs dry. */
	dmaring_wake_after(&duplex->ring, blocks);
	return 0;
}

/**
 * duplex_close() - end what is in flight and close the ring
 * @duplex: the ring
 */
void duplex_close(struct duplex *duplex)
{
	dmaring_close(&duplex->ring);
}

/**
 * duplex_query() - ask the driver about the device, by an ioctl
 * @duplex:	the ring
 * @query:	out
 *
 * Return: 0 or -errno, which has been said.
 */
int duplex_query(const struct duplex *duplex, struct dmaring_query *query)
{
	int err = dmaring_ring_query(&duplex->ring, query);

	if (err)
		message("query: %s", strerror(-err));
	return err;
}

/**
 * duplex_fd() - what to wait on
 * @duplex: the ring
 *
 * Return: a file descriptor for epoll; EPOLLIN means completions, as many as
 * there are buffers in one direction or what the time bound brought.
 */
int duplex_fd(const struct duplex *duplex)
{
	return dmaring_fd(&duplex->ring);
}

static void *buffer(const struct duplex *duplex, unsigned int index)
{
	return dmaring_buffer(&duplex->ring, index);
}

static void arm_one(struct duplex *duplex)
{
	unsigned int index = duplex->blocks + duplex->armed % duplex->blocks;
	struct dmaring_sqe *sqe = dmaring_get_sqe(&duplex->ring);

	/* Cannot fail: the ring has an entry for every buffer. */
	dmaring_prep_receive(sqe, duplex->rx, buffer(duplex, index), duplex->receive_bytes);
	dmaring_sqe_set_data64(sqe, RECEIVE_MARK | duplex->armed);
	duplex->armed++;
}

/**
 * duplex_arm() - give all receive buffers to the device
 * @duplex: the ring, just opened
 */
void duplex_arm(struct duplex *duplex)
{
	while (duplex->armed < duplex->blocks)
		arm_one(duplex);
}

/**
 * duplex_can_send() - whether a buffer is free
 * @duplex: the ring
 */
bool duplex_can_send(const struct duplex *duplex)
{
	return duplex->sent - duplex->send_done < duplex->blocks;
}

/**
 * duplex_send_buffer() - where the next block to send is to be written
 * @duplex: the ring; duplex_can_send() must be true
 */
void *duplex_send_buffer(const struct duplex *duplex)
{
	return buffer(duplex, duplex->sent % duplex->blocks);
}

/**
 * duplex_send() - send what is in duplex_send_buffer()
 * @duplex: the ring
 */
void duplex_send(struct duplex *duplex)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(&duplex->ring);

	dmaring_prep_send(sqe, duplex->tx, duplex_send_buffer(duplex), duplex->send_bytes);
	dmaring_sqe_set_data64(sqe, duplex->sent);
	duplex->sent++;
}

static void tell_failure(const struct dmaring_cqe *cqe, uint64_t number, size_t bytes)
{
	const char *what = cqe->user_data & RECEIVE_MARK ? "receive" : "send";

	if (cqe->res)
		message("%s %" PRIu64 ": %s", what, number, strerror(-cqe->res));
	else if (cqe->bytes != bytes)
		message("%s %" PRIu64 ": %u bytes instead of %zu", what, number, cqe->bytes, bytes);
	else
		message("%s %" PRIu64 ": came back as %" PRIu64 ", completion %u", what, number,
			(uint64_t)(cqe->user_data & ~RECEIVE_MARK), cqe->sequence);
}

/* Right number, right sequence on its channel, no error, all bytes. */
static bool in_order(struct duplex *duplex, const struct dmaring_cqe *cqe, uint64_t number,
		     size_t bytes)
{
	if ((cqe->user_data & ~RECEIVE_MARK) == number && cqe->sequence == (uint32_t)number &&
	    cqe->res == 0 && cqe->bytes == bytes)
		return true;
	if (duplex->failed++ < FAILURES_TOLD)
		tell_failure(cqe, number, bytes);
	return false;
}

/**
 * duplex_take() - take the next completion
 * @duplex:	the ring
 * @received:	set to a block received, in place; NULL if it was a send. It
 *		stays valid until duplex_release()
 *
 * Return: 0; -EAGAIN when there is none; -EIO when the completion told an
 * error, which has been counted (a receive must still be released);
 * -EPIPE or -ENODEV when the ring has ended.
 */
int duplex_take(struct duplex *duplex, const void **received)
{
	struct dmaring_cqe *cqe;
	bool good;
	int err;

	*received = NULL;
	err = dmaring_peek_cqe(&duplex->ring, &cqe);
	if (err)
		return err;
	duplex->time_ns = cqe->time_ns;
	if (cqe->user_data & RECEIVE_MARK) {
		unsigned int index = duplex->blocks + duplex->receive_done % duplex->blocks;

		good = in_order(duplex, cqe, duplex->receive_done, duplex->receive_bytes);
		*received = buffer(duplex, index);
		duplex->receive_done++;
	} else {
		good = in_order(duplex, cqe, duplex->send_done, duplex->send_bytes);
		duplex->send_done++;
	}
	dmaring_cqe_seen(&duplex->ring, cqe);
	return good ? 0 : -EIO;
}

/**
 * duplex_release() - give the block received last back to the device
 * @duplex: the ring
 */
void duplex_release(struct duplex *duplex)
{
	arm_one(duplex);
}

/**
 * duplex_submit() - publish what was sent and released
 * @duplex: the ring
 *
 * Return: 0 or -errno; what was wrong has been said.
 */
int duplex_submit(struct duplex *duplex)
{
	int err = dmaring_submit(&duplex->ring);

	if (err < 0) {
		message("submit: %s", strerror(-err));
		return err;
	}
	return 0;
}
