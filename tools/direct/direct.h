/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from a pool to a file or socket by io_uring, without a copy.
 */
#ifndef DMARING_DIRECT_H
#define DMARING_DIRECT_H

#include <stdint.h>

#include <liburing.h>

#include "../recv.h"

/* What O_DIRECT asks of offsets and lengths, on every disk that we know. */
#define DIRECT_ALIGN	4096

/**
 * struct target - where the bytes go
 * @name:	as the user named it
 * @fd:		a file with O_DIRECT, or a socket; -1: not open
 * @plain:	the same file without O_DIRECT
 * @socket:	it is a socket
 * @zerocopy:	the kernel sends from the pages themselves
 * @reports:	and says when it did not
 * @registered:	the buffers are registered with io_uring
 * @refused:	the file takes no direct writes after all
 * @copies:	times that the kernel said it copied what a socket was to send
 * @copied:	bytes that went to the file without O_DIRECT
 */
struct target {
	const char *name;
	int fd, plain;
	bool socket, zerocopy, reports, registered, refused;
	uint64_t copies, copied;
};

/**
 * target_takes() - is there any hope for a way without a copy
 * @to:		path, or tcp:HOST:PORT
 *
 * Return: whether target_open() is to be called.
 */
bool target_takes(const char *to);

/**
 * target_open() - open the file, or connect
 * @target:	filled in
 * @to:		path, or tcp:HOST:PORT
 * @quiet:	no message when it has to fall back
 * @uring:	asked what the kernel can
 *
 * Return: TOOL_OK; RECV_COPY or an exit status after a message.
 */
int target_open(struct target *target, const char *to, bool quiet, struct io_uring *uring);

/**
 * target_close() - close it
 * @target:	from target_open(), or all zero but the descriptors, which are -1
 *
 * Return: 0 or -errno.
 */
int target_close(struct target *target);

/**
 * target_way() - how the bytes left
 * @target:	the target
 * @copied:	set to 1: the CPU copied them; 0: it did not; -1: nobody knows
 *
 * Return: some words.
 */
const char *target_way(const struct target *target, int *copied);

/**
 * target_prep() - the next piece of a buffer
 * @target:	the target
 * @sqe:	filled in, all but the user data
 * @data:	where the piece begins
 * @bytes:	how much there is
 * @offset:	where it belongs in the file
 * @index:	number of the buffer, if it is registered
 *
 * Of a file, the piece ends where O_DIRECT does not take the rest.
 */
void target_prep(struct target *target, struct io_uring_sqe *sqe, const void *data,
		 uint32_t bytes, uint64_t offset, unsigned int index);

/**
 * target_noticed() - the kernel has let go of what was sent
 * @target:	the target
 * @res:	of the notice
 */
void target_noticed(struct target *target, int res);

/**
 * direct_receive() - see recv_direct
 * @settings:	of the command
 * @request:	of the command
 *
 * Return: see recv_direct.
 */
int direct_receive(struct flow_options *settings, const struct recv_request *request);

#endif /* DMARING_DIRECT_H */
