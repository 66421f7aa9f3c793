// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Queue mode: streams of blocks, on the ring's public entries alone.
 *
 * Owns the states of a stream's buffers. A buffer is
 *
 *	HELD	by the program		-- dmaring_stream_release() -->
 *	QUEUED	no entry was free yet	-- flush() -->
 *	ARMED	with the driver		-- its completion -->
 *	DONE	waits to be handed out	-- dmaring_stream_next() --> HELD
 *
 * A completion belongs to the stream of its channel; its user_data is the
 * number of the buffer in the stream.
 */
#include "internal.h"
#include "sequence.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	1000000000LL
#define STOP_NS		(5 * NS_PER_S)
#define STOP_STEP_NS	(NS_PER_S / 10)	/* then what was not consumed before is aborted */
#define NONE		UINT32_MAX

enum slot_state {
	SLOT_HELD,
	SLOT_QUEUED,
	SLOT_ARMED,
	SLOT_DONE,
};

struct slot {
	__u32 next;			/* in the queue it is in */
	__u32 bytes;			/* to transfer, then transferred */
	enum slot_state state;
	__s32 res;
	__u32 flags;
	__u64 blocks_lost;
	__u64 sequence;
	__u64 time_ns;
};

struct queue {
	__u32 first, last, n;
};

struct dmaring_stream {
	struct dmaring *ring;
	struct dmaring_stream *next;	/* of the same ring */
	unsigned int channel;
	bool receive;
	struct dmaring_stream_options options;
	struct queue queued, done;
	__u32 armed, held;
	struct dmaring_sequence sequence;	/* of the numbers in the blocks */
	__u64 completed;
	struct dmaring_stream_stats stats;
	long long starved, starved_ns;	/* the driver's, at the start; below 0: not known */
	char folder[128];		/* of the channel, in sysfs */
	struct slot slot[];
};

static struct dmaring_stream *first_stream(const struct dmaring *ring)
{
	return (struct dmaring_stream *)(uintptr_t)ring->streams;
}

static struct dmaring_stream *stream_of(const struct dmaring *ring, unsigned int channel)
{
	struct dmaring_stream *stream = first_stream(ring);

	while (stream && stream->channel != channel)
		stream = stream->next;
	return stream;
}

static void queue_init(struct queue *queue)
{
	queue->first = NONE;
	queue->last = NONE;
	queue->n = 0;
}

static void queue_put(struct dmaring_stream *stream, struct queue *queue, __u32 index)
{
	stream->slot[index].next = NONE;
	if (queue->n++)
		stream->slot[queue->last].next = index;
	else
		queue->first = index;
	queue->last = index;
}

static __u32 queue_get(struct dmaring_stream *stream, struct queue *queue)
{
	__u32 index = queue->first;

	queue->first = stream->slot[index].next;
	queue->n--;
	return index;
}

static unsigned char *slot_data(const struct dmaring_stream *stream, __u32 index)
{
	return (unsigned char *)dmaring_pool_buffer(stream->ring, stream->options.pool,
						    stream->options.first_buffer + index);
}

static size_t room(const struct dmaring_stream *stream)
{
	return stream->options.block_bytes;
}

/* ------------------------------------------------------------------------
 * To the device
 */

/* Makes entries of what is queued, as far as there are free ones. */
static int flush(struct dmaring_stream *stream)
{
	struct dmaring *ring = stream->ring;
	bool rung = false;
	int ret;

	while (stream->queued.n) {
		struct dmaring_sqe *sqe = dmaring_get_sqe(ring);
		struct slot *slot;
		__u32 index;

		if (!sqe) {
			/* The doorbell makes the driver take what it has slots for. */
			if (rung)
				break;
			rung = true;
			ret = dmaring_submit(ring);
			if (ret < 0)
				return ret;
			continue;
		}
		index = queue_get(stream, &stream->queued);
		slot = &stream->slot[index];
		if (stream->receive)
			dmaring_prep_receive(sqe, stream->channel, slot_data(stream, index),
					     slot->bytes);
		else
			dmaring_prep_send(sqe, stream->channel, slot_data(stream, index),
					  slot->bytes);
		dmaring_sqe_set_data64(sqe, index);
		slot->state = SLOT_ARMED;
		stream->armed++;
		rung = false;
	}
	ret = dmaring_submit(ring);
	return ret < 0 ? ret : 0;
}

