// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the mean spectrum of a run, and finds the lines in it: bins that stand
 * out of their neighbourhood. What is as wide as the neighbourhood, such as a
 * chirp, is no line.
 */
#include "peaks.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NEIGHBOURS	32	/* bins on each side */
#define LOBE		2	/* bins on each side that a line fills: Hann window */
#define OUTSTANDING	10.0	/* times the median of the neighbourhood */

/**
 * mean_spectrum_init() - begin an empty mean
 * @mean:	what to fill in
 * @points:	length of the transform
 *
 * Return: 0 or -ENOMEM.
 */
int mean_spectrum_init(struct mean_spectrum *mean, unsigned int points)
{
	mean->points = points;
	mean->transforms = 0;
	mean->sum = calloc(points, sizeof(*mean->sum));
	return mean->sum ? 0 : -ENOMEM;
}

/**
 * mean_spectrum_destroy() - free what mean_spectrum_init() took
 * @mean: may be empty
 */
void mean_spectrum_destroy(struct mean_spectrum *mean)
{
	free(mean->sum);
	mean->sum = NULL;
}

/**
 * mean_spectrum_add() - add one spectrum
 * @mean:	the mean
 * @power:	points values in the order of the transform
 */
void mean_spectrum_add(struct mean_spectrum *mean, const float *power)
{
	unsigned int i;

	for (i = 0; i < mean->points; i++)
		mean->sum[i] += power[i];
	mean->transforms++;
}

/* The spectrum is a circle. */
static double at(const struct mean_spectrum *mean, int bin)
{
	return mean->sum[(unsigned int)bin & (mean->points - 1)];
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median_around(const struct mean_spectrum *mean, int bin)
{
	int most = mean->points / 2 - 1, reach = most < NEIGHBOURS ? most : NEIGHBOURS, i;
	double level[2 * NEIGHBOURS] = { 0 };
	int n = 0;

	for (i = LOBE + 1; i <= reach; i++) {
		level[n++] = at(mean, bin - i);
		level[n++] = at(mean, bin + i);
	}
	qsort(level, n, sizeof(*level), by_size);
	return level[n / 2];
}

static bool is_peak(const struct mean_spectrum *mean, int bin)
{
	double power = at(mean, bin);
	int i;

	for (i = 1; i <= LOBE; i++)
		if (at(mean, bin - i) >= power || at(mean, bin + i) > power)
			return false;
	return power > OUTSTANDING * median_around(mean, bin);
}

/* Between bins by a parabola through the logarithms, which a Hann lobe nearly is. */
static double turns_of(const struct mean_spectrum *mean, int bin)
{
	double below = log(at(mean, bin - 1) + 1e-300);
	double here = log(at(mean, bin) + 1e-300);
	double above = log(at(mean, bin + 1) + 1e-300);
	double bend = below - 2 * here + above;
	double turns = (bin + (bend ? (below - above) / (2 * bend) : 0)) / mean->points;

	return turns < 0.5 ? turns : turns - 1;
}

/**
 * mean_spectrum_peaks() - the lines of the spectrum
 * @mean:	the mean
 * @peaks:	room for PEAKS_MAX; the strongest first
 *
 * Return: how many there are.
 */
unsigned int mean_spectrum_peaks(const struct mean_spectrum *mean, struct peak *peaks)
{
	unsigned int count = 0, i;
	int bin;

	for (bin = 0; mean->transforms && bin < (int)mean->points; bin++) {
		struct peak peak = { .power = at(mean, bin) / mean->transforms };

		if (!is_peak(mean, bin))
			continue;
		peak.turns = turns_of(mean, bin);
		for (i = count; i && peaks[i - 1].power < peak.power; i--)
			if (i < PEAKS_MAX)
				peaks[i] = peaks[i - 1];
		if (i < PEAKS_MAX)
			peaks[i] = peak;
		if (count < PEAKS_MAX)
			count++;
	}
	return count;
}
