# quick
# What may stand in a line, and what becomes of it.
load helper

setup_file() {
	compile peak.c peak
}

# Answer one line by each tool of the pipeline that keeps to one line in, one line out.
filters='imgpl-validate imgpl-resize imgpl-store imgpl-results'

@test "members that no tool sets come out byte for byte" {
	picture a.jpg
	line='{ "n" : 12345678901234567890123 ,"d":1.10,"e":1E+2,"z":-0.0,"u":"\u00e9\/\ud83d\ude00é日😀\u0000","key":"a.jpg","":[ 1 , {} ],"o":{"b":1,"a":{"a":null}},"t":"\t" }'
	printf '%s\n' "$line" >in
	for tool in $filters; do
		try $tool in
		expect_status 0
		expect_in "${line% \}}" "$output"
		expect_same "${line% \}}" "${output:0:$((${#line} - 2))}"
	done
}

@test "a whole pipeline only ever adds to the line" {
	picture a.jpg
	line='{"key":"a.jpg","mine":{"amount":1.10,"id":12345678901234567890123},"text":"\u00E9\/"'
	try_sh 'imgpl-validate | imgpl-resize | imgpl-store' <<<"$line}"
	expect_status 0
	expect_same "$line," "${output:0:$((${#line} + 1))}"
	expect_json '["key","mine","text","image","processed_key","renditions","status","created_at"]' keys_unsorted
}

@test "a member that a tool sets is set where it stands" {
	picture a.jpg
	try imgpl-validate <<<'{"image" : {"old":1.10} , "key":"a.jpg","i\u006dages":1}'
	expect_status 0
	expect_json 24 .image.width
	expect_in '} , "key":"a.jpg","i\u006dages":1}' "$output"
	expect_not_in old "$output"
}

@test "a key is what its JSON says, however it is spelled" {
	picture 'é b.jpg'
	try imgpl-validate <<<'{"k\u0065y":"\u00e9\u0020b.jpg"}'
	expect_status 0
	expect_json 24 .image.width
}

@test "an error that is null is none" {
	picture a.jpg
	try imgpl-validate <<<'{"key":"a.jpg","error":null}'
	expect_status 0
	expect_json 24 .image.width
}

@test "a record that failed travels through every tool untouched" {
	picture a.jpg
	line='{"key":"a.jpg", "error" : {"tool":"x","type":"Imgpl.Invalid","reason":"r\/","retry":false} ,"n":1.10}'
	for tool in imgpl-validate imgpl-resize imgpl-results imgpl-trigger; do
		try $tool <<<"$line"
		expect_status 1
		expect_same "$line" "$output"
		expect_messages
	done
	[ ! -e processed ]
}

# Lines that are no record, each with what the reason must say.
hostile() {
	printf '%s|%s\n' \
		'' 'empty' \
		'nonsense' 'not JSON' \
		'null' 'not a JSON object' \
		'[]' 'not a JSON object' \
		'7' 'not a JSON object' \
		'"key"' 'not a JSON object' \
		'{"key":"a.jpg"} x' 'more follows' \
		'{"key":"a.jpg"}{"key":"a.jpg"}' 'more follows' \
		"{'key':'a.jpg'}" 'not JSON' \
		'{"key":"a.jpg",}' 'comma' \
		'{"key":"a.jpg","n":NaN}' 'not JSON' \
		'{"key":"a.jpg","n":01}' 'not JSON' \
		'{"key":"a.jpg"/**/}' 'not JSON' \
		'{"key":"a.jpg"' 'breaks off' \
		'{"key":"a.jpg","s":"\ud800"}' 'surrogate' \
		'{"key":"a.jpg","key":"b.jpg"}' 'twice' \
		'{"key":"a.jpg","k\u0065y":"b.jpg"}' 'twice' \
		'{"key":"a.jpg","o":{"x":1,"x":2}}' 'twice' \
		'{}' 'no key' \
		'{"Key":"a.jpg"}' 'no key' \
		'{"key":null}' 'no key' \
		'{"key":7}' 'not a string' \
		'{"key":["a.jpg"]}' 'not a string' \
		'{"key":"a\u0000.jpg"}' 'NUL' \
		'{"key":""}' 'empty'
}

@test "a line that is no record gives an error record and its neighbours are answered" {
	picture a.jpg
	hostile >table
	{
		records a.jpg
		cut -d '|' -f 1 table
		records a.jpg
	} >in
	try imgpl-validate in
	expect_status 1
	lines=$(wc -l <in)
	expect_same "$lines" "$(wc -l <<<"$output")"
	expect_json 24 'select(input_line_number == 1) | .image.width'
	expect_same 24 "$(tail -n 1 <<<"$output" | jq .image.width)"
	sed '1d; $d' <<<"$output" >failed
	expect_same "$(seq -f '[%.0f,"imgpl-validate","Imgpl.Invalid",false]' 2 $((lines - 1)))" \
		"$(jq -c '[.line,.error.tool,.error.type,.error.retry]' failed)"
	expect_same "$(cut -d '|' -f 1 table)" "$(jq -r .input failed)"
	paste -d '\n' <(jq -r .error.reason failed) <(cut -d '|' -f 2 table) | while read -r reason && read -r why; do
		expect_in "$why" "$reason"
	done
	expect_same "$(jq -r '"imgpl-validate: line \(.line): \(.error.reason)"' failed)" "$stderr"
}