static int flush_all(struct dmaring *ring)
{
	struct dmaring_stream *stream;
	int err = 0;

	for (stream = first_stream(ring); stream && !err; stream = stream->next)
		if (stream->queued.n)
			err = flush(stream);
	return err;
}

static void queue_slot(struct dmaring_stream *stream, __u32 index, size_t bytes)
{
	struct slot *slot = &stream->slot[index];

	slot->state = SLOT_QUEUED;
	slot->bytes = (__u32)bytes;
	queue_put(stream, &stream->queued, index);
}

int dmaring_stream_release(struct dmaring_stream *stream, void *data, size_t bytes)
{
	int index = dmaring_stream_slot_(stream, data);

	if (index < 0 || stream->slot[index].state != SLOT_HELD)
		return -EINVAL;
	if (stream->receive)
		bytes = room(stream);
	else if (!bytes || bytes > room(stream))
		return -EINVAL;
	stream->held--;
	queue_slot(stream, (__u32)index, bytes);
	return flush(stream);
}

/* ------------------------------------------------------------------------
 * From the device
 */

static bool read_number(const struct dmaring_stream *stream, __u32 index, __u64 *number)
{
	const struct dmaring_stream_options *options = &stream->options;

	if (!options->sequence_bytes ||
	    stream->slot[index].bytes < options->sequence_offset + options->sequence_bytes)
		return false;
	*number = dmaring_sequence_read(&stream->sequence,
					slot_data(stream, index) + options->sequence_offset);
	return true;
}

/* What the number of a block says of the blocks before it. */
static void compare_number(struct dmaring_stream *stream, struct slot *slot, __u64 number)
{
	bool numbered = stream->sequence.numbered;
	__u64 lost;

	slot->flags |= DMARING_BLOCK_NUMBERED;
	slot->flags &= ~DMARING_CQE_LOSS_UNKNOWN;
	slot->sequence = number;
	if (!dmaring_sequence_take(&stream->sequence, number, &lost))
		slot->flags |= DMARING_BLOCK_RESTART | DMARING_CQE_LOSS_UNKNOWN;
	else if (numbered)
		slot->blocks_lost = lost;
}

static void receive_done(struct dmaring_stream *stream, __u32 index, const struct dmaring_cqe *cqe)
{
	struct slot *slot = &stream->slot[index];
	__u64 number;

	slot->blocks_lost = cqe->blocks_lost;
	if (slot->res < 0)
		return;
	if (read_number(stream, index, &number)) {
		compare_number(stream, slot, number);
	} else if (stream->options.sequence_bytes) {
		slot->flags |= DMARING_CQE_LOSS_UNKNOWN;
		stream->sequence.unnumbered++;
	}
	stream->stats.blocks_lost += slot->blocks_lost;
	stream->stats.loss_unknown += !!(slot->flags & DMARING_CQE_LOSS_UNKNOWN);
}

/* Return: false: it is not a completion of a stream. */
static bool take(struct dmaring *ring, const struct dmaring_cqe *cqe)
{
	struct dmaring_stream *stream;
	struct slot *slot;

	if (cqe->opcode != DMARING_OP_SEND && cqe->opcode != DMARING_OP_RECEIVE)
		return false;
	stream = stream_of(ring, cqe->channel);
	if (!stream || cqe->user_data >= stream->options.buffers)
		return false;
	slot = &stream->slot[cqe->user_data];
	if (slot->state != SLOT_ARMED || cqe->pool != stream->options.pool ||
	    cqe->buffer != stream->options.first_buffer + cqe->user_data)
		return false;
	slot->state = SLOT_DONE;
	slot->res = cqe->res;
	slot->flags = cqe->flags;
	slot->bytes = cqe->bytes;
	slot->time_ns = cqe->time_ns;
	slot->blocks_lost = 0;
	slot->sequence = stream->completed++;
	if (stream->receive)
		receive_done(stream, (__u32)cqe->user_data, cqe);
	if (slot->res < 0) {
		stream->stats.errors++;
	} else {
		stream->stats.blocks++;
		stream->stats.bytes += slot->bytes;
	}
	stream->armed--;
	queue_put(stream, &stream->done, (__u32)cqe->user_data);
	return true;
}

