# Rows in DynamoDB are as those in SQLite: the same ones stay, and they read the same.
load ../helper
load services

# Print the item of a key.
item() { # item KEY
	dynamodb GetItem "{\"TableName\":\"$table\",\"ConsistentRead\":true,\"Key\":{\"image_key\":{\"S\":\"$1\"}}}" |
		jq -cS .Item
}

put_item() { # put_item ATTRIBUTES
	expect_same '{}' "$(dynamodb PutItem "{\"TableName\":\"$table\",\"Item\":{$1}}")"
}

# Store one record, and keep its answer.
store() { # store RECORD [OPTION]...
	try imgpl-store "${@:2}" <<<"$1"
}

# Run a script on the table and on one of SQLite, and expect it to write the same.
expect_as_sqlite() { # expect_as_sqlite SCRIPT
	IMGPL_TABLE=sqlite:rows.db bash -c "$1" >sqlite.out || true
	bash -c "$1" >dynamodb.out || true
	[ -s sqlite.out ]
	expect_same_file sqlite.out dynamodb.out
}

@test "a record becomes an item, its JSON as it stands" {
	make_table
	store '{"bucket":"b","key":"a.jpg","source":{"etag":"e","sequencer":"01","bytes":1.0},"image":{"width":1},"processed_key":"p","renditions":[{"name":"main","bytes":1.10}],"labels":[ ],"started_at":"s","other":1}' \
		--at=2026-01-02T03:04:05Z --ttl=1
	expect_status 0
	expect_same '{"bucket":{"S":"b"},"created_at":{"S":"2026-01-02T03:04:05Z"},"etag":{"S":"e"},"expires_at":{"N":"1767409445"},"image":{"S":"{\"width\":1}"},"image_key":{"S":"a.jpg"},"labels":{"S":"[ ]"},"processed_key":{"S":"p"},"renditions":{"S":"[{\"name\":\"main\",\"bytes\":1.10}]"},"sequencer":{"S":"01"},"source":{"S":"{\"etag\":\"e\",\"sequencer\":\"01\",\"bytes\":1.0}"},"started_at":{"S":"s"},"status":{"S":"COMPLETE"}}' \
		"$(item a.jpg)"
}

@test "rows read as those of SQLite do, to the byte" {
	make_table
	cat >in <<-'END'
		{"key":"all","bucket":"b","source":{"version_id":"v","etag":"e","n":1.10,"sequencer":"05"},"image":{ "width":24},"processed_key":"p/k","renditions":[{"bytes":12345678901234567890123}],"labels":[{"confidence":9.50}],"started_at":"2026-01-02T03:04:05Z"}
		{"key":"failed","error":{"tool":"imgpl-validate","type":"Imgpl.Invalid","reason":"no \"picture\"\tat all: é日😀","retry":false}}
		{"key":"little"}
		{"key":"empty","processed_key":"","source":{"etag":"","sequencer":""},"labels":[],"image":{},"renditions":[]}
		{"key":"odd","source":"text","image":7,"labels":{"\u00e4":"\/\ud83d\ude00"},"renditions":null}
		{"key":"é日😀"}
	END
	expect_as_sqlite 'imgpl-store --at=1 --ttl=30000 in; imgpl-results --at=2 in; jq -c "{key}" in | imgpl-results --at=3'
	expect_same 18 "$(wc -l <dynamodb.out)"
}

@test "a row gives way as it does in SQLite" {
	make_table
	declare -A record=([F]='"error":{"type":"Imgpl.Invalid","reason":"r"}' [C]='"labels":[]' [D]='"processed_key":"p"')
	events=0
	# All that can come after all that can be there, with the same, a lesser, a greater and no sequencer.
	for before in P F C D; do
		for after in P F C D; do
			for sequencer in 0500 04 06 ''; do
				key=$before$after$sequencer
				for step in 1$before:05 2$after:$sequencer; do
					source=
					[ "${step#*:}" = '' ] || source="\"sequencer\":\"${step#*:}\""
					case $step in
					?P*) echo "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{\"key\":\"$key\"${source:+,$source}}}}]}" >>"${step:0:1}.events" ;;
					*) echo "{\"key\":\"$key\",\"source\":{$source},${record[${step:1:1}]}}" >>"${step:0:1}.records" ;;
					esac
				done
				echo "{\"key\":\"$key\"}" >>keys
			done
		done
	done
	expect_as_sqlite 'for step in 1 2; do
		imgpl-trigger -q --mark --at=$step $step.events
		imgpl-store -q --at=$step $step.records
		imgpl-results --at=3 keys
	done'
	expect_same 256 "$(wc -l <dynamodb.out)"
}

