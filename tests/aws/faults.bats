# Whatever the network and the services of AWS do to the tools, they end as the table has it
# (faults.tsv). All rows are run first, many side by side, since most of them wait; then they are
# judged. FAULTS='get.*resize' runs the rows that match, FAULTS_SIDE_BY_SIDE says how many at once.
IMGPL_BIN=${IMGPL_BIN:-$BATS_TEST_DIRNAME/../../build/bin}
load ../helper
load faults

setup_file() {
	IMGPL_BIN=$(cd "$IMGPL_BIN" && pwd)
	PATH=$IMGPL_BIN:$PATH
	export LC_ALL=C.UTF-8
	serve_faults
	compile ../peak.c peak
	make_digests
	run_rows "$BATS_TEST_DIRNAME/faults.tsv" "${FAULTS_SIDE_BY_SIDE:-32}"
	stop_faults
}

# What the pictures that are resized become where nothing is in between.
make_digests() {
	mkdir -p local/uploads
	cp picture.jpg local/uploads/a.jpg
	cp large.jpg local/uploads/large.jpg
	cd local || return 1
	imgpl-resize --rendition=main=300x300 <<<'{"key":"uploads/a.jpg"}'
	imgpl-resize --rendition=main=2400x1800,format=png <<<'{"key":"uploads/large.jpg"}'
	cd .. || return 1
	sha256sum local/processed/main/* | cut -d ' ' -f 1 >digests
	[ "$(wc -l <digests)" = 2 ]
}

# Fail, naming the rows, unless all of the targets' rows are right; say how many they are.
expect_rows() { # expect_rows QUESTION [TARGET,...]
	try /usr/bin/python3 "$TESTS/faults_judge.py" "$BATS_FILE_TMPDIR" "$@"
	printf '# %s: %s\n' "$*" "${output%%$'\n'*}" >&3
	[ "$status" = 0 ] || fail "$output$stderr"
}

@test "whatever happens while an object is read, the tools end as the table has it" {
	expect_rows outcome get
}

@test "whatever happens while an object is written, the tools end as the table has it" {
	expect_rows outcome put
}

@test "whatever happens while an object is written in parts, the tools end as the table has it" {
	expect_rows outcome create,part,complete
}

@test "whatever happens to a listing, the tools end as the table has it" {
	expect_rows outcome list
}

@test "whatever happens to rows, the tools end as the table has it" {
	expect_rows outcome dynamodb,UpdateItem,BatchGetItem
}

@test "a row whose answer was lost on the way is not taken for another's" {
	grep -l 'lost-answer-once.*UpdateItem' "$BATS_FILE_TMPDIR"/rows/*/row >found
	expect_same 1 "$(wc -l <found)"
	expect_same '["COMPLETE",null]' "$(jq -c '[.status, .superseded]' "$(dirname "$(cat found)")/out")"
}

@test "whatever happens to labels, the tools end as the table has it" {
	expect_rows outcome rekognition
}

@test "whatever happens when executions are started, the tools end as the table has it" {
	expect_rows outcome states
}

@test "nothing that happens takes more than 64 MB of memory" {
	needs_plain_build
	expect_rows memory
}

@test "nothing that happens takes more than 90 seconds" {
	expect_rows time
}

@test "nothing that happens makes a tool tell a secret" {
	expect_rows secrets
}

@test "pauses between attempts grow, and differ" {
	expect_rows pauses
}

@test "every fault that the server knows is in the table" {
	cut -f 1 "$TESTS/faults.tsv" | sed -E 's/-(once|twice)$//' | sort -u >used
	sed -n "s/^@fault('\([^']*\)'.*/\1/p" "$TESTS/faults.py" | sort -u >known
	expect_same trap "$(comm -13 used known)"
}
