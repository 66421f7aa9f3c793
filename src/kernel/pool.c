// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools: memory of some kind, seen by a process and by the devices of a ring.
 *
 * A pool is a row of equal chunks, each contiguous for the devices, and mapped once
 * for each DMA device of the ring for as long as the ring lives. A transfer hands
 * over just its own bytes with dma_sync_*. The default kind is cached pages of
 * the page allocator. A process's mapping counts them, so that such a pool can
 * be pinned (O_DIRECT, zero-copy sends) and lives on while anybody sees it. The
 * other kinds are an area each (area.c), which is one chunk.
 */
#include <linux/cred.h>
#include <linux/kmemleak.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "area.h"
#include "pin.h"
#include "pool.h"
#include "share.h"

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

/**
 * dmaring_memory_kind() - name of a kind of pool
 * @kind: enum dmaring_pool_kind
 *
 * Return: a word, as it is in sysfs and in fdinfo.
 */
const char *dmaring_memory_kind(u32 kind)
{
	static const char * const words[] = {
		[DMARING_POOL_DEFAULT] = "default",
		[DMARING_POOL_COHERENT] = "coherent",
		[DMARING_POOL_WRITE_COMBINING] = "write-combining",
		[DMARING_POOL_CMA] = "cma",
		[DMARING_POOL_RESERVED] = "reserved",
		[DMARING_POOL_USER] = "user",
		[DMARING_POOL_DMABUF] = "dmabuf",
	};

	return kind < ARRAY_SIZE(words) ? words[kind] : "unknown";
}

/**
 * dmaring_memory_kinds() - kinds of pools that there are for some devices
 * @devs: distinct DMA devices
 * @ndevs: how many
 * @reserved: device whose node has a memory-region, or NULL
 *
 * Return: bit per enum dmaring_pool_kind.
 */
u32 dmaring_memory_kinds(struct device **devs, unsigned int ndevs,
			 struct device *reserved)
{
	u32 kinds = BIT(DMARING_POOL_DEFAULT) | BIT(DMARING_POOL_USER), kind;

	if (IS_ENABLED(CONFIG_DMA_SHARED_BUFFER))
		kinds |= BIT(DMARING_POOL_DMABUF);
	for (kind = DMARING_POOL_COHERENT; ndevs && kind <= DMARING_POOL_RESERVED; kind++) {
		/* It is the DMA API's, for a device alone. */
		if (ndevs > 1 && (kind == DMARING_POOL_COHERENT ||
				  kind == DMARING_POOL_WRITE_COMBINING))
			continue;
		if (kind == DMARING_POOL_RESERVED && !reserved)
			continue;
		if (dmaring_area_possible(devs[0], kind))
			kinds |= BIT(kind);
	}
	return kinds;
}

/**
 * dmaring_memory_removable() - may a pool go before its ring does
 * @memory: the pool
 *
 * Return: true if no mapping of the ring's file can show it.
 */
bool dmaring_memory_removable(const struct dmaring_memory *memory)
{
	return memory->kind == DMARING_POOL_USER || memory->kind == DMARING_POOL_DMABUF;
}

static int memory_map(struct dmaring_memory *memory, struct device *dev)
{
	struct dmaring_pool_map *map = &memory->map[memory->maps];
	unsigned int i;
	int ret;

	map->boundary_mask = min_t(u64, dma_get_seg_boundary(dev), U32_MAX);
	map->address = kvcalloc(memory->chunks, sizeof(*map->address), DMARING_GFP_USER);
	if (!map->address)
		return -ENOMEM;
	if (memory->area || memory->import) {
		ret = memory->import ?
		      dmaring_import_map(memory->import, dev, map->address, memory->chunks) :
		      dmaring_area_map(memory->area, dev, 0, memory->area->bytes, map->address,
				       &map->needs_sync);
		if (ret) {
			kvfree(map->address);
			map->address = NULL;
			return ret;
		}
		goto out;
	}
	/*
	 * Without a sync by the mapping itself: the pages may be mapped already, for
	 * the ring's other devices or as a process's memory that has two pools.
	 */
	for (i = 0; i < memory->chunks; i++) {
		map->address[i] = dma_map_page_attrs(dev, memory->chunk[i], 0,
						     1UL << memory->chunk_shift,
						     DMA_BIDIRECTIONAL,
						     DMA_ATTR_SKIP_CPU_SYNC);
		if (dma_mapping_error(dev, map->address[i]))
			goto err_map;
		if (!dma_need_sync(dev, map->address[i]))
			continue;
		map->needs_sync = true;
		dma_sync_single_for_device(dev, map->address[i],
					   1UL << memory->chunk_shift,
					   DMA_BIDIRECTIONAL);
	}
out:
	map->dev = dev;
	if (map->needs_sync)
		memory->properties |= DMARING_MEMORY_SYNCED;
	memory->maps++;
	return 0;

err_map:
	while (i--)
		dma_unmap_page_attrs(dev, map->address[i], 1UL << memory->chunk_shift,
				     DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
	kvfree(map->address);
	map->address = NULL;
	return -ENOMEM;
}

/**
 * dmaring_memory_unmap() - take the pool away from its DMA devices
 * @memory: the pool; nothing is in flight on it
 *
 * Without a sync: each transfer had its own, and what the CPU wrote since is
 * to stay for those who still have the pages. Where the memory is the device's
 * own, processes see zeroes from then on, unless a dma-buf was made of it: such
 * memory stays until the device goes (dmaring_areas_revoke()).
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
		if (memory->area)
			dmaring_area_unmap(memory->area, map->dev, *map->address,
					   memory->area->bytes);
		for (j = 0; memory->chunk && j < memory->chunks; j++)
			dma_unmap_page_attrs(map->dev, map->address[j],
					     1UL << memory->chunk_shift,
					     DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
		map->dev = NULL;
	}
	/* Who makes a dma-buf of it has it shared before it gains the reference. */
	if (memory->area && kref_read(&memory->refs) == 1)
		dmaring_area_revoke(memory->area);
	if (memory->import)
		dmaring_import_unmap(memory->import);
}

