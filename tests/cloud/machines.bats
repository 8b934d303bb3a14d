# The state machines, as their files have them: linted, and run with functions that are commands.
load cloud

# A function that takes a record further as its tool would, and fails as often and as the record says.
function_that_fails() {
	cat >function <<-'SH'
		#!/bin/sh
		name=$1
		read -r event
		fault=$(printf '%s' "$event" | jq -r --arg name "$name" 'select(.error | not) | .faults[$name] // empty')
		if [ -n "$fault" ]; then
			echo x >>"tries-$name"
			left=$(printf '%s' "$event" | jq -r '.times // 1000000')
			if [ "$(wc -l <"tries-$name")" -le "$left" ]; then
				printf '%s' "$event" | jq -c --arg type "$fault" --arg tool "imgpl-$name" \
					'.error = {tool: $tool, type: $type, reason: "it was told to fail", retry: false}'
				exit
			fi
		fi
		printf '%s' "$event" | jq -c --arg name "$name" 'if $name == "store"
			then .status = (if .error then "FAILED" else "COMPLETE" end) else . end | .done += [$name]'
	SH
	chmod +x function
}

# The tools, on pictures in ./pictures and a table in ./rows.
function_that_works() {
	mkdir -p pictures/photos/uploads
	cat >function <<-'SH'
		#!/bin/sh
		export IMGPL_STORE=file:pictures IMGPL_TABLE=sqlite:rows
		case $1 in
		validate) exec imgpl-validate -q ;;
		resize) exec imgpl-resize -q --rendition=main=1024x1024 --rendition=thumb=160x160 ;;
		label) exec jq -c 'if .error then . else .labels = [] end' ;; # Rekognition is elsewhere: journey.bats
		store) exec imgpl-store -q ;;
		esac
	SH
	chmod +x function
}

picture() { # picture KEY
	mkdir -p "pictures/photos/$(dirname "$1")"
	convert -size 640x480 plasma:red-blue "pictures/photos/$1"
}

tries() { # tries FUNCTION < OUTCOME
	jq -r --arg name "$1" '[.calls[] | select(. == $name)] | length'
}

record() { # record FAULTS [TIMES]
	jq -nc --argjson faults "$1" --argjson times "${2:-null}" \
		'{bucket: "photos", key: "uploads/u1/a.jpg", faults: $faults} + if $times then {times: $times} else {} end'
}

@test "statelint finds nothing wrong with any state machine" {
	needs_modules
	for machine in pipeline failed batch; do
		# It doesn't know the fields of a distributed map, which asl-validator does.
		jq 'del(.States.EachPicture | .ItemReader?, .ResultWriter?, .ToleratedFailurePercentage?)' \
			"$CLOUD_MACHINES/$machine.json" >machine.json
		try "$CLOUD_MODULES/node_modules/.bin/statelint" machine.json
		expect_status 0
		[[ "$output" != *ERROR* ]] || fail "$machine: $output"
		try "$CLOUD_MODULES/node_modules/.bin/asl-validator" --json-path "$CLOUD_MACHINES/$machine.json"
		expect_status 0
	done
}

@test "every error that a state machine names is one that there is" {
	needs_modules
	# Ours, those of the States Language, and those of Lambda that are worth another attempt.
	known='Imgpl.Invalid Imgpl.Limit Imgpl.Throttled Imgpl.Transient Imgpl.Internal States.ALL States.Timeout
		Lambda.ServiceException Lambda.AWSLambdaException Lambda.SdkClientException Lambda.Unknown
		Lambda.ClientExecutionTimeoutException Lambda.TooManyRequestsException Sandbox.Timedout'
	for machine in pipeline failed batch; do
		jq -r '.. | objects | .ErrorEquals? // empty | .[]' "$CLOUD_MACHINES/$machine.json" | sort -u >named
		while read -r name; do
			[[ " $(echo $known) " == *" $name "* ]] || fail "$machine: $name"
		done <named
	done
}

@test "States.ALL stands alone, and last, wherever it stands" {
	needs_modules
	for machine in pipeline failed batch; do
		none jq -c '.. | objects | (.Retry?, .Catch?) | arrays
			| (.[] | select(.ErrorEquals | index("States.ALL") and length > 1)),
			  (.[:-1][] | select(.ErrorEquals | index("States.ALL")))' "$CLOUD_MACHINES/$machine.json"
	done
}

