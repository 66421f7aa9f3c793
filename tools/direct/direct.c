// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receives into a pool, and lets the kernel take the bytes from there.
 *
 * Owns one io_uring and what each buffer of the pool is at. A buffer is
 *
 *	armed		with the device		-- its completion, by READ -->
 *	on its way	out, in pieces		-- all pieces out, and of a socket the
 *						   kernel's word that it let go -->
 *	armed again
 *
 * Writes to a file are under way for as many buffers as there are, and end in
 * any order; of a socket one send at a time is, because their order counts, but
 * many buffers wait for the other side to confirm them. The CPU looks at no
 * byte but, with --sequence, at the number of each block.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "../../src/user/sequence.h"
#include "direct.h"

#define RECORDS		64
#define NS_PER_S	1000000000LL
#define PATIENCE_NS	(2 * NS_PER_S)	/* of a user who wants the end, with the other side */

/* Upper half of an io_uring user_data; the lower half is a buffer. */
enum work {
	WORK_READ,
	WORK_OUT,
	WORK_CANCEL,
};

struct buffer {
	uint64_t offset;	/* in the output, of its first byte */
	uint32_t bytes;		/* to go out */
	uint32_t out;		/* gone */
	uint32_t promises;	/* notices that the kernel has yet to give */
	uint32_t next;		/* in the queue of a socket */
};

struct direct {
	struct flow flow;
	const struct recv_request *request;
	struct io_uring uring;
	struct target target;
	struct dmaring_sequence sequence;
	struct dmaring_stream_stats stats;
	struct dmaring_cqe records[RECORDS];
	struct buffer *buffer;
	unsigned int buffers;
	unsigned int under_way;		/* buffers with something under way */
	uint32_t first, last;		/* queue of a socket */
	unsigned int queued;
	uint64_t offset;		/* of the next block in the output */
	bool reading;			/* a READ is under way */
	bool closed;			/* nobody takes it any more */
	int device_error, target_error;
};

static struct io_uring_sqe *get_sqe(struct direct *direct)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&direct->uring);

	while (!sqe) {
		io_uring_submit(&direct->uring);
		sqe = io_uring_get_sqe(&direct->uring);
	}
	return sqe;
}

/* After io_uring_prep_*(), which may clear it. */
static void set_work(struct io_uring_sqe *sqe, enum work work, uint32_t index)
{
	sqe->user_data = (uint64_t)work << 32 | index;
}

static void arm(struct direct *direct, uint32_t index)
{
	struct dmaring_sqe *sqe = dmaring_get_sqe(&direct->flow.ring);

	/* There is an entry for each buffer. */
	dmaring_prep_receive(sqe, 0, dmaring_buffer(&direct->flow.ring, index),
			     direct->flow.options->block_bytes);
	dmaring_sqe_set_data64(sqe, index);
	if (!direct->request->sync)
		dmaring_sqe_set_flags(sqe, DMARING_SQE_NO_SYNC);
	direct->stats.armed++;
}

static void read_records(struct direct *direct)
{
	struct io_uring_sqe *sqe = get_sqe(direct);

	io_uring_prep_read(sqe, dmaring_fd(&direct->flow.ring), direct->records,
			   sizeof(direct->records), 0);
	set_work(sqe, WORK_READ, 0);
	direct->reading = true;
}

static void send_piece(struct direct *direct, uint32_t index)
{
	struct buffer *buffer = &direct->buffer[index];
	struct io_uring_sqe *sqe = get_sqe(direct);
	const char *data = dmaring_buffer(&direct->flow.ring, index);

	target_prep(&direct->target, sqe, data + buffer->out, buffer->bytes - buffer->out,
		    buffer->offset + buffer->out, index);
	set_work(sqe, WORK_OUT, index);
}

static void queue_buffer(struct direct *direct, uint32_t index)
{
	if (direct->queued)
		direct->buffer[direct->last].next = index;
	else
		direct->first = index;
	direct->last = index;
	if (direct->queued++ == 0)
		send_piece(direct, index);
}

static bool is_over(const struct direct *direct)
{
	const struct flow *flow = &direct->flow;

	return flow_is_interrupted() || direct->closed || direct->device_error ||
	       direct->target_error || direct->offset >= flow->options->bytes ||
	       flow->blocks >= flow->options->blocks || !flow_left_ns(flow);
}

