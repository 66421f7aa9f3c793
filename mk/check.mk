# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything that runs something: the demo, the tests, the guest's shell.

VM := tests/vm/run
# Options of tests/vm/run for the targets below: kernel, machine, parameters, as
# in VM_OPTIONS="--append swiotlb=65536,force".
VM_OPTIONS ?=
# More lanes for tests/run: each "--guest NAME OPTIONS PROGRAM...".
SYSTEM_LANES ?=

# What "make check-kernels" runs the system tests on, all of SYSTEM_TESTS or T=.
KERNELS ?= 6.12 7.2
# What "make check-machines" runs on: machines of tests/vm/kernels.
MACHINES ?= raspi3b smdkc210
# SHORT=1, for lanes that come after "make check": what looks at the kernel's interfaces.
LANE_TESTS := $(if $(SHORT),$(KERNEL_SHORT_TESTS),$(SYSTEM_TESTS))
LANE_KIND_TESTS := $(if $(SHORT),$(KIND_SHORT_TESTS),$(KIND_TESTS))
LANE_MACHINE_TESTS := $(if $(SHORT),$(MACHINE_SHORT_TESTS),$(MACHINE_TESTS))
# What a list of machines needs: packages for those that Debian has an architecture for.
machine_deps = $(if $(filter-out axidma,$(1)),machines) $(filter axidma,$(1))
# What VM_OPTIONS names is fetched by mk/deps, after saying how much it is.
VM_DEPS := vm $(if $(filter 6.1-rt 6.12 7.2,$(VM_OPTIONS)),kernels) \
	$(call machine_deps,$(filter raspi3b smdkc210 axidma,$(VM_OPTIONS))) $(if $(filter i386,$(VM_OPTIONS)),programs) \
	$(if $(filter debug,$(VM_OPTIONS)),debug) $(if $(filter kcsan,$(VM_OPTIONS)),nightly)

.PHONY: deps demo check check-host check-kernels check-debug check-kcsan coverage nightly soak vm lint proofs

deps:
	$(Q)mk/deps $(GROUPS)

# INPUT, RATE and FAST reach the script by the environment.
demo:
	$(Q)mk/deps build $(VM_DEPS) demo
	$(Q)$(MAKE) user
	$(Q)tools/spectrum/demo $(OUT)/demo $(VM_OPTIONS)

# What is said of pools, once more for each kind that belongs to a device; in a guest
# with memory set aside for large pieces, where its kernel can do that.
KINDS ?= coherent write-combining cma
kind_lanes = $(foreach kind,$(KINDS),--guest $(kind) "--append cma=128M --env DMARING_POOL=$(kind) $(1)" \
	$(if $(filter cma,$(kind)),$(B)/tests/system/pools) $(2))

.PHONY: check-kinds
check-kinds: user system-tests
	$(Q)tests/run $(if $(T),--only $(T)) --timeout $(if $(findstring debug,$(VM_OPTIONS)),720,180) \
		$(call kind_lanes,$(VM_OPTIONS),$(LANE_KIND_TESTS))

check-host: unit-tests
	$(Q)tests/run $(if $(T),--only $(T)) --host unit $(UNIT_TESTS)

check:
	$(Q)mk/deps build $(VM_DEPS) check $(if $(wildcard tools/spectrum/build.mk),demo)
	$(Q)$(MAKE) check-all T=$(T)

# In a make of its own: what deps has installed may change what is built.
.PHONY: check-all
check-all: export FUZZ_SECONDS := $(or $(FUZZ_SECONDS),60)
check-all: user unit-tests system-tests
	$(Q)tests/run $(if $(T),--only $(T)) --beside unit $(UNIT_TESTS) \
		--timeout 600 --beside bench tests/vm/bench_test.sh tests/vm/edu_test.sh \
		--timeout 180 --guest system "$(VM_OPTIONS)" $(SYSTEM_TESTS) \
		--guest disk "--network $(VM_OPTIONS)" $(DISK_TESTS) \
		--guest bounce "--append swiotlb=65536,force $(VM_OPTIONS)" $(BOUNCE_TESTS) \
		$(call kind_lanes,$(VM_OPTIONS),$(KIND_SHORT_TESTS)) $(SYSTEM_LANES)

# What is short in "make check", for as long as it takes to be believed: 200 rounds of
# each end of a ring, the hostile process for three minutes.
LONG_TESTS := $(addprefix $(B)/tests/system/,hostile lifetime_loops removal_loops)
check-long:
	$(Q)mk/deps build vm check debug
	$(Q)$(MAKE) check-long-all T=$(T)

.PHONY: check-long check-long-all
check-long-all: user system-tests
	$(Q)tests/run $(if $(T),--only $(T)) --timeout 7200 \
		--guest long-debug "--kernel debug --env DMARING_LONG=1 $(VM_OPTIONS)" $(LONG_TESTS)

