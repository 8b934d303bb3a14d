# The pipeline on S3 and DynamoDB makes what it makes on files and SQLite: the same pictures, and the
# same rows.
load ../helper
load services

# Pictures of many kinds, and one that is none.
make_pictures() {
	picture photos/uploads/a.jpg 900x600
	picture photos/uploads/u1/b.png 640x480
	convert -size 500x700 gradient:green-white photos/uploads/u1/c.webp
	convert photos/uploads/a.jpg -colorspace CMYK photos/uploads/cmyk.jpg
	convert photos/uploads/a.jpg -interlace JPEG "photos/uploads/ü b+c%20.jpg"
	convert photos/uploads/u1/b.png -alpha set -channel A -evaluate set 40% photos/uploads/alpha.png
	echo 'no picture' >photos/uploads/notes.jpg
}

# The events that S3 would send for what is in photos/.
make_events() {
	jq -cn --args '$ARGS.positional | to_entries[] | {Records: [{eventName: "ObjectCreated:Put", s3: {
		bucket: {name: "'"$bucket"'"},
		object: {key: (.value | @uri), sequencer: ("0055AED6DCD9028" + (.key | tostring))}}}]}' \
		-- uploads/a.jpg uploads/u1/b.png uploads/u1/c.webp uploads/cmyk.jpg 'uploads/ü b+c%20.jpg' \
		uploads/alpha.png uploads/notes.jpg uploads/missing.jpg
}

pipeline() { # pipeline OUTPUT
	imgpl-trigger --mark --at=1767323045 events |
		imgpl-validate | imgpl-resize --rendition=main=300x300 --rendition=thumb=64x64,fit=cover,format=webp |
		imgpl-store --at=1767323050 >"$1"
	return "${PIPESTATUS[3]}"
}

# What is said of a failure is the same but for the words that name the place.
words() { # words FILE
	jq -c 'if .error then .error.reason = "" else . end | if .reason then .reason = "" else . end' "$1"
}

@test "the pipeline makes the same pictures and rows on S3 and DynamoDB as on files and SQLite" {
	make_pictures
	make_bucket
	make_table
	(cd photos && find uploads -type f) | while read -r key; do
		s3 put "photos/$key" "$key" >/dev/null
	done
	make_events >events
	mkdir files
	cp -r photos "files/$bucket"

	export IMGPL_STORE=file:files IMGPL_TABLE=sqlite:rows.db
	pipeline on-files 2>messages-on-files && fail 'two of them fail'
	jq -c '{key, bucket}' on-files | imgpl-results >rows-on-files

	export IMGPL_STORE=s3: UPLOAD_BUCKET=$bucket IMGPL_TABLE=dynamodb:$table
	pipeline on-aws 2>messages-on-aws && fail 'two of them fail'
	jq -c '{key, bucket}' on-aws | imgpl-results >rows-on-aws

	expect_same 8 "$(wc -l <on-aws)"
	expect_same '["COMPLETE",6] ["FAILED",2]' \
		"$(jq -sc 'group_by(.status)[] | [.[0].status, length]' rows-on-aws | paste -s -d ' ')"
	expect_same "$(words on-files)" "$(words on-aws)"
	expect_same "$(words rows-on-files)" "$(words rows-on-aws)"
	for key in $(jq -r '.renditions[]?.key | @base64' on-aws); do
		key=$(base64 -d <<<"$key")
		s3 get "$key" got
		expect_same_file "files/$bucket/$key" got
	done
	expect_same "$(find "files/$bucket/processed" -type f | wc -l)" \
		"$(imgpl-list --out-prefix=none/ processed/ | wc -l)"
}

@test "a batch of a bucket is taken up again where it was left" {
	make_bucket
	make_table
	picture a.jpg 300x200
	s3 put a.jpg 1.jpg 2.jpg 3.jpg 4.jpg >/dev/null
	imgpl-list | head -n 2 | imgpl-resize --rendition=main=9x9 | imgpl-store >/dev/null
	expect_same '3.jpg 4.jpg' "$(imgpl-list --pending | jq -r .key | paste -s -d ' ')"
	imgpl-list --pending | imgpl-resize -j 4 --rendition=main=9x9 | imgpl-store -j 4 >/dev/null
	expect_same '' "$(imgpl-list --pending)"
}
