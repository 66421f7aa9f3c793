// SPDX-License-Identifier: GPL-2.0-only
/*
 * A block that makes data at a rate, like a converter: the part of source0 and
 * adc0 that is the same. It starts with the first receive and runs until the
 * channel is terminated or claimed anew. At a set rate (bytes_per_second) what
 * finds no armed receive is dropped and counted; without one it waits for
 * receives.
 *
 * With block_bytes it makes packets, which end a receive, and is dropped or
 * delivered as a whole; else it makes a stream, and receives are filled.
 * With sequence the first eight bytes of a block are its number, little-endian,
 * dropped ones counted.
 *
 * The pattern is somebody else's: words that go on behind dropped data, so that
 * a gap shows.
 *
 * Locks: device->lock protects struct source but the scratch buffer, which
 * belongs to the context that runs the device.
 */
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "source.h"

#define SCRATCH_BYTES	16384
#define HEADER_BYTES	8

/* Part of the pattern, from @offset of block @block on. */
static const u8 *make(struct sim_device *device, u64 position, u64 block, u32 offset,
		      size_t bytes)
{
	const struct source *source = device->block;
	/* Whole words; what is asked for may begin and end within one. */
	u8 *to = (u8 *)source->scratch + (position & 3);

	source->words(device, source->scratch, position >> 2,
		      DIV_ROUND_UP((position & 3) + bytes, 4));
	if (source->sequence && source->block_bytes && offset < HEADER_BYTES) {
		__le64 number = cpu_to_le64(block);

		memcpy(to, (u8 *)&number + offset, min_t(size_t, bytes, HEADER_BYTES - offset));
	}
	return to;
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

/**
 * source_step() - for struct sim_block
 * @device: the device
 * @flags: interrupt state
 *
 * Context: device->lock is held, and dropped.
 * Return: true if something has moved.
 */
bool source_step(struct sim_device *device, unsigned long *flags)
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
	sim_write(rx, r, &at, make(device, position, block, offset, n), n);
	spin_lock_irqsave(&device->lock, *flags);
	source->position += n;
	source->emitting -= min_t(u32, n, source->emitting);
	if (!source->emitting)
		end_block(source);
	if (sim_unhold(rx, r)) {
		sim_advance(rx, r, &at);
		if (!r->period && (!sim_desc_left(r) ||
				   (source->block_bytes && !source->emitting))) {
			if (source->block_bytes)
				sim_metadata_write(rx, r, source->position, block);
			sim_finish(rx, r);
		}
	}
	return true;
}

/**
 * source_reset() - for struct sim_block
 * @device: the device
 * @channel: the only one
 *
 * Context: device->lock is held.
 */
void source_reset(struct sim_device *device, struct sim_channel *channel)
{
	struct source *source = device->block;

	if (source->emitting)
		end_block(source);
	source->started = false;
}

/**
 * source_create() - makes device->block
 * @device: the device
 * @words: makes the pattern
 * @pattern_bytes: room at @pattern, zeroed
 *
 * Context: process; source_destroy() is due in any case.
 * Return: 0 or -ENOMEM.
 */
int source_create(struct sim_device *device, source_words_t *words, size_t pattern_bytes)
{
	struct source *source = kzalloc(sizeof(*source), GFP_KERNEL);

	if (!source)
		return -ENOMEM;
	device->block = source;
	source->words = words;
	source->pattern = kzalloc(pattern_bytes, GFP_KERNEL);
	source->turns = kvmalloc_array(FFT_POINTS_MAX / 2, sizeof(*source->turns), GFP_KERNEL);
	/* A piece that begins within a word takes one word more. */
	source->scratch = kmalloc(SCRATCH_BYTES + 4, GFP_KERNEL);
	if (!source->pattern || !source->turns || !source->scratch)
		return -ENOMEM;
	fft_twiddles(source->turns);
	return 0;
}

/**
 * source_destroy() - for struct sim_block
 * @device: nothing of it runs any more
 *
 * Context: process.
 */
void source_destroy(struct sim_device *device)
{
	struct source *source = device->block;

	if (!source)
		return;
	kfree(source->scratch);
	kvfree(source->turns);
	kfree(source->pattern);
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
	sim_speed_set(device, value * source->block_bytes);
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(blocks_per_second_fops, blocks_per_second_get,
			 blocks_per_second_set, "%llu\n");

/**
 * source_debugfs() - the knobs that every source has
 * @device: the device
 * @directory: where
 *
 * Context: process.
 */
void source_debugfs(struct sim_device *device, struct dentry *directory)
{
	struct source *source = device->block;

	debugfs_create_bool("sequence", 0644, directory, &source->sequence);
	debugfs_create_file_unsafe("block_bytes", 0644, directory, device, &block_bytes_fops);
	debugfs_create_file_unsafe("blocks_per_second", 0644, directory, device,
				   &blocks_per_second_fops);
	debugfs_create_u64("blocks", 0444, directory, &source->blocks);
	debugfs_create_u64("dropped_blocks", 0444, directory, &source->dropped_blocks);
	debugfs_create_u64("drops", 0444, directory, &source->drops);
}
