/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that the administrator makes at run time.
 */
#ifndef _DMARING_ADDED_H
#define _DMARING_ADDED_H

#include <linux/list.h>
#include "plan.h"

struct attribute_group;
struct dma_chan;
struct platform_device;

/* Names of their platform devices. */
#define DMARING_ADDED		"dmaring-added"
#define DMARING_ADDED_BUFFER	"dmaring-added-buf"

/**
 * struct dmaring_added - a device made at run time
 * @list: all of them
 * @platform: its platform device
 * @plan: what it is to be
 * @result: of the probe
 * @gone: it was unbound, and is never bound again
 */
struct dmaring_added {
	struct list_head list;
	struct platform_device *platform;
	struct dmaring_plan plan;
	int result;
	bool gone;
};

extern const struct attribute_group *dmaring_added_groups[];

int dmaring_added_make(const struct dmaring_plan *plan);
struct dmaring_added *dmaring_added_find(struct platform_device *platform);
struct dma_chan *dmaring_added_request(const char *engine);
void dmaring_added_learn(const struct dma_chan *dma);
void dmaring_added_unbound(struct dmaring_added *added);
void dmaring_added_exit(void);

#endif /* _DMARING_ADDED_H */
