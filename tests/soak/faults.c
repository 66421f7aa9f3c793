// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rings on failing hardware; see faults.h.
 *
 * In a round a number of knobs are turned, requests of all kinds are submitted, with
 * and without time-outs, among cancels, aborts and fences, and sometimes a ring is
 * closed in the middle of it. Then the knobs are turned back and all has to come
 * back: once, and with a reason that one of the faults or operations explains.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"
#include "faults.h"

#define BUFFERS		16
#define BYTES		4096
#define CONTROL		0x10000
#define PATIENCE_NS	10000000000LL
#define QUIET_NS	300000000LL
#define COPY_STOP	"/sys/module/dmaring/parameters/copy_stop_ms"

static const char * const devices[FAULTS_RINGS] = {
	"loop0", "source0", "sink0", "mem0", "mem0", "mem0",
};

static const struct {
	const char *device, *channel;
} channels[] = {
	{ "loop0", "tx" }, { "loop0", "rx" }, { "source0", "rx" }, { "sink0", "tx" },
	{ "mem0", "copy" },
};

#define CHANNELS	(sizeof(channels) / sizeof(*channels))

/* The knobs: up to so many transfers, a value up to so much. */
static const struct {
	const char *name;
	unsigned int count, value;
	bool eio, torn;
} knobs[] = {
	{ "fail_error", 4, 0, true, false },
	{ "short", 4, BYTES - 1, false, true },
	{ "late_us", 4, 20000, false, false },
	{ "lose_callback", 4, 0, false, false },
	{ "double_callback", 8, 0, false, false },
	{ "spurious_callback", 8, 0, false, false },
	{ "delay_callback_us", 8, 50000, false, false },
	{ "ghost_callback_us", 2, 50000, false, false },
	{ "fail_prep", 12, 0, true, false },
	{ "hang", 1, 0, true, false },
	{ "refuse_stop", 1, 0, true, false },
};

#define KNOBS	(sizeof(knobs) / sizeof(*knobs))

static struct counts {
	uint64_t submitted, completed, errors, timeouts;
} counts_before[CHANNELS];

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static uint32_t below(struct faults *faults, uint32_t limit)
{
	return faults->below(faults->context, limit);
}

__attribute__((format(printf, 2, 3)))
static void wrong(struct faults *faults, const char *format, ...)
{
	va_list arguments;

	faults->wrong++;
	va_start(arguments, format);
	fputs("# faults: ", stdout);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
}

static void text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "# %s: %m\n", path);
	if (fd >= 0)
		close(fd);
}

static void knob_turn(size_t channel, size_t knob, unsigned int count, unsigned int value)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/kernel/debug/dmaring_sim/%s/%s/%s",
		 channels[channel].device, channels[channel].channel, knobs[knob].name);
	if (value)
		snprintf(text, sizeof(text), "%u %u", count, value);
	else
		snprintf(text, sizeof(text), "%u", count);
	text_write(path, text);
}

static void knobs_back(void)
{
	size_t channel, knob;

	for (channel = 0; channel < CHANNELS; channel++)
		for (knob = 0; knob < KNOBS; knob++)
			knob_turn(channel, knob, 0, 0);
}

static uint64_t attribute(const char *device, const char *folder, const char *name)
{
	char path[128];
	unsigned long long n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/dmaring/%s/%s/%s", device, folder, name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &n) != 1)
		fprintf(stderr, "# %s: %m\n", path);
	if (file)
		fclose(file);
	return n;
}

static struct counts counts_of(size_t channel)
{
	const char *device = channels[channel].device, *name = channels[channel].channel;

	return (struct counts){
		attribute(device, name, "submitted"), attribute(device, name, "completed"),
		attribute(device, name, "errors"), attribute(device, name, "timeouts"),
	};
}

