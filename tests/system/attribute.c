// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attributes in sysfs and debugfs.
 *
 * Owns: the list of fault knobs that the running test has turned.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute.h"

#define KNOBS_MAX	16

static char knobs[KNOBS_MAX][128];
static unsigned int n_knobs;

static int file_read(const char *path, char *text, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, bytes - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

void attribute_text(const char *device, const char *name, char *text, size_t bytes)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "/sys/class/dmaring/%s/%s", device_tested(device), name);
	ret = file_read(path, text, bytes);
	if (ret)
		fail_msg("%s: %s", path, strerror(-ret));
}

uint64_t attribute_number(const char *device, const char *name)
{
	char text[64], *end;
	uint64_t value;

	attribute_text(device, name, text, sizeof(text));
	value = strtoull(text, &end, 0);
	if (end == text || *end)
		fail_msg("%s/%s is no number: \"%s\"", device, name, text);
	return value;
}

bool attribute_exists(const char *device, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/dmaring/%s/%s", device_tested(device), name);
	return !access(path, R_OK);
}

void fault_set(const char *device, const char *channel, const char *knob,
	       const char *fault)
{
	char path[128];
	int ret;

	need_simulated(device);
	snprintf(path, sizeof(path), "/sys/kernel/debug/dmaring_sim/%s/%s/%s",
		 device_tested(device), channel, knob);
	assert_true(n_knobs < KNOBS_MAX);
	strcpy(knobs[n_knobs++], path);
	ret = file_write(path, fault);
	if (ret)
		fail_msg("%s: %s", path, strerror(-ret));
}

/* How many transfers a knob is still to hit. */
int64_t faults_left(const char *device, const char *channel, const char *knob)
{
	char path[128];
	int64_t left;
	FILE *file;

	need_simulated(device);
	snprintf(path, sizeof(path), "/sys/kernel/debug/dmaring_sim/%s/%s/%s",
		 device_tested(device), channel, knob);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%" SCNd64, &left), 1);
	fclose(file);
	return left;
}

/* A knob that went away with its device needs no turning back. */
void fault_clear(void)
{
	while (n_knobs)
		file_write(knobs[--n_knobs], "0");
}

int fault_teardown(void **state)
{
	fault_clear();
	return system_teardown(state);
}

int attribute_set(const char *device, const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/class/dmaring/%s/%s", device_tested(device), name);
	return file_write(path, value);
}

void mem0_unbind(void)
{
	assert_ok(file_write("/sys/bus/platform/drivers/dmaring_sim/unbind", "dmaring_sim.4"));
	assert_int_not_equal(access("/dev/dmaring/mem0", F_OK), 0);
}

/* The driver core may have bound the client by itself. */
void mem0_bind(void)
{
	file_write("/sys/bus/platform/drivers/dmaring_sim/bind", "dmaring_sim.4");
	file_write("/sys/bus/platform/drivers/dmaring/bind", "dmaring.4");
	wait_until(!access("/dev/dmaring/mem0", F_OK));
}

int bound_teardown(void **state)
{
	int ret = system_teardown(state);

	if (!access("/sys/bus/platform/drivers/dmaring_sim", F_OK) &&
	    access("/dev/dmaring/mem0", F_OK))
		mem0_bind();
	return ret;
}
