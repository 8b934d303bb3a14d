#include "image/codec.h"
#include "image/png_deflate.h"
#include "picture.h"

enum { EFFORTS = 7 };

static const struct metadata no_metadata = {0};

/* Encode a picture to the end of `out`; return what failed, or an empty error. */
static struct error encode(const struct pixels *picture, int effort, struct stream *out)
{
	const struct encoder_ops *ops = png_codec.encoder;
	const struct encoding encoding = {.size = picture->size,
		.kind = picture->kind,
		.effort = effort,
		.metadata = &no_metadata};
	const struct strip strip = {.rows = picture->size.height,
		.plane = {picture->bytes},
		.stride = {picture->stride}};
	struct error err = {0};
	void *encoder = ops->open(out, &encoding, &err);
	int rc = encoder ? 0 : -1;

	if (rc == 0)
		rc = ops->write(encoder, &strip, &err);
	if (rc == 0)
		rc = ops->finish(encoder, &err);
	ops->close(encoder);
	assert_int_equal(rc, err.text[0] ? -1 : 0);
	return err;
}

static void encode_to(const struct pixels *picture, int effort, struct buffer *file)
{
	struct stream out;
	struct error err;

	stream_to_buffer(&out, file);
	err = encode(picture, effort, &out);
	if (err.text[0])
		fail_msg("%s: %s", error_type_name(err.type), err.text);
	stream_close(&out);
}

static unsigned seed = 1;

static unsigned draw(unsigned count)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % count;
}

static struct pixels blank(enum pixels_kind kind, int width, int height)
{
	struct pixels picture = {0};
	struct error err = {0};

	assert_int_equal(pixels_init(&picture, kind, (struct size){width, height}, &err), 0);
	return picture;
}

/* A picture of `count` colours, all of which it has; colour i is four bytes of `colors`. */
static struct pixels picture_of_colors(
	enum pixels_kind kind, int width, int height, const unsigned char *colors, unsigned count)
{
	struct pixels picture = blank(kind, width, height);
	size_t channels = (size_t)pixels_channels(kind);
	unsigned pixels = (unsigned)width * (unsigned)height;

	for (unsigned i = 0; i < pixels; i++)
		memcpy(picture.bytes + i * channels, colors + 4 * (i < count ? i : draw(count)),
			channels);
	return picture;
}

/* Draw colours of which no two are alike in any kind of pixels. */
static void draw_colors(unsigned char *colors, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		colors[4 * i] = (unsigned char)(i * 7);
		colors[4 * i + 1] = (unsigned char)(i / 256 + draw(100));
		colors[4 * i + 2] = (unsigned char)draw(256);
		colors[4 * i + 3] = (unsigned char)(draw(2) ? 255 : draw(256));
	}
}

/* Compare all, whatever the kinds are. */
static void check_decodes(const struct pixels *picture, const struct buffer *file)
{
	struct pixels is = png_to_picture(file);
	int channels = pixels_channels(picture->kind);
	int has_alpha = pixels_have_alpha(picture->kind), colors = channels - has_alpha;

	assert_int_equal(is.size.width, picture->size.width);
	assert_int_equal(is.size.height, picture->size.height);
	for (int y = 0; y < is.size.height; y++) {
		const unsigned char *p = pixels_row(picture, y), *q = pixels_row(&is, y);

		for (int x = 0; x < is.size.width; x++, p += channels, q += 4) {
			for (int c = 0; c < 3; c++)
				assert_int_equal(q[c], p[colors == 1 ? 0 : c]);
			assert_int_equal(q[3], has_alpha ? p[channels - 1] : 255);
		}
	}
	pixels_release(&is);
}

