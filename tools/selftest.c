// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring selftest: runs the checks that suit a device, and reports.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "selftest.h"
#include "tool.h"

#define DEFAULT_BYTES	(1U << 20)

static bool as_json, loopback, transmit;
static unsigned int longest = DEFAULT_BYTES, shortest = 1, depth = SELFTEST_DEPTH;

static const struct tool_option options[] = {
	{ .name = "loopback", .help = "what is sent comes back: move data, compare it",
	  .flag = &loopback },
	{ .name = "transmit", .help = "send a pattern to whatever is there, receive whatever comes",
	  .flag = &transmit },
	{ .name = "bytes", .argument = "N", .help = "longest transfer (1M)", .number = &longest },
	{ .name = "min-bytes", .argument = "N", .help = "shortest transfer (1)",
	  .number = &shortest },
	{ .name = "depth", .argument = "N", .help = "transfers under way at a time (4)",
	  .number = &depth },
	{ .name = "json", .help = "JSON instead of text", .flag = &as_json },
	{ .name = NULL },
};

enum outcome selftest_fail(struct selftest *test, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(test->why, sizeof(test->why), format, arguments);
	va_end(arguments);
	return FAILED;
}

enum outcome selftest_skip(struct selftest *test, const char *what)
{
	snprintf(test->why, sizeof(test->why), "%s", what);
	return SKIPPED;
}

enum outcome selftest_open(struct selftest *test, struct dmaring *ring,
			   const struct dmaring_options *ring_options)
{
	int err = dmaring_open(ring, test->device, ring_options);

	if (err == 0)
		return PASSED;
	dmaring_explain_error(err, "open", test->device, test->why, sizeof(test->why));
	return FAILED;
}

enum outcome selftest_next(struct selftest *test, struct dmaring *ring, struct dmaring_cqe *cqe)
{
	struct dmaring_cqe *next;
	int err = dmaring_wait_cqe_timeout(ring, &next, WAIT_NS);

	if (err == -ETIME)
		return selftest_fail(test, "no completion came in %lld s", WAIT_NS / 1000000000);
	if (err < 0)
		return selftest_fail(test, "waiting for a completion: %s", strerror(-err));
	*cqe = *next;
	dmaring_cqe_seen(ring, next);
	return PASSED;
}

enum outcome selftest_expect(struct selftest *test, struct dmaring *ring, __u64 user_data, int res)
{
	struct dmaring_cqe cqe;

	if (selftest_next(test, ring, &cqe) != PASSED)
		return FAILED;
	if (cqe.user_data != user_data)
		return selftest_fail(test, "completion of %llu came where %llu was due",
				     (unsigned long long)cqe.user_data,
				     (unsigned long long)user_data);
	if (cqe.res != res)
		return selftest_fail(test, "result %d (%s) instead of %d (%s)", cqe.res,
				     strerror(abs(cqe.res)), res, strerror(abs(res)));
	return PASSED;
}

static uint64_t whole_bytes(const struct dmaring_channel_info *info)
{
	uint64_t bytes = info->segment_bytes_max;

	if (info->boundary && info->boundary < bytes)
		bytes = info->boundary;
	if (info->mapping_bytes_max && info->mapping_bytes_max < bytes)
		bytes = info->mapping_bytes_max;
	return bytes;
}

static int examine(struct selftest *test)
{
	struct dmaring_channel_info info;
	unsigned int i;
	int err;

	err = dmaring_query_device(test->device, &test->query);
	if (err < 0)
		return err;
	test->send = -1;
	test->receive = -1;
	test->copy = -1;
	test->alignment = 1;
	test->window = 1;
	test->whole_bytes = UINT64_MAX;
	for (i = 0; i < test->query.channels; i++) {
		err = dmaring_query_channel(test->device, i, &info);
		if (err < 0)
			return err;
		if (info.kind == DMARING_CHANNEL_SEND && test->send < 0)
			test->send = (int)i;
		if (info.kind == DMARING_CHANNEL_RECEIVE && test->receive < 0)
			test->receive = (int)i;
		if (info.kind == DMARING_CHANNEL_COPY && test->copy < 0)
			test->copy = (int)i;
		if (info.alignment > test->alignment)
			test->alignment = info.alignment;
		if (info.window > test->window)
			test->window = info.window;
		if (whole_bytes(&info) < test->whole_bytes)
			test->whole_bytes = whole_bytes(&info);
	}
	test->buffer_bytes = longest;
	if (test->buffer_bytes > test->query.buffer_bytes_max / 2)
		test->buffer_bytes = (unsigned int)(test->query.buffer_bytes_max / 2);
	test->buffer_bytes &= ~(test->alignment - 1);
	return 0;
}

struct totals {
	unsigned int passed;
	unsigned int failed;
	unsigned int skipped;
};

static enum outcome run_check(struct selftest *test, const struct check *check,
			      const struct dmaring_options *ring_options)
{
	enum outcome outcome;
	struct dmaring ring;

	test->why[0] = '\0';
	if (check->run)
		return check->run(test);
	if (selftest_open(test, &ring, ring_options) != PASSED)
		return FAILED;
	outcome = check->run_on(test, &ring);
	dmaring_close(&ring);
	return outcome;
}

