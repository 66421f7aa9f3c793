// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Options and messages of the subcommands.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dmaring/dmaring.h>

#include "tool.h"

#define HELP_COLUMN	26

void tool_message(const char *format, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fflush(stdout);	/* in the order of events where both go to one place */
	fprintf(stderr, "dmaring: %s\n", text);
}

int tool_explain(int err, const char *what, const char *name)
{
	char text[1024];

	dmaring_explain_error(err, what, name, text, sizeof(text));
	tool_message("%s", text);
	return TOOL_FAILED;
}

static void print_option(const char *name, const char *argument, const char *help)
{
	int width = printf("  --%s", name);

	if (argument)
		width += printf(" %s", argument);
	printf("%*s%s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", help);
}

void tool_help(const struct tool_command *command)
{
	const struct tool_option *option;

	printf("Usage: dmaring %s%s%s [OPTION...]\n\n%s.\n", command->name,
	       *command->arguments ? " " : "", command->arguments, command->summary);
	if (command->detail)
		printf("\n%s\n", command->detail);
	putchar('\n');
	for (option = command->options; option->name; option++)
		print_option(option->name, option->argument, option->help);
	print_option("help", NULL, "this text");
}

static bool parse_number(const char *text, unsigned int *number)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno)
		return false;
	switch (*end) {
	case 'G':
		value <<= 10;
		/* fall through */
	case 'M':
		value <<= 10;
		/* fall through */
	case 'k':
		value <<= 10;
		end++;
		break;
	default:
		break;
	}
	if (*end || value > UINT_MAX)
		return false;
	*number = (unsigned int)value;
	return true;
}

static int misuse(const struct tool_command *command, const char *problem, const char *subject)
{
	tool_message("%s: %s%s%s (try: dmaring %s --help)", command->name, problem,
		     subject ? " " : "", subject ? subject : "", command->name);
	return TOOL_USAGE;
}

/* Option whose name is the first @length characters of @name. */
static const struct tool_option *find_option(const struct tool_command *command, const char *name,
					     size_t length)
{
	const struct tool_option *option;

	for (option = command->options; option->name; option++)
		if (strlen(option->name) == length && !strncmp(option->name, name, length))
			return option;
	return NULL;
}

/* Takes argv[at], which begins with a dash. Return: arguments used; 0: misuse. */
static int take_option(const struct tool_command *command, char **argv, int left, int *status)
{
	const char *name = argv[0] + 2, *value = strchr(argv[0], '=');
	size_t length = value ? (size_t)(value - name) : strlen(name);
	const struct tool_option *option = find_option(command, name, length);
	int used = 1;

	if (strncmp(argv[0], "--", 2) || !option) {
		*status = misuse(command, "no such option:", argv[0]);
		return 0;
	}
	if (!option->argument) {
		if (value) {
			*status = misuse(command, "this option takes no value:", argv[0]);
			return 0;
		}
		*option->flag = true;
		return used;
	}
	if (value) {
		value++;
	} else {
		if (left < 2) {
			*status = misuse(command, "a value is missing after", argv[0]);
			return 0;
		}
		value = argv[used++];
	}
	if (option->string) {
		*option->string = value;
	} else if (!parse_number(value, option->number)) {
		*status = misuse(command, "not a number:", value);
		return 0;
	}
	return used;
}

int tool_parse(const struct tool_command *command, int *argc, char **argv)
{
	int at = 0, kept = 0, used, status;

	while (at < *argc) {
		if (!strcmp(argv[at], "--help") || !strcmp(argv[at], "-h")) {
			tool_help(command);
			return TOOL_OK;
		}
		if (!strcmp(argv[at], "--")) {
			for (at++; at < *argc; at++)
				argv[kept++] = argv[at];
			break;
		}
		if (argv[at][0] != '-' || !argv[at][1]) {
			argv[kept++] = argv[at++];
			continue;
		}
		used = take_option(command, argv + at, *argc - at, &status);
		if (!used)
			return status;
		at += used;
	}
	*argc = kept;
	if (kept < command->min)
		return misuse(command, "an argument is missing:", command->arguments);
	if (kept > command->max)
		return misuse(command, "one argument too many:", argv[command->max]);
	return -1;
}

static int read_file(char *buf, size_t size, const char *path)
{
	FILE *file;

	buf[0] = '\0';
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (!fgets(buf, (int)size, file))
		buf[0] = '\0';
	fclose(file);
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int tool_read(char *buf, size_t size, const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	return read_file(buf, size, path);
}

long long tool_read_number(const char *format, ...)
{
	char path[PATH_MAX], buf[32];
	va_list arguments;
	long long number;
	char *end;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (read_file(buf, sizeof(buf), path) < 0 || !*buf)
		return -1;
	number = strtoll(buf, &end, 0);
	return *end ? -1 : number;
}

const char *tool_kind(unsigned int kind)
{
	switch (kind) {
	case DMARING_CHANNEL_SEND:
		return "send";
	case DMARING_CHANNEL_RECEIVE:
		return "receive";
	case DMARING_CHANNEL_COPY:
		return "copy";
	default:
		return "?";
	}
}

const char *tool_bytes(unsigned long long bytes, char *buf, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	unsigned int unit = 0;

	while (bytes && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buf, size, "%llu %s", bytes, units[unit]);
	return buf;
}
