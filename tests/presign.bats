# imgpl-presign: URLs to upload pictures with. What they are to be is worked out here once more, with
# openssl and perl; no network, no account.
load helper

at=2013-05-24T00:00:00Z now=20130524T000000Z

setup_file() {
	local name

	for name in $(compgen -e AWS_ || true); do
		unset "$name"
	done
	export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
	export AWS_REGION=eu-west-1 AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
	export AWS_EC2_METADATA_DISABLED=true
}

# Encode the bytes of standard input as a part of a URL; of a path, slashes are kept.
encode() { # encode [/]
	perl -0777 -pe 's{([^A-Za-z0-9._~'"${1:-}"'-])}{sprintf "%%%02X", ord $1}ge'
}

# Sign standard input, as hexadecimal digits, with a key of such.
hmac() { # hmac KEY
	openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r | cut -d ' ' -f 1
}

# Write the key that signs all of a day, worked out once.
signing_key() { # signing_key DAY
	local file=$BATS_FILE_TMPDIR/key-$1-$AWS_REGION key part

	if [ ! -e "$file" ]; then
		key=$(printf %s "AWS4$AWS_SECRET_ACCESS_KEY" | od -An -v -tx1 | tr -d ' \n')
		for part in "$1" "$AWS_REGION" s3 aws4_request; do
			key=$(printf %s "$part" | hmac "$key")
		done
		printf %s "$key" >"$file"
	fi
	cat "$file"
}

# Write the URL that is right at the time $now by the settings of the environment. Headers, which are
# named in small letters, are signed besides the host.
right_url() { # right_url METHOD ORIGIN PATH SECONDS [HEADER:VALUE]...
	local method=$1 origin=$2 path=$3 seconds=$4 day=${now%T*} scope query names part request

	shift 4
	scope=$day/$AWS_REGION/s3/aws4_request
	names=$(printf '%s\n' "$@" host | cut -d : -f 1 | sed '/^$/d' | sort | paste -s -d ';')
	query=X-Amz-Algorithm=AWS4-HMAC-SHA256
	query+="&X-Amz-Credential=$(printf %s "$AWS_ACCESS_KEY_ID/$scope" | encode)"
	query+="&X-Amz-Date=$now&X-Amz-Expires=$seconds"
	[ -z "${AWS_SESSION_TOKEN:-}" ] ||
		query+="&X-Amz-Security-Token=$(printf %s "$AWS_SESSION_TOKEN" | encode)"
	query+="&X-Amz-SignedHeaders=$(printf %s "$names" | encode)"
	request=$(
		printf '%s\n' "$method" "$path" "$query"
		printf '%s\n' "$@" "host:${origin#*://}" | sed '/^$/d' | sort
		printf '\n%s\nUNSIGNED-PAYLOAD' "$names"
	)
	part=$(printf %s "$request" | sha256sum | cut -d ' ' -f 1)
	printf '%s%s?%s&X-Amz-Signature=%s\n' "$origin" "$path" "$query" \
		"$(printf 'AWS4-HMAC-SHA256\n%s\n%s\n%s' "$now" "$scope" "$part" | hmac "$(signing_key "$day")")"
}

# Sign one record at the time $at.
presign() { # presign RECORD [OPTION]...
	local record=$1

	shift
	try imgpl-presign --at=$at --bucket=photos "$@" <<<"$record"
}

wish='{"key":"uploads/a.jpg","content_type":"image/jpeg","bytes":482113}'
virtual=https://photos.s3.eu-west-1.amazonaws.com

# The one URL in $output is this, and all is well.
expect_url() { # expect_url URL
	expect_status 0
	expect_messages
	expect_same "$1" "$(jq -r '(.upload // .download).url' <<<"$output")"
}

# The record was refused, as this type and for this reason, and nothing else was changed.
expect_refused() { # expect_refused RECORD TYPE REASON
	expect_status 1
	expect_same "${1%\}}" "${output%,\"error\":*}"
	expect_json "[\"imgpl-presign\",\"Imgpl.$2\",false]" '.error | [.tool,.type,.retry]'
	expect_same "$3" "$(jq -r .error.reason <<<"$output")"
	expect_messages "imgpl-presign: $3"
}

# Nothing was read or written, and the message is this.
expect_misuse() { # expect_misuse PART
	expect_status 2
	expect_same '' "$output"
	expect_in "$1" "$stderr"
}

