/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_FRAMER_H
#define SPECTRUM_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct framer - samples in, overlapping windowed blocks out
 * @points:	frames of a block
 * @hop:	frames from the start of one block to the start of the next
 * @filled:	frames in @history
 * @fresh:	frames in @history that no block has had yet
 * @window:	Hann window, periodic: overlapped by half it adds up to one
 * @history:	the last frames, I and Q
 */
struct framer {
	unsigned int points;
	unsigned int hop;
	unsigned int filled;
	unsigned int fresh;
	double *window;
	int16_t *history;
};

int framer_init(struct framer *framer, unsigned int points);
void framer_destroy(struct framer *framer);
size_t framer_room(const struct framer *framer);
void framer_push(struct framer *framer, const int16_t *iq, size_t frames);
void framer_restart(struct framer *framer);
void framer_flush(struct framer *framer);
bool framer_take(struct framer *framer, int16_t *block, double *level_db);

#endif
