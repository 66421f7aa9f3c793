// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * read-blocking: what a program does that knows no rings. It starts one
 * transfer, sleeps until it is done, and starts the next on the same buffer:
 * two system calls each, and nothing is copied.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define PATIENCE_MS	10000

/**
 * struct blocking - a slice being measured
 * @ring:	the ring, used like a blocking device
 * @tx:		send channel
 * @rx:		receive channel, or the copy channel
 * @entries:	of a transfer
 * @size:	bytes of a transfer
 * @syscalls:	but for doorbells, which the driver counts
 * @errors:	failed transfers
 */
struct blocking {
	struct dmaring ring;
	int tx;
	int rx;
	unsigned int entries;
	unsigned int size;
	uint64_t syscalls;
	uint64_t errors;
};

static int blocking_open(struct blocking *blocking, const struct bench *bench,
			 const struct bench_row *row)
{
	struct dmaring_options options = { .entries = 4, .cq_entries = 8, .buffers = 2,
					   .buffer_bytes = row->size };
	int err;

	memset(blocking, 0, sizeof(*blocking));
	blocking->ring.fd = -1;
	blocking->size = row->size;
	blocking->entries = bench->target.copy ? 1 : 2;
	err = dmaring_open(&blocking->ring, bench->target.name, &options);
	if (err < 0)
		return err;
	blocking->tx = dmaring_channel_of(&blocking->ring, DMARING_CHANNEL_SEND);
	blocking->rx = dmaring_channel_of(&blocking->ring, bench->target.copy ?
					  DMARING_CHANNEL_COPY : DMARING_CHANNEL_RECEIVE);
	err = dmaring_wake_after(&blocking->ring, blocking->entries);
	return err < 0 ? err : 0;
}

/* Start, sleep, look. */
static int transfer(struct blocking *blocking, uint64_t *done_ns)
{
	struct pollfd poll_fd = { .fd = blocking->ring.fd, .events = POLLIN };
	struct dmaring *ring = &blocking->ring;
	unsigned int i;
	int ret;

	if (blocking->entries == 1) {
		dmaring_prep_copy(dmaring_get_sqe(ring), (unsigned int)blocking->rx,
				  dmaring_buffer(ring, 0), dmaring_buffer(ring, 1),
				  blocking->size);
	} else {
		dmaring_prep_receive(dmaring_get_sqe(ring), (unsigned int)blocking->rx,
				     dmaring_buffer(ring, 0), blocking->size);
		dmaring_prep_send(dmaring_get_sqe(ring), (unsigned int)blocking->tx,
				  dmaring_buffer(ring, 1), blocking->size);
	}
	ret = dmaring_submit(ring);
	if (ret < 0)
		return ret;
	do {
		blocking->syscalls++;
		ret = poll(&poll_fd, 1, PATIENCE_MS);
	} while (ret < 0 && errno == EINTR);
	if (ret <= 0)
		return ret ? -errno : -ETIMEDOUT;
	if (dmaring_cq_ready(ring) != blocking->entries)
		return -EPROTO;
	for (i = 0; i < blocking->entries; i++) {
		const struct dmaring_cqe *cqe = dmaring_cqe_at_(ring, ring->cq_head + i);

		if (cqe->res || cqe->bytes != blocking->size)
			blocking->errors++;
		*done_ns = cqe->time_ns;
	}
	dmaring_cq_advance(ring, blocking->entries);
	return 0;
}

static void sleep_until(uint64_t when)
{
	const struct timespec time = { .tv_sec = (time_t)(when / 1000000000),
				       .tv_nsec = (long)(when % 1000000000) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static int measure(struct blocking *blocking, const struct bench *bench, struct bench_row *row)
{
	struct bench_slice *slice = &row->slice[row->slices];
	const struct bench_plan *plan = &bench->plan;
	uint64_t now, end, start, done_ns = 0, done = 0;
	struct bench_meter meter;
	int err = 0;

	now = bench_now();
	end = now + plan->slice_ns / 10;
	while (!err && !bench_interrupted && now < end) {
		err = transfer(blocking, &done_ns);
		now = bench_now();
	}
	bench_meter_start(&meter, bench->target.name);
	blocking->syscalls = 0;
	now = meter.start_ns;
	end = now + plan->slice_ns;
	while (!err && !bench_interrupted && (plan->count ? done < plan->count : now < end)) {
		start = now;
		if (plan->rate) {
			start = meter.start_ns + bench_due(done, plan->rate);
			if (start > now)
				sleep_until(start);
		}
		err = transfer(blocking, &done_ns);
		if (err)
			break;
		now = bench_now();
		done++;
		if (done_ns > now)
			done_ns = now;
		if (done_ns < start)
			done_ns = start;
		histogram_add(&row->total, now - start, 1);
		histogram_add(&row->work, done_ns - start, 1);
		histogram_add(&row->wake, now - done_ns, 1);
	}
	slice->syscalls = blocking->syscalls;
	bench_meter_stop(&meter, bench->target.name, slice);
	slice->transfers = done;
	slice->errors = blocking->errors;
	return err;
}

/**
 * bench_blocking_run() - one slice of read-blocking
 * @bench:	everything
 * @row:	gets the slice
 *
 * Return: 0, or -errno after a message.
 */
int bench_blocking_run(const struct bench *bench, struct bench_row *row)
{
	struct blocking blocking;
	char text[256];
	int err;

	err = blocking_open(&blocking, bench, row);
	if (!err)
		err = measure(&blocking, bench, row);
	if (err < 0) {
		dmaring_explain_error(err, "read-blocking", bench->target.name, text,
				      sizeof(text));
		bench_message("%s", text);
	}
	dmaring_close(&blocking.ring);
	return err;
}
