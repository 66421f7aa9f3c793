/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_PICTURE_H
#define SPECTRUM_PICTURE_H

#include "spectrogram.h"

/**
 * struct picture - what is written around a spectrogram
 * @title:	large, above
 * @subtitle:	small, below the title
 * @rate:	frames per second
 * @seconds:	length of the time axis
 */
struct picture {
	const char *title;
	const char *subtitle;
	double rate;
	double seconds;
};

int picture_write(const char *path, const struct spectrogram *s, const struct picture *picture);

#endif
