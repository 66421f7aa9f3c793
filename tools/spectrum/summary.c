// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns how a run is reported: a screen of text, and summary.json for programs.
 * What could not be measured is null there, and is not called zero here.
 */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"
#include "message.h"

#define JSON_FORMAT	1	/* grows when a member changes its meaning or goes away */

static double per_1000(uint64_t count, uint64_t blocks)
{
	return blocks ? 1000.0 * count / blocks : 0;
}

/**
 * summary_print() - the summary as text on stdout
 * @summary: the numbers
 */
void summary_print(const struct summary *summary)
{
	const struct judge *judge = summary->judge;
	const struct meter *meter = summary->meter;

	printf("dmaring spectrum: %s%s, driver %s, kernel %s\n\n", summary->device,
	       summary->simulated ? " (simulated)" : "", summary->driver, summary->kernel);
	printf("  input         %s\n", summary->input);
	printf("  transform     %u points at %.10g Hz, Hann window, 50 %% overlap\n",
	       summary->points, summary->rate);
	printf("  blocks        %llu sent, %u armed each way, %llu lost, %llu wrong\n",
	       (unsigned long long)judge->sent, summary->armed, (unsigned long long)judge->lost,
	       (unsigned long long)judge->wrong);
	if (summary->failed)
		printf("  completions   %llu told an error or came out of order\n",
		       (unsigned long long)summary->failed);
	if (judge->loud)
		printf("  against FFTW  SNR at least %.1f dB, mean %.1f dB over %llu blocks\n",
		       judge->snr_min_db, judge_snr_mean_db(judge),
		       (unsigned long long)judge->loud);
	if (judge->quiet)
		printf("  %-13s %llu blocks below %g dBFS; error of any block at most %.2f LSB\n",
		       judge->loud ? "" : "against FFTW", (unsigned long long)judge->quiet,
		       JUDGE_QUIET_DB, judge->error_rms_max);
	if (meter->syscalls_by != METER_NONE)
		printf("  system calls  %.0f per 1000 blocks%s\n",
		       per_1000(meter->syscalls, judge->sent),
		       meter->syscalls_by == METER_IO ? " (read, write, epoll_wait)" : "");
	if (meter->ioctls_known)
		printf("  ioctls        %llu after set-up\n", (unsigned long long)meter->ioctls);
	printf("  wake-ups      %.0f per 1000 blocks\n", per_1000(meter->wakeups, judge->sent));
	printf("  time          %.2f s for %.2f s of signal", summary->seconds, summary->played_s);
	if (summary->paced)
		printf(", at most %.1f ms late\n", summary->late_max_ms);
	else
		printf(", %s\n", summary->fast ? "as fast as it goes" : "as it came");
}

static void put_verdict(json_object *object, const struct judge *judge)
{
	put_count(object, "blocks", judge->sent);
	put_count(object, "compared_blocks", judge->received);
	put_count(object, "lost_blocks", judge->lost);
	put_count(object, "wrong_blocks", judge->wrong);
	put_count(object, "quiet_blocks", judge->quiet);
	put_number(object, "quiet_below_dbfs", JUDGE_QUIET_DB, 0);
	if (judge->loud) {
		put_number(object, "snr_db_min", judge->snr_min_db, 2);
		put_number(object, "snr_db_mean", judge_snr_mean_db(judge), 2);
	} else {
		put_null(object, "snr_db_min");
		put_null(object, "snr_db_mean");
	}
	put_number(object, "error_rms_lsb_max", judge->error_rms_max, 3);
}

static void put_costs(json_object *object, const struct meter *meter, uint64_t blocks)
{
	static const char *const methods[] = {
		[METER_TRACEPOINT] = "tracepoint",
		[METER_IO] = "io",
	};
	json_object *driver = NULL;

	if (meter->ioctls_known)
		put_count(object, "ioctls_after_setup", meter->ioctls);
	else
		put_null(object, "ioctls_after_setup");
	if (meter->syscalls_by != METER_NONE) {
		put_number(object, "syscalls_per_1000_blocks", per_1000(meter->syscalls, blocks),
			   1);
		put_string(object, "syscalls_counted_by", methods[meter->syscalls_by]);
	} else {
		put_null(object, "syscalls_per_1000_blocks");
		put_null(object, "syscalls_counted_by");
	}
	put_number(object, "wakeups_per_1000_blocks", per_1000(meter->wakeups, blocks), 1);
	if (meter->driver_known) {
		driver = json_object_new_object();
		put_count(driver, "doorbells", meter->doorbells);
		put_count(driver, "drains_without_doorbell", meter->undoorbelled);
		put_count(driver, "wakeups", meter->driver_wakeups);
	}
	json_object_object_add(object, "driver_counters", driver);
}

/**
 * summary_to_json() - the summary for programs
 * @summary: the numbers
 *
 * Return: text, to be given to free(); NULL without memory.
 */
char *summary_to_json(const struct summary *summary)
{
	json_object *object = json_object_new_object();
	char *text;

	put_count(object, "format", JSON_FORMAT);
	put_string(object, "device", summary->device);
	json_object_object_add(object, "simulated", json_object_new_boolean(summary->simulated));
	put_string(object, "kernel", summary->kernel);
	put_string(object, "driver", summary->driver);
	put_string(object, "input", summary->input);
	put_number(object, "rate_hz", summary->rate, summary->rate == rint(summary->rate) ? 0 : 3);
	put_count(object, "points", summary->points);
	put_count(object, "armed_blocks", summary->armed);
	json_object_object_add(object, "paced", json_object_new_boolean(summary->paced));
	put_verdict(object, summary->judge);
	put_count(object, "failed_completions", summary->failed);
	put_costs(object, summary->meter, summary->judge->sent);
	put_number(object, "seconds", summary->seconds, 3);
	put_number(object, "signal_seconds", summary->played_s, 3);
	if (summary->paced)
		put_number(object, "late_ms_max", summary->late_max_ms, 1);
	else
		put_null(object, "late_ms_max");
	text = strdup(members_text(object));
	json_object_put(object);
	return text;
}

/**
 * summary_write() - write the summary as a file
 * @summary: the numbers
 * @path:	of the file
 *
 * Return: 0 or -errno; what was wrong has been said.
 */
int summary_write(const struct summary *summary, const char *path)
{
	char *text = summary_to_json(summary);
	FILE *file = text ? fopen(path, "we") : NULL;
	int err = 0;

	if (!file || fprintf(file, "%s\n", text) < 0)
		err = -errno;
	if (file && fclose(file) != 0 && !err)
		err = -errno;
	free(text);
	if (err)
		message("%s: %s", path, strerror(-err));
	return err;
}
