/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cyclic stream: one descriptor that the engine goes through for ever.
 */
#ifndef _DMARING_CYCLIC_H
#define _DMARING_CYCLIC_H

#include <linux/hrtimer.h>
#include <linux/types.h>
#include <dmaring/abi.h>

struct dma_async_tx_descriptor;
struct dma_slave_caps;
struct dmaring_channel;
struct dmaring_queue;
struct dmaring_request;
struct dmaring_ring;

/**
 * struct dmaring_cyclic - the cyclic stream of a channel
 * @timer: samples the position
 *
 * Protected by channel->lock:
 * @request: CYCLIC_START with the engine; NULL: no stream
 * @running: it was submitted: its position can be asked for
 * @slot: of its descriptor
 * @sampling: somebody is asking the engine; there is one at a time
 * @again: the one who is must ask once more
 * @stopped: CYCLIC_STOP was taken: ending is no error
 * @callbacks: of this stream
 * @shown: what DMARING_IOC_POSITION says, as of the last sample
 * @shown_at: when that was taken
 *
 * Constant while it runs:
 * @blocks: in the cycle, a power of two
 * @block_bytes: size of each
 * @guard: blocks before the hardware that are not the user's
 * @notice: a notice every so many blocks, 0: none
 * @period_ns: of a block, as the user says; 0: it does not
 * @stop_on_overrun: end the stream when the user is overtaken
 * @started: when it began
 *
 * Of whoever is @sampling:
 * @sampled: when the position was asked for last
 * @index: block of the cycle that the hardware was in then
 * @moved: the position has changed since the start
 * @samples: until it did
 * @total: blocks done
 * @accounted: blocks below this are read, or counted as lost
 * @synced: send: blocks below this are the device's
 * @behind: the user was overtaken when last looked
 * @lost: blocks lost
 * @overruns: times overtaken
 * @flags: DMARING_STREAM_*
 * @epoch: of the count
 * @residue: as last reported
 * @time_ns: of @sampled, on the ring's clock
 * @noticed: blocks done at the last notice
 * @excess: callbacks more than blocks, when last found
 * @measured_ns: period of a block as measured; 0: not yet
 * @window_start: when the present measurement began
 * @window_blocks: done since
 */
struct dmaring_cyclic {
	struct hrtimer timer;

	struct dmaring_request *request;
	bool running;
	bool sampling;
	bool again;
	bool stopped;
	unsigned int slot;
	u64 callbacks;
	struct dmaring_position shown;
	ktime_t shown_at;

	u32 blocks;
	u32 block_bytes;
	u32 guard;
	u32 notice;
	u32 period_ns;
	bool stop_on_overrun;
	ktime_t started;

	ktime_t sampled;
	u32 index;
	bool moved;
	u32 samples;
	bool behind;
	s64 total;
	s64 accounted;
	s64 synced;
	u64 lost;
	u32 overruns;
	u32 flags;
	u32 epoch;
	u32 residue;
	u64 time_ns;
	s64 noticed;
	s64 excess;
	u64 measured_ns;
	ktime_t window_start;
	u32 window_blocks;
};

void dmaring_cyclic_init(struct dmaring_channel *channel,
			 const struct dma_slave_caps *caps);
const char *dmaring_cyclic_reason(const struct dmaring_channel *channel);
void dmaring_cyclic_refuse(const struct dmaring_ring *ring, u32 index);
struct dma_async_tx_descriptor *
dmaring_cyclic_prepare(struct dmaring_channel *channel,
		       struct dmaring_request *request, unsigned long flags);
void dmaring_cyclic_begin(struct dmaring_channel *channel,
			  struct dmaring_request *request, unsigned int slot);
void dmaring_cyclic_forget(struct dmaring_channel *channel);
void dmaring_cyclic_sample(struct dmaring_channel *channel, bool last);
enum hrtimer_restart dmaring_cyclic_timer(struct hrtimer *timer);
int dmaring_cyclic_position(struct dmaring_queue *queue,
			    struct dmaring_position *position);
void dmaring_cyclic_end(struct dmaring_channel *channel);

#endif /* _DMARING_CYCLIC_H */
