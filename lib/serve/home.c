#include "serve/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "store/key.h"

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

struct home {
	int directory, lock;
	struct buffer path, store, table, keys;
};

/* Fill `err` from errno for what is called `name` in the directory, "" for that itself. */
static int fail(const struct home *home, const char *name, struct error *err)
{
	struct buffer path = {0};
	char shown[KEY_TEXT];
	int saved = errno;

	buffer_format(&path, "%s%s%s", home->path.bytes, *name ? "/" : "", name);
	key_show(shown, NULL, path.bytes);
	buffer_release(&path);
	errno = saved;
	return error_errno(err, shown);
}

/* Make the name of a directory durable. Return -1 with errno set. */
static int settle(int directory)
{
	int parent = openat(directory, "..", DIRECTORY);
	int rc;

	if (parent < 0)
		return errno == EACCES ? 0 : -1;
	rc = fsync(parent) && errno != EINVAL ? -1 : 0;
	close(parent);
	return rc;
}

/* Open a directory, and make it if it is missing. Return a descriptor, or -1 with errno set. */
static int enter(int from, const char *name, int flags)
{
	int rc = mkdirat(from, name, 0700);
	int directory = rc && errno != EEXIST ? -1 : openat(from, name, DIRECTORY | flags);

	if (directory < 0 || rc || settle(directory) == 0)
		return directory;
	close(directory);
	return -1;
}

/* Make the directories of objects. Below its own the store follows no symbolic link. */
static int make_objects(const struct home *home, const char *bucket, struct error *err)
{
	struct buffer name = {0};
	int objects = enter(home->directory, "objects", 0), own = -1, rc = 0;

	buffer_text(&name, "objects");
	if (objects >= 0) {
		buffer_format(&name, "/%s", bucket);
		own = enter(objects, bucket, O_NOFOLLOW);
	}
	if (own < 0)
		rc = fail(home, name.bytes, err);
	else
		close(own);
	if (objects >= 0)
		close(objects);
	buffer_release(&name);
	return rc;
}

static int lock(struct home *home, struct error *err)
{
	const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;

	home->lock = openat(home->directory, "lock", flags, 0600);
	if (home->lock < 0)
		return fail(home, "lock", err);
	if (flock(home->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return fail(home, "lock", err);
	return error_transient(err, "%.300s: in use by another server", home->path.bytes);
}

struct home *home_open(const char *path, const char *bucket, struct error *err)
{
	struct home *home = memory_new(1, sizeof(*home));
	int rc;

	home->lock = -1;
	buffer_text(&home->path, path);
	buffer_format(&home->store, "file:%s/objects", path);
	buffer_format(&home->table, "sqlite:%s/imgpl.db", path);
	buffer_format(&home->keys, "%s/keys", path);
	home->directory = enter(AT_FDCWD, path, 0);
	if (home->directory < 0)
		rc = fail(home, "", err);
	else
		rc = lock(home, err) || make_objects(home, bucket, err) ? -1 : 0;
	if (rc == 0)
		return home;
	home_free(home);
	return NULL;
}

void home_free(struct home *home)
{
	if (!home)
		return;
	if (home->lock >= 0)
		close(home->lock);
	if (home->directory >= 0)
		close(home->directory);
	buffer_release(&home->path);
	buffer_release(&home->store);
	buffer_release(&home->table);
	buffer_release(&home->keys);
	free(home);
}

const char *home_store(const struct home *home)
{
	return home->store.bytes;
}

const char *home_table(const struct home *home)
{
	return home->table.bytes;
}

const char *home_keys(const struct home *home)
{
	return home->keys.bytes;
}
