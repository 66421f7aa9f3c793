/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What recv, send and pipe share: limits, the ring, signals, the progress line
 * and the summary.
 */
#ifndef DMARING_FLOW_H
#define DMARING_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaring/dmaring.h>

#include "tool.h"

/**
 * struct flow_options - what the user asked for, as text and as numbers
 * @bytes_text:	--bytes
 * @blocks_text: --blocks
 * @seconds_text: --seconds
 * @sequence_text: --sequence
 * @channel:	--channel
 * @block_bytes: --block-bytes
 * @buffers:	--buffers
 * @json:	--json
 * @quiet:	--quiet
 * @bytes:	no more than that; UINT64_MAX: no limit
 * @blocks:	no more than that; UINT64_MAX: no limit
 * @duration_ns: no longer than that; below 0: no limit
 * @sequence_bytes: for struct dmaring_stream_options, as the next two
 * @sequence_offset: as above
 * @sequence_flags: as above
 * @setup:	DMARING_SETUP_* of the ring
 */
struct flow_options {
	const char *bytes_text, *blocks_text, *seconds_text, *sequence_text, *channel;
	unsigned int block_bytes, buffers;
	bool json, quiet;
	uint64_t bytes, blocks;
	int64_t duration_ns;
	uint32_t sequence_bytes, sequence_offset, sequence_flags;
	uint32_t setup;
};

#define FLOW_OPTIONS { .block_bytes = 65536, .buffers = 16 }

/* Rows of an option table, for a struct flow_options @o. */
#define FLOW_LIMIT_ROWS(o)								\
	{ .name = "bytes", .argument = "N", .help = "end after N bytes (k, M, G, T)",	\
	  .string = &(o).bytes_text },							\
	{ .name = "blocks", .argument = "N", .help = "end after N blocks",		\
	  .string = &(o).blocks_text },							\
	{ .name = "seconds", .argument = "S", .help = "end after S seconds",		\
	  .string = &(o).seconds_text }
#define FLOW_BUFFER_ROWS(o)								\
	{ .name = "block-bytes", .argument = "N", .help = "bytes of a block, 64k unless given", \
	  .number = &(o).block_bytes },							\
	{ .name = "buffers", .argument = "N", .help = "buffers, 16 unless given",	\
	  .number = &(o).buffers }
#define FLOW_SEQUENCE_ROW(o)								\
	{ .name = "sequence", .argument = "U[@AT]",					\
	  .help = "blocks have a number: u16, u32, u64 (or u32be ...) at byte AT",	\
	  .string = &(o).sequence_text }
#define FLOW_REPORT_ROWS(o)								\
	{ .name = "json", .help = "the summary as JSON (on stderr too)", .flag = &(o).json }, \
	{ .name = "quiet", .help = "no progress line, no summary", .flag = &(o).quiet }

/**
 * flow_parse() - make numbers of the texts
 * @options:	the options
 * @command:	name of the command, for messages
 *
 * Return: -1: go on; else the exit status, after a message.
 */
int flow_parse(struct flow_options *options, const char *command);

/**
 * struct flow - one run
 * @options:	what the user asked for
 * @command:	"recv"
 * @device:	as the user named it
 * @query:	the device
 * @ring:	the ring
 * @start_ns:	when it began
 * @shown_ns:	when the progress line was last shown
 * @shown_bytes: @bytes then
 * @shown:	there is a progress line on the terminal
 * @terminal:	the standard error is one
 * @bytes:	moved so far
 * @blocks:	moved so far
 * @lost:	blocks known to be lost
 * @loss_unknown: times that some may have been
 * @upper_bound: lengths are upper bounds
 * @way:	how the bytes leave, for the summary; NULL: nothing is said
 * @copied:	with @way: 1: the CPU copies them; 0: it does not; -1: nobody knows
 */
struct flow {
	const struct flow_options *options;
	const char *command, *device;
	struct dmaring_query query;
	struct dmaring ring;
	int64_t start_ns, shown_ns;
	uint64_t shown_bytes;
	bool shown, terminal;
	uint64_t bytes, blocks, lost, loss_unknown;
	bool upper_bound;
	const char *way;
	int copied;
};

