/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A histogram of durations, log-linear: each power of two is cut into equal
 * parts, so that the error is a share of the value, whatever its size.
 */
#ifndef DMARING_BENCH_HISTOGRAM_H
#define DMARING_BENCH_HISTOGRAM_H

#include <stdint.h>

/* Parts of a power of two: a value is known to 1/128 of itself. */
#define HISTOGRAM_BITS		7
#define HISTOGRAM_PARTS		(1U << HISTOGRAM_BITS)
/* Up to 2^44 ns, five hours. What is longer counts as that. */
#define HISTOGRAM_POWERS	44
#define HISTOGRAM_BUCKETS	((HISTOGRAM_POWERS - HISTOGRAM_BITS + 1) * HISTOGRAM_PARTS)

/**
 * struct histogram - how often each duration was seen
 * @count:	values seen
 * @max:	the longest, exactly
 * @bucket:	values by size
 *
 * All zero is an empty one.
 */
struct histogram {
	uint64_t count;
	uint64_t max;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

/**
 * histogram_index() - bucket of a value
 * @value:	nanoseconds
 *
 * Return: index in @bucket.
 */
static inline unsigned int histogram_index(uint64_t value)
{
	unsigned int power;

	if (value < HISTOGRAM_PARTS)
		return (unsigned int)value;
	if (value >> HISTOGRAM_POWERS)
		return HISTOGRAM_BUCKETS - 1;
	power = 63 - (unsigned int)__builtin_clzll(value);
	return (power - HISTOGRAM_BITS) * HISTOGRAM_PARTS +
	       (unsigned int)(value >> (power - HISTOGRAM_BITS));
}

/**
 * histogram_add() - count values
 * @histogram:	the histogram
 * @value:	nanoseconds
 * @times:	how often
 */
static inline void histogram_add(struct histogram *histogram, uint64_t value, uint64_t times)
{
	histogram->bucket[histogram_index(value)] += times;
	histogram->count += times;
	if (value > histogram->max)
		histogram->max = value;
}

void histogram_merge(struct histogram *to, const struct histogram *from);
uint64_t histogram_value(unsigned int index);
uint64_t histogram_quantile(const struct histogram *histogram, double share);

#endif /* DMARING_BENCH_HISTOGRAM_H */