# An event of API Gateway: a request with a body.
event() { # event METHOD PATH [BODY [SUB]]
	jq -cn --arg method "$1" --arg path "$2" --arg body "${3:-}" --arg sub "${4:-}" '
		{version: "2.0", rawPath: $path, rawQueryString: "", headers: {"content-type": "application/json"},
		requestContext: ({http: {method: $method, path: $path}, stage: "$default"} +
			if $sub == "" then {} else {authorizer: {jwt: {claims: {sub: $sub}}}} end),
		isBase64Encoded: false} + if $body == "" then {} else {body: $body} end'
}

# Answer one event, and keep the answer's status in $code and its body in $body.
answer() { # answer EVENT [OPTION]...
	local event=$1

	shift
	try imgpl-presign --at=$at --bucket=photos "$@" <<<"$event"
	{
		read -r members
		read -r code
		read -r body
	} < <(jq -r '(keys | tojson), .statusCode, .body' <<<"$output")
	expect_same '["body","headers","statusCode"]' "$members"
}

expect_answer() { # expect_answer CODE [BODY]
	expect_status 0
	expect_messages
	expect_same "$1" "$code"
	[ $# = 1 ] || expect_same "$2" "$body"
}

@test "an upload is signed as AWS says, with the content type and the length" {
	presign "$wish"
	expect_url "$(right_url PUT $virtual /uploads/a.jpg 300 content-length:482113 content-type:image/jpeg)"
	expect_json '["PUT",{"Content-Type":"image/jpeg"},"2013-05-24T00:05:00Z"]' \
		'.upload | [.method,.headers,.expires_at]'
	expect_in 'X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&' "$output"
}

@test "a download is signed as AWS says" {
	presign '{"key":"processed/main/a.jpg"}' --method=GET --expires=86400
	expect_url "$(right_url GET $virtual /processed/main/a.jpg 86400)"
	expect_json '{"method":"GET","expires_at":"2013-05-25T00:00:00Z"}' '.download | del(.url)'
	expect_json null .upload
}

@test "an upload that may replace nothing has that signed" {
	presign "$wish" --once
	expect_url "$(right_url PUT $virtual /uploads/a.jpg 300 content-length:482113 content-type:image/jpeg \
		'if-none-match:*')"
	expect_json '{"Content-Type":"image/jpeg","If-None-Match":"*"}' .upload.headers
	presign '{"key":"a"}' --once --method=GET
	expect_url "$(right_url GET $virtual /a 300)"
}

@test "a session's token is signed" {
	export AWS_SESSION_TOKEN='FwoGZXIvYXdz+/EXAMPLE//TOKEN=='
	presign "$wish"
	expect_url "$(right_url PUT $virtual /uploads/a.jpg 300 content-length:482113 content-type:image/jpeg)"
	expect_in '&X-Amz-Security-Token=FwoGZXIvYXdz%2B%2FEXAMPLE%2F%2FTOKEN%3D%3D&' "$output"
}

@test "the time is that of the clock, unless it is told" {
	before=$(date -u +%Y%m%dT%H%M%SZ)
	try imgpl-presign --bucket=photos <<<"$wish"
	found=$(sed 's/.*X-Amz-Date=\([0-9TZ]*\)&.*/\1/' <<<"$output")
	[[ ! $found < $before && ! $found > $(date -u +%Y%m%dT%H%M%SZ) ]]
	now=20151230T123600Z
	SOURCE_DATE_EPOCH=1451478960 try imgpl-presign --bucket=photos <<<"$wish"
	expect_url "$(right_url PUT $virtual /uploads/a.jpg 300 content-length:482113 content-type:image/jpeg)"
}

@test "a stream that goes on past midnight is signed with the next day's key" {
	for now in 20151230T235959Z 20151231T000000Z; do
		at=${now:0:4}-${now:4:2}-${now:6:5}:${now:11:2}:${now:13:3}
		presign "$wish"
		expect_url "$(right_url PUT $virtual /uploads/a.jpg 300 content-length:482113 content-type:image/jpeg)"
	done
}

@test "what is no picture's type is not taken" {
	for type in image/svg+xml image/gif image/JPEG 'image/jpeg; q=1' text/html ' image/png'; do
		record="{\"content_type\":\"$type\",\"bytes\":3,\"key\":\"k\"}"
		presign "$record"
		expect_refused "$record" Invalid "k: type '$type' is not taken, but image/jpeg, image/png, image/webp"
	done
	presign '{"content_type":"image/\u001b[1m\n","bytes":3}'
	expect_status 1
	expect_not_in $'\e' "$stderr"
	expect_same 1 "$(wc -l <<<"$stderr")"
}

@test "a type that is missing or no text is refused" {
	for record in '{"bytes":3}' '{"content_type":null,"bytes":3}' '{"content_type":["image/png"],"bytes":3}'; do
		presign "$record"
		expect_refused "$record" Invalid 'content_type is missing, or not a text'
	done
}

@test "a size that is missing, no whole number, nothing or too much is refused" {
	for bytes in '' ',"bytes":"3"' ',"bytes":3.0' ',"bytes":null' ',"bytes":[3]' ',"bytes":1e3'; do
		record="{\"content_type\":\"image/png\"$bytes}"
		presign "$record"
		expect_refused "$record" Invalid 'bytes is missing, or not a whole number'
	done
	for bytes in 0 -1 -9223372036854775808; do
		record="{\"content_type\":\"image/png\",\"bytes\":$bytes}"
		presign "$record"
		expect_refused "$record" Limit "size $bytes is no picture's"
	done
	for bytes in 67108865 9223372036854775807; do
		record="{\"content_type\":\"image/png\",\"bytes\":$bytes}"
		presign "$record"
		expect_refused "$record" Limit "size $bytes is more than 67108864 bytes"
	done
	presign '{"content_type":"image/png","bytes":18446744073709551617}'
	expect_status 1
	expect_json '"Imgpl.Limit"' .error.type
}

@test "the largest size is the one that is told" {
	presign '{"content_type":"image/webp","bytes":1024}' --max-bytes=1k
	expect_status 0
	presign '{"content_type":"image/webp","bytes":1025}' --max-bytes=1k
	expect_status 1
	expect_json '"Imgpl.Limit"' .error.type
}

@test "members come out byte for byte as they came in, and those that are set come last" {
	line='{ "n":1.10, "content_type":"image\/png" ,"é":"\u00e9","bytes": 12, "big":12345678901234567890123,"key":"k\u0020k"'
	presign "$line }"
	expect_status 0
	expect_same "$line,\"bucket\":\"photos\",\"upload\"" "${output%%:\{\"url\"*}"
	expect_in "$virtual/k%20k?" "$output"
}

@test "a key that is made is a UUID below uploads/, in the suffix of its type" {
	for type in jpeg:jpg png:png webp:webp; do
		presign "{\"content_type\":\"image/${type%:*}\",\"bytes\":1}"
		expect_status 0
		key=$(jq -r .key <<<"$output")
		[[ $key =~ ^uploads/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.${type#*:}$ ]] ||
			fail "a key: $key"
		expect_url "$(right_url PUT $virtual "/$key" 300 content-length:1 "content-type:image/${type%:*}")"
	done
}

@test "no key is made twice, by one run or by several at the same time" {
	for run in 1 2 3; do
		yes '{"content_type":"image/png","bytes":1}' | head -n 400 |
			imgpl-presign --at=$at --bucket=photos | jq -r .key >keys.$run
	done
	expect_same 1200 "$(sort -u keys.* | wc -l)"
}

@test "the bucket is the record's, else that of the option, the variable, or the store" {
	presign '{"content_type":"image/png","bytes":1,"bucket":"cats"}' --store=s3:dogs
	expect_json '"cats"' .bucket
	expect_in https://cats.s3. "$output"
	presign "$wish" --store=s3:dogs
	expect_json '"photos"' .bucket
	UPLOAD_BUCKET=birds try imgpl-presign --store=s3:dogs <<<"$wish"
	expect_json '"birds"' .bucket
	try imgpl-presign --store=s3:dogs <<<"$wish"
	expect_json '"dogs"' .bucket
	IMGPL_STORE=s3:cows try imgpl-presign <<<"$wish"
	expect_json '"cows"' .bucket
	expect_in https://cows.s3. "$output"
}

@test "a bucket that can be none is refused" {
	for bucket in '"ab"' '"a/b"' '"a b"' '"a?b"' '"..."' '"bücket"' '"a@b.example"' '"a:80"'; do
		presign "{\"content_type\":\"image/png\",\"bytes\":1,\"key\":\"k\",\"bucket\":$bucket}"
		expect_status 1
		expect_json '["Imgpl.Invalid","k: '"'${bucket//\"/}'"' is no name of a bucket"]' '.error | [.type,.reason]'
		expect_json null .upload
	done
	for bucket in 7 '""' '["photos"]' '"photos\u0000"'; do
		presign "{\"content_type\":\"image/png\",\"bytes\":1,\"bucket\":$bucket}"
		expect_status 1
		expect_json '["Imgpl.Invalid","the bucket is not a string, or empty",null]' \
			'[.error.type,.error.reason,.upload]'
	done
}

@test "a bucket with dots or capitals, or longer than a label, is a part of the path" {
	long=$(printf 'a%.0s' {1..64})
	for bucket in my.photos Photos under_score a..b -ab ab- "$long"; do
		presign "{\"content_type\":\"image/png\",\"bytes\":1,\"key\":\"k\",\"bucket\":\"$bucket\"}"
		expect_url "$(right_url PUT https://s3.eu-west-1.amazonaws.com "/$bucket/k" 300 content-length:1 \
			content-type:image/png)"
	done
	bucket=${long:1}
	presign "{\"content_type\":\"image/png\",\"bytes\":1,\"key\":\"k\",\"bucket\":\"$bucket\"}"
	expect_url "$(right_url PUT "https://$bucket.s3.eu-west-1.amazonaws.com" /k 300 content-length:1 \
		content-type:image/png)"
}

@test "every region has its own host, and those of other partitions their own domains" {
	for AWS_REGION in us-east-1 ap-southeast-4 us-gov-west-1 cn-north-1 us-iso-east-1 us-isob-east-1 \
		us-isof-south-1 eu-isoe-west-1 eusc-de-east-1; do
		export AWS_REGION
		case $AWS_REGION in
		cn-*) domain=amazonaws.com.cn ;;
		us-iso-*) domain=c2s.ic.gov ;;
		us-isob-*) domain=sc2s.sgov.gov ;;
		us-isof-*) domain=csp.hci.ic.gov ;;
		eu-isoe-*) domain=cloud.adc-e.uk ;;
		eusc-*) domain=amazonaws.eu ;;
		*) domain=amazonaws.com ;;
		esac
		presign '{"key":"k"}' --method=GET
		expect_url "$(right_url GET "https://photos.s3.$AWS_REGION.$domain" /k 300)"
	done
}

