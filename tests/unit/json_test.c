// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The JSON that the commands write: structure and escapes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../tools/json.h"

static char *text;
static size_t length;
static struct json json;

static int set_up(void **state)
{
	(void)state;
	json = (struct json){ .out = open_memstream(&text, &length) };
	return !json.out;
}

static int tear_down(void **state)
{
	(void)state;
	free(text);
	return 0;
}

static void assert_written(const char *expected)
{
	fclose(json.out);
	assert_string_equal(text, expected);
}

static void objects_and_arrays_nest(void **state)
{
	(void)state;
	json_begin_object(&json, NULL);
	json_begin_array(&json, "empty");
	json_end_array(&json);
	json_begin_array(&json, "list");
	json_number(&json, NULL, -1);
	json_unsigned(&json, NULL, 18446744073709551615ULL);
	json_begin_object(&json, NULL);
	json_boolean(&json, "yes", true);
	json_boolean(&json, "no", false);
	json_end_object(&json);
	json_end_array(&json);
	json_end_object(&json);
	assert_written("{\n  \"empty\": [],\n  \"list\": [\n    -1,\n    18446744073709551615,\n"
		       "    {\n      \"yes\": true,\n      \"no\": false\n    }\n  ]\n}\n");
}

static void one_string(const char *value, const char *expected)
{
	set_up(NULL);
	json_string(&json, NULL, value);
	assert_written(expected);
	free(text);
}

static void strings_are_escaped(void **state)
{
	(void)state;
	one_string("", "\"\"");
	one_string("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	one_string("\n\t\x01\x1f\x7f", "\"\\u000a\\u0009\\u0001\\u001f\\u007f\"");
}

static void what_is_not_utf8_is_replaced(void **state)
{
	(void)state;
	one_string("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
	one_string("\xe4", "\"\\ufffd\"");
	one_string("\xe4g", "\"\\ufffdg\"");
	one_string("\xc0\xaf", "\"\\ufffd\\ufffd\"");			/* overlong */
	one_string("\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"");	/* overlong */
	one_string("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");	/* surrogate */
	one_string("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");	/* too large */
	one_string("\xf0\x9f\x98", "\"\\ufffd\\ufffd\\ufffd\"");	/* cut off */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(objects_and_arrays_nest, set_up, tear_down),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(what_is_not_utf8_is_replaced),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
