// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaring_floor: a client of the virtual controller inside the kernel. It is as
 * fast as anything on these channels can be, and the measure for the ring.
 *
 * debugfs dmaring_floor/run takes "TEST [SIZE [DEPTH [SECONDS]]]" (or
 * "MILLISECONDSms" for the last), runs it and returns from the write when it is
 * over; dmaring_floor/result has the figures of the last run in one line of
 * JSON. The first tenth of the time is warm-up and counts in none of them.
 *
 *	loop	a transfer is a send and the receive that it ends in, on loop0;
 *		DEPTH of each are armed, and again from their callbacks
 *	fft	the same on fft0; SIZE is that of the send
 *	copy	a transfer is a copy on mem0; armed again from the caller, as
 *		nothing may be prepared in the callback of a copy
 *
 * The channels must be free: no driver bound to dmaring.0 (loop0), dmaring.1
 * (fft0), dmaring.4 (mem0).
 *
 * Locks: run_lock, process context, for one run at a time. The counters of a
 * run are atomic; a slot belongs to the engine from submission to callback.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>

#define DEPTH_MAX	128
#define SIZE_MAX_BYTES	(4U * 1024 * 1024)
#define MS_MAX		60000

static char *test = "";
module_param(test, charp, 0444);
MODULE_PARM_DESC(test, "run at load: \"TEST [SIZE [DEPTH [SECONDS]]]\", TEST is loop, fft or copy (default none)");
static bool sync = true;
module_param(sync, bool, 0644);
MODULE_PARM_DESC(sync, "sync the buffers around each transfer, as a client must (default 1)");

struct run;

/**
 * struct slot - a buffer and its transfers
 * @run: whose it is
 * @side: of the run
 * @data: memory
 * @bus: the same for the device
 */
struct slot {
	struct run *run;
	struct side *side;
	void *data;
	dma_addr_t bus;
};

/**
 * struct side - one end: sends or receives; source or destination of copies
 * @chan: channel
 * @dev: that moves the bytes
 * @direction: of the mapping
 * @transfer: of the transfers
 * @bytes: of a buffer
 * @slot: the buffers
 */
struct side {
	struct dma_chan *chan;
	struct device *dev;
	enum dma_data_direction direction;
	enum dma_transfer_direction transfer;
	size_t bytes;
	struct slot slot[DEPTH_MAX];
};

/**
 * struct run - a measurement
 * @side: sends and receives, or sources and destinations
 * @depth: buffers of a side
 * @copy: it is a test of copies
 * @stop: arm nothing any more
 * @in_flight: armed and not called back
 * @done: completed transfers
 * @start: nanoseconds at the end of the warm-up
 * @before: transfers done by then
 * @errors: failed ones, and what could not be armed
 * @wanted: wake the waiter when so many are done
 * @wait: the waiter
 */
struct run {
	struct side side[2];
	unsigned int depth;
	bool copy;
	bool stop;
	atomic_t in_flight;
	atomic64_t done;
	u64 start;
	s64 before;
	atomic_t errors;
	s64 wanted;
	wait_queue_head_t wait;
};

static DEFINE_MUTEX(run_lock);
static struct platform_device *floor_pdev;
static struct dentry *floor_debugfs;
static char result[320] = "{}\n";

static bool arm(struct slot *slot);

static void count(struct run *run, const struct dmaengine_result *outcome)
{
	if (outcome->result != DMA_TRANS_NOERROR)
		atomic_inc(&run->errors);
	if (atomic64_inc_return(&run->done) >= READ_ONCE(run->wanted))
		wake_up(&run->wait);
}

static void slave_done(void *parameter, const struct dmaengine_result *outcome)
{
	struct slot *slot = parameter;
	struct run *run = slot->run;
	struct side *side = slot->side;

	if (side->transfer == DMA_DEV_TO_MEM) {
		if (READ_ONCE(sync))
			dma_sync_single_for_cpu(side->dev, slot->bus, side->bytes,
						side->direction);
		count(run, outcome);
	}
	if (!READ_ONCE(run->stop) && arm(slot))
		dma_async_issue_pending(side->chan);
	if (atomic_dec_and_test(&run->in_flight))
		wake_up(&run->wait);
}

static void copy_done(void *parameter, const struct dmaengine_result *outcome)
{
	struct slot *slot = parameter;
	struct run *run = slot->run;
	bool last = atomic_dec_and_test(&run->in_flight);

	count(run, outcome);
	if (last)
		wake_up(&run->wait);
}

