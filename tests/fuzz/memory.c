// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the driver shares with its peers. USER is poisoned: only fuzz_load() gets
 * at it, after the peer has had its chance to change the word. So are the
 * control lines of KERN, which the driver may store to and not load.
 *
 * Here is also counted what the driver takes in: each byte of an entry is loaded
 * once, and each entry that it says to have taken is one that it has loaded.
 */
#include <sanitizer/asan_interface.h>
#include "fuzz.h"

#define RAW __attribute__((no_sanitize("address"), noinline))

struct peer peers[PEERS];
static struct dmaring_cqe traced;
static bool tracing;

void memory_reset(void)
{
	tracing = false;
}

/* memcpy() would be looked into. */
static RAW void raw_copy(volatile void *to, const volatile void *from, size_t bytes)
{
	volatile char *t = to;
	const volatile char *f = from;

	switch (bytes) {
	case 8:
		*(volatile u64 *)t = *(const volatile u64 *)f;
		break;
	case 4:
		*(volatile u32 *)t = *(const volatile u32 *)f;
		break;
	default:
		while (bytes--)
			*t++ = *f++;
	}
}

struct peer *peer_of(const struct dmaring_ring *ring)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++) {
		if (peers[i].ring == ring)
			return &peers[i];
	}
	return NULL;
}

/* ----------------------------------------------------------- the regions */

static struct peer *region_peer(const struct dmaring_region *region, bool *user)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++) {
		struct dmaring_ring *ring = peers[i].ring;

		if (!ring || (region != &ring->user && region != &ring->kern))
			continue;
		*user = region == &ring->user;
		return &peers[i];
	}
	fuzz_fail(__FILE__, __LINE__, "a region of nobody");
}

int dmaring_region_alloc(struct dmaring_region *region, size_t bytes)
{
	bool user;
	struct peer *peer = region_peer(region, &user);

	FUZZ_ASSERT(bytes && !(bytes & (PAGE_SIZE - 1)));
	region->address = fuzz_alloc(1, bytes, GFP_KERNEL);
	if (!region->address)
		return -ENOMEM;
	region->count = bytes >> PAGE_SHIFT;
	if (user) {
		peer->user = region->address;
		peer->user_bytes = bytes;
	} else {
		peer->kern = region->address;
		peer->kern_bytes = bytes;
	}
	return 0;
}

void dmaring_region_free(struct dmaring_region *region)
{
	bool user;
	struct peer *peer = region_peer(region, &user);

	if (region->address) {
		__asan_unpoison_memory_region(region->address, region->count << PAGE_SHIFT);
		/* The header is constant. */
		if (!user && peer->active)
			FUZZ_ASSERT(!memcmp(region->address, &peer->header, sizeof(peer->header)));
		fuzz_free(region->address);
	}
	if (user)
		peer->user = NULL;
	else
		peer->kern = NULL;
	memset(region, 0, sizeof(*region));
}

/* SETUP is over: from now on there is somebody else. */
void memory_shared(struct peer *peer)
{
	const struct dmaring_header *header = (void *)peer->kern;
	struct dmaring_ring *ring = peer->ring;

	peer->header = *header;
	peer->sqes = header->sqes;
	peer->segments = header->segments;
	peer->user_control = header->user_control;
	peer->user_streams = header->user_streams;
	peer->sq_entries = header->sq_entries;
	peer->cq_entries = header->cq_entries;
	peer->segment_entries = header->segment_entries;
	FUZZ_ASSERT(peer->sq_entries <= SQ_MAX && peer->cq_entries <= CQ_MAX &&
		    peer->segment_entries <= SEGMENTS_MAX);
	FUZZ_ASSERT(header->kern_bytes == peer->kern_bytes &&
		    header->user_bytes == peer->user_bytes);
	peer->sq_head = ring->kctl->sq_head;
	peer->cq_tail = ring->kctl->cq_tail;
	peer->active = true;
	__asan_poison_memory_region(peer->user, peer->user_bytes);
	__asan_poison_memory_region(peer->kern + header->kern_control,
				    sizeof(struct dmaring_kern_control));
	__asan_poison_memory_region(peer->kern + header->kern_streams,
				    header->channels * sizeof(struct dmaring_kern_stream));
}

