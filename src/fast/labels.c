/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast loop over labels. Most symbols are labels in a section of a region, or in one that is not
 * loaded, and many labels of one section stand behind each other. Other symbols, and invalid ones,
 * are left to symbols.c, which has all checks and messages.
 */
#include "../internal.h"
#include "words.h"

/* The fields of a symbol that matter, with st_info, st_other and st_shndx as one word. */
struct label {
	uint32_t name, what;
	elf_addr value;
};

/* That word; ELF's byte order is the machine's. */
#define WHAT(info, shndx) ((uint32_t)(shndx) << 16 | (info))
#define WHAT_SHNDX(what)  ((what) >> 16)

static inline __attribute__((always_inline)) void read_label(const elf_sym_t *sym,
							     struct label *label)
{
#if UINTPTR_MAX == UINT32_MAX
	typedef uint32_t __attribute__((may_alias)) word;

	read_two(&sym->st_name, &label->name, &label->value);
	label->what = *(const word *)(const void *)&sym->st_info;
#else
	read_two(&sym->st_name, &label->name, &label->what);
	label->value = sym->st_value;
#endif
}

/*
 * Handle labels in the section of the first one; each field is read once. @return the first symbol
 * that is another, or invalid.
 */
static inline __attribute__((always_inline)) const elf_sym_t *
scan(const struct load *ld, uint32_t first, const elf_sym_t *sym, const elf_sym_t *end, bool keep)
{
	elf_addr *values = ld->symbols.values + first;
	uint8_t *flags = ld->symbols.flags + first;
	uint32_t shndx = sym->st_shndx, plain = WHAT(0, shndx);
	const struct section *section = &ld->layout.sections[shndx];
	elf_addr names = ld->headers.strings_length, load;
	uint8_t region;

	/* Numbers from SHN_LORESERVE on mean something else, however many sections there are. */
	if (shndx >= ld->headers.section_count || shndx >= SHN_LORESERVE)
		return sym;
	if (!section->labels) /* not set for SHN_UNDEF */
		return sym;
	load = section->load;
	region = section->region;
	if (region == LLEXT_MEM_COUNT) /* debug information, of which a file may have most labels */
		region = SYMBOL_UNLOADED | SYMBOL_EXACT;
	do {
		struct label label;

		read_label(sym, &label);
		if (label.what != plain) { /* it is not a local symbol without a type */
			unsigned int type = ELF_ST_TYPE(label.what);

			if (WHAT_SHNDX(label.what) != shndx || type > STT_SECTION)
				break;
			if (type == STT_FUNC &&
			    (region != LLEXT_MEM_TEXT ||
			     (label.value & llext_arch.function_mask) != llext_arch.function_bits))
				break;
		}
		if (label.name >= names)
			break;
		if (keep) {
			*values++ = load + label.value;
			*flags++ = region;
		}
	} while (++sym < end);
	return sym;
}

/* Functions of their own, so that each has all registers to itself. */
static __attribute__((noinline)) const elf_sym_t *
keep_labels(const struct load *ld, uint32_t first, const elf_sym_t *sym, const elf_sym_t *end)
{
	return scan(ld, first, sym, end, true);
}

static __attribute__((noinline)) const elf_sym_t *
check_labels(const struct load *ld, uint32_t first, const elf_sym_t *sym, const elf_sym_t *end)
{
	return scan(ld, first, sym, end, false);
}

uint32_t llext_labels(const struct load *ld, uint32_t first, const elf_sym_t *sym, uint32_t count)
{
	const elf_sym_t *start = sym, *end = sym + count, *run;

	do {
		run = sym;
		sym = symtab_view(ld) != NULL ? check_labels(ld, first, sym, end)
					      : keep_labels(ld, first, sym, end);
		first += (uint32_t)(sym - run);
	} while (sym != run && sym < end && sym->st_shndx != SHN_UNDEF);
	return (uint32_t)(sym - start);
}
