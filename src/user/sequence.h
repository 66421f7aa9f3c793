/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Numbers that blocks have in them, and what they say of the blocks between.
 * Shared by the streams of the library and by the commands.
 */
#ifndef DMARING_USER_SEQUENCE_H
#define DMARING_USER_SEQUENCE_H

#include <stdbool.h>

#include <dmaring/dmaring.h>

/**
 * struct dmaring_sequence - where a stream is in its numbers
 * @width:	bytes of a number: 2, 4 or 8
 * @big_endian:	and not little
 * @numbered:	a number was seen
 * @expected:	the next one, if none is missing
 * @unnumbered:	blocks without a number since the last one
 */
struct dmaring_sequence {
	__u32 width;
	bool big_endian;
	bool numbered;
	__u64 expected;
	__u64 unnumbered;
};

/**
 * dmaring_sequence_read() - the number itself
 * @sequence:	its width and byte order
 * @from:	where it is
 *
 * Return: the number.
 */
static inline __u64 dmaring_sequence_read(const struct dmaring_sequence *sequence,
					  const unsigned char *from)
{
	__u64 number = 0;
	__u32 i;

	for (i = 0; i < sequence->width; i++)
		number = number << 8 | from[sequence->big_endian ? i : sequence->width - 1 - i];
	return number;
}

/**
 * dmaring_sequence_take() - a block came that has a number
 * @sequence:	moves on
 * @number:	of the block
 * @lost:	set to the blocks missing before it
 *
 * Return: false: the numbers went back, and nobody knows what is missing.
 */
static inline bool dmaring_sequence_take(struct dmaring_sequence *sequence, __u64 number,
					 __u64 *lost)
{
	__u32 unused = 64 - 8 * sequence->width;
	/* Both have the width of the number, which wraps. */
	__u64 ahead = (number - sequence->expected) << unused >> unused;
	bool back = sequence->numbered && ahead << unused >> 63;

	*lost = 0;
	/* Those that came without a number are not lost. */
	if (sequence->numbered && !back && ahead > sequence->unnumbered)
		*lost = ahead - sequence->unnumbered;
	sequence->numbered = true;
	sequence->unnumbered = 0;
	sequence->expected = number + 1;
	return !back;
}

#endif /* DMARING_USER_SEQUENCE_H */
