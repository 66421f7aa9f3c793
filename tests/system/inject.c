// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's fault injection, by /proc/self/task/TID/fail-nth.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inject.h"

static int knob = -1;
static unsigned int fired;
static bool armed;

const char *injection_missing(void)
{
	static const char * const folders[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[96];
	size_t i;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/fail-nth", syscall(SYS_gettid));
	if (knob < 0)
		knob = open(path, O_RDWR | O_CLOEXEC);
	if (knob < 0)
		return "this kernel has no fault injection (fail-nth)";
	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", folders[i]);
		if (file_write(path, "0") && i < 2)
			return "this kernel fails no allocations (failslab, fail_page_alloc)";
		/* Allocations that may sleep are to fail too, of one page too. */
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", folders[i]);
		file_write(path, "N");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/min-order", folders[i]);
		file_write(path, "0");
	}
	return NULL;
}

void arm(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	assert_int_equal(write(knob, text, n), n);
	armed = true;
}

unsigned int injection_left(void)
{
	char text[16] = "";

	assert_true(pread(knob, text, sizeof(text) - 1, 0) > 0);
	return atoi(text);
}

bool disarm(void)
{
	char text[16] = "";
	ssize_t n = pread(knob, text, sizeof(text) - 1, 0);
	bool hit = armed && n > 0 && atoi(text) == 0;
	int tries;

	armed = false;
	for (tries = 0; write(knob, "0", 1) != 1; tries++)
		assert_true(tries < 3);
	fired += hit;
	return hit;
}

unsigned int injections(void)
{
	return fired;
}

bool is_long(void)
{
	const char *text = getenv("DMARING_LONG");

	return text && *text == '1';
}

unsigned int injection_next(unsigned int nth, unsigned int errors)
{
	return nth + 1 + (is_long() || errors < ERRORS_WANTED ? 0 : nth / 4);
}
