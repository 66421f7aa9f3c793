/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_RECORDING_H
#define SPECTRUM_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * enum recording_format - how samples are stored
 * @RECORDING_AUTO: by the first bytes (WAV and what libsndfile knows), else by
 *		    the ending of the name, else cs16
 * @RECORDING_WAV:  a file that libsndfile reads
 * @RECORDING_CS16: pairs of little-endian signed 16-bit I and Q
 * @RECORDING_CU8:  pairs of unsigned 8-bit I and Q, 127.5 is zero
 */
enum recording_format {
	RECORDING_AUTO,
	RECORDING_WAV,
	RECORDING_CS16,
	RECORDING_CU8,
};

/**
 * enum recording_channel - what becomes I and Q
 * @RECORDING_LEFT:  first channel as I, Q is zero
 * @RECORDING_RIGHT: second channel as I, Q is zero
 * @RECORDING_IQ:    first channel as I, second as Q
 */
enum recording_channel {
	RECORDING_LEFT,
	RECORDING_RIGHT,
	RECORDING_IQ,
};

/**
 * struct recording_options - what to play
 * @names:   files, played one after another; "-" alone is standard input
 * @count:   members of @names
 * @format:  how they are stored
 * @channel: which channels of a WAV; raw samples are always I and Q
 * @rate:    frames per second of raw samples; 0: not said
 */
struct recording_options {
	const char *const *names;
	unsigned int count;
	enum recording_format format;
	enum recording_channel channel;
	double rate;
};

struct recording;

int recording_open(struct recording **out, const struct recording_options *options);
void recording_close(struct recording *recording);
long recording_read(struct recording *recording, int16_t *iq, size_t frames);
int recording_rewind(struct recording *recording);
double recording_rate(const struct recording *recording);
uint64_t recording_frames(const struct recording *recording);
bool recording_is_complex(const struct recording *recording);
int recording_fd(const struct recording *recording);

#endif
