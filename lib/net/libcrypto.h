#ifndef NET_LIBCRYPTO_H
#define NET_LIBCRYPTO_H

#include <openssl/crypto.h>

#include "net/library.h"

/* OpenSSL's libcrypto, of the version that its headers are of, as a struct library: each module
 * that uses it names its own symbols, and opens it by library_open(). */

#define LIBCRYPTO_TEXT(number) #number
#define LIBCRYPTO_FILE(version) "libcrypto.so." LIBCRYPTO_TEXT(version)

#define LIBCRYPTO(symbols_) \
	{ \
		.file = LIBCRYPTO_FILE(OPENSSL_SHLIB_VERSION), .package = "libssl3", \
		.symbols = symbols_, .symbol_count = sizeof(symbols_) / sizeof((symbols_)[0]) \
	}

#endif
