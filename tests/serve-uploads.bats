# imgpl-serve: uploads and downloads with signed URLs, and the events that tell of them.
load helper

setup_file() {
	[ -n "${IMGPL_SANITIZED:-}" ] || compile fault.c fault.so -shared -fPIC -ldl
}

# Start the server: its events go to a file, or wherever $to leads.
serve() { # serve [OPTION]...
	rm -f messages # of a server before
	imgpl-serve --data=data --listen=127.0.0.1:0 "$@" >"${to:-events}" 2>messages 3>&- &
	server=$!
	listening
}

listening() {
	wait_until grep -q listening messages
	url=$(sed -n 's/.*listening on //p' messages)
}

stop() { # stop [SIGNAL]
	kill "-${1:-TERM}" "$server"
	status=0
	end_of "$server" || status=$?
	server=
}

teardown() {
	[ -z "${server:-}" ] || stop
}

# Have a URL for a picture's upload granted: $target, and the key, $key.
grant() { # grant BYTES [TYPE]
	local answer

	answer=$(curl -sS "$url/upload-url" -H 'Content-Type: application/json' \
		-d "{\"contentType\":\"${2:-image/jpeg}\",\"size\":$1}")
	target=$(jq -r .uploadUrl <<<"$answer")
	key=$(jq -r .key <<<"$answer")
}

# Sign with the server's own keys.
presign() { # presign RECORD [OPTION]...
	AWS_SHARED_CREDENTIALS_FILE=data/keys AWS_REGION=us-east-1 AWS_ENDPOINT_URL_S3=$url \
		imgpl-presign --store=s3: --bucket=imgpl-local "${@:2}" <<<"$1"
}

sign_upload() { # sign_upload KEY BYTES [OPTION]...
	presign "$(jq -cn --arg key "$1" --argjson bytes "$2" '{$key, $bytes, content_type: "image/jpeg"}')" "${@:3}" |
		jq -r .upload.url
}

sign_download() { # sign_download KEY [OPTION]...
	presign "$(jq -cn --arg key "$1" '{$key}')" --method=GET "${@:2}" | jq -r .download.url
}

# Do what a browser does: $output is the status, and the file `answer` has the body.
put() { # put FILE URL [CURL-OPTION]...
	put_over "$@" -H 'If-None-Match: *'
}

# The same, in place of whatever is there.
put_over() { # put_over FILE URL [CURL-OPTION]...
	try curl -sS --path-as-is -o answer -w '%{http_code}' -X PUT --data-binary "@$1" \
		-H 'Content-Type: image/jpeg' "${@:3}" "$2"
}

get() { # get URL [CURL-OPTION]...
	try curl -sS --path-as-is -o answer -D head -w '%{http_code}' "${@:2}" "$1"
}

# The last request was refused in S3's way.
expect_refused() { # expect_refused STATUS CODE
	expect_same "$1" "$output"
	expect_same "$2" "$(sed -n 's:.*<Code>\(.*\)</Code>.*:\1:p' answer)"
}

header() { # header NAME: its value in the last answer to get()
	tr -d '\r' <head | sed -n "s/^$1: //p"
}

# The keys that events told of, a line each.
told() {
	imgpl-trigger <events | jq -r .key
}

# What is in the bucket, temporary files included.
stored() {
	(cd data/objects/imgpl-local 2>/dev/null && find . -type f | sed 's,^\./,,' | LC_ALL=C sort)
}

nothing_is_stored() {
	[ -z "$(stored)" ]
}

is_being_written() {
	stored | grep -q tmp
}

ask() { # ask SQL
	rows "$1" data/imgpl.db
}

@test "an upload is stored, has a row, and is told of by one event" {
	picture a.jpg
	serve
	grant "$(wc -c <a.jpg)"
	put a.jpg "$target" -D head
	expect_same 200 "$output"
	expect_same_file a.jpg "data/objects/imgpl-local/$key"
	expect_same "$(header ETag)" "\"$(ask 'select etag from images')\""
	expect_same "$key|imgpl-local|PROCESSING" "$(ask 'select image_key, bucket, status from images')"
	wait_until has_lines events 1
	expect_same "$(ask "select '{\"bucket\":\"imgpl-local\",\"key\":\"' || image_key || '\",\"source\":' || source || '}' from images")" \
		"$(imgpl-trigger <events)"
	expect_same "$(ask 'select started_at from images')" "$(jq -r '.Records[0].eventTime' events)"
	expect_same 1 "$(wc -l <events)"
	stop
	expect_same 0 "$status"
	expect_same 1 "$(wc -l <events)"
	expect_same 1 "$(wc -l <messages)"
}

