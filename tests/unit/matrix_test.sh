#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/matrix with lanes that cost nothing: what they say is in their rows, a lane that was
# not run is as the document has it, and a failure is noticed. Prints TAP.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
out=$root/${B:-build}/tests/unit/matrix
log=$out/log
rm -rf "$out"
mkdir -p "$out/bin" "$out/tests" "$out/docs" && cd "$out" || exit 1
cp "$root/tests/matrix" "$root/tests/lanes" tests && cp "$root/docs/support.md" docs || exit 1

# In make's place, for which T=edu is a lane with a failure.
cat > bin/make << 'END'
#!/bin/bash
case "$*" in
*list-machines) echo raspi3b ;;
*T=edu) echo "5 passed, 1 failed, 2 skipped"; exit 1 ;;
*) echo "system: 3 s, kernel 6.12.1-amd64 (x86_64)"; echo "7 passed, 0 failed, 2 skipped" ;;
esac
END
chmod +x bin/make
PATH=$out/bin:$PATH

# row LANE - its columns after the machine, of the document
row() { sed -n "s/^| $1 | [^|]*| \(.*\) |\$/\1/p" docs/support.md; }

sed -i 's/^\(| 7.2 | PC | 7.2\).*/\1 (7.2.1-amd64) | x86-64 | 9 | 0 | 1 | 100 |/' docs/support.md &&
	tests/matrix 6.12 > "$log" && tests/matrix --write &&
	[[ $(row 6.12) == "6.12 (6.12.1-amd64) | x86-64 | 7 | 0 | 2 | "[0-9]* ]]
outcome "counts of a lane are in its row" "$log"
[ "$(row 7.2)" = "7.2 (7.2.1-amd64) | x86-64 | 9 | 0 | 1 | 100" ]
outcome "a lane that was not run is as the document has it" docs/support.md
tests/matrix --check > "$log"
outcome "no lane has failed" "$log"
! tests/matrix 6.12 edu > "$log" && tail -n 1 "$log" | grep -qx "12 passed, 1 failed, 4 skipped" && tests/matrix --write &&
	[[ $(row edu) == "6.1 | x86-64 | 5 | 1 | 2 | "[0-9]* ]]
outcome "one that fails is in the table too" "$log"
! tests/matrix --check > "$log" && grep -q "failed: | edu" "$log"
outcome "a failure in the table is noticed" "$log"
tests/matrix 5.4 2> "$log"
[ $? -eq 2 ] && grep -q 'no lane "5.4"; there are: 6.1 ' "$log"
outcome "a lane that there is not" "$log"
tap_end
