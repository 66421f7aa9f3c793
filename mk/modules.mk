# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel modules, built in build/kernel/<release>: a tree of links to the
# sources, so that modules for several kernels stand side by side and the
# source tree stays clean. One kbuild run builds dmaring and the simulator, so
# that each sees the other's symbols.

ifndef KDIR
KDIR := $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(wildcard $(shell ls -dt /lib/modules/*/build 2>/dev/null)))
endif

# The kernel's own word for its release, as modules will carry it.
KRELEASE := $(if $(KDIR),$(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null))
# COVERAGE=1: modules that count which of their lines run, beside the others.
KOUT := $(B)/kernel/$(KRELEASE)$(if $(COVERAGE),-coverage)

# Type information for BPF needs the kernel's own image, which headers may lack,
# and pahole.
KBUILD = $(MAKE) -C $(KDIR) $(if $(COVERAGE),GCOV_PROFILE=y) DMARING_VERSION=$(VERSION) $(if $(filter 1,$(V)),,-s) \
	$(if $(and $(wildcard $(KDIR)/vmlinux),$(shell command -v pahole 2>/dev/null)),,CONFIG_DEBUG_INFO_BTF_MODULES=)

.PHONY: modules
ifeq ($(KRELEASE),)
modules:
	@echo "modules: $(if $(KDIR),$(KDIR) is no configured kernel tree,no kernel headers found); not built (make deps, or KDIR=...)" >&2
	@$(if $(filter modules,$(MAKECMDGOALS)),exit 1,:)
else
# Locked, because several guests may be started at once.
modules: $(KOUT)/.probed
	$(call say,KBUILD,$(KOUT))
	$(Q)+flock $(KOUT)/.probed sh -ec '\
		cp -rsf $(abspath src/kernel)/. $(KOUT)/; \
		ln -sfn $(abspath include) $(KOUT)/include; \
		find $(KOUT) -xtype l -delete; \
		$(KBUILD) M=$(abspath $(KOUT)) modules; \
		cd $(KOUT); ln -sf sim/*.ko .'

# The answers hold until the questions or the kernel tree change.
$(KOUT)/.probed: src/kernel/compat/probe.c src/kernel/compat/probe.sh \
		$(KDIR)/include/generated/utsrelease.h $(wildcard $(KDIR)/include/generated/autoconf.h)
	$(call say,PROBE,$(KDIR))
	$(Q)mkdir -p $(@D)
	$(Q)+src/kernel/compat/probe.sh src/kernel/compat/probe.c $(@D)/compat-config.h \
		$(abspath $(B))/probe/$(KRELEASE) $(KBUILD)
	$(Q)touch $@
endif