int64_t faults_quarantined(const struct faults *faults)
{
	static const char * const each[] = { "loop0", "source0", "sink0", "mem0" };
	int64_t n = -faults->quarantined;
	size_t i;

	for (i = 0; i < sizeof(each) / sizeof(*each); i++)
		n += (int64_t)attribute(each[i], "counters", "quarantined_pages");
	return n;
}

static int ring_open(struct faults_ring *r)
{
	const struct dmaring_options options = {
		.entries = 128, .buffers = BUFFERS, .buffer_bytes = BYTES,
	};
	int err = dmaring_open(&r->ring, r->device, &options);
	unsigned int i;

	if (err < 0) {
		fprintf(stderr, "# faults: %s: %s\n", r->device, strerror(-err));
		return err;
	}
	for (i = 0; i < BUFFERS; i++)
		memset(dmaring_buffer(&r->ring, i), (int)i + 1, BYTES);
	memset(r->request, 0, sizeof(r->request));
	r->out = 0;
	r->open = true;
	return 0;
}

static void ring_close(struct faults *faults, struct faults_ring *r)
{
	unsigned int i;

	if (!r->open)
		return;
	/* Everything is taken in before: the account is of that. */
	dmaring_doorbell(&r->ring);
	for (i = 0; i < FAULTS_REQUESTS; i++)
		faults->closed += r->request[i].out;
	dmaring_close(&r->ring);
	r->open = false;
}

int faults_begin(struct faults *faults)
{
	unsigned int i;
	int err = 0;

	text_write(COPY_STOP, "700");
	for (i = 0; i < CHANNELS; i++)
		counts_before[i] = counts_of(i);
	faults->quarantined = faults_quarantined(faults);
	for (i = 0; i < FAULTS_RINGS && !err; i++) {
		faults->rings[i].device = devices[i];
		err = ring_open(&faults->rings[i]);
	}
	return err;
}

/* Turns some knobs, and notes what they may come to. */
static void knobs_turn(struct faults *faults)
{
	unsigned int n = 1 + below(faults, 6), i;

	for (; n; n--) {
		size_t channel = below(faults, CHANNELS), knob = below(faults, KNOBS);
		unsigned int count = 1 + below(faults, knobs[knob].count);
		unsigned int value = knobs[knob].value ? 1 + below(faults, knobs[knob].value) : 0;
		bool refuses = !strcmp(knobs[knob].name, "refuse_stop");

		/* On a copy channel only the watch stops, and pages are lost for good. */
		if (refuses && (!strcmp(channels[channel].device, "mem0") || below(faults, 4)))
			continue;
		knob_turn(channel, knob, count, value);
		for (i = 0; i < FAULTS_RINGS; i++) {
			struct faults_ring *r = &faults->rings[i];

			if (strcmp(r->device, channels[channel].device))
				continue;
			r->eio |= knobs[knob].eio;
			r->torn |= knobs[knob].torn;
			r->refused |= refuses;
		}
	}
}

static void control_submit(struct faults *faults, struct faults_ring *r, unsigned int channel)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(&r->ring);
	uint32_t what = below(faults, 4), target = 1 + below(faults, FAULTS_REQUESTS);

	if (!sqe)
		return;
	switch (what) {
	case 0:
		dmaring_prep_nop(sqe);
		break;
	case 1:
		dmaring_prep_fence(sqe, channel);
		break;
	case 2:
		dmaring_prep_cancel(sqe, target);
		r->stopped = true;
		break;
	default:
		dmaring_prep_abort(sqe, channel);
		r->stopped = true;
	}
	sqe->user_data = CONTROL;
	faults->controls++;
	r->out++;
}

