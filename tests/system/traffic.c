// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic on every channel, and the account of it.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../soak/memory.h"
#include "traffic.h"

#define UNDER_WAY	8
#define LONG_ROUNDS	200

const char * const traffic_devices[TRAFFIC_DEVICES] = {
	"loop0", "fft0", "source0", "sink0", "mem0", "adc0",
};

static const struct {
	const char *device, *channel;
	unsigned int opcode;
} channels[] = {
	{ "loop0", "tx", DMARING_OP_SEND }, { "loop0", "rx", DMARING_OP_RECEIVE },
	{ "fft0", "tx", DMARING_OP_SEND }, { "fft0", "rx", DMARING_OP_RECEIVE },
	{ "source0", "rx", DMARING_OP_RECEIVE }, { "sink0", "tx", DMARING_OP_SEND },
	{ "mem0", "copy", DMARING_OP_COPY }, { "adc0", "rx", DMARING_OP_RECEIVE },
};

/* What the transform of a send takes in receive. */
static unsigned int bytes_of(const char *device, unsigned int opcode)
{
	if (!strcmp(device, "fft0") && opcode == DMARING_OP_RECEIVE)
		return 2 * TRAFFIC_BYTES;
	return TRAFFIC_BYTES;
}

static void push_next(struct ring *r, const char *device, size_t channel, int index)
{
	unsigned int opcode = channels[channel].opcode;

	push_data(r, opcode, index, opcode == DMARING_OP_SEND ? 0 : 1, 0,
		  bytes_of(device, opcode), channel);
}

void traffic_fill(struct ring *r, const char *device, unsigned int n)
{
	unsigned int i;
	size_t channel;

	for (channel = 0; channel < ARRAY_SIZE(channels); channel++) {
		if (strcmp(channels[channel].device, device))
			continue;
		for (i = 0; i < n; i++)
			push_next(r, device, channel, ring_channel(r, channels[channel].channel));
	}
	ring_publish(r);
	ring_doorbell(r);
}

struct ring *traffic_ring(const char *device)
{
	struct ring *r = ring_open_with(device, &(struct ring_options){
		.sq = 64, .buffers = 4, .bytes = 4 * TRAFFIC_BYTES });

	traffic_fill(r, device, UNDER_WAY);
	return r;
}

struct traffic *traffic_new(void)
{
	struct traffic *traffic = mmap(NULL, sizeof(*traffic), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(traffic, MAP_FAILED);
	return traffic;
}

void traffic_free(struct traffic *traffic)
{
	munmap(traffic, sizeof(*traffic));
}

static bool result_is_right(const struct traffic *traffic, int res)
{
	if (!res)
		return true;
	if (traffic->removal && (res == -ENODEV || res == -EIO))
		return true;
	return traffic->sleep && res == -ECANCELED;
}

/* Takes what has come on a ring, and puts as much in. Returns how much. */
static unsigned int turn(struct traffic *traffic, struct ring *r, const char *device, bool gone)
{
	bool stop = __atomic_load_n(&traffic->stop, __ATOMIC_RELAXED);
	unsigned int n = 0;
	struct dmaring_cqe c;

	while (ring_peek(r, &c)) {
		ring_seen(r, 1);
		n++;
		if (!result_is_right(traffic, c.res)) {
			print_error("# %s: operation %u of channel %u: %d\n", device, c.opcode,
				    c.channel, c.res);
			__atomic_fetch_add(&traffic->wrong, 1, __ATOMIC_RELAXED);
		}
		if (!gone && !stop)
			push_next(r, device, c.user_data, c.channel);
	}
	if (n && !gone) {
		ring_publish(r);
		ring_doorbell(r);
	}
	__atomic_fetch_add(&traffic->count, n, __ATOMIC_RELAXED);
	return n;
}

static void traffic_run(struct traffic *traffic)
{
	struct ring *rings[TRAFFIC_DEVICES];
	struct pollfd fds[TRAFFIC_DEVICES];
	unsigned int i, left = TRAFFIC_DEVICES;

	for (i = 0; i < TRAFFIC_DEVICES; i++) {
		rings[i] = traffic_ring(traffic_devices[i]);
		fds[i] = (struct pollfd){ .fd = rings[i]->fd, .events = POLLIN };
	}
	while (left && !__atomic_load_n(&traffic->stop, __ATOMIC_RELAXED)) {
		poll(fds, TRAFFIC_DEVICES, 100);
		for (i = 0; i < TRAFFIC_DEVICES; i++) {
			bool gone = fds[i].revents & POLLHUP;

			if (fds[i].fd < 0)
				continue;
			turn(traffic, rings[i], traffic_devices[i], gone);
			if (gone) {
				/* HUP comes with the last completion. */
				if (!turn(traffic, rings[i], traffic_devices[i], true) &&
				    ring_cq_tail(rings[i]) != ring_sq_head(rings[i]))
					__atomic_fetch_add(&traffic->wrong, 1, __ATOMIC_RELAXED);
				fds[i].fd = -1;
				left--;
			}
		}
	}
}

pid_t traffic_start(struct traffic *traffic)
{
	unsigned int before = traffic->count;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		signal(SIGSEGV, SIG_DFL);
		alarm(60 * slowness());
		traffic_run(traffic);
		_exit(0);
	}
	wait_until(__atomic_load_n(&traffic->count, __ATOMIC_RELAXED) >= before + 50 ||
		   waitpid(pid, NULL, WNOHANG) == pid);
	assert_true(traffic->count >= before + 50);
	return pid;
}

