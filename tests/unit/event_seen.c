#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "event/s3_event.h"
#include "event/seen.h"
#include "test.h"

static bool add(struct seen *seen, const char *bucket, const char *key, const char *etag,
	const char *sequencer)
{
	const struct s3_object object = {
		.bucket = bucket, .key = key, .etag = etag, .sequencer = sequencer, .bytes = -1};

	return seen_add(seen, &object);
}

TEST(a_duplicate_and_an_older_event_are_no_news)
{
	struct seen *seen = seen_new(10);

	assert_true(add(seen, "b", "k", "e1", "05"));
	assert_false(add(seen, "b", "k", "e1", "05"));
	assert_false(add(seen, "b", "k", "e1", "0500"));
	assert_false(add(seen, "b", "k", "e0", "04"));
	assert_true(add(seen, "b", "k", "e2", "06"));
	assert_false(add(seen, "b", "k", "e1", "05"));
	seen_free(seen);
}

TEST(bucket_and_key_tell_objects_apart)
{
	struct seen *seen = seen_new(10);

	assert_true(add(seen, "b", "k", "e", "05"));
	assert_true(add(seen, "c", "k", "e", "05"));
	assert_true(add(seen, "b", "l", "e", "05"));
	assert_true(add(seen, NULL, "k", "e", "05"));
	assert_true(add(seen, "b/k", "", "e", "05"));
	assert_false(add(seen, NULL, "k", "e", "05"));
	seen_free(seen);
}

TEST(without_a_sequencer_the_version_and_etag_decide)
{
	struct seen *seen = seen_new(10);

	assert_true(add(seen, "b", "k", "e1", NULL));
	assert_false(add(seen, "b", "k", "e1", NULL));
	assert_false(add(seen, "b", "k", "e1", "05"));
	assert_true(add(seen, "b", "k", "e2", NULL));
	assert_true(add(seen, "b", "k", NULL, NULL));
	assert_false(add(seen, "b", "k", NULL, NULL));
	seen_free(seen);
}

TEST(the_oldest_are_forgotten_first)
{
	struct seen *seen = seen_new(3);

	assert_true(add(seen, "b", "k1", "e", "1"));
	assert_true(add(seen, "b", "k2", "e", "1"));
	assert_true(add(seen, "b", "k3", "e", "1"));
	assert_false(add(seen, "b", "k1", "e", "1"));
	assert_true(add(seen, "b", "k4", "e", "1"));
	assert_false(add(seen, "b", "k2", "e", "1"));
	assert_false(add(seen, "b", "k3", "e", "1"));
	assert_false(add(seen, "b", "k4", "e", "1"));
	assert_true(add(seen, "b", "k1", "e", "1"));
	seen_free(seen);
}

TEST(a_key_seen_again_is_young_again)
{
	struct seen *seen = seen_new(3);

	assert_true(add(seen, "b", "k1", "e", "1"));
	assert_true(add(seen, "b", "k2", "e", "1"));
	assert_true(add(seen, "b", "k1", "e", "2"));
	assert_true(add(seen, "b", "k3", "e", "1"));
	assert_false(add(seen, "b", "k1", "e", "2"));
	assert_true(add(seen, "b", "k4", "e", "1"));
	assert_false(add(seen, "b", "k1", "e", "2"));
	seen_free(seen);
}

TEST(long_keys_push_others_out_so_that_memory_stays_bounded)
{
	struct seen *seen = seen_new(10);
	char key[1001];

	memset(key, 'x', 1000);
	key[1000] = '\0';
	for (char letter = 'a'; letter <= 'j'; letter++) {
		key[0] = letter;
		assert_true(add(seen, "b", key, "e", "1"));
	}
	assert_false(add(seen, "b", key, "e", "1"));
	key[0] = 'a';
	assert_true(add(seen, "b", key, "e", "1"));
	seen_free(seen);
}

TEST(clearing_makes_everything_news_again)
{
	struct seen *seen = seen_new(1000);
	char key[16];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 5000; i++) {
			snprintf(key, sizeof(key), "k%d", i);
			assert_true(add(seen, "b", key, "e", "1"));
			assert_false(add(seen, "b", key, "e", "1"));
		}
		seen_clear(seen);
	}
	seen_clear(seen);
	seen_free(seen);
	seen_free(NULL);
}

TEST(what_is_forgotten_is_news_again_and_nothing_else_is)
{
	struct seen *seen = seen_new(10);

	assert_true(add(seen, "b", "a", "e", "5"));
	assert_true(add(seen, "b", "c", "e", "5"));
	seen_forget(seen, &(struct s3_object){.bucket = "b", .key = "a"});
	seen_forget(seen, &(struct s3_object){.bucket = "b", .key = "never seen"});
	assert_true(add(seen, "b", "a", "e", "5"));
	assert_false(add(seen, "b", "c", "e", "5"));
	seen_free(seen);
}

enum { THREADS = 4, OBJECTS = 5000 };

struct adding {
	struct seen *seen;
	int news;
};

static void *add_all(void *state)
{
	struct adding *adding = state;
	char key[16];

	for (int i = 0; i < OBJECTS; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		adding->news += add(adding->seen, "b", key, "e", "1");
	}
	return NULL;
}

TEST(of_many_threads_that_see_the_same_objects_each_is_news_to_one)
{
	struct seen *seen = seen_new(OBJECTS);
	struct adding adding[THREADS];
	pthread_t threads[THREADS];
	int news = 0;

	for (int i = 0; i < THREADS; i++) {
		adding[i] = (struct adding){.seen = seen};
		assert_int_equal(pthread_create(&threads[i], NULL, add_all, &adding[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		news += adding[i].news;
	}
	assert_int_equal(news, OBJECTS);
	seen_free(seen);
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
		cmocka_unit_test(what_is_forgotten_is_news_again_and_nothing_else_is),
		cmocka_unit_test(clearing_makes_everything_news_again),
		cmocka_unit_test(of_many_threads_that_see_the_same_objects_each_is_news_to_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
