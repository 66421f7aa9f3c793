// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams that run for long, on the virtual controller: no gap, no loss that
 * is not counted, and no memory that does not come back. Needs root in a guest.
 * Prints TAP, with a comment line for each period.
 *
 * Random choices come from a seed, which is printed: the same seed makes the
 * same choices. What the machine does meanwhile is its own.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"
#include "faults.h"
#include "memory.h"

/* What is armed, 32 blocks, lasts a busy guest for two thirds of a second. */
#define STEADY_BYTES	65536
#define STEADY_RATE	48
#define STEADY_BUFFERS	96

#define STALLS_BYTES	8192
#define STALLS_BUFFERS	64

/* So small that a second is some ten thousand of them. */
#define CHURN_BYTES	512
#define CHURN_BUFFERS	32
#define CHURN_BLOCKS	1000

/**
 * struct soak - what is asked for, and how it goes
 * @seconds:	for each leg
 * @period:	seconds between two lines
 * @random:	state of the generator
 * @plant:	what to leak on purpose: 'k' in the kernel, 'p' in the process
 * @leg:	name of the present one
 * @began:	when it did, ns
 * @warm:	sample after the first period
 * @samples:	taken so far
 * @number:	of the TAP line
 * @failed:	how many of them
 */
struct soak {
	unsigned int seconds;
	unsigned int period;
	uint64_t random;
	char plant;
	const char *leg;
	uint64_t began;
	struct memory warm;
	unsigned int samples;
	unsigned int number;
	unsigned int failed;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* splitmix64; 0 to below - 1 */
static uint32_t random_below(struct soak *soak, uint32_t below)
{
	uint64_t z = soak->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) % below);
}

