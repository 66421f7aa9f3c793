// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring top: what all devices do now. Reads sysfs only, so anybody may.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dmaring/dmaring.h>

#include "flow.h"
#include "json.h"
#include "tool.h"

#define ROWS_MAX	256
#define NS_PER_S	1000000000LL

static bool as_json, once;
static unsigned int interval_ms = 1000;

static const struct tool_option options[] = {
	{ .name = "once", .help = "one report, then end", .flag = &once },
	{ .name = "interval", .argument = "MS", .help = "milliseconds of a report, 1000 unless given",
	  .number = &interval_ms },
	{ .name = "json", .help = "JSON instead of a table", .flag = &as_json },
	{ .name = NULL },
};

static const char *const channel_counters[] = {
	"submitted", "completed", "errors", "timeouts", "bytes", "blocks_lost", "starved",
	"starved_ns", NULL
};

static const char *const device_counters[] = {
	"doorbells", "drains_without_doorbell", "wakeups", "eventfd_signals", "events_dropped",
	"quarantined_pages", NULL
};

/* Their places in the tables. */
enum { SUBMITTED, COMPLETED, ERRORS, TIMEOUTS, BYTES, BLOCKS_LOST, STARVED, STARVED_NS };
enum { DOORBELLS, WAKEUPS = 2 };

#define COUNTERS_MAX	8

/* A channel, or with an empty channel name the device as a whole. */
struct row {
	char device[DMARING_NAME_BYTES];
	char channel[DMARING_NAME_BYTES];
	char direction[16];
	char holder[64];
	bool simulated;
	long long counter[COUNTERS_MAX];	/* below 0: the driver has none of the name */
};

struct sample {
	struct row row[ROWS_MAX];
	unsigned int rows;
	int64_t time_ns;
};

static struct row *add_row(struct sample *sample, const char *device)
{
	struct row *row;

	if (sample->rows == ROWS_MAX)
		return NULL;
	row = &sample->row[sample->rows++];
	memset(row, 0, sizeof(*row));
	snprintf(row->device, sizeof(row->device), "%s", device);
	row->simulated = tool_read_number(TOOL_CLASS "/%s/simulated", device) == 1;
	return row;
}

static void read_counters(struct row *row, const char *folder, const char *const *names)
{
	unsigned int i;

	for (i = 0; names[i]; i++)
		row->counter[i] = tool_read_number(TOOL_CLASS "/%s/%s/%s", row->device, folder,
						   names[i]);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strlen(entry->d_name) < DMARING_NAME_BYTES;
}

