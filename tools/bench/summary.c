// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From slices to figures: medians, so that one slice that was disturbed says
 * nothing, and ratios within a round, so that a drift of the machine does not.
 */
#include <math.h>
#include <stdlib.h>

#include "bench.h"

static int compare_values(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * bench_median() - the middle of some values
 * @values:	they are sorted by this
 * @count:	how many
 *
 * Return: the median; not a number if there are none.
 */
double bench_median(double *values, unsigned int count)
{
	if (!count)
		return NAN;
	qsort(values, count, sizeof(*values), compare_values);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double slice_rate(const struct bench_slice *slice)
{
	return slice->ns ? (double)slice->transfers * 1e9 / (double)slice->ns : 0;
}

/* The row of the floor with this size, at this depth, or at its deepest. */
static const struct bench_row *floor_of(const struct bench *bench, const struct bench_row *row)
{
	unsigned int i;

	for (i = 0; i < bench->rows; i++)
		if (bench->row[i].mode == BENCH_KERNEL_FLOOR && bench->row[i].size == row->size &&
		    bench->row[i].depth == row->depth)
			return &bench->row[i];
	return NULL;
}

/**
 * bench_summarise() - the figures of a row
 * @bench:	everything
 * @row:	the row
 * @summary:	filled in
 */
void bench_summarise(const struct bench *bench, const struct bench_row *row,
		     struct bench_summary *summary)
{
	const struct bench_row *floor = floor_of(bench, row);
	uint64_t syscalls = 0, wakeups = 0, user = 0, sys = 0;
	double rates[BENCH_ROUNDS_MAX], ratios[BENCH_ROUNDS_MAX];
	double setups[BENCH_ROUNDS_MAX];
	unsigned int i, n = 0, m = 0;

	*summary = (struct bench_summary){ 0 };
	for (i = 0; i < row->slices; i++) {
		const struct bench_slice *slice = &row->slice[i];

		summary->transfers += slice->transfers;
		summary->errors += slice->errors;
		syscalls += slice->syscalls;
		wakeups += slice->wakeups;
		user += slice->user_ns;
		sys += slice->sys_ns;
		rates[i] = slice_rate(slice);
		if (slice->setup_ns)
			setups[m++] = (double)slice->setup_ns / 1e9;
		if (floor && i < floor->slices && slice_rate(&floor->slice[i]) > 0)
			ratios[n++] = rates[i] / slice_rate(&floor->slice[i]);
	}
	summary->rate = bench_median(rates, row->slices);
	summary->ratio = bench_median(ratios, n);
	summary->syscalls = summary->transfers ? 1000.0 * (double)syscalls /
						 (double)summary->transfers : NAN;
	summary->wakeups = summary->transfers ? 1000.0 * (double)wakeups /
						(double)summary->transfers : NAN;
	summary->setup_s = bench_median(setups, m);
	summary->user_s = (double)user / 1e9;
	summary->sys_s = (double)sys / 1e9;
}
