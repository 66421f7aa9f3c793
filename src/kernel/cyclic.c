// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cyclic streams: how far the hardware is, and whom it has overtaken.
 *
 * The engine goes round a row of blocks and never completes. Its residue is
 * the position; blocks done are counted from the way it moves between two
 * samples. A sample is taken by each callback, by a timer, and by the user
 * (DMARING_IOC_POSITION): callbacks are a hint only, as some providers merge
 * them and some never make any. The count is exact while samples are so close
 * together that the hardware cannot have gone round unseen, which is measured;
 * else it is a lower bound and says so.
 *
 * @request is set (slot_take), it is @running (submitted), and only stopping the
 * channel ends it: for CYCLIC_STOP, ABORT, an overrun, an error, or removal.
 *
 * Locks: channel->lock for the first members of struct dmaring_cyclic. One
 * context at a time has the role cyclic->sampling and the members that belong
 * to it; the engine is asked without a lock. Stopping the channel waits for
 * the role, so a sample never meets a descriptor that is gone.
 */
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/nospec.h>
#include "ring.h"

static uint cyclic_timer_us;
module_param(cyclic_timer_us, uint, 0644);
MODULE_PARM_DESC(cyclic_timer_us,
		 "Cyclic streams: microseconds between samples by timer; 0: as the stream needs (default)");

/* Between samples by timer. */
#define SAMPLE_NS_MIN	(100 * NSEC_PER_USEC)
#define SAMPLE_NS_MAX	NSEC_PER_SEC
/* A position that has not moved after this is none. */
#define CHECK_PERIODS	16
#define CHECK_SAMPLES	16
#define CHECK_NS_MIN	(100 * NSEC_PER_MSEC)
#define CHECK_NS	NSEC_PER_SEC
/* Blocks over which the period is measured. */
#define WINDOW_BLOCKS	16
/* Callbacks beyond the blocks done that mean nothing: spurious or double ones. */
#define CALLBACKS_SLACK	2
/* Samples that one caller takes for those who came meanwhile. */
#define SAMPLES_MAX	4

/* How a sample ends the stream; not an errno of a sample itself. */
struct verdict {
	int res;
	bool notice;
};

/**
 * dmaring_cyclic_init() - find out whether a channel can stream cyclically
 * @channel: being made; everything else of it is known
 * @caps: what the engine says of itself
 *
 * Context: probe.
 */
void dmaring_cyclic_init(struct dmaring_channel *channel,
			 const struct dma_slave_caps *caps)
{
	struct dma_device *engine = channel->dma->device;

	if (dmaring_channel_shared(channel))
		channel->cyclic_support = DMARING_CYCLIC_SHARED;
	else if (!dma_has_cap(DMA_CYCLIC, engine->cap_mask) ||
		 !engine->device_prep_dma_cyclic)
		channel->cyclic_support = DMARING_CYCLIC_NOT_OFFERED;
	else if (channel->quirk->no_position)
		channel->cyclic_support = DMARING_CYCLIC_PROVIDER;
	else if (caps->residue_granularity == DMA_RESIDUE_GRANULARITY_DESCRIPTOR)
		channel->cyclic_support = DMARING_CYCLIC_NO_POSITION;
	else
		channel->cyclic_support = DMARING_CYCLIC_YES;
	if (channel->cyclic_support == DMARING_CYCLIC_YES)
		channel->geometry.operations |= BIT(DMARING_OP_CYCLIC_START) |
						BIT(DMARING_OP_CYCLIC_STOP);
}

/**
 * dmaring_cyclic_reason() - why a channel cannot stream cyclically
 * @channel: the channel
 *
 * Return: "yes", or the reason in words.
 */
const char *dmaring_cyclic_reason(const struct dmaring_channel *channel)
{
	switch (channel->cyclic_support) {
	case DMARING_CYCLIC_YES:
		return "yes";
	case DMARING_CYCLIC_NO_POSITION:
		return "no position (residue granularity descriptor)";
	case DMARING_CYCLIC_PROVIDER:
		return channel->quirk->no_position;
	case DMARING_CYCLIC_SHARED:
		return "rings share the channel";
	default:
		return "not offered by the engine";
	}
}

/**
 * dmaring_cyclic_refuse() - say in the log why an entry was refused
 * @ring: its ring
 * @index: channel of the ring that it named, validated
 *
 * Context: any.
 */
