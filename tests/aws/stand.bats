# What stands in for AWS answers as AWS would, and refuses what AWS would: curl signs and asks.
# scripts/test-aws brings it up, and runs this.
load ../helper

setup_file() {
	[ -n "${STAND_LOG:-}" ] || fail 'nothing stands in for AWS: tests/aws/up DIR, and then . DIR/env'
	export RUN=$$ # a part of each execution's name, so that these tests can be run again
}

# Ask a service, and keep what it answers in $output, and the status of HTTP in $code.
ask() { # ask URL SERVICE [OPTION OF CURL]...
	local url=$1 service=$2

	shift 2
	try curl -sS -o answer -w '%{http_code}' --user "${USER_KEYS:-$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY}" \
		--aws-sigv4 "aws:amz:${REGION:-us-east-1}:$service" "$@" "$url"
	expect_status 0
	code=$output
	output=$(cat answer)
}

# Ask S3 for something; curl wants to be told the digest of what it sends.
s3() { # s3 PATH [FILE TO PUT [DIGEST]]
	local digest

	if [ $# = 1 ]; then
		ask "$AWS_ENDPOINT_URL_S3/$1" s3 -H "x-amz-content-sha256: $(sha256sum </dev/null | cut -d ' ' -f 1)"
	else
		digest=${3:-$(sha256sum <"$2" | cut -d ' ' -f 1)}
		ask "$AWS_ENDPOINT_URL_S3/$1" s3 -H "x-amz-content-sha256: $digest" -T "$2"
	fi
}

# Call an operation of a service that speaks JSON, with what a file or the argument says.
call() { # call SERVICE.OPERATION JSON|@FILE [OPTION OF CURL]...
	local asked=$2 operation=${1#*.} target url version=1.0 scope=${1%%.*}

	case $scope in
	rekognition) target=RekognitionService version=1.1 url=$AWS_ENDPOINT_URL_REKOGNITION ;;
	states) target=AWSStepFunctions url=$AWS_ENDPOINT_URL_SFN ;;
	dynamodb) target=DynamoDB_20120810 url=$AWS_ENDPOINT_URL_DYNAMODB ;;
	esac
	shift 2
	ask "$url" "${SCOPE:-$scope}" -H "Content-Type: application/x-amz-json-$version" \
		-H "X-Amz-Target: $target.$operation" --data-binary "$asked" "$@"
}

# Ask for the labels of a picture, with further members.
labels_of() { # labels_of FILE [MEMBERS]
	printf '{"Image":{"Bytes":"%s"}%s}' "$(base64 -w 0 "$1")" "${2:-}" >asked
	call rekognition.DetectLabels @asked
}

expect_answer() { # expect_answer CODE
	[ "$code" = "$1" ] || fail "$code, not $1: ${output:0:2000}"
}

# The service refused, with an error of this name, and said why.
expect_refusal() { # expect_refusal NAME [PART OF THE MESSAGE]
	expect_answer 400
	expect_json "\"$1\"" '.__type | sub(".*#"; "")'
	expect_in "${2:-}" "$(jq -r '.message // .Message' <<<"$output")"
}

start_asked() { # start_asked NAME [INPUT [STATE MACHINE]]
	jq -cn --arg name "$1-$RUN" --arg input "${2:-{\}}" --arg arn "${3:-$STAND_STATE_MACHINE}" \
		'{stateMachineArn: $arn, name: $name, input: $input}'
}

# How many lines of a log have this in them.
noted() { # noted LOG TEXT
	grep -cF -- "$2" "$STAND_LOG/$1.jsonl" || true
}

@test "an object that was put is got" {
	picture a.jpg
	s3 photos/stand/a.jpg a.jpg
	expect_answer 200
	s3 photos/stand/a.jpg
	expect_answer 200
	expect_same_file a.jpg answer
	s3 photos/stand/missing.jpg
	expect_answer 404
	expect_in '<Code>NoSuchKey</Code>' "$output"
}

