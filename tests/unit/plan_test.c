// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's parser of lines for new_device: what is right, each thing that
 * can be wrong, and noise. A line has no terminating NUL: each is parsed in
 * memory of exactly its size, so that a byte too far is seen.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/kernel/plan.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NAME_31		"a234567890123456789012345678901"

static struct dmaring_plan plan;

static int parse_bytes(const char *text, size_t bytes)
{
	char *exact = malloc(bytes ? bytes : 1);
	int ret;

	assert_non_null(exact);
	memcpy(exact, text, bytes);
	memset(&plan, 0xff, sizeof(plan));
	ret = dmaring_plan_parse(&plan, bytes ? exact : exact + 1, bytes);
	free(exact);
	return ret;
}

static int parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void whole_line(void **state)
{
	(void)state;
	assert_int_equal(parse("radio0 tx:dma0chan0:send rx:dma0chan1 length-known cookie-known "
			       "withholds-callbacks alignment=64 width=4 burst=4294967295\n"), 0);
	assert_string_equal(plan.name, "radio0");
	assert_int_equal(plan.channels, 2);
	assert_string_equal(plan.channel[0].name, "tx");
	assert_string_equal(plan.channel[0].engine, "dma0chan0");
	assert_string_equal(plan.channel[0].direction, "send");
	assert_string_equal(plan.channel[1].name, "rx");
	assert_string_equal(plan.channel[1].engine, "dma0chan1");
	assert_string_equal(plan.channel[1].direction, "");
	assert_true(plan.length_known && plan.cookie_known && plan.withholds_callbacks);
	assert_int_equal(plan.alignment, 64);
	assert_int_equal(plan.width, 4);
	assert_int_equal(plan.burst, UINT32_MAX);
}

static void shortest_line(void **state)
{
	(void)state;
	assert_int_equal(parse("m c:any"), 0);
	assert_string_equal(plan.name, "m");
	assert_int_equal(plan.channels, 1);
	assert_string_equal(plan.channel[0].name, "c");
	assert_string_equal(plan.channel[0].engine, DMARING_ENGINE_ANY);
	/* Whichever engine it is, it copies. */
	assert_string_equal(plan.channel[0].direction, "copy");
	assert_false(plan.length_known || plan.cookie_known || plan.withholds_callbacks);
	assert_int_equal(plan.alignment | plan.width | plan.burst, 0);
}

static void spaces_separate(void **state)
{
	(void)state;
	assert_int_equal(parse("m  c:any   width=8  "), 0);
	assert_int_equal(plan.width, 8);
	assert_int_equal(parse(" m c:any"), -EINVAL);
	assert_int_equal(parse("m\tc:any"), -EINVAL);
	assert_int_equal(parse("m c:any\n\n"), -EINVAL);
	assert_int_equal(parse("m c:any\nwidth=4"), -EINVAL);
}

static void longest_names(void **state)
{
	(void)state;
	assert_int_equal(parse(NAME_31 " " NAME_31 ":" NAME_31 ":receive"), 0);
	assert_string_equal(plan.name, NAME_31);
	assert_string_equal(plan.channel[0].name, NAME_31);
	assert_string_equal(plan.channel[0].engine, NAME_31);
	assert_int_equal(parse(NAME_31 "x c:any"), -ENAMETOOLONG);
	assert_int_equal(parse("m " NAME_31 "x:any"), -ENAMETOOLONG);
	assert_int_equal(parse("m c:" NAME_31 "x"), -ENAMETOOLONG);
}

static void names_are_files(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", ".hidden", "-", "-option", "a/b", "/", "a b", "a:b", "a=b", "a\tb",
		"a\nb", "a\x7f", "\xc3\xa4", "a%sb", "a!b", "a'b", "a\"b", "a\\b", "a$b", "a*b",
		NAME_31 "x",
	};
	static const char *const good[] = {
		"a", "0", "_", "adc0", "dma-proxy", "dma_proxy", "a.b", "a,b", "+a", "Z9-", NAME_31,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (dmaring_name_valid(bad[i]))
			fail_msg("\"%s\" passed for a name", bad[i]);
	for (i = 0; i < ARRAY_SIZE(good); i++)
		if (!dmaring_name_valid(good[i]))
			fail_msg("\"%s\" did not pass for a name", good[i]);
}

