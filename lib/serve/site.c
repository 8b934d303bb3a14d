#include "serve/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/percent.h"
#include "net/digest.h"
#include "serve/etag.h"

struct site {
	struct site_file files[SITE_MAX_FILES];
	size_t count, bytes;
};

static const char no_site[] =
	"This is imgpl-serve, without its pages: no --site=DIR was given.\n"
	"`make run` builds them and starts the server with them; the API is there either way:\n"
	"POST /upload-url, GET /results, GET /limits, GET /healthz.\n";

static const char site_policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
	"connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'";

static const struct {
	const char *suffix, *content_type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".mjs", "text/javascript; charset=utf-8"},
	{".json", "application/json"},
	{".map", "application/json"},
	{".webmanifest", "application/manifest+json"},
	{".txt", "text/plain; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".webp", "image/webp"},
	{".ico", "image/vnd.microsoft.icon"},
	{".woff2", "font/woff2"},
};

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static const char *find_type(const char *path)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (ends_in(path, types[i].suffix))
			return types[i].content_type;
	return "application/octet-stream";
}

static void make_etag(struct site_file *file)
{
	unsigned char digest[DIGEST_BYTES];
	char hex[DIGEST_HEX];

	digest_of(file->bytes, file->length, digest);
	digest_hex(digest, hex);
	snprintf(file->etag, sizeof(file->etag), "\"%.32s\"", hex);
}

/* Take in a file, of which the site takes `path` and `bytes`. */
static void add_file(struct site *site, char *path, void *bytes, size_t length)
{
	struct site_file *file = &site->files[site->count++];

	file->path = path;
	file->content_type = find_type(path);
	file->bytes = bytes;
	file->length = length;
	site->bytes += length;
	make_etag(file);
}

static int read_all(int fd, char *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		ssize_t got = read(fd, bytes + at, length - at);

		if (got > 0)
			at += (size_t)got;
		else if (got == 0 || errno != EINTR) {
			errno = got == 0 ? EIO : errno; /* it became shorter */
			return -1;
		}
	}
	return 0;
}

static int check_room(const struct site *site, uint64_t bytes, struct error *err)
{
	if (site->count == SITE_MAX_FILES)
		return error_limit(err, "more than %d files", SITE_MAX_FILES);
	if (bytes > SITE_MAX_BYTES - site->bytes)
		return error_limit(err, "more than %d bytes in all", SITE_MAX_BYTES);
	return 0;
}

static int read_file(
	struct site *site, int fd, const struct stat *info, const char *path, struct error *err)
{
	size_t length = (size_t)info->st_size;
	struct buffer encoded = {0};
	char *bytes;

	if (check_room(site, (uint64_t)info->st_size, err))
		return -1;
	bytes = memory_new(length + 1, 1);
	if (read_all(fd, bytes, length)) {
		free(bytes);
		return error_errno(err, path);
	}
	percent_encode(&encoded, path, strlen(path), true);
	add_file(site, encoded.bytes, bytes, length);
	return 0;
}

static int read_directory(
	struct site *site, int fd, const char *path, int depth, struct error *err);

/* Read the file or directory that was opened as `fd`, and close that. */
static int read_opened(struct site *site, int fd, const char *path, int depth, struct error *err)
{
	struct stat info;
	int rc = 0;

	if (fstat(fd, &info))
		rc = error_errno(err, path);
	else if (S_ISDIR(info.st_mode))
		return read_directory(site, fd, path, depth + 1, err);
	else if (S_ISREG(info.st_mode))
		rc = read_file(site, fd, &info, path, err);
	close(fd);
	return rc;
}

/* Read what is called `name` in the directory `fd`, whose path is `path`. */
static int read_entry(
	struct site *site, int fd, const char *path, const char *name, int depth, struct error *err)
{
	struct buffer below = {0};
	int entry;
	int rc = 0;

	buffer_format(&below, "%s/%s", path, name);
	entry = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (entry >= 0)
		rc = read_opened(site, entry, below.bytes, depth, err);
	else if (errno != ELOOP) /* a symbolic link */
		rc = error_errno(err, below.bytes);
	buffer_release(&below);
	return rc;
}

