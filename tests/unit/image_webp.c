#include "picture.h"

static struct error open_with(const struct buffer *file, struct image_limits limits)
{
	struct error err = {0};
	struct stream in;

	stream_from_memory(&in, file->bytes, file->length);
	image_free(image_open(&in, &limits, &err));
	stream_close(&in);
	return err;
}

static void check_refused(const struct buffer *file)
{
	static const struct rendition rendition = {.box = {10, 10}, .format = IMAGE_PNG};
	struct error err = {0};
	struct buffer out = {0};

	assert_int_equal(picture_render(file, &rendition, KEEP_NONE, &out, &err), -1);
	assert_int_equal(err.type, ERROR_INVALID);
	assert_true(strlen(err.text) > 10);
	buffer_release(&out);
}

TEST(lossless_pictures_come_out_exactly)
{
	for (int kind = PIXELS_RGB; kind <= PIXELS_RGBA; kind++) {
		struct pixels picture = picture_new((enum pixels_kind)kind, 40, 30), is;
		struct buffer file = {0};
		struct opened opened;

		picture_to_webp(&picture, 0, &file);
		opened = picture_open(&file);
		assert_int_equal(image_info(opened.image)->has_alpha, kind == PIXELS_RGBA);
		assert_int_equal(image_info(opened.image)->frames, 1);
		picture_close(&opened);
		is = picture_of(&file);
		assert_int_equal(picture_difference(&picture, &is), 0);
		pixels_release(&picture);
		pixels_release(&is);
		buffer_release(&file);
	}
}

TEST(lossy_pictures_come_out_nearly)
{
	for (int kind = PIXELS_RGB; kind <= PIXELS_RGBA; kind++) {
		struct pixels picture = picture_new((enum pixels_kind)kind, 40, 30), is;
		struct buffer file = {0};

		picture_to_webp(&picture, 95, &file);
		is = picture_of(&file);
		assert_true(picture_difference(&picture, &is) <= 16);
		pixels_release(&picture);
		pixels_release(&is);
		buffer_release(&file);
	}
}

TEST(a_large_picture_is_scaled_in_its_decoder_without_a_shift)
{
	static const struct rendition small = {.box = {40, 40}, .format = IMAGE_PNG};
	struct pixels picture = picture_new(PIXELS_RGB, 1003, 777), a, b;
	struct buffer webp = {0}, png = {0}, one = {0}, other = {0};
	struct error err = {0};

	picture_to_webp(&picture, 0, &webp);
	picture_to_png(&picture, &png);
	assert_int_equal(picture_render(&webp, &small, KEEP_NONE, &one, &err), 0);
	assert_int_equal(picture_render(&png, &small, KEEP_NONE, &other, &err), 0);
	a = png_to_picture(&one);
	b = png_to_picture(&other);
	assert_true(picture_difference(&a, &b) <= 2);
	pixels_release(&picture);
	pixels_release(&a);
	pixels_release(&b);
	buffer_release(&webp);
	buffer_release(&png);
	buffer_release(&one);
	buffer_release(&other);
}

/* Append a frame at (left, top) that is `frame`. */
static void put_frame(struct buffer *chunks, const struct pixels *frame, size_t left, size_t top)
{
	struct buffer anmf = {0}, file = {0};

	picture_to_webp(frame, 0, &file);
	put_little24(&anmf, left / 2);
	put_little24(&anmf, top / 2);
	put_little24(&anmf, (size_t)frame->size.width - 1);
	put_little24(&anmf, (size_t)frame->size.height - 1);
	put_little32(&anmf, 100);
	buffer_append(&anmf, file.bytes + 12, file.length - 12);
	webp_put_chunk(chunks, "ANMF", anmf.bytes, anmf.length);
	buffer_release(&anmf);
	buffer_release(&file);
}

static void make_animation(
	struct size canvas, size_t left, size_t top, int frames, struct buffer *file)
{
	struct pixels frame = picture_new(PIXELS_RGB, 20, 10);
	struct buffer chunks = {0};

	webp_put_chunk(&chunks, "ANIM", "\xff\xff\xff\xff\0\0", 6);
	for (int i = 0; i < frames; i++)
		put_frame(&chunks, &frame, left, top);
	webp_extend(file, 2, canvas, &chunks);
	buffer_release(&chunks);
	pixels_release(&frame);
}

