// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaring_edu: QEMU's "edu" PCI device (docs/specs/edu.rst there) as a copy engine, so
 * that dmaring is tested on a bus master: behind an IOMMU, with an address mask,
 * with an interrupt of its own, and unplugged. A test's provider, for a guest.
 *
 * The device has a buffer; a copy is two transfers of it, into that buffer and out
 * of it, and takes a fifth of a second. Its transfers cannot be stopped.
 *
 * In its folder in sysfs: "highest" is the highest bus address that a client gave;
 * reading "foreign" has the device write to a page that was not mapped for it, and
 * says "kept" or "written".
 *
 * Locks: edu->lock, taken in the interrupt handler as well.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/wait.h>

/* Registers: docs/specs/edu.rst. */
#define EDU_INTERRUPT		0x24
#define EDU_ACKNOWLEDGE		0x64
#define EDU_SOURCE		0x80
#define EDU_DESTINATION		0x88
#define EDU_COUNT		0x90
#define EDU_COMMAND		0x98
#define EDU_COMMAND_START	BIT(0)
#define EDU_COMMAND_TO_MEMORY	BIT(1)
#define EDU_COMMAND_INTERRUPT	BIT(2)
#define EDU_INTERRUPT_DMA	BIT(8)
#define EDU_BUFFER		0x40000
/* Of the 4096 of its buffer the last byte cannot be reached: half is a power of two. */
#define EDU_BYTES_MAX		2048
/* One transfer takes 100 ms. */
#define EDU_TRANSFER_US		(500 * USEC_PER_MSEC)

static unsigned int mask_bits = 64;
module_param(mask_bits, uint, 0444);
MODULE_PARM_DESC(mask_bits, "address bits of the device, 24 to 64 (default 64)");

struct edu_desc {
	struct dma_async_tx_descriptor tx;
	struct list_head node;
	dma_addr_t from, to;
	u32 bytes;
};

/**
 * struct edu - a device
 * @dma: what dmaengine knows
 * @chan: its only channel
 * @map: by which name the client finds it
 * @client: what dmaring binds to
 * @pci: the device
 * @registers: its first BAR
 * @lock: protects what follows
 * @submitted: descriptors that no issue_pending followed
 * @issued: the engine takes them in this order
 * @done: their callbacks are due
 * @running: in the engine, not on a list
 * @fetched: @running is in the device's buffer
 * @dropped: @running was terminated: it has no callback
 * @highest: bus address that was prepared
 * @idle: woken when @running has ended
 * @tasklet: calls back
 */
struct edu {
	struct dma_device dma;
	struct dma_chan chan;
	struct dma_slave_map map[1];
	struct platform_device *client;
	struct pci_dev *pci;
	void __iomem *registers;
	spinlock_t lock;	/* what follows */
	struct list_head submitted, issued, done;
	struct edu_desc *running;
	bool fetched, dropped;
	u64 highest;
	wait_queue_head_t idle;
	struct tasklet_struct tasklet;
};

static struct edu *to_edu(struct dma_chan *chan)
{
	return container_of(chan, struct edu, chan);
}

/* One transfer between memory and the device's buffer. */
static void transfer(struct edu *edu, u64 from, u64 to, u32 bytes, u32 command)
{
	writeq(from, edu->registers + EDU_SOURCE);
	writeq(to, edu->registers + EDU_DESTINATION);
	writeq(bytes, edu->registers + EDU_COUNT);
	writeq(command | EDU_COMMAND_START, edu->registers + EDU_COMMAND);
}

static void engine_start(struct edu *edu)
{
	lockdep_assert_held(&edu->lock);
	if (edu->running)
		return;
	edu->running = list_first_entry_or_null(&edu->issued, struct edu_desc, node);
	if (!edu->running)
		return;
	list_del_init(&edu->running->node);
	edu->fetched = false;
	edu->dropped = false;
	transfer(edu, edu->running->from, EDU_BUFFER, edu->running->bytes,
		 EDU_COMMAND_INTERRUPT);
}

