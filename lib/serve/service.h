#ifndef SERVE_SERVICE_H
#define SERVE_SERVICE_H

#include "serve/authority.h"
#include "serve/exchange.h"

struct api;
struct site;

/*
 * Who answers what: the API, objects at /BUCKET/KEY, and else the pages' files. Before anybody
 * does, the request's Host and Origin are looked at, and what every answer has to say is added to
 * it.
 */

/* What there is. Borrowed for as long as it serves. */
struct service {
	struct authority authority;
	const struct api *api;
	const struct site *site;
	const char *bucket;
	const struct http_handler *uploads, *downloads; /* of objects */
};

/* Say who answers; choose() of `struct server_settings`, whose `state` is the service.
 *
 * A Host that is not this server's is a 421, so that no other name leads here (DNS rebinding). A
 * POST or PUT of a page from elsewhere that is not allowed is a 403. A path that isn't there is a
 * 404, another method a 405. An allowed origin's pages get answers with CORS
 * (https://fetch.spec.whatwg.org/#http-cors-protocol), others don't, which keeps them from reading
 * them. */
const struct http_handler *service_choose(struct exchange *exchange, void *state);

#endif
