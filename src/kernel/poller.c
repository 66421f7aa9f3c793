// SPDX-License-Identifier: GPL-2.0-only
/*
 * The poller: a thread that looks for submissions, so that the user need not
 * ring. One for a device; it is there while a ring that asked for it is open, and
 * it polls only as long as the administrator lets it.
 *
 *	asleep: until a doorbell, a new ring, or leave that was given again
 *	awake: until nothing was to do for idle_ms, or leave was taken back
 *
 * Owns: ring->polled, by which the rings' NEED_DOORBELL stays clear. While awake it
 * looks and pauses by turns, so that it stays within its share of a CPU.
 * Locks: poller->control, poller->lock, ring->sq_lock, in this order.
 */
#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include "ring.h"

/* A turn of looking and pausing together; also the longest that a pause is late. */
#define TURN_NS		(1000 * NSEC_PER_USEC)
/* With one CPU each look keeps the user from running: not more often than that. */
#define PACE_NS		(50 * NSEC_PER_USEC)

/* Would a drain find anything? Loads only, since this is asked all the time. */
static bool ring_wants(const struct dmaring_ring *ring)
{
	if (READ_ONCE(ring->uctl->sq_tail) == READ_ONCE(ring->sq_head))	/* untrusted */
		return false;
	/* Its completion drains. */
	if (READ_ONCE(ring->fence))
		return false;
	/* It waits for completion slots, and none came back since the last look. */
	return !(READ_ONCE(ring->sq_flags) & DMARING_SQ_CQ_FULL) ||
	       READ_ONCE(*ring->cq_head) != ring->poll_head;	/* untrusted */
}

/* One look at a ring. Return: is somebody at work there. */
static bool ring_look(struct dmaring_ring *ring)
{
	struct dmaring_counters *counters = &ring->device->counters;
	u32 tail = READ_ONCE(ring->cq_tail);
	bool busy = tail != ring->poll_tail;
	unsigned int taken = 0;

	if (READ_ONCE(ring->dead) || READ_ONCE(ring->broken)) {
		/* A doorbell tells its user what has become of it. */
		if (ring->polled)
			dmaring_ring_set_polled(ring, false);
		return false;
	}
	ring->poll_tail = tail;
	if (!ring->polled) {
		taken = dmaring_ring_set_polled(ring, true);
	} else if (ring_wants(ring)) {
		ring->poll_head = READ_ONCE(*ring->cq_head);	/* untrusted */
		taken = dmaring_ring_drain(ring);
	}
	if (taken)
		atomic64_add(taken, &counters->poller_entries);
	return busy || taken;
}

static bool rings_look(struct dmaring_poller *poller)
{
	struct dmaring_ring *ring;
	bool busy = false;

	mutex_lock(&poller->lock);
	list_for_each_entry(ring, &poller->rings, poll_node)
		busy |= ring_look(ring);
	mutex_unlock(&poller->lock);
	return busy;
}

/*
 * Set NEED_DOORBELL everywhere, and look once more (fence K, in the drain).
 * Return: something was there.
 */
static bool rings_leave(struct dmaring_poller *poller)
{
	struct dmaring_ring *ring;
	bool found = false;

	mutex_lock(&poller->lock);
	list_for_each_entry(ring, &poller->rings, poll_node) {
		if (ring->polled && dmaring_ring_set_polled(ring, false))
			found = true;
	}
	mutex_unlock(&poller->lock);
	return found;
}

