// SPDX-License-Identifier: GPL-2.0-only
/*
 * Byte streams: read() gives the bytes of completed blocks, write() fills
 * blocks. A row of blocks, requests and a queue for each direction, on the same
 * channel code that rings use.
 *
 * Owns: the blocks. A block belongs to the list that it is on:
 *
 *	idle -> (write fills it: filling) -> channel -> idle	send
 *	channel -> done -> (read empties it) -> channel		receive
 *
 * Locks: stream->io serialises callers of one direction and protects @filling
 * and @position; stream->lock, irq-safe, the lists and the counts. Claims are
 * made under ring->setup_lock and device->lock.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include "ring.h"
#include "stream.h"

static uint stream_blocks = 8;
module_param(stream_blocks, uint, 0644);
MODULE_PARM_DESC(stream_blocks, "Blocks of a byte stream, each direction (2 to 1024)");

static uint stream_block_bytes = 65536;
module_param(stream_block_bytes, uint, 0644);
MODULE_PARM_DESC(stream_block_bytes, "Bytes of a block of a byte stream (64 to 4194304)");

static uint stream_close_seconds = 10;
module_param(stream_close_seconds, uint, 0644);
MODULE_PARM_DESC(stream_close_seconds,
		 "Longest wait of close() for written bytes to reach the device");

#define CLOSE_SECONDS_MAX	3600

/**
 * struct dmaring_block - one block of a byte stream
 * @request: carries it through the channel
 * @list: idle or done
 * @bytes: send: filled so far; receive: that arrived
 * @res: how the transfer ended
 */
struct dmaring_block {
	struct dmaring_request request;
	struct list_head list;
	u32 bytes;
	int res;
};

/**
 * struct dmaring_stream - one direction of a byte stream
 * @ring: the open file
 * @queue: its place at the channel
 * @memory: the blocks' bytes; also ring->memory[@pool]
 * @pool: number of the pool
 * @block_bytes: size of a block
 * @blocks: members of @block
 * @io: one caller at a time
 * @filling: send: block being filled
 * @position: receive: bytes already read of the first done block
 * @rest: send: the end of what was sent early that made no whole word of the
 *	engine; goes into the next block. Room for a word, behind @block
 * @rest_bytes: how many
 * @lock: protects the next ones
 * @idle: send: blocks to fill
 * @done: receive: blocks to read, in order of completion
 * @submitted: blocks given to the channel, free-running
 * @returned: blocks that came back, free-running
 * @error: send: first failure not yet reported
 * @block: the blocks
 */
struct dmaring_stream {
	struct dmaring_ring *ring;
	struct dmaring_queue queue;
	struct dmaring_memory *memory;
	unsigned int pool;
	u32 block_bytes;
	unsigned int blocks;
	struct mutex io;		/* callers, @filling to @rest_bytes */
	struct dmaring_block *filling;
	u32 position;
	u8 *rest;
	u32 rest_bytes;
	spinlock_t lock;		/* all below but @block */
	struct list_head idle;
	struct list_head done;
	u32 submitted;
	u32 returned;
	int error;
	struct dmaring_block block[];
};

static bool stream_sends(const struct dmaring_stream *stream)
{
	return stream->queue.channel->kind == DMARING_CHANNEL_SEND;
}

static bool stream_lengths_known(const struct dmaring_stream *stream)
{
	return stream->queue.channel->flags & DMARING_LEN_KNOWN;
}

static struct dmaring_channel *stream_channel(struct dmaring_device *device, u32 kind)
{
	unsigned int i;

	for (i = 0; i < device->channels; i++) {
		if (device->channel[i]->kind == kind)
			return device->channel[i];
	}
	return NULL;
}

/* Hand a block to the channel; the caller issues. */
static void block_submit(struct dmaring_stream *stream, struct dmaring_block *block,
			 u32 bytes)
{
	struct dmaring_request *request = &block->request;
	unsigned int index = block - stream->block;
	LIST_HEAD(done);

	spin_lock_irq(&stream->lock);
	stream->submitted++;
	spin_unlock_irq(&stream->lock);
	dmaring_request_init(request, stream->ring);
	request->block = block;
	request->sqe = (struct dmaring_sqe) {
		.opcode = stream_sends(stream) ? DMARING_OP_SEND : DMARING_OP_RECEIVE,
		.pool = stream->pool,
		.buffer = index,
		.bytes = bytes,
	};
	dmaring_queue_append(&stream->queue, request, &done);
	dmaring_requests_finish(&done);
}

