#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaring spectrum on a live device: the lines it finds are those that adc0 is
# told to make, what it says was lost is what adc0 says it has dropped, and a
# terminal that stands still makes it lose nothing. Needs root in a guest.
# shellcheck disable=SC2317  # undisturbed calls what looks unreachable
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

# What the command said.
explain() { tail -n 40 "$json"; tail -n 5 "$log"; }

knobs=/sys/kernel/debug/dmaring_sim/adc0
folder=$(mktemp -d)
log=$folder/log json=$folder/json

trap 'rm -rf "$folder"' EXIT

# value NAME - a number of the report, in $value
value()
{
	value=$(sed -n 's/^  "'"$1"'": \([0-9.-]*\),\?$/\1/p' "$json")
	[ -n "$value" ]
}

# is NAME CONDITION [NUMBER]
is()
{
	value "$1" && awk "BEGIN { exit !($value $2 ${3-}) }" && return
	echo "# $1 is ${value:-not there}"
	return 1
}

# lines_are PART "HZ DBFS" ... - those and no others, within so many Hz and 1 dB
lines_are()
{
	local within=$1
	shift
	sed -n 's/^ *"hz": \([0-9.-]*\),$/\1/p; s/^ *"dbfs": \([0-9.-]*\)$/\1/p' "$json" | paste -d ' ' - - |
		awk -v within="$within" -v wanted="$(printf '%s\n' "$@")" '
		function far(a, b, most) { return a - b > most || b - a > most }
		BEGIN { n = split(wanted, want, "\n") }
		{
			split(want[NR], w, " ")
			if (NR > n || far($1, w[1], within) || far($2, w[2], 1)) exit wrong = 1
		}
		END { exit wrong || NR != n }'
}

# held - waits until somebody has adc0
held() { wait_for grep -qvx -- - /sys/class/dmaring/adc0/rx/holder; }

# more_rows N - waits for so many more in $log
more_rows() { wait_for rows_are_there $(($(grep -c blocks "$log") + $1)); }
rows_are_there() { [ "$(grep -c blocks "$log")" -ge "$1" ]; }

dropped() { cat $knobs/dropped_blocks; }

# undisturbed COMMAND... - three times at most: a guest that itself stood still for half a second
# has dropped blocks, whatever the command did. Those that come behind its last one do not matter.
undisturbed()
{
	local try before
	for try in 1 2 3; do
		before=$(dropped)
		"$@" && return
		[ "$(dropped)" != "$before" ] || return
		echo "# $try: adc0 has dropped $(($(dropped) - before))"
	done
	return 1
}

[ -n "${DMARING_SIM_KO-}" ] || skip_all "no DMARING_SIM_KO: not in a guest"
[ -e $knobs/dropped_blocks ] || skip_all "no debugfs of dmaring_sim"
echo 1 > $knobs/sequence
# A kernel that checks all it does, or the machine below it, may stand still for longer than there is
# room for at the full rate: there all is a quarter as fast, half of the blocks are enough, and the
# chirp is once a block, so that it is the same whichever blocks are left out.
slow=$((${DMARING_SLOWNESS:-1} > 1 ? 4 : 1))
rate=$((250000 / slow)) few=$((slow > 1 ? 2 * slow : 1))
if [ $slow != 1 ]; then
	carriers=$(awk -v by=$slow '{ for (i = 1; i <= NF; i += 2) print $i / by, $(i + 1) }' $knobs/carriers)
	chirp=$(awk -v by=$slow '{ print $1 / by, $2 / by, 4096, $4 }' $knobs/chirp)
	echo $rate > $knobs/samples_per_second
	echo "${carriers//$'\n'/ }" > $knobs/carriers
	echo "$chirp" > $knobs/chirp
fi

three_seconds()
{
	dmaring spectrum adc0 --rate "$rate" --sequence u64 --seconds 3 --json --png "$folder/png" > "$json" 2> "$log" &&
		is blocks_lost == 0
}
undisturbed three_seconds && is blocks '>=' $((150 / few)) && grep -q '"simulated": true' "$json"
outcome "three seconds at $rate samples per second, none lost"
# A tenth of a bin; 0.6 dB less than the peak, on average over where in a bin it is.
lines_are $((24 / slow)) "$((12500 / slow)) -12.6" "$((-40000 / slow)) -18.6" "$((50000 / slow)) -24.6" \
	"$((-90000 / slow)) -36.6"
