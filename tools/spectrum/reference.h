/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_REFERENCE_H
#define SPECTRUM_REFERENCE_H

#include <fftw3.h>
#include <stdint.h>

#define REFERENCE_SNR_MAX_DB	200.0	/* said when there is no difference at all */

/**
 * struct reference - FFTW in double precision, what the device is judged by
 * @points:	length of the transform
 * @in:		a block as complex numbers
 * @out:	its transform: X[k] = sum of x[n] exp(-2 pi i n k / points)
 * @plan:	FFTW's plan from @in to @out
 */
struct reference {
	unsigned int points;
	fftw_complex *in;
	fftw_complex *out;
	fftw_plan plan;
};

/**
 * struct verdict - how a block of the device compares with FFTW
 * @snr_db:	sum |X|^2 / sum |X - Y|^2, in dB
 * @error_rms:	root mean square of the components of X - Y, in units of the
 *		device's least significant bit
 */
struct verdict {
	double snr_db;
	double error_rms;
};

double reference_device_scale(unsigned int points);
int reference_init(struct reference *reference, unsigned int points);
void reference_destroy(struct reference *reference);
void reference_transform(struct reference *reference, const int16_t *block);
void reference_own_power(const struct reference *reference, float *power);
struct verdict reference_compare(struct reference *reference, const int16_t *block,
				 const int32_t *transform, double scale);
void reference_power(const int32_t *transform, unsigned int points, double scale, float *power);

#endif
