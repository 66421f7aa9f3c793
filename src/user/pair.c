// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A block processor: a send stream and a receive stream, and which output was
 * made of which input.
 *
 * Owns the queue of inputs whose output has not been handed out. The device
 * makes no output of an input that fails, and channels complete in no common
 * order: so an output is matched only when the oldest input is known to have
 * been sent.
 */
#include "internal.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum input_state {
	INPUT_SENT,		/* on its way */
	INPUT_GOOD,		/* its output will come, or is there */
	INPUT_FAILED,		/* it has none */
};

struct input {
	__u64 tag;
	enum input_state state;
	__s32 res;
	__u32 flags;
};

struct dmaring_stream_pair {
	struct dmaring *ring;
	struct dmaring_stream *send, *receive;
	struct input *inputs;		/* a circle of @depth */
	__u32 depth, first, under_way;
	__u32 *input_of;		/* by buffer of the send stream */
	struct dmaring_stream_block *spare;	/* input buffers that can be handed out */
	__u32 spares;
};

static void free_pair(struct dmaring_stream_pair *pair)
{
	free(pair->inputs);
	free(pair->input_of);
	free(pair->spare);
	free(pair);
}

int dmaring_stream_pair_start_sized_(struct dmaring *ring, unsigned int send_channel,
				     const struct dmaring_stream_options *send,
				     unsigned int receive_channel,
				     const struct dmaring_stream_options *receive,
				     size_t options_bytes, struct dmaring_stream_pair **result)
{
	struct dmaring_stream_pair *pair;
	__u32 inputs;
	int err;

	*result = NULL;
	if (send_channel >= ring->channels || receive_channel >= ring->channels)
		return -ENOENT;
	if (ring->channel[send_channel].kind != DMARING_CHANNEL_SEND ||
	    ring->channel[receive_channel].kind != DMARING_CHANNEL_RECEIVE)
		return -EOPNOTSUPP;
	pair = calloc(1, sizeof(*pair));
	if (!pair)
		return -ENOMEM;
	pair->ring = ring;
	err = dmaring_stream_start_sized_(ring, receive_channel, receive, options_bytes,
					  &pair->receive);
	if (err < 0)
		goto err_free;
	err = dmaring_stream_start_sized_(ring, send_channel, send, options_bytes, &pair->send);
	if (err < 0)
		goto err_receive;
	err = -EINVAL;
	if (dmaring_stream_overlap_(pair->send, pair->receive))
		goto err_send;
	inputs = dmaring_stream_buffers_(pair->send);
	pair->depth = inputs + dmaring_stream_buffers_(pair->receive);
	pair->inputs = calloc(pair->depth, sizeof(*pair->inputs));
	pair->input_of = calloc(inputs, sizeof(*pair->input_of));
	pair->spare = calloc(inputs, sizeof(*pair->spare));
	err = -ENOMEM;
	if (!pair->inputs || !pair->input_of || !pair->spare)
		goto err_send;
	*result = pair;
	return 0;

err_send:
	dmaring_stream_stop(pair->send);
err_receive:
	dmaring_stream_stop(pair->receive);
err_free:
	free_pair(pair);
	return err;
}

int dmaring_stream_pair_stop(struct dmaring_stream_pair *pair)
{
	int sent, received;

	if (!pair)
		return 0;
	sent = dmaring_stream_stop(pair->send);
	received = dmaring_stream_stop(pair->receive);
	free_pair(pair);
	return sent < 0 ? sent : received;
}

struct dmaring_stream *dmaring_stream_pair_send(struct dmaring_stream_pair *pair)
{
	return pair->send;
}

struct dmaring_stream *dmaring_stream_pair_receive(struct dmaring_stream_pair *pair)
{
	return pair->receive;
}

/* Notes what became of the inputs, and keeps their buffers. */
static int settle(struct dmaring_stream_pair *pair)
{
	struct dmaring_stream_block block;
	int err;

	while ((err = dmaring_stream_next(pair->send, &block)) == 0) {
		int slot = dmaring_stream_slot_(pair->send, block.data);

		if (!(block.flags & DMARING_BLOCK_FRESH)) {
			struct input *input = &pair->inputs[pair->input_of[slot]];

			input->state = block.res < 0 ? INPUT_FAILED : INPUT_GOOD;
			input->res = block.res;
			input->flags = block.flags;
		}
		pair->spare[pair->spares++] = block;
	}
	return err;
}

static bool input_is_possible(const struct dmaring_stream_pair *pair)
{
	return pair->spares && pair->under_way < pair->depth;
}

static bool output_is_there(const struct dmaring_stream_pair *pair)
{
	bool waits = dmaring_stream_ready(pair->receive);

	if (!pair->under_way)
		return waits;
	switch (pair->inputs[pair->first].state) {
	case INPUT_FAILED:
		return true;
	case INPUT_GOOD:
		return waits;
	default:
		return false;
	}
}

int dmaring_stream_pair_poll(struct dmaring_stream_pair *pair)
{
	int err = settle(pair);

	if (input_is_possible(pair) || output_is_there(pair))
		return 1;
	return err == -EAGAIN ? 0 : err;
}

int dmaring_stream_pair_wait(struct dmaring_stream_pair *pair, __s64 timeout_ns)
{
	__s64 deadline_ns = dmaring_stream_deadline_(timeout_ns);
	int ret;

	while ((ret = dmaring_stream_pair_poll(pair)) == 0) {
		ret = dmaring_wait_cqes_timeout(pair->ring, 1, dmaring_stream_left_(deadline_ns));
		if (ret < 0)
			return ret;
	}
	return ret < 0 ? ret : 0;
}

int dmaring_stream_pair_input(struct dmaring_stream_pair *pair, struct dmaring_stream_block *block)
{
	int err = settle(pair);

	if (!input_is_possible(pair))
		return pair->spares ? -EAGAIN : err;
	*block = pair->spare[--pair->spares];
	return 0;
}

int dmaring_stream_pair_submit(struct dmaring_stream_pair *pair, void *data, size_t bytes,
			       __u64 tag)
{
	int slot = dmaring_stream_slot_(pair->send, data);
	__u32 at = (pair->first + pair->under_way) % pair->depth;
	int err;

	if (slot < 0 || pair->under_way == pair->depth)
		return -EINVAL;
	err = dmaring_stream_release(pair->send, data, bytes);
	if (err == -EINVAL)
		return err;
	/* Whatever else was wrong, the buffer is on its way. */
	pair->inputs[at] = (struct input){ .tag = tag, .state = INPUT_SENT };
	pair->input_of[slot] = at;
	pair->under_way++;
	return err;
}

int dmaring_stream_pair_output(struct dmaring_stream_pair *pair, struct dmaring_stream_block *block)
{
	const struct input *input = &pair->inputs[pair->first];
	int err = settle(pair);

	if (!output_is_there(pair))
		return err;
	if (!pair->under_way) {
		err = dmaring_stream_next(pair->receive, block);
		if (!err)
			block->flags |= DMARING_BLOCK_UNPAIRED;
		return err;
	}
	if (input->state == INPUT_FAILED) {
		memset(block, 0, sizeof(*block));
		block->res = input->res;
		block->flags = input->flags;
	} else {
		err = dmaring_stream_next(pair->receive, block);
		if (err < 0)
			return err;
	}
	block->tag = input->tag;
	pair->first = (pair->first + 1) % pair->depth;
	pair->under_way--;
	return 0;
}

int dmaring_stream_pair_release(struct dmaring_stream_pair *pair, void *data)
{
	return dmaring_stream_release(pair->receive, data, 0);
}
