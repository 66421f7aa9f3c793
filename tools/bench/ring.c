// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The modes on the ring: so many transfers in flight, each started again when
 * it is done, and the user asleep in epoll, on an eventfd, in io_uring, or not
 * at all. With to-disk a transfer is done when its block is on the disk.
 *
 * With a rate a transfer is due at its time, whether the ring has room or not,
 * and its latency counts from then: a stall is felt by all that were due in it.
 */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "disk.h"

/* Nothing takes so long: the device hangs. */
#define PATIENCE_S	10

/* The user_data of a read of completions; that of a write is its transfer. */
#define READ_RECORDS	UINT64_MAX

/**
 * struct transfer - one in flight
 * @start_ns:	when it was submitted, or due
 * @done_ns:	the later of its completions' time stamps
 * @entries:	its entries that are not complete
 */
struct transfer {
	uint64_t start_ns;
	uint64_t done_ns;
	unsigned int entries;
};

/**
 * struct session - a slice being measured
 * @ring:	the ring
 * @tx:		send channel
 * @rx:		receive channel, or the copy channel
 * @copy:	a transfer is one copy
 * @mode:	enum bench_mode
 * @size:	bytes
 * @depth:	transfers at a time
 * @transfer:	they
 * @idle:	stack of those not in flight
 * @idle_count: its height
 * @in_flight:	entries that are not complete
 * @batch:	completions that a wake-up waits for
 * @epoll:	for ring-epoll
 * @eventfd:	for ring-eventfd
 * @uring:	for ring-uring and to-disk
 * @disk:	for to-disk
 * @records:	completions that it read; NULL: in other modes
 * @record_count: how many
 * @reading:	a read is in flight
 * @rate:	transfers due per second, or 0
 * @due:	transfers that were due so far
 * @due_start_ns: when the first was
 * @now_ns:	the clock, as last read
 * @seen_ns:	when the last completion was taken
 * @looks:	in vain, of ring-poll
 * @opening_ns:	CPU time of the process before the ring was opened
 * @first_ns:	the same when the first completion was seen; 0: none was
 * @done:	transfers done
 * @errors:	failed ones
 * @syscalls:	but for doorbells, which the driver counts
 * @row:	gets the latencies; NULL while warming up
 */
struct session {
	struct dmaring ring;
	int tx;
	int rx;
	bool copy;
	enum bench_mode mode;
	unsigned int size;
	unsigned int depth;
	struct transfer *transfer;
	unsigned int *idle;
	unsigned int idle_count;
	unsigned int in_flight;
	unsigned int batch;
	int epoll;
	int eventfd;
	struct io_uring uring;
	struct bench_disk disk;
	struct dmaring_cqe *records;
	unsigned int record_count;
	bool reading;
	uint64_t rate;
	uint64_t due;
	uint64_t due_start_ns;
	uint64_t now_ns;
	uint64_t seen_ns;
	uint64_t looks;
	uint64_t opening_ns;
	uint64_t first_ns;
	uint64_t done;
	uint64_t errors;
	uint64_t syscalls;
	struct bench_row *row;
};

/* It never sleeps. */
static bool looks(const struct session *session)
{
	return session->mode == BENCH_RING_POLL || session->mode == BENCH_RING_NOSYSCALL;
}

/* Completions come by read(). */
static bool reads(enum bench_mode mode)
{
	return mode == BENCH_RING_URING || mode == BENCH_TO_DISK;
}

static unsigned int power_of_two(unsigned int least)
{
	unsigned int n = DMARING_ENTRIES_MIN;

	while (n < least)
		n *= 2;
	return n;
}

