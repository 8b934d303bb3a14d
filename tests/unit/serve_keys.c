#include <errno.h>
#include <stdio.h>

#include "base/error.h"
#include "scratch.h"
#include "serve/keys.h"

#define GOOD_ID "aws_access_key_id = ABCDEFGHIJKLMNOPQRST\n"
#define GOOD_SECRET "aws_secret_access_key = abcdefghijklmnopqrstuvwxyzABCDEFGHIJ+/12\n"

static void write_keys(const char *text)
{
	scratch_write("keys", text);
	assert_int_equal(chmod("keys", 0600), 0);
}

static void expect_refused(const char *why)
{
	struct error err = {0};

	assert_null(keys_open("keys", &err));
	assert_string_equal(err.text, why);
	assert_int_equal(err.type, ERROR_INVALID);
}

TEST(keys_are_made_once_for_their_owner_alone)
{
	struct error err = {0};
	struct keys *made, *read;
	struct stat found;

	(void)umask(0);
	made = keys_open("keys", &err);
	(void)umask(022);
	if (!made)
		fail_msg("%s", err.text);
	assert_int_equal(stat("keys", &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	assert_int_equal(found.st_nlink, 1);
	assert_int_equal(access("keys.new", F_OK), -1);
	assert_int_equal(strlen(keys_get(made)->access_key_id), 20);
	assert_int_equal(strlen(keys_get(made)->secret_access_key), 40);
	read = keys_open("keys", &err);
	assert_non_null(read);
	assert_string_equal(keys_get(made)->access_key_id, keys_get(read)->access_key_id);
	assert_string_equal(keys_get(made)->secret_access_key, keys_get(read)->secret_access_key);
	keys_free(made);
	keys_free(read);
}

TEST(no_two_servers_have_the_same_keys)
{
	struct error err = {0};
	struct keys *one = keys_open("one", &err), *two = keys_open("two", &err);

	assert_non_null(one);
	assert_non_null(two);
	assert_string_not_equal(keys_get(one)->access_key_id, keys_get(two)->access_key_id);
	assert_string_not_equal(keys_get(one)->secret_access_key, keys_get(two)->secret_access_key);
	keys_free(one);
	keys_free(two);
}

TEST(what_a_killed_maker_left_is_no_hindrance)
{
	struct error err = {0};
	struct keys *keys;

	scratch_write("keys.new", "[def");
	keys = keys_open("keys", &err);
	assert_non_null(keys);
	assert_int_equal(access("keys.new", F_OK), -1);
	keys_free(keys);
}

TEST(keys_that_others_may_read_are_refused)
{
	write_keys("[default]\n" GOOD_ID GOOD_SECRET);
	chmod("keys", 0640);
	expect_refused("keys: others may read or write it: chmod 600");
	chmod("keys", 0602);
	expect_refused("keys: others may read or write it: chmod 600");
}

TEST(what_is_no_file_is_refused)
{
	write_keys("[default]\n" GOOD_ID GOOD_SECRET);
	assert_int_equal(rename("keys", "elsewhere"), 0);
	assert_int_equal(symlink("elsewhere", "keys"), 0);
	expect_refused("keys: not a file");
	assert_int_equal(unlink("keys"), 0);
	assert_int_equal(mkdir("keys", 0700), 0);
	expect_refused("keys: not a file");
}

TEST(a_file_without_good_keys_is_refused_and_stays)
{
	static const char *const texts[] = {"", "[default]\n" GOOD_ID, "[default]\n" GOOD_SECRET,
		"[other]\n" GOOD_ID GOOD_SECRET,
		"[default]\naws_access_key_id = SHORT\n" GOOD_SECRET,
		"[default]\naws_access_key_id = ABCDEFGHIJ/LMNOPQRST\n" GOOD_SECRET,
		"[default]\n" GOOD_ID "aws_secret_access_key = short\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_keys(texts[i]);
		expect_refused("keys: holds no keys: \"aws_access_key_id\" and "
			       "\"aws_secret_access_key\" in [default]");
		scratch_check("keys", texts[i]);
	}
}

TEST(a_directory_that_is_missing_is_told)
{
	struct error err = {0};

	assert_null(keys_open("missing/keys", &err));
	assert_string_equal(err.text, "missing/keys: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(keys_are_made_once_for_their_owner_alone),
		SCRATCH_TEST(no_two_servers_have_the_same_keys),
		SCRATCH_TEST(what_a_killed_maker_left_is_no_hindrance),
		SCRATCH_TEST(keys_that_others_may_read_are_refused),
		SCRATCH_TEST(what_is_no_file_is_refused),
		SCRATCH_TEST(a_file_without_good_keys_is_refused_and_stays),
		SCRATCH_TEST(a_directory_that_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
