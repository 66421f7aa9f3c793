// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the judgement of the device's arithmetic: every block that comes back
 * is compared with what FFTW makes of the same int16 input.
 */
#include "reference.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/**
 * reference_device_scale() - worth of one unit of a device's output
 * @points: length of the transform
 *
 * docs/fft-model.md: the device halves at every stage, so that nothing can
 * overflow, and carries 15 more bits than its input: its output is the sum of
 * x[n] exp(-2 pi i n k / points), times 32768 / points.
 */
double reference_device_scale(unsigned int points)
{
	return points / 32768.0;
}

/**
 * reference_init() - plan a transform
 * @reference:	what to fill in
 * @points:	length
 *
 * The plan is an estimate: measuring takes longer than it can win here.
 *
 * Return: 0 or -ENOMEM.
 */
int reference_init(struct reference *reference, unsigned int points)
{
	memset(reference, 0, sizeof(*reference));
	reference->points = points;
	reference->in = fftw_alloc_complex(points);
	reference->out = fftw_alloc_complex(points);
	if (reference->in && reference->out)
		reference->plan = fftw_plan_dft_1d(points, reference->in, reference->out,
						   FFTW_FORWARD, FFTW_ESTIMATE);
	if (!reference->plan) {
		reference_destroy(reference);
		return -ENOMEM;
	}
	/* The first run is slow, for its code is read from the disk: not while it plays. */
	memset(reference->in, 0, points * sizeof(*reference->in));
	fftw_execute(reference->plan);
	return 0;
}

/**
 * reference_destroy() - free what reference_init() took
 * @reference: may be partly initialised
 */
void reference_destroy(struct reference *reference)
{
	if (reference->plan)
		fftw_destroy_plan(reference->plan);
	fftw_free(reference->in);
	fftw_free(reference->out);
	memset(reference, 0, sizeof(*reference));
}

/**
 * reference_transform() - transform a block
 * @reference:	the transform; its member out has the result
 * @block:	points pairs of I and Q
 */
void reference_transform(struct reference *reference, const int16_t *block)
{
	unsigned int i;

	for (i = 0; i < reference->points; i++) {
		reference->in[i][0] = block[2 * i];
		reference->in[i][1] = block[2 * i + 1];
	}
	fftw_execute(reference->plan);
}

/**
 * reference_compare() - judge one block
 * @reference:	the transform
 * @block:	what the device was given: points pairs of I and Q
 * @transform:	what it gave back: points pairs of re and im
 * @scale:	worth of one unit of @transform in units of the exact transform
 *
 * Return: signal to noise ratio and error. Two silences agree: the ratio is
 * REFERENCE_SNR_MAX_DB then, as for any block without difference.
 */
struct verdict reference_compare(struct reference *reference, const int16_t *block,
				 const int32_t *transform, double scale)
{
	unsigned int points = reference->points;
	double signal = 0, noise = 0;
	struct verdict verdict;
	unsigned int i;

	reference_transform(reference, block);
	for (i = 0; i < points; i++) {
		double re = reference->out[i][0];
		double im = reference->out[i][1];
		double dr = re - scale * transform[2 * i];
		double di = im - scale * transform[2 * i + 1];

		signal += re * re + im * im;
		noise += dr * dr + di * di;
	}
	verdict.error_rms = sqrt(noise / (2.0 * points)) / scale;
	verdict.snr_db = REFERENCE_SNR_MAX_DB;
	if (noise > 0)
		verdict.snr_db = signal > 0 ? 10 * log10(signal / noise) : -REFERENCE_SNR_MAX_DB;
	if (verdict.snr_db > REFERENCE_SNR_MAX_DB)
		verdict.snr_db = REFERENCE_SNR_MAX_DB;
	return verdict;
}

/* The mean of a Hann window is one half: its gain for a tone. */
static double tone_unit(unsigned int points)
{
	return 1 / (0.5 * points * 32768.0);
}

/**
 * reference_own_power() - power of each bin as FFTW computed it
 * @reference:	after reference_transform() of a block with a Hann window
 * @power:	room for points values; 1.0 is a complex tone of full scale
 */
void reference_own_power(const struct reference *reference, float *power)
{
	double unit = tone_unit(reference->points);
	unsigned int i;

	for (i = 0; i < reference->points; i++) {
		double re = reference->out[i][0] * unit;
		double im = reference->out[i][1] * unit;

		power[i] = re * re + im * im;
	}
}

/**
 * reference_power() - power of each bin as the device computed it
 * @transform:	points pairs of re and im, of a block with a Hann window
 * @points:	length of the transform
 * @scale:	as for reference_compare()
 * @power:	room for @points values; 1.0 is a complex tone of full scale
 */
void reference_power(const int32_t *transform, unsigned int points, double scale, float *power)
{
	double unit = scale * tone_unit(points);
	unsigned int i;

	for (i = 0; i < points; i++) {
		double re = transform[2 * i] * unit;
		double im = transform[2 * i + 1] * unit;

		power[i] = re * re + im * im;
	}
}
