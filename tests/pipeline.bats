# The tools together: a batch with bad pictures, stages that are killed, disks that are full, tables
# that are locked, and writers that meet.
load helper

# The pipeline that the tests run, from records to answers.
pipeline='imgpl-validate | imgpl-resize --rendition=main=12x12 --rendition=thumb=6x6 | imgpl-store --at=0'

# Everything that a run leaves: files with their bytes, and rows.
everything() {
	find processed ! -type d -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0r sha256sum
	rows 'select * from images order by image_key'
	rows 'pragma integrity_check'
}

@test "of a thousand records ten are bad: the rest is stored, the ten are told, mended and stored" {
	picture photos/0001.jpg 12x8
	for number in $(seq -f %04g 2 1000); do
		cp photos/0001.jpg photos/$number.jpg
	done
	echo 'no picture' >photos/0100.jpg
	: >photos/0200.jpg
	head -c 200 photos/0001.jpg >photos/0300.jpg
	rm photos/0400.jpg
	mkdir broken
	mv photos/0500.jpg broken/
	ln -s ../broken/0500.jpg photos/0500.jpg
	rm photos/0600.jpg
	mkdir photos/0600.jpg
	printf 'GIF89a' >photos/0700.jpg
	printf '<svg/>' >photos/0800.jpg
	printf '\0\0\0\030ftypheic' >photos/0900.jpg
	head -c 300 /dev/zero >photos/1000.jpg
	seq -f %04g 1 1000 | sed 's/.*/{"key":"photos\/&.jpg","n":12345678901234567890123,"d":1.10,"s":"\\u00e9\\\/"}/' >in
	try_sh "imgpl-validate -j 2 in | imgpl-resize -j 2 --rendition=main=12x12 | imgpl-store >out"
	expect_status 1
	expect_same 1000 "$(wc -l <out)"
	expect_same_file <(cut -c 1-85 in | sed 's/}$//') <(sed 's/\("s":"[^"]*"\).*/\1/' out)
	expect_same '990 10' "$(jq -r .status out | sort | uniq -c | awk '{ printf "%s%s", (NR > 1 ? " " : ""), $1 }')"
	expect_same "$(seq -f 'photos/%04g.jpg' 100 100 1000)" "$(jq -r 'select(.error) | .key' out)"
	expect_same 10 "$(wc -l <<<"$stderr")"
	expect_same '10|10' "$(rows "select count(*), count(distinct reason) from images where status = 'FAILED'")"
	expect_same 990 "$(find processed -type f | wc -l)"
	rm -rf photos/0500.jpg photos/0600.jpg
	for number in $(seq -f %04g 100 100 1000); do
		cp photos/0001.jpg photos/$number.jpg
	done
	jq -c 'select(.error) | del(.error)' out >again
	expect_same 10 "$(wc -l <again)"
	try_sh "imgpl-validate again | imgpl-resize --rendition=main=12x12 | imgpl-store"
	expect_status 0
	expect_same '1000|COMPLETE|0' "$(rows 'select count(*), status, count(reason) from images group by status')"
	expect_same 1000 "$(find processed -type f | wc -l)"
}

@test "what is pending is exactly what is left, and an edited photograph again" {
	pictures $(seq -f 'photos/%02g.jpg' 1 40)
	try_sh "imgpl-list photos | head -n 25 | $pipeline"
	expect_status 0
	try imgpl-list --pending photos
	expect_same "$(seq -f 'photos/%02g.jpg' 26 40)" "$(jq -r .key <<<"$output")"
	try_sh "imgpl-list --pending photos | $pipeline"
	expect_status 0
	expect_same 15 "$(wc -l <<<"$output")"
	try imgpl-list --pending
	expect_same '' "$output"
	picture photos/07.jpg 30x20
	before=$(sha256sum processed/main/photos/07.jpg)
	try_sh "imgpl-list --pending | $pipeline"
	expect_status 0
	expect_json '"photos/07.jpg"' .key
	[ "$before" != "$(sha256sum processed/main/photos/07.jpg)" ]
	try imgpl-list --pending
	expect_same '' "$output"
}

