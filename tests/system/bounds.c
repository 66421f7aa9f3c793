// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the hostile process was given, who stands by, and how it is seen that
 * nothing else was touched.
 *
 * Owns: the list of bounds, under a lock, as threads add to it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"

#define PAGE		4096U
#define CANARY		0xc5
#define POOLS		DMARING_POOLS_MAX
#define KNOBS		"/sys/kernel/debug/dmaring_sim/"

static const char * const devices[] = { "loop0", "mem0" };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char text[60000];
static size_t length;
static int pagemap = -1;
static int doorbells[2];
static unsigned char *pools[2][POOLS];
static size_t pool_sizes[2][POOLS];

/* ------------------------------------------------------------------------
 * Bounds
 */

bool bounds_can_be_kept(void)
{
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	/* With bounce buffers the controller sees other addresses. */
	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0 || strstr(line, "swiotlb="))
		return false;
	close(fd);
	return !access(KNOBS "mem0/bounds", W_OK);
}

static uint64_t physical(const unsigned char *p)
{
	uint64_t entry = 0;

	if (pagemap < 0)
		pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pread(pagemap, &entry, sizeof(entry), (uintptr_t)p / PAGE * 8) != sizeof(entry) ||
	    !(entry >> 63) || !(entry & ((1ULL << 55) - 1)))
		abort();
	return (entry & ((1ULL << 55) - 1)) * PAGE + (uintptr_t)p % PAGE;
}

static uint64_t file_number(const char *path)
{
	unsigned long long value;
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%llu", &value), 1);
	fclose(f);
	return value;
}

/* Where the controller sees a pool that has no pages of the process: it says so itself. */
static uint64_t bus_address(struct ring *r, unsigned int index, const struct dmaring_pool *pool)
{
	const bool copies = r->setup.channels == 1;
	struct dmaring_sqe *sqe;
	struct dmaring_cqe c[2];
	char path[64];

	snprintf(path, sizeof(path), KNOBS "%s/bounds", devices[copies]);
	assert_int_equal(file_write(path, "0 1\n"), 0);
	if (copies) {
		sqe = push_copy(r, 0, 0, 128, 0);
		sqe->source_pool = index;
		sqe->source_offset = 128;
	} else {
		push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 0, 128, 128, 0)->pool = index;
		sqe = push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 0, 0, 128, 1);
	}
	sqe->pool = index;
	ring_submit(r);
	ring_collect(r, c, 2 - copies);
	assert_true(pool->buffer_bytes >= 256);
	/* One piece, from a page's start on. */
	snprintf(path, sizeof(path), KNOBS "%s/outside_at", devices[copies]);
	return file_number(path) / PAGE * PAGE;
}

static void bounds_set(const char *list, size_t bytes)
{
	char path[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		int fd;

		snprintf(path, sizeof(path), KNOBS "%s/bounds", devices[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, list, bytes) != (ssize_t)bytes)
			abort();
		close(fd);
	}
}

/* The bytes of the buffers, not what lies between them. */
void bounds_add(const unsigned char *memory, const struct dmaring_pool *pool)
{
	uint64_t start = 0, end = 0;
	uint32_t b, at, n;

	pthread_mutex_lock(&lock);
	for (b = 0; b < pool->buffers; b++) {
		for (at = 0; at < pool->buffer_bytes; at += n) {
			const unsigned char *p = memory + b * pool->stride + at;
			uint64_t address = physical(p);

			n = PAGE - (uintptr_t)p % PAGE;
			if (n > pool->buffer_bytes - at)
				n = pool->buffer_bytes - at;
			if (address != end) {
				if (end)
					length += snprintf(text + length, sizeof(text) - length,
							   "%llx %llu\n", (unsigned long long)start,
							   (unsigned long long)(end - start));
				start = address;
			}
			end = address + n;
		}
	}
	length += snprintf(text + length, sizeof(text) - length, "%llx %llu\n",
			   (unsigned long long)start, (unsigned long long)(end - start));
	if (length >= sizeof(text))
		abort();
	pthread_mutex_unlock(&lock);
}

/* Of a pool of whatever kind. No transfer is under way on the ring. */
void bounds_add_pool(struct ring *r, unsigned int index, const unsigned char *memory,
		     const struct dmaring_pool *pool)
{
	uint64_t address;
	uint32_t b;

	if (pool->kind == DMARING_POOL_DEFAULT) {
		bounds_add(memory, pool);
		return;
	}
	address = bus_address(r, index, pool);
	for (b = 0; b < pool->buffers; b++)
		length += snprintf(text + length, sizeof(text) - length, "%llx %llu\n",
				   (unsigned long long)(address + b * pool->stride),
				   (unsigned long long)pool->buffer_bytes);
	assert_true(length < sizeof(text));
}

