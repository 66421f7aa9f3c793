#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Some seconds of what "make soak" does for minutes, and that it notices memory
# that is leaked on purpose. Needs root in a guest. Prints TAP.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

soak=$(dirname "$0")/../../build/tests/soak/soak
output=$(mktemp)
trap 'rm -f "$output"' EXIT

"$soak" --seconds 12 > "$output"
status=$?
[ $status -ne 4 ] || { cat "$output"; exit 4; }
grep -v '^1\.\.' "$output"
number=$(grep -cE '^(not )?ok ' "$output")
failed=$((status != 0))
[ "$number" -ge 15 ] || failed=1

# notices WHAT KIND - so much leaks in a second that the check must say KIND
notices()
{
	! "$soak" --seconds 8 --leak "$1" churn > "$output" 2>&1 && grep -qE "^not ok .*too much: $2$" "$output"
	outcome "a leak in the $1 is noticed" "$output"
}

# Each leaks a file as well; a debug kernel, which frees slabs late, may show that alone, or all memory of its own.
slab=slab
[ ! -e /sys/kernel/debug/kmemleak ] || slab='(slab|kernel|files)'
notices kernel "$slab"
notices process process
tap_end
