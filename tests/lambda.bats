# shellcheck shell=bash disable=SC2154 # run sets status, output and stderr
# imgpl-lambda, with runtime_api.py for Lambda.
load helper

# Hand the events of the file `script` out to imgpl-lambda with a filter. What it says of them is in $output, the
# log in $stderr, and its own exit status is $code.
invoke() { # invoke FILTER [ARGUMENT]...
	try /usr/bin/python3 "$TESTS/runtime_api.py" script imgpl-lambda "$@"
	expect_status 0
	code=$(jq -r 'select(.status).status' <<<"$output")
	output=$(jq -c 'select(.path)' <<<"$output")
}

# Add an event to the script, and what else is to be said of it.
event() { # event TEXT [JSON]
	jq -cn --arg text "$1" "{event: \$text} + ${2:-{\}}" >>script
}

# Make a filter of a shell script for one line, $line. It is not told of spaces ahead of lines.
filter() { # filter NAME <<SCRIPT
	{
		echo '#!/bin/sh'
		echo 'while IFS=" " read -r line; do'
		cat
		echo 'done'
	} >"$1"
	chmod +x "$1"
}

# What the API was told: "response BODY" or "error TYPE MESSAGE", a line each.
told() {
	jq -r 'if .path == "invocation/response" then "response \(.body)"
		else "\(.path | sub("invocation/"; "")) \(.type) \(.body | fromjson.errorMessage)" end' <<<"$output"
}

expect_told() { # expect_told LINE...
	local IFS=$'\n'

	expect_same "$*" "$(told)"
}

# The log: "LEVEL ID TOOL MESSAGE", a line each. What filters say when they are ended is left out.
logged() {
	jq -r 'select(.message | startswith("stopped by a signal") | not)
		| "\(.level) \(.requestId // "-") \(.tool) \(.message)"' <<<"$stderr"
}

expect_logged() { # expect_logged [LINE]...
	local IFS=$'\n'

	expect_same "$*" "$(logged)"
}

@test "an event is a line for the filter, and its line the answer" {
	picture a.jpg 40x30
	event '{"key":"a.jpg"}'
	invoke imgpl-validate
	expect_told 'response {"key":"a.jpg","image":{"format":"jpeg","width":40,"height":30,"orientation":1,"frames":1}}'
	expect_logged
	expect_same 143 "$code"
	expect_json '["event-1",null]' '[.id, .type]'
}

@test "an event over several lines becomes one, and nothing else of it changes" {
	event $'\n{ "key" :\t"a b\\u00e9é\\n\\" :, ",\r\n "n":1.10, "big": 12345678901234567890123, "e":[ 1E400 , { } ]} \n'
	event '{"key":"smörgås 🦆"}' '{chunks: 1}'
	invoke cat
	expect_told 'response {"key":"a b\u00e9é\n\" :, ","n":1.10,"big":12345678901234567890123,"e":[1E400,{}]}' \
		'response {"key":"smörgås 🦆"}'
}

@test "an error of the filter's becomes the invocation's, by its type" {
	filter fails <<-'S'
		echo "{\"error\":{\"tool\":\"imgpl-x\",\"type\":$line,\"reason\":\"it is so\",\"retry\":false}}"
	S
	for type in Invalid Limit Throttled Transient Internal Other; do
		event "\"Imgpl.$type\""
	done
	invoke ./fails
	expect_told 'error Imgpl.Invalid it is so' 'error Imgpl.Limit it is so' 'error Imgpl.Throttled it is so' \
		'error Imgpl.Transient it is so' 'error Imgpl.Internal it is so' 'error Imgpl.Internal it is so'
	expect_json '["errorMessage","errorType","stackTrace"]' 'select(.id == "event-1").body | fromjson | keys'
	expect_json '"Imgpl.Throttled"' 'select(.id == "event-3").body | fromjson.errorType'
	expect_logged
}

@test "tools' own errors are the invocation's, and their messages are in the log" {
	event '{"key":"missing.jpg"}'
	event '{"key":""}'
	invoke imgpl-validate
	expect_told 'error Imgpl.Invalid missing.jpg: No such file or directory' \
		'error Imgpl.Invalid the key is empty'
	expect_logged 'WARN event-1 imgpl-validate missing.jpg: No such file or directory' \
		'WARN event-2 imgpl-validate line 2: the key is empty'
}

