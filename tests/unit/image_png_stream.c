#include <zlib.h>

#include "picture.h"

/* PNG files whose chunks are sound but hold a stream that is damaged or cut up in odd ways. */

#define WIDTH 23
#define HEIGHT 17

static unsigned long big32(const char *at)
{
	const unsigned char *bytes = (const unsigned char *)at;

	return (unsigned long)bytes[0] << 24 | (unsigned long)bytes[1] << 16 |
		(unsigned long)bytes[2] << 8 | bytes[3];
}

static void make(struct buffer *file)
{
	struct pixels picture = picture_new(PIXELS_RGBA, WIDTH, HEIGHT);

	picture_to_png(&picture, file);
	pixels_release(&picture);
}

/* Append what the file's IDAT chunks hold. */
static void take_stream(const struct buffer *file, struct buffer *stream)
{
	size_t at = 8;

	while (at < file->length) {
		size_t size = big32(file->bytes + at);

		if (memcmp(file->bytes + at + 4, "IDAT", 4) == 0)
			buffer_append(stream, file->bytes + at + 8, size);
		at += size + 12;
	}
}

/* Append a PNG file of `size` RGBA pixels that holds the stream in pieces. */
static void assemble(
	struct size size, const struct buffer *stream, size_t piece, struct buffer *file)
{
	unsigned char ihdr[13] = {0, 0, 0, (unsigned char)size.width, 0, 0, 0,
		(unsigned char)size.height, 8, PNG_COLOR_TYPE_RGB_ALPHA, 0, 0, 0};

	buffer_append(file, "\x89PNG\r\n\x1a\n", 8);
	png_put_chunk(file, 0, "IHDR", ihdr, sizeof(ihdr));
	for (size_t at = 0; at < stream->length; at += piece)
		png_put_chunk(file, 0, "IDAT", stream->bytes + at,
			stream->length - at < piece ? stream->length - at : piece);
	png_put_chunk(file, 0, "IEND", NULL, 0);
}

static const struct size whole = {WIDTH, HEIGHT};

static void check_same(const struct buffer *file, const struct buffer *right)
{
	struct pixels a = picture_of(file), b = png_to_picture(right);

	assert_int_equal(picture_difference(&a, &b), 0);
	pixels_release(&a);
	pixels_release(&b);
}

/* Return why the file is refused, which it must be as invalid. */
static struct error refusal(const struct buffer *file)
{
	static const struct rendition rendition = {.box = {10, 10}, .format = IMAGE_PNG};
	struct error err = {0};
	struct buffer out = {0};

	assert_int_equal(picture_render(file, &rendition, KEEP_NONE, &out, &err), -1);
	assert_int_equal(err.type, ERROR_INVALID);
	buffer_release(&out);
	return err;
}

static void check_refused(struct size size, const struct buffer *stream)
{
	struct buffer file = {0};

	assemble(size, stream, 1 << 20, &file);
	assert_true(strlen(refusal(&file).text) > 10);
	buffer_release(&file);
}

TEST(a_stream_may_come_in_pieces_of_any_size)
{
	struct buffer right = {0}, stream = {0};

	make(&right);
	take_stream(&right, &stream);
	for (size_t piece = 1; piece < 20; piece++) {
		struct buffer file = {0};

		assemble(whole, &stream, piece, &file);
		check_same(&file, &right);
		buffer_release(&file);
	}
	buffer_release(&stream);
	buffer_release(&right);
}

TEST(empty_pieces_hold_nothing)
{
	struct buffer right = {0}, stream = {0}, file = {0};

	make(&right);
	take_stream(&right, &stream);
	assemble(whole, &stream, 50, &file);
	for (size_t at = PNG_AFTER_IHDR; at < file.length; at += big32(file.bytes + at) + 12)
		for (int i = 0; i < 2; i++, at += 12)
			png_put_chunk(&file, at, "IDAT", NULL, 0);
	check_same(&file, &right);
	buffer_release(&file);
	buffer_release(&stream);
	buffer_release(&right);
}

