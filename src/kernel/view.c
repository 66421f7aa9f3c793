// SPDX-License-Identifier: GPL-2.0-only
/*
 * Views: what processes see of an area, by the file of a ring, of a buffer or of a dma-buf.
 *
 * Such memory is not counted by page. So a mapping is filled by faults, can be taken
 * away at any time, and shows a page of zeroes from then on: nobody who looks at a
 * ring whose device has gone is killed for it.
 *
 * Locks: area->lock, inside the mmap lock; i_mmap_rwsem nests inside. A fault
 * holds it over its look at @revoked and its insertion: what it inserted before
 * is found by who takes the mappings away.
 */
#include <linux/dma-map-ops.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include "area.h"

/* Pages that one fault brings in: most areas are used from end to end. */
#define FAULT_PAGES	32U

/**
 * dmaring_view_add() - one more file that shows an area
 * @view: filled in, but for @mapping and @offset
 * @area: the area; lives as long as the view
 * @first: page of it that the file begins with
 * @count: pages
 *
 * Context: may sleep.
 */
void dmaring_view_add(struct dmaring_view *view, struct dmaring_area *area,
		      unsigned long first, unsigned long count)
{
	view->area = area;
	view->first = first;
	view->count = count;
	down_write(&area->lock);
	list_add(&view->list, &area->views);
	up_write(&area->lock);
}

/**
 * dmaring_view_remove() - the file's end
 * @view: mapped by nobody any more
 *
 * Context: may sleep.
 */
void dmaring_view_remove(struct dmaring_view *view)
{
	down_write(&view->area->lock);
	list_del(&view->list);
	up_write(&view->area->lock);
}

/**
 * dmaring_views_empty() - take the memory away from all processes
 * @area: revoked; the next access brings in zeroes
 *
 * Context: may sleep; holds area->lock for writing.
 */
void dmaring_views_empty(struct dmaring_area *area)
{
	struct dmaring_view *each;

	lockdep_assert_held_write(&area->lock);
	list_for_each_entry(each, &area->views, list) {
		if (each->mapping)
			unmap_mapping_range(each->mapping, each->offset,
					    (u64)each->count << PAGE_SHIFT, 1);
	}
}

/* As dma_mmap_attrs() would have it, which cannot be taken back. */
static pgprot_t view_protection(const struct dmaring_area *area, pgprot_t protection)
{
	if (area->cached)
		return protection;
	if (area->kind == DMARING_POOL_WRITE_COMBINING)
		return pgprot_writecombine(protection);
	return pgprot_dmacoherent(protection);
}

static vm_fault_t view_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct dmaring_view *view = vma->vm_private_data;
	struct dmaring_area *area = view->area;
	unsigned long page = vmf->pgoff - (view->offset >> PAGE_SHIFT);
	unsigned long address = vmf->address & PAGE_MASK, i;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	down_read(&area->lock);
	for (i = 0; i < FAULT_PAGES && page < view->count && address < vma->vm_end; i++) {
		unsigned long pfn = area->revoked ? page_to_pfn(area->stand_in) :
						    area->pfn[view->first + page];
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

static const struct vm_operations_struct view_vm_operations = {
	.fault = view_fault,
};

/**
 * dmaring_view_mmap() - let a process see it
 * @view: lives as long as the file that is mapped
 * @vma: shared, and inside of the view
 *
 * Context: the mmap handler.
 * Return: 0 or -EINVAL.
 */
int dmaring_view_mmap(struct dmaring_view *view, struct vm_area_struct *vma)
{
	unsigned long first = view->offset >> PAGE_SHIFT;

	/* VM_SHARED is not set where the file is only for reading. */
	if (!(vma->vm_flags & VM_MAYSHARE) || vma->vm_pgoff < first ||
	    vma->vm_pgoff - first >= view->count ||
	    vma_pages(vma) > view->count - (vma->vm_pgoff - first))
		return -EINVAL;
	/* Not counted by page: it can be pinned by nobody. */
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = view_protection(view->area, vma->vm_page_prot);
	vma->vm_private_data = view;
	vma->vm_ops = &view_vm_operations;
	return 0;
}