/* Return: false if the ring could not even be opened. */
static bool run_checks(struct selftest *test, const struct check *check,
		       const struct dmaring_options *ring_options, struct totals *totals,
		       struct json *json)
{
	static const char *const words[] = { "pass", "FAIL", "skip" };
	bool reachable = true;
	enum outcome outcome;

	for (; check->name && reachable; check++) {
		outcome = run_check(test, check, ring_options);
		if (outcome == FAILED && check == selftest_quiet)
			reachable = false;
		totals->passed += outcome == PASSED;
		totals->failed += outcome == FAILED;
		totals->skipped += outcome == SKIPPED;
		if (as_json) {
			json_begin_object(json, NULL);
			json_string(json, "name", check->name);
			json_string(json, "result", outcome == PASSED ? "pass" :
				    outcome == FAILED ? "fail" : "skip");
			json_string(json, outcome == PASSED ? "says" : "why",
				    outcome == PASSED ? check->says : test->why);
			json_end_object(json);
		} else {
			printf("  %s  %-18s %s\n", words[outcome], check->name,
			       outcome == PASSED ? check->says : test->why);
			fflush(stdout);
		}
	}
	return reachable;
}

static void run_all(struct selftest *test, struct totals *totals, struct json *json)
{
	const struct dmaring_options large = selftest_large(test);

	if (!run_checks(test, selftest_quiet, &selftest_small, totals, json))
		return;
	if (test->copy >= 0)
		run_checks(test, selftest_copy, &large, totals, json);
	if (loopback)
		run_checks(test, selftest_loopback, &large, totals, json);
	if (transmit)
		run_checks(test, selftest_transmit, &large, totals, json);
}

static void report(struct selftest *test, struct totals *totals)
{
	struct json json = { .out = stdout };
	bool simulated = test->query.flags & DMARING_SIMULATED;

	if (!as_json) {
		if (simulated)
			printf("%s is simulated: this says nothing about hardware.\n",
			       test->query.name);
		else
			printf("%s\n", test->query.name);
		run_all(test, totals, NULL);
		printf("%u passed, %u failed, %u skipped\n", totals->passed, totals->failed,
		       totals->skipped);
		if (!totals->failed && test->copy < 0 && !loopback && !transmit)
			tool_message("no data was moved (try: --loopback where what is sent comes back, "
				     "--transmit to send to whatever is there)");
		return;
	}
	json_begin_object(&json, NULL);
	json_string(&json, "device", test->query.name);
	json_boolean(&json, "simulated", simulated);
	json_begin_array(&json, "checks");
	run_all(test, totals, &json);
	json_end_array(&json);
	json_unsigned(&json, "passed", totals->passed);
	json_unsigned(&json, "failed", totals->failed);
	json_unsigned(&json, "skipped", totals->skipped);
	json_end_object(&json);
}

static int run(int argc, char **argv)
{
	struct selftest test = { .device = argv[0], .bytes_min = shortest, .depth = depth };
	struct totals totals = { 0, 0, 0 };
	int err;

	(void)argc;
	if (!depth || depth > SELFTEST_DEPTH) {
		tool_message("selftest %s: --depth is 1 to %u", test.device, SELFTEST_DEPTH);
		return TOOL_USAGE;
	}
	if (!shortest || shortest > SELFTEST_USUAL) {
		tool_message("selftest %s: --min-bytes is 1 to %u", test.device, SELFTEST_USUAL);
		return TOOL_USAGE;
	}
	err = examine(&test);
	if (err < 0)
		return tool_explain(err, "selftest", test.device);
	if (test.query.flags & DMARING_BUFFER)
		return tool_explain(-ENOTTY, "selftest", test.device);
	if (loopback && (test.send < 0 || test.receive < 0)) {
		tool_message("selftest %s: --loopback needs a send and a receive channel (see: dmaring "
			     "info %s)", test.device, test.device);
		return TOOL_USAGE;
	}
	if (transmit && test.send < 0 && test.receive < 0) {
		tool_message("selftest %s: --transmit needs a send or a receive channel (see: dmaring "
			     "info %s)", test.device, test.device);
		return TOOL_USAGE;
	}
	if (test.buffer_bytes < 64 * test.alignment || test.buffer_bytes < 2 * shortest) {
		tool_message("selftest %s: --bytes is too small", test.device);
		return TOOL_USAGE;
	}
	report(&test, &totals);
	return totals.failed ? TOOL_FAILED : TOOL_OK;
}

const struct tool_command tool_selftest = {
	.name = "selftest",
	.arguments = "DEV",
	.summary = "Check a device: operations, limits, and data where that is harmless",
	.detail = "Where a channel leads out of the machine nothing is sent or received unless\n"
		  "--loopback or --transmit says so. Copies stay inside and are always made.",
	.options = options,
	.min = 1,
	.max = 1,
	.run = run,
};
