/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for the kernel's header where driver code is compiled for the host.
 */
#ifndef _LINUX_STRING_H
#define _LINUX_STRING_H

#include <string.h>

#endif
