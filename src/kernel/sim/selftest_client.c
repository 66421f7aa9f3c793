// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaring_sim_test: buffers, descriptors whose callbacks are counted, and the
 * words in which a case says what it saw.
 *
 * Owns: the result, under the lock of whoever runs the case.
 */
#include <linux/dma-mapping.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "selftest.h"

char test_result[512];
size_t test_result_bytes;

/**
 * test_say() - add words to the result of the case that runs
 * @format: as printf() has it, a word "name=value" each
 *
 * What does not fit is cut off.
 *
 * Context: process; the case lock is held.
 */
void test_say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	test_result_bytes += vscnprintf(test_result + test_result_bytes,
					sizeof(test_result) - test_result_bytes - 1, format, list);
	va_end(list);
	test_result[test_result_bytes++] = ' ';
	test_result[min(test_result_bytes, sizeof(test_result) - 1)] = 0;
	test_result_bytes = min(test_result_bytes, sizeof(test_result) - 2);
}

static void callback(void *parameter, const struct dmaengine_result *said)
{
	struct test_outcome *o = parameter;

	o->callbacks++;
	o->result = said->result;
	o->residue = said->residue;
	o->ns = ktime_get_ns();
	o->context = in_hardirq() ? 2 : in_serving_softirq() ? 1 : 0;
	if (o->bad_chan) {
		struct dma_async_tx_descriptor *tx;

		tx = dmaengine_prep_dma_memcpy(o->bad_chan, 4096, 8192, 64, TEST_FLAGS);
		if (tx)
			dmaengine_submit(tx);
	}
	complete(&o->done);
}

/**
 * test_buffer_init() - memory, mapped for both directions
 * @b: buffer
 * @chan: channel whose device is to reach it
 * @bytes: size
 * @seed: what it is filled with depends on this; 0: zeros
 *
 * Context: process.
 * Return: 0, -ENOMEM, or -EIO when it cannot be mapped.
 */
int test_buffer_init(struct test_buffer *b, struct dma_chan *chan, size_t bytes, int seed)
{
	size_t i;

	b->dev = dmaengine_get_dma_device(chan);
	b->bytes = bytes;
	b->data = kzalloc(bytes, GFP_KERNEL);
	if (!b->data)
		return -ENOMEM;
	for (i = 0; seed && i < bytes; i++)
		b->data[i] = seed + i * 7 + (i >> 8);
	b->bus = dma_map_single(b->dev, b->data, bytes, DMA_BIDIRECTIONAL);
	if (!dma_mapping_error(b->dev, b->bus))
		return 0;
	kfree(b->data);
	b->data = NULL;
	return -EIO;
}

/**
 * test_buffer_to_cpu() - let the CPU see what the device wrote
 * @b: buffer
 *
 * Context: any.
 */
void test_buffer_to_cpu(struct test_buffer *b)
{
	dma_sync_single_for_cpu(b->dev, b->bus, b->bytes, DMA_BIDIRECTIONAL);
}

/**
 * test_buffer_exit() - unmap and free, if there is something
 * @b: buffer, of zeros when it was never made
 *
 * Context: process.
 */
void test_buffer_exit(struct test_buffer *b)
{
	if (!b->data)
		return;
	dma_unmap_single(b->dev, b->bus, b->bytes, DMA_BIDIRECTIONAL);
	kfree(b->data);
}

/**
 * test_submit() - submit a descriptor whose callbacks are counted
 * @tx: descriptor, or NULL
 * @o: what they say goes there
 *
 * Context: any.
 * Return: its cookie; -ENOMEM without a descriptor.
 */
dma_cookie_t test_submit(struct dma_async_tx_descriptor *tx, struct test_outcome *o)
{
	if (!tx)
		return -ENOMEM;
	tx->callback_result = callback;
	tx->callback_param = o;
	return dmaengine_submit(tx);
}

/**
 * test_arm() - prepare and submit one segment
 * @chan: channel
 * @direction: to or from the device
 * @bus: address for the device
 * @bytes: length
 * @flags: of the descriptor
 * @o: what its callbacks say goes there
 *
 * Context: any.
 * Return: the cookie, or -ENOMEM.
 */
dma_cookie_t test_arm(struct dma_chan *chan, enum dma_transfer_direction direction, dma_addr_t bus,
		      size_t bytes, unsigned long flags, struct test_outcome *o)
{
	return test_submit(dmaengine_prep_slave_single(chan, bus, bytes, direction, flags), o);
}

/**
 * test_outcome_init() - nothing has been said yet
 * @o: outcome
 *
 * Context: any.
 */
void test_outcome_init(struct test_outcome *o)
{
	memset(o, 0, sizeof(*o));
	init_completion(&o->done);
	o->result = 99;
}

/**
 * test_outcome_say() - put an outcome into words
 * @side: what their names begin with
 * @o: outcome
 * @chan: channel
 * @cookie: of the descriptor
 *
 * Context: process; the case lock is held.
 */
void test_outcome_say(const char *side, struct test_outcome *o, struct dma_chan *chan,
		      dma_cookie_t cookie)
{
	test_say("%s.callbacks=%u %s.result=%d %s.residue=%u %s.status=%d", side, o->callbacks,
		 side, o->result, side, o->residue, side, dmaengine_tx_status(chan, cookie, NULL));
}
