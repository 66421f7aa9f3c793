// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time, CPU time, and the device's counters, before and after.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"

/**
 * bench_now() - the clock of the completions' time stamps
 *
 * Return: nanoseconds of CLOCK_MONOTONIC.
 */
uint64_t bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/**
 * bench_cpu_ns() - CPU time of the process, finer than that of rusage
 *
 * Return: nanoseconds.
 */
uint64_t bench_cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/**
 * bench_attribute() - a number in sysfs
 * @device:	name of the device
 * @name:	of the attribute, with its folder
 *
 * Return: the number; 0 if there is none.
 */
uint64_t bench_attribute(const char *device, const char *name)
{
	unsigned long long value = 0;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/dmaring/%s/%s", device, name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%llu", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

static uint64_t time_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_usec * 1000;
}

/**
 * bench_meter_start() - the measured part begins
 * @meter:	filled in
 * @device:	whose counters
 */
void bench_meter_start(struct bench_meter *meter, const char *device)
{
	struct rusage usage;

	meter->doorbells = bench_attribute(device, "counters/doorbells");
	meter->wakeups = bench_attribute(device, "counters/wakeups");
	getrusage(RUSAGE_SELF, &usage);
	meter->user_ns = time_ns(&usage.ru_utime);
	meter->sys_ns = time_ns(&usage.ru_stime);
	meter->start_ns = bench_now();
}

/**
 * bench_meter_stop() - the measured part is over
 * @meter:	from bench_meter_start()
 * @device:	whose counters
 * @slice:	gets the differences; doorbells are added to its system calls
 */
void bench_meter_stop(const struct bench_meter *meter, const char *device,
		      struct bench_slice *slice)
{
	struct rusage usage;

	slice->ns = bench_now() - meter->start_ns;
	getrusage(RUSAGE_SELF, &usage);
	slice->user_ns = time_ns(&usage.ru_utime) - meter->user_ns;
	slice->sys_ns = time_ns(&usage.ru_stime) - meter->sys_ns;
	slice->syscalls += bench_attribute(device, "counters/doorbells") - meter->doorbells;
	slice->wakeups = bench_attribute(device, "counters/wakeups") - meter->wakeups;
}
