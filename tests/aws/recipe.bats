# README.md's recipe for CI scripts, as it stands there, with a shell in place of the cloud: what is uploaded
# is listed, and goes down the pipeline.
load ../helper

setup_file() {
	[ -n "${STAND_LOG:-}" ] || fail 'nothing stands in for AWS: tests/aws/up DIR, and then . DIR/env'
	awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$BATS_TEST_DIRNAME/../../README.md" \
		>"$BATS_FILE_TMPDIR/recipe"
	grep -q imgpl-presign "$BATS_FILE_TMPDIR/recipe" || fail 'README.md has no recipe'
}

# Work on what is uploaded, until this is stopped.
work() {
	export IMGPL_STORE=s3:photos IMGPL_TABLE=dynamodb:images

	while true; do
		imgpl-list --pending uploads/ | imgpl-validate | imgpl-resize --rendition=main=9x9 | imgpl-store || true
		sleep 0.2
	done
}

# Run the recipe while the cloud works.
follow_recipe() {
	work >worked 2>&1 3>&- &
	try sh "$BATS_FILE_TMPDIR/recipe"
	kill $!
	wait || true
	tail -n 5 worked
}

@test "a picture is uploaded, and the script goes on when it is complete" {
	picture cat.jpg 60x40
	follow_recipe
	expect_status 0
	expect_same "$(jq -r '.key | sub("uploads/"; "processed/main/")' upload)" "$output"
	expect_same 9x6 "$(jq -r '.renditions[0] | "\(.width)x\(.height)"' result)"
	expect_same '["COMPLETE","photos"]' "$(jq -c '[.status,.bucket]' result)"
}

@test "what is no picture ends the script, and the result says why" {
	seq 100 >cat.jpg
	follow_recipe
	[ "$status" != 0 ]
	expect_same FAILED "$(jq -r .status result)"
	expect_in 'not a JPEG' "$(jq -r .reason result)"
}

@test "an upload that is refused ends the script before it waits" {
	picture cat.jpg
	AWS_SECRET_ACCESS_KEY=wrong try sh "$BATS_FILE_TMPDIR/recipe"
	expect_status 22
	expect_in 403 "$stderr"
	[ ! -e result ]
}
