// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device under test: what it is, and what a transfer on it is.
 */
#include <errno.h>
#include <string.h>

#include "bench.h"

/**
 * bench_target_open() - look at the device
 * @target:	filled in
 * @device:	its name
 *
 * Return: 0, or -errno: as dmaring_query_device(); -ENOTSUP: it has neither a
 * copy channel nor a send and a receive channel.
 */
int bench_target_open(struct bench_target *target, const char *device)
{
	bool send = false, receive = false;
	struct dmaring_channel_info info;
	struct dmaring_query query;
	unsigned int i;
	int err;

	memset(target, 0, sizeof(*target));
	err = dmaring_query_device(device, &query);
	if (err < 0)
		return err;
	memcpy(target->name, query.name, sizeof(target->name));
	target->simulated = query.flags & DMARING_SIMULATED;
	target->poller = bench_attribute(target->name, "poller") > 0;
	for (i = 0; i < query.channels; i++) {
		err = dmaring_query_channel(device, i, &info);
		if (err < 0)
			return err;
		target->copy |= info.kind == DMARING_CHANNEL_COPY;
		send |= info.kind == DMARING_CHANNEL_SEND;
		receive |= info.kind == DMARING_CHANNEL_RECEIVE;
		/* All are powers of two. */
		if (info.alignment > target->alignment)
			target->alignment = info.alignment;
	}
	return target->copy || (send && receive) ? 0 : -ENOTSUP;
}