@test "every Choice has a Default, and every function a time-out of its own" {
	needs_modules
	for machine in pipeline failed batch; do
		none jq -c '.. | objects | select(.Type? == "Choice" and (.Default | not))' "$CLOUD_MACHINES/$machine.json"
		none jq -c '.. | objects | select(.Type? == "Task" and (.TimeoutSeconds | not))' "$CLOUD_MACHINES/$machine.json"
	done
}

@test "every attempt but the first comes after a random pause that has a limit" {
	needs_modules
	for machine in pipeline failed; do
		none jq -c '.. | objects | .Retry? // empty | .[] | select(.MaxAttempts != 0)
			| select(.JitterStrategy != "FULL" or (.MaxDelaySeconds | not))' "$CLOUD_MACHINES/$machine.json"
	done
}

@test "planned: errors are handled in every function" {
	needs_modules
	# Each is tried again, and what is left becomes a row that says FAILED, or ends in PipelineFailed.
	expect_same 'Label Resize Store StoreFailure Validate' "$(jq -r '[.States | to_entries[] | select(.value.Type == "Task"
		and .value.Retry and (.value.Catch | any(.ErrorEquals == ["States.ALL"]))) | .key] | sort | join(" ")' \
		"$CLOUD_MACHINES/pipeline.json")"
	expect_same 5 "$(jq '[.States[] | select(.Type == "Task")] | length' "$CLOUD_MACHINES/pipeline.json")"
}

@test "each stage hands its record to the next, and the last one ends the execution" {
	needs_modules
	function_that_fails
	run_machine pipeline "$(record '{}')" >outcome
	expect_same 'SUCCEEDED validate resize label store' "$(jq -r '[.status, .calls[]] | join(" ")' outcome)"
	expect_same 'validate resize label store' "$(jq -r '.output.done | join(" ")' outcome)"
	expect_same COMPLETE "$(jq -r .output.status outcome)"
}

@test "planned: the key is preserved through every stage, whatever characters it has" {
	needs_modules
	function_that_works
	for key in 'uploads/u1/my cat+dog.jpg' 'uploads/ü/100%25.jpg' "uploads/quote's \"2\".jpg"; do
		picture "$key"
		jq -nc --arg key "$key" '{bucket: "photos", key: $key, mine: 1.10}' >input
		run_machine pipeline "$(cat input)" >outcome
		expect_same SUCCEEDED "$(jq -r .status outcome)"
		expect_same "$key" "$(jq -r .output.key outcome)"
		expect_same "processed/main/${key#uploads/}" "$(jq -r .output.processed_key outcome)"
		expect_same "$key" "$(jq -c .output outcome | imgpl-results --table=sqlite:rows | jq -r .key)"
	done
}

@test "planned: pictures are really resized" {
	needs_modules
	function_that_works
	picture uploads/a.jpg
	run_machine pipeline '{"bucket":"photos","key":"uploads/a.jpg"}' >outcome
	expect_same '160x120' "$(identify -format '%wx%h' pictures/photos/processed/thumb/a.jpg)"
}

@test "planned: size, format and quality are validated before a picture is worked on" {
	needs_modules
	function_that_works
	sed -i 's/imgpl-validate -q/imgpl-validate -q --max-bytes=1m --min-sharpness=30/' function
	picture uploads/blurred.jpg
	convert pictures/photos/uploads/blurred.jpg -blur 0x20 pictures/photos/uploads/blurred.jpg
	head -c 2000000 /dev/zero >pictures/photos/uploads/large.jpg
	echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >pictures/photos/uploads/drawing.jpg
	for name in blurred large drawing; do
		run_machine pipeline "{\"bucket\":\"photos\",\"key\":\"uploads/$name.jpg\"}" >outcome
		expect_same 'FAILED validate store' "$(jq -r '[.status, .calls[]] | join(" ")' outcome)"
	done
	printf '{"key":"uploads/%s.jpg"}\n' blurred large drawing | imgpl-results --table=sqlite:rows >told
	expect_same 'FAILED FAILED FAILED' "$(jq -rs 'map(.status) | join(" ")' told)"
	grep -q 'sharpness .* is under the limit of 30' told
	grep -q 'not a JPEG, PNG or WebP image' told
}

