/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_COLOUR_H
#define SPECTRUM_COLOUR_H

#include <stdint.h>

struct colour {
	uint8_t red;
	uint8_t green;
	uint8_t blue;
};

struct colour colour_of(double fraction);

#endif
