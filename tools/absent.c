// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring info --why for a device that does not answer: is the driver there, may
 * one open it, has the kernel its description, and what does that wait for.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine.h"
#include "tool.h"
#include "why.h"

#define DEVICES		"/sys/bus/platform/devices"
#define DEFERRED	"/sys/kernel/debug/devices_deferred"
#define PRESENT		64

/* A device that the kernel was told of, for this driver, and that is not bound. */
struct unbound {
	char device[NAME_MAX + 1];	/* the driver core's name */
	char name[64];		/* of the node to be; empty: not to be seen from here */
};

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many characters to insert, delete or change to make one name the other. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[DMARING_NAME_BYTES + 1], i, j, corner, above;

	for (j = 0; j <= strlen(b) && j <= DMARING_NAME_BYTES; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		corner = row[0];
		row[0] = i + 1;
		for (j = 0; j < DMARING_NAME_BYTES && b[j]; j++) {
			above = row[j + 1];
			row[j + 1] = min3(above + 1, row[j] + 1, corner + (a[i] != b[j]));
			corner = above;
		}
	}
	return row[strnlen(b, DMARING_NAME_BYTES)];
}

static void why_misnamed(struct why *why, const char *name)
{
	char present[PRESENT][DMARING_NAME_BYTES], list[256] = "";
	int i, n = dmaring_list_devices(present, PRESENT), nearest = -1;
	unsigned int least = (unsigned int)strlen(name) / 2 + 1;
	size_t length = 0;

	for (i = 0; i < n && i < PRESENT; i++) {
		unsigned int d = distance(name, present[i]);

		if (d < least) {
			least = d;
			nearest = i;
		}
		if (length < sizeof(list))
			length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
						   length ? ", " : "", present[i]);
	}
	if (nearest >= 0)
		why_add(why, "no device is called %s: is %s the one? (present: %s)", name,
			present[nearest], list);
	else if (*list)
		why_add(why, "no device is called %s (present: %s)", name, list);
	else
		why_add(why, "no device is present at all");
}

/* Is there this string in the file, which holds strings with a NUL after each? */
static bool file_has(const char *path, const char *wanted)
{
	char text[1024];
	FILE *file = fopen(path, "re");
	size_t bytes = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	const char *word;

	if (file)
		fclose(file);
	text[bytes] = '\0';
	for (word = text; word < text + bytes; word += strlen(word) + 1)
		if (!strcmp(word, wanted))
			return true;
	return false;
}

/* As the tables of the driver (device.c, buffer.c) have them. */
static const char *const compatibles[] = {
	"dmaring,device",
	"dmaring,buffer",
	"xlnx,dma_proxy",
	"xlnx,axidma-chrdev",
	"ezdma",
	"ikwzm,u-dma-buf",
	"ikwzm,udmabuf-0.10.a",
};

static bool is_described(const char *device)
{
	char path[PATH_MAX];
	size_t i;

	snprintf(path, sizeof(path), DEVICES "/%s/of_node/compatible", device);
	for (i = 0; i < sizeof(compatibles) / sizeof(compatibles[0]); i++)
		if (file_has(path, compatibles[i]))
			return true;
	return false;
}

/* Described for this driver, by the device tree or by a module, and not bound? */
static bool is_unbound(const char *device, struct unbound *unbound)
{
	char path[PATH_MAX], modalias[256];

	snprintf(path, sizeof(path), DEVICES "/%s/driver", device);
	if (access(path, F_OK) == 0)
		return false;
	memset(unbound, 0, sizeof(*unbound));
	snprintf(unbound->device, sizeof(unbound->device), "%s", device);
	if (is_described(device)) {
		if (tool_read(unbound->name, sizeof(unbound->name),
			      DEVICES "/%s/of_node/dmaring,name", device) < 0 &&
		    tool_read(unbound->name, sizeof(unbound->name),
			      DEVICES "/%s/of_node/device-name", device) < 0)
			tool_read(unbound->name, sizeof(unbound->name), DEVICES "/%s/of_node/name",
				  device);
		return true;
	}
	tool_read(modalias, sizeof(modalias), DEVICES "/%s/modalias", device);
	return !strcmp(modalias, "platform:dmaring");
}

