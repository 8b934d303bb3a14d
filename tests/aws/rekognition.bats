# imgpl-label --labeler=rekognition: what tests/aws/up brought up answers as Rekognition does. What
# it sees depends on the picture's bytes alone, and it heeds no orientation: its first label is the
# form that the picture has as it is stored.
load ../helper

setup_file() {
	[ -n "${STAND_LOG:-}" ] || fail 'nothing stands in for AWS: tests/aws/up DIR, and then . DIR/env'
}

# Put a file into the bucket under a key of the test's own, $key.
put() { # put FILE
	key=uploads/$(basename "$BATS_RUN_TMPDIR")-$BATS_TEST_NUMBER/$1
	curl -sS --fail-with-body --aws-sigv4 "aws:amz:$AWS_REGION:s3" \
		--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -T "$1" \
		-H "X-Amz-Content-Sha256: $(sha256sum <"$1" | cut -d ' ' -f 1)" \
		"$AWS_ENDPOINT_URL_S3/photos/$key"
}

try_label() { # try_label RECORD [OPTION]...
	local record=$1

	shift
	asked_before=$(asked_lines)
	try imgpl-label --labeler=rekognition "$@" <<<"$record"
}

asked_lines() {
	grep -c '"DetectLabels"' "$STAND_LOG/requests.jsonl" || true
}

# How the picture was given to Rekognition by the last try_label: "S3Object", "Bytes", or "".
given() {
	[ "$(asked_lines)" = "$asked_before" ] ||
		grep '"DetectLabels"' "$STAND_LOG/requests.jsonl" | tail -n 1 | jq -r '.asked.Image | keys | join(" ")'
}

expect_given() { # expect_given HOW
	expect_same "$1" "$(given)"
}

@test "labels have their names, confidences, boxes and parents" {
	convert -size 320x240 xc:teal a.png
	try_label '{"key":"a.png"}'
	expect_status 0
	expect_messages
	expect_given Bytes
	expect_json '["Landscape",99.5,[],[]]' '.labels[0] | [.name, .confidence, .instances, .parents]'
	expect_json '["confidence","instances","name","parents"]' '.labels[1] | keys'
	expect_json '[1,true]' '[(.labels[1].instances | length), (.labels[1] | .confidence == .instances[0].confidence)]'
	expect_json '["height","left","top","width"]' '.labels[1].instances[0].box | keys'
	expect_json true '[.labels[].confidence] | . == (sort | reverse)'
}

@test "no more labels are told than are wanted, and none that is less sure" {
	convert -size 320x240 xc:teal a.png
	try_label '{"key":"a.png"}' --min-confidence=0
	expect_json 4 '.labels | length'
	try_label '{"key":"a.png"}' --min-confidence=99
	expect_json '["Landscape"]' '[.labels[].name]'
	try_label '{"key":"a.png"}' --max-labels=2
	expect_json 2 '.labels | length'
	try_label '{"key":"a.png"}' --max-labels=0
	expect_json '[]' .labels
}

@test "JPEG and PNG in S3 are named, and seen as if they had been sent" {
	convert -size 320x240 plasma:red-blue a.jpg
	convert -size 240x320 plasma:red-blue a.png
	for file in a.jpg a.png; do
		put $file
		try_label "{\"key\":\"$key\"}" --store=s3:photos
		expect_status 0
		expect_given S3Object
		in_s3=$(jq -c .labels <<<"$output")
		try_label "{\"key\":\"$file\"}"
		expect_given Bytes
		expect_json "$in_s3" .labels
	done
}

@test "a version is named where the record has one" {
	convert -size 320x240 plasma:red-blue a.jpg
	put a.jpg
	# A bucket without versions has this one alone.
	try_label "{\"key\":\"$key\",\"source\":{\"version_id\":\"null\"}}" --store=s3:photos
	expect_status 0
	expect_same null "$(grep '"DetectLabels"' "$STAND_LOG/requests.jsonl" | tail -n 1 |
		jq -r .asked.Image.S3Object.Version)"
}

@test "the rendition is looked at by its name, without being read" {
	convert -size 1600x1200 plasma:red-blue a.jpg
	put a.jpg
	imgpl-resize --store=s3:photos <<<"{\"key\":\"$key\"}" >resized
	AWS_ENDPOINT_URL_S3=http://127.0.0.1:1 try_label "$(cat resized)" --store=s3:photos
	expect_status 0
	expect_given S3Object
	expect_same "$(jq -r .processed_key resized)" "$(grep '"DetectLabels"' "$STAND_LOG/requests.jsonl" |
		tail -n 1 | jq -r .asked.Image.S3Object.Name)"
}

@test "what Rekognition does not read is sent as a JPEG" {
	convert -size 320x240 plasma:red-blue a.webp
	convert -size 320x240 plasma:red-blue -colorspace CMYK ink.jpg
	convert -size 12000x1300 xc:teal wide.png
	for file in a.webp ink.jpg wide.png; do
		put $file
		for where in file:. s3:photos; do
			try_label "{\"key\":\"$([ $where = file:. ] && echo $file || echo "$key")\"}" --store=$where
			expect_status 0
			expect_given Bytes
			expect_json '"Landscape"' '.labels[0].name'
		done
	done
	imgpl-resize --store=s3:photos --rendition=main=1000x1000,format=webp <<<"{\"key\":\"$key\"}" >resized
	try_label "$(cat resized)" --store=s3:photos
	expect_status 0
	expect_given Bytes
}

