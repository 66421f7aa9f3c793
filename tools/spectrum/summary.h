/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_SUMMARY_H
#define SPECTRUM_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "judge.h"
#include "meter.h"

/**
 * struct summary - one run in numbers
 * @device:	name of the device
 * @simulated:	it is a virtual one
 * @kernel:	release of the kernel
 * @driver:	version of the driver
 * @input:	name of the recording
 * @rate:	frames per second
 * @points:	length of the transform
 * @armed:	blocks armed in each direction
 * @paced:	samples were taken as they came due
 * @fast:	samples were taken as fast as the device could
 * @failed:	completions that told an error
 * @judge:	what was sent, lost and compared
 * @meter:	what it cost
 * @seconds:	how long it took
 * @played_s:	how much signal that was
 * @late_max_ms: most time from a block's last sample to its end in the
 *		device
 */
struct summary {
	const char *device;
	bool simulated;
	const char *kernel;
	const char *driver;
	const char *input;
	double rate;
	unsigned int points;
	unsigned int armed;
	bool paced;
	bool fast;
	uint64_t failed;
	const struct judge *judge;
	const struct meter *meter;
	double seconds;
	double played_s;
	double late_max_ms;
};

void summary_print(const struct summary *summary);
char *summary_to_json(const struct summary *summary);
int summary_write(const struct summary *summary, const char *path);

#endif
