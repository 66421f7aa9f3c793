/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_DEVICE_H
#define SPECTRUM_DEVICE_H

#include <stdint.h>

/**
 * struct spectrum_device - what the test device does wrong; 0: nothing
 * @lose:	number of a block that is not answered
 * @spoil:	number of a block whose answer is wrong
 * @keep_from:	number of the first block that is never answered
 */
struct spectrum_device {
	uint64_t lose;
	uint64_t spoil;
	uint64_t keep_from;
};

extern struct spectrum_device spectrum_device;

#endif
