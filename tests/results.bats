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
