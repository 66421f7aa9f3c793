/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the subcommands of dmaring share: their table, their options, messages.
 *
 * Data goes to stdout, messages to stderr. A message says what failed, on what,
 * why, and what to try.
 */
#ifndef DMARING_TOOL_H
#define DMARING_TOOL_H

#include <stdbool.h>
#include <stddef.h>

enum tool_exit {
	TOOL_OK = 0,
	TOOL_FAILED = 1,
	TOOL_USAGE = 2,
	TOOL_LOSS = 3,
};

/**
 * struct tool_option - one option of a command; exactly one target is set
 * @name:	without the dashes; NULL ends a table
 * @argument:	name of its argument; NULL: it takes none
 * @help:	one line
 * @flag:	set to true
 * @string:	set to the argument
 * @number:	set to the argument, which may end in k, M or G
 */
struct tool_option {
	const char *name;
	const char *argument;
	const char *help;
	bool *flag;
	const char **string;
	unsigned int *number;
};

/**
 * struct tool_command - one subcommand
 * @name:	what the user types
 * @arguments:	its arguments, for the help
 * @summary:	one line
 * @detail:	more lines for its own help; may be NULL
 * @options:	table
 * @program:	a program dmaring-NAME, where there is one, does more
 * @min:	fewest arguments
 * @max:	most arguments
 * @run:	does it; returns enum tool_exit
 */
struct tool_command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *detail;
	const struct tool_option *options;
	bool program;
	int min;
	int max;
	int (*run)(int argc, char **argv);
};

extern const struct tool_command tool_list, tool_info, tool_selftest, tool_fault, tool_recv,
	tool_send, tool_pipe, tool_top, tool_add, tool_remove, tool_bench_memory;

/**
 * tool_parse() - take the options out of the arguments
 * @command:	whose options
 * @argc:	in: arguments after the name of the command; out: those left
 * @argv:	the arguments; those left are moved to the front
 *
 * Return: -1: go on; else the exit status (the help was asked for, or a
 * message was given).
 */
int tool_parse(const struct tool_command *command, int *argc, char **argv);

/**
 * tool_help() - print the help of a command
 * @command:	the command
 */
void tool_help(const struct tool_command *command);

/**
 * tool_message() - one line on stderr
 * @format:	as for printf(), without "dmaring: " and the line's end
 */
void tool_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * tool_explain() - the message of dmaring_explain_error() on stderr
 * @err:	-errno
 * @what:	what was tried
 * @name:	on what; may be NULL
 *
 * Return: TOOL_FAILED.
 */
int tool_explain(int err, const char *what, const char *name);

/**
 * tool_read() - first line of a small file
 * @buf:	filled in; empty if the file cannot be read
 * @size:	room in @buf
 * @format:	path, as for printf()
 *
 * Return: 0 or -errno.
 */
int tool_read(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * tool_read_number() - a small file that holds a number
 * @format:	path, as for printf()
 *
 * Return: the number, or -1.
 */
long long tool_read_number(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * tool_kind() - word for a kind of channel
 * @kind:	enum dmaring_channel_kind
 *
 * Return: "send", "receive", "copy" or "?".
 */
const char *tool_kind(unsigned int kind);

/**
 * tool_bytes() - a number of bytes in the largest unit that divides it
 * @bytes:	the number
 * @buf:	filled in
 * @size:	room in @buf
 *
 * Return: @buf.
 */
const char *tool_bytes(unsigned long long bytes, char *buf, size_t size);

#define TOOL_NODES	"/dev/dmaring"
#define TOOL_CLASS	"/sys/class/dmaring"

#endif /* DMARING_TOOL_H */
