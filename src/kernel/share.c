// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shares: a pool, or some pages of it, as a dma-buf for other devices.
 *
 * Rule: Documentation/driver-api/dma-buf.rst. A share keeps the pool's memory, and
 * neither the ring nor its device. Counted pages stay whole when these end; what
 * belongs to the device (an area) stays until that goes, and is zeroes for processes
 * and nothing for devices afterwards. The module stays loaded for as long as there
 * is one.
 *
 * Locks: share->lock protects the list of attachments and their state; area->lock
 * nests inside.
 */
#include <linux/dma-buf.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "area.h"
#include "pool.h"
#include "share.h"

/**
 * struct share - one dma-buf
 * @memory: whose pages they are, with a reference
 * @view: of the area that they are of; its @area is NULL if they are counted
 * @inode: of the dma-buf; keeps the mapping of @view
 * @lock: protects @attachments
 * @attachments: devices that have it
 * @offset: where in the pool it begins, in bytes
 * @bytes: of the slice
 * @count: members of @page; none of memory that may have no pages
 * @page: pages of the slice, in order
 */
struct share {
	struct dmaring_memory *memory;
	struct dmaring_view view;
	struct inode *inode;
	struct mutex lock;		/* @attachments */
	struct list_head attachments;
	u64 offset;
	u64 bytes;
	unsigned int count;
	struct page *page[];
};

/**
 * struct share_attachment - one device that has it
 * @list: in share->attachments
 * @dev: the device
 * @table: the pages, for @dev
 * @given: a copy, for the importer: CONFIG_DMABUF_DEBUG makes it useless for us
 * @mapped: they have addresses
 */
struct share_attachment {
	struct list_head list;
	struct device *dev;
	struct sg_table table;
	struct sg_table given;
	bool mapped;
};

static void table_copy(struct sg_table *to, const struct sg_table *from)
{
	struct scatterlist *source, *target = to->sgl;
	unsigned int i;

	for_each_sgtable_sg(from, source, i) {
		sg_set_page(target, sg_page(source), source->length, source->offset);
		sg_dma_address(target) = sg_dma_address(source);
		sg_dma_len(target) = sg_dma_len(source);
		target = sg_next(target);
	}
	to->nents = from->nents;
}

static int table_build(struct share *share, struct sg_table *table)
{
	int ret;

	if (share->count)
		return sg_alloc_table_from_pages(table, share->page, share->count, 0,
						 share->bytes, GFP_KERNEL);
	ret = sg_alloc_table(table, 1, GFP_KERNEL);
	if (!ret)
		sg_set_page(table->sgl, NULL, share->bytes, 0);
	return ret;
}

static int share_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct share *share = dmabuf->priv;
	const struct dmaring_area *area = share->view.area;
	struct share_attachment *mine;
	int ret;

	/* It would look into caches where what processes write is not. */
	if (area && !area->cached && dev_is_dma_coherent(attachment->dev))
		return -EOPNOTSUPP;
	mine = kzalloc(sizeof(*mine), GFP_KERNEL);
	if (!mine)
		return -ENOMEM;
	ret = table_build(share, &mine->table);
	if (ret)
		goto err_free;
	ret = sg_alloc_table(&mine->given, mine->table.orig_nents, GFP_KERNEL);
	if (ret)
		goto err_table;
	mine->dev = attachment->dev;
	attachment->priv = mine;
	mutex_lock(&share->lock);
	list_add(&mine->list, &share->attachments);
	mutex_unlock(&share->lock);
	return 0;

err_table:
	sg_free_table(&mine->table);
err_free:
	kfree(mine);
	return ret;
}

static void share_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct share_attachment *mine = attachment->priv;
	struct share *share = dmabuf->priv;

	mutex_lock(&share->lock);
	list_del(&mine->list);
	mutex_unlock(&share->lock);
	sg_free_table(&mine->given);
	sg_free_table(&mine->table);
	kfree(mine);
}

/* Is it handed over between CPU and devices? */
static bool share_syncs(const struct share *share)
{
	return share->count && (!share->view.area || share->view.area->cached);
}

