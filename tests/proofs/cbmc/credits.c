// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Credits and the drain: submission.c as the module compiles it, against a peer
 * whose words are another at every load. What it calls is played by stubs.
 *
 * CBMC: -Ibuild/proofs/empty -Itests/fuzz --unwind 4 --unwindset words_copy.0:9
 */
#include "dma.h"
#include "peer.h"
#include "submission.c"
#include "claim.h"

#define SQ	2U		/* entries; the code depends on no more than their number */
#define REQUESTS_MAX	(SQ + 1)

static struct dmaring_ring ring;
static struct dmaring_user_control uctl;
static struct dmaring_kern_control kctl;
static struct dmaring_sqe sqes[SQ];
static struct dmaring_request requests[REQUESTS_MAX];
static struct dmaring_device device;
static unsigned int started;

void proofs_load(const volatile void *from, void *to, size_t bytes)
{
	if (from == &uctl.sq_tail || from == &uctl.sq_event ||
	    from == &uctl.cq_head || from == &uctl.cq_event) {
		*(u32 *)to = ANY(u32);
	} else if (from == &ring.cq_tail) {
		/* Completions are posted meanwhile, no more than are promised. */
		u32 by = ANY(u32);

		ASSUME(by <= ring.promised - ring.cq_tail);
		ring.cq_tail += by;
		*(u32 *)to = ring.cq_tail;
	} else if (bytes == sizeof(u64) && __CPROVER_POINTER_OBJECT(from) ==
					   __CPROVER_POINTER_OBJECT(sqes)) {
		*(u64 *)to = ANY(u64);
	}
}

void fuzz_lock(struct fuzz_lock *lock, bool sleeps) { (void)sleeps; lock->held = true; }
void fuzz_unlock(struct fuzz_lock *lock, bool sleeps) { (void)sleeps; lock->held = false; }

void fuzz_fail(const char *file, int line, const char *format, ...)
{
	ASSERT(0);
	ASSUME(0);
}

void trace_dmaring_submit(const struct dmaring_ring *r, const struct dmaring_sqe *sqe) { }
void trace_dmaring_drain(const struct dmaring_ring *r, unsigned int taken, bool blocked) { }
ktime_t ktime_get(void) { return 0; }
void dmaring_timeout_add(struct dmaring_ring *r, ktime_t deadline) { }
void dmaring_cyclic_refuse(struct dmaring_ring *r, unsigned int channel) { }
bool dmaring_list_validate(const struct dmaring_geometry *g, const struct dmaring_sqe *sqe)
{
	return false;	/* lists: entries.c */
}

int dmaring_sqe_validate(const struct dmaring_geometry *g, const struct dmaring_sqe *sqe,
			 const struct dmaring_segment *segments)
{
	return ANY(bool) ? 0 : -EINVAL;
}

void dmaring_request_init(struct dmaring_request *request, struct dmaring_ring *r)
{
	started++;
}

void dmaring_operation_start(struct dmaring_ring *r, struct dmaring_request *request,
			     struct list_head *done)
{
	if (request->sqe.opcode == DMARING_OP_FENCE && ANY(bool)) {
		request->state = DMARING_REQUEST_QUEUED;
		ring.fence = request;
	}
}

/* Any state that a ring can be in. */
static void ring_any(void)
{
	unsigned int order = ANY(unsigned int), i;

	ASSUME(order >= 3 && order <= 16);
	ring.cq_entries = 1U << order;
	ring.sq_entries = SQ;
	ring.uctl = &uctl;
	ring.kctl = &kctl;
	ring.sqes = sqes;
	ring.device = &device;
	ring.cq_head = &uctl.cq_head;
	ring.cq_event = &uctl.cq_event;
	ring.cq_tail = ANY(u32);
	ring.promised = ANY(u32);
	ring.sq_head = ANY(u32);
	ring.cq_flags = ANY(u32);
	ring.geometry.channels = 1;
	ASSUME(ring.promised - ring.cq_tail <= ring.cq_entries);
	ring.spare = NULL;
	for (i = 0; i < REQUESTS_MAX; i++) {
		requests[i].free = ring.spare;
		ring.spare = &requests[i];
	}
}

/* CLAIM credits_are_slots: whatever the user says of its cq_head, no more completions are promised than there are slots */
void credits_are_slots(void)
{
	u32 room;

	ring_any();
	room = credits(&ring);
	ASSERT(room <= ring.cq_entries);
	ASSERT(ring.promised + room - ring.cq_tail <= ring.cq_entries);
	REACHED();
}
