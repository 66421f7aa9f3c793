// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring fault: the knobs of the virtual controller, by name. They are files
 * in debugfs, one folder a channel; which there are is the controller's
 * business, so nothing here has to change when one is added.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dmaring/dmaring.h>

#include "json.h"
#include "tool.h"

#define FOLDER	"/sys/kernel/debug/dmaring_sim"

static bool as_json;

static const struct tool_option options[] = {
	{ .name = "json", .help = "JSON instead of a table", .flag = &as_json },
	{ .name = NULL },
};

struct knob {
	char name[NAME_MAX + 1];
	bool writable;
	char value[512];
};

/* Those that can be set come first. */
static int compare_knobs(const void *a, const void *b)
{
	const struct knob *one = a, *other = b;

	if (one->writable != other->writable)
		return other->writable - one->writable;
	return strcmp(one->name, other->name);
}

/* All of a file in one line; those of several lines become "a; b". */
static void read_value(const char *path, char *value, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length = 0;
	int c;

	while (file && (c = fgetc(file)) != EOF && length + 2 < size) {
		if (c == '\n')
			value[length++] = ';';
		value[length++] = c == '\n' ? ' ' : (char)c;
	}
	if (file)
		fclose(file);
	while (length && (value[length - 1] == ' ' || value[length - 1] == ';'))
		length--;
	value[length] = '\0';
}

/* Fills in the files of @folder. Return: their number, or -errno. */
static int find_knobs(const char *folder, struct knob **knobs)
{
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	*knobs = NULL;
	dir = opendir(folder);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		char path[PATH_MAX];
		struct stat status;
		struct knob *grown;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
			continue;
		grown = realloc(*knobs, ((size_t)n + 1) * sizeof(**knobs));
		if (!grown)
			break;
		*knobs = grown;
		memset(&grown[n], 0, sizeof(*grown));
		snprintf(grown[n].name, sizeof(grown[n].name), "%s", entry->d_name);
		grown[n].writable = status.st_mode & 0222;
		if (status.st_mode & 0444)
			read_value(path, grown[n].value, sizeof(grown[n].value));
		n++;
	}
	closedir(dir);
	if (n)
		qsort(*knobs, (size_t)n, sizeof(**knobs), compare_knobs);
	return n;
}

static void print_folder(struct json *json, const char *label, const char *folder)
{
	struct knob *knobs;
	int i, n = find_knobs(folder, &knobs);

	if (n <= 0)
		return;
	if (as_json)
		json_begin_object(json, label);
	for (i = 0; i < n; i++) {
		if (as_json)
			json_string(json, knobs[i].name, knobs[i].value);
		else
			printf("%-8s %-24s %s%s\n", label, knobs[i].name, knobs[i].value,
			       knobs[i].writable ? "" : "  (read-only)");
	}
	if (as_json)
		json_end_object(json);
	free(knobs);
}

