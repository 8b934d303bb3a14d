#include "draw/font.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

#include "pixel/pixels.h"

/* A face draws one letter at a time. */
struct font {
	FT_Library library;
	FT_Face face;
	pthread_mutex_t lock;
};

/* Open the file that fontconfig finds for it. */
static int open_face(struct font *font, FcPattern *wanted, struct error *err)
{
	FcResult result = FcResultNoMatch;
	FcPattern *found;
	FcChar8 *file = NULL;
	int index = 0, rc = -1;

	FcConfigSubstitute(NULL, wanted, FcMatchPattern);
	FcDefaultSubstitute(wanted);
	found = FcFontMatch(NULL, wanted, &result);
	if (found && FcPatternGetString(found, FC_FILE, 0, &file) == FcResultMatch) {
		FcPatternGetInteger(found, FC_INDEX, 0, &index);
		rc = FT_New_Face(font->library, (const char *)file, index, &font->face) ||
				!FT_IS_SCALABLE(font->face)
			? -1
			: 0;
	}
	if (rc)
		error_invalid(err, "no font can be opened, fonts-dejavu-core has one: %s",
			file ? (const char *)file : "fontconfig finds none");
	if (found)
		FcPatternDestroy(found);
	return rc;
}

struct font *font_open(struct error *err)
{
	struct font *font = memory_new(1, sizeof(*font));
	FcPattern *wanted = NULL;
	int rc = -1;

	pthread_mutex_init(&font->lock, NULL);
	if (FT_Init_FreeType(&font->library) == 0)
		wanted = FcNameParse((const FcChar8 *)"sans:bold:scalable=true");
	if (wanted)
		rc = open_face(font, wanted, err);
	else
		error_internal(err, "the font libraries can't start");
	if (wanted)
		FcPatternDestroy(wanted);
	if (rc == 0)
		return font;
	font_free(font);
	return NULL;
}

void font_free(struct font *font)
{
	if (!font)
		return;
	if (font->face)
		FT_Done_Face(font->face);
	if (font->library)
		FT_Done_FreeType(font->library);
	pthread_mutex_destroy(&font->lock);
	free(font);
	FcFini();
}

/* Put a letter's coverage onto the picture; its origin is at (`left`, `baseline`). */
static void draw_letter(
	struct pixels *pixels, const FT_GlyphSlot glyph, int left, int baseline, struct ink ink)
{
	const FT_Bitmap *bitmap = &glyph->bitmap;

	if (bitmap->pixel_mode != FT_PIXEL_MODE_GRAY)
		return;
	for (int y = 0; y < (int)bitmap->rows; y++) {
		const unsigned char *row = bitmap->buffer + (ptrdiff_t)y * bitmap->pitch;

		for (int x = 0; x < (int)bitmap->width; x++)
			if (row[x])
				paint_area(pixels,
					(struct area){left + glyph->bitmap_left + x,
						baseline - glyph->bitmap_top + y, 1, 1},
					ink, row[x]);
	}
}

/* Go over the letters, and draw them if there are `pixels`. Return the width. */
static int set_text(struct font *font, struct pixels *pixels, const char *text, int height,
	int left, int baseline, struct ink ink)
{
	size_t rest = strlen(text);
	int at = left;

	pthread_mutex_lock(&font->lock);
	FT_Set_Pixel_Sizes(font->face, 0, (FT_UInt)height);
	while (rest) {
		uint32_t point = '?';
		size_t size = utf8_next(text, rest, &point);

		size = size ? size : 1;
		text += size;
		rest -= size;
		if (FT_Load_Char(font->face, point,
			    FT_LOAD_NO_BITMAP | (pixels ? FT_LOAD_RENDER : FT_LOAD_DEFAULT)))
			continue;
		if (pixels)
			draw_letter(pixels, font->face->glyph, at, baseline, ink);
		at += (int)(font->face->glyph->advance.x / 64);
	}
	pthread_mutex_unlock(&font->lock);
	return at - left;
}

int font_width(struct font *font, const char *text, int height)
{
	return set_text(font, NULL, text, height, 0, 0, (struct ink){0});
}

void font_draw(struct font *font, struct pixels *pixels, const char *text, int height, int left,
	int baseline, struct ink ink)
{
	set_text(font, pixels, text, height, left, baseline, ink);
}

void font_versions(struct buffer *lines)
{
	FT_Library library;
	FT_Int major = 0, minor = 0, patch = 0;
	int version = FcGetVersion();

	if (FT_Init_FreeType(&library) == 0) {
		FT_Library_Version(library, &major, &minor, &patch);
		FT_Done_FreeType(library);
	}
	buffer_format(lines, "freetype %d.%d.%d\n", major, minor, patch);
	buffer_format(lines, "fontconfig %d.%d.%d\n", version / 10000, version / 100 % 100,
		version % 100);
}