@test "a duplicate and an older event change nothing" {
	make_table
	store '{"key":"k","source":{"sequencer":"05"},"processed_key":"p"}' --at=1
	before=$(item k)
	store '{"key":"k","source":{"sequencer":"05"},"processed_key":"p"}' --at=2
	expect_json '["COMPLETE","1970-01-01T00:00:01Z",null]' '[.status,.created_at,.superseded]'
	expect_same "$before" "$(item k)"
	store '{"key":"k","source":{"sequencer":"04"},"processed_key":"q"}' --at=3
	expect_json '["COMPLETE",true]' '[.status,.superseded]'
	expect_same "$before" "$(item k)"
	try imgpl-trigger --mark <<<'{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"k","sequencer":"05"}}}]}'
	expect_status 0
	expect_same "$before" "$(item k)"
}

@test "a record of another bucket is refused" {
	make_table
	store '{"bucket":"one","key":"k"}'
	before=$(item k)
	store '{"bucket":"two","key":"k","processed_key":"p"}'$'\n''{"key":"k","processed_key":"p"}'
	expect_status 1
	expect_json '["Imgpl.Invalid",null]
["Imgpl.Invalid",null]' '[.error.type,.status]'
	expect_same "$before" "$(item k)"
}

@test "a row that has expired is none, and gives way to any" {
	make_table
	store '{"bucket":"one","key":"k","source":{"sequencer":"05"}}' --ttl=1 --at=2026-01-01
	try imgpl-results --at=2026-01-01T23:59:59Z <<<'{"key":"k"}'
	expect_json '"COMPLETE"' .status
	try imgpl-results --at=2026-01-02 <<<'{"key":"k"}'
	expect_json '"NOT_FOUND"' .status
	store '{"bucket":"two","key":"k"}' --at=2026-01-02
	expect_status 0
	expect_same '["two",null,null]' "$(item k | jq -c '[.bucket.S, .sequencer, .expires_at]')"
}

@test "many jobs answer in order, and each record is a row" {
	make_table
	seq 1000 | sed 's/.*/{"key":"k&","labels":["k&"]}/' >in
	try imgpl-store -j 32 --at=0 in
	expect_status 0
	expect_same "$(sed 's/}$/,"status":"COMPLETE","created_at":"1970-01-01T00:00:00Z"}/' in)" "$output"
	try imgpl-results -j 32 in
	expect_status 0
	expect_same "$(jq -c '[.key, [.key]]' in)" "$(jq -c '[.key, .labels]' <<<"$output")"
	expect_same COMPLETE "$(jq -r .status <<<"$output" | sort -u)"
}

@test "many jobs that mark rows answer in order" {
	make_table
	for number in {1..200}; do
		echo "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{\"key\":\"k$number\"}}},{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{\"key\":\"l$number\"}}}]}"
	done >in
	imgpl-trigger --at=0 <in | sed 's/}$/,"started_at":"1970-01-01T00:00:00Z"}/' >expected
	imgpl-trigger --mark -j 16 --at=0 in >out
	expect_same_file expected out
	try imgpl-results -j 16 --at=0 out
	expect_same '400 PROCESSING' "$(jq -r .status <<<"$output" | uniq -c | sed 's/^ *//')"
}

@test "eight that write different keys at once lose none" {
	make_table
	writers=()
	for writer in {1..8}; do
		seq -f "{\"key\":\"$writer-%.0f\"}" 100 | imgpl-store -j 4 >"out.$writer" 3>&- &
		writers+=($!)
	done
	for writer in "${writers[@]}"; do
		end_of "$writer"
	done
	expect_same 800 "$(cat out.* | jq -r 'select(.status == "COMPLETE" and .superseded == null).key' | wc -l)"
	expect_same 800 "$(dynamodb Scan "{\"TableName\":\"$table\",\"Select\":\"COUNT\"}" | jq .Count)"
}

