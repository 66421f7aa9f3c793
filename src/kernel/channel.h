/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A channel: one dmaengine channel, the requests that wait for it and those
 * that it works on.
 */
#ifndef _DMARING_CHANNEL_H
#define _DMARING_CHANNEL_H

#include <linux/dmaengine.h>
#include <linux/hrtimer.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "cyclic.h"
#include "pool.h"
#include "sequence.h"
#include "validate.h"

struct dmaring_device;
struct dmaring_queue;
struct dmaring_request;
struct dmaring_ring;

/* A ticket is slot, channel and generation in one word: see ticket.c. */
#define DMARING_SLOTS		128

/**
 * struct dmaring_slot - one descriptor in the engine
 * @request: whose it is; NULL: free
 * @generation: of the ticket that the callback must show
 * @bytes: of this descriptor
 * @cookie: of dmaengine
 * @watched: it was in the engine at the last look of the watch
 * @descriptor: where blocks are numbered: the one whose callback tells the number
 */
struct dmaring_slot {
	struct dmaring_request *request;
	u32 generation;
	u32 bytes;
	dma_cookie_t cookie;
	bool watched;
	struct dma_async_tx_descriptor *descriptor;
};

/**
 * struct dmaring_quirk - what is known of a provider
 * @driver: name of the provider's driver
 * @window: descriptors handed to the engine at a time
 * @residue_trusted: the residue of a finished receive is its missing bytes
 * @cookie_trusted: its completed cookie is up to date when it calls back
 * @withholds: no callback before all that was issued together is done
 * @no_position: why its residue is no position of a cyclic stream; NULL: it is
 */
struct dmaring_quirk {
	const char *driver;
	unsigned int window;
	bool residue_trusted;
	bool cookie_trusted;
	bool withholds;
	const char *no_position;
};

/**
 * struct dmaring_channel - a dmaengine channel of a device
 *
 * Constant after probe:
 * @device: the device
 * @index: in the device
 * @id: in the table of tickets
 * @kind: enum dmaring_channel_kind
 * @name: "tx", "rx", "copy"
 * @dma: the channel; invalid after the device is gone
 * @dma_dev: device that moves the bytes
 * @quirk: what is known of the provider
 * @flags: DMARING_SHARED, DMARING_COHERENT, DMARING_LEN_KNOWN,
 *	DMARING_LOSS_EXACT
 * @geometry: limits for submission entries
 * @window: descriptors handed to the engine at a time
 * @one_by_one: each descriptor is issued by itself
 * @always_syncs: NO_SYNC is ignored: there are no caches to skip, and the bytes
 *	of a bounce buffer would not arrive
 * @cookie_known: a callback for a cookie that is not complete is none
 * @segment_bytes_max: longest segment
 * @bytes_max: longest request, in a pool of the largest chunks
 * @boundary_mask: no segment crosses a multiple of this plus one
 * @residue: enum dma_residue_granularity
 * @cyclic_support: enum dmaring_cyclic_support
 *
 * Protected by device->lock:
 * @owner: ring that holds the channel; NULL if free or shared
 * @owner_pid: of the process that set it up
 * @owner_comm: its name
 * @rings: rings that use the channel
 *
 * @lock: protects the next ones; nests inside ring->sq_lock, is never held over
 *	a call of dmaengine (a provider may call back under a lock of its own),
 *	and holds nothing inside
 * @ready: queues with something to issue, taken in turn
 * @drain: queues whose ring wants a drain (shared channels)
 * @issued: requests with descriptors in the engine
 * @slots: descriptors in the engine
 * @free_slot: stack of free members of @slots
 * @free_slots: its height
 * @in_engine: descriptors in the engine
 * @issuing: somebody is talking to dmaengine; there is one at a time
 * @issue_again: the one who is must look once more
 * @stopping: times that a stop was asked for: nothing is issued until it is done
 * @suspended: the system sleeps: nothing is issued
 * @dead: the engine would not stop
 * @gone: the device was removed
 * @released: given back to dmaengine, or about to be
 * @parked: prep failed; wait for a completion or for @retry
 * @prep_failures: in a row with nothing in flight
 * @newest: cookie of the descriptor that was submitted last
 * @starved_since: when the last descriptor left the engine, 0: not starved
 * @finishing: requests that have left @issued and whose completions are not posted
 * @holding: somebody asks the engine: completions wait in @held, see ask.c
 * @held: they
 * @held_count: how many
 * @watching: the watch is set
 * @ended: descriptors that have left the engine
 * @watch_ended: the same when the watch last saw something end
 * @watch_since: when that was
 *
 * @cyclic: the cyclic stream, see there
 * @sequence: numbers of received blocks, see there
 *
 * @idle: waits for @issuing or @holding to end, or @in_engine to become 0
 * @retry: tries prep again when nothing is in flight
 * @watch: time to look after what is long in the engine
 * @watch_work: does so
 * @drain_work: issues and drains on shared channels
 * @stop_work: terminates and synchronizes
 * @sg: scatter list under construction, belongs to whoever is @issuing
 * @frame: template under construction, with room for one chunk; likewise
 * @submitted: requests taken in; with the next ones a statistic
 * @completed: requests ended with success; with the next three counted before
 *	the completion is seen, with no lock
 * @errors: requests ended otherwise
 * @timeouts: requests that timed out
 * @bytes: moved
 * @lost: blocks known to be lost
 * @starved: times that an owned engine ran out of descriptors
 * @starved_ns: how long
 */