/* Read all that is in the directory `fd`, and close that. */
static int read_directory(struct site *site, int fd, const char *path, int depth, struct error *err)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;
	int rc = 0;

	if (!directory) {
		error_errno(err, path);
		close(fd);
		return -1;
	}
	if (depth > SITE_MAX_DEPTH)
		rc = error_limit(err, "%s: deeper than %d directories", path, SITE_MAX_DEPTH);
	while (rc == 0 && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			rc = read_entry(site, fd, path, entry->d_name, depth, err);
	closedir(directory);
	return rc;
}

static int compare(const void *one, const void *other)
{
	return strcmp(
		((const struct site_file *)one)->path, ((const struct site_file *)other)->path);
}

/* Put the files in order, and those that are compressed beside those that are not. */
static void arrange(struct site *site)
{
	qsort(site->files, site->count, sizeof(site->files[0]), compare);
	for (size_t i = 0; i < site->count; i++) {
		struct buffer name = {0};

		buffer_format(&name, "%s.gz", site->files[i].path);
		site->files[i].gzip = site_find(site, name.bytes);
		buffer_release(&name);
	}
}

static int load(struct site *site, const char *directory, struct error *err)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, directory);
	if (read_directory(site, fd, "", 0, err))
		return error_prefix(err, directory);
	arrange(site);
	if (!site_find(site, "/"))
		return error_invalid(err, "%s: there is no index.html", directory);
	return 0;
}

struct site *site_load(const char *directory, struct error *err)
{
	struct site *site = memory_new(1, sizeof(*site));

	if (!directory) {
		add_file(site, memory_copy("/index.html"), memory_copy(no_site), strlen(no_site));
		site->files[0].content_type = "text/plain; charset=utf-8";
	} else if (load(site, directory, err)) {
		site_free(site);
		return NULL;
	}
	return site;
}

void site_free(struct site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->count; i++) {
		free((void *)(uintptr_t)site->files[i].path);
		free(site->files[i].bytes);
	}
	free(site);
}

const struct site_file *site_find(const struct site *site, const char *path)
{
	const struct site_file wanted = {.path = strcmp(path, "/") == 0 ? "/index.html" : path};

	return bsearch(&wanted, site->files, site->count, sizeof(site->files[0]), compare);
}

/* Return where in a list the item stands that begins with this word and may have parameters behind
 * it, or NULL. */
static const char *find_item(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (*list) {
		list += strspn(list, " \t,");
		if (strcspn(list, " \t,;") == length && strncasecmp(list, word, length) == 0)
			return list;
		list += strcspn(list, ",");
	}
	return NULL;
}

/* Return whether the encodings that a client takes name gzip, and not only to refuse it:
 * https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2 */
static bool takes_gzip(const char *accepted)
{
	const char *rest = accepted ? find_item(accepted, "gzip") : NULL;
	const char *weight;

	if (!rest)
		return false;
	weight = strstr(rest, "q=");
	if (!weight || weight > rest + strcspn(rest, ","))
		return true;
	weight += strlen("q=");
	return weight[strspn(weight, "0.")] >= '1' && weight[strspn(weight, "0.")] <= '9';
}

/* The names of files below assets/ have a digest of what is in them. */
static bool is_hashed(const struct site_file *file)
{
	return strncmp(file->path, "/assets/", strlen("/assets/")) == 0;
}

void site_reply(const struct site_file *file, const char *if_none_match,
	const char *accept_encoding, struct http_reply *reply)
{
	const char *content_type = file->content_type;

	if (file->gzip)
		http_reply_header(reply, "Vary", "Accept-Encoding");
	if (file->gzip && takes_gzip(accept_encoding)) {
		file = file->gzip;
		http_reply_header(reply, "Content-Encoding", "gzip");
	}
	http_reply_header(reply, "ETag", file->etag);
	http_reply_header(reply, "Cache-Control",
		is_hashed(file) ? "public, max-age=31536000, immutable" : "no-cache");
	http_reply_header(reply, "Content-Security-Policy", site_policy);
	http_reply_header(reply, "Referrer-Policy", "no-referrer");
	if (etag_is_listed(if_none_match, file->etag)) {
		reply->status = 304;
		return;
	}
	reply->status = 200;
	reply->content_type = content_type;
	reply->lasting = file->bytes;
	reply->lasting_bytes = file->length;
}
