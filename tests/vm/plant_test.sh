#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: plant_test.sh debug|kcsan     (default: PLANT_KERNEL of the environment)
# The kernels that look for bugs find them: each mistake of dmaring_plant is
# made in a guest, and has to be in the report of tests/vm/run, which must end
# with 125. Prints TAP.
# shellcheck disable=SC2016,SC2086  # for the shell of the guest; a list of words
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top" || exit 1

# How the guest ended, and what was reported.
explain()
{
	echo "status $status"
	tail -n 20 "$work/err"
}

# found NAME TEXT - the report has it
found()
{
	grep -qE "$2" "$work/err"
	outcome "$1"
}

# Lockdep is silent after a report of the order of locks, and all checks of locks
# after one of KASAN: these come last.
kernel=${1:-${PLANT_KERNEL-}}
case $kernel in
debug)	plants='reader sleep sync timer shift order overflow freed leak' ;;
kcsan)	plants='race' ;;
*)	echo "usage: $0 debug|kcsan" >&2; exit 2 ;;
esac
tests/vm/run --timeout 600 --kernel "$kernel" --append "panic_on_warn=0 kasan_multi_shot" -- sh -c '
	for plant; do
		insmod "$(dirname "$DMARING_KO")/dmaring_plant.ko" plant="$plant" && rmmod dmaring_plant || exit
	done' sh $plants > "$work/out" 2> "$work/err" < /dev/null
status=$?
# The console has what the judge prints too: only the judge counts.
sed -i '1,/^vm: the kernel reported:/d' "$work/err"

for plant in $plants; do
	case $plant in
	reader) found "a reader without its lock" 'WARNING: suspicious RCU usage' ;;
	sleep) found "sleep under a spin lock" 'BUG: sleeping function called from invalid context' ;;
	sync) found "sync of what is not mapped" 'DMA-API: .*tries to sync DMA memory it has not allocated' ;;
	timer) found "an armed timer that is freed" 'ODEBUG: free active' ;;
	shift) found "a shift too far" 'UBSAN: shift-out-of-bounds' ;;
	order) found "locks in both orders" 'WARNING: possible circular locking dependency' ;;
	overflow) found "a byte behind an allocation" 'BUG: KASAN: slab-out-of-bounds' ;;
	freed) found "a byte of freed memory" 'BUG: KASAN: (slab-)?use-after-free' ;;
	leak) found "memory that nothing points to" 'unreferenced object 0x' ;;
	race) found "a counter of two threads" 'BUG: KCSAN: data-race in plant_count' ;;
	esac
done
[ $status = 125 ]
outcome "the guest has failed"
tap_end
