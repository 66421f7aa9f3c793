// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cyclic streams: no block is missed or counted wrong, whatever the engine's
 * habits. Needs the virtual controller.
 */
#include <stdio.h>
#include <string.h>

#include "cyclic.h"

/* Of blocks - 1 - guard that a reader may be behind. */
static uint32_t readable(const struct stream *s, unsigned int guard)
{
	return s->blocks - 1 - guard;
}

/* A guest that is held up for a whole turn of the stream proves nothing. */
#define ATTEMPTS	5

#define undisturbed(attempt) do {						\
	unsigned int attempts_ = ATTEMPTS;					\
	while (!(attempt)) {							\
		if (!--attempts_)						\
			fail_msg("held up %u times: %s", ATTEMPTS, #attempt);	\
		print_message("# held up, once more: %s\n", #attempt);		\
		cyclic_teardown(NULL);						\
	}									\
} while (0)

/* Was a reader who wants this block overtaken, or the driver held up? */
static bool held_up(struct stream *s, uint32_t block)
{
	struct dmaring_position p = stream_position(s);

	return p.stream_flags & DMARING_STREAM_GAP ||
	       (int32_t)(p.blocks_total - block) > (int32_t)readable(s, s->line->guard);
}

/*
 * With neither callbacks nor a period, whole turns that pass before the driver's
 * first look leave no trace but in the blocks.
 */
static bool missed_turns(struct stream *s, uint32_t block, uint64_t number)
{
	return s->unaided && number > block && (number - block) % s->blocks == 0;
}

/*
 * Reads each block below @to, and says how far it is. True: all of them were
 * what they should be; false: the reader was overtaken.
 */
static bool stream_read(struct stream *s, uint32_t from, uint32_t to)
{
	uint64_t end = now_ns() + (uint64_t)WAIT_MS * 1000000;
	uint32_t block = from, done;

	while (block != to) {
		done = stream_done(s);
		if (done == block) {
			assert_true(now_ns() < end);
			look_again();
			continue;
		}
		for (; block != done && block != to; block++) {
			uint64_t number = stream_number(s, block);

			if (number != block) {
				if (held_up(s, block) || missed_turns(s, block, number))
					return false;
				fail_msg("block %u has number %llu, done %u", block,
					 (unsigned long long)number, done);
			}
			stream_seen(s, block + 1);
		}
	}
	return true;
}

static bool capture_misses_nothing(const struct habits *habits, uint64_t target)
{
	struct stream s;
	uint64_t bytes;

	controller_is("source0", habits);
	source_is(200);
	bytes = attribute_number("source0", "rx/bytes");
	s = stream_start("source0", 128, target, 0);
	s.unaided = !target && habits->habits && !strcmp(habits->habits, "nocyclic");
	if (!stream_read(&s, 0, 200) || held_up(&s, 200))
		return false;
	assert_true(s.line->blocks_total >= 200);
	assert_int_equal(s.line->flags, 0);
	assert_int_equal(s.line->overruns, 0);
	assert_int_equal(s.line->blocks_lost, 0);
	stream_stop(&s);
	/* Nothing is counted that was not made. */
	assert_true(s.line->blocks_total <= knob_number("source0", "blocks") - s.base);
	assert_int_equal(attribute_number("source0", "rx/bytes") - bytes,
			 s.line->blocks_total * s.line->block_bytes);
	return true;
}

static void capture_by_burst(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "burst", NULL, NULL },
					   DMARING_CYCLIC_PERIOD(PERIOD_NS(200))));
}

static void capture_by_segment(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "segment", NULL, NULL },
					   DMARING_CYCLIC_PERIOD(PERIOD_NS(200))));
}

static void capture_with_merged_callbacks(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "segment", "merged", NULL },
					   DMARING_CYCLIC_PERIOD(PERIOD_NS(200))));
}

/* By four periods, all the time: the timer's samples carry the stream. */
static void capture_with_late_callbacks(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "burst", "late", NULL },
					   DMARING_CYCLIC_PERIOD(PERIOD_NS(200))));
}

static void capture_without_callbacks(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "burst", "nocyclic", NULL },
					   DMARING_CYCLIC_PERIOD(PERIOD_NS(200))));
}

static void capture_without_callbacks_by_segment(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "segment", "nocyclic", NULL },
					   DMARING_CYCLIC_PERIOD(PERIOD_NS(200))));
}

