// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may do what, and to whom: the group, other users, limits, fair shares of a
 * channel, and a quiet log.
 */
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribute.h"
#include "load.h"

#define LIMIT		"/sys/module/dmaring/parameters/pool_bytes_per_user"
#define COPY_SPEED	"/sys/kernel/debug/dmaring_sim/mem0/bytes_per_second"
#define ALICE		1001
#define BOB		1002
#define SECRET		0x5e

static void become(uid_t uid, bool member)
{
	struct stat node;

	assert_int_equal(stat("/dev/dmaring/mem0", &node), 0);
	assert_int_equal(setgroups(member, &node.st_gid), 0);
	assert_int_equal(setresgid(uid, uid, uid), 0);
	assert_int_equal(setresuid(uid, uid, uid), 0);
}

static int open_error(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* ------------------------------------------------------------------------
 * The group
 */

static void stranger(void *arg)
{
	(void)arg;
	become(ALICE, false);
	assert_error(open_error("/dev/dmaring/mem0", O_RDWR), EACCES);
	assert_error(open_error("/dev/dmaring/mem0", O_RDONLY), EACCES);
	assert_error(open_error("/dev/dmaring/mem0", O_WRONLY), EACCES);
}

static void member(void *arg)
{
	struct ring *r;

	(void)arg;
	become(ALICE, true);
	r = ring_open("mem0");
	pattern_fill(ring_buffer(r, 0), 4096, 1);
	push_copy(r, 1, 0, 4096, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
	pattern_check(ring_buffer(r, 1), 4096, 1);
	/* What is the administrator's. */
	assert_error(attribute_set("mem0", "poller", "50"), EACCES);
	assert_error(file_write(LIMIT, "0"), EACCES);
}

static void the_group_decides(void **state)
{
	(void)state;
	assert_child_ok(stranger, NULL);
	assert_child_ok(member, NULL);
}

static void reader_only(void *arg)
{
	struct dmaring_setup setup;
	uint64_t submitted = attribute_number("mem0", "copy/submitted");
	const struct dmaring_doorbell bell = { .magic = DMARING_DOORBELL_MAGIC };
	int fd;

	(void)arg;
	become(ALICE, true);
	fd = device_open("mem0", O_RDONLY);
	assert_string_equal(device_query(fd).name, "mem0");
	setup = ring_setup_default(fd, &(struct ring_options){ 0 });
	assert_error(ring_setup(fd, &setup), EBADF);
	assert_int_equal(write(fd, &bell, sizeof(bell)), -1);
	assert_int_equal(errno, EBADF);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			      DMARING_OFFSET_USER), MAP_FAILED);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, DMARING_OFFSET_KERN),
			 MAP_FAILED);
	assert_int_equal(attribute_number("mem0", "copy/submitted"), submitted);
}

static void read_only_opens_submit_nothing(void **state)
{
	(void)state;
	assert_child_ok(reader_only, NULL);
}

/* ------------------------------------------------------------------------
 * Two users of one copy device
 */

struct meeting {
	int ready[2];
	int done[2];
	pid_t alice;
	int fd;
};

static void alice(struct meeting *m)
{
	struct ring *r;
	char c = 0;
	int i;

	become(ALICE, true);
	r = ring_open("mem0", .buffers = 16, .bytes = 65536);
	memset(r->pool, SECRET, r->setup.pool.bytes);
	for (i = 0; i < 4; i++) {
		push_copy(r, 1 + i, 0, 65536, 77);
		ring_submit(r);
		ring_expect(r, 77, 0);
	}
	m->fd = r->fd;
	assert_int_equal(write(m->ready[1], &r->fd, sizeof(r->fd)), sizeof(r->fd));
	assert_int_equal(read(m->done[0], &c, 1), 1);
	byte_check(r->pool, SECRET, r->setup.pool.bytes);
	assert_int_equal(ring_cq_tail(r) - r->header->first_index, 4);
}

