// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * udmabuf: a program for u-dma-buf, by its documentation: it maps the buffer, hands
 * ranges over by sysfs and by ioctl, and needs no other change than its paths.
 *
 *	cc udmabuf.c -o udmabuf
 *	./udmabuf /dev/dmaring/udmabuf0 /sys/class/dmaring/udmabuf0
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of u-dma-buf-ioctl.h */
#define U_DMA_BUF_IOCTL_GET_SIZE		_IOR('U', 2, uint64_t)
#define U_DMA_BUF_IOCTL_GET_DMA_ADDR		_IOR('U', 3, uint64_t)
#define U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU	_IOW('U', 5, uint64_t)
#define U_DMA_BUF_IOCTL_SET_SYNC_FOR_DEVICE	_IOW('U', 6, uint64_t)

static unsigned long long get(const char *class_path, const char *name)
{
	char path[256], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/%s", class_path, name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1) {
		perror(path);
		exit(1);
	}
	close(fd);
	return strtoull(text, NULL, 0);
}

static void set(const char *class_path, const char *name, unsigned long long value)
{
	char path[256], text[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", class_path, name);
	snprintf(text, sizeof(text), "%llu", value);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		perror(path);
		exit(1);
	}
	close(fd);
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	const char *node = argc > 1 ? argv[1] : "/dev/udmabuf0";
	const char *class_path = argc > 2 ? argv[2] : "/sys/class/u-dma-buf/udmabuf0";
	size_t size = get(class_path, "size"), i;
	uint64_t address, bytes, command;
	unsigned char *buffer, *uncached;
	int fd, sync_fd;

	fd = open(node, O_RDWR);
	buffer = fd < 0 ? MAP_FAILED :
		 mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (buffer == MAP_FAILED)
		return fail(node);
	for (i = 0; i < size; i++)
		buffer[i] = i % 251;

	/* By files: what the device is to read */
	set(class_path, "sync_offset", 0);
	set(class_path, "sync_size", size);
	set(class_path, "sync_direction", 1);
	set(class_path, "sync_for_device", 1);

	/* The address goes to a register of the IP core, which is UIO's, as ever. */
	if (ioctl(fd, U_DMA_BUF_IOCTL_GET_DMA_ADDR, &address) ||
	    ioctl(fd, U_DMA_BUF_IOCTL_GET_SIZE, &bytes))
		return fail("ioctl");
	if (address != get(class_path, "phys_addr") || bytes != size)
		return 1;

	/* By ioctl: what the device has written into the second page */
	command = (uint64_t)4096 << 32 | 4096 | 2 << 2 | 1;
	if (ioctl(fd, U_DMA_BUF_IOCTL_SET_SYNC_FOR_CPU, &command))
		return fail("ioctl");

	/* Without caches */
	set(class_path, "sync_mode", 1);
	sync_fd = open(node, O_RDWR | O_SYNC);
	uncached = sync_fd < 0 ? MAP_FAILED :
		   mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, sync_fd, 0);
	if (uncached == MAP_FAILED)
		return fail(node);
	for (i = 0; i < size; i++)
		if (uncached[i] != i % 251)
			return 1;
	printf("%zu bytes at %#llx are right\n", size, (unsigned long long)address);
	return 0;
}
