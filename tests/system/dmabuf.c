// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools as dma-buf: exported and imported, between two devices without a copy, and
 * through every order of their ends; of each kind. udmabuf and the system heap, where the kernel
 * has them, are exporters that know nothing of us.
 */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribute.h"

#define RW	(PROT_READ | PROT_WRITE)
#define BYTES	16384U
#define BUFFERS	8U
#define ALL	(BYTES * BUFFERS)
/* Of a udmabuf: in pieces longer than 64 KiB it is not what its own device says it takes. */
#define FOREIGN	4U

struct udmabuf_create {
	uint32_t memfd;
	uint32_t flags;
	uint64_t offset;
	uint64_t size;
};

#define UDMABUF_CREATE	_IOW('u', 0x42, struct udmabuf_create)

/* The dma-buf, or -errno. */
static int export_pool(struct ring *r, unsigned int pool, uint64_t offset, uint64_t bytes)
{
	struct dmaring_export export = { .pool = pool, .offset = offset, .bytes = bytes };
	int ret = xioctl(r->fd, DMARING_IOC_EXPORT, &export);

	if (ret < 0)
		return ret;
	device_keep(export.fd);
	assert_int_equal(lseek(export.fd, 0, SEEK_END), export.bytes);
	return export.fd;
}

/* The number of the pool, or -errno. */
static int import_dmabuf(struct ring *r, int fd, unsigned int buffers, uint64_t bytes)
{
	struct dmaring_pool pool = { .kind = DMARING_POOL_DMABUF, .buffers = buffers,
				     .buffer_bytes = bytes, .fd = fd };
	int ret = xioctl(r->fd, DMARING_IOC_POOL, &pool);

	if (ret < 0)
		return ret;
	assert_int_equal(pool.stride, bytes);
	assert_int_equal(pool.offset, 0);
	return pool.index;
}

static int remove_pool(struct ring *r, int pool)
{
	struct dmaring_pool_remove remove = { .index = pool };

	return xioctl(r->fd, DMARING_IOC_POOL_REMOVE, &remove);
}

static void cpu_access(int fd, unsigned int flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	assert_ok(xioctl(fd, DMA_BUF_IOCTL_SYNC, &sync));
}

