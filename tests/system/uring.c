// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * io_uring drives rings in read mode, byte streams and doorbells, without a
 * worker thread of the kernel: no "iou-wrk" may ever appear in this process.
 */
#include <dirent.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"

#define RECORD		sizeof(struct dmaring_cqe)
#define OP_READ_MULTISHOT	49	/* kernel 6.7; not in every liburing */
#define BELL		(1ULL << 63)

static struct io_uring uring;
static bool uring_used;
static const struct dmaring_doorbell bell = { .magic = DMARING_DOORBELL_MAGIC };

static int uring_teardown(void **state)
{
	if (uring_used)
		io_uring_queue_exit(&uring);
	uring_used = false;
	return stream_teardown(state);
}

#define uring_test(f)	cmocka_unit_test_teardown(f, uring_teardown)

static void uring_open(unsigned int flags)
{
	struct io_uring_params p = { .flags = flags, .sq_thread_idle = 1000 };

	assert_error(io_uring_queue_init_params(64, &uring, &p), 0);
	uring_used = true;
}

static struct io_uring_sqe *sqe_new(uint64_t user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring);

	assert_non_null(sqe);
	sqe->user_data = user_data;
	return sqe;
}

/* prep clears user_data. */
static struct io_uring_sqe *prep_read(int fd, void *to, unsigned int bytes, uint64_t user_data)
{
	struct io_uring_sqe *sqe = sqe_new(0);

	io_uring_prep_read(sqe, fd, to, bytes, -1);
	sqe->user_data = user_data;
	return sqe;
}

static struct io_uring_sqe *prep_bell(int fd)
{
	struct io_uring_sqe *sqe = sqe_new(0);

	io_uring_prep_write(sqe, fd, &bell, sizeof(bell), -1);
	sqe->user_data = BELL;
	return sqe;
}

struct answer {
	uint64_t user_data;
	int res;
	unsigned int flags;
};

static bool answer_within(struct answer *a, unsigned int ms)
{
	struct __kernel_timespec limit = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	struct io_uring_cqe *cqe;
	int ret;

	do {
		ret = io_uring_wait_cqe_timeout(&uring, &cqe, &limit);
	} while (ret == -EINTR);
	if (ret == -ETIME)
		return false;
	assert_error(ret, 0);
	*a = (struct answer){ cqe->user_data, cqe->res, cqe->flags };
	io_uring_cqe_seen(&uring, cqe);
	return true;
}

static struct answer answer_next(void)
{
	struct answer a;

	if (!answer_within(&a, WAIT_MS))
		fail_msg("io_uring gave no completion");
	return a;
}

static void submit(void)
{
	assert_true(io_uring_submit(&uring) >= 0);
}

