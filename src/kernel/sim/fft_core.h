/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of the FFT block: integers only, see docs/fft-model.md.
 */
#ifndef _DMARING_SIM_FFT_CORE_H
#define _DMARING_SIM_FFT_CORE_H

#include <linux/types.h>

#define FFT_LOG2_MIN		6
#define FFT_LOG2_MAX		16
#define FFT_POINTS_MAX		(1 << FFT_LOG2_MAX)
#define FFT_TWIDDLE_BITS	30

/**
 * struct fft_complex - a sample inside, and of the output
 * @re: real part, in phase
 * @im: imaginary part, quadrature
 */
struct fft_complex {
	s32 re;
	s32 im;
};

void fft_twiddles(struct fft_complex *twiddles);
void fft_load(struct fft_complex *work, const s16 *samples, unsigned int log2);
void fft_stage(struct fft_complex *work, unsigned int stage,
	       const struct fft_complex *twiddles, u32 first, u32 butterflies);

#endif /* _DMARING_SIM_FFT_CORE_H */
