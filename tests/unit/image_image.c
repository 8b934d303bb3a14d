#include "picture.h"

#define BYTES(text) text, sizeof(text) - 1

TEST(what_is_no_picture_is_named)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *name;
	} files[] = {
		{BYTES(""), " but an empty file"},
		{BYTES("GIF89a\1\0\1\0"), " but GIF"},
		{BYTES("II*\0\10\0\0\0"), " but TIFF"},
		{BYTES("MM\0*\0\0\0\10"), " but TIFF"},
		{BYTES("\0\0\0\x20"
		       "ftypheic\0\0\0\0"),
			" but HEIC"},
		{BYTES("\0\0\0\x20"
		       "ftypavif\0\0\0\0"),
			" but AVIF"},
		{BYTES("%PDF-1.7\n"), " but PDF"},
		{BYTES("<!DOCTYPE html><p>"), " but HTML"},
		{BYTES("\n  <HTML>"), " but HTML"},
		{BYTES("<?xml version=\"1.0\"?>\n<!-- x --><svg xmlns=\"\">"),
			" but an SVG drawing"},
		{BYTES("<svg><image href=\"x\"/></svg>"), " but an SVG drawing"},
		{BYTES("\xef\xbb\xbf<svg/>"), " but an SVG drawing"},
		{BYTES("push graphic-context\nfill 'url(https://x)'"),
			" but an ImageMagick script"},
		{BYTES(" push graphic-context\n"), " but an ImageMagick script"},
		{BYTES("<?xml version=\"1.0\"?><image><read filename=\"/etc/passwd\"/>"),
			" but an ImageMagick script"},
		{BYTES("BM\x3a\0\0\0\0\0"), " but BMP"},
		{BYTES("\0\0\1\0\1\0"), " but an icon"},
		{BYTES("\xff\x0a\xfa\x1f"), " but JPEG XL"},
		{BYTES("dear diary"), " but text"},
		{BYTES("\1\2\3\4"), ""},
		{BYTES("\x89PNG\n\x1a\n"), " but a PNG whose line ends were changed on the way"},
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		struct error err = {0};
		struct stream in;
		char right[128];

		stream_from_memory(&in, files[i].bytes, files[i].size);
		assert_null(image_open(&in, &no_limits, &err));
		assert_int_equal(err.type, ERROR_INVALID);
		snprintf(right, sizeof(right), "not a JPEG, PNG or WebP image%s", files[i].name);
		assert_string_equal(err.text, right);
		stream_close(&in);
	}
}

TEST(formats_have_names_and_types)
{
	enum image_format format = IMAGE_WEBP;

	assert_int_equal(image_format_parse("jpg", &format), 0);
	assert_int_equal(format, IMAGE_JPEG);
	assert_int_equal(image_format_parse("gif", &format), -1);
	for (int i = IMAGE_JPEG; i <= IMAGE_WEBP; i++) {
		assert_int_equal(
			image_format_parse(image_format_name((enum image_format)i), &format), 0);
		assert_int_equal((int)format, i);
	}
	assert_string_equal(image_format_type(IMAGE_WEBP), "image/webp");
}

TEST(each_library_has_a_line)
{
	struct buffer lines = {0};

	image_versions(&lines);
	assert_non_null(strstr(lines.bytes, "libjpeg-turbo "));
	assert_non_null(strstr(lines.bytes, "\nlibpng 1."));
	assert_non_null(strstr(lines.bytes, "\nlibwebp "));
	assert_non_null(strstr(lines.bytes, "\nlcms2 2."));
	assert_int_equal(lines.bytes[lines.length - 1], '\n');
	buffer_release(&lines);
}

/* A stream that yields a byte or a few at a time, and after `left` of them fails. */
struct drip {
	const struct buffer *file;
	size_t at, fails_at;
};

static ssize_t drip_read(void *state, void *bytes, size_t size, struct error *err)
{
	struct drip *drip = state;
	size_t left = drip->file->length - drip->at;

	if (drip->at >= drip->fails_at)
		return error_throttled(err, "the tap is shut");
	size = size < 1 + drip->at % 7 ? size : 1 + drip->at % 7;
	size = size < left ? size : left;
	memcpy(bytes, drip->file->bytes + drip->at, size);
	drip->at += size;
	return (ssize_t)size;
}

