/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that are tried with one allocation or copy after the other failing.
 */
#ifndef _DMARING_TESTS_SYSTEM_FAIL_NTH_H
#define _DMARING_TESTS_SYSTEM_FAIL_NTH_H

struct subject {
	const char *name;
	void (*prepare)(void);		/* before each call, nothing fails */
	long (*call)(void);		/* 0 or more, or -errno */
	void (*went_well)(void);	/* optional: what must then be */
	void (*failed)(void);		/* optional */
};

extern const struct subject fail_pools[];
extern const unsigned int fail_pools_count;

#endif /* _DMARING_TESTS_SYSTEM_FAIL_NTH_H */
