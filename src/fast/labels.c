/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most symbols are labels in a section of a region, or of one that is not loaded, and many in the
 * same one behind each other: those in few instructions. Whatever is another, or wrong, is left to
 * symbols.c, which has all checks and says what it found.
 */
#include "../internal.h"
#include "words.h"

/* A symbol's fields; what is not the name or the value as one word. Its size is of no interest. */
struct label {
	uint32_t name, what;
	elf_addr value;
};

/* In ELF's byte order, which is the machine's: st_info, st_other, st_shndx. */
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
 * Those in the section of the first one. Each field is looked at once. @return the first that is
 * no such label, or with which something is wrong.
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

	/* From SHN_LORESERVE on, a number means something else, however many sections there are. */
	if (shndx >= ld->headers.section_count || shndx >= SHN_LORESERVE)
		return sym;
	if (!section->labels) /* of SHN_UNDEF it is not set */
		return sym;
	load = section->load;
	region = section->region;
	if (region == LLEXT_MEM_COUNT) /* debug information, of which a file may have most labels */
		region = SYMBOL_UNLOADED | SYMBOL_EXACT;
	do {
		struct label label;

		read_label(sym, &label);
		if (label.what != plain) { /* no local one without a type */
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

/* Functions of their own, for the sake of the registers that they have. */
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
