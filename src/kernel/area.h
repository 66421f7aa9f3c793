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
#include <linux/list.h>
#include <linux/rwsem.h>
#include <dmaring/abi.h>

struct address_space;
struct dmaring_area;
struct vm_area_struct;

/**
 * struct dmaring_view - a file that shows an area, or some pages of it
 * @list: in area->views; area->lock
 * @area: the area
 * @mapping: the file's; NULL: nobody has it mapped
 * @offset: where in @mapping it begins, in bytes
 * @first: page of the area that is shown there
 * @count: pages shown
 */
struct dmaring_view {
	struct list_head list;
	struct dmaring_area *area;
	struct address_space *mapping;
	u64 offset;
	unsigned long first;
	unsigned long count;
};

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
 * @view: of who made it; @mapping and @offset are set before it is mapped first
 * @lock: processes' mappings are filled (read) or taken away (write)
 * @views: @view, and those of dma-bufs; @lock
 * @revoked: the memory has gone; @lock
 * @quarantine: an engine may still write to it: it is never given back; @lock
 * @held: other devices that have it mapped by a dma-buf
 * @shared: in the list of areas that dmaring_areas_revoke() goes through, or empty
 * @owner: whose areas it goes with there
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
	struct dmaring_view view;
	struct rw_semaphore lock;	/* @views, @revoked, @quarantine */
	struct list_head views;
	bool revoked;
	bool quarantine;
	atomic_t held;
	struct list_head shared;
	const void *owner;
	unsigned long *pfn;
	struct page *stand_in;
};

bool dmaring_area_possible(struct device *dev, u32 kind);
struct dmaring_area *dmaring_area_alloc(struct device *dev, u32 kind, size_t bytes);
void dmaring_area_revoke(struct dmaring_area *area);
void dmaring_area_free(struct dmaring_area *area);
void dmaring_area_quarantine(struct dmaring_area *area);
int dmaring_area_share(struct dmaring_area *area, const void *owner);
void dmaring_areas_revoke(const void *owner);
int dmaring_area_hold(struct dmaring_area *area);
void dmaring_area_let_go(struct dmaring_area *area);
int dmaring_area_map(const struct dmaring_area *area, struct device *dev, size_t offset,
		     size_t bytes, dma_addr_t *address, bool *needs_sync);
void dmaring_area_unmap(const struct dmaring_area *area, struct device *dev,
			dma_addr_t address, size_t bytes);
void dmaring_area_sync(const struct dmaring_area *area, size_t offset, size_t bytes,
		       enum dma_data_direction dir, bool for_cpu);

/* view.c */
void dmaring_view_add(struct dmaring_view *view, struct dmaring_area *area,
		      unsigned long first, unsigned long count);
void dmaring_view_remove(struct dmaring_view *view);
void dmaring_views_empty(struct dmaring_area *area);
int dmaring_view_mmap(struct dmaring_view *view, struct vm_area_struct *vma);

#endif /* _DMARING_AREA_H */
