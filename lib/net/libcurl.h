#ifndef NET_LIBCURL_H
#define NET_LIBCURL_H

#include <curl/curl.h>

struct error;

/* The functions of libcurl that http.c calls, by the names that they have without "curl_". */
struct libcurl {
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_version) version;
	__typeof__(&curl_easy_init) easy_init;
	__typeof__(&curl_easy_reset) easy_reset;
	__typeof__(&curl_easy_cleanup) easy_cleanup;
	__typeof__(&curl_easy_strerror) easy_strerror;
	__typeof__(&curl_easy_pause) easy_pause;
	CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
	__typeof__(&curl_slist_append) slist_append;
	__typeof__(&curl_slist_free_all) slist_free_all;
	__typeof__(&curl_multi_init) multi_init;
	__typeof__(&curl_multi_cleanup) multi_cleanup;
	__typeof__(&curl_multi_add_handle) multi_add_handle;
	__typeof__(&curl_multi_remove_handle) multi_remove_handle;
	__typeof__(&curl_multi_perform) multi_perform;
	__typeof__(&curl_multi_poll) multi_poll;
	__typeof__(&curl_multi_info_read) multi_info_read;
};

/* Open libcurl; as library_open(). NULL with `err` filled if it is missing. */
const struct libcurl *libcurl_open(struct error *err);

/* Return libcurl if it is open, else NULL. */
const struct libcurl *libcurl_opened(void);

#endif