check-kernels:
	$(Q)mk/deps build vm check kernels
	$(Q)$(MAKE) check-kernels-all T=$(T)

.PHONY: check-kernels-all
check-kernels-all: user system-tests
	$(Q)tests/run $(if $(T),--only $(T)) --timeout 360 \
		$(foreach k,$(KERNELS),--guest system-$(k) "--kernel $(k) $(VM_OPTIONS)" $(LANE_TESTS) \
			$(if $(SHORT),,--guest disk-$(k) "--network --kernel $(k) $(VM_OPTIONS)" $(DISK_TESTS)))

# As on a machine whose caches are not coherent: each device works on a copy of the pages, which
# only a sync of just these bytes brings up to date. On the debug kernel each sync is checked besides.
BOUNCE_KERNELS ?= 6.1 debug
check-bounce:
	$(Q)mk/deps build vm check $(if $(filter debug,$(BOUNCE_KERNELS)),debug) $(if $(filter 6.1-rt 6.12 7.2,$(BOUNCE_KERNELS)),kernels)
	$(Q)$(MAKE) check-bounce-all T=$(T)

.PHONY: check-bounce check-bounce-all
check-bounce-all: user system-tests
	$(Q)tests/run $(if $(T),--only $(T)) $(if $(filter 6.1,$(BOUNCE_KERNELS)),--timeout 1800 --host sync tests/vm/sync_test.sh) \
		$(foreach k,$(BOUNCE_KERNELS),--timeout $(if $(filter debug,$k),720,360) \
		--guest bounce-$(k) "--kernel $(k) --append swiotlb=65536,force $(VM_OPTIONS)" $(DATA_TESTS) \
		--guest bounce-disk-$(k) "--network --kernel $(k) --append swiotlb=65536,force $(VM_OPTIONS)" $(DISK_TESTS))

# A process of 32 bits on a kernel of 64. dmaring-spectrum is left out: it would want some
# thirty libraries more, and speaks to the driver as all others do.
# tests/vm/run makes other-programs, with B= and CROSS_COMPILE=.
other-programs: $(filter-out $(SPECTRUM),$(USER_PRODUCTS)) system-tests
	@:

check-32:
	$(Q)mk/deps build vm check programs
	$(Q)$(MAKE) check-32-all T=$(T)

.PHONY: other-programs check-32 check-32-all
check-32-all:
	$(Q)tests/run $(if $(T),--only $(T)) --timeout 180 \
		--guest system-32 "--programs i386 $(VM_OPTIONS)" $(filter-out %/spectrum_test.sh,$(SYSTEM_TESTS)) \
		--guest disk-32 "--programs i386 --network $(VM_OPTIONS)" $(DISK_TESTS)

# On machines of other architectures, with real DMA controllers and their own drivers.
# Where a test means the simulator's memcpy device, it gets the machine's. The clock of smdkc210
# runs fast, by two fifths, so that a program has less time than it was given.
machine_time = $(if $(filter smdkc210,$(1)),--env DMARING_SLOWNESS=2)
# tests/vm/run makes machine-programs for them, with B= and CROSS_COMPILE=.
machine-programs: $(TOOL) $(BENCH) $(MACHINE_TESTS) $(MACHINE_SIM_TESTS) $(SMDKC210_TESTS) \
	$(B)/user/examples/migrating/udmabuf
	@:

# With another C library.
axidma-programs: $(TOOL) $(BENCH) $(MACHINE_SIM_TESTS) $(AXIDMA_TESTS) $(AXIDMA_LAST)
	@:

check-machines:
	$(Q)mk/deps build vm check $(call machine_deps,$(MACHINES))
	$(Q)$(MAKE) check-machines-all T=$(T)

.PHONY: machine-programs axidma-programs check-machines check-machines-all
check-machines-all:
	$(Q)tests/run $(if $(T),--only $(T)) --timeout 600 \
		$(foreach m,$(filter-out axidma,$(MACHINES)), \
			--guest $(m) "--machine $(m) --env DMARING_TEST_DEVICE=copy0 $(call machine_time,$(m)) $(VM_OPTIONS)" \
			$(LANE_MACHINE_TESTS) $(if $(filter smdkc210,$(m)),$(SMDKC210_TESTS)) tests/vm/machine_test.sh \
				$(if $(SHORT),,$(if $(filter raspi3b,$(m)),tests/vm/udmabuf_test.sh) \
			--guest $(m)-reserved "--machine $(m) --env DMARING_TEST_DEVICE=copy0 --env DMARING_POOL=reserved $(call machine_time,$(m)) $(VM_OPTIONS)" \
				$(MACHINE_KIND_TESTS) \
			$(if $(filter smdkc210,$(m)),--guest $(m)-sim "--machine $(m) $(VM_OPTIONS)" $(MACHINE_SIM_TESTS)))) \
		$(if $(filter axidma,$(MACHINES)),--guest axidma "--machine axidma $(VM_OPTIONS)" \
			$(AXIDMA_TESTS) tests/vm/axidma_test.sh \
			$(if $(SHORT),,--guest axidma-sim "--machine axidma $(VM_OPTIONS)" $(MACHINE_SIM_TESTS)))

