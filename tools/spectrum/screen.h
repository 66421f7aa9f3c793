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
 * @waterfall:	show the past too, a row for each update
 */
struct screen_caption {
	const char *title;
	const char *input;
	double rate;
	double total_s;
	bool waterfall;
};

/**
 * struct screen_progress - how far it is
 * @played_s:	seconds of signal
 * @status:	how it went until now, in a line
 */
struct screen_progress {
	double played_s;
	const char *status;
};

struct screen;

int screen_open(struct screen **out, const struct screen_caption *caption,
		const struct spectrogram *spectrogram, bool plain);
void screen_close(struct screen *screen);
int screen_input_fd(const struct screen *screen);
bool screen_wants_to_stop(struct screen *screen);
void screen_set_rate(struct screen *screen, double rate);
void screen_add_block(struct screen *screen);
bool screen_is_due(struct screen *screen, const struct screen_progress *progress, uint64_t now_ns);
void screen_update(struct screen *screen, const struct screen_progress *progress, uint64_t now_ns);

#endif
