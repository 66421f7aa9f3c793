// SPDX-License-Identifier: GPL-2.0-or-later
#include "kind.h"

const char *const pool_kind_names[POOL_KINDS] = {
	[DMARING_POOL_DEFAULT] = "default",
	[DMARING_POOL_COHERENT] = "coherent",
	[DMARING_POOL_WRITE_COMBINING] = "write-combining",
	[DMARING_POOL_CMA] = "cma",
	[DMARING_POOL_RESERVED] = "reserved",
	[DMARING_POOL_USER] = "user",
	[DMARING_POOL_DMABUF] = "dmabuf",
};
