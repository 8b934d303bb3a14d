# What the machine refuses: memory at any point, whole reads and writes, a device that works. The
# library fault.c makes these calls fail; sanitizers have allocators of their own, and do without.
load helper

setup_file() {
	compile fault.c fault.so -shared -fPIC -ldl
}

# Run a command with one of the faults.
try_with() { # try_with FAULT=N COMMAND...
	rm -f told
	run --separate-stderr timeout 20 env LD_PRELOAD="$BATS_FILE_TMPDIR/fault.so" FAULT_TOLD=told "$@"
}

make_input() {
	needs_plain_build
	picture a.jpg
	records a.jpg >in
	echo nonsense >nonsense
	echo '{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"a%20b.jpg","sequencer":"05"}}}]}' >event
}

# Run a command without the N-th allocation, and judge: the answer is the right one, or the tool says
# what it lacks. No signal ends it, and no answer is wrong. Fails if there is no N-th allocation.
refuse_one() { # refuse_one N COMMAND...
	local reason

	rm -rf processed imgpl.db*
	[ ! -e ../rows.db ] || cp ../rows.db imgpl.db
	try_with FAULT_MEMORY="$1" "${@:2}"
	[ -e told ] || return 1
	[ "$status" != "$good_status" ] || [ "$output" != "$good" ] || return 0
	reason="allocation $1, for $(cat told): status $status; $output; $stderr"
	case $status in
	1) [[ $output == *'"type":"Imgpl.Internal"'* ]] || wrong+=("$reason") ;;
	2) [[ -z $output && -n $stderr ]] || wrong+=("$reason") ;;
	75) [[ $stderr == *'out of memory'* || $output == *'"type":"Imgpl.Transient"'* ]] || wrong+=("$reason") ;;
	*) wrong+=("$reason") ;;
	esac
}

