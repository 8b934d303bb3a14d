#include "vision/taxonomy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { FIELDS = 4, LINE = 8192, MOST_LABELS = 10000, MOST_HINTS = 100000 };

/* A file being read. The parents are names until all labels are there. */
struct reading {
	struct taxonomy *taxonomy;
	char **parents; /* the second field, one a label */
	int room;
	int line;
	struct error *err;
};

static int fail(const struct reading *reading, const char *what, const char *which)
{
	return error_invalid(reading->err, "line %d: %s '%.80s'", reading->line, what, which);
}

/* Cut the next part off `text`, up to `end`; NULL when nothing is left. */
static char *next_part(char **text, char end)
{
	char *part = *text, *stop;

	if (!part)
		return NULL;
	stop = strchr(part, end);
	*text = stop ? stop + 1 : NULL;
	if (stop)
		*stop = '\0';
	return part;
}

static int find_label(const struct taxonomy *taxonomy, const char *name)
{
	for (int i = 0; i < taxonomy->count; i++)
		if (strcmp(taxonomy->labels[i].name, name) == 0)
			return i;
	return -1;
}

/* Give the outputs that `list` counts up the newest label. */
static int take_outputs(const struct reading *reading, char *list, int *outputs, int count)
{
	char *part;

	while (*list && (part = next_part(&list, ','))) {
		char *end;
		long number = strtol(part, &end, 10);

		if (end == part || *end || number < 1 || number >= count)
			return fail(reading, "no output is numbered", part);
		if (outputs[number] >= 0)
			return fail(reading, "a second label for the output", part);
		outputs[number] = reading->taxonomy->count - 1;
		if (!list)
			break;
	}
	return 0;
}

/* Read a number from 1 to below `end`; move `text` past it. -1 if there is none. */
static int take_number(const char **text, long end)
{
	char *after;
	long number = strtol(*text, &after, 10);

	if (after == *text || number < 1 || number >= end)
		return -1;
	*text = after;
	return (int)number;
}

static int add_hint(const struct reading *reading, int class, double probability)
{
	struct taxonomy *taxonomy = reading->taxonomy;

	if (taxonomy->hint_count == MOST_HINTS)
		return -1;
	if (taxonomy->hint_count % 1024 == 0)
		taxonomy->hints = memory_resize(taxonomy->hints,
			(size_t)taxonomy->hint_count + 1024, sizeof(*taxonomy->hints));
	taxonomy->hints[taxonomy->hint_count++] = (struct taxonomy_hint){
		.label = taxonomy->count - 1, .class = class, .probability = probability};
	return 0;
}

/* Read "95:404-406,426;60:152-269" for the newest label. */
static int take_hints(const struct reading *reading, const char *text)
{
	const char *all = text;
	int percent = 0;

	for (char before = ';'; before; before = *text ? *text++ : '\0') {
		int first, last;

		if (before == ';') {
			percent = take_number(&text, 101);
			if (percent < 0 || *text++ != ':')
				return fail(reading, "no hints are", all);
		} else if (before != ',') {
			return fail(reading, "no hints are", all);
		}
		first = last = take_number(&text, TAXONOMY_CLASSIFIER);
		if (*text == '-') {
			text++;
			last = take_number(&text, TAXONOMY_CLASSIFIER);
		}
		if (first < 0 || last < first)
			return fail(reading, "no hints are", all);
		for (int class = first; class <= last; class ++)
			if (add_hint(reading, class, percent / 100.0))
				return fail(reading, "too many hints with", all);
	}
	return 0;
}

static int add_label(struct reading *reading, const char *name, const char *parents)
{
	struct taxonomy *taxonomy = reading->taxonomy;

	if (!*name)
		return fail(reading, "a line without a label", parents);
	if (find_label(taxonomy, name) >= 0)
		return fail(reading, "a second line for", name);
	if (taxonomy->count == MOST_LABELS)
		return fail(reading, "too many labels with", name);
	if (taxonomy->count == reading->room) {
		reading->room = reading->room ? 2 * reading->room : 1024;
		taxonomy->labels = memory_resize(
			taxonomy->labels, (size_t)reading->room, sizeof(*taxonomy->labels));
		reading->parents = memory_resize(
			reading->parents, (size_t)reading->room, sizeof(*reading->parents));
	}
	taxonomy->labels[taxonomy->count] = (struct taxonomy_label){.name = memory_copy(name)};
	reading->parents[taxonomy->count] = memory_copy(parents);
	taxonomy->count++;
	return 0;
}

