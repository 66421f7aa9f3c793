/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins: a process's own memory, held in place for as long as a pool is made of it.
 */
#ifndef _DMARING_PIN_H
#define _DMARING_PIN_H

#include <linux/mm_types.h>
#include <linux/types.h>

/**
 * struct dmaring_pin - pinned memory of a process
 * @mm: whose memory it is, and who is charged
 * @count: members of @page
 * @page: its pages, in order
 */
struct dmaring_pin {
	struct mm_struct *mm;
	unsigned long count;
	struct page **page;
};

struct dmaring_pin *dmaring_pin_get(u64 address, u64 bytes);
unsigned int dmaring_pin_shift(const struct dmaring_pin *pin, unsigned int most);
void dmaring_pin_put(struct dmaring_pin *pin);

#endif /* _DMARING_PIN_H */
