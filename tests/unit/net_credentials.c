#include "net/credentials.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/credentials_source.h"
#include "net/digest.h"
#include "net/http.h"
#include "net/settings.h"

#include "scratch.h"
#include "server.h"

#define ID "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

/* What a test works with. */
struct bench {
	struct server server;
	struct settings *settings;
	struct http *http;
	struct credentials *credentials;
	struct error err;
};

extern char **environ;

/* Begin with nothing set that is AWS's, and no instance to be asked. */
static struct bench *begin(void)
{
	char name[100];

	for (size_t i = 0; environ[i];) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(environ[i], "="), environ[i]);
		if (strncmp(name, "AWS_", 4) == 0)
			unsetenv(name);
		else
			i++;
	}
	setenv("AWS_CONFIG_FILE", "config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials", 1);
	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	return calloc(1, sizeof(struct bench));
}

static void end(struct bench *bench)
{
	credentials_free(bench->credentials);
	http_free(bench->http);
	settings_free(bench->settings);
	if (bench->server.port)
		server_stop(&bench->server);
	free(bench);
}

static int try_open(struct bench *bench)
{
	bench->settings = settings_load(&bench->err);
	if (!bench->settings)
		fail_msg("%s", bench->err.text);
	bench->http = http_new(NULL);
	bench->credentials = credentials_open(bench->settings, bench->http, &bench->err);
	return bench->credentials ? 0 : -1;
}

/* Open, and check the ID of the keys that there are. */
static void expect_keys(struct bench *bench, const char *id)
{
	struct credentials_keys keys = {0};

	if (!bench->credentials && try_open(bench))
		fail_msg("%s", bench->err.text);
	if (credentials_get(bench->credentials, &keys, &bench->err))
		fail_msg("%s", bench->err.text);
	assert_string_equal(keys.keys.access_key_id, id);
	credentials_keys_release(&keys);
}

/* Open, and check why that fails; then end. No message has a secret in it. */
static void expect_failure(struct bench *bench, enum error_type type, const char *text)
{
	assert_int_equal(try_open(bench), -1);
	assert_string_equal(bench->err.text, text);
	assert_int_equal(bench->err.type, type);
	end(bench);
}

/* Compose what endpoints answer, with keys that expire `seconds` from now. Free with free(). */
static char *compose(const char *format, const char *id, int64_t seconds)
{
	char time[CLOCK_TEXT], *text = malloc(2000);

	clock_format(clock_machine() + seconds, time);
	snprintf(text, 2000, format, id, time);
	return text;
}

#define JSON_ANSWER \
	"{\"Code\":\"Success\",\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\\/s\"," \
	"\"Token\":\"t==\",\"Expiration\":\"%s\",\"More\":{\"Token\":1}}"
#define XML_ANSWER \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n" \
	"<AssumeRoleResult><AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser><Credentials>\n" \
	"<AccessKeyId>%s</AccessKeyId><SecretAccessKey>s/s</SecretAccessKey>" \
	"<SessionToken>t+/==</SessionToken><Expiration>%s</Expiration>\n" \
	"</Credentials></AssumeRoleResult></AssumeRoleResponse>"
#define PROCESS_ANSWER \
	"{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\"," \
	"\"SessionToken\":null,\"Expiration\":\"%s\"}"

TEST(the_environment_goes_first)
{
	struct bench *bench = begin();
	struct credentials_keys keys = {0};

	setenv("AWS_ACCESS_KEY_ID", ID, 1);
	setenv("AWS_SECRET_ACCESS_KEY", SECRET, 1);
	setenv("AWS_SESSION_TOKEN", "token", 1);
	scratch_write("credentials",
		"[default]\naws_access_key_id = b\n"
		"aws_secret_access_key = b\n");
	expect_keys(bench, ID);
	assert_int_equal(credentials_get(bench->credentials, &keys, &bench->err), 0);
	assert_string_equal(keys.keys.secret_access_key, SECRET);
	assert_string_equal(keys.keys.session_token, "token");
	assert_int_equal(keys.expires_at, 0);
	end(bench);
	assert_string_equal(keys.keys.secret_access_key, SECRET); /* until it is released */
	credentials_keys_release(&keys);
}