@test "the pipeline makes a result of an upload, and the server tells it" {
	picture a.jpg
	export IMGPL_STORE=file:data/objects IMGPL_TABLE=sqlite:data/imgpl.db
	mkdir -p data/objects
	mkfifo pipe
	imgpl-trigger <pipe | imgpl-validate | imgpl-resize | imgpl-store >results &
	to=pipe serve
	grant "$(wc -c <a.jpg)"
	put a.jpg "$target"
	wait_until has_lines results 1
	expect_same COMPLETE "$(curl -sS "$url/results?image_key=$key" | jq -r .status)"
	get "$(sign_download "$(jq -r '.renditions[0].key' results)")"
	expect_same 200 "$output"
	expect_same "JPEG" "$(identify -format %m answer)"
	stop
	expect_same 0 "$status"
}

@test "what was not signed is refused, and nothing is stored" {
	picture a.jpg
	picture b.jpg 25x17
	serve
	grant "$(wc -c <a.jpg)"
	put a.jpg "$target" -H 'Content-Type: image/png'
	expect_refused 403 SignatureDoesNotMatch
	put b.jpg "$target"
	expect_refused 403 SignatureDoesNotMatch
	put_over a.jpg "$target"
	expect_refused 403 SignatureDoesNotMatch
	put a.jpg "$target" -X POST
	expect_same 405 "$output"
	put a.jpg "${target/.jpg/.png}"
	expect_refused 403 SignatureDoesNotMatch
	put a.jpg "$target&x-id=PutObject"
	expect_refused 403 SignatureDoesNotMatch
	put a.jpg "${target%%\?*}"
	expect_refused 403 AccessDenied
	put a.jpg "${target/X-Amz-Expires=300/X-Amz-Expires=30000}"
	expect_refused 403 SignatureDoesNotMatch
	put a.jpg "$target" -H "Host: localhost:${url##*:}"
	expect_refused 403 SignatureDoesNotMatch
	get "$target"
	expect_refused 403 SignatureDoesNotMatch
	stop
	expect_same '' "$(stored)"
	expect_same '' "$(cat events)"
	expect_same 0 "$(ask 'select count(*) from images')"
}

@test "a URL that has expired is refused" {
	picture a.jpg
	serve
	put a.jpg "$(sign_upload uploads/a.jpg "$(wc -c <a.jpg)" --at="$(date -d '10 minutes ago' +%s)")"
	expect_refused 403 AccessDenied
	expect_in 'Request has expired' "$(cat answer)"
	get "$(sign_download uploads/a.jpg --at="$(date -d '10 minutes ago' +%s)")"
	expect_refused 403 AccessDenied
}

@test "a URL for one upload is good for one" {
	picture a.jpg
	picture b.jpg
	serve
	grant "$(wc -c <a.jpg)"
	put a.jpg "$target"
	expect_same 200 "$output"
	put b.jpg "$target"
	expect_refused 412 PreconditionFailed
	expect_same_file a.jpg "data/objects/imgpl-local/$key"
	stop
	expect_same 1 "$(wc -l <events)"
}

@test "of several uploads to one URL at once one succeeds, and is the one that is told of" {
	serve
	grant 5
	cat >race.py <<'END'
import socket, sys
from urllib.parse import urlsplit
url = urlsplit(sys.argv[1])
clients = []
for text in b"11111", b"22222", b"33333":
    client = socket.create_connection((url.hostname, url.port))
    client.sendall(("PUT %s?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: image/jpeg\r\n"
        "If-None-Match: *\r\nContent-Length: 5\r\n\r\n" % (url.path, url.query, url.netloc)).encode())
    client.sendall(text[:4])
    clients.append((client, text))
for client, text in clients:
    client.sendall(text[4:])
for client, text in clients:
    print(client.recv(4096).split()[1].decode(), text.decode())
END
	try python3 race.py "$target"
	expect_status 0
	expect_same '1 200
2 412' "$(cut -d' ' -f1 <<<"$output" | sort | uniq -c | sed 's/^ *//')"
	expect_same "$(sed -n 's/200 //p' <<<"$output")" "$(cat "data/objects/imgpl-local/$key")"
	stop
	expect_same "$key" "$(told)"
	expect_same "$key" "$(stored)"
	expect_same "$(ask 'select etag from images')" "$(jq -r '.Records[0].s3.object.eTag' events)"
	echo '{"key":"'"$key"'"}' | imgpl-results --table=sqlite:data/imgpl.db >/dev/null
	IMGPL_STORE=file:data/objects imgpl-list --bucket=imgpl-local | jq -r .source.etag >etag
	expect_same "$(ask 'select etag from images')" "$(cat etag)"
}