TEST(every_kind_and_effort_decodes_to_the_same_pixels)
{
	static const struct size sizes[] = {{1, 1}, {1, 9}, {9, 1}, {7, 3}, {33, 21}, {130, 70}};
	static const unsigned counts[] = {1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 400};
	unsigned char colors[4 * 400];

	for (int kind = PIXELS_GRAY; kind <= PIXELS_RGBA; kind++)
		for (int effort = 0; effort < EFFORTS; effort++)
			for (size_t i = 0; i < COUNT(sizes) * COUNT(counts); i++) {
				struct size size = sizes[i / COUNT(counts)];
				unsigned count = counts[i % COUNT(counts)];
				struct buffer file = {0};
				struct pixels picture;

				draw_colors(colors, count);
				picture = picture_of_colors((enum pixels_kind)kind, size.width,
					size.height, colors, count);
				encode_to(&picture, effort, &file);
				check_decodes(&picture, &file);
				pixels_release(&picture);
				buffer_release(&file);
			}
}

/* The 257th colour may come anywhere, after many rows or in the middle of one. */
TEST(a_picture_that_gets_many_colors_late_decodes_to_the_same_pixels)
{
	for (int kind = PIXELS_GRAY_ALPHA; kind <= PIXELS_RGBA; kind++)
		for (int late = 0; late < 400; late += 37) {
			struct pixels picture = blank((enum pixels_kind)kind, 50, 40);
			size_t all = picture.stride * 40;
			struct buffer file = {0};

			for (size_t i = all - (size_t)late * 4 % all; i < all; i++)
				picture.bytes[i] = (unsigned char)draw(256);
			encode_to(&picture, 4, &file);
			check_decodes(&picture, &file);
			pixels_release(&picture);
			buffer_release(&file);
		}
}

static int type_of(const struct buffer *file)
{
	return file->bytes[25];
}

static int depth_of(const struct buffer *file)
{
	return file->bytes[24];
}

static size_t find_chunk(const struct buffer *file, const char *type)
{
	for (size_t at = PNG_AFTER_IHDR; at + 8 < file->length; at++)
		if (memcmp(file->bytes + at, type, 4) == 0)
			return (unsigned char)file->bytes[at - 1];
	return 0;
}

/* Check how a picture of 64 x 64 pixels and these colours is stored. */
static void check_stored(enum pixels_kind kind, const unsigned char *colors, unsigned count,
	int type, int depth, size_t alphas)
{
	struct pixels picture = picture_of_colors(kind, 64, 64, colors, count);
	struct buffer file = {0};

	encode_to(&picture, 4, &file);
	check_decodes(&picture, &file);
	assert_int_equal(type_of(&file), type);
	assert_int_equal(depth_of(&file), depth);
	assert_int_equal(find_chunk(&file, "tRNS"), alphas);
	pixels_release(&picture);
	buffer_release(&file);
}

TEST(few_colors_are_stored_by_a_palette_of_the_fewest_bits)
{
	static const struct {
		unsigned count;
		int type, depth;
	} cases[] = {
		{1, PNG_COLOR_TYPE_PALETTE, 1},
		{2, PNG_COLOR_TYPE_PALETTE, 1},
		{3, PNG_COLOR_TYPE_PALETTE, 2},
		{4, PNG_COLOR_TYPE_PALETTE, 2},
		{5, PNG_COLOR_TYPE_PALETTE, 4},
		{16, PNG_COLOR_TYPE_PALETTE, 4},
		{17, PNG_COLOR_TYPE_PALETTE, 8},
		{256, PNG_COLOR_TYPE_PALETTE, 8},
		{257, PNG_COLOR_TYPE_RGB, 8},
	};
	unsigned char colors[4 * 257];

	draw_colors(colors, 257);
	colors[1] = 200; /* not gray */
	for (size_t i = 0; i < COUNT(cases); i++)
		check_stored(PIXELS_RGB, colors, cases[i].count, cases[i].type, cases[i].depth, 0);
}

