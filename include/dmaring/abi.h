/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The interface between the dmaring driver and its users: the shared ring,
 * the entries in it, and the ioctls that set it up.
 *
 * ring-spec.md is normative and gives every rule; this header gives the words.
 * It needs <linux/types.h> and <linux/ioctl.h> only and may be copied.
 *
 * Conventions:
 *  - every index is a free-running __u32; entry i of a ring of N (a power of
 *    two) is at slot i & (N - 1); indices are compared by subtraction only;
 *  - host byte order, fixed widths, no pointers, no bitfields, no implicit
 *    padding: the layout is the same for 32- and 64-bit processes;
 *  - every reserved member must be zero, and the driver checks it;
 *  - ioctl structures may grow at the end: the size travels in the ioctl
 *    number, and a longer structure is accepted if the tail is zero (-E2BIG).
 */
#ifndef _DMARING_ABI_H
#define _DMARING_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define DMARING_ABI_MAGIC	0x676e5244	/* "DRng", little-endian */
#define DMARING_ABI_MAJOR	1
#define DMARING_ABI_MINOR	0

#define DMARING_NAME_BYTES	32	/* names, with the terminating NUL */
#define DMARING_LINE_BYTES	128	/* control lines: no two writers share one */
#define DMARING_CHANNELS_MAX	16	/* channels in one ring */
#define DMARING_POOLS_MAX	16	/* pools in one ring */
#define DMARING_ENTRIES_MIN	2
#define DMARING_SQ_ENTRIES_MAX	32768
#define DMARING_CQ_ENTRIES_MAX	65536
#define DMARING_CONTROL_SLOTS	2	/* completion slots kept for control */
#define DMARING_ROWS_MAX	16384	/* rows of a template */

/*
 * mmap offsets. KERN is read-only (a writable mapping is -EPERM), USER and
 * POOL are read-write; all three need MAP_SHARED. Pools are 4 GiB apart.
 */
#define DMARING_OFFSET_KERN	0x00000000ULL
#define DMARING_OFFSET_USER	0x10000000ULL
#define DMARING_OFFSET_POOL(n)	(((__u64)(n) + 1) << 32)

/* ------------------------------------------------------------------------
 * KERN: written by the driver, read by the user
 */

/**
 * struct dmaring_header - what is where; at offset 0 of KERN, constant
 * @magic:	DMARING_ABI_MAGIC
 * @abi_major:	layout version; refuse a ring whose major you do not know
 * @abi_minor:	additions within the major
 * @header_bytes: size of this header
 * @kern_bytes:	size of the KERN region, a multiple of the page size
 * @user_bytes:	size of the USER region, a multiple of the page size
 * @first_index: value of every index right after SETUP; need not be zero
 * @features_compat: what an older user may ignore
 * @features_incompat: what a user must know, or refuse the ring
 * @features_active: those agreed at SETUP
 * @sq_entries:	submission entries, a power of two
 * @cq_entries:	completion entries, a power of two
 * @sqe_bytes:	stride of submission entries
 * @cqe_bytes:	stride of completion entries
 * @kern_control: offset of struct dmaring_kern_control in KERN
 * @kern_streams: offset of the struct dmaring_kern_stream array in KERN
 * @cqes:	offset of the completion entries in KERN
 * @user_control: offset of struct dmaring_user_control in USER
 * @user_streams: offset of the struct dmaring_user_stream array in USER
 * @sqes:	offset of the submission entries in USER
 * @segments:	offset of the struct dmaring_segment array in USER
 * @segment_entries: segments in that array; 0: none
 * @channels:	channels of this ring; stream lines are indexed by channel
 * @stream_bytes: stride of the stream lines in KERN and USER
 * @clock:	enum dmaring_clock of all time stamps
 * @flags:	the flags given at SETUP
 * @reserved:	zero
 *
 * Users take offsets and strides from here, never from sizeof.
 */
struct dmaring_header {
	__u32 magic;
	__u16 abi_major;
	__u16 abi_minor;
	__u32 header_bytes;
	__u32 kern_bytes;
	__u32 user_bytes;
	__u32 first_index;
	__aligned_u64 features_compat;
	__aligned_u64 features_incompat;
	__aligned_u64 features_active;
	__u32 sq_entries;
	__u32 cq_entries;
	__u16 sqe_bytes;
	__u16 cqe_bytes;
	__u32 kern_control;
	__u32 kern_streams;
	__u32 cqes;
	__u32 user_control;
	__u32 user_streams;
	__u32 sqes;
	__u32 segments;
	__u32 segment_entries;
	__u16 channels;
	__u16 stream_bytes;
	__u32 clock;
	__u32 flags;
	__u32 reserved[6];
};

/* dmaring_kern_control.sq_flags */
#define DMARING_SQ_NEED_DOORBELL	(1U << 0)	/* nobody will look unless told */
#define DMARING_SQ_CQ_FULL		(1U << 1)	/* waiting for completion slots */

/* dmaring_kern_control.cq_flags */
#define DMARING_CQ_BAD_HEAD		(1U << 0)	/* cq_head was out of range */