@test "the gateway refuses what is wrongly signed" {
	picture a.jpg
	USER_KEYS=$AWS_ACCESS_KEY_ID:wrong s3 photos/stand/wrong.jpg a.jpg
	expect_answer 403
	expect_in '<Code>SignatureDoesNotMatch</Code>' "$output"
	s3 photos/stand/wrong.jpg a.jpg "$(sha256sum </dev/null | cut -d ' ' -f 1)"
	expect_answer 400
	expect_in '<Code>XAmzContentSHA256Mismatch</Code>' "$output"
	s3 photos/stand/wrong.jpg
	expect_answer 404
}

@test "a row that was put is got, and a condition holds" {
	call dynamodb.PutItem '{"TableName":"images","Item":{"image_key":{"S":"é/a.jpg"},"bytes":{"N":"7"}}}'
	expect_answer 200
	call dynamodb.GetItem '{"TableName":"images","Key":{"image_key":{"S":"é/a.jpg"}}}'
	expect_answer 200
	expect_json '{"S":"é/a.jpg"}' .Item.image_key
	call dynamodb.PutItem '{"TableName":"images","Item":{"image_key":{"S":"é/a.jpg"}},
		"ConditionExpression":"attribute_not_exists(image_key)"}'
	expect_refusal ConditionalCheckFailedException
}

@test "a row that doesn't fit is refused" {
	call dynamodb.PutItem '{"TableName":"images","Item":{"image_key":{"S":1}}}'
	expect_refusal SerializationException
	call dynamodb.PutItem '{"TableName":"images","Item":{"image_key":{"B":"not base64"}}}'
	expect_refusal SerializationException
	call dynamodb.PutItem '{"TableName":"images"}'
	expect_refusal ValidationException "'item'"
	call dynamodb.PutItem '{"TableName":"images","Item":{},"Itme":{}}'
	expect_refusal ValidationException "'itme'"
	call dynamodb.PutItem '{"TableName":"images","Item":{},"ReturnValues":"SOME"}'
	expect_refusal ValidationException "'returnValues'"
	call dynamodb.PutItem '{"TableName":"images","Item":{"key":{"S":"a"}}}'
	expect_refusal ValidationException
}

@test "an execution starts once a name" {
	call states.StartExecution "$(start_asked once)"
	expect_answer 200
	expect_json '"arn:aws:states:us-east-1:123456789012:execution:pipeline:once-'"$RUN"'"' .executionArn
	first=$output
	call states.StartExecution "$(start_asked once)"
	expect_answer 200
	expect_same "$first" "$output"
	call states.StartExecution "$(start_asked once '{"a":1}')"
	expect_refusal ExecutionAlreadyExists
	call states.StartExecution "$(start_asked once '{}' "${STAND_STATE_MACHINE%:*}:other")"
	expect_answer 200
	expect_same 1 "$(noted executions pipeline:once-$RUN)"
}

@test "the name of an execution that ended can't be had again" {
	call states.StartExecution "$(start_asked ended)"
	call states.StopExecution "{\"executionArn\":$(jq .executionArn <<<"$output")}"
	expect_answer 200
	call states.StartExecution "$(start_asked ended)"
	expect_refusal ExecutionAlreadyExists
}

@test "executions that can't be are refused" {
	for name in 'a b' a/b 'a*' 'a#' a: $'a\x01' 'a"'; do
		call states.StartExecution "$(start_asked "$name")"
		expect_refusal InvalidName
	done
	call states.StartExecution "$(start_asked "$(printf 'a%.0s' {1..81})")"
	expect_refusal ValidationException 'less than or equal to 80'
	call states.StartExecution "$(start_asked broken '{')"
	expect_refusal InvalidExecutionInput
	call states.StartExecution "$(start_asked nowhere '{}' "${STAND_STATE_MACHINE}2")"
	expect_refusal StateMachineDoesNotExist
	call states.StartExecution "$(start_asked nothing '{}' pipeline)"
	expect_refusal InvalidArn
	expect_same 0 "$(noted executions :nothing)"
}