/* The ring is gone; what it had taken in was to be completed before. */
void memory_freed(const void *p)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++) {
		if (peers[i].ring == p) {
			FUZZ_ASSERT(!peers[i].outstanding && peers[i].closing);
			peers[i].ring = NULL;
			peers[i].active = false;
		}
	}
}

void poke(struct peer *peer, size_t offset, const void *from, size_t bytes)
{
	FUZZ_ASSERT(offset + bytes <= peer->user_bytes);
	raw_copy(peer->user + offset, from, bytes);
}

u32 peek(struct peer *peer, size_t offset)
{
	u32 value;

	raw_copy(&value, peer->user + offset, sizeof(value));
	return value;
}

u32 peek_kern(const u32 *word)
{
	u32 value;

	raw_copy(&value, word, sizeof(value));
	return value;
}

u64 peek_kern64(const __u64 *word)
{
	u64 value;

	raw_copy(&value, word, sizeof(value));
	return value;
}

/* ------------------------------------------------- what the driver loads */

/* The peer strikes between two of the driver's accesses. */
static void strike(struct peer *peer, size_t offset, size_t bytes)
{
	u8 kind = surprise_byte(), byte;
	unsigned int i;

	peer->relies = false;
	peer->armed = false;
	switch (kind % 6) {
	case 0:
		i = surprise_byte() % bytes;
		raw_copy(&byte, peer->user + offset + i, 1);
		byte ^= surprise_byte() | 1;
		poke(peer, offset + i, &byte, 1);
		break;
	case 1:
		entry_write(peer, surprise_byte(), surprise_byte);
		break;
	case 2:
		for (i = 0; i < bytes; i++) {
			byte = surprise_byte();
			poke(peer, offset + i, &byte, 1);
		}
		break;
	default:
		word_write(peer, surprise_byte);
	}
}

static bool between(size_t offset, size_t start, size_t bytes)
{
	return offset - start < bytes;
}

/*
 * At the last moment the peer gives each entry a name of its own, so that
 * completions can be told apart; those called 0 keep that. A CANCEL finds the name
 * of what it was to take back.
 */
static void entry_name(struct peer *peer, const struct image *image, size_t at, u64 *value)
{
	struct expectation *e;

	if (at == offsetof(struct dmaring_sqe, user_data) && *value & 31)
		*value = (*value & 31) | ++peer->serial << 5;
	if (at != offsetof(struct dmaring_sqe, target) || !(*value & 31) ||
	    image->sqe.opcode != DMARING_OP_CANCEL)
		return;
	list_for_each_entry(e, &peer->expected, node) {
		if ((e->sqe.user_data & 31) == (*value & 31)) {
			*value = e->sqe.user_data;
			break;
		}
	}
}

static void entry_loaded(struct peer *peer, size_t at, void *value, size_t bytes)
{
	unsigned int slot = at / sizeof(struct dmaring_sqe), i;
	struct image *image = peer->images + (peer->copied ? peer->copied - 1 : 0);

	FUZZ_ASSERT(machine_locked(&peer->ring->sq_lock));
	at %= sizeof(struct dmaring_sqe);
	if (!peer->copied || image->loaded == ~0ULL) {
		/* The next one, and in order. */
		FUZZ_ASSERT(peer->copied <= peer->sq_entries);
		image = &peer->images[peer->copied];
		memset(image, 0, sizeof(*image));
		image->index = peer->sq_head + peer->copied++;
	}
	FUZZ_ASSERT(slot == (image->index & (peer->sq_entries - 1)));
	FUZZ_ASSERT(at + bytes <= sizeof(image->sqe));
	for (i = 0; i < bytes; i++) {
		/* Once is all there is. */
		FUZZ_ASSERT(!(image->loaded >> (at + i) & 1));
		image->loaded |= 1ULL << (at + i);
	}
	if (bytes == sizeof(u64))
		entry_name(peer, image, at, value);
	memcpy((char *)&image->sqe + at, value, bytes);
}

