/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of dmaring-bench share: what is asked for, what is measured.
 *
 * A measurement is a *row* (mode, size, depth). Rows are measured in *rounds*,
 * a slice of each row a round, and the order of rows is turned round from one
 * round to the next, so that a drift of the machine falls on all alike. A
 * row's rate is the median of its slices.
 *
 * A *transfer* is a copy; on a device with a send and a receive channel it is a
 * send and the receive that it ends in.
 */
#ifndef DMARING_BENCH_BENCH_H
#define DMARING_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaring/dmaring.h>

#include "histogram.h"

#define BENCH_LIST_MAX		32
#define BENCH_ROUNDS_MAX	99
#define BENCH_DEPTH_MAX		4096

enum bench_mode {
	BENCH_RING_POLL,
	BENCH_RING_EPOLL,
	BENCH_RING_EVENTFD,
	BENCH_RING_URING,
	BENCH_RING_NOSYSCALL,
	BENCH_READ_BLOCKING,
	BENCH_KERNEL_FLOOR,
	BENCH_MEMCPY,
	BENCH_TO_DISK,
	BENCH_MODES,
};

/**
 * struct bench_plan - what is asked for
 * @device:	name of the device
 * @sizes:	bytes of a transfer
 * @size_count:	how many
 * @depths:	transfers in flight
 * @depth_count: how many
 * @modes:	bit per enum bench_mode
 * @batch:	transfers that a wake-up waits for; 0: as many as the depth
 * @rounds:	rounds
 * @slice_ns:	length of a slice
 * @count:	transfers of a slice instead; 0: by time
 * @rate:	transfers per second that are due, whatever happens; 0: as fast
 *		as they come back
 * @cpu:	CPU to run on; below 0: any
 * @file:	what to-disk writes, or NULL
 */
struct bench_plan {
	const char *device;
	unsigned int sizes[BENCH_LIST_MAX];
	unsigned int size_count;
	unsigned int depths[BENCH_LIST_MAX];
	unsigned int depth_count;
	unsigned int modes;
	unsigned int batch;
	unsigned int rounds;
	uint64_t slice_ns;
	uint64_t count;
	uint64_t rate;
	int cpu;
	const char *file;
};

/**
 * struct bench_slice - what one slice gave
 * @transfers:	done in the measured part
 * @ns:		its length
 * @errors:	failed ones
 * @syscalls:	system calls made for them
 * @wakeups:	wake-ups given by the driver
 * @user_ns:	CPU time of the process
 * @sys_ns:	CPU time of the kernel for it
 * @setup_ns:	CPU time from opening the ring to the first completion; 0: no ring
 */
struct bench_slice {
	uint64_t transfers;
	uint64_t ns;
	uint64_t errors;
	uint64_t syscalls;
	uint64_t wakeups;
	uint64_t user_ns;
	uint64_t sys_ns;
	uint64_t setup_ns;
};

/**
 * struct bench_row - one measurement
 * @mode:	enum bench_mode
 * @size:	bytes of a transfer
 * @depth:	transfers in flight
 * @slices:	slices so far
 * @slice:	the slices
 * @total:	from when a transfer was submitted, or due, until its
 *		completion was in the user's hands
 * @work:	the first part of it: until the driver's time stamp
 * @wake:	the rest
 */
struct bench_row {
	enum bench_mode mode;
	unsigned int size;
	unsigned int depth;
	unsigned int slices;
	struct bench_slice slice[BENCH_ROUNDS_MAX];
	struct histogram total;
	struct histogram work;
	struct histogram wake;
};

/**
 * struct bench_summary - a row in figures; not a number: not known
 * @transfers:	of all slices
 * @errors:	of all slices
 * @rate:	transfers per second, median of the slices
 * @ratio:	median of the ratios to the floor of the same round
 * @syscalls:	per 1000 transfers
 * @wakeups:	per 1000 transfers
 * @user_s:	CPU seconds of the process, all slices
 * @sys_s:	CPU seconds of the kernel for it, all slices
 * @setup_s:	CPU seconds from opening the ring to the first completion, median
 */
