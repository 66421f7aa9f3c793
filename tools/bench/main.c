// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring-bench, which "dmaring bench" runs: what a transfer costs, by several
 * ways to make it, next to what the engine can do with no user at all.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "disk.h"

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum output { OUTPUT_TABLE, OUTPUT_CSV, OUTPUT_JSON };

/* Set by SIGINT: what has been measured so far is reported. */
volatile int bench_interrupted;

static const char help[] =
	"Usage: dmaring bench DEV [OPTION]...\n"
	"       dmaring bench --compare OLD.json NEW.json\n"
	"\n"
	"Measures what a transfer costs. On a device with a send and a receive channel\n"
	"(a loop) a transfer is a send and the receive that it ends in.\n"
	"\n"
	"  --size LIST      bytes of a transfer (64..1M:x4); \"64,4k\", \"64..256:+64\"\n"
	"  --depth LIST     transfers in flight (32)\n"
	"  --mode LIST      of ring-poll, ring-epoll, ring-eventfd, ring-uring,\n"
	"                   ring-nosyscall, read-blocking, kernel-floor, memcpy,\n"
	"                   to-disk; all (default: all that can be)\n"
	"  --batch N        transfers that a wake-up waits for (as many as the depth)\n"
	"  --seconds S      length of a slice (0.5)\n"
	"  --count N        transfers of a slice, instead of --seconds\n"
	"  --rounds N       slices of each row (5)\n"
	"  --rate N         start N transfers a second, ready or not: latency under load\n"
	"  --cpu N          run on this CPU\n"
	"  --file FILE      what to-disk writes: a file or disk whose content is lost\n"
	"  --json, --csv    instead of a table\n"
	"  --report FILE    write a page with charts, too\n"
	"  --compare OLD NEW  what has changed between two reports in JSON\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 good, 1 failed, or transfers did, 2 misused.\n";

/**
 * bench_message() - one line on stderr
 * @format:	as for printf(), without the name of the command and the line's end
 */
