#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checks the library as its users meet it: the headers compile alone as C and
# as C++, what is exported is what the headers declare, every function has a
# man page, the examples of the man pages compile, and those of examples/ do by
# the line in their head. Prints TAP.

set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
build=${B:-build}
out=$build/tests/unit/library
CC=${CC:-cc}

rm -rf "$out"
mkdir -p "$out" || exit 1

# exports LIBRARY - the names of its symbols
exports()
{
	nm -D --defined-only "$1" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort
}

# declared - every function of the headers; inline - those among them that are inline
declared()
{
	cat include/dmaring/dmaring.h include/dmaring/ring.h include/dmaring/stream.h include/dmaring/cyclic.h include/dmaring/window.h | awk '
	/^[a-zA-Z].*[ *]dmaring_[a-z0-9_]*\(/ && !/^#/ {
		match($0, /dmaring_[a-z0-9_]*\(/)
		print substr($0, RSTART, RLENGTH - 1)
	}' | LC_ALL=C sort
}

inline()
{
	cat include/dmaring/dmaring.h include/dmaring/ring.h include/dmaring/stream.h include/dmaring/cyclic.h include/dmaring/window.h | awk '
	/^DMARING_INLINE/ {
		match($0, /dmaring_[a-z0-9_]*\(/)
		print substr($0, RSTART, RLENGTH - 1)
	}' | LC_ALL=C sort
}

# Not every gcc comes with its C++ half; clang does.
: > "$out/empty.cc"
cxx=
for compiler in "$CC" g++ clang; do
	[ -n "$cxx" ] || ! "$compiler" -x c++ -fsyntax-only "$out/empty.cc" 2> "$out/log" || cxx=$compiler
done
echo "#include <dmaring/dmaring.h>" > "$out/header.c"
for language in c:c11 c:gnu17 c++:c++11 c++:c++20; do
	compiler=$CC
	[ "${language%:*}" = c ] || compiler=$cxx
	if [ -z "$compiler" ]; then
		skip "the header compiles alone, $language" "no C++ compiler"
		continue
	fi
	"$compiler" -x "${language%:*}" -std="${language#*:}" -Iinclude -Wall -Wextra -Wpedantic -Werror \
		-fsyntax-only "$out/header.c" 2> "$out/log"
	report "the header compiles alone, $language" "$out/log"
done

declared > "$out/declared"
inline > "$out/inline"
LC_ALL=C comm -23 "$out/declared" "$out/inline" > "$out/extern"
exports "$build/user/libdmaring.so.0" > "$out/exported"
diff "$out/extern" "$out/exported" > "$out/log"
report "the shared library exports what the headers declare" "$out/log"
exports "$build/user/libdmaring-ffi.so.0" > "$out/exported"
diff "$out/declared" "$out/exported" > "$out/log"
report "libdmaring-ffi exports the inline functions too" "$out/log"

# A macro is no symbol, but has its page; what ends in _ is nobody's business.
{ grep -v '_$' "$out/declared"; echo dmaring_for_each_cqe; } | LC_ALL=C sort > "$out/public"
awk '/^\.Nm dmaring_/ { sub(/,$/, "", $2); print $2 }' man/*.3 | LC_ALL=C sort > "$out/named"
# dmaring_sq_ready and the like are named once; twice would show here as well.
diff "$out/public" "$out/named" > "$out/log"
report "every function is in the NAME of one man page" "$out/log"

: > "$out/log"
for page in man/*.[34]; do
	example=$out/$(basename "$page").c
	awk '/^\.Sh / { examples = /EXAMPLES/ }
	examples && /^\.Ed/ { inside = 0 }
	inside { gsub(/\\e/, "\\"); print }
	examples && /^\.Bd/ { inside = 1 }' "$page" > "$example"
	[ -s "$example" ] || { echo "$page has no example" >> "$out/log"; continue; }
	"$CC" -std=gnu11 -Iinclude -Wall -Wextra -Werror -fsyntax-only "$example" 2>> "$out/log"
done
report "the examples of the man pages compile" "$out/log"

# The line in the head, with this tree instead of an installed library.
: > "$out/log"
for source in examples/*.c; do
	line=$(sed -n 's/^ \*\t\(cc .*pkg-config.*\)$/\1/p' "$source")
	[ -n "$line" ] || { echo "$source does not say how to compile it" >> "$out/log"; continue; }
	flags=${line##*)}
	# shellcheck disable=SC2086  # several words are meant
	"$CC" "$source" -o "$out/$(basename "$source" .c)" -Wall -Werror -Iinclude \
		"$build/user/libdmaring.so.0" $flags 2>> "$out/log"
done
report "the examples compile by the line in their head" "$out/log"

lines=$(wc -l < examples/loopback.c)
: > "$out/log"
[ "$lines" -lt 60 ] || echo "$lines lines" > "$out/log"
report "examples/loopback.c is short" "$out/log"

tap_end
