// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas: memory in one piece that the DMA API allocates for a device.
 *
 * Such memory is not counted by page: nothing but the area keeps it, and it must
 * be given back before its device is unbound. So a process's mapping is filled by
 * faults, can be taken away at any time, and shows a page of zeroes from then
 * on; nobody who looks at a ring whose device has gone is killed for it.
 *
 * Locks: area->lock, inside the mmap lock; i_mmap_rwsem nests inside. A fault
 * holds it over its look at @revoked and its insertion: what it inserted before
 * is found by who takes the mappings away.
 */
#include <linux/cc_platform.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "area.h"
#include "pool.h"

/* Pages that one fault brings in: most areas are used from end to end. */
#define FAULT_PAGES	32U

static unsigned long area_attrs(const struct dmaring_area *area)
{
	return area->kind == DMARING_POOL_WRITE_COMBINING ? DMA_ATTR_WRITE_COMBINE : 0;
}

/**
 * dmaring_area_possible() - is there memory of that kind for a device
 * @dev: the device
 * @kind: enum dmaring_pool_kind
 *
 * Memory that only this guest can read has to be opened for a device, page by
 * page and mapping by mapping; that is the DMA API's own business.
 *
 * Context: any.
 * Return: true if dmaring_area_alloc() would try.
 */
bool dmaring_area_possible(struct device *dev, u32 kind)
{
	switch (kind) {
	case DMARING_POOL_COHERENT:
	case DMARING_POOL_WRITE_COMBINING:
	case DMARING_POOL_CMA:
	case DMARING_POOL_RESERVED:
		return !cc_platform_has(CC_ATTR_MEM_ENCRYPT);
	default:
		return false;
	}
}

/* As dma_mmap_attrs() would have it, which cannot be taken back. */
static pgprot_t area_protection(const struct dmaring_area *area, pgprot_t protection)
{
	if (area->cached)
		return protection;
	if (area->kind == DMARING_POOL_WRITE_COMBINING)
		return pgprot_writecombine(protection);
	return pgprot_dmacoherent(protection);
}

static int pages_find(struct dmaring_area *area)
{
	unsigned int i = 0, count = area->bytes >> PAGE_SHIFT;
	struct sg_page_iter page;
	struct sg_table table;
	int ret;

	area->pfn = kvcalloc(count, sizeof(*area->pfn), DMARING_GFP_USER);
	if (!area->pfn)
		return -ENOMEM;
	if (area->page) {
		for (; i < count; i++)
			area->pfn[i] = page_to_pfn(area->page) + i;
		return 0;
	}
	ret = dma_get_sgtable_attrs(area->dev, &table, area->cpu, area->address,
				    area->bytes, area_attrs(area));
	if (ret)
		return ret;
	for_each_sgtable_page(&table, &page, 0) {
		if (i == count)
			break;
		area->pfn[i++] = page_to_pfn(sg_page_iter_page(&page));
	}
	sg_free_table(&table);
	return i == count ? 0 : -ENOMEM;
}

/* The memory itself, zeroed by the DMA API. */
static int memory_get(struct dmaring_area *area)
{
	if (area->kind == DMARING_POOL_CMA) {
		area->page = dma_alloc_pages(area->dev, area->bytes, &area->address,
					     DMA_BIDIRECTIONAL, DMARING_GFP_USER);
		if (!area->page)
			return -ENOMEM;
		/* It is none, but DMA_API_DEBUG wants every mapping looked at. */
		dma_mapping_error(area->dev, area->address);
		area->cpu = page_address(area->page);
		area->cached = true;
		area->needs_sync = dma_need_sync(area->dev, area->address);
		return 0;
	}
	area->cpu = dma_alloc_attrs(area->dev, area->bytes, &area->address,
				    DMARING_GFP_USER, area_attrs(area));
	area->cached = dev_is_dma_coherent(area->dev);
	return area->cpu ? 0 : -ENOMEM;
}

