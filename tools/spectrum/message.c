// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns what the command says on stderr: one line each, with the command's name
 * before it. While the live screen owns the terminal the lines are held back,
 * for they would be overwritten and spoil it.
 */
#include "message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool held;
static char waiting[4096];

/**
 * message() - say one line on stderr, or keep it until message_release()
 * @format: printf format without the newline
 */
void message(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!held) {
		fprintf(stderr, "dmaring spectrum: %s\n", line);
		return;
	}
	if (strlen(waiting) + strlen(line) + 32 < sizeof(waiting)) {
		strcat(waiting, "dmaring spectrum: ");
		strcat(waiting, line);
		strcat(waiting, "\n");
	}
}

/**
 * message_hold() - keep messages back while the screen is in use
 */
void message_hold(void)
{
	held = true;
}

/**
 * message_release() - print what was kept back
 */
void message_release(void)
{
	held = false;
	fputs(waiting, stderr);
	waiting[0] = '\0';
}
