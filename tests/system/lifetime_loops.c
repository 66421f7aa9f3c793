// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ends of rings, over and over, with traffic on every channel: after each of them
 * the counters add up, nothing is held, and each device works.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traffic.h"

/* Choices that are the same each time. */
static uint32_t random_below(uint32_t below)
{
	static uint64_t x = 1;

	x = x * 6364136223846793005ULL + 1442695040888963407ULL;
	return (x >> 33) % below;
}

static void killed_with_traffic_on_every_channel(void **state)
{
	struct traffic *traffic = traffic_new();
	unsigned int i, n = loop_rounds(5);
	int status;
	pid_t pid;

	(void)state;
	account_begin();
	for (i = 0; i < n; i++) {
		pid = traffic_start(traffic);
		traffic_wait(traffic, random_below(200));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WTERMSIG(status), SIGKILL);
		assert_int_equal(traffic->wrong, 0);
		account_check();
	}
	account_end();
	traffic_free(traffic);
}

/* ------------------------------------------------------------------------
 * Closed by one thread while another is in a call
 */

struct race {
	const struct call *call;
	int fd;
	size_t bytes;		/* of USER */
	unsigned int calls;
	bool over;
};

struct call {
	const char *name;
	int (*make)(struct race *race);
	unsigned int flags;	/* of SETUP */
	bool fresh;		/* without SETUP */
};

static int call_query(struct race *race)
{
	struct dmaring_query query = { 0 };

	return xioctl(race->fd, DMARING_IOC_QUERY, &query);
}

static int call_channel(struct race *race)
{
	struct dmaring_channel_info info = { 0 };

	return xioctl(race->fd, DMARING_IOC_CHANNEL, &info);
}

static int call_setup(struct race *race)
{
	struct dmaring_setup setup = { .sq_entries = 16,
				       .pool = { .buffers = 4, .buffer_bytes = 4096 } };

	return xioctl(race->fd, DMARING_IOC_SETUP, &setup);
}

static int call_pool(struct race *race)
{
	struct dmaring_pool pool = { .buffers = 2, .buffer_bytes = 4096 };

	return xioctl(race->fd, DMARING_IOC_POOL, &pool);
}

static int call_eventfd(struct race *race)
{
	int fd = event_new();
	struct dmaring_eventfd eventfd = { .use = race->calls & 1, .fd = fd };
	int ret = xioctl(race->fd, DMARING_IOC_EVENTFD, &eventfd);

	if (!ret) {
		event_write(fd, 1);
		eventfd.fd = -1;
		ret = xioctl(race->fd, DMARING_IOC_EVENTFD, &eventfd);
	}
	device_close(fd);
	return ret;
}

static int call_abort(struct race *race)
{
	struct dmaring_abort abort = { .channel = 0 };

	return xioctl(race->fd, DMARING_IOC_ABORT, &abort);
}

static int call_coalesce(struct race *race)
{
	struct dmaring_coalesce coalesce = { .time_us = race->calls & 1 ? 100 : 0 };

	return xioctl(race->fd, DMARING_IOC_COALESCE, &coalesce);
}

static int call_position(struct race *race)
{
	struct dmaring_position position = { .channel = 0 };

	return xioctl(race->fd, DMARING_IOC_POSITION, &position);
}

static int call_sync(struct race *race)
{
	struct dmaring_sync sync = { .direction = DMARING_CHANNEL_COPY, .bytes = 4096 };

	return xioctl(race->fd, DMARING_IOC_SYNC, &sync);
}

static int call_doorbell(struct race *race)
{
	const struct dmaring_doorbell bell = { .magic = DMARING_DOORBELL_MAGIC };

	return write(race->fd, &bell, sizeof(bell)) < 0 ? -errno : 0;
}

/* Of completions or of bytes; blocks where there are none. */
static int call_read(struct race *race)
{
	static char bytes[4096];

	return read(race->fd, bytes, sizeof(bytes)) < 0 ? -errno : 0;
}

static int call_write(struct race *race)
{
	static char bytes[4096];

	return write(race->fd, bytes, sizeof(bytes)) < 0 ? -errno : 0;
}

static int call_fsync(struct race *race)
{
	return fsync(race->fd) ? -errno : 0;
}

static int call_poll(struct race *race)
{
	struct pollfd p = { .fd = race->fd, .events = POLLIN | POLLOUT };

	if (poll(&p, 1, 5) < 0)
		return -errno;
	return p.revents & POLLNVAL ? -EBADF : 0;
}

static int call_mmap(struct race *race)
{
	void *p = mmap(NULL, race->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, race->fd,
		       DMARING_OFFSET_USER);

	if (p == MAP_FAILED)
		return -errno;
	munmap(p, race->bytes);
	return 0;
}

