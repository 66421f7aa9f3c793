/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_LIVE_H
#define SPECTRUM_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "../sequence.h"

/**
 * struct live_options - what to show of a device, and how
 * @device:	name or path
 * @points:	length of the transform
 * @blocks:	buffers for blocks
 * @block_bytes: room for a block
 * @rate:	samples per second; 0: as measured
 * @seconds:	how long; 0: until interrupted
 * @sequence:	number that blocks have in them
 * @picture:	file for the picture; NULL: none
 * @plain:	no live view
 * @json:	summary as JSON
 */
struct live_options {
	const char *device;
	unsigned int points;
	unsigned int blocks;
	unsigned int block_bytes;
	double rate;
	double seconds;
	struct sequence sequence;
	const char *picture;
	bool plain;
	bool json;
};

/**
 * struct live_counts - what came of it
 * @simulated:	the device is a virtual one
 * @blocks:	received
 * @bytes:	in them
 * @lost:	blocks known to be lost
 * @loss_unknown: times that some may have been
 * @starved:	times that the device was without a buffer; below 0: not known
 * @untransformed: blocks received that there was no time to transform
 * @transforms:	made
 * @rows:	shown
 * @row_blocks_max: most blocks that one row stands for
 * @seconds:	how long it took
 * @rate_measured: samples per second, by the time stamps; 0: too few blocks
 * @rate:	what frequencies are a part of: as given, or as measured
 */
struct live_counts {
	bool simulated;
	uint64_t blocks;
	uint64_t bytes;
	uint64_t lost;
	uint64_t loss_unknown;
	int64_t starved;
	uint64_t untransformed;
	uint64_t transforms;
	uint64_t rows;
	uint64_t row_blocks_max;
	double seconds;
	double rate_measured;
	double rate;
};

int live_run(const struct live_options *options);

#endif