/* A read that is left in flight would keep the device busy for a while. */
static void uring_close(struct session *session)
{
	struct io_uring_cqe *cqe;
	int left;

	if (session->reading)
		io_uring_prep_cancel64(io_uring_get_sqe(&session->uring), 0,
				       IORING_ASYNC_CANCEL_ANY);
	for (left = session->reading ? 2 : 0; left; left--) {
		if (io_uring_submit_and_wait(&session->uring, 1) < 0 ||
		    io_uring_peek_cqe(&session->uring, &cqe) < 0)
			break;
		io_uring_cqe_seen(&session->uring, cqe);
	}
	io_uring_queue_exit(&session->uring);
}

static void session_close(struct session *session)
{
	if (session->epoll >= 0)
		close(session->epoll);
	if (session->records)
		uring_close(session);
	free(session->records);
	bench_disk_close(&session->disk);
	dmaring_close(&session->ring);
	if (session->eventfd >= 0)
		close(session->eventfd);
	free(session->transfer);
	free(session->idle);
}

/* Completions by reads, which need no more than the descriptor. */
static int uring_open(struct session *session)
{
	/* With one for each write. */
	unsigned int entries = 4 + (session->mode == BENCH_TO_DISK ? session->depth : 0);
	int err = io_uring_queue_init(entries, &session->uring,
				      IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);

	if (err == -EINVAL)
		err = io_uring_queue_init(entries, &session->uring, 0);
	if (err < 0)
		return err;
	session->records = calloc(session->ring.cq_entries, sizeof(*session->records));
	if (!session->records)
		io_uring_queue_exit(&session->uring);
	return session->records ? 0 : -ENOMEM;
}

static int session_open(struct session *session, const struct bench *bench,
			const struct bench_row *row)
{
	struct epoll_event event = { .events = EPOLLIN };
	unsigned int entries = bench->target.copy ? 1 : 2;
	struct dmaring_options options = {
		/* Never full, so that nobody is woken because it is not any more. */
		.entries = power_of_two(2 * entries * row->depth),
		.buffers = 2 * row->depth,
		.buffer_bytes = row->size,
		.flags = reads(row->mode) ? DMARING_SETUP_READ :
			 row->mode == BENCH_RING_NOSYSCALL ? DMARING_SETUP_POLLER : 0,
	};
	unsigned int batch = bench->plan.batch, i;
	int watched, err;

	memset(session, 0, sizeof(*session));
	session->epoll = -1;
	session->eventfd = -1;
	session->ring.fd = -1;
	session->disk.fd = -1;
	session->copy = bench->target.copy;
	session->mode = row->mode;
	session->size = row->size;
	session->depth = row->depth;
	session->rate = bench->plan.rate;
	session->transfer = calloc(row->depth, sizeof(*session->transfer));
	session->idle = calloc(row->depth, sizeof(*session->idle));
	if (!session->transfer || !session->idle)
		return -ENOMEM;
	for (i = 0; i < row->depth; i++)
		session->idle[session->idle_count++] = row->depth - 1 - i;

	session->opening_ns = bench_cpu_ns();
	err = dmaring_open(&session->ring, bench->target.name, &options);
	if (err < 0)
		return err;
	if (session->copy) {
		session->rx = dmaring_channel_of(&session->ring, DMARING_CHANNEL_COPY);
	} else {
		session->tx = dmaring_channel_of(&session->ring, DMARING_CHANNEL_SEND);
		session->rx = dmaring_channel_of(&session->ring, DMARING_CHANNEL_RECEIVE);
	}
	if (!batch || batch > row->depth)
		batch = row->depth;
	session->batch = session->rate ? 1 : entries * batch;
	if (reads(row->mode)) {
		err = uring_open(session);
		if (!err && row->mode == BENCH_TO_DISK)
			err = bench_disk_open(&session->disk, bench->plan.file, &session->uring,
					      &session->ring, row->depth, row->size);
		return err;
	}
	if (looks(session)) {
		/*
		 * Never: it looks by itself, and no more than a quarter of the slots are in
		 * flight. Half a ring away, the event index stays within the ring for a driver
		 * that reads cq_head just before both move on.
		 */
		err = dmaring_wake_after(&session->ring, session->ring.cq_entries / 2);
		if (err < 0)
			return err;
	}
	if (row->mode == BENCH_RING_EVENTFD) {
		session->eventfd = eventfd(0, EFD_CLOEXEC);
		if (session->eventfd < 0)
			return -errno;
		err = dmaring_register_eventfd(&session->ring, session->eventfd);
		if (err < 0)
			return err;
	}
	session->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (session->epoll < 0)
		return -errno;
	watched = row->mode == BENCH_RING_EVENTFD ? session->eventfd : session->ring.fd;
	return epoll_ctl(session->epoll, EPOLL_CTL_ADD, watched, &event) < 0 ? -errno : 0;
}

