# Keys, names and messages of strangers: nothing is read or written outside the store, and nothing
# reaches a terminal that it would act on.
load helper

# Work in a store that has a secret beside it and things that lead there.
enter_store() {
	picture secret.jpg
	mkdir store
	cd store
	picture a.jpg
	find .. -type f -newermt '1 hour ago' -printf '%p %s %T@ %C@\n' | LC_ALL=C sort >"$BATS_TEST_TMPDIR/before"
}

# Nothing has changed but inside ./processed, and nothing was made outside.
expect_untouched() {
	find .. -type f -newermt '1 hour ago' ! -path '../store/processed/*' ! -name 'imgpl.db*' ! -name in -printf '%p %s %T@ %C@\n' |
		LC_ALL=C sort >"$BATS_TEST_TMPDIR/after"
	expect_same_file "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

# Make a record of a key given as it is.
record_of() { # record_of KEY
	jq -cn --arg key "$1" '{key: $key}'
}

@test "keys that lead out of the store, or are not one way to say it, are refused" {
	enter_store
	for key in ../secret.jpg ../store/a.jpg a/../../secret.jpg ./a.jpg a.jpg/. .. . / /etc/passwd "$PWD/a.jpg" "$PWD/../secret.jpg" \
		//a.jpg a//b.jpg a.jpg/ processed/../../secret.jpg uploads/../../secret.jpg 'uploads/../../../x.jpg' '..%2fsecret.jpg/../x'; do
		for tool in imgpl-validate imgpl-resize; do
			try $tool < <(record_of "$key")
			expect_status 1
			expect_json '["Imgpl.Invalid",false]' '[.error.type,.error.retry]'
			expect_same "$key" "$(jq -r .key <<<"$output")"
		done
	done
	expect_untouched
	[ ! -e processed ]
}

@test "buckets that lead out of the store are refused" {
	enter_store
	for bucket in .. . ../store a/.. / '' /etc; do
		for tool in imgpl-validate imgpl-resize; do
			try $tool < <(jq -cn --arg bucket "$bucket" '{bucket: $bucket, key: "secret.jpg"}')
			expect_status 1
			expect_json '"Imgpl.Invalid"' .error.type
		done
	done
	expect_untouched
}

@test "prefixes that lead out of the store put nothing there" {
	enter_store
	for option in --out-prefix=../ --out-prefix=/tmp/imgpl-out/ --out-prefix=a/../../ --out-prefix=../../ --out-prefix=x// --out-prefix=./ ; do
		try imgpl-resize $option < <(record_of a.jpg)
		[ "$status" = 1 ] || expect_status 2
	done
	[ ! -e /tmp/imgpl-out ]
	expect_untouched
	mkdir uploads
	picture 'uploads/a.jpg'
	try imgpl-resize --in-prefix=uploads < <(record_of uploads/a.jpg)
	[ ! -e ../a.jpg ]
	[ ! -e /a.jpg ]
}

@test "a key with a NUL or that is not UTF-8 is refused" {
	enter_store
	try imgpl-resize <<<'{"key":"a.jpg\u0000.png"}'
	expect_status 1
	expect_json '"Imgpl.Invalid"' .error.type
	printf '{"key":"a\xff.jpg"}\n{"key":"a\xc0\xae\xc0\xae/x.jpg"}\n' >in
	try imgpl-resize in
	expect_status 1
	expect_json '"Imgpl.Invalid"
"Imgpl.Invalid"' .error.type
	expect_untouched
}

@test "odd keys are names like any other, and come back as they were" {
	keys=('a+b.jpg' 'a%2e.jpg' '%2e%2e%2fsecret.jpg' 'a b.jpg' ' ' '-rf.jpg' '--version' '日本 é😀.jpg' "a'b\"c\\d.jpg" '*?[x].jpg'
		$'a\nb.jpg' $'a\rb.jpg' $'a\tb.jpg' $'\033[2J.jpg' $'\u202egpj.exe' '...' '.hidden.jpg' 'a..b/..c/d...jpg' '~root/x.jpg'
		'$(id).jpg' '`id`.jpg' 'a|b;c&d.jpg' 'http:/x.jpg' 'file:a.jpg' 'con.jpg' 'a:b.jpg' '#x?y=z.jpg')
	picture picture.jpg
	for key in "${keys[@]}"; do
		mkdir -p -- "$(dirname -- "./$key")"
		cp picture.jpg "./$key"
		record_of "$key"
	done >"$BATS_TEST_TMPDIR/in"
	try_sh 'imgpl-validate "$0" | imgpl-resize | imgpl-store | imgpl-results' "$BATS_TEST_TMPDIR/in"
	expect_status 0
	expect_messages
	expect_same "$(jq -c .key "$BATS_TEST_TMPDIR/in")" "$(jq -c .key <<<"$output")"
	expect_same ${#keys[@]} "$(jq -c .processed_key <<<"$output" | sort -u | wc -l)"
	jq -j '.processed_key + "\u0000"' <<<"$output" | LC_ALL=C sort -z >told
	find processed -type f -print0 | LC_ALL=C sort -z >made
	expect_same_file told made
}

@test "no symbolic link of the store is followed, to read or to write" {
	enter_store
	mkdir ../elsewhere real
	ln -s ../secret.jpg link.jpg
	ln -s .. up
	ln -s ../elsewhere folder
	ln -s a.jpg inner.jpg
	ln -s nowhere dangling.jpg
	ln -s /dev/zero zero.jpg
	for key in link.jpg up/secret.jpg folder/x.jpg inner.jpg dangling.jpg zero.jpg up/store/a.jpg; do
		for tool in imgpl-validate imgpl-resize; do
			try $tool < <(record_of "$key")
			expect_status 1
			expect_json '"Imgpl.Invalid"' .error.type
			expect_in 'symbolic link' "$output"
		done
	done
	for link in processed processed/main processed/main/a.jpg; do
		rm -rf processed
		[ "$link" = processed ] || mkdir -p "$(dirname $link)"
		if [ $link = processed/main/a.jpg ]; then
			ln -s "$PWD/../secret.jpg" $link
		else
			ln -s "$PWD/../elsewhere" $link
		fi
		try imgpl-resize < <(record_of a.jpg)
		expect_status 1
		expect_json '"Imgpl.Invalid"' .error.type
		[ -L $link ]
	done
	rm -rf processed
	expect_same '' "$(find ../elsewhere -mindepth 1)"
	expect_untouched
}

@test "a link in the place of a temporary file is not written through" {
	enter_store
	mkdir -p processed/main
	imgpl-resize < <(record_of a.jpg) >/dev/null
	mkfifo in
	# Learn the temporary file's name from a run that stops in the middle.
	convert -size 2000x1500 -seed 1 plasma: big.png
	(imgpl-resize < <(record_of big.png) >/dev/null) 3>&- &
	resize=$!
	wait_until compgen -G 'processed/main/.imgpl-*'
	name=$(compgen -G 'processed/main/.imgpl-*' | head -n 1)
	end_of $resize
	[ ! -e "$name" ]
	ln -s "$PWD/../secret.jpg" "$name"
	cp ../secret.jpg copy.jpg
	try imgpl-resize < <(record_of big.png)
	expect_status 0
	expect_same_file copy.jpg ../secret.jpg
	[ ! -L processed/main/big.png ]
}

@test "devices, pipes and folders in a picture's place are refused without waiting" {
	enter_store
	mkfifo pipe.jpg
	mkdir folder.jpg
	for key in pipe.jpg folder.jpg; do
		LIMIT=10 try imgpl-resize < <(record_of "$key")
		expect_status 1
		expect_json '"Imgpl.Invalid"' .error.type
	done
	mkdir -p processed/main
	mkfifo processed/main/a.jpg
	LIMIT=10 try imgpl-resize < <(record_of a.jpg)
	expect_status 1
	[ -p processed/main/a.jpg ]
}

@test "messages show what a terminal would act on as escapes" {
	key=$'\033[31m\a\b\n\r\u202e\u2066\u009b2J\u2028.jpg'
	record_of "$key" >in
	for tool in imgpl-validate imgpl-resize; do
		try $tool in
		expect_status 1
		expect_same "$tool: \\x1b[31m\\x07\\x08\\n\\r\\u202e\\u2066\\u009b2J\\u2028.jpg: No such file or directory" "$stderr"
		expect_same '\x1b[31m\x07\x08\n\r\u202e\u2066\u009b2J\u2028.jpg: No such file or directory' "$(jq -r .error.reason <<<"$output")"
		expect_same "$key" "$(jq -j .key <<<"$output")"
	done
	try imgpl-validate -v --bucket=$'\033[x' in
	expect_not_in $'\033' "$stderr"
	try imgpl-validate $'no\033file'
	expect_status 2
	expect_not_in $'\033' "$stderr"
	try imgpl-validate $'--no\033option'
	expect_not_in $'\033' "$stderr"
	try imgpl-validate --store=$'file:\033[2J'
	expect_not_in $'\033' "$stderr"
	try imgpl-store --table=$'sqlite:no/\033[2J' </dev/null
	expect_status 2
	expect_not_in $'\033' "$stderr"
	mkdir store
	touch store/$'\033[2J'
	ln -s nowhere store/$'\033]0;x\a'
	try imgpl-list --store=file:store
	expect_not_in $'\033' "$stderr$output"
	try imgpl-list --store=file:store $'/\033[2J'
	expect_status 2
	expect_not_in $'\033' "$stderr"
}

@test "a picture's own text reaches no terminal" {
	picture a.png
	cc -o profile "$TESTS/fixtures/profile.c" -llcms2 -lm
	./profile p3 | perl -pe 's/\0D\0i\0s\0p\0l\0a\0y/\0\x{1b}\0]\0s\0p\0l\0\x{07}/' >evil.icc
	convert a.png -profile evil.icc b.png
	try imgpl-validate < <(record_of b.png)
	expect_not_in $'\033' "$output$stderr"
	expect_not_in $'\a' "$output$stderr"
}

@test "markup in a key stays text in a record" {
	try imgpl-validate < <(record_of '</script><img src=x onerror=alert(1)>"{}')
	expect_status 1
	expect_same '</script><img src=x onerror=alert(1)>"{}' "$(jq -r .key <<<"$output")"
}

@test "long keys are refused or work, and messages about them still say why" {
	name=$(printf 'n%0254d' 0)
	deep=$(printf 'd/%.0s' {1..511})x
	mkdir -p "$(dirname "$deep")"
	picture a.jpg
	cp a.jpg "$name"
	cp a.jpg "$deep"
	try imgpl-validate < <(record_of "$name"; record_of "$deep"; record_of "${name}x"; record_of "$deep/y")
	expect_status 1
	expect_json '24
24
null
null' .image.width
	expect_in 'more than 255 bytes' "$(jq -r 'select(.error) | .error.reason' <<<"$output" | head -n 1)"
	try imgpl-resize < <(record_of "$name"; record_of "$deep")
	expect_status 1
	expect_same '' "$(jq -r '.error.type' <<<"$output" | grep -v 'Imgpl.Invalid\|null')"
	expect_same '' "$(find processed -name '.imgpl*' 2>/dev/null)"
}
