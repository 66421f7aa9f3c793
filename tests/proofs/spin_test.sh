#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Verifies the models of tests/proofs/spin with Spin: every state that they can
# come to, for assertions and for ends in which somebody still waits; that the
# property at their end holds under weak fairness; and that each planted fault
# (PLANT_...) is found. Prints TAP.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/proofs/common.sh
. "$here/common.sh"
limit=600	# seconds for one verification

usage()
{
	cat <<-END
	usage: tests/proofs/spin_test.sh [--list] [NAME...]

	NAME is part of the name of a model or of a planted fault; all when none is given.
	--list  print what would be verified, run nothing
	END
}

options "$@"
proofs_begin

# Three lines a model: its states, its progress, and one for each fault.
for file in tests/proofs/spin/*.pml; do
	model=$(basename "$file" .pml)
	echo "$model safe"
	echo "$model $(sed -n 's/^ltl \([a-z_]*\) .*/\1/p' "$file")"
	grep -oE 'PLANT_[A-Z_]*[A-Z]' "$file" | sort -u | sed "s/^/$model /"
done | while read -r model what; do
	! is_wanted "$model $what" || echo "$model $what"
done >"$tmp/todo"
if [ $list = 1 ]; then
	cat "$tmp/todo"
	exit 0
fi
for tool in spin gcc; do
	if ! command -v $tool >/dev/null; then
		why="no $tool"
		skip_all
	fi
done

# verify MODEL WHAT - what is found: "holds", or the first error
verify()
{
	file=$PWD/tests/proofs/spin/$1.pml
	define=
	compile='-DSAFETY -DNOCLAIM'
	run=
	case $2 in
	safe) ;;
	PLANT_*) define=-D$2 ;;
	*)
		# A smaller model does: what can starve, starves there too.
		define=$(sed -n 's/^ \* Progress: //p' "$file")
		compile='-DNFAIR=3'
		run='-a -f' ;;
	esac
	rm -rf "$tmp/pan"
	mkdir "$tmp/pan"
	# shellcheck disable=SC2086 # they are words
	(cd "$tmp/pan" && spin $define -a "$file" && gcc -O2 -w $compile -DVECTORSZ=2048 -o pan pan.c &&
		timeout $limit ./pan $run -m1000000) >"$tmp/out" 2>&1
	found=$(sed -n 's/^pan:1: \(.*\) (at depth [0-9]*)$/\1/p' "$tmp/out" | tr -s ' ' | head -n 1)
	[ -z "$found" ] || return 0
	# All states were visited, or nothing is known.
	if grep -q 'errors: 0$' "$tmp/out" && ! grep -qE 'Search not completed|max search depth' "$tmp/out"; then
		found=holds
	else
		found="no verdict"
	fi
}

echo "1..$(grep -c . "$tmp/todo")"
echo "# $(spin -V)"
results_begin
while read -r model what; do
	verify "$model" "$what"
	echo "$model $what $found" >>"$results"
	case $what in
	PLANT_*) [ "$found" != holds ] && [ "$found" != "no verdict" ] ;;
	*) [ "$found" = holds ] ;;
	esac
	report $? "$model $what" "$found" "$tmp/out"
done <"$tmp/todo"
results_end spin
[ $failed = 0 ]