/* Writes the entries of one transfer; dmaring_submit() publishes them. */
static void start(struct session *session, uint64_t start_ns)
{
	unsigned int index = session->idle[--session->idle_count];
	struct transfer *transfer = &session->transfer[index];
	struct dmaring *ring = &session->ring;
	struct dmaring_sqe *sqe;

	transfer->start_ns = start_ns;
	transfer->done_ns = 0;
	transfer->entries = session->copy ? 1 : 2;
	sqe = dmaring_get_sqe(ring);
	if (session->copy) {
		dmaring_prep_copy(sqe, (unsigned int)session->rx, dmaring_buffer(ring, 2 * index),
				  dmaring_buffer(ring, 2 * index + 1), session->size);
	} else {
		dmaring_prep_receive(sqe, (unsigned int)session->rx,
				     dmaring_buffer(ring, 2 * index), session->size);
		dmaring_sqe_set_data64(sqe, index);
		sqe = dmaring_get_sqe(ring);
		dmaring_prep_send(sqe, (unsigned int)session->tx,
				  dmaring_buffer(ring, 2 * index + 1), session->size);
	}
	dmaring_sqe_set_data64(sqe, index);
	session->in_flight += transfer->entries;
}

/* What is due by now, as far as there is room. */
static void start_due(struct session *session)
{
	if (!session->rate) {
		while (session->idle_count)
			start(session, session->now_ns);
		return;
	}
	while (session->idle_count) {
		uint64_t when = session->due_start_ns + bench_due(session->due, session->rate);

		if (when > session->now_ns)
			break;
		session->due++;
		start(session, when);
	}
}

static void account(struct session *session, const struct transfer *transfer)
{
	struct bench_row *row = session->row;
	uint64_t now = session->now_ns, done = transfer->done_ns;

	session->done++;
	if (!row)
		return;
	if (done > now)
		done = now;
	if (done < transfer->start_ns)
		done = transfer->start_ns;
	histogram_add(&row->total, now - transfer->start_ns, 1);
	histogram_add(&row->work, done - transfer->start_ns, 1);
	histogram_add(&row->wake, now - done, 1);
}

static void finish(struct session *session, unsigned int index)
{
	account(session, &session->transfer[index]);
	session->idle[session->idle_count++] = index;
}

/* The buffer that was received into; there is an entry for each transfer. */
static void write_block(struct session *session, unsigned int index)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&session->uring);

	bench_disk_prep(&session->disk, sqe, dmaring_buffer(&session->ring, 2 * index), index);
	sqe->user_data = index;
}

static int complete(struct session *session, const struct dmaring_cqe *cqe)
{
	unsigned int index = (unsigned int)cqe->user_data;
	struct transfer *transfer;

	if (index >= session->depth || !session->transfer[index].entries)
		return -EPROTO;
	transfer = &session->transfer[index];
	if (cqe->res || cqe->bytes != session->size)
		session->errors++;
	if (cqe->time_ns > transfer->done_ns)
		transfer->done_ns = cqe->time_ns;
	session->in_flight--;
	if (--transfer->entries)
		return 0;
	if (session->mode == BENCH_TO_DISK)
		write_block(session, index);
	else
		finish(session, index);
	return 0;
}

