// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffer devices: made at run time, mapped, read and written, and handed over in
 * each way.
 *
 * Where pages cannot be had that the device reaches (a machine with swiotlb=force)
 * the memory is the DMA allocator's, and some of what is promised differs.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "buffer_node.h"

/* ------------------------------------------------------------------------
 * What it is
 */

static void devices_are_as_written(void **state)
{
	struct dmaring_query query = { 0 };
	struct dmaring_buffer info;
	struct stat node;
	char text[64];

	(void)state;
	assert_ok(add("x size=0x10000 minor=200 dma-mask=31"));
	assert_int_equal(stat("/dev/dmaring/x", &node), 0);
	assert_true(S_ISCHR(node.st_mode));
	assert_int_equal(node.st_mode & 0777, 0660);
	assert_int_equal(minor(node.st_rdev), 200);
	assert_int_equal(attribute_number("x", "size"), 65536);
	assert_int_equal(attribute_number("x", "added"), 1);
	assert_int_equal(attribute_number("x", "sync_mode"), 1);
	assert_int_equal(attribute_number("x", "sync_offset"), 0);
	assert_int_equal(attribute_number("x", "sync_size"), 0);
	assert_int_equal(attribute_number("x", "sync_direction"), 0);
	assert_int_equal(attribute_number("x", "sync_owner"), 0);
	assert_true(attribute_number("x", "phys_addr") < 1UL << 31);
	assert_true(attribute_number("b", "phys_addr"));
	assert_false(attribute_exists("b", "poller") || attribute_exists("b", "counters"));
	assert_true(attribute_exists("mem0", "poller") && attribute_exists("mem0", "counters"));
	attribute_text("b", "sync_offset", text, sizeof(text));
	assert_string_equal(text, "0x0");
	attribute_text("b", "uevent", text, sizeof(text));
	assert_int_equal(strncmp(text, "MAJOR=", 6), 0);

	info = buffer_info();
	assert_int_equal(info.bytes, BYTES);
	assert_int_equal(info.flags & DMARING_BUFFER_ADDRESS, DMARING_BUFFER_ADDRESS);
	assert_int_equal(info.address, attribute_number("b", "phys_addr"));
	assert_int_equal(!!(info.flags & DMARING_BUFFER_COHERENT),
			 attribute_number("b", "dma_coherent"));
	assert_int_equal(info.address_bits, 32);
	assert_int_equal(info.address % 4096, 0);
	assert_true(info.address + PAGES * 4096 <= 1ULL << 32);
	assert_string_equal(info.name, "b");
	assert_ok(xioctl(fd, DMARING_IOC_QUERY, &query));
	assert_int_equal(query.flags, DMARING_BUFFER);
	assert_int_equal(query.channels, 0);
	assert_string_equal(query.name, "b");
}

static void what_cannot_be_is_an_error(void **state)
{
	static const struct {
		const char *text;
		int error;
	} lines[] = {
		{ "b size=4096", EEXIST },
		{ "x size=0", EINVAL },
		{ "x size=", EINVAL },
		{ "x size=4096 size=4096", EINVAL },
		{ "x size=4096 copy:any", EINVAL },
		{ "x size=4096 width=4", EINVAL },
		{ "x copy:any minor=3", EINVAL },
		{ "x minor=3", EINVAL },
		{ "x size=4096 minor=256", ERANGE },
		{ "x size=4096 minor=9 minor=9", EINVAL },
		{ "x size=4096 dma-mask=0", EINVAL },
		{ "x size=4096 dma-mask=65", ERANGE },
		{ "x size=0x10000000000000000", ERANGE },
		{ "x size=99999999999G", ERANGE },
		{ "x size=1000G", sizeof(long) == 8 ? ENOMEM : EINVAL },
		{ "x size=0xffffffffffffffff", sizeof(long) == 8 ? ENOMEM : EINVAL },
	};
	struct stat node;
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		int ret = add(lines[i].text);

		if (ret != -lines[i].error)
			fail_msg("\"%s\": %d, not %d", lines[i].text, ret, -lines[i].error);
		assert_int_not_equal(access("/dev/dmaring/x", F_OK), 0);
	}
	snprintf(text, sizeof(text), "%s size=4096", device_tested("mem0"));
	assert_error(add(text), EEXIST);
	assert_int_equal(fstat(fd, &node), 0);
	snprintf(text, sizeof(text), "x size=4096 minor=%u", minor(node.st_rdev));
	assert_error(add(text), EBUSY);
	/* And what failed holds nothing. */
	assert_ok(add("x size=4k minor=255"));
	assert_ok(delete("x"));
	assert_ok(add("x size=4k minor=255"));
}

