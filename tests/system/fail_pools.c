// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools of all kinds, for fail_nth.c: each is made as a whole or not at all, and
 * what was brought is as it was.
 */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail_nth.h"
#include "ring.h"

static _Alignas(65536) unsigned char own_memory[2 * 65536];
static struct ring *r;
static struct dmaring_pool wanted, pool;
static unsigned int next;	/* number that the pool gets */
static int exported = -1;
static unsigned char *mapping;

static void make_ring(void)
{
	system_teardown(NULL);
	r = ring_open("loop0", .bytes = 65536);
}

static void make_kind(unsigned int kind)
{
	make_ring();
	memset(&wanted, 0, sizeof(wanted));
	wanted.kind = kind;
	wanted.buffers = 2;
	wanted.buffer_bytes = 65536;
	pool = wanted;
	next = 1;
}

static void make_default(void)
{
	make_kind(DMARING_POOL_DEFAULT);
	wanted.buffers = 4;
	wanted.buffer_bytes = 300000;
	pool = wanted;
}

static void make_coherent(void)
{
	make_kind(DMARING_POOL_COHERENT);
}

static void make_cma(void)
{
	make_kind(DMARING_POOL_CMA);
}

static void make_user(void)
{
	make_kind(DMARING_POOL_USER);
	wanted.address = (uintptr_t)own_memory;
	pool = wanted;
}

static void make_dmabuf_of(unsigned int index)
{
	struct dmaring_export export = { .pool = index, .bytes = 131072 };

	assert_ok(xioctl(r->fd, DMARING_IOC_EXPORT, &export));
	device_keep(export.fd);
	wanted.kind = DMARING_POOL_DMABUF;
	wanted.fd = export.fd;
	pool = wanted;
	next = index + 1;
}

static void make_dmabuf(void)
{
	make_kind(DMARING_POOL_DMABUF);
	make_dmabuf_of(0);
}

static long call_pool(void)
{
	return xioctl(r->fd, DMARING_IOC_POOL, &pool);
}

static void make_area(void)
{
	make_cma();
	assert_ok(call_pool());
}

static void make_dmabuf_of_area(void)
{
	make_area();
	make_dmabuf_of(1);
}

static void pool_works(void)
{
	push_data(r, DMARING_OP_RECEIVE, ring_channel(r, "rx"), 0, 0, 4096, 1)->pool = pool.index;
	push_data(r, DMARING_OP_SEND, ring_channel(r, "tx"), 1, 0, 4096, 2)->pool = pool.index;
	ring_submit(r);
	assert_int_equal(ring_wait(r).res | ring_wait(r).res, 0);
}

static void no_pool_is_left(void)
{
	pool = wanted;
	assert_ok(call_pool());
	assert_int_equal(pool.index, next);
	pool_works();
}

static void make_user_pool(void)
{
	make_user();
	assert_ok(call_pool());
}

static long call_remove(void)
{
	struct dmaring_pool_remove remove = { .index = next };

	return xioctl(r->fd, DMARING_IOC_POOL_REMOVE, &remove);
}

static long export(unsigned int index)
{
	struct dmaring_export export = { .pool = index, .offset = 4096, .bytes = 8192 };
	long ret = xioctl(r->fd, DMARING_IOC_EXPORT, &export);

	exported = ret ? -1 : export.fd;
	return ret;
}

static long call_export(void)
{
	return export(0);
}

static long call_export_of_area(void)
{
	return export(1);
}

static void export_works(void)
{
	assert_int_equal(lseek(exported, 0, SEEK_END), 8192);
	close(exported);
}

static long call_sync_file(void)
{
	struct dmaring_sync_file sync_file = { 0 };
	long ret = xioctl(r->fd, DMARING_IOC_SYNC_FILE, &sync_file);

	exported = ret ? -1 : sync_file.fd;
	return ret;
}

static void sync_file_works(void)
{
	struct pollfd p = { .fd = exported, .events = POLLIN };

	/* The ring was given nothing. */
	assert_int_equal(poll(&p, 1, 0), 1);
	close(exported);
}

static long call_mmap(void)
{
	mapping = mmap(NULL, pool.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, pool.offset);
	return mapping == MAP_FAILED ? -errno : 0;
}

static void unmap_it(void)
{
	byte_check(mapping, 0, pool.bytes);
	munmap(mapping, pool.bytes);
}

const struct subject fail_pools[] = {
	{ "POOL", make_default, call_pool, pool_works, no_pool_is_left },
	{ "POOL coherent", make_coherent, call_pool, pool_works, no_pool_is_left },
	{ "POOL cma", make_cma, call_pool, pool_works, no_pool_is_left },
	{ "POOL user", make_user, call_pool, pool_works, no_pool_is_left },
	{ "POOL dmabuf", make_dmabuf, call_pool, pool_works, no_pool_is_left },
	{ "POOL dmabuf of cma", make_dmabuf_of_area, call_pool, pool_works, no_pool_is_left },
	{ "POOL_REMOVE", make_user_pool, call_remove, no_pool_is_left, NULL },
	{ "EXPORT", make_ring, call_export, export_works, NULL },
	{ "EXPORT cma", make_area, call_export_of_area, export_works, NULL },
	{ "SYNC_FILE", make_ring, call_sync_file, sync_file_works, NULL },
	{ "mmap POOL cma", make_area, call_mmap, unmap_it, NULL },
};

const unsigned int fail_pools_count = ARRAY_SIZE(fail_pools);
