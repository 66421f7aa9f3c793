// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault injection: a knob is a debugfs file of a channel. What is written is
 * one line, "COUNT [VALUE]": the next COUNT transfers are hit, all if it is
 * negative, none if it is 0. Reading gives what is left of it.
 *
 * Locks: device->lock protects the knobs.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "sim.h"

/**
 * struct knob - a kind of fault
 * @name: of the file
 * @fallback: value if none is written
 * @words: names of the values from 1 on; NULL: the value is a number
 */
struct knob {
	const char *name;
	u64 fallback;
	const char *words[4];
};

static const struct knob knobs[SIM_FAULTS] = {
	[SIM_FAIL_ERROR] = { "fail_error", 0, {
		[DMA_TRANS_READ_FAILED] = "read",
		[DMA_TRANS_WRITE_FAILED] = "write",
		[DMA_TRANS_ABORTED] = "aborted",
	} },
	[SIM_SHORT] = { "short", 4 },
	[SIM_LATE] = { "late_us", 10000 },
	[SIM_LOSE_CALLBACK] = { "lose_callback", 0 },
	[SIM_SPURIOUS_CALLBACK] = { "spurious_callback", 0 },
	[SIM_DOUBLE_CALLBACK] = { "double_callback", 0 },
	[SIM_DELAY_CALLBACK] = { "delay_callback_us", 10000 },
	[SIM_GHOST_CALLBACK] = { "ghost_callback_us", 10000 },
	[SIM_FAIL_PREP] = { "fail_prep", 0 },
	[SIM_HANG] = { "hang", 0 },
	[SIM_REFUSE_STOP] = { "refuse_stop", 0 },
	[SIM_OVERRUN] = { "overrun", 64 },
	[SIM_NOT_YET] = { "not_yet", 0 },
};

/**
 * sim_fault_take() - is this one to be hit?
 * @c: channel
 * @kind: of fault
 * @value: by how much; may be NULL
 *
 * Context: device->lock is held.
 * Return: true if so; it is counted off.
 */
bool sim_fault_take(struct sim_channel *c, enum sim_fault_kind kind, u64 *value)
{
	struct sim_fault *fault = &c->fault[kind];

	if (likely(!(c->faults & BIT(kind))))
		return false;
	if (value)
		*value = fault->value;
	if (fault->left > 0 && !--fault->left)
		c->faults &= ~BIT(kind);
	return true;
}

/**
 * sim_fault_skip() - a transfer that was to be hit ends before its turn
 * @c: channel
 *
 * Context: device->lock is held.
 */
void sim_fault_skip(struct sim_channel *c)
{
	enum sim_fault_kind kind;

	for (kind = 0; c->faults && kind < SIM_FAULTS; kind++)
		if (kind != SIM_FAIL_PREP && kind != SIM_REFUSE_STOP && kind != SIM_NOT_YET)
			sim_fault_take(c, kind, NULL);
}

static ssize_t fault_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
	struct sim_fault *fault = file->private_data;
	struct sim_channel *c = fault->channel;
	char text[64];
	int length;
	u64 value;
	s64 left;

	spin_lock_irq(&c->device->lock);
	left = c->faults & BIT(fault - c->fault) ? fault->left : 0;
	value = fault->value;
	spin_unlock_irq(&c->device->lock);
	if (fault - c->fault == SIM_FAIL_ERROR)
		length = scnprintf(text, sizeof(text), "%lld %s\n", left,
				   knobs[SIM_FAIL_ERROR].words[value] ?: "default");
	else
		length = scnprintf(text, sizeof(text), "%lld %llu\n", left, value);
	return simple_read_from_buffer(to, n, at, text, length);
}

static int parse(enum sim_fault_kind kind, char *text, s64 *left, u64 *number)
{
	char *count, *value;
	unsigned int i;
	int ret;

	text = strim(text);
	count = strsep(&text, " \t");
	ret = kstrtos64(count, 0, left);
	if (ret)
		return ret;
	*number = knobs[kind].fallback;
	value = text ? skip_spaces(text) : NULL;
	if (!value || !*value)
		return 0;
	if (kind != SIM_FAIL_ERROR) {
		ret = kstrtou64(value, 0, number);
		return ret ?: *number > U32_MAX ? -ERANGE : 0;
	}
	for (i = 1; i < ARRAY_SIZE(knobs[kind].words); i++) {
		if (!strcmp(value, knobs[kind].words[i])) {
			*number = i;
			return 0;
		}
	}
	return -EINVAL;
}

static ssize_t fault_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	struct sim_fault *fault = file->private_data;
	struct sim_channel *c = fault->channel;
	char *text;
	u64 value;
	s64 left;
	int ret;

	if (n > 64)
		return -EINVAL;
	text = memdup_user_nul(from, n);
	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = parse(fault - c->fault, text, &left, &value);
	kfree(text);
	if (ret)
		return ret;

	spin_lock_irq(&c->device->lock);
	fault->left = left;
	fault->value = value;
	if (left)
		c->faults |= BIT(fault - c->fault);
	else
		c->faults &= ~BIT(fault - c->fault);
	spin_unlock_irq(&c->device->lock);
	return n;
}

static const struct file_operations fault_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = fault_read,
	.write = fault_write,
	.llseek = default_llseek,
};

/**
 * sim_fault_debugfs() - makes the knobs of a channel
 * @c: channel, with its directory
 *
 * Context: process.
 */
void sim_fault_debugfs(struct sim_channel *c)
{
	unsigned int i;

	for (i = 0; i < SIM_FAULTS; i++) {
		c->fault[i].channel = c;
		debugfs_create_file(knobs[i].name, 0644, c->directory, &c->fault[i], &fault_fops);
	}
}
