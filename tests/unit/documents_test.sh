#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checks what the documents say against the tree: the example of README.md
# compiles, each command in a ```sh block names a make target, a subcommand, a
# module or a file that exists, each relative link leads somewhere, each litmus
# test that ring-spec.md names exists and none is left unnamed, each test of
# its conformance list exists, and the sysfs files are those of sysfs.c.
# It does not run the commands. Prints TAP.

set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
out=${B:-build}/tests/unit/documents
CC=${CC:-cc}

mkdir -p "$out" || exit 1

# block LANGUAGE FILE... - the contents of fenced blocks
block()
{
	language=$1
	shift
	awk -v fence="\`\`\`$language" '
	$0 == fence { inside = 1; next }
	/^```/ { inside = 0 }
	inside' "$@"
}

# The example: the text itself is what is compiled.
{
	echo '#include <dmaring/dmaring.h>'
	echo '#include <sys/epoll.h>'
	echo 'void use(void *data, unsigned int bytes, int res);'
	echo 'int example(int ep);'
	echo 'int example(int ep)'
	echo '{'
	echo '	struct epoll_event event;'
	echo '	int err;'
	echo
	block c README.md
	echo 'return 0;'
	echo '}'
} >"$out/example.c"
lines=$(block c README.md | grep -c .)
if [ "$lines" -gt 0 ]; then
	"$CC" -std=gnu11 -Wall -Wextra -Werror -Iinclude -fsyntax-only "$out/example.c" >"$out/log" 2>&1 ||
		echo "it does not compile" >>"$out/log"
else
	echo "there is none" >"$out/log"
fi
report "the example of README.md compiles ($lines lines)" "$out/log"

# The same lines, in this order, in examples/capture.c. White space, comments,
# braces and what stands between the lines are its own; it names its device by
# a variable and keeps what dmaring_peek_cqe() says.
squeeze()
{
	sed -e 's,/\*.*\*/,,g' -e 's/[[:space:]]//g' -e 's/[{}]//g' -e 's/"adc0"/device/' \
		-e 's/(err=\(dmaring_peek_cqe([^)]*)\))/\1/' | grep .
}
block c README.md | squeeze >"$out/want"
if [ -r examples/capture.c ]; then
	squeeze <examples/capture.c | awk -v want="$out/want" '
	BEGIN { while ((getline line < want) > 0) wanted[++n] = line; i = 1 }
	i <= n && index($0, wanted[i]) { i++ }
	END { if (i <= n) print "not found, or not in this order: " wanted[i] }' >"$out/log"
else
	echo "examples/capture.c is not there" >"$out/log"
fi
report "the example of README.md is the core of examples/capture.c" "$out/log"

# Commands.
make -pqRr 2>/dev/null | sed -n 's/^\([a-z][a-z0-9_-]*\):.*/\1/p' | sort -u >"$out/targets"
check_make()
{
	for word; do
		case $word in
		*=*) ;;
		*) grep -qx -- "$word" "$out/targets" || echo "make has no target $word" ;;
		esac
	done
}
# $words are split on purpose
# shellcheck disable=SC2086
block sh README.md CONTRIBUTING.md docs/*.md | sed 's/#.*//' | grep '[^[:space:]]' | while read -r words; do
	set -- $words
	[ "$1" = sudo ] && shift
	case $1 in
	make) shift; check_make "$@" ;;
	# Run in a guest by tests/system/porting_test.sh.
	uname | zcat | ls) grep -qxF "$words" docs/porting.md || echo "not covered by this test: $words" ;;
	modprobe) grep -rqE "^obj-.*\\<$2\\.o" src/kernel --include=Kbuild || echo "no module $2"
		for word; do
			case $word in
			*=*) grep -qE "^module_param(_array)?\\(${word%%=*}," src/kernel/*.c src/kernel/sim/*.c ||
				echo "no parameter ${word%%=*}" ;;
			esac
		done ;;
	dmaring) grep -q "tool_$2\>" tools/dmaring.c || ls tools/"$2".c >/dev/null 2>&1 || ls tools/"$2"/main.c >/dev/null 2>&1 || echo "no source of the subcommand: $words" ;;
	tests/* | examples/*) [ -x "$1" ] || echo "cannot be run: $1" ;;
	cc | gcc)
		for word; do
			case $word in
			*.c) [ -r "$word" ] || echo "no file $word" ;;
			esac
		done ;;
	*) echo "not covered by this test: $words" ;;
	esac
done >"$out/log"
report "every command in the documents exists ($(block sh README.md CONTRIBUTING.md docs/*.md | grep -c .) lines)" "$out/log"

# Links, and their anchors as GitHub makes them from headings.
for file in ./*.md docs/*.md; do
	folder=$(dirname "$file")
	grep -oE '\]\([^)]*\)' "$file" | sed 's/^](//; s/)$//' | while read -r link; do
		case $link in
		http*://*) continue ;;
		\#*) target=$file ;;
		*) target=$folder/${link%%#*} ;;
		esac
		if [ ! -e "$target" ]; then
			echo "$file: $link leads nowhere"
			continue
		fi
		case $link in
		*\#*)
			sed -n 's/^##* //p' "$target" | tr '[:upper:]' '[:lower:]' |
				sed 's/[^a-z0-9 _-]//g; s/ /-/g' | grep -qx -- "${link#*#}" ||
				echo "$file: no heading for $link" ;;
		esac
	done
done >"$out/log"
report "every link in the documents leads somewhere" "$out/log"

# Litmus tests, both ways.
sed -n '/^## Memory ordering/,/^## Doorbell/p' ring-spec.md |
	grep -oE '[A-Za-z]+(-[A-Za-z0-9]+)+' | sort -u >"$out/words"
for file in tests/proofs/litmus/*.litmus; do
	name=$(basename "$file" .litmus)
	grep -qx -- "$name" "$out/words" || echo "$name is not in ring-spec.md"
	[ "$(head -n 1 "$file")" = "C $name" ] || echo "$file calls itself something else"
done >"$out/log"
grep -E '^[A-Z]+-[a-z]' "$out/words" | while read -r name; do
	[ -e "tests/proofs/litmus/$name.litmus" ] || echo "ring-spec.md names $name, which is not there"
done >>"$out/log"
report "ring-spec.md and tests/proofs/litmus name the same tests" "$out/log"

# The tables of proofs, as they are when each proof finds what it promises, and
# the letters of document, code and litmus tests.
{ tests/proofs/table --promised --check | grep -v "^1\|^ok"; tests/proofs/letters; } >"$out/log" 2>&1
report "the tables of ring-spec.md are those of tests/proofs, and each pair has its tests" "$out/log"

# The table of what the tests run on: its lanes are those of the command that makes it.
tests/matrix --check | grep -v "^1\|^ok" >"$out/log"
report "the table of docs/support.md has the lanes of tests/matrix, none failed" "$out/log"

# Conformance: rules that have a test, and tests that exist.
sed -n '/^## Conformance/,$p' ring-spec.md >"$out/conformance"
sed -n '/^### The driver/,/^### The user/p' ring-spec.md | grep -oE '^\* \*\*D-[0-9]+' | grep -oE 'D-[0-9]+' |
while read -r rule; do
	grep -qE "(^|[^0-9A-Z-])$rule([^0-9]|\$)" "$out/conformance" || echo "$rule has no item"
done >"$out/log"
# shellcheck disable=SC2016 # the backquotes are the document's
grep -oE '`[a-z_]+: [a-z0-9_, ]+`' "$out/conformance" | tr -d '`' | while read -r item; do
	program=${item%%:*}
	case $program in
	*_test) program=tests/unit/$program.c ;;
	*) program=tests/system/$program.c ;;
	esac
	for name in $(echo "${item#*:}" | tr ',' ' '); do
		grep -qE "^static void $name\\(void \*\*" "$program" 2>/dev/null ||
			echo "no test $name in $program"
	done
