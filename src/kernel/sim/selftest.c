// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaring_sim_test: a client that does one thing at a time with the virtual
 * controller, well or badly, and says what came of it, so that a script can
 * set a knob, have something done, and judge (tests/system/sim_test.sh).
 *
 * debugfs dmaring_sim_test/run takes "CASE [NUMBER...]" and returns when it is
 * over; dmaring_sim_test/result has words "name=value". The channels must be
 * free: no driver bound to dmaring.N.
 *
 * Locks: case_lock, process context, for one case at a time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "selftest.h"

#define NUMBERS 4
#define TRANSFERS 300

static DEFINE_MUTEX(case_lock);
static struct platform_device *test_pdev;
static struct dentry *test_debugfs;

static struct dma_chan *claim(const char *name)
{
	return dma_request_chan(&test_pdev->dev, name);
}

/* pair SEND RECEIVE WAIT_MS: one of each, over loop0 */
static int case_pair(struct dma_chan *tx, struct dma_chan *rx, const unsigned int *n)
{
	struct test_buffer source = {}, target = {};
	struct test_outcome sent, received;
	dma_cookie_t s, r;
	u64 start;
	int ret;

	test_outcome_init(&sent);
	test_outcome_init(&received);
	ret = test_buffer_init(&source, tx, n[0], 1);
	if (!ret)
		ret = test_buffer_init(&target, rx, n[1], 0);
	if (ret)
		goto out;
	start = ktime_get_ns();
	r = test_arm(rx, DMA_DEV_TO_MEM, target.bus, n[1], TEST_FLAGS, &received);
	s = test_arm(tx, DMA_MEM_TO_DEV, source.bus, n[0], TEST_FLAGS, &sent);
	test_say("tx.cookie=%d rx.cookie=%d", s, r);
	dma_async_issue_pending(rx);
	dma_async_issue_pending(tx);
	wait_for_completion_timeout(&sent.done, msecs_to_jiffies(n[2]));
	wait_for_completion_timeout(&received.done, msecs_to_jiffies(n[2]));
	msleep(30); /* for what comes too late or too often */
	test_outcome_say("tx", &sent, tx, s);
	test_outcome_say("rx", &received, rx, r);
	test_say("stop.tx=%d", dmaengine_terminate_async(tx));
	test_say("stop.rx=%d", dmaengine_terminate_async(rx));
	dmaengine_synchronize(tx);
	dmaengine_synchronize(rx);
	test_buffer_to_cpu(&target);
	test_say("equal=%d ms=%llu context=%u", !memcmp(source.data, target.data, min(n[0], n[1])),
		 received.callbacks ? div_u64(received.ns - start, NSEC_PER_MSEC) : 0ULL,
		 received.context);
out:
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	return ret;
}

/* split: a scattered send of 300 ends in the second of two receives of 200 */
static int case_split(struct dma_chan *tx, struct dma_chan *rx, const unsigned int *n)
{
	struct test_buffer source = {}, target = {};
	struct test_outcome sent, first, second;
	struct scatterlist sg[3];
	int ret;

	test_outcome_init(&sent);
	test_outcome_init(&first);
	test_outcome_init(&second);
	ret = test_buffer_init(&source, tx, 300, 3);
	if (!ret)
		ret = test_buffer_init(&target, rx, 400, 0);
	if (ret)
		goto out;
	sg_init_table(sg, 3);
	sg_dma_address(&sg[0]) = source.bus;
	sg_dma_len(&sg[0]) = 7;
	sg_dma_address(&sg[1]) = source.bus + 7;
	sg_dma_len(&sg[1]) = 250;
	sg_dma_address(&sg[2]) = source.bus + 257;
	sg_dma_len(&sg[2]) = 43;
	test_submit(dmaengine_prep_slave_sg(tx, sg, 3, DMA_MEM_TO_DEV, TEST_FLAGS), &sent);
	test_arm(rx, DMA_DEV_TO_MEM, target.bus, 200, TEST_FLAGS, &first);
	test_arm(rx, DMA_DEV_TO_MEM, target.bus + 200, 200, TEST_FLAGS, &second);
	dma_async_issue_pending(tx);
	dma_async_issue_pending(rx);
	wait_for_completion_timeout(&second.done, HZ);
	test_buffer_to_cpu(&target);
	test_say("sent=%u first=%u second=%u equal=%d", sent.residue, first.residue, second.residue,
		 !memcmp(source.data, target.data, 300) && !target.data[300]);
	dmaengine_terminate_sync(tx);
	dmaengine_terminate_sync(rx);
out:
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	return ret;
}

