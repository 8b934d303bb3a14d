# shellcheck shell=bash disable=SC2154 # run sets status, output and stderr
# What the tests of faults share: the server that plays AWS (faults.py). They need python3, curl and
# openssl beside what helper.bash names.

# The keys that the server knows, and a token that nobody should ever see.
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
export AWS_SESSION_TOKEN=FwoGZXIvYXdzEXAMPLETOKENEXAMPLETOKEN

# Start the server in the file's folder, with a photograph, and a larger one.
serve_faults() {
	local key pictures=()

	cd "$BATS_FILE_TMPDIR" || return 1
	convert -seed 1 -size 1200x800 plasma:red-blue -attenuate 0.3 +noise gaussian -quality 92 picture.jpg
	convert -seed 1 -size 2400x1800 plasma:red-blue -attenuate 0.5 +noise gaussian -quality 92 large.jpg
	for key in a b c d e; do
		pictures+=("--picture=uploads/$key.jpg=picture.jpg")
	done
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 \
		-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	cat key.pem >>certificate.pem
	/usr/bin/python3 "$BATS_TEST_DIRNAME/faults.py" --log=log "${pictures[@]}" \
		--picture=uploads/large.jpg=large.jpg --certificate=certificate.pem >ports 2>server 3>&- &
	echo $! >pid
	disown
	wait_until has_lines ports 4
}

stop_faults() {
	kill "$(cat "$BATS_FILE_TMPDIR/pid")"
}

port_of() { # port_of NAME
	awk -v name="$1" '$1 == name { print $2 }' "$BATS_FILE_TMPDIR/ports"
}

# A row of the table is run by itself, in a folder of its own below rows/, which is also its room in
# the server: many wait side by side.

# Read what of the row's fields matters here into variables.
read_row() { # read_row LINE
	IFS=$'\t' read -r fault target tool _ <<<"$1"
}

# Print where requests to the fault go. Some faults are in front of the server.
url_of() { # url_of ROOM
	case $fault in
	refused | full) echo "http://127.0.0.1:$(port_of "$fault")/fine.$target.$1" ;;
	untrusted-certificate) echo "https://127.0.0.1:$(port_of tls)/fine.$target.$1" ;;
	plain-for-tls) echo "https://127.0.0.1:$(port_of plain)/fine.$target.$1" ;;
	*) echo "http://127.0.0.1:$(port_of plain)/$fault.$target.$1" ;;
	esac
}

# Say to the tools where the services are: all are well, but for the one with the fault.
use_services() { # use_services ROOM
	local fine name url

	fine=http://127.0.0.1:$(port_of plain)/fine.none.$1
	case $target in
	rekognition) name=REKOGNITION ;;
	states) name=SFN ;;
	dynamodb | *Item) name=DYNAMODB ;;
	*) name=S3 ;;
	esac
	for url in S3 DYNAMODB REKOGNITION SFN; do
		export "AWS_ENDPOINT_URL_$url=$fine"
	done
	export "AWS_ENDPOINT_URL_$name=$(url_of "$1")"
}

# Nothing of the machine's own settings.
use_test_account() {
	export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_CONFIG_FILE=/nowhere AWS_SHARED_CREDENTIALS_FILE=/nowhere
	export HOME=$PWD AWS_EC2_METADATA_DISABLED=true IMGPL_STALL_SECONDS=3
	unset AWS_PROFILE AWS_ENDPOINT_URL AWS_CA_BUNDLE http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY
	ulimit -c 0
}

record='{"bucket":"photos","key":"uploads/a.jpg","image":{"format":"jpeg","width":1200,"height":800,"orientation":1,"frames":1}}'

# Run the row's tool, as its word in the table has it.
run_tool() {
	local measured=(timeout -k 5 90 "$BATS_FILE_TMPDIR/peak" peak)

	case $tool in
	validate) "${measured[@]}" imgpl-validate --store=s3:photos <<<'{"key":"uploads/a.jpg"}' ;;
	resize) "${measured[@]}" imgpl-resize --store=s3:photos --rendition=main=300x300 <<<'{"key":"uploads/a.jpg"}' ;;
	resize-large)
		"${measured[@]}" imgpl-resize --store=s3:photos --rendition=main=2400x1800,format=png \
			<<<'{"key":"uploads/large.jpg"}'
		;;
	list) "${measured[@]}" imgpl-list --store=s3:photos ;;
	store) "${measured[@]}" imgpl-store --table=dynamodb:images <<<"$record" ;;
	results) "${measured[@]}" imgpl-results --table=dynamodb:images <<<'{"key":"uploads/a.jpg"}' ;;
	results-of-two)
		"${measured[@]}" imgpl-results --table=dynamodb:images <<<'{"version":"2.0","rawPath":"/results","rawQueryString":"image_key=uploads/a.jpg&image_key=b","headers":{},"requestContext":{"http":{"method":"GET","path":"/results"}}}'
		;;
	label) "${measured[@]}" imgpl-label --labeler=rekognition --store=s3:photos <<<"$record" ;;
	label-bytes)
		mkdir uploads && cp "$BATS_FILE_TMPDIR/picture.jpg" uploads/a.jpg
		"${measured[@]}" imgpl-label --labeler=rekognition --store=file:. <<<'{"key":"uploads/a.jpg"}'
		;;
	trigger)
		"${measured[@]}" imgpl-trigger --state-machine=arn:aws:states:us-east-1:123456789012:stateMachine:pipeline \
			<<<'{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"photos"},"object":{"key":"uploads/a.jpg","eTag":"0123","sequencer":"05"}}}]}'
		;;
	esac
}

# Run a row and keep what it said in out, err, status, peak and seconds.
run_row() { # run_row ROOM LINE
	local began=$EPOCHSECONDS status=0

	mkdir -p "$BATS_FILE_TMPDIR/rows/$1" && cd "$BATS_FILE_TMPDIR/rows/$1" || return 1
	read_row "$2"
	use_test_account
	use_services "$1"
	if [[ $tool == results* ]]; then
		AWS_ENDPOINT_URL_DYNAMODB=$AWS_ENDPOINT_URL_S3 imgpl-store --table=dynamodb:images <<<"$record" >stored 2>&1 || true
	fi
	run_tool >out 2>err || status=$?
	echo $status >status
	echo $((EPOCHSECONDS - began)) >seconds
}

# Run all rows, so many side by side, that match $FAULTS (all, unless it is set).
run_rows() { # run_rows TABLE SIDE-BY-SIDE
	local line number=0 running=0

	while IFS= read -r line; do
		((++number))
		if [[ $line == '#'* || ! $line =~ ${FAULTS:-.} ]]; then
			continue
		fi
		if ((++running > $2)); then
			wait -n || true
		fi
		(run_row $number "$line") 3>&- &
		mkdir -p "$BATS_FILE_TMPDIR/rows/$number"
		printf '%s\n' "$line" >"$BATS_FILE_TMPDIR/rows/$number/row"
	done <"$1"
	wait
}