void traffic_wait(struct traffic *traffic, unsigned int more)
{
	unsigned int before = __atomic_load_n(&traffic->count, __ATOMIC_RELAXED);

	wait_until(__atomic_load_n(&traffic->count, __ATOMIC_RELAXED) - before >= more);
}

/* ------------------------------------------------------------------------
 * Account
 */

static uint64_t pool_bytes_before;
static struct memory memory_before;
static bool memory_known;

unsigned int loop_rounds(unsigned int few)
{
	return getenv("DMARING_LONG") ? LONG_ROUNDS : few;
}

static uint64_t part(size_t channel, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", channels[channel].channel, name);
	return attribute_number(channels[channel].device, path);
}

static uint64_t pool_bytes(void)
{
	int fd = device_open("mem0", O_RDWR);
	uint64_t used = device_query(fd).pool_bytes_used;

	device_close(fd);
	return used;
}

void account_begin(void)
{
	pool_bytes_before = pool_bytes();
	memory_known = false;
}

static void device_works(const char *device)
{
	struct ring *r = traffic_ring(device);
	struct dmaring_cqe c;
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(channels); i++)
		n += strcmp(channels[i].device, device) ? 0 : UNDER_WAY;
	while (n--) {
		c = ring_wait(r);
		assert_int_equal(c.res, 0);
	}
	ring_close(r);
}

void account_check(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(channels); i++) {
		wait_until(!part(i, "rings"));
		wait_until(part(i, "submitted") == part(i, "completed") + part(i, "errors") +
			   part(i, "timeouts"));
	}
	wait_until(pool_bytes() == pool_bytes_before);
	for (i = 0; i < TRAFFIC_DEVICES; i++)
		device_works(traffic_devices[i]);
	/* The first round may leave things that are kept for the next ones. */
	if (!memory_known && !memory_sample(&memory_before))
		memory_known = true;
}

void account_end(void)
{
	struct memory now;
	const char *grown;
	char text[256];
	uint64_t end;

	account_check();
	/* What a debug kernel keeps of freed memory is no account. */
	if (!memory_known || !access("/sys/kernel/debug/kmemleak", F_OK))
		return;
	/* The kernel frees some of it later: what stays is a leak. */
	end = now_ns() + WAIT_MS * 1000000ULL;
	do {
		look_again();
		assert_int_equal(memory_sample(&now), 0);
		grown = memory_grown(&memory_before, &now);
	} while (grown && now_ns() < end);
	memory_text(&memory_before, &now, text, sizeof(text));
	print_message("# %s\n", text);
	if (grown)
		fail_msg("%s has grown", grown);
}
