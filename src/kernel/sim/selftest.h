/* SPDX-License-Identifier: GPL-2.0-only */
/* dmaring_sim_test: what each of its cases is made of. */
#ifndef DMARING_SIM_SELFTEST_H
#define DMARING_SIM_SELFTEST_H

#include <linux/completion.h>
#include <linux/dmaengine.h>

#define TEST_FLAGS	(DMA_PREP_INTERRUPT | DMA_CTRL_ACK)

/**
 * struct test_buffer - memory that is mapped
 * @dev: for which device
 * @data: memory
 * @bus: the same for the device
 * @bytes: size
 */
struct test_buffer {
	struct device *dev;
	u8 *data;
	dma_addr_t bus;
	size_t bytes;
};

/**
 * struct test_outcome - what the callbacks said
 * @done: first callback
 * @callbacks: how many
 * @result: of the last one
 * @residue: of the last one
 * @ns: when the last one came
 * @context: 0 task, 1 softirq, 2 hard interrupt
 * @bad_chan: prepare a copy on this channel in the callback, against the rules
 */
struct test_outcome {
	struct completion done;
	unsigned int callbacks;
	enum dmaengine_tx_result result;
	u32 residue;
	u64 ns;
	unsigned int context;
	struct dma_chan *bad_chan;
};

extern char test_result[512];
extern size_t test_result_bytes;

__printf(1, 2) void test_say(const char *format, ...);
int test_buffer_init(struct test_buffer *b, struct dma_chan *chan, size_t bytes, int seed);
void test_buffer_to_cpu(struct test_buffer *b);
void test_buffer_exit(struct test_buffer *b);
dma_cookie_t test_submit(struct dma_async_tx_descriptor *tx, struct test_outcome *o);
dma_cookie_t test_arm(struct dma_chan *chan, enum dma_transfer_direction direction,
		      dma_addr_t bus, size_t bytes, unsigned long flags, struct test_outcome *o);
void test_outcome_init(struct test_outcome *o);
void test_outcome_say(const char *side, struct test_outcome *o, struct dma_chan *chan,
		      dma_cookie_t cookie);

#endif
