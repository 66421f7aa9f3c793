// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the live run: blocks from a receive device, as spectra on the screen.
 *
 * One thread takes the blocks and gives them back, whatever happens: when they
 * pile up it transforms none until it has caught up. Another one draws, and may
 * stand still as long as the terminal does: a row then stands for more blocks.
 *
 * Locks: live->lock protects live->counts, @over and @stop. The receiving thread
 * alone has the stream, the framer, the spectrogram and the mean.
 */
#include "live.h"

#include <dmaring/dmaring.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explain.h"
#include "framer.h"
#include "live_report.h"
#include "message.h"
#include "peaks.h"
#include "picture.h"
#include "reference.h"
#include "screen.h"
#include "spectrogram.h"

#define NS_PER_S	1000000000LL
#define LOOK_NS		50000000LL	/* the drawing thread's, for keys and for work */
#define WAIT_NS		100000000LL	/* the receiving thread's, for the end */
#define SAMPLE_BYTES	4
#define BEHIND_PART	4		/* of the buffers wait: no time to transform */

/**
 * struct live - a run
 * @options:	what is wanted
 * @ring:	the ring
 * @stream:	of its receive channel
 * @framer:	cuts blocks into frames
 * @reference:	transforms
 * @spectrogram: for the picture and the screen
 * @mean:	for the report
 * @screen:	shows
 * @frame:	under a window
 * @power:	of the newest frame
 * @title:	of the screen
 * @input:	below it
 * @start_ns:	when it began
 * @first_ns:	when the first block had come
 * @last_ns:	when the newest had
 * @first_bytes: of the first block
 * @drawing:	draws
 * @lock:	see above
 * @wake:	for @drawing: it is over
 * @counts:	how it stands
 * @over:	no more blocks will come
 * @stop:	the user wants no more
 * @blocks_shown: blocks that rows stand for already
 */
