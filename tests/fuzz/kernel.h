/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for the kernel where the driver's own files are compiled for the
 * fuzzer: included in front of each of them, in the place of every <linux/...>.
 *
 * What the driver shares with its peer goes through fuzz_load() and
 * fuzz_store(); an access that does not is one to poisoned memory. Locks are
 * there to be checked, and to let something else in when the last one is let go
 * of. Work items and timers wait until the fuzzer runs them.
 */
#ifndef _FUZZ_KERNEL_H
#define _FUZZ_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <linux/eventpoll.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef u64 dma_addr_t;
typedef s64 ktime_t;
typedef unsigned int gfp_t;
typedef unsigned int uint;
typedef struct { u32 val; } kuid_t;
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;

/* Failures of what is tested, and of the machinery: both end the run. */
void fuzz_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
#define FUZZ_ASSERT(condition) \
	do { if (!(condition)) fuzz_fail(__FILE__, __LINE__, "%s", #condition); } while (0)

/* The peer's memory: every load may find something else. */
void fuzz_load(void *to, const volatile void *from, size_t bytes);
void fuzz_store(volatile void *to, const void *from, size_t bytes);
/* The outermost lock was let go of. */
void fuzz_unlocked(void);

#define data_race(expression)	(expression)
#define READ_ONCE(x) ({						\
	union { __typeof__(x) value; char bytes[sizeof(x)]; } u_;	\
	fuzz_load(u_.bytes, &(x), sizeof(x));				\
	u_.value; })
#define WRITE_ONCE(x, v) ({					\
	__typeof__(x) v_ = (v);						\
	fuzz_store(&(x), &v_, sizeof(x)); })
#define smp_load_acquire(p)	READ_ONCE(*(p))
#define smp_store_release(p, v)	WRITE_ONCE(*(p), v)
#define smp_mb()		do { } while (0)
#define smp_rmb()		do { } while (0)
#define smp_wmb()		do { } while (0)
#define cond_resched()		do { } while (0)
#define cpu_relax()		do { } while (0)
#define likely(x)		(x)
#define unlikely(x)		(x)

#define __rcu
#define __force
#define __user
#define ____cacheline_aligned_in_smp
#define fallthrough		__attribute__((fallthrough))
#define EXPORT_SYMBOL_GPL(name)	extern int name##_exported
#define module_param(name, type, mode) extern int name##_is_a_parameter
#define MODULE_PARM_DESC(name, text) extern int name##_has_a_text
#define ERESTARTSYS		512
#define S32_MAX			INT32_MAX
#define U32_MAX			(~0U)
#define S64_MAX			INT64_MAX
#define BITS_PER_LONG		64
#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define DMARING_PAGE_ORDER_MAX	10
#define SZ_64K			0x10000
#define SZ_4M			0x400000
#define GFP_KERNEL		1U
#define GFP_KERNEL_ACCOUNT	1U
#define GFP_ATOMIC		2U
#define __GFP_ZERO		4U
#define __GFP_NOWARN		8U
#define __GFP_COMP		16U
#define __GFP_NORETRY		32U
#define __GFP_NOFAIL		64U
#define __GFP_RETRY_MAYFAIL	128U
#define TASK_COMM_LEN		16

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)((char *)(1 ? (p) : &((type *)0)->member) - offsetof(type, member)))
#define BIT(n)			(1UL << (n))
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (63 - (h))))
#define ALIGN(x, a)		(((x) + (__typeof__(x))(a) - 1) & ~((__typeof__(x))(a) - 1))
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGNED(x)		(!((x) & (PAGE_SIZE - 1)))
#define IS_ENABLED(option)	0
#define rounddown(x, n)		((x) - (x) % (n))
#define array_index_nospec(index, size) ((index) < (size) ? (index) : 0)
#define min_t(type, a, b)	({ type a_ = (a), b_ = (b); a_ < b_ ? a_ : b_; })
#define max_t(type, a, b)	({ type a_ = (a), b_ = (b); a_ > b_ ? a_ : b_; })
#define min(a, b)		({ __typeof__(a) x_ = (a); __typeof__(b) y_ = (b); x_ < y_ ? x_ : y_; })
#define max(a, b)		({ __typeof__(a) x_ = (a); __typeof__(b) y_ = (b); x_ > y_ ? x_ : y_; })
#define min3(a, b, c)		({ __typeof__(a) z_ = min(a, b); min(z_, c); })
#define clamp_t(type, v, l, h)	min_t(type, max_t(type, v, l), h)
#define clamp(v, l, h)		clamp_t(__typeof__(v), v, l, h)
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof((p)->member[0]))
#define WARN_ON_ONCE(condition) ({ \
	bool w_ = (condition); \
	if (w_) fuzz_fail(__FILE__, __LINE__, "WARN_ON_ONCE(%s)", #condition); \
	w_; })