void bounds_publish(void)
{
	pthread_mutex_lock(&lock);
	bounds_set(text, length);
	pthread_mutex_unlock(&lock);
}

void bounds_forget(void)
{
	length = 0;
	bounds_set("\n", 1);
}

static bool bounds_have_room(void)
{
	bool room;

	pthread_mutex_lock(&lock);
	room = length < sizeof(text) - 1000;
	pthread_mutex_unlock(&lock);
	return room;
}

static uint64_t knob_sum(const char *name)
{
	char path[96];
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		snprintf(path, sizeof(path), KNOBS "%s/%s", devices[i], name);
		sum += file_number(path);
	}
	return sum;
}

uint64_t outside_bytes(void)
{
	return knob_sum("outside_bytes");
}

unsigned long hostile_bytes_moved(void)
{
	return attribute_number("loop0", "tx/bytes") + attribute_number("mem0", "copy/bytes");
}

/* ------------------------------------------------------------------------
 * Rings
 */

unsigned int hostile_seconds(void)
{
	const char *seconds = getenv("DMARING_SECONDS"), *is_long = getenv("DMARING_LONG");

	return seconds && *seconds ? atoi(seconds) : is_long && *is_long == '1' ? 180 : 5;
}

int hostile_doorbell(unsigned int index)
{
	return doorbells[index];
}

/* The channels of loop0 are in the order of the device. */
int ring_channel_of(const struct ring *r, const char *name)
{
	static int tx = -1;

	if (tx < 0)
		tx = device_channel(r->fd, "tx");
	return strcmp(name, "tx") ? !tx : tx;
}

/* All pools that a ring can have, so that nobody adds one unseen. */
struct ring *hostile_ring(const char *device, unsigned int index)
{
	const struct ring_options options = { .sq = 64, .buffers = 16, .bytes = 5000,
					      .coalesce_us = 200 };
	struct dmaring_pool pool = { 0 };
	int fd = device_open(device, O_RDWR);
	struct dmaring_setup setup = ring_setup_default(fd, &options);
	struct ring *r;
	unsigned int i;

	setup.segment_entries = 64;
	assert_ok(ring_setup(fd, &setup));
	r = ring_map(fd, &setup);
	bounds_add_pool(r, 0, r->pool, &r->setup.pool);
	for (i = 1; i < POOLS; i++) {
		memset(&pool, 0, sizeof(pool));
		pool.kind = pool_kind();
		pool.buffers = i < HOSTILE_SHAPES ? 4 : 1;
		pool.buffer_bytes = i == 2 ? 65536 : 4096;
		pool.flags = i == 1 ? DMARING_POOL_CONTIGUOUS : 0;
		assert_ok(xioctl(fd, DMARING_IOC_POOL, &pool));
		pools[index][i] = mmap(NULL, pool.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				       pool.offset);
		assert_ptr_not_equal(pools[index][i], MAP_FAILED);
		pool_sizes[index][i] = pool.bytes;
		bounds_add_pool(r, i, pools[index][i], &pool);
	}
	doorbells[index] = ring_eventfd(r, DMARING_EVENTFD_DOORBELL);
	assert_ok(ring_set_eventfd(r, DMARING_EVENTFD_COMPLETION, doorbells[index]));
	return r;
}

void hostile_ring_close(struct ring *r, unsigned int index)
{
	unsigned int i;

	for (i = 1; i < POOLS; i++)
		munmap(pools[index][i], pool_sizes[index][i]);
	ring_close(r);
	device_close(doorbells[index]);
}

int open_node(const char *device, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/dmaring/%s", device);
	return open(path, flags | O_CLOEXEC);
}

int own_ring_map(struct own_ring *own, int fd, const struct dmaring_setup *setup)
{
	own->setup = *setup;
	own->fd = fd;
	if (!bounds_have_room())
		return -1;
	own->kern = mmap(NULL, setup->kern_bytes, PROT_READ, MAP_SHARED, fd, DMARING_OFFSET_KERN);
	own->user = mmap(NULL, setup->user_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 DMARING_OFFSET_USER);
	own->pool = mmap(NULL, setup->pool.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 setup->pool.offset);
	if (own->kern == MAP_FAILED || own->user == MAP_FAILED || own->pool == MAP_FAILED)
		abort();
	bounds_add(own->pool, &setup->pool);
	bounds_publish();
	return 0;
}

