// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the colours of levels: Inferno by Nathaniel Smith and Stefan van der
 * Walt (CC0), which gets evenly brighter and also works in grey and for the
 * colour-blind; ten points of it, linear between.
 */
#include "colour.h"

static const struct colour inferno[] = {
	{ 0, 0, 4 },	 { 27, 12, 65 },  { 74, 12, 107 },  { 120, 28, 109 }, { 165, 44, 96 },
	{ 207, 68, 70 }, { 237, 105, 37 }, { 251, 155, 6 }, { 247, 209, 61 }, { 252, 255, 164 },
};

#define LAST ((int)(sizeof(inferno) / sizeof(inferno[0])) - 1)

/**
 * colour_of() - colour of a level
 * @fraction: 0 is the lowest level, 1 the highest; what is beyond is clipped
 */
struct colour colour_of(double fraction)
{
	const struct colour *a, *b;
	double part;
	int i;

	if (!(fraction > 0))
		fraction = 0;
	if (fraction > 1)
		fraction = 1;
	i = fraction * LAST;
	if (i == LAST)
		return inferno[LAST];
	part = fraction * LAST - i;
	a = &inferno[i];
	b = a + 1;
	return (struct colour){
		.red = a->red + part * (b->red - a->red) + 0.5,
		.green = a->green + part * (b->green - a->green) + 0.5,
		.blue = a->blue + part * (b->blue - a->blue) + 0.5,
	};
}
