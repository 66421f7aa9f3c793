// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the words of the command line to numbers.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const char *const mode_names[BENCH_MODES] = {
	[BENCH_RING_POLL] = "ring-poll",
	[BENCH_RING_EPOLL] = "ring-epoll",
	[BENCH_RING_EVENTFD] = "ring-eventfd",
	[BENCH_RING_URING] = "ring-uring",
	[BENCH_RING_NOSYSCALL] = "ring-nosyscall",
	[BENCH_READ_BLOCKING] = "read-blocking",
	[BENCH_KERNEL_FLOOR] = "kernel-floor",
	[BENCH_MEMCPY] = "memcpy",
	[BENCH_TO_DISK] = "to-disk",
};

/**
 * bench_mode_name() - what the user calls a mode
 * @mode:	the mode
 *
 * Return: its name.
 */
const char *bench_mode_name(enum bench_mode mode)
{
	return mode_names[mode];
}

/* A number with k, M or G behind it; *text is moved behind that. */
static int take_number(const char **text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	if (errno)
		return -ERANGE;
	switch (*end) {
	case 'k':
	case 'K':
		*number <<= 10;
		end++;
		break;
	case 'M':
		*number <<= 20;
		end++;
		break;
	case 'G':
		*number <<= 30;
		end++;
		break;
	}
	*text = end;
	return *number >> 40 ? -ERANGE : 0;
}

/**
 * bench_number_parse() - a number that may end in k, M or G
 * @text:	the word
 * @number:	filled in
 *
 * Return: 0, or -EINVAL; -ERANGE.
 */
int bench_number_parse(const char *text, uint64_t *number)
{
	int err = take_number(&text, number);

	return err ? err : *text ? -EINVAL : 0;
}

/* ":xN" multiplies, ":+N" adds; without either it doubles. */
static int take_step(const char **text, bool *adds, uint64_t *step)
{
	int err;

	*adds = false;
	*step = 2;
	if (**text != ':')
		return 0;
	(*text)++;
	if (**text != 'x' && **text != '+')
		return -EINVAL;
	*adds = *(*text)++ == '+';
	err = take_number(text, step);
	if (!err && *step < (*adds ? 1 : 2))
		err = -EINVAL;
	return err;
}

/**
 * bench_list_parse() - numbers and ranges: "64..1M:x4", "1,8,32", "16..64:+16"
 * @text:	the words
 * @least:	what is less is refused
 * @most:	what is more is refused
 * @list:	filled in
 * @count:	filled in
 *
 * Return: 0, or -EINVAL: not understood; -ERANGE: out of range; -E2BIG: more
 * than BENCH_LIST_MAX numbers.
 */
int bench_list_parse(const char *text, unsigned int least, unsigned int most, unsigned int *list,
		     unsigned int *count)
{
	*count = 0;
	for (;;) {
		uint64_t from, to, step;
		bool adds;
		int err;

		err = take_number(&text, &from);
		if (err)
			return err;
		to = from;
		adds = true;
		step = 1;
		if (!strncmp(text, "..", 2)) {
			text += 2;
			err = take_number(&text, &to);
			if (!err)
				err = take_step(&text, &adds, &step);
			if (err)
				return err;
		}
		if (from < least || to > most || from > to)
			return -ERANGE;
		for (; from <= to; from = adds ? from + step : from * step) {
			if (*count == BENCH_LIST_MAX)
				return -E2BIG;
			list[(*count)++] = (unsigned int)from;
		}
		if (!*text)
			return 0;
		if (*text++ != ',')
			return -EINVAL;
	}
}

/**
 * bench_modes_parse() - names of modes, with commas, or "all"
 * @text:	the words
 * @modes:	bit per enum bench_mode
 *
 * Return: 0, or -EINVAL.
 */
int bench_modes_parse(const char *text, unsigned int *modes)
{
	*modes = 0;
	if (!strcmp(text, "all")) {
		*modes = (1U << BENCH_MODES) - 1;
		return 0;
	}
	for (;;) {
		size_t length = strcspn(text, ",");
		unsigned int i;

		for (i = 0; i < BENCH_MODES; i++)
			if (strlen(mode_names[i]) == length &&
			    !strncmp(mode_names[i], text, length))
				break;
		if (i == BENCH_MODES)
			return -EINVAL;
		*modes |= 1U << i;
		if (!text[length])
			return 0;
		text += length + 1;
	}
}

/**
 * bench_time_parse() - seconds, with a fraction
 * @text:	the word
 * @ns:		nanoseconds
 *
 * Return: 0, or -EINVAL; -ERANGE: not between a millisecond and an hour.
 */
int bench_time_parse(const char *text, uint64_t *ns)
{
	double seconds;
	char *end;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return -EINVAL;
	seconds = strtod(text, &end);
	if (*end || end == text)
		return -EINVAL;
	if (!(seconds >= 0.001 && seconds <= 3600))
		return -ERANGE;
	*ns = (uint64_t)(seconds * 1e9);
	return 0;
}
