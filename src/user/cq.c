// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Completion side: the parts that are not worth inlining, and all that sleeps.
 */
#include "internal.h"

#include <poll.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	1000000000LL

/*
 * Does the driver hold back entries until we free completion slots, does nobody
 * look for these, and did we free some since it was last told? cq_head is fenced.
 */
static bool slots_are_waited_for(struct dmaring *ring)
{
	const __u32 waits = DMARING_SQ_CQ_FULL | DMARING_SQ_NEED_DOORBELL;

	/* sq_tail is read from the shared word: the other one is the submitter's. */
	return dmaring_load_(&ring->kern->sq_head) != dmaring_load_(&ring->user->sq_tail) &&
	       (dmaring_load_(&ring->kern->sq_flags) & waits) == waits &&
	       dmaring_load_(&ring->bell_cq_head) != ring->cq_head;
}

/**
 * dmaring_cq_empty_() - what there is to do when no completion is there
 * @ring:	the ring
 *
 * The caller is about to sleep. A driver that does not yet see our cq_head and
 * cq_event takes us for awake, so these must have gone out before the last
 * look at cq_tail. A caller that polls pays for one fence only.
 *
 * Return: 0: there is one after all; else as dmaring_peek_cqe().
 */
int dmaring_cq_empty_(struct dmaring *ring)
{
	__u32 state;

	if (ring->flags & DMARING_SETUP_READ)
		return -EOPNOTSUPP;
	if (ring->cq_fenced != ring->cq_head) {
		/*
		 * L: cq_event and cq_head before cq_tail; pairs with M.
		 * J: cq_head before sq_flags; pairs with K.
		 */
		dmaring_fence_(ring);
		ring->cq_fenced = ring->cq_head;
	}
	/* X: the last completions come before this; pairs with W in the driver. */
	state = dmaring_load_acquire_(&ring->kern->state);
	if (state == DMARING_RING_RUNNING && slots_are_waited_for(ring))
		dmaring_doorbell(ring);	/* what it says, the state will say too */
	if (dmaring_cq_ready(ring))
		return 0;
	switch (state) {
	case DMARING_RING_RUNNING:
		return -EAGAIN;
	case DMARING_RING_GONE:
		return -ENODEV;
	default:
		return -EPIPE;
	}
}

/* Sets cq_event and says how many completions there are after that. */
static unsigned int arm(struct dmaring *ring, unsigned int n)
{
	dmaring_store_(&ring->user->cq_event, ring->cq_head + n - 1);
	/* L: cq_event and cq_head before cq_tail; pairs with M. */
	dmaring_fence_(ring);
	ring->cq_fenced = ring->cq_head;
	return dmaring_cq_ready(ring);
}

/* The control slots never hold completions of data, so nobody may wait for them. */
static bool batch_is_possible(const struct dmaring *ring, unsigned int n)
{
	return n && n <= ring->cq_entries - DMARING_CONTROL_SLOTS;
}

int dmaring_wake_after(struct dmaring *ring, unsigned int n)
{
	if (ring->flags & DMARING_SETUP_READ)
		return -EOPNOTSUPP;
	if (!batch_is_possible(ring, n))
		return -EINVAL;
	ring->cq_batch = n;
	return (int)arm(ring, n);
}

int dmaring_eventfd_enable(struct dmaring *ring, int enable)
{
	dmaring_store_(&ring->user->cq_flags, enable ? 0 : DMARING_CQ_EVENTFD_OFF);
	/* L: cq_flags before cq_tail; pairs with M. */
	dmaring_fence_(ring);
	return (int)dmaring_cq_ready(ring);
}

static __s64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/*
 * Sleeps until the descriptor reports something.
 * Return: 1, or -ETIME, -EINTR or another -errno.
 */
static int sleep_on(int fd, __s64 deadline_ns)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct timespec left, *timeout = NULL;
	int saved = errno;
	int n, err;

	if (deadline_ns >= 0) {
		__s64 ns = deadline_ns - now_ns();

		if (ns < 0)
			ns = 0;
		left.tv_sec = ns / NS_PER_S;
		left.tv_nsec = ns % NS_PER_S;
		timeout = &left;
	}
	n = ppoll(&poll_fd, 1, timeout, NULL);
	err = n < 0 ? -errno : -ETIME;
	errno = saved;
	return n > 0 ? 1 : err;
}

/* The loop of waiting; leaves cq_event for the caller to put back. */
static int wait_armed(struct dmaring *ring, unsigned int n, __s64 deadline_ns)
{
	for (;;) {
		unsigned int ready = arm(ring, n);
		int err;

		if (ready >= n)
			return (int)ready;
		if (!ready) {
			err = dmaring_cq_empty_(ring);
			if (err && err != -EAGAIN)
				return err;
		}
		err = sleep_on(ring->fd, deadline_ns);
		ready = dmaring_cq_ready(ring);
		/* Whatever ended the sleep: fewer than asked is better than none. */
		if (ready)
			return (int)ready;
		if (err < 0)
			return err;
	}
}

int dmaring_wait_cqes_timeout(struct dmaring *ring, unsigned int n, __s64 timeout_ns)
{
	unsigned int ready;
	__s64 deadline_ns;
	int ret;

	if (!batch_is_possible(ring, n))
		return -EINVAL;
	ready = dmaring_cq_ready(ring);
	if (ready >= n)
		return (int)ready;
	deadline_ns = timeout_ns < 0 ? -1 : now_ns() + timeout_ns;
	ret = wait_armed(ring, n, deadline_ns);
	/* What came while the event index was further away woke nobody. */
	ready = arm(ring, ring->cq_batch);
	return ready ? (int)ready : ret;
}

int dmaring_wait_cqe_timeout(struct dmaring *ring, struct dmaring_cqe **cqe, __s64 timeout_ns)
{
	int ready = dmaring_wait_cqes_timeout(ring, 1, timeout_ns);

	*cqe = ready > 0 ? dmaring_cqe_at_(ring, ring->cq_head) : NULL;
	return ready < 0 ? ready : 0;
}

int dmaring_wait_cqe(struct dmaring *ring, struct dmaring_cqe **cqe)
{
	return dmaring_wait_cqe_timeout(ring, cqe, -1);
}

int dmaring_submit_and_wait(struct dmaring *ring, unsigned int n)
{
	int submitted = dmaring_submit(ring);
	int ready;

	if (submitted < 0 || !n)
		return submitted;
	ready = dmaring_wait_cqes_timeout(ring, n, -1);
	return ready < 0 ? ready : submitted;
}

int dmaring_read_cqes(struct dmaring *ring, struct dmaring_cqe *cqes, unsigned int n)
{
	int saved = errno;
	ssize_t bytes;
	int ret;

	bytes = read(ring->fd, cqes, (size_t)n * sizeof(*cqes));
	ret = bytes < 0 ? -errno : (int)((size_t)bytes / sizeof(*cqes));
	errno = saved;
	return ret == -EIO ? -EPIPE : ret;
}

void dmaring_lock_completion(struct dmaring *ring)
{
	pthread_mutex_lock(&ring->completion_lock);
}

void dmaring_unlock_completion(struct dmaring *ring)
{
	pthread_mutex_unlock(&ring->completion_lock);
}
