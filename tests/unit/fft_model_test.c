// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The FFT block: the arithmetic of the module (fft_core.c) gives the bits of
 * the reference model, and the model is a good FFT by the measure of FFTW in
 * double precision.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fftw3.h>

#include "fft_core.h"
#include "fft_model.h"

#define POINTS_MAX	FFT_MODEL_POINTS_MAX

/* The demo asks for 70 dB, and a voice at -40 dBFS has pauses. */
#define SNR_DB_MIN	90.0

static int16_t samples[2 * POINTS_MAX];
static int32_t modelled[2 * POINTS_MAX];
static struct fft_complex block[POINTS_MAX];
static struct fft_complex twiddles[POINTS_MAX / 2];
static uint64_t seed;

static uint32_t random_u32(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 32);
}

/* About normal, variance 1. */
static double random_normal(void)
{
	double sum = -6;
	int i;

	for (i = 0; i < 12; i++)
		sum += random_u32() / 4294967296.0;
	return sum;
}

static int16_t clipped(double v)
{
	return (int16_t)lrint(fmax(-32768, fmin(32767, v)));
}

enum signal {
	NOISE,		/* complex, -40 dBFS RMS */
	VOICE,		/* real, harmonics of a low tone and noise, -40 dBFS RMS */
	TONE,		/* complex, full scale, between two bins */
	LOUD,		/* every component at an extreme, at random */
	EXTREME,	/* every component the most negative */
	ROTATING,	/* extremes with the signs of a slow exponential */
	SIGNALS
};

static const char *const signal_names[SIGNALS] = {
	"noise", "voice", "tone", "loud", "extreme", "rotating"
};

static void make_signal(enum signal signal, unsigned int points)
{
	const double rms = 32768 * pow(10, -40 / 20.0);
	unsigned int i, h;

	seed = points * SIGNALS + signal;
	for (i = 0; i < points; i++) {
		double re = 0, im = 0, turn;

		switch (signal) {
		case NOISE:
			re = random_normal() * rms / sqrt(2);
			im = random_normal() * rms / sqrt(2);
			break;
		case VOICE:
			for (h = 1; h <= 12; h++)
				re += sin(2 * M_PI * h * i / 67.3 + h * h) / h;
			re = re / sqrt(0.78) * rms * 0.99 + random_normal() * rms * 0.1;
			break;
		case TONE:
			turn = 2 * M_PI * i * 5.37 / points;
			re = 32767 * cos(turn);
			im = 32767 * sin(turn);
			break;
		case LOUD:
			re = random_u32() & 1 ? 32767 : -32768;
			im = random_u32() & 1 ? 32767 : -32768;
			break;
		case EXTREME:
			re = -32768;
			im = -32768;
			break;
		default:
			turn = 2 * M_PI * (i + 0.5) * 3 / points + M_PI / 4;
			re = cos(turn) < 0 ? -32768 : 32767;
			im = sin(turn) < 0 ? -32768 : 32767;
			break;
		}
		samples[2 * i] = clipped(re);
		samples[2 * i + 1] = clipped(im);
	}
}

static unsigned int log2_of(unsigned int points)
{
	unsigned int n = 0;

	while (points >>= 1)
		n++;
	return n;
}

/* The module's arithmetic, the stages in portions. */
static void run_block(unsigned int points, unsigned int portion)
{
	unsigned int log2 = log2_of(points), stage, first;

	fft_load(block, samples, log2);
	for (stage = 0; stage < log2; stage++)
		for (first = 0; first < points / 2; first += portion)
			fft_stage(block, stage, twiddles, first,
				  portion < points / 2 - first ? portion : points / 2 - first);
}

static fftw_complex *exact;

static void run_fftw(unsigned int points)
{
	fftw_complex *in = fftw_alloc_complex(points);
	fftw_plan plan;
	unsigned int i;

	plan = fftw_plan_dft_1d((int)points, in, exact, FFTW_FORWARD, FFTW_ESTIMATE);
	for (i = 0; i < points; i++) {
		in[i][0] = samples[2 * i];
		in[i][1] = samples[2 * i + 1];
	}
	fftw_execute(plan);
	for (i = 0; i < points; i++) {
		exact[i][0] *= 32768.0 / points;
		exact[i][1] *= 32768.0 / points;
	}
	fftw_destroy_plan(plan);
	fftw_free(in);
}

static double snr_db(unsigned int points, double *worst)
{
	double wanted = 0, noise = 0;
	unsigned int i;

	*worst = 0;
	for (i = 0; i < points; i++) {
		double re = modelled[2 * i] - exact[i][0];
		double im = modelled[2 * i + 1] - exact[i][1];

		wanted += exact[i][0] * exact[i][0] + exact[i][1] * exact[i][1];
		noise += re * re + im * im;
		*worst = fmax(*worst, fmax(fabs(re), fabs(im)));
	}
	return noise > 0 ? 10 * log10(wanted / noise) : INFINITY;
}

