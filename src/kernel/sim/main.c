// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaring_sim: a virtual DMA controller with IP blocks behind it, so that
 * dmaring runs and is tested without hardware. Test equipment: it says so in
 * the log, and taints the kernel.
 *
 * This file owns the devices. Each IP block is a platform device "dmaring_sim.N"
 * bound to the driver here, which registers a dma_device; and for each there is
 * a platform device "dmaring.N", for the driver dmaring, with properties that
 * say what the channels are. The latter are made after the former are bound and
 * removed before them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/property.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "sim.h"

#define BLOCKS	6
/* How long a removal waits for clients to let go. */
#define RELEASE_US	(2 * USEC_PER_SEC)

static const struct sim_block *const models[BLOCKS] = {
	&sim_loop, &sim_fft, &sim_source, &sim_sink, &sim_copy, &sim_adc,
};

static const char *const client_names[BLOCKS] = {
	"dmaring.0", "dmaring.1", "dmaring.2", "dmaring.3", "dmaring.4", "dmaring.5",
};

static char *context = "tasklet";
module_param(context, charp, 0644);
MODULE_PARM_DESC(context, "where callbacks run: tasklet, irq_work, thread or workqueue (default tasklet)");
static char *residue = "burst";
module_param(residue, charp, 0644);
MODULE_PARM_DESC(residue, "position reported: descriptor, segment, burst; none (always 0), full (always the length) (default burst)");
static char *habits = "";
module_param(habits, charp, 0644);
MODULE_PARM_DESC(habits, "habits of real controllers, with commas: merged, withheld, nocyclic, locked, late, linear (default none)");
static unsigned int descriptors = 256;
module_param(descriptors, uint, 0644);
MODULE_PARM_DESC(descriptors, "hardware descriptors of a channel, 1 to 65536 (default 256)");
static unsigned int alignment = 1;
module_param(alignment, uint, 0644);
MODULE_PARM_DESC(alignment, "of addresses and lengths, a power of two, 1 to 64 (default 1)");
static unsigned int segment_bytes_max = 16 * 1024 * 1024;
module_param(segment_bytes_max, uint, 0644);
MODULE_PARM_DESC(segment_bytes_max, "longest segment (default 16777216)");
static unsigned int boundary;
module_param(boundary, uint, 0644);
MODULE_PARM_DESC(boundary, "no segment crosses a multiple of this, a power of two from 64; 0: none (default 0)");
static unsigned int burst;
module_param(burst, uint, 0644);
MODULE_PARM_DESC(burst, "longest burst of a send or receive, beats of 4 bytes, and segments are whole bursts; 0: any (default 0)");
static char *metadata = "none";
module_param(metadata, charp, 0644);
MODULE_PARM_DESC(metadata, "source0, adc0: number the blocks in the metadata of descriptors: none, client or engine (default none)");
static unsigned long long bytes_per_second[BLOCKS];
module_param_array(bytes_per_second, ullong, NULL, 0644);
MODULE_PARM_DESC(bytes_per_second, "speed of loop0,fft0,source0,sink0,mem0,adc0; 0: unlimited (default 0; adc0: as adc_samples_per_second)");
static unsigned int latency_us[BLOCKS];
module_param_array(latency_us, uint, NULL, 0644);
MODULE_PARM_DESC(latency_us, "from last byte to completion on loop0,fft0,source0,sink0,mem0,adc0 (default 0)");
static bool judge;
module_param(judge, bool, 0644);
MODULE_PARM_DESC(judge, "compare armed memory at submission and at execution (default 0)");
static bool judge_warn;
module_param(judge_warn, bool, 0644);
MODULE_PARM_DESC(judge_warn, "a violation by the client is a kernel WARNING (default 0)");

/**
 * struct slot - the platform devices of a block
 * @provider: the DMA controller
 * @client: what dmaring binds to
 * @remove: surprise removal
 */
static struct slot {
	struct platform_device *provider;
	struct platform_device *client;
	struct work_struct remove;
} slots[BLOCKS];

/* Devices that a client still held when they were removed; freed at exit. */
static LIST_HEAD(graveyard);
static DEFINE_MUTEX(graveyard_lock);

struct dentry *sim_debugfs;

static int parse_word(const char *parameter, const char *text,
		      const char *const *words, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (sysfs_streq(text, words[i]))
			return i;
	pr_err("%s: no such value: %s\n", parameter, text);
	return -EINVAL;
}

static const char *const context_words[] = { "tasklet", "irq_work", "thread", "workqueue" };
static const char *const residue_words[] = { "descriptor", "segment", "burst", "none", "full" };
static const char *const habit_words[] = {
	"merged", "withheld", "nocyclic", "locked", "late", "linear"
};