@test "pictures have labels, by which they can be told apart" {
	picture wide.jpg 200x100
	picture tall.png 100x200
	labels_of wide.jpg
	expect_answer 200
	expect_json '["Landscape",99.5]' '.Labels[0] | [.Name, .Confidence]'
	expect_json '"number"' '.Labels[1].Instances[0].BoundingBox | .Left + .Top + .Width + .Height | type'
	expect_json '["array","array","array"]' '.Labels[1] | [.Parents, .Aliases, .Categories | type]'
	wide=$(jq -c '.Labels[1]' <<<"$output")
	labels_of tall.png
	expect_json '"Portrait"' '.Labels[0].Name'
	[ "$wide" != "$(jq -c '.Labels[1]' <<<"$output")" ] || fail 'the same thing in both'
}

@test "no more labels come than are asked for, and none less sure" {
	picture a.jpg 100x100
	labels_of a.jpg
	expect_json 4 '.Labels | length'
	labels_of a.jpg ',"MaxLabels":1'
	expect_json '["Square"]' '[.Labels[].Name]'
	labels_of a.jpg ',"MinConfidence":75'
	expect_json 3 '.Labels | length'
	labels_of a.jpg ',"MinConfidence":101'
	expect_refusal ValidationException 'less than or equal to 100'
	labels_of a.jpg ',"MaxLabels":"1"'
	expect_refusal SerializationException
}

@test "a picture in the bucket has the same labels" {
	picture a.jpg 300x200
	s3 photos/stand/labels.jpg a.jpg
	labels_of a.jpg
	expect_answer 200
	by_bytes=$output
	call rekognition.DetectLabels '{"Image":{"S3Object":{"Bucket":"photos","Name":"stand/labels.jpg"}}}'
	expect_same "$by_bytes" "$output"
	call rekognition.DetectLabels '{"Image":{"S3Object":{"Bucket":"photos","Name":"stand/missing.jpg"}}}'
	expect_refusal InvalidS3ObjectException
}

@test "what is no JPEG or PNG has no labels" {
	picture whole.jpg 100x100
	picture whole.png 100x100
	convert whole.jpg whole.gif
	convert whole.jpg whole.webp
	head -c -100 whole.jpg >short.jpg
	head -c 30 whole.jpg >header.jpg
	head -c -20 whole.png >short.png
	sed 's/IDAT/IDAU/' whole.png >broken.png
	for file in whole.gif whole.webp short.jpg header.jpg short.png broken.png; do
		labels_of $file
		expect_refusal InvalidImageFormatException
	done
	call rekognition.DetectLabels '{"Image":{"Bytes":"/9j_"}}'
	expect_refusal SerializationException
}

@test "pictures too small or too large have no labels" {
	picture narrow.jpg 79x200
	labels_of narrow.jpg
	expect_refusal InvalidParameterException
	picture long.png 10001x80
	labels_of long.png
	expect_refusal InvalidParameterException '10001 x 80'
	picture heavy.jpg 100x100
	truncate -s $((5 * 1024 * 1024)) heavy.jpg
	labels_of heavy.jpg
	expect_answer 200
	truncate -s +1 heavy.jpg
	labels_of heavy.jpg
	expect_refusal ValidationException "'image.bytes' failed"
	truncate -s $((15 * 1024 * 1024 + 1)) heavy.jpg
	s3 photos/stand/heavy.jpg heavy.jpg
	call rekognition.DetectLabels '{"Image":{"S3Object":{"Bucket":"photos","Name":"stand/heavy.jpg"}}}'
	expect_refusal ImageTooLargeException
}

@test "there is one picture to a request" {
	call rekognition.DetectLabels '{"Image":{}}'
	expect_refusal InvalidParameterException
	call rekognition.DetectLabels '{"Image":{"Bytes":"AAAA","S3Object":{"Bucket":"photos","Name":"a"}}}'
	expect_refusal InvalidParameterException
	call rekognition.DetectLabels '{"Image":{"Bytes":"AAAA"},"Image":{"Bytes":"AAAA"}}'
	expect_refusal SerializationException
	call rekognition.DetectLabels '{}'
	expect_refusal ValidationException "'image'"
	call rekognition.DetectEverything '{}'
	expect_refusal UnknownOperationException
}

