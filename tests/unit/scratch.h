#ifndef SCRATCH_H
#define SCRATCH_H

/* A directory of its own for each test, which works in it. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static char scratch_path[256];

static inline int scratch_make(void **state)
{
	const char *parent = getenv("TMPDIR");

	(void)state;
	snprintf(scratch_path, sizeof(scratch_path), "%s/imgpl-unit-XXXXXX",
		parent ? parent : "/tmp");
	return mkdtemp(scratch_path) ? chdir(scratch_path) : -1;
}

static inline int scratch_remove(void **state)
{
	char command[600];

	(void)state;
	snprintf(command, sizeof(command), "chmod -R u+rwx '%s'; rm -rf '%s'", scratch_path,
		scratch_path);
	return chdir("/") || system(command);
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

/* Write a file, with its bytes as a string. */
static inline void scratch_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

/* Check what a file has in it. */
static inline void scratch_check(const char *path, const char *text)
{
	char found[65536] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	found[fread(found, 1, sizeof(found) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(found, text);
}

/* Check what `command` prints. */
static inline void scratch_check_output(const char *command, const char *text)
{
	char found[65536] = "";
	FILE *output = popen(command, "r");

	assert_non_null(output);
	found[fread(found, 1, sizeof(found) - 1, output)] = '\0';
	pclose(output);
	assert_string_equal(found, text);
}

#endif
