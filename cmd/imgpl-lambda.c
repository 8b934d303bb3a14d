/* imgpl-lambda: let a filter work on the events of a function of AWS Lambda. */
#include <signal.h>

#include "base/error.h"
#include "base/record.h"
#include "lambda/lambda.h"
#include "net/secret.h"
#include "tool/options.h"
#include "tool/report.h"
#include "tool/stop.h"

static int take_api(const char *value, void *target, struct error *err)
{
	*(const char **)target = value;
	return lambda_check_api(value, err);
}

int main(int argc, char **argv)
{
	struct lambda_settings settings = {.write = report_lines};
	const struct option_def options[] = {
		OPTION_TAKE("runtime-api", "HOST:PORT", "AWS_LAMBDA_RUNTIME_API", take_api,
			&settings.api, "where events come from (none)"),
		{0},
	};
	const struct usage usage = {
		.operands = "COMMAND [ARG]...",
		.is_command = true,
		.purpose = "Let a filter work on the events of a function of AWS Lambda.",
		.examples = {"imgpl-lambda imgpl-resize --rendition=thumb=320x320",
			"imgpl-lambda --runtime-api=127.0.0.1:9001 imgpl-validate"},
		.options = options,
		.versions = {record_versions},
	};
	int rc;

	report_begin(argv[0]);
	settings.command = options_parse(&usage, argc, argv);
	if (!settings.command[0])
		report_misuse("no command; see '%s -h'", report_tool());
	if (!settings.api)
		report_misuse("no Runtime API: AWS_LAMBDA_RUNTIME_API is not set");
	settings.tool = report_tool();
	stop_listen();
	settings.stop = stop_descriptor();
	signal(SIGPIPE, SIG_IGN);
	secret_forbid_core(); /* the environment has keys */
	rc = lambda_run(&settings);
	if (stop_signal())
		stop_end();
	return rc ? EXIT_FAILED : EXIT_GOOD;
}
