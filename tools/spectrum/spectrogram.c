// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the power over time and frequency, for the picture and for the live
 * screen. However long it plays the memory is bounded: when the columns are
 * used up neighbours are averaged and each stands for twice as many blocks.
 */
#include "spectrogram.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POWER_MIN	1e-16f	/* -160 dB, below anything that int16 can hold */

/**
 * spectrogram_init() - begin an empty spectrogram
 * @s:		what to fill in
 * @points:	length of the transform
 * @complex_signal: show -rate/2 .. rate/2; else 0 .. rate/2
 *
 * Return: 0 or -ENOMEM.
 */
int spectrogram_init(struct spectrogram *s, unsigned int points, bool complex_signal)
{
	unsigned int bins = complex_signal ? points : points / 2;

	memset(s, 0, sizeof(*s));
	s->points = points;
	s->complex_signal = complex_signal;
	s->rows = bins < SPECTROGRAM_ROWS_MAX ? bins : SPECTROGRAM_ROWS_MAX;
	s->blocks_per_column = 1;
	s->power = calloc((size_t)s->rows * SPECTROGRAM_COLUMNS, sizeof(*s->power));
	s->sum = calloc(s->rows, sizeof(*s->sum));
	s->line = calloc(s->rows, sizeof(*s->line));
	if (!s->power || !s->sum || !s->line) {
		spectrogram_destroy(s);
		return -ENOMEM;
	}
	return 0;
}

/**
 * spectrogram_destroy() - free what spectrogram_init() took
 * @s: may be partly initialised
 */
void spectrogram_destroy(struct spectrogram *s)
{
	free(s->power);
	free(s->sum);
	free(s->line);
	memset(s, 0, sizeof(*s));
}

/* A row keeps its strongest bin, so that a tone stays visible. */
static void bins_to_line(struct spectrogram *s, const float *power)
{
	unsigned int bins = s->complex_signal ? s->points : s->points / 2;
	unsigned int i;

	memset(s->line, 0, s->rows * sizeof(*s->line));
	for (i = 0; i < bins; i++) {
		unsigned int row = (unsigned long long)i * s->rows / bins;
		float p;

		if (s->complex_signal)
			p = power[(i + s->points / 2) % s->points];
		else
			p = i == 0 ? power[0] : 4 * power[i];	/* and its mirror image */
		if (p > s->line[row])
			s->line[row] = p;
	}
}

static void halve(struct spectrogram *s)
{
	unsigned int column, row;

	for (column = 0; column < s->columns / 2; column++)
		for (row = 0; row < s->rows; row++) {
			const float *pair = s->power + (size_t)2 * column * s->rows + row;

			s->power[(size_t)column * s->rows + row] = (pair[0] + pair[s->rows]) / 2;
		}
	s->columns /= 2;
	s->blocks_per_column *= 2;
}

static void close_column(struct spectrogram *s)
{
	float *column = s->power + (size_t)s->columns * s->rows;
	unsigned int row;

	for (row = 0; row < s->rows; row++)
		column[row] = s->sum[row] / s->pending;
	memset(s->sum, 0, s->rows * sizeof(*s->sum));
	s->pending = 0;
	s->columns++;
}

/**
 * spectrogram_add() - add one block
 * @s:		the spectrogram
 * @power:	points values in the order of the transform, as from
 *		reference_power()
 */
void spectrogram_add(struct spectrogram *s, const float *power)
{
	unsigned int row;

	bins_to_line(s, power);
	if (s->columns == SPECTROGRAM_COLUMNS)
		halve(s);
	for (row = 0; row < s->rows; row++)
		s->sum[row] += s->line[row];
	if (++s->pending == s->blocks_per_column)
		close_column(s);
}

/**
 * spectrogram_finish() - count the unfinished column as a whole one
 * @s: the spectrogram
 */
void spectrogram_finish(struct spectrogram *s)
{
	if (s->pending == 0)
		return;
	if (s->columns == SPECTROGRAM_COLUMNS)
		halve(s);
	close_column(s);
}

/**
 * spectrogram_low_hz() - frequency at the bottom
 * @s:		the spectrogram
 * @rate:	frames per second
 */
double spectrogram_low_hz(const struct spectrogram *s, double rate)
{
	return s->complex_signal ? -rate / 2 : 0;
}

/**
 * spectrogram_high_hz() - frequency at the top
 * @s:		the spectrogram
 * @rate:	frames per second
 */
double spectrogram_high_hz(const struct spectrogram *s, double rate)
{
	(void)s;
	return rate / 2;
}

/**
 * spectrogram_db() - power in dB of full scale
 * @power: 1.0 is a tone of full scale
 */
float spectrogram_db(float power)
{
	return 10 * log10f(power > POWER_MIN ? power : POWER_MIN);
}