@test "the region may be the other variable's, or a profile's" {
	unset AWS_REGION
	printf '[default]\nregion = eu-south-2\n[profile mine]\nregion = sa-east-1\n' >config
	export AWS_CONFIG_FILE=$PWD/config
	presign '{"key":"k"}' --method=GET
	expect_in .s3.eu-south-2.amazonaws.com/ "$output"
	AWS_PROFILE=mine presign '{"key":"k"}' --method=GET
	expect_in .s3.sa-east-1.amazonaws.com/ "$output"
	AWS_DEFAULT_REGION=ca-west-1 presign '{"key":"k"}' --method=GET
	expect_in .s3.ca-west-1.amazonaws.com/ "$output"
}

@test "what stands in for S3 has the bucket in its path, behind its own" {
	for url in http://127.0.0.1:9000 http://localhost:9000/ https://s3.example:443 http://127.0.0.1:80/s3/ \
		https://s3.example/a%20b; do
		export AWS_ENDPOINT_URL_S3=$url
		origin=$(sed 's,^\(https*://[^/]*\).*,\1,; s,^\(https://.*\):443$,\1,; s,^\(http://.*\):80$,\1,' <<<"$url")
		path=$(sed 's,^https*://[^/]*,,; s,/$,,' <<<"$url")
		presign '{"key":"k"}' --method=GET
		expect_url "$(right_url GET "$origin" "$path/photos/k" 300)"
	done
	unset AWS_ENDPOINT_URL_S3
	AWS_ENDPOINT_URL=http://127.0.0.1:9001 presign '{"key":"k"}' --method=GET
	expect_in http://127.0.0.1:9001/photos/k? "$output"
}