static const char *const metadata_words[] = { "none", "client", "engine" };

static int parse_habits(const char *text, unsigned int *bits)
{
	char *copy, *rest, *word;
	int ret = 0;

	copy = kstrdup(text, GFP_KERNEL);
	rest = copy;
	if (!copy)
		return -ENOMEM;
	*bits = 0;
	while ((word = strsep(&rest, ",\n"))) {
		if (!*word)
			continue;
		ret = parse_word("habits", word, habit_words, ARRAY_SIZE(habit_words));
		if (ret < 0)
			break;
		*bits |= BIT(ret);
	}
	kfree(copy);
	return min(ret, 0);
}

/* The module parameters of this moment. */
static int settings_read(struct sim_settings *settings)
{
	int word, ret;

	kernel_param_lock(THIS_MODULE);
	word = parse_word("context", context, context_words, ARRAY_SIZE(context_words));
	ret = word;
	settings->context = word;
	if (ret >= 0) {
		word = parse_word("residue", residue, residue_words, ARRAY_SIZE(residue_words));
		ret = word;
		settings->residue = word;
	}
	if (ret >= 0) {
		word = parse_word("metadata", metadata, metadata_words,
				  ARRAY_SIZE(metadata_words));
		ret = word;
		/* client: DESC_METADATA_CLIENT, engine: DESC_METADATA_ENGINE */
		settings->metadata = word;
	}
	if (ret >= 0)
		ret = parse_habits(habits, &settings->habits);
	kernel_param_unlock(THIS_MODULE);
	if (ret < 0)
		return ret;

	settings->descriptors = READ_ONCE(descriptors);
	settings->alignment = READ_ONCE(alignment);
	settings->segment_bytes_max = READ_ONCE(segment_bytes_max);
	settings->boundary = READ_ONCE(boundary);
	settings->burst = READ_ONCE(burst);
	settings->judge = READ_ONCE(judge);
	settings->judge_warn = READ_ONCE(judge_warn);
	if (!is_power_of_2(settings->alignment) || settings->alignment > 64) {
		pr_err("alignment: not a power of two from 1 to 64: %u\n", settings->alignment);
		return -EINVAL;
	}
	if (!settings->segment_bytes_max || !settings->descriptors ||
	    settings->descriptors > 65536) {
		pr_err("segment_bytes_max or descriptors: out of range\n");
		return -EINVAL;
	}
	if (settings->boundary &&
	    (!is_power_of_2(settings->boundary) || settings->boundary < 64)) {
		pr_err("boundary: not a power of two from 64: %u\n", settings->boundary);
		return -EINVAL;
	}
	if (settings->burst > 256) {
		pr_err("burst: over 256: %u\n", settings->burst);
		return -EINVAL;
	}
	return 0;
}

static bool filter(struct dma_chan *chan, void *parameter)
{
	return chan == parameter;
}

/* Which names find which channel. */
static void map_init(struct sim_device *device, unsigned int block)
{
	unsigned int i, n = 0;

	for (i = 0; i < device->model->channels; i++) {
		const struct sim_channel_model *model = &device->model->channel[i];
		struct dma_chan *chan = &device->channel[i].dma;

		device->map[n++] = (struct dma_slave_map){ client_names[block], model->name, chan };
		device->map[n++] = (struct dma_slave_map){ "dmaring_floor", model->floor, chan };
		device->map[n++] = (struct dma_slave_map){ "dmaring_sim_test", model->floor, chan };
	}
	device->dma.filter.map = device->map;
	device->dma.filter.mapcnt = n;
	device->dma.filter.fn = filter;
}

static void released(struct dma_device *dma)
{
	struct sim_device *device = container_of(dma, struct sim_device, dma);

	/* dmaengine still reads it after this: sim_remove() frees it. */
	WRITE_ONCE(device->released, true);
}

