// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What memory is in use; see memory.h.
 *
 * An object for each of ten thousand blocks is 625 KiB at 64 bytes, so what is
 * kept for each transfer shows within the bounds after some seconds at full
 * speed, and what is kept for each open file after some hundred. The kernel's
 * other doings come to a fraction of the bounds: the per-CPU lists of free
 * pages, which count as used, are the largest part.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

static const struct {
	const char *name;
	const char *unit;
	int64_t bound;
} kinds[MEMORY_KINDS] = {
	[MEMORY_PROCESS] = { "process", " KiB", 64 },
	[MEMORY_SLAB] = { "slab", " KiB", 512 },
	[MEMORY_KERNEL] = { "kernel", " KiB", 2048 },
	[MEMORY_FILES] = { "files", "", 0 },
	[MEMORY_QUARANTINED] = { "quarantined", " pages", 0 },
};

static int text_read(const char *path, char *text, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t at = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (at < bytes - 1 && (n = read(fd, text + at, bytes - 1 - at)) > 0)
		at += (size_t)n;
	text[at] = 0;
	close(fd);
	return at ? 0 : -EIO;
}

/* Best effort: without it the sample is less exact. */
static void text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "# %s: %m\n", path);
	close(fd);
}

/* Of a text with a line "NAME: NUMBER kB" for each. */
static int64_t number_of(const char *text, const char *name)
{
	size_t bytes = strlen(name);
	const char *line = text;

	while (line) {
		line += *line == '\n';
		if (!strncmp(line, name, bytes) && line[bytes] == ':')
			return strtoll(line + bytes + 1, NULL, 10);
		line = strchr(line, '\n');
	}
	return 0;
}

static int64_t files_count(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int64_t n = -1;

	if (!directory)
		return -1;
	/* All but "." and "..", and the directory's own. */
	for (n = -3; readdir(directory); n++)
		;
	closedir(directory);
	return n;
}

static int64_t quarantined_count(void)
{
	static const char * const names[] = { "source0", "sink0" };
	char path[96], text[32];
	int64_t n = 0;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/sys/class/dmaring/%s/counters/quarantined_pages",
			 names[i]);
		if (!text_read(path, text, sizeof(text)))
			n += strtoll(text, NULL, 10);
	}
	return n;
}

int memory_sample(struct memory *sample)
{
	static const char * const others[] = {
		"MemFree", "Buffers", "Cached", "SReclaimable", "AnonPages",
	};
	static char text[8192];
	size_t i;
	int err;

	text_write("/proc/sys/vm/drop_caches", "3");
	text_write("/proc/sys/vm/stat_refresh", "1");
	err = text_read("/proc/self/status", text, sizeof(text));
	if (err)
		return err;
	sample->amount[MEMORY_PROCESS] = number_of(text, "RssAnon");
	err = text_read("/proc/meminfo", text, sizeof(text));
	if (err)
		return err;
	sample->amount[MEMORY_SLAB] = number_of(text, "SUnreclaim");
	sample->amount[MEMORY_KERNEL] = number_of(text, "MemTotal");
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		sample->amount[MEMORY_KERNEL] -= number_of(text, others[i]);
	sample->amount[MEMORY_FILES] = files_count();
	sample->amount[MEMORY_QUARANTINED] = quarantined_count();
	return 0;
}

const char *memory_grown(const struct memory *before, const struct memory *now)
{
	size_t i;

	for (i = 0; i < MEMORY_KINDS; i++)
		if (now->amount[i] - before->amount[i] > kinds[i].bound)
			return kinds[i].name;
	return NULL;
}

void memory_text(const struct memory *before, const struct memory *now, char *text, size_t bytes)
{
	size_t at = 0, i;

	for (i = 0; i < MEMORY_KINDS && at < bytes; i++)
		at += (size_t)snprintf(text + at, bytes - at, "%s%s %+lld%s", i ? ", " : "",
				       kinds[i].name,
				       (long long)(now->amount[i] - before->amount[i]),
				       kinds[i].unit);
}
