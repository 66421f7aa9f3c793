# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installing, below DESTDIR when it is given. Nothing is started or loaded.

UDEVDIR ?= $(if $(filter /usr,$(PREFIX)),/usr/lib,/etc)/udev/rules.d
SYSUSERSDIR ?= $(if $(filter /usr,$(PREFIX)),/usr/lib,/etc)/sysusers.d
MODDIR ?= /lib/modules/$(KRELEASE)/updates/dmaring

.PHONY: install modules_install

# install_to FOLDER MODE FILES: none is no error, the folder is made when needed
install_to = $(if $(strip $(3)),$(INSTALL) -d $(DESTDIR)$(1) && $(INSTALL) -m $(2) $(3) $(DESTDIR)$(1)/,:)

# What names its prefix is made anew when that changes.
$(LIBDMARING_PC): $(B)/.prefix
$(B)/.prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX) $(LIBDIR) $(INCLUDEDIR)' | cmp -s - $@ || echo '$(PREFIX) $(LIBDIR) $(INCLUDEDIR)' > $@
.PHONY: FORCE

install: user
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)$(call install_to,$(INCLUDEDIR)/dmaring,644,$(wildcard include/dmaring/*.h))
	$(Q)$(call install_to,$(LIBDIR),644,$(wildcard $(B)/user/*.a))
	$(Q)$(call install_to,$(LIBDIR),755,$(shell find $(B)/user -maxdepth 1 -name '*.so.*' -type f))
	$(Q)set -e; for link in $$(find $(B)/user -maxdepth 1 -name '*.so*' -type l); do \
		cp -P $$link $(DESTDIR)$(LIBDIR)/; done
	$(Q)$(call install_to,$(LIBDIR)/pkgconfig,644,$(wildcard $(B)/user/*.pc))
	$(Q)$(call install_to,$(BINDIR),755,$(shell find $(B)/user -maxdepth 1 -type f -executable ! -name '*.so*'))
	$(Q)$(foreach s,1 3 4 7 8,$(call install_to,$(MANDIR)/man$(s),644,$(wildcard man/*.$(s))) && ):
	$(Q)$(call install_to,$(UDEVDIR),644,$(wildcard packaging/*.rules))
	$(Q)$(call install_to,$(SYSUSERSDIR),644,$(wildcard packaging/*.sysusers packaging/sysusers.d/*.conf))

modules_install: modules
	$(call say,INSTALL,$(DESTDIR)$(MODDIR))
	$(Q)$(call install_to,$(MODDIR),644,$(KOUT)/dmaring.ko $(KOUT)/dmaring_sim.ko)
	$(if $(DESTDIR),,$(Q)depmod $(KRELEASE))