static void dma_init(struct sim_device *device)
{
	struct dma_device *dma = &device->dma;
	u32 widths = 0;
	unsigned int i;

	INIT_LIST_HEAD(&dma->channels);
	dma->dev = device->dev;
	dma->owner = THIS_MODULE;
	dma->copy_align = ilog2(device->settings.alignment);
	/* One bit per number of bytes, as far as they fit. */
	for (i = min(device->settings.alignment, 16U); i <= 16; i *= 2)
		widths |= BIT(i);
	dma->src_addr_widths = widths;
	dma->dst_addr_widths = widths;
	switch (device->settings.residue) {
	case SIM_RESIDUE_BURST:
		dma->residue_granularity = DMA_RESIDUE_GRANULARITY_BURST;
		break;
	case SIM_RESIDUE_SEGMENT:
	case SIM_RESIDUE_FULL:
		dma->residue_granularity = DMA_RESIDUE_GRANULARITY_SEGMENT;
		break;
	default:
		dma->residue_granularity = DMA_RESIDUE_GRANULARITY_DESCRIPTOR;
		break;
	}
	dma_cap_set(DMA_PRIVATE, dma->cap_mask);
	/* A copy engine too: channels are found by name only with this one. */
	dma_cap_set(DMA_SLAVE, dma->cap_mask);
	if (!(device->settings.habits & SIM_HABIT_LINEAR))
		dma_cap_set(DMA_INTERLEAVE, dma->cap_mask);
	dma->max_burst = device->settings.burst;
	dma->desc_metadata_modes = device->settings.metadata;
	for (i = 0; i < device->model->channels; i++) {
		enum dma_transfer_direction direction = device->model->channel[i].direction;

		dma->directions |= BIT(direction);
		dma_cap_set(direction == DMA_MEM_TO_MEM ? DMA_MEMCPY : DMA_CYCLIC,
			    dma->cap_mask);
		sim_channel_init(device, i);
	}
	dma->device_alloc_chan_resources = sim_alloc_chan_resources;
	dma->device_free_chan_resources = sim_free_chan_resources;
	dma->device_prep_slave_sg = sim_prep_slave_sg;
	dma->device_prep_dma_cyclic = sim_prep_cyclic;
	dma->device_prep_dma_memcpy = sim_prep_memcpy;
	if (!(device->settings.habits & SIM_HABIT_LINEAR))
		dma->device_prep_interleaved_dma = sim_prep_interleaved;
	dma->device_config = sim_config;
	dma->device_pause = sim_pause;
	dma->device_resume = sim_resume;
	dma->device_terminate_all = sim_terminate_all;
	dma->device_synchronize = sim_synchronize;
	dma->device_tx_status = sim_tx_status;
	dma->device_issue_pending = sim_issue_pending;
	dma->device_release = released;
}

/* Stops everything and frees what nobody but the engine uses. */
static void stop(struct sim_device *device)
{
	spin_lock_irq(&device->lock);
	device->dead = true;
	spin_unlock_irq(&device->lock);
	sim_context_exit(device);
	if (device->model->exit)
		device->model->exit(device);
}

/* Whether a client has one of the channels. */
static bool held(struct sim_device *device)
{
	unsigned int i;

	for (i = 0; i < device->model->channels; i++)
		if (READ_ONCE(device->channel[i].dma.client_count))
			return true;
	return false;
}

/*
 * A channel that a client still holds: dmaengine will undo the links in sysfs
 * when the client lets go, and warn because the channel's device is gone. A
 * client with a device link is unbound before this and never gets here.
 */
static void orphan(struct dma_chan *chan)
{
	pr_warn("%s: removed while a client holds a channel\n", dev_name(chan->device->dev));
	if (!chan->slave)
		return;
	sysfs_remove_link(&chan->dev->device.kobj, "slave");
	sysfs_remove_link(&chan->slave->kobj, chan->name);
	kfree(chan->name);
	chan->name = NULL;
	chan->slave = NULL;
}

static void sim_remove(void *data)
{
	struct sim_device *device = data;
	unsigned int i;
	bool kept;

	debugfs_remove_recursive(device->directory);
	stop(device);
	sim_bounds_set(device, NULL);
	/*
	 * A client whose transfers have failed lets go about now, and dmaengine
	 * has no lock for us to undo its links under meanwhile. One that lets go
	 * in time is waited for in there: unregistering takes the lock that it
	 * holds until the links are gone.
	 */
	read_poll_timeout(held, kept, !kept, 10 * USEC_PER_MSEC, RELEASE_US, false, device);
	for (i = 0; kept && i < device->model->channels; i++)
		if (device->channel[i].dma.client_count)
			orphan(&device->channel[i].dma);
	dma_async_device_unregister(&device->dma);
	if (READ_ONCE(device->released)) {
		/* dmaengine walks its list of devices under RCU. */
		synchronize_rcu();
		kfree(device);
	} else {
		mutex_lock(&graveyard_lock);
		list_add(&device->graveyard, &graveyard);
		mutex_unlock(&graveyard_lock);
	}
}

