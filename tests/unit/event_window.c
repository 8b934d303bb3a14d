#include <stdio.h>
#include <string.h>

#include "event/s3_event.h"
#include "event/window.h"
#include "test.h"

static bool add(struct window *window, const char *bucket, const char *key, const char *etag,
	const char *sequencer)
{
	const struct s3_object object = {
		.bucket = bucket, .key = key, .etag = etag, .sequencer = sequencer, .bytes = -1};

	return window_add(window, &object);
}

TEST(a_duplicate_and_an_older_event_are_no_news)
{
	struct window *window = window_new(10);

	assert_true(add(window, "b", "k", "e1", "05"));
	assert_false(add(window, "b", "k", "e1", "05"));
	assert_false(add(window, "b", "k", "e1", "0500"));
	assert_false(add(window, "b", "k", "e0", "04"));
	assert_true(add(window, "b", "k", "e2", "06"));
	assert_false(add(window, "b", "k", "e1", "05"));
	window_free(window);
}

TEST(bucket_and_key_tell_objects_apart)
{
	struct window *window = window_new(10);

	assert_true(add(window, "b", "k", "e", "05"));
	assert_true(add(window, "c", "k", "e", "05"));
	assert_true(add(window, "b", "l", "e", "05"));
	assert_true(add(window, NULL, "k", "e", "05"));
	assert_true(add(window, "b/k", "", "e", "05"));
	assert_false(add(window, NULL, "k", "e", "05"));
	window_free(window);
}

TEST(without_a_sequencer_the_version_and_etag_decide)
{
	struct window *window = window_new(10);

	assert_true(add(window, "b", "k", "e1", NULL));
	assert_false(add(window, "b", "k", "e1", NULL));
	assert_false(add(window, "b", "k", "e1", "05"));
	assert_true(add(window, "b", "k", "e2", NULL));
	assert_true(add(window, "b", "k", NULL, NULL));
	assert_false(add(window, "b", "k", NULL, NULL));
	window_free(window);
}

TEST(the_oldest_are_forgotten_first)
{
	struct window *window = window_new(3);

	assert_true(add(window, "b", "k1", "e", "1"));
	assert_true(add(window, "b", "k2", "e", "1"));
	assert_true(add(window, "b", "k3", "e", "1"));
	assert_false(add(window, "b", "k1", "e", "1"));
	assert_true(add(window, "b", "k4", "e", "1"));
	assert_false(add(window, "b", "k2", "e", "1"));
	assert_false(add(window, "b", "k3", "e", "1"));
	assert_false(add(window, "b", "k4", "e", "1"));
	assert_true(add(window, "b", "k1", "e", "1"));
	window_free(window);
}

TEST(a_key_seen_again_is_young_again)
{
	struct window *window = window_new(3);

	assert_true(add(window, "b", "k1", "e", "1"));
	assert_true(add(window, "b", "k2", "e", "1"));
	assert_true(add(window, "b", "k1", "e", "2"));
	assert_true(add(window, "b", "k3", "e", "1"));
	assert_false(add(window, "b", "k1", "e", "2"));
	assert_true(add(window, "b", "k4", "e", "1"));
	assert_false(add(window, "b", "k1", "e", "2"));
	window_free(window);
}

TEST(long_keys_push_others_out_so_that_memory_stays_bounded)
{
	struct window *window = window_new(10);
	char key[1001];

	memset(key, 'x', 1000);
	key[1000] = '\0';
	for (char letter = 'a'; letter <= 'j'; letter++) {
		key[0] = letter;
		assert_true(add(window, "b", key, "e", "1"));
	}
	assert_false(add(window, "b", key, "e", "1"));
	key[0] = 'a';
	assert_true(add(window, "b", key, "e", "1"));
	window_free(window);
}

TEST(clearing_makes_everything_news_again)
{
	struct window *window = window_new(1000);
	char key[16];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 5000; i++) {
			snprintf(key, sizeof(key), "k%d", i);
			assert_true(add(window, "b", key, "e", "1"));
			assert_false(add(window, "b", key, "e", "1"));
		}
		window_clear(window);
	}
	window_clear(window);
	window_free(window);
	window_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duplicate_and_an_older_event_are_no_news),
		cmocka_unit_test(bucket_and_key_tell_objects_apart),
		cmocka_unit_test(without_a_sequencer_the_version_and_etag_decide),
		cmocka_unit_test(the_oldest_are_forgotten_first),
		cmocka_unit_test(a_key_seen_again_is_young_again),
		cmocka_unit_test(long_keys_push_others_out_so_that_memory_stays_bounded),
		cmocka_unit_test(clearing_makes_everything_news_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
