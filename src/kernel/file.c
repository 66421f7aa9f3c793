// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls on a node: open, ioctl, mmap, poll, doorbells, close.
 *
 * Everything here runs in process context for a caller who is not trusted.
 * Structures are copied in once, checked, and copied out.
 */
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include "ring.h"
#include "stream.h"
#include "trace.h"

/* The ring of a file, if it has been set up. */
static struct dmaring_ring *file_ring(struct file *file)
{
	struct dmaring_ring *ring = file->private_data;

	/* V: pairs with U in SETUP. */
	return smp_load_acquire(&ring->active) ? ring : NULL;
}

static int file_open(struct inode *inode, struct file *file)
{
	struct dmaring_device *device =
		container_of(inode->i_cdev, struct dmaring_device, cdev);
	struct dmaring_ring *ring;

	if (READ_ONCE(device->gone))
		return -ENODEV;
	ring = dmaring_ring_create(device);
	if (!ring)
		return -ENOMEM;
	file->private_data = ring;
	/* The node's own is shared by all who have it open. */
	ring->mapping.host = inode;
	ring->mapping.a_ops = &empty_aops;
	file->f_mapping = &ring->mapping;
	/* Nothing here sleeps for a transfer: io_uring need not hand it to a worker. */
	file->f_mode |= FMODE_NOWAIT;
	/* Pools are mapped from 4 GiB on, which 32 bits allow no other file. */
	file->f_mode |= DMARING_FMODE_UNSIGNED_OFFSETS;
	return stream_open(inode, file);
}

static int file_release(struct inode *inode, struct file *file)
{
	struct dmaring_ring *ring = file->private_data;

	/* No mapping is left; the ring goes before the file does. */
	file->f_mapping = inode->i_mapping;
	dmaring_ring_close(ring);
	return 0;
}

static ssize_t file_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct dmaring_ring *ring = file_ring(iocb->ki_filp);
	struct dmaring_doorbell doorbell;

	if (!ring)
		return dmaring_stream_write(iocb->ki_filp->private_data, iocb, from);
	if (iov_iter_count(from) != sizeof(doorbell))
		return -EINVAL;
	if (!copy_from_iter_full(&doorbell, sizeof(doorbell), from))
		return -EFAULT;
	if (doorbell.magic != DMARING_DOORBELL_MAGIC || doorbell.flags)
		return -EINVAL;
	atomic64_inc(&ring->device->counters.doorbells);
	dmaring_ring_drain(ring);
	if (ring->flags & DMARING_SETUP_POLLER)
		dmaring_poller_wake(ring);
	if (READ_ONCE(ring->dead))
		return -ENODEV;
	if (READ_ONCE(ring->broken))
		return -EIO;
	return sizeof(doorbell);
}

static ssize_t file_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct dmaring_ring *ring = file_ring(iocb->ki_filp);

	if (!ring)
		return dmaring_stream_read(iocb->ki_filp->private_data, iocb, to);
	if (!(ring->flags & DMARING_SETUP_READ))
		return -EINVAL;
	return dmaring_reader_read(ring, iocb, to);
}

static int file_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return dmaring_stream_drain(file->private_data, false);
}

/* Each close(): "cat file > device" must not lose its end. */
static int file_flush(struct file *file, fl_owner_t id)
{
	return dmaring_stream_drain(file->private_data, true);
}