/* dmaring_kern_control.state */
enum dmaring_ring_state {
	DMARING_RING_RUNNING = 0,
	DMARING_RING_BROKEN = 1,	/* sq_tail was out of range: EPOLLERR, for good */
	DMARING_RING_GONE = 2,		/* the device was removed: EPOLLHUP, for good */
};

/**
 * struct dmaring_kern_control - the driver's indices; two lines
 * @sq_head:	submission entries below this are free again
 * @sq_flags:	DMARING_SQ_*
 * @sq_invalid:	entries refused with -EINVAL, a statistic
 * @state:	enum dmaring_ring_state
 * @reserved0:	zero
 * @cq_tail:	completion entries below this are valid
 * @cq_flags:	DMARING_CQ_*
 * @events_dropped: notices that found no completion slot, a statistic
 * @reserved1:	zero
 */
struct dmaring_kern_control {
	__u32 sq_head;
	__u32 sq_flags;
	__u32 sq_invalid;
	__u32 state;
	__u32 reserved0[28];
	__u32 cq_tail;
	__u32 cq_flags;
	__u32 events_dropped;
	__u32 reserved1[29];
};

/* dmaring_kern_stream.state */
enum dmaring_stream_state {
	DMARING_STREAM_IDLE = 0,
	DMARING_STREAM_RUNNING = 1,	/* a cyclic stream is with the engine */
	DMARING_STREAM_ENDED = 2,	/* its CYCLIC_START has ended, or is about to */
};

/* dmaring_kern_stream.flags */
#define DMARING_STREAM_GAP	(1U << 0)	/* hw_seq lost count: a lower bound from then on */

/**
 * struct dmaring_kern_stream - status of one channel's stream; one line
 * @hw_seq:	blocks done by the hardware, free-running; block n is in buffer
 *		@first_buffer + ((n - first_index) & (@blocks - 1))
 * @state:	enum dmaring_stream_state
 * @flags:	DMARING_STREAM_*
 * @overruns:	times that the consumer was overtaken
 * @blocks:	blocks in the cycle
 * @block_bytes: size of a block
 * @pool:	pool of the blocks
 * @first_buffer: buffer of block 0
 * @guard:	blocks before @hw_seq that must not be read
 * @epoch:	changes whenever @hw_seq lost count
 * @time_ns:	when @hw_seq was sampled
 * @blocks_total: blocks done, 64 bits wide
 * @blocks_lost: blocks overwritten before they were read
 * @starved:	times that the device had no armed buffer
 * @reserved0:	zero
 * @starved_ns:	nanoseconds that the device had no armed buffer
 * @reserved:	zero
 *
 * Without a cyclic stream: @blocks_total counts the data operations
 * that went well, @blocks_lost is the sum of those in their
 * completions; the line is up to date with cq_tail.
 *
 * 64-bit members are statistics and may tear on 32-bit machines.
 */
struct dmaring_kern_stream {
	__u32 hw_seq;
	__u32 state;
	__u32 flags;
	__u32 overruns;
	__u32 blocks;
	__u32 block_bytes;
	__u32 pool;
	__u32 first_buffer;
	__u32 guard;
	__u32 epoch;
	__aligned_u64 time_ns;
	__aligned_u64 blocks_total;
	__aligned_u64 blocks_lost;
	__u32 starved;
	__u32 reserved0;
	__aligned_u64 starved_ns;
	__u32 reserved[12];
};

/* ------------------------------------------------------------------------
 * USER: written by the user, read by the driver and trusted in nothing
 */

/* dmaring_user_control.cq_flags */
#define DMARING_CQ_EVENTFD_OFF	(1U << 0)	/* do not signal the completion eventfd */

/**
 * struct dmaring_user_control - the user's indices; two lines
 * @sq_tail:	submission entries below this are filled in
 * @sq_event:	EPOLLOUT when sq_head has passed this (ring-spec.md, "Wake-up")
 * @reserved0:	not read
 * @cq_head:	completion entries below this have been consumed
 * @cq_event:	EPOLLIN when cq_tail has passed this
 * @cq_flags:	DMARING_CQ_EVENTFD_OFF
 * @reserved1:	not read
 */
struct dmaring_user_control {
	__u32 sq_tail;
	__u32 sq_event;
	__u32 reserved0[30];
	__u32 cq_head;
	__u32 cq_event;
	__u32 cq_flags;
	__u32 reserved1[29];
};

/**
 * struct dmaring_user_stream - the user's side of a stream; one line
 * @user_seq:	blocks consumed, for the overrun policy only
 * @event_seq:	wake me when hw_seq passes this
 * @reserved:	not read
 */
struct dmaring_user_stream {
	__u32 user_seq;
	__u32 event_seq;
	__u32 reserved[30];
};

/**
 * struct dmaring_segment - one piece of a scatter-gather list; 16 bytes
 * @buffer:	buffer in the pool of the entry
 * @offset:	bytes from the start of the buffer
 * @bytes:	length, not zero
 * @reserved:	zero
 */
struct dmaring_segment {
	__u32 buffer;
	__u32 offset;
	__u32 bytes;
	__u32 reserved;
};

