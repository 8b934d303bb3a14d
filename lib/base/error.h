#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * Why a function returned -1 or NULL. The caller owns it, on its stack as a rule, and starts it
 * at zero; there is nothing to free.
 */

/* The five kinds that a record's error.type can name. A state machine matches names, not patterns,
 * so there will not be a sixth. */
enum error_type {
	ERROR_INTERNAL,	 /* our own fault, or the machine's */
	ERROR_INVALID,	 /* the input is wrong */
	ERROR_LIMIT,	 /* over a stated limit */
	ERROR_THROTTLED, /* asked too fast; passes */
	ERROR_TRANSIENT, /* out of reach for now; passes */
};

struct error {
	enum error_type type;
	char text[512]; /* lower case, no full stop, names the thing; "" is no error */
};

/* Fill `err` and return -1, so that failing reads: return error_invalid(err, "..."). A text too
 * long for `err` is cut. */
int error_invalid(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_limit(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_throttled(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int error_transient(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int error_internal(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Fill `err` from errno with "WHAT: what errno means" and return -1. Faults of the name asked for
 * (missing, a directory, too long) are Imgpl.Invalid; all others (full, busy, an I/O error) may
 * pass and are Imgpl.Transient, but for those of access, which are Imgpl.Internal. */
int error_errno(struct error *err, const char *what);

/* Put "WHAT: " before the text that `err` holds, and return -1. */
int error_prefix(struct error *err, const char *what);

/* Return the type's name as a record writes it, "Imgpl.Invalid". */
const char *error_type_name(enum error_type type);

/* Return whether the same call may succeed later. */
int error_retry(const struct error *err);

#endif
