#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each command that docs/porting.md has for the board ("# on the board") is run, in the order of
# the page, in a guest that stands for it. (Those that build are what tests/vm/run does for other machines.)
# shellcheck disable=SC2317  # modprobe() is called by the page
set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

# What the command said.
explain() { cat "$log"; }

page=$(dirname "$0")/../../docs/porting.md
[ -e /dev/dmaring/mem0 ] || skip_all "no /dev/dmaring/mem0"
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT

# The module is where "make modules_install" would have put it.
release=$(uname -r)
mkdir -p "$work/lib/modules/$release"
cp "$DMARING_KO" "$work/lib/modules/$release/" && depmod -b "$work" "$release" 2> /dev/null
modprobe() { command modprobe -d "$work" "$@"; }
rmmod dmaring
n=0
while read -r command; do
	n=$((n + 1))
	case $command in
	modprobe*)
		eval "$command" > "$log" 2>&1
		outcome "$command"
		# mem0 would hold the only channel for copies.
		echo dmaring.4 > /sys/bus/platform/drivers/dmaring/unbind ;;
	zcat*)	# Debian's kernels have it in /boot
		if [ -e /proc/config.gz ]; then
			eval "$command" > "$log" 2>&1; outcome "$command"
		else
			skip "$command" "no CONFIG_IKCONFIG_PROC"
		fi ;;
	*)
		eval "$command" > "$log" 2>&1
		outcome "$command" ;;
	esac
done < <(awk '/^```sh$/ { getline; inside = ($0 == "# on the board"); next } /^```/ { inside = 0 } inside' "$page")
[ $n -ge 10 ]
outcome "the page has commands ($n)"
echo dmaring.4 > /sys/bus/platform/drivers/dmaring/bind
[ -e /dev/dmaring/mem0 ]
outcome "all is as before"
tap_end