/**
 * struct dmaring_template - shape of a 2-D transfer; in the place of a segment
 * @row_bytes:	bytes of a row, not zero
 * @rows:	number of rows, 1 .. DMARING_ROWS_MAX
 * @stride:	bytes from the start of a row to that of the next one in the
 *		buffer, at least @row_bytes; not looked at if there is one row
 * @source_stride: COPY channels: the same in the source; else zero
 */
struct dmaring_template {
	__u32 row_bytes;
	__u32 rows;
	__u32 stride;
	__u32 source_stride;
};

/**
 * enum dmaring_op - what a submission entry asks for
 * @DMARING_OP_NOP:	complete at once
 * @DMARING_OP_SEND:	memory to device, on a send channel
 * @DMARING_OP_RECEIVE:	device to memory, on a receive channel
 * @DMARING_OP_COPY:	memory to memory, on a copy channel
 * @DMARING_OP_FENCE:	complete when all earlier entries have; hold later ones
 *			back until then. With a channel: those of that channel;
 *			with DMARING_CHANNEL_ALL: those of the ring
 * @DMARING_OP_CANCEL:	take back requests with user_data == @target that
 *			were not yet handed to the engine
 * @DMARING_OP_ABORT:	end everything submitted before on the channel
 * @DMARING_OP_CYCLIC_START: start a cyclic stream on the channel; completes
 *			when the stream has ended
 * @DMARING_OP_CYCLIC_STOP: end it, and everything else on the channel
 * @DMARING_OP_INTERLEAVED: a 2-D transfer described by a struct
 *			dmaring_template: on a send channel from the buffer, on a
 *			receive channel into it, on a copy channel from buffer to
 *			buffer
 *
 * struct dmaring_query.operations says which of them a device knows.
 */
enum dmaring_op {
	DMARING_OP_NOP = 0,
	DMARING_OP_SEND = 1,
	DMARING_OP_RECEIVE = 2,
	DMARING_OP_COPY = 3,
	DMARING_OP_FENCE = 4,
	DMARING_OP_CANCEL = 5,
	DMARING_OP_ABORT = 6,
	DMARING_OP_CYCLIC_START = 7,
	DMARING_OP_CYCLIC_STOP = 8,
	DMARING_OP_INTERLEAVED = 9,
};

#define DMARING_CHANNEL_ALL	0xffffU		/* DMARING_OP_FENCE: the whole ring */

/* dmaring_sqe.flags */
#define DMARING_SQE_NO_SYNC	(1U << 0)	/* the CPU does not touch the bytes */
#define DMARING_SQE_SEGMENTS	(1U << 1)	/* @list and @list_entries name segments */

/*
 * dmaring_sqe.target of CYCLIC_START: the policy, the guard (blocks), and the
 * period of a block in nanoseconds (0: the driver measures it).
 */
#define DMARING_CYCLIC_STOP_ON_OVERRUN	(1ULL << 0)	/* else go on, and count */
#define DMARING_CYCLIC_GUARD(blocks)	(((__u64)(blocks) & 0xff) << 8)
#define DMARING_CYCLIC_PERIOD(ns)	((__u64)(ns) << 32)

/**
 * struct dmaring_sqe - submission entry; 64 bytes
 * @opcode:	enum dmaring_op
 * @flags:	DMARING_SQE_*
 * @channel:	index of the channel in the ring
 * @pool:	pool of the buffer; on copy channels the destination's
 * @source_pool: copy channels: pool of the source; else zero
 * @buffer:	buffer in the pool; on copy channels the destination
 * @offset:	bytes from the start of the buffer
 * @bytes:	length of the transfer; SEND, RECEIVE, COPY: not zero, and
 *		@offset + @bytes must not pass the end of the buffer;
 *		INTERLEAVED: rows times bytes of a row
 * @timeout_us:	microseconds from consumption of the entry; 0: none
 * @user_data:	comes back in the completion
 * @source_buffer: copy channels: the source; else zero
 * @source_offset: copy channels: the source; else zero
 * @list:	with SEGMENTS: first segment of the list; INTERLEAVED: segment in
 *		whose place the template is; CYCLIC_START: a notice every so many
 *		blocks, 0: none; else zero
 * @list_entries: with SEGMENTS: segments in the list; INTERLEAVED: 1;
 *		CYCLIC_START: blocks, a power of two; else zero
 * @target:	CANCEL: user_data of the requests to take back; CYCLIC_START:
 *		DMARING_CYCLIC_*; else zero
 * @reserved:	zero
 */
struct dmaring_sqe {
	__u8 opcode;
	__u8 flags;
	__u16 channel;
	__u16 pool;
	__u16 source_pool;
	__u32 buffer;
	__u32 offset;
	__u32 bytes;
	__u32 timeout_us;
	__aligned_u64 user_data;
	__u32 source_buffer;
	__u32 source_offset;
	__u32 list;
	__u32 list_entries;
	__aligned_u64 target;
	__aligned_u64 reserved;
};

