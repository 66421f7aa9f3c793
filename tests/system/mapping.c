// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mappings: who may map what, how it can and cannot change, and how long it
 * lives.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ring.h"

#define RW	(PROT_READ | PROT_WRITE)

/* A set-up fd with nothing mapped. */
static int unmapped(struct dmaring_setup *setup)
{
	const struct ring_options options = { 0 };
	int fd = device_open("loop0", O_RDWR);

	assert_ok(fd);
	*setup = ring_setup_default(fd, &options);
	assert_ok(ring_setup(fd, setup));
	return fd;
}

/* Tries a mapping and takes it away again; 0 or -errno. */
static int try_map(int fd, uint64_t offset, size_t bytes, int prot, int flags)
{
	void *p = mmap(NULL, bytes, prot, flags, fd, offset);

	if (p == MAP_FAILED)
		return -errno;
	munmap(p, bytes);
	return 0;
}

static void kern_writable_is_eperm(void **state)
{
	struct dmaring_setup setup;
	int fd = unmapped(&setup);

	(void)state;
	assert_error(try_map(fd, DMARING_OFFSET_KERN, setup.kern_bytes, RW, MAP_SHARED),
		     EPERM);
	assert_error(try_map(fd, DMARING_OFFSET_KERN, setup.kern_bytes, PROT_WRITE,
			     MAP_SHARED), EPERM);
	assert_ok(try_map(fd, DMARING_OFFSET_KERN, setup.kern_bytes, PROT_READ, MAP_SHARED));
}

static void kern_upgrade_by_mprotect_is_eacces(void **state)
{
	struct ring *r = ring_open("loop0");

	(void)state;
	assert_int_equal(mprotect((void *)r->header, r->setup.kern_bytes, RW), -1);
	assert_int_equal(errno, EACCES);
}

static void write_to_kern(void *arg)
{
	struct ring *r = ring_open("loop0");

	(void)arg;
	*(volatile uint32_t *)&r->kern->cq_tail = 0;
}

