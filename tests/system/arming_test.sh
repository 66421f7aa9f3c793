#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the arming tests on a controller that withholds callbacks until all
# that a start found are done, as xilinx_dma does. What a controller is like is
# said when its client devices are made, so both modules are loaded anew, and
# with their defaults again afterwards. Needs root in a guest.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"
# shellcheck source=tests/system/modules
. "$(dirname "$0")/modules"

[ -n "${DMARING_KO-}" ] || skip_all "not in a guest of tests/vm/run"

trap 'modules' EXIT
modules habits=withheld || { echo "1..1"; echo "not ok 1 - modules load with habits=withheld"; exit 1; }
CMOCKA_MESSAGE_OUTPUT=TAP "$(dirname "$0")/../../build/tests/system/arming"
