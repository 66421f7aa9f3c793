#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaring bench on the virtual controller: that it measures, that what it counts
# is what the ring promises (system calls, wake-ups), and that its reports can
# be read. No rate and no time is judged here. Prints TAP.
# shellcheck disable=SC2016,SC2317  # conditions are evaluated by result()
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

# What the command said.
explain() { head -n 40 "$work/err" "$work/csv" 2> /dev/null; }

work=$(mktemp -d)
trap 'rmmod dmaring_floor 2> /dev/null; rm -rf "$work"' EXIT
[ -e /dev/dmaring/loop0 ] || skip_all "no /dev/dmaring/loop0"
insmod "$(dirname "$DMARING_KO")/dmaring_floor.ko" || exit 1

# row MODE COLUMN - of the report in CSV
row()
{
	awk -F, -v mode="$1" -v column="$2" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) n = i }
	$1 == mode { print $n; exit }' "$work/csv"
}
at_most() { awk -v value="$(row "$1" "$2")" -v limit="$3" 'BEGIN { exit !(value != "" && value + 0 <= limit) }'; }
at_least() { awk -v value="$(row "$1" "$2")" -v limit="$3" 'BEGIN { exit !(value != "" && value + 0 >= limit) }'; }
bench()
{
	dmaring bench "$@" 2> "$work/err"
	status=$?
}
ended() { [ "$status" = "$1" ]; }

# A page is well-formed when each element is closed, in order.
well_formed()
{
	perl -0777 -ne 'while (/<(\/?)([a-z0-9]+)([^>]*)>/g) {
		next if substr($3, -1) eq "/";
		if ($1) { exit 1 if pop(@open) ne $2 } else { push @open, $2 }
	} exit(@open || !/<svg/)' "$1"
}

modes=ring-poll,ring-epoll,ring-eventfd,read-blocking,kernel-floor,memcpy
bench loop0 --size 64 --depth 32 --mode $modes --count 3200 --rounds 2 --csv --seconds 0.1 > "$work/csv"
result "it measures all modes on loop0" ended 0
for mode in ${modes//,/ }; do
	result "$mode: transfers, and no errors" eval "at_least $mode transfers 1 && at_most $mode errors 0"
done
result "every transfer that was asked for was made" at_least ring-epoll transfers 6400
# One wake-up and one doorbell for 32 transfers.
result "ring-epoll: system calls per 1000" at_most ring-epoll syscalls_per_1000 65
result "ring-epoll: wake-ups per 1000" at_most ring-epoll wakeups_per_1000 33
result "ring-poll: no wake-ups" at_most ring-poll wakeups_per_1000 0
result "read-blocking: two system calls a transfer" at_most read-blocking syscalls_per_1000 2000
result "the ratio to the floor is known" at_least ring-epoll ratio_to_floor 0.001
result "the device is back with its driver" [ -e /dev/dmaring/loop0 ]

bench mem0 --size 4k --depth 8 --mode ring-epoll,kernel-floor --count 800 --rounds 1 --csv --seconds 0.1 > "$work/csv"
result "it measures copies" eval 'ended 0 && at_least ring-epoll transfers 800 && at_most ring-epoll errors 0'

bench loop0 --size 64,4k --depth 4 --mode ring-epoll --count 400 --rounds 1 --json --report "$work/page" > "$work/json"
result "a report in JSON and a page" ended 0
result "the report says that nothing of it is hardware" grep -q '"caveat": "The DMA engine is simulated' "$work/json"
result "the page is well-formed and has charts" well_formed "$work/page"
bench --compare "$work/json" "$work/json" > "$work/csv"
result "a report compares with itself" eval 'ended 0 && grep -q "ring-epoll.*+0.0%" "$work/csv"'
# What is late counts as late: 200 a second are due, each but takes its time.
dmaring fault loop0 rx late_us=20:20000 > /dev/null
bench loop0 --size 64 --depth 1 --mode ring-epoll --rate 200 --count 40 --rounds 1 --csv > "$work/csv"
result "open loop: a stall is felt by all that were due in it" at_least ring-epoll p50_ns 40000000

modprobe brd rd_nr=1 rd_size=65536
bench loop0 --size 64,4k --depth 8 --mode to-disk,kernel-floor --file /dev/ram0 --count 800 --rounds 1 --csv > "$work/csv"
result "to-disk: each block is written" eval 'ended 0 && at_least to-disk transfers 800 && at_most to-disk errors 0'
result "to-disk: sizes that O_DIRECT does not take are left out" [ "$(grep -c ^to-disk "$work/csv")" = 1 ]
fewer="to-disk: fewer system calls than transfers"
if [ "${DMARING_SLOWNESS:-1}" -gt 1 ]; then
	skip "$fewer" "a kernel that checks all it does"
else
	result "$fewer" at_most to-disk syscalls_per_1000 999
fi
bench loop0 --size 4k --depth 4 --mode to-disk --file "$work" --count 8 --rounds 1 > /dev/null
result "to-disk: what cannot be opened is a failure" eval 'ended 1 && grep -q "open $work: Is a directory" "$work/err"'
bench loop0 --size 4k --mode to-disk > /dev/null
result "to-disk: needs a file" eval 'ended 1 && grep -q "needs --file" "$work/err"'
rmmod brd

bench loop0 --mode ring-none
result "a mode that there is not is misuse" ended 2
bench no-such-device
result "a device that there is not is a failure" ended 1
tap_end
