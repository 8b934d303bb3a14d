#ifndef DRAW_PAINT_H
#define DRAW_PAINT_H

struct pixels;

/* Drawing onto pixels of PIXELS_RGB. What lies outside of them is left out. */

struct ink {
	unsigned char red, green, blue;
};

/* A part of the picture in whole pixels. */
struct area {
	int left, top, width, height;
};

/* Cover an area with ink, by `opacity`, 0 to 255. */
void paint_area(struct pixels *pixels, struct area area, struct ink ink, int opacity);

/* Draw a frame of `thick` pixels along the inner edge of an area. */
void paint_frame(struct pixels *pixels, struct area area, int thick, struct ink ink);

#endif
