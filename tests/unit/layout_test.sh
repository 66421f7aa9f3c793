#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checks the tables of ring-spec.md against include/dmaring/abi.h: each row
# becomes static assertions in a generated C file, which is compiled for
# little- and big-endian, 32- and 64-bit targets. The document is what is
# checked, so a table cannot go stale. Nothing is run, and no libc of the
# targets is needed: abi.h wants the kernel's headers only. Prints TAP.

set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
spec=$root/ring-spec.md
header=$root/include/dmaring/abi.h
out=$root/${B:-build}/tests/unit/layout
CC=${CC:-cc}
CLANG=${CLANG:-clang}

mkdir -p "$out/asm" || exit 1

# The few asm/ headers that <linux/types.h> and <linux/ioctl.h> reach for,
# for targets whose own headers are not installed. None bears on the layout.
for name in types posix_types ioctl; do
	echo "#include <asm-generic/$name.h>" >"$out/asm/$name.h"
done
echo '#define __BITS_PER_LONG (__SIZEOF_LONG__ * 8)' >"$out/asm/bitsperlong.h"

# generate SPEC - the assertions on standard output; on standard error what
# can be said of the tables without a compiler
generate()
{
	awk -v FS='|' '
	function trim(s) { gsub(/^[ `]+|[ `]+$/, "", s); return s }
	function finish() {
		if (structure != "" && next_offset != bytes)
			print structure ": rows end at " next_offset ", the structure at " bytes > "/dev/stderr"
		structure = ""
	}
	BEGIN {
		print "/* Generated from ring-spec.md. */"
		print "#include <dmaring/abi.h>"
		print "#define MEMBER(s, m) (((struct s *)0)->m)"
		print "#define SAME(s, m, t) __builtin_types_compatible_p(__typeof__(MEMBER(s, m)), t)"
	}
	/^#/ { finish(); table = "" }
	/^#+ `struct dmaring_[a-z_]+`, [0-9]+ bytes/ {
		split($0, word, /`struct |`, | bytes/)
		structure = word[2]
		bytes = word[3] + 0
		next_offset = 0
		printf "_Static_assert(sizeof(struct %s) == %d, \"size of %s\");\n", structure, bytes, structure
		next
	}
	/^\| name \| value \|/ { table = "constants"; next }
	/^\| ioctl \| number \| way \| structure \|/ { table = "ioctls"; next }
	/^\|[- |]+$/ { next }
	!/^\|/ { table = "" }
	structure != "" && $2 ~ /^ *[0-9]+ *$/ {
		offset = $2 + 0
		size = $3 + 0
		type = trim($4)
		member = trim($5)
		if (offset != next_offset)
			print structure "." member ": at " offset ", the row before ends at " next_offset > "/dev/stderr"
		next_offset = offset + size
		printf "_Static_assert(__builtin_offsetof(struct %s, %s) == %d, \"offset of %s.%s\");\n", structure, member, offset, structure, member
		printf "_Static_assert(sizeof(MEMBER(%s, %s)) == %d, \"size of %s.%s\");\n", structure, member, size, structure, member
		# Compilers ignore the alignment of a type that is only named, so it
		# is asked of the structure: on i386 a plain __u64 would give 4.
		if (sub(/__aligned_u64/, "__u64", type))
			printf "_Static_assert(_Alignof(struct %s) == 8, \"alignment of %s\");\n", structure, structure
		printf "_Static_assert(SAME(%s, %s, %s), \"type of %s.%s\");\n", structure, member, type, structure, member
		if (offset % 8 && type ~ /u64/)
			print structure "." member ": 64-bit member at an odd place" > "/dev/stderr"
		next
	}
	table == "constants" && trim($2) ~ /^DMARING_/ {
		printf "_Static_assert((%s) == (%s), \"value of %s\");\n", trim($2), trim($3), trim($2)
	}
	table == "ioctls" && trim($2) ~ /^DMARING_IOC_/ {
		name = trim($2)
		printf "_Static_assert(_IOC_TYPE(%s) == DMARING_IOC_TYPE, \"type of %s\");\n", name, name
		printf "_Static_assert(_IOC_NR(%s) == %s, \"number of %s\");\n", name, trim($3), name
		printf "_Static_assert(_IOC_DIR(%s) == (%s), \"way of %s\");\n", name, \
			trim($4) == "in, out" ? "_IOC_READ | _IOC_WRITE" : "_IOC_WRITE", name
		printf "_Static_assert(_IOC_SIZE(%s) == sizeof(%s), \"structure of %s\");\n", name, trim($5), name
	}
	END { finish() }
	' "$1"
}

