/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_JUDGE_H
#define SPECTRUM_JUDGE_H

#include <stdint.h>

#include "reference.h"

#define JUDGE_QUIET_DB		-40.0	/* blocks below it do not count for the SNR */

/**
 * struct judge - what was sent, what came back, and how good it was
 * @reference:	FFTW
 * @scale:	worth of one unit of the device's output
 * @snr_wanted_db: a block with less is wrong
 * @capacity:	blocks that can be expected at a time
 * @first:	oldest expected block, index into the ring of @capacity
 * @expected:	blocks expected
 * @block:	the expected blocks, each of points pairs
 * @level_db:	their levels before the window
 * @sent:	blocks sent
 * @received:	blocks that came back and were compared
 * @lost:	blocks sent that did not come back
 * @wrong:	blocks that came back, but not as what was sent
 * @quiet:	blocks compared that were quieter than JUDGE_QUIET_DB
 * @loud:	the others
 * @snr_min_db:	lowest of the loud ones
 * @snr_sum_db:	of the loud ones
 * @error_rms_max: of all blocks, quiet ones too; least significant bits
 */
struct judge {
	struct reference reference;
	double scale;
	double snr_wanted_db;
	unsigned int capacity;
	unsigned int first;
	unsigned int expected;
	int16_t *block;
	double *level_db;
	uint64_t sent;
	uint64_t received;
	uint64_t lost;
	uint64_t wrong;
	uint64_t quiet;
	uint64_t loud;
	double snr_min_db;
	double snr_sum_db;
	double error_rms_max;
};

int judge_init(struct judge *judge, unsigned int points, unsigned int capacity, double scale,
	       double snr_wanted_db);
void judge_destroy(struct judge *judge);
int judge_expect(struct judge *judge, const int16_t *block, double level_db);
int judge_answer(struct judge *judge, const int32_t *transform);
void judge_drop(struct judge *judge, unsigned int blocks);
double judge_snr_mean_db(const struct judge *judge);

#endif
