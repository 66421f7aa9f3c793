/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual DMA controller: what its files share.
 *
 * A device is one IP block with its DMA controller: a dma_device with one or
 * two channels. A channel has a finite pool of hardware descriptors (segments)
 * and of transactions, which are moved from list to list:
 *
 *	free -> prepared -> submitted -> issued -> active -> done -> free
 *	        prep_*()    tx_submit()  issue_   the     callback
 *	                                 pending() block   delivered
 *
 * The lists, the cursors and everything else of a device are protected by
 * device->lock. Only the bytes themselves, and the FFT, are worked on without
 * it, by the one context that runs the device: the transaction is then "in
 * hand" and is not freed by anybody else, only marked as terminated.
 */
#ifndef _DMARING_SIM_H
#define _DMARING_SIM_H

#include <linux/dmaengine.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#define SIM_CHANNELS_MAX	2
#define SIM_LOCKED_BYTES	4096		/* moved with the lock held */
#define SIM_SLICE_BYTES		(64 * 1024)	/* moved without looking up */
#define SIM_METADATA_BYTES	16
#define SIM_METADATA_NUMBER	8		/* where the block's number is */
#define SIM_NONE		U32_MAX		/* end of a list of segments */
#define SIM_FAILED_COOKIES	16
#define SIM_GHOSTS		16

struct sim_bounds;
struct sim_channel;
struct sim_device;

/**
 * struct sim_segment - a hardware descriptor
 * @address: on the memory side; of the source for a copy
 * @target: destination of a copy
 * @bytes: length
 * @next: index of the next one, or SIM_NONE
 */
struct sim_segment {
	dma_addr_t address;
	dma_addr_t target;
	u32 bytes;
	u32 next;
};

/**
 * struct sim_cursor - how far a transaction has got
 * @segment: index of the present segment
 * @offset: in it
 * @frame: row of a 2-D transaction
 * @done: bytes since the start
 */
struct sim_cursor {
	u32 segment;
	u32 offset;
	u32 frame;
	u64 done;
};

enum sim_state {
	SIM_FREE,
	SIM_PREPARED,
	SIM_SUBMITTED,
	SIM_ISSUED,
	SIM_ACTIVE,
	SIM_DONE,
};

/**
 * struct sim_desc - a transaction
 * @tx: what the client sees
 * @node: in a list of the channel
 * @state: in which one
 * @first: its first segment
 * @last: its last segment
 * @segments: how many
 * @frames: rows, 1 unless 2-D
 * @stride: from row to row, memory side or source
 * @target_stride: the same, destination of a copy
 * @period: cyclic: bytes from callback to callback; 0: not cyclic
 * @bytes: total; of one round if cyclic
 * @limit: bytes that will be moved, less than @bytes by fault injection
 * @at: cursor
 * @periods: cyclic: callbacks owed; else one that is owed before it begins
 * @result: outcome
 * @callbacks: how often the callback is to be called
 * @start_ns: not moved before this
 * @done_ns: completes at this time
 * @callback_ns: the callback comes at this time
 * @ghost_ns: if it is terminated it calls back all the same, so long after; 0: no
 * @late_ns: cyclic: the habit "late" holds callbacks back until then; 0: none owed
 * @checksum: of the memory at submission, for the judge
 * @preparer: who prepared it, for the judge
 * @metadata: of the client, for its metadata
 * @metadata_bytes: room there
 * @area: metadata, where the client asks for it
 * @in_hand: the engine works on it without the lock
 * @terminated: came to its end while in hand
 * @hung: does not go on until terminated
 * @completed: the cookie says so
 */
struct sim_desc {
	struct dma_async_tx_descriptor tx;
	struct list_head node;
	enum sim_state state;
	u32 first;
	u32 last;
	u32 segments;
	u32 frames;
	u64 stride;
	u64 target_stride;
	u32 period;
	u64 bytes;
	u64 limit;
	struct sim_cursor at;
	unsigned int periods;
	enum dmaengine_tx_result result;
	unsigned int callbacks;
	u64 start_ns;
	u64 done_ns;
	u64 callback_ns;
	u64 ghost_ns;
	u64 late_ns;
	u64 checksum;
	unsigned long preparer;
	void *metadata;
	u32 metadata_bytes;
	u8 area[SIM_METADATA_BYTES];
	bool in_hand;
	bool terminated;
	bool hung;
	bool completed;
};