# Start the stages of the pipeline over ./photos, each with its process in $stage_NAME, joined by
# pipes so small that all of them are at work when the first results appear.
start_stages() {
	rm -f to-validate to-resize to-store held out
	mkfifo to-validate to-resize to-store
	perl -e 'for (@ARGV) { open $f{$_}, "+<", $_; fcntl $f{$_}, 1031, 4096 } open F, ">held"; sleep 60' \
		to-validate to-resize to-store 3>&- &
	local holder=$!
	wait_until test -e held
	imgpl-list photos >to-validate 2>/dev/null 3>&- &
	stage_list=$!
	imgpl-validate <to-validate >to-resize 2>/dev/null 3>&- &
	stage_validate=$!
	imgpl-resize --rendition=main=12x12 --rendition=thumb=6x6 <to-resize >to-store 2>/dev/null 3>&- &
	stage_resize=$!
	imgpl-store --at=0 <to-store >out 2>/dev/null 3>&- &
	stage_store=$!
	wait_until test -s out
	kill $holder
	end_of $holder || true
}

# Make many photographs of one date.
make_photos() { # make_photos NUMBER
	picture photos/0001.png 60x40
	seq -f 'photos/%04g.png' 2 "$1" | xargs -n 1 cp photos/0001.png
	find photos -exec touch -d @1767323045 {} +
}

@test "killing any stage in the middle and running again ends with the same files and rows" {
	make_photos 300
	try_sh "imgpl-list photos | $pipeline"
	expect_status 0
	everything >expected
	for stage in list validate resize store; do
		rm -rf processed imgpl.db*
		start_stages
		process=stage_$stage
		kill -9 ${!process}
		end_of $stage_list $stage_validate $stage_resize $stage_store || true
		[ "$(wc -l <out)" -lt 300 ]
		find processed -name '*.png' ! -name '.*' -print0 | xargs -0 identify >/dev/null
		try_sh "imgpl-list photos | $pipeline"
		expect_status 0
		everything >found
		expect_same_file expected found
		expect_same '' "$(find . -name '.imgpl*')"
	done
}

@test "what is pending after a killed run is what that run did not store" {
	make_photos 300
	start_stages
	kill -9 $stage_store
	end_of $stage_list $stage_validate $stage_resize $stage_store || true
	stored=$(rows 'select count(*) from images')
	[ "$stored" -gt 0 ]
	[ "$stored" -lt 300 ]
	imgpl-list --pending photos >left
	expect_same $((300 - stored)) "$(wc -l <left)"
	try_sh "cat left | $pipeline"
	expect_status 0
	expect_same '300|300' "$(rows "select count(*), sum(status = 'COMPLETE') from images")"
	expect_same 600 "$(find processed -type f | wc -l)"
	expect_same '' "$(imgpl-list --pending photos)"
}

@test "an interrupted pipeline ends whole, and what came out is stored" {
	pictures $(seq -f 'photos/%04g.jpg' 1 400)
	imgpl-list photos >in
	mkfifo pipe
	imgpl-resize --rendition=main=12x12 in >pipe 2>err 3>&- &
	tool=$!
	imgpl-store <pipe >out 3>&- &
	store=$!
	wait_until has_lines out 10
	kill -TERM $tool
	status=0
	end_of $tool || status=$?
	end_of $store
	stderr=$(cat err)
	if [ $status != 0 ]; then
		expect_status 143
		expect_in 'stopped by a signal: ' "$stderr"
		expect_same "$(sed -n 's/.*: \([0-9]*\) records done.*/\1/p' err)" "$(wc -l <out)"
	fi
	expect_same "$(wc -l <out)" "$(rows 'select count(*) from images')"
	expect_same "$(wc -l <out)" "$(find processed -type f | wc -l)"
}

@test "two pipelines over the same pictures end with the same files and rows" {
	pictures $(seq -f 'photos/%03g.jpg' 1 60)
	find photos -exec touch -d @1767323045 {} +
	try_sh "imgpl-list photos | $pipeline"
	everything >expected
	rm -rf processed imgpl.db*
	(try_sh "imgpl-list photos | $pipeline" && expect_status 0) &
	first=$!
	(try_sh "imgpl-list photos | $pipeline" && expect_status 0) &
	end_of $first
	end_of $!
	everything >found
	expect_same_file expected found
	expect_same '' "$(find . -name '.imgpl*')"
}

