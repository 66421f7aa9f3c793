// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read mode: completions are taken by read(), and so by io_uring.
 *
 * Owns: ring->cursor, which stands in the place of the user's cq_head.
 * Locks: ring->read_lock serialises readers, for the time of a copy only and
 * never over a wait, so a caller who must not wait may take it; the cursor moves
 * under ring->cq_lock, so that a completion sees it exactly.
 */
#include <linux/fs.h>
#include <linux/uio.h>
#include "ring.h"

/* Copy whole entries from @from up to @to. Return: how many, or -EFAULT. */
static int entries_copy(struct dmaring_ring *ring, u32 from, u32 to,
			struct iov_iter *iter)
{
	u32 wanted = min_t(size_t, to - from, iov_iter_count(iter) / sizeof(*ring->cqes));
	u32 copied = 0;

	while (copied < wanted) {
		u32 slot = (from + copied) & (ring->cq_entries - 1);
		u32 n = min(wanted - copied, ring->cq_entries - slot);
		size_t bytes = copy_to_iter(&ring->cqes[slot], n * sizeof(*ring->cqes), iter);
		u32 done = bytes / sizeof(*ring->cqes);

		copied += done;
		if (done < n) {
			iov_iter_revert(iter, bytes % sizeof(*ring->cqes));
			break;
		}
	}
	return copied || !wanted ? copied : -EFAULT;
}

/* What is there, without a wait. Return: entries read, or -errno. */
static int entries_take(struct dmaring_ring *ring, struct iov_iter *to)
{
	u32 head, tail;
	int n;

	if (mutex_lock_killable(&ring->read_lock))
		return -EINTR;
	head = ring->cursor;
	spin_lock_irq(&ring->cq_lock);
	tail = ring->cq_tail;
	spin_unlock_irq(&ring->cq_lock);
	n = entries_copy(ring, head, tail, to);
	if (n > 0) {
		spin_lock_irq(&ring->cq_lock);
		/* G: our reads of the entries before the cursor; pairs with H. */
		smp_store_release(&ring->cursor, head + n);
		spin_unlock_irq(&ring->cq_lock);
	}
	mutex_unlock(&ring->read_lock);
	return n;
}

/* No more will come, unless what is still in flight. */
static int reader_end(struct dmaring_ring *ring)
{
	if (READ_ONCE(ring->broken))
		return -EIO;
	/* X: the last completions come before this; pairs with W. */
	return smp_load_acquire(&ring->gone) ? -ENODEV : 0;
}

/**
 * dmaring_reader_read() - completions as bytes
 * @ring: a ring in read mode
 * @iocb: the call
 * @to: where the entries go
 *
 * Gives the whole entries that are there and fit, and waits only while there is
 * none. A wait of io_uring is a poll of its own: nothing is kept here for it.
 *
 * Context: process.
 * Return: bytes; -EINVAL if no entry fits; -EAGAIN; -ERESTARTSYS; -EFAULT; if
 * there is none, -EIO of a broken ring, -ENODEV when the device is gone.
 */
ssize_t dmaring_reader_read(struct dmaring_ring *ring, struct kiocb *iocb,
			    struct iov_iter *to)
{
	bool waits = !(iocb->ki_flags & IOCB_NOWAIT) &&
		     !(iocb->ki_filp->f_flags & O_NONBLOCK);
	int n, end;

	if (iov_iter_count(to) < sizeof(*ring->cqes))
		return -EINVAL;
	for (;;) {
		end = reader_end(ring);
		n = entries_take(ring, to);
		if (n)
			break;
		if (end)
			return end;
		if (!waits)
			return -EAGAIN;
		if (wait_event_interruptible(ring->wait, dmaring_ring_readable(ring) ||
					     reader_end(ring)))
			return -ERESTARTSYS;
	}
	if (n < 0)
		return n;
	/* J: the cursor before the flags; pairs with K. */
	smp_mb();
	if (READ_ONCE(ring->sq_flags) & DMARING_SQ_CQ_FULL)
		dmaring_ring_drain(ring);
	return n * sizeof(*ring->cqes);
}
