/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A buffer device "b" for a test: made, open and mapped before it, gone after it.
 */
#ifndef _DMARING_TESTS_SYSTEM_BUFFER_NODE_H
#define _DMARING_TESTS_SYSTEM_BUFFER_NODE_H

#include "attribute.h"

#define DRIVER	"/sys/bus/platform/drivers/dmaring/"
#define GROUP	"/sys/module/dmaring/parameters/bus_address_to_group"
#define NODE	"/dev/dmaring/b"
#define LINE	"b size=300000"
#define BYTES	300000UL		/* not whole pages */
#define PAGES	((BYTES + 4095) / 4096)

#define add(line)	file_write(DRIVER "new_device", line)
#define delete(name)	file_write(DRIVER "delete_device", name)

struct udmabuf_words {
	uint64_t flags, first, second;
};

extern int fd;
extern unsigned char *mapped;

int buffer_setup(void **state);
int buffer_teardown(void **state);

#define buffer_test(f)	cmocka_unit_test_setup_teardown(f, buffer_setup, buffer_teardown)

struct dmaring_buffer buffer_info(void);
bool is_counted(void);

/* Of a system call: what it gave, or -errno. */
long result(long ret);

#endif /* _DMARING_TESTS_SYSTEM_BUFFER_NODE_H */
