// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The poller: submissions are found without a doorbell, by leave of the
 * administrator and within the share of a CPU that he gives.
 */
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"

static const char * const devices[] = { "loop0", "mem0" };

static void allow(const char *device, unsigned int percent, unsigned int idle_ms)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", idle_ms);
	assert_ok(attribute_set(device, "poller_idle_ms", text));
	snprintf(text, sizeof(text), "%u", percent);
	assert_ok(attribute_set(device, "poller", text));
}

static int poller_teardown(void **state)
{
	int ret = system_teardown(state);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		attribute_set(devices[i], "poller", "0");
		attribute_set(devices[i], "poller_idle_ms", "50");
	}
	return ret;
}

#define poller_test(f)	cmocka_unit_test_teardown(f, poller_teardown)

/* Process id of the thread of a device; 0: there is none. */
static pid_t poller_thread(const char *device)
{
	char want[32], path[300], name[32];
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	pid_t pid = 0;

	assert_non_null(proc);
	snprintf(want, sizeof(want), "dmaring/%s\n", device);
	while (!pid && (entry = readdir(proc))) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) && !strcmp(name, want))
			pid = atoi(entry->d_name);
		fclose(f);
	}
	closedir(proc);
	return pid;
}

static bool needs_doorbell(struct ring *r)
{
	return ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL;
}

/* A copy, told to nobody. */
static void copy_untold(struct ring *r, uint64_t user_data)
{
	push_copy(r, 1, 0, 64, user_data);
	ring_publish(r);
}

/* ------------------------------------------------------------------------
 * Leave
 */

static void without_leave_is_eperm(void **state)
{
	int fd = device_open("mem0", O_RDWR);
	struct dmaring_setup setup = ring_setup_default(fd, &(struct ring_options) {
		.flags = DMARING_SETUP_POLLER });
	struct dmaring_setup again = setup;

	(void)state;
	assert_int_equal(attribute_number("mem0", "poller"), 0);
	assert_error(ring_setup(fd, &setup), EPERM);
	assert_int_equal(poller_thread("mem0"), 0);
	/* The file is as it was. */
	allow("mem0", 10, 50);
	assert_ok(ring_setup(fd, &again));
	assert_int_not_equal(poller_thread("mem0"), 0);
	device_close(fd);
	wait_until(!poller_thread("mem0"));
}

static void leave_is_a_percentage(void **state)
{
	struct stat s;

	(void)state;
	assert_error(attribute_set("mem0", "poller", "101"), ERANGE);
	assert_error(attribute_set("mem0", "poller", "-1"), EINVAL);
	assert_error(attribute_set("mem0", "poller", "much"), EINVAL);
	assert_error(attribute_set("mem0", "poller_idle_ms", "60001"), ERANGE);
	assert_ok(attribute_set("mem0", "poller", "37"));
	assert_int_equal(attribute_number("mem0", "poller"), 37);
	assert_int_equal(attribute_number("loop0", "poller"), 0);
	assert_int_equal(attribute_number("mem0", "poller_idle_ms"), 50);
	/* The administrator's, and nobody else's. */
	assert_int_equal(stat("/sys/class/dmaring/mem0/poller", &s), 0);
	assert_int_equal(s.st_mode & 0777, 0644);
}

static void entries_are_found_without_a_doorbell(void **state)
{
	uint64_t entries = attribute_number("mem0", "counters/poller_entries");
	struct ring *r;
	unsigned int i;

	(void)state;
	allow("mem0", 100, 60000);
	r = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
	assert_int_equal(r->header->flags, DMARING_SETUP_POLLER);
	wait_until(!needs_doorbell(r));
	for (i = 0; i < 500; i++) {
		if (i % 2) {
			copy_untold(r, i);
		} else {
			push(r, DMARING_OP_NOP, 0, i);
			ring_publish(r);
		}
		ring_expect(r, i, 0);
		assert_false(needs_doorbell(r));
	}
	assert_int_equal(r->doorbells, 0);
	/* Completions find some as well. */
	assert_true(attribute_number("mem0", "counters/poller_entries") > entries);
}

