#ifndef IMAGE_JPEG_PARTS_H
#define IMAGE_JPEG_PARTS_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

/* libjpeg is made of parts, each a struct of functions. The header that describes these structs is
 * not installed on every system; where it is, and the library is libjpeg-turbo, JPEG_HAS_PARTS is
 * defined, and parts can be replaced by our own. */
#if defined(LIBJPEG_TURBO_VERSION_NUMBER) && defined(__has_include)
#if __has_include(<jpegint.h>)
#include <jpegint.h>
#define JPEG_HAS_PARTS
#endif
#endif

/* The sides of a block once it is decoded; versions of libjpeg name them in two ways. */
#if JPEG_LIB_VERSION >= 70
#define JPEG_BLOCK_WIDTH(component) ((component)->DCT_h_scaled_size)
#define JPEG_BLOCK_HEIGHT(component) ((component)->DCT_v_scaled_size)
#else
#define JPEG_BLOCK_WIDTH(component) ((component)->DCT_scaled_size)
#define JPEG_BLOCK_HEIGHT(component) ((component)->DCT_scaled_size)
#endif

/* Where in a block the coefficients belong that come in zigzag order (ITU-T T.81, figure A.6). A
 * run may lead up to 64 beyond the last, and means the last. */
extern const unsigned char jpeg_zigzag[2 * DCTSIZE2];

#endif
