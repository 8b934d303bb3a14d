#include "image/png_isal.h"

#if defined(__x86_64__) || defined(__i386__)

#include <immintrin.h>

__attribute__((target("avx"))) static void clear_upper_halves(void)
{
	_mm256_zeroupper();
}

void png_isal_leave(void)
{
	if (__builtin_cpu_supports("avx"))
		clear_upper_halves();
}

#else

void png_isal_leave(void)
{
}

#endif
