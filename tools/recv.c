// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring recv: from a device to a file or to the standard output.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow.h"
#include "recv.h"

#define WAV_HEADER_BYTES	44
#define WAV_SAMPLE_BYTES	2

static struct flow_options settings = FLOW_OPTIONS;
static const char *wav_text;
static bool waits, buffered, keep_sync;

recv_direct_function *recv_direct;

static const struct tool_option options[] = {
	FLOW_LIMIT_ROWS(settings),
	FLOW_BUFFER_ROWS(settings),
	FLOW_SEQUENCE_ROW(settings),
	{ .name = "waits", .help = "the device waits for a buffer: having none loses nothing",
	  .flag = &waits },
	{ .name = "buffered", .help = "copy to FILE, though it could be written without",
	  .flag = &buffered },
	{ .name = "sync", .help = "the disk's driver looks at the bytes with the CPU",
	  .flag = &keep_sync },
	{ .name = "wav", .argument = "RATE[:N]",
	  .help = "WAV, samples of 16 bits at RATE, N channels (1)", .string = &wav_text },
	{ .name = "channel", .argument = "NAME", .help = "the channel, if there are several",
	  .string = &settings.channel },
	FLOW_REPORT_ROWS(settings),
	{ .name = NULL },
};

struct output {
	const char *name;
	int fd;
	bool wav;
	uint32_t rate;
	uint16_t channels;
	bool closed;		/* nobody reads it any more */
};

static bool parse_wav(struct output *output)
{
	unsigned long rate, channels = 1;
	char *end;

	rate = strtoul(wav_text, &end, 10);
	if (*end == ':')
		channels = strtoul(end + 1, &end, 10);
	if (*end || end == wav_text || !rate || rate > 1000000000 || !channels || channels > 64)
		return false;
	output->wav = true;
	output->rate = (uint32_t)rate;
	output->channels = (uint16_t)channels;
	return true;
}

/* Return: 0, or -errno; -EPIPE: the reader has gone; -EINTR: the user wants the end. */
static int write_all(const struct output *output, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes) {
		ssize_t n = write(output->fd, at, bytes);

		if (n < 0 && errno == EINTR && !flow_is_interrupted())
			continue;
		if (n < 0)
			return -errno;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static void put32(unsigned char *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof(value));
}

static void put16(unsigned char *to, uint16_t value)
{
	value = htole16(value);
	memcpy(to, &value, sizeof(value));
}

/* Of UINT32_MAX bytes: nobody knows how many there will be. */
static int write_header(const struct output *output, uint64_t bytes)
{
	unsigned char header[WAV_HEADER_BYTES] = "RIFF....WAVEfmt ";
	uint32_t frame = output->channels * WAV_SAMPLE_BYTES;
	uint32_t data = bytes < UINT32_MAX - WAV_HEADER_BYTES ? (uint32_t)bytes : UINT32_MAX;

	put32(header + 4, data == UINT32_MAX ? data : data + WAV_HEADER_BYTES - 8);
	put32(header + 16, 16);
	put16(header + 20, 1);		/* linear */
	put16(header + 22, output->channels);
	put32(header + 24, output->rate);
	put32(header + 28, output->rate * frame);
	put16(header + 32, (uint16_t)frame);
	put16(header + 34, 8 * WAV_SAMPLE_BYTES);
	memcpy(header + 36, "data", 4);
	put32(header + 40, data);
	return write_all(output, header, sizeof(header));
}

static int open_output(struct output *output, const char *path)
{
	output->name = path && strcmp(path, "-") ? path : "the standard output";
	output->fd = STDOUT_FILENO;
	if (wav_text && !parse_wav(output)) {
		tool_message("recv: --wav %s makes no sense (try: dmaring recv --help)", wav_text);
		return TOOL_USAGE;
	}
	if (path && strcmp(path, "-")) {
		output->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (output->fd < 0) {
			tool_message("recv: open %s: %s", path, strerror(errno));
			return TOOL_FAILED;
		}
	} else if (isatty(STDOUT_FILENO)) {
		tool_message("recv: the standard output is a terminal (name a file, or - with | "
			     "behind it)");
		return TOOL_USAGE;
	}
	return TOOL_OK;
}

/* The true length, where the file can still be told. Return: 0 or -errno. */
static int close_output(const struct output *output, uint64_t bytes)
{
	int err = 0;

	if (output->wav && !output->closed && lseek(output->fd, 0, SEEK_SET) == 0)
		err = write_header(output, bytes);
	if (output->fd != STDOUT_FILENO && close(output->fd) < 0 && !err)
		err = -errno;
	return err;
}

