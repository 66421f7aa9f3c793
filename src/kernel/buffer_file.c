// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls on the node of a buffer device.
 *
 * read() and write() see the memory as the device does, whatever the caches hold.
 * They hold the buffer's lock while they copy, so they copy without faults, and fault
 * in between: the memory may go at any time, and nobody's page makes that wait.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include "buffer.h"
#include "udmabuf.h"

/* Copied under one hold of the lock. */
#define COPY_BYTES_MAX	(256UL << 10)

static struct dmaring_buffer_device *file_buffer(struct file *file)
{
	return file->private_data;
}

/*
 * All files have the mapping of the first that is open, whatever node they were
 * opened by: so there is one where all mappings of the memory are found.
 */
static int file_open(struct inode *inode, struct file *file)
{
	struct dmaring_buffer_device *buffer =
		container_of(inode->i_cdev, struct dmaring_buffer_device, cdev);
	int ret = 0;

	down_write(&buffer->lock);
	if (buffer->gone) {
		ret = -ENODEV;
	} else {
		if (!buffer->files++) {
			ihold(inode);
			buffer->inode = inode;
			dmaring_extent_expose(&buffer->extent, inode->i_mapping);
		}
		file->f_mapping = buffer->inode->i_mapping;
		file->private_data = buffer;
	}
	up_write(&buffer->lock);
	return ret;
}

/* A file is open for as long as there is a mapping of it. */
static int file_release(struct inode *inode, struct file *file)
{
	struct dmaring_buffer_device *buffer = file_buffer(file);
	struct inode *held = NULL;

	down_write(&buffer->lock);
	if (!--buffer->files) {
		held = buffer->inode;
		buffer->inode = NULL;
		dmaring_extent_expose(&buffer->extent, NULL);
	}
	up_write(&buffer->lock);
	iput(held);
	return 0;
}

static int buffer_mmap(struct dmaring_buffer_device *buffer, struct file *file,
		       struct vm_area_struct *vma)
{
	u32 mode = buffer->settings.mode;

	if (buffer->gone)
		return -ENODEV;
	if (!(mode & DMARING_SYNC_MODE_ALWAYS) && !(file->f_flags & O_DSYNC))
		mode = 0;
	return dmaring_extent_mmap(&buffer->extent, vma, mode & DMARING_SYNC_MODE_MASK);
}

static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct dmaring_buffer_device *buffer = file_buffer(file);
	int ret;

	/* VM_SHARED is not set where the file is only for reading. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	down_read(&buffer->lock);
	ret = buffer_mmap(buffer, file, vma);
	up_read(&buffer->lock);
	return ret;
}

/* Copies what can be copied without a fault. Return: bytes, or -ENODEV. */
static ssize_t buffer_copy(struct dmaring_buffer_device *buffer, struct iov_iter *iter,
			   size_t offset, size_t bytes, bool write)
{
	void *cpu = buffer->extent.cpu + offset;

	lockdep_assert_held(&buffer->lock);
	if (buffer->gone)
		return -ENODEV;
	/* Before a write as well: its first and its last line have neighbours. */
	dmaring_extent_refresh(&buffer->extent, offset, bytes);
	pagefault_disable();
	bytes = write ? copy_from_iter(cpu, bytes, iter) : copy_to_iter(cpu, bytes, iter);
	pagefault_enable();
	if (write)
		dmaring_extent_sync(&buffer->extent, offset, bytes, DMA_TO_DEVICE, false);
	return bytes;
}

static ssize_t file_copy(struct kiocb *iocb, struct iov_iter *iter, bool write)
{
	struct dmaring_buffer_device *buffer = file_buffer(iocb->ki_filp);
	ssize_t done = 0, ret = 0;

	if (!iov_iter_count(iter))
		return 0;
	if (iocb->ki_pos >= buffer->bytes)
		return write ? -ENOSPC : 0;
	iov_iter_truncate(iter, buffer->bytes - iocb->ki_pos);
	while (iov_iter_count(iter)) {
		size_t bytes = min(iov_iter_count(iter), COPY_BYTES_MAX);
		size_t missing = write ? fault_in_iov_iter_readable(iter, bytes) :
					 fault_in_iov_iter_writeable(iter, bytes);

		ret = missing == bytes ? -EFAULT : fatal_signal_pending(current) ? -EINTR : 0;
		if (ret)
			break;
		down_read(&buffer->lock);
		ret = buffer_copy(buffer, iter, iocb->ki_pos, bytes - missing, write);
		up_read(&buffer->lock);
		if (ret < 0)
			break;
		iocb->ki_pos += ret;
		done += ret;
		cond_resched();
	}
	return done ?: ret;
}

static ssize_t file_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return file_copy(iocb, to, false);
}

static ssize_t file_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return file_copy(iocb, from, true);
}

static loff_t file_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, file_buffer(file)->bytes);
}

/* msync() of a mapping: what was written there is for the device to see. */
static int file_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct dmaring_buffer_device *buffer = file_buffer(file);
	loff_t last = buffer->bytes - 1;
	int ret = 0;

	if (start < 0 || start > last)
		return 0;
	end = min(end, last);
	down_read(&buffer->lock);
	if (buffer->gone)
		ret = -ENODEV;
	else if (end >= start)
		dmaring_extent_sync(&buffer->extent, start, end - start + 1, DMA_TO_DEVICE,
				    false);
	up_read(&buffer->lock);
	return ret;
}

