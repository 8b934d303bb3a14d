#include "pixel/fit.h"
#include "test.h"

static struct placement place(
	int width, int height, int box_width, int box_height, enum fit fit, int enlarge)
{
	struct placement placement;

	fit_place((struct size){width, height}, (struct size){box_width, box_height}, fit, enlarge,
		&placement);
	return placement;
}

TEST(a_picture_inside_a_box_keeps_its_shape)
{
	static const struct {
		struct size from, box, to;
		int enlarge;
	} cases[] = {
		{{4000, 3000}, {1024, 1024}, {1024, 768}, 0},
		{{3000, 4000}, {1024, 1024}, {768, 1024}, 0},
		{{4000, 3000}, {1024, 0}, {1024, 768}, 0},
		{{4000, 3000}, {0, 768}, {1024, 768}, 0},
		{{4000, 3000}, {0, 0}, {4000, 3000}, 0},
		{{100, 50}, {1024, 1024}, {100, 50}, 0},
		{{100, 50}, {1024, 1024}, {1024, 512}, 1},
		{{100, 50}, {400, 0}, {100, 50}, 0},
		{{100, 50}, {400, 0}, {400, 200}, 1},
		{{65500, 10}, {1024, 1024}, {1024, 1}, 0},
		{{10, 65500}, {1024, 1024}, {1, 1024}, 0},
		{{1, 1}, {1, 1}, {1, 1}, 0},
		{{4352, 2448}, {1024, 1024}, {1024, 576}, 0},
		{{999, 666}, {100, 100}, {100, 67}, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct placement placement = place(cases[i].from.width, cases[i].from.height,
			cases[i].box.width, cases[i].box.height, FIT_INSIDE, cases[i].enlarge);

		assert_int_equal(placement.scaled.width, cases[i].to.width);
		assert_int_equal(placement.scaled.height, cases[i].to.height);
		assert_int_equal(placement.canvas.width, cases[i].to.width);
		assert_int_equal(placement.canvas.height, cases[i].to.height);
		assert_true(placement.window.left == 0 && placement.window.top == 0);
		assert_true(placement.window.width == cases[i].from.width);
		assert_true(placement.window.height == cases[i].from.height);
	}
}

TEST(a_box_is_covered_by_the_middle_of_a_picture)
{
	struct placement wide = place(4000, 3000, 300, 300, FIT_COVER, 0);
	struct placement tall = place(300, 1001, 100, 100, FIT_COVER, 0);

	assert_int_equal(wide.scaled.width, 300);
	assert_int_equal(wide.canvas.height, 300);
	assert_true(wide.window.left == 500 && wide.window.width == 3000);
	assert_true(wide.window.top == 0 && wide.window.height == 3000);
	assert_true(tall.window.top == 350.5 && tall.window.height == 300);
}

TEST(a_small_picture_covers_no_more_than_it_has)
{
	struct placement small = place(200, 100, 300, 80, FIT_COVER, 0);
	struct placement enlarged = place(200, 100, 300, 80, FIT_COVER, 1);

	assert_int_equal(small.scaled.width, 200);
	assert_int_equal(small.scaled.height, 80);
	assert_true(small.window.top == 10 && small.window.height == 80);
	assert_int_equal(enlarged.scaled.width, 300);
	assert_int_equal(enlarged.scaled.height, 80);
}

TEST(covering_one_side_cuts_nothing)
{
	struct placement placement = place(4000, 3000, 400, 0, FIT_COVER, 0);

	assert_int_equal(placement.scaled.height, 300);
	assert_true(placement.window.height == 3000);
}

TEST(a_box_contains_a_picture_in_its_middle)
{
	struct placement wide = place(400, 200, 100, 100, FIT_CONTAIN, 0);
	struct placement small = place(10, 20, 101, 100, FIT_CONTAIN, 0);

	assert_int_equal(wide.scaled.height, 50);
	assert_int_equal(wide.canvas.height, 100);
	assert_int_equal(wide.top, 25);
	assert_int_equal(wide.left, 0);
	assert_int_equal(small.scaled.width, 10);
	assert_int_equal(small.left, 45);
	assert_int_equal(small.top, 40);
}

TEST(no_side_leaves_the_range_of_an_int)
{
	struct placement placement = place(1, 1000000, 1000000, 0, FIT_INSIDE, 1);

	assert_int_equal(placement.scaled.height, 1 << 30);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_inside_a_box_keeps_its_shape),
		cmocka_unit_test(a_box_is_covered_by_the_middle_of_a_picture),
		cmocka_unit_test(a_small_picture_covers_no_more_than_it_has),
		cmocka_unit_test(covering_one_side_cuts_nothing),
		cmocka_unit_test(a_box_contains_a_picture_in_its_middle),
		cmocka_unit_test(no_side_leaves_the_range_of_an_int),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