void dmaring_cyclic_refuse(const struct dmaring_ring *ring, u32 index)
{
	const struct dmaring_channel *channel =
		ring->queue[array_index_nospec(index, ring->geometry.channels)].channel;

	if (channel->cyclic_support != DMARING_CYCLIC_YES)
		dev_info_ratelimited(&channel->device->dev, "%s: cyclic stream refused: %s\n",
				     channel->name, dmaring_cyclic_reason(channel));
}

static struct dmaring_memory *request_memory(const struct dmaring_request *request)
{
	return request->ring->memory[request->sqe.pool];
}

/* Hand @count blocks over, from block @from of the stream on. */
static void blocks_sync(const struct dmaring_channel *channel, s64 from, s64 count,
			bool for_cpu)
{
	const struct dmaring_cyclic *cyclic = &channel->cyclic;
	const struct dmaring_request *request = cyclic->request;
	bool send = channel->kind == DMARING_CHANNEL_SEND;

	if (request->sqe.flags & DMARING_SQE_NO_SYNC)
		return;
	count = min_t(s64, count, cyclic->blocks);
	while (count > 0) {
		u32 first = (u32)from & (cyclic->blocks - 1);
		u32 n = min_t(s64, count, cyclic->blocks - first);

		dmaring_memory_sync(request_memory(request), request->queue->map,
				    (u64)(request->sqe.buffer + first) * cyclic->block_bytes,
				    (u64)n * cyclic->block_bytes,
				    send ? DMA_TO_DEVICE : DMA_FROM_DEVICE, for_cpu);
		from += n;
		count -= n;
	}
}

/**
 * dmaring_cyclic_prepare() - make the descriptor of a cyclic stream
 * @channel: its channel, with nothing in its engine
 * @request: a valid CYCLIC_START
 * @flags: enum dma_ctrl_flags
 *
 * Context: any that may call dmaengine; holds the role channel->issuing.
 * Return: the descriptor, or NULL.
 */
struct dma_async_tx_descriptor *
dmaring_cyclic_prepare(struct dmaring_channel *channel,
		       struct dmaring_request *request, unsigned long flags)
{
	const struct dmaring_sqe *sqe = &request->sqe;
	struct dmaring_memory *memory = request_memory(request);
	bool send = channel->kind == DMARING_CHANNEL_SEND;
	u64 offset = (u64)sqe->buffer * memory->stride;
	u32 bytes = sqe->bytes * sqe->list_entries;
	dma_addr_t address;

	/* The pool is one chunk. */
	if (WARN_ON_ONCE(dmaring_memory_piece(memory, request->queue->map, offset,
					      bytes, bytes, &address) != bytes))
		return NULL;
	if (!(sqe->flags & DMARING_SQE_NO_SYNC))
		dmaring_memory_sync(memory, request->queue->map, offset, bytes,
				    send ? DMA_TO_DEVICE : DMA_FROM_DEVICE, false);
	return dmaengine_prep_dma_cyclic(channel->dma, address, bytes, sqe->bytes,
					 send ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM, flags);
}

static struct dmaring_kern_stream *status_line(const struct dmaring_queue *queue)
{
	return queue->ring->streams + queue->index;
}

static void line_store(struct dmaring_kern_stream *line, const struct dmaring_cyclic *cyclic)
{
	WRITE_ONCE(line->overruns, cyclic->overruns);
	WRITE_ONCE(line->blocks_lost, cyclic->lost);
}

/* First sample is soon, so that a fast stream shows itself. */
static ktime_t sample_interval(const struct dmaring_cyclic *cyclic)
{
	u64 period = cyclic->period_ns ?: cyclic->measured_ns;
	u64 ns = SAMPLE_NS_MIN;
	u32 forced = READ_ONCE(cyclic_timer_us);

	if (forced)
		return ns_to_ktime((u64)forced * NSEC_PER_USEC);
	if (period && cyclic->moved)
		ns = period * (cyclic->blocks - 1 - cyclic->guard) / 2;
	else if (period)
		ns = period / 2;
	return ns_to_ktime(clamp_t(u64, ns, SAMPLE_NS_MIN, SAMPLE_NS_MAX));
}