static void as_many_as_there_are_numbers(void **state)
{
	unsigned int made = 0, i;
	char text[64];
	glob_t others;
	int ret = 0;

	(void)state;
	assert_int_equal(glob("/sys/class/dmaring/*/sync_mode", 0, NULL, &others), 0);
	while (!ret && made < 300) {
		snprintf(text, sizeof(text), "n%u size=1", made);
		ret = add(text);
		made += !ret;
	}
	for (i = 0; i < made; i++) {
		snprintf(text, sizeof(text), "n%u", i);
		assert_ok(delete(text));
	}
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(made, 256 - others.gl_pathc);
	globfree(&others);
}

/* ------------------------------------------------------------------------
 * Files and mappings
 */

static void memory_is_zero_and_one_for_all(void **state)
{
	static unsigned char bytes[BYTES], zero[BYTES];
	unsigned char *other;
	int again;

	(void)state;
	assert_int_equal(read(fd, bytes, sizeof(bytes)), BYTES);
	assert_memory_equal(bytes, zero, sizeof(bytes));
	/* The whole last page too. */
	assert_memory_equal(mapped + BYTES, zero, PAGES * 4096 - BYTES);
	memset(mapped, 0xa5, BYTES);
	again = open(NODE, O_RDWR | O_CLOEXEC);
	assert_true(again >= 0);
	other = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
	assert_ptr_not_equal(other, MAP_FAILED);
	assert_memory_equal(mapped, other, PAGES * 4096);
	assert_int_equal(pread(again, bytes, sizeof(bytes), 0), BYTES);
	assert_memory_equal(bytes, mapped, BYTES);
	assert_int_equal(pwrite(again, "dmaring", 7, 4093), 7);
	assert_memory_equal(mapped + 4093, "dmaring", 7);
	assert_int_equal(mapped[4092], 0xa5);
	assert_int_equal(mapped[4100], 0xa5);
	assert_int_equal(munmap(other, PAGES * 4096), 0);
	close(again);
	/* Whoever gets the memory next finds nothing in it. */
	munmap(mapped, PAGES * 4096);
	mapped = MAP_FAILED;
	close(fd);
	fd = -1;
	assert_ok(delete("b"));
	assert_ok(add("b size=300000"));
	fd = open(NODE, O_RDWR | O_CLOEXEC);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), BYTES);
	assert_memory_equal(bytes, zero, sizeof(bytes));
}

static void files_end_where_the_buffer_does(void **state)
{
	void *volatile nowhere = (void *)1;
	char byte = 'x', two[2];

	(void)state;
	assert_int_equal(lseek(fd, 0, SEEK_END), BYTES);
	assert_int_equal(read(fd, &byte, 1), 0);
	assert_error(result(write(fd, &byte, 1)), ENOSPC);
	assert_int_equal(write(fd, &byte, 0), 0);
	assert_int_equal(lseek(fd, -1, SEEK_END), BYTES - 1);
	assert_int_equal(write(fd, "ab", 2), 1);
	assert_int_equal(lseek(fd, -1, SEEK_CUR), BYTES - 1);
	assert_int_equal(read(fd, two, 2), 1);
	assert_int_equal(two[0], 'a');
	assert_error(result(lseek(fd, BYTES + 1, SEEK_SET)), EINVAL);
	assert_error(result(lseek(fd, -1, SEEK_SET)), EINVAL);
	assert_error(result(pread(fd, &byte, 1, -1)), EINVAL);
	assert_int_equal(pread(fd, &byte, 1, BYTES + 4096), 0);
	assert_error(result(pread(fd, nowhere, 1, 0)), EFAULT);
	assert_error(result(pwrite(fd, nowhere, 1, 0)), EFAULT);
	assert_int_equal(fsync(fd), 0);
}

static void mappings_stay_inside(void **state)
{
	unsigned char *page;
	int reader;

	(void)state;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (PAGES - 1) * 4096);
	assert_ptr_not_equal(page, MAP_FAILED);
	page[1] = 17;
	assert_int_equal(mapped[(PAGES - 1) * 4096 + 1], 17);
	assert_int_equal(msync(page, 4096, MS_SYNC), 0);
	assert_ptr_equal(mremap(page, 4096, 8192, MREMAP_MAYMOVE), MAP_FAILED);
	munmap(page, 4096);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, PAGES * 4096), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, (PAGES - 1) * 4096),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0x7ffffffffffff000),
			 MAP_FAILED);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	reader = open(NODE, O_RDONLY | O_CLOEXEC);
	assert_true(reader >= 0);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EACCES);
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_not_equal(mprotect(page, 4096, PROT_READ | PROT_WRITE), 0);
	munmap(page, 4096);
	assert_error(result(write(reader, "x", 1)), EBADF);
	close(reader);
}