@test "an error that the event came with is no error of the invocation's" {
	event '{ "key": "a.jpg", "error": {"Error": "Imgpl.Invalid", "Cause":"{\"errorMessage\":\"a.jpg: no image\"}"} }'
	event '{"key":"b.jpg","error":{"type":"Imgpl.Limit","reason":"b.jpg: too large"}}'
	invoke imgpl-store
	expect_same 'FAILED FAILED' "$(jq -r 'select(.path == "invocation/response").body | fromjson.status' <<<"$output" | paste -sd ' ')"
	echo '{"key":"a.jpg"}' | imgpl-results >row
	expect_same 'FAILED a.jpg: no image' "$(jq -r '"\(.status) \(.reason)"' row)"
}

@test "an error on top of the one that the event came with is the invocation's" {
	event '{"key":"a.jpg","bucket":"photos","error":{"type":"Imgpl.Limit","reason":"too large"}}'
	echo '{"key":"a.jpg","bucket":"others"}' | imgpl-store >/dev/null
	invoke imgpl-store
	expect_json '["invocation/error","Imgpl.Invalid"]' '[.path, .type]'
	expect_in 'and before: too large' "$output"
}

@test "a thousand events are worked on by one process, over one connection" {
	filter tells <<-'S'
		echo "{\"pid\":$$,\"n\":$line}"
	S
	seq 1000 | jq -c '{event: tostring}' >script
	invoke ./tells
	expect_same 1 "$(jq -r '.body | fromjson.pid' <<<"$output" | sort -u | wc -l)"
	expect_same "$(seq 1000)" "$(jq -r '.body | fromjson.n' <<<"$output")"
	expect_same 1 "$(jq -r .connection <<<"$output" | sort -u)"
	expect_logged
}

@test "a filter that dies is reported and started again, and the next event works" {
	filter dies <<-'S'
		case $line in
		*segv*) echo 'dies: it hurts' >&2; kill -SEGV $$ ;;
		*exit*) echo first >&2; echo last >&2; exit 3 ;;
		*later*) exit 75 ;;
		*quiet*) exit 0 ;;
		*half*) printf '{"half":true}'; exit 0 ;;
		esac
		echo '{"good":true}'
	S
	for what in segv good exit good later good quiet good half good; do
		event "\"$what\""
	done
	invoke ./dies
	expect_told 'error Imgpl.Internal dies was ended by signal 11: dies: it hurts' 'response {"good":true}' \
		'error Imgpl.Internal dies exited with status 3: last' 'response {"good":true}' \
		'error Imgpl.Transient dies exited with status 75' 'response {"good":true}' \
		'error Imgpl.Internal dies exited with status 0' 'response {"good":true}' \
		'error Imgpl.Internal dies exited with status 0' 'response {"good":true}'
	expect_logged 'WARN event-1 dies it hurts' \
		'ERROR event-1 imgpl-lambda dies was ended by signal 11: dies: it hurts' \
		'WARN event-3 dies first' 'WARN event-3 dies last' \
		'ERROR event-3 imgpl-lambda dies exited with status 3: last' \
		'ERROR event-5 imgpl-lambda dies exited with status 75' \
		'ERROR event-7 imgpl-lambda dies exited with status 0' \
		'ERROR event-9 imgpl-lambda dies exited with status 0'
}

@test "a filter that dies between events fails none" {
	filter tells <<-'S'
		echo "{\"pid\":$$}"
		echo $$ >pid
	S
	event 1
	event 2 '{before: "kill -9 $(cat pid); sleep 0.1"}'
	invoke ./tells
	expect_same 'response response' "$(told | cut -d ' ' -f 1 | paste -sd ' ')"
	expect_logged 'ERROR event-2 imgpl-lambda tells was ended by signal 9'
}

@test "more lines than one, or what is no object, are that event's error, and no other's" {
	filter odd <<-'S'
		case $line in
		*two*) echo '{"n":1}'; echo '{"n":2}' ;;
		*late*) echo '{"n":1}'; sleep 0.1; echo '{"n":2}' ;;
		*text*) echo hello ;;
		*array*) echo '[]' ;;
		*empty*) echo ;;
		*parts*) printf '{"parts"'; sleep 0.1; echo ':true}' ;;
		*) echo "{\"good\":$line}" ;;
		esac
	S
	for what in two 1 late 2 text 3 array 4 empty 5 parts 6; do
		event "\"$what\""
	done
	invoke ./odd
	expect_told 'error Imgpl.Internal odd wrote more than one line' 'response {"good":"1"}' \
		'error Imgpl.Internal odd wrote more than one line' 'response {"good":"2"}' \
		'error Imgpl.Internal the answer: not JSON: a value is missing at byte 1' 'response {"good":"3"}' \
		'error Imgpl.Internal the answer: not a JSON object' 'response {"good":"4"}' \
		'error Imgpl.Internal the answer: not a JSON object: the line is empty' 'response {"good":"5"}' \
		'response {"parts":true}' 'response {"good":"6"}'
}

