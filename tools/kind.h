/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of memory that pools are made of.
 */
#ifndef _DMARING_TOOLS_KIND_H
#define _DMARING_TOOLS_KIND_H

#include <dmaring/abi.h>

#define POOL_KINDS	(DMARING_POOL_DMABUF + 1)

/* As the driver calls them in fdinfo; index: enum dmaring_pool_kind. */
extern const char *const pool_kind_names[POOL_KINDS];

#endif /* _DMARING_TOOLS_KIND_H */
