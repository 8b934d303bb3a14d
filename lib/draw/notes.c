#include "draw/notes.h"

#include <math.h>

#include "pixel/pixels.h"

#include "draw/font.h"
#include "draw/paint.h"

/* Colours that are told apart by most people (Okabe and Ito 2008), but for the dark ones. */
static const struct ink inks[] = {{230, 159, 0}, {86, 180, 233}, {0, 158, 115}, {240, 228, 66},
	{213, 94, 0}, {204, 121, 167}};

#define INKS ((int)(sizeof(inks) / sizeof(inks[0])))

static const struct ink black = {0, 0, 0}, white = {255, 255, 255};

/* How large things are drawn, in pixels. */
struct manner {
	int letters, pad, line; /* a line has pads above and below its letters */
	int thick;
};

static struct manner choose_manner(struct size size)
{
	int shorter = size.width < size.height ? size.width : size.height;
	struct manner manner = {.letters = shorter / 32};

	if (manner.letters < 10)
		manner.letters = 10;
	manner.pad = manner.letters / 3;
	manner.line = manner.letters + 2 * manner.pad;
	manner.thick = manner.letters < 16 ? 2 : manner.letters / 8;
	return manner;
}

static int pixel(double fraction, int side)
{
	return (int)lround(fmin(fmax(fraction, 0), 1) * side);
}

static struct area area_of(const struct note *note, struct size size)
{
	int left = pixel(note->left, size.width), top = pixel(note->top, size.height);

	return (struct area){left, top, pixel(note->left + note->width, size.width) - left,
		pixel(note->top + note->height, size.height) - top};
}

/* Write on a ground of its own, whose top left corner is moved into the picture. */
static void write_on(struct pixels *pixels, const char *text, int left, int top,
	const struct manner *manner, struct font *font, struct ink ground, struct ink letters,
	int opacity)
{
	int width = font_width(font, text, manner->letters) + 2 * manner->pad;

	if (left + width > pixels->size.width)
		left = pixels->size.width - width;
	left = left < 0 ? 0 : left;
	top = top < 0 ? 0 : top;
	paint_area(pixels, (struct area){left, top, width, manner->line}, ground, opacity);
	font_draw(font, pixels, text, manner->letters, left + manner->pad,
		top + manner->pad + manner->letters * 9 / 10, letters);
}

void notes_draw(struct pixels *pixels, const struct note *notes, size_t count, struct font *font)
{
	const struct manner manner = choose_manner(pixels->size);
	int listed = 0;

	for (size_t i = 0; i < count; i++)
		if (notes[i].has_box)
			paint_frame(pixels, area_of(&notes[i], pixels->size), manner.thick,
				inks[notes[i].color % INKS]);
	for (size_t i = 0; i < count; i++) {
		struct area area = area_of(&notes[i], pixels->size);

		if (notes[i].has_box)
			write_on(pixels, notes[i].text, area.left,
				area.top >= manner.line ? area.top - manner.line : area.top,
				&manner, font, inks[notes[i].color % INKS], black, 255);
		else
			write_on(pixels, notes[i].text, 0, listed++ * manner.line, &manner, font,
				black, white, 160);
	}
}