static const struct call calls[] = {
	{ .name = "query", .make = call_query },
	{ .name = "channel", .make = call_channel },
	{ .name = "setup", .make = call_setup },
	{ .name = "setup of a fresh file", .make = call_setup, .fresh = true },
	{ .name = "pool", .make = call_pool },
	{ .name = "eventfd", .make = call_eventfd },
	{ .name = "abort", .make = call_abort },
	{ .name = "coalesce", .make = call_coalesce },
	{ .name = "position", .make = call_position },
	{ .name = "sync", .make = call_sync },
	{ .name = "doorbell", .make = call_doorbell },
	{ .name = "read of completions", .make = call_read, .flags = DMARING_SETUP_READ },
	{ .name = "read of bytes", .make = call_read, .fresh = true },
	{ .name = "write of bytes", .make = call_write, .fresh = true },
	{ .name = "fsync", .make = call_fsync },
	{ .name = "poll", .make = call_poll },
	{ .name = "mmap", .make = call_mmap },
};

static void *call_until_closed(void *arg)
{
	struct race *race = arg;
	int ret;

	do {
		ret = race->call->make(race);
		__atomic_fetch_add(&race->calls, 1, __ATOMIC_RELEASE);
	} while (ret != -EBADF && !__atomic_load_n(&race->over, __ATOMIC_ACQUIRE));
	return NULL;
}

static void ignore(int signal)
{
	(void)signal;
}

static void close_during(const struct call *call, const char *device)
{
	struct race race = { .call = call };
	struct ring *r = NULL;
	pthread_t thread;
	unsigned int i;

	if (call->fresh) {
		race.fd = device_open(device, O_RDWR);
		assert_true(race.fd >= 0);
	} else {
		r = ring_open_with(device, &(struct ring_options){
			.sq = 64, .buffers = 4, .bytes = 4 * TRAFFIC_BYTES,
			.flags = call->flags });
		traffic_fill(r, device, 8);
		race.fd = r->fd;
		race.bytes = r->setup.user_bytes;
	}
	assert_int_equal(pthread_create(&thread, NULL, call_until_closed, &race), 0);
	/* A call that blocks at once is one to be closed in. */
	for (i = random_below(2000); i; i--)
		if (__atomic_load_n(&race.calls, __ATOMIC_ACQUIRE) > 3)
			break;
	for (i = random_below(300); i; i--)
		__atomic_load_n(&race.calls, __ATOMIC_ACQUIRE);
	if (r) {
		close(r->fd);
		ring_unmap(r);
		r->used = false;
	} else {
		device_close(race.fd);
	}
	__atomic_store_n(&race.over, true, __ATOMIC_RELEASE);
	/* What blocks has the file until a signal comes. */
	while (pthread_tryjoin_np(thread, NULL)) {
		pthread_kill(thread, SIGUSR1);
		look_again();
	}
}

static void closed_during_each_call(void **state)
{
	static const char * const devices[] = { "loop0", "mem0", "source0", "sink0", "fft0" };
	const struct sigaction act = { .sa_handler = ignore };
	unsigned int i, n = loop_rounds(5);
	size_t j;

	(void)state;
	sigaction(SIGUSR1, &act, NULL);
	account_begin();
	for (i = 0; i < n; i++) {
		for (j = 0; j < ARRAY_SIZE(calls); j++)
			close_during(&calls[j], devices[(i + j) % ARRAY_SIZE(devices)]);
		account_check();
	}
	account_end();
}

/* ------------------------------------------------------------------------
 * Processes
 */

/* Stays until its parent is gone, and a moment longer. */
static void outlive(pid_t parent)
{
	unsigned int i;

	for (i = 0; i < 10; i += getppid() != parent)
		look_again();
}

static void leave_in_all_ways(void *arg)
{
	unsigned int how = *(unsigned int *)arg, i;
	struct ring *rings[TRAFFIC_DEVICES];
	pid_t parent = getpid(), pid;

	for (i = 0; i < TRAFFIC_DEVICES; i++) {
		rings[i] = traffic_ring(traffic_devices[i]);
		/* Into the next program, half of the time. */
		if (how & 1)
			fcntl(rings[i]->fd, F_SETFD, 0);
	}
	for (i = 0; i < 3; i++) {
		pid = fork();
		if (pid)
			continue;
		switch ((how + i) % 3) {
		case 0:
			execlp("true", "true", NULL);
			_exit(1);
		case 1:
			for (i = 0; i < TRAFFIC_DEVICES; i++)
				ring_doorbell(rings[i]);
			break;
		default:
			/* It has the files alone in the end. */
			outlive(parent);
		}
		_exit(0);
	}
	if (how & 2)
		raise(SIGKILL);
	if (how & 4)
		execlp("true", "true", NULL);
}

static void forked_and_executed_with_mappings(void **state)
{
	unsigned int i, n = loop_rounds(5);

	(void)state;
	account_begin();
	for (i = 0; i < n; i++) {
		int status = in_child(leave_in_all_ways, &i);

		assert_true(!status || (i & 2 && WTERMSIG(status) == SIGKILL));
		account_check();
	}
	account_end();
}

