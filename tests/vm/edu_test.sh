#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bus master on PCI, QEMU's edu device: behind an IOMMU, with few address bits,
# and unplugged in the middle of a transfer; and with no driver, fed from a buffer
# device. tests/system/edu.c and master.c have the tests; this script makes the
# machines, plugs, and judges. Prints TAP.
# shellcheck disable=SC2016  # what is quoted is for the guest's shell
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top" || exit 1

slot='-device pcie-root-port,id=slot0,chassis=1 -device edu,bus=slot0,id=edu0,dma_mask=0xffffffffffffffff'
iommu='intel_iommu=on iommu.strict=1'

# Why it did not end well, and what the guest said last.
explain()
{
	[ -z "$why" ] || echo "$why"
	tail -n 20 "$work/out" "$work/err"
}
why=''

# guest SETTINGS PARAMETERS OPTION... - runs the tests; leaves out, err and status
guest()
{
	local settings=$1 parameters=$2
	shift 2
	tests/vm/run --timeout 120 "$@" -- sh -c '
		insmod "${DMARING_KO%/*}/dmaring_edu.ko" '"$parameters"' &&
		CMOCKA_MESSAGE_OUTPUT=TAP '"$settings"' /src/build/tests/system/edu' > "$work/out" 2> "$work/err" < /dev/null
	status=$?
}

# results NAME EXPECTED [TEST...] - the guest's own ones, and how it ended; each TEST has to be
# among those that passed
results()
{
	local name=$1 expected=$2 line why='' test
	shift 2
	while IFS= read -r line; do
		case $line in *'# SKIP'*) continue ;; esac
		[[ $line != not* ]]
		outcome "$name: ${line#*- }"
	done < <(grep -E '^(not )?ok ' "$work/out")
	for test; do
		grep -q "^ok .*$test" "$work/out" || why="$test is missing"
	done
	[ "$status" = "$expected" ] || why="it ended with $status, not $expected"
	[ -z "$why" ]
	outcome "$name: the guest ended as it has to"
}

# Nothing between the device and the memory: it writes where it is told to.
guest EDU_FOREIGN=1 '' --qemu "$slot"
results "no IOMMU" 0 memory_of_others what_is_copied

# Its registers are a process's, and the memory is a buffer.
tests/vm/run --timeout 120 --qemu '-device edu' -- \
	env CMOCKA_MESSAGE_OUTPUT=TAP /src/build/tests/system/master > "$work/out" 2> "$work/err" < /dev/null
status=$?
results "a buffer" 0 the_device_reads_and_writes_the_buffer

# Translated, and only 28 bits: below 256 MiB as the device sees it. What it may not
# reach is in the kernel's log, which the guest is judged by.
guest "EDU_IOMMU=1 EDU_BITS=28 EDU_FOREIGN=1" mask_bits=28 --qemu "-device intel-iommu $slot" --append "$iommu"
results "IOMMU, 28 bits" 125 memory_of_others addresses_are what_is_copied
sed -i '1,/^vm: the kernel reported:/d' "$work/err"
grep -q 'DMAR: .DMA Write.*PTE Write access is not set' "$work/err" && ! grep -v DMAR: "$work/err"
outcome "IOMMU, 28 bits: that write is all that was reported"

# Unplugged by the machine's monitor, while transfers are under way.
mkfifo "$work/monitor.in" "$work/monitor.out"
(
	exec 3<> "$work/monitor.in" 4<> "$work/monitor.out"
	for ((i = 0; i < 1200; i++)); do
		grep -q '^ready' "$work/err" 2> /dev/null && break
		sleep 0.1
	done
	sleep 1
	echo "device_del edu0" >&3
	sleep 20
) &
plug=$!
guest "EDU_IOMMU=1 EDU_UNPLUG=1" '' --append "$iommu" \
	--qemu "-device intel-iommu $slot -chardev pipe,id=monitor,path=$work/monitor -mon chardev=monitor"
results "unplugged" 0 unplugging_ends_all
kill $plug 2> /dev/null
wait $plug 2> /dev/null

tap_end