/* cyclic SENDS: a ring of 4 periods of 64 receives sends of 64, then one of 32 */
static int case_cyclic(struct dma_chan *tx, struct dma_chan *rx, const unsigned int *n)
{
	struct test_buffer source = {}, target = {};
	struct dma_async_tx_descriptor *ring;
	struct dma_tx_state state = {};
	struct test_outcome sent, period;
	dma_cookie_t cookie;
	unsigned int i, early;
	int ret;

	if (n[0] > TRANSFERS)
		return -EINVAL;
	test_outcome_init(&sent);
	test_outcome_init(&period);
	ret = test_buffer_init(&source, tx, 64 * n[0] + 32, 5);
	if (!ret)
		ret = test_buffer_init(&target, rx, 256, 0);
	if (ret)
		goto out;
	ring = dmaengine_prep_dma_cyclic(rx, target.bus, 256, 64, DMA_DEV_TO_MEM, TEST_FLAGS);
	cookie = test_submit(ring, &period);
	for (i = 0; i < n[0]; i++)
		test_arm(tx, DMA_MEM_TO_DEV, source.bus + 64 * i, 64, DMA_CTRL_ACK, &sent);
	test_arm(tx, DMA_MEM_TO_DEV, source.bus + 64 * n[0], 32, TEST_FLAGS, &sent);
	dma_async_issue_pending(tx);
	dma_async_issue_pending(rx);
	wait_for_completion_timeout(&sent.done, HZ);
	early = READ_ONCE(period.callbacks);
	msleep(60);
	test_say("early=%u callbacks=%u status=%d", early, period.callbacks,
		 dmaengine_tx_status(rx, cookie, &state));
	test_say("residue=%u", state.residue);
	dmaengine_terminate_sync(rx);
	dmaengine_terminate_sync(tx);
	test_buffer_to_cpu(&target);
	/* The last period but the begun one. */
	i = n[0] - 1;
	test_say("equal=%d", !memcmp(target.data + 64 * (i % 4), source.data + 64 * i, 64));
out:
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	return ret;
}

/* pause: a paused send moves nothing until resumed */
static int case_pause(struct dma_chan *tx, struct dma_chan *rx, const unsigned int *n)
{
	struct test_buffer source = {}, target = {};
	struct test_outcome sent, received;
	dma_cookie_t cookie;
	int ret;

	test_outcome_init(&sent);
	test_outcome_init(&received);
	ret = test_buffer_init(&source, tx, 64, 1);
	if (!ret)
		ret = test_buffer_init(&target, rx, 64, 0);
	if (ret)
		goto out;
	dmaengine_pause(tx);
	cookie = test_arm(tx, DMA_MEM_TO_DEV, source.bus, 64, TEST_FLAGS, &sent);
	test_arm(rx, DMA_DEV_TO_MEM, target.bus, 64, TEST_FLAGS, &received);
	dma_async_issue_pending(tx);
	dma_async_issue_pending(rx);
	msleep(50);
	test_say("paused.callbacks=%u paused.status=%d", received.callbacks,
		 dmaengine_tx_status(tx, cookie, NULL));
	dmaengine_resume(tx);
	wait_for_completion_timeout(&received.done, HZ);
	test_say("resumed.callbacks=%u", received.callbacks);
	dmaengine_terminate_sync(tx);
	dmaengine_terminate_sync(rx);
out:
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	return ret;
}

