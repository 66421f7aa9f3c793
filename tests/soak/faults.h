/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rings on failing hardware: every fault of the virtual controller at once, on
 * channels of each kind, chosen by chance, and an account of each request.
 */
#ifndef _DMARING_TESTS_SOAK_FAULTS_H
#define _DMARING_TESTS_SOAK_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaring/dmaring.h>

#define FAULTS_RINGS	6
#define FAULTS_REQUESTS	96

/* How a request is to end, and what of it is known so far. */
struct faults_request {
	bool out;		/* submitted, and has not come back */
	bool timeout;		/* it had a time-out */
	uint8_t opcode;
	uint8_t to;		/* COPY: buffer */
};

struct faults_ring {
	struct dmaring ring;
	const char *device;
	bool open;
	bool stopped;		/* CANCEL or ABORT, or a time-out, in this round */
	bool eio;		/* a fault that ends in -EIO, in this round */
	bool torn;		/* one that makes copies short */
	bool refused;		/* an engine that may be dead */
	unsigned int out;
	struct faults_request request[FAULTS_REQUESTS];
};

/**
 * struct faults - the rings, and the account
 * @below:	a number by chance, less than its argument
 * @context:	its first argument
 * @rings:	those
 * @submitted:	requests, with the next ones
 * @completed:	that ended with 0
 * @cancelled:	with -ECANCELED
 * @failed:	with -EIO
 * @timed_out:	with -ETIMEDOUT
 * @closed:	that were under way when their ring was closed
 * @controls:	other operations, each of which came back
 * @wrong:	what should not be: of completions, of data, of counters
 * @quarantined: pages, at the start
 */
struct faults {
	uint32_t (*below)(void *context, uint32_t limit);
	void *context;
	struct faults_ring rings[FAULTS_RINGS];
	uint64_t submitted;
	uint64_t completed;
	uint64_t cancelled;
	uint64_t failed;
	uint64_t timed_out;
	uint64_t closed;
	uint64_t controls;
	uint64_t wrong;
	int64_t quarantined;
};

/**
 * faults_begin() - open the rings
 * @faults:	@below and @context are set, the rest is zero
 *
 * Return: 0 or -errno, which has been said on stderr.
 */
int faults_begin(struct faults *faults);

/**
 * faults_round() - faults, requests, and the end of all of them
 * @faults:	the rings
 *
 * Return: 0 or -errno: -ETIME if something has not ended in ten seconds.
 */
int faults_round(struct faults *faults);

/* Pages that are in quarantine since the start. */
int64_t faults_quarantined(const struct faults *faults);

/* Closes, turns the knobs back, and looks whether the driver's account is even. */
void faults_end(struct faults *faults);

#endif /* _DMARING_TESTS_SOAK_FAULTS_H */