/* dmaring_cqe.flags: exactly one LEN flag on every data completion */
#define DMARING_CQE_LEN_EXACT		(1U << 0)	/* @bytes is what was moved */
#define DMARING_CQE_LEN_UPPER_BOUND	(1U << 1)	/* at most @bytes were moved */
#define DMARING_CQE_LEN_UNKNOWN		(1U << 2)	/* @bytes is a guess */
#define DMARING_CQE_STARTED		(1U << 3)	/* failed after it had been issued */
#define DMARING_CQE_TIMED_OUT		(1U << 4)	/* the time-out had passed */
#define DMARING_CQE_EVENT		(1U << 5)	/* a notice, no submission belongs to it */
#define DMARING_CQE_LOSS_UNKNOWN	(1U << 6)	/* blocks may have been lost uncounted */
#define DMARING_CQE_QUARANTINED		(1U << 7)	/* the engine may still touch the buffer */

/**
 * enum dmaring_engine_status - what the engine said of a request
 * @DMARING_ENGINE_UNKNOWN:	it was not asked, or does not say
 * @DMARING_ENGINE_COMPLETE:	done
 * @DMARING_ENGINE_RUNNING:	still in progress
 * @DMARING_ENGINE_PAUSED:	paused
 * @DMARING_ENGINE_ERROR:	an error
 * @DMARING_ENGINE_READ_FAILED:	reading the source failed
 * @DMARING_ENGINE_WRITE_FAILED: writing the destination failed
 * @DMARING_ENGINE_ABORTED:	ended by the engine itself
 */
enum dmaring_engine_status {
	DMARING_ENGINE_UNKNOWN = 0,
	DMARING_ENGINE_COMPLETE = 1,
	DMARING_ENGINE_RUNNING = 2,
	DMARING_ENGINE_PAUSED = 3,
	DMARING_ENGINE_ERROR = 4,
	DMARING_ENGINE_READ_FAILED = 5,
	DMARING_ENGINE_WRITE_FAILED = 6,
	DMARING_ENGINE_ABORTED = 7,
};

/**
 * struct dmaring_cqe - completion entry; 64 bytes, all of them written
 * @user_data:	from the submission entry
 * @res:	0 or -errno (ring-spec.md, "Errors")
 * @flags:	DMARING_CQE_*
 * @channel:	from the submission entry
 * @pool:	from the submission entry
 * @buffer:	from the submission entry
 * @offset:	from the submission entry
 * @bytes:	bytes done; what it is worth is in @flags
 * @time_ns:	when it ended, on the clock chosen at SETUP
 * @sequence:	number of the completion on its channel, free-running from 0
 * @events_dropped: notices dropped so far for want of a slot
 * @residue:	bytes not done, as the engine reported it
 * @opcode:	from the submission entry
 * @engine:	enum dmaring_engine_status
 * @reserved0:	zero
 * @blocks_lost: RECEIVE, INTERLEAVED: blocks lost before this one, exactly, where
 *		the channel has DMARING_LOSS_EXACT; CYCLIC_START: in its stream
 * @reserved1:	zero
 */
struct dmaring_cqe {
	__aligned_u64 user_data;
	__s32 res;
	__u32 flags;
	__u16 channel;
	__u16 pool;
	__u32 buffer;
	__u32 offset;
	__u32 bytes;
	__aligned_u64 time_ns;
	__u32 sequence;
	__u32 events_dropped;
	__u32 residue;
	__u8 opcode;
	__u8 engine;
	__u16 reserved0;
	__u32 blocks_lost;
	__u32 reserved1;
};

/* ------------------------------------------------------------------------
 * The doorbell: write() of exactly this on the ring's fd
 */
#define DMARING_DOORBELL_MAGIC	0x6c6c6562	/* "bell", little-endian */

/**
 * struct dmaring_doorbell - the record that a write() hands over
 * @magic:	DMARING_DOORBELL_MAGIC
 * @flags:	zero
 *
 * Any other length or content is -EINVAL. Never sleeps.
 */
struct dmaring_doorbell {
	__u32 magic;
	__u32 flags;
};

/* ------------------------------------------------------------------------
 * ioctls
 */

/* dmaring_query.flags and dmaring_channel_info.flags */
#define DMARING_SIMULATED	(1U << 0)	/* a virtual controller, not hardware */
#define DMARING_SHARED		(1U << 1)	/* many rings at once (copy channels) */
#define DMARING_COHERENT	(1U << 2)	/* CPU caches need no maintenance */
#define DMARING_LEN_KNOWN	(1U << 3)	/* received lengths are exact */
#define DMARING_LOSS_EXACT	(1U << 4)	/* blocks are numbered: blocks_lost is exact */
#define DMARING_BUFFER		(1U << 8)	/* memory only: DMARING_IOC_BUFFER tells more */

