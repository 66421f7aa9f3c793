// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaring: any dmaengine channel as a ring pair in shared memory.
 *
 * Module init and exit, nothing else.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include "alias.h"
#include "buffer.h"
#include "device.h"

/*
 * Stops, drains of shared channels, time-outs, and the freeing of rings: all
 * that may sleep or must not run in a callback.
 */
struct workqueue_struct *dmaring_workqueue;

static int __init dmaring_init(void)
{
	int ret;

	if (dmaring_cache_aliases()) {
		pr_err("kernel and user mappings alias in this CPU's cache: not supported\n");
		return -ENODEV;
	}
	dmaring_workqueue = alloc_workqueue("dmaring", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!dmaring_workqueue)
		return -ENOMEM;
	ret = dmaring_device_register();
	if (ret)
		goto err_workqueue;
	ret = dmaring_buffer_register();
	if (ret)
		goto err_device;
	return 0;

err_device:
	dmaring_device_unregister();
err_workqueue:
	destroy_workqueue(dmaring_workqueue);
	return ret;
}

static void __exit dmaring_exit(void)
{
	dmaring_buffer_unregister();
	dmaring_device_unregister();
	destroy_workqueue(dmaring_workqueue);
	/* What the latest fences end with. */
	rcu_barrier();
}

module_init(dmaring_init);
module_exit(dmaring_exit);

MODULE_DESCRIPTION("dmaengine channels as rings in shared memory");
MODULE_AUTHOR("The dmaring authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMARING_VERSION);
