// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP block "source": makes data like an ADC. It starts with the first receive
 * and runs until the channel is terminated or claimed anew. At a set rate
 * (bytes_per_second) what finds no armed receive is dropped and counted;
 * without one it waits for receives.
 *
 * With block_bytes it makes packets, which end a receive, and is dropped or
 * delivered as a whole; else it makes a stream, and receives are filled.
 * With sequence the first eight bytes of a block are its number, little-endian,
 * dropped ones counted.
 *
 * Patterns: "counter", little-endian 32-bit words that count up; "tone", int16
 * I and Q of a complex tone of tone_step / 2^32 turns a sample. Both go on
 * behind dropped data, so that a gap shows.
 *
 * Locks: device->lock protects struct source but the scratch buffer, which
 * belongs to the context that runs the device.
 */
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "fft_core.h"
#include "sim.h"

#define SCRATCH_BYTES	16384
#define HEADER_BYTES	8

static unsigned int source_block_bytes;
module_param(source_block_bytes, uint, 0644);
MODULE_PARM_DESC(source_block_bytes, "source0: bytes of a block; 0: a stream without blocks (default 0)");
static bool source_sequence;
module_param(source_sequence, bool, 0644);
MODULE_PARM_DESC(source_sequence, "source0: number the blocks in their first 8 bytes (default 0)");

/**
 * struct source - the block
 * @tone: the pattern is a tone, else the counter
 * @sequence: number the blocks
 * @block_bytes: 0: no blocks
 * @tone_step: frequency
 * @tone_amplitude: peak, at most 32767
 * @started: the first receive was armed
 * @starved: nothing was armed when last seen
 * @emitting: bytes of the present block that are due
 * @position: in the pattern, bytes
 * @blocks: made, dropped ones too
 * @dropped_blocks: wholly or in part
 * @drops: dropped bytes
 * @turns: for the tone
 * @scratch: data under construction
 */
struct source {
	bool tone;
	bool sequence;
	u32 block_bytes;
	u32 tone_step;
	u32 tone_amplitude;
	bool started;
	bool starved;
	u32 emitting;
	u64 position;
	u64 blocks;
	u64 dropped_blocks;
	u64 drops;
	struct fft_complex *turns;
	u8 *scratch;
};

static void counter_fill(u8 *to, u64 position, size_t bytes)
{
	while (bytes) {
		__le32 word = cpu_to_le32(position >> 2);
		size_t skip = position & 3;
		size_t n = min_t(size_t, bytes, 4 - skip);

		memcpy(to, (u8 *)&word + skip, n);
		to += n;
		position += n;
		bytes -= n;
	}
}

static s16 scaled(s32 turn, u32 amplitude)
{
	const s64 half = 1LL << (FFT_TWIDDLE_BITS - 1);

	return ((s64)turn * min(amplitude, 32767U) + half) >> FFT_TWIDDLE_BITS;
}

static void tone_fill(const struct source *source, u8 *to, u64 position, size_t bytes)
{
	while (bytes) {
		u32 phase = (u32)(position >> 2) * source->tone_step >> (32 - FFT_LOG2_MAX);
		struct fft_complex turn = source->turns[phase % (FFT_POINTS_MAX / 2)];
		size_t skip = position & 3;
		size_t n = min_t(size_t, bytes, 4 - skip);
		__le16 sample[2];

		if (phase >= FFT_POINTS_MAX / 2) {
			turn.re = -turn.re;
			turn.im = -turn.im;
		}
		sample[0] = cpu_to_le16(scaled(turn.re, source->tone_amplitude));
		sample[1] = cpu_to_le16(scaled(-turn.im, source->tone_amplitude));
		memcpy(to, (u8 *)sample + skip, n);
		to += n;
		position += n;
		bytes -= n;
	}
}

/* Part of the pattern, from @offset of block @block on. */
static void make(const struct source *source, u8 *to, u64 position, u64 block,
		 u32 offset, size_t bytes)
{
	if (source->tone)
		tone_fill(source, to, position, bytes);
	else
		counter_fill(to, position, bytes);
	if (source->sequence && source->block_bytes && offset < HEADER_BYTES) {
		__le64 number = cpu_to_le64(block);

		memcpy(to, (u8 *)&number + offset, min_t(size_t, bytes, HEADER_BYTES - offset));
	}
}

