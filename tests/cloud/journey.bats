# The whole journey through what Terraform applied to moto: uploads with signed URLs, S3's events, the functions'
# own package under a Runtime API, Step Functions, the table, and the API's answers.
load cloud

setup_file() {
	[ -n "${CLOUD_PLANS:-}" ] || return 0
	export BUCKET=imgpl-123456789012-uploads TABLE=imgpl-images
}

needs_cloud() {
	needs_plans
	[ -n "${CLOUD_ENDPOINT:-}" ] || skip 'moto is not on this machine'
}

# Call a service of AWS's; who calls is not looked at, but which service is.
call() { # call SERVICE CURL-ARGUMENT...
	local service=$1

	shift
	curl -sS --fail-with-body --max-time 60 -H "Content-Type: application/x-amz-json-1.0" -H "Authorization: AWS4-HMAC-SHA256 \
Credential=test/20260101/us-east-1/$service/aws4_request, SignedHeaders=host, Signature=0" "$@"
}

invoke() { # invoke FUNCTION EVENT
	call lambda --data-raw "$2" "$CLOUD_ENDPOINT/2015-03-31/functions/$1/invocations"
}

# Ask as API Gateway does, with payload 2.0, and print the answer's body. Of an owner there is a token.
ask() { # ask PROJECT METHOD PATH [QUERY [BODY [OWNER]]]
	local function=$1-results

	[ "$3" = /results ] || function=$1-presign
	invoke "$function" "$(jq -nc --arg method "$2" --arg path "$3" --arg query "${4:-}" --arg body "${5:-}" --arg owner "${6:-}" \
		'{version: "2.0", routeKey: "\($method) \($path)", rawPath: $path, rawQueryString: $query, isBase64Encoded: false,
		requestContext: ({http: {method: $method, path: $path}, stage: "$default"}
			+ if $owner == "" then {} else {authorizer: {jwt: {claims: {sub: $owner}}}} end)}
		+ if $body == "" then {} else {body: $body} end')" | jq -r .body
}

# Upload a file as a browser would, and print its key.
upload() { # upload PROJECT FILE TYPE [OWNER]
	local answer headers

	answer=$(ask "$1" POST /upload-url '' "{\"contentType\":\"$3\",\"size\":$(stat -c %s "$2")}" "${4:-}")
	mapfile -t headers < <(jq -r '.headers | to_entries[] | "-H", "\(.key): \(.value)"' <<<"$answer")
	curl -sS --fail-with-body -H Expect: "${headers[@]}" -T "$2" "$(jq -r .uploadUrl <<<"$answer")" >&2
	jq -r .key <<<"$answer"
}

# Poll as the page does, until it is no longer PROCESSING, and print the answer.
poll() { # poll PROJECT KEY [OWNER]
	local answer

	for _ in {1..300}; do
		answer=$(ask "$1" GET /results "image_key=$(jq -rn --arg key "$2" '$key | @uri')" '' "${3:-}")
		[ "$(jq -r .status <<<"$answer")" = PROCESSING ] || break
		sleep 0.2
	done
	printf '%s\n' "$answer"
}

row() { # row TABLE KEY
	call dynamodb -H 'X-Amz-Target: DynamoDB_20120810.GetItem' --data-raw \
		"$(jq -nc --arg table "$1" --arg key "$2" '{TableName: $table, Key: {image_key: {S: $key}}}')" "$CLOUD_ENDPOINT/" |
		jq '.Item // {} | map_values(.S // .N)'
}

put() { # put KEY FILE
	call s3 -H Expect: -T "$2" "$CLOUD_ENDPOINT/$BUCKET/$(jq -rn --arg key "$1" '$key | @uri | gsub("%2F"; "/")')"
}

executions() { # executions MACHINE
	call states -H 'X-Amz-Target: AWSStepFunctions.ListExecutions' \
		--data-raw "{\"stateMachineArn\":\"arn:aws:states:us-east-1:123456789012:stateMachine:imgpl-$1\"}" "$CLOUD_ENDPOINT/" |
		jq -r '.executions[] | "\(.name) \(.status)"'
}

