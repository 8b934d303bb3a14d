#include "base/random.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "base/memory.h"

/* So many bytes are asked for at once, since asking takes longer than getting a few. */
enum { STOCK = 512 };

/* Have the system fill `bytes`. */
static void ask(void *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = getrandom(bytes, size, 0);

		if (n < 0 && errno != EINTR)
			memory_exhausted();
		if (n <= 0)
			continue;
		bytes = (char *)bytes + n;
		size -= (size_t)n;
	}
}

void random_fill(void *bytes, size_t size)
{
	static _Thread_local struct {
		unsigned char bytes[STOCK];
		size_t left;
	} stock;

	if (size > STOCK) {
		ask(bytes, size);
		return;
	}
	if (size > stock.left) {
		ask(stock.bytes, STOCK);
		stock.left = STOCK;
	}
	stock.left -= size;
	memcpy(bytes, stock.bytes + stock.left, size);
	memset(stock.bytes + stock.left, 0, size); /* nobody finds out later what was handed out */
}

double random_fraction(void)
{
	uint32_t bits;

	random_fill(&bits, sizeof(bits));
	return (double)bits / 4294967296.0;
}
