/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Index arithmetic of the rings: pure functions of u32 values.
 *
 * Owns no state and needs no kernel: the host tests, the fuzzer and the proofs
 * compile this very file. Indices are free-running; only differences count
 * (ring-spec.md, "Indices").
 */
#ifndef _DMARING_INDEX_H
#define _DMARING_INDEX_H

#include <linux/types.h>

/**
 * dmaring_index_valid() - can @tail be ahead of @head in a ring of @entries
 * @tail: producer's index, untrusted
 * @head: consumer's index
 * @entries: size of the ring
 *
 * Return: true if 0 <= tail - head <= entries in ring order.
 */
static inline bool dmaring_index_valid(__u32 tail, __u32 head, __u32 entries)
{
	return tail - head <= entries;
}

/**
 * dmaring_index_ready() - is there something that the consumer asked to see
 * @tail: producer's index
 * @head: consumer's index
 * @event: consumer's event index: "tell me when the tail has passed this"
 * @entries: size of the ring
 *
 * An event index outside the ring is stale and stands for "anything", so a
 * consumer that never writes it sees every entry.
 *
 * Return: the readiness of ring-spec.md, without the time bound's latch.
 */
static inline bool dmaring_index_ready(__u32 tail, __u32 head, __u32 event,
				       __u32 entries)
{
	__u32 n = tail - head;
	__u32 distance = event - head;

	return n && (distance < n || distance >= entries);
}

/**
 * dmaring_index_crossed() - did a move of the tail pass the event index
 * @old: tail before
 * @new: tail after
 * @event: consumer's event index
 *
 * Return: true if @event is in [@old, @new) in ring order.
 */
static inline bool dmaring_index_crossed(__u32 old, __u32 new, __u32 event)
{
	return (__u32)(new - event - 1) < (__u32)(new - old);
}

/**
 * dmaring_index_notify() - must this move of the tail wake the consumer
 * @old: tail before
 * @new: tail after
 * @head: consumer's index, untrusted
 * @event: consumer's event index, untrusted
 * @entries: size of the ring
 *
 * True exactly when readiness begins with this move, and on every move while
 * the event index is stale.
 *
 * Return: true if the consumer is to be woken.
 */
static inline bool dmaring_index_notify(__u32 old, __u32 new, __u32 head,
					__u32 event, __u32 entries)
{
	return event - head >= entries || dmaring_index_crossed(old, new, event);
}

#endif /* _DMARING_INDEX_H */
