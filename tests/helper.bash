# shellcheck shell=bash disable=SC2154 # run sets status, output and stderr
# What every test starts from: the tools in PATH, a folder of its own to work in, and words to say
# what is expected. Each .bats file begins with "load helper".
#
# The tests need these packages of Debian:
#   bats jq sqlite3                        the tests themselves
#   imagemagick webp libimage-exiftool-perl  to make pictures and look at them
#   openssl                                signatures, worked out once more
#   perl-base bsdutils util-linux procps coreutils  script, setsid, flock, pkill, timeout, env
#   gcc libc6-dev zlib1g-dev libssl-dev    for fault.c, peak.c, find_keys.c and fixtures/bad_picture.c
#   gdb                                    to look into a process
#   curl                                   to upload and download
#   python3                                to say to a server what no client would, and to stand in for Lambda
#
# IMGPL_BIN is where the tools are; IMGPL_SANITIZED=1 says that they hold sanitizers, which take
# address space and memory for themselves.

bats_require_minimum_version 1.5.0

TESTS=$BATS_TEST_DIRNAME

setup() {
	IMGPL_BIN=$(cd "${IMGPL_BIN:-$(dirname "${BASH_SOURCE[0]}")/../build/bin}" && pwd)
	PATH=$IMGPL_BIN:$PATH
	unset IMGPL_STORE IMGPL_TABLE TABLE_NAME UPLOAD_BUCKET STATE_MACHINE_ARN SOURCE_DATE_EPOCH NO_COLOR
	export IMGPL_BIN PATH LC_ALL=C.UTF-8 TERM=xterm
	umask 022
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
}

# Stop what the test left running.
teardown() {
	local job

	for job in $(jobs -p); do
		kill -9 "$job" 2>/dev/null || true
	done
}

# Fail, and say why.
fail() { # fail MESSAGE
	printf '%s\n' "$1" >&2
	return 1
}

# Run a command with no end of its own, for at most a minute, and keep what it said: $status,
# $output, and $stderr.
try() { # try COMMAND...
	run --separate-stderr timeout -k 5 "${LIMIT:-60}" "$@"
}

# The same, for a line of shell.
try_sh() { # try_sh SCRIPT [ARGUMENT...]
	try bash -c "$@"
}

expect_status() { # expect_status NUMBER
	[ "$status" -eq "$1" ] || fail "status $status, not $1; stdout: ${output:0:2000}; stderr: ${stderr:0:2000}"
}

expect_same() { # expect_same EXPECTED FOUND
	[ "$1" = "$2" ] || fail "expected: ${1:0:2000}
   found: ${2:0:2000}"
}

expect_in() { # expect_in PART WHOLE
	[[ $2 == *"$1"* ]] || fail "'$1' is not in: ${2:0:2000}"
}

expect_not_in() { # expect_not_in PART WHOLE
	[[ $2 != *"$1"* ]] || fail "'$1' is in: ${2:0:2000}"
}

# Two files are the same, byte for byte.
expect_same_file() { # expect_same_file EXPECTED FOUND
	cmp "$1" "$2" || fail "$2: $(head -c 2000 "$2")"
}

# The messages are these lines and no more.
expect_messages() { # expect_messages [LINE]...
	local IFS=$'\n'

	expect_same "$*" "$stderr"
}

# Evaluate a jq expression over $output, line by line.
expect_json() { # expect_json EXPECTED EXPRESSION
	expect_same "$1" "$(jq -c "$2" <<<"$output")"
}

# Wait until a command succeeds, for at most half a minute.
wait_until() { # wait_until COMMAND...
	local tries

	for ((tries = 0; tries < 600; tries++)); do
		if "$@" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.05
	done
	fail "never: $*"
}

is_gone() { # is_gone PID
	! kill -0 "$1"
}

has_lines() { # has_lines FILE NUMBER
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# Wait for processes that were started here to end, and return the last one's exit status. None may
# take longer than half a minute.
end_of() { # end_of PID...
	local pid

	for pid; do
		wait_until is_gone "$pid" || kill -9 "$pid"
	done
	wait "$@"
}

needs_plain_build() {
	[ -z "${IMGPL_SANITIZED:-}" ] || skip 'sanitizers take memory and allocators for themselves'
}

needs_root() {
	[ "$(id -u)" = 0 ] || skip 'needs root'
}

# Make a small picture that looks like none of its mirror images.
picture() { # picture FILE [WIDTHxHEIGHT]
	mkdir -p "$(dirname -- "./$1")"
	convert -size "${2:-24x16}" gradient:red-blue -fill yellow -draw 'rectangle 0,0 7,3' \
		-fill lime -draw 'rectangle 0,8 3,15' -quality 92 "./$1"
}

# Copy one picture to many names; much faster than making each.
pictures() { # pictures FILE...
	local first=$1 file

	picture "$first"
	shift
	for file; do
		mkdir -p "$(dirname -- "./$file")"
		cp -- "$first" "./$file"
	done
}

# Write a record a key.
records() { # records KEY...
	[ $# = 0 ] || printf '{"key":"%s"}\n' "$@"
}

# Ask the table's file by SQL.
rows() { # rows SQL [FILE]
	sqlite3 -batch -readonly "${2:-imgpl.db}" "$1"
}

# Compile one of the tests' own programs into the file's folder, once for all its tests.
compile() { # compile SOURCE NAME [OPTION]...
	local source=$1 name=$2

	shift 2
	cc -std=c11 -O1 -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/$name" "$TESTS/$source" "$@"
}

# Run a command and keep its peak of memory in $peak, in KiB; compile peak.c first.
try_measured() { # try_measured COMMAND...
	try "$BATS_FILE_TMPDIR/peak" "$BATS_TEST_TMPDIR/peak" "$@"
	peak=$(cat "$BATS_TEST_TMPDIR/peak")
}

# The peak stayed below a limit.
expect_peak() { # expect_peak MEGABYTES
	[ -n "${IMGPL_SANITIZED:-}" ] || [ "$peak" -lt $(($1 * 1024)) ] ||
		fail "took $peak KiB, over $1 MiB"
}

# Start a tool whose input stays open: write to descriptor $to, read what it says in out and err.
start() { # start COMMAND...
	mkfifo in
	"$@" <in >out 2>err 3>&- &
	tool=$!
	# shellcheck disable=SC2034 # for the tests
	exec {to}>in
}

# Wait for the tool's end and keep its exit status.
finish() {
	status=0
	end_of "$tool" || status=$?
	output=$(cat out)
	stderr=$(cat err)
}