static void segment_loaded(struct peer *peer, size_t at, const void *value, size_t bytes)
{
	struct image *image = peer->images + (peer->copied ? peer->copied - 1 : 0);
	unsigned int i;

	FUZZ_ASSERT(machine_locked(&peer->ring->sq_lock) && peer->copied);
	FUZZ_ASSERT(image->loaded == ~0ULL);
	for (i = 0; i < bytes; i++)
		FUZZ_ASSERT(!image->segment_loads[at + i]++);
	memcpy((char *)image->segments + at, value, bytes);
}

static void control_loaded(struct peer *peer, size_t at, const void *value)
{
	switch (at) {
	case offsetof(struct dmaring_user_control, cq_head):
		/* The first of a hold of sq_lock is the one that decides. */
		if (!peer->head_known && machine_locked(&peer->ring->sq_lock)) {
			memcpy(&peer->head_loaded, value, sizeof(peer->head_loaded));
			peer->head_known = true;
		}
		break;
	case offsetof(struct dmaring_user_control, sq_tail):
	case offsetof(struct dmaring_user_control, sq_event):
	case offsetof(struct dmaring_user_control, cq_event):
	case offsetof(struct dmaring_user_control, cq_flags):
		break;
	default:
		fuzz_fail(__FILE__, __LINE__, "word %zu of the control lines is nobody's", at);
	}
}

static void user_load(struct peer *peer, void *to, size_t offset, size_t bytes)
{
	struct dmaring_ring *ring = peer->ring;

	FUZZ_ASSERT(offset + bytes <= peer->user_bytes && !(offset & (bytes - 1)));
	if (surprise_due())
		strike(peer, offset, bytes);
	raw_copy(to, peer->user + offset, bytes);
	if (between(offset, peer->sqes, peer->sq_entries * sizeof(struct dmaring_sqe)))
		entry_loaded(peer, offset - peer->sqes, to, bytes);
	else if (between(offset, peer->segments,
			 peer->segment_entries * sizeof(struct dmaring_segment)))
		segment_loaded(peer, offset - peer->segments, to, bytes);
	else if (between(offset, peer->user_control, sizeof(struct dmaring_user_control)))
		control_loaded(peer, offset - peer->user_control, to);
	else
		FUZZ_ASSERT(between(offset, peer->user_streams, ring->geometry.channels *
				    sizeof(struct dmaring_user_stream)) &&
			    !((offset - peer->user_streams) % sizeof(struct dmaring_user_stream)));
}

void fuzz_load(void *to, const volatile void *from, size_t bytes)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++) {
		struct peer *peer = &peers[i];

		if (!peer->active || !peer->ring)
			continue;
		if (between((size_t)from, (size_t)peer->user, peer->user_bytes)) {
			user_load(peer, to, (u8 *)from - peer->user, bytes);
			return;
		}
		if (between((size_t)from, (size_t)peer->kern, peer->kern_bytes))
			fuzz_fail(__FILE__, __LINE__, "KERN is read back");
	}
	memcpy(to, (const void *)from, bytes);
}

/* ------------------------------------------------ what the driver stores */

static bool is_data(u8 opcode)
{
	return opcode == DMARING_OP_SEND || opcode == DMARING_OP_RECEIVE ||
	       opcode == DMARING_OP_COPY || opcode == DMARING_OP_INTERLEAVED;
}

/* The driver says to have taken entries: are they those that it has copied? */
static void entries_taken(struct peer *peer, u32 head)
{
	struct dmaring_ring *ring = peer->ring;
	u32 n = head - peer->sq_head, i, valid = 0;

	FUZZ_ASSERT(machine_locked(&ring->sq_lock));
	/* One more than it takes may be looked at, and put back. */
	FUZZ_ASSERT(n && n <= peer->copied && peer->copied - n <= 1);
	for (i = 0; i < n; i++) {
		struct image *image = &peer->images[i];
		struct expectation *expectation = malloc(sizeof(*expectation));
		u32 promised = ring->promised - n + i;

		FUZZ_ASSERT(image->loaded == ~0ULL);
		/* It had a completion slot, and the head made sense. */
		if (peer->head_known)
			FUZZ_ASSERT(peer->cq_tail - peer->head_loaded <= peer->cq_entries &&
				    promised - peer->head_loaded < peer->cq_entries -
				    (is_data(image->sqe.opcode) ? DMARING_CONTROL_SLOTS : 0));
		expectation->sqe = image->sqe;
		expectation->valid = judge_entry(ring, image);
		if (expectation->valid) {
			/* Accepted, and it is what was loaded. */
			FUZZ_ASSERT(valid < peer->submitted &&
				    !memcmp(&peer->submissions[valid], &image->sqe,
					    sizeof(image->sqe)));
			valid++;
		}
		list_add_tail(&expectation->node, &peer->expected);
		peer->outstanding++;
	}
	/* And nothing else was. */
	FUZZ_ASSERT(valid == peer->submitted);
	peer->submitted = 0;
	peer->sq_head = head;
}

