# quick
# imgpl-trigger: storage events become records.
load helper

# An entry of S3's notification; the key as the event spells it.
entry() { # entry KEY [SEQUENCER [EVENT]]
	printf '{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"%s","s3":{"bucket":{"name":"photos"},"object":{"key":"%s","size":1024,"eTag":"d41d8cd9","versionId":"v-%s","sequencer":"%s"}}}' \
		"${3:-ObjectCreated:Put}" "$1" "${2:-01}" "${2:-01}"
}

# An event with the entries given, on one line.
event() { # event ENTRY...
	local IFS=,

	printf '{"Records":[%s]}\n' "$*"
}

# What SQS makes of an event.
in_sqs() { # in_sqs EVENT
	jq -cn --arg body "$1" '{Records: [{messageId: "1", body: $body, eventSource: "aws:sqs"}]}'
}

@test "each entry of a notification becomes a record with what the event says" {
	try imgpl-trigger < <(event "$(entry uploads/a.jpg)" "$(entry uploads/b.jpg 02)")
	expect_status 0
	expect_same '{"bucket":"photos","key":"uploads/a.jpg","source":{"version_id":"v-01","etag":"d41d8cd9","sequencer":"01","bytes":1024}}
{"bucket":"photos","key":"uploads/b.jpg","source":{"version_id":"v-02","etag":"d41d8cd9","sequencer":"02","bytes":1024}}' "$output"
	expect_messages
}

@test "an event of EventBridge becomes a record, its key taken as it is" {
	try imgpl-trigger <<<'{"version":"0","id":"1","detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":"photos"},"object":{"key":"a+b%20c.jpg","size":7,"etag":"e","version-id":"v","sequencer":"05"},"reason":"PutObject"}}'
	expect_status 0
	expect_same '{"bucket":"photos","key":"a+b%20c.jpg","source":{"version_id":"v","etag":"e","sequencer":"05","bytes":7}}' "$output"
}

@test "events inside messages of SQS and SNS are taken out" {
	event=$(event "$(entry a+b.jpg)" "$(entry c.jpg)")
	bridge='{"detail-type":"Object Created","detail":{"bucket":{"name":"photos"},"object":{"key":"d.jpg"}}}'
	jq -cn --arg e "$event" '{Messages: [{MessageId: "1", Body: $e}]}' >receive-message
	jq -cn --arg e "$event" '{Type: "Notification", Message: $e}' >sns-raw
	in_sqs "$(cat sns-raw)" >sns-in-sqs
	in_sqs "$event" >sqs
	for wrapped in receive-message sns-raw sns-in-sqs sqs; do
		try imgpl-trigger $wrapped
		expect_status 0
		expect_json '"a b.jpg"
"c.jpg"' .key
	done
	try imgpl-trigger < <(in_sqs "$bridge")
	expect_json '"d.jpg"' .key
}

@test "keys are decoded exactly once" {
	for pair in 'a+b.jpg=a b.jpg' 'a%2Bb.jpg=a+b.jpg' 'a%2520b.jpg=a%20b.jpg' '%E6%97%A5%e6%9c%ac.jpg=日本.jpg' \
		'a%2Fb.jpg=a/b.jpg' '%3Cscript%3E.jpg=<script>.jpg' 'a%26%3D.jpg=a&=.jpg'; do
		try imgpl-trigger < <(event "$(entry "${pair%%=*}")")
		expect_status 0
		expect_same "${pair#*=}" "$(jq -r .key <<<"$output")"
	done
}

@test "a key that cannot be decoded gives an error record and its neighbours are told" {
	for key in 100% %zz a%00b %ff ''; do
		event "$(entry before.jpg)" "$(entry "$key")" "$(entry after.jpg)" >in
		try imgpl-trigger in
		expect_status 1
		expect_json '["before.jpg",null]
[null,"Imgpl.Invalid"]
["after.jpg",null]' '[.key,.error.type]'
		expect_in 'imgpl-trigger: line 1: ' "$stderr"
		expect_same "$(head -c 1024 in | tr -d '\n')" "$(sed -n 2p <<<"$output" | jq -r .input)"
	done
}

@test "a key longer than S3 has gives an error record" {
	try imgpl-trigger < <(event "$(entry "$(printf '%01025d' 0)")" "$(entry "$(printf '%01024d' 0)")")
	expect_status 1
	expect_json '"Imgpl.Limit"
null' .error.type
}