@test "a filter that answered what is no answer does not answer again" {
	filter odd <<-'S'
		[ "$line" = 2 ] && echo "no answer" || echo "{\"pid\":$$}"
	S
	for event in 1 1 2 1; do
		event $event
	done
	invoke ./odd
	expect_same '1 1 2' "$(jq -r '.body | fromjson.pid // empty' <<<"$output" | awk '!seen[$1]++ { n++ } { print n }' | paste -sd ' ')"
}

@test "a filter that answers before it has read the event is an error" {
	printf '#!/bin/sh\nhead -c 1000 >/dev/null; echo "{}"; sleep 10\n' >hasty
	chmod +x hasty
	jq -cn '{event: ("x" * 1000000 | tojson)}' >script
	invoke ./hasty
	expect_told 'error Imgpl.Internal hasty answered before it had read the line'
}

@test "a filter that hangs is ended before the deadline, and the next event works" {
	ln -s "$(command -v sleep)" hanging
	filter hangs <<-'S'
		case $line in
		*deaf*) trap '' TERM; "$PWD/hanging" 50; "$PWD/hanging" 50 ;;
		*hang*) "$PWD/hanging" 50 ;;
		*late*) trap 'echo "{\"late\":true}"; exit' TERM; "$PWD/hanging" 50 & wait ;;
		esac
		echo "{\"good\":$line}"
	S
	event '"hang"' '{deadline: 1}'
	event '1'
	event '"deaf"' '{deadline: 1}'
	event '2'
	event '"late"' '{deadline: 1}'
	event '3'
	invoke ./hangs
	expect_told 'error Imgpl.Transient hangs: timed out: no answer before the deadline' 'response {"good":1}' \
		'error Imgpl.Transient hangs: timed out: no answer before the deadline' 'response {"good":2}' \
		'response {"late":true}' 'response {"good":3}'
	run ! pgrep -f "$PWD/hanging"
}

@test "an answer is told before the deadline, though the filter doesn't end" {
	ln -s "$(command -v sleep)" hanging
	filter deaf <<-'S'
		trap 'trap "" TERM; echo "{\"late\":true}"; "$PWD/hanging" 50' TERM
		"$PWD/hanging" 50 & wait
	S
	filter wrong <<-'S'
		trap '' TERM
		"$PWD/hanging" 1.7
		echo '[]'
		"$PWD/hanging" 50
	S
	event 1 '{deadline: 2}'
	invoke ./deaf
	expect_told 'response {"late":true}'
	expect_json false .late
	run ! pgrep -f "$PWD/hanging"
	invoke ./wrong
	expect_told 'error Imgpl.Internal the answer: not a JSON object'
	expect_json false .late
	run ! pgrep -f "$PWD/hanging"
}

@test "a deadline that is past, or none, is no deadline" {
	event '{"key":"a"}' '{deadline_ms: 5000}'
	event '{"key":"b"}' '{deadline_ms: 0}'
	event '{"key":"c"}' '{deadline_ms: "soon"}'
	event '{"key":"d"}' '{deadline_ms: -1}'
	event '{"key":"e"}' '{deadline_ms: 99999999999999999999}'
	invoke cat
	expect_same 5 "$(told | grep -c '^response')"
}