static ssize_t dripped(
	const struct buffer *file, size_t fails_at, struct buffer *out, struct error *err)
{
	static const struct stream_ops ops = {.read = drip_read};
	static const struct rendition rendition = {.box = {20, 20}, .format = IMAGE_PNG};
	struct drip drip = {.file = file, .fails_at = fails_at};
	struct stream in = {.ops = &ops, .state = &drip}, sink;
	struct image_output output = {.rendition = &rendition, .out = &sink};
	struct image *image = image_open(&in, &no_limits, err);
	int rc = -1;

	stream_to_buffer(&sink, out);
	if (image)
		rc = image_render(image, &output, 1, KEEP_NONE, err);
	image_free(image);
	return rc;
}

static void make(enum image_format format, struct buffer *file)
{
	struct pixels picture = picture_new(PIXELS_RGB, 60, 50);

	if (format == IMAGE_JPEG)
		picture_to_jpeg(&picture, NULL, file);
	else if (format == IMAGE_PNG)
		picture_to_png(&picture, file);
	else
		picture_to_webp(&picture, 80, file);
	pixels_release(&picture);
}

TEST(a_failure_to_read_comes_out_as_the_stream_told_it)
{
	for (int format = IMAGE_JPEG; format <= IMAGE_WEBP; format++) {
		struct buffer file = {0}, out = {0}, whole = {0};
		struct error err = {0};

		make((enum image_format)format, &file);
		for (size_t at = 0; at < file.length; at += 1 + file.length / 100) {
			err = (struct error){0};
			assert_int_equal(dripped(&file, at, &out, &err), -1);
			assert_int_equal(err.type, ERROR_THROTTLED);
			assert_string_equal(err.text, "the tap is shut");
		}
		buffer_clear(&out);
		assert_int_equal(dripped(&file, SIZE_MAX, &out, &err), 0);
		picture_render(&file, &(struct rendition){.box = {20, 20}, .format = IMAGE_PNG},
			KEEP_NONE, &whole, &err);
		assert_int_equal(out.length, whole.length);
		assert_memory_equal(out.bytes, whole.bytes, whole.length);
		buffer_release(&file);
		buffer_release(&out);
		buffer_release(&whole);
	}
}

/* A stream that is full after some bytes. */
static int full_write(void *state, const void *bytes, size_t size, struct error *err)
{
	size_t *room = state;

	(void)bytes;
	if (size > *room)
		return error_transient(err, "no space left");
	*room -= size;
	return 0;
}

TEST(a_failure_to_write_comes_out_as_the_stream_told_it)
{
	static const struct stream_ops ops = {.write = full_write};
	struct buffer file = {0};

	make(IMAGE_PNG, &file);
	for (int format = IMAGE_JPEG; format <= IMAGE_WEBP; format++)
		for (size_t limit = 0; limit < 100; limit += 7) {
			struct rendition rendition = {.box = {60, 50},
				.format = (enum image_format)format,
				.quality = 80};
			size_t room = limit;
			struct stream in, out = {.ops = &ops, .state = &room};
			struct image_output output = {.rendition = &rendition, .out = &out};
			struct error err = {0};
			struct image *image;

			stream_from_memory(&in, file.bytes, file.length);
			image = image_open(&in, &no_limits, &err);
			assert_int_equal(image_render(image, &output, 1, KEEP_NONE, &err), -1);
			assert_string_equal(err.text, "no space left");
			image_free(image);
			stream_close(&in);
		}
	buffer_release(&file);
}

TEST(one_decode_feeds_many_renditions)
{
	static const struct rendition renditions[] = {
		{.box = {100, 100}, .format = IMAGE_PNG},
		{.box = {64, 64}, .fit = FIT_COVER, .format = IMAGE_PNG},
		{.box = {32, 64}, .fit = FIT_CONTAIN, .format = IMAGE_JPEG, .quality = 70},
		{.box = {8, 8}, .format = IMAGE_WEBP, .quality = 70},
	};
	struct pixels picture = picture_new(PIXELS_RGBA, 300, 200);
	struct buffer file = {0}, outs[COUNT(renditions)] = {{0}};
	struct stream in, sinks[COUNT(renditions)];
	struct image_output outputs[COUNT(renditions)];
	struct error err = {0};
	struct image *image;

	picture_to_png(&picture, &file);
	stream_from_memory(&in, file.bytes, file.length);
	for (size_t i = 0; i < COUNT(renditions); i++) {
		stream_to_buffer(&sinks[i], &outs[i]);
		outputs[i] = (struct image_output){.rendition = &renditions[i], .out = &sinks[i]};
	}
	image = image_open(&in, &no_limits, &err);
	assert_int_equal(image_render(image, outputs, COUNT(renditions), KEEP_NONE, &err), 0);
	for (size_t i = 0; i < COUNT(renditions); i++) {
		struct buffer alone = {0};

		assert_int_equal(picture_render(&file, &renditions[i], KEEP_NONE, &alone, &err), 0);
		assert_int_equal(alone.length, outs[i].length);
		assert_memory_equal(alone.bytes, outs[i].bytes, alone.length);
		buffer_release(&alone);
		buffer_release(&outs[i]);
	}
	assert_int_equal(outputs[0].size.height, 67);
	assert_int_equal(outputs[1].size.width, 64);
	assert_int_equal(outputs[2].size.height, 64);
	assert_int_equal(outputs[3].size.height, 5);
	image_free(image);
	stream_close(&in);
	buffer_release(&file);
	pixels_release(&picture);
}