static void memory_put(struct dmaring_area *area)
{
	memset(area->cpu, 0, area->bytes);
	if (area->kind == DMARING_POOL_CMA)
		dma_free_pages(area->dev, area->bytes, area->page, area->address,
			       DMA_BIDIRECTIONAL);
	else
		dma_free_attrs(area->dev, area->bytes, area->cpu, area->address,
			       area_attrs(area));
	area->cpu = NULL;
	area->page = NULL;
}

/**
 * dmaring_area_alloc() - make an area
 * @dev: whose it will be; stays bound until dmaring_area_revoke()
 * @kind: enum dmaring_pool_kind
 * @bytes: at least so many, not zero
 *
 * Context: may sleep.
 * Return: the area, all zeroes; -EOPNOTSUPP if there is no such kind for the
 * device; -ENOMEM.
 */
struct dmaring_area *dmaring_area_alloc(struct device *dev, u32 kind, size_t bytes)
{
	struct dmaring_area *area;
	int ret = -ENOMEM;

	if (!dmaring_area_possible(dev, kind))
		return ERR_PTR(-EOPNOTSUPP);
	area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	if (!area)
		return ERR_PTR(-ENOMEM);
	init_rwsem(&area->lock);
	area->kind = kind;
	area->dev = dev;
	area->bytes = PAGE_ALIGN(bytes);
	area->revoked = true;
	area->stand_in = alloc_page(DMARING_GFP_USER | __GFP_ZERO);
	if (!area->stand_in)
		goto err_area;
	ret = memory_get(area);
	if (ret)
		goto err_area;
	area->revoked = false;
	ret = pages_find(area);
	if (ret)
		goto err_area;
	return area;

err_area:
	dmaring_area_free(area);
	return ERR_PTR(ret);
}

/**
 * dmaring_area_revoke() - give the memory back
 * @area: the area; no device uses it any more
 *
 * Processes that have it mapped see zeroes from then on.
 *
 * Context: may sleep; not under the mmap lock. Callable twice.
 */
void dmaring_area_revoke(struct dmaring_area *area)
{
	down_write(&area->lock);
	if (!area->revoked) {
		area->revoked = true;
		if (area->mapping)
			unmap_mapping_range(area->mapping, area->offset, area->bytes, 1);
		memory_put(area);
	}
	up_write(&area->lock);
}

/**
 * dmaring_area_free() - the area's end
 * @area: mapped by nobody any more; NULL is nothing
 *
 * Context: may sleep.
 */
void dmaring_area_free(struct dmaring_area *area)
{
	if (!area)
		return;
	dmaring_area_revoke(area);
	kvfree(area->pfn);
	if (area->stand_in)
		__free_page(area->stand_in);
	kfree(area);
}

static vm_fault_t area_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct dmaring_area *area = vma->vm_private_data;
	unsigned long page = vmf->pgoff - (area->offset >> PAGE_SHIFT);
	unsigned long address = vmf->address & PAGE_MASK;
	unsigned long count = area->bytes >> PAGE_SHIFT, i;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	down_read(&area->lock);
	for (i = 0; i < FAULT_PAGES && page < count && address < vma->vm_end; i++) {
		unsigned long pfn = area->revoked ? page_to_pfn(area->stand_in) :
						    area->pfn[page];
		vm_fault_t inserted = vmf_insert_pfn(vma, address, pfn);

		/* Those behind it come in when they are asked for. */
		if (!i)
			ret = inserted;
		if (inserted != VM_FAULT_NOPAGE)
			break;
		address += PAGE_SIZE;
		page++;
	}
	up_read(&area->lock);
	return ret;
}

static const struct vm_operations_struct area_vm_operations = {
	.fault = area_fault,
};

/**
 * dmaring_area_mmap() - let a process see it
 * @area: the area; lives as long as the file that is mapped
 * @vma: shared, and inside of the area
 *
 * Context: the mmap handler.
 * Return: 0 or -EINVAL.
 */
