// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring add, dmaring remove: devices made at run time, and unmade. The driver
 * does it (docs/abi/sysfs-driver-dmaring); here is the line for it, and from its
 * errno a reason.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <dmaring/dmaring.h>

#include "engine.h"
#include "tool.h"

#define DRIVER	"/sys/bus/platform/drivers/dmaring"
#define NAME_IS	"1 to 31 letters, digits and ,._+- with no dot or dash in front"

static bool copy, length_known, cookie_known, withholds;
static unsigned int alignment, width, burst, mask_bits;
static const char *size, *minor_number;

static const struct tool_option add_options[] = {
	{ .name = "copy", .help = "a channel copy:any: whichever engine is free and can copy",
	  .flag = &copy },
	{ .name = "length-known", .help = "residues tell how much of a receive came",
	  .flag = &length_known },
	{ .name = "cookie-known", .help = "cookies are complete before callbacks come",
	  .flag = &cookie_known },
	{ .name = "withholds-callbacks", .help = "callbacks come when all that was started is done",
	  .flag = &withholds },
	{ .name = "alignment", .argument = "BYTES", .help = "of sends and receives",
	  .number = &alignment },
	{ .name = "width", .argument = "BYTES", .help = "of an access to the peer",
	  .number = &width },
	{ .name = "burst", .argument = "N", .help = "accesses in a burst", .number = &burst },
	{ .name = "size", .argument = "BYTES", .help = "no channels, but a buffer of that size (1M)",
	  .string = &size },
	{ .name = "minor", .argument = "N", .help = "number of the buffer's node, 0 to 255",
	  .string = &minor_number },
	{ .name = "dma-mask", .argument = "BITS", .help = "of the buffer's bus address (32)",
	  .number = &mask_bits },
	{ .name = NULL },
};

static const struct tool_option remove_options[] = {
	{ .name = NULL },
};

struct channel {
	char name[DMARING_NAME_BYTES];
	char engine[DMARING_NAME_BYTES];
	char direction[DMARING_NAME_BYTES];
};

static bool is_name(const char *name)
{
	size_t length;

	for (length = 0; isascii(name[length]) && (isalnum(name[length]) ||
						   (name[length] && strchr(",._+-", name[length])));
	     length++)
		;
	return length && !name[length] && length < DMARING_NAME_BYTES && *name != '.' &&
	       *name != '-';
}

/* The text up to a colon, if it is a name. Return: what follows, or NULL. */
static const char *take_name(char *name, const char *text)
{
	size_t length = strcspn(text, ":");

	if (length >= DMARING_NAME_BYTES)
		return NULL;
	memcpy(name, text, length);
	name[length] = '\0';
	if (!is_name(name))
		return NULL;
	return text + length;
}

static bool parse_channel(struct channel *channel, const char *word)
{
	memset(channel, 0, sizeof(*channel));
	word = take_name(channel->name, word);
	if (!word || *word != ':')
		return false;
	word = take_name(channel->engine, word + 1);
	if (!word)
		return false;
	if (!*word)
		return true;
	word = take_name(channel->direction, word + 1);
	return word && !*word &&
	       (!strcmp(channel->direction, "send") || !strcmp(channel->direction, "receive") ||
		!strcmp(channel->direction, "copy"));
}

