// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the samples that are played: WAV files (whatever libsndfile reads) and
 * raw I/Q from files or standard input, all delivered as int16 I/Q frames.
 *
 * Only one file is open at a time. Standard input that is a pipe is read
 * without blocking, so that one epoll loop can serve it beside the device.
 */
#include "recording.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

#define CHUNK_FRAMES	16384
#define PEEK_BYTES	12

/**
 * struct mapped - a file as memory
 * @base:	its first byte; NULL: not mapped
 * @bytes:	its length
 * @position:	where reading goes on
 */
struct mapped {
	const unsigned char *base;
	sf_count_t bytes;
	sf_count_t position;
};

/**
 * struct recording - an open recording
 * @options:	what was asked; names are the caller's
 * @current:	index of the open file
 * @sound:	libsndfile handle, or NULL for raw samples
 * @mapped:	what @sound reads
 * @channels:	channels of @sound
 * @fd:		raw samples, or the memory that holds a WAV from a pipe
 * @format:	of the open file, never AUTO
 * @wav_fd:	a WAV that came through a pipe, kept for rewinding; else -1
 * @live:	a pipe: read without blocking, cannot be rewound
 * @peeked:	bytes already taken from the pipe to look at its format
 * @peek:	those bytes
 * @partial:	bytes of an incomplete frame at the end of the last read
 * @rest:	those bytes
 * @rate:	frames per second
 * @frames:	of all files together; 0: not known
 */
struct recording {
	struct recording_options options;
	unsigned int current;
	SNDFILE *sound;
	struct mapped mapped;
	unsigned int channels;
	int fd;
	enum recording_format format;
	int wav_fd;
	bool live;
	unsigned int peeked;
	unsigned char peek[PEEK_BYTES];
	unsigned int partial;
	unsigned char rest[4];
	double rate;
	uint64_t frames;
};

static bool is_stdin(const char *name)
{
	return !strcmp(name, "-");
}

static bool looks_like_sound(const unsigned char *p, size_t n)
{
	static const char *const marks[] = {
		"RIFF", "RIFX", "RF64", "riff", "FORM", "fLaC", "OggS", "caff", ".snd",
	};
	size_t i;

	for (i = 0; n >= 4 && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (!memcmp(p, marks[i], 4))
			return true;
	return false;
}

static enum recording_format format_by_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (dot && (!strcasecmp(dot, ".cu8") || !strcasecmp(dot, ".u8")))
		return RECORDING_CU8;
	return RECORDING_CS16;
}

static unsigned int frame_bytes(enum recording_format format)
{
	return format == RECORDING_CU8 ? 2 : 4;
}

