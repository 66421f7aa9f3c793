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
