/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorting a table of exports by name, character by character (Bentley and Sedgewick's multikey
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
/* How often each name may be read on average. Names in practice are read about 20 times. */
#define LOOKS 64
/* This many names, or fewer, are sorted by comparing them. */
#define FEW 6

/* Names that are equal before character @depth. */
struct part {
	struct llext_symbol *first, *end;
	size_t depth;
};

static inline unsigned char character(const struct llext_symbol *symbol, size_t depth)
{
	return (unsigned char)symbol->name[depth];
}

static inline void swap(struct llext_symbol *a, struct llext_symbol *b)
{
	struct llext_symbol symbol = *a;

	*a = *b;
	*b = symbol;
}

/* @return whether two names are equal. */
static bool insert(const struct part *part)
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
 * Divide a part by one of its characters: names below it, names that have it, names above it.
 * @return whether two names are equal.
 */
static bool divide(const struct part *part, struct part parts[3])
{
	struct llext_symbol *low = part->first, *high = part->end, *next = low;
	size_t depth = part->depth;
	unsigned char middle = character(low + (high - low) / 2, depth);

	while (next < high) {
		unsigned char c = character(next, depth);

		if (c < middle)
			swap(low++, next++);
		else if (c > middle)
			swap(next, --high);
		else
			next++;
	}
	parts[0] = (struct part){part->first, low, depth};
	parts[1] = (struct part){low, high, depth + 1};
	parts[2] = (struct part){high, part->end, depth};
	if (middle != '\0')
		return false;
	parts[1].end = parts[1].first; /* these end here */
	return high - low > 1;
}

static size_t names_of(const struct part *part)
{
	return (size_t)(part->end - part->first);
}

/* How many characters all names have in common: often the exporting component's name. */
static size_t common_characters(const struct llext_symbol *syms, size_t count)
{
	const char *first = count > 0 ? syms[0].name : "";
	size_t common = strlen(first);

	for (size_t i = 1; i < count && common > 0; i++) {
		const char *name = syms[i].name;
		size_t same = 0;

		while (same < common && name[same] == first[same])
			same++;
		common = same;
	}
	return common;
}

bool llext_sort_names(struct llext_symbol *syms, size_t count, bool *equal)
{
	struct part stack[PARTS], parts[3];
	size_t waiting = 1, left = count * LOOKS;

	stack[0] = (struct part){syms, syms + count, common_characters(syms, count)};
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
		*equal = divide(&part, parts) || *equal;
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
