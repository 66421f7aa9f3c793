// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the line that describes a device to its parts:
 *
 *	NAME CHANNEL:ENGINE[:DIRECTION]... [PROPERTY[=NUMBER]]...
 *	NAME size=BYTES [minor=NUMBER] [dma-mask=BITS]
 *
 * Touches nothing but its arguments, so that host tests compile it as it stands.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include "plan.h"

/* Digits, letters and marks that the device tree allows in the name of a node. */
static bool name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr(",._+-", c));
}

/**
 * dmaring_name_valid() - may a device or a channel be called so
 * @name: the name
 *
 * It becomes a file in /dev and in sysfs, and a word on a command line.
 *
 * Context: any.
 * Return: true if it has 1 to DMARING_NAME_BYTES - 1 letters, digits and marks
 * out of ",._+-", of which neither dot nor dash comes first.
 */
bool dmaring_name_valid(const char *name)
{
	size_t i;

	if (*name == '.' || *name == '-')
		return false;
	for (i = 0; i < DMARING_NAME_BYTES && name_character(name[i]); i++)
		;
	return i && i < DMARING_NAME_BYTES && !name[i];
}

/* Copies @bytes bytes, if they are a name. */
static int name_take(char *name, const char *text, size_t bytes)
{
	if (bytes >= DMARING_NAME_BYTES)
		return -ENAMETOOLONG;
	memcpy(name, text, bytes);
	name[bytes] = '\0';
	return strlen(name) == bytes && dmaring_name_valid(name) ? 0 : -EINVAL;
}

/* Bytes before the first @end, or all of them. */
static size_t length_until(const char *text, size_t bytes, char end)
{
	size_t i;

	for (i = 0; i < bytes && text[i] != end; i++)
		;
	return i;
}

static bool is_word(const char *text, size_t bytes, const char *word)
{
	return strlen(word) == bytes && !memcmp(text, word, bytes);
}

static int direction_take(struct dmaring_plan_channel *channel, const char *text, size_t bytes)
{
	static const char *const words[] = { "send", "receive", "copy", NULL };
	unsigned int i;

	for (i = 0; words[i]; i++) {
		if (is_word(text, bytes, words[i])) {
			memcpy(channel->direction, words[i], bytes + 1);
			return 0;
		}
	}
	return -EINVAL;
}

/* CHANNEL:ENGINE[:DIRECTION] */
static int channel_take(struct dmaring_plan *plan, const char *text, size_t bytes)
{
	struct dmaring_plan_channel *channel;
	size_t length = length_until(text, bytes, ':');
	unsigned int i;
	int ret;

	if (plan->channels == DMARING_CHANNELS_MAX)
		return -E2BIG;
	channel = &plan->channel[plan->channels];
	ret = name_take(channel->name, text, length);
	if (ret)
		return ret;
	for (i = 0; i < plan->channels; i++)
		if (!strcmp(plan->channel[i].name, channel->name))
			return -EINVAL;
	text += length + 1;
	bytes -= length + 1;
	length = length_until(text, bytes, ':');
	ret = name_take(channel->engine, text, length);
	if (ret)
		return ret;
	if (length < bytes) {
		ret = direction_take(channel, text + length + 1, bytes - length - 1);
		if (ret)
			return ret;
	}
	if (!strcmp(channel->engine, DMARING_ENGINE_ANY)) {
		if (*channel->direction && strcmp(channel->direction, "copy"))
			return -EINVAL;
		strcpy(channel->direction, "copy");
	}
	plan->channels++;
	return 0;
}