static __poll_t file_poll(struct file *file, poll_table *table)
{
	struct dmaring_ring *ring = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &ring->wait, table);	/* N */
	/*
	 * T: joining the queue before the look at the indices, on kernels whose
	 * poll_wait() does not see to it; pairs with M and S.
	 */
	smp_mb();
	if (!file_ring(file)) {
		events = dmaring_stream_poll(ring);
		if (!(file->f_mode & FMODE_READ))
			events &= ~(EPOLLIN | EPOLLRDNORM);
		if (!(file->f_mode & FMODE_WRITE))
			events &= ~(EPOLLOUT | EPOLLWRNORM);
		return events;
	}
	if (dmaring_ring_readable(ring))
		events |= EPOLLIN | EPOLLRDNORM;
	/* Not before the last completion is there: it may be read up to then. */
	if (READ_ONCE(ring->gone))
		return events | EPOLLHUP;
	if (READ_ONCE(ring->broken))
		return events | EPOLLERR;
	if (dmaring_ring_writable(ring))
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct dmaring_ring *ring = file_ring(file);
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	struct dmaring_memory *memory = NULL;
	unsigned int pool;

	if (!ring)
		return -ENOTCONN;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (offset == DMARING_OFFSET_KERN) {
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		/* Else mprotect() could still make it writable. */
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	/* Fixed in place, in no core dump, not inherited: the ring is the opener's. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY);
	if (offset == DMARING_OFFSET_KERN)
		return dmaring_region_mmap(&ring->kern, vma);
	if (offset == DMARING_OFFSET_USER)
		return dmaring_region_mmap(&ring->user, vma);
	spin_lock_irq(&ring->sq_lock);
	for (pool = 0; pool < ring->geometry.pools; pool++) {
		/* One that is just being made may still be undone. */
		if (offset == DMARING_OFFSET_POOL(pool) && ring->geometry.pool[pool].buffers)
			memory = ring->memory[pool];
	}
	/* What may go before the ring does is not for mapping, nor for a look at it. */
	if (memory && dmaring_memory_removable(memory))
		memory = NULL;
	spin_unlock_irq(&ring->sq_lock);
	return memory ? dmaring_memory_mmap(memory, vma) : -EINVAL;
}

static long ioctl_query(struct dmaring_ring *ring, struct dmaring_query *query)
{
	struct dmaring_device *device = ring->device;
	unsigned int i;

	memset(query, 0, sizeof(*query));
	query->abi_major = DMARING_ABI_MAJOR;
	query->abi_minor = DMARING_ABI_MINOR;
	query->channels = device->channels;
	if (device->simulated)
		query->flags |= DMARING_SIMULATED;
	for (i = 0; i < device->channels; i++) {
		query->flags |= device->channel[i]->flags & DMARING_SHARED;
		query->operations |= device->channel[i]->geometry.operations;
	}
	query->sq_entries_max = DMARING_SQ_ENTRIES_MAX;
	query->cq_entries_max = DMARING_CQ_ENTRIES_MAX;
	query->buffers_max = DMARING_BUFFERS_MAX;
	query->segments_max = DMARING_SEGMENTS_MAX;
	query->buffer_bytes_max = DMARING_BUFFER_BYTES_MAX;
	query->pool_bytes_max = dmaring_account_limit();
	query->pool_bytes_used = dmaring_account_used(current_euid());
	query->pool_kinds = dmaring_device_pool_kinds(device);
	strscpy(query->name, device->name, sizeof(query->name));
	strscpy(query->version, DMARING_VERSION, sizeof(query->version));
	return 0;
}

static long ioctl_channel(struct dmaring_ring *ring,
			  struct dmaring_channel_info *info)
{
	struct dmaring_device *device = ring->device;
	const struct dmaring_channel *channel;
	u32 index = info->index;

	if (index >= device->channels)
		return -ENOENT;
	memset(info, 0, sizeof(*info));
	info->index = index;
	mutex_lock(&device->lock);
	if (device->gone) {
		mutex_unlock(&device->lock);
		return -ENODEV;
	}
	channel = device->channel[array_index_nospec(index, device->channels)];
	info->kind = channel->kind;
	info->flags = channel->flags;
	info->operations = channel->geometry.operations;
	info->alignment = channel->geometry.alignment;
	info->window = channel->window;
	info->segment_bytes_max = channel->segment_bytes_max;
	info->residue = channel->residue;
	info->holder = channel->owner_pid;
	info->cyclic = channel->cyclic_support;
	info->boundary = channel->boundary_mask + 1;
	if (info->boundary > U32_MAX)
		info->boundary = 0;
	info->mapping_bytes_max = dma_max_mapping_size(channel->dma_dev);
	if (info->mapping_bytes_max == SIZE_MAX)
		info->mapping_bytes_max = 0;
	info->address_bits = fls64(dma_get_mask(channel->dma_dev));
	strscpy(info->name, channel->name, sizeof(info->name));
	strscpy(info->engine, dma_chan_name(channel->dma), sizeof(info->engine));
	strscpy(info->provider, dev_driver_string(channel->dma->device->dev),
		sizeof(info->provider));
	mutex_unlock(&device->lock);
	return 0;
}

