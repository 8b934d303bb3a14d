# shellcheck shell=bash disable=SC2154 # run sets status and output
# The services as another program calls them, for tests that want a table or a bucket of their own. Loaded after
# helper; what tests/aws/up brought up stands in for them.

setup_file() {
	[ -n "${STAND_LOG:-}" ] || fail 'nothing stands in for AWS: tests/aws/up DIR, and then . DIR/env'
}

dynamodb() { # dynamodb OPERATION INPUT
	curl -sS --max-time 60 --aws-sigv4 aws:amz:us-east-1:dynamodb \
		-u "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "X-Amz-Target: DynamoDB_20120810.$1" \
		-H 'Content-Type: application/x-amz-json-1.0' -d "$2" "$AWS_ENDPOINT_URL_DYNAMODB/"
}

# Make a table of the test's own, $table, which the tools then use.
make_table() {
	table=test.$BATS_TEST_NUMBER-$$-$RANDOM
	dynamodb CreateTable "{\"TableName\":\"$table\",\"BillingMode\":\"PAY_PER_REQUEST\",
		\"AttributeDefinitions\":[{\"AttributeName\":\"image_key\",\"AttributeType\":\"S\"}],
		\"KeySchema\":[{\"AttributeName\":\"image_key\",\"KeyType\":\"HASH\"}]}" >/dev/null
	wait_until is_active
	export IMGPL_TABLE=dynamodb:$table
}

is_active() {
	dynamodb DescribeTable "{\"TableName\":\"$table\"}" | grep -q '"ACTIVE"'
}

s3() { # s3 VERB [ARGUMENT]...: s3.py says what there is
	/usr/bin/python3 -B "$TESTS/s3.py" "$bucket" "$@"
}

# Make a bucket of the test's own, $bucket, which the tools then use.
make_bucket() {
	bucket=test-$BATS_TEST_NUMBER-$$-$RANDOM
	s3 make
	export IMGPL_STORE=s3:$bucket
}
