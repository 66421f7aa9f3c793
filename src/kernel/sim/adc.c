// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP block "adc0": a source that looks like a receiver's converter: int16 I and
 * Q of some carriers, a chirp that comes again and again, and noise. A sample
 * is a function of its number and of the seed alone, integers only, so that a
 * run can be repeated to the bit.
 *
 * Frequencies are set in Hz, of the rate set as samples_per_second.
 *
 * Locks: device->lock protects struct adc; who makes samples works on a copy.
 */
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "source.h"

#define SAMPLE_BYTES	4
#define CARRIERS_MAX	8
#define HZ_MAX		1000000000
#define AMPLITUDE_MAX	32767
#define KNOB_BYTES_MAX	256

static unsigned int adc_samples_per_second = 250000;
module_param(adc_samples_per_second, uint, 0644);
MODULE_PARM_DESC(adc_samples_per_second, "adc0: its rate (default 250000)");
static unsigned int adc_block_bytes = 16384;
module_param(adc_block_bytes, uint, 0644);
MODULE_PARM_DESC(adc_block_bytes, "adc0: bytes of a block; 0: a stream without blocks (default 16384)");
static bool adc_sequence;
module_param(adc_sequence, bool, 0644);
MODULE_PARM_DESC(adc_sequence, "adc0: number the blocks in their first 8 bytes (default 0)");

/**
 * struct carrier - one tone
 * @hz: frequency, as it was set
 * @amplitude: peak
 * @step: frequency in turns a sample, 64 bits after the point
 */
struct carrier {
	s32 hz;
	u32 amplitude;
	u64 step;
};

/**
 * struct chirp - one tone whose frequency rises or falls, then begins again
 * @from_hz: where it begins, as it was set
 * @to_hz: where it ends, as it was set
 * @samples: how long it takes
 * @amplitude: peak
 * @step: first frequency, as in struct carrier
 * @slope: change of the frequency from sample to sample
 */
struct chirp {
	s32 from_hz;
	s32 to_hz;
	u32 samples;
	u32 amplitude;
	u64 step;
	u64 slope;
};

/**
 * struct adc - what adc0 makes
 * @rate: samples per second
 * @seed: of the noise
 * @noise: RMS of I and of Q
 * @carriers: how many
 * @carrier: those
 * @chirp: one
 */
struct adc {
	u32 rate;
	u64 seed;
	u32 noise;
	unsigned int carriers;
	struct carrier carrier[CARRIERS_MAX];
	struct chirp chirp;
};

static const struct adc defaults = {
	.seed = 1,
	.noise = 20,
	.carriers = 4,
	.carrier = {
		{ .hz = 12500, .amplitude = 8000 },
		{ .hz = -40000, .amplitude = 4000 },
		{ .hz = 50000, .amplitude = 2000 },
		{ .hz = -90000, .amplitude = 500 },
	},
	.chirp = { .from_hz = 70000, .to_hz = 110000, .samples = 250000, .amplitude = 1000 },
};

static struct adc *adc_of(const struct sim_device *device)
{
	return ((const struct source *)device->block)->pattern;
}

/* Of more than the rate only the fraction of a turn is seen. */
static u64 turns(s64 hz, u32 rate)
{
	u32 rest = 0;
	u64 step;

	div_u64_rem(abs(hz), rate, &rest);
	step = div_u64_rem((u64)rest << 32, rate, &rest) << 32;
	step |= div_u64((u64)rest << 32, rate);
	return hz < 0 ? -step : step;
}

static void tune(struct adc *adc)
{
	struct chirp *chirp = &adc->chirp;
	s64 sweep = (s64)chirp->to_hz - chirp->from_hz;
	unsigned int i;

	for (i = 0; i < adc->carriers; i++)
		adc->carrier[i].step = turns(adc->carrier[i].hz, adc->rate);
	chirp->step = turns(chirp->from_hz, adc->rate);
	chirp->slope = div_u64(turns(abs(sweep), adc->rate), chirp->samples);
	if (sweep < 0)
		chirp->slope = -chirp->slope;
}