TEST(grays_are_stored_as_such_in_the_fewest_bits)
{
	static const struct {
		unsigned unit, count; /* grays are multiples of it */
		int type, depth;
	} cases[] = {
		{255, 1, PNG_COLOR_TYPE_GRAY, 1},
		{255, 2, PNG_COLOR_TYPE_GRAY, 1},
		{85, 3, PNG_COLOR_TYPE_GRAY, 2},
		{85, 4, PNG_COLOR_TYPE_GRAY, 2},
		{17, 5, PNG_COLOR_TYPE_GRAY, 4},
		{17, 16, PNG_COLOR_TYPE_GRAY, 4},
		{1, 17, PNG_COLOR_TYPE_GRAY, 8},
		{1, 256, PNG_COLOR_TYPE_GRAY, 8},
		{3, 2, PNG_COLOR_TYPE_PALETTE, 1},
		{3, 4, PNG_COLOR_TYPE_PALETTE, 2},
		{3, 16, PNG_COLOR_TYPE_PALETTE, 4},
		{3, 17, PNG_COLOR_TYPE_GRAY, 8},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (int kind = PIXELS_GRAY; kind <= PIXELS_RGBA; kind++) {
			unsigned char colors[4 * 256];
			unsigned count = cases[i].count;

			for (unsigned k = 0; k < count; k++) {
				memset(colors + 4 * k, (int)(cases[i].unit * k), 3);
				colors[4 * k + (kind == PIXELS_GRAY_ALPHA ? 1 : 3)] = 255;
			}
			check_stored((enum pixels_kind)kind, colors, count, cases[i].type,
				cases[i].depth, 0);
		}
}

TEST(only_alphas_that_say_something_are_stored)
{
	unsigned char colors[4 * 257];

	draw_colors(colors, 257);
	for (unsigned i = 0; i < 257; i++)
		colors[4 * i + 3] = 255;
	check_stored(PIXELS_RGBA, colors, 100, PNG_COLOR_TYPE_PALETTE, 8, 0);
	check_stored(PIXELS_RGBA, colors, 257, PNG_COLOR_TYPE_RGB_ALPHA, 8, 0);
	colors[4 * 50 + 3] = 0;
	colors[4 * 99 + 3] = 254;
	check_stored(PIXELS_RGBA, colors, 100, PNG_COLOR_TYPE_PALETTE, 8, 2);
	colors[4 * 7 + 1] = 255;
	check_stored(PIXELS_GRAY_ALPHA, colors, 100, PNG_COLOR_TYPE_PALETTE, 8, 99);
}

TEST(a_palette_that_would_be_larger_than_the_picture_is_not_made)
{
	static const unsigned char red[] = {255, 0, 0, 255}, sheer[] = {255, 0, 0, 100};
	static const struct {
		const unsigned char *color;
		int type;
	} cases[] = {{red, PNG_COLOR_TYPE_RGB}, {sheer, PNG_COLOR_TYPE_RGB_ALPHA}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pixels picture = picture_of_colors(PIXELS_RGBA, 1, 1, cases[i].color, 1);
		struct buffer file = {0};

		encode_to(&picture, 4, &file);
		check_decodes(&picture, &file);
		assert_int_equal(type_of(&file), cases[i].type);
		pixels_release(&picture);
		buffer_release(&file);
	}
}

/* A smooth picture with the noise of a camera. */
static struct pixels photograph(enum pixels_kind kind, int width, int height)
{
	struct pixels picture = picture_new(kind, width, height);

	for (size_t i = 0; i < picture.stride * (size_t)height; i++)
		picture.bytes[i] = (unsigned char)(picture.bytes[i] + draw(6));
	return picture;
}

TEST(files_are_about_as_small_as_those_of_libpng)
{
	for (int kind = PIXELS_GRAY; kind <= PIXELS_RGBA; kind++) {
		struct pixels picture = photograph((enum pixels_kind)kind, 400, 300);
		struct buffer file = {0}, other = {0};

		encode_to(&picture, 4, &file);
		picture_to_png(&picture, &other);
		assert_in_range(file.length, 1, other.length * 115 / 100);
		pixels_release(&picture);
		buffer_release(&file);
		buffer_release(&other);
	}
}

TEST(few_colors_make_files_smaller_than_those_of_libpng)
{
	static const unsigned counts[] = {2, 4, 16, 100, 256};
	unsigned char colors[4 * 256];

	for (size_t i = 0; i < COUNT(counts); i++)
		for (int kind = PIXELS_RGB; kind <= PIXELS_RGBA; kind++) {
			struct buffer file = {0}, other = {0};
			struct pixels picture;

			draw_colors(colors, counts[i]);
			picture = picture_of_colors(
				(enum pixels_kind)kind, 200, 100, colors, counts[i]);
			encode_to(&picture, 4, &file);
			picture_to_png(&picture, &other);
			assert_in_range(file.length, 1, other.length * 80 / 100);
			pixels_release(&picture);
			buffer_release(&file);
			buffer_release(&other);
		}
}

TEST(more_effort_makes_smaller_files)
{
	struct pixels picture = photograph(PIXELS_RGBA, 400, 300);
	size_t last = SIZE_MAX;

	for (int effort = 4; effort < EFFORTS; effort++) {
		struct buffer file = {0};

		encode_to(&picture, effort, &file);
		assert_in_range(file.length, 1, last - 1);
		last = file.length;
		buffer_release(&file);
	}
	pixels_release(&picture);
}

TEST(a_picture_too_large_to_be_deflated_whole_is_deflated_in_pieces)
{
	int side = 2100;
	struct pixels picture = picture_new(PIXELS_RGBA, side, side);
	struct buffer file = {0};
	size_t pieces = 0;

	assert_true(picture.stride * (size_t)side > PNG_DEFLATE_WHOLE);
	memcpy(picture.bytes, "one pixel that is not like the others", 37);
	encode_to(&picture, 5, &file);
	check_decodes(&picture, &file);
	for (size_t at = 0; at + 4 < file.length; at++)
		pieces += memcmp(file.bytes + at, "IDAT", 4) == 0;
	assert_in_range(pieces, 2, file.length / 1000);
	pixels_release(&picture);
	buffer_release(&file);
}

/* A stream that takes `*state` bytes and no more. */
static int write_some(void *state, const void *bytes, size_t size, struct error *err)
{
	size_t *left = state;

	(void)bytes;
	if (size > *left)
		return error_transient(err, "no space left");
	*left -= size;
	return 0;
}

TEST(a_failure_to_write_comes_out_as_it_is)
{
	static const struct stream_ops ops = {.write = write_some};
	struct pixels picture = photograph(PIXELS_RGB, 40, 30);
	struct buffer file = {0};

	for (int effort = 0; effort < EFFORTS; effort++) {
		buffer_clear(&file);
		encode_to(&picture, effort, &file);
		for (size_t room = 0; room <= file.length;
			room += room + 20 < file.length ? 7 : 1) {
			size_t left = room;
			struct stream out = {.ops = &ops, .state = &left};
			struct error err = encode(&picture, effort, &out);

			assert_string_equal(err.text, room < file.length ? "no space left" : "");
		}
	}
	pixels_release(&picture);
	buffer_release(&file);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_and_effort_decodes_to_the_same_pixels),
		cmocka_unit_test(a_picture_that_gets_many_colors_late_decodes_to_the_same_pixels),
		cmocka_unit_test(few_colors_are_stored_by_a_palette_of_the_fewest_bits),
		cmocka_unit_test(grays_are_stored_as_such_in_the_fewest_bits),
		cmocka_unit_test(only_alphas_that_say_something_are_stored),
		cmocka_unit_test(a_palette_that_would_be_larger_than_the_picture_is_not_made),
		cmocka_unit_test(files_are_about_as_small_as_those_of_libpng),
		cmocka_unit_test(few_colors_make_files_smaller_than_those_of_libpng),
		cmocka_unit_test(more_effort_makes_smaller_files),
		cmocka_unit_test(a_picture_too_large_to_be_deflated_whole_is_deflated_in_pieces),
		cmocka_unit_test(a_failure_to_write_comes_out_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