static void capture_with_the_period_measured(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "burst", NULL, NULL },
					   0));
}

static void capture_without_callbacks_with_the_period_measured(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "segment", "nocyclic", NULL },
					   0));
}

static void capture_from_an_interrupt(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "burst", NULL, "irq_work" },
					   0));
}

static void capture_from_a_thread(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "segment", NULL, "thread" },
					   DMARING_CYCLIC_GUARD(4)));
}

static void capture_from_a_work_item(void **state)
{
	(void)state;
	undisturbed(capture_misses_nothing(&(struct habits){ "burst", NULL, "workqueue" },
					   DMARING_CYCLIC_GUARD(4)));
}

static bool playback(void)
{
	uint32_t *words, filled, i, word = 0;
	uint64_t mismatches;
	struct stream s;
	struct ring *r;

	controller_is("sink0", &(struct habits){ "burst", NULL, NULL });
	knob_set("sink0", "bytes_per_second", 200 * BLOCK);
	r = cyclic_ring("sink0", 64);
	ring_close(r);
	knob_set("sink0", "mismatches", 0);
	/* The sink starts with word 0: fill all before it runs. */
	r = cyclic_ring("sink0", 64);
	s = (struct stream){ .r = r, .device = "sink0", .blocks = 64,
			     .first = r->header->first_index };
	s.line = (const void *)((const char *)r->header + r->header->kern_streams);
	s.user = (void *)((char *)r->user - r->header->user_control + r->header->user_streams);
	for (filled = 0; filled < 64; filled++) {
		words = stream_block(&s, filled);
		for (i = 0; i < BLOCK / 4; i++)
			words[i] = word++;
	}
	stream_seen(&s, filled);
	push_start(r, 64, DMARING_CYCLIC_PERIOD(PERIOD_NS(200)));
	ring_kick(r);
	/* Refill what was played, three times round. */
	while (filled < 192) {
		if (stream_position(&s).blocks_lost)
			return false;
		wait_until(stream_done(&s) + 63 > filled);
		words = stream_block(&s, filled);
		for (i = 0; i < BLOCK / 4; i++)
			words[i] = word++;
		stream_seen(&s, ++filled);
	}
	mismatches = knob_number("sink0", "mismatches");
	if (stream_position(&s).blocks_lost)
		return false;
	assert_int_equal(mismatches, 0);
	assert_int_equal(s.line->overruns, 0);
	/* No more is filled: what is played again is counted. */
	wait_until(s.line->blocks_lost >= 3);
	if (stream_position(&s).stream_flags)
		return false;
	assert_int_equal(s.line->overruns, 1);
	assert_true(stream_done(&s) >= 192 + 3);
	stream_stop(&s);
	assert_int_equal(s.line->blocks_lost, stream_done(&s) - 192);
	assert_true(knob_number("sink0", "mismatches") > 0);
	return true;
}

static void playback_is_gapless(void **state)
{
	(void)state;
	undisturbed(playback());
}

static void underrun_stops_if_asked(void **state)
{
	struct stream s;
	struct dmaring_cqe c;

	(void)state;
	controller_is("sink0", &(struct habits){ "burst", NULL, NULL });
	knob_set("sink0", "bytes_per_second", 500 * BLOCK);
	s = stream_start("sink0", 8, DMARING_CYCLIC_STOP_ON_OVERRUN |
			 DMARING_CYCLIC_PERIOD(PERIOD_NS(500)), 0);
	c = ring_expect(s.r, 1, -EPIPE);
	assert_true(c.flags & DMARING_CQE_STARTED);
	assert_true(c.blocks_lost >= 1);
	assert_true(stream_done(&s) > 8);
}

/* The source all but stands still: what is counted then is the truth. */
static bool stream_settle(struct stream *s, struct dmaring_position *p)
{
	source_is(1);
	do {
		*p = stream_position(s);
		if (p->stream_flags & DMARING_STREAM_GAP)
			return false;
		/* The source has counted what the engine has just moved. */
	} while (p->blocks_total != knob_number("source0", "blocks") - s->base ||
		 stream_position(s).blocks_total != p->blocks_total);
	return true;
}

