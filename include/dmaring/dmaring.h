/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libdmaring: the user's side of a dmaring ring.
 *
 * Habits are those of liburing: every function returns 0 (or a count) or
 * -errno, never prints and never changes errno; the data path is inline and
 * makes no system call unless the driver asked for a doorbell. A program that
 * cannot use inline functions links libdmaring-ffi, which exports them.
 *
 * Names that end in an underscore belong to the library and may change.
 *
 * Threads: the submission side (dmaring_get_sqe(), dmaring_prep_*(),
 * dmaring_submit(), dmaring_pool_add()) and the completion side
 * (dmaring_peek_cqe(), dmaring_wait_*(), dmaring_cqe_seen(),
 * dmaring_cq_advance(), dmaring_wake_after()) are independent: one thread may
 * submit while another completes. Several threads on one side bracket what
 * they do there with dmaring_lock_submission() or dmaring_lock_completion().
 */
#ifndef _DMARING_DMARING_H
#define _DMARING_DMARING_H

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaring/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* libdmaring-ffi defines this to nothing and so exports what is inline here. */
#ifndef DMARING_INLINE
#define DMARING_INLINE static inline
#endif

#define DMARING_VERSION_MAJOR	0
#define DMARING_VERSION_MINOR	1
#define DMARING_VERSION_PATCH	0

/* ------------------------------------------------------------------------
 * Opening and closing
 */

/**
 * struct dmaring_options - what dmaring_open() shall set up
 * @entries:	submission entries, a power of two; 0: 64
 * @cq_entries:	completion entries, a power of two and at least twice @entries;
 *		0: twice @entries
 * @buffers:	buffers of the first pool; 0: no pool yet
 * @flags:	DMARING_SETUP_*
 * @buffer_bytes: bytes of a buffer
 * @channels:	names of the channels to claim, ended by NULL; channel n of the
 *		ring is the n-th name. NULL: all channels of the device
 * @clock:	enum dmaring_clock of the time stamps
 * @coalesce_us: a completion waits at most this long for its batch
 *		(dmaring_wake_after()); 0: for ever
 * @segments:	segments in USER; 0: none. For dmaring_prep_window() and
 *		dmaring_prep_copy_window() at least as many as @entries
 * @pool_kind:	enum dmaring_pool_kind of the first pool
 *
 * Zero is a good value for every member. Members are added at the end only;
 * the library is told the size by dmaring_open().
 */
struct dmaring_options {
	__u32 entries;
	__u32 cq_entries;
	__u32 buffers;
	__u32 flags;
	__aligned_u64 buffer_bytes;
	const char *const *channels;
	__u32 clock;
	__u32 coalesce_us;
	__u32 segments;
	__u32 pool_kind;
};

/**
 * struct dmaring_mapping - one mapped pool
 * @base:	where it is mapped
 * @bytes:	size of the mapping
 * @stride:	bytes from one buffer to the next
 * @buffer_bytes: usable bytes of a buffer
 * @buffers:	number of buffers
 * @stride_shift: log2 of @stride; 0 when that is not a power of two
 */
struct dmaring_mapping {
	unsigned char *base;
	size_t bytes;
	size_t stride;
	size_t buffer_bytes;
	__u32 buffers;
	__u32 stride_shift;
};

/**
 * struct dmaring_channel - one channel of the ring
 * @name:	its name ("rx")
 * @index:	its index in the device
 * @kind:	enum dmaring_channel_kind
 */
struct dmaring_channel {
	char name[DMARING_NAME_BYTES];
	__u32 index;
	__u32 kind;
};

