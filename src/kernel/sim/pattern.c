// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP block "source0": a source of patterns that are easy to check: "counter",
 * words that count up; "tone", int16 I and Q of a complex tone of
 * tone_step / 2^32 turns a sample.
 *
 * Locks: none; a knob acts between two words.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include "source.h"

static unsigned int source_block_bytes;
module_param(source_block_bytes, uint, 0644);
MODULE_PARM_DESC(source_block_bytes, "source0: bytes of a block; 0: a stream without blocks (default 0)");
static bool source_sequence;
module_param(source_sequence, bool, 0644);
MODULE_PARM_DESC(source_sequence, "source0: number the blocks in their first 8 bytes (default 0)");

/**
 * struct pattern - what source0 makes
 * @tone: a tone, else the counter
 * @step: frequency
 * @amplitude: peak, at most 32767
 */
struct pattern {
	bool tone;
	u32 step;
	u32 amplitude;
};

static struct pattern *pattern_of(const struct sim_device *device)
{
	return ((const struct source *)device->block)->pattern;
}

static u16 scaled(s32 turn, u32 amplitude)
{
	const s64 half = 1LL << (FFT_TWIDDLE_BITS - 1);

	return ((s64)turn * min(amplitude, 32767U) + half) >> FFT_TWIDDLE_BITS;
}

static void pattern_words(struct sim_device *device, __le32 *to, u64 first, size_t words)
{
	const struct source *source = device->block;
	const struct pattern *pattern = source->pattern;

	if (!READ_ONCE(pattern->tone)) {
		while (words--)
			*to++ = cpu_to_le32(first++);
		return;
	}
	for (; words--; first++) {
		u32 phase = (u32)first * pattern->step;
		struct fft_complex turn = source_turn(source, phase >> (32 - FFT_LOG2_MAX));

		*to++ = cpu_to_le32(scaled(turn.re, pattern->amplitude) |
				    (u32)scaled(-turn.im, pattern->amplitude) << 16);
	}
}

static int pattern_init(struct sim_device *device)
{
	int ret = source_create(device, pattern_words, sizeof(struct pattern));
	struct source *source = device->block;
	struct pattern *pattern;

	if (ret)
		return ret;
	source->block_bytes = READ_ONCE(source_block_bytes);
	source->sequence = READ_ONCE(source_sequence);
	pattern = source->pattern;
	pattern->step = 1U << 26;
	pattern->amplitude = 16384;
	return 0;
}

static ssize_t pattern_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
	struct sim_device *device = file->private_data;
	struct pattern *pattern = pattern_of(device);
	const char *text = READ_ONCE(pattern->tone) ? "tone\n" : "counter\n";

	return simple_read_from_buffer(to, n, at, text, strlen(text));
}

static ssize_t pattern_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	struct sim_device *device = file->private_data;
	struct pattern *pattern = pattern_of(device);
	char text[16];
	ssize_t ret;

	ret = simple_write_to_buffer(text, sizeof(text) - 1, at, from, n);
	if (ret < 0)
		return ret;
	text[ret] = 0;
	if (sysfs_streq(text, "tone"))
		WRITE_ONCE(pattern->tone, true);
	else if (sysfs_streq(text, "counter"))
		WRITE_ONCE(pattern->tone, false);
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

static void pattern_debugfs(struct sim_device *device, struct dentry *directory)
{
	struct pattern *pattern = pattern_of(device);

	source_debugfs(device, directory);
	debugfs_create_file("pattern", 0644, directory, device, &pattern_fops);
	debugfs_create_u32("tone_step", 0644, directory, &pattern->step);
	debugfs_create_u32("tone_amplitude", 0644, directory, &pattern->amplitude);
}

const struct sim_block sim_source = {
	.name = "source0",
	.channels = 1,
	.channel = {
		{ "rx", "source-rx", DMA_DEV_TO_MEM },
	},
	.init = pattern_init,
	.exit = source_destroy,
	.step = source_step,
	.reset = source_reset,
	.debugfs = pattern_debugfs,
};
