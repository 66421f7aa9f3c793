// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's side of a ring, in ordinary memory. Its index arithmetic is the
 * driver's own file; the rest follows ring-spec.md, not the library: where the
 * two differ, the tests must fail.
 */
#include "../../src/user/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ring_fake.h"
#include "../../src/kernel/index.h"

static void *zeroed(size_t bytes)
{
	void *memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);

	if (!memory)
		abort();
	return memset(memory, 0, (bytes + 4095) / 4096 * 4096);
}

int ring_fake_init(struct ring_fake *fake, __u32 sq_entries, __u32 cq_entries, __u32 first_index)
{
	const size_t kern_control = 256, cqes = 1024, user_control = 128, sqes = 512;
	size_t kern_bytes = cqes + cq_entries * sizeof(struct dmaring_cqe);
	size_t segments = sqes + sq_entries * sizeof(struct dmaring_sqe);
	size_t user_bytes = segments + sq_entries * sizeof(struct dmaring_segment);
	struct dmaring_header *header;
	int pair[2], err;

	memset(fake, 0, sizeof(*fake));
	fake->kern_region = zeroed(kern_bytes);
	fake->user_region = zeroed(user_bytes);
	header = fake->kern_region;
	header->magic = DMARING_ABI_MAGIC;
	header->abi_major = DMARING_ABI_MAJOR;
	header->abi_minor = DMARING_ABI_MINOR;
	header->header_bytes = sizeof(*header);
	header->kern_bytes = kern_bytes;
	header->user_bytes = user_bytes;
	header->first_index = first_index;
	header->sq_entries = sq_entries;
	header->cq_entries = cq_entries;
	header->sqe_bytes = sizeof(struct dmaring_sqe);
	header->cqe_bytes = sizeof(struct dmaring_cqe);
	header->kern_control = kern_control;
	header->cqes = cqes;
	header->user_control = user_control;
	header->sqes = sqes;
	header->segments = segments;
	header->segment_entries = sq_entries;
	header->channels = 1;
	fake->header = header;
	fake->kern = (void *)((char *)fake->kern_region + kern_control);
	fake->cqes = (void *)((char *)fake->kern_region + cqes);
	fake->user = (void *)((char *)fake->user_region + user_control);
	fake->sqes = (void *)((char *)fake->user_region + sqes);
	fake->kern->sq_head = first_index;
	fake->kern->cq_tail = first_index;
	fake->kern->sq_flags = DMARING_SQ_NEED_DOORBELL;
	fake->user->sq_tail = first_index;
	fake->user->cq_head = first_index;
	fake->user->cq_event = first_index;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	fake->peer = pair[1];
	err = dmaring_attach_(&fake->ring, fake->kern_region, kern_bytes, fake->user_region,
			      user_bytes);
	fake->ring.fd = pair[0];
	return err;
}

void ring_fake_destroy(struct ring_fake *fake)
{
	int i;

	close(fake->ring.fd);
	close(fake->peer);
	free(fake->kern_region);
	free(fake->user_region);
	for (i = 0; i < DMARING_POOLS_MAX; i++)
		free(fake->pool_memory[i]);
	pthread_mutex_destroy(&fake->ring.submission_lock);
	pthread_mutex_destroy(&fake->ring.completion_lock);
}

int ring_fake_add_pool(struct ring_fake *fake, __u32 buffers, __u64 buffer_bytes, __u64 stride)
{
	struct dmaring_pool pool = {
		.buffers = buffers,
		.index = fake->ring.pools,
		.buffer_bytes = buffer_bytes,
		.stride = stride,
		.bytes = (buffers * stride + 4095) / 4096 * 4096,
	};
	void *memory = zeroed(pool.bytes);
	int index = dmaring_attach_pool_(&fake->ring, &pool, memory);

	if (index < 0)
		free(memory);
	else
		fake->pool_memory[index] = memory;
	return index;
}

bool ring_fake_take(struct ring_fake *fake, struct dmaring_sqe *sqe)
{
	__u32 head = fake->kern->sq_head;

	/* B: sq_tail before the entries; pairs with A. */
	if (head == __atomic_load_n(&fake->user->sq_tail, __ATOMIC_ACQUIRE))
		return false;
	*sqe = fake->sqes[head & (fake->header->sq_entries - 1)];
	/* C: our copy before sq_head; pairs with D. */
	__atomic_store_n(&fake->kern->sq_head, head + 1, __ATOMIC_RELEASE);
	return true;
}

void ring_fake_post(struct ring_fake *fake, const struct dmaring_cqe *cqe)
{
	__u32 tail = fake->kern->cq_tail;

	/* H: cq_head before the slot is written again; pairs with G. */
	if (tail - __atomic_load_n(&fake->user->cq_head, __ATOMIC_ACQUIRE) >=
	    fake->header->cq_entries)
		abort();
	fake->cqes[tail & (fake->header->cq_entries - 1)] = *cqe;
	/* E: the entry before cq_tail; pairs with F. */
	__atomic_store_n(&fake->kern->cq_tail, tail + 1, __ATOMIC_RELEASE);
}

bool ring_fake_is_readable(const struct ring_fake *fake)
{
	return dmaring_index_ready(fake->kern->cq_tail,
				   __atomic_load_n(&fake->user->cq_head, __ATOMIC_RELAXED),
				   __atomic_load_n(&fake->user->cq_event, __ATOMIC_RELAXED),
				   fake->header->cq_entries);
}

bool ring_fake_must_wake(const struct ring_fake *fake)
{
	return dmaring_index_notify(fake->kern->cq_tail - 1, fake->kern->cq_tail,
				    __atomic_load_n(&fake->user->cq_head, __ATOMIC_RELAXED),
				    __atomic_load_n(&fake->user->cq_event, __ATOMIC_RELAXED),
				    fake->header->cq_entries);
}

int ring_fake_doorbells(struct ring_fake *fake)
{
	struct dmaring_doorbell record;
	ssize_t bytes;
	int n = 0;

	while ((bytes = recv(fake->peer, &record, sizeof(record), MSG_DONTWAIT | MSG_TRUNC)) > 0) {
		if (bytes != sizeof(record) || record.magic != DMARING_DOORBELL_MAGIC ||
		    record.flags)
			return -1;
		n++;
	}
	return n;
}
