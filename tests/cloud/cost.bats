# infra/cost: what pictures cost, from prices and from work, which are files.
load cloud

cost() { # cost ARGUMENT...
	"$INFRA/cost" "$@"
}

# Print a number of the answer, by its line and column.
figure() { # figure LINE COLUMN < ANSWER
	awk -F '\t' -v line="$1" -v column="$2" '$1 == line { print $column }'
}

@test "a function costs its requests, and its milliseconds times its memory" {
	# 10 ms of a whole core are 34.55 of a 512th of one: with 15.45 ms of waiting, 50 ms of half a GB.
	printf 'a\tlambda\tresize\t2\t10\t15.4\t512\n' >work
	cost --pictures=1000000 work >answer
	expect_same 1.07 "$(figure 'lambda resize' 2 <answer)" # 2 * (0.05 * 0.5 * 0.0000133334 + 0.0000002) * 1000000
	cost --pictures=1000000 --architecture=x86_64 work >answer
	expect_same 1.23 "$(figure 'lambda resize' 2 <answer)"
	printf 'a\tlambda\tresize\t1\t10\t0\t1769\n' >work # a whole core, and no share
	expect_same 0.43 "$(cost work | figure 'lambda resize' 2)"
}

@test "the sums are those of the lines, with Rekognition and without" {
	cost --pictures=1000000 >answer
	for column in 2 3 4; do
		awk -F '\t' -v column=$column 'NR > 1 && $1 !~ /^all/ { sum += $column; if ($1 != "rekognition-label") own += $column }
			$1 == "all" { all = $column } $1 == "all but rekognition-label" { but = $column }
			END { exit !(sum - all < 0.1 && all - sum < 0.1 && own - but < 0.1 && but - own < 0.1 && all > 1000) }' answer
	done
}

@test "half as many pictures cost half as much" {
	cost --pictures=2000000 | tail -n 1 >double
	cost --pictures=1000000 | tail -n 1 >single
	expect_same "$(awk -F '\t' '{ printf "%.0f", $2 * 2 }' single)" "$(awk -F '\t' '{ printf "%.0f", $2 }' double)"
}

@test "every price has a source, and every kind of work a price" {
	none awk -F '\t' '!/^#/ && ($4 !~ /^https:\/\/aws\.amazon\.com\//)' "$INFRA/prices.tsv"
	cost >/dev/null
	printf 'a\ts3-teleport\tnowhere\t1\n' >work
	try "$INFRA/cost" work
	expect_status 1
	expect_same 'cost: work: line 1: there is no price of s3-teleport' "$stderr"
}

@test "what can't be read is refused by its line, and what isn't asked for rightly is misuse" {
	printf '# fine\na\tlambda\tresize\tone\t1\t1\t512\n' >work
	try "$INFRA/cost" work
	expect_status 1
	[[ "$stderr" == 'cost: work: line 2: '* ]] || fail "$stderr"
	expect_same '' "$output"
	for argument in --pictures=many --pictures= --architecture=mips --what; do
		try "$INFRA/cost" "$argument"
		expect_status 2
	done
	try "$INFRA/cost" nothing.tsv
	expect_status 1
}

@test "work.tsv has the memory that Terraform gives the functions" {
	awk -F '\t' '$1 ~ /^imgpl/ && $2 == "lambda" { print $3, $7 }' "$INFRA/work.tsv" | sort -u >work
	awk '/^    [a-z]+ = \{$/ { name = $1 } name && $1 == "memory" { print name, $NF } /^    }/ { name = "" }' "$INFRA/functions.tf" |
		sort -u >terraform
	expect_same "$(cat terraform)" "$(cat work)"
}

@test "README.md says what the script does" {
	cost >answer
	sum() { # sum PATTERN COLUMN
		awk -F '\t' -v column="$2" -v pattern="$1" '$1 ~ pattern && $1 !~ /^all/ { sum += $column } END { printf "%.0f", sum }' answer
	}
	while IFS='|' read -r name pattern; do
		row=$(grep -F "| $name |" "$INFRA/README.md" | tr -d ' $,' | cut -d '|' -f 3-5)
		expect_same "$name: $(sum "$pattern" 2)|$(sum "$pattern" 3)|$(sum "$pattern" 4)" "$name: $row"
	done <<-'ROWS'
		computing (Lambda)|^lambda
		Step Functions|^states|^express
		S3, DynamoDB, the API, logs|^s3|^table|^api|^log
		Rekognition|^rekognition
	ROWS
}
