// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The buffer device of the tests that are about such.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer_node.h"

int fd = -1;
unsigned char *mapped = MAP_FAILED;

int buffer_setup(void **state)
{
	(void)state;
	assert_ok(add(LINE));
	fd = open(NODE, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	mapped = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	return 0;
}

int buffer_teardown(void **state)
{
	if (mapped != MAP_FAILED)
		munmap(mapped, PAGES * 4096);
	mapped = MAP_FAILED;
	if (fd >= 0)
		close(fd);
	fd = -1;
	delete("b");
	delete("x");
	file_write(GROUP, "N");
	return system_teardown(state);
}

struct dmaring_buffer buffer_info(void)
{
	struct dmaring_buffer info = { 0 };

	assert_ok(xioctl(fd, DMARING_IOC_BUFFER, &info));
	return info;
}

bool is_counted(void)
{
	return buffer_info().kind == DMARING_BUFFER_PAGES;
}

long result(long ret)
{
	return ret < 0 ? -errno : ret;
}
