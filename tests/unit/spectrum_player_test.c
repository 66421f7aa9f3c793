// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole run of dmaring spectrum, with a device of software in place of the
 * ring (spectrum_device.c): pacing, loss, errors, costs, summary.
 */
#include "spectrum_test.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <sys/ioctl.h>

#include "../../tools/spectrum/player.h"
#include "../../tools/spectrum/summary.h"
#include "spectrum_device.h"

#define RATE	48000
#define FRAMES	(RATE / 2)

static char path[64];
static struct recording *recording;
static struct player player;

static int set_up(void **state)
{
	static int16_t iq[2 * FRAMES];
	int i;

	(void)state;
	memset(&spectrum_device, 0, sizeof(spectrum_device));
	for (i = 0; i < FRAMES; i++) {
		/* A chirp: no two blocks are alike. */
		double phase = 2 * M_PI * (0.01 + 0.2 * i / FRAMES) * i;

		iq[2 * i] = lrint(12000 * cos(phase));
		iq[2 * i + 1] = lrint(12000 * sin(phase));
	}
	spectrum_temp_name(path, sizeof(path), ".cs16");
	spectrum_write_file(path, iq, sizeof(iq));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	player_destroy(&player);
	recording_close(recording);
	recording = NULL;
	unlink(path);
	return 0;
}

static int play(bool fast, double seconds)
{
	struct player_options options = {
		.device = "test",
		.points = 1024,
		.blocks = 8,
		.seconds = seconds,
		.fast = fast,
		.plain = true,
		.snr_wanted_db = 70,
		.patience_s = 0.5,
	};
	const char *names[] = { path };
	struct recording_options what = { .names = names, .count = 1, .rate = RATE };

	assert_int_equal(recording_open(&recording, &what), 0);
	assert_int_equal(player_init(&player, &options, recording, "chirp"), 0);
	return player_run(&player);
}

/* Hop 512; the last block is completed with silence if samples are left. */
static unsigned int blocks_of(unsigned int frames)
{
	return (frames - 1024 + 511) / 512 + 1;
}

static void every_block_comes_back_and_is_right(void **state)
{
	(void)state;
	assert_int_equal(play(true, 0), 0);
	assert_int_equal(player.frames_played, 10 * RATE);	/* repeated */
	assert_int_equal(player.judge.sent, blocks_of(10 * RATE));
	assert_int_equal(player.judge.received, player.judge.sent);
	assert_int_equal(player.judge.lost, 0);
	assert_int_equal(player.judge.wrong, 0);
	assert_int_equal(player.judge.quiet, 0);
	assert_true(player.judge.snr_min_db > 100);
	assert_true(judge_snr_mean_db(&player.judge) >= player.judge.snr_min_db);
	assert_int_equal(player.spectrogram.columns, player.judge.sent);
}

static void a_block_waits_for_its_samples(void **state)
{
	(void)state;
	assert_int_equal(play(false, 0.5), 0);
	assert_int_equal(player.frames_played, FRAMES);
	assert_int_equal(player.judge.received, blocks_of(FRAMES));
	assert_true(player.seconds >= 0.499);
	assert_true(player.ticks * 512 >= FRAMES);
}

static void a_lost_block_is_counted_once(void **state)
{
	(void)state;
	spectrum_device.lose = 10;
	assert_int_equal(play(true, 1), 0);
	assert_int_equal(player.judge.lost, 1);
	assert_int_equal(player.judge.wrong, 0);
	assert_int_equal(player.judge.received, player.judge.sent - 1);
	assert_true(player.judge.snr_min_db > 100);
}

static void a_wrong_block_is_found(void **state)
{
	(void)state;
	spectrum_device.spoil = 20;
	assert_int_equal(play(true, 1), 0);
	assert_int_equal(player.judge.lost, 0);
	assert_int_equal(player.judge.wrong, 1);
	assert_true(player.judge.snr_min_db < 70);
}

static void silence_of_the_device_ends_the_run(void **state)
{
	(void)state;
	spectrum_device.keep_from = 30;
	assert_int_equal(play(true, 1), -ETIMEDOUT);
	assert_int_equal(player.judge.received, 30);
	assert_int_equal(player.judge.lost, 8);
	assert_int_equal(player.judge.expected, 0);
}

static void the_summary_tells_all_of_it(void **state)
{
	static const char *const keys[] = {
		"device", "kernel", "input", "rate_hz", "points", "blocks", "lost_blocks",
		"snr_db_min", "snr_db_mean", "ioctls_after_setup", "syscalls_per_1000_blocks",
		"wakeups_per_1000_blocks", "seconds", "quiet_blocks", "simulated",
	};
	struct summary summary = {
		.device = "test", .kernel = "k", .driver = "d", .input = "chirp", .rate = RATE,
		.points = 1024, .armed = 8, .judge = &player.judge, .meter = &player.meter,
	};
	json_object *object, *value;
	unsigned int i;
	char *text;

	(void)state;
	assert_int_equal(play(true, 1), 0);
	summary.seconds = player.seconds;
	text = summary_to_json(&summary);
	object = json_tokener_parse(text);
	assert_non_null(object);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_true(json_object_object_get_ex(object, keys[i], &value));
	assert_true(json_object_object_get_ex(object, "blocks", &value));
	assert_int_equal(json_object_get_int(value), blocks_of(RATE));
	assert_true(json_object_object_get_ex(object, "snr_db_min", &value));
	assert_true(fabs(json_object_get_double(value) - player.judge.snr_min_db) < 0.01);
	json_object_put(object);
	free(text);
}

/* Last, for the filter stays. */
static void ioctls_are_refused_and_counted(void **state)
{
	struct meter meter;
	int ends[2], bytes;

	(void)state;
	assert_int_equal(play(true, 1), 0);
	assert_true(player.meter.ioctls_known);
	assert_int_equal(player.meter.ioctls, 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(ioctl(ends[0], FIONREAD, &bytes), -1);
	assert_int_equal(errno, ENOTTY);
	meter = player.meter;
	meter_stop(&meter);
	assert_int_equal(meter.ioctls, 1);
	close(ends[0]);
	close(ends[1]);
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_block_comes_back_and_is_right),
		TEST(a_block_waits_for_its_samples),
		TEST(a_lost_block_is_counted_once),
		TEST(a_wrong_block_is_found),
		TEST(silence_of_the_device_ends_the_run),
		TEST(the_summary_tells_all_of_it),
		TEST(ioctls_are_refused_and_counted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("spectrum_player", tests, NULL, NULL);
}
