/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_METER_H
#define SPECTRUM_METER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum meter_method - how system calls were counted
 * @METER_NONE:		not at all
 * @METER_TRACEPOINT:	all of them, by the kernel's tracepoint; needs privilege
 * @METER_IO:		read, write and epoll_wait, which is what the loop does
 *			while nothing is opened or closed
 */
enum meter_method {
	METER_NONE,
	METER_TRACEPOINT,
	METER_IO,
};

/**
 * struct meter - what a run costs
 * @device:	name of the device
 * @ioctls_known: ioctls were counted
 * @ioctls:	ioctls tried since meter_start(), on anything but the terminal
 * @syscalls_by: how system calls were counted
 * @syscalls:	system calls between start and stop, but for those between pause
 *		and resume
 * @paused_at:	what the counter said at the pause
 * @waits:	epoll_wait calls, counted by the caller
 * @wakeups:	of those, the ones that returned with an event; by the caller
 * @driver_known: the driver's counters could be read
 * @doorbells:	doorbells that the driver got between start and stop
 * @undoorbelled: drains without one
 * @driver_wakeups: times that the driver woke us
 * @tracepoint:	the kernel's counter of system calls; -1: not to be had
 */
struct meter {
	const char *device;
	bool ioctls_known;
	uint64_t ioctls;
	enum meter_method syscalls_by;
	uint64_t syscalls;
	uint64_t paused_at;
	uint64_t waits;
	uint64_t wakeups;
	bool driver_known;
	uint64_t doorbells;
	uint64_t undoorbelled;
	uint64_t driver_wakeups;
	int tracepoint;
};

void meter_start(struct meter *meter, const char *device);
void meter_pause(struct meter *meter);
void meter_resume(struct meter *meter);
void meter_stop(struct meter *meter);

#endif