static void sleep_ms(unsigned int ms)
{
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

__attribute__((format(printf, 3, 4)))
static void outcome(struct soak *soak, bool good, const char *format, ...)
{
	va_list arguments;

	soak->failed += !good;
	printf("%sok %u - %s: ", good ? "" : "not ", ++soak->number, soak->leg);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

static void leg_begin(struct soak *soak, const char *leg)
{
	soak->leg = leg;
	soak->began = now_ns();
	soak->samples = 0;
}

/* Seconds of the leg so far. */
static double elapsed(const struct soak *soak)
{
	return (double)(now_ns() - soak->began) / 1e9;
}

static bool over(const struct soak *soak, double seconds)
{
	return interrupted || elapsed(soak) >= seconds;
}

/* For tests of this program: something is kept for each call. */
static void leak(struct soak *soak)
{
	unsigned int i;

	if (soak->plant == 'k' && epoll_create1(EPOLL_CLOEXEC) < 0)
		perror("# epoll_create1");
	for (i = 0; soak->plant == 'p' && i < 100; i++)
		*(volatile char *)malloc(64) = 1;
}

/* A line of the period that ends; the first one's sample is what to compare with. */
static void period_end(struct soak *soak, const struct chain *chain)
{
	struct dmaring_stream_stats in, out;
	struct memory now;
	char text[256];
	int err = memory_sample(&now);

	if (err) {
		fprintf(stderr, "# no account of the memory: %s\n", strerror(-err));
		return;
	}
	if (!soak->samples++)
		soak->warm = now;
	memory_text(&soak->warm, &now, text, sizeof(text));
	dmaring_stream_get_stats(chain->source, &in);
	dmaring_stream_get_stats(chain->sink, &out);
	printf("# %s %4.0f s: %llu blocks, %.1f MB, lost %llu, dropped %lld, wrong %llu+%lld, starved %lld; %s\n",
	       soak->leg, elapsed(soak), (unsigned long long)chain->blocks,
	       (double)chain->blocks * chain->block_bytes / 1e6,
	       (unsigned long long)in.blocks_lost, (long long)chain_dropped(chain),
	       (unsigned long long)chain->wrong, (long long)knob_number("sink0", "mismatches"),
	       (long long)in.starved, text);
	fflush(stdout);
}

/*
 * What a debug kernel keeps of freed memory is no account, and it looks for leaks
 * itself; but what is leaked on purpose has to be seen.
 */
static const char *growth(const struct soak *soak, const struct memory *now)
{
	if (!soak->plant && !access("/sys/kernel/debug/kmemleak", F_OK))
		return NULL;
	return memory_grown(&soak->warm, now);
}

/* All of the leg is in: what it comes to. */
static void judge(struct soak *soak, struct chain *chain, int err, bool may_lose)
{
	int64_t mismatches, dropped;
	struct dmaring_stream_stats in, out;
	struct memory now;
	const char *grown;
	char text[256];

	if (!err)
		err = chain_settle(chain);
	dropped = chain_dropped(chain);
	dmaring_stream_get_stats(chain->source, &in);
	period_end(soak, chain);
	memory_sample(&now);
	err = err < 0 ? err : dmaring_stream_drain(chain->sink, 10000000000LL);
	dmaring_stream_get_stats(chain->sink, &out);
	mismatches = knob_number("sink0", "mismatches");
	memory_text(&soak->warm, &now, text, sizeof(text));
	grown = growth(soak, &now);
	outcome(soak, !err && chain->blocks && !in.errors && !out.errors &&
		out.blocks == chain->blocks,
		"%llu blocks taken, %llu sent, in %.0f s%s%s", (unsigned long long)chain->blocks,
		(unsigned long long)out.blocks, elapsed(soak), err ? ": " : "",
		err ? strerror(-err) : "");
	outcome(soak, !chain->wrong && !mismatches,
		"%llu words wrong here, %lld at the sink", (unsigned long long)chain->wrong,
		(long long)mismatches);
	outcome(soak, in.blocks_lost == (uint64_t)dropped && in.blocks_lost == chain->missing &&
		!in.loss_unknown &&
		(may_lose ? in.blocks_lost > 0 || interrupted : !in.blocks_lost),
		"%llu blocks lost, %llu missing, %lld dropped by the source",
		(unsigned long long)in.blocks_lost, (unsigned long long)chain->missing,
		(long long)dropped);
	outcome(soak, (soak->samples > 1 || interrupted) && !grown, "memory: %s%s%s", text,
		grown ? "; too much: " : "", grown ? grown : "");
	err = chain_stop(chain);
	if (err)
		outcome(soak, false, "stop: %s", strerror(-err));
}

/* At a rate that the guest can hold; one that checks all it does (DMARING_SLOWNESS) less. */
static unsigned int steady_rate(void)
{
	const char *slowness = getenv("DMARING_SLOWNESS");
	unsigned int times = slowness ? strtoul(slowness, NULL, 10) : 1;

	return STEADY_RATE / (times ? 2 * times - 1 : 1);
}

static void steady(struct soak *soak)
{
	struct chain chain;
	unsigned int periods = 0;
	int err;

	leg_begin(soak, "steady");
	err = chain_start(&chain, STEADY_BYTES, STEADY_BUFFERS, steady_rate());
	if (err) {
		outcome(soak, false, "start: %s", strerror(-err));
		return;
	}
	while (!err && !over(soak, soak->seconds)) {
		err = chain_step(&chain);
		leak(soak);
		if (elapsed(soak) >= (periods + 1) * soak->period) {
			period_end(soak, &chain);
			periods++;
		}
	}
	judge(soak, &chain, err, false);
}

/* One period with a consumer that works and stops, then an account to the block. */
static int stall(struct soak *soak, struct chain *chain, double until)
{
	uint32_t rate = 200 + random_below(soak, 600);
	uint64_t stop, dropped;
	int err = chain_rate(chain, rate);

	while (!err && !over(soak, until)) {
		unsigned int work = random_below(soak, 400), pause = random_below(soak, 600);

		stop = now_ns() + work * 1000000ULL;
		do {
			err = chain_step(chain);
			leak(soak);
		} while (!err && now_ns() < stop);
		sleep_ms(pause);
	}
	if (!err)
		err = chain_settle(chain);
	dropped = (uint64_t)chain_dropped(chain);
	if (!err && chain->missing != dropped)
		outcome(soak, false, "%llu blocks missing, %llu dropped, at %u blocks/s",
			(unsigned long long)chain->missing, (unsigned long long)dropped, rate);
	return err;
}

/* A consumer that stops for random times. */
static void stalls(struct soak *soak)
{
	struct chain chain;
	unsigned int periods = 0;
	int err;

	leg_begin(soak, "stalls");
	err = chain_start(&chain, STALLS_BYTES, STALLS_BUFFERS, 0);
	if (err) {
		outcome(soak, false, "start: %s", strerror(-err));
		return;
	}
	while (!err && !over(soak, soak->seconds)) {
		err = stall(soak, &chain, ++periods * (double)soak->period);
		period_end(soak, &chain);
	}
	judge(soak, &chain, err, true);
}

/* Rings come and go, and blocks as fast as they can: what is kept of each adds up. */
static void churn(struct soak *soak)
{
	struct chain chain = { 0 };
	unsigned int seconds = soak->seconds / 4 ?: 1, turns = 0;
	uint64_t blocks = 0;
	int err;

	leg_begin(soak, "churn");
	for (;;) {
		err = chain_start(&chain, CHURN_BYTES, CHURN_BUFFERS, 0);
		if (err) {
			outcome(soak, false, "start: %s", strerror(-err));
			return;
		}
		while (!err && chain.blocks < CHURN_BLOCKS) {
			err = chain_step(&chain);
			leak(soak);
		}
		blocks += chain.blocks;
		if (!turns++)
			period_end(soak, &chain);
		/* The first pair is what the others are compared with. */
		if (err || interrupted || (turns > 1 && over(soak, seconds)))
			break;
		err = chain_stop(&chain);
		if (err) {
			outcome(soak, false, "stop: %s", strerror(-err));
			return;
		}
	}
	printf("# churn: %u pairs of rings, %llu blocks\n", turns, (unsigned long long)blocks);
	judge(soak, &chain, err, false);
}

static uint32_t below(void *context, uint32_t limit)
{
	return random_below(context, limit);
}

static void faults_line(struct soak *soak, const struct faults *faults, unsigned int rounds,
			struct memory *now)
{
	char text[256];

	memory_sample(now);
	if (!soak->samples++)
		soak->warm = *now;
	/* What an engine would not let go of is never freed, and is not in others' account. */
	now->amount[MEMORY_KERNEL] -= 4 * faults_quarantined(faults);
	now->amount[MEMORY_QUARANTINED] = soak->warm.amount[MEMORY_QUARANTINED];
	memory_text(&soak->warm, now, text, sizeof(text));
	printf("# faults %4.0f s: %u rounds, %llu submitted, %lld pages in quarantine; %s\n",
	       elapsed(soak), rounds, (unsigned long long)faults->submitted,
	       (long long)faults_quarantined(faults), text);
	fflush(stdout);
}

/* Hardware that fails in every way: each request ends once, for a reason. */
static void faults(struct soak *soak)
{
	static struct faults faults;
	unsigned int rounds = 0, periods = 0;
	struct memory now;
	const char *grown;
	uint64_t ended;
	int err;

	faults = (struct faults){ .below = below, .context = soak };
	leg_begin(soak, "faults");
	err = faults_begin(&faults);
	while (!err && !over(soak, soak->seconds)) {
		err = faults_round(&faults);
		leak(soak);
		rounds++;
		if (elapsed(soak) >= (periods + 1) * soak->period) {
			faults_line(soak, &faults, rounds, &now);
			periods++;
		}
	}
	faults_line(soak, &faults, rounds, &now);
	faults_end(&faults);
	grown = growth(soak, &now);
	ended = faults.completed + faults.cancelled + faults.failed + faults.timed_out;
	outcome(soak, !err && rounds && !faults.wrong, "%u rounds, %llu things wrong%s%s", rounds,
		(unsigned long long)faults.wrong, err ? ": " : "", err ? strerror(-err) : "");
	outcome(soak, faults.submitted == ended + faults.closed && ended,
		"%llu submitted = %llu completed + %llu cancelled + %llu failed + %llu timed out + %llu closed",
		(unsigned long long)faults.submitted, (unsigned long long)faults.completed,
		(unsigned long long)faults.cancelled, (unsigned long long)faults.failed,
		(unsigned long long)faults.timed_out, (unsigned long long)faults.closed);
	outcome(soak, !grown, "memory%s%s", grown ? " has grown: " : "", grown ? grown : "");
}

static const struct leg {
	const char *name;
	void (*run)(struct soak *soak);
} legs[] = {
	{ "steady", steady },
	{ "stalls", stalls },
	{ "churn", churn },
	{ "faults", faults },
};

#define LEGS	(sizeof(legs) / sizeof(*legs))

static int usage(FILE *to, int status)
{
	fputs("usage: soak [--seconds S] [--seed N] [--leak kernel|process] [LEG]...\n"
	      "  steady   source0 to sink0 at a rate, every word checked, none lost\n"
	      "  stalls   the same with a reader that stops: the loss is the source's, to the block\n"
	      "  churn    rings that come and go, blocks as fast as they can\n"
	      "  faults   every fault of the hardware, by chance: each request ends once, for a reason\n"
	      "  --seconds S  for each leg, churn a quarter (default 15)\n"
	      "  --seed N     of the random choices (default: another one each time)\n"
	      "  --leak WHAT  leaks memory on purpose, which is to be noticed\n", to);
	return status;
}

static void source_restore(void)
{
	knob_set("source0", "bytes_per_second", 0);
	knob_set("source0", "sequence", 0);
	knob_set("source0", "block_bytes", 0);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'n' },
		{ "leak", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const struct sigaction act = { .sa_handler = on_signal };
	const struct rlimit files = { 1 << 20, 1 << 20 };
	struct soak soak = { .seconds = 15, .random = now_ns() % 1000000 };
	size_t i;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			soak.seconds = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'n':
			soak.random = strtoull(optarg, NULL, 0);
			break;
		case 'l':
			soak.plant = *optarg;
			break;
		case 'h':
			return usage(stdout, 0);
		default:
			return usage(stderr, 2);
		}
	}
	if (!soak.seconds || (soak.plant && !strchr("kp", soak.plant)))
		return usage(stderr, 2);
	if (knob_number("source0", "dropped_blocks") < 0) {
		puts("1..0 # SKIP no source0 of dmaring_sim, or no debugfs");
		return 4;
	}
	/* Half a minute, and at least three in a short run. */
	soak.period = soak.seconds >= 120 ? 30 : (soak.seconds + 3) / 4;
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	setrlimit(RLIMIT_NOFILE, &files);
	printf("# seed %llu, %u s\n", (unsigned long long)soak.random, soak.seconds);
	for (i = 0; i < LEGS && !interrupted; i++) {
		bool asked = optind == argc;
		int n;

		for (n = optind; n < argc; n++)
			asked |= !strcmp(argv[n], legs[i].name);
		if (asked)
			legs[i].run(&soak);
	}
	source_restore();
	printf("1..%u\n", soak.number);
	return soak.failed || !soak.number ? 1 : 0;
}