@test "Imgpl.Throttled is tried seven times, and Imgpl.Transient four" {
	needs_modules
	for stage in validate resize label store; do
		while read -r type attempts; do
			function_that_fails
			rm -f tries-*
			run_machine pipeline "$(record "{\"$stage\":\"$type\"}")" >outcome
			# A store that fails is asked once more, for the row FAILED.
			[ $stage != store ] || attempts=$((attempts + 1))
			expect_same "$stage $type $attempts" "$stage $type $(tries $stage <outcome)"
		done <<-'TYPES'
			Imgpl.Throttled 7
			Imgpl.Transient 4
		TYPES
	done
}

@test "Imgpl.Invalid, Imgpl.Limit and Imgpl.Internal are not tried again" {
	needs_modules
	for type in Imgpl.Invalid Imgpl.Limit Imgpl.Internal Some.Other; do
		function_that_fails
		run_machine pipeline "$(record "{\"resize\":\"$type\"}")" >outcome
		expect_same "$type FAILED validate resize store" "$type $(jq -r '[.status, .calls[]] | join(" ")' outcome)"
	done
}

@test "what fails twice and then works is COMPLETE" {
	needs_modules
	for type in Imgpl.Throttled Imgpl.Transient; do
		function_that_fails
		rm -f tries-*
		run_machine pipeline "$(record "{\"label\":\"$type\"}" 2)" >outcome
		expect_same 'SUCCEEDED 3 COMPLETE' "$(jq -r .status outcome) $(tries label <outcome) $(jq -r .output.status outcome)"
	done
}

@test "a failure for good writes the row FAILED, with the tool's own reason" {
	needs_modules
	function_that_works
	mkdir -p pictures/photos/uploads
	echo 'no picture' >pictures/photos/uploads/notes.jpg
	run_machine pipeline '{"bucket":"photos","key":"uploads/notes.jpg"}' >outcome
	expect_same FAILED "$(jq -r .status outcome)"
	expect_same 'photos/uploads/notes.jpg: not a JPEG, PNG or WebP image but text' \
		"$(echo '{"key":"uploads/notes.jpg"}' | imgpl-results --table=sqlite:rows | jq -r .reason)"
}

@test "a picture that is refused ends in PictureRefused, and any other failure in PipelineFailed" {
	needs_modules
	while read -r type end; do
		function_that_fails
		run_machine pipeline "$(record "{\"validate\":\"$type\"}")" >outcome
		expect_same "$type $end" "$type $(jq -r '.states[-1]' outcome)"
	done <<-'ENDS'
		Imgpl.Invalid PictureRefused
		Imgpl.Limit PictureRefused
		Imgpl.Internal PipelineFailed
		Imgpl.Transient PipelineFailed
	ENDS
	expect_same PipelineExecutionFailed "$(jq -r .States.PipelineFailed.Error "$CLOUD_MACHINES/pipeline.json")"
}

@test "where not even the row FAILED can be written the execution fails, which EventBridge tells" {
	needs_modules
	cat >function <<-'SH'
		#!/bin/sh
		jq -c --arg tool "imgpl-$1" '.error = {tool: $tool, type: "Imgpl.Transient", reason: "no table", retry: true}'
	SH
	chmod +x function
	run_machine pipeline '{"bucket":"photos","key":"uploads/a.jpg"}' >outcome
	expect_same 'FAILED PipelineFailed' "$(jq -r '[.status, .states[-1]] | join(" ")' outcome)"
}

# What EventBridge has of an execution that ended: https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-states.html
ended() { # ended STATUS INPUT
	jq -nc --arg status "$1" --argjson input "$2" '{version: "0", source: "aws.states",
		"detail-type": "Step Functions Execution Status Change",
		detail: {name: "0f3a-1", status: $status, input: ($input | if . then tojson else . end), output: null}}'
}

@test "an execution that timed out or was stopped gets its row FAILED, so that nobody polls for ever" {
	needs_modules
	function_that_works
	for status in TIMED_OUT ABORTED FAILED; do
		key=uploads/$status.jpg
		record=$(jq -nc --arg key "$key" '{bucket: "photos", key: $key, source: {sequencer: "01"}, started_at: "2026-01-02T03:04:05Z"}')
		printf '%s\n' "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"photos\"},\"object\":{\"key\":\"$key\",\"sequencer\":\"01\"}}}]}" |
			imgpl-trigger --mark --table=sqlite:rows >/dev/null
		expect_same PROCESSING "$(jq -nc --arg key "$key" '{key: $key}' | imgpl-results --table=sqlite:rows | jq -r .status)"
		run_machine failed "$(ended $status "$record")" >outcome
		expect_same SUCCEEDED "$(jq -r .status outcome)"
		expect_same "FAILED execution 0f3a-1 ended: $status" \
			"$(jq -nc --arg key "$key" '{key: $key}' | imgpl-results --table=sqlite:rows | jq -r '"\(.status) \(.reason)"')"
	done
}