@test "events and answers of 6 MiB go through, larger ones are refused" {
	bytes=$((6 << 20))
	for more in 0 1; do
		head -c $((bytes - 8 + more)) /dev/zero | tr '\0' x | sed 's/.*/{"x":"&"}/' >event-$more
		jq -cn --arg file event-$more '{file: $file}' >>script
	done
	event '{"after":1}'
	invoke cat
	expect_same "$bytes" "$(jq -j 'select(.id == "event-1").body' <<<"$output" | wc -c)"
	output=$(tail -n 2 <<<"$output")
	expect_told 'error Imgpl.Limit the event has more than 6291456 bytes' 'response {"after":1}'

	rm script
	filter grows <<-'S'
		printf '{"x":"'; head -c "$line" /dev/zero | tr '\0' x; echo '"}'
	S
	event $((bytes - 8))
	event $((bytes - 7))
	event $((bytes + 1000000))
	event 10
	event 10 '{status: 413}'
	invoke ./grows
	expect_same "$bytes" "$(jq -j 'select(.id == "event-1").body' <<<"$output" | wc -c)"
	output=$(tail -n +2 <<<"$output")
	expect_told 'error Imgpl.Limit grows: an answer of more than 6291456 bytes' \
		'error Imgpl.Limit grows: an answer of more than 6291456 bytes' \
		'response {"x":"xxxxxxxxxx"}' 'response {"x":"xxxxxxxxxx"}' \
		'error Imgpl.Limit an answer of 18 bytes is too large for Lambda'
}

@test "an event that is not JSON is an error, and the filter doesn't see it" {
	event 'hello'
	event ''
	event '{"key":"a" 1}'
	event $'{"key":"a\nb"}'
	event '{"a":1,"a":2}'
	event '{"good":1}'
	invoke cat
	expect_told 'error Imgpl.Invalid the event: not JSON: a value is missing at byte 1' \
		'error Imgpl.Invalid the event: not JSON: it breaks off' \
		'error Imgpl.Invalid the event: not JSON: a comma is missing at byte 12' \
		'error Imgpl.Invalid the event: not JSON: a control character in a string at byte 10' \
		'error Imgpl.Invalid the event: a name stands twice in one object' \
		'response {"good":1}'
}

@test "the filter that an event has not reached stays" {
	filter tells <<-'S'
		echo "{\"pid\":$$}"
	S
	head -c $((6 << 20)) /dev/zero | tr '\0' x | sed 's/.*/"&"/' >large
	event 1
	event 'hello'
	jq -cn '{file: "large"}' >>script
	event 1
	invoke ./tells
	expect_same 2 "$(told | grep -c '^error')"
	expect_same 1 "$(jq -r '.body | fromjson.pid // empty' <<<"$output" | sort -u | wc -l)"
}

@test "what the filter says is in the log, with the request, in order, cut and escaped" {
	filter talks <<-'S'
		echo "talks: before $line" >&2
		printf 'bytes \377 \000and "quotes" \033[31m\n' >&2
		[ "$line" = 2 ] && head -c 5000 /dev/zero | tr '\0' x >&2 && echo >&2
		printf 'no newline' >&2
		echo '{}'
	S
	event 1
	event 2
	invoke ./talks
	expect_same 'response {} response {}' "$(told | paste -sd ' ')"
	long=$(head -c 2048 /dev/zero | tr '\0' x)
	expect_logged 'WARN event-1 talks before 1' $'WARN event-1 talks bytes \ufffd  and "quotes" \x1b[31m' \
		'WARN event-2 talks no newlinetalks: before 2' $'WARN event-2 talks bytes \ufffd  and "quotes" \x1b[31m' \
		"WARN event-2 talks $long" 'INFO - talks no newline'
	expect_same '["level","message","requestId","timestamp","tool"]' "$(head -n 1 <<<"$stderr" | jq -c keys)"
	head -n 1 <<<"$stderr" | jq -re .timestamp | grep -Ex '[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}\.[0-9]{3}Z'
	expect_not_in $'\033' "$stderr"
}

@test "a filter that says much before it answers, and reads late, is heard to the end" {
	printf '#!/bin/sh\nsleep 0.2; seq 20000 >&2; exec cat\n' >late
	chmod +x late
	jq -cn '{event: ("x" * 1000000 | {x: .} | tojson), chunks: 70001}' >script
	invoke ./late
	expect_same 1000008 "$(jq -j .body <<<"$output" | wc -c)"
	expect_same "$(seq 20000)" "$(logged | cut -d ' ' -f 4)"
}

@test "a filter that closes its output is ended" {
	ln -s "$(command -v sleep)" hanging
	printf '#!/bin/sh\nread -r line\nexec >&-\necho "mute: no more" >&2\nexec "$PWD/hanging" 50\n' >mute
	chmod +x mute
	event 1
	invoke ./mute
	expect_told 'error Imgpl.Internal mute closed its input or output: mute: no more'
	run ! pgrep -f "$PWD/hanging"
}

