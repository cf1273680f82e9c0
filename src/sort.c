/* SPDX-License-Identifier: Apache-2.0 */
/* Heap sort: in place, no recursion, never worse than n log n whatever the input. */
#include "internal.h"
#include "steps.h"

/*
 * Everything that is sorted consists of whole words of the target; those of the desk may be larger.
 */
static void swap(uint8_t *a, uint8_t *b, size_t size)
{
	for (size_t i = 0; i < size; i += sizeof(elf_addr)) {
		elf_addr x, y;

		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		memcpy(a + i, &y, sizeof(y));
		memcpy(b + i, &x, sizeof(x));
	}
}

void llext_sort(const struct load *ld, void *base, size_t count, size_t size,
		bool (*less)(const void *a, const void *b, const void *context),
		const void *context)
{
	uint8_t *items = base;
	size_t start = count / 2, end = count, next = 1;

	/* Most tables that compilers and linkers write are in order. */
	while (LLEXT_ON(CONFIG_LLEXT_QUICK) && next < count &&
	       !less(items + next * size, items + (next - 1) * size, context)) {
		next++;
		step_brief(ld, next);
	}
	if (next >= count)
		return;
	while (end > 1) {
		size_t parent;

		if (start > 0) {
			start--; /* still building the heap */
		} else {
			end--;
			swap(items, items + end * size, size);
		}
		step_point(ld, 4);
		parent = start;
		for (;;) {
			size_t child = 2 * parent + 1;

			if (child >= end)
				break;
			if (child + 1 < end &&
			    less(items + child * size, items + (child + 1) * size, context))
				child++;
			if (!less(items + parent * size, items + child * size, context))
				break;
			swap(items + parent * size, items + child * size, size);
			parent = child;
		}
	}
}
