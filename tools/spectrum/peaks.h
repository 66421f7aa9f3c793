/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_PEAKS_H
#define SPECTRUM_PEAKS_H

#include <stdint.h>

#define PEAKS_MAX	16

/**
 * struct peak - one line of a spectrum
 * @turns:	its frequency, as a part of the rate, -0.5 to 0.5
 * @power:	1.0 is a complex tone of full scale
 */
struct peak {
	double turns;
	double power;
};

/**
 * struct mean_spectrum - the mean power of each bin
 * @points:	length of the transform
 * @sum:	powers
 * @transforms:	how many
 */
struct mean_spectrum {
	unsigned int points;
	double *sum;
	uint64_t transforms;
};

int mean_spectrum_init(struct mean_spectrum *mean, unsigned int points);
void mean_spectrum_destroy(struct mean_spectrum *mean);
void mean_spectrum_add(struct mean_spectrum *mean, const float *power);
unsigned int mean_spectrum_peaks(const struct mean_spectrum *mean, struct peak *peaks);

#endif
