# SPDX-License-Identifier: GPL-2.0-or-later
#
#: make                build modules, library and commands in build/; no network, no root
#: make demo           a voice through the simulated FFT, in a virtual machine
#:                     (INPUT=file.wav|- RATE=samples/s FAST=1)
#: make check          all tests: this machine's and the guest's (T=name: one program)
#: make check-kernels  the guest's tests on other kernels (KERNELS="6.12 7.2", T=name)
#: make check-32       the same, by processes of 32 bits (i386) on the kernel of 64 (T=name)
#: make check-bounce   tests that move data, where each device works on a copy of the pages (swiotlb=force)
#:                     (BOUNCE_KERNELS="6.1 debug", T=name)
#: make check-matrix   all of these, and a table of what came of it (LANES="32 raspi3b" for some)
#: make check-machines the ring tests on Arm boards with real DMA controllers, emulated
#:                     (MACHINES="raspi3b smdkc210", T=name; MACHINES=axidma: Xilinx AXI DMA)
#: make check-debug    the guest's tests on a kernel that finds bugs: memory, locks, DMA (T=name)
#: make nightly        the same for data races (check-kcsan), the ends of rings for hours (check-long),
#:                     ten million inputs, streams for long, coverage
#: make coverage       which lines of the driver the guest's tests run, and which not
#: make check-host     the tests that need no guest, 10 s
#: make soak           streams and failing hardware in the guest for 10 minutes each, every word checked, the
#:                     loss counted, no memory kept (SECONDS=600 SEED=n LEGS="steady stalls churn faults")
#: make fuzz           the driver's ring code against a hostile peer, 10 min (SECONDS=n)
#: make proofs         barriers by herd7, arithmetic by CBMC, protocol by Spin (FETCH=no, T=name)
#: make vm             a shell in the guest (GDB=1: gdb on port 1234); after
#:                     "make modules" in another terminal, "reload" in the guest
#: make lint           sparse, checkpatch, kernel-doc, cppcheck, clang, shellcheck, ...
#: make modules        kernel modules in build/kernel/<release> (KDIR= ARCH= CROSS_COMPILE=)
#: make user           library and commands only
#: make install        headers, library, commands, man pages, udev rule (DESTDIR= PREFIX=)
#: make modules_install  the modules (DESTDIR=)
#: make deps           install what is missing for all of this, after asking (YES=1: do not)
#: make clean          remove build/ and out/
#: SHORT=1 leaves what is alike everywhere, and scripts, out of check-kernels, check-machines, check-kinds and check-debug.
#: V=1 shows the commands; VM_OPTIONS= are options of tests/vm/run for demo, check
#: and vm (VM_OPTIONS="--append swiotlb=65536,force"). tests/vm/run --help: any command in the guest.
#
# "make" builds and does nothing else: no network, no root, no git. Each folder with user-space code has a fragment
# build.mk, included below, which adds to USER_PRODUCTS, UNIT_TESTS and
# SYSTEM_TESTS; fragments may use B, CC, CFLAGS, LDFLAGS, AR and $(call say,..).

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VERSION := $(file < VERSION)
B := build
OUT ?= out

ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
PKG_CONFIG ?= pkg-config
OPTIMIZE ?= -O2 -g
WARNINGS ?= -Wall -Wextra
override CFLAGS := -std=gnu11 $(OPTIMIZE) $(WARNINGS) -Iinclude -MMD $(CFLAGS)

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
INSTALL ?= install

# A recipe line "$(call say,CC,$@)" names what is made; V=1 shows commands
# instead, V=0 nothing.
ifeq ($(V),1)
Q :=
say = @:
else ifeq ($(V),0)
Q := @
say = @:
else
Q := @
say = @printf '  %-8s%s\n' '$(1)' '$(2)'
endif

USER_PRODUCTS :=
UNIT_TESTS :=
SYSTEM_TESTS :=

.PHONY: all user modules unit-tests system-tests
all: modules user

-include src/user/build.mk
-include tools/build.mk
-include tools/bench/build.mk
-include tools/direct/build.mk
-include tools/spectrum/build.mk
-include examples/build.mk
-include tests/unit/build.mk
-include tests/system/build.mk
-include tests/soak/build.mk
SYSTEM_TESTS += $(LAST_SYSTEM_TESTS)

user: $(USER_PRODUCTS)
	@:
unit-tests: $(UNIT_TESTS)
	@:
system-tests: $(SYSTEM_TESTS)
	@:

include mk/modules.mk
include mk/check.mk
include mk/install.mk

-include $(shell find $(B) -path $(B)/kernel -prune -o -name '*.d' -print 2>/dev/null)

.PHONY: clean help
clean:
	$(call say,CLEAN,$(B) $(OUT))
	$(Q)rm -rf $(B) $(OUT)

help:
	@sed -n 's/^#: \?//p' $(firstword $(MAKEFILE_LIST))
