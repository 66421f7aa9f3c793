/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The number that blocks have in them, as the user describes it.
 */
#ifndef DMARING_SEQUENCE_H
#define DMARING_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct sequence - for struct dmaring_stream_options
 * @bytes:	width of the number; 0: there is none
 * @offset:	where it is, bytes from the start of a block
 * @flags:	DMARING_STREAM_SEQUENCE_BE or 0
 */
struct sequence {
	uint32_t bytes, offset, flags;
};

/**
 * sequence_parse() - u16, u32 or u64, "be" behind it if big-endian, @ and where it is
 * @text:	"u64", "u32be@8"
 * @sequence:	filled in
 *
 * Return: false if @text is nothing of the kind.
 */
bool sequence_parse(const char *text, struct sequence *sequence);

/**
 * sequence_fits() - is there room for it in a block
 * @sequence:	the number
 * @block_bytes: length of a block
 *
 * Return: whether there is.
 */
bool sequence_fits(const struct sequence *sequence, uint32_t block_bytes);

#endif /* DMARING_SEQUENCE_H */
