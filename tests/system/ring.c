// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ring on the bare ABI: set-up, submission and completion.
 *
 * Owns: the list of rings and files that the running test has open. Barriers
 * follow the letters of ring-spec.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring.h"

#define RINGS_MAX	64
#define FILES_MAX	256

static struct ring rings[RINGS_MAX];
static int files[FILES_MAX];
static unsigned int n_files;

int xioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

/* ------------------------------------------------------------------------
 * Devices
 */

const char *device_tested(const char *name)
{
	const char *other = getenv("DMARING_TEST_DEVICE");

	return other && *other && !strcmp(name, "mem0") ? other : name;
}

bool device_is_simulated(const char *name)
{
	int fd = device_open(name, O_RDONLY);
	bool simulated;

	assert_true(fd >= 0);
	simulated = device_query(fd).flags & DMARING_SIMULATED;
	device_close(fd);
	return simulated;
}

void need_simulated(const char *name)
{
	if (!device_is_simulated(name))
		skip();
}

void need_bytewise(const char *name)
{
	int fd = device_open(name, O_RDONLY);
	struct dmaring_channel_info info;

	assert_true(fd >= 0);
	memset(&info, 0, sizeof(info));
	assert_ok(xioctl(fd, DMARING_IOC_CHANNEL, &info));
	device_close(fd);
	if (info.alignment > 1)
		skip();
}

void device_keep(int fd)
{
	assert_true(n_files < FILES_MAX);
	files[n_files++] = fd;
}

/* Returns the fd or -errno. */
int device_open(const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/dmaring/%s", device_tested(name));
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	device_keep(fd);
	return fd;
}

void device_close(int fd)
{
	unsigned int i;

	for (i = 0; i < n_files; i++)
		if (files[i] == fd)
			files[i] = files[--n_files];
	close(fd);
}

struct dmaring_query device_query(int fd)
{
	struct dmaring_query query;

	memset(&query, 0, sizeof(query));
	assert_ok(xioctl(fd, DMARING_IOC_QUERY, &query));
	return query;
}

/* Index of the channel of that name on the device, or -ENOENT. */
int device_channel(int fd, const char *name)
{
	struct dmaring_channel_info info;
	unsigned int i;

	for (i = 0; i < DMARING_CHANNELS_MAX; i++) {
		memset(&info, 0, sizeof(info));
		info.index = i;
		if (xioctl(fd, DMARING_IOC_CHANNEL, &info) < 0)
			return -ENOENT;
		if (!strncmp(info.name, name, sizeof(info.name)))
			return i;
	}
	return -ENOENT;
}

struct dmaring_channel_info device_channel_info(int fd, const char *name)
{
	struct dmaring_channel_info info;
	int index = device_channel(fd, name);

	assert_true(index >= 0);
	memset(&info, 0, sizeof(info));
	info.index = index;
	assert_ok(xioctl(fd, DMARING_IOC_CHANNEL, &info));
	return info;
}

/* ------------------------------------------------------------------------
 * Set-up
 */

static const char *const pool_kinds[] = {
	[DMARING_POOL_DEFAULT] = "default",
	[DMARING_POOL_COHERENT] = "coherent",
	[DMARING_POOL_WRITE_COMBINING] = "write-combining",
	[DMARING_POOL_CMA] = "cma",
	[DMARING_POOL_RESERVED] = "reserved",
};

unsigned int pool_kind(void)
{
	const char *kind = getenv("DMARING_POOL");
	unsigned int i;

	if (!kind || !*kind)
		return DMARING_POOL_DEFAULT;
	for (i = 0; i < ARRAY_SIZE(pool_kinds); i++)
		if (!strcmp(pool_kinds[i], kind))
			return i;
	fail_msg("DMARING_POOL=%s: no such kind", kind);
	return 0;
}

bool pool_kind_is_missing(void)
{
	bool missing;
	int fd;

	if (!getenv("DMARING_POOL"))
		return false;
	fd = device_open("mem0", O_RDWR);
	if (fd < 0)
		return true;
	missing = !(device_query(fd).pool_kinds & (1U << pool_kind()));
	device_close(fd);
	return missing;
}

void need_default_pool(void)
{
	if (pool_kind() != DMARING_POOL_DEFAULT)
		skip();
}

struct dmaring_setup ring_setup_default(int fd, const struct ring_options *options)
{
	struct dmaring_setup setup;