int dmaring_stream_collect_(struct dmaring *ring)
{
	struct dmaring_cqe *cqe;
	int err, flushed;

	while ((err = dmaring_peek_cqe(ring, &cqe)) == 0) {
		if (!take(ring, cqe))
			return -EBUSY;
		dmaring_cqe_seen(ring, cqe);
	}
	flushed = flush_all(ring);
	return err == -EAGAIN && flushed < 0 ? flushed : err;
}

int dmaring_stream_next(struct dmaring_stream *stream, struct dmaring_stream_block *block)
{
	struct slot *slot;
	__u32 index;

	if (!stream->done.n) {
		int err = dmaring_stream_collect_(stream->ring);

		if (!stream->done.n)
			return err;
	}
	index = queue_get(stream, &stream->done);
	slot = &stream->slot[index];
	slot->state = SLOT_HELD;
	stream->held++;
	memset(block, 0, sizeof(*block));
	block->data = slot_data(stream, index);
	block->bytes = stream->receive ? slot->bytes : stream->options.block_bytes;
	block->res = slot->res;
	block->flags = slot->flags;
	block->blocks_lost = slot->blocks_lost;
	block->sequence = slot->sequence;
	block->time_ns = slot->time_ns;
	return 0;
}

int dmaring_stream_poll(struct dmaring *ring)
{
	struct dmaring_stream *stream;
	int err = dmaring_stream_collect_(ring);
	__u32 n = 0;

	for (stream = first_stream(ring); stream; stream = stream->next)
		n += stream->done.n;
	if (n)
		return (int)n;
	return err == -EAGAIN ? 0 : err;
}

unsigned int dmaring_stream_ready(const struct dmaring_stream *stream)
{
	return stream->done.n;
}

/* ------------------------------------------------------------------------
 * Waiting
 */

static __s64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

__s64 dmaring_stream_deadline_(__s64 timeout_ns)
{
	return timeout_ns < 0 ? -1 : now_ns() + timeout_ns;
}

__s64 dmaring_stream_left_(__s64 deadline_ns)
{
	__s64 left;

	if (deadline_ns < 0)
		return -1;
	left = deadline_ns - now_ns();
	return left > 0 ? left : 0;
}

int dmaring_stream_wait_next(struct dmaring_stream *stream, struct dmaring_stream_block *block,
			     __s64 timeout_ns)
{
	__s64 deadline_ns = -1;
	bool waited = false;
	int err;

	while ((err = dmaring_stream_next(stream, block)) == -EAGAIN) {
		if (!waited)
			deadline_ns = dmaring_stream_deadline_(timeout_ns);
		waited = true;
		err = dmaring_wait_cqes_timeout(stream->ring, 1,
						dmaring_stream_left_(deadline_ns));
		if (err < 0)
			return err;
	}
	return err;
}

int dmaring_stream_drain(struct dmaring_stream *stream, __s64 timeout_ns)
{
	__s64 deadline_ns = dmaring_stream_deadline_(timeout_ns);
	int err;

	if (stream->receive)
		return -EINVAL;
	for (;;) {
		err = dmaring_stream_collect_(stream->ring);
		if (!stream->armed && !stream->queued.n)
			return 0;
		if (err != -EAGAIN)
			return err;
		err = dmaring_wait_cqes_timeout(stream->ring, 1,
						dmaring_stream_left_(deadline_ns));
		if (err < 0)
			return err;
	}
}

/* ------------------------------------------------------------------------
 * Beginning and end
 */

