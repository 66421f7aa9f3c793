#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checks tests/fuzz/dmaring.txt against include/dmaring/abi.h: each ioctl is
# described, with the right structure and direction; each structure that a user
# fills in or reads has the same members, in order, of the same size; each set of
# flags has all constants of its enumeration or prefix. Members become static
# assertions, so that a compiler judges. Prints TAP.

set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
header=include/dmaring/abi.h
text=${1:-tests/fuzz/dmaring.txt}
out=${B:-build}/tests/unit/syzlang
CC=${CC:-cc}

mkdir -p "$out" || exit 1

# --- ioctls, both ways
sed -n 's/^#define \(DMARING_IOC_[A-Z]*\)[[:space:]]*_\(IOW*R*\)(DMARING_IOC_TYPE, [0-9]*, struct \([a-z_]*\)).*/\1 \2 \3/p' $header |
	sed 's/ IOWR / inout /; s/ IOW / in /; s/ IOR / out /' | sort >"$out/ioctls.want"
sed -n 's/^ioctl\$\(DMARING_IOC_[A-Z]*\)(fd fd_dmaring, cmd const\[\(DMARING_IOC_[A-Z]*\)\], arg ptr\[\([a-z]*\), \([a-z_]*\)\])$/\1 \2 \3 \4/p' "$text" |
	awk '$1 == $2 { print $1, $3, $4 }' | sort >"$out/ioctls.have"
[ -s "$out/ioctls.want" ] || echo "no ioctl found in $header" >>"$out/ioctls.have"
diff "$out/ioctls.want" "$out/ioctls.have" >"$out/log"
report "every ioctl has its structure and its direction ($(grep -c . "$out/ioctls.want"))" "$out/log"

# --- structures: members in order, offsets and sizes by the compiler
awk '
BEGIN { print "#include <dmaring/abi.h>" }
/^[a-z_]+ \{$/ { name = $1; at = 0; next }
name != "" && /^\}/ {
	size = $0
	gsub(/[^0-9]/, "", size)
	printf "_Static_assert(sizeof(struct %s) == %d, \"size of %s\");\n", name, size, name
	printf "_Static_assert(%s == sizeof(struct %s), \"members of %s\");\n", sum, name, name
	name = ""
	sum = ""
	next
}
name != "" {
	member = $1
	type = $0
	sub(/^[ \t]*[a-z_0-9]+[ \t]+/, "", type)
	if (type ~ /^dmaring_/) bytes = "sizeof(struct " type ")"
	else if (type ~ /^fd_/) bytes = "4"
	else {
		bits = type
		sub(/.*int/, "", bits)
		bits += 0
		bytes = bits / 8
	}
	if (type ~ /^array/) {
		count = type
		sub(/.*, /, "", count)
		sub(/\]$/, "", count)
		bytes = "(" bytes " * " count ")"
	}
	if (sum == "") sum = "0"
	printf "_Static_assert(__builtin_offsetof(struct %s, %s) == %s, \"offset of %s.%s\");\n", name, member, sum, name, member
	printf "_Static_assert(sizeof(((struct %s *)0)->%s) == %s, \"size of %s.%s\");\n", name, member, bytes, name, member
	sum = sum " + " bytes
}' "$text" >"$out/structures.c"
"$CC" -std=gnu11 -Iinclude -fsyntax-only "$out/structures.c" >"$out/log" 2>&1
report "structures have the members of abi.h ($(grep -c 'offset of' "$out/structures.c"))" "$out/log"

# --- no structure that a user hands over or takes is left out
sed -n 's/^struct \(dmaring_[a-z_]*\) {.*/\1/p' $header | sort >"$out/structures.want"
# These are the driver's own, in pages that nobody else writes.
printf '%s\n' dmaring_header dmaring_kern_control dmaring_kern_stream >"$out/kern"
sed -n 's/^\(dmaring_[a-z_]*\) {$/\1/p' "$text" | sort - "$out/kern" >"$out/structures.have"
diff "$out/structures.want" "$out/structures.have" >"$out/log"
report "every structure but those of KERN is described ($(grep -c . "$out/structures.want"))" "$out/log"

# --- flags: all constants with the prefix of the first one's, or of the enumeration
sed -n 's/^\(dmaring_[a-z_]*\) = \(DMARING_.*\)/\1 \2/p' "$text" | tr -d ',' | while read -r set first rest; do
	case $set in dmaring_entries) continue ;; esac
	if grep -q "^enum $set {" $header; then
		sed -n "/^enum $set {/,/^};/s/^[[:space:]]*\\(DMARING_[A-Z_0-9]*\\).*/\\1/p" $header
	else
		prefix=${first%_*}
		case $set in
		*sqe_flags) prefix=DMARING_SQE ;;
		*user_cq_flags) prefix=DMARING_CQ_EVENTFD ;;
		*setup_flags) prefix=DMARING_SETUP ;;
		*pool_flags) prefix=DMARING_POOL_CONTIGUOUS ;;
		esac
		sed -n "s/^#define \\(${prefix}[A-Z_0-9]*\\)[[:space:]]*(1U << .*/\\1/p" $header
	fi | sort >"$out/set.want"
	echo "$first $rest" | tr ' ' '\n' | grep . | sort >"$out/set.have"
	[ -s "$out/set.want" ] || echo "$set: nothing like it in $header"
	diff "$out/set.want" "$out/set.have" | sed -n "s/^[<>]/$set: &/p"
done >"$out/log"
report "sets of flags are complete ($(grep -c '^dmaring_[a-z_]* = DMARING' "$text"))" "$out/log"

# --- the test notices: a member more, a constant less, an ioctl less
if [ $# = 0 ]; then
	for change in 's/^\tsource_stride\tint32$/&\n\tnew\tint32/' 's/, DMARING_OP_FENCE//' \
		'/^ioctl.DMARING_IOC_ABORT/d' 's/^\tbuffers\t\tint32/\tbuffers\t\tint16/'; do
		sed "$change" "$text" >"$out/changed.txt"
		cmp -s "$text" "$out/changed.txt" && echo "nothing to change: $change"
		B=$out/changed "$0" "$out/changed.txt" >"$out/changed.log" && echo "not noticed: $change"
	done >"$out/log.changes" 2>&1
	report "changes are noticed" "$out/log.changes"
fi

tap_end