static unsigned char *map_dmabuf(int fd, size_t bytes, off_t offset)
{
	unsigned char *memory = mmap(NULL, bytes, RW, MAP_SHARED, fd, offset);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

/* With bounce buffers an import is refused; the test is then about that alone. */
static int need_import(struct ring *r, int fd, unsigned int buffers, uint64_t bytes)
{
	int pool = import_dmabuf(r, fd, buffers, bytes);

	if (pool == -EOPNOTSUPP)
		skip();
	assert_true(pool >= 0);
	return pool;
}

/* A block captured by one device is sent by another one; nobody copies it. */
static void captured_by_one_sent_by_another(void **state)
{
	struct ring *capture = ring_open("source0", .buffers = BUFFERS, .bytes = BYTES);
	struct ring *loop = ring_open("loop0", .buffers = 1, .bytes = BYTES);
	int tx = ring_channel(loop, "tx"), rx = ring_channel(loop, "rx"), fd, pool;
	struct dmaring_sqe *sqe;
	struct dmaring_cqe c[2];
	unsigned int i;

	(void)state;
	fd = export_pool(capture, 0, 0, 0);
	assert_true(fd >= 0);
	pool = need_import(loop, fd, BUFFERS, BYTES);
	for (i = 0; i < BUFFERS; i++) {
		push_data(capture, DMARING_OP_RECEIVE, 0, i, 0, BYTES, i);
		ring_submit(capture);
		ring_expect(capture, i, 0);
		memset(loop->pool, 0xee, BYTES);
		push_data(loop, DMARING_OP_RECEIVE, rx, 0, 0, BYTES, 1);
		sqe = push_data(loop, DMARING_OP_SEND, tx, i, 0, BYTES, 2);
		sqe->pool = pool;
		ring_submit(loop);
		ring_collect(loop, c, 2);
		assert_int_equal(cqe_find(c, 2, 1)->res, 0);
		assert_int_equal(cqe_find(c, 2, 2)->res, 0);
		assert_memory_equal(loop->pool, ring_buffer(capture, i), BYTES);
	}
	/* Something was captured, and no two blocks are the same. */
	assert_int_not_equal(memcmp(ring_buffer(capture, 0), ring_buffer(capture, 1), BYTES), 0);
}

static void slice_of_pages(void **state)
{
	const size_t page = getpagesize();
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	unsigned char *memory;
	int fd;

	(void)state;
	pattern_fill(r->pool, r->setup.pool.bytes, 1);
	fd = export_pool(r, 0, 3 * page, 2 * page);
	assert_true(fd >= 0);
	memory = map_dmabuf(fd, 2 * page, 0);
	cpu_access(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	assert_memory_equal(memory, r->pool + 3 * page, 2 * page);
	memset(memory + page, 0x42, page);
	cpu_access(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	byte_check(r->pool + 4 * page, 0x42, page);
	assert_ptr_equal(mmap(NULL, 3 * page, RW, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_ptr_equal(mmap(NULL, page, RW, MAP_SHARED, fd, 2 * page), MAP_FAILED);
	assert_ptr_equal(mmap(NULL, page, RW, MAP_PRIVATE, fd, 0), MAP_FAILED);
	munmap(memory, 2 * page);
	/* Every part of it, from the one page to all. */
	memory = map_dmabuf(fd, page, page);
	byte_check(memory, 0x42, page);
	munmap(memory, page);
}

static void export_of_what_is_not_there(void **state)
{
	const uint64_t page = getpagesize();
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	const uint64_t all = r->setup.pool.bytes;
	unsigned char *own = mmap(NULL, page, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct dmaring_pool user = { .kind = DMARING_POOL_USER, .buffers = 1,
				     .buffer_bytes = page, .address = (uintptr_t)own };

	(void)state;
	assert_ptr_not_equal(own, MAP_FAILED);
	assert_error(export_pool(r, 1, 0, 0), ENOENT);
	assert_error(export_pool(r, UINT32_MAX, 0, 0), ENOENT);
	assert_error(export_pool(r, 0, 128, 0), EINVAL);
	assert_error(export_pool(r, 0, 0, page + 128), EINVAL);
	assert_error(export_pool(r, 0, all, 0), EINVAL);
	assert_error(export_pool(r, 0, all - page, 2 * page), EINVAL);
	assert_error(export_pool(r, 0, -page, 2 * page), EINVAL);
	assert_error(export_pool(r, 0, page, -page), EINVAL);
	/* What was brought is exported by who brought it. */
	assert_ok(xioctl(r->fd, DMARING_IOC_POOL, &user));
	assert_error(export_pool(r, user.index, 0, 0), EOPNOTSUPP);
	assert_ok(remove_pool(r, user.index));
	munmap(own, page);
}

static void import_of_what_is_none(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	int fd = export_pool(r, 0, 0, ALL);

	(void)state;
	assert_true(fd >= 0);
	assert_error(import_dmabuf(r, -1, 1, 4096), EBADF);
	assert_error(import_dmabuf(r, 9999, 1, 4096), EBADF);
	assert_error(import_dmabuf(r, r->fd, 1, 4096), EINVAL);
	assert_error(import_dmabuf(r, fd, BUFFERS + 1, BYTES), EINVAL);
	assert_error(import_dmabuf(r, fd, 1, 4096 + 64), EINVAL);
	assert_error(import_dmabuf(r, fd, 0, 4096), EINVAL);
	need_import(r, fd, BUFFERS, BYTES);
}

/* After its device: counted pages are as they were, what belonged to it has gone. */
static void export_check(int fd, const unsigned char *memory)
{
	struct ring *other;
	unsigned char *again;

	if (pool_kind() == DMARING_POOL_DEFAULT) {
		pattern_check(memory, ALL, 8);
		return;
	}
	byte_check(memory, 0, ALL);
	again = map_dmabuf(fd, BYTES, BYTES);
	byte_check(again, 0, BYTES);
	munmap(again, BYTES);
	other = ring_open("loop0", .buffers = 1, .bytes = BYTES);
	assert_error(import_dmabuf(other, fd, BUFFERS, BYTES), ENODEV);
	ring_close(other);
}

static void export_outlives_ring_and_device(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES), *other;
	unsigned char *memory;
	struct dmaring_sqe *sqe;
	uint64_t used;
	int fd, pool;

	(void)state;
	pattern_fill(r->pool, ALL, 8);
	fd = export_pool(r, 0, 0, ALL);
	assert_true(fd >= 0);
	ring_close(r);
	other = ring_open("mem0", .buffers = 1, .bytes = BYTES);
	used = device_query(other->fd).pool_bytes_used;
	assert_true(used >= ALL);
	memory = map_dmabuf(fd, ALL, 0);
	pattern_check(memory, ALL, 8);
	pool = import_dmabuf(other, fd, BUFFERS, BYTES);
	if (pool >= 0) {
		sqe = push_copy(other, 0, BUFFERS - 1, BYTES, 1);
		sqe->source_pool = pool;
		ring_kick(other);
		ring_expect(other, 1, 0);
		assert_memory_equal(other->pool, memory + ALL - BYTES, BYTES);
	}
	if (device_is_simulated("mem0")) {
		mem0_unbind();
		export_check(fd, memory);
		mem0_bind();
		export_check(fd, memory);
	}
	ring_close(other);
	munmap(memory, ALL);
	device_close(fd);
	/* Only now somebody else may have it. */
	other = ring_open("mem0", .buffers = 1, .bytes = BYTES);
	wait_until(device_query(other->fd).pool_bytes_used + ALL <= used);
}

/* The descriptor is closed first, and the exporting ring: the importer has it still. */
static void import_keeps_what_it_has(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	struct ring *other = ring_open("mem0", .buffers = 1, .bytes = BYTES);
	struct dmaring_sqe *sqe;
	int fd, pool;

	(void)state;
	pattern_fill(r->pool, ALL, 2);
	fd = export_pool(r, 0, 0, ALL);
	pool = need_import(other, fd, BUFFERS, BYTES);
	device_close(fd);
	ring_close(r);
	sqe = push_copy(other, 0, 0, BYTES, 1);
	sqe->source_pool = pool;
	ring_kick(other);
	ring_expect(other, 1, 0);
	pattern_check(other->pool, BYTES, 2);
	assert_ok(remove_pool(other, pool));
	assert_error(remove_pool(other, pool), ENOENT);
}

/* Memory of a device that goes while another one has it: nobody else ever gets it. */
static void importer_is_left_with_it(void **state)
{
	struct ring *r, *other;
	int tx, rx, fd, pool;
	struct dmaring_cqe c[2];

	(void)state;
	if (pool_kind() == DMARING_POOL_DEFAULT || !device_is_simulated("mem0"))
		skip();
	if (slowness() > 1) {
		print_message("# DMA_API_DEBUG reports what is given up, and it should\n");
		skip();
	}
	r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	other = ring_open("loop0", .buffers = 1, .bytes = BYTES);
	tx = ring_channel(other, "tx");
	rx = ring_channel(other, "rx");
	pattern_fill(ring_buffer(r, 3), BYTES, 5);
	fd = export_pool(r, 0, 0, ALL);
	assert_true(fd >= 0);
	pool = need_import(other, fd, BUFFERS, BYTES);
	mem0_unbind();
	byte_check(ring_buffer(r, 3), 0, BYTES);
	assert_error(export_pool(r, 0, 0, 0), ENODEV);
	push_data(other, DMARING_OP_RECEIVE, rx, 0, 0, BYTES, 1);
	push_data(other, DMARING_OP_SEND, tx, 3, 0, BYTES, 2)->pool = pool;
	ring_submit(other);
	ring_collect(other, c, 2);
	assert_int_equal(c[0].res | c[1].res, 0);
	pattern_check(other->pool, BYTES, 5);
	assert_ok(remove_pool(other, pool));
	assert_error(import_dmabuf(other, fd, BUFFERS, BYTES), ENODEV);
	mem0_bind();
}

/* The CPU takes part while another device has it. */
static void cpu_access_while_attached(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	struct ring *other = ring_open("loop0", .buffers = 1, .bytes = BYTES);
	int tx = ring_channel(other, "tx"), rx = ring_channel(other, "rx"), fd, pool;
	unsigned char *memory;
	struct dmaring_cqe c[2];
	unsigned int i;

	(void)state;
	fd = export_pool(r, 0, 0, ALL);
	pool = need_import(other, fd, BUFFERS, BYTES);
	memory = map_dmabuf(fd, ALL, 0);
	for (i = 0; i < BUFFERS; i++) {
		cpu_access(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
		pattern_fill(memory + i * BYTES, BYTES, i);
		cpu_access(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
		push_data(other, DMARING_OP_RECEIVE, rx, 0, 0, BYTES, 1);
		push_data(other, DMARING_OP_SEND, tx, i, 0, BYTES, 2)->pool = pool;
		ring_submit(other);
		ring_collect(other, c, 2);
		assert_int_equal(c[0].res | c[1].res, 0);
		pattern_check(other->pool, BYTES, i);
	}
	munmap(memory, ALL);
}

/* A ring that imports what it exports keeps nobody alive by it. */
static void own_export_as_own_import(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	struct dmaring_sqe *sqe;
	int fd, pool;

	(void)state;
	fd = export_pool(r, 0, 0, ALL);
	pool = need_import(r, fd, BUFFERS, BYTES);
	pattern_fill(ring_buffer(r, 0), BYTES, 4);
	sqe = push_copy(r, 1, 0, BYTES, 1);
	sqe->pool = pool;
	ring_kick(r);
	ring_expect(r, 1, 0);
	pattern_check(ring_buffer(r, 1), BYTES, 4);
	device_close(fd);
	ring_close(r);
	r = ring_open("mem0", .buffers = 1);
	assert_true(device_query(r->fd).pool_bytes_used < ALL);
}

static int udmabuf_new(int memfd, uint64_t bytes)
{
	struct udmabuf_create create = { .memfd = memfd, .size = bytes };
	int control = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd;

	if (control < 0)
		skip();
	fd = ioctl(control, UDMABUF_CREATE, &create);
	close(control);
	assert_true(fd >= 0);
	device_keep(fd);
	return fd;
}

static int heap_new(uint64_t bytes)
{
	struct dma_heap_allocation_data data = { .len = bytes, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC), ret;

	if (heap < 0)
		skip();
	ret = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
	close(heap);
	assert_int_equal(ret, 0);
	device_keep(data.fd);
	return data.fd;
}

static void foreign_is_a_pool(int fd)
{
	struct ring *r = ring_open("mem0", .buffers = 2, .bytes = BYTES);
	int pool = need_import(r, fd, FOREIGN, BYTES);
	unsigned char *memory = map_dmabuf(fd, FOREIGN * BYTES, 0);
	struct dmaring_sqe *sqe;
	unsigned int i;

	for (i = 0; i < FOREIGN; i++) {
		pattern_fill(r->pool, BYTES, i);
		sqe = push_copy(r, i, 0, BYTES, i);
		sqe->pool = pool;
		ring_kick(r);
		ring_expect(r, i, 0);
	}
	cpu_access(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	for (i = 0; i < FOREIGN; i++) {
		pattern_check(memory + i * BYTES, BYTES, i);
		pattern_fill(memory + i * BYTES, BYTES, 100 + i);
	}
	cpu_access(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	for (i = 0; i < FOREIGN; i++) {
		sqe = push_copy(r, 1, i, BYTES, i);
		sqe->source_pool = pool;
		ring_kick(r);
		ring_expect(r, i, 0);
		pattern_check(ring_buffer(r, 1), BYTES, 100 + i);
	}
	assert_ok(remove_pool(r, pool));
	/* The other way out: the device goes while it has it. */
	need_import(r, fd, FOREIGN, BYTES);
	if (device_is_simulated("mem0")) {
		mem0_unbind();
		pattern_check(memory, BYTES, 100);
		mem0_bind();
	}
	munmap(memory, FOREIGN * BYTES);
}

static void udmabuf_is_a_pool(void **state)
{
	int memfd = memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)state;
	device_keep(memfd);
	assert_int_equal(ftruncate(memfd, FOREIGN * BYTES), 0);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	foreign_is_a_pool(udmabuf_new(memfd, FOREIGN * BYTES));
}

static void system_heap_is_a_pool(void **state)
{
	(void)state;
	if (slowness() > 1) {
		print_message("# with DMABUF_DEBUG the heap of 6.1 syncs a list that was mangled\n");
		skip();
	}
	foreign_is_a_pool(heap_new(FOREIGN * BYTES));
}

/* No fence is attached (sync_file.c does): it is ready for reading and for writing. */
static void export_can_be_polled(void **state)
{
	struct ring *r = ring_open("mem0", .buffers = BUFFERS, .bytes = BYTES);
	struct pollfd p = { .fd = export_pool(r, 0, 0, 0), .events = POLLIN | POLLOUT };

	(void)state;
	assert_true(p.fd >= 0);
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(p.revents, POLLIN | POLLOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(captured_by_one_sent_by_another),
		system_test(slice_of_pages),
		system_test(export_of_what_is_not_there),
		system_test(import_of_what_is_none),
		bound_test(export_outlives_ring_and_device),
		system_test(import_keeps_what_it_has),
		bound_test(importer_is_left_with_it),
		system_test(cpu_access_while_attached),
		system_test(own_export_as_own_import),
		bound_test(udmabuf_is_a_pool),
		bound_test(system_heap_is_a_pool),
		system_test(export_can_be_polled),
	};

	return system_run(tests);
}
