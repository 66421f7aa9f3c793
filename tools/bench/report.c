// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report: a table for people, CSV and JSON for programs.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "../json.h"
#include "bench.h"

static const double shares[] = { 0.5, 0.9, 0.99, 0.999 };
static const char *const share_names[] = { "p50_ns", "p90_ns", "p99_ns", "p999_ns" };

#define SHARES	(sizeof(shares) / sizeof(shares[0]))

/**
 * bench_caveat() - what a reader must know of the figures
 * @bench:	everything
 *
 * Return: a sentence.
 */
const char *bench_caveat(const struct bench *bench)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	bool emulated = false;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		emulated |= strstr(line, "hypervisor") || strstr(line, "QEMU");
	if (file)
		fclose(file);
	if (bench->target.simulated)
		return emulated ?
			"The DMA engine is simulated and the machine is emulated: "
			"ratios mean something, absolute figures do not." :
			"The DMA engine is simulated: its figures are not those of any hardware.";
	return emulated ?
		"The machine is emulated: ratios mean something, absolute figures do not." :
		"Nothing says that the machine is emulated, or the DMA engine simulated.";
}

/**
 * bench_machine() - kernel, processors and clock, in words
 * @buf:	filled in
 * @size:	room in @buf
 *
 * Return: @buf.
 */
const char *bench_machine(char *buf, size_t size)
{
	char clock[64] = "?";
	struct utsname name;
	unsigned int cpus = 0;
	char line[256];
	FILE *file;

	uname(&name);
	file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
	if (file) {
		if (fgets(clock, sizeof(clock), file))
			clock[strcspn(clock, "\n")] = '\0';
		fclose(file);
	}
	file = fopen("/proc/stat", "re");
	while (file && fgets(line, sizeof(line), file))
		cpus += !strncmp(line, "cpu", 3) && line[3] >= '0' && line[3] <= '9';
	if (file)
		fclose(file);
	snprintf(buf, size, "Linux %s %s, %u CPUs, clock source %s", name.release, name.machine,
		 cpus, clock);
	return buf;
}

static void print_real(double value, const char *format)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f", value);
	if (isnan(value))
		strcpy(text, "-");
	printf(format, text);
}

/**
 * bench_print_table() - the report for people
 * @bench:	everything
 */
void bench_print_table(const struct bench *bench)
{
	char machine[256];
	unsigned int i;

	printf("%s on %s\n%s\n\n", bench->target.name, bench_machine(machine, sizeof(machine)),
	       bench_caveat(bench));
	printf("%-14s %8s %5s %10s %10s %6s %9s %9s %9s %9s %9s %6s\n", "mode", "size", "depth",
	       "transfers/s", "MB/s", "floor", "sysc/1000", "wake/1000", "p50 us", "p99 us",
	       "max us", "errors");
	for (i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];
		struct bench_summary summary;

		if (!row->slices)
			continue;
		bench_summarise(bench, row, &summary);
		printf("%-14s %8u %5u %10.0f %10.1f ", bench_mode_name(row->mode), row->size,
		       row->depth, summary.rate, summary.rate * row->size / 1e6);
		if (isnan(summary.ratio))
			printf("%6s ", "-");
		else
			printf("%6.3f ", summary.ratio);
		print_real(row->mode == BENCH_KERNEL_FLOOR ? NAN : summary.syscalls, "%9s ");
		print_real(row->mode == BENCH_KERNEL_FLOOR ? NAN : summary.wakeups, "%9s ");
		print_real(row->total.count ? (double)histogram_quantile(&row->total, 0.5) / 1e3 :
					      NAN, "%9s ");
		print_real(row->total.count ? (double)histogram_quantile(&row->total, 0.99) / 1e3 :
					      NAN, "%9s ");
		print_real(row->total.count ? (double)row->total.max / 1e3 : NAN, "%9s ");
		printf("%6llu\n", (unsigned long long)summary.errors);
	}
}

static void csv_real(double value)
{
	if (isfinite(value))
		printf(",%.6g", value);
	else
		putchar(',');
}

/**
 * bench_print_csv() - one line a row, a head line first
 * @bench:	everything
 *
 * What is not known is empty.
 */
