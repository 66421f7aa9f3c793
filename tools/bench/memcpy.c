// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memcpy: the CPU moves the bytes, the yardstick for what a DMA engine saves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* Copies between two looks at the clock: enough to make its price vanish. */
static unsigned int burst_of(unsigned int size)
{
	unsigned int n = (256U << 10) / size;

	return n ? n : 1;
}

/**
 * bench_memcpy_run() - one slice of memcpy
 * @bench:	everything
 * @row:	gets the slice; its depth is how many buffers are used in turn
 *
 * Return: 0, or -errno after a message.
 */
int bench_memcpy_run(const struct bench *bench, struct bench_row *row)
{
	struct bench_slice *slice = &row->slice[row->slices];
	const struct bench_plan *plan = &bench->plan;
	unsigned int burst = burst_of(row->size), i, at = 0;
	size_t bytes = (size_t)row->size * row->depth;
	struct bench_meter meter;
	unsigned char *from, *to;
	uint64_t now, end, last;
	bool warm;

	from = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	to = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	if (!from || !to) {
		free(from);
		free(to);
		bench_message("memcpy: no memory");
		return -ENOMEM;
	}
	memset(from, 1, bytes);
	memset(to, 2, bytes);
	for (warm = false;; warm = true) {	/* the first time is the warm-up */
		uint64_t done = 0;

		bench_meter_start(&meter, bench->target.name);
		now = meter.start_ns;
		end = now + (warm ? plan->slice_ns : plan->slice_ns / 10);
		while (!bench_interrupted &&
		       (plan->count && warm ? done < plan->count : now < end)) {
			for (i = 0; i < burst; i++) {
				memcpy(to + (size_t)at * row->size,
				       from + (size_t)at * row->size, row->size);
				__asm__ volatile("" : : "r"(to) : "memory");
				at = at + 1 < row->depth ? at + 1 : 0;
			}
			done += burst;
			last = now;
			now = bench_now();
			if (warm)
				histogram_add(&row->total, (now - last) / burst, burst);
		}
		if (!warm)
			continue;
		bench_meter_stop(&meter, bench->target.name, slice);
		slice->transfers = done;
		slice->syscalls = 0;
		slice->wakeups = 0;
		break;
	}
	free(from);
	free(to);
	return 0;
}
