/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNIT_FFT_LINUX_MINMAX_H
#define UNIT_FFT_LINUX_MINMAX_H

#define min(a, b) ((a) < (b) ? (a) : (b))

#endif
