// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recordings: every kind of WAV and raw samples come out as the int16 I and Q
 * that went in, one file after another, again after rewinding, and from a pipe.
 */
#include "spectrum_test.h"

#include <errno.h>
#include <sndfile.h>

#include "../../tools/spectrum/recording.h"

#define FRAMES	100

static char path[2][64];

static int set_up(void **state)
{
	(void)state;
	spectrum_temp_name(path[0], sizeof(path[0]), ".wav");
	spectrum_temp_name(path[1], sizeof(path[1]), ".cu8");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path[0]);
	unlink(path[1]);
	return 0;
}

static short sample(int frame, int channel)
{
	/* Multiples of 256, which 8 bits can hold too. */
	return (short)((frame - 50 + 7 * channel) * 256);
}

static void write_wav(int subtype, int channels, int rate)
{
	SF_INFO info = {
		.samplerate = rate,
		.channels = channels,
		.format = SF_FORMAT_WAV | subtype,
	};
	SNDFILE *sound = sf_open(path[0], SFM_WRITE, &info);
	short frame[8];
	int i, c;

	assert_non_null(sound);
	for (i = 0; i < FRAMES; i++) {
		for (c = 0; c < channels; c++)
			frame[c] = sample(i, c);
		assert_int_equal(sf_writef_short(sound, frame, 1), 1);
	}
	sf_close(sound);
}

static struct recording *open_files(const char *const *names, unsigned int count,
				    struct recording_options options)
{
	struct recording *recording;

	options.names = names;
	options.count = count;
	assert_int_equal(recording_open(&recording, &options), 0);
	return recording;
}

static int open_error(const char *name, struct recording_options options)
{
	struct recording *recording;

	options.names = &name;
	options.count = 1;
	return recording_open(&recording, &options);
}

static void expect_frames(struct recording *recording, int frames, int i_channel, int q_channel)
{
	int16_t iq[2 * 37];
	int done = 0;

	while (done < frames) {
		int want = frames - done < 37 ? frames - done : 37;
		long i, n = recording_read(recording, iq, want);

		assert_true(n > 0 && n <= want);
		for (i = 0; i < n; i++) {
			int frame = (done + i) % FRAMES;

			assert_int_equal(iq[2 * i], sample(frame, i_channel));
			assert_int_equal(iq[2 * i + 1],
					 q_channel < 0 ? 0 : sample(frame, q_channel));
		}
		done += n;
	}
}

static void every_pcm_width_reads_the_same(void **state)
{
	static const int subtypes[] = {
		SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_PCM_32,
	};
	const char *names[] = { path[0] };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(subtypes) / sizeof(subtypes[0]); i++) {
		struct recording *recording;

		write_wav(subtypes[i], 1, 48000);
		recording = open_files(names, 1, (struct recording_options){ 0 });
		assert_true(recording_rate(recording) == 48000);
		assert_int_equal(recording_frames(recording), FRAMES);
		assert_false(recording_is_complex(recording));
		expect_frames(recording, FRAMES, 0, -1);
		recording_close(recording);
	}
}

static void a_float_of_full_scale_is_clipped_not_wrapped(void **state)
{
	SF_INFO info = {
		.samplerate = 8000,
		.channels = 1,
		.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT,
	};
	const float samples[] = { 0, 0.5f, -0.5f, 1.0f, -1.0f };
	const char *names[] = { path[0] };
	struct recording *recording;
	int16_t iq[10];
	SNDFILE *sound;

	(void)state;
	sound = sf_open(path[0], SFM_WRITE, &info);
	assert_non_null(sound);
	assert_int_equal(sf_writef_float(sound, samples, 5), 5);
	sf_close(sound);
	recording = open_files(names, 1, (struct recording_options){ 0 });
	assert_int_equal(recording_read(recording, iq, 5), 5);
	assert_int_equal(iq[0], 0);
	assert_in_range(iq[2], 16383, 16384);
	assert_in_range(-iq[4], 16383, 16384);
	assert_in_range(iq[6], 32766, 32767);
	assert_in_range(-iq[8], 32766, 32768);
	recording_close(recording);
}

static void stereo_gives_the_channel_that_was_asked_for(void **state)
{
	const char *names[] = { path[0] };
	struct recording *recording;

	(void)state;
	write_wav(SF_FORMAT_PCM_16, 2, 44100);
	recording = open_files(names, 1, (struct recording_options){ 0 });
	expect_frames(recording, FRAMES, 0, -1);
	recording_close(recording);
	recording = open_files(names, 1, (struct recording_options){ .channel = RECORDING_RIGHT });
	expect_frames(recording, FRAMES, 1, -1);
	recording_close(recording);
	recording = open_files(names, 1, (struct recording_options){ .channel = RECORDING_IQ });
	assert_true(recording_is_complex(recording));
	expect_frames(recording, FRAMES, 0, 1);
	recording_close(recording);
}

static void files_follow_each_other_and_rewind(void **state)
{
	const char *names[] = { path[0], path[0], path[0] };
	struct recording *recording;
	int16_t iq[2];

	(void)state;
	write_wav(SF_FORMAT_PCM_16, 1, 48000);
	recording = open_files(names, 3, (struct recording_options){ 0 });
	assert_int_equal(recording_frames(recording), 3 * FRAMES);
	assert_int_equal(recording_fd(recording), -1);
	expect_frames(recording, 3 * FRAMES, 0, -1);
	assert_int_equal(recording_read(recording, iq, 1), 0);
	assert_int_equal(recording_rewind(recording), 0);
	expect_frames(recording, 3 * FRAMES, 0, -1);
	recording_close(recording);
}