#define WARN_ON(condition)	WARN_ON_ONCE(condition)

static inline bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

static inline unsigned int ilog2(u64 n)
{
	return 63 - __builtin_clzll(n);
}

static inline u64 roundup_pow_of_two(u64 n)
{
	return n < 2 ? 1 : 1ULL << (ilog2(n - 1) + 1);
}

static inline u64 rounddown_pow_of_two(u64 n)
{
	return 1ULL << ilog2(n);
}

static inline unsigned int order_base_2(u64 n)
{
	return ilog2(roundup_pow_of_two(n));
}

static inline u64 div_u64(u64 n, u32 by)
{
	return n / by;
}

static inline void __set_bit(unsigned int bit, unsigned long *word)
{
	*word |= 1UL << bit;
}

#define for_each_set_bit(bit, word, size) \
	for ((bit) = 0; (bit) < (size); (bit)++) \
		if (*(word) >> (bit) & 1)

static inline void *memchr_inv(const void *start, int c, size_t bytes)
{
	const unsigned char *p = start;

	for (; bytes--; p++) {
		if (*p != (unsigned char)c)
			return (void *)p;
	}
	return NULL;
}

/* Errors as pointers. */
#define IS_ERR(p)	((uintptr_t)(p) >= (uintptr_t)-4095)
#define IS_ERR_OR_NULL(p)	(!(p) || IS_ERR(p))
#define PTR_ERR(p)	((long)(intptr_t)(p))
#define ERR_PTR(e)	((void *)(intptr_t)(e))

/* Memory: counted, and may run out. */
void *fuzz_alloc(size_t n, size_t bytes, gfp_t gfp);
void fuzz_free(const void *p);
#define kzalloc(bytes, gfp)		fuzz_alloc(1, bytes, gfp)
#define kcalloc(n, bytes, gfp)		fuzz_alloc(n, bytes, gfp)
#define kvzalloc(bytes, gfp)		fuzz_alloc(1, bytes, gfp)
#define kvcalloc(n, bytes, gfp)		fuzz_alloc(n, bytes, gfp)
#define kvmalloc_array(n, bytes, gfp)	fuzz_alloc(n, bytes, gfp)
#define kfree(p)			fuzz_free(p)
#define kvfree(p)			fuzz_free(p)

/* Lists. */
struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)	struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static inline void list_add(struct list_head *entry, struct list_head *after)
{
	FUZZ_ASSERT(after->next->prev == after && entry != after && after->next != entry);
	entry->next = after->next;
	entry->prev = after;
	after->next->prev = entry;
	after->next = entry;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *list)
{
	list_add(entry, list->prev);
}

static inline void list_unlink(struct list_head *entry)
{
	FUZZ_ASSERT(entry->prev->next == entry && entry->next->prev == entry);
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}

