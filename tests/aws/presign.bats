# Signed URLs: the gateway takes what they allow, and refuses what they don't. curl sends it.
load ../helper

setup_file() {
	[ -n "${STAND_LOG:-}" ] || fail 'nothing stands in for AWS: tests/aws/up DIR, and then . DIR/env'
}

# Make a bucket of the test's own, two pictures of one size, and another.
begin() {
	bucket=presign$RANDOM$RANDOM-$BATS_TEST_NUMBER
	/usr/bin/python3 -B "$TESTS/s3.py" "$bucket" make
	picture a.jpg
	size=$(stat -c %s a.jpg)
	tr '\0' '\1' <a.jpg >same-size.jpg
	picture larger.jpg 60x60
}

# Sign the upload of a.jpg, and keep its $key and $url.
sign() { # sign [MEMBERS [OPTION]...]
	local members=${1:-}

	shift $(($# > 0))
	jq -cn --argjson size "$size" "{content_type: \"image/jpeg\", bytes: \$size $members}" >wish
	try imgpl-presign --bucket="$bucket" "$@" wish
	expect_status 0
	key=$(jq -r .key <<<"$output")
	url=$(jq -r .upload.url <<<"$output")
	headers=()
	while IFS= read -r header; do
		headers+=(-H "$header")
	done < <(jq -r '.upload.headers | to_entries[] | "\(.key): \(.value)"' <<<"$output")
}

# Send a request, and keep what is answered in $output, and the status of HTTP in $code.
send() { # send URL [OPTION OF CURL]...
	try curl -sS --path-as-is -o answer -w '%{http_code}' "${@:2}" "$1"
	expect_status 0
	code=$output
	output=$(tr -d '\0' <answer)
}

upload() { # upload FILE [OPTION OF CURL]...
	send "$url" "${headers[@]}" -T "$@"
}

expect_taken() {
	[ "$code" = 200 ] || fail "$code: ${output:0:2000}"
}

# It was refused, and so S3 calls it.
expect_refused() { # expect_refused CODE NAME
	[ "$code" = "$1" ] || fail "$code, not $1: ${output:0:2000}"
	expect_in "<Code>$2</Code>" "$output"
}

# What is in the bucket under the key.
expect_object() { # expect_object FILE
	try imgpl-presign --bucket="$bucket" --method=GET < <(jq -cn --arg key "$key" '{key: $key}')
	expect_status 0
	send "$(jq -r .download.url <<<"$output")"
	expect_taken
	expect_same_file "$1" answer
}

expect_no_object() {
	try imgpl-presign --bucket="$bucket" --method=GET < <(jq -cn --arg key "$key" '{key: $key}')
	send "$(jq -r .download.url <<<"$output")"
	expect_refused 404 NoSuchKey
}

@test "what was signed for is taken, and comes back by a signed download" {
	begin
	sign
	upload a.jpg
	expect_taken
	expect_object a.jpg
	send "$url" # a GET
	expect_refused 403 SignatureDoesNotMatch
}

@test "a body of the same type and size is taken, whatever is in it" {
	begin
	sign
	upload same-size.jpg
	expect_taken
	expect_object same-size.jpg
}

@test "another content type is refused, and so is none" {
	begin
	sign
	for header in 'Content-Type: image/png' 'Content-Type: text/html' 'Content-Type:' 'Content-Type: image/jpeg; a=b' \
		'Content-Type: IMAGE/JPEG'; do
		send "$url" -H "$header" -T a.jpg
		expect_refused 403 SignatureDoesNotMatch
	done
	expect_no_object
}

@test "another size is refused" {
	begin
	sign
	upload larger.jpg
	expect_refused 403 SignatureDoesNotMatch
	head -c -1 a.jpg >short.jpg
	upload short.jpg
	expect_refused 403 SignatureDoesNotMatch
	: >empty
	upload empty
	expect_refused 403 SignatureDoesNotMatch
	send "$url" "${headers[@]}" -T a.jpg -H 'Transfer-Encoding: chunked'
	[ "$code" != 200 ] || fail 'a body that does not say its size is taken'
	expect_no_object
}

@test "another key, bucket, method or host is refused" {
	begin
	sign
	send "${url/uploads/downloads}" "${headers[@]}" -T a.jpg
	expect_refused 403 SignatureDoesNotMatch
	send "${url/$bucket/photos}" "${headers[@]}" -T a.jpg
	expect_refused 403 SignatureDoesNotMatch
	for method in POST GET DELETE; do
		send "$url" "${headers[@]}" -X $method --data-binary @a.jpg
		[ "$code" != 200 ] && [ "$code" != 204 ] || fail "$method: $code"
	done
	upload a.jpg -H 'Host: s3.localhost'
	expect_refused 403 SignatureDoesNotMatch
	expect_no_object
}

@test "a changed signature, time or parameter is refused" {
	begin
	sign
	for change in 's/Signature=.../Signature=000/' 's/Expires=300/Expires=301/' 's/Date=20/Date=19/' 's/-Date=[^&]*&/-Date=\&/' \
		's/AKIA/BKIA/' 's/us-east-1/us-east-2/' 's/content-length%3B//' 's/X-Amz-Signature=[^&]*//' 's/$/\&x=1/'; do
		changed=$(sed "$change" <<<"$url")
		[ "$changed" != "$url" ] || fail "$change"
		send "$changed" "${headers[@]}" -T a.jpg
		[ "$code" = 403 ] || [ "$code" = 400 ] || fail "$change: $code: $output"
	done
	expect_no_object
	upload a.jpg
	expect_taken
}

# The gateway does not mind URLs of the future.
@test "a URL that holds no more is refused" {
	begin
	for at in '-301 seconds' '-8 days'; do
		sign '' --at="$(date -u -d "$at" +%Y-%m-%dT%H:%M:%SZ)"
		upload a.jpg
		[ "$code" = 403 ] || fail "$at: $code: $output"
	done
	sign '' --at="$(date -u -d '-6 days' +%Y-%m-%dT%H:%M:%SZ)" --expires=604800
	upload a.jpg
	expect_taken
}

@test "a download is for nothing else" {
	begin
	sign
	upload a.jpg
	expect_taken
	try imgpl-presign --bucket="$bucket" --method=GET <<<"{\"key\":\"$key\"}"
	url=$(jq -r .download.url <<<"$output")
	send "$url" -T larger.jpg
	expect_refused 403 SignatureDoesNotMatch
	send "$url" -X DELETE
	expect_refused 403 SignatureDoesNotMatch
	expect_object a.jpg
}

@test "an upload that may replace nothing has to say so" {
	begin
	sign '' --once
	expect_same '-H Content-Type: image/jpeg -H If-None-Match: *' "${headers[*]}"
	send "$url" -H 'Content-Type: image/jpeg' -T a.jpg
	expect_refused 403 SignatureDoesNotMatch
	upload a.jpg
	expect_taken
	expect_object a.jpg
}

@test "an upload that may replace nothing is refused where there is something" {
	begin
	sign '' --once
	upload a.jpg
	expect_taken
	upload same-size.jpg
	[ "$code" != 200 ] || skip 'this gateway does not look at If-None-Match'
	expect_refused 412 PreconditionFailed
	expect_object a.jpg
}

@test "keys of any bytes are put and got as they are" {
	begin
	printf '%s\n' 'a b' 'a+b' 'a%20b' '100%' '../up' 'x/../y' './x' '...' 'a//b' '//two' '/lead' 'trailing/x' \
		'?q=1&r' '#hash' 'ümläut/日本/😀.png' "quote'\"" 'back\slash' '<&>' '*!()' '=+@,;:$' '-dash' \
		"$(printf 'k%.0s' {1..1024})" "$(printf 'é%.0s' {1..512})" >keys
	jq -Rc --argjson size "$size" '{key: ., content_type: "image/jpeg", bytes: $size}' keys >wishes
	while IFS= read -r url; do
		send "$url" -H 'Content-Type: image/jpeg' -T a.jpg
		expect_taken
	done < <(imgpl-presign --bucket="$bucket" wishes | jq -r .upload.url)
	while IFS= read -r url; do
		send "$url"
		expect_taken
		expect_same_file a.jpg answer
	done < <(imgpl-presign --bucket="$bucket" --method=GET wishes | jq -r .download.url)
	# Names that begin with a dot are not listed, as in a folder.
	imgpl-list --store="s3:$bucket" --out-prefix=none/ >listed
	expect_same "$(grep -Ev '(^|/)[.]' keys | LC_ALL=C sort)" "$(jq -r .key listed)"
}

@test "a grant of the HTTP API is taken, and its owner's results have pictures" {
	begin
	body=$(jq -cn --argjson size "$size" '{contentType: "image/jpeg", size: $size}')
	jq -cn --arg body "$body" '{version: "2.0", rawPath: "/upload-url", body: $body, requestContext: {http: {method: "POST"},
		authorizer: {jwt: {claims: {sub: "ann"}}}}}' >event
	try imgpl-presign --bucket="$bucket" event
	grant=$(jq -r .body <<<"$output")
	key=$(jq -r .key <<<"$grant")
	[[ $key == uploads/ann/*.jpg ]]
	send "$(jq -r .uploadUrl <<<"$grant")" -H "$(jq -r '.headers | to_entries[] | "\(.key): \(.value)"' <<<"$grant")" -T a.jpg
	expect_taken
	jq -cn --arg key "$key" '{key: $key}' | imgpl-resize --store="s3:$bucket" --rendition=main=9x9 |
		imgpl-store --bucket="$bucket" >stored
	jq -cn --arg query "image_key=$key" '{version: "2.0", rawPath: "/results", rawQueryString: $query,
		requestContext: {http: {method: "GET"}, authorizer: {jwt: {claims: {sub: "ann"}}}}}' >event
	try imgpl-results --store="s3:$bucket" event
	send "$(jq -r '.body | fromjson | .results.renditions[0].url' <<<"$output")"
	expect_taken
	expect_same JPEG "$(identify -format %m answer)"
	expect_same "$(jq '.renditions[0].bytes' stored)" "$(stat -c %s answer)"
}

@test "temporary keys sign, too, with their token in the URL" {
	begin
	export AWS_SESSION_TOKEN=FwoGZXIvYXdz+/EXAMPLE//TOKEN==
	sign
	expect_in X-Amz-Security-Token=FwoGZXIvYXdz%2B%2FEXAMPLE%2F%2FTOKEN%3D%3D "$url"
	upload a.jpg
	expect_taken
}
