#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaring recv, send, pipe and top on the virtual controller: what they move is
# compared byte by byte, and what they say was lost with what the source says it
# has dropped. Needs root in a guest.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"
# shellcheck source=tests/system/json
. "$(dirname "$0")/json"

# What the command said.
explain() { tail -q -n 5 "$folder"/*.err 2> /dev/null; }

knobs=/sys/kernel/debug/dmaring_sim
folder=$(mktemp -d)

trap 'rm -rf "$folder"' EXIT

# source RATE SEQUENCE - blocks of 4096 bytes
source_is()
{
	echo 4096 > $knobs/source0/block_bytes &&
		echo "$2" > $knobs/source0/sequence &&
		echo "$1" > $knobs/source0/blocks_per_second
}

dropped() { cat $knobs/source0/dropped_blocks; }

# good_blocks FILE NUMBERED - every word is the counter, in the place that the
# block's number gives it; prints how many numbers are missing
good_blocks()
{
	od -v -A n -t u4 -w4096 "$1" | awk -v numbered="$2" '
	{
		if (NF != 1024) exit wrong = 1
		start = $3 - 2
		if (start < 0) start += 4294967296
		if (numbered) {
			block = $1 + $2 * 4294967296
			if (NR > 1) {
				missing += block - before - 1
				if (block <= before) exit wrong = 2
				if ((start - first) / 1024 != block - zero) exit wrong = 3
			} else {
				first = start
				zero = block
			}
			before = block
		}
		for (i = 3; i <= NF; i++)
			if ($i != start + i - 1) exit wrong = 4
	}
	END { print missing + 0; exit wrong }'
}

# held DEVICE CHANNEL - waits until somebody has the channel
held() { wait_for grep -qvx -- - "/sys/class/dmaring/$1/$2/holder"; }

# runs_dry - stands still until the source has no buffer left, and then for as
# long as it takes it to make some fifty blocks more: it counts them later
runs_dry()
{
	local i dry=0
	# On a busy machine it runs dry for a moment now and then: ten times in a row.
	for ((i = 0; i < 600 && dry < 10; i++)); do
		dry=$((dry + 1))
		[[ $(< $knobs/source0/rx/state) = *"claimed 1 submitted 0 issued 0 active 0 "* ]] || dry=0
		sleep 0.05
	done
}

[ -n "${DMARING_SIM_KO-}" ] || skip_all "no DMARING_SIM_KO: not in a guest"
[ -e $knobs/source0/dropped_blocks ] || skip_all "no debugfs of dmaring_sim"

a=$folder/a b=$folder/b log=$folder/log.err

# --- recv
# A rate that a busy guest can hold: what is armed lasts for most of a second.
source_is 40 1
before=$(dropped)
dmaring recv source0 "$a" --block-bytes 4096 --buffers 64 --blocks 100 --sequence u64 --json 2> "$log" &&
	is blocks 100 "$log" && is blocks_lost 0 "$log" && is simulated true "$log" &&
	[ "$(stat -c %s "$a")" = $((100 * 4096)) ] && [ "$(dropped)" = "$before" ]
outcome "recv: 100 numbered blocks at a rate, none lost"
missing=$(good_blocks "$a" 1) && [ "$missing" = 0 ]
outcome "recv: every word of them is right"

source_is 200 1
before=$(dropped)
# The reader stands still until it has cost something, reads on a little, and
# stops again. In the end the source waits for buffers, so that none is dropped
# behind the last block that is looked at.
{
	dmaring recv source0 --block-bytes 4096 --buffers 64 --blocks 1000 --sequence u64 --json 2> "$log"
	echo $? > "$folder/status"
} | {
	runs_dry
	head -c 409600
	runs_dry
	sleep "0.$((RANDOM % 5))"
	echo 0 > $knobs/source0/blocks_per_second
	cat
} > "$a" &
wait $!
[ "$(< "$folder/status")" = 3 ]
outcome "recv: a reader that stops: exit status 3"
value blocks_lost "$log"
lost=$value
drops=$(($(dropped) - before))
echo "# lost $lost, dropped by the source $drops"
[ "$lost" -gt 0 ] && [ "$lost" = "$drops" ] && is loss_unknown 0 "$log"
outcome "recv: blocks_lost is what the source has dropped, to the block"
missing=$(good_blocks "$a" 1) && [ "$missing" = "$lost" ]
outcome "recv: the file has the other blocks, right and in order"

source_is 200 0
dmaring recv source0 --block-bytes 4096 --buffers 16 --blocks 200 --json 2> "$log" | { runs_dry; cat; } > "$a"
[ "${PIPESTATUS[0]}" = 3 ] && is blocks_lost 0 "$log" && value loss_unknown "$log" && [ "$value" -gt 0 ]
outcome "recv: without numbers a loss is possible but not countable, exit status 3"

source_is 0 1
dmaring recv source0 --block-bytes 4096 --buffers 8 --blocks 200 --waits --sequence u64 2> "$log" |
	{ sleep 0.5; cat; } > "$a"
[ "${PIPESTATUS[0]}" = 0 ] && missing=$(good_blocks "$a" 1) && [ "$missing" = 0 ] &&
	grep -q 'recv source0 (simulated): 200 blocks, 819200 bytes' "$log"
outcome "recv: a source that waits loses nothing, and the summary says what was moved"

dmaring recv source0 "$a" --bytes 10000 --block-bytes 4096 --quiet 2> "$log" &&
	[ "$(stat -c %s "$a")" = 10000 ] && [ ! -s "$log" ]
outcome "recv: --bytes to the byte, --quiet says nothing"

source_is 40 1
start=$(date +%s%N)
dmaring recv source0 "$a" --block-bytes 4096 --seconds 1.5 --sequence u64 --json 2> "$log"
[ $(($(date +%s%N) - start)) -ge 1500000000 ] && value blocks "$log" && [ "$value" -ge 20 ]
outcome "recv: --seconds"
timeout --preserve-status -s INT 3 dmaring recv source0 "$a" --block-bytes 4096 --buffers 64 --sequence u64 \
	--json 2> "$log" &&
	is interrupted true "$log" && value blocks "$log" && [ "$value" -ge 10 ] &&
	[ "$(stat -c %s "$a")" = $((value * 4096)) ]
outcome "recv: SIGINT ends it with a summary of what is in the file"
dmaring recv source0 --block-bytes 4096 --sequence u64 --buffers 64 --json 2> "$log" | head -c 8192 > "$a"
[ "${PIPESTATUS[0]}" = 0 ] && [ "$(stat -c %s "$a")" = 8192 ]
outcome "recv: ends when its reader goes away"
dmaring recv source0 "$a" --block-bytes 4096 --blocks 10 --wav 48000:2 --quiet 2> "$log" &&
	[ "$(stat -c %s "$a")" = $((40960 + 44)) ] &&
	[ "$(od -A n -t u4 -j 24 -N 4 "$a" | tr -d ' ')" = 48000 ] &&
	[ "$(od -A n -t u4 -j 40 -N 4 "$a" | tr -d ' ')" = 40960 ] &&
	[ "$(head -c 4 "$a")" = RIFF ] && tail -c +45 "$a" | good_blocks - 1 > /dev/null
outcome "recv: WAV"
# As fast as it goes, so that it waits; from its first sample on.
echo 0 > $knobs/adc0/bytes_per_second
recv_adc()
{
	echo "$1" > $knobs/adc0/seed &&
		dmaring recv adc0 "$2" --block-bytes 16384 --bytes 100000 --waits --quiet 2> "$log"
}
recv_adc 5 "$a" && recv_adc 5 "$b" && cmp "$a" "$b" && recv_adc 6 "$b" && ! cmp -s "$a" "$b"
outcome "recv: adc0 gives the same bits for the same seed"
echo 250000 > $knobs/adc0/samples_per_second
dmaring recv sink0 "$a" 2> "$log"; [ $? -eq 1 ] && grep -q "no receive channel" "$log"
outcome "recv: a device without a receive channel"
dmaring recv source0 "$a" --sequence u63 2> "$log"; [ $? -eq 2 ] && grep -q -- --sequence "$log"
outcome "recv: nonsense is misuse"

# --- send
head -c 1000003 /dev/urandom > "$a"
dmaring recv loop0 "$b" --block-bytes 4096 --bytes 1000003 --waits --json 2> "$folder/recv.err" & receiver=$!
held loop0 rx
dmaring send loop0 < "$a" --block-bytes 4096 --json 2> "$log"; status=$?
wait $receiver && [ $status -eq 0 ] && is bytes 1000003 "$log" && is blocks 245 "$log" && cmp "$a" "$b"
outcome "send and recv, two programs, through loop0: nothing is changed, the short end included"
head -c 409600 /dev/zero | dmaring send sink0 --block-bytes 4096 --bytes 10000 --json 2> "$log" &&
	is bytes 10000 "$log" && is blocks 3 "$log"
outcome "send: --bytes"
echo 0 > $knobs/source0/sequence
dmaring recv source0 "$a" --block-bytes 4096 --blocks 50 --quiet 2> "$log"
echo 1 > $knobs/sink0/check
echo 0 > $knobs/sink0/mismatches
dmaring recv source0 --waits --block-bytes 4096 --blocks 50 --quiet --buffers 64 2> "$folder/recv.err" |
	dmaring send sink0 --block-bytes 4096 --quiet 2> "$log" &&
	[ "$(< $knobs/sink0/mismatches)" -le 1 ]
outcome "recv | send: the sink gets what the source makes"

# --- pipe
head -c 500001 /dev/urandom > "$a"
dmaring pipe loop0 < "$a" --block-bytes 4096 --json > "$b" 2> "$log" && is blocks 123 "$log" && cmp "$a" "$b"
outcome "pipe: file to file through loop0"
{ head -c 250000; sleep 0.5; cat; } < "$a" | dmaring pipe loop0 --block-bytes 8192 --quiet 2> "$log" |
	{ sleep 0.3; head -c 100000; sleep 0.5; cat; } > "$b"
[ "${PIPESTATUS[1]}" = 0 ] && cmp "$a" "$b"
outcome "pipe: from a pipe to a pipe, both at their own pace"
head -c 262144 /dev/urandom > "$a"
dmaring pipe fft0 < "$a" --block-bytes 4096 --output-bytes 8192 --json > "$b" 2> "$log" &&
	is blocks 64 "$log" && [ "$(stat -c %s "$b")" = 524288 ]
outcome "pipe: through fft0, twice as much comes back"

stream_fft=${B:-build}/user/examples/stream_fft
[ -x "$stream_fft" ] && "$stream_fft" fft0 200 > "$b" 2> "$log" && grep -q "200 blocks of 1024 points, 0 with" "$b"
outcome "a pair of streams keeps fft0 supplied, and knows which spectrum is of which block"

# --- top
source_is 100 1
dmaring recv source0 "$a" --block-bytes 4096 --buffers 64 --sequence u64 --quiet 2> "$folder/recv.err" & receiver=$!
held source0 rx
dmaring top --once --interval 3000 --json > "$b" 2> "$log" &&
	tr -d '\n' < "$b" | grep -qE '"name": ?"source0".*"holder": ?"'"$receiver "'.*"completed": ?[1-9]'
outcome "top: counts a device at work"
# 409600 bytes per second, seen in a guest that is slow at times.
top_bytes()
{
	tr -d '\n' < "$b" | grep -oE '"holder": ?"'"$receiver "'.*' | grep -oE '"per_second"[^}]*' | head -n 1 |
		grep -oE '"bytes": ?[0-9]+' | grep -oE '[0-9]+$'
}
echo "# $(top_bytes) bytes per second"
[ "$(top_bytes)" -gt 280000 ] && [ "$(top_bytes)" -lt 540000 ]
outcome "top: bytes per second are what the source makes"
dmaring top --once --interval 500 > "$b" 2> "$log"
[ "$(grep -cE "^ +rx +receive +[1-9][0-9]* +[0-9.]+ kB .*$receiver" "$b")" = 1 ] || { sed 's/^/# /' "$b"; false; }
outcome "top: shows its rate and who holds it"
kill -INT $receiver
wait $receiver

source_is 0 0
echo 0 > $knobs/source0/block_bytes
[ "$(< $knobs/violations)" = 0 ]
outcome "no rule of dmaengine was broken"
tap_end