static bool overwritten_blocks(void)
{
	uint32_t next = 100, lost = 0, turn;
	struct dmaring_position p;
	struct stream s;
	uint64_t before;

	source_is(200);
	before = attribute_number("source0", "rx/blocks_lost");
	s = stream_start("source0", 128, DMARING_CYCLIC_GUARD(3) |
			 DMARING_CYCLIC_PERIOD(PERIOD_NS(200)), 0);
	if (!stream_read(&s, 0, next))
		return false;
	for (turn = 1; turn <= 3; turn++) {
		/* The reader stays where it is for more than a turn. */
		wait_until(stream_done(&s) - next > 128 + 17 * turn);
		if (!stream_settle(&s, &p))
			return false;
		assert_int_equal(p.overruns, turn);
		/* All that is not among the last 128 - 1 - 3. */
		lost += p.blocks_total - readable(&s, 3) - next;
		assert_int_equal(p.blocks_lost, lost);
		assert_int_equal(s.line->blocks_lost, lost);
		/* In-band: the first readable one is whole, and so is each later one. */
		next = p.blocks_total - readable(&s, 3);
		for (; next != (uint32_t)p.blocks_total - 64; next++) {
			assert_int_equal(stream_number(&s, next), next);
			stream_seen(&s, next + 1);
		}
		source_is(200);
		if (!stream_read(&s, next, next + 100))
			return false;
		next += 100;
	}
	/* In-band: numbers seen and numbers lost are all that there were. */
	assert_int_equal(next, 100 + 3 * (readable(&s, 3) - 64 + 100) + lost);
	if (!stream_settle(&s, &p))
		return false;
	assert_int_equal(p.blocks_lost, lost);
	assert_int_equal(attribute_number("source0", "rx/blocks_lost") - before, lost);
	stream_stop(&s);
	return true;
}

static void overwritten_blocks_are_counted_exactly(void **state)
{
	(void)state;
	undisturbed(overwritten_blocks());
}

static void overrun_stops_if_asked(void **state)
{
	struct stream s;
	struct dmaring_cqe c;

	(void)state;
	source_is(500);
	s = stream_start("source0", 16, DMARING_CYCLIC_STOP_ON_OVERRUN |
			 DMARING_CYCLIC_PERIOD(PERIOD_NS(500)), 0);
	c = ring_expect(s.r, 1, -EPIPE);
	assert_true(c.flags & DMARING_CQE_STARTED);
	assert_true(c.blocks_lost >= 1);
	assert_int_equal(s.line->overruns, 1);
	assert_int_equal(s.line->state, DMARING_STREAM_ENDED);
	/* The channel serves on. */
	push_data(s.r, DMARING_OP_RECEIVE, 0, 0, 0, BLOCK, 3);
	ring_submit(s.r);
	ring_expect(s.r, 3, 0);
}

static void held_up_sampler_says_so(void **state)
{
	struct dmaring_position p;
	struct dmaring_cqe c;
	struct stream s;
	uint32_t epoch;
	uint64_t made;

	(void)state;
	controller_is("source0", &(struct habits){ "burst", "nocyclic", NULL });
	source_is(500);
	s = stream_start("source0", 8, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)), 0);
	epoch = s.line->epoch;
	wait_until(stream_done(&s) >= 4);
	/* A turn takes 16 ms; nobody looks for 250. */
	assert_ok(file_write("/sys/module/dmaring/parameters/cyclic_timer_us", "250000"));
	wait_until(s.line->flags & DMARING_STREAM_GAP);
	wait_until(knob_number("source0", "blocks") - s.base > s.line->blocks_total + 8 &&
		   s.line->blocks_lost > 0);
	assert_int_not_equal(s.line->epoch, epoch);
	/* Never above the truth, which only the source knows. */
	p = stream_position(&s);
	made = knob_number("source0", "blocks") - s.base;
	assert_true(p.blocks_total <= made);
	assert_true(p.blocks_lost <= made - readable(&s, 0));
	assert_true(p.stream_flags & DMARING_STREAM_GAP);
	push(s.r, DMARING_OP_CYCLIC_STOP, 0, 2);
	ring_kick(s.r);
	c = ring_expect(s.r, 1, 0);
	assert_true(c.flags & DMARING_CQE_LOSS_UNKNOWN);
	assert_true(c.blocks_lost < knob_number("source0", "blocks") - s.base);
	ring_expect(s.r, 2, 0);
}

