/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The data path of libdmaring: submission entries, completion entries and the
 * shared words between them. Included by <dmaring/dmaring.h>, never alone.
 *
 * Letters at barriers are those of ring-spec.md, "Memory ordering".
 */
#ifndef _DMARING_RING_H
#define _DMARING_RING_H

#ifndef _DMARING_DMARING_H
#error "include <dmaring/dmaring.h>"
#endif

/* ------------------------------------------------------------------------
 * Barriers and the words of the shared ring
 */

#define dmaring_load_(word)		__atomic_load_n((word), __ATOMIC_RELAXED)
#define dmaring_load_acquire_(word)	__atomic_load_n((word), __ATOMIC_ACQUIRE)
#define dmaring_store_(word, value)	__atomic_store_n((word), (value), __ATOMIC_RELAXED)
#define dmaring_store_release_(word, value) \
	__atomic_store_n((word), (value), __ATOMIC_RELEASE)

#if defined(__SANITIZE_THREAD__)
#define DMARING_TSAN_ 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DMARING_TSAN_ 1
#endif
#endif

/* A store before it is seen by others before any load after it is done. */
#ifdef DMARING_TSAN_
#define dmaring_fence_(ring) \
	((void)__atomic_fetch_add(&(ring)->fence_word, 1, __ATOMIC_SEQ_CST))
#else
#define dmaring_fence_(ring)	((void)(ring), __atomic_thread_fence(__ATOMIC_SEQ_CST))
#endif

/* ------------------------------------------------------------------------
 * Buffers
 */

/**
 * dmaring_pool_buffer() - address of a buffer
 * @ring:	the ring
 * @pool:	number of the pool
 * @buffer:	number of the buffer in it
 *
 * Return: the address, or NULL: no such buffer.
 */
DMARING_INLINE void *dmaring_pool_buffer(const struct dmaring *ring, unsigned int pool,
					 unsigned int buffer)
{
	const struct dmaring_mapping *map;

	if (pool >= ring->pools)
		return NULL;
	map = &ring->pool[pool];
	return buffer < map->buffers ? map->base + buffer * map->stride : NULL;
}

/**
 * dmaring_buffer() - address of a buffer of the first pool
 * @ring:	the ring
 * @buffer:	number of the buffer
 *
 * Return: the address, or NULL: no such buffer.
 */
DMARING_INLINE void *dmaring_buffer(const struct dmaring *ring, unsigned int buffer)
{
	return dmaring_pool_buffer(ring, 0, buffer);
}

/**
 * dmaring_locate() - the pool, buffer and offset of an address
 * @ring:	the ring
 * @data:	start of the range
 * @bytes:	length of the range
 * @pool:	number of the pool
 * @buffer:	number of the buffer
 * @offset:	bytes from the start of the buffer
 *
 * Return: 0, or -EINVAL: the range is not inside one buffer.
 */
DMARING_INLINE int dmaring_locate(const struct dmaring *ring, const void *data, size_t bytes,
				  __u16 *pool, __u32 *buffer, __u32 *offset)
{
	__u32 i;

	for (i = 0; i < ring->pools; i++) {
		const struct dmaring_mapping *map = &ring->pool[i];
		size_t at = (uintptr_t)data - (uintptr_t)map->base;
		size_t index;

		if (at >= map->bytes)
			continue;
		index = map->stride_shift ? at >> map->stride_shift : at / map->stride;
		at -= index * map->stride;
		if (index >= map->buffers || at > map->buffer_bytes ||
		    bytes > map->buffer_bytes - at)
			return -EINVAL;
		*pool = (__u16)i;
		*buffer = (__u32)index;
		*offset = (__u32)at;
		return 0;
	}
	return -EINVAL;
}

/* ------------------------------------------------------------------------
 * Submission
 */

/**
 * dmaring_sq_space_left() - how many entries dmaring_get_sqe() can give
 * @ring:	the ring
 *
 * Return: free submission entries.
 */
