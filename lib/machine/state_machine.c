#include "machine/state_machine.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "net/aws.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz" DIGITS "-"

enum { MAX_ARN = 256, ACCOUNT = 12 };

/* What no name may have in it, besides white space and control characters. */
static const char forbidden[] = "<>{}[]?*\"#%\\^|~`$&,;:/";

static const struct aws_service service = {.name = "states",
	.variable = "SFN",
	.target = "AWSStepFunctions",
	.content_type = "application/x-amz-json-1.0"};

struct state_machine {
	struct aws *aws;
	char *arn, *region;
};

/* Move `at` past a part of an ARN and the colon behind it: characters of `allowed`, `length` of
 * them, or any number but none if that is 0. */
static bool pass_part(const char **at, const char *allowed, size_t length)
{
	size_t found = strspn(*at, allowed);

	if (found == 0 || (length && found != length) || (*at)[found] != ':')
		return false;
	*at += found + 1;
	return true;
}

static bool pass_text(const char **at, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(*at, text, length) != 0)
		return false;
	*at += length;
	return true;
}

/* Move `at` past a name that the user chose. */
static bool pass_name(const char **at)
{
	const char *start = *at;

	while (**at && !strchr(forbidden, **at) && (unsigned char)**at > ' ' && **at != '\x7f')
		(*at)++;
	return *at > start;
}

/* Return what comes behind "...:stateMachine:", or NULL if `arn` is not of that form. */
static const char *find_name(const char *arn)
{
	const char *at = arn;

	if (!pass_text(&at, "arn:") || !pass_part(&at, LOWER, 0) || !pass_text(&at, "states:") ||
		!pass_part(&at, LOWER, 0) || !pass_part(&at, DIGITS, ACCOUNT) ||
		!pass_text(&at, "stateMachine:"))
		return NULL;
	return at;
}

int state_machine_check(const char *arn, struct error *err)
{
	const char *at = find_name(arn);

	if (at && pass_name(&at) && (!*at || (*at++ == ':' && pass_name(&at) && !*at)) &&
		strlen(arn) <= MAX_ARN)
		return 0;
	return error_invalid(
		err, "the ARN of a state machine, arn:aws:states:REGION:ACCOUNT:stateMachine:NAME");
}

void state_machine_execution(const char *arn, const char *name, struct buffer *execution)
{
	const char *machine = find_name(arn);
	size_t before = (size_t)(machine - arn) - strlen("stateMachine:");

	buffer_append(execution, arn, before);
	buffer_format(execution, "execution:%.*s:%s", (int)strcspn(machine, ":"), machine, name);
}

/* The region that the ARN names, to be freed. */
static char *copy_region(const char *arn)
{
	const char *at = arn;
	char *region;

	pass_text(&at, "arn:");
	pass_part(&at, LOWER, 0);
	pass_text(&at, "states:");
	region = memory_copy(at);
	region[strcspn(region, ":")] = '\0';
	return region;
}

struct state_machine *state_machine_open(const char *arn, struct error *err)
{
	struct state_machine *machine = memory_new(1, sizeof(*machine));

	machine->arn = memory_copy(arn);
	machine->region = copy_region(arn);
	machine->aws = aws_open_in(&service, machine->region, err);
	if (machine->aws)
		return machine;
	state_machine_free(machine);
	return NULL;
}

void state_machine_free(struct state_machine *machine)
{
	if (!machine)
		return;
	aws_free(machine->aws);
	free(machine->region);
	free(machine->arn);
	free(machine);
}

static int read_answer(struct json_object *output, struct buffer *execution, struct error *err)
{
	const char *arn = json_string(output, "executionArn");

	/* It may run: who asks again is told. */
	if (!arn)
		return error_transient(err, "StartExecution: an answer without executionArn");
	buffer_text(execution, arn);
	return 0;
}

int state_machine_start(struct state_machine *machine, const char *name, const char *input,
	struct buffer *execution, bool *duplicate, struct error *err)
{
	struct buffer request = {0};
	struct json_object *output;
	char code[AWS_CODE];
	int rc;

	buffer_byte(&request, '{');
	compose_string(&request, "stateMachineArn", machine->arn);
	compose_string(&request, "name", name);
	compose_string(&request, "input", input);
	buffer_byte(&request, '}');
	rc = aws_json(machine->aws, "StartExecution", &request, 0, &output, code, err);
	*duplicate = rc && strcmp(code, "ExecutionAlreadyExists") == 0;
	if (*duplicate)
		rc = 0;
	else if (rc == 0)
		rc = read_answer(output, execution, err);
	json_object_put(output);
	buffer_release(&request);
	return rc;
}
