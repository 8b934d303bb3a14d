#include "net/settings.h"

#include "base/error.h"

#include "scratch.h"

/* Forget what the machine's environment says of AWS, and look for files in the directory of the
 * test alone. */
static void begin(void)
{
	static const char *const names[] = {"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"};

	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	setenv("AWS_CONFIG_FILE", "config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials", 1);
}

/* Load the settings of these two files; NULL is no file. */
static struct settings *load(const char *config, const char *credentials)
{
	struct error err = {0};
	struct settings *settings;

	if (config)
		scratch_write("config", config);
	if (credentials)
		scratch_write("credentials", credentials);
	settings = settings_load(&err);
	if (!settings)
		fail_msg("%s", err.text);
	return settings;
}

static void check(
	const struct settings *settings, const char *profile, const char *name, const char *value)
{
	const char *found = settings_of_profile(settings, profile, name);

	if (value)
		assert_string_equal(found ? found : "(nothing)", value);
	else
		assert_null(found);
}

TEST(files_that_are_missing_are_empty)
{
	struct settings *settings;

	begin();
	settings = load(NULL, NULL);
	check(settings, NULL, "region", NULL);
	assert_string_equal(settings_profile(settings), "default");
	settings_free(settings);
}

TEST(without_a_home_there_are_no_usual_files)
{
	struct error err = {0};
	struct settings *settings;

	begin();
	unsetenv("AWS_CONFIG_FILE");
	unsetenv("HOME");
	mkdir(".aws", 0755);
	scratch_write(".aws/config", "[default]\nregion = here\n");
	settings = settings_load(&err);
	check(settings, NULL, "region", NULL);
	settings_free(settings);

	setenv("HOME", scratch_path, 1);
	settings = settings_load(&err);
	check(settings, NULL, "region", "here");
	settings_free(settings);
}

TEST(sections_comments_and_values_are_read_as_aws_tools_do)
{
	struct settings *settings;

	begin();
	settings = load("\xef\xbb\xbf# a comment\r\n; another\r\n\r\n"
			"[default] # the usual one\r\n"
			"region = eu-west-1 # near\r\n"
			"Output=json;not a comment\r\n"
			"empty =\r\n"
			"twice = a\r\ntwice = b\r\n"
			"equals = a=b\r\n"
			"[ profile \t one ]; of several\n"
			"\tindented \t= \tas the CLI takes it \t\n"
			"\tsecond = 2\n"
			"[profile \"two words\"]\nregion = x\n"
			"[profile 'three words more']\nregion = y\n"
			"[three]\nregion = not a profile\n"
			"[sso-session s]\nregion = z\n"
			"[profile one]\nlast = without a newline",
		NULL);
	check(settings, NULL, "region", "eu-west-1");
	check(settings, NULL, "REGION", "eu-west-1");
	check(settings, "default", "output", "json;not a comment");
	check(settings, NULL, "empty", NULL);
	check(settings, NULL, "twice", "b");
	check(settings, NULL, "equals", "a=b");
	check(settings, "one", "indented", "as the CLI takes it");
	check(settings, "one", "second", "2");
	check(settings, "one", "last", "without a newline");
	check(settings, "one", "region", NULL);
	check(settings, "two words", "region", "x");
	check(settings, "three words more", "region", "y");
	assert_false(settings_has_profile(settings, "three"));
	assert_false(settings_has_profile(settings, "s"));
	settings_free(settings);
}

TEST(indented_lines_go_on_with_a_value_or_are_nested)
{
	struct settings *settings;

	begin();
	settings = load("[default]\n"
			"credential_process = one\n  two # still\n\n    three\n"
			"s3 =\n  region = nested\n  # a comment\n\n  max_queue_size = 1\n"
			"region = outer\n",
		NULL);
	check(settings, NULL, "credential_process", "one\ntwo # still\nthree");
	check(settings, NULL, "region", "outer");
	check(settings, NULL, "max_queue_size", NULL);
	settings_free(settings);
}

TEST(the_default_profile_with_the_word_goes_first)
{
	struct settings *settings;

	begin();
	settings =
		load("[profile default]\na = 1\n[default]\na = 2\nb = 2\n", "[default]\nc = 3\n");
	check(settings, NULL, "a", "1");
	check(settings, NULL, "b", NULL);
	check(settings, NULL, "c", "3");
	settings_free(settings);
}

TEST(what_the_credentials_file_says_goes_first)
{
	struct settings *settings;

	begin();
	setenv("AWS_PROFILE", "p", 1);
	settings = load("[profile p]\na = config\nb = config\n",
		"[p]\na = credentials\n[profile p]\nb = of another profile\n");
	check(settings, NULL, "a", "credentials");
	check(settings, "p", "b", "config");
	settings_free(settings);
}

