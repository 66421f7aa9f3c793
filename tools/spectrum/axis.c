// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns where the ticks of an axis are and what they say, for the picture and
 * for the terminal.
 */
#include "axis.h"

#include <math.h>
#include <stdio.h>

/**
 * axis_step() - distance of ticks: 1, 2 or 5 times a power of ten
 * @span:	length of the axis, in its unit
 * @most:	at most so many steps
 */
double axis_step(double span, unsigned int most)
{
	static const double nice[] = { 1, 2, 5, 10 };
	double raw = span / (most ? most : 1);
	double decade;
	unsigned int i;

	if (!(raw > 0))
		return 1;
	decade = pow(10, floor(log10(raw)));
	for (i = 0; i < 4; i++)
		if (nice[i] * decade >= raw * (1 - 1e-9))
			return nice[i] * decade;
	return 10 * decade;
}

/**
 * axis_first() - the lowest tick
 * @low:	where the axis begins
 * @step:	from axis_step()
 */
double axis_first(double low, double step)
{
	return ceil(low / step - 1e-9) * step;
}

/**
 * axis_label() - text of a tick, with as many decimals as the step needs
 * @value:	where the tick is
 * @step:	from axis_step()
 * @text:	out
 * @size:	of @text
 */
void axis_label(double value, double step, char *text, size_t size)
{
	int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;

	if (fabs(value) < step / 2)
		value = 0;
	snprintf(text, size, "%.*f", decimals, value);
}
