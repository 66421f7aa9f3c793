// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reference model of the FFT block: the definition of docs/fft-model.md written
 * down as it stands there, with no regard for speed. Floating point makes the
 * factors, which are rounded; all the rest is integers.
 */
#include <errno.h>
#include <math.h>

#include "fft_model.h"

void fft_model_twiddle(unsigned int k, int32_t *re, int32_t *im)
{
	long double turn = 8 * atanl(1.0L) * k / FFT_MODEL_POINTS_MAX;

	*re = (int32_t)llroundl(cosl(turn) * (1 << 30));
	*im = (int32_t)llroundl(-sinl(turn) * (1 << 30));
}

/* Half of a / 2^30, rounded to nearest, halves upwards. */
static int32_t half_rounded(int64_t a)
{
	const int64_t divisor = INT64_C(1) << 31;
	int64_t sum = a + (INT64_C(1) << 30);
	int64_t quotient = sum / divisor;

	/* Division rounds towards zero; this must round down. */
	if (sum % divisor < 0)
		quotient--;
	return (int32_t)quotient;
}

int fft_model(unsigned int points, const int16_t *samples, int32_t *output)
{
	unsigned int i, bit, distance, group, k;

	if (points < FFT_MODEL_POINTS_MIN || points > FFT_MODEL_POINTS_MAX ||
	    (points & (points - 1)))
		return -EINVAL;

	for (i = 0; i < points; i++) {
		unsigned int reversed = 0;

		for (bit = 1; bit < points; bit *= 2)
			reversed = 2 * reversed + !!(i & bit);
		output[2 * reversed] = samples[2 * i] * 32768;
		output[2 * reversed + 1] = samples[2 * i + 1] * 32768;
	}

	for (distance = 1; distance < points; distance *= 2) {
		for (k = 0; k < distance; k++) {
			int32_t w_re, w_im;

			fft_model_twiddle(k * (FFT_MODEL_POINTS_MAX / 2 / distance), &w_re, &w_im);
			for (group = 0; group < points; group += 2 * distance) {
				int32_t *a = output + 2 * (group + k);
				int32_t *b = a + 2 * distance;
				int64_t a_re = (int64_t)a[0] * (1 << 30);
				int64_t a_im = (int64_t)a[1] * (1 << 30);
				int64_t b_re = (int64_t)b[0] * w_re - (int64_t)b[1] * w_im;
				int64_t b_im = (int64_t)b[0] * w_im + (int64_t)b[1] * w_re;

				a[0] = half_rounded(a_re + b_re);
				a[1] = half_rounded(a_im + b_im);
				b[0] = half_rounded(a_re - b_re);
				b[1] = half_rounded(a_im - b_im);
			}
		}
	}
	return 0;
}
