// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cyclic streams for tests; see cyclic.h. Needs the virtual controller.
 *
 * Owns: which controllers are not in their default shape.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cyclic.h"

#define PARAMETERS	"/sys/module/dmaring_sim/parameters/"
#define SIM		"/sys/bus/platform/drivers/dmaring_sim/"
#define DRIVER		"/sys/bus/platform/drivers/dmaring/"

static const char *changed[4];
static unsigned int n_changed;
static const char *parameters[4][2];
static unsigned int n_parameters;

static void rebind(const char *device)
{
	/* Platform devices are numbered in this order. */
	char sim[] = "dmaring_sim.N", client[] = "dmaring.N", node[64];
	static const char *const order[] = { "loop0", "fft0", "source0", "sink0", "mem0", "adc0" };
	char number = '0';

	while (strcmp(device, order[number - '0']))
		number++;

	sim[12] = number;
	client[8] = number;
	snprintf(node, sizeof(node), "/dev/dmaring/%s", device);
	file_write(SIM "unbind", sim);
	wait_until(access(node, F_OK));
	file_write(SIM "bind", sim);
	/* The driver core may have bound the client by itself. */
	file_write(DRIVER "bind", client);
	wait_until(!access(node, F_OK));
}

static void parameters_write(const struct habits *h)
{
	assert_ok(file_write(PARAMETERS "residue", h->residue ? h->residue : "burst"));
	assert_ok(file_write(PARAMETERS "habits", h->habits ? h->habits : "\n"));
	assert_ok(file_write(PARAMETERS "context", h->context ? h->context : "tasklet"));
}

void controller_is(const char *device, const struct habits *h)
{
	changed[n_changed++] = device;
	parameters_write(h);
	rebind(device);
}

/* Any parameter, before the controller is made; its default is put back. */
void controller_parameter(const char *name, const char *value, const char *standard)
{
	char path[128];

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	parameters[n_parameters][0] = name;
	parameters[n_parameters++][1] = standard;
	assert_ok(file_write(path, value));
}

int cyclic_teardown(void **state)
{
	static const struct habits standard;
	int ret = fault_teardown(state);

	file_write("/sys/module/dmaring/parameters/cyclic_timer_us", "0");
	while (n_parameters) {
		const char *const *p = parameters[--n_parameters];
		char path[128];

		snprintf(path, sizeof(path), PARAMETERS "%s", p[0]);
		file_write(path, p[1]);
	}
	if (n_changed)
		parameters_write(&standard);
	while (n_changed)
		rebind(changed[--n_changed]);
	return ret;
}

static void knob_path(char *path, size_t bytes, const char *device, const char *name)
{
	snprintf(path, bytes, "/sys/kernel/debug/dmaring_sim/%s/%s", device, name);
}

uint64_t knob_number(const char *device, const char *name)
{
	char path[128], text[32] = "";
	ssize_t n;
	int fd;

	knob_path(path, sizeof(path), device, name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n > 0);
	return strtoull(text, NULL, 0);
}

void knob_set(const char *device, const char *name, uint64_t value)
{
	char path[128], text[32];

	knob_path(path, sizeof(path), device, name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	assert_ok(file_write(path, text));
}

/* A ring with one contiguous pool. */
struct ring *cyclic_ring(const char *device, unsigned int blocks)
{
	struct ring_options options = { .buffers = blocks, .bytes = BLOCK };
	int fd = device_open(device, O_RDWR);
	struct dmaring_setup setup;

	assert_true(fd >= 0);
	setup = ring_setup_default(fd, &options);
	setup.pool.flags = DMARING_POOL_CONTIGUOUS;
	assert_ok(ring_setup(fd, &setup));
	assert_int_equal(setup.pool.stride, BLOCK);
	return ring_map(fd, &setup);
}

struct dmaring_sqe *push_start(struct ring *r, unsigned int blocks, uint64_t target)
{
	struct dmaring_sqe *sqe = push(r, DMARING_OP_CYCLIC_START, 0, 1);

	sqe->bytes = BLOCK;
	sqe->list_entries = blocks;
	sqe->target = target;
	return sqe;
}

/* Numbered blocks, so many in a second from now on. */
void source_is(unsigned int per_second)
{
	if (knob_number("source0", "block_bytes") != BLOCK)
		knob_set("source0", "block_bytes", BLOCK);
	knob_set("source0", "sequence", 1);
	knob_set("source0", "bytes_per_second", per_second * BLOCK);
}

struct stream stream_start(const char *device, unsigned int blocks, uint64_t target,
			   unsigned int notices)
{
	struct ring *r = cyclic_ring(device, blocks);
	struct stream s = { .r = r, .device = device, .blocks = blocks,
			    .first = r->header->first_index };

	s.line = (const void *)((const char *)r->header + r->header->kern_streams);
	s.user = (void *)((char *)r->user - r->header->user_control + r->header->user_streams);
	assert_int_equal(s.user->user_seq, s.first);
	if (!strcmp(device, "source0"))
		s.base = knob_number("source0", "blocks");
	else
		__atomic_store_n(&s.user->user_seq, s.first + blocks, __ATOMIC_RELAXED);
	push_start(r, blocks, target)->list = notices;
	ring_kick(r);
	wait_until(__atomic_load_n(&s.line->state, __ATOMIC_ACQUIRE) == DMARING_STREAM_RUNNING);
	assert_int_equal(s.line->blocks, blocks);
	assert_int_equal(s.line->block_bytes, BLOCK);
	assert_int_equal(s.line->pool, 0);
	assert_int_equal(s.line->first_buffer, 0);
	return s;
}

struct dmaring_position stream_position(struct stream *s)
{
	struct dmaring_position position = { 0 };

	assert_ok(xioctl(s->r->fd, DMARING_IOC_POSITION, &position));
	return position;
}

/* Blocks done. */
uint32_t stream_done(const struct stream *s)
{
	return __atomic_load_n(&s->line->hw_seq, __ATOMIC_ACQUIRE) - s->first;
}

void *stream_block(const struct stream *s, uint32_t block)
{
	return s->r->pool + (block & (s->blocks - 1)) * (size_t)BLOCK;
}

/* What the source wrote into a block, counted from the first one of the stream. */
uint64_t stream_number(const struct stream *s, uint32_t block)
{
	uint64_t number;

	memcpy(&number, stream_block(s, block), sizeof(number));
	return number - s->base;
}

/* All blocks below are read, or filled. */
void stream_seen(struct stream *s, uint32_t block)
{
	__atomic_store_n(&s->user->user_seq, s->first + block, __ATOMIC_RELEASE);
}

/* Ends it; notices that are left are passed over. */
void stream_stop(struct stream *s)
{
	struct dmaring_cqe c;

	push(s->r, DMARING_OP_CYCLIC_STOP, 0, 2);
	ring_kick(s->r);
	do {
		c = ring_wait(s->r);
	} while (c.flags & DMARING_CQE_EVENT);
	assert_int_equal(c.user_data, 1);
	assert_int_equal(c.opcode, DMARING_OP_CYCLIC_START);
	assert_int_equal(c.res, 0);
	assert_int_equal(c.blocks_lost, (uint32_t)s->line->blocks_lost);
	ring_expect(s->r, 2, 0);
	assert_int_equal(s->line->state, DMARING_STREAM_ENDED);
}
