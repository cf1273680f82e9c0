/* SPDX-License-Identifier: Apache-2.0 */
/* Heap sort: in place, no recursion, never worse than n log n whatever the input. */
#include "internal.h"
#include "steps.h"

/*
 * Everything that is sorted consists of whole, aligned words of the target; those of the desk may
 * be larger.
 */
static inline __attribute__((always_inline)) void swap(uint8_t *a, uint8_t *b, size_t size)
{
	typedef elf_addr __attribute__((may_alias)) any_word;
	any_word *x = (void *)a, *y = (void *)b, *end = (void *)(a + size);

	while (x < end) {
		elf_addr word = *x;

		*x++ = *y;
		*y++ = word;
	}
}

/* @ld: a load in steps, which may be left after any comparison; NULL: none */
static inline __attribute__((always_inline)) void
sort(const struct load *ld, uint8_t *items, size_t count, size_t size,
     bool (*less)(const void *a, const void *b, const void *context), const void *context)
{
	size_t start = count / 2, end = count, next = 1;

	/* Most tables that compilers and linkers write are in order. */
	while (LLEXT_ON(CONFIG_LLEXT_QUICK) && next < count &&
	       !less(items + next * size, items + (next - 1) * size, context)) {
		next++;
		if (ld != NULL)
			step_point(ld, 1);
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
		parent = start;
		for (;;) {
			size_t child = 2 * parent + 1;

			if (ld != NULL)
				step_point(ld, 1);
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

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
/* A function of its own, so that other loads do not ask at each comparison. */
static __attribute__((noinline)) void
sort_in_steps(const struct load *ld, void *base, size_t count, size_t size,
	      bool (*less)(const void *a, const void *b, const void *context), const void *context)
{
	sort(ld, base, count, size, less, context);
}
#else
#define sort_in_steps(ld, base, count, size, less, context) ((void)0)
#endif

void llext_sort(const struct load *ld, void *base, size_t count, size_t size,
		bool (*less)(const void *a, const void *b, const void *context),
		const void *context)
{
	if (ld != NULL && is_stepped(ld)) {
		sort_in_steps(ld, base, count, size, less, context);
		return;
	}
	sort(NULL, base, count, size, less, context);
}
