// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A writer of JSON (RFC 8259). Strings come from the system and may hold
 * anything: what is not UTF-8 becomes U+FFFD, so the output always parses.
 */
#include <math.h>

#include "json.h"

/* Length of the UTF-8 sequence at @text, or 0 if it is none. */
static unsigned int utf8_length(const unsigned char *text)
{
	unsigned int length, i;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		length = 2;
	else if ((text[0] & 0xf0) == 0xe0)
		length = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		length = 4;
	else
		return 0;
	for (i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what is beyond U+10FFFF. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

static void write_string(FILE *out, const char *value)
{
	const unsigned char *text = (const unsigned char *)value;

	fputc('"', out);
	while (*text) {
		unsigned int length = utf8_length(text);

		if (!length) {
			fputs("\\ufffd", out);
			text++;
		} else if (*text == '"' || *text == '\\') {
			fprintf(out, "\\%c", *text++);
		} else if (*text < 0x20 || *text == 0x7f) {
			fprintf(out, "\\u%04x", *text++);
		} else {
			fwrite(text, 1, length, out);
			text += length;
		}
	}
	fputc('"', out);
}

/* What comes before any value: comma, new line, indentation, name. */
static void begin_value(struct json *json, const char *name)
{
	if (json->depth) {
		if (json->filled & (1U << json->depth))
			fputc(',', json->out);
		json->filled |= 1U << json->depth;
		fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
	}
	if (name) {
		write_string(json->out, name);
		fputs(": ", json->out);
	}
}

static void begin(struct json *json, const char *name, char bracket)
{
	begin_value(json, name);
	fputc(bracket, json->out);
	json->depth++;
	json->filled &= ~(1U << json->depth);
}

static void end(struct json *json, char bracket)
{
	bool filled = json->filled & (1U << json->depth);

	json->depth--;
	if (filled)
		fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
	fputc(bracket, json->out);
	if (!json->depth)
		fputc('\n', json->out);
}

/**
 * json_begin_object() - begin an object
 * @json:	the document
 * @name:	of the member, or NULL
 */
void json_begin_object(struct json *json, const char *name)
{
	begin(json, name, '{');
}

/**
 * json_end_object() - end the innermost object
 * @json:	the document
 */
void json_end_object(struct json *json)
{
	end(json, '}');
}

/**
 * json_begin_array() - begin an array
 * @json:	the document
 * @name:	of the member, or NULL
 */
void json_begin_array(struct json *json, const char *name)
{
	begin(json, name, '[');
}

/**
 * json_end_array() - end the innermost array
 * @json:	the document
 */
void json_end_array(struct json *json)
{
	end(json, ']');
}

/**
 * json_string() - write a string
 * @json:	the document
 * @name:	of the member, or NULL
 * @value:	any bytes, ended by NUL
 */
void json_string(struct json *json, const char *name, const char *value)
{
	begin_value(json, name);
	write_string(json->out, value);
}

/**
 * json_number() - write a signed number
 * @json:	the document
 * @name:	of the member, or NULL
 * @value:	the number
 */
void json_number(struct json *json, const char *name, long long value)
{
	begin_value(json, name);
	fprintf(json->out, "%lld", value);
}

/**
 * json_unsigned() - write an unsigned number
 * @json:	the document
 * @name:	of the member, or NULL
 * @value:	the number
 */
void json_unsigned(struct json *json, const char *name, unsigned long long value)
{
	begin_value(json, name);
	fprintf(json->out, "%llu", value);
}

/**
 * json_boolean() - write true or false
 * @json:	the document
 * @name:	of the member, or NULL
 * @value:	which
 */
void json_boolean(struct json *json, const char *name, bool value)
{
	begin_value(json, name);
	fputs(value ? "true" : "false", json->out);
}

/**
 * json_real() - write a number with a fraction
 * @json:	the document
 * @name:	of the member, or NULL
 * @value:	the number; what is not finite becomes null
 */
void json_real(struct json *json, const char *name, double value)
{
	begin_value(json, name);
	if (isfinite(value))
		fprintf(json->out, "%.6g", value);
	else
		fputs("null", json->out);
}
