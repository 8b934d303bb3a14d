# quick
# The loop that all filters share: order, flushing, exit statuses, signals, broken pipes, messages.
load helper

filters='imgpl-trigger imgpl-validate imgpl-resize imgpl-store imgpl-results'
tools="imgpl-list $filters"

@test "an answer comes before the next line is written" {
	picture a.jpg
	for tool_line in 'imgpl-validate' 'imgpl-validate -j 3' 'imgpl-resize' 'imgpl-store' 'imgpl-results'; do
		rm -f in
		# shellcheck disable=SC2086
		start $tool_line
		for number in 1 2 3; do
			records a.jpg >&"$to"
			wait_until has_lines out $number
			expect_same $number "$(wc -l <out)"
		done
		exec {to}>&-
		finish
		expect_status 0
	done
	rm -f in
	start imgpl-trigger
	for number in 1 2 3; do
		echo "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{\"key\":\"$number\"}}}]}" >&"$to"
		wait_until has_lines out $number
	done
	exec {to}>&-
	finish
	expect_status 0
}

@test "a line is answered when it is whole, however its bytes arrive" {
	picture a.jpg
	start imgpl-validate
	for part in '{"ke' 'y":"a.jp' 'g"}'; do
		printf %s "$part" >&"$to"
		sleep 0.02
	done
	expect_same '' "$(cat out)"
	echo >&"$to"
	wait_until has_lines out 1
	exec {to}>&-
	finish
	expect_status 0
}

@test "records worked on side by side come out in order" {
	picture big.png 300x200
	pictures $(seq -f '%02g.png' 1 20)
	for number in $(seq -f %02g 1 20); do
		records "$number.png" missing.png big.png
	done >in
	imgpl-resize in >one 2>/dev/null || true
	expect_same 60 "$(wc -l <one)"
	expect_same "$(jq -r .key in)" "$(jq -r .key one)"
	for jobs in 0 2 7; do
		imgpl-resize -j $jobs in >many 2>/dev/null || true
		expect_same_file one many
	done
}

@test "all files are read in order, and - is standard input" {
	pictures a.jpg b.jpg c.jpg
	records a.jpg >'first file'
	records c.jpg >-x
	try_sh 'echo "{\"key\":\"b.jpg\"}" | imgpl-validate -- "first file" - -x'
	expect_status 0
	expect_json '"a.jpg"
"b.jpg"
"c.jpg"' .key
}

@test "the exit status is 0 when all records are good, and when there are none" {
	picture a.jpg
	for tool in $filters; do
		try $tool </dev/null
		expect_status 0
		expect_same '' "$output$stderr"
	done
	try imgpl-validate < <(records a.jpg)
	expect_status 0
	expect_messages
}

@test "the exit status is 1 when an error is left that will not pass" {
	picture a.jpg
	try imgpl-validate < <(records a.jpg missing.jpg a.jpg)
	expect_status 1
	expect_json '[null,null]
["imgpl-validate","Imgpl.Invalid"]
[null,null]' '[.error.tool,.error.type]'
	expect_messages 'imgpl-validate: missing.jpg: No such file or directory'
}

@test "the exit status is 75 when all errors left are for now" {
	picture a.jpg
	{
		records a.jpg
		echo '{"key":"b","error":{"tool":"x","type":"Imgpl.Transient","reason":"busy","retry":true}}'
		echo '{"key":"c","error":{"tool":"x","type":"Imgpl.Throttled","reason":"slow","retry":true}}'
		echo '{"key":"d","error":{"Error":"States.Timeout","Cause":""}}'
	} >in
	try imgpl-validate in
	expect_status 75
	echo '{"key":"e","error":{"tool":"x","type":"Imgpl.Limit","reason":"large","retry":false}}' >>in
	try imgpl-validate in
	expect_status 1
}

@test "misuse is status 2, before anything is read, with nothing on stdout" {
	picture a.jpg
	for tool in $tools; do
		for wrong in --nonsense -Z --color=pink --color --progress=maybe --out-prefix; do
			case $tool$wrong in
			imgpl-validate--out-prefix | imgpl-store--out-prefix | imgpl-results--out-prefix) continue ;;
			esac
			try_sh "$tool $wrong; s=\$?; cat >rest; exit \$s" < <(records a.jpg)
			expect_status 2
			expect_same '' "$output"
			expect_same 2 "$(wc -l <<<"$stderr")"
			expect_in "$tool: " "${stderr%%$'\n'*}"
			expect_in "see '$tool --help'" "$stderr"
			expect_same "$(records a.jpg)" "$(cat rest)"
		done
	done
}

