/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reference model of the FFT block of the virtual controller, bit by bit.
 * docs/fft-model.md has the definition; nothing here is shared with the block.
 */
#ifndef FFT_MODEL_H
#define FFT_MODEL_H

#include <stdint.h>

#define FFT_MODEL_POINTS_MIN	64
#define FFT_MODEL_POINTS_MAX	65536

/**
 * fft_model() - what the block makes of a send
 * @points: a power of two, 64 .. 65536
 * @samples: as many pairs of I and Q
 * @output: as many pairs of I and Q: the DFT of @samples times 2^15 / @points
 *
 * Return: 0; -EINVAL if the block would refuse that number of points.
 */
int fft_model(unsigned int points, const int16_t *samples, int32_t *output);

/**
 * fft_model_twiddle() - exp(-2 pi i k / 65536), rounded to 30 fractional bits
 * @k: 0 .. 32767
 * @re: real part
 * @im: imaginary part
 */
void fft_model_twiddle(unsigned int k, int32_t *re, int32_t *im);

#endif /* FFT_MODEL_H */