DMARING_INLINE unsigned int dmaring_sq_space_left(struct dmaring *ring)
{
	/* D: the driver has read the slots below; pairs with C. */
	ring->sq_head = dmaring_load_acquire_(&ring->kern->sq_head);
	return ring->sq_entries - (ring->sq_tail - ring->sq_head);
}

/**
 * dmaring_sq_ready() - entries given by dmaring_get_sqe(), not yet submitted
 * @ring:	the ring
 *
 * Return: their number.
 */
DMARING_INLINE unsigned int dmaring_sq_ready(const struct dmaring *ring)
{
	return ring->sq_tail - ring->sq_submitted;
}

/**
 * dmaring_get_sqe() - a free submission entry
 * @ring:	the ring
 *
 * Give it to one dmaring_prep_*() function, once, before dmaring_submit(). Until
 * then its reserved member holds the address of @ring, for the prep function
 * to find the pools; an entry submitted without that is refused by the driver
 * with -EINVAL. A program that fills in an entry by hand sets reserved to 0.
 *
 * Return: the entry, all else zero, or NULL: all are in use.
 */
DMARING_INLINE struct dmaring_sqe *dmaring_get_sqe(struct dmaring *ring)
{
	struct dmaring_sqe *sqe;
	size_t slot;

	if (ring->sq_tail - ring->sq_head >= ring->sq_entries && !dmaring_sq_space_left(ring))
		return NULL;
	slot = ring->sq_tail++ & (ring->sq_entries - 1);
	sqe = (struct dmaring_sqe *)(void *)(ring->sqes + slot * ring->sq_stride);
	__builtin_memset(sqe, 0, sizeof(*sqe));
	sqe->reserved = (uintptr_t)ring;
	return sqe;
}

/* The ring of an entry; from here on the entry can be submitted. */
DMARING_INLINE struct dmaring *dmaring_sqe_take_ring_(struct dmaring_sqe *sqe)
{
	struct dmaring *ring = (struct dmaring *)(uintptr_t)sqe->reserved;

	sqe->reserved = 0;
	return ring;
}

DMARING_INLINE void dmaring_prep_data_(struct dmaring_sqe *sqe, __u8 opcode, unsigned int channel,
				       const void *data, size_t bytes)
{
	const struct dmaring *ring = dmaring_sqe_take_ring_(sqe);

	sqe->opcode = opcode;
	sqe->channel = (__u16)channel;
	sqe->bytes = (__u32)bytes;
	if (dmaring_locate(ring, data, bytes, &sqe->pool, &sqe->buffer, &sqe->offset) < 0)
		sqe->buffer = UINT32_MAX;	/* no pool has it: the driver says -EINVAL */
}

DMARING_INLINE void dmaring_prep_control_(struct dmaring_sqe *sqe, __u8 opcode,
					  unsigned int channel)
{
	/* A busy ring is not looked at before the next completion: ring. */
	dmaring_sqe_take_ring_(sqe)->sq_control = 1;
	sqe->opcode = opcode;
	sqe->channel = (__u16)channel;
}

/**
 * dmaring_prep_send() - memory to device
 * @sqe:	from dmaring_get_sqe()
 * @channel:	a send channel
 * @data:	what to send, inside one buffer of a pool
 * @bytes:	how much, not zero
 *
 * A range that is not inside one buffer makes an entry that completes with
 * -EINVAL; so do a foreign channel and a bad alignment.
 */
DMARING_INLINE void dmaring_prep_send(struct dmaring_sqe *sqe, unsigned int channel,
				      const void *data, size_t bytes)
{
	dmaring_prep_data_(sqe, DMARING_OP_SEND, channel, data, bytes);
}

/**
 * dmaring_prep_receive() - device to memory
 * @sqe:	from dmaring_get_sqe()
 * @channel:	a receive channel
 * @data:	where to, inside one buffer of a pool
 * @bytes:	room, not zero
 *
 * Bad arguments complete with -EINVAL, as for dmaring_prep_send().
 */
