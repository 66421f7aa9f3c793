// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * touched PID: does anybody look at the pool of a process through its mapping?
 *
 * Sets hardware breakpoints on four words of the largest mapping of a dmaring
 * device that the process has, for each of its threads and those to come, in
 * user space and in the kernel, says "watching", waits for the end of the
 * process, and prints how often one of the words was read or written. A copy
 * from user memory by the kernel counts; a disk that reads the pages, which are
 * mapped elsewhere for it, does not.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORDS	4	/* debug registers of the CPU */
#define TASKS	64

static int find_pool(const char *pid, uint64_t *start, uint64_t *bytes)
{
	unsigned long from, to;
	char path[64], line[512];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		return -1;
	*bytes = 0;
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "/dev/dmaring/") &&
		    sscanf(line, "%lx-%lx", &from, &to) == 2 && to - from > *bytes) {
			*start = from;
			*bytes = to - from;
		}
	fclose(maps);
	return *bytes ? 0 : -1;
}

static int watch(int task, uint64_t address)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_RW,
		.bp_addr = address,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.inherit = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, task, -1, -1, 0UL);
}

/* All threads that there are, io_uring's workers among them. */
static int watch_tasks(const char *pid, uint64_t start, uint64_t bytes, int *events)
{
	char path[64];
	struct dirent *entry;
	int n = 0, i;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	tasks = opendir(path);
	if (!tasks)
		return -1;
	while ((entry = readdir(tasks)) && n + WORDS <= TASKS * WORDS) {
		if (entry->d_name[0] == '.')
			continue;
		for (i = 0; i < WORDS; i++) {
			/* Not the first words, where a number of the block may be. */
			int event = watch(atoi(entry->d_name), start + bytes / WORDS * i + 2048);

			if (event < 0) {
				fprintf(stderr, "touched: perf_event_open: %s\n", strerror(errno));
				closedir(tasks);
				return -1;
			}
			events[n++] = event;
		}
	}
	closedir(tasks);
	return n;
}

int main(int argc, char **argv)
{
	static int events[TASKS * WORDS];
	uint64_t start, bytes, sum = 0;
	struct pollfd end = { .events = POLLIN };
	int n, i;

	if (argc != 2 || find_pool(argv[1], &start, &bytes) < 0) {
		fprintf(stderr, "touched: no process with a pool\n");
		return EXIT_FAILURE;
	}
	end.fd = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	n = watch_tasks(argv[1], start, bytes, events);
	if (end.fd < 0 || n <= 0)
		return EXIT_FAILURE;
	puts("watching");
	fflush(stdout);
	poll(&end, 1, -1);
	for (i = 0; i < n; i++) {
		uint64_t count = 0;

		if (read(events[i], &count, sizeof(count)) != sizeof(count))
			return EXIT_FAILURE;
		sum += count;
	}
	printf("%llu\n", (unsigned long long)sum);
	return EXIT_SUCCESS;
}
