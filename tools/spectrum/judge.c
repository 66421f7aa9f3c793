// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the verdict on the run: every block that is sent is expected back, in
 * order, and is compared with FFTW when it comes.
 *
 * An answer that does not fit the oldest expected block but fits a later one
 * means that the blocks between were lost on the way; they are counted, and
 * the comparison goes on from there. An answer that fits none is wrong.
 */
#include "judge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/**
 * judge_init() - begin with nothing sent
 * @judge:	what to fill in
 * @points:	length of the transform
 * @capacity:	most blocks on their way at a time
 * @scale:	worth of one unit of the device's output, see reference_compare()
 * @snr_wanted_db: a block with less is wrong
 *
 * Return: 0 or -ENOMEM.
 */
int judge_init(struct judge *judge, unsigned int points, unsigned int capacity, double scale,
	       double snr_wanted_db)
{
	int err;

	memset(judge, 0, sizeof(*judge));
	judge->scale = scale;
	judge->snr_wanted_db = snr_wanted_db;
	judge->capacity = capacity;
	judge->block = calloc(capacity, 2 * points * sizeof(*judge->block));
	judge->level_db = calloc(capacity, sizeof(*judge->level_db));
	err = reference_init(&judge->reference, points);
	if (!err && (!judge->block || !judge->level_db))
		err = -ENOMEM;
	if (err)
		judge_destroy(judge);
	return err;
}

/**
 * judge_destroy() - free what judge_init() took
 * @judge: may be partly initialised
 */
void judge_destroy(struct judge *judge)
{
	reference_destroy(&judge->reference);
	free(judge->block);
	free(judge->level_db);
	judge->block = NULL;
	judge->level_db = NULL;
}

static unsigned int slot_of(const struct judge *judge, unsigned int nth)
{
	return (judge->first + nth) % judge->capacity;
}

static int16_t *block_at(const struct judge *judge, unsigned int slot)
{
	return judge->block + (size_t)slot * 2 * judge->reference.points;
}

/**
 * judge_expect() - note a block that is sent
 * @judge:	the judge
 * @block:	points pairs of I and Q; copied
 * @level_db:	level before the window
 *
 * Return: 0, or -ENOSPC if that many are expected already.
 */
int judge_expect(struct judge *judge, const int16_t *block, double level_db)
{
	unsigned int slot = slot_of(judge, judge->expected);

	if (judge->expected == judge->capacity)
		return -ENOSPC;
	memcpy(block_at(judge, slot), block, 2 * judge->reference.points * sizeof(*block));
	judge->level_db[slot] = level_db;
	judge->expected++;
	judge->sent++;
	return 0;
}

/*
 * A loud block needs the ratio that was asked for. A quiet one has too little
 * signal for that, down to none: it may err as much as a block right at the
 * limit could.
 */
static int fits(const struct judge *judge, double level_db, struct verdict verdict)
{
	double limit_rms;

	if (verdict.snr_db >= judge->snr_wanted_db)
		return 1;
	if (level_db > JUDGE_QUIET_DB)
		return 0;
	/* Parseval: the mean square of a bin is points times that of a sample; 3/8: Hann's. */
	limit_rms = 32768.0 * pow(10, (JUDGE_QUIET_DB - judge->snr_wanted_db) / 20) *
		    sqrt(judge->reference.points * 0.375 / 2);
	return verdict.error_rms * judge->scale <= limit_rms;
}

static void pass(struct judge *judge, double level_db, struct verdict verdict)
{
	if (verdict.error_rms > judge->error_rms_max)
		judge->error_rms_max = verdict.error_rms;
	if (level_db <= JUDGE_QUIET_DB) {
		judge->quiet++;
		return;
	}
	if (judge->loud == 0 || verdict.snr_db < judge->snr_min_db)
		judge->snr_min_db = verdict.snr_db;
	judge->snr_sum_db += verdict.snr_db;
	judge->loud++;
}

static void forget(struct judge *judge, unsigned int blocks)
{
	judge->first = slot_of(judge, blocks);
	judge->expected -= blocks;
}

/**
 * judge_answer() - compare a block that came back
 * @judge:	the judge
 * @transform:	points pairs of re and im
 *
 * Return: number of expected blocks that were skipped, 0 if all is well;
 * -ENOENT if nothing was expected; -EILSEQ if it fits nothing that was.
 */
int judge_answer(struct judge *judge, const int32_t *transform)
{
	struct verdict oldest = { 0 };
	unsigned int nth;

	if (judge->expected == 0) {
		judge->wrong++;
		return -ENOENT;
	}
	judge->received++;
	for (nth = 0; nth < judge->expected; nth++) {
		unsigned int slot = slot_of(judge, nth);
		struct verdict verdict;

		verdict = reference_compare(&judge->reference, block_at(judge, slot), transform,
					    judge->scale);
		if (nth == 0)
			oldest = verdict;
		if (!fits(judge, judge->level_db[slot], verdict))
			continue;
		pass(judge, judge->level_db[slot], verdict);
		judge->lost += nth;
		forget(judge, nth + 1);
		return nth;
	}
	pass(judge, judge->level_db[judge->first], oldest);
	judge->wrong++;
	forget(judge, 1);
	return -EILSEQ;
}

/**
 * judge_drop() - give up the oldest expected blocks
 * @judge:	the judge
 * @blocks:	how many; no more than there are
 */
void judge_drop(struct judge *judge, unsigned int blocks)
{
	if (blocks > judge->expected)
		blocks = judge->expected;
	judge->lost += blocks;
	forget(judge, blocks);
}

/**
 * judge_snr_mean_db() - mean of the ratios in dB of all loud blocks
 * @judge: the judge
 */
double judge_snr_mean_db(const struct judge *judge)
{
	return judge->loud ? judge->snr_sum_db / judge->loud : 0;
}
