/* imgpl-serve: the web stack's face: uploads over HTTP, and what became of them. */
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/record.h"
#include "net/digest.h"
#include "net/endpoint.h"
#include "net/presign.h"
#include "net/uri.h"
#include "serve/api.h"
#include "serve/home.h"
#include "serve/keys.h"
#include "serve/listen.h"
#include "serve/objects.h"
#include "serve/server.h"
#include "serve/service.h"
#include "serve/site.h"
#include "store/table.h"
#include "tool/options.h"
#include "tool/place.h"
#include "tool/report.h"
#include "tool/stop.h"

/* URLs are signed for a region, and there is but one here. */
static const char region[] = "us-east-1";

/* How long what is in flight may take when the server ends, and the reader of its events. */
enum { GRACE_SECONDS = 30, OUTBOX_SECONDS = 10, MAX_ORIGINS = 16 };

struct serve {
	const char *directory, *site_directory;
	struct server_settings server;
	struct api_settings api;
	struct objects_settings objects;
	struct service service;
	const char *origins[MAX_ORIGINS];
	int64_t max_connections;
	struct home *home;
	struct keys *keys;
	struct presigner *presigner;
	struct objects *stored;
	struct api *answers;
	struct site *site;
};

/* Nobody reads what is written to stdout. */
static atomic_bool is_closed;

static void on_closed(void)
{
	atomic_store(&is_closed, true);
	stop_input();
}

static int take_origin(const char *value, void *target, struct error *err)
{
	struct serve *serve = target;
	size_t *count = &serve->service.authority.origin_count;

	if (authority_check_origin(value, &(struct error){0}))
		return error_invalid(err, "an origin, such as https://pictures.example");
	if (*count == MAX_ORIGINS)
		return error_limit(err, "%d origins at most", MAX_ORIGINS);
	serve->origins[(*count)++] = value;
	return 0;
}

static int take_public_url(const char *value, void *target, struct error *err)
{
	const char **url = target;
	struct uri_endpoint endpoint;

	*url = value;
	return uri_endpoint_parse(&endpoint, value, &(struct error){0}) || endpoint.path_length
		? error_invalid(err, "a URL without a path, such as https://pictures.example")
		: 0;
}

static int take_listen(const char *value, void *target, struct error *err)
{
	const char **listen = target;
	struct listen_address address;

	*listen = value;
	return listen_parse(value, &address, &(struct error){0})
		? error_invalid(err, "an address and a port, such as 127.0.0.1:8080")
		: 0;
}

static void tell(const char *text)
{
	report_failure("%s", text);
}

static void tell_request(const char *method, const char *path, int status)
{
	report("%s %s: %d", method, path, status);
}

static void open_home(struct serve *serve)
{
	struct error err = {0};

	serve->home = home_open(serve->directory, serve->api.bucket, &err);
	if (!serve->home)
		report_no_start(&err);
}

static void open_keys(struct serve *serve)
{
	struct error err = {0};

	serve->keys = keys_open(home_keys(serve->home), &err);
	if (!serve->keys)
		report_no_start(&err);
	serve->presigner = presigner_with(keys_get(serve->keys), region, NULL, &err);
	if (!serve->presigner)
		report_no_start(&err);
}

/* Open objects and rows, and begin to tell of what was not finished before. */
static void open_objects(struct serve *serve)
{
	struct objects_settings *settings = &serve->objects;
	struct error err = {0};

	settings->place = (struct s3_place){
		.bucket = serve->api.bucket, .region = region, .keys = keys_get(serve->keys)};
	settings->store = home_store(serve->home);
	settings->table = home_table(serve->home);
	settings->max_bytes = (uint64_t)serve->api.limits.max_bytes;
	settings->events = STDOUT_FILENO;
	settings->tell = tell;
	settings->closed = on_closed;
	serve->stored = objects_open(settings, &err);
	if (!serve->stored)
		report_no_start(&err);
}

static void open_api(struct serve *serve)
{
	struct error err = {0};

	serve->api.authority = &serve->service.authority;
	serve->api.presigner = serve->presigner;
	serve->api.table = home_table(serve->home);
	serve->api.tell = tell;
	serve->answers = api_open(&serve->api, &err);
	if (!serve->answers)
		report_no_start(&err);
}

/* Return the page's directory as installed, or NULL if there is none. Free with free(). */
static char *installed_site(void)
{
	char *directory = place_installed("share/imgpl/site");
	char *index = place_installed("share/imgpl/site/index.html");

	if (access(index, F_OK)) {
		free(directory);
		directory = NULL;
	}
	free(index);
	return directory;
}

static void open_site(struct serve *serve)
{
	char *installed = installed_site();
	const char *directory = serve->site_directory;
	struct error err = {0};

	if (digest_open(&err))
		report_no_start(&err);
	if (!directory)
		directory = installed;
	serve->site = site_load(directory && *directory ? directory : NULL, &err);
	if (!serve->site)
		report_no_start(&err);
	free(installed);
}

