// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory in one piece: counted pages where the page allocator has them in one piece,
 * an area out of CMA where it has not, or an area of the device's reserved memory.
 *
 * Pages that are counted by the mappings of processes can be pinned, and outlive the
 * device. An area goes back to the DMA allocator before the device is unbound; who
 * has it mapped sees zeroes from then on (view.c).
 *
 * The kernel sees all kinds through its caches, but reserved memory, which it maps
 * as write-combining.
 */
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "area.h"
#include "extent.h"
#include "pool.h"

/*
 * Does the kernel put all DMA through bounce buffers? Nobody would copy for a device
 * that is not ours. Asked with no mask, where that may be: bounce buffers beyond the
 * device's would be a warning in the log.
 */
static bool pages_bounce(const struct dmaring_extent *extent)
{
	struct device *dev = extent->dev;
	u64 mask = dma_get_mask(dev);
	bool bounce = true;
	dma_addr_t address;

	dma_set_mask(dev, DMA_BIT_MASK(64));
	address = dma_map_page_attrs(dev, extent->page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL,
				     DMA_ATTR_NO_WARN);
	if (!dma_mapping_error(dev, address)) {
		bounce = address != phys_to_dma(dev, page_to_phys(extent->page)) &&
			 dma_need_sync(dev, address);
		dma_unmap_page(dev, address, PAGE_SIZE, DMA_BIDIRECTIONAL);
	}
	dma_set_mask(dev, mask);
	return bounce;
}

static bool pages_map(struct dmaring_extent *extent)
{
	struct device *dev = extent->dev;
	dma_addr_t direct = phys_to_dma(dev, page_to_phys(extent->page));

	/* Mapping what cannot be reached would be an error in the log. */
	if (!dma_capable(dev, direct, extent->bytes, true) || pages_bounce(extent))
		return false;
	extent->address = dma_map_page_attrs(dev, extent->page, 0, extent->bytes,
					     DMA_BIDIRECTIONAL, DMA_ATTR_NO_WARN);
	return !dma_mapping_error(dev, extent->address);
}

static bool pages_alloc(struct dmaring_extent *extent)
{
	static const gfp_t zones[] = { 0, GFP_DMA32, GFP_DMA };
	unsigned int order = get_order(extent->bytes), i;

	for (i = 0; order <= DMARING_PAGE_ORDER_MAX && i < ARRAY_SIZE(zones); i++) {
		extent->page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP | __GFP_NOWARN |
					   __GFP_RETRY_MAYFAIL | zones[i], order);
		if (!extent->page)
			continue;
		if (pages_map(extent)) {
			extent->kind = DMARING_BUFFER_PAGES;
			extent->cpu = page_address(extent->page);
			return true;
		}
		put_page(extent->page);
	}
	return false;
}

static int area_alloc(struct dmaring_extent *extent, bool reserved)
{
	extent->area = dmaring_area_alloc(extent->dev,
					  reserved ? DMARING_POOL_RESERVED : DMARING_POOL_CMA,
					  extent->bytes);
	if (IS_ERR(extent->area)) {
		int ret = PTR_ERR(extent->area);

		extent->area = NULL;
		return ret;
	}
	extent->kind = reserved ? DMARING_BUFFER_RESERVED : DMARING_BUFFER_CONTIGUOUS;
	extent->page = NULL;
	extent->cpu = extent->area->cpu;
	extent->address = extent->area->address;
	/* It is zero in the caches; the device is to see that too. */
	dmaring_extent_sync(extent, 0, extent->bytes, DMA_BIDIRECTIONAL, false);
	return 0;
}

/**
 * dmaring_extent_alloc() - zeroed memory that a device can reach
 * @extent: filled in
 * @dev: being bound; its masks are set
 * @bytes: not zero; rounded up to whole pages
 * @reserved: the device has reserved memory of its own: of that only
 *
 * Context: probe.
 * Return: 0; -ENOMEM if there is not so much in one piece; -EOPNOTSUPP if there is
 * no such memory for the device.
 */
int dmaring_extent_alloc(struct dmaring_extent *extent, struct device *dev, size_t bytes,
			 bool reserved)
{
	*extent = (struct dmaring_extent){ .dev = dev, .bytes = PAGE_ALIGN(bytes) };
	if (extent->bytes < bytes)
		return -ENOMEM;
	if (!reserved && pages_alloc(extent))
		return 0;
	return area_alloc(extent, reserved);
}

/**
 * dmaring_extent_revoke() - give the memory back
 * @extent: used by nobody but through mappings
 *
 * Context: remove; the device is still bound.
 */
void dmaring_extent_revoke(struct dmaring_extent *extent)
{
	if (extent->area) {
		dmaring_area_revoke(extent->area);
		return;
	}
	/* Without a sync: what a process wrote last is to stay for it. */
	dma_unmap_page_attrs(extent->dev, extent->address, extent->bytes, DMA_BIDIRECTIONAL,
			     DMA_ATTR_SKIP_CPU_SYNC);
	dmaring_pages_wipe(extent->page, extent->bytes >> PAGE_SHIFT);
	put_page(extent->page);
}

