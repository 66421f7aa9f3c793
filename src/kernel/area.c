// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas: memory in one piece that the DMA API allocates for a device.
 *
 * Such memory is not counted by page: nothing but the area keeps it, and it must
 * be given back before its device is unbound. What processes see of it can be taken
 * away (view.c). Another device that has it cannot be made to let go: then the
 * memory stays where it is, for ever, and the log says so.
 *
 * Locks: shared_lock, with area->lock inside of it.
 */
#include <linux/cc_platform.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "area.h"
#include "pool.h"

/* Areas that may outlive who made them. */
static LIST_HEAD(shared_areas);
static DEFINE_MUTEX(shared_lock);

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
	INIT_LIST_HEAD(&area->views);
	INIT_LIST_HEAD(&area->shared);
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
	dmaring_view_add(&area->view, area, 0, area->bytes >> PAGE_SHIFT);
	return area;

err_area:
	dmaring_area_free(area);
	return ERR_PTR(ret);
}

/**
 * dmaring_area_revoke() - give the memory back
 * @area: the area; its own device does not use it any more, or it is quarantined
 *
 * Processes that have it mapped see zeroes from then on. While another device has
 * it, or in quarantine, nobody else may ever get it.
 *
 * Context: may sleep; not under the mmap lock. Callable twice.
 */
void dmaring_area_revoke(struct dmaring_area *area)
{
	down_write(&area->lock);
	if (!area->revoked) {
		area->revoked = true;
		dmaring_views_empty(area);
		if (atomic_read(&area->held))
			dev_warn(area->dev,
				 "%zu bytes are given up: another device has them by a dma-buf\n",
				 area->bytes);
		else if (!area->quarantine)
			memory_put(area);
	}
	up_write(&area->lock);
}

/**
 * dmaring_area_quarantine() - never give the memory back
 * @area: an engine may still write to it
 *
 * Context: may sleep. Callable twice.
 */
void dmaring_area_quarantine(struct dmaring_area *area)
{
	down_write(&area->lock);
	area->quarantine = true;
	up_write(&area->lock);
}

/**
 * dmaring_area_share() - let an area outlive who made it, but not its device
 * @area: the area; shared before is fine
 * @owner: who calls dmaring_areas_revoke() before the device is unbound
 *
 * Context: may sleep.
 * Return: 0; -ENODEV if it has been revoked.
 */
int dmaring_area_share(struct dmaring_area *area, const void *owner)
{
	bool revoked;

	mutex_lock(&shared_lock);
	area->owner = owner;
	if (list_empty(&area->shared))
		list_add(&area->shared, &shared_areas);
	down_read(&area->lock);
	revoked = area->revoked;
	up_read(&area->lock);
	mutex_unlock(&shared_lock);
	return revoked ? -ENODEV : 0;
}

/**
 * dmaring_areas_revoke() - give back what is still shared
 * @owner: whose areas
 *
 * Context: may sleep; their device is still bound.
 */
void dmaring_areas_revoke(const void *owner)
{
	struct dmaring_area *each;

	mutex_lock(&shared_lock);
	list_for_each_entry(each, &shared_areas, shared) {
		if (each->owner == owner)
			dmaring_area_revoke(each);
	}
	mutex_unlock(&shared_lock);
}

/**
 * dmaring_area_hold() - another device is about to get the memory
 * @area: the area
 *
 * Context: may sleep.
 * Return: 0, until dmaring_area_let_go(); -ENODEV if it has been revoked.
 */
int dmaring_area_hold(struct dmaring_area *area)
{
	int ret = -ENODEV;

	down_read(&area->lock);
	if (!area->revoked) {
		atomic_inc(&area->held);
		ret = 0;
	}
	up_read(&area->lock);
	return ret;
}

/**
 * dmaring_area_let_go() - undo dmaring_area_hold()
 * @area: the area
 *
 * Context: any.
 */
void dmaring_area_let_go(struct dmaring_area *area)
{
	atomic_dec(&area->held);
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
	/* In this order: until it is done, its device waits in dmaring_areas_revoke(). */
	dmaring_area_revoke(area);
	mutex_lock(&shared_lock);
	list_del(&area->shared);
	mutex_unlock(&shared_lock);
	kvfree(area->pfn);
	if (area->stand_in)
		__free_page(area->stand_in);
	kfree(area);
}

/**
 * dmaring_area_map() - bus address of a range of an area, for some device
 * @area: the area, not revoked
 * @dev: any DMA device, its own included
 * @offset: bytes from its start, at a page
 * @bytes: whole pages, inside of the area
 * @address: filled in
 * @needs_sync: filled in: it has to be handed over between CPU and @dev
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP if such memory is for one device alone, or @dev does not
 * look into the caches that processes see it through; -ENOMEM if @dev cannot
 * reach it.
 */
int dmaring_area_map(const struct dmaring_area *area, struct device *dev, size_t offset,
		     size_t bytes, dma_addr_t *address, bool *needs_sync)
{
	phys_addr_t physical;

	*needs_sync = false;
	if (dev == area->dev) {
		*address = area->address + offset;
		*needs_sync = area->needs_sync;
		return 0;
	}
	if (area->kind == DMARING_POOL_CMA) {
		/* Its own device has it mapped already: so without a sync by the mapping. */
		*address = dma_map_page_attrs(dev, area->page + (offset >> PAGE_SHIFT), 0, bytes,
					      DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
		if (dma_mapping_error(dev, *address))
			return -ENOMEM;
		*needs_sync = dma_need_sync(dev, *address);
		if (*needs_sync)
			dma_sync_single_for_device(dev, *address, bytes, DMA_BIDIRECTIONAL);
		return 0;
	}
	if (area->kind != DMARING_POOL_RESERVED)
		return -EOPNOTSUPP;
	if (area->cached && !dev_is_dma_coherent(dev))
		return -EOPNOTSUPP;
	/* It may have neither pages nor a kernel mapping: dma_map_page() would use both. */
	physical = dma_to_phys(area->dev, area->address) + offset;
	if (device_iommu_mapped(dev)) {
		*address = dma_map_resource(dev, physical, bytes, DMA_BIDIRECTIONAL, 0);
		return dma_mapping_error(dev, *address) ? -ENOMEM : 0;
	}
	*address = phys_to_dma(dev, physical);
	return dev->dma_mask && dma_capable(dev, *address, bytes, false) ? 0 : -ENOMEM;
}

/**
 * dmaring_area_unmap() - undo dmaring_area_map()
 * @area: the area
 * @dev: the device
 * @address: as it was filled in
 * @bytes: as they were mapped
 *
 * Context: may sleep.
 */
void dmaring_area_unmap(const struct dmaring_area *area, struct device *dev,
			dma_addr_t address, size_t bytes)
{
	if (dev == area->dev)
		return;
	if (area->kind == DMARING_POOL_CMA)
		dma_unmap_page_attrs(dev, address, bytes, DMA_BIDIRECTIONAL,
				     DMA_ATTR_SKIP_CPU_SYNC);
	else if (device_iommu_mapped(dev))
		dma_unmap_resource(dev, address, bytes, DMA_BIDIRECTIONAL, 0);
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
