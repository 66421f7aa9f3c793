# SPDX-License-Identifier: GPL-2.0-or-later
#
# Host tests of dmaring spectrum: its own sources with the sanitizers, all but
# the ring, in whose place is a device of software (spectrum_device.c).

SPECTRUM_TESTS := $(addprefix $(B)/tests/unit/,wav_test spectrum_frame_test spectrum_lines_test \
	spectrum_player_test)
SPECTRUM_TEST_SOURCES := $(filter-out %/main.c %/duplex.c %/explain.c %/live.c,$(SPECTRUM_SOURCES)) \
	tests/unit/spectrum_device.c tools/sequence.c
UNIT_TESTS += $(SPECTRUM_TESTS)

$(B)/tests/unit/spectrum/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) $(SPECTRUM_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
		-c -o $@ $<

$(SPECTRUM_TESTS): $(B)/tests/unit/%: $(B)/tests/unit/spectrum/tests/unit/%.o \
		$(SPECTRUM_TEST_SOURCES:%.c=$(B)/tests/unit/spectrum/%.o)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fsanitize=address,undefined -o $@ $^ $(LDFLAGS) $(SPECTRUM_LIBS) -lcmocka
