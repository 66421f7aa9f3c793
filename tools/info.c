// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring info: what a device and its channels are, can do and have done.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <dmaring/dmaring.h>

#include "json.h"
#include "kind.h"
#include "tool.h"
#include "why.h"

static bool as_json, with_why;

static const struct tool_option options[] = {
	{ .name = "why", .help = "name likely causes of a time-out, an absent node, EBUSY",
	  .flag = &with_why },
	{ .name = "json", .help = "JSON instead of text", .flag = &as_json },
	{ .name = NULL },
};

static const char *const operation_names[] = {
	[DMARING_OP_NOP] = "nop",
	[DMARING_OP_SEND] = "send",
	[DMARING_OP_RECEIVE] = "receive",
	[DMARING_OP_COPY] = "copy",
	[DMARING_OP_FENCE] = "fence",
	[DMARING_OP_CANCEL] = "cancel",
	[DMARING_OP_ABORT] = "abort",
	[DMARING_OP_CYCLIC_START] = "cyclic start",
	[DMARING_OP_CYCLIC_STOP] = "cyclic stop",
	[DMARING_OP_INTERLEAVED] = "interleaved",
};

#define OPERATIONS	(sizeof(operation_names) / sizeof(operation_names[0]))

static const char *const device_counters[] = {
	"doorbells", "drains_without_doorbell", "wakeups", "eventfd_signals", "events_dropped",
	"quarantined_pages", "stray_callbacks", "poller_entries",
	"poller_sleeps", "poller_ns", NULL
};

static const char *const channel_counters[] = {
	"rings", "submitted", "completed", "errors", "timeouts", "starved", "starved_ns", NULL
};

/* enum dma_residue_granularity, which is not part of any user header. */
static const char *residue_name(unsigned int residue)
{
	static const char *const names[] = { "descriptor", "segment", "burst" };

	return residue < 3 ? names[residue] : "unknown";
}

static void print_operations(unsigned int operations)
{
	size_t i;

	for (i = 0; i < OPERATIONS; i++)
		if (operations & (1U << i))
			printf(" %s", operation_names[i]);
	putchar('\n');
}

/* Counters that the driver has; folder is "counters" or a channel's name. */
static void print_counters(struct json *json, const char *device, const char *folder,
			   const char *const *names)
{
	int column = 0;

	if (as_json)
		json_begin_object(json, "counters");
	for (; *names; names++) {
		long long value = tool_read_number(TOOL_CLASS "/%s/%s/%s", device, folder, *names);

		if (value < 0)
			continue;
		if (as_json)
			json_number(json, *names, value);
		else
			column += printf("%s%s %lld", !column ? "    " : column > 70 ? "\n    " : ", ",
					 *names, value);
		if (column > 90)
			column = 1;
	}
	if (as_json)
		json_end_object(json);
	else if (column)
		putchar('\n');
}

/* Its file of the pools folder in sysfs is called the same, with _ for -. */
static long long kind_used(const char *device, unsigned int kind)
{
	char file[32], *dash;

	snprintf(file, sizeof(file), "%s", pool_kind_names[kind]);
	for (dash = file; (dash = strchr(dash, '-'));)
		*dash = '_';
	return tool_read_number(TOOL_CLASS "/%s/pools/%s", device, file);
}

/* Kinds of memory that a pool may be of, and how much of each is in use. */
static void print_kinds(struct json *json, const struct dmaring_query *query)
{
	char bytes[32];
	size_t i;

	if (as_json)
		json_begin_object(json, "pools");
	else
		printf("  memory for pools:");
	for (i = 0; i < POOL_KINDS; i++) {
		long long used;

		if (!(query->pool_kinds & (1U << i)))
			continue;
		used = kind_used(query->name, i);
		if (as_json) {
			json_number(json, pool_kind_names[i], used < 0 ? 0 : used);
			continue;
		}
		printf("%s %s", i ? "," : "", pool_kind_names[i]);
		if (used > 0)
			printf(" (%s in use)", tool_bytes((unsigned long long)used, bytes,
							  sizeof(bytes)));
	}
	if (as_json)
		json_end_object(json);
	else
		printf("\n");
}