# Give a small file system of memory at ./small, and take it away with the test.
mount_small() { # mount_small OPTIONS
	needs_root
	mkdir small
	mount -t tmpfs -o "$1" tmpfs small 2>/dev/null || skip 'cannot mount'
	mounted=$PWD/small
}

teardown() {
	[ -z "${mounted:-}" ] || umount -l "$mounted"
	local job

	for job in $(jobs -p); do
		kill -9 "$job" 2>/dev/null || true
	done
}

@test "a full disk fails its records for now, leaves no torn file, and the rest goes on" {
	mount_small size=1m
	convert -size 200x150 -seed 1 plasma:red-blue small/a.png
	cp small/a.png small/b.png
	cp small/a.png small/c.png
	head -c 2000000 /dev/urandom >small/filler 2>/dev/null || true
	cd small
	try imgpl-resize --rendition=main=200x150 < <(records a.png b.png c.png)
	expect_status 75
	expect_json '"Imgpl.Transient"
"Imgpl.Transient"
"Imgpl.Transient"' .error.type
	expect_in 'No space left on device' "$stderr"
	expect_same '' "$(find processed ! -type d 2>/dev/null)"
	rm filler
	jq -c 'del(.error)' <<<"$output" >../again
	try imgpl-resize --rendition=main=200x150 ../again
	expect_status 0
	expect_same 3 "$(find processed -type f | wc -l)"
}

@test "a table on a full disk fails its records for now, and tells the truth about those before" {
	mount_small size=400k
	cd small
	seq 20000 | sed 's/.*/{"key":"a-picture-with-a-longer-name-&.jpg","processed_key":"processed\/main\/a-picture-with-a-longer-name-&.jpg"}/' >../in
	try_sh 'imgpl-store ../in >../out'
	expect_status 75
	cd ..
	expect_same 20000 "$(wc -l <out)"
	jq -r 'select(.error | not) | .key' out | LC_ALL=C sort >told
	cp small/imgpl.db* .
	sqlite3 imgpl.db 'select image_key from images' | LC_ALL=C sort >safe
	expect_same_file told safe
	expect_same Imgpl.Transient "$(jq -r 'select(.error) | .error.type' out | sort -u)"
}

@test "a disk without room for names fails its records for now" {
	mount_small size=4m,nr_inodes=8
	picture small/a.png
	cd small
	touch 1 2 3 4 5 2>/dev/null || true
	try imgpl-resize < <(records a.png)
	expect_status 75
	expect_json '"Imgpl.Transient"' .error.type
	expect_same '' "$(find processed ! -type d 2>/dev/null)"
	rm -f 1 2 3 4 5
	try imgpl-resize < <(records a.png)
	expect_status 0
}

@test "a store that can only be read is told, and nothing is lost" {
	mount_small size=4m
	picture small/a.jpg
	mount -o remount,ro small
	cd small
	try imgpl-validate < <(records a.jpg)
	expect_status 0
	try imgpl-resize < <(records a.jpg)
	expect_status 1
	expect_json '"Imgpl.Internal"' .error.type
	expect_in 'Read-only file system' "$stderr"
	try imgpl-store < <(records a.jpg)
	expect_status 2
	expect_in imgpl.db "$stderr"
	try imgpl-results < <(records a.jpg)
	expect_status 0
	expect_json '"NOT_FOUND"' .status
}

@test "eight writers on one table each get every row in" {
	for writer in 1 2 3 4 5 6 7 8; do
		seq 1500 | sed "s/.*/{\"key\":\"$writer-&\"}/" >in-$writer
		seq 200 | sed "s/.*/{\"key\":\"shared-&\",\"processed_key\":\"by-$writer\"}/" >>in-$writer
	done
	pids=()
	for writer in 1 2 3 4 5 6 7 8; do
		imgpl-store in-$writer >out-$writer 2>>err 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		end_of $pid
	done
	expect_same '' "$(cat err)"
	for writer in 1 2 3 4 5 6 7 8; do
		expect_same "$(jq -r .key in-$writer)" "$(jq -r .key out-$writer)"
	done
	expect_same '12200|ok' "$(rows 'select count(*) from images; pragma integrity_check' | tr '\n' '|' | sed 's/|$//')"
}