	memset(&setup, 0, sizeof(setup));
	setup.sq_entries = options->sq ? options->sq : 16;
	setup.cq_entries = options->cq;
	setup.flags = options->flags;
	setup.clock = options->clock;
	setup.coalesce_us = options->coalesce_us;
	setup.pool.kind = pool_kind();
	/* Reserved memory is that of one device; the others of a test have pools of their own. */
	if (setup.pool.kind == DMARING_POOL_RESERVED &&
	    !(device_query(fd).pool_kinds & (1U << DMARING_POOL_RESERVED)))
		setup.pool.kind = DMARING_POOL_DEFAULT;
	setup.pool.buffers = options->buffers ? options->buffers : 8;
	setup.pool.buffer_bytes = options->bytes ? options->bytes : 4096;
	if (options->only) {
		int channel = device_channel(fd, options->only);

		assert_true(channel >= 0);
		setup.channels = 1;
		setup.channel[0] = channel;
	}
	return setup;
}

/* Buffers that together are just over what the user may hold. */
struct dmaring_pool pool_over_limit(int fd)
{
	struct dmaring_query query = device_query(fd);
	struct dmaring_pool pool;

	assert_true(query.pool_bytes_max);
	memset(&pool, 0, sizeof(pool));
	pool.buffer_bytes = 4 << 20;
	pool.buffers = query.pool_bytes_max / pool.buffer_bytes + 1;
	return pool;
}

/* SETUP; afterwards the list of channels is there even if it was left out. */
int ring_setup(int fd, struct dmaring_setup *setup)
{
	bool all = !setup->channels;
	int ret = xioctl(fd, DMARING_IOC_SETUP, setup);
	unsigned int i;

	/* One piece as large as that is not always to be had. */
	if (ret == -ENOMEM && setup->pool.kind == pool_kind() && pool_kind() &&
	    setup->pool.buffers * setup->pool.buffer_bytes >= 1 << 20)
		skip();
	for (i = 0; ret >= 0 && all && i < setup->channels; i++)
		setup->channel[i] = i;
	return ret;
}

static void *map(int fd, uint64_t offset, size_t bytes, int prot)
{
	void *p = mmap(NULL, bytes, prot, MAP_SHARED, fd, offset);

	if (p == MAP_FAILED)
		fail_msg("mmap of %zu bytes at %#llx: %s", bytes,
			 (unsigned long long)offset, strerror(errno));
	return p;
}

/* Maps a set-up fd; the ring takes the fd over. */
struct ring *ring_map(int fd, const struct dmaring_setup *setup)
{
	struct ring *r = rings;
	unsigned char *kern, *user;
	unsigned int i;

	while (r->used)
		assert_true(++r < rings + RINGS_MAX);
	memset(r, 0, sizeof(*r));
	r->fd = fd;
	r->setup = *setup;
	r->used = true;
	for (i = 0; i < n_files; i++)
		if (files[i] == fd)
			files[i] = files[--n_files];

	kern = map(fd, DMARING_OFFSET_KERN, setup->kern_bytes, PROT_READ);
	user = map(fd, DMARING_OFFSET_USER, setup->user_bytes, PROT_READ | PROT_WRITE);
	r->header = (void *)kern;
	r->kern = (void *)(kern + r->header->kern_control);
	r->user = (void *)(user + r->header->user_control);
	r->cqes = (void *)(kern + r->header->cqes);
	r->sqes = (void *)(user + r->header->sqes);
	if (setup->pool.buffers)
		r->pool = map(fd, setup->pool.offset, setup->pool.bytes,
			      PROT_READ | PROT_WRITE);
	r->setup.sq_entries = r->header->sq_entries;
	r->setup.cq_entries = r->header->cq_entries;
	r->sq_tail = r->header->first_index;
	r->cq_head = r->header->first_index;
	return r;
}

/* Maps a pool that was added, one for each ring. */
unsigned char *ring_map_second(struct ring *r, const struct dmaring_pool *pool)
{
	assert_null(r->second);
	r->second = map(r->fd, pool->offset, pool->bytes, PROT_READ | PROT_WRITE);
	r->second_bytes = pool->bytes;
	return r->second;
}

struct ring *ring_open_with(const char *device, const struct ring_options *options)
{
	struct dmaring_setup setup;
	int fd = device_open(device, O_RDWR);
	int ret;

	if (fd < 0)
		fail_msg("open /dev/dmaring/%s: %s", device, strerror(-fd));
	setup = ring_setup_default(fd, options);
	ret = ring_setup(fd, &setup);
	if (ret < 0)
		fail_msg("SETUP of %s: %s", device, strerror(-ret));
	return ring_map(fd, &setup);
}

void ring_unmap(struct ring *r)
{
	if (!r->header)
		return;
	munmap((unsigned char *)r->user - r->header->user_control, r->setup.user_bytes);
	munmap((void *)r->header, r->setup.kern_bytes);
	if (r->pool)
		munmap(r->pool, r->setup.pool.bytes);
	if (r->second)
		munmap(r->second, r->second_bytes);
	r->header = NULL;
	r->pool = NULL;
	r->second = NULL;
}

