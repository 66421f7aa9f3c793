# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything that runs something: the demo, the tests, the guest's shell.

VM := tests/vm/run
# Options of tests/vm/run for the targets below: kernel, machine, parameters, as
# in VM_OPTIONS="--append swiotlb=65536,force".
VM_OPTIONS ?=
# More lanes for tests/run: each "--guest NAME OPTIONS PROGRAM...".
SYSTEM_LANES ?=

.PHONY: deps demo check check-host vm lint

deps:
	$(Q)mk/deps $(GROUPS)

# INPUT, RATE and FAST reach the script by the environment.
demo:
	$(Q)mk/deps build vm demo
	$(Q)$(MAKE) user
	$(Q)tools/spectrum/demo $(OUT)/demo $(VM_OPTIONS)

check-host: unit-tests
	$(Q)tests/run $(if $(T),--only $(T)) --host unit $(UNIT_TESTS)

check:
	$(Q)mk/deps build vm check $(if $(wildcard tools/spectrum/build.mk),demo)
	$(Q)$(MAKE) check-all T=$(T)

# In a make of its own: what deps has installed may change what is built.
.PHONY: check-all
check-all: user unit-tests system-tests
	$(Q)tests/run $(if $(T),--only $(T)) --host unit $(UNIT_TESTS) \
		--timeout 600 --host bench tests/vm/bench_test.sh \
		--timeout 180 --guest system "$(VM_OPTIONS)" $(SYSTEM_TESTS) $(SYSTEM_LANES)

# Without the user's own start-up files, which may take long in the guest.
vm:
	$(Q)mk/deps build vm
	$(Q)$(MAKE) user
	@echo 'A shell in the guest, both modules loaded; try "dmaring list"; "exit" leaves it.'
	$(Q)$(VM) --tty --timeout 0 $(if $(GDB),--gdb) --env PS1='dmaring-vm:\w\$$ ' $(VM_OPTIONS) \
		-- bash --norc -i || [ $$? -lt 124 ]

lint:
	$(Q)mk/deps build check demo lint
	$(Q)$(if $(T),tests/lint $(T),tests/run --timeout 900 --host lint tests/lint)