static void bob(void *arg)
{
	struct meeting *m = arg;
	struct dmaring_sqe *sqe;
	struct ring *r;
	char path[64];
	int fd, i;

	become(BOB, true);
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", m->alice, m->fd);
	assert_error(open_error(path, O_RDONLY), EACCES);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", m->alice, m->fd);
	assert_error(open_error(path, O_RDWR), EACCES);
	snprintf(path, sizeof(path), "/proc/%d/mem", m->alice);
	assert_error(open_error(path, O_RDONLY), EACCES);
	/* Nothing of hers is in his count, and nothing in his memory. */
	fd = device_open("mem0", O_RDWR);
	assert_int_equal(device_query(fd).pool_bytes_used, 0);
	r = ring_open("mem0", .buffers = 16, .bytes = 65536);
	byte_check(r->pool, 0, r->setup.pool.bytes);
	assert_int_equal(ring_cq_tail(r), r->header->first_index);
	/* Places where hers could be. */
	for (i = 1; i < 16; i++) {
		push_copy(r, 1, 0, 4096, i)->source_pool = i;
		ring_kick(r);
		ring_expect(r, i, -EINVAL);
	}
	push_copy(r, 1, 1000, 4096, 20);
	ring_kick(r);
	ring_expect(r, 20, -EINVAL);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, r->fd, DMARING_OFFSET_POOL(1)),
			 MAP_FAILED);
	/* Her name for her requests does not reach them. */
	sqe = push(r, DMARING_OP_CANCEL, 0, 21);
	sqe->target = 77;
	ring_kick(r);
	ring_expect(r, 21, -ENOENT);
	for (i = 0; i < 4; i++) {
		push_copy(r, 1, 0, 65536, i);
		ring_submit(r);
		ring_expect(r, i, 0);
	}
	byte_check(r->pool, 0, r->setup.pool.bytes);
}

static void users_do_not_reach_each_other(void **state)
{
	struct meeting m;
	int status;

	(void)state;
	assert_int_equal(pipe(m.ready) | pipe(m.done), 0);
	m.alice = fork();
	assert_true(m.alice >= 0);
	if (!m.alice) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		alarm(60);
		alice(&m);
		_exit(0);
	}
	close(m.ready[1]);
	assert_int_equal(read(m.ready[0], &m.fd, sizeof(m.fd)), sizeof(m.fd));
	status = in_child(bob, &m);
	assert_int_equal(write(m.done[1], "", 1), 1);
	assert_int_equal(child_status(m.alice), 0);
	assert_int_equal(status, 0);
	close(m.ready[0]);
	close(m.done[0]);
	close(m.done[1]);
}

/* ------------------------------------------------------------------------
 * Limits
 */

static void over_the_limit(void *arg)
{
	const struct ring_options large = { .sq = DMARING_SQ_ENTRIES_MAX };
	int fd, many = 0;
	struct dmaring_setup setup;

	(void)arg;
	become(ALICE, true);
	fd = device_open("mem0", O_RDWR);
	assert_int_equal(device_query(fd).pool_bytes_max, 8 << 20);
	/* The largest ring is larger, without any pool. */
	setup = ring_setup_default(fd, &large);
	memset(&setup.pool, 0, sizeof(setup.pool));
	assert_error(ring_setup(fd, &setup), EDQUOT);
	/* So are many small ones. */
	while (many < 64) {
		fd = device_open("mem0", O_RDWR);
		setup = ring_setup_default(fd, &(struct ring_options){ .sq = 1024 });
		if (ring_setup(fd, &setup) < 0)
			break;
		many++;
	}
	assert_true(many > 2 && many < 64);
	assert_error(ring_setup(fd, &setup), EDQUOT);
	/* Limit and use are there to be told. */
	assert_true(device_query(fd).pool_bytes_used > 7 << 20);
	assert_true(device_query(fd).pool_bytes_used <= 8 << 20);
}

static void rings_and_pools_count_against_the_limit(void **state)
{
	char limit[32];
	int fd;

	(void)state;
	fd = device_open("mem0", O_RDONLY);
	snprintf(limit, sizeof(limit), "%llu",
		 (unsigned long long)device_query(fd).pool_bytes_max);
	if (file_write(LIMIT, "8388608") < 0)
		skip();
	fd = in_child(over_the_limit, NULL);
	assert_ok(file_write(LIMIT, limit));
	assert_int_equal(fd, 0);
}