/* ------------------------------------------------------------------------
 * From the device
 */

/* The number in a block is all that the CPU looks at; it is made to see that. */
static void look_at_number(struct direct *direct, const struct dmaring_cqe *record,
			   struct dmaring_stream_block *block)
{
	const struct flow_options *options = direct->flow.options;
	uint32_t end = options->sequence_offset + options->sequence_bytes;
	const unsigned char *at;

	if (!options->sequence_bytes)
		return;
	if (record->bytes < end) {
		block->flags |= DMARING_CQE_LOSS_UNKNOWN;
		direct->sequence.unnumbered++;
		return;
	}
	at = (unsigned char *)dmaring_buffer(&direct->flow.ring, record->buffer) +
	     options->sequence_offset;
	if (!direct->request->sync)
		direct->device_error = dmaring_sync_for_cpu(&direct->flow.ring, 0,
							    DMARING_CHANNEL_RECEIVE, at,
							    options->sequence_bytes);
	block->flags &= ~DMARING_CQE_LOSS_UNKNOWN;
	if (!dmaring_sequence_take(&direct->sequence,
				   dmaring_sequence_read(&direct->sequence, at),
				   &block->blocks_lost))
		block->flags |= DMARING_CQE_LOSS_UNKNOWN;
}

static void take_record(struct direct *direct, const struct dmaring_cqe *record)
{
	uint64_t left = direct->flow.options->bytes - direct->offset;
	struct buffer *buffer = &direct->buffer[record->buffer];
	struct dmaring_stream_block block = {
		.bytes = record->bytes,
		.flags = record->flags,
		.blocks_lost = record->blocks_lost,
	};

	direct->stats.armed--;
	if (record->res < 0) {
		direct->stats.errors++;
		direct->device_error = record->res;
		return;
	}
	direct->stats.blocks++;
	direct->stats.bytes += record->bytes;
	look_at_number(direct, record, &block);
	flow_count(&direct->flow, &block);
	buffer->offset = direct->offset;
	buffer->bytes = record->bytes < left ? record->bytes : (uint32_t)left;
	buffer->out = 0;
	direct->offset += buffer->bytes;
	if (!buffer->bytes) {
		arm(direct, record->buffer);
		return;
	}
	direct->under_way++;
	if (direct->target.socket)
		queue_buffer(direct, record->buffer);
	else
		send_piece(direct, record->buffer);
}

static void records_came(struct direct *direct, int res)
{
	unsigned int i, n;

	direct->reading = false;
	if (res == -EAGAIN || res == -EINTR || res == -ECANCELED)
		return;
	if (res < 0) {
		direct->device_error = res == -EIO ? -EPIPE : res;
		return;
	}
	n = (unsigned int)res / sizeof(direct->records[0]);
	for (i = 0; i < n && !is_over(direct); i++)
		take_record(direct, &direct->records[i]);
}

/* ------------------------------------------------------------------------
 * To the target
 */

static void piece_failed(struct direct *direct, uint32_t index, int err)
{
	struct target *target = &direct->target;
	struct buffer *buffer = &direct->buffer[index];
	bool was_direct = !target->socket && !((buffer->offset + buffer->out) % DIRECT_ALIGN) &&
			  buffer->bytes - buffer->out >= DIRECT_ALIGN;

	if (err == -EAGAIN || err == -EINTR) {
		send_piece(direct, index);
	} else if (err == -EINVAL && was_direct) {
		if (!target->refused)
			tool_message("recv: %s: refuses O_DIRECT: the bytes are copied",
				     target->name);
		target->refused = true;
		send_piece(direct, index);
	} else if (err == -EINVAL && target->socket && target->reports) {
		target->reports = false;	/* older than that flag */
		send_piece(direct, index);
	} else {
		if (target->socket && (err == -EPIPE || err == -ECONNRESET))
			direct->closed = true;
		else
			direct->target_error = err;
		direct->under_way--;
		buffer->bytes = 0;
		direct->queued = 0;	/* nothing follows what is missing */
	}
}

