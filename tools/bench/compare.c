// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What has changed between two reports: the same rows side by side.
 */
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../json.h"
#include "bench.h"

/* What is compared; whether more is better. */
static const struct figure {
	const char *name;
	const char *head;
	bool more_is_better;
} figures[] = {
	{ "transfers_per_s", "transfers/s", true },
	{ "ratio_to_floor", "floor", true },
	{ "syscalls_per_1000", "sysc/1000", false },
	{ "wakeups_per_1000", "wake/1000", false },
	{ "p50_ns", "p50 ns", false },
	{ "p99_ns", "p99 ns", false },
};

#define FIGURES		(sizeof(figures) / sizeof(figures[0]))

static json_object *read_report(const char *path)
{
	json_object *report = json_object_from_file(path), *rows;

	if (!report) {
		bench_message("%s: no JSON: %s", path, json_util_get_last_err());
		return NULL;
	}
	if (!json_object_object_get_ex(report, "rows", &rows) ||
	    !json_object_is_type(rows, json_type_array)) {
		bench_message("%s: no report of dmaring bench (it has no rows)", path);
		json_object_put(report);
		return NULL;
	}
	return report;
}

static const char *member_string(json_object *object, const char *name)
{
	json_object *value;

	return json_object_object_get_ex(object, name, &value) && value ?
	       json_object_get_string(value) : "";
}

/* Not a number: it is not there, or null. */
static double member_real(json_object *object, const char *name)
{
	json_object *value;

	if (!json_object_object_get_ex(object, name, &value) || !value ||
	    (!json_object_is_type(value, json_type_double) &&
	     !json_object_is_type(value, json_type_int)))
		return NAN;
	return json_object_get_double(value);
}

static json_object *find_row(json_object *rows, json_object *like)
{
	size_t i, n = json_object_array_length(rows);

	for (i = 0; i < n; i++) {
		json_object *row = json_object_array_get_idx(rows, i);

		if (json_object_is_type(row, json_type_object) &&
		    !strcmp(member_string(row, "mode"), member_string(like, "mode")) &&
		    member_real(row, "size") == member_real(like, "size") &&
		    member_real(row, "depth") == member_real(like, "depth"))
			return row;
	}
	return NULL;
}

static void print_row(json_object *old, json_object *new)
{
	size_t i;

	printf("%-14s %8.0f %5.0f", member_string(new, "mode"), member_real(new, "size"),
	       member_real(new, "depth"));
	for (i = 0; i < FIGURES; i++) {
		double from = member_real(old, figures[i].name);
		double to = member_real(new, figures[i].name);
		char text[48];

		if (isnan(from) || isnan(to))
			strcpy(text, "-");
		else if (from == 0)
			snprintf(text, sizeof(text), "%.4g", to);
		else
			snprintf(text, sizeof(text), "%.4g (%+.1f%%)", to, 100 * (to / from - 1));
		printf(" %20s", text);
	}
	putchar('\n');
}

static void json_row(struct json *json, json_object *old, json_object *new)
{
	size_t i;

	json_begin_object(json, NULL);
	json_string(json, "mode", member_string(new, "mode"));
	json_real(json, "size", member_real(new, "size"));
	json_real(json, "depth", member_real(new, "depth"));
	for (i = 0; i < FIGURES; i++) {
		double from = member_real(old, figures[i].name);
		double to = member_real(new, figures[i].name);

		json_begin_object(json, figures[i].name);
		json_real(json, "old", from);
		json_real(json, "new", to);
		json_real(json, "change", from != 0 ? to / from - 1 : NAN);
		json_boolean(json, "more_is_better", figures[i].more_is_better);
		json_end_object(json);
	}
	json_end_object(json);
}

/**
 * bench_compare() - print what has changed
 * @old_path:	the earlier report, in JSON
 * @new_path:	the later one
 * @as_json:	print JSON instead of a table
 *
 * Return: exit status: 0, or 1 after a message.
 */
int bench_compare(const char *old_path, const char *new_path, bool as_json)
{
	json_object *old = read_report(old_path), *new = read_report(new_path);
	json_object *old_rows, *new_rows;
	struct json json = { .out = stdout };
	unsigned int common = 0;
	size_t i, n;

	if (!old || !new) {
		json_object_put(old);
		json_object_put(new);
		return 1;
	}
	if (strcmp(member_string(old, "device"), member_string(new, "device")) ||
	    strcmp(member_string(old, "machine"), member_string(new, "machine")))
		bench_message("these are different devices or machines: \"%s\", %s; \"%s\", %s",
			      member_string(old, "device"), member_string(old, "machine"),
			      member_string(new, "device"), member_string(new, "machine"));
	json_object_object_get_ex(old, "rows", &old_rows);
	json_object_object_get_ex(new, "rows", &new_rows);
	if (as_json) {
		json_begin_object(&json, NULL);
		json_begin_array(&json, "rows");
	} else {
		printf("%-14s %8s %5s", "mode", "size", "depth");
		for (i = 0; i < FIGURES; i++)
			printf(" %20s", figures[i].head);
		putchar('\n');
	}
	n = json_object_array_length(new_rows);
	for (i = 0; i < n; i++) {
		json_object *row = json_object_array_get_idx(new_rows, i);
		json_object *before;

		if (!json_object_is_type(row, json_type_object))
			continue;
		before = find_row(old_rows, row);
		if (!before)
			continue;
		common++;
		if (as_json)
			json_row(&json, before, row);
		else
			print_row(before, row);
	}
	if (as_json) {
		json_end_array(&json);
		json_end_object(&json);
	}
	if (!common)
		bench_message("the reports have no row in common");
	json_object_put(old);
	json_object_put(new);
	return common ? 0 : 1;
}