@test "no more than a few may upload to one URL at once, and they hold up nobody" {
	serve
	grant 5
	cat >crowd.py <<'END'
import socket, sys, urllib.request
from urllib.parse import urlsplit
url = urlsplit(sys.argv[1])
clients = []
for i in range(12):
    client = socket.create_connection((url.hostname, url.port))
    client.sendall(("PUT %s?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: image/jpeg\r\n"
        "If-None-Match: *\r\nContent-Length: 5\r\n\r\n1" % (url.path, url.query, url.netloc)).encode())
    clients.append(client)
refused = 0
for client in clients:
    client.settimeout(0.5)
    try:
        refused += b" 503 " in client.recv(4096)
    except TimeoutError:
        pass
print(refused, urllib.request.urlopen("http://%s/healthz" % url.netloc, timeout=5).read().decode())
END
	try python3 crowd.py "$target"
	expect_same '8 {"status":"ok"}' "$output"
	wait_until nothing_is_stored
	printf 12345 >five
	wait_until put five "$target"
	expect_same 200 "$output"
}

@test "a body that breaks off leaves nothing, and its URL is still good" {
	serve
	grant 1000000
	cat >break.py <<'END'
import socket, sys, time
from urllib.parse import urlsplit
url = urlsplit(sys.argv[1])
client = socket.create_connection((url.hostname, url.port))
client.sendall(("PUT %s?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: image/jpeg\r\n"
    "If-None-Match: *\r\nContent-Length: 1000000\r\n\r\n" % (url.path, url.query, url.netloc)).encode())
client.sendall(b"x" * 500000)
time.sleep(0.3)
END
	python3 break.py "$target" &
	breaker=$!
	wait_until is_being_written
	wait "$breaker"
	wait_until nothing_is_stored
	head -c 1000000 /dev/zero >zeros
	put zeros "$target"
	expect_same 200 "$output"
	stop
	expect_same "$key" "$(told)"
}

@test "a body without a length, or over the limit, is refused" {
	head -c 2000 /dev/zero >zeros
	serve --max-bytes=1000
	put zeros "$(sign_upload uploads/a.jpg 2000)"
	expect_refused 400 EntityTooLarge
	head -c 1000 /dev/zero >zeros
	put zeros "$(sign_upload uploads/a.jpg 1000)" -H 'Transfer-Encoding: chunked'
	expect_refused 411 MissingContentLength
	put zeros "$(sign_upload uploads/a.jpg 1000)"
	expect_same 200 "$output"
	expect_same 1 "$(stored | wc -l)"
}

@test "a signature has to cover type and length" {
	printf 12345 >five
	serve
	# What signs a download signs any header of ours, or none.
	put five "$(sign_download uploads/a.jpg)"
	expect_refused 403 SignatureDoesNotMatch
	loose=$(/usr/bin/env python3 - "$(sed -n 's/aws_access_key_id = //p' data/keys)" \
		"$(sed -n 's/aws_secret_access_key = //p' data/keys)" "${url#http://}" <<'END'
import datetime, hashlib, hmac, sys
ident, secret, host = sys.argv[1:]
now = datetime.datetime.utcnow().strftime("%Y%m%dT%H%M%SZ")
scope = now[:8] + "/us-east-1/s3/aws4_request"
query = ("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + ident + "%2F" + scope.replace("/", "%2F")
    + "&X-Amz-Date=" + now + "&X-Amz-Expires=60&X-Amz-SignedHeaders=host")
path = "/imgpl-local/uploads/a.jpg"
text = "\n".join(["PUT", path, query, "host:" + host, "", "host", "UNSIGNED-PAYLOAD"])
text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(text.encode()).hexdigest()])
key = ("AWS4" + secret).encode()
for part in scope.split("/"):
    key = hmac.new(key, part.encode(), hashlib.sha256).digest()
print("http://" + host + path + "?" + query + "&X-Amz-Signature="
    + hmac.new(key, text.encode(), hashlib.sha256).hexdigest())
END
	)
	put five "$loose"
	expect_refused 403 AccessDenied
	expect_in 'has to cover' "$(cat answer)"
}

