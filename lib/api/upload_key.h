#ifndef API_UPLOAD_KEY_H
#define API_UPLOAD_KEY_H

#include <stdbool.h>

struct upload_type;

/*
 * The keys of uploads: uploads/UUID.EXT, or uploads/SUB/UUID.EXT of an owner, who is nobody but
 * the one whose SUB the key begins with.
 *
 * SUB is the claim `sub` of the owner's token as one segment of a key. Letters of ASCII, digits and
 * - stand for themselves, and every other byte, _ among them, is written _xx, in two small
 * hexadecimal digits: a UUID stays as it is, and "auth0|ann" becomes auth0_7cann. So two subs never
 * share a segment, none of them reaches out of its segment (/, ..) or is hidden (.), and it reads
 * the same in a URL, in a shell and in a file's name. An empty sub would be a lone _.
 */

#define UPLOAD_KEY_PREFIX "uploads/"

/* So many bytes of chance make a key. */
enum { UPLOAD_KEY_RANDOM = 16 };

/* Return a new key. `sub` is NULL for an upload of nobody. The random bytes become a UUID of
 * version 4 (RFC 9562), and have to come from where they can't be guessed. Free with free(). */
char *upload_key_make(const char *sub, const struct upload_type *type,
	const unsigned char random[UPLOAD_KEY_RANDOM]);

/* Return whether `sub` owns `key`; who is NULL, because nobody has to say who he is, owns all. */
bool upload_key_is_of(const char *key, const char *sub);

#endif
