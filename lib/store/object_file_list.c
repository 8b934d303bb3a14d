/* For d_type, which saves a look at every file before the names are sorted. */
#define _DEFAULT_SOURCE

#include "store/object_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "store/key.h"

struct listing {
	int (*each)(const struct object *object, void *state, struct error *err);
	void *state;
	struct error *err;
	struct buffer key; /* of the directory at hand, with its slash; "" at the top */
};

/* The names of one directory; those of directories end in a slash, as they do in keys, so that they
 * sort as the keys do. */
struct names {
	struct buffer text; /* each with its NUL */
	char **sorted;
	size_t count;
};

static int list_directory(struct listing *listing, int directory, const char *beginning);

static int fail(const struct listing *listing)
{
	char shown[KEY_TEXT];

	key_show(shown, NULL, listing->key.length ? listing->key.bytes : ".");
	return error_errno(listing->err, shown);
}

static int fail_on_link(const struct listing *listing)
{
	char shown[KEY_TEXT];

	key_show(shown, NULL, listing->key.bytes);
	return error_invalid(listing->err, "%s: leads over a symbolic link", shown);
}

static bool is_directory(int directory, const struct dirent *entry)
{
	struct stat found;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(directory, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(found.st_mode);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct names *names)
{
	char *at = names->text.bytes;

	names->sorted = memory_new(names->count, sizeof(*names->sorted));
	for (size_t i = 0; i < names->count; i++) {
		names->sorted[i] = at;
		at += strlen(at) + 1;
	}
	qsort(names->sorted, names->count, sizeof(*names->sorted), compare);
}

/* Read the names that begin with `beginning`. */
static int read_names(struct names *names, int directory, const char *beginning)
{
	int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int saved;

	if (!entries) {
		object_file_close(copy);
		return -1;
	}
	for (errno = 0; (entry = readdir(entries)); errno = 0) {
		const char *name = entry->d_name;

		if (name[0] == '.' || strncmp(name, beginning, strlen(beginning)) != 0)
			continue;
		buffer_text(&names->text, name);
		if (is_directory(directory, entry))
			buffer_byte(&names->text, '/');
		buffer_byte(&names->text, '\0');
		names->count++;
	}
	saved = errno;
	closedir(entries);
	errno = saved;
	return saved ? -1 : 0;
}

static int tell_unusable(struct listing *listing, const char *key, const char *why)
{
	struct object object = {.key = key, .unusable = why};

	return listing->each(&object, listing->state, listing->err);
}

/* Tell from errno why the listing can't look at what it has read the name of. */
static int fail_below(struct listing *listing)
{
	switch (errno) {
	case ENOENT: /* it went away meanwhile */
		return 0;
	case ELOOP:
	case ENOTDIR:
		return tell_unusable(listing, listing->key.bytes, "no longer a directory");
	case EACCES:
		return tell_unusable(listing, listing->key.bytes, strerror(errno));
	default:
		return fail(listing);
	}
}

static int tell_not_utf8(struct listing *listing)
{
	struct buffer shown = {0};
	int rc;

	utf8_show(&shown, listing->key.bytes, listing->key.length);
	rc = tell_unusable(listing, shown.bytes, "a name that is not UTF-8");
	buffer_release(&shown);
	return rc;
}

static int tell_file(struct listing *listing, int directory, const char *name)
{
	struct object object = {.key = listing->key.bytes};
	struct object_written written;
	struct stat found;

	if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW))
		return fail_below(listing);
	object_file_tell(&found, &written);
	object.bytes = written.bytes;
	object.modified = written.modified;
	if (S_ISREG(found.st_mode)) {
		object.etag = written.etag;
		object.sequencer = written.sequencer;
	} else {
		object.unusable = object_file_kind(found.st_mode);
	}
	return listing->each(&object, listing->state, listing->err);
}

static int list_below(struct listing *listing, int parent, const char *name)
{
	int directory = object_file_walk(parent, name, strlen(name), NULL);
	int rc;

	if (directory < 0)
		return fail_below(listing);
	rc = list_directory(listing, directory, "");
	close(directory);
	return rc;
}

