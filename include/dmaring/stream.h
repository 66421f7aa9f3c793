/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Queue mode: a stream of blocks on one channel of an open ring. Included by
 * <dmaring/dmaring.h>, never alone.
 *
 * A stream has a number of buffers. Each of them is with the device, or waits
 * to be handed out, or is held by the program. dmaring_stream_next() hands out
 * one: of a receive stream, a block that came; of a send stream, a buffer to
 * fill. dmaring_stream_release() gives it back, in any order. The device gets
 * none but released buffers, so nothing that the program holds is overwritten;
 * when there is none, a device that can wait waits, and one that cannot drops
 * data, which shows in blocks_lost.
 *
 * All send and receive entries of the channel belong to the stream. A ring may
 * have a stream on each of its channels; all streams of a ring, and both of
 * its sides, belong to one thread at a time.
 */
#ifndef _DMARING_STREAM_H
#define _DMARING_STREAM_H

#ifndef _DMARING_DMARING_H
#error "include <dmaring/dmaring.h>"
#endif

struct dmaring_stream;
struct dmaring_stream_pair;

/* dmaring_stream_options.flags */
#define DMARING_STREAM_SEQUENCE_BE	(1U << 0)	/* the number is big-endian */

/**
 * struct dmaring_stream_options - what a stream consists of
 * @pool:	pool of the buffers
 * @first_buffer: first buffer of the stream in it
 * @buffers:	number of buffers; 0: all from @first_buffer on
 * @flags:	DMARING_STREAM_*
 * @block_bytes: receive: room that the device is given in a buffer; 0: all of it
 * @sequence_bytes: receive: width of the number that each block has in it: 2, 4
 *		or 8 bytes; 0: blocks have no number
 * @sequence_offset: receive: where the number is, bytes from the start
 * @reserved:	zero
 *
 * The numbers of blocks go up by one, those of lost blocks included, and wrap
 * at their width. With them dmaring_stream_block.blocks_lost is exact.
 *
 * Zero is a good value for every member. Members are added at the end only.
 */
struct dmaring_stream_options {
	__u32 pool;
	__u32 first_buffer;
	__u32 buffers;
	__u32 flags;
	__u32 block_bytes;
	__u32 sequence_bytes;
	__u32 sequence_offset;
	__u32 reserved;
};

/* dmaring_stream_block.flags, beside the DMARING_CQE_* of its completion */
#define DMARING_BLOCK_FRESH	(1U << 24)	/* send: was never sent, @res says nothing */
#define DMARING_BLOCK_NUMBERED	(1U << 25)	/* @sequence is from the block itself */
#define DMARING_BLOCK_RESTART	(1U << 26)	/* the numbers of the blocks went back */
#define DMARING_BLOCK_UNPAIRED	(1U << 27)	/* output of no input that was submitted */

/**
 * struct dmaring_stream_block - a buffer handed out
 * @data:	its address; NULL: there is none (dmaring_stream_pair_output())
 * @bytes:	receive: bytes that came, to be read with the LEN flag of @flags;
 *		send: room
 * @res:	0, or -errno of the transfer
 * @flags:	DMARING_CQE_* and DMARING_BLOCK_*. DMARING_CQE_LOSS_UNKNOWN: blocks
 *		may be missing before this one, and nobody could count them
 * @blocks_lost: blocks missing between the one before and this one, exactly
 * @sequence:	with DMARING_BLOCK_NUMBERED: number of the block; else blocks
 *		completed on the stream before this one
 * @time_ns:	when it ended, on the clock of the ring
 * @reserved:	zero
 * @tag:	dmaring_stream_pair_output(): given to dmaring_stream_pair_submit()
 */
struct dmaring_stream_block {
	void *data;
	__u32 bytes;
	__s32 res;
	__u32 flags;
	__u32 reserved;
	__aligned_u64 blocks_lost;
	__aligned_u64 sequence;
	__aligned_u64 time_ns;
	__aligned_u64 tag;
};

