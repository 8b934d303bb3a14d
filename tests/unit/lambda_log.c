#include "lambda/log.h"

#include "base/buffer.h"

#include "test.h"

TEST(a_line_of_the_log_is_an_object)
{
	struct buffer lines = {0};

	log_line(&lines, 1767323045007, LOG_LEVEL_WARN, "r-1", "imgpl-x",
		"imgpl-x: a.jpg: \"no\"\n\xff");
	log_line(&lines, 0, LOG_LEVEL_ERROR, NULL, "imgpl-x", "imgpl-xyz: no");
	assert_string_equal(lines.bytes,
		"{\"timestamp\":\"2026-01-02T03:04:05.007Z\",\"level\":\"WARN\",\"requestId\":\"r-"
		"1\","
		"\"tool\":\"imgpl-x\",\"message\":\"a.jpg: \\\"no\\\"\\n\xef\xbf\xbd\"}\n"
		"{\"timestamp\":\"1970-01-01T00:00:00.000Z\",\"level\":\"ERROR\",\"tool\":\"imgpl-"
		"x\","
		"\"message\":\"imgpl-xyz: no\"}\n");
	buffer_release(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_the_log_is_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
