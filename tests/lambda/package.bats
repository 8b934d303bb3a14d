# shellcheck shell=bash disable=SC2154 # run sets status, output and stderr
# The packages of the functions of AWS Lambda, as build/lambda has them: that for arm64 under emulation.
load ../helper

PACKAGES=${PACKAGES:-$BATS_TEST_DIRNAME/../../build/lambda}
REPOSITORY=$BATS_TEST_DIRNAME/../..

setup_file() {
	for arch in arm64 x86_64; do
		mkdir "$BATS_FILE_TMPDIR/$arch"
		unzip -q "$PACKAGES/imgpl-$arch.zip" -d "$BATS_FILE_TMPDIR/$arch"
	done
	build_elsewhere >"$BATS_FILE_TMPDIR/elsewhere.log" 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/elsewhere.pid"
}

# Build the package for arm64 from nothing but its sources, in another place, while the other tests run.
build_elsewhere() {
	local status=0

	mkdir "$BATS_FILE_TMPDIR/elsewhere"
	cd "$BATS_FILE_TMPDIR/elsewhere" || return
	cp -R "$REPOSITORY/infra" "$REPOSITORY/scripts" "$REPOSITORY/lib" "$REPOSITORY/cmd" "$REPOSITORY/Makefile" \
		"$REPOSITORY/LICENSE" .
	timeout -k 5 600 scripts/lambda arm64 made || status=$?
	echo $status >ended
}

teardown_file() {
	pkill -P "$(cat "$BATS_FILE_TMPDIR/elsewhere.pid")" || true # timeout ends all below it
}

teardown() {
	[ -z "${server:-}" ] || kill "$server"
}

# Run a tool out of the package for arm64.
arm64() { # arm64 TOOL [ARGUMENT]...
	qemu-aarch64-static -L /usr/aarch64-linux-gnu "$BATS_FILE_TMPDIR/arm64/bin/imgpl-$1" "${@:2}"
}

# The same out of that for x86_64, on a machine that can run it.
x86_64() { # x86_64 TOOL [ARGUMENT]...
	[ "$(uname -m)" = x86_64 ] || skip "this machine is no x86_64"
	"$BATS_FILE_TMPDIR/x86_64/bin/imgpl-$1" "${@:2}"
}

# Bring up what stands in for S3, with a picture.
serve() { # serve [CERTIFICATE KEY]
	mkdir -p s3/photos
	picture s3/photos/cat.jpg 900x600
	/usr/bin/python3 -B "$TESTS/s3.py" s3 "$@" >url 3>&- &
	server=$!
	disown
	wait_until test -s url
	AWS_ENDPOINT_URL=$(cat url)
	export AWS_ENDPOINT_URL AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret \
		AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
}

# Validate and resize a picture in S3 by the tools of a package, and ask for one that is missing.
work() { # work ARCH
	local missing

	printf '{"key":"cat.jpg"}\n{"key":"missing.jpg"}\n' >records
	"$1" validate --store=s3:photos <records >validated 2>log || true
	expect_same '["jpeg",900,600]' "$(head -n 1 validated | jq -c '[.image.format, .image.width, .image.height]')"
	missing=$(tail -n 1 validated | jq -r .error.reason)
	expect_in 'photos/missing.jpg' "$missing"
	expect_in 'NoSuchKey' "$missing"
	head -n 1 validated | "$1" resize --store=s3:photos --rendition=small=90x90 >resized
	expect_same 'processed/small/cat.jpg' "$(jq -r '.renditions[].key' resized)"
	expect_same '90x60' "$(identify -format '%wx%h' s3/photos/processed/small/cat.jpg)"
}

@test "the tools for arm64 work on pictures in S3" {
	serve
	work arm64
}

@test "the tools for x86_64 work on pictures in S3" {
	serve
	work x86_64
}

make_certificate() { # make_certificate NAME
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$1-key.pem" -out "$1.pem" 2>/dev/null
}

@test "the tools trust who has a certificate, and no others" {
	make_certificate ours
	make_certificate other
	serve ours.pem ours-key.pem
	AWS_CA_BUNDLE=$PWD/ours.pem work arm64
	head -n 1 records >record
	AWS_CA_BUNDLE=$PWD/other.pem arm64 validate --store=s3:photos <record >refused 2>log || true
	expect_in 'certificate' "$(jq -r .error.reason refused)"
}

@test "the tools sign as those that are built here" {
	export AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret \
		AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null SOURCE_DATE_EPOCH=1700000000
	printf '{"key":"a cat.jpg"}\n' >record
	imgpl-presign --method=GET --bucket=photos <record >here
	arm64 presign --method=GET --bucket=photos <record >there
	expect_same "$(cat here)" "$(cat there)"
	expect_in 'X-Amz-Signature=' "$(cat there)"
}

@test "the tools take CloudFront's keys, and refuse what is none" {
	openssl genrsa -out private.pem 2048 2>/dev/null
	export AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret \
		AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
	arm64 results --table=dynamodb:rows --rendition-url=https://d1.example --rendition-key-id=K1 --rendition-key=private.pem </dev/null
	try qemu-aarch64-static -L /usr/aarch64-linux-gnu "$BATS_FILE_TMPDIR/arm64/bin/imgpl-results" --table=dynamodb:rows \
		--rendition-url=https://d1.example --rendition-key-id=K1 --rendition-key=/dev/null </dev/null
	expect_status 2
	expect_in '/dev/null: is empty' "$stderr"
}

