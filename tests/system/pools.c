// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kinds of memory that a pool may be of: what the device says it has, what each
 * is like, that bytes go through all of them, and that they end with the device.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribute.h"

#define KINDS	(DMARING_POOL_RESERVED + 1)
#define BYTES	16384U
#define BUFFERS	8U
#define RW	(PROT_READ | PROT_WRITE)

static const struct {
	const char *name;	/* in fdinfo */
	const char *file;	/* in sysfs */
} kinds[KINDS] = {
	[DMARING_POOL_DEFAULT] = { "default", "pools/default" },
	[DMARING_POOL_COHERENT] = { "coherent", "pools/coherent" },
	[DMARING_POOL_WRITE_COMBINING] = { "write-combining", "pools/write_combining" },
	[DMARING_POOL_CMA] = { "cma", "pools/cma" },
	[DMARING_POOL_RESERVED] = { "reserved", "pools/reserved" },
};

/* The device where the kinds are tried: one that copies, simulated or not. */
static const char *copier(void)
{
	return device_tested("mem0");
}

static uint32_t kinds_of(const char *device)
{
	int fd = device_open(device, O_RDONLY);
	uint32_t mask;

	assert_true(fd >= 0);
	mask = device_query(fd).pool_kinds;
	device_close(fd);
	return mask;
}

#define for_each_kind(kind, device)						\
	for ((kind) = 0; (kind) < KINDS; (kind)++)				\
		if (kinds_of(device) & 1U << (kind))

static int try_setup(const char *device, unsigned int kind, unsigned int flags,
		     unsigned int buffers, uint64_t bytes, struct dmaring_setup *setup)
{
	const struct ring_options options = { .buffers = buffers, .bytes = bytes };
	int fd = device_open(device, O_RDWR), ret;

	assert_true(fd >= 0);
	*setup = ring_setup_default(fd, &options);
	setup->pool.kind = kind;
	setup->pool.flags = flags;
	ret = ring_setup(fd, setup);
	if (ret < 0)
		device_close(fd);
	return ret < 0 ? ret : fd;
}

static struct ring *open_of_kind(const char *device, unsigned int kind)
{
	struct dmaring_setup setup;
	int fd = try_setup(device, kind, 0, BUFFERS, BYTES, &setup);

	if (fd < 0)
		fail_msg("%s pool of %s: %s", kinds[kind].name, device, strerror(-fd));
	return ring_map(fd, &setup);
}

static void kinds_are_announced(void **state)
{
	uint32_t mask = kinds_of(copier());

	(void)state;
	assert_true(mask & 1U << DMARING_POOL_DEFAULT);
	assert_int_equal(mask >> (DMARING_POOL_DMABUF + 1), 0);
	if (!device_is_simulated("mem0"))
		return;
	assert_true(mask & 1U << DMARING_POOL_COHERENT);
	assert_true(mask & 1U << DMARING_POOL_WRITE_COMBINING);
	assert_true(mask & 1U << DMARING_POOL_CMA);
	assert_false(mask & 1U << DMARING_POOL_RESERVED);
}

static void what_is_not_announced_is_eopnotsupp(void **state)
{
	uint32_t mask = kinds_of(copier()), kind;
	struct dmaring_setup setup;

	(void)state;
	for (kind = 0; kind < KINDS + 3; kind++)
		if (!(mask & 1U << kind))
			assert_error(try_setup("mem0", kind, 0, 1, 4096, &setup), EOPNOTSUPP);
	assert_error(try_setup("mem0", UINT32_MAX, 0, 1, 4096, &setup), EOPNOTSUPP);
}

/* The line of the ring's first pool. */
static void fdinfo_pool(int fd, char line[256])
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, 256, f))
		if (!strncmp(line, "dmaring-pool:", 13))
			break;
	fclose(f);
	assert_int_equal(strncmp(line, "dmaring-pool:\t", 14), 0);
}