static irqreturn_t edu_interrupt(int irq, void *data)
{
	struct edu *edu = data;
	struct edu_desc *running;
	u32 cause;

	spin_lock(&edu->lock);
	cause = readl(edu->registers + EDU_INTERRUPT);
	running = edu->running;
	/* All ones: it is unplugged. */
	if (cause == U32_MAX || !(cause & EDU_INTERRUPT_DMA) || !running) {
		spin_unlock(&edu->lock);
		return IRQ_NONE;
	}
	writel(cause, edu->registers + EDU_ACKNOWLEDGE);
	if (!edu->fetched && !edu->dropped) {
		edu->fetched = true;
		transfer(edu, EDU_BUFFER, running->to, running->bytes,
			 EDU_COMMAND_INTERRUPT | EDU_COMMAND_TO_MEMORY);
	} else {
		edu->running = NULL;
		if (edu->dropped) {
			kfree(running);
		} else {
			edu->chan.completed_cookie = running->tx.cookie;
			list_add_tail(&running->node, &edu->done);
			tasklet_schedule(&edu->tasklet);
		}
		engine_start(edu);
		wake_up(&edu->idle);
	}
	spin_unlock(&edu->lock);
	return IRQ_HANDLED;
}

static void edu_call_back(struct tasklet_struct *tasklet)
{
	struct edu *edu = container_of(tasklet, struct edu, tasklet);
	const struct dmaengine_result result = { .result = DMA_TRANS_NOERROR };
	struct edu_desc *desc;

	for (;;) {
		spin_lock_irq(&edu->lock);
		desc = list_first_entry_or_null(&edu->done, struct edu_desc, node);
		if (desc)
			list_del(&desc->node);
		spin_unlock_irq(&edu->lock);
		if (!desc)
			return;
		if (desc->tx.callback_result)
			desc->tx.callback_result(desc->tx.callback_param, &result);
		else if (desc->tx.callback)
			desc->tx.callback(desc->tx.callback_param);
		kfree(desc);
	}
}

static dma_cookie_t edu_submit(struct dma_async_tx_descriptor *tx)
{
	struct edu_desc *desc = container_of(tx, struct edu_desc, tx);
	struct edu *edu = to_edu(tx->chan);
	unsigned long irq;

	spin_lock_irqsave(&edu->lock, irq);
	edu->chan.cookie = edu->chan.cookie < DMA_MIN_COOKIE || edu->chan.cookie == INT_MAX ?
			   DMA_MIN_COOKIE : edu->chan.cookie + 1;
	tx->cookie = edu->chan.cookie;
	list_add_tail(&desc->node, &edu->submitted);
	spin_unlock_irqrestore(&edu->lock, irq);
	return tx->cookie;
}

static struct dma_async_tx_descriptor *edu_prep_memcpy(struct dma_chan *chan, dma_addr_t to,
						       dma_addr_t from, size_t bytes,
						       unsigned long flags)
{
	struct edu *edu = to_edu(chan);
	struct edu_desc *desc;
	unsigned long irq;

	if (!bytes || bytes > EDU_BYTES_MAX)
		return NULL;
	desc = kzalloc(sizeof(*desc), GFP_NOWAIT);
	if (!desc)
		return NULL;
	dma_async_tx_descriptor_init(&desc->tx, chan);
	desc->tx.tx_submit = edu_submit;
	desc->tx.flags = flags;
	desc->from = from;
	desc->to = to;
	desc->bytes = bytes;
	spin_lock_irqsave(&edu->lock, irq);
	edu->highest = max3(edu->highest, (u64)from + bytes - 1, (u64)to + bytes - 1);
	spin_unlock_irqrestore(&edu->lock, irq);
	return &desc->tx;
}

static void edu_issue_pending(struct dma_chan *chan)
{
	struct edu *edu = to_edu(chan);
	unsigned long irq;

	spin_lock_irqsave(&edu->lock, irq);
	list_splice_tail_init(&edu->submitted, &edu->issued);
	engine_start(edu);
	spin_unlock_irqrestore(&edu->lock, irq);
}

static enum dma_status edu_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				     struct dma_tx_state *state)
{
	dma_cookie_t done = READ_ONCE(chan->completed_cookie);

	dma_set_tx_state(state, done, READ_ONCE(chan->cookie), 0);
	return dma_async_is_complete(cookie, done, READ_ONCE(chan->cookie));
}

