/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes in files: those of a device in sysfs, and the knobs of the
 * virtual controller in debugfs. A knob that was turned is turned back by
 * fault_teardown(), which also ends the test's rings.
 */
#ifndef _DMARING_TESTS_SYSTEM_ATTRIBUTE_H
#define _DMARING_TESTS_SYSTEM_ATTRIBUTE_H

#include "ring.h"

/* name is relative to /sys/class/dmaring/DEVICE, as "rx/completed" */
void attribute_text(const char *device, const char *name, char *text, size_t bytes);
uint64_t attribute_number(const char *device, const char *name);
bool attribute_exists(const char *device, const char *name);

/* The same names; returns 0 or -errno. */
int attribute_set(const char *device, const char *name, const char *value);

/* Writes a string to any file; returns 0 or -errno. */
int file_write(const char *path, const char *text);

/* fault is "COUNT" or "COUNT VALUE": the next COUNT transfers, all if negative */
void fault_set(const char *device, const char *channel, const char *knob,
	       const char *fault);
int64_t faults_left(const char *device, const char *channel, const char *knob);
void fault_clear(void);
int fault_teardown(void **state);

/* For tests that take mem0's controller away: one that failed leaves the others theirs. */
void mem0_unbind(void);
void mem0_bind(void);
int bound_teardown(void **state);

#define bound_test(f)	cmocka_unit_test_teardown(f, bound_teardown)

#define fault_test(f)	cmocka_unit_test_teardown(f, fault_teardown)

#endif /* _DMARING_TESTS_SYSTEM_ATTRIBUTE_H */