/* Threads of this process that io_uring made to carry out what would block. */
static unsigned int workers(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	unsigned int n = 0;

	assert_non_null(tasks);
	while ((entry = readdir(tasks))) {
		char path[300], name[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		f = fopen(path, "re");
		if (f && fgets(name, sizeof(name), f))
			n += !strncmp(name, "iou-wrk", 7);
		if (f)
			fclose(f);
	}
	closedir(tasks);
	return n;
}

/* They live for seconds after their work, so a look at the end would find one. */
static void in_a_process_of_its_own(void (*fn)(void *), void *arg)
{
	assert_child_ok(fn, arg);
	/* Some kernels end its reads, and so its ring, only after it is gone. */
	wait_until(!attribute_number("loop0", "rx/rings"));
	wait_until(!attribute_number("loop0", "tx/rings"));
}

/* ------------------------------------------------------------------------
 * Completions
 */

#define READS	4
#define EACH	4		/* records a read has room for */
#define TOTAL	20000

struct traffic {
	struct ring *ring;
	struct dmaring_cqe got[READS][EACH];
	unsigned char seen[TOTAL];
	unsigned int started;
	unsigned int done;
};

/* Fills the ring and tells the driver, by io_uring, if it wants to be told. */
static void traffic_start(struct traffic *t, int tx, int rx, unsigned int most)
{
	bool any = false;

	while (t->started < TOTAL && t->started - t->done < most) {
		push_data(t->ring, DMARING_OP_RECEIVE, rx, t->started / 2 % 8, 0, 64, t->started);
		push_data(t->ring, DMARING_OP_SEND, tx, 8 + t->started / 2 % 8, 0, 64,
			  t->started + 1);
		t->started += 2;
		any = true;
	}
	if (!any)
		return;
	ring_publish(t->ring);
	if (ring_sq_flags(t->ring) & DMARING_SQ_NEED_DOORBELL)
		prep_bell(t->ring->fd);
}

static void traffic_take(struct traffic *t, const struct dmaring_cqe *cqes, int bytes)
{
	assert_true(bytes > 0 && bytes % RECORD == 0);
	for (; bytes > 0; bytes -= RECORD, cqes++) {
		assert_int_equal(cqes->res, 0);
		assert_int_equal(cqes->bytes, 64);
		assert_true(cqes->user_data < TOTAL);
		assert_int_equal(t->seen[cqes->user_data]++, 0);
		t->done++;
	}
}

static struct traffic *traffic_new(void)
{
	static struct traffic t;

	memset(&t, 0, sizeof(t));
	t.ring = ring_open("loop0", .sq = 64, .buffers = 16, .bytes = 64,
			   .flags = DMARING_SETUP_READ);
	return &t;
}

static void read_completions(void *arg)
{
	struct traffic *t = traffic_new();
	int tx = ring_channel(t->ring, "tx"), rx = ring_channel(t->ring, "rx");
	unsigned int i, bells = 0;
	struct answer a;

	uring_open(*(unsigned int *)arg);
	for (i = 0; i < READS; i++)
		prep_read(t->ring->fd, t->got[i], sizeof(t->got[i]), i);
	while (t->done < TOTAL) {
		traffic_start(t, tx, rx, 48);
		submit();
		a = answer_next();
		if (a.user_data == BELL) {
			assert_int_equal(a.res, sizeof(bell));
			bells++;
			continue;
		}
		traffic_take(t, t->got[a.user_data], a.res);
		prep_read(t->ring->fd, t->got[a.user_data], sizeof(t->got[0]), a.user_data);
		if (t->done % 1000 < EACH)
			assert_int_equal(workers(), 0);
	}
	assert_true(bells > 0);
	assert_int_equal(workers(), 0);
}

static void reads_of_completions(void **state)
{
	unsigned int flags = 0;

	(void)state;
	in_a_process_of_its_own(read_completions, &flags);
}

/* A thread of the kernel submits: it must not block in our calls either. */
static void reads_by_sqpoll(void **state)
{
	unsigned int flags = IORING_SETUP_SQPOLL;

	(void)state;
	in_a_process_of_its_own(read_completions, &flags);
}

static bool have_read_multishot(void)
{
	struct io_uring_probe *probe = io_uring_get_probe();
	bool have = probe && io_uring_opcode_supported(probe, OP_READ_MULTISHOT);

	io_uring_free_probe(probe);
	return have;
}

#define GROUP	7
#define ROOMS	32

static void read_multishot(void *arg)
{
	static struct dmaring_cqe rooms[ROOMS][EACH];
	struct traffic *t = traffic_new();
	int tx = ring_channel(t->ring, "tx"), rx = ring_channel(t->ring, "rx");
	struct io_uring_sqe *sqe;
	unsigned int room, shots = 1;
	bool armed = false;
	struct answer a;

	(void)arg;
	uring_open(0);
	io_uring_prep_provide_buffers(sqe_new(0), rooms, sizeof(rooms[0]), ROOMS, GROUP, 0);
	submit();
	assert_int_equal(answer_next().res, 0);
	while (t->done < TOTAL) {
		if (!armed) {
			sqe = sqe_new(0);
			io_uring_prep_rw(OP_READ_MULTISHOT, sqe, t->ring->fd, NULL, 0, -1);
			sqe->flags |= IOSQE_BUFFER_SELECT;
			sqe->buf_group = GROUP;
			sqe->user_data = 1;
			armed = true;
			shots++;
		}
		traffic_start(t, tx, rx, 48);
		submit();
		a = answer_next();
		if (a.user_data == BELL) {
			assert_int_equal(a.res, sizeof(bell));
			continue;
		}
		if (a.user_data == 2)
			continue;
		if (!(a.flags & IORING_CQE_F_MORE))
			armed = false;
		if (a.res == -ENOBUFS)
			continue;
		assert_true(a.flags & IORING_CQE_F_BUFFER);
		room = a.flags >> IORING_CQE_BUFFER_SHIFT;
		traffic_take(t, rooms[room], a.res);
		sqe = sqe_new(0);
		io_uring_prep_provide_buffers(sqe, rooms[room], sizeof(rooms[0]), 1, GROUP, room);
		sqe->user_data = 2;
	}
	assert_int_equal(workers(), 0);
	/* One shot for many reads, or it is none. */
	assert_true(shots < TOTAL / 50);
}

static void reads_by_multishot(void **state)
{
	(void)state;
	if (!have_read_multishot()) {
		print_message("# skipped: this kernel has no IORING_OP_READ_MULTISHOT (6.7 has)\n");
		skip();
	}
	in_a_process_of_its_own(read_multishot, NULL);
}

/* One submission rings and waits. */
static void doorbell_and_read_in_a_chain(void **state)
{
	struct ring *r = ring_open("mem0", .flags = DMARING_SETUP_READ);
	struct dmaring_cqe got;
	struct answer a;
	unsigned int i;

	(void)state;
	uring_open(0);
	for (i = 0; i < 100; i++) {
		push_copy(r, 1, 0, 4096, i);
		ring_publish(r);
		prep_bell(r->fd)->flags |= IOSQE_IO_LINK;
		prep_read(r->fd, &got, sizeof(got), 1);
		assert_int_equal(io_uring_submit_and_wait(&uring, 2), 2);
		a = answer_next();
		assert_int_equal(a.user_data, BELL);
		assert_int_equal(a.res, sizeof(bell));
		a = answer_next();
		assert_int_equal(a.user_data, 1);
		assert_int_equal(a.res, RECORD);
		assert_int_equal(got.user_data, i);
		assert_int_equal(got.res, 0);
	}
	assert_int_equal(workers(), 0);
}

static void wrong_doorbells_are_refused(void **state)
{
	static const struct dmaring_doorbell wrong = { .magic = 1 };
	struct ring *r = ring_open("loop0");

	(void)state;
	uring_open(0);
	io_uring_prep_write(sqe_new(0), r->fd, &bell, 4, -1);
	submit();
	assert_int_equal(answer_next().res, -EINVAL);
	io_uring_prep_write(sqe_new(0), r->fd, &wrong, sizeof(wrong), -1);
	submit();
	assert_int_equal(answer_next().res, -EINVAL);
	/* Nor is a ring that was not made for it read. */
	prep_read(r->fd, &(struct dmaring_cqe){ 0 }, RECORD, 1);
	submit();
	assert_int_equal(answer_next().res, -EINVAL);
	assert_int_equal(workers(), 0);
}

static void poll_multishot_reports_each_batch(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 32);
	struct io_uring_sqe *sqe;
	struct answer a;
	unsigned int i, more = 0;

	(void)state;
	uring_open(0);
	sqe = sqe_new(0);
	io_uring_prep_poll_multishot(sqe, r->fd, POLLIN);
	sqe->user_data = 9;
	submit();
	for (i = 0; i < 200; i++) {
		ring_set_event(r, r->cq_head + i % 5);
		post_nops(r, i % 5);
		assert_false(answer_within(&a, 1));
		post_nops(r, 1);
		a = answer_next();
		assert_int_equal(a.user_data, 9);
		assert_true(a.res & POLLIN);
		more += !!(a.flags & IORING_CQE_F_MORE);
		ring_seen(r, 1 + i % 5);
	}
	assert_int_equal(more, 200);
	assert_int_equal(workers(), 0);
}

