#ifndef IMAGE_JPEG_FAILURE_H
#define IMAGE_JPEG_FAILURE_H

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

struct error;

/*
 * libjpeg reports failures by a call that must not return. It fills `err` and jumps to `back`, both
 * set by the entry point at work; what outlives such a jump sits in the decoder's or encoder's
 * struct. Warnings that mean missing or made-up pixels are failures too, and so are bytes left over
 * between a scan and the next marker: codes were misread. But four of them, or any number of one
 * value, are taken for padding.
 */
struct jpeg_failure {
	struct jpeg_error_mgr manager; /* first, so that libjpeg's pointer to it leads here */
	jmp_buf back;
	struct error *err;
	const unsigned char *bytes; /* of a decoder: where what its source has in memory begins */
};

/* Start it, and return what goes to `err` of libjpeg's struct. */
struct jpeg_error_mgr *jpeg_failure_init(struct jpeg_failure *failure, struct error *err);

/* Jump back, with `err` filled already. */
void jpeg_failure_jump(j_common_ptr jpeg) __attribute__((noreturn));

#endif