@test "a late word of a failure changes nothing about a row that is COMPLETE, or FAILED for a reason" {
	needs_modules
	function_that_works
	picture uploads/good.jpg
	echo text >pictures/photos/uploads/bad.jpg
	for name in good bad; do
		record="{\"bucket\":\"photos\",\"key\":\"uploads/$name.jpg\"}"
		run_machine pipeline "$record" >/dev/null
		echo "$record" | imgpl-results --table=sqlite:rows | jq -c '[.status, .reason]' >before
		run_machine failed "$(ended FAILED "$record")" >outcome
		expect_same SUCCEEDED "$(jq -r .status outcome)"
		expect_same "$(cat before)" "$(echo "$record" | imgpl-results --table=sqlite:rows | jq -c '[.status, .reason]')"
	done
}

@test "an event without an input fails where it is seen" {
	needs_modules
	function_that_works
	run_machine failed "$(ended TIMED_OUT null)" >outcome
	expect_same 'FAILED NoInput' "$(jq -r '[.status, .states[-1]] | join(" ")' outcome)"
}

@test "a row that can't be written now is tried for hours, and one that never can be is not" {
	needs_modules
	for type in Imgpl.Transient Imgpl.Internal; do
		function_that_fails
		run_machine failed "$(ended TIMED_OUT "$(record "{}")")" >outcome
		expect_same SUCCEEDED "$(jq -r .status outcome)"
	done
	cat >function <<-'SH'
		#!/bin/sh
		jq -c '.error = {type: .type, reason: "no"}'
	SH
	chmod +x function
	run_machine failed "$(ended TIMED_OUT '{"key":"a","type":"Imgpl.Transient"}')" >outcome
	expect_same 21 "$(tries store <outcome)"
	run_machine failed "$(ended TIMED_OUT '{"key":"a","type":"Imgpl.Invalid"}')" >outcome
	expect_same 1 "$(tries store <outcome)"
}

# What a batch does with one object of the list.
run_item() { # run_item KEY ETAG
	jq '.States.EachPicture.ItemProcessor | del(.ProcessorConfig)' "$CLOUD_MACHINES/batch.json" >item.json
	jq -nc --arg key "$1" --arg etag "$2" '{bucket: "photos", key: $key, source: {etag: $etag, bytes: 1024}}' |
		node "$BATS_TEST_DIRNAME/run_machine.cjs" "$CLOUD_MODULES" item.json "$PWD/function"
}

@test "a batch gives each picture to the pipeline's own states, with its etag as records have it" {
	needs_modules
	function_that_fails
	for etag in '"d41d8cd98f00b204e9800998ecf8427e"' d41d8cd98f00b204e9800998ecf8427e; do
		run_item uploads/a.jpg "$etag" >outcome
		expect_same 'SUCCEEDED validate resize label store' "$(jq -r '[.status, .calls[]] | join(" ")' outcome)"
		expect_same '{"etag":"d41d8cd98f00b204e9800998ecf8427e","bytes":1024}' "$(jq -c .output.source outcome)"
	done
	none jq -n --slurpfile batch "$CLOUD_MACHINES/batch.json" --slurpfile pipeline "$CLOUD_MACHINES/pipeline.json" \
		'$pipeline[0].States | to_entries[] | select($batch[0].States.EachPicture.ItemProcessor.States[.key] != .value) | .key'
}

@test "a batch passes over the empty objects that stand for folders" {
	needs_modules
	function_that_fails
	run_item uploads/2026/ '"d41d8cd98f00b204e9800998ecf8427e"' >outcome
	expect_same 'SUCCEEDED 0' "$(jq -r '"\(.status) \(.calls | length)"' outcome)"
}

@test "a batch goes on over failures, and keeps them in its report" {
	needs_modules
	expect_same '100 arn:aws:states:::s3:putObject batch EXPRESS' "$(jq -r '.States.EachPicture
		| "\(.ToleratedFailurePercentage) \(.ResultWriter.Resource) \(.ResultWriter.Parameters.Prefix) \(.ItemProcessor.ProcessorConfig.ExecutionType)"' \
		"$CLOUD_MACHINES/batch.json")"
}