done >>"$out/log"
report "every rule for the driver has an item, every item a test" "$out/log"

# Promises: each has a test, and each test is there. Names behind one in backquotes
# without a program are of the program before.
sed -n '/^## Promises/,/^## Not promised/p' docs/security.md >"$out/promises"
# shellcheck disable=SC2016 # the backquotes are the document's
{
	grep '^| [A-Z]' "$out/promises" | while IFS='|' read -r _ promise tests _; do
		case $tests in *\`*) ;; *) echo "no test holds:$promise" ;; esac
		program=
		echo "$tests" | grep -oE '`[^`]*`' | tr -d '`' | while read -r item; do
			case $item in
			tests/*) [ -x "$item" ] || echo "cannot be run: $item"; continue ;;
			*:*) program=${item%%:*} ;;
			esac
			file=tests/system/$program.c
			[ "$program" != hostile ] || file="$file tests/system/bounds.c"
			for name in $(echo "${item#*:}" | tr ',' ' '); do
				case $name in pool_bytes_per_user) continue ;; esac
				# shellcheck disable=SC2086 # files are words
				grep -qE "^(static )?void $name\(void \*\*state\)" $file 2>/dev/null ||
					echo "no test $name in $file"
				grep -qE "_test\($name\)" "tests/system/$program.c" 2>/dev/null ||
					echo "$name is not run by tests/system/$program.c"
			done
		done
	done
	grep -q '^| [A-Z]' "$out/promises" || echo "no promises found"
} >"$out/log"
report "every promise of docs/security.md has its tests ($(grep -c '^| [A-Z]' "$out/promises"))" "$out/log"

# sysfs, both ways.
sed -n 's|^What:.*/sys/class/dmaring/<device>/||p' docs/abi/sysfs-class-dmaring | grep -v '/$' |
	grep . | sed 's|.*/||' | sort >"$out/documented"
{
	sed -n 's/^static DEVICE_ATTR_R[OW](\([a-z_]*\));.*/\1/p' src/kernel/sysfs.c
	sed -n 's/^COUNTER(\([a-z_]*\));.*/\1/p' src/kernel/sysfs.c
	sed -n 's/^POOL(\([a-z_]*\), .*/\1/p' src/kernel/sysfs.c
	sed -n 's/^\t{ "\([a-z_]*\)", print_.*/\1/p' src/kernel/sysfs.c
} | sort >"$out/present"
[ -s "$out/present" ] || echo nothing >>"$out/present"
diff "$out/documented" "$out/present" >"$out/log"
report "docs/abi/sysfs-class-dmaring has the files of sysfs.c ($(grep -c . "$out/documented"))" "$out/log"

# Those of buffers: their values are u-dma-buf's.
sed -n 's|^What:.*/sys/class/dmaring/<buffer>/||p' docs/abi/sysfs-class-dmaring-buffer | grep . | sort >"$out/documented"
sed -n -e 's/^static DEVICE_ATTR_RO(\([a-z_]*\)).*/\1/p' -e 's/.*__ATTR(\([a-z_]*\),.*/\1/p' -e 's/^SETTING(\([a-z_]*\),.*/\1/p' \
	src/kernel/buffer_sysfs.c | grep -vx name | sort >"$out/present"
[ -s "$out/present" ] || echo nothing >>"$out/present"
diff "$out/documented" "$out/present" >"$out/log"
report "docs/abi/sysfs-class-dmaring-buffer has the files of buffer_sysfs.c ($(grep -c . "$out/documented"))" "$out/log"

# Blocks of docs/migrating.md are taken from examples/migrating, which are compiled and run: the
# same lines, in one piece. Indentation is the page's own.
rm -rf "$out/blocks"
mkdir -p "$out/blocks"
awk -v out="$out/blocks" '
/^```(c|bash|python)$/ { inside = 1; file = sprintf("%s/%03d", out, ++n); next }
/^```/ { inside = 0 }
inside { print >file }' docs/migrating.md
flat() { sed 's/^[[:space:]]*//' "$@" | grep . | tr '\n' '\001'; }
for block in "$out/blocks"/*; do
	flat "$block" >"$out/want"
	for file in examples/migrating/*; do
		flat "$file" >"$out/have"
		grep -qFf "$out/want" "$out/have" && continue 2
	done
	echo "not in examples/migrating:"
	head -n 3 "$block"
done >"$out/log"
report "what docs/migrating.md shows is of examples/migrating ($(find "$out/blocks" -type f | grep -c .) blocks)" "$out/log"
for file in examples/migrating/*.c; do
	name=$(basename "$file" .c)
	grep -q "migrating/$name" examples/build.mk && grep -q "built/$name\"" tests/system/buffer_test.sh ||
		echo "$file is not built, or not run by tests/system/buffer_test.sh"
done >"$out/log"
report "programs of examples/migrating are built and run" "$out/log"

tap_end