static long ioctl_eventfd(struct dmaring_ring *ring,
			  const struct dmaring_eventfd *eventfd)
{
	if (eventfd->reserved || eventfd->fd < -1)
		return eventfd->reserved ? -EINVAL : -EBADF;
	switch (eventfd->use) {
	case DMARING_EVENTFD_COMPLETION:
		return eventfd->fd < 0 ? dmaring_eventfd_clear(ring) :
					 dmaring_eventfd_set(ring, eventfd->fd);
	case DMARING_EVENTFD_DOORBELL:
		return eventfd->fd < 0 ? dmaring_doorbell_clear(ring) :
					 dmaring_doorbell_set(ring, eventfd->fd);
	default:
		return -EINVAL;
	}
}

static long ioctl_abort(struct dmaring_ring *ring, const struct dmaring_abort *abort)
{
	struct dmaring_queue *queue;
	LIST_HEAD(done);

	if (abort->flags)
		return -EINVAL;
	if (abort->channel >= ring->geometry.channels)
		return -ENOENT;
	queue = &ring->queue[array_index_nospec(abort->channel, ring->geometry.channels)];
	dmaring_queue_abort(queue, NULL, &done);
	dmaring_requests_finish(&done);
	dmaring_ring_drain(ring);
	return 0;
}

static long ioctl_coalesce(struct dmaring_ring *ring,
			   const struct dmaring_coalesce *coalesce)
{
	if (coalesce->flags || coalesce->time_us > DMARING_COALESCE_US_MAX)
		return -EINVAL;
	if (ring->flags & DMARING_SETUP_READ)
		return -EOPNOTSUPP;
	dmaring_ring_set_coalesce(ring, coalesce->time_us);
	return 0;
}

static long ioctl_sync(struct dmaring_ring *ring, const struct dmaring_sync *sync)
{
	static const enum dma_data_direction directions[] = {
		[DMARING_CHANNEL_SEND] = DMA_TO_DEVICE,
		[DMARING_CHANNEL_RECEIVE] = DMA_FROM_DEVICE,
		[DMARING_CHANNEL_COPY] = DMA_BIDIRECTIONAL,
	};
	struct dmaring_memory *memory;
	struct dmaring_queue *queue;
	u32 direction;
	long ret = 0;

	if (sync->channel >= ring->geometry.channels ||
	    sync->pool >= ring->geometry.pools)
		return -ENOENT;
	if (sync->owner > DMARING_SYNC_FOR_DEVICE ||
	    sync->direction < DMARING_CHANNEL_SEND ||
	    sync->direction > DMARING_CHANNEL_COPY)
		return -EINVAL;
	memory = ring->memory[array_index_nospec(sync->pool, ring->geometry.pools)];
	if (!memory)
		return -ENOENT;
	queue = &ring->queue[array_index_nospec(sync->channel, ring->geometry.channels)];
	if (!sync->bytes || sync->bytes > memory->bytes ||
	    sync->offset > memory->bytes - sync->bytes)
		return -EINVAL;
	direction = array_index_nospec(sync->direction, ARRAY_SIZE(directions));
	mutex_lock(&ring->device->lock);
	if (ring->device->gone)
		ret = -ENODEV;
	else
		dmaring_memory_sync(memory, queue->map, sync->offset, sync->bytes,
				    directions[direction],
				    sync->owner == DMARING_SYNC_FOR_CPU);
	mutex_unlock(&ring->device->lock);
	return ret;
}

static long ioctl_position(struct dmaring_ring *ring, struct dmaring_position *position)
{
	if (position->flags ||
	    memchr_inv(&position->hw_seq, 0, sizeof(*position) -
		       offsetof(struct dmaring_position, hw_seq)))
		return -EINVAL;
	if (position->channel >= ring->geometry.channels)
		return -ENOENT;
	return dmaring_cyclic_position(&ring->queue[array_index_nospec(position->channel,
								      ring->geometry.channels)],
				       position);
}