/**
 * struct dmaring_stream_stats - what a stream has done since its start
 * @blocks:	blocks that went well, handed out or not
 * @bytes:	bytes in them
 * @blocks_lost: blocks known to be lost, from their numbers
 * @loss_unknown: times that blocks may have been lost uncounted
 * @errors:	transfers that failed
 * @starved:	times that the device was without a buffer; below 0: the driver
 *		does not say
 * @starved_ns:	nanoseconds for which it was; below 0: the driver does not say
 * @armed:	buffers with the device, or on the way to it
 * @waiting:	buffers that wait for dmaring_stream_next()
 * @held:	buffers that the program holds
 * @reserved:	zero
 */
struct dmaring_stream_stats {
	__aligned_u64 blocks;
	__aligned_u64 bytes;
	__aligned_u64 blocks_lost;
	__aligned_u64 loss_unknown;
	__aligned_u64 errors;
	__s64 starved;
	__s64 starved_ns;
	__u32 armed;
	__u32 waiting;
	__u32 held;
	__u32 reserved;
};

int dmaring_stream_start_sized_(struct dmaring *ring, unsigned int channel,
				const struct dmaring_stream_options *options, size_t options_bytes,
				struct dmaring_stream **stream);
int dmaring_stream_pair_start_sized_(struct dmaring *ring, unsigned int send_channel,
				     const struct dmaring_stream_options *send,
				     unsigned int receive_channel,
				     const struct dmaring_stream_options *receive,
				     size_t options_bytes, struct dmaring_stream_pair **pair);
void dmaring_stream_stats_sized_(const struct dmaring_stream *stream,
				 struct dmaring_stream_stats *stats, size_t stats_bytes);

/**
 * dmaring_stream_start() - begin a stream
 * @ring:	the ring
 * @channel:	a send or receive channel of it
 * @options:	which buffers, and how blocks are numbered; NULL: all buffers of
 *		the first pool, no numbers
 * @stream:	set to the stream
 *
 * A receive stream gives all its buffers to the device at once; a send stream
 * has them all ready for dmaring_stream_next().
 *
 * Return: 0, or -ENOENT: no such channel or pool; -EOPNOTSUPP: a copy channel, or
 * a ring in read mode;
 * -EBUSY: the channel has a stream; -EINVAL: bad @options; -E2BIG: @options of a
 * newer library; -ENOMEM; -EPIPE: the ring is broken; -ENODEV.
 */
DMARING_INLINE int dmaring_stream_start(struct dmaring *ring, unsigned int channel,
					const struct dmaring_stream_options *options,
					struct dmaring_stream **stream)
{
	return dmaring_stream_start_sized_(ring, channel, options, sizeof(*options), stream);
}

/**
 * dmaring_stream_stop() - end a stream
 * @stream:	the stream; not valid any more, whatever is returned; NULL: nothing
 *		is done
 *
 * Aborts what is with the device, and waits for the end of that, normally
 * some microseconds. A send stream that is to send all it was given is waited
 * for with dmaring_stream_drain() first. Blocks not handed out are forgotten.
 *
 * Return: 0, or -ETIMEDOUT: the device does not stop; -EBUSY: a completion of
 * the program is in the way, and the buffers came not back yet; -ENODEV,
 * -EPIPE: the ring had ended.
 */
int dmaring_stream_stop(struct dmaring_stream *stream);

/**
 * dmaring_stream_next() - hand out the next buffer
 * @stream:	the stream
 * @block:	filled in
 *
 * In the order in which the transfers ended. Also takes completions of other
 * streams of the ring, so before you sleep in poll() or epoll, ask
 * dmaring_stream_poll().
 *
 * Return: 0, or -EAGAIN: none now; -EBUSY: none, and the oldest completion is
 * not of a stream: take it with dmaring_peek_cqe(); -EPIPE: none, and the ring
 * is broken; -ENODEV: none, and the device is gone.
 */
