# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaring-recv, which "dmaring recv" runs: the same command, with io_uring. The
# static liburing, so that a board needs no more than this file.

DIRECT_SOURCES := $(addprefix tools/direct/,direct.c main.c target.c)
DIRECT_OBJECTS := $(DIRECT_SOURCES:%.c=$(B)/%.o) \
	$(addprefix $(B)/tools/,flow.o json.o recv.o sequence.o tool.o)
DIRECT := $(B)/user/dmaring-recv

USER_PRODUCTS += $(DIRECT)

$(DIRECT): $(DIRECT_OBJECTS) $(LIBDMARING)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS) -l:liburing.a -pthread