void bench_message(const char *format, ...)
{
	va_list args;

	fputs("dmaring bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void interrupt(int number)
{
	(void)number;
	bench_interrupted = 1;
}

static int run_slice(const struct bench *bench, struct bench_row *row)
{
	int err;

	switch (row->mode) {
	case BENCH_KERNEL_FLOOR:
		err = bench_floor_run(bench, row);
		break;
	case BENCH_READ_BLOCKING:
		err = bench_blocking_run(bench, row);
		break;
	case BENCH_MEMCPY:
		err = bench_memcpy_run(bench, row);
		break;
	default:
		err = bench_ring_run(bench, row);
		break;
	}
	if (!err && !bench_interrupted)
		row->slices++;
	return err;
}

/* Every other round backwards: what drifts steadily, drifts for all alike. */
static int run(struct bench *bench)
{
	bool progress = isatty(STDERR_FILENO);
	unsigned int round, i;
	int err = 0;

	for (round = 0; round < bench->plan.rounds && !bench_interrupted && !err; round++) {
		for (i = 0; i < bench->rows && !bench_interrupted && !err; i++) {
			struct bench_row *row =
				&bench->row[round % 2 ? bench->rows - 1 - i : i];

			if (progress)
				fprintf(stderr, "\rround %u of %u: %-13s %8u bytes, depth %-5u",
					round + 1, bench->plan.rounds,
					bench_mode_name(row->mode), row->size, row->depth);
			err = run_slice(bench, row);
		}
		if (!bench_interrupted && !err)
			bench->rounds_done++;
	}
	if (progress)
		fprintf(stderr, "\r%60s\r", "");
	return err;
}

/* One row for each mode, size and depth that makes sense; the floor first. */
static int plan_rows(struct bench *bench)
{
	const struct bench_plan *plan = &bench->plan;
	unsigned int size, depth, mode;

	bench->row = calloc((size_t)plan->size_count * plan->depth_count * BENCH_MODES,
			    sizeof(*bench->row));
	if (!bench->row)
		return -ENOMEM;
	for (size = 0; size < plan->size_count; size++)
		for (depth = 0; depth < plan->depth_count; depth++)
			for (mode = 0; mode < BENCH_MODES; mode++) {
				struct bench_row *row = &bench->row[bench->rows];

				if (!(plan->modes & 1U << mode) ||
				    (mode == BENCH_TO_DISK &&
				     plan->sizes[size] % BENCH_DISK_ALIGN) ||
				    /* One at a time, whatever the depth. */
				    (mode == BENCH_READ_BLOCKING && depth))
					continue;
				row->mode = mode;
				row->size = plan->sizes[size];
				row->depth = mode == BENCH_READ_BLOCKING ? 1 : plan->depths[depth];
				bench->rows++;
			}
	return 0;
}

static int usage(const char *what, const char *value)
{
	bench_message("%s: %s (try: dmaring bench --help)", what, value);
	return EXIT_USAGE;
}

/* Says what is wrong with a list, if something is. */
static int parse_list(const char *option, const char *text, unsigned int most, unsigned int *list,
		      unsigned int *count)
{
	int err = bench_list_parse(text, 1, most, list, count);

	if (err == -E2BIG)
		return usage(option, "too many numbers");
	if (err == -ERANGE)
		return usage(option, "out of range");
	return err ? usage(option, "a list of numbers and ranges, as 64..1M:x4") : 0;
}

static int parse_number(const char *option, const char *text, uint64_t least, uint64_t most,
			uint64_t *number)
{
	int err = bench_number_parse(text, number);

	if (!err && (*number < least || *number > most))
		err = -ERANGE;
	return err ? usage(option, err == -ERANGE ? "out of range" : "a number") : 0;
}

/* A mode cannot be measured: an error if it was asked for. */
static int leave_out(struct bench *bench, enum bench_mode mode, bool asked, const char *why)
{
	bench_message("%s %s: %s", asked ? "no" : "without", bench_mode_name(mode), why);
	bench->plan.modes &= ~(1U << mode);
	return asked ? EXIT_FAILED : 0;
}

/* The device refuses lengths that are not aligned: an error if one was asked for. */
static int choose_sizes(struct bench *bench, bool asked)
{
	unsigned int alignment = bench->target.alignment, kept = 0, i;
	struct bench_plan *plan = &bench->plan;

	for (i = 0; i < plan->size_count; i++) {
		if (plan->sizes[i] % alignment == 0) {
			plan->sizes[kept++] = plan->sizes[i];
			continue;
		}
		bench_message("%s size %u: a transfer on %s is a multiple of %u bytes",
			      asked ? "no" : "without", plan->sizes[i], bench->target.name,
			      alignment);
		if (asked)
			return EXIT_FAILED;
	}
	plan->size_count = kept;
	return 0;
}

/* What can be measured, of what was asked for or of everything. */
static int choose_modes(struct bench *bench, bool asked)
{
	char why[256] = "it knows no rate";
	bool fit = false;
	unsigned int i;

	for (i = 0; i < bench->plan.size_count; i++)
		fit |= bench->plan.sizes[i] % BENCH_DISK_ALIGN == 0;

	if (bench->plan.modes & 1U << BENCH_KERNEL_FLOOR &&
	    (bench->plan.rate || bench_floor_available(&bench->target, why, sizeof(why)) < 0) &&
	    leave_out(bench, BENCH_KERNEL_FLOOR, asked, why))
		return EXIT_FAILED;
	if (bench->plan.modes & 1U << BENCH_RING_NOSYSCALL && !bench->target.poller &&
	    leave_out(bench, BENCH_RING_NOSYSCALL, asked,
		      "the device's sysfs attribute poller is 0"))
		return EXIT_FAILED;
	if (bench->plan.modes & 1U << BENCH_TO_DISK && !(bench->plan.file && fit) &&
	    leave_out(bench, BENCH_TO_DISK, asked, bench->plan.file ?
		      "it takes multiples of 4096 bytes" : "it needs --file"))
		return EXIT_FAILED;
	if (bench->plan.rate && !asked)
		bench->plan.modes &= ~(1U << BENCH_MEMCPY);
	return 0;
}

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0) {
		bench_message("--cpu %d: %s", cpu, strerror(errno));
		return EXIT_FAILED;
	}
	return 0;
}