/* What the ioctl says until the next sample. */
static void position_show(struct dmaring_channel *channel)
{
	struct dmaring_cyclic *cyclic = &channel->cyclic;

	lockdep_assert_held(&channel->lock);
	cyclic->shown = (struct dmaring_position){
		.hw_seq = cyclic->request->ring->first_index + (u32)cyclic->total,
		.state = DMARING_STREAM_RUNNING,
		.stream_flags = cyclic->flags,
		.epoch = cyclic->epoch,
		.residue = cyclic->residue,
		.overruns = cyclic->overruns,
		.time_ns = cyclic->time_ns,
		.blocks_total = cyclic->total,
		.blocks_lost = cyclic->lost,
	};
	cyclic->shown_at = cyclic->sampled;
}

/**
 * dmaring_cyclic_begin() - the engine has the stream and is about to start
 * @channel: the channel
 * @request: its CYCLIC_START
 * @slot: of the descriptor
 *
 * Context: any; holds channel->lock and the role channel->issuing.
 */
void dmaring_cyclic_begin(struct dmaring_channel *channel,
			  struct dmaring_request *request, unsigned int slot)
{
	struct dmaring_cyclic *cyclic = &channel->cyclic;
	const struct dmaring_sqe *sqe = &request->sqe;
	struct dmaring_kern_stream *line = status_line(request->queue);
	s64 filled;

	lockdep_assert_held(&channel->lock);
	cyclic->running = true;
	cyclic->slot = slot;
	cyclic->callbacks = 0;
	cyclic->again = false;
	cyclic->blocks = sqe->list_entries;
	cyclic->block_bytes = sqe->bytes;
	cyclic->guard = dmaring_cyclic_guard(sqe);
	cyclic->notice = sqe->list;
	cyclic->period_ns = sqe->target >> 32;
	cyclic->stop_on_overrun = sqe->target & DMARING_CYCLIC_STOP_ON_OVERRUN;
	cyclic->started = ktime_get();
	cyclic->sampled = cyclic->started;
	cyclic->index = 0;
	cyclic->moved = false;
	cyclic->samples = 0;
	cyclic->behind = false;
	cyclic->total = 0;
	cyclic->accounted = 0;
	/* All blocks were handed over when the descriptor was made. */
	filled = (s32)(READ_ONCE(request->ring->ustreams[request->queue->index].user_seq) -
		       request->ring->first_index);		/* untrusted */
	cyclic->synced = clamp_t(s64, filled, 0, sqe->list_entries);
	cyclic->lost = 0;
	cyclic->overruns = 0;
	cyclic->flags = 0;
	cyclic->epoch++;
	cyclic->residue = sqe->bytes * sqe->list_entries;
	cyclic->time_ns = dmaring_ring_time_ns(request->ring);
	cyclic->noticed = 0;
	cyclic->excess = 0;
	cyclic->measured_ns = 0;
	cyclic->window_start = cyclic->started;
	cyclic->window_blocks = 0;

	WRITE_ONCE(line->hw_seq, request->ring->first_index);
	WRITE_ONCE(line->flags, 0);
	WRITE_ONCE(line->blocks, cyclic->blocks);
	WRITE_ONCE(line->block_bytes, cyclic->block_bytes);
	WRITE_ONCE(line->pool, sqe->pool);
	WRITE_ONCE(line->first_buffer, sqe->buffer);
	WRITE_ONCE(line->guard, cyclic->guard);
	WRITE_ONCE(line->epoch, cyclic->epoch);
	WRITE_ONCE(line->time_ns, cyclic->time_ns);
	WRITE_ONCE(line->blocks_total, 0);
	line_store(line, cyclic);
	/* Y: the line before its state; pairs with Z in the user. */
	smp_store_release(&line->state, DMARING_STREAM_RUNNING);
	position_show(channel);
	hrtimer_start(&cyclic->timer, sample_interval(cyclic), HRTIMER_MODE_REL_SOFT);
}

/**
 * dmaring_cyclic_forget() - the engine did not take the stream
 * @channel: the channel
 *
 * Context: any; holds channel->lock.
 */
void dmaring_cyclic_forget(struct dmaring_channel *channel)
{
	lockdep_assert_held(&channel->lock);
	channel->cyclic.request = NULL;
	channel->cyclic.running = false;
	channel->cyclic.stopped = false;
}

/**
 * dmaring_cyclic_end() - the engine has let go of the stream
 * @channel: the channel; nobody samples it
 *
 * Context: process; holds channel->lock.
 */