TEST(a_key_alone_is_an_error)
{
	struct bench *bench = begin();

	setenv("AWS_ACCESS_KEY_ID", ID, 1);
	expect_failure(bench, ERROR_INVALID, "the environment: there is no secret access key");
	bench = begin();
	setenv("AWS_SECRET_ACCESS_KEY", SECRET, 1);
	expect_failure(bench, ERROR_INVALID, "the environment: there is no access key ID");
	bench = begin();
	scratch_write("config", "[default]\naws_secret_access_key = x\n");
	expect_failure(bench, ERROR_INVALID, "profile default: there is no access key ID");
}

TEST(keys_that_can_be_none_are_refused_and_not_shown)
{
	struct bench *bench = begin();

	setenv("AWS_ACCESS_KEY_ID", ID, 1);
	setenv("AWS_SECRET_ACCESS_KEY", SECRET "\n", 1);
	expect_failure(bench, ERROR_INVALID, "the environment: the secret access key can be none");
}

TEST(without_any_source_there_are_no_credentials)
{
	expect_failure(begin(), ERROR_INVALID,
		"no credentials in the environment, the AWS profile, a container or an instance");
}

TEST(a_profile_has_keys)
{
	struct bench *bench = begin();

	setenv("AWS_PROFILE", "p", 1);
	scratch_write("config", "[profile p]\nregion = x\n");
	scratch_write("credentials",
		"[default]\naws_access_key_id = a\n"
		"[p]\naws_access_key_id = b\naws_secret_access_key = s\n");
	expect_keys(bench, "b");
	end(bench);
}

TEST(a_profile_that_signs_in_by_a_browser_names_the_way)
{
	scratch_write("config", "[default]\nsso_session = s\nsso_account_id = 1\n");
	expect_failure(begin(), ERROR_INVALID,
		"profile default: signs in by a browser, which this can't do; name a profile with "
		"credential_process = aws configure export-credentials --profile ...");
}

TEST(a_process_prints_keys)
{
	struct bench *bench = begin();
	char *answer = compose(PROCESS_ANSWER, ID, 1000);
	struct credentials_keys keys = {0};

	scratch_write("answer", answer);
	scratch_write("config", "[default]\ncredential_process = cat answer -\n");
	expect_keys(bench, ID);
	assert_int_equal(credentials_get(bench->credentials, &keys, &bench->err), 0);
	assert_null(keys.keys.session_token);
	assert_true(keys.expires_at > clock_machine() + 900);
	credentials_keys_release(&keys);
	end(bench);
	free(answer);
}

/* Run a command as a credential_process, and check why that fails. */
static void expect_process_failure(const char *command, double max_seconds, const char *text)
{
	struct credentials_keys keys = {0};
	struct error err = {0};

	assert_int_equal(credentials_process(command, max_seconds, &keys, &err), -1);
	assert_string_equal(err.text, text);
	assert_int_equal(err.type, ERROR_INTERNAL);
	assert_null(keys.held);
}

TEST(a_process_that_fails_is_an_error_that_shows_nothing)
{
	expect_process_failure("exit 3", 60, "credential_process: exited with status 3");
	expect_process_failure("kill -9 $$", 60, "credential_process: was ended by signal 9");
	expect_process_failure(
		"exec cat /dev/zero", 60, "credential_process: prints more than 65535 bytes");
	expect_process_failure(
		"echo secret", 60, "credential_process: not JSON: a value is missing at byte 1");
	expect_process_failure(":", 60, "credential_process: an empty answer");
	expect_process_failure("echo '[1]'", 60, "credential_process: not a JSON object");
	expect_process_failure("echo '{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\"}'", 60,
		"credential_process: Version is not 1");
	expect_process_failure("echo '{\"Version\":1,\"AccessKeyId\":\"a\"}'", 60,
		"credential_process: there is no secret access key");
	expect_process_failure("echo '{\"Version\":1,\"AccessKeyId\":1}'", 60,
		"credential_process: AccessKeyId is no string");
	expect_process_failure("echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":"
			       "\"s\",\"Expiration\":\"soon\"}'",
		60, "credential_process: Expiration is no time");
}

