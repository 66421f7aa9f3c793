/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_MEMBERS_H
#define SPECTRUM_MEMBERS_H

#include <json-c/json.h>
#include <stdint.h>

void put_string(json_object *object, const char *key, const char *value);
void put_count(json_object *object, const char *key, uint64_t value);
void put_number(json_object *object, const char *key, double value, int decimals);
void put_null(json_object *object, const char *key);
const char *members_text(json_object *object);

#endif