/* O_SYNC and each mode: another mapping, of the same bytes. */
static void every_mode_maps_the_same_bytes(void **state)
{
	unsigned int mode, flags;
	char text[16];

	(void)state;
	for (mode = 0; mode < 8; mode++)
		for (flags = 0; flags < 2; flags++) {
			int file = open(NODE, O_RDWR | O_CLOEXEC | (flags ? O_SYNC : 0));
			uint64_t *p;

			snprintf(text, sizeof(text), "%u\n", mode);
			assert_ok(attribute_set("b", "sync_mode", text));
			assert_int_equal(attribute_number("b", "sync_mode"), mode);
			assert_int_equal(buffer_info().sync_mode, mode);
			p = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
			assert_ptr_not_equal(p, MAP_FAILED);
			p[1000] = mode * 2 + flags + 1;
			assert_int_equal(((uint64_t *)mapped)[1000], mode * 2 + flags + 1);
			munmap(p, PAGES * 4096);
			close(file);
		}
	assert_error(attribute_set("b", "sync_mode", "8"), EINVAL);
	assert_error(attribute_set("b", "sync_mode", "-1"), EINVAL);
	assert_error(attribute_set("b", "sync_mode", "cached"), EINVAL);
	assert_int_equal(attribute_number("b", "sync_mode"), 7);
}

static void child_writes(void *argument)
{
	(void)argument;
	memset(mapped, 0x3c, BYTES);
}

static void children_inherit_the_mapping(void **state)
{
	(void)state;
	assert_child_ok(child_writes, NULL);
	assert_int_equal(mapped[0], 0x3c);
	assert_int_equal(mapped[BYTES - 1], 0x3c);
}

static void counted_pages_can_be_pinned(void **state)
{
	char bytes[4096];
	struct iovec local = { bytes, sizeof(bytes) }, remote = { mapped, sizeof(bytes) };
	ssize_t n;

	(void)state;
	memset(mapped, 0x77, 4096);
	n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	if (!is_counted()) {
		assert_int_equal(n, -1);
		return;
	}
	assert_int_equal(n, 4096);
	assert_memory_equal(bytes, mapped, 4096);
}

/* From itself into itself: the copy needs a page that the copy's own lock gives. */
static void read_into_its_own_mapping(void **state)
{
	unsigned char *fresh = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	(void)state;
	assert_ptr_not_equal(fresh, MAP_FAILED);
	assert_int_equal(pwrite(fd, "from here", 9, 0), 9);
	assert_int_equal(pread(fd, fresh + 100000, 9, 0), 9);
	assert_memory_equal(mapped + 100000, "from here", 9);
	assert_int_equal(pwrite(fd, fresh + 100000, 9, 200000), 9);
	assert_memory_equal(mapped + 200000, "from here", 9);
	munmap(fresh, PAGES * 4096);
}

/* ------------------------------------------------------------------------
 * Handing over
 */

static uint64_t owner(void)
{
	return attribute_number("b", "sync_owner");
}

static void ranges_by_ioctl(void **state)
{
	struct dmaring_sync sync = {
		.owner = DMARING_SYNC_FOR_DEVICE, .direction = DMARING_CHANNEL_SEND,
		.offset = 64, .bytes = BYTES - 64,
	}, bad;

	(void)state;
	assert_ok(xioctl(fd, DMARING_IOC_SYNC, &sync));
	assert_int_equal(owner(), 1);
	assert_int_equal(buffer_info().sync_owner, 1);
	sync.owner = DMARING_SYNC_FOR_CPU;
	for (sync.direction = DMARING_CHANNEL_SEND; sync.direction <= DMARING_CHANNEL_COPY;
	     sync.direction++)
		assert_ok(xioctl(fd, DMARING_IOC_SYNC, &sync));
	assert_int_equal(owner(), 0);
	sync.direction = DMARING_CHANNEL_COPY;
#define wrong(member, value, error) do {					\
		bad = sync;							\
		bad.member = (value);						\
		assert_error(xioctl(fd, DMARING_IOC_SYNC, &bad), error);	\
	} while (0)
	wrong(channel, 1, ENOENT);
	wrong(pool, 1, ENOENT);
	wrong(owner, 2, EINVAL);
	wrong(direction, 0, EINVAL);
	wrong(direction, DMARING_CHANNEL_COPY + 1, EINVAL);
	wrong(bytes, 0, EINVAL);
	wrong(bytes, BYTES, EINVAL);
	wrong(bytes, UINT64_MAX, EINVAL);
	wrong(offset, BYTES, EINVAL);
	wrong(offset, UINT64_MAX - 10, EINVAL);
	assert_int_equal(owner(), 0);
}