static inline void list_del(struct list_head *entry)
{
	list_unlink(entry);
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void list_del_init(struct list_head *entry)
{
	list_unlink(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move(struct list_head *entry, struct list_head *list)
{
	list_unlink(entry);
	list_add(entry, list);
}

static inline bool list_is_singular(const struct list_head *list)
{
	return !list_empty(list) && list->next == list->prev;
}

static inline void list_move_tail(struct list_head *entry, struct list_head *list)
{
	list_unlink(entry);
	list_add_tail(entry, list);
}

static inline void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	while (!list_empty(from))
		list_move_tail(from->next, to);
}

#define list_entry(p, type, member)	container_of(p, type, member)
#define list_first_entry(list, type, member) list_entry((list)->next, type, member)
#define list_first_entry_or_null(list, type, member) \
	(list_empty(list) ? NULL : list_first_entry(list, type, member))
#define list_for_each_entry(p, list, member) \
	for ((p) = list_entry((list)->next, __typeof__(*(p)), member); &(p)->member != (list); \
	     (p) = list_entry((p)->member.next, __typeof__(*(p)), member))
#define list_for_each_entry_safe(p, n, list, member) \
	for ((p) = list_entry((list)->next, __typeof__(*(p)), member), \
	     (n) = list_entry((p)->member.next, __typeof__(*(p)), member); \
	     &(p)->member != (list); \
	     (p) = (n), (n) = list_entry((n)->member.next, __typeof__(*(n)), member))
#define list_for_each_entry_safe_reverse(p, n, list, member) \
	for ((p) = list_entry((list)->prev, __typeof__(*(p)), member), \
	     (n) = list_entry((p)->member.prev, __typeof__(*(p)), member); \
	     &(p)->member != (list); \
	     (p) = (n), (n) = list_entry((n)->member.prev, __typeof__(*(n)), member))

/* Locks. */
struct fuzz_lock {
	bool held;
};
typedef struct fuzz_lock spinlock_t;
struct mutex {
	struct fuzz_lock dep_map;
};

void fuzz_lock(struct fuzz_lock *lock, bool sleeps);
void fuzz_unlock(struct fuzz_lock *lock, bool sleeps);
#define spin_lock_init(l)		((l)->held = false)
#define spin_lock(l)			fuzz_lock(l, false)
#define spin_unlock(l)			fuzz_unlock(l, false)
#define spin_lock_irq(l)		fuzz_lock(l, false)
#define spin_unlock_irq(l)		fuzz_unlock(l, false)
#define spin_lock_irqsave(l, irq)	((irq) = 0, fuzz_lock(l, false))
#define spin_unlock_irqrestore(l, irq)	((void)(irq), fuzz_unlock(l, false))
#define spin_lock_bh(l)			fuzz_lock(l, false)
#define spin_unlock_bh(l)		fuzz_unlock(l, false)
#define DEFINE_MUTEX(name)		struct mutex name
#define mutex_init(m)			((m)->dep_map.held = false)
#define mutex_lock(m)			fuzz_lock(&(m)->dep_map, true)
#define mutex_unlock(m)			fuzz_unlock(&(m)->dep_map, true)
#define lockdep_assert_held(l) \
	FUZZ_ASSERT(_Generic((l), spinlock_t *: (l), struct mutex *: (void *)(l), \
			     const spinlock_t *: (l)) && \
		    ((const struct fuzz_lock *)(const void *)(l))->held)

/* References and counters. */
struct kref {
	int refs;
};

static inline void kref_init(struct kref *kref)
{
	kref->refs = 1;
}

static inline void kref_get(struct kref *kref)
{
	FUZZ_ASSERT(kref->refs > 0);
	kref->refs++;
}

static inline unsigned int kref_read(const struct kref *kref)
{
	return kref->refs;
}

static inline bool kref_get_unless_zero(struct kref *kref)
{
	if (!kref->refs)
		return false;
	kref->refs++;
	return true;
}

static inline int kref_put(struct kref *kref, void (*release)(struct kref *kref))
{
	FUZZ_ASSERT(kref->refs > 0);
	if (--kref->refs)
		return 0;
	release(kref);
	return 1;
}

#define atomic64_inc(a)		((void)(a)->counter++)
#define atomic64_sub(n, a)	((void)((a)->counter -= (n)))
#define atomic64_add(n, a)	((void)((a)->counter += (n)))
#define atomic64_read(a)	((a)->counter)
#define atomic_inc(a)		((void)(a)->counter++)
#define atomic_read(a)		((a)->counter)

#define rcu_read_lock()			do { } while (0)
#define rcu_read_unlock()		do { } while (0)
#define synchronize_rcu()		do { } while (0)
#define rcu_dereference(p)		(p)
#define rcu_access_pointer(p)		(p)
#define rcu_assign_pointer(p, v)	((p) = (v))
#define RCU_INIT_POINTER(p, v)		((p) = (v))
#define rcu_replace_pointer(p, v, c)	({ __typeof__(p) old_ = (p); (void)(c); (p) = (v); old_; })

/* Time. */
#define NSEC_PER_USEC	1000L
#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_SEC	1000000000L
#define KTIME_MAX	INT64_MAX
#define CLOCK_MONOTONIC	1

ktime_t ktime_get(void);
#define ktime_get_ns()		((u64)ktime_get())
#define ktime_get_real_ns()	((u64)ktime_get())
#define ktime_get_clocktai_ns()	((u64)ktime_get())
#define ktime_to_ns(t)		(t)
#define ns_to_ktime(ns)		((ktime_t)(ns))
#define ms_to_ktime(ms)		((ktime_t)(ms) * NSEC_PER_MSEC)
#define ktime_add_us(t, us)	((t) + (ktime_t)(us) * NSEC_PER_USEC)
#define ktime_add(a, b)		((a) + (b))
#define ktime_sub(a, b)		((a) - (b))
#define ktime_ms_delta(a, b)	(((a) - (b)) / NSEC_PER_MSEC)
#define ktime_before(a, b)	((a) < (b))
#define ktime_after(a, b)	((a) > (b))
#define msecs_to_jiffies(ms)	(ms)

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode { HRTIMER_MODE_REL_SOFT, HRTIMER_MODE_ABS_SOFT };
struct hrtimer {
	struct list_head node;
	ktime_t expires;
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	bool running;
};

/* Nobody else runs meanwhile: what is waited for never comes. */
static inline void usleep_range(unsigned long least, unsigned long most)
{
	(void)least;
	(void)most;
	abort();
}

void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
		   int clock, enum hrtimer_mode mode);
void hrtimer_start(struct hrtimer *timer, ktime_t time, enum hrtimer_mode mode);
int hrtimer_cancel(struct hrtimer *timer);
u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval);
#define hrtimer_active(timer) (!list_empty(&(timer)->node))

