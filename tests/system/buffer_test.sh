#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Buffer devices by the commands and by the module's parameter, and programs that were
# written for u-dma-buf, or moved here from other drivers: examples/migrating. Needs
# root in a guest.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

{ [ -n "${DMARING_KO-}" ] && [ -e /dev/dmaring/loop0 ]; } || skip_all "not in a guest of tests/vm/run"
examples=$(dirname "$0")/../../examples/migrating
built=$(dirname "$0")/../../build/user/examples/migrating
class=/sys/class/dmaring

explain()
{
	echo "status $status, wanted $want and \"$pattern\""
	printf '%s\n' "$output"
}
output='' status=0 want=0 pattern=''

# says STATUS PATTERN COMMAND... - its exit status, and a line of all it says
says()
{
	want=$1 pattern=$2
	shift 2
	output=$("$@" 2>&1)
	status=$?
	[ $status -eq "$want" ] && grep -qE -- "$pattern" <<< "$output"
	outcome "${*##*/}"
}

# one STATUS PATTERN COMMAND... - the same, of its only line
one()
{
	want=$1 pattern=$2
	shift 2
	output=$("$@" 2>&1)
	status=$?
	[ $status -eq "$want" ] && [ "$(wc -l <<< "$output")" = 1 ] && grep -qE -- "$pattern" <<< "$output"
	outcome "$*"
}

nobody() { setpriv --reuid 65534 --clear-groups --inh-caps=-all "$@"; }

# --- add, list, info, remove
one 0 '^/dev/dmaring/frames$' dmaring add frames --size 1M
says 0 '^frames +buffer of 1 MiB +memory, added$' dmaring list
list=$(dmaring list --json | tr -d ' \n')
grep -q '"name":"frames".*"buffer":{"bytes":1048576,"kind":"[a-z]*"}' <<< "$list"; outcome "list --json"
says 0 '^frames: a buffer of 1 MiB' dmaring info frames
says 0 'bus address 0x[1-9a-f]' dmaring info /dev/dmaring/frames
says 0 '"bus_address": *[1-9]' dmaring info frames --json
chmod 666 /dev/dmaring/frames
says 0 'is shown to root' nobody dmaring info frames
! nobody dmaring info frames --json | grep -q '"bus_address":'; outcome "nor by --json"
says 0 'loop0.*rx .receive.' dmaring list
one 1 'recv frames: it has no receive channel' dmaring recv frames --quiet /tmp/none
one 1 'axidma frames: it is a buffer: memory without channels' "$built/axidma" frames
says 1 'it is a buffer: memory without channels' dmaring selftest frames
one 1 'add frames: there is a device of that name' dmaring add frames --size 4k
one 0 '^/dev/dmaring/low$' dmaring add low --size 0x1000 --minor 9 --dma-mask 24
[ $(($(cat $class/low/phys_addr))) -lt $((1 << 24)) ] && [ "$(stat -c %T /dev/dmaring/low)" = 9 ]
outcome "within 24 bits, of that number"
one 1 'add x: minor number 9 is taken' dmaring add x --size 4k --minor 9
one 1 'add x: there are no 1000G bytes in one piece .*cma=' dmaring add x --size 1000G
one 1 'add x: size many, .* cannot be' dmaring add x --size many
one 1 'add x: size 4k, .* cannot be' dmaring add x --size 4k --minor 256
one 1 'add x: size 4k, .* cannot be' dmaring add x --size 4k --dma-mask 65
one 1 'cannot be' dmaring add x --size '4k copy:any'
one 2 'a buffer has no channels' dmaring add x --size 4k --copy
one 2 'a buffer has no channels' dmaring add x --size 4k --width 4
one 2 'are of buffers' dmaring add x --copy --minor 3
one 1 'only root may .*sudo dmaring add' nobody dmaring add x --size 4k
one 1 'remove x: no such device was added .added: frames, low.' dmaring remove x
dmaring remove low && [ ! -e /dev/dmaring/low ]; outcome "remove low"
dmaring remove frames && [ ! -e /dev/dmaring/frames ]; outcome "remove frames"

# --- by the module's parameter, among them some that cannot be
rmmod dmaring && insmod "$DMARING_KO" buffers=udmabuf0:1048576,frames:4k:17,wrong,loop0:0,frames:4k
outcome "the driver loads with buffers=..."
[ "$(cat $class/udmabuf0/size)" = 1048576 ] && [ "$(cat $class/frames/size)" = 4096 ] &&
	[ "$(stat -c %T /dev/dmaring/frames)" = 11 ] && [ ! -e /dev/dmaring/wrong ] &&
	[ ! -e $class/loop0/size ]
outcome "with those that can be"
[ "$(dmesg | grep -c 'buffers=.*: no such buffer was made')" = 3 ]; outcome "and three lines about the others"
dmaring remove frames && [ ! -e /dev/dmaring/frames ]; outcome "which can be removed"

# --- u-dma-buf's usage, unchanged but for the path
sed -e 's,^node=.*,node=/dev/dmaring/udmabuf0,' \
	-e 's,^class=.*,class=/sys/class/dmaring/udmabuf0,' "$examples/udmabuf.sh" > /tmp/udmabuf.sh
[ "$(diff "$examples/udmabuf.sh" /tmp/udmabuf.sh | grep -c '^>')" = 2 ]; outcome "two lines of the script are changed"
says 0 '^done$' sh /tmp/udmabuf.sh
says 0 '1048576 bytes at 0x[1-9a-f].* are right' "$built/udmabuf" /dev/dmaring/udmabuf0 $class/udmabuf0
if command -v python3 > /dev/null; then
	says 0 '^1048576 49$' python3 "$examples/udmabuf.py" /dev/dmaring/udmabuf0 $class/udmabuf0
else
	skip "udmabuf.py" "no python3"
fi
# O_DIRECT, splice, and the end
dd if=/dev/zero of=/dev/dmaring/udmabuf0 bs=64k 2>&1 | grep -q 'No space left'; outcome "a write past the end is said"
head -c 1M /dev/urandom > /tmp/random && cp /tmp/random /dev/dmaring/udmabuf0 && cmp -n 1048576 /tmp/random /dev/dmaring/udmabuf0
outcome "cp into it"

# --- moved from other drivers
says 0 '200 blocks of 131072 bytes came back' "$built/dma_proxy" loop0 200
says 0 '65536 bytes came back' "$built/axidma" loop0
says 0 '65536 bytes came back' "$built/ezdma" /dev/dmaring/loop0
for alias in of:NudmabufT\(null\)Cikwzm,u-dma-buf of:NudmabufT\(null\)Cikwzm,udmabuf-0.10.a \
	of:NbT\(null\)Cdmaring,buffer of:NaT\(null\)Cxlnx,axidma-chrdev of:NeT\(null\)Cezdma; do
	pattern=${alias##*C} want=0
	output=$(modinfo -F alias "$DMARING_KO")
	grep -qxF "of:N*T*C$pattern" <<< "$output"
	outcome "the module is found for $pattern"
done
dmaring remove udmabuf0; outcome "remove udmabuf0"
tap_end
