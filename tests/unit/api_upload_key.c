#include <stdlib.h>
#include <string.h>

#include "api/upload_key.h"
#include "api/upload_limits.h"
#include "test.h"

static const unsigned char ascending[UPLOAD_KEY_RANDOM] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66,
	0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static void expect(const char *sub, const char *content_type, const char *expected)
{
	char *key = upload_key_make(sub, upload_type_find(content_type), ascending);

	assert_string_equal(key, expected);
	free(key);
}

#define UUID "00112233-4455-4677-8899-aabbccddeeff"

TEST(a_key_is_a_uuid_of_version_4_with_the_suffix_of_its_type)
{
	unsigned char ones[UPLOAD_KEY_RANDOM];
	char *key;

	expect(NULL, "image/jpeg", "uploads/" UUID ".jpg");
	expect(NULL, "image/png", "uploads/" UUID ".png");
	expect(NULL, "image/webp", "uploads/" UUID ".webp");
	memset(ones, 0xff, sizeof(ones));
	key = upload_key_make(NULL, upload_type_find("image/png"), ones);
	assert_string_equal(key, "uploads/ffffffff-ffff-4fff-bfff-ffffffffffff.png");
	free(key);
	memset(ones, 0, sizeof(ones));
	key = upload_key_make(NULL, upload_type_find("image/png"), ones);
	assert_string_equal(key, "uploads/00000000-0000-4000-8000-000000000000.png");
	free(key);
}

TEST(every_bit_of_chance_but_six_is_in_the_key)
{
	char *first = upload_key_make(NULL, upload_type_find("image/png"), ascending);
	int same = 0;

	for (int bit = 0; bit < 8 * UPLOAD_KEY_RANDOM; bit++) {
		unsigned char random[UPLOAD_KEY_RANDOM];
		char *key;

		memcpy(random, ascending, sizeof(random));
		random[bit / 8] ^= (unsigned char)(1 << bit % 8);
		key = upload_key_make(NULL, upload_type_find("image/png"), random);
		same += strcmp(key, first) == 0;
		free(key);
	}
	assert_int_equal(same, 6);
	free(first);
}

TEST(an_owner_is_one_safe_segment_of_the_key)
{
	expect("6c84fb90-12c4-11e1-840d-7b25c5ee775a", "image/png",
		"uploads/6c84fb90-12c4-11e1-840d-7b25c5ee775a/" UUID ".png");
	expect("auth0|Ann", "image/png", "uploads/auth0_7cAnn/" UUID ".png");
	expect("a_7cb", "image/png", "uploads/a_5f7cb/" UUID ".png");
	expect("..", "image/png", "uploads/_2e_2e/" UUID ".png");
	expect(".hidden", "image/png", "uploads/_2ehidden/" UUID ".png");
	expect("../../etc/", "image/png", "uploads/_2e_2e_2f_2e_2e_2fetc_2f/" UUID ".png");
	expect("a%2Fb c+\xc3\xa9\x1b\xff", "image/png",
		"uploads/a_252Fb_20c_2b_c3_a9_1b_ff/" UUID ".png");
	expect("", "image/png", "uploads/_/" UUID ".png");
}

static const char *const subs[] = {"", "a", "A", "ab", "a/b", "a_2fb", "a_", "_", "_a", "a/", "/a",
	"a.", ".", "..", "a|b", "a%7Cb", "a_7cb", "uploads", "\xc3\xa9", "\xe9", "-", "a\n",
	"00112233-4455-4677-8899-aabbccddeeff"};

TEST(no_two_owners_share_a_key_and_none_owns_anothers)
{
	for (size_t i = 0; i < COUNT(subs); i++) {
		char *key = upload_key_make(subs[i], upload_type_find("image/png"), ascending);

		for (size_t j = 0; j < COUNT(subs); j++)
			assert_int_equal(upload_key_is_of(key, subs[j]), i == j);
		assert_int_equal(strspn(key,
					 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-_./"),
			strlen(key));
		free(key);
	}
}

TEST(a_key_is_its_owners_by_its_prefix_alone)
{
	assert_true(upload_key_is_of("uploads/ann/cat.jpg", "ann"));
	assert_true(upload_key_is_of("uploads/ann/holidays/cat.jpg", "ann"));
	assert_false(upload_key_is_of("uploads/ann", "ann"));
	assert_false(upload_key_is_of("uploads/anna/cat.jpg", "ann"));
	assert_false(upload_key_is_of("uploads/cat.jpg", "ann"));
	assert_false(upload_key_is_of("uploads/Ann/cat.jpg", "ann"));
	assert_false(upload_key_is_of("/uploads/ann/cat.jpg", "ann"));
	assert_false(upload_key_is_of("uploads//ann/cat.jpg", "ann"));
	assert_false(upload_key_is_of("processed/main/ann/cat.jpg", "ann"));
	assert_false(upload_key_is_of("uploads/auth0|ann/cat.jpg", "auth0|ann"));
	assert_false(upload_key_is_of("", "ann"));
	assert_false(upload_key_is_of("uploads//cat.jpg", ""));
}

TEST(who_does_not_have_to_say_who_he_is_owns_all)
{
	assert_true(upload_key_is_of("uploads/ann/cat.jpg", NULL));
	assert_true(upload_key_is_of("anything", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_a_uuid_of_version_4_with_the_suffix_of_its_type),
		cmocka_unit_test(every_bit_of_chance_but_six_is_in_the_key),
		cmocka_unit_test(an_owner_is_one_safe_segment_of_the_key),
		cmocka_unit_test(no_two_owners_share_a_key_and_none_owns_anothers),
		cmocka_unit_test(a_key_is_its_owners_by_its_prefix_alone),
		cmocka_unit_test(who_does_not_have_to_say_who_he_is_owns_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
