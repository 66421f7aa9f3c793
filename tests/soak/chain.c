// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Source to sink; see chain.h.
 *
 * A block of the source begins with its number, 64 bits; the words behind that
 * are a counter that goes on from block to block, dropped ones included. The
 * sink wants a counter from 0 without gaps: each word is sent on less what the
 * gaps before it come to, with the counter in place of the number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"

#define PATIENCE_NS	10000000000LL
#define NUMBER_WORDS	2

static void knob_path(char *path, size_t bytes, const char *device, const char *name)
{
	snprintf(path, bytes, "/sys/kernel/debug/dmaring_sim/%s/%s", device, name);
}

int64_t knob_number(const char *device, const char *name)
{
	char path[128], text[32] = "";
	ssize_t n;
	int fd;

	knob_path(path, sizeof(path), device, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? strtoll(text, NULL, 0) : -EIO;
}

int knob_set(const char *device, const char *name, uint64_t value)
{
	char path[128], text[32];
	int fd, n, err = 0;

	knob_path(path, sizeof(path), device, name);
	n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)n) != n) {
		err = -errno;
		fprintf(stderr, "# %s: %s\n", path, strerror(-err));
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static int said(int err, const char *device)
{
	char text[512];

	if (err < 0) {
		dmaring_explain_error(err, "soak", device, text, sizeof(text));
		fprintf(stderr, "# %s\n", text);
	}
	return err;
}

static int open_one(struct dmaring *ring, const char *device, const char *channel,
		    const struct chain *chain, const struct dmaring_stream_options *stream_options,
		    struct dmaring_stream **stream)
{
	const struct dmaring_options options = {
		.entries = 64, .buffers = chain->buffers, .buffer_bytes = chain->block_bytes,
	};
	int err = said(dmaring_open(ring, device, &options), device);

	if (err < 0)
		return err;
	err = dmaring_stream_start(ring, (unsigned int)dmaring_channel(ring, channel),
				   stream_options, stream);
	if (said(err, device) < 0)
		dmaring_close(ring);
	return err;
}

int chain_rate(const struct chain *chain, uint32_t per_second)
{
	return knob_set("source0", "bytes_per_second", (uint64_t)per_second * chain->block_bytes);
}

int64_t chain_dropped(const struct chain *chain)
{
	int64_t now = knob_number("source0", "dropped_blocks");

	return now < 0 ? now : now - (int64_t)chain->drops;
}

int chain_start(struct chain *chain, uint32_t block_bytes, uint32_t buffers, uint32_t per_second)
{
	const struct dmaring_stream_options numbered = { .sequence_bytes = 8 };
	int64_t drops;
	int err;

	memset(chain, 0, sizeof(*chain));
	chain->block_bytes = block_bytes;
	chain->buffers = buffers;
	drops = knob_number("source0", "dropped_blocks");
	if (drops < 0)
		return (int)drops;
	chain->drops = (uint64_t)drops;
	err = knob_set("source0", "block_bytes", block_bytes);
	if (!err)
		err = knob_set("source0", "sequence", 1);
	if (!err)
		err = chain_rate(chain, per_second);
	if (!err)
		err = knob_set("sink0", "check", 1);
	if (!err)
		err = knob_set("sink0", "mismatches", 0);
	if (err)
		return err;
	err = open_one(&chain->out, "sink0", "tx", chain, NULL, &chain->sink);
	if (err < 0)
		return err;
	err = open_one(&chain->in, "source0", "rx", chain, &numbered, &chain->source);
	if (err < 0) {
		dmaring_stream_stop(chain->sink);
		dmaring_close(&chain->out);
	}
	return err;
}

/* Checks a block and makes of it the next one for the sink. */
static void pass(struct chain *chain, const uint32_t *from, uint32_t *to)
{
	uint32_t words = chain->block_bytes / sizeof(*from), expected, next, i;
	uint32_t wrong = 0;
	uint64_t number;

	memcpy(&number, from, sizeof(number));
	if (!chain->blocks) {
		chain->first = number;
		chain->start = from[NUMBER_WORDS] - NUMBER_WORDS;
	} else if (number <= chain->number) {
		chain->wrong++;
	} else {
		chain->missing += number - chain->number - 1;
	}
	chain->number = number;
	expected = chain->start + (uint32_t)(number - chain->first) * words;
	next = (uint32_t)chain->blocks * words;
	for (i = 0; i < NUMBER_WORDS; i++)
		to[i] = next + i;
	for (; i < words; i++) {
		wrong += from[i] != expected + i;
		to[i] = from[i] - expected + next;
	}
	chain->wrong += wrong;
	chain->blocks++;
}

/* A signal is looked at between two blocks, not amid one. */
static int next(struct dmaring_stream *stream, struct dmaring_stream_block *block)
{
	int err;

	do {
		err = dmaring_stream_wait_next(stream, block, PATIENCE_NS);
	} while (err == -EINTR);
	return err;
}

int chain_step(struct chain *chain)
{
	struct dmaring_stream_block from, to;
	int err;

	err = next(chain->source, &from);
	if (err < 0)
		return err;
	if (from.res < 0 || from.bytes != chain->block_bytes) {
		fprintf(stderr, "# source0: result %d, %u bytes\n", from.res, from.bytes);
		return -EIO;
	}
	err = next(chain->sink, &to);
	if (err < 0)
		return err;
	if (to.res < 0) {
		fprintf(stderr, "# sink0: result %d\n", to.res);
		return -EIO;
	}
	pass(chain, from.data, to.data);
	err = dmaring_stream_release(chain->source, from.data, 0);
	if (!err)
		err = dmaring_stream_release(chain->sink, to.data, chain->block_bytes);
	return err;
}

int chain_settle(struct chain *chain)
{
	int err = chain_rate(chain, 0);
	uint32_t i;

	/* When every buffer was with the source once more, it has waited for each. */
	for (i = 0; !err && i < 2 * chain->buffers; i++)
		err = chain_step(chain);
	return err;
}

int chain_stop(struct chain *chain)
{
	int err = dmaring_stream_drain(chain->sink, PATIENCE_NS), ret;

	ret = dmaring_stream_stop(chain->source);
	err = err < 0 ? err : ret;
	ret = dmaring_stream_stop(chain->sink);
	err = err < 0 ? err : ret;
	dmaring_close(&chain->in);
	dmaring_close(&chain->out);
	return said(err, "source0 to sink0");
}
