/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for the kernel's header where driver code is compiled for the host.
 */
#ifndef _LINUX_NOSPEC_H
#define _LINUX_NOSPEC_H

#include <stdbool.h>

/* Same value, without the speculation barrier; out of bounds is 0 as there. */
#define array_index_nospec(index, size) ((index) < (size) ? (index) : 0)

#endif
