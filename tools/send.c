// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring send: from a file or the standard input to a device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow.h"

static struct flow_options settings = FLOW_OPTIONS;

static const struct tool_option options[] = {
	FLOW_LIMIT_ROWS(settings),
	FLOW_BUFFER_ROWS(settings),
	{ .name = "channel", .argument = "NAME", .help = "the channel, if there are several",
	  .string = &settings.channel },
	FLOW_REPORT_ROWS(settings),
	{ .name = NULL },
};

struct input {
	const char *name;
	int fd;
	bool ended;
};

/* Fills a buffer; less only at the end. Return: bytes, or -errno. */
static ssize_t read_block(struct flow *flow, struct input *input, char *to, size_t room)
{
	uint64_t left = settings.bytes - flow->bytes;
	size_t bytes = 0;

	if (room > left)
		room = (size_t)left;
	while (bytes < room) {
		ssize_t n = read(input->fd, to + bytes, room - bytes);

		if (n < 0 && errno == EINTR && !flow_is_interrupted())
			continue;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0) {
			input->ended = true;
			break;
		}
		bytes += (size_t)n;
	}
	return (ssize_t)bytes;
}

/* Return: 0: go on; 1: the end of the input; or -errno of the device. */
static int step(struct flow *flow, struct dmaring_stream *stream, struct input *input, int *status)
{
	struct dmaring_stream_block block;
	ssize_t bytes;
	int err;

	if (input->ended)
		return 1;
	err = flow_next(flow, stream, &block);
	if (err)
		return err == -EAGAIN ? 0 : err;
	if (!(block.flags & DMARING_BLOCK_FRESH) && block.res < 0)
		return block.res;
	bytes = read_block(flow, input, block.data, settings.block_bytes);
	if (bytes < 0) {
		*status = flow_fail(flow, (int)bytes, input->name);
		return 1;
	}
	if (!bytes)
		return 1;
	err = dmaring_stream_release(stream, block.data, (size_t)bytes);
	if (err < 0)
		return err;
	flow->blocks++;
	flow->bytes += (uint64_t)bytes;
	return 0;
}

/* All that was read goes out, unless the user wants the end or time is up. */
static int drain(struct flow *flow, struct dmaring_stream *stream)
{
	struct dmaring_stream_block block;
	int64_t left;
	int err;

	for (;;) {
		left = flow_left_ns(flow);
		err = dmaring_stream_drain(stream, left);
		flow_progress(flow, stream);
		if (err != -ETIME && err != -EINTR)
			break;
		if (!left || flow_is_interrupted())
			return 0;
	}
	while (!err && dmaring_stream_next(stream, &block) == 0)
		if (!(block.flags & DMARING_BLOCK_FRESH) && block.res < 0)
			err = block.res;
	return err;
}

static int transmit(struct flow *flow, struct input *input)
{
	const struct dmaring_stream_options wanted = { .block_bytes = settings.block_bytes };
	struct dmaring_stream_stats stats;
	struct dmaring_stream *stream;
	int status = TOOL_OK, err;

	err = dmaring_stream_start(&flow->ring, 0, &wanted, &stream);
	if (err < 0)
		return flow_fail(flow, err, NULL);
	while ((err = step(flow, stream, input, &status)) == 0)
		;
	if (err > 0)
		err = drain(flow, stream);
	if (err < 0)
		status = flow_fail(flow, err, NULL);
	dmaring_stream_get_stats(stream, &stats);
	/* What left is what counts. */
	flow->blocks = stats.blocks;
	flow->bytes = stats.bytes;
	flow_summary(flow, stream, NULL, 0);
	if (status == TOOL_OK && stats.armed) {
		tool_message("send %s: %u blocks that were read have not been sent", flow->device,
			     stats.armed);
		status = TOOL_LOSS;
	}
	dmaring_stream_stop(stream);
	return status;
}

static int open_input(struct input *input, const char *path)
{
	input->name = "the standard input";
	input->fd = STDIN_FILENO;
	if (!path || !strcmp(path, "-"))
		return TOOL_OK;
	input->name = path;
	input->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (input->fd >= 0)
		return TOOL_OK;
	tool_message("send: open %s: %s", path, strerror(errno));
	return TOOL_FAILED;
}

static int run(int argc, char **argv)
{
	static const enum dmaring_channel_kind kinds[] = { DMARING_CHANNEL_SEND, 0 };
	static struct flow flow;
	struct input input = { .fd = -1 };
	int status;

	status = flow_parse(&settings, "send");
	if (status < 0)
		status = open_input(&input, argc > 1 ? argv[1] : NULL);
	if (status == TOOL_OK)
		status = flow_open(&flow, &settings, "send", argv[0], kinds, settings.buffers,
				   settings.block_bytes);
	if (status == TOOL_OK)
		status = transmit(&flow, &input);
	flow_close(&flow);
	if (input.fd > STDIN_FILENO)
		close(input.fd);
	return status;
}

const struct tool_command tool_send = {
	.name = "send",
	.arguments = "DEV [FILE]",
	.summary = "Send a file or the standard input to a device",
	.detail = "Ends when all that was read has been sent, at a limit, or with Ctrl-C. The last\n"
		  "block may be shorter. Exit status 3: not all that was read has been sent.",
	.options = options,
	.min = 1,
	.max = 2,
	.run = run,
};
