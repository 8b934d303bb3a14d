# Readers and writers that are slow, stop, or go away in the middle.
load helper

@test "a record that was begun when the signal came is whole" {
	convert -size 1600x1200 -seed 1 plasma:red-blue big.png
	for jobs in 1 2; do
		rm -rf in processed
		start imgpl-resize -j $jobs
		records big.png big.png >&"$to"
		wait_until test -e processed/main
		kill -TERM $tool
		finish
		exec {to}>&-
		expect_status 143
		expect_in 'stopped by a signal: ' "$stderr"
		expect_same "$jobs" "$(wc -l <<<"$output")"
		identify processed/main/big.png
		expect_same big.png "$(ls -A processed/main)"
	done
}

@test "a second signal ends a tool whose reader has stopped reading" {
	mkfifo in out
	imgpl-validate -q <in >out 3>&- &
	tool=$!
	exec {to}>in {from}<out
	seq -f '{"key":"%.0f"}' 3000 >&"$to" &
	sleep 0.5
	kill -TERM $tool
	sleep 0.2
	kill -0 $tool
	kill -TERM $tool
	wait_until is_gone $tool
	exec {to}>&- {from}<&-
}

@test "a slow reader gets every line once" {
	picture a.jpg
	seq 5000 | sed 's/.*/{"key":"a.jpg","n":&}/' >in
	for jobs in 1 3; do
		imgpl-validate -j $jobs in | (sleep 0.3 && cat) >out
		expect_same "$(seq 5000)" "$(jq .n out)"
	done
}

@test "pipes that do not block are waited for at both ends" {
	picture a.jpg
	seq 5000 | sed 's/.*/{"key":"a.jpg","n":&}/' >lines
	cat >unblocked <<-'P'
		use Fcntl;
		for my $file (*STDIN, *STDOUT) { fcntl($file, F_SETFL, O_NONBLOCK | fcntl($file, F_GETFL, 0)); }
		exec @ARGV;
	P
	for tool in 'imgpl-validate' 'imgpl-validate -j 3' 'imgpl-store'; do
		try_sh "(head -n 10 lines; sleep 0.2; tail -n +11 lines) | perl unblocked $tool | (sleep 0.3 && cat) >out; exit \${PIPESTATUS[1]}"
		expect_status 0
		expect_messages
		expect_same "$(seq 5000)" "$(jq .n out)"
	done
}

@test "messages of tools that share a terminal do not mix within a line" {
	seq -f '{"key":"missing-%05g.jpg"}' 2000 >in
	(imgpl-validate in & imgpl-resize -j 3 in & wait) >/dev/null 2>err
	expect_same '' "$(grep -Ev '^imgpl-(validate|resize): missing-[0-9]{5}\.jpg: No such file or directory$' err)"
	expect_same 4000 "$(wc -l <err)"
}