void dmaring_cyclic_end(struct dmaring_channel *channel)
{
	struct dmaring_cyclic *cyclic = &channel->cyclic;
	struct dmaring_request *request = cyclic->request;

	lockdep_assert_held(&channel->lock);
	if (cyclic->running) {
		request->residue = cyclic->residue;
		request->lost = cyclic->lost;
		request->loss_unknown = cyclic->flags & DMARING_STREAM_GAP;
		WRITE_ONCE(status_line(request->queue)->state, DMARING_STREAM_ENDED);
	}
	dmaring_cyclic_forget(channel);
}

/* The period is measured over a number of blocks, and never too long. */
static void period_measure(struct dmaring_cyclic *cyclic, ktime_t now, u32 blocks)
{
	u64 ns;

	cyclic->window_blocks += blocks;
	if (!cyclic->window_blocks ||
	    (cyclic->measured_ns && cyclic->window_blocks < WINDOW_BLOCKS))
		return;
	/* Part of the first and of the last block is not in the window. */
	ns = ktime_to_ns(ktime_sub(now, cyclic->window_start));
	ns = max_t(u64, div_u64(ns, cyclic->window_blocks + 1), 1);
	if (cyclic->window_blocks < WINDOW_BLOCKS) {
		cyclic->measured_ns = ns;
		return;
	}
	cyclic->measured_ns = cyclic->measured_ns ? (3 * cyclic->measured_ns + ns) / 4 : ns;
	cyclic->window_start = now;
	cyclic->window_blocks = 0;
}

/*
 * Whom the hardware has overtaken. A reader is when the block that it wants is
 * no longer among the last blocks - 1 - guard; a writer is when the hardware has
 * sent a block that it had not filled.
 */
static bool overrun_account(struct dmaring_channel *channel)
{
	struct dmaring_cyclic *cyclic = &channel->cyclic;
	struct dmaring_queue *queue = cyclic->request->queue;
	struct dmaring_ring *ring = queue->ring;
	s64 user, floor, from;
	u32 behind, user_seq;

	/* O: user_seq before the blocks below it; pairs with I. Untrusted. */
	user_seq = smp_load_acquire(&ring->ustreams[queue->index].user_seq);
	behind = ring->first_index + (u32)cyclic->total - user_seq;
	user = cyclic->total - (s32)behind;
	floor = cyclic->total;
	if (channel->kind == DMARING_CHANNEL_SEND) {
		s64 to = min(user, cyclic->total + cyclic->blocks);

		from = max(cyclic->synced, cyclic->total);
		if (to > from) {
			blocks_sync(channel, from, to - from, false);
			cyclic->synced = to;
		}
	} else {
		floor -= cyclic->blocks - 1 - cyclic->guard;
	}
	from = max(user, cyclic->accounted);
	if (floor <= from) {
		if (user >= floor)
			cyclic->behind = false;
		return false;
	}
	cyclic->lost += floor - from;
	channel->lost += floor - from;
	cyclic->accounted = floor;
	if (!cyclic->behind)
		cyclic->overruns++;
	cyclic->behind = true;
	return true;
}

/* The hardware may have gone round in between: so many blocks, or more. */
static void gap_flag(struct dmaring_cyclic *cyclic, ktime_t now)
{
	cyclic->flags |= DMARING_STREAM_GAP;
	cyclic->epoch++;
	cyclic->window_start = now;
	cyclic->window_blocks = 0;
}

