# The web stack as `make run` runs it: many clients, parts that are killed, and ends in good order. Of the pictures
# here nobody asks what is in them, but where imgpl-label is the one to be killed.
load helper

setup_file() {
	TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export TOP
}

# Print a port that is free, and not one of those that the system gives to clients: a client that tries a server again
# and again might be given just the port that the server had.
free_port() {
	/usr/bin/python3 -c '
import random, socket
while True:
    port = random.randrange(10000, 32000)
    with socket.socket() as candidate:
        if candidate.connect_ex(("127.0.0.1", port)) != 0:
            break
print(port)'
}

# Start the stack on ./data, and wait until it serves.
start_run() { # start_run [NAME=VALUE]...
	needs_plain_build
	port=${port:-$(free_port)}
	: >messages # the last run's; here, and not later by the process that starts
	env --default-signal=INT DATA="$PWD/data" LISTEN="127.0.0.1:$port" LABELS=off "$@" \
		"$TOP/scripts/run" 2>>messages 3>&- &
	run=$!
	wait_until serves
	grep -q 'listening on http' messages || fail "it doesn't serve: $(cat messages)"
	session=$(pgrep -P "$run" -x pipeline)
	runs="$runs $session"
}

# It does, or has ended.
serves() {
	grep -q 'listening on http' messages || ! kill -0 "$run"
}

part() { # part NAME: print its process
	pgrep -s "$session" -x "$1"
}

is_over() { # is_over SESSION
	! pgrep -s "$1"
}

# Wait until the stack has ended and nothing of it is left, and check its exit status.
expect_end() { # expect_end STATUS
	local status=0

	end_of "$run" || status=$?
	[ $status = "$1" ] || fail "status $status, not $1; messages: $(tail -n 20 messages)"
	wait_until is_over "$session" || fail "these are left: $(pgrep -a -s "$session")"
}

stop_run() {
	kill -INT "$run"
	expect_end 0
}

teardown() {
	local each

	for each in $runs; do
		pkill -9 -s "$each" || true
	done
	for each in $(jobs -p); do
		kill -9 "$each" 2>/dev/null || true
	done
}

# Upload files in the background.
upload() { # upload CLIENTS FILE...
	/usr/bin/python3 "$TOP/tests/serve/clients.py" "$port" "$@" >>keys 2>failures 3>&- &
	uploads=$!
}

uploaded() { # all are
	end_of "$uploads" || fail "uploads failed: $(head -n 5 failures)"
}

count_rows() { # count_rows STATUS
	rows "select count(*) from images where status = '$1'" data/imgpl.db
}

has_rows() { # has_rows STATUS NUMBER
	[ "$(count_rows "$1")" -ge "$2" ]
}

nothing_is_pending() {
	[ "$(count_rows PROCESSING)" = 0 ]
}

# What was finished: rows, and the files that were made, each with its inode and time.
finished() {
	rows "select image_key, status, created_at, reason from images where status = 'COMPLETE' order by 1" data/imgpl.db
	rows "select image_key from images where status = 'COMPLETE' order by 1" data/imgpl.db | while read -r key; do
		stat -c '%n %i %y' "data/objects/imgpl-local/processed/"{main,thumb}"/${key#uploads/}"
	done
}

# Every upload that was answered is complete, with its renditions, and whatever else was begun came to an end.
expect_all_complete() { # expect_all_complete NUMBER
	wait_until nothing_is_pending || fail "still pending: $(count_rows PROCESSING)"
	expect_same "$1" "$(sort -u keys | wc -l)"
	expect_same '' "$(cut -d ' ' -f 1 keys | sort | comm -23 - <(rows \
		"select image_key from images where status = 'COMPLETE' order by 1" data/imgpl.db | sort))"
	expect_same 0 "$(count_rows FAILED)"
	finished >/dev/null
}

# Kill a part with uploads on their way, and run again at the same address.
kill_and_run_again() { # kill_and_run_again NAME [NAME=VALUE]...
	kill -9 "$(part "$1")"
	expect_end 1
	expect_in "run: $1 was ended by SIGKILL, and so the rest is" "$(cat messages)"
	finished >before
	start_run "${@:2}"
}

@test "of 200 uploads from 20 clients at once each ends COMPLETE, or FAILED with a reason" {
	picture photo.jpg 1200x900
	echo 'no picture' >text.jpg
	for number in $(seq -w 1 200); do
		case $number in
		*0) ln text.jpg $number.jpg ;;
		*) ln photo.jpg $number.jpg ;;
		esac
	done
	start_run
	upload 20 [0-9]*.jpg
	uploaded
	wait_until nothing_is_pending
	expect_same "180 20" "$(count_rows COMPLETE) $(count_rows FAILED)"
	expect_same 20 "$(rows "select count(*) from images where reason like '%not a JPEG, PNG or WebP image but text'" data/imgpl.db)"
	expect_same 360 "$(find data/objects/imgpl-local/processed -type f | wc -l)"
	expect_same 200 "$(find data/objects/imgpl-local/uploads -type f | wc -l)"
	stop_run
}

