# SPDX-License-Identifier: GPL-2.0-or-later
# Streams for long. The program runs in the guest: soak_test.sh for some
# seconds, in "make check"; "make soak" for minutes.

SOAK := $(B)/tests/soak/soak
SOAK_OBJECTS := $(patsubst %,$(B)/tests/soak/%.o,soak chain faults memory)

SYSTEM_TESTS += tests/soak/soak_test.sh
system-tests: $(SOAK)

$(B)/tests/soak/%.o: tests/soak/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -c -o $@ $<

$(SOAK): $(SOAK_OBJECTS) $(LIBDMARING)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
