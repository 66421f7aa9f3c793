/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between dmaring recv and the program dmaring-recv, which is the same command
 * with a way to files and sockets on which the CPU copies nothing.
 */
#ifndef DMARING_RECV_H
#define DMARING_RECV_H

#include <stdbool.h>

#include "flow.h"

#define RECV_TCP	"tcp:"
#define RECV_COPY	(-1)	/* no way without a copy: go on with one */

/**
 * struct recv_request - what to receive from where
 * @device:	name or path of the device
 * @to:		path of a file, or tcp:HOST:PORT
 * @waits:	the device waits for buffers
 * @sync:	somebody may look at the bytes with the CPU
 */
struct recv_request {
	const char *device, *to;
	bool waits, sync;
};

typedef int recv_direct_function(struct flow_options *settings, const struct recv_request *request);

/**
 * recv_direct - receives without a copy; NULL in a program that does not link it
 *
 * Return: exit status, or RECV_COPY, after a message if there is something to say.
 */
extern recv_direct_function *recv_direct;

#endif /* DMARING_RECV_H */
