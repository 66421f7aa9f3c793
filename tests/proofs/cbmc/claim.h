/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the harnesses of CBMC share. A claim is a function; cbmc_test.sh takes
 * each one by its "CLAIM name: text" and proves that no assertion in it, and no
 * access in the driver's code, can fail for any value that the assumptions let through.
 */
#ifndef _PROOFS_CLAIM_H
#define _PROOFS_CLAIM_H

#define ASSUME(condition)	__CPROVER_assume(condition)
#define ASSERT(condition)	__CPROVER_assert(condition, #condition)
/* Can the end of a claim be reached at all? Where not, nothing was proved: so this must fail. */
#define REACHED()		__CPROVER_assert(0, "reached")

/* Some value of a type: CBMC takes what nobody has set for any value at all. */
#define ANY(type)		({ type any_; any_; })

#endif
