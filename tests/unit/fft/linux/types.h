/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Enough of the kernel to compile src/kernel/sim/fft_core.c for the host. */
#ifndef UNIT_FFT_LINUX_TYPES_H
#define UNIT_FFT_LINUX_TYPES_H

#include <stdint.h>

typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef uint32_t u32;
typedef uint64_t u64;

#endif