generate "$spec" >"$out/layout.c" 2>"$out/tables.log"
asserts=$(grep -c '^_Static_assert' "$out/layout.c")

test "$asserts" -gt 0 && ! [ -s "$out/tables.log" ]
outcome "tables of ring-spec.md leave no byte out ($asserts assertions)" "$out/tables.log"

# Every structure and every constant of the header is in the document.
sed -n 's/^struct \(dmaring_[a-z_]*\) {.*/\1/p' "$header" | while read -r name; do
	grep -q "^_Static_assert(sizeof(struct $name) ==" "$out/layout.c" || echo "struct $name has no table"
done >"$out/missing.log"
report "every structure of abi.h has a table" "$out/missing.log"

sed -n -e 's/^#define \(DMARING_[A-Z0-9_]*\)[( \t].*/\1/p' \
    -e 's/^\t\(DMARING_[A-Z0-9_]*\) = .*/\1/p' "$header" | while read -r name; do
	case $name in
	DMARING_OFFSET_POOL) name='DMARING_OFFSET_POOL(0)' ;;
	DMARING_CYCLIC_GUARD) name='DMARING_CYCLIC_GUARD(3)' ;;
	DMARING_CYCLIC_PERIOD) name='DMARING_CYCLIC_PERIOD(5)' ;;
	esac
	grep -qF -e "\"value of $name\"" -e "\"number of $name\"" "$out/layout.c" ||
		echo "$name has no row"
done >"$out/missing.log"
report "every constant of abi.h has a row" "$out/missing.log"

# compile NAME COMMAND... - the assertions hold for one target
compile()
{
	name=$1
	shift
	"$@" -std=gnu11 -Wall -Wextra -Wpadded -Werror -fsyntax-only -I"$root/include" \
		"$out/layout.c" >"$out/$name.log" 2>&1
	outcome "layout for $name" "$out/$name.log"
}

compile native "$CC"

for target in x86_64-linux-gnu i386-linux-gnu aarch64-linux-gnu arm-linux-gnueabihf \
	      riscv64-linux-gnu mips-linux-gnu powerpc64-linux-gnu s390x-linux-gnu; do
	if ! command -v "$CLANG" >/dev/null; then
		skip "layout for $target" "clang is not installed"
	elif ! echo | "$CLANG" --target="$target" -fsyntax-only -x c - 2>/dev/null; then
		skip "layout for $target" "this clang does not know the target"
	else
		compile "$target" "$CLANG" --target="$target" -nostdlibinc \
			-isystem "$out" -isystem /usr/include
	fi
done

# The check can fail: a table with one wrong offset, and one with a wrong value.
control()
{
	sed "$2" "$spec" >"$out/wrong.md"
	if cmp -s "$spec" "$out/wrong.md"; then
		result "negative control: $1 (the row to change was not found)" false
		return
	fi
	generate "$out/wrong.md" >"$out/wrong.c" 2>"$out/wrong.log"
	! "$CC" -std=gnu11 -fsyntax-only -I"$root/include" "$out/wrong.c" >/dev/null 2>&1
	outcome "negative control: $1 is noticed"
}
# shellcheck disable=SC2016 # the backquotes are the document's
control "a wrong offset" 's/^| 24 | 8 | `__aligned_u64` | `user_data`/| 32 | 8 | `__aligned_u64` | `user_data`/'
# shellcheck disable=SC2016
control "a wrong type" 's/`__s32` | `res`/`__u32` | `res`/'
# shellcheck disable=SC2016
control "a wrong constant" 's/^| `DMARING_SQ_CQ_FULL` | [^|]*|/| `DMARING_SQ_CQ_FULL` | 1 << 5 |/'

tap_end
