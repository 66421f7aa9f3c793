// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The inline functions of the header as real symbols, for languages that
 * cannot use the former. Part of libdmaring-ffi only.
 */
#define DMARING_INLINE

#include <dmaring/dmaring.h>