outcome "four carriers, where they are said to be and as strong, and the chirp is none"
is rows '>=' 4 && [ "$(grep -c '|.*|.* blocks, 0 lost\(, [0-9]* not shown\)\?; strongest' "$log")" = "$value" ]
outcome "a row of the waterfall each half second"
[ "$(head -c 4 "$folder/png" | tail -c 3)" = PNG ]
outcome "--png"

echo 50000 > $knobs/samples_per_second
echo "7000 10000  -3000 10000" > $knobs/carriers
echo "0 0 1 0" > $knobs/chirp
dmaring spectrum adc0 --sequence u64 --seconds 1 --points 4096 --json > "$json" 2> "$log"
[ $? -eq 1 ] && is transforms == 0 && grep -q "no room for 4096 points" "$log"
outcome "a number leaves no room for a transform as long as the block"
dmaring spectrum adc0 --sequence u64 --seconds 3 --points 2048 --json > "$json" 2> "$log" &&
	is rate_hz '>' 47000 && is rate_hz '<' 53000 &&
	[ "$(grep -c '"hz"' "$json")" = 2 ] && awk -F '[:,]' '/"hz"/ && $2 > 0 { up = $2 } /"hz"/ && $2 < 0 { down = $2 }
		END { part = up / down; exit !(part < -2.32 && part > -2.35) }' "$json"
outcome "without --rate it is measured"
echo $rate > $knobs/samples_per_second

# There is room for the title in the pipe, and it is read after it has run for 3
# seconds: drawing the first row lasts so long.
stalled()
{
	{
		head -c 65416 /dev/zero
		dmaring spectrum adc0 --rate "$rate" --sequence u64 --seconds 5 --json 2>&1 > "$json"
		echo $? > "$folder/status"
	} | { held; sleep 3; tail -c +65417; } > "$log"
	[ "$(< "$folder/status")" = 0 ] && is blocks_lost == 0
}
undisturbed stalled && is blocks '>=' $((250 / few))
outcome "a terminal that stands still for 3 seconds loses no block"
is row_blocks_max '>=' $((100 / few)) && is rows '<=' 7
outcome "and a row stands for all blocks that came meanwhile"

echo 250000 > $knobs/samples_per_second
before=$(dropped)
dmaring spectrum adc0 --rate 250000 --sequence u64 --blocks 16 --json > "$json" 2> "$log" & spectrum=$!
wait_for grep -q blocks "$log"
kill -STOP $spectrum
sleep 1.5
kill -CONT $spectrum
more_rows 3
# From here on the source waits, so that none is dropped behind the last one.
echo 0 > $knobs/blocks_per_second
more_rows 2
kill -INT $spectrum
wait $spectrum
status=$?
echo $rate > $knobs/samples_per_second
[ $status -eq 3 ] && is blocks_lost '>=' 30 && is blocks_lost == $(($(dropped) - before)) && is loss_unknown == 0
outcome "held up, it says how many blocks were lost, to the block, and ends with status 3"
value blocks_lost && grep -q "|.* $value lost" "$log"
outcome "and the rows show it"

if command -v script > /dev/null; then
	terminal()
	{
		TERM=xterm-256color LANG=C.UTF-8 script -qec "stty rows 40 columns 100; dmaring spectrum adc0 \
			--rate $rate --sequence u64 --seconds 2" "$log" < /dev/null > /dev/null
		grep -q COMMAND_EXIT_CODE=.0 "$log"
	}
	undisturbed terminal && grep -q 'adc0 (simulated), 1024 points' "$log" &&
		grep -q 'dBFS' "$log" && grep -q '0 lost' "$log" && grep -q '█' "$log"
	outcome "on a terminal"
fi

dmaring spectrum adc0 --fast > "$json" 2> "$log"; [ $? -eq 2 ] && grep -q -- "--fast is for recordings" "$log"
outcome "an option for recordings is misuse"
dmaring spectrum sink0 > "$json" 2> "$log"; [ $? -eq 1 ] && grep -q "no receive channel" "$log"
outcome "a device without a receive channel"

echo 0 > $knobs/sequence
[ "$(< ${knobs%/*}/violations)" = 0 ]
outcome "no rule of dmaengine was broken"
tap_end
