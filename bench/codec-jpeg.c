/* codec-jpeg QUALITY SIZE [JPEG PLANES OUT]...: what libjpeg alone takes to make a JPEG of at most
 * SIZE x SIZE of each JPEG, and so the least that a resizer
 * can take that leaves all of that to it: decode it at the DCT scale
 * that still has 1.9 times the pixels each way, throw that away, and encode PLANES, which is the
 * picture resized beforehand: its luma, and its chroma at half the width and height. */
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

enum { ROWS = DCTSIZE * 4 }; /* of a component in a row of MCUs, at most */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static FILE *open_file(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file)
		fail(path);
	return file;
}

static void *allocate(size_t size)
{
	void *bytes = malloc(size);

	if (!bytes)
		fail("codec-jpeg");
	return bytes;
}

/* Eighths: 1, 2, 4 or 8. */
static unsigned int choose_scale(unsigned int longest, unsigned int size)
{
	unsigned int scale = 1;

	while (scale < 8 && longest * scale < size * 8 * 1.9)
		scale *= 2;
	return scale;
}

/* Decode into the same few rows over and over. Return the size that fits into size x size. */
static void decode(const char *path, unsigned int size, unsigned int *width, unsigned int *height)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	JSAMPROW rows[3][ROWS];
	JSAMPARRAY planes[3] = {rows[0], rows[1], rows[2]};
	FILE *in = open_file(path, "rb");
	unsigned int longest;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_stdio_src(&jpeg, in);
	jpeg_read_header(&jpeg, TRUE);
	longest = jpeg.image_width > jpeg.image_height ? jpeg.image_width : jpeg.image_height;
	*width = (jpeg.image_width * size * 2 + longest) / (longest * 2);
	*height = (jpeg.image_height * size * 2 + longest) / (longest * 2);
	jpeg.raw_data_out = TRUE;
	jpeg.scale_num = choose_scale(longest, size);
	jpeg.scale_denom = 8;
	jpeg_start_decompress(&jpeg);
	for (int i = 0; i < 3; i++)
		for (int y = 0; y < ROWS; y++)
			rows[i][y] = allocate(jpeg.output_width + DCTSIZE * 4);
	while (jpeg.output_scanline < jpeg.output_height)
		jpeg_read_raw_data(&jpeg, planes, ROWS);
	jpeg_finish_decompress(&jpeg);
	jpeg_destroy_decompress(&jpeg);
	for (int i = 0; i < 3; i++)
		for (int y = 0; y < ROWS; y++)
			free(rows[i][y]);
	fclose(in);
}

/* Point `rows` at the rows of an MCU row; below the bottom one, at that one again. */
static void find_rows(JSAMPROW *rows, unsigned int count, unsigned int y, unsigned char *plane,
	unsigned int stride, unsigned int height)
{
	for (unsigned int i = 0; i < count; i++)
		rows[i] = plane + (size_t)(y + i < height ? y + i : height - 1) * stride;
}

static unsigned char *read_plane(FILE *in, unsigned int width, unsigned int height)
{
	unsigned int stride = (width + 15) / 16 * 16;
	unsigned char *plane = allocate((size_t)stride * height);

	for (unsigned int y = 0; y < height; y++) {
		unsigned char *row = plane + (size_t)y * stride;

		if (fread(row, 1, width, in) != width)
			fail("planes");
		for (unsigned int x = width; x < stride; x++)
			row[x] = row[width - 1];
	}
	return plane;
}

static void encode(const char *planes_path, unsigned int width, unsigned int height, int quality,
	const char *out_path)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	JSAMPROW rows[3][DCTSIZE * 2];
	JSAMPARRAY groups[3] = {rows[0], rows[1], rows[2]};
	FILE *in = open_file(planes_path, "rb"), *out = open_file(out_path, "wb");
	unsigned int half = (width + 1) / 2, half_height = (height + 1) / 2;
	unsigned char *planes[3] = {read_plane(in, width, height),
		read_plane(in, half, half_height), read_plane(in, half, half_height)};

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_stdio_dest(&jpeg, out);
	jpeg.image_width = width;
	jpeg.image_height = height;
	jpeg.input_components = 3;
	jpeg.in_color_space = JCS_YCbCr;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, quality, TRUE);
	jpeg.raw_data_in = TRUE;
	jpeg_start_compress(&jpeg, TRUE);
	while (jpeg.next_scanline < height) {
		unsigned int y = jpeg.next_scanline;

		find_rows(rows[0], DCTSIZE * 2, y, planes[0], (width + 15) / 16 * 16, height);
		for (int i = 1; i < 3; i++)
			find_rows(rows[i], DCTSIZE, y / 2, planes[i], (half + 15) / 16 * 16,
				half_height);
		jpeg_write_raw_data(&jpeg, groups, DCTSIZE * 2);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	for (int i = 0; i < 3; i++)
		free(planes[i]);
	fclose(in);
	if (fclose(out))
		fail(out_path);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: codec-jpeg QUALITY SIZE [JPEG PLANES OUT]...\n");
		return 2;
	}
	for (int i = 3; i + 2 < argc; i += 3) {
		unsigned int width, height;

		decode(argv[i], (unsigned int)atoi(argv[2]), &width, &height);
		encode(argv[i + 1], width, height, atoi(argv[1]), argv[i + 2]);
	}
	return 0;
}
