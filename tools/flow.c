// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What recv, send and pipe share.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "flow.h"
#include "json.h"
#include "sequence.h"

#define NS_PER_S	1000000000LL
#define PROGRESS_NS	(NS_PER_S / 4)

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

bool flow_is_interrupted(void)
{
	return interrupted;
}

int64_t flow_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Calls that sleep shall end, and a reader that goes away is an errno. */
void flow_catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

/* ------------------------------------------------------------------------
 * Options
 */

static bool parse_large(const char *text, uint64_t *number)
{
	static const char suffixes[] = "kMGT";
	const char *suffix;
	unsigned long long value;
	unsigned int shift;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno)
		return false;
	suffix = *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
		if (value > UINT64_MAX >> shift)
			return false;
		value <<= shift;
		end++;
	}
	*number = value;
	return !*end;
}

static bool parse_seconds(const char *text, int64_t *ns)
{
	char *end;
	double value;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return false;
	value = strtod(text, &end);
	if (*end || end == text || !(value <= 1e9))
		return false;
	*ns = (int64_t)(value * NS_PER_S);
	return true;
}

static int misused(const char *command, const char *option, const char *value)
{
	tool_message("%s: --%s %s makes no sense (try: dmaring %s --help)", command, option, value,
		     command);
	return TOOL_USAGE;
}

int flow_parse(struct flow_options *options, const char *command)
{
	struct sequence sequence = { 0 };

	options->bytes = UINT64_MAX;
	options->blocks = UINT64_MAX;
	options->duration_ns = -1;
	if (options->bytes_text && !parse_large(options->bytes_text, &options->bytes))
		return misused(command, "bytes", options->bytes_text);
	if (options->blocks_text && !parse_large(options->blocks_text, &options->blocks))
		return misused(command, "blocks", options->blocks_text);
	if (options->seconds_text && !parse_seconds(options->seconds_text, &options->duration_ns))
		return misused(command, "seconds", options->seconds_text);
	if (options->sequence_text && !sequence_parse(options->sequence_text, &sequence))
		return misused(command, "sequence", options->sequence_text);
	if (!options->buffers)
		return misused(command, "buffers", "0");
	if (!options->block_bytes)
		return misused(command, "block-bytes", "0");
	if (!sequence_fits(&sequence, options->block_bytes))
		return misused(command, "sequence", options->sequence_text);
	options->sequence_bytes = sequence.bytes;
	options->sequence_offset = sequence.offset;
	options->sequence_flags = sequence.flags;
	return -1;
}

/* ------------------------------------------------------------------------
 * The ring
 */

/* The first channel of a kind that no name before has taken. */
static int find_channel(const struct flow *flow, enum dmaring_channel_kind kind,
			struct dmaring_channel_info *info)
{
	uint32_t i;

	for (i = 0; i < flow->query.channels; i++) {
		int err = dmaring_query_channel(flow->device, i, info);

		if (err < 0)
			return err;
		if (info->kind == kind &&
		    (!flow->options->channel || !strcmp(info->name, flow->options->channel)))
			return 0;
	}
	return -ECHRNG;
}

static unsigned int entries_for(unsigned int buffers)
{
	unsigned int entries = DMARING_ENTRIES_MIN;

	while (entries < buffers && entries < DMARING_SQ_ENTRIES_MAX)
		entries *= 2;
	return entries;
}

int flow_open(struct flow *flow, const struct flow_options *options, const char *command,
	      const char *device, const enum dmaring_channel_kind *kinds, unsigned int buffers,
	      unsigned int buffer_bytes)
{
	struct dmaring_channel_info info[DMARING_CHANNELS_MAX];
	const char *names[DMARING_CHANNELS_MAX + 1] = { NULL };
	struct dmaring_options wanted = {
		.entries = entries_for(buffers),
		.flags = options->setup,
		.buffers = buffers,
		.buffer_bytes = buffer_bytes,
		.channels = names,
	};
	unsigned int i;
	int err;

	memset(flow, 0, sizeof(*flow));
	flow->options = options;
	flow->command = command;
	flow->device = device;
	flow->terminal = isatty(STDERR_FILENO) && !options->quiet;
	err = dmaring_query_device(device, &flow->query);
	if (err < 0)
		return tool_explain(err, command, device);
	for (i = 0; kinds[i]; i++) {
		err = find_channel(flow, kinds[i], &info[i]);
		if (err == -ECHRNG) {
			tool_message("%s %s: it has no %s channel%s%s (try: dmaring info %s)",
				     command, device, tool_kind(kinds[i]),
				     options->channel ? " of the name " : "",
				     options->channel ? options->channel : "", device);
			return TOOL_FAILED;
		}
		if (err < 0)
			return tool_explain(err, command, device);
		names[i] = info[i].name;
		if (info[i].alignment && options->block_bytes % info[i].alignment) {
			tool_message("%s %s: --block-bytes %u is no multiple of %u, the alignment of %s",
				     command, device, options->block_bytes, info[i].alignment,
				     info[i].name);
			return TOOL_USAGE;
		}
	}
	err = dmaring_open(&flow->ring, device, &wanted);
	if (err < 0)
		return tool_explain(err, command, device);
	flow_catch_signals();
	flow->start_ns = flow_now_ns();
	flow->shown_ns = flow->start_ns;
	return TOOL_OK;
}

