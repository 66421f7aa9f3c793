// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual controller's view of memory: bus addresses become something
 * that the CPU can copy from and to.
 *
 * The devices have no IOMMU and no offset (main.c refuses to bind otherwise),
 * so that a bus address is a physical one, a bounce buffer's included.
 *
 * Locks: none of its own. A cursor is a copy of the caller's; segments do not
 * change while their transaction is with the engine.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include "sim.h"

/**
 * sim_memory_valid() - is there memory behind a bus address?
 * @address: first byte
 * @bytes: length, not zero
 *
 * Context: any.
 * Return: true if the first and the last byte are in memory that has pages.
 */
bool sim_memory_valid(dma_addr_t address, u64 bytes)
{
	u64 last = (u64)address + bytes - 1;

	return last >= address && pfn_valid(PHYS_PFN(address)) &&
	       pfn_valid(PHYS_PFN(last));
}

/* Maps as much as possible; mappings are undone in the opposite order. */
static void *map(struct sim_channel *c, dma_addr_t address, size_t *bytes)
{
	if (IS_ENABLED(CONFIG_HIGHMEM))
		*bytes = min_t(size_t, *bytes, PAGE_SIZE - offset_in_page(address));
	if (unlikely(rcu_access_pointer(c->device->bounds)))
		sim_bounds_touch(c->device, address, *bytes);
	if (IS_ENABLED(CONFIG_HIGHMEM))
		return (u8 *)kmap_local_page(pfn_to_page(PHYS_PFN(address))) +
		       offset_in_page(address);
	return phys_to_virt(address);
}

static void unmap(void *p)
{
	if (IS_ENABLED(CONFIG_HIGHMEM))
		kunmap_local(p);
}

static dma_addr_t address_at(struct sim_channel *c, const struct sim_desc *d,
			     const struct sim_cursor *at)
{
	return c->segments[at->segment].address + at->frame * d->stride + at->offset;
}

static dma_addr_t target_at(struct sim_channel *c, const struct sim_desc *d,
			    const struct sim_cursor *at)
{
	return c->segments[at->segment].target + at->frame * d->target_stride +
	       at->offset;
}

static size_t span(struct sim_channel *c, const struct sim_cursor *at, size_t bytes)
{
	return min_t(size_t, bytes, c->segments[at->segment].bytes - at->offset);
}

static void advance(struct sim_channel *c, const struct sim_desc *d,
		    struct sim_cursor *at, size_t bytes)
{
	at->done += bytes;
	at->offset += bytes;
	if (at->offset < c->segments[at->segment].bytes)
		return;

	at->offset = 0;
	at->segment = c->segments[at->segment].next;
	if (at->segment == SIM_NONE) {
		at->segment = d->first;
		if (!d->period)
			at->frame++;
	}
}

/**
 * sim_read() - the device reads memory
 * @c: channel of the transaction
 * @d: transaction
 * @at: where it is; moved on
 * @to: destination
 * @bytes: no more than the transaction has left
 *
 * Context: any.
 */
void sim_read(struct sim_channel *c, const struct sim_desc *d,
	      struct sim_cursor *at, void *to, size_t bytes)
{
	while (bytes) {
		size_t n = span(c, at, bytes);
		void *from = map(c, address_at(c, d, at), &n);

		memcpy(to, from, n);
		unmap(from);
		advance(c, d, at, n);
		to += n;
		bytes -= n;
	}
}

/**
 * sim_write() - the device writes memory
 * @c: channel of the transaction
 * @d: transaction
 * @at: where it is; moved on
 * @from: source
 * @bytes: no more than the transaction has left
 *
 * Context: any.
 */
void sim_write(struct sim_channel *c, const struct sim_desc *d,
	       struct sim_cursor *at, const void *from, size_t bytes)
{
	while (bytes) {
		size_t n = span(c, at, bytes);
		void *to = map(c, address_at(c, d, at), &n);

		memcpy(to, from, n);
		unmap(to);
		advance(c, d, at, n);
		from += n;
		bytes -= n;
	}
}

/**
 * sim_transfer() - bytes go from one transaction to another
 * @from: channel of the source
 * @s: source
 * @s_at: where it is; moved on
 * @to: channel of the destination
 * @r: destination
 * @r_at: where it is; moved on
 * @bytes: no more than either has left
 *
 * Context: any.
 */
void sim_transfer(struct sim_channel *from, const struct sim_desc *s,
		  struct sim_cursor *s_at, struct sim_channel *to,
		  const struct sim_desc *r, struct sim_cursor *r_at, size_t bytes)
{
	while (bytes) {
		size_t n = span(to, r_at, span(from, s_at, bytes));
		void *source = map(from, address_at(from, s, s_at), &n);
		void *target = map(to, address_at(to, r, r_at), &n);

		memcpy(target, source, n);
		unmap(target);
		unmap(source);
		advance(from, s, s_at, n);
		advance(to, r, r_at, n);
		bytes -= n;
	}
}

/**
 * sim_duplicate() - bytes go from the source of a copy to its destination
 * @c: channel of the transaction
 * @d: transaction
 * @at: where it is; moved on
 * @bytes: no more than the transaction has left
 *
 * Context: any.
 */
void sim_duplicate(struct sim_channel *c, const struct sim_desc *d,
		   struct sim_cursor *at, size_t bytes)
{
	while (bytes) {
		size_t n = span(c, at, bytes);
		void *source = map(c, address_at(c, d, at), &n);
		void *target = map(c, target_at(c, d, at), &n);

		memcpy(target, source, n);
		unmap(target);
		unmap(source);
		advance(c, d, at, n);
		bytes -= n;
	}
}

/**
 * sim_overrun() - the device writes on behind a transaction, which it must not
 * @c: channel of the transaction
 * @d: transaction; nothing is written behind one that only reads
 * @bytes: how many
 *
 * Context: any.
 */
void sim_overrun(struct sim_channel *c, const struct sim_desc *d, u64 bytes)
{
	const struct sim_segment *last = &c->segments[d->last];
	u64 at = c->direction == DMA_MEM_TO_MEM ? last->target : last->address;

	if (c->direction == DMA_MEM_TO_DEV)
		return;
	at += last->bytes;
	while (bytes && sim_memory_valid(at, bytes)) {
		size_t n = bytes;
		void *to = map(c, at, &n);

		memset(to, 0x5a, n);
		unmap(to);
		at += n;
		bytes -= n;
	}
}

static u64 mix(u64 sum, u64 word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15ULL;
	return sum ^ (sum >> 29);
}

/**
 * sim_checksum() - what is in the memory of a transaction
 * @c: channel of the transaction
 * @d: transaction; of a copy the source counts
 *
 * Context: any; takes as long as reading all of it.
 * Return: a checksum.
 */
u64 sim_checksum(struct sim_channel *c, const struct sim_desc *d)
{
	struct sim_cursor at = { .segment = d->first };
	u64 left = d->bytes, sum = 0;
	u64 words[32];

	while (left) {
		size_t i, n = min_t(u64, left, sizeof(words));

		words[(n - 1) / 8] = 0;
		sim_read(c, d, &at, words, n);
		for (i = 0; i < DIV_ROUND_UP(n, 8); i++)
			sum = mix(sum, words[i]);
		left -= n;
	}
	return sum;
}
