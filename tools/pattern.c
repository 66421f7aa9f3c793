// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address-in-data with the number of the transfer. A word, least significant
 * byte first: check byte, index of the word (32 bits), transfer (24 bits). The
 * check byte comes first, so that even a transfer of one byte has its own.
 */
#include "pattern.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORD		8U
#define CLEAR		0xdb
#define SEARCHED	256U	/* bytes looked at for a word that makes sense */
#define WORDS_MAX	(1U << 24)

static uint8_t check_byte(uint32_t transfer, uint32_t index)
{
	uint32_t x = transfer * 0x9e3779b1U ^ index * 0x85ebca6bU ^ 0x27d4eb2fU;

	x ^= x >> 15;
	x *= 0x2c1b3c6dU;
	return (uint8_t)(x >> 24);
}

static void word_make(uint8_t *word, uint32_t transfer, uint32_t index)
{
	unsigned int i;

	word[0] = check_byte(transfer, index);
	for (i = 0; i < 4; i++)
		word[1 + i] = (uint8_t)(index >> 8 * i);
	for (i = 0; i < 3; i++)
		word[5 + i] = (uint8_t)(transfer >> 8 * i);
}

static bool word_parse(const uint8_t *word, uint32_t *transfer, uint32_t *index)
{
	*index = word[1] | word[2] << 8 | word[3] << 16 | (uint32_t)word[4] << 24;
	*transfer = word[5] | word[6] << 8 | (uint32_t)word[7] << 16;
	return *index < WORDS_MAX && word[0] == check_byte(*transfer, *index);
}

void pattern_fill(void *data, size_t bytes, uint32_t transfer)
{
	uint8_t *to = data, word[WORD];
	size_t at;

	transfer %= PATTERN_TRANSFERS;
	for (at = 0; at < bytes; at += WORD) {
		word_make(word, transfer, (uint32_t)(at / WORD));
		memcpy(to + at, word, bytes - at < WORD ? bytes - at : WORD);
	}
}

void pattern_clear(void *data, size_t bytes)
{
	memset(data, CLEAR, bytes);
}

size_t pattern_is_clear(const void *data, size_t bytes)
{
	const uint8_t *from = data;
	size_t at;

	for (at = 0; at < bytes && from[at] == CLEAR; at++)
		;
	return at;
}

/* First wrong byte, and how many; bytes if none. */
static size_t find_wrong(const uint8_t *data, size_t bytes, uint32_t transfer, size_t *wrong,
			 unsigned int *bits)
{
	size_t at, first = bytes;
	uint8_t word[WORD];

	*wrong = 0;
	*bits = 0;
	for (at = 0; at < bytes; at++) {
		if (at % WORD == 0)
			word_make(word, transfer, (uint32_t)(at / WORD));
		if (data[at] == word[at % WORD])
			continue;
		if (first == bytes)
			first = at;
		++*wrong;
		*bits += (unsigned int)__builtin_popcount(data[at] ^ word[at % WORD]);
	}
	return first;
}

/*
 * A word that makes sense at data + at: one check byte alone is right once in
 * 256, so the next word must follow on it, if there is room for one.
 */
static bool makes_sense(const uint8_t *data, size_t bytes, size_t at, uint32_t *transfer,
			uint32_t *index)
{
	uint32_t next_transfer, next_index;

	if (at + WORD > bytes || !word_parse(data + at, transfer, index))
		return false;
	if (at + 2 * WORD > bytes)
		return true;
	return word_parse(data + at + WORD, &next_transfer, &next_index) &&
	       next_transfer == *transfer && next_index == *index + 1;
}

static bool find_origin(const uint8_t *data, size_t bytes, uint32_t transfer,
			struct pattern_report *report)
{
	size_t at = report->first / WORD * WORD, end = at + SEARCHED;
	uint32_t other, index;

