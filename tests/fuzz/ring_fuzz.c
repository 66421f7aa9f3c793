// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two hostile peers, one driver. The input is what they, the engines and the
 * scheduler do; see input.c for its two ends.
 *
 * A run ends in order: all rings are closed, or the device is removed before,
 * and then nothing may be left.
 */
#include "fuzz.h"
#include "stream.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

static struct dmaring_device device_storage;
struct dmaring_device *device = &device_storage;
struct dmaring_channel *channels[CHANNELS];
static const struct dmaring_quirk quirk = { .window = 4 };
static bool refused_once;

/* No byte streams here. */
void dmaring_stream_complete(struct dmaring_request *request)
{
	(void)request;
	fuzz_fail(__FILE__, __LINE__, "a block of no stream");
}

void dmaring_streams_abort(struct dmaring_ring *ring)
{
	(void)ring;
}

void dmaring_streams_close(struct dmaring_ring *ring)
{
	(void)ring;
}

void dmaring_streams_free(struct dmaring_ring *ring)
{
	(void)ring;
}

/* Nor a thread that polls: peer_call() does what it would. */
int dmaring_poller_get(struct dmaring_device *of)
{
	(void)of;
	return 0;
}

void dmaring_poller_put(struct dmaring_device *of)
{
	(void)of;
}

void dmaring_poller_add(struct dmaring_ring *ring)
{
	(void)ring;
}

void dmaring_poller_remove(struct dmaring_ring *ring)
{
	(void)ring;
}

void dmaring_poller_wake(struct dmaring_ring *ring)
{
	(void)ring;
}

/* No limit of the user's either. */
struct dmaring_account *dmaring_account_charge(kuid_t uid, u64 bytes)
{
	(void)uid;
	(void)bytes;
	return NULL;
}

void dmaring_account_uncharge(struct dmaring_account *account, u64 bytes)
{
	(void)account;
	(void)bytes;
}

int dmaring_channel_claim(struct dmaring_channel *channel, struct dmaring_ring *ring)
{
	int ret;

	FUZZ_ASSERT(machine_locked(&device->lock.dep_map));
	if (channel->owner)
		return -EBUSY;
	ret = dmaring_channel_revive(channel);
	if (ret)
		return ret;
	channel->rings++;
	if (!dmaring_channel_shared(channel))
		channel->owner = ring;
	return 0;
}

void dmaring_channel_unclaim(struct dmaring_channel *channel, struct dmaring_ring *ring)
{
	FUZZ_ASSERT(channel->rings--);
	if (channel->owner == ring) {
		channel->owner = NULL;
		channel->starved_since = 0;
		channel->sequence.numbered = false;
		channel->sequence.unnumbered = 0;
	}
}

/* As dmaring_channel_request() does with what dmaengine says. */
static struct dmaring_channel *channel_make(unsigned int index, u8 how)
{
	static const u32 kinds[] = {
		DMARING_CHANNEL_SEND, DMARING_CHANNEL_RECEIVE, DMARING_CHANNEL_COPY,
	};
	struct dmaring_channel *channel = fuzz_alloc(1, sizeof(*channel), 0);
	size_t piece = dmaring_memory_chunk_bytes(NULL);
	struct dma_slave_caps caps = {
		.residue_granularity = how & 1 ? DMA_RESIDUE_GRANULARITY_BURST :
						 DMA_RESIDUE_GRANULARITY_SEGMENT,
	};
	u32 alignment = 1U << (how >> 5 & 3);
	unsigned int i;

