// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins: a process's own memory, held in place for as long as a pool is made of it.
 *
 * Rule: Documentation/core-api/pin_user_pages.rst, case 2: long-term pins for
 * DMA. They are charged to RLIMIT_MEMLOCK of the process that registers, as its
 * locked memory is, and stay charged to it whoever holds the file later on.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "pin.h"
#include "pool.h"

/* Pages asked for at a time: a signal is looked for in between. */
#define BATCH	512UL

/**
 * dmaring_pin_get() - pin memory of the calling process
 * @address: of its first byte, a multiple of the page size
 * @bytes: how many, a multiple of the page size, not zero
 *
 * Pages that are not there yet are brought in, and those that the kernel wants
 * to be able to move are moved first.
 *
 * Context: process; holds no lock that others wait for: the caller's memory may
 * take as long as it likes to come in.
 * Return: the pin; -EINVAL for no such range; -EDQUOT beyond RLIMIT_MEMLOCK;
 * -EFAULT if it is not all there to be written; -EOPNOTSUPP if it cannot be
 * pinned for long; -EINTR; -ENOMEM.
 */
struct dmaring_pin *dmaring_pin_get(u64 address, u64 bytes)
{
	unsigned long count = bytes >> PAGE_SHIFT, pinned = 0;
	struct dmaring_pin *pin;
	long ret;

	if ((address | bytes) & ~PAGE_MASK || !bytes || bytes > DMARING_POOL_BYTES_MAX ||
	    address + bytes < address || address + bytes > ULONG_MAX)
		return ERR_PTR(-EINVAL);
	pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);
	if (!pin)
		return ERR_PTR(-ENOMEM);
	pin->page = kvcalloc(count, sizeof(*pin->page), DMARING_GFP_USER);
	if (!pin->page) {
		kfree(pin);
		return ERR_PTR(-ENOMEM);
	}
	/* Its one error: the process may not lock as much. */
	if (account_locked_vm(current->mm, count, true)) {
		kvfree(pin->page);
		kfree(pin);
		return ERR_PTR(-EDQUOT);
	}
	mmgrab(current->mm);
	pin->mm = current->mm;
	while (pinned < count) {
		ret = pin_user_pages_fast(address + (pinned << PAGE_SHIFT),
					  min(count - pinned, BATCH),
					  FOLL_WRITE | FOLL_LONGTERM, pin->page + pinned);
		if (ret > 0)
			pinned += ret;
		else if (!ret)
			ret = -EFAULT;
		if (ret > 0 && fatal_signal_pending(current))
			ret = -EINTR;
		if (ret < 0)
			break;
		cond_resched();
	}
	if (pinned == count) {
		pin->count = count;
		return pin;
	}
	unpin_user_pages(pin->page, pinned);
	account_locked_vm(pin->mm, count, false);
	mmdrop(pin->mm);
	kvfree(pin->page);
	kfree(pin);
	return ERR_PTR(ret);
}

/* Is each part of that size one piece of memory? */
static bool parts_are_pieces(const struct dmaring_pin *pin, unsigned int shift)
{
	unsigned long mask = (1UL << (shift - PAGE_SHIFT)) - 1, i;

	for (i = 0; i < pin->count; i++) {
		unsigned long pfn = page_to_pfn(pin->page[i]);

		if (i & mask ? pfn != page_to_pfn(pin->page[i - 1]) + 1 : pfn & mask)
			return false;
	}
	return !(pin->count & mask);
}

/**
 * dmaring_pin_shift() - into how large pieces the memory falls
 * @pin: the pin
 * @most: log2 of the largest that is of use
 *
 * Huge pages are found so, whatever made them.
 *
 * Return: log2 of bytes, no less than that of a page: every part of that size is
 * one piece, and aligned to it.
 */
unsigned int dmaring_pin_shift(const struct dmaring_pin *pin, unsigned int most)
{
	unsigned int shift = max_t(unsigned int, most, PAGE_SHIFT);

	while (shift > PAGE_SHIFT && !parts_are_pieces(pin, shift))
		shift--;
	return shift;
}

/**
 * dmaring_pin_put() - let the memory go
 * @pin: the pin; no device writes to it any more; NULL is nothing
 *
 * Context: may sleep, and wait for the process's memory; holds no lock that others
 * wait for.
 */
void dmaring_pin_put(struct dmaring_pin *pin)
{
	if (!pin)
		return;
	unpin_user_pages_dirty_lock(pin->page, pin->count, true);
	account_locked_vm(pin->mm, pin->count, false);
	mmdrop(pin->mm);
	kvfree(pin->page);
	kfree(pin);
}