TEST(a_process_that_takes_too_long_ends_with_all_it_began)
{
	int held;
	char byte;

	assert_int_equal(mkfifo("held", 0600), 0);
	held = open("held", O_RDONLY | O_NONBLOCK);
	expect_process_failure(
		"sleep 1000 >held & sleep 1000", 1, "credential_process: took longer than 1 s");
	fcntl(held, F_SETFL, 0);
	alarm(60); /* the pipe's end comes with the end of all who hold it */
	assert_int_equal(read(held, &byte, 1), 0);
	expect_process_failure(
		"exec sleep 1000 >/dev/null", 1, "credential_process: took longer than 1 s");
	alarm(0);
	close(held);
}

TEST(a_container_is_asked_with_its_token)
{
	struct bench *bench = begin();
	char *answer = compose(JSON_ANSWER, ID, 10000);
	struct credentials_keys keys = {0};

	bench->server.answers[0] = (struct server_answer){"GET /creds?id=1 ", 200, answer, 0};
	server_start(&bench->server);
	server_set(&bench->server, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/creds?id=1");
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "not this", 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "token", 1);
	scratch_write("token", "Bearer abc\n");
	expect_keys(bench, ID);
	assert_int_equal(credentials_get(bench->credentials, &keys, &bench->err), 0);
	assert_string_equal(keys.keys.secret_access_key, "s/s");
	assert_string_equal(keys.keys.session_token, "t==");
	credentials_keys_release(&keys);
	assert_int_equal(server_count(&bench->server, "\r\nAuthorization: Bearer abc\r\n"), 1);
	end(bench);
	free(answer);
}