static void fdinfo_and_sysfs_tell_of_each_kind(void **state)
{
	char line[256], want[64];
	unsigned int kind;

	(void)state;
	for_each_kind(kind, copier()) {
		uint64_t before = attribute_number(copier(), kinds[kind].file);
		struct ring *r = open_of_kind("mem0", kind);
		uint32_t properties = r->setup.pool.properties;

		assert_int_equal(attribute_number(copier(), kinds[kind].file),
				 before + r->setup.pool.bytes);
		fdinfo_pool(r->fd, line);
		snprintf(want, sizeof(want), "\t%s %llu bytes, %u buffers, ", kinds[kind].name,
			 (unsigned long long)r->setup.pool.bytes, BUFFERS);
		assert_non_null(strstr(line, want));
		assert_non_null(strstr(line, properties & DMARING_MEMORY_PINNABLE ? ", pinnable" :
				       ", not pinnable"));
		assert_non_null(strstr(line, properties & DMARING_MEMORY_CACHED ? ", cached" :
				       ", uncached"));
		assert_non_null(strstr(line, properties & DMARING_MEMORY_SYNCED ? ", synced" :
				       ", needs no sync"));
		assert_int_equal(!!(properties & DMARING_MEMORY_PINNABLE),
				 kind == DMARING_POOL_DEFAULT);
		ring_close(r);
		assert_int_equal(attribute_number(copier(), kinds[kind].file), before);
	}
}

static void bytes_go_through_each_kind(void **state)
{
	unsigned int kind, i;

	(void)state;
	for_each_kind(kind, copier()) {
		struct ring *r = open_of_kind("mem0", kind);

		for (i = 0; i < 20; i++) {
			pattern_fill(ring_buffer(r, i % 4), BYTES, i * 77 + kind);
			memset(ring_buffer(r, 4 + i % 4), 0xee, BYTES);
			push_copy(r, 4 + i % 4, i % 4, BYTES, i);
			ring_submit(r);
			ring_expect(r, i, 0);
			pattern_check(ring_buffer(r, 4 + i % 4), BYTES, i * 77 + kind);
		}
		ring_close(r);
	}
}

/* One of each kind in a ring, and copies from each into each. */
static void pools_of_several_kinds_in_a_ring(void **state)
{
	struct ring *r = open_of_kind("mem0", DMARING_POOL_DEFAULT);
	struct dmaring_pool pool;
	unsigned int kind, i = 0;

	(void)state;
	for_each_kind(kind, copier()) {
		struct dmaring_sqe *sqe;

		if (!kind)
			continue;
		memset(&pool, 0, sizeof(pool));
		pool.kind = kind;
		pool.buffers = 2;
		pool.buffer_bytes = BYTES;
		assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &pool));
		r->second = NULL;
		ring_map_second(r, &pool);
		pattern_fill(ring_buffer(r, 0), BYTES, kind);
		memset(ring_buffer(r, 1), 0, BYTES);
		sqe = push_copy(r, 0, 0, BYTES, ++i);
		sqe->pool = pool.index;
		ring_kick(r);
		ring_expect(r, i, 0);
		pattern_check(r->second, BYTES, kind);
		sqe = push_copy(r, 1, 0, BYTES, ++i);
		sqe->source_pool = pool.index;
		ring_kick(r);
		ring_expect(r, i, 0);
		pattern_check(ring_buffer(r, 1), BYTES, kind);
		munmap(r->second, r->second_bytes);
		r->second = NULL;
	}
}

static void memory_is_zeroed_between_owners(void **state)
{
	unsigned int kind, i;

	(void)state;
	for_each_kind(kind, copier()) {
		for (i = 0; i < 4; i++) {
			struct ring *r = open_of_kind("mem0", kind);

			byte_check(r->pool, 0, r->setup.pool.bytes);
			memset(r->pool, 0xa5, r->setup.pool.bytes);
			ring_close(r);
		}
	}
}

static void only_the_default_can_be_pinned(void **state)
{
	unsigned char copy[4096];
	unsigned int kind;
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	device_keep(p[0]);
	device_keep(p[1]);
	for_each_kind(kind, copier()) {
		struct ring *r = open_of_kind("mem0", kind);
		struct iovec from = { r->pool, 4096 };
		ssize_t n = vmsplice(p[1], &from, 1, SPLICE_F_NONBLOCK);

		if (kind == DMARING_POOL_DEFAULT) {
			assert_int_equal(n, 4096);
			assert_int_equal(read(p[0], copy, sizeof(copy)), 4096);
		} else {
			assert_int_equal(n, -1);
			assert_int_equal(errno, EFAULT);
		}
		/* What copies is no concern of it. */
		memset(r->pool, 0x3c, 4096);
		assert_int_equal(write(p[1], r->pool, 4096), 4096);
		assert_int_equal(read(p[0], copy, sizeof(copy)), 4096);
		byte_check(copy, 0x3c, sizeof(copy));
		ring_close(r);
	}
}

