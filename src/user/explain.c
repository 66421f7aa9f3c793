// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * From an error number to a sentence: what failed, on what, why, what to try.
 * Looks at /sys and /dev for the cause; never fails, never prints.
 */
#include "internal.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICES_SHOWN	16

/* The text so far; length counts on when the room is used up, as snprintf() does. */
struct text {
	char *buf;
	size_t size;
	size_t length;
};

static void add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
	size_t room = text->length < text->size ? text->size - text->length : 0;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(room ? text->buf + text->length : NULL, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		text->length += (size_t)n;
}

/* Name in the class of what may be a path. */
static const char *class_name(const char *device)
{
	const char *slash = strrchr(device, '/');

	return slash ? slash + 1 : device;
}

static void add_devices(struct text *text)
{
	char names[DEVICES_SHOWN][DMARING_NAME_BYTES];
	int i, n = dmaring_list_devices(names, DEVICES_SHOWN);

	if (n <= 0) {
		add(text, "; no device is present: is one described to the driver, or, for the "
			  "virtual one, is dmaring_sim loaded?");
		return;
	}
	add(text, "; present:");
	for (i = 0; i < n && i < DEVICES_SHOWN; i++)
		add(text, "%s %s", i ? "," : "", names[i]);
	if (n > DEVICES_SHOWN)
		add(text, ", ...");
}

static void explain_absent(struct text *text, const char *device)
{
	char path[256];

	if (access(DMARING_CLASS, F_OK) < 0) {
		add(text, "the driver is not loaded (try: modprobe dmaring; for the virtual "
			  "devices also: modprobe dmaring_sim)");
		return;
	}
	if (!device) {
		add(text, "no such device");
		add_devices(text);
		return;
	}
	snprintf(path, sizeof(path), DMARING_CLASS "/%s", class_name(device));
	if (access(path, F_OK) == 0)
		add(text, "the device exists, but its node does not (is udev running?)");
	else
		add(text, "no such device");
	add_devices(text);
}

static void explain_access(struct text *text, const char *device)
{
	const struct passwd *owner;
	const struct group *group;
	struct stat status;
	char path[4096];

	add(text, "no permission");
	if (!device || dmaring_device_path_(device, path, sizeof(path)) < 0 ||
	    stat(path, &status) < 0)
		return;
	owner = getpwuid(status.st_uid);
	group = getgrgid(status.st_gid);
	add(text, " (the node is %s:%s %04o", owner ? owner->pw_name : "?",
	    group ? group->gr_name : "?", status.st_mode & 07777);
	if (group && strcmp(group->gr_name, "root"))
		add(text, "; try: adduser YOU %s, and log in again)", group->gr_name);
	else
		add(text, "; is the group dmaring there, and the udev rule installed?)");
}

/* First line of a file in sysfs. */
static int read_line(const char *path, char *line, int bytes)
{
	FILE *file = fopen(path, "re");
	char *found;

	if (!file)
		return 0;
	found = fgets(line, bytes, file);
	fclose(file);
	if (found)
		line[strcspn(line, "\n")] = '\0';
	return !!found;
}

static void explain_busy(struct text *text, const char *device)
{
	struct dmaring_channel_info info;
	char path[256], holder[64];
	const char *between = " (";
	unsigned int i;

	add(text, "a channel is held by another ring");
	for (i = 0; device && dmaring_query_channel(device, i, &info) == 0; i++) {
		snprintf(path, sizeof(path), DMARING_CLASS "/%s/%.32s/holder", class_name(device),
			 info.name);
		if (!read_line(path, holder, sizeof(holder)) || !strcmp(holder, "-"))
			continue;
		add(text, "%s%s: process %s", between, info.name, holder);
		between = ", ";
	}
	if (i && between[0] == ',')
		add(text, ")");
}

/* Kilobytes that the process has locked, pinned ones included; -1: not told. */
static long long locked_kilobytes(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	long long kilobytes = -1;
	char line[256];

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmLck: %lld kB", &kilobytes) == 1)
			break;
	fclose(file);
	return kilobytes;
}

