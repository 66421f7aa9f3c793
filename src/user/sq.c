// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Submission side: the parts that are not worth inlining.
 */
#include "internal.h"

#include <unistd.h>

int dmaring_doorbell(struct dmaring *ring)
{
	static const struct dmaring_doorbell record = { .magic = DMARING_DOORBELL_MAGIC };
	int saved = errno;
	ssize_t n;
	int err;

	/* Before the write: a later cq_head is one that the driver may not see. */
	dmaring_store_(&ring->bell_cq_head, dmaring_load_(&ring->user->cq_head));
	do {
		n = write(ring->fd, &record, sizeof(record));
	} while (n < 0 && errno == EINTR);
	err = n < 0 ? -errno : 0;
	errno = saved;
	/* One name for a broken ring on both sides. */
	return err == -EIO ? -EPIPE : err;
}

int dmaring_wake_space(struct dmaring *ring, unsigned int n)
{
	if (!n || n > ring->sq_entries)
		return -EINVAL;
	ring->sq_space = n;
	dmaring_store_(&ring->user->sq_event, ring->sq_submitted - ring->sq_entries + n - 1);
	/* L: sq_event before sq_head; pairs with S. */
	dmaring_fence_(ring);
	return (int)dmaring_sq_space_left(ring);
}

void dmaring_lock_submission(struct dmaring *ring)
{
	pthread_mutex_lock(&ring->submission_lock);
}

void dmaring_unlock_submission(struct dmaring *ring)
{
	pthread_mutex_unlock(&ring->submission_lock);
}
