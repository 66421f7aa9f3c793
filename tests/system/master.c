// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a buffer device is for: hardware that masters the bus, whose registers a
 * process has mapped. QEMU's edu on PCI, as with UIO: no driver knows of it.
 *
 * It has memory of its own, from 0x40000 on, and takes 100 ms for a transfer.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer_node.h"

#define PCI		"/sys/bus/pci/devices"
#define OWN		0x40000UL
#define OWN_BYTES	2048	/* of its 4096 the last cannot be reached */

enum { SOURCE = 0x80, DESTINATION = 0x88, COUNT = 0x90, COMMAND = 0x98 };
enum { START = 1, TO_MEMORY = 2 };

static volatile unsigned char *registers = MAP_FAILED;

static uint64_t get(const char *device, const char *name)
{
	char path[sizeof(PCI) + sizeof(struct dirent)], text[32] = "";
	int file;

	snprintf(path, sizeof(path), PCI "/%s/%s", device, name);
	file = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0 && read(file, text, sizeof(text) - 1) > 0);
	close(file);
	return strtoull(text, NULL, 0);
}

/* As a driver in user space does it: enabled, a master, and its registers mapped. */
static void take(const char *device)
{
	uint16_t command;
	char path[sizeof(PCI) + sizeof(struct dirent)];
	int file;

	snprintf(path, sizeof(path), PCI "/%s/enable", device);
	assert_ok(file_write(path, "1"));
	snprintf(path, sizeof(path), PCI "/%s/config", device);
	file = open(path, O_RDWR | O_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(pread(file, &command, 2, 4), 2);
	command |= 4;
	assert_int_equal(pwrite(file, &command, 2, 4), 2);
	close(file);
	snprintf(path, sizeof(path), PCI "/%s/resource0", device);
	file = open(path, O_RDWR | O_CLOEXEC);
	assert_true(file >= 0);
	registers = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	assert_ptr_not_equal(registers, MAP_FAILED);
	close(file);
}

static bool find(void)
{
	DIR *dir = opendir(PCI);
	struct dirent *entry;

	while (dir && registers == MAP_FAILED && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && get(entry->d_name, "vendor") == 0x1234 &&
		    get(entry->d_name, "device") == 0x11e8)
			take(entry->d_name);
	if (dir)
		closedir(dir);
	return registers != MAP_FAILED;
}

static void register_write(unsigned int at, uint64_t value)
{
	*(volatile uint64_t *)(registers + at) = value;
}

static void transfer(uint64_t from, uint64_t to, unsigned int command)
{
	register_write(SOURCE, from);
	register_write(DESTINATION, to);
	register_write(COUNT, OWN_BYTES);
	register_write(COMMAND, START | command);
	wait_until(!(*(volatile uint64_t *)(registers + COMMAND) & START));
}

static void hand(unsigned int owner, unsigned int direction, uint64_t offset)
{
	struct dmaring_sync sync = {
		.owner = owner, .direction = direction, .offset = offset, .bytes = OWN_BYTES,
	};

	assert_ok(xioctl(fd, DMARING_IOC_SYNC, &sync));
}

static void the_device_reads_and_writes_the_buffer(void **state)
{
	static unsigned char bytes[OWN_BYTES], pattern[OWN_BYTES];
	const uint64_t there = 20480, back = 131072;
	uint64_t address;
	size_t i;

	(void)state;
	if (!find()) {
		print_message("# no edu device on PCI\n");
		skip();
	}
	/* It has 28 address bits. */
	munmap(mapped, PAGES * 4096);
	close(fd);
	assert_ok(delete("b"));
	assert_ok(add(LINE " dma-mask=28"));
	fd = open(NODE, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	mapped = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	address = attribute_number("b", "phys_addr");
	assert_true(address && address < 1UL << 28);

	memset(mapped, 0x5a, BYTES);
	for (i = 0; i < OWN_BYTES; i++)
		pattern[i] = i * 7 ^ i >> 8;
	memcpy(mapped + there, pattern, OWN_BYTES);
	hand(DMARING_SYNC_FOR_DEVICE, DMARING_CHANNEL_SEND, there);
	transfer(address + there, OWN, 0);
	hand(DMARING_SYNC_FOR_DEVICE, DMARING_CHANNEL_RECEIVE, back);
	transfer(OWN, address + back, TO_MEMORY);
	hand(DMARING_SYNC_FOR_CPU, DMARING_CHANNEL_RECEIVE, back);
	assert_memory_equal(mapped + back, pattern, OWN_BYTES);
	assert_int_equal(mapped[back - 1], 0x5a);
	assert_int_equal(mapped[back + OWN_BYTES], 0x5a);

	/* By write() and read(), which need no hand-over. */
	for (i = 0; i < OWN_BYTES; i++)
		pattern[i] ^= 0xff;
	assert_int_equal(pwrite(fd, pattern, OWN_BYTES, there), OWN_BYTES);
	transfer(address + there, OWN, 0);
	transfer(OWN, address + back, TO_MEMORY);
	assert_int_equal(pread(fd, bytes, OWN_BYTES, back), OWN_BYTES);
	assert_memory_equal(bytes, pattern, OWN_BYTES);
	munmap((void *)registers, 4096);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		buffer_test(the_device_reads_and_writes_the_buffer),
	};

	return system_run(tests);
}