DMARING_INLINE void dmaring_prep_receive(struct dmaring_sqe *sqe, unsigned int channel, void *data,
					 size_t bytes)
{
	dmaring_prep_data_(sqe, DMARING_OP_RECEIVE, channel, data, bytes);
}

/**
 * dmaring_prep_copy() - memory to memory
 * @sqe:	from dmaring_get_sqe()
 * @channel:	a copy channel
 * @to:		where to, inside one buffer of a pool
 * @from:	where from, inside one buffer of a pool
 * @bytes:	how much, not zero
 *
 * Bad arguments, and ranges that overlap, complete with -EINVAL.
 */
DMARING_INLINE void dmaring_prep_copy(struct dmaring_sqe *sqe, unsigned int channel, void *to,
				      const void *from, size_t bytes)
{
	const struct dmaring *ring = (const struct dmaring *)(uintptr_t)sqe->reserved;

	if (dmaring_locate(ring, from, bytes, &sqe->source_pool, &sqe->source_buffer,
			   &sqe->source_offset) < 0)
		sqe->source_buffer = UINT32_MAX;
	dmaring_prep_data_(sqe, DMARING_OP_COPY, channel, to, bytes);
}

/**
 * dmaring_prep_nop() - complete at once
 * @sqe:	from dmaring_get_sqe()
 */
DMARING_INLINE void dmaring_prep_nop(struct dmaring_sqe *sqe)
{
	dmaring_prep_control_(sqe, DMARING_OP_NOP, 0);
}

/**
 * dmaring_prep_fence() - complete when all earlier entries have
 * @sqe:	from dmaring_get_sqe()
 * @channel:	those of this channel, or DMARING_CHANNEL_ALL
 *
 * Later entries, of that channel or of the ring, wait for it.
 */
DMARING_INLINE void dmaring_prep_fence(struct dmaring_sqe *sqe, unsigned int channel)
{
	dmaring_prep_control_(sqe, DMARING_OP_FENCE, channel);
}

/**
 * dmaring_prep_cancel() - take back what has not been handed to the engine
 * @sqe:	from dmaring_get_sqe()
 * @user_data:	of the entries to take back; they complete with -ECANCELED
 *
 * Its own result is 0: at least one was taken back; -EALREADY: the engine has
 * all that there are; -ENOENT: there is none.
 */
DMARING_INLINE void dmaring_prep_cancel(struct dmaring_sqe *sqe, __u64 user_data)
{
	dmaring_prep_control_(sqe, DMARING_OP_CANCEL, 0);
	sqe->target = user_data;
}

/**
 * dmaring_prep_abort() - end everything submitted before on a channel
 * @sqe:	from dmaring_get_sqe()
 * @channel:	the channel
 *
 * What it ends completes with -ECANCELED. On a shared (copy) channel what the
 * engine already has ends by itself.
 */
DMARING_INLINE void dmaring_prep_abort(struct dmaring_sqe *sqe, unsigned int channel)
{
	dmaring_prep_control_(sqe, DMARING_OP_ABORT, channel);
}

/**
 * dmaring_sqe_set_data64() - number that comes back in the completion
 * @sqe:	the entry, before or after dmaring_prep_*()
 * @data:	any number
 */
DMARING_INLINE void dmaring_sqe_set_data64(struct dmaring_sqe *sqe, __u64 data)
{
	sqe->user_data = data;
}

/**
 * dmaring_sqe_set_data() - pointer that comes back in the completion
 * @sqe:	the entry, before or after dmaring_prep_*()
 * @data:	any pointer; dmaring_cqe_get_data() gives it back
 */
DMARING_INLINE void dmaring_sqe_set_data(struct dmaring_sqe *sqe, void *data)
{
	sqe->user_data = (uintptr_t)data;
}

/**
 * dmaring_sqe_set_timeout_us() - end the request when it takes too long
 * @sqe:	the entry, before or after dmaring_prep_*()
 * @timeout_us:	microseconds from its consumption by the driver; 0: none
 */
