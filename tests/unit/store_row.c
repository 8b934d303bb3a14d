#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "store/row.h"
#include "test.h"

static char newer[] = "0055AED6DCD90281E6", older[] = "0055AED6DCD90281E5";
static char padded[] = "0055AED6DCD90281E600";
static char first_labels[] = "[1]", other_labels[] = "[2]";

static const enum row_status statuses[] = {ROW_PROCESSING, ROW_FAILED, ROW_COMPLETE};

TEST(at_an_equal_sequencer_the_status_decides)
{
	/* row's status across, old's down: PROCESSING FAILED COMPLETE */
	static const bool replaces[3][3] = {
		{false, true, true},
		{true, false, true},
		{false, false, false},
	};

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			struct row old = {.status = statuses[i], .sequencer = newer};
			struct row row = {.status = statuses[j], .sequencer = newer};

			assert_int_equal(row_replaces(&row, &old), replaces[i][j]);
			row.sequencer = padded;
			assert_int_equal(row_replaces(&row, &old), replaces[i][j]);
			row.sequencer = NULL;
			assert_int_equal(row_replaces(&row, &old), replaces[i][j]);
			row.sequencer = newer;
			old.sequencer = NULL;
			assert_int_equal(row_replaces(&row, &old), replaces[i][j]);
		}
	}
}

TEST(a_greater_sequencer_wins_and_a_lesser_one_loses_whatever_the_status)
{
	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			struct row old = {.status = statuses[i], .sequencer = older};
			struct row row = {.status = statuses[j], .sequencer = newer};

			assert_true(row_replaces(&row, &old));
			assert_false(row_replaces(&old, &row));
		}
	}
}

TEST(a_sequencer_wins_over_none_where_the_etags_differ)
{
	char etag[] = "e", other[] = "f";

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			struct row old = {.status = statuses[i], .etag = etag};
			struct row row = {.status = statuses[j], .etag = other};

			row.sequencer = older;
			assert_true(row_replaces(&row, &old));
			old.etag = NULL;
			assert_true(row_replaces(&row, &old));
		}
	}
}

TEST(anything_replaces_a_row_that_is_not_there)
{
	struct row none = {0};

	for (size_t i = 0; i < 3; i++) {
		struct row row = {.status = statuses[i], .sequencer = older};

		assert_true(row_replaces(&row, &none));
	}
}

TEST(complete_gives_way_to_a_complete_that_differs_in_more_than_its_times)
{
	char then[] = "2026-01-01T00:00:00Z", now[] = "2026-01-02T00:00:00Z";
	struct row old = {.status = ROW_COMPLETE, .labels = first_labels, .created_at = then};
	struct row row = {.status = ROW_COMPLETE, .labels = first_labels, .created_at = now};

	row.started_at = now;
	row.expires_at = 5;
	assert_false(row_replaces(&row, &old));
	row.labels = other_labels;
	assert_true(row_replaces(&row, &old));
	row.labels = NULL;
	assert_true(row_replaces(&row, &old));
	row.labels = first_labels;
	row.etag = other_labels;
	assert_true(row_replaces(&row, &old));
}

/* Return what becomes of a row at second 1301. */
static enum row_status time_out(enum row_status status, const char *started_at, int64_t seconds)
{
	struct row row = {.status = status};

	row.started_at = memory_copy(started_at);
	row_time_out(&row, 1301, seconds);
	status = row.status;
	if (row.reason)
		assert_string_equal(row.reason, "timed out");
	row_release(&row);
	return status;
}

TEST(what_is_processing_for_too_long_has_timed_out)
{
	static const char started[] = "1970-01-01T00:16:40Z"; /* 1000 */

	assert_int_equal(time_out(ROW_PROCESSING, started, 301), ROW_PROCESSING);
	assert_int_equal(time_out(ROW_PROCESSING, started, 300), ROW_FAILED);
	assert_int_equal(time_out(ROW_PROCESSING, started, 0), ROW_FAILED);
	assert_int_equal(time_out(ROW_PROCESSING, "2026-01-01T00:00:00Z", 0), ROW_PROCESSING);
	assert_int_equal(time_out(ROW_COMPLETE, started, 0), ROW_COMPLETE);
	assert_int_equal(time_out(ROW_FAILED, started, 0), ROW_FAILED);
	assert_int_equal(time_out(ROW_NOT_FOUND, NULL, 0), ROW_NOT_FOUND);
	assert_int_equal(time_out(ROW_PROCESSING, NULL, 0), ROW_PROCESSING);
	assert_int_equal(time_out(ROW_PROCESSING, "yesterday", 0), ROW_PROCESSING);
}

TEST(a_status_is_read_as_it_is_written)
{
	assert_string_equal(row_status_name(ROW_NOT_FOUND), "NOT_FOUND");
	for (size_t i = 0; i < COUNT(statuses); i++)
		assert_int_equal(row_status_parse(row_status_name(statuses[i])), statuses[i]);
	assert_int_equal(row_status_parse("NOT_FOUND"), ROW_NOT_FOUND);
	assert_int_equal(row_status_parse("complete"), ROW_NOT_FOUND);
	assert_int_equal(row_status_parse(""), ROW_NOT_FOUND);
	assert_int_equal(row_status_parse(NULL), ROW_NOT_FOUND);
}

