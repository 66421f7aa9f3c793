#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands on a machine's own DMA controller, and the controller taken away. Runs in the
# guest of a machine that has one; DMARING_TEST_DEVICE names the device.
# shellcheck disable=SC2317  # wait_for calls what looks unreachable
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

device=${DMARING_TEST_DEVICE-}
node=/sys/class/dmaring/$device
[ -e "$node/simulated" ] || skip_all "no device: DMARING_TEST_DEVICE=\"$device\""

selftest() { dmaring selftest "$device"; }
absent() { [ ! -e "/dev/dmaring/$device" ]; }
present() { [ -c "/dev/dmaring/$device" ]; }

# bench - rows of each way to wait, all with a rate
bench()
{
	local report
	report=$(dmaring bench "$device" --size 4k --depth 8 --seconds 0.05 --rounds 2 --csv) || return
	printf '%s\n' "$report" | sed 's/^/# /'
	[ "$(grep -c '^ring-' <<< "$report")" -ge 4 ]
}

# bench_fits - the sizes that nobody asks for are those that the device takes
bench_fits() { dmaring bench "$device" --depth 1 --mode ring-epoll --count 10 --rounds 1; }

# at_work - the device is being used
at_work() { [ "$(cat "$node/copy/submitted")" -gt "$1" ]; }

# proxied - a node that was written for dma-proxy is a device, with the names of its channels
proxied()
{
	[ -c /dev/dmaring/dma_proxy ] && dmaring list > /tmp/list || return
	sed 's/^/# /' /tmp/list
	grep -q '^dma_proxy .*dma_proxy_rx (receive), dma_proxy_tx (send)' /tmp/list
}

# taken_away DEVICE - its driver is unbound from it while a program uses ours
taken_away()
{
	local driver worker before
	driver=$(readlink -f "$1/driver") before=$(cat "$node/copy/submitted")
	dmaring bench "$device" --size 4k --depth 8 --seconds 60 --rounds 1 --mode ring-epoll > /dev/null 2>&1 &
	worker=$!
	wait_for at_work $((before + 100)) && echo "${1##*/}" > "$driver/unbind" && wait_for absent || return
	wait $worker
	[ $? = 1 ]
}

# goes_and_comes ROUNDS - what taking an overlay of the device tree away does to a driver; the
# overlay itself is no option, since Debian's kernels for Arm have CONFIG_OF_OVERLAY off
goes_and_comes()
{
	local round
	for ((round = 0; round < $1; round++)); do
		taken_away "$own" && echo "${own##*/}" > "$driver/bind" && wait_for present || return
	done
}

provider=$(cat "$node/copy/provider")
echo "# copies by $provider, alignment $(cat "$node/copy/alignment"), on $(uname -m)"
[ "$(cat "$node/simulated")" = 0 ] && [ "$provider" != dmaring_sim ]
outcome device_is_no_simulator
selftest
outcome selftest_passes
bench
outcome bench_measures
bench_fits
outcome bench_measures_what_fits
proxied
outcome dma_proxy_is_taken_as_it_is
own=$(readlink -f "$node/device") driver=$(readlink -f "$node/device/driver")
goes_and_comes 5
outcome device_goes_and_comes_back_under_load
selftest
outcome selftest_passes_again
# The driver core unbinds us before the provider, whose channel is in use. Nothing is bound
# again: mainline's bcm2835-dma and dma-pl330 leave something of theirs behind when removed.
taken_away "$(readlink -f "/sys/class/dma/$(cat "$node/copy/engine")/device")"
outcome provider_is_taken_away_under_load
tap_end
