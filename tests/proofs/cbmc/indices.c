// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The index arithmetic of the driver, against the same in 64 bits, where
 * nothing wraps: index.h as the module compiles it.
 *
 * CBMC: -Itests/unit/kernel
 */
#include <stdbool.h>
#include "index.h"
#include "claim.h"

#define ENTRIES_MAX	(1U << 31)

/* Indices that never wrap; what is shared is their lower half. */
typedef unsigned long long wide;

/* CLAIM index_valid: a tail is taken for possible exactly if it is 0 to entries ahead of the head */
void index_valid(void)
{
	__u32 head = ANY(__u32), tail = ANY(__u32), entries = ANY(__u32);
	wide ahead = ANY(wide);
	bool possible;

	ASSUME(entries <= ENTRIES_MAX);
	/* How far the tail is ahead; of all numbers that fit, the least. */
	ASSUME(ahead < 1ULL << 32 && (__u32)(head + ahead) == tail);
	possible = ahead <= entries;
	ASSERT(dmaring_index_valid(tail, head, entries) == possible);
	REACHED();
}

/* CLAIM index_ready: readiness is that of ring-spec.md, also across the wrap: something is there, and the event index is passed or stale */
void index_ready(void)
{
	wide head = ANY(wide), n = ANY(wide), event = ANY(wide);
	__u32 entries = ANY(__u32), word = event;
	bool in_ring, passed;

	ASSUME(entries && entries <= ENTRIES_MAX && n <= entries);
	ASSUME(head < 1ULL << 40 && event < 1ULL << 41);
	/* The one unwrapped index that the shared word can stand for. */
	ASSUME(event >= head && event - head < 1ULL << 32);
	in_ring = event < head + entries;
	passed = event < head + n;
	ASSERT(dmaring_index_ready(head + n, head, word, entries) ==
	       (n && (passed || !in_ring)));
	REACHED();
}

/* CLAIM index_crossed: a move of the tail by no more than half of the numbers crosses exactly the events in [old, new) */
void index_crossed(void)
{
	wide old = ANY(wide), by = ANY(wide), event = ANY(wide);

	ASSUME(old < 1ULL << 40 && by <= ENTRIES_MAX);
	ASSUME(event >= old && event - old < 1ULL << 32);
	ASSERT(dmaring_index_crossed(old, old + by, event) == (event < old + by));
	REACHED();
}

/* CLAIM index_notify_edge: whenever a move of the tail makes a ring ready that was not, the consumer is woken */
void index_notify_edge(void)
{
	__u32 head = ANY(__u32), old = ANY(__u32), by = ANY(__u32), event = ANY(__u32);
	__u32 entries = ANY(__u32), new = old + by;

	ASSUME(entries && entries <= ENTRIES_MAX && by <= entries);
	ASSUME(dmaring_index_valid(old, head, entries));
	ASSUME(dmaring_index_valid(new, head, entries) && by);
	ASSUME(!dmaring_index_ready(old, head, event, entries));
	ASSUME(dmaring_index_ready(new, head, event, entries));
	ASSERT(dmaring_index_notify(old, new, head, event, entries));
	REACHED();
}

/* CLAIM index_notify_quiet: an event index in the ring that this move does not pass wakes nobody */
void index_notify_quiet(void)
{
	__u32 head = ANY(__u32), old = ANY(__u32), by = ANY(__u32), event = ANY(__u32);
	__u32 entries = ANY(__u32);

	ASSUME(entries && entries <= ENTRIES_MAX && by <= entries);
	ASSUME(dmaring_index_valid(old, head, entries));
	ASSUME(dmaring_index_valid(old + by, head, entries));
	ASSUME(event - head < entries && event - old >= by);
	ASSERT(!dmaring_index_notify(old, old + by, head, event, entries));
	REACHED();
}

/* CLAIM index_armed: who asks for the kth completion from now is ready with the kth and not before */
void index_armed(void)
{
	__u32 head = ANY(__u32), n = ANY(__u32), k = ANY(__u32), entries = ANY(__u32);

	ASSUME(entries && entries <= ENTRIES_MAX && n <= entries && k && k <= entries);
	ASSERT(dmaring_index_ready(head + n, head, head + k - 1, entries) == (n >= k));
	REACHED();
}
