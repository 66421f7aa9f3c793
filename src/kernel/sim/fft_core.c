// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arithmetic of the FFT block, which docs/fft-model.md defines bit by bit:
 * radix 2, decimation in time, every butterfly halves, one rounding each.
 *
 * No floating point, no state, no locks. The unit tests compile this file for
 * the host and compare it with the model in tests/reference.
 */
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "fft_core.h"

/* pi with 61 fractional bits */
#define PI_Q61	0x6487ed5110b4611aULL
#define ONE_Q62	(1ULL << 62)

static u64 mul_q62(u64 a, u64 b)
{
	return mul_u64_u64_shr(a, b, 62);
}

/* Sine and cosine of 0 .. pi/4 with 62 fractional bits, by their series. */
static void sincos_q62(u64 x, u64 *sine, u64 *cosine)
{
	u64 square = mul_q62(x, x);
	u64 s = x, c = ONE_Q62, s_term = x, c_term = ONE_Q62;
	unsigned int n;

	for (n = 1; n < 22; n += 4) {
		c_term = div_u64(mul_q62(c_term, square), n * (n + 1));
		s_term = div_u64(mul_q62(s_term, square), (n + 1) * (n + 2));
		c -= c_term;
		s -= s_term;
		c_term = div_u64(mul_q62(c_term, square), (n + 2) * (n + 3));
		s_term = div_u64(mul_q62(s_term, square), (n + 3) * (n + 4));
		c += c_term;
		s += s_term;
	}
	*sine = s;
	*cosine = c;
}

static s32 round_q62(u64 v)
{
	const unsigned int shift = 62 - FFT_TWIDDLE_BITS;

	return (v + (1ULL << (shift - 1))) >> shift;
}

/**
 * fft_twiddles() - exp(-2 pi i k / 65536) for the first half turn
 * @twiddles: FFT_POINTS_MAX / 2 numbers, correctly rounded to 30 bits after
 *	the point
 *
 * Context: any; takes milliseconds.
 */
void fft_twiddles(struct fft_complex *twiddles)
{
	const u32 quarter = FFT_POINTS_MAX / 4;
	u32 k;

	for (k = 0; k <= quarter / 2; k++) {
		u64 sine, cosine;
		s32 s, c;

		sincos_q62(mul_u64_u64_shr(PI_Q61, k, FFT_LOG2_MAX - 2), &sine, &cosine);
		s = round_q62(sine);
		c = round_q62(cosine);
		twiddles[k] = (struct fft_complex){ c, -s };
		twiddles[quarter - k] = (struct fft_complex){ s, -c };
		twiddles[quarter + k] = (struct fft_complex){ -s, -c };
		if (k)
			twiddles[2 * quarter - k] = (struct fft_complex){ -c, -s };
	}
}

/**
 * fft_load() - samples into bit-reversed order, with 15 bits after the point
 * @work: 1 << @log2 numbers
 * @samples: as many pairs of I and Q
 * @log2: of the number of points
 *
 * Context: any.
 */
void fft_load(struct fft_complex *work, const s16 *samples, unsigned int log2)
{
	u32 i, r = 0, n = 1U << log2;

	for (i = 0; i < n; i++) {
		work[r].re = (s32)samples[2 * i] * 32768;
		work[r].im = (s32)samples[2 * i + 1] * 32768;
		/* Counts upwards from the other end. */
		r ^= n - (n >> (1 + __ffs(i + 1)));
	}
}

/* a and b become (a + b) / 2 and (a - b) / 2: the butterfly with factor 1. */
static void butterfly_one(struct fft_complex *a, struct fft_complex *b)
{
	s64 re = b->re, im = b->im;

	b->re = (a->re - re + 1) >> 1;
	b->im = (a->im - im + 1) >> 1;
	a->re = (a->re + re + 1) >> 1;
	a->im = (a->im + im + 1) >> 1;
}

static void butterfly(struct fft_complex *a, struct fft_complex *b,
		      const struct fft_complex *w)
{
	const s64 half = 1LL << FFT_TWIDDLE_BITS;
	s64 re = (s64)b->re * w->re - (s64)b->im * w->im;
	s64 im = (s64)b->re * w->im + (s64)b->im * w->re;
	s64 a_re = (s64)a->re * half + half;
	s64 a_im = (s64)a->im * half + half;

	a->re = (a_re + re) >> (FFT_TWIDDLE_BITS + 1);
	a->im = (a_im + im) >> (FFT_TWIDDLE_BITS + 1);
	b->re = (a_re - re) >> (FFT_TWIDDLE_BITS + 1);
	b->im = (a_im - im) >> (FFT_TWIDDLE_BITS + 1);
}

/**
 * fft_stage() - some butterflies of a stage
 * @work: numbers, at least 2 << @stage and a power of two
 * @stage: from 0 on, in this order
 * @twiddles: by fft_twiddles()
 * @first: butterfly to begin with; there are half as many as numbers
 * @butterflies: how many
 *
 * The butterflies of one stage may be done in any order and any portions.
 *
 * Context: any.
 */
void fft_stage(struct fft_complex *work, unsigned int stage,
	       const struct fft_complex *twiddles, u32 first, u32 butterflies)
{
	const u32 half = 1U << stage;
	const unsigned int stride = FFT_LOG2_MAX - 1 - stage;
	u32 i = first, end = first + butterflies;

	while (i < end) {
		u32 k = i & (half - 1);
		struct fft_complex *a = work + ((i >> stage) << (stage + 1));
		u32 stop = min(half, k + (end - i));

		i += stop - k;
		for (; k < stop; k++) {
			/* Multiplying by exactly 1 gives the same bits. */
			if (!k)
				butterfly_one(a, a + half);
			else
				butterfly(a + k, a + k + half, twiddles + (k << stride));
		}
	}
}
