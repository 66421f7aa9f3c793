#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaring recv to a disk and to a socket: the bytes arrive, and the CPU neither reads nor copies
# them. Two witnesses: hardware breakpoints on words of the pool's mapping, which
# see a copy from user memory, and probes on the kernel's functions that copy into
# the page cache, which add up the bytes. Each is shown to see a copy first. Needs root in a guest.
# shellcheck disable=SC2015,SC2086,SC2317  # chains of tests; lists of words; the trap calls finish()
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"
# shellcheck source=tests/system/json
. "$(dirname "$0")/json"

# What the command said.
explain() { tail -q -n 5 "$folder"/*.err 2> /dev/null; }

knobs=/sys/kernel/debug/dmaring_sim
tracing=/sys/kernel/tracing
slowness=${DMARING_SLOWNESS:-1}	# of a kernel that checks all it does
folder=$(mktemp -d)
disk=$folder/disk
probes=''

finish()
{
	echo 0 > $tracing/events/dmaring_copies/enable
	for name in $probes; do echo "-:dmaring_copies/$name"; done >> $tracing/kprobe_events
	umount "$disk"
	rmmod brd
	rm -rf "$folder"
} 2> /dev/null
trap finish EXIT

# source_is BLOCKS-PER-SECOND SEQUENCE - of 65536 bytes
source_is()
{
	echo 65536 > $knobs/source0/block_bytes &&
		echo "$2" > $knobs/source0/sequence &&
		echo "$1" > $knobs/source0/blocks_per_second
}

counts() { build/tests/system/counted "$@"; }
numbered() { build/tests/system/counted -n "$1"; }

held() { [ "$(< "/sys/class/dmaring/$1/rx/holder")" != - ]; }
has_pool() { grep -q /dev/dmaring/ "/proc/$1/maps"; }
larger() { [ "$(stat -c %s "$1")" -gt "$2" ]; }
has_dropped() { [ $(($(< $knobs/source0/dropped_blocks) - before)) -ge "$1" ]; }

# copied COMMAND... - runs it; the bytes that the kernel copied meanwhile, in $copied
copied()
{
	local status hist
	for hist in $probes; do
		echo '!hist:keys=common_type:vals=bytes' > "$tracing/events/dmaring_copies/$hist/trigger"
		echo 'hist:keys=common_type:vals=bytes' > "$tracing/events/dmaring_copies/$hist/trigger"
	done
	"$@"
	status=$?
	copied=$(cat $tracing/events/dmaring_copies/*/hist | sed -n 's/.* bytes: *\([0-9]*\).*/\1/p' |
		awk '{ sum += $1 } END { print sum + 0 }')
	return $status
}

# touched COMMAND... - runs it until 40 blocks more are on the disk; how often somebody
# looked at the pool, in $touched
touched()
{
	local program watcher status
	rm -f "$disk/a"
	"$@" & program=$!
	wait_for has_pool $program
	build/tests/system/touched $program > "$folder/touched" 2> "$folder/touched.err" & watcher=$!
	wait_for grep -q watching "$folder/touched" && wait_for larger "$disk/a" 0 &&
		wait_for larger "$disk/a" $(($(stat -c %s "$disk/a") + 40 * 65536))
	kill -INT $program
	wait $program
	status=$?
	wait $watcher
	touched=$(tail -n 1 "$folder/touched")
	return $status
}

[ -n "${DMARING_SIM_KO-}" ] || skip_all "no DMARING_SIM_KO: not in a guest"
command -v mkfs.ext4 > /dev/null || skip_all "no mkfs.ext4"
[ ! -e /sys/module/brd ] || { echo "# somebody left a RAM disk of another size behind"; exit 1; }
modprobe brd rd_nr=2 rd_size=65536 || skip_all "no brd.ko"
modprobe ext4
mkdir "$disk"
mkfs.ext4 -q -m 0 /dev/ram0 && mount /dev/ram0 "$disk" || skip_all "no file system on /dev/ram0"
# What copies for files in the page cache, of every file system that we may meet.
for name in generic_perform_write iomap_file_buffered_write; do
	grep -q " [tT] $name\( \|$\)" /proc/kallsyms || continue
	echo "r:dmaring_copies/$name $name bytes=\$retval:u64" >> $tracing/kprobe_events && probes+=" $name"
done
echo 1 > $tracing/events/dmaring_copies/enable

