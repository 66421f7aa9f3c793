// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the loop: one thread that sleeps in one epoll_wait(), fills blocks as
 * their samples come due, sends them, takes the transforms and has them judged
 * and shown.
 *
 * Nobody is woken for a single block: on each tick of the timer the completions
 * of the blocks before are there already, for looking costs no system call.
 */
#include "player.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "message.h"

#define NS_PER_S	1000000000ULL
#define AHEAD_FRAMES	32768
#define TICK_MIN_NS	2000000.0
#define TICK_MAX_NS	100000000.0
#define FAST_COALESCE_US 2000
#define WAIT_MS		1000
#define EVENTS		8

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/*
 * The loop needs the time to some milliseconds only, and the coarse clock is
 * read without a system call even where the exact one is not.
 */
static uint64_t coarse_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE);
}

/* Blocks come due one a hop; a tick may serve several, but not all that are armed. */
static uint64_t tick_ns(const struct player *player)
{
	double hop_ns = player->framer.hop * (double)NS_PER_S / player->rate;
	double tick = fmin(fmax(hop_ns, TICK_MIN_NS), TICK_MAX_NS);

	/* Not shorter than a hop, or a block would miss its tick by a sample. */
	return ceil(fmin(tick, hop_ns * fmax(1, player->options.blocks / 2)));
}

