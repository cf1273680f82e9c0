/* SPDX-License-Identifier: Apache-2.0 */
/* An extension that checks itself: check(40) is 42 where everything is linked as it should be. */
#include <stdint.h>

struct const_symbol {
	const char *name;
	const void *addr;
};

extern int firmware_add(int, int);
extern int firmware_counter;
extern int firmware_missing(int) __attribute__((weak));
extern int firmware_missing_data __attribute__((weak));
extern int far_jump(int), far_call(int), far_branch(int), other_part(int);
extern int shared_value, common_value;
int common_value;

static int steps[40];
static int zero(int a)
{
	return a;
}
static int one(int a)
{
	return a + 1;
}
static int two(int a)
{
	return a + 2;
}
static int (*const table[])(int) = {zero, one, two, far_jump};
static int *pointers[] = {&steps[3], &steps[39], &firmware_counter, &shared_value};
static const char *const names[] = {"alpha", "beta", "gamma", "delta"};
static int constructed;

__attribute__((constructor)) static void construct(void)
{
	constructed = 7;
}

static int length(const char *text)
{
	int n = 0;

	while (*text++ != '\0')
		n++;
	return n;
}

__attribute__((noinline)) static int choose(int which, int a)
{
	switch (which) {
	case 0:
		return a + 11;
	case 1:
		return a * 5;
	case 2:
		return a - 9;
	case 3:
		return a ^ 0x55;
	case 4:
		return firmware_add(a, 1);
	case 5:
		return a << 3;
	case 6:
		return a / 3;
	case 7:
		return a % 7;
	default:
		return -1;
	}
}

__attribute__((noinline)) static uint64_t wide(uint64_t a, int64_t b)
{
	return a / 10 + (uint64_t)(b % 1000) + (a << 33);
}

__attribute__((noinline)) static int32_t mean(int32_t a, int32_t b)
{
	return (int32_t)((double)a * 0.5 + (double)b * 1.5);
}

/* The number of the first part that is wrong; 0: none. */
__attribute__((noinline)) static int wrong(int seed)
{
	volatile uint64_t big = 0x123456789abcu;
	const int results[] = {seed + 11, seed * 5, seed - 9, seed ^ 0x55, seed + 1,
			       seed << 3, seed / 3, seed % 7, -1};

	if (constructed != 7)
		return 1;
	if (table[0](seed) != seed || table[1](seed) != seed + 1 || table[2](seed) != seed + 2)
		return 2;
	if (table[3](seed) != seed * 3 + 1)
		return 3;
	*pointers[0] = seed;
	*pointers[1] = seed + 1;
	if (steps[3] != seed || steps[39] != seed + 1)
		return 4;
	if (pointers[2] != &firmware_counter || *pointers[2] < 1000 || *pointers[3] != 77)
		return 5;
	for (int i = 0; i < 9; i++)
		if (choose(i, seed) != results[i])
			return 6 + 10 * i;
	if (length(names[2]) != 5 || names[3][0] != 'd')
		return 7;
	if (firmware_missing != 0 || &firmware_missing_data != 0)
		return 8;
	if (wide(big, 123456) != big / 10 + 456 + (big << 33))
		return 9;
	if (mean(seed, seed) != 2 * seed)
		return 11;
	common_value = seed;
	if (far_call(seed) != seed + 5 || far_branch(0) != 1 || far_branch(1) != 4 ||
	    other_part(seed) != seed + 77 + seed)
		return 12;
	firmware_counter++;
	return 0;
}

int check(int seed)
{
	int number = wrong(seed);

	return number == 0 ? seed + 2 : 1000 + number;
}

static const struct const_symbol exported
	__attribute__((section(".exported_sym"), used)) = {"check", (const void *)check};
