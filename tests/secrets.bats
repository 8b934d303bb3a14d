# Keys and tokens, wherever they come from, get into no message, no record but a signed URL, no
# process's arguments and no core file.
load helper

# Of the documented form, and nothing that is found by chance.
id=AKIASECRETSBATS00000 secret=T7sEcReTsEcReTsEcReTsEcReTsEcReTsEcReT7k token=FwoGT7tOkEnToKeNtOkEnToKeN

setup_file() {
	local name

	for name in $(compgen -e AWS_ || true); do
		unset "$name"
	done
	export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_REGION=eu-west-1
	export AWS_EC2_METADATA_DISABLED=true no_proxy=127.0.0.1
}

# Let the tools find the keys in one of three places.
use_keys() { # use_keys environment|file|process
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
	AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
	case $1 in
	environment) export AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token ;;
	file)
		printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n' \
			$id $secret $token >credentials
		AWS_SHARED_CREDENTIALS_FILE=$PWD/credentials
		;;
	process)
		printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s","SessionToken":"%s"}' \
			$id $secret $token >printed
		printf '[default]\ncredential_process = cat "%s/printed"\n' "$PWD" >config
		AWS_CONFIG_FILE=$PWD/config
		;;
	esac
}

# A server on loopback that refuses whatever comes, and throws back all that it was sent; its port.
serve() {
	cat >server.pl <<-'PERL'
		use IO::Socket::INET;
		my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 16) or die;
		$| = 1;
		print $server->sockport, "\n";
		while (my $from = $server->accept) {
		    my ($head, $sent) = ("", "");
		    while (my $line = <$from>) { $head .= $line; last if $line =~ /^\r?\n$/; }
		    read $from, $sent, $1 if $head =~ /^content-length: (\d+)/im;
		    my ($kind) = $head =~ m{^\S+ /(\w*)};
		    my ($token) = $head =~ /^x-amz-security-token: (\S+)/im;
		    my %answers = (
		        expired => ["400", "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message><Token-0>$token</Token-0></Error>"],
		        mismatch => ["403", "<Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message><CanonicalRequest>$head</CanonicalRequest></Error>"],
		        json => ["400", "{\"__type\":\"x#ExpiredTokenException\",\"message\":\"expired\",\"token\":\"$token\"}"],
		        moved => ["307", "", "Location: http://127.0.0.1:1/?$token\r\n"],
		        garbage => ["403", "$head"],
		    );
		    my ($status, $body, $more) = @{$answers{$kind} || $answers{garbage}};
		    print $from "HTTP/1.1 $status No\r\n", $more // "", "Connection: close\r\nContent-Length: ", length $body, "\r\n\r\n$body";
		    close $from;
		}
	PERL
	perl server.pl >port 2>server.err 3>&- &
	server=$!
	wait_until has_lines port 1
	port=$(cat port)
}

# Run each tool that calls AWS, in the background, and note what it says and how it ends.
call_all() { # call_all NAME [VARIABLE=VALUE]...
	local name=$1 tool number=0

	shift
	for tool in 'imgpl-validate -v --store=s3:photos' 'imgpl-resize -v --store=s3:photos' \
		'imgpl-list -v --store=s3:photos' 'imgpl-store -v --table=dynamodb:images' \
		'imgpl-results -v --table=dynamodb:images' 'imgpl-presign -v --store=s3:photos --method=GET' \
		'imgpl-trigger -v --state-machine=arn:aws:states:eu-west-1:123456789012:stateMachine:s'; do
		((++number))
		# shellcheck disable=SC2086 # the tool and its options
		(
			status=0
			env "$@" timeout 60 $tool <in >"said/$name-$number" 2>"said/$name-$number.err" || status=$?
			echo "$tool: $status" >>"said/$name-$number.err"
		) 3>&- &
		calls+=($!)
	done
}