@test "a value that is refused is told with its option" {
	for wrong in -j=x -jx '-j x' '--jobs x' --jobs=x --jobs=-1 --jobs=257 --jobs=1.5 --jobs=; do
		# shellcheck disable=SC2086
		try imgpl-validate $wrong </dev/null
		expect_status 2
		expect_in 'from 0 to 256' "$stderr"
		[[ $stderr == *-j* ]] || fail "no option is named: $stderr"
	done
	UPLOAD_BUCKET='' IMGPL_STORE=ftp:x try imgpl-validate </dev/null
	expect_status 2
	expect_in ftp:x "$stderr"
	SOURCE_DATE_EPOCH=yesterday try imgpl-store </dev/null
	expect_status 2
	expect_in SOURCE_DATE_EPOCH "$stderr"
}

@test "numbers take k, m and g" {
	picture a.jpg
	for limit in 100000 97k 1m 1g 8589934591g 0; do
		try imgpl-validate --max-bytes=$limit < <(records a.jpg)
		expect_status 0
	done
	for limit in 8589934592g 1x 1kk k ''; do
		try imgpl-validate --max-bytes=$limit < <(records a.jpg)
		expect_status 2
	done
}

@test "an operand that cannot be read is misuse and is named" {
	for operand in missing 'miss ing' missing/a; do
		try imgpl-validate "$operand" </dev/null
		expect_status 2
		expect_same '' "$output"
		expect_in "$operand: No such file" "$stderr"
	done
	mkdir folder
	try imgpl-validate folder
	[ "$status" -eq 1 ] || expect_status 2
	expect_in 'folder: Is a directory' "$stderr"
}

@test "a flag beats the environment, which beats the default" {
	mkdir one two
	picture one/a.jpg
	picture two/a.jpg 30x20
	picture a.jpg 8x6
	try imgpl-validate < <(records a.jpg)
	expect_json 8 .image.width
	IMGPL_STORE=file:one try imgpl-validate < <(records a.jpg)
	expect_json 24 .image.width
	IMGPL_STORE=file:one try imgpl-validate --store=file:two < <(records a.jpg)
	expect_json 30 .image.width
	IMGPL_STORE='' try imgpl-validate < <(records a.jpg)
	expect_json 8 .image.width
}

@test "help fits a screen, names two examples, and goes to stdout" {
	for tool in $tools; do
		for option in -h --help; do
			try $tool $option --nonsense-is-refused-first </dev/null
			expect_status 2
			try $tool $option </dev/null
			expect_status 0
			expect_messages
			[ "$(wc -l <<<"$output")" -le 40 ] || fail "$tool $option is long"
			expect_in "Usage: $tool" "$output"
			expect_in "man $tool" "$output"
			[ "$(grep -c "^  .*$tool" <<<"$output")" -ge 2 ] || fail "$tool $option lacks examples"
			[ "$(awk 'length > 80' <<<"$output")" = '' ] || fail "$tool $option is wide"
		done
	done
}