static void malformed_lines(void **state)
{
	static const char *const bad[] = {
		"", "\n", " ", "m", "m ", "m width=4", "m c", "m c:", "m :dma0chan0", "m :",
		"m c:any:", "m c:any:send", "m c:any:receive", "m c:dma0chan0:",
		"m c:dma0chan0:sideways", "m c:dma0chan0:sen", "m c:dma0chan0:sendx",
		"m c:dma0chan0:send:more", "m c:a/b", "m c/d:any", "m/n c:any", "m:n c:any",
		"m c:any c:dma0chan1", "m c:any width", "m c:any width=", "m c:any width=0",
		"m c:any width=-4", "m c:any width=+4", "m c:any width=0x4", "m c:any width=4k",
		"m c:any width=4=4", "m c:any width=4 width=4", "m c:any length-known=1",
		"m c:any length-known length-known", "m c:any length_known", "m c:any unknown",
		"m c:any =", "m c:any =4", "m c:any address=4096", "m c:any name=n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse(bad[i]) != -EINVAL)
			fail_msg("\"%s\" gave %d", bad[i], parse(bad[i]));
	assert_int_equal(parse_bytes("m c:any\0", 8), -EINVAL);
	assert_int_equal(parse_bytes("m\0c:any", 7), -EINVAL);
	assert_int_equal(parse("m c:any width=4294967296"), -ERANGE);
	assert_int_equal(parse("m c:any width=99999999999999999999999999"), -ERANGE);
}

static void sixteen_channels(void **state)
{
	char line[1024] = "m";
	unsigned int i;

	(void)state;
	for (i = 0; i < DMARING_CHANNELS_MAX; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " c%u:dma0chan%u", i, i);
	assert_int_equal(parse(line), 0);
	assert_int_equal(plan.channels, DMARING_CHANNELS_MAX);
	assert_string_equal(plan.channel[15].name, "c15");
	strcat(line, " c16:dma0chan16");
	assert_int_equal(parse(line), -E2BIG);
}

static void buffers(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "m size=1", 1 }, { "m size=1048576\n", 1048576 }, { "m size=0x10000", 65536 },
		{ "m size=0XfF", 255 }, { "m size=64k", 65536 }, { "m size=64K", 65536 },
		{ "m size=0x10M", 16 << 20 }, { "m size=3G", 3ULL << 30 },
		{ "m size=0xffffffffffffffff", UINT64_MAX }, { "m size=18446744073709551615", 0 },
		{ "m size=0x3ffffffffg", 0x3ffffffffULL << 30 },
	};
	static const char *const bad[] = {
		"m size", "m size=", "m size=0", "m size=0k", "m size=0x", "m size=k", "m size=-1",
		"m size=+1", "m size=1kk", "m size=1T", "m size=1k1", "m size=0xg", "m size=1.5M",
		"m size=1 size=1", "m size=1 copy:any", "m copy:any size=1", "m size=1 width=4",
		"m size=1 length-known", "m size=1 alignment=8", "m copy:any minor=1", "m minor=1",
		"m copy:any dma-mask=32", "m size=1 minor=", "m size=1 minor=x", "m size=1 minor=-1",
		"m size=1 minor=1 minor=1", "m size=1 minor=0 minor=0", "m size=1 dma-mask=0",
		"m size=1 dma-mask=32 dma-mask=32", "m size=1 kind=cma", "m size=1=1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		int ret = parse(good[i].text);

		/* More than 60 bits in decimal do not matter to anybody. */
		if (ret != (good[i].bytes ? 0 : -ERANGE) || (!ret && plan.bytes != good[i].bytes))
			fail_msg("\"%s\" gave %d, %ju", good[i].text, ret, (uintmax_t)plan.bytes);
		assert_false(plan.channels || plan.minor_given || plan.address_bits);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse(bad[i]) != -EINVAL)
			fail_msg("\"%s\" gave %d", bad[i], parse(bad[i]));
	assert_int_equal(parse("m size=4096 minor=0 dma-mask=64"), 0);
	assert_true(plan.minor_given);
	assert_int_equal(plan.minor, 0);
	assert_int_equal(plan.address_bits, 64);
	assert_int_equal(parse("m minor=255 size=4096"), 0);
	assert_int_equal(plan.minor, 255);
	assert_int_equal(parse("m size=4096 minor=256"), -ERANGE);
	assert_int_equal(parse("m size=4096 dma-mask=65"), -ERANGE);
	assert_int_equal(parse("m size=0x10000000000000000"), -ERANGE);
	assert_int_equal(parse("m size=0x400000000G"), -ERANGE);
}