@test "of eight that write the same keys at once the greatest sequencer wins, and none fails" {
	make_table
	# Each has the greatest for some of the keys.
	for writer in {1..8}; do
		for key in {1..200}; do
			echo "{\"key\":\"k$key\",\"source\":{\"sequencer\":\"$(((writer * 3 + key) % 8))\"},\"labels\":[\"$writer\"]}"
		done >"in.$writer"
	done
	writers=()
	for writer in {1..8}; do
		imgpl-store -j 2 "in.$writer" >"out.$writer" 3>&- &
		writers+=($!)
	done
	for writer in "${writers[@]}"; do
		end_of "$writer"
	done
	expect_same 1600 "$(cat out.* | jq -r 'select(.error == null).key' | wc -l)"
	jq -c 'select(.source.sequencer == "7") | [.key, .source.sequencer, .labels]' in.* | sort >expected
	jq -c '{key}' in.1 | imgpl-results -j 8 | jq -c '[.key, .source.sequencer, .labels]' | sort >found
	expect_same_file expected found
	# Whose row stands is never told that another's does.
	expect_same '' "$(jq -r 'select(.source.sequencer == "7" and .superseded).key' out.*)"
}

@test "keys of every kind are rows" {
	make_table
	keys=("a'b" 'a"b' "x'); drop table images; --" 'é日😀' ' ' '-' '%s%n' $'tab\there' '..' '/' "$(printf '%01024d' 0)")
	for key in "${keys[@]}"; do
		jq -cn --arg key "$key" '{key: $key}'
	done >in
	try imgpl-store -j 4 in
	expect_status 0
	try imgpl-results -j 4 in
	expect_status 0
	expect_same "$(printf '%s|' "${keys[@]}")" "$(jq -j '.key + "|"' <<<"$output")"
	expect_same COMPLETE "$(jq -r .status <<<"$output" | sort -u)"
}

@test "attributes that others gave an item stay, and are not told" {
	make_table
	store '{"key":"k","labels":[]}'
	put_item "$(item k | jq -r 'tostring | .[1:-1]'),\"owner\":{\"M\":{\"name\":{\"S\":\"me\"}}}"
	store '{"key":"k","processed_key":"p"}'
	expect_status 0
	expect_same '["p",null,{"M":{"name":{"S":"me"}}}]' "$(item k | jq -c '[.processed_key.S, .labels, .owner]')"
	try imgpl-results <<<'{"key":"k"}'
	expect_json '["COMPLETE",null]' '[.status,.owner]'
}

@test "an item that is no row fails its record, and stays" {
	make_table
	put_item '"image_key":{"S":"k"},"status":{"S":"COMPLETE"},"labels":{"L":[{"S":"Cat"}]}'
	put_item '"image_key":{"S":"l"},"status":{"S":"done"}'
	before=$(item k)$(item l)
	try imgpl-results <<<'{"key":"k"}'$'\n''{"key":"l"}'
	expect_status 1
	expect_json '"Imgpl.Internal"
"Imgpl.Internal"' .error.type
	expect_in "k: dynamodb:$table: an item that is no row: its labels is no string" "$stderr"
	expect_in "l: dynamodb:$table: an item that is no row: its status is none" "$stderr"
	store '{"key":"k"}'$'\n''{"key":"l"}'
	expect_status 1
	expect_same "$before" "$(item k)$(item l)"
}

@test "a row as large as an item can be is kept, and a larger one refused" {
	make_table
	# image_key, status, created_at and labels are the names of 31 bytes in all; k, COMPLETE and a time are 29.
	labels() { # labels BYTES
		printf '"'
		head -c $(($1 - 2)) /dev/zero | tr '\0' x
		printf '"'
	}
	store "{\"key\":\"k\",\"labels\":$(labels $((400 * 1024 - 60)))}"
	expect_status 0
	imgpl-results <<<'{"key":"k"}' >out
	expect_same $((400 * 1024 - 60)) "$(jq -c .labels out | tr -d '\n' | wc -c)"
	store "{\"key\":\"l\",\"labels\":$(labels $((400 * 1024 - 59)))}"
	expect_status 1
	expect_json '"Imgpl.Limit"' .error.type
	expect_same null "$(item l)"
}