/* Bytes that are made at once: a block, or about a millisecond of a stream. */
static u32 portion(struct sim_device *device, const struct source *source,
		   const struct sim_desc *r)
{
	u64 left, paced;

	if (source->block_bytes)
		return source->block_bytes;
	left = min_t(u64, sim_desc_left(r), SCRATCH_BYTES);
	if (!device->bytes_per_second)
		return left;
	paced = round_down(div_u64(device->bytes_per_second, 1000), 4);
	return min(left, max_t(u64, 4, paced));
}

/* Accounts for what was made while nothing was armed. */
static void catch_up(struct sim_device *device, struct source *source)
{
	u64 now = sim_now(device), rate = device->bytes_per_second;
	u64 bytes, unit = source->block_bytes ?: 4;

	if (now <= device->link_ns)
		return;
	bytes = mul_u64_u64_div_u64(now - device->link_ns, rate, NSEC_PER_SEC);
	bytes = div64_u64(bytes, unit) * unit;
	device->link_ns += mul_u64_u64_div_u64(bytes, NSEC_PER_SEC, rate);
	source->position += bytes;
	source->drops += bytes;
	if (source->block_bytes) {
		source->blocks += div64_u64(bytes, unit);
		source->dropped_blocks += div64_u64(bytes, unit);
	}
}

/* True if a portion is due; else the timer is set. */
static bool due(struct sim_device *device, struct source *source, u32 bytes)
{
	u64 rate = device->bytes_per_second;
	u64 end;

	if (!rate)
		return true;
	end = device->link_ns +
	      div64_u64(device->link_carry + (u64)bytes * NSEC_PER_SEC, rate);
	if (end > sim_now(device)) {
		sim_timer(device, end);
		return false;
	}
	sim_charge(device, bytes);
	return true;
}

static void end_block(struct source *source)
{
	source->emitting = 0;
	if (source->block_bytes)
		source->blocks++;
}

static bool source_step(struct sim_device *device, unsigned long *flags)
{
	struct source *source = device->block;
	struct sim_channel *rx = &device->channel[0];
	struct sim_desc *r = sim_active(rx);
	struct sim_cursor at;
	u64 position, block;
	u32 offset;
	size_t n;

	if (!r) {
		if (!device->bytes_per_second || !source->started)
			return false;
		if (source->emitting) {
			source->drops += source->emitting;
			source->position += source->emitting;
			source->dropped_blocks += !!source->block_bytes;
			end_block(source);
		}
		source->starved = true;
		return false;
	}
	/* The link is idle after a change of the rate. */
	if (!source->started || device->link_idle) {
		source->started = true;
		source->starved = false;
		device->link_idle = false;
		device->link_ns = sim_now(device);
		device->link_carry = 0;
	}
	if (source->starved && device->bytes_per_second)
		catch_up(device, source);
	source->starved = false;
	if (!source->emitting) {
		n = portion(device, source, r);
		if (!due(device, source, n))
			return false;
		source->emitting = n;
	}

	n = min3(sim_desc_left(r), (u64)source->emitting, (u64)SCRATCH_BYTES);
	at = r->at;
	position = source->position;
	block = source->blocks;
	offset = source->block_bytes - source->emitting;
	sim_hold(r);
	spin_unlock_irqrestore(&device->lock, *flags);
	make(source, source->scratch, position, block, offset, n);
	sim_write(rx, r, &at, source->scratch, n);
	spin_lock_irqsave(&device->lock, *flags);
	source->position += n;
	source->emitting -= min_t(u32, n, source->emitting);
	if (!source->emitting)
		end_block(source);
	if (sim_unhold(rx, r)) {
		sim_advance(rx, r, &at);
		if (!r->period && (!sim_desc_left(r) ||
				   (source->block_bytes && !source->emitting)))
			sim_finish(rx, r);
	}
	return true;
}

static void source_reset(struct sim_device *device, struct sim_channel *channel)
{
	struct source *source = device->block;

	if (source->emitting)
		end_block(source);
	source->started = false;
}