/* Fix the personality and claim the channel, on the first read or write. */
static struct dmaring_stream *stream_start(struct dmaring_ring *ring, u32 kind)
{
	struct dmaring_device *device = ring->device;
	struct dmaring_channel *channel = stream_channel(device, kind);
	unsigned int blocks = clamp_t(uint, READ_ONCE(stream_blocks), 2, 1024), i;
	struct dmaring_pool pool = { .buffers = blocks };
	struct dmaring_stream *stream;
	int ret;

	lockdep_assert_held(&ring->setup_lock);
	if (ring->active)
		return ERR_PTR(-EINVAL);
	if (!channel)
		return ERR_PTR(-EOPNOTSUPP);
	stream = kvzalloc(struct_size(stream, block, blocks) + channel->geometry.alignment,
			  GFP_KERNEL_ACCOUNT);
	if (!stream)
		return ERR_PTR(-ENOMEM);
	stream->rest = (u8 *)&stream->block[blocks];
	stream->ring = ring;
	stream->blocks = blocks;
	stream->pool = kind == DMARING_CHANNEL_SEND;
	stream->block_bytes = clamp_t(uint, READ_ONCE(stream_block_bytes), 64, SZ_4M);
	stream->block_bytes = min(stream->block_bytes, channel->bytes_max);
	stream->block_bytes = ALIGN_DOWN(stream->block_bytes, channel->geometry.alignment);
	stream->block_bytes = max(stream->block_bytes, channel->geometry.alignment);
	mutex_init(&stream->io);
	spin_lock_init(&stream->lock);
	INIT_LIST_HEAD(&stream->idle);
	INIT_LIST_HEAD(&stream->done);
	for (i = 0; i < blocks; i++)
		list_add_tail(&stream->block[i].list, &stream->idle);

	mutex_lock(&device->lock);
	if (device->gone) {
		ret = -ENODEV;
		goto err_unlock;
	}
	ret = dmaring_channel_claim(channel, ring);
	if (ret)
		goto err_unlock;
	dmaring_queue_init(&stream->queue, ring, channel, 0, 0);
	pool.buffer_bytes = stream->block_bytes;
	stream->memory = dmaring_memory_alloc(&pool, &channel->dma_dev, 1, NULL);
	if (IS_ERR(stream->memory)) {
		ret = PTR_ERR(stream->memory);
		goto err_claim;
	}
	/* Memory was short, and came in chunks so small that a block has too many. */
	if (stream->block_bytes >
	    dmaring_pieces_bytes(min_t(u32, channel->geometry.piece_bytes,
				       1U << stream->memory->chunk_shift))) {
		ret = -ENOMEM;
		goto err_memory;
	}
	dmaring_memory_count(stream->memory, device->counters.pool_bytes);
	ring->memory[stream->pool] = stream->memory;
	ring->geometry.pools = 2;
	if (list_empty(&ring->list))
		list_add_tail(&ring->list, &device->rings);
	/* U: all of the above before; pairs with V in whoever uses the stream. */
	smp_store_release(&ring->stream[stream->pool], stream);
	mutex_unlock(&device->lock);

	if (kind == DMARING_CHANNEL_RECEIVE) {
		for (i = 0; i < blocks; i++) {
			list_del_init(&stream->block[i].list);
			block_submit(stream, &stream->block[i], stream->block_bytes);
		}
		dmaring_channel_issue(channel);
	}
	return stream;

err_memory:
	dmaring_memory_free(stream->memory, false);
err_claim:
	dmaring_channel_unclaim(channel, ring);
err_unlock:
	mutex_unlock(&device->lock);
	kvfree(stream);
	return ERR_PTR(ret);
}

/* A direction that was started before, or NULL. */
static struct dmaring_stream *stream_find(struct dmaring_ring *ring, u32 kind)
{
	/* V: pairs with U where it was started. */
	return smp_load_acquire(&ring->stream[kind == DMARING_CHANNEL_SEND]);
}

static struct dmaring_stream *stream_get(struct dmaring_ring *ring, u32 kind)
{
	struct dmaring_stream *stream = stream_find(ring, kind);

	if (stream)
		return stream;
	/* Another thread's ioctl may hold it until a user lets its answer in. */
	if (mutex_lock_killable(&ring->setup_lock))
		return ERR_PTR(-EINTR);
	stream = stream_find(ring, kind);
	if (!stream)
		stream = stream_start(ring, kind);
	mutex_unlock(&ring->setup_lock);
	return stream;
}

/**
 * dmaring_stream_complete() - a block comes back from the channel
 * @request: of the block; ended
 *
 * Context: any; holds none of our locks.
 */