/* One ioctl: what it takes, whether it gives back, what it asks of the ring. */
union ioctl_argument {
	struct dmaring_query query;
	struct dmaring_channel_info channel;
	struct dmaring_setup setup;
	struct dmaring_pool pool;
	struct dmaring_eventfd eventfd;
	struct dmaring_abort abort;
	struct dmaring_coalesce coalesce;
	struct dmaring_sync sync;
	struct dmaring_position position;
	struct dmaring_pool_remove remove;
	struct dmaring_export export;
	struct dmaring_sync_file sync_file;
};

static bool ioctl_is_zero(const void *bytes, size_t size)
{
	return !memchr_inv(bytes, 0, size);
}

/* Input of the two that may be called at any time. */
static long ioctl_info(struct dmaring_ring *ring, unsigned int nr,
		       union ioctl_argument *argument)
{
	if (nr == _IOC_NR(DMARING_IOC_QUERY)) {
		if (!ioctl_is_zero(&argument->query, sizeof(argument->query)))
			return -EINVAL;
		return ioctl_query(ring, &argument->query);
	}
	if (!ioctl_is_zero(&argument->channel.kind,
			   sizeof(argument->channel) - sizeof(argument->channel.index)))
		return -EINVAL;
	return ioctl_channel(ring, &argument->channel);
}

/* Everything else: the ring's set-up, one at a time. */
static long ioctl_ring(struct file *file, struct dmaring_ring *ring,
		       unsigned int nr, union ioctl_argument *argument)
{
	lockdep_assert_held(&ring->setup_lock);
	if (nr == _IOC_NR(DMARING_IOC_SETUP)) {
		if ((file->f_mode & (FMODE_READ | FMODE_WRITE)) !=
		    (FMODE_READ | FMODE_WRITE))
			return -EBADF;
		if (ring->active)
			return -EALREADY;
		return dmaring_ring_setup(ring, &argument->setup);
	}
	if (!ring->active)
		return -ENOTCONN;
	switch (nr) {
	case _IOC_NR(DMARING_IOC_POOL):
		return dmaring_ring_add_pool(ring, &argument->pool);
	case _IOC_NR(DMARING_IOC_EVENTFD):
		return ioctl_eventfd(ring, &argument->eventfd);
	case _IOC_NR(DMARING_IOC_ABORT):
		return ioctl_abort(ring, &argument->abort);
	case _IOC_NR(DMARING_IOC_COALESCE):
		return ioctl_coalesce(ring, &argument->coalesce);
	case _IOC_NR(DMARING_IOC_POOL_REMOVE):
		return dmaring_ring_remove_pool(ring, &argument->remove);
	case _IOC_NR(DMARING_IOC_EXPORT):
		return dmaring_ring_export(ring, &argument->export);
	case _IOC_NR(DMARING_IOC_SYNC_FILE):
		return dmaring_ring_sync_file(ring, &argument->sync_file);
	case _IOC_NR(DMARING_IOC_POSITION):
		return ioctl_position(ring, &argument->position);
	default:
		return ioctl_sync(ring, &argument->sync);
	}
}

/*
 * The answer goes out before what was made counts: who is not told of it does
 * not have it. Under setup_lock, which is the ring's own: a user may make this
 * wait as long as he likes, and waits alone.
 */
static long ioctl_answer(struct dmaring_ring *ring, unsigned int command,
			 void __user *user, const union ioctl_argument *argument)
{
	bool told = true;

	if (_IOC_DIR(command) & _IOC_READ)
		told = !copy_to_user(user, argument, _IOC_SIZE(command));
	if (command == DMARING_IOC_SETUP)
		dmaring_ring_settle(ring, told);
	else if (command == DMARING_IOC_POOL)
		dmaring_ring_settle_pool(ring, told);
	else if (command == DMARING_IOC_EXPORT)
		dmaring_ring_settle_file(ring, argument->export.fd, told);
	else if (command == DMARING_IOC_SYNC_FILE)
		dmaring_ring_settle_file(ring, argument->sync_file.fd, told);
	return told ? 0 : -EFAULT;
}

