// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pattern of "dmaring selftest" must name the corruption that happened, for
 * every length and place of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/pattern.h"

#define BYTES	1024U
#define LAST	PATTERN_TRANSFERS

static uint8_t good[BYTES], data[BYTES];
static struct pattern_report report;

static int set_up(void **state)
{
	(void)state;
	pattern_fill(good, BYTES, 1000);
	memcpy(data, good, BYTES);
	return 0;
}

static void what_was_written_is_good(void **state)
{
	size_t bytes;
	uint32_t transfer;

	(void)state;
	for (bytes = 1; bytes < 200; bytes++)
		for (transfer = LAST - 5; transfer < LAST + 5; transfer++) {
			size_t rest = BYTES - bytes;

			pattern_clear(data, sizeof(data));
			pattern_fill(data, bytes, transfer);
			pattern_check(data, bytes, transfer, &report);
			assert_int_equal(report.verdict, PATTERN_GOOD);
			assert_int_equal(pattern_is_clear(data + bytes, rest), rest);
		}
}

/* The first bytes are a check byte each, so short transfers differ, nearly always. */
static void short_transfers_differ(void **state)
{
	unsigned int same = 0, transfer;
	uint8_t one, other;

	(void)state;
	for (transfer = 0; transfer < 1000; transfer++) {
		pattern_fill(&one, 1, transfer);
		pattern_fill(&other, 1, transfer + 1);
		same += one == other;
	}
	assert_in_range(same, 0, 15);
}

static void truncated_at_any_byte(void **state)
{
	size_t at;

	(void)state;
	for (at = 0; at < BYTES; at++) {
		memcpy(data, good, BYTES);
		pattern_clear(data + at, BYTES - at);
		/* A good byte may happen to look like a cleared one. */
		if (good[at] == data[at])
			continue;
		assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_UNTOUCHED);
		assert_int_equal(report.first, at);
	}
}

static void shifted_by_any_distance(void **state)
{
	size_t by;

	(void)state;
	for (by = 1; by < 200; by++) {
		memcpy(data, good, BYTES);
		memmove(data + by, good, BYTES - by);
		assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_SHIFTED);
		assert_int_equal(report.shift, by);

		memmove(data, good + by, BYTES - by);
		assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_SHIFTED);
		assert_int_equal(report.shift, -(long long)by);
	}
}

static void of_another_transfer_from_any_word_on(void **state)
{
	uint8_t other[BYTES];
	size_t at;

	(void)state;
	for (at = 0; at < BYTES; at += 8) {
		memcpy(data, good, BYTES);
		pattern_fill(other, BYTES, 997);
		memcpy(data + at, other + at, BYTES - at);
		assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_STALE);
		assert_int_equal(report.transfer, 997);

		pattern_fill(other, BYTES, 1002);
		memcpy(data + at, other + at, BYTES - at);
		assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_FOREIGN);
		assert_int_equal(report.transfer, 1002);
	}
	/* Earlier and later, where the numbers wrap. */
	pattern_fill(data, BYTES, PATTERN_TRANSFERS - 1);
	assert_int_equal(pattern_check(data, BYTES, 0, &report), PATTERN_STALE);
}

static void a_page_in_the_middle_of_another_transfer(void **state)
{
	uint8_t other[BYTES];

	(void)state;
	pattern_fill(other, BYTES, 996);
	memcpy(data + 256, other + 256, 256);
	assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_STALE);
	assert_int_equal(report.transfer, 996);
	assert_in_range(report.first, 256, 263);
	assert_in_range(report.wrong, 1, 256);
}

static void in_reverse_order(void **state)
{
	static const size_t widths[] = { 2, 4, 8 };
	size_t i, at, byte;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (at = 0; at < BYTES; at += widths[i])
			for (byte = 0; byte < widths[i]; byte++)
				data[at + byte] = good[at + widths[i] - 1 - byte];
		assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_SWAPPED);
	}
}

static void zeroed_from_any_word_on(void **state)
{
	size_t at;

	(void)state;
	for (at = 0; at < BYTES; at += 8) {
		memcpy(data, good, BYTES);
		memset(data + at, 0, BYTES - at);
		assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_ZEROED);
	}
}

static void single_bits(void **state)
{
	size_t bit;

	(void)state;
	for (bit = 0; bit < BYTES * 8; bit += 37) {
		memcpy(data, good, BYTES);
		data[bit / 8] ^= 1U << bit % 8;
		assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_FLIPPED);
		assert_int_equal(report.first, bit / 8);
		assert_int_equal(report.wrong, 1);
	}
}

static void anything_else(void **state)
{
	uint32_t random = 12345;
	size_t at;

	(void)state;
	for (at = 0; at < BYTES; at++) {
		random = random * 1664525 + 1013904223;
		data[at] = (uint8_t)(random >> 24);
	}
	assert_int_equal(pattern_check(data, BYTES, 1000, &report), PATTERN_GARBAGE);
}

static void every_verdict_has_words(void **state)
{
	char text[192];
	int verdict;

	(void)state;
	for (verdict = PATTERN_GOOD; verdict <= PATTERN_GARBAGE; verdict++) {
		report = (struct pattern_report){ .verdict = verdict, .first = 7, .wrong = 9 };
		pattern_explain(&report, text, sizeof(text));
		if (verdict == PATTERN_GOOD)
			assert_string_equal(text, "good");
		else
			assert_memory_equal(text, "9 bytes are wrong, from byte 7 on: ", 35);
	}
}

#define TEST(function)	cmocka_unit_test_setup(function, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_good),
		TEST(short_transfers_differ),
		TEST(truncated_at_any_byte),
		TEST(shifted_by_any_distance),
		TEST(of_another_transfer_from_any_word_on),
		TEST(a_page_in_the_middle_of_another_transfer),
		TEST(in_reverse_order),
		TEST(zeroed_from_any_word_on),
		TEST(single_bits),
		TEST(anything_else),
		TEST(every_verdict_has_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
