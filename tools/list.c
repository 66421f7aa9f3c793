// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring list: the devices present. Reads sysfs only, so anybody may.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dmaring/dmaring.h>

#include "json.h"
#include "tool.h"

static bool as_json;

static const struct tool_option options[] = {
	{ .name = "json", .help = "JSON instead of a table", .flag = &as_json },
	{ .name = NULL },
};

struct channel {
	char name[DMARING_NAME_BYTES];
	char direction[16];
	char provider[64];
	char holder[64];
};

static bool is_channel(const char *device, const struct dirent *entry, struct channel *channel)
{
	size_t length = strlen(entry->d_name);

	if (entry->d_name[0] == '.' || length >= sizeof(channel->name))
		return false;
	memcpy(channel->name, entry->d_name, length + 1);
	if (tool_read(channel->direction, sizeof(channel->direction), TOOL_CLASS "/%s/%s/direction",
		      device, channel->name) < 0)
		return false;
	tool_read(channel->provider, sizeof(channel->provider), TOOL_CLASS "/%s/%s/provider",
		  device, channel->name);
	tool_read(channel->holder, sizeof(channel->holder), TOOL_CLASS "/%s/%s/holder", device,
		  channel->name);
	return true;
}

static int compare_channels(const void *a, const void *b)
{
	return strcmp(((const struct channel *)a)->name, ((const struct channel *)b)->name);
}

/* Fills in the channels of a device, which are folders with a file "direction". */
static unsigned int find_channels(const char *device, struct channel *channels, unsigned int max)
{
	char path[sizeof(TOOL_CLASS) + DMARING_NAME_BYTES + 1];
	struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), TOOL_CLASS "/%s", device);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (n < max && (entry = readdir(dir)))
		n += is_channel(device, entry, &channels[n]);
	closedir(dir);
	qsort(channels, n, sizeof(*channels), compare_channels);
	return n;
}

static bool is_held(const struct channel *channel)
{
	return *channel->holder && strcmp(channel->holder, "-");
}

static bool is_added(const char *device)
{
	return tool_read_number(TOOL_CLASS "/%s/added", device) == 1;
}

/* A buffer has no channels, but a size. */
static long long buffer_size(const char *device)
{
	return tool_read_number(TOOL_CLASS "/%s/size", device);
}

static void print_row(const char *device, bool simulated, const struct channel *channels,
		      unsigned int n)
{
	char words[256] = "";
	size_t length = 0;
	unsigned int i;
	int held = -1;

	if (buffer_size(device) >= 0) {
		tool_bytes((unsigned long long)buffer_size(device), words, sizeof(words));
		printf("%-12s buffer of %-18s %-14s %-18s memory%s\n", device, words, "", "",
		       is_added(device) ? ", added" : "");
		return;
	}
	for (i = 0; i < n && length < sizeof(words); i++) {
		length += (size_t)snprintf(words + length, sizeof(words) - length, "%s%s (%s)",
					   i ? ", " : "", channels[i].name, channels[i].direction);
		if (held < 0 && is_held(&channels[i]))
			held = (int)i;
	}
	printf("%-12s %-28s %-14s %-18s %s%s\n", device, words, n ? channels[0].provider : "",
	       held < 0 ? "free" : channels[held].holder, simulated ? "simulated" : "hardware",
	       is_added(device) ? ", added" : "");
}

static void print_object(struct json *json, const char *device, bool simulated,
			 const struct channel *channels, unsigned int n)
{
	unsigned int i;

	json_begin_object(json, NULL);
	json_string(json, "name", device);
	json_boolean(json, "simulated", simulated);
	json_boolean(json, "added", is_added(device));
	if (buffer_size(device) >= 0) {
		char kind[32];

		tool_read(kind, sizeof(kind), TOOL_CLASS "/%s/kind", device);
		json_begin_object(json, "buffer");
		json_number(json, "bytes", buffer_size(device));
		json_string(json, "kind", kind);
		json_end_object(json);
	}
	json_begin_array(json, "channels");
	for (i = 0; i < n; i++) {
		json_begin_object(json, NULL);
		json_string(json, "name", channels[i].name);
		json_string(json, "direction", channels[i].direction);
		json_string(json, "provider", channels[i].provider);
		if (is_held(&channels[i]))
			json_string(json, "holder", channels[i].holder);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
}

static void print_devices(char (*names)[DMARING_NAME_BYTES], unsigned int n)
{
	struct json json = { .out = stdout };
	struct channel channels[DMARING_CHANNELS_MAX];
	unsigned int i, present;

	if (as_json) {
		json_begin_object(&json, NULL);
		json_begin_array(&json, "devices");
	} else if (n) {
		printf("%-12s %-28s %-14s %-18s %s\n", "DEVICE", "CHANNELS", "PROVIDER", "HELD BY",
		       "KIND");
	}
	for (i = 0; i < n; i++) {
		bool simulated = tool_read_number(TOOL_CLASS "/%s/simulated", names[i]) == 1;

		present = find_channels(names[i], channels, DMARING_CHANNELS_MAX);
		if (as_json)
			print_object(&json, names[i], simulated, channels, present);
		else
			print_row(names[i], simulated, channels, present);
	}
	if (as_json) {
		json_end_array(&json);
		json_end_object(&json);
	}
}

static int run(int argc, char **argv)
{
	char (*names)[DMARING_NAME_BYTES];
	int n;

	(void)argc;
	(void)argv;
	n = dmaring_list_devices(NULL, 0);
	if (n < 0)
		return tool_explain(n, "list", NULL);
	names = calloc((size_t)n + 1, sizeof(*names));
	if (!names)
		return tool_explain(-ENOMEM, "list", NULL);
	/* Some may have come or gone meanwhile. */
	if (n) {
		int again = dmaring_list_devices(names, (unsigned int)n);

		n = again < n ? again : n;
	}
	print_devices(names, n > 0 ? (unsigned int)n : 0);
	if (n <= 0)
		tool_message("no device is present (for the virtual ones: modprobe dmaring_sim; "
			     "others are named by a node of the device tree, or made by dmaring "
			     "add)");
	free(names);
	return TOOL_OK;
}

const struct tool_command tool_list = {
	.name = "list",
	.arguments = "",
	.summary = "List the devices present, their channels, and who holds them",
	.options = options,
	.run = run,
};
