/* SPDX-License-Identifier: Apache-2.0 */
/* Data of every kind. */
#include "parts.h"

static int area_of_box(const struct shape *shape)
{
	return (int)(shape->width * shape->height);
}

static int area_of_triangle(const struct shape *shape)
{
	return (int)firmware_half(shape->width * shape->height);
}

static const struct shape box = {"box", area_of_box, 3.5, 4.0};
static const struct shape triangle = {"triangle", area_of_triangle, 10.0, 7.25};
const struct shape *const shapes[] = {&box, &triangle, &box};
const int shape_count = 3;

unsigned char large[70000];
int far_apart[3] __attribute__((aligned(65536))) = {1, 2, 3};
int zeroes[50] __attribute__((section(".bss.of_its_own"), aligned(256)));
int tentative[10];

int NAME(overflow)(int a, int b)
{
	return a + b;
}
