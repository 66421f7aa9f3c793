// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the cutting of a signal into blocks: Hann window, half overlapped,
 * rounded to int16 again, which is what the device gets and what its answer is
 * compared with.
 */
#include "framer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_MIN_DB	-200.0	/* digital silence, where the logarithm ends */

/**
 * framer_init() - prepare for blocks of a given length
 * @framer:	what to fill in
 * @points:	frames of a block, even
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int framer_init(struct framer *framer, unsigned int points)
{
	unsigned int i;

	memset(framer, 0, sizeof(*framer));
	if (points < 2 || points % 2)
		return -EINVAL;
	framer->points = points;
	framer->hop = points / 2;
	framer->window = malloc(points * sizeof(*framer->window));
	framer->history = malloc(points * 2 * sizeof(*framer->history));
	if (!framer->window || !framer->history) {
		framer_destroy(framer);
		return -ENOMEM;
	}
	for (i = 0; i < points; i++)
		framer->window[i] = 0.5 - 0.5 * cos(2 * M_PI * i / points);
	return 0;
}

/**
 * framer_destroy() - free what framer_init() took
 * @framer: may be partly initialised
 */
void framer_destroy(struct framer *framer)
{
	free(framer->window);
	free(framer->history);
	framer->window = NULL;
	framer->history = NULL;
}

/**
 * framer_room() - frames that are missing to the next block
 * @framer: the framer
 */
size_t framer_room(const struct framer *framer)
{
	return framer->points - framer->filled;
}

/**
 * framer_push() - add samples
 * @framer:	the framer
 * @iq:		I and Q
 * @frames:	at most framer_room()
 */
void framer_push(struct framer *framer, const int16_t *iq, size_t frames)
{
	memcpy(framer->history + 2 * framer->filled, iq, frames * 2 * sizeof(*iq));
	framer->filled += frames;
	framer->fresh += frames;
}

/**
 * framer_restart() - what comes next does not follow what came before
 * @framer: the framer
 */
void framer_restart(struct framer *framer)
{
	framer->filled = 0;
	framer->fresh = 0;
}

/**
 * framer_flush() - complete the last block with silence
 * @framer: the framer
 *
 * Does nothing when every sample has been in a block already.
 */
void framer_flush(struct framer *framer)
{
	if (framer->fresh == 0)
		return;
	memset(framer->history + 2 * framer->filled, 0,
	       framer_room(framer) * 2 * sizeof(*framer->history));
	framer->filled = framer->points;
}

/**
 * framer_take() - take the next block
 * @framer:	the framer
 * @block:	room for points pairs: the windowed block
 * @level_db:	RMS of I + jQ before the window, against full scale (32768)
 *
 * Return: false if samples are missing.
 */
bool framer_take(struct framer *framer, int16_t *block, double *level_db)
{
	unsigned int i;
	double sum = 0;

	if (framer_room(framer) != 0)
		return false;
	for (i = 0; i < framer->points; i++) {
		double re = framer->history[2 * i];
		double im = framer->history[2 * i + 1];

		sum += re * re + im * im;
		block[2 * i] = lrint(re * framer->window[i]);
		block[2 * i + 1] = lrint(im * framer->window[i]);
	}
	sum /= framer->points * 32768.0 * 32768.0;
	*level_db = sum > 0 ? 10 * log10(sum) : LEVEL_MIN_DB;

	framer->filled -= framer->hop;
	framer->fresh = 0;
	memmove(framer->history, framer->history + 2 * framer->hop,
		framer->filled * 2 * sizeof(*framer->history));
	return true;
}