a=$folder/a b=$folder/b log=$folder/log.err
payload=$((300 * 65536))
case $(uname -r) in
6.1.*) way="O_DIRECT" ;;	# refuses pages of a driver as registered buffers
*) way="O_DIRECT of registered buffers" ;;
esac

# --- nothing is copied in the kernel, and the data are right
source_is 0 0
copied dmaring recv source0 "$disk/a" --blocks 300 --waits --buffered --json 2> "$log"
echo "# copied $copied of $payload bytes"
is output "buffered writes" "$log" && is copied true "$log" && [ "$copied" -ge $payload ]
outcome "control: the probes see a copy through the page cache"
rm "$disk/a"
copied dmaring recv source0 "$disk/a" --blocks 300 --waits --json 2> "$log"
echo "# copied $copied of $payload bytes"
is output "$way" "$log" && is copied false "$log" && is bytes $payload "$log" && [ "$copied" -lt 65536 ]
outcome "recv: the kernel copies nothing on the way to a disk ($way)"
[ "$(stat -c %s "$disk/a")" = $payload ] && counts "$disk/a"
outcome "recv: all of it is on the disk, in order"

# --- nobody looks at the pool
# A busy machine may drop blocks here, so they are numbered.
source_is 50 1
touched dmaring recv source0 "$disk/a" --waits --buffered --json 2> "$log"
echo "# touched $touched times"
[ "${touched:-0}" -gt 0 ]
outcome "control: the breakpoints see the copy"
touched dmaring recv source0 "$disk/a" --waits --json 2> "$log"
echo "# touched $touched times"
[ "$touched" = 0 ] && is output "$way" "$log" && numbered "$disk/a" > /dev/null
outcome "recv: nobody reads or writes the pool's mapping on the way to a disk"
touched dmaring recv source0 "$disk/a" --sequence u64 --json 2> "$log"
echo "# touched $touched times"
value blocks_lost "$log"
[ "$touched" = 0 ] && [ "$(numbered "$disk/a")" = "$value" ]
outcome "recv: with --sequence only the numbers are looked at"

# --- ends
source_is 0 0
dmaring recv source0 "$disk/a" --bytes 1000003 --waits --json 2> "$log" && is bytes 1000003 "$log" &&
	is copied false "$log" && [ "$(stat -c %s "$disk/a")" = 1000003 ] && counts "$disk/a"
outcome "recv: a tail that O_DIRECT does not take is written all the same"
dmaring recv source0 /dev/ram1 --blocks 100 --waits --json 2> "$log" && is output "$way" "$log" &&
	counts /dev/ram1 $((100 * 65536))
outcome "recv: straight to a block device"
source_is 40 1
timeout --preserve-status -s INT $((2 * slowness)) dmaring recv source0 "$disk/a" --waits --json 2> "$log" &&
	is interrupted true "$log" && value bytes "$log" && [ "$value" -gt 65536 ] &&
	[ "$(stat -c %s "$disk/a")" = "$value" ] && numbered "$disk/a" > /dev/null
outcome "recv: SIGINT ends it with a summary of what is on the disk"
source_is 0 0
dmaring recv source0 "$disk/full" --waits 2> "$log"
[ $? -eq 1 ] && grep -q "$disk/full: No space left" "$log"
outcome "recv: a full disk is a failure that says so"
rm "$disk/full"
dmaring fault source0 rx fail_error=1:write > /dev/null
dmaring recv source0 "$disk/a" --waits --blocks 100 2> "$log"
[ $? -eq 1 ] && grep -q "source0: Input/output error" "$log"
outcome "recv: a transfer that fails is a failure"

# --- loss
source_is 50 1
before=$(< $knobs/source0/dropped_blocks)
rm "$disk/a"
dmaring recv source0 "$disk/a" --buffers 16 --blocks 400 --sequence u64 --json 2> "$log" & receiver=$!
wait_for larger "$disk/a" 0
kill -STOP $receiver
sleep 2		# what is armed lasts for a third of a second
kill -CONT $receiver
wait_for has_dropped 20
# From here on the source waits, so that none is dropped behind the last one.
echo 0 > $knobs/source0/blocks_per_second
wait $receiver
[ $? -eq 3 ] && is blocks_lost $(($(< $knobs/source0/dropped_blocks) - before)) "$log" && is loss_unknown 0 "$log" &&
	is copied false "$log" && lost=$(numbered "$disk/a") && is blocks_lost "$lost" "$log"