@test "a key is encoded once, and none of it is resolved" {
	keys=('a b' 'a+b' 'a%20b' '100%' ../../etc/passwd uploads/../x ./x 'a//b' //two /lead trailing/ . .. ~tilde
		'?q=1&r' '#hash' 'ümläut/日本/😀.png' "quote'" 'back\slash' '<&>' '*!()' '=@,;:$' $'line\nfeed\r'
		$'\e[1m' $'\x7f' "$(printf 'k%.0s' {1..1024})" "$(printf 'é%.0s' {1..512})")
	jq -cn '$ARGS.positional[] | {key: .}' --args -- "${keys[@]}" >in
	for key in "${keys[@]}"; do
		right_url GET $virtual "/$(printf %s "$key" | encode /)" 300
	done >urls
	try imgpl-presign --at=$at --bucket=photos --method=GET in
	expect_url "$(cat urls)"
	expect_same "$(cat in)" "$(sed 's/,"bucket":.*/}/' <<<"$output")"
}

@test "a key that can be none is refused" {
	record="{\"content_type\":\"image/png\",\"bytes\":1,\"key\":\"$(printf 'k%.0s' {1..1025})\"}"
	for method in PUT GET; do
		presign "$record" --method=$method
		expect_status 1
		expect_json '["Imgpl.Limit",null]' '[.error.type,.upload]'
		for key in '""' 7 '"a\u0000b"'; do
			presign "{\"content_type\":\"image/png\",\"bytes\":1,\"key\":$key}" --method=$method
			expect_status 1
			expect_json '["Imgpl.Invalid",null,null]' '[.error.type,.upload,.download]'
		done
	done
	presign '{"content_type":"image/png","bytes":1}' --method=GET
	expect_status 1
	expect_json '"no key"' .error.reason
}