static void let_go(struct direct *direct, uint32_t index)
{
	struct buffer *buffer = &direct->buffer[index];

	if (buffer->out < buffer->bytes || buffer->promises || !buffer->bytes)
		return;
	buffer->bytes = 0;
	direct->under_way--;
	arm(direct, index);
}

static void piece_is_out(struct direct *direct, uint32_t index, int res)
{
	struct buffer *buffer = &direct->buffer[index];

	if (res <= 0) {
		piece_failed(direct, index, res ? res : -EIO);
		return;
	}
	buffer->out += (uint32_t)res;
	direct->flow.bytes += (uint32_t)res;
	if (buffer->out < buffer->bytes) {
		send_piece(direct, index);
		return;
	}
	if (direct->target.socket && --direct->queued) {
		direct->first = buffer->next;
		send_piece(direct, direct->first);
	}
	let_go(direct, index);
}

static void complete(struct direct *direct, const struct io_uring_cqe *cqe)
{
	uint32_t index = (uint32_t)cqe->user_data;

	switch ((enum work)(cqe->user_data >> 32)) {
	case WORK_READ:
		records_came(direct, cqe->res);
		break;
	case WORK_OUT:
		if (cqe->flags & IORING_CQE_F_NOTIF) {
			direct->buffer[index].promises--;
			target_noticed(&direct->target, cqe->res);
			let_go(direct, index);
			break;
		}
		if (cqe->flags & IORING_CQE_F_MORE)
			direct->buffer[index].promises++;
		piece_is_out(direct, index, cqe->res);
		break;
	default:
		break;
	}
}

/* ------------------------------------------------------------------------
 * The loop
 */

/* Return: 0, -ETIME or -errno of io_uring. */
static int turn(struct direct *direct, int64_t ns)
{
	struct __kernel_timespec timeout = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
	struct io_uring_cqe *cqe;
	int err, published;

	/* What was let go is with the device before we sleep. */
	published = dmaring_submit(&direct->flow.ring);
	if (published < 0 && !direct->device_error)
		direct->device_error = published;
	err = io_uring_submit(&direct->uring);
	if (err < 0 && err != -EINTR && err != -EBUSY && err != -EAGAIN)
		return err;
	err = io_uring_wait_cqe_timeout(&direct->uring, &cqe, &timeout);
	while (!err) {
		complete(direct, cqe);
		io_uring_cqe_seen(&direct->uring, cqe);
		err = io_uring_peek_cqe(&direct->uring, &cqe);
	}
	return err == -EAGAIN || err == -EINTR ? 0 : err;
}

/* A socket sends nothing more. */
static bool is_cut_off(const struct direct *direct)
{
	return direct->target.socket && (direct->closed || direct->target_error);
}

/* Lets end what is under way, and takes the READ back: it fills our memory. */
static int finish(struct direct *direct)
{
	int64_t patience = flow_now_ns() + PATIENCE_NS;
	int err = 0;

	if (direct->reading) {
		struct io_uring_sqe *sqe = get_sqe(direct);

		io_uring_prep_cancel64(sqe, (uint64_t)WORK_READ << 32, 0);
		set_work(sqe, WORK_CANCEL, 0);
	}
	while (direct->reading || (direct->under_way && !is_cut_off(direct))) {
		err = turn(direct, NS_PER_S / 10);
		if (err < 0 && err != -ETIME)
			return err;
		/* A disk ends by itself; the other side of a socket need not. */
		if (!direct->reading && direct->target.socket && flow_is_interrupted() &&
		    flow_now_ns() > patience)
			break;
	}
	return 0;
}

static int transfer(struct direct *direct)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < direct->buffers; i++)
		arm(direct, i);
	while (!is_over(direct)) {
		int64_t left = flow_left_ns(&direct->flow);

		if (!direct->reading)
			read_records(direct);
		err = turn(direct, left ? left : 1);
		if (err < 0 && err != -ETIME)
			break;
		if (flow_progress_is_due(&direct->flow))
			flow_show_progress(&direct->flow, direct->stats.armed, direct->buffers);
	}
	if (err == -ETIME)
		err = 0;
	return err < 0 ? err : finish(direct);
}

/* ------------------------------------------------------------------------
 * Beginning and end
 */

