#ifndef EVENT_SEEN_H
#define EVENT_SEEN_H

#include <stdbool.h>

struct s3_object;
struct seen;

/* The objects that events told of lately: events come more than once, and in any order. May be used
 * from many threads. */

/* Remember at most `objects` of them, in at most 256 bytes each on average; the oldest are
 * forgotten first. Free with seen_free(). */
struct seen *seen_new(unsigned objects);
void seen_free(struct seen *seen);

/* Remember `object`. Return whether it is news: not if an event with the same or a greater
 * sequencer was seen of its bucket and key (sequencer_compare()), or, where one of the two has no
 * sequencer, with the same version and etag. */
bool seen_add(struct seen *seen, const struct s3_object *object);

/* Forget what was seen of the object's bucket and key: it is news when it comes again. */
void seen_forget(struct seen *seen, const struct s3_object *object);

/* Forget all of them. */
void seen_clear(struct seen *seen);

#endif