void bench_print_csv(const struct bench *bench)
{
	unsigned int i;
	size_t k;

	puts("mode,size,depth,transfers,transfers_per_s,bytes_per_s,ratio_to_floor,syscalls_per_1000,wakeups_per_1000,cpu_user_s,cpu_sys_s,p50_ns,p90_ns,p99_ns,p999_ns,max_ns,errors");
	for (i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];
		struct bench_summary summary;

		if (!row->slices)
			continue;
		bench_summarise(bench, row, &summary);
		printf("%s,%u,%u,%llu", bench_mode_name(row->mode), row->size, row->depth,
		       (unsigned long long)summary.transfers);
		csv_real(summary.rate);
		csv_real(summary.rate * row->size);
		csv_real(summary.ratio);
		csv_real(summary.syscalls);
		csv_real(summary.wakeups);
		csv_real(summary.user_s);
		csv_real(summary.sys_s);
		for (k = 0; k < SHARES; k++)
			csv_real(row->total.count ?
				 (double)histogram_quantile(&row->total, shares[k]) : NAN);
		csv_real(row->total.count ? (double)row->total.max : NAN);
		printf(",%llu\n", (unsigned long long)summary.errors);
	}
}

static void json_histogram(struct json *json, const char *name, const struct histogram *histogram)
{
	unsigned int i;
	size_t k;

	if (!histogram->count)
		return;
	json_begin_object(json, name);
	json_unsigned(json, "count", histogram->count);
	for (k = 0; k < SHARES; k++)
		json_unsigned(json, share_names[k], histogram_quantile(histogram, shares[k]));
	json_unsigned(json, "max_ns", histogram->max);
	/* Pairs of a duration and how often it was seen. */
	json_begin_array(json, "histogram");
	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!histogram->bucket[i])
			continue;
		json_unsigned(json, NULL, histogram_value(i));
		json_unsigned(json, NULL, histogram->bucket[i]);
	}
	json_end_array(json);
	json_end_object(json);
}

static void json_row(struct json *json, const struct bench *bench, const struct bench_row *row)
{
	struct bench_summary summary;
	unsigned int i;
	size_t k;

	bench_summarise(bench, row, &summary);
	json_begin_object(json, NULL);
	json_string(json, "mode", bench_mode_name(row->mode));
	json_unsigned(json, "size", row->size);
	json_unsigned(json, "depth", row->depth);
	json_unsigned(json, "transfers", summary.transfers);
	json_real(json, "transfers_per_s", summary.rate);
	json_real(json, "bytes_per_s", summary.rate * row->size);
	json_real(json, "ratio_to_floor", summary.ratio);
	json_real(json, "syscalls_per_1000", summary.syscalls);
	json_real(json, "wakeups_per_1000", summary.wakeups);
	json_real(json, "cpu_user_s", summary.user_s);
	json_real(json, "cpu_sys_s", summary.sys_s);
	json_real(json, "setup_cpu_s", summary.setup_s);
	for (k = 0; k < SHARES; k++)
		json_unsigned(json, share_names[k], histogram_quantile(&row->total, shares[k]));
	json_unsigned(json, "max_ns", row->total.max);
	json_unsigned(json, "errors", summary.errors);
	json_begin_array(json, "slices_per_s");
	for (i = 0; i < row->slices; i++)
		json_real(json, NULL, row->slice[i].ns ?
			  (double)row->slice[i].transfers * 1e9 / (double)row->slice[i].ns : NAN);
	json_end_array(json);
	json_histogram(json, "submit_to_woken", &row->total);
	json_histogram(json, "submit_to_complete", &row->work);
	json_histogram(json, "complete_to_woken", &row->wake);
	json_end_object(json);
}

/**
 * bench_print_json() - everything, for programs and for --compare
 * @bench:	everything
 */
void bench_print_json(const struct bench *bench)
{
	struct json json = { .out = stdout };
	char machine[256];
	unsigned int i;

	json_begin_object(&json, NULL);
	json_string(&json, "device", bench->target.name);
	json_boolean(&json, "simulated", bench->target.simulated);
	json_string(&json, "machine", bench_machine(machine, sizeof(machine)));
	json_string(&json, "caveat", bench_caveat(bench));
	json_string(&json, "version", dmaring_version());
	json_unsigned(&json, "rounds", bench->rounds_done);
	json_unsigned(&json, "slice_ns", bench->plan.count ? 0 : bench->plan.slice_ns);
	json_unsigned(&json, "count", bench->plan.count);
	json_unsigned(&json, "batch", bench->plan.batch);
	json_unsigned(&json, "rate", bench->plan.rate);
	json_begin_array(&json, "rows");
	for (i = 0; i < bench->rows; i++)
		if (bench->row[i].slices)
			json_row(&json, bench, &bench->row[i]);
	json_end_array(&json);
	json_end_object(&json);
}