int dmaring_area_mmap(struct dmaring_area *area, struct vm_area_struct *vma)
{
	unsigned long first = area->offset >> PAGE_SHIFT, count = area->bytes >> PAGE_SHIFT;

	/* VM_SHARED is not set where the file is only for reading. */
	if (!(vma->vm_flags & VM_MAYSHARE) || vma->vm_pgoff < first ||
	    vma->vm_pgoff - first >= count ||
	    vma_pages(vma) > count - (vma->vm_pgoff - first))
		return -EINVAL;
	/* Not counted by page: it can be pinned by nobody. */
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = area_protection(area, vma->vm_page_prot);
	vma->vm_private_data = area;
	vma->vm_ops = &area_vm_operations;
	return 0;
}

/**
 * dmaring_area_map() - bus address of an area for some device
 * @area: the area, not revoked
 * @dev: any DMA device, its own included
 * @address: filled in
 * @needs_sync: filled in: it has to be handed over between CPU and @dev
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP if such memory is for one device alone, or @dev does not
 * look into the caches that processes see it through; -ENOMEM if @dev cannot
 * reach it.
 */
int dmaring_area_map(const struct dmaring_area *area, struct device *dev,
		     dma_addr_t *address, bool *needs_sync)
{
	phys_addr_t physical;

	*needs_sync = false;
	if (dev == area->dev) {
		*address = area->address;
		*needs_sync = area->needs_sync;
		return 0;
	}
	if (area->kind == DMARING_POOL_CMA) {
		/* Its own device has it mapped already: so without a sync by the mapping. */
		*address = dma_map_page_attrs(dev, area->page, 0, area->bytes,
					      DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
		if (dma_mapping_error(dev, *address))
			return -ENOMEM;
		*needs_sync = dma_need_sync(dev, *address);
		if (*needs_sync)
			dma_sync_single_for_device(dev, *address, area->bytes,
						   DMA_BIDIRECTIONAL);
		return 0;
	}
	if (area->kind != DMARING_POOL_RESERVED)
		return -EOPNOTSUPP;
	if (area->cached && !dev_is_dma_coherent(dev))
		return -EOPNOTSUPP;
	/* It may have neither pages nor a kernel mapping: dma_map_page() would use both. */
	physical = dma_to_phys(area->dev, area->address);
	if (device_iommu_mapped(dev)) {
		*address = dma_map_resource(dev, physical, area->bytes, DMA_BIDIRECTIONAL, 0);
		return dma_mapping_error(dev, *address) ? -ENOMEM : 0;
	}
	*address = phys_to_dma(dev, physical);
	return dev->dma_mask && dma_capable(dev, *address, area->bytes, false) ? 0 : -ENOMEM;
}

/**
 * dmaring_area_unmap() - undo dmaring_area_map()
 * @area: the area, not revoked
 * @dev: the device
 * @address: as it was filled in
 *
 * Context: may sleep.
 */
void dmaring_area_unmap(const struct dmaring_area *area, struct device *dev,
			dma_addr_t address)
{
	if (dev == area->dev)
		return;
	if (area->kind == DMARING_POOL_CMA)
		dma_unmap_page_attrs(dev, address, area->bytes, DMA_BIDIRECTIONAL,
				     DMA_ATTR_SKIP_CPU_SYNC);
	else if (device_iommu_mapped(dev))
		dma_unmap_resource(dev, address, area->bytes, DMA_BIDIRECTIONAL, 0);
}

/**
 * dmaring_area_sync() - hand a range over between CPU and device
 * @area: the area, not revoked
 * @offset: bytes from its start
 * @bytes: length of the range, inside of the area
 * @dir: which way the bytes go
 * @for_cpu: to the CPU; else to the device
 *
 * Context: any.
 */
void dmaring_area_sync(const struct dmaring_area *area, size_t offset, size_t bytes,
		       enum dma_data_direction dir, bool for_cpu)
{
	if (!area->needs_sync)
		return;
	if (for_cpu)
		dma_sync_single_range_for_cpu(area->dev, area->address, offset, bytes, dir);
	else
		dma_sync_single_range_for_device(area->dev, area->address, offset, bytes, dir);
}