messages() { # messages QUEUE
	call sqs -H 'X-Amz-Target: AmazonSQS.ReceiveMessage' --data-raw \
		"{\"QueueUrl\":\"$CLOUD_ENDPOINT/123456789012/imgpl-dead-$1\",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":0}" "$CLOUD_ENDPOINT/" |
		jq -c '.Messages[]?.Body | fromjson'
}

# Wait until a command says something.
await() { # await COMMAND...
	local found

	for _ in {1..150}; do
		found=$("$@") && [ -n "$found" ] && break
		sleep 0.2
	done
	printf '%s\n' "$found"
}

picture() { # picture FILE [SIZE]
	convert -size "${2:-1600x1200}" plasma:red-blue "$1"
}

@test "an upload goes from its signed URL through every stage to its result" {
	needs_cloud
	picture cat.jpg
	key=$(upload imgpl cat.jpg image/jpeg)
	[[ "$key" =~ ^uploads/[0-9a-f-]{36}\.jpg$ ]] || fail "$key"
	poll imgpl "$key" >answer
	expect_same COMPLETE "$(jq -r .status answer)"
	expect_same "$key $BUCKET processed/main/${key#uploads/}" "$(jq -r '.results | "\(.image_key) \(.bucket) \(.processed_key)"' answer)"
	expect_same 'main 1024x768|thumb 320x240' "$(jq -r '[.results.renditions[] | "\(.name) \(.width)x\(.height)"] | join("|")' answer)"
	expect_same true "$(jq '.results.labels | length > 0 and (map(.confidence >= 70) | all)' answer)"
	# CloudFront serves it at the answer's URL from the bucket's key, where the picture is.
	url=$(jq -r '.results.renditions[] | select(.name == "thumb") | .url' answer)
	site=$(jq -r .values.outputs.site_url.value "$CLOUD_PLANS/plain-state.json")
	expect_same "$site/processed/thumb/${key#uploads/}" "$url"
	call s3 -o thumb.jpg "$CLOUD_ENDPOINT/$BUCKET/${url#"$site/"}"
	expect_same 'JPEG 320x240' "$(identify -format '%m %wx%h' thumb.jpg)"
	# The row that code of the reference system reads.
	expect_same "$key $BUCKET COMPLETE" "$(row "$TABLE" "$key" | jq -r '"\(.image_key) \(.bucket) \(.status)"')"
	# Each stage was one function, once.
	jq -r --arg key "$key" 'select(.event.key? == $key) | .function' "$CLOUD_RUNS/invocations.jsonl" >stages
	expect_same 'imgpl-validate imgpl-resize imgpl-label imgpl-store' "$(tr '\n' ' ' <stages | sed 's/ $//')"
}

@test "planned: the frontend can preview pictures: WebP and PNG, too, have a URL that shows them" {
	needs_cloud
	picture cat.webp 800x600
	picture cat.png 800x600
	for type in webp png; do
		key=$(upload full cat.$type image/$type ada)
		poll full "$key" ada >answer
		expect_same COMPLETE "$(jq -r .status answer)"
		# CloudFront would ask the bucket for what is behind its own name.
		path=$(jq -r '.results.renditions[] | select(.name == "thumb") | .url | split("?")[0] | split("/")[3:] | join("/")' answer)
		call s3 -D head -o thumb "$CLOUD_ENDPOINT/full-123456789012-uploads/$path"
		grep -qi "^content-type: image/$type" head || fail "$(cat head)"
	done
}

