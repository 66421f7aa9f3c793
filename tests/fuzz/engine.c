// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engines behind the channels, and the bus addresses that they are given.
 *
 * Each address belongs to a pool of a peer, or to nobody. A descriptor is
 * compared with the entry that was accepted for it, and its memory has to be
 * there for as long as the engine has it.
 */
#include "fuzz.h"

#define MAPS		128
#define DESCRIPTORS	16
#define TICKETS		8

struct map {
	dma_addr_t start;
	u64 bytes;
	u8 peer;
	u8 pool;
	u64 offset;			/* of its first byte in the pool */
	bool live;
};

/* A range, or rows of @bytes. */
struct piece {
	dma_addr_t address;
	u32 bytes;
	u32 rows;
	u64 stride;
};

enum state { IDLE, PREPARED, SUBMITTED, RUNNING, LOST };

struct descriptor {
	struct dma_async_tx_descriptor tx;
	enum state state;
	dma_cookie_t cookie;
	u64 order;
	u8 opcode;
	bool refused;			/* the engine was asked to let go of it, and did not */
	unsigned int pieces, source_pieces;
	u32 bytes;
	struct piece piece[DMARING_PIECES_MAX], source;
	u8 *metadata;			/* the client's, to be written to */
	unsigned int calling;		/* its callback runs */
};

static struct engine {
	struct dma_chan chan;
	struct dma_device dma;
	struct descriptor descriptor[DESCRIPTORS];
	dma_cookie_t cookie;
	u64 order;
	unsigned int fail_preps;
	bool refuse_terminate;
	struct {
		void (*callback)(void *param, const struct dmaengine_result *result);
		void *param;
		struct descriptor *descriptor;
		u64 order;
	} ticket[TICKETS];
	unsigned int tickets;
} engines[CHANNELS];

#define METADATA_OFFSET	3
#define METADATA_BYTES	8

size_t fuzz_segment_bytes;
unsigned long fuzz_boundary_mask;
static enum dma_desc_metadata_mode metadata_mode;
static u8 metadata[METADATA_BYTES];
static struct device engine_device;
static struct map maps[MAPS];
static unsigned int mapped;
static dma_addr_t next_address;
static u8 pool_peer, pool_index;
static unsigned int pool_chunk;
static LIST_HEAD(pages);

void engine_reset(void)
{
	unsigned int i, j;

	/* Those that a run left in quarantine. */
	while (!list_empty(&pages))
		put_page(list_first_entry(&pages, struct page, node));
	for (i = 0; i < CHANNELS; i++) {
		for (j = 0; j < DESCRIPTORS; j++)
			engines[i].descriptor[j] = (struct descriptor){};
		engines[i].cookie = 0;
		engines[i].chan.completed_cookie = 0;
		engines[i].order = 0;
		engines[i].fail_preps = 0;
		engines[i].refuse_terminate = false;
		engines[i].tickets = 0;
		engines[i].dma.dev = &engine_device;
		engines[i].dma.cap_mask = BIT(DMA_CYCLIC);
		engines[i].chan.device = &engines[i].dma;
	}
	metadata_mode = DESC_METADATA_NONE;
	mapped = 0;
	next_address = 0x100000000ULL;
}

struct dma_chan *engine_channel(unsigned int index)
{
	return &engines[index].chan;
}

void engine_refuse(unsigned int index, unsigned int preps, bool terminate)
{
	engines[index].fail_preps = preps;
	engines[index].refuse_terminate = terminate;
}

/* ------------------------------------------------------------- addresses */

void engine_pool_begins(struct peer *peer, unsigned int pool)
{
	pool_peer = peer - peers;
	pool_index = pool;
	pool_chunk = 0;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = fuzz_alloc(1, sizeof(*page), gfp);

	if (!page) {
		/* What was allocated for the pool goes back, smaller ones follow. */
		pool_chunk = 0;
		return NULL;
	}
	page->refs = 1;
	page->peer = pool_peer;
	page->pool = pool_index;
	page->chunk = pool_chunk++;
	page->bytes = PAGE_SIZE << order;
	list_add_tail(&page->node, &pages);
	return page;
}

void put_page(struct page *page)
{
	FUZZ_ASSERT(page->refs == 1);
	list_del(&page->node);
	fuzz_free(page);
}

int vm_insert_pages(struct vm_area_struct *vma, unsigned long address, struct page **list,
		    unsigned long *count)
{
	(void)vma;
	(void)address;
	(void)list;
	*count = 0;
	return 0;
}

dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page, size_t offset, size_t bytes,
			      enum dma_data_direction direction, unsigned long attributes)
{
	struct map *map;

	(void)dev;
	(void)direction;
	(void)attributes;
	FUZZ_ASSERT(!offset && bytes == page->bytes);
	if (mapped == MAPS)
		return ~0ULL;
	map = &maps[mapped++];
	/* Aligned as what is mapped there, as the kernel does with and without an IOMMU. */
	next_address = ALIGN(next_address, bytes);
	map->start = next_address;
	map->bytes = bytes;
	map->peer = page->peer;
	map->pool = page->pool;
	map->offset = (u64)page->chunk * bytes;
	map->live = true;
	/* Nobody's bytes between any two. */
	next_address += bytes + PAGE_SIZE;
	return map->start;
}

static struct map *map_find(dma_addr_t address, u64 bytes)
{
	unsigned int i;

	for (i = 0; i < mapped; i++) {
		struct map *map = &maps[i];

		if (map->live && address >= map->start && bytes <= map->bytes &&
		    address - map->start <= map->bytes - bytes)
			return map;
	}
	fuzz_fail(__FILE__, __LINE__, "%llu bytes at bus address %#llx are nobody's",
		  (unsigned long long)bytes, (unsigned long long)address);
}

void dma_unmap_page_attrs(struct device *dev, dma_addr_t address, size_t bytes,
			  enum dma_data_direction direction, unsigned long attributes)
{
	struct map *map = map_find(address, bytes);

	(void)dev;
	(void)direction;
	(void)attributes;
	FUZZ_ASSERT(map->start == address && map->bytes == bytes);
	map->live = false;
	engine_check();
}

void fuzz_dma_sync(struct device *dev, dma_addr_t address, size_t bytes)
{
	FUZZ_ASSERT(dev);
	map_find(address, bytes);
}

/* ----------------------------------------------------------- descriptors */

static bool in_engine(const struct descriptor *d)
{
	return d->state == SUBMITTED || d->state == RUNNING;
}

/* All from the first byte to the last, in one part of the pool and within a boundary. */
static struct map *piece_map(const struct piece *piece)
{
	u64 bytes = (piece->rows - 1) * piece->stride + piece->bytes;

	FUZZ_ASSERT(!((piece->address ^ (piece->address + bytes - 1)) & ~fuzz_boundary_mask));
	return map_find(piece->address, bytes);
}

/* Whatever an engine has, is mapped. */
void engine_check(void)
{
	unsigned int i, j, k;

	for (i = 0; i < CHANNELS; i++) {
		for (j = 0; j < DESCRIPTORS; j++) {
			struct descriptor *d = &engines[i].descriptor[j];

			if (!in_engine(d))
				continue;
			for (k = 0; k < d->pieces; k++)
				piece_map(&d->piece[k]);
			if (d->source_pieces)
				piece_map(&d->source);
		}
	}
}

/* Pages that are still held: none, or those that an engine would not let go of. */
long engine_pages(void)
{
	struct page *page;
	long n = 0;

	list_for_each_entry(page, &pages, node)
		n++;
	return n;
}

/* How large the contiguous parts of a pool are. */
u64 engine_chunk(const struct peer *peer, unsigned int pool)
{
	struct page *page;

	list_for_each_entry(page, &pages, node) {
		if (page->peer == peer - peers && page->pool == pool)
			return page->bytes;
	}
	fuzz_fail(__FILE__, __LINE__, "pool %u has no pages", pool);
}

unsigned int engine_in_flight(unsigned int index)
{
	unsigned int i, n = 0;

	for (i = 0; i < DESCRIPTORS; i++)
		n += in_engine(&engines[index].descriptor[i]);
	return n;
}

static struct engine *engine_of(struct dma_chan *chan)
{
	return container_of(chan, struct engine, chan);
}

static struct descriptor *prepare(struct dma_chan *chan, u8 opcode)
{
	struct engine *engine = engine_of(chan);
	struct descriptor *d = engine->descriptor;

	if (engine->fail_preps) {
		engine->fail_preps--;
		return NULL;
	}
	while (d->state != IDLE && d->state != PREPARED) {
		/* The window is smaller than this. */
		FUZZ_ASSERT(d < &engine->descriptor[DESCRIPTORS - 1]);
		d++;
	}
	d->state = PREPARED;
	d->opcode = opcode;
	d->refused = false;
	d->pieces = 0;
	d->source_pieces = 0;
	d->bytes = 0;
	d->metadata = NULL;
	return d;
}