TEST(what_is_no_pixels_may_stand_between_the_pieces)
{
	struct buffer right = {0}, stream = {0}, file = {0};
	size_t second;

	make(&right);
	take_stream(&right, &stream);
	assemble(whole, &stream, 50, &file);
	second = PNG_AFTER_IHDR + 50 + 12;
	png_put_chunk(&file, second, "tEXt", "Comment\0x", 9);
	check_same(&file, &right);
	png_put_chunk(&file, second, "gAMA", "\0\1\x86\xa0", 4);
	assert_non_null(strstr(refusal(&file).text, "not enough"));
	buffer_release(&file);
	buffer_release(&stream);
	buffer_release(&right);
}

TEST(a_stream_that_ends_early_is_refused_wherever_that_is)
{
	struct buffer right = {0}, stream = {0};

	make(&right);
	take_stream(&right, &stream);
	while (stream.length > 0) {
		stream.length--;
		check_refused(whole, &stream);
	}
	buffer_release(&stream);
	buffer_release(&right);
}

/* Between the last block and the check sum there are up to seven bits that nobody reads. */
TEST(a_stream_with_a_flipped_bit_is_refused)
{
	static const struct rendition rendition = {.box = {10, 10}, .format = IMAGE_PNG};
	struct buffer right = {0}, stream = {0};
	size_t accepted = 0;

	make(&right);
	take_stream(&right, &stream);
	for (size_t i = 0; i < 8 * stream.length; i++) {
		struct buffer file = {0}, out = {0};
		struct error err = {0};

		stream.bytes[i / 8] = (char)(stream.bytes[i / 8] ^ 1 << i % 8);
		assemble(whole, &stream, 1 << 20, &file);
		if (i / 8 != stream.length - 5 ||
			picture_render(&file, &rendition, KEEP_NONE, &out, &err)) {
			check_refused(whole, &stream);
		} else {
			check_same(&file, &right);
			accepted++;
		}
		stream.bytes[i / 8] = (char)(stream.bytes[i / 8] ^ 1 << i % 8);
		buffer_release(&file);
		buffer_release(&out);
	}
	assert_in_range(accepted, 0, 7);
	buffer_release(&stream);
	buffer_release(&right);
}

TEST(a_wrong_check_sum_of_the_stream_is_refused)
{
	struct buffer right = {0}, stream = {0}, file = {0};

	make(&right);
	take_stream(&right, &stream);
	stream.bytes[stream.length - 1]++;
	for (size_t piece = 1; piece < 6; piece++) {
		assemble(whole, &stream, piece, &file);
		assert_string_equal(
			refusal(&file).text, "broken PNG: what was deflated does not inflate");
		buffer_clear(&file);
	}
	buffer_release(&file);
	buffer_release(&stream);
	buffer_release(&right);
}

TEST(a_wrong_check_sum_of_a_chunk_is_refused_by_its_name)
{
	struct buffer right = {0}, stream = {0}, file = {0};

	make(&right);
	take_stream(&right, &stream);
	assemble(whole, &stream, 50, &file);
	file.bytes[PNG_AFTER_IHDR + 8 + 50]++;
	assert_string_equal(refusal(&file).text, "broken PNG: IDAT has a wrong check sum");
	file.bytes[PNG_AFTER_IHDR + 8 + 50]--;
	check_same(&file, &right);
	file.bytes[file.length - 1]++;
	assert_string_equal(refusal(&file).text, "broken PNG: IEND has a wrong check sum");
	buffer_release(&file);
	buffer_release(&stream);
	buffer_release(&right);
}