/* Work items. */
struct work_struct {
	struct list_head node;
	void (*function)(struct work_struct *work);
	bool running;
};
struct workqueue_struct;

#define INIT_WORK(w, f) do { \
	INIT_LIST_HEAD(&(w)->node); \
	(w)->function = (f); \
	(w)->running = false; \
	} while (0)
bool queue_work(struct workqueue_struct *queue, struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
bool flush_work(struct work_struct *work);

/* Waiting: what the others would do meanwhile is done here. */
typedef struct {
	int wakes;
} wait_queue_head_t;
typedef struct wait_queue_entry {
	int (*func)(struct wait_queue_entry *wait, unsigned int mode, int sync, void *key);
} wait_queue_entry_t;

bool fuzz_wait(void);
#define init_waitqueue_head(q)	((q)->wakes = 0)
#define wake_up(q)		((void)(q)->wakes++)
#define wake_up_all(q)		((void)(q)->wakes++)
#define wake_up_poll(q, events)	((void)(events), (void)(q)->wakes++)
#define wq_has_sleeper(q)	((q)->wakes >= 0)
#define wait_event(q, condition) \
	do { while (!(condition)) FUZZ_ASSERT(fuzz_wait()); } while (0)
#define wait_event_timeout(q, condition, jiffies) ({ \
	(void)(jiffies); \
	while (!(condition) && fuzz_wait()) \
		; \
	(condition); })

/* Eventfds: one that counts, and may not always be signalled on the spot. */
struct eventfd_ctx {
	u64 signals;
};
struct file;
typedef struct poll_table {
	void (*join)(struct file *file, wait_queue_head_t *head, struct poll_table *table);
} poll_table;

bool eventfd_signal_allowed(void);
void eventfd_signal(struct eventfd_ctx *ctx);
struct eventfd_ctx *eventfd_ctx_fdget(int fd);
struct eventfd_ctx *eventfd_ctx_fileget(struct file *file);
void eventfd_ctx_put(struct eventfd_ctx *ctx);
struct file *eventfd_fget(int fd);
__poll_t vfs_poll(struct file *file, poll_table *table);
void add_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *wait);
void remove_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *wait);
#define fput(file)				((void)(file))
#define init_waitqueue_func_entry(w, f)		((void)((w)->func = (f)))
#define init_poll_funcptr(table, f)		((void)((table)->join = (f)))
#define key_to_poll(key)			((__poll_t)(uintptr_t)(key))

/* Devices and messages. */
struct device_driver {
	const char *name;
};
struct device {
	int refs;
	struct device_driver *driver;
};
struct cdev {
	int unused;
};
struct class;
struct attribute_group;
struct file_operations;
struct kiocb;
struct iov_iter;
struct page;
struct rw_semaphore { int unused; };

/* Of the file of a ring, which nobody maps here. */
struct address_space { int unused; };
#define address_space_init_once(mapping)	((void)(mapping))

/* A pool becomes no file here. */
struct file;
#define get_unused_fd_flags(flags)	(-EMFILE)
#define put_unused_fd(fd)		((void)(fd))
#define fd_install(fd, file)		((void)(fd), (void)(file))
#define fput(file)			((void)(file))
struct vm_area_struct {
	unsigned long vm_start, vm_end;
};
#define vma_pages(vma)		(((vma)->vm_end - (vma)->vm_start) >> PAGE_SHIFT)
#define get_device(d)		((void)(d)->refs++)
#define put_device(d)		((void)(d)->refs--)
#define dev_err(d, ...)		((void)(d))
#define dev_warn(d, ...)	((void)(d))
#define dev_err_probe(d, error, ...) ((void)(d), (error))
#define dev_info_ratelimited(d, ...) ((void)(d))
#define dev_warn_ratelimited(d, ...) ((void)(d))
int device_property_read_u32(struct device *dev, const char *name, u32 *value);
#define current_euid()		((kuid_t){ 0 })

/* Trace events are where the fuzzer looks: it defines a function for each. */
#define TP_PROTO(...)		__VA_ARGS__
#define TRACE_EVENT(name, proto, ...) void trace_##name(proto)

#endif