void dmaring_stream_complete(struct dmaring_request *request)
{
	struct dmaring_block *block = request->block;
	struct dmaring_stream *stream =
		container_of(request->queue, struct dmaring_stream, queue);
	struct dmaring_ring *ring = stream->ring;
	bool sends = stream_sends(stream);
	unsigned long irq;

	spin_lock_irqsave(&stream->lock, irq);
	block->res = request->res;
	stream->returned++;
	if (sends) {
		if (request->res && !stream->error)
			stream->error = request->res;
		block->bytes = 0;
		list_add_tail(&block->list, &stream->idle);
	} else {
		/* As for completions: a residue counts only where it is true. */
		block->bytes = request->res || stream_lengths_known(stream) ?
			       request->done : request->sqe.bytes;
		list_add_tail(&block->list, &stream->done);
	}
	spin_unlock_irqrestore(&stream->lock, irq);
	dmaring_notify(ring, sends ? EPOLLOUT | EPOLLWRNORM : EPOLLIN | EPOLLRDNORM);
}

static bool caller_waits(const struct kiocb *iocb)
{
	return !(iocb->ki_flags & IOCB_NOWAIT) && !(iocb->ki_filp->f_flags & O_NONBLOCK);
}

/*
 * The lock is held for copies and never over a wait, so who must not wait takes
 * it like the others: -EAGAIN would contradict poll, and io_uring would hand the
 * call to a worker after some of these.
 */
static int stream_lock(struct dmaring_stream *stream)
{
	return mutex_lock_killable(&stream->io) ? -EINTR : 0;
}

static struct dmaring_block *first_of(struct dmaring_stream *stream,
				      struct list_head *list)
{
	struct dmaring_block *block;

	spin_lock_irq(&stream->lock);
	block = list_first_entry_or_null(list, struct dmaring_block, list);
	spin_unlock_irq(&stream->lock);
	return block;
}

/*
 * Wait for a block on @list; the caller holds stream->io, which is let go of
 * meanwhile, so that another caller's O_NONBLOCK is not held up.
 */
static int stream_wait(struct dmaring_stream *stream, struct list_head *list,
		       const struct kiocb *iocb)
{
	struct dmaring_ring *ring = stream->ring;
	int ret;

	if (READ_ONCE(ring->dead))
		return -ENODEV;
	if (!caller_waits(iocb))
		return -EAGAIN;
	mutex_unlock(&stream->io);
	ret = wait_event_interruptible(ring->wait, first_of(stream, list) ||
				       READ_ONCE(ring->dead));
	mutex_lock(&stream->io);
	return ret;
}

/* Where a byte of a block is, and how many are there in a row. */
static void *block_address(const struct dmaring_stream *stream,
			   const struct dmaring_block *block, u32 from, u32 *bytes)
{
	const struct dmaring_memory *memory = stream->memory;
	u64 offset = (u64)(block - stream->block) * memory->stride + from;
	u32 within = offset & ((1U << memory->chunk_shift) - 1);

	*bytes = (1U << memory->chunk_shift) - within;
	return page_address(memory->chunk[offset >> memory->chunk_shift]) + within;
}

/* Bytes of a block between the CPU and a user, chunk by chunk. */
static size_t block_copy(struct dmaring_stream *stream, struct dmaring_block *block,
			 u32 from, u32 bytes, struct iov_iter *iter)
{
	size_t copied = 0;

	while (copied < bytes) {
		u32 n;
		void *address = block_address(stream, block, from + copied, &n);
		size_t done;

		n = min_t(u32, n, bytes - copied);
		done = stream_sends(stream) ? copy_from_iter(address, n, iter) :
					      copy_to_iter(address, n, iter);
		copied += done;
		if (done < n)
			break;
	}
	return copied;
}

/* The first done block has been read: back to the channel with it. */
static void block_return(struct dmaring_stream *stream, struct dmaring_block *block)
{
	spin_lock_irq(&stream->lock);
	list_del_init(&block->list);
	spin_unlock_irq(&stream->lock);
	stream->position = 0;
	block_submit(stream, block, stream->block_bytes);
	dmaring_channel_issue(stream->queue.channel);
}

/**
 * dmaring_stream_read() - bytes of completed blocks
 * @ring: the open file
 * @iocb: the call
 * @to: where the bytes go
 *
 * Ends at a packet's end where the provider tells lengths; otherwise gives what
 * is there. Waits only for the first byte.
 *
 * Context: process.
 * Return: bytes; -EAGAIN; -ERESTARTSYS; -EIO and others once for a block that
 * failed; -EBUSY if the channel is taken; -EOPNOTSUPP without a receive
 * channel; -EINVAL on a ring; -ENODEV; -EFAULT; -EINTR; -ENOMEM, -EDQUOT.
 */