static const char full[] =
	"{\"bucket\":\"b\",\"key\":\"k\",\"source\":{\"etag\":\"E\",\"sequencer\":\"00A\",\"x\": "
	"1.10},"
	"\"image\": {\"width\":4032},\"processed_key\":\"p\",\"renditions\":[ ],\"labels\":[{}],"
	"\"started_at\":\"2026-01-02T03:04:05Z\",\"status\":\"FAILED\",\"reason\":\"r\"}";

TEST(a_record_becomes_a_row)
{
	struct record record = {0};
	struct row row = {0};

	assert_int_equal(record_parse(&record, full, strlen(full), &(struct error){0}), 0);
	row_from_record(&row, &record);
	record_release(&record);
	assert_string_equal(row.image_key, "k");
	assert_string_equal(row.bucket, "b");
	assert_string_equal(row.sequencer, "00A");
	assert_string_equal(row.etag, "E");
	assert_string_equal(row.source, "{\"etag\":\"E\",\"sequencer\":\"00A\",\"x\": 1.10}");
	assert_string_equal(row.image, "{\"width\":4032}");
	assert_string_equal(row.processed_key, "p");
	assert_string_equal(row.renditions, "[ ]");
	assert_string_equal(row.labels, "[{}]");
	assert_string_equal(row.started_at, "2026-01-02T03:04:05Z");
	assert_null(row.reason);
	assert_null(row.created_at);
	assert_int_equal(row.status, ROW_NOT_FOUND);
	row_release(&row);
	assert_null(row.image_key);
}

TEST(members_that_are_absent_null_or_of_another_type_leave_the_row_empty)
{
	static const char text[] = "{\"key\":\"k\",\"bucket\":5,\"source\":\"s\",\"image\":null,"
				   "\"labels\":null,\"processed_key\":\"a\\u0000b\"}";
	struct record record = {0};
	struct row row = {0};

	assert_int_equal(record_parse(&record, text, strlen(text), &(struct error){0}), 0);
	row_from_record(&row, &record);
	assert_null(row.bucket);
	assert_null(row.sequencer);
	assert_null(row.etag);
	assert_string_equal(row.source, "\"s\"");
	assert_null(row.image);
	assert_null(row.labels);
	assert_null(row.processed_key);
	row_release(&row);
	record_release(&record);
}

TEST(a_row_sets_the_members_it_has_and_leaves_the_others)
{
	static char key[] = "k", image[] = "{\"width\": 4032}", broken[] = "{", at[] = "T";
	struct row row = {.image_key = key, .status = ROW_COMPLETE, .image = image};
	struct record record = {0};
	static const char text[] = "{ \"key\" : \"\\u006b\",\"labels\":[1.10],\"renditions\":1}";

	row.renditions = broken;
	row.created_at = at;
	row.expires_at = 1767323045;
	assert_int_equal(record_parse(&record, text, strlen(text), &(struct error){0}), 0);
	row_to_record(&row, &record);
	assert_string_equal(record.text.bytes,
		"{ \"key\" : \"\\u006b\",\"labels\":[1.10],\"renditions\":1,\"image\":{\"width\": "
		"4032},"
		"\"status\":\"COMPLETE\",\"created_at\":\"T\",\"expires_at\":1767323045}");
	record_release(&record);
}

TEST(a_row_that_is_not_there_sets_the_status_alone)
{
	struct row row = {0};
	struct record record = {0};

	assert_int_equal(record_parse(&record, "{\"key\":\"k\"}", 11, &(struct error){0}), 0);
	row_to_record(&row, &record);
	assert_string_equal(record.text.bytes, "{\"key\":\"k\",\"status\":\"NOT_FOUND\"}");
	record_release(&record);
	row_release(&row);
	row_release(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_an_equal_sequencer_the_status_decides),
		cmocka_unit_test(
			a_greater_sequencer_wins_and_a_lesser_one_loses_whatever_the_status),
		cmocka_unit_test(a_sequencer_wins_over_none_where_the_etags_differ),
		cmocka_unit_test(anything_replaces_a_row_that_is_not_there),
		cmocka_unit_test(
			complete_gives_way_to_a_complete_that_differs_in_more_than_its_times),
		cmocka_unit_test(what_is_processing_for_too_long_has_timed_out),
		cmocka_unit_test(a_status_is_read_as_it_is_written),
		cmocka_unit_test(a_record_becomes_a_row),
		cmocka_unit_test(
			members_that_are_absent_null_or_of_another_type_leave_the_row_empty),
		cmocka_unit_test(a_row_sets_the_members_it_has_and_leaves_the_others),
		cmocka_unit_test(a_row_that_is_not_there_sets_the_status_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