/* Make up for having run @ran_ns, so that it was @percent of the time. */
static void pause_after(u64 ran_ns, unsigned int percent)
{
	u64 ns = div_u64(ran_ns * (100 - percent), percent);
	ktime_t pause;

	if (num_online_cpus() == 1)
		ns = max_t(u64, ns, PACE_NS);
	if (!ns) {
		cond_resched();
		return;
	}
	pause = ns_to_ktime(ns);
	set_current_state(TASK_IDLE);
	if (!kthread_should_stop())
		schedule_hrtimeout(&pause, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
}

/* Awake, until there is nothing more to do, or no leave to do it. */
static void poller_poll(struct dmaring_device *device)
{
	struct dmaring_poller *poller = &device->poller;
	unsigned int percent;
	u64 begin, now, last = ktime_get_ns();

	while (!kthread_should_stop()) {
		percent = READ_ONCE(poller->percent);
		if (!percent)
			break;
		begin = ktime_get_ns();
		do {
			bool busy = rings_look(poller);

			now = ktime_get_ns();
			if (busy)
				last = now;
			else
				cpu_relax();
		} while (num_online_cpus() > 1 && !need_resched() &&
			 now - begin < TURN_NS / 100 * percent);
		atomic64_add(now - begin, &device->counters.poller_ns);
		if (now - last >= (u64)READ_ONCE(poller->idle_ms) * NSEC_PER_MSEC)
			break;
		pause_after(now - begin, percent);
	}
	if (rings_leave(poller) && READ_ONCE(poller->percent))
		WRITE_ONCE(poller->bell, true);
	else
		atomic64_inc(&device->counters.poller_sleeps);
}

static int poller_run(void *data)
{
	struct dmaring_device *device = data;
	struct dmaring_poller *poller = &device->poller;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (!READ_ONCE(poller->bell)) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		WRITE_ONCE(poller->bell, false);
		poller_poll(device);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * dmaring_poller_init() - of a new device: nobody is allowed to
 * @poller: the poller
 */
void dmaring_poller_init(struct dmaring_poller *poller)
{
	mutex_init(&poller->control);
	mutex_init(&poller->lock);
	INIT_LIST_HEAD(&poller->rings);
	poller->idle_ms = DMARING_POLLER_IDLE_MS;
}

/**
 * dmaring_poller_get() - have the thread for one more ring
 * @device: the device
 *
 * The first one starts it: it is charged to the cgroups of that process and has
 * its nice value.
 *
 * Context: process, may sleep; holds ring->setup_lock at most.
 * Return: 0; -EPERM if the administrator does not allow it; -ENOMEM, or why it
 * cannot be charged.
 */
int dmaring_poller_get(struct dmaring_device *device)
{
	struct dmaring_poller *poller = &device->poller;
	struct task_struct *task;
	int ret = 0;

	mutex_lock(&poller->control);
	if (!READ_ONCE(poller->percent)) {
		ret = -EPERM;
	} else if (!poller->users) {
		task = kthread_create(poller_run, device, "dmaring/%s", device->name);
		if (IS_ERR(task)) {
			ret = PTR_ERR(task);
		} else {
			ret = cgroup_attach_task_all(current, task);
			if (ret) {
				kthread_stop(task);
			} else {
				set_user_nice(task, task_nice(current));
				/* The last one may have been stopped with it still to heed. */
				WRITE_ONCE(poller->bell, false);
				poller->task = task;
				wake_up_process(task);
			}
		}
	}
	if (!ret)
		poller->users++;
	mutex_unlock(&poller->control);
	return ret;
}

/**
 * dmaring_poller_put() - a ring needs it no more
 * @device: the device
 *
 * Context: process, may sleep; holds no lock that a drain takes.
 */
void dmaring_poller_put(struct dmaring_device *device)
{
	struct dmaring_poller *poller = &device->poller;

	mutex_lock(&poller->control);
	if (!--poller->users) {
		kthread_stop(poller->task);
		poller->task = NULL;
	}
	mutex_unlock(&poller->control);
}

/**
 * dmaring_poller_add() - look at a ring from now on
 * @ring: active, after dmaring_poller_get()
 *
 * Context: process, may sleep.
 */
void dmaring_poller_add(struct dmaring_ring *ring)
{
	struct dmaring_poller *poller = &ring->device->poller;

	mutex_lock(&poller->lock);
	ring->poll_tail = ring->cq_tail;
	list_add_tail(&ring->poll_node, &poller->rings);
	mutex_unlock(&poller->lock);
	dmaring_poller_wake(ring);
}

/**
 * dmaring_poller_remove() - the ring is closed; undoes both of the above
 * @ring: dead, with nobody left who rings its doorbell
 *
 * Context: process, may sleep; holds no lock that a drain takes.
 */
void dmaring_poller_remove(struct dmaring_ring *ring)
{
	struct dmaring_poller *poller = &ring->device->poller;

	mutex_lock(&poller->lock);
	list_del_init(&ring->poll_node);
	mutex_unlock(&poller->lock);
	dmaring_poller_put(ring->device);
}

/**
 * dmaring_poller_wake() - a doorbell was rung: polling pays again
 * @ring: one that asked for the poller
 *
 * Context: any.
 */
void dmaring_poller_wake(struct dmaring_ring *ring)
{
	struct dmaring_poller *poller = &ring->device->poller;

	if (READ_ONCE(ring->polled) || !READ_ONCE(poller->percent))
		return;
	WRITE_ONCE(poller->bell, true);
	wake_up_process(poller->task);
}

/**
 * dmaring_poller_allow() - what the administrator says
 * @device: the device
 * @percent: of a CPU; 0: no polling any more, and doorbells again
 *
 * Context: process, may sleep.
 */
void dmaring_poller_allow(struct dmaring_device *device, unsigned int percent)
{
	struct dmaring_poller *poller = &device->poller;

	mutex_lock(&poller->control);
	WRITE_ONCE(poller->percent, percent);
	if (poller->task) {
		if (percent)
			WRITE_ONCE(poller->bell, true);
		wake_up_process(poller->task);
	}
	mutex_unlock(&poller->control);
}
