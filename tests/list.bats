# quick
# imgpl-list: what is in the store already.
load helper

keys() { # keys: those of $output, a line each
	jq -r .key <<<"$output"
}

expect_keys() { # expect_keys [KEY]...
	local IFS=$'\n'

	expect_same "$*" "$(keys)"
}

@test "every file is a record, in the order of the keys' bytes" {
	pictures b.jpg a.jpg A.jpg 'a b.jpg' a/x.jpg a-b.jpg é.jpg a.jpg.d/x
	printf 'text' >notes.txt
	try imgpl-list
	expect_status 0
	expect_messages
	expect_keys A.jpg 'a b.jpg' a-b.jpg a.jpg a.jpg.d/x a/x.jpg b.jpg notes.txt é.jpg
	expect_same "$(keys | LC_ALL=C sort)" "$(keys)"
}

@test "a record tells the size, the etag and when it was changed" {
	printf 'text' >a.jpg
	touch -d @1767323045.123456789 a.jpg
	try imgpl-list
	expect_status 0
	expect_json "{\"bytes\":4,\"sequencer\":\"$(printf %016X 1767323045123456789)\"}" '.source | {bytes,sequencer}'
	etag=$(jq -r .source.etag <<<"$output")
	touch -d @1767323046 a.jpg
	try imgpl-list
	[ "$etag" != "$(jq -r .source.etag <<<"$output")" ]
	[[ $(jq -r .source.sequencer <<<"$output") > $(printf %016X 1767323045123456789) ]]
}

@test "nothing found is no failure" {
	try imgpl-list
	expect_status 0
	expect_same '' "$output$stderr"
	mkdir empty
	try imgpl-list empty nowhere/at/all
	expect_status 0
	expect_same '' "$output"
}

@test "operands are the names a shell gives" {
	pictures a/1.jpg a/2.jpg ab/3.jpg c/4.jpg './-x/5.jpg' '[z]/6*.jpg'
	try imgpl-list a
	expect_keys a/1.jpg a/2.jpg
	try imgpl-list a/
	expect_keys a/1.jpg a/2.jpg
	try imgpl-list c/4.jpg a/1.jpg
	expect_keys c/4.jpg a/1.jpg
	try imgpl-list ./a/../c "$PWD/ab"
	expect_keys c/4.jpg ab/3.jpg
	try imgpl-list -- -x
	expect_keys -x/5.jpg
	try imgpl-list '[z]'
	expect_keys '[z]/6*.jpg'
	try imgpl-list '[z]/6*.jpg'
	expect_keys '[z]/6*.jpg'
	try imgpl-list .
	expect_same 6 "$(keys | wc -l)"
}

@test "keys are told as they are in the store, from wherever it is listed" {
	pictures photos/a/1.jpg photos/2.jpg
	try imgpl-list --store=file:photos
	expect_keys 2.jpg a/1.jpg
	cd photos/a
	try imgpl-list --store=file:.. "$PWD"
	expect_keys a/1.jpg
	try imgpl-list --store=file:.. 1.jpg ../2.jpg
	expect_keys a/1.jpg 2.jpg
	try imgpl-list --store="file:$PWD/../"
	expect_keys 2.jpg a/1.jpg
}

@test "a path outside the store is misuse, and the store to use is named" {
	pictures other/a.jpg
	mkdir store
	for path in other other/a.jpg ../x / "$PWD/other"; do
		try imgpl-list --store=file:store "$path"
		expect_status 2
		expect_same '' "$output"
		expect_in 'outside' "$stderr"
	done
	try imgpl-list --store=file:store other/a.jpg
	expect_in '--store=file:other' "$stderr"
	try imgpl-list --store=file:other
	expect_keys a.jpg
	try imgpl-list --store=file:nowhere
	expect_status 2
	expect_in 'nowhere: No such file' "$stderr"
}

