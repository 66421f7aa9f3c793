#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The files of packaging/ agree with VERSION, with the modules that Kbuild
# makes, with the class that the driver registers, and with each other.
# Nothing is installed. Prints TAP.

set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
version=$(cat VERSION)

# is TEXT GOT WANT
is()
{
	if [ "$2" = "$3" ]; then
		result "$1" true
	else
		result "$1: '$2', expected '$3'" false
	fi
}

# yes TEXT COMMAND...
yes()
{
	text=$1
	shift
	if "$@" >/dev/null 2>&1; then
		is "$text" yes yes
	else
		is "$text" no yes
	fi
}

# dkms.conf is read as DKMS reads it: sourced by bash, with these set.
dkms()
{
	kernelver=KVER kernel_source_dir=KDIR bash -c ". packaging/dkms.conf && echo \"$1\""
}

case $version in
[0-9]*.[0-9]*.[0-9]*) is "VERSION is three numbers" yes yes ;;
*) is "VERSION is three numbers" "$version" "N.N.N" ;;
esac
# shellcheck disable=SC2016 # expanded by dkms()
{
is "dkms.conf has the version" "$(dkms '$PACKAGE_VERSION')" "$version"
is "dkms.conf has the name" "$(dkms '$PACKAGE_NAME')" dmaring
is "dkms.conf builds for the kernel it is asked for" "$(dkms '${MAKE[0]}')" "make modules KDIR=KDIR"
for i in 0 1; do
	module=$(dkms "\${BUILT_MODULE_NAME[$i]}")
	yes "Kbuild makes $module of dkms.conf" \
		grep -rqE "^obj-.*\\<$module\\.o" src/kernel --include=Kbuild
	is "$module is looked for where make leaves it" \
		"$(dkms "\${BUILT_MODULE_LOCATION[$i]}")" build/kernel/KVER
done
}
for module in src/kernel/main.c src/kernel/sim/main.c; do
	text=$(sed -n 's/^MODULE_VERSION(\(.*\));/\1/p' $module 2>/dev/null)
	case $text in
	\"*\") is "MODULE_VERSION in $module" "$text" "\"$version\"" ;;
	*) yes "MODULE_VERSION in $module comes from VERSION by the build (${text:-missing})" \
		grep -qE "\\<${text:-missing}=\\$\\(VERSION\\)" mk/modules.mk ;;
	esac
done

yes "dmaring.pc.in takes the version from the build" grep -q '^Version: @VERSION@$' packaging/dmaring.pc.in

group=$(sed -n 's/^g \([^ ]*\) .*/\1/p' packaging/sysusers.d/dmaring.conf)
rules=$(grep -v '^#' packaging/60-dmaring.rules)
is "two udev rules" "$(echo "$rules" | grep -c .)" 2
rule=$(echo "$rules" | head -n 1) second=$(echo "$rules" | tail -n 1)
is "the rule's group is the one that sysusers makes" \
	"$(echo "$rule" | sed -n 's/.*GROUP="\([^"]*\)".*/\1/p')" "$group"
is "the rule's mode" "$(echo "$rule" | sed -n 's/.*MODE="\([^"]*\)".*/\1/p')" 0660
class=$(echo "$rule" | sed -n 's/.*SUBSYSTEM=="\([^"]*\)".*/\1/p')
yes "the rule's subsystem is the driver's class" \
	grep -rqE "\\.name[[:space:]]*=[[:space:]]*\"$class\"|class_(create|register).*\"$class\"" \
	src/kernel --include='*.c'
yes "the second rule's kind of device is the driver's" \
	grep -q "name = \"$(echo "$second" | sed -n 's/.*ENV{DEVTYPE}=="\([a-z]*\)".*/\1/p')\"" src/kernel/buffer.c
is "its group is that of the first" "$(echo "$second" | sed -n 's/.*chgrp \([a-z]*\) .*/\1/p')" "$group"
is "its files are phys_addr and those that can be written" \
	"$(echo "$second" | sed -n "s/.*chgrp [a-z]* \\([a-z_ ]*\\)'.*/\\1/p" | tr ' ' '\n' | sort | tr '\n' ' ')" \
	"$(sed -n -e 's/.*__ATTR(\([a-z_]*\),.*/\1/p' -e 's/^SETTING(\([a-z_]*\),.*/\1/p' \
		src/kernel/buffer_sysfs.c | grep -vx name | sort | tr '\n' ' ')"
if command -v systemd-sysusers >/dev/null; then
	yes "systemd-sysusers understands dmaring.conf" \
		systemd-sysusers --dry-run --root=/nonexistent "$root/packaging/sysusers.d/dmaring.conf"
fi
make -n install DESTDIR=/destination >"${TMPDIR:-/tmp}/dmaring-install.$$" 2>/dev/null
for file in packaging/60-dmaring.rules packaging/sysusers.d/dmaring.conf; do
	yes "make install installs $file" grep -q "$file" "${TMPDIR:-/tmp}/dmaring-install.$$"
done
rm -f "${TMPDIR:-/tmp}/dmaring-install.$$"
for file in packaging/*.* packaging/sysusers.d/*; do
	[ -f "$file" ] || continue
	yes "$file says its licence first" sh -c "head -n 1 '$file' | grep -q SPDX-License-Identifier"
done

tap_end
