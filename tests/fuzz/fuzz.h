/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fuzzer of the driver's ring: what its parts know of each other.
 */
#ifndef _FUZZ_FUZZ_H
#define _FUZZ_FUZZ_H

#include "dma.h"
#include "ring.h"

#define PEERS		2
#define CHANNELS	3
#define SEGMENTS_MAX	16
#define SQ_MAX		8
#define CQ_MAX		32

/* An entry as the driver loaded it, byte by byte. */
struct image {
	u32 index;
	struct dmaring_sqe sqe;
	u64 loaded;			/* bit per byte of .sqe */
	struct dmaring_segment segments[SEGMENTS_MAX];	/* as in USER, by place */
	u8 segment_loads[SEGMENTS_MAX * 16];
};

/* A request that was promised a completion. */
struct expectation {
	struct list_head node;
	struct dmaring_sqe sqe;
	bool valid;
};

/* What was accepted: the engine may be given nothing else. */
struct accepted {
	bool live;
	struct dmaring_sqe sqe;
	struct dmaring_segment segments[SEGMENTS_MAX];
	u64 taken;
};

struct peer {
	struct dmaring_ring *ring;	/* NULL: closed */
	bool active;
	bool closing;
	u8 *user;
	size_t user_bytes;
	u8 *kern;
	size_t kern_bytes;
	struct dmaring_header header;
	u32 sqes, segments, user_control, user_streams;	/* places in USER */
	unsigned int sq_entries, cq_entries, segment_entries;

	struct image images[SQ_MAX + 1];
	unsigned int copied;		/* images of this hold of sq_lock */
	unsigned int submitted;		/* of those, valid ones seen so far */
	struct dmaring_sqe submissions[SQ_MAX + 1];
	u32 head_loaded;		/* cq_head as last loaded in it */
	bool head_known;
	u32 sq_head, cq_tail;		/* as published */

	struct list_head expected;
	unsigned int outstanding;
	struct accepted accepted[CQ_MAX];
	u64 completions, notices, serial;
	/* What its status lines have to say, but for channels that streamed. */
	u64 blocks[DMARING_CHANNELS_MAX], lost[DMARING_CHANNELS_MAX];
	bool streamed[DMARING_CHANNELS_MAX];

	bool relies;			/* saw NEED_DOORBELL clear after its last entry */
	bool armed;			/* armed cq_event, nothing was ready */
	int wakes;			/* at that moment */
	u64 stride[DMARING_POOLS_MAX];
};

extern struct peer peers[PEERS];
extern struct dmaring_device *device;
extern struct dmaring_channel *channels[CHANNELS];

/* input.c: bytes for the commands from the front, for surprises from the back */
void input_begin(const u8 *data, size_t bytes);
bool input_left(void);
u8 input_byte(void);
u8 surprise_byte(void);
bool surprise_due(void);

/* machine.c: locks, memory, work items, timers */
void machine_reset(void);
bool machine_idle(void);
bool machine_work(u8 pick, bool may_sleep);
bool machine_timer(u8 pick);
void machine_settle(void);
void machine_eventfd(void);
bool machine_locked(const struct fuzz_lock *lock);
bool machine_nested(void);
void machine_fail_allocation(unsigned int n);
long machine_allocations(void);
extern void (*machine_surprise)(void);

/* engine.c: bus addresses, and the engines behind the channels */
void engine_reset(void);
void engine_pool_begins(struct peer *peer, unsigned int pool);
struct dma_chan *engine_channel(unsigned int index);
unsigned int engine_in_flight(unsigned int index);
bool engine_complete(unsigned int index, u8 how, u8 amount);
void engine_stray(unsigned int index, u8 which);
void engine_refuse(unsigned int index, unsigned int preps, bool terminate);
void engine_check(void);
void engine_metadata(enum dma_desc_metadata_mode mode);
u64 engine_chunk(const struct peer *peer, unsigned int pool);
long engine_pages(void);

/* memory.c: what the driver shares with its peers, and what it takes from it */
void memory_reset(void);
void memory_locked(const struct fuzz_lock *lock);
void memory_unlocked(const struct fuzz_lock *lock);
void memory_shared(struct peer *peer);
void memory_freed(const void *p);
void poke(struct peer *peer, size_t offset, const void *from, size_t bytes);
u32 peek(struct peer *peer, size_t offset);
u32 peek_kern(const u32 *word);
u64 peek_kern64(const __u64 *word);
struct peer *peer_of(const struct dmaring_ring *ring);

/* entry.c: entries, good and bad */
void entry_write(struct peer *peer, u32 slot, u8 (*next)(void));
void word_write(struct peer *peer, u8 (*next)(void));

/* judge.c: what an entry is worth, told by ring-spec.md and not by the driver */
bool judge_entry(const struct dmaring_ring *ring, const struct image *image);
unsigned int judge_range(const struct accepted *accepted, const struct peer *peer, u64 at,
			 bool source, u64 *offset, u64 *bytes);
void judge_ring(struct peer *peer);
void judge_quiet(struct peer *peer);

#endif
