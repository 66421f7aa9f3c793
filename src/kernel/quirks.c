// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of dmaengine providers beyond what they say of themselves.
 *
 * Owns: the table. One line a driver, each fact with where it was read.
 */
#include <linux/string.h>
#include "channel.h"

/* dmaengine has no limit of its own; most providers allocate per descriptor. */
#define WINDOW_DEFAULT	32

static const struct dmaring_quirk quirks[] = {
	/*
	 * axi-dmac: partial transfers are reported by the core (ADI HDL docs). The
	 * cookie is completed in the interrupt, before virt-dma's tasklet calls back
	 * (axi_dmac_transfer_done, vchan_cookie_complete).
	 */
	{ .driver = "dma-axi-dmac", .window = WINDOW_DEFAULT, .residue_trusted = true,
	  .cookie_trusted = true },
	/*
	 * xilinx_dma: the interrupt threshold is set to the number of descriptors
	 * that a start finds queued (xilinx_dma_start_transfer), so the first of
	 * them is reported with the last. In cyclic mode no callback comes, and
	 * the residue is that of the last descriptor looked at, whatever runs
	 * (xilinx_dma_tx_status, xilinx_dma_complete_descriptor; seen on 6.1.192).
	 * xilinx_dma_complete_descriptor completes the cookie, a tasklet calls back.
	 */
	{ .driver = "xilinx-vdma", .window = WINDOW_DEFAULT, .withholds = true,
	  .cookie_trusted = true,
	  .no_position = "provider keeps none (xilinx_dma of Linux 6.1)" },
	/*
	 * dma-pl330: issue_pending runs pl330_tasklet itself, which takes descriptors
	 * that are done off a list and calls back without its lock, while the tasklet
	 * does the same on another processor: callbacks overtake each other (seen on
	 * 6.1.176). With one descriptor at a time there is nothing to overtake.
	 */
	{ .driver = "dma-pl330", .window = 1 },
	{ .window = WINDOW_DEFAULT },
};

/**
 * dmaring_quirk_find() - look a provider up
 * @dma: one of its channels
 *
 * Return: its entry, or the one for all others; never NULL.
 */
const struct dmaring_quirk *dmaring_quirk_find(const struct dma_chan *dma)
{
	const struct device_driver *driver = dma->device->dev->driver;
	const struct dmaring_quirk *quirk;

	for (quirk = quirks; quirk->driver; quirk++) {
		if (driver && !strcmp(driver->name, quirk->driver))
			break;
	}
	return quirk;
}