DMARING_INLINE void dmaring_sqe_set_timeout_us(struct dmaring_sqe *sqe, __u32 timeout_us)
{
	sqe->timeout_us = timeout_us;
}

/**
 * dmaring_sqe_set_flags() - set the flags of an entry
 * @sqe:	the entry, before or after dmaring_prep_*()
 * @flags:	DMARING_SQE_*; replaces those it had
 */
DMARING_INLINE void dmaring_sqe_set_flags(struct dmaring_sqe *sqe, unsigned int flags)
{
	sqe->flags = (__u8)flags;
}

/**
 * dmaring_doorbell() - tell the driver to look at the ring
 * @ring:	the ring
 *
 * dmaring_submit() does it where it is needed.
 *
 * Return: 0, or -EPIPE: the ring is broken; -ENODEV: the device is gone.
 */
int dmaring_doorbell(struct dmaring *ring);

/* Decides after an entry was published, or a completion was consumed. */
DMARING_INLINE int dmaring_doorbell_is_due_(struct dmaring *ring, unsigned int published)
{
	__u32 flags;

	/*
	 * J: sq_tail (and cq_head) before sq_flags; pairs with K.
	 * L: sq_event before the next look at sq_head; pairs with S.
	 */
	dmaring_fence_(ring);
	flags = dmaring_load_(&ring->kern->sq_flags);
	if (!(flags & DMARING_SQ_NEED_DOORBELL) && !ring->sq_control)
		return 0;
	if (dmaring_load_(&ring->kern->sq_head) == ring->sq_submitted) {
		ring->sq_control = 0;	/* consumed meanwhile */
		return 0;
	}
	/* Nothing new and no new completion slot: the last doorbell saw it. */
	if (!published && (flags & DMARING_SQ_CQ_FULL) &&
	    dmaring_load_(&ring->bell_cq_head) == dmaring_load_(&ring->user->cq_head))
		return 0;
	ring->sq_control = 0;
	return 1;
}

/**
 * dmaring_submit() - publish all entries given by dmaring_get_sqe()
 * @ring:	the ring
 *
 * Makes a system call (the doorbell) only if the driver asked for one, or if a
 * control operation (no-op, fence, cancel, abort) is among the entries.
 *
 * Return: entries published, or -EPIPE: the ring is broken; -ENODEV: the
 * device is gone. The entries are published even then.
 */
DMARING_INLINE int dmaring_submit(struct dmaring *ring)
{
	unsigned int n = dmaring_sq_ready(ring);
	int err;

	if (n) {
		ring->sq_submitted = ring->sq_tail;
		dmaring_store_(&ring->user->sq_event,
			       ring->sq_tail - ring->sq_entries + ring->sq_space - 1);
		/* A: the entries before sq_tail; pairs with B. */
		dmaring_store_release_(&ring->user->sq_tail, ring->sq_tail);
	} else if (dmaring_load_(&ring->kern->sq_head) == ring->sq_submitted) {
		return 0;
	}
	if (dmaring_doorbell_is_due_(ring, n)) {
		err = dmaring_doorbell(ring);
		if (err < 0)
			return err;
	}
	return (int)n;
}

/**
 * dmaring_wake_space() - when EPOLLOUT is reported
 * @ring:	the ring
 * @n:		with at least so many free entries; 1 .. entries, at first 1
 *
 * Return: free entries now, or -EINVAL. If that is @n or more, no event need
 * come for them.
 */
int dmaring_wake_space(struct dmaring *ring, unsigned int n);

/* ------------------------------------------------------------------------
 * Completion
 */

/* What there is to do when no completion is there: see cq.c. */
int dmaring_cq_empty_(struct dmaring *ring);

/* Completion entry of an index. */
DMARING_INLINE struct dmaring_cqe *dmaring_cqe_at_(const struct dmaring *ring, __u32 index)
{
	size_t slot = index & (ring->cq_entries - 1);

	return (struct dmaring_cqe *)(void *)(ring->cqes + slot * ring->cq_stride);
}

