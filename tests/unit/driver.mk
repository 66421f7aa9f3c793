# SPDX-License-Identifier: GPL-2.0-or-later
#
# Host tests of driver code that needs no kernel: the very files of the module.

DRIVER_TESTS := $(addprefix $(B)/tests/unit/,index_test validate_test interleaved_test)
UNIT_TESTS += $(DRIVER_TESTS)

$(DRIVER_TESTS): $(B)/tests/unit/%: tests/unit/%.c src/kernel/validate.c src/kernel/validate.h \
		src/kernel/index.h tests/unit/kernel/linux/nospec.h include/dmaring/abi.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out -MMD,$(CFLAGS)) -Itests/unit/kernel -fsanitize=address,undefined \
		-fno-sanitize-recover=all -o $@ $(filter %.c,$^) $(LDFLAGS) -lcmocka

PLAN_TEST := $(B)/tests/unit/plan_test
UNIT_TESTS += $(PLAN_TEST)

$(PLAN_TEST): tests/unit/plan_test.c src/kernel/plan.c src/kernel/plan.h tests/unit/kernel/linux/string.h \
		include/dmaring/abi.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out -MMD,$(CFLAGS)) -Itests/unit/kernel -fsanitize=address,undefined \
		-fno-sanitize-recover=all -o $@ $(filter %.c,$^) $(LDFLAGS) -lcmocka
