#ifndef MACHINE_EXECUTION_H
#define MACHINE_EXECUTION_H

struct s3_object;

/* A hexadecimal digest, a dash, and the number of an attempt: at most 80 characters, as Step
 * Functions has it. */
enum { EXECUTION_NAME = 81, EXECUTION_MAX_ATTEMPT = 999999 };

/* Write the name of the execution that works on an object: of letters, digits and dashes, the same
 * for the same bucket, key and version, and another for any other. The version is the object's
 * version_id, else its sequencer, else its etag. Each `attempt`, from 1, has another name; the
 * first has no number. digest_open() comes before. */
void execution_name(const struct s3_object *object, int attempt, char name[EXECUTION_NAME]);

#endif