/* Fault injection: what happens to the next transfers. See fault.c. */
enum sim_fault_kind {
	SIM_FAIL_ERROR,
	SIM_SHORT,
	SIM_LATE,
	SIM_LOSE_CALLBACK,
	SIM_SPURIOUS_CALLBACK,
	SIM_DOUBLE_CALLBACK,
	SIM_DELAY_CALLBACK,
	SIM_GHOST_CALLBACK,
	SIM_FAIL_PREP,
	SIM_HANG,
	SIM_REFUSE_STOP,
	SIM_OVERRUN,
	SIM_NOT_YET,
	SIM_FAULTS,
};

/**
 * struct sim_fault - one knob
 * @channel: whose it is
 * @left: transfers still to be hit; negative: all
 * @value: by how much; the unit depends on the knob
 */
struct sim_fault {
	struct sim_channel *channel;
	s64 left;
	u64 value;
};

/**
 * struct sim_ghost - callback of a transaction that is no more
 * @callback: as the client set it, like the next ones
 * @callback_result: of the client
 * @parameter: of both
 * @when: it comes, ns
 */
struct sim_ghost {
	dma_async_tx_callback callback;
	dma_async_tx_callback_result callback_result;
	void *parameter;
	u64 when;
};

/* What a client can do wrong. See judge.c. */
enum sim_violation {
	SIM_V_PREP_IN_CALLBACK,
	SIM_V_CALL_IN_CALLBACK,
	SIM_V_PREP_UNPAIRED,
	SIM_V_SUBMIT_UNPAIRED,
	SIM_V_NO_ACK,
	SIM_V_NO_SYNCHRONIZE,
	SIM_V_RELEASED_BUSY,
	SIM_V_BAD_ADDRESS,
	SIM_V_BAD_LENGTH,
	SIM_V_ALIGNMENT,
	SIM_V_BOUNDARY,
	SIM_V_BURST,
	SIM_V_TOUCHED,
	SIM_V_ASLEEP,
	SIM_VIOLATIONS,
};

/**
 * struct sim_channel - a DMA channel
 * @dma: what the client sees
 * @device: whose it is
 * @name: "tx", "rx", "copy"
 * @direction: of the transfers
 * @config: as configured by the client
 * @descs: all transactions
 * @segments: all segments
 * @pool: how many of each there are
 * @free_desc: list of free transactions
 * @free_segment: first free segment, or SIM_NONE
 * @free_segments: how many
 * @submitted: list of transactions
 * @issued: list of transactions
 * @batch: transactions that the last start found, those finished taken off
 * @withheld: finished ones of the batch (habit withheld)
 * @active: transaction that moves bytes
 * @done: list of transactions that await their callback
 * @delayed: members of @done that must wait
 * @ghost: callbacks that come although their transaction was terminated
 * @ghosts: how many
 * @failed: cookies of the last failures, for tx_status
 * @failed_next: where the next one goes
 * @told: newest cookie that somebody was told is done
 * @paused: by the client
 * @delivering: callbacks are being called
 * @needs_synchronize: terminated, and not synchronized since
 * @refused: the last termination was refused
 * @unpaired: who has prepared and not submitted, for the judge; 0: nobody
 * @callback_by: who is calling a callback, for the judge; 0: nobody
 * @idle: waits until nothing of the channel is in hand
 * @directory: in debugfs
 * @fault: the knobs
 * @faults: bit per knob that is set
 * @transfers: completed, a statistic as the next ones
 * @bytes: moved
 * @errors: completed with an error
 * @callbacks: called
 * @issue_number: of its latest issue, among those of the device; 0: none yet
 * @terminated: ended by terminate_all
 * @violations: by the client
 * @judged: the same by kind
 */
struct sim_channel {
	struct dma_chan dma;
	struct sim_device *device;
	const char *name;
	enum dma_transfer_direction direction;
	struct dma_slave_config config;

	struct sim_desc *descs;
	struct sim_segment *segments;
	unsigned int pool;
	struct list_head free_desc;
	u32 free_segment;
	unsigned int free_segments;
	struct list_head submitted;
	struct list_head issued;
	unsigned int batch;
	struct list_head withheld;
	struct sim_desc *active;
	struct list_head done;
	unsigned int delayed;

