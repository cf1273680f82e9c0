/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heap sort: in place, no recursion, never worse than n log n whatever the input. A parent is not
 * compared with its children on the way down but only on the way back up, from a leaf (Wegener's
 * bottom-up variant). That takes about half the comparisons, and of names those are what costs.
 */
#include "internal.h"

/* An array while it is sorted. */
struct sorted {
	uint8_t *items;
	size_t size; /* of an item */
	bool (*less)(const void *a, const void *b, const void *context);
	const void *context;
};

static uint8_t *item(const struct sorted *s, size_t index)
{
	return s->items + index * s->size;
}

static bool less(const struct sorted *s, size_t a, size_t b)
{
	return s->less(item(s, a), item(s, b), s->context);
}

/* All that is sorted here consists of whole words of the target, aligned as such. */
static void swap(const struct sorted *s, size_t a, size_t b)
{
	typedef elf_addr __attribute__((may_alias)) any_word;
	any_word *x = (any_word *)(void *)item(s, a), *y = (any_word *)(void *)item(s, b);

	for (size_t left = s->size; left > 0; left -= sizeof(elf_addr)) {
		elf_addr word = *x;

		*x++ = *y;
		*y++ = word;
	}
}

/* Make the subtree at @root a heap, whose parts below @root are heaps; it ends before @end. */
static void sift(const struct sorted *s, size_t root, size_t end)
{
	size_t leaf = root, child;

	while ((child = 2 * leaf + 2) < end)
		leaf = less(s, child, child - 1) ? child - 1 : child;
	if (child == end)
		leaf = child - 1;
	while (leaf > root && !less(s, root, leaf))
		leaf = (leaf - 1) / 2;
	/* The root's item goes there, and those on the way move up by one. */
	for (; leaf > root; leaf = (leaf - 1) / 2)
		swap(s, root, leaf);
}

void llext_sort(void *base, size_t count, size_t size,
		bool (*compare)(const void *a, const void *b, const void *context),
		const void *context)
{
	const struct sorted s = {base, size, compare, context};
	size_t in_order = 1;

	/* Most of what compilers and linkers write is in order. */
	while (in_order < count && !less(&s, in_order, in_order - 1))
		in_order++;
	if (in_order >= count)
		return;
	for (size_t start = count / 2; start-- > 0;)
		sift(&s, start, count);
	for (size_t end = count; end > 1;) {
		swap(&s, 0, --end);
		sift(&s, 0, end);
	}
}