/* Folders with a file "direction" are channels. */
static void take_channels(struct sample *sample, const char *device)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int i, n;

	snprintf(path, sizeof(path), TOOL_CLASS "/%s", device);
	n = scandir(path, &entries, not_hidden, alphasort);
	for (i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		struct row *row = NULL;
		char direction[16];

		if (tool_read(direction, sizeof(direction), TOOL_CLASS "/%s/%s/direction", device,
			      name) == 0)
			row = add_row(sample, device);
		if (row) {
			/* not_hidden() has seen to it that it fits */
			memcpy(row->channel, name, strlen(name) + 1);
			memcpy(row->direction, direction, sizeof(direction));
			tool_read(row->holder, sizeof(row->holder), TOOL_CLASS "/%s/%s/holder",
				  device, name);
			read_counters(row, name, channel_counters);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* Return: devices, or -errno. */
static int take_sample(struct sample *sample)
{
	char names[64][DMARING_NAME_BYTES];
	int i, n = dmaring_list_devices(names, 64);

	sample->rows = 0;
	sample->time_ns = flow_now_ns();
	for (i = 0; i < n && i < 64; i++) {
		struct row *row;

		/* A buffer counts nothing. */
		if (tool_read_number(TOOL_CLASS "/%s/size", names[i]) >= 0)
			continue;
		row = add_row(sample, names[i]);
		if (row)
			read_counters(row, "counters", device_counters);
		take_channels(sample, names[i]);
	}
	return n;
}

/* The same row earlier; NULL: the device has come since, or come anew. */
static const struct row *row_before(const struct sample *before, const struct row *row)
{
	unsigned int i, k;

	for (i = 0; i < before->rows; i++) {
		const struct row *old = &before->row[i];

		if (strcmp(old->device, row->device) || strcmp(old->channel, row->channel))
			continue;
		for (k = 0; k < COUNTERS_MAX; k++)
			if (old->counter[k] > row->counter[k])
				return NULL;
		return old;
	}
	return NULL;
}

static double rate(const struct row *row, const struct row *old, unsigned int counter,
		   double seconds)
{
	if (!old || old->counter[counter] < 0)
		return 0;
	return (double)(row->counter[counter] - old->counter[counter]) / seconds;
}

/* Part of the time that the engine was without a descriptor, as far as it is over. */
static double dry_part(const struct row *row, const struct row *old, double seconds)
{
	double part = rate(row, old, STARVED_NS, seconds) / NS_PER_S;

	return part > 1 ? 1 : part;
}

static long long known(const struct row *row, unsigned int counter)
{
	return row->counter[counter] < 0 ? 0 : row->counter[counter];
}

static void print_channel(const struct row *row, const struct row *old, double seconds)
{
	long long waiting = row->counter[SUBMITTED] - row->counter[COMPLETED] -
			    row->counter[ERRORS] - row->counter[TIMEOUTS];
	char bytes[32], lost[24] = "-";

	flow_scaled(rate(row, old, BYTES, seconds), bytes, sizeof(bytes));
	if (row->counter[BLOCKS_LOST] >= 0)
		snprintf(lost, sizeof(lost), "%lld", row->counter[BLOCKS_LOST]);
	printf("%-10s %-8s %-8s %8.0f %8s %7lld %6lld %6s %6.0f %5.1f%% %7s %7s  %s\n", "",
	       row->channel, row->direction, rate(row, old, COMPLETED, seconds), bytes,
	       waiting > 0 ? waiting : 0, known(row, ERRORS) + known(row, TIMEOUTS), lost,
	       rate(row, old, STARVED, seconds), 100 * dry_part(row, old, seconds), "", "",
	       row->holder);
}

static void print_text(const struct sample *now, const struct sample *before)
{
	double seconds = (double)(now->time_ns - before->time_ns) / NS_PER_S;
	unsigned int i;

	printf("%-10s %-8s %-8s %8s %8s %7s %6s %6s %6s %6s %7s %7s  %s\n", "DEVICE", "CHANNEL",
	       "WAY", "DONE/s", "BYTES/s", "WAITING", "ERRORS", "LOST", "DRY/s", "DRY", "BELLS/s",
	       "WAKES/s", "HELD BY");
	for (i = 0; i < now->rows; i++) {
		const struct row *row = &now->row[i], *old = row_before(before, row);

		if (*row->channel)
			print_channel(row, old, seconds);
		else
			printf("%-10s %-8s %-8s %8s %8s %7s %6s %6s %6s %6s %7.0f %7.0f  %s\n",
			       row->device, "", "", "", "", "", "", "", "", "",
			       rate(row, old, DOORBELLS, seconds), rate(row, old, WAKEUPS, seconds),
			       row->simulated ? "(simulated)" : "");
	}
}

static void json_rows(struct json *json, const struct row *row, const struct row *old,
		      const char *const *names, double seconds)
{
	unsigned int i;

	json_begin_object(json, "total");
	for (i = 0; names[i]; i++)
		if (row->counter[i] >= 0)
			json_number(json, names[i], row->counter[i]);
	json_end_object(json);
	json_begin_object(json, "per_second");
	for (i = 0; names[i]; i++)
		if (row->counter[i] >= 0)
			json_number(json, names[i], (long long)rate(row, old, i, seconds));
	json_end_object(json);
}

static void print_json(const struct sample *now, const struct sample *before)
{
	double seconds = (double)(now->time_ns - before->time_ns) / NS_PER_S;
	struct json json = { .out = stdout };
	unsigned int i = 0;

	json_begin_object(&json, NULL);
	json_number(&json, "interval_ns", now->time_ns - before->time_ns);
	json_begin_array(&json, "devices");
	while (i < now->rows) {
		const struct row *row = &now->row[i++];

		json_begin_object(&json, NULL);
		json_string(&json, "name", row->device);
		json_boolean(&json, "simulated", row->simulated);
		json_rows(&json, row, row_before(before, row), device_counters, seconds);
		json_begin_array(&json, "channels");
		for (; i < now->rows && *now->row[i].channel; i++) {
			row = &now->row[i];
			json_begin_object(&json, NULL);
			json_string(&json, "name", row->channel);
			json_string(&json, "direction", row->direction);
			json_string(&json, "holder", row->holder);
			json_rows(&json, row, row_before(before, row), channel_counters, seconds);
			json_end_object(&json);
		}
		json_end_array(&json);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
}

/* On a terminal each report takes the place of the one before. */
static void report(const struct sample *now, const struct sample *before, bool terminal)
{
	if (as_json) {
		print_json(now, before);
	} else {
		if (terminal)
			fputs("\033[H\033[J", stdout);
		print_text(now, before);
		if (!terminal && !once)
			putchar('\n');
	}
	fflush(stdout);
}

static int run(int argc, char **argv)
{
	static struct sample samples[2];
	bool terminal = isatty(STDOUT_FILENO) && !once;
	unsigned int at = 0;
	int n;

	(void)argc;
	(void)argv;
	if (!interval_ms || interval_ms > 3600000) {
		tool_message("top: --interval is 1 .. 3600000 (try: dmaring top --help)");
		return TOOL_USAGE;
	}
	flow_catch_signals();
	n = take_sample(&samples[at]);
	while (n >= 0 && !flow_is_interrupted()) {
		poll(NULL, 0, (int)interval_ms);
		at ^= 1;
		n = take_sample(&samples[at]);
		if (n >= 0)
			report(&samples[at], &samples[at ^ 1], terminal);
		if (once || ferror(stdout))
			break;
	}
	return n < 0 ? tool_explain(n, "top", NULL) : TOOL_OK;
}

const struct tool_command tool_top = {
	.name = "top",
	.arguments = "",
	.summary = "Show what all devices do now: rates, loss, starvation, wake-ups",
	.detail = "DONE/s: transfers that ended well. WAITING: accepted, not ended. ERRORS: ended\n"
		  "otherwise, cancelled ones too. LOST: blocks that the driver knows to be lost, - if\n"
		  "it cannot know. DRY: how often, and which part of the time, the engine had nothing\n"
		  "to do while a program held the channel.",
	.options = options,
	.run = run,
};
