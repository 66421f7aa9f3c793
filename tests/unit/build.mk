# SPDX-License-Identifier: GPL-2.0-or-later
#
# Host tests: one fragment for each thing tested.

include tests/unit/ring.mk
include tests/unit/spectrum.mk
include tests/unit/driver.mk
include tests/unit/documents.mk
include tests/unit/fft.mk
include tests/unit/library.mk
include tests/unit/tools.mk
include tests/fuzz/build.mk
