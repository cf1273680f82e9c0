/* SPDX-License-Identifier: Apache-2.0 */
/* Functions, data and relocations of each kind, some thousand bytes of each. */
#include <llext/symbol.h>

#ifdef GLOBALS /* which are exported, too, if nothing says what is */
#undef LL_EXTENSION_SYMBOL
#define LL_EXTENSION_SYMBOL(symbol) _Static_assert(1, #symbol)
#endif

#ifdef ALONE /* without imports */
static int provided = 42;
__attribute__((noinline)) int firmware_add(int a, int b)
{
	return a + b;
}
#else
int firmware_add(int a, int b);
extern int provided;
#endif

#define EIGHT(M, n) M(n##0) M(n##1) M(n##2) M(n##3) M(n##4) M(n##5) M(n##6) M(n##7)
#define ALL(M)      EIGHT(M, 1) EIGHT(M, 2) EIGHT(M, 3) EIGHT(M, 4) EIGHT(M, 5) EIGHT(M, 6) EIGHT(M, 7)

#define FUNCTION(n)                                                                                \
	static const char name_##n[] = "the name of function " #n;                                 \
	__attribute__((noinline)) int function_##n(int a)                                          \
	{                                                                                          \
		return firmware_add(a, n) + name_##n[21] - '0';                                    \
	}
ALL(FUNCTION)

#define POINTER(n) function_##n,
int (*const functions[])(int) = {ALL(POINTER)};
int (*pointers[])(int) = {ALL(POINTER)};
#define NUMBER(n) n,
static const int numbers[] = {ALL(NUMBER)};
static const char *names[] = {
#define NAME(n) name_##n,
	ALL(NAME)};
int zeroed[1000];
int initialised[300] = {1, 2, 3};

#ifdef THREAD_LOCAL
__thread int own[10] = {5, 6};
#else
static int own[10] = {5, 6};
#endif

/* All of it is as it should be. */
int check(void)
{
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (functions[i] != pointers[i] || names[i][4] != 'n' ||
		    functions[i](5) != 5 + numbers[i] + numbers[i] / 10)
			return (int)i + 1;
	}
	for (unsigned i = 0; i < 1000; i++) {
		if (zeroed[i] != 0)
			return 1000;
	}
	if (own[0] != 5 || own[1] != 6 || own[9] != 0)
		return 3000;
	return initialised[0] == 1 && initialised[2] == 3 && initialised[299] == 0 ? 0 : 2000;
}
LL_EXTENSION_SYMBOL(check);

int provided_now(void)
{
	return provided;
}
LL_EXTENSION_SYMBOL(provided_now);
