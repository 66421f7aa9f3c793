# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaring-bench, which "dmaring bench" runs.

BENCH_SOURCES := $(addprefix tools/bench/,blocking.c clock.c compare.c disk.c floor.c histogram.c html.c \
	main.c memcpy.c plan.c report.c ring.c summary.c target.c)
BENCH_OBJECTS := $(BENCH_SOURCES:%.c=$(B)/%.o)
BENCH := $(B)/user/dmaring-bench

USER_PRODUCTS += $(BENCH)

# Asked when the command is built, not by every make.
BENCH_CFLAGS = $(shell $(PKG_CONFIG) --cflags json-c) -D_GNU_SOURCE
BENCH_LIBS = $(shell $(PKG_CONFIG) --libs json-c) -l:liburing.a -lm -pthread

$(B)/tools/bench/%.o: tools/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) $(BENCH_CFLAGS) -c -o $@ $<

$(BENCH): $(BENCH_OBJECTS) $(B)/tools/json.o $(LIBDMARING)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(BENCH_OBJECTS) $(B)/tools/json.o $(LIBDMARING) $(LDFLAGS) $(BENCH_LIBS)