@test "planned: several files are uploaded at once, and asked for at once" {
	needs_cloud
	picture a.jpg 640x480
	picture b.jpg 480x640
	ask imgpl POST /upload-url '' "{\"files\":[{\"contentType\":\"image/jpeg\",\"size\":$(stat -c %s a.jpg)},{\"contentType\":\"image/jpeg\",\"size\":$(stat -c %s b.jpg)}]}" >answer
	expect_same 2 "$(jq '.uploads | length' answer)"
	for i in 0 1; do
		mapfile -t headers < <(jq -r ".uploads[$i].headers"' | to_entries[] | "-H", "\(.key): \(.value)"' answer)
		curl -sS --fail-with-body -H Expect: "${headers[@]}" -T "$(echo a.jpg b.jpg | cut -d' ' -f$((i + 1)))" "$(jq -r ".uploads[$i].uploadUrl" answer)"
	done
	query=$(jq -r '[.uploads[] | "image_key=\(.key | @uri)"] | join("&")' answer)
	for _ in {1..150}; do
		ask imgpl GET /results "$query" >told
		[ "$(jq '[.results[] | select(.status == "PROCESSING")] | length' told)" != 0 ] || break
		sleep 0.2
	done
	expect_same 'COMPLETE COMPLETE' "$(jq -r '[.results[].status] | join(" ")' told)"
	expect_same "$(jq -c '[.uploads[].key]' answer)" "$(jq -c '[.results[].image_key]' told)"
}

@test "a key with spaces, plus signs and percent signs comes through S3's event as it is" {
	needs_cloud
	picture odd.jpg 640x480
	for key in 'uploads/my cat+dog 100%25.jpg' 'uploads/ü/2.jpg'; do
		put "$key" odd.jpg
		poll imgpl "$key" >answer
		expect_same "COMPLETE $key" "$(jq -r '"\(.status) \(.results.image_key)"' answer)"
	done
}

@test "a picture that is none is told as FAILED, with the reason, and starts no alarm's queue" {
	needs_cloud
	echo 'no picture' >notes.jpg
	key=$(upload imgpl notes.jpg image/jpeg)
	poll imgpl "$key" >answer
	expect_same FAILED "$(jq -r .status answer)"
	[[ "$(jq -r .reason answer)" == *'not a JPEG, PNG or WebP image'* ]] || fail "$(cat answer)"
	none jq -r --arg key "$key" 'select(.event.key? == $key and .function == "imgpl-resize") | .function' "$CLOUD_RUNS/invocations.jsonl"
	[[ "$(messages executions)" != *"$key"* ]] || fail 'a refused picture is in the queue'
}

@test "the same event twice starts one execution" {
	needs_cloud
	picture once.jpg 640x480
	put uploads/once.jpg once.jpg
	poll imgpl uploads/once.jpg >/dev/null
	executions pipeline | wc -l >before
	jq -c 'select(.function == "imgpl-trigger" and (.event.Records[0].s3.object.key | endswith("once.jpg"))) | .event' \
		"$CLOUD_RUNS/invocations.jsonl" | head -n 1 >event
	[ -s event ]
	invoke imgpl-trigger "$(cat event)" >answer
	expect_same '{"started":[],"duplicates":1,"skipped":0}' "$(cat answer)"
	expect_same "$(cat before)" "$(executions pipeline | wc -l)"
}

@test "renditions start nothing" {
	needs_cloud
	none jq -r 'select(.function == "imgpl-trigger") | .event.Records[].s3.object.key | select(startswith("processed"))' "$CLOUD_RUNS/invocations.jsonl"
}

