// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The histogram's slow side: values of buckets, quantiles, sums.
 */
#include "histogram.h"

/**
 * histogram_value() - what a bucket stands for
 * @index:	of the bucket
 *
 * Return: the middle of its values.
 */
uint64_t histogram_value(unsigned int index)
{
	unsigned int power = index / HISTOGRAM_PARTS;
	uint64_t part;

	if (power < 2)
		return index;
	part = HISTOGRAM_PARTS + index % HISTOGRAM_PARTS;
	return (part << (power - 1)) + (1ULL << (power - 1)) / 2;
}

/**
 * histogram_merge() - add one histogram to another
 * @to:		gets the sum
 * @from:	the other
 */
void histogram_merge(struct histogram *to, const struct histogram *from)
{
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
	to->count += from->count;
	if (from->max > to->max)
		to->max = from->max;
}

/**
 * histogram_quantile() - the value that a share of all does not exceed
 * @histogram:	the histogram
 * @share:	0 .. 1
 *
 * Return: nanoseconds, within 1 % of the true one; 0 if nothing was counted.
 */
uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
	uint64_t seen = 0, wanted;
	unsigned int i;

	if (!histogram->count)
		return 0;
	wanted = (uint64_t)(share * (double)histogram->count);
	if ((double)wanted < share * (double)histogram->count)
		wanted++;
	if (!wanted)
		wanted = 1;
	/* The largest is known better than its bucket. */
	if (wanted >= histogram->count)
		return histogram->max;
	for (i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		seen += histogram->bucket[i];
		if (seen >= wanted)
			break;
	}
	return histogram_value(i) < histogram->max ? histogram_value(i) : histogram->max;
}
