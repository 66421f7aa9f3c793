// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks, transforms and pictures of them: framing, comparison with FFTW,
 * levels, the spectrogram's memory, ticks.
 */
#include "spectrum_test.h"

#include <errno.h>
#include <math.h>

#include "../../tools/spectrum/axis.h"
#include "../../tools/spectrum/colour.h"
#include "../../tools/spectrum/framer.h"
#include "../../tools/spectrum/judge.h"
#include "../../tools/spectrum/picture.h"
#include "../../tools/spectrum/reference.h"
#include "../../tools/spectrum/spectrogram.h"

/* Fontconfig keeps what it read of the fonts until the process ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

static void blocks_overlap_by_half_and_add_up(void **state)
{
	int16_t in[2 * POINTS], block[2 * POINTS];
	int32_t sum[4 * POINTS] = { 0 };
	struct framer framer;
	double level_db;
	int b, i;

	(void)state;
	assert_int_equal(framer_init(&framer, POINTS), 0);
	for (i = 0; i < POINTS; i++) {
		in[2 * i] = 10000;
		in[2 * i + 1] = -20000;
	}
	framer_push(&framer, in, POINTS);
	for (b = 0; b < 3; b++) {
		assert_true(framer_take(&framer, block, &level_db));
		assert_false(framer_take(&framer, block, &level_db));
		assert_int_equal(framer_room(&framer), POINTS / 2);
		framer_push(&framer, in, POINTS / 2);
		for (i = 0; i < 2 * POINTS; i++)
			sum[b * POINTS + i] += block[i];
	}
	/* Where two windows overlap the signal is whole again, to the rounding. */
	for (i = POINTS; i < 3 * POINTS; i++)
		assert_in_range(sum[i] - (i % 2 ? -20000 : 10000) + 1, 0, 2);
	assert_true(fabs(level_db - 10 * log10(5e8 / 32768 / 32768)) < 1e-9);
	framer_destroy(&framer);
}

static void the_last_block_is_completed_once(void **state)
{
	int16_t in[2 * POINTS] = { 1000 }, block[2 * POINTS];
	struct framer framer;
	double level_db;

	(void)state;
	assert_int_equal(framer_init(&framer, POINTS), 0);
	framer_flush(&framer);
	assert_false(framer_take(&framer, block, &level_db));
	framer_push(&framer, in, 3);
	framer_flush(&framer);
	assert_true(framer_take(&framer, block, &level_db));
	framer_flush(&framer);
	assert_false(framer_take(&framer, block, &level_db));
	framer_destroy(&framer);
	assert_int_equal(framer_init(&framer, 7), -EINVAL);
}

static void tone(int16_t *block, double cycles, double amplitude)
{
	int i;

	for (i = 0; i < POINTS; i++) {
		double hann = 0.5 - 0.5 * cos(2 * M_PI * i / POINTS);

		block[2 * i] = lrint(hann * amplitude * cos(2 * M_PI * cycles * i / POINTS));
		block[2 * i + 1] = lrint(hann * amplitude * sin(2 * M_PI * cycles * i / POINTS));
	}
}

/* By the definition, in long double: neither FFTW nor the device. */
static void transform(const int16_t *block, int32_t *out, double scale)
{
	int k, n;

	for (k = 0; k < POINTS; k++) {
		long double re = 0, im = 0;

		for (n = 0; n < POINTS; n++) {
			long double angle = -2 * M_PIl * k * n / POINTS;

			re += block[2 * n] * cosl(angle) - block[2 * n + 1] * sinl(angle);
			im += block[2 * n] * sinl(angle) + block[2 * n + 1] * cosl(angle);
		}
		out[2 * k] = lrintl(re / scale);
		out[2 * k + 1] = lrintl(im / scale);
	}
}

