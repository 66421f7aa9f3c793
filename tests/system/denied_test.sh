#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel without io_uring: all that does not ask for it works, and what does says so. Once
# as if it had been configured so, by a filter, and once forbidden by the administrator, where the kernel
# has a sysctl for it. Wants the virtual controller.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

# What the command said.
explain() { cat "$log"; }

build=$(dirname "$0")/../../build
examples=$build/user/examples
[ -e /dev/dmaring/loop0 ] || skip_all "no /dev/dmaring/loop0"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fails_clearly WORDS COMMAND... - with 1, and a line that has the words
fails_clearly()
{
	local words=$1
	shift
	"$@" > "$log" 2>&1
	[ $? = 1 ] && [ "$(grep -c . "$log")" = 1 ] && grep -q -- "$words" "$log"
}

# rest HOW COMMAND... - what needs no io_uring, run by COMMAND
rest()
{
	local how=$1
	shift
	"$@" dmaring selftest --loopback loop0 > "$log" 2>&1; outcome "selftest, $how"
	"$@" "$examples/loopback" loop0 > "$log" 2>&1; outcome "a ring and poll, $how"
	"$@" "$examples/epoll_fft" fft0 100 > "$log" 2>&1; outcome "epoll, $how"
	"$@" dmaring recv source0 /dev/null --block-bytes 4096 --blocks 100 --waits > "$log" 2>&1
	outcome "a recording, $how"
	CMOCKA_MESSAGE_OUTPUT=TAP "$@" "$build/tests/system/reader" > "$log" 2>&1
	outcome "read mode by read(), $how"
}

fails_clearly 'no io_uring: Function not implemented' "$build/tests/system/denied" "$examples/uring_reader" source0 10 /dev/null
outcome "who asks for io_uring is told that there is none"
rest "where there is none" "$build/tests/system/denied"

switch=/proc/sys/kernel/io_uring_disabled
if [ -w $switch ]; then
	was=$(< $switch)
	echo 2 > $switch
	fails_clearly 'no io_uring: Operation not permitted' "$examples/uring_reader" source0 10 /dev/null
	outcome "who asks for io_uring is told that it is forbidden"
	rest "where it is forbidden" env
	echo "$was" > $switch
else
	skip "io_uring forbidden" "no kernel.io_uring_disabled before 6.6"
fi
tap_end