ssize_t dmaring_stream_read(struct dmaring_ring *ring, struct kiocb *iocb,
			    struct iov_iter *to)
{
	struct dmaring_stream *stream = stream_get(ring, DMARING_CHANNEL_RECEIVE);
	ssize_t total = 0;
	int ret;

	if (IS_ERR(stream))
		return PTR_ERR(stream);
	ret = stream_lock(stream);
	if (ret)
		return ret;
	while (iov_iter_count(to)) {
		struct dmaring_block *block = first_of(stream, &stream->done);
		bool packet_end;
		size_t n;

		if (!block) {
			ret = total ? 0 : stream_wait(stream, &stream->done, iocb);
			if (ret || total)
				break;
			continue;
		}
		if (block->res) {
			if (!total) {
				ret = block->res;
				block_return(stream, block);
			}
			break;
		}
		n = min_t(size_t, iov_iter_count(to), block->bytes - stream->position);
		if (n) {
			n = block_copy(stream, block, stream->position, n, to);
			if (!n) {
				ret = -EFAULT;
				break;
			}
		}
		total += n;
		stream->position += n;
		if (stream->position < block->bytes)
			continue;
		packet_end = block->bytes && block->bytes < stream->block_bytes &&
			     stream_lengths_known(stream);
		block_return(stream, block);
		if (packet_end)
			break;
	}
	mutex_unlock(&stream->io);
	return total ? total : ret;
}

/* The send error that nobody has heard of yet. */
static int stream_error(struct dmaring_stream *stream)
{
	int ret;

	spin_lock_irq(&stream->lock);
	ret = stream->error;
	stream->error = 0;
	spin_unlock_irq(&stream->lock);
	return ret;
}

/* Take an idle block to be filled; what was left over begins it. */
static void filling_start(struct dmaring_stream *stream, struct dmaring_block *block)
{
	u32 n;

	spin_lock_irq(&stream->lock);
	list_del_init(&block->list);
	spin_unlock_irq(&stream->lock);
	for (block->bytes = 0; block->bytes < stream->rest_bytes; block->bytes++)
		*(u8 *)block_address(stream, block, block->bytes, &n) =
			stream->rest[block->bytes];
	stream->rest_bytes = 0;
	stream->filling = block;
}

/*
 * What has been filled goes to the channel, full or not; but whole words of the
 * engine only. A block with less in it stays.
 */
static void filling_submit(struct dmaring_stream *stream)
{
	u32 rest, n, alignment = stream->queue.channel->geometry.alignment;
	struct dmaring_block *block = stream->filling;

	lockdep_assert_held(&stream->io);
	if (!block || block->bytes < alignment)
		return;
	rest = block->bytes & (alignment - 1);
	block->bytes -= rest;
	for (; stream->rest_bytes < rest; stream->rest_bytes++)
		stream->rest[stream->rest_bytes] =
			*(u8 *)block_address(stream, block,
					     block->bytes + stream->rest_bytes, &n);
	stream->filling = NULL;
	block_submit(stream, block, block->bytes);
	dmaring_channel_issue(stream->queue.channel);
}

/**
 * dmaring_stream_write() - fill blocks
 * @ring: the open file
 * @iocb: the call
 * @from: where the bytes come from
 *
 * A full block goes to the device at once, a short one at fsync() or close().
 *
 * Context: process.
 * Return: bytes; -EAGAIN; -ERESTARTSYS; the error of an earlier block, once;
 * -EBUSY if the channel is taken; -EOPNOTSUPP without a send channel; -ENODEV;
 * -EFAULT; -ENOMEM, -EDQUOT.
 */
ssize_t dmaring_stream_write(struct dmaring_ring *ring, struct kiocb *iocb,
			     struct iov_iter *from)
{
	struct dmaring_stream *stream = stream_get(ring, DMARING_CHANNEL_SEND);
	ssize_t total = 0;
	int ret;

	if (IS_ERR(stream))
		return PTR_ERR(stream);
	ret = stream_lock(stream);
	if (ret)
		return ret;
	while (iov_iter_count(from)) {
		struct dmaring_block *block = stream->filling;
		size_t n;

		ret = stream_error(stream);
		if (!ret && READ_ONCE(ring->dead))
			ret = -ENODEV;
		if (ret)
			break;
		if (!block) {
			block = first_of(stream, &stream->idle);
			if (!block) {
				ret = stream_wait(stream, &stream->idle, iocb);
				if (ret)
					break;
				continue;
			}
			filling_start(stream, block);
		}
		n = block_copy(stream, block, block->bytes,
			       min_t(size_t, iov_iter_count(from),
				     stream->block_bytes - block->bytes), from);
		if (!n) {
			ret = -EFAULT;
			break;
		}
		block->bytes += n;
		total += n;
		if (block->bytes == stream->block_bytes)
			filling_submit(stream);
	}
	mutex_unlock(&stream->io);
	return total ? total : ret;
}