static void piece_add(struct descriptor *d, dma_addr_t address, u32 bytes)
{
	FUZZ_ASSERT(bytes && d->pieces < DMARING_PIECES_MAX);
	d->piece[d->pieces] = (struct piece){ address, bytes, 1, 0 };
	piece_map(&d->piece[d->pieces++]);
	d->bytes += bytes;
}

struct dma_async_tx_descriptor *
dmaengine_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sg, unsigned int n,
			enum dma_transfer_direction direction, unsigned long flags)
{
	struct descriptor *d = prepare(chan, direction == DMA_MEM_TO_DEV ? DMARING_OP_SEND :
								       DMARING_OP_RECEIVE);
	unsigned int i;

	(void)flags;
	if (!d)
		return NULL;
	FUZZ_ASSERT(n && sg[n - 1].last);
	for (i = 0; i < n; i++) {
		FUZZ_ASSERT(sg_dma_len(&sg[i]) <= fuzz_segment_bytes);
		piece_add(d, sg_dma_address(&sg[i]), sg_dma_len(&sg[i]));
	}
	return &d->tx;
}

struct dma_async_tx_descriptor *
dmaengine_prep_dma_memcpy(struct dma_chan *chan, dma_addr_t to, dma_addr_t from, size_t bytes,
			  unsigned long flags)
{
	struct descriptor *d = prepare(chan, DMARING_OP_COPY);

	(void)flags;
	if (!d)
		return NULL;
	FUZZ_ASSERT(bytes <= fuzz_segment_bytes);
	piece_add(d, to, bytes);
	d->source = (struct piece){ from, bytes, 1, 0 };
	piece_map(&d->source);
	d->source_pieces = 1;
	return &d->tx;
}

struct dma_async_tx_descriptor *
dmaengine_prep_interleaved_dma(struct dma_chan *chan, struct dma_interleaved_template *frame,
			       unsigned long flags)
{
	static const enum dma_transfer_direction directions[] = {
		DMA_MEM_TO_DEV, DMA_DEV_TO_MEM, DMA_MEM_TO_MEM,
	};
	struct descriptor *d = prepare(chan, DMARING_OP_INTERLEAVED);
	const struct data_chunk *row = frame->sgl;
	struct piece to, from;

	(void)flags;
	if (!d)
		return NULL;
	FUZZ_ASSERT(frame->frame_size == 1 && frame->numf && row->size &&
		    row->size <= fuzz_segment_bytes);
	FUZZ_ASSERT(frame->dir == directions[engine_of(chan) - engines]);
	/* As <linux/dmaengine.h> reads the gaps: those of a side come first. */
	to = (struct piece){ frame->dst_start, row->size, frame->numf, row->size +
			     (row->dst_icg || !frame->dst_sgl ? row->dst_icg : row->icg) };
	from = (struct piece){ frame->src_start, row->size, frame->numf, row->size +
			       (row->src_icg || !frame->src_sgl ? row->src_icg : row->icg) };
	FUZZ_ASSERT(frame->src_inc == (frame->dir != DMA_DEV_TO_MEM) &&
		    frame->dst_inc == (frame->dir != DMA_MEM_TO_DEV));
	if (frame->dir == DMA_MEM_TO_MEM) {
		piece_map(&from);
		d->source = from;
		d->source_pieces = 1;
	} else if (frame->dir == DMA_MEM_TO_DEV) {
		to = from;
	}
	piece_map(&to);
	d->piece[d->pieces++] = to;
	d->bytes = to.bytes * to.rows;
	return &d->tx;
}

/* -------------------------------------------------------------- metadata */

/* Receive channels number their blocks; not everywhere in the same way. */
void engine_metadata(enum dma_desc_metadata_mode mode)
{
	metadata_mode = mode;
}

int device_property_read_u32(struct device *dev, const char *name, u32 *value)
{
	(void)dev;
	if (metadata_mode == DESC_METADATA_NONE)
		return -EINVAL;
	*value = strcmp(name, "dmaring,metadata-bytes") ? METADATA_OFFSET : METADATA_BYTES;
	return 0;
}

bool dmaengine_is_metadata_mode_supported(struct dma_chan *chan,
					  enum dma_desc_metadata_mode mode)
{
	(void)chan;
	return mode == metadata_mode;
}

