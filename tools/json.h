/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON, correctly escaped; members and elements in the order of calls.
 */
#ifndef DMARING_JSON_H
#define DMARING_JSON_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct json - a document that is being written
 * @out:	where to
 * @depth:	how many objects and arrays are open
 * @filled:	bit per depth: there is an element already
 */
struct json {
	FILE *out;
	unsigned int depth;
	unsigned int filled;
};

/*
 * In all of these @name is the member's name, or NULL in an array and for the
 * document itself. What is begun must be ended; at most 31 deep.
 */
void json_begin_object(struct json *json, const char *name);
void json_end_object(struct json *json);
void json_begin_array(struct json *json, const char *name);
void json_end_array(struct json *json);
void json_string(struct json *json, const char *name, const char *value);
void json_number(struct json *json, const char *name, long long value);
void json_unsigned(struct json *json, const char *name, unsigned long long value);
void json_real(struct json *json, const char *name, double value);
void json_boolean(struct json *json, const char *name, bool value);

#endif /* DMARING_JSON_H */
