/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_PLAYER_H
#define SPECTRUM_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "duplex.h"
#include "framer.h"
#include "judge.h"
#include "meter.h"
#include "recording.h"
#include "screen.h"
#include "spectrogram.h"

/**
 * struct player_options - how to play
 * @device:	name of the device that transforms
 * @points:	length of the transform
 * @blocks:	blocks armed in each direction
 * @seconds:	length of signal to play, by repeating or cutting the recording;
 *		0: all of it, repeated until it is PLAYER_SECONDS_MIN long
 * @fast:	do not wait for the samples' time
 * @plain:	no live view
 * @snr_wanted_db: a block with less is wrong
 * @patience_s:	a device that gives back nothing for so long is given up
 */
struct player_options {
	const char *device;
	unsigned int points;
	unsigned int blocks;
	double seconds;
	bool fast;
	bool plain;
	double snr_wanted_db;
	double patience_s;
};

#define PLAYER_SECONDS_MIN	10.0

/**
 * struct player - a recording on its way through a device
 * @options:	how to play
 * @recording:	what is played
 * @title:	of the live view
 * @input:	name of the recording, for the live view
 * @rate:	frames per second
 * @frames_wanted: frames to play; 0: until the end
 * @frames_played: frames that are in a block already
 * @ahead:	frames read from the recording, not played
 * @ahead_first: first valid frame there
 * @ahead_frames: valid frames there
 * @ended:	no more samples will come
 * @stopped:	the user wants no more
 * @failed:	a negative errno ended the run
 * @framer:	cuts the signal into blocks
 * @duplex:	the ring
 * @query:	what the driver says of the device
 * @judge:	compares
 * @spectrogram: collects
 * @screen:	shows
 * @meter:	counts
 * @power:	of the block received last
 * @epoll:	the one place where the thread sleeps
 * @timer:	ticks at the pace of the blocks
 * @signals:	SIGINT and SIGTERM
 * @begin_ns:	when the first sample was due
 * @progress_ns: when something was sent or came back last; coarse clock
 * @ticks:	of the timer, so far
 * @late_max_ns: most time from a block's last sample to its end in the device
 * @seconds:	how long it took
 */
struct player {
	struct player_options options;
	struct recording *recording;
	char title[128];
	const char *input;
	double rate;
	uint64_t frames_wanted;
	uint64_t frames_played;
	int16_t *ahead;
	size_t ahead_first;
	size_t ahead_frames;
	bool ended;
	bool stopped;
	int failed;
	struct framer framer;
	struct duplex duplex;
	struct dmaring_query query;
	struct judge judge;
	struct spectrogram spectrogram;
	struct screen *screen;
	struct meter meter;
	float *power;
	int epoll;
	int timer;
	int signals;
	uint64_t begin_ns;
	uint64_t progress_ns;
	uint64_t ticks;
	uint64_t late_max_ns;
	double seconds;
};

int player_init(struct player *player, const struct player_options *options,
		struct recording *recording, const char *input);
void player_destroy(struct player *player);
int player_run(struct player *player);

#endif
