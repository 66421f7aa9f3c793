# SPDX-License-Identifier: GPL-2.0-only
#
# Compiler flags of every object of the modules; src/kernel/Kbuild includes
# this first: "include $(src)/compat/flags.mk". $(src) is the build folder,
# where the top Makefile has put links to the sources, the link "include" and
# compat-config.h, so that several kernels build side by side.

subdir-ccflags-y += -I$(src) -I$(src)/include -include $(src)/compat/compat.h
