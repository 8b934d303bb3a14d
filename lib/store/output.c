#include "store/output.h"

#include <string.h>
#include <strings.h>

#include "base/buffer.h"

/* The suffixes that mean a picture; the first of a format is the one appended. */
static const struct suffix {
	const char *text;
	enum image_format format;
} suffixes[] = {
	{"jpg", IMAGE_JPEG},
	{"jpeg", IMAGE_JPEG},
	{"jpe", IMAGE_JPEG},
	{"jfif", IMAGE_JPEG},
	{"png", IMAGE_PNG},
	{"webp", IMAGE_WEBP},
};

enum { SUFFIXES = sizeof(suffixes) / sizeof(suffixes[0]) };

/* Find the picture's suffix of the `length` bytes of a file's name. `dot` is set to where it
 * begins. */
static const struct suffix *find_suffix(const char *name, size_t length, size_t *dot)
{
	size_t at = length;

	while (at > 0 && name[at - 1] != '.')
		at--;
	if (at == 0)
		return NULL;
	*dot = at - 1;
	for (size_t i = 0; i < SUFFIXES; i++)
		if (strlen(suffixes[i].text) == length - at &&
			strncasecmp(suffixes[i].text, name + at, length - at) == 0)
			return &suffixes[i];
	return NULL;
}

/* Return whether a file's name stays as it is for `format`: its suffix means the format, and the
 * name before it is not one to which the suffix would have been appended. */
static bool keeps_name(const char *name, size_t length, enum image_format format)
{
	size_t dot;
	const struct suffix *suffix = find_suffix(name, length, &dot);

	if (!suffix || suffix->format != format || dot == 0 || name[dot - 1] == '.')
		return false;
	return !find_suffix(name, dot, &(size_t){0}) || keeps_name(name, dot, format);
}

static const char *suffix_of(enum image_format format)
{
	size_t i = 0;

	while (suffixes[i].format != format)
		i++;
	return suffixes[i].text;
}

bool output_is(const char *out_prefix, const char *key)
{
	size_t length = strlen(out_prefix);

	return length > 0 && strncmp(key, out_prefix, length) == 0;
}

char *output_key(const char *in_prefix, const char *out_prefix, const char *name, const char *key,
	enum image_format format)
{
	struct buffer made = {0};
	size_t cut = strlen(in_prefix);
	const char *path = strncmp(key, in_prefix, cut) == 0 && key[cut] ? key + cut : key;
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;

	buffer_format(&made, "%s%s/%s", out_prefix, name, path);
	if (!keeps_name(file, strlen(file), format)) {
		if (!find_suffix(file, strlen(file), &(size_t){0}))
			buffer_byte(&made, '.');
		buffer_format(&made, ".%s", suffix_of(format));
	}
	return made.bytes;
}