@test "results, dotfiles and the table's own files are left out" {
	pictures a.jpg .hidden.jpg .git/b.jpg c/.d/e.jpg imgpl.db.jpg
	try_sh 'imgpl-list a.jpg | imgpl-resize | imgpl-store'
	expect_status 0
	sqlite3 imgpl.db '.timeout 100' 'begin immediate' '.shell sleep 1' 'rollback' 3>&- &
	wait_until test -e imgpl.db-shm
	try imgpl-list .
	expect_status 0
	expect_in a.jpg "$output"
	expect_not_in imgpl.db\" "$output"
	expect_not_in imgpl.db- "$output"
	expect_not_in processed "$output"
	expect_not_in hidden "$output"
	expect_not_in .jpg/ "$output"
	expect_not_in e.jpg "$output"
	kill $! 2>/dev/null || true
	try imgpl-list --table=sqlite:elsewhere.db --out-prefix=made/
	expect_in processed/main/a.jpg "$output"
	expect_in '"imgpl.db"' "$output"
}

@test "the output prefix of another run is left out when it is named" {
	pictures a.jpg
	try_sh 'imgpl-list | imgpl-resize --out-prefix=made/ | imgpl-list --out-prefix=made/'
	expect_keys a.jpg
}

@test "pending is what the table does not call complete with that very content" {
	pictures a.jpg b.jpg c.jpg
	try imgpl-list --pending
	expect_keys a.jpg b.jpg c.jpg
	[ ! -e imgpl.db ]
	try_sh 'imgpl-list a.jpg b.jpg | imgpl-validate | imgpl-resize | imgpl-store'
	expect_status 0
	try imgpl-list --pending
	expect_keys c.jpg
	picture b.jpg 30x20
	try imgpl-list --pending
	expect_keys b.jpg c.jpg
	echo broken >c.jpg
	try_sh 'imgpl-list --pending | imgpl-validate | imgpl-resize | imgpl-store'
	expect_status 1
	try imgpl-list --pending
	expect_keys c.jpg
	try_sh 'imgpl-list a.jpg | imgpl-trigger' # no event: changes nothing
	try imgpl-list --pending
	expect_keys c.jpg
}

@test "pending asks the table that is named, and a table that is none is misuse" {
	pictures a.jpg
	try_sh 'imgpl-list | imgpl-store --table=sqlite:other.db'
	try imgpl-list --pending a.jpg
	expect_keys a.jpg
	try imgpl-list --pending --table=sqlite:other.db
	expect_keys
	IMGPL_TABLE=sqlite:other.db try imgpl-list --pending
	expect_keys
	echo 'this is no database, though it is long enough to be taken for the beginning of one ........' >not.db
	cp not.db before
	try imgpl-list --pending --table=sqlite:not.db
	expect_status 2
	expect_in 'not.db: not an SQLite database' "$stderr"
	expect_same_file before not.db
}

@test "since leaves out what was changed earlier" {
	pictures a.jpg b.jpg c.jpg
	touch -d 2026-01-02T03:04:04Z a.jpg
	touch -d 2026-01-02T03:04:05Z b.jpg
	touch -d 2026-01-02T03:04:06Z c.jpg
	for time in 2026-01-02T03:04:05Z 2026-01-02T03:04:05.5Z 1767323045 @1767323045; do
		try imgpl-list --since=$time
		expect_status 0
		expect_keys b.jpg c.jpg
	done
	try imgpl-list --since=2026-01-03
	expect_keys
	try imgpl-list --since=yesterday
	expect_status 2
	expect_in 'a time like' "$stderr"
}

@test "names on standard input end in NUL, and may hold anything but that" {
	pictures $'a\nb.jpg' 'c d.jpg' e/f.jpg
	try_sh 'find . -name "*.jpg" -print0 | sort -z | imgpl-list -0'
	expect_status 0
	expect_json '"a\nb.jpg"
"c d.jpg"
"e/f.jpg"' .key
	try_sh "printf 'e/f.jpg' | imgpl-list --null"
	expect_keys e/f.jpg
	try imgpl-list -0 </dev/null
	expect_status 0
	expect_keys
	try imgpl-list -0 a.jpg </dev/null
	expect_status 2
}

