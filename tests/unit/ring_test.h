/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every test of the ring needs: cmocka and a fixture.
 */
#ifndef RING_TEST_H
#define RING_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ring_fake.h"

#define FIRST_INDEX	0xffffff00U	/* indices wrap in every long test */

#endif /* RING_TEST_H */
