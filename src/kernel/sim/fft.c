// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP block "fft": a send of N samples, int16 I and Q, becomes N numbers, int32
 * I and Q, in the next receive. N is a power of two, 64 .. 65536, and is taken
 * from the length of the send. docs/fft-model.md defines the output bit by bit.
 *
 * The block has an input buffer, which one send fills, and a working buffer,
 * which is transformed in place and drained by receives. A receive ends with
 * the block of output (a short receive), and a block that is longer than the
 * receive goes on in the next one. A send of any other length fails. Terminating
 * or claiming one of the channels resets the block: what it held is lost.
 *
 * Locks: device->lock protects struct fft; the two buffers belong to the
 * context that runs the device.
 */
#include <linux/debugfs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "fft_core.h"
#include "sim.h"

#define BUTTERFLIES	4096	/* without looking up */
#define INPUT_BYTES	(FFT_POINTS_MAX * 4)

enum fft_state {
	FFT_EMPTY,	/* the working buffer can be loaded */
	FFT_WORKING,	/* stages are under way */
	FFT_OUTPUT,	/* receives drain it */
};

/**
 * struct fft - the block
 * @twiddles: factors
 * @input: samples of the present send
 * @filled: bytes of @input
 * @full: @input is a complete block
 * @work: working buffer
 * @state: of the working buffer
 * @log2: of its number of points
 * @stage: next stage
 * @butterfly: next butterfly of it
 * @drained: bytes of output that have left
 * @drop: reset: forget all complete blocks
 * @blocks: transformed, a statistic as the next one
 * @bad_blocks: sends of a wrong length
 */
struct fft {
	struct fft_complex *twiddles;
	u8 *input;
	u32 filled;
	bool full;
	struct fft_complex *work;
	enum fft_state state;
	unsigned int log2;
	unsigned int stage;
	u32 butterfly;
	u32 drained;
	bool drop;
	u64 blocks;
	u64 bad_blocks;
};

/* Working buffer to receive. */
static bool drain(struct sim_device *device, struct fft *fft, unsigned long *flags)
{
	struct sim_channel *rx = &device->channel[1];
	struct sim_desc *r = sim_active(rx);
	u32 bytes = 8U << fft->log2;
	struct sim_cursor at;
	size_t n;

	if (!r || fft->state != FFT_OUTPUT)
		return false;

	n = min3(sim_desc_left(r), (u64)(bytes - fft->drained), (u64)SIM_SLICE_BYTES);
	at = r->at;
	sim_hold(r);
	spin_unlock_irqrestore(&device->lock, *flags);
	sim_write(rx, r, &at, (u8 *)fft->work + fft->drained, n);
	spin_lock_irqsave(&device->lock, *flags);
	fft->drained += n;
	if (fft->drained == bytes)
		fft->state = FFT_EMPTY;
	if (sim_unhold(rx, r)) {
		sim_advance(rx, r, &at);
		if (!r->period && (!sim_desc_left(r) || fft->state == FFT_EMPTY))
			sim_finish(rx, r);
	}
	return true;
}

/* Input buffer to working buffer, and the transform. */
static bool work(struct sim_device *device, struct fft *fft, unsigned long *flags)
{
	u32 half = 1U << (fft->log2 - 1);
	u32 n;

	if (fft->state == FFT_EMPTY && fft->full) {
		fft->log2 = ilog2(fft->filled / 4);
		spin_unlock_irqrestore(&device->lock, *flags);
		fft_load(fft->work, (s16 *)fft->input, fft->log2);
		spin_lock_irqsave(&device->lock, *flags);
		fft->state = FFT_WORKING;
		fft->stage = 0;
		fft->butterfly = 0;
		fft->drained = 0;
		fft->filled = 0;
		fft->full = false;
		return true;
	}
	if (fft->state != FFT_WORKING)
		return false;

	n = min_t(u32, half - fft->butterfly, BUTTERFLIES);
	spin_unlock_irqrestore(&device->lock, *flags);
	fft_stage(fft->work, fft->stage, fft->twiddles, fft->butterfly, n);
	spin_lock_irqsave(&device->lock, *flags);
	fft->butterfly += n;
	if (fft->butterfly == half) {
		fft->butterfly = 0;
		fft->stage++;
	}
	if (fft->stage == fft->log2) {
		fft->state = FFT_OUTPUT;
		fft->blocks++;
	}
	return true;
}