TEST(transparency_goes_before_the_background)
{
	static const struct rendition rendition = {
		.box = {30, 20}, .quality = 100, .background = {200, 100, 50}};
	struct buffer file = {0}, out = {0};
	struct error err = {0};
	struct pixels is;

	for (int kind = PIXELS_GRAY_ALPHA; kind <= PIXELS_RGBA; kind += 2) {
		struct pixels picture = picture_new((enum pixels_kind)kind, 30, 20);
		int last = pixels_channels(picture.kind) - 1;

		for (int i = 0; i < 30 * 20; i++)
			picture.bytes[i * (last + 1) + last] = i % 30 < 15 ? 0 : 255;
		buffer_clear(&file);
		buffer_clear(&out);
		picture_to_png(&picture, &file);
		assert_int_equal(picture_render(&file, &rendition, KEEP_NONE, &out, &err), 0);
		is = picture_of(&out);
		assert_true(abs(is.bytes[0] - 200) < 4 && abs(is.bytes[1] - 100) < 4 &&
			abs(is.bytes[2] - 50) < 4);
		assert_true(abs(is.bytes[28 * 4] - picture.bytes[28 * (last + 1)]) < 12);
		pixels_release(&is);
		pixels_release(&picture);
	}
	buffer_release(&file);
	buffer_release(&out);
}

TEST(a_canvas_larger_than_the_picture_shows_the_background)
{
	static const struct rendition rendition = {
		.box = {40, 40}, .fit = FIT_CONTAIN, .format = IMAGE_PNG, .background = {1, 2, 3}};
	struct buffer file = {0}, out = {0};
	struct error err = {0};

	for (int kind = PIXELS_GRAY; kind <= PIXELS_CMYK; kind++) {
		struct pixels picture = picture_new((enum pixels_kind)kind, 30, 20), is;

		buffer_clear(&file);
		buffer_clear(&out);
		if (kind == PIXELS_CMYK)
			picture_to_jpeg(&picture, NULL, &file);
		else
			picture_to_png(&picture, &file);
		assert_int_equal(picture_render(&file, &rendition, KEEP_NONE, &out, &err), 0);
		is = png_to_picture(&out);
		for (int y = 0; y < 40; y++)
			for (int x = 0; x < 40; x++)
				if (x < 5 || x >= 35 || y < 10 || y >= 30)
					assert_memory_equal(
						pixels_row(&is, y) + x * 4, "\1\2\3\xff", 4);
		if (kind == PIXELS_RGBA)
			assert_memory_equal(
				pixels_row(&is, 12) + 7 * 4, pixels_row(&picture, 2) + 2 * 4, 4);
		pixels_release(&is);
		pixels_release(&picture);
	}
	buffer_release(&file);
	buffer_release(&out);
}

TEST(a_rendition_too_large_for_its_format_is_refused)
{
	static const struct {
		struct rendition rendition;
		const char *text;
	} cases[] = {
		{{.box = {20000, 0}, .format = IMAGE_WEBP, .enlarge = 1},
			"20000x16667 has a side over the limit of 16383 pixels of webp"},
		{{.box = {70000, 10}, .fit = FIT_CONTAIN},
			"70000x10 has a side over the limit of 65500 pixels of jpeg"},
	};
	struct buffer file = {0}, out = {0};

	make(IMAGE_PNG, &file);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};

		assert_int_equal(
			picture_render(&file, &cases[i].rendition, KEEP_NONE, &out, &err), -1);
		assert_int_equal(err.type, ERROR_LIMIT);
		assert_string_equal(err.text, cases[i].text);
	}
	buffer_release(&file);
	buffer_release(&out);
}

