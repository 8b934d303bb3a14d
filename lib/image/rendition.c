#include "image/rendition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Read a side of the box, which may be left out; move `text` past it. */
static int parse_side(const char **text, int *side)
{
	size_t digits = strspn(*text, "0123456789");
	long value = digits && digits < 6 ? strtol(*text, NULL, 10) : 0;

	if (digits && (value < 1 || value > RENDITION_MAX_SIDE))
		return -1;
	*side = (int)value;
	*text += digits;
	return 0;
}

static int parse_box(const char **text, struct size *box)
{
	if (parse_side(text, &box->width) || (**text != 'x' && **text != 'X'))
		return -1;
	(*text)++;
	if (parse_side(text, &box->height))
		return -1;
	return box->width || box->height ? 0 : -1;
}

const char *rendition_fit_name(enum fit fit)
{
	static const char *const names[] = {
		[FIT_INSIDE] = "inside", [FIT_COVER] = "cover", [FIT_CONTAIN] = "contain"};

	return names[fit];
}

static int parse_fit(const char *value, enum fit *fit)
{
	for (int i = FIT_INSIDE; i <= FIT_CONTAIN; i++) {
		if (strcmp(value, rendition_fit_name((enum fit)i)) == 0) {
			*fit = (enum fit)i;
			return 0;
		}
	}
	return -1;
}

static int parse_number(const char *value, int least, int most, int *number)
{
	char *end;
	long is = strtol(value, &end, 10);

	if (end == value || *end || is < least || is > most)
		return -1;
	*number = (int)is;
	return 0;
}

/* Read one "NAME=VALUE" of `length` bytes. */
static int parse_setting(
	const char *text, size_t length, struct rendition_spec *spec, struct error *err)
{
	struct rendition *rendition = &spec->rendition;
	char name[16] = "", value[16] = "";

	if (length >= sizeof(name) + sizeof(value) ||
		sscanf(text, "%15[a-z]=%15[a-z0-9]", name, value) != 2 ||
		strlen(name) + 1 + strlen(value) != length)
		return error_invalid(err, "NAME=VALUE in place of '%.*s'", (int)length, text);
	if (strcmp(name, "fit") == 0)
		return parse_fit(value, &rendition->fit)
			? error_invalid(err, "fit=inside, cover or contain")
			: 0;
	if (strcmp(name, "quality") == 0)
		return parse_number(value, 1, 100, &rendition->quality)
			? error_invalid(err, "quality=1 to 100")
			: 0;
	if (strcmp(name, "effort") == 0)
		return parse_number(value, 0, 6, &rendition->effort)
			? error_invalid(err, "effort=0 to 6")
			: 0;
	if (strcmp(name, "format") == 0) {
		spec->same_format = false;
		return image_format_parse(value, &rendition->format)
			? error_invalid(err, "format=jpeg, png or webp")
			: 0;
	}
	return error_invalid(err, "fit, format, quality or effort in place of '%s'", name);
}

int rendition_parse(const char *text, struct rendition_spec *spec, struct error *err)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t length = strspn(text, letters);

	if (length == 0 || length >= sizeof(spec->name) || text[length] != '=')
		return error_invalid(err,
			"NAME=WxH with a name of at most %d letters, digits, - and _",
			RENDITION_NAME - 1);
	memcpy(spec->name, text, length);
	spec->name[length] = '\0';
	text += length + 1;
	if (parse_box(&text, &spec->rendition.box))
		return error_invalid(err, "a size like 1024x768, 1024x or x768, no side over %d",
			RENDITION_MAX_SIDE);
	while (*text == ',') {
		length = strcspn(++text, ",");
		if (parse_setting(text, length, spec, err))
			return -1;
		text += length;
	}
	return *text ? error_invalid(err, "a comma in place of '%s'", text) : 0;
}

int rendition_parse_color(const char *text, unsigned char color[3])
{
	static const char digits[] = "0123456789abcdefABCDEF";
	unsigned red, green, blue;

	if (strcmp(text, "white") == 0)
		text = "#ffffff";
	else if (strcmp(text, "black") == 0)
		text = "#000000";
	if (text[0] != '#' || strlen(text) != 7 || strspn(text + 1, digits) != 6 ||
		sscanf(text, "#%2x%2x%2x", &red, &green, &blue) != 3)
		return -1;
	color[0] = (unsigned char)red;
	color[1] = (unsigned char)green;
	color[2] = (unsigned char)blue;
	return 0;
}

int rendition_parse_keep(const char *text, enum image_keep *keep)
{
	static const char *const names[] = {
		[KEEP_NONE] = "none", [KEEP_COPYRIGHT] = "copyright", [KEEP_ALL] = "all"};

	for (int i = KEEP_NONE; i <= KEEP_ALL; i++) {
		if (strcmp(text, names[i]) == 0) {
			*keep = (enum image_keep)i;
			return 0;
		}
	}
	return -1;
}