static void other_ioctls(void **state)
{
	char big[sizeof(struct dmaring_buffer) + 8] = { 0 };
	struct dmaring_buffer info = { 0 };
	struct dmaring_setup setup = { 0 };
	struct dmaring_query query = { 0 };

	(void)state;
	info.reserved[3] = 1;
	assert_error(xioctl(fd, DMARING_IOC_BUFFER, &info), EINVAL);
	query.channels = 1;
	assert_error(xioctl(fd, DMARING_IOC_QUERY, &query), EINVAL);
	assert_error(xioctl(fd, DMARING_IOC_BUFFER, NULL), EFAULT);
	assert_error(xioctl(fd, DMARING_IOC_SETUP, &setup), ENOTTY);
	assert_error(xioctl(fd, _IOWR(DMARING_IOC_TYPE, 33, struct dmaring_buffer), &info), ENOTTY);
	assert_error(xioctl(fd, _IOW(DMARING_IOC_TYPE, 32, struct dmaring_buffer), &info), ENOTTY);
	assert_error(xioctl(fd, _IOWR(DMARING_IOC_TYPE, 32, char[8]), big), EINVAL);
	assert_ok(xioctl(fd, _IOWR(DMARING_IOC_TYPE, 32, big), big));
	memset(big, 0, sizeof(big));
	big[sizeof(big) - 1] = 1;
	assert_error(xioctl(fd, _IOWR(DMARING_IOC_TYPE, 32, big), big), E2BIG);
	assert_error(xioctl(fd, TCGETS, big), ENOTTY);
}

static void ranges_by_sysfs(void **state)
{
	(void)state;
	assert_ok(attribute_set("b", "sync_offset", "0x1000"));
	assert_ok(attribute_set("b", "sync_size", "8192"));
	assert_ok(attribute_set("b", "sync_direction", "2"));
	assert_int_equal(attribute_number("b", "sync_offset"), 4096);
	assert_int_equal(attribute_number("b", "sync_size"), 8192);
	assert_int_equal(attribute_number("b", "sync_direction"), 2);
	assert_error(attribute_set("b", "sync_direction", "3"), EINVAL);
	assert_ok(attribute_set("b", "sync_for_device", "1"));
	assert_int_equal(owner(), 1);
	assert_ok(attribute_set("b", "sync_for_cpu", "0"));
	assert_int_equal(owner(), 1);
	assert_ok(attribute_set("b", "sync_for_cpu", "1"));
	assert_int_equal(owner(), 0);
	/* With a range of its own: offset, size, direction, in one number. */
	assert_ok(attribute_set("b", "sync_for_device", "0x0000100000010005"));
	assert_int_equal(owner(), 1);
	assert_int_equal(attribute_number("b", "sync_size"), 8192);
	/* Not inside of the buffer; the settings may say so until they are used. */
	assert_error(attribute_set("b", "sync_for_cpu", "0x0004900000001001"), EINVAL);
	assert_ok(attribute_set("b", "sync_size", "300000"));
	assert_error(attribute_set("b", "sync_for_cpu", "1"), EINVAL);
	assert_ok(attribute_set("b", "sync_offset", "18446744073709551615"));
	assert_error(attribute_set("b", "sync_for_cpu", "1"), EINVAL);
	assert_int_equal(owner(), 1);
	assert_error(attribute_set("b", "sync_owner", "0"), EACCES);
	assert_error(attribute_set("b", "sync_for_cpu", "now"), EINVAL);
}

static void open_files_say_what_they_are(void **state)
{
	char path[64], text[1024] = "", version[64];
	int info;

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(info >= 0);
	assert_true(read(info, text, sizeof(text) - 1) > 0);
	close(info);
	assert_non_null(strstr(text, "dmaring-device:\tb\n"));
	snprintf(path, sizeof(path), " %zu bytes, ", (size_t)BYTES);
	assert_non_null(strstr(text, path));
	attribute_text("b", "version", version, sizeof(version));
	assert_true(version[0] >= '0' && version[0] <= '9');
}