/* Slots that come back are seen as entries are. */
static void slots_are_found_without_a_doorbell(void **state)
{
	struct ring *r;
	unsigned int i, n = 0;

	(void)state;
	allow("mem0", 100, 60000);
	r = ring_open("mem0", .sq = 8, .cq = 16, .flags = DMARING_SETUP_POLLER);
	wait_until(!needs_doorbell(r));
	for (i = 0; i < 20; i++)
		copy_untold(r, i);
	wait_until(ring_sq_flags(r) & DMARING_SQ_CQ_FULL);
	assert_false(needs_doorbell(r));
	for (; n < 20; n++)
		ring_expect(r, n, 0);
	assert_int_equal(r->doorbells, 0);
	/* An impossible head holds up this ring only, and no CPU. */
	__atomic_store_n(&r->user->cq_head, r->cq_head + 9, __ATOMIC_RELEASE);
	copy_untold(r, n);
	wait_until(r->kern->cq_flags & DMARING_CQ_BAD_HEAD);
	__atomic_store_n(&r->user->cq_head, r->cq_head, __ATOMIC_RELEASE);
	ring_expect(r, n, 0);
}

static void broken_ring_asks_for_doorbells(void **state)
{
	struct ring *r;

	(void)state;
	allow("mem0", 100, 60000);
	r = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
	wait_until(!needs_doorbell(r));
	__atomic_store_n(&r->user->sq_tail, r->sq_tail + 1000, __ATOMIC_RELEASE);
	wait_until(needs_doorbell(r));
	assert_int_equal(r->kern->state, DMARING_RING_BROKEN);
	assert_error(ring_doorbell(r), EIO);
}

/* ------------------------------------------------------------------------
 * Not one system call
 */

#define DEPTH		32

struct silent {
	const char *device;
	unsigned int total;	/* transfers to make */
	unsigned int done;	/* transfers; the parent looks */
	unsigned int error;	/* line of the first thing that was wrong */
	unsigned int end;	/* the parent: make a system call */
};

static void forbid_everything(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* Nothing that is called here may make a system call, failing included. */
#define must(condition) do {							\
	if (!(condition) && !s->error)						\
		__atomic_store_n(&s->error, __LINE__, __ATOMIC_RELEASE);	\
} while (0)

static uint64_t *word(struct ring *r, unsigned int buffer)
{
	return (uint64_t *)ring_buffer(r, buffer);
}

/* 64 bytes for each transfer, the first of them a number. */
static void fill_in(struct ring *r, bool copies, int tx, int rx, unsigned int n)
{
	struct dmaring_sqe *sqe = &r->sqes[r->sq_tail & (r->setup.sq_entries - 1)];
	unsigned int buffer = (copies ? n : n / 2) % DEPTH;

	memset(sqe, 0, sizeof(*sqe));
	sqe->bytes = 64;
	sqe->user_data = n;
	if (copies) {
		*word(r, buffer) = n;
		sqe->opcode = DMARING_OP_COPY;
		sqe->source_buffer = buffer;
		sqe->buffer = DEPTH + buffer;
	} else if (n % 2) {
		*word(r, buffer) = n;
		sqe->opcode = DMARING_OP_SEND;
		sqe->channel = tx;
		sqe->buffer = buffer;
	} else {
		sqe->opcode = DMARING_OP_RECEIVE;
		sqe->channel = rx;
		sqe->buffer = DEPTH + buffer;
	}
	r->sq_tail++;
}

static void transfer_silently(void *arg)
{
	struct silent *s = arg;
	bool copies = !strcmp(s->device, "mem0");
	struct ring *r = ring_open(s->device, .sq = 64, .cq = 256, .buffers = 2 * DEPTH,
				   .bytes = 64, .flags = DMARING_SETUP_POLLER);
	int tx = copies ? 0 : ring_channel(r, "tx"), rx = copies ? 0 : ring_channel(r, "rx");
	unsigned int started = 0, done = 0, sent = 1, received = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	wait_until(!needs_doorbell(r));
	memset(r->pool, 0, r->setup.pool.bytes);
	forbid_everything();
	while (done < s->total && !s->error) {
		struct dmaring_cqe c;

		while (started < s->total && started - done < DEPTH)
			fill_in(r, copies, tx, rx, started++);
		ring_publish(r);
		must(!needs_doorbell(r));
		if (!ring_peek(r, &c)) {
			relax();
			continue;
		}
		must(c.res == 0 && c.bytes == 64);
		if (copies) {
			must(c.user_data == done && *word(r, c.buffer) == done);
		} else if (c.opcode == DMARING_OP_SEND) {
			must(c.user_data == sent);
			sent += 2;
		} else {
			/* The send that it belongs to came after it. */
			must(c.user_data == received && *word(r, c.buffer) == received + 1);
			received += 2;
		}
		ring_seen(r, 1);
		__atomic_store_n(&s->done, ++done, __ATOMIC_RELEASE);
	}
	while (!__atomic_load_n(&s->end, __ATOMIC_ACQUIRE))
		relax();
	getppid();
}