static void data_submit(struct faults *faults, struct faults_ring *r, unsigned int channel)
{
	unsigned int kind = r->ring.channel[channel].kind, i;
	uint32_t timeout = below(faults, 3) ? 0 : 1 + below(faults, 60000);
	uint32_t to = 1 + below(faults, BUFFERS - 1);
	struct dmaring_sqe *sqe;

	for (i = 0; i < FAULTS_REQUESTS && r->request[i].out; i++)
		;
	if (i == FAULTS_REQUESTS)
		return;
	sqe = dmaring_get_sqe(&r->ring);
	if (!sqe)
		return;
	if (kind == DMARING_CHANNEL_SEND) {
		dmaring_prep_send(sqe, channel, dmaring_buffer(&r->ring, to), BYTES);
	} else if (kind == DMARING_CHANNEL_RECEIVE) {
		dmaring_prep_receive(sqe, channel, dmaring_buffer(&r->ring, to), BYTES);
	} else {
		dmaring_prep_copy(sqe, channel, dmaring_buffer(&r->ring, to),
				  dmaring_buffer(&r->ring, 0), BYTES);
	}
	dmaring_sqe_set_timeout_us(sqe, timeout);
	if (timeout && kind != DMARING_CHANNEL_COPY)
		r->stopped = true;
	sqe->user_data = i + 1;
	r->request[i] = (struct faults_request){
		.out = true, .timeout = timeout, .opcode = sqe->opcode, .to = (uint8_t)to,
	};
	faults->submitted++;
	r->out++;
}

/* Is there a fault or an operation that explains it? */
static bool explained(const struct faults_ring *r, const struct faults_request *request, int res)
{
	switch (res) {
	case 0:
		return true;
	case -EIO:
		return r->eio;
	case -ECANCELED:
		return r->stopped;
	case -ETIMEDOUT:
		return request->timeout;
	default:
		return false;
	}
}

static void one_back(struct faults *faults, struct faults_ring *r, const struct dmaring_cqe *cqe)
{
	struct faults_request *request;
	const unsigned char *data;

	if (cqe->user_data == CONTROL) {
		if (cqe->res && cqe->res != -EALREADY && cqe->res != -ENOENT &&
		    !(cqe->res == -ECANCELED && r->stopped) && !(cqe->res == -EIO && r->refused))
			wrong(faults, "%s: operation %u: %d", r->device, cqe->opcode, cqe->res);
		r->out--;
		return;
	}
	if (!cqe->user_data || cqe->user_data > FAULTS_REQUESTS ||
	    !r->request[cqe->user_data - 1].out) {
		wrong(faults, "%s: a completion for nobody, or a second one: %llu", r->device,
		      (unsigned long long)cqe->user_data);
		return;
	}
	request = &r->request[cqe->user_data - 1];
	request->out = false;
	r->out--;
	faults->completed += !cqe->res;
	faults->failed += cqe->res == -EIO;
	faults->cancelled += cqe->res == -ECANCELED;
	faults->timed_out += cqe->res == -ETIMEDOUT;
	if (!explained(r, request, cqe->res))
		wrong(faults, "%s: operation %u%s: %d, flags %#x, engine %u", r->device,
		      cqe->opcode, request->timeout ? " with a time-out" : "", cqe->res,
		      cqe->flags, cqe->engine);
	data = dmaring_buffer(&r->ring, request->to);
	if (!cqe->res && cqe->opcode == DMARING_OP_COPY && !r->torn &&
	    (data[0] != 1 || memcmp(data, data + 1, BYTES - 1)))
		wrong(faults, "%s: bytes that were not copied", r->device);
}

static bool ring_take(struct faults *faults, struct faults_ring *r)
{
	struct dmaring_cqe *cqe;
	bool any = false;

	while (r->open && !dmaring_peek_cqe(&r->ring, &cqe)) {
		one_back(faults, r, cqe);
		dmaring_cqe_seen(&r->ring, cqe);
		any = true;
	}
	return any;
}