TEST(of_an_animation_the_first_frame_lies_on_its_canvas)
{
	struct pixels frame = picture_new(PIXELS_RGB, 20, 10), is;
	struct buffer file = {0};
	struct opened opened;

	make_animation((struct size){40, 30}, 6, 8, 3, &file);
	opened = picture_open(&file);
	assert_int_equal(image_info(opened.image)->frames, 3);
	assert_int_equal(image_info(opened.image)->size.width, 40);
	assert_int_equal(image_info(opened.image)->has_alpha, 1);
	picture_close(&opened);
	is = picture_of(&file);
	for (int y = 0; y < 30; y++)
		for (int x = 0; x < 40; x++) {
			const unsigned char *pixel = pixels_row(&is, y) + x * 4;
			int inside = x >= 6 && x < 26 && y >= 8 && y < 18;

			assert_int_equal(pixel[3], inside ? 255 : 0);
			if (inside)
				assert_memory_equal(
					pixel, pixels_row(&frame, y - 8) + (x - 6) * 3, 3);
		}
	pixels_release(&is);
	pixels_release(&frame);
	buffer_release(&file);
}

TEST(frames_are_counted_and_limited)
{
	struct buffer file = {0};
	struct error err;

	make_animation((struct size){20, 10}, 0, 0, 1001, &file);
	err = open_with(&file, (struct image_limits)IMAGE_LIMITS);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "1001 frames, over the limit of 1000");
	buffer_release(&file);
}

TEST(a_frame_that_sticks_out_is_refused)
{
	struct buffer file = {0};

	make_animation((struct size){24, 30}, 6, 8, 1, &file);
	check_refused(&file);
	buffer_release(&file);
	make_animation((struct size){40, 16}, 6, 8, 1, &file);
	check_refused(&file);
	buffer_release(&file);
}

TEST(a_bomb_of_34_bytes_is_refused_by_its_header)
{
	/* 16384x16384, lossless */
	static const char bomb[] = "RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0"
				   "\0\0\0";
	struct buffer file = {0};
	struct error err;

	buffer_append(&file, bomb, 34);
	err = open_with(&file, (struct image_limits)IMAGE_LIMITS);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "16384x16384 is 268.435456 megapixels, over the limit of 50");
	check_refused(&file);
	buffer_release(&file);
}

TEST(the_smallest_file_there_is_decodes)
{
	static const char smallest[] = "RIFF\x12\0\0\0WEBPVP8L\x06\0\0\0\x2f\x41\x6c\x6f\x00\x6b";
	struct buffer file = {0};
	struct error err;

	buffer_append(&file, smallest, 26);
	err = open_with(&file, no_limits);
	assert_string_equal(err.text, "");
	buffer_release(&file);
}

TEST(a_truncated_file_is_refused_wherever_it_ends)
{
	for (int quality = 0; quality <= 80; quality += 80)
		for (int kind = PIXELS_RGB; kind <= PIXELS_RGBA; kind++) {
			struct pixels picture = picture_new((enum pixels_kind)kind, 40, 30);
			struct buffer file = {0};

			picture_to_webp(&picture, quality, &file);
			/* the last byte may be there to make the length even */
			file.length--;
			while (file.length > 0) {
				file.length--;
				check_refused(&file);
			}
			pixels_release(&picture);
			buffer_release(&file);
		}
}

TEST(what_follows_the_end_does_not_matter)
{
	struct pixels picture = picture_new(PIXELS_RGB, 40, 30), is;
	struct buffer file = {0};

	picture_to_webp(&picture, 0, &file);
	buffer_text(&file, "GIF89a <script>");
	is = picture_of(&file);
	assert_int_equal(picture_difference(&picture, &is), 0);
	pixels_release(&picture);
	pixels_release(&is);
	buffer_release(&file);
}

TEST(a_lossy_picture_of_any_size_comes_whole)
{
	for (int side = 1; side < 40; side += 3) {
		struct pixels picture = picture_new(PIXELS_RGB, side, side + 1), is;
		struct buffer file = {0};

		picture_to_webp(&picture, 95, &file);
		is = picture_of(&file);
		assert_int_equal(is.size.width, side);
		assert_int_equal(is.size.height, side + 1);
		if (side > 8)
			assert_in_range(picture_difference(&picture, &is), 0, 40);
		pixels_release(&is);
		pixels_release(&picture);
		buffer_release(&file);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lossless_pictures_come_out_exactly),
		cmocka_unit_test(lossy_pictures_come_out_nearly),
		cmocka_unit_test(a_large_picture_is_scaled_in_its_decoder_without_a_shift),
		cmocka_unit_test(of_an_animation_the_first_frame_lies_on_its_canvas),
		cmocka_unit_test(frames_are_counted_and_limited),
		cmocka_unit_test(a_frame_that_sticks_out_is_refused),
		cmocka_unit_test(a_bomb_of_34_bytes_is_refused_by_its_header),
		cmocka_unit_test(the_smallest_file_there_is_decodes),
		cmocka_unit_test(a_truncated_file_is_refused_wherever_it_ends),
		cmocka_unit_test(a_lossy_picture_of_any_size_comes_whole),
		cmocka_unit_test(what_follows_the_end_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