static void mapping_is_cut_into_parts(void **state)
{
	const size_t page = getpagesize();
	unsigned int kind;

	(void)state;
	for_each_kind(kind, copier()) {
		struct ring *r = open_of_kind("mem0", kind);
		unsigned char *moved;
		size_t i;

		/* Neither the first part nor the last one starts at the pool. */
		assert_int_equal(munmap(r->pool + 3 * page, page), 0);
		assert_int_equal(mprotect(r->pool + page, page, PROT_READ), 0);
		moved = mremap(r->pool + 5 * page, 2 * page, 2 * page,
			       MREMAP_MAYMOVE | MREMAP_FIXED, r->pool + 3 * page);
		assert_ptr_not_equal(moved, MAP_FAILED);
		pattern_fill(r->pool + 7 * page, page, kind);
		memset(moved, 0x11, page);
		/* What was page 5 of the pool is there still, elsewhere. */
		push_copy(r, BUFFERS - 1, page == 4096 ? 1 : 0, 4096, 1)->source_offset = 4096;
		ring_kick(r);
		ring_expect(r, 1, 0);
		if (page == 4096)
			byte_check(ring_buffer(r, BUFFERS - 1), 0x11, 4096);
		for (i = 0; i < page; i += 64)
			assert_int_equal(*(volatile unsigned char *)(r->pool + page + i), 0);
		ring_close(r);
	}
}

static void shape_that_is_no_piece_is_einval(void **state)
{
	struct dmaring_setup setup;
	unsigned int kind;

	(void)state;
	for_each_kind(kind, copier()) {
		assert_error(try_setup("mem0", kind, 0, 0xffffffff, 4096, &setup), EINVAL);
		assert_error(try_setup("mem0", kind, 0, 9, 1ULL << 28, &setup), EINVAL);
		assert_error(try_setup("mem0", kind, 2, 1, 4096, &setup), EINVAL);
		/* Gaps between buffers */
		assert_error(try_setup("mem0", kind, DMARING_POOL_CONTIGUOUS, 2, 5000, &setup),
			     EINVAL);
		assert_true(try_setup("mem0", kind, DMARING_POOL_CONTIGUOUS, 4, 8192, &setup) >= 0);
	}
}

static void all_kinds_count_against_the_limit(void **state)
{
	unsigned int kind;

	(void)state;
	for_each_kind(kind, copier()) {
		struct ring *r = open_of_kind("mem0", DMARING_POOL_DEFAULT);
		struct dmaring_pool pool = pool_over_limit(r->fd);
		uint64_t used = device_query(r->fd).pool_bytes_used;

		pool.kind = kind;
		assert_error(xioctl(r->fd, DMARING_IOC_POOL, &pool), EDQUOT);
		pool.buffers = 1;
		pool.buffer_bytes = 65536;
		assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &pool));
		assert_int_equal(device_query(r->fd).pool_bytes_used, used + 65536);
		ring_close(r);
	}
}

/* A page that was seen, one that was not, and one written to while the device goes. */
static void after_the_device_all_but_the_default_is_zero(void **state)
{
	const size_t page = getpagesize();
	unsigned int kind;

	(void)state;
	if (!device_is_simulated("mem0"))
		skip();
	for_each_kind(kind, "mem0") {
		struct ring *r = open_of_kind("mem0", kind);
		size_t last = r->setup.pool.bytes - page;

		pattern_fill(r->pool, page, kind);
		mem0_unbind();
		if (kind == DMARING_POOL_DEFAULT)
			pattern_check(r->pool, page, kind);
		else
			byte_check(r->pool, 0, page);
		byte_check(r->pool + last, 0, page);
		/* A page of nobody, but one that can be written to. */
		memset(r->pool + last, 1, page);
		assert_int_equal(r->pool[last], 1);
		assert_true(ring_poll(r, POLLIN, WAIT_MS) & POLLHUP);
		mem0_bind();
		ring_close(r);
		r = open_of_kind("mem0", kind);
		byte_check(r->pool, 0, r->setup.pool.bytes);
		ring_close(r);
	}
}

