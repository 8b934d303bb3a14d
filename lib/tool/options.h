#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct error;

/*
 * A tool's command line: a table of options that --help prints, getopt_long(3) reads, and the
 * manual page is compared with. Every tool also has --help, --version, --quiet, --verbose and
 * --color.
 */

/* An option stores into one of the targets; which is set says what kind it is. */
struct option_def {
	const char *name;	 /* without the dashes */
	char letter;		 /* 0 if it has none */
	const char *value;	 /* what the value is, in capitals; NULL for a flag */
	const char *help;	 /* one line of at most 54 characters */
	const char *environment; /* the variable that stands in for it, or NULL */
	/* If that is not set either: one that has only a name, and what comes before the name. */
	const char *name_environment, *name_scheme;
	bool *flag;
	const char **text; /* borrowed from argv or the environment */
	int64_t *number;   /* a whole number within `min` and `max`, with k, m or g for 2^10, 2^20,
			      2^30 */
	int64_t min, max;
	/* Anything else: fill `err` and return -1 to refuse the value. */
	int (*take)(const char *value, void *target, struct error *err);
	void *target;
};

struct usage {
	const char *operands; /* "[FILE]..." */
	bool is_command;      /* they are a command, whose options are its own */
	const char *purpose;  /* one sentence */
	const char *examples[2];
	const struct option_def *options; /* up to one without a name */
	/* Each appends a line a library, with its version. */
	void (*versions[3])(struct buffer *lines);
};

/* Store the options of `argv` in their targets and return the operands, up to NULL, which are
 * argv's own. Does not return after --help and --version (exit 0), nor on misuse (two lines on
 * stderr, exit 2). */
char **options_parse(const struct usage *usage, int argc, char **argv);

/* The kinds of option, as rows of a table. */
#define OPTION_FLAG(name_, letter_, target_, help_) \
	{ \
		.name = name_, .letter = letter_, .flag = target_, .help = help_ \
	}
#define OPTION_TEXT(name_, value_, environment_, target_, help_) \
	{ \
		.name = name_, .value = value_, .environment = environment_, .text = target_, \
		.help = help_ \
	}
#define OPTION_NUMBER(name_, letter_, value_, target_, most_, help_) \
	{ \
		.name = name_, .letter = letter_, .value = value_, .number = target_, \
		.max = most_, .help = help_ \
	}
#define OPTION_TAKE(name_, value_, environment_, take_, target_, help_) \
	{ \
		.name = name_, .value = value_, .environment = environment_, .take = take_, \
		.target = target_, .help = help_ \
	}

/* The options that tools share, so that they mean the same everywhere. */
#define OPTION_STORE(target) \
	OPTION_TEXT("store", "URL", "IMGPL_STORE", target, "where pictures are (file:.)")
#define OPTION_BUCKET(target) \
	OPTION_TEXT("bucket", "NAME", "UPLOAD_BUCKET", target, "bucket of records that name none")
#define OPTION_TABLE(target) \
	{ \
		.name = "table", .value = "URL", .text = target, \
		.help = "where rows are (sqlite:imgpl.db)", .environment = "IMGPL_TABLE", \
		.name_environment = "TABLE_NAME", .name_scheme = "dynamodb:" \
	}
#define OPTION_IN_PREFIX(target) \
	OPTION_TEXT("in-prefix", "PREFIX", NULL, target, "what results' keys leave out (uploads/)")
#define OPTION_OUT_PREFIX(target) \
	OPTION_TEXT("out-prefix", "PREFIX", NULL, target, \
		"what results' keys begin with (processed/)")
#define OPTION_DRY_RUN(target) \
	OPTION_FLAG("dry-run", 'n', target, "do all but write; mark records dry_run")
#define OPTION_JOBS(target) \
	OPTION_NUMBER( \
		"jobs", 'j', "N", target, 256, "work on N records side by side; 0: one a CPU (1)")
#define OPTION_MAX_BYTES(target) \
	OPTION_NUMBER("max-bytes", 0, "N", target, INT64_MAX, \
		"refuse larger pictures; 0: no limit (64m)")
#define OPTION_MAX_PIXELS(target) \
	OPTION_NUMBER( \
		"max-pixels", 0, "N", target, INT64_MAX, "refuse more than N pixels (50000000)")
#define OPTION_MAX_FRAMES(target) \
	OPTION_NUMBER("max-frames", 0, "N", target, INT64_MAX, \
		"refuse animations of more frames (1000)")
#define OPTION_MAX_SCANS(target) \
	OPTION_NUMBER("max-scans", 0, "N", target, INT64_MAX, \
		"refuse JPEGs of more progressive scans (100)")
#define OPTION_MIN_SIDE(target) \
	OPTION_NUMBER("min-side", 0, "PIXELS", target, INT32_MAX, \
		"refuse pictures with a shorter side (1)")
#define OPTION_AT \
	OPTION_TAKE("at", "TIME", "SOURCE_DATE_EPOCH", options_take_clock, NULL, \
		"the time to write, instead of now")
#define OPTION_PROGRESS \
	OPTION_TAKE("progress", "WHEN", NULL, options_take_progress, NULL, \
		"auto, always, never or json (auto)")

int options_take_clock(const char *value, void *target, struct error *err);
int options_take_progress(const char *value, void *target, struct error *err);

#endif