/* A number that looks like chance (the finalizer of splitmix64). */
static u64 chance(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* Four bytes together are nearly normal, of mean 510 and deviation 147.8. */
static s32 noise(u32 bytes, u32 rms)
{
	s32 sum = (bytes & 0xff) + (bytes >> 8 & 0xff) + (bytes >> 16 & 0xff) + (bytes >> 24);

	return ((s64)(sum - 510) * rms * 443 + 0x8000) >> 16;
}

static u16 clipped(s64 level, s32 noise)
{
	const s64 half = 1LL << (FFT_TWIDDLE_BITS - 1);

	return clamp_t(s64, ((level + half) >> FFT_TWIDDLE_BITS) + noise, S16_MIN, S16_MAX);
}

static void adc_words(struct sim_device *device, __le32 *to, u64 first, size_t words)
{
	const struct source *source = device->block;
	u64 phase[CARRIERS_MAX], chirp_phase, chirp_step, at;
	const struct chirp *chirp;
	unsigned long flags;
	unsigned int i;
	struct adc adc;

	spin_lock_irqsave(&device->lock, flags);
	adc = *adc_of(device);
	spin_unlock_irqrestore(&device->lock, flags);

	for (i = 0; i < adc.carriers; i++)
		phase[i] = adc.carrier[i].step * first;
	chirp = &adc.chirp;
	div64_u64_rem(first, chirp->samples, &at);
	chirp_step = chirp->step + chirp->slope * at;
	chirp_phase = chirp->step * at + chirp->slope * (at * (at - 1) / 2);

	for (; words--; first++) {
		u64 dice = chance(adc.seed + first * 0x9e3779b97f4a7c15ULL);
		struct fft_complex turn = source_turn(source, chirp_phase >> 48);
		s64 re = (s64)turn.re * chirp->amplitude;
		s64 im = -(s64)turn.im * chirp->amplitude;

		for (i = 0; i < adc.carriers; i++) {
			turn = source_turn(source, phase[i] >> 48);
			re += (s64)turn.re * adc.carrier[i].amplitude;
			im -= (s64)turn.im * adc.carrier[i].amplitude;
			phase[i] += adc.carrier[i].step;
		}
		*to++ = cpu_to_le32(clipped(re, noise(dice, adc.noise)) |
				    (u32)clipped(im, noise(dice >> 32, adc.noise)) << 16);
		chirp_phase += chirp_step;
		chirp_step += chirp->slope;
		if (++at == chirp->samples) {
			at = 0;
			chirp_phase = 0;
			chirp_step = chirp->step;
		}
	}
}

static int adc_init(struct sim_device *device)
{
	int ret = source_create(device, adc_words, sizeof(struct adc));
	struct source *source = device->block;
	struct adc *adc;

	if (ret)
		return ret;
	source->block_bytes = READ_ONCE(adc_block_bytes);
	source->sequence = READ_ONCE(adc_sequence);
	adc = source->pattern;
	*adc = defaults;
	adc->rate = clamp(READ_ONCE(adc_samples_per_second), 1U, (unsigned int)HZ_MAX);
	tune(adc);
	/* A converter never waits, unless that was asked for. */
	if (!device->bytes_per_second)
		device->bytes_per_second = (u64)adc->rate * SAMPLE_BYTES;
	return 0;
}

static int samples_per_second_get(void *data, u64 *value)
{
	*value = adc_of(data)->rate;
	return 0;
}

static int samples_per_second_set(void *data, u64 value)
{
	struct sim_device *device = data;
	struct adc *adc = adc_of(device);
	unsigned long flags;

	if (!value || value > HZ_MAX)
		return -EINVAL;
	spin_lock_irqsave(&device->lock, flags);
	adc->rate = value;
	tune(adc);
	sim_speed_set(device, value * SAMPLE_BYTES);
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(samples_per_second_fops, samples_per_second_get,
			 samples_per_second_set, "%llu\n");

static int seed_get(void *data, u64 *value)
{
	*value = adc_of(data)->seed;
	return 0;
}

/* The same seed, the same samples: they begin with the first. */
static int seed_set(void *data, u64 value)
{
	struct sim_device *device = data;
	struct source *source = device->block;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&device->lock, flags);
	if (source->emitting) {
		ret = -EBUSY;
	} else {
		adc_of(device)->seed = value;
		source->position = 0;
	}
	spin_unlock_irqrestore(&device->lock, flags);
	return ret;
}
DEFINE_DEBUGFS_ATTRIBUTE(seed_fops, seed_get, seed_set, "%llu\n");

/* Numbers with spaces between them. Return: how many, or -errno. */
static int numbers_read(const char __user *from, size_t n, s32 *number, unsigned int most)
{
	unsigned int count = 0;
	char *text, *rest, *word;
	int ret = 0;

	if (n > KNOB_BYTES_MAX)
		return -EINVAL;
	text = memdup_user_nul(from, n);
	if (IS_ERR(text))
		return PTR_ERR(text);
	rest = strim(text);
	while (!ret && (word = strsep(&rest, " \t\n"))) {
		if (!*word)
			continue;
		ret = count < most ? kstrtos32(word, 0, &number[count++]) : -EINVAL;
	}
	kfree(text);
	return ret ?: count;
}

static bool hz_is_valid(s32 hz)
{
	return hz >= -HZ_MAX && hz <= HZ_MAX;
}

static bool amplitude_is_valid(s32 amplitude)
{
	return amplitude >= 0 && amplitude <= AMPLITUDE_MAX;
}

static int carriers_show(struct seq_file *s, void *unused)
{
	struct sim_device *device = s->private;
	const struct adc *adc = adc_of(device);
	unsigned int i;

	spin_lock_irq(&device->lock);
	for (i = 0; i < adc->carriers; i++)
		seq_printf(s, "%d %u\n", adc->carrier[i].hz, adc->carrier[i].amplitude);
	spin_unlock_irq(&device->lock);
	return 0;
}

static int carriers_open(struct inode *inode, struct file *file)
{
	return single_open(file, carriers_show, inode->i_private);
}

static ssize_t carriers_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	struct sim_device *device = ((struct seq_file *)file->private_data)->private;
	struct adc *adc = adc_of(device);
	s32 number[2 * CARRIERS_MAX];
	int i, count = numbers_read(from, n, number, ARRAY_SIZE(number));

	if (count < 0)
		return count;
	if (count % 2)
		return -EINVAL;
	for (i = 0; i < count; i += 2)
		if (!hz_is_valid(number[i]) || !amplitude_is_valid(number[i + 1]))
			return -EINVAL;
	spin_lock_irq(&device->lock);
	for (i = 0; i < count; i += 2) {
		adc->carrier[i / 2].hz = number[i];
		adc->carrier[i / 2].amplitude = number[i + 1];
	}
	adc->carriers = count / 2;
	tune(adc);
	spin_unlock_irq(&device->lock);
	return n;
}