/* Can the channel stream cyclically, and if not, why not? Nobody expects it of a shared one. */
static bool can_stream(const char *device, const struct dmaring_channel_info *info,
		       char *reason, size_t size)
{
	if (tool_read(reason, size, TOOL_CLASS "/%s/%s/cyclic", device, info->name) < 0)
		snprintf(reason, size, "unknown");
	return info->cyclic == DMARING_CYCLIC_YES || info->cyclic == DMARING_CYCLIC_SHARED;
}

static void print_channel_text(const char *device, const struct dmaring_channel_info *info)
{
	char bytes[32], reason[128];

	printf("\n  %s  (%s) by %s, channel %s%s\n", info->name, tool_kind(info->kind),
	       info->provider, info->engine,
	       info->flags & DMARING_SHARED ? ", shared by any number of rings" : "");
	printf("    operations:");
	print_operations(info->operations);
	printf("    alignment %u, window %u", info->alignment, info->window);
	if (info->segment_bytes_max)
		printf(", longest segment %s", tool_bytes(info->segment_bytes_max, bytes,
							  sizeof(bytes)));
	if (info->boundary)
		printf(", boundary %s", tool_bytes(info->boundary, bytes, sizeof(bytes)));
	if (info->address_bits)
		printf(", %u address bits", info->address_bits);
	if (info->mapping_bytes_max)
		printf(", bounce buffers of up to %s", tool_bytes(info->mapping_bytes_max, bytes,
								  sizeof(bytes)));
	printf(", residue by %s\n", residue_name(info->residue));
	if (!can_stream(device, info, reason, sizeof(reason)))
		printf("    no cyclic streams: %s\n", reason);
	if (info->kind == DMARING_CHANNEL_RECEIVE)
		printf("    received lengths are %s\n", info->flags & DMARING_LEN_KNOWN ?
		       "exact" : "upper bounds: the engine does not say more");
	if (info->flags & DMARING_LOSS_EXACT)
		printf("    blocks are numbered: lost ones are counted exactly\n");
	printf("    %s\n", info->flags & DMARING_COHERENT ?
	       "CPU caches need no maintenance" : "CPU caches are maintained by the driver");
	if (info->holder)
		printf("    held by process %u\n", info->holder);
	print_counters(NULL, device, info->name, channel_counters);
}

static void print_channel_json(struct json *json, const char *device,
			       const struct dmaring_channel_info *info)
{
	char reason[128];
	size_t i;

	json_begin_object(json, NULL);
	json_string(json, "name", info->name);
	json_string(json, "direction", tool_kind(info->kind));
	json_string(json, "provider", info->provider);
	json_string(json, "engine", info->engine);
	json_boolean(json, "shared", info->flags & DMARING_SHARED);
	json_boolean(json, "coherent", info->flags & DMARING_COHERENT);
	json_boolean(json, "length_known", info->flags & DMARING_LEN_KNOWN);
	json_boolean(json, "loss_exact", info->flags & DMARING_LOSS_EXACT);
	json_unsigned(json, "alignment", info->alignment);
	json_unsigned(json, "window", info->window);
	json_unsigned(json, "segment_bytes_max", info->segment_bytes_max);
	json_unsigned(json, "boundary", info->boundary);
	json_unsigned(json, "address_bits", info->address_bits);
	json_unsigned(json, "mapping_bytes_max", info->mapping_bytes_max);
	json_string(json, "residue", residue_name(info->residue));
	if (!can_stream(device, info, reason, sizeof(reason)))
		json_string(json, "no_cyclic", reason);
	json_unsigned(json, "holder", info->holder);
	json_begin_array(json, "operations");
	for (i = 0; i < OPERATIONS; i++)
		if (info->operations & (1U << i))
			json_string(json, NULL, operation_names[i]);
	json_end_array(json);
	print_counters(json, device, info->name, channel_counters);
	json_end_object(json);
}

