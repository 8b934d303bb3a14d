#include "serve/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "net/profile.h"
#include "net/secret.h"
#include "store/key.h"

/* As many letters as keys of AWS have, of five bits each. */
enum { ID_LETTERS = 20, SECRET_LETTERS = 40, MIN_LETTERS = 16, MAX_LETTERS = 128 };

/* What a key may be made of: signed text is divided by other characters. */
static const char id_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
static const char secret_letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define ID "aws_access_key_id"
#define SECRET "aws_secret_access_key"
#define PROFILE "default"

struct keys {
	struct profile_file file;
	struct sigv4_keys keys; /* borrowed from the file */
};

/* Append letters that nobody can guess: 32 of them, so that each stands for five bits. */
static void append_random(struct buffer *text, size_t count, const char *letters)
{
	unsigned char random[SECRET_LETTERS];

	random_fill(random, count);
	for (size_t i = 0; i < count; i++)
		buffer_byte(text, letters[random[i] & 31]);
	secret_clear(random, sizeof(random));
}

static void compose(struct buffer *text)
{
	buffer_reserve(text, 256);
	buffer_text(text,
		"# What imgpl-serve signs URLs with. Whoever reads this can sign them, too.\n");
	buffer_text(text, "[" PROFILE "]\n" ID " = ");
	append_random(text, ID_LETTERS, id_letters);
	buffer_text(text, "\n" SECRET " = ");
	append_random(text, SECRET_LETTERS, secret_letters);
	buffer_text(text, "\n");
}

/* Write all of `text` into a new file, and make it durable. Return -1 with errno set. */
static int write_file(const char *path, const struct buffer *text)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t done = 0;
	int rc = -1, saved;

	if (file < 0)
		return -1;
	while (done < text->length) {
		ssize_t n = write(file, text->bytes + done, text->length - done);

		if (n < 0 && errno != EINTR)
			goto out;
		done += n > 0 ? (size_t)n : 0;
	}
	rc = fchmod(file, 0600) || fsync(file) ? -1 : 0;
out:
	saved = errno;
	if (close(file) && rc == 0)
		return -1;
	errno = saved;
	return rc;
}

/* Make the name of a file in the directory of `path` durable. Return -1 with errno set. */
static int sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct buffer name = {0};
	int directory, rc;

	buffer_append(&name, path, slash ? (size_t)(slash - path) + 1 : 0);
	directory = open(slash ? name.bytes : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buffer_release(&name);
	if (directory < 0)
		return -1;
	rc = fsync(directory) && errno != EINVAL ? -1 : 0;
	close(directory);
	return rc;
}

static int make_file(const char *path, const char *shown, struct error *err)
{
	struct buffer text = {0}, unfinished = {0};
	int rc = 0;

	compose(&text);
	buffer_format(&unfinished, "%s.new", path);
	unlink(unfinished.bytes); /* of one who was killed */
	if (write_file(unfinished.bytes, &text) || rename(unfinished.bytes, path) ||
		sync_directory_of(path)) {
		rc = error_errno(err, shown);
		unlink(unfinished.bytes);
	}
	secret_release(&text);
	buffer_release(&unfinished);
	return rc;
}

/* Check that nobody else can read what is in the file, or put another in its place. */
static int check_file(const char *path, const char *shown, struct error *err)
{
	struct stat found;

	if (lstat(path, &found))
		return error_errno(err, shown);
	if (!S_ISREG(found.st_mode))
		return error_invalid(err, "%s: not a file", shown);
	if (found.st_uid != geteuid())
		return error_invalid(err, "%s: belongs to somebody else", shown);
	if (found.st_mode & (S_IRWXG | S_IRWXO))
		return error_invalid(err, "%s: others may read or write it: chmod 600", shown);
	return 0;
}

static const char *find(const struct keys *keys, const char *name, const char *letters)
{
	const char *value = profile_find(&keys->file, PROFILE_SETTINGS, PROFILE, NULL, name);
	size_t length = value ? strlen(value) : 0;

	if (length < MIN_LETTERS || length > MAX_LETTERS || strspn(value, letters) != length)
		return NULL;
	return value;
}

struct keys *keys_open(const char *path, struct error *err)
{
	struct keys *keys = memory_new(1, sizeof(*keys));
	char shown[KEY_TEXT];
	struct stat found;

	secret_forbid_core();
	key_show(shown, NULL, path);
	if (lstat(path, &found) && errno == ENOENT && make_file(path, shown, err))
		goto failed;
	if (check_file(path, shown, err) ||
		profile_read(&keys->file, path, PROFILE_CREDENTIALS, err))
		goto failed;
	keys->keys.access_key_id = find(keys, ID, id_letters);
	keys->keys.secret_access_key = find(keys, SECRET, secret_letters);
	if (keys->keys.access_key_id && keys->keys.secret_access_key)
		return keys;
	error_invalid(
		err, "%s: holds no keys: \"" ID "\" and \"" SECRET "\" in [" PROFILE "]", shown);
failed:
	keys_free(keys);
	return NULL;
}

void keys_free(struct keys *keys)
{
	if (!keys)
		return;
	profile_release(&keys->file);
	free(keys);
}

const struct sigv4_keys *keys_get(const struct keys *keys)
{
	return &keys->keys;
}