static int source_init(struct sim_device *device)
{
	struct source *source = kzalloc(sizeof(*source), GFP_KERNEL);

	if (!source)
		return -ENOMEM;
	device->block = source;
	source->block_bytes = READ_ONCE(source_block_bytes);
	source->sequence = READ_ONCE(source_sequence);
	source->tone_step = 1U << 26;
	source->tone_amplitude = 16384;
	source->turns = kvmalloc_array(FFT_POINTS_MAX / 2, sizeof(*source->turns), GFP_KERNEL);
	source->scratch = kmalloc(SCRATCH_BYTES, GFP_KERNEL);
	if (!source->turns || !source->scratch)
		return -ENOMEM;
	fft_twiddles(source->turns);
	return 0;
}

static void source_exit(struct sim_device *device)
{
	struct source *source = device->block;

	if (!source)
		return;
	kfree(source->scratch);
	kvfree(source->turns);
	kfree(source);
	device->block = NULL;
}

static int block_bytes_get(void *data, u64 *value)
{
	struct sim_device *device = data;
	struct source *source = device->block;

	*value = source->block_bytes;
	return 0;
}

/* Between two blocks only. */
static int block_bytes_set(void *data, u64 value)
{
	struct sim_device *device = data;
	struct source *source = device->block;
	unsigned long flags;
	int ret = 0;

	if (value > U32_MAX)
		return -EINVAL;
	spin_lock_irqsave(&device->lock, flags);
	if (source->emitting)
		ret = -EBUSY;
	else
		source->block_bytes = value;
	spin_unlock_irqrestore(&device->lock, flags);
	return ret;
}
DEFINE_DEBUGFS_ATTRIBUTE(block_bytes_fops, block_bytes_get, block_bytes_set, "%llu\n");

static int blocks_per_second_get(void *data, u64 *value)
{
	struct sim_device *device = data;
	struct source *source = device->block;

	if (!source->block_bytes)
		return -EINVAL;
	*value = div_u64(device->bytes_per_second, source->block_bytes);
	return 0;
}

static int blocks_per_second_set(void *data, u64 value)
{
	struct sim_device *device = data;
	struct source *source = device->block;
	unsigned long flags;

	if (!source->block_bytes || value > U32_MAX)
		return -EINVAL;
	spin_lock_irqsave(&device->lock, flags);
	device->bytes_per_second = value * source->block_bytes;
	sim_kick(device);
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(blocks_per_second_fops, blocks_per_second_get,
			 blocks_per_second_set, "%llu\n");

static ssize_t pattern_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
	struct sim_device *device = file->private_data;
	struct source *source = device->block;
	const char *text = READ_ONCE(source->tone) ? "tone\n" : "counter\n";

	return simple_read_from_buffer(to, n, at, text, strlen(text));
}

static ssize_t pattern_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	struct sim_device *device = file->private_data;
	struct source *source = device->block;
	char text[16];
	ssize_t ret;

	ret = simple_write_to_buffer(text, sizeof(text) - 1, at, from, n);
	if (ret < 0)
		return ret;
	text[ret] = 0;
	if (sysfs_streq(text, "tone"))
		WRITE_ONCE(source->tone, true);
	else if (sysfs_streq(text, "counter"))
		WRITE_ONCE(source->tone, false);
	else
		return -EINVAL;
	return ret;
}

static const struct file_operations pattern_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = pattern_read,
	.write = pattern_write,
	.llseek = default_llseek,
};

static void source_debugfs(struct sim_device *device, struct dentry *directory)
{
	struct source *source = device->block;

	debugfs_create_file("pattern", 0644, directory, device, &pattern_fops);
	debugfs_create_bool("sequence", 0644, directory, &source->sequence);
	debugfs_create_file_unsafe("block_bytes", 0644, directory, device, &block_bytes_fops);
	debugfs_create_file_unsafe("blocks_per_second", 0644, directory, device,
				   &blocks_per_second_fops);
	debugfs_create_u32("tone_step", 0644, directory, &source->tone_step);
	debugfs_create_u32("tone_amplitude", 0644, directory, &source->tone_amplitude);
	debugfs_create_u64("blocks", 0444, directory, &source->blocks);
	debugfs_create_u64("dropped_blocks", 0444, directory, &source->dropped_blocks);
	debugfs_create_u64("drops", 0444, directory, &source->drops);
}

const struct sim_block sim_source = {
	.name = "source0",
	.channels = 1,
	.channel = {
		{ "rx", "source-rx", DMA_DEV_TO_MEM },
	},
	.init = source_init,
	.exit = source_exit,
	.step = source_step,
	.reset = source_reset,
	.debugfs = source_debugfs,
};