int dmaring_stream_next(struct dmaring_stream *stream, struct dmaring_stream_block *block);

/**
 * dmaring_stream_wait_next() - dmaring_stream_next(), sleeping until there is one
 * @stream:	the stream
 * @block:	filled in
 * @timeout_ns:	nanoseconds; below 0: for ever
 *
 * Return: as dmaring_stream_next(), or -ETIME: none came; -EINTR: a signal came.
 */
int dmaring_stream_wait_next(struct dmaring_stream *stream, struct dmaring_stream_block *block,
			     __s64 timeout_ns);

/**
 * dmaring_stream_release() - give a buffer to the device
 * @stream:	the stream
 * @data:	from dmaring_stream_next(): dmaring_stream_block.data
 * @bytes:	send: how much to send, from @data on; receive: not used
 *
 * Buffers may be released in any order; a send stream sends them in the order
 * of their release. Never waits: where the ring has no entry free, the library
 * keeps the buffer until dmaring_stream_next() or dmaring_stream_release() find
 * one.
 *
 * Return: 0, or -EINVAL: not a buffer of the stream that the program holds, or
 * @bytes is 0 or too much; -EPIPE: the ring is broken; -ENODEV.
 */
int dmaring_stream_release(struct dmaring_stream *stream, void *data, size_t bytes);

/**
 * dmaring_stream_poll() - what waits in the streams of a ring
 * @ring:	the ring
 *
 * 0 is a promise: dmaring_fd() will report the next completion. Call it last
 * before sleeping in poll() or epoll.
 *
 * Return: buffers that wait for dmaring_stream_next() in all streams of the ring
 * together; if there are none, also -EBUSY, -EPIPE or -ENODEV as
 * dmaring_stream_next().
 */
int dmaring_stream_poll(struct dmaring *ring);

/**
 * dmaring_stream_ready() - what waits in one stream
 * @stream:	the stream
 *
 * Looks at no completion: that is for dmaring_stream_poll().
 *
 * Return: buffers that dmaring_stream_next() would hand out at once.
 */
unsigned int dmaring_stream_ready(const struct dmaring_stream *stream);

/**
 * dmaring_stream_drain() - wait until the device has nothing left to do
 * @stream:	a send stream
 * @timeout_ns:	nanoseconds; below 0: for ever
 *
 * Return: 0, or -ETIME: it has; -EINVAL: a receive stream; -EINTR, -EBUSY,
 * -EPIPE, -ENODEV as dmaring_stream_wait_next(). Whether all went well is in
 * dmaring_stream_stats.errors.
 */
int dmaring_stream_drain(struct dmaring_stream *stream, __s64 timeout_ns);

/**
 * dmaring_stream_get_stats() - what a stream has done
 * @stream:	the stream
 * @stats:	filled in
 *
 * Starvation is read from sysfs; the rest makes no system call.
 */
DMARING_INLINE void dmaring_stream_get_stats(const struct dmaring_stream *stream,
					     struct dmaring_stream_stats *stats)
{
	dmaring_stream_stats_sized_(stream, stats, sizeof(*stats));
}

/* ------------------------------------------------------------------------
 * A block processor: each block sent is one block received
 */

/**
 * dmaring_stream_pair_start() - begin the two streams of a block processor
 * @ring:	the ring
 * @send_channel: where blocks go in
 * @send:	buffers of the inputs
 * @receive_channel: where blocks come out
 * @receive:	buffers of the outputs, none of them also of the inputs, each of
 *		them with room for a whole output
 * @pair:	set to the pair
 *
 * For a device that makes exactly one block of each one it is sent, in order,
 * and none of a send that fails. The receive stream starts first, so that no
 * output finds no buffer.
 *
 * Return: as dmaring_stream_start(); also -EINVAL: the streams share buffers.
 */