/* Writes to a file of the driver. Return: 0 or -errno. */
static int driver_write(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* What has nothing to do with what was asked for. Return: it was that. */
static bool explain_driver(int err, const char *what, const char *name)
{
	switch (-err) {
	case ENOENT:
		if (access(DRIVER "/delete_device", F_OK) == 0)
			return false;
		if (access("/sys/module/dmaring", F_OK) < 0)
			tool_message("%s %s: module dmaring is not loaded (try: modprobe dmaring)",
				     what, name);
		else
			tool_message("%s %s: the driver that is loaded is too old for this (dmaring "
				     "--version)", what, name);
		return true;
	case EACCES:
	case EPERM:
		tool_message("%s %s: only root may (try: sudo dmaring %s ...)", what, name, what);
		return true;
	default:
		return false;
	}
}

static void explain_busy(const char *name, const struct channel *channels, unsigned int n)
{
	char holder[96], names[512];
	unsigned int i;

	for (i = 0; i < n; i++)
		if (engine_used(channels[i].engine)) {
			tool_message("add %s: channel %s is in use by %s (free: %s)", name,
				     channels[i].engine,
				     engine_holder(channels[i].engine, holder, sizeof(holder)),
				     engine_list(false, names, sizeof(names)));
			return;
		}
	tool_message("add %s: a channel is named twice (free: %s)", name,
		     engine_list(false, names, sizeof(names)));
}

static void explain_nodev(const char *name, const struct channel *channels, unsigned int n)
{
	char names[512];
	unsigned int i;

	for (i = 0; i < n; i++) {
		const char *engine = channels[i].engine;

		if (!strcmp(engine, "any")) {
			tool_message("add %s: no engine is free and can copy (in use: %s)", name,
				     engine_list(true, names, sizeof(names)));
			return;
		}
		if (!engine_exists(engine)) {
			tool_message("add %s: there is no channel %s in /sys/class/dma (free: %s)",
				     name, engine, engine_list(false, names, sizeof(names)));
			return;
		}
	}
	for (i = 0; i < n && *channels[i].direction; i++)
		;
	tool_message("add %s: neither its name nor its engine tells which way channel %s goes (try: "
		     "%s:%s:receive, or send, or copy)", name, channels[i % n].name,
		     channels[i % n].name, channels[i % n].engine);
}

/* What has nothing to do with whether it has channels. */
static void explain_any(int err, const char *name)
{
	switch (-err) {
	case EEXIST:
		tool_message("add %s: there is a device of that name (dmaring list shows all; choose "
			     "another, or: dmaring remove %s)", name, name);
		break;
	case ENXIO:
		tool_message("add %s: the kernel does not bind devices by itself (try: echo 1 > "
			     "/sys/bus/platform/drivers_autoprobe)", name);
		break;
	case ENOSPC:
		tool_message("add %s: there are as many devices as there can be (dmaring remove "
			     "makes room)", name);
		break;
	default:
		tool_message("add %s: %s (see dmesg)", name, strerror(-err));
	}
}

static int explain_add_buffer(int err, const char *name)
{
	if (explain_driver(err, "add", name))
		return TOOL_FAILED;
	switch (-err) {
	case EBUSY:
		tool_message("add %s: minor number %s is taken (try without --minor)", name,
			     minor_number);
		break;
	case ENOMEM:
		tool_message("add %s: there are no %s bytes in one piece%s (try a smaller size, or "
			     "boot with cma=..., or give it a memory-region in the device tree)",
			     name, size, mask_bits ? " with such addresses" : "");
		break;
	case EINVAL:
	case ERANGE:
		tool_message("add %s: size %s, minor number %s or DMA mask %u cannot be (SIZE is as "
			     "1048576, 0x100000 or 1M; the others go to 255 and 64)", name, size,
			     minor_number ? minor_number : "-", mask_bits);
		break;
	case EIO:
		tool_message("add %s: this system has no memory with addresses of %u bits", name,
			     mask_bits);
		break;
	default:
		explain_any(err, name);
	}
	return TOOL_FAILED;
}

static int explain_add(int err, const char *name, const struct channel *channels, unsigned int n)
{
	if (explain_driver(err, "add", name))
		return TOOL_FAILED;
	switch (-err) {
	case EBUSY:
		explain_busy(name, channels, n);
		break;
	case ENODEV:
		explain_nodev(name, channels, n);
		break;
	case EOPNOTSUPP:
		tool_message("add %s: the engine does not transfer that way (dmesg says which; try "
			     "another direction or engine)", name);
		break;
	case EINVAL:
		tool_message("add %s: the engine cannot do that width or burst, or a channel may not "
			     "have that name (dmesg says which)", name);
		break;
	default:
		explain_any(err, name);
	}
	return TOOL_FAILED;
}

static int misused(const char *what, const char *problem)
{
	tool_message("add: %s is no %s (try: dmaring add --help)", what, problem);
	return TOOL_USAGE;
}

/* NAME --size BYTES */
static int add_buffer(const char *name, bool channels)
{
	char line[256];
	int err, length;

	if (channels || length_known || cookie_known || withholds || alignment || width || burst) {
		tool_message("add %s: a buffer has no channels, and nothing that is of channels (try: "
			     "dmaring add %s --size %s)", name, name, size);
		return TOOL_USAGE;
	}
	length = snprintf(line, sizeof(line), "%s size=%s%s%s", name, size,
			  minor_number ? " minor=" : "", minor_number ? minor_number : "");
	if (mask_bits && length < (int)sizeof(line))
		length += snprintf(line + length, sizeof(line) - (size_t)length, " dma-mask=%u",
				   mask_bits);
	/* A space would begin what was not asked for. */
	if (length >= (int)sizeof(line) || strchr(size, ' ') ||
	    (minor_number && strchr(minor_number, ' ')))
		return explain_add_buffer(-EINVAL, name);
	err = driver_write(DRIVER "/new_device", line);
	if (err)
		return explain_add_buffer(err, name);
	printf(TOOL_NODES "/%s\n", name);
	return TOOL_OK;
}

static int run_add(int argc, char **argv)
{
	struct channel channels[DMARING_CHANNELS_MAX + 1];
	char line[2048], names[512];
	const char *name = argv[0];
	unsigned int n = 0, i;
	size_t length;
	int err;

	if (!is_name(name))
		return misused(*name ? name : "\"\"", "name: " NAME_IS);
	if (size)
		return add_buffer(name, argc > 1 || copy);
	if (minor_number || mask_bits) {
		tool_message("add %s: --minor and --dma-mask are of buffers (try: --size BYTES)",
			     name);
		return TOOL_USAGE;
	}
	for (i = 1; i < (unsigned int)argc; i++)
		if (!parse_channel(&channels[n++], argv[i]))
			return misused(argv[i], "channel: NAME:ENGINE[:DIRECTION], as "
						"rx:dma0chan1:receive");
	if (copy)
		parse_channel(&channels[n++], "copy:any");
	if (!n || n > DMARING_CHANNELS_MAX) {
		tool_message("add %s: %s (try: --copy, or NAME:ENGINE; free: %s)", name,
			     n ? "too many channels" :
				 "with which channels? (or --size, a buffer)",
			     engine_list(false, names, sizeof(names)));
		return TOOL_USAGE;
	}
	length = (size_t)snprintf(line, sizeof(line), "%s", name);
	for (i = 0; i < n; i++)
		length += (size_t)snprintf(line + length, sizeof(line) - length, " %s:%s%s%s",
					   channels[i].name, channels[i].engine,
					   *channels[i].direction ? ":" : "",
					   channels[i].direction);
	length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%s%s",
				   length_known ? " length-known" : "",
				   cookie_known ? " cookie-known" : "",
				   withholds ? " withholds-callbacks" : "");
	if (alignment)
		length += (size_t)snprintf(line + length, sizeof(line) - length, " alignment=%u",
					   alignment);
	if (width)
		length += (size_t)snprintf(line + length, sizeof(line) - length, " width=%u",
					   width);
	if (burst)
		snprintf(line + length, sizeof(line) - length, " burst=%u", burst);
	err = driver_write(DRIVER "/new_device", line);
	if (err)
		return explain_add(err, name, channels, n);
	printf(TOOL_NODES "/%s\n", name);
	return TOOL_OK;
}