/* What runs goes on to its end, without a callback: edu_synchronize() waits for it. */
static int edu_terminate_all(struct dma_chan *chan)
{
	struct edu *edu = to_edu(chan);
	struct edu_desc *desc, *next;
	LIST_HEAD(drop);
	unsigned long irq;

	spin_lock_irqsave(&edu->lock, irq);
	list_splice_tail_init(&edu->submitted, &drop);
	list_splice_tail_init(&edu->issued, &drop);
	list_splice_tail_init(&edu->done, &drop);
	edu->dropped = true;
	spin_unlock_irqrestore(&edu->lock, irq);
	list_for_each_entry_safe(desc, next, &drop, node)
		kfree(desc);
	return 0;
}

static void edu_synchronize(struct dma_chan *chan)
{
	struct edu *edu = to_edu(chan);

	/* Out of a slot that has no power nothing comes any more. */
	if (!wait_event_timeout(edu->idle, !READ_ONCE(edu->running),
				usecs_to_jiffies(EDU_TRANSFER_US))) {
		spin_lock_irq(&edu->lock);
		kfree(edu->running);
		edu->running = NULL;
		spin_unlock_irq(&edu->lock);
	}
	tasklet_kill(&edu->tasklet);
}

static int edu_alloc_chan_resources(struct dma_chan *chan)
{
	chan->cookie = DMA_MIN_COOKIE;
	chan->completed_cookie = DMA_MIN_COOKIE;
	return 0;
}

static void edu_free_chan_resources(struct dma_chan *chan)
{
	edu_terminate_all(chan);
	edu_synchronize(chan);
}

static bool edu_filter(struct dma_chan *chan, void *parameter)
{
	return chan == parameter;
}

static ssize_t highest_show(struct device *dev, struct device_attribute *attribute, char *page)
{
	struct edu *edu = dev_get_drvdata(dev);

	return sysfs_emit(page, "%llu\n", READ_ONCE(edu->highest));
}
static DEVICE_ATTR_RO(highest);

static ssize_t foreign_show(struct device *dev, struct device_attribute *attribute, char *text)
{
	struct edu *edu = dev_get_drvdata(dev);
	struct edu_desc *desc;
	ssize_t ret = -EBUSY;
	void *page;

	page = (void *)get_zeroed_page(GFP_KERNEL);
	desc = kzalloc(sizeof(*desc), GFP_KERNEL);
	if (!page || !desc) {
		kfree(desc);
		free_page((unsigned long)page);
		return -ENOMEM;
	}
	/* What was copied last is in the device's buffer, and is not all zeroes. */
	spin_lock_irq(&edu->lock);
	if (!edu->running) {
		edu->running = desc;
		edu->dropped = true;
		transfer(edu, EDU_BUFFER, virt_to_phys(page), EDU_BYTES_MAX,
			 EDU_COMMAND_INTERRUPT | EDU_COMMAND_TO_MEMORY);
		ret = 0;
	}
	spin_unlock_irq(&edu->lock);
	if (ret) {
		kfree(desc);
		goto out;
	}
	/* The interrupt handler frees the descriptor. Without one the page is lost. */
	if (!wait_event_timeout(edu->idle, READ_ONCE(edu->running) != desc,
				usecs_to_jiffies(EDU_TRANSFER_US)))
		return -ETIMEDOUT;
	ret = sysfs_emit(text, "%s\n", memchr_inv(page, 0, PAGE_SIZE) ? "written" : "kept");
out:
	free_page((unsigned long)page);
	return ret;
}
static DEVICE_ATTR_RO(foreign);

static struct attribute *edu_attrs[] = {
	&dev_attr_highest.attr,
	&dev_attr_foreign.attr,
	NULL
};
ATTRIBUTE_GROUPS(edu);