/**
 * dmaring_extent_free() - the end, after dmaring_extent_revoke()
 * @extent: mapped by nobody any more, or zeroed
 *
 * Context: may sleep.
 */
void dmaring_extent_free(struct dmaring_extent *extent)
{
	dmaring_area_free(extent->area);
}

/**
 * dmaring_extent_expose() - where mappings will be found
 * @extent: the memory
 * @mapping: that all files of the buffer share; NULL: none is open
 *
 * Context: open, release.
 */
void dmaring_extent_expose(const struct dmaring_extent *extent, struct address_space *mapping)
{
	if (extent->area)
		extent->area->view.mapping = mapping;
}

/**
 * dmaring_extent_coherent() - do CPU and device see the same without more ado
 * @extent: the memory
 *
 * Return: true if no cache has to be cleaned for that, ever.
 */
bool dmaring_extent_coherent(const struct dmaring_extent *extent)
{
	return dev_is_dma_coherent(extent->dev);
}

/**
 * dmaring_extent_sync() - hand a range over between CPU and device
 * @extent: the memory
 * @offset: validated
 * @bytes: likewise
 * @direction: which way the bytes go
 * @for_cpu: to the CPU; else to the device
 *
 * Context: any.
 */
void dmaring_extent_sync(const struct dmaring_extent *extent, size_t offset, size_t bytes,
			 enum dma_data_direction direction, bool for_cpu)
{
	if (!bytes)
		return;
	if (extent->area)
		dmaring_area_sync(extent->area, offset, bytes, direction, for_cpu);
	else if (for_cpu)
		dma_sync_single_range_for_cpu(extent->dev, extent->address, offset, bytes,
					      direction);
	else
		dma_sync_single_range_for_device(extent->dev, extent->address, offset, bytes,
						 direction);
}

/**
 * dmaring_extent_refresh() - let caches agree with the memory, whoever wrote last
 * @extent: the memory
 * @offset: validated
 * @bytes: likewise
 *
 * What the CPU wrote goes to memory, and then what the caches hold is forgotten.
 *
 * Context: any.
 */
void dmaring_extent_refresh(const struct dmaring_extent *extent, size_t offset, size_t bytes)
{
	dmaring_extent_sync(extent, offset, bytes, DMA_BIDIRECTIONAL, false);
	dmaring_extent_sync(extent, offset, bytes, DMA_BIDIRECTIONAL, true);
}

/* Where DMA is coherent there is nothing to go round, and all modes are one. */
static pgprot_t extent_protection(const struct dmaring_extent *extent, pgprot_t protection,
				  unsigned int mode)
{
	/* As the kernel has it. */
	if (extent->kind == DMARING_BUFFER_RESERVED)
		return pgprot_writecombine(protection);
	if (!mode || dmaring_extent_coherent(extent))
		return protection;
	/* Nothing that is in a cache now may get out of it later. */
	dmaring_extent_refresh(extent, 0, extent->bytes);
	if (mode == 1)
		return pgprot_noncached(protection);
	return mode == 2 ? pgprot_writecombine(protection) : pgprot_dmacoherent(protection);
}

static int pages_mmap(const struct dmaring_extent *extent, struct vm_area_struct *vma)
{
	unsigned long count = vma_pages(vma), left = count, i;
	struct page **pages;
	int ret;

	pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		pages[i] = extent->page + vma->vm_pgoff + i;
	ret = vm_insert_pages(vma, vma->vm_start, pages, &left);
	kvfree(pages);
	return ret;
}

/**
 * dmaring_extent_mmap() - let a process see the memory
 * @extent: the memory, not revoked
 * @vma: shared
 * @mode: of u-dma-buf: 0 through caches, 1 without, 2 write-combining, 3 as the
 *	DMA allocator does
 *
 * Context: the mmap handler.
 * Return: 0; -EINVAL if it is not inside of the memory; -ENOMEM.
 */
int dmaring_extent_mmap(const struct dmaring_extent *extent, struct vm_area_struct *vma,
			unsigned int mode)
{
	unsigned long pages = extent->bytes >> PAGE_SHIFT;
	pgprot_t protection;
	int ret;

	if (vma_pages(vma) > pages || vma->vm_pgoff > pages - vma_pages(vma))
		return -EINVAL;
	vma->vm_page_prot = extent_protection(extent, vma->vm_page_prot, mode);
	if (!extent->area)
		return pages_mmap(extent, vma);
	protection = vma->vm_page_prot;
	ret = dmaring_view_mmap(&extent->area->view, vma);
	/* An area is mapped as its kind is; a buffer as its user says. */
	vma->vm_page_prot = protection;
	return ret;
}