static long long read_counter(const struct dmaring_stream *stream, const char *name)
{
	char path[sizeof(stream->folder) + 16];
	long long value = -1;
	int saved = errno;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", stream->folder, name);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%lld", &value) != 1)
			value = -1;
		fclose(file);
	}
	errno = saved;
	return value;
}

static long long since(long long start, long long now)
{
	return start < 0 || now < 0 ? -1 : now - start;
}

void dmaring_stream_stats_sized_(const struct dmaring_stream *stream,
				 struct dmaring_stream_stats *stats, size_t stats_bytes)
{
	struct dmaring_stream_stats all = stream->stats;

	all.starved = since(stream->starved, read_counter(stream, "starved"));
	all.starved_ns = since(stream->starved_ns, read_counter(stream, "starved_ns"));
	all.armed = stream->armed + stream->queued.n;
	all.waiting = stream->done.n;
	all.held = stream->held;
	memset(stats, 0, stats_bytes);
	memcpy(stats, &all, stats_bytes < sizeof(all) ? stats_bytes : sizeof(all));
}

int dmaring_stream_take_options_(struct dmaring_stream_options *to,
				 const struct dmaring_stream_options *options, size_t bytes)
{
	const unsigned char *tail = (const unsigned char *)options;
	size_t i;

	memset(to, 0, sizeof(*to));
	if (!options)
		return 0;
	for (i = sizeof(*to); i < bytes; i++)
		if (tail[i])
			return -E2BIG;
	memcpy(to, options, bytes < sizeof(*to) ? bytes : sizeof(*to));
	return 0;
}

/* Fills in what was left to us, and refuses what makes no sense. */
static int check_options(const struct dmaring *ring, bool receive,
			 struct dmaring_stream_options *options)
{
	const struct dmaring_mapping *map;

