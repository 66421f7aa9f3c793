// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring bench-memory: what each kind of memory that a pool may be of costs the
 * CPU and the engine.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <dmaring/dmaring.h>

#include "json.h"
#include "kind.h"
#include "tool.h"

/* Copies under way at a time: the engine does not wait for us. */
#define DEPTH	4U

static bool as_json;
static unsigned int milliseconds = 50, only_bytes;

static const struct tool_option options[] = {
	{ .name = "size", .argument = "N", .help = "only blocks of N bytes (default 4k, 64k, 1M)",
	  .number = &only_bytes },
	{ .name = "ms", .argument = "N", .help = "how long each is measured, 50 unless given",
	  .number = &milliseconds },
	{ .name = "json", .help = "JSON instead of a table", .flag = &as_json },
	{ .name = NULL },
};

/* One row of the table. Rates are bytes a second; below 0: not measured. */
struct row {
	double write;
	double read;
	double copy;
	double check;
	double sync_ns_per_kib;
	double transfer;
};

/* What a measurement works on. */
struct bench {
	struct dmaring ring;
	unsigned int pool;
	int copies;		/* channel; -1: none */
	void *memory;		/* of a pool of kind USER */
	uint64_t *block;	/* a buffer of the pool */
	uint64_t *own;		/* as much memory of our own, with the same in it */
	size_t bytes;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int cpu_write(struct bench *b)
{
	volatile uint64_t *to = b->block;
	size_t i;

	for (i = 0; i < b->bytes / 8; i++)
		to[i] = i * 0x0101010101010101;
	return 0;
}

static int cpu_read(struct bench *b)
{
	const volatile uint64_t *from = b->block;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < b->bytes / 8; i++)
		sum += from[i];
	return sum == 1 ? -EIO : 0;
}

static int cpu_copy(struct bench *b)
{
	memcpy(b->own, b->block, b->bytes);
	__asm__ volatile("" : : "r"(b->own) : "memory");
	return 0;
}

static int cpu_check(struct bench *b)
{
	return memcmp(b->own, b->block, b->bytes) ? -EIO : 0;
}

/* Both ways, as around a transfer. */
static int sync_both(struct bench *b)
{
	int err = dmaring_sync_for_device(&b->ring, 0, DMARING_CHANNEL_COPY, b->block, b->bytes);

	return err ? err : dmaring_sync_for_cpu(&b->ring, 0, DMARING_CHANNEL_COPY, b->block,
						b->bytes);
}

static int transfer(struct bench *b)
{
	struct dmaring_cqe *cqe;
	unsigned int i;
	int err;

	for (i = 0; i < DEPTH; i++) {
		struct dmaring_sqe *sqe = dmaring_get_sqe(&b->ring);

		if (!sqe)
			return -EBUSY;
		dmaring_prep_copy(sqe, (unsigned int)b->copies,
				  dmaring_pool_buffer(&b->ring, b->pool, 1 + i),
				  dmaring_pool_buffer(&b->ring, b->pool, 0),
				  (unsigned int)b->bytes);
	}
	err = dmaring_submit(&b->ring);
	for (i = 0; err >= 0 && i < DEPTH; i++) {
		err = dmaring_wait_cqe(&b->ring, &cqe);
		if (!err) {
			err = cqe->res;
			dmaring_cqe_seen(&b->ring, cqe);
		}
	}
	return err < 0 ? err : 0;
}

/* How often in a second; a negative error number where it fails. */
static double rate(struct bench *b, int (*once)(struct bench *))
{
	uint64_t start, now, end;
	unsigned long n = 0;
	int err = once(b);

	if (err)
		return err;
	start = now_ns();
	end = start + (uint64_t)milliseconds * 1000000;
	do {
		err = once(b);
		n++;
		now = now_ns();
	} while (!err && now < end);
	return err ? err : (double)n * 1e9 / (double)(now - start);
}

static int measure(struct bench *b, struct row *row)
{
	double bytes = (double)b->bytes, r;
	int err;

	row->write = rate(b, cpu_write) * bytes;
	row->read = rate(b, cpu_read) * bytes;
	row->copy = rate(b, cpu_copy) * bytes;
	r = rate(b, cpu_check);
	if (r < 0)
		return (int)r;
	row->check = r * bytes;
	r = rate(b, sync_both);
	if (r < 0)
		return (int)r;
	row->sync_ns_per_kib = 1e9 / r / (bytes / 1024);
	row->transfer = -1;
	if (b->copies < 0)
		return 0;
	r = rate(b, transfer);
	if (r < 0)
		return (int)r;
	row->transfer = r * bytes * DEPTH;
	err = memcmp(dmaring_pool_buffer(&b->ring, b->pool, DEPTH), b->own, b->bytes);
	return err ? -EIO : 0;
}

static void bench_close(struct bench *b)
{
	dmaring_close(&b->ring);
	free(b->memory);
	free(b->own);
}