@test "a picture of too many bytes is sent smaller" {
	convert -size 2400x1800 plasma:red-blue +noise random -depth 8 noise.png
	[ "$(stat -c %s noise.png)" -gt 5242880 ]
	try_label '{"key":"noise.png"}'
	expect_status 0
	expect_given Bytes
	put noise.png
	# By S3 it may have 15 MB.
	try_label "{\"key\":\"$key\",\"source\":{\"bytes\":14000000}}" --store=s3:photos
	expect_given S3Object
	try_label "{\"key\":\"$key\",\"source\":{\"bytes\":15000001}}" --store=s3:photos
	expect_status 0
	expect_given Bytes
	# Nobody says how many they are, and there are many pixels.
	try_label "{\"key\":\"$key\"}" --store=s3:photos
	expect_status 0
	expect_given Bytes
}

@test "a picture with a side under 80 pixels has no labels, and a message says why" {
	convert -size 79x200 xc:teal small.png
	convert -size 30x30 xc:teal small.webp
	convert -size 80x80 xc:teal enough.png
	convert -size 12000x90 xc:teal narrow.png
	for file in small.png small.webp narrow.png; do
		try_label "{\"key\":\"$file\"}"
		expect_status 0
		expect_given ''
		expect_same "{\"key\":\"$file\",\"labels\":[]}" "$output"
		expect_in "imgpl-label: $file: not looked at: " "$stderr"
		try_label "{\"key\":\"$file\"}" -q
		expect_messages
	done
	try_label '{"key":"enough.png"}'
	expect_json '"Square"' '.labels[0].name'
}

# Rekognition turns a JPEG that says how it lies, but for mirrored ones, of which nobody says so. This
# one turns nothing, so the form tells how the picture was sent.
@test "pictures that Rekognition would not turn upright are sent so" {
	convert -size 320x240 plasma:red-blue flat.jpg
	convert -size 320x240 plasma:red-blue flat.png
	for orientation in 3 5 6 7 8; do
		cp flat.jpg $orientation.jpg
		exiftool -q -overwrite_original -n -Orientation=$orientation $orientation.jpg
	done
	cp flat.png 6.png
	exiftool -q -overwrite_original -n -Orientation=6 6.png
	for file in flat.jpg flat.png 3.jpg 6.jpg 8.jpg; do
		try_label "{\"key\":\"$file\"}"
		expect_json '"Landscape"' '.labels[0].name'
	done
	for file in 5.jpg 7.jpg 6.png; do
		try_label "{\"key\":\"$file\"}"
		expect_json '"Portrait"' '.labels[0].name'
	done
}

@test "limits are the tool's own, too" {
	convert -size 320x240 xc:teal a.png
	try_label '{"key":"a.png"}' --max-pixels=1000
	expect_status 1
	expect_json '"Imgpl.Limit"' .error.type
	expect_given ''
	try_label '{"key":"a.png"}' --max-bytes=10
	expect_json '"Imgpl.Limit"' .error.type
	try_label '{"key":"none.png"}'
	expect_json '"Imgpl.Invalid"' .error.type
	echo text >text.jpg
	try_label '{"key":"text.jpg"}'
	expect_json '"Imgpl.Invalid"' .error.type
	expect_given ''
}

@test "what Rekognition can't read is a failure that names the picture" {
	convert -size 320x240 plasma:red-blue a.jpg
	put a.jpg
	try_label "{\"key\":\"x\",\"renditions\":[{\"name\":\"main\",\"key\":\"$key.none\",\"width\":900,\"height\":600,\"format\":\"jpeg\"}]}" \
		--store=s3:photos
	expect_status 1
	expect_json '"Imgpl.Invalid"' .error.type
	expect_in "photos/$key.none: DetectLabels: 400 InvalidS3ObjectException: " "$stderr"
	expect_in permissions "$stderr"
	head -c 1000 a.jpg >cut.jpg
	try_label '{"key":"cut.jpg"}'
	expect_status 1
	expect_json '"Imgpl.Invalid"' .error.type
	expect_in 'InvalidImageFormatException' "$stderr"
}

@test "many pictures are looked at side by side and answered in order" {
	for n in $(seq 24); do
		convert -size "$((100 + n))x200" xc:teal "$n.png"
	done
	records $(seq -f %.0f.png 24) >in
	try imgpl-label --labeler=rekognition -j 8 in
	expect_status 0
	expect_same "$(seq -f %.0f.png 24)" "$(jq -r 'select(.labels[0].name == "Portrait").key' <<<"$output")"
}

@test "the variable names the labeler, and a region is needed" {
	convert -size 320x240 xc:teal a.png
	IMGPL_LABELER=rekognition try imgpl-label <<<'{"key":"a.png"}'
	expect_status 0
	AWS_REGION='' try imgpl-label --labeler=rekognition <<<'{"key":"a.png"}'
	expect_status 2
	expect_in 'no region' "$stderr"
	expect_same '' "$output"
}
