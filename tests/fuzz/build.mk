# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fuzzer: the driver's own files and a hostile peer, in one program. Wants
# clang and its runtime library; without them tests/fuzz/run skips.

FUZZ_CC ?= clang
FUZZ_DRIVER := ring submission validate operation completion issue ask prepare stop watch timeout cyclic \
	ticket pool chunk ring_pool notify interleaved sequence
FUZZ_PARTS := $(basename $(notdir $(wildcard tests/fuzz/*.c)))
FUZZ := $(B)/fuzz/ring_fuzz
FUZZ_HEADERS := $(wildcard src/kernel/*.h tests/fuzz/*.h) include/dmaring/abi.h
# Nothing plus nothing is nothing, says the kernel, and C that it is undefined.
FUZZ_SANITIZE := -fno-sanitize=pointer-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer
# What the driver is built with, here and by tests/fuzz/run with a fault in it.
# Only the driver counts as covered, or else the fuzzer looks for news in itself.
FUZZ_DRIVER_FLAGS = -std=gnu11 -O1 -g -Wall -Wno-unused-function -Wno-c2x-extensions \
	-fsanitize=fuzzer-no-link,address,undefined $(FUZZ_SANITIZE) -I$(B)/fuzz/empty -Iinclude -Isrc/kernel \
	-include tests/fuzz/dma.h
FUZZ_PART_FLAGS = -std=gnu11 -O2 -g -Wall -Wextra -fsanitize=address $(FUZZ_SANITIZE) \
	-I$(B)/fuzz/empty -Iinclude -Isrc/kernel -include tests/fuzz/dma.h

UNIT_TESTS += tests/fuzz/run
.PHONY: fuzz fuzzer fuzz-flags
ifneq ($(shell command -v $(FUZZ_CC) 2>/dev/null),)
unit-tests: fuzzer
fuzzer: $(FUZZ)
endif

# Every planted fault, then new inputs; those worth it stay in build/fuzz/corpus.
fuzz: fuzzer
	$(Q)tests/fuzz/run --plants
	$(Q)tests/fuzz/run --for $(or $(SECONDS),600)

fuzz-flags:
	@echo '$(FUZZ_CC) $(FUZZ_DRIVER_FLAGS)'

$(FUZZ): $(FUZZ_DRIVER:%=$(B)/fuzz/driver/%.o) $(FUZZ_PARTS:%=$(B)/fuzz/parts/%.o)
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^

$(B)/fuzz/driver/%.o: src/kernel/%.c $(FUZZ_HEADERS) $(B)/fuzz/empty/.made
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_DRIVER_FLAGS) -c -o $@ $<

$(B)/fuzz/parts/%.o: tests/fuzz/%.c $(FUZZ_HEADERS) $(B)/fuzz/empty/.made
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_PART_FLAGS) -c -o $@ $<

# Every header of the kernel that the driver names is there and empty: what they
# declare comes from tests/fuzz. Those that user space has too are its own.
$(B)/fuzz/empty/.made: $(FUZZ_DRIVER:%=src/kernel/%.c) $(wildcard src/kernel/*.h) tests/fuzz/build.mk
	@mkdir -p $(@D)
	$(Q)sed -n 's,^#include <\(linux\|trace\|asm\)/\(.*\)>,\1/\2,p' $(filter %.c %.h,$^) | sort -u | \
		grep -vxE 'linux/(types|ioctl|errno)\.h' | while read -r header; do \
			mkdir -p "$(@D)/$${header%/*}"; : > "$(@D)/$$header"; done
	@touch $@
