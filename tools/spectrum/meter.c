// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the measurement of what a run costs in system calls.
 *
 * ioctls are counted by a seccomp filter: the kernel refuses each and tells us
 * by a signal, so that none goes by uncounted, whoever makes it. Only those on
 * descriptors 0 to 2 pass, for ncurses asks the terminal. The filter stays
 * until the process ends.
 *
 * System calls are counted by the kernel's tracepoint where we may use it.
 * Elsewhere read() and write() are counted by the kernel (/proc/self/io) and
 * epoll_wait() by the loop.
 */
#include "meter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

static volatile sig_atomic_t trapped;

/* The call was not made; it shall look as if it had failed. */
static void fail_call(ucontext_t *context)
{
#if defined(__x86_64__)
	context->uc_mcontext.gregs[REG_RAX] = -ENOTTY;
#elif defined(__i386__)
	context->uc_mcontext.gregs[REG_EAX] = -ENOTTY;
#elif defined(__aarch64__)
	context->uc_mcontext.regs[0] = -ENOTTY;
#elif defined(__arm__)
	context->uc_mcontext.arm_r0 = -ENOTTY;
#else
	(void)context;
#endif
}

static void on_trap(int signal_number, siginfo_t *info, void *context)
{
	if (info->si_code != SYS_SECCOMP || info->si_syscall != SYS_ioctl) {
		signal(signal_number, SIG_DFL);
		raise(signal_number);
		return;
	}
	trapped++;
	fail_call(context);
}

static bool trap_ioctls(void)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER };
	const struct scmp_arg_cmp not_the_terminal = {
		.arg = 0,
		.op = SCMP_CMP_GT,
		.datum_a = STDERR_FILENO,
	};
	scmp_filter_ctx filter;
	bool loaded;

	if (sigaction(SIGSYS, &action, NULL) < 0)
		return false;
	filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return false;
	loaded = seccomp_rule_add_array(filter, SCMP_ACT_TRAP, SCMP_SYS(ioctl), 1,
					&not_the_terminal) == 0 &&
		 seccomp_load(filter) == 0;
	seccomp_release(filter);
	return loaded;
}

static bool read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	return true;
}

static bool count_of(const char *text, const char *key, uint64_t *count)
{
	const char *at = strstr(text, key);

	if (!at)
		return false;
	*count = strtoull(at + strlen(key), NULL, 10);
	return true;
}

static bool read_writes(uint64_t *calls)
{
	uint64_t reads, writes;
	char text[512];

	if (!read_file("/proc/self/io", text, sizeof(text)) ||
	    !count_of(text, "syscr: ", &reads) || !count_of(text, "syscw: ", &writes))
		return false;
	*calls = reads + writes;
	return true;
}

static int open_tracepoint(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
	};
	char text[64];

	if (!read_file("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id", text, sizeof(text)))
		return -1;
	attr.config = strtoull(text, NULL, 10);
	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static bool read_tracepoint(const struct meter *meter, uint64_t *calls)
{
	return meter->tracepoint >= 0 &&
	       read(meter->tracepoint, calls, sizeof(*calls)) == sizeof(*calls);
}

static bool driver_counter(const char *device, const char *name, uint64_t *count)
{
	char path[256], text[64];

	snprintf(path, sizeof(path), "/sys/class/dmaring/%s/counters/%s", device, name);
	return read_file(path, text, sizeof(text)) && count_of(text, "", count);
}

static bool driver_counters(struct meter *meter, uint64_t sign)
{
	uint64_t doorbells, undoorbelled, wakeups;

	if (!driver_counter(meter->device, "doorbells", &doorbells) ||
	    !driver_counter(meter->device, "drains_without_doorbell", &undoorbelled) ||
	    !driver_counter(meter->device, "wakeups", &wakeups))
		return false;
	meter->doorbells += sign * doorbells;
	meter->undoorbelled += sign * undoorbelled;
	meter->driver_wakeups += sign * wakeups;
	return true;
}

/**
 * meter_start() - begin to count; everything is set up
 * @meter:	what to fill in
 * @device:	name of the device
 *
 * From here on every ioctl() that is not for the terminal fails with -ENOTTY.
 */
void meter_start(struct meter *meter, const char *device)
{
	uint64_t before;

	memset(meter, 0, sizeof(*meter));
	meter->device = device;
	meter->driver_known = driver_counters(meter, -1ULL);
	meter->ioctls_known = trap_ioctls();
	meter->tracepoint = open_tracepoint();
	if (read_tracepoint(meter, &before)) {
		meter->syscalls_by = METER_TRACEPOINT;
		meter->syscalls = -before - 1;	/* without the read that will tell the end */
	} else if (read_writes(&before)) {
		meter->syscalls_by = METER_IO;
		meter->syscalls = -before - 1;	/* without the read that told the start */
	}
}

static bool read_calls(const struct meter *meter, uint64_t *calls)
{
	if (meter->syscalls_by == METER_TRACEPOINT)
		return read_tracepoint(meter, calls);
	return meter->syscalls_by == METER_IO && read_writes(calls);
}

/**
 * meter_pause() - do not count the system calls that follow
 * @meter: between meter_start() and meter_stop()
 */
void meter_pause(struct meter *meter)
{
	if (!read_calls(meter, &meter->paused_at))
		meter->syscalls_by = METER_NONE;
}

/**
 * meter_resume() - count again
 * @meter: after meter_pause()
 */
void meter_resume(struct meter *meter)
{
	uint64_t calls;

	if (read_calls(meter, &calls))
		/* And one of our two reads. */
		meter->syscalls -= calls - meter->paused_at + 1;
	else
		meter->syscalls_by = METER_NONE;
}

/**
 * meter_stop() - end counting
 * @meter: from meter_start()
 */
void meter_stop(struct meter *meter)
{
	uint64_t after;

	if (read_calls(meter, &after))
		meter->syscalls += after + (meter->syscalls_by == METER_IO ? meter->waits : 0);
	else
		meter->syscalls_by = METER_NONE;
	if (meter->tracepoint >= 0)
		close(meter->tracepoint);
	meter->tracepoint = -1;
	meter->ioctls = trapped;
	meter->driver_known = meter->driver_known && driver_counters(meter, 1);
}