static void buffers_of_the_parameter(void **state)
{
	static const char *const bad[] = {
		"", "m", ":", "m:", ":1", "m:0", "m:x", "m:1:", "m:1:x", "m:1:1:1", "m:1:-1", "m :1",
		"../m:1", "m/n:1", "m:1 ", "m:4k:0x1",
	};
	size_t i;

	(void)state;
	assert_int_equal(dmaring_plan_parse_buffer(&plan, "udmabuf0:1048576"), 0);
	assert_string_equal(plan.name, "udmabuf0");
	assert_int_equal(plan.bytes, 1048576);
	assert_false(plan.minor_given || plan.channels || plan.address_bits);
	assert_int_equal(dmaring_plan_parse_buffer(&plan, "m:0x4M:0"), 0);
	assert_int_equal(plan.bytes, 4 << 20);
	assert_true(plan.minor_given && !plan.minor);
	assert_int_equal(dmaring_plan_parse_buffer(&plan, "m:1:256"), -ERANGE);
	assert_int_equal(dmaring_plan_parse_buffer(&plan, NAME_31 "x:1"), -ENAMETOOLONG);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (dmaring_plan_parse_buffer(&plan, bad[i]) != -EINVAL)
			fail_msg("\"%s\" gave %d", bad[i],
				 dmaring_plan_parse_buffer(&plan, bad[i]));
}

/* Lines out of pieces of lines: whatever they are, what is taken is sound. */
static void noise(void **state)
{
	static const char *const pieces[] = {
		"m", " ", " ", ":", "any", "c", "dma0chan0", ":send", ":copy", "=", "width=4",
		"length-known", "\n", "burst=", "4294967296", "/", ".", NAME_31, "\xff", "c1:any",
		"size=", "0x10", "minor=", "dma-mask=32", "G",
	};
	unsigned int i, j, taken = 0;

	(void)state;
	srand(1);
	for (i = 0; i < 200000; i++) {
		char line[512] = "";
		int n = rand() % 10;

		if (rand() % 2)
			strcpy(line, "m c:any ");
		while (n--)
			strcat(line, pieces[(unsigned int)rand() % ARRAY_SIZE(pieces)]);
		if (parse(line))
			continue;
		taken++;
		assert_true(dmaring_name_valid(plan.name));
		assert_true(!plan.channels == !!plan.bytes);
		assert_in_range(plan.channels, 0, DMARING_CHANNELS_MAX);
		assert_true(plan.minor < 256 && plan.address_bits <= 64);
		for (j = 0; j < plan.channels; j++) {
			assert_true(dmaring_name_valid(plan.channel[j].name));
			assert_true(dmaring_name_valid(plan.channel[j].engine));
			assert_non_null(memchr(plan.channel[j].direction, 0,
					       sizeof(plan.channel[j].direction)));
		}
	}
	assert_true(taken > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_line),
		cmocka_unit_test(shortest_line),
		cmocka_unit_test(spaces_separate),
		cmocka_unit_test(longest_names),
		cmocka_unit_test(names_are_files),
		cmocka_unit_test(malformed_lines),
		cmocka_unit_test(sixteen_channels),
		cmocka_unit_test(buffers),
		cmocka_unit_test(buffers_of_the_parameter),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