TEST(a_container_is_asked_again_while_it_is_busy)
{
	struct bench *bench = begin();
	char *answer = compose(JSON_ANSWER, ID, 10000);

	bench->server.answers[0] = (struct server_answer){"GET /", 503, "busy", 2};
	bench->server.answers[1] = (struct server_answer){"GET /", 200, answer, 0};
	server_start(&bench->server);
	server_set(&bench->server, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/");
	expect_keys(bench, ID);
	assert_int_equal(server_count(&bench->server, "GET / "), 3);
	end(bench);
	free(answer);
}

TEST(a_container_that_refuses_is_quoted)
{
	struct bench *bench = begin();

	bench->server.answers[0] = (struct server_answer){"GET /", 403, "{\"Message\":\"no\"}", 0};
	server_start(&bench->server);
	server_set(&bench->server, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/");
	expect_failure(bench, ERROR_INTERNAL, "the container's credentials: 403: no");
	bench = begin();
	bench->server.answers[0] = (struct server_answer){"GET /", 500, "", 0};
	server_start(&bench->server);
	server_set(&bench->server, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/");
	expect_failure(bench, ERROR_TRANSIENT, "the container's credentials: 500");
}

TEST(keys_come_over_http_from_near_hosts_alone)
{
	static const char *const wrong[] = {"http://example.com/", "http://127.0.0.1.example.com/",
		"http://127.1/", "http://127.0.0.1@example.com/", "http://169.254.170.3/",
		"http://example.com\\@127.0.0.1/", "http://[::2]/", "http://localhost.example.com",
		"http:///127.0.0.1", "ftp://127.0.0.1/", "http://169.254.169.254/", "127.0.0.1",
		"http://127.0.0.1 x/", "http://[::1/"};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct bench *bench = begin();

		setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", wrong[i], 1);
		assert_int_equal(try_open(bench), -1);
		if (bench->err.type != ERROR_INVALID)
			fail_msg("%s: %s", wrong[i], bench->err.text);
		end(bench);
	}
}

/* Let the server be the instance's. */
static void be_instance(struct bench *bench)
{
	unsetenv("AWS_EC2_METADATA_DISABLED");
	server_start(&bench->server);
	server_set(&bench->server, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "/");
}

TEST(an_instance_is_asked_for_the_keys_of_its_role)
{
	struct bench *bench = begin();
	char *answer = compose(JSON_ANSWER, ID, 10000);

	bench->server.answers[0] =
		(struct server_answer){"PUT /latest/api/token ", 200, "session==", 0};
	bench->server.answers[1] = (struct server_answer){
		"GET /latest/meta-data/iam/security-credentials/ ", 200, "my role\n", 0};
	bench->server.answers[2] = (struct server_answer){
		"GET /latest/meta-data/iam/security-credentials/my%20role ", 200, answer, 0};
	be_instance(bench);
	expect_keys(bench, ID);
	assert_int_equal(
		server_count(&bench->server, "\r\nX-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"),
		1);
	assert_int_equal(
		server_count(&bench->server, "\r\nX-aws-ec2-metadata-token: session==\r\n"), 2);
	end(bench);
	free(answer);
}

TEST(an_instance_without_a_role_has_no_credentials)
{
	struct bench *bench = begin();

	bench->server.answers[0] = (struct server_answer){"PUT ", 200, "session", 0};
	be_instance(bench);
	expect_failure(bench, ERROR_INVALID,
		"no credentials in the environment, the AWS profile, a container or an instance: "
		"the instance's credentials: the instance has no role");
}

TEST(an_instance_says_why_it_has_no_keys)
{
	struct bench *bench = begin();

	bench->server.answers[0] = (struct server_answer){"PUT ", 200, "session", 0};
	bench->server.answers[1] = (struct server_answer){
		"GET /latest/meta-data/iam/security-credentials/ ", 200, "role", 0};
	bench->server.answers[2] = (struct server_answer){"GET ", 200,
		"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"EC2 cannot assume\"}", 0};
	be_instance(bench);
	expect_failure(bench, ERROR_INTERNAL,
		"the instance's credentials: AssumeRoleUnauthorizedAccess: EC2 cannot assume");
}

TEST(a_machine_that_is_no_instance_has_no_credentials)
{
	struct bench *bench = begin();

	be_instance(bench);
	server_stop(&bench->server);
	bench->server.port = 0;
	assert_int_equal(try_open(bench), -1);
	assert_int_equal(bench->err.type, ERROR_INVALID);
	assert_non_null(strstr(bench->err.text, "no credentials in the environment"));
	end(bench);
}

/* Let the server be STS. */
static void be_sts(struct bench *bench)
{
	server_start(&bench->server);
	server_set(&bench->server, "AWS_ENDPOINT_URL_STS", "");
}

TEST(a_token_is_changed_for_a_role)
{
	struct bench *bench = begin();
	char *answer = compose(XML_ANSWER, ID, 10000);
	struct credentials_keys keys = {0};

	bench->server.answers[0] = (struct server_answer){"POST / ", 200, answer, 0};
	be_sts(bench);
	setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/r", 1);
	setenv("AWS_ROLE_SESSION_NAME", "me@here", 1);
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "token", 1);
	scratch_write("token", "ey.J-_\n");
	expect_keys(bench, ID);
	assert_int_equal(credentials_get(bench->credentials, &keys, &bench->err), 0);
	assert_string_equal(keys.keys.session_token, "t+/==");
	assert_true(keys.expires_at > clock_machine() + 9000);
	credentials_keys_release(&keys);
	assert_int_equal(
		server_count(&bench->server,
			"\r\n\r\nAction=AssumeRoleWithWebIdentity&Version=2011-06-15&"
			"RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=me%40here&"
			"WebIdentityToken=ey.J-_"),
		1);
	assert_int_equal(server_count(&bench->server, "Authorization"), 0);
	end(bench);
	free(answer);
}

TEST(a_token_without_a_role_is_an_error)
{
	struct bench *bench = begin();

	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "token", 1);
	expect_failure(bench, ERROR_INVALID,
		"AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
	bench = begin();
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "token", 1);
	setenv("AWS_ROLE_ARN", "arn", 1);
	expect_failure(bench, ERROR_INVALID, "token: No such file or directory");
}

