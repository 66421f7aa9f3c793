#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the litmus tests of ring-spec.md ("Memory ordering") under herd7 and
# compares each verdict with the one that the test's own header promises; and
# compares the letters of the specification, of the code and of the tests.
# Prints TAP. What cannot be run here is skipped, and the skip says why.
#
# herd7 is not in Debian 12: see common.sh. The memory model is
# tools/memory-model of the linux-source package.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/proofs/common.sh
. "$here/common.sh"
source_package=linux-source-6.1
limit=300	# seconds for one test

usage()
{
	cat <<-END
	usage: tests/proofs/litmus_test.sh [--no-fetch] [--list] [TEST...]

	TEST is part of a file name in tests/proofs/litmus; all when none is given.
	--no-fetch  use what is installed or cached, download nothing (about 181 MB);
	            so does FETCH=no in the environment
	--list      print each test with the verdict it promises, run nothing

	HERD7=PROGRAM, HERD_LIBDIR=DIR and MEMORY_MODEL=DIR override what is found.
	END
}

options "$@"

# header FILE KEY - the value of "KEY: value" in a test's opening comment
header()
{
	sed -n "s/^[( *]*$2: *\([A-Za-z0-9-]*\).*/\1/p" "$1" | head -n 1
}

tests=
for file in "$here"/litmus/*.litmus; do
	name=$(basename "$file")
	! is_wanted "$name" || tests="$tests $name"
done
if [ -z "$tests" ]; then
	echo "tests/proofs/litmus_test.sh: no litmus test matches: $wanted" >&2
	exit 2
fi

if [ $list = 1 ]; then
	for name in $tests; do
		printf '%-48s %-10s %s\n' "$name" \
			"$(header "$here/litmus/$name" Verdict)" \
			"$(header "$here/litmus/$name" Model)"
	done
	exit 0
fi

proofs_begin

# fetch_model - tools/memory-model of the kernel source into the cache
fetch_model()
{
	if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
		why="no tools/memory-model of the kernel here, and no apt to fetch it with"
		return 1
	fi
	echo "# fetching $source_package for its tools/memory-model (about 139 MB)" >&2
	if ! (cd "$tmp" && apt-get -q -o Acquire::Retries=1 -o APT::Sandbox::User=root \
	      download "$source_package") >"$tmp/log" 2>&1; then
		why="the package $source_package could not be downloaded for its tools/memory-model"
		return 1
	fi
	mkdir -p "$tmp/model"
	# tar would read on to the end; --occurrence cannot stop for a folder.
	dpkg-deb --fsys-tarfile "$tmp/$source_package"_*.deb |
		tar -xOf - "./usr/src/$source_package.tar.xz" |
		tar -xJf - -C "$tmp/model" --strip-components=3 --wildcards \
		"$source_package/tools/memory-model/linux-kernel.*" \
		"$source_package/tools/memory-model/lock.cat" 2>"$tmp/log"
	rm -f "$tmp/$source_package"_*.deb
	if [ ! -r "$tmp/model/linux-kernel.cfg" ] || [ ! -r "$tmp/model/lock.cat" ]; then
		why="$source_package does not hold tools/memory-model"
		return 1
	fi
	mkdir -p "$cache"
	rm -rf "$cache/memory-model"
	mv "$tmp/model" "$cache/memory-model"
}

# find_herd - sets $herd (a command) and $libdir
find_herd()
{
	libdir=${HERD_LIBDIR:-}
	if [ -n "${HERD7:-}" ]; then
		herd=$HERD7
		return 0
	fi
	find_sid herd7 "herdtools7 libc6 libgmp10" './usr/bin/herd7' './usr/share/herdtools7/herd/*' \
		'./usr/lib/*/libgmp.so.*' || return 1
	herd=$program
	[ "$herd" = herd7 ] || libdir=$cache/herd7/usr/share/herdtools7/herd
}

# find_model - sets $model
find_model()
{
	for model in "${MEMORY_MODEL:-}" "/usr/src/$source_package/tools/memory-model" \
		     "$cache/memory-model"; do
		[ -n "$model" ] && [ -r "$model/linux-kernel.cfg" ] && return 0
	done
	if [ "$fetch" = 0 ]; then
		why="tools/memory-model of the kernel is neither in /usr/src nor in the cache"
		return 1
	fi
	fetch_model || return 1
	model=$cache/memory-model
}

if ! find_herd || ! find_model; then
	skip_all
fi

# shellcheck disable=SC2086 # $herd is a command with its arguments
version=$($herd -version 2>/dev/null | head -n 1)
if [ -z "$version" ]; then
	why="herd7 is there and does not run: ${herd##* }"
	skip_all
fi

# shellcheck disable=SC2086
set -- $tests
echo "1..$(($# + 1))"
echo "# herd7 $version"
results_begin
for name in "$@"; do
	file=$here/litmus/$name
	promised=$(header "$file" Verdict)
	kind=$(header "$file" Model)
	case $kind in
	LKMM) options='-conf linux-kernel.cfg' ;;
	RC11) options='-model rc11.cat' ;;
	*) report 1 "$name" "its header names no model"; continue ;;
	esac
	# shellcheck disable=SC2086
	(cd "$model" && timeout $limit $herd ${libdir:+-set-libdir "$libdir"} \
		$options "$file") >"$tmp/out" 2>"$tmp/err"
	# "Observation NAME Never 0 3": the last number counts executions in
	# which the outcome did not occur; without any, the test is empty.
	got=$(sed -n 's/^Observation [^ ]* \([A-Za-z]*\) .*/\1/p' "$tmp/out")
	others=$(sed -n 's/^Observation [^ ]* [A-Za-z]* [0-9]* \([0-9]*\)$/\1/p' "$tmp/out")
	[ "${others:-0}" -gt 0 ] || got=
	echo "${name%.litmus} ${got:-none}" >>"$results"
	[ -n "$promised" ] && [ "$got" = "$promised" ]
	report $? "$name" "${got:-no verdict}${promised:+, promised $promised}" "$tmp/out"
done
results_end litmus
"$here/letters" >"$tmp/letters" 2>&1
report $? letters "the specification, the code and the litmus tests have the same pairs" "$tmp/letters"
[ $failed = 0 ]