/* pool: as many receives as there are descriptors, then one send, then the rest */
static int case_pool(struct dma_chan *tx, struct dma_chan *rx, const unsigned int *n)
{
	struct test_buffer source = {}, target = {};
	struct test_outcome sent, received;
	unsigned int i, armed = 0;
	int ret;

	test_outcome_init(&sent);
	test_outcome_init(&received);
	ret = test_buffer_init(&source, tx, 64, 1);
	if (!ret)
		ret = test_buffer_init(&target, rx, 64, 0);
	if (ret)
		goto out;
	while (armed < 100000 &&
	       test_arm(rx, DMA_DEV_TO_MEM, target.bus, 64, TEST_FLAGS, &received) > 0)
		armed++;
	dma_async_issue_pending(rx);
	for (i = 0; i < armed; i++) {
		test_arm(tx, DMA_MEM_TO_DEV, source.bus, 64, TEST_FLAGS, &sent);
		if (!i) {
			dma_async_issue_pending(tx);
			msleep(20);
			test_say("armed=%u early=%u", armed, received.callbacks);
		}
	}
	dma_async_issue_pending(tx);
	msleep(100);
	test_say("received=%u sent=%u", received.callbacks, sent.callbacks);
	/* All of them are free again. */
	for (i = 0; test_arm(rx, DMA_DEV_TO_MEM, target.bus, 64, TEST_FLAGS, &received) > 0; i++)
		;
	dmaengine_terminate_sync(rx);
	test_say("again=%u", i);
	for (i = 0; test_arm(rx, DMA_DEV_TO_MEM, target.bus, 64, TEST_FLAGS, &received) > 0; i++)
		;
	dmaengine_terminate_sync(rx);
	dmaengine_terminate_sync(tx);
	test_say("terminated=%u", i);
out:
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	return ret;
}

/* copy BYTES COUNT WAIT_MS */
static int case_copy(struct dma_chan *chan, struct dma_chan *unused, const unsigned int *n)
{
	struct test_buffer source = {}, target = {};
	struct test_outcome copied;
	unsigned int i;
	int ret;

	test_outcome_init(&copied);
	ret = test_buffer_init(&source, chan, n[0] * n[1], 9);
	if (!ret)
		ret = test_buffer_init(&target, chan, n[0] * n[1], 0);
	if (ret)
		goto out;
	for (i = 0; i < n[1]; i++) {
		test_submit(dmaengine_prep_dma_memcpy(chan, target.bus + i * n[0],
						      source.bus + i * n[0], n[0], TEST_FLAGS),
			    &copied);
		dma_async_issue_pending(chan);
	}
	msleep(n[2]);
	test_say("callbacks=%u result=%d context=%u", copied.callbacks, copied.result,
		 copied.context);
	dmaengine_terminate_sync(chan);
	test_buffer_to_cpu(&target);
	test_say("equal=%d", !memcmp(source.data, target.data, target.bytes));
out:
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	return ret;
}

/*
 * sync BYTES MISTAKE: a copy out of a buffer that was filled after it was mapped, into
 * one that was. Mistakes in handing them over: 0 none; to the device 1 never, 2 before it was
 * filled, 3 all but the last cache line; to the CPU 4 never, 5 before the device wrote,
 * 6 all but the last cache line.
 */
