/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a ring was given so far, as a fence for other devices.
 */
#ifndef _DMARING_SYNC_FILE_H
#define _DMARING_SYNC_FILE_H

#include <linux/err.h>
#include <linux/types.h>

struct dmaring_request;
struct dmaring_ring;
struct file;
struct list_head;

#ifdef CONFIG_SYNC_FILE

struct file *dmaring_sync_file_create(struct dmaring_ring *ring, unsigned int timeout_ms);
void dmaring_fences_count(struct dmaring_ring *ring, const struct dmaring_request *request,
			  int res, struct list_head *over);
void dmaring_fences_signal(struct list_head *over);

#else

static inline struct file *dmaring_sync_file_create(struct dmaring_ring *ring,
						    unsigned int timeout_ms)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline void dmaring_fences_count(struct dmaring_ring *ring,
					const struct dmaring_request *request, int res,
					struct list_head *over)
{
}

static inline void dmaring_fences_signal(struct list_head *over)
{
}

#endif

#endif /* _DMARING_SYNC_FILE_H */
