// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fuzzer's input: commands from the front, surprises from the back, so that
 * one more of the one kind does not change the meaning of the other.
 */
#include "fuzz.h"

static const u8 *front, *back;
static unsigned int countdown;
static bool armed;

void input_begin(const u8 *data, size_t bytes)
{
	front = data;
	back = data + bytes;
	armed = true;
	countdown = surprise_byte();
}

bool input_left(void)
{
	return front < back;
}

u8 input_byte(void)
{
	return front < back ? *front++ : 0;
}

u8 surprise_byte(void)
{
	if (front < back)
		return *--back;
	armed = false;
	return 0;
}

/* Once for each load of the peer's memory and each release of the last lock. */
bool surprise_due(void)
{
	if (!armed)
		return false;
	if (countdown) {
		countdown--;
		return false;
	}
	countdown = surprise_byte();
	return armed;
}
