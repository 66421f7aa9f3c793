/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Cyclic streams: the engine goes round a row of blocks for ever. Included by
 * <dmaring/dmaring.h>.
 */
#ifndef _DMARING_CYCLIC_H
#define _DMARING_CYCLIC_H

/**
 * dmaring_prep_cyclic_start() - let the engine go round a row of blocks for ever
 * @sqe:	from dmaring_get_sqe()
 * @channel:	a send or receive channel
 * @first:	start of the first block: a buffer of a contiguous pool
 * @blocks:	how many buffers, a power of two
 * @notice:	a notice (DMARING_CQE_EVENT) every so many blocks; 0: none
 * @policy:	DMARING_CYCLIC_*
 *
 * Completes when the stream has ended: 0, stopped; -EPIPE, overtaken;
 * -EOPNOTSUPP, the engine has no position to go by.
 */
DMARING_INLINE void dmaring_prep_cyclic_start(struct dmaring_sqe *sqe, unsigned int channel,
					      void *first, unsigned int blocks,
					      unsigned int notice, __u64 policy)
{
	const struct dmaring *ring = (const struct dmaring *)(uintptr_t)sqe->reserved;

	dmaring_prep_data_(sqe, DMARING_OP_CYCLIC_START, channel, first, 1);
	sqe->bytes = 0;
	if (sqe->pool < ring->pools)
		sqe->bytes = (__u32)ring->pool[sqe->pool].stride;
	sqe->list = notice;
	sqe->list_entries = blocks;
	sqe->target = policy;
}

/**
 * dmaring_prep_cyclic_stop() - end the cyclic stream of a channel
 * @sqe:	from dmaring_get_sqe()
 * @channel:	the channel
 *
 * As dmaring_prep_abort(), but the stream completes with 0.
 */
DMARING_INLINE void dmaring_prep_cyclic_stop(struct dmaring_sqe *sqe, unsigned int channel)
{
	dmaring_prep_control_(sqe, DMARING_OP_CYCLIC_STOP, channel);
}

/**
 * dmaring_cyclic_status() - status line of a channel's cyclic stream
 * @r:		the ring
 * @channel:	the channel
 *
 * Return: the line; the driver writes it while one looks.
 */
DMARING_INLINE const struct dmaring_kern_stream *dmaring_cyclic_status(const struct dmaring *r,
								       unsigned int channel)
{
	const char *lines = (const char *)r->header + r->header->kern_streams;

	return (const struct dmaring_kern_stream *)
		(const void *)(lines + (size_t)channel * r->header->stream_bytes);
}

/**
 * dmaring_cyclic_done() - blocks that the hardware has done
 * @ring:	the ring
 * @channel:	the channel
 *
 * Blocks below this, and not too far below, can be read (receive) or are free
 * (send). It starts at 0 with each stream and wraps.
 *
 * Return: their number, as of the driver's last sample.
 */
DMARING_INLINE __u32 dmaring_cyclic_done(const struct dmaring *ring, unsigned int channel)
{
	/* Z: hw_seq before the data; pairs with Y. */
	return dmaring_load_acquire_(&dmaring_cyclic_status(ring, channel)->hw_seq) -
	       ring->header->first_index;
}

/**
 * dmaring_cyclic_block() - where a block is
 * @ring:	the ring
 * @channel:	the channel, with a stream
 * @block:	number of the block in the stream
 *
 * Return: its buffer.
 */
DMARING_INLINE void *dmaring_cyclic_block(const struct dmaring *ring, unsigned int channel,
					  __u32 block)
{
	const struct dmaring_kern_stream *line = dmaring_cyclic_status(ring, channel);
	const struct dmaring_mapping *map = &ring->pool[line->pool];

	return map->base + (line->first_buffer + (block & (line->blocks - 1))) * map->stride;
}

/**
 * dmaring_cyclic_intact() - was a block still whole when it had been read
 * @ring:	the ring
 * @channel:	the channel
 * @block:	number of the block in the stream
 *
 * To be asked after reading. It goes by the driver's last sample; where
 * samples are rare, dmaring_cyclic_position() makes one first.
 *
 * Return: 1 if the hardware had not come round to it, else 0.
 */
DMARING_INLINE int dmaring_cyclic_intact(const struct dmaring *ring, unsigned int channel,
					 __u32 block)
{
	const struct dmaring_kern_stream *line = dmaring_cyclic_status(ring, channel);

	/* Z: the data before hw_seq; pairs with Y. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return dmaring_cyclic_done(ring, channel) - block <= line->blocks - 1 - line->guard;
}

/**
 * dmaring_cyclic_release() - say how far one is
 * @ring:	the ring
 * @channel:	the channel
 * @block:	all blocks below this are read (receive) or filled (send)
 *
 * By this the driver knows whom the hardware has overtaken. Set it to 0, or to
 * the blocks filled beforehand, before a stream is started.
 */
DMARING_INLINE void dmaring_cyclic_release(struct dmaring *ring, unsigned int channel,
					   __u32 block)
{
	char *lines = (char *)ring->user_region + ring->header->user_streams;
	struct dmaring_user_stream *line = (struct dmaring_user_stream *)
		(void *)(lines + (size_t)channel * ring->header->stream_bytes);

	/* I: blocks before user_seq; pairs with O. */
	dmaring_store_release_(&line->user_seq, ring->header->first_index + block);
}

#endif /* _DMARING_CYCLIC_H */
