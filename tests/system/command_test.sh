#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands and examples that README and man pages show, on the virtual
# controller: each says what it promises, on stdout, and ends as it should.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

examples=$(dirname "$0")/../../build/user/examples
[ -e /dev/dmaring/loop0 ] || skip_all "no /dev/dmaring/loop0"

# What the command said.
explain()
{
	echo "status $status, wanted $want and \"$pattern\""
	echo "$output"
	sed 's/^/stderr: /' /tmp/command_test.err
}

# expect STATUS PATTERN COMMAND... - its exit status, and a line of its stdout
expect()
{
	local want=$1 pattern=$2 output status
	shift 2
	output=$("$@" 2> /tmp/command_test.err)
	status=$?
	[ $status -eq "$want" ] && grep -qE -- "$pattern" <<< "$output"
	outcome "${*##*/}"
}

expect 0 'mem0.*simulated|simulated' dmaring
for device in loop0 fft0 source0 sink0 mem0 adc0; do
	expect 0 "^$device" dmaring list
	expect 0 "$device" dmaring info "$device"
	expect 0 ' 0 failed' dmaring selftest "$device"
done
expect 0 '"simulated": *true' dmaring list --json
expect 0 '^\{' dmaring info loop0 --json
expect 0 'memory for pools: default.*, coherent.*, cma' dmaring info loop0
expect 0 ' 0 failed' dmaring selftest --loopback loop0
expect 0 ' 0 failed' dmaring selftest --loopback --bytes 4k --depth 1 loop0
expect 2 '' dmaring selftest --loopback --depth 5 loop0
expect 0 ' 0 failed' dmaring selftest --loopback --bytes 4k --min-bytes 64 loop0
expect 2 '' dmaring selftest --loopback --min-bytes 2000 loop0
expect 0 'fail_error' dmaring fault loop0 rx
expect 0 '^user +65536( +[0-9.]+){6}$' dmaring bench-memory mem0 --size 64k --ms 2
expect 0 '"kind": *"write-combining"' dmaring bench-memory loop0 --size 4k --ms 1 --json
expect 2 '' dmaring bench-memory mem0 --size 100
expect 1 '' dmaring bench-memory no-such-device
expect 0 '[0-9]' dmaring --version
expect 0 'usage|Usage' dmaring --help
expect 2 '' dmaring no-such-command
expect 1 '' dmaring info no-such-device
expect 0 '' dmaring top --once
expect 0 'came back' "$examples/loopback" loop0
expect 0 '100 blocks' "$examples/epoll_fft" fft0 100
tap_end