/*
 * Takes all completions there are. The clock is read once they are seen: that
 * is when the user has them.
 */
static int reap(struct session *session)
{
	struct dmaring *ring = &session->ring;
	unsigned int ready = session->records ? session->record_count : dmaring_cq_ready(ring), i;
	int err = 0;

	if (!ready)
		return 0;
	if (!session->first_ns)
		session->first_ns = bench_cpu_ns();
	session->now_ns = bench_now();
	session->seen_ns = session->now_ns;
	for (i = 0; i < ready && !err; i++)
		err = complete(session, session->records ? &session->records[i] :
			       dmaring_cqe_at_(ring, ring->cq_head + i));
	if (session->records)
		session->record_count = 0;
	else
		dmaring_cq_advance(ring, ready);
	return err ? err : (int)ready;
}

/* When the next transfer is due; false: when there is room again. */
static bool next_due(const struct session *session, uint64_t *when)
{
	*when = session->due_start_ns;
	if (!session->rate || !session->idle_count)
		return false;
	*when += bench_due(session->due, session->rate);
	return true;
}

/* Until the next transfer is due, or until something is wrong. */
static int wait_in_epoll(struct session *session)
{
	struct __kernel_timespec left = { .tv_sec = PATIENCE_S };
	struct epoll_event event;
	bool patient = true;
	uint64_t count, when;
	int n;

	if (next_due(session, &when)) {
		uint64_t now = bench_now();

		if (when <= now)
			return 0;
		left.tv_sec = (int64_t)((when - now) / 1000000000);
		left.tv_nsec = (int64_t)((when - now) % 1000000000);
		patient = false;
	}
	session->syscalls++;
	/* musl has no epoll_pwait2(). */
	n = (int)syscall(SYS_epoll_pwait2, session->epoll, &event, 1, &left, NULL, 0);
	if (n < 0 && errno != EINTR)
		return -errno;
	if (!n && patient)
		return -ETIMEDOUT;
	/* Entries that the driver had not taken when the device went are never completed. */
	if (n > 0 && event.events & (EPOLLHUP | EPOLLERR) && !dmaring_cq_ready(&session->ring))
		return event.events & EPOLLHUP ? -ENODEV : -EIO;
	if (n > 0 && session->mode == BENCH_RING_EVENTFD) {
		session->syscalls++;
		if (read(session->eventfd, &count, sizeof(count)) < 0)
			return -errno;
	}
	return 0;
}

static int wait_in_uring(struct session *session)
{
	struct __kernel_timespec left = { .tv_sec = PATIENCE_S };
	struct io_uring *uring = &session->uring;
	struct io_uring_cqe *cqe;
	bool patient = true;
	uint64_t when;
	int ret;

	if (next_due(session, &when)) {
		uint64_t now = bench_now();

		if (when <= now)
			return 0;
		left.tv_sec = (long long)((when - now) / 1000000000);
		left.tv_nsec = (long long)((when - now) % 1000000000);
		patient = false;
	}
	/* Without anything in the device there would be nothing to read. */
	if (!session->reading && session->in_flight) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(uring);

		io_uring_prep_read(sqe, session->ring.fd, session->records,
				   session->ring.cq_entries * sizeof(*session->records), 0);
		sqe->user_data = READ_RECORDS;
		session->reading = true;
	}
	session->syscalls++;
	ret = io_uring_submit_and_wait_timeout(uring, &cqe, 1, &left, NULL);
	if (ret == -ETIME || ret == -EINTR)
		return ret == -ETIME && patient ? -ETIMEDOUT : 0;
	if (ret < 0)
		return ret;
	session->now_ns = bench_now();
	while (io_uring_peek_cqe(uring, &cqe) == 0) {
		uint64_t what = cqe->user_data;

		ret = cqe->res;
		io_uring_cqe_seen(uring, cqe);
		if (ret < 0)
			return ret;
		if (what == READ_RECORDS) {
			session->reading = false;
			session->record_count = (unsigned int)ret / sizeof(*session->records);
			continue;
		}
		if (what >= session->depth)
			return -EPROTO;
		session->errors += (unsigned int)ret != session->size;
		finish(session, (unsigned int)what);
	}
	return 0;
}

