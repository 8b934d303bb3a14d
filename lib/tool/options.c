#include "tool/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "tool/progress.h"
#include "tool/report.h"
#include "tool/version.h"

/* What getopt_long() returns for an option is its place in the table, past all letters. */
enum { FIRST_OPTION = 256, MAX_OPTIONS = 64 };

/* The options that every tool has. */
static struct {
	bool help_short, help, version, quiet, verbose;
	const char *color;
} every_tool;

static const struct option_def every_tools_options[] = {
	OPTION_FLAG("quiet", 'q', &every_tool.quiet, "no messages about records"),
	OPTION_FLAG("verbose", 'v', &every_tool.verbose, "say what is done"),
	OPTION_TEXT("color", "WHEN", NULL, &every_tool.color,
		"auto, always or never, for messages (auto)"),
	OPTION_FLAG("help", 0, &every_tool.help, "show this; -h shows less"),
	OPTION_FLAG("version", 'V', &every_tool.version, "show the versions of tool and libraries"),
	{0},
};

int options_take_clock(const char *value, void *target, struct error *err)
{
	int64_t seconds;

	(void)target;
	if (clock_parse(value, &seconds))
		return error_invalid(err, "a time like 2026-01-02T03:04:05Z or seconds since 1970");
	clock_fix(seconds);
	return 0;
}

int options_take_progress(const char *value, void *target, struct error *err)
{
	(void)target;
	if (progress_mode(value))
		return error_invalid(err, "auto, always, never or json");
	return 0;
}

static void refuse(const char *name, const char *wanted, const char *value)
{
	report("%s=%s: want %s", name, value, wanted);
	report_misuse("see '%s --help'", report_tool());
}

/* Read a whole number that may end in k, m or g. */
static int parse_number(const char *value, int64_t *number)
{
	static const char units[] = "kmg";
	const char *unit;
	char *end;

	errno = 0;
	*number = strtoll(value, &end, 10);
	if (errno || end == value)
		return -1;
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return -1;
	for (int i = 0; unit && i <= unit - units; i++) {
		if (*number > INT64_MAX / 1024 || *number < 0)
			return -1;
		*number *= 1024;
	}
	return 0;
}

/* Store the `value` that the command line gave, or the environment if `from_environment`. */
static void store(const struct option_def *option, const char *value, bool from_environment)
{
	struct error err = {0};
	char wanted[64], name[64];

	snprintf(name, sizeof(name), "%s%s", from_environment ? "$" : "--",
		from_environment ? option->environment : option->name);

	if (option->flag) {
		*option->flag = true;
	} else if (option->text) {
		*option->text = value;
	} else if (option->number) {
		int64_t number;

		snprintf(wanted, sizeof(wanted), "a whole number from %lld to %lld",
			(long long)option->min, (long long)option->max);
		if (option->max == INT64_MAX)
			snprintf(wanted, sizeof(wanted), "a whole number of %lld or more",
				(long long)option->min);
		if (parse_number(value, &number) || number < option->min || number > option->max)
			refuse(name, wanted, value);
		*option->number = number;
	} else if (option->take(value, option->target, &err)) {
		refuse(name, err.text, value);
	}
}

static void show_option(const struct option_def *option)
{
	char left[64] = "    ";

	if (option->letter)
		snprintf(left, sizeof(left), "-%c, ", option->letter);
	snprintf(left + 4, sizeof(left) - 4, "--%s%s%s", option->name, option->value ? "=" : "",
		option->value ? option->value : "");
	printf("  %-26s %s\n", left, option->help);
}

static void show_help(const struct usage *usage, bool all)
{
	printf("Usage: %s [OPTION]... %s\n%s\n\nExamples:\n", report_tool(), usage->operands,
		usage->purpose);
	for (size_t i = 0; i < 2; i++)
		printf("  %s\n", usage->examples[i]);
	printf("\nSee man %s%s\n", report_tool(), all ? "" : ", or --help for the options");
	if (!all)
		return;
	printf("\n");
	for (const struct option_def *option = usage->options; option->name; option++)
		show_option(option);
	for (const struct option_def *option = every_tools_options; option->name; option++)
		show_option(option);
}

static void show_version(const struct usage *usage)
{
	struct buffer lines = {0};

	for (size_t i = 0; i < 3 && usage->versions[i]; i++)
		usage->versions[i](&lines);
	printf("%s %s\n%s", report_tool(), IMGPL_VERSION, lines.length ? lines.bytes : "");
	buffer_release(&lines);
}

