#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the limits tests on a controller that has some: short segments, a
# boundary, bursts. What a controller is like is said when its client devices are
# made, so both modules are loaded anew, and with their defaults again afterwards.
# Then the controller is exchanged for one with shorter bursts than the client
# asks for. Needs root in a guest.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"
# shellcheck source=tests/system/modules
. "$(dirname "$0")/modules"

[ -n "${DMARING_KO-}" ] || skip_all "not in a guest of tests/vm/run"
# There tests/system/bounce_test.sh has wider limits.
! grep -qE 'swiotlb=[0-9]*,force' /proc/cmdline || skip_all "no bounce buffer of a page is within 1024 bytes"

trap 'modules' EXIT
modules segment_bytes_max=3000 boundary=1024 burst=16 descriptors=1024 judge=1 || {
	echo "1..1"
	echo "not ok 1 - modules load with a boundary and bursts"
	exit 1
}
CMOCKA_MESSAGE_OUTPUT=TAP "$(dirname "$0")/../../build/tests/system/limits" || exit 1

# Without a plan of its own: the program's is over, a failure is the exit status.
drivers=/sys/bus/platform/drivers
echo 8 > /sys/module/dmaring_sim/parameters/burst
echo dmaring_sim.3 > $drivers/dmaring_sim/unbind
echo dmaring_sim.3 > $drivers/dmaring_sim/bind
echo dmaring.3 > $drivers/dmaring/bind 2> /dev/null
[ ! -e /dev/dmaring/sink0 ] || { echo "# bursts of 16 were accepted by an engine of 8"; exit 1; }
dmesg | grep -q "channel tx: burst 16 of width 4: .* the engine has 0 to 8" ||
	{ echo "# no reason in the log"; exit 1; }