void flow_close(struct flow *flow)
{
	dmaring_close(&flow->ring);
}

int64_t flow_left_ns(const struct flow *flow)
{
	int64_t now = flow_now_ns(), left = NS_PER_S / 2;

	if (flow->terminal && left > flow->shown_ns + PROGRESS_NS - now)
		left = flow->shown_ns + PROGRESS_NS - now;
	if (left < NS_PER_S / 1000)
		left = NS_PER_S / 1000;
	if (flow->options->duration_ns >= 0) {
		int64_t end = flow->start_ns + flow->options->duration_ns - now;

		if (end <= 0)
			return 0;
		if (left > end)
			left = end;
	}
	return left;
}

/* ------------------------------------------------------------------------
 * Reports
 */

/* A number in the largest unit that leaves something before the point. */
static const char *scaled(double value, double base, const char *const *units, char *buf,
			  size_t size)
{
	unsigned int unit = 0;

	while (value >= base && units[unit + 1]) {
		value /= base;
		unit++;
	}
	snprintf(buf, size, value < 10 && unit ? "%.2f %s" : value < 100 && unit ? "%.1f %s" :
		 "%.0f %s", value, units[unit]);
	return buf;
}

const char *flow_scaled(double bytes, char *buf, size_t size)
{
	static const char *const decimal[] = { "B", "kB", "MB", "GB", "TB", NULL };

	return scaled(bytes, 1000, decimal, buf, size);
}

/* Units both ways: "5.82 GiB/s (6.25 GB/s)" */
static const char *both_ways(double bytes, const char *per, char *buf, size_t size)
{
	static const char *const binary[] = { "B", "KiB", "MiB", "GiB", "TiB", NULL };
	char one[32], other[32];

	snprintf(buf, size, "%s%s (%s%s)", scaled(bytes, 1024, binary, one, sizeof(one)), per,
		 flow_scaled(bytes, other, sizeof(other)), per);
	return buf;
}

void flow_count(struct flow *flow, const struct dmaring_stream_block *block)
{
	flow->blocks++;
	flow->lost += block->blocks_lost;
	flow->loss_unknown += !!(block->flags & DMARING_CQE_LOSS_UNKNOWN);
	flow->upper_bound |= !(block->flags & DMARING_CQE_LEN_EXACT);
}

static void hide_progress(struct flow *flow)
{
	if (flow->shown)
		fputs("\r\033[K", stderr);
	flow->shown = false;
}

bool flow_progress_is_due(const struct flow *flow)
{
	return flow->terminal && flow_now_ns() - flow->shown_ns >= PROGRESS_NS;
}

void flow_show_progress(struct flow *flow, unsigned int armed, unsigned int buffers)
{
	int64_t now = flow_now_ns();
	char rate[80], total[80];

	both_ways((double)(flow->bytes - flow->shown_bytes) * NS_PER_S / (now - flow->shown_ns),
		  "/s", rate, sizeof(rate));
	both_ways((double)flow->bytes, "", total, sizeof(total));
	fprintf(stderr, "\r\033[K%s %s: %s, %llu blocks, %s, lost %llu, buffers %u/%u with the device",
		flow->command, flow->device, rate, (unsigned long long)flow->blocks, total,
		(unsigned long long)flow->lost, armed, buffers);
	fflush(stderr);
	flow->shown = true;
	flow->shown_ns = now;
	flow->shown_bytes = flow->bytes;
}

void flow_progress(struct flow *flow, const struct dmaring_stream *stream)
{
	struct dmaring_stream_stats stats;

	if (!flow_progress_is_due(flow))
		return;
	dmaring_stream_get_stats(stream, &stats);
	flow_show_progress(flow, stats.armed, stats.armed + stats.waiting + stats.held);
}

int flow_next(struct flow *flow, struct dmaring_stream *stream,
	      struct dmaring_stream_block *block)
{
	const struct flow_options *options = flow->options;
	int64_t left = flow_left_ns(flow);
	int err;

	if (!left || flow_is_interrupted() || flow->bytes >= options->bytes ||
	    flow->blocks >= options->blocks)
		return 1;
	err = dmaring_stream_wait_next(stream, block, left);
	flow_progress(flow, stream);
	return err == -ETIME || err == -EINTR ? -EAGAIN : err;
}

int flow_fail(struct flow *flow, int err, const char *name)
{
	hide_progress(flow);
	return tool_explain(err, flow->command, name ? name : flow->device);
}