	struct sim_ghost ghost[SIM_GHOSTS];
	unsigned int ghosts;
	dma_cookie_t failed[SIM_FAILED_COOKIES];
	unsigned int failed_next;
	dma_cookie_t told;
	bool paused;
	bool delivering;
	bool needs_synchronize;
	bool refused;
	unsigned long unpaired;
	unsigned long callback_by;
	wait_queue_head_t idle;

	struct dentry *directory;
	struct sim_fault fault[SIM_FAULTS];
	unsigned long faults;

	u64 transfers;
	u64 bytes;
	u64 errors;
	u64 callbacks;
	u64 issue_number;
	u64 terminated;
	u64 violations;
	u64 judged[SIM_VIOLATIONS];
};

enum sim_context {
	SIM_TASKLET,
	SIM_IRQ_WORK,
	SIM_THREAD,
	SIM_WORKQUEUE,
};

/* How position is reported; the first three as enum dma_residue_granularity. */
enum sim_residue {
	SIM_RESIDUE_DESCRIPTOR,
	SIM_RESIDUE_SEGMENT,
	SIM_RESIDUE_BURST,
	SIM_RESIDUE_NONE,	/* says descriptor, and always 0 */
	SIM_RESIDUE_FULL,	/* says segment, and always the whole length */
};

/* Habits of real providers, bits of sim_settings.habits. */
#define SIM_HABIT_MERGED	BIT(0)	/* cyclic: periods share a callback */
#define SIM_HABIT_WITHHELD	BIT(1)	/* no callback until all that a start found are done */
#define SIM_HABIT_NO_CYCLIC	BIT(2)	/* no callback in cyclic mode */
#define SIM_HABIT_LOCKED	BIT(3)	/* copy: callback under the channel's lock */
#define SIM_HABIT_LATE		BIT(4)	/* cyclic: callbacks come this much later */
#define SIM_LATE_NS		(20 * NSEC_PER_MSEC)
#define SIM_HABIT_LINEAR	BIT(5)	/* no 2-D transfers */

/* With a burst length: where the register is that a channel sends to or receives from. */
#define SIM_REGISTER(channel)	(0x40000000U + (channel) * SIM_BEAT_BYTES)
#define SIM_BEAT_BYTES		4	/* with a burst length: bytes that move in a clock */

/**
 * struct sim_settings - module parameters as they were when a device was bound
 * @context: in which bytes move and callbacks are called
 * @residue: how position is reported
 * @habits: SIM_HABIT_*
 * @descriptors: pool of each channel
 * @alignment: of addresses and lengths
 * @segment_bytes_max: longest segment
 * @boundary: no segment crosses a multiple of this, a power of two; 0: none
 * @burst: longest burst, beats; segments are whole bursts; 0: whatever
 * @metadata: enum dma_desc_metadata_mode that the engine has; 0: none
 * @judge: compare checksums of armed memory
 * @judge_warn: a violation is a WARNING
 */
struct sim_settings {
	enum sim_context context;
	enum sim_residue residue;
	unsigned int habits;
	unsigned int descriptors;
	unsigned int alignment;
	unsigned int segment_bytes_max;
	unsigned int boundary;
	unsigned int burst;
	unsigned int metadata;
	bool judge;
	bool judge_warn;
};

/**
 * struct sim_channel_model - a channel of a block
 * @name: as the client asks for it
 * @floor: as dmaring_floor and dmaring_sim_test ask for it
 * @direction: of the transfers
 */
struct sim_channel_model {
	const char *name;
	const char *floor;
	enum dma_transfer_direction direction;
};

/**
 * struct sim_block - an IP block
 * @name: of the device
 * @channels: how many channels it has
 * @channel: those
 * @init: optional: makes device->block; may sleep
 * @exit: optional: the opposite; may sleep; after it nothing runs any more
 * @step: moves some bytes; true if it did. Called with device->lock held, may
 *	drop it, by one context at a time
 * @reset: optional: a channel was claimed or terminated. device->lock is held,
 *	and @step may be in the middle of something
 * @debugfs: optional: makes files
 */