TEST(keys_are_changed_for_a_role_as_the_profile_says)
{
	struct bench *bench = begin();
	char *answer = compose(XML_ANSWER, "ASIA", 10000);

	bench->server.answers[0] = (struct server_answer){"POST / ", 200, answer, 0};
	be_sts(bench);
	scratch_write("config",
		"[default]\nrole_arn = arn\nsource_profile = base\n"
		"external_id = e/x\nduration_seconds = 900\n"
		"role_session_name = me\n");
	scratch_write("credentials",
		"[base]\naws_access_key_id = " ID
		"\naws_secret_access_key = s\naws_session_token = base/==\n");
	expect_keys(bench, "ASIA");
	assert_int_equal(server_count(&bench->server,
				 "Action=AssumeRole&Version=2011-06-15&RoleArn=arn&"
				 "RoleSessionName=me&DurationSeconds=900&ExternalId=e%2Fx"),
		1);
	assert_int_equal(server_count(&bench->server,
				 "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" ID "/"),
		1);
	assert_int_equal(server_count(&bench->server,
				 "/eu-west-1/sts/aws4_request, "
				 "SignedHeaders=content-type;host;"
				 "x-amz-date;x-amz-security-token, "),
		1);
	assert_int_equal(server_count(&bench->server, "\r\nX-Amz-Security-Token: base/==\r\n"), 1);
	end(bench);
	free(answer);
}

TEST(roles_lead_to_roles_and_a_profile_can_be_its_own_source)
{
	struct bench *bench = begin();
	char *first = compose(XML_ANSWER, "FIRST", 10000);
	char *second = compose(XML_ANSWER, "SECOND", 10000);

	bench->server.answers[0] = (struct server_answer){"POST / ", 200, first, 1};
	bench->server.answers[1] = (struct server_answer){"POST / ", 200, second, 0};
	be_sts(bench);
	setenv("AWS_ACCESS_KEY_ID", "", 1);
	scratch_write("config",
		"[default]\nrole_arn = two\nsource_profile = one\n"
		"aws_access_key_id = " ID "\naws_secret_access_key = s\n"
		"[profile one]\nrole_arn = one\nsource_profile = default\n");
	expect_keys(bench, "SECOND");
	assert_int_equal(server_count(&bench->server, "RoleArn=one"), 1);
	assert_int_equal(server_count(&bench->server, "Credential=" ID "/"), 1);
	assert_int_equal(server_count(&bench->server, "Credential=FIRST/"), 1);
	end(bench);
	free(first);
	free(second);
}