struct live {
	const struct live_options *options;
	struct dmaring ring;
	struct dmaring_stream *stream;
	struct framer framer;
	struct reference reference;
	struct spectrogram spectrogram;
	struct mean_spectrum mean;
	struct screen *screen;
	int16_t *frame;
	float *power;
	char title[192];
	char input[128];
	int64_t start_ns;
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t first_bytes;
	pthread_t drawing;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct live_counts counts;
	bool over;
	bool stop;
	uint64_t blocks_shown;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* The second signal ends a process that hangs in its terminal. */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* ------------------------------------------------------------------------
 * The drawing thread
 */

static void draw_row(struct live *live, const struct live_counts *counts, int64_t now)
{
	char unknown[48] = "", skipped[48] = "", status[192];
	const struct screen_progress progress = {
		.played_s = (double)(now - live->start_ns) / NS_PER_S,
		.status = status,
	};
	uint64_t blocks = counts->blocks - live->blocks_shown;

	if (counts->loss_unknown)
		snprintf(unknown, sizeof(unknown), " (perhaps more, %llu times)",
			 (unsigned long long)counts->loss_unknown);
	if (counts->untransformed)
		snprintf(skipped, sizeof(skipped), ", %llu not shown",
			 (unsigned long long)counts->untransformed);
	snprintf(status, sizeof(status), "%llu blocks, %llu lost%s%s",
		 (unsigned long long)counts->blocks, (unsigned long long)counts->lost, unknown,
		 skipped);
	if (counts->rate > 0)
		screen_set_rate(live->screen, counts->rate);
	screen_update(live->screen, &progress, now);
	live->blocks_shown = counts->blocks;

	pthread_mutex_lock(&live->lock);
	live->counts.rows++;
	if (blocks > live->counts.row_blocks_max)
		live->counts.row_blocks_max = blocks;
	pthread_mutex_unlock(&live->lock);
}

static void *draw(void *parameter)
{
	struct live *live = parameter;
	struct live_counts counts;
	bool over;

	do {
		int64_t now = now_ns(), until = now + LOOK_NS;
		struct timespec end = { until / NS_PER_S, until % NS_PER_S };
		struct screen_progress progress = { .status = "" };

		pthread_mutex_lock(&live->lock);
		if (!live->over)
			pthread_cond_timedwait(&live->wake, &live->lock, &end);
		over = live->over;
		counts = live->counts;
		pthread_mutex_unlock(&live->lock);

		now = now_ns();
		/* What has come since the last row gets a last one. */
		if (over ? counts.blocks > live->blocks_shown :
		    screen_is_due(live->screen, &progress, now))
			draw_row(live, &counts, now);
		if (screen_wants_to_stop(live->screen)) {
			pthread_mutex_lock(&live->lock);
			live->stop = true;
			pthread_mutex_unlock(&live->lock);
		}
	} while (!over);
	return NULL;
}

/* Signals are for the receiving thread. */
static int start_drawing(struct live *live)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = -pthread_create(&live->drawing, NULL, draw, live);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void end_drawing(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	live->over = true;
	pthread_cond_signal(&live->wake);
	pthread_mutex_unlock(&live->lock);
	pthread_join(live->drawing, NULL);
}

/* ------------------------------------------------------------------------
 * The receiving thread
 */

static void transform_frame(struct live *live)
{
	double level_db;

	framer_take(&live->framer, live->frame, &level_db);
	reference_transform(&live->reference, live->frame);
	reference_own_power(&live->reference, live->power);
	mean_spectrum_add(&live->mean, live->power);
	spectrogram_add(&live->spectrogram, live->power);
	screen_add_block(live->screen);
}

static void transform_samples(struct live *live, const char *data, size_t bytes)
{
	size_t frames = bytes / SAMPLE_BYTES;

	while (frames) {
		size_t room = framer_room(&live->framer);
		size_t n = frames < room ? frames : room;

		framer_push(&live->framer, (const int16_t *)data, n);
		data += n * SAMPLE_BYTES;
		frames -= n;
		if (!framer_room(&live->framer))
			transform_frame(live);
	}
}

/* Where the number is there are no samples, and no frame goes across it. */
static void transform_block(struct live *live, const struct dmaring_stream_block *block)
{
	const struct sequence *sequence = &live->options->sequence;
	size_t end = sequence->offset + sequence->bytes;

	if (!sequence->bytes) {
		transform_samples(live, block->data, block->bytes);
		return;
	}
	end += -end % SAMPLE_BYTES;
	transform_samples(live, block->data,
			  sequence->offset < block->bytes ? sequence->offset : block->bytes);
	framer_restart(&live->framer);
	if (end < block->bytes)
		transform_samples(live, (const char *)block->data + end, block->bytes - end);
}

static void measure_rate(struct live *live, const struct dmaring_stream_block *block)
{
	struct live_counts *counts = &live->counts;
	double samples;

	if (!live->first_ns) {
		live->first_ns = block->time_ns;
		live->first_bytes = block->bytes;
	}
	live->last_ns = block->time_ns;
	samples = (double)(counts->bytes + (counts->lost - 1) * live->first_bytes) / SAMPLE_BYTES;
	if (live->last_ns > live->first_ns)
		counts->rate_measured = samples * NS_PER_S / (live->last_ns - live->first_ns);
	if (!(live->options->rate > 0))
		counts->rate = counts->rate_measured;
}

static void count_block(struct live *live, const struct dmaring_stream_block *block, bool behind)
{
	struct live_counts *counts = &live->counts;

	pthread_mutex_lock(&live->lock);
	counts->lost += block->blocks_lost;
	counts->loss_unknown += !!(block->flags & DMARING_CQE_LOSS_UNKNOWN);
	counts->blocks++;
	counts->bytes += block->bytes;
	counts->untransformed += behind;
	counts->transforms = live->mean.transforms;
	measure_rate(live, block);
	pthread_mutex_unlock(&live->lock);
}

/* Return: 0 or -errno of the device. */
static int take_block(struct live *live)
{
	struct dmaring_stream_block block;
	bool behind;
	int err;

	err = dmaring_stream_wait_next(live->stream, &block, WAIT_NS);
	if (err == -ETIME || err == -EINTR)
		return 0;
	if (err < 0)
		return err;
	if (block.res < 0)
		return block.res;
	err = dmaring_stream_poll(&live->ring);
	behind = err > 0 && (unsigned int)err > live->options->blocks / BEHIND_PART;
	if (behind || block.blocks_lost || block.flags & DMARING_CQE_LOSS_UNKNOWN)
		framer_restart(&live->framer);
	if (!behind)
		transform_block(live, &block);
	count_block(live, &block, behind);
	return dmaring_stream_release(live->stream, block.data, 0);
}

static bool goes_on(struct live *live)
{
	bool stop;

	pthread_mutex_lock(&live->lock);
	stop = live->stop;
	pthread_mutex_unlock(&live->lock);
	return !stop && !interrupted &&
	       !(live->options->seconds > 0 &&
		 now_ns() - live->start_ns >= live->options->seconds * NS_PER_S);
}

/* ------------------------------------------------------------------------
 * A run
 */

static unsigned int entries_for(unsigned int buffers)
{
	unsigned int entries = DMARING_ENTRIES_MIN;

	while (entries < buffers)
		entries *= 2;
	return entries;
}

/* The name of its first receive channel. Return: 0 or -errno, after a message. */
static int find_channel(const struct live_options *options, struct dmaring_query *query, char *name)
{
	struct dmaring_channel_info info;
	uint32_t i;
	int err;

	err = dmaring_query_device(options->device, query);
	for (i = 0; !err && i < query->channels; i++) {
		err = dmaring_query_channel(options->device, i, &info);
		if (!err && info.kind == DMARING_CHANNEL_RECEIVE) {
			memcpy(name, info.name, sizeof(info.name));
			return 0;
		}
	}
	if (err < 0) {
		explain(err, "open", options->device);
		return err;
	}
	message("%s: it has no receive channel; try \"dmaring info %s\"", options->device,
		options->device);
	return -ENXIO;
}

static int open_device(struct live *live)
{
	const struct live_options *options = live->options;
	char name[DMARING_NAME_BYTES];
	const char *channels[] = { name, NULL };
	struct dmaring_options ring = {
		.entries = entries_for(options->blocks),
		.buffers = options->blocks,
		.buffer_bytes = options->block_bytes,
		.channels = channels,
	};
	struct dmaring_query query;
	int err;

	err = find_channel(options, &query, name);
	if (err < 0)
		return err;
	live->counts.simulated = query.flags & DMARING_SIMULATED;
	err = dmaring_open(&live->ring, options->device, &ring);
	if (err < 0)
		explain(err, "open", options->device);
	return err;
}

/* From here on blocks come, and nothing may hold up the thread that takes them. */
static int start_stream(struct live *live)
{
	const struct live_options *options = live->options;
	const struct dmaring_stream_options wanted = {
		.block_bytes = options->block_bytes,
		.sequence_bytes = options->sequence.bytes,
		.sequence_offset = options->sequence.offset,
		.flags = options->sequence.flags,
	};

	live->start_ns = now_ns();
	return dmaring_stream_start(&live->ring, 0, &wanted, &live->stream);
}

static int open_screen(struct live *live)
{
	const struct live_options *options = live->options;
	const struct screen_caption caption = {
		.title = live->title,
		.input = live->input,
		.rate = options->rate > 0 ? options->rate : 1,
		.waterfall = true,
	};

	snprintf(live->title, sizeof(live->title), "dmaring spectrum: %s%s, %u points",
		 options->device, live->counts.simulated ? " (simulated)" : "", options->points);
	if (options->rate > 0)
		snprintf(live->input, sizeof(live->input), "%.10g Hz", options->rate);
	else
		snprintf(live->input, sizeof(live->input), "rate as measured");
	return screen_open(&live->screen, &caption, &live->spectrogram, options->plain);
}

static int init(struct live *live, const struct live_options *options)
{
	unsigned int points = options->points;
	pthread_condattr_t clock;
	int err;

	memset(live, 0, sizeof(*live));
	live->options = options;
	live->ring.fd = -1;
	live->counts.starved = -1;
	live->counts.rate = options->rate;
	pthread_mutex_init(&live->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&live->wake, &clock);
	pthread_condattr_destroy(&clock);

	live->frame = malloc(2 * points * sizeof(*live->frame));
	live->power = malloc(points * sizeof(*live->power));
	err = live->frame && live->power ? 0 : -ENOMEM;
	if (!err)
		err = framer_init(&live->framer, points);
	if (!err)
		err = reference_init(&live->reference, points);
	if (!err)
		err = mean_spectrum_init(&live->mean, points);
	if (!err)
		err = spectrogram_init(&live->spectrogram, points, true);
	if (err)
		message("%s", strerror(-err));
	return err;
}

static void destroy(struct live *live)
{
	screen_close(live->screen);
	if (live->stream)
		dmaring_stream_stop(live->stream);
	if (live->ring.fd >= 0)
		dmaring_close(&live->ring);
	spectrogram_destroy(&live->spectrogram);
	mean_spectrum_destroy(&live->mean);
	reference_destroy(&live->reference);
	framer_destroy(&live->framer);
	free(live->frame);
	free(live->power);
	pthread_cond_destroy(&live->wake);
	pthread_mutex_destroy(&live->lock);
}

static int receive(struct live *live)
{
	struct dmaring_stream_stats stats = { .starved = -1 };
	int err;

	err = start_drawing(live);
	if (err < 0) {
		message("thread: %s", strerror(-err));
		return err;
	}
	err = start_stream(live);
	while (!err && goes_on(live))
		err = take_block(live);
	if (live->stream)
		dmaring_stream_get_stats(live->stream, &stats);
	/* Before the terminal is waited for: what comes now would be lost. */
	dmaring_stream_stop(live->stream);
	live->stream = NULL;
	live->counts.seconds = (double)(now_ns() - live->start_ns) / NS_PER_S;
	end_drawing(live);
	live->counts.starved = stats.starved;
	live->counts.transforms = live->mean.transforms;
	screen_close(live->screen);
	live->screen = NULL;
	if (err < 0)
		explain(err, "receive", live->options->device);
	return err;
}

static int write_picture(struct live *live)
{
	const struct live_options *options = live->options;
	char subtitle[256];
	const struct picture picture = {
		.title = options->device,
		.subtitle = subtitle,
		.rate = live->counts.rate,
		.seconds = live->counts.seconds,
	};

	spectrogram_finish(&live->spectrogram);
	if (!options->picture || !live->spectrogram.columns)
		return 0;
	snprintf(subtitle, sizeof(subtitle),
		 "%u-point FFT of what %s%s received, Hann window, 50 %% overlap, %.10g Hz",
		 options->points, options->device,
		 live->counts.simulated ? " (simulated device)" : "", live->counts.rate);
	return picture_write(options->picture, &live->spectrogram, &picture);
}

/* Blocks came, and none was long enough. */
static bool blocks_too_short(const struct live *live)
{
	return live->counts.blocks > live->counts.untransformed && !live->mean.transforms;
}

/**
 * live_run() - show the spectrum of what a device receives
 * @options:	of what, and how
 *
 * Return: 0; 1: something failed, which has been said; 3: blocks were lost, or
 * may have been.
 */
int live_run(const struct live_options *options)
{
	struct live live;
	int err;

	err = init(&live, options);
	if (!err)
		err = open_device(&live);
	if (!err)
		err = open_screen(&live);
	if (!err) {
		live.start_ns = now_ns();
		catch_signals();
		err = receive(&live);
		if (blocks_too_short(&live)) {
			message("%s: %llu blocks of %llu bytes have no room for %u points; see --points",
				options->device, (unsigned long long)live.counts.blocks,
				(unsigned long long)live.first_bytes, options->points);
			err = -EMSGSIZE;
		}
		if (write_picture(&live) < 0)
			err = -EIO;
		if (live_report(options, &live.counts, &live.mean) < 0)
			err = -EIO;
	}
	destroy(&live);
	if (err)
		return 1;
	return live.counts.lost || live.counts.loss_unknown ? 3 : 0;
}
