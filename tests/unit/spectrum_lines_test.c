// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is shown of a live device: lines of the mean spectrum, the text of a
 * waterfall, the number that blocks have in them.
 */
#include "spectrum_test.h"

#include <math.h>

#include "../../tools/sequence.h"
#include "../../tools/spectrum/framer.h"
#include "../../tools/spectrum/peaks.h"
#include "../../tools/spectrum/reference.h"
#include "../../tools/spectrum/waterfall.h"

#define N	1024

/*
 * The mean spectrum of some tones, frequencies in bins, of a chirp from bin 150
 * to bin 250, and of a little noise.
 */
static void mean_of(struct mean_spectrum *mean, const double (*tones)[2], unsigned int count,
		    double sweep)
{
	struct reference reference;
	int16_t iq[2 * N], block[2 * N];
	struct framer framer;
	unsigned int run, i, k;
	float power[N];
	double level_db;

	srand(1);
	assert_int_equal(mean_spectrum_init(mean, N), 0);
	assert_int_equal(reference_init(&reference, N), 0);
	assert_int_equal(framer_init(&framer, N), 0);
	for (run = 0; run < 50; run++) {
		for (i = 0; i < N; i++) {
			double re = rand() % 21 - 10, im = rand() % 21 - 10;

			double t = (i + run * N) / (double)N;
			double swept = 2 * M_PI * (150 * t + 2 * t * t / 2);

			re += sweep * cos(swept);
			im += sweep * sin(swept);
			for (k = 0; k < count; k++) {
				double phase = 2 * M_PI * tones[k][0] * (i + run * N) / N;

				re += tones[k][1] * cos(phase);
				im += tones[k][1] * sin(phase);
			}
			iq[2 * i] = lrint(re);
			iq[2 * i + 1] = lrint(im);
		}
		framer_restart(&framer);
		framer_push(&framer, iq, N);
		assert_true(framer_take(&framer, block, &level_db));
		reference_transform(&reference, block);
		reference_own_power(&reference, power);
		mean_spectrum_add(mean, power);
	}
	framer_destroy(&framer);
	reference_destroy(&reference);
}

static void lines_are_found_between_bins_too(void **state)
{
	static const double tones[][2] = {
		{ 100, 8192 }, { -200.25, 4096 }, { 300.4, 1024 }, { 511.9, 512 }, { 0, 256 },
	};
	struct peak peaks[PEAKS_MAX];
	struct mean_spectrum mean;
	unsigned int i;

	(void)state;
	mean_of(&mean, tones, 5, 0);
	assert_int_equal(mean_spectrum_peaks(&mean, peaks), 5);
	for (i = 0; i < 5; i++) {
		double full = tones[i][1] / 32768;

		assert_true(fabs(peaks[i].turns * N - tones[i][0]) < 0.05);
		/* Between two bins a Hann window loses 1.4 dB at most. */
		assert_true(10 * log10(peaks[i].power / (full * full)) < 0.2);
		assert_true(10 * log10(peaks[i].power / (full * full)) > -1.5);
	}
	mean_spectrum_destroy(&mean);
}

static void noise_and_what_is_wide_are_no_lines(void **state)
{
	struct peak peaks[PEAKS_MAX];
	struct mean_spectrum mean;

	(void)state;
	mean_of(&mean, NULL, 0, 0);
	assert_int_equal(mean_spectrum_peaks(&mean, peaks), 0);
	mean_spectrum_destroy(&mean);
	mean_of(&mean, NULL, 0, 1000);
	assert_int_equal(mean_spectrum_peaks(&mean, peaks), 0);
	mean_spectrum_destroy(&mean);
	assert_int_equal(mean_spectrum_init(&mean, N), 0);
	assert_int_equal(mean_spectrum_peaks(&mean, peaks), 0);
	mean_spectrum_destroy(&mean);
}

static void letters_rise_with_the_level(void **state)
{
	(void)state;
	assert_int_equal(waterfall_letter(0), ' ');
	assert_int_equal(waterfall_letter(0.5), '=');
	assert_int_equal(waterfall_letter(1), '@');
}

static void numbers_of_blocks_are_parsed(void **state)
{
	static const char *const bad[] = {
		"", "u", "64", "u63", "u64@", "u64@x", "u64bee", "i64", "u64@8x", "u32@4294967296",
	};
	struct sequence sequence;
	unsigned int i;

	(void)state;
	assert_true(sequence_parse("u64", &sequence));
	assert_int_equal(sequence.bytes, 8);
	assert_int_equal(sequence.offset, 0);
	assert_true(sequence_parse("u16le@0x10", &sequence));
	assert_int_equal(sequence.bytes, 2);
	assert_int_equal(sequence.offset, 16);
	assert_int_equal(sequence.flags, 0);
	assert_true(sequence_parse("u32be@4", &sequence));
	assert_int_equal(sequence.bytes, 4);
	assert_int_not_equal(sequence.flags, 0);
	assert_true(sequence_fits(&sequence, 8));
	assert_false(sequence_fits(&sequence, 7));
	assert_false(sequence_fits(&sequence, 3));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(sequence_parse(bad[i], &sequence));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_found_between_bins_too),
		cmocka_unit_test(noise_and_what_is_wide_are_no_lines),
		cmocka_unit_test(letters_rise_with_the_level),
		cmocka_unit_test(numbers_of_blocks_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
