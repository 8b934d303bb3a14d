# imgpl-trigger: storage events become executions of a state machine. What tests/aws/up brought up
# answers as Step Functions does.
load ../helper

setup_file() {
	[ -n "${STAND_LOG:-}" ] || fail 'nothing stands in for AWS: tests/aws/up DIR, and then . DIR/env'
}

# Every run and every test has keys of its own, since names of executions are taken for good.
key() { # key NAME
	printf 'uploads/%s-%s/%s' "$(basename "$BATS_RUN_TMPDIR")" "$BATS_TEST_NUMBER" "$1"
}

# An entry of S3's notification; the key as the event spells it.
entry() { # entry KEY [SEQUENCER [EVENT]]
	printf '{"eventName":"%s","s3":{"bucket":{"name":"photos"},"object":{"key":"%s","size":1024,"eTag":"d41d8cd9","sequencer":"%s"}}}' \
		"${3:-ObjectCreated:Put}" "$1" "${2:-01}"
}

# An event with the entries given, on one line.
event() { # event ENTRY...
	local IFS=,

	printf '{"Records":[%s]}\n' "$*"
}

try_trigger() { # try_trigger ARGUMENT...
	try imgpl-trigger --state-machine="$STAND_STATE_MACHINE" "$@"
}

# Print the inputs of the test's executions, a line each.
inputs() {
	jq -c --arg key "$(key '')" '.input | select(fromjson.key | startswith($key)) | fromjson' \
		"$STAND_LOG/executions.jsonl"
}

# So many executions were started.
expect_started() { # expect_started NUMBER
	expect_same "$1" "$(inputs | wc -l)"
}

@test "an event starts an execution whose input is the picture's record" {
	event "$(entry "$(key a+b.jpg)")" >in
	try_trigger --at=2026-01-02T03:04:05Z in
	expect_status 0
	expect_messages
	expect_json "[\"$(key 'a b.jpg')\",0,0]" '[.started[].key, .duplicates, .skipped]'
	expect_same "{\"bucket\":\"photos\",\"key\":\"$(key 'a b.jpg')\",\"source\":{\"etag\":\"d41d8cd9\",\"sequencer\":\"01\",\"bytes\":1024},\"started_at\":\"2026-01-02T03:04:05Z\"}" \
		"$(inputs)"
	grep -F "\"$(jq -r '.started[].execution' <<<"$output")\"" "$STAND_LOG/executions.jsonl"
}

@test "a duplicate event starts nothing, from another process either" {
	event "$(entry "$(key a.jpg)" 05)" >in
	try_trigger --at=1 in in
	expect_status 0
	expect_json '[1,0]
[0,1]' '[(.started | length), .duplicates]'
	try_trigger --at=2 in
	expect_status 0
	expect_json '[0,1]' '[(.started | length), .duplicates]'
	expect_started 1
}

@test "an object that stands twice in one event is started once" {
	event "$(entry "$(key a.jpg)")" "$(entry "$(key b.jpg)")" "$(entry "$(key a.jpg)")" >in
	try_trigger in
	expect_status 0
	expect_json "[\"$(key a.jpg)\",\"$(key b.jpg)\",1]" '[.started[].key, .duplicates]'
	expect_started 2
}

@test "a newer object of the same key starts another execution, and an older one none" {
	event "$(entry "$(key a.jpg)" 05)" >first
	event "$(entry "$(key a.jpg)" 06)" >second
	event "$(entry "$(key a.jpg)" 04)" >older
	try_trigger --mark first second older
	expect_status 0
	expect_json '[1,0]
[1,0]
[0,1]' '[(.started | length), .duplicates]'
	try_trigger --mark older
	expect_json '[0,1]' '[(.started | length), .duplicates]'
	expect_started 2
	expect_same 'PROCESSING|06' "$(rows 'select status, sequencer from images')"
}

@test "another attempt starts an execution of its own, once" {
	event "$(entry "$(key a.jpg)")" >in
	try_trigger --at=1 in
	first=$(jq -r '.started[].execution' <<<"$output")
	try_trigger --at=2 --attempt=2 in
	expect_same "$first-2" "$(jq -r '.started[].execution' <<<"$output")"
	try_trigger --at=3 --attempt=2 in
	expect_json '[0,1]' '[(.started | length), .duplicates]'
	expect_started 2
}

@test "outputs, deletions and test events are skipped" {
	event "$(entry processed/main/a.jpg)" "$(entry "$(key a.jpg)" 01 ObjectRemoved:Delete)" >in
	echo '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"photos"}' >>in
	try_trigger in
	expect_status 0
	expect_same '{"started":[],"duplicates":0,"skipped":2}
{"started":[],"duplicates":0,"skipped":1}' "$output"
	expect_started 0
}

