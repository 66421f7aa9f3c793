# SPDX-License-Identifier: GPL-2.0-or-later
# System tests: one program a topic, run in the guest, on the ABI header alone.

SYSTEM_NAMES := query ioctl setup mapping transfer validate broken doorbell poll \
	eventfd credits cancel timeout fence abort error lifetime removal seccomp sysfs segments \
	stream stream_end cyclic cyclic_end
ifneq ($(wildcard tests/reference/fft_model.c),)
SYSTEM_NAMES += fft
endif
SYSTEM_SHARED := ring harness attribute load bytes cyclic_stream

SYSTEM_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Itests/reference
SYSTEM_OBJECTS := $(SYSTEM_SHARED:%=$(B)/tests/system/obj/%.o)
SYSTEM_TESTS += $(SYSTEM_NAMES:%=$(B)/tests/system/%) tests/system/stream_test.sh \
	tests/system/flow_test.sh tests/system/sim_test.sh tests/system/arming_test.sh \
	tests/system/command_test.sh

# Run by arming_test.sh, on a controller of its own.
$(B)/tests/system/arming: $(B)/tests/system/obj/arming.o $(SYSTEM_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lm
system-tests: $(B)/tests/system/arming

$(B)/tests/system/obj/%.o: tests/system/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SYSTEM_CFLAGS) -c -o $@ $<

$(B)/tests/system/fft: $(B)/tests/system/obj/fft_model.o
$(B)/tests/system/obj/fft_model.o: tests/reference/fft_model.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SYSTEM_CFLAGS) -c -o $@ $<

$(SYSTEM_NAMES:%=$(B)/tests/system/%): $(B)/tests/system/%: $(B)/tests/system/obj/%.o $(SYSTEM_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lm
