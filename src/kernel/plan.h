/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the administrator writes to make a device at run time, and its parser.
 */
#ifndef _DMARING_PLAN_H
#define _DMARING_PLAN_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
#endif
#include <dmaring/abi.h>

/* In place of an engine's name: whichever is free and can copy. */
#define DMARING_ENGINE_ANY	"any"

/* Minor numbers of buffers, as u-dma-buf has them. */
#define DMARING_BUFFER_MINORS		256

/**
 * struct dmaring_plan_channel - one channel of a planned device
 * @name: of the channel
 * @engine: dmaengine's name of its channel, or DMARING_ENGINE_ANY
 * @direction: "send", "receive", "copy", or "": find out
 */
struct dmaring_plan_channel {
	char name[DMARING_NAME_BYTES];
	char engine[DMARING_NAME_BYTES];
	char direction[8];
};

/**
 * struct dmaring_plan - a device to be made
 * @name: of the device
 * @channels: members of @channel
 * @channel: its channels
 * @length_known: property of the same name, as with the next ones
 * @cookie_known: likewise
 * @withholds_callbacks: likewise
 * @alignment: likewise; 0: not given
 * @width: likewise; 0: not given
 * @burst: likewise; 0: not given
 * @bytes: not 0: it has no channels, but is a buffer of that size
 * @address_bits: of the bus master that the buffer is for; 0: not given
 * @minor: of a buffer's node
 * @minor_given: or any
 */
struct dmaring_plan {
	char name[DMARING_NAME_BYTES];
	unsigned int channels;
	struct dmaring_plan_channel channel[DMARING_CHANNELS_MAX];
	bool length_known;
	bool cookie_known;
	bool withholds_callbacks;
	__u32 alignment;
	__u32 width;
	__u32 burst;
	__u64 bytes;
	__u32 address_bits;
	__u32 minor;
	bool minor_given;
};

bool dmaring_name_valid(const char *name);
int dmaring_plan_parse(struct dmaring_plan *plan, const char *text, size_t bytes);
int dmaring_plan_parse_buffer(struct dmaring_plan *plan, const char *text);

#endif /* _DMARING_PLAN_H */