static void write_to_kern_is_sigsegv(void **state)
{
	int status = in_child(write_to_kern, NULL);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void private_mapping_is_einval(void **state)
{
	struct dmaring_setup setup;
	int fd = unmapped(&setup);

	(void)state;
	assert_error(try_map(fd, DMARING_OFFSET_KERN, setup.kern_bytes, PROT_READ,
			     MAP_PRIVATE), EINVAL);
	assert_error(try_map(fd, DMARING_OFFSET_USER, setup.user_bytes, RW, MAP_PRIVATE),
		     EINVAL);
	assert_error(try_map(fd, setup.pool.offset, setup.pool.bytes, RW, MAP_PRIVATE),
		     EINVAL);
}

static void wrong_offset_is_einval(void **state)
{
	struct dmaring_setup setup;
	int fd = unmapped(&setup);
	const uint64_t page = getpagesize();
	const uint64_t wrong[] = {
		DMARING_OFFSET_KERN + page, DMARING_OFFSET_USER - page,
		DMARING_OFFSET_USER + page, DMARING_OFFSET_POOL(0) - page,
		DMARING_OFFSET_POOL(0) + page, DMARING_OFFSET_POOL(1),
		DMARING_OFFSET_POOL(15), DMARING_OFFSET_POOL(16),
		DMARING_OFFSET_POOL(200), 0x20000000,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_error(try_map(fd, wrong[i], page, PROT_READ, MAP_SHARED), EINVAL);
}

static void longer_than_the_region_is_einval(void **state)
{
	struct dmaring_setup setup;
	int fd = unmapped(&setup);
	const size_t page = getpagesize();

	(void)state;
	assert_error(try_map(fd, DMARING_OFFSET_KERN, setup.kern_bytes + page, PROT_READ,
			     MAP_SHARED), EINVAL);
	assert_error(try_map(fd, DMARING_OFFSET_USER, setup.user_bytes + page, RW,
			     MAP_SHARED), EINVAL);
	assert_error(try_map(fd, setup.pool.offset, setup.pool.bytes + page, RW,
			     MAP_SHARED), EINVAL);
}

static void shorter_than_the_region_works(void **state)
{
	struct dmaring_setup setup;
	int fd = unmapped(&setup);
	const size_t page = getpagesize();

	(void)state;
	assert_ok(try_map(fd, DMARING_OFFSET_KERN, page, PROT_READ, MAP_SHARED));
	assert_ok(try_map(fd, DMARING_OFFSET_USER, page, RW, MAP_SHARED));
	assert_ok(try_map(fd, setup.pool.offset, page, RW, MAP_SHARED));
}

static void before_setup_is_enotconn(void **state)
{
	int fd = device_open("loop0", O_RDWR);
	const size_t page = getpagesize();

	(void)state;
	assert_error(try_map(fd, DMARING_OFFSET_KERN, page, PROT_READ, MAP_SHARED), ENOTCONN);
	assert_error(try_map(fd, DMARING_OFFSET_USER, page, RW, MAP_SHARED), ENOTCONN);
	assert_error(try_map(fd, DMARING_OFFSET_POOL(0), page, RW, MAP_SHARED), ENOTCONN);
}

static void pool_can_be_mapped_read_only(void **state)
{
	struct dmaring_setup setup;
	int fd = unmapped(&setup);

	(void)state;
	assert_ok(try_map(fd, setup.pool.offset, setup.pool.bytes, PROT_READ, MAP_SHARED));
}

static void mremap_growth_is_refused(void **state)
{
	struct ring *r = ring_open("loop0");
	void *user = (unsigned char *)r->user - r->header->user_control;

	(void)state;
	assert_ptr_equal(mremap(user, r->setup.user_bytes, 2 * r->setup.user_bytes,
				MREMAP_MAYMOVE), MAP_FAILED);
	assert_ptr_equal(mremap((void *)r->header, r->setup.kern_bytes,
				2 * r->setup.kern_bytes, MREMAP_MAYMOVE), MAP_FAILED);
	assert_ptr_equal(mremap(r->pool, r->setup.pool.bytes, 2 * r->setup.pool.bytes,
				MREMAP_MAYMOVE), MAP_FAILED);
	push(r, DMARING_OP_NOP, 0, 1);
	ring_kick(r);
	ring_expect(r, 1, 0);
}

static void partial_munmap_then_close_is_harmless(void **state)
{
	const size_t page = getpagesize();
	struct ring *r = ring_open("mem0", .buffers = 16, .bytes = 16384);
	unsigned char *middle = r->pool + r->setup.pool.bytes / 2;
	int i;

	(void)state;
	pattern_fill(ring_buffer(r, 0), 16384, 1);
	assert_int_equal(munmap(middle, page), 0);
	/* The driver does not need the process's mapping. */
	for (i = 1; i < 16; i++) {
		push_copy(r, i, 0, 16384, i);
		ring_submit(r);
		ring_expect(r, i, 0);
	}
	pattern_check(ring_buffer(r, 15), 16384, 1);
	/* Split once more, in the middle of what is left. */
	assert_int_equal(munmap(r->pool + page, page), 0);
	assert_int_equal(munmap(r->pool, page), 0);
	ring_close(r);
	assert_ok(ring_open("mem0")->fd);
}

static void pages_are_zero_at_start(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 64, .bytes = 65536);

	(void)state;
	/* What another ring has left behind is not seen. */
	memset(r->pool, 0xee, r->setup.pool.bytes);
	ring_close(r);
	r = ring_open("mem0", .buffers = 64, .bytes = 65536);
	byte_check(r->pool, 0, r->setup.pool.bytes);
	byte_check(r->sqes, 0, r->setup.sq_entries * sizeof(*r->sqes));
	byte_check(r->cqes, 0, r->setup.cq_entries * sizeof(*r->cqes));
}

static void memory_is_readable_after_close(void **state)
{
	struct dmaring_setup setup;
	unsigned char *pool;
	uint32_t *kern;
	int fd = unmapped(&setup);

	(void)state;
	pool = mmap(NULL, setup.pool.bytes, RW, MAP_SHARED, fd, setup.pool.offset);
	kern = mmap(NULL, setup.kern_bytes, PROT_READ, MAP_SHARED, fd, DMARING_OFFSET_KERN);
	assert_ptr_not_equal(pool, MAP_FAILED);
	assert_ptr_not_equal(kern, MAP_FAILED);
	pattern_fill(pool, setup.pool.bytes, 7);
	device_close(fd);
	/* A second ring gets other pages. */
	memset(ring_open("mem0", .buffers = 64)->pool, 0x55, 64 * 4096);
	pattern_check(pool, setup.pool.bytes, 7);
	assert_int_equal(kern[0], DMARING_ABI_MAGIC);
	munmap(pool, setup.pool.bytes);
	munmap(kern, setup.kern_bytes);
}

/* The VmFlags of the mapping that holds address. */
static void vm_flags(const void *address, char flags[512])
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	bool found = false;
	char line[512];

	assert_non_null(f);
	flags[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			found = (unsigned long)address >= start &&
				(unsigned long)address < end;
		else if (found && !strncmp(line, "VmFlags:", 8))
			strcpy(flags, line + 8);
	}
	fclose(f);
}

static void mappings_are_not_copied_dumped_or_expanded(void **state)
{
	struct ring *r = ring_open("loop0");
	const void *regions[] = { r->header, r->user, r->pool };
	char flags[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		vm_flags(regions[i], flags);
		assert_non_null(strstr(flags, " dc "));	/* don't copy on fork */
		assert_non_null(strstr(flags, " de "));	/* don't expand */
		assert_non_null(strstr(flags, " dd "));	/* don't dump */
	}
	vm_flags(r->header, flags);
	assert_null(strstr(flags, " mw "));		/* may not become writable */
}