static int take_line(struct reading *reading, char *line)
{
	char *field[FIELDS], *hints, *rest = line;

	for (int i = 0; i < FIELDS; i++) {
		field[i] = next_part(&rest, '\t');
		if (!field[i])
			return fail(reading, "fewer than four fields in", line);
	}
	hints = next_part(&rest, '\t');
	if (rest)
		return fail(reading, "more than five fields behind", line);
	if (add_label(reading, field[0], field[1]))
		return -1;
	if (take_outputs(reading, field[2], reading->taxonomy->detector, TAXONOMY_DETECTOR))
		return -1;
	if (take_outputs(reading, field[3], reading->taxonomy->classifier, TAXONOMY_CLASSIFIER))
		return -1;
	return hints && *hints ? take_hints(reading, hints) : 0;
}

static int read_lines(struct reading *reading, FILE *file)
{
	char line[LINE];

	while (fgets(line, sizeof(line), file)) {
		size_t length = strlen(line);

		reading->line++;
		if (length && line[length - 1] == '\n')
			line[--length] = '\0';
		else if (!feof(file))
			return fail(reading, "too long, or with a NUL:", line);
		if (length && line[length - 1] == '\r')
			line[--length] = '\0';
		if (length == 0 || line[0] == '#')
			continue;
		if (take_line(reading, line))
			return -1;
	}
	return ferror(file) ? error_errno(reading->err, "reading") : 0;
}

static int has_ancestor(const struct taxonomy_label *label, int ancestor)
{
	for (int i = 0; i < label->ancestor_count; i++)
		if (label->ancestors[i] == ancestor)
			return 1;
	return 0;
}

/* Add the parents of the label `of` to the ancestors of `label`. */
static int add_parents(const struct reading *reading, int of, int label, char *parents)
{
	const struct taxonomy *taxonomy = reading->taxonomy;
	struct taxonomy_label *child = &taxonomy->labels[label];
	char *name;

	while (*parents && (name = next_part(&parents, ','))) {
		int parent = find_label(taxonomy, name);

		if (parent < 0)
			return error_invalid(reading->err,
				"'%.80s', a parent of '%.80s', has no line", name,
				taxonomy->labels[of].name);
		if (parent == label)
			return error_invalid(
				reading->err, "'%.80s' is a kind of itself", child->name);
		if (!has_ancestor(child, parent)) {
			if (child->ancestor_count == TAXONOMY_ANCESTORS)
				return error_invalid(reading->err, "'%.80s' has too many ancestors",
					child->name);
			child->ancestors[child->ancestor_count++] = parent;
			taxonomy->labels[parent].has_kinds = true;
		}
		if (!parents)
			break;
	}
	return 0;
}

/* Parents come before grandparents. */
static int resolve(const struct reading *reading)
{
	const struct taxonomy *taxonomy = reading->taxonomy;

	for (int label = 0; label < taxonomy->count; label++) {
		const struct taxonomy_label *child = &taxonomy->labels[label];

		for (int done = -1; done < child->ancestor_count; done++) {
			int of = done < 0 ? label : child->ancestors[done];
			char *parents = memory_copy(reading->parents[of]);
			int rc = add_parents(reading, of, label, parents);

			free(parents);
			if (rc)
				return -1;
		}
	}
	return 0;
}

static struct taxonomy *taxonomy_new(void)
{
	struct taxonomy *taxonomy = memory_new(1, sizeof(*taxonomy));

	for (int i = 0; i < TAXONOMY_DETECTOR; i++)
		taxonomy->detector[i] = -1;
	for (int i = 0; i < TAXONOMY_CLASSIFIER; i++)
		taxonomy->classifier[i] = -1;
	return taxonomy;
}

struct taxonomy *taxonomy_read(const char *path, struct error *err)
{
	struct reading reading = {.taxonomy = taxonomy_new(), .err = err};
	FILE *file = fopen(path, "re");
	int rc;

	if (file) {
		rc = read_lines(&reading, file) || resolve(&reading) ? -1 : 0;
		if (rc)
			error_prefix(err, path);
		fclose(file);
	} else {
		rc = error_errno(err, path);
	}
	for (int i = 0; i < reading.taxonomy->count; i++)
		free(reading.parents[i]);
	free(reading.parents);
	if (rc == 0)
		return reading.taxonomy;
	taxonomy_free(reading.taxonomy);
	return NULL;
}

double taxonomy_probability(
	const struct taxonomy *taxonomy, int label, const double probabilities[TAXONOMY_CLASSIFIER])
{
	double sum = -1;

	for (int output = 0; output < TAXONOMY_CLASSIFIER; output++) {
		int means = taxonomy->classifier[output];

		if (means >= 0 && (means == label || has_ancestor(&taxonomy->labels[means], label)))
			sum = (sum < 0 ? 0 : sum) + probabilities[output];
	}
	return sum;
}

void taxonomy_free(struct taxonomy *taxonomy)
{
	if (!taxonomy)
		return;
	for (int i = 0; i < taxonomy->count; i++)
		free(taxonomy->labels[i].name);
	free(taxonomy->labels);
	free(taxonomy->hints);
	free(taxonomy);
}