static void make_silently(const char *device, unsigned int total, unsigned int percent)
{
	struct silent *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t start, end = now_ns() + 100 * 1000000000ULL;
	pid_t pid;

	assert_ptr_not_equal(s, MAP_FAILED);
	s->device = device;
	/* A kernel that checks its locks takes ten times as long. */
	s->total = access("/proc/lockdep", F_OK) ? total : total / 10;
	allow(device, percent, 60000);
	start = now_ns();
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		signal(SIGSYS, SIG_DFL);
		transfer_silently(s);
		_exit(0);
	}
	while (__atomic_load_n(&s->done, __ATOMIC_ACQUIRE) < s->total && now_ns() < end &&
	       !__atomic_load_n(&s->error, __ATOMIC_ACQUIRE) && !waitpid(pid, NULL, WNOHANG))
		usleep(20000);
	if (s->error || s->done < s->total) {
		kill(pid, SIGKILL);
		child_status(pid);
		fail_msg("%u transfers, line %u is wrong", s->done, s->error);
	}
	print_message("# %s: %u transfers in %llu ms\n", device, s->done,
		      (unsigned long long)(now_ns() - start) / 1000000);
	/* It was under the filter all the time: the first system call is its end. */
	__atomic_store_n(&s->end, 1, __ATOMIC_RELEASE);
	assert_int_equal(WTERMSIG(child_status(pid)), SIGSYS);
	munmap(s, sizeof(*s));
}

/* Half a CPU: on two of them the engine needs some of what this process leaves. */
static void hundred_thousand_sends_and_receives(void **state)
{
	(void)state;
	make_silently("loop0", 100000, 50);
}

static void twenty_thousand_copies(void **state)
{
	(void)state;
	make_silently("mem0", 20000, 50);
}

/* ------------------------------------------------------------------------
 * Sleep
 */

static void idle_poller_sleeps(void **state)
{
	uint64_t sleeps = attribute_number("mem0", "counters/poller_sleeps"), ns;
	struct ring *r;
	unsigned int i;

	(void)state;
	allow("mem0", 100, 5);
	r = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
	for (i = 0; i < 10; i++) {
		wait_until(needs_doorbell(r));
		wait_until(attribute_number("mem0", "counters/poller_sleeps") > sleeps);
		sleeps = attribute_number("mem0", "counters/poller_sleeps");
		/* Nobody looks; the doorbell wakes it. */
		ns = attribute_number("mem0", "counters/poller_ns");
		push(r, DMARING_OP_NOP, 0, i);
		ring_publish(r);
		usleep(20000);
		assert_int_equal(ring_sq_head(r), r->sq_tail - 1);
		assert_int_equal(attribute_number("mem0", "counters/poller_ns"), ns);
		assert_ok(ring_doorbell(r));
		ring_expect(r, i, 0);
		wait_until(attribute_number("mem0", "counters/poller_ns") > ns);
	}
	allow("mem0", 100, 60000);
	assert_ok(ring_doorbell(r));
	wait_until(!needs_doorbell(r));
}

/* It falls asleep and is woken all the time; who heeds the flag is never stuck. */
static void no_entry_is_lost_when_it_falls_asleep(void **state)
{
	struct ring *r;
	unsigned int i, started = 0;
	uint64_t gap;

	(void)state;
	allow("mem0", 100, 0);
	r = ring_open("mem0", .sq = 32, .flags = DMARING_SETUP_POLLER);
	for (i = 0; i < 10000; i++) {
		while (started - i < 1 + i % 3)
			push_copy(r, 1, 0, 64, started++);
		ring_submit(r);
		ring_expect(r, i, 0);
		for (gap = now_ns() + i % 64 * 40000; i % 7 == 0 && now_ns() < gap;)
			;
	}
	assert_true(r->doorbells > 10);
	assert_true(r->doorbells < 10000);
}

