#include "base/ending.h"

#include <signal.h>

static volatile sig_atomic_t begun;

void ending_begin(void)
{
	begun = 1;
}

bool ending(void)
{
	return begun;
}
