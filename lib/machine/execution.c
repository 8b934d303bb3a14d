#include "machine/execution.h"

#include <stdio.h>
#include <string.h>

#include "event/s3_event.h"
#include "net/digest.h"

/* No string has a NUL in it, so each ends where it seems to. */
static void add(struct digest *digest, const char *text)
{
	if (text)
		digest_add(digest, text, strlen(text));
	digest_add(digest, "", 1);
}

/* Return the text, or NULL if that says nothing. */
static const char *given(const char *text)
{
	return text && *text ? text : NULL;
}

void execution_name(const struct s3_object *object, int attempt, char name[EXECUTION_NAME])
{
	const char *version_id = given(object->version_id), *sequencer, *etag;
	unsigned char bytes[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	struct digest digest;

	/* Where versions are suspended, all that is written to a key has the version "null". */
	if (version_id && strcmp(version_id, "null") == 0)
		version_id = NULL;
	sequencer = version_id ? NULL : given(object->sequencer);
	etag = version_id || sequencer ? NULL : given(object->etag);
	digest_begin(&digest);
	add(&digest, object->bucket);
	add(&digest, object->key);
	add(&digest, version_id);
	add(&digest, sequencer);
	add(&digest, etag);
	digest_end(&digest, bytes);
	digest_hex(bytes, hex);
	if (attempt > 1)
		snprintf(name, EXECUTION_NAME, "%s-%d", hex, attempt);
	else
		snprintf(name, EXECUTION_NAME, "%s", hex);
}
