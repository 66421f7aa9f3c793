/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring: one open file, its shared pages, and the requests taken from them.
 */
#ifndef _DMARING_RING_H
#define _DMARING_RING_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "channel.h"
#include "device.h"
#include "index.h"

struct dmaring_block;
struct iov_iter;
struct kiocb;
struct dmaring_stream;
struct eventfd_ctx;
struct dmaring_doorbell_eventfd;

/**
 * enum dmaring_request_state - who may touch a request
 * @DMARING_REQUEST_FREE: nobody; on a free list of the ring
 * @DMARING_REQUEST_QUEUED: waits in its queue; channel->lock
 * @DMARING_REQUEST_ISSUED: (partly) in the engine; channel->lock
 * @DMARING_REQUEST_DONE: whoever took it out completes it
 *
 * FREE -> QUEUED (drain) -> ISSUED (issuer) -> DONE (callback, stop, time-out)
 * -> FREE; QUEUED -> DONE (cancel, abort, time-out). All but the first and the
 * last step are taken under channel->lock, so each request ends once.
 */
enum dmaring_request_state {
	DMARING_REQUEST_FREE,
	DMARING_REQUEST_QUEUED,
	DMARING_REQUEST_ISSUED,
	DMARING_REQUEST_DONE,
};

/**
 * struct dmaring_request - a submission entry being carried out
 * @node: in a queue, in channel->issued, or in a list of finished ones
 * @free: next on the free list
 * @ring: whose it is
 * @queue: of the ring and the channel; NULL for ring-wide operations
 * @block: of a byte stream, which completes it; NULL: of a ring
 * @sqe: private copy of the entry
 * @segments: private copy of its list, in memory of the ring
 * @deadline: when it times out, KTIME_MAX: never
 * @state: enum dmaring_request_state
 * @taken: bytes handed to the engine so far
 * @done: bytes that the engine reported done
 * @residue: bytes that it reported not done
 * @descriptors: in the engine now
 * @res: result so far
 * @engine: enum dmaring_engine_status
 * @issued: counted in queue->issued
 * @settled: counted in channel->finishing
 * @started: was handed to the engine
 * @timed_out: the deadline passed
 * @loss_unknown: the engine had run dry before it got this receive, or @lost is
 *	a lower bound
 * @quarantined: the engine would not let go of it
 * @again: a copy that was stopped for another's sake, and begins anew
 * @lost: blocks lost: of a cyclic stream, or before a receive
 * @number: how many were taken in before it
 */
struct dmaring_request {
	struct list_head node;
	struct dmaring_request *free;
	struct dmaring_ring *ring;
	struct dmaring_queue *queue;
	struct dmaring_block *block;
	struct dmaring_sqe sqe;
	struct dmaring_segment *segments;
	ktime_t deadline;
	u32 taken;
	u32 done;
	u32 residue;
	u32 descriptors;
	s32 res;
	u8 state;
	u8 engine;
	bool issued;
	bool settled;
	bool started;
	bool timed_out;
	bool quarantined;
	bool again;
	bool loss_unknown;
	u32 lost;
	u32 number;
};

/**
 * struct dmaring_queue - the requests of one ring for one channel, in order
 * @ring: the ring
 * @channel: the channel
 * @map: which map of the ring's pools belongs to the channel's device
 * @index: number of the channel in the ring
 * @sequence: completions so far; ring->cq_lock
 * @blocks: data operations that went well; ring->cq_lock
 * @lost: blocks lost before them; ring->cq_lock
 *
 * Protected by channel->lock:
 * @ready: in channel->ready while there is something to issue
 * @drain: in channel->drain while the ring wants a drain
 * @pending: consumed, not yet issued
 * @current_request: partly issued, continues before @pending
 * @aborts: ABORT operations waiting for @issued to become 0
 * @issued: requests in the engine, or ended and not yet completed
 * @starved: times that the engine had nothing
 * @starved_ns: for how long, all together
 */
struct dmaring_queue {
	struct dmaring_ring *ring;
	struct dmaring_channel *channel;
	unsigned int map;
	unsigned int index;
	u32 sequence;
	u64 blocks;
	u64 lost;