static void memory_release(struct kref *refs)
{
	struct dmaring_memory *memory = container_of(refs, struct dmaring_memory, refs);

	dmaring_area_free(memory->area);
	if (memory->quarantine) {
		/* Kept for ever, and by nothing that kmemleak could find. */
		kmemleak_not_leak(memory->pin);
		kmemleak_not_leak(memory->import);
	} else {
		dmaring_pin_put(memory->pin);
		dmaring_import_put(memory->import);
		dmaring_chunks_free(memory);
	}
	kvfree(memory->chunk);
	dmaring_account_uncharge(memory->account, memory->bytes);
	kvfree(memory);
}

/**
 * dmaring_memory_get() - keep the memory of a pool
 * @memory: the pool
 *
 * Context: any.
 */
void dmaring_memory_get(struct dmaring_memory *memory)
{
	kref_get(&memory->refs);
}

/**
 * dmaring_memory_put() - undo dmaring_memory_get()
 * @memory: the pool
 *
 * Context: may sleep.
 */
void dmaring_memory_put(struct dmaring_memory *memory)
{
	kref_put(&memory->refs, memory_release);
}

/**
 * dmaring_memory_quarantine() - nobody else may ever get the memory
 * @memory: the pool; an engine may still write to it
 *
 * Context: may sleep. Callable twice.
 */
void dmaring_memory_quarantine(struct dmaring_memory *memory)
{
	memory->quarantine = true;
	if (memory->area)
		dmaring_area_quarantine(memory->area);
}

/**
 * dmaring_memory_free() - the pool's end
 * @memory: unmapped unless quarantined; NULL is nothing
 * @quarantine: an engine may still write to it: keep the pages for ever
 *
 * A dma-buf that was made of it keeps its memory, and who paid for it pays on.
 *
 * Context: may sleep; if it is of kind USER, holds no lock that others wait for.
 */