/* All that is out comes back; what only an abort ends is aborted after a while. */
static int all_back(struct faults *faults)
{
	const struct timespec moment = { .tv_nsec = 500000 };
	int64_t start = now_ns(), last = start;
	bool aborted = false;
	unsigned int i, j, out;

	do {
		bool any = false;

		out = 0;
		for (i = 0; i < FAULTS_RINGS; i++) {
			any |= ring_take(faults, &faults->rings[i]);
			out += faults->rings[i].open ? faults->rings[i].out : 0;
		}
		if (any)
			last = now_ns();
		else
			nanosleep(&moment, NULL);
		if (out && !aborted && now_ns() - last > QUIET_NS) {
			aborted = true;
			for (i = 0; i < FAULTS_RINGS; i++) {
				struct faults_ring *r = &faults->rings[i];

				r->stopped |= strcmp(r->device, "mem0");
				for (j = 0; r->open && r->out && strcmp(r->device, "mem0") &&
				     j < r->ring.channels; j++)
					dmaring_abort(&r->ring, j);
			}
		}
	} while (out && now_ns() - start < PATIENCE_NS);
	for (i = 0; out && i < FAULTS_RINGS; i++)
		if (faults->rings[i].open && faults->rings[i].out)
			wrong(faults, "%s: %u have not come back", faults->rings[i].device,
			      faults->rings[i].out);
	return out ? -ETIME : 0;
}

int faults_round(struct faults *faults)
{
	unsigned int i, j, n;
	int err;

	for (i = 0; i < FAULTS_RINGS; i++) {
		struct faults_ring *r = &faults->rings[i];

		r->stopped = false;
		r->eio = false;
		r->torn = false;
		for (j = 1; j < BUFFERS; j++)
			memset(dmaring_buffer(&r->ring, j), 0, BYTES);
	}
	for (j = 0; j < 4; j++) {
		knobs_turn(faults);
		for (i = 0; i < FAULTS_RINGS; i++) {
			struct faults_ring *r = &faults->rings[i];

			for (n = below(faults, 24); n; n--) {
				unsigned int channel = below(faults, 2) % r->ring.channels;

				if (below(faults, 8))
					data_submit(faults, r, channel);
				else
					control_submit(faults, r, channel);
			}
			dmaring_submit(&r->ring);
			ring_take(faults, r);
		}
	}
	/* Now and then one goes with all that it has under way. */
	if (!below(faults, 4))
		ring_close(faults, &faults->rings[below(faults, FAULTS_RINGS)]);
	knobs_back();
	err = all_back(faults);
	for (i = 0; i < FAULTS_RINGS && !err; i++) {
		struct faults_ring *r = &faults->rings[i];

		/* A dead engine is stopped when the channel is claimed anew. */
		if (r->refused)
			ring_close(faults, r);
		r->refused = false;
		if (!r->open)
			err = ring_open(r);
	}
	return err;
}

/* The driver's account of a channel: even, and nothing more than was asked for. */
static uint64_t channel_judge(struct faults *faults, size_t channel)
{
	int64_t start = now_ns();
	struct counts c;
	uint64_t ended;

	do {
		c = counts_of(channel);
		c.submitted -= counts_before[channel].submitted;
		ended = c.completed - counts_before[channel].completed +
			c.errors - counts_before[channel].errors +
			c.timeouts - counts_before[channel].timeouts;
	} while (c.submitted != ended && now_ns() - start < PATIENCE_NS);
	if (c.submitted != ended)
		wrong(faults, "%s/%s: %llu submitted, %llu ended", channels[channel].device,
		      channels[channel].channel, (unsigned long long)c.submitted,
		      (unsigned long long)ended);
	return c.submitted;
}

void faults_end(struct faults *faults)
{
	uint64_t submitted = 0;
	unsigned int i;

	knobs_back();
	for (i = 0; i < FAULTS_RINGS; i++)
		ring_close(faults, &faults->rings[i]);
	for (i = 0; i < CHANNELS; i++)
		submitted += channel_judge(faults, i);
	if (submitted != faults->submitted)
		wrong(faults, "the driver has taken %llu requests, %llu were submitted",
		      (unsigned long long)submitted, (unsigned long long)faults->submitted);
	text_write(COPY_STOP, "0");
}