/* By its documentation. */
static void ioctls_of_u_dma_buf(void **state)
{
	struct udmabuf_words words = { 0 };
	uint64_t number = 0;
	uint32_t word = 9;
	char text[24];

	(void)state;
	assert_ok(xioctl(fd, _IOR('U', 1, text), text));
	assert_int_equal(text[0], 1);
	assert_true(strlen(text + 8) > 0);
	assert_ok(xioctl(fd, _IOR('U', 2, uint64_t), &number));
	assert_int_equal(number, BYTES);
	assert_ok(xioctl(fd, _IOR('U', 3, uint64_t), &number));
	assert_int_equal(number, attribute_number("b", "phys_addr"));
	assert_ok(xioctl(fd, _IOR('U', 7, struct udmabuf_words), &words));
	assert_int_equal(words.flags & 0xff, 32);
	assert_int_equal(words.flags >> 9 & 1, attribute_number("b", "dma_coherent"));
	assert_int_equal(words.first, BYTES);
	assert_int_equal(words.second, number);

	/* size, offset; direction 1 in bits 2 and 3, mode 2 from bit 8 on, command 3 */
	words = (struct udmabuf_words){ 1 << 2 | 2 << 8 | 3, 0x2000, 0x1000 };
	assert_ok(xioctl(fd, _IOW('U', 9, struct udmabuf_words), &words));
	assert_int_equal(attribute_number("b", "sync_offset"), 0x1000);
	assert_int_equal(attribute_number("b", "sync_size"), 0x2000);
	assert_int_equal(attribute_number("b", "sync_direction"), 1);
	assert_int_equal(attribute_number("b", "sync_mode"), 2);
	assert_ok(xioctl(fd, _IOR('U', 4, uint32_t), &word));
	assert_int_equal(word, 1);
	memset(&words, 0, sizeof(words));
	assert_ok(xioctl(fd, _IOR('U', 8, struct udmabuf_words), &words));
	assert_int_equal(words.flags, 1 << 2 | 2 << 8 | 1 << 16);
	assert_int_equal(words.first, 0x2000);
	assert_int_equal(words.second, 0x1000);
	number = 1;
	assert_ok(xioctl(fd, _IOW('U', 5, uint64_t), &number));
	assert_int_equal(owner(), 0);
	number = 0x10000ULL << 32 | 0x10000 | 2 << 2 | 1;
	assert_ok(xioctl(fd, _IOW('U', 6, uint64_t), &number));
	assert_int_equal(owner(), 1);
	number = 0x40000ULL << 32 | 0x10000 | 1;
	assert_error(xioctl(fd, _IOW('U', 5, uint64_t), &number), EINVAL);
	/* command 1 */
	words = (struct udmabuf_words){ 1, 0x2000, 0x1000 };
	assert_ok(xioctl(fd, _IOW('U', 9, struct udmabuf_words), &words));
	assert_int_equal(owner(), 0);
	words = (struct udmabuf_words){ 8 << 8, 0, 0 };
	assert_error(xioctl(fd, _IOW('U', 9, struct udmabuf_words), &words), EINVAL);
	assert_error(xioctl(fd, _IOR('U', 2, uint64_t), NULL), EFAULT);
	assert_error(xioctl(fd, _IOW('U', 5, uint64_t), NULL), EFAULT);
	assert_error(xioctl(fd, _IOWR('U', 10, char[40]), text), ENOTTY);
	assert_error(xioctl(fd, _IOR('U', 11, uint64_t), &number), ENOTTY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		buffer_test(devices_are_as_written),
		buffer_test(what_cannot_be_is_an_error),
		buffer_test(as_many_as_there_are_numbers),
		buffer_test(memory_is_zero_and_one_for_all),
		buffer_test(files_end_where_the_buffer_does),
		buffer_test(mappings_stay_inside),
		buffer_test(every_mode_maps_the_same_bytes),
		buffer_test(children_inherit_the_mapping),
		buffer_test(counted_pages_can_be_pinned),
		buffer_test(read_into_its_own_mapping),
		buffer_test(ranges_by_ioctl),
		buffer_test(other_ioctls),
		buffer_test(ranges_by_sysfs),
		buffer_test(open_files_say_what_they_are),
		buffer_test(ioctls_of_u_dma_buf),
	};

	return system_run(tests);
}
