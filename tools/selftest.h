/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the checks of "dmaring selftest" share.
 */
#ifndef DMARING_SELFTEST_H
#define DMARING_SELFTEST_H

#include <stdbool.h>

#include <dmaring/dmaring.h>

#define SELFTEST_DEPTH	4U			/* transfers under way at a time, at most */
#define SELFTEST_USUAL	1024U			/* of a transfer whose size does not matter */
#define WAIT_NS		(10 * 1000000000LL)	/* nothing on a sound device takes longer */

enum outcome {
	PASSED,
	FAILED,
	SKIPPED,
};

/**
 * struct selftest - one run
 * @device:	name or path
 * @query:	what the device said
 * @send:	index of the first send channel in the device, or -1
 * @receive:	of the first receive channel, or -1
 * @copy:	of the first copy channel, or -1
 * @alignment:	that suits all channels
 * @window:	requests that an engine takes at a time, the largest of all channels
 * @whole_bytes: longest transfer that no engine needs cut, as far as that is told
 * @buffer_bytes: longest transfer to make
 * @bytes_min:	shortest transfer to make
 * @depth:	transfers under way at a time
 * @transfers:	number of the next one, for the pattern
 * @why:	why the present check failed, or was skipped
 */
struct selftest {
	const char *device;
	struct dmaring_query query;
	int send;
	int receive;
	int copy;
	unsigned int alignment;
	unsigned int window;
	uint64_t whole_bytes;
	unsigned int buffer_bytes;
	unsigned int bytes_min;
	unsigned int depth;
	unsigned int transfers;
	char why[384];
};

/**
 * struct check - one thing to look at
 * @name:	its name; NULL ends a table
 * @says:	what a pass means
 * @run:	does it, with rings of its own; or NULL
 * @run_on:	does it on a ring that was opened for it; or NULL
 */
struct check {
	const char *name;
	const char *says;
	enum outcome (*run)(struct selftest *test);
	enum outcome (*run_on)(struct selftest *test, struct dmaring *ring);
};

extern const struct dmaring_options selftest_small;
extern const struct check selftest_quiet[], selftest_copy[], selftest_loopback[],
	selftest_transmit[];

/**
 * selftest_large() - options of a ring for data
 * @test:	the run
 *
 * Return: the options.
 */
struct dmaring_options selftest_large(const struct selftest *test);

/**
 * selftest_fail() - say why a check failed
 * @test:	the run
 * @format:	as for printf()
 *
 * Return: FAILED.
 */
enum outcome selftest_fail(struct selftest *test, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * selftest_skip() - say why a check was skipped
 * @test:	the run
 * @what:	what is missing
 *
 * Return: SKIPPED.
 */
enum outcome selftest_skip(struct selftest *test, const char *what);

/**
 * selftest_open() - a ring for a check
 * @test:	the run
 * @ring:	filled in
 * @options:	as for dmaring_open()
 *
 * Return: PASSED, or FAILED with the reason said.
 */
enum outcome selftest_open(struct selftest *test, struct dmaring *ring,
			   const struct dmaring_options *options);

/**
 * selftest_next() - take the next completion
 * @test:	the run
 * @ring:	the ring
 * @cqe:	gets a copy
 *
 * Return: PASSED, or FAILED with the reason said: none came.
 */
enum outcome selftest_next(struct selftest *test, struct dmaring *ring, struct dmaring_cqe *cqe);

/**
 * selftest_expect() - take the next completion and look at it
 * @test:	the run
 * @ring:	the ring
 * @user_data:	what it must carry
 * @res:	what it must say
 *
 * Return: PASSED, or FAILED with the reason said.
 */
enum outcome selftest_expect(struct selftest *test, struct dmaring *ring, __u64 user_data,
			     int res);

#endif /* DMARING_SELFTEST_H */
