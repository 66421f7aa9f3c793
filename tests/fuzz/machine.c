// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One processor that is many: whenever the last lock is let go of, something
 * else may run to its end before the driver goes on.
 */
#include <malloc.h>
#include <stdarg.h>
#include "fuzz.h"

static LIST_HEAD(works);
static LIST_HEAD(timers);
static ktime_t now;
static unsigned int spinning, sleeping, nesting, failing;
static long allocations;
void (*machine_surprise)(void);
struct workqueue_struct *dmaring_workqueue;
static struct work_struct *running[8];
static unsigned int runs;
static struct eventfd_ctx eventfd;
static wait_queue_head_t eventfd_queue;
static wait_queue_entry_t *eventfd_waits[PEERS];

void fuzz_fail(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	abort();
}

void machine_reset(void)
{
	INIT_LIST_HEAD(&works);
	INIT_LIST_HEAD(&timers);
	now = 1;
	spinning = 0;
	sleeping = 0;
	nesting = 0;
	failing = 0;
	memset(eventfd_waits, 0, sizeof(eventfd_waits));
	runs = 0;
	allocations = 0;
}

void machine_fail_allocation(unsigned int n)
{
	failing = n;
}

long machine_allocations(void)
{
	return allocations;
}

void *fuzz_alloc(size_t n, size_t bytes, gfp_t gfp)
{
	void *p;

	if (!(gfp & __GFP_NOFAIL) && failing && !--failing)
		return NULL;
	/* As in the kernel, what is empty is no failure, and is not to be touched. */
	p = calloc(n ?: 1, bytes ?: 1);
	FUZZ_ASSERT(p);
	allocations++;
	return p;
}

void fuzz_free(const void *p)
{
	unsigned int i;

	if (!p)
		return;
	/* A work item may end with the memory that it is in. */
	for (i = 0; i < runs; i++) {
		if ((uintptr_t)running[i] - (uintptr_t)p < malloc_usable_size((void *)p))
			running[i] = NULL;
	}
	memory_freed(p);
	allocations--;
	free((void *)p);
}

bool machine_locked(const struct fuzz_lock *lock)
{
	return lock->held;
}

bool machine_nested(void)
{
	return nesting;
}

void fuzz_lock(struct fuzz_lock *lock, bool sleeps)
{
	FUZZ_ASSERT(!lock->held);
	FUZZ_ASSERT(!sleeps || !spinning);
	lock->held = true;
	if (sleeps) {
		sleeping++;
		return;
	}
	spinning++;
	memory_locked(lock);
}

void fuzz_unlock(struct fuzz_lock *lock, bool sleeps)
{
	FUZZ_ASSERT(lock->held);
	if (!sleeps)
		memory_unlocked(lock);
	lock->held = false;
	if (sleeps) {
		sleeping--;
		return;
	}
	if (!--spinning)
		fuzz_unlocked();
}

/* Others run here: what they do must not sleep for what runs below them. */
void fuzz_unlocked(void)
{
	if (nesting >= 2 || !machine_surprise || !surprise_due())
		return;
	nesting++;
	machine_surprise();
	nesting--;
}

ktime_t ktime_get(void)
{
	return ++now;
}

void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
		   int clock, enum hrtimer_mode mode)
{
	(void)clock;
	(void)mode;
	INIT_LIST_HEAD(&timer->node);
	timer->function = function;
	timer->running = false;
}

void hrtimer_start(struct hrtimer *timer, ktime_t time, enum hrtimer_mode mode)
{
	FUZZ_ASSERT(timer->function);
	timer->expires = mode == HRTIMER_MODE_ABS_SOFT ? time : now + time;
	if (list_empty(&timer->node))
		list_add_tail(&timer->node, &timers);
}

int hrtimer_cancel(struct hrtimer *timer)
{
	bool active = !list_empty(&timer->node);

	FUZZ_ASSERT(!spinning && !timer->running);
	list_del_init(&timer->node);
	return active;
}

u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	FUZZ_ASSERT(interval > 0);
	timer->expires = now + interval;
	return 1;
}

/* Let a timer expire, if one runs: time passes as far as it takes. */
bool machine_timer(u8 pick)
{
	struct hrtimer *timer;
	unsigned int n = 0;

	list_for_each_entry(timer, &timers, node)
		n++;
	if (!n)
		return false;
	n = pick % n;
	list_for_each_entry(timer, &timers, node) {
		if (!n--)
			break;
	}
	if (timer->running)
		return false;
	now = max(now, timer->expires);
	list_del_init(&timer->node);
	timer->running = true;
	if (timer->function(timer) == HRTIMER_RESTART && list_empty(&timer->node))
		list_add_tail(&timer->node, &timers);
	timer->running = false;
	return true;
}