/**
 * struct dmaring_query - DMARING_IOC_QUERY: the device and its limits
 * @flags:	out: DMARING_SIMULATED, DMARING_SHARED, DMARING_BUFFER
 * @abi_major:	out: DMARING_ABI_MAJOR of the driver
 * @abi_minor:	out: DMARING_ABI_MINOR of the driver
 * @channels:	out: channels of the device
 * @operations:	out: bit per enum dmaring_op
 * @features_compat: out: supported compatible features
 * @features_incompat: out: supported incompatible features
 * @sq_entries_max: out: largest sq_entries
 * @cq_entries_max: out: largest cq_entries
 * @buffers_max: out: most buffers in a pool
 * @segments_max: out: most segments in a request; 0: no segment lists
 * @buffer_bytes_max: out: largest buffer
 * @pool_bytes_max: out: what one user may hold in pools and rings, all together
 * @pool_bytes_used: out: what the calling user holds
 * @name:	out: name of the device
 * @version:	out: version of the driver
 * @pool_kinds:	out: bit per enum dmaring_pool_kind
 * @reserved0:	zero
 * @reserved:	zero
 */
struct dmaring_query {
	__u32 flags;
	__u16 abi_major;
	__u16 abi_minor;
	__u32 channels;
	__u32 operations;
	__aligned_u64 features_compat;
	__aligned_u64 features_incompat;
	__u32 sq_entries_max;
	__u32 cq_entries_max;
	__u32 buffers_max;
	__u32 segments_max;
	__aligned_u64 buffer_bytes_max;
	__aligned_u64 pool_bytes_max;
	__aligned_u64 pool_bytes_used;
	char name[DMARING_NAME_BYTES];
	char version[DMARING_NAME_BYTES];
	__u32 pool_kinds;
	__u32 reserved0;
	__aligned_u64 reserved[3];
};

/**
 * enum dmaring_channel_kind - direction of a channel
 * @DMARING_CHANNEL_SEND:	memory to device
 * @DMARING_CHANNEL_RECEIVE:	device to memory
 * @DMARING_CHANNEL_COPY:	memory to memory
 */
enum dmaring_channel_kind {
	DMARING_CHANNEL_SEND = 1,
	DMARING_CHANNEL_RECEIVE = 2,
	DMARING_CHANNEL_COPY = 3,
};

/**
 * enum dmaring_cyclic_support - can the channel stream cyclically, or why not
 * @DMARING_CYCLIC_YES:		it can
 * @DMARING_CYCLIC_NOT_OFFERED:	the engine has no cyclic mode
 * @DMARING_CYCLIC_NO_POSITION:	the engine's residue is no position
 * @DMARING_CYCLIC_PROVIDER:	the provider is known to keep no position
 * @DMARING_CYCLIC_SHARED:	rings share the channel
 */
enum dmaring_cyclic_support {
	DMARING_CYCLIC_YES = 0,
	DMARING_CYCLIC_NOT_OFFERED = 1,
	DMARING_CYCLIC_NO_POSITION = 2,
	DMARING_CYCLIC_PROVIDER = 3,
	DMARING_CYCLIC_SHARED = 4,
};

/**
 * struct dmaring_channel_info - DMARING_IOC_CHANNEL: one channel
 * @index:	in: 0 .. dmaring_query.channels - 1; else -ENOENT
 * @kind:	out: enum dmaring_channel_kind
 * @flags:	out: DMARING_*
 * @operations:	out: bit per enum dmaring_op
 * @alignment:	out: offsets and lengths must be multiples of this
 * @window:	out: requests handed to the engine at a time
 * @segment_bytes_max: out: longest segment that the engine takes
 * @residue:	out: enum dma_residue_granularity of the engine
 * @holder:	out: process id of the holder; 0: free, or shared
 * @cyclic:	out: enum dmaring_cyclic_support
 * @boundary:	out: no segment crosses a multiple of this; 0: no limit
 * @name:	out: the channel's name ("tx", "rx", "copy")
 * @engine:	out: dmaengine's name of the channel ("dma0chan1")
 * @provider:	out: driver of the DMA controller
 * @mapping_bytes_max: out: what a bounce buffer can hold, if there may be one; 0: no
 *	limit
 * @address_bits: out: bits of the addresses that the controller can reach
 * @reserved0:	zero
 * @reserved:	zero
 */
struct dmaring_channel_info {
	__u32 index;
	__u32 kind;
	__u32 flags;
	__u32 operations;
	__u32 alignment;
	__u32 window;
	__u32 segment_bytes_max;
	__u32 residue;
	__u32 holder;
	__u32 cyclic;
	__aligned_u64 boundary;
	char name[DMARING_NAME_BYTES];
	char engine[DMARING_NAME_BYTES];
	char provider[DMARING_NAME_BYTES];
	__aligned_u64 mapping_bytes_max;
	__u32 address_bits;
	__u32 reserved0;
	__aligned_u64 reserved[2];
};

/**
 * enum dmaring_pool_kind - where the memory of a pool comes from
 * @DMARING_POOL_DEFAULT: cached pages of the kernel, counted, can be pinned
 * @DMARING_POOL_COHERENT: one piece that CPU and device see alike at any time;
 *	uncached where the device does not look into the CPU's caches
 * @DMARING_POOL_WRITE_COMBINING: the same, and where it is uncached the CPU
 *	gathers what it writes; reading is slow there
 * @DMARING_POOL_CMA: one cached piece, large ones out of the kernel's contiguous
 *	memory area (cma=)
 * @DMARING_POOL_RESERVED: one piece of the memory-region of the device's node
 * @DMARING_POOL_USER: memory that the process has already, pinned while the pool
 *	is there; the process sees it where it was, and not by mmap()
 * @DMARING_POOL_DMABUF: a dma-buf of somebody else, who answers for its caches;
 *	the process sees it by mmap() of the dma-buf
 *
 * struct dmaring_query.pool_kinds says which of them a device has. COHERENT to
 * RESERVED are mapped without a count of pages: they cannot be pinned.
 */
