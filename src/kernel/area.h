/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Areas: memory in one piece, of one kind, that belongs to a DMA device.
 *
 * What a pool of any kind but the default stands on, and anything else that a
 * process maps and a device masters.
 */
#ifndef _DMARING_AREA_H
#define _DMARING_AREA_H

#include <linux/dma-mapping.h>
#include <linux/rwsem.h>
#include <dmaring/abi.h>

struct address_space;
struct vm_area_struct;

/**
 * struct dmaring_area - memory in one piece, as a device sees it
 * @kind: enum dmaring_pool_kind
 * @bytes: size, a multiple of the page size
 * @dev: whose it is: the DMA device, or the one with the memory-region
 * @address: bus address of its first byte, for @dev
 * @cpu: the kernel's own mapping
 * @page: first page; of DMARING_POOL_CMA only
 * @cached: processes see it through the CPU's caches
 * @needs_sync: it has to be handed over between CPU and @dev
 * @mapping: files are mapped through this; set by the owner before the first
 *	dmaring_area_mmap()
 * @offset: where in @mapping it begins, in bytes; likewise
 * @lock: processes' mappings are filled (read) or taken away (write)
 * @revoked: the memory has gone; @lock
 * @pfn: of each page, while it is there
 * @stand_in: what processes see afterwards, on every page
 */
struct dmaring_area {
	u32 kind;
	size_t bytes;
	struct device *dev;
	dma_addr_t address;
	void *cpu;
	struct page *page;
	bool cached;
	bool needs_sync;
	struct address_space *mapping;
	u64 offset;
	struct rw_semaphore lock;	/* @revoked */
	bool revoked;
	unsigned long *pfn;
	struct page *stand_in;
};

bool dmaring_area_possible(struct device *dev, u32 kind);
struct dmaring_area *dmaring_area_alloc(struct device *dev, u32 kind, size_t bytes);
void dmaring_area_revoke(struct dmaring_area *area);
void dmaring_area_free(struct dmaring_area *area);
int dmaring_area_mmap(struct dmaring_area *area, struct vm_area_struct *vma);
int dmaring_area_map(const struct dmaring_area *area, struct device *dev,
		     dma_addr_t *address, bool *needs_sync);
void dmaring_area_unmap(const struct dmaring_area *area, struct device *dev,
			dma_addr_t address);
void dmaring_area_sync(const struct dmaring_area *area, size_t offset, size_t bytes,
		       enum dma_data_direction dir, bool for_cpu);

#endif /* _DMARING_AREA_H */