	if (options->reserved || options->flags & ~DMARING_STREAM_SEQUENCE_BE)
		return -EINVAL;
	if (options->pool >= ring->pools)
		return -ENOENT;
	map = &ring->pool[options->pool];
	if (options->first_buffer >= map->buffers)
		return -EINVAL;
	if (!options->buffers)
		options->buffers = map->buffers - options->first_buffer;
	if (options->buffers > map->buffers - options->first_buffer)
		return -EINVAL;
	if (!options->block_bytes)
		options->block_bytes = map->buffer_bytes < UINT32_MAX ?
			(__u32)map->buffer_bytes : UINT32_MAX;
	if (options->block_bytes > map->buffer_bytes)
		return -EINVAL;
	switch (options->sequence_bytes) {
	case 0:
		return options->sequence_offset || options->flags ? -EINVAL : 0;
	case 2:
	case 4:
	case 8:
		return receive && options->sequence_offset <= options->block_bytes &&
		       options->sequence_bytes <= options->block_bytes - options->sequence_offset ?
			0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static void find_folder(struct dmaring_stream *stream)
{
	struct dmaring_query query;

	if (dmaring_ring_query(stream->ring, &query) == 0)
		snprintf(stream->folder, sizeof(stream->folder), DMARING_CLASS "/%.*s/%s",
			 DMARING_NAME_BYTES - 1, query.name,
			 stream->ring->channel[stream->channel].name);
	stream->starved = read_counter(stream, "starved");
	stream->starved_ns = read_counter(stream, "starved_ns");
}

static void unlink_stream(struct dmaring_stream *stream)
{
	struct dmaring *ring = stream->ring;
	struct dmaring_stream *before = first_stream(ring);

	if (before == stream) {
		ring->streams = (uintptr_t)stream->next;
		return;
	}
	while (before->next != stream)
		before = before->next;
	before->next = stream->next;
}

/* Where all buffers are at first. */
static int place_buffers(struct dmaring_stream *stream)
{
	__u32 i;

	for (i = 0; i < stream->options.buffers; i++) {
		if (stream->receive) {
			queue_slot(stream, i, room(stream));
			continue;
		}
		stream->slot[i].state = SLOT_DONE;
		stream->slot[i].flags = DMARING_BLOCK_FRESH;
		queue_put(stream, &stream->done, i);
	}
	return flush(stream);
}

int dmaring_stream_start_sized_(struct dmaring *ring, unsigned int channel,
				const struct dmaring_stream_options *options, size_t options_bytes,
				struct dmaring_stream **result)
{
	struct dmaring_stream_options wanted;
	struct dmaring_stream *stream;
	bool receive;
	int err;

	*result = NULL;
	if (channel >= ring->channels)
		return -ENOENT;
	if (ring->channel[channel].kind != DMARING_CHANNEL_SEND &&
	    ring->channel[channel].kind != DMARING_CHANNEL_RECEIVE)
		return -EOPNOTSUPP;
	/* It takes completions from the ring. */
	if (ring->flags & DMARING_SETUP_READ)
		return -EOPNOTSUPP;
	if (stream_of(ring, channel))
		return -EBUSY;
	receive = ring->channel[channel].kind == DMARING_CHANNEL_RECEIVE;
	err = dmaring_stream_take_options_(&wanted, options, options_bytes);
	if (!err)
		err = check_options(ring, receive, &wanted);
	if (err < 0)
		return err;
	stream = calloc(1, sizeof(*stream) + wanted.buffers * sizeof(stream->slot[0]));
	if (!stream)
		return -ENOMEM;
	stream->ring = ring;
	stream->channel = channel;
	stream->receive = receive;
	stream->options = wanted;
	stream->sequence.width = wanted.sequence_bytes;
	stream->sequence.big_endian = wanted.flags & DMARING_STREAM_SEQUENCE_BE;
	queue_init(&stream->queued);
	queue_init(&stream->done);
	find_folder(stream);
	stream->next = first_stream(ring);
	ring->streams = (uintptr_t)stream;
	err = place_buffers(stream);
	if (err < 0) {
		unlink_stream(stream);
		free(stream);
		return err;
	}
	*result = stream;
	return 0;
}

/* Aborts until nothing is armed; what no entry was made of stays here. */
static int end_transfers(struct dmaring_stream *stream)
{
	__s64 deadline_ns = dmaring_stream_deadline_(STOP_NS);
	struct dmaring *ring = stream->ring;
	int err;

	queue_init(&stream->queued);
	for (;;) {
		err = dmaring_stream_collect_(ring);
		if (!stream->armed)
			return 0;
		if (err != -EAGAIN)
			return err;
		if (!dmaring_stream_left_(deadline_ns))
			return -ETIMEDOUT;
		/* The doorbell first: an abort ends only what was consumed. */
		err = dmaring_doorbell(ring);
		if (!err)
			err = dmaring_abort(ring, stream->channel);
		if (err < 0)
			return err;
		err = dmaring_wait_cqes_timeout(ring, 1, STOP_STEP_NS);
		if (err < 0 && err != -ETIME && err != -EINTR)
			return err;
	}
}

int dmaring_stream_stop(struct dmaring_stream *stream)
{
	int err;

	if (!stream)
		return 0;
	err = end_transfers(stream);
	unlink_stream(stream);
	free(stream);
	return err;
}

/* ------------------------------------------------------------------------
 * For pair.c
 */

__u32 dmaring_stream_buffers_(const struct dmaring_stream *stream)
{
	return stream->options.buffers;
}

int dmaring_stream_slot_(const struct dmaring_stream *stream, const void *data)
{
	__u32 buffer, offset;
	__u16 pool;

	if (dmaring_locate(stream->ring, data, 0, &pool, &buffer, &offset) < 0 || offset ||
	    pool != stream->options.pool || buffer < stream->options.first_buffer ||
	    buffer - stream->options.first_buffer >= stream->options.buffers)
		return -EINVAL;
	return (int)(buffer - stream->options.first_buffer);
}

bool dmaring_stream_overlap_(const struct dmaring_stream *a, const struct dmaring_stream *b)
{
	const struct dmaring_stream_options *x = &a->options, *y = &b->options;

	return x->pool == y->pool && x->first_buffer < y->first_buffer + y->buffers &&
	       y->first_buffer < x->first_buffer + x->buffers;
}
