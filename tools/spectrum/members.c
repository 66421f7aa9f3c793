// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The members of a report in JSON.
 */
#include "members.h"

#include <stdio.h>

/**
 * put_string() - add a text
 * @object:	the report
 * @key:	name of the member
 * @value:	the text
 */
void put_string(json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

/**
 * put_count() - add a whole number
 * @object:	the report
 * @key:	name of the member
 * @value:	the number
 */
void put_count(json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

/**
 * put_number() - add a number with few decimals: more would be noise
 * @object:	the report
 * @key:	name of the member
 * @value:	the number
 * @decimals:	digits behind the point
 */
void put_number(json_object *object, const char *key, double value, int decimals)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", decimals, value);
	json_object_object_add(object, key, json_object_new_double_s(value, text));
}

/**
 * put_null() - add what is not known
 * @object:	the report
 * @key:	name of the member
 */
void put_null(json_object *object, const char *key)
{
	json_object_object_add(object, key, NULL);
}

/**
 * members_text() - the report as text
 * @object:	the report
 *
 * Return: text that belongs to @object.
 */
const char *members_text(json_object *object)
{
	return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_SPACED |
						      JSON_C_TO_STRING_NOSLASHESCAPE);
}
