# Pictures in S3: the tools do with a bucket what they do with a folder.
load ../helper
load services

@test "a picture of a bucket is resized into the bucket, as one of a folder is into the folder" {
	make_bucket
	picture a.jpg 900x600
	s3 put a.jpg uploads/a.jpg
	try_sh 'imgpl-list | imgpl-validate | imgpl-resize --rendition=main=300x300 --rendition=thumb=90x90,format=webp'
	expect_status 0
	expect_messages
	expect_json '["'"$bucket"'","uploads/a.jpg",["processed/main/a.jpg","processed/thumb/a.jpg.webp"]]' \
		'[.bucket,.key,[.renditions[].key]]'
	mkdir -p files/uploads
	cp a.jpg files/uploads
	imgpl-list --store=file:files | imgpl-resize --store=file:files --rendition=main=300x300 \
		--rendition=thumb=90x90,format=webp >/dev/null
	for key in processed/main/a.jpg processed/thumb/a.jpg.webp; do
		s3 get "$key" got
		expect_same_file "files/$key" got
	done
}

@test "a rendition has its content type" {
	make_bucket
	picture a.png
	s3 put a.png a.png
	imgpl-list | imgpl-resize --rendition=main=9x9,format=webp >/dev/null
	expect_same image/webp "$(s3 type processed/main/a.png.webp)"
}

@test "an object larger than a part goes out in parts, and is whole" {
	make_bucket
	convert -size 2400x1800 -seed 7 plasma:red-blue +noise random -depth 8 a.png
	s3 put a.png a.png
	try_sh 'imgpl-list | imgpl-resize --rendition=main=2400x1800'
	expect_status 0
	[ "$(jq -r '.renditions[0].bytes' <<<"$output")" -gt 8388608 ]
	mkdir -p files
	cp a.png files
	imgpl-list --store=file:files | imgpl-resize --store=file:files --rendition=main=2400x1800 >/dev/null
	s3 get processed/main/a.png got
	expect_same_file files/processed/main/a.png got
	expect_same 0 "$(s3 uploads)"
}

@test "a picture that breaks off leaves no rendition, and no part of one" {
	make_bucket
	convert -size 1800x1500 plasma:red-blue -seed 7 +noise random -depth 8 whole.png
	head -c "$(($(stat -c %s whole.png) * 9 / 10))" whole.png >a.png
	s3 put a.png a.png
	try_sh 'imgpl-list | imgpl-resize --rendition=main=1800x1500'
	expect_status 1
	expect_json '"Imgpl.Invalid"' .error.type
	expect_same '' "$(imgpl-list --out-prefix=none/ processed/ 2>/dev/null)"
	expect_same 0 "$(s3 uploads)"
}

@test "keys of any bytes come back as they are" {
	make_bucket
	picture a.png
	printf '%s\n' 'a b' 'a+b' 'a%20b' '100%' "quote'\"" 'back\slash' '<&>' '?q=1&r' '#hash' \
		'ümläut/日本/😀.png' 'a//b' '//two' '/lead' 'trailing/x' '~tilde' '*!()' \
		'-dash' '=+@,;:$' >keys
	jq -Rc '{key:.,content_type:"image/png",bytes:'"$(stat -c %s a.png)"'}' keys |
		imgpl-presign | jq -r .upload.url >urls
	while read -r url; do
		curl -sS --fail-with-body --path-as-is -T a.png -H 'Content-Type: image/png' "$url"
	done <urls
	imgpl-list --out-prefix=none/ >listed
	expect_same "$(LC_ALL=C sort keys)" "$(jq -r .key listed)"
	try imgpl-validate listed
	expect_status 0
	expect_same 18 "$(jq -r .image.format <<<"$output" | grep -c png)"
}

@test "a list has all pages, in the order of bytes, and nothing hidden" {
	make_bucket
	: >empty
	seq -f 'p/%04.0f.jpg' 1 1100 >keys
	printf '%s\n' p/.hidden/x.jpg .dot.jpg p/Z.jpg p/é.jpg q/x.jpg >>keys
	mapfile -t keys <keys
	s3 put empty "${keys[@]}" >/dev/null
	imgpl-list p/ >listed
	expect_same "$(grep '^p/[^.]' keys | LC_ALL=C sort)" "$(jq -r .key listed)"
	expect_same 1103 "$(imgpl-list | wc -l)"
	try imgpl-list p/.hidden/
	expect_json '"p/.hidden/x.jpg"' .key
}

@test "what is not there is said, and fails" {
	make_bucket
	try imgpl-validate <<<'{"key":"no/such.jpg"}'
	expect_status 1
	expect_json '["Imgpl.Invalid",false]' '[.error.type,.error.retry]'
	expect_in "$bucket/no/such.jpg: 404 NoSuchKey" "$stderr"
	try imgpl-list nothing/
	expect_status 0
	expect_in 'nothing is there' "$stderr"
	try imgpl-list --store=s3:no-such-bucket-at-all
	expect_status 1
	expect_in NoSuchBucket "$stderr"
}