	for (; at < bytes && at < end; at++) {
		if (!makes_sense(data, bytes, at, &other, &index))
			continue;
		report->shift = (long long)at - (long long)index * WORD;
		report->transfer = other;
		if (other == transfer && !report->shift)
			continue;
		if (other == transfer)
			report->verdict = PATTERN_SHIFTED;
		else
			/* Numbers wrap: the half of them that is behind is earlier. */
			report->verdict = (transfer - other) % PATTERN_TRANSFERS <
					  PATTERN_TRANSFERS / 2 ? PATTERN_STALE : PATTERN_FOREIGN;
		return true;
	}
	return false;
}

/* Words of @width bytes in reverse order? */
static bool is_swapped(const uint8_t *data, size_t bytes, uint32_t transfer, size_t first,
		       unsigned int width)
{
	size_t at = first / WORD * WORD;
	uint8_t word[WORD], turned[WORD];
	unsigned int i;

	if (at + WORD > bytes)
		return false;
	word_make(word, transfer, (uint32_t)(at / WORD));
	for (i = 0; i < WORD; i++)
		turned[i] = word[i / width * width + width - 1 - i % width];
	return !memcmp(data + at, turned, WORD);
}

static bool is_zero(const uint8_t *data, size_t bytes, size_t first)
{
	size_t at, end = first + 2 * WORD < bytes ? first + 2 * WORD : bytes;

	for (at = first; at < end; at++)
		if (data[at])
			return false;
	return true;
}

enum pattern_verdict pattern_check(const void *data, size_t bytes, uint32_t transfer,
				   struct pattern_report *report)
{
	const uint8_t *from = data;
	unsigned int bits;

	transfer %= PATTERN_TRANSFERS;
	memset(report, 0, sizeof(*report));
	report->first = find_wrong(from, bytes, transfer, &report->wrong, &bits);
	if (!report->wrong)
		report->verdict = PATTERN_GOOD;
	else if (pattern_is_clear(from + report->first, bytes - report->first) ==
		 bytes - report->first)
		report->verdict = PATTERN_UNTOUCHED;
	else if (find_origin(from, bytes, transfer, report))
		;	/* it has set the verdict */
	else if (is_swapped(from, bytes, transfer, report->first, 8) ||
		 is_swapped(from, bytes, transfer, report->first, 4) ||
		 is_swapped(from, bytes, transfer, report->first, 2))
		report->verdict = PATTERN_SWAPPED;
	else if (is_zero(from, bytes, report->first))
		report->verdict = PATTERN_ZEROED;
	else if (bits <= 2 * report->wrong && report->wrong <= 1 + bytes / 16)
		report->verdict = PATTERN_FLIPPED;
	else
		report->verdict = PATTERN_GARBAGE;
	return report->verdict;
}

const char *pattern_explain(const struct pattern_report *report, char *text, size_t size)
{
	char what[96] = "";

	switch (report->verdict) {
	case PATTERN_GOOD:
		snprintf(text, size, "good");
		return text;
	case PATTERN_UNTOUCHED:
		snprintf(what, sizeof(what), "nothing was written");
		break;
	case PATTERN_SHIFTED:
		snprintf(what, sizeof(what), "the data is %lld bytes %s its place",
			 report->shift < 0 ? -report->shift : report->shift,
			 report->shift < 0 ? "ahead of" : "behind");
		break;
	case PATTERN_STALE:
		snprintf(what, sizeof(what), "stale data of the earlier transfer %u",
			 report->transfer);
		break;
	case PATTERN_FOREIGN:
		snprintf(what, sizeof(what), "data of the other transfer %u", report->transfer);
		break;
	case PATTERN_SWAPPED:
		snprintf(what, sizeof(what), "the bytes of each word are in reverse order");
		break;
	case PATTERN_ZEROED:
		snprintf(what, sizeof(what), "zeros");
		break;
	case PATTERN_FLIPPED:
		snprintf(what, sizeof(what), "single bits differ");
		break;
	case PATTERN_GARBAGE:
		snprintf(what, sizeof(what), "data of no transfer");
		break;
	}
	snprintf(text, size, "%zu bytes are wrong, from byte %zu on: %s", report->wrong,
		 report->first, what);
	return text;
}
