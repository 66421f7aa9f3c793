/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring on the bare ABI, for tests: open, set up, map, submit, wait.
 *
 * It uses include/dmaring/abi.h and system calls only, so that the suite
 * checks whatever implements the ABI and shares no bug with a library.
 *
 * Everything opened here is remembered and closed by system_teardown(), which
 * runs after every test, failed ones included. Every wait has a deadline.
 */
#ifndef _DMARING_TESTS_SYSTEM_RING_H
#define _DMARING_TESTS_SYSTEM_RING_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dmaring/abi.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What any channel takes: a cache line, of those that a kernel may run on. */
#define LINE_BYTES	128

/* No single wait is longer; it passes only where something hangs. */
#define WAIT_MS		(20000 * (int)slowness())

struct ring {
	int fd;
	bool used;
	bool manual_event;	/* the test sets cq_event itself */
	struct dmaring_setup setup;
	const struct dmaring_header *header;
	const struct dmaring_kern_control *kern;
	struct dmaring_user_control *user;
	const struct dmaring_cqe *cqes;
	struct dmaring_sqe *sqes;
	unsigned char *pool;
	unsigned char *second;		/* mapping of a pool that was added */
	size_t second_bytes;
	uint32_t sq_tail;	/* entries below are filled in, perhaps not yet published */
	uint32_t cq_head;	/* entries below are consumed */
	unsigned int doorbells;	/* rung by ring_doorbell() */
};

/* What ring_open() asks for; a zero is the default in the comment. */
struct ring_options {
	unsigned int sq;		/* 16 */
	unsigned int cq;		/* twice sq */
	unsigned int buffers;		/* 8 */
	uint64_t bytes;			/* 4096 a buffer */
	unsigned int coalesce_us;	/* none */
	unsigned int clock;		/* monotonic */
	unsigned int flags;		/* DMARING_SETUP_* */
	const char *only;		/* all channels; else the one of this name */
};

/* Running tests */
int system_main(const char *name, const struct CMUnitTest *tests, size_t n);
int system_teardown(void **state);

/*
 * How many times slower than a stock kernel this one is, which checks all it
 * does: deadlines are that much longer. The guest sets DMARING_SLOWNESS.
 */
unsigned int slowness(void);

#define system_test(f)		cmocka_unit_test_teardown(f, system_teardown)
#define system_run(tests)	system_main(__FILE__, tests, ARRAY_SIZE(tests))

/* Runs fn in a child with a deadline of its own; returns the wait status. */
int in_child(void (*fn)(void *), void *arg);

#define assert_child_ok(fn, arg) \
	assert_int_equal(in_child(fn, arg), 0)

/* Errors: 0 or -errno, compared by name */
int xioctl(int fd, unsigned long request, void *arg);
void assert_error_at(long got, int want, const char *what, const char *file, int line);

#define assert_error(call, e)	assert_error_at((call), (e), #call, __FILE__, __LINE__)
#define assert_ok(call)		assert_error(call, 0)

/*
 * What is said of mem0 is tried on the device that DMARING_TEST_DEVICE names, where it
 * is set: any other with a copy channel, simulated or not. device_tested() is its name.
 */
const char *device_tested(const char *name);
bool device_is_simulated(const char *name);

/* Ends the test as skipped where the device has no such knobs, or not such a channel. */
void need_simulated(const char *name);
void need_bytewise(const char *name);

/*
 * The kind of every pool that ring_open() makes: DMARING_POOL, a word as in fdinfo.
 * Where it is set, what is said of the default kind alone is skipped.
 */
unsigned int pool_kind(void);
bool pool_kind_is_missing(void);
void need_default_pool(void);

/* Devices, remembered for the teardown */
int device_open(const char *name, int flags);
void device_keep(int fd);
void device_close(int fd);
int device_channel(int fd, const char *name);
struct dmaring_query device_query(int fd);
struct dmaring_channel_info device_channel_info(int fd, const char *name);