enum dmaring_pool_kind {
	DMARING_POOL_DEFAULT = 0,
	DMARING_POOL_COHERENT = 1,
	DMARING_POOL_WRITE_COMBINING = 2,
	DMARING_POOL_CMA = 3,
	DMARING_POOL_RESERVED = 4,
	DMARING_POOL_USER = 5,
	DMARING_POOL_DMABUF = 6,
};

/* dmaring_pool.flags */
#define DMARING_POOL_CONTIGUOUS	(1U << 0)	/* one piece without gaps, for cyclic streams */

/* dmaring_pool.properties */
#define DMARING_MEMORY_PINNABLE	(1U << 0)	/* direct I/O, zero-copy sends */
#define DMARING_MEMORY_CACHED	(1U << 1)	/* the CPU sees it through its caches */
#define DMARING_MEMORY_SYNCED	(1U << 2)	/* each transfer hands it over, which costs */

/**
 * struct dmaring_pool - DMARING_IOC_POOL, and in dmaring_setup: a buffer pool
 * @kind:	in: enum dmaring_pool_kind
 * @flags:	in: DMARING_POOL_*
 * @buffers:	in: number of buffers, 1 .. dmaring_query.buffers_max
 * @index:	out: number of the pool in the ring
 * @buffer_bytes: in: usable bytes of a buffer
 * @stride:	out: bytes from one buffer to the next
 * @bytes:	out: size of the mapping
 * @offset:	out: mmap offset; 0: it cannot be mapped
 * @properties:	out: DMARING_MEMORY_*
 * @fd:		in: DMABUF: the dma-buf; else zero
 * @address:	in: USER: of the memory, a multiple of the page size, as is
 *		@buffers times @buffer_bytes; else zero
 * @reserved:	zero
 */
struct dmaring_pool {
	__u32 kind;
	__u32 flags;
	__u32 buffers;
	__u32 index;
	__aligned_u64 buffer_bytes;
	__aligned_u64 stride;
	__aligned_u64 bytes;
	__aligned_u64 offset;
	__u32 properties;
	__s32 fd;
	__aligned_u64 address;
	__aligned_u64 reserved[2];
};

/**
 * enum dmaring_clock - clock of the time stamps
 * @DMARING_CLOCK_MONOTONIC:	CLOCK_MONOTONIC
 * @DMARING_CLOCK_REALTIME:	CLOCK_REALTIME
 * @DMARING_CLOCK_TAI:		CLOCK_TAI
 */
enum dmaring_clock {
	DMARING_CLOCK_MONOTONIC = 0,
	DMARING_CLOCK_REALTIME = 1,
	DMARING_CLOCK_TAI = 2,
};

/* dmaring_setup.flags */
#define DMARING_SETUP_READ	(1U << 0)	/* completions are taken by read() */
#define DMARING_SETUP_POLLER	(1U << 1)	/* the driver looks for submissions by itself */

/**
 * struct dmaring_setup - DMARING_IOC_SETUP: make the fd a ring
 * @flags:	in: DMARING_SETUP_*
 * @sq_entries:	in: power of two, 2 .. 32768
 * @cq_entries:	in: power of two, at least 2 * sq_entries, at most 65536;
 *		0: twice sq_entries
 * @channels:	in: valid members of @channel; 0: all channels of the device.
 *		out: channels of the ring
 * @channel:	in: indices of the device's channels; entry n becomes channel n
 *		of the ring
 * @clock:	in: enum dmaring_clock
 * @coalesce_us: in: a completion waits at most this long for cq_event;
 *		0: for ever, and the only value with DMARING_SETUP_READ
 * @segment_entries: in: segments to keep in USER; 0: none
 * @reserved0:	zero
 * @features:	in: incompatible features that the user knows
 * @pool:	in, out: first pool; .buffers == 0: none yet
 * @kern_bytes:	out: size of the KERN region
 * @user_bytes:	out: size of the USER region
 * @reserved:	zero
 *
 * Once for an open file, which must be open for reading and writing. The
 * geometry is fixed for good; pools can be added.
 */
struct dmaring_setup {
	__u32 flags;
	__u32 sq_entries;
	__u32 cq_entries;
	__u32 channels;
	__u16 channel[DMARING_CHANNELS_MAX];
	__u32 clock;
	__u32 coalesce_us;
	__u32 segment_entries;
	__u32 reserved0;
	__aligned_u64 features;
	struct dmaring_pool pool;
	__u32 kern_bytes;
	__u32 user_bytes;
	__aligned_u64 reserved[4];
};

/**
 * enum dmaring_eventfd_use - what an eventfd is for
 * @DMARING_EVENTFD_COMPLETION:	signalled when the ring becomes readable
 * @DMARING_EVENTFD_DOORBELL:	a write to it is a doorbell
 */