/* Sends the ring of a device, with what is under way, and dies. */
static void send_and_die(void *arg)
{
	int socket = *(int *)arg;
	unsigned int i;

	for (i = 0; i < TRAFFIC_DEVICES; i++) {
		struct ring *r = traffic_ring(traffic_devices[i]);
		char control[CMSG_SPACE(sizeof(int))] = { 0 };
		struct iovec v = { &r->setup, sizeof(r->setup) };
		struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
				    .msg_controllen = sizeof(control) };
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &r->fd, sizeof(int));
		assert_int_equal(sendmsg(socket, &m, 0), sizeof(r->setup));
	}
	raise(SIGKILL);
}

/* What the dead one had under way comes to the heir, and new work is done. */
static void take_over(int socket, const char *device)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct dmaring_setup setup;
	struct iovec v = { &setup, sizeof(setup) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	unsigned int taken;
	struct ring *r;
	int fd;

	assert_int_equal(recvmsg(socket, &m, MSG_CMSG_CLOEXEC), sizeof(setup));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	r = ring_map(fd, &setup);
	r->sq_tail = __atomic_load_n(&r->user->sq_tail, __ATOMIC_ACQUIRE);
	r->cq_head = __atomic_load_n(&r->user->cq_head, __ATOMIC_ACQUIRE);
	for (taken = r->sq_tail - r->cq_head; taken; taken--)
		assert_int_equal(ring_wait(r).res, 0);
	traffic_fill(r, device, 4);
	for (taken = 4 * r->setup.channels; taken; taken--)
		assert_int_equal(ring_wait(r).res, 0);
	ring_close(r);
}

static void passed_on_by_a_process_that_died(void **state)
{
	unsigned int i, j, n = loop_rounds(5);
	int s[2];

	(void)state;
	account_begin();
	for (i = 0; i < n; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s), 0);
		assert_true(WIFSIGNALED(in_child(send_and_die, &s[1])));
		/* Some are never taken from the socket, and end with it. */
		for (j = 0; j < i % (TRAFFIC_DEVICES + 1); j++)
			take_over(s[0], traffic_devices[j]);
		close(s[0]);
		close(s[1]);
		account_check();
	}
	account_end();
}

/* ------------------------------------------------------------------------
 * Mappings
 */

#define ODD_PAGES	32

/* Something that is done to some pages of a mapping. */
static void harm(unsigned char *base, unsigned int pages, bool writable)
{
	unsigned int at = random_below(pages), n = 1 + random_below(pages - at);
	unsigned char *p = base + at * 4096UL;
	size_t bytes = n * 4096UL;

	switch (random_below(6)) {
	case 0:
		munmap(p, 4096);
		break;
	case 1:
		munmap(p, bytes);
		break;
	case 2:
		mprotect(p, bytes, random_below(2) ? PROT_NONE : PROT_READ);
		break;
	case 3:
		/* Something else in its place. */
		mmap(p, 4096, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		break;
	case 4:
		mremap(p, bytes, 4096, 0);
		break;
	default:
		if (writable)
			madvise(p, bytes, MADV_DONTNEED);
		mremap(p, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
		       base + random_below(pages) * 4096UL);
	}
}

static void unmap_oddly(void *arg)
{
	const char *device = traffic_devices[*(unsigned int *)arg % TRAFFIC_DEVICES];
	struct ring *r = ring_open_with(device, &(struct ring_options){
		.sq = 64, .buffers = 2, .bytes = ODD_PAGES / 2 * 4096UL });
	int kern_pages = r->setup.kern_bytes / 4096, user_pages = r->setup.user_bytes / 4096;
	unsigned char *pool, *kern, *user;
	unsigned int i, close_at = random_below(40);

	for (i = 0; i <= *(unsigned int *)arg; i++)
		close_at = random_below(40);
	pool = mmap(NULL, ODD_PAGES * 4096UL, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		    r->setup.pool.offset);
	kern = mmap(NULL, r->setup.kern_bytes, PROT_READ, MAP_SHARED, r->fd,
		    DMARING_OFFSET_KERN);
	user = mmap(NULL, r->setup.user_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		    DMARING_OFFSET_USER);
	assert_true(pool != MAP_FAILED && kern != MAP_FAILED && user != MAP_FAILED);
	traffic_fill(r, device, 16);
	for (i = 0; i < 40; i++) {
		harm(pool, ODD_PAGES, true);
		harm(kern, kern_pages, false);
		harm(user, user_pages, true);
		if (i == close_at)
			close(r->fd);
	}
	/* The whole ones still show what comes. */
	for (i = 0; i < 16 * r->setup.channels; i++)
		wait_until(ring_cq_tail(r) - r->header->first_index > i);
}

static void unmapped_in_odd_pieces(void **state)
{
	unsigned int i, n = loop_rounds(6);

	(void)state;
	account_begin();
	for (i = 0; i < n; i++) {
		assert_child_ok(unmap_oddly, &i);
		account_check();
	}
	account_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(killed_with_traffic_on_every_channel),
		system_test(closed_during_each_call),
		system_test(forked_and_executed_with_mappings),
		system_test(passed_on_by_a_process_that_died),
		system_test(unmapped_in_odd_pieces),
	};

	return system_run(tests);
}