@test "a URL holds from one second to seven days, and for no other time" {
	for seconds in 1 604800; do
		presign '{"key":"k"}' --method=GET --expires=$seconds
		expect_url "$(right_url GET $virtual /k $seconds)"
	done
	for seconds in 0 -1 604801 '' x 1.5 5m 99999999999999999999; do
		presign '{"key":"k"}' --expires="$seconds"
		expect_misuse --expires=
	done
}

@test "no URL holds for longer than the keys do" {
	until=$(date -u -d '+1000 seconds' +%Y-%m-%dT%H:%M:%SZ)
	printf '[default]\ncredential_process = cat %s/keys\n' "$PWD" >config
	printf '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t","Expiration":"%s"}' \
		"$until" >keys
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	export AWS_CONFIG_FILE=$PWD/config
	try imgpl-presign --bucket=photos --expires=500 <<<"$wish"
	expect_in '&X-Amz-Expires=500&' "$output"
	try imgpl-presign --bucket=photos --expires=86400 <<<"$wish"
	expect_status 0
	expect_json "\"$until\"" .upload.expires_at
	[[ $output =~ X-Amz-Expires=(9[0-9][0-9]|1000)\& ]] || fail "$output"
	try imgpl-presign --bucket=photos --at="$until" <<<"$wish"
	expect_status 1
	expect_json '["Imgpl.Internal","uploads/a.jpg: the credentials expire before the URL could be used"]' \
		'.error | [.type,.reason]'
}

@test "what is not set is named, and nothing is read" {
	try imgpl-presign <<<"$wish"
	expect_misuse 'which bucket? --bucket=NAME, UPLOAD_BUCKET or --store=s3:BUCKET'
	for store in file:. file: sqlite:x s3 ''; do
		try imgpl-presign --bucket=photos --store="$store" <<<"$wish"
		expect_misuse "--store=$store: URLs are signed for S3 alone, s3:BUCKET"
	done
	for bucket in a/b .. ... 'a b' ab; do
		try imgpl-presign --bucket="$bucket" <<<"$wish"
		expect_misuse "'$bucket' is no name of a bucket"
		try imgpl-resize --store="s3:$bucket" <<<"$wish"
		expect_misuse "'$bucket' is no name of a bucket"
	done
	IMGPL_STORE=file:. try imgpl-presign --bucket=photos <<<"$wish"
	expect_misuse 's3:BUCKET'
	try imgpl-presign --bucket=photos --method=DELETE <<<"$wish"
	expect_misuse '--method=DELETE: want PUT or GET'
	AWS_REGION='' try imgpl-presign --bucket=photos <<<"$wish"
	expect_misuse 'no region: set AWS_REGION, or region in the AWS profile'
	for region in eu/west - eu-west- -eu-west EU-WEST-1; do
		AWS_REGION=$region try imgpl-presign --bucket=photos <<<"$wish"
		expect_misuse "'$region' is no name of a region"
	done
	AWS_ENDPOINT_URL_S3=ftp://127.0.0.1 try imgpl-presign --bucket=photos <<<"$wish"
	expect_misuse ftp://127.0.0.1
	AWS_ENDPOINT_URL_S3=http://user:password@127.0.0.1 try imgpl-presign --bucket=photos <<<"$wish"
	expect_misuse 'not a URL of host, port and path alone'
	expect_not_in password "$stderr"
	AWS_PROFILE=nobody try imgpl-presign --bucket=photos <<<"$wish"
	expect_misuse "AWS_PROFILE is 'nobody'"
	AWS_SECRET_ACCESS_KEY='' try imgpl-presign --bucket=photos <<<"$wish"
	expect_misuse 'the environment: there is no secret access key'
	AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' try imgpl-presign --bucket=photos <<<"$wish"
	expect_misuse 'no credentials in the environment, the AWS profile, a container or an instance'
}

