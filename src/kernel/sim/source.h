/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block that makes data at a rate: what source0 and adc0 share.
 */
#ifndef _DMARING_SIM_SOURCE_H
#define _DMARING_SIM_SOURCE_H

#include <linux/types.h>
#include "fft_core.h"
#include "sim.h"

struct source;

/**
 * typedef source_words_t - makes what a source gives
 * @device: the device; its lock is not held
 * @to: words, little-endian
 * @first: number of the first one since the source was made
 * @words: how many
 *
 * The same word must come for the same number, however they are asked for: a
 * source may skip, and may be cut anywhere.
 */
typedef void source_words_t(struct sim_device *device, __le32 *to, u64 first, size_t words);

/**
 * struct source - the block
 * @words: makes the pattern
 * @pattern: for it, of whoever made the source
 * @sequence: number the blocks
 * @block_bytes: 0: no blocks
 * @started: the first receive was armed
 * @starved: nothing was armed when last seen
 * @emitting: bytes of the present block that are due
 * @position: in the pattern, bytes
 * @blocks: made, dropped ones too
 * @dropped_blocks: wholly or in part
 * @drops: dropped bytes
 * @turns: fft_twiddles()
 * @scratch: data under construction
 */
struct source {
	source_words_t *words;
	void *pattern;
	bool sequence;
	u32 block_bytes;
	bool started;
	bool starved;
	u32 emitting;
	u64 position;
	u64 blocks;
	u64 dropped_blocks;
	u64 drops;
	struct fft_complex *turns;
	__le32 *scratch;
};

/**
 * source_turn() - one point of the unit circle
 * @source: the source
 * @phase: in turns, 16 bits after the point
 *
 * Return: cosine and minus sine, as fft_twiddles() has them.
 */
static inline struct fft_complex source_turn(const struct source *source, u16 phase)
{
	struct fft_complex turn = source->turns[phase % (FFT_POINTS_MAX / 2)];

	if (phase >= FFT_POINTS_MAX / 2) {
		turn.re = -turn.re;
		turn.im = -turn.im;
	}
	return turn;
}

int source_create(struct sim_device *device, source_words_t *words, size_t pattern_bytes);
void source_destroy(struct sim_device *device);
bool source_step(struct sim_device *device, unsigned long *flags);
void source_reset(struct sim_device *device, struct sim_channel *channel);
void source_debugfs(struct sim_device *device, struct dentry *directory);

#endif /* _DMARING_SIM_SOURCE_H */
