// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's index arithmetic, against a slow definition with 64-bit counts,
 * across the wrap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/kernel/index.h"

#define FIRST	0xffffff00U
#define ENTRIES	8U

/* Around the wrap, at it, and far from it. */
static const uint32_t starts[] = { FIRST, 0xfffffff8U, 0xffffffffU, 0, 1, 0x7fffffffU };

#define for_each_start(i) for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)

static void tail_is_valid_up_to_the_size(void **state)
{
	size_t i;

	(void)state;
	for_each_start(i) {
		uint32_t head = starts[i], n;

		for (n = 0; n <= ENTRIES; n++)
			assert_true(dmaring_index_valid(head + n, head, ENTRIES));
		assert_false(dmaring_index_valid(head + ENTRIES + 1, head, ENTRIES));
		assert_false(dmaring_index_valid(head - 1, head, ENTRIES));
		assert_false(dmaring_index_valid(head + 0x80000000U, head, ENTRIES));
	}
}

/* Positions counted from head, event -1 .. ENTRIES+1: the definition in words. */
static bool ready_slowly(unsigned int n, int event)
{
	if (!n)
		return false;
	if (event < 0 || event >= (int)ENTRIES)
		return true;	/* stale */
	return (unsigned int)event < n;	/* the tail has passed it */
}

static bool ready(uint32_t head, uint32_t n, int event)
{
	return dmaring_index_ready(head + n, head, head + event, ENTRIES);
}

static void readiness_is_the_definition(void **state)
{
	size_t i;

	(void)state;
	for_each_start(i) {
		uint32_t head = starts[i], n;
		int event;

		for (n = 0; n <= ENTRIES; n++)
			for (event = -2; event <= (int)ENTRIES + 2; event++)
				assert_int_equal(ready(head, n, event), ready_slowly(n, event));
	}
}

static void crossing_is_exact(void **state)
{
	size_t i;

	(void)state;
	for_each_start(i) {
		uint32_t old = starts[i], step;
		int event;

		for (step = 0; step <= ENTRIES; step++)
			for (event = -3; event <= (int)ENTRIES + 3; event++)
				assert_int_equal(event >= 0 && event < (int)step,
						 dmaring_index_crossed(old, old + step,
								       old + event));
	}
}

/* A move of the tail from head + from to head + to. */
static void check_notice(uint32_t head, uint32_t from, uint32_t to, int event)
{
	bool before = ready(head, from, event);
	bool after = ready(head, to, event);
	bool notice = dmaring_index_notify(head + from, head + to, head, head + event, ENTRIES);

	if (!before && after)
		assert_true(notice);
	/* With a live event index it comes once. */
	if (before && event >= 0 && event < (int)ENTRIES)
		assert_false(notice);
	if (!after)
		assert_false(notice);
}

/*
 * Whoever slept because the ring was not ready is woken by the very move that
 * makes it ready: no move from not ready to ready goes without a notice.
 */
static void readiness_never_begins_in_silence(void **state)
{
	size_t i;

	(void)state;
	for_each_start(i) {
		uint32_t from, to;
		int event;

		for (from = 0; from < ENTRIES; from++)
			for (to = from + 1; to <= ENTRIES; to++)
				for (event = -2; event <= (int)ENTRIES + 2; event++)
					check_notice(starts[i], from, to, event);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tail_is_valid_up_to_the_size),
		cmocka_unit_test(readiness_is_the_definition),
		cmocka_unit_test(crossing_is_exact),
		cmocka_unit_test(readiness_never_begins_in_silence),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
