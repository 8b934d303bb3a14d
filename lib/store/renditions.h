#ifndef STORE_RENDITIONS_H
#define STORE_RENDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"
#include "image/rendition.h"
#include "store/object.h"
#include "store/picture.h"

struct error;
struct record;

enum { RENDITIONS_MOST = 16, RENDITIONS_ENOUGH = 600 };

/* The name of the one that has labels drawn onto it. */
#define RENDITIONS_LABELS "labels"

/* What to make of every picture, and under which keys (store/output.h). */
struct renditions_plan {
	struct rendition_spec specs[RENDITIONS_MOST];
	size_t count;
	const char *in_prefix, *out_prefix;
	enum image_keep keep;
	bool dry_run; /* encode, and write nothing */
};

/* A rendition that was made. */
struct rendition_made {
	char *key; /* the caller's, to be freed */
	enum fit fit;
	enum image_format format;
	struct size size;
	uint64_t bytes;
};

/* Add a rendition to the plan, as rendition_parse() reads it: of the source's own format, quality
 * 80 and effort 4 unless it says otherwise. Return -1 with `err` filled if it makes no sense, or
 * there is one of its name, or that is RENDITIONS_LABELS. */
int renditions_add(struct renditions_plan *plan, const char *text, struct error *err);

/* Complete the plan: without a rendition it gets "main=1024x1024", and each the settings of
 * `shared` that hold for all. */
void renditions_settle(struct renditions_plan *plan, const struct rendition *shared);

/* Refuse a source whose renditions would have the keys of another's that is there, too: the two
 * differ by `in_prefix` alone. -1 with `err` filled. */
int renditions_refuse_twin(const struct object_store *store, const struct object_name *source,
	const char *in_prefix, struct error *err);

/* Make all of the plan's renditions of the opened picture `image`, which is the object `source`,
 * from one decode. `made` has room for plan->count, starts at zero, and is to be released with
 * renditions_release() whatever happened. On -1 with `err` filled, none appeared unless the store
 * failed between two of them. */
int renditions_make(const struct object_store *store, const struct object_name *source,
	struct image *image, const struct renditions_plan *plan, struct rendition_made *made,
	struct error *err);

/* Tell the record what was made of the plan: `renditions`, and `processed_key`, the first one's. */
void renditions_tell(const struct renditions_plan *plan, const struct rendition_made *made,
	struct record *record);

/* Add one more to the record's `renditions`, instead of one of the same name. */
void renditions_tell_another(
	const char *name, const struct rendition_made *made, struct record *record);

/* Let `place` be the picture to look at, if not all of its pixels are needed: the smallest of the
 * record's renditions that shows the whole picture and nothing else, and has a side of at least
 * RENDITIONS_ENOUGH pixels. Without such a one, or if a dry run tells of it and it isn't there, it
 * is the source, object_name_of(). Sets the store, the name, and what the record lets know of it;
 * borrowed from the record and `bucket`. */
void renditions_choose(const struct object_store *store, const struct record *record,
	const char *bucket, struct picture_place *place);

/* Free what `count` of them hold. */
void renditions_release(struct rendition_made *made, size_t count);

#endif
