// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that the driver and a process share: the KERN and USER regions.
 *
 * Single pages, charged to the opener's memory cgroup, mapped once for the
 * kernel. A process's mapping counts the pages, so they outlive the ring for
 * as long as anybody can see them.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "ring.h"

/**
 * dmaring_region_alloc() - make a region of zeroed pages
 * @region: filled in
 * @bytes: size, a multiple of the page size
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int dmaring_region_alloc(struct dmaring_region *region, size_t bytes)
{
	unsigned int i, count = bytes >> PAGE_SHIFT;

	region->pages = kvcalloc(count, sizeof(*region->pages), DMARING_GFP_USER);
	if (!region->pages)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		region->pages[i] = alloc_page(DMARING_GFP_USER | __GFP_ZERO);
		if (!region->pages[i])
			goto err_pages;
		region->count++;
	}
	region->address = vmap(region->pages, count, VM_MAP, PAGE_KERNEL);
	if (!region->address)
		goto err_pages;
	return 0;

err_pages:
	dmaring_region_free(region);
	return -ENOMEM;
}

/**
 * dmaring_region_free() - undo dmaring_region_alloc()
 * @region: may be partly built, or zeroed
 *
 * Context: may sleep.
 */
void dmaring_region_free(struct dmaring_region *region)
{
	unsigned int i;

	if (region->address)
		vunmap(region->address);
	for (i = 0; i < region->count; i++)
		put_page(region->pages[i]);
	kvfree(region->pages);
	memset(region, 0, sizeof(*region));
}

/**
 * dmaring_region_mmap() - put the pages into a mapping
 * @region: the region
 * @vma: at most as long as the region, flags already set
 *
 * Context: the mmap handler.
 * Return: 0, -EINVAL if too long, -ENOMEM.
 */
int dmaring_region_mmap(const struct dmaring_region *region,
			struct vm_area_struct *vma)
{
	unsigned long count = vma_pages(vma);

	if (count > region->count)
		return -EINVAL;
	return vm_insert_pages(vma, vma->vm_start, region->pages, &count);
}