/* The knobs of the device itself, and of one channel or of all. */
static void print_device(const char *device, const char *channel)
{
	struct json json = { .out = stdout };
	char folder[PATH_MAX / 2], path[PATH_MAX];
	struct dirent **entries;
	int i, n;

	if (as_json) {
		json_begin_object(&json, NULL);
		json_string(&json, "device", device);
		json_boolean(&json, "simulated", true);
		json_begin_object(&json, "knobs");
	} else {
		printf("%s is simulated. Set a knob: dmaring fault %s CHANNEL KNOB=VALUE\n\n",
		       device, device);
	}
	snprintf(folder, sizeof(folder), FOLDER "/%s", device);
	if (!channel)
		print_folder(&json, "-", folder);
	n = scandir(folder, &entries, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.' && entries[i]->d_type == DT_DIR &&
		    (!channel || !strcmp(channel, entries[i]->d_name))) {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			print_folder(&json, entries[i]->d_name, path);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	if (as_json) {
		json_end_object(&json);
		json_end_object(&json);
	}
}

static int explain_knob(int err, const char *path, const char *knob, const char *value)
{
	switch (err) {
	case -ENOENT:
		tool_message("fault: no knob %s (dmaring fault DEV lists them; those of a channel "
			     "need its name before them)", knob);
		break;
	case -EACCES:
	case -EPERM:
		tool_message("fault: %s: it cannot be set, or you are not root", path);
		break;
	case -EINVAL:
	case -ERANGE:
		tool_message("fault: %s: %s is no value for it",
			     knob, value);
		break;
	default:
		tool_message("fault: %s: %s", path, strerror(-err));
	}
	return TOOL_FAILED;
}

static int set_knob(const char *device, const char *channel, char *assignment)
{
	char path[PATH_MAX];
	char *value = strchr(assignment, '=');
	int fd, err = 0;
	size_t length;

	*value++ = '\0';
	/* The controller wants "COUNT VALUE", which a shell would take apart. */
	if (strchr(value, ':'))
		*strchr(value, ':') = ' ';
	if (!*assignment || strchr(assignment, '/')) {
		tool_message("fault: no knob has the name \"%s\"", assignment);
		return TOOL_USAGE;
	}
	snprintf(path, sizeof(path), FOLDER "/%s/%s%s%s", device, channel ? channel : "",
		 channel ? "/" : "", assignment);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return explain_knob(-errno, path, assignment, value);
	length = strlen(value);
	if (write(fd, value, length) != (ssize_t)length)
		err = -errno;
	close(fd);
	return err ? explain_knob(err, path, assignment, value) : TOOL_OK;
}

/* Is there something to set at all? Says what is missing. */
static int check(const char *device, const char *channel)
{
	char path[PATH_MAX];

	if (strchr(device, '/') || (channel && strchr(channel, '/'))) {
		tool_message("fault: %s is a path, but the name of a device is needed", device);
		return TOOL_USAGE;
	}
	snprintf(path, sizeof(path), FOLDER "/%s%s%s", device, channel ? "/" : "",
		 channel ? channel : "");
	if (access(path, R_OK | X_OK) == 0)
		return TOOL_OK;
	if (errno == EACCES) {
		tool_message("fault %s: debugfs is for root only (try: sudo dmaring fault %s)",
			     device, device);
		return TOOL_FAILED;
	}
	if (access(FOLDER, F_OK) < 0) {
		if (access("/sys/module/dmaring_sim", F_OK) < 0)
			tool_message("fault %s: the virtual controller is not loaded (try: modprobe "
				     "dmaring_sim)", device);
		else
			tool_message("fault %s: " FOLDER " is not there (try: mount -t debugfs "
				     "debugfs /sys/kernel/debug)", device);
		return TOOL_FAILED;
	}
	if (channel)
		tool_message("fault %s: no channel %s (dmaring info %s shows those there are)",
			     device, channel, device);
	else
		tool_message("fault %s: not a device of the virtual controller: faults cannot be "
			     "injected into hardware (dmaring list shows which are simulated)",
			     device);
	return TOOL_FAILED;
}

static int run(int argc, char **argv)
{
	const char *device = argv[0], *channel = NULL;
	int i = 1, status;

	if (argc > 1 && !strchr(argv[1], '='))
		channel = argv[i++];
	status = check(device, channel);
	if (status)
		return status;
	if (i == argc)
		print_device(device, channel);
	for (; i < argc; i++) {
		if (!strchr(argv[i], '=')) {
			tool_message("fault: KNOB=VALUE is needed, not %s", argv[i]);
			return TOOL_USAGE;
		}
		status = set_knob(device, channel, argv[i]);
		if (status)
			return status;
	}
	return TOOL_OK;
}

const struct tool_command tool_fault = {
	.name = "fault",
	.arguments = "DEV [CHANNEL] [KNOB=VALUE...]",
	.summary = "Show or set the fault knobs of a simulated device",
	.detail = "Without KNOB=VALUE it shows the knobs and their values. A fault is KNOB=COUNT or\n"
		  "KNOB=COUNT:BY, for the next COUNT transfers, for all if it is negative; 0 ends\n"
		  "it. Needs root. Hardware has no such knobs: only devices of dmaring_sim do.\n\n"
		  "  dmaring fault loop0 rx fail_error=1:write late_us=3:50000\n"
		  "  dmaring fault loop0 bytes_per_second=1000000",
	.options = options,
	.min = 1,
	.max = INT_MAX,
	.run = run,
};
