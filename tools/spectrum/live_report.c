// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns how a live run is reported: text, or JSON for programs.
 */
#include "live_report.h"

#include <errno.h>
#include <stdio.h>

#include "members.h"
#include "spectrogram.h"

#define JSON_FORMAT	1	/* grows when a member changes its meaning or goes away */

static void print_text(const struct live_options *options, const struct live_counts *counts,
		       const struct peak *peaks, unsigned int n)
{
	unsigned int i;

	printf("dmaring spectrum: %s%s\n\n", options->device,
	       counts->simulated ? " (simulated)" : "");
	printf("  blocks        %llu received, %llu lost, in %.2f s\n",
	       (unsigned long long)counts->blocks, (unsigned long long)counts->lost,
	       counts->seconds);
	if (counts->loss_unknown)
		printf("  loss          possible %llu times, nobody knows how much%s\n",
		       (unsigned long long)counts->loss_unknown,
		       options->sequence.bytes ? "" : " (--sequence, if blocks have a number)");
	printf("  rate          %.0f Hz%s", counts->rate, options->rate > 0 ? "" : " (measured)");
	if (options->rate > 0 && counts->rate_measured > 0)
		printf(", %.0f Hz measured", counts->rate_measured);
	printf("\n  transforms    %llu of %u points, Hann window, 50 %% overlap\n",
	       (unsigned long long)counts->transforms, options->points);
	if (counts->untransformed)
		printf("  not shown     %llu blocks, received while there was no time to transform them\n",
		       (unsigned long long)counts->untransformed);
	for (i = 0; i < n; i++)
		printf("  %-13s %12.1f Hz %7.1f dBFS\n", i ? "" : "lines",
		       peaks[i].turns * counts->rate, spectrogram_db(peaks[i].power));
}

static void print_json(const struct live_options *options, const struct live_counts *counts,
		       const struct peak *peaks, unsigned int n)
{
	json_object *object = json_object_new_object(), *lines = json_object_new_array();
	unsigned int i;

	put_count(object, "format", JSON_FORMAT);
	put_string(object, "device", options->device);
	json_object_object_add(object, "simulated", json_object_new_boolean(counts->simulated));
	put_count(object, "points", options->points);
	put_number(object, "rate_hz", counts->rate, 1);
	if (counts->rate_measured > 0)
		put_number(object, "rate_measured_hz", counts->rate_measured, 1);
	else
		put_null(object, "rate_measured_hz");
	put_number(object, "seconds", counts->seconds, 3);
	put_count(object, "blocks", counts->blocks);
	put_count(object, "bytes", counts->bytes);
	put_count(object, "blocks_lost", counts->lost);
	put_count(object, "loss_unknown", counts->loss_unknown);
	if (counts->starved >= 0)
		put_count(object, "starved", counts->starved);
	else
		put_null(object, "starved");
	put_count(object, "blocks_untransformed", counts->untransformed);
	put_count(object, "transforms", counts->transforms);
	put_count(object, "rows", counts->rows);
	put_count(object, "row_blocks_max", counts->row_blocks_max);
	for (i = 0; i < n; i++) {
		json_object *line = json_object_new_object();

		put_number(line, "hz", peaks[i].turns * counts->rate, 1);
		put_number(line, "dbfs", spectrogram_db(peaks[i].power), 2);
		json_object_array_add(lines, line);
	}
	json_object_object_add(object, "lines", lines);
	printf("%s\n", members_text(object));
	json_object_put(object);
}

/**
 * live_report() - say what came of a live run, on stdout
 * @options:	what was wanted
 * @counts:	what was counted
 * @mean:	the mean spectrum
 *
 * Return: 0 or -EIO.
 */
int live_report(const struct live_options *options, const struct live_counts *counts,
		const struct mean_spectrum *mean)
{
	struct peak peaks[PEAKS_MAX];
	unsigned int n = mean_spectrum_peaks(mean, peaks);

	if (options->json)
		print_json(options, counts, peaks, n);
	else
		print_text(options, counts, peaks, n);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -EIO;
}