# Nobody said a secret, nor a URL anywhere but on standard output.
expect_nothing_said() {
	expect_same '' "$(grep -rlF -e "$secret" said)"
	expect_same '' "$(grep -lF -e "$token" -e X-Amz-Signature said/*.err)"
	expect_same '' "$(grep -lF -e "$token" said/* | while read -r file; do
		grep -qF '"download":{"url":' "$file" || echo "$file"
	done)"
}

@test "no message and no record tells a secret, whatever goes wrong with AWS" {
	serve
	mkdir said
	printf '%s\n' '{"key":"a b.jpg"}' \
		'{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k","eTag":"e"}}}]}' \
		"{\"key\":\"uploads/x\",\"bucket\":\"no bucket\"}" >in
	for source in environment file process; do
		use_keys $source
		calls=()
		for kind in expired mismatch json moved garbage; do
			call_all "$source-$kind" AWS_ENDPOINT_URL="http://127.0.0.1:$port/$kind"
		done
		call_all "$source-refused" AWS_ENDPOINT_URL=http://127.0.0.1:1
		wait "${calls[@]}"
	done
	kill $server
	wait $server || true
	expect_nothing_said
	# They did call, and were refused.
	for said in ExpiredToken SignatureDoesNotMatch redirect 'connect to server'; do
		grep -rqF "$said" said || fail "nobody says $said"
	done
	grep -qF "$token" said/process-expired-6 || fail 'no URL has the token, where it belongs'
}

