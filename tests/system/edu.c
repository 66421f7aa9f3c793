// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies by a bus master that nobody here wrote: QEMU's edu device, with the provider
 * dmaring_edu (src/kernel/sim/edu.c). Run by tests/vm/edu_test.sh, with what the machine
 * is like in the environment: EDU_IOMMU=1: its addresses are translated; EDU_BITS=N:
 * it has so many address bits; and what is wanted: EDU_FOREIGN=1: have it write to foreign
 * memory; EDU_UNPLUG=1: have it unplugged after "ready".
 */
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

static bool machine_has(const char *name)
{
	const char *value = getenv(name);

	return value && *value && strcmp(value, "0");
}

/* An attribute of the PCI device. */
static void edu_text(const char *name, char *text, size_t bytes)
{
	glob_t found = {};
	ssize_t n;
	char pattern[96];
	int fd;

	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/drivers/dmaring_edu/0*/%s", name);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	fd = open(found.gl_pathv[0], O_RDONLY | O_CLOEXEC);
	globfree(&found);
	assert_true(fd >= 0);
	n = read(fd, text, bytes - 1);
	close(fd);
	assert_true(n > 0);
	text[n] = 0;
}

static void copy_once(struct ring *r, uint32_t bytes)
{
	struct dmaring_cqe c;
	unsigned char *target = ring_buffer(r, 1);

	pattern_fill(ring_buffer(r, 0), bytes, bytes);
	memset(target, 0xc3, r->setup.pool.buffer_bytes);
	push_copy(r, 1, 0, bytes, bytes);
	ring_submit(r);
	c = ring_wait(r);
	assert_int_equal(c.user_data, bytes);
	assert_int_equal(c.res, 0);
	assert_int_equal(c.bytes, bytes);
	pattern_check(target, bytes, bytes);
	byte_check_at(target + bytes, 0xc3, r->setup.pool.buffer_bytes - bytes, __FILE__, __LINE__);
}

static void what_is_copied_is_right(void **state)
{
	struct ring *r = ring_open("edu0", .buffers = 2, .bytes = 8192);

	(void)state;
	copy_once(r, 1);
	copy_once(r, 64);
	copy_once(r, 2048);
	/* More than the engine does at once, and over the end of a page. */
	copy_once(r, 5000);
}

static void addresses_are_within_the_mask(void **state)
{
	const char *bits = getenv("EDU_BITS");
	unsigned int n = bits ? strtoul(bits, NULL, 10) : 64;
	unsigned long long highest;
	struct ring *r;
	char text[32];

	(void)state;
	r = ring_open("edu0", .buffers = 2, .bytes = 8192);
	copy_once(r, 3000);
	edu_text("highest", text, sizeof(text));
	highest = strtoull(text, NULL, 10);
	assert_true(highest);
	if (n < 64)
		assert_int_equal(highest >> n, 0);
}

static void memory_of_others_is_out_of_reach(void **state)
{
	struct ring *r = ring_open("edu0", .buffers = 2, .bytes = 8192);
	char text[32];

	(void)state;
	if (!machine_has("EDU_FOREIGN"))
		skip();
	/* What the device would write. */
	copy_once(r, 2048);
	edu_text("foreign", text, sizeof(text));
	/* Without an IOMMU nothing stops it: so the other answer means something. */
	assert_string_equal(text, machine_has("EDU_IOMMU") ? "kept\n" : "written\n");
}

/* The engine cannot be stopped: the completion waits until it writes no more. */
static void nothing_is_written_after_an_abort(void **state)
{
	struct ring *r = ring_open("edu0", .buffers = 4, .bytes = 8192);
	unsigned char *target = ring_buffer(r, 1);
	struct dmaring_cqe c[2];

	(void)state;
	pattern_fill(ring_buffer(r, 0), 1000, 1);
	push_copy(r, 1, 0, 1000, 1);
	push(r, DMARING_OP_ABORT, 0, 2);
	ring_submit(r);
	ring_collect(r, c, 2);
	assert_int_equal(cqe_find(c, 2, 2)->res, 0);
	memset(target, 0xc3, 8192);
	/* It does one thing at a time: when this is done, whatever came before is over. */
	push_copy(r, 3, 2, 1000, 3);
	ring_submit(r);
	ring_expect(r, 3, 0);
	byte_check_at(target, 0xc3, 8192, __FILE__, __LINE__);
}

static void unplugging_ends_all(void **state)
{
	struct ring *r;
	struct dmaring_cqe c;
	unsigned int i, failed = 0;

	(void)state;
	if (!machine_has("EDU_UNPLUG"))
		skip();
	r = ring_open("edu0", .sq = 64, .buffers = 2, .bytes = 8192);
	for (i = 0; i < 50; i++)
		push_copy(r, 1, 0, 2048, i);
	ring_submit(r);
	/* For who unplugs: in the middle of ten seconds of transfers. */
	assert_true(write(STDERR_FILENO, "ready\n", 6) == 6);
	for (i = 0; i < 50; i++) {
		c = ring_wait(r);
		assert_int_equal(c.user_data, i);
		if (c.res) {
			assert_int_equal(c.res, -ENODEV);
			failed++;
		} else {
			assert_int_equal(failed, 0);
		}
	}
	assert_true(failed > 0 && failed < 50);
	assert_true(ring_poll(r, POLLIN, 1000) & POLLHUP);
	assert_true(access("/dev/dmaring/edu0", F_OK) < 0);
	ring_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(what_is_copied_is_right),
		system_test(addresses_are_within_the_mask),
		system_test(memory_of_others_is_out_of_reach),
		system_test(nothing_is_written_after_an_abort),
		system_test(unplugging_ends_all),
	};

	return system_run(tests);
}
