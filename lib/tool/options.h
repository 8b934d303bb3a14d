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
	const char *name;        /* without the dashes */
	char letter;             /* 0 if it has none */
	const char *value;       /* what the value is, in capitals; NULL for a flag */
	const char *help;        /* one line of at most 54 characters */
	const char *environment; /* the variable that stands in for it, or NULL */
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
	const char *purpose;  /* one sentence */
	const char *examples[2];
	const struct option_def *options; /* up to one without a name */
	/* Append a line a library, with its version; up to NULL. */
	void (*const *versions)(struct buffer *lines);
};

/* Store the options of `argv` in their targets and return the operands, up to NULL, which are
 * argv's own. Does not return after --help and --version (exit 0), nor on misuse (two lines on
 * stderr, exit 2). */
char **options_parse(const struct usage *usage, int argc, char **argv);

/* The options that tools share, to stand in their tables. */
#define OPTION_STORE(target) \
	{ \
		.name = "store", .value = "URL", .environment = "IMGPL_STORE", .text = target, \
		.help = "where pictures are (file:.)" \
	}
#define OPTION_BUCKET(target) \
	{ \
		.name = "bucket", .value = "NAME", .environment = "UPLOAD_BUCKET", .text = target, \
		.help = "bucket of records that name none" \
	}
#define OPTION_TABLE(target) \
	{ \
		.name = "table", .value = "URL", .environment = "IMGPL_TABLE", .text = target, \
		.help = "where rows are (sqlite:imgpl.db)" \
	}
#define OPTION_OUT_PREFIX(target) \
	{ \
		.name = "out-prefix", .value = "PREFIX", .text = target, \
		.help = "what results' keys begin with (processed/)" \
	}
#define OPTION_DRY_RUN(target) \
	{ \
		.name = "dry-run", .letter = 'n', .flag = target, \
		.help = "do all but write; mark records dry_run" \
	}
#define OPTION_JOBS(target) \
	{ \
		.name = "jobs", .letter = 'j', .value = "N", .number = target, .max = 256, \
		.help = "work on N records side by side; 0: one a CPU (1)" \
	}
#define OPTION_MAX_BYTES(target) \
	{ \
		.name = "max-bytes", .value = "N", .number = target, .max = INT64_MAX, \
		.help = "refuse larger pictures; 0: no limit (64m)" \
	}
#define OPTION_MAX_PIXELS(target) \
	{ \
		.name = "max-pixels", .value = "N", .number = target, .max = INT64_MAX, \
		.help = "refuse more than N pixels (50000000)" \
	}
#define OPTION_MAX_FRAMES(target) \
	{ \
		.name = "max-frames", .value = "N", .number = target, .max = INT64_MAX, \
		.help = "refuse animations of more frames (1000)" \
	}
#define OPTION_MAX_SCANS(target) \
	{ \
		.name = "max-scans", .value = "N", .number = target, .max = INT64_MAX, \
		.help = "refuse JPEGs of more progressive scans (100)" \
	}
#define OPTION_MIN_SIDE(target) \
	{ \
		.name = "min-side", .value = "PIXELS", .number = target, .max = INT32_MAX, \
		.help = "refuse pictures with a shorter side (1)" \
	}
#define OPTION_AT \
	{ \
		.name = "at", .value = "TIME", .environment = "SOURCE_DATE_EPOCH", \
		.take = options_take_clock, .help = "the time to write, instead of now" \
	}
#define OPTION_PROGRESS \
	{ \
		.name = "progress", .value = "WHEN", .take = options_take_progress, \
		.help = "auto, always, never or json (auto)" \
	}

int options_take_clock(const char *value, void *target, struct error *err);
int options_take_progress(const char *value, void *target, struct error *err);

#endif