@test "the version names the tool and the libraries it runs with" {
	for tool in $tools; do
		try $tool --version
		expect_status 0
		[[ ${lines[0]} =~ ^$tool\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "${lines[0]}"
		expect_in json-c "$output"
		try $tool -V
		expect_status 0
	done
	expect_in sqlite3 "$output"
	try imgpl-resize --version
	for library in jpeg png webp; do
		grep -qi "$library.* [0-9]" <<<"$output" || fail "no $library in $output"
	done
}

@test "-q tells nothing about records, and misuse all the same" {
	try imgpl-validate -q < <(records missing.jpg; echo nonsense)
	expect_status 1
	expect_same 2 "$(wc -l <<<"$output")"
	expect_messages
	try imgpl-validate --quiet --nonsense
	expect_status 2
	[ -n "$stderr" ]
}

@test "-v says what is done" {
	picture a.jpg
	try imgpl-validate -v < <(records a.jpg missing.jpg)
	expect_status 1
	expect_messages 'imgpl-validate: a.jpg: done' 'imgpl-validate: missing.jpg: No such file or directory'
}

@test "a dry run gives the same records, marked, and writes nothing" {
	picture a.jpg
	try_sh 'imgpl-validate | imgpl-resize -n | imgpl-store --at=0' < <(records a.jpg)
	expect_status 0
	expect_json '[true,"COMPLETE",24,"processed/main/a.jpg"]' '[.dry_run,.status,.renditions[0].width,.processed_key]'
	expect_same '' "$(rows 'select image_key from images')"
	[ ! -e processed ]
	try_sh 'imgpl-resize | imgpl-store -n --table=sqlite:other.db --at=0' < <(records a.jpg)
	expect_json '[true,"COMPLETE"]' '[.dry_run,.status]'
	expect_same '' "$(rows 'select image_key from images' other.db 2>/dev/null)"
}

@test "a signal lets the record in hand be finished and says what was done" {
	picture a.jpg
	records a.jpg >line
	for signal in TERM INT; do
		for jobs in 1 3; do
			rm -f in
			start env --default-signal=INT imgpl-validate -j $jobs
			cat line >&"$to"
			wait_until has_lines out 1
			kill -$signal $tool
			finish
			exec {to}>&-
			expect_status $((128 + $(kill -l $signal)))
			expect_same 24 "$(jq .image.width <<<"$output")"
			expect_messages 'imgpl-validate: stopped by a signal: 1 records done, 0 of them failed'
		done
	done
}

@test "every tool ends on a signal though its input stays open" {
	for name in $filters; do
		rm -f in
		start $name
		wait_until has_lines /proc/$tool/status 1
		sleep 0.1
		kill -TERM $tool
		finish
		exec {to}>&-
		expect_status 143
		expect_messages "$name: stopped by a signal: 0 records done, 0 of them failed"
	done
}

@test "a reader that leaves ends the tool without a message" {
	picture a.jpg
	seq 20000 | sed 's/.*/{"key":"a.jpg"}/' >in
	for tool in 'imgpl-validate' 'imgpl-validate -j 3' 'imgpl-store' 'imgpl-results'; do
		try_sh "env --default-signal=PIPE $tool in | head -n 1 >first; exit \${PIPESTATUS[0]}"
		expect_status 141
		expect_messages
		expect_same a.jpg "$(jq -r .key first)"
	done
}

@test "a reader that leaves is told where the signal for it is ignored" {
	picture a.jpg
	seq 20000 | sed 's/.*/{"key":"a.jpg"}/' >in
	for jobs in 1 3; do
		try_sh "env --ignore-signal=PIPE imgpl-validate -j $jobs in | head -n 1 >first; exit \${PIPESTATUS[0]}"
		expect_status 1
		expect_messages 'imgpl-validate: stdout: Broken pipe'
	done
}

@test "a full disk behind stdout is a failure, never silence" {
	picture a.jpg
	records a.jpg >in
	for tool in 'imgpl-list' 'imgpl-validate in' 'imgpl-validate -j 2 in' 'imgpl-resize in' 'imgpl-store in' 'imgpl-results in' 'imgpl-store --help' 'imgpl-list --version'; do
		try_sh "$tool >/dev/full"
		expect_status 1
		expect_messages "${tool%% *}: stdout: No space left on device"
	done
	echo '{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"a.jpg"}}}]}' >event
	try_sh 'imgpl-trigger event >/dev/full'
	expect_status 1
}

@test "closed descriptors are failures, and no file of ours takes their place" {
	picture a.jpg
	records a.jpg >in
	try_sh 'imgpl-validate <&-'
	expect_status 1
	expect_in 'Bad file descriptor' "$stderr"
	for tool in imgpl-validate imgpl-resize imgpl-store imgpl-results; do
		try_sh "$tool in >&-"
		expect_status 1
		expect_messages "$tool: stdout: Bad file descriptor"
		try_sh "$tool <in 2>&-"
		expect_status 0
		try_sh "$tool in <&- >&- 2>&-"
		expect_status 1
	done
	identify processed/main/a.jpg
	expect_same ok "$(rows 'pragma integrity_check')"
}
