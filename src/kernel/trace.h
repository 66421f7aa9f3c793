/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints along the way of a transfer: submit, issue, complete, wake; and
 * drain and stop, which move many at a time.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dmaring

#if !defined(_DMARING_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DMARING_TRACE_H

#include <linux/tracepoint.h>
#include "ring.h"

TRACE_EVENT(dmaring_submit,
	TP_PROTO(const struct dmaring_ring *ring, const struct dmaring_sqe *sqe),
	TP_ARGS(ring, sqe),
	TP_STRUCT__entry(
		__string(device, ring->device->name)
		__field(u8, opcode)
		__field(u16, channel)
		__field(u32, bytes)
		__field(u64, user_data)
	),
	TP_fast_assign(
		DMARING_ASSIGN_STR(device, ring->device->name);
		__entry->opcode = sqe->opcode;
		__entry->channel = sqe->channel;
		__entry->bytes = sqe->bytes;
		__entry->user_data = sqe->user_data;
	),
	TP_printk("%s: operation %u, channel %u, %u bytes, user data %#llx",
		  __get_str(device), __entry->opcode, __entry->channel,
		  __entry->bytes, __entry->user_data)
);

TRACE_EVENT(dmaring_issue,
	TP_PROTO(const struct dmaring_channel *channel, u64 user_data, u32 bytes,
		 int cookie),
	TP_ARGS(channel, user_data, bytes, cookie),
	TP_STRUCT__entry(
		__string(device, channel->device->name)
		__string(channel, channel->name)
		__field(u64, user_data)
		__field(u32, bytes)
		__field(int, cookie)
	),
	TP_fast_assign(
		DMARING_ASSIGN_STR(device, channel->device->name);
		DMARING_ASSIGN_STR(channel, channel->name);
		__entry->user_data = user_data;
		__entry->bytes = bytes;
		__entry->cookie = cookie;
	),
	TP_printk("%s %s: %u bytes, user data %#llx, cookie %d", __get_str(device),
		  __get_str(channel), __entry->bytes, __entry->user_data,
		  __entry->cookie)
);

TRACE_EVENT(dmaring_drain,
	TP_PROTO(const struct dmaring_ring *ring, unsigned int taken, bool blocked),
	TP_ARGS(ring, taken, blocked),
	TP_STRUCT__entry(
		__string(device, ring->device->name)
		__field(unsigned int, taken)
		__field(bool, blocked)
	),
	TP_fast_assign(
		DMARING_ASSIGN_STR(device, ring->device->name);
		__entry->taken = taken;
		__entry->blocked = blocked;
	),
	TP_printk("%s: %u entries%s", __get_str(device), __entry->taken,
		  __entry->blocked ? ", no completion slots" : "")
);

TRACE_EVENT(dmaring_complete,
	TP_PROTO(const struct dmaring_ring *ring, const struct dmaring_cqe *cqe),
	TP_ARGS(ring, cqe),
	TP_STRUCT__entry(
		__string(device, ring->device->name)
		__field(u16, channel)
		__field(s32, res)
		__field(u32, bytes)
		__field(u32, flags)
		__field(u64, user_data)
	),
	TP_fast_assign(
		DMARING_ASSIGN_STR(device, ring->device->name);
		__entry->channel = cqe->channel;
		__entry->res = cqe->res;
		__entry->bytes = cqe->bytes;
		__entry->flags = cqe->flags;
		__entry->user_data = cqe->user_data;
	),
	TP_printk("%s: channel %u, result %d, %u bytes, flags %#x, user data %#llx",
		  __get_str(device), __entry->channel, __entry->res, __entry->bytes,
		  __entry->flags, __entry->user_data)
);

TRACE_EVENT(dmaring_wake,
	TP_PROTO(const struct dmaring_ring *ring, u32 events),
	TP_ARGS(ring, events),
	TP_STRUCT__entry(
		__string(device, ring->device->name)
		__field(u32, events)
	),
	TP_fast_assign(
		DMARING_ASSIGN_STR(device, ring->device->name);
		__entry->events = events;
	),
	TP_printk("%s: events %#x", __get_str(device), __entry->events)
);

TRACE_EVENT(dmaring_stop,
	TP_PROTO(const struct dmaring_channel *channel, bool stopped),
	TP_ARGS(channel, stopped),
	TP_STRUCT__entry(
		__string(device, channel->device->name)
		__string(channel, channel->name)
		__field(bool, stopped)
	),
	TP_fast_assign(
		DMARING_ASSIGN_STR(device, channel->device->name);
		DMARING_ASSIGN_STR(channel, channel->name);
		__entry->stopped = stopped;
	),
	TP_printk("%s %s: %s", __get_str(device), __get_str(channel),
		  __entry->stopped ? "stopped" : "refuses to stop")
);

#endif /* _DMARING_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