	struct list_head ready;
	struct list_head drain;
	struct list_head pending;
	struct dmaring_request *current_request;
	struct list_head aborts;
	unsigned int issued;
	u32 starved;
	u64 starved_ns;
};

/**
 * struct dmaring_region - pages shared with the process
 * @pages: the pages
 * @count: how many
 * @address: of the kernel's own mapping
 */
struct dmaring_region {
	struct page **pages;
	unsigned int count;
	void *address;
};

/**
 * struct dmaring_ring - an open file
 * @refs: the file, and each request that is being carried out
 * @device: the device, with a reference
 * @list: in device->rings
 * @wait: who polls; lives as long as the ring
 * @mapping: every mapping of the file, so that those of a pool can be taken away
 * @setup_lock: serialises the ioctls that change the ring
 * @active: set up; released when everything below is in place
 * @stream: byte stream out of the device and into it; released when made. A
 *	file is either a ring or a byte stream, @setup_lock decides
 * @free_work: frees the ring, in process context
 *
 * Constant after SETUP:
 * @kern: KERN pages
 * @user: USER pages
 * @kctl: control lines in @kern: written, never read back
 * @uctl: control lines in @user: untrusted
 * @streams: status lines in @kern: written, never read back
 * @ustreams: the user's side of them in @user: untrusted
 * @cq_head: completions below this are consumed: in @uctl and untrusted, or,
 *	in read mode, @cursor
 * @cq_event: wake when the tail has passed this: in @uctl and untrusted, or, in
 *	read mode, @cursor, which makes it "whenever there is one"
 * @account: who pays for the ring's own memory
 * @charged: how much that is
 * @first_index: of every index
 * @sqes: submission entries in @user: untrusted
 * @segments: segments in @user: untrusted
 * @cqes: completion entries in @kern
 * @sq_entries: power of two
 * @cq_entries: power of two
 * @clock: enum dmaring_clock
 * @flags: of SETUP
 * @queue: one for each channel
 * @dev: distinct DMA devices of the channels
 * @devs: how many
 * @requests: one for each completion slot
 * @lists: room for the segments of each request
 *
 * @geometry: what entries are checked against; pools come and go under
 *	@setup_lock and @sq_lock
 * @incoming: of the pool that is being made; @setup_lock
 * @incoming_index: its number; likewise
 * @exported: dma-buf or sync file that is being made; likewise
 * @memory: the pools, changed under @setup_lock, device->lock and @sq_lock
 *
 * @sq_lock: irq-safe, outermost of ours; protects:
 * @sq_head: next entry to take
 * @sq_flags: as last published
 * @sq_invalid: as last published
 * @promised: completions promised so far, posted or not
 * @events_dropped: notices that found no slot
 * @spare: free requests at hand
 * @fence: ring-wide FENCE that holds back later entries
 * @broken: the user's tail was impossible
 * @blocked: the latest pass left entries for want of completion slots
 * @polled: the poller is awake and looks; written by it alone
 * @next_deadline: when @timeout_timer fires
 *
 * @cq_lock: irq-safe, innermost; protects:
 * @cq_tail: next completion slot
 * @cq_flags: as last published
 * @free: requests that came back
 * @late_tail: see @late
 * @late: the time bound has passed for completions below @late_tail
 * @late_armed: @late_timer runs
 * @coalesce: time bound, 0: none
 * @cursor: read mode: completions below this were read; written by who holds
 *	@read_lock as well
 * @fences: of sync files, that have not ended
 * @fences_pending: how many
 *
 * @poll_node: in poller->rings; with the next two, poller->lock
 * @poll_head: *@cq_head at the poller's last drain
 * @poll_tail: @cq_tail at its last look
 * @read_lock: read mode: one reader at a time
 * @dead: closing or gone: nothing is taken in; set once
 * @gone: the device was removed; set once
 * @quarantine: an engine may still write to the pools; set once
 * @eventfd: completion eventfd, under RCU
 * @doorbell: doorbell eventfd; @setup_lock
 * @eventfd_work: signals where that was not allowed on the spot
 * @doorbell_work: drains what a bounded drain left, and for eventfds
 * @late_timer: the time bound
 * @timeout_timer: the next deadline
 * @timeout_work: ends what is overdue
 */