static void open_all(struct serve *serve)
{
	open_site(serve); /* before anything is made */
	open_home(serve);
	open_keys(serve);
	open_objects(serve);
	open_api(serve);
	serve->service.authority.origins = serve->origins;
	serve->service.api = serve->answers;
	serve->service.site = serve->site;
	serve->service.bucket = serve->api.bucket;
	serve->service.uploads = objects_uploads(serve->stored);
	serve->service.downloads = objects_downloads(serve->stored);
}

static void close_all(struct serve *serve)
{
	api_free(serve->answers);
	objects_free(serve->stored); /* the last to close the table, which tidies it up */
	site_free(serve->site);
	presigner_free(serve->presigner);
	keys_free(serve->keys);
	home_free(serve->home);
}

/* Stop in good order. Return the exit status. */
static int stop(struct serve *serve, struct server *server)
{
	size_t broken = server_stop(server, GRACE_SECONDS);

	if (broken)
		report_failure("%zu requests were broken off", broken);
	if (!objects_finish(serve->stored, OUTBOX_SECONDS) && !atomic_load(&is_closed))
		report_failure("not all uploads could be told of; the next start does it");
	server_free(server);
	/* A signal that came to all of a pipe ends its reader, too. */
	return atomic_load(&is_closed) && !stop_signal() ? EXIT_FAILED : EXIT_GOOD;
}

/* Serve until a signal comes, or nobody reads stdout any more. Return the exit status. */
static int run(struct serve *serve)
{
	struct pollfd ending = {.fd = stop_descriptor(), .events = POLLIN};
	struct error err = {0};
	struct server *server;

	serve->server.max_connections = (size_t)serve->max_connections;
	serve->server.choose = service_choose;
	serve->server.state = &serve->service;
	if (report_tells(REPORT_VERBOSE))
		serve->server.tell = tell_request;
	server = server_open(&serve->server, &err);
	if (!server)
		report_no_start(&err);
	report("listening on http://%s", server_address(server));
	while (!stop_signal() && !atomic_load(&is_closed))
		poll(&ending, 1, -1);
	return stop(serve, server);
}

static void check(const struct serve *serve)
{
	if (!serve->directory || !*serve->directory)
		report_misuse("where is the data? --data=DIR");
	if (!endpoint_is_bucket(serve->api.bucket))
		report_misuse("'%.80s' is no name of a bucket", serve->api.bucket);
}

int main(int argc, char **argv)
{
	struct serve serve = {.server = {.listen = "127.0.0.1:8080"},
		.api = {.bucket = "imgpl-local",
			.limits = upload_limits_default,
			.upload_seconds = 300,
			.download_seconds = 3600,
			.time_out_seconds = 300},
		.max_connections = 700};
	const struct option_def options[] = {
		OPTION_TEXT("data", "DIR", NULL, &serve.directory,
			"where pictures, rows and keys are kept"),
		OPTION_TAKE("listen", "ADDRESS:PORT", NULL, take_listen, &serve.server.listen,
			"where to listen; port 0: any (127.0.0.1:8080)"),
		OPTION_TEXT("site", "DIR", NULL, &serve.site_directory,
			"the pages' files, or none (as installed)"),
		OPTION_TEXT("bucket", "NAME", NULL, &serve.api.bucket,
			"what the bucket is called (imgpl-local)"),
		OPTION_TAKE("public-url", "URL", NULL, take_public_url,
			&serve.service.authority.public_url, "where others reach the server"),
		OPTION_TAKE("origin", "ORIGIN", NULL, take_origin, &serve,
			"let pages from there use it; may be repeated"),
		{.name = "max-bytes",
			.value = "N",
			.number = &serve.api.limits.max_bytes,
			.min = 1,
			.max = INT64_MAX,
			.help = "refuse larger uploads (64m)"},
		{.name = "expires",
			.value = "SECONDS",
			.number = &serve.api.upload_seconds,
			.min = 1,
			.max = PRESIGN_MAX_SECONDS,
			.help = "how long URLs to upload hold (300)"},
		OPTION_NUMBER("time-out", 0, "SECONDS", &serve.api.time_out_seconds, INT32_MAX,
			"longer PROCESSING is FAILED (300)"),
		{.name = "max-connections",
			.value = "N",
			.number = &serve.max_connections,
			.min = 8,
			.max = 8192,
			.help = "connections at once; the idlest makes room (700)"},
		{0},
	};
	const struct usage usage = {
		.operands = "",
		.purpose =
			"Serve uploads and results over HTTP, and write an event for each upload.",
		.examples = {"imgpl-serve --data=data | imgpl-trigger | imgpl-resize | imgpl-store",
			"imgpl-serve --data=data --listen=127.0.0.1:0"},
		.options = options,
		.versions = {server_versions, record_versions, table_versions},
	};
	int status;

	report_begin(argv[0]);
	if (*options_parse(&usage, argc, argv))
		report_misuse("no operands are taken");
	check(&serve);
	signal(SIGPIPE, SIG_IGN);
	stop_listen();
	open_all(&serve);
	status = run(&serve);
	close_all(&serve);
	return status;
}