static void completion_published(struct peer *peer, u32 tail)
{
	struct dmaring_ring *ring = peer->ring;
	const struct dmaring_cqe *cqe = (void *)(peer->kern + peer->header.cqes);

	cqe += peer->cq_tail & (peer->cq_entries - 1);
	FUZZ_ASSERT(tail == peer->cq_tail + 1);
	/* Each was promised its slot, and no slot was promised twice. */
	FUZZ_ASSERT((s32)(ring->promised - tail) >= 0 &&
		    ring->promised - tail < peer->cq_entries);
	if (cqe->flags & DMARING_CQE_EVENT) {
		FUZZ_ASSERT(machine_locked(&ring->sq_lock));
		if (peer->head_known)
			FUZZ_ASSERT(ring->promised - peer->head_loaded <=
				    peer->cq_entries - DMARING_CONTROL_SLOTS);
		peer->notices++;
	} else {
		FUZZ_ASSERT(tracing && traced.user_data == cqe->user_data &&
			    traced.res == cqe->res && traced.flags == cqe->flags &&
			    traced.opcode == cqe->opcode && !cqe->reserved0 && !cqe->reserved1);
		tracing = false;
		peer->completions++;
	}
	peer->cq_tail = tail;
}

void fuzz_store(volatile void *to, const void *from, size_t bytes)
{
	unsigned int i;
	u32 value;

	for (i = 0; i < PEERS; i++) {
		struct peer *peer = &peers[i];
		struct dmaring_kern_control *control;

		if (!peer->active || !peer->ring)
			continue;
		if (between((size_t)to, (size_t)peer->user, peer->user_bytes))
			fuzz_fail(__FILE__, __LINE__, "USER is written to");
		if (!between((size_t)to, (size_t)peer->kern, peer->kern_bytes))
			continue;
		control = (void *)(peer->kern + peer->header.kern_control);
		memcpy(&value, from, bytes < sizeof(value) ? bytes : sizeof(value));
		if (to == &control->sq_head)
			entries_taken(peer, value);
		else if (to == &control->cq_tail)
			completion_published(peer, value);
		raw_copy(to, from, bytes);
		return;
	}
	memcpy((void *)to, from, bytes);
}

void memory_locked(const struct fuzz_lock *lock)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++) {
		if (!peers[i].ring || lock != &peers[i].ring->sq_lock)
			continue;
		peers[i].copied = 0;
		peers[i].submitted = 0;
		peers[i].head_known = false;
	}
}

void memory_unlocked(const struct fuzz_lock *lock)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++) {
		/* What was accepted was said to be taken. */
		if (peers[i].ring && lock == &peers[i].ring->sq_lock && peers[i].active)
			FUZZ_ASSERT(!peers[i].submitted &&
				    peers[i].ring->sq_head == peers[i].sq_head);
	}
}

/* ---------------------------------------------------------- trace events */

void trace_dmaring_submit(const struct dmaring_ring *ring, const struct dmaring_sqe *sqe)
{
	const struct dmaring_request *request = container_of(sqe, struct dmaring_request, sqe);
	struct peer *peer = peer_of(ring);
	size_t i = request - ring->requests;
	struct accepted *accepted;

	FUZZ_ASSERT(peer && i < peer->cq_entries && peer->submitted <= SQ_MAX);
	peer->submissions[peer->submitted++] = *sqe;
	accepted = &peer->accepted[i];
	accepted->live = true;
	accepted->sqe = peer->images[peer->copied - 1].sqe;
	memcpy(accepted->segments, peer->images[peer->copied - 1].segments,
	       sizeof(accepted->segments));
	accepted->taken = 0;
	if (sqe->opcode == DMARING_OP_CYCLIC_START)
		peer->streamed[sqe->channel] = true;
}