/* Return: 0 or -errno of the output. */
static int put_block(struct flow *flow, struct output *output,
		     const struct dmaring_stream_block *block)
{
	uint64_t left = settings.bytes - flow->bytes;
	size_t bytes = block->bytes < left ? block->bytes : (size_t)left;
	int err;

	flow_count(flow, block);
	err = write_all(output, block->data, bytes);
	if (err == -EPIPE) {
		output->closed = true;
		return 0;
	}
	if (!err)
		flow->bytes += bytes;
	return err;
}

/* Return: 0: go on; 1: the end; or -errno of the device. */
static int step(struct flow *flow, struct dmaring_stream *stream, struct output *output,
		int *status)
{
	struct dmaring_stream_block block;
	int err;

	if (output->closed)
		return 1;
	err = flow_next(flow, stream, &block);
	if (err)
		return err == -EAGAIN ? 0 : err;
	if (block.res < 0)
		return block.res;
	err = put_block(flow, output, &block);
	if (err == -EINTR)
		return 1;
	if (err < 0) {
		*status = flow_fail(flow, err, output->name);
		return 1;
	}
	return dmaring_stream_release(stream, block.data, 0);
}

static int receive(struct flow *flow, struct output *output)
{
	const struct dmaring_stream_options wanted = {
		.block_bytes = settings.block_bytes,
		.sequence_bytes = settings.sequence_bytes,
		.sequence_offset = settings.sequence_offset,
		.flags = settings.sequence_flags,
	};
	struct dmaring_stream *stream;
	int status = TOOL_OK, err;

	if (output->fd != STDOUT_FILENO) {
		flow->way = "buffered writes";
		flow->copied = 1;
	}
	err = output->wav ? write_header(output, UINT32_MAX) : 0;
	if (err < 0)
		return flow_fail(flow, err, output->name);
	err = dmaring_stream_start(&flow->ring, 0, &wanted, &stream);
	if (err < 0)
		return flow_fail(flow, err, NULL);
	while ((err = step(flow, stream, output, &status)) == 0)
		;
	if (err < 0)
		status = flow_fail(flow, err, NULL);
	err = close_output(output, flow->bytes);
	if (err < 0)
		status = flow_fail(flow, err, output->name);
	flow_summary(flow, NULL, stream, 0);
	dmaring_stream_stop(stream);
	if (status == TOOL_OK && (flow->lost || (flow->loss_unknown && !waits)))
		status = TOOL_LOSS;
	return status;
}

static int run(int argc, char **argv)
{
	static const enum dmaring_channel_kind kinds[] = { DMARING_CHANNEL_RECEIVE, 0 };
	struct output output = { .fd = -1 };
	static struct flow flow;
	int status;

	status = flow_parse(&settings, "recv");
	if (status >= 0)
		return status;
	if (argc > 1 && recv_direct && !wav_text && !buffered) {
		const struct recv_request request = {
			.device = argv[0], .to = argv[1], .waits = waits, .sync = keep_sync,
		};

		status = recv_direct(&settings, &request);
		if (status != RECV_COPY)
			return status;
	} else if (argc > 1 && !strncmp(argv[1], RECV_TCP, strlen(RECV_TCP))) {
		tool_message(recv_direct ? "recv: %s takes neither --wav nor --buffered" :
			     "recv: %s needs the program dmaring-recv, which is not installed",
			     argv[1]);
		return TOOL_USAGE;
	}
	status = flow_open(&flow, &settings, "recv", argv[0], kinds, settings.buffers,
			   settings.block_bytes);
	if (status == TOOL_OK)
		status = open_output(&output, argc > 1 ? argv[1] : NULL);
	if (status == TOOL_OK)
		status = receive(&flow, &output);
	flow_close(&flow);
	return status;
}

const struct tool_command tool_recv = {
	.name = "recv",
	.arguments = "DEV [FILE|tcp:HOST:PORT]",
	.summary = "Receive from a device into a file, a socket or the standard output",
	.program = true,
	.detail = "To a file on a disk and to a socket the bytes go without a copy by the CPU (program\n"
		  "dmaring-recv). Goes on until a limit is reached, the reader goes away, or Ctrl-C. Exit status 3:\n"
		  "blocks were lost, or may have been: the device was once without a buffer, and\n"
		  "without --sequence nobody can tell what that did.",
	.options = options,
	.min = 1,
	.max = 2,
	.run = run,
};