static void twiddles_are_rounded_correctly(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < POINTS_MAX / 2; k++) {
		long double turn = 8 * atanl(1.0L) * k / POINTS_MAX;
		int32_t re, im;

		fft_model_twiddle(k, &re, &im);
		assert_int_equal(twiddles[k].re, re);
		assert_int_equal(twiddles[k].im, im);
		/* Nearest, and by so much that double would do to find it. */
		assert_true(fabsl(cosl(turn) * (1 << 30) - re) < 0.5L - 1e-9L);
		assert_true(fabsl(-sinl(turn) * (1 << 30) - im) < 0.5L - 1e-9L);
	}
}

static void block_has_the_bits_of_the_model(void **state)
{
	unsigned int points;
	int signal;

	(void)state;
	for (points = FFT_MODEL_POINTS_MIN; points <= POINTS_MAX; points *= 2) {
		for (signal = 0; signal < SIGNALS; signal++) {
			make_signal(signal, points);
			assert_int_equal(fft_model(points, samples, modelled), 0);
			run_block(points, 4096);
			assert_memory_equal(block, modelled, points * 8);
		}
		/* Any portion gives the same. */
		run_block(points, points / 4 - 5);
		assert_memory_equal(block, modelled, points * 8);
	}
}

static void model_agrees_with_fftw(void **state)
{
	unsigned int points;
	int signal;

	(void)state;
	for (signal = 0; signal < SIGNALS; signal++) {
		for (points = FFT_MODEL_POINTS_MIN; points <= POINTS_MAX; points *= 2) {
			double snr, worst;

			make_signal(signal, points);
			fft_model(points, samples, modelled);
			run_fftw(points);
			snr = snr_db(points, &worst);
			printf("# %-8s %5u points: SNR %6.1f dB, worst component %.2f\n",
			       signal_names[signal], points, snr, worst);
			/* One wrapped sum would be an error of 2^32. */
			assert_true(worst < 8);
			assert_true(snr >= SNR_DB_MIN);
		}
	}
}

static void energy_is_kept(void **state)
{
	unsigned int points, i;

	(void)state;
	for (points = FFT_MODEL_POINTS_MIN; points <= POINTS_MAX; points *= 2) {
		double in = 0, out = 0;

		make_signal(NOISE, points);
		fft_model(points, samples, modelled);
		for (i = 0; i < 2 * points; i++) {
			in += (double)samples[i] * samples[i];
			out += (double)modelled[i] * modelled[i];
		}
		/* X has the factor 2^15 / N, and the sum of its squares another N. */
		out = out / 32768 / 32768 * points;
		assert_true(fabs(out / in - 1) < 1e-6);
	}
}

static void impulse_is_flat(void **state)
{
	unsigned int points, i;

	(void)state;
	for (points = FFT_MODEL_POINTS_MIN; points <= POINTS_MAX; points *= 2) {
		memset(samples, 0, sizeof(samples));
		samples[0] = -32768;
		samples[1] = 12346;
		fft_model(points, samples, modelled);
		for (i = 0; i < points; i++) {
			assert_int_equal(modelled[2 * i], -32768LL * 32768 / points);
			assert_int_equal(modelled[2 * i + 1], 12346LL * 32768 / points);
		}
	}
}

static void constant_is_in_one_bin(void **state)
{
	unsigned int points, i;

	(void)state;
	for (points = FFT_MODEL_POINTS_MIN; points <= POINTS_MAX; points *= 2) {
		make_signal(EXTREME, points);
		fft_model(points, samples, modelled);
		assert_int_equal(modelled[0], -(1 << 30));
		assert_int_equal(modelled[1], -(1 << 30));
		for (i = 2; i < 2 * points; i++)
			assert_int_equal(modelled[i], 0);
	}
}

static void other_sizes_are_refused(void **state)
{
	static const unsigned int sizes[] = { 0, 1, 32, 63, 65, 96, 65535, 65537, 131072 };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		assert_true(fft_model(sizes[i], samples, modelled) < 0);
}

/* What the comparisons are worth: one wrong bit is seen. */
static void wrong_bits_are_seen(void **state)
{
	double snr, worst;

	(void)state;
	make_signal(NOISE, 1024);
	fft_model(1024, samples, modelled);
	run_block(1024, 512);
	block[777].im ^= 1;
	assert_memory_not_equal(block, modelled, 1024 * 8);
	run_fftw(1024);
	modelled[2 * 100] ^= 1 << 16;
	snr = snr_db(1024, &worst);
	assert_true(worst > 8);
	assert_true(snr < SNR_DB_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twiddles_are_rounded_correctly),
		cmocka_unit_test(block_has_the_bits_of_the_model),
		cmocka_unit_test(model_agrees_with_fftw),
		cmocka_unit_test(energy_is_kept),
		cmocka_unit_test(impulse_is_flat),
		cmocka_unit_test(constant_is_in_one_bin),
		cmocka_unit_test(other_sizes_are_refused),
		cmocka_unit_test(wrong_bits_are_seen),
	};
	int failed;

	exact = fftw_alloc_complex(POINTS_MAX);
	fft_twiddles(twiddles);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fftw_free(exact);
	return failed ? 1 : 0;
}