@test "the tools have no tables in files" {
	try qemu-aarch64-static -L /usr/aarch64-linux-gnu "$BATS_FILE_TMPDIR/arm64/bin/imgpl-results" --table=sqlite:rows.db
	expect_in 'sqlite:rows.db: not a table, which is spelled dynamodb:NAME' "$stderr"
}

@test "a library of the system's is not taken for one of the package's" {
	mkdir system
	for library in "$BATS_FILE_TMPDIR"/arm64/lib/*; do
		echo 'no library' >"system/$(basename "$library")"
	done
	serve
	arm64() {
		qemu-aarch64-static -E LD_LIBRARY_PATH="$PWD/system" -L /usr/aarch64-linux-gnu \
			"$BATS_FILE_TMPDIR/arm64/bin/imgpl-$1" "${@:2}"
	}
	work arm64
}

@test "the bootstrap runs the tool that the handler names" {
	# what exec would start is there for this machine only
	[ "$(uname -m)" = x86_64 ] || skip "this machine is no x86_64"
	serve
	printf '{"event":"{\\"key\\":\\"cat.jpg\\"}"}\n' >script
	LAMBDA_TASK_ROOT=$BATS_FILE_TMPDIR/x86_64 _HANDLER=validate IMGPL_OPTIONS='--store=s3:photos --max-bytes=1m' \
		/usr/bin/python3 -B "$TESTS/../runtime_api.py" script "$BATS_FILE_TMPDIR/x86_64/bootstrap" >told
	expect_same 'jpeg' "$(jq -r 'select(.path == "invocation/response").body | fromjson.image.format' told)"
}

@test "a function for arm64 answers an event" {
	serve
	printf '{"event":"{\\"key\\":\\"cat.jpg\\"}"}\n' >script
	emulator="qemu-aarch64-static -L /usr/aarch64-linux-gnu $BATS_FILE_TMPDIR/arm64/bin"
	# shellcheck disable=SC2086 # a list of words
	/usr/bin/python3 -B "$TESTS/../runtime_api.py" script $emulator/imgpl-lambda $emulator/imgpl-resize \
		--store=s3:photos --rendition=small=90x90 >told
	expect_same 'processed/small/cat.jpg' \
		"$(jq -r 'select(.path == "invocation/response").body | fromjson.renditions[].key' told)"
}

# Change the package for arm64, and expect its check to fail for that alone.
expect_red() { # expect_red LINE...
	local IFS=$'\n'

	(cd package && zip -q -r ../changed.zip .)
	try "$REPOSITORY/scripts/check-lambda" arm64 changed.zip
	expect_status 1
	expect_same "$*" "$(grep -v '^ok' <<<"$output" | grep -v '^1\.\.')"
}

change() {
	cp -R "$BATS_FILE_TMPDIR/arm64" package
}

@test "a package is checked" {
	for arch in arm64 x86_64; do
		try "$REPOSITORY/scripts/check-lambda" $arch "$PACKAGES/imgpl-$arch.zip"
		expect_status 0
	done
}

@test "a package with what needs a newer glibc is refused" {
	change
	echo 'extern void arc4random_buf(void *, unsigned long); int main(void) { char c; arc4random_buf(&c, 1); }' >new.c
	aarch64-linux-gnu-gcc -Wl,--disable-new-dtags,-rpath,'$ORIGIN/../lib' -o package/bin/imgpl-new new.c
	expect_red "not ok 2 - package: nothing needs more than GLIBC_2.34" '# bin/imgpl-new needs GLIBC_2.36'
}

@test "a package that lacks a library is refused" {
	change
	rm package/lib/libz.so.1
	expect_red 'not ok 3 - package: all libraries are there' '# bin/imgpl-label needs libz.so.1' \
		'# bin/imgpl-resize needs libz.so.1' '# bin/imgpl-validate needs libz.so.1' '# lib/libpng16.so.16 needs libz.so.1'
}

@test "a package with a tool that looks for the system's libraries first is refused" {
	change
	echo 'int main(void) { return 0; }' >plain.c
	aarch64-linux-gnu-gcc -Wl,--enable-new-dtags,-rpath,'$ORIGIN/../lib' -o package/bin/imgpl-plain plain.c
	expect_red "not ok 4 - package: tools find their libraries before the system's" \
		'# bin/imgpl-plain does not look into lib first'
}

@test "a package with what is for another machine is refused" {
	change
	cp "$BATS_FILE_TMPDIR/x86_64/lib/libz.so.1" package/lib
	expect_red 'not ok 1 - package: all is for arm64' '# lib/libz.so.1 is for another machine'
}

@test "a package with what can't be run is refused" {
	change
	chmod 644 package/bootstrap
	expect_red "not ok 5 - package: what is run can be run" "# bootstrap can't be run"
}

@test "the same sources give the same package, wherever they are" {
	for _ in {1..6100}; do
		[ ! -e "$BATS_FILE_TMPDIR/elsewhere/ended" ] || break
		sleep 0.1
	done
	expect_same 0 "$(cat "$BATS_FILE_TMPDIR/elsewhere/ended")"
	cmp "$PACKAGES/imgpl-arm64.zip" "$BATS_FILE_TMPDIR/elsewhere/made/imgpl-arm64.zip"
}
