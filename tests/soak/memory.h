/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What memory the kernel and this process have, and what of it does not come
 * back.
 */
#ifndef _DMARING_TESTS_SOAK_MEMORY_H
#define _DMARING_TESTS_SOAK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum memory_kind {
	MEMORY_PROCESS,		/* RssAnon: what this process has for itself */
	MEMORY_SLAB,		/* SUnreclaim: objects that the kernel cannot drop */
	MEMORY_KERNEL,		/* all that is neither free, cache nor a process's */
	MEMORY_FILES,		/* open descriptors of this process */
	MEMORY_QUARANTINED,	/* pages that an engine did not give back */
	MEMORY_KINDS
};

/**
 * struct memory - a sample
 * @amount:	KiB; of files and quarantined pages, their number
 */
struct memory {
	int64_t amount[MEMORY_KINDS];
};

/**
 * memory_sample() - what is in use now
 * @sample:	filled in
 *
 * Caches are dropped first, and the counters that the kernel keeps for each
 * CPU brought together, which needs root.
 *
 * Return: 0, or -errno: /proc or sysfs says nothing.
 */
int memory_sample(struct memory *sample);

/**
 * memory_grown() - what is more than it may be
 * @before:	a sample, taken when all was warm
 * @now:	a later one
 *
 * The bounds are for what a kernel's own doings let vary; they do not depend
 * on how much was moved between the samples. See memory.c.
 *
 * Return: the name of what has grown, or NULL.
 */
const char *memory_grown(const struct memory *before, const struct memory *now);

/**
 * memory_text() - how two samples differ, for a person
 * @before:	a sample
 * @now:	a later one
 * @text:	filled in
 * @bytes:	its size
 */
void memory_text(const struct memory *before, const struct memory *now, char *text, size_t bytes);

#endif /* _DMARING_TESTS_SOAK_MEMORY_H */
