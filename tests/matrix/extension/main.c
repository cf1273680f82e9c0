/* SPDX-License-Identifier: Apache-2.0 */
/* Runs it all and writes down what came out. */
#include "parts.h"

#define triple  NAME(triple)
#define started NAME(started)
#define counter NAME(counter)

static int started;
static int counter = 5;
static int *const counter_pointer = &counter;

__attribute__((constructor)) static void start(void)
{
	started += 40;
}

static int triple(int value)
{
	return 3 * value;
}

static void fill(void)
{
	struct {
		int numbers[40];
	} copy, all = {{1, 2, 3}};

	copy = all; /* memcpy and memset at some levels */
	for (int i = 0; i < 40; i++)
		zeroes[i] += copy.numbers[i] + i;
	for (unsigned int i = 0; i < sizeof(large); i++)
		large[i] = (unsigned char)(i * 7 + 3);
}

int NAME(run)(int *results)
{
	int n = 0;

	fill();
	results[n++] = started;
	for (int i = 0; i < shape_count; i++) {
		results[n++] = shapes[i]->area(shapes[i]);
		results[n++] = (int)hash(shapes[i]->name);
	}
	for (int i = 0; i < 10; i++)
		results[n++] = classify(i);
	for (int i = 0; i < 4; i++)
		results[n++] = where(i);
	results[n++] = collatz(27);
	results[n++] = wide(123456789012345, 987654321);
	results[n++] = firmware_sum(4, 1, 20, 300, 4000);
	results[n++] = firmware_apply(triple, 14);
	results[n++] = ++*counter_pointer;
	results[n++] = firmware_absent ? firmware_absent() : -1;
	results[n++] = &firmware_absent_variable ? firmware_absent_variable : -2;
	results[n++] = (int)((unsigned long)(void *)far_apart % 65536);
	results[n++] = (int)((unsigned long)(void *)zeroes % 256);
	firmware_variable += 2;
	results[n++] = firmware_variable - 1000 > 0;
	return n;
}
