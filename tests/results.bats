# quick
# imgpl-results: what the table says of a key.
load helper

event='{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"k","sequencer":"05","eTag":"e"}}}]}'

results() { # results [OPTION]...
	try imgpl-results "$@" <<<'{"key":"k"}'
}

@test "a key that nobody knows is not found, which is no failure, and makes no table" {
	results
	expect_status 0
	expect_same '{"key":"k","status":"NOT_FOUND"}' "$output"
	[ ! -e imgpl.db ]
	imgpl-store <<<'{"key":"other"}' >/dev/null
	results
	expect_same '{"key":"k","status":"NOT_FOUND"}' "$output"
}

@test "what is being worked on is processing, until it takes too long" {
	imgpl-trigger --mark --at=1000 <<<"$event" >/dev/null
	results --at=1300
	expect_status 0
	expect_json '["PROCESSING","1970-01-01T00:16:40Z",null]' '[.status,.started_at,.reason]'
	results --at=1301
	expect_status 0
	expect_json '["FAILED","timed out",null]' '[.status,.reason,.error]'
	results --at=1301 --time-out=301
	expect_json '"PROCESSING"' .status
	results --at=1001 --time-out=0
	expect_json '"FAILED"' .status
}

@test "what is complete stays complete however old it is" {
	imgpl-trigger --mark --at=1000 <<<"$event" | imgpl-store --at=1001 >/dev/null
	results --at=2000000000
	expect_status 0
	expect_json '["COMPLETE","1970-01-01T00:16:41Z"]' '[.status,.created_at]'
}

@test "what is complete has all that was stored, as it was written" {
	line='{"key":"k","source":{"etag":"e","n":1.10},"image":{"width":24},"processed_key":"p/k","renditions":[{"bytes":12345678901234567890123}],"labels":[]'
	imgpl-store --at=0 <<<"$line,\"mine\":1}" >/dev/null
	try imgpl-results <<<'{"mine":2.50,"key":"k"}'
	expect_status 0
	expect_same '{"mine":2.50,"key":"k","source":{"etag":"e","n":1.10},"image":{"width":24},"processed_key":"p/k","renditions":[{"bytes":12345678901234567890123}],"labels":[],"status":"COMPLETE","created_at":"1970-01-01T00:00:00Z"}' "$output"
}

@test "what failed has a reason and never an error" {
	imgpl-store <<<'{"key":"k","error":{"type":"Imgpl.Invalid","reason":"no picture"}}' >/dev/null || true
	results
	expect_status 0
	expect_json '["FAILED","no picture",null]' '[.status,.reason,.error]'
}

@test "zero labels are complete" {
	imgpl-store <<<'{"key":"k","labels":[]}' >/dev/null
	results
	expect_json '["COMPLETE",[]]' '[.status,.labels]'
}

@test "waiting ends when the row is settled" {
	imgpl-trigger --mark <<<"$event" >marked
	(imgpl-results --wait=30 <<<'{"key":"k"}' >out) 3>&- &
	waiting=$!
	sleep 0.3
	expect_same '' "$(cat out)"
	imgpl-store marked >/dev/null
	end_of $waiting
	expect_same COMPLETE "$(jq -r .status out)"
}

@test "running out of time to wait is an error for now" {
	imgpl-trigger --mark <<<"$event" >/dev/null
	try imgpl-results -j 2 --wait=1 <<<'{"key":"k"}'$'\n''{"key":"l"}'
	expect_status 75
	expect_json '["PROCESSING","Imgpl.Transient",true]
["NOT_FOUND","Imgpl.Transient",true]' '[.status,.error.type,.error.retry]'
}

@test "a wait ends on a signal" {
	mkfifo in
	imgpl-results --wait=60 <in >out 2>err 3>&- &
	tool=$!
	exec {to}>in
	echo '{"key":"k"}' >&"$to"
	sleep 0.3
	kill -TERM $tool
	status=0
	end_of $tool || status=$?
	exec {to}>&-
	expect_status 143
	expect_same 1 "$(wc -l <out)"
}