static void finish_output(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		report("stdout: %s", strerror(errno));
		exit(EXIT_FAILED);
	}
	exit(EXIT_GOOD);
}

/* Return the value of a variable that is set and not empty, else NULL. Takes NULL. */
static const char *variable(const char *name)
{
	const char *value = name ? getenv(name) : NULL;

	return value && *value ? value : NULL;
}

/* Set the option's variable to what is known by name, and return its value. */
static const char *complete_name(const struct option_def *option, const char *name)
{
	struct buffer whole = {0};

	buffer_format(&whole, "%s%s", option->name_scheme, name);
	if (setenv(option->environment, whole.bytes, true))
		memory_exhausted();
	buffer_release(&whole);
	return getenv(option->environment);
}

/* Take what the environment says of an option. */
static void store_variable(const struct option_def *option)
{
	const char *value = variable(option->environment);
	const char *name = variable(option->name_environment);

	if (!value && name)
		value = complete_name(option, name);
	if (value)
		store(option, value, true);
}

/* Take what the environment says for options that the command line left out. */
static void store_environment(const struct option_def *options, const bool *given)
{
	for (size_t i = 0; options[i].name; i++)
		if (!given[i])
			store_variable(&options[i]);
}

static void apply_every_tools(const struct usage *usage)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");
	bool color = isatty(STDERR_FILENO) && !(no_color && *no_color) && term &&
		strcmp(term, "dumb") != 0;

	if (every_tool.help || every_tool.help_short) {
		show_help(usage, every_tool.help);
		finish_output();
	}
	if (every_tool.version) {
		show_version(usage);
		finish_output();
	}
	if (every_tool.color && strcmp(every_tool.color, "always") == 0)
		color = true;
	else if (every_tool.color && strcmp(every_tool.color, "never") == 0)
		color = false;
	else if (every_tool.color && strcmp(every_tool.color, "auto") != 0)
		refuse("--color", "auto, always or never", every_tool.color);
	report_set(every_tool.quiet	     ? REPORT_QUIET
			: every_tool.verbose ? REPORT_VERBOSE
					     : REPORT_NORMAL,
		color);
}

/* Describe the tables to getopt_long(): `known` are the table's rows in the order of `longs`. */
static size_t describe(const struct option_def *options, const struct option_def **known,
	struct option *longs, size_t count, struct buffer *letters)
{
	for (; options->name; options++, count++) {
		int value = options->value ? required_argument : no_argument;

		if (count == MAX_OPTIONS)
			abort();
		known[count] = options;
		longs[count] =
			(struct option){options->name, value, NULL, FIRST_OPTION + (int)count};
		if (options->letter)
			buffer_format(letters, "%c%s", options->letter, options->value ? ":" : "");
	}
	return count;
}

/* Say what getopt_long() did not like about the word `given`. */
static void refuse_option(bool lacks_value, const char *given)
{
	if (lacks_value)
		report("a value is missing after '%s'", given);
	else if (optopt >= FIRST_OPTION)
		report("no value goes with '%s'", given);
	else if (optopt)
		report("unknown option '-%c'", optopt);
	else
		report("unknown option '%s'", given);
	report_misuse("see '%s --help'", report_tool());
}

char **options_parse(const struct usage *usage, int argc, char **argv)
{
	const struct option_def *known[MAX_OPTIONS];
	struct option longs[MAX_OPTIONS + 1] = {{0}};
	bool given[MAX_OPTIONS] = {false};
	struct buffer letters = {0};
	size_t count;
	int found;

	buffer_text(&letters, usage->is_command ? "+:h" : ":h");
	count = describe(usage->options, known, longs, 0, &letters);
	count = describe(every_tools_options, known, longs, count, &letters);
	opterr = 0;
	while ((found = getopt_long(argc, argv, letters.bytes, longs, NULL)) != -1) {
		size_t i = 0;

		if (found == 'h') {
			every_tool.help_short = true;
			continue;
		}
		if (found == '?' || found == ':')
			refuse_option(found == ':', argv[optind - 1]);
		while (i < count && found != FIRST_OPTION + (int)i && found != known[i]->letter)
			i++;
		if (i < count) {
			given[i] = true;
			store(known[i], optarg, false);
		}
	}
	buffer_release(&letters);
	apply_every_tools(usage);
	store_environment(usage->options, given);
	return argv + optind;
}