/**
 * dmaring_cq_ready() - completions that wait to be consumed
 * @ring:	the ring
 *
 * Return: their number; 0 in read mode (DMARING_SETUP_READ), where the driver
 * does the counting.
 */
DMARING_INLINE unsigned int dmaring_cq_ready(struct dmaring *ring)
{
	if (ring->flags & DMARING_SETUP_READ)
		return 0;
	/* F: cq_tail before the entries; pairs with E. */
	ring->cq_tail = dmaring_load_acquire_(&ring->kern->cq_tail);
	return ring->cq_tail - ring->cq_head;
}

/**
 * dmaring_peek_cqe() - the oldest completion, if there is one
 * @ring:	the ring
 * @cqe:	set to the completion, which is read-only; valid until
 *		dmaring_cqe_seen() or dmaring_cq_advance()
 *
 * Go on until -EAGAIN before you sleep in poll(), in epoll or on an eventfd: it
 * promises that the next completion will be reported, and it rings the doorbell
 * if the driver waits for completion slots.
 *
 * Return: 0, or -EAGAIN: none now; -EPIPE: none, and the ring is broken;
 * -ENODEV: none, and the device is gone; -EOPNOTSUPP: the ring is in read mode.
 */
DMARING_INLINE int dmaring_peek_cqe(struct dmaring *ring, struct dmaring_cqe **cqe)
{
	if (ring->cq_tail == ring->cq_head && !dmaring_cq_ready(ring)) {
		int err = dmaring_cq_empty_(ring);

		if (err < 0) {
			*cqe = NULL;
			return err;
		}
	}
	*cqe = dmaring_cqe_at_(ring, ring->cq_head);
	return 0;
}

/**
 * dmaring_cq_advance() - give completions back to the driver
 * @ring:	the ring
 * @n:		how many, from the oldest; at most dmaring_cq_ready()
 */
DMARING_INLINE void dmaring_cq_advance(struct dmaring *ring, unsigned int n)
{
	if (!n)
		return;
	ring->cq_head += n;
	/* Moved along, so that it never grows stale over half the number range. */
	dmaring_store_(&ring->user->cq_event, ring->cq_head + ring->cq_batch - 1);
	/* G: our reads of the entries before cq_head; pairs with H. */
	dmaring_store_release_(&ring->user->cq_head, ring->cq_head);
}

/**
 * dmaring_cqe_seen() - give the oldest completion back to the driver
 * @ring:	the ring
 * @cqe:	the completion; NULL: nothing is done
 */
DMARING_INLINE void dmaring_cqe_seen(struct dmaring *ring, const struct dmaring_cqe *cqe)
{
	if (cqe)
		dmaring_cq_advance(ring, 1);
}

/**
 * dmaring_for_each_cqe() - look at all completions there are
 * @ring:	the ring
 * @index:	an unsigned int for the loop
 * @cqe:	set to one completion after the other
 *
 * Gives nothing back: count, and call dmaring_cq_advance() after the loop.
 */
#define dmaring_for_each_cqe(ring, index, cqe)						\
	for ((index) = (ring)->cq_head, (void)dmaring_cq_ready(ring);			\
	     (index) != (ring)->cq_tail && ((cqe) = dmaring_cqe_at_((ring), (index)), 1); \
	     (index)++)

/**
 * dmaring_cqe_get_data() - pointer given to dmaring_sqe_set_data()
 * @cqe:	the completion
 *
 * Return: the pointer.
 */
DMARING_INLINE void *dmaring_cqe_get_data(const struct dmaring_cqe *cqe)
{
	return (void *)(uintptr_t)cqe->user_data;
}

/**
 * dmaring_cqe_data() - address of the bytes that were transferred
 * @ring:	the ring
 * @cqe:	the completion of a send, receive or copy (its destination)
 *
 * Return: the address, or NULL: the completion names none.
 */