/* Where the kernel refuses, plain writes do without. */
static void register_buffers(struct direct *direct)
{
	struct iovec *iov = calloc(direct->buffers, sizeof(*iov));
	unsigned int i;

	for (i = 0; iov && i < direct->buffers; i++) {
		iov[i].iov_base = dmaring_buffer(&direct->flow.ring, i);
		iov[i].iov_len = direct->flow.ring.pool[0].buffer_bytes;
	}
	direct->target.registered = iov &&
		io_uring_register_buffers(&direct->uring, iov, direct->buffers) == 0;
	free(iov);
}

static long long counter(const struct direct *direct, const char *name)
{
	return tool_read_number(TOOL_CLASS "/%s/%s/%s", direct->flow.query.name,
				direct->flow.ring.channel[0].name, name);
}

static long long since(long long start, long long now)
{
	return start < 0 || now < 0 ? -1 : now - start;
}

static int run(struct direct *direct)
{
	long long starved = counter(direct, "starved"), starved_ns = counter(direct, "starved_ns");
	int status = TOOL_OK, err;

	err = transfer(direct);
	if (direct->device_error)
		status = flow_fail(&direct->flow, direct->device_error, NULL);
	else if (direct->target_error || err < 0)
		status = flow_fail(&direct->flow, direct->target_error ? direct->target_error : err,
				   direct->target.name);
	err = target_close(&direct->target);
	if (err < 0)
		status = flow_fail(&direct->flow, err, direct->target.name);
	direct->stats.starved = since(starved, counter(direct, "starved"));
	direct->stats.starved_ns = since(starved_ns, counter(direct, "starved_ns"));
	direct->flow.way = target_way(&direct->target, &direct->flow.copied);
	flow_report(&direct->flow, NULL, &direct->stats, 0);
	if (status == TOOL_OK && (direct->flow.lost ||
				  (direct->flow.loss_unknown && !direct->request->waits)))
		status = TOOL_LOSS;
	return status;
}

static int start(struct direct *direct, struct flow_options *settings)
{
	static const enum dmaring_channel_kind kinds[] = { DMARING_CHANNEL_RECEIVE, 0 };
	int status;

	status = flow_open(&direct->flow, settings, "recv", direct->request->device, kinds,
			   settings->buffers, settings->block_bytes);
	if (status == TOOL_OK)
		status = target_open(&direct->target, direct->request->to, settings->quiet,
				     &direct->uring);
	if (status != TOOL_OK)
		return status;
	direct->buffers = settings->buffers;
	direct->sequence.width = settings->sequence_bytes;
	direct->sequence.big_endian = settings->sequence_flags & DMARING_STREAM_SEQUENCE_BE;
	direct->buffer = calloc(direct->buffers, sizeof(*direct->buffer));
	if (!direct->buffer)
		return tool_explain(-ENOMEM, "recv", NULL);
	register_buffers(direct);
	return run(direct);
}

int direct_receive(struct flow_options *settings, const struct recv_request *request)
{
	static struct direct direct = { .target = { .fd = -1, .plain = -1 } };
	unsigned int entries = 2 * settings->buffers + 8;
	int status, err;

	if (!target_takes(request->to))
		return RECV_COPY;
	if (settings->buffers > DMARING_SQ_ENTRIES_MAX) {
		tool_message("recv: more than %u buffers: the bytes are copied",
			     DMARING_SQ_ENTRIES_MAX);
		return RECV_COPY;
	}
	if (settings->block_bytes % DIRECT_ALIGN &&
	    strncmp(request->to, RECV_TCP, strlen(RECV_TCP))) {
		tool_message("recv: blocks of %u bytes do not fit O_DIRECT, which wants multiples of %u: "
			     "the bytes are copied", settings->block_bytes, DIRECT_ALIGN);
		return RECV_COPY;
	}
	err = io_uring_queue_init(entries < 4096 ? entries : 4096, &direct.uring, 0);
	if (err < 0) {
		tool_message("recv: io_uring: %s: the bytes are copied", strerror(-err));
		return RECV_COPY;
	}
	settings->setup = DMARING_SETUP_READ;
	direct.request = request;
	status = start(&direct, settings);
	settings->setup = 0;
	target_close(&direct.target);
	free(direct.buffer);
	direct.buffer = NULL;
	io_uring_queue_exit(&direct.uring);
	flow_close(&direct.flow);
	return status;
}