/**
 * struct dmaring - one open ring; the caller allocates it, the library fills it
 * @sq_tail:	submission side: next entry that dmaring_get_sqe() gives
 * @sq_submitted: submission side: entries below this are published
 * @sq_head:	submission side: last seen kern->sq_head
 * @sq_entries:	constant
 * @sq_stride:	constant: bytes from one submission entry to the next
 * @sq_space:	submission side: EPOLLOUT means that many free entries
 * @sq_control:	submission side: a control operation waits for its doorbell
 * @cq_head:	completion side: next entry to consume
 * @cq_tail:	completion side: last seen kern->cq_tail
 * @cq_entries:	constant
 * @cq_stride:	constant: bytes from one completion entry to the next
 * @cq_batch:	completion side: EPOLLIN means that many completions
 * @cq_fenced:	completion side: the @cq_head that a full fence has followed
 * @bell_cq_head: user->cq_head at the last doorbell; atomic, a hint
 * @fence_word:	what a full fence works on where the sanitizer knows no fences
 * @fd:		the ring's file descriptor; -1: not open
 * @kern:	the driver's indices, read-only
 * @user:	our indices
 * @sqes:	first submission entry
 * @cqes:	first completion entry
 * @header:	start of the KERN region
 * @user_region: start of the USER region
 * @kern_bytes:	size of the KERN region
 * @user_bytes:	size of the USER region
 * @channels:	valid members of @channel
 * @pools:	valid members of @pool
 * @channel:	the channels, in the order of the ring
 * @pool:	the pools
 * @submission_lock: for dmaring_lock_submission()
 * @completion_lock: for dmaring_lock_completion()
 * @streams:	the streams on its channels; zero: there are none
 * @flags:	constant: DMARING_SETUP_*
 * @pools_not_mapped: submission side: bit per pool whose memory is not ours to unmap
 * @reserved:	for later members
 *
 * Use the functions; the members are here for the inline ones only.
 */
struct dmaring {
	__u32 sq_tail;
	__u32 sq_submitted;
	__u32 sq_head;
	__u32 sq_entries;
	__u32 sq_stride;
	__u32 sq_space;
	__u32 sq_control;
	__u32 cq_head;
	__u32 cq_tail;
	__u32 cq_entries;
	__u32 cq_stride;
	__u32 cq_batch;
	__u32 cq_fenced;
	__u32 bell_cq_head;
	__u32 fence_word;
	int fd;
	const struct dmaring_kern_control *kern;
	struct dmaring_user_control *user;
	unsigned char *sqes;
	unsigned char *cqes;
	const struct dmaring_header *header;
	void *user_region;
	size_t kern_bytes;
	size_t user_bytes;
	__u32 channels;
	__u32 pools;
	struct dmaring_channel channel[DMARING_CHANNELS_MAX];
	struct dmaring_mapping pool[DMARING_POOLS_MAX];
	pthread_mutex_t submission_lock;
	pthread_mutex_t completion_lock;
	__aligned_u64 streams;
	__u32 flags;
	__u32 pools_not_mapped;
	__aligned_u64 reserved[14];
};

int dmaring_open_sized_(struct dmaring *ring, size_t ring_bytes, const char *device,
			const struct dmaring_options *options, size_t options_bytes);
int dmaring_open_fd_sized_(struct dmaring *ring, size_t ring_bytes, int fd,
			   const struct dmaring_options *options, size_t options_bytes);

/**
 * dmaring_open() - open a device, make it a ring, map it
 * @ring:	to be filled in
 * @device:	name of a device ("adc0"), or a path if it holds a slash
 * @options:	what to set up; NULL: all defaults
 *
 * One call does everything: QUERY, SETUP, and the mappings of the indices and
 * of the first pool. After fork() the child has none of the mappings and must
 * not use @ring; exec() closes the descriptor.
 *
 * Return: 0, or -ENOENT: no such device; -ECHRNG: it has no channel of that
 * name; -EACCES: no permission; -EBUSY: a channel is held by another ring;
 * -EINVAL: bad @options; -E2BIG: @options of a newer library; -EOPNOTSUPP: the
 * device has no pools of that kind; -EPERM: the
 * administrator does not allow DMARING_SETUP_POLLER; -EDQUOT: the pool
 * passes the limit of the user; -ENOMEM; -ENODEV: the device is gone;
 * -EPROTONOSUPPORT: the driver speaks an ABI that the library does not know;
 * -ENOTTY: not a dmaring device.
 * dmaring_explain_error() makes a sentence of it.
 */
DMARING_INLINE int dmaring_open(struct dmaring *ring, const char *device,
				const struct dmaring_options *options)
{
	return dmaring_open_sized_(ring, sizeof(*ring), device, options, sizeof(*options));
}