/* Reason for which the driver core puts it off. Return: it does. */
static bool find_deferred(const char *device, char *reason, size_t size)
{
	size_t length = strlen(device);
	char line[512];
	bool found = false;
	FILE *file = fopen(DEFERRED, "re");

	reason[0] = '\0';
	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strncmp(line, device, length) && (!line[length] || line[length] == '\t');
		if (found && line[length])
			snprintf(reason, size, "%s", line + length + 1);
	}
	if (file)
		fclose(file);
	return found;
}

/* A supplier of the device that has no driver. Return: there is one. */
static bool find_supplier(const char *device, char *supplier, size_t size)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	struct stat status;
	DIR *dir;

	snprintf(path, sizeof(path), DEVICES "/%s", device);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "supplier:", 9))
			continue;
		snprintf(path, sizeof(path), DEVICES "/%s/%s/supplier/driver", device,
			 entry->d_name);
		found = stat(path, &status) < 0;
		if (found)
			snprintf(supplier, size, "%s", entry->d_name + 9);
	}
	if (dir)
		closedir(dir);
	return found;
}

static void why_unbound(struct why *why, const struct unbound *unbound)
{
	const char *which = *unbound->name ? "the kernel has it as" :
			    "the kernel has, perhaps for it,";
	char reason[192], supplier[128], used[200];

	if (find_supplier(unbound->device, supplier, sizeof(supplier)))
		why_add(why, "%s %s, which waits for its supplier %s: that has no driver (is its "
			     "module loaded? did it fail? dmesg tells)", which, unbound->device,
			supplier);
	else if (find_deferred(unbound->device, reason, sizeof(reason)))
		why_add(why, "%s %s, which is put off (%s): the driver of that controller is not "
			     "there yet (is its module loaded? did it fail?)", which,
			unbound->device, *reason ? reason : "no reason given");
	else if (tool_read_number(DEVICES "/%s/waiting_for_supplier", unbound->device) == 1)
		why_add(why, "%s %s, which waits for a device of its node's dmas that the kernel does "
			     "not know (is that node's status \"okay\"?)", which, unbound->device);
	else
		why_add(why, "%s %s, which is not bound: its probe failed (dmesg | grep %s), or "
			     "somebody unbound it; a channel may be taken (in use: %s)", which,
			unbound->device, unbound->device, engine_list(true, used, sizeof(used)));
}

/* Return: one was found that surely is the device. */
static bool why_described(struct why *why, const char *name)
{
	struct unbound unbound;
	struct dirent *entry;
	bool sure = false;
	DIR *dir;

	dir = opendir(DEVICES);
	while (dir && !sure && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !is_unbound(entry->d_name, &unbound))
			continue;
		if (*unbound.name && strcmp(unbound.name, name))
			continue;
		sure = *unbound.name;
		why_unbound(why, &unbound);
	}
	if (dir)
		closedir(dir);
	return sure;
}

void why_unreachable(struct why *why, const char *name, int err)
{
	why->causes = 0;
	if (access("/sys/module/dmaring", F_OK) < 0) {
		why_add(why, "module dmaring is not loaded: modprobe dmaring");
		why_add(why, "the module is not built for this kernel: make modules, or your "
			     "distribution's dmaring-dkms");
		return;
	}
	if (err == -EACCES || err == -EPERM) {
		why_add(why, "you are not in the group of " TOOL_NODES "/%s (ls -l tells it)",
			name);
		return;
	}
	if (tool_read_number(TOOL_CLASS "/%s/added", name) >= 0) {
		why_add(why, "the driver has the device, but nobody made its node: udev does not "
			     "run, or devtmpfs is not mounted");
		return;
	}
	if (why_described(why, name))
		return;
	why_misnamed(why, name);
	if (access("/sys/module/dmaring_sim", F_OK) < 0)
		why_add(why, "it is a virtual device, and module dmaring_sim is not loaded: modprobe "
			     "dmaring_sim");
	why_add(why, "nobody described it: no node of the device tree with compatible = "
		     "\"dmaring,device\" or \"dmaring,buffer\" has this name, or its status is not "
		     "\"okay\", and nobody has made it by dmaring add");
	why_add(why, "it was made by dmaring add, and went with its controller or with the driver: "
		     "add it again");
	if (access(DEFERRED, R_OK) < 0)
		why_add(why, "more can be told to root, who sees what is put off (" DEFERRED ")");
}