@test "a folder that a console made is no picture, and what is in it is listed" {
	make_bucket
	picture a.png
	s3 put a.png folder/a.png
	s3 put /dev/null folder/
	try imgpl-list folder/
	expect_status 0
	expect_messages
	expect_json '"folder/a.png"' .key
}

@test "what is pending is known also where the bucket is only the store's" {
	make_bucket
	picture a.png
	s3 put a.png a.png
	s3 put a.png b.png
	imgpl-list a.png | imgpl-validate | imgpl-resize | imgpl-store --table=sqlite:rows.db >/dev/null
	try imgpl-list --pending --table=sqlite:rows.db
	expect_status 0
	expect_messages
	expect_json "[\"$bucket\",\"b.png\"]" '[.bucket,.key]'
}

@test "a record means the object that it tells of, and no later one" {
	make_bucket
	picture a.png
	s3 put a.png a.png
	imgpl-list >old
	picture a.png 30x30
	s3 put a.png a.png
	try imgpl-validate old
	expect_status 1
	expect_json '"Imgpl.Invalid"' .error.type
	expect_in 'its ETag differs' "$stderr"
	try_sh 'imgpl-list | imgpl-validate'
	expect_status 0
	expect_json 30 .image.width
}

@test "a version is read, whatever came after it" {
	make_bucket
	s3 versions
	picture a.png
	version=$(s3 put a.png a.png)
	picture a.png 30x30
	s3 put a.png a.png
	try imgpl-validate <<<'{"key":"a.png","source":{"version_id":"'"$version"'"}}'
	expect_status 0
	expect_json 24 .image.width
	try imgpl-validate <<<'{"key":"a.png","source":{"version_id":"no-such"}}'
	expect_status 1
}

@test "a picture over the limit is refused before it is read" {
	make_bucket
	picture a.png
	s3 put a.png a.png
	try imgpl-validate --max-bytes=10 <<<'{"key":"a.png"}'
	expect_status 1
	expect_json '"Imgpl.Limit"' .error.type
}

@test "many pictures side by side come out in order" {
	make_bucket
	picture a.png
	mapfile -t keys < <(seq -f 'p/%.0f.png' 60)
	s3 put a.png "${keys[@]}"
	imgpl-list >listed
	try imgpl-resize -j 8 --rendition=main=5x5 listed
	expect_status 0
	expect_same "$(jq -r .key listed)" "$(jq -r .key <<<"$output")"
	expect_same 60 "$(imgpl-list --out-prefix=none/ processed/main/ | wc -l)"
}

@test "wrong keys are named, and nothing of them shown" {
	make_bucket
	picture a.png
	s3 put a.png a.png
	export AWS_SECRET_ACCESS_KEY=wrong-secret-that-nobody-may-see
	try imgpl-validate <<<'{"key":"a.png"}'
	expect_status 1
	expect_json '["Imgpl.Internal",false]' '[.error.type,.error.retry]'
	expect_in '403 SignatureDoesNotMatch' "$stderr"
	expect_not_in wrong-secret "$output$stderr"
	unset AWS_SECRET_ACCESS_KEY
	try imgpl-validate <<<'{"key":"a.png"}'
	expect_status 2
}

@test "a missing setting is a misuse, before anything is read" {
	unset AWS_REGION
	try imgpl-validate --store=s3:photos <<<'{"key":"a.png"}'
	expect_status 2
	expect_same '' "$output"
	expect_in AWS_REGION "$stderr"
	AWS_REGION=us-east-1 try imgpl-validate --store=s3: <<<'{"key":"a.png"}'
	expect_status 2
	expect_in UPLOAD_BUCKET "$stderr"
}

@test "the bucket is the record's, else that of the option, the variable, or the store" {
	make_bucket
	picture a.png
	s3 put a.png a.png
	for options in "--store=s3:$bucket" "--store=s3: --bucket=$bucket"; do
		# shellcheck disable=SC2086 # words
		try imgpl-validate $options <<<'{"key":"a.png"}'
		expect_status 0
	done
	UPLOAD_BUCKET=$bucket try imgpl-validate --store=s3: <<<'{"key":"a.png"}'
	expect_status 0
	try imgpl-validate --store=s3:photos <<<'{"bucket":"'"$bucket"'","key":"a.png"}'
	expect_status 0
}

@test "a signal ends the attempts, and every record in hand is answered" {
	/usr/bin/python3 -c 'import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(120)' >port 3>&- &
	wait_until has_lines port 1
	export AWS_ENDPOINT_URL_S3=http://127.0.0.1:$(cat port)
	seq -f '{"key":"%.0f.jpg"}' 100 >in
	imgpl-validate -j 4 --store=s3:photos in >out 2>err 3>&- &
	tool=$!
	sleep 1
	kill -TERM $tool
	wait_until is_gone $tool || wait_until is_gone $tool
	expect_same 143 "$(wait $tool; echo $?)"
	expect_same '["Imgpl.Transient",true]' "$(jq -c '[.error.type,.error.retry]' out | sort -u)"
	expect_same "$(head -n "$(wc -l <out)" in | jq -r .key)" "$(jq -r .key out)"
}