/* What is written to a bounce buffer would stay there, as nobody hands it over. */
static bool table_bounces(struct device *dev, struct sg_table *table)
{
	struct scatterlist *part;
	unsigned int i;

	if (device_iommu_mapped(dev))
		return false;
	for_each_sgtable_dma_sg(table, part, i) {
		if (sg_dma_address(part) != phys_to_dma(dev, sg_phys(part)))
			return true;
	}
	return false;
}

/* Without a sync: the pool's own device has these pages mapped as well. */
static int table_map(struct share *share, struct device *dev, struct sg_table *table,
		     enum dma_data_direction direction)
{
	bool needs_sync;
	int ret;

	if (!share->count) {
		ret = dmaring_area_map(share->view.area, dev, share->offset, share->bytes,
				       &sg_dma_address(table->sgl), &needs_sync);
		sg_dma_len(table->sgl) = share->bytes;
		return ret;
	}
	ret = dma_map_sgtable(dev, table, direction, DMA_ATTR_SKIP_CPU_SYNC);
	if (!ret && !share_syncs(share) && table_bounces(dev, table)) {
		dma_unmap_sgtable(dev, table, direction, DMA_ATTR_SKIP_CPU_SYNC);
		ret = -EOPNOTSUPP;
	}
	if (!ret && share_syncs(share))
		dma_sync_sgtable_for_device(dev, table, direction);
	return ret;
}

static void table_unmap(struct share *share, struct device *dev, struct sg_table *table,
			enum dma_data_direction direction)
{
	if (!share->count) {
		dmaring_area_unmap(share->view.area, dev, sg_dma_address(table->sgl),
				   share->bytes);
		return;
	}
	if (share_syncs(share))
		dma_sync_sgtable_for_cpu(dev, table, direction);
	dma_unmap_sgtable(dev, table, direction, DMA_ATTR_SKIP_CPU_SYNC);
}

static struct sg_table *share_map(struct dma_buf_attachment *attachment,
				  enum dma_data_direction direction)
{
	struct share_attachment *mine = attachment->priv;
	struct share *share = attachment->dmabuf->priv;
	struct dmaring_area *area = share->view.area;
	int ret = 0;

	mutex_lock(&share->lock);
	if (mine->mapped)
		ret = -EBUSY;
	else if (area)
		ret = dmaring_area_hold(area);
	if (ret)
		goto out;
	ret = table_map(share, mine->dev, &mine->table, direction);
	if (!ret) {
		table_copy(&mine->given, &mine->table);
		mine->mapped = true;
	} else if (area) {
		dmaring_area_let_go(area);
	}
out:
	mutex_unlock(&share->lock);
	return ret ? ERR_PTR(ret) : &mine->given;
}

static void share_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			enum dma_data_direction direction)
{
	struct share_attachment *mine = attachment->priv;
	struct share *share = attachment->dmabuf->priv;

	mutex_lock(&share->lock);
	mine->mapped = false;
	table_unmap(share, mine->dev, &mine->table, direction);
	if (share->view.area)
		dmaring_area_let_go(share->view.area);
	mutex_unlock(&share->lock);
}

/* Between the two the memory is the CPU's; each device that has it takes part. */
static int share_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct share *share = dmabuf->priv;
	struct share_attachment *each;

	mutex_lock(&share->lock);
	list_for_each_entry(each, &share->attachments, list) {
		if (each->mapped && share_syncs(share))
			dma_sync_sgtable_for_cpu(each->dev, &each->table, direction);
	}
	mutex_unlock(&share->lock);
	return 0;
}

static int share_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct share *share = dmabuf->priv;
	struct share_attachment *each;

	mutex_lock(&share->lock);
	list_for_each_entry(each, &share->attachments, list) {
		if (each->mapped && share_syncs(share))
			dma_sync_sgtable_for_device(each->dev, &each->table, direction);
	}
	mutex_unlock(&share->lock);
	return 0;
}

/* As in a mapping of the pool itself. The range was checked by dma-buf. */
static int share_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct share *share = dmabuf->priv;
	unsigned long count = vma_pages(vma);

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (share->view.area)
		return dmaring_view_mmap(&share->view, vma);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return vm_insert_pages(vma, vma->vm_start, share->page + vma->vm_pgoff, &count);
}

