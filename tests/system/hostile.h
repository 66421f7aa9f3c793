/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hostile process was given, who stands by, and how it is seen that
 * nothing else was touched.
 */
#ifndef _DMARING_TESTS_SYSTEM_HOSTILE_H
#define _DMARING_TESTS_SYSTEM_HOSTILE_H

#include <sys/types.h>

#include "attribute.h"
#include "load.h"

#define HOSTILE_SHAPES	3	/* pools of different shapes, then small ones up to the limit */

/* A call whose result is of no interest. */
#define ignore(call) do { if ((call) < 0) errno = 0; } while (0)

/* A ring without assertions, for threads. */
struct own_ring {
	struct dmaring_setup setup;
	unsigned char *kern;
	unsigned char *user;
	unsigned char *pool;
	int fd;
};

int open_node(const char *device, int flags);
int own_ring_map(struct own_ring *own, int fd, const struct dmaring_setup *setup);
void own_ring_submit(struct own_ring *own, unsigned int n, uint32_t bytes);
void own_ring_unmap(struct own_ring *own);

struct ring *hostile_ring(const char *device, unsigned int index);
void hostile_ring_close(struct ring *r, unsigned int index);
int hostile_doorbell(unsigned int index);
int ring_channel_of(const struct ring *r, const char *name);
unsigned int hostile_seconds(void);
unsigned long hostile_bytes_moved(void);

/* Memory that the controllers of loop0 and mem0 may touch; only those. */
bool bounds_can_be_kept(void);
void bounds_add(const unsigned char *memory, const struct dmaring_pool *pool);
void bounds_add_pool(struct ring *r, unsigned int index, const unsigned char *memory,
		     const struct dmaring_pool *pool);
void bounds_publish(void);
void bounds_forget(void);
uint64_t outside_bytes(void);

/* Between the buffers of the first pool. */
void gaps_fill(struct ring *r);
void gaps_check(struct ring *r);

/* A process with memory of its own. */
struct stand_by {
	pid_t pid;
	int go;
};

void stand_by_start(struct stand_by *process, size_t bytes);
void stand_by_check(struct stand_by *process);

unsigned int log_lines(void);

/* Controls */
void bytes_outside_are_seen(void **state);
void overrun_is_seen(void **state);

#endif /* _DMARING_TESTS_SYSTEM_HOSTILE_H */