outcome "recv: while it stands still blocks are lost, and counted to the block; exit status 3"

# --- where there is no way without a copy
source_is 0 0
dmaring recv source0 "$b" --bytes 1000003 --waits --json 2> "$log" &&
	grep -q "$b: this file system has no O_DIRECT: the bytes are copied" "$log" &&
	is copied true "$log" && [ "$(stat -c %s "$b")" = 1000003 ] && counts "$b"
outcome "recv: to a file in memory: a message, and a copy"
echo 0 > $knobs/source0/block_bytes
dmaring recv source0 "$disk/a" --block-bytes 10000 --blocks 20 --waits --json 2> "$log" &&
	grep -q "do not fit O_DIRECT" "$log" && [ "$(stat -c %s "$disk/a")" = 200000 ]
outcome "recv: blocks of an odd size: a message, and a copy"
source_is 0 0
head -c 2000003 /dev/urandom > "$a"
timeout $((30 * slowness)) dmaring recv loop0 "$disk/a" --bytes 2000003 --waits --json 2> "$folder/recv.err" & receiver=$!
wait_for held loop0
dmaring send loop0 --block-bytes 10000 --quiet < "$a" 2> "$log"
wait $receiver && cmp "$a" "$disk/a" && is copied true "$folder/recv.err"
outcome "recv: packets that end at odd lengths arrive unchanged"
cp build/user/dmaring "$folder/alone"
PATH=/usr/bin:/bin "$folder/alone" recv source0 "$disk/a" --blocks 20 --waits --json 2> "$log" &&
	is output "buffered writes" "$log" && counts "$disk/a"
outcome "recv: the command alone, without dmaring-recv, copies"

uring_reader=${B:-build}/user/examples/uring_reader
"$uring_reader" source0 100 "$disk/a" > "$b" 2> "$log" && grep -q "100 blocks in" "$b" &&
	[ "$(stat -c %s "$disk/a")" = $((100 * 65536)) ] && counts "$disk/a"
outcome "uring_reader: completed blocks go to a file by io_uring"

# --- to a socket
# served HOST COMMAND... - what recv sends to a listener that COMMAND starts is in $a
served()
{
	local host=$1 tries=0 listener
	shift
	"$@" timeout $((20 * slowness)) busybox nc -l -p 5000 > "$a" & listener=$!
	until dmaring recv source0 tcp:"$host":5000 --blocks 100 --waits --json 2> "$log"; do
		grep -q refused "$log" && [ $((tries++)) -lt 100 ] || break
		sleep 0.05
	done
	wait $listener
	[ "$(stat -c %s "$a")" = $((100 * 65536)) ] && counts "$a"
}
served 127.0.0.1 env && value output "$log" && [[ $value = zero-copy* ]] && is copied true "$log"
outcome "recv: to a socket; the loopback interface copies, and that is told"
head -c 1000003 /dev/urandom > "$a"
timeout $((30 * slowness)) "${B:-build}/user/examples/uring_echo" loop0 5001 > "$folder/echo" 2> "$log" & echo=$!
client() { timeout $((20 * slowness)) busybox nc 127.0.0.1 5001 < "$a" > "$b" && [ -s "$b" ]; }
wait_for client
wait $echo && grep -q "1000003 bytes echoed" "$folder/echo" && cmp "$a" "$b"
outcome "uring_echo: what a client sends goes through the device and back"
modprobe e1000 2> /dev/null
if [ -e /sys/class/net/eth1 ] && command -v ip > /dev/null; then
	ip netns add far && ip link set eth1 netns far && ip addr add 10.99.0.1/24 dev eth0 &&
		ip link set eth0 up && ip -n far addr add 10.99.0.2/24 dev eth1 && ip -n far link set eth1 up
	served 10.99.0.2 ip netns exec far && value output "$log" && [[ $value = zero-copy* ]] && is copied false "$log"
	outcome "recv: to a socket behind a network card: nothing is copied"
	ip netns del far
	rmmod e1000
else
	skip "recv: to a socket behind a network card" "no cards (--network of tests/vm/run), or no ip"
fi

source_is 0 0
echo 0 > $knobs/source0/block_bytes
[ "$(< $knobs/violations)" = 0 ]
outcome "no rule of dmaengine was broken"
tap_end
