/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory in one piece for one DMA device: what a buffer device is made of.
 */
#ifndef _DMARING_EXTENT_H
#define _DMARING_EXTENT_H

#include <linux/dma-direction.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <dmaring/abi.h>

struct address_space;
struct device;
struct dmaring_area;

/**
 * struct dmaring_extent - memory in one piece; constant until it is revoked
 * @dev: the device; bound until then
 * @kind: enum dmaring_buffer_kind
 * @page: its first page, of DMARING_BUFFER_PAGES
 * @area: what it is, of any other kind; stays until dmaring_extent_free()
 * @cpu: the kernel's mapping
 * @address: bus address
 * @bytes: a multiple of the page size
 */
struct dmaring_extent {
	struct device *dev;
	u32 kind;
	struct page *page;
	struct dmaring_area *area;
	void *cpu;
	dma_addr_t address;
	size_t bytes;
};

int dmaring_extent_alloc(struct dmaring_extent *extent, struct device *dev, size_t bytes,
			 bool reserved);
void dmaring_extent_revoke(struct dmaring_extent *extent);
void dmaring_extent_free(struct dmaring_extent *extent);
void dmaring_extent_expose(const struct dmaring_extent *extent, struct address_space *mapping);
bool dmaring_extent_coherent(const struct dmaring_extent *extent);
void dmaring_extent_sync(const struct dmaring_extent *extent, size_t offset, size_t bytes,
			 enum dma_data_direction direction, bool for_cpu);
void dmaring_extent_refresh(const struct dmaring_extent *extent, size_t offset, size_t bytes);
int dmaring_extent_mmap(const struct dmaring_extent *extent, struct vm_area_struct *vma,
			unsigned int mode);

#endif /* _DMARING_EXTENT_H */
