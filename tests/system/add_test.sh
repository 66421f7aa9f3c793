#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaring add, remove and info --why on the virtual controller: what they do, how
# they end, and the one line that says what is wrong. And by which names of
# devices the driver's module is found. Needs root in a guest.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

drivers=/sys/bus/platform/drivers
[ -e /dev/dmaring/mem0 ] || skip_all "no /dev/dmaring/mem0"

# says STATUS PATTERN COMMAND... - exit status, and all it says: one line, by PATTERN
says()
{
	local want=$1 pattern=$2 output status
	shift 2
	output=$("$@" 2>&1)
	status=$?
	[ $status -eq "$want" ] && [ "$(wc -l <<< "$output")" = 1 ] && grep -qE -- "$pattern" <<< "$output"
	outcome "$*"
	[ $status -eq "$want" ] && grep -qE -- "$pattern" <<< "$output" ||
		printf '# status %s, wanted %s and "%s"\n# %s\n' $status "$want" "$pattern" "$output"
}

# why PATTERN NAME - among the causes
why()
{
	local output
	output=$(dmaring info --why "$2" 2>&1)
	[ $? -eq 1 ] && grep -qE -- "$1" <<< "$output"
	outcome "info --why $2: $1"
	grep -qE -- "$1" <<< "$output" || printf '%s\n' "${output//$'\n'/$'\n'# }"
}

engine() { cat "/sys/class/dmaring/$1/engine"; }
until_there() { wait_for test -e "/dev/dmaring/$1"; }

tx=$(engine loop0/tx) rx=$(engine loop0/rx) copy=$(engine mem0/copy)
long=a2345678901234567890123456789012

# Wrong by itself
for name in a/b .. .a -- "" "a b" $long; do
	[ "$name" = -- ] || says 2 "add: .* is no name: 1 to 31 letters.*try:" dmaring add "$name" c:any
done
says 2 'with which channels.*--copy' dmaring add m
for channel in c c: :any c:any:more c:any:send:x c/d:any "c:$long" c:dma0chan0:sideways; do
	says 2 "add: $channel is no channel.*try:" dmaring add m "$channel"
done
says 2 'too many' dmaring add m {1..16}:any --copy
says 2 'no such option' dmaring add m --address 4096
says 2 'not a number' dmaring add m --copy --width wide
says 2 'an argument is missing' dmaring add
says 2 'an argument is missing' dmaring remove
says 2 'is no name' dmaring remove a/b
# Wrong on this system
says 1 "add m: channel $copy is in use by device mem0 \(free: none\)" dmaring add m "copy:$copy"
says 1 'add m: no engine is free and can copy \(in use: dma.*by device' dmaring add m --copy
says 1 'add m: there is no channel dma99chan0' dmaring add m c:dma99chan0
says 1 'add fft0: there is a device of that name.*dmaring list' dmaring add fft0 --copy
says 1 'remove fft0: it was not added.*echo dmaring.1 > ' dmaring remove fft0
says 1 'remove m: no such device was added \(added: none is there\)' dmaring remove m

echo dmaring.0 > $drivers/dmaring/unbind && echo dmaring.4 > $drivers/dmaring/unbind
outcome "the simulator's devices give up their channels"
says 1 "add m: neither .* which way channel c goes .*c:$tx:receive" dmaring add m "c:$tx"
says 1 'add m: the engine does not transfer that way' dmaring add m "c:$tx:copy"
says 1 'add m: the engine cannot do that width or burst' dmaring add m "tx:$tx" --width 3
says 1 'add m: .*or a channel may not have that name' dmaring add m "power:$copy"
says 1 'add m: a channel is named twice \(free: dma' dmaring add m "tx:$tx" "rx:$tx"
says 1 'only root may .*sudo dmaring add' setpriv --reuid 65534 --clear-groups --inh-caps=-all dmaring add m --copy

