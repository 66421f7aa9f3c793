// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring pipe: standard input, through a device, to the standard output.
 *
 * Full duplex in one thread: neither end may block the other, or a program that
 * feeds us and reads from us would hang. So standard input and output are read
 * and written only as far as poll() says they can be.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow.h"

#define NS_PER_MS	1000000LL
#define LINGER_NS	(2000 * NS_PER_MS)

static struct flow_options settings = FLOW_OPTIONS;
static unsigned int output_bytes;

static const struct tool_option options[] = {
	FLOW_LIMIT_ROWS(settings),
	FLOW_BUFFER_ROWS(settings),
	{ .name = "output-bytes", .argument = "N",
	  .help = "room for a block that comes back, as for one sent unless given",
	  .number = &output_bytes },
	FLOW_SEQUENCE_ROW(settings),
	FLOW_REPORT_ROWS(settings),
	{ .name = NULL },
};

/* What is between one end and the device. */
struct end {
	struct dmaring_stream *stream;
	struct dmaring_stream_block block;
	bool held;		/* @block is ours */
	size_t done;		/* bytes of it read or written */
	uint64_t blocks;	/* sent, or come back */
};

struct duplex {
	struct flow *flow;
	struct end in, out;
	bool in_ended;		/* nothing more will be read */
	bool out_closed;	/* nobody reads us any more */
	size_t write_max;	/* at once, without blocking */
	int64_t moved_ns;	/* when something came or went */
};

static bool limit_is_reached(const struct duplex *duplex)
{
	uint64_t bytes = duplex->in.held ? duplex->in.done : 0;

	return duplex->in.blocks >= settings.blocks || settings.bytes <= bytes;
}

static int send_block(struct duplex *duplex)
{
	int err = dmaring_stream_release(duplex->in.stream, duplex->in.block.data, duplex->in.done);

	duplex->in.held = false;
	if (settings.bytes != UINT64_MAX)
		settings.bytes -= duplex->in.done;
	duplex->in.done = 0;
	duplex->in.blocks++;
	return err;
}

/* Return: 0, or -errno of the input; @err is that of the device. */
static int read_some(struct duplex *duplex, int *err)
{
	struct end *in = &duplex->in;
	size_t room = settings.block_bytes - in->done;
	ssize_t n;

	if (room > settings.bytes - in->done)
		room = (size_t)(settings.bytes - in->done);
	n = room ? read(STDIN_FILENO, (char *)in->block.data + in->done, room) : 0;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	in->done += (size_t)n;
	duplex->in_ended = !n || limit_is_reached(duplex);
	*err = 0;
	if (in->done && (duplex->in_ended || in->done == settings.block_bytes))
		*err = send_block(duplex);
	duplex->in_ended |= limit_is_reached(duplex);
	return 0;
}

/* Return: 0, or -errno of the output; @err is that of the device. */
static int write_some(struct duplex *duplex, int *err)
{
	struct end *out = &duplex->out;
	size_t left = out->block.bytes - out->done;
	ssize_t n;

	*err = 0;
	if (left > duplex->write_max)
		left = duplex->write_max;
	n = left ? write(STDOUT_FILENO, (char *)out->block.data + out->done, left) : 0;
	if (n < 0 && errno == EPIPE) {
		duplex->out_closed = true;
		return 0;
	}
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	out->done += (size_t)n;
	duplex->flow->bytes += (uint64_t)n;
	if (out->done == out->block.bytes) {
		out->held = false;
		out->done = 0;
		*err = dmaring_stream_release(out->stream, out->block.data, 0);
	}
	return 0;
}

/* Takes what the device has for us. Return: 0, or -errno of the device. */
static int take_blocks(struct duplex *duplex)
{
	struct end *in = &duplex->in, *out = &duplex->out;
	int err = dmaring_stream_poll(&duplex->flow->ring);

	if (err < 0)
		return err;
	if (!out->held && dmaring_stream_ready(out->stream)) {
		err = dmaring_stream_next(out->stream, &out->block);
		if (err < 0)
			return err;
		if (out->block.res < 0)
			return out->block.res;
		flow_count(duplex->flow, &out->block);
		out->held = true;
		out->blocks++;
		duplex->moved_ns = flow_now_ns();
	}
	if (!in->held && dmaring_stream_ready(in->stream)) {
		err = dmaring_stream_next(in->stream, &in->block);
		if (err < 0)
			return err;
		if (!(in->block.flags & DMARING_BLOCK_FRESH) && in->block.res < 0)
			return in->block.res;
		in->held = true;
		duplex->moved_ns = flow_now_ns();
	}
	return 0;
}

/* Each block sent is one that comes back; if not, somebody must lose patience. */
static bool is_over(const struct duplex *duplex)
{
	if (flow_is_interrupted() || duplex->out_closed)
		return true;
	if (!duplex->in_ended || duplex->out.held)
		return false;
	return duplex->out.blocks >= duplex->in.blocks ||
	       flow_now_ns() - duplex->moved_ns > LINGER_NS;
}

