/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring whose driver is played by the test: two regions of ordinary memory,
 * and a socket in place of the device, so that doorbells arrive as packets and
 * a packet sent back makes the ring's descriptor readable.
 */
#ifndef RING_FAKE_H
#define RING_FAKE_H

#include <stdbool.h>

#include <dmaring/dmaring.h>

/**
 * struct ring_fake - the driver's side
 * @ring:	the user's side, attached to @kern_region and @user_region
 * @header:	at the start of @kern_region
 * @kern:	the driver's indices
 * @user:	the user's indices
 * @sqes:	submission entries
 * @cqes:	completion entries
 * @kern_region: memory of the KERN region
 * @user_region: memory of the USER region
 * @pool_memory: memory of the pools
 * @peer:	other end of the ring's descriptor
 */
struct ring_fake {
	struct dmaring ring;
	struct dmaring_header *header;
	struct dmaring_kern_control *kern;
	struct dmaring_user_control *user;
	struct dmaring_sqe *sqes;
	struct dmaring_cqe *cqes;
	void *kern_region;
	void *user_region;
	void *pool_memory[DMARING_POOLS_MAX];
	int peer;
};

/**
 * ring_fake_init() - make the two sides
 * @fake:	filled in
 * @sq_entries:	submission entries
 * @cq_entries:	completion entries
 * @first_index: value of every index at the start
 *
 * Return: 0 or -errno of dmaring_attach_().
 */
int ring_fake_init(struct ring_fake *fake, __u32 sq_entries, __u32 cq_entries, __u32 first_index);

/**
 * ring_fake_destroy() - give all memory back
 * @fake:	from ring_fake_init()
 */
void ring_fake_destroy(struct ring_fake *fake);

/**
 * ring_fake_add_pool() - give the ring a pool
 * @fake:	the ring
 * @buffers:	number of buffers
 * @buffer_bytes: usable bytes of a buffer
 * @stride:	bytes from one buffer to the next
 *
 * Return: number of the pool, or -errno.
 */
int ring_fake_add_pool(struct ring_fake *fake, __u32 buffers, __u64 buffer_bytes, __u64 stride);

/**
 * ring_fake_take() - consume a submission entry, as the driver does
 * @fake:	the ring
 * @sqe:	gets a copy
 *
 * Return: false: there is none.
 */
bool ring_fake_take(struct ring_fake *fake, struct dmaring_sqe *sqe);

/**
 * ring_fake_post() - publish a completion entry, as the driver does
 * @fake:	the ring
 * @cqe:	what to publish
 */
void ring_fake_post(struct ring_fake *fake, const struct dmaring_cqe *cqe);

/**
 * ring_fake_is_readable() - the predicate of ring-spec.md, "Wake-up"
 * @fake:	the ring
 *
 * Return: whether the driver would report EPOLLIN.
 */
bool ring_fake_is_readable(const struct ring_fake *fake);

/**
 * ring_fake_must_wake() - did the last completion end the user's sleep
 * @fake:	the ring
 *
 * Return: whether the driver would wake the user now.
 */
bool ring_fake_must_wake(const struct ring_fake *fake);

/**
 * ring_fake_doorbells() - doorbells since the last call
 * @fake:	the ring
 *
 * Return: their number, or -1: one of them was no doorbell.
 */
int ring_fake_doorbells(struct ring_fake *fake);

#endif /* RING_FAKE_H */
