#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct error *err, enum error_type type, const char *format, va_list args)
{
	err->type = type;
	vsnprintf(err->text, sizeof(err->text), format, args);
}

int error_invalid(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(err, ERROR_INVALID, format, args);
	va_end(args);
	return -1;
}

int error_limit(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(err, ERROR_LIMIT, format, args);
	va_end(args);
	return -1;
}

int error_throttled(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(err, ERROR_THROTTLED, format, args);
	va_end(args);
	return -1;
}

int error_transient(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(err, ERROR_TRANSIENT, format, args);
	va_end(args);
	return -1;
}

int error_internal(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(err, ERROR_INTERNAL, format, args);
	va_end(args);
	return -1;
}

int error_errno(struct error *err, const char *what)
{
	const char *why = strerror(errno);

	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return error_invalid(err, "%s: %s", what, why);
	case EACCES:
	case EPERM:
	case EROFS:
		return error_internal(err, "%s: %s", what, why);
	default:
		return error_transient(err, "%s: %s", what, why);
	}
}

int error_prefix(struct error *err, const char *what)
{
	char text[sizeof(err->text) / 2];

	snprintf(text, sizeof(text), "%.255s", err->text);
	snprintf(err->text, sizeof(err->text), "%.250s: %s", what, text);
	return -1;
}

const char *error_type_name(enum error_type type)
{
	static const char *const names[] = {
		[ERROR_INTERNAL] = "Imgpl.Internal",
		[ERROR_INVALID] = "Imgpl.Invalid",
		[ERROR_LIMIT] = "Imgpl.Limit",
		[ERROR_THROTTLED] = "Imgpl.Throttled",
		[ERROR_TRANSIENT] = "Imgpl.Transient",
	};

	return names[type];
}

int error_retry(const struct error *err)
{
	return err->type == ERROR_THROTTLED || err->type == ERROR_TRANSIENT;
}