bool queue_work(struct workqueue_struct *queue, struct work_struct *work)
{
	(void)queue;
	FUZZ_ASSERT(work->function);
	if (!list_empty(&work->node))
		return false;
	list_add_tail(&work->node, &works);
	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool pending = !list_empty(&work->node);

	FUZZ_ASSERT(!spinning && !work->running);
	list_del_init(&work->node);
	return pending;
}

static void work_run(struct work_struct *work)
{
	FUZZ_ASSERT(runs < ARRAY_SIZE(running));
	list_del_init(&work->node);
	work->running = true;
	running[runs++] = work;
	work->function(work);
	if (running[--runs] == work)
		work->running = false;
}

bool flush_work(struct work_struct *work)
{
	FUZZ_ASSERT(!spinning && !work->running);
	if (list_empty(&work->node))
		return false;
	work_run(work);
	return true;
}

/* Who asks an engine waits until nobody else posts completions, or asks. */
static bool asking_waits(void)
{
	unsigned int i;

	for (i = 0; i < CHANNELS; i++) {
		if (channels[i]->holding || channels[i]->finishing != channels[i]->held_count)
			return true;
	}
	return false;
}

static bool work_sleeps(const struct work_struct *work)
{
	if (work->function == dmaring_timeout_work)
		return asking_waits();
	return work->function != dmaring_doorbell_work &&
	       work->function != dmaring_channel_drain_work &&
	       work->function != dmaring_eventfd_work;
}

/* Run a pending work item; those that sleep only where nobody waits below. */
bool machine_work(u8 pick, bool may_sleep)
{
	struct work_struct *work, *found = NULL;
	unsigned int n = 0;

	list_for_each_entry(work, &works, node) {
		if (!work->running && (may_sleep || !work_sleeps(work)))
			n++;
	}
	if (!n)
		return false;
	n = pick % n;
	list_for_each_entry(work, &works, node) {
		if (work->running || (!may_sleep && work_sleeps(work)))
			continue;
		found = work;
		if (!n--)
			break;
	}
	work_run(found);
	return true;
}

bool machine_idle(void)
{
	return list_empty(&works);
}

void machine_settle(void)
{
	unsigned int n = 0;

	while (machine_work(0, true))
		FUZZ_ASSERT(++n < 10000);
}

/* Somebody waits: let others work, else he waits for ever. */
bool fuzz_wait(void)
{
	unsigned int i;

	FUZZ_ASSERT(!spinning);
	if (machine_work(0, false))
		return true;
	for (i = 0; i < CHANNELS; i++) {
		if (surprise_byte() & 1 && engine_complete(i, surprise_byte(), surprise_byte()))
			return true;
	}
	return false;
}

/* -------------------------------------------------------------- eventfds */

bool eventfd_signal_allowed(void)
{
	return !(surprise_byte() & 1);
}

void eventfd_signal(struct eventfd_ctx *ctx)
{
	FUZZ_ASSERT(ctx == &eventfd);
	ctx->signals++;
}

struct eventfd_ctx *eventfd_ctx_fdget(int fd)
{
	allocations++;
	return fd < 0 ? ERR_PTR(-EBADF) : &eventfd;
}

struct eventfd_ctx *eventfd_ctx_fileget(struct file *file)
{
	(void)file;
	return eventfd_ctx_fdget(0);
}

void eventfd_ctx_put(struct eventfd_ctx *ctx)
{
	FUZZ_ASSERT(ctx == &eventfd);
	allocations--;
}

struct file *eventfd_fget(int fd)
{
	(void)fd;
	return (struct file *)&eventfd;
}

__poll_t vfs_poll(struct file *file, poll_table *table)
{
	table->join(file, &eventfd_queue, table);
	return surprise_byte() & 1 ? EPOLLIN : 0;
}

void add_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *wait)
{
	unsigned int i = 0;

	(void)head;
	while (eventfd_waits[i])
		FUZZ_ASSERT(++i < PEERS);
	eventfd_waits[i] = wait;
}

void remove_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *wait)
{
	unsigned int i = 0;

	(void)head;
	while (eventfd_waits[i] != wait)
		FUZZ_ASSERT(++i < PEERS);
	eventfd_waits[i] = NULL;
}

/* Somebody writes to the eventfd of the doorbells. */
void machine_eventfd(void)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++) {
		if (eventfd_waits[i])
			eventfd_waits[i]->func(eventfd_waits[i], 0, 0, (void *)(uintptr_t)EPOLLIN);
	}
}