static int measure(struct bench *bench, bool asked_modes, bool asked_sizes, enum output output,
		   const char *report)
{
	struct sigaction action = { .sa_handler = interrupt };
	bool failed = false;
	char text[256];
	unsigned int i;
	int err;

	err = bench_target_open(&bench->target, bench->plan.device);
	if (err == -ENOTSUP) {
		bench_message("%s: it has neither a copy channel nor a send and a receive channel",
			      bench->plan.device);
		return EXIT_FAILED;
	}
	if (err < 0) {
		dmaring_explain_error(err, "open", bench->plan.device, text, sizeof(text));
		bench_message("%s", text);
		return EXIT_FAILED;
	}
	err = choose_sizes(bench, asked_sizes);
	if (!err)
		err = choose_modes(bench, asked_modes);
	if (!err && bench->plan.cpu >= 0)
		err = pin(bench->plan.cpu);
	if (err)
		return err;
	if (plan_rows(bench) < 0) {
		bench_message("no memory");
		return EXIT_FAILED;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	failed = run(bench) < 0;
	for (i = 0; i < bench->rows; i++) {
		struct bench_summary summary;

		bench_summarise(bench, &bench->row[i], &summary);
		failed |= summary.errors > 0;
	}
	switch (output) {
	case OUTPUT_TABLE:
		bench_print_table(bench);
		break;
	case OUTPUT_CSV:
		bench_print_csv(bench);
		break;
	case OUTPUT_JSON:
		bench_print_json(bench);
		break;
	}
	if (report && bench_write_html(bench, report) < 0)
		failed = true;
	free(bench->row);
	return failed ? EXIT_FAILED : EXIT_GOOD;
}

enum {
	OPTION_SIZE = 256,
	OPTION_DEPTH,
	OPTION_MODE,
	OPTION_BATCH,
	OPTION_SECONDS,
	OPTION_COUNT,
	OPTION_ROUNDS,
	OPTION_RATE,
	OPTION_CPU,
	OPTION_FILE,
	OPTION_JSON,
	OPTION_CSV,
	OPTION_REPORT,
	OPTION_COMPARE,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option options[] = {
	{ "size", required_argument, NULL, OPTION_SIZE },
	{ "depth", required_argument, NULL, OPTION_DEPTH },
	{ "mode", required_argument, NULL, OPTION_MODE },
	{ "batch", required_argument, NULL, OPTION_BATCH },
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ "rounds", required_argument, NULL, OPTION_ROUNDS },
	{ "rate", required_argument, NULL, OPTION_RATE },
	{ "cpu", required_argument, NULL, OPTION_CPU },
	{ "file", required_argument, NULL, OPTION_FILE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "csv", no_argument, NULL, OPTION_CSV },
	{ "report", required_argument, NULL, OPTION_REPORT },
	{ "compare", no_argument, NULL, OPTION_COMPARE },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int dispatch(int argc, char **argv)
{
	static struct bench bench = {
		.plan = { .modes = (1U << BENCH_MODES) - 1, .rounds = 5, .cpu = -1,
			  .slice_ns = 500000000 },
	};
	bool asked_modes = false, asked_sizes = false, compare = false;
	enum output output = OUTPUT_TABLE;
	struct bench_plan *plan = &bench.plan;
	const char *report = NULL;
	uint64_t number;
	int c, err = 0;

	bench_list_parse("64..1M:x4", 1, UINT32_MAX, plan->sizes, &plan->size_count);
	bench_list_parse("32", 1, BENCH_DEPTH_MAX, plan->depths, &plan->depth_count);
	while (!err && (c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case OPTION_SIZE:
			asked_sizes = true;
			err = parse_list("--size", optarg, 1U << 30, plan->sizes,
					 &plan->size_count);
			break;
		case OPTION_DEPTH:
			err = parse_list("--depth", optarg, BENCH_DEPTH_MAX, plan->depths,
					 &plan->depth_count);
			break;
		case OPTION_MODE:
			asked_modes = true;
			if (bench_modes_parse(optarg, &plan->modes))
				err = usage("--mode: no such mode", optarg);
			break;
		case OPTION_BATCH:
			err = parse_number("--batch", optarg, 1, BENCH_DEPTH_MAX, &number);
			plan->batch = (unsigned int)number;
			break;
		case OPTION_SECONDS:
			if (bench_time_parse(optarg, &plan->slice_ns))
				err = usage("--seconds: 0.001 to 3600", optarg);
			break;
		case OPTION_COUNT:
			err = parse_number("--count", optarg, 1, UINT32_MAX, &plan->count);
			break;
		case OPTION_ROUNDS:
			err = parse_number("--rounds", optarg, 1, BENCH_ROUNDS_MAX, &number);
			plan->rounds = (unsigned int)number;
			break;
		case OPTION_RATE:
			err = parse_number("--rate", optarg, 1, 1000000000, &plan->rate);
			break;
		case OPTION_CPU:
			err = parse_number("--cpu", optarg, 0, CPU_SETSIZE - 1, &number);
			plan->cpu = (int)number;
			break;
		case OPTION_FILE:
			plan->file = optarg;
			break;
		case OPTION_JSON:
			output = OUTPUT_JSON;
			break;
		case OPTION_CSV:
			output = OUTPUT_CSV;
			break;
		case OPTION_REPORT:
			report = optarg;
			break;
		case OPTION_COMPARE:
			compare = true;
			break;
		case OPTION_VERSION:
			printf("dmaring-bench %s\n", dmaring_version());
			return EXIT_GOOD;
		case 'h':
		case OPTION_HELP:
			fputs(help, stdout);
			return EXIT_GOOD;
		default:
			return EXIT_USAGE;
		}
	}
	if (err)
		return err;
	if (compare) {
		if (argc - optind != 2)
			return usage("--compare", "two reports in JSON");
		return bench_compare(argv[optind], argv[optind + 1], output == OUTPUT_JSON);
	}
	if (argc - optind != 1)
		return usage("one device", argc == optind ? "none is named" : argv[optind + 1]);
	plan->device = argv[optind];
	return measure(&bench, asked_modes, asked_sizes, output, report);
}

int main(int argc, char **argv)
{
	int status = dispatch(argc, argv);

	/* A report that was cut short must not look like a good one. */
	if (fflush(stdout) || ferror(stdout)) {
		bench_message("write to the standard output: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return status;
}