static int case_sync(struct dma_chan *chan, struct dma_chan *unused, const unsigned int *n)
{
	const unsigned int bytes = n[0], mistake = n[1], cut = 64;
	struct test_buffer source = {}, target = {};
	struct test_outcome copied;
	int ret;

	if (bytes <= cut)
		return -EINVAL;
	test_outcome_init(&copied);
	ret = test_buffer_init(&source, chan, bytes, 0);
	if (!ret)
		ret = test_buffer_init(&target, chan, bytes, 0);
	if (ret)
		goto out;
	dma_sync_single_for_cpu(source.dev, source.bus, bytes, DMA_TO_DEVICE);
	if (mistake == 2)
		dma_sync_single_for_device(source.dev, source.bus, bytes, DMA_TO_DEVICE);
	memset(source.data, 0x5a, bytes);
	if (mistake != 1 && mistake != 2)
		dma_sync_single_for_device(source.dev, source.bus, bytes - (mistake == 3 ? cut : 0),
					   DMA_TO_DEVICE);
	dma_sync_single_for_device(target.dev, target.bus, bytes, DMA_FROM_DEVICE);
	if (mistake == 5)
		dma_sync_single_for_cpu(target.dev, target.bus, bytes, DMA_FROM_DEVICE);
	test_submit(dmaengine_prep_dma_memcpy(chan, target.bus, source.bus, bytes, TEST_FLAGS),
		    &copied);
	dma_async_issue_pending(chan);
	wait_for_completion_timeout(&copied.done, HZ);
	dmaengine_terminate_sync(chan);
	if (mistake != 4 && mistake != 5)
		dma_sync_single_for_cpu(target.dev, target.bus, bytes - (mistake == 6 ? cut : 0),
					DMA_FROM_DEVICE);
	test_say("callbacks=%u equal=%d", copied.callbacks,
		 !memcmp(source.data, target.data, bytes));
out:
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	return ret;
}

/* rows: 5 rows of 10 and 6 bytes with gaps, packed at the destination */
static int case_rows(struct dma_chan *chan, struct dma_chan *unused, const unsigned int *n)
{
	struct dma_interleaved_template *xt;
	struct test_buffer source = {}, target = {};
	unsigned int row, equal = 0;
	struct test_outcome copied;
	int ret;

	test_outcome_init(&copied);
	xt = kzalloc(struct_size(xt, sgl, 2), GFP_KERNEL);
	if (!xt)
		return -ENOMEM;
	ret = test_buffer_init(&source, chan, 5 * 32, 11);
	if (!ret)
		ret = test_buffer_init(&target, chan, 5 * 16, 0);
	if (ret)
		goto out;
	xt->src_start = source.bus;
	xt->dst_start = target.bus;
	xt->dir = DMA_MEM_TO_MEM;
	xt->src_inc = true;
	xt->dst_inc = true;
	xt->src_sgl = true;
	xt->numf = 5;
	xt->frame_size = 2;
	xt->sgl[0].size = 10;
	xt->sgl[0].src_icg = 4;
	xt->sgl[1].size = 6;
	xt->sgl[1].src_icg = 12;
	test_submit(dmaengine_prep_interleaved_dma(chan, xt, TEST_FLAGS), &copied);
	dma_async_issue_pending(chan);
	wait_for_completion_timeout(&copied.done, HZ);
	dmaengine_terminate_sync(chan);
	test_buffer_to_cpu(&target);
	for (row = 0; row < 5; row++)
		equal += !memcmp(target.data + 16 * row, source.data + 32 * row, 10) &&
			 !memcmp(target.data + 16 * row + 10, source.data + 32 * row + 14, 6);
	test_say("callbacks=%u equal=%u", copied.callbacks, equal);
out:
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	kfree(xt);
	return ret;
}

/*
 * source RECEIVES BYTES PAUSE_MS NUMBERED: the counter, one receive at a time.
 * The same on adc0, whose words are no counter.
 */
static int case_source(struct dma_chan *rx, struct dma_chan *unused, const unsigned int *n)
{
	u32 i, k, expected = 0, header = n[3] ? 2 : 0;
	u64 block, last = 0, lost_blocks = 0, lost = 0;
	unsigned int received = 0, wrong = 0, left = 0;
	struct test_buffer target = {};
	struct test_outcome o;
	int ret;

	ret = test_buffer_init(&target, rx, n[1], 0);
	if (ret)
		return ret;
	for (i = 0; i < n[0]; i++) {
		const __le32 *word = (const __le32 *)target.data;

		test_outcome_init(&o);
		dma_sync_single_for_device(target.dev, target.bus, n[1], DMA_BIDIRECTIONAL);
		test_arm(rx, DMA_DEV_TO_MEM, target.bus, n[1], TEST_FLAGS, &o);
		dma_async_issue_pending(rx);
		if (!wait_for_completion_timeout(&o.done, HZ))
			break;
		test_buffer_to_cpu(&target);
		received++;
		left += o.residue;
		block = le32_to_cpu(word[0]) | (u64)le32_to_cpu(word[1]) << 32;
		if (i) {
			lost_blocks += block - last - 1;
			lost += le32_to_cpu(word[header]) - header - expected;
		}
		last = block;
		for (k = header; k < (n[1] - o.residue) / 4; k++)
			wrong += le32_to_cpu(word[k]) - le32_to_cpu(word[header]) != k - header;
		expected = le32_to_cpu(word[header]) - header + (n[1] - o.residue) / 4;
		msleep(n[2]);
	}
	dmaengine_terminate_sync(rx);
	test_say("received=%u residue=%u wrong=%u lost_words=%llu", received, left, wrong, lost);
	if (header)
		test_say("lost_blocks=%llu", lost_blocks);
	test_buffer_exit(&target);
	return 0;
}