/* Sleeps until an end or the device can go on. Return: 0 or -errno of an end. */
static int wait_and_move(struct duplex *duplex, int *err)
{
	const bool reads = duplex->in.held && !duplex->in_ended;
	struct pollfd fds[] = {
		{ .fd = reads ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = duplex->out.held ? STDOUT_FILENO : -1, .events = POLLOUT },
		{ .fd = dmaring_fd(&duplex->flow->ring), .events = POLLIN },
	};
	int64_t left = flow_left_ns(duplex->flow);
	int ret = 0;

	if (!left)
		duplex->in_ended = true;
	/* The ring wakes us for what we could take only. */
	if (duplex->out.held && (duplex->in.held || duplex->in_ended))
		fds[2].fd = -1;
	if (poll(fds, 3, (int)(left / NS_PER_MS) + 1) <= 0)
		return 0;
	*err = 0;
	if (fds[0].revents)
		ret = read_some(duplex, err);
	if (!ret && !*err && fds[1].revents)
		ret = write_some(duplex, err);
	return ret;
}

/* What was read so far when the time was up goes out too. */
static int end_input(struct duplex *duplex)
{
	if (duplex->in_ended && duplex->in.held && duplex->in.done)
		return send_block(duplex);
	return 0;
}

static int transfer(struct duplex *duplex)
{
	int ret, err = 0;

	while (!is_over(duplex)) {
		ret = wait_and_move(duplex, &err);
		if (ret < 0)
			return flow_fail(duplex->flow, ret, "the standard input or output");
		if (!err)
			err = end_input(duplex);
		if (!err)
			err = take_blocks(duplex);
		if (err < 0)
			return flow_fail(duplex->flow, err, NULL);
		flow_progress(duplex->flow, duplex->out.stream);
	}
	return TOOL_OK;
}

static int start_streams(struct duplex *duplex)
{
	struct dmaring_stream_options receive = {
		.first_buffer = settings.buffers,
		.block_bytes = output_bytes,
		.sequence_bytes = settings.sequence_bytes,
		.sequence_offset = settings.sequence_offset,
		.flags = settings.sequence_flags,
	};
	struct dmaring_stream_options send = {
		.buffers = settings.buffers,
		.block_bytes = settings.block_bytes,
	};
	int err;

	/* The receives first: what comes back must find them. */
	err = dmaring_stream_start(&duplex->flow->ring, 1, &receive, &duplex->out.stream);
	if (err < 0)
		return err;
	err = dmaring_stream_start(&duplex->flow->ring, 0, &send, &duplex->in.stream);
	return err < 0 ? err : take_blocks(duplex);
}

static int pass(struct flow *flow)
{
	struct duplex duplex = { .flow = flow, .write_max = PIPE_BUF };
	uint64_t missing = 0;
	struct stat stat;
	int status, err;

	/* A file never blocks for long; a pipe that is ready takes PIPE_BUF. */
	if (fstat(STDOUT_FILENO, &stat) == 0 && S_ISREG(stat.st_mode))
		duplex.write_max = SIZE_MAX;
	duplex.moved_ns = flow_now_ns();
	err = start_streams(&duplex);
	status = err < 0 ? flow_fail(flow, err, NULL) : transfer(&duplex);
	if (duplex.in.blocks > duplex.out.blocks)
		missing = duplex.in.blocks - duplex.out.blocks;
	/* The device answers block by block: that nothing is missing is known. */
	flow->loss_unknown = 0;
	if (duplex.in.stream)
		flow_summary(flow, duplex.in.stream, duplex.out.stream, missing);
	dmaring_stream_stop(duplex.in.stream);
	dmaring_stream_stop(duplex.out.stream);
	if (status == TOOL_OK && (flow->lost || (missing && !flow_is_interrupted())))
		status = TOOL_LOSS;
	return status;
}

static int run(int argc, char **argv)
{
	static const enum dmaring_channel_kind kinds[] = {
		DMARING_CHANNEL_SEND, DMARING_CHANNEL_RECEIVE, 0
	};
	static struct flow flow;
	unsigned int largest;
	int status;

	(void)argc;
	if (!output_bytes)
		output_bytes = settings.block_bytes;
	largest = output_bytes > settings.block_bytes ? output_bytes : settings.block_bytes;
	status = flow_parse(&settings, "pipe");
	if (status >= 0)
		return status;
	if (isatty(STDOUT_FILENO)) {
		tool_message("pipe: the standard output is a terminal (put > FILE or | behind it)");
		return TOOL_USAGE;
	}
	status = flow_open(&flow, &settings, "pipe", argv[0], kinds, 2 * settings.buffers, largest);
	if (status == TOOL_OK)
		status = pass(&flow);
	flow_close(&flow);
	return status;
}

const struct tool_command tool_pipe = {
	.name = "pipe",
	.arguments = "DEV",
	.summary = "Standard input, through a device, to the standard output",
	.detail = "For a device that gives one block back for each it is sent. Ends when all have\n"
		  "come back; when none comes for 2 seconds, it ends too, with exit status 3.",
	.options = options,
	.min = 1,
	.max = 1,
	.run = run,
};