	channel->frame = fuzz_alloc(1, struct_size(channel->frame, sgl, 1), 0);
	channel->device = device;
	channel->index = index;
	channel->kind = kinds[index];
	channel->dma = engine_channel(index);
	channel->dma->device->device_prep_dma_cyclic = channel->dma;
	channel->dma_dev = channel->dma->device->dev;
	channel->quirk = &quirk;
	if (dmaring_channel_shared(channel))
		channel->flags |= DMARING_SHARED;
	if (how & 2)
		channel->flags |= DMARING_LEN_KNOWN;
	channel->window = 1 + (how >> 2 & 3);
	channel->one_by_one = how & 0x10;
	channel->boundary_mask = fuzz_boundary_mask;
	channel->segment_bytes_max = fuzz_segment_bytes - fuzz_segment_bytes % alignment;
	piece = min_t(size_t, piece, rounddown_pow_of_two(channel->segment_bytes_max));
	piece = min_t(u64, piece - 1, channel->boundary_mask) + 1;
	channel->geometry.kind = channel->kind;
	channel->geometry.operations = BIT(DMARING_OP_NOP) | BIT(DMARING_OP_FENCE) |
				       BIT(DMARING_OP_CANCEL) | BIT(DMARING_OP_ABORT) |
				       BIT(DMARING_OP_SEND + index);
	if (dma_has_cap(DMA_INTERLEAVE, channel->dma->device->cap_mask))
		channel->geometry.operations |= BIT(DMARING_OP_INTERLEAVED);
	channel->geometry.alignment = alignment;
	channel->geometry.piece_bytes = piece;
	channel->geometry.segment_bytes = channel->segment_bytes_max;
	channel->bytes_max = dmaring_channel_shared(channel) ? U32_MAX :
			     min_t(u64, U32_MAX, dmaring_pieces_bytes(piece));
	spin_lock_init(&channel->lock);
	INIT_LIST_HEAD(&channel->ready);
	INIT_LIST_HEAD(&channel->drain);
	INIT_LIST_HEAD(&channel->issued);
	INIT_LIST_HEAD(&channel->held);
	init_waitqueue_head(&channel->idle);
	hrtimer_setup(&channel->retry, dmaring_channel_retry, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&channel->cyclic.timer, dmaring_cyclic_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	INIT_WORK(&channel->drain_work, dmaring_channel_drain_work);
	INIT_WORK(&channel->stop_work, dmaring_channel_stop_work);
	dmaring_watch_init(channel);
	for (i = 0; i < DMARING_SLOTS; i++)
		channel->free_slot[channel->free_slots++] = DMARING_SLOTS - 1 - i;
	FUZZ_ASSERT(!dmaring_sequence_init(channel));
	dmaring_cyclic_init(channel, &caps);
	FUZZ_ASSERT(!dmaring_ticket_register(channel));
	device->channel[index] = channel;
	device->channels++;
	return channel;
}

static struct dmaring_pool pool_shape(u8 how)
{
	struct dmaring_pool pool = {
		.buffers = 1 + (how & 3) * 2,
		.buffer_bytes = how & 4 ? 100 + how : (how & 8 ? 4096 : 1024),
		.kind = DMARING_POOL_DEFAULT,
	};