/* sink SENDS BYTES WRONG: the counter, with that word wrong unless it is 0 */
static int case_sink(struct dma_chan *tx, struct dma_chan *unused, const unsigned int *n)
{
	struct test_buffer source = {};
	unsigned int i, sent = 0;
	struct test_outcome o;
	int ret;

	ret = test_buffer_init(&source, tx, n[0] * n[1], 0);
	if (ret)
		return ret;
	for (i = 0; i < source.bytes / 4; i++)
		((__le32 *)source.data)[i] = cpu_to_le32(n[2] && i == n[2] ? ~i : i);
	dma_sync_single_for_device(source.dev, source.bus, source.bytes, DMA_BIDIRECTIONAL);
	for (i = 0; i < n[0]; i++) {
		test_outcome_init(&o);
		test_arm(tx, DMA_MEM_TO_DEV, source.bus + i * n[1], n[1], TEST_FLAGS, &o);
		dma_async_issue_pending(tx);
		sent += !!wait_for_completion_timeout(&o.done, HZ);
	}
	dmaengine_terminate_sync(tx);
	test_say("sent=%u", sent);
	test_buffer_exit(&source);
	return 0;
}

enum sin {
	NO_ACK,
	SUBMIT_TWICE,
	PREP_TWICE,
	NO_SYNCHRONIZE,
	BUSY,
	IN_CALLBACK,
	TOUCH,
	WILD,
	ACROSS
};

/* sin WHICH [BOUNDARY]: on mem0, against the rules */
static int case_sin(struct dma_chan *chan, struct dma_chan *unused, const unsigned int *n)
{
	struct dma_async_tx_descriptor *tx;
	struct test_buffer source = {}, target = {};
	struct test_outcome copied;
	int ret;

	test_outcome_init(&copied);
	ret = test_buffer_init(&source, chan, max(64U, 2 * n[1]), 1);
	if (!ret)
		ret = test_buffer_init(&target, chan, 64, 0);
	if (ret)
		goto out;
	if (n[0] == IN_CALLBACK)
		copied.bad_chan = chan;
	tx = dmaengine_prep_dma_memcpy(chan, target.bus, source.bus, 64,
				       n[0] == NO_ACK ? DMA_PREP_INTERRUPT : TEST_FLAGS);
	if (n[0] == PREP_TWICE)
		test_submit(dmaengine_prep_dma_memcpy(chan, target.bus, source.bus, 64, TEST_FLAGS),
			    &copied);
	if (n[0] == WILD)
		test_say("wild=%d",
			 !!dmaengine_prep_dma_memcpy(chan, ~0UL - 64, source.bus, 64, TEST_FLAGS));
	if (n[0] == ACROSS)
		test_say("across=%d",
			 !!dmaengine_prep_dma_memcpy(chan, target.bus, source.bus + n[1] - 32, 64,
						     TEST_FLAGS));
	test_submit(tx, &copied);
	if (n[0] == SUBMIT_TWICE)
		test_say("again=%d", dmaengine_submit(tx));
	if (n[0] == TOUCH) {
		source.data[5]++;
		dma_sync_single_for_device(source.dev, source.bus, 64, DMA_BIDIRECTIONAL);
	}
	if (n[0] != BUSY) {
		dma_async_issue_pending(chan);
		wait_for_completion_timeout(&copied.done, HZ);
		msleep(20);
	}
	test_say("callbacks=%u", copied.callbacks);
	if (n[0] == NO_SYNCHRONIZE)
		dmaengine_terminate_async(chan);
	else if (n[0] != BUSY)
		dmaengine_terminate_sync(chan);
out:
	/* Released before it is unmapped: a sin or not, nothing must break. */
	dma_release_channel(chan);
	test_buffer_exit(&target);
	test_buffer_exit(&source);
	return ret;
}

