/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernel versions, and nothing else: the driver is written
 * for the newest kernel's API, and this header supplies it on older ones.
 *
 * Included in front of every source by compat/flags.mk. What the kernel offers
 * was found by compiling (probe.c), not by comparing version numbers. Where the
 * newest spelling cannot be supplied under its own name there is a macro:
 *
 *	DMARING_PLATFORM_REMOVE(fn)	in a struct platform_driver initialiser
 *	DMARING_DEVNODE(fn)		in a struct class initialiser
 *	DMARING_ASSIGN_STR(field, src)	in TP_fast_assign()
 *	DMARING_UNSIGNED_OFFSETS	in a struct file_operations initialiser, and
 *	DMARING_FMODE_UNSIGNED_OFFSETS	in f_mode when a file is opened
 */
#ifndef _DMARING_COMPAT_H
#define _DMARING_COMPAT_H

/* The kernel's headers below pull in printk.h, which has its own idea of this. */
#ifndef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#endif

#include <linux/device/class.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/timer.h>
#include <linux/uio.h>

#include "compat-config.h"

/* 6.3: vma->vm_flags is read-only. The mmap lock is held for writing in ->mmap. */
#ifndef HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* Where it is gone a thread of the driver is the system's, and charged to nobody. */
#ifndef HAVE_CGROUP_ATTACH_TASK_ALL
#define cgroup_attach_task_all(from, task) ((void)(from), (void)(task), 0)
#endif

/* 6.12: that offsets are unsigned is said in file_operations. */
#ifdef HAVE_FOP_UNSIGNED_OFFSET
#define DMARING_UNSIGNED_OFFSETS .fop_flags = FOP_UNSIGNED_OFFSET,
#define DMARING_FMODE_UNSIGNED_OFFSETS ((__force fmode_t)0)
#else
#define DMARING_UNSIGNED_OFFSETS
#define DMARING_FMODE_UNSIGNED_OFFSETS FMODE_UNSIGNED_OFFSET
#endif

/* 6.8: eventfd_signal() always adds one. */
#ifndef HAVE_EVENTFD_SIGNAL_ONE
static inline void dmaring_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx, 1);
}

#define eventfd_signal(ctx) dmaring_eventfd_signal(ctx)
#endif

/* 6.11: platform_driver.remove returns void; remove_new did so from 6.3 to 6.12. */
#if defined(HAVE_PLATFORM_REMOVE_VOID)
#define DMARING_PLATFORM_REMOVE(fn) .remove = (fn)
#elif defined(HAVE_PLATFORM_REMOVE_NEW)
#define DMARING_PLATFORM_REMOVE(fn) .remove_new = (fn)
#else
#error "platform_driver has no remove that returns void: this kernel is too old"
#endif

/* 6.2: class.devnode takes a const device; the callee is written for that. */
#ifdef HAVE_CLASS_DEVNODE_CONST
#define DMARING_DEVNODE(fn) (fn)
#else
#define DMARING_DEVNODE(fn) ((char *(*)(struct device *, umode_t *))(fn))
#endif

/* 6.4: class_create() has no owner. */
#ifndef HAVE_CLASS_CREATE_ONE
static inline struct class *dmaring_class_create(const char *name)
{
	return class_create(THIS_MODULE, name);
}

#undef class_create
#define class_create(name) dmaring_class_create(name)
#endif

/* 6.13: hrtimer_setup() sets the function too. */
#ifndef HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* 6.2: timer_delete(), timer_delete_sync() are the new names. */
#ifndef HAVE_TIMER_DELETE_SYNC
#define timer_delete(timer) del_timer(timer)
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

/*
 * 6.2: timer_shutdown_sync() also refuses to be armed again. Without it the
 * caller's own "dead" flag, tested before each mod_timer(), has to do that.
 */
#ifndef HAVE_TIMER_SHUTDOWN_SYNC
#define timer_shutdown_sync(timer) timer_delete_sync(timer)
#endif

/* 6.16: from_timer() was renamed. */
#ifndef HAVE_TIMER_CONTAINER_OF
#define timer_container_of(var, timer, field) from_timer(var, timer, field)
#endif

/* 6.10: __assign_str() remembers what __string() was given. */
#ifdef HAVE_ASSIGN_STR_ONE
#define DMARING_ASSIGN_STR(field, src) __assign_str(field)
#else
#define DMARING_ASSIGN_STR(field, src) __assign_str(field, src)
#endif

/* 6.13: the name space is a string. */
#ifdef HAVE_MODULE_IMPORT_NS_BARE
#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(ns) MODULE_INFO(import_ns, ns)
#endif

/* 6.2: names for the direction of an iov_iter. */
#ifndef HAVE_ITER_DEST
#define ITER_SOURCE WRITE
#define ITER_DEST READ
#endif

/* 6.6: an overlay can be told the node that it is for. */
#ifndef HAVE_OVERLAY_TARGET
#define of_overlay_fdt_apply(tree, bytes, changes, target) \
	of_overlay_fdt_apply(tree, bytes, changes)
#endif

/* 6.12: struct fd is opaque. */
#ifndef HAVE_FD_FILE
#define fd_file(fd) ((fd).file)
#endif

/* 6.5: copy_splice_read() for files without a page cache. */
#ifdef HAVE_COPY_SPLICE_READ
#define DMARING_SPLICE_READ copy_splice_read
#else
#define DMARING_SPLICE_READ generic_file_splice_read
#endif

/* 6.8: MAX_PAGE_ORDER; before, MAX_ORDER, which 6.4 made inclusive. */
#ifdef MAX_PAGE_ORDER
#define DMARING_PAGE_ORDER_MAX MAX_PAGE_ORDER
#else
#define DMARING_PAGE_ORDER_MAX (MAX_ORDER - 1)
#endif

#endif /* _DMARING_COMPAT_H */
