#include "image/sniff.h"

#include <string.h>
#include <strings.h>

/* Bytes at an offset that only one kind of file has. */
struct magic {
	size_t offset, length;
	const char *bytes, *name;
};

#define MAGIC(offset, bytes, name) \
	{ \
		offset, sizeof(bytes) - 1, bytes, name \
	}

static const struct magic others[] = {
	MAGIC(0, "GIF8", "GIF"),
	MAGIC(0, "II*\0", "TIFF"),
	MAGIC(0, "MM\0*", "TIFF"),
	MAGIC(0, "II+\0", "BigTIFF"),
	MAGIC(0, "MM\0+", "BigTIFF"),
	MAGIC(4, "ftypavi", "AVIF"),
	MAGIC(4, "ftyphei", "HEIC"),
	MAGIC(4, "ftyphev", "HEIC"),
	MAGIC(4, "ftypmif1", "HEIF"),
	MAGIC(4, "ftypmsf1", "HEIF"),
	MAGIC(4, "ftypcrx", "a raw photograph"),
	MAGIC(4, "ftyp", "a video"),
	MAGIC(0, "%PDF-", "PDF"),
	MAGIC(0, "%!PS", "PostScript"),
	MAGIC(0, "\xc5\xd0\xd3\xc6", "PostScript"),
	MAGIC(0, "BM", "BMP"),
	MAGIC(0, "\0\0\1\0", "an icon"),
	MAGIC(0, "\0\0\2\0", "a cursor"),
	MAGIC(0, "\xff\x0a", "JPEG XL"),
	MAGIC(0, "\0\0\0\x0cJXL ", "JPEG XL"),
	MAGIC(0, "\0\0\0\x0cjP  ", "JPEG 2000"),
	MAGIC(0, "\xff\x4f\xff\x51", "JPEG 2000"),
	MAGIC(0, "8BPS", "a Photoshop document"),
	MAGIC(0, "\x8aMNG\r\n", "MNG"),
	MAGIC(0, "\x8bJNG\r\n", "JNG"),
	MAGIC(0, "\x89PNG", "a PNG whose line ends were changed on the way"),
	MAGIC(0, "qoif", "QOI"),
	MAGIC(0, "farbfeld", "farbfeld"),
	MAGIC(0, "\x76\x2f\x31\x01", "OpenEXR"),
	MAGIC(0, "FUJIFILM", "a raw photograph"),
	MAGIC(0, "PK\3\4", "a ZIP archive"),
	MAGIC(0, "\x1f\x8b", "gzip"),
	MAGIC(0,
		"\x7f"
		"ELF",
		"a program"),
	MAGIC(0, "MZ", "a program"),
	MAGIC(8, "WAVE", "a sound"),
	MAGIC(8, "AVI ", "a video"),
	MAGIC(0, "\x1a\x45\xdf\xa3", "a video"),
	MAGIC(0, "ID3", "a sound"),
	MAGIC(0, "push graphic-context", "an ImageMagick script"),
	MAGIC(0, "viewbox ", "an ImageMagick script"),
	MAGIC(0, "#!", "a script"),
};

static int has(const struct magic *magic, const unsigned char *bytes, size_t size)
{
	return size >= magic->offset + magic->length &&
		memcmp(bytes + magic->offset, magic->bytes, magic->length) == 0;
}

int sniff_format(const unsigned char *bytes, size_t size, enum image_format *format)
{
	static const struct magic jpeg = MAGIC(0, "\xff\xd8\xff", ""),
				  png = MAGIC(0, "\x89PNG\r\n\x1a\n", ""),
				  riff = MAGIC(0, "RIFF", ""), webp = MAGIC(8, "WEBP", "");

	if (has(&jpeg, bytes, size))
		*format = IMAGE_JPEG;
	else if (has(&png, bytes, size))
		*format = IMAGE_PNG;
	else if (has(&riff, bytes, size) && has(&webp, bytes, size))
		*format = IMAGE_WEBP;
	else
		return -1;
	return 0;
}

/* A word of markup that says which language it is; the first that is found counts. */
static const struct {
	const char *word, *name;
} markup[] = {
	{"<svg", "an SVG drawing"},
	{"<!doctype svg", "an SVG drawing"},
	{"<!doctype html", "HTML"},
	{"<html", "HTML"},
	{"<head", "HTML"},
	{"<body", "HTML"},
	{"<script", "HTML"},
	{"<image", "an ImageMagick script"},
	{"<group", "an ImageMagick script"},
	{"<read", "an ImageMagick script"},
	{"<?xml", "XML"},
};

static int holds(const char *text, size_t length, const char *word)
{
	size_t letters = strlen(word);

	for (size_t i = 0; i + letters <= length; i++)
		if (strncasecmp(text + i, word, letters) == 0)
			return 1;
	return 0;
}

static const char *markup_name(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(markup) / sizeof(markup[0]); i++)
		if (holds(text, length, markup[i].word))
			return markup[i].name;
	return NULL;
}

static int is_text(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((bytes[i] < ' ' && !strchr("\t\n\f\r\033", bytes[i])) || bytes[i] == 0x7f ||
			bytes[i] == 0)
			return 0;
	return 1;
}

const char *sniff_name(const unsigned char *bytes, size_t size)
{
	static const struct magic mark = MAGIC(0, "\xef\xbb\xbf", "");
	const char *name;

	if (size == 0)
		return "an empty file";
	if (size > SNIFF_BYTES)
		size = SNIFF_BYTES;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (has(&others[i], bytes, size))
			return others[i].name;
	if (has(&mark, bytes, size))
		bytes += mark.length, size -= mark.length;
	while (size && strchr(" \t\r\n", bytes[0]) && bytes[0])
		bytes++, size--;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].offset == 0 && others[i].bytes[0] >= 'a' &&
			has(&others[i], bytes, size))
			return others[i].name;
	name = is_text(bytes, size) ? markup_name((const char *)bytes, size) : NULL;
	if (name)
		return name;
	return is_text(bytes, size) ? "text" : NULL;
}
