# quick
# imgpl-store: rows, and which of two rows stays.
load helper

# Store one record, and keep its answer.
store() { # store RECORD [OPTION]...
	try imgpl-store "${@:2}" <<<"$1"
}

row() { # row COLUMNS: of the only row
	rows "select $1 from images"
}

@test "a record becomes a row that is complete, with what the record says" {
	store '{"bucket":"b","key":"a.jpg","source":{"etag":"e","sequencer":"01","bytes":1.0},"image":{"width":1},"processed_key":"p","renditions":[{"name":"main","bytes":1.10}],"labels":[ ],"started_at":"s","other":1}' --at=2026-01-02T03:04:05Z
	expect_status 0
	expect_same '{"bucket":"b","key":"a.jpg","source":{"etag":"e","sequencer":"01","bytes":1.0},"image":{"width":1},"processed_key":"p","renditions":[{"name":"main","bytes":1.10}],"labels":[ ],"started_at":"s","other":1,"status":"COMPLETE","created_at":"2026-01-02T03:04:05Z"}' "$output"
	expect_same 'a.jpg|b|COMPLETE|||01|e|p|[ ]|[{"name":"main","bytes":1.10}]|s|2026-01-02T03:04:05Z' \
		"$(row 'image_key, bucket, status, reason, expires_at, sequencer, etag, processed_key, labels, renditions, started_at, created_at')"
}

@test "a failed record becomes a row that failed, with the reason, and stays failed" {
	store '{"key":"a.jpg","error":{"tool":"imgpl-validate","type":"Imgpl.Invalid","reason":"a.jpg: no picture","retry":false}}' --at=0
	expect_status 1
	expect_same '{"key":"a.jpg","error":{"tool":"imgpl-validate","type":"Imgpl.Invalid","reason":"a.jpg: no picture","retry":false},"status":"FAILED","created_at":"1970-01-01T00:00:00Z"}' "$output"
	expect_same 'FAILED|a.jpg: no picture' "$(row 'status, reason')"
	store '{"key":"b.jpg","error":{"type":"Imgpl.Transient","reason":"r"}}'
	expect_status 75
}

@test "what a state machine caught is a reason too" {
	caught() { # caught ERROR-JSON REASON STATUS
		rm -f imgpl.db*
		store "{\"key\":\"a.jpg\",\"error\":$1}"
		expect_status "$3"
		expect_same "FAILED|$2" "$(row 'status, reason')"
	}
	caught '{"Error":"Imgpl.Limit","Cause":"too large"}' 'too large' 1
	caught '{"Error":"Imgpl.Throttled","Cause":"{\"errorMessage\":\"slow down\",\"errorType\":\"Imgpl.Throttled\"}"}' 'slow down' 75
	caught '{"Error":"States.Timeout","Cause":""}' States.Timeout 75
	caught '{"Error":"Lambda.Unknown","Cause":"gone"}' gone 75
	caught '{"Error":"States.Runtime","Cause":"oops"}' oops 1
	caught '"just text"' 'just text' 1
}

@test "a row gives way as the states' order has it" {
	# What stands there, what comes, what stands there then: P(rocessing), F(ailed), C(omplete), D(ifferent and complete).
	declare -A record=([P]='' [F]='{"key":"k","error":{"type":"Imgpl.Invalid","reason":"r"}}' [C]='{"key":"k"}' [D]='{"key":"k","processed_key":"p"}')
	event='{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"k"}}}]}'
	put() {
		if [ "$1" = P ]; then
			imgpl-trigger --mark --at="$2" <<<"$event" >/dev/null
		else
			imgpl-store --at="$2" <<<"${record[$1]}" >/dev/null || [ "$1" = F ]
		fi
	}
	for way in PPP PFF PCC FPP FFF FCC CPC CFC CCC CDD DCC; do
		rm -f imgpl.db*
		put "${way:0:1}" 1
		put "${way:1:1}" 2
		found=$(row "case when processed_key is not null then 'D' else substr(status, 1, 1) end")
		expect_same "$way" "${way:0:2}$found"
	done
}

