#ifndef NET_PROFILE_H
#define NET_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/*
 * The files that all AWS tools share, ~/.aws/config and ~/.aws/credentials:
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 *
 * A line is a section's name in brackets, or a setting, "name = value". One that is indented
 * further than the setting before it goes on with that setting's value, or, if the value is empty,
 * is a setting nested in it. A line that begins with # or ; is a comment, and so is what comes
 * behind either of them and white space, but in the lines that go on with a value.
 */

enum { PROFILE_MAX_BYTES = 1 << 20 };

/* How a file names the sections that are profiles. */
enum profile_style {
	PROFILE_CONFIG,	     /* [profile NAME], [default] */
	PROFILE_CREDENTIALS, /* [NAME] */
};

/* What a section holds. */
enum profile_kind {
	PROFILE_SETTINGS, /* a profile's settings */
	PROFILE_SERVICES, /* settings nested in services' names: [services NAME] */
	PROFILE_OTHER,	  /* what nobody here asks for */
};

struct profile_setting {
	enum profile_kind kind;
	bool plain_default;  /* in [default] where there may be a [profile default] */
	const char *section; /* its name, "default" */
	const char *group;   /* the setting that this one is nested in; NULL is none */
	const char *name;    /* "" stands for the section itself */
	char *value;
};

/* A file's settings. Starts at zero. */
struct profile_file {
	char *text; /* where all strings are, out of reach of core files */
	struct profile_setting *settings;
	size_t count, room;
};

/* Read the file at `path`; one that is missing has no settings. -1 with `err` filled if it can't be
 * read, or, Imgpl.Invalid, "PATH: line N: ...", if it is no such file or larger than
 * PROFILE_MAX_BYTES. Nothing of what is in it gets into the message. Release with
 * profile_release(). */
int profile_read(
	struct profile_file *file, const char *path, enum profile_style style, struct error *err);
void profile_release(struct profile_file *file);

/* Return whether the file has the profile `name`. */
bool profile_exists(const struct profile_file *file, const char *name);

/* Return the value of the setting `name` in a section, nested in `group` unless that is NULL; the
 * last one counts. NULL if there is none, or it is empty. Borrowed. */
const char *profile_find(const struct profile_file *file, enum profile_kind kind,
	const char *section, const char *group, const char *name);

#endif