/**
 * flow_open() - open the device with only the channels wanted
 * @flow:	filled in
 * @options:	what the user asked for
 * @command:	name of the command
 * @device:	name or path
 * @kinds:	kinds of the channels, ended by 0; channel n of the ring is the
 *		first of the n-th kind, or the first one has the name of --channel
 * @buffers:	number of buffers
 * @buffer_bytes: bytes of each
 *
 * Return: TOOL_OK, or the exit status after a message.
 */
int flow_open(struct flow *flow, const struct flow_options *options, const char *command,
	      const char *device, const enum dmaring_channel_kind *kinds, unsigned int buffers,
	      unsigned int buffer_bytes);

/**
 * flow_close() - close the ring
 * @flow:	the run; one that did not open is left alone
 */
void flow_close(struct flow *flow);

/**
 * flow_catch_signals() - SIGINT and SIGTERM ask for the end, SIGPIPE is ignored
 *
 * flow_open() does it.
 */
void flow_catch_signals(void);

/**
 * flow_is_interrupted() - did the user ask for the end
 *
 * Return: whether SIGINT or SIGTERM came. They end system calls that sleep.
 */
bool flow_is_interrupted(void);

/**
 * flow_left_ns() - how long to sleep at most
 * @flow:	the run
 *
 * Return: nanoseconds until the progress line is due or the time is over; 0:
 * it is over; at most half a second.
 */
int64_t flow_left_ns(const struct flow *flow);

/**
 * flow_count() - account for a block that came
 * @flow:	the run
 * @block:	the block
 */
void flow_count(struct flow *flow, const struct dmaring_stream_block *block);

/**
 * flow_progress() - show the progress line, when it is due and wanted
 * @flow:	the run
 * @stream:	whose buffers are shown
 */
void flow_progress(struct flow *flow, const struct dmaring_stream *stream);

/**
 * flow_next() - wait for the next block of a stream, and show the progress
 * @flow:	the run
 * @stream:	the stream
 * @block:	filled in
 *
 * Return: 0; 1: the run is over, by its limits or the user's wish; -EAGAIN:
 * not yet, ask again; another -errno of the device.
 */
int flow_next(struct flow *flow, struct dmaring_stream *stream,
	      struct dmaring_stream_block *block);

/**
 * flow_progress_is_due() - is it time for the progress line, and is it wanted
 * @flow:	the run
 *
 * Return: whether flow_show_progress() is to be called.
 */
bool flow_progress_is_due(const struct flow *flow);

/**
 * flow_show_progress() - show the progress line
 * @flow:	the run
 * @armed:	buffers with the device
 * @buffers:	buffers in all
 */
void flow_show_progress(struct flow *flow, unsigned int armed, unsigned int buffers);

/**
 * flow_report() - the report at the end, on stderr
 * @flow:	the run
 * @send:	what a stream has done, or NULL
 * @receive:	what a stream has done, or NULL
 * @missing:	blocks that were sent and did not come back
 */
void flow_report(struct flow *flow, const struct dmaring_stream_stats *send,
		 const struct dmaring_stream_stats *receive, uint64_t missing);

/**
 * flow_summary() - flow_report() of streams
 * @flow:	the run
 * @send:	stream, or NULL
 * @receive:	stream, or NULL
 * @missing:	blocks that were sent and did not come back
 */
void flow_summary(struct flow *flow, const struct dmaring_stream *send,
		  const struct dmaring_stream *receive, uint64_t missing);

/**
 * flow_fail() - a message of dmaring_explain_error(), below the progress line
 * @flow:	the run
 * @err:	-errno
 * @name:	on what; NULL: the device
 *
 * Return: TOOL_FAILED.
 */
int flow_fail(struct flow *flow, int err, const char *name);

/**
 * flow_scaled() - a number of bytes in the largest unit that leaves something before the point
 * @bytes:	the number
 * @buf:	filled in: "6.25 GB"
 * @size:	room in @buf
 *
 * Return: @buf.
 */
const char *flow_scaled(double bytes, char *buf, size_t size);

/**
 * flow_now_ns() - the monotonic clock
 *
 * Return: nanoseconds.
 */
int64_t flow_now_ns(void);

#endif /* DMARING_FLOW_H */