@test "a duplicate changes nothing, and is told when it was done" {
	store '{"key":"k","processed_key":"p"}' --at=1
	cp imgpl.db before.db
	before=$(rows 'select * from images')
	store '{"key":"k","processed_key":"p"}' --at=2
	expect_status 0
	expect_json '["COMPLETE","1970-01-01T00:00:01Z"]' '[.status,.created_at]'
	expect_same "$before" "$(rows 'select * from images')"
}

@test "a newer sequencer wins over every state, and an older one over none" {
	with() { # with SEQUENCER [ERROR-MEMBER]
		printf '{"key":"k","source":{"sequencer":"%s"}%s}' "$1" "${2:-}"
	}
	failed=',"error":{"type":"Imgpl.Invalid","reason":"r"}'
	store "$(with 05)"
	store "$(with 04)"
	expect_same 'COMPLETE|05' "$(row 'status, sequencer')"
	store "$(with 06 "$failed")"
	expect_same 'FAILED|06' "$(row 'status, sequencer')"
	store "$(with 05)"
	expect_same 'FAILED|06' "$(row 'status, sequencer')"
	store "$(with 0600)"
	expect_same 'COMPLETE|0600' "$(row 'status, sequencer')"
	store "$(with 0600000001 "$failed")"
	expect_same 'FAILED|0600000001' "$(row 'status, sequencer')"
	store '{"key":"k"}'
	expect_same 'COMPLETE|0600000001' "$(row 'status, sequencer')"
}

@test "a row keeps its bucket, and a record of another is refused" {
	store '{"bucket":"one","key":"k"}'
	expect_status 0
	store '{"bucket":"two","key":"k","processed_key":"p"}'$'\n''{"key":"k","processed_key":"p"}'$'\n''{"bucket":"one","key":"l"}'
	expect_status 1
	expect_json '["Imgpl.Invalid",null]
["Imgpl.Invalid",null]
[null,"COMPLETE"]' '[.error.type,.status]'
	expect_same 'k|one| l|one| ' "$(rows 'select image_key, bucket, processed_key from images order by 1' | tr '\n' ' ')"
	store '{"key":"k","processed_key":"p"}' --bucket=one
	expect_status 0
	expect_same 'k|one|p' "$(rows "select image_key, bucket, processed_key from images where image_key = 'k'")"
}

@test "rows expire after their days, and not before" {
	store '{"key":"old"}' --ttl=1 --at=2026-01-01
	expect_same "$((1767225600 + 86400))" "$(row expires_at)"
	store '{"key":"new"}' --at=2026-01-01T23:59:59Z
	expect_same 'new old ' "$(rows 'select image_key from images order by 1' | tr '\n' ' ')"
	try imgpl-results --at=2026-01-02T00:00:01Z <<<'{"key":"old"}'
	expect_json '"NOT_FOUND"' .status
	store '{"key":"newer"}' --at=2026-01-02T00:00:01Z
	expect_same 'new newer ' "$(rows 'select image_key from images order by 1' | tr '\n' ' ')"
}

@test "many records are many rows, and each line comes out once" {
	seq 20000 | sed 's/.*/{"key":"k&","n":&}/' >in
	imgpl-store --at=0 in >out
	sed 's/}$/,"status":"COMPLETE","created_at":"1970-01-01T00:00:00Z"}/' in >expected
	expect_same_file expected out
	expect_same '20000|20000' "$(rows 'select count(*), count(distinct image_key) from images')"
}

@test "an SQLite table takes several jobs, and answers as ever" {
	seq -f '{"key":"k%.0f"}' 3000 >in
	imgpl-store --at=0 --table=sqlite:one.db in >one
	imgpl-store --at=0 --table=sqlite:many.db -j 8 in >many
	expect_same_file one many
	expect_same "$(rows 'select * from images order by 1' one.db)" "$(rows 'select * from images order by 1' many.db)"
}

