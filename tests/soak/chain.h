/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source0 to this program to sink0: two streams in queue mode, on the library,
 * every word looked at on both sides.
 */
#ifndef _DMARING_TESTS_SOAK_CHAIN_H
#define _DMARING_TESTS_SOAK_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaring/dmaring.h>

/**
 * struct chain - the two streams, and their account
 * @in:		ring on source0
 * @out:	ring on sink0
 * @source:	stream of numbered blocks
 * @sink:	stream of the same, without the gaps
 * @block_bytes: of a block
 * @buffers:	of each stream
 * @drops:	dropped_blocks of the source when it began
 * @blocks:	taken from the source and given to the sink
 * @missing:	blocks between them, from their numbers as this program reads them
 * @wrong:	words that are not what their place asks for
 * @first:	the source's number of the first block
 * @start:	first word of that block
 * @number:	of the last block
 */
struct chain {
	struct dmaring in;
	struct dmaring out;
	struct dmaring_stream *source;
	struct dmaring_stream *sink;
	uint32_t block_bytes;
	uint32_t buffers;
	uint64_t drops;
	uint64_t blocks;
	uint64_t missing;
	uint64_t wrong;
	uint64_t first;
	uint32_t start;
	uint64_t number;
};

/* A knob of the virtual controller; knob_number() is negative if it has none. */
int64_t knob_number(const char *device, const char *name);
int knob_set(const char *device, const char *name, uint64_t value);

/**
 * chain_start() - open both devices, set the source's shape, start both streams
 * @chain:	filled in
 * @block_bytes: of a block, a multiple of 8
 * @buffers:	of each stream
 * @per_second:	blocks that the source makes; 0: it waits for buffers
 *
 * Return: 0 or -errno, which has been said on stderr.
 */
int chain_start(struct chain *chain, uint32_t block_bytes, uint32_t buffers, uint32_t per_second);

/* Lets the source make so many blocks a second from now on; 0: it waits. */
int chain_rate(const struct chain *chain, uint32_t per_second);

/**
 * chain_step() - one block from the source to the sink
 * @chain:	the chain
 *
 * Return: 0, or -errno: -ETIME if none came in ten seconds; -EIO if its transfer
 * failed.
 */
int chain_step(struct chain *chain);

/**
 * chain_settle() - let the source wait, and take all that it made before
 * @chain:	the chain
 *
 * Afterwards what was dropped is behind the last block taken, so that the
 * account of this program and that of the source are of the same blocks.
 *
 * Return: as chain_step().
 */
int chain_settle(struct chain *chain);

/* What the source says it has dropped since the start. */
int64_t chain_dropped(const struct chain *chain);

/* Lets the sink end, stops both streams and closes. 0 or -errno. */
int chain_stop(struct chain *chain);

#endif /* _DMARING_TESTS_SOAK_CHAIN_H */