struct sim_block {
	const char *name;
	unsigned int channels;
	struct sim_channel_model channel[SIM_CHANNELS_MAX];
	int (*init)(struct sim_device *device);
	void (*exit)(struct sim_device *device);
	bool (*step)(struct sim_device *device, unsigned long *flags);
	void (*reset)(struct sim_device *device, struct sim_channel *channel);
	void (*debugfs)(struct sim_device *device, struct dentry *directory);
};

extern const struct sim_block sim_loop;
extern const struct sim_block sim_fft;
extern const struct sim_block sim_source;
extern const struct sim_block sim_sink;
extern const struct sim_block sim_copy;
extern const struct sim_block sim_adc;

/**
 * struct sim_device - an IP block and its DMA controller
 * @dma: what dmaengine sees
 * @dev: the platform device
 * @model: the IP block
 * @block: its private data
 * @settings: module parameters
 * @channel: the channels
 * @map: how dma_request_chan() finds them
 * @graveyard: devices that are kept until the module goes
 * @released: dmaengine has let go of it
 *
 * @lock: protects everything in a device but the bytes; taken in any context,
 *	inside of the clients' locks, and holds nothing inside
 * @running: sim_device_run() is at work
 * @again: there is something new to do
 * @dead: the device is being removed: nothing moves any more
 * @asleep: the system is said to sleep
 * @now: time, 0 if not looked up in this run
 * @timer_ns: when the timer is needed
 * @link_ns: until when the bytes moved so far occupy the link
 * @link_carry: the fraction of @link_ns, in 1 / @bytes_per_second ns
 * @link_idle: nothing could be moved: the link does not gain credit
 *
 * @bytes_per_second: speed of the link, 0: unlimited
 * @latency_us: from the last byte to completion
 * @issues: how often a channel was told to start what was submitted
 *
 * @tasklet: context, as the next ones
 * @irq_work: context
 * @worker: context
 * @thread_work: context
 * @queue: context
 * @work: context
 * @timer: wakes the context
 * @directory: in debugfs
 *
 * @bounds: what may be touched, see bounds.c; NULL: anything
 * @outside: bytes that were touched outside of them
 * @outside_at: bus address of the latest such
 */
struct sim_device {
	struct dma_device dma;
	struct device *dev;
	const struct sim_block *model;
	void *block;
	struct sim_settings settings;
	struct sim_channel channel[SIM_CHANNELS_MAX];
	struct dma_slave_map map[3 * SIM_CHANNELS_MAX];
	struct list_head graveyard;
	bool released;

	spinlock_t lock;	/* see above */
	bool running;
	bool again;
	bool dead;
	bool asleep;
	u64 now;
	u64 timer_ns;
	u64 link_ns;
	u64 link_carry;
	bool link_idle;

	u64 bytes_per_second;
	u32 latency_us;
	u64 issues;

	struct tasklet_struct tasklet;
	struct irq_work irq_work;
	struct kthread_worker *worker;
	struct kthread_work thread_work;
	struct workqueue_struct *queue;
	struct work_struct work;
	struct hrtimer timer;
	struct dentry *directory;

	struct sim_bounds __rcu *bounds;
	atomic64_t outside;
	atomic64_t outside_at;
};

static inline struct sim_channel *to_sim_channel(struct dma_chan *chan)
{
	return container_of(chan, struct sim_channel, dma);
}

static inline struct sim_desc *to_sim_desc(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct sim_desc, tx);
}

/* Bytes until the transaction ends; of a cyclic one until the period ends. */
static inline u64 sim_desc_left(const struct sim_desc *d)
{
	if (d->period)
		return d->period - d->at.offset % d->period;
	return d->limit - d->at.done;
}

/* main.c */
extern struct dentry *sim_debugfs;
void sim_remove_later(struct sim_device *device);
int sim_sleep(struct sim_device *device, bool asleep);

/* channel.c */
void sim_channel_init(struct sim_device *device, unsigned int index);
int sim_alloc_chan_resources(struct dma_chan *chan);
void sim_free_chan_resources(struct dma_chan *chan);
int sim_config(struct dma_chan *chan, struct dma_slave_config *config);
void sim_issue_pending(struct dma_chan *chan);
enum dma_status sim_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
			      struct dma_tx_state *state);
