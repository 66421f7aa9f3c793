/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffer pools: memory that a process, and the devices of a ring, all see.
 */
#ifndef _DMARING_POOL_H
#define _DMARING_POOL_H

#include <linux/dma-mapping.h>
#include <linux/kref.h>
#include <linux/uidgid.h>
#include <dmaring/abi.h>

struct dmaring_account;
struct address_space;
struct dmaring_area;
struct dmaring_import;
struct dmaring_pin;
struct page;
struct vm_area_struct;

/*
 * For what a user asks for by size: charged to his memory cgroup, and where
 * memory is short an error and a quiet log, but no process is killed for it.
 */
#define DMARING_GFP_USER	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#define DMARING_POOL_KINDS		(DMARING_POOL_DMABUF + 1)

/* Shape limits; a pool must fit between two mmap offsets. */
#define DMARING_BUFFERS_MAX		65536U
#define DMARING_BUFFER_BYTES_MAX	(256ULL << 20)
#define DMARING_POOL_BYTES_MAX		(2ULL << 30)

/**
 * struct dmaring_origin - what a pool is made of, if not of new memory
 * @reserved: device whose node has a memory-region, or NULL
 * @pin: DMARING_POOL_USER: the memory; the pool's once there is one
 * @import: DMARING_POOL_DMABUF: likewise
 */
struct dmaring_origin {
	struct device *reserved;
	struct dmaring_pin *pin;
	struct dmaring_import *import;
};

/**
 * struct dmaring_pool_map - a pool as one DMA device sees it
 * @dev: the device; NULL once unmapped
 * @boundary_mask: no piece crosses a multiple of this plus one; all ones: none
 * @needs_sync: a chunk has to be handed over: caches, or a bounce buffer
 * @address: of each chunk
 */
struct dmaring_pool_map {
	struct device *dev;
	u32 boundary_mask;
	bool needs_sync;
	dma_addr_t *address;
};

/**
 * struct dmaring_memory - a buffer pool; constant until it is freed
 * @kind: enum dmaring_pool_kind
 * @properties: DMARING_MEMORY_*
 * @area: what it is made of; NULL: of @chunk
 * @pin: what keeps @chunk; NULL: each has a reference
 * @import: what it is made of; NULL: one of the above
 * @refs: the ring, and each dma-buf made of it
 * @quarantine: an engine may still write to it
 * @chunk: physically contiguous pieces, each 1 << @chunk_shift bytes
 * @chunks: members of @chunk, and of the addresses of a map
 * @chunk_shift: log2 of the bytes of a chunk; an area is one, perhaps not full
 * @buffers: number of buffers
 * @buffer_bytes: usable bytes of each
 * @stride: bytes from one buffer to the next
 * @bytes: of the whole pool, a multiple of the chunk
 * @account: who pays for it
 * @counter: bytes of its kind on the device; NULL: not counted
 * @maps: members of @map
 * @map: one for each distinct DMA device of the ring
 */
struct dmaring_memory {
	u32 kind;
	u32 properties;
	struct dmaring_area *area;
	struct dmaring_pin *pin;
	struct dmaring_import *import;
	struct kref refs;
	bool quarantine;
	struct page **chunk;
	unsigned int chunks;
	unsigned int chunk_shift;
	u32 buffers;
	u64 buffer_bytes;
	u64 stride;
	u64 bytes;
	struct dmaring_account *account;
	atomic64_t *counter;
	unsigned int maps;
	struct dmaring_pool_map map[];
};

struct dmaring_memory *dmaring_memory_alloc(struct dmaring_pool *pool,
					    struct device **devs,
					    unsigned int ndevs,
					    struct dmaring_origin *origin);
bool dmaring_memory_removable(const struct dmaring_memory *memory);
void dmaring_memory_expose(struct dmaring_memory *memory,
			   struct address_space *mapping, u64 offset);
void dmaring_memory_count(struct dmaring_memory *memory, atomic64_t *counters);
void dmaring_memory_unmap(struct dmaring_memory *memory);
void dmaring_memory_quarantine(struct dmaring_memory *memory);
void dmaring_memory_free(struct dmaring_memory *memory, bool quarantine);
void dmaring_pages_wipe(struct page *page, unsigned long count);
int dmaring_chunks_alloc(struct dmaring_memory *memory, unsigned int shift, bool smaller);
void dmaring_chunks_free(struct dmaring_memory *memory);
void dmaring_memory_get(struct dmaring_memory *memory);
void dmaring_memory_put(struct dmaring_memory *memory);
int dmaring_memory_mmap(struct dmaring_memory *memory,
			struct vm_area_struct *vma);
u32 dmaring_memory_piece(const struct dmaring_memory *memory, unsigned int map,
			 u64 offset, u32 bytes, u32 bytes_max,
			 dma_addr_t *address);
void dmaring_memory_sync(const struct dmaring_memory *memory, unsigned int map,
			 u64 offset, u64 bytes, enum dma_data_direction dir,
			 bool for_cpu);
size_t dmaring_memory_chunk_bytes(struct device *dev);
u32 dmaring_memory_kinds(struct device **devs, unsigned int ndevs,
			 struct device *reserved);
const char *dmaring_memory_kind(u32 kind);

/* account.c: what each user holds in pools */
u64 dmaring_account_limit(void);
u64 dmaring_account_used(kuid_t uid);
struct dmaring_account *dmaring_account_charge(kuid_t uid, u64 bytes);
void dmaring_account_uncharge(struct dmaring_account *account, u64 bytes);

#endif /* _DMARING_POOL_H */
