#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The data tests, in a guest where each device works on a copy of the pages, find a driver that
# hands buffers over wrongly: each mistake is made in a copy of the driver, and tests must fail that
# pass without it. Prints TAP.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

top=$(cd "$(dirname "$0")/../.." && pwd)
copy=$top/build/sync
programs='transfer segments stream interleaved'
cd "$top" || exit 1

# How the guest ended, and what failed.
explain()
{
	echo "status $status"
	tail -n 20 "$copy.log"
}

# tried - the data tests with the driver as it is in the copy: "passed", "found" (data is
# wrong, and the kernel is well), or something else
tried()
{
	# shellcheck disable=SC2086,SC2016  # words; for the guest's shell
	timeout 400 "$copy/tests/vm/run" --timeout 300 --append swiotlb=65536,force -- sh -c '
		failed=0
		for program; do CMOCKA_MESSAGE_OUTPUT=TAP build/tests/system/$program || failed=1; done
		exit $failed' sh $programs > "$copy.log" 2>&1 < /dev/null
	status=$?
	case $status in
	0) verdict=passed ;;
	1) verdict=$(grep -q '^not ok' "$copy.log" && echo found) ;;
	*) verdict= ;;
	esac
}

rm -rf "$copy"
mkdir -p "$copy/build" && cp -r Makefile VERSION include mk src tests tools examples "$copy/" &&
	cp -r build/user build/tests "$copy/build/" || exit 1
# What is built is newer than what it was built from.
find "$copy/build" -type f -exec touch {} +

tried
[ "$verdict" = passed ]
outcome "without a mistake they pass"
while IFS='|' read -r what file change; do
	cp "src/kernel/$file" "$copy/src/kernel/$file"
	sed -i "$change" "$copy/src/kernel/$file"
	status='not run: the mistake is no longer to be made so' verdict=''
	cmp -s "src/kernel/$file" "$copy/src/kernel/$file" || tried
	[ "$verdict" = found ]
	outcome "$what"
	cp "src/kernel/$file" "$copy/src/kernel/$file"
done << 'END'
nothing is handed to the device|pool.c|s/if (!m->needs_sync)/if (!m->needs_sync || !for_cpu)/
nothing is handed to the CPU|pool.c|s/if (!m->needs_sync)/if (!m->needs_sync || for_cpu)/
the last 64 bytes are forgotten|pool.c|s/^\twhile (bytes) {$/\tbytes -= min_t(u64, bytes, 64);\n&/
another part of the pool is handed over|pool.c|s/chunk = array_index_nospec(chunk, memory->chunks);/chunk = 0;/
the source of a copy goes the wrong way|prepare.c|s/from_offset, bytes, DMA_TO_DEVICE, false/from_offset, bytes, DMA_FROM_DEVICE, false/
END
rm -rf "$copy"
tap_end