/**
 * dmaring_open_fd() - make a ring of a device that is open already
 * @ring:	to be filled in
 * @fd:		the device, open for reading and writing; dmaring_close()
 *		closes it, but it stays open when this fails
 * @options:	what to set up; NULL: all defaults
 *
 * Return: as dmaring_open(); also -EALREADY: @fd is a ring already;
 * -EBADF: @fd is not open for reading and writing.
 */
DMARING_INLINE int dmaring_open_fd(struct dmaring *ring, int fd,
				   const struct dmaring_options *options)
{
	return dmaring_open_fd_sized_(ring, sizeof(*ring), fd, options, sizeof(*options));
}

/**
 * dmaring_close() - end everything in flight, unmap and close
 * @ring:	from dmaring_open(); a closed one, or one that failed to open, is
 *		left alone
 */
void dmaring_close(struct dmaring *ring);

/**
 * dmaring_pool_add() - add a buffer pool to an open ring
 * @ring:	the ring
 * @buffers:	number of buffers
 * @buffer_bytes: bytes of a buffer
 *
 * Belongs to the submission side.
 *
 * Return: number of the pool, or -ENOSPC: there are DMARING_POOLS_MAX;
 * -EINVAL; -EDQUOT: the limit of the user; -ENOMEM; -ENODEV.
 */
int dmaring_pool_add(struct dmaring *ring, unsigned int buffers, size_t buffer_bytes);

/**
 * dmaring_pool_add_contiguous() - add a buffer pool that is one piece
 * @ring:	the ring
 * @buffers:	number of buffers
 * @buffer_bytes: bytes of a buffer; a multiple of the page size, or of
 *		DMARING_LINE_BYTES if it is less than that: there are no gaps
 *
 * For cyclic streams. Belongs to the submission side.
 *
 * Return: number of the pool, or -EINVAL: too large for one piece, too; others
 * as dmaring_pool_add().
 */
int dmaring_pool_add_contiguous(struct dmaring *ring, unsigned int buffers, size_t buffer_bytes);

/**
 * dmaring_pool_add_kind() - add a buffer pool of some kind of memory
 * @ring:	the ring
 * @kind:	where its memory comes from
 * @flags:	DMARING_POOL_*
 * @buffers:	number of buffers
 * @buffer_bytes: bytes of a buffer
 *
 * struct dmaring_query.pool_kinds says what a device has; docs/memory.md which
 * to choose. Belongs to the submission side.
 *
 * Return: number of the pool, or -EOPNOTSUPP: the device has no pools of that
 * kind; others as dmaring_pool_add().
 */
int dmaring_pool_add_kind(struct dmaring *ring, enum dmaring_pool_kind kind, unsigned int flags,
			  unsigned int buffers, size_t buffer_bytes);

/**
 * dmaring_pool_add_user() - make a buffer pool of memory that the process has
 * @ring:	the ring
 * @memory:	its start, at a page; malloc'ed, huge pages, a file's: anything that
 *		is there to be written and stays there
 * @buffers:	number of buffers
 * @buffer_bytes: bytes of a buffer, a multiple of DMARING_LINE_BYTES (and of the
 *		cache line); all buffers together are whole pages
 *
 * The pages are pinned until dmaring_pool_remove() or dmaring_close(), and count
 * against RLIMIT_MEMLOCK. Huge pages make few large pieces of it. Where the device
 * does not look into the CPU's caches a buffer is the device's, as always, from
 * submission to completion. Belongs to the submission side.
 *
 * Return: number of the pool, or -EDQUOT: more than RLIMIT_MEMLOCK allows;
 * -EFAULT: it is not all there to be written; -EINVAL: not whole pages; others
 * as dmaring_pool_add().
 */
int dmaring_pool_add_user(struct dmaring *ring, void *memory, unsigned int buffers,
			  size_t buffer_bytes);

/**
 * dmaring_pool_add_dmabuf() - make a buffer pool of a dma-buf
 * @ring:	the ring
 * @fd:		the dma-buf; the ring keeps it, and the descriptor may be closed
 * @buffers:	number of buffers
 * @buffer_bytes: as with dmaring_pool_add_user(); no more in all than the dma-buf has
 *
 * It is mapped into the process as well, so that its buffers have addresses. Who looks at
 * them with the CPU brackets that with DMA_BUF_IOCTL_SYNC on the dma-buf: its
 * exporter answers for caches, and the driver never does. Belongs to the
 * submission side.
 *
 * Return: number of the pool, or -EBADF, -EINVAL: no dma-buf, too small, or not made of
 * pages; -EOPNOTSUPP: the device would need a bounce buffer; what the exporter
 * says; others as dmaring_pool_add().
 */
