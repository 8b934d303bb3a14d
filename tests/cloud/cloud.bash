# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # the tests use what is set here; run sets status, output and stderr
# What the tests of infra/ start from. tests/cloud/up says what the variables CLOUD_... are; each test says what it
# needs, and is skipped where that is missing.
load ../helper

INFRA=$(cd "$BATS_TEST_DIRNAME/../../infra" && pwd)

needs_modules() {
	[ -n "${CLOUD_MODULES:-}" ] || fail 'nothing is made ready: tests/cloud/up DIR, and then . DIR/env'
}

needs_terraform() {
	[ -n "${CLOUD_INFRA:-}" ] || skip 'terraform or its AWS provider is not on this machine'
}

needs_plans() {
	[ -n "${CLOUD_PLANS:-}" ] || skip 'terraform, its AWS provider or moto is not on this machine'
	for _ in {1..3000}; do
		[ ! -e "$CLOUD_PLANS/failed" ] || fail "$(cat "$CLOUD_PLANS/failed")"
		[ ! -e "$CLOUD_PLANS/done" ] || return 0
		sleep 0.1
	done
	fail 'terraform is not done after five minutes'
}

# Print what jq finds in what was applied: $all is an array of {address, type, name, index, values}.
applied() { # applied PLAN FILTER [ARGUMENT...]
	local plan=$1 filter=$2

	shift 2
	jq -r "$@" "[.values.root_module.resources[]] as \$all | $filter" "$CLOUD_PLANS/$plan-state.json"
}

# The same of what was planned, which has what moto forgets, and lacks what is known later.
planned() { # planned PLAN FILTER [ARGUMENT...]
	local plan=$1 filter=$2

	shift 2
	jq -r "$@" "[.planned_values.root_module.resources[]] as \$all | $filter" "$CLOUD_PLANS/$plan-plan.json"
}

# Run a command that finds offenders, of which there are to be none.
none() { # none COMMAND...
	local found

	found=$("$@") || fail "this failed: $*"
	expect_none "$found"
}

expect_none() { # expect_none FOUND
	[ -z "$1" ] || fail "found: $1"
}

# Statements of all policies, each with where it is. Of a role, of who may assume it, of a bucket, queue or topic.
STATEMENTS='($all[] | select(.mode == "managed" and (.address | test("_policy\\.|aws_iam_role\\."))) | .address as $where | .values
	| (.policy?, .assume_role_policy?) | strings | select(. != "") | fromjson | .Statement[]
	| . + {where: $where, actions: ([.Action] | flatten), resources: ([.Resource // empty] | flatten)})'

# Run a state machine with the functions that ./functions is told of, and print what came of it.
run_machine() { # run_machine MACHINE INPUT
	printf '%s' "$2" | node "$BATS_TEST_DIRNAME/run_machine.cjs" "$CLOUD_MODULES" "$CLOUD_MACHINES/$1.json" "$PWD/function"
}
