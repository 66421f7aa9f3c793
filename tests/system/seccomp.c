// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No ioctl after set-up: blocks flow while a filter kills the process at any.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ring.h"

static void forbid_ioctl(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* 8 blocks under way at any time, each checked. */
static void loop_blocks(void *arg)
{
	struct ring *r = ring_open("loop0", .sq = 32, .buffers = 16, .bytes = 512);
	int tx = ring_channel(r, "tx"), rx = ring_channel(r, "rx");
	const unsigned int total = *(unsigned int *)arg;
	unsigned int started, received = 0, sent = 0;
	struct dmaring_cqe c;

	forbid_ioctl();
	for (started = 0; received < total || sent < total;) {
		while (started < total && started - received < 8 && started - sent < 8) {
			pattern_fill(ring_buffer(r, started % 8), 512, started);
			push_data(r, DMARING_OP_RECEIVE, rx, 8 + started % 8, 0, 512,
				  started);
			push_data(r, DMARING_OP_SEND, tx, started % 8, 0, 512, started);
			started++;
		}
		ring_submit(r);
		c = ring_wait(r);
		assert_int_equal(c.res, 0);
		if (c.channel == tx) {
			assert_int_equal(c.user_data, sent++);
			continue;
		}
		assert_int_equal(c.user_data, received);
		assert_int_equal(c.bytes, 512);
		pattern_check(ring_buffer(r, c.buffer), 512, received++);
	}
}

static void ten_thousand_blocks(void **state)
{
	unsigned int total = 10000;

	(void)state;
	assert_child_ok(loop_blocks, &total);
}

static void copy_and_close(void *arg)
{
	struct ring *r = ring_open("mem0", .sq = 32, .cq = 128);
	int fd = ring_eventfd(r, DMARING_EVENTFD_DOORBELL);
	unsigned int i;

	(void)arg;
	forbid_ioctl();
	for (i = 0; i < 1000; i++) {
		push_copy(r, 1, 0, 4096, i);
		ring_publish(r);
		event_write(fd, 1);
		ring_expect(r, i, 0);
	}
	ring_close(r);
}

static void copies_by_eventfd(void **state)
{
	(void)state;
	assert_child_ok(copy_and_close, NULL);
}

static void one_ioctl(void *arg)
{
	struct ring *r = ring_open("loop0");

	(void)arg;
	forbid_ioctl();
	device_query(r->fd);
}

static void the_filter_does_kill(void **state)
{
	int status = in_child(one_ioctl, NULL);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(ten_thousand_blocks),
		system_test(copies_by_eventfd),
		system_test(the_filter_does_kill),
	};

	return system_run(tests);
}
