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

@test "with --rendition-url a rendition's URL is below that, unsigned, and no keys are needed" {
	store_rows
	for base in https://d1.example https://d1.example/ http://127.0.0.1:8080/pictures; do
		answer "$(event image_key=uploads/u/done.jpg)" --at=1369353600 --store=s3: --rendition-url=$base
		expect_answer 200
		expect_same "${base%/}/p/%C3%A9%20k" "$(jq -r '.results.renditions[0].url' <<<"$body")"
		expect_same "$done_body" "$(sed 's/,"url":"[^"]*"//' <<<"$body")"
	done
	for base in d1.example ftp://d1.example 'https://d1.example/?a=b' ''; do
		try imgpl-results --rendition-url="$base" </dev/null
		expect_status 2
	done
}

# Make a key pair for CloudFront: private.pem and public.pem.
key_pair() {
	openssl genrsa -out private.pem 2048 2>/dev/null
	openssl rsa -in private.pem -pubout -out public.pem 2>/dev/null
}

# Check a URL as CloudFront does: the policy that follows from it has the signature in it.
expect_signed() { # expect_signed URL EXPIRES KEY-ID
	local query=${1#*\?}

	expect_same "Expires=$2&Signature=&Key-Pair-Id=$3" "$(sed 's/Signature=[^&]*/Signature=/' <<<"$query")"
	[[ "$query" =~ Signature=[A-Za-z0-9_~-]{344}\& ]] || fail "not base64 for a query: $query"
	sed 's/.*Signature=//; s/&.*//; y|-_~|+=/|' <<<"$query" | base64 -d >signature
	printf '{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}' "${1%%\?*}" "$2" >policy
	openssl dgst -sha1 -verify public.pem -signature signature policy >/dev/null || fail "not signed: $1"
}

@test "with a key for CloudFront a rendition's URL is signed by it, whatever is in the key of the picture" {
	key_pair
	nasty='p/é k + %2B #?&=;"\<>~*()'"'"'!/../x.jpg'
	jq -cn --arg key "$nasty" '{key: "k", bucket: "photos", renditions: [{name: "a", key: $key}, {name: "b", key: "p/b.jpg"}]}' |
		imgpl-store >/dev/null
	for form in pkcs8 pkcs1; do
		[ $form = pkcs8 ] || openssl rsa -in private.pem -traditional -out private.pem 2>/dev/null
		answer "$(event image_key=k)" --at=1369353600 --store=s3: --rendition-url=https://d1.example/ \
			--rendition-key-id=K2JCJMDEHXQW5F --rendition-key=private.pem --expires=60
		expect_answer 200
		mapfile -t urls < <(jq -r '.results.renditions[].url' <<<"$body")
		expect_same "https://d1.example/p/%C3%A9%20k%20%2B%20%252B%20%23%3F%26%3D%3B%22%5C%3C%3E~%2A%28%29%27%21/../x.jpg" "${urls[0]%%\?*}"
		expect_same 'https://d1.example/p/b.jpg' "${urls[1]%%\?*}"
		for url in "${urls[@]}"; do
			expect_signed "$url" 1369353660 K2JCJMDEHXQW5F
		done
	done
	! expect_signed "${urls[0]/1369353660/1369353661}" 1369353661 K2JCJMDEHXQW5F || fail 'a URL can be made to hold longer'
	! expect_signed "${urls[0]/d1/d2}" 1369353660 K2JCJMDEHXQW5F || fail 'a URL can be made to be of another place'
}

@test "a key for CloudFront that can be none is told of at the start, and nothing of it is told" {
	key_pair
	openssl genrsa -out short.pem 1024 2>/dev/null
	openssl ecparam -name prime256v1 -genkey -noout -out curve.pem
	openssl rsa -in private.pem -aes128 -passout pass:x -out locked.pem 2>/dev/null
	sed '3,5d' private.pem >torn.pem
	: >empty.pem
	head -c 100000 /dev/zero | tr '\0' x >long.pem
	for file in public.pem short.pem curve.pem locked.pem torn.pem empty.pem long.pem none.pem .; do
		results --rendition-url=https://d1.example --rendition-key-id=K1 --rendition-key=$file </dev/null
		[ "$status" = 2 ] || [ "$status" = 75 ] || fail "$file: $status $stderr"
		expect_in "$file: " "$stderr"
		expect_not_in "$(sed -n 4p private.pem)" "$stderr"
		expect_same '' "$output"
	done
	for id in '' 'K 1' 'K&1' "$(printf 'K%.0s' {1..65})"; do
		results --rendition-url=https://d1.example --rendition-key-id="$id" --rendition-key=private.pem
		expect_status 2
	done
	for options in --rendition-key-id=K1 --rendition-key=private.pem '--rendition-key-id=K1 --rendition-key=private.pem' \
		'--rendition-url=https://d1.example --rendition-key-id=K1' '--rendition-url=https://d1.example --rendition-key=private.pem'; do
		# shellcheck disable=SC2086 # options are words
		results $options
		expect_status 2
		expect_in 'go together' "$stderr"
	done
}

# Bring up what stands in for Parameter Store: it answers with the files status and answer, and keeps what it is asked.
parameter_store() {
	cat >store.py <<-'PYTHON'
		import http.server, os

		class Store(http.server.BaseHTTPRequestHandler):
		    def do_POST(self):
		        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
		        with open("asked", "w") as asked:
		            asked.write(self.headers["X-Amz-Target"] + " " + body)
		        answer = open("answer", "rb").read()
		        self.send_response(int(open("status").read()))
		        self.send_header("Content-Length", str(len(answer)))
		        self.end_headers()
		        self.wfile.write(answer)

		    def log_message(self, *_):
		        pass

		server = http.server.HTTPServer(("127.0.0.1", 0), Store)
		with open("port.new", "w") as port:
		    port.write(str(server.server_port))
		os.rename("port.new", "port")
		server.serve_forever()
	PYTHON
	/usr/bin/python3 -B store.py 3>&- &
	wait_until test -e port
	AWS_ENDPOINT_URL_SSM=http://127.0.0.1:$(cat port)
	export AWS_ENDPOINT_URL_SSM
}

@test "a key for CloudFront is had from Parameter Store, and whatever comes instead of one is told of" {
	account
	key_pair
	store_rows
	parameter_store
	ask() { # ask STATUS ANSWER
		echo "$1" >status
		printf '%s' "$2" >answer
		try imgpl-results --at=1369353600 --expires=60 --rendition-url=https://d1.example --rendition-key-id=K1 \
			--rendition-key=ssm:/imgpl/key < <(event image_key=uploads/u/done.jpg)
	}
	ask 200 "$(jq -Rs '{Parameter: {ARN: "a", Name: "/imgpl/key", Type: "SecureString", Value: .}}' private.pem)"
	expect_status 0
	expect_same 'AmazonSSM.GetParameter {"Name":"/imgpl/key","WithDecryption":true}' "$(cat asked)"
	expect_signed "$(jq -r '.body | fromjson.results.renditions[0].url' <<<"$output")" 1369353660 K1
	ask 400 '{"__type":"ParameterNotFound"}'
	expect_status 2
	expect_in '/imgpl/key: 400 ParameterNotFound' "$stderr"
	ask 400 '{"__type":"AccessDeniedException","Message":"not authorized to perform ssm:GetParameter"}'
	expect_in 'not authorized' "$stderr"
	long=$(printf 'x%.0s' {1..9000})
	for answer in '' '[]' '{}' '{"Parameter":null}' '{"Parameter":{"Value":7}}' '{"Parameter":"Value"}' 'SECRET' '{"Parameter":{"Value":"SECRET' \
		'{"Parameter":{"Value":"SECRET\u0000"}}' '{"Parameter":{"Value":"SECRET"}}' "{\"Parameter\":{\"Value\":\"$long\"}}"; do
		ask 200 "$answer"
		expect_status 2
		expect_not_in SECRET "$stderr"
		expect_same '' "$output"
	done
	AWS_REGION='' ask 200 '{}'
	expect_status 2
	expect_in AWS_REGION "$stderr"
}

@test "CloudFront knows no time after 2038, and a URL that should hold longer is an error" {
	key_pair
	store_rows
	try imgpl-results --at=2147483600 --expires=48 --rendition-url=https://d1.example --rendition-key-id=K1 \
		--rendition-key=private.pem < <(event image_key=uploads/u/done.jpg)
	expect_status 1
	expect_json '[500,"{\"error\":\"an internal error\"}"]' '[.statusCode,.body]'
	answer "$(event image_key=uploads/u/done.jpg)" --at=2147483600 --expires=47 --rendition-url=https://d1.example \
		--rendition-key-id=K1 --rendition-key=private.pem
	expect_answer 200
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