static void the_reference_is_the_transform(void **state)
{
	double scale = reference_device_scale(POINTS);
	int16_t block[2 * POINTS];
	int32_t out[2 * POINTS];
	struct reference reference;
	struct verdict verdict;

	(void)state;
	assert_int_equal(reference_init(&reference, POINTS), 0);
	tone(block, 5.3, 20000);
	transform(block, out, scale);
	verdict = reference_compare(&reference, block, out, scale);
	assert_true(verdict.snr_db > 140);
	assert_true(verdict.error_rms > 0.2 && verdict.error_rms < 0.4);	/* 1 / sqrt(12) */

	/* A hundredth of the strongest amplitude, in one of its components. */
	tone(block, 5, 20000);
	transform(block, out, scale);
	out[10] += out[10] / 100;
	verdict = reference_compare(&reference, block, out, scale);
	assert_true(verdict.snr_db > 40 && verdict.snr_db < 43);

	memset(block, 0, sizeof(block));
	memset(out, 0, sizeof(out));
	verdict = reference_compare(&reference, block, out, scale);
	assert_true(verdict.snr_db == REFERENCE_SNR_MAX_DB);
	out[7] = 1;
	verdict = reference_compare(&reference, block, out, scale);
	assert_true(verdict.snr_db == -REFERENCE_SNR_MAX_DB);
	reference_destroy(&reference);
}

static void a_tone_of_full_scale_is_0_db(void **state)
{
	double scale = reference_device_scale(POINTS);
	int16_t block[2 * POINTS];
	int32_t out[2 * POINTS];
	float power[POINTS];
	struct spectrogram s;
	int i, best = 0;

	(void)state;
	tone(block, 9, 32767);
	transform(block, out, scale);
	reference_power(out, POINTS, scale, power);
	for (i = 1; i < POINTS; i++)
		if (power[i] > power[best])
			best = i;
	assert_int_equal(best, 9);
	assert_true(fabs(spectrogram_db(power[9])) < 0.01);

	/* A real tone has half its amplitude on either side; shown is all of it. */
	for (i = 0; i < POINTS; i++)
		block[2 * i + 1] = 0;
	transform(block, out, scale);
	reference_power(out, POINTS, scale, power);
	assert_int_equal(spectrogram_init(&s, POINTS, false), 0);
	spectrogram_add(&s, power);
	assert_int_equal(s.rows, POINTS / 2);
	assert_true(fabs(spectrogram_db(s.line[9])) < 0.01);
	spectrogram_destroy(&s);
}

static void negative_frequencies_come_first(void **state)
{
	float power[POINTS] = { 0 };
	struct spectrogram s;

	(void)state;
	power[POINTS - 3] = 1;
	assert_int_equal(spectrogram_init(&s, POINTS, true), 0);
	spectrogram_add(&s, power);
	assert_true(s.line[POINTS / 2 - 3] == 1);
	assert_true(spectrogram_low_hz(&s, 1000) == -500);
	assert_true(spectrogram_high_hz(&s, 1000) == 500);
	spectrogram_destroy(&s);
}

static void a_long_run_keeps_its_mean_in_bounded_memory(void **state)
{
	const unsigned int blocks = 3 * SPECTROGRAM_COLUMNS + 1;
	float power[POINTS] = { 0 };
	struct spectrogram s;
	unsigned int i;
	double sum = 0;

	(void)state;
	assert_int_equal(spectrogram_init(&s, POINTS, false), 0);
	for (i = 0; i < blocks; i++) {
		power[3] = i < blocks / 2 ? 0.25 : 0.75;
		spectrogram_add(&s, power);
	}
	spectrogram_finish(&s);
	assert_int_equal(s.blocks_per_column, 4);
	assert_int_equal(s.columns, (blocks + 3) / 4);
	for (i = 0; i < s.columns; i++)
		sum += s.power[i * s.rows + 3];
	assert_true(s.power[3] == 1 && s.power[(s.columns - 1) * s.rows + 3] == 3);
	assert_true(fabs(sum / s.columns - 2) < 0.01);
	spectrogram_destroy(&s);
}

static void ticks_are_round(void **state)
{
	char text[32];

	(void)state;
	assert_true(axis_step(24000, 14) == 2000);
	assert_true(axis_step(11.4, 14) == 1);
	assert_true(fabs(axis_step(0.3, 10) - 0.05) < 1e-12);
	assert_true(axis_step(100, 10) == 10);
	assert_true(axis_first(-24000, 5000) == -20000);
	assert_true(axis_first(0, 5000) == 0);
	axis_label(0.15, 0.05, text, sizeof(text));
	assert_string_equal(text, "0.15");
	axis_label(-1e-9, 500, text, sizeof(text));
	assert_string_equal(text, "0");
}

