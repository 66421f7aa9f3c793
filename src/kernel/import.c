// SPDX-License-Identifier: GPL-2.0-only
/*
 * Imports: somebody else's dma-buf as the memory of a pool.
 *
 * The exporter maps it, once for each DMA device of the ring, and answers for its
 * caches: who looks at it with the CPU brackets that by DMA_BUF_IOCTL_SYNC on the
 * dma-buf. The driver hands nothing over, as that may sleep and a callback
 * must not.
 */
#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "share.h"
#include "pool.h"

/**
 * struct dmaring_import - a dma-buf that is a pool
 * @dmabuf: with a reference
 * @maps: members of @map
 * @map: for each device: its attachment, and the mapping
 */
struct dmaring_import {
	struct dma_buf *dmabuf;
	unsigned int maps;
	struct {
		struct dma_buf_attachment *attachment;
		struct sg_table *table;
	} map[DMARING_CHANNELS_MAX];
};

/**
 * dmaring_import_get() - get hold of a dma-buf
 * @fd: of the calling process
 *
 * Context: process.
 * Return: the import; -EBADF; -EINVAL if it is no dma-buf; -ENOMEM.
 */
struct dmaring_import *dmaring_import_get(int fd)
{
	struct dmaring_import *import = kzalloc(sizeof(*import), GFP_KERNEL_ACCOUNT);
	struct dma_buf *dmabuf;

	if (!import)
		return ERR_PTR(-ENOMEM);
	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf)) {
		kfree(import);
		return ERR_CAST(dmabuf);
	}
	import->dmabuf = dmabuf;
	return import;
}

/**
 * dmaring_import_bytes() - size of the dma-buf
 * @import: the import
 *
 * Return: bytes.
 */
u64 dmaring_import_bytes(const struct dmaring_import *import)
{
	return import->dmabuf->size;
}

/* Bus addresses, page by page, as far as they are asked for. */
static int addresses_fill(struct device *dev, struct sg_table *table, dma_addr_t *address,
			  unsigned int pages)
{
	struct scatterlist *part;
	unsigned int i, n = 0;

	for_each_sgtable_dma_sg(table, part, i) {
		dma_addr_t at = sg_dma_address(part);
		unsigned int left = sg_dma_len(part);

		if (!PAGE_ALIGNED(at) || !PAGE_ALIGNED(left))
			return -EINVAL;
		/* What is written to a bounce buffer would stay there. */
		if (dev_is_dma_coherent(dev) && dma_need_sync(dev, at))
			return -EOPNOTSUPP;
		for (; left && n < pages; left -= PAGE_SIZE) {
			address[n++] = at;
			at += PAGE_SIZE;
		}
	}
	return n == pages ? 0 : -EINVAL;
}

/**
 * dmaring_import_map() - let one more device see the dma-buf
 * @import: the import
 * @dev: the device
 * @address: filled in: the bus address of each page
 * @pages: how many of them, from the start
 *
 * Context: may sleep.
 * Return: 0; -EINVAL if it is not made of whole pages; -EOPNOTSUPP if the device
 * would see a copy; or what the exporter says.
 */
int dmaring_import_map(struct dmaring_import *import, struct device *dev,
		       dma_addr_t *address, unsigned int pages)
{
	struct dma_buf_attachment *attachment = dma_buf_attach(import->dmabuf, dev);
	struct sg_table *table;
	int ret;

	if (IS_ERR(attachment))
		return PTR_ERR(attachment);
	table = dma_buf_map_attachment_unlocked(attachment, DMA_BIDIRECTIONAL);
	if (IS_ERR(table)) {
		dma_buf_detach(import->dmabuf, attachment);
		return PTR_ERR(table);
	}
	ret = addresses_fill(dev, table, address, pages);
	if (ret) {
		dma_buf_unmap_attachment_unlocked(attachment, table, DMA_BIDIRECTIONAL);
		dma_buf_detach(import->dmabuf, attachment);
		return ret;
	}
	import->map[import->maps].attachment = attachment;
	import->map[import->maps].table = table;
	import->maps++;
	return 0;
}

/**
 * dmaring_import_unmap() - take it away from all devices
 * @import: the import; nothing is in flight on it
 *
 * Context: may sleep. Callable twice.
 */
void dmaring_import_unmap(struct dmaring_import *import)
{
	while (import->maps) {
		import->maps--;
		dma_buf_unmap_attachment_unlocked(import->map[import->maps].attachment,
						  import->map[import->maps].table,
						  DMA_BIDIRECTIONAL);
		dma_buf_detach(import->dmabuf, import->map[import->maps].attachment);
	}
}

/**
 * dmaring_import_put() - let go of the dma-buf
 * @import: unmapped; NULL is nothing
 *
 * Context: may sleep.
 */
void dmaring_import_put(struct dmaring_import *import)
{
	if (!import)
		return;
	dma_buf_put(import->dmabuf);
	kfree(import);
}