static void print_device_text(const struct dmaring_query *query)
{
	char buffer[32], pool[32], used[32];

	printf("%s: %s, driver %s, ABI %u.%u\n", query->name,
	       query->flags & DMARING_SIMULATED ? "simulated (a virtual controller, not hardware)" :
	       "hardware", query->version, query->abi_major, query->abi_minor);
	printf("  at most %u submission and %u completion entries; %u buffers of %s in a pool\n",
	       query->sq_entries_max, query->cq_entries_max, query->buffers_max,
	       tool_bytes(query->buffer_bytes_max, buffer, sizeof(buffer)));
	if (query->pool_bytes_max)
		printf("  pools of one user: at most %s, in use by you: %s\n",
		       tool_bytes(query->pool_bytes_max, pool, sizeof(pool)),
		       tool_bytes(query->pool_bytes_used, used, sizeof(used)));
	else
		printf("  pools of one user: no limit\n");
	print_kinds(NULL, query);
}

static void print_device_json(struct json *json, const struct dmaring_query *query)
{
	char abi[24];

	snprintf(abi, sizeof(abi), "%u.%u", query->abi_major, query->abi_minor);
	json_string(json, "device", query->name);
	json_boolean(json, "simulated", query->flags & DMARING_SIMULATED);
	json_string(json, "driver", query->version);
	json_string(json, "abi", abi);
	json_begin_object(json, "limits");
	json_unsigned(json, "sq_entries", query->sq_entries_max);
	json_unsigned(json, "cq_entries", query->cq_entries_max);
	json_unsigned(json, "buffers", query->buffers_max);
	json_unsigned(json, "buffer_bytes", query->buffer_bytes_max);
	json_unsigned(json, "segments", query->segments_max);
	json_unsigned(json, "pool_bytes", query->pool_bytes_max);
	json_unsigned(json, "pool_bytes_used", query->pool_bytes_used);
	json_end_object(json);
	print_kinds(json, query);
}

static const char *const buffer_kinds[] = {
	[DMARING_BUFFER_PAGES] = "pages",
	[DMARING_BUFFER_CONTIGUOUS] = "contiguous",
	[DMARING_BUFFER_RESERVED] = "reserved",
};

static const char *buffer_kind(const struct dmaring_buffer *buffer)
{
	return buffer->kind < sizeof(buffer_kinds) / sizeof(buffer_kinds[0]) ?
	       buffer_kinds[buffer->kind] : "unknown";
}

static void print_buffer_text(const struct dmaring_query *query,
			      const struct dmaring_buffer *buffer)
{
	static const char *const from[] = {
		"counted pages of the kernel: can be pinned",
		"one piece of the DMA allocator: cannot be pinned",
		"reserved memory of the device tree: cannot be pinned",
	};
	char bytes[32];

	printf("%s: a buffer of %s, driver %s, ABI %u.%u\n", query->name,
	       tool_bytes(buffer->bytes, bytes, sizeof(bytes)), query->version, query->abi_major,
	       query->abi_minor);
	printf("  %s\n", buffer->kind < sizeof(from) / sizeof(from[0]) ? from[buffer->kind] : "");
	if (buffer->flags & DMARING_BUFFER_ADDRESS)
		printf("  bus address %#llx, of at most %u bits\n",
		       (unsigned long long)buffer->address, buffer->address_bits);
	else
		printf("  its bus address, of at most %u bits, is shown to root\n",
		       buffer->address_bits);
	printf("  %s\n", buffer->flags & DMARING_BUFFER_COHERENT ?
	       "CPU caches need no maintenance" :
	       "CPU caches are maintained by sync, or go unused with O_SYNC");
	printf("  sync: mode %u, direction %u, offset %#llx, size %llu; owner: %s\n",
	       buffer->sync_mode, buffer->sync_direction,
	       (unsigned long long)buffer->sync_offset, (unsigned long long)buffer->sync_size,
	       buffer->sync_owner ? "device" : "CPU");
}

