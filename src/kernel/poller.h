/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The poller of a device: a thread that looks for submissions by itself.
 */
#ifndef _DMARING_POLLER_H
#define _DMARING_POLLER_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct dmaring_device;
struct dmaring_ring;
struct task_struct;

#define DMARING_POLLER_IDLE_MS		50
#define DMARING_POLLER_IDLE_MS_MAX	60000

/**
 * struct dmaring_poller - one for a device, shared by its rings
 * @control: protects @users and @task; held while the thread starts or stops
 * @users: rings that asked for it
 * @task: the thread; there while there are @users
 * @lock: protects @rings; the thread holds it for a look at all of them
 * @rings: that are looked at
 * @percent: of a CPU that it may use; 0: it is not allowed
 * @idle_ms: without anything to do for so long it sleeps
 * @bell: somebody rang while it slept
 */
struct dmaring_poller {
	struct mutex control;		/* @users, @task */
	unsigned int users;
	struct task_struct *task;
	struct mutex lock;		/* @rings */
	struct list_head rings;
	unsigned int percent;
	unsigned int idle_ms;
	bool bell;
};

void dmaring_poller_init(struct dmaring_poller *poller);
int dmaring_poller_get(struct dmaring_device *device);
void dmaring_poller_put(struct dmaring_device *device);
void dmaring_poller_add(struct dmaring_ring *ring);
void dmaring_poller_remove(struct dmaring_ring *ring);
void dmaring_poller_wake(struct dmaring_ring *ring);
void dmaring_poller_allow(struct dmaring_device *device, unsigned int percent);

#endif /* _DMARING_POLLER_H */