@test "a table that cannot be written can be read" {
	imgpl-store <<<'{"key":"k"}' >/dev/null
	mkdir locked
	mv imgpl.db* locked
	chmod a-w locked locked/*
	results --table=sqlite:locked/imgpl.db
	chmod u+w locked
	expect_status 0
	expect_json '"COMPLETE"' .status
}

@test "many waits side by side are answered in order" {
	seq -f '{"key":"k%.0f"}' 50 >in
	(sleep 0.3; imgpl-store in >/dev/null) 3>&- &
	store=$!
	try imgpl-results -j 50 --wait=20 in
	expect_status 0
	expect_same "$(jq -r .key in)" "$(jq -r .key <<<"$output")"
	end_of $store
}

@test "the row of another bucket is no answer" {
	echo '{"bucket":"A","key":"a.jpg"}' | imgpl-store >/dev/null
	echo '{"bucket":"B","key":"a.jpg"}' >in
	try imgpl-results in
	expect_status 1
	expect_json '["B","Imgpl.Invalid"]' '[.bucket,.error.type]'
}

@test "an event of API Gateway is answered for all keys that it asks for, in order" {
	printf '{"key":"a","labels":[]}\n{"key":"b\\"","error":{"Error":"x"}}\n' | imgpl-store -q --at=1 >/dev/null || true
	echo '{"key":"c"}' | imgpl-store --ttl=1 --at=2026-01-01 >/dev/null
	try imgpl-results --at=2026-01-03 <<<'{"version":"2.0","rawPath":"/results","rawQueryString":"image_key=a&image_key=none&image_key=b%22&image_key=a&image_key=c","headers":{},"requestContext":{"http":{"method":"GET","path":"/results"}}}'
	expect_status 0
	expect_json '[["a","COMPLETE"],["none","PROCESSING"],["b\"","FAILED"],["a","COMPLETE"],["c","PROCESSING"]]' \
		'.body | fromjson | [.results[] | [.image_key, .status]]'
}

# What a request over HTTP is answered: an event of API Gateway.

# An event that asks for these results, of the owner of the keys if one is told.
event() { # event QUERY [SUB]
	jq -cn --arg query "$1" --arg sub "${2:-}" '
		{version: "2.0", rawPath: "/results", rawQueryString: $query,
		requestContext: ({http: {method: "GET"}, stage: "$default"} +
			if $sub == "" then {} else {authorizer: {jwt: {claims: {sub: $sub}}}} end)}'
}

# Answer one event, and keep the answer's status in $code and its body in $body.
answer() { # answer EVENT [OPTION]...
	local event=$1 members

	shift
	try imgpl-results "$@" <<<"$event"
	{
		read -r members
		read -r code
		read -r body
	} < <(jq -r '(keys | tojson), .statusCode, .body' <<<"$output")
	expect_same '["body","headers","statusCode"]' "$members"
}

expect_answer() { # expect_answer CODE [BODY]
	expect_status 0
	expect_messages
	expect_same "$1" "$code"
	[ $# = 1 ] || expect_same "$2" "$body"
}

# Rows of every status.
store_rows() {
	imgpl-store --at=60 <<-'END' >/dev/null || true
		{"key":"uploads/u/done.jpg","bucket":"photos","source":{"bytes":77,"etag":"e"},"image":{"width":24},"processed_key":"p/k","renditions":[{"name":"main","key":"p/é k","width":1.0}],"labels":[{"name":"Cat"}]}
		{"key":"uploads/u/bad.jpg","bucket":"photos","error":{"type":"Imgpl.Invalid","reason":"no \"picture\""}}
	END
	imgpl-trigger --mark --at=60 <<<'{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"photos"},"object":{"key":"uploads/u/new.jpg","sequencer":"05"}}}]}' >/dev/null
}

account() {
	unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3
	export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
	export AWS_REGION=eu-west-1 AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
}

done_body='{"status":"COMPLETE","results":{"image_key":"uploads/u/done.jpg","bucket":"photos","processed_key":"p/k","image":{"width":24},"bytes":77,"labels":[{"name":"Cat"}],"renditions":[{"name":"main","key":"p/é k","width":1.0}],"created_at":"1970-01-01T00:01:00Z"}}'

@test "an event is answered as API Gateway wants it, whatever became of the picture" {
	store_rows
	answer "$(event image_key=uploads/u/done.jpg)"
	expect_answer 200 "$done_body"
	expect_json '{"content-type":"application/json","cache-control":"no-store"}' .headers
	answer "$(event image_key=uploads/u/bad.jpg)"
	expect_answer 200 '{"status":"FAILED","reason":"no \"picture\""}'
	answer "$(event image_key=uploads/u/new.jpg)" --at=61
	expect_answer 200 '{"status":"PROCESSING"}'
	answer "$(event image_key=uploads/u/new.jpg)" --at=361
	expect_answer 200 '{"status":"FAILED","reason":"timed out"}'
	answer "$(event image_key=uploads/u/none.jpg)"
	expect_answer 200 '{"status":"PROCESSING","known":false}'
}

@test "an event is answered where there is no table yet, and at once" {
	answer "$(event image_key=k)" --wait=3600
	expect_answer 200 '{"status":"PROCESSING","known":false}'
	[ ! -e imgpl.db ]
}

@test "several keys are answered in their order, each by its name" {
	store_rows
	query=image_key=uploads/u/none.jpg\&image_key=uploads%2Fu%2Fbad.jpg\&x=1\&image_key=uploads/u/done.jpg
	answer "$(event "$query&image_key=uploads/u/bad.jpg")"
	expect_answer 200
	expect_same '[["uploads/u/none.jpg","PROCESSING"],["uploads/u/bad.jpg","FAILED"],["uploads/u/done.jpg","COMPLETE"],["uploads/u/bad.jpg","FAILED"]]' \
		"$(jq -c '[.results[] | [.image_key,.status]]' <<<"$body")"
	expect_in "{\"image_key\":\"uploads/u/done.jpg\",${done_body#\{}," "$body"
	many=$(seq -f 'image_key=k%.0f' -s '&' 50)
	answer "$(event "$many")"
	expect_answer 200
	expect_same "$(seq -f k%.0f 50)" "$(jq -r '.results[].image_key' <<<"$body")"
	answer "$(event "$many&image_key=k51")"
	expect_answer 400 '{"error":"image_key more than 50 times at once"}'
}

@test "an owner has only what is below the owner's prefix, and the rest looks unknown" {
	store_rows
	answer "$(event image_key=uploads/u/done.jpg u)"
	expect_answer 200 "$done_body"
	for sub in v U uploads u/ 'u%' '*'; do
		answer "$(event image_key=uploads/u/done.jpg "$sub")"
		expect_answer 200 '{"status":"PROCESSING","known":false}'
	done
	unknown=$(imgpl-results < <(event image_key=uploads/u/none.jpg u))
	expect_same "$unknown" "$(imgpl-results < <(event image_key=uploads/u/done.jpg v))"
	for key in uploads/u uploads/u/../v/x uploads//u/done.jpg /uploads/u/done.jpg processed/u/x; do
		answer "$(event "image_key=$key" v)"
		expect_answer 200 '{"status":"PROCESSING","known":false}'
	done
	answer "$(event 'image_key=uploads/u/done.jpg&image_key=uploads/v/none.jpg' v)"
	expect_same '[["PROCESSING",false],["PROCESSING",false]]' "$(jq -c '[.results[] | [.status,.known]]' <<<"$body")"
	answer "$(event image_key=uploads/u/done.jpg u | jq -c '.requestContext.authorizer.jwt.claims = {}')"
	expect_answer 400 '{"error":"sub is missing"}'
}

@test "a key is read as it was sent, or by 1.0 as it was decoded" {
	imgpl-store <<<'{"key":"a b+c%20d/é"}' >/dev/null
	for query in 'image_key=a+b%2Bc%2520d/%C3%A9' 'image_key=a%20b%2bc%2520d%2Fé'; do
		answer "$(event "$query")"
		expect_same COMPLETE "$(jq -r .status <<<"$body")"
	done
	for query in '"queryStringParameters":{"image_key":"a b+c%20d/é"}' \
		'"version":"1.0","multiValueQueryStringParameters":{"image_key":["a b+c%20d/é"]}'; do
		answer "{\"httpMethod\":\"GET\",\"path\":\"/results\",\"requestContext\":{},$query}"
		expect_answer 200
		expect_same COMPLETE "$(jq -r .status <<<"$body")"
	done
}

@test "a query that is wrong is a 400 that says why, and no failure" {
	long=$(printf 'k%.0s' {1..1025})
	for query in '' 'key=a' 'image_keys=a' 'image_key' 'image_key=' "image_key=$long" 'image_key=a&image_key=' \
		'image_key=%ff' 'image_key=%00'; do
		answer "$(event "$query")"
		expect_answer 400
		expect_same '["error"]' "$(jq -c keys <<<"$body")"
	done
	answer "$(event "image_key=${long:1}")"
	expect_answer 200
}

@test "other paths and methods are not there" {
	answer "$(event image_key=k | jq -c '.rawPath = "/upload-url"')"
	expect_answer 404 '{"error":"no such path"}'
	answer "$(event image_key=k | jq -c '.requestContext.http.method = "POST"')"
	expect_answer 405
	expect_json '"GET"' .headers.allow
}

@test "renditions have a URL only where they are in S3" {
	store_rows
	account
	answer "$(event image_key=uploads/u/done.jpg)" --at=1369353600
	expect_answer 200 "$done_body"
	answer "$(event image_key=uploads/u/done.jpg)" --at=1369353600 --store=s3: --expires=60
	expect_answer 200
	url=$(jq -r '.results.renditions[0].url' <<<"$body")
	expect_same "$done_body" "$(sed 's/,"url":"[^"]*"//' <<<"$body")"
	expect_same "$(imgpl-presign --bucket=photos --method=GET --at=1369353600 --expires=60 <<<'{"key":"p/é k"}' |
		jq -r .download.url)" "$url"
	answer "$(event 'image_key=uploads/u/bad.jpg&image_key=uploads/u/none.jpg')" --store=s3:
	expect_answer 200
	expect_not_in X-Amz "$body"
	answer "$(event image_key=uploads/u/done.jpg v)" --store=s3:
	expect_answer 200 '{"status":"PROCESSING","known":false}'
}

@test "the bucket of a URL is the row's, else that of the option, or the store" {
	account
	imgpl-store <<<'{"key":"k","renditions":[{"key":"r"}]}' >/dev/null
	answer "$(event image_key=k)" --store=s3:dogs
	expect_in https://dogs.s3.eu-west-1.amazonaws.com/r? "$body"
	answer "$(event image_key=k)" --store=s3:dogs --bucket=cats
	expect_in https://cats.s3.eu-west-1.amazonaws.com/r? "$body"
	try imgpl-results --store=s3: < <(event image_key=k)
	expect_status 1
	expect_json '[500,"{\"error\":\"an internal error\"}"]' '[.statusCode,.body]'
	expect_in 'no bucket is known' "$stderr"
}

@test "records have no URLs, and a store in S3 needs what signs" {
	account
	store_rows
	try imgpl-results --store=s3: <<<'{"key":"uploads/u/done.jpg"}'
	expect_status 0
	expect_not_in X-Amz "$output"
	AWS_REGION='' try imgpl-results --store=s3: <<<'{"key":"k"}'
	expect_status 2
	expect_in AWS_REGION "$stderr"
	for seconds in 0 604801 x; do
		results --expires=$seconds
		expect_status 2
	done
}

@test "a table that breaks is a 500 that does not tell of it, and a failure" {
	store_rows
	start imgpl-results
	event image_key=k >&"$to"
	wait_until has_lines out 1
	seq 100000 | dd of=imgpl.db conv=notrunc status=none
	event image_key=uploads/u/done.jpg >&"$to"
	exec {to}>&-
	finish
	expect_status 1
	expect_same '200 500' "$(jq .statusCode out | paste -s -d ' ')"
	expect_same '{"error":"an internal error"}' "$(sed -n 2p out | jq -r .body)"
	expect_in imgpl.db "$stderr"
}

@test "events and records in one stream are answered each in its way, side by side and in order" {
	store_rows
	for i in {1..20}; do
		echo "{\"key\":\"uploads/u/done.jpg\",\"n\":$i}"
		event image_key=uploads/u/bad.jpg
	done >in
	try imgpl-results -j 8 in
	expect_status 0
	expect_same "$(seq -f '%.0f 200' 20)" "$(jq '.n // .statusCode' <<<"$output" | paste -d ' ' - -)"
}