int dmaengine_desc_attach_metadata(struct dma_async_tx_descriptor *tx, void *data, size_t bytes)
{
	struct descriptor *d = container_of(tx, struct descriptor, tx);

	FUZZ_ASSERT(metadata_mode == DESC_METADATA_CLIENT && d->state == PREPARED &&
		    bytes == METADATA_BYTES);
	if (surprise_byte() > 250)
		return -EINVAL;
	d->metadata = data;
	return 0;
}

/* What the engine has of it is there while the callback runs. */
void *dmaengine_desc_get_metadata_ptr(struct dma_async_tx_descriptor *tx, size_t *bytes,
				      size_t *room)
{
	struct descriptor *d = container_of(tx, struct descriptor, tx);
	u8 how = surprise_byte();

	FUZZ_ASSERT(metadata_mode == DESC_METADATA_ENGINE && d->calling);
	if (how == 0xff)
		return ERR_PTR(-ENODATA);
	*bytes = how > 0xf0 ? how - 0xf1 : METADATA_BYTES;
	*room = METADATA_BYTES;
	return metadata + METADATA_BYTES - min(*bytes, sizeof(metadata));
}

static void metadata_write(struct descriptor *d)
{
	u8 number = surprise_byte();

	memset(metadata, number > 0xf0 ? 0xff : 0, sizeof(metadata));
	metadata[METADATA_OFFSET] = number;
	if (d->metadata)
		memcpy(d->metadata, metadata, sizeof(metadata));
}

/* ------------------------------------------------------- what has them */

struct dma_async_tx_descriptor *
dmaengine_prep_dma_cyclic(struct dma_chan *chan, dma_addr_t address, size_t bytes, size_t period,
			  enum dma_transfer_direction direction, unsigned long flags)
{
	struct descriptor *d = prepare(chan, DMARING_OP_CYCLIC_START);

	(void)direction;
	(void)flags;
	if (!d)
		return NULL;
	FUZZ_ASSERT(period && !(bytes % period));
	piece_add(d, address, bytes);
	return &d->tx;
}

/* The next @bytes of what was accepted are at @address, in the accepter's pool. */
static void piece_judge(struct peer *peer, struct accepted *accepted, u64 at, bool source,
			const struct piece *piece)
{
	struct map *map = piece_map(piece);
	u64 first = map->offset + (piece->address - map->start);
	u32 row;

	FUZZ_ASSERT(map->peer == peer - peers);
	for (row = 0; row < piece->rows; row++) {
		u64 place = first + row * piece->stride, left = piece->bytes;

		while (left) {
			u64 offset, bytes;
			unsigned int pool = judge_range(accepted, peer, at, source, &offset,
							&bytes);

			FUZZ_ASSERT(bytes && map->pool == pool && place == offset);
			bytes = min(bytes, left);
			at += bytes;
			place += bytes;
			left -= bytes;
		}
	}
}

dma_cookie_t dmaengine_submit(struct dma_async_tx_descriptor *tx)
{
	struct descriptor *d = container_of(tx, struct descriptor, tx);
	unsigned int index = 0, slot, i;
	struct dmaring_request *request;
	struct accepted *accepted;
	struct engine *engine;
	struct peer *peer;
	u64 at;

	while (d < engines[index].descriptor || d >= engines[index].descriptor + DESCRIPTORS)
		index++;
	engine = &engines[index];
	FUZZ_ASSERT(d->state == PREPARED);
	/* The low bits of a ticket are the slot (ticket.c). */
	slot = (uintptr_t)tx->callback_param & 0xff;
	FUZZ_ASSERT(slot < DMARING_SLOTS);
	request = channels[index]->slots[slot].request;
	FUZZ_ASSERT(request);
	peer = peer_of(request->ring);
	FUZZ_ASSERT(peer);
	accepted = &peer->accepted[request - request->ring->requests];
	/* What was accepted is what is used. */
	FUZZ_ASSERT(accepted->live && d->opcode == accepted->sqe.opcode);
	FUZZ_ASSERT(!memcmp(&request->sqe, &accepted->sqe, sizeof(request->sqe)));
	for (i = 0, at = accepted->taken; i < d->pieces; i++) {
		piece_judge(peer, accepted, at, false, &d->piece[i]);
		at += (u64)d->piece[i].bytes * d->piece[i].rows;
	}
	if (d->source_pieces)
		piece_judge(peer, accepted, accepted->taken, true, &d->source);
	accepted->taken = at;
	d->state = SUBMITTED;
	d->cookie = ++engine->cookie;
	d->order = ++engine->order;
	return d->cookie;
}

