/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What pair.c needs of the streams in stream.c. After internal.h.
 */
#ifndef DMARING_USER_STREAM_H
#define DMARING_USER_STREAM_H

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/**
 * dmaring_stream_collect_() - take all completions of streams
 * @ring:	the ring
 *
 * Return: -EAGAIN: there is none left, and the next one will be reported; else
 * as dmaring_stream_next().
 */
int dmaring_stream_collect_(struct dmaring *ring);

/**
 * dmaring_stream_buffers_() - buffers of a stream
 * @stream:	the stream
 *
 * Return: their number.
 */
__u32 dmaring_stream_buffers_(const struct dmaring_stream *stream);

/**
 * dmaring_stream_slot_() - which buffer of the stream an address is
 * @stream:	the stream
 * @data:	start of a buffer
 *
 * Return: 0 .. dmaring_stream_buffers_() - 1, or -EINVAL.
 */
int dmaring_stream_slot_(const struct dmaring_stream *stream, const void *data);

/**
 * dmaring_stream_overlap_() - do two streams share a buffer
 * @a:		one
 * @b:		the other
 *
 * Return: whether they do.
 */
bool dmaring_stream_overlap_(const struct dmaring_stream *a, const struct dmaring_stream *b);

/**
 * dmaring_stream_take_options_() - options of a program that may be older
 * @to:		filled in
 * @options:	of the program; NULL: all zero
 * @bytes:	their size there
 *
 * Return: 0, or -E2BIG: of a newer program, which wants what we do not know.
 */
int dmaring_stream_take_options_(struct dmaring_stream_options *to,
				 const struct dmaring_stream_options *options, size_t bytes);

/* A clock for time-outs: nanoseconds left until @deadline_ns; below 0: for ever. */
__s64 dmaring_stream_deadline_(__s64 timeout_ns);
__s64 dmaring_stream_left_(__s64 deadline_ns);

#pragma GCC visibility pop

#endif /* DMARING_USER_STREAM_H */