/* List what `name` stands for, a file or, with a slash at its end, a directory. */
static int list_name(struct listing *listing, int directory, char *name)
{
	size_t above = listing->key.length, length = strlen(name);
	int rc;

	buffer_append(&listing->key, name, length);
	if (!utf8_valid(name, length)) {
		rc = tell_not_utf8(listing);
	} else if (listing->key.length > OBJECT_FILE_MAX_KEY) {
		rc = tell_unusable(listing, listing->key.bytes, "a key of more than 1024 bytes");
	} else if (name[length - 1] == '/') {
		name[length - 1] = '\0';
		rc = list_below(listing, directory, name);
	} else {
		rc = tell_file(listing, directory, name);
	}
	listing->key.length = above;
	listing->key.bytes[above] = '\0';
	return rc;
}

static int list_directory(struct listing *listing, int directory, const char *beginning)
{
	struct names names = {0};
	int rc = 0;

	if (read_names(&names, directory, beginning))
		rc = fail(listing);
	else
		sort(&names);
	for (size_t i = 0; rc == 0 && i < names.count; i++)
		rc = list_name(listing, directory, names.sorted[i]);
	free(names.sorted);
	buffer_release(&names.text);
	return rc;
}

int object_file_bucket(const struct object_file *store, const char *bucket, struct error *err)
{
	const char *name = bucket ? bucket : "";
	const char *why = bucket ? object_file_refuses_name(name, strlen(name)) : NULL;
	char shown[KEY_TEXT];
	int directory;

	key_show(shown, NULL, name);
	if (why || strchr(name, '/'))
		return error_invalid(err, "%s: the bucket %s", shown, why ? why : "has a \"/\"");
	directory = object_file_walk(store->directory, name, strlen(name), NULL);
	if (directory < 0 && errno == ELOOP)
		return error_invalid(err, "%s: is a symbolic link", shown);
	return directory < 0 ? error_errno(err, shown) : directory;
}

/* Return whether the directories that a prefix spells out, `length` bytes with the last slash, can
 * be part of a key. */
static bool can_match(const char *directories, size_t length)
{
	if (length >= OBJECT_FILE_MAX_KEY)
		return false;
	for (size_t start = 0; start < length;) {
		size_t name = strcspn(directories + start, "/");

		if (object_file_refuses_name(directories + start, name))
			return false;
		start += name + 1;
	}
	return true;
}

/* Enter the directory that `prefix` spells out. `rest` is what the names in it begin with. Return a
 * descriptor, or -1 with `err` filled; or with none if nothing can be there. */
static int enter(struct listing *listing, const struct object_file *store, const char *bucket,
	const char *prefix, const char **rest)
{
	int top = object_file_bucket(store, bucket, listing->err);
	const char *slash = strrchr(prefix, '/');
	size_t length = slash ? (size_t)(slash - prefix) + 1 : 0;
	int directory = -1;

	if (top < 0)
		return -1;
	*rest = prefix + length;
	if (!can_match(prefix, length))
		goto out;
	buffer_append(&listing->key, prefix, length);
	directory = object_file_walk(top, prefix, length ? length - 1 : 0, NULL);
	if (directory < 0 && errno == ELOOP)
		fail_on_link(listing);
	else if (directory < 0 && errno != ENOENT && errno != ENOTDIR)
		fail(listing);
out:
	close(top);
	return directory;
}

int object_file_list(const void *state, const char *bucket, const char *prefix,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err)
{
	struct listing listing = {.each = each, .state = each_state, .err = err};
	const char *beginning;
	int directory, rc;

	err->text[0] = '\0';
	directory = enter(&listing, state, bucket, prefix, &beginning);
	if (directory < 0)
		rc = err->text[0] ? -1 : 0;
	else
		rc = list_directory(&listing, directory, beginning);
	if (directory >= 0)
		close(directory);
	buffer_release(&listing.key);
	return rc;
}

int object_file_find(const void *state, const char *bucket, const char *key,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err)
{
	struct listing listing = {.each = each, .state = each_state, .err = err};
	const char *name;
	struct stat found;
	int directory, rc = 0;

	err->text[0] = '\0';
	directory = enter(&listing, state, bucket, key, &name);
	if (directory < 0) {
		rc = err->text[0] ? -1 : 0;
	} else if (*name && *name != '.' && strlen(key) <= OBJECT_FILE_MAX_KEY &&
		fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
		!S_ISDIR(found.st_mode)) {
		buffer_text(&listing.key, name);
		rc = utf8_valid(key, strlen(key)) ? tell_file(&listing, directory, name)
						  : tell_not_utf8(&listing);
	}
	if (directory >= 0)
		close(directory);
	buffer_release(&listing.key);
	return rc;
}
