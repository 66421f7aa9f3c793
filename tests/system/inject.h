/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's fault injection: the nth allocation or copy of this thread fails.
 */
#ifndef _DMARING_TESTS_SYSTEM_INJECT_H
#define _DMARING_TESTS_SYSTEM_INJECT_H

#include "attribute.h"

/* NULL, or what of it this kernel has not. */
const char *injection_missing(void);

#define skip_without_injection() do {						\
	const char *missing_ = injection_missing();				\
	if (missing_) {								\
		print_message("# %s\n", missing_);				\
		skip();								\
	}									\
} while (0)

/* From here on the nth fails; 1 is the next. */
void arm(unsigned int nth);

/* How many are still to go before it does. */
unsigned int injection_left(void);

/* Did it fail something? What is left of it is taken back, and may fail just that. */
bool disarm(void);

#define ERRORS_WANTED	4

/* DMARING_LONG=1: each failure is to be tried. */
bool is_long(void);

/* Which failure comes next: all, or all until some were errors, and then ever fewer. */
unsigned int injection_next(unsigned int nth, unsigned int errors);

/* How often something failed, all in all. */
unsigned int injections(void);

#endif /* _DMARING_TESTS_SYSTEM_INJECT_H */
