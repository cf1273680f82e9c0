/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections whose place among their like matters: initialisers and finalisers in order of priority
 * with .ctors and .dtors behind them, and the pieces of an unwind table. Optional, see
 * CONFIG_LLEXT_ARRAYS: without it a file may have one array of each kind.
 */
#include "../internal.h"

#if CONFIG_LLEXT_ARRAYS

/*
 * The number behind a section's last dot, as in .init_array.00101. The bare name comes after all
 * of those in .init_array (GNU ld, SORT_BY_INIT_PRIORITY).
 */
static uint32_t name_priority(const char *name, const char *stem)
{
	const char *digits = name + strlen(stem);
	uint32_t value = 0;

	if (*digits++ != '.' || *digits < '0' || *digits > '9')
		return 65536;
	while (*digits >= '0' && *digits <= '9' && value < 65536)
		value = value * 10 + (uint32_t)(*digits++ - '0');
	return value < 65536 ? value : 65535;
}

#define LEGACY 0x80000000u

/* The region of an array, and what its place in it follows from; LLEXT_MEM_COUNT: no array. */
static enum llext_mem array_order(const struct load *ld, uint32_t index, uint32_t *order)
{
	static const struct {
		const char *stem;
		uint32_t type;
		uint8_t region;
	} kinds[] = {
		{".init_array\0", SHT_INIT_ARRAY, LLEXT_MEM_INIT},
		{".fini_array\0", SHT_FINI_ARRAY, LLEXT_MEM_FINI},
		{".preinit_array\0", SHT_PREINIT_ARRAY, LLEXT_MEM_PREINIT},
		{".ctors\0", 0, LLEXT_MEM_INIT},
		{".dtors\0", 0, LLEXT_MEM_FINI},
	};
	const char *name = checked_name(ld, &ld->shdrs[index]);
	uint32_t type = ld->shdrs[index].sh_type;

	if (llext_is_unwind_table(ld, index)) {
		*order = ld->shdrs[index].sh_link & ~LEGACY; /* SHF_LINK_ORDER */
		return LLEXT_MEM_RODATA;
	}
	if (type == SHT_NOBITS)
		return LLEXT_MEM_COUNT;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool named = (type == SHT_PROGBITS || type == kinds[i].type) &&
			     llext_name_is(name, kinds[i].stem);

		if (type != kinds[i].type && !named)
			continue;
		if (kinds[i].type != 0)
			*order = named ? name_priority(name, kinds[i].stem) : 65536;
		else /* .ctors come first, then .ctors.N ascending; all are run backwards */
			*order = LEGACY | (name_priority(name, kinds[i].stem) + 1) % 65537;
		return (enum llext_mem)kinds[i].region;
	}
	return LLEXT_MEM_COUNT;
}

int llext_arrays_keep(struct load *ld, uint32_t index, enum llext_mem region)
{
	uint32_t order;

	(void)region;
	if (array_order(ld, index, &order) == LLEXT_MEM_COUNT)
		return 0;
	if (ld->arrays == NULL)
		ld->arrays = llext_transient(ld, ld->section_count * sizeof(*ld->arrays), 0);
	if (ld->arrays == NULL)
		return -ENOMEM;
	ld->arrays[ld->array_count++] = (struct array){index, order};
	return 1;
}

static bool array_less(const void *a, const void *b, const void *context)
{
	const struct array *x = a, *y = b;

	(void)context;
	return x->order != y->order ? x->order < y->order : x->section < y->section;
}

static int layout_array(struct load *ld, const struct array *array)
{
	uint32_t index = array->section, order;
	const elf_shdr_t *shdr = &ld->shdrs[index];
	enum llext_mem region = array_order(ld, index, &order);
	bool unwind = region == LLEXT_MEM_RODATA;
	size_t unit = unwind ? sizeof(uint32_t) : sizeof(elf_addr);
	int rc;

	if (shdr->sh_type == SHT_NOBITS || shdr->sh_size % unit != 0)
		return fail_section(ld, -ENOEXEC, index, "array of a wrong size");
	/* No padding in between: it would end the table. */
	rc = llext_section_append(ld, index, region, unit);
	if (rc != 0)
		return rc;
	if (unwind)
		llext_unwind_found(ld, index);
	if (array->order & LEGACY)
		*(region == LLEXT_MEM_INIT ? &ld->ctors_bytes : &ld->dtors_bytes) +=
			(size_t)shdr->sh_size;
	return 0;
}

int llext_layout_arrays(struct load *ld)
{
	int rc = 0;

	llext_sort(ld->arrays, ld->array_count, sizeof(*ld->arrays), array_less, NULL);
	for (size_t i = 0; rc == 0 && i < ld->array_count; i++)
		rc = layout_array(ld, &ld->arrays[i]);
	return rc;
}

#else /* CONFIG_LLEXT_ARRAYS */

/* One array of each kind, known by its type. */
int llext_arrays_keep(struct load *ld, uint32_t index, enum llext_mem region)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];

	/* Nothing would run these. */
	if (shdr->sh_type == SHT_PROGBITS && region != LLEXT_MEM_TEXT &&
	    llext_name_is(checked_name(ld, shdr),
			  ".ctors\0.dtors\0.init_array\0.fini_array\0.preinit_array\0"))
		return fail_section(ld, -ENOTSUP, index, "array of functions by name only");
	if (region < LLEXT_MEM_PREINIT)
		return 0;
	if (shdr->sh_size % sizeof(elf_addr) != 0)
		return fail_section(ld, -ENOEXEC, index, "array of a wrong size");
	if (ld->regions[region].bytes != 0)
		return fail_section(ld, -ENOTSUP, index, "more than one array of its kind");
	return 0;
}

#endif /* CONFIG_LLEXT_ARRAYS */
