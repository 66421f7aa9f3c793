// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which context a device works: real controllers call back from a tasklet,
 * from an interrupt or from a thread, and clients must stand all of them.
 *
 *	tasklet		bytes and callbacks in a tasklet
 *	irq_work	bytes in a tasklet, callbacks in a hard interrupt
 *	thread		bytes and callbacks in a kernel thread
 *	workqueue	bytes and callbacks in a work item
 *
 * On PREEMPT_RT the kernel itself makes threads of the first two.
 */
#include "sim.h"

static void tasklet_run(struct tasklet_struct *tasklet)
{
	struct sim_device *device = container_of(tasklet, struct sim_device, tasklet);

	if (sim_device_run(device))
		tasklet_schedule(tasklet);
}

/*
 * Another processor may have found this one delivering and left: whatever came
 * in the meantime is this one's to deliver. Not for ever, it is an interrupt.
 */
static void irq_work_run_callbacks(struct irq_work *work)
{
	struct sim_device *device = container_of(work, struct sim_device, irq_work);
	unsigned int left = 8;
	unsigned long flags;

	spin_lock_irqsave(&device->lock, flags);
	do
		device->now = 0;
	while (!device->dead && sim_deliver(device, &flags) && --left);
	if (!device->dead) {
		if (!left)
			irq_work_queue(work);
		if (device->timer_ns != U64_MAX)
			hrtimer_start(&device->timer, ns_to_ktime(device->timer_ns),
				      HRTIMER_MODE_ABS);
	}
	spin_unlock_irqrestore(&device->lock, flags);
}

static void thread_run(struct kthread_work *work)
{
	struct sim_device *device = container_of(work, struct sim_device, thread_work);

	while (sim_device_run(device))
		cond_resched();
}

static void work_run(struct work_struct *work)
{
	struct sim_device *device = container_of(work, struct sim_device, work);

	while (sim_device_run(device))
		cond_resched();
}

static enum hrtimer_restart timer_expired(struct hrtimer *timer)
{
	struct sim_device *device = container_of(timer, struct sim_device, timer);
	unsigned long flags;

	spin_lock_irqsave(&device->lock, flags);
	sim_kick(device);
	spin_unlock_irqrestore(&device->lock, flags);
	return HRTIMER_NORESTART;
}

/**
 * sim_context_init() - prepares the context that the settings ask for
 * @device: device
 *
 * Context: process.
 * Return: 0; -ENOMEM or what creating a thread says.
 */
int sim_context_init(struct sim_device *device)
{
	tasklet_setup(&device->tasklet, tasklet_run);
	init_irq_work(&device->irq_work, irq_work_run_callbacks);
	kthread_init_work(&device->thread_work, thread_run);
	INIT_WORK(&device->work, work_run);
	hrtimer_setup(&device->timer, timer_expired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);

	switch (device->settings.context) {
	case SIM_THREAD:
		device->worker = kthread_create_worker(0, "dmaring_sim/%s",
						       device->model->name);
		if (IS_ERR(device->worker))
			return PTR_ERR(device->worker);
		break;
	case SIM_WORKQUEUE:
		device->queue = alloc_workqueue("dmaring_sim/%s", WQ_HIGHPRI | WQ_UNBOUND,
						1, device->model->name);
		if (!device->queue)
			return -ENOMEM;
		break;
	default:
		break;
	}
	return 0;
}

/**
 * sim_context_exit() - nothing of the device runs any more
 * @device: device, marked dead
 *
 * Context: process; waits for callbacks to end.
 */
void sim_context_exit(struct sim_device *device)
{
	hrtimer_cancel(&device->timer);
	tasklet_kill(&device->tasklet);
	irq_work_sync(&device->irq_work);
	if (device->worker)
		kthread_destroy_worker(device->worker);
	if (device->queue)
		destroy_workqueue(device->queue);
	/* The last callback may have come upon the timer. */
	hrtimer_cancel(&device->timer);
}

/**
 * sim_context_schedule() - has sim_device_run() called
 * @device: device
 *
 * Context: any.
 */
void sim_context_schedule(struct sim_device *device)
{
	switch (device->settings.context) {
	case SIM_TASKLET:
	case SIM_IRQ_WORK:
		tasklet_schedule(&device->tasklet);
		break;
	case SIM_THREAD:
		kthread_queue_work(device->worker, &device->thread_work);
		break;
	case SIM_WORKQUEUE:
		queue_work(device->queue, &device->work);
		break;
	}
}

/**
 * sim_kick() - there is something new to do
 * @device: device
 *
 * Context: device->lock is held.
 */
void sim_kick(struct sim_device *device)
{
	if (device->dead)
		return;
	if (device->running)
		device->again = true;
	else
		sim_context_schedule(device);
}
