// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring: finds the subcommand, in its own table or as a program dmaring-NAME
 * beside itself or on PATH, and runs it. Without one it lists the devices.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dmaring/dmaring.h>

#include "tool.h"

static const struct tool_command *const commands[] = {
	&tool_list, &tool_info, &tool_top, &tool_selftest, &tool_recv, &tool_send, &tool_pipe,
	&tool_add, &tool_remove, &tool_bench_memory, &tool_fault,
};

#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

/* Folder of the running program, where further subcommands may be. */
static bool own_folder(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (n < 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/* Does not return if there is such a program. */
static void run_external(const char *name, char **argv)
{
	char folder[PATH_MAX], path[PATH_MAX + NAME_MAX], program[NAME_MAX];

	if (strchr(name, '/') ||
	    (size_t)snprintf(program, sizeof(program), "dmaring-%s", name) >= sizeof(program))
		return;
	if (own_folder(folder, sizeof(folder))) {
		snprintf(path, sizeof(path), "%s/%s", folder, program);
		execv(path, argv);
	}
	execvp(program, argv);
}

static void print_help(void)
{
	static const char *const external[][2] = {
		{ "bench", "Measure what a transfer costs" },
		{ "spectrum", "Show the spectrum of a device or a recording" },
	};
	char folder[PATH_MAX], path[PATH_MAX + NAME_MAX];
	size_t i, externals;

	puts("Usage: dmaring [COMMAND [ARGUMENT...]]\n\n"
	     "Rings of DMA transfers in shared memory. Without a command: list.\n");
	for (i = 0; i < COMMANDS; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	externals = own_folder(folder, sizeof(folder)) ? sizeof(external) / sizeof(external[0]) : 0;
	for (i = 0; i < externals; i++) {
		snprintf(path, sizeof(path), "%s/dmaring-%s", folder, external[i][0]);
		if (access(path, X_OK) == 0)
			printf("  %-12s %s\n", external[i][0], external[i][1]);
	}
	puts("\n  --help     this text; of a command: dmaring COMMAND --help\n"
	     "  --version  versions of the command, the library, the driver and the ABI\n\n"
	     "Any program dmaring-NAME beside this one or on PATH is a command too.\n"
	     "Exit status: 0 good, 1 failed, 2 misused, 3 finished with loss of data.");
}

static void print_version(void)
{
	char driver[64];

	if (tool_read(driver, sizeof(driver), "/sys/module/dmaring/version") < 0 || !*driver)
		strcpy(driver, "not loaded");
	printf("dmaring %d.%d.%d, library %s, driver %s, ABI %d.%d\n", DMARING_VERSION_MAJOR,
	       DMARING_VERSION_MINOR, DMARING_VERSION_PATCH, dmaring_version(), driver,
	       DMARING_ABI_MAJOR, DMARING_ABI_MINOR);
}

static int run(const struct tool_command *command, int argc, char **argv)
{
	int status = tool_parse(command, &argc, argv);

	return status >= 0 ? status : command->run(argc, argv);
}

static int dispatch(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return run(&tool_list, 0, argv);
	if (!strcmp(argv[1], "--version")) {
		print_version();
		return TOOL_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (!strcmp(argv[1], "help") && argc == 2)) {
		print_help();
		return TOOL_OK;
	}
	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i]->name)) {
			if (commands[i]->program)
				run_external(argv[1], argv + 1);
			return run(commands[i], argc - 2, argv + 2);
		}
	/* Options without a command are those of list. */
	if (argv[1][0] == '-')
		return run(&tool_list, argc - 1, argv + 1);
	run_external(argv[1], argv + 1);
	if (errno == ENOENT)
		tool_message("no command %s (try: dmaring --help)", argv[1]);
	else
		tool_message("%s: %s", argv[1], strerror(errno));
	return TOOL_USAGE;
}

int main(int argc, char **argv)
{
	int status = dispatch(argc, argv);

	/* A report that was cut short must not look like a good one. */
	if (fflush(stdout) || ferror(stdout)) {
		tool_message("write to the standard output: %s", strerror(errno));
		return TOOL_FAILED;
	}
	return status;
}
