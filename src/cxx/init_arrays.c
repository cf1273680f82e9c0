/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections that must be in order, or side by side: initialisers and finalisers by priority, the
 * parts of an unwind table, and those of section_sets.c. Optional, see CONFIG_LLEXT_ARRAYS: without
 * it a file may have one array of each kind.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_ARRAYS)

#define LOWEST 65536u /* the priority of an array without a number: it comes last */

/*
 * The number behind a section's last dot, as in .init_array.00101. That of .ctors.N counts from the
 * other end (GNU ld, SORT_BY_INIT_PRIORITY).
 */
static uint32_t priority(const char *digits, bool legacy)
{
	uint32_t value = 0, digit;

	if (*digits++ != '.' || *digits < '0' || *digits > '9')
		return LOWEST;
	while ((digit = (uint32_t)*digits++ - '0') <= 9 && value < LOWEST)
		value = value * 10 + digit;
	if (value >= LOWEST)
		value = LOWEST - 1;
	return legacy ? LOWEST - 1 - value : value;
}

/*
 * Marks sections of section_sets.c. They are sorted before the others, since an unwind table must
 * end its region.
 */
#define SET 0x80000000u

/*
 * True for the name of an array of constructors with a number, as nearly all are: what is the same
 * in these names has three words.
 */
static inline bool is_numbered(const struct load *ld, const elf_shdr_t *shdr)
{
	static const char stem[] = ".init_array.";
	size_t length = sizeof(stem) - 1;

	return LLEXT_ON(CONFIG_LLEXT_QUICK) && shdr->sh_type == SHT_INIT_ARRAY &&
	       ld->file.names.length - shdr->sh_name >= length &&
	       equal_bytes(checked_name(ld, shdr), stem, length) == length;
}

/*
 * The region of a section in an array, and *@order, its sort key; LLEXT_MEM_COUNT: it is in none.
 */
static enum llext_mem array_order(struct load *ld, uint32_t index, uint32_t *order)
{
	static const struct {
		char stem[sizeof(".preinit_array")];
		uint8_t type, region;
	} kinds[] = {
		{".init_array", SHT_INIT_ARRAY, LLEXT_MEM_INIT},
		{".fini_array", SHT_FINI_ARRAY, LLEXT_MEM_FINI},
		{".preinit_array", SHT_PREINIT_ARRAY, LLEXT_MEM_PREINIT},
		{".ctors", 0, LLEXT_MEM_INIT},
		{".dtors", 0, LLEXT_MEM_FINI},
	};
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	const char *name = checked_name(ld, shdr);
	uint32_t type = shdr->sh_type;

	if (is_numbered(ld, shdr)) {
		*order = priority(name + sizeof(".init_array") - 1, false);
		return LLEXT_MEM_INIT;
	}
	if (llext_is_unwind_table(ld, shdr)) {
		*order = shdr->sh_link & ~SET; /* SHF_LINK_ORDER */
		return LLEXT_MEM_RODATA;
	}
	if (type == SHT_NOBITS)
		return LLEXT_MEM_COUNT;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *stem = kinds[i].stem;
		const char *digits = type == SHT_PROGBITS || type == kinds[i].type
					     ? llext_behind_stem(name, &stem)
					     : NULL;

		if (type != kinds[i].type && digits == NULL)
			continue;
		*order = digits != NULL ? priority(digits, kinds[i].type == 0) : LOWEST;
		ld->layout.by_name |= kinds[i].type == 0;
		return (enum llext_mem)kinds[i].region;
	}
	return LLEXT_MEM_COUNT;
}

int llext_arrays_keep(struct load *ld, uint32_t index, enum llext_mem region)
{
	const char *name = checked_name(ld, &ld->headers.shdrs[index]);
	uint32_t order = 0;

	if (name[0] != '.') {
		order = llext_set_hash(name);
		if (order == 0)
			return 0;
		ld->layout.by_name = true;
		if (llext_layout_alone(ld, index, region))
			return 1;
		order |= SET;
	} else {
		region = array_order(ld, index, &order);
		if (region == LLEXT_MEM_COUNT)
			return 0;
	}
	if (ld->layout.arrays == NULL)
		ld->layout.arrays = llext_transient(
			ld, ld->headers.section_count * sizeof(*ld->layout.arrays), 0);
	if (ld->layout.arrays == NULL)
		return -ENOMEM;
	ld->layout.arrays[ld->layout.array_count++] = (struct array){index, order};
	/* Until it is laid out, so that it need not be found again. */
	ld->layout.sections[index].region = (uint8_t)region;
	return 1;
}

static bool array_less(const void *a, const void *b, const void *context)
{
	const struct array *x = a, *y = b;

	(void)context;
	return x->order != y->order ? (x->order ^ SET) < (y->order ^ SET) : x->section < y->section;
}

