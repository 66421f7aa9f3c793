// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools of a process's own memory: whatever it was made of, registered, used,
 * given back, and ended in every order.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribute.h"

#define RW	(PROT_READ | PROT_WRITE)
#define BYTES	16384U
#define BUFFERS	16U
#define ALL	(BYTES * BUFFERS)

/* The number of the pool, or -errno. */
static int register_memory(struct ring *r, void *memory, unsigned int buffers, uint64_t bytes)
{
	struct dmaring_pool pool = { .kind = DMARING_POOL_USER, .buffers = buffers,
				     .buffer_bytes = bytes, .address = (uintptr_t)memory };
	int ret = xioctl(r->fd, DMARING_IOC_POOL, &pool);

	if (ret < 0)
		return ret;
	assert_int_equal(pool.stride, bytes);
	assert_int_equal(pool.bytes, buffers * bytes);
	assert_int_equal(pool.offset, 0);
	assert_true(pool.properties & DMARING_MEMORY_PINNABLE);
	return pool.index;
}

static int unregister(struct ring *r, int pool)
{
	struct dmaring_pool_remove remove = { .index = pool };

	return xioctl(r->fd, DMARING_IOC_POOL_REMOVE, &remove);
}

static unsigned char *anonymous(size_t bytes, int flags)
{
	unsigned char *memory = mmap(NULL, bytes, RW, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

/* From buffer to buffer of a pool. */
static void copy_within(struct ring *r, int pool, unsigned int to, unsigned int from,
			uint32_t bytes, uint64_t user_data)
{
	struct dmaring_sqe *sqe = push_copy(r, to, from, bytes, user_data);

	sqe->pool = pool;
	sqe->source_pool = pool;
}

/* Into each buffer but the first, from the one before. */
static void relay(struct ring *r, int pool, unsigned char *memory, unsigned int buffers,
		  uint32_t bytes)
{
	unsigned int i;

	pattern_fill(memory, bytes, 42);
	for (i = 1; i < buffers; i++) {
		copy_within(r, pool, i, i - 1, bytes, i);
		ring_submit(r);
		ring_expect(r, i, 0);
	}
	for (i = 0; i < buffers; i++)
		pattern_check(memory + (size_t)i * bytes, bytes, 42);
}

static long locked_kilobytes(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long n = -1;

	assert_non_null(f);
	while (n < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "VmLck: %ld kB", &n);
	fclose(f);
	return n;
}

static void memory_of_malloc(void **state)
{
	struct ring *r = ring_open("mem0");
	long locked = locked_kilobytes();
	unsigned char *memory = NULL;
	int pool;

	(void)state;
	assert_int_equal(posix_memalign((void **)&memory, getpagesize(), ALL), 0);
	pool = register_memory(r, memory, BUFFERS, BYTES);
	assert_int_equal(pool, 1);
	assert_int_equal(locked_kilobytes(), locked + ALL / 1024);
	assert_true(attribute_number(device_tested("mem0"), "pools/user") >= ALL);
	relay(r, pool, memory, BUFFERS, BYTES);
	assert_ok(unregister(r, pool));
	assert_int_equal(locked_kilobytes(), locked);
	free(memory);
}

/* Pages in any order: mapped backwards, one by one, out of a file. */
static void scattered_pages(void **state)
{
	const size_t page = getpagesize();
	struct ring *r = ring_open("mem0");
	unsigned char *memory = anonymous(ALL, 0);
	int fd = memfd_create("scattered", MFD_CLOEXEC);
	size_t i, n = ALL / page;

	(void)state;
	assert_true(fd >= 0);
	device_keep(fd);
	assert_int_equal(ftruncate(fd, ALL), 0);
	for (i = 0; i < n; i++)
		assert_ptr_equal(mmap(memory + i * page, page, RW, MAP_SHARED | MAP_FIXED, fd,
				      (n - 1 - i) * page), memory + i * page);
	relay(r, register_memory(r, memory, BUFFERS, BYTES), memory, BUFFERS, BYTES);
	munmap(memory, ALL);
}

static void pages_of_a_file(void **state)
{
	char path[] = "/dev/shm/user_memory.XXXXXX";
	struct ring *r = ring_open("mem0");
	unsigned char *memory, *again = malloc(BYTES);
	int fd = mkstemp(path), pool;

	(void)state;
	assert_true(fd >= 0);
	device_keep(fd);
	unlink(path);
	assert_int_equal(ftruncate(fd, ALL), 0);
	memory = mmap(NULL, ALL, RW, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	pool = register_memory(r, memory, BUFFERS, BYTES);
	relay(r, pool, memory, BUFFERS, BYTES);
	/* What the device wrote is in the file. */
	assert_int_equal(pread(fd, again, BYTES, ALL - BYTES), BYTES);
	pattern_check(again, BYTES, 42);
	assert_ok(unregister(r, pool));
	munmap(memory, ALL);
	free(again);
}

static void write_number(const char *path, const char *text)
{
	if (file_write(path, text) < 0)
		skip();
}

static void huge_pages(void **state)
{
	const size_t huge = 2 << 20;
	struct ring *r = ring_open("mem0");
	unsigned char *memory;
	int pool;

	(void)state;
	write_number("/proc/sys/vm/nr_hugepages", "4");
	memory = mmap(NULL, 2 * huge, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (memory == MAP_FAILED) {
		write_number("/proc/sys/vm/nr_hugepages", "0");
		skip();
	}
	pool = register_memory(r, memory, 4, huge / 2);
	relay(r, pool, memory, 4, huge / 2);
	assert_ok(unregister(r, pool));
	/* Large pieces: as one, for a cyclic stream. */
	{
		struct dmaring_pool one = { .kind = DMARING_POOL_USER, .buffers = 4,
					    .flags = DMARING_POOL_CONTIGUOUS,
					    .buffer_bytes = huge / 4,
					    .address = (uintptr_t)memory };
		int ret = xioctl(r->fd, DMARING_IOC_POOL, &one);

		/* A bounce buffer is smaller. */
		assert_true(!ret || ret == -EINVAL);
		if (!ret)
			assert_ok(unregister(r, one.index));
	}
	munmap(memory, 2 * huge);
	write_number("/proc/sys/vm/nr_hugepages", "0");
}

static void what_cannot_be_written_is_efault(void **state)
{
	struct ring *r = ring_open("mem0");
	unsigned char *memory = anonymous(ALL, 0);

	(void)state;
	assert_int_equal(mprotect(memory, ALL, PROT_READ), 0);
	assert_error(register_memory(r, memory, BUFFERS, BYTES), EFAULT);
	assert_int_equal(mprotect(memory, ALL, RW), 0);
	assert_int_equal(munmap(memory + ALL / 2, getpagesize()), 0);
	assert_error(register_memory(r, memory, BUFFERS, BYTES), EFAULT);
	munmap(memory, ALL);
	assert_error(register_memory(r, memory, BUFFERS, BYTES), EFAULT);
	/* What nobody may write to: the driver's side of a ring. */
	assert_error(register_memory(r, (void *)r->header, 1, 4096), EFAULT);
}

static void shape_that_is_no_whole_pages_is_einval(void **state)
{
	const size_t page = getpagesize();
	struct ring *r = ring_open("mem0");
	unsigned char *memory = anonymous(ALL, 0);
	struct dmaring_pool pool = { .buffers = 1, .buffer_bytes = 4096, .address = 4096 };
	unsigned int kind;

	(void)state;
	assert_error(register_memory(r, memory + 128, 1, page), EINVAL);
	assert_error(register_memory(r, memory, 1, page - 128), EINVAL);
	assert_error(register_memory(r, memory, 3, page + 64), EINVAL);
	assert_error(register_memory(r, memory, 0, page), EINVAL);
	assert_error(register_memory(r, memory, 1, 0), EINVAL);
	assert_error(register_memory(r, NULL, 1, page), EFAULT);
	/* Beyond all addresses, and around their end. */
	pool.kind = DMARING_POOL_USER;
	pool.address = -(uint64_t)page;
	pool.buffer_bytes = page;
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EINVAL);
	pool.buffers = 2;
	assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EINVAL);
	pool.buffers = 1;
	pool.address = 4096;
	assert_error(register_memory(r, memory, 65536, 256 << 20), EINVAL);
	/* Small buffers are fine if together they are whole pages. */
	assert_true(register_memory(r, memory, page / 128, 128) >= 0);
	for (kind = 0; kind < DMARING_POOL_USER; kind++) {
		pool.kind = kind;
		assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EINVAL);
	}
	munmap(memory, ALL);
}

/* As nobody in particular, who may lock 256 KiB. */
static void limited(void *arg)
{
	const struct rlimit limit = { 256 << 10, 256 << 10 };
	struct ring *r = arg;
	unsigned char *memory = anonymous(512 << 10, 0);
	int pool;

	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	assert_int_equal(setresuid(1000, 1000, 1000), 0);
	assert_error(register_memory(r, memory, 16, 32768), EDQUOT);
	pool = register_memory(r, memory, 8, 32768);
	assert_true(pool >= 0);
	assert_error(register_memory(r, memory, 1, 4096), EDQUOT);
	assert_ok(unregister(r, pool));
	pool = register_memory(r, memory, 8, 32768);
	assert_true(pool >= 0);
	/* Locked memory counts for both. */
	assert_int_equal(mlock(memory, 4096), -1);
	assert_ok(unregister(r, pool));
	assert_int_equal(mlock(memory, 4096), 0);
	assert_error(register_memory(r, memory, 8, 32768), EDQUOT);
}

static void memlock_is_charged_and_given_back(void **state)
{
	(void)state;
	assert_child_ok(limited, ring_open("mem0"));
}

static void removal_waits_for_nobody(void **state)
{
	struct ring *r = ring_open("loop0");
	int rx = ring_channel(r, "rx"), tx = ring_channel(r, "tx"), pool;
	unsigned char *memory = anonymous(ALL, 0);
	struct dmaring_sqe *sqe;
	struct dmaring_cqe c[2];

	(void)state;
	pool = register_memory(r, memory, BUFFERS, BYTES);
	sqe = push_data(r, DMARING_OP_RECEIVE, rx, 3, 0, 4096, 1);
	sqe->pool = pool;
	ring_submit(r);
	assert_error(unregister(r, pool), EBUSY);
	/* It was left as it was. */
	pattern_fill(memory, 4096, 9);
	sqe = push_data(r, DMARING_OP_SEND, tx, 0, 0, 4096, 2);
	sqe->pool = pool;
	ring_submit(r);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, 1)->res, 0);
	assert_int_equal(cqe_find(c, 2, 2)->res, 0);
	pattern_check(memory + 3 * BYTES, 4096, 9);
	assert_ok(unregister(r, pool));
	/* Gone: for entries, for SYNC, for a second time. */
	sqe = push_data(r, DMARING_OP_SEND, tx, 0, 0, 4096, 3);
	sqe->pool = pool;
	ring_kick(r);
	ring_expect(r, 3, -EINVAL);
	assert_error(unregister(r, pool), ENOENT);
	{
		struct dmaring_sync sync = { .pool = pool, .bytes = 4096,
					     .direction = DMARING_CHANNEL_SEND };

		assert_error(xioctl(r->fd, DMARING_IOC_SYNC, &sync), ENOENT);
	}
	assert_error(unregister(r, 0), EOPNOTSUPP);
	assert_error(unregister(r, 15), ENOENT);
	assert_error(unregister(r, -1), ENOENT);
	/* Its number serves again, and as another kind. */
	assert_int_equal(register_memory(r, memory, 1, 4096), pool);
	assert_ok(unregister(r, pool));
	{
		struct dmaring_pool other = { .buffers = 1, .buffer_bytes = 4096 };

		assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &other));
		assert_int_equal(other.index, pool);
		byte_check(ring_map_second(r, &other), 0, 4096);
	}
	munmap(memory, ALL);
}

