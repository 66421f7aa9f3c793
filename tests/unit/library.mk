# SPDX-License-Identifier: GPL-2.0-or-later
#
# A script that looks at the library as it was built.

UNIT_TESTS += tests/unit/library_test.sh

tests/unit/library_test.sh: $(LIBDMARING_SHARED) $(LIBDMARING_FFI)