@test "a bucket is a folder of the store" {
	pictures photos/a.jpg other/b.jpg
	try imgpl-list --bucket=photos
	expect_status 0
	expect_json '["photos","a.jpg"]' '[.bucket,.key]'
	UPLOAD_BUCKET=other try imgpl-list
	expect_json '["other","b.jpg"]' '[.bucket,.key]'
	for bucket in .. . photos/.. a/b; do
		try imgpl-list --bucket=$bucket
		[ "$status" -ne 0 ]
		expect_same '' "$output"
	done
}

@test "what is no file is left out with a message, and the rest is told" {
	pictures a.jpg z.jpg
	ln -s a.jpg link.jpg
	ln -s /etc folder
	mkfifo pipe.jpg
	try imgpl-list
	expect_status 1
	expect_keys a.jpg z.jpg
	expect_in 'imgpl-list: left out, a symbolic link: link.jpg' "$stderr"
	expect_in 'imgpl-list: left out, a symbolic link: folder' "$stderr"
	expect_in 'imgpl-list: left out, a FIFO: pipe.jpg' "$stderr"
}

@test "names that are not UTF-8, or too long for a key, are left out with a message" {
	pictures a.jpg
	touch $'b\xff.jpg'
	deep=$(printf 'd%0249d/' 0)
	mkdir -p "$deep$deep$deep$deep"
	touch "$deep$deep$deep${deep}x" "$deep$deep$deep${deep}this-is-far-too-long.jpg"
	try imgpl-list
	expect_status 1
	expect_keys a.jpg "$deep$deep$deep${deep}x"
	expect_in 'left out, a name that is not UTF-8: b\xff.jpg' "$stderr"
	expect_in 'left out, a key of more than 1024 bytes' "$stderr"
	expect_same 2 "$(wc -l <<<"$stderr")"
}

@test "names that a terminal would act on are records, escaped by JSON" {
	touch $'a\nb\tc\033[2J.jpg' $'\u202egpj.exe' '"\.jpg' ' ' '%41+.jpg'
	try imgpl-list
	expect_status 0
	expect_same 5 "$(wc -l <<<"$output")"
	expect_same "$(find . -type f -printf '%P\0' | LC_ALL=C sort -z | tr '\0' '|')" \
		"$(jq -j '.key + "|"' <<<"$output")"
}

@test "a signal ends the list between two records and says what was done" {
	seq -f 'f%.0f' 3000 | xargs touch
	mkfifo out
	imgpl-list >out 2>err 3>&- &
	tool=$!
	exec {from}<out
	read -r first <&"$from"
	kill -TERM $tool
	(cat <&"$from" >rest)
	exec {from}<&-
	status=0
	end_of $tool || status=$?
	stderr=$(cat err)
	expect_status 143
	(printf '%s\n' "$first" && cat rest) | jq -e .key >/dev/null
	expect_in 'stopped by a signal' "$stderr"
}

@test "a table of another bucket can't tell what is pending" {
	mkdir A B
	picture A/a.jpg
	cp -p A/a.jpg B/a.jpg
	imgpl-list --bucket=A | imgpl-store >/dev/null
	try imgpl-list --bucket=B --pending
	expect_status 1
	expect_same '' "$output"
	expect_in 'a.jpg: the table holds it in bucket A, not in bucket B' "$stderr"
}

@test "what can't be told is said with --since too" {
	touch $'\xff.jpg'
	try imgpl-list --since=2020-01-01
	expect_status 1
	expect_in 'left out, a name that is not UTF-8' "$stderr"
}

@test "a picture whose name begins like the table's is told" {
	picture imgpl.db-holiday.jpg
	imgpl-list | imgpl-store >/dev/null
	try imgpl-list
	expect_status 0
	expect_json '"imgpl.db-holiday.jpg"' .key
}

@test "a picture put back from a backup is pending once, though it is older than its row" {
	picture a.jpg
	imgpl-list | imgpl-store >/dev/null
	touch -d 2020-01-01 a.jpg
	imgpl-list --pending | imgpl-store >/dev/null
	try imgpl-list --pending
	expect_same '' "$output"
}