int dmaring_pool_add_dmabuf(struct dmaring *ring, int fd, unsigned int buffers,
			    size_t buffer_bytes);

/**
 * dmaring_pool_export() - make a dma-buf of a pool, or of pages of it
 * @ring:	the ring
 * @pool:	number of a pool of any kind but DMARING_POOL_USER and DMARING_POOL_DMABUF
 * @offset:	where it begins, a multiple of the page size
 * @bytes:	a multiple of the page size; 0: to the end of the pool
 *
 * The dma-buf keeps the memory, whatever becomes of the ring. Where it is of another
 * kind than DMARING_POOL_DEFAULT, it goes with the device: processes see zeroes.
 *
 * Return: a descriptor with O_CLOEXEC, or -EINVAL, -EMFILE, -ENODEV, -ENOENT, -ENOMEM;
 * -EOPNOTSUPP: the pool is of a kind that cannot be exported.
 */
int dmaring_pool_export(struct dmaring *ring, unsigned int pool, size_t offset, size_t bytes);

/**
 * dmaring_sync_file() - a fence for other devices, of what was submitted
 * @ring:	the ring
 * @timeout_ms:	milliseconds up to DMARING_SYNC_FILE_MS_MAX; 0: one second
 *
 * Takes in what was submitted, as dmaring_ring_doorbell() does. The sync_file can be
 * polled (POLLIN), given to a driver that takes one, or put into a dma-buf
 * (DMA_BUF_IOCTL_IMPORT_SYNC_FILE) for all who wait for that. It is signalled
 * when everything that was taken in has completed: with the error of the first
 * transfer that failed, or -ETIMEDOUT after @timeout_ms. Belongs to the submission
 * side.
 *
 * Return: a descriptor with O_CLOEXEC, or -EBUSY: too many are not signalled;
 * -EINVAL, -EMFILE, -ENODEV, -ENOMEM; -EOPNOTSUPP: a kernel without them.
 */
int dmaring_sync_file(struct dmaring *ring, unsigned int timeout_ms);

/**
 * dmaring_pool_remove() - let go of a pool of a process's memory, or of a dma-buf
 * @ring:	the ring
 * @pool:	its number, which another pool may get then
 *
 * Belongs to the submission side.
 *
 * Return: 0, or -EBUSY: a request that names it has not completed; -ENOENT: no
 * such pool; -EOPNOTSUPP: the pool is of another kind; -ENODEV.
 */
int dmaring_pool_remove(struct dmaring *ring, unsigned int pool);

/**
 * dmaring_fd() - file descriptor for poll, epoll and io_uring
 * @ring:	the ring
 *
 * EPOLLIN: completions are ready (dmaring_wake_after()); EPOLLOUT: submission
 * entries are free; EPOLLERR: the ring is broken; EPOLLHUP: the device is gone.
 *
 * Return: the descriptor; it belongs to the ring.
 */
DMARING_INLINE int dmaring_fd(const struct dmaring *ring)
{
	return ring->fd;
}

/**
 * dmaring_channel() - index of a channel of the ring
 * @ring:	the ring
 * @name:	name of the channel ("rx")
 *
 * Return: the index that dmaring_prep_*() take, or -ENOENT.
 */
int dmaring_channel(const struct dmaring *ring, const char *name);

/**
 * dmaring_channel_of() - first channel of a kind
 * @ring:	the ring
 * @kind:	the kind wanted
 *
 * Return: the index that dmaring_prep_*() take, or -ENOENT.
 */
int dmaring_channel_of(const struct dmaring *ring, enum dmaring_channel_kind kind);

/**
 * dmaring_lock_submission() - keep other threads off the submission side
 * @ring:	the ring
 *
 * Hold it from dmaring_get_sqe() to dmaring_submit(), so that nobody publishes
 * a half-filled entry.
 */
void dmaring_lock_submission(struct dmaring *ring);