@test "keys of every kind are rows" {
	keys=("a'b" 'a"b' "x'); drop table images; --" 'é日😀' ' ' '-' '%s%n' $'tab\there' '..' '/')
	for key in "${keys[@]}"; do
		jq -cn --arg key "$key" '{key: $key}'
	done >in
	try imgpl-store in
	expect_status 0
	expect_same ${#keys[@]} "$(rows 'select count(*) from images')"
	try imgpl-results in
	expect_status 0
	expect_same "$(printf '%s|' "${keys[@]}")" "$(jq -j '.key + "|"' <<<"$output")"
	expect_same COMPLETE "$(jq -r .status <<<"$output" | sort -u)"
}

@test "a table is made where it is named, and only there" {
	mkdir 'a dir'
	store '{"key":"k"}' '--table=sqlite:a dir/t?x#%41.db'
	expect_status 0
	expect_same './a dir/t?x#%41.db' "$(find . -type f)"
	IMGPL_TABLE=sqlite:env.db store '{"key":"k"}'
	[ -e env.db ]
	for table in sqlite: nothing sqlite:no/where.db 'dynamodb' 'sqlite:a dir'; do
		store '{"key":"k"}' --table="$table"
		expect_status 2
		expect_same '' "$output"
	done
	[ ! -e imgpl.db ]
}

@test "the name of a DynamoDB table counts where nothing else names a table" {
	export TABLE_NAME=a/b # no name can be so
	store '{"key":"k"}'
	expect_status 2
	expect_in 'dynamodb:a/b: ' "$stderr"
	IMGPL_TABLE='' store '{"key":"k"}'
	expect_status 2
	[ ! -e imgpl.db ]
	IMGPL_TABLE=sqlite:env.db store '{"key":"k"}'
	expect_status 0
	store '{"key":"k"}' --table=sqlite:given.db
	expect_status 0
	[ -e env.db ] && [ -e given.db ]
	TABLE_NAME='' store '{"key":"k"}'
	expect_status 0
	[ -e imgpl.db ]
}

@test "a file that is no table is misuse and is left as it is" {
	head -c 5000 /dev/urandom >noise.db
	sqlite3 other.db 'create table images (x); insert into images values (1)'
	imgpl-store --table=sqlite:newer.db <<<'{"key":"k"}' >/dev/null
	sqlite3 newer.db 'pragma user_version = 99'
	for file in noise other newer; do
		cp $file.db before
		for tool in imgpl-store imgpl-results 'imgpl-trigger --mark' 'imgpl-list --pending'; do
			try_sh "echo '{\"key\":\"k\"}' | $tool --table=sqlite:$file.db"
			expect_status 2
			expect_same '' "$output"
			expect_in "$file.db: " "$stderr"
			expect_same_file before $file.db
		done
	done
}

@test "a table that is damaged fails its records and is left as it is" {
	seq -f '{"key":"k%.0f"}' 5000 | imgpl-store >/dev/null
	size=$(wc -c <imgpl.db)
	head -c $((size - 8192)) /dev/urandom | dd of=imgpl.db bs=4096 seek=1 conv=notrunc status=none
	cp imgpl.db before
	LIMIT=30 try imgpl-store <<<'{"key":"k77","processed_key":"p"}'
	[ "$status" = 1 ] || expect_status 2
	expect_in imgpl.db "$stderr"
	expect_same_file before imgpl.db
	LIMIT=30 try imgpl-results <<<'{"key":"k77"}'
	[ "$status" = 1 ] || expect_status 2
	expect_same_file before imgpl.db
}

@test "the bucket of a record that names none is the option's, else the one of a store in S3" {
	IMGPL_STORE=s3:cats imgpl-store <<<'{"key":"a"}' >/dev/null
	imgpl-store --store=s3:cats --bucket=dogs <<<'{"key":"b"}' >/dev/null
	IMGPL_STORE=s3: imgpl-store <<<'{"key":"c"}' >/dev/null
	IMGPL_STORE=s3:cats imgpl-store <<<'{"key":"d","bucket":"mine"}' >/dev/null
	expect_same '["cats","dogs",null,"mine"]' \
		"$(printf '{"key":"%s"}\n' a b c d | imgpl-results | jq -c .bucket | jq -cs .)"
}