# Refuse the allocations of a command in turn, but those of the libraries named.
refuse_all() { # refuse_all LIBRARY,... FIRST STEP COMMAND...
	local number wrong=()

	good_status=0
	rm -rf processed imgpl.db*
	[ ! -e ../rows.db ] || cp ../rows.db imgpl.db
	good=$("${@:4}" 2>/dev/null) || good_status=$?
	export FAULT_SPARES=$1
	for ((number = $2; ; number += $3)); do
		refuse_one $number "${@:4}" || break
	done
	unset FAULT_SPARES
	[ $number -gt 5 ] || fail "only $number allocations: the fault is not there"
	[ ${#wrong[@]} = 0 ] || fail "$(printf '%s\n' "${wrong[@]:0:20}")"
}

# Refuse every allocation but SQLite's, which has tests of its own for that and of which a few must
# do, and json-c's, which is looked at below.
refuse_memory() { # refuse_memory COMMAND...
	refuse_all libsqlite3,libjson-c 1 1 "$@"
	refuse_all libjson-c 50 31 "$@"
}

# Begin with a table that holds the picture's row.
make_rows() {
	imgpl-store --at=0 in >/dev/null
	mv imgpl.db ../rows.db
}

@test "imgpl-list without memory at any point tells the truth or ends with a message" {
	make_input
	refuse_memory imgpl-list a.jpg
	make_rows
	refuse_memory imgpl-list --pending a.jpg
}

@test "imgpl-trigger without memory at any point tells the truth or ends with a message" {
	make_input
	refuse_memory imgpl-trigger --mark --at=0 event
}

@test "imgpl-validate without memory at any point tells the truth or ends with a message" {
	make_input
	refuse_memory imgpl-validate in
}

@test "imgpl-resize without memory at any point tells the truth or ends with a message" {
	make_input
	refuse_memory imgpl-resize --rendition=a=10x10,format=png --rendition=b=8x8,format=webp --rendition=c=6x6 in
}

@test "imgpl-store without memory at any point tells the truth or ends with a message" {
	make_input
	refuse_memory imgpl-store --at=0 in
}

@test "imgpl-results without memory at any point tells the truth or ends with a message" {
	make_input
	make_rows
	refuse_memory imgpl-results in
}

@test "a line that is no record, without memory at any point, is told or ends with a message" {
	make_input
	refuse_memory imgpl-validate nonsense
}

@test "memory that json-c lacks makes no wrong answer" {
	make_input
	for command in 'imgpl-list a.jpg' 'imgpl-trigger event' 'imgpl-validate in' 'imgpl-validate nonsense' 'imgpl-resize in' \
		'imgpl-store --at=0 in' 'imgpl-results in'; do
		# shellcheck disable=SC2086
		refuse_all libsqlite3 1 1 $command
	done
}

@test "reads and writes that are short or interrupted change nothing" {
	make_input
	seq 300 | sed 's/.*/{"key":"a.jpg","n":&,"d":1.10}/' >many
	convert -size 60x40 -seed 1 plasma:red-blue b.png
	convert b.png c.webp
	records b.png c.webp a.jpg missing.jpg >>many
	for run in plain faulty; do
		if [ $run = faulty ]; then
			export LD_PRELOAD=$BATS_FILE_TMPDIR/fault.so FAULT_SHORT=1
		fi
		{
			imgpl-list a.jpg b.png c.webp
			imgpl-trigger --mark --at=0 --table=sqlite:$run.db event
			imgpl-validate -j 2 many
			cat many | imgpl-resize -j 2 --out-prefix=$run/ --rendition=main=30x30 | sed "s,$run/,,g"
			imgpl-store --at=0 --table=sqlite:$run.db many
			imgpl-results --table=sqlite:$run.db many
		} >$run.out 2>$run.err || true
		unset LD_PRELOAD FAULT_SHORT
	done
	expect_same_file plain.out faulty.out
	expect_same_file plain.err faulty.err
	expect_same "$(cd plain && find . -type f -exec sha256sum {} + | sort)" "$(cd faulty && find . -type f -exec sha256sum {} + | sort)"
	expect_same "$(rows 'select * from images' plain.db)" "$(rows 'select * from images' faulty.db)"
}

@test "a picture is on the disk before it has its name, and its name before the answer" {
	make_input
	mkdir -p processed/main
	try_with FAULT_TRACE=trace imgpl-resize in
	expect_status 0
	expect_same 'file rename directory ' "$(tr '\n' ' ' <trace)"
	rm -rf processed trace
	try_with FAULT_TRACE=trace imgpl-resize in
	expect_same 'directory directory file rename directory ' "$(tr '\n' ' ' <trace)"
}

@test "a row is on the disk before the answer" {
	make_input
	make_rows
	cp ../rows.db imgpl.db
	try_with FAULT_TRACE=trace imgpl-store --at=0 <<<'{"key":"b"}'
	expect_status 0
	expect_in file "$(cat trace)"
}

@test "a device that fails at any point leaves no torn picture, and the next run makes it whole" {
	make_input
	convert -size 60x40 -seed 1 plasma:red-blue b.png
	records b.png >in
	good=$(imgpl-resize --rendition=a=30x30 --rendition=b=20x20,format=jpeg in)
	sums=$(find processed -type f -exec sha256sum {} + | sort)
	number=0
	while :; do
		number=$((number + 1))
		rm -rf processed
		try_with FAULT_DEVICE=$number imgpl-resize --rendition=a=30x30 --rendition=b=20x20,format=jpeg in
		[ -e told ] || break
		[ "$status" = 75 ] || [ "$status" = 1 ] || fail "transfer $number: status $status: $output; $stderr"
		expect_in 'Input/output error' "$stderr"
		if [ -e processed ]; then
			find processed -type f ! -name '.*' -exec sha256sum {} + | while read -r sum; do
				expect_in "$sum" "$sums"
			done
		fi
		expect_same "$good" "$(imgpl-resize --rendition=a=30x30 --rendition=b=20x20,format=jpeg in)"
		expect_same "$sums" "$(find processed -type f -exec sha256sum {} + | sort)"
	done
	[ $number -gt 5 ]
	expect_same "$good" "$output"
}

@test "a device that fails under the table at any point loses no row that was told" {
	make_input
	seq -f '{"key":"k%.0f"}' 20 >in
	number=0
	while :; do
		number=$((number + 1))
		rm -f imgpl.db*
		try_with FAULT_DEVICE=$number imgpl-store --at=0 in
		[ -e told ] || break
		[ "$status" -lt 124 ] || fail "transfer $number: status $status: $stderr"
		[ "$status" = 0 ] || [ -n "$stderr" ] || fail "transfer $number: status $status and no word"
		told=$(jq -r 'select(.error | not) | .key' <<<"$output" | LC_ALL=C sort)
		records $told >told-records
		try imgpl-results told-records
		expect_same '' "$(jq -r 'select(.status != "COMPLETE") | .key' <<<"$output")"
		try imgpl-store --at=0 in
		expect_status 0
		expect_same '20|ok' "$(rows 'select count(*) from images; pragma integrity_check' | tr '\n' '|' | sed 's/|$//')"
	done
	[ $number -gt 10 ]
}
