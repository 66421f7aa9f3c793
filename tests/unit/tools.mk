# SPDX-License-Identifier: GPL-2.0-or-later
#
# Host tests of the parts of the command that need no device.

TOOL_TESTS := $(addprefix $(B)/tests/unit/,json_test pattern_test)
UNIT_TESTS += $(TOOL_TESTS)

$(TOOL_TESTS): $(B)/tests/unit/%_test: tests/unit/%_test.c tools/%.c tools/%.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out -MMD,$(CFLAGS)) -D_GNU_SOURCE -fsanitize=address,undefined \
		-fno-sanitize-recover=all -o $@ $(filter %.c,$^) $(LDFLAGS) -lcmocka

# Those parts of dmaring bench that need no ring.
BENCH_TEST_SOURCES := $(addprefix tools/bench/,compare.c histogram.c html.c plan.c report.c \
	summary.c) tools/json.c
UNIT_TESTS += $(B)/tests/unit/dmaring_bench_test

$(B)/tests/unit/dmaring_bench_test: tests/unit/dmaring_bench_test.c $(BENCH_TEST_SOURCES) tools/bench/bench.h \
		tools/bench/histogram.h tools/json.h $(LIBDMARING)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out -MMD,$(CFLAGS)) $(BENCH_CFLAGS) -fsanitize=address,undefined \
		-fno-sanitize-recover=all -o $@ $(filter %.c %.a,$^) $(LDFLAGS) -lcmocka $(BENCH_LIBS)
