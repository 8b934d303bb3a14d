#include "net/libcurl.h"

#include <pthread.h>

#include "base/error.h"
#include "net/library.h"

static struct libcurl functions;

#define SYMBOL(name) \
	{ \
		"curl_" #name, &functions.name \
	}

static const struct library_symbol symbols[] = {
	SYMBOL(global_init),
	SYMBOL(version),
	SYMBOL(easy_init),
	SYMBOL(easy_reset),
	SYMBOL(easy_cleanup),
	SYMBOL(easy_strerror),
	SYMBOL(easy_pause),
	SYMBOL(easy_setopt),
	SYMBOL(easy_getinfo),
	SYMBOL(slist_append),
	SYMBOL(slist_free_all),
	SYMBOL(multi_init),
	SYMBOL(multi_cleanup),
	SYMBOL(multi_add_handle),
	SYMBOL(multi_remove_handle),
	SYMBOL(multi_perform),
	SYMBOL(multi_poll),
	SYMBOL(multi_info_read),
};

static struct library library = {
	.file = "libcurl.so.4",
	.package = "libcurl4",
	.symbols = symbols,
	.symbol_count = sizeof(symbols) / sizeof(symbols[0]),
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started;

static void start(void)
{
	started = functions.global_init(CURL_GLOBAL_DEFAULT);
}

const struct libcurl *libcurl_open(struct error *err)
{
	if (library_open(&library, err))
		return NULL;
	pthread_once(&once, start);
	if (started == CURLE_OK)
		return &functions;
	error_internal(err, "libcurl can't be started: %s", functions.easy_strerror(started));
	return NULL;
}

const struct libcurl *libcurl_opened(void)
{
	return library.handle ? &functions : NULL;
}
