// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory is zeroed when it is given back, of whatever kind it was: looked for in
 * all memory that the kernel has, by /proc/kcore, at the start of each page.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute.h"

#define PAGE		4096U
#define BUFFERS		64U
#define BYTES		16384U
#define PAGES		(BUFFERS * BYTES / PAGE)

/* Pages of memory that begin with a mark; -1 where the kernel does not show its memory. */
static long pages_marked(uint64_t mark)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC), i;
	Elf64_Phdr *parts;
	Elf64_Ehdr elf;
	long found = 0;

	if (fd < 0)
		return -1;
	assert_int_equal(pread(fd, &elf, sizeof(elf), 0), sizeof(elf));
	if (elf.e_ident[EI_CLASS] != ELFCLASS64) {
		close(fd);
		return -1;
	}
	parts = calloc(elf.e_phnum, sizeof(*parts));
	assert_non_null(parts);
	assert_int_equal(pread(fd, parts, elf.e_phnum * sizeof(*parts), elf.e_phoff),
			 elf.e_phnum * sizeof(*parts));
	for (i = 0; i < elf.e_phnum; i++) {
		uint64_t at, first;

		/* What has no address in memory is what else the kernel maps. */
		if (parts[i].p_type != PT_LOAD || parts[i].p_paddr == (Elf64_Addr)-1)
			continue;
		for (at = 0; at < parts[i].p_filesz; at += PAGE)
			found += pread(fd, &first, sizeof(first), parts[i].p_offset + at) ==
				 sizeof(first) && first == mark;
	}
	free(parts);
	close(fd);
	return found;
}

static void freed_memory_is_zero(void **state)
{
	uint64_t mark = now_ns() * 0x9e3779b97f4a7c15ULL | 1, held = pool_bytes_held();
	struct ring *r = ring_open(device_tested("mem0"), .buffers = BUFFERS, .bytes = BYTES);
	unsigned int i;
	long found;

	(void)state;
	for (i = 0; i < PAGES; i++)
		memcpy(r->pool + (size_t)i * PAGE, &mark, sizeof(mark));
	found = pages_marked(mark);
	if (found < 0) {
		print_message("# this kernel does not show its memory (/proc/kcore)\n");
		skip();
	}
	assert_int_equal(found, PAGES);
	ring_close(r);
	wait_until(pool_bytes_held() <= held);
	assert_int_equal(pages_marked(mark), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(freed_memory_is_zero),
	};

	return system_run(tests);
}