/* ------------------------------------------------------------------------
 * Bytes
 */

/* Together whole blocks: no tail is left that waits for fsync(). */
#define PIECE	10240
#define PIECES	640

static void stream_bytes(void *arg)
{
	static unsigned char put[PIECE], got[PIECE], want[PIECE];
	int reader, writer = open_for("loop0", O_WRONLY);
	unsigned int sent = 0, written = 0, received = 0, filled = 0, n;
	struct answer a;

	(void)arg;
	needs_any_length();
	reader = open_for("loop0", O_RDONLY);
	uring_open(0);
	pattern_fill(put, PIECE, 0);
	pattern_fill(want, PIECE, 0);
	io_uring_prep_write(sqe_new(0), writer, put, PIECE, -1);
	prep_read(reader, got, 7000, 1);
	while (received < PIECES) {
		submit();
		a = answer_next();
		assert_true(a.res > 0);
		if (a.user_data == 1) {
			for (n = 0; n < (unsigned int)a.res; n++) {
				assert_int_equal(got[n], want[filled]);
				if (++filled == PIECE) {
					filled = 0;
					if (++received < PIECES)
						pattern_fill(want, PIECE, received);
				}
			}
			if (received < PIECES)
				prep_read(reader, got, 7000, 1);
			continue;
		}
		/* As much as there was room for. */
		written += a.res;
		if (written == PIECE && ++sent < PIECES) {
			pattern_fill(put, PIECE, sent);
			written = 0;
		}
		if (written < PIECE)
			io_uring_prep_write(sqe_new(0), writer, put + written, PIECE - written, -1);
	}
	assert_int_equal(sent, PIECES);
	assert_int_equal(workers(), 0);
}

