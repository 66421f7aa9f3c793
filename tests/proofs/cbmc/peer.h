/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Goes over the fuzzer's stand-in for the kernel where the driver's files are
 * compiled for CBMC: what they load from the peer's memory is any value, each time
 * anew, and what others change meanwhile is changed by proofs_load().
 */
#ifndef _PROOFS_PEER_H
#define _PROOFS_PEER_H

void proofs_load(const volatile void *from, void *to, size_t bytes);

#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x) ({						\
	__typeof__(x) value_ = (x);					\
	proofs_load(&(x), &value_, sizeof(value_));			\
	value_; })
#define WRITE_ONCE(x, v)	((void)((x) = (v)))

#endif