static long ioctl_query(struct dmaring_buffer_device *buffer, struct dmaring_query *query)
{
	if (memchr_inv(query, 0, sizeof(*query)))
		return -EINVAL;
	query->abi_major = DMARING_ABI_MAJOR;
	query->abi_minor = DMARING_ABI_MINOR;
	query->flags = DMARING_BUFFER;
	strscpy(query->name, buffer->name, sizeof(query->name));
	strscpy(query->version, DMARING_VERSION, sizeof(query->version));
	return 0;
}

static long ioctl_sync(struct dmaring_buffer_device *buffer, const struct dmaring_sync *sync)
{
	static const u32 directions[] = {
		[DMARING_CHANNEL_SEND] = 1,
		[DMARING_CHANNEL_RECEIVE] = 2,
		[DMARING_CHANNEL_COPY] = 0,
	};

	if (sync->channel || sync->pool)
		return -ENOENT;
	if (sync->owner > DMARING_SYNC_FOR_DEVICE || !sync->bytes ||
	    sync->direction < DMARING_CHANNEL_SEND || sync->direction > DMARING_CHANNEL_COPY)
		return -EINVAL;
	return dmaring_buffer_sync(buffer, sync->offset, sync->bytes,
				   directions[array_index_nospec(sync->direction,
								 ARRAY_SIZE(directions))],
				   sync->owner == DMARING_SYNC_FOR_CPU);
}

static long ioctl_buffer(struct dmaring_buffer_device *buffer, struct dmaring_buffer *info)
{
	if (memchr_inv(info, 0, sizeof(*info)))
		return -EINVAL;
	if (dmaring_buffer_address_allowed()) {
		info->flags |= DMARING_BUFFER_ADDRESS;
		info->address = buffer->extent.address;
	}
	if (dmaring_extent_coherent(&buffer->extent))
		info->flags |= DMARING_BUFFER_COHERENT;
	info->kind = buffer->extent.kind;
	info->bytes = buffer->bytes;
	info->address_bits = fls64(dma_get_mask(buffer->extent.dev));
	info->sync_mode = buffer->settings.mode;
	info->sync_direction = buffer->settings.direction;
	info->sync_owner = READ_ONCE(buffer->settings.owner);
	info->sync_offset = buffer->settings.offset;
	info->sync_size = buffer->settings.size;
	strscpy(info->name, buffer->name, sizeof(info->name));
	return 0;
}

static long file_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	static const unsigned int commands[] = {
		DMARING_IOC_QUERY, DMARING_IOC_SYNC, DMARING_IOC_BUFFER,
	};
	struct dmaring_buffer_device *buffer = file_buffer(file);
	void __user *user = (void __user *)arg;
	union {
		struct dmaring_query query;
		struct dmaring_sync sync;
		struct dmaring_buffer buffer;
	} argument = {};
	unsigned int known = 0, i;
	long ret;

	if (_IOC_TYPE(command) == DMARING_UDMABUF_IOC_TYPE)
		return dmaring_udmabuf_ioctl(buffer, command, user);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (_IOC_TYPE(command) == _IOC_TYPE(commands[i]) &&
		    _IOC_NR(command) == _IOC_NR(commands[i]) &&
		    _IOC_DIR(command) == _IOC_DIR(commands[i]))
			known = commands[i];
	if (!known)
		return -ENOTTY;
	/* The structures may grow at the end, never shrink. */
	if (_IOC_SIZE(command) < _IOC_SIZE(known))
		return -EINVAL;
	ret = copy_struct_from_user(&argument, _IOC_SIZE(known), user, _IOC_SIZE(command));
	if (ret)
		return ret;
	down_read(&buffer->lock);
	if (buffer->gone)
		ret = -ENODEV;
	else if (known == DMARING_IOC_QUERY)
		ret = ioctl_query(buffer, &argument.query);
	else if (known == DMARING_IOC_SYNC)
		ret = ioctl_sync(buffer, &argument.sync);
	else
		ret = ioctl_buffer(buffer, &argument.buffer);
	up_read(&buffer->lock);
	if (!ret && (_IOC_DIR(known) & _IOC_READ) &&
	    copy_to_user(user, &argument, _IOC_SIZE(known)))
		ret = -EFAULT;
	return ret;
}

static void file_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct dmaring_buffer_device *buffer = file_buffer(file);

	seq_printf(seq, "dmaring-device:\t%s\n", buffer->name);
	seq_printf(seq, "dmaring-buffer:\t%s %zu bytes, %s\n", dmaring_buffer_kind(buffer),
		   buffer->bytes, buffer->extent.kind == DMARING_BUFFER_PAGES ?
		   "can be pinned" : "cannot be pinned");
}

const struct file_operations dmaring_buffer_file_operations = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.read_iter = file_read_iter,
	.write_iter = file_write_iter,
	.splice_read = DMARING_SPLICE_READ,
	.splice_write = iter_file_splice_write,
	.llseek = file_llseek,
	.mmap = file_mmap,
	.fsync = file_fsync,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.show_fdinfo = file_show_fdinfo,
};