@test "bytes that are no UTF-8 and control characters fail their line alone, and are shown escaped" {
	picture a.jpg
	printf '{"key":"a\xff.jpg"}\n{"key":"a.jpg","s":"\xed\xa0\x80"}\n{"key":"a\033.jpg"}\n{"key":"a.jpg"}\n\xef\xbb\xbf{"key":"a.jpg"}\n' >in
	printf '{"key":"a\0b.jpg"}\n{"key":"a.jpg"}\0\n' >>in
	try imgpl-validate in
	expect_status 1
	expect_json '[1,"{\"key\":\"a\\xff.jpg\"}"]
[2,"{\"key\":\"a.jpg\",\"s\":\"\\xed\\xa0\\x80\"}"]
[3,"{\"key\":\"a\\x1b.jpg\"}"]
[null,null]
[5,"\\ufeff{\"key\":\"a.jpg\"}"]
[6,"{\"key\":\"a\\x00b.jpg\"}"]
[7,"{\"key\":\"a.jpg\"}\\x00"]' '[.line,.input]'
}

@test "nesting of 100,000 brackets fails its line alone" {
	picture a.jpg
	{
		printf '{"key":"a.jpg","x":%s%s}\n' "$(printf '%0100000d' 0 | tr 0 '[')" "$(printf '%0100000d' 0 | tr 0 ']')"
		printf '%s\n' "$(printf '%0100000d' 0 | sed 's/0/{"a":/g')"
		records a.jpg
	} >in
	try_measured imgpl-validate in
	expect_status 1
	expect_json '"not JSON: nesting too deep at byte 51"
"not JSON: nesting too deep at byte 161"
null' .error.reason
	expect_peak 32
}

@test "the input of an error record is the line's first KiB" {
	printf 'x%01023d\u00e9%05000d\n' 0 0 >in
	try imgpl-validate in
	expect_status 1
	expect_json 1024 '.input | length'
}

@test "a line of a mebibyte is taken, and one byte more is refused" {
	picture a.jpg
	for size in 1048576 1048577; do
		printf '{"key":"a.jpg","x":"%0*d"}\n' $((size - 22)) 0
	done >in
	expect_same 2097155 "$(wc -c <in)"
	try_sh 'imgpl-validate in >out'
	expect_status 1
	expect_same '[24,null] [null,"Imgpl.Limit"] ' "$(jq -c '[.image.width,.error.type]' out | tr '\n' ' ')"
	expect_messages 'imgpl-validate: line 2: the line is longer than 1048576 bytes'
}

@test "the last line may lack its newline and gets one" {
	picture a.jpg
	printf '{"key":"a.jpg"}\n{"key":"a.jpg"}' >in
	imgpl-validate in >out
	expect_same 2 "$(wc -l <out)"
}

@test "a line that ends as on Windows is a record" {
	picture a.jpg
	printf '{"key":"a.jpg"}\r\n' >in
	try imgpl-validate in
	expect_status 0
	expect_json 24 .image.width
}

@test "a key of 1024 bytes is a key, and a longer one is over the limit" {
	key=$(printf 'k%01023d' 0)
	try imgpl-validate <<<"{\"key\":\"$key\"}"$'\n'"{\"key\":\"${key}0\"}"
	expect_status 1
	expect_json '[null,"Imgpl.Invalid"]
[2,"Imgpl.Limit"]' '[.line,.error.type]'
}

@test "a line that is no record is told once, and goes through the pipeline untouched, and makes no row" {
	picture a.jpg
	printf 'nonsense\n{"key":7}\n{"key":"a.jpg"}\n' >in
	imgpl-validate in >validated 2>/dev/null || true
	try_sh 'imgpl-resize validated | imgpl-store | imgpl-results >out'
	expect_status 1
	expect_messages
	head -n 2 validated >expected
	head -n 2 out >found
	expect_same_file expected found
	expect_same a.jpg "$(rows 'select image_key from images')"
}

@test "the failed lines of a run are input again when their error is taken off" {
	picture a.jpg
	records a.jpg b.jpg >in
	try_sh 'imgpl-validate in | imgpl-resize | imgpl-store >out'
	expect_status 1
	picture b.jpg
	jq -c 'select(.error) | del(.error)' out >again
	expect_same 1 "$(wc -l <again)"
	try_sh 'imgpl-validate again | imgpl-resize | imgpl-store'
	expect_status 0
	expect_json '["b.jpg","COMPLETE"]' '[.key,.status]'
	expect_same 'a.jpg|COMPLETE b.jpg|COMPLETE ' "$(rows 'select image_key, status from images order by 1' | tr '\n' ' ')"
}