static void period_that_is_too_long_counts_nothing_twice(void **state)
{
	struct stream s;

	(void)state;
	source_is(500);
	/* Half a second, says the user; callbacks say otherwise when they are held up. */
	controller_is("source0", &(struct habits){ "burst", "merged", NULL });
	source_is(500);
	s = stream_start("source0", 4, DMARING_CYCLIC_PERIOD(500000000), 0);
	wait_until(stream_done(&s) > 8);
	/* Samples come with the callbacks too: nothing is counted that was not. */
	assert_true(stream_done(&s) <= knob_number("source0", "blocks") - s.base);
	stream_stop(&s);
}

static void position_by_ioctl(void **state)
{
	struct dmaring_position p = { 0 };
	struct ring *idle;
	struct stream s;
	uint32_t hw;

	(void)state;
	idle = cyclic_ring("source0", 8);
	assert_error(xioctl(idle->fd, DMARING_IOC_POSITION, &p), ENODATA);
	ring_close(idle);
	controller_is("source0", &(struct habits){ "burst", "nocyclic", NULL });
	source_is(500);
	s = stream_start("source0", 32, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)), 0);
	/* Asked more often than the timer does. */
	for (hw = 0; hw < 20;) {
		p = stream_position(&s);
		assert_int_equal(p.state, DMARING_STREAM_RUNNING);
		assert_int_equal(p.channel, 0);
		assert_true(p.hw_seq - s.first >= hw);
		assert_int_equal((uint32_t)p.blocks_total, p.hw_seq - s.first);
		assert_true(p.residue <= 32 * BLOCK);
		assert_int_equal((32 * BLOCK - p.residue) / BLOCK % 32,
				 p.blocks_total % 32);
		assert_true(p.blocks_total <= knob_number("source0", "blocks") - s.base);
		hw = p.hw_seq - s.first;
		if (hw)
			assert_int_equal((stream_number(&s, hw - 1) - (hw - 1)) % 32, 0);
		look_again();
	}
	p = (struct dmaring_position){ .channel = 1 };
	assert_error(xioctl(s.r->fd, DMARING_IOC_POSITION, &p), ENOENT);
	p = (struct dmaring_position){ .flags = 1 };
	assert_error(xioctl(s.r->fd, DMARING_IOC_POSITION, &p), EINVAL);
	p = (struct dmaring_position){ .reserved = 1ULL << 63 };
	assert_error(xioctl(s.r->fd, DMARING_IOC_POSITION, &p), EINVAL);
	stream_stop(&s);
	p = (struct dmaring_position){ 0 };
	assert_error(xioctl(s.r->fd, DMARING_IOC_POSITION, &p), ENODATA);
}

static void notices_come_every_so_many_blocks(void **state)
{
	uint32_t last = 0, done, n;
	struct dmaring_cqe c;
	struct stream s;

	(void)state;
	source_is(200);
	s = stream_start("source0", 64, DMARING_CYCLIC_PERIOD(PERIOD_NS(200)), 4);
	for (n = 0; n < 10; n++) {
		c = ring_wait(s.r);
		assert_int_equal(c.flags, DMARING_CQE_EVENT);
		assert_int_equal(c.res, 0);
		assert_int_equal(c.user_data, 1);
		assert_int_equal(c.opcode, DMARING_OP_CYCLIC_START);
		done = c.sequence - s.first;
		/* One for each four, or for more if they came together. */
		assert_true(done / 4 > last / 4);
		assert_int_equal(c.buffer, (done - 1) & 63);
		assert_int_equal(c.bytes, BLOCK);
		assert_int_equal((stream_number(&s, done - 1) - (done - 1)) % 64, 0);
		assert_int_equal(c.events_dropped, 0);
		last = done;
		stream_seen(&s, done);
	}
	stream_stop(&s);
}

