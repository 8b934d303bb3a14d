# infra/ is well written, whoever it is deployed by.
load cloud

@test "terraform fmt has nothing to change" {
	command -v terraform >/dev/null || skip 'terraform is not on this machine'
	unset TF_CLI_CONFIG_FILE
	try terraform fmt -check -diff "$INFRA"
	expect_status 0
}

@test "terraform validate finds every attribute that it names in the provider" {
	needs_terraform
	unset TF_CLI_CONFIG_FILE
	try terraform -chdir="$CLOUD_INFRA" validate -no-color
	expect_status 0
}

@test "every variable and every output is described, and every variable has a type" {
	for file in variables outputs; do
		awk '/^(variable|output) / { if (name) print name; name = $2; described = typed = 0 }
			/^  description = / { described = 1 }
			/^  type += / { typed = 1 }
			described && (typed || FILENAME ~ /outputs/) { name = "" }
			END { if (name) print name }' "$INFRA/$file.tf" >missing
		expect_none "$(cat missing)"
	done
}

@test "every variable that not every value suits is validated" {
	# Names, numbers and lists; a bool and a map of tags are good as they are, and a file is looked for.
	awk '/^variable / { name = $2; free = 0; checked = 0 }
		/^  type += (bool|map)/ || name == "\"package\"" { free = 1 }
		/^  validation / { checked = 1 }
		/^}/ && name { if (!free && !checked) print name; name = "" }' "$INFRA/variables.tf" >missing
	expect_none "$(cat missing)"
}

@test "there is nothing in infra/ that a clean clone and make lambda don't have" {
	needs_terraform
	grep -ohE '(templatefile|file|filebase64sha256)\("[^"]*"' "$INFRA"/*.tf | sed 's/.*("\${path.module}\///; s/"$//' | sort -u >read
	[ -s read ]
	while read -r file; do
		git -C "$INFRA" ls-files --error-unmatch "$file" >/dev/null 2>&1 || fail "$file is not in the repository"
	done <read
	grep -q '^  package = coalesce(var.package, "${path.module}/../build/lambda/' "$INFRA/functions.tf"
}

@test "a value that makes no sense is refused, and the message says what would" {
	needs_plans
	try env -u TF_CLI_CONFIG_FILE AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_ENDPOINT_URL="$CLOUD_ENDPOINT" \
		terraform -chdir="$CLOUD_INFRA" plan -no-color -input=false -lock=false -state=none.tfstate \
		-var 'allowed_origins=["*"]' -var uploads_bucket_name=My.Bucket -var log_days=31 \
		-var 'batch_prefixes=["processed/"]' -var 'renditions=["thumb=320x320 --keep=all"]' -var project_name=-x \
		-var architecture=mips -var kms_key_arn=alias/x -var rendition_public_key=secret -var rendition_private_key_parameter=x/*
	expect_status 1
	for message in 'An origin is https://HOST' '3 to 63 lower-case letters' 'One of the numbers' 'not among our own outputs' \
		'A rendition is NAME=WIDTHxHEIGHT' '2 to 24 lower-case letters' 'arm64 or x86_64' 'The ARN of a key' 'A public key in PEM' \
		'The name of a parameter'; do
		[[ "$(echo $stderr)" == *"$message"* ]] || fail "nothing says '$message': $stderr"
	done
}

@test "what makes no sense together is refused, and the message says what would" {
	needs_plans
	grep -q 'halves of one key: set both, or neither' <(tr -s '\n│ ' ' ' <"$CLOUD_PLANS/half-refused")
	grep -q 'has to get back to a page: set cloudfront, or' <(tr -s '\n│ ' ' ' <"$CLOUD_PLANS/nowhere-refused")
}

@test "names of resources don't repeat the project's, and no two say the same" {
	expect_none "$(grep -E '^resource "[a-z0-9_]+" "(imgpl|this|main|default_)' "$INFRA"/*.tf || true)"
}

@test "no secret, no account and no region is written into infra/" {
	expect_none "$(grep -nE 'AKIA|secret_key|[^0-9a-f-][0-9]{12}[^0-9a-f-]' "$INFRA"/*.tf "$INFRA"/*.json || true)"
	expect_none "$(grep -nE '(us|eu|ap|sa|ca|af|me)-[a-z]+-[0-9]' "$INFRA"/*.tf "$INFRA"/*.json | grep -vE 'default *= "us-east-1"|error_message' || true)"
}
