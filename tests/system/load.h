/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that is under way when something ends, and proof that nothing of it is
 * left afterwards. For loop0 and mem0.
 */
#ifndef _DMARING_TESTS_SYSTEM_LOAD_H
#define _DMARING_TESTS_SYSTEM_LOAD_H

#include <sys/types.h>

#include "attribute.h"

#define BYTES	4096

struct load {
	const char *device;
	unsigned int count;	/* blocks so far, shared with the parent */
	bool until_gone;	/* ends when the device does; else never */
	bool torn_out;		/* the hardware goes before the kernel hears of it */
};

/* Channels that complete by themselves, one of each kind. */
struct side {
	const char *device, *channel;
	unsigned int opcode;
};

extern const struct side sides[3];

#define for_each_side(s)	for (s = sides; s < sides + ARRAY_SIZE(sides); s++)

/* A small transfer with a new ring; and that no channel has lost count. */
void loop_works(void);
void copy_works(void);
void assert_nothing_left(void);
void everything_works(void);

/* A ring with a hundred requests under way. */
struct ring *loaded_loop(void);
struct ring *loaded_copy(void);

/* A process at work. */
struct load *shared_load(const char *device, bool until_gone);
pid_t start_load(struct load *load, unsigned int blocks);
int child_status(pid_t pid);

#endif /* _DMARING_TESTS_SYSTEM_LOAD_H */