void ring_close(struct ring *r)
{
	if (!r->used)
		return;
	ring_unmap(r);
	close(r->fd);
	r->used = false;
}

/* Index of the channel of that name in the ring. */
int ring_channel(struct ring *r, const char *name)
{
	int channel = device_channel(r->fd, name);
	unsigned int i;

	assert_true(channel >= 0);
	for (i = 0; i < r->setup.channels; i++)
		if (r->setup.channel[i] == channel)
			return i;
	fail_msg("channel %s is not in the ring", name);
	return -ENOENT;
}

unsigned char *ring_buffer(struct ring *r, unsigned int buffer)
{
	return r->pool + buffer * r->setup.pool.stride;
}

/* What the virtual controller holds against the driver; 0 elsewhere. */
static unsigned long violations(void)
{
	FILE *f = fopen("/sys/kernel/debug/dmaring_sim/violations", "re");
	unsigned long n = 0;

	if (f && fscanf(f, "%lu", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

/* Ends what the test has left behind; fails it if the driver broke a rule. */
int system_teardown(void **state)
{
	static unsigned long known;
	unsigned long now;
	struct ring *r;
	bool broken;

	(void)state;
	for (r = rings; r < rings + RINGS_MAX; r++)
		ring_close(r);
	while (n_files)
		close(files[--n_files]);
	now = violations();
	if (now > known)
		print_message("# the driver broke %lu rules of dmaengine\n", now - known);
	broken = now > known;
	known = now;
	return broken ? -1 : 0;
}

/* ------------------------------------------------------------------------
 * Submission
 */

uint32_t ring_sq_head(struct ring *r)
{
	return __atomic_load_n(&r->kern->sq_head, __ATOMIC_ACQUIRE);
}

uint32_t ring_sq_flags(struct ring *r)
{
	/* sq_tail must be visible before the flags are read. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&r->kern->sq_flags, __ATOMIC_ACQUIRE);
}

struct dmaring_sqe *push(struct ring *r, unsigned int opcode, unsigned int channel,
			 uint64_t user_data)
{
	struct dmaring_sqe *sqe;

	wait_until(r->sq_tail - ring_sq_head(r) < r->setup.sq_entries);
	sqe = &r->sqes[r->sq_tail++ & (r->setup.sq_entries - 1)];
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = opcode;
	sqe->channel = channel;
	sqe->user_data = user_data;
	return sqe;
}

struct dmaring_sqe *push_data(struct ring *r, unsigned int opcode, unsigned int channel,
			      unsigned int buffer, uint32_t offset, uint32_t bytes,
			      uint64_t user_data)
{
	struct dmaring_sqe *sqe = push(r, opcode, channel, user_data);

	sqe->buffer = buffer;
	sqe->offset = offset;
	sqe->bytes = bytes;
	return sqe;
}

/* On channel 0, between starts of buffers. */
struct dmaring_sqe *push_copy(struct ring *r, unsigned int to, unsigned int from,
			      uint32_t bytes, uint64_t user_data)
{
	struct dmaring_sqe *sqe;

	sqe = push_data(r, DMARING_OP_COPY, 0, to, 0, bytes, user_data);
	sqe->source_buffer = from;
	return sqe;
}

void ring_publish(struct ring *r)
{
	/* Entries before tail. */
	__atomic_store_n(&r->user->sq_tail, r->sq_tail, __ATOMIC_RELEASE);
}

/* Returns 0 or -errno. */
int ring_doorbell(struct ring *r)
{
	const struct dmaring_doorbell bell = { .magic = DMARING_DOORBELL_MAGIC };
	ssize_t n = write(r->fd, &bell, sizeof(bell));

	r->doorbells++;
	if (n < 0)
		return -errno;
	assert_int_equal(n, sizeof(bell));
	return 0;
}

void ring_submit(struct ring *r)
{
	ring_publish(r);
	if (ring_sq_flags(r) & DMARING_SQ_NEED_DOORBELL)
		assert_ok(ring_doorbell(r));
}

/* For control operations, which must act at once. */
void ring_kick(struct ring *r)
{
	ring_publish(r);
	assert_ok(ring_doorbell(r));
}

void post_nops(struct ring *r, unsigned int n)
{
	uint32_t tail = ring_cq_tail(r);

	while (n--) {
		push(r, DMARING_OP_NOP, 0, 0);
		ring_kick(r);
		tail++;
		wait_until(ring_cq_tail(r) == tail);
	}
}

void something_else_happens(void)
{
	struct ring *r = ring_open("mem0");
	unsigned int i;

	for (i = 0; i < 20; i++) {
		push_copy(r, 1, 0, 4096, i);
		ring_submit(r);
		ring_expect(r, i, 0);
	}
	ring_close(r);
}

/* ------------------------------------------------------------------------
 * Eventfds
 */

int event_new(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	device_keep(fd);
	return fd;
}

int ring_set_eventfd(struct ring *r, unsigned int use, int fd)
{
	struct dmaring_eventfd e = { .use = use, .fd = fd };

	return xioctl(r->fd, DMARING_IOC_EVENTFD, &e);
}

int ring_eventfd(struct ring *r, unsigned int use)
{
	int fd = event_new();

	assert_ok(ring_set_eventfd(r, use, fd));
	return fd;
}

void event_write(int fd, uint64_t value)
{
	assert_int_equal(write(fd, &value, sizeof(value)), sizeof(value));
}

/* The counter, which is zero afterwards. */
uint64_t event_read(int fd)
{
	uint64_t value;

	return read(fd, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

/* The same, once it is not zero; 0 if the deadline passed. */
uint64_t event_wait(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_true(poll(&p, 1, WAIT_MS) >= 0);
	return event_read(fd);
}

/* ------------------------------------------------------------------------
 * Completion
 */

uint32_t ring_cq_tail(struct ring *r)
{
	return __atomic_load_n(&r->kern->cq_tail, __ATOMIC_ACQUIRE);
}

bool ring_peek(struct ring *r, struct dmaring_cqe *cqe)
{
	if (ring_cq_tail(r) == r->cq_head)
		return false;
	*cqe = r->cqes[r->cq_head & (r->setup.cq_entries - 1)];
	return true;
}

void ring_seen(struct ring *r, unsigned int n)
{
	r->cq_head += n;
	if (!r->manual_event)
		__atomic_store_n(&r->user->cq_event, r->cq_head, __ATOMIC_RELAXED);
	/* Entries are read before their slots are given back. */
	__atomic_store_n(&r->user->cq_head, r->cq_head, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Takes cq_event over from ring_seen(): ready when cq_tail has passed this. */
void ring_set_event(struct ring *r, uint32_t event)
{
	r->manual_event = true;
	__atomic_store_n(&r->user->cq_event, event, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

short ring_poll(struct ring *r, short events, int timeout_ms)
{
	struct pollfd p = { .fd = r->fd, .events = events };

	assert_true(poll(&p, 1, timeout_ms) >= 0);
	return p.revents;
}

/* What the driver itself says of the ring. */
static void report_fdinfo(int fd)
{
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "dmaring", 7))
			print_error("# %s", line);
	if (f)
		fclose(f);
}

static void report(struct ring *r)
{
	const struct dmaring_kern_control *k = r->kern;
	const struct dmaring_user_control *u = r->user;
	uint32_t first = r->header->first_index;

	print_error("# ring (indices from first): sq %u..%u flags %#x invalid %u, cq %u..%u event %u flags %#x, state %u\n",
		    k->sq_head - first, u->sq_tail - first, k->sq_flags, k->sq_invalid,
		    u->cq_head - first, k->cq_tail - first, u->cq_event - first,
		    k->cq_flags, k->state);
	report_fdinfo(r->fd);
}

struct dmaring_cqe ring_wait_at(struct ring *r, const char *file, int line)
{
	uint64_t end = now_ns() + (uint64_t)WAIT_MS * 1000000;
	struct dmaring_cqe cqe;

	while (!ring_peek(r, &cqe)) {
		if (r->manual_event)
			look_again();
		else
			ring_poll(r, POLLIN, WAIT_MS);
		if (now_ns() > end) {
			report(r);
			print_error("# no completion before the deadline\n");
			_fail(file, line);
		}
	}
	ring_seen(r, 1);
	return cqe;
}

struct dmaring_cqe ring_expect_at(struct ring *r, uint64_t user_data, int res,
				  const char *file, int line)
{
	struct dmaring_cqe cqe = ring_wait_at(r, file, line);

	if (cqe.user_data != user_data || cqe.res != res) {
		report(r);
		print_error("# completion: user_data %llu (want %llu), res %d %s (want %d), flags %#x, bytes %u, opcode %u\n",
			    (unsigned long long)cqe.user_data, (unsigned long long)user_data,
			    cqe.res, strerror(-cqe.res), res, cqe.flags, cqe.bytes,
			    cqe.opcode);
		_fail(file, line);
	}
	return cqe;
}

void ring_collect_at(struct ring *r, struct dmaring_cqe *cqes, unsigned int n,
		     const char *file, int line)
{
	while (n--)
		*cqes++ = ring_wait_at(r, file, line);
}

struct dmaring_cqe *cqe_find_at(struct dmaring_cqe *cqes, unsigned int n, uint64_t user_data,
				const char *file, int line)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (cqes[i].user_data == user_data)
			return &cqes[i];
	print_error("# no completion with user_data %llu\n", (unsigned long long)user_data);
	_fail(file, line);
	return NULL;
}