/*
 * struct test - a case
 * @name: in the command
 * @first: channel
 * @second: channel, or NULL
 * @run: does it
 * @releases: @run releases the channel itself
 */
static const struct test {
	const char *name;
	const char *first;
	const char *second;
	int (*run)(struct dma_chan *first, struct dma_chan *second, const unsigned int *n);
	bool releases;
} tests[] = {
	{ "pair", "loop-tx", "loop-rx", case_pair },
	{ "split", "loop-tx", "loop-rx", case_split },
	{ "cyclic", "loop-tx", "loop-rx", case_cyclic },
	{ "pause", "loop-tx", "loop-rx", case_pause },
	{ "pool", "loop-tx", "loop-rx", case_pool },
	{ "copy", "copy", NULL, case_copy },
	{ "sync", "copy", NULL, case_sync },
	{ "rows", "copy", NULL, case_rows },
	{ "source", "source-rx", NULL, case_source },
	{ "adc", "adc-rx", NULL, case_source },
	{ "sink", "sink-tx", NULL, case_sink },
	{ "sin", "copy", NULL, case_sin, true },
};

static int run_case(const struct test *t, const unsigned int *n)
{
	struct dma_chan *first, *second = NULL;
	int ret;

	first = claim(t->first);
	if (IS_ERR(first))
		return PTR_ERR(first);
	if (t->second) {
		second = claim(t->second);
		if (IS_ERR(second)) {
			dma_release_channel(first);
			return PTR_ERR(second);
		}
	}
	ret = t->run(first, second, n);
	if (second)
		dma_release_channel(second);
	if (!t->releases)
		dma_release_channel(first);
	return ret;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t bytes, loff_t *at)
{
	unsigned int i, n[NUMBERS] = {};
	char name[16], *line;
	int ret;

	if (bytes > 64)
		return -EINVAL;
	line = memdup_user_nul(from, bytes);
	if (IS_ERR(line))
		return PTR_ERR(line);
	ret = sscanf(line, "%15s %u %u %u %u", name, &n[0], &n[1], &n[2], &n[3]) < 1 ? -EINVAL : 0;
	kfree(line);
	if (ret)
		return ret;

	ret = -EINVAL;
	mutex_lock(&case_lock);
	test_result_bytes = 0;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (!strcmp(name, tests[i].name))
			ret = run_case(&tests[i], n);
	mutex_unlock(&case_lock);
	return ret ?: bytes;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static ssize_t result_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
	ssize_t ret;

	mutex_lock(&case_lock);
	ret = simple_read_from_buffer(to, n, at, test_result, test_result_bytes);
	mutex_unlock(&case_lock);
	return ret;
}

static const struct file_operations result_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = result_read,
	.llseek = default_llseek,
};

static int __init test_init(void)
{
	test_pdev =
		platform_device_register_simple("dmaring_sim_test", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(test_pdev))
		return PTR_ERR(test_pdev);
	test_debugfs = debugfs_create_dir("dmaring_sim_test", NULL);
	debugfs_create_file("run", 0200, test_debugfs, NULL, &run_fops);
	debugfs_create_file("result", 0444, test_debugfs, NULL, &result_fops);
	return 0;
}
module_init(test_init);

static void __exit test_exit(void)
{
	debugfs_remove_recursive(test_debugfs);
	platform_device_unregister(test_pdev);
}
module_exit(test_exit);

MODULE_DESCRIPTION("dmaring: tests of the simulated DMA controller");
MODULE_VERSION(DMARING_VERSION);
MODULE_LICENSE("GPL");
