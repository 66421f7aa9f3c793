#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tables of ring-spec.md are those of the run before. Prints TAP.

cd "$(dirname "$0")/../.." || exit 1
for kind in litmus cbmc spin; do
	if [ ! -e build/proofs/$kind.results ]; then
		echo "1..0 # SKIP no results of $kind"
		exit 0
	fi
done
exec tests/proofs/table --check
