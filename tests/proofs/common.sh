# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What the three kinds of proofs share: their options, their TAP, what they leave
# for tests/proofs/table, and programs that Debian 12 does not have. Those are fetched
# from Debian sid, by the machine's own apt and from the machine's own mirror,
# into a cache folder; they run through their own dynamic linker and nothing is installed.

# Who sources this sets and uses the rest of them.
# shellcheck disable=SC2034,SC2154

cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/dmaring
build=build/proofs
why=

# A folder of our own for what is fetched and for what is compiled.
proofs_begin()
{
	cd "$here/../.." || exit 1
	mkdir -p $build || exit 1
	tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT TERM
	number=0
	failed=0
}

# options ARGUMENT... - sets $fetch, $list and $wanted
options()
{
	fetch=1
	[ "${FETCH-}" != no ] || fetch=0
	list=0
	while [ $# -gt 0 ]; do
		case $1 in
		--no-fetch) fetch=0 ;;
		--list) list=1 ;;
		-h | --help) usage; exit 0 ;;
		-*) usage >&2; exit 2 ;;
		*) break ;;
		esac
		shift
	done
	wanted=$*
}

# is_wanted NAME
is_wanted()
{
	[ -n "$wanted" ] || return 0
	for want in $wanted; do
		case $1 in *"$want"*) return 0 ;; esac
	done
	return 1
}

# A complete run leaves what it found for the table; a part of one does not.
results_begin()
{
	results=$tmp/results
	: >"$results"
}

results_end()
{
	[ -n "$wanted" ] || cp "$results" "$build/$1.results"
}

# report STATUS NAME FOUND [FILE] - one line of TAP; FILE says why it failed
report()
{
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2: $3"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $number - $2: $3"
	[ -z "${4-}" ] || sed 's/^/# /' "$4" | tail -n 30
}

skip_all()
{
	echo "1..0 # SKIP $why"
	[ -s "$tmp/log" ] && sed 's/^/# /; s#//[^/ ]*/#//.../#g' "$tmp/log" | tail -n 5
	exit 0
}

# apt with lists and archives of our own; the system's state is not touched
apt_own()
{
	apt_program=$1
	shift
	"$apt_program" -q -o Dir::State::Lists="$tmp/lists" -o Dir::Cache="$tmp/cache" \
		-o Acquire::Languages=none -o Acquire::Retries=1 \
		-o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
		-o APT::Sandbox::User=root "$@"
}

# fetch_sid NAME "PACKAGES" FILE... - a program, and files by pattern, into $cache/NAME
fetch_sid()
{
	name=$1
	packages=$2
	shift 2
	if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
		why="$name is not in PATH and this system has no apt to fetch it with"
		return 1
	fi
	# The mirror is the one that this system already uses.
	# shellcheck disable=SC2016 # $(REPO_URI) is apt's, not the shell's
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' \
		'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	if [ -z "$mirror" ] || [ ! -r $keyring ]; then
		why="$name is not in PATH and apt here knows no Debian mirror to fetch it from"
		return 1
	fi
	echo "# fetching $name from Debian sid" >&2
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial" "$tmp/tree"
	echo "deb [signed-by=$keyring] $mirror sid main" >"$tmp/sid.list"
	sid="-o Dir::Etc::SourceList=$tmp/sid.list -o Dir::Etc::SourceParts=/dev/null"
	# shellcheck disable=SC2086 # $sid is a list of options
	if ! apt_own apt-get $sid update >"$tmp/log" 2>&1; then
		why="$name: the package list of Debian sid could not be fetched"
		return 1
	fi
	# shellcheck disable=SC2086
	if ! (cd "$tmp" && apt_own apt-get $sid download $packages) >"$tmp/log" 2>&1; then
		why="$name: the packages could not be downloaded from Debian sid"
		return 1
	fi
	for deb in "$tmp"/*.deb; do
		# Of some hundred megabytes only what is named is kept.
		dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$tmp/tree" --wildcards \
			"$@" './usr/lib/*/ld-linux*' './usr/lib/*/libc.so.6' \
			'./usr/lib/*/libm.so.6' 2>/dev/null
		rm -f "$deb"
	done
	if [ ! -x "$tmp/tree/usr/bin/$name" ]; then
		why="$name: the package from Debian sid does not hold usr/bin/$name"
		return 1
	fi
	mkdir -p "$cache"
	rm -rf "${cache:?}/$name"
	mv "$tmp/tree" "$cache/$name"
}

# find_sid NAME "PACKAGES" FILE... - sets $program, a command with its arguments
find_sid()
{
	if command -v "$1" >/dev/null; then
		program=$1
		return 0
	fi
	if [ ! -x "$cache/$1/usr/bin/$1" ]; then
		if [ "$fetch" = 0 ]; then
			why="$1 is neither in PATH nor in the cache"
			return 1
		fi
		fetch_sid "$@" || return 1
	fi
	loader=$(find "$cache/$1/usr/lib" -name 'ld-linux*' -type f | head -n 1)
	program="$loader --library-path $(dirname "$loader"):$cache/$1/usr/lib $cache/$1/usr/bin/$1"
}