@test "a record that failed before passes through, and its neighbours are signed" {
	failed='{"key":"b","error":{"tool":"x","type":"Imgpl.Transient","reason":"r","retry":true},"n":1.0}'
	try imgpl-presign --bucket=photos <<<"$wish
$failed
nonsense
$wish"
	expect_status 1
	expect_same "$failed" "$(sed -n 2p <<<"$output")"
	expect_same 'PUT null null PUT' "$(jq -r '.upload.method' <<<"$output" | paste -s -d ' ')"
	expect_same 3 "$(sed -n 3p <<<"$output" | jq .line)"
	try imgpl-presign --bucket=photos <<<"$failed"
	expect_status 75
}

@test "an answer does not wait for another line" {
	start imgpl-presign --bucket=photos
	for line in "$wish" "$(event GET /limits)"; do
		echo "$line" >&"$to"
		wait_until has_lines out $((++lines))
	done
	exec {to}>&-
	finish
	expect_status 0
}

@test "twenty thousand records come out in order, each with a key of its own" {
	seq -f '{"n":%.0f,"content_type":"image/png","bytes":7}' 20000 >in
	try_sh 'imgpl-presign --bucket=photos --at=$0 in >out' $at
	expect_status 0
	expect_same "$(seq 20000 | sha256sum)" "$(jq .n out | sha256sum)"
	expect_same 20000 "$(jq -r .key out | sort -u | wc -l)"
	record=$(tail -n 1 out)
	expect_same "$(right_url PUT $virtual "/$(jq -r .key <<<"$record")" 300 content-length:7 content-type:image/png)" \
		"$(jq -r .upload.url <<<"$record")"
}

@test "an event that asks for an upload is answered as API Gateway wants it" {
	answer "$(event POST /upload-url '{"contentType":"image/webp","size":99}')"
	expect_answer 200
	expect_json '{"content-type":"application/json","cache-control":"no-store"}' .headers
	key=$(jq -r .key <<<"$body")
	[[ $key =~ ^uploads/[0-9a-f-]{36}\.webp$ ]] || fail "$key"
	expect_same "$(right_url PUT $virtual "/$key" 300 content-length:99 content-type:image/webp)" \
		"$(jq -r .uploadUrl <<<"$body")"
	expect_same '{"headers":{"Content-Type":"image/webp"},"expiresAt":"2013-05-24T00:05:00Z"}' \
		"$(jq -c '{headers,expiresAt}' <<<"$body")"
}

@test "options hold for events, too" {
	answer "$(event POST /upload-url '{"contentType":"image/webp","size":99}')" --once --expires=60
	expect_answer 200
	key=$(jq -r .key <<<"$body")
	expect_same "$(right_url PUT $virtual "/$key" 60 content-length:99 content-type:image/webp 'if-none-match:*')" \
		"$(jq -r .uploadUrl <<<"$body")"
	expect_same '*' "$(jq -r '.headers."If-None-Match"' <<<"$body")"
	answer "$(event POST /upload-url '{"contentType":"image/webp","size":99}')" --max-bytes=98
	expect_answer 400
}

@test "several files are granted in order, or refused together" {
	answer "$(event POST /upload-url '{"files":[{"contentType":"image/png","size":1},{"contentType":"image/jpeg","size":2}]}')"
	expect_answer 200
	expect_same 'png jpg' "$(jq -r '[.uploads[].key | sub(".*[.]"; "")] | join(" ")' <<<"$body")"
	for i in 0 1; do
		key=$(jq -r ".uploads[$i].key" <<<"$body")
		types=(png jpeg)
		expect_same "$(right_url PUT $virtual "/$key" 300 content-length:$((i + 1)) content-type:image/${types[i]})" \
			"$(jq -r ".uploads[$i].uploadUrl" <<<"$body")"
	done
	answer "$(event POST /upload-url '{"files":[{"contentType":"image/png","size":1},{"contentType":"image/gif","size":2}]}')"
	expect_answer 400 "{\"error\":\"files[1]: type 'image/gif' is not taken, but image/jpeg, image/png, image/webp\"}"
	files=$(jq -cn '{files: [range(51) | {contentType: "image/png", size: 1}]}')
	answer "$(event POST /upload-url "$files")"
	expect_answer 400 '{"error":"51 files are more than 50 at once"}'
	answer "$(event POST /upload-url "$(jq -c 'del(.files[0])' <<<"$files")")"
	expect_answer 200
	expect_same 50 "$(jq '[.uploads[].key] | unique | length' <<<"$body")"
}

