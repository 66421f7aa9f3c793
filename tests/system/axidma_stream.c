// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams both ways on AXI DMA for a minute: every block comes back, once, in order and
 * whole. A block is sent when a receive has been started for it, as the model of the MAC
 * needs it: the one running after a receive has been reported.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute.h"

#define BUFFERS		8U	/* for each direction */
#define BYTES		4096U
#define PACKET		4092U
#define SECONDS		60U
#define RECEIVE		(1ULL << 32)

struct stream {
	struct ring *ring;
	unsigned int rx, tx;
	uint32_t armed;		/* receives asked for */
	uint32_t sent;		/* blocks handed over */
	uint32_t gone;		/* of them, those that the engine is done with */
	uint32_t received;	/* blocks that came back */
};

/* An overlay names the same channels anew. */
static const char *device(void)
{
	return getenv("AXIDMA_DEVICE") ?: "axi0";
}

/* Words that tell the block and the place in it. */
static uint32_t word(uint32_t block, unsigned int place)
{
	return block * 0x9e3779b9U ^ place * 0x85ebca6bU;
}

static void arm(struct stream *s)
{
	push_data(s->ring, DMARING_OP_RECEIVE, s->rx, s->armed % BUFFERS, 0, BYTES,
		  RECEIVE | s->armed)->timeout_us = 10000000;
	s->armed++;
}

static void send_next(struct stream *s)
{
	unsigned int buffer = BUFFERS + s->sent % BUFFERS, i;
	uint32_t *words = (uint32_t *)ring_buffer(s->ring, buffer);

	for (i = 0; i < PACKET / sizeof(*words); i++)
		words[i] = word(s->sent, i);
	push_data(s->ring, DMARING_OP_SEND, s->tx, buffer, 0, PACKET, s->sent);
	s->sent++;
}

static void block_check(struct stream *s)
{
	const uint32_t *words = (const uint32_t *)ring_buffer(s->ring, s->received % BUFFERS);
	unsigned int i;

	for (i = 0; i < PACKET / sizeof(*words); i++)
		if (words[i] != word(s->received, i))
			fail_msg("block %u: word %u is %#x", s->received, i, words[i]);
	s->received++;
}

static void take_one(struct stream *s)
{
	struct dmaring_cqe c = ring_wait(s->ring);

	if (c.res)
		fail_msg("%s: %s after %u blocks", c.user_data & RECEIVE ? "receive" : "send",
			 strerror(-c.res), s->received);
	if (!(c.user_data & RECEIVE)) {
		assert_int_equal(c.user_data, s->gone);
		s->gone++;
		return;
	}
	assert_int_equal(c.user_data, RECEIVE | s->received);
	block_check(s);
	arm(s);
}

static void a_minute_loses_nothing(void **state)
{
	uint64_t rx_before = attribute_number(device(), "rx/completed");
	uint64_t errors = attribute_number(device(), "rx/errors") + attribute_number(device(), "tx/errors");
	struct stream s = { .ring = ring_open(device(), .sq = 32, .buffers = 2 * BUFFERS,
					      .bytes = BYTES) };
	uint64_t start, end;

	(void)state;
	s.rx = ring_channel(s.ring, "rx");
	s.tx = ring_channel(s.ring, "tx");
	while (s.armed < BUFFERS)
		arm(&s);
	ring_submit(s.ring);
	start = now_ns();
	end = start + SECONDS * 1000000000ULL;
	while (now_ns() < end) {
		send_next(&s);
		ring_submit(s.ring);
		while (s.received < s.sent || s.gone < s.sent)
			take_one(&s);
	}
	assert_int_equal(s.received, s.sent);
	assert_int_equal(attribute_number(device(), "rx/completed") - rx_before, s.received);
	assert_int_equal(attribute_number(device(), "rx/errors") +
			 attribute_number(device(), "tx/errors"), errors);
	print_message("# %u blocks of %u bytes both ways in %u s, none lost\n", s.received, PACKET,
		      (unsigned int)((now_ns() - start) / 1000000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(a_minute_loses_nothing),
	};

	return system_run(tests);
}