@test "headers and parameters that would change what is stored are refused" {
	printf 12345 >five
	serve
	target=$(sign_upload uploads/a.jpg 5)
	for header in 'x-amz-acl: public-read' 'x-amz-checksum-crc32: AAAAAA=='; do
		put five "$target" -H "$header"
		[[ $output == 403 || $output == 501 ]] || fail "$header: $output"
	done
	for header in 'Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==' 'Content-Encoding: aws-chunked' 'If-Match: "a"'; do
		put five "$target" -H "$header"
		expect_refused 501 NotImplemented
	done
	put five "$target" -H 'If-None-Match: "a"'
	expect_refused 501 NotImplemented
	expect_same '' "$(stored)"
}

@test "only keys of uploads can be put, and none that leads elsewhere" {
	printf 12345 >five
	serve
	for name in processed/main/a.jpg a.jpg uploads UPLOADS/a.jpg ../imgpl.db; do
		put five "$(sign_upload "$name" 5)"
		expect_refused 403 AccessDenied
	done
	for name in uploads/../a.jpg uploads/../../../keys uploads//a.jpg uploads/./a.jpg uploads/ \
		"uploads/$(printf '%0300d' 1)" uploads/.imgpl-0123456789abcdef-0.tmp; do
		put five "$(sign_upload "$name" 5)"
		expect_refused 400 InvalidArgument
	done
	expect_same '' "$(stored)"
	expect_same '' "$(ask 'select * from images')"
}

@test "a key is decoded once, and comes back in the event as it was" {
	printf 12345 >five
	serve
	for name in 'uploads/%2e%2e%2fa.jpg' 'uploads/a b+c&d=e?f#g.jpg' uploads/déjà-🐈.jpg \
		$'uploads/\x01\r\n\x1b[31m.jpg' 'uploads/"\\.jpg' 'uploads/-rf'; do
		put five "$(sign_upload "$name" 5)"
		expect_same 200 "$output"
		[ -f "data/objects/imgpl-local/$name" ] || fail "$name is not there"
		get "$(sign_download "$name")"
		expect_same 200 "$output"
		expect_same_file five answer
		printf '%s' "$name" | jq -Rs . >>names
	done
	stop
	expect_same "$(cat names)" "$(imgpl-trigger <events | jq .key)"
}

@test "a key that comes again is newer, whatever the clock says" {
	printf 12345 >five
	printf 123456 >six
	serve
	put_over five "$(sign_upload uploads/a.jpg 5)"
	put_over five "$(sign_upload uploads/b.jpg 5)"
	stop
	# As if the clock had been in the year 2500, and one picture was finished.
	sqlite3 data/imgpl.db "update images set sequencer = 'E' || sequencer, source = replace(source, sequencer, 'E' || sequencer);
		update images set status = 'COMPLETE' where image_key = 'uploads/a.jpg'"
	before=$(ask "select sequencer from images where image_key = 'uploads/a.jpg'")
	serve
	put_over six "$(sign_upload uploads/a.jpg 6)"
	expect_same 200 "$output"
	put_over six "$(sign_upload uploads/c.jpg 6)"
	stop
	[[ $(ask "select sequencer from images where image_key = 'uploads/a.jpg'") > $before ]] ||
		fail "$(ask 'select image_key, sequencer from images')"
	expect_same 'PROCESSING' "$(ask "select status from images where image_key = 'uploads/a.jpg'")"
	expect_same $'uploads/b.jpg\nuploads/a.jpg\nuploads/c.jpg' "$(told)"
	jq -r '.Records[0].s3.object.sequencer' events >sequencers
	LC_ALL=C sort -u sequencers | cmp - sequencers
}

@test "an upload takes the place of a row that no event made" {
	printf 12345 >five
	serve
	for row in PROCESSING FAILED COMPLETE; do
		sqlite3 data/imgpl.db "insert into images (image_key, bucket, status, etag)
			values ('uploads/$row.jpg', 'imgpl-local', '$row', 'e')"
		put five "$(sign_upload "uploads/$row.jpg" 5)"
		expect_same 200 "$output"
	done
	stop
	expect_same 'PROCESSING|3' "$(ask 'select status, count(*) from images group by status')"
	expect_same $'uploads/PROCESSING.jpg\nuploads/FAILED.jpg\nuploads/COMPLETE.jpg' "$(told)"
}