static void reads_and_writes_of_a_stream(void **state)
{
	(void)state;
	in_a_process_of_its_own(stream_bytes, NULL);
}

/* What would wait says so, on descriptors that may wait. */
static void nowait_is_honoured(void **state)
{
	static unsigned char bytes[ALL];
	struct iovec v = { bytes, RECORD };
	struct ring *r = ring_open("loop0", .flags = DMARING_SETUP_READ);
	int fd;

	(void)state;
	assert_error(call(preadv2(r->fd, &v, 1, -1, RWF_NOWAIT)), EAGAIN);
	push(r, DMARING_OP_NOP, 0, 3);
	ring_publish(r);
	v = (struct iovec){ (void *)&bell, sizeof(bell) };
	assert_int_equal(pwritev2(r->fd, &v, 1, -1, RWF_NOWAIT), sizeof(bell));
	wait_until(ring_cq_tail(r) - r->cq_head == 1);
	v = (struct iovec){ bytes, RECORD };
	assert_int_equal(preadv2(r->fd, &v, 1, -1, RWF_NOWAIT), RECORD);
	assert_error(call(preadv2(r->fd, &v, 1, -1, RWF_NOWAIT)), EAGAIN);
	ring_close(r);

	fd = open_for("loop0", O_RDWR);
	assert_error(call(preadv2(fd, &v, 1, -1, RWF_NOWAIT)), EAGAIN);
	device_close(fd);
	/* Nobody reads: it is full in the end. */
	fd = open_for("loop0", O_WRONLY);
	parameter_set("stream_close_seconds", 0);
	v = (struct iovec){ bytes, sizeof(bytes) };
	while (pwritev2(fd, &v, 1, -1, RWF_NOWAIT) > 0)
		;
	assert_error(call(pwritev2(fd, &v, 1, -1, RWF_NOWAIT)), EAGAIN);
}

/* ------------------------------------------------------------------------
 * Ends
 */

static void cancel_and_expect(uint64_t user_data)
{
	struct answer a[2];
	unsigned int i = 0;
	struct io_uring_sqe *sqe = sqe_new(0);

	io_uring_prep_cancel64(sqe, user_data, 0);
	sqe->user_data = 99;
	submit();
	a[0] = answer_next();
	a[1] = answer_next();
	i = a[0].user_data == 99;
	assert_int_equal(a[i].user_data, user_data);
	assert_int_equal(a[i].res, -ECANCELED);
	assert_int_equal(a[!i].user_data, 99);
	assert_int_equal(a[!i].res, 0);
}

static void pending_reads_are_cancelled(void **state)
{
	struct ring *r = ring_open("loop0", .flags = DMARING_SETUP_READ);
	struct dmaring_cqe got;
	struct answer a;
	unsigned int i;
	int fd;

	(void)state;
	uring_open(0);
	for (i = 0; i < 20; i++) {
		prep_read(r->fd, &got, sizeof(got), 1);
		submit();
		cancel_and_expect(1);
		/* It has taken nothing with it. */
		push(r, DMARING_OP_NOP, 0, i);
		ring_kick(r);
		prep_read(r->fd, &got, sizeof(got), 2);
		submit();
		a = answer_next();
		assert_int_equal(a.user_data, 2);
		assert_int_equal(a.res, RECORD);
		assert_int_equal(got.user_data, i);
	}
	ring_close(r);
	fd = open_for("loop0", O_RDONLY);
	prep_read(fd, &got, sizeof(got), 3);
	submit();
	cancel_and_expect(3);
	assert_int_equal(workers(), 0);
}