void dma_async_issue_pending(struct dma_chan *chan)
{
	struct engine *engine = engine_of(chan);
	unsigned int i;

	for (i = 0; i < DESCRIPTORS; i++) {
		if (engine->descriptor[i].state == SUBMITTED)
			engine->descriptor[i].state = RUNNING;
	}
}

static void ticket_keep(struct engine *engine, struct descriptor *d)
{
	unsigned int i = engine->tickets++ % TICKETS;

	engine->ticket[i].callback = d->tx.callback_result;
	engine->ticket[i].param = d->tx.callback_param;
	engine->ticket[i].descriptor = d;
	engine->ticket[i].order = d->order;
}

enum dma_status dmaengine_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				    struct dma_tx_state *state)
{
	struct engine *engine = engine_of(chan);
	unsigned int i;

	for (i = 0; i < DESCRIPTORS; i++) {
		struct descriptor *d = &engine->descriptor[i];

		if (in_engine(d) && d->cookie == cookie) {
			/* Whatever it says of where it is. */
			state->residue = surprise_byte() * 0x101U;
			if (surprise_byte() > 250)
				return DMA_ERROR;
			return DMA_IN_PROGRESS;
		}
	}
	state->residue = 0;
	return DMA_COMPLETE;
}

int dmaengine_terminate_sync(struct dma_chan *chan)
{
	struct engine *engine = engine_of(chan);
	unsigned int i;

	for (i = 0; i < DESCRIPTORS; i++) {
		struct descriptor *d = &engine->descriptor[i];

		if (d->state == LOST)
			d->state = IDLE;
		if (!in_engine(d))
			continue;
		if (engine->refuse_terminate) {
			d->refused = true;
			continue;
		}
		ticket_keep(engine, d);
		d->state = IDLE;
	}
	return engine->refuse_terminate ? -EIO : 0;
}

void dmaengine_synchronize(struct dma_chan *chan)
{
	(void)chan;
}

static const enum dmaengine_tx_result results[] = {
	DMA_TRANS_NOERROR, DMA_TRANS_NOERROR, DMA_TRANS_NOERROR, DMA_TRANS_READ_FAILED,
	DMA_TRANS_WRITE_FAILED, DMA_TRANS_ABORTED, (enum dmaengine_tx_result)77,
};

/*
 * The engine is done with something: the eldest, or another; well, or not; and
 * says so, or forgets to. Return: false if it has nothing.
 */
bool engine_complete(unsigned int index, u8 how, u8 amount)
{
	struct engine *engine = &engines[index];
	struct descriptor *d = NULL;
	struct dmaengine_result result = {
		.result = results[how % ARRAY_SIZE(results)],
		.residue = amount * 0x11U,
	};
	unsigned int i;

	for (i = 0; i < DESCRIPTORS; i++) {
		struct descriptor *other = &engine->descriptor[i];
		bool older = d && other->order < d->order;

		if (other->state == RUNNING && (!d || older == !(how & 0x80)))
			d = other;
	}
	if (!d)
		return false;
	engine_check();
	/* A cyclic one goes on, unless it should have been stopped long ago. */
	if (d->opcode != DMARING_OP_CYCLIC_START || d->refused) {
		ticket_keep(engine, d);
		d->state = (how & 0x70) == 0x70 ? LOST : IDLE;
		/* Some keep the word, and not all of the time. */
		if (!(how & 0x04))
			engine->chan.completed_cookie = d->cookie;
		metadata_write(d);
		if (d->state == LOST)
			return true;
	}
	d->calling++;
	if ((how & 0x70) == 0x60) {
		d->tx.callback_result(d->tx.callback_param, NULL);
	} else {
		if (result.result == DMA_TRANS_NOERROR && !(how & 0x08))
			result.residue = 0;
		d->tx.callback_result(d->tx.callback_param, &result);
	}
	d->calling--;
	return true;
}

/* A callback that comes late, or once more. */
void engine_stray(unsigned int index, u8 which)
{
	struct engine *engine = &engines[index];
	struct dmaengine_result result = { .result = DMA_TRANS_NOERROR };
	unsigned int i = which % TICKETS;
	struct descriptor *d = engine->ticket[i].descriptor;
	bool late;

	if (i >= engine->tickets)
		return;
	/* The one that was forgotten, in the end. */
	late = d->state == LOST && d->order == engine->ticket[i].order;
	d->calling += late;
	engine->ticket[i].callback(engine->ticket[i].param, &result);
	d->calling -= late;
}