static void notices_without_a_slot_are_counted(void **state)
{
	uint64_t before = attribute_number("source0", "counters/events_dropped");
	struct dmaring_cqe c;
	struct stream s;
	unsigned int n = 0;

	(void)state;
	source_is(500);
	s = stream_start("source0", 64, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)), 1);
	/* 32 slots: one is promised to the end, two are kept for control. */
	wait_until(__atomic_load_n(&s.r->kern->events_dropped, __ATOMIC_RELAXED) > 5);
	assert_int_equal(ring_cq_tail(s.r) - s.r->cq_head, 29);
	assert_true(attribute_number("source0", "counters/events_dropped") - before > 5);
	/* Control still finds room, and the end its slot. */
	push(s.r, DMARING_OP_CYCLIC_STOP, 0, 2);
	ring_kick(s.r);
	while ((c = ring_wait(s.r)).flags & DMARING_CQE_EVENT)
		n++;
	assert_true(n >= 29);
	assert_int_equal(c.user_data, 1);
	assert_int_equal(c.res, 0);
	assert_true(c.events_dropped > 5);
	ring_expect(s.r, 2, 0);
}

static void refusal_has_a_reason(void **state)
{
	static const struct {
		const char *residue;
		const char *reason;
		unsigned int support;
		bool late;
	} cases[] = {
		{ "descriptor", "no position (residue granularity descriptor)",
		  DMARING_CYCLIC_NO_POSITION, false },
		{ "none", "no position (residue granularity descriptor)",
		  DMARING_CYCLIC_NO_POSITION, false },
		{ "full", "yes", DMARING_CYCLIC_YES, true },
		{ "burst", "yes", DMARING_CYCLIC_YES, false },
	};
	const uint32_t operations = 1U << DMARING_OP_CYCLIC_START | 1U << DMARING_OP_CYCLIC_STOP;
	struct dmaring_channel_info info;
	struct dmaring_cqe c;
	uint32_t offered;
	char text[128];
	struct ring *r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		controller_is("source0", &(struct habits){ cases[i].residue, NULL, NULL });
		source_is(500);
		attribute_text("source0", "rx/cyclic", text, sizeof(text));
		assert_string_equal(text, cases[i].reason);
		r = cyclic_ring("source0", 8);
		info = device_channel_info(r->fd, "rx");
		assert_int_equal(info.cyclic, cases[i].support);
		offered = info.operations & operations;
		if (cases[i].support)
			assert_int_equal(offered, 0);
		else
			assert_int_equal(offered, operations);
		push_start(r, 8, DMARING_CYCLIC_PERIOD(PERIOD_NS(500)));
		ring_kick(r);
		if (cases[i].support != DMARING_CYCLIC_YES || cases[i].late) {
			c = ring_expect(r, 1, -EOPNOTSUPP);
			/* Found out by trying, or known before. */
			assert_int_equal(!!(c.flags & DMARING_CQE_STARTED), cases[i].late);
			push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, BLOCK, 3);
			ring_submit(r);
			ring_expect(r, 3, 0);
		}
		ring_close(r);
		cyclic_teardown(state);
	}
	r = ring_open("mem0");
	info = device_channel_info(r->fd, "copy");
	assert_int_equal(info.cyclic, DMARING_CYCLIC_SHARED);
	attribute_text("mem0", "copy/cyclic", text, sizeof(text));
	assert_string_equal(text, "rings share the channel");
	push_start(r, 8, 0);
	push(r, DMARING_OP_CYCLIC_STOP, 0, 2);
	ring_kick(r);
	ring_expect(r, 1, -EOPNOTSUPP);
	ring_expect(r, 2, -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cyclic_test(capture_by_burst),
		cyclic_test(capture_by_segment),
		cyclic_test(capture_with_merged_callbacks),
		cyclic_test(capture_with_late_callbacks),
		cyclic_test(capture_without_callbacks),
		cyclic_test(capture_without_callbacks_by_segment),
		cyclic_test(capture_with_the_period_measured),
		cyclic_test(capture_without_callbacks_with_the_period_measured),
		cyclic_test(capture_from_an_interrupt),
		cyclic_test(capture_from_a_thread),
		cyclic_test(capture_from_a_work_item),
		cyclic_test(playback_is_gapless),
		cyclic_test(underrun_stops_if_asked),
		cyclic_test(overwritten_blocks_are_counted_exactly),
		cyclic_test(overrun_stops_if_asked),
		cyclic_test(held_up_sampler_says_so),
		cyclic_test(period_that_is_too_long_counts_nothing_twice),
		cyclic_test(position_by_ioctl),
		cyclic_test(notices_come_every_so_many_blocks),
		cyclic_test(notices_without_a_slot_are_counted),
		cyclic_test(refusal_has_a_reason),
	};

	return system_run(tests);
}