/* A pending read keeps the file; io_uring's end lets go of it. */
static void closing_with_reads_in_flight(void **state)
{
	struct dmaring_cqe got[8];
	struct ring *r;
	unsigned int i, round;

	(void)state;
	for (round = 0; round < 10; round++) {
		r = loaded_loop();
		ring_close(r);
		r = ring_open("loop0", .flags = DMARING_SETUP_READ);
		uring_open(0);
		for (i = 0; i < 8; i++)
			push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 0, 0, 64, i);
		ring_submit(r);
		for (i = 0; i < 8; i++)
			prep_read(r->fd, &got[i], RECORD, i);
		submit();
		ring_close(r);
		assert_true(attribute_number("loop0", "rx/rings") == 1);
		io_uring_queue_exit(&uring);
		uring_used = false;
		wait_until(attribute_number("loop0", "rx/rings") == 0);
	}
	everything_works();
}

static void die_with_reads_pending(void *arg)
{
	struct ring *r = ring_open("loop0", .flags = DMARING_SETUP_READ);
	static struct dmaring_cqe got[8];
	unsigned int i;

	(void)arg;
	uring_open(0);
	for (i = 0; i < 8; i++) {
		push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 0, 0, 64, i);
		prep_read(r->fd, &got[i], RECORD, i);
	}
	ring_submit(r);
	submit();
	raise(SIGKILL);
}

static void killed_with_reads_in_flight(void **state)
{
	int i, status;

	(void)state;
	for (i = 0; i < 5; i++) {
		status = in_child(die_with_reads_pending, NULL);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		wait_until(attribute_number("loop0", "rx/rings") == 0);
	}
	everything_works();
}

static void removal_ends_pending_reads(void **state)
{
	struct ring *r = ring_open("loop0", .flags = DMARING_SETUP_READ);
	struct dmaring_cqe got[4];
	struct answer a;
	unsigned int i;

	(void)state;
	uring_open(0);
	for (i = 0; i < 4; i++)
		prep_read(r->fd, &got[i], RECORD, i);
	submit();
	assert_ok(file_write(DRIVER "unbind", "dmaring.0"));
	for (i = 0; i < 4; i++) {
		a = answer_next();
		assert_int_equal(a.res, -ENODEV);
	}
	assert_ok(file_write(DRIVER "bind", "dmaring.0"));
	ring_close(r);
	wait_until(!access("/dev/dmaring/loop0", F_OK));
	loop_works();
	assert_int_equal(workers(), 0);
}

static void force_a_worker(void *arg)
{
	struct ring *r = ring_open("loop0", .flags = DMARING_SETUP_READ);
	struct dmaring_cqe got;

	(void)arg;
	uring_open(0);
	prep_read(r->fd, &got, RECORD, 1)->flags |= IOSQE_ASYNC;
	submit();
	wait_until(workers() > 0);
	push(r, DMARING_OP_NOP, 0, 5);
	ring_kick(r);
	assert_int_equal(answer_next().res, RECORD);
	assert_int_equal(got.user_data, 5);
}

/* The other tests' proof is one only if a worker would be seen. */
static void a_worker_would_be_seen(void **state)
{
	(void)state;
	in_a_process_of_its_own(force_a_worker, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		uring_test(reads_of_completions),
		uring_test(reads_by_sqpoll),
		uring_test(reads_by_multishot),
		uring_test(doorbell_and_read_in_a_chain),
		uring_test(wrong_doorbells_are_refused),
		uring_test(poll_multishot_reports_each_batch),
		uring_test(reads_and_writes_of_a_stream),
		uring_test(nowait_is_honoured),
		uring_test(pending_reads_are_cancelled),
		uring_test(closing_with_reads_in_flight),
		uring_test(killed_with_reads_in_flight),
		uring_test(removal_ends_pending_reads),
		uring_test(a_worker_would_be_seen),
	};
	struct io_uring probe;

	if (io_uring_queue_init(1, &probe, 0) < 0) {
		printf("1..0 # SKIP this kernel has no io_uring\n");
		return 4;
	}
	io_uring_queue_exit(&probe);
	return system_run(tests);
}