static int watch(struct player *player, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(player->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int watch_timer(struct player *player)
{
	player->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (player->timer < 0)
		return -errno;
	return watch(player, player->timer, EPOLLIN);
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
}

static void start_timer(const struct player *player)
{
	uint64_t tick = tick_ns(player);
	struct itimerspec spec = {
		.it_interval = to_timespec(tick),
		.it_value = to_timespec(player->begin_ns + tick),
	};

	if (player->timer >= 0)
		timerfd_settime(player->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

static int watch_signals(struct player *player)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	player->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (player->signals < 0)
		return -errno;
	return watch(player, player->signals, EPOLLIN);
}

static int init_loop(struct player *player)
{
	bool live = recording_fd(player->recording) >= 0;
	int err;

	player->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (player->epoll < 0)
		return -errno;
	err = watch_signals(player);
	if (!err)
		err = watch(player, duplex_fd(&player->duplex), EPOLLIN);
	if (!err && !live && !player->options.fast)
		err = watch_timer(player);
	/* A pipe is its own clock. Edge-triggered, for it is not read while the device is busy. */
	if (!err && live)
		err = watch(player, recording_fd(player->recording), EPOLLIN | EPOLLET);
	if (!err && screen_input_fd(player->screen) >= 0)
		err = watch(player, screen_input_fd(player->screen), EPOLLIN);
	return err;
}

static uint64_t frames_to_play(const struct player *player)
{
	uint64_t frames = recording_frames(player->recording);
	double seconds = player->options.seconds;

	if (seconds > 0)
		return llrint(seconds * player->rate);
	if (frames == 0)
		return 0;
	return fmax(frames, PLAYER_SECONDS_MIN * player->rate);
}

static int init_screen(struct player *player)
{
	struct screen_caption caption = {
		.title = player->title,
		.input = player->input,
		.rate = player->rate,
		.total_s = player->frames_wanted / player->rate,
	};

	snprintf(player->title, sizeof(player->title), "dmaring spectrum: %s%s, %u points, %.10g Hz",
		 player->options.device, player->query.flags & DMARING_SIMULATED ? " (simulated)" : "",
		 player->options.points, player->rate);
	return screen_open(&player->screen, &caption, &player->spectrogram, player->options.plain);
}

/**
 * player_init() - set everything up
 * @player:	what to fill in
 * @options:	how to play; the name must outlive the player
 * @recording:	what to play; stays the caller's
 * @input:	how to call it
 *
 * Return: 0 or -errno; what was wrong has been said.
 */
int player_init(struct player *player, const struct player_options *options,
		struct recording *recording, const char *input)
{
	unsigned int points = options->points;
	unsigned int coalesce_us = FAST_COALESCE_US;
	int err;

	memset(player, 0, sizeof(*player));
	player->options = *options;
	player->recording = recording;
	player->input = input;
	player->rate = recording_rate(recording);
	player->epoll = -1;
	player->timer = -1;
	player->signals = -1;
	player->duplex.ring.fd = -1;
	player->frames_wanted = frames_to_play(player);

	player->ahead = malloc(AHEAD_FRAMES * 2 * sizeof(*player->ahead));
	player->power = malloc(points * sizeof(*player->power));
	err = player->ahead && player->power ? 0 : -ENOMEM;
	if (!err)
		err = framer_init(&player->framer, points);
	if (!err)
		err = judge_init(&player->judge, points, options->blocks,
				 reference_device_scale(points), options->snr_wanted_db);
	if (!err)
		err = spectrogram_init(&player->spectrogram, points,
				       recording_is_complex(recording));
	if (err) {
		message("%s", strerror(-err));
		return err;
	}
	/* The loop looks by itself at every tick; this is for when it is late. */
	if (!options->fast && recording_fd(recording) < 0)
		coalesce_us = options->blocks * tick_ns(player) / 1000;
	err = duplex_open(&player->duplex, options->device, options->blocks,
			  2 * points * sizeof(int16_t), 2 * points * sizeof(int32_t), coalesce_us);
	if (!err)
		err = duplex_query(&player->duplex, &player->query);
	if (err)
		return err;
	err = init_screen(player);
	if (!err)
		err = init_loop(player);
	if (err)
		message("set-up: %s", strerror(-err));
	return err;
}

/**
 * player_destroy() - free what player_init() took
 * @player: may be partly initialised
 */
void player_destroy(struct player *player)
{
	screen_close(player->screen);
	duplex_close(&player->duplex);
	spectrogram_destroy(&player->spectrogram);
	judge_destroy(&player->judge);
	framer_destroy(&player->framer);
	if (player->epoll >= 0)
		close(player->epoll);
	if (player->timer >= 0)
		close(player->timer);
	if (player->signals >= 0)
		close(player->signals);
	free(player->ahead);
	free(player->power);
}

/* Reads ahead in large pieces; false at the end, or if a live input has none now. */
static bool read_ahead(struct player *player)
{
	long n = recording_read(player->recording, player->ahead, AHEAD_FRAMES);

	if (n == 0 && player->frames_wanted && recording_rewind(player->recording) == 0)
		n = recording_read(player->recording, player->ahead, AHEAD_FRAMES);
	if (n > 0) {
		player->ahead_first = 0;
		player->ahead_frames = n;
		return true;
	}
	if (n != -EAGAIN)
		player->ended = true;
	if (n < 0 && n != -EAGAIN) {
		player->failed = n;
		message("%s: %s", player->input, strerror(-n));
	}
	return false;
}

/* Samples that have arrived by the last tick and are not played. */
static uint64_t frames_due(const struct player *player)
{
	uint64_t due = UINT64_MAX;

	if (player->timer >= 0)
		due = player->ticks * tick_ns(player) * (player->rate / NS_PER_S);
	if (player->frames_wanted && due > player->frames_wanted)
		due = player->frames_wanted;
	return due > player->frames_played ? due - player->frames_played : 0;
}

/* Completes a block, as far as its samples have arrived. */
static bool fill_block(struct player *player)
{
	uint64_t due = frames_due(player);

	while (!player->ended && due && framer_room(&player->framer)) {
		size_t frames = framer_room(&player->framer);

		if (player->ahead_frames == 0 && !read_ahead(player))
			break;
		if (frames > due)
			frames = due;
		if (frames > player->ahead_frames)
			frames = player->ahead_frames;
		framer_push(&player->framer, player->ahead + 2 * player->ahead_first, frames);
		player->ahead_first += frames;
		player->ahead_frames -= frames;
		player->frames_played += frames;
		due -= frames;
	}
	if (player->frames_wanted && player->frames_played == player->frames_wanted)
		player->ended = true;
	if (player->ended)
		framer_flush(&player->framer);
	return framer_room(&player->framer) == 0;
}

/* A buffer is free, and a buffer is armed for the answer. */
static bool can_send(const struct player *player)
{
	return duplex_can_send(&player->duplex) && player->judge.expected < player->options.blocks;
}

static int send_blocks(struct player *player, uint64_t now)
{
	while (!player->stopped && can_send(player) && fill_block(player)) {
		int16_t *block = duplex_send_buffer(&player->duplex);
		double level_db;

		/* Written where the device reads it: there is no other copy of the samples. */
		framer_take(&player->framer, block, &level_db);
		judge_expect(&player->judge, block, level_db);
		duplex_send(&player->duplex);
		player->progress_ns = now;
	}
	return duplex_submit(&player->duplex);
}

static void take_transform(struct player *player, const int32_t *transform)
{
	int skipped = judge_answer(&player->judge, transform);

	if (skipped > 0)
		message("%d lost before block %llu", skipped,
			(unsigned long long)player->judge.received);
	if (skipped < 0 && player->judge.wrong == 1)
		message("block %llu came back wrong", (unsigned long long)player->judge.received);
	reference_power(transform, player->options.points, player->judge.scale, player->power);
	spectrogram_add(&player->spectrogram, player->power);
	screen_add_block(player->screen);
}

/* The device has a block: how long ago was its last sample due? */
static void note_lateness(struct player *player)
{
	const struct framer *framer = &player->framer;
	uint64_t frames = framer->points + (player->duplex.send_done - 1) * framer->hop;
	uint64_t due_ns = player->begin_ns + frames * (NS_PER_S / player->rate);
	uint64_t time_ns = player->duplex.time_ns;

	if (player->timer >= 0 && time_ns > due_ns && time_ns - due_ns > player->late_max_ns)
		player->late_max_ns = time_ns - due_ns;
}

static int collect(struct player *player, uint64_t now)
{
	const void *received;
	int err;

	for (;;) {
		err = duplex_take(&player->duplex, &received);
		if (err == -EAGAIN)
			return 0;
		if (err && err != -EIO) {
			message("%s: %s", player->options.device, strerror(-err));
			return err;
		}
		player->progress_ns = now;
		/* Whether a failed receive took a block with it, the next ones will tell. */
		if (received && !err)
			take_transform(player, received);
		if (received)
			duplex_release(&player->duplex);
		else
			note_lateness(player);
	}
}

static void handle_events(struct player *player, const struct epoll_event *events, int n)
{
	struct signalfd_siginfo info;
	uint64_t ticks;
	int i;

	for (i = 0; i < n; i++) {
		int fd = events[i].data.fd;

		/* A timer goes on ticking only when it has been read. */
		if (fd == player->timer && read(fd, &ticks, sizeof(ticks)) > 0)
			player->ticks += ticks;
		if (fd == player->signals && read(fd, &info, sizeof(info)) > 0)
			player->stopped = true;
		if (fd == screen_input_fd(player->screen) && screen_wants_to_stop(player->screen))
			player->stopped = true;
	}
}

static int wait_for_events(struct player *player)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(player->epoll, events, EVENTS, WAIT_MS);

	player->meter.waits++;
	if (n < 0 && errno != EINTR)
		return -errno;
	if (n > 0) {
		player->meter.wakeups++;
		handle_events(player, events, n);
	}
	return 0;
}

static void show(struct player *player, uint64_t now)
{
	const struct judge *judge = &player->judge;
	char status[160], snr[48] = "";
	struct screen_progress progress = {
		.played_s = player->frames_played / player->rate,
		.status = status,
	};

	if (!screen_is_due(player->screen, &progress, now))
		return;
	if (judge->loud)
		snprintf(snr, sizeof(snr), ", SNR at least %.1f dB", judge->snr_min_db);
	snprintf(status, sizeof(status), "%llu blocks compared with FFTW, %llu lost, %llu wrong%s",
		 (unsigned long long)judge->received, (unsigned long long)judge->lost,
		 (unsigned long long)judge->wrong, snr);
	meter_pause(&player->meter);
	screen_update(player->screen, &progress, now);
	meter_resume(&player->meter);
}

static bool in_flight(const struct player *player)
{
	return player->judge.expected || player->duplex.sent != player->duplex.send_done;
}

static bool stalled(const struct player *player, uint64_t now)
{
	return in_flight(player) &&
	       now - player->progress_ns > player->options.patience_s * NS_PER_S;
}

/* Nothing has been right so far, and that is not bad luck. */
static bool hopeless(const struct player *player)
{
	const struct judge *judge = &player->judge;

	return judge->loud + judge->quiet == judge->wrong &&
	       judge->wrong + player->duplex.failed >= player->options.blocks;
}

static bool finished(const struct player *player)
{
	if (in_flight(player))
		return false;
	return player->stopped || (player->ended && framer_room(&player->framer) != 0);
}

static int run_loop(struct player *player)
{
	uint64_t now = player->progress_ns;
	bool paced = player->timer >= 0;
	int err = 0;

	while (!player->failed) {
		/* What is due goes out before what has come back is judged. */
		if (paced)
			err = send_blocks(player, now);
		if (!err)
			err = collect(player, now);
		if (!err && !paced)
			err = send_blocks(player, now);
		if (err)
			return err;
		show(player, now);
		if (finished(player))
			break;
		if (hopeless(player)) {
			message("%s: gives back no transforms of what is sent: is it an FFT device?",
				player->options.device);
			return -EPROTO;
		}
		if (stalled(player, now)) {
			message("%s: no completion for %g s, %u blocks are missing; try \"dmaring info %s --why\"",
				player->options.device, player->options.patience_s,
				player->judge.expected, player->options.device);
			return -ETIMEDOUT;
		}
		err = wait_for_events(player);
		if (err)
			return err;
		now = coarse_ns();
	}
	return player->failed;
}

/**
 * player_run() - play the recording to its end
 * @player: from player_init()
 *
 * Return: 0 if every block came back or was counted as lost; -errno if the run
 * had to be ended, which has been said. The counts hold in any case.
 */
int player_run(struct player *player)
{
	int err;

	meter_start(&player->meter, player->options.device);
	player->begin_ns = clock_ns(CLOCK_MONOTONIC);
	player->progress_ns = coarse_ns();
	start_timer(player);
	duplex_arm(&player->duplex);
	err = run_loop(player);
	player->seconds = (clock_ns(CLOCK_MONOTONIC) - player->begin_ns) / (double)NS_PER_S;
	meter_stop(&player->meter);
	judge_drop(&player->judge, player->judge.expected);
	spectrogram_finish(&player->spectrogram);
	screen_close(player->screen);
	player->screen = NULL;
	return err;
}