struct dmaring_channel {
	struct dmaring_device *device;
	unsigned int index;
	unsigned int id;
	u32 kind;
	char name[DMARING_NAME_BYTES];
	struct dma_chan *dma;
	struct device *dma_dev;
	const struct dmaring_quirk *quirk;
	u32 flags;
	struct dmaring_channel_geometry geometry;
	unsigned int window;
	bool one_by_one;
	bool always_syncs;
	bool cookie_known;
	u32 segment_bytes_max;
	u32 bytes_max;
	u64 boundary_mask;
	u32 residue;
	u32 cyclic_support;

	struct dmaring_ring *owner;
	pid_t owner_pid;
	char owner_comm[TASK_COMM_LEN];
	unsigned int rings;

	spinlock_t lock;		/* all down to @watch_since */
	struct list_head ready;
	struct list_head drain;
	struct list_head issued;
	struct dmaring_slot slots[DMARING_SLOTS];
	u8 free_slot[DMARING_SLOTS];
	unsigned int free_slots;
	unsigned int in_engine;
	bool issuing;
	bool issue_again;
	unsigned int stopping;
	bool suspended;
	bool dead;
	bool gone;
	bool released;
	bool parked;
	unsigned int prep_failures;
	dma_cookie_t newest;
	ktime_t starved_since;
	unsigned int finishing;
	bool holding;
	struct list_head held;
	unsigned int held_count;
	bool watching;
	u32 ended;
	u32 watch_ended;
	ktime_t watch_since;
	struct dmaring_cyclic cyclic;
	struct dmaring_sequence sequence;

	wait_queue_head_t idle;
	struct hrtimer retry;
	struct hrtimer watch;
	struct work_struct watch_work;
	struct work_struct drain_work;
	struct work_struct stop_work;
	struct scatterlist sg[DMARING_PIECES_MAX];
	struct dma_interleaved_template *frame;

	u64 submitted;
	atomic64_t completed;
	atomic64_t errors;
	atomic64_t timeouts;
	atomic64_t bytes;
	u64 lost;
	u64 starved;
	u64 starved_ns;
};

/**
 * dmaring_channel_shared() - do many rings use the channel at once
 * @channel: the channel
 *
 * Nobody but the driver itself terminates a shared channel, and nothing of
 * dmaengine is called from its callbacks.
 */
static inline bool dmaring_channel_shared(const struct dmaring_channel *channel)
{
	return channel->kind == DMARING_CHANNEL_COPY;
}

struct dmaring_channel *dmaring_channel_request(struct dmaring_device *device,
						unsigned int index,
						const char *name,
						const char *direction);
void dmaring_channel_release(struct dmaring_channel *channel);
void dmaring_channel_free(struct dmaring_channel *channel);
int dmaring_channel_claim(struct dmaring_channel *channel,
			  struct dmaring_ring *ring);
void dmaring_channel_unclaim(struct dmaring_channel *channel,
			     struct dmaring_ring *ring);

/* issue.c */
void dmaring_channel_issue(struct dmaring_channel *channel);
void dmaring_channel_complete(struct dmaring_channel *channel,
			      unsigned int slot, u32 generation,
			      const struct dmaengine_result *result);
enum hrtimer_restart dmaring_channel_retry(struct hrtimer *timer);
void dmaring_channel_drain_work(struct work_struct *work);
void dmaring_queue_leave(struct dmaring_queue *queue, bool issued, bool settled,
			 struct list_head *more);
void dmaring_slot_free(struct dmaring_channel *channel, unsigned int slot);
void dmaring_request_settle(struct dmaring_request *request,
			    struct list_head *done);

/* stop.c */
void dmaring_channel_stop_soon(struct dmaring_channel *channel);
void dmaring_channel_stop(struct dmaring_channel *channel);
void dmaring_channel_stop_work(struct work_struct *work);
int dmaring_channel_revive(struct dmaring_channel *channel);

/* ask.c */
typedef bool dmaring_slot_filter(const struct dmaring_slot *slot, const void *data);
void dmaring_channel_ask(struct dmaring_channel *channel, dmaring_slot_filter *wanted,
			 const void *data);

/* watch.c */
void dmaring_watch_init(struct dmaring_channel *channel);
void dmaring_watch_begin(struct dmaring_channel *channel);
void dmaring_watch_end(struct dmaring_channel *channel);

/* suspend.c */
void dmaring_channels_suspend(struct dmaring_channel **channels, unsigned int n);
void dmaring_channel_resume(struct dmaring_channel *channel);

/* ticket.c */
int dmaring_ticket_register(struct dmaring_channel *channel);
void dmaring_ticket_unregister(struct dmaring_channel *channel);
void *dmaring_ticket(const struct dmaring_channel *channel, unsigned int slot);
void dmaring_ticket_callback(void *param, const struct dmaengine_result *result);
u32 dmaring_ticket_generation_next(u32 generation);

/* quirks.c */
const struct dmaring_quirk *dmaring_quirk_find(const struct dma_chan *dma);

#endif /* _DMARING_CHANNEL_H */
