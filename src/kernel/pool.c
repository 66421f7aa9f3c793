// SPDX-License-Identifier: GPL-2.0-only
/*
 * The default pool: cached pages of the page allocator.
 *
 * A pool is a row of equal chunks, each physically contiguous, mapped once for
 * each DMA device of the ring for as long as the ring lives. A transfer hands
 * over just its own bytes with dma_sync_*. A process's mapping counts the
 * pages, so that a pool can be pinned (O_DIRECT, zero-copy sends) and lives on
 * while anybody sees it.
 */
#include <linux/cred.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "pool.h"

/* Larger pieces only cost the page allocator dear. */
#define CHUNK_BYTES_MAX	SZ_4M
/* Small buffers share chunks of this size. */
#define CHUNK_BYTES_MIN	SZ_64K

/**
 * dmaring_memory_chunk_bytes() - longest chunk that a DMA device takes
 * @dev: the device
 *
 * Its segment limit, its boundary (a chunk is aligned to its size, so it
 * crosses none), and what a bounce buffer can hold.
 *
 * Return: bytes, a power of two, at least a page.
 */
size_t dmaring_memory_chunk_bytes(struct device *dev)
{
	size_t bytes = min_t(size_t, CHUNK_BYTES_MAX, PAGE_SIZE << DMARING_PAGE_ORDER_MAX);

	bytes = min_t(size_t, bytes, dma_get_max_seg_size(dev));
	bytes = min_t(size_t, bytes, dma_max_mapping_size(dev));
	/* A mask; all ones means none. */
	bytes = min_t(u64, bytes - 1, dma_get_seg_boundary(dev)) + 1;
	return max_t(size_t, rounddown_pow_of_two(bytes), PAGE_SIZE);
}

static void chunks_free(struct dmaring_memory *memory, bool quarantine)
{
	unsigned int i;

	for (i = 0; i < memory->chunks; i++) {
		/* A quarantined page keeps our reference for ever. */
		if (memory->chunk[i] && !quarantine)
			put_page(memory->chunk[i]);
		memory->chunk[i] = NULL;
	}
}