static void share_release(struct dma_buf *dmabuf)
{
	struct share *share = dmabuf->priv;

	if (share->view.area)
		dmaring_view_remove(&share->view);
	iput(share->inode);
	dmaring_memory_put(share->memory);
	kvfree(share);
}

static const struct dma_buf_ops share_operations = {
	.attach = share_attach,
	.detach = share_detach,
	.map_dma_buf = share_map,
	.unmap_dma_buf = share_unmap,
	.begin_cpu_access = share_begin_cpu_access,
	.end_cpu_access = share_end_cpu_access,
	.mmap = share_mmap,
	.release = share_release,
};

static struct page *page_find(const struct dmaring_memory *memory, u64 at)
{
	u64 within = at & ((1ULL << memory->chunk_shift) - 1);
	unsigned long pfn;

	if (!memory->area)
		return memory->chunk[at >> memory->chunk_shift] + (within >> PAGE_SHIFT);
	pfn = memory->area->pfn[at >> PAGE_SHIFT];
	return pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}

static struct share *share_new(struct dmaring_memory *memory, u64 offset, u64 bytes)
{
	unsigned int count = memory->kind == DMARING_POOL_RESERVED ? 0 : bytes >> PAGE_SHIFT, i;
	struct share *share = kvzalloc(struct_size(share, page, count), GFP_KERNEL_ACCOUNT);

	if (!share)
		return ERR_PTR(-ENOMEM);
	share->memory = memory;
	share->offset = offset;
	share->bytes = bytes;
	share->count = count;
	for (i = 0; i < count; i++) {
		share->page[i] = page_find(memory, offset + ((u64)i << PAGE_SHIFT));
		if (!share->page[i]) {
			kvfree(share);
			return ERR_PTR(-EOPNOTSUPP);
		}
	}
	mutex_init(&share->lock);
	INIT_LIST_HEAD(&share->attachments);
	return share;
}

/**
 * dmaring_share_export() - make a dma-buf of pages of a pool
 * @memory: the pool; gains a reference
 * @owner: with whose areas one of this pool goes, see dmaring_areas_revoke()
 * @offset: where they begin, a multiple of the page size
 * @bytes: how many, a multiple of the page size; 0: all from @offset on
 *
 * Context: may sleep.
 * Return: the dma-buf's file; -EINVAL for no such pages; -EOPNOTSUPP if the memory
 * was brought by the process, or has no pages; -ENODEV if it belonged to a device
 * that has gone; -ENOMEM.
 */
struct file *dmaring_share_export(struct dmaring_memory *memory, const void *owner, u64 offset,
				  u64 bytes)
{
	struct dmaring_area *area = memory->area;
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	struct share *share;
	int ret;

	if (!area && memory->kind != DMARING_POOL_DEFAULT)
		return ERR_PTR(-EOPNOTSUPP);
	if (!PAGE_ALIGNED(offset) || !PAGE_ALIGNED(bytes) || offset >= memory->bytes ||
	    bytes > memory->bytes - offset)
		return ERR_PTR(-EINVAL);
	ret = area ? dmaring_area_share(area, owner) : 0;
	if (ret)
		return ERR_PTR(ret);
	share = share_new(memory, offset, bytes ?: memory->bytes - offset);
	if (IS_ERR(share))
		return ERR_CAST(share);
	info.ops = &share_operations;
	info.size = share->bytes;
	info.flags = O_RDWR;
	info.priv = share;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		kvfree(share);
		return ERR_CAST(dmabuf);
	}
	share->inode = file_inode(dmabuf->file);
	ihold(share->inode);
	if (area) {
		share->view.mapping = dmabuf->file->f_mapping;
		dmaring_view_add(&share->view, area, offset >> PAGE_SHIFT,
				 share->bytes >> PAGE_SHIFT);
	}
	dmaring_memory_get(memory);
	return dmabuf->file;
}

MODULE_IMPORT_NS("DMA_BUF");