/* Decimal, not 0, which is the word for "not given". */
static int number_take(__u32 *number, const char *text, size_t bytes)
{
	__u64 value = 0;
	size_t i;

	for (i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		value = value * 10 + (unsigned int)(text[i] - '0');
		if (value > 0xffffffffU)
			return -ERANGE;
	}
	*number = value;
	return value ? 0 : -EINVAL;
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Bytes, not 0: decimal, or hexadecimal after 0x, and perhaps in K, M or G. */
static int size_take(__u64 *size, const char *text, size_t bytes)
{
	unsigned int base = 10, shift = 0;
	__u64 value = 0;
	size_t i = 0;

	if (bytes > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		i = 2;
	}
	if (i == bytes || digit_value(text[i]) >= base)
		return -EINVAL;
	for (; i < bytes && digit_value(text[i]) < base; i++) {
		if (value > (~0ULL >> 4))
			return -ERANGE;
		value = value * base + digit_value(text[i]);
	}
	if (i + 1 == bytes && text[i] && strchr("KkMmGg", text[i])) {
		shift = strchr("Kk", text[i]) ? 10 : strchr("Mm", text[i]) ? 20 : 30;
		i++;
	}
	if (i < bytes)
		return -EINVAL;
	if (value > ~0ULL >> shift)
		return -ERANGE;
	*size = value << shift;
	return value ? 0 : -EINVAL;
}

/* The number of a node, which may be 0. */
static int minor_take(struct dmaring_plan *plan, const char *text, size_t bytes)
{
	int ret = 0;

	if (plan->minor_given)
		return -EINVAL;
	plan->minor_given = true;
	if (!is_word(text, bytes, "0"))
		ret = number_take(&plan->minor, text, bytes);
	return ret ?: plan->minor < DMARING_BUFFER_MINORS ? 0 : -ERANGE;
}

/* What only a buffer has. */
static int buffer_take(struct dmaring_plan *plan, const char *text, size_t bytes)
{
	size_t length = length_until(text, bytes, '=');
	const char *value = text + length + 1;
	int ret;

	if (length == bytes)
		return -EINVAL;
	bytes -= length + 1;
	if (is_word(text, length, "size"))
		return plan->bytes ? -EINVAL : size_take(&plan->bytes, value, bytes);
	if (is_word(text, length, "minor"))
		return minor_take(plan, value, bytes);
	if (!is_word(text, length, "dma-mask") || plan->address_bits)
		return -EINVAL;
	ret = number_take(&plan->address_bits, value, bytes);
	return ret ?: plan->address_bits <= 64 ? 0 : -ERANGE;
}

/* PROPERTY or PROPERTY=NUMBER, each once */
static int property_take(struct dmaring_plan *plan, const char *text, size_t bytes)
{
	const struct {
		const char *word;
		bool *flag;
		__u32 *number;
	} properties[] = {
		{ .word = "length-known", .flag = &plan->length_known },
		{ .word = "cookie-known", .flag = &plan->cookie_known },
		{ .word = "withholds-callbacks", .flag = &plan->withholds_callbacks },
		{ .word = "alignment", .number = &plan->alignment },
		{ .word = "width", .number = &plan->width },
		{ .word = "burst", .number = &plan->burst },
		{}
	};
	size_t length = length_until(text, bytes, '=');
	unsigned int i;

	for (i = 0; properties[i].word; i++) {
		if (!is_word(text, length, properties[i].word))
			continue;
		if (properties[i].flag) {
			if (length < bytes || *properties[i].flag)
				return -EINVAL;
			*properties[i].flag = true;
			return 0;
		}
		if (length == bytes || *properties[i].number)
			return -EINVAL;
		return number_take(properties[i].number, text + length + 1, bytes - length - 1);
	}
	return buffer_take(plan, text, bytes);
}

/* Channels, and what there is about them, or a buffer. */
static bool is_whole(const struct dmaring_plan *plan)
{
	if (plan->bytes)
		return !plan->channels && !plan->length_known && !plan->cookie_known &&
		       !plan->withholds_callbacks && !plan->alignment && !plan->width &&
		       !plan->burst;
	return plan->channels && !plan->minor_given && !plan->address_bits;
}

/**
 * dmaring_plan_parse() - read the description of a device
 * @plan: filled in
 * @text: as written; not terminated
 * @bytes: how many, with or without a newline at the end
 *
 * Context: any.
 * Return: 0; -EINVAL if it is none; -ENAMETOOLONG for a name of DMARING_NAME_BYTES
 * or more; -E2BIG with more than DMARING_CHANNELS_MAX channels; -ERANGE for a
 * number that does not fit.
 */
int dmaring_plan_parse(struct dmaring_plan *plan, const char *text, size_t bytes)
{
	size_t length;
	int ret;

	memset(plan, 0, sizeof(*plan));
	if (bytes && text[bytes - 1] == '\n')
		bytes--;
	length = length_until(text, bytes, ' ');
	ret = name_take(plan->name, text, length);
	while (!ret && length < bytes) {
		text += length + 1;
		bytes -= length + 1;
		length = length_until(text, bytes, ' ');
		if (!length)
			continue;
		if (length_until(text, length, ':') < length)
			ret = channel_take(plan, text, length);
		else
			ret = property_take(plan, text, length);
	}
	if (!ret && !is_whole(plan))
		ret = -EINVAL;
	return ret;
}

/**
 * dmaring_plan_parse_buffer() - read NAME:SIZE[:MINOR], as a module parameter has it
 * @plan: filled in
 * @text: terminated
 *
 * Context: any.
 * Return: 0, or as dmaring_plan_parse().
 */
int dmaring_plan_parse_buffer(struct dmaring_plan *plan, const char *text)
{
	size_t length = length_until(text, strlen(text), ':');
	int ret;

	memset(plan, 0, sizeof(*plan));
	ret = name_take(plan->name, text, length);
	if (ret)
		return ret;
	text += length;
	if (!*text)
		return -EINVAL;
	text++;
	length = length_until(text, strlen(text), ':');
	ret = size_take(&plan->bytes, text, length);
	text += length;
	if (!ret && *text)
		ret = minor_take(plan, text + 1, strlen(text + 1));
	return ret;
}
