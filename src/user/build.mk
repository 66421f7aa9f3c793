# SPDX-License-Identifier: GPL-2.0-or-later
#
# libdmaring: static, shared, and the shared build that exports the inlines.

LIBDMARING_SOURCES := $(addprefix src/user/,attach.c control.c cq.c device.c explain.c open.c pair.c sq.c \
	stream.c)
LIBDMARING_OBJECTS := $(LIBDMARING_SOURCES:%.c=$(B)/%.o)
LIBDMARING_SONAME := 0
LIBDMARING := $(B)/user/libdmaring.a
LIBDMARING_SHARED := $(B)/user/libdmaring.so.$(LIBDMARING_SONAME)
LIBDMARING_FFI := $(B)/user/libdmaring-ffi.so.$(LIBDMARING_SONAME)
LIBDMARING_LINKS := $(B)/user/libdmaring.so $(B)/user/libdmaring-ffi.so
LIBDMARING_PC := $(B)/user/dmaring.pc
LIBDMARING_HEADERS := $(addprefix include/dmaring/,abi.h cyclic.h dmaring.h ring.h stream.h window.h)

USER_PRODUCTS += $(LIBDMARING) $(LIBDMARING_SHARED) $(LIBDMARING_FFI) $(LIBDMARING_LINKS) \
	$(LIBDMARING_PC)

$(B)/src/user/%.o: src/user/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) -fPIC -c -o $@ $<

$(LIBDMARING): $(LIBDMARING_OBJECTS)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(LIBDMARING_SHARED): $(LIBDMARING_OBJECTS) src/user/libdmaring.map
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-z,defs -Wl,-soname,$(@F) \
		-Wl,--version-script=src/user/libdmaring.map -o $@ $(LIBDMARING_OBJECTS) $(LDFLAGS) -pthread

$(LIBDMARING_FFI): $(LIBDMARING_OBJECTS) $(B)/src/user/ffi.o src/user/libdmaring-ffi.map
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-z,defs -Wl,-soname,$(@F) \
		-Wl,--version-script=src/user/libdmaring-ffi.map -o $@ $(LIBDMARING_OBJECTS) \
		$(B)/src/user/ffi.o $(LDFLAGS) -pthread

$(LIBDMARING_SHARED) $(LIBDMARING_FFI): | $(LIBDMARING)

$(LIBDMARING_LINKS): %.so: %.so.$(LIBDMARING_SONAME)
	$(Q)ln -sf $(<F) $@

$(LIBDMARING_PC): packaging/dmaring.pc.in VERSION
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' $< > $@
