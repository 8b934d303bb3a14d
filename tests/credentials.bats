# quick
# Where keys come from is tested in tests/unit/net_credentials.c; here, what tools do with them, and
# where they must not be found.
load helper

id=AKIAIOSFODNN7EXAMPLE
secret=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
wish='{"key":"a.jpg","content_type":"image/jpeg","bytes":100}'

# Forget what is set of AWS, and have files of AWS's that the test writes.
begin() {
	local name

	for name in "${!AWS_@}"; do
		unset "$name"
	done
	export AWS_CONFIG_FILE=$PWD/config AWS_SHARED_CREDENTIALS_FILE=$PWD/credentials
	export AWS_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true
	sign=(imgpl-presign --verbose --store=s3: --bucket=photographs)
}

# Fail if a part of the secret is in a file.
expect_no_secret() { # expect_no_secret FILE...
	! grep -a -F -e "${secret:0:16}" -e "${secret: -16}" -- "$@" || fail 'there is the secret'
}

@test "a tool without credentials says so and reads nothing" {
	begin
	try "${sign[@]}" <<<"$wish"
	expect_status 2
	expect_same '' "$output"
	expect_messages 'imgpl-presign: no credentials in the environment, the AWS profile, a container or an instance'
}

@test "what is wrong in the files of AWS is named by its line" {
	begin
	printf '[default]\naws_secret_access_key: %s\n' "$secret" >credentials
	try "${sign[@]}" <<<"$wish"
	expect_status 2
	expect_messages "imgpl-presign: $PWD/credentials: line 2: neither a section nor a setting: there is no ="
}

@test "a credential_process reads none of the records, and its messages are seen" {
	begin
	printf '[default]\ncredential_process = cat >read; echo from the command >&2; cat %s\n' "$PWD/answer" >config
	printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s"}' $id $secret >answer
	try "${sign[@]}" < <(for ((i = 0; i < 3; i++)); do echo "$wish"; done)
	expect_status 0
	expect_same 3 "$(wc -l <<<"$output")"
	expect_in 'from the command' "$stderr"
	[ ! -s read ]
}

@test "no secret is among the arguments, in answers or in messages" {
	begin
	export AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret
	start "${sign[@]}"
	echo "$wish" >&"$to"
	echo '{"key":"../a"}' >&"$to"
	wait_until has_lines out 2
	expect_no_secret "/proc/$tool/cmdline"
	exec {to}>&-
	finish
	expect_status 1
	expect_in "$id" "$output"
	expect_no_secret out err
}

@test "a process that has keys leaves no core file" {
	needs_plain_build
	[[ $(cat /proc/sys/kernel/core_pattern) != [/\|]* ]] || skip 'core files go elsewhere'
	begin
	ulimit -c unlimited || skip 'core files are forbidden here'
	# shellcheck disable=SC2016 # the shell that is to end says who it is
	bash -c 'kill -ABRT $$' 3>&- || true
	compgen -G 'core*' >/dev/null || skip 'nobody leaves core files here'
	rm -f core*
	export AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret
	start "${sign[@]}"
	echo "$wish" >&"$to"
	wait_until has_lines out 1
	kill -ABRT "$tool"
	finish
	expect_status $((128 + 6))
	! compgen -G 'core*'
}

@test "a core file that root makes of a process has no secret from the files of AWS" {
	needs_plain_build
	needs_root
	command -v gcore >/dev/null || skip 'needs gcore, in Debian the package gdb'
	begin
	printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' $id $secret >credentials
	start "${sign[@]}"
	echo "$wish" >&"$to"
	wait_until has_lines out 1
	gcore -o core "$tool" >log 2>&1 || skip "gcore can't: $(tail -n 1 log)"
	exec {to}>&-
	finish
	expect_status 0
	grep -q -a -F photographs core.* # it is a core file of what was at work
	expect_no_secret core.*
}