@test "an execution that was stopped has its input in the queue, and its row says FAILED" {
	needs_cloud
	# What Step Functions tells EventBridge of it; nothing of the execution itself runs any more.
	key=uploads/stopped-$BATS_TEST_NUMBER.jpg
	input=$(jq -nc --arg bucket "$BUCKET" --arg key "$key" '{bucket: $bucket, key: $key, source: {sequencer: "01"}}')
	call events -H 'X-Amz-Target: AWSEvents.PutEvents' --data-raw "$(jq -nc --arg input "$input" '{Entries: [{Source: "aws.states",
		DetailType: "Step Functions Execution Status Change", Detail: ({name: "stopped-1", status: "ABORTED", input: $input,
		stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:imgpl-pipeline"} | tojson)}]}')" "$CLOUD_ENDPOINT/" >/dev/null
	poll imgpl "$key" >answer
	expect_same 'FAILED execution stopped-1 ended: ABORTED' "$(jq -r '"\(.status) \(.reason)"' answer)"
	expect_same "$input" "$(messages executions | jq -r --arg key "$key" 'select(.detail.input | fromjson | .key == $key) | .detail.input' | head -n 1)"
}

@test "with sign-in an upload is its owner's, and to anybody else looks as if there were none" {
	needs_cloud
	picture mine.jpg 640x480
	key=$(upload full mine.jpg image/jpeg 0b6f-ada)
	[[ "$key" == uploads/0b6f-ada/* ]] || fail "$key"
	expect_same COMPLETE "$(poll full "$key" 0b6f-ada | jq -r .status)"
	query=image_key=$(jq -rn --arg key "$key" '$key | @uri')
	expect_same "$(ask full GET /results image_key=uploads/nothing.jpg '' 77aa-bob)" "$(ask full GET /results "$query" '' 77aa-bob)"
}

@test "with sign-in a rendition has a URL of CloudFront's, signed by the key whose public half Terraform gave it" {
	needs_cloud
	picture signed.jpg 640x480
	key=$(upload full signed.jpg image/jpeg 0b6f-ada)
	poll full "$key" 0b6f-ada >answer
	url=$(jq -r '.results.renditions[] | select(.name == "thumb") | .url' answer)
	site=$(applied full '$all[] | select(.type == "aws_cloudfront_distribution") | .values.domain_name')
	expect_same "https://$site/$(jq -r '.results.renditions[] | select(.name == "thumb") | .key' answer)" "${url%%\?*}"
	expect_same "$(applied full '$all[] | select(.type == "aws_cloudfront_public_key") | .values.id')" "${url##*&Key-Pair-Id=}"
	expires=$(sed 's/.*?Expires=//; s/&.*//' <<<"$url")
	[ "$expires" -gt "$(date +%s)" ] && [ "$expires" -le $(($(date +%s) + 3600)) ] || fail "$url"
	printf '{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}' "${url%%\?*}" "$expires" >policy
	sed 's/.*&Signature=//; s/&.*//; y|-_~|+=/|' <<<"$url" | base64 -d >signature
	openssl dgst -sha1 -verify "$CLOUD_PLANS/key.pem" -signature signature policy
}

@test "a batch runs the pipeline over what is in the bucket already" {
	needs_cloud
	echo text >bad.jpg
	picture good.jpg 640x480
	put uploads/batch/bad.jpg bad.jpg
	for name in 1 2 3; do
		put uploads/batch/$name.jpg good.jpg
	done
	poll imgpl uploads/batch/3.jpg >/dev/null
	before=$(wc -l <"$CLOUD_RUNS/invocations.jsonl")
	call states -H 'X-Amz-Target: AWSStepFunctions.StartExecution' --data-raw '{"input":"{\"prefix\":\"uploads/batch/\"}",
		"stateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:imgpl-batch"}' "$CLOUD_ENDPOINT/" >started
	ended() { call states -H 'X-Amz-Target: AWSStepFunctions.DescribeExecution' --data-raw "$(jq -c '{executionArn}' started)" "$CLOUD_ENDPOINT/" | jq -r 'select(.status != "RUNNING") | .status'; }
	await ended >outcome
	tail -n "+$((before + 1))" "$CLOUD_RUNS/invocations.jsonl" >work
	expect_same 'uploads/batch/1.jpg uploads/batch/2.jpg uploads/batch/3.jpg' "$(jq -rs '[.[]
		| select(.function == "imgpl-store" and (.event.key | startswith("uploads/batch/")) and .answer.status == "COMPLETE") | .event.key] | unique | join(" ")' work)"
	expect_same 'uploads/batch/bad.jpg' "$(jq -rs '[.[] | select(.function == "imgpl-store" and .answer.status == "FAILED") | .event.key] | unique | join(" ")' work)"
}

@test "what the functions log is JSON with their request, and holds no event and no signed URL" {
	needs_cloud
	cat "$CLOUD_RUNS"/*.log >logs
	jq -e -s 'all(has("requestId") or has("level"))' logs >/dev/null || fail "$(head -n 5 logs)"
	expect_none "$(grep -oE 'X-Amz-Signature|Key-Pair-Id=|PRIVATE KEY|rawPath|"Records"|eventName' logs || true)"
}
