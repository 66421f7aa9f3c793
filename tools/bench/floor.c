// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel-floor: the same channels with no user at all, by the module
 * dmaring_floor of the simulator. It needs the channels for itself, so the
 * device is taken from the driver for the while and given back.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define FLOOR		"/sys/kernel/debug/dmaring_floor/"
#define DRIVER		"/sys/bus/platform/drivers/dmaring/"
#define FLOOR_DEPTH_MAX	128U

static const char *test_of(const struct bench_target *target)
{
	if (target->copy)
		return "copy";
	if (!strcmp(target->name, "loop0"))
		return "loop";
	return NULL;
}

/**
 * bench_floor_available() - can the floor of a device be measured?
 * @target:	the device
 * @why:	if not, why
 * @size:	room in @why
 *
 * Return: 0, or -errno.
 */
int bench_floor_available(const struct bench_target *target, char *why, size_t size)
{
	int err;

	if (!target->simulated || !test_of(target)) {
		snprintf(why, size, "there is no client in the kernel for %s", target->name);
		return -ENOTSUP;
	}
	if (access(FLOOR "run", W_OK) < 0) {
		err = -errno;
		snprintf(why, size, "%s: %s (it needs root, debugfs, and the test module dmaring_floor.ko loaded)",
			 FLOOR "run", strerror(-err));
		return err;
	}
	return 0;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* What the module says of its run; its JSON has neither strings of others nor nesting. */
static uint64_t result_number(const char *text, const char *name)
{
	char wanted[32];
	const char *at;

	snprintf(wanted, sizeof(wanted), "\"%s\":", name);
	at = strstr(text, wanted);
	return at ? strtoull(at + strlen(wanted), NULL, 10) : 0;
}

static int read_result(struct bench_slice *slice)
{
	int fd = open(FLOOR "result", O_RDONLY | O_CLOEXEC);
	char text[512];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = '\0';
	slice->transfers = result_number(text, "transfers");
	slice->ns = result_number(text, "ns");
	slice->errors = result_number(text, "errors") + result_number(text, "mismatches");
	return slice->ns ? 0 : -EIO;
}

/* Name of the platform device behind /sys/class/dmaring/NAME. */
static int platform_device(const char *name, char *device, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/class/dmaring/%s/device", name);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if ((size_t)snprintf(device, size, "%s", strrchr(target, '/') ? strrchr(target, '/') + 1 :
									 target) >= size)
		return -ENAMETOOLONG;
	return 0;
}

/* udev may take its time to set the node's mode. */
static int wait_for_node(const char *name)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	struct dmaring_query query;
	int err = -ENOENT, i;

	for (i = 0; i < 1000 && err < 0; i++) {
		err = dmaring_query_device(name, &query);
		if (err < 0)
			nanosleep(&pause, NULL);
	}
	return err;
}

/**
 * bench_floor_run() - one slice of kernel-floor
 * @bench:	everything
 * @row:	gets the slice
 *
 * Return: 0, or -errno after a message.
 */
int bench_floor_run(const struct bench *bench, struct bench_row *row)
{
	struct bench_slice *slice = &row->slice[row->slices];
	uint64_t ms = bench->plan.slice_ns / 1000000;
	uint64_t poller = bench_attribute(bench->target.name, "poller");
	char device[NAME_MAX], line[64], path[128];
	struct bench_meter meter;
	const char *what;
	int err, back;

	what = "find";
	err = platform_device(bench->target.name, device, sizeof(device));
	if (err < 0)
		goto out;
	what = "take the device from the driver";
	err = write_file(DRIVER "unbind", device);
	if (err < 0)
		goto out;
	/* Its first tenth is warm-up. */
	snprintf(line, sizeof(line), "%s %u %u %llums", test_of(&bench->target), row->size,
		 row->depth < FLOOR_DEPTH_MAX ? row->depth : FLOOR_DEPTH_MAX,
		 (unsigned long long)(ms < 10 ? 11 : ms * 10 / 9));
	bench_meter_start(&meter, bench->target.name);
	what = "run";
	err = write_file(FLOOR "run", line);
	bench_meter_stop(&meter, bench->target.name, slice);
	if (!err)
		err = read_result(slice);
	slice->syscalls = 0;
	slice->wakeups = 0;
	back = write_file(DRIVER "bind", device);
	if (!back)
		back = wait_for_node(bench->target.name);
	/* What the administrator allowed was forgotten with the device. */
	if (!back && poller) {
		snprintf(path, sizeof(path), "/sys/class/dmaring/%s/poller", bench->target.name);
		snprintf(line, sizeof(line), "%llu", (unsigned long long)poller);
		back = write_file(path, line);
	}
	if (!err && back < 0) {
		what = "give the device back to the driver";
		err = back;
	}
out:
	if (err < 0)
		bench_message("kernel-floor: %s %s: %s", what, bench->target.name, strerror(-err));
	return err;
}
