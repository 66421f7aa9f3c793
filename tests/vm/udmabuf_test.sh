#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Buffers that the device tree describes, in words of u-dma-buf: those of raspi3b.dts.
# Runs in the guest of that machine.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

class=/sys/class/dmaring
nodes=/dev/dmaring
[ -e $class/udmabuf0/size ] || skip_all "the device tree has no buffers"
program=$(dirname "$0")/../../build/user/examples/migrating/udmabuf

explain() { [ -z "$seen" ] || printf '%s\n' "$seen"; }
seen=''

# is DEVICE FILE=VALUE... - files of a buffer
is()
{
	local device=$1 word
	shift
	seen=''
	for word; do
		[ "$(cat "$class/$device/${word%%=*}")" = "${word#*=}" ] ||
			seen+="${word%%=*} is $(cat "$class/$device/${word%%=*}"), not ${word#*=}"$'\n'
	done
	[ -z "$seen" ]
}

address() { printf '%d' "$(cat "$class/$1/phys_addr")"; }

is udmabuf@0x00 size=1048576 sync_mode=1 sync_offset=0x0 sync_size=0 sync_direction=0 sync_owner=0 \
	dma_coherent=0 added=0 kind=pages
outcome a_node_gives_its_name
is udmabuf4 size=65536 sync_mode=6 sync_offset=0x1000 sync_size=61440 sync_direction=2 && [ "$(stat -c %T $nodes/udmabuf4)" = 4 ]
outcome a_number_gives_the_name
is udmabuf0 size=16777216 kind=contiguous && [ "$(address udmabuf0)" = $((0x21000000)) ] &&
	[ "$(stat -c %T $nodes/udmabuf0)" = 0 ]
outcome reusable_memory_of_a_region
is carved size=3145728 kind=reserved &&
	[ "$(address carved)" -ge $((0x20000000)) ] && [ "$(address carved)" -lt $((0x20400000)) ]
outcome reserved_memory_of_a_region
is snooping dma_coherent=1
outcome a_coherent_bus_master
is behind-the-bus size=8192 && [ "$(address behind-the-bus)" -ge $((0xc0000000)) ]
outcome bus_addresses_are_those_of_the_bus
[ ! -e $class/wrong ] && dmesg | grep -q 'sync-mode is none of 0 to 3'
outcome what_cannot_be_is_said

for device in udmabuf@0x00 udmabuf4 udmabuf0 carved snooping behind-the-bus; do
	size=$(cat "$class/$device/size")
	seen=''
	[ "$(dd if="$nodes/$device" bs=64k 2> /dev/null | tr -d '\0' | wc -c)" = 0 ]
	outcome "zero_at_first_$device"
	head -c "$size" /dev/urandom > /tmp/random
	dd if=/tmp/random of="$nodes/$device" bs=64k 2> /dev/null &&
		dd if="$nodes/$device" bs=4k 2> /dev/null | cmp - /tmp/random
	outcome "dd_$device"
	seen=$("$program" "$nodes/$device" "$class/$device" 2>&1)
	outcome "maps_$device"
done
rm -f /tmp/random

# Bound anew, a region is whole again.
for device in udmabuf0 carved; do
	before=$(address $device) own=$(basename "$(readlink -f "$class/$device/device")")
	driver=$(readlink -f "$class/$device/device/driver")
	seen="was at $before"
	echo "$own" > "$driver/unbind" && [ ! -e $nodes/$device ] && echo "$own" > "$driver/bind" &&
		[ "$(address $device)" = "$before" ] &&
		[ "$(dd if=$nodes/$device bs=64k 2> /dev/null | tr -d '\0' | wc -c)" = 0 ]
	outcome "bound_anew_$device"
done
tap_end