static int sim_probe(struct platform_device *pdev)
{
	struct sim_device *device;
	int ret;

	if (pdev->id < 0 || pdev->id >= BLOCKS)
		return -ENODEV;
	/* memory.c takes bus addresses for physical ones. */
	if (device_iommu_mapped(&pdev->dev))
		return dev_err_probe(&pdev->dev, -EOPNOTSUPP, "cannot work behind an IOMMU\n");
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
#if defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU_ALL)
	/* The "device" is a CPU, and writes through the same caches. */
	pdev->dev.dma_coherent = true;
#endif

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	device->dev = &pdev->dev;
	device->model = models[pdev->id];
	device->bytes_per_second = READ_ONCE(bytes_per_second[pdev->id]);
	device->latency_us = READ_ONCE(latency_us[pdev->id]);
	device->link_idle = true;
	device->timer_ns = U64_MAX;
	spin_lock_init(&device->lock);
	ret = settings_read(&device->settings);
	if (ret)
		goto err_free;
	dma_set_max_seg_size(&pdev->dev, device->settings.segment_bytes_max);
	dma_set_seg_boundary(&pdev->dev, device->settings.boundary ?
			     device->settings.boundary - 1 : ULONG_MAX);
	ret = sim_context_init(device);
	if (ret)
		goto err_free;
	if (device->model->init) {
		ret = device->model->init(device);
		if (ret)
			goto err_stop;
	}
	dma_init(device);
	map_init(device, pdev->id);
	ret = dma_async_device_register(&device->dma);
	if (ret)
		goto err_stop;
	platform_set_drvdata(pdev, device);
	sim_knobs_create(device);
	return devm_add_action_or_reset(&pdev->dev, sim_remove, device);

err_stop:
	stop(device);
err_free:
	kfree(device);
	return ret;
}

static struct platform_driver sim_driver = {
	.driver = {
		.name = "dmaring_sim",
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
	.probe = sim_probe,
};

static void slot_remove(struct work_struct *work)
{
	struct slot *slot = container_of(work, struct slot, remove);

	device_release_driver(&slot->provider->dev);
}

/**
 * sim_remove_later() - surprise removal: the hardware is gone now, the driver
 *	core hears of it later
 * @device: device
 *
 * Context: process.
 */
void sim_remove_later(struct sim_device *device)
{
	unsigned int i = to_platform_device(device->dev)->id;

	spin_lock_irq(&device->lock);
	device->dead = true;
	spin_unlock_irq(&device->lock);
	schedule_work(&slots[i].remove);
}

/**
 * sim_sleep() - play the part of a system that goes to sleep, or wakes up
 * @device: device
 * @asleep: it does
 *
 * The client first and then the controller, which loses what it has, as the driver
 * core would do; and the other way round.
 *
 * Context: process.
 * Return: 0, or what the client says; -ENODEV: it has no driver; -EALREADY.
 */
int sim_sleep(struct sim_device *device, bool asleep)
{
#ifdef CONFIG_PM_SLEEP
	struct platform_device *client = slots[to_platform_device(device->dev)->id].client;
	int ret = -ENODEV;
	unsigned int i;

	if (IS_ERR_OR_NULL(client))
		return ret;
	device_lock(&client->dev);
	if (!client->dev.driver)
		goto out;
	ret = -EALREADY;
	if (device->asleep == asleep)
		goto out;
	ret = asleep ? pm_generic_suspend(&client->dev) : 0;
	if (ret)
		goto out;
	spin_lock_irq(&device->lock);
	device->asleep = asleep;
	for (i = 0; asleep && i < device->model->channels; i++)
		sim_channel_sleep(&device->channel[i]);
	spin_unlock_irq(&device->lock);
	if (!asleep)
		ret = pm_generic_resume(&client->dev);
out:
	device_unlock(&client->dev);
	return ret;
#else
	return -EOPNOTSUPP;
#endif
}

static const char *direction_word(enum dma_transfer_direction direction)
{
	switch (direction) {
	case DMA_MEM_TO_DEV:
		return "send";
	case DMA_DEV_TO_MEM:
		return "receive";
	default:
		return "copy";
	}
}

static struct platform_device *provider_create(unsigned int block)
{
	/* So says every device on it, also one that somebody else has described. */
	static const struct property_entry properties[] = {
		PROPERTY_ENTRY_BOOL("dmaring,simulated"),
		{}
	};
	const struct platform_device_info info = {
		.name = "dmaring_sim",
		.id = block,
		.dma_mask = DMA_BIT_MASK(64),
		.properties = properties,
	};
	struct platform_device *pdev = platform_device_register_full(&info);