/**
 * dmaring_unlock_submission() - let other threads submit
 * @ring:	the ring
 */
void dmaring_unlock_submission(struct dmaring *ring);

/**
 * dmaring_lock_completion() - keep other threads off the completion side
 * @ring:	the ring
 *
 * Hold it from dmaring_peek_cqe() to dmaring_cqe_seen(). Do not hold it while
 * waiting if others are to take completions meanwhile: wait in epoll.
 */
void dmaring_lock_completion(struct dmaring *ring);

/**
 * dmaring_unlock_completion() - let other threads take completions
 * @ring:	the ring
 */
void dmaring_unlock_completion(struct dmaring *ring);

/* ------------------------------------------------------------------------
 * Devices
 */

/**
 * dmaring_list_devices() - names of the devices present
 * @names:	filled in, sorted; may be NULL if @max is 0
 * @max:	room in @names
 *
 * Return: number of devices, which may be more than @max, or -ENOENT: the
 * driver is not loaded.
 */
int dmaring_list_devices(char (*names)[DMARING_NAME_BYTES], unsigned int max);

/**
 * dmaring_query_device() - limits and abilities of a device
 * @device:	name or path
 * @query:	filled in
 *
 * Return: 0, or -ENOENT, -EACCES, -ENODEV, -ENOTTY.
 */
int dmaring_query_device(const char *device, struct dmaring_query *query);

/**
 * dmaring_query_channel() - limits and abilities of a channel of a device
 * @device:	name or path
 * @index:	0 .. dmaring_query.channels - 1
 * @info:	filled in
 *
 * Return: 0, or -ENOENT: no such device or channel; -EACCES, -ENODEV, -ENOTTY.
 */
int dmaring_query_channel(const char *device, unsigned int index,
			  struct dmaring_channel_info *info);

/**
 * dmaring_query_buffer() - the memory of a buffer device
 * @device:	name or path
 * @buffer:	filled in; .address only for who may know it
 *
 * Such a device (DMARING_BUFFER in dmaring_query.flags) is memory and nothing
 * else: open, map, read and write its node.
 *
 * Return: 0, or -ENOENT, -EACCES, -ENODEV; -ENOTTY: it has channels, or is no
 * device at all.
 */
int dmaring_query_buffer(const char *device, struct dmaring_buffer *buffer);

/**
 * dmaring_ring_query() - dmaring_query_device() of an open ring
 * @ring:	the ring
 * @query:	filled in
 *
 * Return: 0, or -ENODEV.
 */
int dmaring_ring_query(const struct dmaring *ring, struct dmaring_query *query);

/**
 * dmaring_ring_channel() - dmaring_query_channel() of an open ring
 * @ring:	the ring
 * @channel:	channel of the ring (not of the device)
 * @info:	filled in
 *
 * Return: 0, or -ENOENT, -ENODEV.
 */
int dmaring_ring_channel(const struct dmaring *ring, unsigned int channel,
			 struct dmaring_channel_info *info);

/**
 * dmaring_version() - version of the library that runs
 *
 * Return: "MAJOR.MINOR.PATCH"
 */
const char *dmaring_version(void);

/**
 * dmaring_explain_error() - a sentence: why it failed and what to try
 * @err:	-errno or errno
 * @what:	what was tried ("open")
 * @name:	on what: name or path of a device; NULL: on none
 * @buf:	gets "WHAT NAME: REASON (HINT)", always ended
 * @size:	room in @buf
 *
 * Looks at the system to tell the likely cause: whether the module is loaded,
 * which devices there are, who may open the node, who holds the channel.
 *
 * Return: length of the whole text, as snprintf().
 */
int dmaring_explain_error(int err, const char *what, const char *name, char *buf, size_t size);

/* ------------------------------------------------------------------------
 * Less often
 */

/**
 * dmaring_register_eventfd() - signal an eventfd when the ring becomes readable
 * @ring:	the ring
 * @eventfd:	the eventfd
 *
 * A hint: look at the ring after each signal; counts are not one to one.
 *
 * Return: 0, or -EBUSY: there is one; -EINVAL: not an eventfd; -EBADF; -ENODEV.
 */
int dmaring_register_eventfd(struct dmaring *ring, int eventfd);

