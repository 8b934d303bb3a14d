#ifndef TEST_H
#define TEST_H

/* What every unit test starts from: cmocka with what its header leaves to be included first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A test; its name is a sentence. */
#define TEST(name) static void name(void **state __attribute__((unused)))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