@test "own outputs are skipped, so that nothing goes round in circles" {
	event "$(entry processed/main/a.jpg)" "$(entry processed%2Fmain%2Fb.jpg)" "$(entry uploads/a.jpg)" >in
	try imgpl-trigger in
	expect_status 0
	expect_json '"uploads/a.jpg"' .key
	try imgpl-trigger --out-prefix=uploads/ in
	expect_json '"processed/main/a.jpg"
"processed/main/b.jpg"' .key
	try imgpl-trigger -v in
	expect_in 'processed/main/a.jpg: skipped' "$stderr"
}

@test "test events, deletions and other events give nothing, and no failure" {
	{
		echo '{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-02T03:04:05.000Z","Bucket":"photos","RequestId":"1","HostId":"2"}'
		event "$(entry a.jpg 01 ObjectRemoved:Delete)" "$(entry a.jpg 01 s3:LifecycleExpiration:Delete)"
		echo '{"detail-type":"Object Deleted","detail":{"bucket":{"name":"photos"},"object":{"key":"a.jpg"}}}'
		in_sqs '{"Event":"s3:TestEvent"}'
	} >in
	try imgpl-trigger in
	expect_status 0
	expect_same '' "$output$stderr"
}

@test "a duplicate and an older event give nothing" {
	{
		event "$(entry a.jpg 05)"
		event "$(entry a.jpg 05)" "$(entry a.jpg 0500)"
		event "$(entry a.jpg 04)"
		event "$(entry b.jpg 04)"
		event "$(entry a.jpg 0501)"
		event "$(entry a.jpg 05)"
	} >in
	try imgpl-trigger in
	expect_status 0
	expect_json '["a.jpg","05"]
["b.jpg","04"]
["a.jpg","0501"]' '[.key,.source.sequencer]'
}

@test "what is no event gives an error record with its line and its neighbours are told" {
	{
		event "$(entry a.jpg)"
		echo nonsense
		echo '{"hello":"world"}'
		echo '[]'
		echo null
		in_sqs nonsense
		in_sqs null
		in_sqs '{"hello":"world"}'
		event 1 '"x"' null "$(entry b.jpg)"
	} >in
	try imgpl-trigger in
	expect_status 1
	expect_json '["a.jpg",null,null]
[null,2,"Imgpl.Invalid"]
[null,3,"Imgpl.Invalid"]
[null,4,"Imgpl.Invalid"]
[null,5,"Imgpl.Invalid"]
[null,6,"Imgpl.Invalid"]
[null,7,"Imgpl.Invalid"]
[null,8,"Imgpl.Invalid"]
[null,9,"Imgpl.Invalid"]
[null,9,"Imgpl.Invalid"]
[null,9,"Imgpl.Invalid"]
["b.jpg",null,null]' '[.key,.line,.error.type]'
	expect_same '' "$(jq -r 'select(.error.reason == "") | .line' <<<"$output")"
}

@test "marking writes rows that are being worked on before the record comes out" {
	try imgpl-trigger --mark --at=2026-01-02T03:04:05Z < <(event "$(entry a.jpg 05)")
	expect_status 0
	expect_json '["a.jpg","2026-01-02T03:04:05Z"]' '[.key,.started_at]'
	expect_same 'a.jpg|photos|PROCESSING|05|d41d8cd9|2026-01-02T03:04:05Z' \
		"$(rows 'select image_key, bucket, status, sequencer, etag, started_at from images')"
}

@test "without marking no table is made" {
	try imgpl-trigger < <(event "$(entry a.jpg)")
	expect_status 0
	[ ! -e imgpl.db ]
	try imgpl-trigger --mark -n < <(event "$(entry a.jpg)")
	expect_status 0
	expect_json true .dry_run
	[ ! -e imgpl.db ]
}

@test "marking leaves a row that is complete, and one that is newer" {
	imgpl-trigger --mark --at=1 < <(event "$(entry a.jpg 05)") | imgpl-store --at=2 >done
	imgpl-trigger --mark --at=3 < <(event "$(entry a.jpg 05)") >again
	expect_same 'COMPLETE|05' "$(rows 'select status, sequencer from images')"
	imgpl-trigger --mark --at=4 < <(event "$(entry a.jpg 04)") >older
	expect_same 'COMPLETE|05' "$(rows 'select status, sequencer from images')"
	imgpl-trigger --mark --at=5 < <(event "$(entry a.jpg 06)") >newer
	expect_same 'PROCESSING|06|1970-01-01T00:00:05Z' "$(rows 'select status, sequencer, started_at from images')"
}