static ssize_t read_fully(int fd, void *to, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = read(fd, (char *)to + done, bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

/* A WAV needs seeking; a pipe cannot: keep it in memory. */
static int keep_pipe(struct recording *r)
{
	char chunk[65536];
	ssize_t n;

	r->wav_fd = memfd_create("dmaring-spectrum", MFD_CLOEXEC);
	if (r->wav_fd < 0)
		return -errno;
	n = r->peeked;
	memcpy(chunk, r->peek, n);
	r->peeked = 0;
	do {
		if (n && write(r->wav_fd, chunk, n) != n)
			return -ENOSPC;
		n = read_fully(STDIN_FILENO, chunk, sizeof(chunk));
	} while (n > 0);
	return n;
}

/*
 * libsndfile by itself reads 2 KiB at a time, which would be most of the system
 * calls of a run. It gets the mapped file instead.
 */
static sf_count_t mapped_length(void *data)
{
	struct mapped *mapped = data;

	return mapped->bytes;
}

static sf_count_t mapped_seek(sf_count_t offset, int whence, void *data)
{
	struct mapped *mapped = data;

	if (whence == SEEK_CUR)
		offset += mapped->position;
	else if (whence == SEEK_END)
		offset += mapped->bytes;
	if (offset < 0 || offset > mapped->bytes)
		return -1;
	return mapped->position = offset;
}

static sf_count_t mapped_read(void *to, sf_count_t bytes, void *data)
{
	struct mapped *mapped = data;

	if (bytes > mapped->bytes - mapped->position)
		bytes = mapped->bytes - mapped->position;
	memcpy(to, mapped->base + mapped->position, bytes);
	mapped->position += bytes;
	return bytes;
}

static sf_count_t mapped_tell(void *data)
{
	struct mapped *mapped = data;

	return mapped->position;
}

static SF_VIRTUAL_IO mapped_io = {
	.get_filelen = mapped_length,
	.seek = mapped_seek,
	.read = mapped_read,
	.tell = mapped_tell,
};

static int map_file(struct mapped *mapped, int fd)
{
	struct stat st;
	void *base;

	if (fstat(fd, &st) < 0)
		return -errno;
	base = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	mapped->base = base;
	mapped->bytes = st.st_size;
	mapped->position = 0;
	return 0;
}

static void unmap_file(struct mapped *mapped)
{
	if (mapped->base)
		munmap((void *)mapped->base, mapped->bytes);
	mapped->base = NULL;
}

static int open_sound(struct recording *r, const char *name)
{
	SF_INFO info = { 0 };
	int err;

	err = map_file(&r->mapped, r->fd);
	if (err) {
		message("%s: %s", name, strerror(-err));
		return err;
	}
	r->sound = sf_open_virtual(&mapped_io, SFM_READ, &info, &r->mapped);
	if (!r->sound) {
		message("%s: not a sound file that libsndfile can read: %s", name,
			sf_strerror(NULL));
		return -EINVAL;
	}
	/* Floats in -1 .. 1 become the full range of int16, and do not wrap. */
	sf_command(r->sound, SFC_SET_SCALE_FLOAT_INT_READ, NULL, SF_TRUE);
	sf_command(r->sound, SFC_SET_CLIPPING, NULL, SF_TRUE);
	r->channels = info.channels;
	if (info.channels < 2 && r->options.channel != RECORDING_LEFT) {
		message("%s: has one channel only; leave out --channel", name);
		return -EINVAL;
	}
	if (r->rate == 0)
		r->rate = info.samplerate;
	if (r->rate != info.samplerate) {
		message("%s: is recorded at %d Hz, not at %.10g Hz", name, info.samplerate,
			r->rate);
		return -EINVAL;
	}
	return 0;
}

static void close_track(struct recording *r)
{
	if (r->sound)
		sf_close(r->sound);
	r->sound = NULL;
	unmap_file(&r->mapped);
	if (r->fd > STDIN_FILENO && r->fd != r->wav_fd)
		close(r->fd);
	r->fd = -1;
	r->partial = 0;
}

static int open_stdin(struct recording *r)
{
	struct stat st;

	r->fd = STDIN_FILENO;
	if (fstat(r->fd, &st) < 0)
		return -errno;
	r->live = !S_ISREG(st.st_mode);
	if (r->wav_fd >= 0) {
		r->fd = r->wav_fd;
		r->live = false;
	}
	if (!r->live && lseek(r->fd, 0, SEEK_SET) < 0)
		return -errno;
	return 0;
}

static int open_track(struct recording *r, unsigned int index)
{
	const char *name = r->options.names[index];
	unsigned char head[PEEK_BYTES];
	ssize_t n;
	int err;

	close_track(r);
	r->current = index;
	r->format = r->options.format;
	if (is_stdin(name)) {
		err = open_stdin(r);
	} else {
		r->fd = open(name, O_RDONLY | O_CLOEXEC);
		err = r->fd < 0 ? -errno : 0;
	}
	if (err) {
		message("%s: %s", name, strerror(-err));
		return err;
	}

	n = read_fully(r->fd, head, sizeof(head));
	if (n < 0) {
		message("%s: %s", name, strerror(-n));
		return n;
	}
	if (r->format == RECORDING_AUTO)
		r->format = looks_like_sound(head, n) ? RECORDING_WAV : format_by_name(name);
	if (r->live) {
		memcpy(r->peek, head, n);
		r->peeked = n;
		if (r->format == RECORDING_WAV) {
			err = keep_pipe(r);
			if (err) {
				message("%s: %s", name, strerror(-err));
				return err;
			}
			r->fd = r->wav_fd;
			r->live = false;
		}
	}
	if (r->format == RECORDING_WAV)
		return open_sound(r, name);
	if (r->live) {
		fcntl(r->fd, F_SETFL, fcntl(r->fd, F_GETFL) | O_NONBLOCK);
		return 0;
	}
	return lseek(r->fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* Opens every file once, so that a bad one is told before anything plays. */
static int survey(struct recording *r)
{
	unsigned int i;
	int err;

	for (i = 0; i < r->options.count; i++) {
		struct stat st;
		bool complex_track;

		if (is_stdin(r->options.names[i]) && r->options.count > 1) {
			message("standard input cannot be played together with files");
			return -EINVAL;
		}
		err = open_track(r, i);
		if (err)
			return err;
		complex_track = r->format != RECORDING_WAV;
		if (complex_track && r->rate == 0) {
			message("%s: raw samples do not name their rate; say --rate HZ (make demo: RATE=HZ)",
				r->options.names[i]);
			return -EINVAL;
		}
		if (complex_track)
			r->options.channel = RECORDING_IQ;
		if (r->live)
			return 0;
		if (r->format == RECORDING_WAV)
			r->frames += sf_seek(r->sound, 0, SEEK_END);
		else if (fstat(r->fd, &st) == 0)
			r->frames += st.st_size / frame_bytes(r->format);
	}
	if (r->frames == 0) {
		message("%s: holds no samples", r->options.names[0]);
		return -ENODATA;
	}
	return 0;
}

/**
 * recording_open() - open what is to be played
 * @out:	the recording, when 0 is returned
 * @options:	files and formats; the names must outlive the recording
 *
 * Return: 0 or -errno; what was wrong has been said on stderr.
 */
int recording_open(struct recording **out, const struct recording_options *options)
{
	struct recording *r;
	int err;

	if (options->count == 0)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->options = *options;
	r->rate = options->rate;
	r->fd = -1;
	r->wav_fd = -1;
	err = survey(r);
	if (!err && !r->live)
		err = open_track(r, 0);
	if (err) {
		recording_close(r);
		return err;
	}
	*out = r;
	return 0;
}

/**
 * recording_close() - close a recording
 * @recording: may be NULL
 */
void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	close_track(recording);
	if (recording->wav_fd >= 0)
		close(recording->wav_fd);
	free(recording);
}

static long read_sound(struct recording *r, int16_t *iq, size_t frames)
{
	bool complex_track = r->options.channel == RECORDING_IQ;
	unsigned int first = r->options.channel == RECORDING_RIGHT;
	short samples[2 * CHUNK_FRAMES];
	size_t want = 2 * CHUNK_FRAMES / r->channels;
	sf_count_t n, i;

	n = sf_readf_short(r->sound, samples, want < frames ? want : frames);
	for (i = 0; i < n; i++) {
		const short *frame = samples + i * r->channels;

		iq[2 * i] = frame[first];
		iq[2 * i + 1] = complex_track ? frame[1] : 0;
	}
	return n;
}

static void convert(enum recording_format format, const unsigned char *from, int16_t *iq,
		    size_t frames)
{
	size_t i;

	for (i = 0; i < 2 * frames; i++) {
		if (format == RECORDING_CU8) {
			iq[i] = (2 * from[i] - 255) * 128;
		} else {
			uint16_t word;

			memcpy(&word, from + 2 * i, sizeof(word));
			iq[i] = (int16_t)le16toh(word);
		}
	}
}

static long read_raw(struct recording *r, int16_t *iq, size_t frames)
{
	unsigned char bytes[4 * CHUNK_FRAMES];
	unsigned int unit = frame_bytes(r->format);
	size_t have, want;
	ssize_t n = 0;

	if (frames > CHUNK_FRAMES)
		frames = CHUNK_FRAMES;
	want = frames * unit;
	have = r->partial;
	memcpy(bytes, r->rest, have);
	r->partial = 0;
	while (r->peeked && have < want) {
		bytes[have++] = r->peek[0];
		memmove(r->peek, r->peek + 1, --r->peeked);
	}
	if (have < want)
		n = read(r->fd, bytes + have, want - have);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	if (n > 0)
		have += n;
	frames = have / unit;
	convert(r->format, bytes, iq, frames);
	r->partial = have % unit;
	memcpy(r->rest, bytes + frames * unit, r->partial);
	if (frames == 0 && n != 0)
		return -EAGAIN;
	return frames;
}

/**
 * recording_read() - take the next samples
 * @recording:	the recording
 * @iq:		room for @frames pairs
 * @frames:	at most so many
 *
 * Return: frames taken; 0 at the end; -EAGAIN when a pipe has none at the
 * moment; another -errno when reading failed.
 */
long recording_read(struct recording *recording, int16_t *iq, size_t frames)
{
	struct recording *r = recording;
	long n;
	int err;

	for (;;) {
		n = r->sound ? read_sound(r, iq, frames) : read_raw(r, iq, frames);
		if (n != 0 || r->current + 1 >= r->options.count)
			return n;
		err = open_track(r, r->current + 1);
		if (err)
			return err;
	}
}

/**
 * recording_rewind() - start again from the first sample
 * @recording: the recording
 *
 * Return: 0, -ESPIPE for a pipe, another -errno when a file has gone.
 */
int recording_rewind(struct recording *recording)
{
	if (recording->live)
		return -ESPIPE;
	return open_track(recording, 0);
}

/**
 * recording_rate() - frames per second
 * @recording: the recording
 */
double recording_rate(const struct recording *recording)
{
	return recording->rate;
}

/**
 * recording_frames() - length of all files together
 * @recording: the recording
 *
 * Return: frames, 0 if not known beforehand (a pipe).
 */
uint64_t recording_frames(const struct recording *recording)
{
	return recording->frames;
}

/**
 * recording_is_complex() - whether Q carries signal
 * @recording: the recording
 *
 * A real signal has a symmetric spectrum; its positive half is shown alone.
 */
bool recording_is_complex(const struct recording *recording)
{
	return recording->options.channel == RECORDING_IQ;
}

/**
 * recording_fd() - what to wait on before recording_read()
 * @recording: the recording
 *
 * Return: a file descriptor for epoll, or -1 if reading never has to wait.
 */
int recording_fd(const struct recording *recording)
{
	return recording->live ? recording->fd : -1;
}
