#include "picture.h"
#include "pixel/orient.h"

/* The pixel of a picture as stored that an upright one shows at (x, y), by Exif's own words: where
 * the stored picture's first row and first column lie. */
static const unsigned char *shown(const struct pixels *stored, int orientation, int x, int y)
{
	int right = stored->size.width - 1, bottom = stored->size.height - 1;
	static const struct {
		int row_is_column, flip_x, flip_y;
	} ways[] = {{0, 0, 0}, {0, 0, 0}, {0, 1, 0}, {0, 1, 1}, {0, 0, 1}, {1, 0, 0}, {1, 0, 1},
		{1, 1, 1}, {1, 1, 0}};
	int u = ways[orientation].row_is_column ? y : x;
	int v = ways[orientation].row_is_column ? x : y;

	u = ways[orientation].flip_x ? right - u : u;
	v = ways[orientation].flip_y ? bottom - v : v;
	return pixels_row(stored, v) + u * pixels_channels(stored->kind);
}

static int upright_difference(
	const struct pixels *stored, int orientation, const struct pixels *upright)
{
	int largest = 0;

	for (int y = 0; y < upright->size.height; y++)
		for (int x = 0; x < upright->size.width; x++)
			for (int c = 0; c < 3; c++) {
				int is = pixels_row(upright, y)[x * 4 + c];
				int was = shown(stored, orientation, x, y)[c];

				largest = abs(is - was) > largest ? abs(is - was) : largest;
			}
	return largest;
}

static void make(enum image_format format, int orientation, struct buffer *file)
{
	struct pixels picture = picture_new(PIXELS_RGB, 40, 24);
	struct buffer exif = {0}, chunks = {0};
	struct jpeg_making making = {.exif = &exif};

	exif_of(orientation, &exif);
	if (format == IMAGE_JPEG) {
		picture_to_jpeg(&picture, &making, file);
	} else if (format == IMAGE_PNG) {
		picture_to_png(&picture, file);
		png_put_chunk(file, PNG_AFTER_IHDR, "eXIf", exif.bytes, exif.length);
	} else {
		struct buffer plain = {0};

		picture_to_webp(&picture, 0, &plain);
		buffer_append(&chunks, plain.bytes + 12, plain.length - 12);
		webp_put_chunk(&chunks, "EXIF", exif.bytes, exif.length);
		webp_extend(file, 8, picture.size, &chunks);
		buffer_release(&plain);
	}
	buffer_release(&exif);
	buffer_release(&chunks);
	pixels_release(&picture);
}

TEST(a_picture_lying_on_its_side_comes_out_upright)
{
	struct pixels stored = picture_new(PIXELS_RGB, 40, 24);

	for (int format = IMAGE_JPEG; format <= IMAGE_WEBP; format++)
		for (int orientation = 1; orientation <= 8; orientation++) {
			struct buffer file = {0};
			struct opened opened;
			struct pixels upright;

			make((enum image_format)format, orientation, &file);
			opened = picture_open(&file);
			assert_int_equal(image_info(opened.image)->orientation, orientation);
			assert_int_equal(image_info(opened.image)->size.width, 40);
			upright = picture_of(&file);
			assert_int_equal(upright.size.width, orientation < 5 ? 40 : 24);
			assert_int_equal(upright.size.height, orientation < 5 ? 24 : 40);
			assert_true(upright_difference(&stored, orientation, &upright) <=
				(format == IMAGE_JPEG ? 6 : 0));
			picture_close(&opened);
			pixels_release(&upright);
			buffer_release(&file);
		}
	pixels_release(&stored);
}

/* Scale, cut and put on a canvas a picture that is turned, and one that was stored upright. */
static int turned_difference(int orientation, struct rendition rendition)
{
	struct buffer lying = {0}, standing = {0}, one = {0}, other = {0};
	struct pixels upright, a, b;
	struct error err = {0};
	int difference;

	rendition.format = IMAGE_PNG;
	make(IMAGE_PNG, orientation, &lying);
	upright = picture_of(&lying);
	picture_to_png(&upright, &standing);
	assert_int_equal(picture_render(&lying, &rendition, KEEP_NONE, &one, &err), 0);
	assert_int_equal(picture_render(&standing, &rendition, KEEP_NONE, &other, &err), 0);
	a = png_to_picture(&one);
	b = png_to_picture(&other);
	difference = picture_difference(&a, &b);
	pixels_release(&a);
	pixels_release(&b);
	pixels_release(&upright);
	buffer_release(&one);
	buffer_release(&other);
	buffer_release(&lying);
	buffer_release(&standing);
	return difference;
}

TEST(boxes_are_those_of_the_upright_picture)
{
	static const struct rendition renditions[] = {
		{.box = {16, 30}},
		{.box = {20, 20}, .fit = FIT_COVER},
		{.box = {13, 9}, .fit = FIT_COVER},
		{.box = {31, 30}, .fit = FIT_CONTAIN, .background = {9, 99, 199}},
		{.box = {0, 50}, .enlarge = 1},
	};

	for (size_t i = 0; i < COUNT(renditions); i++)
		for (int orientation = 1; orientation <= 8; orientation++)
			assert_true(turned_difference(orientation, renditions[i]) <= 1);
}

TEST(a_number_that_is_no_orientation_means_upright)
{
	static const int numbers[] = {0, 9, 255, 65535};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct buffer file = {0};
		struct opened opened;

		make(IMAGE_JPEG, numbers[i], &file);
		opened = picture_open(&file);
		assert_int_equal(image_info(opened.image)->orientation, 1);
		picture_close(&opened);
		buffer_release(&file);
	}
}

TEST(windows_turn_with_the_picture)
{
	struct window window = {1, 2, 10, 20};
	struct window turned = orient_window(window, (struct size){100, 50}, 6);

	/* what is 2 from the upright top is 2 from the stored left, and what is 1 from the upright
	 * left is 1 from the stored bottom */
	assert_true(turned.left == 2 && turned.width == 20);
	assert_true(turned.top == 50 - 1 - 10 && turned.height == 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_lying_on_its_side_comes_out_upright),
		cmocka_unit_test(boxes_are_those_of_the_upright_picture),
		cmocka_unit_test(a_number_that_is_no_orientation_means_upright),
		cmocka_unit_test(windows_turn_with_the_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
