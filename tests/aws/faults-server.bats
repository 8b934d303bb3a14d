# The server that plays AWS and its faults does what faults.py says, as curl sees it.
IMGPL_BIN=${IMGPL_BIN:-$BATS_TEST_DIRNAME/../../build/bin}
load ../helper
load faults

setup_file() {
	serve_faults
}

teardown_file() {
	stop_faults
}

# Ask for a path and keep the status of HTTP, after the body, and that of curl.
ask() { # ask SERVICE PATH [OPTION]...
	try curl -sS --max-time 5 -w '%{http_code}' --aws-sigv4 "aws:amz:us-east-1:$1" \
		-u "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "${@:3}" "http://127.0.0.1:$(port_of plain)$2"
}

ask_table() { # ask_table FAULT OPERATION BODY
	ask dynamodb "/$1/" -H "x-amz-target: DynamoDB_20120810.$2" -H 'content-type: application/x-amz-json-1.0' -d "$3"
}

# An answer to a GET of a picture is this, by HTTP and by curl.
expect_get() { # expect_get FAULT HTTP CURL
	ask s3 "/$1/photos/uploads/a.jpg" -o out
	expect_same "$1 $2 $3" "$1 $output $status"
}

log_lines() { # log_lines FAULT EXPRESSION
	jq -c "select(.fault == \"$1\") | $2" "$BATS_FILE_TMPDIR/log"
}

@test "a picture comes whole, or in the part that was asked for" {
	expect_get fine 200 0
	expect_same_file "$BATS_FILE_TMPDIR/picture.jpg" out
	ask s3 /fine/photos/uploads/a.jpg -o part -r 1000-1999
	expect_same 206 "$output"
	cmp part <(tail -c +1001 "$BATS_FILE_TMPDIR/picture.jpg" | head -c 1000)
}

@test "who does not sign, or signs with another key, is refused" {
	try curl -sS "http://127.0.0.1:$(port_of plain)/fine/photos/uploads/a.jpg"
	expect_in '<Code>AccessDenied</Code>' "$output"
	AWS_SECRET_ACCESS_KEY=wrong
	ask s3 /fine/photos/uploads/a.jpg
	expect_in '<Code>SignatureDoesNotMatch</Code>' "$output"
	expect_in 403 "$output"
}

@test "an object that was put is there, and the log has its digest" {
	head -c 5000 /dev/urandom >object
	ask s3 /fine..put/photos/new -X PUT --data-binary @object
	expect_same 200 "$output"
	ask s3 /fine..put/photos/new -o out
	cmp object out
	expect_same "\"$(sha256sum <object | cut -d ' ' -f 1)\"" \
		"$(jq -c 'select(.room == "put" and .stored) | .sha256' "$BATS_FILE_TMPDIR/log")"
	ask s3 /fine..other/photos/new
	expect_in NoSuchKey "$output"
}

@test "a listing has pages" {
	ask s3 '/fine/photos?list-type=2&prefix=uploads%2F'
	expect_in '<IsTruncated>true</IsTruncated><Contents><Key>uploads/a.jpg</Key>' "$output"
	token=$(sed -n 's/.*<NextContinuationToken>\(.*\)<.NextContinuationToken>.*/\1/p' <<<"$output")
	ask s3 "/fine/photos?continuation-token=${token//=/%3D}&list-type=2&prefix=uploads%2F"
	expect_in '<Contents><Key>uploads/c.jpg</Key>' "$output"
}

@test "a row that was put is got, and is put over as the condition has it" {
	update() { # update CONDITION
		ask_table fine..rows UpdateItem "{\"TableName\":\"t\",\"Key\":{\"image_key\":{\"S\":\"k\"}},\"ConditionExpression\":\"$1\",\"UpdateExpression\":\"SET #s = :s REMOVE #r\",\"ExpressionAttributeNames\":{\"#s\":\"status\",\"#r\":\"reason\"},\"ExpressionAttributeValues\":{\":s\":{\"S\":\"X\"},\":old\":{\"S\":\"Y\"}}}"
	}
	update 'attribute_not_exists(image_key)'
	expect_same '{}200' "$output"
	ask_table fine..rows GetItem '{"TableName":"t","Key":{"image_key":{"S":"k"}}}'
	expect_same '{"Item": {"image_key": {"S": "k"}, "status": {"S": "X"}}}200' "$output"
	update 'attribute_not_exists(#r) AND #s = :s'
	expect_same '{}200' "$output"
	for condition in 'attribute_not_exists(image_key)' '#s = :old' 'attribute_not_exists(#r) AND attribute_not_exists(#s)'; do
		update "$condition"
		expect_in 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException' "$output"
		expect_in 400 "$output"
	done
}

@test "a fault happens once, twice or always, and only to its target" {
	expect_get 500-once 500 0
	expect_get 500-once 200 0
	expect_get SlowDown-twice.get 503 0
	expect_get SlowDown-twice.get 503 0
	expect_get SlowDown-twice.get 200 0
	for _ in 1 2 3; do
		expect_get ThrottlingException.s3.always 400 0
	done
	expect_get 500.put 200 0
	expect_same '1
2
3' "$(log_lines SlowDown-twice 'select(.method) | .attempt')"
}

