# SPDX-License-Identifier: GPL-2.0-or-later
#
# Host checks of what the documents, the packaging and the device tree say. They are scripts:
# nothing to build.

UNIT_TESTS += tests/unit/layout_test.sh tests/unit/documents_test.sh tests/unit/packaging_test.sh \
	tests/unit/syzlang_test.sh tests/unit/devicetree_test.sh tests/unit/matrix_test.sh
