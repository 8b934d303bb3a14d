#include "pixel/simd_loops.h"

static int has(const struct simd *simd)
{
#if defined(__x86_64__)
	if (simd == &simd_sse41)
		return __builtin_cpu_supports("sse4.1");
	if (simd == &simd_avx2)
		return __builtin_cpu_supports("avx2");
#endif
	(void)simd;
	return 1;
}

static const struct simd *const all[] = {
	&simd_plain,
#if defined(__x86_64__)
	&simd_sse41,
	&simd_avx2,
#elif defined(__aarch64__)
	&simd_neon,
#endif
};

#define ALL ((int)(sizeof(all) / sizeof(all[0])))

const struct simd *simd_nth(int n)
{
	return n < ALL && has(all[n]) ? all[n] : NULL;
}

const struct simd *simd_best(void)
{
	int last = ALL - 1;

	while (!has(all[last]))
		last--;
	return all[last];
}
