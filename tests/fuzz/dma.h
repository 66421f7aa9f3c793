/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for the kernel's memory and dmaengine: see kernel.h. What it names
 * is made up by engine.c, which knows to whom each byte of bus address space
 * belongs, and judges each descriptor.
 */
#ifndef _FUZZ_DMA_H
#define _FUZZ_DMA_H

#include "kernel.h"

enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE };
#define DMA_ATTR_SKIP_CPU_SYNC	1UL

/* Pages of a pool: whose they are, and which. */
struct page {
	struct list_head node;
	int refs;
	u8 peer;
	u8 pool;
	unsigned int chunk;
	u64 bytes;
};

struct page *alloc_pages(gfp_t gfp, unsigned int order);
void put_page(struct page *page);
#define page_count(page)	((page)->refs)
#define kmemleak_not_leak(p)	((void)(p))
/* There is nothing behind a page. */
#define clear_highpage(page)	((void)(page))
int vm_insert_pages(struct vm_area_struct *vma, unsigned long address, struct page **pages,
		    unsigned long *count);
dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page, size_t offset, size_t bytes,
			      enum dma_data_direction direction, unsigned long attributes);
void dma_unmap_page_attrs(struct device *dev, dma_addr_t address, size_t bytes,
			  enum dma_data_direction direction, unsigned long attributes);
#define dma_mapping_error(dev, address)	((address) == ~0ULL)
void fuzz_dma_sync(struct device *dev, dma_addr_t address, size_t bytes);
#define dma_sync_single_for_device(dev, address, bytes, direction) \
	((void)(direction), fuzz_dma_sync(dev, address, bytes))
#define dma_sync_single_range_for_cpu(dev, address, within, bytes, direction) \
	((void)(direction), fuzz_dma_sync(dev, (address) + (within), bytes))
#define dma_sync_single_range_for_device(dev, address, within, bytes, direction) \
	((void)(direction), fuzz_dma_sync(dev, (address) + (within), bytes))
extern size_t fuzz_segment_bytes;
extern unsigned long fuzz_boundary_mask;
#define dma_get_max_seg_size(dev)	fuzz_segment_bytes
#define dma_max_mapping_size(dev)	SIZE_MAX
#define dma_need_sync(dev, address)	((void)(dev), (void)(address), true)
#define dma_get_seg_boundary(dev)	fuzz_boundary_mask
#define dma_get_cache_alignment()	64

struct scatterlist {
	dma_addr_t dma_address;
	unsigned int dma_length;
	unsigned int length;
	bool last;
};

#define sg_dma_address(sg)	((sg)->dma_address)
#define sg_dma_len(sg)		((sg)->dma_length)
#define sg_mark_end(sg)		((void)((sg)->last = true))
#define sg_unmark_end(sg)	((void)((sg)->last = false))
#define sg_init_table(sg, n)	memset(sg, 0, (n) * sizeof(*(sg)))

typedef s32 dma_cookie_t;
#define dma_submit_error(cookie)	((cookie) < 0)

enum dma_transfer_direction { DMA_MEM_TO_MEM, DMA_MEM_TO_DEV, DMA_DEV_TO_MEM };
enum dma_ctrl_flags { DMA_PREP_INTERRUPT = 1, DMA_CTRL_ACK = 2 };
enum dma_status { DMA_COMPLETE, DMA_IN_PROGRESS, DMA_PAUSED, DMA_ERROR, DMA_OUT_OF_ORDER };
enum dmaengine_tx_result {
	DMA_TRANS_NOERROR, DMA_TRANS_READ_FAILED, DMA_TRANS_WRITE_FAILED, DMA_TRANS_ABORTED,
};
enum dma_residue_granularity {
	DMA_RESIDUE_GRANULARITY_DESCRIPTOR, DMA_RESIDUE_GRANULARITY_SEGMENT,
	DMA_RESIDUE_GRANULARITY_BURST,
};
enum { DMA_CYCLIC, DMA_INTERLEAVE };
enum dma_desc_metadata_mode {
	DESC_METADATA_NONE, DESC_METADATA_CLIENT, DESC_METADATA_ENGINE,
};

struct dmaengine_result {
	enum dmaengine_tx_result result;
	u32 residue;
};

struct dma_tx_state {
	u32 residue;
};

struct dma_async_tx_descriptor {
	void (*callback_result)(void *param, const struct dmaengine_result *result);
	void *callback_param;
};

struct dma_slave_caps {
	u32 residue_granularity;
};

struct dma_device {
	struct device *dev;
	unsigned long cap_mask;
	void *device_prep_dma_cyclic;
	void *device_prep_interleaved_dma;
};

struct dma_chan {
	struct dma_device *device;
	dma_cookie_t cookie;
	dma_cookie_t completed_cookie;
};

static inline enum dma_status dma_async_is_complete(dma_cookie_t cookie, dma_cookie_t complete,
						    dma_cookie_t used)
{
	if (complete <= used)
		return cookie <= complete || cookie > used ? DMA_COMPLETE : DMA_IN_PROGRESS;
	return cookie <= complete && cookie > used ? DMA_COMPLETE : DMA_IN_PROGRESS;
}

struct data_chunk {
	size_t size, icg, dst_icg, src_icg;
};

struct dma_interleaved_template {
	dma_addr_t src_start, dst_start;
	enum dma_transfer_direction dir;
	bool src_inc, dst_inc, src_sgl, dst_sgl;
	size_t numf, frame_size;
	struct data_chunk sgl[];
};

#define dma_has_cap(cap, mask)	((mask) >> (cap) & 1)

struct dma_async_tx_descriptor *
dmaengine_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sg, unsigned int n,
			enum dma_transfer_direction direction, unsigned long flags);
struct dma_async_tx_descriptor *
dmaengine_prep_dma_memcpy(struct dma_chan *chan, dma_addr_t to, dma_addr_t from, size_t bytes,
			  unsigned long flags);
struct dma_async_tx_descriptor *
dmaengine_prep_dma_cyclic(struct dma_chan *chan, dma_addr_t address, size_t bytes, size_t period,
			  enum dma_transfer_direction direction, unsigned long flags);
struct dma_async_tx_descriptor *
dmaengine_prep_interleaved_dma(struct dma_chan *chan, struct dma_interleaved_template *frame,
			       unsigned long flags);
bool dmaengine_is_metadata_mode_supported(struct dma_chan *chan,
					  enum dma_desc_metadata_mode mode);
int dmaengine_desc_attach_metadata(struct dma_async_tx_descriptor *descriptor, void *data,
				   size_t bytes);
void *dmaengine_desc_get_metadata_ptr(struct dma_async_tx_descriptor *descriptor, size_t *bytes,
				      size_t *room);
dma_cookie_t dmaengine_submit(struct dma_async_tx_descriptor *descriptor);
void dma_async_issue_pending(struct dma_chan *chan);
enum dma_status dmaengine_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				    struct dma_tx_state *state);
int dmaengine_terminate_sync(struct dma_chan *chan);
void dmaengine_synchronize(struct dma_chan *chan);

#endif
