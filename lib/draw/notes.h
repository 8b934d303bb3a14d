#ifndef DRAW_NOTES_H
#define DRAW_NOTES_H

#include <stdbool.h>
#include <stddef.h>

struct font;
struct pixels;

/* What is written onto a picture: beside a box, or, without one, in a list at the top. */
struct note {
	const char *text;
	bool has_box;
	double left, top, width, height; /* fractions of the picture */
	int color;			 /* notes of one number have one colour */
};

/* Write the notes onto `pixels`, of PIXELS_RGB, in letters that suit its size. */
void notes_draw(struct pixels *pixels, const struct note *notes, size_t count, struct font *font);

#endif