	if (!IS_ERR(pdev) && !platform_get_drvdata(pdev)) {
		platform_device_unregister(pdev);
		return ERR_PTR(-ENODEV);
	}
	return pdev;
}

static struct platform_device *client_create(unsigned int block)
{
	const struct sim_block *model = models[block];
	const char *names[SIM_CHANNELS_MAX], *directions[SIM_CHANNELS_MAX];
	u64 addresses[SIM_CHANNELS_MAX];
	u32 bursts[SIM_CHANNELS_MAX];
	/* The last ones stay empty unless they apply. */
	struct property_entry properties[14] = {
		PROPERTY_ENTRY_STRING("dmaring,name", model->name),
		PROPERTY_ENTRY_STRING_ARRAY_LEN("dma-names", names, model->channels),
		PROPERTY_ENTRY_STRING_ARRAY_LEN("dmaring,directions", directions, model->channels),
		PROPERTY_ENTRY_BOOL("dmaring,simulated"),
		PROPERTY_ENTRY_BOOL("dmaring,cookie-known"),
		PROPERTY_ENTRY_U32("dmaring,alignment", max(READ_ONCE(alignment), 1U)),
	};
	unsigned int used = 6;
	const struct platform_device_info info = {
		.name = "dmaring",
		.id = block,
		.properties = properties,
	};
	struct sim_settings settings = {};
	unsigned int i;

	if (!settings_read(&settings)) {
		if (settings.residue < SIM_RESIDUE_NONE)
			properties[used++] = PROPERTY_ENTRY_BOOL("dmaring,length-known");
		if (settings.habits & SIM_HABIT_WITHHELD)
			properties[used++] = PROPERTY_ENTRY_BOOL("dmaring,withholds-callbacks");
		if (settings.metadata && !strcmp(model->channel[0].name, "rx"))
			properties[used++] = PROPERTY_ENTRY_U32("dmaring,sequence-metadata",
								SIM_METADATA_NUMBER);
		if (settings.burst) {
			properties[used++] = PROPERTY_ENTRY_U32("dmaring,width", SIM_BEAT_BYTES);
			properties[used++] = PROPERTY_ENTRY_U32_ARRAY_LEN("dmaring,burst", bursts,
									  model->channels);
			properties[used++] = PROPERTY_ENTRY_U64_ARRAY_LEN("dmaring,addresses",
									  addresses,
									  model->channels);
		}
	}
	for (i = 0; i < model->channels; i++) {
		names[i] = model->channel[i].name;
		directions[i] = direction_word(model->channel[i].direction);
		addresses[i] = SIM_REGISTER(i);
		bursts[i] = settings.burst;
	}
	return platform_device_register_full(&info);
}

static void slots_destroy(void)
{
	struct sim_device *device, *next;
	unsigned int i;

	for (i = BLOCKS; i--;)
		if (!IS_ERR_OR_NULL(slots[i].client))
			platform_device_unregister(slots[i].client);
	for (i = BLOCKS; i--;) {
		cancel_work_sync(&slots[i].remove);
		if (!IS_ERR_OR_NULL(slots[i].provider))
			platform_device_unregister(slots[i].provider);
	}
	/* The module was not in use: whoever held a channel has let go. */
	list_for_each_entry_safe(device, next, &graveyard, graveyard)
		kfree(device);
}

static int __init sim_init(void)
{
	unsigned int i;
	int ret;

	pr_warn("a simulated DMA controller for tests: nothing of this is hardware\n");
#ifdef TAINT_TEST
	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
#else
	add_taint(TAINT_USER, LOCKDEP_STILL_OK);
#endif
	for (i = 0; i < BLOCKS; i++)
		INIT_WORK(&slots[i].remove, slot_remove);
	sim_debugfs = debugfs_create_dir("dmaring_sim", NULL);
	debugfs_create_atomic_t("violations", 0444, sim_debugfs, &sim_violations);
	ret = platform_driver_register(&sim_driver);
	if (ret)
		goto err_debugfs;
	for (i = 0; i < BLOCKS; i++) {
		slots[i].provider = provider_create(i);
		ret = PTR_ERR_OR_ZERO(slots[i].provider);
		if (ret)
			goto err_slots;
	}
	for (i = 0; i < BLOCKS; i++) {
		slots[i].client = client_create(i);
		ret = PTR_ERR_OR_ZERO(slots[i].client);
		if (ret)
			goto err_slots;
	}
	return 0;

err_slots:
	slots_destroy();
	platform_driver_unregister(&sim_driver);
err_debugfs:
	debugfs_remove_recursive(sim_debugfs);
	return ret;
}
module_init(sim_init);

static void __exit sim_exit(void)
{
	slots_destroy();
	platform_driver_unregister(&sim_driver);
	debugfs_remove_recursive(sim_debugfs);
}
module_exit(sim_exit);

MODULE_DESCRIPTION("dmaring: simulated DMA controller and IP blocks, for tests");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMARING_VERSION);
