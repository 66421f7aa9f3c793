# SPDX-License-Identifier: GPL-2.0-or-later
# System tests: one program a topic, run in the guest, on the ABI header alone.

SYSTEM_NAMES := query ioctl setup mapping transfer validate broken doorbell poll \
	eventfd credits cancel timeout fence abort error lifetime removal seccomp sysfs segments \
	stream stream_end cyclic cyclic_end reader uring poller interleaved hostile access callback \
	lifetime_loops removal_loops added pools freed user_memory dmabuf sync_file buffer buffer_end
ifneq ($(wildcard tests/reference/fft_model.c),)
SYSTEM_NAMES += fft
endif
# Failures in the kernel's own allocations switch off what watches DMA mappings: after all others.
LAST_SYSTEM_TESTS := $(addprefix $(B)/tests/system/,buffer_fail fail_nth fail_load)
SYSTEM_SHARED := ring harness attribute load bytes cyclic_stream traffic inject buffer_node

SYSTEM_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Itests/reference
SYSTEM_OBJECTS := $(SYSTEM_SHARED:%=$(B)/tests/system/obj/%.o) $(B)/tests/soak/memory.o
SYSTEM_TESTS += $(SYSTEM_NAMES:%=$(B)/tests/system/%) tests/system/stream_test.sh \
	tests/system/flow_test.sh tests/system/sim_test.sh tests/system/arming_test.sh \
	tests/system/limits_test.sh tests/system/numbers_test.sh tests/system/denied_test.sh tests/system/porting_test.sh \
	tests/system/command_test.sh tests/system/add_test.sh tests/system/buffer_test.sh tests/system/measure_test.sh tests/system/spectrum_test.sh
# On another kernel, where all has been tried on one: the interfaces that differ, and each way data goes.
KERNEL_SHORT_TESTS := $(addprefix $(B)/tests/system/,setup mapping transfer poll eventfd lifetime removal sysfs stream \
	reader uring pools user_memory dmabuf sync_file buffer)
# On machines with a real memcpy device, which takes mem0's place: what is about rings, and
# can be tried on any. On 32 bits others too, with the simulator, for the sake of the processor.
MACHINE_TESTS := $(addprefix $(B)/tests/system/,ioctl setup mapping transfer broken doorbell poll eventfd credits \
	cancel timeout abort lifetime sysfs reader uring pools user_memory dmabuf \
	buffer buffer_end)
MACHINE_SHORT_TESTS := $(addprefix $(B)/tests/system/,setup mapping transfer timeout abort lifetime)
# With pools of the memory that the device tree gives the device: of no machine but these.
MACHINE_KIND_TESTS := $(addprefix $(B)/tests/system/,mapping transfer abort lifetime dmabuf)
MACHINE_SIM_TESTS := $(addprefix $(B)/tests/system/,validate error segments stream interleaved)
# Of smdkc210 alone: its serial port.
SMDKC210_TESTS := $(B)/tests/system/serial
# On machine axidma, whose device leads out and back in again.
AXIDMA_TESTS := $(addprefix $(B)/tests/system/,axidma axidma_stream)
AXIDMA_LAST := $(B)/tests/system/axidma_stop
# With disks and network cards, in a guest of its own.
DISK_TESTS := tests/system/disk_test.sh
# With devices that do not reach the pages, in a guest of its own: all that move bytes and look at
# them; in "make check" some.
DATA_TESTS = $(filter-out $(addprefix $(B)/tests/system/,query ioctl setup sysfs added doorbell eventfd poll \
	credits validate fail_nth fail_load) tests/system/measure_test.sh tests/system/porting_test.sh,$(SYSTEM_TESTS)) tests/system/bounce_test.sh
BOUNCE_TESTS := $(addprefix $(B)/tests/system/,transfer segments stream cyclic interleaved pools user_memory dmabuf buffer buffer_end) tests/system/bounce_test.sh

# With DMARING_POOL in the environment: the same of pools of another kind; in "make check" some.
KIND_TESTS := $(addprefix $(B)/tests/system/,transfer validate segments interleaved mapping error lifetime removal \
	cyclic cyclic_end reader freed dmabuf hostile lifetime_loops removal_loops) tests/system/limits_test.sh
KIND_SHORT_TESTS := $(addprefix $(B)/tests/system/,transfer segments error lifetime cyclic_end freed dmabuf hostile)

# Run by NAME_test.sh, each on a controller of its own.
OWN_CONTROLLER := $(addprefix $(B)/tests/system/,arming limits numbers)
$(OWN_CONTROLLER): $(B)/tests/system/%: $(B)/tests/system/obj/%.o $(SYSTEM_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lm
system-tests: $(OWN_CONTROLLER)

# On machines of their own; edu and master are run by tests/vm/edu_test.sh.
OWN_MACHINE := $(addprefix $(B)/tests/system/,edu master) $(SMDKC210_TESTS) $(AXIDMA_TESTS) $(AXIDMA_LAST)
$(OWN_MACHINE): $(B)/tests/system/%: $(B)/tests/system/obj/%.o $(SYSTEM_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lm
system-tests: $(OWN_MACHINE)

# Run by disk_test.sh, and by denied_test.sh.
HELPERS := $(addprefix $(B)/tests/system/,touched counted denied)
$(HELPERS): $(B)/tests/system/%: $(B)/tests/system/obj/%.o
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
system-tests: $(HELPERS)

$(B)/tests/system/obj/%.o: tests/system/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SYSTEM_CFLAGS) -c -o $@ $<

$(B)/tests/system/fft: $(B)/tests/system/obj/fft_model.o
$(B)/tests/system/obj/fft_model.o: tests/reference/fft_model.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SYSTEM_CFLAGS) -c -o $@ $<

$(B)/tests/system/uring: LDLIBS += -luring
$(B)/tests/system/hostile: $(B)/tests/system/obj/bounds.o
$(B)/tests/system/fail_nth: $(B)/tests/system/obj/fail_pools.o
$(B)/tests/system/hostile $(B)/tests/system/buffer_end: LDLIBS += -lpthread

$(SYSTEM_NAMES:%=$(B)/tests/system/%) $(LAST_SYSTEM_TESTS): $(B)/tests/system/%: $(B)/tests/system/obj/%.o $(SYSTEM_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lm $(LDLIBS)
