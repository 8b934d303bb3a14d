#ifndef VISION_TAXONOMY_H
#define VISION_TAXONOMY_H

#include <stdbool.h>

struct error;

/*
 * What the outputs of the networks are called, and what is a kind of what. Read from a text, a line
 * a label, of fields between tabs: the label; its parents, nearest first; the detector's classes
 * that mean it; the classifier's; and, if there is a fifth, hints: of how many per cent of the
 * photographs of other classes of the classifier's it is true, "95:404-406,426;60:152-269". The
 * three in the middle are lists with commas, or empty. A '#' begins a comment. A label's parents
 * have lines of their own.
 */

enum { TAXONOMY_DETECTOR = 91, TAXONOMY_CLASSIFIER = 1001, TAXONOMY_ANCESTORS = 16 };

struct taxonomy_label {
	char *name;
	int ancestors[TAXONOMY_ANCESTORS]; /* all that it is a kind of, nearest first */
	int ancestor_count;
	bool has_kinds; /* some label is a kind of it */
};

/* A photograph of the classifier's `class` shows the label, too, with that probability. */
struct taxonomy_hint {
	int label, class;
	double probability;
};

struct taxonomy {
	struct taxonomy_label *labels;
	int count;
	/* The label of each output; -1 is none. */
	int detector[TAXONOMY_DETECTOR], classifier[TAXONOMY_CLASSIFIER];
	struct taxonomy_hint *hints;
	int hint_count;
};

/* Read the file at `path`. NULL with `err` filled, naming the line, if it can't be read or is
 * wrong: a parent without a line, a label that is a kind of itself, a name or an output that comes
 * twice. Free with taxonomy_free(). */
struct taxonomy *taxonomy_read(const char *path, struct error *err);

/* Return how probable it is that a label, or one of its kinds, is right, when those are the
 * classifier's probabilities; -1 if no class of the classifier's means it. */
double taxonomy_probability(const struct taxonomy *taxonomy, int label,
	const double probabilities[TAXONOMY_CLASSIFIER]);

/* Free; takes NULL. */
void taxonomy_free(struct taxonomy *taxonomy);

#endif
