/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test data that tells what happened to it: every 8 bytes hold the number of
 * the transfer, their own place in it, and a check byte.
 */
#ifndef DMARING_PATTERN_H
#define DMARING_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_TRANSFERS	(1U << 24)	/* transfer numbers wrap here */

/**
 * enum pattern_verdict - what happened to the data
 * @PATTERN_GOOD:	nothing
 * @PATTERN_UNTOUCHED:	nothing was written from some byte to the end
 * @PATTERN_SHIFTED:	the right data, at the wrong place
 * @PATTERN_STALE:	data of an earlier transfer
 * @PATTERN_FOREIGN:	data of a later transfer, or of another buffer's
 * @PATTERN_SWAPPED:	the bytes of each word are in reverse order
 * @PATTERN_ZEROED:	zeros instead of data
 * @PATTERN_FLIPPED:	single bits differ
 * @PATTERN_GARBAGE:	none of these
 */
enum pattern_verdict {
	PATTERN_GOOD,
	PATTERN_UNTOUCHED,
	PATTERN_SHIFTED,
	PATTERN_STALE,
	PATTERN_FOREIGN,
	PATTERN_SWAPPED,
	PATTERN_ZEROED,
	PATTERN_FLIPPED,
	PATTERN_GARBAGE,
};

/**
 * struct pattern_report - the same, in detail
 * @verdict:	what happened
 * @first:	first wrong byte
 * @wrong:	number of wrong bytes
 * @transfer:	STALE, FOREIGN: whose data it is
 * @shift:	SHIFTED: bytes that the data lies behind (ahead, if negative) its place
 */
struct pattern_report {
	enum pattern_verdict verdict;
	size_t first;
	size_t wrong;
	uint32_t transfer;
	long long shift;
};

/**
 * pattern_fill() - write the data of a transfer
 * @data:	where to
 * @bytes:	how much
 * @transfer:	its number
 */
void pattern_fill(void *data, size_t bytes, uint32_t transfer);

/**
 * pattern_clear() - write what is no data of any transfer
 * @data:	where to
 * @bytes:	how much
 */
void pattern_clear(void *data, size_t bytes);

/**
 * pattern_is_clear() - is it still as pattern_clear() left it
 * @data:	where
 * @bytes:	how much
 *
 * Return: number of bytes that are, from the start.
 */
size_t pattern_is_clear(const void *data, size_t bytes);

/**
 * pattern_check() - is it the data of a transfer
 * @data:	what arrived, where pattern_clear() had been before
 * @bytes:	how much
 * @transfer:	the number it should have
 * @report:	filled in
 *
 * Return: report->verdict.
 */
enum pattern_verdict pattern_check(const void *data, size_t bytes, uint32_t transfer,
				   struct pattern_report *report);

/**
 * pattern_explain() - a report in words
 * @report:	from pattern_check()
 * @text:	filled in
 * @size:	room in @text
 *
 * Return: @text.
 */
const char *pattern_explain(const struct pattern_report *report, char *text, size_t size);

#endif /* DMARING_PATTERN_H */
