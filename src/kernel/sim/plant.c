// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaring_plant: the mistakes that the kernels for finding bugs are there to
 * find, one at a time, so that a test can see each of them found
 * (tests/vm/plant_test.sh). Never installed; for a guest that is thrown away.
 *
 *	insmod dmaring_plant.ko plant=NAME	NAME is in plants[] below
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

#define PLANT_BYTES 40

static char *plant = "";
module_param(plant, charp, 0444);
MODULE_PARM_DESC(plant, "the mistake to make when loaded");

static int *plant_pointer;
static DEFINE_MUTEX(first_lock);
static DEFINE_MUTEX(second_lock);
static DEFINE_SPINLOCK(plant_lock);

/* What the compiler may not know: it would warn, or leave the mistake out. */
static int hidden(int value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

static void plant_leak(void)
{
	void *lost = kzalloc(PLANT_BYTES, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
}

static void plant_overflow(void)
{
	char *bytes = kzalloc(PLANT_BYTES, GFP_KERNEL);

	if (!bytes)
		return;
	WRITE_ONCE(bytes[hidden(PLANT_BYTES)], 1);
	kfree(bytes);
}

static void plant_freed(void)
{
	char *bytes = kzalloc(PLANT_BYTES, GFP_KERNEL);
	char *kept = bytes;

	OPTIMIZER_HIDE_VAR(kept);
	kfree(bytes);
	if (kept)
		WRITE_ONCE(*kept, 1);
}

static void plant_shift(void)
{
	hidden(1 << hidden(32));
}

/* Both orders one after the other: nothing hangs, but it could. */
static void plant_order(void)
{
	mutex_lock(&first_lock);
	mutex_lock(&second_lock);
	mutex_unlock(&second_lock);
	mutex_unlock(&first_lock);
	mutex_lock(&second_lock);
	mutex_lock(&first_lock);
	mutex_unlock(&first_lock);
	mutex_unlock(&second_lock);
}

static void plant_reader(void)
{
	hidden(!rcu_dereference(*(int __rcu **)&plant_pointer));
}

static void plant_sleep(void)
{
	spin_lock(&plant_lock);
	might_sleep();
	spin_unlock(&plant_lock);
}

static void plant_sync(void)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple("dmaring_plant", -1, NULL, 0);
	if (IS_ERR(pdev))
		return;
	if (!dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64)))
		dma_sync_single_for_cpu(&pdev->dev, 0x1000, PLANT_BYTES, DMA_FROM_DEVICE);
	platform_device_unregister(pdev);
}

static void plant_expired(struct timer_list *timer)
{
}

static void plant_timer(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, plant_expired, 0);
	mod_timer(timer, jiffies + HZ);
	kfree(timer);
}

static unsigned int plant_counter;

static int plant_count(void *unused)
{
	while (!kthread_should_stop()) {
		plant_counter++;
		cond_resched();
	}
	return 0;
}

static void plant_race(void)
{
	struct task_struct *counting[2];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counting); i++)
		counting[i] = kthread_run(plant_count, NULL, "plant_count");
	msleep(2000);
	for (i = 0; i < ARRAY_SIZE(counting); i++) {
		if (!IS_ERR(counting[i]))
			kthread_stop(counting[i]);
	}
}

static const struct {
	const char *name;
	void (*make)(void);
} plants[] = {
	{ "leak", plant_leak },
	{ "overflow", plant_overflow },
	{ "freed", plant_freed },
	{ "shift", plant_shift },
	{ "order", plant_order },
	{ "reader", plant_reader },
	{ "sleep", plant_sleep },
	{ "sync", plant_sync },
	{ "timer", plant_timer },
	{ "race", plant_race },
};

static int __init plant_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(plants); i++) {
		if (!strcmp(plant, plants[i].name)) {
			plants[i].make();
			return 0;
		}
	}
	pr_err("no plant \"%s\"\n", plant);
	return -EINVAL;
}

static void __exit plant_exit(void)
{
}

module_init(plant_init);
module_exit(plant_exit);

MODULE_DESCRIPTION("Mistakes for the kernel's checkers to find; test equipment");
MODULE_AUTHOR("The dmaring authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMARING_VERSION);