static void json_stream(struct json *json, const char *name,
			const struct dmaring_stream_stats *stats)
{
	if (!stats)
		return;
	json_begin_object(json, name);
	json_unsigned(json, "blocks", stats->blocks);
	json_unsigned(json, "bytes", stats->bytes);
	json_unsigned(json, "errors", stats->errors);
	if (stats->starved >= 0)
		json_number(json, "starved", stats->starved);
	if (stats->starved_ns >= 0)
		json_number(json, "starved_ns", stats->starved_ns);
	json_end_object(json);
}

static void summary_json(const struct flow *flow, const struct dmaring_stream_stats *send,
			 const struct dmaring_stream_stats *receive, uint64_t missing, int64_t ns)
{
	char *text = NULL;
	size_t bytes;
	/* As a whole: the standard error is not buffered. */
	struct json json = { .out = open_memstream(&text, &bytes) };

	if (!json.out) {
		tool_message("%s: no memory for the report", flow->command);
		return;
	}
	json_begin_object(&json, NULL);
	json_string(&json, "command", flow->command);
	json_string(&json, "device", flow->query.name);
	json_boolean(&json, "simulated", flow->query.flags & DMARING_SIMULATED);
	json_unsigned(&json, "blocks", flow->blocks);
	json_unsigned(&json, "bytes", flow->bytes);
	json_number(&json, "time_ns", ns);
	json_unsigned(&json, "bytes_per_second",
		      ns ? (unsigned long long)((double)flow->bytes * NS_PER_S / (double)ns) : 0);
	if (receive) {
		json_unsigned(&json, "blocks_lost", flow->lost + missing);
		json_unsigned(&json, "loss_unknown", flow->loss_unknown);
		json_boolean(&json, "lengths_exact", !flow->upper_bound);
	}
	if (flow->way) {
		json_string(&json, "output", flow->way);
		if (flow->copied >= 0)
			json_boolean(&json, "copied", flow->copied);
	}
	json_boolean(&json, "interrupted", flow_is_interrupted());
	json_stream(&json, "send", send);
	json_stream(&json, "receive", receive);
	json_end_object(&json);
	fclose(json.out);
	fputs(text, stderr);
	free(text);
}

static void text_stream(const char *what, const struct dmaring_stream_stats *stats)
{
	if (!stats)
		return;
	if (stats->starved > 0)
		fprintf(stderr, "  %s: the device was without a buffer %lld times, for %.3f s in all\n",
			what, (long long)stats->starved, (double)stats->starved_ns / NS_PER_S);
	if (stats->errors)
		fprintf(stderr, "  %s: %llu transfers failed\n", what,
			(unsigned long long)stats->errors);
}

static void summary_text(const struct flow *flow, const struct dmaring_stream_stats *send,
			 const struct dmaring_stream_stats *receive, uint64_t missing, int64_t ns)
{
	char total[80], rate[80];

	both_ways((double)flow->bytes, "", total, sizeof(total));
	both_ways(ns ? (double)flow->bytes * NS_PER_S / (double)ns : 0, "/s", rate, sizeof(rate));
	fprintf(stderr, "%s %s%s: %llu blocks, %llu bytes, %s, in %.3f s, %s\n", flow->command,
		flow->query.name, flow->query.flags & DMARING_SIMULATED ? " (simulated)" : "",
		(unsigned long long)flow->blocks, (unsigned long long)flow->bytes, total,
		(double)ns / NS_PER_S, rate);
	if (flow->way)
		fprintf(stderr, "  by %s: %s\n", flow->way,
			flow->copied < 0 ? "this kernel does not say whether the CPU copied" :
			flow->copied ? "copied by the CPU" : "no copy by the CPU");
	text_stream("send", send);
	text_stream("receive", receive);
	if (receive && flow->options->sequence_bytes)
		fprintf(stderr, "  lost: %llu blocks, by their numbers\n",
			(unsigned long long)flow->lost);
	if (missing)
		fprintf(stderr, "  %llu blocks were sent and did not come back\n",
			(unsigned long long)missing);
	if (flow->loss_unknown)
		fprintf(stderr, "  %llu times blocks may have been lost, nobody knows how many%s\n",
			(unsigned long long)flow->loss_unknown,
			flow->options->sequence_bytes ? "" : " (--sequence, if blocks have a number)");
	if (flow->upper_bound && receive)
		fprintf(stderr, "  lengths are upper bounds: the engine does not say more\n");
}

void flow_report(struct flow *flow, const struct dmaring_stream_stats *send,
		 const struct dmaring_stream_stats *receive, uint64_t missing)
{
	int64_t ns = flow_now_ns() - flow->start_ns;

	hide_progress(flow);
	if (flow->options->json)
		summary_json(flow, send, receive, missing, ns);
	else if (!flow->options->quiet)
		summary_text(flow, send, receive, missing, ns);
}

void flow_summary(struct flow *flow, const struct dmaring_stream *send,
		  const struct dmaring_stream *receive, uint64_t missing)
{
	struct dmaring_stream_stats sent, received;

	if (send)
		dmaring_stream_get_stats(send, &sent);
	if (receive)
		dmaring_stream_get_stats(receive, &received);
	flow_report(flow, send ? &sent : NULL, receive ? &received : NULL, missing);
}
