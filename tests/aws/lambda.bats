# shellcheck shell=bash disable=SC2154 # run sets status, output and stderr
# The tools as Lambda functions: an emulator of Lambda, which is not ours, runs their bootstrap, and they work on what
# stands in for S3, DynamoDB and Step Functions.
load ../helper
load services

# Answer the events of standard input by the function whose handler is named.
lambda() { # lambda HANDLER [OPTION]...
	local handler=$1

	shift
	if [ ! -d task ]; then
		mkdir task
		ln -s "$IMGPL_BIN" task/bin
		cp "$TESTS/../../infra/bootstrap" task/
	fi
	IMGPL_OPTIONS=$* timeout -k 5 60 node "$TESTS/fun.cjs" "$STAND_FUN" "$PWD/task" "$handler" 2>>log
}

@test "events go through the functions of the pipeline, one after another" {
	make_bucket
	make_table
	picture cat.jpg 900x600
	s3 put cat.jpg uploads/cat.jpg uploads/dog.jpg
	echo 'no picture' >notes.jpg
	s3 put notes.jpg uploads/notes.jpg
	printf '{"bucket":"%s","key":"uploads/%s"}\n' "$bucket" cat.jpg "$bucket" notes.jpg "$bucket" dog.jpg >records

	lambda validate <records >validated
	expect_same '[null,"jpeg"] ["Handled",null] [null,"jpeg"]' \
		"$(jq -c '[.failed, .payload.image.format]' validated | paste -sd ' ')"
	expect_same 'Imgpl.Invalid' "$(jq -r 'select(.failed).payload.errorType' validated)"
	jq -c 'select(.failed | not).payload' validated | lambda resize --rendition=small=90x90 >resized
	expect_same 'processed/small/cat.jpg processed/small/dog.jpg' \
		"$(jq -r '.payload.renditions[].key' resized | paste -sd ' ')"
	s3 get processed/small/cat.jpg small.jpg
	expect_same '90x60' "$(identify -format '%wx%h' small.jpg)"
	jq -c .payload resized | lambda label --labeler=rekognition >labelled
	expect_same '[null,true] [null,true]' \
		"$(jq -c '[.failed, (.payload.labels | length > 0)]' labelled | paste -sd ' ')"
	jq -c .payload labelled | lambda store >stored
	expect_same 'COMPLETE COMPLETE' "$(jq -r .payload.status stored | paste -sd ' ')"

	# a failure, as a state machine's Catch writes it, is stored and is none of the function's own
	jq -c 'select(.failed) | {key: "uploads/notes.jpg", error: {Error: .payload.errorType, Cause: (.payload | tojson)}}' \
		validated | lambda store >stored
	expect_same '[null,"FAILED"]' "$(jq -c '[.failed, .payload.status]' stored)"
	jq -cn --args '{requestContext: {http: {method: "GET", path: "/results"}}, rawPath: "/results", version: "2.0",
		rawQueryString: ($ARGS.positional | map("image_key=" + .) | join("&"))}' \
		-- uploads/cat.jpg uploads/notes.jpg | lambda results >answer
	expect_same 'COMPLETE FAILED' "$(jq -r '.payload.body | fromjson.results[].status' answer | paste -sd ' ')"
}

@test "an event of S3's starts an execution, and the same again starts none" {
	jq -cn '{Records: [{eventName: "ObjectCreated:Put", s3: {bucket: {name: "photos"},
		object: {key: "uploads/fun.jpg", size: 1, eTag: "'$RANDOM$RANDOM$$'", sequencer: "0055AED6DCD90281E5"}}}]}' >event
	cat event event | STATE_MACHINE_ARN='' lambda trigger --state-machine="$STAND_STATE_MACHINE" >answers
	expect_same '[null,1,0] [null,0,1]' \
		"$(jq -c '[.failed, (.payload.started | length), .payload.duplicates]' answers | paste -sd ' ')"
}

@test "a function without its tool, or with an option that is none, says so when it starts" {
	for function in nothing 'resize --rendition=none'; do
		# shellcheck disable=SC2086 # words
		echo '{}' | lambda $function >answer
		expect_same '["Unhandled","Imgpl.Internal"]' "$(jq -c '[.failed, .payload.errorType]' answer)"
	done
}

@test "a signed URL that a function made takes an upload" {
	make_bucket
	jq -cn '{requestContext: {http: {method: "POST", path: "/upload-url"}}, rawPath: "/upload-url", version: "2.0",
		body: ({contentType: "image/jpeg", size: 3} | tojson), isBase64Encoded: false}' | lambda presign >answer
	jq -r '.payload.body | fromjson | "url = \(.uploadUrl | @json)", (.headers | to_entries[] | "header = \("\(.key): \(.value)" | @json)")' \
		answer >curl
	printf abc >three
	curl -fsS -T three --config curl
	s3 get "$(jq -r '.payload.body | fromjson.key' answer)" got
	expect_same_file three got
}