@test "what nobody has finished is told of again, as it was, and nothing else is" {
	printf 12345 >five
	serve
	for name in a b c d e; do
		put five "$(sign_upload "uploads/$name.jpg" 5)"
	done
	wait_until has_lines events 5
	stop KILL
	cp events before
	sqlite3 data/imgpl.db "update images set status = 'COMPLETE' where image_key = 'uploads/b.jpg';
		update images set status = 'FAILED' where image_key = 'uploads/c.jpg';
		insert into images (image_key, bucket, status, sequencer, etag) values
			('processed/main/a.jpg', 'imgpl-local', 'PROCESSING', '01', 'e'),
			('uploads/other.jpg', 'other', 'PROCESSING', '01', 'e')"
	rm data/objects/imgpl-local/uploads/d.jpg # as if it had never appeared
	mkdir data/objects/imgpl-local/processed data/objects/imgpl-local/processed/main
	cp five data/objects/imgpl-local/processed/main/a.jpg
	serve
	wait_until has_lines events 2
	stop
	expect_same "$(grep -E '/(a|e).jpg' before)" "$(cat events)"
	# Whoever was not told of success tries again.
	serve
	put five "$(sign_upload uploads/d.jpg 5)"
	expect_same 200 "$output"
	stop
	expect_same $'uploads/a.jpg\nuploads/e.jpg\nuploads/d.jpg' "$(told)"
}

@test "what was not finished has not timed out when work on it begins anew" {
	printf 12345 >five
	serve
	put_over five "$(sign_upload uploads/a.jpg 5)"
	stop KILL
	sqlite3 data/imgpl.db "update images set started_at = '2026-01-02T03:04:05Z'"
	serve --time-out=60
	expect_same '{"status":"PROCESSING"}' "$(curl -sS "$url/results?image_key=uploads/a.jpg")"
	stop
	serve --time-out=0
	times_out() { curl -sS "$url/results?image_key=uploads/a.jpg" | grep -q 'timed out'; }
	wait_until times_out
}

@test "an object whose successor never appeared is told of as what it is" {
	printf 12345 >five
	serve
	put_over five "$(sign_upload uploads/a.jpg 5)"
	stop KILL
	was=$(ask 'select etag from images')
	sqlite3 data/imgpl.db "update images set sequencer = 'E' || sequencer, etag = 'next',
		source = '{\"etag\":\"next\",\"bytes\":7}'"
	serve
	wait_until has_lines events 1
	stop
	expect_same "$was 5" "$(jq -r '.Records[0].s3.object | "\(.eTag) \(.size)"' events)"
	expect_same "$was|$(jq -r '.Records[0].s3.object.sequencer' events)" "$(ask 'select etag, sequencer from images')"
}

# Try to upload $key, which was granted, with the server to be killed at the N-th of the steps that
# make an upload safe. Then start another one, and check what it makes of what the first one left.
# Sets $over if there is no N-th step.
kill_at() { # kill_at N
	rm -rf data
	cp -a prepared data
	rm -f now
	LD_PRELOAD="$BATS_FILE_TMPDIR/fault.so" FAULT_AFTER=now FAULT_KILL="$1" serve
	target=$(sign_upload uploads/a.jpg 5 --once)
	touch now
	put five "$target"
	if [ "$output" = 200 ]; then
		stop
		over=1
		return
	fi
	status=0
	end_of "$server" || status=$?
	expect_same 137 "$status"
	serve
	sleep 0.1
	stop
	cp events again
	if [ -e data/objects/imgpl-local/uploads/a.jpg ]; then
		expect_same uploads/a.jpg "$(told)"
		expect_same "$(jq -r '.Records[0].s3.object.eTag' events)" "$(ask 'select etag from images')"
	else
		expect_same '' "$(cat events)"
	fi
	expect_same '' "$(stored | grep tmp || true)"
	# The sender tries again.
	serve
	put five "$(sign_upload uploads/a.jpg 5 --once)"
	[[ $output == 200 || $output == 412 ]] || fail "step $1: $output"
	stop
	cat events again >all
	grep -q uploads/a.jpg all || fail "step $1: nobody was told"
	expect_same 'uploads/a.jpg|PROCESSING' "$(ask 'select image_key, status from images')"
	expect_same uploads/a.jpg "$(stored)"
	expect_same_file five data/objects/imgpl-local/uploads/a.jpg
}

@test "whenever the server is killed, nothing is lost, nothing is left, and what is there is told of" {
	needs_plain_build
	printf 12345 >five
	serve
	stop
	cp -a data prepared
	for ((number = 1; number < 100; number++)); do
		kill_at $number # and not in a condition, where no failure would count
		[ -z "${over:-}" ] || break
	done
	[ "$number" -gt 5 ] || fail "only $number steps: the fault is not there"
}

