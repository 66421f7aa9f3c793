// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring info --why: from counters to causes. Each cause is worth a look of
 * its own; the order is how often each has been the one.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tool.h"
#include "why.h"

void why_add(struct why *why, const char *format, ...)
{
	va_list arguments;

	if (why->causes == WHY_CAUSES)
		return;
	va_start(arguments, format);
	vsnprintf(why->cause[why->causes++], sizeof(why->cause[0]), format, arguments);
	va_end(arguments);
}

struct counts {
	long long submitted, completed, errors, timeouts, starved, starved_ns, rings;
};

static void read_counts(struct counts *counts, const char *device, const char *channel)
{
	counts->submitted = tool_read_number(TOOL_CLASS "/%s/%s/submitted", device, channel);
	counts->completed = tool_read_number(TOOL_CLASS "/%s/%s/completed", device, channel);
	counts->errors = tool_read_number(TOOL_CLASS "/%s/%s/errors", device, channel);
	counts->timeouts = tool_read_number(TOOL_CLASS "/%s/%s/timeouts", device, channel);
	counts->starved = tool_read_number(TOOL_CLASS "/%s/%s/starved", device, channel);
	counts->starved_ns = tool_read_number(TOOL_CLASS "/%s/%s/starved_ns", device, channel);
	counts->rings = tool_read_number(TOOL_CLASS "/%s/%s/rings", device, channel);
}

static void why_late(struct why *why, const struct dmaring_channel_info *info,
		     const struct counts *counts)
{
	long long ended = counts->completed + counts->errors + counts->timeouts;
	long long pending = counts->rings > 0 ? counts->submitted - ended : 0;
	const char *name = info->name;

	if (pending > 0 && !counts->completed && info->kind == DMARING_CHANNEL_RECEIVE)
		why_add(why, "%s: %lld requests wait and none has ever ended: the block behind it sends "
			 "nothing (clock, reset, enable, TVALID), or never ends a packet (TLAST)",
		    name, pending);
	else if (pending > 0 && !counts->completed && info->kind == DMARING_CHANNEL_SEND)
		why_add(why, "%s: %lld requests wait and none has ever ended: the block behind it takes "
			 "nothing (clock, reset, TREADY); it may wait for room on its other side, "
			 "so keep receives armed", name, pending);
	else if (pending > 0 && !counts->completed)
		why_add(why, "%s: %lld requests wait and none has ever ended: the interrupt of the "
			 "controller may not arrive (/proc/interrupts)", name, pending);
	else if (pending > 0)
		why_add(why, "%s: %lld requests are on their way, %lld have ended: the other side is "
			 "slower, or has stopped", name, pending, ended);
	if (counts->timeouts > 0)
		why_add(why, "%s: %lld requests timed out: the time-out runs from the moment when the "
			 "driver takes the entry, so it has to cover all that is queued before",
		    name, counts->timeouts);
}

static void why_channel(struct why *why, const char *device,
			const struct dmaring_channel_info *info)
{
	struct counts counts;
	char holder[64];

	read_counts(&counts, device, info->name);
	tool_read(holder, sizeof(holder), TOOL_CLASS "/%s/%s/holder", device, info->name);
	if (*holder && strcmp(holder, "-"))
		why_add(why, "%s: held by process %s: any other ring gets EBUSY until it closes",
			info->name, holder);
	if (counts.errors > 0)
		why_add(why, "%s: %lld requests failed or were taken back: the completion's res and engine "
			 "say which; for EIO often an address that the controller cannot reach",
		    info->name, counts.errors);
	why_late(why, info, &counts);
	if (info->kind == DMARING_CHANNEL_RECEIVE && !(info->flags & DMARING_LEN_KNOWN))
		why_add(why, "%s: the engine does not tell how much of a buffer it filled: a short packet "
			 "is not seen as short", info->name);
}

/* Not a fault by itself, so after all the others. */
static void why_starved(struct why *why, const char *device,
			const struct dmaring_channel_info *info)
{
	struct counts counts;

	read_counts(&counts, device, info->name);
	if (counts.starved > 0)
		why_add(why, "%s: %lld times it had nothing to do for want of a request, %lld ms together: "
			 "keep more or larger buffers submitted", info->name, counts.starved,
		    counts.starved_ns / 1000000);
}

void why_device(struct why *why, const struct dmaring_query *query)
{
	struct dmaring_channel_info info;
	unsigned int i;

	why->causes = 0;
	for (i = 0; i < query->channels; i++)
		if (dmaring_query_channel(query->name, i, &info) == 0)
			why_channel(why, query->name, &info);
	if (tool_read_number(TOOL_CLASS "/%s/counters/quarantined_pages", query->name) > 0)
		why_add(why, "the engine did not stop when told: its pages are kept for good, lest it "
			 "write into someone else's (reload the driver of the controller)");
	if (tool_read_number(TOOL_CLASS "/%s/counters/stray_callbacks", query->name) > 0)
		why_add(why, "the driver of the controller called back for a transfer that had ended: "
			 "a bug there, survived");
	if (tool_read_number(TOOL_CLASS "/%s/counters/events_dropped", query->name) > 0)
		why_add(why, "notices were dropped: completions are consumed too slowly, or there are too "
			 "few entries for them");
	if (query->pool_bytes_max && query->pool_bytes_used > query->pool_bytes_max / 4 * 3)
		why_add(why, "you hold more than three quarters of the buffers that you may hold: the next "
			 "ring may get EDQUOT (parameter pool_bytes_per_user of module dmaring)");
	for (i = 0; i < query->channels; i++)
		if (dmaring_query_channel(query->name, i, &info) == 0)
			why_starved(why, query->name, &info);
	if (why->causes && query->flags & DMARING_SIMULATED)
		why_add(why, "the device is simulated: a fault may have been set on purpose (dmaring fault "
			 "%s)", query->name);
}
