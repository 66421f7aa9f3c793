#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Asks the kernel tree what it offers: compiles probe.c once per question and
# writes the answers as a header.
#
# usage: probe.sh PROBE.C OUTPUT.H WORKDIR MAKE-COMMAND...
# MAKE-COMMAND builds external modules, all but the M= (e.g. make -C KDIR ARCH=arm64).
set -eu

probe=$1 output=$2 work=$3
shift 3

names=$(sed -n 's/^#ifdef PROBE_\([A-Z0-9_]*\)$/\1/p' "$probe")
rm -rf "$work"
mkdir -p "$work"
cp "$probe" "$work/probe.h"

# A function that is missing or has other arguments must be an error.
{
	echo "ccflags-y := -Werror=implicit-function-declaration -Werror=implicit-int"
	echo "ccflags-y += -Werror=incompatible-pointer-types -Werror=int-conversion"
	for name in $names; do
		echo "obj-m += $name.o"
		printf '%s\n' "#define PROBE_$name" '#include "probe.h"' \
			'#include <linux/module.h>' 'MODULE_LICENSE("GPL");' > "$work/$name.c"
	done
} > "$work/Kbuild"

# -k: a failed compilation is an answer, not the end.
"$@" -k M="$work" modules > "$work/log" 2>&1 || :

if [ ! -e "$work/SANITY.o" ]; then
	cat "$work/log" >&2
	echo "probe.sh: the simplest module does not compile against this kernel tree" >&2
	exit 1
fi

{
	echo "/* SPDX-License-Identifier: GPL-2.0-only */"
	echo "/* Written by probe.sh from probe.c: what this kernel offers. */"
	for name in $names; do
		if [ -e "$work/$name.o" ]; then
			echo "#define HAVE_$name 1"
		else
			echo "/* #undef HAVE_$name */"
		fi
	done
} > "$work/config.h"

# Unchanged answers keep their time stamp, so that nothing is rebuilt.
cmp -s "$work/config.h" "$output" || cp "$work/config.h" "$output"
