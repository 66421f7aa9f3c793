#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands on Xilinx AXI DMA, looped through AXI Ethernet, and the device taken away, by
# its driver and by an overlay. Runs in the guest of machine axidma.
# shellcheck disable=SC2317  # wait_for calls what looks unreachable
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

[ -e /sys/class/dmaring/axi0/simulated ] || skip_all "no device axi0: not on this machine"

# All of these are of DEVICE, by name.
absent() { [ ! -e "/dev/dmaring/$1" ]; }
present() { [ -c "/dev/dmaring/$1" ]; }
received() { cat "/sys/class/dmaring/$1/rx/completed" 2> /dev/null || echo 0; }
at_work() { [ "$(received "$1")" -gt "$2" ]; }

# The model stops for good when a packet comes and no receive has been started, so one is
# under way at a time. Ethernet has none shorter than that.
selftest() { dmaring selftest "$1" --loopback --bytes 4092 --min-bytes 61 --depth 1; }

# taken_away DEVICE COMMAND... - the command takes the device away while a program uses it
taken_away()
{
	local name=$1 worker before
	shift
	before=$(received "$name")
	AXIDMA_DEVICE=$name build/tests/system/axidma_stream > /dev/null 2>&1 &
	worker=$!
	wait_for at_work "$name" $((before + 100)) && "$@" && wait_for absent "$name" || return
	wait $worker
	[ $? = 1 ]
}

into() { echo "$2" > "$1"; }

node=/sys/class/dmaring/axi0
[ "$(cat $node/simulated)" = 0 ] && [ "$(cat $node/rx/provider)" = xilinx-vdma ]
outcome device_is_no_simulator
selftest axi0
outcome selftest_passes
dmaring info axi0 | grep 'no cyclic streams: .*xilinx_dma'
outcome info_says_why_there_is_no_cyclic_stream
bench() { dmaring bench axi0 --depth 1 --mode ring-poll,ring-epoll,ring-uring --count 200 --rounds 1 "$@"; }
bench --size 1k,4032
outcome bench_runs
bench --size 4092 2> /tmp/refused
[ $? = 1 ] && grep '^dmaring bench: no size 4092: a transfer on axi0 is a multiple of [0-9]* bytes$' /tmp/refused
outcome bench_refuses_what_the_device_would
own=$(readlink -f $node/device) driver=$(readlink -f $node/device/driver)
taken_away axi0 into "$driver/unbind" "${own##*/}"
outcome device_is_taken_away_under_load

# The channels are free: an overlay names them anew.
overlay="insmod ${DMARING_KO%/*}/dmaring_overlay.ko tree=$PWD/tests/vm/axidma_overlay.dtbo"
$overlay && wait_for present axi1 && selftest axi1
outcome overlay_brings_a_device
taken_away axi1 rmmod dmaring_overlay
outcome overlay_is_removed_under_load
$overlay && wait_for present axi1
outcome overlay_is_applied_again
rmmod dmaring_overlay && wait_for absent axi1
outcome overlay_takes_its_device_along

into "$driver/bind" "${own##*/}" && wait_for present axi0
outcome device_comes_back
selftest axi0
outcome selftest_passes_again

build/tests/system/axidma_stop > /tmp/axidma_stop 2>&1 || { cat /tmp/axidma_stop; false; }
outcome model_is_stopped_by_a_packet_without_a_receive
tap_end