/* Prepares and submits the transfer of a slot. */
static bool arm(struct slot *slot)
{
	const unsigned long flags = DMA_PREP_INTERRUPT | DMA_CTRL_ACK;
	struct side *side = slot->side;
	struct run *run = slot->run;
	struct dma_async_tx_descriptor *tx;

	if (READ_ONCE(sync))
		dma_sync_single_for_device(side->dev, slot->bus, side->bytes, side->direction);
	if (run->copy) {
		struct slot *target = &run->side[1].slot[slot - side->slot];

		tx = dmaengine_prep_dma_memcpy(side->chan, target->bus, slot->bus,
					       side->bytes, flags);
	} else {
		tx = dmaengine_prep_slave_single(side->chan, slot->bus, side->bytes,
						 side->transfer, flags);
	}
	if (!tx) {
		atomic_inc(&run->errors);
		return false;
	}
	tx->callback_result = run->copy ? copy_done : slave_done;
	tx->callback_param = slot;
	atomic_inc(&run->in_flight);
	if (dma_submit_error(dmaengine_submit(tx))) {
		atomic_dec(&run->in_flight);
		atomic_inc(&run->errors);
		return false;
	}
	return true;
}

static void side_exit(struct side *side, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < depth; i++) {
		if (!side->slot[i].data)
			continue;
		if (side->slot[i].bus != DMA_MAPPING_ERROR)
			dma_unmap_single(side->dev, side->slot[i].bus, side->bytes,
					 side->direction);
		free_pages_exact(side->slot[i].data, side->bytes);
	}
}

static int side_init(struct run *run, struct side *side, struct dma_chan *chan,
		     enum dma_transfer_direction transfer,
		     enum dma_data_direction direction, size_t bytes)
{
	unsigned int i;
	size_t k;

	side->chan = chan;
	side->dev = dmaengine_get_dma_device(chan);
	side->transfer = transfer;
	side->direction = direction;
	side->bytes = bytes;
	for (i = 0; i < run->depth; i++) {
		struct slot *slot = &side->slot[i];

		slot->run = run;
		slot->side = side;
		slot->bus = DMA_MAPPING_ERROR;
		slot->data = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_ZERO);
		if (!slot->data)
			return -ENOMEM;
		for (k = 0; direction == DMA_TO_DEVICE && k < bytes; k++)
			((u8 *)slot->data)[k] = i * 37 + k * 7 + (k >> 8);
		slot->bus = dma_map_single(side->dev, slot->data, bytes, direction);
		if (dma_mapping_error(side->dev, slot->bus))
			return -EIO;
	}
	return 0;
}

/* What counts, counts from now on. */
static void warmed_up(struct run *run)
{
	run->start = ktime_get_ns();
	run->before = atomic64_read(&run->done);
}

/* Both sides are armed, and each slot again from its callback. */
static void run_slave(struct run *run, unsigned long timeout)
{
	unsigned int i;

	for (i = 0; i < run->depth; i++) {
		arm(&run->side[1].slot[i]);
		arm(&run->side[0].slot[i]);
	}
	dma_async_issue_pending(run->side[1].chan);
	dma_async_issue_pending(run->side[0].chan);
	WRITE_ONCE(run->wanted, S64_MAX);
	wait_event_interruptible_timeout(run->wait, atomic_read(&run->errors) > 0, timeout / 10);
	warmed_up(run);
	wait_event_interruptible_timeout(run->wait, atomic_read(&run->errors) > 0,
					 timeout - timeout / 10);
}

/* What has been copied is armed again by the half. */
static void run_copy(struct run *run, unsigned long timeout)
{
	unsigned long end = jiffies + timeout, warm = jiffies + timeout / 10;
	unsigned int next = 0;
	u64 armed = 0;

	while (time_before(jiffies, end) && !signal_pending(current) &&
	       !atomic_read(&run->errors)) {
		u64 done = atomic64_read(&run->done);

		if (!run->start && time_after_eq(jiffies, warm))
			warmed_up(run);
		while (armed - done < run->depth && arm(&run->side[0].slot[next])) {
			armed++;
			next = (next + 1) % run->depth;
		}
		WRITE_ONCE(run->wanted, armed - run->depth / 2);
		dma_async_issue_pending(run->side[0].chan);
		wait_event_timeout(run->wait, atomic64_read(&run->done) >= run->wanted, HZ);
	}
}

static unsigned int mismatches(struct run *run)
{
	unsigned int i, n = 0;

	for (i = 0; i < run->depth; i++) {
		dma_sync_single_for_cpu(run->side[1].dev, run->side[1].slot[i].bus,
					run->side[1].bytes, run->side[1].direction);
		n += !!memcmp(run->side[0].slot[i].data, run->side[1].slot[i].data,
			      run->side[0].bytes);
	}
	return n;
}