static int wait_for_some(struct session *session)
{
	struct dmaring *ring = &session->ring;
	struct dmaring_cqe *cqe;
	int err;

	if (reads(session->mode))
		return wait_in_uring(session);
	if (!looks(session)) {
		unsigned int wanted = session->batch;
		int ready;

		/* More than are on their way would never come. */
		if (wanted > session->in_flight)
			wanted = session->in_flight ? session->in_flight : 1;
		ready = dmaring_wake_after(ring, wanted);
		if (ready < 0)
			return ready;
		return (unsigned int)ready >= wanted ? 0 : wait_in_epoll(session);
	}
	err = dmaring_peek_cqe(ring, &cqe);
	if (err != -EAGAIN)
		return err;
	/* The clock costs more than a look at the ring. */
	if (session->rate || !(++session->looks & 0xffff))
		session->now_ns = bench_now();
	return session->now_ns - session->seen_ns > PATIENCE_S * 1000000000ULL ? -ETIMEDOUT : 0;
}

/* One turn of the loop. */
static int turn(struct session *session, bool more)
{
	int ret;

	if (more)
		start_due(session);
	ret = dmaring_submit(&session->ring);
	if (ret < 0)
		return ret;
	ret = wait_for_some(session);
	if (ret < 0)
		return ret;
	ret = reap(session);
	if (!ret && !looks(session))
		session->now_ns = bench_now();
	return ret < 0 ? ret : 0;
}

static int measure(struct session *session, const struct bench *bench, struct bench_row *row)
{
	struct bench_slice *slice = &row->slice[row->slices];
	const struct bench_plan *plan = &bench->plan;
	struct bench_meter meter;
	uint64_t end;
	int err = 0;

	session->now_ns = bench_now();
	session->seen_ns = session->now_ns;
	session->due_start_ns = session->now_ns;
	end = session->now_ns + (plan->count ? UINT64_MAX / 2 : plan->slice_ns / 10);
	while (!err && !bench_interrupted && session->now_ns < end &&
	       !(plan->count && session->done >= plan->count / 10 + 1))
		err = turn(session, true);

	/* What was in flight then is measured too: it ends in the measured part. */
	bench_meter_start(&meter, bench->target.name);
	session->done = 0;
	session->syscalls = 0;
	session->row = row;
	session->now_ns = meter.start_ns;
	end = session->now_ns + (plan->count ? UINT64_MAX / 2 : plan->slice_ns);
	while (!err && !bench_interrupted && session->now_ns < end &&
	       !(plan->count && session->done >= plan->count))
		err = turn(session, true);
	slice->syscalls = session->syscalls;
	slice->setup_ns = session->first_ns - session->opening_ns;
	bench_meter_stop(&meter, bench->target.name, slice);
	slice->transfers = session->done;

	session->row = NULL;
	session->batch = 1;
	while (!err && session->idle_count < session->depth)
		err = turn(session, false);
	slice->errors = session->errors;
	return err;
}

/**
 * bench_ring_run() - one slice of a ring mode
 * @bench:	everything
 * @row:	gets the slice
 *
 * Return: 0, or -errno after a message.
 */
int bench_ring_run(const struct bench *bench, struct bench_row *row)
{
	struct session session;
	char text[256];
	int err;

	err = session_open(&session, bench, row);
	if (!err)
		err = measure(&session, bench, row);
	if (err < 0 && !session.disk.refused) {
		dmaring_explain_error(err, bench_mode_name(row->mode), bench->target.name, text,
				      sizeof(text));
		bench_message("%s", text);
	}
	session_close(&session);
	return err;
}
