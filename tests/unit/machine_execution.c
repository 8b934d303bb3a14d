#include "machine/execution.h"

#include <string.h>

#include "base/error.h"
#include "event/s3_event.h"
#include "net/digest.h"

#include "test.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

static int open_digest(void **state)
{
	struct error err = {0};

	(void)state;
	return digest_open(&err);
}

TEST(a_name_is_of_few_letters_and_not_too_long)
{
	const struct s3_object object = {.bucket = "photos", .key = "uploads/a b/\xc3\xa4.jpg"};
	char name[EXECUTION_NAME];

	execution_name(&object, 1, name);
	assert_int_equal(strspn(name, LETTERS), strlen(name));
	assert_int_equal(strlen(name), 64);
	execution_name(&object, EXECUTION_MAX_ATTEMPT, name);
	assert_int_equal(strspn(name, LETTERS), strlen(name));
	assert_in_range(strlen(name), 65, 80);
}

/* Objects no two of which are the same, though they may look like it. */
static const struct s3_object others[] = {
	{.bucket = "b", .key = "k", .version_id = "1"},
	{.bucket = "b", .key = "k", .version_id = "2"},
	{.bucket = "b", .key = "k", .sequencer = "1"},
	{.bucket = "b", .key = "k", .sequencer = "2"},
	{.bucket = "b", .key = "k", .etag = "1"},
	{.bucket = "b", .key = "k", .etag = "2"},
	{.bucket = "b", .key = "k"},
	{.bucket = "b", .key = "k1"},
	{.bucket = "bk", .key = "1"},
	{.bucket = "", .key = "bk", .version_id = "1"},
	{.bucket = "b/k", .key = "1"},
	{.bucket = "b", .key = "k/1"},
};

TEST(no_two_objects_share_a_name)
{
	char names[2 * COUNT(others)][EXECUTION_NAME];

	for (size_t i = 0; i < COUNT(names); i++) {
		execution_name(&others[i / 2], 1 + (int)i % 2, names[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
	}
}

/* Two events are of the same object. */
static void expect_same(const struct s3_object *a, const struct s3_object *b)
{
	char names[2][EXECUTION_NAME];

	execution_name(a, 1, names[0]);
	execution_name(b, 1, names[1]);
	assert_string_equal(names[0], names[1]);
}

TEST(the_version_decides_and_else_the_sequencer_and_else_the_etag)
{
	expect_same(
		&(struct s3_object){
			.bucket = "b", .key = "k", .version_id = "1", .sequencer = "2", .bytes = 1},
		&(struct s3_object){.bucket = "b", .key = "k", .version_id = "1", .etag = "3"});
	expect_same(&(struct s3_object){.bucket = "b", .key = "k", .sequencer = "2", .etag = "3"},
		&(struct s3_object){.bucket = "b", .key = "k", .sequencer = "2", .etag = "4"});
}

TEST(a_version_that_says_nothing_is_none)
{
	const struct s3_object object = {.bucket = "b", .key = "k", .sequencer = "2"};

	expect_same(&object,
		&(struct s3_object){.bucket = "b", .key = "k", .version_id = "", .sequencer = "2"});
	/* All that is written while versions are suspended. */
	expect_same(&object,
		&(struct s3_object){
			.bucket = "b", .key = "k", .version_id = "null", .sequencer = "2"});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_of_few_letters_and_not_too_long),
		cmocka_unit_test(no_two_objects_share_a_name),
		cmocka_unit_test(the_version_decides_and_else_the_sequencer_and_else_the_etag),
		cmocka_unit_test(a_version_that_says_nothing_is_none),
	};

	return cmocka_run_group_tests(tests, open_digest, NULL);
}
