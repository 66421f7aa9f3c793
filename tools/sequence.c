// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The number that blocks have in them, as the user describes it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <dmaring/dmaring.h>

#include "sequence.h"

bool sequence_parse(const char *text, struct sequence *sequence)
{
	unsigned long bits, at = 0;
	char *end;

	memset(sequence, 0, sizeof(*sequence));
	if (*text != 'u' || !isdigit((unsigned char)text[1]))
		return false;
	bits = strtoul(text + 1, &end, 10);
	if (bits != 16 && bits != 32 && bits != 64)
		return false;
	if (!strncmp(end, "be", 2)) {
		sequence->flags = DMARING_STREAM_SEQUENCE_BE;
		end += 2;
	} else if (!strncmp(end, "le", 2)) {
		end += 2;
	}
	if (*end == '@' && isdigit((unsigned char)end[1]))
		at = strtoul(end + 1, &end, 0);
	sequence->bytes = (uint32_t)bits / 8;
	sequence->offset = (uint32_t)at;
	return !*end && at <= UINT32_MAX;
}

bool sequence_fits(const struct sequence *sequence, uint32_t block_bytes)
{
	return sequence->bytes <= block_bytes &&
	       sequence->offset <= block_bytes - sequence->bytes;
}
