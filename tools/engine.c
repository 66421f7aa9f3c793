// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaengine's channels, as sysfs shows them.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "tool.h"

#define FOLDER	"/sys/class/dma"
#define SHOWN	8

bool engine_exists(const char *engine)
{
	char path[PATH_MAX];

	if (!*engine || *engine == '.' || strchr(engine, '/'))
		return false;
	snprintf(path, sizeof(path), FOLDER "/%s", engine);
	return access(path, F_OK) == 0;
}

bool engine_used(const char *engine)
{
	return tool_read_number(FOLDER "/%s/in_use", engine) > 0;
}

/* Is it a channel of this device of dmaring? */
static bool held_by(const char *device, const char *engine)
{
	char path[PATH_MAX], name[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), TOOL_CLASS "/%s", device);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		tool_read(name, sizeof(name), "%s/%s/engine", path, entry->d_name);
		found = !strcmp(name, engine);
	}
	if (dir)
		closedir(dir);
	return found;
}

const char *engine_holder(const char *engine, char *buf, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	const char *slash;
	ssize_t length;
	DIR *dir;

	dir = opendir(TOOL_CLASS);
	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !held_by(entry->d_name, engine))
			continue;
		snprintf(buf, size, "device %s", entry->d_name);
		found = true;
	}
	if (dir)
		closedir(dir);
	if (found)
		return buf;
	/* A client that was given it by name has a link; others leave no trace. */
	snprintf(path, sizeof(path), FOLDER "/%s/slave", engine);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	slash = strrchr(target, '/');
	if (slash)
		snprintf(buf, size, "client %s", slash + 1);
	else
		snprintf(buf, size, "somebody");
	return buf;
}

static int no_dot(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

const char *engine_list(bool used, char *buf, size_t size)
{
	struct dirent **entries;
	unsigned int shown = 0;
	size_t length = 0;
	char holder[96];
	int i, n;

	snprintf(buf, size, "none");
	n = scandir(FOLDER, &entries, no_dot, versionsort);
	for (i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (engine_used(name) == used && length < size && shown <= SHOWN) {
			length += (size_t)snprintf(buf + length, size - length, "%s%s",
						   shown ? ", " : "",
						   shown < SHOWN ? name : "...");
			if (used && shown < SHOWN && length < size)
				length += (size_t)snprintf(buf + length, size - length, " by %s",
							   engine_holder(name, holder,
									 sizeof(holder)));
			shown++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return buf;
}