static void explain_quota(struct text *text, const char *device)
{
	struct dmaring_query query;
	struct rlimit limit;

	add(text, "the buffers pass the limit of the user");
	if (device && dmaring_query_device(device, &query) == 0)
		add(text, " (%llu of %llu bytes are in use; try fewer or smaller buffers, or raise "
			  "pool_bytes_per_user of module dmaring)",
		    (unsigned long long)query.pool_bytes_used,
		    (unsigned long long)query.pool_bytes_max);
	/* Which of the two it was, only the caller knows. */
	if (!getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur != RLIM_INFINITY)
		add(text, "; for a pool of the process's own memory the limit is RLIMIT_MEMLOCK "
			  "(%lld of %llu bytes are locked; raise it by ulimit -l)",
		    locked_kilobytes() * 1024, (unsigned long long)limit.rlim_cur);
}

static void explain_channel(struct text *text, const char *device)
{
	struct dmaring_channel_info info;
	unsigned int i;

	add(text, "it has no channel of that name");
	for (i = 0; device && dmaring_query_channel(device, i, &info) == 0; i++)
		add(text, "%s%.32s", i ? ", " : " (it has: ", info.name);
	if (i)
		add(text, ")");
}

static void explain_abi(struct text *text, const char *device)
{
	struct dmaring_query query;

	add(text, "the driver speaks another ABI than the library (%u.%u",
	    DMARING_ABI_MAJOR, DMARING_ABI_MINOR);
	if (device && dmaring_query_device(device, &query) == 0)
		add(text, "; the driver: %u.%u, version %.32s", query.abi_major, query.abi_minor,
		    query.version);
	add(text, "; install the two from one release)");
}

static void explain_invalid(struct text *text, const char *device)
{
	struct dmaring_query query;

	add(text, "bad argument");
	if (device && dmaring_query_device(device, &query) == 0)
		add(text, " (at most %u submission and %u completion entries, powers of two; at "
			  "most %u buffers of %llu bytes)",
		    query.sq_entries_max, query.cq_entries_max, query.buffers_max,
		    (unsigned long long)query.buffer_bytes_max);
}

static void explain_other(struct text *text, const char *device)
{
	struct dmaring_buffer buffer;

	if (device && dmaring_query_buffer(device, &buffer) == 0)
		add(text, "it is a buffer: memory without channels (dmaring info tells more)");
	else
		add(text, "not a dmaring device (dmaring list shows those present)");
}

int dmaring_explain_error(int err, const char *what, const char *name, char *buf, size_t size)
{
	struct text text = { .buf = buf, .size = size };
	int saved = errno;

	if (err < 0)
		err = -err;
	add(&text, "%s%s%s: ", what, name ? " " : "", name ? name : "");
	switch (err) {
	case ENOENT:
		explain_absent(&text, name);
		break;
	case EACCES:
		explain_access(&text, name);
		break;
	case EPERM:
		add(&text, "the poller is not allowed (as root: echo 50 > %s/%s/poller)",
		    DMARING_CLASS, name ? name : "DEVICE");
		break;
	case EBUSY:
		explain_busy(&text, name);
		break;
	case EDQUOT:
		explain_quota(&text, name);
		break;
	case EOPNOTSUPP:
		add(&text, "the device cannot do that, or has no memory of that kind (dmaring info "
			   "shows what it has)");
		break;
	case ECHRNG:
		explain_channel(&text, name);
		break;
	case EPROTONOSUPPORT:
		explain_abi(&text, name);
		break;
	case EINVAL:
		explain_invalid(&text, name);
		break;
	case ENODEV:
	case ENXIO:
		add(&text, "the device was removed (see the kernel log: dmesg)");
		break;
	case ENOTTY:
		explain_other(&text, name);
		break;
	case EPIPE:
		add(&text, "the ring is broken: its submission index was overwritten (close it "
			   "and open it again)");
		break;
	case ETIME:
	case ETIMEDOUT:
		add(&text, "nothing came in time (dmaring info --why names likely causes)");
		break;
	default:
		add(&text, "%s", strerror(err));
	}
	errno = saved;
	return (int)text.length;
}
