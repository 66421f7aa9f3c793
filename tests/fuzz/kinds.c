// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kinds of memory that pools of the fuzzer are not of: what the driver has for
 * them ends the run if it is reached.
 */
#include "fuzz.h"
#include "area.h"
#include "pin.h"

bool dmaring_area_possible(struct device *dev, u32 kind)
{
	(void)dev;
	(void)kind;
	return false;
}

struct dmaring_area *dmaring_area_alloc(struct device *dev, u32 kind, size_t bytes)
{
	(void)dev;
	(void)kind;
	(void)bytes;
	FUZZ_ASSERT(false);
	return NULL;
}

void dmaring_area_revoke(struct dmaring_area *area)
{
	FUZZ_ASSERT(!area);
}

void dmaring_area_free(struct dmaring_area *area)
{
	FUZZ_ASSERT(!area);
}

void dmaring_area_quarantine(struct dmaring_area *area)
{
	FUZZ_ASSERT(!area);
}

int dmaring_area_map(const struct dmaring_area *area, struct device *dev, size_t offset,
		     size_t bytes, dma_addr_t *address, bool *needs_sync)
{
	(void)dev;
	(void)offset;
	(void)bytes;
	(void)address;
	(void)needs_sync;
	FUZZ_ASSERT(!area);
	return 0;
}

void dmaring_area_unmap(const struct dmaring_area *area, struct device *dev,
			dma_addr_t address, size_t bytes)
{
	(void)dev;
	(void)address;
	(void)bytes;
	FUZZ_ASSERT(!area);
}

void dmaring_view_remove(struct dmaring_view *view)
{
	FUZZ_ASSERT(!view);
}

int dmaring_view_mmap(struct dmaring_view *view, struct vm_area_struct *vma)
{
	(void)vma;
	FUZZ_ASSERT(!view);
	return 0;
}

struct dmaring_pin *dmaring_pin_get(u64 address, u64 bytes)
{
	(void)address;
	(void)bytes;
	FUZZ_ASSERT(false);
	return NULL;
}

unsigned int dmaring_pin_shift(const struct dmaring_pin *pin, unsigned int most)
{
	(void)most;
	FUZZ_ASSERT(!pin);
	return 0;
}

void dmaring_pin_put(struct dmaring_pin *pin)
{
	FUZZ_ASSERT(!pin);
}
