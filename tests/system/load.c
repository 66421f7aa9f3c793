// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Work that is under way when something ends.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

const struct side sides[3] = {
	{ "sink0", "tx", DMARING_OP_SEND },
	{ "source0", "rx", DMARING_OP_RECEIVE },
	{ "mem0", "copy", DMARING_OP_COPY },
};

static const char * const channels[][2] = {
	{ "loop0", "tx" }, { "loop0", "rx" }, { "mem0", "copy" },
};

static uint64_t part(size_t channel, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", channels[channel][1], name);
	return attribute_number(channels[channel][0], path);
}

/*
 * Nobody holds a channel, and what was submitted has ended: a copy that was
 * issued when its ring was closed does so in its own time.
 */
void assert_nothing_left(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(channels); i++) {
		assert_int_equal(part(i, "rings"), 0);
		wait_until(part(i, "submitted") == part(i, "completed") +
			   part(i, "errors") + part(i, "timeouts"));
	}
}

void loop_works(void)
{
	struct ring *r = ring_open("loop0");
	struct dmaring_cqe c[2];

	pattern_fill(ring_buffer(r, 0), BYTES, 1);
	push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 1, 0, BYTES, 1);
	push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 0, 0, BYTES, 2);
	ring_submit(r);
	ring_collect(r, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
	pattern_check(ring_buffer(r, 1), BYTES, 1);
	ring_close(r);
}

void copy_works(void)
{
	struct ring *r = ring_open("mem0");

	push_copy(r, 1, 0, BYTES, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
	ring_close(r);
}

void everything_works(void)
{
	loop_works();
	copy_works();
	assert_nothing_left();
}

/* A ring on all of loop0 with more receives than can be issued. */
struct ring *loaded_loop(void)
{
	struct ring *r = ring_open("loop0", .sq = 128);
	int rx = ring_channel(r, "rx"), i;

	for (i = 0; i < 100; i++)
		push_data(r, DMARING_OP_RECEIVE, rx, i % 8, 0, BYTES, i);
	ring_submit(r);
	return r;
}

struct ring *loaded_copy(void)
{
	struct ring *r = ring_open("mem0", .sq = 128, .buffers = 2, .bytes = 1 << 20);
	int i;

	for (i = 0; i < 100; i++)
		push_copy(r, 1, 0, 1 << 20, i);
	ring_submit(r);
	return r;
}

/* 16 of everything under way, for ever. */
static void run_load(struct load *load)
{
	struct ring *r = ring_open(load->device, .sq = 128, .buffers = 32);
	bool copy = !strcmp(load->device, "mem0"), gone = false;
	int tx = copy ? 0 : ring_channel(r, "tx"), rx = copy ? 0 : ring_channel(r, "rx");
	unsigned int under_way[2] = { 0, 0 };
	struct dmaring_cqe c;

	for (;;) {
		while (!gone && under_way[rx] < 16) {
			if (copy)
				push_copy(r, 1, 0, BYTES, 0);
			else
				push_data(r, DMARING_OP_RECEIVE, rx, under_way[rx], 0,
					  BYTES, 0);
			under_way[rx]++;
		}
		while (!gone && !copy && under_way[tx] < 16) {
			push_data(r, DMARING_OP_SEND, tx, 16, 0, BYTES, 0);
			under_way[tx]++;
		}
		ring_publish(r);
		if (ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL)
			ring_doorbell(r);
		if (__atomic_load_n(&r->kern->state, __ATOMIC_ACQUIRE) == DMARING_RING_GONE)
			gone = true;
		if (!ring_peek(r, &c)) {
			if (ring_poll(r, POLLIN, WAIT_MS) & POLLHUP && gone)
				break;
			continue;
		}
		ring_seen(r, 1);
		under_way[c.channel]--;
		/* Hardware that is torn out fails before the kernel knows it gone. */
		if (c.res && !(load->until_gone && c.res == -ENODEV) &&
		    !(load->torn_out && c.res == -EIO)) {
			print_error("# res %d of operation %u\n", c.res, c.opcode);
			fail();
		}
		__atomic_fetch_add(&load->count, 1, __ATOMIC_RELAXED);
	}
	assert_true(load->until_gone);
}

struct load *shared_load(const char *device, bool until_gone)
{
	struct load *load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(load, MAP_FAILED);
	load->device = device;
	load->until_gone = until_gone;
	return load;
}

/* A child at work, once it has done so many blocks. */
pid_t start_load(struct load *load, unsigned int blocks)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		signal(SIGSEGV, SIG_DFL);
		alarm(60);
		run_load(load);
		_exit(0);
	}
	wait_until(__atomic_load_n(&load->count, __ATOMIC_RELAXED) >= blocks ||
		   waitpid(pid, NULL, WNOHANG) == pid);
	assert_true(load->count >= blocks);
	return pid;
}

int child_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}
