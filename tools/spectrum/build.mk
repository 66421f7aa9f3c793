# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaring-spectrum, which "dmaring spectrum" runs.

SPECTRUM_PACKAGES := sndfile fftw3 cairo ncursesw json-c libseccomp
SPECTRUM_SOURCES := $(addprefix tools/spectrum/,axis.c colour.c duplex.c explain.c framer.c judge.c \
	live.c live_report.c main.c members.c message.c meter.c peaks.c picture.c player.c recording.c \
	reference.c screen.c spectrogram.c summary.c waterfall.c)
SPECTRUM_OBJECTS := $(SPECTRUM_SOURCES:%.c=$(B)/%.o)
SPECTRUM := $(B)/user/dmaring-spectrum

USER_PRODUCTS += $(SPECTRUM)

# Asked when the command is built, not by every make.
SPECTRUM_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(SPECTRUM_PACKAGES)) -D_GNU_SOURCE \
	-DDMARING_TOOL_VERSION='"$(VERSION)"'
SPECTRUM_LIBS = $(shell $(PKG_CONFIG) --libs $(SPECTRUM_PACKAGES)) -lm -pthread

$(B)/tools/spectrum/%.o: tools/spectrum/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) $(SPECTRUM_CFLAGS) -c -o $@ $<

$(SPECTRUM): $(SPECTRUM_OBJECTS) $(B)/tools/sequence.o $(LIBDMARING)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS) $(SPECTRUM_LIBS)
