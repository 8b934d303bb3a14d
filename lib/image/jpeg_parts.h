#ifndef IMAGE_JPEG_PARTS_H
#define IMAGE_JPEG_PARTS_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

/*
 * libjpeg is made of parts, each a struct of functions. The header that describes these structs is
 * not installed on every system; where it is, and the library is a libjpeg-turbo of a version that
 * we know, JPEG_HAS_PARTS is defined, and parts can be replaced by our own.
 *
 * Relied on are, of what versions 2.0 to 3.1 have in common: of the entropy decoder its first two
 * functions, of the coefficient controller its first four, of the inverse DCT its table of
 * functions, of the input controller the function that reads and the one that ends a scan, and of
 * the marker reader the function that reads a restart marker.
 */
#if defined(LIBJPEG_TURBO_VERSION_NUMBER) && defined(__has_include)
#if LIBJPEG_TURBO_VERSION_NUMBER >= 2000000 && LIBJPEG_TURBO_VERSION_NUMBER < 3002000
#if __has_include(<jpegint.h>)
#include <jpegint.h>
#define JPEG_HAS_PARTS
#endif
#endif
#endif

#ifdef JPEG_HAS_PARTS
/* Return whether the picture that has been started is made of the parts that we know: 8 bits, of
 * blocks, by a library with the messages of the one that this was compiled with. */
int jpeg_parts_fit(j_decompress_ptr jpeg);
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
