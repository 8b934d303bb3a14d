#ifndef API_ROUTES_H
#define API_ROUTES_H

struct error;
struct results_source;
struct upload_source;
struct web_reply;
struct web_request;

/* The paths of the HTTP API, and who answers them. */
struct routes {
	const struct upload_source *uploads;  /* POST /upload-url and GET /limits; NULL: neither */
	const struct results_source *results; /* GET /results; NULL: not there */
};

/* Answer a request by how its path ends, since what stands before may be where the API is: always
 * fill `reply`. A path that is not there is a 404, another method a 405,
 * both with {"error"}. Return -1 with `err` filled where the one who answers does. */
int routes_reply(const struct routes *routes, const struct web_request *request,
	struct web_reply *reply, struct error *err);

#endif