static long file_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	static const unsigned int commands[] = {
		DMARING_IOC_QUERY, DMARING_IOC_CHANNEL, DMARING_IOC_SETUP,
		DMARING_IOC_POOL, DMARING_IOC_EVENTFD, DMARING_IOC_ABORT,
		DMARING_IOC_COALESCE, DMARING_IOC_SYNC, DMARING_IOC_POSITION,
		DMARING_IOC_POOL_REMOVE, DMARING_IOC_EXPORT, DMARING_IOC_SYNC_FILE,
	};
	struct dmaring_ring *ring = file->private_data;
	unsigned int nr = _IOC_NR(command), known, size = _IOC_SIZE(command);
	void __user *user = (void __user *)arg;
	union ioctl_argument argument;
	long ret;

	if (_IOC_TYPE(command) != DMARING_IOC_TYPE || nr >= ARRAY_SIZE(commands))
		return -ENOTTY;
	nr = array_index_nospec(nr, ARRAY_SIZE(commands));
	known = commands[nr];
	if (_IOC_DIR(command) != _IOC_DIR(known))
		return -ENOTTY;
	/* The structures may grow at the end, never shrink. */
	if (size < _IOC_SIZE(known))
		return -EINVAL;
	memset(&argument, 0, sizeof(argument));
	ret = copy_struct_from_user(&argument, _IOC_SIZE(known), user, size);
	if (ret)
		return ret;
	if (READ_ONCE(ring->device->gone))
		return -ENODEV;
	if (nr <= _IOC_NR(DMARING_IOC_CHANNEL)) {
		ret = ioctl_info(ring, nr, &argument);
		return ret ?: ioctl_answer(ring, known, user, &argument);
	}
	if (mutex_lock_killable(&ring->setup_lock))
		return -EINTR;
	ret = ioctl_ring(file, ring, nr, &argument);
	if (!ret)
		ret = ioctl_answer(ring, known, user, &argument);
	mutex_unlock(&ring->setup_lock);
	return ret;
}

static void show_pool(struct seq_file *seq, const struct dmaring_memory *memory)
{
	seq_printf(seq, "dmaring-pool:\t%s %llu bytes, %u buffers, %s, %s, %s\n",
		   dmaring_memory_kind(memory->kind), memory->bytes, memory->buffers,
		   memory->properties & DMARING_MEMORY_PINNABLE ? "pinnable" : "not pinnable",
		   memory->properties & DMARING_MEMORY_CACHED ? "cached" : "uncached",
		   memory->properties & DMARING_MEMORY_SYNCED ? "synced" : "needs no sync");
}

static void file_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct dmaring_ring *ring = file_ring(file);
	unsigned int i;

	if (!ring)
		return;
	seq_printf(seq, "dmaring-device:\t%s\n", ring->device->name);
	seq_printf(seq, "dmaring-entries:\t%u %u\n", ring->sq_entries, ring->cq_entries);
	seq_printf(seq, "dmaring-submission:\t%u %u\n", READ_ONCE(ring->sq_head),
		   READ_ONCE(ring->uctl->sq_tail));
	seq_printf(seq, "dmaring-completion:\t%u %u\n", READ_ONCE(*ring->cq_head),
		   READ_ONCE(ring->cq_tail));
	seq_printf(seq, "dmaring-in-flight:\t%u\n",
		   READ_ONCE(ring->promised) - READ_ONCE(ring->cq_tail));
	for (i = 0; i < ring->geometry.channels; i++)
		seq_printf(seq, "dmaring-channel:\t%s %u\n",
			   ring->queue[i].channel->name,
			   READ_ONCE(ring->queue[i].issued));
	spin_lock_irq(&ring->sq_lock);
	for (i = 0; i < ring->geometry.pools; i++) {
		if (ring->memory[i])
			show_pool(seq, ring->memory[i]);
	}
	spin_unlock_irq(&ring->sq_lock);
}

const struct file_operations dmaring_file_operations = {
	.owner = THIS_MODULE,
	DMARING_UNSIGNED_OFFSETS
	.open = file_open,
	.release = file_release,
	.flush = file_flush,
	.fsync = file_fsync,
	.read_iter = file_read_iter,
	.write_iter = file_write_iter,
	.splice_read = DMARING_SPLICE_READ,
	.splice_write = iter_file_splice_write,
	.poll = file_poll,
	.mmap = file_mmap,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.show_fdinfo = file_show_fdinfo,
	.llseek = noop_llseek,
};