enum dmaring_eventfd_use {
	DMARING_EVENTFD_COMPLETION = 0,
	DMARING_EVENTFD_DOORBELL = 1,
};

/**
 * struct dmaring_eventfd - DMARING_IOC_EVENTFD: give the ring an eventfd
 * @use:	in: enum dmaring_eventfd_use
 * @fd:		in: the eventfd; -1: take the present one away
 * @reserved:	zero
 */
struct dmaring_eventfd {
	__u32 use;
	__s32 fd;
	__aligned_u64 reserved;
};

/**
 * struct dmaring_abort - DMARING_IOC_ABORT: end everything on a channel
 * @channel:	in: channel of the ring
 * @flags:	in: zero
 *
 * Returns at once; completions with -ECANCELED tell the end. Serves where no
 * submission slot is left; DMARING_OP_ABORT otherwise.
 */
struct dmaring_abort {
	__u32 channel;
	__u32 flags;
};

/**
 * struct dmaring_coalesce - DMARING_IOC_COALESCE: change the time bound
 * @time_us:	in: as dmaring_setup.coalesce_us
 * @flags:	in: zero
 */
struct dmaring_coalesce {
	__u32 time_us;
	__u32 flags;
};

/**
 * enum dmaring_sync_owner - who owns the bytes after a manual sync
 * @DMARING_SYNC_FOR_CPU:	the process
 * @DMARING_SYNC_FOR_DEVICE:	the device
 */
enum dmaring_sync_owner {
	DMARING_SYNC_FOR_CPU = 0,
	DMARING_SYNC_FOR_DEVICE = 1,
};

/**
 * struct dmaring_sync - DMARING_IOC_SYNC: hand a range over by hand
 * @channel:	in: channel whose device the range is shared with
 * @pool:	in: pool of the ring
 * @owner:	in: enum dmaring_sync_owner
 * @direction:	in: enum dmaring_channel_kind of the bytes' way; COPY: both
 * @offset:	in: bytes from the start of the pool
 * @bytes:	in: length, not zero
 *
 * For entries with DMARING_SQE_NO_SYNC whose bytes the CPU touches after all.
 */
struct dmaring_sync {
	__u32 channel;
	__u32 pool;
	__u32 owner;
	__u32 direction;
	__aligned_u64 offset;
	__aligned_u64 bytes;
};

/**
 * struct dmaring_position - DMARING_IOC_POSITION: where a cyclic stream is
 * @channel:	in: channel of the ring
 * @flags:	in: zero
 * @hw_seq:	out: as in struct dmaring_kern_stream, as the next ones
 * @state:	out: enum dmaring_stream_state
 * @stream_flags: out: DMARING_STREAM_*
 * @epoch:	out: changes whenever @hw_seq lost count
 * @residue:	out: bytes to the end of the cycle, as the engine says
 * @overruns:	out: times that the consumer was overtaken
 * @time_ns:	out: when it was sampled
 * @blocks_total: out: blocks done
 * @blocks_lost: out: blocks overwritten before they were read
 * @reserved:	zero
 *
 * Asks the engine and brings the status line up to date. -ENODATA: no cyclic
 * stream is running.
 */
struct dmaring_position {
	__u32 channel;
	__u32 flags;
	__u32 hw_seq;
	__u32 state;
	__u32 stream_flags;
	__u32 epoch;
	__u32 residue;
	__u32 overruns;
	__aligned_u64 time_ns;
	__aligned_u64 blocks_total;
	__aligned_u64 blocks_lost;
	__aligned_u64 reserved;
};

/**
 * struct dmaring_pool_remove - DMARING_IOC_POOL_REMOVE: let go of a pool
 * @index:	in: number of the pool; of kind USER or DMABUF
 * @flags:	in: zero
 *
 * -EBUSY while a request that names the pool has not completed. Its number is
 * then free for another pool.
 */
struct dmaring_pool_remove {
	__u32 index;
	__u32 flags;
};

/**
 * struct dmaring_export - DMARING_IOC_EXPORT: make a dma-buf of a pool
 * @pool:	in: number of the pool; of any kind but USER and DMABUF
 * @flags:	in: zero
 * @offset:	in: where it begins, a multiple of the page size
 * @bytes:	in: a multiple of the page size; 0: to the end of the pool.
 *		out: size of the dma-buf
 * @fd:		out: the dma-buf, with O_CLOEXEC
 * @reserved:	zero
 *
 * It keeps the memory, not the ring. Memory of a device goes with that: processes see
 * zeroes from then on.
 */
struct dmaring_export {
	__u32 pool;
	__u32 flags;
	__aligned_u64 offset;
	__aligned_u64 bytes;
	__s32 fd;
	__u32 reserved;
};

#define DMARING_SYNC_FILE_MS_DEFAULT	1000U
#define DMARING_SYNC_FILE_MS_MAX	10000U