void dmaring_memory_free(struct dmaring_memory *memory, bool quarantine)
{
	unsigned int i;

	if (!memory)
		return;
	if (quarantine)
		dmaring_memory_quarantine(memory);
	else
		dmaring_memory_unmap(memory);
	if (memory->area)
		dmaring_view_remove(&memory->area->view);
	for (i = 0; i < memory->maps; i++)
		kvfree(memory->map[i].address);
	memory->maps = 0;
	if (memory->counter)
		atomic64_sub(memory->bytes, memory->counter);
	dmaring_memory_put(memory);
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

/* An area of the wanted kind: one chunk, whose last part may be missing. */
static int area_build(struct dmaring_memory *memory, struct device *owner)
{
	struct dmaring_area *area = dmaring_area_alloc(owner, memory->kind, memory->bytes);

	if (IS_ERR(area))
		return PTR_ERR(area);
	memory->area = area;
	memory->chunks = 1;
	memory->chunk_shift = max_t(unsigned int, PAGE_SHIFT, order_base_2(area->bytes));
	if (area->cached)
		memory->properties |= DMARING_MEMORY_CACHED;
	return 0;
}

/* Memory that is there already, in the largest pieces that it falls into. */
static int pin_build(struct dmaring_memory *memory, struct dmaring_pin *pin, size_t chunk_max,
		     bool contiguous)
{
	unsigned int i;

	memory->chunk_shift = dmaring_pin_shift(pin, ilog2(chunk_max));
	if (contiguous && memory->bytes >> memory->chunk_shift > 1)
		return -EINVAL;
	memory->chunks = memory->bytes >> memory->chunk_shift;
	memory->chunk = kvcalloc(memory->chunks, sizeof(*memory->chunk), DMARING_GFP_USER);
	if (!memory->chunk)
		return -ENOMEM;
	for (i = 0; i < memory->chunks; i++)
		memory->chunk[i] = pin->page[(size_t)i << (memory->chunk_shift - PAGE_SHIFT)];
	memory->properties = DMARING_MEMORY_PINNABLE | DMARING_MEMORY_CACHED;
	return 0;
}

/* Page by page at first: how they lie is seen when they are mapped. */
static int import_build(struct dmaring_memory *memory, struct dmaring_import *import)
{
	if (memory->bytes > dmaring_import_bytes(import))
		return -EINVAL;
	memory->import = import;
	memory->chunk_shift = PAGE_SHIFT;
	memory->chunks = memory->bytes >> PAGE_SHIFT;
	return 0;
}

/* Is each part of that many bytes one piece, and aligned, for all devices? */
static bool addresses_are_pieces(const struct dmaring_memory *memory, unsigned int shift)
{
	u64 mask = (1ULL << shift) - 1;
	unsigned int i, j;

	for (i = 0; i < memory->maps; i++) {
		const dma_addr_t *address = memory->map[i].address;

		for (j = 0; j < memory->chunks; j++) {
			u64 within = ((u64)j << PAGE_SHIFT) & mask;

			if (within ? address[j] != address[j - 1] + PAGE_SIZE : address[j] & mask)
				return false;
		}
	}
	return !(memory->bytes & mask);
}

/* It is mapped: take it in the largest pieces that it falls into. */
static int import_shape(struct dmaring_memory *memory, size_t chunk_max, bool contiguous)
{
	unsigned int shift = ilog2(chunk_max), i, j;

	while (shift > PAGE_SHIFT && !addresses_are_pieces(memory, shift))
		shift--;
	for (i = 0; i < memory->maps; i++) {
		dma_addr_t *address = memory->map[i].address;

		for (j = 0; j < memory->bytes >> shift; j++)
			address[j] = address[(size_t)j << (shift - PAGE_SHIFT)];
	}
	memory->chunk_shift = shift;
	memory->chunks = memory->bytes >> shift;
	return contiguous && memory->chunks > 1 ? -EINVAL : 0;
}

/* A cyclic stream is one piece for the engine: no multiple of its boundary inside. */
static bool crosses_boundary(const struct dmaring_memory *memory)
{
	unsigned int i;

	for (i = 0; i < memory->maps; i++) {
		u64 first = memory->map[i].address[0], mask = memory->map[i].boundary_mask;

		if (mask != U32_MAX && (first ^ (first + memory->bytes - 1)) & ~mask)
			return true;
	}
	return false;
}

/* Memory that is there already, and that somebody has paid for. */
static bool brings_memory(u32 kind)
{
	return kind == DMARING_POOL_USER || kind == DMARING_POOL_DMABUF;
}

/* What a pool is to be: filled into @shape, but for what its memory decides. */
static int shape_check(const struct dmaring_pool *pool, size_t chunk_max,
		       struct dmaring_memory *shape)
{
	bool contiguous = pool->flags & DMARING_POOL_CONTIGUOUS;
	u64 bytes;

	if (!pool->buffers || pool->buffers > DMARING_BUFFERS_MAX ||
	    !pool->buffer_bytes || pool->buffer_bytes > DMARING_BUFFER_BYTES_MAX)
		return -EINVAL;
	shape->kind = pool->kind;
	shape->buffers = pool->buffers;
	shape->buffer_bytes = pool->buffer_bytes;
	shape->stride = buffer_stride(pool->buffer_bytes);
	bytes = shape->stride * pool->buffers;
	if (contiguous && !brings_memory(pool->kind) && shape->stride != pool->buffer_bytes)
		return -EINVAL;
	if (pool->kind == DMARING_POOL_DEFAULT) {
		shape->chunk_shift = ilog2(min_t(u64, chunk_max,
						 max_t(u64, roundup_pow_of_two(shape->stride),
						       CHUNK_BYTES_MIN)));
		if (contiguous && bytes > chunk_max)
			return -EINVAL;
		if (contiguous || bytes <= 1UL << shape->chunk_shift)
			shape->chunk_shift = max_t(unsigned int, PAGE_SHIFT, order_base_2(bytes));
		shape->bytes = ALIGN(bytes, 1ULL << shape->chunk_shift);
	} else if (brings_memory(pool->kind)) {
		shape->stride = pool->buffer_bytes;
		shape->bytes = shape->stride * pool->buffers;
		if (shape->stride % buffer_stride(1) || !PAGE_ALIGNED(shape->bytes))
			return -EINVAL;
	} else {
		shape->bytes = PAGE_ALIGN(bytes);
	}
	return shape->bytes > DMARING_POOL_BYTES_MAX ? -EINVAL : 0;
}

/* No pool came of it: what was brought stays the caller's. */
static void memory_leave(struct dmaring_memory *memory)
{
	dmaring_memory_unmap(memory);
	memory->import = NULL;
	kvfree(memory->chunk);
	memory->chunk = NULL;
}

/**
 * dmaring_memory_alloc() - make a pool
 * @pool: what is asked; the out members but those of the ring are filled in
 * @devs: distinct DMA devices of the ring
 * @ndevs: how many
 * @origin: what else it may be made of; NULL: nothing
 *
 * Context: may sleep.
 * Return: the pool; -EINVAL for a shape that cannot be; -EOPNOTSUPP for a kind that
 * these devices do not have; -EDQUOT beyond the user's limit; -ENOMEM, also when
 * a device cannot reach the memory.
 */
struct dmaring_memory *dmaring_memory_alloc(struct dmaring_pool *pool,
					    struct device **devs,
					    unsigned int ndevs,
					    struct dmaring_origin *origin)
{
	struct device *reserved = origin ? origin->reserved : NULL;
	struct dmaring_memory *memory, shape = {};
	bool contiguous = pool->flags & DMARING_POOL_CONTIGUOUS;
	size_t chunk_max = CHUNK_BYTES_MAX;
	unsigned int i;
	int ret;

	if (pool->kind >= DMARING_POOL_KINDS ||
	    !(dmaring_memory_kinds(devs, ndevs, reserved) & BIT(pool->kind)))
		return ERR_PTR(-EOPNOTSUPP);
	for (i = 0; i < ndevs; i++)
		chunk_max = min(chunk_max, contiguous ? contiguous_bytes_max(devs[i]) :
						       dmaring_memory_chunk_bytes(devs[i]));
	ret = shape_check(pool, chunk_max, &shape);
	if (ret)
		return ERR_PTR(ret);
	memory = kvzalloc(struct_size(memory, map, ndevs), GFP_KERNEL_ACCOUNT);
	if (!memory)
		return ERR_PTR(-ENOMEM);
	*memory = shape;
	kref_init(&memory->refs);
	if (!brings_memory(memory->kind))
		memory->account = dmaring_account_charge(current_euid(), memory->bytes);
	if (IS_ERR(memory->account)) {
		ret = PTR_ERR(memory->account);
		kvfree(memory);
		return ERR_PTR(ret);
	}
	if (memory->kind == DMARING_POOL_USER)
		ret = pin_build(memory, origin->pin, chunk_max, contiguous);
	else if (memory->kind == DMARING_POOL_DMABUF)
		ret = import_build(memory, origin->import);
	else if (memory->kind == DMARING_POOL_DEFAULT)
		ret = dmaring_chunks_alloc(memory, memory->chunk_shift, !contiguous);
	else
		ret = area_build(memory, memory->kind == DMARING_POOL_RESERVED ? reserved :
										 devs[0]);
	for (i = 0; !ret && i < ndevs; i++)
		ret = memory_map(memory, devs[i]);
	if (!ret && memory->import)
		ret = import_shape(memory, chunk_max, contiguous);
	if (!ret && contiguous && crosses_boundary(memory))
		ret = -EINVAL;
	if (ret) {
		if (brings_memory(memory->kind))
			memory_leave(memory);
		dmaring_memory_free(memory, false);
		return ERR_PTR(ret);
	}
	if (memory->kind == DMARING_POOL_USER) {
		memory->pin = origin->pin;
		origin->pin = NULL;
	}
	if (memory->import)
		origin->import = NULL;
	pool->stride = memory->stride;
	pool->bytes = memory->bytes;
	pool->properties = memory->properties;
	return memory;
}

/**
 * dmaring_memory_expose() - say where in which file a pool is mapped
 * @memory: the pool, not yet mapped by anybody
 * @mapping: of the file
 * @offset: bytes
 */
void dmaring_memory_expose(struct dmaring_memory *memory,
			   struct address_space *mapping, u64 offset)
{
	if (!memory->area)
		return;
	memory->area->view.mapping = mapping;
	memory->area->view.offset = offset;
}

/**
 * dmaring_memory_count() - count a pool's bytes among those of its kind
 * @memory: the pool
 * @counters: one for each kind; live longer than the pool
 */
void dmaring_memory_count(struct dmaring_memory *memory, atomic64_t *counters)
{
	memory->counter = &counters[memory->kind];
	atomic64_add(memory->bytes, memory->counter);
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
	if (memory->area)
		return dmaring_view_mmap(&memory->area->view, vma);
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
