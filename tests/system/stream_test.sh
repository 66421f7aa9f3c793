#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Byte streams with the tools that everybody has: cat, dd, head, cp, tee and
# pipes, on loop0, sink0 and source0. Needs a guest. Prints TAP.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

loop=/dev/dmaring/loop0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# file BYTES - of noise, in $folder/in
file() { head -c "$1" /dev/urandom > "$folder/in"; }

# reader BYTES - reads so many from loop0 into $folder/out, in the background
reader()
{
	rm -f "$folder/out"
	timeout 30 head -c "$1" "$loop" > "$folder/out" &
	reader=$!
}

# arrived - the reader has ended, with what was sent
arrived() { wait "$reader" && cmp "$folder/in" "$folder/out"; }

if [ ! -c $loop ]; then
	skip_all "no $loop: not in a guest"
fi

residue=$(cat /sys/module/dmaring_sim/parameters/residue 2> /dev/null)
if [ "$(< /sys/class/dmaring/loop0/tx/alignment)" != 1 ] || [[ $residue =~ ^(full|none|descriptor)$ ]]; then
	skip_all "loop0 does not move and tell every number of bytes"
fi

for bytes in 1 999 65536 65537 1000003; do
	file $bytes; reader $bytes
	cat "$folder/in" > $loop && arrived; outcome "cat file > loop0, $bytes bytes"
done

file 300000; reader 300000
cp "$folder/in" $loop && arrived; outcome "cp file loop0"

file 123457; reader 123457
(tee $loop < "$folder/in" > /dev/null) && arrived; outcome "tee loop0"

file 65536; reader 65536
dd if="$folder/in" of=$loop bs=1000 status=none && arrived; outcome "dd of=loop0 bs=1000"

file 3000000; reader 3000000
dd if="$folder/in" of=$loop bs=1M conv=fsync status=none && arrived; outcome "dd of=loop0 bs=1M conv=fsync"

file 200000
timeout 30 dd if=$loop of="$folder/out" bs=200000 count=1 iflag=fullblock status=none & reader=$!
dd if="$folder/in" of=$loop bs=7777 status=none && arrived; outcome "dd if=loop0 iflag=fullblock"

# Three programs, three files, one after another into one reader.
file 30000; reader 30000
(head -c 10000 "$folder/in"; tail -c +10001 "$folder/in" | head -c 10000; tail -c 10000 "$folder/in") > $loop && arrived
outcome "several programs, one open file"

file 100000; reader 100000
gzip -c "$folder/in" | gunzip > $loop && arrived; outcome "gunzip > loop0"

file 50000
(timeout 30 head -c 50000 < $loop | gzip -c | gunzip > "$folder/out") & reader=$!
cat "$folder/in" > $loop && arrived; outcome "loop0 into a pipe"

[ "$(timeout 30 head -c 4096 /dev/dmaring/source0 | wc -c)" = 4096 ]; outcome "head -c of source0"

head -c 1000000 /dev/zero | timeout 30 cat > /dev/dmaring/sink0; outcome "cat into sink0"

# Nothing comes: the reader is stopped by a signal, and loop0 is free again.
timeout 0.5 cat $loop > /dev/null; [ $? = 124 ]; outcome "a blocked cat ends by a signal"
file 1000; reader 1000
cat "$folder/in" > $loop && arrived; outcome "and leaves the device free"

# Nobody reads: the writer is killed, at once. It alone has the file open, as
# whoever else had would wait in its own close().
file 1000000
SECONDS=0
# shellcheck disable=SC2016 # for the inner shell
timeout 1 sh -c 'exec cat "$1" > "$2"' sh "$folder/in" $loop
[ $? = 124 ] && [ $SECONDS -lt 9 ]; outcome "a blocked writer ends by a signal"
reader 1000000
cat "$folder/in" > $loop && arrived; outcome "and leaves nothing behind"

timeout 30 cat $loop > /dev/null & holder=$!
for ((i = 0; i < 100; i++)); do
	[ "$(< /sys/class/dmaring/loop0/rx/holder)" = - ] || break
	sleep 0.1
done
[ "$(< /sys/class/dmaring/loop0/rx/holder)" = "$(pgrep -P $holder) cat" ]; outcome "sysfs says who reads"
message=$(LC_ALL=C cat $loop 2>&1 > /dev/null); [[ $message == *"Device or resource busy"* ]]
outcome "a second reader hears that it is busy"
kill $holder; wait $holder 2> /dev/null
[ "$(< /sys/class/dmaring/loop0/rx/holder)" = - ]; outcome "until the first has gone"

message=$(LC_ALL=C cat /dev/dmaring/sink0 2>&1); [[ $message == *"Operation not supported"* ]]
outcome "what only sends cannot be read"

if command -v pv > /dev/null; then
	file 400000; reader 400000
	pv -q "$folder/in" > $loop && arrived; outcome "pv file > loop0"
	file 400000
	(timeout 30 pv -q $loop | head -c 400000 > "$folder/out") & reader=$!
	cat "$folder/in" > $loop && arrived; outcome "pv loop0 | head"
else
	skip "pv file > loop0" "pv is not installed"
	skip "pv loop0 | head" "pv is not installed"
fi

tap_end