static const struct file_operations carriers_fops = {
	.owner = THIS_MODULE,
	.open = carriers_open,
	.read = seq_read,
	.write = carriers_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int chirp_show(struct seq_file *s, void *unused)
{
	struct sim_device *device = s->private;
	struct chirp chirp;

	spin_lock_irq(&device->lock);
	chirp = adc_of(device)->chirp;
	spin_unlock_irq(&device->lock);
	seq_printf(s, "%d %d %u %u\n", chirp.from_hz, chirp.to_hz, chirp.samples, chirp.amplitude);
	return 0;
}

static int chirp_open(struct inode *inode, struct file *file)
{
	return single_open(file, chirp_show, inode->i_private);
}

static ssize_t chirp_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	struct sim_device *device = ((struct seq_file *)file->private_data)->private;
	struct adc *adc = adc_of(device);
	s32 number[4];
	int count = numbers_read(from, n, number, ARRAY_SIZE(number));

	if (count < 0)
		return count;
	if (count != 4 || !hz_is_valid(number[0]) || !hz_is_valid(number[1]) || number[2] < 1 ||
	    !amplitude_is_valid(number[3]))
		return -EINVAL;
	spin_lock_irq(&device->lock);
	adc->chirp.from_hz = number[0];
	adc->chirp.to_hz = number[1];
	adc->chirp.samples = number[2];
	adc->chirp.amplitude = number[3];
	tune(adc);
	spin_unlock_irq(&device->lock);
	return n;
}

static const struct file_operations chirp_fops = {
	.owner = THIS_MODULE,
	.open = chirp_open,
	.read = seq_read,
	.write = chirp_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int noise_get(void *data, u64 *value)
{
	*value = adc_of(data)->noise;
	return 0;
}

static int noise_set(void *data, u64 value)
{
	struct sim_device *device = data;
	unsigned long flags;

	if (value > AMPLITUDE_MAX)
		return -EINVAL;
	spin_lock_irqsave(&device->lock, flags);
	adc_of(device)->noise = value;
	spin_unlock_irqrestore(&device->lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(noise_fops, noise_get, noise_set, "%llu\n");

static void adc_debugfs(struct sim_device *device, struct dentry *directory)
{
	source_debugfs(device, directory);
	debugfs_create_file_unsafe("samples_per_second", 0644, directory, device,
				   &samples_per_second_fops);
	debugfs_create_file_unsafe("seed", 0644, directory, device, &seed_fops);
	debugfs_create_file_unsafe("noise", 0644, directory, device, &noise_fops);
	debugfs_create_file("carriers", 0644, directory, device, &carriers_fops);
	debugfs_create_file("chirp", 0644, directory, device, &chirp_fops);
}

const struct sim_block sim_adc = {
	.name = "adc0",
	.channels = 1,
	.channel = {
		{ "rx", "adc-rx", DMA_DEV_TO_MEM },
	},
	.init = adc_init,
	.exit = source_destroy,
	.step = source_step,
	.reset = source_reset,
	.debugfs = adc_debugfs,
};