static bool stream_drained(struct dmaring_stream *stream, u32 submitted)
{
	bool drained;

	spin_lock_irq(&stream->lock);
	drained = (s32)(stream->returned - submitted) >= 0;
	spin_unlock_irq(&stream->lock);
	return drained;
}

/*
 * Is this the end of a process that a signal killed? Its files are closed with
 * the signal taken off, so that no wait in there can be interrupted.
 */
static bool caller_was_killed(void)
{
	return current->flags & PF_EXITING && current->exit_code & 0x7f;
}

/**
 * dmaring_stream_drain() - let all bytes written so far reach the device
 * @ring: the open file
 * @bounded: wait at most stream_close_seconds
 *
 * Others may go on to write meanwhile. Who was killed does not wait at all.
 *
 * Context: process; killable.
 * Return: 0; the error of a block; -EINTR; -ETIMEDOUT; -EINVAL if bytes are left
 * that make no whole word of the engine.
 */
int dmaring_stream_drain(struct dmaring_ring *ring, bool bounded)
{
	struct dmaring_stream *stream = stream_find(ring, DMARING_CHANNEL_SEND);
	long limit = MAX_SCHEDULE_TIMEOUT, left;
	bool left_over;
	u32 submitted;
	int ret;

	if (!stream)
		return 0;
	if (caller_was_killed() || mutex_lock_killable(&stream->io))
		return -EINTR;
	if (bounded)
		limit = min_t(uint, READ_ONCE(stream_close_seconds), CLOSE_SECONDS_MAX) * HZ;
	filling_submit(stream);
	left_over = stream->rest_bytes || (stream->filling && stream->filling->bytes);
	spin_lock_irq(&stream->lock);
	submitted = stream->submitted;
	spin_unlock_irq(&stream->lock);
	mutex_unlock(&stream->io);
	/* Removal of the device ends them all, so it needs no look of its own. */
	left = wait_event_killable_timeout(ring->wait,
					   stream_drained(stream, submitted), limit);
	ret = stream_error(stream);
	if (ret)
		return ret;
	if (left <= 0)
		return left ? -EINTR : -ETIMEDOUT;
	return left_over ? -EINVAL : 0;
}

/**
 * dmaring_stream_poll() - readiness of a byte stream
 * @ring: the open file; neither ring nor stream means both: try
 *
 * Context: process.
 * Return: EPOLL* mask.
 */
__poll_t dmaring_stream_poll(struct dmaring_ring *ring)
{
	struct dmaring_stream *receive = stream_find(ring, DMARING_CHANNEL_RECEIVE);
	struct dmaring_stream *send = stream_find(ring, DMARING_CHANNEL_SEND);
	__poll_t events = 0;

	if (!receive || first_of(receive, &receive->done))
		events |= EPOLLIN | EPOLLRDNORM;
	if (!send || READ_ONCE(send->filling) || first_of(send, &send->idle))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (READ_ONCE(ring->dead))
		events |= EPOLLHUP;
	return events;
}

/**
 * dmaring_streams_abort() - end what is in flight
 * @ring: an open file; nothing new is submitted
 *
 * Context: may sleep.
 */
void dmaring_streams_abort(struct dmaring_ring *ring)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ring->stream); i++) {
		struct dmaring_stream *stream = ring->stream[i];
		LIST_HEAD(done);

		if (!stream)
			continue;
		dmaring_queue_abort(&stream->queue, NULL, &done);
		dmaring_channel_stop(stream->queue.channel);
		dmaring_requests_finish(&done);
	}
}

/**
 * dmaring_streams_close() - give the channels back
 * @ring: a file being closed; its streams are aborted
 *
 * Context: process; holds device->lock.
 */
void dmaring_streams_close(struct dmaring_ring *ring)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ring->stream); i++) {
		struct dmaring_stream *stream = ring->stream[i];

		if (!stream)
			continue;
		dmaring_queue_unlink(&stream->queue);
		dmaring_channel_unclaim(stream->queue.channel, ring);
	}
}

/**
 * dmaring_streams_free() - free what the streams consist of
 * @ring: a ring without references
 *
 * Context: may sleep.
 */
void dmaring_streams_free(struct dmaring_ring *ring)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ring->stream); i++)
		kvfree(ring->stream[i]);
}
