// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP block "sink": takes everything, and checks that it is the counter of the
 * block "source": little-endian 32-bit words that count up. The count starts
 * with 0 when the channel is claimed or terminated. A word that is not the
 * expected one is one mismatch, and the next one is expected to follow it.
 *
 * Locks: device->lock protects struct sink but the scratch buffer, which
 * belongs to the context that runs the device.
 */
#include <linux/debugfs.h>
#include <linux/slab.h>
#include "sim.h"

#define SCRATCH_BYTES	16384

/**
 * struct sink - the block
 * @check: compare at all
 * @expected: next word
 * @partial: bytes of a word that is not complete
 * @partials: how many
 * @mismatches: wrong words
 * @first_mismatch: where the first one was, bytes since the start; -1: none
 * @position: bytes since the start
 * @restart: the channel was reset
 * @scratch: what was read
 */
struct sink {
	bool check;
	u32 expected;
	u8 partial[4];
	unsigned int partials;
	u64 mismatches;
	s64 first_mismatch;
	u64 position;
	bool restart;
	u8 *scratch;
};

static void check_word(struct sink *sink, const u8 *bytes, u64 *wrong)
{
	__le32 word;
	u32 value;

	memcpy(&word, bytes, sizeof(word));
	value = le32_to_cpu(word);
	*wrong += value != sink->expected;
	sink->expected = value + 1;
}

static u64 check(struct sink *sink, const u8 *bytes, size_t n)
{
	u64 wrong = 0;

	if (!READ_ONCE(sink->check))
		return 0;
	while (n && sink->partials) {
		sink->partial[sink->partials++] = *bytes++;
		n--;
		if (sink->partials == 4) {
			check_word(sink, sink->partial, &wrong);
			sink->partials = 0;
		}
	}
	for (; n >= 4; bytes += 4, n -= 4)
		check_word(sink, bytes, &wrong);
	while (n--)
		sink->partial[sink->partials++] = *bytes++;
	return wrong;
}

static bool sink_step(struct sim_device *device, unsigned long *flags)
{
	struct sink *sink = device->block;
	struct sim_channel *tx = &device->channel[0];
	struct sim_desc *s = sim_active(tx);
	struct sim_cursor at;
	u64 wrong;
	size_t n;

	if (!s) {
		device->link_idle = true;
		return false;
	}
	n = sim_pace(device, min_t(u64, sim_desc_left(s), SCRATCH_BYTES));
	if (!n)
		return false;
	sim_charge(device, n);

	if (sink->restart) {
		sink->restart = false;
		sink->expected = 0;
		sink->partials = 0;
		sink->position = 0;
	}
	at = s->at;
	sim_hold(s);
	spin_unlock_irqrestore(&device->lock, *flags);
	sim_read(tx, s, &at, sink->scratch, n);
	wrong = check(sink, sink->scratch, n);
	spin_lock_irqsave(&device->lock, *flags);
	if (!sim_unhold(tx, s))
		return true;
	if (wrong && sink->first_mismatch < 0)
		sink->first_mismatch = sink->position;
	sink->mismatches += wrong;
	sink->position += n;
	sim_advance(tx, s, &at);
	if (!s->period && !sim_desc_left(s))
		sim_finish(tx, s);
	return true;
}

static void sink_reset(struct sim_device *device, struct sim_channel *channel)
{
	struct sink *sink = device->block;

	sink->restart = true;
}

static int sink_init(struct sim_device *device)
{
	struct sink *sink = kzalloc(sizeof(*sink), GFP_KERNEL);

	if (!sink)
		return -ENOMEM;
	device->block = sink;
	sink->check = true;
	sink->first_mismatch = -1;
	sink->scratch = kmalloc(SCRATCH_BYTES, GFP_KERNEL);
	return sink->scratch ? 0 : -ENOMEM;
}

static void sink_exit(struct sim_device *device)
{
	struct sink *sink = device->block;

	if (!sink)
		return;
	kfree(sink->scratch);
	kfree(sink);
	device->block = NULL;
}

static int mismatches_get(void *data, u64 *value)
{
	struct sim_device *device = data;
	struct sink *sink = device->block;
	unsigned long flags;

	spin_lock_irqsave(&device->lock, flags);
	*value = sink->mismatches;
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}

/* Writing anything starts the count afresh. */
static int mismatches_set(void *data, u64 value)
{
	struct sim_device *device = data;
	struct sink *sink = device->block;
	unsigned long flags;

	spin_lock_irqsave(&device->lock, flags);
	sink->mismatches = 0;
	sink->first_mismatch = -1;
	sink->restart = true;
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(mismatches_fops, mismatches_get, mismatches_set, "%llu\n");

static int first_mismatch_get(void *data, u64 *value)
{
	struct sim_device *device = data;
	struct sink *sink = device->block;
	unsigned long flags;

	spin_lock_irqsave(&device->lock, flags);
	*value = sink->first_mismatch;
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(first_mismatch_fops, first_mismatch_get, NULL, "%lld\n");

static void sink_debugfs(struct sim_device *device, struct dentry *directory)
{
	struct sink *sink = device->block;

	debugfs_create_bool("check", 0644, directory, &sink->check);
	debugfs_create_file_unsafe("mismatches", 0644, directory, device, &mismatches_fops);
	debugfs_create_file_unsafe("first_mismatch", 0444, directory, device,
				   &first_mismatch_fops);
}

const struct sim_block sim_sink = {
	.name = "sink0",
	.channels = 1,
	.channel = {
		{ "tx", "sink-tx", DMA_MEM_TO_DEV },
	},
	.init = sink_init,
	.exit = sink_exit,
	.step = sink_step,
	.reset = sink_reset,
	.debugfs = sink_debugfs,
};
