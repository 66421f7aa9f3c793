// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Devices that are not (yet) rings: their names, nodes, limits and abilities.
 */
#include "internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define STRING_(x)	#x
#define STRING(x)	STRING_(x)

const char *dmaring_version(void)
{
	return STRING(DMARING_VERSION_MAJOR) "." STRING(DMARING_VERSION_MINOR) "."
	       STRING(DMARING_VERSION_PATCH);
}

int dmaring_ioctl_(int fd, unsigned long request, void *argument)
{
	int saved = errno;
	int err = ioctl(fd, request, argument) < 0 ? -errno : 0;

	errno = saved;
	return err;
}

int dmaring_device_path_(const char *device, char *path, size_t bytes)
{
	int n;

	if (!*device)
		return -ENOENT;
	if (strchr(device, '/'))
		n = snprintf(path, bytes, "%s", device);
	else
		n = snprintf(path, bytes, DMARING_NODES "/%s", device);
	return n < 0 || (size_t)n >= bytes ? -ENOENT : 0;
}

int dmaring_device_open_(const char *device, int flags)
{
	char path[4096];
	int saved = errno;
	int fd;

	fd = dmaring_device_path_(device, path, sizeof(path));
	if (fd < 0)
		return fd;
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	errno = saved;
	return fd;
}

int dmaring_device_channel_(int fd, unsigned int index, struct dmaring_channel_info *info)
{
	memset(info, 0, sizeof(*info));
	info->index = index;
	return dmaring_ioctl_(fd, DMARING_IOC_CHANNEL, info);
}

int dmaring_query_device(const char *device, struct dmaring_query *query)
{
	int fd = dmaring_device_open_(device, O_RDONLY);
	int err;

	if (fd < 0)
		return fd;
	memset(query, 0, sizeof(*query));
	err = dmaring_ioctl_(fd, DMARING_IOC_QUERY, query);
	close(fd);
	return err;
}

int dmaring_query_channel(const char *device, unsigned int index,
			  struct dmaring_channel_info *info)
{
	int fd = dmaring_device_open_(device, O_RDONLY);
	int err;

	if (fd < 0)
		return fd;
	err = dmaring_device_channel_(fd, index, info);
	close(fd);
	return err;
}

int dmaring_query_buffer(const char *device, struct dmaring_buffer *buffer)
{
	int fd = dmaring_device_open_(device, O_RDONLY);
	int err;

	if (fd < 0)
		return fd;
	memset(buffer, 0, sizeof(*buffer));
	err = dmaring_ioctl_(fd, DMARING_IOC_BUFFER, buffer);
	close(fd);
	return err;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

int dmaring_list_devices(char (*names)[DMARING_NAME_BYTES], unsigned int max)
{
	int saved = errno;
	struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	dir = opendir(DMARING_CLASS);
	errno = saved;
	if (!dir)
		return -ENOENT;
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || length >= DMARING_NAME_BYTES)
			continue;
		if (n < max)
			memcpy(names[n], entry->d_name, length + 1);
		n++;
	}
	closedir(dir);
	errno = saved;
	if (n && max)
		qsort(names, n < max ? n : max, sizeof(*names), compare_names);
	return (int)n;
}