TEST(a_wrong_line_is_named_and_not_shown)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"[default]\n\nsecret\n",
			"config: line 3: neither a section nor a setting: there is no ="},
		{"secret = x\n", "config: line 1: a setting before the first section"},
		{"[default\n", "config: line 1: a section without the closing bracket"},
		{"[default] x\n", "config: line 1: more behind a section's closing bracket"},
		{"[default]\n = secret\n", "config: line 2: a setting without a name"},
		{"[default]\ns3 =\n  secret\n",
			"config: line 3: neither a section nor a setting: there is no ="},
	};

	begin();
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};

		scratch_write("config", cases[i].text);
		assert_null(settings_load(&err));
		assert_string_equal(err.text, cases[i].message);
		assert_int_equal(err.type, ERROR_INVALID);
	}
}

TEST(what_is_no_settings_file_is_refused)
{
	static char large[(1 << 20) + 2];
	struct error err = {0};
	struct settings *settings;
	FILE *file;

	begin();
	memset(large, '#', sizeof(large) - 2);
	settings = load(large, NULL);
	settings_free(settings);
	large[sizeof(large) - 2] = '#';
	scratch_write("config", large);
	assert_null(settings_load(&err));
	assert_string_equal(err.text, "config: larger than 1048576 bytes");

	file = fopen("config", "w");
	fwrite("[default]\0\n", 1, 11, file);
	fclose(file);
	assert_null(settings_load(&err));
	assert_string_equal(err.text, "config: has a NUL in it, so it is no text");

	unlink("config");
	mkdir("config", 0755);
	assert_null(settings_load(&err));
	assert_string_equal(err.text, "config: reading: Is a directory");
	assert_int_equal(err.type, ERROR_INVALID);
}

TEST(a_profile_that_neither_file_has_is_an_error)
{
	struct error err = {0};
	struct settings *settings;

	begin();
	setenv("AWS_PROFILE", "p", 1);
	scratch_write("config", "[p]\n[services p]\n");
	assert_null(settings_load(&err));
	assert_string_equal(err.text,
		"AWS_PROFILE is 'p', but neither config has [profile p] nor credentials [p]");
	assert_int_equal(err.type, ERROR_INVALID);
	settings = load(NULL, "[p]");
	assert_string_equal(settings_profile(settings), "p");
	settings_free(settings);
}

TEST(the_region_is_looked_for_in_order)
{
	struct settings *settings;

	begin();
	settings = load("[default]\nregion = a\n", NULL);
	assert_string_equal(settings_region(settings), "a");
	setenv("AWS_DEFAULT_REGION", "b", 1);
	assert_string_equal(settings_region(settings), "b");
	setenv("AWS_REGION", "", 1);
	assert_string_equal(settings_region(settings), "b");
	setenv("AWS_REGION", "c", 1);
	assert_string_equal(settings_region(settings), "c");
	settings_free(settings);
}

TEST(endpoints_are_looked_for_in_order)
{
	struct settings *settings;

	begin();
	settings = load("[default]\nendpoint_url = http://d\nservices = local\n"
			"[services local]\ns3 =\n  endpoint_url = http://c\n  other = x\n"
			"sts =\n  endpoint_url = http://e\n",
		NULL);
	assert_string_equal(settings_endpoint(settings, "DYNAMODB"), "http://d");
	assert_string_equal(settings_endpoint(settings, "S3"), "http://c");
	assert_string_equal(settings_endpoint(settings, "STS"), "http://e");
	setenv("AWS_ENDPOINT_URL", "http://b", 1);
	assert_string_equal(settings_endpoint(settings, "S3"), "http://b");
	setenv("AWS_ENDPOINT_URL_S3", "http://a", 1);
	assert_string_equal(settings_endpoint(settings, "S3"), "http://a");
	assert_string_equal(settings_endpoint(settings, "STS"), "http://b");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True", 1);
	assert_null(settings_endpoint(settings, "S3"));
	settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(files_that_are_missing_are_empty),
		SCRATCH_TEST(without_a_home_there_are_no_usual_files),
		SCRATCH_TEST(sections_comments_and_values_are_read_as_aws_tools_do),
		SCRATCH_TEST(indented_lines_go_on_with_a_value_or_are_nested),
		SCRATCH_TEST(the_default_profile_with_the_word_goes_first),
		SCRATCH_TEST(what_the_credentials_file_says_goes_first),
		SCRATCH_TEST(a_wrong_line_is_named_and_not_shown),
		SCRATCH_TEST(what_is_no_settings_file_is_refused),
		SCRATCH_TEST(a_profile_that_neither_file_has_is_an_error),
		SCRATCH_TEST(the_region_is_looked_for_in_order),
		SCRATCH_TEST(endpoints_are_looked_for_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