@test "whichever part is killed, the stack ends, and the next run loses nothing and does nothing twice" {
	picture photo.jpg 1200x900
	for number in $(seq -w 1 40); do
		ln photo.jpg $number.jpg
	done
	start_run
	done=0
	for name in imgpl-serve imgpl-trigger imgpl-validate imgpl-resize imgpl-store; do
		upload 8 [0-9]*.jpg
		wait_until has_rows COMPLETE $((done + 8))
		kill_and_run_again $name
		uploaded
		done=$((done + 40))
		expect_all_complete $done
		expect_same '' "$(finished | LC_ALL=C sort | LC_ALL=C comm -13 - <(LC_ALL=C sort before))"
	done
	stop_run
}

@test "imgpl-label is killed with pictures in hand, and the next run labels the rest" {
	[ -e "$TOP/build/lib/imgpl/opencv.so" ] || skip 'OpenCV is missing'
	picture photo.jpg 1200x900
	for number in $(seq -w 1 8); do
		ln photo.jpg $number.jpg
	done
	start_run LABELS=on
	upload 4 [0-9]*.jpg
	wait_until has_rows COMPLETE 2
	kill_and_run_again imgpl-label LABELS=on
	uploaded
	expect_all_complete 8
	expect_same '' "$(finished | LC_ALL=C sort | LC_ALL=C comm -13 - <(LC_ALL=C sort before))"
	expect_same 8 "$(rows "select count(*) from images where labels is not null" data/imgpl.db)"
	stop_run
}

@test "^C ends an idle stack in silence" {
	start_run
	stop_run
	expect_same "imgpl-serve: listening on http://127.0.0.1:$port
run: ending; once more to end at once" "$(cat messages)"
}

@test "after ^C with pictures on their way none of them is FAILED, and the next run finishes them" {
	picture photo.jpg 1200x900
	for number in $(seq -w 1 60); do
		ln photo.jpg $number.jpg
	done
	start_run
	upload 8 [0-9]*.jpg
	wait_until has_rows COMPLETE 3
	resize=$(part imgpl-resize)
	next=$(part cat)
	kill -STOP "$resize"
	uploaded
	kill -INT "$run"
	wait_until is_gone "$next" # who is not done soon is told to end
	kill -CONT "$resize"
	expect_end 0
	expect_not_in 'ended by' "$(cat messages)"
	expect_same 0 "$(count_rows FAILED)"
	has_rows PROCESSING 1
	finished >before
	start_run
	expect_all_complete 60
	expect_same '' "$(finished | LC_ALL=C sort | LC_ALL=C comm -13 - <(LC_ALL=C sort before))"
	stop_run
}

@test "a second ^C ends everything at once, and still nothing is lost" {
	picture photo.jpg 4000x3000
	for number in $(seq -w 1 20); do
		ln photo.jpg $number.jpg
	done
	start_run
	upload 8 [0-9]*.jpg
	wait_until has_rows COMPLETE 3
	kill -INT "$run"
	wait_until grep -q 'once more' messages
	kill -INT "$run"
	expect_end 0
	start_run
	uploaded
	expect_all_complete 20
	stop_run
}

@test "a run that is killed itself takes the others with it, and the next one waits for them" {
	picture photo.jpg 4000x3000
	for number in $(seq -w 1 20); do
		ln photo.jpg $number.jpg
	done
	start_run
	upload 8 [0-9]*.jpg
	wait_until has_rows COMPLETE 3
	kill -9 "$run"
	start_run
	uploaded
	expect_all_complete 20
	stop_run
}

@test "two runs can't have the same folder, or the same address" {
	start_run
	try env DATA="$PWD/data" LISTEN=127.0.0.1:0 "$TOP/scripts/run"
	expect_status 1
	expect_messages "run: $PWD/data is in use by another run, process $run"
	try env DATA="$PWD/other" LISTEN="127.0.0.1:$port" "$TOP/scripts/run"
	expect_status 1
	expect_in "127.0.0.1:$port: Address already in use" "$stderr"
	expect_in 'run: imgpl-serve ended with status 75' "$stderr"
	expect_in 'LISTEN=' "$stderr"
	stop_run
}

@test "without networks it says how to go on without labels" {
	try env DATA="$PWD/data" LISTEN=127.0.0.1:0 IMGPL_MODELS="$PWD/nowhere" "$TOP/scripts/run"
	expect_status 1
	expect_in 'imgpl-label: ' "$stderr"
	expect_in "run: imgpl-label ended with status 2" "$stderr"
	expect_in "'make run LABELS=off'" "$stderr"
}

@test "the page is served, and a picture goes from the upload to its renditions" {
	picture photo.jpg
	start_run
	expect_same 700 "$(stat -c %a data)"
	try curl -fsS "http://127.0.0.1:$port/"
	expect_in '<div id="app">' "$output"
	upload 1 photo.jpg
	uploaded
	expect_all_complete 1
	key=$(cut -d ' ' -f 1 keys)
	try curl -fsS "http://127.0.0.1:$port/results?image_key=$key"
	expect_json '["COMPLETE",["main","thumb"]]' '[.status, [.results.renditions[].name]]'
	expect_same '' "$(find data -perm /077)"
	stop_run
}