@test "eight writers that take a line each in turn wait for each other and never fail" {
	for writer in 1 2 3 4 5 6 7 8; do
		seq 60 | sed "s/.*/{\"key\":\"$writer-&\"}/" >in-$writer
	done
	pids=()
	for writer in 1 2 3 4 5 6 7 8; do
		(while read -r line; do echo "$line"; sleep 0.01; done <in-$writer | imgpl-store >out-$writer 2>>err) 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		end_of $pid
	done
	expect_same '' "$(cat err)"
	expect_same 480 "$(rows 'select count(*) from images')"
}

# Hold the table's lock for some seconds.
hold_lock() { # hold_lock SECONDS
	sqlite3 imgpl.db 'begin immediate' '.shell touch held' ".shell sleep $1" rollback >/dev/null 2>&1 3>&- &
	wait_until test -e held
}

@test "a table that is locked for a while is waited for" {
	imgpl-store <<<'{"key":"a"}' >/dev/null
	hold_lock 3
	try imgpl-store <<<'{"key":"b"}'
	expect_status 0
	expect_json '"COMPLETE"' .status
	expect_same 2 "$(rows 'select count(*) from images')"
}

@test "a table that stays locked is an error for now within 20 seconds, and can still be read" {
	imgpl-store <<<'{"key":"a"}' >/dev/null
	hold_lock 60
	try imgpl-results <<<'{"key":"a"}'
	expect_status 0
	expect_json '"COMPLETE"' .status
	seq -f '{"key":"k%.0f"}' 300 >in
	LIMIT=20 try imgpl-store in
	[ "$status" = 75 ] || expect_status 2
	expect_in 'locked by another program' "$stderr"
	if [ "$status" = 75 ]; then
		expect_same 300 "$(jq -r 'select(.error.type == "Imgpl.Transient") | .key' <<<"$output" | wc -l)"
	fi
}

@test "the stack of events is the same pipeline" {
	pictures uploads/a.jpg uploads/b.jpg
	for key in uploads/a.jpg processed/main/a.jpg uploads/missing.jpg uploads/a.jpg uploads/b.jpg; do
		echo "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{\"key\":\"$key\",\"sequencer\":\"05\"}}}]}"
	done >events
	try_sh 'imgpl-trigger --mark events | imgpl-validate | imgpl-resize | imgpl-store'
	expect_status 1
	expect_json '["uploads/a.jpg","COMPLETE"]
["uploads/missing.jpg","FAILED"]
["uploads/b.jpg","COMPLETE"]' '[.key,.status]'
	try_sh 'imgpl-trigger --mark events | imgpl-validate -q | imgpl-resize | imgpl-store'
	expect_same 'COMPLETE|2 FAILED|1 ' "$(rows 'select status, count(*) from images group by status' | tr '\n' ' ')"
}

@test "a row is safe before anybody reads of it" {
	seq -f '{"key":"k%06.0f"}' 20000 >in
	mkfifo out
	imgpl-store in >out 3>&- &
	tool=$!
	exec {from}<out
	sleep 0.5 # the pipe is full, and the tool waits for its reader
	kill -9 $tool
	end_of $tool || true
	cat <&"$from" >told
	exec {from}<&-
	grep '}$' told | jq -r .key >keys
	[ "$(wc -l <keys)" -gt 500 ]
	rows 'select image_key from images' | LC_ALL=C sort >safe
	expect_same '' "$(comm -23 keys safe)"
}

@test "no line comes out before its row is safe" {
	seq -f '{"key":"k%06.0f"}' 100000 >in
	imgpl-store in >out 3>&- &
	tool=$!
	wait_until test -s out
	kill -9 $tool
	end_of $tool || true
	[ "$(wc -l <out)" -lt 100000 ]
	head -c "$(($(wc -c <out) / 10 * 10))" out | grep '}$' | jq -r .key >told
	rows 'select image_key from images' | LC_ALL=C sort >safe
	expect_same '' "$(comm -23 told safe)"
	try_sh 'imgpl-store in >again'
	expect_status 0
	expect_same '100000|ok' "$(rows 'select count(*) from images; pragma integrity_check' | tr '\n' '|' | sed 's/|$//')"
}