static void raw_samples_are_iq(void **state)
{
	const unsigned char cu8[] = { 0, 255, 127, 128 };
	const unsigned char cs16[] = { 0x01, 0x00, 0xff, 0xff, 0x00, 0x80, 0xff, 0x7f };
	const char *names[] = { path[1] };
	struct recording_options options = { .rate = 2.4e6 };
	struct recording *recording;
	int16_t iq[4];

	(void)state;
	spectrum_write_file(path[1], cu8, sizeof(cu8));
	recording = open_files(names, 1, options);	/* known by its ending */
	assert_true(recording_is_complex(recording));
	assert_true(recording_rate(recording) == 2.4e6);
	assert_int_equal(recording_read(recording, iq, 2), 2);
	assert_int_equal(iq[0], -255 * 128);
	assert_int_equal(iq[1], 255 * 128);
	assert_int_equal(iq[2], -128);
	assert_int_equal(iq[3], 128);
	recording_close(recording);

	spectrum_write_file(path[1], cs16, sizeof(cs16));
	options.format = RECORDING_CS16;
	recording = open_files(names, 1, options);
	assert_int_equal(recording_frames(recording), 2);
	assert_int_equal(recording_read(recording, iq, 2), 2);
	assert_int_equal(iq[0], 1);
	assert_int_equal(iq[1], -1);
	assert_int_equal(iq[2], -32768);
	assert_int_equal(iq[3], 32767);
	recording_close(recording);
}

static void what_cannot_be_played_is_refused(void **state)
{
	(void)state;
	assert_int_equal(open_error("/nonexistent.wav", (struct recording_options){ 0 }), -ENOENT);
	assert_int_equal(open_error(path[1], (struct recording_options){ .rate = 1 }), -ENODATA);
	spectrum_write_file(path[1], "abcd", 4);
	assert_int_equal(open_error(path[1], (struct recording_options){ 0 }), -EINVAL);
	spectrum_write_file(path[0], "RIFF....WAVE", 12);
	assert_int_equal(open_error(path[0], (struct recording_options){ 0 }), -EINVAL);
	write_wav(SF_FORMAT_PCM_16, 1, 48000);
	assert_int_equal(open_error(path[0], (struct recording_options){ .rate = 44100 }), -EINVAL);
	assert_int_equal(open_error(path[0], (struct recording_options){ .channel = RECORDING_IQ }),
			 -EINVAL);
}

/* Standard input becomes a pipe with the given bytes in it. */
static int fill_stdin(const void *data, size_t bytes)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], data, bytes), bytes);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	return ends[1];
}

static void a_pipe_is_read_as_far_as_it_goes(void **state)
{
	const char *names[] = { "-" };
	struct recording_options options = { .rate = 1000, .format = RECORDING_CS16 };
	int16_t samples[16], iq[16];
	struct recording *recording;
	int end, i;

	(void)state;
	for (i = 0; i < 16; i++)
		samples[i] = 3 * i - 7;
	end = fill_stdin(samples, 18);	/* four frames and a half */
	recording = open_files(names, 1, options);
	assert_int_equal(recording_fd(recording), STDIN_FILENO);
	assert_int_equal(recording_frames(recording), 0);
	assert_int_equal(recording_read(recording, iq, 8), 4);
	assert_memory_equal(iq, samples, 16);
	assert_int_equal(recording_read(recording, iq, 8), -EAGAIN);
	assert_int_equal(write(end, (char *)samples + 18, 14), 14);
	assert_int_equal(recording_read(recording, iq, 8), 4);
	assert_memory_equal(iq, samples + 8, 16);
	close(end);
	assert_int_equal(recording_read(recording, iq, 8), 0);
	assert_int_equal(recording_rewind(recording), -ESPIPE);
	recording_close(recording);
}

static void a_wav_may_come_through_a_pipe(void **state)
{
	const char *names[] = { "-" };
	char bytes[4096];
	struct recording *recording;
	FILE *file;
	size_t n;

	(void)state;
	write_wav(SF_FORMAT_PCM_16, 1, 48000);
	file = fopen(path[0], "r");
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	close(fill_stdin(bytes, n));
	recording = open_files(names, 1, (struct recording_options){ 0 });
	assert_int_equal(recording_frames(recording), FRAMES);
	assert_int_equal(recording_fd(recording), -1);
	expect_frames(recording, FRAMES, 0, -1);
	assert_int_equal(recording_rewind(recording), 0);
	expect_frames(recording, FRAMES, 0, -1);
	recording_close(recording);
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_pcm_width_reads_the_same),
		TEST(a_float_of_full_scale_is_clipped_not_wrapped),
		TEST(stereo_gives_the_channel_that_was_asked_for),
		TEST(files_follow_each_other_and_rewind),
		TEST(raw_samples_are_iq),
		TEST(what_cannot_be_played_is_refused),
		TEST(a_pipe_is_read_as_far_as_it_goes),
		TEST(a_wav_may_come_through_a_pipe),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wav", tests, NULL, NULL);
}
