#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The virtual controller by itself, with dmaring unloaded: knobs are set in
# debugfs, dmaring_sim_test.ko (src/kernel/sim/selftest.c) does one thing, and
# what it saw is compared with what the knob promises. Needs root in a guest.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

explain() { echo "result: $(< $debug/dmaring_sim_test/result)"; }

folder=${DMARING_SIM_KO%/*}
debug=/sys/kernel/debug
knobs=$debug/dmaring_sim

# load [PARAMETER=VALUE]... - the controller anew; its client can stay
load()
{
	[ ! -d /sys/module/dmaring_sim ] || rmmod dmaring_sim || return 1
	insmod "$DMARING_SIM_KO" "$@"
}

unload()
{
	local module
	for module in dmaring_sim_test dmaring_floor dmaring dmaring_sim; do
		[ ! -d /sys/module/$module ] || rmmod $module || return 1
	done
}

# run CASE NUMBER... -- WORD...  - does CASE and wants each WORD in the result
run()
{
	local -a command=() result
	local word
	while [ "$1" != -- ]; do command+=("$1"); shift; done
	shift
	echo "${command[*]}" > $debug/dmaring_sim_test/run || return 1
	read -ra result < $debug/dmaring_sim_test/result
	for word; do
		[[ " ${result[*]} " == *" $word "* ]] || { echo "# no $word"; return 1; }
	done
}

# value NAME - of the last result, in $value
value()
{
	local word
	value=-1
	for word in $(< $debug/dmaring_sim_test/result); do
		[ "${word%%=*}" != "$1" ] || value=${word#*=}
	done
}

# knob FILE LINE
knob() { echo "$2" > "$knobs/$1"; }

# judged KIND COUNT - on mem0
judged() { [[ $(< $knobs/mem0/copy/judged) == *"$1 $2"* ]]; }

[ -n "${DMARING_SIM_KO-}" ] || skip_all "no DMARING_SIM_KO: not in a guest"
[ -e "$folder/dmaring_sim_test.ko" ] || skip_all "dmaring_sim_test.ko is not built"
mountpoint -q $debug || mount -t debugfs none $debug || skip_all "no debugfs"

# Whatever becomes of this: other tests want both modules as they were.
# shellcheck disable=SC2317  # the trap calls it
restore() { unload && insmod "$DMARING_KO" && insmod "$DMARING_SIM_KO"; }
trap restore EXIT
trap 'exit 1' TERM INT

good="tx.callbacks=1 tx.result=0 tx.residue=0 tx.status=0 rx.callbacks=1 rx.result=0 equal=1"

unload && load && insmod "$folder/dmaring_sim_test.ko"; outcome "loads with its defaults"

# shellcheck disable=SC2086  # words
{
run pair 1000 1000 500 -- $good rx.residue=0; outcome "a send ends in a receive"
run pair 100 256 500 -- $good rx.residue=156; outcome "a receive is short when the send ends"
run pair 70000 70000 500 -- $good rx.residue=0; outcome "more than is moved at once"
run split -- sent=0 first=0 second=100 equal=1; outcome "a long send goes on in the next receive"
run pause -- paused.callbacks=0 paused.status=2 resumed.callbacks=1; outcome "pause and resume"
run pool -- armed=256 early=1 received=256 sent=256 again=256 terminated=256
outcome "the pool is finite, and nothing leaks from it"
run cyclic 10 -- callbacks=10 status=1 residue=96 equal=1; outcome "cyclic: a callback for each period, position by residue"
run copy 3000 20 200 -- callbacks=20 result=0 equal=1; outcome "copies"
run sync 3000 0 -- callbacks=1 equal=1; outcome "copies of what is handed over to the device and back"
run rows -- callbacks=1 equal=5; outcome "copies in two dimensions"

knob loop0/rx/fail_error "1"
run pair 64 64 200 -- rx.callbacks=1 rx.result=2 rx.residue=64 rx.status=3 tx.callbacks=0; outcome "fail_error: a receive fails to write"
knob loop0/tx/fail_error "1 aborted"
run pair 64 64 200 -- tx.callbacks=1 tx.result=3 tx.status=3 rx.callbacks=0; outcome "fail_error: a send is aborted"
[ "$(< $knobs/loop0/tx/fail_error)" = "0 aborted" ]; outcome "a knob counts off"
run pair 64 64 500 -- $good; outcome "and nothing is left of it"
knob loop0/rx/short "1 10"
run pair 64 64 500 -- rx.callbacks=1 rx.result=0 rx.residue=10; outcome "short: bytes are missing"
knob loop0/tx/late_us "1 150000"
run pair 64 64 500 -- $good && value ms && [ "$value" -ge 150 ]; outcome "late_us: the transfer is late"
knob loop0/rx/lose_callback "1"
run pair 64 64 200 -- tx.callbacks=1 rx.callbacks=0 rx.status=0 equal=1; outcome "lose_callback: done, and nobody is told"
knob loop0/rx/double_callback "1"
run pair 64 64 500 -- rx.callbacks=2 equal=1; outcome "double_callback: told twice"
knob loop0/rx/spurious_callback "1"
run pair 64 64 500 -- rx.callbacks=2 equal=1; outcome "spurious_callback: told before it is done"
knob loop0/rx/delay_callback_us "1 150000"
run pair 64 64 500 -- rx.callbacks=1 equal=1 && value ms && [ "$value" -ge 150 ]; outcome "delay_callback_us: the callback is late"
knob loop0/tx/fail_prep "1"
run pair 64 64 100 -- tx.cookie=-12 rx.callbacks=0; outcome "fail_prep: no descriptor"
knob loop0/tx/hang "1"
run pair 64 64 200 -- tx.callbacks=0 tx.status=1 rx.callbacks=0 stop.tx=0; outcome "hang: until terminated"
run pair 64 64 500 -- $good; outcome "and the channel works again"
knob loop0/tx/refuse_stop "1"
run pair 64 64 500 -- $good stop.tx=-16 stop.rx=0; outcome "refuse_stop: terminate says EBUSY"
! knob loop0/tx/fail_error "1 nonsense" 2> /dev/null && ! knob loop0/tx/late_us "x" 2> /dev/null
outcome "nonsense is refused"

[ "$(< $knobs/violations)" = 0 ]; outcome "nothing so far was against the rules"
run sin 0 -- callbacks=1 && judged no_ack 1; outcome "judged: no DMA_CTRL_ACK"
run sin 1 -- callbacks=1 again=-22 && judged submit_unpaired 1; outcome "judged: submitted twice"
run sin 2 -- callbacks=2 && judged prep_unpaired 1; outcome "judged: prepared twice before submitting"
run sin 3 -- callbacks=1 && judged no_synchronize 1; outcome "judged: released without synchronize"
run sin 4 -- callbacks=0 && judged released_busy 1; outcome "judged: released with a copy in flight"
run sin 5 -- callbacks=1 && judged prep_in_callback 1; outcome "judged: prepared in the callback of a copy"
run sin 7 -- wild=0 callbacks=1 && judged bad_address 1; outcome "judged: an address without memory"
load boundary=1024 && run sin 8 1024 -- across=0 callbacks=1 && judged boundary 1
outcome "judged: a segment across the boundary"
load

knob loop0/bytes_per_second 1000000
run pair 200000 200000 1000 -- $good && value ms && [ "$value" -ge 200 ] && [ "$value" -lt 2000 ]
outcome "bytes_per_second: 200 kB take 200 ms at 1 MB/s"
knob loop0/bytes_per_second 0
knob loop0/latency_us 100000
run pair 64 64 1000 -- $good && value ms && [ "$value" -ge 100 ]; outcome "latency_us: completion comes later"

run source 20 1000 0 0 -- received=20 residue=0 wrong=0 lost_words=0; outcome "source: unpaced, waits for receives"
knob source0/bytes_per_second 1000000
run source 4 1000 50 0 -- received=4 wrong=0 && value lost_words && [ "$value" -gt 20000 ] &&
	[ "$(< $knobs/source0/drops)" -ge $((4 * value)) ]
outcome "source: at a rate, drops what finds no receive, and counts it"
knob source0/block_bytes 512; knob source0/sequence 1; knob source0/blocks_per_second 1000
run source 5 1024 20 1 -- received=5 residue=2560 wrong=0 && value lost_blocks && [ "$value" -ge 60 ] &&
	[ "$(< $knobs/source0/dropped_blocks)" -ge "$value" ] && value lost_words && [ "$value" -ge $((60 * 128)) ]
outcome "source: numbered blocks end receives, a gap shows in number and pattern"
knob source0/bytes_per_second 0
run source 5 512 20 1 -- received=5 residue=0 wrong=0 lost_words=0 lost_blocks=0; outcome "source: unpaced blocks, none is lost"
knob source0/block_bytes 0; knob source0/sequence 0

knob adc0/sequence 1
run adc 5 16384 150 1 -- received=5 residue=0 && value lost_blocks && [ "$value" -ge 8 ] &&
	[ "$(< $knobs/adc0/dropped_blocks)" -ge "$value" ]
outcome "adc: 61 blocks a second, drops what finds no receive, and counts it"
knob adc0/samples_per_second 40960
[ "$(< $knobs/adc0/bytes_per_second)" = 163840 ] && [ "$(< $knobs/adc0/blocks_per_second)" = 10 ] &&
	start=${EPOCHREALTIME/./} && run adc 5 16384 0 1 -- received=5 lost_blocks=0 &&
	[ $((${EPOCHREALTIME/./} - start)) -ge 450000 ]
outcome "adc: samples_per_second is its rate"
knob adc0/carriers "1000 100  -2000 200" && [ "$(< $knobs/adc0/carriers)" = $'1000 100\n-2000 200' ] &&
	! knob adc0/carriers "1000" 2> /dev/null && ! knob adc0/carriers "1000 32768" 2> /dev/null &&
	! knob adc0/chirp "1 2 0 4" 2> /dev/null && ! knob adc0/samples_per_second 0 2> /dev/null
outcome "adc: what is no signal is refused"

run sink 10 1002 0 -- sent=10 && [ "$(< $knobs/sink0/mismatches)" = 0 ]; outcome "sink: the counter in odd pieces has no mismatch"
run sink 10 1002 777 -- sent=10 && [ "$(< $knobs/sink0/mismatches)" = 2 ]; outcome "sink: a wrong word is seen, and the one after it"
knob sink0/mismatches 0
[ "$(< $knobs/sink0/mismatches)" = 0 ]; outcome "sink: the count starts afresh"

# PREEMPT_RT makes a thread of irq_work.
hard=2
[[ $(uname -v) != *PREEMPT_RT* ]] || hard=0
for context in tasklet:1 irq_work:$hard thread:0 workqueue:0; do
	load context="${context%:*}" && run pair 5000 5000 500 -- $good "context=${context#*:}" &&
		run pool -- armed=256 received=256 again=256 && run cyclic 9 -- callbacks=9 &&
		run copy 64 100 100 -- callbacks=100 equal=1
	outcome "context ${context%:*}"
done

load residue=descriptor && run pair 100 256 500 -- $good rx.residue=0; outcome "residue=descriptor: a short receive looks full"
load residue=none && run cyclic 10 -- residue=0; outcome "residue=none: no position"
load residue=full && run pair 100 256 500 -- rx.residue=256; outcome "residue=full: as if nothing had been received"
load residue=segment && run cyclic 10 -- residue=128; outcome "residue=segment: position by the period"
}

load habits=merged && run cyclic 10 -- residue=96 && value callbacks && [ "$value" -lt 10 ] && [ "$value" -ge 1 ]
outcome "habit merged: periods share a callback"
load habits=nocyclic && run cyclic 10 -- callbacks=0 residue=96; outcome "habit nocyclic: no callbacks in cyclic mode"
load habits=late && run cyclic 10 -- early=0 callbacks=10 residue=96; outcome "habit late: all callbacks, later"
load habits=withheld,locked && run pool -- early=0 received=256; outcome "habit withheld: all callbacks at the end"
run copy 64 10 100 -- callbacks=10 equal=1 && run sin 5 -- callbacks=1 && judged call_in_callback 1
outcome "habit locked: a call in the callback would hang"
load descriptors=7 alignment=8 judge=1 && run pool -- armed=7 again=7 terminated=7; outcome "descriptors=7"
run pair 64 64 500 -- equal=1 && run pair 60 64 50 -- tx.cookie=-12; outcome "alignment=8"
run sin 6 -- callbacks=1 && judged touched 1; outcome "judge=1: memory touched while armed"
rmmod dmaring_sim && ! insmod "$DMARING_SIM_KO" context=nonsense 2> /dev/null; outcome "an unknown context is refused"

load && provider=$(< $knobs/loop0/provider) && echo "$provider" > /sys/bus/platform/drivers/dmaring_sim/unbind &&
	[ ! -e $knobs/loop0 ] && ! run pair 64 64 100 -- 2> /dev/null &&
	echo "$provider" > /sys/bus/platform/drivers/dmaring_sim/bind && run pair 64 64 500 -- equal=1
outcome "unbind and bind"
insmod "$folder/dmaring_floor.ko"
before=$(< $knobs/loop0/rx/transfers)
echo "loop 4096 16 2" > $debug/dmaring_floor/run 2> /dev/null & client=$!
for ((i = 0; i < 100; i++)); do [ "$(< $knobs/loop0/rx/transfers)" = "$before" ] || break; sleep 0.05; done
provider=$(< $knobs/loop0/provider)
knob loop0/remove 1
wait $client
rmmod dmaring_floor && [ ! -e $knobs/loop0 ] && echo "$provider" > /sys/bus/platform/drivers/dmaring_sim/bind &&
	run pair 64 64 500 -- equal=1
outcome "surprise removal with a client at work"
knob mem0/remove 1
for ((i = 0; i < 50; i++)); do [ -e $knobs/mem0 ] || break; sleep 0.1; done
[ ! -e $knobs/mem0 ] && run pair 64 64 500 -- equal=1; outcome "surprise removal of mem0 leaves the others"

unload; outcome "unloads"
tap_end
