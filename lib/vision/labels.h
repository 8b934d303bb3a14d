#ifndef VISION_LABELS_H
#define VISION_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "store/picture.h"

struct buffer;
struct error;
struct labeler;
struct record;

/*
 * What is seen in a picture. Who looks is a backend: one file, and one row of the table in
 * labels.c. All functions may be called from many threads.
 */

/* Fractions of the upright, whole picture, from its top left corner. */
struct label_box {
	double left, top, width, height;
};

/* One place where the thing is. */
struct label_instance {
	double confidence; /* percent */
	struct label_box box;
};

struct label {
	char *name;
	double confidence;		  /* percent */
	struct label_instance *instances; /* none where the thing is seen, and not where */
	size_t instance_count;
	char **parents; /* what it is a kind of, nearest first if the labeler knows */
	size_t parent_count;
};

enum { LABELS_NOTE = 384 };

/* The labels of a picture, the surest first. Starts at zero. */
struct labels {
	struct label *label;
	size_t count;
	char note[LABELS_NOTE]; /* why nobody looked, with the object's name; "" as a rule */
};

/* What is wanted of a labeler. Strings are borrowed for labeler_open(). */
struct labeler_settings {
	int64_t max_labels;	/* of a picture */
	int64_t min_confidence; /* percent */
	int64_t threads;	/* that run the networks, all that will ask together */
	const char *models;	/* folder of the local networks' files (network.h, taxonomy.h) */
	const char *runtime;	/* folder of the module that runs them (network.h) */
};

/* Open the labeler `name`, "local" or "rekognition". NULL with `err` filled if there is none, or
 * what it needs is missing or broken: the text says what to do. Free with labeler_free(), which
 * takes NULL. */
struct labeler *labeler_open(
	const char *name, const struct labeler_settings *settings, struct error *err);
void labeler_free(struct labeler *labeler);

/* Look at the picture at `place` and fill `labels`, which is to be released with labels_release()
 * whatever happens. On -1 `err` is filled, with the object's name: the picture can't be read, or is
 * none, or who looks can't be asked. */
int labeler_look(struct labeler *labeler, const struct picture_place *place, struct labels *labels,
	struct error *err);

/* Free what they hold, and start over at zero. */
void labels_release(struct labels *labels);

/* Read the record's `labels` (imgpl(7)) into `labels`, which starts at zero and is to be released;
 * -1 with `err` filled if they are none. Without the member there are 0. Parents are left out. */
int labels_read(const struct record *record, struct labels *labels, struct error *err);

/* Set the record's `labels`. */
void labels_tell(const struct labels *labels, struct record *record);

#endif