static int edu_register(struct edu *edu)
{
	struct dma_device *dma = &edu->dma;

	INIT_LIST_HEAD(&dma->channels);
	dma->dev = &edu->pci->dev;
	dma->owner = THIS_MODULE;
	dma->directions = BIT(DMA_MEM_TO_MEM);
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_DESCRIPTOR;
	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma_cap_set(DMA_PRIVATE, dma->cap_mask);
	/* Channels are found by name only with this one. */
	dma_cap_set(DMA_SLAVE, dma->cap_mask);
	dma->device_alloc_chan_resources = edu_alloc_chan_resources;
	dma->device_free_chan_resources = edu_free_chan_resources;
	dma->device_prep_dma_memcpy = edu_prep_memcpy;
	dma->device_issue_pending = edu_issue_pending;
	dma->device_tx_status = edu_tx_status;
	dma->device_terminate_all = edu_terminate_all;
	dma->device_synchronize = edu_synchronize;
	edu->map[0] = (struct dma_slave_map){ "dmaring.64", "copy", &edu->chan };
	dma->filter.map = edu->map;
	dma->filter.mapcnt = ARRAY_SIZE(edu->map);
	dma->filter.fn = edu_filter;
	edu->chan.device = dma;
	list_add_tail(&edu->chan.device_node, &dma->channels);
	return dma_async_device_register(dma);
}

static const char *const client_channels[] = { "copy" };

static const struct property_entry client_properties[] = {
	PROPERTY_ENTRY_STRING("dmaring,name", "edu0"),
	PROPERTY_ENTRY_STRING_ARRAY("dma-names", client_channels),
	PROPERTY_ENTRY_BOOL("dmaring,cookie-known"),
	{}
};

static int edu_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	const struct platform_device_info info = {
		.name = "dmaring",
		.id = 64,
		.properties = client_properties,
	};
	struct edu *edu;
	int ret;

	edu = kzalloc(sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;
	edu->pci = pci;
	spin_lock_init(&edu->lock);
	INIT_LIST_HEAD(&edu->submitted);
	INIT_LIST_HEAD(&edu->issued);
	INIT_LIST_HEAD(&edu->done);
	init_waitqueue_head(&edu->idle);
	tasklet_setup(&edu->tasklet, edu_call_back);
	pci_set_drvdata(pci, edu);
	ret = pci_enable_device(pci);
	if (ret)
		goto err_free;
	ret = pci_request_regions(pci, KBUILD_MODNAME);
	if (ret)
		goto err_disable;
	edu->registers = pci_iomap(pci, 0, 0);
	if (!edu->registers) {
		ret = -ENOMEM;
		goto err_regions;
	}
	ret = dma_set_mask_and_coherent(&pci->dev, DMA_BIT_MASK(mask_bits));
	if (ret)
		goto err_unmap;
	dma_set_max_seg_size(&pci->dev, EDU_BYTES_MAX);
	pci_set_master(pci);
	ret = pci_alloc_irq_vectors(pci, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		goto err_master;
	ret = request_irq(pci_irq_vector(pci, 0), edu_interrupt, 0, KBUILD_MODNAME, edu);
	if (ret)
		goto err_vectors;
	ret = edu_register(edu);
	if (ret)
		goto err_irq;
	edu->client = platform_device_register_full(&info);
	if (!IS_ERR(edu->client))
		return 0;
	ret = PTR_ERR(edu->client);

	dma_async_device_unregister(&edu->dma);
err_irq:
	free_irq(pci_irq_vector(pci, 0), edu);
err_vectors:
	pci_free_irq_vectors(pci);
err_master:
	pci_clear_master(pci);
err_unmap:
	pci_iounmap(pci, edu->registers);
err_regions:
	pci_release_regions(pci);
err_disable:
	pci_disable_device(pci);
err_free:
	kfree(edu);
	return ret;
}

/* The client is unbound already: its device link to us does that. */
static void edu_remove(struct pci_dev *pci)
{
	struct edu *edu = pci_get_drvdata(pci);

	platform_device_unregister(edu->client);
	dma_async_device_unregister(&edu->dma);
	free_irq(pci_irq_vector(pci, 0), edu);
	pci_free_irq_vectors(pci);
	pci_clear_master(pci);
	pci_iounmap(pci, edu->registers);
	pci_release_regions(pci);
	pci_disable_device(pci);
	kfree(edu);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{}
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
	.dev_groups = edu_groups,
};

static int __init edu_init(void)
{
	if (mask_bits < 24 || mask_bits > 64)
		return -EINVAL;
	return pci_register_driver(&edu_driver);
}
module_init(edu_init);

static void __exit edu_exit(void)
{
	pci_unregister_driver(&edu_driver);
}
module_exit(edu_exit);

MODULE_DESCRIPTION("QEMU's edu device as a copy engine, for tests");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMARING_VERSION);