@test "no message tells a secret that is not well formed, or where it does not belong" {
	mkdir said
	echo '{"key":"k"}' >in
	try_one() { # try_one NAME [VARIABLE=VALUE]...
		local name=$1

		shift
		run -2 --separate-stderr env "$@" imgpl-presign --bucket=photos --method=GET in
		printf '%s\n' "$output" >"said/$name"
		printf '%s\n' "$stderr" >"said/$name.err"
	}
	use_keys environment
	try_one newline AWS_SECRET_ACCESS_KEY="$secret"$'\n'
	try_one space AWS_SESSION_TOKEN="$token x"
	try_one alone AWS_ACCESS_KEY_ID=
	try_one user AWS_ENDPOINT_URL_S3="http://user:$secret@127.0.0.1:1"
	try_one other AWS_ENDPOINT_URL_S3="ftp://user:$secret@127.0.0.1:1"
	try_one query AWS_ENDPOINT_URL_S3="http://127.0.0.1:1/?token=$token"
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
	try_one container AWS_CONTAINER_CREDENTIALS_FULL_URI="http://example.com/x?$token"
	try_one lines AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/ \
		AWS_CONTAINER_AUTHORIZATION_TOKEN="$token"$'\n'x
	number=0
	while read -r line; do
		printf '[default]\n%b\n' "$line" >"credentials-$((++number))"
		try_one "file-$number" AWS_SHARED_CREDENTIALS_FILE="$PWD/credentials-$number"
	done <<-END
		aws_access_key_id = A\naws_secret_access_key $secret
		aws_access_key_id = A\naws_secret_access_key = $secret x
		aws_secret_access_key = $secret
		[$secret
		aws_access_key_id = A\n = $secret
		aws_access_key_id = A\naws_secret_access_key = $secret\n\taws_session_token = $token
	END
	number=0
	while read -r printed; do
		printf '%s' "$printed" >"printed-$((++number))"
		printf '[default]\ncredential_process = cat %s/printed-%d\n' "$PWD" $number >"config-$number"
		try_one "process-$number" AWS_CONFIG_FILE="$PWD/config-$number"
	done <<-END
		$secret
		{"Version":1,"AccessKeyId":"A","SecretAccessKey":"$secret"
		{"Version":2,"AccessKeyId":"A","SecretAccessKey":"$secret"}
		{"Version":1,"AccessKeyId":"A","SecretAccessKey":["$secret"]}
		{"Version":1,"AccessKeyId":"A","SecretAccessKey":"$secret\\u0020"}
		{"Version":1,"AccessKeyId":"A","SecretAccessKey":"$secret","Expiration":"$token"}
		{"Version":1,"SecretAccessKey":"$secret","SessionToken":"$token"}
		["$secret"]
	END
	expect_nothing_said
	[ "$(find said -name '*.err' -size +0 | wc -l)" = 22 ] || fail "$(ls said)"
}

@test "no process has a secret in its arguments" {
	use_keys process
	printf '[default]\ncredential_process = sleep 1; cat "%s/printed"\n' "$PWD" >config
	start imgpl-presign --bucket=photos --method=GET
	wait_until pgrep -P $tool
	for pid in $tool $(pgrep -P $tool); do
		tr '\0' ' ' <"/proc/$pid/cmdline" >>arguments
	done
	echo '{"key":"k"}' >&"$to"
	wait_until has_lines out 1
	tr '\0' ' ' <"/proc/$tool/cmdline" >>arguments
	exec {to}>&-
	finish
	expect_status 0
	expect_in printed "$(cat arguments)"
	expect_not_in "$secret" "$(cat arguments)"
	expect_not_in "$token" "$(cat arguments)"
}

# Abort a command once it has written a line, and print whether it left a core file, or gave its
# memory to whoever collects core files.
abort() { # abort COMMAND...
	perl -e '
		use IO::Handle;
		pipe(my $in, my $feed) or die;
		pipe(my $answers, my $out) or die;
		my $pid = fork // die;
		if (!$pid) {
			open STDIN, "<&", $in; open STDOUT, ">&", $out; open STDERR, ">", "/dev/null";
			close $feed; close $answers;
			exec @ARGV;
		}
		close $out;
		$feed->autoflush(1);
		print $feed "{\"key\":\"k\"}\n";
		my $answer = <$answers> // die "no answer\n";
		kill ABRT => $pid;
		waitpid $pid, 0;
		print $? & 127, $? & 128 ? " with core\n" : " without core\n"
	' "$@"
}

@test "a process that has keys leaves no core file" {
	needs_plain_build
	ulimit -c unlimited || skip 'core files are not allowed here'
	try_sh "$(declare -f abort); abort imgpl-validate"
	[ "$output" = '6 with core' ] || skip 'nothing leaves core files here'
	for source in environment file process; do
		use_keys $source
		try_sh "$(declare -f abort); abort imgpl-presign --bucket=photos --method=GET"
		expect_same '6 without core' "$output"
		AWS_ENDPOINT_URL=http://127.0.0.1:1 try_sh "$(declare -f abort); abort imgpl-validate --store=s3:photos"
		expect_same '6 without core' "$output"
	done
	# shellcheck disable=SC2016 # for the inner shell
	try_sh "$(declare -f abort)"'; abort sh -c "exec imgpl-serve --data=data --listen=127.0.0.1:0 2>&1"'
	expect_same '6 without core' "$output"
}

# Take an image of a tool's memory as a core file would have it, once it has answered a record, and
# look for what signs. The environment is the user's, so the keys come from elsewhere.
look_into() { # look_into COMMAND...
	start "$@"
	echo '{"key":"the-key-of-the-record"}' >&"$to"
	wait_until has_lines out 1
	gcore -o image $tool >gcore.log 2>&1 || {
		exec {to}>&-
		finish
		skip "the debugger may not look into processes: $(tail -n 1 gcore.log)"
	}
	exec {to}>&-
	finish
	grep -qF the-key-of-the-record image.$tool || fail 'the image has nothing of the process'
	try "$BATS_FILE_TMPDIR/find_keys" image.$tool "$(date -u +%Y%m%d)" eu-west-1 s3 <<<$secret
	expect_same '' "$output"
	expect_status 0
	rm -f in image.$tool
}

@test "what would be in a core file is neither the secret nor a key made of it" {
	needs_plain_build
	needs_root # others may not look into a process that has keys
	command -v gcore >/dev/null || skip 'needs gdb'
	compile find_keys.c find_keys -lcrypto
	for source in file process; do
		use_keys $source
		look_into imgpl-presign --bucket=photos --method=GET
		AWS_ENDPOINT_URL=http://127.0.0.1:1 look_into imgpl-validate --store=s3:photos
	done
}