# The etag and size of the object that is there.
there() {
	IMGPL_STORE=file:data/objects imgpl-list --bucket=imgpl-local | jq -r '"\(.source.etag) \(.source.bytes)"'
}

# Upload over a picture that is finished, with the server to be killed at the N-th step. Sets $over if
# there is no N-th step.
kill_over_at() { # kill_over_at N
	rm -rf data now
	cp -a prepared data
	LD_PRELOAD="$BATS_FILE_TMPDIR/fault.so" FAULT_AFTER=now FAULT_KILL="$1" serve
	target=$(sign_upload uploads/a.jpg 6)
	touch now
	put_over six "$target"
	if [ "$output" = 200 ]; then
		stop
		over=1
		return
	fi
	status=0
	end_of "$server" || status=$?
	expect_same 137 "$status"
	serve
	stop
	cmp -s five data/objects/imgpl-local/uploads/a.jpg || expect_same_file six data/objects/imgpl-local/uploads/a.jpg
	expect_same uploads/a.jpg "$(stored)"
	expect_same "$(there | cut -d' ' -f1)" "$(ask 'select etag from images')"
	if [ "$(ask 'select status from images')" = COMPLETE ]; then
		expect_same_file five data/objects/imgpl-local/uploads/a.jpg
		expect_same '' "$(cat events)"
	else
		expect_same "$(there)" "$(jq -r '.Records[0].s3.object | "\(.eTag) \(.size)"' events)"
		expect_same 1 "$(wc -l <events)"
	fi
}

@test "whenever the server is killed while a picture is replaced, the one or the other is there, and told of" {
	needs_plain_build
	printf 12345 >five
	printf 123456 >six
	serve
	put_over five "$(sign_upload uploads/a.jpg 5)"
	stop
	sqlite3 data/imgpl.db "update images set status = 'COMPLETE'"
	cp -a data prepared
	for ((number = 1; number < 100; number++)); do
		kill_over_at $number
		[ -z "${over:-}" ] || break
	done
	[ "$number" -gt 3 ] || fail "only $number steps: the fault is not there"
}

# Start a first server, to be killed at the N-th step, and then another. Sets $over if there is no N-th
# step.
kill_first_at() { # kill_first_at N
	rm -rf data messages
	LD_PRELOAD="$BATS_FILE_TMPDIR/fault.so" FAULT_KILL="$1" imgpl-serve --data=data --listen=127.0.0.1:0 \
		>events 2>messages 3>&- &
	server=$!
	has_begun_or_ended() { grep -q listening messages || is_gone "$server"; }
	wait_until has_begun_or_ended
	if grep -q listening messages; then
		stop
		over=1
		return
	fi
	status=0
	end_of "$server" || status=$?
	expect_same 137 "$status"
	serve
	put five "$(sign_upload uploads/a.jpg 5)"
	expect_same 200 "$output"
	stop
	expect_same 0 "$status"
	expect_same $'data/imgpl.db\ndata/keys\ndata/lock\ndata/objects/imgpl-local/uploads/a.jpg' "$(find data -type f | LC_ALL=C sort)"
}

@test "whenever the first server is killed at its start, the next one starts, and leaves nothing of it" {
	needs_plain_build
	printf 12345 >five
	for ((number = 1; number < 100; number++)); do
		kill_first_at $number
		[ -z "${over:-}" ] || break
	done
	[ "$number" -gt 5 ] || fail "only $number steps: the fault is not there"
}

@test "at SIGTERM an upload in flight is finished, and told of" {
	serve
	grant 10
	cat >slow.py <<'END'
import socket, sys, time
from urllib.parse import urlsplit
url = urlsplit(sys.argv[1])
client = socket.create_connection((url.hostname, url.port))
client.sendall(("PUT %s?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: image/jpeg\r\n"
    "If-None-Match: *\r\nContent-Length: 10\r\n\r\n12345" % (url.path, url.query, url.netloc)).encode())
print("begun", flush=True)
sys.stdin.read(1)
client.sendall(b"67890")
print(client.recv(4096).split()[1].decode())
END
	mkfifo go
	python3 slow.py "$target" <go >said &
	client=$!
	exec {go}>go
	wait_until is_being_written
	kill -TERM "$server"
	no_more_connections() { ! curl -sS -o /dev/null "$url/healthz"; }
	wait_until no_more_connections
	echo >&"$go"
	end_of "$client"
	expect_same $'begun\n200' "$(cat said)"
	status=0
	end_of "$server" || status=$?
	server=
	expect_same 0 "$status"
	expect_same "$key" "$(told)"
	expect_same 1234567890 "$(cat "data/objects/imgpl-local/$key")"
}

