#ifndef IMAGE_PNG_FAILURE_H
#define IMAGE_PNG_FAILURE_H

#include <setjmp.h>

#include <png.h>

struct error;

/*
 * libpng reports failures by a call that must not return. It fills `err` and jumps to `back`, both
 * set by the entry point at work; what outlives such a jump sits in the decoder's or encoder's
 * struct.
 */
struct png_failure {
	jmp_buf back;
	struct error *err;
};

/* What libpng is to call, with a png_failure as its error pointer: an error jumps back, with `err`
 * as it is if `text` is NULL; a warning is ignored. */
void png_failure_jump(png_structp png, const char *text) __attribute__((noreturn));
void png_failure_ignore(png_structp png, const char *text);

#endif
