/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections whose name is a C identifier are parts of one table: a linker puts like-named ones side
 * by side, and defines __start_NAME and __stop_NAME at the table's ends (GNU ld, "Input Section
 * Example"). So does the loader. Optional, see CONFIG_LLEXT_SECTION_SETS: without it such a symbol
 * is a missing import.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_SECTION_SETS)

/* Longer names are not looked at: the work would not be linear. */
#define NAME_MAX_BYTES 255
/* The most sections, and bytes of their names, that are read for all bounds of a file together. */
#define LOOKS_MAX ((uint32_t)1 << 24)

/* The hash of a C identifier; 0: it is none. */
uint32_t llext_set_hash(const char *name)
{
	uint32_t hash = 0x811c9dc5u; /* FNV-1a */
	size_t length = 0;

	for (; name[length] != '\0'; length++) {
		char c = name[length];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (length == NAME_MAX_BYTES || !(letter || (length > 0 && c >= '0' && c <= '9')))
			return 0;
		hash = (hash ^ (uint8_t)c) * 0x01000193u;
	}
	return length > 0 ? hash | 1 : 0;
}

static bool same_name(struct load *ld, const char *a, const char *b)
{
	uint32_t length = 0;

	while (a[length] != '\0' && a[length] == b[length])
		length++;
	ld->layout.looks += length + 1;
	return a[length] == b[length];
}

/* True if two sections are part of one table: both are in the same region. */
static bool side_by_side(const struct load *ld, uint32_t a, uint32_t b)
{
	const struct section *x = &ld->layout.sections[a], *y = &ld->layout.sections[b];

	return LLEXT_ON(CONFIG_LLEXT_ARRAYS) && x->region == y->region && is_in_region(x) &&
	       is_in_region(y);
}

static bool comes_before(const struct load *ld, uint32_t a, uint32_t b)
{
	return ld->layout.sections[a].load < ld->layout.sections[b].load;
}

int llext_set_bound(struct load *ld, const char *name, elf_addr *special)
{
	bool stop;
	const char *set = llext_bound_set(name, &stop);
	uint32_t found = 0;

	/* Names are dropped if none is that of a set. */
	if (set == NULL || llext_set_hash(set) == 0 || ld->headers.names == NULL)
		return 0;
	for (uint32_t i = 1; i < ld->layout.loaded_end; i++) {
		if (ld->layout.looks > LOOKS_MAX)
			return llext_fail(ld, -ENOTSUP,
					  "too many symbols for the bounds of sections");
		ld->layout.looks++;
		step_brief(ld, i);
		if (ld->layout.sections[i].region == LLEXT_MEM_COUNT ||
		    !same_name(ld, checked_name(ld, &ld->headers.shdrs[i]), set))
			continue;
		if (found != 0 && !side_by_side(ld, found, i))
			return llext_fail_section(
				ld, -ENOTSUP, i,
				"sections of one name that cannot lie side by side");
		if (found == 0 || comes_before(ld, i, found) != stop)
			found = i;
	}
	*special = SPECIAL_BOUND + 2 * (elf_addr)found + stop;
	return found != 0;
}

elf_addr llext_set_bound_value(struct load *ld, elf_addr special)
{
	uint32_t index = (uint32_t)(special - SPECIAL_BOUND) / 2;
	bool stop = (special - SPECIAL_BOUND) % 2;

	return ld->layout.sections[index].load +
	       (stop ? llext_padding_moved(ld, index, ld->headers.shdrs[index].sh_size) : 0);
}

#endif /* CONFIG_LLEXT_SECTION_SETS */