@test "a request that is wrong is a 400 that says why, and no failure" {
	cat >wrong <<-'END'
		|the body
		{}|contentType is missing
		[]|not an object
		{"contentType":"image/png"}|size is missing
		{"size":1}|contentType is missing
		{"contentType":"image/png","size":"1"}|whole number
		{"contentType":"image/png","size":0}|no picture's
		{"contentType":"image/svg+xml","size":1}|image/svg+xml
		{"files":[]}|files is empty
		{"files":{}}|files is not an array
		{"files":[],"size":1}|either files
		{"contentType":"image/png","size":1} x|the body
		{"contentType":"image/png","size":1,"size":2}|the body
	END
	event POST /upload-url >event
	jq -Rc --slurpfile event event '$event[0] + {body: sub("[|].*"; "")}' wrong >in
	try imgpl-presign --bucket=photos in
	expect_status 0
	expect_messages
	while IFS='|' read -r answer why; do
		expect_same 400 "$(jq .statusCode <<<"$answer")"
		expect_in "$why" "$answer"
	done < <(paste -d '|' - <(sed 's/.*|//' wrong) <<<"$output")
	expect_same '["error"]' "$(jq -c '.body | fromjson | keys' <<<"$output" | sort -u)"
}

@test "events of the formats 1.0 and 2.0, of REST APIs and in base64, are the same request" {
	wished='{"contentType":"image/png","size":5}'
	encoded=$(base64 -w 0 <<<"$wished")
	while read -r event; do
		answer "${event/BODY/"$(jq -Rn --arg text "$wished" '$text')"}"
		expect_answer 200
		expect_in 'content-length%3Bcontent-type%3Bhost' "$(jq -r .uploadUrl <<<"$body")"
	done <<-END
		{"version":"2.0","rawPath":"/upload-url","requestContext":{"http":{"method":"POST"}},"body":BODY}
		{"version":"2.0","rawPath":"/v1/upload-url","requestContext":{"stage":"v1","http":{"method":"POST"}},"body":BODY}
		{"version":"2.0","rawPath":"/upload-url","requestContext":{"http":{"method":"POST"}},"body":"$encoded","isBase64Encoded":true}
		{"version":"1.0","httpMethod":"POST","path":"/upload-url","requestContext":{},"body":BODY,"isBase64Encoded":false}
		{"httpMethod":"POST","path":"/upload-url","resource":"/upload-url","requestContext":{"stage":"dev"},"body":"$encoded","isBase64Encoded":true}
	END
}

@test "an event that is wrongly made is a 400, and no failure" {
	while IFS='|' read -r members why; do
		answer "{\"path\":\"/upload-url\",\"requestContext\":{},$members}"
		expect_answer 400 "{\"error\":\"$why\"}"
	done <<-'END'
		"httpMethod":"POST","isBase64Encoded":true,"body":"%"|body is not base64
		"httpMethod":"POST","body":7|body is not a text
		"httpMethod":"POST","isBase64Encoded":"no","body":"{}"|isBase64Encoded is neither true nor false
		"httpMethod":"POST","version":"3.0"|version 3.0 is not known
		"httpMethod":null|httpMethod is missing
		"version":"2.0"|method is missing
	END
}

