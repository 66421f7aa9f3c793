/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pools shared with the rest of the system as dma-buf: exported, and imported.
 */
#ifndef _DMARING_SHARE_H
#define _DMARING_SHARE_H

#include <linux/err.h>
#include <linux/types.h>

struct device;
struct dma_buf;
struct dmaring_import;
struct dmaring_memory;
struct file;

#ifdef CONFIG_DMA_SHARED_BUFFER

/* share.c */
struct file *dmaring_share_export(struct dmaring_memory *memory, const void *owner, u64 offset,
				  u64 bytes);

/* import.c */
struct dmaring_import *dmaring_import_get(int fd);
u64 dmaring_import_bytes(const struct dmaring_import *import);
int dmaring_import_map(struct dmaring_import *import, struct device *dev,
		       dma_addr_t *address, unsigned int pages);
void dmaring_import_unmap(struct dmaring_import *import);
void dmaring_import_put(struct dmaring_import *import);

#else

static inline struct file *dmaring_share_export(struct dmaring_memory *memory,
						const void *owner, u64 offset, u64 bytes)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline struct dmaring_import *dmaring_import_get(int fd)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline u64 dmaring_import_bytes(const struct dmaring_import *import)
{
	return 0;
}

static inline int dmaring_import_map(struct dmaring_import *import, struct device *dev,
				     dma_addr_t *address, unsigned int pages)
{
	return -EOPNOTSUPP;
}

static inline void dmaring_import_unmap(struct dmaring_import *import)
{
}

static inline void dmaring_import_put(struct dmaring_import *import)
{
}

#endif

#endif /* _DMARING_SHARE_H */
