#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Proves the claims of tests/proofs/cbmc with CBMC, on the driver's own files, and
# plants the faults of plants.txt, each of which has to break its claim. Prints
# TAP. What cannot be run here is skipped, and the skip says why.
#
# CBMC is not in Debian 12: see common.sh.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/proofs/common.sh
. "$here/common.sh"
limit=240	# seconds for one claim

usage()
{
	cat <<-END
	usage: tests/proofs/cbmc_test.sh [--no-fetch] [--list] [CLAIM...]

	CLAIM is part of the name of a claim or of a planted fault; all when none is given.
	--no-fetch  use what is installed or cached, download nothing (about 36 MB);
	            so does FETCH=no in the environment
	--list      print each claim, run nothing
	END
}

options "$@"
proofs_begin
plants=tests/proofs/cbmc/plants.txt

# A claim is a function under a comment "CLAIM name (options): text".
sed -nE 's#^/\* CLAIM ([a-z_]+)( \(([^)]*)\))?: .*#\1 \3#p' tests/proofs/cbmc/*.c >"$tmp/claims"
if [ $list = 1 ]; then
	sed -n 's,^/\* CLAIM \([a-z_]*\).*: \(.*\) \*/$,\1: \2,p' tests/proofs/cbmc/*.c
	exit 0
fi

if ! command -v gcc >/dev/null; then
	why="no gcc, by which cbmc reads its sources"
	skip_all
fi
find_sid cbmc "cbmc libc6 libgcc-s1 libstdc++6 minisat" './usr/bin/cbmc' './usr/lib/*/libstdc++.so.6*' \
	'./usr/lib/*/libgcc_s.so.1' './usr/lib/libminisat.so*' || skip_all
version=$($program --version 2>/dev/null)
if [ -z "$version" ]; then
	why="cbmc is there and does not run"
	skip_all
fi

# Headers of the kernel that the driver's files name, and that tests/fuzz/dma.h stands in for.
cat src/kernel/*.c src/kernel/*.h | sed -n 's,^#include <\(linux\|trace\|asm\)/\(.*\)>,\1/\2,p' |
	sort -u | grep -vxE 'linux/(types|ioctl|errno)\.h' | while read -r header; do
	mkdir -p "$build/empty/${header%/*}"
	: >"$build/empty/$header"
done

# prove CLAIM FOLDER - files in FOLDER come before the driver's own; the result in $tmp/out.
# 0: proved, 1: broken, 2: neither
prove()
{
	file=$(grep -lE "^/\* CLAIM $1[ :]" tests/proofs/cbmc/*.c)
	# shellcheck disable=SC2046,SC2086 # options are words
	timeout $limit $program --function "$1" -I"$2" -Isrc/kernel -Iinclude -Itests/proofs/cbmc \
		$(sed -n 's/^ \* CBMC: //p' "$file") $(sed -n "s/^$1 //p" "$tmp/claims") \
		--no-standard-checks --bounds-check --pointer-check --div-by-zero-check \
		--signed-overflow-check --undefined-shift-check --unwinding-assertions \
		"$file" >"$tmp/cbmc" 2>&1
	grep -E '^\[.*: FAILURE$|rror|failed to' "$tmp/cbmc" >"$tmp/out"
	[ -s "$tmp/out" ] || tail -n 5 "$tmp/cbmc" >"$tmp/out"
	grep -q '^VERIFICATION ' "$tmp/cbmc" || return 2
	# That the end is reached must be found, or the assumptions exclude each other.
	grep -v ' reached: FAILURE$' "$tmp/out" | grep -q ': FAILURE$' && return 1
	grep -q ' reached: FAILURE$' "$tmp/out" || return 2
}

verdict()
{
	case $1 in
	0) echo proved ;;
	1) echo broken ;;
	*) echo "neither proved nor broken" ;;
	esac
}

: >"$tmp/todo"
while read -r name _; do
	! is_wanted "$name" || printf 'claim\t%s\n' "$name" >>"$tmp/todo"
done <"$tmp/claims"
while IFS='	' read -r name claim file edit; do
	case $name in '#'* | '') continue ;; esac
	! is_wanted "$name $claim" || printf 'plant\t%s\t%s\t%s\t%s\n' "$name" "$claim" "$file" "$edit" >>"$tmp/todo"
done <$plants
echo "1..$(grep -c . "$tmp/todo")"
echo "# cbmc $version"
results_begin
mkdir -p "$tmp/none"
while IFS='	' read -r kind name claim file edit; do
	if [ "$kind" = claim ]; then
		prove "$name" "$tmp/none"
		status=$?
		echo "claim $name $(verdict $status)" >>"$results"
		report $status "$name" "$(verdict $status)" "$tmp/out"
		continue
	fi
	rm -rf "$build/plant"
	mkdir -p "$build/plant"
	sed "$edit" "src/kernel/$file" >"$build/plant/$file"
	if cmp -s "$build/plant/$file" "src/kernel/$file"; then
		report 1 "planted: $name" "the fault does not fit $file any more"
		continue
	fi
	prove "$claim" "$build/plant"
	status=$?
	echo "plant $name $claim $(verdict $status)" >>"$results"
	[ $status = 1 ]
	report $? "planted: $name" "$claim is $(verdict $status)" "$tmp/out"
done <"$tmp/todo"
results_end cbmc
[ $failed = 0 ]
