#include "net/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "net/secret.h"

#define WHITE " \t\r\f\v"

/* A file being read. */
struct reading {
	struct profile_file *file;
	enum profile_style style;
	size_t line;
	struct profile_setting section; /* what the settings that come are in */
	bool in_section;
	/* The setting that further lines may go on with: how far it is indented, and where its
	 * value ends. */
	bool in_setting;
	size_t indent;
	char *value_end;
	struct error *err;
};

static int wrong(const struct reading *reading, const char *what)
{
	return error_invalid(reading->err, "line %zu: %s", reading->line, what);
}

/* Cut white space off both ends. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, WHITE);
	length = strlen(text);
	while (length > 0 && strchr(WHITE, text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

/* Cut off a comment, which white space comes before. */
static void cut_comment(char *text)
{
	for (char *c = text; *c; c++)
		if ((*c == '#' || *c == ';') && (c == text || strchr(WHITE, c[-1]))) {
			*c = '\0';
			return;
		}
}

static void add(struct reading *reading, const char *group, const char *name, char *value)
{
	struct profile_file *file = reading->file;
	struct profile_setting setting = reading->section;

	if (file->count == file->room) {
		file->room = file->room ? 2 * file->room : 64;
		file->settings = memory_resize(file->settings, file->room, sizeof(setting));
	}
	setting.group = group;
	setting.name = name;
	setting.value = value;
	file->settings[file->count++] = setting;
}

/* Return what follows the word that a section begins with; NULL if that is another. */
static char *after_word(char *section, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(section, word, length) != 0 || !section[length] ||
		!strchr(WHITE, section[length]))
		return NULL;
	return section + length + strspn(section + length, WHITE);
}

static char *unquote(char *name)
{
	size_t length = strlen(name);

	if (length < 2 || (*name != '"' && *name != '\'') || name[length - 1] != *name)
		return name;
	name[length - 1] = '\0';
	return name + 1;
}

/* Find out what a section is by what is between its brackets. */
static struct profile_setting read_section(enum profile_style style, char *text)
{
	struct profile_setting section = {.kind = PROFILE_OTHER, .section = text};
	char *name;

	if (style == PROFILE_CREDENTIALS) {
		section.kind = PROFILE_SETTINGS;
		section.section = unquote(text);
	} else if (strcmp(text, "default") == 0) {
		section.kind = PROFILE_SETTINGS;
		section.plain_default = true;
	} else if ((name = after_word(text, "profile"))) {
		section.kind = PROFILE_SETTINGS;
		section.section = unquote(name);
	} else if ((name = after_word(text, "services"))) {
		section.kind = PROFILE_SERVICES;
		section.section = unquote(name);
	}
	return section;
}

static int take_section(struct reading *reading, char *line)
{
	char *end = strchr(line, ']'), *rest;

	if (!end)
		return wrong(reading, "a section without the closing bracket");
	rest = end + 1 + strspn(end + 1, WHITE);
	if (*rest && *rest != '#' && *rest != ';')
		return wrong(reading, "more behind a section's closing bracket");
	*end = '\0';
	reading->section = read_section(reading->style, trim(line + 1));
	reading->in_section = true;
	reading->in_setting = false;
	add(reading, NULL, "", end);
	return 0;
}

/* Add the setting that a line is, "name = value". */
static int add_line(struct reading *reading, const char *group, char *line)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return wrong(reading, "neither a section nor a setting: there is no =");
	*equals = '\0';
	line = trim(line);
	if (!*line)
		return wrong(reading, "a setting without a name");
	add(reading, group, line, trim(equals + 1));
	return 0;
}

static char *last_value(const struct reading *reading)
{
	return reading->file->settings[reading->file->count - 1].value;
}

static int take_setting(struct reading *reading, char *line, size_t indent)
{
	if (!reading->in_section)
		return wrong(reading, "a setting before the first section");
	cut_comment(line);
	if (add_line(reading, NULL, line))
		return -1;
	reading->in_setting = true;
	reading->indent = indent;
	reading->value_end = last_value(reading) + strlen(last_value(reading));
	return 0;
}