TEST(what_follows_the_stream_is_passed_over)
{
	struct buffer right = {0}, stream = {0}, file = {0};

	make(&right);
	take_stream(&right, &stream);
	buffer_text(&stream, "and more");
	assemble(whole, &stream, 1 << 20, &file);
	check_same(&file, &right);
	png_put_chunk(&file, PNG_IEND(&file), "IDAT", "and yet more", 12);
	check_same(&file, &right);
	file.bytes[PNG_IEND(&file) - 6]++;
	assert_string_equal(refusal(&file).text, "broken PNG: IDAT has a wrong check sum");
	buffer_release(&file);
	buffer_release(&stream);
	buffer_release(&right);
}

TEST(pixels_too_many_are_passed_over_and_too_few_are_refused)
{
	struct buffer right = {0}, stream = {0}, file = {0};
	struct pixels is, all;

	make(&right);
	take_stream(&right, &stream);
	all = png_to_picture(&right);
	assemble((struct size){WIDTH, HEIGHT - 3}, &stream, 1 << 20, &file);
	is = picture_of(&file);
	all.size.height = HEIGHT - 3;
	assert_int_equal(picture_difference(&is, &all), 0);
	check_refused((struct size){WIDTH, HEIGHT + 1}, &stream);
	pixels_release(&is);
	pixels_release(&all);
	buffer_release(&file);
	buffer_release(&stream);
	buffer_release(&right);
}

/* Append a zlib stream of zeros. */
static void deflate_zeros(size_t size, struct buffer *stream)
{
	unsigned char *zeros = calloc(1, size), *packed = malloc(compressBound(size));
	uLongf length = compressBound(size);

	assert_int_equal(compress2(packed, &length, zeros, size, 1), Z_OK);
	buffer_append(stream, packed, length);
	free(zeros);
	free(packed);
}

TEST(pixels_far_too_many_are_refused)
{
	struct buffer stream = {0}, file = {0};

	deflate_zeros((size_t)65 << 20, &stream);
	assemble((struct size){1, 1}, &stream, 1 << 20, &file);
	assert_string_equal(refusal(&file).text, "broken PNG: far more image data than pixels");
	buffer_release(&file);
	buffer_release(&stream);
}

TEST(an_unknown_filter_is_refused)
{
	static const Bytef row[] = {5, 1, 2, 3, 4};
	Bytef packed[64];
	uLongf length = sizeof(packed);
	struct buffer stream = {0}, file = {0};

	assert_int_equal(compress(packed, &length, row, sizeof(row)), Z_OK);
	buffer_append(&stream, packed, length);
	assemble((struct size){1, 1}, &stream, 1 << 20, &file);
	assert_string_equal(refusal(&file).text, "broken PNG: a row has the unknown filter 5");
	buffer_release(&file);
	buffer_release(&stream);
}

TEST(a_stream_that_claims_too_large_a_window_is_refused)
{
	struct buffer right = {0}, stream = {0};

	make(&right);
	take_stream(&right, &stream);
	stream.bytes[0] = (char)0x88;
	stream.bytes[1] = 0x1c; /* so that both are a multiple of 31 */
	check_refused(whole, &stream);
	buffer_release(&stream);
	buffer_release(&right);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_may_come_in_pieces_of_any_size),
		cmocka_unit_test(empty_pieces_hold_nothing),
		cmocka_unit_test(what_is_no_pixels_may_stand_between_the_pieces),
		cmocka_unit_test(a_stream_that_ends_early_is_refused_wherever_that_is),
		cmocka_unit_test(a_stream_with_a_flipped_bit_is_refused),
		cmocka_unit_test(a_wrong_check_sum_of_the_stream_is_refused),
		cmocka_unit_test(a_wrong_check_sum_of_a_chunk_is_refused_by_its_name),
		cmocka_unit_test(what_follows_the_stream_is_passed_over),
		cmocka_unit_test(pixels_too_many_are_passed_over_and_too_few_are_refused),
		cmocka_unit_test(pixels_far_too_many_are_refused),
		cmocka_unit_test(an_unknown_filter_is_refused),
		cmocka_unit_test(a_stream_that_claims_too_large_a_window_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