/* Lay out a section of section_sets.c. Like-named ones come behind each other. */
static int layout_set(struct load *ld, const struct array *array)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[array->section];

	if (array > ld->layout.arrays && array[-1].order == array->order &&
	    strcmp(checked_name(ld, shdr),
		   checked_name(ld, &ld->headers.shdrs[array[-1].section])) != 0)
		return llext_fail_section(ld, -ENOTSUP, array->section,
					  "sections whose names have one hash: rename one");
	return llext_section_append(ld, array->section,
				    (enum llext_mem)ld->layout.sections[array->section].region,
				    (size_t)shdr->sh_addralign);
}

/* True if an array is run from its last entry to its first. */
static bool is_legacy(const struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];

	return shdr->sh_type == SHT_PROGBITS &&
	       llext_name_is(checked_name(ld, shdr), ".ctors\0.dtors\0");
}

static int layout_array(struct load *ld, const struct array *array)
{
	uint32_t index = array->section;
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	enum llext_mem region = (enum llext_mem)ld->layout.sections[index].region;
	bool unwind = region == LLEXT_MEM_RODATA;
	size_t unit = unwind ? sizeof(uint32_t) : sizeof(elf_addr);
	int rc;

	if (shdr->sh_type == SHT_NOBITS || shdr->sh_size % unit != 0)
		return llext_fail_section(ld, -ENOEXEC, index, "array of a wrong size");
	/* The caller that placed it has decided the order. */
	if (is_pre_located(ld) && is_legacy(ld, index))
		return llext_fail_section(ld, -ENOTSUP, index, "array of functions by name only");
	/* No padding in between: it would end the table. */
	rc = llext_section_append(ld, index, region, unit);
	if (rc != 0)
		return rc;
	if (unwind)
		llext_unwind_found(ld, index);
	return 0;
}

int llext_layout_arrays(struct load *ld)
{
	size_t all = ld->layout.array_count;
	int rc = 0;

	llext_sort(ld, ld->layout.arrays, all, sizeof(*ld->layout.arrays), array_less, NULL);
	for (size_t i = 0; rc == 0 && i < all;) {
		size_t count = step_share(ld, all - i, 1), end = i + count;

		step_point(ld, count);
		for (; rc == 0 && i < end; i++) {
			const struct array *array = &ld->layout.arrays[i];

			rc = array->order & SET ? layout_set(ld, array) : layout_array(ld, array);
		}
	}
	return rc;
}

/* Reverse a legacy array once it is relocated, as a linker does when it merges it with others. */
static void turn_around(const struct load *ld, const struct section *section, size_t count)
{
	typedef elf_addr __attribute__((may_alias)) any_word;
	any_word *low = (void *)section->mem, *high = low + count; /* laid out by whole words */

	while (low + 1 < high) {
		elf_addr word = *low;

		*low++ = *--high;
		*high = word;
		step_point(ld, 1);
	}
}

int llext_arrays_finish(struct load *ld)
{
	size_t all = ld->layout.by_name ? ld->layout.array_count : 0;

	for (size_t i = 0; i < all;) {
		size_t count = step_share(ld, all - i, 2), end = i + count;

		step_point(ld, count / 2);
		for (; i < end; i++) {
			uint32_t index = ld->layout.arrays[i].section;

			if (!(ld->layout.arrays[i].order & SET) && is_legacy(ld, index))
				turn_around(ld, &ld->layout.sections[index],
					    (size_t)ld->headers.shdrs[index].sh_size /
						    sizeof(elf_addr));
		}
	}
	return 0;
}

#else /* CONFIG_LLEXT_ARRAYS */

/* One array of each kind, known by its type. */
int llext_arrays_keep(struct load *ld, uint32_t index, enum llext_mem region)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];

	ld->layout.by_name |= checked_name(ld, shdr)[0] != '.';
	/* Nothing would run these. */
	if (shdr->sh_type == SHT_PROGBITS && region != LLEXT_MEM_TEXT &&
	    llext_name_is(checked_name(ld, shdr),
			  ".ctors\0.dtors\0.init_array\0.fini_array\0.preinit_array\0"))
		return llext_fail_section(ld, -ENOTSUP, index, "array of functions by name only");
	if (region < LLEXT_MEM_PREINIT || region > LLEXT_MEM_FINI)
		return 0;
	if (shdr->sh_size % sizeof(elf_addr) != 0)
		return llext_fail_section(ld, -ENOEXEC, index, "array of a wrong size");
	if (ld->layout.regions[region].bytes != 0)
		return llext_fail_section(ld, -ENOTSUP, index, "more than one array of its kind");
	return 0;
}

#endif /* CONFIG_LLEXT_ARRAYS */