/* Take the engine's word at @now, asked at @before, into account. */
static void sample_account(struct dmaring_channel *channel, ktime_t before, ktime_t now,
			   u64 callbacks, u32 residue, struct verdict *verdict)
{
	struct dmaring_cyclic *cyclic = &channel->cyclic;
	struct dmaring_request *request = cyclic->request;
	struct dmaring_kern_stream *line = status_line(request->queue);
	struct dmaring_ring *ring = request->ring;
	u32 bytes = cyclic->block_bytes * cyclic->blocks, index, blocks;
	u64 period = cyclic->period_ns ?: cyclic->measured_ns, elapsed, bound;
	bool overrun;

	residue = min(residue, bytes);
	if (residue != bytes && residue)
		cyclic->moved = true;
	index = (bytes - residue) / cyclic->block_bytes & (cyclic->blocks - 1);
	blocks = (index - cyclic->index) & (cyclic->blocks - 1);
	elapsed = ktime_to_ns(ktime_sub(now, cyclic->sampled));
	bound = period * (cyclic->blocks - 1 - cyclic->guard);
	if (period && elapsed > bound && cyclic->moved) {
		gap_flag(cyclic, now);
	} else if ((s64)callbacks - (cyclic->total + blocks) > cyclic->excess + CALLBACKS_SLACK) {
		/* Faster than it is said to be: there were more callbacks than blocks. */
		cyclic->excess = (s64)callbacks - (cyclic->total + blocks);
		gap_flag(cyclic, now);
	} else {
		period_measure(cyclic, now, blocks);
	}
	if (channel->kind == DMARING_CHANNEL_RECEIVE)
		blocks_sync(channel, cyclic->total, blocks, true);
	cyclic->index = index;
	cyclic->sampled = before;
	cyclic->residue = residue;
	cyclic->total += blocks;
	cyclic->time_ns = dmaring_ring_time_ns(ring);

	WRITE_ONCE(line->flags, cyclic->flags);
	WRITE_ONCE(line->epoch, cyclic->epoch);
	WRITE_ONCE(line->time_ns, cyclic->time_ns);
	WRITE_ONCE(line->blocks_total, cyclic->total);
	/* Y: data and epoch before the count; pairs with Z in the user. */
	smp_store_release(&line->hw_seq, ring->first_index + (u32)cyclic->total);
	overrun = overrun_account(channel);
	line_store(line, cyclic);

	if (overrun && cyclic->stop_on_overrun)
		verdict->res = -EPIPE;
	if (cyclic->notice && cyclic->total - cyclic->noticed >= cyclic->notice) {
		cyclic->noticed = cyclic->total - (u32)(cyclic->total - cyclic->noticed) %
				  cyclic->notice;
		verdict->notice = true;
	}
}

/* Has the position had the time to move, and has not? */
static bool position_missing(struct dmaring_cyclic *cyclic, ktime_t now)
{
	u64 patience = CHECK_NS;

	if (cyclic->moved)
		return false;
	/* One sample after a long time may meet the start of a later turn. */
	if (++cyclic->samples < CHECK_SAMPLES)
		return false;
	if (cyclic->period_ns)
		patience = max_t(u64, CHECK_NS_MIN, (u64)cyclic->period_ns * CHECK_PERIODS);
	return ktime_to_ns(ktime_sub(now, cyclic->started)) > patience;
}

/* Ask the engine once. */
static void sample_take(struct dmaring_channel *channel, dma_cookie_t cookie,
			struct verdict *verdict)
{
	struct dmaring_cyclic *cyclic = &channel->cyclic;
	struct dma_tx_state state = {};
	u64 callbacks = READ_ONCE(cyclic->callbacks);
	ktime_t before = ktime_get(), now;
	enum dma_status status;

	status = dmaengine_tx_status(channel->dma, cookie, &state);
	now = ktime_get();
	if (status == DMA_ERROR) {
		verdict->res = -EIO;
		return;
	}
	/* A cyclic transaction has no end: who says so does not know. */
	if (status != DMA_COMPLETE)
		sample_account(channel, before, now, callbacks, state.residue, verdict);
	if (!verdict->res && position_missing(cyclic, now)) {
		dev_info_ratelimited(&channel->device->dev,
				     "%s: cyclic stream ended: the engine's position does not advance\n",
				     channel->name);
		verdict->res = -EOPNOTSUPP;
	}
}

static void notice_post(struct dmaring_channel *channel)
{
	const struct dmaring_cyclic *cyclic = &channel->cyclic;
	struct dmaring_request *request = cyclic->request;
	struct dmaring_ring *ring = request->ring;
	const struct dmaring_sqe *sqe = &request->sqe;
	struct dmaring_cqe cqe = {
		.user_data = sqe->user_data,
		.flags = DMARING_CQE_EVENT,
		.channel = sqe->channel,
		.pool = sqe->pool,
		.buffer = sqe->buffer + ((u32)(cyclic->total - 1) & (cyclic->blocks - 1)),
		.bytes = cyclic->block_bytes,
		.sequence = ring->first_index + (u32)cyclic->total,
		.residue = cyclic->residue,
		.opcode = DMARING_OP_CYCLIC_START,
		.engine = DMARING_ENGINE_RUNNING,
		.blocks_lost = cyclic->lost,
	};

	if (cyclic->flags & DMARING_STREAM_GAP)
		cqe.flags |= DMARING_CQE_LOSS_UNKNOWN;
	dmaring_event_post(ring, &cqe);
}