/* Leave comes and goes: with it no doorbell, without it the usual rules. */
static void leave_is_taken_back_under_load(void **state)
{
	struct load *load = shared_load("mem0", false);
	pid_t pid = start_load(load, 10);
	unsigned int i, seen;
	struct ring *r;
	uint64_t sleeps, looked;

	(void)state;
	allow("mem0", 100, 60000);
	r = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
	for (i = 0; i < 20; i++) {
		wait_until(!needs_doorbell(r));
		copy_untold(r, i);
		ring_expect(r, i, 0);
		sleeps = attribute_number("mem0", "counters/poller_sleeps");
		assert_ok(attribute_set("mem0", "poller", "0"));
		wait_until(attribute_number("mem0", "counters/poller_sleeps") > sleeps);
		assert_true(needs_doorbell(r));
		looked = attribute_number("mem0", "counters/poller_ns");
		copy_untold(r, 100 + i);
		seen = __atomic_load_n(&load->count, __ATOMIC_ACQUIRE);
		wait_until(__atomic_load_n(&load->count, __ATOMIC_ACQUIRE) > seen + 10);
		assert_ok(ring_doorbell(r));
		ring_expect(r, 100 + i, 0);
		assert_int_equal(attribute_number("mem0", "counters/poller_ns"), looked);
		wait_until(needs_doorbell(r));
		assert_ok(attribute_set("mem0", "poller", "100"));
	}
	kill(pid, SIGKILL);
	child_status(pid);
	munmap(load, sizeof(*load));
}

/* Nanoseconds that the thread has had on a CPU. */
static uint64_t cpu_time(pid_t pid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return ns;
}

static void share_of_a_cpu_is_bounded(void **state)
{
	static const unsigned int percents[] = { 5, 25 };
	uint64_t start, used, end;
	struct ring *r;
	pid_t thread;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(percents); i++) {
		allow("mem0", percents[i], 60000);
		r = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
		wait_until(!needs_doorbell(r));
		thread = poller_thread("mem0");
		if (!cpu_time(thread))
			skip();	/* this kernel keeps no schedstat */
		start = now_ns();
		used = cpu_time(thread);
		for (end = start + 500000000ULL; now_ns() < end;) {
			copy_untold(r, 1);
			ring_expect(r, 1, 0);
			usleep(1000);
		}
		used = cpu_time(thread) - used;
		start = now_ns() - start;
		print_message("# %u %%: it ran for %llu of %llu us\n", percents[i],
			      (unsigned long long)used / 1000, (unsigned long long)start / 1000);
		/* Going to sleep and waking up cost something as well. */
		assert_true(used * 100 / start < 2 * percents[i] + 5);
		assert_int_equal(r->doorbells, 0);
		ring_close(r);
	}
}

/* ------------------------------------------------------------------------
 * Several, and ends
 */

static void rings_share_a_poller(void **state)
{
	struct ring *r[8];
	struct ring *other;
	unsigned int i, j;
	pid_t thread;

	(void)state;
	allow("mem0", 100, 60000);
	other = ring_open("mem0");
	for (i = 0; i < ARRAY_SIZE(r); i++)
		r[i] = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
	thread = poller_thread("mem0");
	for (i = 0; i < ARRAY_SIZE(r); i++)
		wait_until(!needs_doorbell(r[i]));
	for (j = 0; j < 100; j++) {
		for (i = 0; i < ARRAY_SIZE(r); i++)
			if (r[i])
				copy_untold(r[i], j);
		for (i = 0; i < ARRAY_SIZE(r); i++)
			if (r[i])
				ring_expect(r[i], j, 0);
		/* They leave one after the other. */
		if (j % 15 == 14 && j / 15 < ARRAY_SIZE(r) - 1) {
			ring_close(r[j / 15]);
			r[j / 15] = NULL;
		}
	}
	assert_int_equal(poller_thread("mem0"), thread);
	assert_true(needs_doorbell(other));
	push_copy(other, 1, 0, 64, 7);
	ring_submit(other);
	ring_expect(other, 7, 0);
	for (i = 0; i < ARRAY_SIZE(r); i++)
		if (r[i])
			ring_close(r[i]);
	wait_until(!poller_thread("mem0"));
}

static void busy_until_killed(void *arg)
{
	struct ring *r = ring_open("loop0", .sq = 64, .flags = DMARING_SETUP_POLLER);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	unsigned int started = 0, done = 0, most = *(unsigned int *)arg;
	struct dmaring_cqe c;

	wait_until(!needs_doorbell(r));
	for (;;) {
		while (started - done < 40) {
			push_data(r, DMARING_OP_RECEIVE, rx, 0, 0, 64, 0);
			push_data(r, DMARING_OP_SEND, tx, 1, 0, 64, 0);
			started += 2;
		}
		ring_publish(r);
		while (ring_peek(r, &c)) {
			ring_seen(r, 1);
			done++;
		}
		if (done >= most)
			raise(SIGKILL);
	}
}

