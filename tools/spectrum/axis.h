/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_AXIS_H
#define SPECTRUM_AXIS_H

#include <stddef.h>

double axis_step(double span, unsigned int most);
double axis_first(double low, double step);
void axis_label(double value, double step, char *text, size_t size);

#endif
