# What Terraform makes of infra/: "plain", with all defaults, and "full", with all that is optional.
load cloud

setup_file() {
	export FUNCTIONS='["label","presign","resize","results","store","trigger","validate"]'
}

@test "no original and no rendition is public" {
	needs_plans
	for plan in plain full; do
		expect_same 2 "$(applied $plan '[$all[] | select(.type == "aws_s3_bucket_public_access_block") | .values
			| select(.block_public_acls and .block_public_policy and .ignore_public_acls and .restrict_public_buckets)] | length')"
		expect_same 2 "$(applied $plan '[$all[] | select(.type == "aws_s3_bucket")] | length')"
		expect_same 2 "$(applied $plan '[$all[] | select(.type == "aws_s3_bucket_ownership_controls") | .values.rule[0]
			| select(.object_ownership == "BucketOwnerEnforced")] | length')"
		# Nobody is allowed anything in buckets, queues and topics but by the name of a service and its source.
		none applied $plan "$STATEMENTS | select(.Effect == \"Allow\" and .Principal)
			| select((.Principal | has(\"Service\") | not)
				or (.where | test(\"_policy\\\\.\")) and (.Condition | not))"
	done
}

@test "nothing is allowed by a wildcard, but for what AWS has nothing narrower than" {
	needs_plans
	for plan in plain full; do
		none applied $plan "$STATEMENTS | select(.Effect == \"Allow\")
			| select(any(.actions[]; test(\"[*?]\")))"
		none applied $plan "$STATEMENTS | select(.Effect == \"Allow\" and any(.resources[]; . == \"*\"))
			| .where as \$where | .actions[]
			| select(. != \"rekognition:DetectLabels\" and (test(\"^xray:(Put|Get)\") | not)
				and (test(\"^logs:.*(Deliver|ResourcePolic|DescribeLogGroups)\") | not)) | \"\(\$where) \(.)\""
		# A bucket is named by what its keys begin with, and only its list as a whole.
		none applied $plan "$STATEMENTS | select(.Effect == \"Allow\" and (.where | test(\"aws_iam_role_policy\")))
			| select(any(.resources[]; test(\":s3:::\") and (test(\"/(uploads|processed|batch)/[*]\$\") | not)))
			| select(.actions != [\"s3:ListBucket\"])"
	done
}

# Print what a tool's role may do, but for its logs: an action and a resource a line, without accounts and regions.
may() { # may PLAN TOOL
	applied "$1" "$STATEMENTS | select(.where == \"aws_iam_role_policy.tool[\\\"$2\\\"]\") | .resources[] as \$resource
		| .actions[] | \"\(.) \(\$resource)\"" | grep -v '^logs:' | sed -E 's/arn:aws:([a-z0-9]+):[^:]*:[^:]*:/\1:/' | LC_ALL=C sort
}

@test "planned: IAM gives least privilege, and each function has a role of its own" {
	needs_plans
	expect_same "$FUNCTIONS" "$(applied plain '[$all[] | select(.type == "aws_lambda_function") | .values.role | split("/")[1]
		| ltrimstr("imgpl-")] | unique | tojson')"
	bucket=s3:imgpl-123456789012-uploads table=dynamodb:table/imgpl-images
	expect_same "\
dynamodb:GetItem $table
dynamodb:UpdateItem $table
sqs:SendMessage sqs:imgpl-dead-uploads
states:StartExecution states:stateMachine:imgpl-pipeline" "$(may plain trigger)"
	expect_same "\
s3:GetObject $bucket/uploads/*
s3:GetObjectVersion $bucket/uploads/*
s3:ListBucket $bucket" "$(may plain validate)"
	expect_same "\
s3:AbortMultipartUpload $bucket/processed/*
s3:GetObject $bucket/uploads/*
s3:GetObjectVersion $bucket/uploads/*
s3:PutObject $bucket/processed/*" "$(may plain resize)"
	expect_same "\
rekognition:DetectLabels *
s3:GetObject $bucket/processed/*
s3:GetObject $bucket/uploads/*
s3:GetObjectVersion $bucket/uploads/*" "$(may plain label)"
	expect_same "\
dynamodb:GetItem $table
dynamodb:UpdateItem $table" "$(may plain store)"
	expect_same "s3:PutObject $bucket/uploads/*" "$(may plain presign)"
	expect_same "\
dynamodb:BatchGetItem $table
dynamodb:GetItem $table" "$(may plain results)"
	# With CloudFront's key it reads that, and may use the bucket's key where there is one.
	expect_same "\
dynamodb:BatchGetItem dynamodb:table/full-images
dynamodb:GetItem dynamodb:table/full-images
ssm:GetParameter ssm:parameter/full/rendition-key" "$(may full results | grep -Ev '^(kms|xray):')"
}

@test "only AWS's own services assume the roles, and state machines' and EventBridge's for this account alone" {
	needs_plans
	none applied plain "$STATEMENTS | select(.where | test(\"^aws_iam_role\\\\.\"))
		| select(.Principal.Service | IN(\"lambda.amazonaws.com\", \"states.amazonaws.com\", \"events.amazonaws.com\") | not)"
	none applied plain "$STATEMENTS | select(.where | test(\"^aws_iam_role\\\\.\"))
		| select(.Principal.Service != \"lambda.amazonaws.com\" and (.Condition.StringEquals[\"aws:SourceAccount\"] | not)) | .where"
}

@test "each function has a log that ends to be kept, an alarm on its errors and one on its throttles" {
	needs_plans
	for plan in plain full; do
		applied $plan '$all[] | select(.type == "aws_lambda_function") | .values.function_name' | sort >functions
		expect_same 7 "$(wc -l <functions)"
		while read -r function; do
			applied $plan '$all[] | select(.type == "aws_cloudwatch_log_group") | .values
				| select(.name == "/aws/lambda/" + $function) | .retention_in_days > 0' --arg function "$function" | grep -qx true ||
				fail "$function has no log"
			for metric in Errors Throttles; do
				applied $plan '$all[] | select(.type == "aws_cloudwatch_metric_alarm") | .values
					| select(.metric_name == $metric and .dimensions.FunctionName == $function) | .alarm_actions | length > 0' \
					--arg function "$function" --arg metric $metric | grep -qx true || fail "$function has no alarm on $metric"
			done
		done <functions
		none applied $plan '$all[] | select(.type == "aws_cloudwatch_log_group" and .values.retention_in_days == 0) | .address'
	done
}

@test "logs are JSON, and those of state machines hold no records" {
	needs_plans
	expect_same 'JSON 7' "$(planned plain '[$all[] | select(.type == "aws_lambda_function") | .values.logging_config[0].log_format]
		| "\(unique | join(" ")) \(length)"')"
	expect_same 'ERROR false 3' "$(planned plain '[$all[] | select(.type == "aws_sfn_state_machine") | .values.logging_configuration[0]
		| "\(.level) \(.include_execution_data)"] | "\(unique | join(" ")) \(length)"')"
	# What is asked for has people's keys in it.
	planned plain '$all[] | select(.type == "aws_apigatewayv2_stage") | .values.access_log_settings[0].format' >format
	expect_none "$(grep -oE 'context\.(path|queryString|authorizer)|rawQuery' format || true)"
}

@test "planned: alarms tell of errors of functions, of failed executions and of Rekognition's throttling" {
	needs_plans
	alarm_on() { # alarm_on NAMESPACE METRIC
		applied plain '[$all[] | select(.type == "aws_cloudwatch_metric_alarm") | .values
			| select(.namespace == $namespace and .metric_name == $metric and (.alarm_actions | length) == 1)] | length' \
			--arg namespace "$1" --arg metric "$2"
	}
	expect_same 7 "$(alarm_on AWS/Lambda Errors)"
	expect_same 3 "$(alarm_on AWS/States ExecutionsFailed)"
	expect_same 3 "$(alarm_on AWS/States ExecutionsTimedOut)"
	expect_same 3 "$(alarm_on AWS/States ExecutionsAborted)"
	expect_same 1 "$(alarm_on AWS/Rekognition ThrottledCount)"
	expect_same 1 "$(alarm_on AWS/ApiGateway 5xx)"
	expect_same 3 "$(alarm_on AWS/SQS ApproximateNumberOfMessagesVisible)"
	expect_same 1 "$(applied full '[$all[] | select(.type == "aws_sns_topic_subscription" and .values.protocol == "email")] | length')"
}

@test "planned: functions and executions have dead-letter queues, and there is one wherever a failure could vanish" {
	needs_plans
	for plan in plain full; do
		# The one function that is invoked asynchronously.
		expect_same 'dead-uploads 2' "$(applied $plan '$all[] | select(.type == "aws_lambda_function_event_invoke_config") | .values
			| "\(.destination_config[0].on_failure[0].destination | split(":")[-1] | sub("^[a-z]+-"; "")) \(.maximum_retry_attempts)"')"
		expect_same trigger "$(applied $plan '$all[] | select(.type == "aws_s3_bucket_notification") | .values.lambda_function[]
			| .lambda_function_arn | split("-")[-1]')"
		# Executions, and what EventBridge can't deliver.
		applied $plan '$all[] | select(.type == "aws_cloudwatch_event_target") | .values | "\(.rule | sub("^[a-z]+-"; "")) \(.arn | split(":")[-1] | sub("^[a-z]+-"; "")) \(.dead_letter_config[0].arn // "" | split("-")[-1])"' |
			sort >targets
		expect_same "\
failed dead-executions events
failed failed events
failed-batch dead-executions events" "$(cat targets)"
		# Nothing is lost within two weeks, and each queue has its alarm.
		expect_same '1209600 1209600 1209600' "$(applied $plan '[$all[] | select(.type == "aws_sqs_queue") | .values.message_retention_seconds] | join(" ")')"
		expect_same "$(applied $plan '$all[] | select(.type == "aws_sqs_queue") | .values.name' | sort)" \
			"$(applied $plan '$all[] | select(.type == "aws_cloudwatch_metric_alarm") | .values.dimensions.QueueName // empty' | sort)"
	done
}

@test "EventBridge sends on what failed, timed out or was stopped, but no picture that was refused" {
	needs_plans
	applied plain '$all[] | select(.type == "aws_cloudwatch_event_rule" and .name == "failed") | .values.event_pattern' >pattern
	expect_same '["FAILED","TIMED_OUT","ABORTED"]' "$(jq -c .detail.status pattern)"
	expect_same 'arn:aws:states:us-east-1:123456789012:stateMachine:imgpl-pipeline' "$(jq -r '.detail.stateMachineArn | join(" ")' pattern)"
	expect_same '[{"exists":false},null,{"anything-but":"PictureRefused"}]' "$(jq -c .detail.error pattern)"
	# The queue takes from these rules alone, and a role lets them start what writes the row.
	expect_same 'states:StartExecution arn:aws:states:us-east-1:123456789012:stateMachine:imgpl-failed' \
		"$(applied plain "$STATEMENTS | select(.where == \"aws_iam_role_policy.events\") | \"\(.Action) \(.Resource)\"")"
}

@test "whatever is kept is encrypted, with the account's own key where there is one" {
	needs_plans
	expect_same 'AES256 AES256' "$(applied plain '[$all[] | select(.type == "aws_s3_bucket_server_side_encryption_configuration")
		| .values.rule[].apply_server_side_encryption_by_default[0].sse_algorithm] | join(" ")')"
	expect_same 'true true true' "$(applied plain '[$all[] | select(.type == "aws_sqs_queue") | .values.sqs_managed_sse_enabled] | join(" ")')"
	expect_same true "$(applied plain '$all[] | select(.type == "aws_dynamodb_table") | .values.server_side_encryption[0].enabled')"
	key=arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef
	expect_same "aws:kms $key true" "$(applied full '$all[] | select(.address == "aws_s3_bucket_server_side_encryption_configuration.uploads")
		| .values.rule[] | "\(.apply_server_side_encryption_by_default[0] | "\(.sse_algorithm) \(.kms_master_key_id)") \(.bucket_key_enabled)"')"
	expect_same $key "$(applied full '$all[] | select(.type == "aws_dynamodb_table") | .values.server_side_encryption[0].kms_key_arn')"
	# Each role may use the key for what its tool reads or writes.
	expect_same 7 "$(applied full "[$STATEMENTS | select(.where | test(\"policy.tool\")) | select(any(.actions[]; startswith(\"kms:\")))
		| select(.Resource == \"$key\")] | length")"
}

@test "buckets and queues are spoken to over TLS alone" {
	needs_plans
	expect_same 'aws_s3_bucket_policy 2 aws_sqs_queue_policy 3' "$(applied plain "[$STATEMENTS | select(.Effect == \"Deny\"
		and .Condition.Bool[\"aws:SecureTransport\"] == \"false\" and (.Action | endswith(\":*\"))) | .where | split(\".\")[0]]
		| group_by(.) | map(\"\(.[0]) \(length)\") | join(\" \")")"
	# Not only what is in the bucket, but the bucket itself.
	expect_same 2 "$(applied plain "$STATEMENTS | select(.where == \"aws_s3_bucket_policy.uploads\" and .Effect == \"Deny\") | .resources | length")"
}

@test "planned: lifecycle rules age renditions, and clear away old versions and uploads that broke off" {
	needs_plans
	rule() { # rule PLAN ID FILTER
		applied "$1" "\$all[] | select(.type == \"aws_s3_bucket_lifecycle_configuration\") | .values.rule[] | select(.id == \"$2\") | $3"
	}
	expect_same 'Enabled 1' "$(rule plain abort-incomplete-uploads '"\(.status) \(.abort_incomplete_multipart_upload[0].days_after_initiation)"')"
	expect_same 'Enabled 30' "$(rule plain expire-noncurrent-versions '"\(.status) \(.noncurrent_version_expiration[0].noncurrent_days)"')"
	expect_same 'Enabled processed/ 90 STANDARD_IA' "$(rule plain age-renditions \
		'"\(.status) \(.filter[0].prefix) \(.transition[0] | "\(.days) \(.storage_class)")"')"
	expect_same 365 "$(rule full age-renditions '.expiration[0].days')"
	expect_same Enabled "$(applied plain '$all[] | select(.type == "aws_s3_bucket_versioning") | .values.versioning_configuration[0].status')"
}

@test "the table is keyed by image_key, costs what is asked of it, can be had back, and forgets by expires_at" {
	needs_plans
	expect_same 'image_key PAY_PER_REQUEST true true expires_at' "$(applied plain '$all[] | select(.type == "aws_dynamodb_table") | .values
		| "\(.hash_key) \(.billing_mode) \(.point_in_time_recovery[0].enabled) \(.ttl[0].enabled) \(.ttl[0].attribute_name)"')"
	applied full '$all[] | select(.type == "aws_lambda_function" and .index == "store") | .values.environment[0].variables.IMGPL_OPTIONS' |
		grep -q -- --ttl=30
}

@test "the table and the bucket are not deleted by mistake" {
	needs_plans
	grep -A 4 '^variable "deletion_protection"' "$INFRA/variables.tf" | grep -q 'default *= true'
	grep -q 'deletion_protection_enabled = var.deletion_protection' "$INFRA/table.tf"
	grep -q 'force_destroy = !var.deletion_protection' "$INFRA/bucket.tf"
}

@test "the API speaks payload 2.0, and a clean apply serves it: there is a stage" {
	needs_plans
	for plan in plain full; do
		expect_same '2.0 2.0' "$(applied $plan '[$all[] | select(.type == "aws_apigatewayv2_integration") | .values.payload_format_version] | join(" ")')"
		# shellcheck disable=SC2016 # AWS calls it so
		expect_same '$default true' "$(applied $plan '$all[] | select(.type == "aws_apigatewayv2_stage") | .values | "\(.name) \(.auto_deploy)"')"
		expect_same '100 200' "$(applied $plan '$all[] | select(.type == "aws_apigatewayv2_stage") | .values.default_route_settings[0]
			| "\(.throttling_rate_limit) \(.throttling_burst_limit)"')"
		expect_same 'GET /limits|GET /results|POST /upload-url' "$(applied $plan '[$all[] | select(.type == "aws_apigatewayv2_route")
			| .values.route_key] | sort | join("|")')"
	done
}

@test "each route may invoke its function, and no other path may" {
	needs_plans
	expect_same '/*/GET/limits presign|/*/GET/results results|/*/POST/upload-url presign' "$(applied plain '[$all[]
		| select(.type == "aws_lambda_permission" and .name == "api") | .values
		| "\(.source_arn | split(":")[5] | sub("^[^/]*"; "")) \(.function_name | ltrimstr("imgpl-"))"] | sort | join("|")')"
	expect_same 'arn:aws:s3:::imgpl-123456789012-uploads 123456789012' "$(applied plain '$all[]
		| select(.address == "aws_lambda_permission.bucket") | .values | "\(.source_arn) \(.source_account)"')"
}

@test "one list says which origins may ask, and none is *" {
	needs_plans
	api() { applied "$1" '[$all[] | select(.type == "aws_apigatewayv2_api") | .values.cors_configuration[].allow_origins[]] | sort | join(" ")'; }
	bucket() { applied "$1" '[$all[] | select(.type == "aws_s3_bucket_cors_configuration") | .values.cors_rule[].allowed_origins[]] | sort | join(" ")'; }
	site() { applied "$1" '$all[] | select(.type == "aws_cloudfront_distribution") | "https://\(.values.domain_name)"'; }
	# The frontend asks the API at its own origin.
	expect_same '' "$(api plain)"
	expect_same "$(site plain)" "$(bucket plain)"
	expect_same 'http://localhost:5173 https://photos.example' "$(api full)"
	expect_same "$(printf '%s\n' http://localhost:5173 https://photos.example "$(site full)" | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')" "$(bucket full)"
	expect_same 'content-type if-none-match ETag' "$(applied full '$all[] | select(.type == "aws_s3_bucket_cors_configuration")
		| .values.cors_rule[0] | "\(.allowed_headers | join(" ")) \(.expose_headers | join(" "))"')"
}

@test "uploads alone start the pipeline, and what it makes of them starts nothing" {
	needs_plans
	expect_same 'uploads/ s3:ObjectCreated:*' "$(applied plain '$all[] | select(.type == "aws_s3_bucket_notification") | .values.lambda_function[0]
		| "\(.filter_prefix) \(.events | join(" "))"')"
	for prefix in processed/ batch/; do
		[[ "$prefix" != uploads/* ]]
	done
}

@test "every function runs its tool, with the settings that the tool's page names" {
	needs_plans
	applied plain '$all[] | select(.type == "aws_lambda_function") | .values
		| "\(.handler) \(.environment[0].variables | to_entries | map("\(.key)=\(.value)") | join("\t"))"' |
		while read -r tool environment; do
			command -v "imgpl-$tool" >/dev/null || fail "there is no imgpl-$tool"
			IFS=$'\t' read -ra settings <<<"$environment"
			options=
			for setting in "${settings[@]}"; do
				case $setting in
				IMGPL_OPTIONS=*) options=${setting#*=} ;;
				# Read by the tool, or the page says nothing of it.
				*) grep -q "${setting%%=*}" "$INFRA/../man/imgpl-$tool.1" || fail "imgpl-$tool reads no ${setting%%=*}" ;;
				esac
			done
			# The tool takes its options: with no records to read it ends well, or for want of AWS alone.
			# shellcheck disable=SC2086 # options are words
			try_sh 'imgpl-$1 $2 --help' "$tool" "$tool" "$options"
			expect_status 0
			for option in $options; do
				imgpl-$tool --help | grep -qe "${option%%=*}" || fail "imgpl-$tool has no $option"
			done
		done
}

@test "a state gives its function longer than the function takes, and the execution all of its states" {
	needs_plans
	applied plain '$all[] | select(.type == "aws_sfn_state_machine" and .name == "pipeline") | .values.definition' >definition
	applied plain '[$all[] | select(.type == "aws_lambda_function") | {(.values.arn): .values.timeout}] | add' >timeouts
	none jq -r --slurpfile timeouts timeouts '.States | to_entries[] | select(.value.Type == "Task")
		| select(.value.TimeoutSeconds <= $timeouts[0][.value.Parameters.FunctionName]) | .key' definition
	jq -e '.TimeoutSeconds as $all | [.States[] | select(.Type == "Task") | .TimeoutSeconds] | add < $all' definition >/dev/null
	# And who polls is told of a time-out no earlier than there is one.
	applied plain '$all[] | select(.type == "aws_lambda_function" and .index == "results") | .values.environment[0].variables.IMGPL_OPTIONS' |
		grep -qw -- "--time-out=$(jq .TimeoutSeconds definition)"
}

@test "what is deployed are the state machines that are tested" {
	needs_plans
	needs_modules
	for machine in pipeline failed batch; do
		applied plain "\$all[] | select(.type == \"aws_sfn_state_machine\" and .name == \"$machine\") | .values.definition" |
			sed 's/imgpl-123456789012-uploads/photos/g' | jq -S . >deployed
		expect_same "$(jq -S . "$CLOUD_MACHINES/$machine.json")" "$(cat deployed)"
	done
}

@test "the pipeline is of the kind that starts no execution twice" {
	needs_plans
	expect_same 'STANDARD STANDARD STANDARD' "$(applied plain '[$all[] | select(.type == "aws_sfn_state_machine") | .values.type] | join(" ")')"
}

@test "functions are arm64 unless told otherwise, and how many label at once can be limited" {
	needs_plans
	grep -A 4 '^variable "architecture"' "$INFRA/variables.tf" | grep -q 'default *= "arm64"'
	expect_same 'label 5' "$(planned full '$all[] | select(.type == "aws_lambda_function" and .values.reserved_concurrent_executions != -1)
		| "\(.index) \(.values.reserved_concurrent_executions)"')"
}

@test "X-Ray follows where it is asked to, and nowhere else" {
	needs_plans
	expect_same 'PassThrough' "$(applied plain '[$all[] | select(.type == "aws_lambda_function") | .values.tracing_config[0].mode] | unique | join(" ")')"
	expect_same 'Active' "$(applied full '[$all[] | select(.type == "aws_lambda_function") | .values.tracing_config[0].mode] | unique | join(" ")')"
	none applied plain "$STATEMENTS | .actions[] | select(startswith(\"xray:\"))"
	expect_same 'true' "$(planned full '[$all[] | select(.type == "aws_sfn_state_machine") | .values.tracing_configuration[0].enabled] | unique | join(" ")')"
}

@test "planned: with Cognito sign-in a user sees only their own" {
	needs_plans
	expect_same 'NONE' "$(applied plain '[$all[] | select(.type == "aws_apigatewayv2_route") | .values.authorization_type] | unique | join(" ")')"
	expect_same 'GET /limits NONE|GET /results JWT|POST /upload-url JWT' "$(applied full '[$all[] | select(.type == "aws_apigatewayv2_route")
		| .values | "\(.route_key) \(.authorization_type)"] | sort | join("|")')"
	# Tokens are those of this pool, for this client.
	pool=$(applied full '$all[] | select(.type == "aws_cognito_user_pool") | .values.id')
	client=$(applied full '$all[] | select(.type == "aws_cognito_user_pool_client") | .values.id')
	applied full '$all[] | select(.type == "aws_apigatewayv2_authorizer") | .values.jwt_configuration[0] | "\(.issuer) \(.audience | join(" "))"' >jwt
	[[ "$(cat jwt)" == https://cognito-idp.us-east-1.amazonaws.com/"$pool"" $client" ]] || fail "$(cat jwt)"
	# A page keeps no secret, and gets a code that it trades in.
	expect_same 'false code' "$(planned full '$all[] | select(.type == "aws_cognito_user_pool_client") | .values
		| "\(.generate_secret) \(.allowed_oauth_flows | join(" "))"')"
	# That the functions answer an owner alone is for journey.bats to show.
}

@test "planned: CloudFront serves processed pictures, and nothing else of the bucket" {
	needs_plans
	for plan in plain full; do
		expect_same '/processed/* https-only' "$(applied $plan '$all[] | select(.type == "aws_cloudfront_distribution") | .values.ordered_cache_behavior[]
			| select(.target_origin_id == "renditions") | "\(.path_pattern) \(.viewer_protocol_policy)"')"
		# S3 answers this distribution alone, by signature.
		distribution=$(applied $plan '$all[] | select(.type == "aws_cloudfront_distribution") | .values.arn')
		applied $plan "$STATEMENTS | select(.where == \"aws_s3_bucket_policy.uploads\" and .Effect == \"Allow\")
			| \"\(.Action) \(.Resource | split(\"/\")[1:] | join(\"/\")) \(.Principal.Service) \(.Condition.StringEquals[\"AWS:SourceArn\"])\"" >allowed
		expect_same "s3:GetObject processed/* cloudfront.amazonaws.com $distribution" "$(cat allowed)"
		expect_same 'always sigv4' "$(applied $plan '$all[] | select(.type == "aws_cloudfront_origin_access_control") | .values
			| "\(.signing_behavior) \(.signing_protocol)"')"
	done
}

@test "with sign-in CloudFront serves renditions by signed URLs alone, or not at all" {
	needs_plans
	group=$(applied full '$all[] | select(.type == "aws_cloudfront_key_group") | .values.id')
	expect_same "$group" "$(applied full '$all[] | select(.type == "aws_cloudfront_distribution")
		| .values.ordered_cache_behavior[] | select(.target_origin_id == "renditions") | .trusted_key_groups | join(" ")')"
	none planned keyless '$all[] | select(.type == "aws_cloudfront_distribution") | .values.origin[].origin_id | select(. == "renditions")'
	# Then they have S3's URLs, which imgpl-results may sign.
	expect_same --time-out=900 "$(planned keyless '$all[] | select(.type == "aws_lambda_function" and .index == "results")
		| .values.environment[0].variables.IMGPL_OPTIONS')"
	signs() { jq -r '[.planned_values.root_module.resources[], .prior_state.values.root_module.resources[]?, .resource_changes[]?
		| select(.address == "data.aws_iam_policy_document.tool[\"results\"]")
		| (.values // .change.after).statement[].actions[] | select(startswith("s3:"))] | unique | join(" ")' "$CLOUD_PLANS/$1-plan.json"; }
	expect_same s3:GetObject "$(signs keyless)"
	expect_same '' "$(signs full)"
}

@test "results tell CloudFront's URLs, signed by the key that it knows where it serves not everybody" {
	needs_plans
	options() { applied "$1" '$all[] | select(.type == "aws_lambda_function" and .index == "results") | .values.environment[0].variables.IMGPL_OPTIONS'; }
	site() { applied "$1" '$all[] | select(.type == "aws_cloudfront_distribution") | "https://\(.values.domain_name)"'; }
	expect_same "--time-out=900 --rendition-url=$(site plain)" "$(options plain)"
	expect_same "--time-out=900 --rendition-url=$(site full) --rendition-key-id=$(applied full '$all[]
		| select(.type == "aws_cloudfront_public_key") | .values.id') --rendition-key=ssm:/full/rendition-key" "$(options full)"
	# Terraform never sees the private half.
	sed 1,2d "$CLOUD_PLANS/../private.pem" | head -n 1 >secret
	[ "$(wc -c <secret)" -gt 60 ]
	expect_none "$(grep -lFf secret "$CLOUD_PLANS"/*-plan.json "$CLOUD_PLANS"/*-state.json || true)"
}

@test "the page and the pictures come with headers that let them do nothing else" {
	needs_plans
	planned plain '$all[] | select(.type == "aws_cloudfront_response_headers_policy" and .name == "rendition")
		| .values.security_headers_config[0].content_security_policy[0].content_security_policy' >sandbox
	expect_same "default-src 'none'; sandbox" "$(cat sandbox)"
	applied full '$all[] | select(.type == "aws_cloudfront_response_headers_policy" and .name == "page")
		| .values.security_headers_config[0].content_security_policy[0].content_security_policy' >page
	for part in "default-src 'none'" "script-src 'self'" "frame-ancestors 'none'" "base-uri 'none'" \
		"connect-src 'self' https://full-123456789012-uploads.s3.us-east-1.amazonaws.com"; do
		grep -qF "$part" page || fail "no $part: $(cat page)"
	done
	expect_none "$(grep -o "unsafe-[a-z]*\|[ *]\*" page || true)"
}

@test "without CloudFront there is no frontend, and all else is as it was" {
	needs_plans
	none planned bare '$all[] | select((.type | test("cloudfront")) or .name == "site") | .address'
	expect_same 7 "$(planned bare '[$all[] | select(.type == "aws_lambda_function")] | length')"
}

@test "names, prefixes, origins and a region of one's own go everywhere that they have to" {
	needs_plans
	expect_same '0-9 T.a_b-c' "$(planned own '[($all[] | select(.type == "aws_s3_bucket") | .values.bucket),
		($all[] | select(.type == "aws_dynamodb_table") | .values.name)] | join(" ")')"
	expect_same 7 "$(planned own '[$all[] | select(.type == "aws_lambda_function") | .values.function_name | select(startswith("a1-"))] | length')"
	origins='https://a.example:8443 https://b.example'
	expect_same "$origins" "$(planned own '$all[] | select(.type == "aws_apigatewayv2_api") | .values.cors_configuration[0].allow_origins | sort | join(" ")')"
	expect_same "$origins" "$(planned own '$all[] | select(.type == "aws_s3_bucket_cors_configuration") | .values.cors_rule[0].allowed_origins | sort | join(" ")')"
	expect_same "${origins/ // }/" "$(planned own '$all[] | select(.type == "aws_cognito_user_pool_client") | .values.callback_urls | sort | join(" ")')"
	none jq -r '.planned_values | .. | strings | select(test("us-east-1"))' "$CLOUD_PLANS/own-plan.json"
	expect_same Disabled "$(planned own '$all[] | select(.type == "aws_s3_bucket_lifecycle_configuration") | .values.rule[]
		| select(.id == "age-renditions") | .status')"
}

@test "outputs are those of the reference system, and more" {
	needs_plans
	for output in uploads_bucket_name dynamodb_table_name api_base_url site_url state_machine_arn dead_letter_queue_urls; do
		jq -e --arg output $output '.values.outputs[$output].value' "$CLOUD_PLANS/plain-state.json" >/dev/null || fail "no $output"
	done
	for variable in aws_region project_name uploads_bucket_name dynamodb_table_name; do
		grep -q "^variable \"$variable\"" "$INFRA/variables.tf" || fail "no $variable"
	done
}

@test "everything is tagged" {
	needs_plans
	none applied full '$all[] | select(.mode == "managed") | select(.values | has("tags_all"))
		| select(.values.tags_all.Project != "full" or .values.tags_all.Team != "pictures") | .address'
}

@test "the dashboard shows pictures, functions, what is throttled, what was not dealt with, and the API" {
	needs_plans
	applied plain '$all[] | select(.type == "aws_cloudwatch_dashboard") | .values.dashboard_body' >body
	expect_same 8 "$(jq '.widgets | length' body)"
	jq -e '[.widgets[].properties.metrics[][0]] | unique == ["AWS/ApiGateway","AWS/DynamoDB","AWS/Lambda","AWS/Rekognition","AWS/SQS","AWS/States"]' body >/dev/null
}
