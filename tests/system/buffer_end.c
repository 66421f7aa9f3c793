// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffer devices: who may use one, and how it is taken away from those who do.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer_node.h"

#define MEMBER		1001
#define NODE_GID	77

/* ------------------------------------------------------------------------
 * Who may
 */

static void become(bool member)
{
	gid_t gid = NODE_GID;

	assert_int_equal(setgroups(member, &gid), 0);
	assert_int_equal(setresgid(MEMBER, MEMBER, MEMBER), 0);
	assert_int_equal(setresuid(MEMBER, MEMBER, MEMBER), 0);
}

static void stranger(void *argument)
{
	char byte;

	(void)argument;
	become(false);
	assert_error(result(open(NODE, O_RDWR)), EACCES);
	assert_error(result(open(NODE, O_RDONLY)), EACCES);
	assert_error(result(open("/sys/class/dmaring/b/phys_addr", O_RDONLY)), EACCES);
	assert_error(attribute_set("b", "sync_for_cpu", "1"), EACCES);
	assert_error(attribute_set("b", "sync_mode", "1"), EACCES);
	assert_int_equal(attribute_number("b", "size"), BYTES);
	assert_int_equal(pread(fd, &byte, 1, 0), 1);
}

static void member(void *told)
{
	struct dmaring_buffer info = { 0 };
	struct udmabuf_words words;
	uint64_t number;
	int file, own;

	become(true);
	own = open(NODE, O_RDWR | O_CLOEXEC);
	assert_true(own >= 0);
	file = open("/sys/class/dmaring/b/phys_addr", O_RDONLY);
	assert_true(file >= 0);
	assert_ok(xioctl(own, DMARING_IOC_BUFFER, &info));
	if (told) {
		assert_true(info.flags & DMARING_BUFFER_ADDRESS);
		assert_int_equal(info.address, attribute_number("b", "phys_addr"));
		assert_ok(xioctl(own, _IOR('U', 3, uint64_t), &number));
		assert_int_equal(info.address, number);
	} else {
		char text[32];

		assert_false(info.flags & DMARING_BUFFER_ADDRESS);
		assert_int_equal(info.address, 0);
		assert_error(result(read(file, text, sizeof(text))), EPERM);
		assert_error(xioctl(own, _IOR('U', 3, uint64_t), &number), EPERM);
		assert_error(xioctl(own, _IOR('U', 7, struct udmabuf_words), &words), EPERM);
	}
	assert_ok(attribute_set("b", "sync_for_cpu", "1"));
	assert_error(add("x size=4096"), EACCES);
	assert_error(delete("b"), EACCES);
	assert_error(file_write(GROUP, "Y"), EACCES);
}

static void the_group_and_the_administrator_decide(void **state)
{
	static const char * const files[] = { "phys_addr", "sync_for_cpu" };
	static char told;
	char path[64];
	size_t i;

	(void)state;
	assert_child_ok(stranger, NULL);
	/* What the rule for udev does. */
	assert_int_equal(chown(NODE, 0, NODE_GID), 0);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/sys/class/dmaring/b/%s", files[i]);
		assert_int_equal(chown(path, 0, NODE_GID), 0);
	}
	assert_child_ok(member, NULL);
	assert_ok(file_write(GROUP, "Y"));
	assert_child_ok(member, &told);
	assert_child_ok(stranger, NULL);
}

/* ------------------------------------------------------------------------
 * The end
 */

static void removed_while_it_is_mapped(void **state)
{
	struct dmaring_buffer info = { 0 };
	struct dmaring_sync sync = { .direction = DMARING_CHANNEL_COPY, .bytes = 1 };
	uint64_t number;
	bool counted = is_counted();
	char byte;

	(void)state;
	memset(mapped, 0x11, BYTES);
	assert_ok(delete("b"));
	assert_int_not_equal(access(NODE, F_OK), 0);
	assert_error(result(pread(fd, &byte, 1, 0)), ENODEV);
	assert_error(result(pwrite(fd, &byte, 1, 0)), ENODEV);
	assert_error(result(fsync(fd)), ENODEV);
	assert_error(xioctl(fd, DMARING_IOC_BUFFER, &info), ENODEV);
	assert_error(xioctl(fd, DMARING_IOC_SYNC, &sync), ENODEV);
	assert_error(xioctl(fd, _IOR('U', 2, uint64_t), &number), ENODEV);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	/* Counted pages are the process's; other memory is gone, and nobody is killed for it. */
	assert_int_equal(mapped[0], counted ? 0x11 : 0);
	assert_int_equal(mapped[BYTES - 1], counted ? 0x11 : 0);
	memset(mapped, 0x22, BYTES);
	/* The name is free, and the new device is another. */
	assert_ok(add("b size=300000"));
	assert_error(result(pread(fd, &byte, 1, 0)), ENODEV);
}