/* Go on with the setting of the line before: a further line of its value, or one nested in it. */
static int take_indented(struct reading *reading, char *line)
{
	const struct profile_file *file = reading->file;
	const struct profile_setting *before = &file->settings[file->count - 1];
	size_t length = strlen(line);

	if (before->group)
		return add_line(reading, before->group, line);
	if (!*before->value)
		return add_line(reading, before->name, line);
	*reading->value_end++ = '\n';
	memmove(reading->value_end, line, length + 1);
	reading->value_end += length;
	return 0;
}

static int take_line(struct reading *reading, char *line)
{
	size_t indent = strspn(line, WHITE);

	line = trim(line);
	if (!*line || *line == '#' || *line == ';')
		return 0;
	if (reading->in_setting && indent > reading->indent)
		return take_indented(reading, line);
	if (*line == '[')
		return take_section(reading, line);
	return take_setting(reading, line, indent);
}

static int take_lines(struct reading *reading, char *text)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	char *end;

	if (strncmp(text, byte_order_mark, 3) == 0)
		text += 3;
	for (;;) {
		end = strchr(text, '\n');
		if (end)
			*end = '\0';
		reading->line++;
		if (take_line(reading, text))
			return -1;
		if (!end)
			return 0;
		text = end + 1;
	}
}

/* Where a file has both, [profile default] counts and [default] does not. */
static void choose_default(struct profile_file *file)
{
	bool both = false;

	for (size_t i = 0; i < file->count; i++)
		both = both ||
			(file->settings[i].kind == PROFILE_SETTINGS &&
				!file->settings[i].plain_default &&
				strcmp(file->settings[i].section, "default") == 0);
	for (size_t i = 0; both && i < file->count; i++)
		if (file->settings[i].plain_default)
			file->settings[i].kind = PROFILE_OTHER;
}

/* Read the whole file, with a NUL behind it, to `text`, which has room for more than it may be. */
static int read_text(int descriptor, char *text, struct error *err)
{
	size_t length = 0;
	ssize_t n;

	do {
		n = read(descriptor, text + length, PROFILE_MAX_BYTES + 1 - length);
		length += n > 0 ? (size_t)n : 0;
	} while ((n > 0 && length <= PROFILE_MAX_BYTES) || (n < 0 && errno == EINTR));
	if (n < 0)
		return error_errno(err, "reading");
	if (length > PROFILE_MAX_BYTES)
		return error_invalid(err, "larger than %d bytes", PROFILE_MAX_BYTES);
	if (memchr(text, '\0', length))
		return error_invalid(err, "has a NUL in it, so it is no text");
	return 0;
}

int profile_read(
	struct profile_file *file, const char *path, enum profile_style style, struct error *err)
{
	struct reading reading = {.file = file, .style = style, .err = err};
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int rc;

	if (descriptor < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(err, path);
	file->text = secret_new(PROFILE_MAX_BYTES + 2);
	rc = read_text(descriptor, file->text, err) || take_lines(&reading, file->text);
	close(descriptor);
	if (rc) {
		profile_release(file);
		return error_prefix(err, path);
	}
	choose_default(file);
	return 0;
}

void profile_release(struct profile_file *file)
{
	secret_free(file->text);
	free(file->settings);
	*file = (struct profile_file){0};
}

bool profile_exists(const struct profile_file *file, const char *name)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->settings[i].kind == PROFILE_SETTINGS &&
			strcmp(file->settings[i].section, name) == 0)
			return true;
	return false;
}

static bool in_group(const struct profile_setting *setting, const char *group)
{
	if (!group || !setting->group)
		return !group && !setting->group;
	return strcasecmp(setting->group, group) == 0;
}

const char *profile_find(const struct profile_file *file, enum profile_kind kind,
	const char *section, const char *group, const char *name)
{
	for (size_t i = file->count; i > 0; i--) {
		const struct profile_setting *setting = &file->settings[i - 1];

		if (setting->kind == kind && strcmp(setting->section, section) == 0 &&
			in_group(setting, group) && strcasecmp(setting->name, name) == 0)
			return *setting->value ? setting->value : NULL;
	}
	return NULL;
}