struct bench_summary {
	uint64_t transfers;
	uint64_t errors;
	double rate;
	double ratio;
	double syscalls;
	double wakeups;
	double user_s;
	double sys_s;
	double setup_s;
};

/**
 * struct bench_target - the device under test
 * @name:	its name
 * @simulated:	it is a simulation
 * @copy:	it copies; else it has a send and a receive channel
 * @poller:	the administrator allows the driver to look by itself
 * @alignment:	of a transfer's length, in bytes
 */
struct bench_target {
	char name[DMARING_NAME_BYTES];
	unsigned int alignment;
	bool simulated;
	bool copy;
	bool poller;
};

/**
 * struct bench - everything of a run
 * @plan:	what is asked for
 * @target:	the device
 * @rows:	the rows
 * @row:	how many
 * @rounds_done: rounds that are complete
 */
struct bench {
	struct bench_plan plan;
	struct bench_target target;
	struct bench_row *row;
	unsigned int rows;
	unsigned int rounds_done;
};

/* main.c */
void bench_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern volatile int bench_interrupted;

/* plan.c */
int bench_list_parse(const char *text, unsigned int least, unsigned int most, unsigned int *list,
		     unsigned int *count);
int bench_modes_parse(const char *text, unsigned int *modes);
const char *bench_mode_name(enum bench_mode mode);
int bench_time_parse(const char *text, uint64_t *ns);
int bench_number_parse(const char *text, uint64_t *number);

/* clock.c */
uint64_t bench_now(void);
uint64_t bench_cpu_ns(void);
uint64_t bench_attribute(const char *device, const char *name);

/**
 * bench_due() - when a transfer is due, at a rate
 * @n:		its number, from 0
 * @rate:	transfers per second; below 10^10
 *
 * Return: nanoseconds after that of number 0. It does not overflow for a century,
 * nor does it need more than 64 bits.
 */
static inline uint64_t bench_due(uint64_t n, uint64_t rate)
{
	return n / rate * 1000000000 + n % rate * 1000000000 / rate;
}

/**
 * struct bench_meter - the counters at the start of the measured part
 * @start_ns:	when that was
 * @user_ns:	CPU time
 * @sys_ns:	CPU time
 * @doorbells:	the device's counter
 * @wakeups:	the device's counter
 */
struct bench_meter {
	uint64_t start_ns;
	uint64_t user_ns;
	uint64_t sys_ns;
	uint64_t doorbells;
	uint64_t wakeups;
};

void bench_meter_start(struct bench_meter *meter, const char *device);
void bench_meter_stop(const struct bench_meter *meter, const char *device,
		      struct bench_slice *slice);

/* target.c */
int bench_target_open(struct bench_target *target, const char *device);

/* the modes: 0, or -errno after a message */
int bench_floor_available(const struct bench_target *target, char *why, size_t size);
int bench_floor_run(const struct bench *bench, struct bench_row *row);
int bench_ring_run(const struct bench *bench, struct bench_row *row);
int bench_blocking_run(const struct bench *bench, struct bench_row *row);
int bench_memcpy_run(const struct bench *bench, struct bench_row *row);

/* summary.c */
double bench_median(double *values, unsigned int count);
void bench_summarise(const struct bench *bench, const struct bench_row *row,
		     struct bench_summary *summary);

/* report.c */
void bench_print_table(const struct bench *bench);
void bench_print_csv(const struct bench *bench);
void bench_print_json(const struct bench *bench);
const char *bench_caveat(const struct bench *bench);
const char *bench_machine(char *buf, size_t size);

/* html.c */
int bench_write_html(const struct bench *bench, const char *path);

/* compare.c */
int bench_compare(const char *old_path, const char *new_path, bool as_json);

#endif /* DMARING_BENCH_BENCH_H */
