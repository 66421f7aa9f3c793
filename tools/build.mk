# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command: libc and the library, linked in, so that one file is enough.

TOOL_SOURCES := $(addprefix tools/,absent.c add.c bench-memory.c dmaring.c engine.c fault.c flow.c info.c json.c kind.c list.c pattern.c \
	pipe.c recv.c selftest.c selftest_data.c selftest_quiet.c send.c sequence.c tool.c top.c why.c)
TOOL_OBJECTS := $(TOOL_SOURCES:%.c=$(B)/%.o)
TOOL := $(B)/user/dmaring

USER_PRODUCTS += $(TOOL)

$(B)/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -c -o $@ $<

$(TOOL): $(TOOL_OBJECTS) $(LIBDMARING)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS) -pthread