@test "a filter that closes its input is started for the next event" {
	ln -s "$(command -v sleep)" hanging
	printf '#!/bin/sh\nread -r line\nexec <&-\necho "$line"\nexec "$PWD/hanging" 50\n' >once
	printf '#!/bin/sh\nhead -c 1000 >/dev/null\nexec <&-\nexec "$PWD/hanging" 50\n' >half
	chmod +x once half
	event '{"a":1}'
	event '{"a":2}' '{deadline: 3}'
	invoke ./once
	expect_told 'response {"a":1}' 'response {"a":2}'
	jq -cn '{event: ("x" * 1000000 | tojson), deadline: 3}' >script
	invoke ./half
	expect_told 'error Imgpl.Internal half closed its input or output'
	run ! pgrep -f "$PWD/hanging"
}

@test "a filter that ends after each answer is started for each" {
	event '{"a":1}'
	event '{"a":2}'
	event '{"a":3}'
	invoke head -n 1
	expect_told 'response {"a":1}' 'response {"a":2}' 'response {"a":3}'
}

@test "what a filter has started goes with it" {
	ln -s "$(command -v sleep)" hanging
	filter leaves <<-'S'
		"$PWD/hanging" 50 &
		[ "$line" = 2 ] && exit 1
		echo '{}'
	S
	event 1
	event 2
	event 3
	invoke ./leaves
	expect_told 'response {}' 'error Imgpl.Internal leaves exited with status 1' 'response {}'
	run ! pgrep -f "$PWD/hanging"
}

@test "the log has neither events nor answers" {
	event '{"key":"a.jpg","secret":"hunter2"}'
	event '{"secret":"hunter2"'
	event '{"secret":"hunter2","error":"x"}'
	filter fails <<-'S'
		echo "not JSON $line"
	S
	invoke ./fails
	expect_same 3 "$(told | grep -c '^error')"
	expect_not_in hunter2 "$stderr"
	expect_not_in hunter2 "$output"
}

@test "a filter that can't start is the function's error, and nobody waits for events" {
	event 1
	printf 'no program' >file
	printf '#!/bin/sh\necho "bad: no such option" >&2\nexit 2\n' >bad
	chmod +x bad
	invoke imgpl-missing
	expect_told 'init/error Imgpl.Internal imgpl-missing: No such file or directory'
	expect_same 1 "$code"
	expect_logged 'ERROR - imgpl-lambda imgpl-missing: No such file or directory'
	invoke ./file
	expect_told 'init/error Imgpl.Internal file: Permission denied'
	invoke ./bad
	expect_told 'init/error Imgpl.Internal bad exited with status 2: bad: no such option'
	invoke imgpl-resize --rendition=1x1
	expect_same 'init/error Imgpl.Internal' "$(told | cut -d ' ' -f 1-2)"
	expect_same 1 "$code"
}

@test "a signal ends the filter and imgpl-lambda, after the event in hand" {
	filter slow <<-'S'
		[ -e began ] || { : >began; sleep 0.3; }
		echo '{"good":true}'
	S
	ln -s "$(command -v sleep)" hanging
	filter hangs <<-'S'
		"$PWD/hanging" 50
	S
	event 1 '{signal: "SIGTERM", after: 0.1}'
	printf '#!/bin/sh\ntrap "" TERM\nexec ./slow\n' >patient
	chmod +x patient
	invoke ./patient
	expect_told 'response {"good":true}'
	expect_same 143 "$code"
	invoke ./hangs
	expect_told 'error Imgpl.Transient hangs: stopped by a signal'
	expect_same 143 "$code"
	run ! pgrep -f "$PWD/hanging"
}

@test "an API that fails or talks nonsense ends imgpl-lambda with status 1" {
	local long raw

	long=$(head -c 40000 /dev/zero | tr '\0' x)
	for raw in 'HTTP/1.1 500 Internal\r\nContent-Length: 0\r\n\r\n' \
		'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}' \
		'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}' \
		'HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a/b\r\nContent-Length: 2\r\n\r\n{}' \
		'HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nContent-Length: 3\r\n\r\n{}' \
		'HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n' \
		'HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}' \
		"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nX: $long\r\nContent-Length: 2\r\n\r\n{}" \
		'HTTP/2 200\r\n\r\n' 'hello' '\n\n' "$long" \
		'HTTP/1.1 200 OK\nLambda-Runtime-Aws-Request-Id: a\n\n{}'; do
		jq -cn "{raw: \"$raw\"}" >script
		invoke cat
		expect_same 1 "$code"
		expect_same '' "$output"
		expect_same 1 "$(wc -l <<<"$stderr")"
	done
	unset AWS_LAMBDA_RUNTIME_API
	try imgpl-lambda --runtime-api=127.0.0.1:1 cat
	expect_status 1
	expect_logged 'ERROR - imgpl-lambda 127.0.0.1:1: Connection refused'
}

