#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of the bench itself: a bench that overlooks failures makes every other
# test worthless. Boots a guest for each promise of tests/vm/run. Prints TAP.
# shellcheck disable=SC2016,SC2317  # what is quoted is for the guest's shell; result calls what looks unreachable
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
vm=$top/tests/vm/run
cd "$top" || exit 1

# How the guest ended, and what it said; bytes may be any.
explain()
{
	echo "status $status, $(wc -c < "$work/out") and $(wc -c < "$work/err") bytes"
	tail -n 5 "$work/out" "$work/err" | cut -c 1-200 | cat -v
}

# guest ARGUMENT... - runs it; leaves status, out and err
guest() { "$vm" --timeout 120 "$@" > "$work/out" 2> "$work/err" < "${input:-/dev/null}"; status=$?; }
is() { [ "$status" = "$1" ]; }
says() { is "$1" && grep -q "$2" "$work/$3"; }
klog_says() { [ "$(printf '%s\n' "$2" | tests/vm/klog > /dev/null; echo $?)" = "$1" ]; }
same() { is 0 && cmp -s "$1" "$2"; }

status=-
touch "$work/out" "$work/err"
for line in '[    1.234567] WARNING: CPU: 1 PID: 1 at a.c:1 f+0x1/0x2 [dmaring]' \
	'BUG: KASAN: use-after-free in f+0x1/0x2' '[ 1.0][ T12] BUG: sleeping function called from invalid context at a.c:1' \
	'[   10.000000] UBSAN: shift-out-of-bounds in a.c:1:2' '[    2.0] Oops: 0000 [#1] PREEMPT SMP' \
	'[    3.000000] INFO: possible recursive locking detected' \
	'DMA-API: platform dmaring.0: device driver has pending DMA allocations while released from device [count=1]' \
	'[    3.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:' \
	'[    4.000000] BUG: KCSAN: data-race in f [dmaring] / g [dmaring]' \
	'[    4.000000] kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)' \
	'unreferenced object 0xffff888004a3c000 (size 64):' '[    4.0] kmemleak: Kernel memory leak detector disabled' \
	'[    4.000000] DMA-API: debugging out of memory - disabling' '[    4.000000] INFO: lockdep is turned off.'; do
	result "klog sees: ${line:0:40}" klog_says 1 "$line"
done
result "klog leaves ordinary lines alone" klog_says 0 '[    1.0] dmaring: loading out-of-tree module taints kernel.
[    2.0] dmaring_sim: a simulated DMA controller: nothing of this is hardware
[    2.0] DMA-API: preallocated 65536 debug entries
[    2.0] kmemleak: Kernel memory leak detector initialized (mem pool available: 31000)
[    2.0] kcsan: selftest: 3/3 tests passed
[    2.0] FAULT_INJECTION: forcing a failure.
[    2.0] a driver said WARNING: not at the beginning'

head -c 1000000 /dev/urandom > "$work/random"
mkdir "$work/share"
input=$work/random
guest --share "$work/share" --env GREETING='a  b' sh -c 'cat; printf "%s|%s" "$GREETING" "$1" > /share/file; id -g > /share/gid
	for n in loop0 fft0 source0 sink0 mem0 adc0; do stat -c "%a %G" /dev/dmaring/$n; done > /share/nodes; echo complaint >&2' sh "it's"
result "standard input and output are byte for byte" same "$work/random" "$work/out"
result "standard error arrives" says 0 '^complaint$' err
result "--share is writable, --env and quoting arrive" [ "$(cat "$work/share/file")" = "a  b|it's" ]
result "nodes are of mode 660, group dmaring" [ "$(sort -u "$work/share/nodes")" = "660 dmaring" ]
input=''

guest --no-modules sh -c 'ls -d /sys/module/dmaring* ; cat /src/VERSION; touch /src/x; exit 3'
result "--no-modules, exit status, /src read-only" says 3 "^$(cat VERSION)$" out
result "nothing else on standard output" [ "$(wc -l < "$work/out")" = 1 ]

guest --no-modules sh -c 'kill -SEGV $$'
result "a signal is 128 and its number" is 139

guest --no-modules --timeout 8 sleep 60
result "124 when time ran out" says 124 'ended after 8 s' err

guest --no-modules sh -c 'echo "<4>WARNING: CPU: 0 PID: 1 at planted.c:1" > /dev/kmsg; exit 0'
result "125 for a report in the log, printed" says 125 planted.c err

guest --no-modules sh -c 'echo c > /proc/sysrq-trigger; sleep 60'
result "125 when the kernel panics" says 125 'Kernel panic' err

guest --no-modules sh -c 'busybox reboot -f'
result "125 when the guest ends without a result" says 125 'without a result' err

VM_BOOT=2 guest --append 'rdinit=/nothing root=/dev/none' true
result "a kernel that does not come up is booted again, up to three times" says 125 'Unable to mount root' err
result "and it is said each time" [ "$(grep -c 'booting it again$' "$work/err")" = 1 ]

guest --dmaring no_such_parameter=1 true
result "an unknown parameter is printed" says 125 no_such_parameter err

"$vm" --no-modules --timeout 60 yes 2> "$work/err" | head -n 1 > "$work/out"
status=${PIPESTATUS[0]}
result "a closed standard output ends the guest" says 141 '^y$' out

tests/vm/profile --timeout 120 -- mem0 --size 64 --depth 8 --mode ring-epoll > "$work/out" 2> "$work/err"
status=$?
result "profile: the driver's functions, and how much of a transfer each takes" says 0 '^ .*% dmaring_ring_drain \[dmaring\]$' out

tap_end