static void print_buffer_json(struct json *json, const struct dmaring_query *query,
			      const struct dmaring_buffer *buffer)
{
	json_begin_object(json, NULL);
	json_string(json, "device", query->name);
	json_string(json, "driver", query->version);
	json_begin_object(json, "buffer");
	json_unsigned(json, "bytes", buffer->bytes);
	json_string(json, "kind", buffer_kind(buffer));
	json_boolean(json, "can_be_pinned", buffer->kind == DMARING_BUFFER_PAGES);
	if (buffer->flags & DMARING_BUFFER_ADDRESS)
		json_unsigned(json, "bus_address", buffer->address);
	json_unsigned(json, "bus_address_bits", buffer->address_bits);
	json_boolean(json, "coherent", buffer->flags & DMARING_BUFFER_COHERENT);
	json_unsigned(json, "sync_mode", buffer->sync_mode);
	json_unsigned(json, "sync_direction", buffer->sync_direction);
	json_unsigned(json, "sync_offset", buffer->sync_offset);
	json_unsigned(json, "sync_size", buffer->sync_size);
	json_string(json, "sync_owner", buffer->sync_owner ? "device" : "cpu");
	json_end_object(json);
	json_end_object(json);
}

static int report_buffer(struct json *json, const char *device,
			 const struct dmaring_query *query)
{
	struct dmaring_buffer buffer;
	int err = dmaring_query_buffer(device, &buffer);

	if (err < 0)
		return tool_explain(err, "info", device);
	if (as_json)
		print_buffer_json(json, query, &buffer);
	else
		print_buffer_text(query, &buffer);
	return TOOL_OK;
}

static void print_why(struct json *json, const struct why *why)
{
	unsigned int i;

	if (as_json) {
		json_begin_array(json, "why");
		for (i = 0; i < why->causes; i++)
			json_string(json, NULL, why->cause[i]);
		json_end_array(json);
		return;
	}
	printf("\nLikely causes of trouble, the likeliest first:\n");
	for (i = 0; i < why->causes; i++)
		printf("  %u. %s\n", i + 1, why->cause[i]);
	if (!why->causes)
		printf("  none found: the device has been used without an error or a time-out\n");
}

/* Name in sysfs of what may have been given as a path. */
static const char *class_name(const char *device)
{
	const char *slash = strrchr(device, '/');

	return slash ? slash + 1 : device;
}

/* A device that does not answer: with --why there is still something to say. */
static int report_unreachable(const char *device, int err)
{
	struct json json = { .out = stdout };
	struct why why;

	tool_explain(err, "info", device);
	if (!with_why)
		return TOOL_FAILED;
	why_unreachable(&why, class_name(device), err);
	if (as_json) {
		json_begin_object(&json, NULL);
		json_string(&json, "device", device);
	}
	print_why(&json, &why);
	if (as_json)
		json_end_object(&json);
	return TOOL_FAILED;
}

static int run(int argc, char **argv)
{
	struct json json = { .out = stdout };
	struct dmaring_channel_info info;
	struct dmaring_query query;
	const char *device = argv[0];
	unsigned int i;
	struct why why;
	int err;

	(void)argc;
	err = dmaring_query_device(device, &query);
	if (err < 0)
		return report_unreachable(device, err);
	if (query.flags & DMARING_BUFFER)
		return report_buffer(&json, device, &query);
	if (as_json) {
		json_begin_object(&json, NULL);
		print_device_json(&json, &query);
		json_begin_array(&json, "channels");
	} else {
		print_device_text(&query);
	}
	for (i = 0; i < query.channels; i++) {
		err = dmaring_query_channel(device, i, &info);
		if (err < 0)
			break;
		if (as_json)
			print_channel_json(&json, query.name, &info);
		else
			print_channel_text(query.name, &info);
	}
	if (as_json)
		json_end_array(&json);
	else
		printf("\n  whole device\n");
	print_counters(&json, query.name, "counters", device_counters);
	if (with_why) {
		why_device(&why, &query);
		print_why(&json, &why);
	}
	if (as_json)
		json_end_object(&json);
	return err < 0 ? tool_explain(err, "info", device) : TOOL_OK;
}

const struct tool_command tool_info = {
	.name = "info",
	.arguments = "DEV",
	.summary = "Show what a device and its channels are, can do and have done",
	.detail = "DEV is a name (dmaring list) or the path of a node.",
	.options = options,
	.min = 1,
	.max = 1,
	.run = run,
};