DMARING_INLINE int dmaring_stream_pair_start(struct dmaring *ring, unsigned int send_channel,
					     const struct dmaring_stream_options *send,
					     unsigned int receive_channel,
					     const struct dmaring_stream_options *receive,
					     struct dmaring_stream_pair **pair)
{
	return dmaring_stream_pair_start_sized_(ring, send_channel, send, receive_channel, receive,
						sizeof(*send), pair);
}

/**
 * dmaring_stream_pair_stop() - end both streams
 * @pair:	the pair; not valid any more, whatever is returned; NULL: nothing is
 *		done
 *
 * Return: as dmaring_stream_stop().
 */
int dmaring_stream_pair_stop(struct dmaring_stream_pair *pair);

/**
 * dmaring_stream_pair_send() - the stream of the inputs
 * @pair:	the pair
 *
 * For dmaring_stream_get_stats().
 *
 * Return: the stream; it belongs to the pair.
 */
struct dmaring_stream *dmaring_stream_pair_send(struct dmaring_stream_pair *pair);

/**
 * dmaring_stream_pair_receive() - the stream of the outputs
 * @pair:	the pair
 *
 * For dmaring_stream_get_stats().
 *
 * Return: the stream; it belongs to the pair.
 */
struct dmaring_stream *dmaring_stream_pair_receive(struct dmaring_stream_pair *pair);

/**
 * dmaring_stream_pair_input() - hand out a buffer to fill
 * @pair:	the pair
 * @block:	filled in: data, and the room in bytes
 *
 * No more inputs are under way than there are buffers of both streams together.
 *
 * Return: as dmaring_stream_next().
 */
int dmaring_stream_pair_input(struct dmaring_stream_pair *pair, struct dmaring_stream_block *block);

/**
 * dmaring_stream_pair_submit() - send an input
 * @pair:	the pair
 * @data:	from dmaring_stream_pair_input()
 * @bytes:	how much of it
 * @tag:	comes back with the output
 *
 * Return: as dmaring_stream_release().
 */
int dmaring_stream_pair_submit(struct dmaring_stream_pair *pair, void *data, size_t bytes,
			       __u64 tag);

/**
 * dmaring_stream_pair_output() - hand out the oldest output
 * @pair:	the pair
 * @block:	filled in; with the tag of the input that it was made of
 *
 * An input that failed is handed out in its turn too: res is its -errno, data
 * is NULL, and there is nothing to give back.
 *
 * Return: as dmaring_stream_next().
 */
int dmaring_stream_pair_output(struct dmaring_stream_pair *pair,
			       struct dmaring_stream_block *block);

/**
 * dmaring_stream_pair_poll() - is there an input or an output to hand out
 * @pair:	the pair
 *
 * 0 is a promise, as with dmaring_stream_poll(). That one does not do here: it
 * counts no buffer which the pair keeps.
 *
 * Return: 1: there is; 0: none now; -EBUSY, -EPIPE, -ENODEV as
 * dmaring_stream_next().
 */
int dmaring_stream_pair_poll(struct dmaring_stream_pair *pair);

/**
 * dmaring_stream_pair_wait() - sleep until there is an input or an output
 * @pair:	the pair
 * @timeout_ns:	nanoseconds; below 0: for ever
 *
 * Return: 0, or -ETIME: none came; -EINTR: a signal came; -EBUSY, -EPIPE,
 * -ENODEV as dmaring_stream_next().
 */
int dmaring_stream_pair_wait(struct dmaring_stream_pair *pair, __s64 timeout_ns);

/**
 * dmaring_stream_pair_release() - give the buffer of an output back
 * @pair:	the pair
 * @data:	from dmaring_stream_pair_output()
 *
 * Return: as dmaring_stream_release().
 */
int dmaring_stream_pair_release(struct dmaring_stream_pair *pair, void *data);

#endif /* _DMARING_STREAM_H */
