// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring bench without a device: the histogram's promise of 1 %, the words of
 * the command line, medians and ratios, the page, and what compare says.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../tools/bench/bench.h"

static char message[256];
volatile int bench_interrupted;

void bench_message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
}

static void each_value_is_known_to_one_percent(void **state)
{
	uint64_t value;

	(void)state;
	for (value = 0; value < 1ULL << 43; value += value / 1000 + 1) {
		uint64_t known = histogram_value(histogram_index(value));
		uint64_t error = known > value ? known - value : value - known;

		assert_true(error * 100 <= value);
	}
}

static void buckets_are_in_order_and_none_is_missing(void **state)
{
	unsigned int i, last = 0;
	uint64_t value;

	(void)state;
	for (value = 1; value < 1 << 20; value++) {
		i = histogram_index(value);
		assert_true(i == last || i == last + 1);
		last = i;
	}
	assert_int_equal(histogram_index(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
	assert_int_equal(histogram_index((1ULL << HISTOGRAM_POWERS) - 1), HISTOGRAM_BUCKETS - 1);
	assert_true(histogram_index((1ULL << (HISTOGRAM_POWERS - 1)) - 1) < HISTOGRAM_BUCKETS - 1);
}

static void quantiles_of_known_values(void **state)
{
	static const double shares[] = { 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1 };
	struct histogram *histogram = calloc(1, sizeof(*histogram));
	unsigned int i;

	(void)state;
	assert_non_null(histogram);
	assert_int_equal(histogram_quantile(histogram, 0.5), 0);
	for (i = 1; i <= 100000; i++)
		histogram_add(histogram, i * 37ULL, 1);
	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		double known = (double)histogram_quantile(histogram, shares[i]);

		assert_true(fabs(known / (shares[i] * 100000 * 37) - 1) < 0.01);
	}
	assert_int_equal(histogram_quantile(histogram, 1), 3700000);
	assert_int_equal(histogram->max, 3700000);
	free(histogram);
}

static void merged_histograms_count_both(void **state)
{
	struct histogram *a = calloc(2, sizeof(*a)), *b = a + 1;

	(void)state;
	assert_non_null(a);
	histogram_add(a, 10, 3);
	histogram_add(b, 1000, 6);
	histogram_merge(a, b);
	assert_int_equal(a->count, 9);
	assert_int_equal(a->max, 1000);
	assert_int_equal(histogram_quantile(a, 0.3), 10);
	assert_in_range(histogram_quantile(a, 0.9), 990, 1000);
	free(a);
}

static void assert_list(const char *text, unsigned int n, const unsigned int *wanted)
{
	unsigned int list[BENCH_LIST_MAX], count, i;

	assert_int_equal(bench_list_parse(text, 1, 1 << 30, list, &count), 0);
	assert_int_equal(count, n);
	for (i = 0; i < n; i++)
		assert_int_equal(list[i], wanted[i]);
}

static void lists_and_ranges(void **state)
{
	static const unsigned int powers[] = { 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576 };

	(void)state;
	assert_list("64..1M:x4", 8, powers);
	assert_list("1,8,32", 3, (unsigned int[]){ 1, 8, 32 });
	assert_list("16..64:+16", 4, (unsigned int[]){ 16, 32, 48, 64 });
	assert_list("1..9", 4, (unsigned int[]){ 1, 2, 4, 8 });
	assert_list("4k,1..2:+1,1M", 4, (unsigned int[]){ 4096, 1, 2, 1 << 20 });
}

static void bad_lists_are_refused(void **state)
{
	static const char *const bad[] = { "", ",", "1,", "x", "1..", "..4", "1..4:", "1..4:x",
					   "1..4:x1", "1..4:+0", "1;2", "-1", "4kk", "1 ",
					   "1..4:-1" };
	static const char *const range[] = { "0", "4..2", "2G", "99999999999999999999" };
	unsigned int list[BENCH_LIST_MAX], count, i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(bench_list_parse(bad[i], 1, 1 << 30, list, &count), -EINVAL);
	for (i = 0; i < sizeof(range) / sizeof(range[0]); i++)
		assert_int_equal(bench_list_parse(range[i], 1, 1 << 30, list, &count), -ERANGE);
	assert_int_equal(bench_list_parse("1..33:+1", 1, 100, list, &count), -E2BIG);
}

static void modes_and_times(void **state)
{
	unsigned int modes;
	uint64_t ns;

	(void)state;
	assert_int_equal(bench_modes_parse("ring-epoll,kernel-floor", &modes), 0);
	assert_int_equal(modes, 1U << BENCH_RING_EPOLL | 1U << BENCH_KERNEL_FLOOR);
	assert_int_equal(bench_modes_parse("all", &modes), 0);
	assert_int_equal(modes, (1U << BENCH_MODES) - 1);
	assert_int_equal(bench_modes_parse("ring", &modes), -EINVAL);
	assert_int_equal(bench_modes_parse("ring-epoll,", &modes), -EINVAL);
	assert_int_equal(bench_modes_parse("", &modes), -EINVAL);
	assert_int_equal(bench_time_parse("0.25", &ns), 0);
	assert_int_equal(ns, 250000000);
	assert_int_equal(bench_time_parse("0", &ns), -ERANGE);
	assert_int_equal(bench_time_parse("nan", &ns), -EINVAL);
	assert_int_equal(bench_time_parse("1s", &ns), -EINVAL);
}

/* Two rows, whose machine slowed down by half after the first of three rounds. */
static struct bench *two_rows(void)
{
	static const uint64_t floor[] = { 1000, 500, 500 }, ring[] = { 900, 450, 400 };
	struct bench *bench = calloc(1, sizeof(*bench));
	unsigned int i;

	assert_non_null(bench);
	bench->row = calloc(2, sizeof(*bench->row));
	assert_non_null(bench->row);
	bench->rows = 2;
	bench->rounds_done = 3;
	bench->plan.sizes[0] = 64;
	bench->plan.size_count = 1;
	bench->plan.depths[0] = 32;
	bench->plan.depth_count = 1;
	strcpy(bench->target.name, "loop0");
	bench->row[0] = (struct bench_row){ .mode = BENCH_RING_EPOLL, .size = 64, .depth = 32,
					    .slices = 3 };
	bench->row[1] = (struct bench_row){ .mode = BENCH_KERNEL_FLOOR, .size = 64, .depth = 32,
					    .slices = 3 };
	for (i = 0; i < 3; i++) {
		bench->row[0].slice[i] = (struct bench_slice){ .transfers = ring[i],
			.ns = 1000000000, .syscalls = ring[i] / 10, .wakeups = ring[i] / 20 };
		bench->row[1].slice[i] = (struct bench_slice){ .transfers = floor[i],
			.ns = 1000000000 };
	}
	for (i = 0; i < 100; i++)
		histogram_add(&bench->row[0].total, 1000 + 10 * i, 1);
	return bench;
}

static void bench_free(struct bench *bench)
{
	free(bench->row);
	free(bench);
}

static void a_drift_does_not_touch_the_ratio(void **state)
{
	struct bench *bench = two_rows();
	struct bench_summary summary;

	(void)state;
	bench_summarise(bench, &bench->row[0], &summary);
	assert_true(fabs(summary.rate - 450) < 1e-9);
	assert_true(fabs(summary.ratio - 0.9) < 1e-9);
	assert_true(fabs(summary.syscalls - 100) < 1e-9);
	assert_int_equal(summary.transfers, 1750);
	bench_summarise(bench, &bench->row[1], &summary);
	assert_true(fabs(summary.ratio - 1) < 1e-9);
	bench->row[1].slices = 0;
	bench_summarise(bench, &bench->row[0], &summary);
	assert_true(isnan(summary.ratio));
	bench_free(bench);
}

/* Every element is closed, in order. */
static bool well_formed(const char *text)
{
	char open[64][16];
	int depth = 0;

	for (text = strchr(text, '<'); text; text = strchr(text, '<')) {
		const char *end = strchr(text, '>');
		size_t length;

		if (!end)
			return false;
		if (text[1] == '!' || end[-1] == '/') {
			text = end;
			continue;
		}
		if (text[1] == '/') {
			length = (size_t)(end - text) - 2;
			if (!depth-- || strncmp(open[depth], text + 2, length) ||
			    open[depth][length])
				return false;
		} else {
			length = strcspn(text + 1, " >");
			if (depth == 64 || length >= sizeof(open[0]))
				return false;
			memcpy(open[depth], text + 1, length);
			open[depth++][length] = '\0';
		}
		text = end;
	}
	return !depth;
}

static void the_page_is_well_formed(void **state)
{
	char path[] = "/tmp/dmaring_bench_test.XXXXXX";
	struct bench *bench = two_rows();
	int fd = mkstemp(path);
	static char text[1 << 20];
	ssize_t n;

	(void)state;
	assert_true(fd >= 0);
	strcpy(bench->target.name, "<a & b>");
	assert_int_equal(bench_write_html(bench, path), 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_true(well_formed(text));
	assert_null(strstr(text, "<a & b>"));
	assert_non_null(strstr(text, "&lt;a &amp; b&gt;"));
	assert_non_null(strstr(text, "<svg"));
	assert_null(strstr(text, "src="));
	assert_int_equal(bench_write_html(bench, "/nonexistent/page"), -ENOENT);
	close(fd);
	unlink(path);
	bench_free(bench);
}

static char *report(double rate, const char *tail)
{
	char *path = strdup("/tmp/dmaring_bench_test.XXXXXX");
	FILE *file = fdopen(mkstemp(path), "w");

	assert_non_null(file);
	fprintf(file, "{\"device\":\"loop0\",\"machine\":\"m\",\"rows\":[{\"mode\":\"ring-epoll\",\"size\":64,\"depth\":32,\"transfers_per_s\":%g,\"ratio_to_floor\":null}]%s",
		rate, tail);
	fclose(file);
	return path;
}

/* What bench_compare() prints. */
static char *compared(const char *old_path, const char *new_path, bool as_json, int *status)
{
	static char text[4096];
	int saved = dup(STDOUT_FILENO), pipe_fd[2];
	ssize_t n;

	assert_int_equal(pipe(pipe_fd), 0);
	fflush(stdout);
	dup2(pipe_fd[1], STDOUT_FILENO);
	*status = bench_compare(old_path, new_path, as_json);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(pipe_fd[1]);
	n = read(pipe_fd[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(pipe_fd[0]);
	close(saved);
	return text;
}

static void compare_says_what_changed(void **state)
{
	char *old = report(1000, "}"), *new = report(1100, "}"), *bad = report(1, "");
	int status;
	char *text;

	(void)state;
	text = compared(old, new, false, &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "1100 (+10.0%)"));
	text = compared(old, new, true, &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "\"change\": 0.1"));
	assert_non_null(strstr(text, "\"old\": null"));
	compared(old, bad, false, &status);
	assert_int_equal(status, 1);
	assert_non_null(strstr(message, bad));
	compared(old, "/nonexistent", false, &status);
	assert_int_equal(status, 1);
	unlink(old);
	unlink(new);
	unlink(bad);
	free(old);
	free(new);
	free(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_is_known_to_one_percent),
		cmocka_unit_test(buckets_are_in_order_and_none_is_missing),
		cmocka_unit_test(quantiles_of_known_values),
		cmocka_unit_test(merged_histograms_count_both),
		cmocka_unit_test(lists_and_ranges),
		cmocka_unit_test(bad_lists_are_refused),
		cmocka_unit_test(modes_and_times),
		cmocka_unit_test(a_drift_does_not_touch_the_ratio),
		cmocka_unit_test(the_page_is_well_formed),
		cmocka_unit_test(compare_says_what_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
