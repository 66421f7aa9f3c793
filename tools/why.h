/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Likely causes of trouble with a device, from what the driver has counted.
 */
#ifndef DMARING_WHY_H
#define DMARING_WHY_H

#include <dmaring/dmaring.h>

#define WHY_CAUSES	16

/**
 * struct why - what was found
 * @causes:	valid members of @cause
 * @cause:	one sentence each, the likeliest first
 */
struct why {
	unsigned int causes;
	char cause[WHY_CAUSES][512];
};

/**
 * why_add() - one cause more, if there is room
 * @why:	gets it
 * @format:	as for printf()
 */
void why_add(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * why_device() - look at a device that answers
 * @why:	filled in
 * @query:	what it said
 */
void why_device(struct why *why, const struct dmaring_query *query);

/**
 * why_unreachable() - look for a device that does not answer (absent.c)
 * @why:	filled in
 * @name:	its name
 * @err:	-errno of the attempt
 */
void why_unreachable(struct why *why, const char *name, int err);

#endif /* DMARING_WHY_H */
