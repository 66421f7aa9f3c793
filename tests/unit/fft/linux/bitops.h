/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNIT_FFT_LINUX_BITOPS_H
#define UNIT_FFT_LINUX_BITOPS_H

static inline unsigned long __ffs(unsigned long word)
{
	return (unsigned long)__builtin_ctzl(word);
}

#endif