@test "a reader of events who stops holds up nobody, and gets all of them in the end" {
	printf 12345 >five
	mkfifo pipe
	exec {held}<>pipe # has it open, and does not read
	to=pipe serve
	name=$(printf 'é%.0s' {1..100}) # which takes 600 bytes of an event
	for ((i = 0; i < 200; i++)); do
		jq -cn --arg key "uploads/$name-$i.jpg" '{$key, bytes: 5, content_type: "image/jpeg"}'
	done >wishes
	presign "$(cat wishes)" | jq -r '"url = \(.upload.url | @json)
		upload-file = five
		header = \"Content-Type: image/jpeg\"
		write-out = \"%{http_code}\\n\"
		output = /dev/null
		next"' >config
	try curl -sS --config config
	expect_same '    200 200' "$(sort <<<"$output" | uniq -c | sed 's/^ */    /')"
	expect_same 200 "$(ask 'select count(*) from images')"
	cat pipe >events {held}>&- &
	reader=$!
	wait_until has_lines events 200
	stop
	expect_same 0 "$status"
	exec {held}>&-
	end_of "$reader"
	expect_same "$(jq -r .key wishes)" "$(told)"
}

@test "events that nobody reads until the end come at the next start" {
	printf 12345 >five
	mkfifo pipe
	sleep 1000 <pipe 3>&- &
	sleeper=$!
	to=pipe serve
	exec {held}>pipe
	dd if=/dev/zero bs=4096 count=64 oflag=nonblock >&"$held" 2>/dev/null || true # it is full
	put five "$(sign_upload uploads/a.jpg 5)"
	expect_same 200 "$output"
	stop
	exec {held}>&-
	kill "$sleeper"
	serve
	wait_until has_lines events 1
	stop
	expect_same uploads/a.jpg "$(told)"
}

@test "the server ends when nobody reads its events any more, be there one to tell of or not" {
	for uploads in 0 1; do
		rm -rf data pipe
		mkfifo pipe
		sleep 1000 <pipe 3>&- &
		sleeper=$!
		to=pipe serve
		printf 12345 >five
		[ $uploads = 0 ] || put five "$(sign_upload uploads/a.jpg 5)"
		kill "$sleeper"
		status=0
		end_of "$server" || status=$?
		server=
		expect_same 1 "$status"
		expect_in 'nobody reads the events any more' "$(cat messages)"
	done
}

@test "where there is no room, an upload is refused, leaves nothing, and others go on" {
	head -c 3000000 /dev/zero >zeros
	printf 12345 >five
	# A file can't be larger than 2 MB here.
	trap '' XFSZ
	(ulimit -f 2000 && exec imgpl-serve --data=data --listen=127.0.0.1:0) >events 2>messages 3>&- &
	server=$!
	trap - XFSZ
	listening
	put zeros "$(sign_upload uploads/a.jpg 3000000)"
	expect_refused 503 ServiceUnavailable
	expect_same '' "$(stored)"
	put five "$(sign_upload uploads/a.jpg 5)"
	expect_same 200 "$output"
	stop
	expect_same uploads/a.jpg "$(told)"
	expect_in 'File too large' "$(cat messages)"
}

@test "where the store's directory is gone, an upload fails, and the owner is told" {
	printf 12345 >five
	serve
	rm -r data/objects
	put five "$(sign_upload uploads/a.jpg 5)"
	expect_refused 500 InternalError
	expect_in "the store's directory is gone" "$(cat messages)"
}

@test "a server does not start where its directories are none of its own" {
	mkdir -p data/objects elsewhere
	ln -s "$PWD/elsewhere" data/objects/imgpl-local
	try imgpl-serve --data=data --listen=127.0.0.1:0
	expect_status 2
	expect_in 'data/objects/imgpl-local: Not a directory' "$stderr"
	rm data/objects/imgpl-local
	touch data/objects/imgpl-local
	try imgpl-serve --data=data --listen=127.0.0.1:0
	expect_status 2
	expect_in 'data/objects/imgpl-local: Not a directory' "$stderr"
	try imgpl-serve --data=five/six --listen=127.0.0.1:0
	expect_status 2
	expect_in 'five/six: No such file or directory' "$stderr"
}

@test "two servers never share a directory, be it called by another name, and it is free when one is killed" {
	serve
	ln -s data again
	try imgpl-serve --data=again --listen=127.0.0.1:0
	expect_status 75
	expect_messages 'imgpl-serve: again: in use by another server'
	stop KILL
	serve
	stop
	expect_same 0 "$status"
}