struct dmaring_ring {
	struct kref refs;
	struct dmaring_device *device;
	struct list_head list;
	wait_queue_head_t wait;
	struct address_space mapping;
	struct mutex setup_lock;	/* ioctls that change the ring */
	bool active;
	struct dmaring_stream *stream[2];
	struct work_struct free_work;

	struct dmaring_region kern;
	struct dmaring_region user;
	struct dmaring_kern_control *kctl;
	struct dmaring_user_control *uctl;
	struct dmaring_kern_stream *streams;
	struct dmaring_user_stream *ustreams;
	const u32 *cq_head;
	const u32 *cq_event;
	struct dmaring_account *account;
	u64 charged;
	u32 first_index;
	struct dmaring_sqe *sqes;
	struct dmaring_segment *segments;
	struct dmaring_cqe *cqes;
	u32 sq_entries;
	u32 cq_entries;
	u32 clock;
	u32 flags;
	struct dmaring_queue *queue;
	struct device *dev[DMARING_CHANNELS_MAX];
	unsigned int devs;
	struct dmaring_request *requests;
	struct dmaring_segment *lists;

	struct dmaring_geometry geometry;
	struct dmaring_pool_geometry incoming;
	unsigned int incoming_index;
	struct file *exported;
	struct dmaring_memory *memory[DMARING_POOLS_MAX];

	spinlock_t sq_lock ____cacheline_aligned_in_smp;
	u32 sq_head;
	u32 sq_flags;
	u32 sq_invalid;
	u32 promised;
	u32 events_dropped;
	struct dmaring_request *spare;
	struct dmaring_request *fence;
	bool broken;
	bool blocked;
	bool polled;
	ktime_t next_deadline;

	spinlock_t cq_lock ____cacheline_aligned_in_smp;
	u32 cq_tail;
	u32 cq_flags;
	struct dmaring_request *free;
	u32 late_tail;
	bool late;
	bool late_armed;
	ktime_t coalesce;
	u32 cursor;
	struct list_head fences;
	u32 fences_pending;

	struct list_head poll_node;
	u32 poll_head;
	u32 poll_tail;
	struct mutex read_lock;		/* readers of completions */
	bool dead;
	bool gone;
	bool quarantine;
	struct eventfd_ctx __rcu *eventfd;
	struct dmaring_doorbell_eventfd *doorbell;
	struct work_struct eventfd_work;
	struct work_struct doorbell_work;
	struct hrtimer late_timer;
	struct hrtimer timeout_timer;
	struct work_struct timeout_work;
};

#define DMARING_SEGMENT_ENTRIES_MAX	65536U
#define DMARING_COALESCE_US_MAX	(60U * 1000000)

/* ring.c */
struct dmaring_ring *dmaring_ring_create(struct dmaring_device *device);
int dmaring_ring_setup(struct dmaring_ring *ring, struct dmaring_setup *setup);
void dmaring_ring_settle(struct dmaring_ring *ring, bool told);
void dmaring_ring_close(struct dmaring_ring *ring);
void dmaring_ring_vanish(struct dmaring_ring *ring);
void dmaring_ring_unmap(struct dmaring_ring *ring);
void dmaring_ring_put(struct dmaring_ring *ring);

/* ring_pool.c */
int dmaring_ring_pool_check(const struct dmaring_pool *pool);
int dmaring_origin_get(struct dmaring_origin *origin, const struct dmaring_pool *pool);
void dmaring_origin_put(struct dmaring_origin *origin);
int dmaring_ring_pool_add(struct dmaring_ring *ring, struct dmaring_pool *pool,
			  struct dmaring_origin *origin);