static int measure(const char *name, size_t size, unsigned int depth, unsigned int ms)
{
	struct dma_chan *first, *second = NULL;
	bool fft = !strcmp(name, "fft"), copy = !strcmp(name, "copy");
	struct device *dev = &floor_pdev->dev;
	struct run *run;
	u64 ns, transfers;
	int ret;

	if (!fft && !copy && strcmp(name, "loop"))
		return -EINVAL;
	run = kvzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return -ENOMEM;
	run->depth = depth;
	run->copy = copy;
	init_waitqueue_head(&run->wait);

	first = dma_request_chan(dev, copy ? "copy" : fft ? "fft-tx" : "loop-tx");
	ret = PTR_ERR_OR_ZERO(first);
	if (ret)
		goto err_free;
	if (!copy) {
		second = dma_request_chan(dev, fft ? "fft-rx" : "loop-rx");
		ret = PTR_ERR_OR_ZERO(second);
		if (ret)
			goto err_first;
	}
	ret = side_init(run, &run->side[0], first, copy ? DMA_MEM_TO_MEM : DMA_MEM_TO_DEV,
			DMA_TO_DEVICE, size);
	if (!ret)
		ret = side_init(run, &run->side[1], copy ? first : second,
				copy ? DMA_MEM_TO_MEM : DMA_DEV_TO_MEM,
				DMA_FROM_DEVICE, fft ? 2 * size : size);
	if (ret)
		goto out;

	if (copy)
		run_copy(run, msecs_to_jiffies(ms));
	else
		run_slave(run, msecs_to_jiffies(ms));
	if (!run->start)	/* interrupted before that */
		warmed_up(run);
	transfers = atomic64_read(&run->done) - run->before;
	ns = ktime_get_ns() - run->start;

	WRITE_ONCE(run->stop, true);
	/* Of pairs the one half may wait for the other, which is not armed again. */
	if (copy && !wait_event_timeout(run->wait, !atomic_read(&run->in_flight), 5 * HZ))
		atomic_inc(&run->errors);
	/* A callback that has not seen it may still arm: let it end first. */
	dmaengine_synchronize(first);
	if (second)
		dmaengine_synchronize(second);
	dmaengine_terminate_sync(first);
	if (second)
		dmaengine_terminate_sync(second);
	scnprintf(result, sizeof(result),
		  "{\"test\":\"%s\",\"simulated\":true,\"size\":%zu,\"depth\":%u,\"transfers\":%llu,\"ns\":%llu,\"transfers_per_s\":%llu,\"errors\":%d,\"mismatches\":%u}\n",
		  name, size, depth, transfers, ns,
		  div64_u64(transfers * NSEC_PER_SEC, ns ?: 1),
		  atomic_read(&run->errors), fft ? 0 : mismatches(run));
	ret = atomic_read(&run->errors) ? -EIO : 0;

out:
	side_exit(&run->side[1], depth);
	side_exit(&run->side[0], depth);
	if (second)
		dma_release_channel(second);
err_first:
	dma_release_channel(first);
err_free:
	kvfree(run);
	return ret;
}

static int run_line(const char *line)
{
	unsigned int size = 4096, depth = 32, time = 1;
	char name[16], unit[4] = "";
	int ret;

	if (sscanf(line, "%15s %u %u %u%3s", name, &size, &depth, &time, unit) < 1)
		return -EINVAL;
	if (!strcmp(unit, "ms") ? time > MS_MAX : *unit || time > MS_MAX / MSEC_PER_SEC)
		return -EINVAL;
	if (!*unit)
		time *= MSEC_PER_SEC;
	if (!size || size > SIZE_MAX_BYTES || !depth || depth > DEPTH_MAX || time < 10)
		return -EINVAL;
	mutex_lock(&run_lock);
	ret = measure(name, size, depth, time);
	mutex_unlock(&run_lock);
	return ret;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	char *line;
	int ret;

	if (n > 64)
		return -EINVAL;
	line = memdup_user_nul(from, n);
	if (IS_ERR(line))
		return PTR_ERR(line);
	ret = run_line(line);
	kfree(line);
	return ret ?: n;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static ssize_t result_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
	ssize_t ret;

	mutex_lock(&run_lock);
	ret = simple_read_from_buffer(to, n, at, result, strlen(result));
	mutex_unlock(&run_lock);
	return ret;
}

static const struct file_operations result_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = result_read,
	.llseek = default_llseek,
};

static int __init floor_init(void)
{
	int ret;

	floor_pdev = platform_device_register_simple("dmaring_floor", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(floor_pdev))
		return PTR_ERR(floor_pdev);
	floor_debugfs = debugfs_create_dir("dmaring_floor", NULL);
	debugfs_create_file("run", 0200, floor_debugfs, NULL, &run_fops);
	debugfs_create_file("result", 0444, floor_debugfs, NULL, &result_fops);
	if (*test) {
		ret = run_line(test);
		if (ret)
			pr_err("%s: failed with %d\n", test, ret);
		else
			pr_info("%s", result);
	}
	return 0;
}
module_init(floor_init);

static void __exit floor_exit(void)
{
	debugfs_remove_recursive(floor_debugfs);
	platform_device_unregister(floor_pdev);
}
module_exit(floor_exit);

MODULE_DESCRIPTION("dmaring: client of the simulated DMA controller inside the kernel");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMARING_VERSION);