/**
 * dmaring_cyclic_sample() - bring the count of a stream up to date
 * @channel: the channel
 * @last: the channel is being stopped, this is the last look
 *
 * Nothing if no stream runs; if somebody else is at it, he looks once more.
 *
 * Context: any that may call dmaengine; holds none of our locks.
 */
void dmaring_cyclic_sample(struct dmaring_channel *channel, bool last)
{
	struct dmaring_cyclic *cyclic = &channel->cyclic;
	unsigned int tries = SAMPLES_MAX;
	struct dmaring_request *request;
	unsigned long irq;

	spin_lock_irqsave(&channel->lock, irq);
	if (!cyclic->running || (channel->stopping && !last)) {
		spin_unlock_irqrestore(&channel->lock, irq);
		return;
	}
	if (cyclic->sampling) {
		cyclic->again = true;
		spin_unlock_irqrestore(&channel->lock, irq);
		return;
	}
	cyclic->sampling = true;
	request = cyclic->request;
	do {
		dma_cookie_t cookie = channel->slots[cyclic->slot].cookie;
		struct verdict verdict = {};
		s64 total = cyclic->total;

		cyclic->again = false;
		spin_unlock_irqrestore(&channel->lock, irq);
		sample_take(channel, cookie, &verdict);
		if (verdict.notice)
			notice_post(channel);
		spin_lock_irqsave(&channel->lock, irq);
		atomic64_add((u64)(cyclic->total - total) * cyclic->block_bytes, &channel->bytes);
		if (verdict.res && !last && !request->res && !cyclic->stopped) {
			request->res = verdict.res;
			dmaring_channel_stop_soon(channel);
		}
	} while (cyclic->again && !channel->stopping && --tries);
	position_show(channel);
	cyclic->sampling = false;
	spin_unlock_irqrestore(&channel->lock, irq);
	/* Who stops the channel, or wants the position, may wait for the role. */
	if (wq_has_sleeper(&channel->idle))
		wake_up_all(&channel->idle);
}

/**
 * dmaring_cyclic_timer() - time for a sample
 * @timer: channel->cyclic.timer
 *
 * Context: softirq.
 * Return: HRTIMER_RESTART while the stream runs.
 */
enum hrtimer_restart dmaring_cyclic_timer(struct hrtimer *timer)
{
	struct dmaring_channel *channel =
		container_of(timer, struct dmaring_channel, cyclic.timer);
	ktime_t interval;
	unsigned long irq;
	bool running;

	dmaring_cyclic_sample(channel, false);
	spin_lock_irqsave(&channel->lock, irq);
	running = channel->cyclic.running && !channel->stopping;
	interval = sample_interval(&channel->cyclic);
	spin_unlock_irqrestore(&channel->lock, irq);
	if (!running)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, interval);
	return HRTIMER_RESTART;
}

/**
 * dmaring_cyclic_position() - DMARING_IOC_POSITION
 * @queue: channel of the ring
 * @position: out members are filled in
 *
 * The sample is younger than the call, unless others keep sampling.
 *
 * Context: process; waits at most for a sample that is being taken.
 * Return: 0; -ENODATA if no stream runs.
 */
int dmaring_cyclic_position(struct dmaring_queue *queue,
			    struct dmaring_position *position)
{
	struct dmaring_channel *channel = queue->channel;
	struct dmaring_cyclic *cyclic = &channel->cyclic;
	unsigned int tries = SAMPLES_MAX;
	ktime_t called = ktime_get();
	u32 index = position->channel;
	int ret;

	for (;;) {
		bool fresh;

		dmaring_cyclic_sample(channel, false);
		spin_lock_irq(&channel->lock);
		ret = -ENODATA;
		if (cyclic->running && cyclic->request->queue == queue) {
			*position = cyclic->shown;
			position->channel = index;
			ret = 0;
		}
		fresh = !ktime_before(cyclic->shown_at, called);
		spin_unlock_irq(&channel->lock);
		if (ret || fresh || !--tries)
			return ret;
		wait_event(channel->idle, !READ_ONCE(cyclic->sampling));
	}
}