@test "a table that is missing fails each record, and is named" {
	make_table
	export IMGPL_TABLE=dynamodb:nowhere
	for tool in imgpl-store imgpl-results; do
		try $tool <<<'{"key":"k"}'$'\n''{"key":"l"}'
		expect_status 1
		expect_json '["k","Imgpl.Internal"]
["l","Imgpl.Internal"]' '[.key,.error.type]'
		expect_in 'k: dynamodb:nowhere: there is no such table in us-east-1' "$stderr"
	done
	expect_same null "$(item k)"
}

@test "a name that can be none, and a missing region or key, is misuse" {
	for name in '' ab 'a b' a/b "$(printf '%0256d' 0)" arn:aws:dynamodb:us-east-1:123456789012:table/ab arn:/abc; do
		store '{"key":"k"}' "--table=dynamodb:$name"
		expect_status 2
		expect_same '' "$output"
	done
	AWS_REGION='' AWS_DEFAULT_REGION='' store '{"key":"k"}' --table=dynamodb:images
	expect_status 2
	expect_in region "$stderr"
	AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' store '{"key":"k"}' --table=dynamodb:images
	expect_status 2
	expect_same '' "$output"
}

@test "a table is named by a variable of its own, too, if the other says nothing" {
	make_table
	unset IMGPL_TABLE
	export TABLE_NAME=$table
	store '{"key":"k"}'
	expect_status 0
	expect_same '"COMPLETE"' "$(item k | jq -c .status.S)"
	IMGPL_TABLE=sqlite:other.db try imgpl-results <<<'{"key":"k"}'
	expect_json '"NOT_FOUND"' .status
	try imgpl-results --table=sqlite:other.db <<<'{"key":"k"}'
	expect_json '"NOT_FOUND"' .status
	IMGPL_TABLE='' try imgpl-results <<<'{"key":"k"}'
	expect_json '"COMPLETE"' .status
}

@test "a dry run writes nothing" {
	make_table
	store '{"key":"k"}' -n
	expect_status 0
	expect_json '["COMPLETE",true]' '[.status,.dry_run]'
	try imgpl-trigger --mark -n <<<'{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"k"}}}]}'
	expect_status 0
	expect_same null "$(item k)"
}

@test "several keys of one request are answered as from SQLite" {
	make_table
	echo '{"version":"2.0","rawPath":"/results","rawQueryString":"image_key=a&image_key=none&image_key=b%22&image_key=a&image_key=c","headers":{},"requestContext":{"http":{"method":"GET","path":"/results"}},"isBase64Encoded":false}' >event
	expect_as_sqlite "printf '{\"key\":\"a\",\"labels\":[]}\n{\"key\":\"b\\\\\"\",\"error\":{\"Error\":\"x\"}}\n' | imgpl-store -q --at=1
		echo '{\"key\":\"c\"}' | imgpl-store --ttl=1 --at=2026-01-01
		imgpl-results --at=2026-01-03 event"
	expect_same '["COMPLETE","PROCESSING","FAILED","COMPLETE","PROCESSING"]' \
		"$(tail -n 1 dynamodb.out | jq -c '.body | fromjson | [.results[].status]')"
}

@test "waiting ends when the row is settled" {
	make_table
	imgpl-trigger --mark <<<'{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"k"}}}]}' >marked
	(imgpl-results --wait=30 <<<'{"key":"k"}' >out) 3>&- &
	waiting=$!
	sleep 0.3
	expect_same '' "$(cat out)"
	imgpl-store marked >/dev/null
	end_of $waiting
	expect_same COMPLETE "$(jq -r .status out)"
}

@test "a batch is resumed by what the table says, in order, however many there are" {
	make_table
	pictures photos/{1..250}.jpg
	expect_as_sqlite "imgpl-list photos/1 | imgpl-store --at=1 -j 16
		imgpl-list --pending photos/
		printf 'photos/%d.jpg\\0' 3 1 4 15 9 | imgpl-list --pending -0"
	expect_same "$((111 + 139 + 3))" "$(wc -l <dynamodb.out)"
}

@test "the row of another bucket ends a list of what is pending" {
	make_table
	pictures a.jpg b.jpg c.jpg
	store '{"bucket":"other","key":"b.jpg"}'
	try imgpl-list --pending
	expect_status 1
	expect_json '"a.jpg"' .key
	expect_in 'b.jpg: the table holds it in bucket other' "$stderr"
}