@test "an owner's uploads go below a prefix that is the owner's alone" {
	wished='{"contentType":"image/png","size":5}'
	for sub in '1a2b3c4d-0000-4000-8000-00000000000f:1a2b3c4d-0000-4000-8000-00000000000f' 'auth0|ann:auth0_7cann' \
		'../x:_2e_2e_2fx' 'a/b:a_2fb' 'a_2fb:a_5f2fb' 'é:_c3_a9'; do
		answer "$(event POST /upload-url "$wished" "${sub%:*}")"
		expect_answer 200
		key=$(jq -r .key <<<"$body")
		[[ $key =~ ^uploads/${sub##*:}/[0-9a-f-]{36}\.png$ ]] || fail "${sub%:*}: $key"
		expect_in "$virtual/$key?" "$body"
	done
	answer "$(event POST /upload-url "$wished" u | jq -c '.requestContext.authorizer.jwt.claims = {}')"
	expect_answer 400 '{"error":"sub is missing"}'
}

@test "limits are told, and other paths and methods are not there" {
	answer "$(event GET /limits)"
	expect_answer 200 '{"contentTypes":["image/jpeg","image/png","image/webp"],"maxSize":67108864,"maxFiles":50}'
	answer "$(event GET /limits)" --max-bytes=1m
	expect_same 1048576 "$(jq .maxSize <<<"$body")"
	for path in / /results /upload-ur /limits/ ''; do
		answer "$(event GET "$path")"
		expect_answer 404 '{"error":"no such path"}'
	done
	answer "$(event GET /upload-url)"
	expect_answer 405
	expect_json '"POST"' .headers.allow
	answer "$(event POST /limits '{}')"
	expect_answer 405
	expect_json '"GET"' .headers.allow
}

@test "events and records in one stream are answered each in its way, and in order" {
	for i in 1 2 3; do
		jq -c ".n = $i" <<<"$wish"
		event GET /limits
		echo "[$i]"
		event POST /upload-url '{}'
	done >in
	try imgpl-presign --bucket=photos in
	expect_status 1
	expect_same '1 200 E 400 2 200 E 400 3 200 E 400' \
		"$(jq -r 'if .error then "E" else .n // .statusCode end' <<<"$output" | paste -s -d ' ')"
}

@test "an event of six MiB is answered, and the line after a longer one, too" {
	padding=$(($((6 << 20)) - $(event POST /upload-url '{"contentType":"image/png","size":1}' | wc -c)))
	for more in 1 2; do
		event POST /upload-url '{"contentType":"image/png","size":1}' |
			perl -pe 's/(size[^}]*)/$1 . " " x '$((padding + more))'/e'
		event GET /limits
	done >in
	expect_same $((6 << 20)) "$(head -n 1 in | tr -d '\n' | wc -c)"
	try imgpl-presign --bucket=photos in
	expect_status 1
	expect_same '200 200 Imgpl.Limit 200' "$(jq -r '.statusCode // .error.type' <<<"$output" | paste -s -d ' ')"
}

@test "when the keys are gone an event is a 500 that does not tell of them" {
	printf '[default]\ncredential_process = cat %s/keys\n' "$PWD" >config
	echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"2001-01-01T00:00:00Z"}' >keys
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	export AWS_CONFIG_FILE=$PWD/config
	try imgpl-presign --bucket=photos < <(event POST /upload-url '{"contentType":"image/png","size":5}')
	expect_status 1
	expect_json '[500,"{\"error\":\"an internal error\"}"]' '[.statusCode,.body]'
	expect_in 'the credentials expire before the URL could be used' "$stderr"
}

# The libraries that a process has loaded, by its map of memory.
loaded() { # loaded PID
	awk '$NF ~ /\.so/ { sub(".*/", "", $NF); print $NF }' "/proc/$1/maps" | sort -u
}

@test "no library of pictures is linked to, and signing loads none of the network's" {
	needs_plain_build
	expect_not_in jpeg "$(ldd "$(command -v imgpl-presign)")"
	for library in libpng libwebp liblcms2 libcurl libssl libcrypto libexpat; do
		expect_not_in $library "$(ldd "$(command -v imgpl-presign)")"
	done
	start imgpl-presign --bucket=photos
	echo "$wish" >&"$to"
	wait_until has_lines out 1
	libraries=$(loaded $tool)
	exec {to}>&-
	finish
	expect_status 0
	expect_in libcrypto "$libraries" # or the map says nothing
	for library in libcurl libssl libexpat libjpeg libpng libwebp liblcms2; do
		expect_not_in $library "$libraries"
	done
}

@test "work on files loads nothing of the network, whatever is set for AWS" {
	needs_plain_build
	picture a.png
	for tool_line in 'imgpl-validate' 'imgpl-resize' 'imgpl-store'; do
		rm -f in out
		start $tool_line
		records a.png >&"$to"
		wait_until has_lines out 1
		libraries=$(loaded $tool)
		exec {to}>&-
		finish
		expect_status 0
		expect_in libjson-c "$libraries"
		for library in libcurl libssl libcrypto libexpat; do
			expect_not_in $library "$libraries"
		done
	done
}