static uint64_t group_bytes(const char *folder)
{
	char path[96];
	unsigned long long bytes = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/memory.current", folder);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%llu", &bytes), 1);
	fclose(f);
	return bytes;
}

static void in_a_small_group(void *arg)
{
	const char *folder = arg;
	struct dmaring_pool pool = { .buffers = 64, .buffer_bytes = 1 << 20 };
	char path[96], pid[16];
	struct ring *r;
	uint64_t before;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_ok(file_write(path, pid));
	before = group_bytes(folder);
	r = ring_open("mem0", .buffers = 8, .bytes = 1 << 20);
	assert_true(group_bytes(folder) >= before + (8 << 20));
	/* An error and not the killer. */
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), ENOMEM);
	push_copy(r, 1, 0, 1 << 20, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
}

static void memory_is_charged_to_the_cgroup(void **state)
{
	char mount_point[] = "/tmp/access.XXXXXX", folder[64], path[96];
	int ret;

	(void)state;
	assert_non_null(mkdtemp(mount_point));
	if (mount("none", mount_point, "cgroup2", 0, NULL)) {
		rmdir(mount_point);
		skip();
	}
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", mount_point);
	ret = file_write(path, "+memory");
	snprintf(folder, sizeof(folder), "%s/small", mount_point);
	if (!ret && !mkdir(folder, 0700)) {
		snprintf(path, sizeof(path), "%s/memory.max", folder);
		assert_ok(file_write(path, "25165824"));
		ret = in_child(in_a_small_group, folder);
		wait_until(!rmdir(folder));
	} else {
		ret = -1;
	}
	umount(mount_point);
	rmdir(mount_point);
	if (ret < 0)
		skip();
	assert_int_equal(ret, 0);
}

/* ------------------------------------------------------------------------
 * Shares of a channel
 */

static void copies_top_up(struct ring *r, unsigned int *under_way, unsigned int most,
			  uint32_t bytes)
{
	for (; *under_way < most; ++*under_way)
		push_copy(r, 1, 0, bytes, 0);
	ring_submit(r);
}

/* One has hundreds queued, three have four each, of 64 KiB; the engine is the bottleneck. */
static void greedy_ring_leaves_others_their_share(void **state)
{
	struct ring *r[4];
	unsigned int under_way[4] = { 0 }, done[4] = { 0 }, i, sum = 0;
	char speed[16];
	uint64_t end;

	(void)state;
	snprintf(speed, sizeof(speed), "%u", 100000000 / slowness());
	if (file_write(COPY_SPEED, speed) < 0)
		skip();
	for (i = 0; i < 4; i++)
		r[i] = ring_open("mem0", .sq = i ? 4 : 512, .buffers = 2, .bytes = 65536);
	copies_top_up(r[0], &under_way[0], 512, 65536);
	end = now_ns() + 1000000000;
	while (now_ns() < end) {
		struct dmaring_cqe c;

		for (i = 0; i < 4; i++) {
			while (ring_peek(r[i], &c)) {
				ring_seen(r[i], 1);
				under_way[i]--;
				done[i]++;
			}
			copies_top_up(r[i], &under_way[i], i ? 4 : 512, 65536);
		}
	}
	file_write(COPY_SPEED, "0");
	for (i = 0; i < 4; i++)
		sum += done[i];
	print_message("# greedy %u, modest %u %u %u\n", done[0], done[1], done[2], done[3]);
	assert_true(sum > 100);
	/* By turns they get 4 of the engine's 32 places each; in one queue, 4 of 524. */
	for (i = 1; i < 4; i++)
		assert_true(done[i] * 16 > sum);
}

