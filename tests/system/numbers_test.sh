#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Loss with numbers in the metadata of descriptors, in each of dmaengine's two ways,
# and without: the program numbers on three controllers, and dmaring recv on one.
# What a controller is like is said when its client devices are made, so both
# modules are loaded anew, and with their defaults again afterwards. Needs root in
# a guest.
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"
# shellcheck source=tests/system/modules
. "$(dirname "$0")/modules"

[ -n "${DMARING_KO-}" ] || skip_all "not in a guest of tests/vm/run"

knobs=/sys/kernel/debug/dmaring_sim/source0
build=$(dirname "$0")/../../build

# program - its own lines become comments
program() { CMOCKA_MESSAGE_OUTPUT=TAP "$build/tests/system/numbers" | sed 's/^/# /'; return "${PIPESTATUS[0]}"; }

trap modules EXIT
modules metadata=none && program; outcome "without metadata loss is flagged"
modules metadata=client && program; outcome "metadata of the client: loss is counted to the block"
modules metadata=engine && program; outcome "metadata of the engine: loss is counted to the block"
"$build/user/dmaring" info source0 --json | grep -q '"loss_exact": *true'
outcome "info says that blocks are numbered"

# Blocks without a number in them: the driver alone knows.
echo 4096 > $knobs/block_bytes
echo 200 > $knobs/blocks_per_second
before=$(< $knobs/dropped_blocks)
counted=$(< /sys/class/dmaring/source0/rx/blocks_lost)
{
	"$build/user/dmaring" recv source0 --block-bytes 4096 --buffers 16 --blocks 300 --json 2> /tmp/numbers.log
	echo $? > /tmp/numbers.status
} | {
	# The reader stands still once data comes, and reads on a little. In the end the
	# source waits for buffers, so that none is dropped behind the last block that is
	# looked at.
	head -c 4096
	sleep 0.7
	head -c 409600
	echo 0 > $knobs/blocks_per_second
	cat
} > /dev/null
drops=$(($(< $knobs/dropped_blocks) - before))
counted=$(($(< /sys/class/dmaring/source0/rx/blocks_lost) - counted))
echo "# dropped by the source: $drops; recv: $(tr -d '\n' < /tmp/numbers.log)"
[ "$(< /tmp/numbers.status)" = 3 ] && [ "$drops" -gt 0 ] &&
	grep -q "\"blocks_lost\": *$drops\b" /tmp/numbers.log && grep -q '"loss_unknown": *0\b' /tmp/numbers.log
outcome "recv: blocks_lost is what the source has dropped, without a number in the blocks"
[ "$counted" = "$drops" ]
outcome "sysfs: the channel's blocks_lost is the same"
tap_end
