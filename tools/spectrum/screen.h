/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_SCREEN_H
#define SPECTRUM_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "spectrogram.h"

/**
 * struct screen_caption - what does not change while it plays
 * @title:	device and transform
 * @input:	name of the recording
 * @rate:	frames per second
 * @total_s:	length; 0: not known
 */
struct screen_caption {
	const char *title;
	const char *input;
	double rate;
	double total_s;
};

/**
 * struct screen_progress - how far it is
 * @played_s:	seconds of signal sent
 * @blocks:	blocks compared
 * @lost:	blocks lost
 * @wrong:	blocks that came back wrong
 * @snr_min_db:	lowest ratio; meaningless while @loud is 0
 * @loud:	blocks that @snr_min_db is about
 */
struct screen_progress {
	double played_s;
	uint64_t blocks;
	uint64_t lost;
	uint64_t wrong;
	double snr_min_db;
	uint64_t loud;
};

struct screen;

int screen_open(struct screen **out, const struct screen_caption *caption,
		const struct spectrogram *spectrogram, bool plain);
void screen_close(struct screen *screen);
int screen_input_fd(const struct screen *screen);
bool screen_wants_to_stop(struct screen *screen);
void screen_add_block(struct screen *screen);
bool screen_is_due(struct screen *screen, const struct screen_progress *progress, uint64_t now_ns);
void screen_update(struct screen *screen, const struct screen_progress *progress, uint64_t now_ns);

#endif