# Let the N-th transfer of a file's bytes fail while something is uploaded. Sets $over if there is none.
fail_at() { # fail_at N
	local code

	rm -rf data told now pipe
	cp -a prepared data
	mkfifo pipe
	cat pipe >events &
	FAULT_TOLD=told LD_PRELOAD="$BATS_FILE_TMPDIR/fault.so" FAULT_AFTER=now FAULT_DEVICE="$1" \
		to=pipe serve
	target=$(sign_upload uploads/a.jpg 5 --once)
	touch now
	put five "$target"
	code=$output
	if [ ! -e told ]; then
		stop
		over=1
		return
	fi
	if [ "$code" = 200 ]; then
		expect_same_file five data/objects/imgpl-local/uploads/a.jpg
	else
		[[ $code == 50[03] ]] || fail "failure $1: $code"
		expect_same '' "$(stored | grep tmp || true)"
	fi
	rm now
	put five "$target"
	[[ $output == 200 || $output == 412 ]] || fail "failure $1, again: $output"
	stop
	wait_until has_lines events 1
	expect_same uploads/a.jpg "$(told)"
	expect_same "$(jq -r '.Records[0].s3.object.eTag' events)" "$(ask 'select etag from images')"
}

@test "a device that fails once costs one upload at most, and what is there is told of" {
	needs_plain_build
	printf 12345 >five
	serve
	stop
	cp -a data prepared
	for ((number = 1; number < 200; number++)); do
		fail_at $number
		[ -z "${over:-}" ] || break
	done
	[ "$number" -gt 6 ] || fail "only $number transfers: the fault is not there"
}

@test "a download is the object's bytes, as a picture that no browser runs" {
	mkdir -p data/objects/imgpl-local/processed/main
	serve
	echo '<script>alert(1)</script>' | tee data/objects/imgpl-local/processed/main/{a.jpg,b.PNG,c.webp,d.html,"é \".jpeg"} >page
	for pair in a.jpg:image/jpeg b.PNG:image/png c.webp:image/webp d.html:application/octet-stream 'é ".jpeg:image/jpeg'; do
		get "$(sign_download "processed/main/${pair%%:*}")"
		expect_same 200 "$output"
		expect_same_file page answer
		expect_same "${pair#*:}" "$(header Content-Type)"
		expect_same nosniff "$(header X-Content-Type-Options)"
		expect_same "default-src 'none'; sandbox" "$(header Content-Security-Policy)"
		expect_in 'attachment; filename="' "$(header Content-Disposition)"
	done
	expect_same "attachment; filename=\"____.jpeg\"; filename*=UTF-8''%C3%A9%20%22.jpeg" "$(header Content-Disposition)"
	get "$(sign_download processed/main/none.jpg)"
	expect_refused 404 NoSuchKey
	get "$(sign_download ../imgpl.db)"
	expect_refused 404 NoSuchKey
	get "$(sign_download processed/main)"
	expect_refused 404 NoSuchKey
	ln -s /etc/passwd data/objects/imgpl-local/processed/main/e.jpg
	get "$(sign_download processed/main/e.jpg)"
	expect_refused 404 NoSuchKey
	target=$(sign_download processed/main/a.jpg)
	get "${target/a.jpg/c.webp}"
	expect_refused 403 SignatureDoesNotMatch
	get "$target" -I
	expect_same 403 "$output"
}

@test "a part of a download, or nothing new of it, can be had" {
	mkdir -p data/objects/imgpl-local/uploads
	printf 0123456789 >data/objects/imgpl-local/uploads/a.jpg
	serve
	target=$(sign_download uploads/a.jpg)
	get "$target" -r 3-5
	expect_same '206 345 bytes 3-5/10' "$output $(cat answer) $(header Content-Range)"
	etag=$(header ETag)
	get "$target" -r 8-
	expect_same '206 89' "$output $(cat answer)"
	get "$target" -r -3
	expect_same '206 789' "$output $(cat answer)"
	get "$target" -r 10-
	expect_refused 416 InvalidRange
	expect_same 'bytes */10' "$(header Content-Range)"
	get "$target" -r 3-5 -H 'If-Range: "other"'
	expect_same '200 0123456789' "$output $(cat answer)"
	rm answer
	get "$target" -H "If-None-Match: \"a\", $etag"
	expect_same 304 "$output"
	get "$target" -H 'If-None-Match: "a"'
	expect_same 200 "$output"
}
