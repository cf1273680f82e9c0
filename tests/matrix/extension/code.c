/* SPDX-License-Identifier: Apache-2.0 */
/* Code of many shapes: a table of jumps, recursion, wide arithmetic, labels as values. */
#include "parts.h"

int classify(int value)
{
	switch (value) {
	case 0:
		return firmware_add(1, 2);
	case 1:
		return tentative[1]++;
	case 2:
		return (int)hash("two");
	case 3:
		return -7;
	case 4:
		return large[value * 1000];
	case 5:
		return zeroes[value] + far_apart[1];
	case 6:
		return firmware_table[2];
	case 7:
		return firmware_variable;
	default:
		return value * 3;
	}
}

int collatz(int value)
{
	if (value == 1)
		return 0;
	return 1 + collatz(value % 2 ? 3 * value + 1 : value / 2);
}

unsigned int hash(const char *text)
{
	unsigned int value = 2166136261u;

	for (; *text != '\0'; text++)
		value = (value ^ (unsigned char)*text) * 16777619u;
	return value & 0xffff;
}

/* 128-bit division is a function of the compiler's library. */
int wide(long long a, long long b)
{
	__int128 product = (__int128)a * b * 1000003;

	return (int)(product / (b + 17) % 100000);
}

/* Several NOBITS sections, one of them written here. */
static int mine[20] __attribute__((section(".bss.second")));

int where(int step)
{
	static const void *const labels[] = {&&first, &&second, &&third};
	int value = 0;

	goto *labels[step % 3];
first:
	value += 1;
second:
	value += 10;
third:
	mine[step] += value + 100;
	return mine[step];
}