# Right
says 0 '^/dev/dmaring/m$' dmaring add m --copy
says 0 '^/dev/dmaring/radio0$' dmaring add radio0 "tx:$tx" "rx:$rx:receive" --length-known --cookie-known --alignment 64
dmaring list | grep -qE '^m +copy \(copy\).*simulated, added$'; outcome "list shows that m was added"
dmaring list --json | tr -d ' \n' | grep -q '"name":"m","simulated":true,"added":true'; outcome "and so does list --json"
dmaring list | grep -qE '^fft0 .*simulated$'; outcome "and that fft0 was not"
dmaring selftest --loopback radio0 > /tmp/add_test.log 2>&1; outcome "selftest --loopback radio0"
dmaring selftest m > /tmp/add_test.log 2>&1; outcome "selftest m"
says 1 'remove x: no such device was added \(added: m, radio0\)' dmaring remove x
says 1 'only root may .*sudo dmaring remove' setpriv --reuid 65534 --clear-groups --inh-caps=-all dmaring remove m
dmaring recv radio0 --quiet --waits /tmp/add_test.bytes 2> /tmp/add_test.err & receiver=$!
for _ in $(seq 100); do [ "$(cat /sys/class/dmaring/radio0/rx/rings)" = 0 ] || break; sleep 0.1; done
dmaring remove /dev/dmaring/radio0 && [ ! -e /dev/dmaring/radio0 ]; outcome "remove while recv has it open"
timeout 20 tail --pid $receiver -f /dev/null; outcome "recv ends by that"
wait $receiver; [ $? -eq 1 ] && grep -q removed /tmp/add_test.err; outcome "and says that the device was removed"
dmaring remove m && [ ! -e /dev/dmaring/m ]; outcome "remove m"

# Why is it not there
why 'no device is called m .present: adc0, fft0, sink0' m
why 'nobody described it' loop1
why 'no device is called fft1: is fft0 the one. \(present: .*adc0' fft1
why 'which is not bound: its probe failed .dmesg . grep dmaring.0.*somebody unbound it.*in use: dma' loop0
echo dmaring_sim.0 > $drivers/dmaring_sim/unbind
echo dmaring.0 > /sys/bus/platform/drivers_probe
why 'dmaring.0, which waits for its supplier platform:dmaring_sim.0: that has no driver' loop0
echo dmaring_sim.0 > $drivers/dmaring_sim/bind
until_there loop0; outcome "which binds by itself when its supplier is there"
echo dmaring.4 > $drivers/dmaring/bind; outcome "and so does the other, by hand"
dmaring info --why loop0 > /tmp/add_test.log; outcome "nothing is wrong with what is there"
output=$(setpriv --reuid 65534 --clear-groups --inh-caps=-all dmaring info --why loop0 2>&1)
grep -q 'not in the group' <<< "$output"; outcome "why not without the group"

if [ -n "${DMARING_KO-}" ]; then
	release=$(uname -r)
	mkdir -p "/tmp/add_test/lib/modules/$release"
	cp "$DMARING_KO" "/tmp/add_test/lib/modules/$release/"
	depmod -b /tmp/add_test "$release" 2> /tmp/add_test.err
	for alias in of:NradioT\(null\)Cdmaring,device of:Ndma_proxyT\(null\)Cxlnx,dma_proxy platform:dmaring; do
		modprobe -d /tmp/add_test -R "$alias" 2>&1 | grep -qx dmaring; outcome "module of $alias"
	done
	! modprobe -d /tmp/add_test -R of:NxTCxlnx,axi-dma-1.00.a > /tmp/add_test.log 2>&1; outcome "and not of another's"
	rmmod dmaring dmaring_sim
	says 1 'module dmaring is not loaded .try: modprobe dmaring' dmaring add m --copy
	says 1 'module dmaring is not loaded .try: modprobe dmaring' dmaring remove m
	why '1. module dmaring is not loaded: modprobe dmaring' loop0
	insmod "$DMARING_KO"
	why 'no device is present at all' loop0
	why 'module dmaring_sim is not loaded: modprobe dmaring_sim' loop0
	insmod "$DMARING_SIM_KO" && until_there mem0; outcome "and all is back"
fi
tap_end
