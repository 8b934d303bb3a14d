#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "test.h"

enum { SAID_SO = 42 };

static void say_so(void)
{
	_exit(SAID_SO);
}

static void ask_for_too_many(void)
{
	memory_resize(NULL, SIZE_MAX / 2, 4);
}

static void ask_for_too_much(void)
{
	/* The product fits, the memory doesn't exist; a sanitizer would end the process itself. */
	memory_resize(NULL, (size_t)PTRDIFF_MAX, 1);
}

static int status_of(void (*ask)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		memory_on_exhausted(say_so);
		ask();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(a_product_that_overflows_ends_the_process_as_it_was_told_to)
{
	assert_int_equal(status_of(ask_for_too_many), SAID_SO);
}

TEST(memory_that_is_not_there_ends_the_process_as_it_was_told_to)
{
	if (getenv("IMGPL_SANITIZED"))
		skip();
	assert_int_equal(status_of(ask_for_too_much), SAID_SO);
}

TEST(new_memory_is_zero_and_can_grow)
{
	unsigned char *bytes = memory_new(100, 3);

	for (size_t i = 0; i < 300; i++)
		assert_int_equal(bytes[i], 0);
	bytes[299] = 7;
	bytes = memory_resize(bytes, 100000, 1);
	assert_int_equal(bytes[299], 7);
	free(bytes);
	bytes = memory_new(0, 0);
	assert_non_null(bytes);
	free(bytes);
}

TEST(copies_are_their_own_and_null_stays_null)
{
	const char text[] = "text";
	char *copy = memory_copy(text);

	assert_string_equal(copy, "text");
	assert_ptr_not_equal(copy, text);
	free(copy);
	assert_null(memory_copy(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_product_that_overflows_ends_the_process_as_it_was_told_to),
		cmocka_unit_test(memory_that_is_not_there_ends_the_process_as_it_was_told_to),
		cmocka_unit_test(new_memory_is_zero_and_can_grow),
		cmocka_unit_test(copies_are_their_own_and_null_stays_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