/* Whatever is done to a file, it is refused or becomes a picture; sanitizers watch. */
TEST(spoilt_files_do_no_harm)
{
	static const struct rendition rendition = {.box = {16, 16}, .quality = 80};
	unsigned seed = 7;

	for (int format = IMAGE_JPEG; format <= IMAGE_WEBP; format++) {
		struct buffer file = {0}, out = {0};

		make((enum image_format)format, &file);
		for (int i = 0; i < 400; i++) {
			struct buffer spoilt = {0};
			struct error err = {0};

			buffer_append(&spoilt, file.bytes, file.length);
			for (int k = 0; k < 3; k++) {
				seed = seed * 1103515245 + 12345;
				spoilt.bytes[seed / 65536 % (unsigned)spoilt.length] =
					(char)(seed >> 8);
			}
			buffer_clear(&out);
			if (picture_render(&spoilt, &rendition, KEEP_ALL, &out, &err))
				assert_true(err.type == ERROR_INVALID || err.type == ERROR_LIMIT);
			buffer_release(&spoilt);
		}
		buffer_release(&file);
		buffer_release(&out);
	}
}

TEST(pixels_come_upright_in_rgb_and_within_the_box)
{
	struct pixels picture = picture_new(PIXELS_RGBA, 40, 20), pixels = {0};
	struct buffer file = {0}, block = {0};
	struct error err = {0};
	struct opened opened;

	exif_of(6, &block);
	pixels_row(&picture, 0)[3] = 0;
	picture_to_png(&picture, &file);
	png_put_chunk(&file, PNG_AFTER_IHDR, "eXIf", block.bytes, block.length);
	opened = picture_open(&file);
	assert_int_equal(image_pixels(opened.image, (struct size){100, 100}, &pixels, &err), 0);
	assert_int_equal(pixels.kind, PIXELS_RGB);
	assert_int_equal(pixels.size.width, 20);
	assert_int_equal(pixels.size.height, 40);
	/* what was the top left corner is the top right one, and white, since it was transparent */
	for (size_t c = 0; c < 3; c++)
		assert_int_equal(pixels_row(&pixels, 0)[3 * 19 + c], 255);
	pixels_release(&pixels);
	picture_close(&opened);
	opened = picture_open(&file);
	assert_int_equal(image_pixels(opened.image, (struct size){10, 10}, &pixels, &err), 0);
	assert_int_equal(pixels.size.width, 5);
	assert_int_equal(pixels.size.height, 10);
	pixels_release(&pixels);
	picture_close(&opened);
	buffer_release(&file);
	buffer_release(&block);
	pixels_release(&picture);
}

TEST(of_a_broken_picture_there_are_no_pixels)
{
	struct pixels picture = picture_new(PIXELS_RGB, 200, 200), pixels = {0};
	struct buffer file = {0};
	struct error err = {0};
	struct opened opened;

	picture_to_jpeg(&picture, NULL, &file);
	file.length = file.length * 2 / 3;
	opened = picture_open(&file);
	assert_int_equal(image_pixels(opened.image, (struct size){100, 100}, &pixels, &err), -1);
	assert_int_equal(err.type, ERROR_INVALID);
	assert_null(pixels.bytes);
	picture_close(&opened);
	buffer_release(&file);
	pixels_release(&picture);
}

TEST(pixels_are_encoded_as_what_they_were)
{
	struct pixels picture = picture_new(PIXELS_RGB, 37, 23);

	for (int format = IMAGE_JPEG; format <= IMAGE_WEBP; format++) {
		const struct rendition rendition = {
			.format = (enum image_format)format, .quality = 95, .effort = 4};
		struct buffer file = {0};
		struct error err = {0};
		struct stream out;
		struct pixels again;

		stream_to_buffer(&out, &file);
		assert_int_equal(image_encode(&picture, &rendition, &out, &err), 0);
		again = picture_of(&file);
		assert_true(picture_difference(&picture, &again) <= (format == IMAGE_PNG ? 0 : 12));
		pixels_release(&again);
		buffer_release(&file);
	}
	pixels_release(&picture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_picture_is_named),
		cmocka_unit_test(formats_have_names_and_types),
		cmocka_unit_test(each_library_has_a_line),
		cmocka_unit_test(a_failure_to_read_comes_out_as_the_stream_told_it),
		cmocka_unit_test(a_failure_to_write_comes_out_as_the_stream_told_it),
		cmocka_unit_test(one_decode_feeds_many_renditions),
		cmocka_unit_test(transparency_goes_before_the_background),
		cmocka_unit_test(a_canvas_larger_than_the_picture_shows_the_background),
		cmocka_unit_test(a_rendition_too_large_for_its_format_is_refused),
		cmocka_unit_test(spoilt_files_do_no_harm),
		cmocka_unit_test(pixels_come_upright_in_rgb_and_within_the_box),
		cmocka_unit_test(of_a_broken_picture_there_are_no_pixels),
		cmocka_unit_test(pixels_are_encoded_as_what_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
