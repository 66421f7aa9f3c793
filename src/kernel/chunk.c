// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chunks: the pages of a pool of the default kind, in pieces of one size.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "pool.h"

/**
 * dmaring_pages_wipe() - zero pages before they are given back
 * @page: the first, with our reference
 * @count: of them
 *
 * Who has pinned one of them still sees what is in it, and has it wiped by
 * nobody: it is his.
 *
 * Context: may sleep.
 */
void dmaring_pages_wipe(struct page *page, unsigned long count)
{
	if (page_count(page) > 1)
		return;
	for (; count; count--, page++) {
		clear_highpage(page);
		cond_resched();
	}
}

/* Fill the row with chunks of 1 << shift bytes, or with none. */
static int row_fill(struct dmaring_memory *memory, unsigned int shift)
{
	gfp_t gfp = DMARING_GFP_USER | __GFP_ZERO;
	unsigned int order = shift - PAGE_SHIFT, i;

	/* A smaller size will do: do not reclaim hard for a large one. */
	if (order)
		gfp = (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_COMP | __GFP_NORETRY;
	for (i = 0; i < memory->chunks; i++) {
		memory->chunk[i] = alloc_pages(gfp, order);
		if (!memory->chunk[i])
			goto err_chunks;
	}
	return 0;

err_chunks:
	while (i--) {
		put_page(memory->chunk[i]);
		memory->chunk[i] = NULL;
	}
	return -ENOMEM;
}

/**
 * dmaring_chunks_alloc() - give a pool zeroed pages
 * @memory: its @bytes are a multiple of a chunk
 * @shift: chunks are of 1 << @shift bytes each
 * @smaller: or, where there are none of that size, of the next that there is
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; then too the row, if there is one, is freed with the pool.
 */
int dmaring_chunks_alloc(struct dmaring_memory *memory, unsigned int shift, bool smaller)
{
	int ret;

	memory->properties = DMARING_MEMORY_PINNABLE | DMARING_MEMORY_CACHED;
	do {
		memory->chunk_shift = shift;
		memory->chunks = memory->bytes >> shift;
		memory->chunk = kvcalloc(memory->chunks, sizeof(*memory->chunk),
					 DMARING_GFP_USER);
		if (!memory->chunk) {
			memory->chunks = 0;
			return -ENOMEM;
		}
		ret = row_fill(memory, shift);
		/* Only before another try: else it is freed with the rest. */
		if (ret && smaller && shift > PAGE_SHIFT) {
			kvfree(memory->chunk);
			memory->chunk = NULL;
		}
	} while (ret && smaller && shift-- > PAGE_SHIFT);
	return ret;
}

/**
 * dmaring_chunks_free() - give the pages back, zeroed
 * @memory: with or without chunks; those of a process's memory are not ours
 *
 * Not for a pool in quarantine, whose pages keep our reference for ever.
 *
 * Context: may sleep.
 */
void dmaring_chunks_free(struct dmaring_memory *memory)
{
	unsigned int i;

	if (!memory->chunk || memory->kind != DMARING_POOL_DEFAULT)
		return;
	for (i = 0; i < memory->chunks; i++) {
		if (!memory->chunk[i])
			continue;
		dmaring_pages_wipe(memory->chunk[i],
				   1UL << (memory->chunk_shift - PAGE_SHIFT));
		put_page(memory->chunk[i]);
	}
}
