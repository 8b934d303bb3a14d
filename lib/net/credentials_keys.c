#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "net/credentials_source.h"
#include "net/secret.h"

enum { MAX_ID = 256, MAX_SECRET = 1024, MAX_TOKEN = CREDENTIALS_MAX_ANSWER };

/* Keys that all who took them share. */
struct credentials_held {
	atomic_uint holders;
	char text[];
};

/* Check that `text` is one word of at most `max_length` printable bytes. */
static int check(
	const char *text, size_t max_length, const char *who, const char *what, struct error *err)
{
	size_t length = 0;

	if (!text || !*text)
		return error_invalid(err, "%s: there is no %s", who, what);
	while (text[length] > ' ' && text[length] <= '~')
		length++;
	if (text[length] || length > max_length)
		return error_invalid(err, "%s: the %s can be none", who, what);
	return 0;
}

static const char *append(char **end, const char *text)
{
	size_t size = strlen(text) + 1;
	char *start = memcpy(*end, text, size);

	*end += size;
	return start;
}

int credentials_keys_set(struct credentials_keys *keys, const struct sigv4_keys *from,
	int64_t expires_at, const char *who, struct error *err)
{
	const char *token = from->session_token;
	char *end;

	if (check(from->access_key_id, MAX_ID, who, "access key ID", err) ||
		check(from->secret_access_key, MAX_SECRET, who, "secret access key", err) ||
		(token && check(token, MAX_TOKEN, who, "session token", err)))
		return -1;
	keys->held = secret_new(sizeof(*keys->held) + strlen(from->access_key_id) +
		strlen(from->secret_access_key) + (token ? strlen(token) : 0) + 3);
	atomic_init(&keys->held->holders, 1);
	end = keys->held->text;
	keys->keys.access_key_id = append(&end, from->access_key_id);
	keys->keys.secret_access_key = append(&end, from->secret_access_key);
	keys->keys.session_token = token ? append(&end, token) : NULL;
	keys->expires_at = expires_at;
	return 0;
}

void credentials_keys_share(struct credentials_keys *copy, const struct credentials_keys *keys)
{
	atomic_fetch_add(&keys->held->holders, 1);
	*copy = *keys;
}

void credentials_keys_release(struct credentials_keys *keys)
{
	if (keys->held && atomic_fetch_sub(&keys->held->holders, 1) == 1)
		secret_free(keys->held);
	*keys = (struct credentials_keys){0};
}
