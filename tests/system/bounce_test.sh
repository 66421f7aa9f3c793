#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where devices do not reach the pages of a pool and work on a copy of them (bounce
# buffers of swiotlb=force), what arrives gets into the pages all the same, also
# when nobody asked for it: a disk fetches it from there. And who hands a buffer over
# wrongly gets wrong data, so that the data tests in this guest would see it.
# Wants a guest with --append swiotlb=65536,force.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"
# shellcheck source=tests/system/modules
. "$(dirname "$0")/modules"

# What the command said.
explain() { cat "$log"; }

[ -n "${DMARING_SIM_KO-}" ] || skip_all "no DMARING_SIM_KO: not in a guest"
grep -qE 'swiotlb=[0-9]*,force' /proc/cmdline || skip_all "no swiotlb=force on the kernel's command line"
modprobe brd rd_nr=1 rd_size=65536 || skip_all "no brd.ko"
log=$(mktemp)
trap 'rm -f "$log"; rmmod brd' EXIT
knobs=/sys/kernel/debug/dmaring_sim/source0

echo 65536 > $knobs/block_bytes && echo 0 > $knobs/sequence && echo 0 > $knobs/blocks_per_second
dmaring recv source0 /dev/ram0 --blocks 100 --waits --json 2> "$log" && grep -q 'O_DIRECT' "$log" &&
	build/tests/system/counted /dev/ram0 $((100 * 65536)) >> "$log" 2>&1
outcome "what the CPU does not touch is on the disk"
dmaring recv source0 /dev/ram0 --blocks 100 --waits --sync --json 2> "$log" &&
	build/tests/system/counted /dev/ram0 $((100 * 65536)) >> "$log" 2>&1
outcome "what it does touch too"
[ "$(< /sys/kernel/debug/dmaring_sim/violations)" = 0 ]
outcome "no rule of dmaengine was broken"
# Nobody would copy for who masters the bus himself: the device gets the memory as it is.
dmaring add bounced --size 64k > "$log" && [ "$(< /sys/class/dmaring/bounced/kind)" = contiguous ] &&
	dmaring remove bounced
outcome "a buffer device is behind no bounce buffer"
modules segment_bytes_max=12000 boundary=65536 judge=1 && dmaring selftest loop0 --loopback > "$log" &&
	dmaring selftest mem0 > "$log" && [ "$(< /sys/kernel/debug/dmaring_sim/violations)" = 0 ]
outcome "transfers are cut at the segments and boundaries of an engine"
modules
outcome "both modules again"

echo 0 > $knobs/block_bytes

# copied MISTAKE EQUAL - by a client that makes this mistake, see case_sync()
copied()
{
	echo "sync 5000 $1" > /sys/kernel/debug/dmaring_sim_test/run &&
		cat /sys/kernel/debug/dmaring_sim_test/result > "$log" &&
		grep -qw callbacks=1 "$log" && grep -qw "equal=$2" "$log"
}

rmmod dmaring && insmod "${DMARING_SIM_KO%/*}/dmaring_sim_test.ko" 2> "$log"
outcome "a client of its own"
copied 0 1; outcome "a buffer that is handed over in both directions arrives"
copied 1 0; outcome "one that is never handed to the device does not"
copied 2 0; outcome "nor one that is handed over before it is filled"
copied 3 0; outcome "nor one of which the last 64 bytes are forgotten"
copied 4 0; outcome "one that is never handed to the CPU does not"
copied 5 0; outcome "nor one that is handed over before the device wrote"
copied 6 0; outcome "nor one of which the last 64 bytes are forgotten then"
rmmod dmaring_sim_test && insmod "$DMARING_KO"
outcome "the driver again"
tap_end