/*
 * A FENCE or ABORT that went well has waited for what was taken before it: on all
 * channels, or on its own. There what had nothing to wait for itself (an ABORT of
 * an idle channel; for an ABORT, a FENCE) may still be on its way, in another thread.
 */
static void order_judge(const struct peer *peer, const struct expectation *last)
{
	const struct dmaring_sqe *sqe = &last->sqe;
	struct expectation *e;

	list_for_each_entry(e, &peer->expected, node) {
		bool waits = is_data(e->sqe.opcode) ||
			     e->sqe.opcode == DMARING_OP_CYCLIC_START ||
			     (e->sqe.opcode == sqe->opcode && sqe->opcode == DMARING_OP_FENCE);
		bool elsewhere = !waits || e->sqe.channel != sqe->channel || !e->valid;

		if (e == last)
			break;
		FUZZ_ASSERT(elsewhere && sqe->channel != DMARING_CHANNEL_ALL);
	}
}

void trace_dmaring_complete(const struct dmaring_ring *ring, const struct dmaring_cqe *cqe)
{
	const u32 lengths = DMARING_CQE_LEN_EXACT | DMARING_CQE_LEN_UPPER_BOUND |
			    DMARING_CQE_LEN_UNKNOWN;
	struct expectation *e, *found = NULL;
	struct peer *peer = peer_of(ring);

	FUZZ_ASSERT(peer && !tracing);
	list_for_each_entry(e, &peer->expected, node) {
		bool refused = cqe->res == -EINVAL || (cqe->res == -EOPNOTSUPP && !e->valid);

		if (e->sqe.user_data != cqe->user_data || e->sqe.opcode != cqe->opcode ||
		    e->sqe.channel != cqe->channel || e->sqe.pool != cqe->pool ||
		    e->sqe.buffer != cqe->buffer || e->sqe.offset != cqe->offset ||
		    e->valid == refused)
			continue;
		found = e;
		break;
	}
	/* Each entry has one completion, and no completion is without one. */
	FUZZ_ASSERT(found);
	if (is_data(cqe->opcode)) {
		FUZZ_ASSERT(__builtin_popcount(cqe->flags & lengths) == 1);
		FUZZ_ASSERT(!(cqe->flags & DMARING_CQE_LEN_EXACT) || !(cqe->user_data & 31) ||
			    cqe->bytes <= found->sqe.bytes);
	} else {
		FUZZ_ASSERT(!(cqe->flags & lengths));
	}
	if (!cqe->res && (cqe->opcode == DMARING_OP_FENCE || cqe->opcode == DMARING_OP_ABORT))
		order_judge(peer, found);
	if (is_data(cqe->opcode) && found->valid) {
		FUZZ_ASSERT(!cqe->blocks_lost ||
			    ring->queue[cqe->channel].channel->flags & DMARING_LOSS_EXACT);
		peer->blocks[cqe->channel] += !cqe->res;
		peer->lost[cqe->channel] += cqe->blocks_lost;
	}
	list_del(&found->node);
	free(found);
	peer->outstanding--;
	traced = *cqe;
	tracing = true;
}

void trace_dmaring_issue(const struct dmaring_channel *channel, u64 user_data, u32 bytes,
			 int cookie)
{
	(void)channel;
	(void)user_data;
	FUZZ_ASSERT(bytes || cookie < 0);
}

void trace_dmaring_drain(const struct dmaring_ring *ring, unsigned int taken, bool blocked)
{
	(void)blocked;
	FUZZ_ASSERT(taken <= ring->sq_entries + 32);
}

void trace_dmaring_wake(const struct dmaring_ring *ring, u32 events)
{
	(void)ring;
	FUZZ_ASSERT(events);
}

void trace_dmaring_stop(const struct dmaring_channel *channel, bool stopped)
{
	(void)channel;
	(void)stopped;
}