/* Send to input buffer. */
static bool fill(struct sim_device *device, struct fft *fft, unsigned long *flags)
{
	struct sim_channel *tx = &device->channel[0];
	struct sim_desc *s = sim_active(tx);
	struct sim_cursor at;
	size_t n;

	if (!s || fft->full) {
		device->link_idle = true;
		return false;
	}
	/* A cyclic send has no packets: a period is a block. */
	if (!fft->filled) {
		u64 bytes = s->period ?: s->limit;

		if (bytes > INPUT_BYTES || bytes < 4U << FFT_LOG2_MIN ||
		    !is_power_of_2(bytes)) {
			fft->bad_blocks++;
			if (s->period) {
				s->hung = true;	/* cannot fail in part */
				return false;
			}
			s->result = DMA_TRANS_ABORTED;
			sim_finish(tx, s);
			return true;
		}
	}

	n = sim_pace(device, min_t(u64, sim_desc_left(s), SIM_SLICE_BYTES));
	if (!n)
		return false;
	sim_charge(device, n);
	at = s->at;
	sim_hold(s);
	spin_unlock_irqrestore(&device->lock, *flags);
	sim_read(tx, s, &at, fft->input + fft->filled, n);
	spin_lock_irqsave(&device->lock, *flags);
	if (!sim_unhold(tx, s)) {
		fft->filled = 0;
		return true;
	}
	fft->filled += n;
	if (s->period)
		fft->full = !(at.offset % s->period);
	else
		fft->full = at.done == s->limit;
	sim_advance(tx, s, &at);
	if (!s->period && fft->full)
		sim_finish(tx, s);
	return true;
}

static bool fft_step(struct sim_device *device, unsigned long *flags)
{
	struct fft *fft = device->block;

	if (fft->drop) {
		fft->drop = false;
		fft->state = FFT_EMPTY;
		if (fft->full)
			fft->filled = 0;
		fft->full = false;
	}
	/* Output first: it makes room. Then input, so that the sender can go on. */
	if (drain(device, fft, flags) || fill(device, fft, flags))
		return true;
	return work(device, fft, flags);
}

static void fft_reset(struct sim_device *device, struct sim_channel *channel)
{
	struct fft *fft = device->block;

	/* Complete blocks go at the next step; half a send goes with the send. */
	fft->drop = true;
	if (channel == &device->channel[0] && !fft->full)
		fft->filled = 0;
}

static int fft_init(struct sim_device *device)
{
	struct fft *fft = kvzalloc(sizeof(*fft), GFP_KERNEL);

	if (!fft)
		return -ENOMEM;
	device->block = fft;
	fft->log2 = FFT_LOG2_MIN;
	fft->twiddles = kvmalloc_array(FFT_POINTS_MAX / 2, sizeof(*fft->twiddles), GFP_KERNEL);
	fft->work = kvmalloc_array(FFT_POINTS_MAX, sizeof(*fft->work), GFP_KERNEL);
	fft->input = kvmalloc(INPUT_BYTES, GFP_KERNEL);
	if (!fft->twiddles || !fft->work || !fft->input)
		return -ENOMEM;
	fft_twiddles(fft->twiddles);
	return 0;
}

static void fft_exit(struct sim_device *device)
{
	struct fft *fft = device->block;

	if (!fft)
		return;
	kvfree(fft->input);
	kvfree(fft->work);
	kvfree(fft->twiddles);
	kvfree(fft);
	device->block = NULL;
}

static void fft_debugfs(struct sim_device *device, struct dentry *directory)
{
	struct fft *fft = device->block;

	debugfs_create_u64("blocks", 0444, directory, &fft->blocks);
	debugfs_create_u64("bad_blocks", 0444, directory, &fft->bad_blocks);
}

const struct sim_block sim_fft = {
	.name = "fft0",
	.channels = 2,
	.channel = {
		{ "tx", "fft-tx", DMA_MEM_TO_DEV },
		{ "rx", "fft-rx", DMA_DEV_TO_MEM },
	},
	.init = fft_init,
	.exit = fft_exit,
	.step = fft_step,
	.reset = fft_reset,
	.debugfs = fft_debugfs,
};