static void read_byte(void *arg)
{
	unsigned char c = *(volatile unsigned char *)arg;

	(void)c;
}

static void child_has_no_mapping(void **state)
{
	struct ring *r = ring_open("loop0");
	void *regions[] = { (void *)r->header, r->user, r->pool };
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		read_byte(regions[i]);
		status = in_child(read_byte, regions[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSEGV);
	}
	push(r, DMARING_OP_NOP, 0, 1);
	ring_kick(r);
	ring_expect(r, 1, 0);
}

/* Pages that the kernel can pin serve any system call without a copy. */
static void pool_pages_can_be_pinned(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = 65536);
	unsigned char *copy = malloc(65536);
	struct iovec from = { ring_buffer(r, 0), 65536 }, to = { copy, 65536 };
	ssize_t n = 0, part;
	int p[2];

	(void)state;
	need_default_pool();
	pattern_fill(ring_buffer(r, 0), 65536, 3);
	/* Another process's view, by page. */
	assert_int_equal(process_vm_readv(getpid(), &to, 1, &from, 1, 0), 65536);
	pattern_check(copy, 65536, 3);
	memset(copy, 0, 65536);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	device_keep(p[0]);
	device_keep(p[1]);
	assert_true(fcntl(p[1], F_SETPIPE_SZ, 65536) >= 65536);
	assert_int_equal(vmsplice(p[1], &from, 1, SPLICE_F_NONBLOCK), 65536);
	while (n < 65536) {
		part = read(p[0], copy + n, 65536 - n);
		assert_true(part > 0);
		n += part;
	}
	pattern_check(copy, 65536, 3);
	free(copy);
}

static void direct_io_from_and_to_the_pool(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = 1 << 20);
	int fd;

	(void)state;
	need_default_pool();
	if (access("/dev/ram0", F_OK) && system("modprobe brd rd_nr=1 rd_size=2048")) {
		print_message("# no RAM disk: brd.ko cannot be loaded\n");
		skip();
	}
	fd = open("/dev/ram0", O_RDWR | O_DIRECT | O_CLOEXEC);
	assert_true(fd >= 0);
	device_keep(fd);
	pattern_fill(ring_buffer(r, 0), 1 << 20, 9);
	assert_int_equal(pwrite(fd, ring_buffer(r, 0), 1 << 20, 0), 1 << 20);
	assert_int_equal(pread(fd, ring_buffer(r, 1), 1 << 20, 0), 1 << 20);
	pattern_check(ring_buffer(r, 1), 1 << 20, 9);
}

/* Other tests want one of another size. */
static int ram_disk_teardown(void **state)
{
	int ret = system_teardown(state);

	return !access("/dev/ram0", F_OK) && system("rmmod brd") ? -1 : ret;
}

/* The kernel holds pages by count: they outlive the ring. */
static void pinned_pages_outlive_the_ring(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = 1, .bytes = 65536);
	struct iovec from = { ring_buffer(r, 0), 65536 };
	unsigned char *copy = malloc(65536);
	ssize_t n = 0, part;
	int p[2];

	(void)state;
	need_default_pool();
	pattern_fill(ring_buffer(r, 0), 65536, 5);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	device_keep(p[0]);
	device_keep(p[1]);
	assert_true(fcntl(p[1], F_SETPIPE_SZ, 65536) >= 65536);
	assert_int_equal(vmsplice(p[1], &from, 1, SPLICE_F_NONBLOCK), 65536);
	ring_close(r);
	memset(ring_open("mem0", .buffers = 64, .bytes = 65536)->pool, 0xaa, 64 * 65536);
	while (n < 65536) {
		part = read(p[0], copy + n, 65536 - n);
		assert_true(part > 0);
		n += part;
	}
	pattern_check(copy, 65536, 5);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(kern_writable_is_eperm),
		system_test(kern_upgrade_by_mprotect_is_eacces),
		system_test(write_to_kern_is_sigsegv),
		system_test(private_mapping_is_einval),
		system_test(wrong_offset_is_einval),
		system_test(longer_than_the_region_is_einval),
		system_test(shorter_than_the_region_works),
		system_test(before_setup_is_enotconn),
		system_test(pool_can_be_mapped_read_only),
		system_test(mremap_growth_is_refused),
		system_test(partial_munmap_then_close_is_harmless),
		system_test(pages_are_zero_at_start),
		system_test(memory_is_readable_after_close),
		system_test(mappings_are_not_copied_dumped_or_expanded),
		system_test(child_has_no_mapping),
		system_test(pool_pages_can_be_pinned),
		system_test(pinned_pages_outlive_the_ring),
		cmocka_unit_test_teardown(direct_io_from_and_to_the_pool, ram_disk_teardown),
	};

	return system_run(tests);
}