@test "an answer that the API refuses ends imgpl-lambda" {
	event '{"a":1}' '{status: 400}'
	event '{"a":2}'
	invoke cat
	expect_told 'response {"a":1}'
	expect_same 1 "$code"
	expect_logged 'ERROR - imgpl-lambda the Runtime API refused an answer: status 400'
}

@test "an event without a length ends with its connection, which is made anew" {
	jq -cn '{raw: "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\n\r\n{ }"}' >script
	event '{"a":2}' '{close: true}'
	event '{"a":3}'
	invoke cat
	expect_told 'response {}' 'response {"a":2}' 'response {"a":3}'
	expect_same 143 "$code"
}

@test "a connection that is closed without a word is made anew" {
	event '{"a":1}'
	jq -cn '{raw: ""}' >>script
	event '{"a":2}'
	invoke cat
	expect_told 'response {"a":1}' 'response {"a":2}'
	expect_same '1 2' "$(jq -r .connection <<<"$output" | paste -sd ' ')"
}

@test "the command keeps its own options, and without one nothing begins" {
	event '{"key":"a.jpg"}'
	picture a.jpg
	invoke imgpl-resize --rendition=small=5x5 -q
	expect_in '\"name\":\"small\"' "$output"
	try imgpl-lambda
	expect_status 2
	expect_messages "imgpl-lambda: no command; see 'imgpl-lambda -h'"
	try env -u AWS_LAMBDA_RUNTIME_API imgpl-lambda cat
	expect_status 2
	expect_messages 'imgpl-lambda: no Runtime API: AWS_LAMBDA_RUNTIME_API is not set'
	for address in nowhere :80 a:b: 127.0.0.1: http://127.0.0.1:80 1.2.3.4:123456 127.0.0.1:65536 127.0.0.1:0 ::1:80 a@b:1 'a b:1'; do
		try imgpl-lambda --runtime-api="$address" cat
		expect_status 2
		expect_messages "imgpl-lambda: --runtime-api=$address: want HOST:PORT" "imgpl-lambda: see 'imgpl-lambda --help'"
	done
}

@test "an event of API Gateway's is answered by a tool that knows these" {
	export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
	export AWS_REGION=us-east-1 IMGPL_STORE=s3:photos AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
	event '{"version":"2.0","rawPath":"/upload-url","requestContext":{"http":{"method":"POST","path":"/upload-url"}},
		"body":"{\"contentType\":\"image/jpeg\",\"size\":1000}","isBase64Encoded":false}'
	event '{"version":"2.0","rawPath":"/nowhere","requestContext":{"http":{"method":"GET","path":"/nowhere"}}}'
	invoke imgpl-presign
	expect_same '200 404' "$(jq -r '.body | fromjson.statusCode' <<<"$output" | paste -sd ' ')"
}

@test "the bootstrap runs the tool that the handler names, with its options" {
	picture a.jpg
	mkdir task
	ln -s "$IMGPL_BIN" task/bin
	cp "$TESTS/../infra/bootstrap" task/
	event '{"key":"a.jpg"}'
	export LAMBDA_TASK_ROOT=$PWD/task _HANDLER=resize IMGPL_OPTIONS='--rendition=small=5x5 --rendition=*=7x7'
	try /usr/bin/python3 "$TESTS/runtime_api.py" script task/bootstrap
	expect_in 'init/error' "$output"
	export IMGPL_OPTIONS='--rendition=small=5x5 --rendition=other=7x7'
	try /usr/bin/python3 "$TESTS/runtime_api.py" script task/bootstrap
	expect_same 'small other' "$(jq -r 'select(.path).body | fromjson.renditions[].name' <<<"$output" | paste -sd ' ')"
	export _HANDLER=nothing
	try /usr/bin/python3 "$TESTS/runtime_api.py" script task/bootstrap
	expect_in 'imgpl-nothing: No such file or directory' "$output"
}
