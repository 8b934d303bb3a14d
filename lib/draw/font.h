#ifndef DRAW_FONT_H
#define DRAW_FONT_H

#include "draw/paint.h"

struct buffer;
struct error;
struct font;
struct pixels;

/* The system's bold sans serif font, of which one is open at a time. May be used by many threads.
 */

/* Open it. NULL with `err` filled if the system has none. Free with font_free(), which takes NULL.
 */
struct font *font_open(struct error *err);
void font_free(struct font *font);

/* Return how many pixels wide a text is, of UTF-8, in letters of `height` pixels. */
int font_width(struct font *font, const char *text, int height);

/* Draw it with its left end at `left` on the line `baseline`. */
void font_draw(struct font *font, struct pixels *pixels, const char *text, int height, int left,
	int baseline, struct ink ink);

/* Append a line for each library, with its version. */
void font_versions(struct buffer *lines);

#endif