/* A neighbour for ever at work: in peace, or with time-outs and aborts. */
static void neighbour(bool hostile)
{
	struct ring *r = ring_open("mem0", .sq = 64, .buffers = 2, .bytes = 65536);
	struct dmaring_cqe c;
	unsigned int n = 0, under_way = 0;

	for (;;) {
		while (under_way < 16) {
			struct dmaring_sqe *sqe;

			if (n++ % 8 == 7) {
				push(r, hostile ? DMARING_OP_ABORT : DMARING_OP_NOP, 0, 0);
			} else {
				sqe = push_copy(r, 1, 0, 16384, 0);
				sqe->timeout_us = hostile ? 1 : 0;
			}
			under_way++;
		}
		ring_kick(r);
		while (ring_peek(r, &c)) {
			ring_seen(r, 1);
			under_way--;
		}
		ring_poll(r, POLLIN, 100);
	}
}

static unsigned int copies_beside(bool hostile)
{
	struct ring *r;
	unsigned int done = 0;
	uint64_t end;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		alarm(60);
		neighbour(hostile);
	}
	wait_until(attribute_number("mem0", "copy/rings") == 1);
	r = ring_open("mem0", .buffers = 2, .bytes = 65536);
	end = now_ns() + 300000000;
	while (now_ns() < end) {
		push_copy(r, 1, 0, 16384, 1);
		ring_submit(r);
		ring_expect(r, 1, 0);
		done++;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ring_close(r);
	wait_until(!attribute_number("mem0", "copy/rings"));
	return done;
}

static void timeouts_and_aborts_slow_nobody_else(void **state)
{
	unsigned int peace = 0, war = 0, i, n;

	(void)state;
	if (file_write(COPY_SPEED, "50000000") < 0)
		skip();
	/* The best of three by turns: a machine has other things to do. */
	for (i = 0; i < 3; i++) {
		n = copies_beside(false);
		peace = n > peace ? n : peace;
		n = copies_beside(true);
		war = n > war ? n : war;
	}
	file_write(COPY_SPEED, "0");
	print_message("# %u copies beside a quiet ring, %u beside a hostile one\n", peace, war);
	assert_true(peace > 5);
	assert_true(war * 5 > peace * 2);
	copy_works();
	assert_nothing_left();
}

/* ------------------------------------------------------------------------
 * The log
 */

static unsigned int log_lines(void)
{
	int bytes = klogctl(10, NULL, 0);
	char *log = calloc(1, bytes + 1), *at;
	unsigned int lines = 0;

	assert_non_null(log);
	assert_true(klogctl(3, log, bytes) >= 0);
	for (at = log; (at = strstr(at, "dmaring")); at += strcspn(at, "\n"))
		lines++;
	free(log);
	return lines;
}

/* What is told is told ten times in five seconds at most. */
static void nobody_floods_the_log(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 64);
	struct dmaring_setup setup;
	unsigned int lines = log_lines(), i, j;
	int fd = device_open("mem0", O_RDWR);
	uint64_t begin = now_ns(), most;

	(void)state;
	setup = ring_setup_default(fd, &(struct ring_options){ 0 });
	setup.pool = pool_over_limit(fd);
	for (i = 0; i < 40; i++) {
		for (j = 0; j < 32; j++) {
			struct dmaring_sqe *sqe = push(r, DMARING_OP_CYCLIC_START, 0, j);

			sqe->bytes = 4096;
			sqe->list_entries = 2;
			sqe->opcode = j % 2 ? DMARING_OP_CYCLIC_START : 99;
		}
		ring_kick(r);
		for (j = 0; j < 32; j++)
			assert_true(ring_wait(r).res < 0);
		assert_error(ring_setup(fd, &setup), EDQUOT);
		assert_true(ioctl(fd, 0xdadadada, &setup) < 0);
	}
	__atomic_store_n(&r->user->sq_tail, r->sq_tail + 1000, __ATOMIC_RELEASE);
	ring_doorbell(r);
	most = 15 + (now_ns() - begin) / 400000000;
	print_message("# %u lines\n", log_lines() - lines);
	assert_true(log_lines() - lines <= most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(the_group_decides),
		system_test(read_only_opens_submit_nothing),
		system_test(users_do_not_reach_each_other),
		system_test(rings_and_pools_count_against_the_limit),
		system_test(memory_is_charged_to_the_cgroup),
		system_test(greedy_ring_leaves_others_their_share),
		system_test(timeouts_and_aborts_slow_nobody_else),
		system_test(nobody_floods_the_log),
	};

	return system_run(tests);
}
