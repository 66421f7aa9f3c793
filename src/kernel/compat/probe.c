// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel being built against offers: one snippet a question.
 *
 * probe.sh compiles this file once per PROBE_<NAME> below, each time with that
 * one name defined, with the kernel's own flags. If it compiles, <NAME> is
 * written to compat-config.h as HAVE_<NAME>. Versions in the comments are
 * those of mainline; stable and distribution kernels backport, which is why
 * the question is put to the compiler and not to LINUX_VERSION_CODE.
 */

#ifdef PROBE_SANITY
/* Must compile: else the kernel tree or the compiler is at fault, not the API. */
#include <linux/module.h>
int probe(void);
int probe(void) { return THIS_MODULE != NULL; }
#endif

#ifdef PROBE_VM_FLAGS_SET
/* 6.3: vma->vm_flags became read-only, with functions to change it. */
#include <linux/mm.h>
void probe(struct vm_area_struct *vma);
void probe(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTCOPY);
	vm_flags_clear(vma, VM_MAYWRITE);
}
#endif

#ifdef PROBE_CGROUP_ATTACH_TASK_ALL
/* A thread of the driver can be charged to the process it works for. */
#include <linux/cgroup.h>
int probe(struct task_struct *from, struct task_struct *task);
int probe(struct task_struct *from, struct task_struct *task)
{
	return cgroup_attach_task_all(from, task);
}
#endif

#ifdef PROBE_FOP_UNSIGNED_OFFSET
/* 6.12: file_operations says that offsets are unsigned; before, f_mode did. */
#include <linux/fs.h>
extern struct file_operations probe_operations;
struct file_operations probe_operations = { .fop_flags = FOP_UNSIGNED_OFFSET };
#endif

#ifdef PROBE_EVENTFD_SIGNAL_ONE
/* 6.8: eventfd_signal() lost its count, which was always 1. */
#include <linux/eventfd.h>
void probe(struct eventfd_ctx *ctx);
void probe(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx);
}
#endif

#ifdef PROBE_PLATFORM_REMOVE_VOID
/* 6.11: platform_driver.remove returns void. */
#include <linux/platform_device.h>
static void probe_remove(struct platform_device *pdev) { }
extern struct platform_driver probe_driver;
struct platform_driver probe_driver = { .remove = probe_remove };
#endif

#ifdef PROBE_PLATFORM_REMOVE_NEW
/* 6.3 to 6.12: the void one was called remove_new in the meantime. */
#include <linux/platform_device.h>
static void probe_remove(struct platform_device *pdev) { }
extern struct platform_driver probe_driver;
struct platform_driver probe_driver = { .remove_new = probe_remove };
#endif

#ifdef PROBE_CLASS_DEVNODE_CONST
/* 6.2: class.devnode takes a const device. */
#include <linux/device/class.h>
static char *probe_devnode(const struct device *dev, umode_t *mode) { return NULL; }
extern struct class probe_class;
struct class probe_class = { .devnode = probe_devnode };
#endif

#ifdef PROBE_CLASS_CREATE_ONE
/* 6.4: class_create() lost its owner. */
#include <linux/device/class.h>
struct class *probe(void);
struct class *probe(void)
{
	return class_create("probe");
}
#endif

#ifdef PROBE_HRTIMER_SETUP
/* 6.13: hrtimer_setup() sets the function too; hrtimer_init() left in 6.15. */
#include <linux/hrtimer.h>
void probe(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *));
void probe(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *))
{
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}
#endif

#ifdef PROBE_TIMER_DELETE_SYNC
/* 6.2: del_timer_sync() was renamed; the old name left in 6.15. */
#include <linux/timer.h>
int probe(struct timer_list *timer);
int probe(struct timer_list *timer)
{
	return timer_delete_sync(timer) | timer_delete(timer);
}
#endif

#ifdef PROBE_TIMER_SHUTDOWN_SYNC
/* 6.2: a timer that can no longer be armed. */
#include <linux/timer.h>
int probe(struct timer_list *timer);
int probe(struct timer_list *timer)
{
	return timer_shutdown_sync(timer);
}
#endif

#ifdef PROBE_TIMER_CONTAINER_OF
/* 6.16: from_timer() was renamed. */
#include <linux/timer.h>
struct probe { struct timer_list timer; };
struct probe *probe(struct timer_list *t);
struct probe *probe(struct timer_list *t)
{
	struct probe *p = timer_container_of(p, t, timer);

	return p;
}
#endif

#ifdef PROBE_MODULE_IMPORT_NS_BARE
/* 6.13: MODULE_IMPORT_NS() takes a string; before, a bare word. */
#include <linux/module.h>
MODULE_IMPORT_NS(PROBE);
#endif

#ifdef PROBE_ITER_DEST
/* 6.2: readable names for the direction of an iov_iter. */
#include <linux/uio.h>
int probe(void);
int probe(void) { return ITER_DEST + 2 * ITER_SOURCE; }
#endif

#ifdef PROBE_ASSIGN_STR_ONE
/* 6.10: __assign_str() lost its source, which __string() has kept. */
#include <linux/tracepoint.h>
#include <trace/stages/stage6_event_callback.h>
#ifndef __assign_str
#error "the kernel's tracing stages are laid out in a way not known here"
#endif
#define __get_str(field) ((char *)NULL)
struct probe { const char *name_ptr_; };
void probe(struct probe *p);
#undef __get_dynamic_array_len
#define __get_dynamic_array_len(field) 0
/* Only the number of arguments is asked: a wrong one is a preprocessor error. */
#define PROBE_TEXT_(...) #__VA_ARGS__
#define PROBE_TEXT(...) PROBE_TEXT_(__VA_ARGS__)
void probe(struct probe *p) { p->name_ptr_ = PROBE_TEXT(__assign_str(name)); }
#endif

#ifdef PROBE_OVERLAY_TARGET
/* 6.6: of_overlay_fdt_apply() can be told the node that the overlay is for. */
#include <linux/of.h>
int probe(int *changes);
int probe(int *changes) { return of_overlay_fdt_apply(NULL, 0, changes, NULL); }
#endif

#ifdef PROBE_FD_FILE
/* 6.12: struct fd became opaque; fd_file() reads it. */
#include <linux/file.h>
struct file *probe(struct fd f);
struct file *probe(struct fd f) { return fd_file(f); }
#endif

#ifdef PROBE_CLEANUP_GUARD
/* 6.5: guard() and __free() for locks and memory. */
#include <linux/cleanup.h>
#include <linux/mutex.h>
void probe(struct mutex *lock);
void probe(struct mutex *lock) { guard(mutex)(lock); }
#endif

#ifdef PROBE_COPY_SPLICE_READ
/* 6.5: copy_splice_read() took the place of generic_file_splice_read() here. */
#include <linux/fs.h>
extern const struct file_operations probe_operations;
const struct file_operations probe_operations = { .splice_read = copy_splice_read };
#endif