@test "an event that failed in part can be tried again, which starts what is missing" {
	event "$(entry "$(key a.jpg)")" "$(entry "$(key '%zz')")" "$(entry "$(key b.jpg)")" >in
	try_trigger --at=1 in
	expect_status 1
	expect_json "[\"Imgpl.Invalid\",1,\"$(key a.jpg)\",\"$(key b.jpg)\"]" \
		'[.error.type, .line, .started[].key]'
	expect_in 'imgpl-trigger: line 1: ' "$stderr"
	jq -c 'del(.error) | .Records[1].s3.object.key |= sub("%zz"; "c.jpg")' <<<"$output" >again
	try_trigger --at=2 again
	expect_status 0
	expect_json "[\"$(key c.jpg)\",2]" '[.started[].key, .duplicates]'
	expect_started 3
}

@test "what Step Functions refuses is a failure of the event" {
	event "$(entry "$(key a.jpg)")" >in
	try imgpl-trigger --state-machine="${STAND_STATE_MACHINE}s" in
	expect_status 1
	expect_json '["Imgpl.Internal",false,[]]' '[.error.type, .error.retry, .started]'
	expect_in "photos/$(key a.jpg): StartExecution: 400 StateMachineDoesNotExist" "$stderr"
	jq -c 'del(.error)' <<<"$output" >again
	try_trigger again
	expect_status 0
	expect_json "[\"$(key a.jpg)\",0]" '[.started[].key, .duplicates]'
}

@test "what is no event is a failure, and its neighbours are started" {
	{
		event "$(entry "$(key a.jpg)")"
		echo nonsense
		echo '{"hello":"world"}'
		event "$(entry "$(key b.jpg)")"
	} >in
	try_trigger in
	expect_status 1
	expect_json '[1,null,null]
[0,2,"Imgpl.Invalid"]
[0,3,"Imgpl.Invalid"]
[1,null,null]' '[(.started | length), .line, .error.type]'
	expect_started 2
}

@test "a record over 256 KiB is refused without a call" {
	event "$(entry "$(key a.jpg)")" | jq -c '.Records[0].s3.object.eTag = "x" * 262144' >in
	calls=$(wc -l <"$STAND_LOG/requests.jsonl")
	try_trigger in
	expect_status 1
	expect_json '"Imgpl.Limit"' .error.type
	expect_started 0
	expect_same "$calls" "$(wc -l <"$STAND_LOG/requests.jsonl")"
}

@test "a dry run starts nothing, and tells the execution that would be" {
	event "$(entry "$(key a.jpg)")" >in
	try_trigger -n --mark in
	expect_status 0
	expect_started 0
	[ ! -e imgpl.db ]
	expect_json true .dry_run
	would=$(jq -r '.started[].execution' <<<"$output")
	try_trigger in
	expect_same "$would" "$(jq -r '.started[].execution' <<<"$output")"
}

@test "a row is marked with the time that the execution is told" {
	event "$(entry "$(key a.jpg)" 05)" >in
	try_trigger --mark --at=7 in
	expect_status 0
	expect_same "$(key a.jpg)|photos|PROCESSING|05|1970-01-01T00:00:07Z" \
		"$(rows 'select image_key, bucket, status, sequencer, started_at from images')"
	expect_same '1970-01-01T00:00:07Z' "$(inputs | jq -r .started_at)"
}

@test "a row that can't be marked keeps its execution from starting" {
	event "$(entry "$(key a.jpg)" 05)" >in
	imgpl-trigger --mark in >marked
	event "$(entry "$(key a.jpg)" 06 | sed 's/photos/other/')" "$(entry "$(key b.jpg)" 05)" >in
	try_trigger --mark in
	expect_status 1
	expect_json "[\"Imgpl.Invalid\",\"$(key b.jpg)\"]" '[.error.type, .started[].key]'
	expect_started 1
}

@test "a late duplicate leaves the row FAILED as its execution made it" {
	event "$(entry "$(key a.jpg)" 05)" >in
	try_trigger --mark --at=1 in
	inputs | jq -c '.error = {Error: "States.Timeout", Cause: "too slow"}' >failed
	try imgpl-store --at=2 failed
	before=$(rows 'select * from images')
	expect_in FAILED "$before"
	try_trigger --mark --at=3 in
	expect_status 0
	expect_json '[0,1]' '[(.started | length), .duplicates]'
	expect_same "$before" "$(rows 'select * from images')"
	try_trigger --mark --at=4 --attempt=2 in
	expect_json '[1,0]' '[(.started | length), .duplicates]'
	expect_same PROCESSING "$(rows 'select status from images')"
}

@test "many events at a time are answered in order, and each object is started once" {
	for n in $(seq 40); do
		event "$(entry "$(key "$((n % 20))")")"
	done >in
	try_trigger --mark -j 8 in
	expect_status 0
	expect_same "$({
		seq 19
		echo 0
		yes - | head -n 20
	})" "$(jq -r '.started[0].key // "-"' <<<"$output" | sed 's/.*\///')"
	expect_started 20
	expect_same 20 "$(rows "select count(*) from images where status = 'PROCESSING'")"
}

@test "the region is the state machine's, which the environment can name too" {
	event "$(entry "$(key a.jpg)")" >in
	AWS_REGION=eu-west-1 try_trigger in
	expect_status 0
	AWS_REGION='' STATE_MACHINE_ARN=$STAND_STATE_MACHINE try imgpl-trigger --attempt=2 in
	expect_status 0
	expect_started 2
}