/**
 * dmaring_unregister_eventfd() - take the eventfd away again
 * @ring:	the ring
 *
 * Return: 0, or -ENOENT: there is none; -ENODEV.
 */
int dmaring_unregister_eventfd(struct dmaring *ring);

/**
 * dmaring_register_doorbell_eventfd() - let an eventfd be a doorbell
 * @ring:	the ring
 * @eventfd:	the eventfd; a write to it makes the driver look at the ring
 *
 * dmaring_submit() keeps writing to the ring's descriptor; the eventfd is for
 * whoever has only that (another process, an IORING_OP_WRITE). The driver does
 * not read its counter.
 *
 * Return: 0, or -EBUSY: there is one; -EINVAL: not an eventfd; -EBADF; -ENODEV.
 */
int dmaring_register_doorbell_eventfd(struct dmaring *ring, int eventfd);

/**
 * dmaring_unregister_doorbell_eventfd() - take the doorbell eventfd away again
 * @ring:	the ring
 *
 * Return: 0, or -ENOENT: there is none; -ENODEV.
 */
int dmaring_unregister_doorbell_eventfd(struct dmaring *ring);

/**
 * dmaring_eventfd_enable() - suppress the signals of the completion eventfd
 * @ring:	the ring
 * @enable:	0: no signals; else: signals again
 *
 * No system call. Belongs to the completion side.
 *
 * Return: completions ready now; no signal need come for those.
 */
int dmaring_eventfd_enable(struct dmaring *ring, int enable);

/**
 * dmaring_abort() - end everything on a channel, without a submission entry
 * @ring:	the ring
 * @channel:	the channel
 *
 * Returns at once; completions with -ECANCELED tell the end.
 *
 * Return: 0, or -ENOENT: no such channel; -ENODEV.
 */
int dmaring_abort(struct dmaring *ring, unsigned int channel);

/**
 * dmaring_cyclic_position() - ask the engine where a cyclic stream is
 * @ring:	the ring
 * @channel:	the channel
 * @position:	filled in
 *
 * The status line is brought up to date, too. Does not wait for the hardware.
 *
 * Return: 0, or -ENODATA: no stream runs; -ENOENT: no such channel; -ENODEV.
 */
int dmaring_cyclic_position(struct dmaring *ring, unsigned int channel,
			    struct dmaring_position *position);

/**
 * dmaring_coalesce() - change how long a completion may wait for its batch
 * @ring:	the ring
 * @time_us:	microseconds, at most 60 s; 0: for ever
 *
 * Return: 0, or -EINVAL; -ENODEV.
 */
int dmaring_coalesce(struct dmaring *ring, unsigned int time_us);

/**
 * dmaring_sync_for_cpu() - make the CPU see what the device wrote
 * @ring:	the ring
 * @channel:	channel whose device it was
 * @direction:	which way the bytes go: the kind of the channel
 * @data:	start of the range, inside one buffer
 * @bytes:	length of the range
 *
 * Only for entries with DMARING_SQE_NO_SYNC: the driver does it for the others.
 *
 * Return: 0, or -EINVAL: the range is not inside one buffer, or @direction;
 * -ENOENT: no such channel; -ENODEV.
 */
int dmaring_sync_for_cpu(struct dmaring *ring, unsigned int channel,
			 enum dmaring_channel_kind direction, const void *data, size_t bytes);

/**
 * dmaring_sync_for_device() - make the device see what the CPU wrote
 * @ring:	the ring
 * @channel:	channel whose device it is
 * @direction:	which way the bytes go: the kind of the channel
 * @data:	start of the range, inside one buffer
 * @bytes:	length of the range
 *
 * Only for entries with DMARING_SQE_NO_SYNC: the driver does it for the others.
 *
 * Return: as dmaring_sync_for_cpu().
 */
int dmaring_sync_for_device(struct dmaring *ring, unsigned int channel,
			    enum dmaring_channel_kind direction, const void *data, size_t bytes);

#include <dmaring/ring.h>
#include <dmaring/window.h>
#include <dmaring/cyclic.h>
#include <dmaring/stream.h>

#ifdef __cplusplus
}
#endif

#endif /* _DMARING_DMARING_H */