@test "a request that is wrongly signed does nothing" {
	asked=$(start_asked unsigned)
	USER_KEYS=$AWS_ACCESS_KEY_ID:wrong call states.StartExecution "$asked"
	expect_refusal InvalidSignatureException 'does not match the signature you provided'
	USER_KEYS=AKIAUNKNOWN:wrong call states.StartExecution "$asked"
	expect_refusal UnrecognizedClientException
	REGION=eu-central-1 call states.StartExecution "$asked"
	expect_refusal InvalidSignatureException region
	SCOPE=dynamodb call states.StartExecution "$asked"
	expect_refusal InvalidSignatureException "correct service: 'states'"
	call states.StartExecution "$asked" -H 'X-Amz-Security-Token: some'
	expect_refusal UnrecognizedClientException
	try curl -sS -H 'X-Amz-Target: AWSStepFunctions.StartExecution' -H 'Content-Type: application/x-amz-json-1.0' \
		--data-binary "$asked" "$AWS_ENDPOINT_URL_SFN"
	expect_json '"MissingAuthenticationTokenException"' '.__type | sub(".*#"; "")'
	expect_same 0 "$(noted executions :unsigned)"
}

# Write the headers of a call that botocore signs some minutes from now; curl knows only the present.
headers_at() { # headers_at MINUTES TARGET BODY
	/usr/bin/python3 - "$@" <<-'PYTHON'
		import datetime, os, sys, types
		import botocore.auth
		from botocore.awsrequest import AWSRequest
		from botocore.credentials import Credentials

		minutes, target, body = sys.argv[1:]
		then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=int(minutes))
		botocore.auth.datetime = types.SimpleNamespace(datetime=types.SimpleNamespace(utcnow=lambda: then))
		botocore.auth.get_current_datetime = lambda *_, **__: then
		headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
		request = AWSRequest("POST", os.environ["AWS_ENDPOINT_URL_SFN"] + "/", headers, body.encode())
		keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
		botocore.auth.SigV4Auth(keys, "states", "us-east-1").add_auth(request)
		print(*(f"{name}: {value}" for name, value in request.headers.items()), sep="\n")
	PYTHON
}

# Start an execution as one whose clock is some minutes off.
start_at() { # start_at MINUTES NAME
	local asked

	asked=$(start_asked "$2")
	headers_at "$1" AWSStepFunctions.StartExecution "$asked" >headers
	try curl -sS -o answer -w '%{http_code}' -H @headers --data-binary "$asked" "$AWS_ENDPOINT_URL_SFN"
	code=$output
	output=$(cat answer)
}

@test "a clock may be off by a quarter of an hour, and no more" {
	start_at -14 slow
	expect_answer 200
	start_at 14 fast
	expect_answer 200
	start_at -16 unsigned
	expect_refusal InvalidSignatureException 'Signature expired'
	start_at 16 unsigned
	expect_refusal InvalidSignatureException 'not yet current'
	expect_same 0 "$(noted executions :unsigned)"
}

@test "a signature is good for one body alone" {
	call states.StartExecution "$(start_asked replayed)" -v
	expect_answer 200
	grep -E '^> (Authorization|X-Amz-Date|X-Amz-Target|Content-Type):' <<<"$stderr" | tr -d '\r' |
		sed 's/^> //' >headers
	try curl -sS -H @headers --data-binary "$(start_asked replayed)" "$AWS_ENDPOINT_URL_SFN"
	expect_json '"arn:aws:states:us-east-1:123456789012:execution:pipeline:replayed-'"$RUN"'"' .executionArn
	try curl -sS -H @headers --data-binary "$(start_asked forged)" "$AWS_ENDPOINT_URL_SFN"
	expect_json '"InvalidSignatureException"' '.__type | sub(".*#"; "")'
	sed 's/StartExecution/StopExecution/' headers >other
	try curl -sS -H @other --data-binary "$(start_asked replayed)" "$AWS_ENDPOINT_URL_SFN"
	expect_json '"InvalidSignatureException"' '.__type | sub(".*#"; "")'
}

# What stands between the tags of this name.
xml() { # xml NAME
	grep -o "<$1>[^<]*" <<<"$output" | cut -d '>' -f 2
}