/**
 * struct dmaring_sync_file - DMARING_IOC_SYNC_FILE: a fence for other devices
 * @flags:	in: zero
 * @timeout_ms:	in: up to DMARING_SYNC_FILE_MS_MAX; 0: DMARING_SYNC_FILE_MS_DEFAULT
 * @fd:		out: the sync_file, with O_CLOEXEC
 * @reserved:	zero
 *
 * What was published is taken in, as by a doorbell. The fence is signalled when
 * everything taken in until now has completed: with the error of the first transfer
 * that failed, or with -ETIMEDOUT when @timeout_ms have passed. A cyclic stream
 * completes when it is stopped. -EBUSY: 64 fences of the ring are not signalled.
 *
 * For drivers that take a fence, and, by DMA_BUF_IOCTL_IMPORT_SYNC_FILE, for all
 * who wait for a dma-buf; it can be polled as well.
 */
struct dmaring_sync_file {
	__u32 flags;
	__u32 timeout_ms;
	__s32 fd;
	__u32 reserved;
};

#define DMARING_IOC_TYPE	0xda
#define DMARING_IOC_QUERY	_IOWR(DMARING_IOC_TYPE, 0, struct dmaring_query)
#define DMARING_IOC_CHANNEL	_IOWR(DMARING_IOC_TYPE, 1, struct dmaring_channel_info)
#define DMARING_IOC_SETUP	_IOWR(DMARING_IOC_TYPE, 2, struct dmaring_setup)
#define DMARING_IOC_POOL	_IOWR(DMARING_IOC_TYPE, 3, struct dmaring_pool)
#define DMARING_IOC_EVENTFD	_IOW(DMARING_IOC_TYPE, 4, struct dmaring_eventfd)
#define DMARING_IOC_ABORT	_IOW(DMARING_IOC_TYPE, 5, struct dmaring_abort)
#define DMARING_IOC_COALESCE	_IOW(DMARING_IOC_TYPE, 6, struct dmaring_coalesce)
#define DMARING_IOC_SYNC	_IOW(DMARING_IOC_TYPE, 7, struct dmaring_sync)
#define DMARING_IOC_POSITION	_IOWR(DMARING_IOC_TYPE, 8, struct dmaring_position)
#define DMARING_IOC_POOL_REMOVE	_IOW(DMARING_IOC_TYPE, 9, struct dmaring_pool_remove)
#define DMARING_IOC_EXPORT	_IOWR(DMARING_IOC_TYPE, 10, struct dmaring_export)
#define DMARING_IOC_SYNC_FILE	_IOWR(DMARING_IOC_TYPE, 11, struct dmaring_sync_file)

/* ------------------------------------------------------------------------
 * Buffer devices: memory without channels, for who masters the bus himself.
 * Their nodes take mmap from offset 0, read, write, lseek, and these ioctls:
 * DMARING_IOC_QUERY, DMARING_IOC_SYNC (channel and pool are zero) and
 * DMARING_IOC_BUFFER.
 */

/**
 * enum dmaring_buffer_kind - where the memory of a buffer device comes from
 * @DMARING_BUFFER_PAGES: pages of the kernel, counted: can be pinned (O_DIRECT,
 *			zero-copy sends), and mappings outlive the device
 * @DMARING_BUFFER_CONTIGUOUS: one piece of the DMA allocator, as CMA
 * @DMARING_BUFFER_RESERVED: of the reserved memory that the device tree gives
 */
enum dmaring_buffer_kind {
	DMARING_BUFFER_PAGES = 0,
	DMARING_BUFFER_CONTIGUOUS = 1,
	DMARING_BUFFER_RESERVED = 2,
};

/* dmaring_buffer.flags */
#define DMARING_BUFFER_ADDRESS	(1U << 0)	/* @address may be told to the caller, and is */
#define DMARING_BUFFER_COHERENT	(1U << 1)	/* CPU caches need no maintenance */

/**
 * struct dmaring_buffer - DMARING_IOC_BUFFER: the memory of a buffer device
 * @flags:	out: DMARING_BUFFER_ADDRESS, DMARING_BUFFER_COHERENT
 * @kind:	out: enum dmaring_buffer_kind
 * @bytes:	out: size as asked for; the mapping may end with its last page
 * @address:	out: bus address of the first byte, or zero
 * @address_bits: out: bits that an address of the bus master may have
 * @sync_mode:	out: as the file of this name in sysfs, as the next ones
 * @sync_direction: out: likewise
 * @sync_owner:	out: likewise
 * @sync_offset: out: likewise
 * @sync_size:	out: likewise
 * @name:	out: name of the device
 * @reserved:	zero
 */
struct dmaring_buffer {
	__u32 flags;
	__u32 kind;
	__aligned_u64 bytes;
	__aligned_u64 address;
	__u32 address_bits;
	__u32 sync_mode;
	__u32 sync_direction;
	__u32 sync_owner;
	__aligned_u64 sync_offset;
	__aligned_u64 sync_size;
	char name[DMARING_NAME_BYTES];
	__aligned_u64 reserved[4];
};

/* Numbers from 32 on are those of buffer devices. */
#define DMARING_IOC_BUFFER	_IOWR(DMARING_IOC_TYPE, 32, struct dmaring_buffer)

#endif /* _DMARING_ABI_H */