static void sixteen_pools_and_holes(void **state)
{
	struct ring *r = ring_open("mem0");
	unsigned char *memory = anonymous(DMARING_POOLS_MAX * 4096, 0);
	int i;

	(void)state;
	for (i = 1; i < DMARING_POOLS_MAX; i++)
		assert_int_equal(register_memory(r, memory + i * 4096, 1, 4096), i);
	assert_error(register_memory(r, memory, 1, 4096), ENOSPC);
	assert_ok(unregister(r, 7));
	assert_ok(unregister(r, 3));
	assert_int_equal(register_memory(r, memory, 1, 4096), 3);
	assert_int_equal(register_memory(r, memory, 1, 4096), 7);
	assert_error(register_memory(r, memory, 1, 4096), ENOSPC);
	munmap(memory, DMARING_POOLS_MAX * 4096);
}

/* The first pool may be of this kind: nothing is mapped then. */
static void first_pool_at_setup(void **state)
{
	unsigned char *memory = anonymous(ALL, 0);
	const struct ring_options options = { .buffers = BUFFERS, .bytes = BYTES };
	int fd = device_open("mem0", O_RDWR);
	struct dmaring_setup setup = ring_setup_default(fd, &options), empty;
	struct ring *r;

	(void)state;
	setup.pool.kind = DMARING_POOL_USER;
	setup.pool.address = (uintptr_t)memory;
	assert_ok(ring_setup(fd, &setup));
	assert_ptr_equal(mmap(NULL, 4096, RW, MAP_SHARED, fd, DMARING_OFFSET_POOL(0)), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	empty = setup;
	memset(&empty.pool, 0, sizeof(empty.pool));
	r = ring_map(fd, &empty);
	relay(r, 0, memory, BUFFERS, BYTES);
	assert_ok(unregister(r, 0));
	munmap(memory, ALL);
}

static void munmap_while_registered_is_harmless(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	unsigned char *memory = anonymous(ALL, 0), *other;
	struct dmaring_sqe *sqe;
	int pool = register_memory(r, memory, BUFFERS, BYTES);

	(void)state;
	pattern_fill(memory, BYTES, 5);
	assert_int_equal(munmap(memory, ALL), 0);
	/* Others get the addresses, and perhaps would get the pages. */
	other = mmap(memory, ALL, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	assert_ptr_equal(other, memory);
	memset(other, 0x77, ALL);
	copy_within(r, pool, 1, 0, BYTES, 1);
	ring_submit(r);
	ring_expect(r, 1, 0);
	byte_check(other, 0x77, ALL);
	sqe = push_copy(r, 0, 1, BYTES, 2);
	sqe->source_pool = pool;
	ring_submit(r);
	ring_expect(r, 2, 0);
	pattern_check(ring_buffer(r, 0), BYTES, 5);
	assert_ok(unregister(r, pool));
	byte_check(other, 0x77, ALL);
	munmap(other, ALL);
}

static void child_writes(void *arg)
{
	unsigned char *memory = arg;

	pattern_check(memory, BYTES, 6);
	memset(memory, 0x88, ALL);
}

/* The parent's pages stay the parent's, also when the child writes first. */
static void fork_while_registered_is_harmless(void **state)
{
	struct ring *r = ring_open("mem0");
	unsigned char *memory = anonymous(ALL, 0);
	int pool = register_memory(r, memory, BUFFERS, BYTES);

	(void)state;
	pattern_fill(memory, BYTES, 6);
	assert_child_ok(child_writes, memory);
	pattern_check(memory, BYTES, 6);
	relay(r, pool, memory, BUFFERS, BYTES);
	assert_ok(unregister(r, pool));
	munmap(memory, ALL);
}

/* Closed, or killed, with transfers under way; nothing of it stays locked. */
static void killed_with_transfers(void *arg)
{
	struct ring *r = ring_open("mem0", .sq = 64);
	unsigned char *memory = anonymous(64 << 20, 0);
	int pool = register_memory(r, memory, 16, 4 << 20);
	unsigned int i;

	(void)arg;
	assert_true(pool >= 0);
	for (i = 0; i < 60; i++)
		copy_within(r, pool, i % 8, 8 + i % 8, 4 << 20, i);
	ring_submit(r);
	raise(SIGKILL);
}

static void end_with_transfers_under_way(void **state)
{
	struct ring *r = ring_open("mem0", .sq = 64);
	long locked = locked_kilobytes();
	unsigned char *memory = anonymous(ALL, 0);
	int pool = register_memory(r, memory, BUFFERS, BYTES);
	unsigned int i;

	(void)state;
	for (i = 0; i < 60; i++)
		copy_within(r, pool, i % 8, 8 + i % 8, BYTES, i);
	ring_submit(r);
	ring_close(r);
	/* A shared channel works on to the end of what it has. */
	wait_until(locked_kilobytes() == locked);
	munmap(memory, ALL);
	assert_int_equal(in_child(killed_with_transfers, NULL), SIGKILL);
}

static void removal_of_the_device_lets_go(void **state)
{
	struct ring *r;
	long locked = locked_kilobytes();
	unsigned char *memory = anonymous(ALL, 0);

	(void)state;
	if (!device_is_simulated("mem0"))
		skip();
	r = ring_open("mem0");
	assert_true(register_memory(r, memory, BUFFERS, BYTES) >= 0);
	pattern_fill(memory, ALL, 3);
	mem0_unbind();
	pattern_check(memory, ALL, 3);
	assert_true(ring_poll(r, POLLIN, WAIT_MS) & POLLHUP);
	assert_error(unregister(r, 1), ENODEV);
	assert_error(register_memory(r, memory, 1, 4096), ENODEV);
	ring_close(r);
	assert_int_equal(locked_kilobytes(), locked);
	mem0_bind();
	munmap(memory, ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(memory_of_malloc),
		system_test(scattered_pages),
		system_test(pages_of_a_file),
		system_test(huge_pages),
		system_test(what_cannot_be_written_is_efault),
		system_test(shape_that_is_no_whole_pages_is_einval),
		system_test(memlock_is_charged_and_given_back),
		system_test(removal_waits_for_nobody),
		system_test(sixteen_pools_and_holes),
		system_test(first_pool_at_setup),
		system_test(munmap_while_registered_is_harmless),
		system_test(fork_while_registered_is_harmless),
		system_test(end_with_transfers_under_way),
		bound_test(removal_of_the_device_lets_go),
	};

	return system_run(tests);
}
