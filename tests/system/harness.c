// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Running system tests: the deadline of a program, children, patterns, and
 * comparisons that name what they saw.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ring.h"

#ifndef __GLIBC__
#define strerrorname_np(error)	strerror(error)
#endif

/* A program that is still there after this hangs, whatever its waits say. */
#define PROGRAM_SECONDS	120
#define CHILD_SECONDS	60

unsigned int slowness(void)
{
	static unsigned int times;
	const char *told = getenv("DMARING_SLOWNESS");

	if (!times)
		times = told && atoi(told) > 0 ? atoi(told) : 1;
	return times;
}

/* What the user has in pools and rings; 0 where there is no such device to ask. */
uint64_t pool_bytes_held(void)
{
	struct dmaring_query query = { 0 };
	int fd = open("/dev/dmaring/mem0", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (ioctl(fd, DMARING_IOC_QUERY, &query))
		query.pool_bytes_used = 0;
	close(fd);
	return query.pool_bytes_used;
}

int system_main(const char *name, const struct CMUnitTest *tests, size_t n)
{
	uint64_t before = pool_bytes_held(), until;
	int failed;

	if (pool_kind_is_missing()) {
		printf("1..1\nnot ok 1 - the device has pools of kind %s\n",
		       getenv("DMARING_POOL"));
		return 1;
	}
	setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 0);
	cmocka_set_test_filter(getenv("DMARING_ONLY"));
	/* The many rounds of a long run have no end of their own. */
	if (!getenv("DMARING_LONG"))
		alarm(PROGRAM_SECONDS * slowness());
	failed = _cmocka_run_group_tests(name, tests, n, NULL, NULL);
	until = now_ns() + (uint64_t)WAIT_MS * 1000000;
	while (pool_bytes_held() > before) {
		if (now_ns() > until) {
			printf("not ok %zu - nothing is held afterwards\n# %llu bytes, %llu before\n",
			       n + 1, (unsigned long long)pool_bytes_held(),
			       (unsigned long long)before);
			failed = 1;
			break;
		}
		look_again();
	}
	return failed ? 1 : 0;
}

int in_child(void (*fn)(void *), void *arg)
{
	static const int caught[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS };
	int status;
	size_t i;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		/* A failed assertion ends the child, not its copy of the suite. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		for (i = 0; i < ARRAY_SIZE(caught); i++)
			signal(caught[i], SIG_DFL);
		alarm(CHILD_SECONDS * slowness());
		fn(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

void assert_error_at(long got, int want, const char *what, const char *file, int line)
{
	if (want ? got == -want : got >= 0)
		return;
	print_error("# %s: got %ld (%s), want %d (%s)\n", what, got,
		    got < 0 ? strerrorname_np(-got) : "success", -want,
		    want ? strerrorname_np(want) : "success");
	_fail(file, line);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* Leaves the processor to whoever is to bring the condition about. */
void look_again(void)
{
	const struct timespec t = { .tv_nsec = 200000 };

	nanosleep(&t, NULL);
}

/* The same where no system call is allowed. */
void relax(void)
{
#if __has_builtin(__builtin_ia32_pause)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ volatile ("yield" : : : "memory");
#endif
}

/* A full period that is prime to every power of two shows shifted data. */
static unsigned char pattern(size_t i, uint32_t seed)
{
	uint32_t x = (uint32_t)i + seed * 0x9e3779b9U;

	return (x * 0x85ebca6bU) >> 24 ^ x % 251;
}

void pattern_fill(void *p, size_t bytes, uint32_t seed)
{
	unsigned char *c = p;
	size_t i;

	for (i = 0; i < bytes; i++)
		c[i] = pattern(i, seed);
}

void pattern_check_at(const void *p, size_t bytes, uint32_t seed, const char *file, int line)
{
	const unsigned char *c = p;
	size_t i;

	for (i = 0; i < bytes; i++) {
		if (c[i] == pattern(i, seed))
			continue;
		print_error("# byte %zu of %zu is %#x, want %#x\n", i, bytes, c[i],
			    pattern(i, seed));
		_fail(file, line);
	}
}

void byte_check_at(const void *p, int value, size_t bytes, const char *file, int line)
{
	const unsigned char *c = p;
	size_t i;

	for (i = 0; i < bytes; i++) {
		if (c[i] == value)
			continue;
		print_error("# byte %zu of %zu is %#x, want %#x\n", i, bytes, c[i], value);
		_fail(file, line);
	}
}
