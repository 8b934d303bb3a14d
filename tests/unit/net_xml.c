#include "net/xml.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

#include "test.h"

static void note(const char *path, const char *text, void *state)
{
	buffer_format(state, "%s=%s;", path, text);
}

static int read_into(struct buffer *told, const char *xml, struct error *err)
{
	const struct xml_reader reader = {.element = note, .state = told};

	return xml_read(xml, strlen(xml), &reader, err);
}

TEST(elements_are_told_when_they_end_with_their_own_text)
{
	struct buffer told = {0};
	struct error err = {0};

	assert_int_equal(read_into(&told,
				 "<?xml version='1.0' encoding='UTF-8'?>\n<a xmlns='x'><n:b "
				 "i='1'>1<c/>2</n:b>"
				 "<b>&lt;&#252;<![CDATA[&]]></b></a>",
				 &err),
		0);
	assert_string_equal(told.bytes, "a/b/c=;a/b=12;a/b=<\xc3\xbc&;a=;");
	buffer_release(&told);
}

TEST(what_is_no_xml_is_for_now)
{
	static const char too_deep[] =
		"<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a>"
		"</a></a></a></a></a></a></a></a></a></a>";
	static const char *const cases[] = {"", "text", "<a>", "<a></b>", "<a>\xff</a>", "<a/><b/>",
		"<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", too_deep};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer told = {0};
		struct error err = {0};

		assert_int_equal(read_into(&told, cases[i], &err), -1);
		assert_int_equal(err.type, ERROR_TRANSIENT);
		buffer_release(&told);
	}
}

TEST(a_name_that_is_too_long_ends_the_reading)
{
	struct buffer xml = {0}, told = {0};
	struct error err = {0};

	buffer_byte(&xml, '<');
	for (int i = 0; i < 2 * XML_MAX_PATH; i++)
		buffer_byte(&xml, 'a');
	buffer_text(&xml, "/>");
	assert_int_equal(read_into(&told, xml.bytes, &err), -1);
	buffer_release(&xml);
	buffer_release(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_told_when_they_end_with_their_own_text),
		cmocka_unit_test(what_is_no_xml_is_for_now),
		cmocka_unit_test(a_name_that_is_too_long_ends_the_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