TEST(a_role_can_have_a_source_by_name)
{
	struct bench *bench = begin();
	char *keys = compose(JSON_ANSWER, ID, 10000);
	char *role = compose(XML_ANSWER, "ROLE", 10000);

	bench->server.answers[0] = (struct server_answer){"GET /keys ", 200, keys, 0};
	bench->server.answers[1] = (struct server_answer){"POST / ", 200, role, 0};
	be_sts(bench);
	server_set(&bench->server, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/keys");
	scratch_write("config", "[default]\nrole_arn = r\ncredential_source = EcsContainer\n");
	expect_keys(bench, "ROLE");
	assert_int_equal(server_count(&bench->server, "Credential=" ID "/"), 1);
	end(bench);
	free(keys);
	free(role);
}

TEST(roles_that_lead_nowhere_are_named)
{
	static const struct {
		const char *config, *message;
	} cases[] = {
		{"[default]\nrole_arn = r\n",
			"profile default: role_arn needs either source_profile or "
			"credential_source"},
		{"[default]\nrole_arn = r\nsource_profile = default\n",
			"profile default: is its own source_profile in the end"},
		{"[default]\nrole_arn = r\nsource_profile = a\n"
		 "[profile a]\nrole_arn = r\nsource_profile = b\n"
		 "[profile b]\nrole_arn = r\nsource_profile = a\n",
			"profile a: is its own source_profile in the end"},
		{"[default]\nrole_arn = r\nsource_profile = a\n",
			"profile default: there is no profile a"},
		{"[default]\nrole_arn = r\nsource_profile = a\n[profile a]\n",
			"profile a: has no keys"},
		{"[default]\nrole_arn = r\ncredential_source = Environment\n",
			"profile default: its credential_source has no keys"},
		{"[default]\nrole_arn = r\ncredential_source = Moon\n",
			"profile default: credential_source is 'Moon', but can be only "
			"Environment, Ec2InstanceMetadata or EcsContainer"},
		{"[default]\nrole_arn = r\nsource_profile = a\nmfa_serial = m\n[profile a]\n",
			"profile default: has an mfa_serial, and nobody can be asked for the "
			"code: get keys for a session by other means, and use those"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		scratch_write("config", cases[i].config);
		expect_failure(begin(), ERROR_INVALID, cases[i].message);
	}
}

TEST(what_sts_refuses_is_quoted_without_what_was_signed)
{
	struct bench *bench = begin();

	bench->server.answers[0] = (struct server_answer){"POST / ", 403,
		"<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not you.</Message>"
		"</Error></ErrorResponse>",
		0};
	be_sts(bench);
	scratch_write("config",
		"[default]\nrole_arn = r\nsource_profile = default\n"
		"aws_access_key_id = a\naws_secret_access_key = s\n");
	expect_failure(bench, ERROR_INTERNAL, "STS: 403 AccessDenied: Not you.");
	bench = begin();
	bench->server.answers[0] = (struct server_answer){"POST / ", 200, "<html></html>", 0};
	be_sts(bench);
	expect_failure(bench, ERROR_INTERNAL, "STS: an answer without AccessKeyId");
	bench = begin();
	bench->server.answers[0] = (struct server_answer){"POST / ", 403,
		"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code>"
		"<Message>Signed was token:session-token-of-the-source</Message>"
		"</Error></ErrorResponse>",
		0};
	be_sts(bench);
	scratch_write("config",
		"[default]\nrole_arn = r\nsource_profile = default\n"
		"aws_access_key_id = a\naws_secret_access_key = s\n"
		"aws_session_token = session-token-of-the-source\n");
	expect_failure(bench, ERROR_INTERNAL, "STS: 403 SignatureDoesNotMatch: Signed was token:");
}

/* Open with a container's keys that expire soon, then let it answer with others. */
static struct bench *open_with_short_lived(char *first, char *second, int second_status)
{
	struct bench *bench = begin();

	bench->server.answers[0] = (struct server_answer){"GET / ", 200, first, 1};
	bench->server.answers[1] = (struct server_answer){"GET / ", second_status, second, 0};
	server_start(&bench->server);
	server_set(&bench->server, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/");
	expect_keys(bench, "OLD");
	return bench;
}

static void *get_new(void *state)
{
	struct bench *bench = state;
	struct credentials_keys keys = {0};
	struct error err = {0};
	int rc = credentials_get(bench->credentials, &keys, &err) ||
		strcmp(keys.keys.access_key_id, "NEW") != 0;

	credentials_keys_release(&keys);
	return rc ? state : NULL;
}

TEST(keys_that_have_expired_are_got_anew_once_for_all_threads)
{
	char *old = compose(JSON_ANSWER, "OLD", 3), *new = compose(JSON_ANSWER, "NEW", 10000);
	struct bench *bench = open_with_short_lived(old, new, 200);
	pthread_t threads[8];

	bench->server.delay = 0.2;
	clock_sleep(3.1);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_create(&threads[i], NULL, get_new, bench);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(server_count(&bench->server, "GET / "), 2);
	end(bench);
	free(old);
	free(new);
}

TEST(keys_do_as_long_as_they_hold_when_others_can_not_be_had)
{
	char *old = compose(JSON_ANSWER, "OLD", 3);
	struct bench *bench = open_with_short_lived(old, (char[]){"no"}, 403);
	struct credentials_keys keys = {0};

	expect_keys(bench, "OLD");
	clock_sleep(3.1);
	assert_int_equal(credentials_get(bench->credentials, &keys, &bench->err), -1);
	assert_string_equal(bench->err.text, "the container's credentials: 403");
	assert_null(keys.held);
	/* and nobody is asked again at once */
	assert_int_equal(credentials_get(bench->credentials, &keys, &bench->err), -1);
	assert_int_equal(server_count(&bench->server, "GET / "), 2);
	end(bench);
	free(old);
}

TEST(keys_that_a_service_refused_are_got_anew)
{
	char *old = compose(JSON_ANSWER, "OLD", 10000), *new = compose(JSON_ANSWER, "NEW", 10000);
	struct bench *bench = open_with_short_lived(old, new, 200);

	clock_sleep(1.2);
	credentials_refused(bench->credentials, "OTHER");
	expect_keys(bench, "OLD");
	credentials_refused(bench->credentials, "OLD");
	expect_keys(bench, "NEW");
	credentials_refused(bench->credentials, "OLD");
	expect_keys(bench, "NEW");
	assert_int_equal(server_count(&bench->server, "GET / "), 2);
	end(bench);
	free(old);
	free(new);
}

TEST(keys_that_seem_to_have_expired_are_tried)
{
	char *old = compose(JSON_ANSWER, "OLD", -10000);
	struct bench *bench = open_with_short_lived(old, (char[]){"no"}, 403);

	clock_sleep(1.2);
	expect_keys(bench, "OLD");
	end(bench);
	free(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(the_environment_goes_first),
		SCRATCH_TEST(a_key_alone_is_an_error),
		SCRATCH_TEST(keys_that_can_be_none_are_refused_and_not_shown),
		SCRATCH_TEST(without_any_source_there_are_no_credentials),
		SCRATCH_TEST(a_profile_has_keys),
		SCRATCH_TEST(a_profile_that_signs_in_by_a_browser_names_the_way),
		SCRATCH_TEST(a_process_prints_keys),
		SCRATCH_TEST(a_process_that_fails_is_an_error_that_shows_nothing),
		SCRATCH_TEST(a_process_that_takes_too_long_ends_with_all_it_began),
		SCRATCH_TEST(a_container_is_asked_with_its_token),
		SCRATCH_TEST(a_container_is_asked_again_while_it_is_busy),
		SCRATCH_TEST(a_container_that_refuses_is_quoted),
		SCRATCH_TEST(keys_come_over_http_from_near_hosts_alone),
		SCRATCH_TEST(an_instance_is_asked_for_the_keys_of_its_role),
		SCRATCH_TEST(an_instance_without_a_role_has_no_credentials),
		SCRATCH_TEST(an_instance_says_why_it_has_no_keys),
		SCRATCH_TEST(a_machine_that_is_no_instance_has_no_credentials),
		SCRATCH_TEST(a_token_is_changed_for_a_role),
		SCRATCH_TEST(a_token_without_a_role_is_an_error),
		SCRATCH_TEST(keys_are_changed_for_a_role_as_the_profile_says),
		SCRATCH_TEST(roles_lead_to_roles_and_a_profile_can_be_its_own_source),
		SCRATCH_TEST(a_role_can_have_a_source_by_name),
		SCRATCH_TEST(roles_that_lead_nowhere_are_named),
		SCRATCH_TEST(what_sts_refuses_is_quoted_without_what_was_signed),
		SCRATCH_TEST(keys_that_have_expired_are_got_anew_once_for_all_threads),
		SCRATCH_TEST(keys_do_as_long_as_they_hold_when_others_can_not_be_had),
		SCRATCH_TEST(keys_that_a_service_refused_are_got_anew),
		SCRATCH_TEST(keys_that_seem_to_have_expired_are_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
