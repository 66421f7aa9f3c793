/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_DUPLEX_H
#define SPECTRUM_DUPLEX_H

#include <dmaring/dmaring.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct duplex - a ring whose device answers every block sent with one block
 * @ring:	the ring
 * @tx:		its send channel
 * @rx:		its receive channel
 * @blocks:	buffers for each direction, all of the receiving ones armed
 * @send_bytes:	of a block sent
 * @receive_bytes: of a block received
 * @sent:	blocks handed to the ring
 * @send_done:	of those, completed
 * @armed:	receive entries handed to the ring
 * @receive_done: of those, completed
 * @failed:	completions that told an error or came out of order
 * @time_ns:	time stamp of the completion taken last, CLOCK_MONOTONIC
 */
struct duplex {
	struct dmaring ring;
	int tx;
	int rx;
	unsigned int blocks;
	size_t send_bytes;
	size_t receive_bytes;
	uint64_t sent;
	uint64_t send_done;
	uint64_t armed;
	uint64_t receive_done;
	uint64_t failed;
	uint64_t time_ns;
};

int duplex_open(struct duplex *duplex, const char *device, unsigned int blocks, size_t send_bytes,
		size_t receive_bytes, unsigned int coalesce_us);
void duplex_close(struct duplex *duplex);
int duplex_query(const struct duplex *duplex, struct dmaring_query *query);
int duplex_fd(const struct duplex *duplex);
void duplex_arm(struct duplex *duplex);
bool duplex_can_send(const struct duplex *duplex);
void *duplex_send_buffer(const struct duplex *duplex);
void duplex_send(struct duplex *duplex);
int duplex_take(struct duplex *duplex, const void **received);
void duplex_release(struct duplex *duplex);
int duplex_submit(struct duplex *duplex);

#endif