@test "what was marked and stored ends complete and keeps when it was started" {
	imgpl-trigger --mark --at=1 < <(event "$(entry a.jpg 05)") | imgpl-store --at=2 >done
	expect_same 'COMPLETE|1970-01-01T00:00:01Z|1970-01-01T00:00:02Z' \
		"$(rows 'select status, started_at, created_at from images')"
}

@test "a row of another bucket is refused" {
	imgpl-trigger --mark < <(event "$(entry a.jpg 05)") >/dev/null
	try imgpl-trigger --mark < <(event "$(entry a.jpg 06 | sed s/photos/other/)" "$(entry b.jpg 06)")
	expect_status 1
	expect_json '["other","Imgpl.Invalid"]
["photos",null]' '[.bucket,.error.type]'
	expect_same 'a.jpg|photos|05 b.jpg|photos|06 ' "$(rows 'select image_key, bucket, sequencer from images order by 1' | tr '\n' ' ')"
}

@test "several jobs give the same records in the same order" {
	for number in {1..300}; do
		event "$(entry "k$number.jpg" 05)" "$(entry "l$number.jpg" 05)"
	done >in
	imgpl-trigger --at=0 --mark in >one
	imgpl-trigger --at=0 --mark -j 8 --table=sqlite:many.db in >many
	expect_same_file one many
	expect_same 600 "$(rows 'select count(*) from images' many.db)"
}

@test "an event that can never be marked is told once, and makes no other news" {
	imgpl-trigger --mark < <(event "$(entry a.jpg 05)") >/dev/null
	event "$(entry c.jpg 05)" >good
	event "$(entry a.jpg 06 | sed s/photos/other/)" >bad
	try imgpl-trigger --mark good bad good bad
	expect_status 1
	expect_json '["c.jpg",null]
["a.jpg","Imgpl.Invalid"]' '[.key,.error.type]'
}

@test "the table's trouble is told with every event it is for" {
	imgpl-trigger --mark < <(event "$(entry a.jpg 05)") >/dev/null
	chmod a-w imgpl.db .
	if [ -w imgpl.db ]; then # root may write anyway
		chmod u+w imgpl.db .
		rm imgpl.db*
		mkdir imgpl.db
	fi
	try imgpl-trigger --mark < <(event "$(entry a.jpg 06)")
	chmod u+w .
	expect_status 2
	expect_same '' "$output"
	expect_in 'imgpl.db' "$stderr"
}

@test "what is no state machine's ARN is misuse, before anything is read" {
	event "$(entry a.jpg)" >in
	for arn in pipeline arn:aws:states:us-east-1:123456789012:execution:pipeline:x \
		arn:aws:lambda:us-east-1:123456789012:function:pipeline; do
		try imgpl-trigger --state-machine=$arn in
		expect_status 2
		expect_same '' "$output"
		STATE_MACHINE_ARN=$arn try imgpl-trigger in
		expect_status 2
	done
	try imgpl-trigger --attempt=0 in
	expect_status 2
}

@test "a dry run tells the executions that would start, without a region or keys" {
	machine=arn:aws:states:us-east-1:123456789012:stateMachine:pipeline
	event "$(entry uploads/a.jpg)" "$(entry uploads/b.jpg)" "$(entry uploads/a.jpg)" "$(entry processed/a.jpg)" >in
	AWS_REGION='' AWS_ACCESS_KEY_ID='' try imgpl-trigger -n --state-machine=$machine in
	expect_status 0
	expect_json '[["uploads/a.jpg","uploads/b.jpg"],1,1,true]' '[[.started[].key], .duplicates, .skipped, .dry_run]'
	expect_same 2 "$(jq -r '.started[].execution' <<<"$output" |
		grep -cE '^arn:aws:states:us-east-1:123456789012:execution:pipeline:[0-9a-f]{64}$')"
	first=$(jq -r '.started[0].execution' <<<"$output")
	try imgpl-trigger -n --attempt=2 --state-machine=$machine:PROD in
	expect_same "$first-2" "$(jq -r '.started[0].execution' <<<"$output")"
	try imgpl-trigger -n --state-machine=$machine < <(event "$(entry uploads/a.jpg 02)")
	[ "$(jq -r '.started[0].execution' <<<"$output")" != "$first" ]
}
