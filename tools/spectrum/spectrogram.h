/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_SPECTROGRAM_H
#define SPECTRUM_SPECTROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#define SPECTROGRAM_ROWS_MAX	1024
#define SPECTROGRAM_COLUMNS	2048

/**
 * struct spectrogram - power over time and frequency, in bounded memory
 * @points:	length of the transform
 * @complex_signal: negative frequencies are shown too
 * @rows:	rows, lowest frequency first
 * @columns:	complete columns
 * @blocks_per_column: blocks averaged in each
 * @pending:	blocks in the unfinished column
 * @power:	columns of @rows values, mean power
 * @sum:	the unfinished column
 * @line:	the newest block, in rows
 */
struct spectrogram {
	unsigned int points;
	bool complex_signal;
	unsigned int rows;
	unsigned int columns;
	unsigned int blocks_per_column;
	unsigned int pending;
	float *power;
	float *sum;
	float *line;
};

int spectrogram_init(struct spectrogram *s, unsigned int points, bool complex_signal);
void spectrogram_destroy(struct spectrogram *s);
void spectrogram_add(struct spectrogram *s, const float *power);
void spectrogram_finish(struct spectrogram *s);
double spectrogram_low_hz(const struct spectrogram *s, double rate);
double spectrogram_high_hz(const struct spectrogram *s, double rate);
float spectrogram_db(float power);

#endif