/* Several processes touch the memory while it is taken away: none is killed for it. */
static void touch_until_gone(struct ring *r, uint32_t *rounds)
{
	const size_t page = getpagesize();
	unsigned long n = 0;
	size_t at;

	r->pool = mmap(NULL, r->setup.pool.bytes, RW, MAP_SHARED, r->fd, r->setup.pool.offset);
	assert_ptr_not_equal(r->pool, MAP_FAILED);
	while (!(ring_poll(r, POLLIN, 0) & POLLHUP)) {
		madvise(r->pool, r->setup.pool.bytes, MADV_DONTNEED);
		for (at = 0; at < r->setup.pool.bytes; at += page)
			((volatile unsigned char *)r->pool)[at] = n;
		__atomic_store_n(rounds, ++n, __ATOMIC_RELEASE);
	}
	for (at = 0; at < r->setup.pool.bytes; at += page)
		((volatile unsigned char *)r->pool)[at] = n;
	_exit(0);
}

static void unbind_while_processes_fault(void **state)
{
	uint32_t *rounds = mmap(NULL, 4096, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int kind, i;

	(void)state;
	assert_ptr_not_equal(rounds, MAP_FAILED);
	if (!device_is_simulated("mem0"))
		skip();
	for_each_kind(kind, "mem0") {
		struct ring *r;
		pid_t pid[3];
		int status;

		if (kind == DMARING_POOL_DEFAULT)
			continue;
		r = open_of_kind("mem0", kind);
		for (i = 0; i < ARRAY_SIZE(pid); i++) {
			rounds[i] = 0;
			pid[i] = fork();
			assert_true(pid[i] >= 0);
			if (!pid[i])
				touch_until_gone(r, &rounds[i]);
		}
		for (i = 0; i < ARRAY_SIZE(pid); i++)
			wait_until(__atomic_load_n(&rounds[i], __ATOMIC_ACQUIRE));
		mem0_unbind();
		for (i = 0; i < ARRAY_SIZE(pid); i++) {
			assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
			assert_int_equal(status, 0);
		}
		mem0_bind();
		ring_close(r);
	}
}

/* In kB; 0 if the kernel keeps none (cma=). */
static unsigned long cma_total(void)
{
	unsigned long total = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) && sscanf(line, "CmaTotal: %lu", &total) != 1)
		;
	fclose(f);
	return total;
}

/* A piece larger than any of the page allocator, of what the kernel or the node keeps for it. */
static void large_pieces(void **state)
{
	const unsigned long total = cma_total();
	struct dmaring_setup setup;
	unsigned int kind, tried = 0;
	struct ring *r;
	int fd;

	(void)state;
	for_each_kind(kind, copier()) {
		uint64_t bytes = (total >= 120000 ? 100 : 32) << 20;

		if (kind == DMARING_POOL_RESERVED)
			bytes = 60 << 20;
		else if (kind == DMARING_POOL_DEFAULT || total < 40000)
			continue;
		fd = try_setup(copier(), kind, DMARING_POOL_CONTIGUOUS, 2, bytes / 2, &setup);
		assert_true(fd >= 0);
		print_message("# %s: %llu MiB\n", kinds[kind].name,
			      (unsigned long long)bytes >> 20);
		r = ring_map(fd, &setup);
		pattern_fill(ring_buffer(r, 0), bytes / 2, 1);
		push_copy(r, 1, 0, bytes / 2, 1);
		ring_kick(r);
		ring_expect(r, 1, 0);
		pattern_check(ring_buffer(r, 1), bytes / 2, 1);
		ring_close(r);
		tried++;
	}
	if (!tried)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(kinds_are_announced),
		system_test(what_is_not_announced_is_eopnotsupp),
		system_test(fdinfo_and_sysfs_tell_of_each_kind),
		system_test(bytes_go_through_each_kind),
		system_test(pools_of_several_kinds_in_a_ring),
		system_test(memory_is_zeroed_between_owners),
		system_test(only_the_default_can_be_pinned),
		system_test(mapping_is_cut_into_parts),
		system_test(shape_that_is_no_piece_is_einval),
		system_test(all_kinds_count_against_the_limit),
		bound_test(after_the_device_all_but_the_default_is_zero),
		bound_test(unbind_while_processes_fault),
		system_test(large_pieces),
	};

	return system_run(tests);
}
