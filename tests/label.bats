# imgpl-label: it says what is seen, and what it lacks, and makes nothing of nothing.
load helper

TOP=$BATS_TEST_DIRNAME/..

setup_file() {
	compile peak.c peak
}

# The networks are made by `make labels`, the photographs fetched by scripts/label-photos; scripts/test
# does both.
needs_models() {
	export IMGPL_MODELS=$TOP/build/share/imgpl/models
	[ -e "$IMGPL_MODELS/classifier.onnx" ] || skip 'needs the networks: make labels'
	[ -e "$IMGPL_BIN/../lib/imgpl/opencv.so" ] || skip 'needs OpenCV'
}

# Copy one of the photographs to `photo.jpg`.
photo() { # photo NAME
	[ -e "$TOP/build/label-photos/$1" ] || skip 'needs the photographs: scripts/label-photos'
	cp "$TOP/build/label-photos/$1" photo.jpg
}

# A folder of models that are links to the real ones.
link_models() {
	mkdir models
	ln -s "$IMGPL_MODELS"/* models/
}

@test "a dog and a car have boxes, parents, and the surest first" {
	needs_models
	photo dog-and-bicycle.jpg
	try imgpl-label < <(records photo.jpg)
	expect_status 0
	expect_json true '[.labels[].name] | contains(["Dog", "Car", "Animal"])'
	expect_json true '[.labels[].confidence] | . == (sort | reverse) and all(. >= 70 and . <= 100)'
	expect_json true '.labels[] | select(.name == "Dog").parents | contains(["Mammal", "Animal"])'
	expect_json true '.labels[] | select(.name == "Dog").instances[0].box |
		.left > 0.1 and .left < 0.25 and .top > 0.3 and .top < 0.5 and
		.left + .width > 0.35 and .left + .width < 0.5 and .top + .height > 0.85 and .top + .height <= 1'
}

@test "a turned photograph is labelled, and its boxes lie, as it is seen" {
	needs_models
	photo dog-and-bicycle.jpg
	convert photo.jpg -rotate 270 +repage turned.jpg
	exiftool -q -overwrite_original -n -Orientation=6 turned.jpg
	try imgpl-label < <(records photo.jpg turned.jpg)
	expect_status 0
	expect_same 1 "$(jq -c '.labels[] | select(.name == "Dog").instances[0].box |
		map_values(. * 20 | round)' <<<"$output" | sort -u | wc -l)"
}

@test "there are no more labels than wanted, and none that is less sure" {
	needs_models
	photo dog-and-bicycle.jpg
	try imgpl-label --max-labels=2 < <(records photo.jpg)
	expect_json 2 '.labels | length'
	try imgpl-label --min-confidence=100 < <(records photo.jpg)
	expect_json '[]' .labels
	try imgpl-label --min-confidence=20 --max-labels=1000 < <(records photo.jpg)
	expect_json true '.labels | length > 10 and all(.confidence >= 20)'
}

@test "answers are the same with many threads, and in order" {
	needs_models
	photo dog-and-bicycle.jpg
	picture a.png 64x64
	for n in 1 2 3; do
		records photo.jpg a.png none.jpg
	done >in
	try imgpl-label -j 3 in
	expect_status 1
	many=$output
	try imgpl-label in
	expect_same "$(jq -c '[.key, .error.reason, .labels[]?.name]' <<<"$output")" \
		"$(jq -c '[.key, .error.reason, .labels[]?.name]' <<<"$many")"
}

@test "the smallest whole rendition of 600 pixels is looked at, else the source" {
	needs_models
	picture a.jpg 1600x1200
	imgpl-resize --rendition=large=1200x --rendition=whole=700x --rendition=small=500x \
		--rendition=cut=650x650,fit=cover < <(records a.jpg) | imgpl-draw >resized
	mv a.jpg away.jpg
	try imgpl-label resized
	expect_status 0
	mv processed/whole/a.jpg processed/whole/away.jpg
	try imgpl-label resized
	expect_status 1
	expect_json '"processed/whole/a.jpg: No such file or directory"' .error.reason
	try_sh 'jq -c ".renditions |= map(select(.name == \"small\" or .name == \"cut\"))" resized | imgpl-label'
	expect_json '"a.jpg: No such file or directory"' .error.reason
	try_sh 'jq -c ".dry_run = true" resized | imgpl-label'
	expect_json '"a.jpg: No such file or directory"' .error.reason
}

@test "nothing is seen where there is nothing" {
	needs_models
	convert -size 800x600 xc:white white.jpg
	convert -size 800x600 xc:black black.png
	convert -size 800x600 gradient:navy-orange gradient.jpg
	convert -size 800x600 xc:gray +noise Gaussian noise.jpg
	try imgpl-label < <(records white.jpg black.png gradient.jpg noise.jpg)
	expect_status 0
	expect_same 4 "$(jq -c .labels <<<"$output" | grep -c '^\[\]$')"
}

@test "pictures of any shape and kind are looked at" {
	needs_models
	convert -size 1x1 xc:red one.png
	convert -size 1x2000 gradient: tall.png
	convert -size 6000x20 gradient:red-blue wide.jpg
	convert -size 300x200 xc:none clear.png
	convert -size 300x200 gradient: -colorspace Gray gray.jpg
	convert -size 300x200 gradient:red-blue -colorspace CMYK ink.jpg
	convert -size 300x200 gradient: -depth 16 deep.png
	convert -size 300x200 gradient:red-blue lossy.webp
	try imgpl-label < <(records one.png tall.png wide.jpg clear.png gray.jpg ink.jpg deep.png lossy.webp)
	expect_status 0
	expect_same 8 "$(jq -r '.labels | type' <<<"$output" | grep -c array)"
}

@test "a broken picture fails, and its neighbours don't" {
	needs_models
	picture good.jpg 64x64
	picture whole.jpg 400x400
	head -c 2000 whole.jpg >cut.jpg
	echo text >text.jpg
	picture big.png 2000x1000
	try imgpl-label --max-pixels=1m < <(records good.jpg cut.jpg text.jpg big.png none.jpg good.jpg)
	expect_status 1
	expect_same 'array null null null null array' "$(jq -r '.labels | type' <<<"$output" | tr '\n' ' ' | sed 's/ $//')"
	expect_json '"text.jpg: not a JPEG, PNG or WebP image but text"' 'select(.key == "text.jpg").error.reason'
	expect_json '["Imgpl.Invalid",true]' 'select(.key == "cut.jpg").error | [.type, (.reason | startswith("cut.jpg: "))]'
	expect_json '"Imgpl.Limit"' 'select(.key == "big.png").error.type'
}

@test "a record that failed passes through, and other members stay" {
	needs_models
	picture a.png
	printf '%s\n' '{"key":"a.png","n":1.10}' '{"key":"b","error":{"type":"Imgpl.Invalid","reason":"x"}}' >in
	try imgpl-label in
	expect_status 1
	expect_same '{"key":"a.png","n":1.10,"labels":[]}
{"key":"b","error":{"type":"Imgpl.Invalid","reason":"x"}}' "$output"
}

@test "a labeler that there is not is refused" {
	try imgpl-label --labeler=oracle </dev/null
	expect_status 2
	expect_messages "imgpl-label: no labeler is called 'oracle': there are local and rekognition"
}

@test "without the module it says what to do, and nothing is read" {
	mkdir -p away/bin
	cp "$IMGPL_BIN/imgpl-label" away/bin/
	try away/bin/imgpl-label < <(records a.jpg)
	expect_status 2
	expect_same '' "$output"
	expect_in "'make labels' installs it (libopencv-dnn-dev)" "$stderr"
	mkdir -p away/lib/imgpl
	echo 'no library' >away/lib/imgpl/opencv.so
	try away/bin/imgpl-label </dev/null
	expect_status 2
	expect_in 'libopencv-dnn406' "$stderr"
	cp "$(ldconfig -p | awk '/libz.so.1 / { print $NF; exit }')" away/lib/imgpl/opencv.so
	try away/bin/imgpl-label </dev/null
	expect_status 2
	expect_in "is no module of imgpl's" "$stderr"
}

@test "help and version need no module" {
	mkdir -p away/bin
	cp "$IMGPL_BIN/imgpl-label" away/bin/
	try away/bin/imgpl-label --help
	expect_status 0
	try away/bin/imgpl-label --version
	expect_status 0
}

@test "missing and broken models are named, and nothing is read" {
	needs_models
	mkdir empty
	try imgpl-label --model-dir=empty < <(records a.jpg)
	expect_status 2
	expect_messages 'imgpl-label: empty/labels.tsv: No such file or directory'
	link_models
	for network in detector classifier; do
		rm models/$network.onnx
		try imgpl-label --model-dir=models </dev/null
		expect_status 2
		expect_messages "imgpl-label: models/$network.onnx: No such file or directory"
		for size in 0 1000 2000000; do
			head -c $size "$IMGPL_MODELS/$network.onnx" >models/$network.onnx
			try imgpl-label --model-dir=models </dev/null
			expect_status 2
			expect_in "models/$network.onnx: is no network that can be run: " "$stderr"
		done
		rm models/$network.onnx
		ln -s "$IMGPL_MODELS/$network.onnx" models/
	done
	ln -sf "$IMGPL_MODELS/classifier.onnx" models/detector.onnx
	try imgpl-label --model-dir=models </dev/null
	expect_status 2
	expect_messages "imgpl-label: models/detector.onnx: is another network: it has no output 'boxes'"
	ln -sf "$IMGPL_MODELS/detector.onnx" models/
	rm models/labels.tsv
	printf 'Dog\tPet\t18\t\n' >models/labels.tsv
	try imgpl-label --model-dir=models </dev/null
	expect_status 2
	expect_messages "imgpl-label: models/labels.tsv: 'Pet', a parent of 'Dog', has no line"
}

@test "names in labels.tsv can be changed" {
	needs_models
	photo dog-and-bicycle.jpg
	link_models
	rm models/labels.tsv
	printf 'Hund\t\t18\t\nFahrrad\t\t2\t\n' >models/labels.tsv
	try imgpl-label --model-dir=models < <(records photo.jpg)
	expect_json '["Fahrrad","Hund"]' '[.labels[].name] | sort'
}

# How sure it is of the dog where labels.tsv gives Dog these classes of the classifier's.
sure_of_dog() { # sure_of_dog CLASSES
	printf 'Dog\t\t18\t%s\n' "$1" >models/labels.tsv
	imgpl-label --model-dir=models --min-confidence=20 < <(records photo.jpg) |
		jq '.labels[] | select(.name == "Dog").instances[0].confidence'
}

@test "a thing that the classifier doesn't see is less sure, and one that it does is surer" {
	needs_models
	photo dog-and-bicycle.jpg
	link_models
	rm models/labels.tsv
	alone=$(sure_of_dog '')
	a_fish=$(sure_of_dog 1)
	a_husky=$(sure_of_dog 249,250,251)
	awk "BEGIN { exit !($a_fish < $alone - 10 && $alone < $a_husky) }" || fail "$a_fish, $alone, $a_husky"
}

@test "a photograph takes no more than 320 MB" {
	needs_plain_build
	needs_models
	photo dog-and-bicycle.jpg
	records photo.jpg photo.jpg photo.jpg >in
	try_measured imgpl-label in
	expect_status 0
	expect_peak 320
}

@test "labels go into the row, and out of it" {
	needs_models
	photo dog-and-bicycle.jpg
	try_sh 'imgpl-list photo.jpg | imgpl-resize | imgpl-label | imgpl-store'
	expect_status 0
	labels=$(jq -c .labels <<<"$output")
	try imgpl-results < <(records photo.jpg)
	expect_same "$labels" "$(jq -c .labels <<<"$output")"
}

# A guard against getting worse, below what it reaches: scripts/score-labels tells that.
@test "of photographs not tuned on, 17 of 20 labels are right, and 6 of 10 have a right one" {
	needs_plain_build
	needs_models
	photo "$(grep -v '^#' "$TESTS/labels/held-out.tsv" | head -n 1 | cut -f 1)"
	LIMIT=600 try "$TOP/scripts/score-labels" held-out
	expect_status 0
	[[ $output =~ precision\ ([0-9.]+)\ %.*on\ ([0-9.]+)\ % ]] || fail "$output"
	awk "BEGIN { exit !(${BASH_REMATCH[1]} >= 85 && ${BASH_REMATCH[2]} >= 60) }" || fail "$output"
}