	if ((how & 0xf0) == 0xf0)
		pool.buffer_bytes = 100000;
	if (how & 0x10) {
		pool.flags = DMARING_POOL_CONTIGUOUS;
		pool.buffers = 4;
		pool.buffer_bytes = how & 0x20 ? 4096 : 256;
	}
	return pool;
}

/* As ring-spec.md says: 128 bytes, or pages, from one buffer to the next. */
static u64 stride_of(const struct dmaring_pool *pool)
{
	return ALIGN(pool->buffer_bytes, pool->buffer_bytes < PAGE_SIZE ? 128 : PAGE_SIZE);
}

static void ring_open(struct peer *peer)
{
	unsigned int number = peer - peers;
	struct dmaring_setup setup = {};
	u8 how = input_byte(), failing = input_byte();

	memset(peer, 0, sizeof(*peer));
	INIT_LIST_HEAD(&peer->expected);
	setup.sq_entries = 2U << (how & 1 ? 2 : how >> 1 & 1);
	setup.cq_entries = setup.sq_entries << (1 + (how >> 2 & 1));
	setup.segment_entries = (how >> 3 & 3) * 5;
	setup.coalesce_us = how & 0x20 ? 50 : 0;
	setup.flags = how & 0x80 ? DMARING_SETUP_POLLER : 0;
	/* The first has all channels, the other what can be shared. */
	setup.channels = number ? 1 : 3;
	for (u32 i = 0; i < setup.channels; i++)
		setup.channel[i] = number ? 2 : i;
	if (how & 0x40) {
		setup.pool = pool_shape(input_byte());
		peer->stride[0] = stride_of(&setup.pool);
		engine_pool_begins(peer, 0);
	}
	machine_fail_allocation(failing >= 0xc0 ? failing - 0xbf : 0);
	peer->ring = dmaring_ring_create(device);
	if (!peer->ring) {
		machine_fail_allocation(0);
		return;
	}
	mutex_lock(&peer->ring->setup_lock);
	if (!dmaring_ring_setup(peer->ring, &setup)) {
		/* Now and then the answer finds no way to the peer. */
		dmaring_ring_settle(peer->ring, failing >> 2 != 0xbc >> 2);
		if (peer->ring->active)
			memory_shared(peer);
		FUZZ_ASSERT(!(how & 0x40) || setup.pool.stride == peer->stride[0]);
	}
	mutex_unlock(&peer->ring->setup_lock);
	machine_fail_allocation(0);
}

static void pool_add(struct peer *peer)
{
	struct dmaring_pool pool = pool_shape(input_byte());
	struct dmaring_ring *ring = peer->ring;
	u64 stride = stride_of(&pool);

	if (ring->geometry.pools >= 4)
		return;
	engine_pool_begins(peer, ring->geometry.pools);
	mutex_lock(&ring->setup_lock);
	/* A drain may use it before this one returns. */
	peer->stride[ring->geometry.pools] = stride;
	if (!dmaring_ring_add_pool(ring, &pool)) {
		FUZZ_ASSERT(pool.stride == stride);
		dmaring_ring_settle_pool(ring, true);
	}
	mutex_unlock(&ring->setup_lock);
}

/* The peer submits as it should, but for what it submits: true if it has to ring. */
static bool entries_publish(struct peer *peer, unsigned int n, u8 (*next)(void))
{
	u32 place = peer->user_control + offsetof(struct dmaring_user_control, sq_tail);
	u32 tail = peek(peer, place), room = peer->sq_entries - (tail - peer->sq_head);

	if (room > peer->sq_entries)
		return true;
	for (n = min(n, room); n; n--)
		entry_write(peer, tail++, next);
	poke(peer, place, &tail, sizeof(tail));
	peer->relies = !(peek_kern(&peer->ring->kctl->sq_flags) & DMARING_SQ_NEED_DOORBELL);
	return !peer->relies;
}

/* It takes what has completed, and asks to be woken for the next but @later. */
static void completions_take(struct peer *peer, u8 how)
{
	u32 place = peer->user_control + offsetof(struct dmaring_user_control, cq_head);
	u32 head = peek(peer, place), event, ready = peer->cq_tail - head;

	if (ready > peer->cq_entries)
		return;
	head += how & 0x80 ? ready : (how & 0x7f) % (ready + 1);
	poke(peer, place, &head, sizeof(head));
	event = head + (how & 3);
	place = peer->user_control + offsetof(struct dmaring_user_control, cq_event);
	poke(peer, place, &event, sizeof(event));
	/* Fence L, and one more look. */
	peer->armed = event - head >= peer->cq_tail - head;
	peer->wakes = peer->ring->wait.wakes;
}

static void ring_abort_channel(struct dmaring_ring *ring, u8 channel)
{
	LIST_HEAD(done);

	dmaring_queue_abort(&ring->queue[channel % ring->geometry.channels], NULL, &done);
	dmaring_requests_finish(&done);
	dmaring_ring_drain(ring);
}

static void ring_position(struct dmaring_ring *ring, u8 channel)
{
	struct dmaring_position position = {};

	if (!machine_nested())
		dmaring_cyclic_position(&ring->queue[channel % ring->geometry.channels], &position);
}

/* What a system call of a peer may do at any time, in any thread. */
static void peer_call(struct peer *peer, u8 call, u8 (*next)(void))
{
	struct dmaring_ring *ring = peer->ring;

	if (!ring || !peer->active || peer->closing)
		return;
	switch (call % 8) {
	case 0:
		peer->relies = false;
		dmaring_ring_drain(ring);
		break;
	case 1:
		if (!(ring->flags & DMARING_SETUP_POLLER))
			break;
		/* It lets go of every ring that has come to its end. */
		dmaring_ring_set_polled(ring, next() & 1 && !ring->dead && !ring->broken);
		break;
	case 2:
		dmaring_ring_readable(ring);
		break;
	case 3:
		dmaring_ring_writable(ring);
		break;
	case 4:
		/* It may have to wait for the timer, which may be what runs below. */
		if (!machine_nested())
			dmaring_ring_set_coalesce(ring, next() & 1 ? 70 : 0);
		break;
	case 5:
		ring_abort_channel(ring, next());
		break;
	case 6:
		ring_position(ring, next());
		break;
	default:
		machine_eventfd();
	}
}

/* In between: an interrupt, another processor, another thread. */
static void surprise(void)
{
	u8 what = surprise_byte();
	struct peer *peer = &peers[what >> 3 & 1];

	switch (what % 8) {
	case 0:
	case 1:
		engine_complete(what >> 4 & 3 ? (what >> 4 & 3) - 1 : 0, surprise_byte(), 0);
		break;
	case 2:
		machine_work(what >> 3, false);
		break;
	case 3:
		machine_timer(what >> 3);
		break;
	case 4:
		engine_stray((what >> 3) % CHANNELS, what >> 5);
		break;
	case 5:
		if (!peer->active || !peer->ring || peer->closing)
			break;
		if (what & 0x10)
			word_write(peer, surprise_byte);
		else if (entries_publish(peer, 1 + (what >> 5), surprise_byte))
			peer_call(peer, 0, surprise_byte);
		break;
	default:
		peer_call(peer, what >> 4, surprise_byte);
	}
}

static void ring_eventfds(struct peer *peer, u8 how)
{
	struct dmaring_ring *ring = peer->ring;

	mutex_lock(&ring->setup_lock);
	if (how & 1)
		how & 2 ? dmaring_eventfd_set(ring, 0) : dmaring_eventfd_clear(ring);
	if (how & 4)
		how & 8 ? dmaring_doorbell_set(ring, 0) : dmaring_doorbell_clear(ring);
	mutex_unlock(&ring->setup_lock);
}

static void ring_close(struct peer *peer)
{
	if (!peer->ring || peer->closing)
		return;
	peer->closing = true;
	dmaring_ring_close(peer->ring);
}

/* As device_remove() does. */
static void device_unplug(void)
{
	struct dmaring_ring *ring;
	unsigned int i;

	mutex_lock(&device->lock);
	device->gone = true;
	list_for_each_entry(ring, &device->rings, list)
		dmaring_ring_vanish(ring);
	mutex_unlock(&device->lock);
	for (i = 0; i < CHANNELS; i++) {
		spin_lock_irq(&channels[i]->lock);
		channels[i]->gone = true;
		spin_unlock_irq(&channels[i]->lock);
		dmaring_channel_stop(channels[i]);
	}
	mutex_lock(&device->lock);
	list_for_each_entry(ring, &device->rings, list)
		dmaring_ring_unmap(ring);
	mutex_unlock(&device->lock);
	for (i = 0; i < CHANNELS; i++) {
		spin_lock_irq(&channels[i]->lock);
		channels[i]->released = true;
		spin_unlock_irq(&channels[i]->lock);
		dmaring_ticket_unregister(channels[i]);
		hrtimer_cancel(&channels[i]->retry);
		hrtimer_cancel(&channels[i]->cyclic.timer);
		cancel_work_sync(&channels[i]->drain_work);
		cancel_work_sync(&channels[i]->stop_work);
		dmaring_watch_end(channels[i]);
	}
}

static void everything_judge(void)
{
	unsigned int i;

	engine_check();
	for (i = 0; i < PEERS; i++)
		judge_ring(&peers[i]);
	if (!machine_idle())
		return;
	for (i = 0; i < PEERS; i++)
		judge_quiet(&peers[i]);
}

static void command(void)
{
	u8 what = input_byte();
	struct peer *peer = &peers[what >> 7];
	bool active = peer->ring && peer->active && !peer->closing;

	switch (what & 15) {
	case 0:
	case 1:
		if (active && entries_publish(peer, 1 + (what >> 4 & 7), input_byte))
			peer_call(peer, 0, input_byte);
		break;
	case 2:
		if (active)
			entries_publish(peer, 1 + (what >> 4 & 7), input_byte);
		break;
	case 3:
		if (active)
			completions_take(peer, input_byte());
		break;
	case 4:
		if (active)
			word_write(peer, input_byte);
		break;
	case 5:
	case 6:
	case 7:
		engine_complete((what >> 4) % CHANNELS, input_byte(), input_byte());
		break;
	case 8:
		machine_work(what >> 4, true);
		break;
	case 9:
		machine_settle();
		break;
	case 10:
		machine_timer(what >> 4);
		break;
	case 11:
		peer_call(peer, what >> 4, input_byte);
		break;
	case 12:
		engine_stray((what >> 4) % CHANNELS, input_byte());
		break;
	case 13:
		if (active && what & 0x40)
			ring_eventfds(peer, what >> 2 & 0xf);
		else if (active)
			pool_add(peer);
		break;
	case 14:
		refused_once |= what & 0x10;
		engine_refuse((what >> 5) % CHANNELS, input_byte() & 15, what & 0x10);
		break;
	default:
		if (what & 0x40)
			ring_close(peer);
		else if (what & 0x20 && !device->gone)
			device_unplug();
		else
			machine_settle();
	}
}

/* Everybody leaves; what is left then, leaked. */
static void finish(void)
{
	unsigned int i, n;

	machine_surprise = NULL;
	for (i = 0; i < CHANNELS; i++)
		engine_refuse(i, 0, false);
	machine_settle();
	everything_judge();
	for (i = 0; i < PEERS; i++)
		ring_close(&peers[i]);
	machine_settle();
	/* What rings had in a shared engine comes back, and frees them. */
	for (i = 0; i < CHANNELS; i++) {
		for (n = 0; engine_complete(i, 0, 0); n++) {
			FUZZ_ASSERT(n < 100);
			machine_settle();
		}
	}
	if (!device->gone) {
		device_unplug();
		machine_settle();
	}
	for (i = 0; i < PEERS; i++) {
		FUZZ_ASSERT(list_empty(&peers[i].expected));
		/* The ring freed its regions, and itself. */
		FUZZ_ASSERT(!peers[i].user && !peers[i].kern);
	}
	FUZZ_ASSERT(list_empty(&device->rings) && !device->dev.refs);
	FUZZ_ASSERT(refused_once || !engine_pages());
	for (i = 0; i < CHANNELS; i++) {
		FUZZ_ASSERT(!channels[i]->in_engine && !channels[i]->rings && !channels[i]->owner);
		dmaring_sequence_free(channels[i]);
		fuzz_free(channels[i]->frame);
		fuzz_free(channels[i]);
	}
	FUZZ_ASSERT(machine_allocations() == engine_pages());
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static const u32 segment_bytes[] = { 0x10000, 4096, 256, 1U << 30 };
	u8 how, each[CHANNELS];
	unsigned int i;

	input_begin(data, bytes);
	engine_reset();
	machine_reset();
	memory_reset();
	memset(device, 0, sizeof(*device));
	memset(peers, 0, sizeof(peers));
	mutex_init(&device->lock);
	INIT_LIST_HEAD(&device->rings);
	refused_once = false;
	how = input_byte();
	for (i = 0; i < CHANNELS; i++)
		each[i] = input_byte();
	fuzz_segment_bytes = segment_bytes[how & 3];
	if ((how & 0x43) == 0x42)
		fuzz_segment_bytes = 1000;
	fuzz_boundary_mask = ~0UL;
	if (each[0] & 0x80)
		fuzz_boundary_mask = how & 4 ? 0x3ff : 0x1fff;
	if (each[1] & 0x80)
		engine_metadata(how & 8 ? DESC_METADATA_CLIENT : DESC_METADATA_ENGINE);
	for (i = 0; i < CHANNELS; i++) {
		engine_channel(i)->device->cap_mask |= each[2] & 0x80 ? 0 : BIT(DMA_INTERLEAVE);
		channels[i] = channel_make(i, how >> 2 ^ each[i]);
	}
	for (i = 0; i < PEERS; i++) {
		INIT_LIST_HEAD(&peers[i].expected);
		if (!i || how & 0x80)
			ring_open(&peers[i]);
	}
	machine_surprise = surprise;
	while (input_left()) {
		command();
		everything_judge();
	}
	finish();
	return 0;
}