/* Copies, or on loop0 sends that nobody takes. */
void own_ring_submit(struct own_ring *own, unsigned int n, uint32_t bytes)
{
	const struct dmaring_header *header = (const void *)own->kern;
	struct dmaring_user_control *user = (void *)(own->user + header->user_control);
	const struct dmaring_doorbell bell = { .magic = DMARING_DOORBELL_MAGIC };
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct dmaring_sqe *sqe = (void *)(own->user + header->sqes +
						   (user->sq_tail + i) % header->sq_entries * 64);

		memset(sqe, 0, sizeof(*sqe));
		sqe->opcode = header->channels == 1 ? DMARING_OP_COPY : DMARING_OP_SEND;
		sqe->bytes = 1 + bytes % 2048;
		if (header->channels == 1)
			sqe->source_offset = 2048;
	}
	__atomic_store_n(&user->sq_tail, user->sq_tail + n, __ATOMIC_RELEASE);
	ignore(write(own->fd, &bell, sizeof(bell)));
}

void own_ring_unmap(struct own_ring *own)
{
	munmap(own->kern, own->setup.kern_bytes);
	munmap(own->user, own->setup.user_bytes);
	munmap(own->pool, own->setup.pool.bytes);
}

/* ------------------------------------------------------------------------
 * Who stands by
 */

void gaps_fill(struct ring *r)
{
	const struct dmaring_pool *pool = &r->setup.pool;
	unsigned int i;

	assert_true(pool->stride > pool->buffer_bytes);
	for (i = 0; i < pool->buffers; i++)
		memset(ring_buffer(r, i) + pool->buffer_bytes, CANARY,
		       pool->stride - pool->buffer_bytes);
}

static bool gap_is_whole(struct ring *r, unsigned int buffer)
{
	const struct dmaring_pool *pool = &r->setup.pool;
	const unsigned char *gap = ring_buffer(r, buffer) + pool->buffer_bytes;
	size_t i;

	for (i = 0; i < pool->stride - pool->buffer_bytes; i++)
		if (gap[i] != CANARY)
			return false;
	return true;
}

void gaps_check(struct ring *r)
{
	unsigned int i;

	for (i = 0; i < r->setup.pool.buffers; i++)
		assert_true(gap_is_whole(r, i));
}

void stand_by_start(struct stand_by *process, size_t bytes)
{
	int go[2];

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	process->pid = fork();
	assert_true(process->pid >= 0);
	if (!process->pid) {
		unsigned char *memory = malloc(bytes);
		char c;

		close(go[1]);
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		pattern_fill(memory, bytes, 5);
		ignore(read(go[0], &c, 1));
		pattern_check(memory, bytes, 5);
		_exit(0);
	}
	close(go[0]);
	process->go = go[1];
}

void stand_by_check(struct stand_by *process)
{
	close(process->go);
	assert_int_equal(child_status(process->pid), 0);
}

/* Lines of the driver and the controller in the kernel's log. */
unsigned int log_lines(void)
{
	int bytes = klogctl(10, NULL, 0);
	char *log = calloc(1, bytes + 1), *at = log;
	unsigned int lines = 0;

	assert_non_null(log);
	assert_true(klogctl(3, log, bytes) >= 0);
	while ((at = strstr(at, "dmaring"))) {
		lines++;
		at = strchr(at, '\n');
		if (!at)
			break;
	}
	free(log);
	return lines;
}

/* ------------------------------------------------------------------------
 * Controls
 */

void bytes_outside_are_seen(void **state)
{
	struct dmaring_pool first;
	uint64_t before;
	struct ring *r;

	(void)state;
	if (!bounds_can_be_kept())
		skip();
	r = ring_open("mem0", .buffers = 4, .bytes = 5000);
	/* The first three buffers are known. */
	first = r->setup.pool;
	first.buffers = 3;
	bounds_add_pool(r, 0, r->pool, &first);
	bounds_publish();
	before = outside_bytes();
	push_copy(r, 2, 0, 5000, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
	assert_int_equal(outside_bytes(), before);
	push_copy(r, 3, 0, 777, 2);
	ring_submit(r);
	ring_expect(r, 2, 0);
	assert_int_equal(outside_bytes(), before + 777);
	bounds_forget();
	push_copy(r, 3, 0, 5000, 3);
	ring_submit(r);
	ring_expect(r, 3, 0);
	assert_int_equal(outside_bytes(), before + 777);
}

void overrun_is_seen(void **state)
{
	uint64_t before;
	struct ring *r;

	(void)state;
	if (!bounds_can_be_kept())
		skip();
	r = ring_open("mem0", .buffers = 4, .bytes = 5000);
	gaps_fill(r);
	bounds_add_pool(r, 0, r->pool, &r->setup.pool);
	bounds_publish();
	before = outside_bytes();
	push_copy(r, 2, 0, 5000, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
	gaps_check(r);
	fault_set("mem0", "copy", "overrun", "1 100");
	push_copy(r, 2, 0, 5000, 2);
	ring_submit(r);
	ring_expect(r, 2, 0);
	assert_int_equal(outside_bytes(), before + 100);
	assert_true(gap_is_whole(r, 1));
	assert_false(gap_is_whole(r, 2));
	bounds_forget();
}
