/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic on every channel of the virtual controller at once, by a process that
 * can be killed, and the account afterwards: what was submitted has ended, nothing
 * is held, and each device can be opened anew.
 */
#ifndef _DMARING_TESTS_SYSTEM_TRAFFIC_H
#define _DMARING_TESTS_SYSTEM_TRAFFIC_H

#include <sys/types.h>

#include "attribute.h"

#define TRAFFIC_DEVICES	6
#define TRAFFIC_BYTES	4096

extern const char * const traffic_devices[TRAFFIC_DEVICES];

/* Shared between the process at work and who watches it. */
struct traffic {
	unsigned int count;	/* completions so far */
	unsigned int wrong;	/* those with a result that must not be */
	bool removal;		/* devices may go: -ENODEV is right, and -EIO */
	bool sleep;		/* the system may sleep: -ECANCELED is right */
	bool stop;		/* it is to end, when everything has come back */
};

/*
 * A ring on each device, and several requests under way on each channel. Those of
 * one process share it. Returns the process; it ends by itself when stop is set, or
 * with the last device.
 */
struct traffic *traffic_new(void);
void traffic_free(struct traffic *traffic);
pid_t traffic_start(struct traffic *traffic);
void traffic_wait(struct traffic *traffic, unsigned int more);

/* A ring of a device with requests under way on each of its channels. */
struct ring *traffic_ring(const char *device);
void traffic_fill(struct ring *r, const char *device, unsigned int n);

/* Rounds: few, or many if DMARING_LONG is set. */
unsigned int loop_rounds(unsigned int few);

/*
 * Nothing is left of what was: submitted = completed + errors + timeouts and no ring
 * on any channel; pools of the user as before; and each device works. The last of
 * them compares the memory in use with that of the first call of account_begin().
 */
void account_begin(void);
void account_check(void);
void account_end(void);

#endif /* _DMARING_TESTS_SYSTEM_TRAFFIC_H */