/* Rings */
struct dmaring_setup ring_setup_default(int fd, const struct ring_options *options);
struct ring *ring_open_with(const char *device, const struct ring_options *options);
struct dmaring_pool pool_over_limit(int fd);
int ring_setup(int fd, struct dmaring_setup *setup);
struct ring *ring_map(int fd, const struct dmaring_setup *setup);
void ring_unmap(struct ring *r);
void ring_close(struct ring *r);
unsigned char *ring_map_second(struct ring *r, const struct dmaring_pool *pool);
int ring_channel(struct ring *r, const char *name);
unsigned char *ring_buffer(struct ring *r, unsigned int buffer);

#define ring_open(device, ...) \
	ring_open_with(device, &(struct ring_options){ __VA_ARGS__ })

/* Submission. push fills an entry; publish shows it; submit also rings if needed. */
struct dmaring_sqe *push(struct ring *r, unsigned int opcode, unsigned int channel,
			 uint64_t user_data);
struct dmaring_sqe *push_data(struct ring *r, unsigned int opcode, unsigned int channel,
			      unsigned int buffer, uint32_t offset, uint32_t bytes,
			      uint64_t user_data);
struct dmaring_sqe *push_copy(struct ring *r, unsigned int to, unsigned int from,
			      uint32_t bytes, uint64_t user_data);
void ring_publish(struct ring *r);
int ring_doorbell(struct ring *r);
void ring_submit(struct ring *r);
void ring_kick(struct ring *r);

/* An eventfd (non-blocking, kept) for a use of the ring, and its counter. */
int event_new(void);
int ring_set_eventfd(struct ring *r, unsigned int use, int fd);
int ring_eventfd(struct ring *r, unsigned int use);
void event_write(int fd, uint64_t value);
uint64_t event_read(int fd);
uint64_t event_wait(int fd);

/* NOPs, one doorbell each, until all are completed. */
void post_nops(struct ring *r, unsigned int n);
/* A few transfers on a ring of its own: time in which nothing may happen here. */
void something_else_happens(void);

uint32_t ring_sq_head(struct ring *r);
uint32_t ring_sq_flags(struct ring *r);
uint32_t ring_cq_tail(struct ring *r);

/* Completion */
bool ring_peek(struct ring *r, struct dmaring_cqe *cqe);
void ring_seen(struct ring *r, unsigned int n);
void ring_set_event(struct ring *r, uint32_t event);
short ring_poll(struct ring *r, short events, int timeout_ms);
struct dmaring_cqe ring_wait_at(struct ring *r, const char *file, int line);
struct dmaring_cqe ring_expect_at(struct ring *r, uint64_t user_data, int res,
				  const char *file, int line);
void ring_collect_at(struct ring *r, struct dmaring_cqe *cqes, unsigned int n,
		     const char *file, int line);
struct dmaring_cqe *cqe_find_at(struct dmaring_cqe *cqes, unsigned int n, uint64_t user_data,
				const char *file, int line);

#define ring_wait(r)		ring_wait_at(r, __FILE__, __LINE__)
#define ring_expect(r, d, res)	ring_expect_at(r, d, res, __FILE__, __LINE__)
#define ring_collect(r, c, n)	ring_collect_at(r, c, n, __FILE__, __LINE__)
#define cqe_find(c, n, d)	cqe_find_at(c, n, d, __FILE__, __LINE__)

/* Waits for a condition on shared memory or a file, by looking again. */
#define wait_until(condition) do {						\
	uint64_t wait_end_ = now_ns() + (uint64_t)WAIT_MS * 1000000;			\
	while (!(condition)) {							\
		if (now_ns() > wait_end_)					\
			fail_msg("deadline passed: %s", #condition);		\
		look_again();							\
	}									\
} while (0)

uint64_t pool_bytes_held(void);
uint64_t now_ns(void);
void look_again(void);
void relax(void);

/* Data */
void pattern_fill(void *p, size_t bytes, uint32_t seed);
void pattern_check_at(const void *p, size_t bytes, uint32_t seed, const char *file, int line);
void byte_check_at(const void *p, int c, size_t bytes, const char *file, int line);

#define pattern_check(p, n, seed)	pattern_check_at(p, n, seed, __FILE__, __LINE__)
#define byte_check(p, c, n)		byte_check_at(p, c, n, __FILE__, __LINE__)

#endif /* _DMARING_TESTS_SYSTEM_RING_H */
