// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shares: a pool, or some pages of it, as a dma-buf for other devices.
 *
 * Rule: Documentation/driver-api/dma-buf.rst. A share keeps the pool's memory,
 * which has no device of its own, and neither the ring nor its device: it stays
 * whole when these end. The module stays loaded for as long as there is one.
 *
 * Locks: share->lock protects the list of attachments and their state.
 */
#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "pool.h"
#include "share.h"

/**
 * struct share - one dma-buf
 * @memory: whose pages they are, with a reference
 * @lock: protects @attachments
 * @attachments: devices that have it
 * @count: members of @page
 * @page: pages of the slice, in order
 */
struct share {
	struct dmaring_memory *memory;
	struct mutex lock;		/* @attachments */
	struct list_head attachments;
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

static int share_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct share *share = dmabuf->priv;
	struct share_attachment *mine = kzalloc(sizeof(*mine), GFP_KERNEL);
	int ret;

	if (!mine)
		return -ENOMEM;
	ret = sg_alloc_table_from_pages(&mine->table, share->page, share->count, 0,
					(size_t)share->count << PAGE_SHIFT, GFP_KERNEL);
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

static struct sg_table *share_map(struct dma_buf_attachment *attachment,
				  enum dma_data_direction direction)
{
	struct share_attachment *mine = attachment->priv;
	struct share *share = attachment->dmabuf->priv;
	int ret = -EBUSY;

	mutex_lock(&share->lock);
	/* The pool's own device has these pages mapped as well: so not by the mapping. */
	if (!mine->mapped)
		ret = dma_map_sgtable(mine->dev, &mine->table, direction,
				      DMA_ATTR_SKIP_CPU_SYNC);
	if (!ret) {
		dma_sync_sgtable_for_device(mine->dev, &mine->table, direction);
		table_copy(&mine->given, &mine->table);
		mine->mapped = true;
	}
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
	dma_sync_sgtable_for_cpu(mine->dev, &mine->table, direction);
	dma_unmap_sgtable(mine->dev, &mine->table, direction, DMA_ATTR_SKIP_CPU_SYNC);
	mutex_unlock(&share->lock);
}

/* Between the two the memory is the CPU's; each device that has it takes part. */
static int share_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct share *share = dmabuf->priv;
	struct share_attachment *each;

	mutex_lock(&share->lock);
	list_for_each_entry(each, &share->attachments, list) {
		if (each->mapped)
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
		if (each->mapped)
			dma_sync_sgtable_for_device(each->dev, &each->table, direction);
	}
	mutex_unlock(&share->lock);
	return 0;
}

/* Counted pages, as in a mapping of the pool itself. The range was checked by dma-buf. */
static int share_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct share *share = dmabuf->priv;
	unsigned long count = vma_pages(vma);

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return vm_insert_pages(vma, vma->vm_start, share->page + vma->vm_pgoff, &count);
}

static void share_release(struct dma_buf *dmabuf)
{
	struct share *share = dmabuf->priv;

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

/**
 * dmaring_share_export() - make a dma-buf of pages of a pool
 * @memory: the pool; gains a reference
 * @offset: where they begin, a multiple of the page size
 * @bytes: how many, a multiple of the page size; 0: all from @offset on
 *
 * Context: may sleep.
 * Return: the dma-buf's file; -EINVAL for no such pages; -EOPNOTSUPP if the memory
 * belongs to a device or to a process; -ENOMEM.
 */
struct file *dmaring_share_export(struct dmaring_memory *memory, u64 offset, u64 bytes)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	struct share *share;
	unsigned int i, count;

	if (memory->kind != DMARING_POOL_DEFAULT)
		return ERR_PTR(-EOPNOTSUPP);
	if (!PAGE_ALIGNED(offset) || !PAGE_ALIGNED(bytes) || offset >= memory->bytes ||
	    bytes > memory->bytes - offset)
		return ERR_PTR(-EINVAL);
	if (!bytes)
		bytes = memory->bytes - offset;
	count = bytes >> PAGE_SHIFT;
	share = kvzalloc(struct_size(share, page, count), GFP_KERNEL_ACCOUNT);
	if (!share)
		return ERR_PTR(-ENOMEM);
	share->count = count;
	for (i = 0; i < count; i++) {
		u64 at = offset + ((u64)i << PAGE_SHIFT);
		u64 within = at & ((1ULL << memory->chunk_shift) - 1);

		share->page[i] = memory->chunk[at >> memory->chunk_shift] +
				 (within >> PAGE_SHIFT);
	}
	mutex_init(&share->lock);
	INIT_LIST_HEAD(&share->attachments);
	info.ops = &share_operations;
	info.size = bytes;
	info.flags = O_RDWR;
	info.priv = share;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		kvfree(share);
		return ERR_CAST(dmabuf);
	}
	dmaring_memory_get(memory);
	share->memory = memory;
	return dmabuf->file;
}

MODULE_IMPORT_NS("DMA_BUF");
