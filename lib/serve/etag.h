#ifndef SERVE_ETAG_H
#define SERVE_ETAG_H

#include <stdbool.h>

/* Return whether `etag`, with its quotes, is one of those that an If-None-Match lists, be it as a
 * weak one, or all are meant by a *. A `list` that is NULL has none.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 */
bool etag_is_listed(const char *list, const char *etag);

#endif