static void killed_and_closed_under_load(void **state)
{
	unsigned int i, most;
	struct ring *r;
	int status;

	(void)state;
	allow("loop0", 100, 60000);
	for (i = 0; i < 10; i++) {
		most = 100 + 77 * i;
		status = in_child(busy_until_killed, &most);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		wait_until(!poller_thread("loop0"));
	}
	for (i = 0; i < 20; i++) {
		r = ring_open("loop0", .flags = DMARING_SETUP_POLLER);
		push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 0, 0, 64, 0);
		ring_publish(r);
		if (i % 2)
			wait_until(ring_sq_head(r) == r->sq_tail);
		ring_close(r);
	}
	wait_until(!poller_thread("loop0"));
	everything_works();
}

/* A child has the file and not the mappings; the poller goes on for the parent. */
static void child_is_no_user(void **state)
{
	struct ring *r;
	unsigned int i;
	pid_t pid;

	(void)state;
	allow("mem0", 100, 60000);
	r = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
	wait_until(!needs_doorbell(r));
	for (i = 0; i < 10; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		assert_int_equal(child_status(pid), 0);
		copy_untold(r, i);
		ring_expect(r, i, 0);
	}
}

static void removal_under_load(void **state)
{
	unsigned int i, j;
	struct ring *r;

	(void)state;
	for (i = 0; i < 4; i++) {
		allow("loop0", 100, 60000);
		r = ring_open("loop0", .sq = 64, .flags = DMARING_SETUP_POLLER);
		wait_until(!needs_doorbell(r));
		for (j = 0; j < 40; j++)
			push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 0, 0, 64, j);
		ring_publish(r);
		if (i % 2)
			wait_until(ring_sq_head(r) == r->sq_tail);
		assert_ok(file_write(DRIVER "unbind", "dmaring.0"));
		wait_until(r->kern->state == DMARING_RING_GONE);
		for (j = ring_sq_head(r) - r->header->first_index; j; j--)
			assert_int_equal(ring_wait(r).res, -ENODEV);
		assert_error(ring_doorbell(r), ENODEV);
		assert_ok(file_write(DRIVER "bind", "dmaring.0"));
		ring_close(r);
		wait_until(!poller_thread("loop0"));
		wait_until(!access("/dev/dmaring/loop0", F_OK));
	}
	assert_int_equal(attribute_number("loop0", "poller"), 0);
	loop_works();
}

/* ------------------------------------------------------------------------
 * Who pays
 */

#define CGROUPS	"/tmp/dmaring-cgroups"

static void open_from_a_group(void *arg)
{
	char path[64], line[256] = "";
	struct ring *r;
	FILE *f;

	(void)arg;
	assert_ok(file_write(CGROUPS "/payer/cgroup.procs", "0"));
	r = ring_open("mem0", .flags = DMARING_SETUP_POLLER);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", poller_thread("mem0"));
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "0::", 3))
			break;
	fclose(f);
	assert_string_equal(line, "0::/payer\n");
	ring_close(r);
}

static void its_time_is_the_openers(void **state)
{
	int status;

	(void)state;
	mkdir(CGROUPS, 0755);
	if (mount("none", CGROUPS, "cgroup2", 0, NULL) < 0) {
		print_message("# skipped: no cgroup2 here\n");
		skip();
	}
	allow("mem0", 10, 50);
	mkdir(CGROUPS "/payer", 0755);
	status = in_child(open_from_a_group, NULL);
	rmdir(CGROUPS "/payer");
	umount(CGROUPS);
	rmdir(CGROUPS);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		poller_test(without_leave_is_eperm),
		poller_test(leave_is_a_percentage),
		poller_test(entries_are_found_without_a_doorbell),
		poller_test(slots_are_found_without_a_doorbell),
		poller_test(broken_ring_asks_for_doorbells),
		poller_test(hundred_thousand_sends_and_receives),
		poller_test(twenty_thousand_copies),
		poller_test(idle_poller_sleeps),
		poller_test(no_entry_is_lost_when_it_falls_asleep),
		poller_test(leave_is_taken_back_under_load),
		poller_test(share_of_a_cpu_is_bounded),
		poller_test(rings_share_a_poller),
		poller_test(killed_and_closed_under_load),
		poller_test(child_is_no_user),
		poller_test(removal_under_load),
		poller_test(its_time_is_the_openers),
	};

	return system_run(tests);
}
