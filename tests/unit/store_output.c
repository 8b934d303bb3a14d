#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/output.h"
#include "test.h"

static void expect(const char *key, enum image_format format, const char *expected)
{
	char *made = output_key("uploads/", "processed/", "main", key, format);

	assert_string_equal(made, expected);
	free(made);
}

TEST(a_suffix_that_means_the_format_stays)
{
	expect("uploads/u1/cat.jpg", IMAGE_JPEG, "processed/main/u1/cat.jpg");
	expect("uploads/u1/cat.JPEG", IMAGE_JPEG, "processed/main/u1/cat.JPEG");
	expect("cat.jfif", IMAGE_JPEG, "processed/main/cat.jfif");
	expect("cat.png", IMAGE_PNG, "processed/main/cat.png");
	expect("a.b.webp", IMAGE_WEBP, "processed/main/a.b.webp");
}

TEST(any_other_gets_the_formats_own)
{
	expect("a.png", IMAGE_JPEG, "processed/main/a.png.jpg");
	expect("a.jpg", IMAGE_WEBP, "processed/main/a.jpg.webp");
	expect("a.png.jpg", IMAGE_JPEG, "processed/main/a.png.jpg.jpg");
	expect("scan", IMAGE_JPEG, "processed/main/scan..jpg");
	expect("scan.tiff", IMAGE_JPEG, "processed/main/scan.tiff..jpg");
	expect("photos.jpg/scan", IMAGE_PNG, "processed/main/photos.jpg/scan..png");
}

TEST(only_a_whole_in_prefix_with_something_behind_it_is_cut_off)
{
	expect("uploads/a.jpg", IMAGE_JPEG, "processed/main/a.jpg");
	expect("x/uploads/a.jpg", IMAGE_JPEG, "processed/main/x/uploads/a.jpg");
	expect("uploads.jpg", IMAGE_JPEG, "processed/main/uploads.jpg");
}

/* All names that can be made of some parts, up to four of them. */
enum { PARTS = 9, NAMES = PARTS * (1 + PARTS * (1 + PARTS * (1 + PARTS))) };

static void make_name(int number, struct buffer *name)
{
	static const char *const parts[PARTS] = {
		"a", ".", ".jpg", ".jpeg", ".JPG", ".png", ".webp", ".txt", "/"};
	int count = 1, first = 0, of_count = PARTS;

	while (number - first >= of_count) {
		first += of_count;
		of_count *= PARTS;
		count++;
	}
	number -= first;
	buffer_clear(name);
	buffer_text(name, "");
	for (; count > 0; count--, number /= PARTS)
		buffer_text(name, parts[number % PARTS]);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

TEST(no_two_sources_share_an_output_whatever_their_formats_were)
{
	static const enum image_format formats[] = {IMAGE_JPEG, IMAGE_PNG, IMAGE_WEBP};
	static char *keys[NAMES], *sources[NAMES];
	struct buffer name = {0};
	size_t count = 0;

	for (int i = 0; i < NAMES; i++) {
		make_name(i, &name);
		sources[count] = strdup(name.bytes);
		count++;
	}
	qsort(sources, count, sizeof(*sources), compare);
	for (size_t format = 0; format < COUNT(formats); format++) {
		size_t made = 0;

		for (size_t i = 0; i < count; i++)
			if (i == 0 || strcmp(sources[i], sources[i - 1]) != 0)
				keys[made++] =
					output_key("", "out/", "r", sources[i], formats[format]);
		qsort(keys, made, sizeof(*keys), compare);
		for (size_t i = 1; i < made; i++)
			if (strcmp(keys[i], keys[i - 1]) == 0)
				fail_msg("two sources become %s", keys[i]);
		for (size_t i = 0; i < made; i++)
			free(keys[i]);
	}
	for (size_t i = 0; i < count; i++)
		free(sources[i]);
	buffer_release(&name);
}

TEST(no_two_sources_share_an_output_when_each_keeps_its_own_format)
{
	static const enum image_format formats[] = {IMAGE_JPEG, IMAGE_PNG, IMAGE_WEBP};
	static char *keys[3 * NAMES];
	struct buffer name = {0};
	size_t count = 0;

	/* The same source in two formats may share a key, two sources may not: tell them by a mark
	 * behind the key. */
	for (int i = 0; i < NAMES; i++) {
		make_name(i, &name);
		for (size_t format = 0; format < COUNT(formats); format++) {
			char *key = output_key("", "", "r", name.bytes, formats[format]);
			struct buffer marked = {0};

			buffer_format(&marked, "%s\t%s", key, name.bytes);
			free(key);
			keys[count++] = marked.bytes;
		}
	}
	qsort(keys, count, sizeof(*keys), compare);
	for (size_t i = 1; i < count; i++) {
		size_t length = strcspn(keys[i], "\t");

		if (strcspn(keys[i - 1], "\t") == length &&
			strncmp(keys[i], keys[i - 1], length) == 0 &&
			strcmp(keys[i], keys[i - 1]) != 0)
			fail_msg("%s and %s share an output", keys[i - 1], keys[i]);
	}
	for (size_t i = 0; i < count; i++)
		free(keys[i]);
	buffer_release(&name);
}

TEST(outputs_are_known_by_their_prefix_unless_it_is_empty)
{
	assert_true(output_is("processed/", "processed/main/a.jpg"));
	assert_false(output_is("processed/", "processed"));
	assert_false(output_is("processed/", "uploads/processed/a.jpg"));
	assert_false(output_is("", "a.jpg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_suffix_that_means_the_format_stays),
		cmocka_unit_test(any_other_gets_the_formats_own),
		cmocka_unit_test(only_a_whole_in_prefix_with_something_behind_it_is_cut_off),
		cmocka_unit_test(no_two_sources_share_an_output_whatever_their_formats_were),
		cmocka_unit_test(no_two_sources_share_an_output_when_each_keeps_its_own_format),
		cmocka_unit_test(outputs_are_known_by_their_prefix_unless_it_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