/* Those that can be removed. */
static const char *added_devices(char *buf, size_t size)
{
	char present[64][DMARING_NAME_BYTES];
	int i, n = dmaring_list_devices(present, 64);
	size_t length = 0;

	snprintf(buf, size, "none is there");
	for (i = 0; i < n && i < 64 && length < size; i++)
		if (tool_read_number(TOOL_CLASS "/%s/added", present[i]) == 1)
			length += (size_t)snprintf(buf + length, size - length, "%s%s",
						   length ? ", " : "", present[i]);
	return buf;
}

/* The driver core's name of a device. */
static const char *bound_device(const char *name, char *buf, size_t size)
{
	char path[sizeof(TOOL_CLASS) + DMARING_NAME_BYTES + 8];
	ssize_t length;
	char *slash;

	snprintf(path, sizeof(path), TOOL_CLASS "/%s/device", name);
	length = readlink(path, buf, size - 1);
	buf[length > 0 ? length : 0] = '\0';
	slash = strrchr(buf, '/');
	return slash ? slash + 1 : buf;
}

static int run_remove(int argc, char **argv)
{
	const char *name = argv[0];
	char names[512];
	int err;

	(void)argc;
	if (!strncmp(name, TOOL_NODES "/", strlen(TOOL_NODES "/")))
		name += strlen(TOOL_NODES "/");
	if (!is_name(name)) {
		tool_message("remove: %s is no name: " NAME_IS " (dmaring list shows them)",
			     *name ? name : "\"\"");
		return TOOL_USAGE;
	}
	err = driver_write(DRIVER "/delete_device", name);
	if (!err)
		return TOOL_OK;
	if (explain_driver(err, "remove", name))
		return TOOL_FAILED;
	if (err == -ENOENT && tool_read_number(TOOL_CLASS "/%s/added", name) == 0)
		tool_message("remove %s: it was not added by dmaring add, but is described to the "
			     "kernel (try: echo %s > " TOOL_CLASS "/%s/device/driver/unbind)", name,
			     bound_device(name, names, sizeof(names)), name);
	else if (err == -ENOENT)
		tool_message("remove %s: no such device was added (added: %s)", name,
			     added_devices(names, sizeof(names)));
	else
		tool_message("remove %s: %s (see dmesg)", name, strerror(-err));
	return TOOL_FAILED;
}

const struct tool_command tool_add = {
	.name = "add",
	.arguments = "NAME [CHANNEL...]",
	.summary = "Make a device over channels of the system's DMA engines, or a buffer",
	.detail = "CHANNEL is NAME:ENGINE[:DIRECTION]: its name, its name in /sys/class/dma, and\n"
		  "send, receive or copy, if the name does not tell it (tx, rx, copy).\n"
		  "  dmaring add mem1 --copy\n"
		  "  dmaring add radio0 tx:dma0chan0 rx:dma0chan1 --length-known\n"
		  "  dmaring add frames --size 4M\n"
		  "It lasts until it is removed, or its engine or the driver is. A buffer is\n"
		  "memory in one piece, for who masters the bus himself.",
	.options = add_options,
	.min = 1,
	.max = 1 + DMARING_CHANNELS_MAX,
	.run = run_add,
};

const struct tool_command tool_remove = {
	.name = "remove",
	.arguments = "NAME",
	.summary = "Delete a device that add has made, also while it is used",
	.options = remove_options,
	.min = 1,
	.max = 1,
	.run = run_remove,
};