/* Fill the row with chunks of 1 << shift bytes, or with none. */
static int chunks_alloc(struct dmaring_memory *memory, unsigned int shift)
{
	gfp_t gfp = DMARING_GFP_USER | __GFP_ZERO;
	unsigned int order = shift - PAGE_SHIFT, i;

	/* A smaller size will do: do not reclaim hard for a large one. */
	if (order)
		gfp = (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_COMP | __GFP_NORETRY;
	for (i = 0; i < memory->chunks; i++) {
		memory->chunk[i] = alloc_pages(gfp, order);
		if (!memory->chunk[i]) {
			chunks_free(memory, false);
			return -ENOMEM;
		}
	}
	return 0;
}

static int memory_map(struct dmaring_memory *memory, struct device *dev)
{
	struct dmaring_pool_map *map = &memory->map[memory->maps];
	unsigned int i;

	map->address = kvcalloc(memory->chunks, sizeof(*map->address), DMARING_GFP_USER);
	if (!map->address)
		return -ENOMEM;
	for (i = 0; i < memory->chunks; i++) {
		map->address[i] = dma_map_page(dev, memory->chunk[i], 0,
					       1UL << memory->chunk_shift,
					       DMA_BIDIRECTIONAL);
		if (dma_mapping_error(dev, map->address[i]))
			goto err_map;
		map->needs_sync |= dma_need_sync(dev, map->address[i]);
	}
	map->dev = dev;
	map->boundary_mask = min_t(u64, dma_get_seg_boundary(dev), U32_MAX);
	memory->maps++;
	return 0;

err_map:
	while (i--)
		dma_unmap_page(dev, map->address[i], 1UL << memory->chunk_shift,
			       DMA_BIDIRECTIONAL);
	kvfree(map->address);
	map->address = NULL;
	return -ENOMEM;
}

/**
 * dmaring_memory_unmap() - take the pool away from its DMA devices
 * @memory: the pool; nothing is in flight on it, or it is quarantined
 *
 * Without a sync: each transfer had its own, and what the CPU wrote since is
 * to stay for those who still have the pages.
 *
 * Context: may sleep. Callable twice.
 */
void dmaring_memory_unmap(struct dmaring_memory *memory)
{
	unsigned int i;

	for (i = 0; i < memory->maps; i++) {
		struct dmaring_pool_map *map = &memory->map[i];
		unsigned int j;

		if (!map->dev)
			continue;
		for (j = 0; j < memory->chunks; j++)
			dma_unmap_page_attrs(map->dev, map->address[j],
					     1UL << memory->chunk_shift,
					     DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
		map->dev = NULL;
	}
}

/**
 * dmaring_memory_free() - the pool's end
 * @memory: unmapped unless quarantined; NULL is nothing
 * @quarantine: an engine may still write to it: keep the pages for ever
 *
 * Context: may sleep.
 */
void dmaring_memory_free(struct dmaring_memory *memory, bool quarantine)
{
	unsigned int i;

	if (!memory)
		return;
	if (!quarantine)
		dmaring_memory_unmap(memory);
	for (i = 0; i < memory->maps; i++)
		kvfree(memory->map[i].address);
	chunks_free(memory, quarantine);
	kvfree(memory->chunk);
	dmaring_account_uncharge(memory->account, memory->bytes);
	kvfree(memory);
}

/*
 * Bytes from one buffer to the next: buffers share no cache line, and larger
 * ones start at a page.
 */
static u64 buffer_stride(u64 bytes)
{
	u64 line = max_t(u64, DMARING_LINE_BYTES, dma_get_cache_alignment());

	return ALIGN(bytes, bytes < PAGE_SIZE ? line : PAGE_SIZE);
}

/*
 * Longest piece that may be one chunk. A cyclic stream is cut at its blocks, not
 * at the chunk: the limit of a segment does not bear on it.
 */
static size_t contiguous_bytes_max(struct device *dev)
{
	size_t bytes = min_t(size_t, CHUNK_BYTES_MAX, PAGE_SIZE << DMARING_PAGE_ORDER_MAX);

	bytes = min_t(size_t, bytes, dma_max_mapping_size(dev));
	bytes = min_t(u64, bytes - 1, dma_get_seg_boundary(dev)) + 1;
	return rounddown_pow_of_two(bytes);
}

/**
 * dmaring_memory_alloc() - make a default pool
 * @pool: what is asked; .stride and .bytes are filled in
 * @devs: distinct DMA devices of the ring
 * @ndevs: how many
 *
 * Context: may sleep.
 * Return: the pool; -EINVAL for a shape that cannot be; -EDQUOT beyond the
 * user's limit; -ENOMEM, also when a device cannot reach the memory.
 */
struct dmaring_memory *dmaring_memory_alloc(struct dmaring_pool *pool,
					    struct device **devs,
					    unsigned int ndevs)
{
	struct dmaring_memory *memory;
	bool contiguous = pool->flags & DMARING_POOL_CONTIGUOUS;
	size_t chunk_max = CHUNK_BYTES_MAX;
	unsigned int i, shift;
	u64 stride, bytes;
	int ret;

	if (!pool->buffers || pool->buffers > DMARING_BUFFERS_MAX ||
	    !pool->buffer_bytes || pool->buffer_bytes > DMARING_BUFFER_BYTES_MAX)
		return ERR_PTR(-EINVAL);
	for (i = 0; i < ndevs; i++)
		chunk_max = min(chunk_max, contiguous ? contiguous_bytes_max(devs[i]) :
						       dmaring_memory_chunk_bytes(devs[i]));
	stride = buffer_stride(pool->buffer_bytes);
	shift = ilog2(min_t(u64, chunk_max,
			    max_t(u64, roundup_pow_of_two(stride), CHUNK_BYTES_MIN)));
	bytes = stride * pool->buffers;
	if (contiguous && (stride != pool->buffer_bytes || bytes > chunk_max))
		return ERR_PTR(-EINVAL);
	if (contiguous || bytes <= 1UL << shift)
		shift = max_t(unsigned int, PAGE_SHIFT, order_base_2(bytes));
	bytes = ALIGN(bytes, 1ULL << shift);
	if (bytes > DMARING_POOL_BYTES_MAX)
		return ERR_PTR(-EINVAL);

	memory = kvzalloc(struct_size(memory, map, ndevs), GFP_KERNEL_ACCOUNT);
	if (!memory)
		return ERR_PTR(-ENOMEM);
	memory->account = dmaring_account_charge(current_euid(), bytes);
	if (IS_ERR(memory->account)) {
		ret = PTR_ERR(memory->account);
		kvfree(memory);
		return ERR_PTR(ret);
	}
	memory->buffers = pool->buffers;
	memory->buffer_bytes = pool->buffer_bytes;
	memory->stride = stride;
	memory->bytes = bytes;
	do {
		memory->chunk_shift = shift;
		memory->chunks = bytes >> shift;
		memory->chunk = kvcalloc(memory->chunks, sizeof(*memory->chunk),
					 DMARING_GFP_USER);
		if (!memory->chunk) {
			memory->chunks = 0;
			ret = -ENOMEM;
			break;
		}
		ret = chunks_alloc(memory, shift);
		/* Only before another try: else it is freed with the rest. */
		if (ret && !contiguous && shift > PAGE_SHIFT) {
			kvfree(memory->chunk);
			memory->chunk = NULL;
		}
	} while (ret && !contiguous && shift-- > PAGE_SHIFT);
	for (i = 0; !ret && i < ndevs; i++)
		ret = memory_map(memory, devs[i]);
	if (ret) {
		dmaring_memory_free(memory, false);
		return ERR_PTR(ret);
	}
	pool->stride = stride;
	pool->bytes = bytes;
	return memory;
}

/**
 * dmaring_memory_mmap() - put a pool into a mapping
 * @memory: the pool
 * @vma: at most as long as the pool, flags already set
 *
 * Context: the mmap handler.
 * Return: 0, -EINVAL if too long, -ENOMEM.
 */
int dmaring_memory_mmap(struct dmaring_memory *memory,
			struct vm_area_struct *vma)
{
	unsigned long left = vma_pages(vma), address = vma->vm_start;
	unsigned int per_chunk = 1U << (memory->chunk_shift - PAGE_SHIFT);
	struct page **pages;
	unsigned int i, j;
	int ret = 0;

	if (left > memory->bytes >> PAGE_SHIFT)
		return -EINVAL;
	pages = kvmalloc_array(per_chunk, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; left && !ret; i++) {
		unsigned long count = min_t(unsigned long, left, per_chunk);
		unsigned long inserted = count;

		for (j = 0; j < count; j++)
			pages[j] = memory->chunk[i] + j;
		ret = vm_insert_pages(vma, address, pages, &inserted);
		address += count << PAGE_SHIFT;
		left -= count;
	}
	kvfree(pages);
	return ret;
}

/**
 * dmaring_memory_piece() - bus address of a range, as far as it is contiguous
 *	and crosses no boundary of the device
 * @memory: the pool
 * @map: which DMA device
 * @offset: bytes from the start of the pool, validated
 * @bytes: length of the range, not zero
 * @bytes_max: longest piece
 * @address: filled in
 *
 * Context: any.
 * Return: bytes of the piece that starts at @offset.
 */
u32 dmaring_memory_piece(const struct dmaring_memory *memory, unsigned int map,
			 u64 offset, u32 bytes, u32 bytes_max,
			 dma_addr_t *address)
{
	unsigned int chunk = offset >> memory->chunk_shift;
	u32 within = offset & ((1U << memory->chunk_shift) - 1);
	const struct dmaring_pool_map *m = &memory->map[map];

	chunk = array_index_nospec(chunk, memory->chunks);
	*address = m->address[chunk] + within;
	bytes = min3(bytes, bytes_max, (1U << memory->chunk_shift) - within);
	/* Less one, as the room below the last boundary is 4 GiB. */
	return min(bytes - 1, ~(u32)*address & m->boundary_mask) + 1;
}

/**
 * dmaring_memory_sync() - hand a range over between CPU and device
 * @memory: the pool
 * @map: which DMA device
 * @offset: bytes from the start of the pool, validated
 * @bytes: length of the range
 * @dir: which way the bytes go
 * @for_cpu: to the CPU; else to the device
 *
 * Rule: Documentation/core-api/dma-api.rst, "dma_sync_single_for_*".
 *
 * Context: any; the pool is mapped.
 */
void dmaring_memory_sync(const struct dmaring_memory *memory, unsigned int map,
			 u64 offset, u64 bytes, enum dma_data_direction dir,
			 bool for_cpu)
{
	const struct dmaring_pool_map *m = &memory->map[map];

	if (!m->needs_sync)
		return;
	while (bytes) {
		unsigned int chunk = offset >> memory->chunk_shift;
		u32 within = offset & ((1U << memory->chunk_shift) - 1);
		u32 n = min_t(u64, bytes, (1U << memory->chunk_shift) - within);

		chunk = array_index_nospec(chunk, memory->chunks);
		if (for_cpu)
			dma_sync_single_range_for_cpu(m->dev, m->address[chunk],
						      within, n, dir);
		else
			dma_sync_single_range_for_device(m->dev, m->address[chunk],
							 within, n, dir);
		offset += n;
		bytes -= n;
	}
}