void dmaring_ring_pool_publish(struct dmaring_ring *ring);
int dmaring_ring_add_pool(struct dmaring_ring *ring, struct dmaring_pool *pool);
void dmaring_ring_settle_pool(struct dmaring_ring *ring, bool told);
int dmaring_ring_export(struct dmaring_ring *ring, struct dmaring_export *export);
int dmaring_ring_sync_file(struct dmaring_ring *ring, struct dmaring_sync_file *sync_file);
void dmaring_ring_settle_file(struct dmaring_ring *ring, int fd, bool told);
int dmaring_ring_remove_pool(struct dmaring_ring *ring,
			     const struct dmaring_pool_remove *remove);

/* region.c */
int dmaring_region_alloc(struct dmaring_region *region, size_t bytes);
void dmaring_region_free(struct dmaring_region *region);
int dmaring_region_mmap(const struct dmaring_region *region,
			struct vm_area_struct *vma);

/* submission.c */
unsigned int dmaring_ring_drain(struct dmaring_ring *ring);
unsigned int dmaring_ring_set_polled(struct dmaring_ring *ring, bool polled);
bool dmaring_ring_writable(struct dmaring_ring *ring);
void dmaring_event_post(struct dmaring_ring *ring, struct dmaring_cqe *cqe);

/* prepare.c */
u32 dmaring_request_piece(const struct dmaring_channel *channel,
			  const struct dmaring_request *request);
dma_cookie_t dmaring_request_submit(struct dmaring_channel *channel,
				    struct dmaring_request *request,
				    unsigned int slot, u32 taken, u32 bytes);
u32 dmaring_request_range(const struct dmaring_request *request, u32 index,
			  u64 *offset);
void dmaring_request_sync(const struct dmaring_request *request, u32 bytes,
			  bool for_cpu);

/* operation.c */
void dmaring_request_init(struct dmaring_request *request, struct dmaring_ring *ring);
void dmaring_queue_init(struct dmaring_queue *queue, struct dmaring_ring *ring,
			struct dmaring_channel *channel, unsigned int index,
			unsigned int map);
void dmaring_request_hold(struct dmaring_request *request);
void dmaring_request_take_back(struct dmaring_request *request, int res,
			       struct list_head *done);
void dmaring_queue_unlink(struct dmaring_queue *queue);
void dmaring_queue_append(struct dmaring_queue *queue,
			  struct dmaring_request *request, struct list_head *done);
void dmaring_operation_start(struct dmaring_ring *ring,
			     struct dmaring_request *request,
			     struct list_head *done);
void dmaring_queue_abort(struct dmaring_queue *queue,
			 struct dmaring_request *abort, struct list_head *done);

/* completion.c */
void dmaring_requests_finish(struct list_head *done);
u64 dmaring_ring_time_ns(const struct dmaring_ring *ring);
bool dmaring_completion_post(struct dmaring_ring *ring,
			     struct dmaring_request *request,
			     struct dmaring_cqe *cqe);
bool dmaring_ring_readable(struct dmaring_ring *ring);
enum hrtimer_restart dmaring_ring_late(struct hrtimer *timer);
void dmaring_ring_set_coalesce(struct dmaring_ring *ring, u32 time_us);

/* reader.c */
ssize_t dmaring_reader_read(struct dmaring_ring *ring, struct kiocb *iocb,
			    struct iov_iter *to);

/* timeout.c */
void dmaring_timeout_add(struct dmaring_ring *ring, ktime_t deadline);
enum hrtimer_restart dmaring_timeout_fire(struct hrtimer *timer);
void dmaring_timeout_work(struct work_struct *work);

/* notify.c */
void dmaring_notify(struct dmaring_ring *ring, __poll_t events);
int dmaring_eventfd_set(struct dmaring_ring *ring, int fd);
int dmaring_eventfd_clear(struct dmaring_ring *ring);
void dmaring_eventfd_work(struct work_struct *work);
int dmaring_doorbell_set(struct dmaring_ring *ring, int fd);
int dmaring_doorbell_clear(struct dmaring_ring *ring);
void dmaring_doorbell_work(struct work_struct *work);

#endif /* _DMARING_RING_H */