static void closed_before_it_is_unmapped(void **state)
{
	size_t half = PAGES / 2 * 4096;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		close(fd);
		memset(mapped, i, BYTES);
		munmap(mapped, half);
		mapped[half] = 1;
		munmap(mapped + half, PAGES * 4096 - half);
		fd = open(NODE, O_RDWR | O_CLOEXEC);
		mapped = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		assert_ptr_not_equal(mapped, MAP_FAILED);
	}
}

/* Uses it for as long as there is one, in all ways. */
static void use(void)
{
	static char bytes[BYTES];
	struct dmaring_sync sync = {
		.owner = DMARING_SYNC_FOR_DEVICE, .direction = DMARING_CHANNEL_COPY, .bytes = BYTES,
	};

	for (;;) {
		int file = open(NODE, O_RDWR | O_CLOEXEC);
		unsigned char *p;

		if (file < 0)
			continue;
		p = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		if (p != MAP_FAILED)
			memset(p, 1, BYTES);
		if (read(file, bytes, sizeof(bytes)) > 0)
			assert_int_equal(bytes[0] | 1, 1);
		if (write(file, bytes, sizeof(bytes)) > 0)
			xioctl(file, DMARING_IOC_SYNC, &sync);
		attribute_set("b", "sync_for_cpu", "1");
		if (p != MAP_FAILED)
			munmap(p, PAGES * 4096);
		close(file);
	}
}

static void removed_under_load(void **state)
{
	int i, status, rounds = getenv("DMARING_LONG") ? 500 : 50;
	pid_t users[4];
	size_t u;

	(void)state;
	for (u = 0; u < ARRAY_SIZE(users); u++) {
		users[u] = fork();
		assert_true(users[u] >= 0);
		if (!users[u]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			use();
		}
	}
	for (i = 0; i < rounds; i++) {
		assert_ok(delete("b"));
		assert_ok(add("b size=300000"));
	}
	for (u = 0; u < ARRAY_SIZE(users); u++) {
		assert_int_equal(waitpid(users[u], &status, WNOHANG), 0);
		kill(users[u], SIGKILL);
		assert_int_equal(waitpid(users[u], &status, 0), users[u]);
	}
}

static void *hang(void *page)
{
	return (void *)result(pread(fd, page, 4096, 0));
}

/* Whoever reads into a page that does not come holds up nobody. */
static void removed_while_a_read_hangs(void **state)
{
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	struct pollfd event = { .events = POLLIN };
	struct uffdio_zeropage arrival = { 0 };
	pthread_t reader;
	void *page, *got;

	(void)state;
	event.fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (event.fd < 0) {
		print_message("# no userfaultfd\n");
		skip();
	}
	device_keep(event.fd);
	assert_int_equal(ioctl(event.fd, UFFDIO_API, &api), 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	area.range.start = (uintptr_t)page;
	area.range.len = 4096;
	assert_int_equal(ioctl(event.fd, UFFDIO_REGISTER, &area), 0);
	assert_int_equal(pthread_create(&reader, NULL, hang, page), 0);
	assert_int_equal(poll(&event, 1, WAIT_MS), 1);
	assert_ok(delete("b"));
	arrival.range = area.range;
	assert_int_equal(ioctl(event.fd, UFFDIO_ZEROPAGE, &arrival), 0);
	assert_int_equal(pthread_join(reader, &got), 0);
	assert_int_equal((long)got, -ENODEV);
	munmap(page, 4096);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		buffer_test(the_group_and_the_administrator_decide),
		buffer_test(removed_while_it_is_mapped),
		buffer_test(closed_before_it_is_unmapped),
		buffer_test(removed_under_load),
		buffer_test(removed_while_a_read_hangs),
	};

	return system_run(tests);
}
