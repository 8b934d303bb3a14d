# shellcheck shell=bash disable=SC2154,SC2034 # run sets status, output and stderr; the tests read others
# For tests of imgpl-serve: "load helper" and then "load serve". serve/wire.py says what is said to it.
#
# Its events are in ./events, its messages in ./messages, and its data in ./data, unless a test says
# otherwise.

# Start the server, and wait until it says where it listens. $LISTEN is where, if not on any free port.
start_server() { # start_server [OPTION]...
	SERVE_DIR=${SERVE_DIR:-data}
	rm -f messages
	imgpl-serve --data="$SERVE_DIR" --listen="${LISTEN:-127.0.0.1:0}" "$@" >"${EVENTS:-events}" 2>messages 3>&- &
	server=$!
	wait_for_server
}

# The same, with events that go into a pipe: descriptor $reader is its other end.
start_server_into_pipe() {
	mkfifo pipe
	SERVE_DIR=data
	imgpl-serve --data=data --listen=127.0.0.1:0 >pipe 2>messages 3>&- &
	server=$!
	exec {reader}<pipe
	wait_for_server
}

# Wait until the server $server says where it listens, and keep the port in $SERVE_PORT.
wait_for_server() {
	wait_until listens || fail "the server doesn't start: $(cat messages)"
	SERVE_PORT=$(sed -n 's|.*http://127\.0\.0\.1:\([0-9]*\).*|\1|p' messages | head -n 1)
	export SERVE_PORT SERVE_DIR
}

# The server says where it listens, or has ended.
listens() {
	grep -q 'http://127\.0\.0\.1:[0-9]' messages || ! kill -0 "$server"
}

# Talk to the server: the rest of a program in Python comes from standard input.
talk() { # talk [ARGUMENT]... <PROGRAM
	{
		echo 'from wire import *'
		cat
	} >"$BATS_TEST_TMPDIR/program.py"
	PYTHONPATH=$TESTS/serve timeout -k 5 "${LIMIT:-100}" /usr/bin/python3 -B "$BATS_TEST_TMPDIR/program.py" "$@" 3>&- ||
		fail "the program failed; the server says: $(tail -n 5 messages)"
}

# Stop the server in good order. It has said nothing but where it listens, and what `expected` names, a
# pattern of grep.
stop_server() { # stop_server [EXPECTED]
	local status=0

	kill -TERM "$server"
	end_of "$server" || status=$?
	[ $status = 0 ] || fail "the server ended with $status: $(tail -n 20 messages)"
	expect_same '' "$(grep -v -e 'http://127\.0\.0\.1:[0-9]' ${1:+-e "$1"} messages)"
}

# Print the keys that there are events for, sorted.
event_keys() {
	jq -r '.Records[].s3.object.key' "${EVENTS:-events}" | LC_ALL=C sort
}

# Put what came of uploads into the server's table, as the rest of the pipeline does.
pipeline() { # pipeline <EVENTS
	IMGPL_STORE=file:$SERVE_DIR/objects IMGPL_TABLE=sqlite:$SERVE_DIR/imgpl.db \
		bash -c 'imgpl-trigger | imgpl-validate -q | imgpl-resize -q --rendition=main=16x16 --rendition=thumb=8x8,format=webp | imgpl-store' \
		3>&- >stored || true
}

# Put records as they are into the server's table.
store_records() { # store_records <RECORDS
	imgpl-store -q --table="sqlite:$SERVE_DIR/imgpl.db" >stored 3>&- || true
}

# The most memory that the server held, in KiB.
server_peak() {
	sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$server/status"
}

# List what is beside the data directory, but for what tests write themselves.
list_outside() { # list_outside FILE
	find . -path ./data -prune -o -type f ! -name 'events*' ! -name messages ! -name 'inside*' ! -name before ! -name after \
		-printf '%p %s %T@\n' | LC_ALL=C sort >"$1"
}

# A site with a secret beside it, and things that lead there.
make_site() {
	mkdir -p site/assets site/empty
	echo '<!doctype html><title>imgpl</title><script type=module src=/assets/app-1a2b3c4d.js></script>' >site/index.html
	echo 'export {}' >site/assets/app-1a2b3c4d.js
	echo 'body{}' >site/assets/app-1a2b3c4d.css
	echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >site/favicon.svg
	echo '{}' >site/site.webmanifest
	echo 'SECRET' >secret.txt
	echo 'SECRET' >site/.hidden
	mkdir -p site/.git
	echo 'SECRET' >site/.git/config
	ln -s ../secret.txt site/link.txt
	ln -s .. site/up
	ln -s /etc site/etc
	mkfifo site/fifo
}

# The server did not start, and said so in good order.
expect_refusal() {
	[[ $status =~ ^(1|2|75)$ ]] || fail "status $status; stderr: $stderr"
	expect_same '' "$output"
	expect_in 'imgpl-serve: ' "$stderr"
}