@test "who has a token of the web's is given keys that work with their own token alone" {
	try curl -sS --data-urlencode Action=AssumeRoleWithWebIdentity -d Version=2011-06-15 \
		--data-urlencode RoleArn=arn:aws:iam::123456789012:role/uploader -d RoleSessionName=stand \
		-d WebIdentityToken=a.b.c -d DurationSeconds=900 "$AWS_ENDPOINT_URL_STS"
	token=$(xml SessionToken)
	USER_KEYS=$(xml AccessKeyId):$(xml SecretAccessKey)
	[ "$(date -d "$(xml Expiration)" +%s)" -gt "$(date +%s)" ] || fail "$output"
	call states.StartExecution "$(start_asked temporary)" -H "X-Amz-Security-Token: $token"
	expect_answer 200
	call states.StartExecution "$(start_asked tokenless)"
	expect_refusal UnrecognizedClientException
	call states.StartExecution "$(start_asked tokenless)" -H "X-Amz-Security-Token: ${token}x"
	expect_refusal UnrecognizedClientException
	s3 photos/
	expect_answer 200
}

@test "STS refuses what AWS does" {
	ask "$AWS_ENDPOINT_URL_STS" sts -d 'Action=GetCallerIdentity&Version=2011-06-15'
	expect_answer 200
	expect_same 123456789012 "$(xml Account)"
	REGION=eu-central-1 ask "$AWS_ENDPOINT_URL_STS" sts -d 'Action=GetCallerIdentity&Version=2011-06-15'
	expect_answer 403
	expect_same SignatureDoesNotMatch "$(xml Code)"
	role=Action=AssumeRoleWithWebIdentity\&Version=2011-06-15\&RoleArn=arn:aws:iam::123456789012:role/uploader
	try curl -sS -d "$role&RoleSessionName=stand&WebIdentityToken=expired" "$AWS_ENDPOINT_URL_STS"
	expect_same ExpiredTokenException "$(xml Code)"
	try curl -sS -d "$role&RoleSessionName=stand&WebIdentityToken=a.b.c&DurationSeconds=899" "$AWS_ENDPOINT_URL_STS"
	expect_same ValidationError "$(xml Code)"
	try curl -sS -d "$role&WebIdentityToken=a.b.c" "$AWS_ENDPOINT_URL_STS"
	expect_in roleSessionName "$(xml Message)"
}

@test "each request is a line of the log, without keys" {
	before=$(noted requests DetectLabels)
	picture a.jpg 100x100
	labels_of a.jpg
	expect_same $((before + 1)) "$(noted requests DetectLabels)"
	expect_same 0 "$(noted requests "$AWS_SECRET_ACCESS_KEY")"
}

@test "signatures that differ are found" {
	expected='{"name":"a","expect":{"canonical_request":"GET","signature":"01"}}'
	echo "$expected" >expected
	echo '{"name":"a","canonical_request":"GET","signature":"01"}' >same
	echo '{"name":"a","canonical_request":"GET","signature":"02"}' >other
	: >none
	try "$TESTS/compare" expected same
	expect_status 0
	expect_in '1 of 1 signatures agree' "$output"
	for file in other none; do
		try "$TESTS/compare" expected $file
		expect_status 1
		expect_in 'not ok 1 - 0 of 1 signatures agree' "$output"
		expect_in '# a: ' "$output"
	done
	try "$TESTS/compare" none none
	expect_status 1
}

# Whether a process has to do with a folder.
runs_in() { # runs_in DIR
	grep -qaF "$1/" /proc/[0-9]*/cmdline 2>/dev/null
}

@test "what a killed run has left is ended by the next one, and all of that by down" {
	mkdir again
	again=$PWD/again
	cp -r "$STAND_LOG/../node_modules" again/
	setsid "$TESTS/up" again 3>&- &
	wait_until runs_in "$again/ceph"
	kill -9 $!
	LIMIT=180 try "$TESTS/up" again
	expect_status 0
	(
		. again/env
		try curl -sS -o answer "$AWS_ENDPOINT_URL_S3"
		expect_status 0
	)
	runs_in "$again" || fail 'nothing runs there'
	try "$TESTS/down" again
	expect_status 0
	! runs_in "$again" || fail "$(grep -laF "$again/" /proc/[0-9]*/cmdline)"
	try "$TESTS/down" again
	expect_status 0
	try curl -sS "$AWS_ENDPOINT_URL_S3"
	expect_status 0
}
