# What a tool tells people, on a terminal and elsewhere: colour, progress, hints.
load helper

@test "colour is for messages on terminals, unless told otherwise" {
	records missing.jpg >in
	red=$'\033[1;31m'
	on_terminal() { # on_terminal COMMAND: what it tells a terminal
		script -qec "$1" /dev/null </dev/null | tr -d '\r'
	}
	expect_in "${red}imgpl-validate:" "$(on_terminal 'imgpl-validate in >out')"
	expect_not_in "$red" "$(on_terminal 'imgpl-validate --color=never in >out')"
	expect_not_in "$red" "$(on_terminal 'NO_COLOR=1 imgpl-validate in >out')"
	expect_in "$red" "$(on_terminal 'NO_COLOR= imgpl-validate in >out')"
	expect_not_in "$red" "$(on_terminal 'TERM=dumb imgpl-validate in >out')"
	expect_in "$red" "$(on_terminal 'NO_COLOR=1 imgpl-validate --color=always in >out')"
	expect_not_in $'\033' "$(on_terminal 'imgpl-validate -q --color=always in')"
	try imgpl-validate in
	expect_not_in $'\033' "$stderr$output"
	try imgpl-validate --color=always in
	expect_in "$red" "$stderr"
	expect_not_in $'\033' "$output"
}

@test "whoever gives records from a terminal is told so" {
	seen=$(script -qec 'timeout --foreground 2 imgpl-validate >out' /dev/null </dev/null)
	expect_in "imgpl-validate: reading records from the terminal; see 'imgpl-validate -h'" "$(sed 's/\x1b\[[0-9;]*m//g' <<<"$seen")"
}

@test "progress as JSON is an object a line on stderr, the last with the sums" {
	pictures a.jpg b.jpg
	{
		records a.jpg missing.jpg b.jpg
		printf '{"key":"a.jpg","source":{"bytes":1000}}'
	} >in
	try imgpl-validate -q --progress=json in
	expect_status 1
	expect_same 4 "$(wc -l <<<"$output")"
	jq -e . >/dev/null <<<"$stderr"
	expect_same '{"done":4,"failed":1,"total":4,"bytes":1000}' \
		"$(tail -n 1 <<<"$stderr" | jq -c '{done,failed,total,bytes}')"
	expect_same '["done","failed","total","bytes","rate","eta"]' "$(tail -n 1 <<<"$stderr" | jq -c keys_unsorted)"
	try_sh 'cat in | imgpl-validate -q --progress=json'
	expect_same '[4,null,null]' "$(tail -n 1 <<<"$stderr" | jq -c '[.done,.total,.eta]')"
	try imgpl-list --progress=json
	expect_status 0
	expect_same 3 "$(tail -n 1 <<<"$stderr" | jq .done)"
}

@test "progress is told when asked for, and else on a terminal alone after two seconds" {
	pictures a.jpg
	records a.jpg >in
	try imgpl-validate in
	expect_messages
	try imgpl-validate --progress=never in
	expect_messages
	try imgpl-validate --progress=always in
	expect_in 'imgpl-validate: 1 of 1, 0 failed' "$stderr"
	expect_same $'\r\033[K' "${stderr: -4}"
	expect_not_in $'\n' "$stderr"
	expect_same '' "$(script -qec 'imgpl-validate in >out' /dev/null </dev/null)"
	expect_same '' "$(script -qec '(sleep 2.3; cat in) | imgpl-validate --progress=never >out' /dev/null </dev/null)"
	seen=$(script -qec '(sleep 2.3; cat in in) | imgpl-validate >out' /dev/null </dev/null)
	expect_in 'imgpl-validate: ' "$seen"
	expect_same $'\r\033[K' "${seen: -4}"
}

@test "a progress line is as wide as the terminal at most, and messages stand above it" {
	records missing.jpg a.jpg >in
	seen=$(script -qec 'stty cols 30; imgpl-validate --progress=always in >out' /dev/null </dev/null || true)
	longest=$(tr '\r\n' '\n\n' <<<"$seen" | sed 's/\x1b\[[0-9;]*[mK]//g' | grep 'failed\|of 2' | awk 'length > n { n = length } END { print n + 0 }')
	[ "$longest" -gt 0 ] && [ "$longest" -le 30 ] || fail "$longest columns: $seen"
	expect_in $'missing.jpg: No such file or directory\r\n' "$seen"
}

@test "counting records for the progress takes nothing from a pipe that has a name" {
	picture a.jpg
	mkfifo pipe
	records a.jpg a.jpg >records
	cat records >pipe 3>&- &
	LIMIT=10 try imgpl-validate -q --progress=json pipe
	expect_status 0
	expect_same 2 "$(wc -l <<<"$output")"
	end_of $! || fail 'the writer was not heard to the end'
}