@test "each connection breaks as its fault says" {
	while read -r fault http curl; do
		expect_get "$fault" "$http" "$curl"
	done <<-'END'
		reset-first 000 56
		close-first 000 52
		reset-in-head 200 56
		close-in-head 200 0
		reset-in-body 200 56
		close-in-body 200 18
		close-before-body 200 18
		lost-answer 000 56
		chunks-end-early 200 18
		chunks-garbled 200 56
		hang-first 000 28
		hang-in-body 200 28
		drip-head 000 28
		drip-body 200 28
		slow 200 0
		garbage 000 1
		old-http 000 1
		length-negative 200 8
		continue-first 200 0
		close-after 200 0
		cut 200 0
		empty 200 0
		not-modified 304 0
		part-unasked 206 0
	END
}

# Ask twice: for the picture, which breaks off, and for the rest of it.
ask_rest() { # ask_rest FAULT [OPTION]...
	expect_get "$1.get.$1" 200 56
	ask s3 "/$1.get.$1/photos/uploads/a.jpg" -o out -D head -r 100000- "${@:2}"
}

@test "the rest of a picture comes as its fault says" {
	etag=\"$(md5sum <"$BATS_FILE_TMPDIR/picture.jpg" | cut -d ' ' -f 1)\"
	size=$(stat -c %s "$BATS_FILE_TMPDIR/picture.jpg")
	while read -r fault http range; do
		ask_rest "$fault" -H "if-match: $etag"
		expect_same "$fault $http $range" "$fault $output $(sed -n 's/^Content-Range: \(.*\)\r/\1/p' head | tr ' ' /)"
	done <<-END
		changed-meanwhile 412 
		changed-unnoticed 206 bytes/100000-$((size - 1))/$size
		whole-again 200 
		whole-again-changed 200 
		range-shifted 206 bytes/99000-$((size - 1))/$size
		range-unnamed 206 
		range-of-another 206 bytes/100000-$((size - 1))/99999999
		range-garbage 206 bytes/a/lot
		range-refused 416 
	END
	ask_rest reset-in-body-once
	cmp out <(tail -c +100001 "$BATS_FILE_TMPDIR/picture.jpg")
}

@test "a clock that is an hour away refuses, and tells its time" {
	for fault in skew-ahead skew-behind skew-for-ever; do
		ask s3 "/$fault/photos/uploads/a.jpg" -D head
		expect_in '<Code>RequestTimeTooSkewed</Code>' "$output"
		away=$(($(date -d "$(sed -n 's/^Date: \(.*\)\r/\1/p' head)" +%s) - $(date +%s)))
		[ ${away#-} -gt 3500 ] && [ ${away#-} -lt 3700 ] || fail "$fault: $away s"
	done
	ask_table skew-ahead GetItem '{"TableName":"t","Key":{"image_key":{"S":"k"}}}'
	expect_in InvalidSignatureException "$output"
}

@test "another region is named, and answers what is signed for it" {
	ask s3 /other-region/photos/uploads/a.jpg -D head -o out
	expect_same 301 "$output"
	expect_in 'x-amz-bucket-region: eu-central-1' "$(cat head)"
	try curl -sS -o out -w '%{http_code}' --aws-sigv4 aws:amz:eu-central-1:s3 \
		-u "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "http://127.0.0.1:$(port_of plain)/other-region/photos/uploads/a.jpg"
	expect_same 200 "$output"
}

@test "what is too large is as large as it says" {
	ask s3 /huge-object/photos/uploads/a.jpg -o /dev/null -w '%{size_download}\n'
	expect_in "$((300 << 20))" "$output"
	ask s3 /huge-object-in-chunks/photos/uploads/a.jpg -o /dev/null -w '%{size_download}\n'
	expect_in "$(((300 << 20) + $(stat -c %s "$BATS_FILE_TMPDIR/picture.jpg")))" "$output"
	ask s3 '/million-keys/photos?list-type=2' -o keys
	expect_same 1000000 "$(grep -o '<Key>' keys | wc -l)"
	ask s3 '/gzip-bomb/photos?list-type=2' -o bomb
	expect_same "$((300 << 20))" "$(gzip -dc bomb | wc -c)"
}

@test "nobody answers at two of the ports, and the third shows a certificate" {
	try curl -sS --max-time 2 "http://127.0.0.1:$(port_of refused)/"
	expect_status 7
	try curl -sS --connect-timeout 2 "http://127.0.0.1:$(port_of full)/"
	expect_status 28
	try curl -sS "https://127.0.0.1:$(port_of tls)/fine/photos/uploads/a.jpg"
	expect_status 60
	try curl -sS --cacert "$BATS_FILE_TMPDIR/certificate.pem" "https://127.0.0.1:$(port_of tls)/fine/photos/uploads/a.jpg"
	expect_in AccessDenied "$output"
}