static void louder_is_brighter(void **state)
{
	int last = -1, i;

	(void)state;
	for (i = -1; i <= 11; i++) {
		struct colour c = colour_of(i / 10.0);
		int light = 299 * c.red + 587 * c.green + 114 * c.blue;

		if (i > 0 && i <= 10)
			assert_true(light > last);
		else if (i == 0 || i == 11)
			assert_int_equal(light, last);
		last = light;
	}
}

static void the_picture_is_a_png(void **state)
{
	static const unsigned char magic[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	struct picture picture = { .title = "t", .subtitle = "s", .rate = 8000, .seconds = 1 };
	float power[POINTS] = { [5] = 0.5 };
	unsigned char head[24];
	struct spectrogram s;
	char path[64];
	FILE *file;

	(void)state;
	spectrum_temp_name(path, sizeof(path), ".png");
	assert_int_equal(spectrogram_init(&s, POINTS, false), 0);
	spectrogram_add(&s, power);
	assert_int_equal(picture_write(path, &s, &picture), 0);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(head, 1, sizeof(head), file), sizeof(head));
	fclose(file);
	unlink(path);
	assert_memory_equal(head, magic, sizeof(magic));
	assert_int_equal(head[18] << 8 | head[19], 1400);
	assert_int_equal(picture_write("/nonexistent/x.png", &s, &picture), -EIO);
	spectrogram_destroy(&s);
}

static void the_judge_finds_what_is_missing(void **state)
{
	double scale = reference_device_scale(POINTS);
	int16_t block[6][2 * POINTS];
	int32_t out[6][2 * POINTS];
	struct judge judge;
	int i;

	(void)state;
	assert_int_equal(judge_init(&judge, POINTS, 6, scale, 70), 0);
	for (i = 0; i < 6; i++) {
		tone(block[i], 3 + 4 * i, 10000);
		transform(block[i], out[i], scale);
		assert_int_equal(judge_expect(&judge, block[i], -10), 0);
	}
	assert_int_equal(judge_expect(&judge, block[0], -10), -ENOSPC);
	assert_int_equal(judge_answer(&judge, out[0]), 0);
	assert_int_equal(judge_answer(&judge, out[3]), 2);	/* 1 and 2 never came */
	assert_int_equal(judge_answer(&judge, out[1]), -EILSEQ);
	assert_int_equal(judge.expected, 1);
	assert_true(judge.snr_min_db < 0);
	judge_drop(&judge, 1);
	assert_int_equal(judge_answer(&judge, out[5]), -ENOENT);
	assert_int_equal(judge.sent, 6);
	assert_int_equal(judge.lost, 3);
	assert_int_equal(judge.wrong, 2);
	judge_destroy(&judge);
}

static void quiet_blocks_are_judged_by_their_error(void **state)
{
	double scale = reference_device_scale(POINTS);
	int16_t block[2 * POINTS];
	int32_t out[2 * POINTS];
	struct judge judge;
	int i;

	(void)state;
	assert_int_equal(judge_init(&judge, POINTS, 4, scale, 70), 0);
	tone(block, 3, 2);
	transform(block, out, scale);
	for (i = 0; i < 2 * POINTS; i++)
		out[i] += i % 3 - 1;	/* less than 70 dB, but small */
	judge_expect(&judge, block, -80);
	assert_int_equal(judge_answer(&judge, out), 0);
	assert_int_equal(judge.quiet, 1);
	assert_int_equal(judge.loud, 0);
	out[9] += 30000;
	judge_expect(&judge, block, -80);
	assert_int_equal(judge_answer(&judge, out), -EILSEQ);
	assert_int_equal(judge.wrong, 1);
	judge_destroy(&judge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_overlap_by_half_and_add_up),
		cmocka_unit_test(the_last_block_is_completed_once),
		cmocka_unit_test(the_reference_is_the_transform),
		cmocka_unit_test(a_tone_of_full_scale_is_0_db),
		cmocka_unit_test(negative_frequencies_come_first),
		cmocka_unit_test(a_long_run_keeps_its_mean_in_bounded_memory),
		cmocka_unit_test(ticks_are_round),
		cmocka_unit_test(louder_is_brighter),
		cmocka_unit_test(the_picture_is_a_png),
		cmocka_unit_test(the_judge_finds_what_is_missing),
		cmocka_unit_test(quiet_blocks_are_judged_by_their_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("spectrum_frame", tests, NULL, NULL);
}