DMARING_INLINE void *dmaring_cqe_data(const struct dmaring *ring, const struct dmaring_cqe *cqe)
{
	unsigned char *buffer;

	if (cqe->opcode != DMARING_OP_SEND && cqe->opcode != DMARING_OP_RECEIVE &&
	    cqe->opcode != DMARING_OP_COPY)
		return NULL;
	buffer = (unsigned char *)dmaring_pool_buffer(ring, cqe->pool, cqe->buffer);
	if (!buffer || cqe->offset >= ring->pool[cqe->pool].buffer_bytes)
		return NULL;
	return buffer + cqe->offset;
}

/**
 * dmaring_wait_cqe() - the oldest completion; sleeps until there is one
 * @ring:	the ring
 * @cqe:	as dmaring_peek_cqe()
 *
 * Return: 0, or -EINTR: a signal came; -EPIPE; -ENODEV.
 */
int dmaring_wait_cqe(struct dmaring *ring, struct dmaring_cqe **cqe);

/**
 * dmaring_wait_cqe_timeout() - dmaring_wait_cqe(), but not for ever
 * @ring:	the ring
 * @cqe:	as dmaring_peek_cqe()
 * @timeout_ns:	nanoseconds; below 0: for ever
 *
 * Return: 0, or -ETIME: none came; -EINTR; -EPIPE; -ENODEV.
 */
int dmaring_wait_cqe_timeout(struct dmaring *ring, struct dmaring_cqe **cqe, __s64 timeout_ns);

/**
 * dmaring_wait_cqes_timeout() - sleep until several completions are there
 * @ring:	the ring
 * @n:		how many; at least 1, and at most all completion entries without
 *		the DMARING_CONTROL_SLOTS
 * @timeout_ns:	nanoseconds; below 0: for ever
 *
 * Return: completions ready: fewer than @n, but not 0, if the time, or the
 * bound of coalescing, passed first, or the ring ended; -ETIME: none came;
 * -EINTR, -EPIPE, -ENODEV: none, as dmaring_wait_cqe(); -EINVAL: @n.
 */
int dmaring_wait_cqes_timeout(struct dmaring *ring, unsigned int n, __s64 timeout_ns);

/**
 * dmaring_submit_and_wait() - dmaring_submit(), then sleep
 * @ring:	the ring
 * @n:		until so many completions are ready; 0: do not sleep
 *
 * Belongs to both sides.
 *
 * Return: entries published, or -errno as of dmaring_submit() and
 * dmaring_wait_cqes_timeout().
 */
int dmaring_submit_and_wait(struct dmaring *ring, unsigned int n);

/**
 * dmaring_wake_after() - when EPOLLIN is reported and the eventfd signalled
 * @ring:	the ring
 * @n:		with at least so many completions waiting; at first 1, and at
 *		most all completion entries without the DMARING_CONTROL_SLOTS.
 *		Stays so until changed
 *
 * Fewer than @n wake nobody unless coalesce_us is set, so choose it below
 * what is kept in flight.
 *
 * Return: completions ready now, or -EINVAL. Consume those first: if they are
 * @n or more, no event need come for them.
 */
int dmaring_wake_after(struct dmaring *ring, unsigned int n);

/**
 * dmaring_read_cqes() - completions of a ring in read mode
 * @ring:	opened with DMARING_SETUP_READ
 * @cqes:	room for them
 * @n:		how many fit
 *
 * read() on dmaring_fd(), which is all there is to it: an IORING_OP_READ or
 * READ_MULTISHOT of 64 bytes or a multiple, or anything else that reads, does
 * the same. Takes what is there, sleeps until there is one unless the
 * descriptor has O_NONBLOCK, and gives the slots back to the driver. Any number
 * of threads may call it.
 *
 * Return: completions taken; -EAGAIN: none, and O_NONBLOCK; -EINTR: a signal
 * came; -EINVAL: @n is 0, or the ring is not in read mode; -EFAULT; -EPIPE:
 * none, and the ring is broken; -ENODEV: none, and the device is gone.
 */
int dmaring_read_cqes(struct dmaring *ring, struct dmaring_cqe *cqes, unsigned int n);

#endif /* _DMARING_RING_H */