# All of these, one after the other, and a table of it; the one in docs/support.md is such a
# table, put there by tests/matrix --write.
list-machines:
	@echo $(MACHINES) axidma

check-matrix:
	$(Q)mk/deps build vm check kernels programs machines axidma debug
	$(Q)tests/matrix $(LANES)

.PHONY: list-machines check-matrix

# On kernels built to find bugs, each of which must first find those planted for it, but for
# SHORT=1, which leaves out all scripts. A program has longer there. "coverage" leaves what ran
# in build/coverage.
check-debug:
	$(Q)mk/deps build vm check debug
	$(Q)$(MAKE) check-checked CHECKED=debug T=$(T)

check-kcsan:
	$(Q)mk/deps build vm check nightly
	$(Q)$(MAKE) check-checked CHECKED=kcsan T=$(T)

.PHONY: check-checked
check-checked: user system-tests
	$(Q)PLANT_KERNEL=$(CHECKED) tests/run $(if $(T),--only $(T)) --timeout 720 $(if $(SHORT),,--host plant tests/vm/plant_test.sh) \
		--guest system-$(CHECKED) "--kernel $(CHECKED) $(VM_OPTIONS)" $(filter-out $(if $(SHORT),%.sh),$(SYSTEM_TESTS)) \
		$(if $(SHORT),,--timeout 1800 --guest disk-$(CHECKED) "--network --kernel $(CHECKED) $(VM_OPTIONS)" $(DISK_TESTS))

coverage:
	$(Q)mk/deps build vm check debug coverage
	$(Q)$(MAKE) coverage-all

# First what takes long; then what only other kinds of memory, and devices that do not reach the pages, have run.
.PHONY: coverage-all
counting = --coverage $(B)/coverage --kernel debug
coverage-all: user system-tests
	$(Q)rm -rf $(B)/coverage $(B)/kernel/*-coverage
	$(Q)status=0; tests/run $(if $(T),--only $(T)) --timeout 1800 \
		--guest system-coverage "$(counting) $(VM_OPTIONS)" $(SYSTEM_TESTS) \
		--guest disk-coverage "$(counting) --network $(VM_OPTIONS)" $(DISK_TESTS) \
		--guest cma-coverage "$(counting) --append cma=128M --env DMARING_POOL=cma" \
			$(addprefix $(B)/tests/system/,transfer error cyclic_end pools dmabuf buffer buffer_end) \
		--guest write-combining-coverage "$(counting) --env DMARING_POOL=write-combining" \
			$(addprefix $(B)/tests/system/,mapping dmabuf) \
		--guest bounced-coverage "$(counting) --append swiotlb=65536,force" \
			$(addprefix $(B)/tests/system/,transfer segments stream) tests/system/bounce_test.sh \
		--guest bounced-coherent-coverage "$(counting) --append swiotlb=65536,force --env DMARING_POOL=coherent" \
			$(addprefix $(B)/tests/system/,transfer dmabuf) || status=1; \
	tests/coverage/report $(B)/coverage && exit $$status

nightly:
	$(Q)mk/deps build vm check kernels programs machines axidma debug nightly coverage
	$(Q)tests/nightly $(LANES)

# Four legs, churn of a quarter of SECONDS; SEED repeats the random choices.
SECONDS ?= 600
soak:
	$(Q)mk/deps build $(VM_DEPS) check
	$(Q)$(MAKE) user system-tests
	$(Q)$(VM) --timeout $$(($(SECONDS) * 4 + 120)) $(VM_OPTIONS) -- build/tests/soak/soak \
		--seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(LEGS)

# Without the user's own start-up files, which may take long in the guest.
vm:
	$(Q)mk/deps build $(VM_DEPS)
	$(Q)$(MAKE) user
	@echo 'A shell in the guest, both modules loaded; try "dmaring list"; "exit" leaves it.'
	$(Q)$(VM) --tty --timeout 0 $(if $(GDB),--gdb) --env PS1='dmaring-vm:\w\$$ ' $(VM_OPTIONS) \
		-- bash --norc -i || [ $$? -lt 124 ]

lint:
	$(Q)mk/deps build check demo lint
	$(Q)$(if $(T),tests/lint $(T),tests/run --timeout 1800 --host lint tests/lint)

# FETCH=no: with what is installed or cached. The last of them compares the tables
# of ring-spec.md with what the others found.
proofs:
	$(Q)mk/deps build proofs
	$(Q)tests/run $(if $(T),--only $(T)) --timeout 1800 --host proofs tests/proofs/litmus_test.sh \
		tests/proofs/cbmc_test.sh tests/proofs/spin_test.sh tests/proofs/table_test.sh
