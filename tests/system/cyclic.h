/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cyclic streams for tests: source0 and sink0 of the virtual controller, in the
 * shape that a test wants, and back again afterwards.
 */
#ifndef _DMARING_TESTS_SYSTEM_CYCLIC_H
#define _DMARING_TESTS_SYSTEM_CYCLIC_H

#include "load.h"

/* So small that 128 of them fit into a bounce buffer. */
#define BLOCK	2048

#define PERIOD_NS(per_second)	(1000000000U / (per_second))

/* What the controller of a device is like; a zero is its default. */
struct habits {
	const char *residue;
	const char *habits;
	const char *context;
};

/* A stream; blocks are numbered from 0 where it starts. */
struct stream {
	struct ring *r;
	const struct dmaring_kern_stream *line;
	struct dmaring_user_stream *user;
	const char *device;
	uint32_t first;		/* value of hw_seq at block 0 */
	uint32_t blocks;
	uint64_t base;		/* number that the source gives to block 0 */
	bool unaided;		/* the driver has neither callbacks nor a period */
};

void controller_is(const char *device, const struct habits *habits);
void controller_parameter(const char *name, const char *value, const char *standard);
int cyclic_teardown(void **state);

uint64_t knob_number(const char *device, const char *name);
void knob_set(const char *device, const char *name, uint64_t value);

struct ring *cyclic_ring(const char *device, unsigned int blocks);
struct dmaring_sqe *push_start(struct ring *r, unsigned int blocks, uint64_t target);
void source_is(unsigned int per_second);
struct stream stream_start(const char *device, unsigned int blocks, uint64_t target,
			   unsigned int notices);
struct dmaring_position stream_position(struct stream *s);
void stream_stop(struct stream *s);
uint32_t stream_done(const struct stream *s);
void *stream_block(const struct stream *s, uint32_t block);
uint64_t stream_number(const struct stream *s, uint32_t block);
void stream_seen(struct stream *s, uint32_t block);

#define cyclic_test(f)	cmocka_unit_test_teardown(f, cyclic_teardown)

#endif /* _DMARING_TESTS_SYSTEM_CYCLIC_H */