int sim_pause(struct dma_chan *chan);
int sim_resume(struct dma_chan *chan);
int sim_terminate_all(struct dma_chan *chan);
void sim_synchronize(struct dma_chan *chan);
dma_cookie_t sim_tx_submit(struct dma_async_tx_descriptor *tx);
void sim_wake(struct sim_channel *c);
void sim_channel_sleep(struct sim_channel *c);
unsigned int sim_issued_count(const struct sim_channel *c);
u32 sim_residue(struct sim_channel *c, const struct sim_desc *d);

/* engine.c */
struct sim_desc *sim_active(struct sim_channel *c);
void sim_finish(struct sim_channel *c, struct sim_desc *d);
void sim_advance(struct sim_channel *c, struct sim_desc *d,
		 const struct sim_cursor *at);
void sim_hold(struct sim_desc *d);
bool sim_unhold(struct sim_channel *c, struct sim_desc *d);
size_t sim_pace(struct sim_device *device, size_t bytes);
void sim_charge(struct sim_device *device, size_t bytes);
u64 sim_now(struct sim_device *device);
void sim_timer(struct sim_device *device, u64 when);
bool sim_device_run(struct sim_device *device);
bool sim_deliver(struct sim_device *device, unsigned long *flags);

/* prepare.c */
struct dma_async_tx_descriptor *
sim_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl, unsigned int n,
		  enum dma_transfer_direction direction, unsigned long flags,
		  void *context);
struct dma_async_tx_descriptor *
sim_prep_cyclic(struct dma_chan *chan, dma_addr_t address, size_t bytes,
		size_t period, enum dma_transfer_direction direction,
		unsigned long flags);
struct dma_async_tx_descriptor *
sim_prep_memcpy(struct dma_chan *chan, dma_addr_t target, dma_addr_t source,
		size_t bytes, unsigned long flags);
struct dma_async_tx_descriptor *
sim_prep_interleaved(struct dma_chan *chan, struct dma_interleaved_template *xt,
		     unsigned long flags);
void sim_desc_put(struct sim_channel *c, struct sim_desc *d);

/* metadata.c */
void sim_metadata_init(struct sim_channel *c, struct sim_desc *d);
void sim_metadata_write(struct sim_channel *c, struct sim_desc *d, u64 position, u32 number);

/* context.c */
int sim_context_init(struct sim_device *device);
void sim_context_exit(struct sim_device *device);
void sim_context_schedule(struct sim_device *device);
void sim_kick(struct sim_device *device);

/* memory.c */
bool sim_memory_valid(dma_addr_t address, u64 bytes);
void sim_read(struct sim_channel *c, const struct sim_desc *d,
	      struct sim_cursor *at, void *to, size_t bytes);
void sim_write(struct sim_channel *c, const struct sim_desc *d,
	       struct sim_cursor *at, const void *from, size_t bytes);
void sim_transfer(struct sim_channel *from, const struct sim_desc *s,
		  struct sim_cursor *s_at, struct sim_channel *to,
		  const struct sim_desc *r, struct sim_cursor *r_at, size_t bytes);
void sim_duplicate(struct sim_channel *c, const struct sim_desc *d,
		   struct sim_cursor *at, size_t bytes);
void sim_overrun(struct sim_channel *c, const struct sim_desc *d, u64 bytes);
u64 sim_checksum(struct sim_channel *c, const struct sim_desc *d);

/* bounds.c */
void sim_bounds_touch(struct sim_device *device, dma_addr_t address, size_t bytes);
void sim_bounds_set(struct sim_device *device, struct sim_bounds *bounds);
void sim_bounds_debugfs(struct sim_device *device);

/* judge.c */
extern atomic_t sim_violations;
extern const char *const sim_violation_names[SIM_VIOLATIONS];
void sim_judge(struct sim_channel *c, enum sim_violation violation);
unsigned long sim_judge_self(void);
bool sim_judge_reentered(struct sim_channel *c);

/* fault.c */
bool sim_fault_take(struct sim_channel *c, enum sim_fault_kind kind, u64 *value);
void sim_fault_skip(struct sim_channel *c);
void sim_fault_debugfs(struct sim_channel *c);

/* knobs.c */
void sim_speed_set(struct sim_device *device, u64 bytes_per_second);
void sim_knobs_create(struct sim_device *device);

#endif /* _DMARING_SIM_H */
