// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * counted FILE [BYTES]: does it hold what the simulator's source makes: 32-bit
 * words that count up. counted -n FILE: blocks of 64 KiB, each with a number of
 * 64 bits in front; prints how many numbers are missing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_WORDS	16384

static uint32_t words[BLOCK_WORDS];

static int count(FILE *file, uint64_t bytes)
{
	uint32_t next = 0;
	uint64_t done = 0;
	size_t i, n;

	while (done < bytes && (n = fread(words, 4, BLOCK_WORDS, file)) > 0)
		for (i = 0; i < n && done + 4 <= bytes; i++, done += 4) {
			if (done && words[i] != next)
				return EXIT_FAILURE;
			next = words[i] + 1;
		}
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Words behind the number go on where the block before would have ended. */
static int numbers(FILE *file)
{
	uint64_t number, before = 0, missing = 0, blocks = 0;
	uint32_t start = 0;
	size_t i;

	while (fread(words, 4, BLOCK_WORDS, file) == BLOCK_WORDS) {
		memcpy(&number, words, sizeof(number));
		if (blocks++ && (number <= before ||
				 words[2] - start != (uint32_t)(number - before) * BLOCK_WORDS))
			return EXIT_FAILURE;
		missing += blocks > 1 ? number - before - 1 : 0;
		before = number;
		start = words[2];
		for (i = 2; i < BLOCK_WORDS; i++)
			if (words[i] != start + i - 2)
				return EXIT_FAILURE;
	}
	printf("%llu\n", (unsigned long long)missing);
	return blocks ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	int numbered = argc > 1 && !strcmp(argv[1], "-n");
	FILE *file = argc > 1 + numbered ? fopen(argv[1 + numbered], "r") : NULL;

	if (!file)
		return EXIT_FAILURE;
	return numbered ? numbers(file) :
	       count(file, argc > 2 ? strtoull(argv[2], NULL, 0) : UINT64_MAX);
}