/* A ring with a pool of that kind and blocks of that size. */
static int bench_open(struct bench *b, const char *device, unsigned int kind, size_t bytes)
{
	struct dmaring_options ring_options = { .entries = 8 };
	int err;

	memset(b, 0, sizeof(*b));
	b->bytes = bytes;
	err = dmaring_open(&b->ring, device, &ring_options);
	if (err < 0)
		return err;
	b->own = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	if (kind == DMARING_POOL_USER) {
		size_t page = (size_t)sysconf(_SC_PAGESIZE);

		b->memory = aligned_alloc(page, (DEPTH + 1) * bytes);
		err = b->memory ? dmaring_pool_add_user(&b->ring, b->memory, DEPTH + 1, bytes) :
				  -ENOMEM;
	} else {
		err = dmaring_pool_add_kind(&b->ring, kind, 0, DEPTH + 1, bytes);
	}
	if (err >= 0 && !b->own)
		err = -ENOMEM;
	if (err < 0) {
		bench_close(b);
		return err;
	}
	b->pool = (unsigned int)err;
	b->block = dmaring_pool_buffer(&b->ring, b->pool, 0);
	b->copies = dmaring_channel_of(&b->ring, DMARING_CHANNEL_COPY);
	return 0;
}

static void print_rate(double bytes_per_second)
{
	if (bytes_per_second < 0)
		printf(" %9s", "-");
	else
		printf(" %9.0f", bytes_per_second / 1e6);
}

static void print_row(struct json *json, unsigned int kind, size_t bytes, const struct row *row)
{
	if (as_json) {
		json_begin_object(json, NULL);
		json_string(json, "kind", pool_kind_names[kind]);
		json_unsigned(json, "bytes", bytes);
		json_real(json, "write_bytes_per_second", row->write);
		json_real(json, "read_bytes_per_second", row->read);
		json_real(json, "copy_bytes_per_second", row->copy);
		json_real(json, "check_bytes_per_second", row->check);
		json_real(json, "sync_ns_per_kib", row->sync_ns_per_kib);
		if (row->transfer >= 0)
			json_real(json, "transfer_bytes_per_second", row->transfer);
		json_end_object(json);
		return;
	}
	printf("%-16s %8zu", pool_kind_names[kind], bytes);
	print_rate(row->write);
	print_rate(row->read);
	print_rate(row->copy);
	print_rate(row->check);
	printf(" %9.1f", row->sync_ns_per_kib);
	print_rate(row->transfer);
	putchar('\n');
}

static int bench_kind(struct json *json, const char *device, unsigned int kind, size_t bytes)
{
	struct bench b;
	struct row row = { 0 };
	int err = bench_open(&b, device, kind, bytes);

	if (err < 0) {
		/* One piece so large is not always to be had; the others go on. */
		if (err != -ENOMEM && err != -EDQUOT)
			return err;
		tool_message("bench-memory: %s: no %s pool with blocks of %zu bytes: %s", device,
			     pool_kind_names[kind], bytes, strerror(-err));
		return 0;
	}
	err = measure(&b, &row);
	if (!err)
		print_row(json, kind, bytes, &row);
	bench_close(&b);
	return err;
}

static int run(int argc, char **argv)
{
	static const size_t sizes[] = { 4 << 10, 64 << 10, 1 << 20 };
	const char *device = argv[0];
	struct json json = { .out = stdout };
	struct dmaring_query query;
	unsigned int kind, i;
	int err;

	(void)argc;
	if (!milliseconds || (only_bytes && (only_bytes % (unsigned int)sysconf(_SC_PAGESIZE)))) {
		tool_message("bench-memory: --size takes whole pages, --ms at least 1");
		return TOOL_USAGE;
	}
	err = dmaring_query_device(device, &query);
	if (err < 0)
		return tool_explain(err, "bench-memory", device);
	if (as_json) {
		json_begin_object(&json, NULL);
		json_string(&json, "device", query.name);
		json_boolean(&json, "simulated", query.flags & DMARING_SIMULATED);
		json_begin_array(&json, "rows");
	} else {
		printf("%s%s: MB/s; sync: ns for each KiB, there and back\n\n", query.name,
		       query.flags & DMARING_SIMULATED ?
		       " (simulated: the engine is this CPU, and counts and ratios are all "
		       "that is to be seen)" : "");
		printf("%-16s %8s %9s %9s %9s %9s %9s %9s\n", "kind", "bytes", "write", "read",
		       "copy", "check", "sync", "transfer");
	}
	/* All but a dma-buf, which would be of somebody else's kind. */
	for (kind = 0; kind <= DMARING_POOL_USER && err >= 0; kind++) {
		if (!(query.pool_kinds & (1U << kind)))
			continue;
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && err >= 0; i++)
			if (!only_bytes || !i)
				err = bench_kind(&json, device, kind,
						 only_bytes ? only_bytes : sizes[i]);
	}
	if (as_json) {
		json_end_array(&json);
		json_end_object(&json);
	}
	return err < 0 ? tool_explain(err, "bench-memory", device) : TOOL_OK;
}

const struct tool_command tool_bench_memory = {
	.name = "bench-memory",
	.arguments = "DEV",
	.summary = "Measure what each kind of buffer memory costs",
	.detail = "Writes, reads, copies and compares blocks with the CPU, hands them over and back,\n"
		  "and has them copied by the engine, where DEV has a copy channel. docs/memory.md\n"
		  "says which kind to choose.",
	.options = options,
	.min = 1,
	.max = 1,
	.run = run,
};
