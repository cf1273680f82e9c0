/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorting a table of exports by name, a few characters at a time (Bentley and Sedgewick's multikey
 * quicksort): characters that names have in common are not compared again and again. There is no
 * recursion; parts wait on a stack of fixed size. If a file's names are made to take long, the
 * caller sorts them by heap sort instead.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_QUICK)

/*
 * When a part is divided into three, the largest waits while the others are sorted, each of which
 * has at most half the names. So at most two parts wait for each halving: enough for 2^18 names.
 */
#define PARTS 40
/*
 * So many characters may be read of each name on average. Of names in practice they are about 80,
 * or 20 where they are read one by one, and those that all names begin with.
 */
#define LOOKS 256
/* This many names, or fewer, are sorted by comparing them. */
#define FEW 6

/* Names that are equal before character @depth. */
struct part {
	struct llext_symbol *first, *end;
	size_t depth;
};

/*
 * The next characters of a name as a number, the first one highest: one character, or where the
 * machine reads them at once four, of which @mask says which count.
 */
static inline __attribute__((always_inline)) uint32_t
characters(const struct llext_symbol *symbol, size_t depth, bool four, uint32_t mask)
{
	const char *at = symbol->name + depth;

	return four ? __builtin_bswap32(read_four(at) & mask) : (unsigned char)*at;
}

static inline void swap(struct llext_symbol *a, struct llext_symbol *b)
{
	struct llext_symbol symbol = *a;

	*a = *b;
	*b = symbol;
}

/* @return whether two names are equal. */
static __attribute__((noinline)) bool insert(const struct part *part)
{
	bool equal = false;

	for (struct llext_symbol *next = part->first + 1; next < part->end; next++) {
		struct llext_symbol symbol = *next, *to = next;
		int order = -1;

		for (; to > part->first; to--) {
			order = strcmp(to[-1].name + part->depth, symbol.name + part->depth);
			if (order <= 0)
				break;
			*to = to[-1];
		}
		equal = equal || order == 0;
		*to = symbol;
	}
	return equal;
}

/*
 * Divide a part by its next characters: names below those of the one in the middle, names that have
 * them, names above. @return whether two names are equal.
 */
static inline __attribute__((always_inline)) bool divide_by(const struct part *part, bool four,
							    struct part parts[3])
{
	struct llext_symbol *low = part->first, *high = part->end, *next;
	const struct llext_symbol *pivot = low + (high - low) / 2;
	size_t depth = part->depth;
	/* Characters up to the end of this name tell all others from it. */
	uint32_t mask = four ? up_to_nul(zero_bytes(read_four(pivot->name + depth))) : 0;
	uint32_t middle = characters(pivot, depth, four, mask);

	for (next = low; next < high; next++) {
		uint32_t c = characters(next, depth, four, mask);

		if (c > middle) {
			while (--high > next && (c = characters(high, depth, four, mask)) > middle)
				;
			if (high == next)
				break;
			swap(next, high);
		}
		if (c < middle) {
			if (low < next)
				swap(low, next);
			low++;
		}
	}
	parts[0] = (struct part){part->first, low, depth};
	parts[1] = (struct part){low, high, depth + (four ? 4 : 1)};
	parts[2] = (struct part){high, part->end, depth};
	if ((middle & 0xff) != 0)
		return false;
	parts[1].end = parts[1].first; /* these end here */
	return high - low > 1;
}

static __attribute__((noinline)) bool divide(const struct part *part, bool four,
					     struct part parts[3])
{
	return four ? divide_by(part, true, parts) : divide_by(part, false, parts);
}

static size_t names_of(const struct part *part)
{
	return (size_t)(part->end - part->first);
}

bool llext_sort_names(struct llext_symbol *syms, size_t count, size_t behind, bool *equal)
{
	struct part stack[PARTS], parts[3];
	bool four = !ALIGNED_WORDS_ONLY && behind > READ_BEHIND_NAME;
	size_t waiting = 1, left = count * (four ? LOOKS / 4 : LOOKS);

	stack[0] = (struct part){syms, syms + count, 0};
	*equal = false;
	while (waiting > 0) {
		struct part part = stack[--waiting];
		size_t largest = 0;

		if (names_of(&part) <= FEW) {
			*equal = insert(&part) || *equal;
			continue;
		}
		if (names_of(&part) > left || waiting + 3 > PARTS)
			return false;
		left -= names_of(&part);
		*equal = divide(&part, four, parts) || *equal;
		for (size_t i = 1; i < 3; i++) {
			if (names_of(&parts[i]) > names_of(&parts[largest]))
				largest = i;
		}
		stack[waiting++] = parts[largest];
		for (size_t i = 0; i < 3; i++) {
			if (i != largest && names_of(&parts[i]) > 1)
				stack[waiting++] = parts[i];
		}
	}
	return true;
}

#endif /* CONFIG_LLEXT_QUICK */
