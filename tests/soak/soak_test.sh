#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Some seconds of what "make soak" does for minutes, and that it notices memory
# that is leaked on purpose. Needs root in a guest. Prints TAP.
set -u

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
	number=$((number + 1))
	if "$soak" --seconds 8 --leak "$1" churn > "$output" 2>&1 || ! grep -q "^not ok .*too much: $2$" "$output"; then
		echo "not ok $number - a leak in the $1 is noticed"
		sed 's/^/# /' "$output"
		failed=1
	else
		echo "ok $number - a leak in the $1 is noticed"
	fi
}

# Each leaks a file as well; a debug kernel keeps no account of what it frees.
notices kernel '\(slab\|files\)'
notices process process
echo "1..$number"
exit $failed
