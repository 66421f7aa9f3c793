/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data caches in which the same page at two addresses is two lines.
 */
#ifndef _DMARING_ALIAS_H
#define _DMARING_ALIAS_H

#include <linux/mm.h>
#include <asm/cacheflush.h>
#include <asm/shmparam.h>
#ifdef CONFIG_ARM
#include <asm/cachetype.h>
#endif

/**
 * dmaring_cache_aliases() - would a ring be two rings to kernel and user
 *
 * The kernel and a process map the ring's pages at different addresses. With a
 * virtually indexed cache that is not coherent with itself they would not see
 * each other's words; the driver refuses to load there.
 *
 * Return: true if so.
 */
static inline bool dmaring_cache_aliases(void)
{
#if defined(CONFIG_ARM)
	return cache_is_vivt() || cache_is_vipt_aliasing();
#elif defined(CONFIG_CPU_CACHE_ALIASING) || defined(CONFIG_PARISC) || defined(CONFIG_CSKY)
	return SHMLBA > PAGE_SIZE;
#else
	return false;
#endif
}

#endif /* _DMARING_ALIAS_H */
